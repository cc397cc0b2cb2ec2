//! Goes over the rows of a snapshot: those in memory, then the segments that may have what is looked for.

use std::collections::BTreeSet;
use std::time::Duration;

use arrow::array::RecordBatch;
use ippo_base::{TimeRange, Timestamp, limits};

use super::limits::{Over, ReadLimits};
use super::{Found, Reader};
use crate::missing::Missing;
use crate::segment;
use crate::signal::Signal;

/// What to read.
pub(super) struct Scan<'a> {
    pub(super) signal: Signal,
    pub(super) range: TimeRange,
    /// The columns that are read; `None` for all.
    pub(super) columns: Option<&'a [&'a str]>,
}

/// How far from its other spans a trace may have lost some by sampling.
const AROUND: Duration = Duration::from_secs(60 * 60);

impl Reader {
    /// Shows every batch that may have rows in the range. Batches also have rows outside of it.
    pub(super) fn scan<T>(
        &self,
        scan: &Scan<'_>,
        mut into: T,
        mut visit: impl FnMut(&mut T, &RecordBatch),
    ) -> Found<T> {
        for batch in self.snapshot.rows(scan.signal) {
            visit(&mut into, batch);
        }
        let mut missing = Missing::default();
        let mut progress = FilesRead::of(self.snapshot.segments(scan.signal, scan.range).count());
        for meta in self.snapshot.segments(scan.signal, scan.range) {
            if progress.is_over(&self.limits) {
                break;
            }
            match self.files.read(scan.signal, meta, scan.columns) {
                Ok(batches) => {
                    missing.was_read(meta);
                    batches.iter().for_each(|batch| visit(&mut into, batch));
                }
                Err(error) => missing.note(&error),
            }
        }
        progress.said(beside(&missing, into))
    }

    /// Shows the batches of each window of the range, the newest window first, rows in memory with each; until `visit`
    /// says that it is enough. Batches also have rows outside of the window.
    pub(super) fn scan_windows<T>(
        &self,
        scan: &Scan<'_>,
        mut into: T,
        mut visit: impl FnMut(&mut T, TimeRange, &[RecordBatch]) -> Enough,
    ) -> Found<T> {
        let mut missing = Missing::default();
        for window in self.windows(scan) {
            let range = segment::window_range(window);
            let part = TimeRange { from: range.from.max(scan.range.from), to: range.to.min(scan.range.to) };
            let mut batches: Vec<RecordBatch> = self.snapshot.rows(scan.signal).to_vec();
            for meta in self.snapshot.segments(scan.signal, range).filter(|meta| meta.window == window.0) {
                if let Some(over) = self.limits.over() {
                    let how_far = format!("what is older than {} was not looked at", part.to);
                    return over.said(beside(&missing, into), how_far);
                }
                match self.files.read(scan.signal, meta, scan.columns) {
                    Ok(read) => {
                        missing.was_read(meta);
                        batches.extend(read);
                    }
                    Err(error) => missing.note(&error),
                }
            }
            if visit(&mut into, part, &batches) == Enough::Yes {
                break;
            }
        }
        beside(&missing, into)
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

    /// All rows of a trace, or as many as are shown of one. Segments that cannot have any are told by their Bloom filters. Where there is none, every
    /// sampled hour may have had it.
    pub(super) fn rows_of_trace(&self, signal: Signal, id: &[u8; 16]) -> Found<Vec<RecordBatch>> {
        let mut found = TraceRows::default();
        found.extend(self.snapshot.rows(signal).iter().filter_map(|batch| segment::of_trace(batch, id)));
        let mut missing = Missing::default();
        let mut progress = FilesRead::of(self.snapshot.segments(signal, TimeRange::ALL).count());
        for meta in self.snapshot.segments(signal, TimeRange::ALL) {
            if found.are_cut || progress.is_over(&self.limits) {
                break;
            }
            match self.files.read_trace(signal, meta, id) {
                Ok(batches) => found.extend(batches),
                Err(error) => missing.note(&error),
            }
        }
        // What of it is sampled lies where it is, or an hour beside.
        let times = || found.batches.iter().flat_map(|batch| segment::times(signal, batch));
        let around = match (times().min(), times().max()) {
            (Some(first), Some(last)) => TimeRange {
                from: Timestamp::from_nanos(*first).minus(AROUND),
                to: Timestamp::from_nanos(*last).plus(AROUND),
            },
            _ => TimeRange::ALL,
        };
        self.snapshot.segments(signal, around).for_each(|meta| missing.was_read(meta));
        let are_cut = found.are_cut;
        let mut found = progress.said(beside(&missing, found.batches));
        if are_cut {
            let (most, of) = (limits::TRACE_ROWS, signal.name());
            found.warnings.push(format!("the trace has more than {most} {of}; any {most} of them are shown, and the root may be missing"));
            found.partial = true;
        }
        found
    }
}

/// Rows of a trace, no more than are shown.
#[derive(Default)]
struct TraceRows {
    batches: Vec<RecordBatch>,
    rows: usize,
    are_cut: bool,
}

impl TraceRows {
    fn extend(&mut self, batches: impl IntoIterator<Item = RecordBatch>) {
        for batch in batches {
            let room = limits::TRACE_ROWS - self.rows;
            self.are_cut |= batch.num_rows() > room;
            let rows = batch.num_rows().min(room);
            self.rows += rows;
            if rows > 0 {
                self.batches.push(batch.slice(0, rows));
            }
        }
    }
}

/// How many files were read of those that may have rows, and why not all of them.
pub(super) struct FilesRead {
    read: usize,
    all: usize,
    over: Option<Over>,
}

impl FilesRead {
    pub(super) fn of(all: usize) -> Self {
        Self { read: 0, all, over: None }
    }

    /// Of files that were read, so many of all; and why not all of them.
    pub(super) fn ended(read: usize, all: usize, over: Option<Over>) -> Self {
        Self { read, all, over }
    }

    /// Whether the next file is not to be read any more.
    pub(super) fn is_over(&mut self, limits: &ReadLimits) -> bool {
        self.over = limits.over();
        self.read += usize::from(self.over.is_none());
        self.over.is_some()
    }

    /// Says with the answer that files are missing in it.
    pub(super) fn said<T>(&self, found: Found<T>) -> Found<T> {
        let Some(over) = self.over else { return found };
        over.said(found, format!("{} of {} files were read", self.read, self.all))
    }
}

/// Whether to go on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Enough {
    /// Stop.
    Yes,
    /// Go on.
    NotYet,
}

/// The answer, with what could not be read for it.
pub(super) fn beside<T>(missing: &Missing, value: T) -> Found<T> {
    let warnings = missing.warnings();
    Found { value, partial: !warnings.is_empty(), warnings, sampled: missing.sampled() }
}
