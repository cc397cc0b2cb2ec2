//! Goes over what is known of rows without reading them, where that is enough, and over the rows themselves where not.

use arrow::array::RecordBatch;
use ippo_base::{Minute, MinuteRange, TimeRange, Timestamp};

use super::scan::{Damage, Scan};
use super::{Found, Reader};
use crate::red::{Key, Red};
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
    /// Shows the rows in memory and those of segments without a rollup as batches, and all others as parts. The range is
    /// whole minutes. Batches also have rows outside of it; parts lie within, each in one step.
    pub(super) fn rollups<T>(
        &self,
        scan: &Scan<'_>,
        steps: Steps,
        mut into: T,
        mut rows: impl FnMut(&mut T, &RecordBatch),
        mut part: impl FnMut(&mut T, &Part<'_>),
    ) -> Found<T> {
        for batch in self.snapshot.rows(scan.signal) {
            rows(&mut into, batch);
        }
        let mut damage = Damage::default();
        for meta in self.snapshot.segments(scan.signal, scan.range) {
            let detail = detail(meta, scan.range, steps);
            let known = self.files.rollup(meta, detail).and_then(|rollup| match rollup {
                Some(rollup) => Ok(Err(rollup)),
                None => self.files.read(scan.signal, meta, scan.columns).map(Ok),
            });
            match known {
                Ok(Ok(batches)) => batches.iter().for_each(|batch| rows(&mut into, batch)),
                Ok(Err(rollup)) => {
                    let first = Timestamp::from_nanos(meta.min_time).minute();
                    let minutes = match detail {
                        Detail::Totals => MinuteRange { from: Minute(0), to: Minute(u32::MAX) },
                        Detail::Minutes => scan.range.minutes(),
                    };
                    for (key, series) in &rollup.series {
                        for (minute, red) in series.minutes.range(minutes.from..minutes.to) {
                            let (minute, last) = match detail {
                                Detail::Totals => (first, series.last),
                                Detail::Minutes => {
                                    let end = minute.plus(1).start().as_nanos() - 1;
                                    (*minute, series.last.min(end))
                                }
                            };
                            part(&mut into, &Part { key, minute, last, red });
                        }
                    }
                }
                Err(error) => damage.note(&error),
            }
        }
        damage.beside(into)
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
