//! The audit log as the API shows it: every change that a person or a token made.

use axum::extract::State;
use axum::routing::get;
use axum::{Json, Router};
use ippo_base::Timestamp;
use ippo_base::ids::AuditId;
use ippo_state::audit as stored;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::access::Access;
use crate::openapi::Document;
use crate::page::{Page, Params, write_cursor};
use crate::problem::Problem;
use crate::time::Time;
use crate::trace::Attributes;

/// Entries of the audit log, newest first.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct AuditList {
    /// The entries.
    pub entries: Vec<AuditEntry>,
    /// The envelope.
    #[serde(flatten)]
    pub page: Page,
}

/// One change.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct AuditEntry {
    /// Its id.
    pub id: String,
    /// When it was made.
    pub time: Time,
    /// Who made it: an account's name, `token:` and a token's name, or `cli`.
    pub actor: String,
    /// What was done, such as `createToken`.
    pub action: String,
    /// What it was done to.
    pub subject: String,
    /// More about it; never a secret.
    pub detail: Attributes,
}

/// The calls about the audit log.
pub(crate) fn routes(access: Access) -> Router {
    Router::new().route("/api/v1/audit", get(list)).with_state(access)
}

async fn list(State(access): State<Access>, mut params: Params) -> Result<Json<AuditList>, Problem> {
    let limit = params.limit()?;
    let before = params.cursor::<(i64, String)>()?.map(read_position).transpose()?;
    params.finish()?;
    let mut found = stored::list(&mut *access.state().read().await?, before, limit + 1).await?;
    let more = found.len() > limit;
    found.truncate(limit);
    let last = found.last().filter(|_| more);
    let next = last.map(|entry| write_cursor(&(entry.at.as_micros(), entry.id.to_string())));
    let entries = found.into_iter().map(AuditEntry::from).collect();
    Ok(Json(AuditList { entries, page: Page::complete().with_next(next) }))
}

fn read_position((at, id): (i64, String)) -> Result<(Timestamp, AuditId), Problem> {
    let id = id.parse().map_err(|_| Problem::parameter("cursor", "is not one that this server gave"))?;
    Ok((Timestamp::from_micros(at), id))
}

impl From<stored::AuditEntry> for AuditEntry {
    fn from(entry: stored::AuditEntry) -> Self {
        Self {
            id: entry.id.to_string(),
            time: entry.at.into(),
            actor: entry.actor,
            action: entry.action,
            subject: entry.subject,
            detail: Attributes(entry.detail.into_iter().collect()),
        }
    }
}

/// Describes the operations of this file.
pub(crate) fn describe(document: &mut Document) {
    document
        .get("/api/v1/audit", "listAudit", "Every change that a person or a token made, newest first")
        .paged()
        .answers::<AuditList>();
}
