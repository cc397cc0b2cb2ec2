//! The audit log: every change that a person or a token made. Entries are added and never changed.

use ippo_base::Timestamp;
use ippo_base::ids::AuditId;
use sqlx::any::AnyRow;
use sqlx::{AnyConnection, Row};

use crate::StateError;
use crate::error::read_id;

/// One change.
#[derive(Debug, Clone, PartialEq)]
pub struct AuditEntry {
    /// Its id.
    pub id: AuditId,
    /// When it was made.
    pub at: Timestamp,
    /// Who made it: an account's name, `token:` and a token's name, or `cli`.
    pub actor: String,
    /// What was done, such as `createToken`.
    pub action: String,
    /// What it was done to.
    pub subject: String,
    /// More about it; never a secret.
    pub detail: serde_json::Map<String, serde_json::Value>,
}

/// Adds an entry.
///
/// # Errors
/// When the database fails.
pub async fn add(connection: &mut AnyConnection, entry: &AuditEntry) -> Result<(), StateError> {
    let detail = serde_json::Value::Object(entry.detail.clone()).to_string();
    sqlx::query("INSERT INTO audit (id, at, actor, action, subject, detail) VALUES ($1, $2, $3, $4, $5, $6)")
        .bind(entry.id.to_string())
        .bind(entry.at.as_micros())
        .bind(&entry.actor)
        .bind(&entry.action)
        .bind(&entry.subject)
        .bind(detail)
        .execute(connection)
        .await?;
    Ok(())
}

/// The newest entry of an action, if there is one.
///
/// # Errors
/// When the database fails.
pub async fn latest(connection: &mut AnyConnection, action: &str) -> Result<Option<AuditEntry>, StateError> {
    let row = sqlx::query(
        "SELECT id, at, actor, action, subject, detail FROM audit WHERE action = $1 ORDER BY at DESC, id DESC LIMIT 1",
    )
    .bind(action)
    .fetch_optional(connection)
    .await?;
    row.as_ref().map(entry).transpose()
}

/// At most `limit` entries, newest first, those older than `before` if it is given.
///
/// # Errors
/// When the database fails.
pub async fn list(
    connection: &mut AnyConnection,
    before: Option<(Timestamp, AuditId)>,
    limit: usize,
) -> Result<Vec<AuditEntry>, StateError> {
    let (at, id) = before.map_or((i64::MAX, String::new()), |(at, id)| (at.as_micros(), id.to_string()));
    let rows = sqlx::query(
        "SELECT id, at, actor, action, subject, detail FROM audit \
         WHERE at < $1 OR (at = $1 AND id < $2) ORDER BY at DESC, id DESC LIMIT $3",
    )
    .bind(at)
    .bind(id)
    .bind(i64::try_from(limit).unwrap_or(i64::MAX))
    .fetch_all(connection)
    .await?;
    rows.iter().map(entry).collect()
}

fn entry(row: &AnyRow) -> Result<AuditEntry, StateError> {
    let detail: String = row.try_get(5)?;
    let detail = serde_json::from_str(&detail)
        .map_err(|_| StateError::unreadable("an audit entry's detail", detail.clone()))?;
    Ok(AuditEntry {
        id: read_id("an audit id", row.try_get(0)?)?,
        at: Timestamp::from_micros(row.try_get(1)?),
        actor: row.try_get(2)?,
        action: row.try_get(3)?,
        subject: row.try_get(4)?,
        detail,
    })
}
