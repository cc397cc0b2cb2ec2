//! Brings the database up to date: numbered steps, forward only, each in its own transaction. A step that was released
//! is never edited.

use sqlx::{Executor, Row};

use crate::{State, StateError};

/// Every step. The number is the file's; a gap in the numbers means nothing.
const STEPS: &[(i64, &str)] = &[(2, include_str!("../migrations/0002_slo.sql"))];

/// Runs the steps that have not run yet.
pub(crate) async fn run(state: &State) -> Result<(), StateError> {
    let mut tx = state.begin().await?;
    tx.execute("CREATE TABLE IF NOT EXISTS migrations (step BIGINT NOT NULL PRIMARY KEY)").await?;
    let rows = sqlx::query("SELECT step FROM migrations").fetch_all(&mut *tx).await?;
    let done = rows.iter().map(|row| row.try_get::<i64, _>(0)).collect::<Result<Vec<i64>, _>>()?;
    tx.commit().await?;
    if let Some(unknown) = done.iter().find(|step| !STEPS.iter().any(|(known, _)| known == *step)) {
        return Err(StateError::Newer { step: *unknown });
    }
    for (step, sql) in STEPS.iter().filter(|(step, _)| !done.contains(step)) {
        let mut tx = state.begin().await?;
        tx.execute(sqlx::raw_sql(*sql)).await?;
        sqlx::query("INSERT INTO migrations (step) VALUES ($1)").bind(*step).execute(&mut *tx).await?;
        tx.commit().await?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
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
}
