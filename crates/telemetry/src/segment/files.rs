//! The segments of a disk, to be asked for rows. What a segment's end says is kept in memory for those that were asked last;
//! one that fails goes into quarantine.

use std::collections::HashMap;
use std::sync::{Arc, Mutex};

use arrow::array::RecordBatch;
use bytes::Bytes;
use ippo_base::disk::{Disk, SharedDisk};

use super::opened::{Group, Segment, damaged, unread};
use super::quarantine::Quarantine;
use super::rollups::Detail;
use super::{SegmentError, SegmentMeta};
use crate::red::Rollup;
use crate::signal::Signal;

/// Ends of segments that are kept in memory, in bytes.
const KEPT_BYTES: usize = 32 * 1024 * 1024;

/// The segments of a disk, to read. Clones share what they keep.
#[derive(Clone)]
pub struct Files {
    disk: SharedDisk,
    opened: Arc<Mutex<Opened>>,
    quarantine: Quarantine,
}

impl std::fmt::Debug for Files {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Files").finish_non_exhaustive()
    }
}

/// Segments that were read lately, by file.
#[derive(Default)]
struct Opened {
    segments: HashMap<String, (u64, Arc<Segment>)>,
    bytes: usize,
    /// Counted up with each use.
    now: u64,
}

impl Opened {
    fn get(&mut self, file: &str) -> Option<Arc<Segment>> {
        self.now += 1;
        let (used, segment) = self.segments.get_mut(file)?;
        *used = self.now;
        Some(segment.clone())
    }

    fn forget(&mut self, file: &str) {
        if let Some((_, gone)) = self.segments.remove(file) {
            self.bytes -= gone.bytes();
        }
    }

    fn insert(&mut self, file: &str, segment: &Arc<Segment>) {
        self.bytes += segment.bytes();
        if let Some((_, before)) = self.segments.insert(file.to_owned(), (self.now, segment.clone())) {
            self.bytes -= before.bytes();
        }
        while self.bytes > KEPT_BYTES {
            let oldest =
                self.segments.iter().min_by_key(|(_, (used, _))| *used).map(|(file, _)| file.clone());
            let Some((_, gone)) = oldest.and_then(|file| self.segments.remove(&file)) else { break };
            self.bytes -= gone.bytes();
        }
    }
}

impl Files {
    /// The segments of this disk.
    pub fn new(disk: SharedDisk) -> Self {
        Self { disk, opened: Arc::default(), quarantine: Quarantine::default() }
    }

    /// Reads a segment, or some of its columns. Every byte that is used has been checked; a segment that fails is in
    /// quarantine from then on.
    pub fn read(
        &self,
        signal: Signal,
        meta: &SegmentMeta,
        columns: Option<&[&str]>,
    ) -> Result<Vec<RecordBatch>, SegmentError> {
        let segment = self.open(meta)?;
        segment.rows(signal, None, columns).map_err(|error| self.hold(segment.failed(meta, error)))
    }

    /// The row groups of a segment of log records whose bodies may have all of these words.
    pub fn groups_with(&self, meta: &SegmentMeta, words: &[Vec<u8>]) -> Result<Vec<Group>, SegmentError> {
        let segment = self.open(meta)?;
        segment.groups_with(words).map_err(|error| self.hold(segment.failed(meta, error)))
    }

    /// Reads a row group, or some of its columns.
    pub fn read_group(
        &self,
        signal: Signal,
        meta: &SegmentMeta,
        group: Group,
        columns: &[&str],
    ) -> Result<Vec<RecordBatch>, SegmentError> {
        let segment = self.open(meta)?;
        let rows = segment.rows(signal, Some(group), Some(columns));
        rows.map_err(|error| self.hold(segment.failed(meta, error)))
    }

    /// These rows of a segment, by their numbers, ascending. Only the pages that have them are read.
    pub fn read_rows(
        &self,
        signal: Signal,
        meta: &SegmentMeta,
        rows: &[usize],
    ) -> Result<Vec<RecordBatch>, SegmentError> {
        let segment = self.open(meta)?;
        segment.some_rows(signal, rows).map_err(|error| self.hold(segment.failed(meta, error)))
    }

    /// How many rows a segment has, by what its end says.
    pub fn rows(&self, meta: &SegmentMeta) -> Result<u64, SegmentError> {
        let rows = self.open(meta)?.metadata().file_metadata().num_rows();
        Ok(u64::try_from(rows).unwrap_or(0))
    }

    /// The rows of a trace in a segment. Where the filters rule them out, only the segment's end is read; else the pages
    /// that have them.
    pub fn read_trace(
        &self,
        signal: Signal,
        meta: &SegmentMeta,
        id: &[u8; 16],
    ) -> Result<Vec<RecordBatch>, SegmentError> {
        let segment = self.open(meta)?;
        segment.trace(signal, id).map_err(|error| self.hold(segment.failed(meta, error)))
    }

    /// Rate, errors and durations of a segment's rows; nothing of one that was written before these were.
    pub fn rollup(&self, meta: &SegmentMeta, detail: Detail) -> Result<Option<Arc<Rollup>>, SegmentError> {
        let segment = self.open(meta)?;
        segment.rollup(detail).map_err(|error| self.hold(segment.failed(meta, error)))
    }

    /// The disk that they are on.
    pub fn disk(&self) -> &dyn Disk {
        &*self.disk
    }

    /// Which of them are not read any more.
    pub fn quarantine(&self) -> &Quarantine {
        &self.quarantine
    }

    /// Notes that a segment could not be read. Returns what a reader is told.
    pub(crate) fn hold(&self, error: SegmentError) -> SegmentError {
        self.opened.lock().expect("nothing panics while it is held").forget(error.file());
        self.quarantine.hold(error)
    }

    pub(super) fn open(&self, meta: &SegmentMeta) -> Result<Arc<Segment>, SegmentError> {
        if let Some(refusal) = self.quarantine.refusal(&meta.file) {
            return Err(refusal);
        }
        let opened = || self.opened.lock().expect("nothing panics while it is held");
        if let Some(segment) = opened().get(&meta.file) {
            return Ok(segment);
        }
        let segment = Segment::open(&self.disk, meta).map_err(|error| self.hold(error))?;
        let segment = Arc::new(segment);
        opened().insert(&meta.file, &segment);
        Ok(segment)
    }
}

/// Reads a whole segment and compares it with what the manifest says.
pub fn check(disk: &SharedDisk, meta: &SegmentMeta) -> Result<(), SegmentError> {
    let signal =
        Signal::from_name(&meta.signal).ok_or_else(|| damaged(meta, format!("no signal {}", meta.signal)))?;
    read_bytes(&**disk, meta)?;
    let rows: usize =
        Files::new(disk.clone()).read(signal, meta, None)?.iter().map(RecordBatch::num_rows).sum();
    if rows as u64 == meta.rows {
        return Ok(());
    }
    Err(damaged(meta, format!("it has {rows} rows where the manifest says {}", meta.rows)))
}

/// The segment's bytes, if they are what was written.
pub fn read_bytes(disk: &dyn Disk, meta: &SegmentMeta) -> Result<Bytes, SegmentError> {
    let bytes = disk.read_all(&meta.path()).map_err(|error| unread(meta, error))?;
    if crc32c::crc32c(&bytes) != meta.crc {
        return Err(damaged(meta, "its checksum differs from the manifest's".to_owned()));
    }
    Ok(Bytes::from(bytes))
}
