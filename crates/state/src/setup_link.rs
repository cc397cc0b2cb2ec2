//! Links that let someone in: to make the first account, or as an account that is there. Known by their SHA-256 alone.

use ippo_base::Timestamp;
use ippo_base::ids::AccountId;
use sqlx::{AnyConnection, Row};

use crate::StateError;
use crate::error::read_id;

/// What a link lets one do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LinkPurpose {
    /// Make the first account.
    Welcome,
    /// Come in as an account that is there.
    Enter(AccountId),
}

impl LinkPurpose {
    fn columns(self) -> (&'static str, Option<String>) {
        match self {
            LinkPurpose::Welcome => ("welcome", None),
            LinkPurpose::Enter(account) => ("enter", Some(account.to_string())),
        }
    }
}

/// A link that can be used at the time it was asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct OpenLink {
    /// What it lets one do.
    pub purpose: LinkPurpose,
    /// How often it can still be used.
    pub uses_left: i64,
}

/// Adds a link that can be used `uses` times before `expires_at`.
///
/// # Errors
/// When the database fails.
pub async fn add(
    connection: &mut AnyConnection,
    secret_hash: &str,
    purpose: LinkPurpose,
    uses: i64,
    expires_at: Timestamp,
) -> Result<(), StateError> {
    let (purpose, account) = purpose.columns();
    sqlx::query(
        "INSERT INTO setup_links (secret_hash, purpose, account_id, expires_at, uses_left) VALUES ($1, $2, $3, $4, $5)",
    )
    .bind(secret_hash)
    .bind(purpose)
    .bind(account)
    .bind(expires_at.as_micros())
    .bind(uses)
    .execute(connection)
    .await?;
    Ok(())
}

/// The link of that secret, if it can be used at `now`.
///
/// # Errors
/// When the database fails.
pub async fn open(
    connection: &mut AnyConnection,
    secret_hash: &str,
    now: Timestamp,
) -> Result<Option<OpenLink>, StateError> {
    let row = sqlx::query(
        "SELECT purpose, account_id, uses_left FROM setup_links \
         WHERE secret_hash = $1 AND expires_at > $2 AND uses_left > 0",
    )
    .bind(secret_hash)
    .bind(now.as_micros())
    .fetch_optional(connection)
    .await?;
    let Some(row) = row else { return Ok(None) };
    let (purpose, account): (String, Option<String>) = (row.try_get(0)?, row.try_get(1)?);
    let purpose = match (purpose.as_str(), account) {
        ("welcome", None) => LinkPurpose::Welcome,
        ("enter", Some(account)) => LinkPurpose::Enter(read_id("an account id", account)?),
        _ => return Err(StateError::unreadable("a link's purpose", purpose)),
    };
    Ok(Some(OpenLink { purpose, uses_left: row.try_get(2)? }))
}

/// Uses a link up by one.
///
/// # Errors
/// [`StateError::NotFound`] when nothing of it is left.
pub async fn spend(connection: &mut AnyConnection, secret_hash: &str) -> Result<(), StateError> {
    let spent = sqlx::query(
        "UPDATE setup_links SET uses_left = uses_left - 1 WHERE secret_hash = $1 AND uses_left > 0",
    )
    .bind(secret_hash)
    .execute(connection)
    .await?;
    if spent.rows_affected() == 1 { Ok(()) } else { Err(StateError::NotFound) }
}

/// Withdraws every link that would make the first account.
///
/// # Errors
/// When the database fails.
pub async fn withdraw_welcome(connection: &mut AnyConnection) -> Result<(), StateError> {
    sqlx::query("DELETE FROM setup_links WHERE purpose = 'welcome'").execute(connection).await?;
    Ok(())
}
