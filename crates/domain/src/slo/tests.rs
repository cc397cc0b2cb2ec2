//! Whole evaluations, from minutes to a state.

use ippo_base::{Minute, MinuteRange, Timestamp};

use super::*;

pub(super) const NOW: Minute = Minute(29_000_000);

pub(super) fn slo(targets: &[&str]) -> Slo {
    let objective = |text: &&str| Objective {
        display_name: String::new(),
        sli: Sli {
            signal: Signal::Spans,
            total: "service = 'frontend'".to_owned(),
            measure: Measure::Bad("status = 'error'".to_owned()),
            polled: None,
        },
        target: Target::parse(text).expect(text),
        threshold: None,
        slices: None,
        weight: None,
    };
    Slo {
        name: "checkout".to_owned(),
        display_name: "Checkout".to_owned(),
        description: String::new(),
        owner: "shop".to_owned(),
        notify: vec![],
        runbook: None,
        service: "frontend".to_owned(),
        window: Window::rolling(28 * 24 * 60).expect("within limits"),
        more_windows: vec![],
        budgeting_method: BudgetingMethod::Occurrences,
        unmeasured: UnmeasuredTime::Freeze,
        every_failure_matters: false,
        review_on: None,
        policies: vec![],
        objectives: targets.iter().map(objective).collect(),
    }
}

fn last(count: u32) -> MinuteSet {
    MinuteSet::from_ranges([MinuteRange::ending_with(NOW, count)])
}

/// What inputs are made of.
#[derive(Clone)]
pub(super) struct Given {
    /// Of each objective.
    pub(super) counts: Vec<Vec<(Minute, Counts)>>,
    pub(super) coverage: Coverage,
    pub(super) exclusions: Exclusions,
    pub(super) slices: Option<TimeSlices>,
    /// Of the first objective.
    pub(super) firing: Vec<u32>,
    pub(super) backfilling: bool,
}

impl Given {
    pub(super) fn inputs(&self) -> SloInputs {
        let history = |counts: &Vec<_>| {
            History::new(counts, &MinuteSet::EMPTY, &self.coverage, &self.exclusions, self.slices)
        };
        let mut objectives: Vec<ObjectiveInputs> = self
            .counts
            .iter()
            .map(|counts| ObjectiveInputs { history: history(counts), firing: Vec::new() })
            .collect();
        objectives[0].firing.clone_from(&self.firing);
        SloInputs { objectives, backfilling: self.backfilling }
    }
}

/// A steady source over the last `minutes`, with `good` and `bad` events in each.
pub(super) fn steady(minutes: u32, good: u64, bad: u64) -> Given {
    let counts = MinuteRange::ending_with(NOW, minutes).iter().map(|m| (m, Counts { good, bad, unknown: 0 }));
    let coverage = Coverage { up: last(minutes), source: last(minutes) };
    Given {
        counts: vec![counts.collect()],
        coverage,
        exclusions: Exclusions::default(),
        slices: None,
        firing: vec![],
        backfilling: false,
    }
}

pub(super) fn now() -> Timestamp {
    NOW.start().plus(std::time::Duration::from_secs(30))
}

#[test]
fn a_kept_promise_is_fine() {
    let status = evaluate(&slo(&["0.99"]), &steady(28 * 1440, 1_000, 5).inputs(), now());
    assert_eq!(status.state, SloState::Fine, "{}", status.state_rule);
    let objective = &status.objectives[0];
    assert_eq!(objective.window().sum.range.len(), 28 * 1440);
    assert_eq!(objective.window().attained, Some(Ratio::new(1_000, 1_005)));
    assert_eq!(objective.window().budget.expect("counted").events_allowed(), 28 * 1440 * 1_005 / 100);
    assert_eq!(status.coverage, Ratio::ONE);
    assert_eq!(status.exhausts_at, None);
    assert!(objective.burn.iter().all(|b| !b.firing));
}

#[test]
fn without_any_telemetry_nobody_can_say() {
    let inputs = SloInputs { objectives: vec![ObjectiveInputs::default()], ..SloInputs::default() };
    let status = evaluate(&slo(&["0.99"]), &inputs, now());
    assert_eq!(status.state, SloState::NoData);
    assert_eq!(status.state_rule.english, "0 of the last 60 minutes are measured, under half");
    let objective = &status.objectives[0];
    assert_eq!((objective.window().attained, objective.window().budget), (None, None));
    assert_eq!(objective.window().sum.minutes.unmeasured, 28 * 1440);
}

#[test]
fn a_new_slo_says_how_little_of_its_window_is_covered() {
    let status = evaluate(&slo(&["0.99"]), &steady(1440, 1_000, 5).inputs(), now());
    assert_eq!(status.coverage, Ratio::new(1, 28));
    assert_eq!(status.objectives[0].window().sum.minutes.unmeasured, 27 * 1440);
}

#[test]
fn an_outage_is_critical_and_the_end_of_the_budget_is_told() {
    let mut given = steady(28 * 1440, 60, 0);
    let counts = &mut given.counts[0];
    for (_, counts) in counts.iter_mut().rev().take(6) {
        *counts = Counts { good: 0, bad: 60, unknown: 0 };
    }
    let status = evaluate(&slo(&["0.999"]), &given.inputs(), now());
    assert_eq!(status.state, SloState::Critical);
    assert_eq!(status.state_rule.english, "page 1h/5m fires: burn 100 and 1000, factor 13.44");
    // 6 of 40320 minutes failed: 14.88 % of the budget; 6 of 360 at 1/0.001 burn 16.67.
    let objective = &status.objectives[0];
    assert_eq!(objective.window().budget.expect("counted").remaining.to_percent(2), "85.12");
    let left = status.exhausts_at.expect("burning").since(now()).as_secs();
    assert_eq!(left, 28 * 86_400 * (40_320 - 6_000) * 3 / (40_320 * 50));
}

#[test]
fn objectives_are_judged_each_by_its_own_target() {
    let mut given = steady(28 * 1440, 997, 3);
    given.counts.push(given.counts[0].clone());
    let status = evaluate(&slo(&["0.99", "0.999"]), &given.inputs(), now());
    assert_eq!(status.state, SloState::Rising);
    assert!(
        status.state_rule.english.starts_with("ticket 1d/2h of \"0.999\" fires"),
        "{}",
        status.state_rule
    );
    assert!(status.objectives[0].window().budget.expect("counted").remaining > Ratio::ZERO);
    assert_eq!(status.objectives[1].window().budget.expect("counted").remaining, Ratio::new(-2, 1));
}

#[test]
fn a_back_fill_neither_fires_nor_resolves_anything() {
    let mut given = steady(60, 0, 60);
    given.backfilling = true;
    given.firing = vec![6 * 60];
    let status = evaluate(&slo(&["0.999"]), &given.inputs(), now());
    let firing: Vec<bool> = status.objectives[0].burn.iter().map(|b| b.firing).collect();
    assert_eq!(firing, [false, true, false, false]);
}

#[test]
fn the_last_point_of_a_series_is_what_the_status_says() {
    let given = steady(28 * 1440, 995, 5);
    let slo = slo(&["0.99"]);
    let status = evaluate(&slo, &given.inputs(), now());
    let history = given.inputs().objectives.remove(0).history;
    let points = series(&slo, &slo.objectives[0], &history, MinuteRange::ending_with(NOW, 120), 60);
    assert_eq!(points.len(), 2);
    assert_eq!(points[1].counts, Counts { good: 60 * 995, bad: 300, unknown: 0 });
    assert_eq!(points[1].gap, Gap::Measured);
    let remaining = status.objectives[0].window().budget.expect("counted").remaining;
    assert_eq!(points[1].budget_remaining, Some(remaining));
}

#[test]
fn editing_a_target_keeps_the_counts_and_editing_the_sli_does_not() {
    let before = slo(&["0.99"]);
    assert!(before.counts_like(&slo(&["0.999"])));
    let mut other = before.clone();
    other.objectives[0].sli.total = "service = 'payment'".to_owned();
    assert!(!before.counts_like(&other));
    assert!(!before.counts_like(&slo(&["0.99", "0.999"])));
}

#[test]
fn a_tick_that_looks_back_three_days_judges_burn_as_a_whole_evaluation_does() {
    let mut given = steady(28 * 1440, 60, 0);
    for (i, (_, counts)) in given.counts[0].iter_mut().rev().take(4 * 1440).enumerate() {
        (counts.good, counts.bad) = (60 - i as u64 % 3, i as u64 % 3);
    }
    let slo = slo(&["0.999"]);
    let whole: Vec<_> =
        evaluate(&slo, &given.inputs(), now()).objectives.into_iter().map(|o| o.burn).collect();
    let mut short = given;
    let range = MinuteRange::ending_with(NOW, burn::LONGEST_WINDOW_MINUTES);
    short.counts[0].retain(|(minute, _)| range.contains(*minute));
    assert_eq!(burn_now(&slo, &short.inputs(), now()), whole);
}

/// A month in Tokyo of which 19 days and some have passed at [`NOW`].
fn month() -> Window {
    let zone = jiff::tz::TimeZone::get("Asia/Tokyo").expect("a known zone");
    let start = "2025-02-01T00:00:00".parse().expect("a time");
    Window::Calendar(CalendarWindow::new(start, zone, 1, CalendarUnit::Months).expect("within limits"))
}

#[test]
fn a_calendar_window_begins_anew_and_its_budget_grows_with_the_traffic() {
    let mut slo = slo(&["0.99"]);
    slo.window = month();
    let status = evaluate(&slo, &steady(28 * 1440, 995, 5).inputs(), now());
    let window = status.objectives[0].window();
    assert_eq!(window.sum.range.from.start().to_string(), "2025-01-31T15:00:00Z");
    assert_eq!(window.at.period.len(), 28 * 1440);
    let so_far = i128::from(window.sum.range.len());
    assert_eq!(window.budget.expect("counted").events_allowed(), so_far * 1_000 / 100);
    assert_eq!(window.budget.expect("counted").remaining, Ratio::new(1, 2));
    assert_eq!(status.exhausts_at, None, "a burn of one half never ends a budget that grows by one");
    let factors: Vec<String> =
        status.objectives[0].burn.iter().map(|b| b.pair.factor.to_decimal(2)).collect();
    assert_eq!(factors, ["13.44", "5.6", "2.8", "0.93"], "of the 28 days of this February");
}

#[test]
fn slices_of_a_calendar_window_have_their_whole_budget_from_the_start() {
    let mut slo = slo(&["0.99"]);
    slo.window = month();
    slo.budgeting_method = BudgetingMethod::Timeslices;
    let slices = TimeSlices::new(5, SliceJudge::Target(Ratio::new(99, 100)));
    slo.objectives[0].slices = slices;
    let mut given = steady(28 * 1440, 1_000, 5);
    given.slices = slices;
    // Four whole slices fail in the first days of the month.
    let begins = Timestamp::parse("2025-02-03T00:00:00Z").expect("a time").minute();
    let failing = MinuteRange { from: begins, to: begins.plus(20) };
    for (minute, counts) in &mut given.counts[0] {
        if failing.contains(*minute) {
            (counts.good, counts.bad) = (0, 1_005);
        }
    }
    let window = evaluate(&slo, &given.inputs(), now()).objectives[0].window().clone();
    let budget = window.budget.expect("counted");
    // 28 days have 8,064 slices, of which one in a hundred may be bad.
    assert_eq!((budget.events_allowed(), budget.spent), (80, Ratio::new(4, 1)));
    assert_eq!(budget.remaining.to_percent(2), "95.04");
    let judged = window.sum.slices.expect("slices");
    assert_eq!(
        u32::try_from(judged.total()).expect("few"),
        window.sum.range.len() / 5,
        "those that are over"
    );
}

#[test]
fn other_windows_are_looked_at_and_alert_nobody() {
    let mut slo = slo(&["0.999"]);
    slo.more_windows = vec![Window::rolling(60).expect("within limits"), month()];
    let mut given = steady(28 * 1440, 1_000, 0);
    for (_, counts) in given.counts[0].iter_mut().rev().take(60) {
        (counts.good, counts.bad) = (998, 2);
    }
    let status = evaluate(&slo, &given.inputs(), now());
    let remaining: Vec<String> = status.objectives[0]
        .windows
        .iter()
        .map(|w| w.budget.expect("counted").remaining.to_percent(1))
        .collect();
    assert_eq!(remaining, ["99.7", "-100", "99.6"]);
    assert_eq!(status.state, SloState::Fine, "{}", status.state_rule);
}

#[test]
fn unmeasured_time_that_counts_as_bad_spends_the_budget() {
    let mut slo = slo(&["0.99"]);
    let mut given = steady(28 * 1440, 1_000, 0);
    // The source fell silent for the last hour but one.
    let silent = MinuteRange { from: NOW.minus(120), to: NOW.minus(60) };
    given.counts[0].retain(|(minute, _)| !silent.contains(*minute));
    given.coverage.source = given.coverage.source.difference(&MinuteSet::from_ranges([silent]));
    let remaining = |slo: &Slo| {
        let status = evaluate(slo, &given.inputs(), now());
        status.objectives[0].window().budget.expect("counted").remaining.to_percent(2)
    };
    assert_eq!(remaining(&slo), "100");
    slo.unmeasured = UnmeasuredTime::Bad;
    // 56 of 40,320 minutes: four after the last telemetry are still spoken for.
    assert_eq!(remaining(&slo), Ratio::new(40_320 - 5_600, 40_320).to_percent(2));
}

#[test]
fn a_pair_that_would_forget_a_slice_before_the_next_one_ends_is_left_out() {
    let mut slo = slo(&["0.999"]);
    slo.budgeting_method = BudgetingMethod::Timeslices;
    slo.objectives[0].slices = TimeSlices::new(60, SliceJudge::Target(Ratio::new(99, 100)));
    let mut given = steady(28 * 1440, 60, 0);
    given.slices = slo.objectives[0].slices;
    let objective = evaluate(&slo, &given.inputs(), now()).objectives.remove(0);
    let kept: Vec<String> = objective.burn.iter().map(|status| status.pair.label()).collect();
    assert_eq!(kept, ["ticket 1d/2h", "ticket 3d/6h"]);
    assert_eq!(objective.burn_omitted[0].reason, "its short window of 5m is shorter than a slice of 1h");
}
