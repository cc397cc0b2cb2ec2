//! The store as a machine that is stepped: no threads, no timers, no clock. Drivers and the simulation call the steps.
//!
//! Steps that take long are jobs: the machine hands out a job with everything it needs, the job runs anywhere, and its
//! result is handed back in one short step. A crash may come between any two.

mod append;
mod backfill;
mod checkpoint;
mod claim;
mod compact;
mod drift;
mod flush;
mod late;
mod memtable;
mod point;
mod quarantine;
mod recent;
mod recount;
mod recover;
mod replay;
mod rest;
mod sample;
#[cfg(test)]
mod tests;
mod upload;

use std::collections::BTreeSet;
use std::io;
use std::sync::Arc;

use arrow::error::ArrowError;
use ippo_base::disk::SharedDisk;
use ippo_base::{Minute, Timestamp};

pub use append::{Appended, Before, Group, Preparer, Request};
pub(crate) use backfill::EVERYTHING;
pub use backfill::{Activation, BackfillJob, Backfilled};
pub use claim::{Behind, ClaimJob};
pub use compact::{CompactJob, Replacement};
pub use drift::{Drift, DriftJob};
pub use flush::{Commit, FlushJob, Flushed};
pub use late::{LateCounted, LateError, LateJob};
pub use point::{LeftOut, Point, PointFile};
pub use quarantine::{Quarantined, VerifyJob};
pub use recount::{Contents, CounterTotal, recount};
pub use recover::{Checked, Problem, QUARANTINE, Recovered, check_data};
pub use sample::{SampleError, SampleJob};
pub use upload::{Unnamed, UploadFailure, UploadJob, Uploaded};

use crate::counter::{CounterSet, DayFile, SpecError};
use crate::expr::LeafCache;
use crate::manifest::{Manifest, ManifestError};
use crate::remote::{Numbers, RemoteError};
use crate::segment::{Files, SegmentError, SegmentRef, SegmentTotals};
use crate::signal::Signal;
use crate::snapshot::Snapshot;
use memtable::Memtable;
pub use recent::BatchKey;
use recent::Recent;

/// Why a step did not happen. Nothing of it is half-done.
#[derive(Debug, thiserror::Error)]
pub enum CoreError {
    /// The disk has no space left; it may have some again later.
    #[error("the disk is full; free some space and ippo goes on by itself")]
    Full,
    /// The disk failed.
    #[error("the disk failed: {0}")]
    Io(#[source] io::Error),
    /// The manifest failed.
    #[error(transparent)]
    Manifest(ManifestError),
    /// A segment failed.
    #[error(transparent)]
    Segment(SegmentError),
    /// A counter's words do not compile.
    #[error(transparent)]
    Spec(#[from] SpecError),
    /// Segments cannot be kept in the bucket, or not without one.
    #[error(transparent)]
    Remote(#[from] RemoteError),
    /// Rows do not fit their columns.
    #[error("rows do not fit their columns: {0}")]
    Columns(#[from] ArrowError),
}

impl CoreError {
    /// Whether the disk or the bucket said it, and may say otherwise the next time. What says something of a segment has put it
    /// into quarantine.
    pub fn may_pass(&self) -> bool {
        use SegmentError::{Io, Mended, Unreachable};
        matches!(
            self,
            CoreError::Full
                | CoreError::Io(_)
                | CoreError::Manifest(ManifestError::Io(_))
                | CoreError::Segment(Io { .. } | Mended { .. } | Unreachable { .. })
        )
    }
}

impl From<io::Error> for CoreError {
    fn from(error: io::Error) -> Self {
        if ippo_base::disk::is_full(&error) { CoreError::Full } else { CoreError::Io(error) }
    }
}

impl From<SegmentError> for CoreError {
    fn from(error: SegmentError) -> Self {
        match error {
            SegmentError::Io { source, .. } if ippo_base::disk::is_full(&source) => CoreError::Full,
            other => CoreError::Segment(other),
        }
    }
}

impl From<ManifestError> for CoreError {
    fn from(error: ManifestError) -> Self {
        match error {
            ManifestError::Io(error) => error.into(),
            other => CoreError::Manifest(other),
        }
    }
}

/// The store's state, beside the log that its owner keeps. Readers take a [`Snapshot`].
///
/// No step waits for a disk: what does is a job, or a call on the [`Wal`](crate::wal::Wal). Between the planning of a
/// log record and the step that follows it, nothing else may be logged.
pub struct Core {
    disk: SharedDisk,
    files: Files,
    memtable: Memtable,
    /// What a flush is writing now. Still read from here until the manifest names its segments.
    frozen: Option<Arc<flush::Frozen>>,
    counters: CounterSet,
    /// Per signal, what conditions are on the texts of its rows. Forgotten whenever counters change.
    leaves: [LeafCache; 3],
    /// Counters as the manifest's files have them.
    persisted: CounterSet,
    /// Whether there is anything that only a checkpoint makes permanent: a finished back-fill.
    checkpoint_due: bool,
    /// Whether a back-fill has ended since the last flush began.
    filled: bool,
    recent: Recent,
    manifest: Manifest,
    segments: Vec<SegmentRef>,
    /// Files of segments that could not be merged or sampled since the start.
    left_as_they_are: BTreeSet<String>,
    /// Hours of which a segment was out of reach.
    resting: rest::Resting,
    /// Segments that no manifest names any more, until the last reader is done.
    graveyard: Vec<SegmentRef>,
    /// Files of counts that the manifest names, by day.
    days: checkpoint::DayFiles,
    /// Days whose files have something that is damaged, to be written again without it.
    damaged_days: BTreeSet<u32>,
    /// Files of counts that it does not name any more, until nobody reads or copies them.
    old_days: Vec<Arc<DayFile>>,
    /// Files of last points and of batches that no manifest names any more, until nobody copies them.
    old_files: Vec<String>,
    /// Files of manifests that could not be written and may be there nevertheless.
    doubtful: Vec<String>,
    /// Cloned by who copies files of counts.
    copiers: Arc<()>,
    /// Per signal, the first minute that is kept.
    expire_before: [Minute; 3],
    /// Per signal, the newest event time among the rows that came last, of those that were in memory before.
    newest: [Option<Timestamp>; 3],
    /// No generation of any counter is higher, also of those that were given up: what files have of these must never be taken
    /// for the counts of one that comes after them.
    highest_generation: u64,
    /// Counted up with each flush that is begun, so that a file's name is never used twice.
    attempt: u64,
    /// What it was at the start.
    first_attempt: u64,
    /// What runs before this one counted.
    numbers_before: Numbers,
}

fn no_leaves() -> [LeafCache; 3] {
    std::array::from_fn(|_| LeafCache::lasting())
}

impl Core {
    /// Everything acknowledged so far.
    pub fn snapshot(&self) -> Snapshot {
        let rows = Signal::ALL.map(|signal| {
            let frozen = self.frozen.iter().flat_map(|frozen| frozen.rows(signal));
            frozen.chain(self.memtable.rows(signal)).cloned().collect()
        });
        let known = Signal::ALL.map(|signal| {
            let frozen = self.frozen.iter().flat_map(|frozen| frozen.known(signal));
            frozen.chain(self.memtable.known(signal)).cloned().collect()
        });
        Snapshot::new(rows, known, self.segments.clone())
    }

    /// The segments' files, to read.
    pub fn files(&self) -> Files {
        self.files.clone()
    }

    /// The counters as of the last acknowledgement.
    pub fn counters(&self) -> &CounterSet {
        &self.counters
    }

    /// Requests that were forgotten within the time in which a retry is known, because too many came.
    pub fn forgotten_early(&self) -> u64 {
        self.recent.early()
    }

    /// Bytes of rows in memory, those being flushed included.
    pub fn memory_bytes(&self) -> usize {
        self.unflushed_bytes() + self.flushing_bytes()
    }

    /// Bytes of rows in memory that no flush has begun to write.
    pub fn unflushed_bytes(&self) -> usize {
        self.memtable.bytes()
    }

    /// Whether rows in memory are as many as a flush should write. What is remembered of requests is taken from their room, up
    /// to half of it: senders of small batches make so many of them that it shows.
    pub fn is_full(&self, flush_bytes: usize) -> bool {
        let rows_most = flush_bytes.saturating_sub(self.recent.memory_bytes());
        self.unflushed_bytes() >= rows_most.max(flush_bytes / 2)
    }

    /// Whether a flush was begun that is not done with.
    pub fn is_flushing(&self) -> bool {
        self.frozen.is_some()
    }

    /// Bytes of rows in memory that are being flushed.
    pub fn flushing_bytes(&self) -> usize {
        self.frozen.as_ref().map_or(0, |frozen| frozen.bytes())
    }

    /// The segments of a signal, summed up.
    pub fn segment_totals(&self, signal: Signal) -> SegmentTotals {
        SegmentTotals::of(self.segments.iter().filter(|segment| segment.signal == signal.name()))
    }

    /// The newest event time among the rows of a signal that came last.
    pub fn newest(&self, signal: Signal) -> Option<Timestamp> {
        self.memtable.newest(signal).or(self.newest[signal.index()])
    }
}
