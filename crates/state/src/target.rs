//! How each notification target did last. Who the targets are is in their definitions, not here.

use std::collections::BTreeMap;

use ippo_base::Timestamp;
use sqlx::{AnyConnection, Row};

use crate::StateError;

/// How a target did last.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct TargetHealth {
    /// When it was told last.
    pub last_success_at: Option<Timestamp>,
    /// When it could not be told last.
    pub last_failure_at: Option<Timestamp>,
    /// Why. Holds no secrets.
    pub last_error: Option<String>,
}

/// How each target did, by name. One that was never tried is not there.
///
/// # Errors
/// When the database fails.
pub async fn health(connection: &mut AnyConnection) -> Result<BTreeMap<String, TargetHealth>, StateError> {
    let rows = sqlx::query(
        "SELECT name, last_success_at, last_failure_at, last_error FROM target_health ORDER BY name",
    )
    .fetch_all(connection)
    .await?;
    rows.iter()
        .map(|row| {
            let time = |at: usize| -> Result<Option<Timestamp>, StateError> {
                Ok(row.try_get::<Option<i64>, _>(at)?.map(Timestamp::from_micros))
            };
            let health = TargetHealth {
                last_success_at: time(1)?,
                last_failure_at: time(2)?,
                last_error: row.try_get(3)?,
            };
            Ok((row.try_get(0)?, health))
        })
        .collect()
}

/// A target was told.
///
/// # Errors
/// When the database fails.
pub async fn succeeded(connection: &mut AnyConnection, name: &str, at: Timestamp) -> Result<(), StateError> {
    sqlx::query(
        "INSERT INTO target_health (name, last_success_at) VALUES ($1, $2) \
         ON CONFLICT (name) DO UPDATE SET last_success_at = excluded.last_success_at, last_error = NULL",
    )
    .bind(name)
    .bind(at.as_micros())
    .execute(connection)
    .await?;
    Ok(())
}

/// A target could not be told.
///
/// # Errors
/// When the database fails.
pub async fn failed(
    connection: &mut AnyConnection,
    name: &str,
    error: &str,
    at: Timestamp,
) -> Result<(), StateError> {
    sqlx::query(
        "INSERT INTO target_health (name, last_failure_at, last_error) VALUES ($1, $2, $3) \
         ON CONFLICT (name) DO UPDATE SET last_failure_at = excluded.last_failure_at, last_error = excluded.last_error",
    )
    .bind(name)
    .bind(at.as_micros())
    .bind(error)
    .execute(connection)
    .await?;
    Ok(())
}
