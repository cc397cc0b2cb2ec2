//! Starting: from the manifest and the log back to the state that was acknowledged, with an account of what is damaged.

use std::collections::BTreeSet;
use std::fmt;
use std::io::{self, ErrorKind};
use std::num::NonZeroUsize;
use std::sync::Arc;

use ippo_base::disk::{Disk, SharedDisk};
use ippo_base::{Minute, Timestamp};

use super::claim::{self, Behind};
use super::memtable::Memtable;
use super::recent::{self, Recent};
use super::upload;
use super::{Core, CoreError, checkpoint, replay};
use crate::counter::CounterSpec;
use crate::manifest::{FORMAT, Manifest, ManifestError};
use crate::segment::{self, Files, SegmentError, SegmentMeta, SegmentRef, Tiers};
use crate::signal::Signal;
use crate::wal::{self, Entry, Found, Lsn, Wal};

/// Where damaged bytes of the log are kept for inspection.
pub const QUARANTINE: &str = "quarantine";

/// Something that is not as it was written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Problem {
    /// Acknowledged telemetry is gone from the log.
    LogLoss {
        /// The file with the damaged bytes, below the data folder; empty if the file itself is gone.
        file: String,
        /// Where they begin.
        offset: usize,
        /// How many they are.
        bytes: usize,
        /// How many records are missing in all.
        records: u64,
    },
    /// A record of the log is whole but cannot be understood.
    LogUnreadable {
        /// Its number.
        lsn: u64,
        /// Why.
        reason: String,
    },
    /// A segment is missing or damaged.
    Segment {
        /// The file, below the data folder.
        file: String,
        /// What is wrong.
        reason: String,
    },
    /// What is kept of the end of a segment that is in the bucket is damaged.
    End {
        /// The file, below the data folder.
        file: String,
        /// What is wrong.
        reason: String,
    },
    /// The last points of series are missing or damaged; counters over metrics are filled again.
    Points {
        /// The file, below the data folder.
        file: String,
        /// What is wrong.
        reason: String,
    },
    /// A file of batches that came lately is missing or damaged.
    Batches {
        /// The file, below the data folder.
        file: String,
        /// What is wrong.
        reason: String,
    },
    /// A day's counts are missing or damaged; the day is not measured.
    Counts {
        /// The file, below the data folder.
        file: String,
        /// What is wrong.
        reason: String,
    },
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Problem::LogLoss { file, offset, bytes, records } => write!(
                f,
                "{records} acknowledged records of the log are lost: {bytes} damaged bytes in {file} at {offset} \
                 (kept below {QUARANTINE}/)"
            ),
            Problem::LogUnreadable { lsn, reason } => write!(f, "log record {lsn} is left out: {reason}"),
            Problem::Segment { file, reason } => {
                write!(f, "{file}: {reason}; its rows are missing from queries, counts are not affected")
            }
            Problem::End { file, reason } => {
                write!(
                    f,
                    "{file}: {reason}; it is a copy of what the bucket has, and is fetched again when it is needed"
                )
            }
            Problem::Points { file, reason } => {
                write!(f, "{file}: {reason}; counters over metrics are counted again from stored rows")
            }
            Problem::Batches { file, reason } => {
                write!(
                    f,
                    "{file}: {reason}; what clients sent before it and send again now may be stored twice"
                )
            }
            Problem::Counts { file, reason } => {
                write!(f, "{file}: {reason}; of what cannot be read, this day counts as not measured")
            }
        }
    }
}

/// What a start found.
#[derive(Debug, Default)]
pub struct Recovered {
    /// Records of the log that were counted again.
    pub records: usize,
    /// What is damaged.
    pub problems: Vec<Problem>,
}

impl Core {
    /// Opens the store in the folder, or makes a new one.
    ///
    /// The log is read back by as many `threads`; what comes of it does not depend on how many.
    ///
    /// # Errors
    /// When the disk fails, or segments are in a bucket alone.
    pub fn open(disk: SharedDisk, threads: NonZeroUsize) -> Result<(Core, Wal, Recovered), CoreError> {
        Self::open_with(disk, threads, Behind::Nothing)
    }

    /// The same, with what is behind the disk.
    ///
    /// # Errors
    /// Also when the bucket is not this folder's, or cannot be used by a folder that has not used it before.
    pub fn open_with(
        disk: SharedDisk,
        threads: NonZeroUsize,
        behind: Behind,
    ) -> Result<(Core, Wal, Recovered), CoreError> {
        for folder in [segment::FOLDER, segment::ENDS, checkpoint::FOLDER, recent::FOLDER, wal::FOLDER] {
            disk.create_dir(folder)?;
        }
        disk.sync_dir("")?;
        let (mut manifest, format) = Manifest::read_stored(&*disk)?.unwrap_or_default();
        if format < FORMAT {
            // An ippo that knows no such folders must not take what is written from here on for damage.
            match manifest.commit(&*disk) {
                // Where a folder is only looked at, nothing can be made.
                Err(ManifestError::Io(error)) if error.kind() == ErrorKind::AlreadyExists => {}
                committed => committed?,
            }
        }
        let cold = claim::cold(&*disk, behind, &mut manifest)?;
        let mut loaded = checkpoint::load(&disk, &manifest.counters, &manifest.days)?;
        let kept = checkpoint::load_kept(&*disk, manifest.kept.as_ref(), &mut loaded)?;
        // What a kill left in the kernel's memory counts from here on, so a power cut must not take it.
        wal::sync(&*disk)?;
        let log = wal::replay(&*disk, Lsn(manifest.lsn))?;
        let mut recovered = Recovered { records: log.records.len(), problems: Vec::new() };
        let damaged_days: BTreeSet<u32> = loaded.damaged.iter().map(|(meta, _)| meta.day).collect();
        for (day, reason) in loaded.damaged {
            recovered.problems.push(Problem::Counts { file: checkpoint::path(&day.file), reason });
        }
        let (batches, damaged_batches) = Recent::load(&*disk, &manifest)?;
        for (file, reason) in damaged_batches {
            recovered.problems.push(Problem::Batches { file: recent::path(&file), reason });
        }
        if let Some((meta, reason)) = kept {
            recovered.problems.push(Problem::Points { file: checkpoint::path(&meta.file), reason });
        }
        let missing = missing_segments(&*disk, &manifest, cold.is_some())?;
        recovered.problems.extend(
            missing
                .iter()
                .map(|meta| Problem::Segment { file: meta.path(), reason: "the file is missing".to_owned() }),
        );
        let lost = log_loss(&log);
        quarantine(&*disk, &lost)?;
        recovered.problems.extend(lost);
        let last = log.records.last().map_or(Lsn(manifest.lsn), |record| record.lsn);
        let highest = remove_orphans(&*disk, &manifest)?;
        let numbers = manifest.remote.as_ref().map(|remote| remote.numbers.clone());
        let numbers = numbers.unwrap_or_default().or_all_to(highest);
        let used = highest.max(numbers.highest());
        let attempt = cold.as_ref().map_or(used, |cold| cold.first_attempt(used)).max(manifest.commit);
        let mut wal = Wal::after(disk.clone(), last, log.attempt, log.bytes);
        let mut core = Core {
            files: Files::of(Tiers::new(disk.clone(), cold)),
            disk,
            memtable: Memtable::default(),
            frozen: None,
            persisted: loaded.counters.clone(),
            counters: loaded.counters,
            days: loaded.files,
            damaged_days,
            old_days: Vec::new(),
            leaves: super::no_leaves(),
            checkpoint_due: loaded.is_to_be_written,
            filled: false,
            recent: batches,
            segments: manifest.segments.iter().cloned().map(SegmentRef::new).collect(),
            graveyard: Vec::new(),
            old_files: Vec::new(),
            doubtful: Vec::new(),
            copiers: Arc::default(),
            left_as_they_are: BTreeSet::new(),
            resting: super::rest::Resting::default(),
            expire_before: manifest.expired_before.map(Minute),
            attempt,
            first_attempt: attempt,
            numbers_before: numbers,
            highest_generation: loaded.highest_generation,
            newest: Signal::ALL.map(|signal| newest_of(signal, &manifest)),
            manifest,
        };
        core.note_stored()?;
        core.files.quarantine().restore(&core.manifest.quarantined);
        for meta in missing {
            let source = ErrorKind::NotFound.into();
            core.files.hold(SegmentError::Io { file: meta.file, source }, core.files.moment());
        }
        recovered.problems.extend(core.replay(&log.records, threads)?);
        if let Some(before) = log.torn {
            wal.has_gaps_after(before);
            core.close_gaps(&mut wal);
        }
        Ok((core, wal, recovered))
    }

    /// Puts what the log holds into segments. Where a group was torn, the numbers of what is missing lie before those of
    /// what comes now, and the next start would take them for lost. When the disk fails, a later flush does the same.
    fn close_gaps(&mut self, wal: &mut Wal) {
        let disk = self.disk.clone();
        let Ok(flushed) = self.begin_flush(wal).run() else { return };
        let commit = self.plan_commit(flushed);
        if commit.run(&*disk).is_err() {
            return self.give_up(commit);
        }
        let lsn = commit.lsn();
        super::compact::give_up(&*disk, &self.finish_flush(commit));
        let _ = wal.forget_through(lsn);
    }

    /// What is counted changes as the log says.
    pub(super) fn change(&mut self, entry: Entry) {
        match entry {
            // Rows take another way.
            Entry::Batches(_) => {}
            Entry::GenerationActivated(entry) => {
                // Words that do not compile are told when the record is read.
                let Ok(spec) = CounterSpec::from_entry(&entry) else { return };
                let sealed = self.sealed(spec.signal);
                self.highest_generation = self.highest_generation.max(entry.generation);
                self.leaves = super::no_leaves();
                self.counters.start(&entry.key, spec, entry.generation, sealed);
            }
            Entry::CounterRetired { key } => {
                self.counters.remove(&key);
            }
        }
    }
}

/// What a check of the data folder found.
#[derive(Debug, Default)]
pub struct Checked {
    /// Segments that were read.
    pub segments: usize,
    /// Their rows.
    pub rows: u64,
    /// Their bytes.
    pub bytes: u64,
    /// Segments that are in the bucket alone and were not read.
    pub in_bucket: usize,
    /// Records of the log that no segment holds yet.
    pub records: usize,
    /// Files of segments in quarantine that are as they were written: the next start reads them again.
    pub healed: Vec<String>,
    /// What is damaged.
    pub problems: Vec<Problem>,
}

/// Reads every file that the manifest names and says what is not as it was written. Slow by nature; changes nothing.
pub fn check_data(disk: &SharedDisk, progress: &mut dyn FnMut(usize, usize)) -> Result<Checked, CoreError> {
    let manifest = Manifest::read(&**disk)?;
    let mut checked = Checked { segments: manifest.segments.len(), ..Checked::default() };
    let files = manifest.segments.len() + manifest.days.len() + manifest.batch_files.len();
    let in_bucket = upload::in_bucket_alone(&**disk, &manifest)?;
    checked.in_bucket = in_bucket.len();
    for (done, meta) in manifest.segments.iter().enumerate() {
        progress(done, files);
        checked.rows += meta.rows;
        checked.bytes += meta.bytes;
        if let Err(error) = segment::check_end(disk, meta) {
            let file = format!("{}/{}", segment::ENDS, meta.file);
            checked.problems.push(Problem::End { file, reason: error.reason() });
        }
        if in_bucket.contains(&meta.file) {
            continue;
        }
        match segment::check(disk, meta) {
            Err(error) => {
                checked.problems.push(Problem::Segment { file: meta.path(), reason: error.reason() });
            }
            Ok(()) if manifest.quarantined.iter().any(|held| held.file == meta.file) => {
                checked.healed.push(meta.path());
            }
            Ok(()) => {}
        }
    }
    for (done, day) in manifest.days.iter().enumerate() {
        progress(manifest.segments.len() + done, files);
        if let Err(error) = checkpoint::check_day(disk, day) {
            let (file, reason) = (checkpoint::path(&day.file), error.to_string());
            checked.problems.push(Problem::Counts { file, reason });
        }
    }
    for (done, file) in manifest.batch_files.iter().enumerate() {
        progress(manifest.segments.len() + manifest.days.len() + done, files);
        if let Err(error) = recent::check(&**disk, file) {
            checked.problems.push(Problem::Batches { file: recent::path(file), reason: error.to_string() });
        }
    }
    if let Some(meta) = &manifest.kept
        && let Err(error) = checkpoint::check_kept(&**disk, meta)
    {
        let (file, reason) = (checkpoint::path(&meta.file), error.to_string());
        checked.problems.push(Problem::Points { file, reason });
    }
    let log = wal::replay(&**disk, Lsn(manifest.lsn))?;
    checked.records = log.records.len();
    checked.problems.extend(log_loss(&log));
    for record in &log.records {
        if let Err(reason) = replay::entry(record.payload(&**disk)?) {
            checked.problems.push(Problem::LogUnreadable { lsn: record.lsn.0, reason });
        }
    }
    progress(files, files);
    Ok(checked)
}

fn log_loss(log: &wal::Replay) -> Vec<Problem> {
    if log.lost.is_empty() {
        return Vec::new();
    }
    let records = log.lost.iter().fold(0, |sum: u64, (first, last)| sum.saturating_add(last.0 - first.0 + 1));
    let places = log.damage.iter().filter(|damage| damage.found == Found::Loss);
    let problems: Vec<Problem> = places
        .map(|damage| Problem::LogLoss {
            file: damage.file.clone(),
            offset: damage.offset,
            bytes: damage.bytes,
            records,
        })
        .collect();
    if problems.is_empty() {
        return vec![Problem::LogLoss { file: String::new(), offset: 0, bytes: 0, records }];
    }
    problems
}

/// Keeps a copy of damaged bytes: the file itself goes when its records are in segments.
fn quarantine(disk: &dyn Disk, lost: &[Problem]) -> Result<(), CoreError> {
    for problem in lost {
        let Problem::LogLoss { file, offset, bytes, .. } = problem else { continue };
        if file.is_empty() {
            continue;
        }
        disk.create_dir(QUARANTINE)?;
        let name = format!("{QUARANTINE}/{}-{offset}", file.replace('/', "-"));
        keep(disk, &name, &disk.read(file, *offset as u64, *bytes)?)?;
        disk.sync_dir(QUARANTINE)?;
    }
    Ok(())
}

/// Writes a file unless it is there. One that is there may be a part, of a start that was cut short.
fn keep(disk: &dyn Disk, name: &str, bytes: &[u8]) -> io::Result<()> {
    match disk.write_new(name, bytes) {
        Err(error) if error.kind() == ErrorKind::AlreadyExists => {}
        written => return written,
    }
    if disk.read_all(name).is_ok_and(|kept| kept == bytes) {
        return Ok(());
    }
    disk.remove(name)?;
    match disk.write_new(name, bytes) {
        // Where a folder is only looked at, it is always there.
        Err(error) if error.kind() == ErrorKind::AlreadyExists => Ok(()),
        written => written,
    }
}

/// Segments that are neither on the disk nor, as far as is known, in the bucket.
fn missing_segments(
    disk: &dyn Disk,
    manifest: &Manifest,
    with_bucket: bool,
) -> Result<Vec<SegmentMeta>, CoreError> {
    let mut there: BTreeSet<String> = disk.list(segment::FOLDER)?.into_iter().collect();
    if with_bucket {
        there.extend(manifest.remote.iter().flat_map(|remote| remote.stored.iter().cloned()));
    }
    Ok(manifest.segments.iter().filter(|meta| !there.contains(&meta.file)).cloned().collect())
}

/// The newest event time of a signal in segments.
fn newest_of(signal: Signal, manifest: &Manifest) -> Option<Timestamp> {
    let of_signal = manifest.segments.iter().filter(|meta| meta.signal == signal.name());
    of_signal.map(|meta| meta.max_time).max().map(Timestamp::from_nanos)
}

/// Removes files that no manifest names, left by an interrupted flush. Returns the highest attempt in any name.
fn remove_orphans(disk: &dyn Disk, manifest: &Manifest) -> Result<u64, CoreError> {
    let segments: BTreeSet<&str> = manifest.segments.iter().map(|meta| meta.file.as_str()).collect();
    let days = manifest.days.iter().map(|meta| meta.file.as_str());
    let days: BTreeSet<&str> = days.chain(manifest.kept.iter().map(|meta| meta.file.as_str())).collect();
    // Also of segments that are in the bucket alone.
    let mut highest = manifest.segments.iter().map(|meta| attempt_of(&meta.file)).max().unwrap_or(0);
    let stored = manifest.remote.iter().flat_map(|remote| remote.stored.iter().map(String::as_str)).collect();
    let batches = manifest.batch_files.iter().map(|meta| meta.file.as_str()).collect();
    let folders = [
        (segment::FOLDER, segments),
        (segment::ENDS, stored),
        (checkpoint::FOLDER, days),
        (recent::FOLDER, batches),
    ];
    for (folder, named) in folders {
        for file in disk.list(folder)? {
            highest = highest.max(attempt_of(&file));
            if !named.contains(file.as_str()) {
                disk.remove(&format!("{folder}/{file}"))?;
            }
        }
    }
    Ok(highest)
}

/// The attempt in the name of a segment (signal, window, attempt, part), of a day's counts (day, attempt), or of batches.
pub(super) fn attempt_of(file: &str) -> u64 {
    let stem = file.split_once('.').map_or(file, |(stem, _)| stem);
    let parts: Vec<&str> = stem.split('-').collect();
    let attempt = if parts.len() == 4 { parts.get(2) } else { parts.last() };
    attempt.and_then(|attempt| attempt.parse().ok()).unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::attempt_of;

    #[test]
    fn names_tell_their_attempt() {
        assert_eq!(attempt_of("spans-0029916000-0000000042-3.parquet"), 42);
        assert_eq!(attempt_of("020775-0000000007.zst"), 7);
        assert_eq!(attempt_of("kept-0000000009.zst"), 9);
        assert_eq!(attempt_of("0000000011"), 11);
        assert_eq!(attempt_of("something"), 0);
    }
}
