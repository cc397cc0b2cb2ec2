//! What is remembered of alert rules between looks: how far each was looked at, the groups with which something is the matter,
//! and which rules are muted. What it means is the domain's; here it is only kept.

use ippo_base::{Minute, Timestamp};
use ippo_domain::Said;
use ippo_domain::alert_rule::{Group, Phase, Progress};
use sqlx::any::AnyRow;
use sqlx::{AnyConnection, Row};

use crate::StateError;
use crate::incident::{read_json, write_json};

/// How far a rule was looked at.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Look {
    /// The rule's name.
    pub rule: String,
    /// The revision of its definition.
    pub revision: u32,
    /// The last minute that was judged.
    pub minute: Minute,
    /// What kept it from being judged, if anything did.
    pub trouble: Option<Said>,
    /// When it fired last.
    pub last_fired_at: Option<Timestamp>,
}

/// A group with which something is the matter.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct StoredGroup {
    /// The rule's name.
    pub rule: String,
    /// The group in words; unique within the rule.
    pub label: String,
    /// The fields by which groups were told apart.
    pub fields: Vec<String>,
    /// Their values.
    pub group: Group,
    /// How far it is.
    pub progress: Progress,
}

/// Until when nobody is told of a rule.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Mute {
    /// The rule's name.
    pub rule: String,
    /// Until when.
    pub until: Timestamp,
    /// Who said so.
    pub by: String,
    /// Why.
    pub reason: String,
}

/// How far each rule was looked at, by name.
///
/// # Errors
/// When the database fails.
pub async fn looks(connection: &mut AnyConnection) -> Result<Vec<Look>, StateError> {
    let rows = sqlx::query(
        "SELECT rule, revision, minute, trouble, trouble_ja, last_fired_at FROM alert_rule_looks ORDER BY rule",
    )
    .fetch_all(connection)
    .await?;
    let read = |row: &AnyRow| -> Result<Look, StateError> {
        let (english, japanese): (Option<String>, Option<String>) = (row.try_get(3)?, row.try_get(4)?);
        let last_fired_at: Option<i64> = row.try_get(5)?;
        Ok(Look {
            rule: row.try_get(0)?,
            revision: small(row.try_get(1)?),
            minute: Minute(small(row.try_get(2)?)),
            trouble: english.zip(japanese).map(|(english, japanese)| Said { english, japanese }),
            last_fired_at: last_fired_at.map(Timestamp::from_micros),
        })
    };
    rows.iter().map(read).collect()
}

/// Remembers how far a rule was looked at.
///
/// # Errors
/// When the database fails.
pub async fn set_look(connection: &mut AnyConnection, look: &Look) -> Result<(), StateError> {
    sqlx::query(
        "INSERT INTO alert_rule_looks (rule, revision, minute, trouble, trouble_ja, last_fired_at) \
         VALUES ($1, $2, $3, $4, $5, $6) \
         ON CONFLICT (rule) DO UPDATE SET revision = excluded.revision, minute = excluded.minute, \
             trouble = excluded.trouble, trouble_ja = excluded.trouble_ja, last_fired_at = excluded.last_fired_at",
    )
    .bind(&look.rule)
    .bind(i64::from(look.revision))
    .bind(i64::from(look.minute.0))
    .bind(look.trouble.as_ref().map(|said| said.english.clone()))
    .bind(look.trouble.as_ref().map(|said| said.japanese.clone()))
    .bind(look.last_fired_at.map(Timestamp::as_micros))
    .execute(connection)
    .await?;
    Ok(())
}

/// Forgets a rule that is no longer defined, with its groups and its mute.
///
/// # Errors
/// When the database fails.
pub async fn forget(connection: &mut AnyConnection, rule: &str) -> Result<(), StateError> {
    for sql in [
        "DELETE FROM alert_rule_looks WHERE rule = $1",
        "DELETE FROM alert_rule_groups WHERE rule = $1",
        "DELETE FROM alert_rule_mutes WHERE rule = $1",
    ] {
        sqlx::query(sql).bind(rule).execute(&mut *connection).await?;
    }
    Ok(())
}

/// Every group with which something is the matter.
///
/// # Errors
/// When the database fails.
pub async fn groups(connection: &mut AnyConnection) -> Result<Vec<StoredGroup>, StateError> {
    let rows = sqlx::query(
        "SELECT rule, label, fields, group_values, firing, since_minute, held_minutes, calm_minutes, empty_minutes \
         FROM alert_rule_groups ORDER BY rule, label",
    )
    .fetch_all(connection)
    .await?;
    let read = |row: &AnyRow| -> Result<StoredGroup, StateError> {
        let since = Minute(small(row.try_get(5)?));
        let phase = match row.try_get::<i64, _>(4)? {
            0 => Phase::Pending { since },
            _ => Phase::Firing { since },
        };
        Ok(StoredGroup {
            rule: row.try_get(0)?,
            label: row.try_get(1)?,
            fields: read_json("the fields of an alert rule's group", row.try_get(2)?)?,
            group: Group(read_json("the values of an alert rule's group", row.try_get(3)?)?),
            progress: Progress {
                phase,
                held_minutes: small(row.try_get(6)?),
                calm_minutes: small(row.try_get(7)?),
                empty_minutes: small(row.try_get(8)?),
            },
        })
    };
    rows.iter().map(read).collect()
}

/// Remembers how far a group is; one with which nothing is the matter is forgotten.
///
/// # Errors
/// When the database fails.
pub async fn set_group(connection: &mut AnyConnection, group: &StoredGroup) -> Result<(), StateError> {
    let (firing, since) = match group.progress.phase {
        Phase::Calm => {
            sqlx::query("DELETE FROM alert_rule_groups WHERE rule = $1 AND label = $2")
                .bind(&group.rule)
                .bind(&group.label)
                .execute(connection)
                .await?;
            return Ok(());
        }
        Phase::Pending { since } => (0_i64, since),
        Phase::Firing { since } => (1, since),
    };
    sqlx::query(
        "INSERT INTO alert_rule_groups (rule, label, fields, group_values, firing, since_minute, held_minutes, \
             calm_minutes, empty_minutes) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9) \
         ON CONFLICT (rule, label) DO UPDATE SET fields = excluded.fields, group_values = excluded.group_values, \
             firing = excluded.firing, since_minute = excluded.since_minute, held_minutes = excluded.held_minutes, \
             calm_minutes = excluded.calm_minutes, empty_minutes = excluded.empty_minutes",
    )
    .bind(&group.rule)
    .bind(&group.label)
    .bind(write_json(&group.fields)?)
    .bind(write_json(&group.group.0)?)
    .bind(firing)
    .bind(i64::from(since.0))
    .bind(i64::from(group.progress.held_minutes))
    .bind(i64::from(group.progress.calm_minutes))
    .bind(i64::from(group.progress.empty_minutes))
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
        "SELECT rule, muted_until, muted_by, reason FROM alert_rule_mutes WHERE muted_until > $1 ORDER BY rule",
    )
    .bind(now.as_micros())
    .fetch_all(connection)
    .await?;
    rows.iter()
        .map(|row| {
            let until = Timestamp::from_micros(row.try_get(1)?);
            Ok(Mute { rule: row.try_get(0)?, until, by: row.try_get(2)?, reason: row.try_get(3)? })
        })
        .collect()
}

/// Mutes a rule, or says anew until when.
///
/// # Errors
/// When the database fails.
pub async fn mute(connection: &mut AnyConnection, mute: &Mute) -> Result<(), StateError> {
    sqlx::query(
        "INSERT INTO alert_rule_mutes (rule, muted_until, muted_by, reason) VALUES ($1, $2, $3, $4) \
         ON CONFLICT (rule) DO UPDATE SET muted_until = excluded.muted_until, muted_by = excluded.muted_by, \
             reason = excluded.reason",
    )
    .bind(&mute.rule)
    .bind(mute.until.as_micros())
    .bind(&mute.by)
    .bind(&mute.reason)
    .execute(connection)
    .await?;
    Ok(())
}

/// Ends a mute. Says whether there was one.
///
/// # Errors
/// When the database fails.
pub async fn unmute(connection: &mut AnyConnection, rule: &str) -> Result<bool, StateError> {
    let done =
        sqlx::query("DELETE FROM alert_rule_mutes WHERE rule = $1").bind(rule).execute(connection).await?;
    Ok(done.rows_affected() > 0)
}

fn small(number: i64) -> u32 {
    u32::try_from(number).unwrap_or(u32::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::State;

    #[tokio::test]
    async fn groups_are_kept_while_something_is_the_matter_and_rules_until_they_are_forgotten() {
        let folder = tempfile::tempdir().expect("a folder");
        let state = State::open(&folder.path().join("state.db")).await.expect("opens");
        let mut tx = state.begin().await.expect("begins");
        let stored = |phase, calm_minutes| StoredGroup {
            rule: "slow".to_owned(),
            label: "route=/pay".to_owned(),
            fields: vec!["route".to_owned(), "region".to_owned()],
            group: Group(vec![Some("/pay".to_owned()), None]),
            progress: Progress { phase, calm_minutes, ..Progress::default() },
        };
        let since = Minute(29_000_000);
        for group in [stored(Phase::Pending { since }, 0), stored(Phase::Firing { since }, 3)] {
            set_group(&mut tx, &group).await.expect("writes");
            assert_eq!(groups(&mut tx).await.expect("reads"), [group]);
        }
        set_group(&mut tx, &stored(Phase::Calm, 0)).await.expect("writes");
        assert_eq!(groups(&mut tx).await.expect("reads"), []);

        let look = |trouble: Option<&str>| Look {
            rule: "slow".to_owned(),
            revision: 3,
            minute: since,
            trouble: trouble.map(Said::same),
            last_fired_at: trouble.map(|_| Timestamp::from_secs(5)),
        };
        for look in [look(Some("a file is gone")), look(None)] {
            set_look(&mut tx, &look).await.expect("writes");
            assert_eq!(looks(&mut tx).await.expect("reads"), [look]);
        }
        let until = |secs| Mute {
            rule: "slow".to_owned(),
            until: Timestamp::from_secs(secs),
            by: "ada".to_owned(),
            reason: "deploy".to_owned(),
        };
        for secs in [100, 200] {
            mute(&mut tx, &until(secs)).await.expect("writes");
        }
        assert_eq!(mutes(&mut tx, Timestamp::from_secs(199)).await.expect("reads"), [until(200)]);
        assert_eq!(mutes(&mut tx, Timestamp::from_secs(200)).await.expect("reads"), []);
        assert!(unmute(&mut tx, "slow").await.expect("writes"));
        assert!(!unmute(&mut tx, "slow").await.expect("writes"));
        mute(&mut tx, &until(200)).await.expect("writes");
        forget(&mut tx, "slow").await.expect("writes");
        assert_eq!(looks(&mut tx).await.expect("reads"), []);
        assert_eq!(mutes(&mut tx, Timestamp::from_secs(0)).await.expect("reads"), []);
    }
}
