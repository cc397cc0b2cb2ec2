//! What a reader sees of the store: rows in memory and the segments beside them, fixed at one moment.

use arrow::array::RecordBatch;
use ippo_base::TimeRange;

use crate::segment::SegmentRef;
use crate::signal::Signal;

/// What a reader sees: everything that was acknowledged when it was taken, each row once.
#[derive(Debug, Clone)]
pub struct Snapshot {
    rows: [Vec<RecordBatch>; 3],
    segments: Vec<SegmentRef>,
}

impl Snapshot {
    /// Rows in memory per signal, in the order of [`Signal::index`], and segments.
    pub fn new(rows: [Vec<RecordBatch>; 3], segments: Vec<SegmentRef>) -> Self {
        Self { rows, segments }
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
