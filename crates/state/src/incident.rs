//! Incidents and the alerts that belong to them. What they mean is the domain's; here they are only kept.

use ippo_base::{TimeRange, Timestamp};
use ippo_domain::Said;
use ippo_domain::alert::{AlertSource, Example, FiringAlert};
use ippo_domain::incident::{Impact, Incident, IncidentKind, IncidentState, Severity};
use serde::{Deserialize, Serialize};
use sqlx::any::AnyRow;
use sqlx::{AnyConnection, Row};

use crate::StateError;

/// Reads every column of an incident.
const SELECT: &str = "SELECT id, source, kind, title, description, state, severity, owner, slo, service, runbook, notify, \
     opened_at, acknowledged_at, acknowledged_by, resolved_at, resolved_by, muted, reopened, impact, title_ja, rule, action, examples FROM incidents";

/// An impact as it is written into its column.
#[derive(Serialize, Deserialize)]
struct ImpactColumn {
    from: i64,
    to: i64,
    requests: u64,
    users: u64,
    users_exact: bool,
    example_traces: Vec<String>,
}

/// The id that the next incident gets. It is nobody else's as long as the transaction lasts.
///
/// # Errors
/// When the database fails.
pub async fn next_id(connection: &mut AnyConnection) -> Result<i64, StateError> {
    let last: i64 = sqlx::query_scalar("SELECT CAST(coalesce(max(id), 0) AS BIGINT) FROM incidents")
        .fetch_one(connection)
        .await?;
    Ok(last + 1)
}

/// Adds an incident, or writes what became of one.
///
/// # Errors
/// A conflict, when another incident of the same source is open; otherwise when the database fails.
pub async fn save(connection: &mut AnyConnection, incident: &Incident) -> Result<(), StateError> {
    let stamp = |mark: &Option<(Timestamp, String)>| mark.as_ref().map(|(at, _)| at.as_micros());
    let name = |mark: &Option<(Timestamp, String)>| mark.as_ref().map(|(_, by)| by.clone());
    sqlx::query(
        "INSERT INTO incidents (id, source, kind, title, description, state, severity, owner, slo, service, runbook, \
             notify, opened_at, acknowledged_at, acknowledged_by, resolved_at, resolved_by, muted, reopened, impact, title_ja, rule, action, \
             examples) \
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21, $22, $23, $24) \
         ON CONFLICT (id) DO UPDATE SET state = excluded.state, severity = excluded.severity, owner = excluded.owner, \
             notify = excluded.notify, acknowledged_at = excluded.acknowledged_at, \
             acknowledged_by = excluded.acknowledged_by, resolved_at = excluded.resolved_at, \
             resolved_by = excluded.resolved_by, muted = excluded.muted, reopened = excluded.reopened, \
             impact = excluded.impact, examples = excluded.examples",
    )
    .bind(incident.id)
    .bind(&incident.source)
    .bind(incident.kind.name())
    .bind(&incident.title.english)
    .bind(&incident.description)
    .bind(incident.state.name())
    .bind(incident.severity.name())
    .bind(incident.owner.clone())
    .bind(incident.slo.clone())
    .bind(incident.service.clone())
    .bind(incident.runbook.clone())
    .bind(write_json(&incident.notify)?)
    .bind(incident.opened_at.as_micros())
    .bind(stamp(&incident.acknowledged))
    .bind(name(&incident.acknowledged))
    .bind(stamp(&incident.resolved))
    .bind(name(&incident.resolved))
    .bind(i64::from(incident.muted))
    .bind(i64::from(incident.reopened))
    .bind(incident.impact.as_ref().map(write_impact).transpose()?)
    .bind(&incident.title.japanese)
    .bind(incident.rule.clone())
    .bind(incident.action.clone())
    .bind(write_examples(&incident.examples)?)
    .execute(connection)
    .await?;
    Ok(())
}

/// One incident.
///
/// # Errors
/// [`StateError::NotFound`] if there is none; otherwise when the database fails.
pub async fn get(connection: &mut AnyConnection, id: i64) -> Result<Incident, StateError> {
    let row = sqlx::query(sqlx::AssertSqlSafe(format!("{SELECT} WHERE id = $1")))
        .bind(id)
        .fetch_one(connection)
        .await?;
    read_row(&row)
}

/// Every incident that is not resolved, oldest first.
///
/// # Errors
/// When the database fails.
pub async fn open(connection: &mut AnyConnection) -> Result<Vec<Incident>, StateError> {
    let sql = format!("{SELECT} WHERE state <> 'resolved' ORDER BY id");
    sqlx::query(sqlx::AssertSqlSafe(sql)).fetch_all(connection).await?.iter().map(read_row).collect()
}

/// The latest incident of a source, if it is resolved.
///
/// # Errors
/// When the database fails.
pub async fn last_resolved(
    connection: &mut AnyConnection,
    source: &str,
) -> Result<Option<Incident>, StateError> {
    let sql = format!("{SELECT} WHERE source = $1 ORDER BY id DESC LIMIT 1");
    let row = sqlx::query(sqlx::AssertSqlSafe(sql)).bind(source).fetch_optional(connection).await?;
    let incident = row.as_ref().map(read_row).transpose()?;
    Ok(incident.filter(|incident| incident.state == IncidentState::Resolved))
}

/// Which incidents to list.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Listing<'a> {
    /// Only those in one of these states; all if empty.
    pub states: &'a [IncidentState],
    /// Only those with a smaller id.
    pub before: Option<i64>,
    /// How many at most.
    pub limit: usize,
}

/// Incidents, newest first.
///
/// # Errors
/// When the database fails.
pub async fn list(connection: &mut AnyConnection, listing: Listing<'_>) -> Result<Vec<Incident>, StateError> {
    let wanted = |state: IncidentState| {
        let any = listing.states.is_empty() || listing.states.contains(&state);
        if any { state.name() } else { "" }
    };
    let sql = format!("{SELECT} WHERE id < $1 AND state IN ($2, $3, $4) ORDER BY id DESC LIMIT $5");
    sqlx::query(sqlx::AssertSqlSafe(sql))
        .bind(listing.before.unwrap_or(i64::MAX))
        .bind(wanted(IncidentState::Open))
        .bind(wanted(IncidentState::Acknowledged))
        .bind(wanted(IncidentState::Resolved))
        .bind(i64::try_from(listing.limit).unwrap_or(i64::MAX))
        .fetch_all(connection)
        .await?
        .iter()
        .map(read_row)
        .collect()
}

/// The incidents of an SLO that were open at any time since then, oldest first.
///
/// # Errors
/// When the database fails.
pub async fn of_slo_since(
    connection: &mut AnyConnection,
    slo: &str,
    since: Timestamp,
) -> Result<Vec<Incident>, StateError> {
    let sql = format!("{SELECT} WHERE slo = $1 AND (resolved_at IS NULL OR resolved_at > $2) ORDER BY id");
    sqlx::query(sqlx::AssertSqlSafe(sql))
        .bind(slo)
        .bind(since.as_micros())
        .fetch_all(connection)
        .await?
        .iter()
        .map(read_row)
        .collect()
}

/// The incidents that were open at any time of a range, oldest first.
///
/// # Errors
/// When the database fails.
pub async fn in_range(connection: &mut AnyConnection, range: TimeRange) -> Result<Vec<Incident>, StateError> {
    let sql = format!(
        "{SELECT} WHERE opened_at < $1 AND (resolved_at IS NULL OR resolved_at > $2) ORDER BY opened_at, id"
    );
    sqlx::query(sqlx::AssertSqlSafe(sql))
        .bind(range.to.as_micros())
        .bind(range.from.as_micros())
        .fetch_all(connection)
        .await?
        .iter()
        .map(read_row)
        .collect()
}

/// Incidents whose mute may have to follow that of their SLO or alert rule: those that are open, and those that are over and still
/// have messages to send.
///
/// # Errors
/// When the database fails.
pub async fn mutable(connection: &mut AnyConnection) -> Result<Vec<Incident>, StateError> {
    let sql = format!(
        "{SELECT} WHERE (slo IS NOT NULL OR rule IS NOT NULL) AND (state <> 'resolved' OR (muted = 1 AND EXISTS (SELECT 1 FROM outbox \
         WHERE outbox.incident_id = incidents.id AND outbox.state IN ('pending', 'sending', 'failed')))) ORDER BY id"
    );
    sqlx::query(sqlx::AssertSqlSafe(sql)).fetch_all(connection).await?.iter().map(read_row).collect()
}

/// The incident that an alert which fires belongs to.
///
/// # Errors
/// When the database fails.
pub async fn of_alert(
    connection: &mut AnyConnection,
    source: &str,
    alert: &str,
) -> Result<Option<i64>, StateError> {
    Ok(sqlx::query_scalar("SELECT incident_id FROM incident_alerts WHERE source = $1 AND alert = $2")
        .bind(source)
        .bind(alert)
        .fetch_optional(connection)
        .await?)
}

/// Remembers that an alert fires and belongs to an incident.
///
/// # Errors
/// When the database fails.
pub async fn attach(
    connection: &mut AnyConnection,
    incident_id: i64,
    alert: &FiringAlert,
) -> Result<(), StateError> {
    sqlx::query(
        "INSERT INTO incident_alerts (source, alert, incident_id, since, text, text_ja) VALUES ($1, $2, $3, $4, $5, $6) \
         ON CONFLICT (source, alert) DO UPDATE SET incident_id = excluded.incident_id",
    )
    .bind(alert.source.key())
    .bind(&alert.alert)
    .bind(incident_id)
    .bind(alert.since.as_micros())
    .bind(&alert.text.english)
    .bind(&alert.text.japanese)
    .execute(connection)
    .await?;
    Ok(())
}

/// Forgets an alert that no longer fires.
///
/// # Errors
/// When the database fails.
pub async fn detach(connection: &mut AnyConnection, source: &str, alert: &str) -> Result<(), StateError> {
    sqlx::query("DELETE FROM incident_alerts WHERE source = $1 AND alert = $2")
        .bind(source)
        .bind(alert)
        .execute(connection)
        .await?;
    Ok(())
}

/// The alerts that fire and belong to an incident.
///
/// # Errors
/// When the database fails.
pub async fn alerts(
    connection: &mut AnyConnection,
    incident_id: i64,
) -> Result<Vec<FiringAlert>, StateError> {
    let rows = sqlx::query(
        "SELECT source, alert, since, text, text_ja FROM incident_alerts WHERE incident_id = $1 ORDER BY since, source, alert",
    )
    .bind(incident_id)
    .fetch_all(connection)
    .await?;
    rows.iter()
        .map(|row| {
            let key: String = row.try_get(0)?;
            Ok(FiringAlert {
                source: AlertSource::parse(&key)
                    .ok_or_else(|| StateError::unreadable("an alert's source", key))?,
                alert: row.try_get(1)?,
                since: Timestamp::from_micros(row.try_get(2)?),
                text: said(row, 3, 4)?,
            })
        })
        .collect()
}

/// The sources of ippo's own failures that fire, such as `ippo/deliver/chat`.
///
/// # Errors
/// When the database fails.
pub async fn own_failures(connection: &mut AnyConnection) -> Result<Vec<String>, StateError> {
    Ok(sqlx::query_scalar("SELECT source FROM incident_alerts WHERE source LIKE 'ippo/%' ORDER BY source")
        .fetch_all(connection)
        .await?)
}

fn read_row(row: &AnyRow) -> Result<Incident, StateError> {
    let mark = |at: usize| -> Result<Option<(Timestamp, String)>, StateError> {
        let (time, by): (Option<i64>, Option<String>) = (row.try_get(at)?, row.try_get(at + 1)?);
        Ok(time.map(|time| (Timestamp::from_micros(time), by.unwrap_or_default())))
    };
    let impact: Option<String> = row.try_get(19)?;
    Ok(Incident {
        id: row.try_get(0)?,
        source: row.try_get(1)?,
        kind: word("an incident's kind", row.try_get(2)?, IncidentKind::parse)?,
        title: said(row, 3, 20)?,
        description: row.try_get(4)?,
        state: word("an incident's state", row.try_get(5)?, IncidentState::parse)?,
        severity: word("a severity", row.try_get(6)?, Severity::parse)?,
        owner: row.try_get(7)?,
        slo: row.try_get(8)?,
        service: row.try_get(9)?,
        rule: row.try_get(21)?,
        runbook: row.try_get(10)?,
        action: row.try_get(22)?,
        examples: read_examples(row.try_get(23)?)?,
        notify: read_json("an incident's targets", row.try_get(11)?)?,
        opened_at: Timestamp::from_micros(row.try_get(12)?),
        acknowledged: mark(13)?,
        resolved: mark(15)?,
        muted: row.try_get::<i64, _>(17)? != 0,
        reopened: u32::try_from(row.try_get::<i64, _>(18)?).unwrap_or(u32::MAX),
        impact: impact.map(read_impact).transpose()?,
    })
}

/// Reads a text from its two columns. What was written before there was Japanese is English in both.
pub(crate) fn said(row: &AnyRow, english: usize, japanese: usize) -> Result<Said, StateError> {
    let (english, japanese): (String, Option<String>) = (row.try_get(english)?, row.try_get(japanese)?);
    let japanese = japanese.unwrap_or_else(|| english.clone());
    Ok(Said { english, japanese })
}

/// Reads one of a set of words.
pub(crate) fn word<T>(
    what: &'static str,
    text: String,
    parse: impl Fn(&str) -> Option<T>,
) -> Result<T, StateError> {
    parse(&text).ok_or_else(|| StateError::unreadable(what, text))
}

/// Every trace that an incident names: as an example of whom it hurt, or in its timeline. Each once, in order.
///
/// With `since`, only what timelines have from then on, and whom incidents hurt that were open then or later. What was said
/// before does not change, but whom an incident hurt may be looked up for a while after its end: whoever reads what is new
/// goes back by as much.
///
/// # Errors
/// When the database fails.
pub async fn named_traces(
    connection: &mut AnyConnection,
    since: Option<Timestamp>,
) -> Result<Vec<[u8; 16]>, StateError> {
    let rows = sqlx::query_scalar::<_, String>(
        "SELECT impact FROM incidents WHERE length(impact) >= 32 AND (resolved_at IS NULL OR resolved_at >= $1) \
         UNION ALL SELECT examples FROM incidents WHERE length(examples) >= 32 AND (resolved_at IS NULL OR resolved_at >= $1) \
         UNION ALL SELECT text FROM timeline WHERE length(text) >= 32 AND recorded_time >= $1",
    )
    .bind(since.map_or(i64::MIN, Timestamp::as_micros))
    .fetch_all(connection)
    .await?;
    let mut found: Vec<[u8; 16]> = rows.iter().flat_map(|text| trace_ids(text)).collect();
    found.sort_unstable();
    found.dedup();
    Ok(found)
}

/// The trace ids in a text: 32 hexadecimal digits on their own.
fn trace_ids(text: &str) -> impl Iterator<Item = [u8; 16]> {
    let words = text.split(|c: char| !c.is_ascii_alphanumeric()).filter(|word| word.len() == 32);
    words.filter_map(|word| {
        let mut id = [0; 16];
        hex::decode_to_slice(word, &mut id).ok().map(|()| id)
    })
}

/// Writes a value into a TEXT column.
pub(crate) fn write_json<T: Serialize>(value: &T) -> Result<String, StateError> {
    serde_json::to_string(value).map_err(|error| StateError::unreadable("JSON", error.to_string()))
}

/// Reads what [`write_json`] wrote.
pub(crate) fn read_json<T: serde::de::DeserializeOwned>(
    what: &'static str,
    text: String,
) -> Result<T, StateError> {
    serde_json::from_str(&text).map_err(|_| StateError::unreadable(what, text))
}

/// None where there are none, as of incidents that are of no alert rule.
fn write_examples(examples: &[Example]) -> Result<Option<String>, StateError> {
    let columns: Vec<(&str, &str)> =
        examples.iter().map(|one| (one.text.as_str(), one.path.as_str())).collect();
    if columns.is_empty() { Ok(None) } else { write_json(&columns).map(Some) }
}

fn read_examples(text: Option<String>) -> Result<Vec<Example>, StateError> {
    let columns: Vec<(String, String)> =
        text.map(|text| read_json("an incident's examples", text)).transpose()?.unwrap_or_default();
    Ok(columns.into_iter().map(|(text, path)| Example { text, path }).collect())
}

fn write_impact(impact: &Impact) -> Result<String, StateError> {
    write_json(&ImpactColumn {
        from: impact.from.as_micros(),
        to: impact.to.as_micros(),
        requests: impact.requests,
        users: impact.users,
        users_exact: impact.users_exact,
        example_traces: impact.example_traces.clone(),
    })
}

fn read_impact(text: String) -> Result<Impact, StateError> {
    let column: ImpactColumn = read_json("an impact", text)?;
    Ok(Impact {
        from: Timestamp::from_micros(column.from),
        to: Timestamp::from_micros(column.to),
        requests: column.requests,
        users: column.users,
        users_exact: column.users_exact,
        example_traces: column.example_traces,
    })
}
