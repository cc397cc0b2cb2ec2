//! When ippo was up, as intervals that each tick extends. Where no interval lies, ippo was down, and nothing can be said
//! of that time.

use std::time::Duration;

use ippo_base::{TimeRange, Timestamp};
use sqlx::{AnyConnection, Row};

use crate::StateError;

/// A tick that comes later than this after the one before begins a new interval: ippo was stopped or asleep between.
pub const UPTIME_GAP: Duration = Duration::from_secs(60);

/// Says that ippo is up at `now`.
///
/// # Errors
/// When the database fails.
pub async fn touch(connection: &mut AnyConnection, now: Timestamp) -> Result<(), StateError> {
    let extended = sqlx::query(
        "UPDATE uptime SET ended_at = $1 \
         WHERE started_at = (SELECT max(started_at) FROM uptime WHERE started_at <= $1) \
           AND ended_at >= $2 AND ended_at <= $1",
    )
    .bind(now.as_micros())
    .bind(now.minus(UPTIME_GAP).as_micros())
    .execute(&mut *connection)
    .await?;
    if extended.rows_affected() > 0 {
        return Ok(());
    }
    // An interval may begin at this very instant already, or reach beyond it when the wall clock was set back.
    sqlx::query(
        "INSERT INTO uptime (started_at, ended_at) VALUES ($1, $1) ON CONFLICT (started_at) DO NOTHING",
    )
    .bind(now.as_micros())
    .execute(connection)
    .await?;
    Ok(())
}

/// The intervals that reach beyond `from`, ascending by their start.
///
/// # Errors
/// When the database fails.
pub async fn since(connection: &mut AnyConnection, from: Timestamp) -> Result<Vec<TimeRange>, StateError> {
    let rows =
        sqlx::query("SELECT started_at, ended_at FROM uptime WHERE ended_at >= $1 ORDER BY started_at")
            .bind(from.as_micros())
            .fetch_all(connection)
            .await?;
    rows.iter()
        .map(|row| {
            let (from, to) = (row.try_get(0)?, row.try_get(1)?);
            Ok(TimeRange { from: Timestamp::from_micros(from), to: Timestamp::from_micros(to) })
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::State;

    #[tokio::test]
    async fn ticks_extend_an_interval_and_a_gap_begins_another() {
        let folder = tempfile::tempdir().expect("a folder");
        let state = State::open(&folder.path().join("state.db")).await.expect("opens");
        let mut tx = state.begin().await.expect("begins");
        // The clock is set back by 100 s at the end, and goes on from there.
        for secs in [0, 5, 60, 121, 122, 22, 27] {
            touch(&mut tx, Timestamp::from_secs(secs)).await.expect("writes");
        }
        let intervals = since(&mut tx, Timestamp::from_secs(0)).await.expect("reads");
        let secs: Vec<(i64, i64)> = intervals.iter().map(|r| (r.from.as_secs(), r.to.as_secs())).collect();
        assert_eq!(secs, [(0, 60), (22, 27), (121, 122)]);
        assert_eq!(since(&mut tx, Timestamp::from_secs(61)).await.expect("reads").len(), 1);
    }
}
