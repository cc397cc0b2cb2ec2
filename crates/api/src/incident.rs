//! Incidents as the API shows and changes them: state, severity, owner, impact, deliveries and timeline.

mod calls;
#[cfg(test)]
mod tests;
mod view;

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::openapi::{Document, Value};
use crate::page::Page;
use crate::time::Time;
use crate::trace::Attributes;

pub use calls::{IncidentApi, routes};
pub(crate) use view::channel;

/// Incidents, newest first.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct IncidentList {
    /// The incidents.
    pub incidents: Vec<Incident>,
    /// The envelope.
    #[serde(flatten)]
    pub page: Page,
}

/// One incident.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Incident {
    /// Its number, from 1.
    pub id: u64,
    /// How people name it, such as `INC-41`.
    pub key: String,
    /// What is the case.
    pub title: String,
    /// What opened it.
    pub kind: IncidentKind,
    /// Where it stands.
    pub state: IncidentState,
    /// How bad it is.
    pub severity: Severity,
    /// Who answers for it.
    pub owner: Option<String>,
    /// The SLO that opened it.
    pub slo: Option<String>,
    /// The service it is about.
    pub service: Option<String>,
    /// The alert rule that opened it.
    pub alert_rule: Option<String>,
    /// A link to what to do.
    pub runbook: Option<String>,
    /// What to do, in the words of the alert rule.
    pub action: Option<String>,
    /// Some of what it is about, as of its last beginning: traces, or log records.
    pub examples: Vec<IncidentExample>,
    /// When it was opened.
    pub opened_at: Time,
    /// When someone took it.
    pub acknowledged_at: Option<Time>,
    /// Who took it.
    pub acknowledged_by: Option<String>,
    /// When it ended.
    pub resolved_at: Option<Time>,
    /// Who ended it; `ippo` when the alert did.
    pub resolved_by: Option<String>,
    /// Whether its notifications are muted now.
    pub muted: bool,
    /// What users met so far.
    pub impact: Option<Impact>,
    /// Who was told, and what became of it.
    pub deliveries: Vec<Delivery>,
}

/// Something to look at.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct IncidentExample {
    /// In a line: a trace's id, or what a log record says.
    pub text: String,
    /// Its page on this server: `/traces/4bf9…`.
    pub path: String,
}

/// What opened an incident.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum IncidentKind {
    /// An SLO's burn.
    Slo,
    /// Telemetry stopped.
    Absence,
    /// An error budget policy asks for something.
    Policy,
    /// The condition of an alert rule holds.
    Rule,
    /// ippo itself failed to ingest, evaluate or deliver.
    Ippo,
    /// A person.
    Manual,
}

/// Where an incident stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum IncidentState {
    /// Nobody has taken it.
    Open,
    /// Someone is on it.
    Acknowledged,
    /// It is over.
    Resolved,
}

/// How bad an incident is; `sev1` is the worst.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Severity {
    /// Everything drops.
    Sev1,
    /// Users are hurt now.
    Sev2,
    /// Some users are hurt, or will be.
    Sev3,
    /// To be looked at in working hours.
    Sev4,
}

/// What users met so far.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Impact {
    /// Start of what was counted.
    pub from: Time,
    /// End of what was counted, excluded.
    pub to: Time,
    /// Bad requests.
    pub requests: u64,
    /// Distinct users who met them.
    pub users: u64,
    /// Whether `users` was counted rather than estimated.
    pub users_exact: bool,
    /// Traces of some of them, newest first.
    pub example_traces: Vec<String>,
}

/// One notification and what became of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Delivery {
    /// Constant across attempts.
    pub id: String,
    /// The notification target.
    pub target: String,
    /// How it is reached.
    pub channel: Channel,
    /// Where it stands.
    pub state: DeliveryState,
    /// How often it was tried.
    pub attempts: u32,
    /// What the last attempt failed with.
    pub last_error: Option<String>,
    /// When it is tried again.
    pub next_attempt_at: Option<Time>,
    /// When the target took it.
    pub delivered_at: Option<Time>,
}

/// How a target is reached.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Channel {
    /// A signed HTTP POST.
    Webhook,
    /// SMTP.
    Email,
    /// A Slack incoming webhook.
    Slack,
}

/// Where a delivery stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum DeliveryState {
    /// Not tried yet.
    Pending,
    /// The target took it.
    Delivered,
    /// The last attempt failed; another follows.
    Failed,
    /// No further attempt is made.
    Abandoned,
}

/// Opens an incident by hand.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewIncident {
    /// What is the case.
    pub title: String,
    /// How bad it is.
    pub severity: Severity,
    /// The service it is about.
    pub service: Option<String>,
    /// More words; becomes the first comment.
    pub description: Option<String>,
}

/// Takes or ends an incident.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct IncidentStep {
    /// Why, for the timeline.
    pub comment: Option<String>,
}

/// A comment.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewComment {
    /// What is said.
    pub text: String,
}

/// Another severity.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewSeverity {
    /// How bad it is.
    pub severity: Severity,
}

/// Another owner.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewOwner {
    /// Who answers for it; `null` for nobody.
    pub owner: Option<String>,
}

/// What happened in an incident, by event time.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Timeline {
    /// The entries.
    pub timeline: Vec<TimelineEntry>,
    /// The envelope.
    #[serde(flatten)]
    pub page: Page,
}

/// What changed before an incident began.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct IncidentChanges {
    /// Those of the day before: what is the incident's own first, then the latest first; at most 20. That something changed does not
    /// say that it is why.
    pub changes: Vec<IncidentChange>,
    /// The envelope.
    #[serde(flatten)]
    pub page: Page,
}

/// A change before an incident.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct IncidentChange {
    /// When.
    pub time: Time,
    /// Who did it; `ippo` where telemetry says so.
    pub by: String,
    /// What changed, in words.
    pub text: String,
    /// Whether it is of the incident's own service, SLO or alert rule.
    pub own: bool,
    /// Where to read what changed.
    pub url: Option<String>,
}

/// One thing that happened.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct TimelineEntry {
    /// Its id.
    pub id: String,
    /// What it is.
    pub kind: TimelineKind,
    /// When it happened.
    pub event_time: Time,
    /// When ippo wrote it down.
    pub recorded_time: Time,
    /// Who did it; `ippo` for ippo itself.
    pub actor: String,
    /// What happened, in a sentence.
    pub text: String,
    /// The numbers behind it.
    pub data: Attributes,
}

/// What a timeline entry is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum TimelineKind {
    /// The incident began.
    Opened,
    /// An alert began to fire.
    AlertFiring,
    /// An alert stopped firing.
    AlertResolved,
    /// A target took a notification.
    Notified,
    /// An attempt failed.
    NotifyFailed,
    /// No further attempt is made.
    NotifyAbandoned,
    /// Someone took it.
    Acknowledged,
    /// It ended.
    Resolved,
    /// It began again.
    Reopened,
    /// Someone said something.
    Comment,
    /// It is better or worse than thought.
    SeverityChanged,
    /// Someone else answers for it.
    OwnerChanged,
    /// What users met was counted.
    Impact,
    /// An error budget policy asks for something, such as a postmortem.
    BudgetPolicy,
    /// Its notifications were muted.
    Muted,
    /// They were unmuted.
    Unmuted,
}

/// Describes the operations of this file.
pub(crate) fn describe(document: &mut Document) {
    document
        .get("/api/v1/incidents", "listIncidents", "Incidents, newest first")
        .query(
            "state",
            Value::Text,
            "Only `open`, `acknowledged` or `resolved`; several separated by commas.",
        )
        .paged()
        .answers::<IncidentList>();
    document
        .post("/api/v1/incidents", "openIncident", "Opens an incident by hand")
        .accepts::<NewIncident>()
        .answers::<Incident>();
    document.get("/api/v1/incidents/{id}", "getIncident", "One incident").answers::<Incident>();
    document
        .get("/api/v1/incidents/{id}/timeline", "getTimeline", "What happened in an incident")
        .answers::<Timeline>();
    let summary = "What changed in the day before an incident began: deploys, definitions, budgets";
    document
        .get("/api/v1/incidents/{id}/changes", "listIncidentChanges", summary)
        .answers::<IncidentChanges>();
    describe_changes(document);
}

fn describe_changes(document: &mut Document) {
    document
        .post("/api/v1/incidents/{id}/ack", "acknowledgeIncident", "Takes an incident")
        .accepts::<IncidentStep>()
        .answers::<Incident>();
    document
        .post("/api/v1/incidents/{id}/resolve", "resolveIncident", "Ends an incident")
        .accepts::<IncidentStep>()
        .answers::<Incident>();
    document
        .post("/api/v1/incidents/{id}/reopen", "reopenIncident", "Begins an ended incident again")
        .accepts::<IncidentStep>()
        .answers::<Incident>();
    document
        .post("/api/v1/incidents/{id}/comment", "commentIncident", "Says something on the timeline")
        .accepts::<NewComment>()
        .answers::<Incident>();
    document
        .post("/api/v1/incidents/{id}/severity", "setIncidentSeverity", "Makes an incident better or worse")
        .accepts::<NewSeverity>()
        .answers::<Incident>();
    document
        .post("/api/v1/incidents/{id}/owner", "setIncidentOwner", "Says who answers for an incident")
        .accepts::<NewOwner>()
        .answers::<Incident>();
}
