//! How an SLO's periods went. Each is closed in the ledger some time after its end, with what is known then; whoever asks later has
//! that beside what is known now.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use ippo_base::ids::LedgerEntryId;
use ippo_base::{Minute, MinuteRange, SharedClock, Timestamp};
use ippo_domain::slo::{
    CalendarWindow, Closing, Entered, LedgerEntry, PeriodResult, closing_calendar, period_results,
};
use ippo_state::{definition, slo_ledger};
use tokio_util::sync::CancellationToken;

use super::book::DefinedSlo;
use super::gather::Gatherer;
use super::read::Moment;
use super::spend::{named, parts};
use super::{SloError, Slos, blocking};
use crate::watch::chain;

/// How long after its end a period is closed: what comes late within this time is part of it.
pub const CLOSES_AFTER_MINUTES: u32 = 60;
/// How often the engine looks for periods that have ended.
const LOOK_EVERY: Duration = Duration::from_secs(60);
/// Periods that are closed at once, where ippo was down for long, and those that are told.
pub const PERIODS_MOST: usize = 36;

/// Up to when each SLO is closed, as far as this ippo has looked. Cheap to clone; clones share.
#[derive(Clone, Default)]
pub(super) struct ClosedUntil(Arc<Mutex<BTreeMap<String, Minute>>>);

impl ClosedUntil {
    fn is_past(&self, slo: &str, end: Minute) -> bool {
        let closed = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        closed.get(slo).is_some_and(|until| *until >= end)
    }

    fn note(&self, slo: &str, until: Minute) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).insert(slo.to_owned(), until);
    }

    /// What another has become must be looked at anew.
    pub(super) fn forget(&self) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clear();
    }
}

/// One period of an objective.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct ToldPeriod {
    /// Its minutes.
    pub period: MinuteRange,
    /// Whether it still goes on.
    pub is_running: bool,
    /// What is known of it now.
    pub now: PeriodResult,
    /// When it was closed, and with what.
    pub closed: Option<(Timestamp, PeriodResult)>,
}

/// The periods of an objective, or of a composite SLO as a whole.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct SloHistory {
    /// What the objective is called, or the SLO as a whole.
    pub objective: String,
    /// The name of the time zone in which they begin and end.
    pub zone: String,
    /// Newest first; the first one goes on.
    pub periods: Vec<ToldPeriod>,
    /// Why this may not be all.
    pub warnings: Vec<String>,
}

/// Closes what has ended, until `stop`.
pub async fn close_by_itself(slos: Slos, clock: SharedClock, stop: CancellationToken) {
    let mut told = None;
    while !stop.is_cancelled() {
        let failed = slos.close_periods(clock.now()).await.err().map(|error| chain(&error));
        if let Some(reason) = failed.as_ref().filter(|_| told != failed) {
            tracing::error!(reason, "the periods of SLOs cannot be closed; it is tried again");
        }
        told = failed;
        tokio::select! {
            () = clock.sleep(LOOK_EVERY) => {}
            () = stop.cancelled() => {}
        }
    }
}

impl Slos {
    /// Closes every period that has ended for long enough, and says whose. One whose counts are still being made waits.
    ///
    /// # Errors
    /// When state fails. What is closed by then stays so.
    pub async fn close_periods(&self, now: Timestamp) -> Result<Vec<String>, SloError> {
        let pages = self.book.read();
        let mut closed = Vec::new();
        for (name, defined) in &pages.slos {
            let calendar = closing_calendar(&defined.slo, &self.book.zone());
            let end = calendar.period(now.minute().minus(CLOSES_AFTER_MINUTES)).from;
            if self.book.closed.is_past(name, end) {
                continue;
            }
            let waiting = self.waiting(defined, &calendar, end).await?;
            if self.close(defined, &calendar, waiting, now).await? {
                self.book.closed.note(name, end);
                closed.push(name.clone());
            }
        }
        Ok(closed)
    }

    /// The periods that have ended by `end` and are not closed, oldest first.
    async fn waiting(
        &self,
        defined: &DefinedSlo,
        calendar: &CalendarWindow,
        end: Minute,
    ) -> Result<Vec<MinuteRange>, SloError> {
        let name = &defined.slo.name;
        let mut connection = self.state.read().await?;
        let Some(begun) = definition::begun_at(&mut connection, "SLO", name).await? else {
            return Ok(vec![]);
        };
        let last = slo_ledger::of_kind(&mut connection, name, "closing", 1).await?;
        let last = last.into_iter().find(|entered| entered.at >= begun).and_then(|entered| closing(&entered));
        let mut period = match &last {
            None => calendar.period(begun.minute()),
            Some(closing) => calendar.period(closing.period.to),
        };
        // The calendar is another than it was: half a period is nobody's.
        if last.is_some_and(|closing| closing.period.to > period.from) {
            period = calendar.period(period.to);
        }
        let mut waiting = Vec::new();
        while period.to <= end {
            waiting.push(period);
            period = calendar.period(period.to);
        }
        let old = waiting.len().saturating_sub(PERIODS_MOST);
        Ok(waiting.split_off(old))
    }

    /// Closes these periods. False if it must wait.
    async fn close(
        &self,
        defined: &Arc<DefinedSlo>,
        calendar: &CalendarWindow,
        waiting: Vec<MinuteRange>,
        now: Timestamp,
    ) -> Result<bool, SloError> {
        let (Some(first), Some(last)) = (waiting.first(), waiting.last()) else { return Ok(true) };
        let range = MinuteRange { from: first.from, to: last.to };
        let Some(results) = self.results(defined, range, waiting.clone(), now).await? else {
            return Ok(false);
        };
        let mut tx = self.state.begin().await?;
        if !definition::is_current(&mut tx, "SLO", &defined.slo.name).await? {
            return Ok(true);
        }
        for (period, results) in waiting.into_iter().zip(results.periods) {
            let id = LedgerEntryId::fresh(&*self.ids).to_string();
            let entry = LedgerEntry::Closing(Closing { period, zone: calendar.zone().to_owned(), results });
            let entered = Entered { id, at: now, by: "ippo".to_owned(), entry };
            slo_ledger::add(&mut tx, &defined.slo.name, &entered).await?;
        }
        tx.commit().await?;
        Ok(true)
    }

    /// How periods within `range` went; none while counts are still being made.
    async fn results(
        &self,
        defined: &Arc<DefinedSlo>,
        range: MinuteRange,
        periods: Vec<MinuteRange>,
        now: Timestamp,
    ) -> Result<Option<Results>, SloError> {
        let moment = Moment::read(self, now).await?;
        let (slos, defined) = (self.clone(), Arc::clone(defined));
        blocking(move || {
            let exclusions = moment.exclusions_of(&defined.slo.name);
            let mut gatherer = Gatherer::supposing(&slos.store, &slos.book, &moment.up);
            let gathered = gatherer.gather(&defined, range, &exclusions, vec![]);
            let of = |period| period_results(&defined.slo, &gathered.inputs, period, now.minute());
            (!gathered.inputs.backfilling).then(|| Results {
                periods: periods.into_iter().map(of).collect(),
                warnings: gathered.warnings(),
            })
        })
        .await
    }

    /// How the last `count` periods of an SLO's objective at `place` went, the one that goes on first, as far back as anything is
    /// known. Without a place those of a composite SLO as a whole, or of the first objective.
    ///
    /// # Errors
    /// When there is no such SLO or objective, its counts are still being made, or state fails.
    pub async fn history(
        &self,
        name: &str,
        place: Option<usize>,
        count: usize,
        now: Timestamp,
    ) -> Result<SloHistory, SloError> {
        let defined = self.defined(name)?;
        parts(&defined.slo, place)?;
        let calendar = closing_calendar(&defined.slo, &self.book.zone());
        let mut periods = vec![calendar.period(now.minute())];
        while let Some(last) = periods.last().filter(|_| periods.len() < count.clamp(1, PERIODS_MOST)) {
            periods.push(calendar.period(last.from.minus(1)));
        }
        let from = periods.last().map_or(now.minute(), |oldest| oldest.from);
        let range = MinuteRange { from, to: now.minute().plus(1) };
        let Some(results) = self.results(&defined, range, periods.clone(), now).await? else {
            let why = format!("the counts of SLO {name} are still being made; ask again in a moment");
            return Err(SloError::Refused(why));
        };
        let mut connection = self.state.read().await?;
        let closings = slo_ledger::of_kind(&mut connection, name, "closing", PERIODS_MOST).await?;
        let objective = named(&defined.slo, place);
        let is_whole = defined.slo.is_composite() && place.is_none();
        // The result of a composite SLO as a whole comes before those of its parts.
        let at = place.unwrap_or_default() + usize::from(defined.slo.is_composite() && place.is_some());
        let told = periods.iter().zip(results.periods).map(|(period, mut results)| ToldPeriod {
            period: *period,
            is_running: period.contains(now.minute()),
            now: results.swap_remove(at),
            closed: closings.iter().find_map(|entered| {
                let closing = closing(entered).filter(|closing| closing.period == *period)?;
                let is_asked = |result: &PeriodResult| match result.target {
                    None => is_whole,
                    Some(_) => !is_whole && result.objective == objective,
                };
                let result = closing.results.into_iter().find(is_asked)?;
                Some((entered.at, result))
            }),
        });
        let mut told: Vec<ToldPeriod> = told.collect();
        let is_known = |each: &ToldPeriod| each.closed.is_some() || each.now.is_known();
        let known = told.iter().rposition(is_known).map_or(1, |last| last + 1);
        told.truncate(known);
        Ok(SloHistory {
            objective,
            zone: calendar.zone().to_owned(),
            periods: told,
            warnings: results.warnings,
        })
    }
}

/// How periods went, each for a composite SLO as a whole and for every objective.
struct Results {
    periods: Vec<Vec<PeriodResult>>,
    warnings: Vec<String>,
}

fn closing(entered: &Entered) -> Option<Closing> {
    match &entered.entry {
        LedgerEntry::Closing(closing) => Some(closing.clone()),
        _ => None,
    }
}
