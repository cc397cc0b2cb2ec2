//! How far data sources have been asked, query by query. What they answered is telemetry's. The table has the name of the
//! kind that was there first.

use ippo_base::Timestamp;
use ippo_domain::polled::{Filled, QueryKind};
use sqlx::{AnyConnection, Row};

use crate::StateError;

/// A query, and how far it was asked.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct AskedQuery {
    /// The name of its data source.
    pub source: String,
    /// How it is asked.
    pub kind: QueryKind,
    /// In the language of its source.
    pub query: String,
    /// How far.
    pub filled: Filled,
}

/// Every query that was asked.
///
/// # Errors
/// When the database fails.
pub async fn asked(connection: &mut AnyConnection) -> Result<Vec<AskedQuery>, StateError> {
    let rows = sqlx::query(
        "SELECT source, kind, query, filled_from, filled_to FROM prometheus_queries ORDER BY source, kind, query",
    )
    .fetch_all(connection)
    .await?;
    let read = |row: &sqlx::any::AnyRow| -> Result<Option<AskedQuery>, StateError> {
        // A kind of a newer ippo is asked for anew.
        let Some(kind) = QueryKind::from_name(row.try_get(1)?) else { return Ok(None) };
        let [from, to] = [row.try_get(3)?, row.try_get(4)?].map(Timestamp::from_micros);
        Ok(Some(AskedQuery {
            source: row.try_get(0)?,
            kind,
            query: row.try_get(2)?,
            filled: Filled { from, to },
        }))
    };
    rows.iter().filter_map(|row| read(row).transpose()).collect()
}

/// Remembers how far a query was asked.
///
/// # Errors
/// When the database fails.
pub async fn set_asked(connection: &mut AnyConnection, asked: &AskedQuery) -> Result<(), StateError> {
    sqlx::query(
        "INSERT INTO prometheus_queries (source, kind, query, filled_from, filled_to) VALUES ($1, $2, $3, $4, $5) \
         ON CONFLICT (source, kind, query) DO UPDATE SET filled_from = $4, filled_to = $5",
    )
    .bind(&asked.source)
    .bind(asked.kind.name())
    .bind(&asked.query)
    .bind(asked.filled.from.as_micros())
    .bind(asked.filled.to.as_micros())
    .execute(connection)
    .await?;
    Ok(())
}

/// Forgets a query that nobody asks any more. Asked again, it begins anew.
///
/// # Errors
/// When the database fails.
pub async fn forget(
    connection: &mut AnyConnection,
    (source, kind, query): (&str, QueryKind, &str),
) -> Result<(), StateError> {
    sqlx::query("DELETE FROM prometheus_queries WHERE source = $1 AND kind = $2 AND query = $3")
        .bind(source)
        .bind(kind.name())
        .bind(query)
        .execute(connection)
        .await?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::State;

    #[tokio::test]
    async fn how_far_a_query_was_asked_is_remembered_until_it_is_forgotten() {
        let folder = tempfile::tempdir().expect("a folder");
        let state = State::open(&folder.path().join("state.db")).await.expect("opens");
        let mut tx = state.begin().await.expect("begins");
        let filled = |from, to| Filled { from: Timestamp::from_secs(from), to: Timestamp::from_secs(to) };
        let query =
            |kind, filled| AskedQuery { source: "eu".to_owned(), kind, query: "up".to_owned(), filled };
        let (samples, values) =
            (query(QueryKind::Samples, filled(5, 9)), query(QueryKind::Values, filled(1, 2)));
        for each in [&query(QueryKind::Samples, filled(6, 7)), &samples, &values] {
            set_asked(&mut tx, each).await.expect("written");
        }
        assert_eq!(asked(&mut tx).await.expect("read"), [samples, values.clone()]);
        forget(&mut tx, ("eu", QueryKind::Samples, "up")).await.expect("forgotten");
        assert_eq!(asked(&mut tx).await.expect("read"), [values]);
    }
}
