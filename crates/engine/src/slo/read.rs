//! Reads of SLOs for people: each answers with what an evaluation at that moment says.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use ippo_base::{MINUTES_PER_DAY, Minute, MinuteRange, TimeRange, Timestamp};
use ippo_domain::definition::Kind;
use ippo_domain::slo::alerts::{AlertClass, SloAlert, class_of, firing_windows};
use ippo_domain::slo::budget_policy::StandingRule;
use ippo_domain::slo::burn::LONGEST_WINDOW_MINUTES;
use ippo_domain::slo::{
    Entered, Exclusions, MinuteSet, Ratio, SeriesPoint, Slo, SloRemark, SloStatus, evaluate, series_together,
};
use ippo_state::definition::{self, StoredDefinition};
use ippo_state::slo::Mute;
use ippo_state::slo_ledger;
use ippo_state::uptime::{UPTIME_GAP, since};

use super::book::{DefinedPolicy, DefinedSlo, Pages, UnusableDefinition};
use super::gather::Gatherer;
use super::remarks::remarks;
use super::{SloError, Slos, blocking};
use crate::alert_rule::DefinedRule;
use crate::incident::open_by_slo;
use crate::journey::DefinedJourney;
use crate::sla::DefinedSla;

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
    /// The rules of error budget policies that stand for it.
    pub standing: Vec<StandingRule>,
}

/// The history of an SLO's objective, or of a composite SLO as a whole.
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
    /// What was taken out of budgets, by SLO.
    exclusions: BTreeMap<String, Exclusions>,
    /// Which pages are held back as so few failures may be chance: the SLO and its alert.
    pub(crate) suppressed: BTreeSet<(String, SloAlert)>,
    /// What could not be read: ippo's own failure.
    pub(crate) unreadable: Vec<String>,
}

impl Moment {
    pub(crate) async fn read(slos: &Slos, now: Timestamp) -> Result<Self, SloError> {
        let mut connection = slos.state.read().await?;
        let intervals = since(&mut connection, Timestamp::MIN).await?;
        let mut firing: BTreeMap<String, BTreeSet<SloAlert>> = BTreeMap::new();
        for row in ippo_state::slo::firing(&mut connection).await? {
            firing.entry(row.slo).or_default().extend(SloAlert::parse(&row.alert));
        }
        let mut entries: BTreeMap<String, Vec<Entered>> = BTreeMap::new();
        let stored = slo_ledger::exclusions(&mut connection).await?;
        for (slo, entered) in stored.entries {
            entries.entry(slo).or_default().push(entered);
        }
        let unreadable = stored.unreadable.into_iter().map(|(slo, id)| {
            format!("the exclusion {id} of SLO {slo} cannot be read, and its budget is judged without it: is this ippo older than the one that entered it?")
        });
        let unreadable = unreadable.collect();
        let horizon = horizon(now);
        let exclusions =
            entries.iter().map(|(slo, all)| (slo.clone(), Exclusions::of(all, horizon))).collect();
        let held_back = slo_ledger::suppressed(&mut connection).await?;
        let suppressed =
            held_back.into_iter().filter_map(|(slo, alert)| Some((slo, SloAlert::parse(&alert)?))).collect();
        Ok(Self { now, up: up_minutes(&intervals, now), firing, exclusions, suppressed, unreadable })
    }

    /// What was taken out of an SLO's budget.
    pub(crate) fn exclusions_of(&self, slo: &str) -> Exclusions {
        self.exclusions.get(slo).cloned().unwrap_or_default()
    }

    /// The long windows of the pairs of each objective that fire.
    pub(crate) fn firing_of(&self, slo: &Slo) -> Vec<Vec<u32>> {
        self.firing.get(&slo.name).map(|alerts| firing_windows(slo, alerts)).unwrap_or_default()
    }

    /// Up to when excluded time that comes back does so.
    pub(crate) fn horizon(&self) -> Minute {
        horizon(self.now)
    }

    /// Whether an SLO pages somebody.
    pub(crate) fn pages(&self, slo: &Slo) -> bool {
        let mut firing = self.firing.get(&slo.name).into_iter().flatten();
        firing.any(|alert| class_of(*alert) == AlertClass::Page)
    }

    /// The minutes that the whole status of an SLO depends on.
    pub(crate) fn reach(&self, slo: &Slo) -> MinuteRange {
        reach(slo, self.now.minute())
    }
}

/// What lies further ahead than a day is not asked for.
fn horizon(now: Timestamp) -> Minute {
    now.minute().plus(MINUTES_PER_DAY)
}

/// The minutes that the whole status of an SLO depends on, in the minute `now`.
pub(crate) fn reach(slo: &Slo, now: Minute) -> MinuteRange {
    let burn = MinuteRange::ending_with(now, LONGEST_WINDOW_MINUTES + slo.lag_minutes());
    let windows = [&slo.window].into_iter().chain(&slo.more_windows);
    let from = windows.map(|window| window.at(now).so_far.from).min().unwrap_or(burn.from);
    MinuteRange { from: from.min(burn.from), to: burn.to }
}

/// The minutes in which ippo was up. One that asks is up itself, if its last tick is not long ago.
pub(crate) fn up_minutes(intervals: &[TimeRange], now: Timestamp) -> MinuteSet {
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
        let Pages { budget_policies, alert_rules, journeys, slas, unusable, .. } = &mut pages;
        read_kind(&stored, Kind::ErrorBudgetPolicy, DefinedPolicy::read, budget_policies, unusable);
        read_kind(&stored, Kind::AlertRule, DefinedRule::read, alert_rules, unusable);
        read_kind(&stored, Kind::Journey, DefinedJourney::read, journeys, unusable);
        read_kind(&stored, Kind::Sla, DefinedSla::read, slas, unusable);
        for row in stored.into_iter().filter(|row| row.kind == Kind::Slo.name()) {
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
        let (store, book) = (self.store.clone(), self.book.clone());
        blocking(move || {
            let mut gatherer = Gatherer::new(&store, &book, &moment.up);
            pages.slos.values().map(|defined| report(defined, &mut gatherer, &moment, &notes)).collect()
        })
        .await
    }

    /// One SLO.
    ///
    /// # Errors
    /// When there is none of that name, or the state database fails.
    pub async fn show(&self, name: &str, now: Timestamp) -> Result<SloReport, SloError> {
        let defined = self.defined(name)?;
        let moment = Moment::read(self, now).await?;
        let notes = Notes::read(self, now).await?;
        let (store, book) = (self.store.clone(), self.book.clone());
        blocking(move || report(&defined, &mut Gatherer::new(&store, &book, &moment.up), &moment, &notes))
            .await
    }

    /// The history of an SLO's objective at `place` over `range`, which is aligned outward to whole steps. Without a place that of
    /// a composite SLO as a whole, or of the first objective.
    ///
    /// # Errors
    /// When there is no such SLO or objective, or the state database fails.
    pub async fn series(
        &self,
        name: &str,
        place: Option<usize>,
        range: TimeRange,
        now: Timestamp,
    ) -> Result<SloSeries, SloError> {
        let defined = self.defined(name)?;
        let parts = super::spend::parts(&defined.slo, place)?;
        let moment = Moment::read(self, now).await?;
        let (range, step_minutes) = steps(range, now);
        let (store, book) = (self.store.clone(), self.book.clone());
        blocking(move || {
            let from = defined.slo.window.at(range.from).so_far.from;
            let read = MinuteRange { from, to: range.to };
            let exclusions = moment.exclusions_of(&defined.slo.name);
            let gathered =
                Gatherer::new(&store, &book, &moment.up).gather(&defined, read, &exclusions, vec![]);
            let given = |(place, share): (usize, Ratio)| {
                (share, &defined.slo.objectives[place], &gathered.inputs.objectives[place].history)
            };
            let parts: Vec<_> = parts.into_iter().map(given).collect();
            let points = series_together(&defined.slo, &parts, range, step_minutes);
            SloSeries { range, step_minutes, points }
        })
        .await
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
}

/// Reads every stored definition of a kind.
fn read_kind<T>(
    stored: &[StoredDefinition],
    kind: Kind,
    read: impl Fn(&StoredDefinition) -> Result<T, UnusableDefinition>,
    into: &mut BTreeMap<String, Arc<T>>,
    unusable: &mut Vec<UnusableDefinition>,
) {
    for row in stored.iter().filter(|row| row.kind == kind.name()) {
        match read(row) {
            Ok(defined) => drop(into.insert(row.name.clone(), Arc::new(defined))),
            Err(reason) => unusable.push(reason),
        }
    }
}

/// An SLO and what is the case with it.
pub(crate) fn report(
    defined: &DefinedSlo,
    gatherer: &mut Gatherer<'_>,
    moment: &Moment,
    notes: &Notes,
) -> SloReport {
    let slo = &defined.slo;
    let exclusions = moment.exclusions_of(&slo.name);
    let gathered = gatherer.gather(defined, moment.reach(slo), &exclusions, moment.firing_of(slo));
    let status = evaluate(slo, &gathered.inputs, moment.now);
    let mut told = gatherer.book.polls.remarks(slo);
    told.extend(gatherer.book.drifts.remark(defined));
    told.extend(remarks(slo, &status, &gathered));
    SloReport {
        remarks: told,
        revision: defined.revision,
        document: defined.document.clone(),
        status,
        mute: notes.mutes.get(&slo.name).cloned(),
        open_incident: notes.open_incident(&slo.name),
        standing: notes.standing(&slo.name),
        slo: slo.clone(),
    }
}

/// What people did about SLOs.
pub(crate) struct Notes {
    mutes: BTreeMap<String, Mute>,
    open_incidents: BTreeMap<String, i64>,
    standing: BTreeMap<String, Vec<StandingRule>>,
}

impl Notes {
    pub(crate) async fn read(slos: &Slos, now: Timestamp) -> Result<Self, SloError> {
        let standing = slos.standing_rules().await?;
        let mut connection = slos.state.read().await?;
        let mutes = ippo_state::slo::mutes(&mut connection, now).await?;
        let mutes = mutes.into_iter().map(|mute| (mute.slo.clone(), mute)).collect();
        Ok(Self { mutes, open_incidents: open_by_slo(&mut connection).await?, standing })
    }

    /// The number of an SLO's open incident.
    pub(super) fn open_incident(&self, slo: &str) -> Option<i64> {
        self.open_incidents.get(slo).copied()
    }

    /// The rules of error budget policies that stand for an SLO.
    pub(super) fn standing(&self, slo: &str) -> Vec<StandingRule> {
        self.standing.get(slo).cloned().unwrap_or_default()
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
