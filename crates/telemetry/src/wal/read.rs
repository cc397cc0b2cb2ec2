//! Reading the log back after a start: every whole record once, in order, and an honest account of what is damaged.

use std::collections::BTreeMap;
use std::io;
use std::sync::Arc;

use ippo_base::disk::Disk;

use super::{FOLDER, Lsn, record};

/// A file of the log, by its name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct WalFile {
    pub name: String,
    pub first: Lsn,
    pub attempt: u64,
}

/// A whole record of the log, and where it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Record {
    /// Its number.
    pub lsn: Lsn,
    /// Every record up to this one was durable when this one was written.
    pub durable: Lsn,
    /// Bytes of the whole record on disk.
    pub stored_bytes: usize,
    /// Bytes of its payload.
    pub raw_bytes: usize,
    /// The file, below the data folder.
    file: Arc<str>,
    /// Where it begins.
    offset: usize,
}

impl Record {
    /// Reads its payload; none if it cannot be unpacked, although it is as it was written.
    ///
    /// # Errors
    /// The disk fails, or gives other bytes than it gave when the record was found.
    pub fn payload(&self, disk: &dyn Disk) -> io::Result<Option<Vec<u8>>> {
        let bytes = disk.read(&self.file, self.offset as u64, self.stored_bytes)?;
        match record::check(&bytes) {
            Ok(header) if header.lsn == self.lsn => Ok(record::payload(&bytes, &header)),
            Ok(_) | Err(_) => {
                let reason = format!("{} was whole at {} and is not any more", self.file, self.offset);
                Err(io::Error::new(io::ErrorKind::InvalidData, reason))
            }
        }
    }
}

/// Bytes that are no record.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Damage {
    /// The file, below the data folder.
    pub file: String,
    /// Where the bytes begin.
    pub offset: usize,
    /// How many there are.
    pub bytes: usize,
    /// What follows from it.
    pub found: Found,
    /// The numbers of the records before and after it: those in between may have been here.
    between: (Lsn, Lsn),
}

/// What damaged bytes mean.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Found {
    /// The end of an interrupted write; nothing of it had been acknowledged.
    Interrupted,
    /// Bytes from which records are missing: what was acknowledged is lost. Kept in place for inspection.
    Loss,
}

/// What the log holds.
#[derive(Debug, Default)]
pub struct Replay {
    /// Every record after the position asked for, in order, each number once. Their payloads stay on the disk.
    pub records: Vec<Record>,
    /// Damaged places.
    pub damage: Vec<Damage>,
    /// Numbers that are missing though later records say that they were durable: the first and last of each gap.
    pub lost: Vec<(Lsn, Lsn)>,
    /// The last record before the first number that is missing without a loss, if any is: of a group whose write was cut off
    /// some is whole.
    pub torn: Option<Lsn>,
    /// Above the attempt of any file.
    pub attempt: u64,
    /// Bytes in all files.
    pub bytes: u64,
}

/// Reads all records numbered above `after`. Changes nothing on disk.
///
/// A file begins with the number after the last durable one, so whatever earlier files hold from there on was refused.
pub fn replay(disk: &dyn Disk, after: Lsn) -> io::Result<Replay> {
    let mut out = Replay::default();
    let mut records: BTreeMap<Lsn, Record> = BTreeMap::new();
    for file in files(disk)? {
        out.attempt = out.attempt.max(file.attempt);
        let name = format!("{FOLDER}/{}", file.name);
        // What an earlier file holds from here on was refused when a write failed: this file has the numbers anew.
        records.split_off(&file.first);
        for damage in &mut out.damage {
            damage.between.1 = damage.between.1.min(file.first);
        }
        let bytes = disk.read_all(&name)?;
        out.bytes += bytes.len() as u64;
        read_file(&name, file.first, &bytes, &mut records, &mut out.damage);
    }
    let durable = records.values().map(|record| record.durable).max().unwrap_or_default();
    let last = records.keys().next_back().copied().unwrap_or_default();
    out.lost = gaps(after, records.keys().copied(), durable.min(last));
    let gaps = gaps(after, records.keys().copied(), last);
    out.torn = gaps.iter().find(|gap| !out.lost.contains(gap)).map(|(first, _)| Lsn(first.0 - 1));
    for damage in &mut out.damage {
        let (before, behind) = damage.between;
        if out.lost.iter().any(|(first, last)| *first < behind && before < *last) {
            damage.found = Found::Loss;
        }
    }
    out.records = records.into_iter().filter(|(lsn, _)| *lsn > after).map(|(_, record)| record).collect();
    Ok(out)
}

/// Makes the last file durable: all earlier ones were before the next was begun, as far as they count.
pub fn sync(disk: &dyn Disk) -> io::Result<()> {
    if let Some(last) = files(disk)?.pop() {
        let name = format!("{FOLDER}/{}", last.name);
        disk.truncate(&name, disk.len(&name)?)?;
    }
    disk.sync_dir(FOLDER)
}

/// The gaps between `after` and `until` in ascending numbers.
fn gaps(after: Lsn, numbers: impl Iterator<Item = Lsn>, until: Lsn) -> Vec<(Lsn, Lsn)> {
    let mut gaps = Vec::new();
    let mut before = after;
    for number in numbers.filter(|number| *number > after).take_while(|number| *number <= until) {
        if number.0 - before.0 > 1 {
            gaps.push((Lsn(before.0 + 1), Lsn(number.0 - 1)));
        }
        before = number;
    }
    if before < until {
        gaps.push((Lsn(before.0 + 1), until));
    }
    gaps
}

fn read_file(
    name: &str,
    first: Lsn,
    bytes: &[u8],
    records: &mut BTreeMap<Lsn, Record>,
    damage: &mut Vec<Damage>,
) {
    let file: Arc<str> = Arc::from(name);
    let (mut at, mut before) = (0, Lsn(first.0.saturating_sub(1)));
    while at < bytes.len() {
        match record::check(&bytes[at..]) {
            Ok(header) => {
                let record::Header { lsn, durable, stored_bytes, raw_bytes } = header;
                let record = Record { lsn, durable, stored_bytes, raw_bytes, file: file.clone(), offset: at };
                records.insert(lsn, record);
                (at, before) = (at + stored_bytes, lsn);
            }
            Err(_) => {
                let next = record::find(bytes, at + 1).unwrap_or(bytes.len());
                let behind = bytes.get(next..).and_then(|rest| record::check(rest).ok());
                let behind = behind.map_or(Lsn(u64::MAX), |header| header.lsn);
                let (found, between) = (Found::Interrupted, (before, behind));
                damage.push(Damage { file: name.to_owned(), offset: at, bytes: next - at, found, between });
                at = next;
            }
        }
    }
}

/// The log's files, oldest first.
pub(super) fn files(disk: &dyn Disk) -> io::Result<Vec<WalFile>> {
    let mut files: Vec<WalFile> = disk.list(FOLDER)?.iter().filter_map(|name| parse_name(name)).collect();
    files.sort_by_key(|file| file.attempt);
    Ok(files)
}

pub(super) fn file_name(first: Lsn, attempt: u64) -> String {
    format!("{:020}-{attempt:010}", first.0)
}

fn parse_name(name: &str) -> Option<WalFile> {
    let (first, attempt) = name.split_once('-')?;
    Some(WalFile { name: name.to_owned(), first: Lsn(first.parse().ok()?), attempt: attempt.parse().ok()? })
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use ippo_base::disk::{Fault, Operation, SimDisk};

    use super::*;
    use crate::wal::Wal;

    fn open(disk: &SimDisk) -> (Wal, Replay) {
        let found = replay(disk, Lsn(0)).expect("readable");
        let last = found.records.last().map_or(Lsn(0), |record| record.lsn);
        (Wal::after(Arc::new(disk.clone()), last, found.attempt, found.bytes), found)
    }

    #[test]
    fn a_gap_is_told_by_its_ends_however_wide() {
        let gaps = |numbers: &[u64], until| super::gaps(Lsn(2), numbers.iter().copied().map(Lsn), Lsn(until));
        assert_eq!(gaps(&[1, 2, 3, 4], 4), []);
        assert_eq!(gaps(&[4, 7, u64::MAX], 7), [(Lsn(3), Lsn(3)), (Lsn(5), Lsn(6))]);
        assert_eq!(gaps(&[3, u64::MAX], u64::MAX), [(Lsn(4), Lsn(u64::MAX - 1))]);
        assert_eq!(gaps(&[], 2), []);
        assert_eq!(gaps(&[], 9), [(Lsn(3), Lsn(9))]);
    }

    fn payloads(disk: &SimDisk, found: &Replay) -> Vec<Vec<u8>> {
        found.records.iter().map(|record| record.payload(disk).expect("readable").expect("packed")).collect()
    }

    #[test]
    fn what_was_acknowledged_survives_every_crash() {
        for seed in 0..300 {
            let disk = SimDisk::new(seed);
            let mut acknowledged: Vec<Vec<u8>> = Vec::new();
            for life in 0..4_u64 {
                let (mut wal, found) = open(&disk);
                let back = payloads(&disk, &found);
                assert!(found.lost.is_empty(), "seed {seed}: {:?}", found.lost);
                for kept in &acknowledged {
                    assert!(back.contains(kept), "seed {seed}, life {life}: an acknowledged record is gone");
                }
                disk.die_after(3 + (seed + life) % 17);
                for number in 0..20_u64 {
                    let group = vec![
                        format!("{life}/{number}/a").into_bytes(),
                        vec![u8::try_from(number).expect("small"); 900],
                    ];
                    if wal.append(&group).is_ok() {
                        acknowledged.extend(group);
                    }
                    if number % 3 == 0 {
                        wal.mark();
                    }
                }
                disk.crash();
            }
        }
    }

    #[test]
    fn a_full_disk_and_a_failed_sync_lose_nothing_and_numbers_go_on() {
        let disk = SimDisk::new(1);
        let (mut wal, _) = open(&disk);
        wal.append(&[b"one".to_vec()]).expect("durable");
        disk.inject(Fault::Full(Operation::Append));
        assert!(wal.append(&[b"refused".to_vec()]).is_err());
        wal.append(&[b"two".to_vec()]).expect("durable again");
        disk.inject(Fault::Fails(Operation::Sync));
        wal.append(&[b"three".to_vec()]).expect("written again to a new file");
        let (_, found) = open(&disk);
        assert_eq!(payloads(&disk, &found), [b"one".to_vec(), b"two".to_vec(), b"three".to_vec()]);
        assert!(found.lost.is_empty());
    }

    #[test]
    fn rot_in_the_middle_is_told_and_what_is_behind_it_is_kept() {
        let disk = SimDisk::new(1);
        let (mut wal, _) = open(&disk);
        for text in ["one", "two", "three"] {
            wal.append(&[text.as_bytes().to_vec()]).expect("durable");
        }
        let name = format!("{FOLDER}/{}", files(&disk).expect("listed")[0].name);
        let second = record::check(&disk.read_all(&name).expect("read")).expect("whole").stored_bytes;
        disk.flip_bit(&name, second + 20, 3).expect("flipped");
        let (_, found) = open(&disk);
        assert_eq!(payloads(&disk, &found), [b"one".to_vec(), b"three".to_vec()]);
        assert_eq!(found.lost, [(Lsn(2), Lsn(2))]);
        assert_eq!(found.damage.len(), 1);
        assert_eq!((found.damage[0].offset, found.damage[0].found), (second, Found::Loss));
    }

    #[test]
    fn a_loss_is_told_where_it_is() {
        let disk = SimDisk::new(1);
        let (mut wal, _) = open(&disk);
        wal.append(&[b"one".to_vec()]).expect("durable");
        // Cut off, and never acknowledged.
        disk.inject(Fault::Full(Operation::Append));
        wal.append(&[b"refused".to_vec()]).expect_err("there is no room");
        for text in ["two", "three", "four"] {
            wal.append(&[text.as_bytes().to_vec()]).expect("durable");
        }
        let name = format!("{FOLDER}/{}", files(&disk).expect("listed")[1].name);
        let second = record::check(&disk.read_all(&name).expect("read")).expect("whole").stored_bytes;
        disk.flip_bit(&name, second + 20, 3).expect("flipped");
        let (_, found) = open(&disk);
        assert_eq!(found.lost, [(Lsn(3), Lsn(3))]);
        let told: Vec<_> = found.damage.iter().map(|damage| (damage.found, damage.file == name)).collect();
        assert_eq!(told, [(Found::Interrupted, false), (Found::Loss, true)]);
    }

    #[test]
    fn rot_in_the_last_group_is_told_once_it_is_marked() {
        let disk = SimDisk::new(1);
        let (mut wal, _) = open(&disk);
        wal.append(&[b"one".to_vec()]).expect("durable");
        let group: Vec<Vec<u8>> = ["two", "three", "four"].map(|text| text.as_bytes().to_vec()).into();
        wal.append(&group).expect("durable");
        wal.mark();
        let bytes = wal.bytes();
        wal.mark();
        assert_eq!(wal.bytes(), bytes, "one mark is enough");
        let (_, found) = open(&disk);
        assert_eq!(found.records.len(), 5, "the mark is a record");
        for damaged in &found.records[1..4] {
            let name = format!("{FOLDER}/{}", files(&disk).expect("listed")[0].name);
            let at = damaged.offset + damaged.stored_bytes - 1;
            disk.flip_bit(&name, at, 3).expect("flipped");
            let (_, rotten) = open(&disk);
            assert_eq!(rotten.lost, [(damaged.lsn, damaged.lsn)]);
            assert_eq!(rotten.damage[0].found, Found::Loss);
            disk.flip_bit(&name, at, 3).expect("flipped back");
        }
        // What comes next has its number behind the mark, in a new file the mark's own.
        wal.append(&[b"five".to_vec()]).expect("durable");
        wal.mark();
        wal.rotate();
        wal.append(&[b"six".to_vec()]).expect("durable");
        let (_, found) = open(&disk);
        assert_eq!(payloads(&disk, &found).last().map(Vec::as_slice), Some(&b"six"[..]));
        assert_eq!((found.records.len(), found.lost.len(), found.damage.len()), (7, 0, 0));
    }

    #[test]
    fn a_group_behind_a_mark_is_written_again_whole_where_its_sync_fails() {
        let disk = SimDisk::new(1);
        let (mut wal, _) = open(&disk);
        wal.append(&[b"one".to_vec()]).expect("durable");
        wal.mark();
        disk.inject(Fault::Fails(Operation::Sync));
        wal.append(&[b"two".to_vec()]).expect("written again to a new file");
        disk.crash();
        let (_, found) = open(&disk);
        assert_eq!(payloads(&disk, &found), [b"one".to_vec(), b"two".to_vec()]);
        assert!(found.lost.is_empty());
        let (mut wal, _) = open(&disk);
        wal.append(&[b"three".to_vec()]).expect("durable");
        disk.inject(Fault::Full(Operation::Append));
        wal.mark();
        wal.append(&[b"four".to_vec()]).expect("in a new file");
        let (_, found) = open(&disk);
        assert_eq!(payloads(&disk, &found).len(), 4);
        assert!(found.lost.is_empty());
    }

    #[test]
    fn what_was_refused_for_hours_takes_no_room_and_is_not_counted() {
        let disk = SimDisk::new(1);
        let (mut wal, _) = open(&disk);
        wal.append(&[b"one".to_vec()]).expect("durable");
        for round in 0..100 {
            let operation =
                [Operation::Create, Operation::Append, Operation::Sync, Operation::SyncDir][round % 4];
            disk.inject(Fault::Full(operation));
            let refused = wal.append(&[vec![7; 1000]]).is_err();
            // A file that is there already is neither created nor named.
            assert!(refused || round == 0);
            disk.heal();
            let files = files(&disk).expect("listed");
            let bytes = |file: &WalFile| disk.len(&format!("{FOLDER}/{}", file.name)).expect("there");
            assert_eq!((files.len() <= 2, wal.bytes()), (true, files.iter().map(bytes).sum()), "{files:?}");
        }
        wal.append(&[b"two".to_vec()]).expect("durable again");
        let (_, found) = open(&disk);
        let kept = payloads(&disk, &found);
        assert_eq!((kept[0].as_slice(), kept.last().map(Vec::as_slice)), (&b"one"[..], Some(&b"two"[..])));
        assert!(found.lost.is_empty());
    }

    #[test]
    fn files_go_when_segments_hold_their_records() {
        let disk = SimDisk::new(1);
        let (mut wal, _) = open(&disk);
        wal.append(&[b"one".to_vec()]).expect("durable");
        wal.rotate();
        wal.append(&[b"two".to_vec()]).expect("durable");
        wal.forget_through(Lsn(1)).expect("forgotten");
        let (_, found) = open(&disk);
        assert_eq!(payloads(&disk, &found), [b"two".to_vec()]);
        assert_eq!(wal.bytes(), found.bytes);
    }
}
