//! What a reader sees of the store: rows in memory and the segments beside them, fixed at one moment.

use std::sync::{Arc, OnceLock};

use arrow::array::RecordBatch;
use ippo_base::TimeRange;

use crate::red::{self, Rollup};
use crate::segment::SegmentRef;
use crate::signal::Signal;

/// What is known of a batch, once someone asked. Those who hold the batch share it.
pub type Known = Arc<OnceLock<Rollup>>;

/// Of batches of fewer rows nothing is kept.
const KNOWN_ROWS: usize = 1_024;

/// What a reader sees: everything that was acknowledged when it was taken, each row once.
#[derive(Debug, Clone)]
pub struct Snapshot {
    rows: [Vec<RecordBatch>; 3],
    known: [Vec<Known>; 3],
    segments: Vec<SegmentRef>,
}

impl Snapshot {
    /// Rows in memory per signal, in the order of [`Signal::index`], with what is known of each batch, and segments.
    pub fn new(rows: [Vec<RecordBatch>; 3], known: [Vec<Known>; 3], segments: Vec<SegmentRef>) -> Self {
        Self { rows, known, segments }
    }

    /// Rate, errors and durations of a batch in memory, found out once; nothing of a small batch, whose rows are as soon
    /// looked at.
    pub fn rollup(&self, signal: Signal, batch: usize) -> Option<&Rollup> {
        let rows = self.rows[signal.index()].get(batch).filter(|rows| rows.num_rows() >= KNOWN_ROWS)?;
        let known = self.known[signal.index()].get(batch)?;
        let mut builder = red::Builder::new(signal)?;
        Some(known.get_or_init(|| {
            builder.add(rows);
            builder.finish()
        }))
    }

    /// Rows that no segment holds yet.
    pub fn rows(&self, signal: Signal) -> &[RecordBatch] {
        &self.rows[signal.index()]
    }

    /// Segments of the signal that may have rows in the range.
    pub fn segments(&self, signal: Signal, range: TimeRange) -> impl Iterator<Item = &SegmentRef> {
        self.segments.iter().filter(move |segment| segment.signal == signal.name() && segment.overlaps(range))
    }

    /// Whether there is no row of the signal.
    pub fn is_empty(&self, signal: Signal) -> bool {
        self.rows(signal).is_empty() && !self.segments.iter().any(|segment| segment.signal == signal.name())
    }
}
