//! Immutable files of rows: one signal, one hour of event time, like rows side by side, as Parquet.
//!
//! A segment is written once, named by the manifest, and never changed.

mod alone;
mod blocks;
mod chunk;
mod cold;
mod files;
mod filters;
mod group;
mod ids;
mod mend;
mod merge;
mod names;
mod opened;
mod order;
mod quarantine;
mod references;
mod rollups;
mod runs;
mod sample;
mod services;
mod sink;
mod standing;
mod tiers;
mod trace;
mod uniform;
mod words;
mod write;

use std::collections::BTreeSet;
use std::io;
use std::sync::Arc;

use arrow::array::{Array as _, AsArray as _, RecordBatch, UInt32Array};
use arrow::compute::take_record_batch;
use arrow::datatypes::TimestampNanosecondType;
use ippo_base::{Minute, TimeRange, Timestamp};
use serde::{Deserialize, Serialize};

use crate::columns;
use crate::sampling::Sampled;
use crate::signal::Signal;

pub(crate) use cold::Moment;
pub use cold::{Cold, ColdTotals};
pub use files::{Files, GroupRange, check, check_end};
pub use merge::{Merge, merge};
pub use opened::Group;
pub use order::{Part, parts};
pub use quarantine::{Cause, Held, Quarantine, QuarantineMeta, verify};
pub use rollups::Detail;
pub use sample::sample;
pub use services::{ServiceShare, ServiceShares, Share};
pub use standing::Standing;
pub use tiers::{ENDS, Tiers};
pub use write::{Rows, write};

/// The folder of segments below the data folder.
pub const FOLDER: &str = "segments";
/// Minutes of event time in one window. A segment never spans two.
pub const WINDOW_MINUTES: u32 = 60;

/// What the manifest says of a segment.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SegmentMeta {
    /// The file below [`FOLDER`].
    pub file: String,
    /// The signal's name.
    pub signal: String,
    /// The first minute of its window.
    pub window: u32,
    /// Number of rows.
    pub rows: u64,
    /// The file's length.
    pub bytes: u64,
    /// The earliest event time, in nanoseconds.
    pub min_time: i64,
    /// The latest event time, in nanoseconds.
    pub max_time: i64,
    /// CRC-32C of the whole file.
    pub crc: u32,
    /// Where the file's end begins: Bloom filters and footer, which are read without the rest.
    pub tail: u64,
    /// CRC-32C of the file's end: a filter that lost a bit would deny rows that are there.
    pub tail_crc: u32,
    /// Whose rows it holds. Not known of segments of before this was kept.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub services: Option<Arc<ServiceShares>>,
    /// What sampling left of its spans, if they were sampled. What is known of them by minute is of all that there were.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sampled: Option<Sampled>,
}

/// Why a segment could not be written or read.
#[derive(Debug, thiserror::Error)]
pub enum SegmentError {
    /// The disk failed.
    #[error("segment {file}: {source}")]
    Io {
        /// The file.
        file: String,
        /// What the disk said.
        source: io::Error,
    },
    /// The bytes are not what was written.
    #[error("segment {file} is damaged: {reason}")]
    Damaged {
        /// The file.
        file: String,
        /// What is wrong with it.
        reason: String,
    },
    /// It could not be read before, and is not tried again until it verifies.
    #[error("segment {file} cannot be read and is in quarantine: {reason}")]
    Quarantined {
        /// The file.
        file: String,
        /// What is wrong with it.
        reason: String,
    },
    /// It is in the bucket, which does not answer. That says nothing about the segment.
    #[error("segment {file} is in the bucket alone, and {reason}")]
    Unreachable {
        /// The file.
        file: String,
        /// What the bucket said.
        reason: String,
    },
    /// Its local copy was damaged, and went as the bucket has it whole: whoever asks again reads it there.
    #[error(
        "segment {file} was damaged on the local disk, and is read from the bucket from now on: {reason}"
    )]
    Mended {
        /// The file.
        file: String,
        /// What was wrong with it.
        reason: String,
    },
}

impl SegmentError {
    /// The file that it is about.
    pub fn file(&self) -> &str {
        match self {
            SegmentError::Io { file, .. }
            | SegmentError::Damaged { file, .. }
            | SegmentError::Quarantined { file, .. }
            | SegmentError::Unreachable { file, .. }
            | SegmentError::Mended { file, .. } => file,
        }
    }

    /// What is wrong, for whoever knows already which file it is about.
    pub(crate) fn reason(&self) -> String {
        let told = self.to_string();
        let of_file = told.strip_prefix(&format!("segment {}", self.file())).map(str::to_owned);
        of_file.map_or(told, |reason| reason.trim_start_matches([':', ' ']).to_owned())
    }
}

impl SegmentMeta {
    /// One of which only the name and the place are known.
    pub(crate) fn named(signal: Signal, window: Minute, file: String) -> Self {
        Self {
            file,
            signal: signal.name().to_owned(),
            window: window.0,
            rows: 0,
            bytes: 0,
            min_time: 0,
            max_time: 0,
            crc: 0,
            tail: 0,
            tail_crc: 0,
            services: None,
            sampled: None,
        }
    }

    /// The same, with what is known of its file.
    fn written(&self, file: &sink::Written) -> Self {
        let sink::Written { bytes, crc, tail, tail_crc } = *file;
        Self { bytes, crc, tail, tail_crc, ..self.clone() }
    }

    /// The file of a new one: the `at`-th of an attempt, whose number is used once.
    pub(crate) fn file_of(signal: Signal, window: Minute, attempt: u64, at: usize) -> String {
        format!("{signal}-{:010}-{attempt:010}-{at}.parquet", window.0)
    }

    /// Whether any of its rows may lie in the range.
    pub fn overlaps(&self, range: TimeRange) -> bool {
        Timestamp::from_nanos(self.min_time) < range.to && range.from <= Timestamp::from_nanos(self.max_time)
    }

    /// The path below the data folder.
    pub fn path(&self) -> String {
        format!("{FOLDER}/{}", self.file)
    }
}

/// When each row happened, in nanoseconds.
pub(crate) fn times(signal: Signal, batch: &RecordBatch) -> &[i64] {
    let times = batch.column_by_name(columns::time_column(signal)).expect("every table has its time column");
    times.as_primitive::<TimestampNanosecondType>().values()
}

/// The window of a minute.
pub(crate) fn window_start(minute: Minute) -> Minute {
    Minute(minute.0 - minute.0 % WINDOW_MINUTES)
}

/// The event times of a window.
pub fn window_range(window: Minute) -> TimeRange {
    TimeRange { from: window.start(), to: window.plus(WINDOW_MINUTES).start() }
}

/// The windows of a batch's rows.
pub fn windows_of(signal: Signal, batch: &RecordBatch) -> BTreeSet<Minute> {
    times(signal, batch).iter().map(|nanos| window_start(Timestamp::from_nanos(*nanos).minute())).collect()
}

/// The rows of a trace in a batch, if it has any.
pub fn of_trace(batch: &RecordBatch, id: &[u8; 16]) -> Option<RecordBatch> {
    let ids = batch.column_by_name("trace_id")?.as_fixed_size_binary();
    let is_of = |row: &u32| ids.is_valid(*row as usize) && ids.value(*row as usize) == id;
    let rows: Vec<u32> = (0..u32::try_from(batch.num_rows()).ok()?).filter(is_of).collect();
    if rows.is_empty() {
        return None;
    }
    take_record_batch(batch, &UInt32Array::from(rows)).ok()
}

/// A segment that queries share; its file is removed only when the last of them is gone.
pub type SegmentRef = Arc<SegmentMeta>;

/// Segments and what is in them.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct SegmentTotals {
    /// How many files.
    pub segments: u64,
    /// Their rows.
    pub rows: u64,
    /// Their bytes.
    pub bytes: u64,
}

impl SegmentTotals {
    /// Of these segments.
    pub fn of<'a>(segments: impl IntoIterator<Item = &'a SegmentRef>) -> Self {
        let mut sum = Self::default();
        segments.into_iter().for_each(|segment| sum.add(segment));
        sum
    }

    /// Adds a segment.
    pub fn add(&mut self, segment: &SegmentMeta) {
        self.segments += 1;
        self.rows += segment.rows;
        self.bytes += segment.bytes;
    }
}
