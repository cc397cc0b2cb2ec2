//! Segments to the bucket: planned here, copied as a job, named by a commit of the manifest, and only then evicted.
//!
//! A crash may come between any two steps. Before the commit there is an object that nothing names, which is found again
//! later; after it the local file is one copy of two.

use std::collections::BTreeSet;
use std::io::{self, Read};
use std::sync::Arc;
use std::time::Duration;

use ippo_base::disk::Disk;
use ippo_base::{SharedClock, Timestamp};

use super::flush::Commit;
use super::{Core, CoreError};
use crate::manifest::Manifest;
use crate::remote::{
    self, BucketObject, Claim, ClaimError, PutError, RemoteError, RemoteMeta, RemoteOptions,
};
use crate::segment::{self, Cold, Files, SegmentError, SegmentMeta, SegmentRef, SegmentTotals};
use crate::signal::Signal;

/// Bytes of the local file that are read at a time.
const READ_BYTES: usize = 1024 * 1024;
/// An object that no manifest names goes when it is so old.
const ORPHAN_AGE: Duration = Duration::from_secs(24 * 60 * 60);

/// What is behind the local disk.
pub enum Behind {
    /// Nothing.
    Nothing,
    /// A bucket, and the clock by which its failures are forgotten.
    Bucket(RemoteOptions, SharedClock),
}

/// A segment to copy to the bucket. Runs anywhere, for as long as it takes.
pub struct UploadJob {
    segment: SegmentRef,
    files: Files,
    cold: Arc<Cold>,
}

/// A segment that is in the bucket, waiting for the manifest to say so.
pub struct Uploaded {
    segment: SegmentRef,
}

/// Why a segment is not in the bucket.
#[derive(Debug)]
pub enum UploadFailure {
    /// The bucket failed; it can be tried again later.
    Bucket(remote::BucketError),
    /// The local file cannot be read, and is in quarantine.
    Local(SegmentError),
}

impl UploadJob {
    /// Copies the segment, checks its bytes on the way, and looks whether the object is as long.
    ///
    /// # Errors
    /// There may be an object then, which the manifest does not name.
    pub fn run(&self) -> Result<Uploaded, UploadFailure> {
        let (meta, bucket) = (&self.segment, self.cold.bucket());
        let key = self.cold.key(&meta.file);
        let mut bytes =
            Checked { disk: self.files.disk(), path: meta.path(), meta, at: 0, crc: 0, ready: Vec::new() };
        let put = bucket.put(&key, meta.bytes, &mut bytes);
        let put = put.and_then(|()| Ok(bucket.size(&key)?));
        match put {
            Ok(found) if found == meta.bytes => {
                self.cold.uploaded(found);
                Ok(Uploaded { segment: self.segment.clone() })
            }
            Ok(found) => Err(UploadFailure::Bucket(remote::BucketError::Failed(format!(
                "the object {key} has {found} bytes where {} were written",
                meta.bytes
            )))),
            Err(PutError::Bucket(error)) => Err(UploadFailure::Bucket(error)),
            Err(PutError::Source(source)) if source.kind() == io::ErrorKind::InvalidData => {
                let error = SegmentError::Damaged { file: meta.file.clone(), reason: source.to_string() };
                Err(UploadFailure::Local(self.files.hold(error)))
            }
            Err(PutError::Source(source)) => {
                let error = SegmentError::Io { file: meta.file.clone(), source };
                Err(UploadFailure::Local(self.files.hold(error)))
            }
        }
    }

    /// What it copies, for messages.
    pub fn file(&self) -> &str {
        &self.segment.file
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

/// The bucket of a folder that is being opened; a folder that has used none before gets an id.
///
/// A folder that has used it goes on without an answer: what is acknowledged does not need it.
pub(super) fn cold(
    disk: &dyn Disk,
    behind: Behind,
    manifest: &mut Manifest,
) -> Result<Option<Arc<Cold>>, CoreError> {
    let (options, clock) = match behind {
        Behind::Nothing => {
            let segments = in_bucket_alone(disk, manifest)?.len();
            return match &manifest.remote {
                Some(remote) if segments > 0 => {
                    Err(RemoteError::NeedsBucket { segments, location: remote.location.clone() }.into())
                }
                _ => Ok(None),
            };
        }
        Behind::Bucket(options, clock) => (options, clock),
    };
    let location = options.bucket.location();
    let mut meta = manifest.remote.clone().unwrap_or_else(|| RemoteMeta {
        folder: format!("{:032x}", options.fresh_id),
        location: location.clone(),
        claimed: false,
        stored: Vec::new(),
    });
    if manifest.remote.is_none() {
        // Before the bucket names it as owner: a crash in between must not make it a stranger there.
        commit(disk, manifest, meta.clone())?;
    }
    let cold = Arc::new(Cold::new(&options, &meta, clock));
    match claim(&cold, &meta) {
        Ok(()) => {}
        Err(ClaimError::Never(error)) => return Err(error.into()),
        Err(ClaimError::Later(error)) if !meta.claimed => {
            return Err(RemoteError::Unusable { location, reason: error.to_string() }.into());
        }
        Err(ClaimError::Later(error)) => {
            tracing::warn!(%error, location, "the bucket of segments does not answer; ippo goes on without it and tries again");
        }
    }
    if cold.is_claimed() && (!meta.claimed || meta.location != location) {
        meta = RemoteMeta { claimed: true, location, ..meta };
        commit(disk, manifest, meta)?;
    }
    Ok(Some(cold))
}

fn commit(disk: &dyn Disk, manifest: &mut Manifest, meta: RemoteMeta) -> Result<(), CoreError> {
    let next = Manifest { remote: Some(meta), commit: manifest.commit + 1, ..manifest.clone() };
    next.commit(disk)?;
    *manifest = next;
    Ok(())
}

/// Makes sure that the bucket is this folder's.
fn claim(cold: &Cold, meta: &RemoteMeta) -> Result<(), ClaimError> {
    let wish = Claim { folder: &meta.folder, stored: meta.stored.len(), location: &meta.location };
    let claimed = remote::claim(&**cold.bucket(), &wish);
    if claimed.is_ok() && !meta.claimed {
        remote::check_deletes(&**cold.bucket(), &meta.folder)?;
    }
    if claimed.is_ok() {
        cold.set_claimed();
    }
    claimed
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

    /// Asks again whether the bucket is this folder's, if it has not answered since the start, or failed last.
    ///
    /// # Errors
    /// Why it is not known, in words.
    pub fn plan_claim(&self) -> Option<impl FnOnce() -> Result<(), String> + Send + use<>> {
        let cold = self.cold().filter(|cold| !cold.is_claimed() || cold.trouble().is_some())?.clone();
        let meta = self.manifest.remote.clone()?;
        Some(move || match claim(&cold, &meta) {
            Ok(()) => {
                cold.note(&Ok(()));
                Ok(())
            }
            Err(ClaimError::Later(error)) => Err(error.to_string()),
            Err(ClaimError::Never(error)) => Err(error.to_string()),
        })
    }

    /// What should be copied to the bucket at a time, if anything: of windows in which nothing is left to merge, the oldest
    /// first; and where the local disk is fuller than it may be, also of others.
    pub fn plan_upload(&self, now: Timestamp) -> Option<UploadJob> {
        let cold = self.cold()?;
        let wanted = |segment: &&&SegmentRef| {
            !cold.has(&segment.file)
                && !self.is_expired(segment)
                && self.files.quarantine().get(&segment.file).is_none()
        };
        let oldest =
            |segment: &&SegmentRef| (segment.window, std::cmp::Reverse(segment.bytes), segment.file.clone());
        let settled = self.settled(now);
        let chosen = settled.iter().filter(wanted).min_by_key(|segment| oldest(segment)).copied();
        let all: Vec<&SegmentRef> =
            if chosen.is_none() && cold.is_over() { self.segments.iter().collect() } else { Vec::new() };
        let chosen =
            chosen.or_else(|| all.iter().filter(wanted).min_by_key(|segment| oldest(segment)).copied())?;
        Some(UploadJob { segment: chosen.clone(), files: self.files.clone(), cold: cold.clone() })
    }

    /// The manifest that says that a segment is in the bucket. None where it is gone meanwhile; then its object is of no use.
    pub fn plan_stored(&self, uploaded: &Uploaded) -> Option<Commit> {
        let is_here = self.segments.iter().any(|segment| Arc::ptr_eq(segment, &uploaded.segment));
        if !is_here {
            if let Some(cold) = self.cold() {
                cold.doom(&uploaded.segment.file);
            }
            return None;
        }
        let mut remote = self.remote_meta(&self.segments)?;
        remote.stored.push(uploaded.segment.file.clone());
        remote.stored.sort_unstable();
        let manifest = Manifest {
            commit: self.manifest.commit + 1,
            quarantined: self.quarantined_meta(&self.segments),
            remote: Some(remote),
            ..self.manifest.clone()
        };
        Some(Commit::of_segments(manifest, self.segments.clone(), Vec::new()))
    }

    /// From here on the segment may leave the local disk.
    pub fn finish_stored(&mut self, commit: Commit) {
        self.take_segments(commit);
        self.note_named();
    }

    /// Lets objects of this folder go that no manifest names, left by a crash. How many there are.
    ///
    /// Young ones stay: should the folder have been set back to an earlier moment by other means than a backup, somebody has
    /// a day to notice.
    pub fn doom_orphans(&self, objects: &[BucketObject], now: Timestamp) -> usize {
        let Some(cold) = self.cold() else { return 0 };
        let kept = self.segments.iter().chain(&self.graveyard);
        let kept: BTreeSet<&str> = kept.map(|segment| segment.file.as_str()).collect();
        let begin = format!("{}/", cold.folder());
        let is_orphan = |object: &&BucketObject| {
            let file = object.key.strip_prefix(&begin);
            file.is_some_and(|file| is_segment_name(file) && !kept.contains(file))
                && object.modified.plus(ORPHAN_AGE) <= now
        };
        let orphans: Vec<&BucketObject> = objects.iter().filter(is_orphan).collect();
        orphans.iter().for_each(|orphan| cold.doom(&orphan.key[begin.len()..]));
        orphans.len()
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
        let claimed = before.claimed || self.cold().is_some_and(|cold| cold.is_claimed());
        Some(RemoteMeta { claimed, stored, ..before.clone() })
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
