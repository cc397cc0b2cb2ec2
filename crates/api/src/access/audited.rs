//! Writes every change that a person or a token made into the audit log, whatever noun it was made to.

use std::collections::HashMap;
use std::sync::Arc;

use axum::extract::{MatchedPath, Request, State};
use axum::middleware::Next;
use axum::response::Response;
use http::Method;
use serde_json::{Map, Value};
use utoipa::openapi::OpenApi;

use super::Access;
use super::guard::{Caller, is_change};

/// What a handler of a change tells the audit log, as an extension of its response.
#[derive(Clone, Debug, PartialEq)]
pub enum AuditNote {
    /// The entry is written, in the same transaction as the change.
    Written,
    /// Nothing was changed, such as by a dry run.
    NoChange,
    /// More about the change, without secrets.
    Detail(Map<String, Value>),
    /// Something new was made: its noun and name, such as `incidents/41`, and more about it.
    Made(String, Map<String, Value>),
}

impl AuditNote {
    /// More about the change: a JSON object.
    pub(crate) fn detail(detail: Value) -> Self {
        Self::Detail(object(detail))
    }

    /// Something new with more about it: a JSON object.
    pub(crate) fn made(subject: String, detail: Value) -> Self {
        Self::Made(subject, object(detail))
    }
}

fn object(value: Value) -> Map<String, Value> {
    match value {
        Value::Object(map) => map,
        other => Map::from_iter([("value".to_owned(), other)]),
    }
}

/// The audit log's writer and the names of what can be done.
#[derive(Clone)]
pub(crate) struct Auditor {
    access: Access,
    actions: Arc<HashMap<(Method, String), String>>,
}

impl Auditor {
    /// Names actions as the API's description names its operations.
    pub(crate) fn new(access: Access, document: &OpenApi) -> Self {
        let mut actions = HashMap::new();
        for (path, item) in &document.paths.paths {
            for (method, operation) in [(Method::POST, &item.post), (Method::DELETE, &item.delete)] {
                if let Some(id) = operation.as_ref().and_then(|operation| operation.operation_id.clone()) {
                    actions.insert((method, path.clone()), id);
                }
            }
        }
        Self { access, actions: Arc::new(actions) }
    }

    fn action(&self, method: &Method, route: &str) -> String {
        let known = self.actions.get(&(method.clone(), route.to_owned())).cloned();
        known.unwrap_or_else(|| format!("{method} {route}"))
    }
}

/// Writes an entry for each change that succeeded.
pub(crate) async fn audit(State(auditor): State<Auditor>, request: Request, next: Next) -> Response {
    if !is_change(request.method(), request.uri().path()) {
        return next.run(request).await;
    }
    let route = request.extensions().get::<MatchedPath>().map(|path| path.as_str().to_owned());
    let action = auditor.action(request.method(), &route.unwrap_or_default());
    let subject = subject(request.uri().path());
    let actor = request.extensions().get::<Caller>().map(Caller::name);
    let response = next.run(request).await;
    let Some(actor) = actor.filter(|_| response.status().is_success()) else { return response };
    let (subject, detail) = match response.extensions().get::<AuditNote>() {
        Some(AuditNote::Written | AuditNote::NoChange) => return response,
        Some(AuditNote::Detail(detail)) => (subject, detail.clone()),
        Some(AuditNote::Made(subject, detail)) => (subject.clone(), detail.clone()),
        None => (subject, Map::new()),
    };
    let access = &auditor.access;
    let written = async {
        let mut tx = access.state().begin().await?;
        access.add_audit_with(&mut tx, &actor, &action, &subject, detail).await?;
        tx.commit().await
    };
    if let Err(error) = written.await {
        tracing::error!(%actor, %action, %subject, %error, "a change was made and could not be written to the audit log");
    }
    response
}

/// What a path changes: its noun and, if it has one, its name, such as `slos/checkout`.
fn subject(path: &str) -> String {
    let parts: Vec<&str> = path.trim_start_matches("/api/v1/").split('/').take(2).collect();
    parts.join("/")
}
