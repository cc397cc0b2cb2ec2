//! Critical user journeys as the API shows them: what users meet, what a failure does to them, and how sessions went on.

mod calls;
mod view;

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::openapi::{Document, Value};
use crate::page::Page;
use crate::slo::SloState;
use crate::time::Time;

pub use calls::routes;

/// Every journey.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct JourneyList {
    /// The journeys, by name.
    pub journeys: Vec<Journey>,
    /// The envelope.
    #[serde(flatten)]
    pub page: Page,
}

/// One journey.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct OneJourney {
    /// The journey.
    pub journey: Journey,
    /// The envelope.
    #[serde(flatten)]
    pub page: Page,
}

/// A critical user journey, as known now.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Journey {
    /// `metadata.name`.
    pub name: String,
    /// `metadata.displayName`, or the name.
    pub display_name: String,
    /// What else there is to say.
    pub description: String,
    /// Who answers for it.
    pub owner: String,
    /// What a failure does to users, in the owner's words.
    pub harm: String,
    /// The people who agreed to it.
    pub agreed_by: Vec<String>,
    /// When they did: `2026-10-01`.
    pub agreed_on: Option<String>,
    /// The day on which someone looks again: `2027-04-01`.
    pub review_on: Option<String>,
    /// Whether that day has passed (UTC).
    pub review_overdue: bool,
    /// Its revision, from 1; each change of the definition makes a new one.
    pub revision: u64,
    /// Since when it is as it is.
    pub applied_at: Time,
    /// The worst state of its SLOs; one of which nothing is known is not fine.
    pub state: SloState,
    /// The SLOs it rests on.
    pub slos: Vec<JourneySlo>,
    /// Those whose definition cannot be used, by name.
    pub missing_slos: Vec<String>,
    /// What users met in the last seven days, each kind of attempt by itself. Nothing is taken out of it.
    pub week: Vec<Experience>,
    /// The same of the last hour.
    pub hour: Vec<Experience>,
    /// The steps in the order in which users take them.
    pub steps: Vec<JourneyStep>,
    /// The attribute that joins the requests of a session; `null` for `session.id`, then `user.id` and `enduser.id`.
    pub session_attribute: Option<String>,
    /// Within how many seconds a session goes on to a later step.
    pub goes_on_within_secs: u32,
    /// The definition as YAML.
    pub definition: String,
}

/// An SLO that a journey rests on.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct JourneySlo {
    /// `metadata.name`.
    pub name: String,
    /// `metadata.displayName`, or the name.
    pub display_name: String,
    /// Its state.
    pub state: SloState,
    /// The rule that gave the state, in the language that was asked for.
    pub state_rule: String,
    /// The least share of a budget that is left in it; `null` without events.
    pub budget_remaining: Option<f64>,
    /// When the first of its budgets ends at the present burn; `null` if none does.
    pub exhausts_at: Option<Time>,
}

/// What users met, of one kind of attempt.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Experience {
    /// The SLOs that count these attempts, by name.
    pub slos: Vec<String>,
    /// What these are called.
    pub about: String,
    /// How many attempts there were.
    pub attempts: u64,
    /// Of how many nobody can say how they went.
    pub unknown: u64,
    /// What went wrong, an objective each.
    pub hurts: Vec<Hurt>,
    /// The measured share of the time, 0 to 1.
    pub coverage: f64,
    /// All of it as a sentence, in the language that was asked for.
    pub text: String,
}

/// How many attempts met one kind of trouble.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Hurt {
    /// The SLO that counts it.
    pub slo: String,
    /// What the objective is called.
    pub objective: String,
    /// `failed`, `slower_than` (of `limit`), or `broke` (what the objective in `limit` promises).
    pub kind: String,
    /// What was passed: `800 ms`, or the name of the promise; `null` of what failed.
    pub limit: Option<String>,
    /// How many.
    pub bad: u64,
}

/// A step of a journey.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct JourneyStep {
    /// Unique within the journey.
    pub name: String,
    /// What it is called.
    pub display_name: String,
    /// Which spans are a request of it: a SQL boolean expression.
    #[serde(rename = "where")]
    pub filter: String,
    /// A request that takes longer is slow, in milliseconds.
    pub slow_ms: Option<u32>,
}

/// How the sessions of a range went through a journey.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct JourneySessions {
    /// Start of the range.
    pub from: Time,
    /// End of the range, excluded.
    pub to: Time,
    /// Within how many seconds a session goes on to a later step.
    pub goes_on_within_secs: u32,
    /// The attribute that joins requests; `null` for `session.id`, then `user.id` and `enduser.id`.
    pub session_attribute: Option<String>,
    /// Each step and its sessions.
    pub steps: Vec<StepSessions>,
    /// Sessions that were looked at.
    pub sessions: u64,
    /// One of so many was, whole, chosen by its id: 1 if all of them were.
    pub one_of: u64,
    /// Requests at the steps that do not say of which session they are. They are in no number.
    pub nameless_requests: u64,
    /// Sessions that are known by their user alone.
    pub sessions_by_user: u64,
    /// Requests that their sender sampled: others of the same sessions may be missing.
    pub sampled_requests: u64,
    /// Of fewer sessions than this no share is told.
    pub share_told_from: u64,
    /// The envelope.
    #[serde(flatten)]
    pub page: Page,
}

/// A step and its sessions.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct StepSessions {
    /// The step.
    pub name: String,
    /// What it is called.
    pub display_name: String,
    /// A request that takes longer is slow, in milliseconds.
    pub slow_ms: Option<u32>,
    /// Whether it is the last one, from which nobody goes on.
    pub is_last: bool,
    /// Sessions that reached it, each once, and whose time to go on is over.
    pub sessions: u64,
    /// Those that went on to a later step in time; `null` of the last one.
    pub went_on: Option<u64>,
    /// Their share; `null` of the last one, and where there are too few to tell.
    pub share: Option<f64>,
    /// Sessions that may still go on; they are in no other number.
    pub open: u64,
    /// The same by the worst of a session's requests at the step.
    pub outcomes: Vec<OutcomeSessions>,
}

/// The sessions of one outcome.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct OutcomeSessions {
    /// How the worst of their requests ended.
    pub outcome: Outcome,
    /// How many sessions.
    pub sessions: u64,
    /// Those that went on to a later step in time; `null` of the last one.
    pub went_on: Option<u64>,
    /// Their share; `null` of the last one, and where there are too few to tell.
    pub share: Option<f64>,
}

/// How a request ended for whoever made it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// As it should.
    Fine,
    /// It took longer than the step allows.
    Slow,
    /// It failed.
    Failed,
}

/// Describes the operations of this file.
pub(crate) fn describe(document: &mut Document) {
    document
        .get("/api/v1/journeys", "listJourneys", "Critical user journeys, and what users meet on them")
        .query("slo", Value::Text, "Only those that rest on this SLO.")
        .answers::<JourneyList>();
    document
        .get("/api/v1/journeys/{name}", "getJourney", "One journey, and what users meet on it")
        .answers::<OneJourney>();
    document
        .get(
            "/api/v1/journeys/{name}/sessions",
            "getJourneySessions",
            "How sessions went on after requests that were fine, slow or failed",
        )
        .query("from", Value::Time, "Start of the range, included. Default: seven days before `to`.")
        .query("to", Value::Time, "End of the range, excluded. Default: now.")
        .query(
            "last",
            Value::Text,
            "The range as a duration that ends at `to`, such as `1d` or `7d`, at most `31d`; instead of `from`.",
        )
        .answers::<JourneySessions>();
}
