//! One moment of the store, to be copied while it goes on: what the manifest names, and the log beyond it up to the last
//! acknowledgement. Until it is dropped, none of its files is removed.

use std::collections::BTreeSet;
use std::io;
use std::sync::Arc;

use ippo_base::disk::{Disk, SharedDisk};

use super::checkpoint::FOLDER as COUNTERS;
use super::recent;
use super::recount::{Contents, recount};
use super::{Core, CoreError};
use crate::counter::{CounterSet, minutes_of_day};
use crate::manifest::Manifest;
use crate::segment::{Files, SegmentError, SegmentMeta, SegmentRef};
use crate::wal::Hold;

/// One moment of the store.
pub struct Point {
    manifest: Manifest,
    contents: Contents,
    /// What was known to be damaged.
    problems: Vec<String>,
    log: Hold,
    /// Where segments are that the data folder does not have.
    files: Option<Files>,
    _segments: Vec<SegmentRef>,
    _copier: Option<Arc<()>>,
    /// What is yet to be added up.
    counters: CounterSet,
}

/// An immutable file of the moment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PointFile {
    /// Its path below the data folder.
    pub path: String,
    /// Its length in bytes, if it is a segment.
    pub bytes: u64,
    /// CRC-32C of the whole file.
    pub crc: u32,
}

/// What became of a file that cannot be copied.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LeftOut {
    /// Its rows are missing from queries; counts are not affected.
    Rows(u64),
    /// Its day counts as not measured.
    Day,
    /// Counters over metrics are counted again from stored rows.
    Points,
    /// What clients sent before the moment and send again after a restore may be stored twice.
    Batches,
}

impl Core {
    /// This moment. The log must be held by its owner from before `log` was made. [`Point::add_up`] completes it.
    pub fn point(&self, log: Hold, problems: Vec<String>) -> Point {
        let mut manifest = self.manifest.clone();
        // Days that were forgotten are in no checkpoint yet that says so.
        let kept: BTreeSet<u32> = self
            .counters
            .iter()
            .flat_map(|(_, counter)| counter.history.days().map(|(day, _)| day))
            .collect();
        manifest.days.retain(|file| kept.contains(&file.day));
        // The copy has every segment itself, and needs no bucket.
        manifest.remote = None;
        Point {
            manifest,
            contents: self.contents(|meta| meta.rows),
            problems,
            log,
            files: Some(self.files.clone()),
            _segments: self.segments.clone(),
            _copier: Some(self.copiers.clone()),
            counters: self.counters.clone(),
        }
    }
}

impl Point {
    /// The moment at which a folder was left that no ippo uses now. The caller holds its lock.
    ///
    /// # Errors
    /// When the folder cannot be read.
    pub fn of_stopped(disk: &SharedDisk) -> Result<Self, CoreError> {
        // Without segments that are in a bucket alone it would be no backup, which the recount says.
        let manifest = Manifest { remote: None, ..Manifest::read(&**disk)? };
        let (found, problems) = recount(disk)?;
        let mut contents = found;
        // A segment that cannot be read counts here, and no more once it is left out.
        for signal in contents.rows.iter_mut() {
            let of = |meta: &&SegmentMeta| meta.signal == *signal.0;
            let unread = manifest.segments.iter().filter(of).filter(|meta| {
                problems
                    .iter()
                    .any(|p| matches!(p, super::Problem::Segment { file, .. } if *file == meta.path()))
            });
            *signal.1 += unread.map(|meta| meta.rows).sum::<u64>();
        }
        let of_log = problems.iter().filter(|p| !matches!(p, super::Problem::Segment { .. }));
        Ok(Self {
            manifest,
            contents,
            problems: of_log.map(ToString::to_string).collect(),
            log: Hold::of_stopped(&**disk)?,
            files: None,
            _segments: Vec::new(),
            _copier: None,
            counters: CounterSet::default(),
        })
    }

    /// Adds up what its counters hold, which waits for a disk.
    pub fn add_up(&mut self) {
        self.contents.add_up(&std::mem::take(&mut self.counters));
    }

    /// How much it holds.
    pub fn contents(&self) -> &Contents {
        &self.contents
    }

    /// What was known to be damaged, in the words of [`Problem`](super::Problem).
    pub fn problems(&self) -> &[String] {
        &self.problems
    }

    /// Paths of the log's files below the data folder, oldest first.
    pub fn log_files(&self) -> Vec<String> {
        self.log.paths().map(str::to_owned).collect()
    }

    /// The bytes of a file of the log, as far as they belong to the moment; nothing if none do.
    ///
    /// # Errors
    /// When it cannot be read.
    pub fn read_log(&self, disk: &dyn Disk, path: &str) -> io::Result<Option<Vec<u8>>> {
        self.log.read(disk, path)
    }

    /// Lets the store remove files of the log again: they are copied.
    pub fn release_log(&mut self) {
        self.log = Hold::default();
    }

    /// Segments, and files of counts and of batches that came lately.
    pub fn files(&self) -> Vec<PointFile> {
        let days = self.manifest.days.iter();
        let of_counts = |file: &str, crc| PointFile { path: format!("{COUNTERS}/{file}"), bytes: 0, crc };
        let days = days.map(|day| of_counts(&day.file, day.crc));
        let kept = self.manifest.kept.iter().map(|meta| of_counts(&meta.file, meta.crc));
        let batches = self.manifest.batch_files.iter();
        let batches = batches.map(|meta| PointFile { path: recent::path(meta), bytes: 0, crc: meta.crc });
        let segments = self.manifest.segments.iter();
        let segments = segments.map(|meta| PointFile { path: meta.path(), bytes: meta.bytes, crc: meta.crc });
        days.chain(kept).chain(batches).chain(segments).collect()
    }

    /// Whether the bucket has the file, for whom the data folder does not.
    pub fn is_in_bucket(&self, path: &str) -> bool {
        let files = self.files.as_ref();
        let cold = files.and_then(|files| files.tiers().cold());
        cold.zip(self.segment(path)).is_some_and(|(cold, meta)| cold.has(&meta.file))
    }

    /// Shows the bytes of a segment as the bucket has them, part by part. `take` says whether to go on.
    ///
    /// # Errors
    /// When the bucket does not give them. Whether they are what was written is for the caller to find out.
    pub fn read_bucket(&self, path: &str, take: &mut dyn FnMut(&[u8]) -> bool) -> Result<(), SegmentError> {
        match self.files.as_ref().zip(self.segment(path)) {
            Some((files, meta)) => files.read_bucket(meta, take),
            None => Ok(()),
        }
    }

    fn segment(&self, path: &str) -> Option<&SegmentMeta> {
        self.manifest.segments.iter().find(|meta| meta.path() == path)
    }

    /// Goes on without a file that is missing or damaged. Nothing if there is none of this path.
    pub fn leave_out(&mut self, path: &str) -> Option<LeftOut> {
        if let Some(at) = self.manifest.segments.iter().position(|meta| meta.path() == path) {
            let meta = self.manifest.segments.remove(at);
            self.contents.segments -= 1;
            if let Some(rows) = self.contents.rows.get_mut(&meta.signal) {
                *rows = rows.saturating_sub(meta.rows);
            }
            return Some(LeftOut::Rows(meta.rows));
        }
        if self.manifest.kept.as_ref().is_some_and(|meta| format!("{COUNTERS}/{}", meta.file) == path) {
            self.manifest.kept = None;
            for counter in &mut self.contents.counters {
                counter.complete = false;
            }
            return Some(LeftOut::Points);
        }
        if let Some(at) = self.manifest.batch_files.iter().position(|meta| recent::path(meta) == path) {
            self.manifest.batch_files.remove(at);
            return Some(LeftOut::Batches);
        }
        let is_it = |day: &crate::manifest::DayMeta| format!("{COUNTERS}/{}", day.file) == path;
        let at = self.manifest.days.iter().position(is_it)?;
        let gap = minutes_of_day(self.manifest.days.remove(at).day);
        // As a start does with a day that it cannot read.
        for counter in &mut self.manifest.counters {
            counter.unmeasured.push((gap.from.0, gap.to.0));
        }
        for counter in &mut self.contents.counters {
            counter.complete = false;
        }
        Some(LeftOut::Day)
    }

    /// The manifest that names these files, as it is on disk.
    pub fn manifest(&self) -> Vec<u8> {
        self.manifest.to_bytes()
    }
}
