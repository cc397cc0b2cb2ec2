//! Many small segments become few large ones, within their window: chosen by size, written as a job, swapped in one commit.

use std::collections::{BTreeMap, BTreeSet};
use std::io;
use std::sync::Arc;
use std::time::Duration;

use ippo_base::disk::Disk;
use ippo_base::{Minute, Timestamp};

use super::flush::Commit;
use super::{Core, CoreError};
use crate::manifest::Manifest;
use crate::segment::{self, Files, Merge, Moment, SegmentError, SegmentMeta, SegmentRef};
use crate::signal::Signal;

/// So many segments of one size class become one, also while telemetry still comes into their window.
const FAN_IN: usize = 8;
/// The first size class ends here; each that follows is four times as large.
const FIRST_CLASS_BYTES: u64 = 1024 * 1024;
/// Segments from this size on stay as they are.
const LARGE_BYTES: u64 = 256 * 1024 * 1024;
/// Segments in the bucket from this size on stay there as they are. So what a merge brings home has a bound.
const LARGE_THERE_BYTES: u64 = 8 * 1024 * 1024;
/// A window whose end is this long ago seldom gets more rows.
const QUIET: Duration = Duration::from_secs(15 * 60);

/// Segments to merge. Runs anywhere, for as long as it takes; a failure leaves nothing.
pub struct CompactJob {
    merge: Merge,
    files: Files,
    attempt: u64,
}

/// Segments that were made of others, waiting for the manifest to name them in their place.
pub struct Replacement {
    pub(super) replaced: Vec<SegmentRef>,
    pub(super) written: Vec<SegmentMeta>,
}

impl Replacement {
    /// The new segments' files.
    pub fn paths(&self) -> Vec<String> {
        self.written.iter().map(SegmentMeta::path).collect()
    }

    /// Their length.
    pub fn bytes(&self) -> u64 {
        self.written.iter().map(|segment| segment.bytes).sum()
    }
}

impl CompactJob {
    /// Writes the merged segment and makes it durable.
    ///
    /// # Errors
    /// When one of the segments cannot be read, or the new one not be written. What was written is removed.
    pub fn run(&self) -> Result<Replacement, CoreError> {
        let file = SegmentMeta::file_of(self.merge.signal, self.merge.window, self.attempt, 0);
        let path = format!("{}/{file}", segment::FOLDER);
        self.write(file).inspect_err(|_| give_up(self.files.disk(), &[path]))
    }

    fn write(&self, file: String) -> Result<Replacement, CoreError> {
        let began = self.files.moment();
        let merged = segment::merge(&self.files, file, &self.merge);
        let segment = merged.map_err(|error| self.told(error, began))?;
        self.files.disk().sync_dir(segment::FOLDER)?;
        Ok(Replacement { replaced: self.merge.segments.clone(), written: vec![segment] })
    }

    /// An input that cannot be read goes into quarantine; a failure of the output says nothing about them.
    fn told(&self, error: SegmentError, began: Moment) -> SegmentError {
        let of_input = self.merge.segments.iter().any(|input| input.file == error.file());
        if of_input { self.files.hold(error, began) } else { error }
    }

    /// The signal and the first minute of the hour.
    pub fn hour(&self) -> (Signal, Minute) {
        (self.merge.signal, self.merge.window)
    }

    /// What it merges, for messages.
    pub fn files(&self) -> Vec<String> {
        self.merge.segments.iter().map(|segment| segment.file.clone()).collect()
    }
}

/// Removes what a job has written of files that nothing will name: it may be tried again for as long as a bucket is out, under
/// another name each time.
pub(super) fn give_up(disk: &dyn Disk, paths: &[String]) {
    for path in paths {
        if let Err(error) = disk.remove(path)
            && error.kind() != io::ErrorKind::NotFound
        {
            tracing::warn!(%error, file = path, "a file that is no longer needed stays until the next start");
        }
    }
}

impl Core {
    /// The merge that is due at a time, if any. Only one may be under way.
    pub fn plan_compaction(&mut self, now: Timestamp) -> Option<CompactJob> {
        let due = self.mergeable().into_iter().find_map(|((signal, window, _), segments)| {
            let signal =
                Signal::from_name(signal).filter(|signal| !self.resting.has(*signal, window, now))?;
            let chosen = if is_quiet(window, now) { of_quiet(segments) } else { of_one_class(&segments) };
            Some((signal, Minute(window), chosen?))
        });
        let (signal, window, segments) = due.or_else(|| self.worth_bringing_home(now))?;
        self.attempt += 1;
        let merge = Merge { signal, window, segments };
        Some(CompactJob { merge, files: self.files.clone(), attempt: self.attempt })
    }

    /// Segments of a quiet window that are small and in the bucket, as rows came late over days: many of one size become one,
    /// like those of a window that telemetry still comes into, so that each row is brought home once for each size. Not while
    /// the bucket fails, or is not this run's.
    fn worth_bringing_home(&self, now: Timestamp) -> Option<(Signal, Minute, Vec<SegmentRef>)> {
        self.cold().filter(|cold| cold.is_owned() && cold.trouble().is_none())?;
        let mut windows: BTreeMap<(&str, u32, bool), Vec<&SegmentRef>> = BTreeMap::new();
        let small = |segment: &&SegmentRef| segment.bytes < LARGE_THERE_BYTES && self.may_merge(segment);
        for segment in self.segments.iter().filter(small).filter(|segment| is_quiet(segment.window, now)) {
            let of = (segment.signal.as_str(), segment.window, segment.sampled.is_some());
            windows.entry(of).or_default().push(segment);
        }
        windows.into_iter().find_map(|((signal, window, _), segments)| {
            let signal =
                Signal::from_name(signal).filter(|signal| !self.resting.has(*signal, window, now))?;
            Some((signal, Minute(window), of_one_class(&segments)?))
        })
    }

    /// Whether a segment is whole and stays for a while.
    fn may_merge(&self, segment: &SegmentRef) -> bool {
        !self.left_as_they_are.contains(&segment.file)
            && !self.is_expired(segment)
            && self.files.quarantine().get(&segment.file).is_none()
    }

    /// What may be merged, by signal, window and whether it was sampled. What is in the bucket is not among it.
    fn mergeable(&self) -> BTreeMap<(&str, u32, bool), Vec<&SegmentRef>> {
        let mut windows: BTreeMap<(&str, u32, bool), Vec<&SegmentRef>> = BTreeMap::new();
        let usable = |segment: &&SegmentRef| {
            segment.bytes < LARGE_BYTES && !self.is_stored(&segment.file) && self.may_merge(segment)
        };
        for segment in self.segments.iter().filter(usable) {
            let of = (segment.signal.as_str(), segment.window, segment.sampled.is_some());
            windows.entry(of).or_default().push(segment);
        }
        windows
    }

    /// Segments of quiet windows in which nothing is left to merge, and of those too large for it.
    pub(super) fn settled(&self, now: Timestamp) -> Vec<&SegmentRef> {
        let mergeable = self.mergeable();
        let merging = mergeable.into_iter().filter(|(_, segments)| of_quiet(segments.clone()).is_some());
        let merging: BTreeSet<(&str, u32, bool)> = merging.map(|(of, _)| of).collect();
        let is_settled = |segment: &&SegmentRef| {
            let of = (segment.signal.as_str(), segment.window, segment.sampled.is_some());
            is_quiet(segment.window, now) && (segment.bytes >= LARGE_BYTES || !merging.contains(&of))
        };
        self.segments.iter().filter(is_settled).collect()
    }

    /// Remembers that these segments could not be merged or sampled, so that it is not tried over and over.
    pub fn leave_as_they_are(&mut self, files: Vec<String>) {
        self.left_as_they_are.extend(files);
    }

    /// The manifest that names the new segments. None where one of those they were made of is gone or in quarantine
    /// meanwhile; then their files are of no use.
    pub fn plan_replacement(&self, made: &Replacement) -> Option<Commit> {
        let is_replaced = |segment: &SegmentRef| made.replaced.iter().any(|old| Arc::ptr_eq(old, segment));
        let (dropped, mut segments): (Vec<SegmentRef>, Vec<SegmentRef>) =
            self.segments.iter().cloned().partition(is_replaced);
        let in_quarantine = |segment: &SegmentRef| self.files.quarantine().get(&segment.file).is_some();
        if dropped.len() < made.replaced.len() || dropped.iter().any(in_quarantine) {
            return None;
        }
        segments.extend(made.written.iter().cloned().map(Arc::new));
        let manifest = Manifest {
            commit: self.manifest.commit + 1,
            quarantined: self.quarantined_meta(&segments),
            remote: self.remote_meta(&segments),
            segments: segments.iter().map(|segment| segment.as_ref().clone()).collect(),
            ..self.manifest.clone()
        };
        Some(Commit::of_segments(manifest, segments, dropped, made.paths()))
    }

    /// Reads from the new segments from now on. Returns files to remove.
    pub fn finish_replacement(&mut self, commit: Commit) -> Vec<String> {
        self.take_segments(commit);
        self.bury()
    }
}

fn is_quiet(window: u32, now: Timestamp) -> bool {
    segment::window_range(Minute(window)).to.plus(QUIET) <= now
}

/// In a window that seldom gets more rows, all small segments; but a large one is not written again for a few rows.
fn of_quiet(mut segments: Vec<&SegmentRef>) -> Option<Vec<SegmentRef>> {
    segments.sort_by_key(|segment| segment.bytes);
    while let Some((largest, others)) = segments.split_last() {
        let rest: u64 = others.iter().map(|segment| segment.bytes).sum();
        if largest.bytes <= 4 * rest && largest.bytes + rest < LARGE_BYTES {
            break;
        }
        segments.pop();
    }
    (segments.len() >= 2).then(|| segments.into_iter().cloned().collect())
}

/// In any other window, the first ones of a class that has enough of them.
fn of_one_class(segments: &[&SegmentRef]) -> Option<Vec<SegmentRef>> {
    let mut classes: BTreeMap<u32, Vec<SegmentRef>> = BTreeMap::new();
    for segment in segments {
        let class = (segment.bytes / FIRST_CLASS_BYTES).checked_ilog(4).map_or(0, |class| class + 1);
        let of_class = classes.entry(class).or_default();
        of_class.push((*segment).clone());
        if of_class.len() == FAN_IN {
            return classes.remove(&class);
        }
    }
    None
}
