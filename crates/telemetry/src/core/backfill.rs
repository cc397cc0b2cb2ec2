//! Starting a counter over rows that are already stored, while new ones keep coming.
//!
//! Activation logs the counter's words and fixes a snapshot in one step: rows before it come from the snapshot, rows
//! after it are counted as they are appended. No row is on both sides, and none on neither.

use std::sync::Arc;

use ippo_base::{Minute, MinuteRange, TimeRange};

use super::Core;
use crate::columns;
use crate::counter::{
    Counter, CounterSpec, Counts, Filling, Kept, Recounted, Series, Stored, Telling, count_into,
};
use crate::segment::{self, Files, SegmentError};
use crate::snapshot::Snapshot;
use crate::wal::Entry;

/// All time.
pub(crate) const EVERYTHING: MinuteRange = MinuteRange { from: Minute(0), to: Minute(u32::MAX) };

/// Stored rows to count for one generation of a counter.
pub struct BackfillJob {
    /// The counter.
    pub key: String,
    /// Its generation.
    pub generation: u64,
    spec: CounterSpec,
    snapshot: Snapshot,
    files: Files,
    /// The hours that are wanted.
    range: MinuteRange,
}

/// Stored rows, counted.
#[derive(Debug)]
pub struct Backfilled {
    key: String,
    generation: u64,
    series: Series,
    /// The last points of its series, if it counts what they add to each other.
    kept: Option<Kept>,
    /// Windows of segments that could not be read.
    unreadable: Vec<(MinuteRange, SegmentError)>,
    /// Windows of segments that do not have all of their spans any more.
    sampled: Vec<MinuteRange>,
}

/// What must be logged for a counter to count by a spec.
#[derive(Debug, Clone, PartialEq)]
pub enum Activation {
    /// Nothing: this generation does.
    Unchanged(u64),
    /// This record, which starts this generation.
    New(u64, Entry),
}

impl Backfilled {
    /// The sums of each minute with rows, ascending.
    pub(super) fn minutes(&self) -> impl Iterator<Item = (Minute, Counts)> {
        self.series.read(EVERYTHING)
    }

    /// Stretches of which not every row was counted, and why.
    pub(super) fn holes(&self) -> impl Iterator<Item = (MinuteRange, String)> {
        let unreadable = self.unreadable.iter().map(|(hole, error)| (*hole, error.to_string()));
        let sampled =
            self.sampled.iter().map(|hole| (*hole, "only some of the traces are stored".to_owned()));
        unreadable.chain(sampled)
    }

    /// What could not be counted, and why.
    pub fn unreadable(&self) -> impl Iterator<Item = &SegmentError> {
        self.unreadable.iter().map(|(_, error)| error)
    }
}

impl BackfillJob {
    /// How counts are made of what it sums.
    pub(super) fn telling(&self) -> Telling {
        Telling::of(&self.spec)
    }

    fn times(&self) -> TimeRange {
        match self.range {
            EVERYTHING => TimeRange::ALL,
            MinuteRange { from, to } => TimeRange { from: from.start(), to: to.start() },
        }
    }

    /// Counts the stored rows, of wanted hours all of them. `progress` hears the share that is done, 0 to 1, and says whether to go on.
    pub fn run(&self, progress: &dyn Fn(f64) -> bool) -> Option<Backfilled> {
        let (key, generation) = (self.key.clone(), self.generation);
        if let Some(mut stored) = Stored::of(&self.spec, &self.snapshot, &self.files) {
            let (Recounted { series, kept }, unreadable) = match self.range {
                EVERYTHING => stored.count(progress)?,
                range => stored.count_hours(range, progress)?,
            };
            let kept = Some(kept);
            return Some(Backfilled { key, generation, series, kept, unreadable, sampled: Vec::new() });
        }
        let signal = self.spec.signal;
        let mut series = Series::default();
        for batch in self.snapshot.rows(signal) {
            count_into(&mut series, &self.spec, batch);
        }
        let mut wanted = self.spec.columns();
        wanted.push(columns::time_column(signal));
        let segments: Vec<_> = self.snapshot.segments(signal, self.times()).collect();
        let (mut unreadable, mut sampled) = (Vec::new(), Vec::new());
        for (done, meta) in segments.iter().enumerate() {
            if !progress(done as f64 / segments.len() as f64) {
                return None;
            }
            let to = Minute(meta.window + segment::WINDOW_MINUTES);
            let window = MinuteRange { from: Minute(meta.window), to };
            if meta.sampled.is_some() {
                if !sampled.contains(&window) {
                    sampled.push(window);
                }
                continue;
            }
            match self.files.read(signal, meta, Some(&wanted)) {
                Ok(batches) => batches.iter().for_each(|batch| count_into(&mut series, &self.spec, batch)),
                Err(error) => unreadable.push((window, error)),
            }
        }
        Some(Backfilled { key, generation, series, kept: None, unreadable, sampled })
    }
}

impl Core {
    /// The generation that counts by this spec already, or the record to log before [`Core::start_generation`].
    pub fn plan_generation(&self, key: &str, spec: &CounterSpec) -> Activation {
        match self.counters.get(key) {
            Some(counter) if counter.spec == *spec => Activation::Unchanged(counter.generation),
            _ => self.next_generation(key, spec),
        }
    }

    /// The record to log before a cut back-fill is started over. `None` if there is no such counter.
    pub fn plan_refill(&self, key: &str) -> Option<(CounterSpec, Activation)> {
        let spec = self.counters.get(key)?.spec.clone();
        let activation = self.next_generation(key, &spec);
        Some((spec, activation))
    }

    /// Counts what is stored now of the hours of a range, for nobody but whoever asks.
    pub(super) fn recount_job(&self, key: &str, counter: &Counter, range: MinuteRange) -> BackfillJob {
        BackfillJob {
            key: key.to_owned(),
            generation: counter.generation,
            spec: counter.spec.clone(),
            snapshot: self.snapshot(),
            files: self.files.clone(),
            range,
        }
    }

    /// Starts to count, once the record is durable and before anything else is appended. Returns the job that counts
    /// what is stored, if anything is.
    pub fn start_generation(&mut self, key: &str, spec: CounterSpec, generation: u64) -> Option<BackfillJob> {
        let signal = spec.signal;
        self.highest_generation = self.highest_generation.max(generation);
        self.leaves = super::no_leaves();
        self.counters.start(key, spec.clone(), generation, self.sealed(signal));
        let key = key.to_owned();
        let snapshot = self.snapshot();
        if !snapshot.is_empty(signal) {
            let files = self.files.clone();
            return Some(BackfillJob { key, generation, spec, snapshot, files, range: EVERYTHING });
        }
        self.complete(&Backfilled {
            key,
            generation,
            series: Series::default(),
            kept: None,
            unreadable: Vec::new(),
            sampled: Vec::new(),
        });
        None
    }

    /// The record to log before [`Core::remove_counter`]. `None` if there is no such counter.
    pub fn plan_retirement(&self, key: &str) -> Option<Entry> {
        self.counters.get(key).map(|_| Entry::CounterRetired { key: key.to_owned() })
    }

    /// Forgets a counter, once the record is durable.
    pub fn remove_counter(&mut self, key: &str) {
        self.leaves = super::no_leaves();
        self.counters.remove(key);
    }

    /// Counters whose back-fill a stop or a crash cut short. Each must be filled again from the start: [`Core::plan_refill`].
    pub fn unfilled(&self) -> Vec<String> {
        let unfilled = self.counters.iter().filter(|(_, counter)| counter.filling != Filling::Complete);
        unfilled.map(|(key, _)| key.to_owned()).collect()
    }

    /// Adds counted rows to their counter, unless it went on to another generation meanwhile.
    pub fn finish_backfill(&mut self, filled: &Backfilled) {
        self.filled |= self.complete(filled);
    }

    /// Whether they were added.
    fn complete(&mut self, filled: &Backfilled) -> bool {
        let Some(counter) = self.counters.get_mut(&filled.key) else { return false };
        if counter.generation != filled.generation {
            return false;
        }
        counter.history.merge(&filled.series);
        if let Some(kept) = &mut counter.kept {
            Arc::make_mut(kept).fill(filled.kept.as_ref().unwrap_or(&Kept::default()));
        }
        let gaps = filled.unreadable.iter().map(|(gap, _)| gap).chain(&filled.sampled);
        counter.unmeasured.extend(gaps.copied());
        counter.filling = Filling::Complete;
        self.checkpoint_due = true;
        true
    }

    /// Whether a flush would spare the next start back-fills, of which none is running or waiting.
    pub fn backfills_unsaved(&self) -> bool {
        self.filled && self.unfilled().is_empty()
    }

    /// Notes how far a back-fill is.
    pub fn note_progress(&mut self, key: &str, generation: u64, done: f64) {
        if let Some(counter) = self.counters.get_mut(key)
            && counter.generation == generation
            && counter.filling != Filling::Complete
        {
            counter.filling = Filling::Running(done);
        }
    }

    fn next_generation(&self, key: &str, spec: &CounterSpec) -> Activation {
        // Neither a back-fill that was begun for a counter of this name before, nor what a file has of it, must ever be taken
        // for one of this.
        let generation = self.highest_generation + 1;
        Activation::New(generation, Entry::GenerationActivated(spec.entry(key, generation)))
    }

    /// What no new generation can speak for: rows that have expired.
    pub(super) fn sealed(&self, signal: crate::Signal) -> Vec<MinuteRange> {
        let to = self.expired_before(signal);
        if to.0 == 0 { Vec::new() } else { vec![MinuteRange { from: Minute(0), to }] }
    }
}
