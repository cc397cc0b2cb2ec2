//! From memory to files: freeze what is in memory, write it anywhere, commit it in one step.

use std::collections::BTreeSet;
use std::io;
use std::sync::Arc;

use arrow::array::RecordBatch;
use ippo_base::disk::{Disk, SharedDisk};
use ippo_base::{Minute, Timestamp};

use super::checkpoint::{self, Days, FOLDER as COUNTERS};
use super::memtable::Memtable;
use super::recent::{self, Unfiled};
use super::recover::{QUARANTINE, attempt_of};
use super::{Core, CoreError};
use crate::counter::{Counter, CounterSet, DayFile, Filling};
use crate::manifest::{BatchFileMeta, CounterMeta, DayMeta, KeptMeta, Manifest};
use crate::segment::{self, SegmentMeta, SegmentRef};
use crate::signal::Signal;
use crate::snapshot::Known;
use crate::wal::{Lsn, Wal};

/// Everything up to one log position, fixed.
pub(super) struct Frozen {
    memtable: Memtable,
    counters: CounterSet,
    recent: Unfiled,
    lsn: Lsn,
}

impl Frozen {
    pub(super) fn rows(&self, signal: Signal) -> impl Iterator<Item = &RecordBatch> {
        self.memtable.rows(signal)
    }

    pub(super) fn known(&self, signal: Signal) -> impl Iterator<Item = &Known> {
        self.memtable.known(signal)
    }

    pub(super) fn bytes(&self) -> usize {
        self.memtable.bytes()
    }
}

/// Files to write. Runs anywhere, for as long as it takes; a failure leaves nothing.
pub struct FlushJob {
    disk: SharedDisk,
    frozen: Arc<Frozen>,
    persisted: CounterSet,
    days: Vec<DayMeta>,
    damaged_days: BTreeSet<u32>,
    kept: Option<KeptMeta>,
    attempt: u64,
}

/// Files that were written, waiting for the manifest to name them.
#[derive(Debug)]
pub struct Flushed {
    attempt: u64,
    segments: Vec<SegmentMeta>,
    days: Days,
    kept: Option<KeptMeta>,
    /// Of batches that came lately, if they became a file.
    batches: Option<BatchFileMeta>,
}

impl FlushJob {
    /// Writes the files and makes them durable.
    ///
    /// # Errors
    /// When the disk fails. What was written is removed: it is tried again under another name each time, for as long as the
    /// disk is full.
    pub fn run(&self) -> Result<Flushed, CoreError> {
        self.write().inspect_err(|_| self.give_up())
    }

    fn give_up(&self) {
        let disk = &*self.disk;
        for folder in [segment::FOLDER, COUNTERS, recent::FOLDER] {
            match disk.list(folder) {
                Ok(mut files) => {
                    files.retain(|file| attempt_of(file) == self.attempt);
                    let paths: Vec<String> = files.iter().map(|file| format!("{folder}/{file}")).collect();
                    super::compact::give_up(disk, &paths);
                }
                Err(error) => {
                    tracing::warn!(%error, folder, "files that are no longer needed stay until the next start");
                }
            }
        }
    }

    fn write(&self) -> Result<Flushed, CoreError> {
        let disk = &*self.disk;
        let mut segments = Vec::new();
        for signal in Signal::ALL {
            let batches: Vec<RecordBatch> = self.frozen.rows(signal).cloned().collect();
            for (at, part) in segment::parts(signal, &batches).into_iter().enumerate() {
                let file = SegmentMeta::file_of(signal, part.window, self.attempt, at);
                let rows = segment::Rows { signal, batches: &batches, part: &part };
                segments.push(segment::write(disk, file, &rows)?);
            }
        }
        if !segments.is_empty() {
            disk.sync_dir(segment::FOLDER)?;
        }
        let changed = checkpoint::Changed {
            now: &self.frozen.counters,
            before: &self.persisted,
            attempt: self.attempt,
        };
        let days = changed.write_days(&self.disk, &self.days, &self.damaged_days)?;
        let kept = changed.write_kept(disk, self.kept.as_ref())?;
        let batches = self.frozen.recent.write(disk, self.attempt)?;
        if batches.is_some() {
            disk.sync_dir(recent::FOLDER)?;
        }
        Ok(Flushed { attempt: self.attempt, segments, days, kept, batches })
    }
}

impl Flushed {
    /// Paths of the files that were written, without those that are as they were.
    fn paths(&self) -> Vec<String> {
        let counts =
            self.days.files.iter().map(|day| &day.file).chain(self.kept.iter().map(|kept| &kept.file));
        let counts =
            counts.filter(|file| attempt_of(file) == self.attempt).map(|file| checkpoint::path(file));
        let segments = self.segments.iter().map(SegmentMeta::path);
        segments.chain(counts).chain(self.batches.iter().map(recent::path)).collect()
    }
}

/// A manifest that names the files of a flush or a merge, ready to replace the one before. Between planning it and the
/// step that finishes it, no other may be planned.
pub struct Commit {
    manifest: Manifest,
    segments: Vec<SegmentRef>,
    dropped: Vec<SegmentRef>,
    /// Files of days, if it is of a flush.
    days: Days,
    /// Paths of files that were written for it.
    made: Vec<String>,
}

impl Commit {
    /// Replaces the manifest: from here on the files count, and the log up to [`Commit::lsn`] does not.
    ///
    /// # Errors
    /// Nothing is lost: the rows stay in memory and in the log, and the flush can be begun again. The manifest may be there
    /// nevertheless: see [`Core::give_up`].
    pub fn run(&self, disk: &dyn Disk) -> Result<(), CoreError> {
        Ok(self.manifest.commit(disk)?)
    }

    /// The last record that the manifest stands for.
    pub fn lsn(&self) -> Lsn {
        Lsn(self.manifest.lsn)
    }

    /// Segments that it does not name any more.
    pub fn dropped(&self) -> &[SegmentRef] {
        &self.dropped
    }

    /// One that changes segments alone.
    pub(super) fn of_segments(
        manifest: Manifest,
        segments: Vec<SegmentRef>,
        dropped: Vec<SegmentRef>,
        made: Vec<String>,
    ) -> Self {
        Self { manifest, segments, dropped, days: Days::default(), made }
    }
}

impl Core {
    /// Whether a flush would make anything permanent that is not yet.
    pub fn flush_due(&self, wal: &Wal) -> bool {
        let logged = wal.durable().0 > self.manifest.lsn;
        let expired = self.segments.iter().any(|segment| self.is_expired(segment));
        self.frozen.is_some() || logged || self.checkpoint_due || expired || self.quarantine_unsaved()
    }

    /// Freezes what is in memory and hands out the job that writes it; after a failed job, hands out the same again
    /// under new names. There must be no other job that is not done with.
    pub fn begin_flush(&mut self, wal: &mut Wal) -> FlushJob {
        self.attempt += 1;
        if self.frozen.is_none() {
            wal.rotate();
            self.newest = Signal::ALL.map(|signal| self.newest(signal));
            self.checkpoint_due = false;
            self.filled = false;
            self.frozen = Some(Arc::new(Frozen {
                memtable: std::mem::take(&mut self.memtable),
                counters: self.counters.clone(),
                recent: self.recent.unfiled(),
                lsn: wal.durable(),
            }));
        }
        FlushJob {
            disk: self.disk.clone(),
            frozen: self.frozen.clone().expect("frozen above"),
            persisted: self.persisted.clone(),
            days: self.manifest.days.clone(),
            damaged_days: self.damaged_days.clone(),
            kept: self.manifest.kept.clone(),
            attempt: self.attempt,
        }
    }

    /// The manifest that names the files of a flush, beside those it keeps.
    pub fn plan_commit(&self, flushed: Flushed) -> Commit {
        let frozen = self.frozen.clone().expect("a flush was begun");
        let made = flushed.paths();
        let (kept, expired): (Vec<SegmentRef>, Vec<SegmentRef>) =
            self.segments.iter().cloned().partition(|segment| !self.is_expired(segment));
        let written = flushed.segments.into_iter().map(Arc::new);
        let segments: Vec<SegmentRef> = kept.into_iter().chain(written).collect();
        let still_needed = self.manifest.batch_files.iter().filter(|file| self.recent.needs(file));
        let manifest = Manifest {
            format: self.manifest.format,
            lsn: frozen.lsn.0,
            commit: self.manifest.commit + 1,
            segments: segments.iter().map(|segment| segment.as_ref().clone()).collect(),
            counters: frozen
                .counters
                .iter()
                .map(|(key, counter)| meta(key, counter, &flushed.days))
                .collect(),
            days: flushed.days.files.clone(),
            kept: flushed.kept,
            recent: Vec::new(),
            batches: if flushed.batches.is_some() { Vec::new() } else { frozen.recent.to_meta() },
            batch_files: still_needed.cloned().chain(flushed.batches).collect(),
            expired_before: self.expire_before.map(|minute| minute.0),
            quarantined: self.quarantined_meta(&segments),
            remote: self.remote_meta(&segments),
        };
        Commit { manifest, segments, dropped: expired, days: flushed.days, made }
    }

    /// Notes that the manifest of a commit could not be written. If the one before is still there, as on a disk that is full, the
    /// files go at once. Else it may be on the disk all the same, and be what the next start finds, so they stay until another
    /// manifest counts.
    pub fn give_up(&mut self, commit: Commit) {
        let before = self.manifest.to_bytes();
        if self.disk.read_all(crate::manifest::FILE).is_ok_and(|bytes| bytes == before) {
            super::compact::give_up(&*self.disk, &commit.made);
        } else {
            self.doubtful.extend(commit.made);
        }
    }

    /// Reads from the files of a commit that succeeded, and forgets the rows in memory. Returns files to remove.
    pub fn finish_flush(&mut self, commit: Commit) -> Vec<String> {
        let (before, days) = self.take_segments(commit);
        let frozen = self.frozen.take().expect("a flush was begun");
        self.persisted = frozen.counters.clone();
        self.take_days(&days, &frozen.counters);
        let named = &self.manifest.batch_files;
        if let Some(file) = named.iter().find(|file| !before.batch_files.contains(file)) {
            self.recent.note_filed(&frozen.recent, file);
        }
        let replaced = before.batch_files.iter().filter(|old| !named.contains(old));
        self.old_files.extend(replaced.map(recent::path));
        let replaced = before.kept.filter(|old| self.manifest.kept.as_ref() != Some(old));
        self.old_files.extend(replaced.map(|old| checkpoint::path(&old.file)));
        // It reads days from the files of before.
        drop(frozen);
        self.bury()
    }

    /// From here on days are read from the files that a flush wrote of counters as they were `then`.
    fn take_days(&mut self, days: &Days, then: &CounterSet) {
        for written in &days.written {
            for counters in [&mut self.counters, &mut self.persisted] {
                written.serve(counters, then);
            }
            let (day, file) = written.file();
            self.old_days.extend(self.days.insert(day, file.clone()));
            self.damaged_days.remove(&day);
        }
        for counters in [&mut self.counters, &mut self.persisted] {
            for (key, counter) in counters.iter_mut() {
                counter.unmeasured.extend(days.gaps(key, counter.generation));
                counter.history.let_go();
            }
        }
        let named: BTreeSet<u32> = self.manifest.days.iter().map(|meta| meta.day).collect();
        let gone = self.days.extract_if(.., |day, _| !named.contains(day));
        self.old_days.extend(gone.map(|(_, file)| file));
    }

    /// From here on the commit's segments count. Returns the manifest before, and the files of days that came with it.
    pub(super) fn take_segments(&mut self, commit: Commit) -> (Manifest, Days) {
        self.segments = commit.segments;
        self.forget_quarantined();
        self.note_written();
        self.graveyard.extend(commit.dropped);
        self.old_files.append(&mut self.doubtful);
        (std::mem::replace(&mut self.manifest, commit.manifest), commit.days)
    }

    /// Lets everything before these minutes expire, per signal. The next flush forgets whole windows of it.
    pub fn expire_before(&mut self, minutes: [Minute; 3]) {
        for (kept, asked) in self.expire_before.iter_mut().zip(minutes) {
            let window = Minute(asked.0 - asked.0 % segment::WINDOW_MINUTES);
            *kept = (*kept).max(window);
        }
    }

    /// Lets the counts of whole days before a minute go. The next flush removes their files.
    pub fn forget_counts_before(&mut self, minute: Minute) {
        self.checkpoint_due |= self.counters.forget_before(minute);
    }

    /// The first minute of the signal whose rows are kept.
    pub fn expired_before(&self, signal: Signal) -> Minute {
        self.expire_before[signal.index()]
    }

    /// The segments of a signal.
    pub fn segments(&self, signal: Signal) -> impl Iterator<Item = &SegmentRef> {
        self.segments.iter().filter(move |segment| segment.signal == signal.name())
    }

    /// Files that no manifest names and no reader uses any more, to be removed.
    pub fn bury(&mut self) -> Vec<String> {
        let (done, waiting) = std::mem::take(&mut self.graveyard)
            .into_iter()
            .partition::<Vec<_>, _>(|segment| Arc::strong_count(segment) == 1);
        self.graveyard = waiting;
        done.iter().for_each(|segment| self.files.forget(&segment.file));
        let mut files: Vec<String> = done.iter().map(|segment| segment.path()).collect();
        files.extend(self.bury_remote(&done));
        if Arc::strong_count(&self.copiers) == 1 {
            files.append(&mut self.old_files);
            let unread = self.old_days.extract_if(.., |file| Arc::strong_count(file) == 1);
            let (mut given_up, done): (Vec<_>, Vec<_>) = unread.partition(|file| file.is_given_up());
            files.extend(done.iter().map(|file| file.path().to_owned()));
            given_up.retain(|file| self.set_aside(file).is_err());
            self.old_days.append(&mut given_up);
        }
        files
    }

    /// Puts a file whose counts were written off where people may still look for them.
    fn set_aside(&self, file: &DayFile) -> io::Result<()> {
        let name = file.path().rsplit('/').next().unwrap_or_default();
        let kept = format!("{QUARANTINE}/{name}");
        self.disk.create_dir(QUARANTINE)?;
        match self.disk.rename(file.path(), &kept) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
            Err(_) => return Ok(()),
            Ok(()) => tracing::warn!(
                file = kept,
                "a file whose counts were given up is kept for whoever wants to look"
            ),
        }
        self.disk.sync_dir(QUARANTINE)
    }

    pub(super) fn is_expired(&self, segment: &SegmentMeta) -> bool {
        let Some(signal) = Signal::from_name(&segment.signal) else { return false };
        Timestamp::from_nanos(segment.max_time).minute() < self.expired_before(signal)
    }
}

fn meta(key: &str, counter: &Counter, days: &Days) -> CounterMeta {
    let lost = days.gaps(key, counter.generation);
    CounterMeta {
        spec: counter.spec.entry(key, counter.generation),
        complete: counter.filling == Filling::Complete,
        unmeasured: counter
            .unmeasured
            .iter()
            .copied()
            .chain(lost)
            .map(|gap| (gap.from.0, gap.to.0))
            .collect(),
    }
}
