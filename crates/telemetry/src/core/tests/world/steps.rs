//! The steps of what takes long: flushes, merges, copies to the bucket. Between the planning of one commit and its end no
//! other is planned.

use ippo_base::disk::Operation;

use super::*;
use crate::core::{SampleError, Unnamed};
use crate::segment::SegmentError;

impl World {
    pub(in crate::core::tests) fn step_flush(&mut self) {
        self.flushing = match std::mem::replace(&mut self.flushing, Flushing::Idle) {
            Flushing::Idle if self.core.flush_due(&self.wal) => {
                Flushing::Running(self.core.begin_flush(&mut self.wal))
            }
            Flushing::Idle => Flushing::Idle,
            Flushing::Running(job) => job.run().map_or(Flushing::Idle, Flushing::Written),
            Flushing::Written(flushed) if self.is_committing() => Flushing::Written(flushed),
            Flushing::Written(flushed) => Flushing::Planned(Box::new(self.core.plan_commit(flushed))),
            Flushing::Planned(commit) => {
                if commit.run(&self.disk).is_err() {
                    self.core.give_up(*commit);
                } else {
                    self.flushes += 1;
                    let lsn = commit.lsn();
                    let useless = self.core.finish_flush(*commit);
                    // What fails here is done again at the next start.
                    let _ = self.wal.forget_through(lsn);
                    for file in useless {
                        let _ = self.disk.remove(&file);
                    }
                }
                Flushing::Idle
            }
        };
    }

    /// Merges all that is due.
    pub(in crate::core::tests) fn compact(&mut self) {
        self.end_commit();
        self.step_compaction();
        while !matches!(self.compacting, Compacting::Idle) {
            for _ in 0..4 {
                self.step_compaction();
            }
        }
    }

    /// One step of a merge. Between the planning of one commit and its end no other is planned.
    pub(in crate::core::tests) fn step_compaction(&mut self) {
        let step = std::mem::replace(&mut self.compacting, Compacting::Idle);
        self.compacting = match step {
            Compacting::Idle => {
                let merge = self.core.plan_compaction(self.now).map(Compacting::Running);
                merge.or_else(|| self.plan_sampling()).unwrap_or(Compacting::Idle)
            }
            Compacting::Running(job) => match job.run() {
                Ok(made) => Compacting::Written(made),
                Err(error) => {
                    let (signal, window) = job.hour();
                    if matches!(error, CoreError::Segment(SegmentError::Unreachable { .. })) {
                        self.core.try_later(signal, window, self.now);
                    }
                    Compacting::Idle
                }
            },
            Compacting::Sampling(job) => match job.run(&|| true) {
                Ok(made) => {
                    self.sampled += 1;
                    Compacting::Written(made)
                }
                Err(error) => {
                    if matches!(
                        error,
                        SampleError::Failed(CoreError::Segment(SegmentError::Unreachable { .. }))
                    ) {
                        self.core.try_later(Signal::Spans, job.window(), self.now);
                    }
                    Compacting::Idle
                }
            },
            Compacting::Written(written) if self.is_committing() => Compacting::Written(written),
            Compacting::Written(written) => match self.core.plan_replacement(&written) {
                Some(commit) => Compacting::Planned(Box::new(commit)),
                None => {
                    for file in written.paths() {
                        let _ = self.disk.remove(&file);
                    }
                    Compacting::Idle
                }
            },
            Compacting::Planned(commit) => {
                if commit.run(&self.disk).is_err() {
                    self.core.give_up(*commit);
                } else {
                    self.merges += 1;
                    for file in self.core.finish_replacement(*commit) {
                        let _ = self.disk.remove(&file);
                    }
                }
                Compacting::Idle
            }
        };
    }

    fn plan_sampling(&mut self) -> Option<Compacting> {
        let policy = self.sampling?;
        self.core.plan_sampling(self.now, &policy, &self.pinned).map(Compacting::Sampling)
    }

    /// Ends the commit that is planned, if any is: no other can be planned before.
    pub(super) fn end_commit(&mut self) {
        if matches!(self.flushing, Flushing::Planned(_)) {
            self.step_flush();
        }
        if matches!(self.compacting, Compacting::Planned(_)) {
            self.step_compaction();
        }
        if matches!(self.uploading, Uploading::Planned(_)) {
            self.step_upload();
        }
    }

    /// Whether a commit is planned that has not come to its end.
    fn is_committing(&self) -> bool {
        matches!(self.flushing, Flushing::Planned(_))
            || matches!(self.compacting, Compacting::Planned(_))
            || matches!(self.uploading, Uploading::Planned(_))
    }

    /// One step of copying to the bucket.
    pub(in crate::core::tests) fn step_upload(&mut self) {
        let step = std::mem::replace(&mut self.uploading, Uploading::Idle);
        self.uploading = match step {
            Uploading::Idle => {
                if !self.is_committing() {
                    self.own();
                }
                self.delete_doomed();
                self.core.files().make_room();
                self.core.plan_upload(self.now).map_or(Uploading::Idle, Uploading::Running)
            }
            Uploading::Running(job) => Uploading::Written(job.run()),
            Uploading::Written(uploaded) if self.is_committing() => Uploading::Written(uploaded),
            Uploading::Written(uploaded) => {
                self.core.plan_stored(&uploaded).map(Box::new).map_or(Uploading::Idle, Uploading::Planned)
            }
            Uploading::Planned(commit) => {
                if commit.run(&self.disk).is_ok() {
                    self.uploads += self.core.finish_stored(*commit) as u64;
                    self.core.files().make_room();
                }
                Uploading::Idle
            }
        };
    }

    /// Reads a segment, in full or in part: one that the bucket alone has may come home, and others go. Whatever fails, it is
    /// nobody's loss.
    fn step_reader(&mut self) {
        let snapshot = self.core.snapshot();
        let segments: Vec<_> = snapshot.segments(Signal::Spans, TimeRange::ALL).collect();
        if segments.is_empty() {
            return;
        }
        let meta = segments[self.rng.random_range(0..segments.len())];
        let columns = [None, Some(&["name"][..])][self.rng.random_range(0..2)];
        let _ = self.core.files().read(Signal::Spans, meta, columns);
    }

    /// Takes so many steps, with readers between them, unless the power goes.
    pub(in crate::core::tests) fn live_and_read(&mut self, steps: usize) {
        for _ in 0..steps {
            match self.rng.random_bool(0.25) {
                true if !self.disk.is_dead() => self.step_reader(),
                _ => self.live(1),
            }
        }
    }

    /// Copies all that is due to the bucket, lets the disk forget what does not fit, and removes objects of no use.
    pub(in crate::core::tests) fn upload(&mut self) {
        self.end_commit();
        let mut before = u64::MAX;
        while before != self.uploads {
            before = self.uploads;
            // A copy takes four; one before it may come to nothing, as its segment was merged meanwhile.
            for _ in 0..8 {
                self.step_upload();
            }
        }
        self.delete_doomed();
    }

    /// Lets two days pass, after which all that there is is in the bucket and nothing else is there, if the bucket is well.
    pub(in crate::core::tests) fn come_to_rest_in_bucket(&mut self) {
        self.upload();
        let days = Duration::from_secs(48 * 60 * 60);
        self.now = self.now.plus(days);
        self.backed.as_ref().expect("there is a bucket").clock.advance(days);
        let mut before = u64::MAX;
        while before != self.merges {
            before = self.merges;
            self.compact();
        }
        self.upload();
        self.sweep();
        assert_eq!(self.objects(), self.named_objects(), "all that is named and nothing else");
        let cold = self.core.cold().expect("there is a bucket");
        for segment in Signal::ALL.into_iter().flat_map(|signal| self.core.segments(signal)) {
            let is_here = self.disk.len(&segment.path()).is_ok();
            // What could not be removed stays until the next start; and a disk may not even tell whether it did.
            let stays = self.failed_removals() > self.failed_before
                && (is_here || self.disk.failures(Operation::Len) > 0);
            assert!(
                stays || cold.is_remote(&segment.file) != is_here,
                "it is known where {} is",
                segment.file
            );
        }
        assert!(!cold.is_over(), "the cache has room: {:?}", cold.totals());
    }

    /// The keys of objects of segments.
    pub(in crate::core::tests) fn objects(&self) -> BTreeSet<String> {
        let keys = self.backed.as_ref().expect("there is a bucket").bucket.keys();
        keys.into_iter().filter(|key| key != "ippo-owner.json").collect()
    }

    /// The keys of objects that all segments would have.
    pub(in crate::core::tests) fn named_objects(&self) -> BTreeSet<String> {
        let cold = self.core.cold().expect("there is a bucket");
        let segments = Signal::ALL.into_iter().flat_map(|signal| self.core.segments(signal));
        segments.map(|segment| cold.key(&segment.file)).collect()
    }

    fn delete_doomed(&mut self) {
        let Some(cold) = self.core.cold().cloned() else { return };
        for file in self.core.bury() {
            let _ = self.disk.remove(&file);
        }
        // What fails is tried again.
        let _ = cold.delete_doomed(|| {});
    }

    /// Makes the bucket this run's, unless it or the disk fails.
    pub(in crate::core::tests) fn own(&mut self) {
        let Some(mut claim) = self.core.plan_claim() else { return };
        if claim.look().is_err() {
            return;
        }
        if let Some(commit) = self.core.plan_session(&claim) {
            if commit.run(&self.disk).is_err() {
                return;
            }
            self.core.finish_stored(commit);
        }
        let _ = claim.take();
    }

    /// What a copy of the folder has, on a disk of its own.
    pub(in crate::core::tests) fn copy_of_disk(&self, seed: u64) -> SimDisk {
        let copy = SimDisk::new(seed);
        let folders = ["segments", "ends", "counters", "wal"];
        for folder in folders {
            copy.create_dir(folder).expect("made");
        }
        let files = folders.into_iter().flat_map(|folder| self.files(folder));
        for path in files.chain(["MANIFEST".to_owned()]) {
            copy.write_new(&path, &self.disk.read_all(&path).expect("there")).expect("written");
        }
        copy
    }

    /// Lets objects go that a crash left without a name.
    pub(in crate::core::tests) fn sweep(&mut self) -> Unnamed {
        let cold = self.core.cold().expect("there is a bucket").clone();
        let objects = cold.bucket().list(cold.folder()).expect("it answers");
        let unnamed = self.core.doom_orphans(&objects, self.now);
        self.delete_doomed();
        unnamed
    }

    /// Forgets what the disk and the memory have of segments that left the disk.
    pub(in crate::core::tests) fn forget_ends(&mut self) {
        for file in self.files("ends") {
            self.disk.remove(&file).expect("it is there");
        }
        self.restart();
    }

    /// The bucket answers again, and readers have noticed.
    pub(in crate::core::tests) fn heal_bucket(&mut self) {
        let backed = self.backed.as_ref().expect("there is a bucket");
        backed.bucket.heal();
        backed.clock.advance(Duration::from_secs(60));
        self.end_commit();
        self.own();
        self.core.cold().expect("there is one").hold().expect("it is this run's");
    }
}
