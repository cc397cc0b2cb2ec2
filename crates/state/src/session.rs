//! Signed-in browsers. The secret is known by its SHA-256 alone; when a session is over is the domain's to say.

use ippo_base::Timestamp;
use ippo_base::ids::{AccountId, SessionId};
use sqlx::{AnyConnection, Row};

use crate::StateError;
use crate::error::read_id;

/// A signed-in browser.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Session {
    /// Its id.
    pub id: SessionId,
    /// Who is signed in.
    pub account_id: AccountId,
    /// That account's name.
    pub account_name: String,
    /// When it began.
    pub began_at: Timestamp,
    /// When it was last used, to the minute.
    pub used_at: Timestamp,
}

/// Begins a session, known by `secret_hash`.
///
/// # Errors
/// When the database fails.
pub async fn add(
    connection: &mut AnyConnection,
    id: SessionId,
    account: AccountId,
    secret_hash: &str,
    now: Timestamp,
) -> Result<(), StateError> {
    sqlx::query(
        "INSERT INTO sessions (id, secret_hash, account_id, began_at, used_at) VALUES ($1, $2, $3, $4, $4)",
    )
    .bind(id.to_string())
    .bind(secret_hash)
    .bind(account.to_string())
    .bind(now.as_micros())
    .execute(connection)
    .await?;
    Ok(())
}

/// The session of that secret, over or not.
///
/// # Errors
/// When the database fails.
pub async fn by_secret(
    connection: &mut AnyConnection,
    secret_hash: &str,
) -> Result<Option<Session>, StateError> {
    let row = sqlx::query(
        "SELECT s.id, s.account_id, a.name, s.began_at, s.used_at \
         FROM sessions s JOIN accounts a ON a.id = s.account_id WHERE s.secret_hash = $1",
    )
    .bind(secret_hash)
    .fetch_optional(connection)
    .await?;
    let Some(row) = row else { return Ok(None) };
    Ok(Some(Session {
        id: read_id("a session id", row.try_get(0)?)?,
        account_id: read_id("an account id", row.try_get(1)?)?,
        account_name: row.try_get(2)?,
        began_at: Timestamp::from_micros(row.try_get(3)?),
        used_at: Timestamp::from_micros(row.try_get(4)?),
    }))
}

/// Writes down that a session is used.
///
/// # Errors
/// When the database fails.
pub async fn used(connection: &mut AnyConnection, id: SessionId, now: Timestamp) -> Result<(), StateError> {
    sqlx::query("UPDATE sessions SET used_at = $2 WHERE id = $1")
        .bind(id.to_string())
        .bind(now.as_micros())
        .execute(connection)
        .await?;
    Ok(())
}

/// Ends a session.
///
/// # Errors
/// When the database fails.
pub async fn end(connection: &mut AnyConnection, id: SessionId) -> Result<(), StateError> {
    sqlx::query("DELETE FROM sessions WHERE id = $1").bind(id.to_string()).execute(connection).await?;
    Ok(())
}

/// Forgets the sessions that began before `began` or were last used before `used`.
///
/// # Errors
/// When the database fails.
pub async fn forget(
    connection: &mut AnyConnection,
    began: Timestamp,
    used: Timestamp,
) -> Result<(), StateError> {
    sqlx::query("DELETE FROM sessions WHERE began_at <= $1 OR used_at <= $2")
        .bind(began.as_micros())
        .bind(used.as_micros())
        .execute(connection)
        .await?;
    Ok(())
}
