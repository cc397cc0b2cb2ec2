//! Goes over what is known of rows without reading them, where that is enough, and over the rows themselves where not.

use arrow::array::RecordBatch;
use ippo_base::{Minute, TimeRange, Timestamp};

use super::scan::{FilesRead, Scan, beside};
use super::{Found, Reader};
use crate::missing::Missing;
use crate::red::{Key, Red, Rollup};
use crate::segment::{Detail, SegmentMeta};

/// Some rows of one series that happened in one minute, or in one step.
pub(super) struct Part<'a> {
    pub(super) key: &'a Key,
    /// The first minute in which they may have happened.
    pub(super) minute: Minute,
    /// When the last of them happened, in nanoseconds, or up to a minute later.
    pub(super) last: i64,
    pub(super) red: &'a Red,
}

/// How rows are told apart by time.
#[derive(Clone, Copy)]
pub(super) enum Steps {
    /// Not at all.
    One,
    /// By steps of so many minutes, the first of which begins with the range.
    Minutes(u32),
}

impl Reader {
    /// Shows rows without a rollup as batches, and all others as parts. The range is
    /// whole minutes. Batches also have rows outside of it; parts lie within, each in one step.
    pub(super) fn rollups<T>(
        &self,
        scan: &Scan<'_>,
        steps: Steps,
        mut into: T,
        mut rows: impl FnMut(&mut T, &RecordBatch),
        mut part: impl FnMut(&mut T, &Part<'_>),
    ) -> Found<T> {
        for (at, batch) in self.snapshot.rows(scan.signal).iter().enumerate() {
            match self.snapshot.rollup(scan.signal, at) {
                Some(rollup) => each_minute(rollup, scan.range, &mut |found| part(&mut into, found)),
                None => rows(&mut into, batch),
            }
        }
        let mut missing = Missing::default();
        let mut progress = FilesRead::of(self.snapshot.segments(scan.signal, scan.range).count());
        for meta in self.snapshot.segments(scan.signal, scan.range) {
            if progress.is_over(&self.limits) {
                break;
            }
            let detail = detail(meta, scan.range, steps);
            match self.files.rollup(meta, detail) {
                Ok(Some(rollup)) if detail == Detail::Totals => {
                    each_total(&rollup, meta, &mut |found| part(&mut into, found));
                }
                Ok(Some(rollup)) => each_minute(&rollup, scan.range, &mut |found| part(&mut into, found)),
                Ok(None) => match self.files.read(scan.signal, meta, scan.columns) {
                    Ok(batches) => {
                        missing.was_read(meta);
                        batches.iter().for_each(|batch| rows(&mut into, batch));
                    }
                    Err(error) => missing.note(&error),
                },
                Err(error) => missing.note(&error),
            }
        }
        progress.said(beside(&missing, into))
    }
}

/// Shows the minutes of a range.
fn each_minute(rollup: &Rollup, range: TimeRange, part: &mut dyn FnMut(&Part<'_>)) {
    let range = range.minutes();
    for (key, series) in &rollup.series {
        for (minute, red) in series.minutes.range(range.from..range.to) {
            let last = series.last.min(minute.plus(1).start().as_nanos() - 1);
            part(&Part { key, minute: *minute, last, red });
        }
    }
}

/// Shows all rows of a segment, as of the minute of its first.
fn each_total(totals: &Rollup, meta: &SegmentMeta, part: &mut dyn FnMut(&Part<'_>)) {
    let minute = Timestamp::from_nanos(meta.min_time).minute();
    for (key, series) in &totals.series {
        for red in series.minutes.values() {
            part(&Part { key, minute, last: series.last, red });
        }
    }
}

/// Totals are enough where all rows of the segment lie in the range, and in one step.
fn detail(meta: &SegmentMeta, range: TimeRange, steps: Steps) -> Detail {
    let [first, last] = [meta.min_time, meta.max_time].map(Timestamp::from_nanos);
    let step_of = |time: Timestamp| match steps {
        Steps::One => 0,
        Steps::Minutes(minutes) => time.minute().0.saturating_sub(range.from.minute().0) / minutes,
    };
    let within = range.from <= first && last < range.to && step_of(first) == step_of(last);
    if within { Detail::Totals } else { Detail::Minutes }
}
