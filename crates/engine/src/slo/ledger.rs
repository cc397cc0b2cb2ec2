//! What people enter about an SLO's budget: each exclusion is entered together with what it changes, and may be looked at
//! before it is.

use ippo_base::ids::LedgerEntryId;
use ippo_base::{MinuteRange, Timestamp};
use ippo_domain::slo::{
    Entered, ExcludedTime, Exclusion, Exclusions, LedgerEntry, SloStatus, WINDOW_MAX_MINUTES, effects,
    evaluate,
};
use ippo_state::{definition, slo_ledger};

use super::book::DefinedSlo;
use super::gather::Gatherer;
use super::read::Moment;
use super::{SloError, Slos, blocking};

/// Time that is to be taken out of an SLO's budget.
#[derive(Clone, Debug)]
pub struct Exclude {
    /// The SLO.
    pub slo: String,
    /// The whole minutes.
    pub range: MinuteRange,
    /// What they are to count as.
    pub counts_as: ExcludedTime,
    /// Why.
    pub reason: String,
    /// Where it was agreed; may be empty.
    pub ticket: String,
    /// Who asks.
    pub by: String,
}

impl Slos {
    /// Takes time out of an SLO's budget; or only says what that would change.
    ///
    /// # Errors
    /// When there is no such SLO, the time makes no sense, or state fails.
    pub async fn exclude(&self, wish: Exclude, dry_run: bool, now: Timestamp) -> Result<Entered, SloError> {
        let defined = self.defined(&wish.slo)?;
        check(wish.range, now)?;
        let moment = Moment::read(self, now).await?;
        let before = moment.exclusions_of(&wish.slo);
        let Exclude { slo, range, counts_as, reason, ticket, by } = wish;
        let mut exclusion = Exclusion { range, counts_as, reason, ticket, effects: Vec::new() };
        let after = before.clone().with(&exclusion);
        let slos = self.clone();
        exclusion.effects = blocking(move || {
            let now = Gatherer::new(&slos.store, &slos.book, &moment.up);
            let then = Gatherer::supposing(&slos.store, &slos.book, &moment.up);
            let before = status(now, &defined, &moment, &before);
            effects(&defined.slo, &before, &status(then, &defined, &moment, &after))
        })
        .await?;
        let id = LedgerEntryId::fresh(&*self.ids).to_string();
        let entered = Entered { id, at: now, by, entry: LedgerEntry::Exclusion(exclusion) };
        if !dry_run {
            let mut tx = self.state.begin().await?;
            if !definition::is_current(&mut tx, "SLO", &slo).await? {
                return Err(SloError::Unknown(slo));
            }
            slo_ledger::add(&mut tx, &slo, &entered).await?;
            tx.commit().await?;
        }
        Ok(entered)
    }

    /// Takes an exclusion back.
    ///
    /// # Errors
    /// When there is no such SLO or exclusion, it was taken back already, or state fails.
    pub async fn withdraw(
        &self,
        slo: &str,
        id: &str,
        reason: &str,
        by: &str,
        now: Timestamp,
    ) -> Result<Entered, SloError> {
        self.defined(slo)?;
        let mut tx = self.state.begin().await?;
        match slo_ledger::get(&mut tx, slo, id).await?.map(|entered| entered.entry) {
            Some(LedgerEntry::Exclusion(_)) => {}
            _ => return Err(SloError::Refused(format!("SLO {slo} has no exclusion {id:?}"))),
        }
        let is_back =
            |entered: &Entered| matches!(&entered.entry, LedgerEntry::Withdrawal { of, .. } if of == id);
        let entries = slo_ledger::exclusions(&mut tx).await?.entries;
        if entries.iter().any(|(of, entered)| of == slo && is_back(entered)) {
            return Err(SloError::Refused(format!("the exclusion {id:?} was withdrawn already")));
        }
        let entry = LedgerEntry::Withdrawal { of: id.to_owned(), reason: reason.to_owned() };
        let fresh = LedgerEntryId::fresh(&*self.ids).to_string();
        let entered = Entered { id: fresh, at: now, by: by.to_owned(), entry };
        slo_ledger::add(&mut tx, slo, &entered).await?;
        tx.commit().await?;
        Ok(entered)
    }

    /// The ledger of an SLO, newest first: entries older than `before`, at most `limit`.
    ///
    /// # Errors
    /// When there is no such SLO, or state fails.
    pub async fn ledger(
        &self,
        slo: &str,
        before: Option<&str>,
        limit: usize,
    ) -> Result<Vec<Entered>, SloError> {
        self.defined(slo)?;
        let mut connection = self.state.read().await?;
        Ok(slo_ledger::list(&mut connection, slo, before, limit).await?)
    }
}

/// The status of an SLO with these exclusions. Waits for a disk.
fn status(
    mut gatherer: Gatherer<'_>,
    defined: &DefinedSlo,
    moment: &Moment,
    exclusions: &Exclusions,
) -> SloStatus {
    let slo = &defined.slo;
    let gathered = gatherer.gather(defined, moment.reach(slo), exclusions, moment.firing_of(slo));
    evaluate(slo, &gathered.inputs, moment.now)
}

/// Refuses time that no budget can have.
fn check(range: MinuteRange, now: Timestamp) -> Result<(), SloError> {
    let days = WINDOW_MAX_MINUTES / (24 * 60);
    let reason = if range.is_empty() {
        "an exclusion ends after it begins".to_owned()
    } else if range.len() > WINDOW_MAX_MINUTES {
        format!("an exclusion is at most {days} days long")
    } else if range.from > now.minute().plus(WINDOW_MAX_MINUTES) {
        format!("an exclusion begins within {days} days from now")
    } else {
        return Ok(());
    };
    Err(SloError::Refused(reason))
}
