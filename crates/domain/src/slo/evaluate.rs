//! From counts to what is the case: one pure function of counters, revisions and recorded exclusions, so that
//! anyone can recompute it. Reads no clock and no store.

use ippo_base::{Minute, MinuteRange, Timestamp};

use super::budget::{Budget, Judged};
use super::burn::{
    Before, BurnPair, BurnPairs, BurnStatus, EXHAUSTION_WINDOW_MINUTES, OmittedPair, Promise, judge, pairs_of,
};
use super::counts::{Counts, Gap, WindowSum};
use super::history::History;
use super::model::{Objective, Slo};
use super::ratio::Ratio;
use super::state::{ObjectiveFacts, SloState, state};
use super::window::WindowNow;
use crate::Said;

/// What one objective's counter holds.
#[derive(Clone, Debug, Default)]
pub struct ObjectiveInputs {
    /// Its minutes, as far as they are known now.
    pub history: History,
    /// Long windows, in minutes, of the pairs that fired when they were last judged.
    pub firing: Vec<u32>,
}

/// Everything that an SLO's status depends on, beside its definition and the time.
#[derive(Clone, Debug, Default)]
pub struct SloInputs {
    /// One for each objective, in order.
    pub objectives: Vec<ObjectiveInputs>,
    /// Whether a counter is still being filled from stored data: then no pair starts to fire, and none resolves.
    pub backfilling: bool,
}

/// What is the case with one objective.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct ObjectiveStatus {
    /// The SLO's window, then the others that people look at.
    pub windows: Vec<WindowStatus>,
    /// When the budget ends if the last six hours' burn goes on.
    pub exhausts_at: Option<Timestamp>,
    /// The burn of the last hour; none if nothing was counted in it.
    pub hour_burn: Option<Ratio>,
    /// The pairs that can fire.
    pub burn: Vec<BurnStatus>,
    /// The pairs that cannot, and why.
    pub burn_omitted: Vec<OmittedPair>,
}

/// One window of an objective.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct WindowStatus {
    /// What of it has passed, and all of it.
    pub at: WindowNow,
    /// The sums over what has passed.
    pub sum: WindowSum,
    /// The share that was good, by the SLO's method; none if nothing was counted.
    pub attained: Option<Ratio>,
    /// What is left; none if nothing was counted.
    pub budget: Option<Budget>,
}

impl ObjectiveStatus {
    /// The SLO's own window.
    pub fn window(&self) -> &WindowStatus {
        &self.windows[0]
    }
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
    let mut ends = Vec::with_capacity(inputs.objectives.len());
    let mut objectives = Vec::with_capacity(inputs.objectives.len());
    for (objective, given) in slo.objectives.iter().zip(&inputs.objectives) {
        let (status, ends_after_secs) = evaluate_objective(slo, objective, given, inputs.backfilling, now);
        objectives.push(status);
        ends.push(ends_after_secs);
    }
    let hour = MinuteRange::ending_with(minute, 60);
    let last_hour = inputs.objectives.first().map(|given| given.history.sum(hour).minutes);
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
            budget: status.window().budget,
            ends_after_secs: *ends_after_secs,
        })
        .collect();
    let (state, state_rule) = state(last_hour.unwrap_or_default(), &facts, inputs.backfilling);
    SloStatus {
        state,
        state_rule,
        coverage: objectives.iter().map(|o| coverage_of(&o.window().sum)).min().unwrap_or(Ratio::ZERO),
        backfilling: inputs.backfilling,
        exhausts_at: objectives.iter().filter_map(|o| o.exhausts_at).min(),
        objectives,
    }
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
    given: &ObjectiveInputs,
    backfilling: bool,
    now: Timestamp,
) -> (ObjectiveStatus, Option<u32>) {
    let (minute, promise) = (now.minute(), Promise::of(slo, objective));
    let all = [&slo.window].into_iter().chain(&slo.more_windows);
    let windows: Vec<WindowStatus> =
        all.map(|window| look(objective, &given.history, &promise, window.at(minute))).collect();
    let recent = given.history.sum(MinuteRange::ending_with(minute, EXHAUSTION_WINDOW_MINUTES));
    let ends_after_secs = ends(objective, &windows[0], promise.judged(&recent), now);
    let hour = given.history.sum(MinuteRange::ending_with(minute, 60));
    let BurnPairs { kept, omitted } = pairs_of(slo, objective, windows[0].at.period.len());
    let burn = judge_pairs(&kept, &promise, given, backfilling, minute);
    let status = ObjectiveStatus {
        windows,
        exhausts_at: ends_after_secs.map(|secs| now.plus(std::time::Duration::from_secs(secs.into()))),
        hour_burn: promise.judged(&hour).map(|judged| judged.burn_rate(promise.target)),
        burn,
        burn_omitted: omitted,
    };
    (status, ends_after_secs)
}

pub(super) fn look(
    objective: &Objective,
    history: &History,
    promise: &Promise<'_>,
    at: WindowNow,
) -> WindowStatus {
    let sum = history.sum(at.so_far);
    let judged = promise.judged(&sum);
    let budget = judged.map(|judged| Budget::of(&of_period(objective, judged, &at, &sum), promise.target));
    WindowStatus { at, sum, attained: judged.map(|judged| judged.attained()), budget }
}

/// The share of the budget that is left of a window with so much in it; none if nothing was to be judged.
pub(super) fn left_at(
    objective: &Objective,
    promise: &Promise<'_>,
    at: &WindowNow,
    sum: &WindowSum,
) -> Option<Ratio> {
    let judged = promise.judged(sum)?;
    Some(Budget::of(&of_period(objective, judged, at, sum), promise.target).remaining)
}

/// Of a calendar's period the number of slices is known in advance, and with it the whole budget. How many events will come
/// is not: their budget is that of what came so far.
fn of_period(objective: &Objective, judged: Judged, at: &WindowNow, sum: &WindowSum) -> Judged {
    match objective.slices {
        Some(slices) if !at.rolls => {
            let minutes = at.period.len().saturating_sub(sum.minutes.excluded);
            judged.of_all(Ratio::new(i128::from(minutes), i128::from(slices.minutes())))
        }
        _ => judged,
    }
}

/// After how many seconds the budget of a window ends at the burn of `recent`.
fn ends(objective: &Objective, window: &WindowStatus, recent: Option<Judged>, now: Timestamp) -> Option<u32> {
    let (budget, burn) = (window.budget?, recent?.burn_rate(&objective.target));
    let secs = |minutes: u32| minutes.saturating_mul(60);
    let WindowNow { so_far, period, rolls } = window.at;
    let left = u32::try_from(period.to.start().since(now).as_secs()).unwrap_or(u32::MAX);
    match (rolls, objective.slices) {
        (true, _) => budget.ends_after_secs(burn, secs(period.len())),
        (false, Some(_)) => budget.ends_after_secs(burn, secs(period.len())).filter(|ends| *ends < left),
        (false, None) => budget.ends_after_secs_growing(burn, secs(so_far.len()), left),
    }
}

fn judge_pairs(
    pairs: &[BurnPair],
    promise: &Promise<'_>,
    given: &ObjectiveInputs,
    backfilling: bool,
    minute: Minute,
) -> Vec<BurnStatus> {
    let judged = pairs.iter().map(|pair| {
        let fired = given.firing.contains(&pair.long_minutes);
        let before = if fired { Before::Firing } else { Before::Quiet };
        let status = judge(pair, &given.history, promise, minute, before);
        if backfilling { BurnStatus { firing: fired, held: fired, too_few: false, ..status } } else { status }
    });
    judged.collect()
}

/// The burn pairs of each objective at `now`, as [`evaluate`] has them, without the rest. The inputs need reach back
/// no further than [`super::burn::LONGEST_WINDOW_MINUTES`], which is what makes a tick cheap.
pub fn burn_now(slo: &Slo, inputs: &SloInputs, now: Timestamp) -> Vec<Vec<BurnStatus>> {
    let minute = now.minute();
    let period = slo.window.at(minute).period.len();
    let given = slo.objectives.iter().zip(&inputs.objectives);
    given
        .map(|(objective, given)| {
            let pairs = pairs_of(slo, objective, period).kept;
            judge_pairs(&pairs, &Promise::of(slo, objective), given, inputs.backfilling, minute)
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
    history: &History,
    range: MinuteRange,
    step_minutes: u32,
) -> Vec<SeriesPoint> {
    let (step_minutes, promise) = (step_minutes.max(1), Promise::of(slo, objective));
    let mut points = Vec::with_capacity((range.len() / step_minutes) as usize + 1);
    let mut from = range.from;
    while from < range.to {
        let step = MinuteRange { from, to: from.plus(step_minutes).min(range.to) };
        let sum = history.sum(step);
        let at = slo.window.at(step.to.minus(1));
        points.push(SeriesPoint {
            time: from.start(),
            counts: sum.counts,
            gap: gap_of(&sum),
            budget_remaining: look(objective, history, &promise, at).budget.map(|b| b.remaining),
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
