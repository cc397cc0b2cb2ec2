//! Segments to the bucket: planned here, copied as a job, named by a commit of the manifest, and only then evicted.
//!
//! A crash may come between any two steps. Before the commit there is an object that nothing names, which is found again
//! later; after it the local file is one copy of two.

use std::collections::BTreeSet;
use std::io::{self, Read};
use std::sync::Arc;
use std::time::Duration;

use ippo_base::Timestamp;
use ippo_base::disk::Disk;

use super::flush::Commit;
use super::{Core, CoreError, recover};
use crate::manifest::Manifest;
use crate::remote::{BucketObject, Numbers, PutError, RemoteMeta};
use crate::segment::{self, Cold, Files, SegmentError, SegmentMeta, SegmentRef, SegmentTotals};
use crate::signal::Signal;

/// Bytes of the local file that are read at a time.
const READ_BYTES: usize = 1024 * 1024;
/// Segments that are copied before the manifest names them, at most.
const BATCH_FILES: usize = 16;
/// Their bytes, unless one alone has more.
const BATCH_BYTES: u64 = 64 * 1024 * 1024;
/// An object that no manifest names goes when it is so old.
const ORPHAN_AGE: Duration = Duration::from_secs(24 * 60 * 60);

/// Segments to copy to the bucket, which one commit names. Runs anywhere, for as long as it takes.
pub struct UploadJob {
    segments: Vec<SegmentRef>,
    files: Files,
    cold: Arc<Cold>,
}

/// Objects that no manifest names.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Unnamed {
    /// How many were left by a crash, and go.
    pub doomed: usize,
    /// Keys of those that this folder did not write, as far as it knows. They stay.
    pub unknown: Vec<String>,
}

/// Segments that are in the bucket, waiting for the manifest to say so.
pub struct Uploaded {
    segments: Vec<SegmentRef>,
    /// What kept the others from it.
    pub failure: Option<UploadFailure>,
}

/// Why a segment is not in the bucket.
#[derive(Debug)]
pub enum UploadFailure {
    /// The bucket failed, or is not this run's any more, in words.
    Bucket(String),
    /// The local disk failed; it can be tried again later.
    Local(SegmentError),
}

impl UploadJob {
    /// Copies the segments, checks their bytes on the way, and looks whether each object is as long. Before each it looks whose
    /// the bucket is.
    ///
    /// Where one fails there may be an object which the manifest does not name.
    pub fn run(&self) -> Uploaded {
        let mut uploaded = Uploaded { segments: Vec::new(), failure: None };
        for segment in &self.segments {
            let held = self.cold.hold().map_err(UploadFailure::Bucket);
            let copied = held.and_then(|()| match self.cold.was_copied(&segment.file) {
                // The commit that should have named it failed.
                true => Ok(()),
                false => self.copy(segment),
            });
            match copied {
                Ok(()) => uploaded.segments.push(segment.clone()),
                // It is in quarantine from now on; the others can be copied.
                Err(UploadFailure::Local(SegmentError::Quarantined { .. })) => {}
                Err(failure) => {
                    uploaded.failure = Some(failure);
                    break;
                }
            }
        }
        uploaded
    }

    fn copy(&self, meta: &SegmentMeta) -> Result<(), UploadFailure> {
        let bucket = self.cold.bucket();
        let key = self.cold.key(&meta.file);
        let began = self.files.moment();
        let mut bytes =
            Checked { disk: self.files.disk(), path: meta.path(), meta, at: 0, crc: 0, ready: Vec::new() };
        let put = bucket.put(&key, meta.bytes, &mut bytes);
        let put = put.and_then(|()| Ok(bucket.size(&key)?));
        match put {
            Ok(found) if found == meta.bytes => {
                self.cold.note(&Ok(()));
                self.cold.copied(meta);
                Ok(())
            }
            Ok(found) => Err(UploadFailure::Bucket(format!(
                "the object {key} has {found} bytes where {} were written",
                meta.bytes
            ))),
            Err(PutError::Bucket(error)) => {
                let told = error.to_string();
                self.cold.note(&Err::<(), _>(error));
                Err(UploadFailure::Bucket(told))
            }
            Err(PutError::Source(source)) if source.kind() == io::ErrorKind::InvalidData => {
                let error = SegmentError::Damaged { file: meta.file.clone(), reason: source.to_string() };
                Err(UploadFailure::Local(self.files.hold(error, began)))
            }
            Err(PutError::Source(source)) => {
                let error = SegmentError::Io { file: meta.file.clone(), source };
                Err(UploadFailure::Local(self.files.hold(error, began)))
            }
        }
    }
}

/// The bytes of a file, the last of which are given only if all are what the manifest says.
struct Checked<'a> {
    disk: &'a dyn Disk,
    path: String,
    meta: &'a SegmentMeta,
    at: u64,
    crc: u32,
    /// Read and not given yet, the next byte last.
    ready: Vec<u8>,
}

impl Read for Checked<'_> {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        if self.ready.is_empty() && self.at < self.meta.bytes {
            let length = usize::try_from(self.meta.bytes - self.at).unwrap_or(usize::MAX).min(READ_BYTES);
            self.ready = self.disk.read(&self.path, self.at, length)?;
            self.crc = crc32c::crc32c_append(self.crc, &self.ready);
            self.at += length as u64;
            if self.at == self.meta.bytes && self.crc != self.meta.crc {
                let reason = "its checksum differs from the manifest's";
                return Err(io::Error::new(io::ErrorKind::InvalidData, reason));
            }
            self.ready.reverse();
        }
        let count = into.len().min(self.ready.len());
        let rest = self.ready.len() - count;
        for (to, byte) in into.iter_mut().zip(self.ready.drain(rest..).rev()) {
            *to = byte;
        }
        Ok(count)
    }
}

/// Whether ippo gives files such names: signal, window, attempt, part.
fn is_segment_name(file: &str) -> bool {
    let Some(stem) = file.strip_suffix(".parquet") else { return false };
    let mut parts = stem.split('-');
    let signal = parts.next().is_some_and(|signal| Signal::from_name(signal).is_some());
    let numbers: Vec<&str> = parts.collect();
    let is_number = |part: &&str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit());
    signal && numbers.len() == 3 && numbers.iter().all(is_number)
}

/// Segments that are in the bucket and not on the local disk.
pub(super) fn in_bucket_alone(disk: &dyn Disk, manifest: &Manifest) -> Result<BTreeSet<String>, CoreError> {
    let Some(remote) = &manifest.remote else { return Ok(BTreeSet::new()) };
    let local: BTreeSet<String> = disk.list(segment::FOLDER)?.into_iter().collect();
    Ok(remote.stored.iter().filter(|file| !local.contains(*file)).cloned().collect())
}

impl Core {
    /// The bucket, if there is one.
    pub fn cold(&self) -> Option<&Arc<Cold>> {
        self.files.tiers().cold()
    }

    /// What should be copied to the bucket at a time, if anything: of windows in which nothing is left to merge, the oldest
    /// first; and where the local disk is fuller than it may be, also of others.
    pub fn plan_upload(&self, now: Timestamp) -> Option<UploadJob> {
        let cold = self.cold().filter(|cold| cold.is_owned())?;
        let wanted = |segment: &&SegmentRef| {
            !cold.has(&segment.file)
                && !self.is_expired(segment)
                && self.files.quarantine().get(&segment.file).is_none()
        };
        let mut chosen: Vec<&SegmentRef> = self.settled(now).into_iter().filter(wanted).collect();
        if chosen.is_empty() && cold.is_over() {
            chosen = self.segments.iter().filter(wanted).collect();
        }
        chosen
            .sort_by_key(|segment| (segment.window, std::cmp::Reverse(segment.bytes), segment.file.as_str()));
        let mut bytes = 0;
        let fits = |segment: &&&SegmentRef| {
            bytes += segment.bytes;
            bytes == segment.bytes || bytes <= BATCH_BYTES
        };
        let segments: Vec<SegmentRef> =
            chosen.iter().take(BATCH_FILES).take_while(fits).copied().cloned().collect();
        let job = UploadJob { segments, files: self.files.clone(), cold: cold.clone() };
        (!job.segments.is_empty()).then_some(job)
    }

    /// The manifest that says that segments are in the bucket. None where all are gone meanwhile; objects of those are of no
    /// use.
    pub fn plan_stored(&self, uploaded: &Uploaded) -> Option<Commit> {
        let is_here = |one: &SegmentRef| self.segments.iter().any(|segment| Arc::ptr_eq(segment, one));
        let (here, gone): (Vec<&SegmentRef>, Vec<&SegmentRef>) =
            uploaded.segments.iter().partition(|segment| is_here(segment));
        if let Some(cold) = self.cold() {
            gone.iter().for_each(|segment| cold.doom(&segment.file));
        }
        if here.is_empty() {
            return None;
        }
        let mut remote = self.remote_meta(&self.segments)?;
        remote.stored.extend(here.iter().map(|segment| segment.file.clone()));
        remote.stored.sort_unstable();
        Some(self.plan_remote(remote))
    }

    /// The manifest that says this of the bucket, and else what the one before says.
    pub(super) fn plan_remote(&self, remote: RemoteMeta) -> Commit {
        let manifest = Manifest {
            commit: self.manifest.commit + 1,
            quarantined: self.quarantined_meta(&self.segments),
            remote: Some(remote),
            ..self.manifest.clone()
        };
        Commit::of_segments(manifest, self.segments.clone(), Vec::new(), Vec::new())
    }

    /// From here on the segments may leave the local disk. How many those are.
    pub fn finish_stored(&mut self, commit: Commit) -> usize {
        let stored = |manifest: &Manifest| manifest.remote.as_ref().map_or(0, |remote| remote.stored.len());
        let (before, _) = self.take_segments(commit);
        self.note_named();
        stored(&self.manifest).saturating_sub(stored(&before))
    }

    /// Lets objects of this folder go that no manifest names, left by a crash, once they are old.
    ///
    /// A segment is copied only after a manifest named it, and each manifest has the numbers of all names that were given
    /// until then. So an object with another number is none that a crash left: another copy of the folder stored it, or this
    /// one did and was then set back to an earlier moment. Somebody may need it, and it stays.
    pub fn doom_orphans(&self, objects: &[BucketObject], now: Timestamp) -> Unnamed {
        let Some(cold) = self.cold() else { return Unnamed::default() };
        let kept = self.segments.iter().chain(&self.graveyard);
        let kept: BTreeSet<&str> = kept.map(|segment| segment.file.as_str()).collect();
        let begin = format!("{}/", cold.folder());
        let numbers = self.numbers();
        let mut unnamed = Unnamed::default();
        for object in objects {
            let file = object.key.strip_prefix(&begin).filter(|file| is_segment_name(file));
            let Some(file) = file.filter(|file| !kept.contains(file)) else { continue };
            if !numbers.have(recover::attempt_of(file)) {
                unnamed.unknown.push(object.key.clone());
            } else if object.modified.plus(ORPHAN_AGE) <= now {
                cold.doom(file);
                unnamed.doomed += 1;
            }
        }
        unnamed
    }

    /// The numbers in names that this folder gave.
    fn numbers(&self) -> Numbers {
        self.numbers_before.with_run(self.first_attempt, self.attempt)
    }

    /// Segments that are not in the bucket.
    pub fn waiting_for_upload(&self) -> SegmentTotals {
        SegmentTotals::of(self.segments.iter().filter(|segment| !self.is_stored(&segment.file)))
    }

    /// What is said of the bucket in the manifest.
    pub fn remote(&self) -> Option<&RemoteMeta> {
        self.manifest.remote.as_ref()
    }

    pub(super) fn is_stored(&self, file: &str) -> bool {
        match self.cold() {
            Some(cold) => cold.has(file),
            // Without the bucket it is still there.
            None => {
                self.manifest.remote.iter().any(|remote| remote.stored.iter().any(|stored| stored == file))
            }
        }
    }

    /// What a manifest with these segments says of the bucket.
    pub(super) fn remote_meta(&self, segments: &[SegmentRef]) -> Option<RemoteMeta> {
        let before = self.manifest.remote.as_ref()?;
        let files: BTreeSet<&str> = segments.iter().map(|segment| segment.file.as_str()).collect();
        let stored = before.stored.iter().filter(|file| files.contains(file.as_str())).cloned().collect();
        let claimed = before.claimed || self.cold().is_some_and(|cold| cold.is_owned());
        Some(RemoteMeta { claimed, stored, numbers: self.numbers(), ..before.clone() })
    }

    /// At a start: what the manifest says is in the bucket, and what is on the disk.
    pub(super) fn note_stored(&self) -> Result<(), CoreError> {
        let Some(cold) = self.cold() else { return Ok(()) };
        self.note_named();
        let local: BTreeSet<String> = self.disk.list(segment::FOLDER)?.into_iter().collect();
        cold.add_local(self.segments.iter().filter(|segment| local.contains(&segment.file)));
        Ok(())
    }

    fn note_named(&self) {
        let (Some(cold), Some(remote)) = (self.cold(), &self.manifest.remote) else { return };
        let stored: BTreeSet<&str> = remote.stored.iter().map(String::as_str).collect();
        cold.add_stored(self.segments.iter().filter(|segment| stored.contains(segment.file.as_str())));
    }

    /// After a commit: what it names and the bucket does not have was written to the local disk.
    pub(super) fn note_written(&self) {
        if let Some(cold) = self.cold() {
            cold.add_local(self.segments.iter().filter(|segment| !cold.has(&segment.file)));
        }
    }

    /// Lets the bucket forget segments that nobody reads any more. Returns what the local disk has of them beside their files.
    pub(super) fn bury_remote(&self, done: &[SegmentRef]) -> Vec<String> {
        let Some(cold) = self.cold() else { return Vec::new() };
        let stored = done.iter().filter(|segment| cold.bury(&segment.file));
        stored.map(|segment| format!("{}/{}", segment::ENDS, segment.file)).collect()
    }
}
