//! How a period of an SLA went, by the very arithmetic of SLOs: the indicator, the budgeting method and the choice for unmeasured
//! time are those of the SLO, the target is the SLA's.

use ippo_base::{Minute, MinuteRange, Timestamp};
use jiff::civil::Date;
use jiff::tz::TimeZone;

use super::{Credit, Sla};
use crate::slo::budget::Budget;
use crate::slo::{
    CalendarWindow, Counts, History, ObjectiveInputs, PeriodResult, Ratio, Slo, SloInputs, UnmeasuredTime,
    period_results,
};

/// What became of the promise in a period.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Verdict {
    /// It was kept, or is so far.
    Kept,
    /// It was not, or is not so far.
    Broken,
    /// Nothing was to be judged.
    Unknown,
}

impl Verdict {
    /// The word in the API.
    pub fn name(self) -> &'static str {
        match self {
            Self::Kept => "kept",
            Self::Broken => "broken",
            Self::Unknown => "unknown",
        }
    }
}

/// What [`Left`] is counted in.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum LeftUnit {
    /// Events: each that fails also adds to all of them.
    Events,
    /// Slices of time.
    Slices,
}

/// How many more may fail before the promise is broken.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Left {
    /// Whole ones, if nothing else came meanwhile; below nought where it is broken, by so many.
    pub count: i128,
    /// What of.
    pub unit: LeftUnit,
}

/// How a period went, as far as it has come.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct SlaPeriod {
    /// Its minutes, cut where the agreement begins or ends within it.
    pub period: MinuteRange,
    /// Whether it still goes on.
    pub is_running: bool,
    /// What became of the promise.
    pub verdict: Verdict,
    /// The share that was good; none if nothing was to be judged. Where slices of time are judged, all slices of a period are known
    /// from its beginning: while it goes on, those to come are taken as good, so that it breaks when nothing can mend it.
    pub attained: Option<Ratio>,
    /// What is due for it.
    pub credit: Option<Credit>,
    /// What was counted.
    pub counts: Counts,
    /// What may be bad at this traffic, and what is; none if nothing was to be judged.
    pub budget: Option<Budget>,
    /// How many more may fail; of a period that goes on, and not where unmeasured time weighs by what is measured.
    pub left: Option<Left>,
    /// The covered share of the minutes that are not excluded.
    pub coverage: Ratio,
    /// Minutes that were excluded.
    pub excluded_minutes: u32,
}

/// How the `period` of an SLA went, as known at `now`, from the history of its objective at `place` of `slo`.
///
/// # Panics
/// If the SLO has no objective at that place.
pub fn period_result(
    sla: &Sla,
    (slo, place): (&Slo, usize),
    history: &History,
    period: MinuteRange,
    now: Minute,
) -> SlaPeriod {
    let mut promised = slo.clone();
    let mut objective = slo.objectives[place].clone();
    objective.target = sla.target.clone();
    objective.weight = None;
    let slices = objective.slices.is_some();
    promised.objectives = vec![objective];
    let objectives = vec![ObjectiveInputs { history: history.clone(), firing: vec![] }];
    let inputs = SloInputs { objectives, backfilling: false };
    let result = period_results(&promised, &inputs, period, now).remove(0);
    let PeriodResult { attained, budget, counts, coverage, excluded_minutes, .. } = result;
    let is_running = period.contains(now);
    let attained = match budget.filter(|budget| slices && is_running && budget.allowed > Ratio::ZERO) {
        Some(Budget { allowed, spent, .. }) => {
            Some(Ratio::ONE.minus(spent.by(sla.target.allowance()).over(allowed)))
        }
        None => attained,
    };
    SlaPeriod {
        period,
        is_running,
        verdict: match attained {
            Some(attained) if attained >= sla.target.ratio() => Verdict::Kept,
            Some(_) => Verdict::Broken,
            None => Verdict::Unknown,
        },
        attained,
        credit: attained.and_then(|attained| sla.credit_of(attained)).cloned(),
        counts,
        budget,
        left: budget.filter(|_| is_running).and_then(|budget| left(&budget, sla, slo.unmeasured, slices)),
        coverage,
        excluded_minutes,
    }
}

/// With `x` more failures, `spent + x ≤ (1 − target) · (all + x)`, so that `x ≤ (allowed − spent) ÷ target`. The slices of a period
/// are all known in advance, so that a bad one adds to none.
fn left(budget: &Budget, sla: &Sla, unmeasured: UnmeasuredTime, slices: bool) -> Option<Left> {
    let room = budget.allowed.minus(budget.spent);
    let weighs = matches!(unmeasured, UnmeasuredTime::Bad | UnmeasuredTime::Good);
    match slices {
        true => Some(Left { count: room.floor(), unit: LeftUnit::Slices }),
        false if weighs => None,
        false => Some(Left { count: room.over(sla.target.ratio()).floor(), unit: LeftUnit::Events }),
    }
}

impl Sla {
    /// The period of the calendar that holds `minute`, as far as the agreement holds in it.
    pub fn period_at(&self, calendar: &CalendarWindow, minute: Minute) -> Option<MinuteRange> {
        let period = calendar.period(minute);
        let zone = TimeZone::get(calendar.zone()).unwrap_or(TimeZone::UTC);
        let begins = |day: Date| {
            let at = zone.to_ambiguous_zoned(day.at(0, 0, 0, 0)).compatible().ok()?;
            Some(Timestamp::from_secs(at.timestamp().as_second()).minute())
        };
        let from = self.from.and_then(begins).map_or(period.from, |from| from.max(period.from));
        let until = self.until.and_then(|day| day.tomorrow().ok()).and_then(begins);
        let to = until.map_or(period.to, |until| until.min(period.to));
        (from < to).then_some(MinuteRange { from, to })
    }

    /// Its last `count` periods, the one at `now` first; those in which it does not hold are left out.
    pub fn periods(&self, calendar: &CalendarWindow, count: usize, now: Minute) -> Vec<MinuteRange> {
        let (mut found, mut at) = (Vec::new(), now);
        for _ in 0..count {
            found.extend(self.period_at(calendar, at));
            at = calendar.period(at).from.minus(1);
        }
        found
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::definition::{parse_sla, parse_slo};
    use crate::slo::{Coverage, Exclusions, MinuteSet};

    const SLO: &str = "apiVersion: openslo/v1
kind: SLO
metadata: {name: a}
spec:
  service: shop
  indicator:
    metadata: {name: b}
    spec:
      ratioMetric:
        bad: {metricSource: {type: spans, spec: {where: http_status >= 500}}}
        total: {metricSource: {type: spans, spec: {where: service = 'shop'}}}
  timeWindow: [{duration: 28d, isRolling: true}]
  budgetingMethod: Occurrences
  objectives: [{target: 0.999}]
";

    fn sla(more: &str) -> Sla {
        parse_sla(&format!(
            "apiVersion: ippo/v1\nkind: SLA\nmetadata: {{name: x}}\nspec:\n  slo: a\n  target: 0.99\n  customers: all\n  timeZone: \
             Asia/Tokyo\n  credits: [{{below: 0.99, credit: 10 %}}, {{below: 0.95, credit: 25 %}}]\n{more}"
        ))
        .expect("good")
    }

    fn minute(text: &str) -> Minute {
        Timestamp::parse(text).expect("a time").minute()
    }

    /// A source that is measured over `range`, with so many events in its first minute.
    fn history(range: MinuteRange, good: u64, bad: u64) -> History {
        let counts = vec![(range.from, Counts { good, bad, unknown: 0 })];
        let all = MinuteSet::from_ranges([range]);
        let coverage = Coverage { up: all.clone(), source: all };
        History::new(&counts, &MinuteSet::EMPTY, &coverage, &Exclusions::default(), None)
    }

    fn told(good: u64, bad: u64) -> SlaPeriod {
        let (slo, sla) = (parse_slo(SLO).expect("good"), sla(""));
        let now = minute("2026-11-20T00:00:00Z");
        let period = sla.period_at(&sla.calendar(&TimeZone::UTC), now).expect("it holds");
        period_result(&sla, (&slo, 0), &history(period, good, bad), period, now)
    }

    #[test]
    fn the_lowest_credit_that_the_share_falls_below_is_due() {
        for (good, bad, verdict, credit) in [
            (990, 10, Verdict::Kept, None),
            (989, 11, Verdict::Broken, Some("10 %")),
            (950, 50, Verdict::Broken, Some("10 %")),
            (949, 51, Verdict::Broken, Some("25 %")),
            (0, 0, Verdict::Unknown, None),
        ] {
            let told = told(good, bad);
            let due = told.credit.as_ref().map(|credit| credit.credit.as_str());
            assert_eq!((told.verdict, due), (verdict, credit), "{good} and {bad}");
        }
    }

    #[test]
    fn slices_of_a_period_that_goes_on_break_it_when_nothing_can_mend_it() {
        let slices = "budgetingMethod: Timeslices\n  objectives: [{target: 0.999, timeSliceTarget: 0.9, timeSliceWindow: 1h}]";
        let text = SLO.replace("budgetingMethod: Occurrences\n  objectives: [{target: 0.999}]", slices);
        let (slo, sla) = (parse_slo(&text).expect("good"), sla(""));
        let now = minute("2026-11-02T00:00:00Z");
        let period = sla.period_at(&sla.calendar(&TimeZone::UTC), now).expect("it holds");
        // Of 720 hours, 7.2 may be bad.
        for (bad, verdict, left) in [(0, Verdict::Kept, 7), (7, Verdict::Kept, 0), (8, Verdict::Broken, -1)] {
            let hours = 0..33u32;
            let counts: Vec<_> = hours
                .map(|hour| {
                    let failed = if hour < bad { 50 } else { 1 };
                    (period.from.plus(hour * 60), Counts { good: 100 - failed, bad: failed, unknown: 0 })
                })
                .collect();
            let all = MinuteSet::from_ranges([MinuteRange { from: period.from, to: now }]);
            let coverage = Coverage { up: all.clone(), source: all };
            let of_objective = slo.objectives[0].slices;
            let history =
                History::new(&counts, &MinuteSet::EMPTY, &coverage, &Exclusions::default(), of_objective);
            let told = period_result(&sla, (&slo, 0), &history, period, now);
            assert_eq!(told.attained, Some(Ratio::new(i128::from(720 - bad), 720)));
            assert_eq!((told.verdict, told.credit.is_some()), (verdict, verdict == Verdict::Broken));
            assert_eq!(told.left, Some(Left { count: left, unit: LeftUnit::Slices }));
        }
    }

    #[test]
    fn a_period_is_a_month_of_its_zone_as_far_as_the_agreement_holds() {
        let whole = sla("");
        let calendar = whole.calendar(&TimeZone::UTC);
        let now = minute("2026-11-20T00:00:00Z");
        let november =
            MinuteRange { from: minute("2026-10-31T15:00:00Z"), to: minute("2026-11-30T15:00:00Z") };
        assert_eq!(whole.period_at(&calendar, now), Some(november));
        let held = sla("  from: 2026-10-10\n  until: 2026-11-22\n");
        let periods = held.periods(&calendar, 4, now);
        let [last, first] = periods.as_slice() else { panic!("two months: {periods:?}") };
        assert_eq!((last.from, last.to), (november.from, minute("2026-11-22T15:00:00Z")));
        assert_eq!((first.from, first.to), (minute("2026-10-09T15:00:00Z"), november.from));
        assert_eq!(held.periods(&calendar, 4, minute("2027-02-01T00:00:00Z")), [*last]);
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(300))]
        #[test]
        fn so_many_more_failures_and_not_one_more_keep_the_promise(good in 0u64..100_000, bad in 0u64..2_000) {
            prop_assume!(good + bad > 0);
            let left = told(good, bad).left.expect("it goes on");
            prop_assert_eq!(left.unit, LeftUnit::Events);
            match u64::try_from(left.count) {
                Ok(more) => {
                    prop_assert_eq!(told(good, bad + more).verdict, Verdict::Kept);
                    prop_assert_eq!(told(good, bad + more + 1).verdict, Verdict::Broken);
                }
                Err(_) => prop_assert_eq!(told(good, bad).verdict, Verdict::Broken),
            }
        }
    }
}
