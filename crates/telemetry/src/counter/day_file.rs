//! A file of all counters' counts of one UTC day, of which one counter's can be read alone.
//!
//! Four letters, the length and the CRC-32C of an index (each four bytes, little-endian), the index, and the counters' minutes
//! in its order, each packed by itself. The index says how long each is and what its sums and its checksum are.

use std::fmt;
use std::io;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};

use ippo_base::disk::{Disk, SharedDisk, is_passing};
use ippo_base::time::MINUTES_PER_DAY;
use prost::Message as _;

use super::{Counts, Day};
use crate::manifest;
use crate::named::Unusable;

const MAGIC: &[u8; 4] = b"IDC1";
/// What zstd begins with.
const MAGIC_OF_BEFORE: [u8; 4] = [0x28, 0xb5, 0x2f, 0xfd];
const HEAD_BYTES: usize = 12;
const LEVEL: i32 = 1;
/// No minute takes more: four numbers of at most ten bytes.
const MAX_RAW_BYTES: usize = 64 * MINUTES_PER_DAY as usize;
/// So often, which is once a flush, the disk is asked for counts that are to be written again before they are given up.
const ATTEMPTS: u32 = 10;

/// Where a counter's counts of a day are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Place {
    pub(super) offset: u32,
    bytes: u32,
    crc: u32,
    /// What they add up to.
    pub(super) sum: Counts,
}

/// A file that the manifest names, or did when whoever holds it began to read.
pub(crate) struct DayFile {
    disk: SharedDisk,
    path: String,
    /// Whether it was told that it cannot be read.
    told: AtomicBool,
    /// Whether something of it is not what was written.
    is_damaged: AtomicBool,
    /// How often the disk did not give what was to be written again.
    failures: AtomicU32,
    /// Whether some of it was written off.
    is_given_up: AtomicBool,
}

/// The counts of one counter in an index.
#[derive(Debug)]
pub(crate) struct Entry {
    pub(crate) key: String,
    pub(crate) generation: u64,
    pub(crate) place: Place,
}

#[derive(Clone, PartialEq, prost::Message)]
struct IndexMessage {
    #[prost(message, repeated, tag = "1")]
    entries: Vec<EntryMessage>,
}

#[derive(Clone, PartialEq, prost::Message)]
struct EntryMessage {
    #[prost(string, tag = "1")]
    key: String,
    #[prost(uint64, tag = "2")]
    generation: u64,
    #[prost(uint32, tag = "3")]
    bytes: u32,
    #[prost(fixed32, tag = "4")]
    crc: u32,
    #[prost(uint64, tag = "5")]
    good: u64,
    #[prost(uint64, tag = "6")]
    bad: u64,
    #[prost(uint64, tag = "7")]
    unknown: u64,
}

/// A counter's minutes. Of counts that are all zero there are none.
#[derive(Clone, PartialEq, prost::Message)]
struct DayMessage {
    /// Minutes since the one before; of the first, since midnight.
    #[prost(uint32, repeated, tag = "1")]
    steps: Vec<u32>,
    #[prost(uint64, repeated, tag = "2")]
    good: Vec<u64>,
    #[prost(uint64, repeated, tag = "3")]
    bad: Vec<u64>,
    #[prost(uint64, repeated, tag = "4")]
    unknown: Vec<u64>,
}

impl fmt::Debug for DayFile {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("DayFile").field("path", &self.path).finish_non_exhaustive()
    }
}

impl DayFile {
    pub(crate) fn new(disk: SharedDisk, path: String) -> Self {
        Self {
            disk,
            path,
            told: AtomicBool::new(false),
            is_damaged: AtomicBool::new(false),
            failures: AtomicU32::new(0),
            is_given_up: AtomicBool::new(false),
        }
    }

    /// Some of it was written off, so that what is left of it is worth a look by a person.
    pub(super) fn give_up(&self) {
        self.is_given_up.store(true, Ordering::Relaxed);
    }

    /// Whether some of it was written off.
    pub(crate) fn is_given_up(&self) -> bool {
        self.is_given_up.load(Ordering::Relaxed)
    }

    /// Its path below the data folder.
    pub(crate) fn path(&self) -> &str {
        &self.path
    }

    /// A counter's counts.
    pub(super) fn read(&self, place: &Place) -> Result<Day, Unusable> {
        unpack(&self.packed(place)?, place)
    }

    /// The same as they are in the file.
    pub(super) fn packed(&self, place: &Place) -> Result<Vec<u8>, Unusable> {
        let bytes = self.disk.read(&self.path, u64::from(place.offset), place.bytes as usize)?;
        match crc32c::crc32c(&bytes) == place.crc {
            true => Ok(bytes),
            false => {
                Err(Unusable::Damaged("the checksum of a counter's day differs from the file's".to_owned()))
            }
        }
    }

    /// Says once that it cannot be read, unless the process has only run short of something.
    pub(super) fn tell(&self, reason: &Unusable) {
        if matches!(reason, Unusable::Damaged(_)) {
            self.is_damaged.store(true, Ordering::Relaxed);
        }
        let passes = matches!(reason, Unusable::Failed(error) if is_passing(error));
        if !passes && !self.told.swap(true, Ordering::Relaxed) {
            tracing::error!(file = self.path, %reason, "counts of a day cannot be read; it is not measured");
        }
    }

    /// Whether a reader met something of it that is not what was written.
    pub(super) fn is_damaged(&self) -> bool {
        self.is_damaged.load(Ordering::Relaxed)
    }

    /// Whether counts that the disk did not give are worth another attempt: always, while it gives nothing else either.
    pub(super) fn may_be_asked_again(&self, error: &io::Error) -> bool {
        let is_its_own = !is_passing(error) && self.disk.read_all(manifest::FILE).is_ok();
        !is_its_own || self.failures.fetch_add(1, Ordering::Relaxed) + 1 < ATTEMPTS
    }
}

/// A file in the making.
pub(crate) struct DayWriter {
    packer: zstd::bulk::Compressor<'static>,
    entries: Vec<EntryMessage>,
    counts: Vec<u8>,
}

impl DayWriter {
    pub(crate) fn new() -> Self {
        let packer = zstd::bulk::Compressor::new(LEVEL).expect("zstd knows its levels");
        Self { packer, entries: Vec::new(), counts: Vec::new() }
    }

    /// Takes a counter's counts.
    pub(crate) fn add(&mut self, key: &str, generation: u64, day: &Day) {
        let packed = self
            .packer
            .compress(&message(day).encode_to_vec())
            .expect("zstd compresses any bytes into memory");
        self.add_packed(key, generation, day.sum(), &packed);
    }

    /// The same as another file has them.
    pub(crate) fn add_packed(&mut self, key: &str, generation: u64, sum: Counts, packed: &[u8]) {
        let Counts { good, bad, unknown } = sum;
        self.entries.push(EntryMessage {
            key: key.to_owned(),
            generation,
            bytes: u32::try_from(packed.len()).expect("a day of a counter has some kilobytes"),
            crc: crc32c::crc32c(packed),
            good,
            bad,
            unknown,
        });
        self.counts.extend_from_slice(packed);
    }

    /// The file's content, and what is where in it.
    pub(crate) fn finish(self) -> (Vec<u8>, Vec<Entry>) {
        let index = IndexMessage { entries: self.entries };
        let packed = index.encode_to_vec();
        let len = u32::try_from(packed.len()).expect("an index has some hundred kilobytes");
        let mut bytes = Vec::with_capacity(HEAD_BYTES + packed.len() + self.counts.len());
        bytes.extend_from_slice(MAGIC);
        bytes.extend_from_slice(&len.to_le_bytes());
        bytes.extend_from_slice(&crc32c::crc32c(&packed).to_le_bytes());
        bytes.extend_from_slice(&packed);
        bytes.extend_from_slice(&self.counts);
        let (entries, _) = places(index, packed.len()).expect("it is some megabytes long");
        (bytes, entries)
    }
}

/// What is where in a file. Nothing of one that an ippo of before format 6 wrote, which is read as a whole.
///
/// # Errors
/// When it is not what was written, as far as its index goes, or is shorter or longer.
pub(crate) fn read_index(disk: &dyn Disk, path: &str) -> Result<Option<Vec<Entry>>, Unusable> {
    let damaged = |reason: &str| Unusable::Damaged(reason.to_owned());
    let head = disk.read(path, 0, HEAD_BYTES)?;
    if head.starts_with(&MAGIC_OF_BEFORE) {
        return Ok(None);
    }
    let number = |at: usize| u32::from_le_bytes([head[at], head[at + 1], head[at + 2], head[at + 3]]);
    let (bytes, crc) = (number(4) as usize, number(8));
    let whole = disk.len(path)?;
    if &head[..4] != MAGIC || (HEAD_BYTES + bytes) as u64 > whole {
        return Err(damaged("it does not begin like a file of counts"));
    }
    let index = disk.read(path, HEAD_BYTES as u64, bytes)?;
    if crc32c::crc32c(&index) != crc {
        return Err(damaged("the checksum of its index is not right"));
    }
    let index =
        IndexMessage::decode(index.as_slice()).map_err(|error| Unusable::Damaged(error.to_string()))?;
    match places(index, bytes) {
        Some((entries, end)) if end == whole => Ok(Some(entries)),
        _ => Err(damaged("it is not as long as its index says")),
    }
}

/// What is where, and where the file ends.
fn places(index: IndexMessage, index_bytes: usize) -> Option<(Vec<Entry>, u64)> {
    let mut offset = u32::try_from(HEAD_BYTES + index_bytes).ok()?;
    let mut entries = Vec::with_capacity(index.entries.len());
    for EntryMessage { key, generation, bytes, crc, good, bad, unknown } in index.entries {
        let place = Place { offset, bytes, crc, sum: Counts { good, bad, unknown } };
        offset = offset.checked_add(bytes)?;
        entries.push(Entry { key, generation, place });
    }
    Some((entries, u64::from(offset)))
}

fn message(day: &Day) -> DayMessage {
    let mut before = 0;
    let steps = day.iter().map(|(minute, _)| {
        let minute = u32::from(minute);
        minute - std::mem::replace(&mut before, minute)
    });
    let column = |of: fn(&Counts) -> u64| -> Vec<u64> {
        let column: Vec<u64> = day.iter().map(|(_, counts)| of(&counts)).collect();
        if column.iter().all(|count| *count == 0) { Vec::new() } else { column }
    };
    DayMessage {
        steps: steps.collect(),
        good: column(|counts| counts.good),
        bad: column(|counts| counts.bad),
        unknown: column(|counts| counts.unknown),
    }
}

fn unpack(packed: &[u8], place: &Place) -> Result<Day, Unusable> {
    let damaged = |reason: String| Unusable::Damaged(format!("a counter's day does not read: {reason}"));
    let raw = zstd::bulk::decompress(packed, MAX_RAW_BYTES).map_err(|error| damaged(error.to_string()))?;
    let message = DayMessage::decode(raw.as_slice()).map_err(|error| damaged(error.to_string()))?;
    let day = day(&message).ok_or_else(|| damaged("its minutes and counts do not fit".to_owned()))?;
    match day.sum() == place.sum {
        true => Ok(day),
        false => Err(damaged("it adds up to something else than the index says".to_owned())),
    }
}

fn day(message: &DayMessage) -> Option<Day> {
    let DayMessage { steps, good, bad, unknown } = message;
    if [good, bad, unknown].iter().any(|column| !column.is_empty() && column.len() != steps.len()) {
        return None;
    }
    let count = |column: &[u64], at: usize| column.get(at).copied().unwrap_or(0);
    let mut day = Day::default();
    let mut minute = 0_u32;
    for (at, step) in steps.iter().enumerate() {
        minute = minute.checked_add(*step)?;
        let of_day = u16::try_from(minute).ok().filter(|_| minute < MINUTES_PER_DAY)?;
        let counts = Counts { good: count(good, at), bad: count(bad, at), unknown: count(unknown, at) };
        if (at > 0 && *step == 0) || counts.total() == 0 {
            return None;
        }
        day.set(of_day, counts);
    }
    Some(day)
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use ippo_base::disk::SimDisk;

    use super::*;

    fn written() -> (Arc<SimDisk>, Vec<Entry>, [Day; 2]) {
        let busy: Day = (0..1_440_u16)
            .map(|minute| {
                (
                    minute,
                    Counts {
                        good: 1_000 + u64::from(minute) * 7 % 90,
                        bad: u64::from(minute % 50 == 0),
                        unknown: 0,
                    },
                )
            })
            .collect();
        let sparse: Day = [(0, 5), (700, u64::MAX), (1_439, 1 << 40)]
            .map(|(at, bad)| (at, Counts { bad, ..Counts::default() }))
            .into_iter()
            .collect();
        let mut writer = DayWriter::new();
        writer.add("busy", 3, &busy);
        writer.add("sparse", 1, &sparse);
        let (bytes, entries) = writer.finish();
        let disk = Arc::new(SimDisk::new(1));
        disk.write_new("day", &bytes).expect("written");
        (disk, entries, [busy, sparse])
    }

    #[test]
    fn each_counters_day_is_read_alone_and_as_it_was() {
        let (disk, entries, days) = written();
        let found = read_index(&*disk, "day").expect("readable").expect("an index");
        let file = DayFile::new(disk, "day".to_owned());
        for ((entry, known), day) in found.iter().zip(&entries).zip(&days) {
            assert_eq!(
                (&entry.key, entry.generation, entry.place),
                (&known.key, known.generation, known.place)
            );
            assert_eq!(&file.read(&entry.place).expect("a day"), day);
            assert_eq!(entry.place.sum, day.sum());
        }
        assert!(entries[0].place.bytes < 3_000, "{} bytes", entries[0].place.bytes);
    }

    #[test]
    fn each_bit_of_a_file_counts() {
        let (disk, _, days) = written();
        let whole = disk.read_all("day").expect("there");
        for (at, bit) in (0..whole.len()).map(|at| (at, at % 8)) {
            let mut bytes = whole.clone();
            bytes[at] ^= 1 << bit;
            let disk = Arc::new(SimDisk::new(1));
            disk.write_new("day", &bytes).expect("written");
            let Ok(Some(entries)) = read_index(&*disk, "day") else { continue };
            let file = DayFile::new(disk, "day".to_owned());
            let read: Vec<bool> = entries.iter().map(|entry| file.read(&entry.place).is_ok()).collect();
            assert_eq!(
                read.iter().filter(|ok| **ok).count(),
                1,
                "the flipped bit {bit} of byte {at} is in one day"
            );
            assert_eq!(entries.len(), days.len());
        }
        let disk = SimDisk::new(1);
        disk.write_new("day", &whole[..whole.len() - 1]).expect("written");
        assert!(matches!(read_index(&disk, "day"), Err(Unusable::Damaged(_))), "it is shorter");
    }
}
