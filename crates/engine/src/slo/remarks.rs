//! What is worth a word of an SLO's counts: input that contradicts itself, and what of metrics could not be counted.

use std::collections::BTreeSet;

use ippo_base::MinuteRange;
use ippo_domain::slo::burn::LONGEST_WINDOW_MINUTES;
use ippo_domain::slo::{Measure, Ratio, SERIES_MOST, SloRemark, SloStatus};
use ippo_telemetry::{DAYS_IN_MEMORY, KEPT_SERIES_MOST, Remark, Store};

use super::book::DefinedSlo;

const _: () = assert!(SERIES_MOST == KEPT_SERIES_MOST, "people are told the limit that counters keep");
// A window of so many minutes touches a day more, and one may have begun early.
const _: () = assert!(
    DAYS_IN_MEMORY * 24 * 60 >= LONGEST_WINDOW_MINUTES as usize + 2 * 24 * 60,
    "whoever pages waits for no disk"
);

/// What holds in `range`, the SLO's window; of SLIs that count rows only how many days cannot be read.
pub(crate) async fn remarks(
    store: &Store,
    defined: &DefinedSlo,
    status: &SloStatus,
    range: MinuteRange,
    days_missing: usize,
) -> Vec<SloRemark> {
    let missing = (days_missing > 0).then_some(SloRemark::CountsMissing { days: days_missing });
    if !defined.slo.sli.is_by_increase() {
        return missing.into_iter().collect();
    }
    let (mut minutes, mut others) = (BTreeSet::new(), BTreeSet::new());
    for (key, _) in &defined.counters.objectives {
        if let Some(read) = store.read_counter(key, range).await {
            minutes.extend(read.broken);
            others.extend(read.remarks.into_iter().map(|(remark, _)| remark));
        }
    }
    let mut found: Vec<SloRemark> = missing.into_iter().collect();
    if !minutes.is_empty() {
        found.push(SloRemark::BrokenInput { minutes: minutes.len() });
    }
    if defined.slo.sli.measure == Measure::Observations {
        found.extend(status.objectives.iter().find_map(between_buckets));
    }
    found.extend(others.into_iter().map(told));
    found
}

fn between_buckets(objective: &ippo_domain::slo::ObjectiveStatus) -> Option<SloRemark> {
    let counts = objective.window.counts;
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
