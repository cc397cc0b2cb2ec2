//! What people enter about an SLO's budget: each exclusion is entered together with what it changes, and may be looked at
//! before it is.

use std::sync::Arc;

use ippo_base::ids::LedgerEntryId;
use ippo_base::{MinuteRange, Timestamp};
use ippo_domain::slo::{
    Change, Effect, Entered, ExcludedTime, Exclusion, Exclusions, LedgerEntry, Repeat, Reset, SloStatus,
    WINDOW_MAX_MINUTES, effects, evaluate,
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
    /// When they come back, if they do.
    pub repeat: Option<Repeat>,
    /// What they are to count as.
    pub counts_as: ExcludedTime,
    /// Why.
    pub reason: String,
    /// Where it was agreed; may be empty.
    pub ticket: String,
    /// Who asks.
    pub by: String,
}

/// How much of an entry is taken back.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Withdraw {
    /// As if it had never been.
    All,
    /// What has been stays so.
    FromNow,
}

/// A budget that is to be made whole again from now on.
#[derive(Clone, Debug)]
pub struct ResetBudget {
    /// The SLO.
    pub slo: String,
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
        let Exclude { slo, range, repeat, counts_as, reason, ticket, by } = wish;
        let mut exclusion = Exclusion { range, repeat, counts_as, reason, ticket, effects: Vec::new() };
        let moment = Moment::read(self, now).await?;
        let after = moment.exclusions_of(&slo).with(Change::Exclusion(&exclusion), moment.horizon());
        exclusion.effects = self.effects_of(defined, moment, after).await?;
        self.enter((&slo, by), LedgerEntry::Exclusion(exclusion), dry_run, now).await
    }

    /// Makes an SLO's budget whole again: what was bad before this minute counts as good; or only says what that would change.
    ///
    /// # Errors
    /// When there is no such SLO, it pages somebody now, or state fails.
    pub async fn reset_budget(
        &self,
        wish: ResetBudget,
        dry_run: bool,
        now: Timestamp,
    ) -> Result<Entered, SloError> {
        let defined = self.defined(&wish.slo)?;
        let ResetBudget { slo, reason, ticket, by } = wish;
        let moment = Moment::read(self, now).await?;
        if moment.pages(&defined.slo) {
            let why = format!(
                "SLO {slo} pages somebody now: what goes on would spend the new budget; reset it when that is over"
            );
            return Err(SloError::Refused(why));
        }
        let mut reset = Reset { at: now.minute(), reason, ticket, effects: Vec::new() };
        let after = moment.exclusions_of(&slo).with(Change::Reset(&reset), moment.horizon());
        reset.effects = self.effects_of(defined, moment, after).await?;
        self.enter((&slo, by), LedgerEntry::Reset(reset), dry_run, now).await
    }

    /// What it changes that `after` is taken out of a budget, and not what is now.
    async fn effects_of(
        &self,
        defined: Arc<DefinedSlo>,
        moment: Moment,
        after: Exclusions,
    ) -> Result<Vec<Effect>, SloError> {
        let before = moment.exclusions_of(&defined.slo.name);
        let slos = self.clone();
        blocking(move || {
            let now = Gatherer::new(&slos.store, &slos.book, &moment.up);
            let then = Gatherer::supposing(&slos.store, &slos.book, &moment.up);
            let before = status(now, &defined, &moment, &before);
            effects(&defined.slo, &before, &status(then, &defined, &moment, &after))
        })
        .await
    }

    /// Enters what somebody asked for, unless it is only tried.
    async fn enter(
        &self,
        (slo, by): (&str, String),
        entry: LedgerEntry,
        dry_run: bool,
        now: Timestamp,
    ) -> Result<Entered, SloError> {
        let id = LedgerEntryId::fresh(&*self.ids).to_string();
        let entered = Entered { id, at: now, by, entry };
        if !dry_run {
            let mut tx = self.state.begin().await?;
            if !definition::is_current(&mut tx, "SLO", slo).await? {
                return Err(SloError::Unknown(slo.to_owned()));
            }
            slo_ledger::add(&mut tx, slo, &entered).await?;
            tx.commit().await?;
        }
        Ok(entered)
    }

    /// Takes an exclusion or a reset back: all of it, or what would still come of an exclusion.
    ///
    /// # Errors
    /// When there is no such SLO or entry, it was taken back already, or state fails.
    pub async fn withdraw(
        &self,
        slo: &str,
        (id, span): (&str, Withdraw),
        reason: &str,
        by: &str,
        now: Timestamp,
    ) -> Result<Entered, SloError> {
        self.defined(slo)?;
        let mut tx = self.state.begin().await?;
        match slo_ledger::get(&mut tx, slo, id).await?.map(|entered| entered.entry) {
            Some(LedgerEntry::Exclusion(_)) => {}
            Some(LedgerEntry::Reset(_)) if span == Withdraw::All => {}
            Some(LedgerEntry::Reset(_)) => {
                return Err(SloError::Refused("a reset is taken back as a whole, or not at all".to_owned()));
            }
            _ => return Err(SloError::Refused(format!("SLO {slo} has no exclusion or reset {id:?}"))),
        }
        let is_back = |entered: &Entered| {
            matches!(&entered.entry, LedgerEntry::Withdrawal { of, from, .. } if of == id
                && (from.is_none() || span == Withdraw::FromNow))
        };
        let entries = slo_ledger::exclusions(&mut tx).await?.entries;
        if entries.iter().any(|(of, entered)| of == slo && is_back(entered)) {
            return Err(SloError::Refused(format!("the entry {id:?} was withdrawn already")));
        }
        let from = (span == Withdraw::FromNow).then(|| now.minute());
        let entry = LedgerEntry::Withdrawal { of: id.to_owned(), from, reason: reason.to_owned() };
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
