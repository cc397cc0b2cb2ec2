//! All counters, fed batch by batch.

use std::collections::BTreeMap;
use std::sync::Arc;

use arrow::array::{AsArray, RecordBatch};
use arrow::datatypes::TimestampNanosecondType;
use ippo_base::time::MINUTES_PER_DAY;
use ippo_base::{Minute, MinuteRange, Timestamp};

use super::days::Telling;
use super::history::{DayState, History, Minutes};
use super::points::PointReader;
use super::{CounterRead, CounterSpec, CounterStatus, Counts, Kept, Remark, Series};
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
#[derive(Debug, Clone)]
pub struct Counter {
    /// What it counts.
    pub spec: CounterSpec,
    /// Counted up with each new predicate or repeated back-fill.
    pub generation: u64,
    /// The counts so far. Of a counter over metrics the sums, from which [`Counter::reading`] makes counts.
    pub history: History,
    /// Whether stored rows are all in.
    pub filling: Filling,
    /// What this generation cannot speak for.
    pub unmeasured: Vec<MinuteRange>,
    /// The last points of its series, if it counts what they add to each other.
    pub(crate) kept: Option<Arc<Kept>>,
}

impl Counter {
    /// What it holds for the range, to be read without whoever counts on.
    pub fn reading(&self, range: MinuteRange) -> Reading {
        let remarks = self.kept.iter().flat_map(|kept| kept.remarks());
        let unmeasured = self.unmeasured.iter().filter(|gap| gap.from < range.to && range.from < gap.to);
        Reading {
            telling: Telling::of(&self.spec),
            range,
            days: self.history.of(range).map(|(day, state)| (day, state.clone())).collect(),
            unmeasured: unmeasured.copied().collect(),
            remarks: remarks.filter(|(_, minute)| range.contains(*minute)).collect(),
        }
    }

    /// How far it is.
    pub fn status(&self) -> CounterStatus {
        let (backfilling, backfill_done) = match self.filling {
            Filling::Complete if self.kept.as_ref().is_some_and(|kept| !kept.is_settled()) => (true, 1.0),
            Filling::Complete => (false, 1.0),
            Filling::Running(done) => (true, done),
        };
        CounterStatus { generation: self.generation, backfilling, backfill_done }
    }

    /// The days of the range that have rows, each as a part of it.
    pub fn days(&self, range: MinuteRange) -> Vec<MinuteRange> {
        let part = |(day, _): (u32, &DayState)| {
            let MinuteRange { from, to } = minutes_of_day(day);
            MinuteRange { from: from.max(range.from), to: to.min(range.to) }
        };
        self.history.of(range).map(part).collect()
    }

    /// Notes that a day cannot be spoken for.
    pub(crate) fn lacks_day(&mut self, day: u32) {
        let gap = minutes_of_day(day);
        if !self.unmeasured.contains(&gap) {
            self.unmeasured.push(gap);
        }
    }

    /// Whether a start from this, as a file has it, has the counts that `now` has as soon as the log is read again. Of a
    /// counter over metrics, points may come in another order then, and late ones are counted again after the start.
    pub(crate) fn starts_like(&self, now: &Counter) -> bool {
        match (&self.kept, &now.kept) {
            (None, None) => true,
            (Some(then), Some(now)) => Arc::ptr_eq(then, now) && !now.is_late_anywhere(),
            (Some(_), None) | (None, Some(_)) => false,
        }
    }

    /// Counts the points of a batch that are in order; those that are late have their hours counted again.
    fn count_points(&mut self, reader: &mut PointReader<'_>, leaves: &mut LeafCache) {
        let (Some(weigh), Some(kept)) = (self.spec.weigh(), &mut self.kept) else { return };
        let (history, filling) = (&mut self.history, self.filling);
        // Copied, where a flush has it too, once there is a point.
        reader.visit(&self.spec, leaves, |found| {
            let kept = Arc::make_mut(kept);
            match found {
                Err((remark, time)) => kept.remark(remark, Timestamp::from_nanos(time).minute()),
                Ok(point) if filling != Filling::Complete || kept.is_late(&point) => kept.put_off(&point),
                Ok(point) => {
                    if let Some(sums) = kept.take(&point, &weigh) {
                        history.add(Timestamp::from_nanos(point.sample.time).minute(), sums);
                    }
                }
            }
        });
    }
}

/// What a counter holds for a range of minutes, in memory and in files.
#[derive(Debug)]
pub struct Reading {
    telling: Telling,
    range: MinuteRange,
    days: Vec<(u32, DayState)>,
    unmeasured: Vec<MinuteRange>,
    remarks: Vec<(Remark, Minute)>,
}

impl Reading {
    /// Whether no disk is waited for.
    pub fn is_in_memory(&self) -> bool {
        self.days.iter().all(|(_, state)| matches!(state, DayState::InMemory(..)))
    }

    /// Reads it. A day that cannot be read is not measured.
    pub fn read(self) -> CounterRead {
        let Self { telling, range, days, mut unmeasured, remarks } = self;
        let Minutes { counts: sums, unreadable } = Minutes::read(&days, range);
        let broken =
            sums.iter().filter(|(_, sums)| telling.is_broken(*sums)).map(|(minute, _)| *minute).collect();
        unmeasured.extend(unreadable.iter().map(|(day, _)| minutes_of_day(*day)));
        let told = |(day, reason): &(u32, String)| {
            let date = minutes_of_day(*day).from.start().to_string();
            let date = date.split('T').next().unwrap_or_default();
            format!("counts of {date} (UTC) are missing: {reason}")
        };
        CounterRead {
            minutes: sums.into_iter().map(|(minute, sums)| (minute, telling.told(sums))).collect(),
            unmeasured,
            remarks,
            broken,
            warnings: unreadable.iter().map(told).collect(),
        }
    }
}

/// The minutes of a day since the epoch.
pub(crate) fn minutes_of_day(day: u32) -> MinuteRange {
    let start = Minute(day * MINUTES_PER_DAY);
    MinuteRange { from: start, to: start.plus(MINUTES_PER_DAY) }
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
        let mut points: Option<PointReader<'_>> = None;
        for counter in self.counters.values_mut().filter(|counter| counter.spec.signal == signal) {
            if counter.kept.is_some() {
                let points = points.get_or_insert_with(|| PointReader::new(batch));
                counter.count_points(points, leaves);
            } else {
                let Counter { history, spec, .. } = counter;
                add(&minutes, spec, batch, leaves, |minute, counts| history.add(minute, counts));
            }
        }
    }

    /// Starts a counter, or starts it over, with nothing counted yet. Returns its generation.
    pub fn start(&mut self, key: &str, spec: CounterSpec, generation: u64, unmeasured: Vec<MinuteRange>) {
        let kept = spec.is_by_increase().then(Arc::default);
        let counter = Counter {
            kept,
            spec,
            generation,
            history: History::default(),
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
            any |= counter.history.forget_before(day);
        }
        any
    }

    /// Bytes of days in memory that belong into files.
    pub(crate) fn bytes_for_files(&self) -> usize {
        self.counters.values().map(|counter| counter.history.bytes_for_files()).sum()
    }

    /// Puts back a counter as a checkpoint has it.
    pub fn restore(&mut self, key: String, counter: Counter) {
        self.counters.insert(key, counter);
    }

    /// Has those filled again that count by increase and have nothing to count from.
    pub(crate) fn keep_or_fill(&mut self) {
        for counter in self.counters.values_mut() {
            if counter.spec.is_by_increase() && counter.kept.is_none() {
                counter.kept = Some(Arc::default());
                counter.filling = Filling::Running(0.0);
            }
        }
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

    /// All counters by key, ascending, to change.
    pub(crate) fn iter_mut(&mut self) -> impl Iterator<Item = (&str, &mut Counter)> {
        self.counters.iter_mut().map(|(key, counter)| (key.as_str(), counter))
    }

    /// How far the counter is.
    pub fn status(&self, key: &str) -> Option<CounterStatus> {
        self.counters.get(key).map(Counter::status)
    }
}

/// Counts the rows of a batch by one spec alone, as a back-fill or a recount does. Not for counters by increase.
pub fn count_into(series: &mut Series, spec: &CounterSpec, batch: &RecordBatch) {
    count_batch(series, spec, batch, &mut LeafCache::default());
}

/// The same where others look at the batch too, so that each leaf of an expression is looked at once.
pub(crate) fn count_batch(
    series: &mut Series,
    spec: &CounterSpec,
    batch: &RecordBatch,
    leaves: &mut LeafCache,
) {
    add(&minutes(spec.signal, batch), spec, batch, leaves, |minute, counts| series.add(minute, counts));
}

/// Rows of a batch mostly share their minute: sums are added a run at a time.
fn add(
    minutes: &[Minute],
    spec: &CounterSpec,
    batch: &RecordBatch,
    leaves: &mut LeafCache,
    mut to: impl FnMut(Minute, Counts),
) {
    let mut run: Option<(Minute, Counts)> = None;
    spec.judge(batch, leaves, |row, counts| match &mut run {
        Some((of, sum)) if *of == minutes[row] => sum.add(counts),
        _ => {
            if let Some((of, sum)) = run.replace((minutes[row], counts)) {
                to(of, sum);
            }
        }
    });
    if let Some((of, sum)) = run {
        to(of, sum);
    }
}

fn minutes(signal: Signal, batch: &RecordBatch) -> Vec<Minute> {
    let times = batch
        .column_by_name(columns::time_column(signal))
        .expect("every batch that is counted has its time column")
        .as_primitive::<TimestampNanosecondType>();
    times.values().iter().map(|nanos| Timestamp::from_nanos(*nanos).minute()).collect()
}
