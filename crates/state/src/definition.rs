//! Definitions as they were applied: immutable revisions with their text and who applied them. Never updated, never
//! deleted: an edit is a new revision, and so is the end.

use ippo_base::{TimeRange, Timestamp};
use sqlx::{AnyConnection, Row};

use crate::StateError;

/// The current revision of a definition.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct StoredDefinition {
    /// `SLO` or `NotificationTarget`.
    pub kind: String,
    /// Unique within the kind.
    pub name: String,
    /// Counts up from one, through ends and new beginnings.
    pub revision: u32,
    /// Its text.
    pub document: String,
    /// When it was applied.
    pub applied_at: Timestamp,
    /// By whom.
    pub applied_by: String,
}

/// A new revision of a definition.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Revise<'a> {
    /// `SLO` or `NotificationTarget`.
    pub kind: &'a str,
    /// Unique within the kind.
    pub name: &'a str,
    /// Its text; none ends the definition.
    pub document: Option<&'a str>,
}

/// Who applies, and when.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Applying<'a> {
    /// The name of an account or token.
    pub by: &'a str,
    /// Now.
    pub at: Timestamp,
}

/// Every definition that has not ended, by kind and name.
///
/// # Errors
/// When the database fails.
pub async fn current(connection: &mut AnyConnection) -> Result<Vec<StoredDefinition>, StateError> {
    let rows = sqlx::query(
        "SELECT d.kind, d.name, d.revision, d.document, d.applied_at, d.applied_by \
         FROM definition_revisions d \
         JOIN (SELECT kind, name, max(revision) AS revision FROM definition_revisions GROUP BY kind, name) latest \
           ON latest.kind = d.kind AND latest.name = d.name AND latest.revision = d.revision \
         WHERE d.ended = 0 ORDER BY d.kind, d.name",
    )
    .fetch_all(connection)
    .await?;
    rows.iter().map(read_row).collect()
}

fn read_row(row: &sqlx::any::AnyRow) -> Result<StoredDefinition, StateError> {
    Ok(StoredDefinition {
        kind: row.try_get(0)?,
        name: row.try_get(1)?,
        revision: u32::try_from(row.try_get::<i64, _>(2)?).unwrap_or(u32::MAX),
        document: row.try_get(3)?,
        applied_at: Timestamp::from_micros(row.try_get(4)?),
        applied_by: row.try_get(5)?,
    })
}

/// Whether there is a definition of that name that has not ended.
///
/// # Errors
/// When the database fails.
pub async fn is_current(connection: &mut AnyConnection, kind: &str, name: &str) -> Result<bool, StateError> {
    let ended: Option<i64> = sqlx::query_scalar(
        "SELECT ended FROM definition_revisions WHERE kind = $1 AND name = $2 ORDER BY revision DESC LIMIT 1",
    )
    .bind(kind)
    .bind(name)
    .fetch_optional(connection)
    .await?;
    Ok(ended == Some(0))
}

/// Since when there is a definition of that name: its first revision after the last one that ended.
///
/// # Errors
/// When the database fails.
pub async fn begun_at(
    connection: &mut AnyConnection,
    kind: &str,
    name: &str,
) -> Result<Option<Timestamp>, StateError> {
    let micros: Option<i64> = sqlx::query_scalar(
        "SELECT CAST(min(applied_at) AS BIGINT) FROM definition_revisions WHERE kind = $1 AND name = $2 \
         AND revision > (SELECT coalesce(max(revision), 0) FROM definition_revisions \
           WHERE kind = $1 AND name = $2 AND ended = 1)",
    )
    .bind(kind)
    .bind(name)
    .fetch_one(connection)
    .await?;
    Ok(micros.map(Timestamp::from_micros))
}

/// A revision that somebody applied, without its text.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct AppliedRevision {
    /// The definition's name.
    pub name: String,
    /// Its number.
    pub revision: u32,
    /// Whether it ended the definition.
    pub is_end: bool,
    /// When it was applied.
    pub applied_at: Timestamp,
    /// By whom.
    pub applied_by: String,
}

/// The revisions of a kind that were applied in a range, oldest first.
///
/// # Errors
/// When the database fails.
pub async fn applied_in(
    connection: &mut AnyConnection,
    kind: &str,
    range: TimeRange,
) -> Result<Vec<AppliedRevision>, StateError> {
    let rows = sqlx::query(
        "SELECT name, revision, ended, applied_at, applied_by FROM definition_revisions \
         WHERE kind = $1 AND applied_at >= $2 AND applied_at < $3 ORDER BY applied_at, name, revision",
    )
    .bind(kind)
    .bind(range.from.as_micros())
    .bind(range.to.as_micros())
    .fetch_all(connection)
    .await?;
    let read = |row: &sqlx::any::AnyRow| {
        Ok(AppliedRevision {
            name: row.try_get(0)?,
            revision: u32::try_from(row.try_get::<i64, _>(1)?).unwrap_or(u32::MAX),
            is_end: row.try_get::<i64, _>(2)? != 0,
            applied_at: Timestamp::from_micros(row.try_get(3)?),
            applied_by: row.try_get(4)?,
        })
    };
    rows.iter().map(read).collect()
}

/// Adds a revision, and gives its number.
///
/// # Errors
/// When the database fails.
pub async fn revise(
    connection: &mut AnyConnection,
    revise: Revise<'_>,
    applying: Applying<'_>,
) -> Result<u32, StateError> {
    let last: i64 = sqlx::query_scalar(
        "SELECT CAST(coalesce(max(revision), 0) AS BIGINT) FROM definition_revisions WHERE kind = $1 AND name = $2",
    )
    .bind(revise.kind)
    .bind(revise.name)
    .fetch_one(&mut *connection)
    .await?;
    let revision = last + 1;
    sqlx::query(
        "INSERT INTO definition_revisions (kind, name, revision, document, ended, applied_at, applied_by) \
         VALUES ($1, $2, $3, $4, $5, $6, $7)",
    )
    .bind(revise.kind)
    .bind(revise.name)
    .bind(revision)
    .bind(revise.document.unwrap_or_default())
    .bind(i64::from(revise.document.is_none()))
    .bind(applying.at.as_micros())
    .bind(applying.by)
    .execute(connection)
    .await?;
    Ok(u32::try_from(revision).unwrap_or(u32::MAX))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::State;

    #[tokio::test]
    async fn every_revision_is_kept_and_the_last_one_counts() {
        let folder = tempfile::tempdir().expect("a folder");
        let state = State::open(&folder.path().join("state.db")).await.expect("opens");
        let mut tx = state.begin().await.expect("begins");
        let applying = Applying { by: "ada", at: Timestamp::from_secs(1) };
        let mut numbers = Vec::new();
        for (name, document) in
            [("a", Some("one")), ("b", Some("x")), ("a", Some("two")), ("b", None), ("b", Some("y"))]
        {
            let revision = Revise { kind: "SLO", name, document };
            numbers.push(revise(&mut tx, revision, applying).await.expect("writes"));
        }
        assert_eq!(numbers, [1, 1, 2, 2, 3]);
        let told: Vec<(String, u32, String)> = current(&mut tx)
            .await
            .expect("reads")
            .into_iter()
            .map(|d| (d.name, d.revision, d.document))
            .collect();
        assert_eq!(told, [("a".to_owned(), 2, "two".to_owned()), ("b".to_owned(), 3, "y".to_owned())]);
        revise(&mut tx, Revise { kind: "SLO", name: "a", document: None }, applying).await.expect("writes");
        assert_eq!(current(&mut tx).await.expect("reads").len(), 1);
        let kept: i64 = sqlx::query_scalar("SELECT count(*) FROM definition_revisions")
            .fetch_one(&mut *tx)
            .await
            .expect("reads");
        assert_eq!(kept, 6);
    }
}
