//! What happened to incidents: added to and never changed. Each entry says when it happened and when it was recorded.

use ippo_base::ids::TimelineEntryId;
use ippo_base::{IdSource, Timestamp};
use ippo_domain::Said;
use ippo_domain::incident::{Entry, EntryKind, Fact};
use serde_json::{Map, Value};
use sqlx::any::AnyRow;
use sqlx::{AnyConnection, Row};

use crate::StateError;
use crate::incident::{read_json, said, word, write_json};

/// Reads every column of an entry.
const SELECT: &str =
    "SELECT id, position, kind, event_time, recorded_time, actor, text, data, text_ja FROM timeline";

/// An entry as it was recorded.
#[derive(Clone, PartialEq, Debug)]
pub struct Recorded {
    /// Its id.
    pub id: TimelineEntryId,
    /// Counts up from one within the incident.
    pub position: i64,
    /// What it tells.
    pub kind: EntryKind,
    /// When it happened.
    pub event_time: Timestamp,
    /// When it was recorded.
    pub recorded_time: Timestamp,
    /// Who did it.
    pub actor: String,
    /// In words.
    pub text: Said,
    /// What a machine may want of it.
    pub data: Map<String, Value>,
}

/// Adds entries to an incident's timeline, in order.
///
/// # Errors
/// When there is no such incident, or the database fails.
pub async fn append(
    connection: &mut AnyConnection,
    ids: &dyn IdSource,
    incident_id: i64,
    entries: &[Entry],
    now: Timestamp,
) -> Result<(), StateError> {
    if entries.is_empty() {
        return Ok(());
    }
    let last: i64 = sqlx::query_scalar(
        "SELECT CAST(coalesce(max(position), 0) AS BIGINT) FROM timeline WHERE incident_id = $1",
    )
    .bind(incident_id)
    .fetch_one(&mut *connection)
    .await?;
    for (position, entry) in (last + 1..).zip(entries) {
        sqlx::query(
            "INSERT INTO timeline (incident_id, position, id, kind, event_time, recorded_time, actor, text, data, \
                 text_ja) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)",
        )
        .bind(incident_id)
        .bind(position)
        .bind(TimelineEntryId::fresh(ids).to_string())
        .bind(entry.kind.name())
        .bind(entry.event_time.as_micros())
        .bind(now.as_micros())
        .bind(&entry.actor)
        .bind(&entry.text.english)
        .bind(write_json(&data(entry))?)
        .bind(&entry.text.japanese)
        .execute(&mut *connection)
        .await?;
    }
    Ok(())
}

/// An incident's timeline, as it was recorded: entries after position `after`, at most `limit`.
///
/// # Errors
/// When the database fails.
pub async fn list(
    connection: &mut AnyConnection,
    incident_id: i64,
    after: i64,
    limit: usize,
) -> Result<Vec<Recorded>, StateError> {
    let rows = sqlx::query(sqlx::AssertSqlSafe(format!(
        "{SELECT} WHERE incident_id = $1 AND position > $2 ORDER BY position LIMIT $3"
    )))
    .bind(incident_id)
    .bind(after)
    .bind(i64::try_from(limit).unwrap_or(i64::MAX))
    .fetch_all(connection)
    .await?;
    rows.iter().map(read_row).collect()
}

/// The latest entry of a kind.
///
/// # Errors
/// When the database fails.
pub async fn last(
    connection: &mut AnyConnection,
    incident_id: i64,
    kind: EntryKind,
) -> Result<Option<Recorded>, StateError> {
    Ok(of_kind(connection, incident_id, kind).await?.pop())
}

/// Every entry of a kind, in order.
///
/// # Errors
/// When the database fails.
pub async fn of_kind(
    connection: &mut AnyConnection,
    incident_id: i64,
    kind: EntryKind,
) -> Result<Vec<Recorded>, StateError> {
    let sql = format!("{SELECT} WHERE incident_id = $1 AND kind = $2 ORDER BY position");
    let rows = sqlx::query(sqlx::AssertSqlSafe(sql))
        .bind(incident_id)
        .bind(kind.name())
        .fetch_all(connection)
        .await?;
    rows.iter().map(read_row).collect()
}

fn read_row(row: &AnyRow) -> Result<Recorded, StateError> {
    let id: String = row.try_get(0)?;
    Ok(Recorded {
        id: id.parse().map_err(|_| StateError::unreadable("a timeline entry's id", id))?,
        position: row.try_get(1)?,
        kind: word("a timeline entry's kind", row.try_get(2)?, EntryKind::parse)?,
        event_time: Timestamp::from_micros(row.try_get(3)?),
        recorded_time: Timestamp::from_micros(row.try_get(4)?),
        actor: row.try_get(5)?,
        text: said(row, 6, 8)?,
        data: read_json("a timeline entry's data", row.try_get(7)?)?,
    })
}

fn data(entry: &Entry) -> Map<String, Value> {
    let value = |fact: &Fact| match fact {
        Fact::Text(text) => Value::from(text.as_str()),
        Fact::Number(number) => Value::from(*number),
        Fact::Flag(flag) => Value::from(*flag),
    };
    entry.data.iter().map(|(name, fact)| ((*name).to_owned(), value(fact))).collect()
}
