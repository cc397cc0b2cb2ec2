//! Segments in a bucket: which are there, which of them are on the local disk too, and what was used last.
//!
//! It must never remove the only copy of a segment: what is evicted here was found whole in the bucket, and the manifest says so.

use std::collections::{BTreeMap, BTreeSet};
use std::io;
use std::ops::Range;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::Duration;

use bytes::Bytes;
use ippo_base::SharedClock;

use super::SegmentMeta;
use super::alone::Moving;
use super::standing::Standing;
use crate::remote::{BucketError, Gate, RemoteMeta, RemoteOptions, Session, SharedBucket};

/// Objects that are removed before it is looked again whose the bucket is.
const DELETES_AT_ONCE: usize = 8;

/// A segment that could not leave the local disk stays for so long before it is tried again.
const EVICT_AGAIN: Duration = Duration::from_secs(5 * 60);

/// The bucket as the store uses it.
pub struct Cold {
    pub(super) bucket: SharedBucket,
    /// What the keys of all objects of this data folder begin with.
    pub(super) folder: String,
    cache_bytes: u64,
    gate: Gate,
    clock: SharedClock,
    /// This run.
    pub(super) session: Session,
    /// Runs of this folder before it that the bucket may name.
    pub(super) earlier: Vec<String>,
    pub(super) standing: Mutex<Standing>,
    state: Mutex<State>,
    /// Which segments come or go, so that the file of one is never written and removed at once.
    pub(super) moving: Moving,
    /// Segments whose local copies were found damaged and are being compared with the bucket's.
    pub(super) mending: Moving,
    fetched_bytes: AtomicU64,
    uploaded_bytes: AtomicU64,
}

#[derive(Default)]
struct State {
    /// Segments that are in the bucket, whole, by file.
    stored: BTreeMap<String, Arc<SegmentMeta>>,
    /// Segments that are on the local disk, by file.
    local: BTreeMap<String, Local>,
    /// Files that this run copied whole, and that the manifest does not name yet.
    copied: BTreeSet<String>,
    /// Files whose local copies were found damaged since the start, and when they were mended, unless they could not be.
    mended: BTreeMap<String, Option<Moment>>,
    /// When the last one was mended.
    mended_last: Moment,
    /// Files that could not be compared with the bucket's when they were last, as it did not give all of them.
    unanswered: BTreeSet<String>,
    /// Files that could not be evicted, and when that is tried again, in monotonic time.
    kept: BTreeMap<String, Duration>,
    /// Objects that no manifest names and no reader uses any more.
    doomed: BTreeSet<String>,
    /// Counted up with each use.
    now: u64,
}

/// A point in the order in which damaged local copies were mended.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Moment(u64);

#[derive(Clone, Copy)]
struct Local {
    bytes: u64,
    /// When it was used last, and before the first use, 0.
    used: u64,
    /// The latest event time in it: of those that nobody used, the oldest goes first.
    max_time: i64,
}

/// What is where, in files and bytes.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct ColdTotals {
    /// Files of segments on the local disk.
    pub local_files: u64,
    /// Their bytes.
    pub local_bytes: u64,
    /// Segments that are in the bucket and not on the local disk.
    pub remote_files: u64,
    /// Their bytes.
    pub remote_bytes: u64,
    /// Segments in the bucket, whether on the local disk too or not.
    pub stored_files: u64,
    /// Their bytes.
    pub stored_bytes: u64,
    /// Objects that wait to be removed from the bucket.
    pub doomed: u64,
    /// Local segments may take so many bytes before they are evicted.
    pub cache_bytes: u64,
    /// Bytes that were read from the bucket since the start.
    pub fetched_bytes: u64,
    /// Bytes that were copied to it since the start.
    pub uploaded_bytes: u64,
}

impl Cold {
    /// The bucket of a data folder, as the manifest knows it.
    pub(crate) fn new(options: &RemoteOptions, meta: &RemoteMeta, clock: SharedClock) -> Self {
        Self {
            bucket: options.bucket.clone(),
            folder: meta.folder.clone(),
            cache_bytes: options.cache_bytes,
            gate: Gate::new(clock.clone()),
            clock,
            session: options.session.clone(),
            earlier: meta.sessions.clone(),
            standing: Mutex::new(Standing::Unknown),
            state: Mutex::default(),
            moving: Moving::default(),
            mending: Moving::default(),
            fetched_bytes: AtomicU64::new(0),
            uploaded_bytes: AtomicU64::new(0),
        }
    }

    pub(crate) fn bucket(&self) -> &SharedBucket {
        &self.bucket
    }

    pub(crate) fn folder(&self) -> &str {
        &self.folder
    }

    /// The key of a segment's object.
    pub(crate) fn key(&self, file: &str) -> String {
        format!("{}/{file}", self.folder)
    }

    /// Notes what became of asking the bucket, for readers.
    pub(crate) fn note<T>(&self, answer: &Result<T, BucketError>) {
        self.gate.note(answer);
    }

    /// What the bucket said when it was asked last, if it failed.
    pub(crate) fn trouble(&self) -> Option<String> {
        self.gate.trouble()
    }

    /// Notes segments that the manifest says are in the bucket.
    pub(crate) fn add_stored<'a>(&self, segments: impl Iterator<Item = &'a Arc<SegmentMeta>>) {
        // A copy of its own: that a segment is known here does not mean that someone reads it.
        let segments: Vec<_> =
            segments.map(|meta| (meta.file.clone(), Arc::new(meta.as_ref().clone()))).collect();
        let mut state = self.lock();
        for (file, meta) in segments {
            state.copied.remove(&file);
            state.stored.entry(file).or_insert(meta);
        }
    }

    /// Notes segments whose files are on the local disk.
    pub(crate) fn add_local<'a>(&self, segments: impl Iterator<Item = &'a Arc<SegmentMeta>>) {
        let local = |meta: &Arc<SegmentMeta>| Local { bytes: meta.bytes, used: 0, max_time: meta.max_time };
        // First, as what chooses them may ask what is known here.
        let segments: Vec<_> = segments.map(|meta| (meta.file.clone(), local(meta))).collect();
        let mut state = self.lock();
        for (file, local) in segments {
            state.local.entry(file).or_insert(local);
        }
    }

    /// Whether the bucket has it, whole.
    pub(crate) fn has(&self, file: &str) -> bool {
        self.lock().stored.contains_key(file)
    }

    /// The segment, if the bucket has it whole.
    pub(super) fn stored(&self, file: &str) -> Option<Arc<SegmentMeta>> {
        self.lock().stored.get(file).cloned()
    }

    /// This moment, to tell later what was mended since.
    pub(super) fn moment(&self) -> Moment {
        self.lock().mended_last
    }

    /// When its local copy was mended since the start; nothing inside if that was tried in vain.
    pub(super) fn mended_at(&self, file: &str) -> Option<Option<Moment>> {
        self.lock().mended.get(file).copied()
    }

    /// Its local copy was mended, or could not be.
    pub(super) fn note_mended(&self, file: &str, is_well: bool) {
        let mut state = self.lock();
        state.mended_last.0 += u64::from(is_well);
        let at = is_well.then_some(state.mended_last);
        state.mended.insert(file.to_owned(), at);
    }

    /// Notes whether the bucket gave a segment that was to be read in full.
    pub(super) fn note_answer(&self, file: &str, is_answered: bool) {
        let mut state = self.lock();
        match is_answered {
            true => drop(state.unanswered.remove(file)),
            false => drop(state.unanswered.insert(file.to_owned())),
        }
    }

    /// Whether nobody knows what the bucket has of a segment, as it did not give all of it when it was asked.
    pub(super) fn is_unanswered(&self, file: &str) -> bool {
        self.lock().unanswered.contains(file)
    }

    /// How often somebody had to wait for another who mended.
    #[cfg(test)]
    pub(crate) fn waited_for_mending(&self) -> usize {
        self.mending.waited.load(Ordering::SeqCst)
    }

    /// Whether the bucket alone has it.
    pub(crate) fn is_remote(&self, file: &str) -> bool {
        let state = self.lock();
        state.stored.contains_key(file) && !state.local.contains_key(file)
    }

    /// Whether it is worth a place on the local disk: beside what cannot go, it must leave room for another.
    pub(super) fn fits(&self, bytes: u64) -> bool {
        let state = self.lock();
        let stays = state.local.iter().filter(|(file, _)| !state.stored.contains_key(*file));
        let stays: u64 = stays.map(|(_, local)| local.bytes).sum();
        bytes <= self.cache_bytes.saturating_sub(stays) / 2
    }

    /// Whether local segments take more room than they may.
    pub(crate) fn is_over(&self) -> bool {
        let state = self.lock();
        state.local.values().map(|local| local.bytes).sum::<u64>() > self.cache_bytes
    }

    /// Somebody reads it.
    pub(super) fn touch(&self, file: &str) {
        let mut state = self.lock();
        state.now += 1;
        let now = state.now;
        if let Some(local) = state.local.get_mut(file) {
            local.used = now;
        }
    }

    /// It has come to the local disk.
    pub(super) fn came(&self, meta: &SegmentMeta) {
        let mut state = self.lock();
        state.now += 1;
        let local = Local { bytes: meta.bytes, used: state.now, max_time: meta.max_time };
        state.local.insert(meta.file.clone(), local);
    }

    /// It has left the local disk.
    pub(super) fn went(&self, file: &str) {
        let mut state = self.lock();
        state.local.remove(file);
        state.kept.remove(file);
    }

    /// It stays on the local disk for now, whatever room it takes.
    pub(super) fn keep(&self, file: &str) {
        let until = self.clock.monotonic() + EVICT_AGAIN;
        self.lock().kept.insert(file.to_owned(), until);
    }

    /// What should leave the local disk next, if anything must.
    pub(super) fn to_evict(&self) -> Option<Arc<SegmentMeta>> {
        // Another copy of the folder may have removed there what the manifest says is there.
        if !self.is_owned() {
            return None;
        }
        let now = self.clock.monotonic();
        let state = self.lock();
        if state.local.values().map(|local| local.bytes).sum::<u64>() <= self.cache_bytes {
            return None;
        }
        let stays = |file: &String| state.kept.get(file).is_some_and(|until| now < *until);
        let may_go = |file: &String| state.stored.contains_key(file) && !stays(file);
        let local = state.local.iter().filter(|(file, _)| may_go(file));
        let (file, _) = local.min_by_key(|(file, local)| (local.used, local.max_time, file.as_str()))?;
        state.stored.get(file).cloned()
    }

    /// No manifest names it and nobody reads it any more: whatever there is of it may go. Whether the bucket has it.
    pub(crate) fn bury(&self, file: &str) -> bool {
        let mut state = self.lock();
        state.local.remove(file);
        state.kept.remove(file);
        state.mended.remove(file);
        state.unanswered.remove(file);
        let stored = state.stored.remove(file).is_some();
        if stored {
            state.doomed.insert(file.to_owned());
        }
        stored
    }

    /// An object of a segment that was given up while it was copied.
    pub(crate) fn doom(&self, file: &str) {
        let mut state = self.lock();
        state.copied.remove(file);
        state.doomed.insert(file.to_owned());
    }

    /// Removes objects that nobody needs any more, for as long as the bucket is this run's. `gone` hears of each.
    ///
    /// # Errors
    /// What kept it from that, in words.
    pub(crate) fn delete_doomed(&self, mut gone: impl FnMut()) -> Result<(), String> {
        let doomed: Vec<String> = self.lock().doomed.iter().cloned().collect();
        for files in doomed.chunks(DELETES_AT_ONCE) {
            self.hold()?;
            for file in files {
                let deleted = self.bucket.delete(&self.key(file));
                self.note(&deleted);
                deleted.map_err(|error| error.to_string())?;
                self.lock().doomed.remove(file);
                gone();
            }
        }
        Ok(())
    }

    /// A segment was copied to the bucket, whole.
    pub(crate) fn copied(&self, meta: &SegmentMeta) {
        self.lock().copied.insert(meta.file.clone());
        self.uploaded_bytes.fetch_add(meta.bytes, Ordering::Relaxed);
    }

    /// Whether this run copied the segment already. Of what a crash left without a name that is not known: its name and
    /// length alone do not say that it is the same, and reading it again costs more than copying it again.
    pub(crate) fn was_copied(&self, file: &str) -> bool {
        self.lock().copied.contains(file)
    }

    /// What is where.
    pub(crate) fn totals(&self) -> ColdTotals {
        let state = self.lock();
        let sum =
            |files: &mut dyn Iterator<Item = u64>| files.fold((0, 0), |(n, all), bytes| (n + 1, all + bytes));
        let remote = state.stored.iter().filter(|(file, _)| !state.local.contains_key(*file));
        let (local_files, local_bytes) = sum(&mut state.local.values().map(|local| local.bytes));
        let (remote_files, remote_bytes) = sum(&mut remote.map(|(_, meta)| meta.bytes));
        let (stored_files, stored_bytes) = sum(&mut state.stored.values().map(|meta| meta.bytes));
        ColdTotals {
            local_files,
            local_bytes,
            remote_files,
            remote_bytes,
            stored_files,
            stored_bytes,
            doomed: state.doomed.len() as u64,
            cache_bytes: self.cache_bytes,
            fetched_bytes: self.fetched_bytes.load(Ordering::Relaxed),
            uploaded_bytes: self.uploaded_bytes.load(Ordering::Relaxed),
        }
    }

    /// Parts of a segment's object, each as long as it was asked for.
    pub(super) fn fetch(&self, file: &str, ranges: &[Range<u64>]) -> io::Result<Vec<Bytes>> {
        if self.standing() == Standing::Unknown {
            return Err(BucketError::Failed(self.unanswered()).into_io());
        }
        let key = self.key(file);
        let parts = self.gate.ask(|| self.bucket.get_ranges(&key, ranges));
        let parts = parts.map_err(|error| match error {
            BucketError::Missing(_) => self.missing(error).into_io(),
            failed @ BucketError::Failed(_) => failed.into_io(),
        })?;
        let bytes: u64 = parts.iter().map(|part| part.len() as u64).sum();
        self.fetched_bytes.fetch_add(bytes, Ordering::Relaxed);
        let whole = parts.len() == ranges.len()
            && parts.iter().zip(ranges).all(|(part, range)| part.len() as u64 == range.end - range.start);
        if whole { Ok(parts) } else { Err(io::ErrorKind::UnexpectedEof.into()) }
    }

    /// What it means that an object is not there. Whoever has the bucket now may have removed it: that says nothing about what
    /// was stored. This run may not have noticed yet that it is another's, so it looks.
    fn missing(&self, error: BucketError) -> BucketError {
        match self.standing() {
            Standing::Owned => self.hold().map_or_else(BucketError::Failed, |()| error),
            Standing::Lost(reason) => BucketError::Failed(reason),
            Standing::Unknown | Standing::Found => error,
        }
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().expect("nothing panics while it is held")
    }
}
