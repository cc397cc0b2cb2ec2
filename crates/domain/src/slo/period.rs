//! How an SLO's periods went, one after the other: those of its calendar, or months where its window rolls. A period that has ended
//! is closed in the ledger with what is known then; what came later is told beside it, and never in its place.

use ippo_base::{Minute, MinuteRange};
use jiff::civil::date;
use jiff::tz::TimeZone;

use super::budget::Budget;
use super::burn::Promise;
use super::counts::Counts;
use super::evaluate::{SloInputs, WindowStatus, coverage_of, look, objective_label};
use super::model::{Objective, Slo};
use super::ratio::Ratio;
use super::weight::weighted;
use super::window::{CalendarUnit, CalendarWindow, Window, WindowNow};
use crate::Said;

/// How one period of an objective went.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct PeriodResult {
    /// What the objective is called.
    pub objective: String,
    /// What was promised, as it was written. None of a composite SLO as a whole, which promises what its parts do.
    pub target: Option<String>,
    /// What was attained; none if nothing was to be judged, and of a whole.
    pub attained: Option<Ratio>,
    /// Whether what was promised is kept, by a whole within the budget that its parts share; none if nothing was to be judged.
    pub is_kept: Option<bool>,
    /// What was allowed and spent; none of a whole.
    pub budget: Option<Budget>,
    /// The share of the budget that is left.
    pub remaining: Option<Ratio>,
    /// The events that were counted.
    pub counts: Counts,
    /// The covered share of the minutes that are not excluded.
    pub coverage: Ratio,
    /// Minutes that were excluded.
    pub excluded_minutes: u32,
}

/// A period that ended, as known when it was closed.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Closing {
    /// Its minutes.
    pub period: MinuteRange,
    /// The name of the time zone in which it begins and ends.
    pub zone: String,
    /// How it went, an objective each.
    pub results: Vec<PeriodResult>,
}

/// By which periods an SLO is closed: its own, or months in `zone` where its window rolls.
pub fn closing_calendar(slo: &Slo, zone: &TimeZone) -> CalendarWindow {
    match &slo.window {
        Window::Calendar(calendar) => calendar.clone(),
        Window::Rolling(_) => {
            let start = date(1970, 1, 1).at(0, 0, 0, 0);
            CalendarWindow::new(start, zone.clone(), 1, CalendarUnit::Months).expect("a month is no year")
        }
    }
}

/// How a period went for a composite SLO as a whole, then for each objective, as far as it has come by the minute `now`, which is
/// included.
///
/// # Panics
/// If `inputs` has another number of objectives than `slo`.
pub fn period_results(slo: &Slo, inputs: &SloInputs, period: MinuteRange, now: Minute) -> Vec<PeriodResult> {
    assert_eq!(slo.objectives.len(), inputs.objectives.len(), "each objective has its counter");
    let so_far = MinuteRange { from: period.from, to: period.to.min(now.plus(1)) };
    let at = WindowNow { so_far, period, rolls: false };
    let given = slo.objectives.iter().zip(&inputs.objectives);
    let looks: Vec<WindowStatus> = given
        .map(|(objective, given)| look(objective, &given.history, &Promise::of(slo, objective), at))
        .collect();
    let of = |(objective, status): (&Objective, &WindowStatus)| PeriodResult {
        objective: objective_label(objective),
        target: Some(objective.target.decimal().to_owned()),
        attained: status.attained,
        is_kept: status.attained.map(|attained| is_kept(objective, attained)),
        budget: status.budget,
        remaining: status.budget.map(|budget| budget.remaining),
        counts: status.sum.counts,
        coverage: coverage_of(&status.sum),
        excluded_minutes: status.sum.minutes.excluded,
    };
    let whole = slo.is_composite().then(|| whole_result(slo, &looks));
    whole.into_iter().chain(slo.objectives.iter().zip(&looks).map(of)).collect()
}

/// How the same period went for all parts of a composite SLO together.
fn whole_result(slo: &Slo, parts: &[WindowStatus]) -> PeriodResult {
    let spent: Vec<_> = slo.shares().into_iter().zip(parts.iter().map(WindowStatus::spent)).collect();
    let remaining = weighted(&spent).map(|spent| Ratio::ONE.minus(spent));
    let mut counts = Counts::default();
    let (mut covered, mut expected) = (0, 0);
    for part in parts {
        counts += part.sum.counts;
        covered += i128::from(part.sum.minutes.covered());
        expected += i128::from(part.sum.minutes.expected());
    }
    PeriodResult {
        objective: slo.display_name.clone(),
        target: None,
        attained: None,
        is_kept: remaining.map(|remaining| remaining >= Ratio::ZERO),
        budget: None,
        remaining,
        counts,
        coverage: if expected == 0 { Ratio::ZERO } else { Ratio::new(covered, expected) },
        excluded_minutes: parts.iter().map(|part| part.sum.minutes.excluded).max().unwrap_or_default(),
    }
}

fn is_kept(objective: &Objective, attained: Ratio) -> bool {
    attained >= Ratio::ONE.minus(objective.target.allowance())
}

impl Closing {
    /// In words: the period, and what became of each promise.
    pub fn words(&self) -> Said {
        let zone = TimeZone::get(&self.zone).unwrap_or(TimeZone::UTC);
        let day = |minute: Minute| {
            let at = jiff::Timestamp::from_second(i64::from(minute.0) * 60).unwrap_or_default();
            zone.to_datetime(at).date()
        };
        let (from, to) = (day(self.period.from), day(Minute(self.period.to.0.saturating_sub(1))));
        let told: Vec<Said> = self.results.iter().map(PeriodResult::words).collect();
        let english: Vec<&str> = told.iter().map(|said| said.english.as_str()).collect();
        let japanese: Vec<&str> = told.iter().map(|said| said.japanese.as_str()).collect();
        Said::new(
            format!("{from} to {to} has ended: {}", english.join("; ")),
            format!("{from} から {to} までの期間が終わりました: {}", japanese.join("、")),
        )
    }
}

impl PeriodResult {
    /// Whether anything is known of the period.
    pub fn is_known(&self) -> bool {
        self.coverage > Ratio::ZERO || self.counts != Counts::default() || self.excluded_minutes > 0
    }

    fn words(&self) -> Said {
        let Self { objective, .. } = self;
        let left = self.remaining.map(|left| left.to_percent(1)).unwrap_or_default();
        if let (None, Some(is_kept)) = (&self.target, self.is_kept) {
            let (kept, kept_ja) = if is_kept { ("kept", "達成") } else { ("not kept", "未達") };
            return Said::new(
                format!("as a whole it was {kept}: {left} % of the budget left"),
                format!("全体は{kept_ja}(バジェットの残り {left} %)"),
            );
        }
        let (Some(attained), Some(is_kept)) = (self.attained, self.is_kept) else {
            return Said::new(
                format!("of {objective} nothing was counted"),
                format!("{objective} は集計なし"),
            );
        };
        // Cut, as what was just not kept must not look kept.
        let attained = attained.cut_percent(4);
        let (kept, kept_ja) = if is_kept { ("kept", "達成") } else { ("not kept", "未達") };
        Said::new(
            format!("{objective} was {kept}: {attained} % attained, {left} % of the budget left"),
            format!("{objective} は{kept_ja}(実績 {attained} %、バジェットの残り {left} %)"),
        )
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::{NOW, slo, steady};
    use super::*;

    fn range(days_ago: u32, days: u32) -> MinuteRange {
        let from = Minute(NOW.0 / 1440 * 1440 - days_ago * 1440);
        MinuteRange { from, to: from.plus(days * 1440) }
    }

    #[test]
    fn a_period_is_judged_by_what_lies_in_it() {
        let mut given = steady(20 * 1440, 999, 1);
        let bad = range(10, 1);
        for (minute, counts) in &mut given.counts[0] {
            if bad.contains(*minute) {
                *counts = Counts { good: 900, bad: 100, unknown: 0 };
            }
        }
        let slo = slo(&["0.99"]);
        let told = |period| period_results(&slo, &given.inputs(), period, NOW).remove(0);
        let of_bad = told(range(12, 5));
        assert_eq!(of_bad.attained.expect("counted").to_percent(2), "97.92");
        assert_eq!(of_bad.is_kept, Some(false));
        assert_eq!(of_bad.budget.expect("counted").remaining.to_percent(0), "-108");
        let of_good = told(range(9, 5));
        assert_eq!((of_good.is_kept, of_good.coverage), (Some(true), Ratio::ONE));
        assert_eq!(of_good.budget.expect("counted").remaining, Ratio::new(9, 10));
        let before = told(range(40, 5));
        assert_eq!((before.attained, before.is_kept, before.coverage), (None, None, Ratio::ZERO));
        let running = told(range(0, 5));
        assert!(
            running.counts.total() > 0 && running.coverage == Ratio::ONE,
            "what is still to come is not missing"
        );
    }

    #[test]
    fn what_is_exactly_promised_is_kept() {
        let slo = slo(&["0.999"]);
        let told = period_results(&slo, &steady(20 * 1440, 999, 1).inputs(), range(3, 2), NOW).remove(0);
        assert_eq!((told.is_kept, told.budget.expect("counted").remaining), (Some(true), Ratio::ZERO));
    }

    #[test]
    fn a_rolling_window_is_closed_by_the_month_of_its_people() {
        let tokyo = TimeZone::get("Asia/Tokyo").expect("known");
        let month = closing_calendar(&slo(&["0.999"]), &tokyo).period(NOW);
        let from = month.from.start().to_string();
        assert!(from.ends_with("T15:00:00Z"), "midnight in Tokyo: {from}");
        assert!((28 * 1440..=31 * 1440).contains(&month.len()));
    }

    #[test]
    fn a_closing_says_what_became_of_each_promise() {
        let slo = slo(&["0.99", "0.9999"]);
        let mut given = steady(20 * 1440, 999, 1);
        given.counts.push(given.counts[0].clone());
        let period = range(5, 3);
        let results = period_results(&slo, &given.inputs(), period, NOW);
        let words = Closing { period, zone: "UTC".to_owned(), results }.words();
        assert!(
            words.english.ends_with(
                "has ended: 0.99 was kept: 99.9 % attained, 90 % of the budget left; 0.9999 was not kept: 99.9 % attained, -900 % of \
                 the budget left"
            ),
            "{}",
            words.english
        );
        assert!(
            words.japanese.contains("0.99 は達成(実績 99.9 %、バジェットの残り 90 %)"),
            "{}",
            words.japanese
        );
    }
}
