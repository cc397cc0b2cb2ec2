//! The calls about incidents. What follows from an act is the engine's to say; who acts is on the timeline by name.

use axum::body::Bytes;
use axum::extract::{Extension, Path, State};
use axum::routing::{get, post};
use axum::{Json, Router};
use ippo_base::SharedClock;
use ippo_domain::incident::{IncidentState, Refusal};
use ippo_engine::incident::{IncidentError, IncidentView, Incidents, NewIncident as Opening};
use ippo_state::incident::Listing;
use serde_json::json;

use super::{
    Incident, IncidentChange, IncidentChanges, IncidentList, IncidentStep, NewComment, NewIncident, NewOwner,
    NewSeverity, Timeline, TimelineEntry,
};
use crate::access::AuditNote;
use crate::language::Wanted;
use crate::page::{Page, Params, write_cursor};
use crate::problem::{Body, Problem};
use crate::session::Caller;

/// What the calls about incidents work with.
#[derive(Clone)]
pub struct IncidentApi {
    /// The incidents.
    pub incidents: Incidents,
    /// What time it is.
    pub clock: SharedClock,
}

/// The calls about incidents.
pub fn routes(api: IncidentApi) -> Router {
    Router::new()
        .route("/api/v1/incidents", get(list).post(open))
        .route("/api/v1/incidents/{id}", get(show))
        .route("/api/v1/incidents/{id}/timeline", get(timeline))
        .route("/api/v1/incidents/{id}/changes", get(changes))
        .route("/api/v1/incidents/{id}/ack", post(acknowledge))
        .route("/api/v1/incidents/{id}/resolve", post(resolve))
        .route("/api/v1/incidents/{id}/reopen", post(reopen))
        .route("/api/v1/incidents/{id}/comment", post(comment))
        .route("/api/v1/incidents/{id}/severity", post(set_severity))
        .route("/api/v1/incidents/{id}/owner", post(set_owner))
        .with_state(api)
}

/// What a change answers: the incident as it is then, and to the audit log what was changed.
type Changed = Result<(Extension<AuditNote>, Json<Incident>), Problem>;

async fn list(
    State(api): State<IncidentApi>,
    Wanted(language): Wanted,
    mut params: Params,
) -> Result<Json<IncidentList>, Problem> {
    let states = read_states(params.text("state")?.as_deref())?;
    let limit = params.limit()?;
    let before: Option<i64> = params.cursor()?;
    params.finish()?;
    let listing = Listing { states: &states, before, limit: limit + 1 };
    let mut views = api.incidents.list(listing).await.map_err(problem)?;
    let more = views.len() > limit;
    views.truncate(limit);
    let next = views.last().filter(|_| more).map(|view| write_cursor(&view.incident.id));
    let incidents = views.iter().map(|view| Incident::told(view, language)).collect();
    Ok(Json(IncidentList { incidents, page: Page::complete().with_next(next) }))
}

fn read_states(text: Option<&str>) -> Result<Vec<IncidentState>, Problem> {
    let words = text.unwrap_or_default().split(',').map(str::trim).filter(|word| !word.is_empty());
    words
        .map(|word| {
            IncidentState::parse(word).ok_or_else(|| {
                Problem::parameter("state", format!("is {word:?}; it must be open, acknowledged or resolved"))
            })
        })
        .collect()
}

async fn open(
    State(api): State<IncidentApi>,
    Wanted(language): Wanted,
    caller: Caller,
    Body(new): Body<NewIncident>,
) -> Changed {
    let opening = Opening {
        title: new.title,
        severity: new.severity.into(),
        service: new.service,
        description: new.description.unwrap_or_default(),
    };
    let opened = api.incidents.open(opening, &caller.name(), api.clock.now()).await.map_err(problem)?;
    let incident = Incident::told(&opened, language);
    let detail = json!({"title": incident.title, "severity": incident.severity});
    Ok((Extension(AuditNote::made(format!("incidents/{}", incident.id), detail)), Json(incident)))
}

async fn show(
    State(api): State<IncidentApi>,
    Wanted(language): Wanted,
    Path(id): Path<String>,
    params: Params,
) -> Result<Json<Incident>, Problem> {
    params.finish()?;
    let view = api.incidents.show(read_id(&id)?).await.map_err(problem)?;
    Ok(Json(Incident::told(&view, language)))
}

async fn timeline(
    State(api): State<IncidentApi>,
    Wanted(language): Wanted,
    Path(id): Path<String>,
    mut params: Params,
) -> Result<Json<Timeline>, Problem> {
    let limit = params.limit()?;
    let after: Option<i64> = params.cursor()?;
    params.finish()?;
    let read = api.incidents.timeline(read_id(&id)?, after.unwrap_or(0), limit + 1).await;
    let mut entries = read.map_err(problem)?;
    let more = entries.len() > limit;
    entries.truncate(limit);
    let next = entries.last().filter(|_| more).map(|entry| write_cursor(&entry.position));
    let timeline = entries.into_iter().map(|entry| TimelineEntry::told(entry, language)).collect();
    Ok(Json(Timeline { timeline, page: Page::complete().with_next(next) }))
}

async fn changes(
    State(api): State<IncidentApi>,
    Wanted(language): Wanted,
    Path(id): Path<String>,
    params: Params,
) -> Result<Json<IncidentChanges>, Problem> {
    params.finish()?;
    let changed = api.incidents.changed(read_id(&id)?).await.map_err(problem)?;
    let changes = changed.iter().map(|one| IncidentChange::told(one, language)).collect();
    Ok(Json(IncidentChanges { changes, page: Page::complete() }))
}

async fn acknowledge(
    State(api): State<IncidentApi>,
    wanted: Wanted,
    Path(id): Path<String>,
    caller: Caller,
    body: Bytes,
) -> Changed {
    let comment = read_comment(&body)?;
    answer(
        wanted,
        api.incidents.acknowledge(read_id(&id)?, &caller.name(), &comment, api.clock.now()).await,
        json!({"comment": comment}),
    )
}

async fn resolve(
    State(api): State<IncidentApi>,
    wanted: Wanted,
    Path(id): Path<String>,
    caller: Caller,
    body: Bytes,
) -> Changed {
    let comment = read_comment(&body)?;
    answer(
        wanted,
        api.incidents.resolve(read_id(&id)?, &caller.name(), &comment, api.clock.now()).await,
        json!({"comment": comment}),
    )
}

async fn reopen(
    State(api): State<IncidentApi>,
    wanted: Wanted,
    Path(id): Path<String>,
    caller: Caller,
    body: Bytes,
) -> Changed {
    let (id, by, now) = (read_id(&id)?, caller.name(), api.clock.now());
    let comment = read_comment(&body)?;
    let reopened = answer(wanted, api.incidents.reopen(id, &by, now).await, json!({}))?;
    if comment.is_empty() {
        Ok(reopened)
    } else {
        answer(wanted, api.incidents.comment(id, &by, &comment, now).await, json!({"comment": comment}))
    }
}

async fn comment(
    State(api): State<IncidentApi>,
    wanted: Wanted,
    Path(id): Path<String>,
    caller: Caller,
    Body(new): Body<NewComment>,
) -> Changed {
    let said = api.incidents.comment(read_id(&id)?, &caller.name(), &new.text, api.clock.now()).await;
    answer(wanted, said, json!({"text": new.text}))
}

async fn set_severity(
    State(api): State<IncidentApi>,
    wanted: Wanted,
    Path(id): Path<String>,
    caller: Caller,
    Body(new): Body<NewSeverity>,
) -> Changed {
    let (id, severity) = (read_id(&id)?, new.severity.into());
    let set = api.incidents.set_severity(id, &caller.name(), severity, api.clock.now()).await;
    answer(wanted, set, json!({"severity": new.severity}))
}

async fn set_owner(
    State(api): State<IncidentApi>,
    wanted: Wanted,
    Path(id): Path<String>,
    caller: Caller,
    Body(new): Body<NewOwner>,
) -> Changed {
    let owner = new.owner.unwrap_or_default();
    let set = api.incidents.set_owner(read_id(&id)?, &caller.name(), &owner, api.clock.now()).await;
    answer(wanted, set, json!({"owner": owner}))
}

fn answer(
    Wanted(language): Wanted,
    result: Result<IncidentView, IncidentError>,
    detail: serde_json::Value,
) -> Changed {
    let view = result.map_err(problem)?;
    Ok((Extension(AuditNote::detail(detail)), Json(Incident::told(&view, language))))
}

/// Reads `41` or `INC-41`.
fn read_id(text: &str) -> Result<i64, Problem> {
    let digits = text.strip_prefix("INC-").unwrap_or(text);
    digits.parse().map_err(|_| Problem::not_found(format!("{text:?} is not the number of an incident.")))
}

/// Reads a body that may be left out altogether.
fn read_comment(body: &[u8]) -> Result<String, Problem> {
    if body.trim_ascii().is_empty() {
        return Ok(String::new());
    }
    let step: IncidentStep = serde_json::from_slice(body)
        .map_err(|e| Problem::bad_request(format!("The JSON body cannot be read: {e}.")))?;
    Ok(step.comment.unwrap_or_default())
}

fn problem(error: IncidentError) -> Problem {
    match error {
        IncidentError::Unknown(id) => {
            Problem::not_found(format!("There is no incident {id}. GET /api/v1/incidents lists them."))
        }
        IncidentError::Refused(Refusal::State(reason)) => Problem::conflict(format!("{reason}.")),
        IncidentError::Refused(Refusal::Field { field, complaint }) => Problem::parameter(field, complaint),
        IncidentError::State(error) => error.into(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_incident_is_named_by_number_or_key() {
        assert_eq!((read_id("41"), read_id("INC-41")), (Ok(41), Ok(41)));
        assert!(read_id("INC-").is_err() && read_id("x").is_err());
    }

    #[test]
    fn a_comment_may_be_left_out_but_not_misspelt() {
        assert_eq!(read_comment(b" "), Ok(String::new()));
        assert_eq!(read_comment(b"{}"), Ok(String::new()));
        assert_eq!(read_comment(br#"{"comment":"on it"}"#), Ok("on it".to_owned()));
        assert!(read_comment(br#"{"coment":"on it"}"#).is_err());
    }

    #[test]
    fn states_are_words_separated_by_commas() {
        let states = read_states(Some("open, acknowledged")).expect("known");
        assert_eq!(states, [IncidentState::Open, IncidentState::Acknowledged]);
        assert_eq!(read_states(None), Ok(vec![]));
        let refused = read_states(Some("closed")).expect_err("unknown");
        assert!(refused.detail().contains("`state`") && refused.detail().contains("closed"));
    }
}
