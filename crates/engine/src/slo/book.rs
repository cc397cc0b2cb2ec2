//! The SLOs that are defined now, parsed and with their counters. Filled from state at the start and after each apply;
//! never the place where a definition is kept.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError, RwLock};

use ippo_base::Timestamp;
use ippo_domain::definition::{DefinitionError, Kind, parse_budget_policy, parse_slo};
use ippo_domain::slo::Slo;
use ippo_domain::slo::budget_policy::BudgetPolicy;
use ippo_state::definition::StoredDefinition;
use ippo_telemetry::{CounterSpec, Store, StoreError};
use jiff::tz::TimeZone;

use super::counters::SloCounters;
use super::known::{KnownDays, KnownSource};
use super::period::ClosedUntil;
use super::recount::Drifts;
use crate::alert_rule::DefinedRule;
use crate::journey::DefinedJourney;
use crate::polled::Polls;
use crate::sla::DefinedSla;

/// A defined SLO.
#[derive(Debug)]
pub struct DefinedSlo {
    /// What it says.
    pub slo: Slo,
    /// Counts up with every change of its definition.
    pub revision: u32,
    /// Its text, as it was applied.
    pub document: String,
    pub(crate) counters: SloCounters,
    /// What is known of the days of each objective, in order.
    pub(super) known: Vec<KnownDays>,
}

/// Why a stored definition cannot be used. It was good when it was applied, so this is ippo's own failure.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("the stored definition of {} {name} cannot be used: {reason}; apply its file again", .kind.name())]
pub struct UnusableDefinition {
    /// What it defines.
    pub kind: Kind,
    /// Its name.
    pub name: String,
    /// What is wrong.
    pub reason: String,
}

impl UnusableDefinition {
    pub(crate) fn of(kind: Kind, name: &str, reason: String) -> Self {
        Self { kind, name: name.to_owned(), reason }
    }

    /// Why this version of ippo cannot read it.
    pub(crate) fn of_errors(kind: Kind, name: &str, errors: &[DefinitionError]) -> Self {
        Self::of(kind, name, joined(errors))
    }
}

pub(crate) fn joined(errors: &[DefinitionError]) -> String {
    errors.iter().map(ToString::to_string).collect::<Vec<_>>().join("; ")
}

/// A defined error budget policy.
#[derive(Debug)]
pub struct DefinedPolicy {
    /// What it says.
    pub policy: BudgetPolicy,
    /// When it was applied as it is.
    pub applied_at: Timestamp,
}

impl DefinedPolicy {
    /// Reads a stored definition.
    ///
    /// # Errors
    /// If this version of ippo cannot read what was stored.
    pub fn read(stored: &StoredDefinition) -> Result<Self, UnusableDefinition> {
        let (kind, name) = (Kind::ErrorBudgetPolicy, &stored.name);
        let policy = parse_budget_policy(&stored.document);
        let policy = policy.map_err(|errors| UnusableDefinition::of_errors(kind, name, &errors))?;
        Ok(Self { policy, applied_at: stored.applied_at })
    }
}

impl DefinedSlo {
    /// Reads a stored definition.
    ///
    /// # Errors
    /// If this version of ippo cannot read what was stored.
    pub fn read(name: &str, revision: u32, document: String) -> Result<Self, UnusableDefinition> {
        let unusable = |reason| UnusableDefinition::of(Kind::Slo, name, reason);
        let slo = parse_slo(&document).map_err(|errors| unusable(joined(&errors)))?;
        let counters = SloCounters::compile(&slo).map_err(|e| unusable(e.message))?;
        let known = slo.objectives.iter().map(|_| KnownDays::default()).collect();
        Ok(Self { slo, revision, document, counters, known })
    }

    /// The names of its counters in the store.
    pub fn counter_keys(&self) -> impl Iterator<Item = &str> {
        self.counters.keys()
    }
}

/// Every defined SLO by name, and those that cannot be used. Cheap to clone; clones share.
#[derive(Clone, Default)]
pub struct SloBook {
    inner: Arc<RwLock<Arc<Pages>>>,
    /// Held by whoever brings it up to date.
    pub(super) turn: Arc<tokio::sync::Mutex<()>>,
    /// Whether it may say less than what is stored.
    behind: Arc<AtomicBool>,
    /// When sources were heard, by their counters.
    sources: Arc<Mutex<BTreeMap<String, Arc<KnownSource>>>>,
    /// Held by whoever counts again: one at a time.
    pub(super) recounting: Arc<tokio::sync::Mutex<()>>,
    /// What was found when the engine counted again by itself.
    pub(super) drifts: Drifts,
    /// Up to when periods are closed.
    pub(super) closed: ClosedUntil,
    /// In which time zone months begin, where an SLO has none of its own; UTC by default.
    zone: Option<TimeZone>,
    /// How many SLOs were looked at in turn.
    looked_at: Arc<AtomicUsize>,
    /// How what is fetched from data sources fares.
    pub polls: Polls,
}

/// What the book says at one moment.
#[derive(Debug, Default)]
pub struct Pages {
    /// By name.
    pub slos: BTreeMap<String, Arc<DefinedSlo>>,
    /// Error budget policies by name.
    pub budget_policies: BTreeMap<String, Arc<DefinedPolicy>>,
    /// Alert rules by name.
    pub alert_rules: BTreeMap<String, Arc<DefinedRule>>,
    /// Journeys by name.
    pub journeys: BTreeMap<String, Arc<DefinedJourney>>,
    /// Agreements by name.
    pub slas: BTreeMap<String, Arc<DefinedSla>>,
    /// What could not be used.
    pub unusable: Vec<UnusableDefinition>,
}

impl SloBook {
    /// One in whose time zone months begin, where an SLO has none of its own.
    pub fn in_zone(zone: TimeZone) -> Self {
        Self { zone: Some(zone), ..Self::default() }
    }

    /// In which time zone months begin, where an SLO has none of its own.
    pub fn zone(&self) -> TimeZone {
        self.zone.clone().unwrap_or(TimeZone::UTC)
    }

    /// What it says now.
    pub fn read(&self) -> Arc<Pages> {
        Arc::clone(&self.inner.read().unwrap_or_else(PoisonError::into_inner))
    }

    /// What is known of a source.
    pub(super) fn source(&self, key: &str) -> Arc<KnownSource> {
        let mut sources = self.sources.lock().unwrap_or_else(PoisonError::into_inner);
        Arc::clone(sources.entry(key.to_owned()).or_default())
    }

    /// Whose turn it was to be looked at, after which so many more were.
    pub(super) fn turn_of(&self, more: usize) -> usize {
        self.looked_at.fetch_add(more, Ordering::Relaxed)
    }

    /// From now on it may say less than what is stored.
    pub(super) fn falls_behind(&self) {
        self.behind.store(true, Ordering::Release);
    }

    /// Whether it may say less than what is stored, because telemetry could not count for it.
    pub(crate) fn is_behind(&self) -> bool {
        self.behind.load(Ordering::Acquire)
    }

    /// Replaces what it says, and makes the store count for it: new counters are activated, those that nobody needs
    /// any more are retired. A counter that says the same as before goes on undisturbed.
    ///
    /// # Errors
    /// When the store fails. The book then says what it said before.
    pub async fn replace(&self, pages: Pages, store: &Store) -> Result<(), StoreError> {
        let wanted: BTreeMap<&str, &CounterSpec> = pages
            .slos
            .values()
            .flat_map(|defined| defined.counters.all().map(|(key, spec)| (key.as_str(), spec)))
            .collect();
        for (key, spec) in &wanted {
            store.activate_counter(key, (*spec).clone()).await?;
        }
        // Whatever else the store counts is left from SLOs that are gone, perhaps by a crash in between.
        for key in store.counter_keys().iter().filter(|key| !wanted.contains_key(key.as_str())) {
            store.retire_counter(key).await?;
        }
        self.sources
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .retain(|key, _| wanted.contains_key(key.as_str()));
        self.closed.forget();
        self.drifts.retain(|key| wanted.contains_key(key));
        *self.inner.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(pages);
        self.behind.store(false, Ordering::Release);
        self.polls.wake();
        Ok(())
    }
}
