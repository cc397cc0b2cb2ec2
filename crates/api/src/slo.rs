//! SLOs as the API shows them: definition, state, budget, burn, and the requests behind the bad count.

mod calls;
pub mod check;
mod composite;
pub mod forecast;
pub mod ledger;
pub mod period;
pub mod policy;
pub mod recount;
pub mod spend;
pub mod suggest;
mod view;

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::openapi::{Document, Value};
use crate::page::Page;
use crate::time::Time;

pub use calls::{SloApi, routes};
pub(crate) use calls::{problem, reason};
pub(crate) use view::written;

pub use composite::{Composite, CompositePart, CompositeWindow, SloPart};

/// Every SLO.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct SloList {
    /// The SLOs, by name.
    pub slos: Vec<Slo>,
    /// The envelope.
    #[serde(flatten)]
    pub page: Page,
}

/// One SLO, as known now.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Slo {
    /// `metadata.name`.
    pub name: String,
    /// `metadata.displayName`, or the name.
    pub display_name: String,
    /// What it promises, in words.
    pub description: String,
    /// Who answers for it.
    pub owner: String,
    /// The notification targets that are told.
    pub notify: Vec<String>,
    /// The service it belongs to.
    pub service: String,
    /// Its revision, from 1; each change of the definition makes a new one.
    pub revision: u64,
    /// What all of its objectives count; `null` for a composite SLO, whose objectives each count their own.
    pub sli: Option<Sli>,
    /// `Occurrences` (events), `Timeslices` (good slices of time) or `RatioTimeslices` (the mean of their shares).
    pub budgeting_method: String,
    /// The period of the budget: `28d`, or `1M from 2026-01-01 in Asia/Tokyo`.
    pub window: String,
    /// Its length in seconds; of a calendar's, the length of the period that has begun.
    pub window_secs: u64,
    /// What time of which nothing is known counts as: `freeze`, `ignore`, `bad` or `good`.
    pub unmeasured: String,
    /// Whether a page needs no more failures than its burn, however few events there are.
    pub every_failure_matters: bool,
    /// The day on which someone looks again whether the promise is the right one: `2027-04-01`.
    pub review_on: Option<String>,
    /// Its state now.
    pub state: SloState,
    /// The rule that gave the state, with its numbers.
    pub state_rule: String,
    /// What is worth a word of the counts of an SLI over metrics, such as input that contradicts itself.
    pub remarks: Vec<SloRemark>,
    /// Measured share of the last hour, 0 to 1.
    pub coverage: f64,
    /// Whether counts are still being made from stored data.
    pub backfilling: bool,
    /// When the budget ends at the present burn; `null` if it does not.
    pub exhausts_at: Option<Time>,
    /// Until when its alerts are muted.
    pub muted_until: Option<Time>,
    /// Who muted them.
    pub muted_by: Option<String>,
    /// The number of its open incident.
    pub open_incident: Option<u64>,
    /// The rules of error budget policies that stand for it.
    pub standing: Vec<policy::StandingRule>,
    /// A link to what to do.
    pub runbook: Option<String>,
    /// Its objectives; the parts of a composite SLO.
    pub objectives: Vec<Objective>,
    /// Of a composite SLO, all parts together: its budget and its burn alerts.
    pub composite: Option<Composite>,
    /// The definition as YAML.
    pub definition: String,
}

/// Something worth a word of an SLO's counts.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct SloRemark {
    /// `broken_input` (more good or bad than total), `between_buckets` (the threshold is no boundary), `too_many_series`
    /// (counts are incomplete), `not_monotonic`, `wrong_kind`, `temporality_unsaid`, `too_far_apart`, `buckets_changed`,
    /// `contested`, `unreadable`, `came_too_late`, `counts_missing` (days that cannot be read from the disk), `drifted`
    /// (counts that differ from stored telemetry), `source_fails` (its
    /// data source gives no answer), `source_filling` (samples of the past are being fetched from it), `no_series` (it has none).
    pub code: String,
    /// What is the case and what to do, in the language that was asked for.
    pub text: String,
}

/// What an SLO counts.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Sli {
    /// How good is told from bad.
    pub kind: SliKind,
    /// The signal it reads.
    pub signal: SliSignal,
    /// Which rows count: a SQL boolean expression.
    pub total: String,
    /// Which of them are good.
    pub good: Option<String>,
    /// Which of them are bad.
    pub bad: Option<String>,
    /// The value compared with an objective's threshold.
    pub value: Option<String>,
    /// `lt`, `lte`, `gt` or `gte`: how the value is compared.
    pub op: Option<String>,
}

/// How good is told from bad.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum SliKind {
    /// By an expression.
    Ratio,
    /// By comparing a value with the objective's threshold.
    Threshold,
}

/// The signal an SLI reads.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum SliSignal {
    /// Spans.
    Spans,
    /// Log records.
    Logs,
    /// Metric points.
    Metrics,
}

/// The five states of an SLO.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum SloState {
    /// Less than half of the last hour was measured.
    NoData,
    /// A page pair fires.
    Critical,
    /// A ticket pair fires, or the budget ends within three days.
    Rising,
    /// No budget is left.
    Spent,
    /// None of the above.
    Fine,
}

/// One objective of an SLO.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Objective {
    /// Its name.
    pub display_name: String,
    /// What it is as a part, where the SLO is a composite one.
    pub part: Option<SloPart>,
    /// The promised share of good, 0 to 1, as written.
    #[schema(value_type = f64)]
    pub target: serde_json::Number,
    /// What the value is compared with, where the SLI is a threshold.
    pub threshold: Option<f64>,
    /// How time is cut, where slices of it are judged.
    pub slices: Option<TimeSlices>,
    /// The budget, a window each: first the one that alerts and the state are about.
    pub windows: Vec<Window>,
    /// How many times faster than allowed the budget was spent in the last hour; `null` if nothing was counted in it.
    pub hour_burn: Option<f64>,
    /// The burn pairs in use: the default ones, or those of the SLO's alert policies.
    pub burn: Vec<Burn>,
    /// The burn pairs that this target cannot reach.
    pub burn_omitted: Vec<BurnOmitted>,
}

/// How an objective cuts time.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct TimeSlices {
    /// Length of a slice in seconds.
    pub secs: u32,
    /// The share of good events from which a slice is good; `null` where its share is what counts.
    pub target: Option<f64>,
}

/// One window of an objective.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Window {
    /// What it is: `28d`, or `1M from 2026-01-01 in Asia/Tokyo`.
    pub window: String,
    /// Whether it rolls; else it is a period of the calendar.
    pub rolls: bool,
    /// Its start.
    pub from: Time,
    /// The end of what is counted, excluded.
    pub to: Time,
    /// The end of the period, excluded; the same as `to` where the window rolls.
    pub ends: Time,
    /// Good events.
    pub good: u64,
    /// Bad events.
    pub bad: u64,
    /// Events that the expression could not judge.
    pub unknown: u64,
    /// Good slices, in sums of shares where these count; `null` where events are judged.
    pub slices_good: Option<f64>,
    /// Bad slices; `null` where events are judged.
    pub slices_bad: Option<f64>,
    /// The share that was good, by the budgeting method: good ÷ (good + bad) of events or slices, with unmeasured time where
    /// that counts; `null` without events.
    pub attained: Option<f64>,
    /// The least it can be: if every unknown event was bad; `null` without events, and where slices are judged.
    pub attained_least: Option<f64>,
    /// The most it can be: if every unknown event was good; `null` without events, and where slices are judged.
    pub attained_most: Option<f64>,
    /// Share of the budget left: 1 untouched, 0 spent, below 0 over-spent; `null` without events.
    pub budget_remaining: Option<f64>,
    /// Bad events that the target allows at this traffic; or bad slices, of a calendar's period those of all of it.
    /// Whole ones, but of slices that count by their shares.
    pub budget_events_allowed: Option<f64>,
    /// How many of them are left; negative when over-spent.
    pub budget_events_remaining: Option<f64>,
    /// Minutes with events.
    pub minutes_measured: u32,
    /// Measured minutes without an event.
    pub minutes_zero_traffic: u32,
    /// Minutes of which nothing is known.
    pub minutes_unmeasured: u32,
    /// Minutes taken out by a person.
    pub minutes_excluded: u32,
    /// Measured share of the window, 0 to 1.
    pub coverage: f64,
    /// Whether no minute of it is unmeasured.
    pub complete: bool,
}

/// One burn pair of an objective.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Burn {
    /// Whether it pages or opens a ticket.
    pub severity: BurnSeverity,
    /// The long window in seconds.
    pub long_secs: u32,
    /// The short window in seconds.
    pub short_secs: u32,
    /// The burn rate from which it fires.
    pub factor: f64,
    /// The burn rate over the long window; `null` without events.
    pub long_burn: Option<f64>,
    /// The burn rate over the short window; `null` without events.
    pub short_burn: Option<f64>,
    /// Whether it fires: both were at or over the factor, and the short one has not fallen below nine tenths of it since.
    pub firing: bool,
    /// Whether it fires only because part of its short window is unmeasured.
    pub held: bool,
    /// Whether both are at or over the factor, and nobody is paged as chance may have made so few failures.
    pub too_few: bool,
}

/// A burn pair that cannot fire, and why.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct BurnOmitted {
    /// Whether it would page or open a ticket.
    pub severity: BurnSeverity,
    /// The long window in seconds.
    pub long_secs: u32,
    /// The short window in seconds.
    pub short_secs: u32,
    /// The burn rate from which it would fire.
    pub factor: f64,
    /// The arithmetic.
    pub reason: String,
}

/// What a burn pair leads to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum BurnSeverity {
    /// Someone is paged.
    Page,
    /// An incident of low severity is opened.
    Ticket,
}

/// One SLO over time: a point for every step.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct SloSeries {
    /// Start of the effective range.
    pub from: Time,
    /// End of the effective range, excluded.
    pub to: Time,
    /// Seconds from one point to the next.
    pub step_secs: u32,
    /// The points of the objective that was asked for, or of a composite SLO as a whole, ascending.
    pub points: Vec<SloPoint>,
    /// The envelope.
    #[serde(flatten)]
    pub page: Page,
}

/// One step of an SLO's series.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct SloPoint {
    /// Start of the step.
    pub time: Time,
    /// Good events.
    pub good: u64,
    /// Bad events.
    pub bad: u64,
    /// Events that the expression could not judge.
    pub unknown: u64,
    /// What is known of the step; the worst of its minutes.
    pub gap: Gap,
    /// Share of the budget left at the end of the step; `null` without events.
    pub budget_remaining: Option<f64>,
}

/// What is known of a stretch of time.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Gap {
    /// Telemetry arrived, with events.
    Measured,
    /// Telemetry arrived, without events.
    ZeroTraffic,
    /// Nothing is known.
    Unmeasured,
    /// A person took it out.
    Excluded,
}

/// The events behind an SLO's bad count, newest first.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct FailureList {
    /// Start of the effective range.
    pub from: Time,
    /// End of the effective range, excluded.
    pub to: Time,
    /// The events.
    pub failures: Vec<Failure>,
    /// The envelope.
    #[serde(flatten)]
    pub page: Page,
}

/// One bad event.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Failure {
    /// When it happened.
    pub time: Time,
    /// Its trace.
    pub trace_id: Option<String>,
    /// Its span.
    pub span_id: Option<String>,
    /// Its service.
    pub service: String,
    /// The span's name, or the log record's body.
    pub name: String,
    /// How long it took, where it is a span.
    pub duration_ms: Option<f64>,
    /// The span's status, or the record's severity.
    pub status: String,
    /// Who met it.
    pub user_id: Option<String>,
    /// What the status, the exception or the record says.
    pub message: Option<String>,
}

/// Mutes an SLO's alerts.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Mute {
    /// Until when.
    pub until: Time,
    /// Why, for those who ask later.
    pub reason: String,
}

/// Describes the operations of this file.
pub(crate) fn describe(document: &mut Document) {
    document.get("/api/v1/slos", "listSlos", "Every SLO with its state and budget").answers::<SloList>();
    document.get("/api/v1/slos/{name}", "getSlo", "One SLO with its state and budget").answers::<Slo>();
    document
        .get("/api/v1/slos/{name}/series", "getSloSeries", "One SLO over time")
        .range()
        .query(
            "objective",
            Value::Integer,
            "The objective's place, from 0; by default a composite SLO as a whole, of others the first.",
        )
        .answers::<SloSeries>();
    document
        .get("/api/v1/slos/{name}/failures", "listSloFailures", "The requests behind the bad count")
        .range()
        .query("objective", Value::Integer, "The objective's place, from 0; by default the first.")
        .query("limit", Value::Integer, "How many to answer with at most.")
        .answers::<FailureList>();
    document
        .post("/api/v1/slos/{name}/mute", "muteSlo", "Mutes an SLO's alerts until a time")
        .accepts::<Mute>()
        .answers::<Slo>();
    check::describe(document);
    forecast::describe(document);
    ledger::describe(document);
    period::describe(document);
    policy::describe(document);
    recount::describe(document);
    spend::describe(document);
    suggest::describe(document);
    document.delete("/api/v1/slos/{name}/mute", "unmuteSlo", "Ends a mute").answers::<Slo>();
}
