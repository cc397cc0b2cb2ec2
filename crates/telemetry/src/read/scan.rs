//! Goes over the rows of a snapshot: those in memory, then the segments that may have what is looked for.

use std::collections::BTreeSet;

use arrow::array::RecordBatch;
use ippo_base::TimeRange;

use super::{Found, Reader};
use crate::damage::Damage;
use crate::segment::{self, SegmentError, SegmentMeta};
use crate::signal::Signal;

/// What to read.
pub(super) struct Scan<'a> {
    pub(super) signal: Signal,
    pub(super) range: TimeRange,
    /// The columns that are read; `None` for all.
    pub(super) columns: Option<&'a [&'a str]>,
}

impl Reader {
    /// Shows every batch that may have rows in the range. Batches also have rows outside of it.
    pub(super) fn scan<T>(
        &self,
        scan: &Scan<'_>,
        into: T,
        visit: impl FnMut(&mut T, &RecordBatch),
    ) -> Found<T> {
        let read = |meta: &SegmentMeta| self.files.read(scan.signal, meta, scan.columns);
        self.scan_by(scan, read, into, visit)
    }

    /// The same, where `read` chooses what of a segment is shown.
    pub(super) fn scan_by<T>(
        &self,
        scan: &Scan<'_>,
        read: impl Fn(&SegmentMeta) -> Result<Vec<RecordBatch>, SegmentError>,
        mut into: T,
        mut visit: impl FnMut(&mut T, &RecordBatch),
    ) -> Found<T> {
        for batch in self.snapshot.rows(scan.signal) {
            visit(&mut into, batch);
        }
        let mut damage = Damage::default();
        for meta in self.snapshot.segments(scan.signal, scan.range) {
            match read(meta) {
                Ok(batches) => {
                    damage.was_read(meta);
                    batches.iter().for_each(|batch| visit(&mut into, batch));
                }
                Err(error) => damage.note(&error),
            }
        }
        beside(&damage, into)
    }

    /// Shows the batches of each window of the range, the newest window first, rows in memory with each; until `visit`
    /// says that it is enough. Batches also have rows outside of the window.
    pub(super) fn scan_windows<T>(
        &self,
        scan: &Scan<'_>,
        into: T,
        visit: impl FnMut(&mut T, TimeRange, &[RecordBatch]) -> Enough,
    ) -> Found<T> {
        self.scan_windows_in(Order::NewestFirst, scan, into, visit)
    }

    /// The same, in either order.
    pub(super) fn scan_windows_in<T>(
        &self,
        order: Order,
        scan: &Scan<'_>,
        into: T,
        visit: impl FnMut(&mut T, TimeRange, &[RecordBatch]) -> Enough,
    ) -> Found<T> {
        let read = |meta: &SegmentMeta| self.files.read(scan.signal, meta, scan.columns);
        self.scan_windows_by(order, scan, read, into, visit)
    }

    /// The same, where `read` chooses what of a segment is shown.
    pub(super) fn scan_windows_by<T>(
        &self,
        order: Order,
        scan: &Scan<'_>,
        read: impl Fn(&SegmentMeta) -> Result<Vec<RecordBatch>, SegmentError>,
        mut into: T,
        mut visit: impl FnMut(&mut T, TimeRange, &[RecordBatch]) -> Enough,
    ) -> Found<T> {
        let mut damage = Damage::default();
        let mut windows = self.windows(scan);
        if order == Order::OldestFirst {
            windows.reverse();
        }
        for window in windows {
            let range = segment::window_range(window);
            let mut batches: Vec<RecordBatch> = self.snapshot.rows(scan.signal).to_vec();
            for meta in self.snapshot.segments(scan.signal, range).filter(|meta| meta.window == window.0) {
                match read(meta) {
                    Ok(read) => {
                        damage.was_read(meta);
                        batches.extend(read);
                    }
                    Err(error) => damage.note(&error),
                }
            }
            let part = TimeRange { from: range.from.max(scan.range.from), to: range.to.min(scan.range.to) };
            if visit(&mut into, part, &batches) == Enough::Yes {
                break;
            }
        }
        beside(&damage, into)
    }

    /// The windows of the range that have any row, the newest first.
    fn windows(&self, scan: &Scan<'_>) -> Vec<ippo_base::Minute> {
        let in_segments = self.snapshot.segments(scan.signal, scan.range);
        let mut windows: BTreeSet<_> = in_segments.map(|meta| ippo_base::Minute(meta.window)).collect();
        for batch in self.snapshot.rows(scan.signal) {
            windows.extend(segment::windows_of(scan.signal, batch));
        }
        let overlaps = |window: &ippo_base::Minute| {
            let range = segment::window_range(*window);
            range.from < scan.range.to && scan.range.from < range.to
        };
        windows.into_iter().rev().filter(overlaps).collect()
    }

    /// All rows of a trace. Segments that cannot have any are told by their Bloom filters. Where there is none, every
    /// sampled hour may have had it.
    pub(super) fn rows_of_trace(&self, signal: Signal, id: &[u8; 16]) -> Found<Vec<RecordBatch>> {
        let mut found: Vec<RecordBatch> =
            self.snapshot.rows(signal).iter().filter_map(|batch| segment::of_trace(batch, id)).collect();
        let mut damage = Damage::default();
        for meta in self.snapshot.segments(signal, TimeRange::ALL) {
            match self.files.read_trace(signal, meta, id) {
                Ok(batches) if batches.is_empty() => {}
                Ok(batches) => {
                    damage.was_read(meta);
                    found.extend(batches);
                }
                Err(error) => damage.note(&error),
            }
        }
        if found.is_empty() {
            self.snapshot.segments(signal, TimeRange::ALL).for_each(|meta| damage.was_read(meta));
        }
        beside(&damage, found)
    }
}

/// Which end of a range comes first.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Order {
    /// The newest.
    NewestFirst,
    /// The oldest.
    OldestFirst,
}

/// Whether to go on.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Enough {
    /// Stop.
    Yes,
    /// Go on.
    NotYet,
}

/// The answer, with what could not be read for it.
pub(super) fn beside<T>(damage: &Damage, value: T) -> Found<T> {
    let warnings = damage.warnings();
    Found { value, partial: !warnings.is_empty(), warnings, sampled: damage.sampled() }
}
