//! Whole evaluations, from minutes to a state.

use ippo_base::{Minute, MinuteRange, Timestamp};

use super::*;

pub(super) const NOW: Minute = Minute(29_000_000);

pub(super) fn slo(targets: &[&str]) -> Slo {
    let objective = |text: &&str| Objective {
        display_name: String::new(),
        target: Target::parse(text).expect(text),
        threshold: None,
    };
    Slo {
        name: "checkout".to_owned(),
        display_name: "Checkout".to_owned(),
        description: String::new(),
        owner: "shop".to_owned(),
        notify: vec![],
        runbook: None,
        service: "frontend".to_owned(),
        sli: Sli {
            signal: Signal::Spans,
            total: "service = 'frontend'".to_owned(),
            measure: Measure::Bad("status = 'error'".to_owned()),
        },
        window: Window::rolling(28 * 24 * 60).expect("within limits"),
        budgeting_method: BudgetingMethod::Occurrences,
        objectives: targets.iter().map(objective).collect(),
    }
}

fn last(count: u32) -> MinuteSet {
    MinuteSet::from_ranges([MinuteRange::ending_with(NOW, count)])
}

/// A steady source over the last `minutes`, with `good` and `bad` events in each.
pub(super) fn steady(minutes: u32, good: u64, bad: u64) -> SloInputs {
    let counts = MinuteRange::ending_with(NOW, minutes).iter().map(|m| (m, Counts { good, bad, unknown: 0 }));
    let objective = ObjectiveInputs { counts: counts.collect(), ..ObjectiveInputs::default() };
    let coverage = Coverage { up: last(minutes), source: last(minutes), excluded: MinuteSet::EMPTY };
    SloInputs { objectives: vec![objective], coverage, backfilling: false }
}

pub(super) fn now() -> Timestamp {
    NOW.start().plus(std::time::Duration::from_secs(30))
}

#[test]
fn a_kept_promise_is_fine() {
    let status = evaluate(&slo(&["0.99"]), &steady(28 * 1440, 1_000, 5), now());
    assert_eq!(status.state, SloState::Fine, "{}", status.state_rule);
    let objective = &status.objectives[0];
    assert_eq!(objective.window.range.len(), 28 * 1440);
    assert_eq!(objective.attained, Some(Ratio::new(1_000, 1_005)));
    assert_eq!(objective.budget.expect("counted").events_allowed(), 28 * 1440 * 1_005 / 100);
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
    assert_eq!((objective.attained, objective.budget), (None, None));
    assert_eq!(objective.window.minutes.unmeasured, 28 * 1440);
}

#[test]
fn a_new_slo_says_how_little_of_its_window_is_covered() {
    let status = evaluate(&slo(&["0.99"]), &steady(1440, 1_000, 5), now());
    assert_eq!(status.coverage, Ratio::new(1, 28));
    assert_eq!(status.objectives[0].window.minutes.unmeasured, 27 * 1440);
}

#[test]
fn an_outage_is_critical_and_the_end_of_the_budget_is_told() {
    let mut inputs = steady(28 * 1440, 60, 0);
    let counts = &mut inputs.objectives[0].counts;
    for (_, counts) in counts.iter_mut().rev().take(6) {
        *counts = Counts { good: 0, bad: 60, unknown: 0 };
    }
    let status = evaluate(&slo(&["0.999"]), &inputs, now());
    assert_eq!(status.state, SloState::Critical);
    assert_eq!(status.state_rule.english, "page 1h/5m fires: burn 100 and 1000, factor 13.44");
    // 6 of 40320 minutes failed: 14.88 % of the budget; 6 of 360 at 1/0.001 burn 16.67.
    let objective = &status.objectives[0];
    assert_eq!(objective.budget.expect("counted").remaining.to_percent(2), "85.12");
    let left = status.exhausts_at.expect("burning").since(now()).as_secs();
    assert_eq!(left, 28 * 86_400 * (40_320 - 6_000) * 3 / (40_320 * 50));
}

#[test]
fn objectives_are_judged_each_by_its_own_target() {
    let mut inputs = steady(28 * 1440, 997, 3);
    inputs.objectives.push(inputs.objectives[0].clone());
    let status = evaluate(&slo(&["0.99", "0.999"]), &inputs, now());
    assert_eq!(status.state, SloState::Rising);
    assert!(
        status.state_rule.english.starts_with("ticket 1d/2h of \"0.999\" fires"),
        "{}",
        status.state_rule
    );
    assert!(status.objectives[0].budget.expect("counted").remaining > Ratio::ZERO);
    assert_eq!(status.objectives[1].budget.expect("counted").remaining, Ratio::new(-2, 1));
}

#[test]
fn a_back_fill_neither_fires_nor_resolves_anything() {
    let mut inputs = steady(60, 0, 60);
    inputs.backfilling = true;
    inputs.objectives[0].firing = vec![6 * 60];
    let status = evaluate(&slo(&["0.999"]), &inputs, now());
    let firing: Vec<bool> = status.objectives[0].burn.iter().map(|b| b.firing).collect();
    assert_eq!(firing, [false, true, false, false]);
}

#[test]
fn the_last_point_of_a_series_is_what_the_status_says() {
    let inputs = steady(28 * 1440, 995, 5);
    let slo = slo(&["0.99"]);
    let status = evaluate(&slo, &inputs, now());
    let ledger = Ledger::new(&inputs.objectives[0].counts, &MinuteSet::EMPTY, &inputs.coverage);
    let points = series(&slo, &slo.objectives[0], &ledger, MinuteRange::ending_with(NOW, 120), 60);
    assert_eq!(points.len(), 2);
    assert_eq!(points[1].counts, Counts { good: 60 * 995, bad: 300, unknown: 0 });
    assert_eq!(points[1].gap, Gap::Measured);
    let remaining = status.objectives[0].budget.expect("counted").remaining;
    assert_eq!(points[1].budget_remaining, Some(remaining));
}

#[test]
fn editing_a_target_keeps_the_counts_and_editing_the_sli_does_not() {
    let before = slo(&["0.99"]);
    assert!(before.counts_like(&slo(&["0.999"])));
    let mut other = before.clone();
    other.sli.total = "service = 'payment'".to_owned();
    assert!(!before.counts_like(&other));
    assert!(!before.counts_like(&slo(&["0.99", "0.999"])));
}

#[test]
fn a_tick_that_looks_back_three_days_judges_burn_as_a_whole_evaluation_does() {
    let mut inputs = steady(28 * 1440, 60, 0);
    for (i, (_, counts)) in inputs.objectives[0].counts.iter_mut().rev().take(4 * 1440).enumerate() {
        (counts.good, counts.bad) = (60 - i as u64 % 3, i as u64 % 3);
    }
    let slo = slo(&["0.999"]);
    let whole: Vec<_> = evaluate(&slo, &inputs, now()).objectives.into_iter().map(|o| o.burn).collect();
    let mut short = inputs;
    let range = MinuteRange::ending_with(NOW, burn::LONGEST_WINDOW_MINUTES);
    short.objectives[0].counts.retain(|(minute, _)| range.contains(*minute));
    assert_eq!(burn_now(&slo, &short, now()), whole);
}
