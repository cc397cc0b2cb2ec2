//! The calls about SLOs. Answers with what the engine says at that moment; decides nothing itself.

use axum::extract::{Extension, Path, State};
use axum::routing::{get, post};
use axum::{Json, Router};
use ippo_base::SharedClock;
use ippo_engine::slo::{SloError, Slos};
use ippo_state::StateError;
use ippo_state::slo::Mute as StoredMute;
use ippo_telemetry::QueryLimits;

use super::{
    Failure, FailureList, Mute, Slo, SloList, SloSeries, check, forecast, ledger, period, policy, recount,
    spend, suggest,
};
use crate::access::AuditNote;
use crate::language::Wanted;
use crate::page::{Page, Params};
use crate::problem::{Body, Problem};
use crate::session::Caller;
use crate::time::Time;

/// A reason, in bytes.
pub(super) const REASON_BYTES: usize = 1_000;

/// What the calls about SLOs work with.
#[derive(Clone)]
pub struct SloApi {
    /// The SLOs.
    pub slos: Slos,
    /// What time it is.
    pub clock: SharedClock,
    /// How much one question to telemetry may take.
    pub limits: QueryLimits,
}

/// The calls about SLOs.
pub fn routes(api: SloApi) -> Router {
    Router::new()
        .route("/api/v1/slos", get(list))
        .route("/api/v1/slos/{name}", get(show))
        .route("/api/v1/slos/{name}/series", get(series))
        .route("/api/v1/slos/{name}/failures", get(failures))
        .route("/api/v1/slos/{name}/mute", post(mute).delete(unmute))
        .merge(ledger::routes())
        .merge(period::routes())
        .merge(check::routes())
        .merge(forecast::routes())
        .merge(policy::routes())
        .merge(recount::routes())
        .merge(spend::routes())
        .merge(suggest::routes())
        .with_state(api)
}

async fn list(
    State(api): State<SloApi>,
    Wanted(language): Wanted,
    params: Params,
) -> Result<Json<SloList>, Problem> {
    params.finish()?;
    let reports = api.slos.list(api.clock.now()).await.map_err(|e| problem(&e))?;
    let warnings = api.slos.book.read().unusable.iter().map(ToString::to_string).collect::<Vec<_>>();
    let page = Page { partial: !warnings.is_empty(), warnings, ..Page::default() };
    Ok(Json(SloList { slos: reports.iter().map(|report| Slo::told(report, language)).collect(), page }))
}

async fn show(
    State(api): State<SloApi>,
    Wanted(language): Wanted,
    Path(name): Path<String>,
    params: Params,
) -> Result<Json<Slo>, Problem> {
    params.finish()?;
    let report = api.slos.show(&name, api.clock.now()).await.map_err(|e| problem(&e))?;
    Ok(Json(Slo::told(&report, language)))
}

async fn series(
    State(api): State<SloApi>,
    Path(name): Path<String>,
    mut params: Params,
) -> Result<Json<SloSeries>, Problem> {
    let now = api.clock.now();
    let range = params.range(now)?;
    let place = objective(&mut params)?;
    params.finish()?;
    let series = api.slos.series(&name, place, range, now).await.map_err(|e| problem(&e))?;
    Ok(Json(SloSeries::from(series)))
}

async fn failures(
    State(api): State<SloApi>,
    Path(name): Path<String>,
    mut params: Params,
) -> Result<Json<FailureList>, Problem> {
    let range = params.range(api.clock.now())?;
    let limit = params.limit()?;
    let place = objective(&mut params)?.unwrap_or_default();
    params.finish()?;
    let found = api.slos.failures(&name, place, range, limit).await.map_err(|e| problem(&e))?;
    let page = crate::telemetry::page(&found, None);
    let failures = found.value.into_iter().map(Failure::from).collect();
    Ok(Json(FailureList { from: Time(range.from), to: Time(range.to), failures, page }))
}

async fn mute(
    State(api): State<SloApi>,
    Wanted(language): Wanted,
    Path(name): Path<String>,
    caller: Caller,
    Body(request): Body<Mute>,
) -> Result<(Extension<AuditNote>, Json<Slo>), Problem> {
    let now = api.clock.now();
    if request.until.0 <= now {
        return Err(Problem::parameter("until", format!("is {}, which has passed", request.until)));
    }
    let reason = reason(&request.reason)?;
    let mute =
        StoredMute { slo: name.clone(), until: request.until.0, by: caller.name(), reason: reason.clone() };
    api.slos.mute(&mute).await.map_err(|e| problem(&e))?;
    let report = api.slos.show(&name, now).await.map_err(|e| problem(&e))?;
    let note = AuditNote::detail(serde_json::json!({"until": request.until, "reason": reason}));
    Ok((Extension(note), Json(Slo::told(&report, language))))
}

async fn unmute(
    State(api): State<SloApi>,
    Wanted(language): Wanted,
    Path(name): Path<String>,
) -> Result<Json<Slo>, Problem> {
    api.slos.unmute(&name).await.map_err(|e| problem(&e))?;
    let report = api.slos.show(&name, api.clock.now()).await.map_err(|e| problem(&e))?;
    Ok(Json(Slo::told(&report, language)))
}

/// The place of an objective, if one is asked for.
pub(super) fn objective(params: &mut Params) -> Result<Option<usize>, Problem> {
    let place = params.integer("objective")?.map(usize::try_from);
    place.transpose().map_err(|_| Problem::parameter("objective", "is the place of no objective"))
}

/// Why somebody changes something.
pub(crate) fn reason(text: &str) -> Result<String, Problem> {
    match text.trim() {
        said if said.is_empty() || said.len() > REASON_BYTES => {
            Err(Problem::parameter("reason", format!("must say why, in at most {REASON_BYTES} bytes")))
        }
        said => Ok(said.to_owned()),
    }
}

pub(crate) fn problem(error: &SloError) -> Problem {
    match error {
        SloError::Unknown(name) => {
            Problem::not_found(format!("There is no SLO {name:?}. GET /api/v1/slos lists them."))
        }
        SloError::Undefined { .. } => Problem::not_found(format!("{}.", sentence(&error.to_string()))),
        SloError::Refused(reason) => Problem::bad_request(reason.clone()),
        SloError::State(busy @ (StateError::Busy(_) | StateError::Full(_))) => {
            Problem::unavailable(format!("Not now: {busy}."), 5)
        }
        SloError::Stopped => Problem::unavailable("ippo stops.".to_owned(), 5),
        SloError::State(_) | SloError::Store(_) | SloError::Panicked(_) => {
            Problem::internal("working with SLOs", error)
        }
    }
}

/// The same words as the beginning of a sentence.
fn sentence(words: &str) -> String {
    let mut chars = words.chars();
    chars.next().map_or_else(String::new, |first| first.to_uppercase().chain(chars).collect())
}
