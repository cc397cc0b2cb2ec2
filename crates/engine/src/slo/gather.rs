//! Gathers what an SLO's status depends on: counts and coverage as the store and ippo's uptime have them now. Decides
//! nothing. Waits for a disk where a window reaches further back than what is in memory, so that whoever serves others
//! calls it on a thread of its own.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use ippo_base::{Minute, MinuteRange};
use ippo_domain::slo::{
    Coverage, Exclusions, History, Marks, MinuteSet, ObjectiveInputs, SOURCE_SPEAKS_FOR_MINUTES, SloInputs,
};
use ippo_telemetry::{Remark, Store};

use super::book::{DefinedSlo, SloBook};
use super::known::{Keeping, minutes_of};

/// What is read once for all SLOs that are looked at together.
pub(crate) struct Gatherer<'a> {
    store: &'a Store,
    pub(crate) book: &'a SloBook,
    up: &'a MinuteSet,
    sources: BTreeMap<String, Source>,
    keeping: Keeping,
    /// Days that were read to get there.
    pub(crate) read: usize,
}

/// A source in the range.
#[derive(Clone)]
struct Source {
    /// How far back it was read.
    from: Minute,
    coverage: Arc<Coverage>,
    measured: Arc<MinuteSet>,
    unreadable: Vec<u32>,
}

/// What was gathered of an SLO.
pub(crate) struct Gathered {
    pub(crate) inputs: SloInputs,
    /// Of each objective, in order, when its source could speak; the same one for the same source.
    pub(crate) coverage: Vec<Arc<Coverage>>,
    /// How many days cannot be read.
    pub(crate) days_missing: usize,
    /// What could not be counted.
    pub(crate) remarks: BTreeSet<Remark>,
}

impl Gathered {
    /// The sources of its objectives, each once, with the place of the first objective that it is of.
    pub(crate) fn sources(&self) -> impl Iterator<Item = (u32, &Coverage)> {
        let is_first =
            |place: usize, of: &Arc<Coverage>| !self.coverage[..place].iter().any(|e| Arc::ptr_eq(e, of));
        let each = self.coverage.iter().enumerate().filter(move |(place, of)| is_first(*place, of));
        each.map(|(place, coverage)| (place as u32, &**coverage))
    }

    /// Why its counts may not be all.
    pub(crate) fn warnings(&self) -> Vec<String> {
        let backfilling = self.inputs.backfilling.then(|| {
            "the SLO's counts are still being made from stored telemetry; ask again in a moment".to_owned()
        });
        let missing = (self.days_missing > 0)
            .then(|| format!("{} days of its counts cannot be read from the disk", self.days_missing));
        backfilling.into_iter().chain(missing).collect()
    }
}

impl<'a> Gatherer<'a> {
    pub(crate) fn new(store: &'a Store, book: &'a SloBook, up: &'a MinuteSet) -> Self {
        Self { store, book, up, sources: BTreeMap::new(), keeping: Keeping::Kept, read: 0 }
    }

    /// One that looks at what is only supposed, such as an exclusion that nobody has entered yet: it leaves what is known of days
    /// as it is.
    pub(crate) fn supposing(store: &'a Store, book: &'a SloBook, up: &'a MinuteSet) -> Self {
        Self { keeping: Keeping::Supposed, ..Self::new(store, book, up) }
    }

    /// Reads the counters of an SLO over `range`. `firing` has, for each objective, the long windows of the pairs that fire.
    pub(crate) fn gather(
        &mut self,
        defined: &DefinedSlo,
        range: MinuteRange,
        exclusions: &Exclusions,
        mut firing: Vec<Vec<u32>>,
    ) -> Gathered {
        firing.resize(defined.slo.objectives.len(), Vec::new());
        let mut gathered = Gathered {
            inputs: SloInputs { objectives: Vec::with_capacity(firing.len()), backfilling: false },
            coverage: Vec::with_capacity(firing.len()),
            days_missing: 0,
            remarks: BTreeSet::new(),
        };
        for (place, firing) in firing.into_iter().enumerate() {
            let (key, _) = &defined.counters.sources[place];
            let source = self.source(key, range);
            gathered.coverage.push(Arc::clone(&source.coverage));
            let status = self.store.counter_status(key);
            gathered.inputs.backfilling |= status.is_none_or(|status| status.backfilling);
            let history = self.history(defined, (place, range), exclusions, &source, &mut gathered);
            gathered.inputs.objectives.push(ObjectiveInputs { history, firing });
        }
        gathered.inputs.backfilling |= self.book.polls.is_filling(&defined.slo);
        gathered
    }

    fn history(
        &mut self,
        defined: &DefinedSlo,
        (place, range): (usize, MinuteRange),
        exclusions: &Exclusions,
        source: &Source,
        told: &mut Gathered,
    ) -> History {
        let slices = defined.slo.objectives[place].slices;
        let excluded = &exclusions.left_out;
        let key = &defined.counters.objectives[place].0;
        let Some(counter) = self.store.counter_days(key, range) else {
            told.inputs.backfilling = true;
            return History::of_days(vec![], slices, Arc::default(), excluded.clone());
        };
        told.inputs.backfilling |= counter.backfilling;
        told.remarks.extend(counter.remarks.iter().copied());
        let known = &defined.known[place];
        let lost = source.unreadable.iter().map(|day| minutes_of(*day));
        let sealed = MinuteSet::from_ranges(counter.unmeasured.iter().copied().chain(lost));
        let marks = Marks { hidden: sealed.union(excluded), good: exclusions.good.clone() };
        let found = known.find(counter, &marks, slices.as_ref(), self.keeping);
        self.read += found.read;
        let missing: BTreeSet<u32> = found.unreadable.iter().chain(&source.unreadable).copied().collect();
        told.days_missing = told.days_missing.max(missing.len());
        let unreadable = found.unreadable.iter().map(|day| minutes_of(*day));
        let holes = marks.hidden.union(&MinuteSet::from_ranges(unreadable));
        let covered = match holes.is_empty() {
            true => Arc::clone(&source.measured),
            false => Arc::new(source.measured.difference(&holes)),
        };
        History::of_days(found.days, slices, covered, excluded.clone())
    }

    /// When the source could speak, read once for all that look no further back.
    fn source(&mut self, key: &str, range: MinuteRange) -> Source {
        // Telemetry speaks for some minutes after its own.
        let from = range.from.minus(SOURCE_SPEAKS_FOR_MINUTES);
        if let Some(known) = self.sources.get(key).filter(|known| known.from <= from) {
            return known.clone();
        }
        let counter = self.store.counter_days(key, MinuteRange { from, to: range.to });
        let (heard, unreadable) =
            counter.map(|counter| self.book.source(key).find(counter)).unwrap_or_default();
        let coverage = Coverage { up: self.up.clone(), source: heard };
        let measured = Arc::new(coverage.measured());
        let source = Source { from, coverage: Arc::new(coverage), measured, unreadable };
        self.sources.insert(key.to_owned(), source.clone());
        source
    }
}
