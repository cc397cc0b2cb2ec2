//! What may be left of an SLO's budget from now on: a range, never one line.

use axum::extract::{Path, State};
use axum::routing::get;
use axum::{Json, Router};
use ippo_domain::slo::{self, Ratio};
use ippo_engine::slo::ToldForecast;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::SloApi;
use super::calls::{objective, problem};
use crate::openapi::{Document, Value};
use crate::page::{Page, Params};
use crate::problem::Problem;
use crate::time::Time;

/// What may be left of the budget of an objective or of a composite SLO, as replays of the past say: stretches of it take the place of what is still to come.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct SloForecast {
    /// What the objective is called, or the composite SLO.
    pub objective: String,
    /// What is foretold; `null` while too little of the past is known.
    pub forecast: Option<Forecast>,
    /// The envelope.
    #[serde(flatten)]
    pub page: Page,
}

/// A forecast of a budget.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Forecast {
    /// Start of the time that is replayed.
    pub past_from: Time,
    /// Its end, excluded.
    pub past_to: Time,
    /// What may be left: now, then in even steps, ascending.
    pub points: Vec<ForecastPoint>,
    /// Whether the budget is spent now: the times below say when it is there again, otherwise when it ends.
    pub spent: bool,
    /// In one of ten replays it was sooner; `null` where it is not within the forecast.
    pub soonest: Option<Time>,
    /// In half of them it was by then.
    pub likely: Option<Time>,
    /// In nine of ten it was by then.
    pub latest: Option<Time>,
}

/// What may be left at one moment, as a share of the budget; below 0 where it is overspent.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct ForecastPoint {
    /// When.
    pub time: Time,
    /// In one of ten replays less was left.
    pub low: f64,
    /// In half of them.
    pub middle: f64,
    /// In one of ten replays more was left.
    pub high: f64,
}

impl From<ToldForecast> for SloForecast {
    fn from(told: ToldForecast) -> Self {
        let ToldForecast { objective, forecast, warnings } = told;
        let page = Page { partial: !warnings.is_empty(), warnings, ..Page::default() };
        Self { objective, forecast: forecast.map(Forecast::from), page }
    }
}

impl From<slo::Forecast> for Forecast {
    fn from(forecast: slo::Forecast) -> Self {
        let point = |point: &slo::ForecastPoint| ForecastPoint {
            time: Time(point.time),
            low: Ratio::to_f64(point.low),
            middle: Ratio::to_f64(point.middle),
            high: Ratio::to_f64(point.high),
        };
        Self {
            past_from: Time(forecast.past.from.start()),
            past_to: Time(forecast.past.to.start()),
            points: forecast.points.iter().map(point).collect(),
            spent: forecast.turn.is_spent,
            soonest: forecast.turn.soonest.map(Time),
            likely: forecast.turn.likely.map(Time),
            latest: forecast.turn.latest.map(Time),
        }
    }
}

/// The calls about what may come.
pub(super) fn routes() -> Router<SloApi> {
    Router::new().route("/api/v1/slos/{name}/forecast", get(forecast))
}

async fn forecast(
    State(api): State<SloApi>,
    Path(name): Path<String>,
    mut params: Params,
) -> Result<Json<SloForecast>, Problem> {
    let place = objective(&mut params)?;
    params.finish()?;
    let told = api.slos.forecast(&name, place, api.clock.now()).await.map_err(|e| problem(&e))?;
    Ok(Json(told.into()))
}

/// Describes the operations of this file.
pub(super) fn describe(document: &mut Document) {
    document
        .get(
            "/api/v1/slos/{name}/forecast",
            "getSloForecast",
            "What may be left of an SLO's budget, as a range",
        )
        .query(
            "objective",
            Value::Integer,
            "The objective's place, from 0; by default the first, or a composite SLO as a whole.",
        )
        .answers::<SloForecast>();
}
