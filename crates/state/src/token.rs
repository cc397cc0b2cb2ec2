//! API tokens and ingest keys. The secret is known by its SHA-256 alone.

use ippo_base::Timestamp;
use ippo_base::ids::TokenId;
use ippo_domain::access::Scope;
use sqlx::any::AnyRow;
use sqlx::{AnyConnection, Row};

use crate::StateError;
use crate::error::read_id;

/// A token, without its secret.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Token {
    /// Its id.
    pub id: TokenId,
    /// What it is for.
    pub name: String,
    /// What it allows.
    pub scope: Scope,
    /// How it begins, to recognise it by.
    pub hint: String,
    /// Who made it.
    pub created_by: String,
    /// When.
    pub created_at: Timestamp,
    /// When it stops working.
    pub expires_at: Option<Timestamp>,
    /// When it was last used, to the minute.
    pub used_at: Option<Timestamp>,
}

/// Adds a token, known by `secret_hash`.
///
/// # Errors
/// When the database fails.
pub async fn add(connection: &mut AnyConnection, token: &Token, secret_hash: &str) -> Result<(), StateError> {
    sqlx::query(
        "INSERT INTO tokens (id, name, scope, hint, secret_hash, created_by, created_at, expires_at) \
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8)",
    )
    .bind(token.id.to_string())
    .bind(&token.name)
    .bind(token.scope.name())
    .bind(&token.hint)
    .bind(secret_hash)
    .bind(&token.created_by)
    .bind(token.created_at.as_micros())
    .bind(token.expires_at.map(Timestamp::as_micros))
    .execute(connection)
    .await?;
    Ok(())
}

/// Every token that was not revoked, newest first.
///
/// # Errors
/// When the database fails.
pub async fn list(connection: &mut AnyConnection) -> Result<Vec<Token>, StateError> {
    let rows = sqlx::query(
        "SELECT id, name, scope, hint, created_by, created_at, expires_at, used_at FROM tokens \
         WHERE revoked_at IS NULL ORDER BY created_at DESC, id DESC",
    )
    .fetch_all(connection)
    .await?;
    rows.iter().map(read).collect()
}

/// The token of that secret unless it was revoked; expired or not.
///
/// # Errors
/// When the database fails.
pub async fn by_secret(
    connection: &mut AnyConnection,
    secret_hash: &str,
) -> Result<Option<Token>, StateError> {
    let row = sqlx::query(
        "SELECT id, name, scope, hint, created_by, created_at, expires_at, used_at FROM tokens \
         WHERE secret_hash = $1 AND revoked_at IS NULL",
    )
    .bind(secret_hash)
    .fetch_optional(connection)
    .await?;
    row.as_ref().map(read).transpose()
}

/// Writes down that a token is used.
///
/// # Errors
/// When the database fails.
pub async fn used(connection: &mut AnyConnection, id: TokenId, now: Timestamp) -> Result<(), StateError> {
    sqlx::query("UPDATE tokens SET used_at = $2 WHERE id = $1")
        .bind(id.to_string())
        .bind(now.as_micros())
        .execute(connection)
        .await?;
    Ok(())
}

/// Takes a token out of use, and gives its name.
///
/// # Errors
/// [`StateError::NotFound`] when there is none such in use.
pub async fn revoke(
    connection: &mut AnyConnection,
    id: TokenId,
    now: Timestamp,
) -> Result<String, StateError> {
    let row = sqlx::query("SELECT name FROM tokens WHERE id = $1 AND revoked_at IS NULL")
        .bind(id.to_string())
        .fetch_optional(&mut *connection)
        .await?
        .ok_or(StateError::NotFound)?;
    sqlx::query("UPDATE tokens SET revoked_at = $2 WHERE id = $1")
        .bind(id.to_string())
        .bind(now.as_micros())
        .execute(connection)
        .await?;
    Ok(row.try_get(0)?)
}

fn read(row: &AnyRow) -> Result<Token, StateError> {
    let scope: String = row.try_get(2)?;
    let time = |at: usize| -> Result<Option<Timestamp>, StateError> {
        Ok(row.try_get::<Option<i64>, _>(at)?.map(Timestamp::from_micros))
    };
    Ok(Token {
        id: read_id("a token id", row.try_get(0)?)?,
        name: row.try_get(1)?,
        scope: Scope::named(&scope)
            .ok_or_else(|| StateError::unreadable("a token's scope", scope.clone()))?,
        hint: row.try_get(3)?,
        created_by: row.try_get(4)?,
        created_at: Timestamp::from_micros(row.try_get(5)?),
        expires_at: time(6)?,
        used_at: time(7)?,
    })
}
