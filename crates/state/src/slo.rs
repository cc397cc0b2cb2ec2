//! What is remembered of SLOs between evaluations: which alerts fire, and which SLOs are muted. Counts are not here:
//! they are telemetry's.

use ippo_base::Timestamp;
use sqlx::{AnyConnection, Row};

use crate::StateError;

/// An alert that fires.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct FiringAlert {
    /// The SLO's name.
    pub slo: String,
    /// Which of its alerts.
    pub alert: String,
    /// When it began to fire.
    pub since: Timestamp,
}

/// Until when nobody is told of an SLO.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Mute {
    /// The SLO's name.
    pub slo: String,
    /// Until when.
    pub until: Timestamp,
    /// Who said so.
    pub by: String,
    /// Why.
    pub reason: String,
}

/// Every alert that fires.
///
/// # Errors
/// When the database fails.
pub async fn firing(connection: &mut AnyConnection) -> Result<Vec<FiringAlert>, StateError> {
    let rows = sqlx::query("SELECT slo, alert, since FROM slo_alerts ORDER BY slo, alert")
        .fetch_all(connection)
        .await?;
    rows.iter()
        .map(|row| {
            let since = Timestamp::from_micros(row.try_get(2)?);
            Ok(FiringAlert { slo: row.try_get(0)?, alert: row.try_get(1)?, since })
        })
        .collect()
}

/// Remembers that an alert fires. One that did already keeps its beginning.
///
/// # Errors
/// When the database fails.
pub async fn set_firing(connection: &mut AnyConnection, alert: &FiringAlert) -> Result<(), StateError> {
    sqlx::query(
        "INSERT INTO slo_alerts (slo, alert, since) VALUES ($1, $2, $3) ON CONFLICT (slo, alert) DO NOTHING",
    )
    .bind(&alert.slo)
    .bind(&alert.alert)
    .bind(alert.since.as_micros())
    .execute(connection)
    .await?;
    Ok(())
}

/// Remembers that an alert no longer fires.
///
/// # Errors
/// When the database fails.
pub async fn clear_firing(connection: &mut AnyConnection, slo: &str, alert: &str) -> Result<(), StateError> {
    sqlx::query("DELETE FROM slo_alerts WHERE slo = $1 AND alert = $2")
        .bind(slo)
        .bind(alert)
        .execute(connection)
        .await?;
    Ok(())
}

/// Every mute that lasts beyond `now`.
///
/// # Errors
/// When the database fails.
pub async fn mutes(connection: &mut AnyConnection, now: Timestamp) -> Result<Vec<Mute>, StateError> {
    let rows = sqlx::query(
        "SELECT slo, muted_until, muted_by, reason FROM slo_mutes WHERE muted_until > $1 ORDER BY slo",
    )
    .bind(now.as_micros())
    .fetch_all(connection)
    .await?;
    rows.iter()
        .map(|row| {
            let until = Timestamp::from_micros(row.try_get(1)?);
            Ok(Mute { slo: row.try_get(0)?, until, by: row.try_get(2)?, reason: row.try_get(3)? })
        })
        .collect()
}

/// Mutes an SLO, instead of any mute before.
///
/// # Errors
/// When the database fails.
pub async fn mute(connection: &mut AnyConnection, mute: &Mute) -> Result<(), StateError> {
    sqlx::query(
        "INSERT INTO slo_mutes (slo, muted_until, muted_by, reason) VALUES ($1, $2, $3, $4) \
         ON CONFLICT (slo) DO UPDATE SET muted_until = excluded.muted_until, muted_by = excluded.muted_by, \
         reason = excluded.reason",
    )
    .bind(&mute.slo)
    .bind(mute.until.as_micros())
    .bind(&mute.by)
    .bind(&mute.reason)
    .execute(connection)
    .await?;
    Ok(())
}

/// Ends an SLO's mute. Says whether there was one.
///
/// # Errors
/// When the database fails.
pub async fn unmute(connection: &mut AnyConnection, slo: &str) -> Result<bool, StateError> {
    let done = sqlx::query("DELETE FROM slo_mutes WHERE slo = $1").bind(slo).execute(connection).await?;
    Ok(done.rows_affected() > 0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::State;

    #[tokio::test]
    async fn an_alert_keeps_its_beginning_and_a_mute_its_end() {
        let folder = tempfile::tempdir().expect("a folder");
        let state = State::open(&folder.path().join("state.db")).await.expect("opens");
        let mut tx = state.begin().await.expect("begins");
        let at = Timestamp::from_secs;
        for secs in [10, 20] {
            let alert = FiringAlert { slo: "a".to_owned(), alert: "absence".to_owned(), since: at(secs) };
            set_firing(&mut tx, &alert).await.expect("writes");
        }
        assert_eq!(firing(&mut tx).await.expect("reads")[0].since, at(10));
        clear_firing(&mut tx, "a", "absence").await.expect("writes");
        assert!(firing(&mut tx).await.expect("reads").is_empty());

        for (until, by) in [(100, "ada"), (200, "grace")] {
            let (slo, by, reason) = ("a".to_owned(), by.to_owned(), "deploy".to_owned());
            mute(&mut tx, &Mute { slo, until: at(until), by, reason }).await.expect("writes");
        }
        assert_eq!(mutes(&mut tx, at(199)).await.expect("reads")[0].by, "grace");
        assert!(mutes(&mut tx, at(200)).await.expect("reads").is_empty());
        assert!(unmute(&mut tx, "a").await.expect("writes"));
        assert!(!unmute(&mut tx, "a").await.expect("writes"));
    }
}
