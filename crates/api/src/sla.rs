//! Service level agreements as the API shows them: what is promised to whom, how each period went, and what is due for it.

mod calls;
mod report;
mod view;

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::openapi::{Document, Value};
use crate::page::Page;
use crate::time::Time;

pub use calls::routes;

/// The media type of a report for people.
const MARKDOWN: &str = "text/markdown; charset=utf-8";

/// Every agreement.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct SlaList {
    /// The agreements, by name, each with the period that goes on and the one before.
    pub slas: Vec<Sla>,
    /// The envelope.
    #[serde(flatten)]
    pub page: Page,
}

/// One agreement.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct OneSla {
    /// The agreement.
    pub sla: Sla,
    /// The envelope.
    #[serde(flatten)]
    pub page: Page,
}

/// A promise to customers, as known now.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Sla {
    /// `metadata.name`.
    pub name: String,
    /// `metadata.displayName`, or the name.
    pub display_name: String,
    /// What else there is to say.
    pub description: String,
    /// Who answers for it.
    pub owner: String,
    /// To whom it is promised.
    pub customers: String,
    /// The SLO whose indicator it rests on.
    pub slo: String,
    /// What that is called; `null` if it cannot be used.
    pub slo_display_name: Option<String>,
    /// The objective of it; `null` if it cannot be used.
    pub objective: Option<String>,
    /// What the objective promises; `null` if it cannot be used.
    #[schema(value_type = Option<f64>)]
    pub slo_target: Option<serde_json::Number>,
    /// The promised share of good, 0 to 1, as written.
    #[schema(value_type = f64)]
    pub target: serde_json::Number,
    /// Whether it is stricter than the objective, so that the SLO gives no early warning.
    pub stricter_than_slo: bool,
    /// How many months a period has.
    pub months: u32,
    /// The time zone in which periods begin and end.
    pub time_zone: String,
    /// What is due below which share, from the highest down.
    pub credits: Vec<Credit>,
    /// `excluded` if time that was excluded from the SLO's budget is excluded here too, `counts` if not.
    pub excluded_time: String,
    /// Where the contract can be read.
    pub contract: Option<String>,
    /// The first day on which it holds: `2026-10-01`.
    pub from: Option<String>,
    /// The last one.
    pub until: Option<String>,
    /// Its revision, from 1; each change of the definition makes a new one.
    pub revision: u64,
    /// Since when it is as it is.
    pub applied_at: Time,
    /// Its periods as known now, newest first, as far back as anything is known; the first one goes on where it holds now.
    pub periods: Vec<SlaPeriod>,
    /// The definition as YAML.
    pub definition: String,
}

/// What is due below a share.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Credit {
    /// The share, 0 to 1, as written.
    #[schema(value_type = f64)]
    pub below: serde_json::Number,
    /// What is due, as the contract says it.
    pub credit: String,
}

/// What became of the promise in a period.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum SlaVerdict {
    /// It was kept, or is so far.
    Kept,
    /// It was not, or is not so far.
    Broken,
    /// Nothing was to be judged.
    Unknown,
}

/// How a period went.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct SlaPeriod {
    /// The month in which it begins, by which its report is asked for: `2026-11`.
    pub month: String,
    /// Its start, cut where the agreement begins within it.
    pub from: Time,
    /// Its end, excluded, cut where the agreement ends within it.
    pub to: Time,
    /// Whether it still goes on.
    pub running: bool,
    /// What became of the promise.
    pub verdict: SlaVerdict,
    /// The share that was good; `null` if nothing was to be judged. Where slices of time are judged, those to come in a period that
    /// goes on are taken as good.
    pub attained: Option<f64>,
    /// What is due; `null` if nothing is.
    pub credit: Option<Credit>,
    /// Good events.
    pub good: u64,
    /// Bad events.
    pub bad: u64,
    /// Events of which nobody can say.
    pub unknown: u64,
    /// What may be bad at this traffic, in events or slices of time.
    pub allowed: Option<f64>,
    /// What is.
    pub spent: Option<f64>,
    /// How many more may fail in a row before it is broken; negative where it is, by so many. `null` where it is over, nothing was
    /// counted, or unmeasured time counts.
    pub failures_left: Option<i64>,
    /// Whether `allowed`, `spent` and `failures_left` are slices of time, not events.
    pub counts_slices: bool,
    /// The covered share of the minutes that are not excluded, 0 to 1.
    pub coverage: f64,
    /// How much time was excluded, in seconds.
    pub excluded_secs: u64,
    /// What was excluded.
    pub excluded: Vec<SlaExclusion>,
}

/// An exclusion that takes time out of a period.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct SlaExclusion {
    /// The entry in the SLO's ledger.
    pub id: String,
    /// When it was entered.
    pub entered_at: Time,
    /// By whom.
    pub by: String,
    /// Why.
    pub reason: String,
    /// Where it was agreed.
    pub ticket: String,
    /// How much of the period, in seconds.
    pub secs: u64,
    /// `left_out`, or `good` where what was bad in it counts as good.
    pub counts_as: String,
}

/// The report of a period.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct SlaReport {
    /// The agreement; its one period is the one that was asked for.
    pub sla: Sla,
    /// The period.
    pub period: SlaPeriod,
    /// What is known when: late telemetry may change it.
    pub as_of: Time,
    /// The envelope.
    #[serde(flatten)]
    pub page: Page,
}

/// Describes the operations of this file.
pub(crate) fn describe(document: &mut Document) {
    document
        .get("/api/v1/slas", "listSlas", "Promises to customers, and how they stand")
        .answers::<SlaList>();
    document
        .get("/api/v1/slas/{name}", "getSla", "One promise to customers, with its last twelve periods")
        .answers::<OneSla>();
    document
        .get("/api/v1/slas/{name}/report", "getSlaReport", "The report of one period, for customers")
        .query(
            "period",
            Value::Text,
            "A month within the period, such as `2026-11`. Default: the last one that has ended, or else the one that goes on.",
        )
        .query("format", Value::Text, "`json`, or `markdown` in the language of `Accept-Language`. Default: `json`.")
        .query("lang", Value::Text, "`en` or `ja`, where a link cannot say it. Default: by `Accept-Language`.")
        .or_file(&["text/markdown"])
        .answers::<SlaReport>();
}
