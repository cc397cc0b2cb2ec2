//! Messages on their way, in the order they were made. Written in the transaction of what they tell of, so that nothing
//! happens without being told, and nothing is told that did not happen.

use ippo_base::Timestamp;
use ippo_domain::delivery::{Delivery, DeliveryState};
use ippo_domain::incident::{Event, Severity};
use sqlx::any::AnyRow;
use sqlx::{AnyConnection, Row};

use crate::StateError;
use crate::incident::{said, word};

/// Reads every column of a delivery.
const SELECT: &str = "SELECT id, incident_id, target, channel, event, event_time, actor, text, severity, state, attempts, \
     repeat, created_at, next_at, last_error, delivered_at, text_ja FROM outbox";

/// Adds a message after those that its incident has already.
///
/// # Errors
/// When there is no such incident, or the database fails.
pub async fn add(connection: &mut AnyConnection, delivery: &Delivery) -> Result<(), StateError> {
    sqlx::query(
        "INSERT INTO outbox (id, incident_id, position, target, channel, event, event_time, actor, text, severity, \
             state, attempts, repeat, created_at, next_at, last_error, delivered_at, text_ja) \
         VALUES ($1, $2, (SELECT coalesce(max(position), 0) + 1 FROM outbox WHERE incident_id = $2), $3, $4, $5, $6, \
             $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17)",
    )
    .bind(delivery.id.to_string())
    .bind(delivery.incident_id)
    .bind(&delivery.target)
    .bind(&delivery.channel)
    .bind(delivery.event.name())
    .bind(delivery.event_time.as_micros())
    .bind(&delivery.actor)
    .bind(&delivery.text.english)
    .bind(delivery.severity.name())
    .bind(delivery.state.name())
    .bind(i64::from(delivery.attempts))
    .bind(i64::from(delivery.repeat))
    .bind(delivery.created_at.as_micros())
    .bind(delivery.next_at.map(Timestamp::as_micros))
    .bind(delivery.last_error.clone())
    .bind(delivery.delivered_at.map(Timestamp::as_micros))
    .bind(&delivery.text.japanese)
    .execute(connection)
    .await?;
    Ok(())
}

/// Writes what became of a message.
///
/// # Errors
/// When the database fails.
pub async fn save(connection: &mut AnyConnection, delivery: &Delivery) -> Result<(), StateError> {
    sqlx::query(
        "UPDATE outbox SET state = $2, attempts = $3, repeat = $4, next_at = $5, last_error = $6, delivered_at = $7 \
         WHERE id = $1",
    )
    .bind(delivery.id.to_string())
    .bind(delivery.state.name())
    .bind(i64::from(delivery.attempts))
    .bind(i64::from(delivery.repeat))
    .bind(delivery.next_at.map(Timestamp::as_micros))
    .bind(delivery.last_error.clone())
    .bind(delivery.delivered_at.map(Timestamp::as_micros))
    .execute(connection)
    .await?;
    Ok(())
}

/// Messages that are due, oldest first: for each incident and target only the first that is not done, so that nobody
/// hears of an end before the beginning. Those of muted incidents wait.
///
/// # Errors
/// When the database fails.
pub async fn due(
    connection: &mut AnyConnection,
    now: Timestamp,
    limit: usize,
) -> Result<Vec<Delivery>, StateError> {
    let sql = format!(
        "{SELECT} WHERE state IN ('pending', 'failed') AND next_at <= $1 \
         AND NOT EXISTS (SELECT 1 FROM outbox AS earlier WHERE earlier.incident_id = outbox.incident_id \
             AND earlier.target = outbox.target AND earlier.position < outbox.position \
             AND earlier.state IN ('pending', 'sending', 'failed')) \
         AND EXISTS (SELECT 1 FROM incidents WHERE incidents.id = outbox.incident_id AND incidents.muted = 0) \
         ORDER BY next_at, id LIMIT $2"
    );
    sqlx::query(sqlx::AssertSqlSafe(sql))
        .bind(now.as_micros())
        .bind(i64::try_from(limit).unwrap_or(i64::MAX))
        .fetch_all(connection)
        .await?
        .iter()
        .map(read_row)
        .collect()
}

/// Messages whose attempt was begun and never ended.
///
/// # Errors
/// When the database fails.
pub async fn interrupted(connection: &mut AnyConnection) -> Result<Vec<Delivery>, StateError> {
    let sql = format!("{SELECT} WHERE state = 'sending' ORDER BY id");
    sqlx::query(sqlx::AssertSqlSafe(sql)).fetch_all(connection).await?.iter().map(read_row).collect()
}

/// Messages of one incident, in the order they were made.
///
/// # Errors
/// When the database fails.
pub async fn of_incident(
    connection: &mut AnyConnection,
    incident_id: i64,
) -> Result<Vec<Delivery>, StateError> {
    let sql = format!("{SELECT} WHERE incident_id = $1 ORDER BY position");
    sqlx::query(sqlx::AssertSqlSafe(sql))
        .bind(incident_id)
        .fetch_all(connection)
        .await?
        .iter()
        .map(read_row)
        .collect()
}

fn read_row(row: &AnyRow) -> Result<Delivery, StateError> {
    let time = |at: usize| -> Result<Option<Timestamp>, StateError> {
        Ok(row.try_get::<Option<i64>, _>(at)?.map(Timestamp::from_micros))
    };
    let id: String = row.try_get(0)?;
    Ok(Delivery {
        id: id.parse().map_err(|_| StateError::unreadable("a delivery's id", id))?,
        incident_id: row.try_get(1)?,
        target: row.try_get(2)?,
        channel: row.try_get(3)?,
        event: word("a delivery's event", row.try_get(4)?, Event::parse)?,
        event_time: Timestamp::from_micros(row.try_get(5)?),
        actor: row.try_get(6)?,
        text: said(row, 7, 16)?,
        severity: word("a severity", row.try_get(8)?, Severity::parse)?,
        state: word("a delivery's state", row.try_get(9)?, DeliveryState::parse)?,
        attempts: u32::try_from(row.try_get::<i64, _>(10)?).unwrap_or(u32::MAX),
        repeat: row.try_get::<i64, _>(11)? != 0,
        created_at: Timestamp::from_micros(row.try_get(12)?),
        next_at: time(13)?,
        last_error: row.try_get(14)?,
        delivered_at: time(15)?,
    })
}
