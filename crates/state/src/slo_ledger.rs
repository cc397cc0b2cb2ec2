//! The ledgers of SLOs: entries are added and never changed, and which pages are held back now.

use ippo_base::{TimeRange, Timestamp};
use ippo_domain::slo::Entered;
use sqlx::any::AnyRow;
use sqlx::{AnyConnection, Row};

use crate::StateError;
use crate::incident::{read_json, write_json};
use column::Column;

mod column;

/// Reads every column of an entry.
const SELECT: &str = "SELECT id, recorded_at, actor, kind, data, slo FROM slo_ledger";

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

/// The newest entries of an SLO that are of one kind, at most `limit`. What this ippo cannot read is passed over.
///
/// # Errors
/// When the database fails.
pub async fn of_kind(
    connection: &mut AnyConnection,
    slo: &str,
    kind: &str,
    limit: usize,
) -> Result<Vec<Entered>, StateError> {
    let rows = sqlx::query(sqlx::AssertSqlSafe(format!(
        "{SELECT} WHERE slo = $1 AND kind = $2 ORDER BY recorded_at DESC, id DESC LIMIT $3"
    )))
    .bind(slo)
    .bind(kind)
    .bind(i64::try_from(limit).unwrap_or(i64::MAX))
    .fetch_all(connection)
    .await?;
    Ok(rows.iter().filter_map(|row| read_row(row).ok()).collect())
}

/// The entries of all SLOs in a range, each with its SLO, oldest first. What this ippo cannot read is passed over.
///
/// # Errors
/// When the database fails.
pub async fn in_range(
    connection: &mut AnyConnection,
    range: TimeRange,
) -> Result<Vec<(String, Entered)>, StateError> {
    let rows = sqlx::query(sqlx::AssertSqlSafe(format!(
        "{SELECT} WHERE recorded_at >= $1 AND recorded_at < $2 ORDER BY recorded_at, id"
    )))
    .bind(range.from.as_micros())
    .bind(range.to.as_micros())
    .fetch_all(connection)
    .await?;
    let of = |row: &AnyRow| Some((row.try_get::<String, _>(5).ok()?, read_row(row).ok()?));
    Ok(rows.iter().filter_map(of).collect())
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
        "SELECT id, recorded_at, actor, kind, data, slo FROM slo_ledger WHERE kind IN ('exclusion', 'reset', 'withdrawal') \
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

#[cfg(test)]
mod tests {
    use ippo_base::{Minute, MinuteRange};
    use ippo_domain::Said;
    use ippo_domain::slo::budget::Budget;
    use ippo_domain::slo::gate::{Exemption, GateVerdict};
    use ippo_domain::slo::{
        BoundOf, CalendarUnit, Closing, Counts, Effect, ExcludedTime, Exclusion, LedgerEntry, Override,
        PeriodResult, Ratio, Repeat, Reset, SuppressedPage,
    };

    use super::*;
    use crate::State;
    use crate::definition::{Applying, Revise, revise};

    fn entered(id: &str, secs: i64, entry: LedgerEntry) -> Entered {
        Entered { id: id.to_owned(), at: Timestamp::from_secs(secs), by: "ada".to_owned(), entry }
    }

    /// What repeats, a reset, a withdrawal from a moment on, and a closing.
    fn more() -> [LedgerEntry; 4] {
        let range = MinuteRange { from: Minute(29_000_000), to: Minute(29_000_060) };
        let (reason, ticket, effects) = ("maintenance".to_owned(), String::new(), vec![]);
        let weeks = Repeat::new(range, (2, CalendarUnit::Weeks), "Asia/Tokyo", Some(Minute(29_500_000)));
        let repeat = Some(weeks.expect("right"));
        let counts_as = ExcludedTime::LeftOut;
        let result = |target: &str, attained: Option<Ratio>| PeriodResult {
            objective: "fast".to_owned(),
            target: Some(target.to_owned()),
            attained,
            is_kept: attained.map(|_| false),
            budget: attained.map(|_| Budget {
                allowed: Ratio::new(1, 3),
                spent: Ratio::new(7, 1),
                remaining: Ratio::new(-20, 1),
            }),
            remaining: attained.map(|_| Ratio::new(-20, 1)),
            counts: Counts { good: 5, bad: 7, unknown: 1 },
            coverage: Ratio::new(1, 2),
            excluded_minutes: 60,
        };
        let whole = PeriodResult { target: None, remaining: Some(Ratio::new(-1, 10)), ..result("", None) };
        let results = vec![whole, result("0.999", Some(Ratio::new(5, 12))), result("0.99", None)];
        [
            LedgerEntry::Exclusion(Exclusion { range, repeat, counts_as, reason, ticket, effects }),
            LedgerEntry::Reset(Reset {
                at: Minute(7),
                reason: "やり直し".to_owned(),
                ticket: "OPS-2".to_owned(),
                effects: vec![Effect { objective: "a".to_owned(), before: None, after: Some(Ratio::ONE) }],
            }),
            LedgerEntry::Withdrawal { of: "0".to_owned(), from: Some(Minute(9)), reason: "over".to_owned() },
            LedgerEntry::Closing(Closing { period: range, zone: "Asia/Tokyo".to_owned(), results }),
        ]
    }

    #[tokio::test]
    async fn entries_are_read_as_they_were_written_newest_first() {
        let folder = tempfile::tempdir().expect("a folder");
        let state = State::open(&folder.path().join("state.db")).await.expect("opens");
        let mut tx = state.begin().await.expect("begins");
        let exclusion = LedgerEntry::Exclusion(Exclusion {
            range: MinuteRange { from: Minute(10), to: Minute(70) },
            repeat: None,
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
            bound_of: BoundOf::ErrorRatio,
            bound: "0.5116".to_owned(),
            threshold: Ratio::new(9, 625),
        });
        let back = LedgerEntry::Withdrawal { of: "a".to_owned(), from: None, reason: "a slip".to_owned() };
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
            &entered(
                "d",
                3,
                LedgerEntry::Withdrawal { of: "x".to_owned(), from: None, reason: String::new() },
            ),
        )
        .await
        .expect("writes");
        for (n, entry) in more().into_iter().enumerate() {
            add(&mut tx, "more", &entered(&n.to_string(), 4, entry.clone())).await.expect("writes");
            assert_eq!(
                get(&mut tx, "more", &n.to_string()).await.expect("reads").map(|e| e.entry),
                Some(entry)
            );
        }
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
        assert_eq!(of_all, ["checkouta", "checkoutc", "otherd", "more0", "more1", "more2"]);

        // What an SLO ends with is not what another of its name begins with; and what cannot be read holds up nothing else.
        let end = Revise { kind: "SLO", name: "checkout", document: None };
        revise(&mut tx, end, Applying { by: "ada", at: Timestamp::from_secs(2) }).await.expect("writes");
        sqlx::query("UPDATE slo_ledger SET data = '{}' WHERE id = 'd'")
            .execute(&mut *tx)
            .await
            .expect("writes");
        let found = exclusions(&mut tx).await.expect("reads");
        assert!(found.entries.iter().all(|(slo, _)| slo == "more"), "{:?}", found.entries);
        assert_eq!(found.unreadable, [("other".to_owned(), "d".to_owned())]);
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
