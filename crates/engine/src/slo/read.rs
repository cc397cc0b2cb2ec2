//! Reads of SLOs for people: each answers with what an evaluation at that moment says.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use ippo_base::{MinuteRange, TimeRange, Timestamp};
use ippo_domain::slo::alerts::{SloAlert, firing_windows};
use ippo_domain::slo::burn::LONGEST_WINDOW_MINUTES;
use ippo_domain::slo::{
    Ledger, MinuteSet, SeriesPoint, Slo, SloInputs, SloRemark, SloStatus, evaluate, series,
};
use ippo_state::definition;
use ippo_state::slo::Mute;
use ippo_state::uptime::{UPTIME_GAP, since};

use super::book::{DefinedSlo, Pages};
use super::remarks::remarks;
use super::{SloError, Slos, gather};
use crate::incident::open_by_slo;

/// Points in one series, at most.
pub const SERIES_POINTS: u32 = 500;
/// Lengths of a step, in minutes; the first that gives few enough points is taken.
const STEPS_MINUTES: [u32; 10] = [1, 5, 10, 30, 60, 120, 240, 720, 1440, 7 * 1440];

/// An SLO and what is the case with it.
#[derive(Clone, Debug)]
pub struct SloReport {
    /// What it says.
    pub slo: Slo,
    /// Counts up with every change of its definition.
    pub revision: u32,
    /// Its text, as it was applied.
    pub document: String,
    /// What is the case.
    pub status: SloStatus,
    /// What is worth a word of its counts.
    pub remarks: Vec<SloRemark>,
    /// Who muted it, if it is.
    pub mute: Option<Mute>,
    /// The number of its open incident.
    pub open_incident: Option<i64>,
}

/// The history of an SLO's first objective.
#[derive(Clone, Debug)]
pub struct SloSeries {
    /// The whole minutes it covers.
    pub range: MinuteRange,
    /// The length of a step.
    pub step_minutes: u32,
    /// One for each step.
    pub points: Vec<SeriesPoint>,
}

/// What every evaluation of a moment shares.
pub(crate) struct Moment {
    pub(crate) now: Timestamp,
    pub(crate) up: MinuteSet,
    /// Which alerts fire, by SLO.
    pub(crate) firing: BTreeMap<String, BTreeSet<SloAlert>>,
}

impl Moment {
    pub(crate) async fn read(slos: &Slos, now: Timestamp) -> Result<Self, SloError> {
        let mut connection = slos.state.read().await?;
        let intervals = since(&mut connection, Timestamp::MIN).await?;
        let mut firing: BTreeMap<String, BTreeSet<SloAlert>> = BTreeMap::new();
        for row in ippo_state::slo::firing(&mut connection).await? {
            firing.entry(row.slo).or_default().extend(SloAlert::parse(&row.alert));
        }
        Ok(Self { now, up: up_minutes(&intervals, now), firing })
    }

    /// What the status of `defined` depends on, in the last `minutes`.
    ///
    /// How many days cannot be read comes second.
    pub(crate) async fn inputs(&self, slos: &Slos, defined: &DefinedSlo, minutes: u32) -> (SloInputs, usize) {
        let range = MinuteRange::ending_with(self.now.minute(), minutes);
        let firing = self.firing.get(&defined.slo.name).map(|alerts| firing_windows(&defined.slo, alerts));
        gather::inputs(&slos.store, &defined.counters, &self.up, range, firing.unwrap_or_default()).await
    }
}

/// The minutes in which ippo was up. One that asks is up itself, if its last tick is not long ago.
fn up_minutes(intervals: &[TimeRange], now: Timestamp) -> MinuteSet {
    let minutes = |range: &TimeRange| {
        let current = range.to <= now && range.to.plus(UPTIME_GAP) >= now;
        let last = if current { now } else { range.to };
        MinuteRange { from: range.from.minute(), to: last.minute().plus(1) }
    };
    MinuteSet::from_ranges(intervals.iter().map(minutes))
}

impl Slos {
    /// Fills the book from what is stored, and has the store count for it.
    ///
    /// # Errors
    /// When state or store fail. A single definition that cannot be used is not an error; the book names it.
    pub async fn load(&self) -> Result<(), SloError> {
        let _turn = self.book.turn.lock().await;
        self.book.falls_behind();
        self.load_in_turn().await
    }

    /// Tries again what could not be loaded, unless someone is at it.
    pub(super) async fn catch_up(&self) -> Result<(), SloError> {
        match self.book.turn.try_lock() {
            Ok(_turn) if self.book.is_behind() => self.load_in_turn().await,
            Ok(_) | Err(_) => Ok(()),
        }
    }

    async fn load_in_turn(&self) -> Result<(), SloError> {
        let mut connection = self.state.read().await?;
        let stored = definition::current(&mut connection).await?;
        drop(connection);
        let mut pages = Pages::default();
        let before = self.book.read();
        for row in stored.into_iter().filter(|row| row.kind == "SLO") {
            let same = before.slos.get(&row.name).filter(|d| d.revision == row.revision);
            match same
                .map(|d| Ok(Arc::clone(d)))
                .unwrap_or_else(|| DefinedSlo::read(&row.name, row.revision, row.document).map(Arc::new))
            {
                Ok(defined) => drop(pages.slos.insert(row.name, defined)),
                Err(unusable) => pages.unusable.push(unusable),
            }
        }
        Ok(self.book.replace(pages, &self.store).await?)
    }

    /// Every SLO by name.
    ///
    /// # Errors
    /// When the state database fails.
    pub async fn list(&self, now: Timestamp) -> Result<Vec<SloReport>, SloError> {
        let pages = self.book.read();
        let moment = Moment::read(self, now).await?;
        let notes = Notes::read(self, now).await?;
        let mut reports = Vec::with_capacity(pages.slos.len());
        for defined in pages.slos.values() {
            reports.push(self.report(defined, &moment, &notes).await);
        }
        Ok(reports)
    }

    /// One SLO.
    ///
    /// # Errors
    /// When there is none of that name, or the state database fails.
    pub async fn show(&self, name: &str, now: Timestamp) -> Result<SloReport, SloError> {
        let defined = self.defined(name)?;
        let moment = Moment::read(self, now).await?;
        let notes = Notes::read(self, now).await?;
        Ok(self.report(&defined, &moment, &notes).await)
    }

    /// The history of an SLO's first objective over `range`, which is aligned outward to whole steps.
    ///
    /// # Errors
    /// When there is no such SLO, or the state database fails.
    pub async fn series(&self, name: &str, range: TimeRange, now: Timestamp) -> Result<SloSeries, SloError> {
        let defined = self.defined(name)?;
        let moment = Moment::read(self, now).await?;
        let (range, step_minutes) = steps(range, now);
        let window = defined.slo.window.minutes();
        let read = MinuteRange { from: range.from.minus(window), to: range.to };
        let (inputs, _) = gather::inputs(&self.store, &defined.counters, &moment.up, read, vec![]).await;
        let (Some(objective), Some(given)) = (defined.slo.objectives.first(), inputs.objectives.first())
        else {
            return Ok(SloSeries { range, step_minutes, points: vec![] });
        };
        let ledger = Ledger::new(&given.counts, &given.sealed, &inputs.coverage);
        let points = series(&defined.slo, objective, &ledger, range, step_minutes);
        Ok(SloSeries { range, step_minutes, points })
    }

    /// The definition of an SLO.
    ///
    /// # Errors
    /// When there is none of that name.
    pub fn defined(&self, name: &str) -> Result<Arc<DefinedSlo>, SloError> {
        self.book.read().slos.get(name).cloned().ok_or_else(|| SloError::Unknown(name.to_owned()))
    }

    /// Tells nobody of an SLO until a time. Its incidents open all the same.
    ///
    /// # Errors
    /// When there is no such SLO, or the state database fails.
    pub async fn mute(&self, mute: &Mute) -> Result<(), SloError> {
        self.defined(&mute.slo)?;
        let mut tx = self.state.begin().await?;
        ippo_state::slo::mute(&mut tx, mute).await?;
        Ok(tx.commit().await?)
    }

    /// Tells people of an SLO again.
    ///
    /// # Errors
    /// When there is no such SLO, or the state database fails.
    pub async fn unmute(&self, name: &str) -> Result<(), SloError> {
        self.defined(name)?;
        let mut tx = self.state.begin().await?;
        ippo_state::slo::unmute(&mut tx, name).await?;
        Ok(tx.commit().await?)
    }

    async fn report(&self, defined: &DefinedSlo, moment: &Moment, notes: &Notes) -> SloReport {
        let slo = defined.slo.clone();
        let minutes = slo.window.minutes().max(LONGEST_WINDOW_MINUTES);
        let (inputs, days_missing) = moment.inputs(self, defined, minutes).await;
        let status = evaluate(&slo, &inputs, moment.now);
        let window = MinuteRange::ending_with(moment.now.minute(), slo.window.minutes());
        SloReport {
            remarks: remarks(&self.store, defined, &status, window, days_missing).await,
            revision: defined.revision,
            document: defined.document.clone(),
            status,
            mute: notes.mutes.get(&slo.name).cloned(),
            open_incident: notes.open_incidents.get(&slo.name).copied(),
            slo,
        }
    }
}

/// What people did about SLOs.
struct Notes {
    mutes: BTreeMap<String, Mute>,
    open_incidents: BTreeMap<String, i64>,
}

impl Notes {
    async fn read(slos: &Slos, now: Timestamp) -> Result<Self, SloError> {
        let mut connection = slos.state.read().await?;
        let mutes = ippo_state::slo::mutes(&mut connection, now).await?;
        let mutes = mutes.into_iter().map(|mute| (mute.slo.clone(), mute)).collect();
        Ok(Self { mutes, open_incidents: open_by_slo(&mut connection).await? })
    }
}

/// The range in whole steps, not beyond the minute that has begun, and the length of a step.
fn steps(range: TimeRange, now: Timestamp) -> (MinuteRange, u32) {
    let minutes = range.minutes();
    let to = minutes.to.min(now.minute().plus(1));
    let from = minutes.from.min(to);
    let wanted = MinuteRange { from, to }.len().div_ceil(SERIES_POINTS);
    let longest = STEPS_MINUTES[STEPS_MINUTES.len() - 1];
    let step = STEPS_MINUTES.into_iter().find(|step| *step >= wanted);
    let step = step.unwrap_or(wanted.next_multiple_of(longest));
    (MinuteRange { from: from.minus(from.0 % step), to }, step)
}
