//! What is worth a word of an SLO's counts: input that contradicts itself, and what of metrics could not be counted.

use ippo_domain::slo::burn::LONGEST_WINDOW_MINUTES;
use ippo_domain::slo::{Measure, ObjectiveStatus, Ratio, SERIES_MOST, Slo, SloRemark, SloStatus};
use ippo_telemetry::{DAYS_IN_MEMORY, KEPT_SERIES_MOST, Remark};

use super::gather::Gathered;

const _: () = assert!(SERIES_MOST == KEPT_SERIES_MOST, "people are told the limit that counters keep");
// A window of so many minutes touches a day more, and one may have begun early.
const _: () = assert!(
    DAYS_IN_MEMORY * 24 * 60 >= LONGEST_WINDOW_MINUTES as usize + 2 * 24 * 60,
    "whoever pages waits for no disk"
);

/// What holds in the SLO's own window; of SLIs that count rows only how many days cannot be read.
pub(crate) fn remarks(slo: &Slo, status: &SloStatus, gathered: &Gathered) -> Vec<SloRemark> {
    let days = gathered.days_missing;
    let mut found: Vec<SloRemark> =
        (days > 0).then_some(SloRemark::CountsMissing { days }).into_iter().collect();
    let by_increase: Vec<&ObjectiveStatus> = slo
        .objectives
        .iter()
        .zip(&status.objectives)
        .filter_map(|(objective, status)| objective.sli.is_by_increase().then_some(status))
        .collect();
    if by_increase.is_empty() {
        return found;
    }
    let broken = by_increase.iter().map(|objective| objective.window().sum.broken).max();
    if let Some(minutes) = broken.filter(|minutes| *minutes > 0) {
        found.push(SloRemark::BrokenInput { minutes: minutes as usize });
    }
    let observes = slo.objectives.iter().zip(&status.objectives);
    let mut observing = observes.filter(|(objective, _)| objective.sli.measure == Measure::Observations);
    found.extend(observing.find_map(|(_, status)| between_buckets(status)));
    found.extend(gathered.remarks.iter().map(|remark| told(*remark)));
    found
}

fn between_buckets(objective: &ObjectiveStatus) -> Option<SloRemark> {
    let counts = objective.window().sum.counts;
    let (least, most) = bounds(counts.good, counts.bad, counts.unknown)?;
    (counts.unknown > 0).then_some(SloRemark::BetweenBuckets { unknown: counts.unknown, least, most })
}

/// The share of good events if all unknown ones were bad, and if all were good; `None` without events.
pub fn bounds(good: u64, bad: u64, unknown: u64) -> Option<(Ratio, Ratio)> {
    let [good, bad, unknown] = [good, bad, unknown].map(i128::from);
    let all = good + bad + unknown;
    (all > 0).then(|| (Ratio::new(good, all), Ratio::new(good + unknown, all)))
}

fn told(remark: Remark) -> SloRemark {
    match remark {
        Remark::TooManySeries => SloRemark::TooManySeries,
        Remark::NotMonotonic => SloRemark::NotMonotonic,
        Remark::WrongKind => SloRemark::WrongKind,
        Remark::TemporalityUnsaid => SloRemark::TemporalityUnsaid,
        Remark::TooFarApart => SloRemark::TooFarApart,
        Remark::BucketsChanged => SloRemark::BucketsChanged,
        Remark::Contested => SloRemark::Contested,
        Remark::Unreadable => SloRemark::Unreadable,
        Remark::CameTooLate => SloRemark::CameTooLate,
    }
}

// The domain's words name the store's limit.
const _: () = assert!(ippo_telemetry::KEPT_SERIES_MOST == ippo_domain::slo::SERIES_MOST);
