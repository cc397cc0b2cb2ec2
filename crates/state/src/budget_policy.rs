//! Which rules of error budget policies stand, and since when.

use ippo_base::Timestamp;
use ippo_domain::Said;
use sqlx::{AnyConnection, Row};

use crate::StateError;

/// What a rule stands for. At most one row for each.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub struct RuleKey {
    /// The policy's name.
    pub policy: String,
    /// The rule's name.
    pub rule: String,
    /// The SLO's name.
    pub slo: String,
    /// The incident that it is about, if it is about one.
    pub incident: Option<i64>,
}

/// A rule that stands.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct StoredRule {
    /// What it stands for.
    pub key: RuleKey,
    /// Since when.
    pub since: Timestamp,
    /// When its condition held last.
    pub held_at: Timestamp,
    /// Why it began.
    pub said: Said,
}

/// Every rule that stands, in the order of their keys.
///
/// # Errors
/// When the database fails.
pub async fn standing(connection: &mut AnyConnection) -> Result<Vec<StoredRule>, StateError> {
    let rows = sqlx::query(
        "SELECT policy, rule, slo, incident_id, since, held_at, text, text_ja FROM standing_rules \
         ORDER BY policy, rule, slo, incident_id",
    )
    .fetch_all(connection)
    .await?;
    let read = |row: &sqlx::any::AnyRow| -> Result<StoredRule, StateError> {
        let incident: i64 = row.try_get(3)?;
        let key = RuleKey {
            policy: row.try_get(0)?,
            rule: row.try_get(1)?,
            slo: row.try_get(2)?,
            incident: (incident != 0).then_some(incident),
        };
        let [since, held_at] = [row.try_get(4)?, row.try_get(5)?].map(Timestamp::from_micros);
        let (english, japanese): (String, String) = (row.try_get(6)?, row.try_get(7)?);
        Ok(StoredRule { key, since, held_at, said: Said::new(english, japanese) })
    };
    rows.iter().map(read).collect()
}

/// Remembers that a rule stands; of one that does already, when its condition held last.
///
/// # Errors
/// When the database fails.
pub async fn set_standing(connection: &mut AnyConnection, rule: &StoredRule) -> Result<(), StateError> {
    sqlx::query(
        "INSERT INTO standing_rules (policy, rule, slo, incident_id, since, held_at, text, text_ja) \
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8) \
         ON CONFLICT (policy, rule, slo, incident_id) DO UPDATE SET held_at = $6",
    )
    .bind(&rule.key.policy)
    .bind(&rule.key.rule)
    .bind(&rule.key.slo)
    .bind(rule.key.incident.unwrap_or_default())
    .bind(rule.since.as_micros())
    .bind(rule.held_at.as_micros())
    .bind(&rule.said.english)
    .bind(&rule.said.japanese)
    .execute(connection)
    .await?;
    Ok(())
}

/// Remembers that a rule stands no longer.
///
/// # Errors
/// When the database fails.
pub async fn clear_standing(connection: &mut AnyConnection, key: &RuleKey) -> Result<(), StateError> {
    sqlx::query(
        "DELETE FROM standing_rules WHERE policy = $1 AND rule = $2 AND slo = $3 AND incident_id = $4",
    )
    .bind(&key.policy)
    .bind(&key.rule)
    .bind(&key.slo)
    .bind(key.incident.unwrap_or_default())
    .execute(connection)
    .await?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::State;

    #[tokio::test]
    async fn a_rule_stands_once_for_an_slo_and_once_for_each_incident() {
        let folder = tempfile::tempdir().expect("a folder");
        let state = State::open(&folder.path().join("state.db")).await.expect("opens");
        let mut tx = state.begin().await.expect("begins");
        let rule = |incident, since, held_at| StoredRule {
            key: RuleKey {
                policy: "standard".to_owned(),
                rule: "freeze".to_owned(),
                slo: "checkout".to_owned(),
                incident,
            },
            since: Timestamp::from_secs(since),
            held_at: Timestamp::from_secs(held_at),
            said: Said::new("spent", "使い切り"),
        };
        for each in [rule(None, 1, 1), rule(Some(7), 2, 2), rule(None, 5, 6)] {
            set_standing(&mut tx, &each).await.expect("writes");
        }
        let both = [rule(None, 1, 6), rule(Some(7), 2, 2)];
        assert_eq!(standing(&mut tx).await.expect("reads"), both);
        clear_standing(&mut tx, &both[0].key).await.expect("writes");
        assert_eq!(standing(&mut tx).await.expect("reads"), both[1..]);
    }
}
