//! The ledgers of SLOs: entries are added and never changed, and which pages are held back now.

use ippo_base::{Minute, MinuteRange, Timestamp};
use ippo_domain::Said;
use ippo_domain::slo::gate::{Exemption, GateVerdict};
use ippo_domain::slo::{
    Effect, Entered, ExcludedTime, Exclusion, LedgerEntry, Override, PolicyApplied, Ratio, SuppressedPage,
};
use serde::{Deserialize, Serialize};
use sqlx::any::AnyRow;
use sqlx::{AnyConnection, Row};

use crate::StateError;
use crate::incident::{read_json, write_json};

/// Reads every column of an entry.
const SELECT: &str = "SELECT id, recorded_at, actor, kind, data FROM slo_ledger";

/// Adds an entry to an SLO's ledger.
///
/// # Errors
/// When the database fails.
pub async fn add(connection: &mut AnyConnection, slo: &str, entered: &Entered) -> Result<(), StateError> {
    sqlx::query(
        "INSERT INTO slo_ledger (id, slo, recorded_at, actor, kind, data) VALUES ($1, $2, $3, $4, $5, $6)",
    )
    .bind(&entered.id)
    .bind(slo)
    .bind(entered.at.as_micros())
    .bind(&entered.by)
    .bind(entered.entry.kind())
    .bind(write_json(&Column::of(&entered.entry))?)
    .execute(connection)
    .await?;
    Ok(())
}

/// Entries of an SLO, newest first: those older than the entry `before`, at most `limit`.
///
/// # Errors
/// When the database fails.
pub async fn list(
    connection: &mut AnyConnection,
    slo: &str,
    before: Option<&str>,
    limit: usize,
) -> Result<Vec<Entered>, StateError> {
    // Ids grow with time, as far as the clock allows; two of one moment are in some order, and always in the same.
    let rows = sqlx::query(sqlx::AssertSqlSafe(format!(
        "{SELECT} WHERE slo = $1 AND ($2 = '' OR recorded_at < (SELECT recorded_at FROM slo_ledger WHERE id = $2) \
           OR (recorded_at = (SELECT recorded_at FROM slo_ledger WHERE id = $2) AND id < $2)) \
         ORDER BY recorded_at DESC, id DESC LIMIT $3"
    )))
    .bind(slo)
    .bind(before.unwrap_or_default())
    .bind(i64::try_from(limit).unwrap_or(i64::MAX))
    .fetch_all(connection)
    .await?;
    rows.iter().map(read_row).collect()
}

/// One entry of an SLO.
///
/// # Errors
/// When the database fails.
pub async fn get(connection: &mut AnyConnection, slo: &str, id: &str) -> Result<Option<Entered>, StateError> {
    let row = sqlx::query(sqlx::AssertSqlSafe(format!("{SELECT} WHERE slo = $1 AND id = $2")))
        .bind(slo)
        .bind(id)
        .fetch_optional(connection)
        .await?;
    row.as_ref().map(read_row).transpose()
}

/// What was taken out of budgets and back.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct StoredExclusions {
    /// Exclusions and their withdrawals with the SLO they are of, oldest first.
    pub entries: Vec<(String, Entered)>,
    /// The SLOs and ids of those that this ippo cannot read.
    pub unreadable: Vec<(String, String)>,
}

/// Exclusions and their withdrawals of every SLO, since it was last begun: what was entered about another of the same name, which
/// has ended, is not about this one.
///
/// # Errors
/// When the database fails.
pub async fn exclusions(connection: &mut AnyConnection) -> Result<StoredExclusions, StateError> {
    let rows = sqlx::query(
        "SELECT id, recorded_at, actor, kind, data, slo FROM slo_ledger WHERE kind IN ('exclusion', 'withdrawal') \
         AND NOT EXISTS (SELECT 1 FROM definition_revisions d WHERE d.kind = 'SLO' AND d.name = slo_ledger.slo \
           AND d.ended = 1 AND d.applied_at >= slo_ledger.recorded_at) \
         ORDER BY recorded_at, id",
    )
    .fetch_all(connection)
    .await?;
    let mut found = StoredExclusions::default();
    for row in &rows {
        let slo = row.try_get(5)?;
        match read_row(row) {
            Ok(entered) => found.entries.push((slo, entered)),
            Err(_) => found.unreadable.push((slo, row.try_get(0)?)),
        }
    }
    Ok(found)
}

fn read_row(row: &AnyRow) -> Result<Entered, StateError> {
    let (kind, data): (String, String) = (row.try_get(3)?, row.try_get(4)?);
    let column: Column = read_json("an entry of an SLO's ledger", data)?;
    let entry = column.entry().ok_or_else(|| StateError::unreadable("an entry of an SLO's ledger", kind))?;
    Ok(Entered {
        id: row.try_get(0)?,
        at: Timestamp::from_micros(row.try_get(1)?),
        by: row.try_get(2)?,
        entry,
    })
}

/// Every page that is held back now: the SLO and its alert.
///
/// # Errors
/// When the database fails.
pub async fn suppressed(connection: &mut AnyConnection) -> Result<Vec<(String, String)>, StateError> {
    let rows = sqlx::query("SELECT slo, alert FROM slo_suppressed ORDER BY slo, alert")
        .fetch_all(connection)
        .await?;
    rows.iter().map(|row| Ok((row.try_get(0)?, row.try_get(1)?))).collect()
}

/// Remembers that a page is held back.
///
/// # Errors
/// When the database fails.
pub async fn set_suppressed(
    connection: &mut AnyConnection,
    slo: &str,
    alert: &str,
    since: Timestamp,
) -> Result<(), StateError> {
    sqlx::query(
        "INSERT INTO slo_suppressed (slo, alert, since) VALUES ($1, $2, $3) ON CONFLICT (slo, alert) DO NOTHING",
    )
    .bind(slo)
    .bind(alert)
    .bind(since.as_micros())
    .execute(connection)
    .await?;
    Ok(())
}

/// Remembers that a page is no longer held back.
///
/// # Errors
/// When the database fails.
pub async fn clear_suppressed(
    connection: &mut AnyConnection,
    slo: &str,
    alert: &str,
) -> Result<(), StateError> {
    sqlx::query("DELETE FROM slo_suppressed WHERE slo = $1 AND alert = $2")
        .bind(slo)
        .bind(alert)
        .execute(connection)
        .await?;
    Ok(())
}

/// What the column `data` holds. Fractions are texts of two whole numbers.
#[derive(Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
enum Column {
    Exclusion {
        from_minute: u32,
        to_minute: u32,
        counts_as: String,
        reason: String,
        ticket: String,
        effects: Vec<EffectColumn>,
    },
    Withdrawal {
        of: String,
        reason: String,
    },
    SuppressedPage {
        pair: String,
        bad: u64,
        total: u64,
        burn: String,
        factor: String,
        bound: String,
        threshold: String,
    },
    Override {
        verdict: String,
        exemption: Option<String>,
        reason: String,
        version: Option<String>,
        said: Vec<SaidColumn>,
    },
    Policy {
        policy: String,
        rule: String,
        stands: bool,
        incident: Option<i64>,
        said: SaidColumn,
    },
}

#[derive(Serialize, Deserialize)]
struct SaidColumn {
    english: String,
    japanese: String,
}

impl SaidColumn {
    fn of(said: &Said) -> Self {
        Self { english: said.english.clone(), japanese: said.japanese.clone() }
    }

    fn said(self) -> Said {
        Said::new(self.english, self.japanese)
    }
}

#[derive(Serialize, Deserialize)]
struct EffectColumn {
    objective: String,
    before: Option<String>,
    after: Option<String>,
}

fn written(ratio: Ratio) -> String {
    format!("{}/{}", ratio.numerator(), ratio.denominator())
}

fn ratio(text: &str) -> Option<Ratio> {
    let (numerator, denominator) = text.split_once('/')?;
    let denominator: i128 = denominator.parse().ok().filter(|denominator| *denominator > 0)?;
    Some(Ratio::new(numerator.parse().ok()?, denominator))
}

impl Column {
    fn of(entry: &LedgerEntry) -> Self {
        match entry {
            LedgerEntry::Exclusion(exclusion) => Self::Exclusion {
                from_minute: exclusion.range.from.0,
                to_minute: exclusion.range.to.0,
                counts_as: exclusion.counts_as.name().to_owned(),
                reason: exclusion.reason.clone(),
                ticket: exclusion.ticket.clone(),
                effects: exclusion
                    .effects
                    .iter()
                    .map(|effect| EffectColumn {
                        objective: effect.objective.clone(),
                        before: effect.before.map(written),
                        after: effect.after.map(written),
                    })
                    .collect(),
            },
            LedgerEntry::Withdrawal { of, reason } => {
                Self::Withdrawal { of: of.clone(), reason: reason.clone() }
            }
            LedgerEntry::SuppressedPage(page) => Self::SuppressedPage {
                pair: page.pair.clone(),
                bad: page.bad,
                total: page.total,
                burn: written(page.burn),
                factor: written(page.factor),
                bound: page.bound.clone(),
                threshold: written(page.threshold),
            },
            LedgerEntry::Override(past) => Self::Override {
                verdict: past.verdict.name().to_owned(),
                exemption: past.exemption.map(|exemption| exemption.name().to_owned()),
                reason: past.reason.clone(),
                version: past.version.clone(),
                said: past.said.iter().map(SaidColumn::of).collect(),
            },
            LedgerEntry::Policy(applied) => Self::Policy {
                policy: applied.policy.clone(),
                rule: applied.rule.clone(),
                stands: applied.stands,
                incident: applied.incident,
                said: SaidColumn::of(&applied.said),
            },
        }
    }

    fn entry(self) -> Option<LedgerEntry> {
        Some(match self {
            Self::Exclusion { from_minute, to_minute, counts_as, reason, ticket, effects } => {
                let counts_as = ExcludedTime::ALL.into_iter().find(|known| known.name() == counts_as)?;
                let effect = |effect: EffectColumn| Effect {
                    objective: effect.objective,
                    before: effect.before.as_deref().and_then(ratio),
                    after: effect.after.as_deref().and_then(ratio),
                };
                LedgerEntry::Exclusion(Exclusion {
                    range: MinuteRange { from: Minute(from_minute), to: Minute(to_minute) },
                    counts_as,
                    reason,
                    ticket,
                    effects: effects.into_iter().map(effect).collect(),
                })
            }
            Self::Withdrawal { of, reason } => LedgerEntry::Withdrawal { of, reason },
            Self::SuppressedPage { pair, bad, total, burn, factor, bound, threshold } => {
                LedgerEntry::SuppressedPage(SuppressedPage {
                    pair,
                    bad,
                    total,
                    burn: ratio(&burn)?,
                    factor: ratio(&factor)?,
                    bound,
                    threshold: ratio(&threshold)?,
                })
            }
            Self::Override { verdict, exemption, reason, version, said } => LedgerEntry::Override(Override {
                verdict: GateVerdict::ALL.into_iter().find(|known| known.name() == verdict)?,
                exemption: match exemption {
                    None => None,
                    Some(name) => Some(Exemption::ALL.into_iter().find(|known| known.name() == name)?),
                },
                reason,
                version,
                said: said.into_iter().map(SaidColumn::said).collect(),
            }),
            Self::Policy { policy, rule, stands, incident, said } => {
                LedgerEntry::Policy(PolicyApplied { policy, rule, stands, incident, said: said.said() })
            }
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::State;
    use crate::definition::{Applying, Revise, revise};

    fn entered(id: &str, secs: i64, entry: LedgerEntry) -> Entered {
        Entered { id: id.to_owned(), at: Timestamp::from_secs(secs), by: "ada".to_owned(), entry }
    }

    #[tokio::test]
    async fn entries_are_read_as_they_were_written_newest_first() {
        let folder = tempfile::tempdir().expect("a folder");
        let state = State::open(&folder.path().join("state.db")).await.expect("opens");
        let mut tx = state.begin().await.expect("begins");
        let exclusion = LedgerEntry::Exclusion(Exclusion {
            range: MinuteRange { from: Minute(10), to: Minute(70) },
            counts_as: ExcludedTime::Good,
            reason: "負荷試験".to_owned(),
            ticket: "OPS-1".to_owned(),
            effects: vec![Effect {
                objective: "0.999".to_owned(),
                before: Some(Ratio::new(-7, 3)),
                after: None,
            }],
        });
        let page = LedgerEntry::SuppressedPage(SuppressedPage {
            pair: "page 1h/5m of 0.999".to_owned(),
            bad: 1,
            total: 10,
            burn: Ratio::new(100, 1),
            factor: Ratio::new(72, 5),
            bound: "0.5116".to_owned(),
            threshold: Ratio::new(9, 625),
        });
        let back = LedgerEntry::Withdrawal { of: "a".to_owned(), reason: "a slip".to_owned() };
        let past = LedgerEntry::Override(Override {
            verdict: GateVerdict::No,
            exemption: Some(Exemption::Security),
            reason: "CVE".to_owned(),
            version: Some("2.0".to_owned()),
            said: vec![Said::new("spent", "使い切り")],
        });
        let all = [entered("a", 1, exclusion), entered("b", 2, page), entered("c", 2, back)];
        add(&mut tx, "released", &entered("e", 1, past.clone())).await.expect("writes");
        assert_eq!(list(&mut tx, "released", None, 9).await.expect("reads"), [entered("e", 1, past)]);
        for entry in &all {
            add(&mut tx, "checkout", entry).await.expect("writes");
        }
        add(
            &mut tx,
            "other",
            &entered("d", 3, LedgerEntry::Withdrawal { of: "x".to_owned(), reason: String::new() }),
        )
        .await
        .expect("writes");
        let [a, b, c] = all;
        assert_eq!(
            list(&mut tx, "checkout", None, 10).await.expect("reads"),
            [c.clone(), b.clone(), a.clone()]
        );
        assert_eq!(list(&mut tx, "checkout", Some("c"), 1).await.expect("reads"), std::slice::from_ref(&b));
        assert_eq!(list(&mut tx, "checkout", Some("b"), 10).await.expect("reads"), [a]);
        assert_eq!(get(&mut tx, "checkout", "b").await.expect("reads"), Some(b));
        assert_eq!(get(&mut tx, "other", "b").await.expect("reads"), None);
        let of_all: Vec<String> = exclusions(&mut tx)
            .await
            .expect("reads")
            .entries
            .into_iter()
            .map(|(slo, each)| slo + &each.id)
            .collect();
        assert_eq!(of_all, ["checkouta", "checkoutc", "otherd"]);

        // What an SLO ends with is not what another of its name begins with; and what cannot be read holds up nothing else.
        let end = Revise { kind: "SLO", name: "checkout", document: None };
        revise(&mut tx, end, Applying { by: "ada", at: Timestamp::from_secs(2) }).await.expect("writes");
        sqlx::query("UPDATE slo_ledger SET data = '{}' WHERE id = 'd'")
            .execute(&mut *tx)
            .await
            .expect("writes");
        let found = exclusions(&mut tx).await.expect("reads");
        assert_eq!((found.entries, found.unreadable), (vec![], vec![("other".to_owned(), "d".to_owned())]));
    }

    #[tokio::test]
    async fn a_page_is_held_back_until_it_is_not() {
        let folder = tempfile::tempdir().expect("a folder");
        let state = State::open(&folder.path().join("state.db")).await.expect("opens");
        let mut tx = state.begin().await.expect("begins");
        for secs in [1, 2] {
            set_suppressed(&mut tx, "a", "burn/0/60", Timestamp::from_secs(secs)).await.expect("writes");
        }
        assert_eq!(suppressed(&mut tx).await.expect("reads"), [("a".to_owned(), "burn/0/60".to_owned())]);
        clear_suppressed(&mut tx, "a", "burn/0/60").await.expect("writes");
        assert!(suppressed(&mut tx).await.expect("reads").is_empty());
    }
}
