//! The calls about journeys. Answers with what the engine says at that moment; decides nothing itself.

use std::time::Duration;

use axum::extract::{Path, State};
use axum::routing::get;
use axum::{Json, Router};
use ippo_engine::journey::SESSION_DAYS;

use super::{Journey, JourneyList, JourneySessions, OneJourney};
use crate::language::Wanted;
use crate::page::{Page, Params};
use crate::problem::Problem;
use crate::slo::{SloApi, problem};

/// The calls about journeys.
pub fn routes(api: SloApi) -> Router {
    Router::new()
        .route("/api/v1/journeys", get(list))
        .route("/api/v1/journeys/{name}", get(show))
        .route("/api/v1/journeys/{name}/sessions", get(sessions))
        .with_state(api)
}

async fn list(
    State(api): State<SloApi>,
    Wanted(language): Wanted,
    mut params: Params,
) -> Result<Json<JourneyList>, Problem> {
    let slo = params.text("slo")?;
    params.finish()?;
    let mut reports = api.slos.journeys(api.clock.now()).await.map_err(|e| problem(&e))?;
    reports.retain(|report| slo.as_ref().is_none_or(|slo| report.defined.journey.slos.contains(slo)));
    let mut warnings: Vec<String> = api.slos.book.read().unusable.iter().map(ToString::to_string).collect();
    warnings.extend(reports.iter().flat_map(|report| report.warnings.clone()));
    warnings.dedup();
    let journeys = reports.iter().map(|report| Journey::told(report, language)).collect();
    Ok(Json(JourneyList { journeys, page: page(warnings) }))
}

async fn show(
    State(api): State<SloApi>,
    Wanted(language): Wanted,
    Path(name): Path<String>,
    params: Params,
) -> Result<Json<OneJourney>, Problem> {
    params.finish()?;
    let report = api.slos.journey(&name, api.clock.now()).await.map_err(|e| problem(&e))?;
    let page = page(report.warnings.clone());
    Ok(Json(OneJourney { journey: Journey::told(&report, language), page }))
}

fn page(warnings: Vec<String>) -> Page {
    Page { partial: !warnings.is_empty(), warnings, ..Page::default() }
}

async fn sessions(
    State(api): State<SloApi>,
    Path(name): Path<String>,
    mut params: Params,
) -> Result<Json<JourneySessions>, Problem> {
    let now = api.clock.now();
    let range = params.range_of(now, Duration::from_secs(u64::from(SESSION_DAYS) * 86_400))?;
    params.finish()?;
    let walks = api.slos.journey_sessions(&name, range, now).await.map_err(|e| problem(&e))?;
    Ok(Json(walks.into()))
}
