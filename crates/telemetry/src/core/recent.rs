//! Batches seen lately, so that a client's retry is acknowledged and not counted twice.
//!
//! Senders of small batches make millions of them within [`DUPLICATE_WINDOW`]: one takes some forty bytes in memory, and is
//! written once. A flush has those since the one before; many become a file of their own, few are in the manifest.

use std::collections::VecDeque;
use std::hash::BuildHasher as _;

use hashbrown::{DefaultHashBuilder, HashTable};
use ippo_base::Timestamp;
use ippo_base::disk::Disk;
use ippo_base::limits::{DUPLICATE_BATCHES, DUPLICATE_WINDOW};
use twox_hash::XxHash3_128;

use super::CoreError;
use super::append::Request;
use crate::manifest::{BatchFileMeta, BatchMeta, Manifest};
use crate::named::{self, Unusable};
use crate::signal::Signal;

/// The folder of files of batches below the data folder.
pub(super) const FOLDER: &str = "batches";
/// Fewer new batches than this are in the manifest itself.
const FILED: usize = if cfg!(test) { 3 } else { 2 * 1024 };
/// Batches that are remembered.
const MOST: usize = if cfg!(test) { 4 * 1024 } else { DUPLICATE_BATCHES };

/// What makes two batches the same: who sent it, its signal, and its body, as one number. That two others have the same is
/// as likely as with any two hashes of 128 bits.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct BatchKey(u128);

impl BatchKey {
    pub(super) fn of(request: &Request) -> Self {
        Self::from_parts(&request.identity, request.signal, XxHash3_128::oneshot(&request.body))
    }

    /// Of a body with this hash.
    fn from_parts(identity: &str, signal: Signal, hash: u128) -> Self {
        Self(hash ^ XxHash3_128::oneshot_with_seed(signal.index() as u64, identity.as_bytes()))
    }
}

/// A batch and when it came, in nanoseconds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Seen {
    key: [u8; 16],
    received: i64,
}

/// Bytes of one in a file.
const SEEN_BYTES: usize = 24;

impl Seen {
    fn new(key: BatchKey, received: Timestamp) -> Self {
        Self { key: key.0.to_le_bytes(), received: received.as_nanos() }
    }

    fn key(&self) -> BatchKey {
        BatchKey(u128::from_le_bytes(self.key))
    }

    fn received(&self) -> Timestamp {
        Timestamp::from_nanos(self.received)
    }
}

/// Batches by when they came.
#[derive(Debug, Default)]
pub(super) struct Recent {
    /// Oldest first.
    order: VecDeque<Seen>,
    /// The number of the first of them: each that comes has one more.
    first: u64,
    /// The last of each key, by its number without the upper half: far fewer are in memory.
    last: HashTable<u32>,
    /// Those before this number are in files.
    filed: u64,
    /// The files, and the number after the last one of each.
    files: VecDeque<(String, u64)>,
    /// How many were forgotten before their time since the start.
    early: u64,
    /// Senders choose the bytes that keys are hashes of, and shall not choose where keys lie here.
    hasher: DefaultHashBuilder,
}

impl Recent {
    /// Whether the batch came before, at most [`DUPLICATE_WINDOW`] earlier.
    pub(super) fn has(&self, key: &BatchKey, received: Timestamp) -> bool {
        let seen = Seen::new(*key, received);
        let at = |number: &u32| &self.order[place(*number, self.first)];
        let same = self.last.find(self.hasher.hash_one(seen.key), |number| at(number).key == seen.key);
        same.is_some_and(|number| received.since(at(number).received()) <= DUPLICATE_WINDOW)
    }

    /// Remembers a batch, and forgets those that no retry can repeat any more.
    pub(super) fn insert(&mut self, key: &BatchKey, received: Timestamp) {
        while let Some(oldest) = self.order.front() {
            let in_time = received.since(oldest.received()) <= DUPLICATE_WINDOW;
            if in_time && self.order.len() < MOST {
                break;
            }
            self.early += u64::from(in_time);
            self.forget_oldest();
        }
        let (seen, number) = (Seen::new(*key, received), self.end() as u32);
        self.order.push_back(seen);
        let Self { order, first, last, hasher, .. } = self;
        let at = |number: &u32| &order[place(*number, *first)];
        let hash = |known: &u32| hasher.hash_one(at(known).key);
        let same = last.entry(hasher.hash_one(seen.key), |known| at(known).key == seen.key, hash);
        same.and_modify(|known| *known = number).or_insert(number);
    }

    fn forget_oldest(&mut self) {
        let (number, Some(oldest)) = (self.first as u32, self.order.front().copied()) else { return };
        let hash = self.hasher.hash_one(oldest.key);
        if let Ok(entry) = self.last.find_entry(hash, |known| *known == number) {
            entry.remove();
        }
        self.order.pop_front();
        self.first += 1;
        while self.files.front().is_some_and(|(_, end)| *end <= self.first) {
            self.files.pop_front();
        }
    }

    /// How many batches were forgotten before their time since the start: a retry of one would be stored twice.
    pub(super) fn early(&self) -> u64 {
        self.early
    }

    /// Bytes that all of them take in memory.
    pub(super) fn memory_bytes(&self) -> usize {
        self.order.capacity() * size_of::<Seen>() + self.last.allocation_size()
    }

    /// The number of the next one.
    fn end(&self) -> u64 {
        self.first + self.order.len() as u64
    }

    /// Those that are in no file.
    pub(super) fn unfiled(&self) -> Unfiled {
        let from = self.filed.max(self.first);
        let known = usize::try_from(from - self.first).unwrap_or(usize::MAX);
        Unfiled { seen: self.order.range(known..).copied().collect(), end: self.end() }
    }

    /// These are in this file, which the manifest names.
    pub(super) fn note_filed(&mut self, filed: &Unfiled, file: &BatchFileMeta) {
        self.filed = filed.end;
        self.files.push_back((file.file.clone(), filed.end));
    }

    /// Whether a file has any that a retry could repeat.
    pub(super) fn needs(&self, file: &BatchFileMeta) -> bool {
        self.files.iter().any(|(name, _)| *name == file.file)
    }

    /// Reads what the manifest and its files say. Files that are damaged come second, with the reason: retries of what was in
    /// them would be counted twice.
    ///
    /// # Errors
    /// When the disk does not give a file.
    pub(super) fn load(
        disk: &dyn Disk,
        manifest: &Manifest,
    ) -> Result<(Self, Vec<(BatchFileMeta, String)>), CoreError> {
        let (mut recent, mut damaged) = (Self::default(), Vec::new());
        // Entries that make no sense could only let a retry be counted twice; none are written.
        for entry in &manifest.recent {
            let hash = u128::from_str_radix(&entry.hash, 16).ok();
            if let (Some(signal), Some(hash)) = (Signal::from_name(&entry.signal), hash) {
                let key = BatchKey::from_parts(&entry.identity, signal, hash);
                recent.insert(&key, Timestamp::from_nanos(entry.received));
            }
        }
        for file in &manifest.batch_files {
            match read(disk, file) {
                Ok(seen) => {
                    seen.iter().for_each(|seen| recent.insert(&seen.key(), seen.received()));
                    recent.files.push_back((file.file.clone(), recent.end()));
                }
                Err(error) => damaged.push((file.clone(), error.damage(&path(file))?)),
            }
        }
        // Those of format 4 are in the manifest until there are enough for a file.
        recent.filed = if manifest.recent.is_empty() { recent.end() } else { 0 };
        for BatchMeta(key, received) in &manifest.batches {
            if let Ok(key) = u128::from_str_radix(key, 16) {
                recent.insert(&BatchKey(key), Timestamp::from_nanos(*received));
            }
        }
        Ok((recent, damaged))
    }
}

/// Where one of this number is, without its upper half, among those from `first` on.
fn place(number: u32, first: u64) -> usize {
    number.wrapping_sub(first as u32) as usize
}

/// Batches that are in no file yet, as of one moment.
#[derive(Debug)]
pub(super) struct Unfiled {
    seen: Vec<Seen>,
    /// The number of the next one.
    end: u64,
}

impl Unfiled {
    /// Writes them as a file if they are many. The folder is for the caller to sync.
    pub(super) fn write(&self, disk: &dyn Disk, attempt: u64) -> Result<Option<BatchFileMeta>, CoreError> {
        if self.seen.len() < FILED {
            return Ok(None);
        }
        let mut bytes = Vec::with_capacity(self.seen.len() * SEEN_BYTES);
        for seen in &self.seen {
            bytes.extend_from_slice(&seen.key);
            bytes.extend_from_slice(&seen.received.to_le_bytes());
        }
        let newest = self.seen.iter().map(|seen| seen.received).max().unwrap_or_default();
        let file = BatchFileMeta { file: format!("{attempt:010}"), crc: crc32c::crc32c(&bytes), newest };
        disk.write_new(&path(&file), &bytes)?;
        Ok(Some(file))
    }

    /// As the manifest has them.
    pub(super) fn to_meta(&self) -> Vec<BatchMeta> {
        let each = self.seen.iter();
        each.map(|seen| BatchMeta(format!("{:032x}", seen.key().0), seen.received)).collect()
    }
}

/// The path of a file of batches below the data folder.
pub(super) fn path(file: &BatchFileMeta) -> String {
    format!("{FOLDER}/{}", file.file)
}

/// Whether a file of batches holds what was written.
pub(super) fn check(disk: &dyn Disk, file: &BatchFileMeta) -> Result<(), Unusable> {
    read(disk, file).map(|_| ())
}

fn read(disk: &dyn Disk, file: &BatchFileMeta) -> Result<Vec<Seen>, Unusable> {
    let bytes = named::read(disk, &path(file), file.crc)?;
    let (each, rest) = bytes.as_chunks::<SEEN_BYTES>();
    if !rest.is_empty() {
        return Err(Unusable::Damaged("it ends within a batch".to_owned()));
    }
    let seen = |bytes: &[u8; SEEN_BYTES]| {
        let (key, received) = bytes.split_first_chunk::<16>()?;
        Some(Seen { key: *key, received: i64::from_le_bytes(received.try_into().ok()?) })
    };
    Ok(each.iter().filter_map(seen).collect())
}

#[cfg(test)]
mod tests {
    use std::collections::HashMap;
    use std::time::Duration;

    use ippo_base::disk::SimDisk;
    use proptest::prelude::*;

    use super::*;

    const START: Timestamp = Timestamp::from_secs(1_800_000_000);

    fn at(secs: u64) -> Timestamp {
        START.plus(Duration::from_secs(secs))
    }

    /// What a flush makes durable: files, or lines of the manifest.
    fn flush(recent: &mut Recent, disk: &SimDisk, manifest: &mut Manifest, attempt: u64) {
        let unfiled = recent.unfiled();
        let file = unfiled.write(disk, attempt).expect("written");
        manifest.batches = if file.is_some() { Vec::new() } else { unfiled.to_meta() };
        manifest.batch_files.retain(|file| recent.needs(file));
        if let Some(file) = &file {
            recent.note_filed(&unfiled, file);
        }
        manifest.batch_files.extend(file);
    }

    proptest! {
        #[test]
        fn a_batch_is_known_for_its_window_whatever_is_flushed_and_read_back(
            steps in proptest::collection::vec((0..40_u64, -30..60_i64, 0..6_u8), 1..300),
        ) {
            let disk = SimDisk::new(1);
            disk.create_dir(FOLDER).expect("a folder");
            let (mut recent, mut manifest) = (Recent::default(), Manifest::default());
            let mut first: HashMap<u64, Timestamp> = HashMap::new();
            let (mut now, mut newest) = (100_000_u64, 0);
            for (attempt, (key, pause, then)) in (1..).zip(steps) {
                // A clock is set back now and then.
                now = now.saturating_add_signed(pause);
                newest = newest.max(now);
                let came = first.get(&key).copied();
                let known = came.is_some_and(|came| at(now).since(came) <= DUPLICATE_WINDOW);
                // What had its time before the clock was set back may be known no more.
                let forgotten = came.is_some_and(|came| at(newest).since(came) > DUPLICATE_WINDOW);
                let batch = BatchKey(u128::from(key) << 70 | u128::from(key % 3));
                let told = recent.has(&batch, at(now));
                prop_assert!(told == known || (forgotten && !told));
                if !told {
                    recent.insert(&batch, at(now));
                    first.insert(key, at(now));
                }
                if then == 0 {
                    flush(&mut recent, &disk, &mut manifest, attempt);
                    prop_assert!(manifest.batches.len() < FILED);
                    let (read, damaged) = Recent::load(&disk, &manifest).expect("the disk is well");
                    prop_assert_eq!(damaged, vec![]);
                    recent = read;
                }
            }
        }
    }

    #[test]
    fn each_batch_is_written_once_and_files_that_no_retry_needs_are_named_no_more() {
        let disk = SimDisk::new(1);
        disk.create_dir(FOLDER).expect("a folder");
        let (mut recent, mut manifest) = (Recent::default(), Manifest::default());
        for minute in 0..20 {
            (0..10).for_each(|batch| recent.insert(&BatchKey(minute * 10 + batch), at(minute as u64 * 60)));
            flush(&mut recent, &disk, &mut manifest, minute as u64);
            assert!(manifest.batches.is_empty() && manifest.batch_files.len() <= 7, "{manifest:?}");
            let newest = manifest.batch_files.last().expect("there");
            assert_eq!(disk.len(&path(newest)).expect("there"), 10 * SEEN_BYTES as u64);
        }
        let last = manifest.batch_files.last().expect("there").clone();
        disk.flip_bit(&path(&last), 100, 3).expect("flipped");
        let (read, damaged) = Recent::load(&disk, &manifest).expect("the disk is well");
        assert_eq!(damaged, [(last, "its checksum differs from the manifest's".to_owned())]);
        assert!(read.has(&BatchKey(189), at(19 * 60)) && !read.has(&BatchKey(190), at(19 * 60)));
    }

    #[test]
    fn what_a_folder_of_format_4_knows_is_known_and_filed() {
        let disk = SimDisk::new(1);
        disk.create_dir(FOLDER).expect("a folder");
        let line = |hash: u128| crate::manifest::RecentMeta {
            identity: "anyone".to_owned(),
            signal: "logs".to_owned(),
            hash: format!("{hash:032x}"),
            received: at(0).as_nanos(),
        };
        let mut manifest = Manifest { recent: (0..20).map(line).collect(), ..Manifest::default() };
        let (mut recent, _) = Recent::load(&disk, &manifest).expect("the disk is well");
        let key = |hash| BatchKey::from_parts("anyone", Signal::Logs, hash);
        assert!((0..20).all(|hash| recent.has(&key(hash), at(1))) && !recent.has(&key(20), at(1)));
        manifest.recent.clear();
        flush(&mut recent, &disk, &mut manifest, 1);
        let (read, _) = Recent::load(&disk, &manifest).expect("the disk is well");
        assert!((0..20).all(|hash| read.has(&key(hash), at(1))) && !manifest.batch_files.is_empty());
    }

    #[test]
    fn beyond_what_is_remembered_the_oldest_are_forgotten() {
        let mut recent = Recent::default();
        let key = |number: usize| BatchKey(number as u128 * 0x9e37_79b9_7f4a_7c15);
        (0..2 * MOST).for_each(|number| recent.insert(&key(number), at(0)));
        assert_eq!((recent.order.len(), recent.last.len()), (MOST, MOST));
        assert!(!recent.has(&key(MOST - 1), at(0)) && recent.has(&key(MOST), at(0)));
        assert_eq!(recent.early(), MOST as u64);
        recent.insert(&key(0), at(DUPLICATE_WINDOW.as_secs() + 1));
        assert_eq!((recent.order.len(), recent.early()), (1, MOST as u64), "these had their time");
    }

    #[test]
    fn senders_signals_and_bodies_tell_batches_apart() {
        let keys = [
            BatchKey::from_parts("a", Signal::Logs, 1),
            BatchKey::from_parts("b", Signal::Logs, 1),
            BatchKey::from_parts("a", Signal::Spans, 1),
            BatchKey::from_parts("a", Signal::Logs, 2),
        ];
        let mut recent = Recent::default();
        for (at_key, key) in keys.iter().enumerate() {
            assert!(keys[at_key..].iter().all(|key| !recent.has(key, at(0))));
            recent.insert(key, at(0));
        }
    }
}
