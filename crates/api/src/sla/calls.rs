//! The calls about agreements. Answers with what the engine says at that moment; decides nothing itself.

use axum::extract::{Path, State};
use axum::response::{IntoResponse as _, Response};
use axum::routing::get;
use axum::{Json, Router};
use http::{HeaderValue, header};
use ippo_base::Timestamp;
use ippo_domain::Language;
use ippo_domain::sla::Days;
use ippo_engine::sla::SlaReport as EngineReport;

use super::report::markdown;
use super::{MARKDOWN, OneSla, Sla, SlaList, SlaReport};
use crate::language::Wanted;
use crate::page::{Page, Params};
use crate::problem::Problem;
use crate::slo::{SloApi, problem};
use crate::time::Time;

/// The calls about agreements.
pub fn routes(api: SloApi) -> Router {
    Router::new()
        .route("/api/v1/slas", get(list))
        .route("/api/v1/slas/{name}", get(show))
        .route("/api/v1/slas/{name}/report", get(report))
        .with_state(api)
}

async fn list(State(api): State<SloApi>, params: Params) -> Result<Json<SlaList>, Problem> {
    params.finish()?;
    let reports = api.slos.slas(api.clock.now()).await.map_err(|e| problem(&e))?;
    let mut warnings: Vec<String> = api.slos.book.read().unusable.iter().map(ToString::to_string).collect();
    let of = |report: &EngineReport| {
        let name = report.defined.sla.name.clone();
        report.warnings.clone().into_iter().map(move |why| format!("SLA {name}: {why}"))
    };
    warnings.extend(reports.iter().flat_map(of));
    Ok(Json(SlaList { slas: reports.iter().map(Sla::told).collect(), page: page(warnings) }))
}

async fn show(
    State(api): State<SloApi>,
    Path(name): Path<String>,
    params: Params,
) -> Result<Json<OneSla>, Problem> {
    params.finish()?;
    let report = api.slos.sla(&name, api.clock.now()).await.map_err(|e| problem(&e))?;
    Ok(Json(OneSla { sla: Sla::told(&report), page: page(report.warnings.clone()) }))
}

fn page(warnings: Vec<String>) -> Page {
    Page { partial: !warnings.is_empty(), warnings, ..Page::default() }
}

/// In which form a report is wanted.
#[derive(Clone, Copy)]
enum Form {
    Json,
    Markdown,
}

async fn report(
    State(api): State<SloApi>,
    Wanted(language): Wanted,
    Path(name): Path<String>,
    mut params: Params,
) -> Result<Response, Problem> {
    let period = params.text("period")?;
    let form = match params.text("format")?.as_deref() {
        None | Some("json") => Form::Json,
        Some("markdown") => Form::Markdown,
        Some(other) => {
            return Err(Problem::parameter("format", format!("is {other:?}; it is json or markdown")));
        }
    };
    let lang = params.text("lang")?;
    params.finish()?;
    let language = match lang {
        None => language,
        Some(code) => Language::parse(&code)
            .ok_or_else(|| Problem::parameter("lang", format!("is {code:?}; it is en or ja")))?,
    };
    let now = api.clock.now();
    let told = match period {
        Some(text) => api.slos.sla_period(&name, within(&api, &name, &text)?, now).await,
        None => last_ended(&api, &name, now).await,
    };
    let told = told.map_err(|e| problem(&e))?;
    answer(&told, form, language, now)
}

/// The last period that has ended, if anything is known of it; else the one that goes on.
async fn last_ended(
    api: &SloApi,
    name: &str,
    now: Timestamp,
) -> Result<EngineReport, ippo_engine::slo::SloError> {
    let mut told = api.slos.sla(name, now).await?;
    let ended = told.periods.iter().position(|told| !told.result.is_running).unwrap_or(0);
    told.periods = told.periods.into_iter().skip(ended).take(1).collect();
    Ok(told)
}

/// The beginning of a month in the agreement's time zone.
fn within(api: &SloApi, name: &str, text: &str) -> Result<Timestamp, Problem> {
    let calendar = api.slos.sla_calendar(name).map_err(|e| problem(&e))?;
    let begins = Days::of(calendar.zone()).month_begins(text);
    begins.ok_or_else(|| Problem::parameter("period", format!("is {text:?}, not a month such as 2026-11")))
}

fn answer(told: &EngineReport, form: Form, language: Language, now: Timestamp) -> Result<Response, Problem> {
    let sla = Sla::told(told);
    let (Some(period), Some(result)) = (sla.periods.first().cloned(), told.periods.first()) else {
        let name = &sla.name;
        let why = told.warnings.first().cloned().unwrap_or_else(|| "it has not begun, or is over".to_owned());
        return Err(Problem::bad_request(format!("There is no period of SLA {name} to report on: {why}.")));
    };
    Ok(match form {
        Form::Json => {
            let page = page(told.warnings.clone());
            Json(SlaReport { sla, period, as_of: Time(now), page }).into_response()
        }
        Form::Markdown => {
            let text = markdown(told, result, &period.month, language, now);
            ([(header::CONTENT_TYPE, HeaderValue::from_static(MARKDOWN))], text).into_response()
        }
    })
}
