//! The segments of a disk, to be asked for rows. What a segment's end says is kept in memory for those that were asked last;
//! one that fails goes into quarantine.

use std::collections::HashMap;
use std::io::ErrorKind;
use std::ops::Range;
use std::sync::{Arc, Mutex};

use arrow::array::RecordBatch;
use bytes::Bytes;
use ippo_base::disk::{Disk, SharedDisk};

use super::filters::KeptFilters;
use super::opened::{Group, Segment, damaged, unread};
use super::quarantine::{Quarantine, verify};
use super::rollups::Detail;
use super::tiers::{ENDS, FetchError, Tiers};
use super::write::ROW_GROUP_ROWS;
use super::{SegmentError, SegmentMeta};
use crate::red::Rollup;
use crate::signal::Signal;

/// Ends of segments that are kept in memory, in bytes.
const KEPT_BYTES: usize = 32 * 1024 * 1024;

/// Of a segment in the bucket, at most this share is read where it is; of whom more is wanted comes home.
const READ_THERE_SHARE: u64 = 4;

/// The segments of a disk, and of the bucket behind it, to read. Clones share what they keep.
#[derive(Clone)]
pub struct Files {
    pub(super) tiers: Tiers,
    opened: Arc<Mutex<Opened>>,
    filters: Arc<Mutex<KeptFilters>>,
    pub(super) quarantine: Quarantine,
}

impl std::fmt::Debug for Files {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Files").finish_non_exhaustive()
    }
}

/// Some row groups of a segment, by their numbers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GroupRange {
    /// Which.
    pub groups: Range<usize>,
    /// How many rows they have, by the manifest.
    pub rows: u64,
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
        Self::of(Tiers::new(disk, None))
    }

    /// The segments of this disk and this bucket.
    pub fn of(tiers: Tiers) -> Self {
        Self { tiers, opened: Arc::default(), filters: Arc::default(), quarantine: Quarantine::default() }
    }

    /// Reads a segment, or some of its columns. Every byte that is used has been checked; a segment that fails is in
    /// quarantine from then on.
    pub fn read(
        &self,
        signal: Signal,
        meta: &SegmentMeta,
        columns: Option<&[&str]>,
    ) -> Result<Vec<RecordBatch>, SegmentError> {
        self.ask(meta, |segment| {
            let wanted = || segment.bytes_of(signal, columns);
            if self.tiers.is_remote(&meta.file) && wanted() > meta.bytes / READ_THERE_SHARE {
                self.bring_home(meta)?;
            }
            segment.rows(signal, None, columns).map_err(|error| segment.failed(meta, error))
        })
    }

    /// In which parts a segment is looked through. Every row group is in one of them, whatever the file turns out to have.
    pub fn parts(&self, meta: &SegmentMeta) -> Vec<GroupRange> {
        let of_group = ROW_GROUP_ROWS as u64;
        let groups = usize::try_from(meta.rows.div_ceil(of_group)).unwrap_or(usize::MAX).max(1);
        // Whether it comes home is decided for all of it.
        if groups == 1 || self.tiers.is_remote(&meta.file) {
            return vec![GroupRange { groups: 0..usize::MAX, rows: meta.rows }];
        }
        let part = |at: usize| match at + 1 == groups {
            false => GroupRange { groups: at..at + 1, rows: of_group },
            true => GroupRange { groups: at..usize::MAX, rows: meta.rows - at as u64 * of_group },
        };
        (0..groups).map(part).collect()
    }

    /// The row groups of a part of a segment, of log records those whose bodies may have all of these words, to be read for
    /// these columns.
    pub fn groups_with(
        &self,
        signal: Signal,
        meta: &SegmentMeta,
        part: &Range<usize>,
        words: &[Vec<u8>],
        columns: &[&str],
    ) -> Result<Vec<Group>, SegmentError> {
        self.ask(meta, |segment| {
            let groups = segment.groups_with(part, words).map_err(|error| segment.failed(meta, error))?;
            if self.tiers.is_remote(&meta.file) {
                let of_all = segment.bytes_of(signal, Some(columns));
                let share = groups.len() as u64 * of_all / segment.metadata().num_row_groups().max(1) as u64;
                if share > meta.bytes / READ_THERE_SHARE {
                    self.bring_home(meta)?;
                }
            }
            Ok(groups)
        })
    }

    /// Reads a row group, or some of its columns.
    pub fn read_group(
        &self,
        signal: Signal,
        meta: &SegmentMeta,
        group: Group,
        columns: &[&str],
    ) -> Result<Vec<RecordBatch>, SegmentError> {
        self.ask(meta, |segment| {
            segment.rows(signal, Some(group), Some(columns)).map_err(|error| segment.failed(meta, error))
        })
    }

    /// These rows of a segment, by their numbers, ascending. Only the pages that have them are read.
    pub fn read_rows(
        &self,
        signal: Signal,
        meta: &SegmentMeta,
        rows: &[usize],
    ) -> Result<Vec<RecordBatch>, SegmentError> {
        self.ask(meta, |segment| segment.some_rows(signal, rows).map_err(|error| segment.failed(meta, error)))
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
        if let Some(refusal) = self.quarantine.refusal(&meta.file) {
            return Err(refusal);
        }
        let known = self.filters.lock().expect("nothing panics while it is held").may_have(&meta.file, id);
        if known == Some(false) {
            return Ok(Vec::new());
        }
        self.ask(meta, |segment| segment.trace(signal, id).map_err(|error| segment.failed(meta, error)))
    }

    /// Rate, errors and durations of a segment's rows; nothing of one that was written before these were.
    pub fn rollup(&self, meta: &SegmentMeta, detail: Detail) -> Result<Option<Arc<Rollup>>, SegmentError> {
        self.ask(meta, |segment| segment.rollup(detail).map_err(|error| segment.failed(meta, error)))
    }

    /// The disk that they are on.
    pub fn disk(&self) -> &dyn Disk {
        self.tiers.disk()
    }

    /// The disk, and the bucket behind it.
    pub(crate) fn tiers(&self) -> &Tiers {
        &self.tiers
    }

    /// Which of them are not read any more.
    pub fn quarantine(&self) -> &Quarantine {
        &self.quarantine
    }

    /// Lets go of what is kept in memory of a segment, which nobody will ask for again.
    pub(crate) fn forget(&self, file: &str) {
        self.opened.lock().expect("nothing panics while it is held").forget(file);
        self.filters.lock().expect("nothing panics while it is held").forget(file);
    }

    pub(super) fn open(&self, meta: &SegmentMeta) -> Result<Arc<Segment>, SegmentError> {
        if let Some(refusal) = self.quarantine.refusal(&meta.file) {
            return Err(refusal);
        }
        if let Some(cold) = self.tiers.cold() {
            cold.touch(&meta.file);
        }
        let opened = || self.opened.lock().expect("nothing panics while it is held");
        if let Some(segment) = opened().get(&meta.file) {
            return Ok(segment);
        }
        let began = self.moment();
        let segment = Segment::open(&self.tiers, meta).map_err(|error| self.hold(error, began))?;
        if self.tiers.is_remote(&meta.file) {
            // Without it, it is fetched again when it is forgotten here.
            let _ = self.tiers.keep_end(meta, segment.end_begins(meta));
        }
        let segment = Arc::new(segment);
        opened().insert(&meta.file, &segment);
        let filters = segment.filters.clone();
        self.filters.lock().expect("nothing panics while it is held").insert(&meta.file, filters);
        Ok(segment)
    }

    /// Brings a segment of the bucket to the local disk, if it is worth a place there.
    fn bring_home(&self, meta: &SegmentMeta) -> Result<(), SegmentError> {
        // Where nothing may be evicted, the disk would only fill.
        if !self.tiers.cold().is_some_and(|cold| cold.is_owned() && cold.fits(meta.bytes)) {
            return Ok(());
        }
        match self.tiers.bring_home(meta) {
            Ok(()) => self.make_room(),
            // It is read where it is.
            Err(FetchError::Local) => {}
            Err(FetchError::Source(source)) => return Err(self.condemn(unread(meta, source))),
            Err(FetchError::Damaged) => return Err(self.condemn(differs(meta))),
        }
        Ok(())
    }

    /// Shows the bytes of a segment as the bucket has them, unchecked, part by part. `take` says whether to go on.
    pub(crate) fn read_bucket(
        &self,
        meta: &SegmentMeta,
        take: &mut dyn FnMut(&[u8]) -> bool,
    ) -> Result<(), SegmentError> {
        let mut part = |bytes: &[u8]| if take(bytes) { Ok(()) } else { Err(FetchError::Local) };
        match self.tiers.each_part(meta, &mut part) {
            Err(FetchError::Source(source)) => Err(unread(meta, source)),
            Err(FetchError::Local | FetchError::Damaged) | Ok(()) => Ok(()),
        }
    }

    /// Removes files of segments that are in the bucket until the others fit, those that were not read for longest first.
    pub(crate) fn make_room(&self) {
        let Some(cold) = self.tiers.cold() else { return };
        while let Some(meta) = cold.to_evict() {
            match self.evict(&meta) {
                // One that was damaged is gone already.
                Ok(()) | Err(SegmentError::Mended { .. }) => {}
                Err(error) => {
                    // Of quarantine somebody was told.
                    if !matches!(error, SegmentError::Quarantined { .. }) {
                        let file = &meta.file;
                        tracing::warn!(%error, file, "a segment stays on the local disk for now, though it is in the bucket");
                    }
                    cold.keep(&meta.file);
                }
            }
        }
    }

    /// Removes the file of a segment that is in the bucket, but for its end.
    fn evict(&self, meta: &SegmentMeta) -> Result<(), SegmentError> {
        let segment = self.open(meta)?;
        // On a full disk there is no room for its end, which is then fetched when it is asked for.
        if let Err(error) = self.tiers.keep_end(meta, segment.end_begins(meta)) {
            tracing::warn!(%error, file = meta.file, "the end of a segment is in the bucket alone");
        }
        self.tiers.evict(meta).map_err(|error| unread(meta, error))
    }
}

pub(super) fn differs(meta: &SegmentMeta) -> SegmentError {
    damaged(meta, "its checksum differs from the manifest's".to_owned())
}

/// Reads a whole segment and compares it with what the manifest says.
pub fn check(disk: &SharedDisk, meta: &SegmentMeta) -> Result<(), SegmentError> {
    let signal =
        Signal::from_name(&meta.signal).ok_or_else(|| damaged(meta, format!("no signal {}", meta.signal)))?;
    verify(&**disk, meta)?;
    let rows: usize =
        Files::new(disk.clone()).read(signal, meta, None)?.iter().map(RecordBatch::num_rows).sum();
    if rows as u64 == meta.rows {
        return Ok(());
    }
    Err(damaged(meta, format!("it has {rows} rows where the manifest says {}", meta.rows)))
}

/// Compares what the local disk keeps of the end of a segment that is in the bucket with what was written, if it does.
pub fn check_end(disk: &SharedDisk, meta: &SegmentMeta) -> Result<(), SegmentError> {
    match disk.read_all(&format!("{ENDS}/{}", meta.file)) {
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(()),
        Err(error) => Err(unread(meta, error)),
        Ok(end) => Segment::check_end(meta, &end),
    }
}

/// The segment's bytes, if they are what was written.
pub(super) fn read_bytes(tiers: &Tiers, meta: &SegmentMeta) -> Result<Bytes, SegmentError> {
    let length = usize::try_from(meta.bytes).unwrap_or(usize::MAX);
    let bytes = tiers.read(&meta.file, meta.bytes, 0, length).map_err(|error| unread(meta, error))?;
    if crc32c::crc32c(&bytes) != meta.crc {
        return Err(differs(meta));
    }
    Ok(Bytes::from(bytes))
}
