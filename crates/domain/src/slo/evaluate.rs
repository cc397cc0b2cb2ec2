//! From counts to what is the case: one pure function of counters, revisions and recorded exclusions, so that
//! anyone can recompute it. Reads no clock and no store.

use ippo_base::{Minute, MinuteRange, Timestamp};

use super::budget::{Budget, attained, burn_rate};
use super::burn::{
    Before, BurnPair, BurnPairs, BurnStatus, EXHAUSTION_WINDOW_MINUTES, OmittedPair, judge, pairs_for,
};
use super::ledger::{Counts, Coverage, Gap, Ledger, WindowSum};
use super::minutes::MinuteSet;
use super::model::{Objective, Slo};
use super::ratio::Ratio;
use super::state::{ObjectiveFacts, SloState, state};
use crate::Said;

/// What one objective's counter holds.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct ObjectiveInputs {
    /// Counts by minute, ascending.
    pub counts: Vec<(Minute, Counts)>,
    /// Minutes that the counter cannot speak for.
    pub sealed: MinuteSet,
    /// Long windows, in minutes, of the pairs that fired when they were last judged.
    pub firing: Vec<u32>,
}

/// Everything that an SLO's status depends on, beside its definition and the time.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct SloInputs {
    /// One for each objective, in order.
    pub objectives: Vec<ObjectiveInputs>,
    /// When ippo and the source could speak.
    pub coverage: Coverage,
    /// Whether a counter is still being filled from stored data: then no pair starts to fire, and none resolves.
    pub backfilling: bool,
}

/// What is the case with one objective.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct ObjectiveStatus {
    /// The sums over the SLO's window.
    pub window: WindowSum,
    /// The share of events that were good.
    pub attained: Option<Ratio>,
    /// What is left.
    pub budget: Option<Budget>,
    /// When the budget ends if the last six hours' burn goes on.
    pub exhausts_at: Option<Timestamp>,
    /// The pairs that can fire.
    pub burn: Vec<BurnStatus>,
    /// The pairs that cannot, and why.
    pub burn_omitted: Vec<OmittedPair>,
}

/// What is the case with an SLO.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct SloStatus {
    /// By the published function.
    pub state: SloState,
    /// The rule that gave the state, in words.
    pub state_rule: Said,
    /// The covered share of the window's minutes that are not excluded.
    pub coverage: Ratio,
    /// Whether a counter is still being filled from stored data.
    pub backfilling: bool,
    /// When the first objective's budget ends.
    pub exhausts_at: Option<Timestamp>,
    /// One for each objective, in order.
    pub objectives: Vec<ObjectiveStatus>,
}

/// The covered share of the minutes that ought to be; nought if none ought to.
pub fn coverage_of(sum: &WindowSum) -> Ratio {
    match sum.minutes.expected() {
        0 => Ratio::ZERO,
        expected => Ratio::new(i128::from(sum.minutes.covered()), i128::from(expected)),
    }
}

/// The status of `slo` at `now`. Windows are whole minutes, the one that has begun included.
///
/// # Panics
/// If `inputs` has another number of objectives than `slo`.
pub fn evaluate(slo: &Slo, inputs: &SloInputs, now: Timestamp) -> SloStatus {
    assert_eq!(slo.objectives.len(), inputs.objectives.len(), "each objective has its counter");
    let minute = now.minute();
    let ledgers: Vec<Ledger> = ledgers(inputs);
    let mut ends = Vec::with_capacity(ledgers.len());
    let mut objectives = Vec::with_capacity(ledgers.len());
    for ((objective, ledger), given) in slo.objectives.iter().zip(&ledgers).zip(&inputs.objectives) {
        let (status, ends_after_secs) =
            evaluate_objective(slo, objective, ledger, given, inputs.backfilling, now);
        objectives.push(status);
        ends.push(ends_after_secs);
    }
    let last_hour = ledgers.first().map(|l| l.sum(MinuteRange::ending_with(minute, 60)).minutes);
    let several = slo.objectives.len() > 1;
    let labels: Vec<String> =
        slo.objectives.iter().map(|o| if several { objective_label(o) } else { String::new() }).collect();
    let facts: Vec<ObjectiveFacts<'_>> = objectives
        .iter()
        .zip(&labels)
        .zip(&ends)
        .map(|((status, label), ends_after_secs)| ObjectiveFacts {
            label,
            burn: &status.burn,
            budget: status.budget,
            ends_after_secs: *ends_after_secs,
        })
        .collect();
    let (state, state_rule) = state(last_hour.unwrap_or_default(), &facts);
    SloStatus {
        state,
        state_rule,
        coverage: objectives.iter().map(|o| coverage_of(&o.window)).min().unwrap_or(Ratio::ZERO),
        backfilling: inputs.backfilling,
        exhausts_at: objectives.iter().filter_map(|o| o.exhausts_at).min(),
        objectives,
    }
}

fn ledgers(inputs: &SloInputs) -> Vec<Ledger> {
    inputs.objectives.iter().map(|o| Ledger::new(&o.counts, &o.sealed, &inputs.coverage)).collect()
}

/// What to call an objective: its name, or its target.
pub fn objective_label(objective: &Objective) -> String {
    match objective.display_name.as_str() {
        "" => objective.target.decimal().to_owned(),
        name => name.to_owned(),
    }
}

fn evaluate_objective(
    slo: &Slo,
    objective: &Objective,
    ledger: &Ledger,
    given: &ObjectiveInputs,
    backfilling: bool,
    now: Timestamp,
) -> (ObjectiveStatus, Option<u32>) {
    let minute = now.minute();
    let window = ledger.sum(MinuteRange::ending_with(minute, slo.window.minutes()));
    let budget = Budget::of(window.counts, &objective.target);
    let recent = ledger.sum(MinuteRange::ending_with(minute, EXHAUSTION_WINDOW_MINUTES));
    let recent_burn = burn_rate(recent.counts, &objective.target);
    let ends_after_secs =
        budget.zip(recent_burn).and_then(|(budget, burn)| budget.ends_after_secs(burn, slo.window.secs()));
    let BurnPairs { kept, omitted } = pairs_for(&objective.target, slo.window.minutes());
    let burn = judge_pairs(&kept, objective, ledger, given, backfilling, minute);
    let status = ObjectiveStatus {
        window,
        attained: attained(window.counts),
        budget,
        exhausts_at: ends_after_secs.map(|secs| now.plus(std::time::Duration::from_secs(secs.into()))),
        burn,
        burn_omitted: omitted,
    };
    (status, ends_after_secs)
}

fn judge_pairs(
    pairs: &[BurnPair],
    objective: &Objective,
    ledger: &Ledger,
    given: &ObjectiveInputs,
    backfilling: bool,
    minute: Minute,
) -> Vec<BurnStatus> {
    let judged = pairs.iter().map(|pair| {
        let fired = given.firing.contains(&pair.long_minutes);
        let before = if fired { Before::Firing } else { Before::Quiet };
        let status = judge(pair, ledger, &objective.target, minute, before);
        if backfilling { BurnStatus { firing: fired, held: fired, ..status } } else { status }
    });
    judged.collect()
}

/// The burn pairs of each objective at `now`, as [`evaluate`] has them, without the rest. The inputs need reach back
/// no further than [`super::burn::LONGEST_WINDOW_MINUTES`], which is what makes a tick cheap.
pub fn burn_now(slo: &Slo, inputs: &SloInputs, now: Timestamp) -> Vec<Vec<BurnStatus>> {
    let given = slo.objectives.iter().zip(ledgers(inputs)).zip(&inputs.objectives);
    given
        .map(|((objective, ledger), given)| {
            let pairs = pairs_for(&objective.target, slo.window.minutes()).kept;
            judge_pairs(&pairs, objective, &ledger, given, inputs.backfilling, now.minute())
        })
        .collect()
}

/// One step of an SLO's history.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct SeriesPoint {
    /// When the step begins.
    pub time: Timestamp,
    /// What was counted in it.
    pub counts: Counts,
    /// What the step is: measured if any minute of it is, and so on down the kinds of gap.
    pub gap: Gap,
    /// The budget left in the SLO's window as it ended with this step; none if nothing was counted in that.
    pub budget_remaining: Option<Ratio>,
}

/// The history of one objective over `range` in steps of `step_minutes`, from the counts as known now. The inputs
/// must reach one window further back than `range`.
pub fn series(
    slo: &Slo,
    objective: &Objective,
    ledger: &Ledger,
    range: MinuteRange,
    step_minutes: u32,
) -> Vec<SeriesPoint> {
    let step_minutes = step_minutes.max(1);
    let mut points = Vec::with_capacity((range.len() / step_minutes) as usize + 1);
    let mut from = range.from;
    while from < range.to {
        let step = MinuteRange { from, to: from.plus(step_minutes).min(range.to) };
        let sum = ledger.sum(step);
        let window = ledger.sum(MinuteRange::ending_with(step.to.minus(1), slo.window.minutes()));
        points.push(SeriesPoint {
            time: from.start(),
            counts: sum.counts,
            gap: gap_of(&sum),
            budget_remaining: Budget::of(window.counts, &objective.target).map(|b| b.remaining),
        });
        from = step.to;
    }
    points
}

fn gap_of(sum: &WindowSum) -> Gap {
    let minutes = sum.minutes;
    match minutes {
        _ if minutes.measured > 0 => Gap::Measured,
        _ if minutes.zero_traffic > 0 => Gap::ZeroTraffic,
        _ if minutes.unmeasured > 0 => Gap::Unmeasured,
        _ => Gap::Excluded,
    }
}
