//! Segments that cannot be read. Whoever meets one puts it here, and from then on nobody reads or merges it, until it
//! verifies again or its window expires.
//!
//! It must never touch a file: that one is in quarantine is no reason to remove it.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::io;
use std::sync::{Arc, Mutex, MutexGuard};

use ippo_base::Timestamp;
use ippo_base::disk::{Disk, is_passing};
use serde::{Deserialize, Serialize};

use super::{SegmentError, SegmentMeta};

/// Bytes that are read at a time when a file is verified.
const VERIFIED_BYTES: usize = 1024 * 1024;

/// What is wrong with a segment in quarantine.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Cause {
    /// The file is not there.
    Missing,
    /// Its bytes are not what was written.
    Damaged,
    /// The disk does not give its bytes.
    Unreadable,
}

impl Cause {
    /// A stable name for it.
    pub const fn name(self) -> &'static str {
        match self {
            Cause::Missing => "missing",
            Cause::Damaged => "damaged",
            Cause::Unreadable => "unreadable",
        }
    }
}

/// What the manifest says of a segment in quarantine.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct QuarantineMeta {
    /// The segment's file.
    pub file: String,
    /// What is wrong with it.
    pub cause: Cause,
    /// The same in words, as the disk or the reader said it.
    pub reason: String,
    /// When that was noticed, in nanoseconds.
    pub since: i64,
}

/// Why one segment is in quarantine.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Held {
    /// What is wrong with it.
    pub cause: Cause,
    /// The same in words.
    pub reason: String,
    /// When that was noticed; readers have no clock, so it is noted a little later.
    pub since: Option<Timestamp>,
}

/// The segments in quarantine, by file. Clones are the same one.
#[derive(Clone, Default)]
pub struct Quarantine(Arc<Mutex<BTreeMap<String, Held>>>);

impl fmt::Debug for Quarantine {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Quarantine").finish_non_exhaustive()
    }
}

impl Quarantine {
    /// As the manifest has it.
    pub(crate) fn restore(&self, metas: &[QuarantineMeta]) {
        let held = |meta: &QuarantineMeta| Held {
            cause: meta.cause,
            reason: meta.reason.clone(),
            since: Some(Timestamp::from_nanos(meta.since)),
        };
        self.lock().extend(metas.iter().map(|meta| (meta.file.clone(), held(meta))));
    }

    /// Puts the segment that the error names in quarantine, unless the error says nothing about the segment. Returns the
    /// error that a reader is told.
    pub(crate) fn hold(&self, error: SegmentError) -> SegmentError {
        let (file, cause, reason) = match error {
            SegmentError::Quarantined { .. }
            | SegmentError::Unreachable { .. }
            | SegmentError::Mended { .. } => return error,
            SegmentError::Io { ref source, .. } if is_passing(source) => return error,
            SegmentError::Io { file, source } => (file, cause_of(&source), source.to_string()),
            SegmentError::Damaged { file, reason } => (file, Cause::Damaged, reason),
        };
        let mut held = self.lock();
        let before = held.get(&file);
        if before.is_none() {
            tracing::error!(
                file,
                reason,
                "a segment cannot be read and is in quarantine: answers are partial until it verifies again"
            );
        }
        let since = before.and_then(|before| before.since);
        held.insert(file.clone(), Held { cause, reason: reason.clone(), since });
        SegmentError::Quarantined { file, reason }
    }

    /// Lets a segment back in.
    pub(crate) fn release(&self, file: &str) {
        if self.lock().remove(file).is_some() {
            tracing::info!(file, "a segment in quarantine verifies again and is read again");
        }
    }

    /// What whoever wants to read the file is told, if it is in quarantine.
    pub(super) fn refusal(&self, file: &str) -> Option<SegmentError> {
        let reason = self.lock().get(file)?.reason.clone();
        Some(SegmentError::Quarantined { file: file.to_owned(), reason })
    }

    /// Why the file is in quarantine, if it is.
    pub fn get(&self, file: &str) -> Option<Held> {
        self.lock().get(file).cloned()
    }

    /// Whether none is in quarantine.
    pub fn is_empty(&self) -> bool {
        self.lock().is_empty()
    }

    /// Says when those were noticed of which that is not known.
    pub(crate) fn stamp(&self, now: Timestamp) {
        for held in self.lock().values_mut() {
            held.since.get_or_insert(now);
        }
    }

    /// Forgets the files that are not of these.
    pub(crate) fn retain(&self, files: &BTreeSet<&str>) {
        self.lock().retain(|file, _| files.contains(file.as_str()));
    }

    /// What the manifest should say: of these files, those of which it is known when they were noticed.
    pub(crate) fn to_meta<'a>(&self, files: impl Iterator<Item = &'a str>) -> Vec<QuarantineMeta> {
        let held = self.lock();
        if held.is_empty() {
            return Vec::new();
        }
        let meta = |file: &str| {
            let Held { cause, reason, since } = held.get(file)?.clone();
            Some(QuarantineMeta { file: file.to_owned(), cause, reason, since: since?.as_nanos() })
        };
        files.filter_map(meta).collect()
    }

    fn lock(&self) -> MutexGuard<'_, BTreeMap<String, Held>> {
        self.0.lock().expect("nothing panics while it is held")
    }
}

fn cause_of(error: &io::Error) -> Cause {
    match error.kind() {
        io::ErrorKind::NotFound => Cause::Missing,
        io::ErrorKind::UnexpectedEof => Cause::Damaged,
        _ => Cause::Unreadable,
    }
}

/// Compares a segment's file with the manifest, byte for byte but a part at a time.
pub fn verify(disk: &dyn Disk, meta: &SegmentMeta) -> Result<(), SegmentError> {
    let unread = |source| SegmentError::Io { file: meta.file.clone(), source };
    let damaged = |reason: String| SegmentError::Damaged { file: meta.file.clone(), reason };
    let path = meta.path();
    let bytes = disk.len(&path).map_err(unread)?;
    if bytes != meta.bytes {
        return Err(damaged(format!("it has {bytes} bytes where the manifest says {}", meta.bytes)));
    }
    let (mut at, mut crc) = (0, 0);
    while at < bytes {
        let length = usize::try_from(bytes - at).unwrap_or(usize::MAX).min(VERIFIED_BYTES);
        crc = crc32c::crc32c_append(crc, &disk.read(&path, at, length).map_err(unread)?);
        at += length as u64;
    }
    if crc == meta.crc { Ok(()) } else { Err(damaged("its checksum differs from the manifest's".to_owned())) }
}
