//! From what the engine says of agreements to what the API writes. Floats appear here and nowhere below.

use ippo_domain::sla::{self, Days, LeftUnit, TakenOut, Verdict};
use ippo_domain::slo::Ratio;
use ippo_engine::sla::{SlaReport, ToldSlaPeriod};

use super::{Credit, Sla, SlaExclusion, SlaPeriod, SlaVerdict};
use crate::slo::written;
use crate::time::Time;

impl Sla {
    pub(super) fn told(report: &SlaReport) -> Self {
        let (defined, sla) = (&report.defined, &report.defined.sla);
        let rests_on = report.rests_on.as_ref();
        let slices = rests_on.is_some_and(|(slo, place)| slo.slo.objectives[*place].slices.is_some());
        let days = Days::of(&report.zone);
        Self {
            name: sla.name.clone(),
            display_name: sla.display_name.clone(),
            description: sla.description.clone(),
            owner: sla.owner.clone(),
            customers: sla.customers.clone(),
            slo: sla.slo.clone(),
            slo_display_name: rests_on.map(|(slo, _)| slo.slo.display_name.clone()),
            objective: report.objective(),
            slo_target: rests_on.map(|(slo, place)| written(&slo.slo.objectives[*place].target)),
            target: written(&sla.target),
            stricter_than_slo: report.stricter.is_some(),
            months: sla.months,
            time_zone: report.zone.clone(),
            credits: sla.credits.iter().map(credit).collect(),
            excluded_time: sla.excluded.name().to_owned(),
            contract: sla.contract.clone(),
            from: sla.from.map(|day| day.to_string()),
            until: sla.until.map(|day| day.to_string()),
            revision: defined.revision.into(),
            applied_at: Time(defined.applied_at),
            periods: report.periods.iter().map(|told| period(told, &days, slices)).collect(),
            definition: defined.document.clone(),
        }
    }
}

fn credit(credit: &sla::Credit) -> Credit {
    Credit { below: written(&credit.below), credit: credit.credit.clone() }
}

fn period(told: &ToldSlaPeriod, days: &Days, slices: bool) -> SlaPeriod {
    let result = &told.result;
    let left = result.left;
    SlaPeriod {
        month: days.month(result.period.from),
        from: Time(result.period.from.start()),
        to: Time(result.period.to.start()),
        running: result.is_running,
        verdict: match result.verdict {
            Verdict::Kept => SlaVerdict::Kept,
            Verdict::Broken => SlaVerdict::Broken,
            Verdict::Unknown => SlaVerdict::Unknown,
        },
        attained: result.attained.map(Ratio::to_f64),
        credit: result.credit.as_ref().map(credit),
        good: result.counts.good,
        bad: result.counts.bad,
        unknown: result.counts.unknown,
        allowed: result.budget.map(|budget| budget.allowed.to_f64()),
        spent: result.budget.map(|budget| budget.spent.to_f64()),
        failures_left: left.and_then(|left| i64::try_from(left.count).ok()),
        counts_slices: left.map_or(slices, |left| left.unit == LeftUnit::Slices),
        coverage: result.coverage.to_f64(),
        excluded_secs: u64::from(result.excluded_minutes) * 60,
        excluded: told.taken_out.iter().map(excluded).collect(),
    }
}

fn excluded(taken: &TakenOut) -> SlaExclusion {
    SlaExclusion {
        id: taken.id.clone(),
        entered_at: Time(taken.at),
        by: taken.by.clone(),
        reason: taken.reason.clone(),
        ticket: taken.ticket.clone(),
        secs: u64::from(taken.minutes) * 60,
        counts_as: if taken.is_left_out { "left_out" } else { "good" }.to_owned(),
    }
}
