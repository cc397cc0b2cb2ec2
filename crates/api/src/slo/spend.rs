//! What spent an SLO's budget: by day and hour with incidents, and by endpoint, version or whatever else telemetry says of
//! requests.

use axum::extract::{Path, State};
use axum::routing::get;
use axum::{Json, Router};
use ippo_domain::Language;
use ippo_domain::slo::Ratio;
use ippo_engine::slo::{Spend, SpendInterval as EngineInterval};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::SloApi;
use super::calls::{objective, problem};
use crate::language::Wanted;
use crate::openapi::{Document, Value};
use crate::page::{Page, Params};
use crate::problem::Problem;
use crate::time::Time;

/// What spent the budget of an objective in its window.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct SloSpend {
    /// What the objective is called.
    pub objective: String,
    /// Of a composite SLO as a whole, its parts and what each of them spent.
    pub parts: Vec<SpendPart>,
    /// Start of the window.
    pub from: Time,
    /// End of what is counted of it, excluded.
    pub to: Time,
    /// Bad events or slices that the target allows; `null` without events.
    pub allowed: Option<f64>,
    /// Those there are.
    pub spent: Option<f64>,
    /// The share of the budget that is left.
    pub remaining: Option<f64>,
    /// Each UTC day of the window, ascending.
    pub days: Vec<SpendInterval>,
    /// The ten hours that spent the most, the most first.
    pub hours: Vec<SpendInterval>,
    /// The envelope.
    #[serde(flatten)]
    pub page: Page,
}

/// What a stretch of time spent.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct SpendInterval {
    /// Its start.
    pub from: Time,
    /// Its end, excluded.
    pub to: Time,
    /// Bad events, or slices where these are judged.
    pub bad: f64,
    /// All of them.
    pub total: f64,
    /// The share of the whole budget that this is; `null` if nothing is allowed.
    pub budget_share: Option<f64>,
    /// Of a composite SLO as a whole, what of that each part spent, in the order of the parts.
    pub part_budget_shares: Vec<f64>,
    /// The SLO's incidents that were open in it.
    pub incidents: Vec<SpendIncident>,
}

/// What a part of a composite SLO spent.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct SpendPart {
    /// What it is called.
    pub name: String,
    /// The share of the budget of all parts together that it spent.
    pub budget_share: f64,
}

/// An incident in which budget was spent.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct SpendIncident {
    /// Its number.
    pub id: u64,
    /// Its title.
    pub title: String,
}

/// Whose events spent the budget of an objective.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct SpendBy {
    /// Start of the effective range.
    pub from: Time,
    /// End of the effective range, excluded.
    pub to: Time,
    /// What events were told apart by.
    pub by: String,
    /// The twenty values with the most bad events, the most first.
    pub values: Vec<SpendValue>,
    /// The envelope.
    #[serde(flatten)]
    pub page: Page,
}

/// The events of one value.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct SpendValue {
    /// The value; `null` where the events have none.
    pub value: Option<String>,
    /// Bad events.
    pub bad: u64,
    /// All of them.
    pub total: u64,
    /// The share of the window's whole budget that its bad events are; `null` if nothing is allowed, and where slices are
    /// judged.
    pub budget_share: Option<f64>,
}

impl SloSpend {
    fn told(spend: &Spend, language: Language) -> Self {
        let warnings = spend.warnings.clone();
        let parts = spend
            .parts
            .iter()
            .map(|(name, share)| SpendPart { name: name.clone(), budget_share: share.to_f64() });
        let intervals = |all: &[EngineInterval]| all.iter().map(|each| interval(each, language)).collect();
        Self {
            objective: spend.objective.clone(),
            parts: parts.collect(),
            from: Time(spend.window.from.start()),
            to: Time(spend.window.to.start()),
            allowed: spend.allowed.map(Ratio::to_f64),
            spent: spend.spent.map(Ratio::to_f64),
            remaining: spend.remaining.map(Ratio::to_f64),
            days: intervals(&spend.days),
            hours: intervals(&spend.hours),
            page: Page { partial: !warnings.is_empty(), warnings, ..Page::default() },
        }
    }
}

fn interval(interval: &EngineInterval, language: Language) -> SpendInterval {
    let incidents = interval.incidents.iter();
    SpendInterval {
        from: Time(interval.range.from.start()),
        to: Time(interval.range.to.start()),
        bad: interval.bad.to_f64(),
        total: interval.total.to_f64(),
        budget_share: interval.share.map(Ratio::to_f64),
        part_budget_shares: interval.part_shares.iter().map(|share| share.to_f64()).collect(),
        incidents: incidents
            .map(|(id, title)| SpendIncident {
                id: u64::try_from(*id).unwrap_or_default(),
                title: title.to(language).to_owned(),
            })
            .collect(),
    }
}

/// The calls about what spent a budget.
pub(super) fn routes() -> Router<SloApi> {
    Router::new()
        .route("/api/v1/slos/{name}/spend", get(spend))
        .route("/api/v1/slos/{name}/spend/by", get(spend_by))
}

async fn spend(
    State(api): State<SloApi>,
    Wanted(language): Wanted,
    Path(name): Path<String>,
    mut params: Params,
) -> Result<Json<SloSpend>, Problem> {
    let place = objective(&mut params)?;
    params.finish()?;
    let spend = api.slos.spend(&name, place, api.clock.now()).await.map_err(|e| problem(&e))?;
    Ok(Json(SloSpend::told(&spend, language)))
}

async fn spend_by(
    State(api): State<SloApi>,
    Path(name): Path<String>,
    mut params: Params,
) -> Result<Json<SpendBy>, Problem> {
    let now = api.clock.now();
    let range = params.range(now)?;
    let by = params.text("by")?.unwrap_or_else(|| "endpoint".to_owned());
    let place = objective(&mut params)?.unwrap_or_default();
    params.finish()?;
    let question = api.slos.spend_question(&name, place, &by, range).map_err(|e| problem(&e))?;
    let spend = api.slos.spend(&name, Some(place), now).await.map_err(|e| problem(&e))?;
    let found = api.slos.store.sql(&question, api.limits).await;
    let found = found.map_err(|error| crate::query::refused(&error, &question, api.limits))?;
    let is_of_events = api.slos.defined(&name).is_ok_and(|of| of.slo.objectives[place].slices.is_none());
    let allowed = spend.allowed.map(Ratio::to_f64).filter(|allowed| is_of_events && *allowed > 0.0);
    let values = found.rows.iter().map(|row| {
        let number = |place: usize| row.get(place).and_then(serde_json::Value::as_u64).unwrap_or_default();
        let bad = number(1);
        SpendValue {
            value: row.first().and_then(|value| value.as_str()).map(str::to_owned),
            bad,
            total: number(2),
            budget_share: allowed.map(|allowed| bad as f64 / allowed),
        }
    });
    let page =
        Page { partial: !found.warnings.is_empty(), warnings: found.warnings.clone(), ..Page::default() };
    Ok(Json(SpendBy { from: Time(range.from), to: Time(range.to), by, values: values.collect(), page }))
}

/// Describes the operations of this file.
pub(super) fn describe(document: &mut Document) {
    document
        .get("/api/v1/slos/{name}/spend", "getSloSpend", "When the budget of an SLO's window was spent")
        .query(
            "objective",
            Value::Integer,
            "The objective's place, from 0; by default a composite SLO as a whole, of others the first.",
        )
        .answers::<SloSpend>();
    document
        .get("/api/v1/slos/{name}/spend/by", "listSloSpendBy", "Whose events spent an SLO's budget")
        .range()
        .query(
            "by",
            Value::Text,
            "`endpoint`, `version`, a column, `attrs['…']` or `resource['…']`; by default `endpoint`.",
        )
        .query("objective", Value::Integer, "The objective's place, from 0; by default the first.")
        .answers::<SpendBy>();
}
