//! How an SLO's periods went, as the API shows them: what was known when each was closed, beside what is known now.

use axum::extract::{Path, State};
use axum::routing::get;
use axum::{Json, Router};
use ippo_domain::slo::{self, Ratio};
use ippo_engine::slo::{PERIODS_MOST, SloHistory as EngineHistory, ToldPeriod};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::SloApi;
use super::calls::{objective, problem};
use crate::openapi::{Document, Value};
use crate::page::{Page, Params};
use crate::problem::Problem;
use crate::time::Time;

/// Periods that are told if nobody says how many: a year of months and the one before.
const PERIODS: u64 = 13;

/// The periods of an objective or of a composite SLO, newest first.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct SloHistory {
    /// What the objective is called, or the composite SLO.
    pub objective: String,
    /// The time zone in which they begin and end.
    pub time_zone: String,
    /// The periods of its calendar, or months where its window rolls; the first one goes on.
    pub periods: Vec<SloPeriod>,
    /// The envelope.
    #[serde(flatten)]
    pub page: Page,
}

/// One period.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct SloPeriod {
    /// Its start.
    pub from: Time,
    /// Its end, excluded.
    pub to: Time,
    /// Whether it still goes on.
    pub running: bool,
    /// What is known of it now, by what is promised now.
    pub now: PeriodResult,
    /// When it was closed; `null` if it never was.
    pub closed_at: Option<Time>,
    /// What was known when it was closed, by what was promised then.
    pub closed: Option<PeriodResult>,
}

/// How a period of an objective or of a composite SLO went.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct PeriodResult {
    /// What was promised, as it was written; `null` of a composite SLO, which promises what its parts do.
    pub target: Option<String>,
    /// The share that was good; `null` if nothing was to be judged, and of a composite SLO.
    pub attained: Option<f64>,
    /// Whether what was promised was kept, by a composite SLO within its one budget; `null` if nothing was to be judged.
    pub kept: Option<bool>,
    /// Bad events or slices that were allowed; `null` of a composite SLO.
    pub allowed: Option<f64>,
    /// Those there were.
    pub spent: Option<f64>,
    /// The share of the budget that is left; below 0 where it was overspent.
    pub budget_remaining: Option<f64>,
    /// Good events.
    pub good: u64,
    /// Bad events.
    pub bad: u64,
    /// Events of which nobody can say.
    pub unknown: u64,
    /// The covered share of the minutes that are not excluded.
    pub coverage: f64,
    /// How much time was excluded, in seconds.
    pub excluded_secs: u64,
}

impl PeriodResult {
    pub(crate) fn told(result: &slo::PeriodResult) -> Self {
        Self {
            target: result.target.clone(),
            attained: result.attained.map(Ratio::to_f64),
            kept: result.is_kept,
            allowed: result.budget.map(|budget| budget.allowed.to_f64()),
            spent: result.budget.map(|budget| budget.spent.to_f64()),
            budget_remaining: result.remaining.map(Ratio::to_f64),
            good: result.counts.good,
            bad: result.counts.bad,
            unknown: result.counts.unknown,
            coverage: result.coverage.to_f64(),
            excluded_secs: u64::from(result.excluded_minutes) * 60,
        }
    }
}

impl From<EngineHistory> for SloHistory {
    fn from(history: EngineHistory) -> Self {
        let EngineHistory { objective, zone, periods, warnings } = history;
        let period = |told: &ToldPeriod| SloPeriod {
            from: Time(told.period.from.start()),
            to: Time(told.period.to.start()),
            running: told.is_running,
            now: PeriodResult::told(&told.now),
            closed_at: told.closed.as_ref().map(|(at, _)| Time(*at)),
            closed: told.closed.as_ref().map(|(_, result)| PeriodResult::told(result)),
        };
        Self {
            objective,
            time_zone: zone,
            periods: periods.iter().map(period).collect(),
            page: Page { partial: !warnings.is_empty(), warnings, ..Page::default() },
        }
    }
}

/// The calls about periods.
pub(super) fn routes() -> Router<SloApi> {
    Router::new().route("/api/v1/slos/{name}/history", get(history))
}

async fn history(
    State(api): State<SloApi>,
    Path(name): Path<String>,
    mut params: Params,
) -> Result<Json<SloHistory>, Problem> {
    let place = objective(&mut params)?;
    let count = params.integer("periods")?.unwrap_or(PERIODS);
    params.finish()?;
    let count = usize::try_from(count).ok().filter(|count| (1..=PERIODS_MOST).contains(count));
    let count = count.ok_or_else(|| Problem::parameter("periods", format!("is from 1 to {PERIODS_MOST}")))?;
    let told = api.slos.history(&name, place, count, api.clock.now()).await.map_err(|e| problem(&e))?;
    Ok(Json(told.into()))
}

/// Describes the operations of this file.
pub(super) fn describe(document: &mut Document) {
    document
        .get("/api/v1/slos/{name}/history", "getSloHistory", "How an SLO's periods went, newest first")
        .query(
            "objective",
            Value::Integer,
            "The objective's place, from 0; by default the first, or a composite SLO as a whole.",
        )
        .query(
            "periods",
            Value::Integer,
            "How many, the one that goes on included; by default 13, at most 36.",
        )
        .answers::<SloHistory>();
}
