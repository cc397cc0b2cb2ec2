//! What a data folder holds, counted anew from its files, and by the same way as a start reads them. Changes nothing.

use std::collections::BTreeMap;
use std::io;
use std::num::NonZeroUsize;
use std::sync::Arc;

use arrow::array::RecordBatch;
use ippo_base::disk::{Disk, DiskFile, SharedDisk};
use ippo_base::{Minute, MinuteRange};
use serde::{Deserialize, Serialize};

use super::{Core, CoreError, Problem};
use crate::counter::{Counter, CounterSet, Filling};
use crate::segment::SegmentMeta;
use crate::signal::Signal;

const ALL_MINUTES: MinuteRange = MinuteRange { from: Minute(0), to: Minute(u32::MAX) };

/// How much a store holds.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Contents {
    /// Rows by the signal's name, in segments and in the log.
    pub rows: BTreeMap<String, u64>,
    /// Segments.
    pub segments: u64,
    /// The sums of all counters, by key.
    pub counters: Vec<CounterTotal>,
}

/// What a counter holds over all time.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CounterTotal {
    /// Its key.
    pub key: String,
    /// Its generation.
    pub generation: u64,
    /// Whether a start has all of its counts; else it counts stored rows anew, and the sums are of a part.
    pub complete: bool,
    /// Rows that kept the promise.
    pub good: u64,
    /// Rows that broke it.
    pub bad: u64,
    /// Rows that could not be judged.
    pub unknown: u64,
}

/// Counts what the folder holds. What is wrong with it comes second.
///
/// # Errors
/// When the folder cannot be opened at all.
pub fn recount(disk: &SharedDisk) -> Result<(Contents, Vec<Problem>), CoreError> {
    let threads = std::thread::available_parallelism().unwrap_or(NonZeroUsize::MIN);
    let (core, _, recovered) = Core::open(Arc::new(Untouched(disk.clone())), threads)?;
    let mut problems = recovered.problems;
    let rows = |meta: &SegmentMeta| match core.files.rows(meta) {
        Ok(rows) => rows,
        Err(error) => {
            let missing = problems
                .iter()
                .any(|known| matches!(known, Problem::Segment { file, .. } if *file == meta.path()));
            if !missing {
                problems.push(Problem::Segment { file: meta.path(), reason: error.reason() });
            }
            0
        }
    };
    let mut contents = core.contents(rows);
    contents.add_up(&core.counters);
    Ok((contents, problems))
}

impl Contents {
    /// Adds up what these counters hold. Waits for a disk. One of which not all can be read is not complete.
    pub(super) fn add_up(&mut self, counters: &CounterSet) {
        for total in &mut self.counters {
            let read = counters.get(&total.key).map(|counter| counter.reading(ALL_MINUTES).read());
            let Some(read) = read else { continue };
            total.complete &= read.warnings.is_empty();
            for (_, counts) in read.minutes {
                total.good = total.good.saturating_add(counts.good);
                total.bad = total.bad.saturating_add(counts.bad);
                total.unknown = total.unknown.saturating_add(counts.unknown);
            }
        }
    }
}

impl Core {
    /// What there is now, with the rows of segments as `rows` knows them. What counters hold is yet to be added up.
    pub(super) fn contents(&self, mut rows: impl FnMut(&SegmentMeta) -> u64) -> Contents {
        let mut sums = [0_u64; 3];
        for meta in &self.segments {
            if let Some(signal) = Signal::from_name(&meta.signal) {
                sums[signal.index()] += rows(meta);
            }
        }
        let snapshot = self.snapshot();
        for signal in Signal::ALL {
            let in_memory: usize = snapshot.rows(signal).iter().map(RecordBatch::num_rows).sum();
            sums[signal.index()] += in_memory as u64;
        }
        let by_name = Signal::ALL.map(|signal| (signal.name().to_owned(), sums[signal.index()]));
        Contents {
            rows: by_name.into_iter().collect(),
            segments: self.segments.len() as u64,
            counters: self.counters.iter().map(|(key, counter)| self.total(key, counter)).collect(),
        }
    }

    /// A counter is complete after a start if the manifest says so of this generation.
    fn total(&self, key: &str, counter: &Counter) -> CounterTotal {
        let complete = self.persisted.get(key).is_some_and(|kept| {
            kept.generation == counter.generation
                && kept.filling == Filling::Complete
                && kept.starts_like(counter)
        });
        let (key, generation) = (key.to_owned(), counter.generation);
        CounterTotal { key, generation, complete, good: 0, bad: 0, unknown: 0 }
    }
}

/// A disk that is read and not changed: what would change it is let be.
struct Untouched(SharedDisk);

impl Disk for Untouched {
    fn create_dir(&self, _: &str) -> io::Result<()> {
        Ok(())
    }

    fn create(&self, _: &str) -> io::Result<Box<dyn DiskFile>> {
        // As if somebody had made it before: whoever keeps a copy of something is content with that.
        Err(io::ErrorKind::AlreadyExists.into())
    }

    fn read(&self, name: &str, offset: u64, len: usize) -> io::Result<Vec<u8>> {
        self.0.read(name, offset, len)
    }

    fn len(&self, name: &str) -> io::Result<u64> {
        self.0.len(name)
    }

    fn truncate(&self, _: &str, _: u64) -> io::Result<()> {
        Ok(())
    }

    fn rename(&self, _: &str, _: &str) -> io::Result<()> {
        Ok(())
    }

    fn remove(&self, _: &str) -> io::Result<()> {
        Ok(())
    }

    fn list(&self, dir: &str) -> io::Result<Vec<String>> {
        match self.0.list(dir) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(Vec::new()),
            listed => listed,
        }
    }

    fn sync_dir(&self, _: &str) -> io::Result<()> {
        Ok(())
    }
}
