//! Counts a counter over metrics from stored rows, hour by hour: for a back-fill, and again where points came late.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use ippo_base::{Minute, MinuteRange, TimeRange};

use super::kept::{Kept, LONGEST_NANOS, hour_of, minute_of};
use super::measured::{Measurement, Weigh};
use super::points::PointReader;
use super::{CounterSpec, Remark, Series};
use crate::expr::LeafCache;
use crate::segment::{Files, SegmentError, SegmentRef, WINDOW_MINUTES};
use crate::signal::Signal;
use crate::snapshot::Snapshot;

/// Stored rows, counted by increase.
#[derive(Debug, Clone, Default)]
pub(crate) struct Recounted {
    pub(crate) series: Series,
    pub(crate) kept: Kept,
}

type Found = Vec<Result<Measurement, (Remark, i64)>>;

/// The stored rows of a counter, by hour.
pub(crate) struct Stored<'a> {
    spec: &'a CounterSpec,
    weigh: Weigh,
    files: &'a Files,
    memory: BTreeMap<u32, Found>,
    segments: BTreeMap<u32, Vec<&'a SegmentRef>>,
}

impl<'a> Stored<'a> {
    /// The rows of a snapshot. `None` if the counter counts rows, not increases.
    pub(crate) fn of(spec: &'a CounterSpec, snapshot: &'a Snapshot, files: &'a Files) -> Option<Self> {
        let weigh = spec.weigh()?;
        let mut memory: BTreeMap<u32, Found> = BTreeMap::new();
        for batch in snapshot.rows(Signal::Metrics) {
            PointReader::new(batch).visit(spec, &mut LeafCache::default(), |found| {
                let time = found.as_ref().map_or_else(|(_, time)| *time, |point| point.sample.time);
                memory.entry(hour_of(time)).or_default().push(found);
            });
        }
        let mut segments: BTreeMap<u32, Vec<&SegmentRef>> = BTreeMap::new();
        for segment in snapshot.segments(Signal::Metrics, TimeRange::ALL) {
            segments.entry(segment.window).or_default().push(segment);
        }
        Some(Self { spec, weigh, files, memory, segments })
    }

    /// Every hour that has rows, ascending.
    fn hours(&self) -> BTreeSet<u32> {
        self.memory.keys().chain(self.segments.keys()).copied().collect()
    }

    /// Counts everything. `progress` hears the share that is done, 0 to 1, and says whether to go on. Hours that cannot be
    /// read in full come second, with the minutes after them that count from their points.
    pub(crate) fn count(
        &mut self,
        progress: &dyn Fn(f64) -> bool,
    ) -> Option<(Recounted, Vec<(MinuteRange, SegmentError)>)> {
        let (mut counted, mut unreadable) = (Recounted::default(), Vec::new());
        let hours = self.hours();
        for (done, hour) in hours.iter().enumerate() {
            if !progress(done as f64 / hours.len() as f64) {
                return None;
            }
            let (found, failed) = self.read(*hour);
            counted.add(found, &self.weigh, i64::MIN);
            unreadable.extend(failed.into_iter().map(|error| (minutes_that_need(*hour), error)));
        }
        Some((counted, unreadable))
    }

    /// Counts the hours of a range, as [`Stored::count`] counts everything.
    pub(crate) fn count_hours(
        &mut self,
        range: MinuteRange,
        progress: &dyn Fn(f64) -> bool,
    ) -> Option<(Recounted, Vec<(MinuteRange, SegmentError)>)> {
        let (mut counted, mut unreadable) = (Recounted::default(), Vec::new());
        let mut hours = self.hours();
        hours.retain(|hour| *hour < range.to.0 && range.from.0 < *hour + WINDOW_MINUTES);
        for (done, hour) in hours.iter().enumerate() {
            if !progress(done as f64 / hours.len() as f64) {
                return None;
            }
            match self.count_hour(*hour) {
                Ok(hour) => {
                    for (minute, sums) in hour.series.read(range) {
                        counted.series.add(minute, sums);
                    }
                }
                Err(error) => unreadable.push((minutes_that_need(*hour), error)),
            }
        }
        Some((counted, unreadable))
    }

    /// Counts one hour, from what came shortly before it on.
    ///
    /// # Errors
    /// When a segment of it cannot be read.
    pub(crate) fn count_hour(&mut self, hour: u32) -> Result<Recounted, SegmentError> {
        let mut counted = Recounted::default();
        let begins = Minute(hour).start().as_nanos();
        for each in [hour.saturating_sub(WINDOW_MINUTES), hour] {
            let (mut found, failed) = self.read(each);
            if let Some(error) = failed.into_iter().next() {
                return Err(error);
            }
            found.retain(|found| {
                found.as_ref().map_or_else(|(_, time)| *time, |point| point.sample.time)
                    >= begins.saturating_sub(LONGEST_NANOS)
            });
            counted.add(found, &self.weigh, begins);
        }
        // Of a series that ends before the hour not all of its own hour was looked at: its fraction is not known here.
        counted.kept.series.retain(|_, last| last.sample.time >= begins);
        Ok(counted)
    }

    fn read(&self, hour: u32) -> (Found, Vec<SegmentError>) {
        let mut found = self.memory.get(&hour).cloned().unwrap_or_default();
        let mut failed = Vec::new();
        let wanted = self.spec.columns();
        for meta in self.segments.get(&hour).into_iter().flatten() {
            match self.files.read(Signal::Metrics, meta, Some(&wanted)) {
                Ok(batches) => {
                    for batch in &batches {
                        PointReader::new(batch)
                            .visit(self.spec, &mut LeafCache::default(), |point| found.push(point));
                    }
                }
                Err(error) => failed.push(error),
            }
        }
        (found, failed)
    }
}

impl Recounted {
    /// Counts points, none of which is before those of the last call. What is before `from` is only kept.
    fn add(&mut self, found: Found, weigh: &Weigh, from: i64) {
        let mut points = Vec::with_capacity(found.len());
        for found in found {
            match found {
                Ok(point) => points.push(point),
                Err((remark, time)) if time >= from => self.kept.remark(remark, minute_of(time)),
                Err(_) => {}
            }
        }
        points.sort_by(|a, b| {
            let alike = || format!("{:?}", a.sample.value).cmp(&format!("{:?}", b.sample.value));
            a.order().cmp(&b.order()).then_with(alike)
        });
        for point in &points {
            if let Some(counts) = self.kept.take(point, weigh)
                && point.sample.time >= from
            {
                self.series.add(minute_of(point.sample.time), counts);
            }
        }
    }
}

/// The minutes whose counts need the points of an hour.
fn minutes_that_need(hour: u32) -> MinuteRange {
    let MinuteRange { from, to } = minutes_of(hour);
    let last = to.start().plus(Duration::from_nanos(LONGEST_NANOS.unsigned_abs()));
    MinuteRange { from, to: last.minute() }
}

/// The minutes of an hour.
pub(crate) fn minutes_of(hour: u32) -> MinuteRange {
    MinuteRange { from: Minute(hour), to: Minute(hour.saturating_add(WINDOW_MINUTES)) }
}
