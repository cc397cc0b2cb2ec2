//! The calls about alert rules. Answers with what the engine says at that moment; decides nothing itself.

use axum::extract::{Extension, Path, State};
use axum::routing::{get, post};
use axum::{Json, Router};
use ippo_base::SharedClock;
use ippo_domain::definition::{Kind, SourceFile};
use ippo_engine::alert_rule::{AlertRules, RuleError, TryOutFor};
use ippo_state::StateError;
use ippo_state::alert_rule::Mute as StoredMute;
use ippo_telemetry::QueryLimits;

use super::{AlertRule, AlertRuleList, AlertRuleTried, AlertRuleTryOut};
use crate::access::AuditNote;
use crate::definition::invalid;
use crate::language::Wanted;
use crate::page::{Page, Params};
use crate::problem::{Body, Problem};
use crate::session::Caller;
use crate::slo::{Mute, reason};

/// What the calls about alert rules work with.
#[derive(Clone)]
pub struct AlertRuleApi {
    /// The rules.
    pub rules: AlertRules,
    /// What time it is.
    pub clock: SharedClock,
    /// How much one question to telemetry may take.
    pub limits: QueryLimits,
}

/// The calls about alert rules.
pub fn routes(api: AlertRuleApi) -> Router {
    Router::new()
        .route("/api/v1/alert-rules", get(list))
        .route("/api/v1/alert-rules/{name}", get(show))
        .route("/api/v1/alert-rules/-/try", post(try_out))
        .route("/api/v1/alert-rules/{name}/mute", post(mute).delete(unmute))
        .with_state(api)
}

async fn list(
    State(api): State<AlertRuleApi>,
    Wanted(language): Wanted,
    params: Params,
) -> Result<Json<AlertRuleList>, Problem> {
    params.finish()?;
    let reports = api.rules.list(api.clock.now()).await.map_err(problem)?;
    let pages = api.rules.slos.book.read();
    let unusable = pages.unusable.iter().filter(|one| one.kind == Kind::AlertRule);
    let warnings = unusable.map(ToString::to_string).collect::<Vec<_>>();
    let page = Page { partial: !warnings.is_empty(), warnings, ..Page::default() };
    let alert_rules = reports.iter().map(|report| AlertRule::told(report, language)).collect();
    Ok(Json(AlertRuleList { alert_rules, page }))
}

async fn show(
    State(api): State<AlertRuleApi>,
    Wanted(language): Wanted,
    Path(name): Path<String>,
    params: Params,
) -> Result<Json<AlertRule>, Problem> {
    params.finish()?;
    let report = api.rules.show(&name, api.clock.now()).await.map_err(problem)?;
    Ok(Json(AlertRule::told(&report, language)))
}

async fn try_out(
    State(api): State<AlertRuleApi>,
    Wanted(language): Wanted,
    mut params: Params,
    Body(request): Body<AlertRuleTryOut>,
) -> Result<Json<AlertRuleTried>, Problem> {
    let range = params.range(api.clock.now())?;
    params.finish()?;
    let file = SourceFile { path: request.file.path, text: request.file.text };
    let wish = TryOutFor { file, name: request.name, range, time: api.limits.time };
    let tried = api.rules.try_out(&wish, &api.clock).await.map_err(problem)?;
    Ok(Json(AlertRuleTried::told(tried, language)))
}

async fn mute(
    State(api): State<AlertRuleApi>,
    Wanted(language): Wanted,
    Path(name): Path<String>,
    caller: Caller,
    Body(request): Body<Mute>,
) -> Result<(Extension<AuditNote>, Json<AlertRule>), Problem> {
    let now = api.clock.now();
    if request.until.0 <= now {
        return Err(Problem::parameter("until", format!("is {}, which has passed", request.until)));
    }
    let reason = reason(&request.reason)?;
    let mute =
        StoredMute { rule: name.clone(), until: request.until.0, by: caller.name(), reason: reason.clone() };
    api.rules.mute(&mute).await.map_err(problem)?;
    let report = api.rules.show(&name, now).await.map_err(problem)?;
    let note = AuditNote::detail(serde_json::json!({"until": request.until, "reason": reason}));
    Ok((Extension(note), Json(AlertRule::told(&report, language))))
}

async fn unmute(
    State(api): State<AlertRuleApi>,
    Wanted(language): Wanted,
    Path(name): Path<String>,
) -> Result<Json<AlertRule>, Problem> {
    api.rules.unmute(&name).await.map_err(problem)?;
    let report = api.rules.show(&name, api.clock.now()).await.map_err(problem)?;
    Ok(Json(AlertRule::told(&report, language)))
}

fn problem(error: RuleError) -> Problem {
    match error {
        RuleError::Unknown(name) => Problem::not_found(format!(
            "There is no alert rule {name:?}. GET /api/v1/alert-rules lists them."
        )),
        RuleError::Invalid(errors) => invalid(errors),
        RuleError::Refused(reason) => Problem::bad_request(reason),
        RuleError::State(busy @ (StateError::Busy(_) | StateError::Full(_))) => {
            Problem::unavailable(format!("Not now: {busy}."), 5)
        }
        error @ (RuleError::State(_) | RuleError::Telemetry(_)) => {
            Problem::internal("working with alert rules", &error)
        }
    }
}
