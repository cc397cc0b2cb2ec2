//! Brings the database up to date: numbered steps, forward only, all of them in one transaction. A step that was
//! released is never edited.

use sqlx::{AnyConnection, Executor, Row};

use crate::database::Dialect;
use crate::{State, StateError};

/// Every step. The number is the file's; a gap in the numbers means nothing.
const STEPS: &[(i64, &str)] = &[
    (1, include_str!("../migrations/0001_access.sql")),
    (2, include_str!("../migrations/0002_slo.sql")),
    (3, include_str!("../migrations/0003_incident.sql")),
    (4, include_str!("../migrations/0004_japanese.sql")),
    (5, include_str!("../migrations/0005_timeline_recorded.sql")),
    (6, include_str!("../migrations/0006_slo_ledger.sql")),
    (7, include_str!("../migrations/0007_prometheus.sql")),
    (8, include_str!("../migrations/0008_deploy.sql")),
    (9, include_str!("../migrations/0009_budget_policy.sql")),
    (10, include_str!("../migrations/0010_alert_rule.sql")),
];

/// Any number that no other user of the same PostgreSQL database takes as an advisory lock: "ippo" in ASCII.
const POSTGRES_LOCK: i64 = 0x6970_706f;

/// Says whether this ippo knows every step that the database has taken.
pub(crate) async fn check_known(connection: &mut AnyConnection) -> Result<(), StateError> {
    let rows = sqlx::query("SELECT step FROM migrations ORDER BY step").fetch_all(connection).await?;
    let done = rows.iter().map(|row| row.try_get::<i64, _>(0)).collect::<Result<Vec<i64>, _>>()?;
    match done.iter().find(|step| !STEPS.iter().any(|(known, _)| known == *step)) {
        Some(unknown) => Err(StateError::Newer { step: *unknown }),
        None => Ok(()),
    }
}

/// Runs the steps that have not run yet. Of several processes that start at once, one does and the others wait.
pub(crate) async fn run(state: &State, dialect: Dialect) -> Result<(), StateError> {
    let mut tx = state.begin().await?;
    if dialect == Dialect::Postgres {
        sqlx::query("SELECT pg_advisory_xact_lock($1)").bind(POSTGRES_LOCK).execute(&mut *tx).await?;
    }
    tx.execute("CREATE TABLE IF NOT EXISTS migrations (step BIGINT NOT NULL PRIMARY KEY)").await?;
    let rows = sqlx::query("SELECT step FROM migrations ORDER BY step").fetch_all(&mut *tx).await?;
    let done = rows.iter().map(|row| row.try_get::<i64, _>(0)).collect::<Result<Vec<i64>, _>>()?;
    if let Some(unknown) = done.iter().find(|step| !STEPS.iter().any(|(known, _)| known == *step)) {
        return Err(StateError::Newer { step: *unknown });
    }
    for (step, sql) in STEPS.iter().filter(|(step, _)| !done.contains(step)) {
        tx.execute(sqlx::raw_sql(*sql)).await?;
        sqlx::query("INSERT INTO migrations (step) VALUES ($1)").bind(*step).execute(&mut *tx).await?;
    }
    tx.commit().await
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use sqlx::Connection as _;

    use super::*;

    #[test]
    fn steps_are_in_order_and_named_once() {
        assert!(STEPS.is_sorted_by(|a, b| a.0 < b.0));
    }

    #[tokio::test]
    async fn a_database_of_a_newer_ippo_is_let_be() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("state.db");
        let state = State::open(&path).await.expect("opens");
        let mut tx = state.begin().await.expect("begins");
        tx.execute("INSERT INTO migrations (step) VALUES (9999)").await.expect("writes");
        tx.commit().await.expect("commits");
        state.close().await;
        let error = State::open(&path).await.err().expect("refused");
        assert!(matches!(error, StateError::Newer { step: 9999 }), "{error}");
    }

    async fn connected(path: &Path) -> AnyConnection {
        sqlx::any::install_default_drivers();
        AnyConnection::connect(&format!("sqlite://{}?mode=rwc", path.display())).await.expect("connects")
    }

    /// A database file as an ippo had it that knew so many steps.
    async fn of_steps(path: &Path, steps: usize) -> AnyConnection {
        let mut old = connected(path).await;
        old.execute("CREATE TABLE IF NOT EXISTS migrations (step BIGINT NOT NULL PRIMARY KEY)")
            .await
            .expect("made");
        for (step, sql) in &STEPS[..steps] {
            old.execute(sqlx::raw_sql(*sql)).await.expect("a step");
            let done = sqlx::query("INSERT INTO migrations (step) VALUES ($1)").bind(*step);
            done.execute(&mut old).await.expect("noted");
        }
        old
    }

    async fn texts(connection: &mut AnyConnection, sql: &str) -> Vec<String> {
        let rows = sqlx::query(sqlx::AssertSqlSafe(sql)).fetch_all(connection).await.expect("rows");
        rows.iter().map(|row| row.try_get(0).expect("a text")).collect()
    }

    const TABLES: &str =
        "SELECT name FROM sqlite_master WHERE type = 'table' AND name <> 'migrations' ORDER BY name";
    const SCHEMA: &str =
        "SELECT type || ' ' || name || ' ' || coalesce(sql, '') FROM sqlite_master ORDER BY 1";
    /// A value of the type of each column.
    const VALUES: &str =
        "SELECT CASE type WHEN 'TEXT' THEN '''text''' WHEN 'BLOB' THEN 'x''00ff''' ELSE '7' END";

    #[tokio::test]
    async fn what_each_earlier_version_had_is_there_after_an_upgrade() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("new.db");
        State::open(&path).await.expect("opens").close().await;
        let schema = texts(&mut connected(&path).await, SCHEMA).await;
        for steps in 1..STEPS.len() {
            let path = folder.path().join(format!("{steps}.db"));
            let mut old = of_steps(&path, steps).await;
            // A row in each table, in which only the types are as they should be.
            old.execute("PRAGMA foreign_keys = OFF").await.expect("set");
            old.execute("PRAGMA ignore_check_constraints = ON").await.expect("set");
            let mut before = Vec::new();
            for table in texts(&mut old, TABLES).await {
                let of_columns = format!("FROM pragma_table_info('{table}')");
                let names = texts(&mut old, &format!("SELECT name {of_columns}")).await;
                let values = texts(&mut old, &format!("{VALUES} {of_columns}")).await;
                let row =
                    format!("INSERT INTO {table} ({}) VALUES ({})", names.join(", "), values.join(", "));
                sqlx::query(sqlx::AssertSqlSafe(row)).execute(&mut old).await.expect("a row");
                let quoted: Vec<String> = names.iter().map(|name| format!("quote({name})")).collect();
                let read = format!("SELECT {} FROM {table}", quoted.join(" || ',' || "));
                let rows = texts(&mut old, &read).await;
                before.push((read, rows));
            }
            assert!(before.len() >= 3 && before.iter().all(|(_, rows)| rows.len() == 1), "{before:?}");
            old.close().await.expect("closed");

            State::open(&path).await.expect("opens").close().await;
            let mut now = connected(&path).await;
            for (read, rows) in before {
                assert_eq!(texts(&mut now, &read).await, rows, "{steps} steps: {read}");
            }
            assert_eq!(texts(&mut now, SCHEMA).await, schema, "{steps} steps: it is as a new one");
        }
    }
}
