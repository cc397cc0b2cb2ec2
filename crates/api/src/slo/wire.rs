//! SLOs as the API writes them. Floats appear here and nowhere below: whatever is decided was decided exactly.

use ippo_base::Timestamp;
use ippo_domain::slo;
use ippo_engine::slo::{Failure as FailedEvent, SloReport, SloSeries as SeriesOfSlo};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::page::Page;
use crate::time::Time;

/// What is the case with an SLO: the first of five published rules that holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum SloState {
    /// Under half of the last hour is measured.
    NoData,
    /// A page pair fires.
    Critical,
    /// A ticket pair fires, or the budget ends within three days at the last six hours' burn.
    Rising,
    /// No budget remains.
    Spent,
    /// None of these.
    Fine,
}

/// Good events over all events, or values held against a threshold.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum SliKind {
    /// Good (or bad) events over all events.
    Ratio,
    /// Values held against each objective's threshold.
    Threshold,
}

/// A kind of telemetry.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Signal {
    /// Spans of traces.
    Spans,
    /// Log records.
    Logs,
    /// Metric points.
    Metrics,
}

/// How loudly a burn is told.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum BurnSeverity {
    /// Someone must act now.
    Page,
    /// Someone must act in the next days.
    Ticket,
}

/// What a step of time is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Gap {
    /// Events were counted.
    Measured,
    /// The source was heard and nothing was to be counted.
    ZeroTraffic,
    /// Nobody can say.
    Unmeasured,
    /// Left out of the budget on purpose.
    Excluded,
}

/// What is counted, and what makes it good.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Sli {
    /// How events become good or bad.
    pub kind: SliKind,
    /// What is read.
    pub signal: Signal,
    /// Which events count: an expression.
    pub total: String,
    /// Which of them are good: an expression.
    pub good: Option<String>,
    /// Which of them are bad: an expression.
    pub bad: Option<String>,
    /// What is held against the threshold: a numeric expression.
    pub value: Option<String>,
    /// How it is compared: `lt`, `lte`, `gt` or `gte`; `null` where objectives differ.
    pub op: Option<String>,
}

/// The sums over a window.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct SloWindow {
    /// Its first instant.
    pub from: Time,
    /// The first instant after it.
    pub to: Time,
    /// Events that kept the promise.
    pub good: u64,
    /// Events that broke it.
    pub bad: u64,
    /// Events of which neither can be said.
    pub unknown: u64,
    /// The good share of good and bad; `null` if nothing was counted.
    pub attained: Option<f64>,
    /// The share of the budget that is left: 1 is untouched, below 0 is overspent.
    pub budget_remaining: Option<f64>,
    /// Bad events that the total allows.
    pub budget_events_allowed: Option<i64>,
    /// Bad events that are left; negative when overspent.
    pub budget_events_remaining: Option<i64>,
    /// Minutes with counts.
    pub minutes_measured: u32,
    /// Minutes in which the source was heard and nothing was to be counted.
    pub minutes_zero_traffic: u32,
    /// Minutes of which nobody can say.
    pub minutes_unmeasured: u32,
    /// Minutes left out on purpose.
    pub minutes_excluded: u32,
    /// The covered share of the minutes that are not excluded.
    pub coverage: f64,
    /// Whether no minute is unmeasured.
    pub complete: bool,
}

/// A pair of windows that both must burn before anyone is told.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Burn {
    /// How loudly.
    pub severity: BurnSeverity,
    /// The long window.
    pub long_secs: u32,
    /// The short window.
    pub short_secs: u32,
    /// The burn that both must reach.
    pub factor: f64,
    /// The long window's burn; `null` if nothing was counted in it.
    pub long_burn: Option<f64>,
    /// The short window's burn; `null` if nothing was counted in it.
    pub short_burn: Option<f64>,
    /// Whether it fires, or fired and has not resolved.
    pub firing: bool,
}

/// A pair that is left out.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct BurnOmitted {
    /// How loudly it would be told.
    pub severity: BurnSeverity,
    /// The long window.
    pub long_secs: u32,
    /// The short window.
    pub short_secs: u32,
    /// The burn that both would have to reach.
    pub factor: f64,
    /// The arithmetic that says why.
    pub reason: String,
}

/// One promise of an SLO and how it stands.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Objective {
    /// Empty if it has no name.
    pub display_name: String,
    /// The share of events that must be good, as it was written.
    pub target: f64,
    /// What the value is held against.
    pub threshold: Option<f64>,
    /// The SLO's window.
    pub windows: Vec<SloWindow>,
    /// The burn alerts.
    pub burn: Vec<Burn>,
    /// The burn alerts that cannot fire, and why.
    pub burn_omitted: Vec<BurnOmitted>,
}

/// A service level objective and how it stands.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Slo {
    /// Its name.
    pub name: String,
    /// For people.
    pub display_name: String,
    /// For people.
    pub description: String,
    /// Who answers for it; empty if nobody is named.
    pub owner: String,
    /// Names of the notification targets that are told.
    pub notify: Vec<String>,
    /// The service it speaks about.
    pub service: String,
    /// Counts up with every change of its definition.
    pub revision: u32,
    /// What is counted.
    pub sli: Sli,
    /// How counts become one number.
    #[schema(example = "Occurrences")]
    pub budgeting_method: String,
    /// The length of its rolling window.
    pub window_secs: u32,
    /// What is the case.
    pub state: SloState,
    /// The rule that gave the state, in words.
    pub state_rule: String,
    /// The covered share of the window.
    pub coverage: f64,
    /// Whether counts are still being filled from stored telemetry.
    pub backfilling: bool,
    /// When the budget ends if the last six hours' burn goes on.
    pub exhausts_at: Option<Time>,
    /// Until when nobody is told.
    pub muted_until: Option<Time>,
    /// Who muted it.
    pub muted_by: Option<String>,
    /// The number of its open incident.
    pub open_incident: Option<i64>,
    /// Where to read what to do.
    pub runbook: Option<String>,
    /// What is promised.
    pub objectives: Vec<Objective>,
    /// Its text, as it was applied.
    pub definition: String,
}

/// Every SLO.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct SloList {
    /// By name.
    pub slos: Vec<Slo>,
    #[serde(flatten)]
    #[expect(missing_docs, reason = "documented where it is defined")]
    pub page: Page,
}

/// One step of an SLO's history.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct SloPoint {
    /// When the step begins.
    pub time: Time,
    /// Events that kept the promise.
    pub good: u64,
    /// Events that broke it.
    pub bad: u64,
    /// Events of which neither can be said.
    pub unknown: u64,
    /// What the step is.
    pub gap: Gap,
    /// The budget left in the window that ends with this step.
    pub budget_remaining: Option<f64>,
}

/// The history of an SLO's first objective, as known now.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct SloSeries {
    /// The effective start, a whole minute.
    pub from: Time,
    /// The effective end, a whole minute.
    pub to: Time,
    /// The length of a step.
    pub step_secs: u32,
    /// A point for every step.
    pub points: Vec<SloPoint>,
    #[serde(flatten)]
    #[expect(missing_docs, reason = "documented where it is defined")]
    pub page: Page,
}

/// One event behind the bad count.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Failure {
    /// When it happened.
    pub time: Time,
    /// Its trace.
    pub trace_id: Option<String>,
    /// Its span.
    pub span_id: Option<String>,
    /// The service.
    pub service: String,
    /// The span's or event's name.
    pub name: String,
    /// How long it took.
    pub duration_ms: Option<f64>,
    /// The span's status, or the log's severity.
    pub status: String,
    /// Who met it.
    pub user_id: Option<String>,
    /// What was said of it.
    pub message: Option<String>,
}

/// The events behind the bad count, newest first.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct FailureList {
    /// The effective start.
    pub from: Time,
    /// The effective end.
    pub to: Time,
    /// Newest first.
    pub failures: Vec<Failure>,
    #[serde(flatten)]
    #[expect(missing_docs, reason = "documented where it is defined")]
    pub page: Page,
}

/// Asks that nobody is told of an SLO for a while.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct MuteRequest {
    /// Until when.
    pub until: Time,
    /// Why.
    pub reason: String,
}

impl From<&SloReport> for Slo {
    fn from(report: &SloReport) -> Self {
        let (slo, status) = (&report.slo, &report.status);
        let objectives = slo.objectives.iter().zip(&status.objectives);
        Self {
            name: slo.name.clone(),
            display_name: slo.display_name.clone(),
            description: slo.description.clone(),
            owner: slo.owner.clone(),
            notify: slo.notify.clone(),
            service: slo.service.clone(),
            revision: report.revision,
            sli: sli(slo),
            budgeting_method: slo.budgeting_method.name().to_owned(),
            window_secs: slo.window.secs(),
            state: state(status.state),
            state_rule: status.state_rule.clone(),
            coverage: status.coverage.to_f64(),
            backfilling: status.backfilling,
            exhausts_at: status.exhausts_at.map(Time),
            muted_until: report.mute.as_ref().map(|m| Time(m.until)),
            muted_by: report.mute.as_ref().map(|m| m.by.clone()),
            open_incident: report.open_incident,
            runbook: slo.runbook.clone(),
            objectives: objectives.map(|(o, s)| objective(o, s)).collect(),
            definition: report.document.clone(),
        }
    }
}

fn state(state: slo::SloState) -> SloState {
    match state {
        slo::SloState::NoData => SloState::NoData,
        slo::SloState::Critical => SloState::Critical,
        slo::SloState::Rising => SloState::Rising,
        slo::SloState::Spent => SloState::Spent,
        slo::SloState::Fine => SloState::Fine,
    }
}

fn sli(slo: &slo::Slo) -> Sli {
    let (kind, good, bad, value) = match &slo.sli.measure {
        slo::Measure::Good(text) => (SliKind::Ratio, Some(text.clone()), None, None),
        slo::Measure::Bad(text) => (SliKind::Ratio, None, Some(text.clone()), None),
        slo::Measure::Threshold { value } => (SliKind::Threshold, None, None, Some(value.clone())),
    };
    let mut ops = slo.objectives.iter().map(|o| o.threshold.as_ref().map(|t| t.op));
    let first = ops.next().flatten().filter(|first| ops.all(|op| op == Some(*first)));
    let signal = match slo.sli.signal {
        slo::Signal::Spans => Signal::Spans,
        slo::Signal::Logs => Signal::Logs,
        slo::Signal::Metrics => Signal::Metrics,
    };
    let op = first.map(|op| op.name().to_owned());
    Sli { kind, signal, total: slo.sli.total.clone(), good, bad, value, op }
}

fn objective(objective: &slo::Objective, status: &slo::ObjectiveStatus) -> Objective {
    Objective {
        display_name: objective.display_name.clone(),
        target: objective.target.ratio().to_f64(),
        threshold: objective.threshold.as_ref().map(|t| t.limit),
        windows: vec![window(status)],
        burn: status.burn.iter().map(burn).collect(),
        burn_omitted: status.burn_omitted.iter().map(omitted).collect(),
    }
}

fn window(status: &slo::ObjectiveStatus) -> SloWindow {
    let sum = &status.window;
    let events = |count: i128| i64::try_from(count).unwrap_or(if count < 0 { i64::MIN } else { i64::MAX });
    SloWindow {
        from: Time(sum.range.from.start()),
        to: Time(sum.range.to.start()),
        good: sum.counts.good,
        bad: sum.counts.bad,
        unknown: sum.counts.unknown,
        attained: status.attained.map(slo::Ratio::to_f64),
        budget_remaining: status.budget.map(|b| b.remaining.to_f64()),
        budget_events_allowed: status.budget.map(|b| events(b.events_allowed())),
        budget_events_remaining: status.budget.map(|b| events(b.events_remaining())),
        minutes_measured: sum.minutes.measured,
        minutes_zero_traffic: sum.minutes.zero_traffic,
        minutes_unmeasured: sum.minutes.unmeasured,
        minutes_excluded: sum.minutes.excluded,
        coverage: slo::coverage_of(sum).to_f64(),
        complete: sum.minutes.unmeasured == 0,
    }
}

fn severity(severity: slo::burn::BurnSeverity) -> BurnSeverity {
    match severity {
        slo::burn::BurnSeverity::Page => BurnSeverity::Page,
        slo::burn::BurnSeverity::Ticket => BurnSeverity::Ticket,
    }
}

fn burn(status: &slo::burn::BurnStatus) -> Burn {
    Burn {
        severity: severity(status.pair.severity),
        long_secs: status.pair.long_minutes * 60,
        short_secs: status.pair.short_minutes * 60,
        factor: status.pair.factor.to_f64(),
        long_burn: status.long_burn.map(slo::Ratio::to_f64),
        short_burn: status.short_burn.map(slo::Ratio::to_f64),
        firing: status.firing,
    }
}

fn omitted(omitted: &slo::burn::OmittedPair) -> BurnOmitted {
    BurnOmitted {
        severity: severity(omitted.pair.severity),
        long_secs: omitted.pair.long_minutes * 60,
        short_secs: omitted.pair.short_minutes * 60,
        factor: omitted.pair.factor.to_f64(),
        reason: omitted.reason.clone(),
    }
}

impl From<SeriesOfSlo> for SloSeries {
    fn from(series: SeriesOfSlo) -> Self {
        let gap = |gap| match gap {
            slo::Gap::Measured => Gap::Measured,
            slo::Gap::ZeroTraffic => Gap::ZeroTraffic,
            slo::Gap::Unmeasured => Gap::Unmeasured,
            slo::Gap::Excluded => Gap::Excluded,
        };
        let point = |p: slo::SeriesPoint| SloPoint {
            time: Time(p.time),
            good: p.counts.good,
            bad: p.counts.bad,
            unknown: p.counts.unknown,
            gap: gap(p.gap),
            budget_remaining: p.budget_remaining.map(slo::Ratio::to_f64),
        };
        Self {
            from: Time(series.range.from.start()),
            to: Time(series.range.to.start()),
            step_secs: series.step_minutes * 60,
            points: series.points.into_iter().map(point).collect(),
            page: Page::complete(),
        }
    }
}

impl From<FailedEvent> for Failure {
    fn from(event: FailedEvent) -> Self {
        let FailedEvent { time, trace_id, span_id, service, name, duration_ns, status, user_id, message } =
            event;
        let duration_ms = duration_ns.map(|ns: i64| ns as f64 / 1e6);
        let time: Timestamp = time;
        Self { time: Time(time), trace_id, span_id, service, name, duration_ms, status, user_id, message }
    }
}
