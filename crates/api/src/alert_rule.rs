//! Alert rules as the API shows them: what each says, how it stands, and what it would have said in the past.

mod calls;
mod view;

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::definition::DefinitionFile;
use crate::openapi::Document;
use crate::page::Page;
use crate::time::Time;

pub use calls::{AlertRuleApi, routes};

/// Every alert rule.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct AlertRuleList {
    /// The rules, by name.
    pub alert_rules: Vec<AlertRule>,
    /// The envelope.
    #[serde(flatten)]
    pub page: Page,
}

/// A condition on telemetry, who acts when it holds, and what to do.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct AlertRule {
    /// `metadata.name`.
    pub name: String,
    /// `metadata.displayName`, or the name.
    pub display_name: String,
    /// Why there is such a rule.
    pub description: String,
    /// Who answers for it.
    pub owner: String,
    /// The notification targets that are told.
    pub notify: Vec<String>,
    /// Whether someone must act now.
    pub severity: AlertRuleSeverity,
    /// What to do, in words.
    pub action: String,
    /// A link to what to do.
    pub runbook: Option<String>,
    /// The service that it speaks about.
    pub service: Option<String>,
    /// What kind of condition it has.
    pub kind: AlertRuleKind,
    /// When it fires, in the language that was asked for.
    pub when: String,
    /// How long the condition must hold first, in minutes.
    pub for_minutes: u32,
    /// How long it must not hold any more before the alert ends, in minutes.
    pub resolve_after_minutes: u32,
    /// By what groups are told apart.
    pub by: Vec<String>,
    /// Its revision, from 1; each change of the definition makes a new one.
    pub revision: u32,
    /// Since when it is as it is.
    pub applied_at: Time,
    /// Its text, as it was applied.
    pub document: String,
    /// How it stands: as the worst of its groups.
    pub state: AlertRuleState,
    /// The minute up to which it was judged; `null` before the first look.
    pub judged_at: Option<Time>,
    /// What kept it from being judged, in the language that was asked for; nothing of it ends meanwhile.
    pub trouble: Option<String>,
    /// When it fired last.
    pub last_fired_at: Option<Time>,
    /// Its groups, the worst first; one without a label where it tells none apart.
    pub groups: Vec<AlertRuleGroup>,
    /// Whether there are more groups than are told apart.
    pub more_groups: bool,
    /// Until when it is muted.
    pub muted_until: Option<Time>,
    /// Who muted it.
    pub muted_by: Option<String>,
}

/// A group of an alert rule.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct AlertRuleGroup {
    /// Fields and values, such as `route=/pay`; empty where the rule tells none apart.
    pub label: String,
    /// How it stands.
    pub state: AlertRuleState,
    /// Since when it fires or is pending.
    pub since: Option<Time>,
    /// Its value beside the limit, as of the last look, in the language that was asked for.
    pub text: Option<String>,
    /// The number of its open incident.
    pub incident: Option<u64>,
}

/// Whether someone must act now.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum AlertRuleSeverity {
    /// Someone must act now.
    Page,
    /// Someone must act in the next days.
    Ticket,
}

/// What kind of condition a rule has.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum AlertRuleKind {
    /// A value is beyond a limit.
    Threshold,
    /// Nothing is heard any more.
    Absence,
    /// A text is in the logs.
    Text,
}

/// How a rule or one of its groups stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum AlertRuleState {
    /// An alert fires.
    Firing,
    /// The condition holds, not for long enough yet.
    Pending,
    /// Nobody can say: nothing was measured, or it could not be read.
    Unknown,
    /// The condition does not hold.
    Fine,
}

/// A rule to be tried against the past.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct AlertRuleTryOut {
    /// The file with the rule; other definitions in it are let be.
    pub file: DefinitionFile,
    /// Which rule of it, if it has several.
    #[serde(default)]
    pub name: Option<String>,
}

/// What a rule would have done.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct AlertRuleTried {
    /// The rule's name.
    pub name: String,
    /// When it fires, in the language that was asked for.
    pub when: String,
    /// Start of what was looked at.
    pub from: Time,
    /// End of what was looked at, excluded.
    pub to: Time,
    /// Minutes that were looked at.
    pub minutes: u32,
    /// Minutes of these that were measured; of the others nobody can say anything.
    pub measured_minutes: u32,
    /// How often it would have fired, for any group.
    pub fired: u64,
    /// In how many minutes it would have fired, for any group.
    pub firing_minutes: u32,
    /// The first times that it would have fired, in order; at most 50.
    pub would: Vec<AlertRuleWould>,
    /// The envelope.
    #[serde(flatten)]
    pub page: Page,
}

/// Once that a rule would have fired.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct AlertRuleWould {
    /// The group; empty where the rule tells none apart.
    pub group: String,
    /// The end of the minute with which it would have begun.
    pub from: Time,
    /// The end of the minute with which it would have ended; `null` if it would fire still.
    pub to: Option<Time>,
    /// What would have been said, in the language that was asked for.
    pub text: String,
}

/// Describes the operations of this file.
pub(crate) fn describe(document: &mut Document) {
    document
        .get("/api/v1/alert-rules", "listAlertRules", "Every alert rule and how it stands")
        .answers::<AlertRuleList>();
    document
        .get("/api/v1/alert-rules/{name}", "getAlertRule", "One alert rule and how it stands")
        .answers::<AlertRule>();
    document
        .post(
            "/api/v1/alert-rules/-/try",
            "tryAlertRule",
            "What a rule would have done in the past; changes nothing",
        )
        .range()
        .accepts::<AlertRuleTryOut>()
        .answers::<AlertRuleTried>();
    document
        .post("/api/v1/alert-rules/{name}/mute", "muteAlertRule", "Mutes an alert rule until a time")
        .accepts::<crate::slo::Mute>()
        .answers::<AlertRule>();
    document
        .delete("/api/v1/alert-rules/{name}/mute", "unmuteAlertRule", "Ends the mute of an alert rule")
        .answers::<AlertRule>();
}
