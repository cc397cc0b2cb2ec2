//! People who can sign in. Passwords come and go as argon2id hashes; this file never sees one.

use ippo_base::Timestamp;
use ippo_base::ids::AccountId;
use sqlx::any::AnyRow;
use sqlx::{AnyConnection, Row};

use crate::StateError;
use crate::error::read_id;

/// A person who can sign in. The one role is that of the administrator.
#[derive(Clone, PartialEq, Eq)]
pub struct Account {
    /// Its id.
    pub id: AccountId,
    /// The name it signs in with.
    pub name: String,
    /// Its password as an argon2id hash in PHC form; `None` where no password opens it.
    pub password_hash: Option<String>,
    /// When it was made.
    pub created_at: Timestamp,
}

/// Adds an account.
///
/// # Errors
/// [`StateError::Conflict`] when the name is taken.
pub async fn add(connection: &mut AnyConnection, account: &Account) -> Result<(), StateError> {
    sqlx::query(
        "INSERT INTO accounts (id, name, role, password_hash, created_at) VALUES ($1, $2, 'admin', $3, $4)",
    )
    .bind(account.id.to_string())
    .bind(&account.name)
    .bind(account.password_hash.as_deref())
    .bind(account.created_at.as_micros())
    .execute(connection)
    .await?;
    Ok(())
}

/// The account of that name.
///
/// # Errors
/// When the database fails.
pub async fn by_name(connection: &mut AnyConnection, name: &str) -> Result<Option<Account>, StateError> {
    let row = sqlx::query("SELECT id, name, password_hash, created_at FROM accounts WHERE name = $1")
        .bind(name)
        .fetch_optional(connection)
        .await?;
    row.as_ref().map(read).transpose()
}

/// The account of that id.
///
/// # Errors
/// When the database fails.
pub async fn by_id(connection: &mut AnyConnection, id: AccountId) -> Result<Option<Account>, StateError> {
    let row = sqlx::query("SELECT id, name, password_hash, created_at FROM accounts WHERE id = $1")
        .bind(id.to_string())
        .fetch_optional(connection)
        .await?;
    row.as_ref().map(read).transpose()
}

/// Whether anyone can sign in yet.
///
/// # Errors
/// When the database fails.
pub async fn any(connection: &mut AnyConnection) -> Result<bool, StateError> {
    Ok(sqlx::query("SELECT id FROM accounts LIMIT 1").fetch_optional(connection).await?.is_some())
}

fn read(row: &AnyRow) -> Result<Account, StateError> {
    Ok(Account {
        id: read_id("an account id", row.try_get(0)?)?,
        name: row.try_get(1)?,
        password_hash: row.try_get(2)?,
        created_at: Timestamp::from_micros(row.try_get(3)?),
    })
}
