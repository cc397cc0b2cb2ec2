//! From counts to what is the case: one pure function of counters, revisions and recorded exclusions, so that
//! anyone can recompute it. Reads no clock and no store.

use ippo_base::{Minute, MinuteRange, Timestamp};

use super::aim::Aim;
use super::budget::{Budget, Judged, Lasting};
use super::burn::{
    Before, BurnPair, BurnPairs, BurnStatus, EXHAUSTION_WINDOW_MINUTES, OmittedPair, Promise, judge_together,
    pairs_of,
};
use super::counts::{Counts, Gap, MinuteTally, WindowSum};
use super::history::History;
use super::model::{Objective, Slo};
use super::ratio::Ratio;
use super::state::{AimFacts, LastHour, SloState, state};
use super::weight::weighted;
use super::whole::{WholeStatus, evaluate_whole};
use super::window::WindowNow;
use crate::Said;

/// What one objective's counter holds.
#[derive(Clone, Debug, Default)]
pub struct ObjectiveInputs {
    /// Its minutes, as far as they are known now.
    pub history: History,
    /// Long windows, in minutes, of the pairs that fired when they were last judged. Those of a composite SLO are with its first
    /// part.
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
    /// The pairs that can fire. A part of a composite SLO has none: they are those of the whole.
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

    fn aim(&self) -> AimStatus<'_> {
        let remaining = self.window().budget.map(|budget| budget.remaining);
        AimStatus { remaining, exhausts_at: self.exhausts_at, burn: &self.burn }
    }
}

impl WindowStatus {
    /// The share of the budget that is spent; none if nothing was counted.
    pub fn spent(&self) -> Option<Ratio> {
        self.budget.map(|budget| Ratio::ONE.minus(budget.remaining))
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
    /// When the first budget ends.
    pub exhausts_at: Option<Timestamp>,
    /// One for each objective, in order.
    pub objectives: Vec<ObjectiveStatus>,
    /// Of a composite SLO, all of its parts together.
    pub whole: Option<WholeStatus>,
}

/// What is the case with one objective, or with a composite SLO as a whole.
#[derive(Clone, Copy, Debug)]
pub struct AimStatus<'a> {
    /// The share of the budget that is left in the SLO's window; none if nothing was counted.
    pub remaining: Option<Ratio>,
    /// When the budget ends if the last six hours' burn goes on.
    pub exhausts_at: Option<Timestamp>,
    /// The pairs that can fire.
    pub burn: &'a [BurnStatus],
}

impl SloStatus {
    /// One for each of [`Slo::aims`], in order.
    pub fn aims(&self) -> Vec<AimStatus<'_>> {
        match &self.whole {
            Some(whole) => vec![AimStatus {
                remaining: whole.window().remaining(),
                exhausts_at: whole.exhausts_at,
                burn: &whole.burn,
            }],
            None => self.objectives.iter().map(ObjectiveStatus::aim).collect(),
        }
    }
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
        let (status, ends_after_secs) = evaluate_objective(slo, objective, given, now);
        objectives.push(status);
        ends.push(ends_after_secs);
    }
    let mut whole = None;
    for (aim, burn) in slo.aims().zip(burn_now(slo, inputs, now)) {
        let period = slo.window.at(minute).period.len();
        let burn_omitted = pairs_of(&aim, period).omitted;
        if slo.is_composite() {
            let (status, ends_after_secs) = evaluate_whole(&aim, inputs, &objectives, now);
            ends = vec![ends_after_secs];
            whole = Some(WholeStatus { burn, burn_omitted, ..status });
        } else {
            let objective = &mut objectives[aim.place()];
            (objective.burn, objective.burn_omitted) = (burn, burn_omitted);
        }
    }
    let mut status = SloStatus {
        state: SloState::NoData,
        state_rule: Said::default(),
        coverage: objectives.iter().map(|o| coverage_of(&o.window().sum)).min().unwrap_or(Ratio::ZERO),
        backfilling: inputs.backfilling,
        exhausts_at: None,
        objectives,
        whole,
    };
    status.exhausts_at = status.aims().iter().filter_map(|aim| aim.exhausts_at).min();
    (status.state, status.state_rule) = state_of(slo, inputs, &status, &ends, minute);
    status
}

/// The published function of what is the case.
fn state_of(
    slo: &Slo,
    inputs: &SloInputs,
    status: &SloStatus,
    ends: &[Option<u32>],
    minute: Minute,
) -> (SloState, Said) {
    let hour = MinuteRange::ending_with(minute, 60);
    let mut tallies = inputs.objectives.iter().map(|given| given.history.sum(hour).minutes);
    let last_hour = match slo.is_composite() {
        false => LastHour::Minutes(tallies.next().unwrap_or_default()),
        true => LastHour::of_parts(&slo.shares(), &tallies.collect::<Vec<_>>()),
    };
    let labels: Vec<String> = slo.aims().map(|aim| aim.named()).collect();
    let aims = status.aims();
    let facts: Vec<AimFacts<'_>> = aims
        .iter()
        .zip(&labels)
        .zip(ends)
        .map(|((aim, label), ends_after_secs)| AimFacts {
            label,
            burn: aim.burn,
            remaining: aim.remaining,
            ends_after_secs: *ends_after_secs,
        })
        .collect();
    state(&last_hour, &facts, inputs.backfilling)
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
    now: Timestamp,
) -> (ObjectiveStatus, Option<u32>) {
    let (minute, promise) = (now.minute(), Promise::of(slo, objective));
    let all = [&slo.window].into_iter().chain(&slo.more_windows);
    let windows: Vec<WindowStatus> =
        all.map(|window| look(objective, &given.history, &promise, window.at(minute))).collect();
    let recent = given.history.sum(MinuteRange::ending_with(minute, EXHAUSTION_WINDOW_MINUTES));
    let ends_after_secs = ends(objective, &windows[0], promise.judged(&recent), now);
    let hour = given.history.sum(MinuteRange::ending_with(minute, 60));
    let status = ObjectiveStatus {
        windows,
        exhausts_at: ends_after_secs.map(|secs| now.plus(std::time::Duration::from_secs(secs.into()))),
        hour_burn: promise.judged(&hour).map(|judged| judged.burn_rate(promise.target)),
        burn: Vec::new(),
        burn_omitted: Vec::new(),
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
    ends_after(Lasting { remaining: budget.remaining, burn }, &window.at, objective.slices.is_some(), now)
}

/// The same where what is left and what burns are known. Of slices of time a calendar's whole budget is known in advance.
pub(super) fn ends_after(lasting: Lasting, at: &WindowNow, are_slices: bool, now: Timestamp) -> Option<u32> {
    let secs = |minutes: u32| minutes.saturating_mul(60);
    let WindowNow { so_far, period, rolls } = *at;
    let left = u32::try_from(period.to.start().since(now).as_secs()).unwrap_or(u32::MAX);
    match (rolls, are_slices) {
        (true, _) => lasting.secs(secs(period.len())),
        (false, true) => lasting.secs(secs(period.len())).filter(|ends| *ends < left),
        (false, false) => lasting.secs_growing(secs(so_far.len()), left),
    }
}

fn judge_pairs(pairs: &[BurnPair], aim: &Aim<'_>, inputs: &SloInputs, minute: Minute) -> Vec<BurnStatus> {
    let given = &inputs.objectives[aim.place()..];
    let parts = aim.parts().zip(given);
    let parts: Vec<(Ratio, &History, Promise<'_>)> = parts
        .map(|((objective, share), given)| (share, &given.history, Promise::of(aim.slo(), objective)))
        .collect();
    let judged = pairs.iter().map(|pair| {
        let fired = given[0].firing.contains(&pair.long_minutes);
        let before = if fired { Before::Firing } else { Before::Quiet };
        let status = judge_together(pair, &parts, minute, before);
        match inputs.backfilling {
            true => BurnStatus { firing: fired, held: fired, too_few: false, burn_shown: None, ..status },
            false => status,
        }
    });
    judged.collect()
}

/// The burn pairs of each aim at `now`, as [`evaluate`] has them, without the rest. The inputs need reach back
/// no further than [`super::burn::LONGEST_WINDOW_MINUTES`], which is what makes a tick cheap.
///
/// Windows end where the newest counts do: those of a source that is always some minutes behind would otherwise hold half of
/// what a short window needs.
pub fn burn_now(slo: &Slo, inputs: &SloInputs, now: Timestamp) -> Vec<Vec<BurnStatus>> {
    let minute = now.minute().minus(slo.lag_minutes());
    let period = slo.window.at(minute).period.len();
    let judged = |aim: Aim<'_>| {
        let BurnPairs { kept, .. } = pairs_of(&aim, period);
        judge_pairs(&kept, &aim, inputs, minute)
    };
    slo.aims().map(judged).collect()
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
    series_together(slo, &[(Ratio::ONE, objective, history)], range, step_minutes)
}

/// The same of all parts of a composite SLO, each with its share of the weights. Events of parts are added up; a step is measured
/// if it is for any of them.
pub fn series_together(
    slo: &Slo,
    parts: &[(Ratio, &Objective, &History)],
    range: MinuteRange,
    step_minutes: u32,
) -> Vec<SeriesPoint> {
    let step_minutes = step_minutes.max(1);
    let mut points = Vec::with_capacity((range.len() / step_minutes) as usize + 1);
    let mut from = range.from;
    while from < range.to {
        let step = MinuteRange { from, to: from.plus(step_minutes).min(range.to) };
        let at = slo.window.at(step.to.minus(1));
        let (mut counts, mut minutes, mut spent) = (Counts::default(), MinuteTally::default(), Vec::new());
        for (share, objective, history) in parts {
            let sum = history.sum(step);
            counts += sum.counts;
            minutes = together(minutes, sum.minutes);
            let look = look(objective, history, &Promise::of(slo, objective), at);
            spent.push((*share, look.spent()));
        }
        points.push(SeriesPoint {
            time: from.start(),
            counts,
            gap: gap_of(minutes),
            budget_remaining: weighted(&spent).map(|spent| Ratio::ONE.minus(spent)),
        });
        from = step.to;
    }
    points
}

/// Minutes of the same range for several objectives.
fn together(one: MinuteTally, other: MinuteTally) -> MinuteTally {
    MinuteTally {
        measured: one.measured + other.measured,
        zero_traffic: one.zero_traffic + other.zero_traffic,
        unmeasured: one.unmeasured + other.unmeasured,
        excluded: one.excluded + other.excluded,
    }
}

fn gap_of(minutes: MinuteTally) -> Gap {
    match minutes {
        _ if minutes.measured > 0 => Gap::Measured,
        _ if minutes.zero_traffic > 0 => Gap::ZeroTraffic,
        _ if minutes.unmeasured > 0 => Gap::Unmeasured,
        _ => Gap::Excluded,
    }
}
