//! All counters, fed batch by batch.

use std::collections::BTreeMap;

use arrow::array::{AsArray, RecordBatch};
use arrow::datatypes::TimestampNanosecondType;
use ippo_base::time::MINUTES_PER_DAY;
use ippo_base::{Minute, MinuteRange, Timestamp};

use super::{CounterRead, CounterSpec, CounterStatus, Counts, Series};
use crate::columns;
use crate::expr::LeafCache;
use crate::signal::Signal;

/// Whether a counter holds all stored rows yet.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Filling {
    /// It does.
    Complete,
    /// Rows stored before its activation are being counted; the share that is done.
    Running(f64),
}

/// One counter.
#[derive(Debug, Clone, PartialEq)]
pub struct Counter {
    /// What it counts.
    pub spec: CounterSpec,
    /// Counted up with each new predicate or repeated back-fill.
    pub generation: u64,
    /// The counts so far.
    pub series: Series,
    /// Whether stored rows are all in.
    pub filling: Filling,
    /// What this generation cannot speak for.
    pub unmeasured: Vec<MinuteRange>,
}

/// Every counter by its key. Cloning is cheap: days are shared.
#[derive(Debug, Clone, Default)]
pub struct CounterSet {
    counters: BTreeMap<String, Counter>,
}

impl CounterSet {
    /// Counts the rows of one batch into every counter of its signal. What `leaves` knows of dictionaries serves the
    /// batches that follow.
    pub fn count(&mut self, signal: Signal, batch: &RecordBatch, leaves: &mut LeafCache) {
        if batch.num_rows() == 0 || !self.counters.values().any(|counter| counter.spec.signal == signal) {
            return;
        }
        let minutes = minutes(signal, batch);
        for counter in self.counters.values_mut().filter(|counter| counter.spec.signal == signal) {
            add(&mut counter.series, &minutes, &counter.spec, batch, leaves);
        }
    }

    /// Starts a counter, or starts it over, with nothing counted yet. Returns its generation.
    pub fn start(&mut self, key: &str, spec: CounterSpec, generation: u64, unmeasured: Vec<MinuteRange>) {
        let counter = Counter {
            spec,
            generation,
            series: Series::default(),
            filling: Filling::Running(0.0),
            unmeasured,
        };
        self.counters.insert(key.to_owned(), counter);
    }

    /// Forgets the counts of whole days before a minute. Whether there were any.
    pub fn forget_before(&mut self, minute: Minute) -> bool {
        let day = minute.0 / MINUTES_PER_DAY;
        let mut any = false;
        for counter in self.counters.values_mut() {
            any |= counter.series.forget_before(day);
        }
        any
    }

    /// Puts back a counter as a checkpoint has it.
    pub fn restore(&mut self, key: String, counter: Counter) {
        self.counters.insert(key, counter);
    }

    /// Gives up a counter.
    pub fn remove(&mut self, key: &str) -> bool {
        self.counters.remove(key).is_some()
    }

    /// The counter with this key.
    pub fn get(&self, key: &str) -> Option<&Counter> {
        self.counters.get(key)
    }

    /// The counter with this key, to change.
    pub fn get_mut(&mut self, key: &str) -> Option<&mut Counter> {
        self.counters.get_mut(key)
    }

    /// All counters by key, ascending.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &Counter)> {
        self.counters.iter().map(|(key, counter)| (key.as_str(), counter))
    }

    /// What the counter holds for the range.
    pub fn read(&self, key: &str, range: MinuteRange) -> Option<CounterRead> {
        let counter = self.counters.get(key)?;
        let unmeasured = counter.unmeasured.iter().filter(|gap| gap.from < range.to && range.from < gap.to);
        Some(CounterRead {
            minutes: counter.series.read(range).collect(),
            unmeasured: unmeasured.copied().collect(),
        })
    }

    /// How far the counter is.
    pub fn status(&self, key: &str) -> Option<CounterStatus> {
        let counter = self.counters.get(key)?;
        let (backfilling, backfill_done) = match counter.filling {
            Filling::Complete => (false, 1.0),
            Filling::Running(done) => (true, done),
        };
        Some(CounterStatus { generation: counter.generation, backfilling, backfill_done })
    }
}

/// Counts the rows of a batch by one spec alone, as a back-fill or a recount does.
pub fn count_into(series: &mut Series, spec: &CounterSpec, batch: &RecordBatch) {
    add(series, &minutes(spec.signal, batch), spec, batch, &mut LeafCache::default());
}

/// Rows of a batch mostly share their minute: sums are added a run at a time.
fn add(
    series: &mut Series,
    minutes: &[Minute],
    spec: &CounterSpec,
    batch: &RecordBatch,
    leaves: &mut LeafCache,
) {
    let mut run: Option<(Minute, Counts)> = None;
    spec.judge(batch, leaves, |row, counts| match &mut run {
        Some((of, sum)) if *of == minutes[row] => sum.add(counts),
        _ => {
            if let Some((of, sum)) = run.replace((minutes[row], counts)) {
                series.add(of, sum);
            }
        }
    });
    if let Some((of, sum)) = run {
        series.add(of, sum);
    }
}

fn minutes(signal: Signal, batch: &RecordBatch) -> Vec<Minute> {
    let times = batch
        .column_by_name(columns::time_column(signal))
        .expect("every batch that is counted has its time column")
        .as_primitive::<TimestampNanosecondType>();
    times.values().iter().map(|nanos| Timestamp::from_nanos(*nanos).minute()).collect()
}
