//! Deploys, and which versions were heard last. Deploys are added and never changed.

use std::collections::BTreeMap;

use ippo_base::{TimeRange, Timestamp};
use ippo_domain::deploy::{Deploy, DeploySource, Place, Version};
use sqlx::any::AnyRow;
use sqlx::{AnyConnection, Row};

use crate::StateError;

const SELECT: &str = "SELECT id, service, environment, version, deployed_at, source, actor, url FROM deploys";

/// Adds a deploy.
///
/// # Errors
/// When the database fails.
pub async fn add(connection: &mut AnyConnection, deploy: &Deploy) -> Result<(), StateError> {
    sqlx::query(
        "INSERT INTO deploys (id, service, environment, version, deployed_at, source, actor, url) \
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8)",
    )
    .bind(&deploy.id)
    .bind(&deploy.service)
    .bind(&deploy.environment)
    .bind(&deploy.version)
    .bind(deploy.at.as_micros())
    .bind(deploy.source.name())
    .bind(&deploy.by)
    .bind(deploy.url.as_deref())
    .execute(connection)
    .await?;
    Ok(())
}

/// The deploys of a range, of one service or all, newest first, at most `limit`.
///
/// # Errors
/// When the database fails.
pub async fn list(
    connection: &mut AnyConnection,
    service: Option<&str>,
    range: TimeRange,
    limit: usize,
) -> Result<Vec<Deploy>, StateError> {
    let sql = format!(
        "{SELECT} WHERE ($1 = '' OR service = $1) AND deployed_at >= $2 AND deployed_at < $3 \
         ORDER BY deployed_at DESC, id DESC LIMIT $4"
    );
    let rows = sqlx::query(sqlx::AssertSqlSafe(sql))
        .bind(service.unwrap_or_default())
        .bind(range.from.as_micros())
        .bind(range.to.as_micros())
        .bind(i64::try_from(limit).unwrap_or(i64::MAX))
        .fetch_all(connection)
        .await?;
    rows.iter().map(read_row).collect()
}

/// How many deploys each service had in a range, those with any, by name.
///
/// # Errors
/// When the database fails.
pub async fn count_in(
    connection: &mut AnyConnection,
    range: TimeRange,
) -> Result<Vec<(String, usize)>, StateError> {
    let rows = sqlx::query(
        "SELECT service, CAST(count(*) AS BIGINT) FROM deploys WHERE deployed_at >= $1 AND deployed_at < $2 \
         GROUP BY service ORDER BY service",
    )
    .bind(range.from.as_micros())
    .bind(range.to.as_micros())
    .fetch_all(connection)
    .await?;
    let read = |row: &AnyRow| {
        let count: i64 = row.try_get(1)?;
        Ok((row.try_get(0)?, usize::try_from(count).unwrap_or_default()))
    };
    rows.iter().map(read).collect()
}

/// Whether a deploy of a version is known in a range, from wherever.
///
/// # Errors
/// When the database fails.
pub async fn is_known(
    connection: &mut AnyConnection,
    version: &Version,
    range: TimeRange,
) -> Result<bool, StateError> {
    let found: i64 = sqlx::query_scalar(
        "SELECT count(*) FROM deploys WHERE service = $1 AND version = $2 AND (environment = $3 OR environment = '') \
         AND deployed_at >= $4 AND deployed_at <= $5",
    )
    .bind(&version.place.service)
    .bind(&version.version)
    .bind(&version.place.environment)
    .bind(range.from.as_micros())
    .bind(range.to.as_micros())
    .fetch_one(connection)
    .await?;
    Ok(found > 0)
}

fn read_row(row: &AnyRow) -> Result<Deploy, StateError> {
    let source: String = row.try_get(5)?;
    let known = DeploySource::ALL.into_iter().find(|known| known.name() == source);
    Ok(Deploy {
        id: row.try_get(0)?,
        service: row.try_get(1)?,
        environment: row.try_get(2)?,
        version: row.try_get(3)?,
        at: Timestamp::from_micros(row.try_get(4)?),
        source: known.ok_or_else(|| StateError::unreadable("where a deploy is known from", source))?,
        by: row.try_get(6)?,
        url: row.try_get(7)?,
    })
}

/// When each version was last heard.
///
/// # Errors
/// When the database fails.
pub async fn heard(connection: &mut AnyConnection) -> Result<BTreeMap<Version, Timestamp>, StateError> {
    let rows = sqlx::query(
        "SELECT service, environment, version, heard_at FROM heard_versions ORDER BY service, environment, version",
    )
    .fetch_all(connection)
    .await?;
    let read = |row: &AnyRow| -> Result<_, StateError> {
        let place = Place { service: row.try_get(0)?, environment: row.try_get(1)? };
        Ok((Version { place, version: row.try_get(2)? }, Timestamp::from_micros(row.try_get(3)?)))
    };
    rows.iter().map(read).collect()
}

/// Remembers when a version was last heard. What is older than that already is let be.
///
/// # Errors
/// When the database fails.
pub async fn set_heard(
    connection: &mut AnyConnection,
    version: &Version,
    at: Timestamp,
) -> Result<(), StateError> {
    sqlx::query(
        "INSERT INTO heard_versions (service, environment, version, heard_at) VALUES ($1, $2, $3, $4) \
         ON CONFLICT (service, environment, version) DO UPDATE SET heard_at = $4 WHERE heard_versions.heard_at < $4",
    )
    .bind(&version.place.service)
    .bind(&version.place.environment)
    .bind(&version.version)
    .bind(at.as_micros())
    .execute(connection)
    .await?;
    Ok(())
}

/// Forgets versions that were not heard since then, but for the last of each place, which the next one is told from.
///
/// # Errors
/// When the database fails.
pub async fn forget_heard(connection: &mut AnyConnection, before: Timestamp) -> Result<(), StateError> {
    sqlx::query(
        "DELETE FROM heard_versions WHERE heard_at < $1 AND EXISTS (SELECT 1 FROM heard_versions other \
         WHERE other.service = heard_versions.service AND other.environment = heard_versions.environment \
         AND other.heard_at > heard_versions.heard_at)",
    )
    .bind(before.as_micros())
    .execute(connection)
    .await?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::State;

    fn version(text: &str) -> Version {
        let place = Place { service: "shop".to_owned(), environment: "production".to_owned() };
        Version { place, version: text.to_owned() }
    }

    fn secs(secs: i64) -> Timestamp {
        Timestamp::from_secs(secs)
    }

    #[tokio::test]
    async fn deploys_are_listed_newest_first_and_known_where_they_were() {
        let folder = tempfile::tempdir().expect("a folder");
        let state = State::open(&folder.path().join("state.db")).await.expect("opens");
        let mut tx = state.begin().await.expect("begins");
        let deploy = |id: &str, service: &str, at: i64, source| Deploy {
            id: id.to_owned(),
            service: service.to_owned(),
            environment: String::new(),
            version: "2".to_owned(),
            at: secs(at),
            source,
            by: "ada".to_owned(),
            url: (at > 1).then(|| "https://example.org/2".to_owned()),
        };
        let all = [
            deploy("a", "shop", 1, DeploySource::Told),
            deploy("b", "shop", 2, DeploySource::Seen),
            deploy("c", "other", 2, DeploySource::Seen),
        ];
        for each in &all {
            add(&mut tx, each).await.expect("writes");
        }
        let range = |from, to| TimeRange { from: secs(from), to: secs(to) };
        let [a, b, c] = all;
        assert_eq!(list(&mut tx, None, range(0, 3), 10).await.expect("reads"), [c, b.clone(), a.clone()]);
        assert_eq!(list(&mut tx, Some("shop"), range(0, 3), 1).await.expect("reads"), [b]);
        assert_eq!(list(&mut tx, Some("shop"), range(0, 2), 10).await.expect("reads"), [a]);
        assert!(is_known(&mut tx, &version("2"), range(2, 2)).await.expect("reads"));
        assert!(!is_known(&mut tx, &version("2"), range(3, 9)).await.expect("reads"));
        assert!(!is_known(&mut tx, &version("3"), range(0, 9)).await.expect("reads"));
    }

    #[tokio::test]
    async fn the_last_version_of_a_place_is_never_forgotten() {
        let folder = tempfile::tempdir().expect("a folder");
        let state = State::open(&folder.path().join("state.db")).await.expect("opens");
        let mut tx = state.begin().await.expect("begins");
        for (text, at) in [("1", 5), ("1", 3), ("2", 7)] {
            set_heard(&mut tx, &version(text), secs(at)).await.expect("writes");
        }
        let both = BTreeMap::from([(version("1"), secs(5)), (version("2"), secs(7))]);
        assert_eq!(heard(&mut tx).await.expect("reads"), both);
        forget_heard(&mut tx, secs(100)).await.expect("writes");
        assert_eq!(heard(&mut tx).await.expect("reads"), BTreeMap::from([(version("2"), secs(7))]));
    }
}
