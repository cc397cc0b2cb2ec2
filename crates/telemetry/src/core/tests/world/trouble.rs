//! A disk of which any operation may fail, for a while and by chance, and what must be so when it is well again.

use ippo_base::disk::{Operation, Trouble};

use super::*;
use crate::manifest::Manifest;

impl World {
    /// From now on some operations of the disk fail by chance; after a failure the power may go.
    pub(in crate::core::tests) fn begin_trouble(&mut self) {
        let share = [0.2, 0.5, 1.0][self.rng.random_range(0..3)];
        let operations: Vec<Operation> =
            Operation::ALL.into_iter().filter(|_| self.rng.random_bool(share)).collect();
        let one_in = [2, 5, 20][self.rng.random_range(0..3)];
        let dies_one_in = self.rng.random_bool(0.3).then_some(10);
        self.disk.trouble(Trouble { operations, one_in, dies_one_in });
        self.in_trouble = true;
    }

    /// The disk is well again, and so is the power, should it have gone with the last operation.
    pub(in crate::core::tests) fn end_trouble(&mut self) {
        self.disk.heal();
        self.in_trouble = false;
        if self.disk.is_dead() {
            self.crash();
        }
        let failed_reads = self.disk.failures(Operation::Read) + self.disk.failures(Operation::Len);
        let held = self.core.plan_verification();
        assert!(held.is_empty() || failed_reads > 0, "all could be read");
        for job in held {
            assert!(job.run(), "what could not be read is whole");
        }
        self.check();
    }

    /// What must be so once the disk is well again: nothing is lost, nothing is in the way of anything, and nothing is left
    /// behind that takes room.
    pub(in crate::core::tests) fn check_it_goes_on(&mut self) {
        assert!(!self.in_trouble && !self.disk.is_dead());
        self.send_anew();
        self.come_to_rest();
        self.check();
        self.filling.clear();
        self.send_anew();
        self.flush();
        for file in self.core.bury() {
            self.disk.remove(&file).expect("it is there");
        }
        let log: u64 = self.files("wal").iter().map(|file| self.disk.len(file).expect("there")).sum();
        assert_eq!((log, self.wal.bytes()), (0, 0), "all of the log is in segments");
        // What could not be removed stays until the next start.
        if self.failed_removals() == self.failed_before {
            assert_eq!(self.useless(), Vec::<String>::new(), "what failed left nothing");
        }
    }

    /// Writes all that is in memory, and merges all that is due.
    pub(super) fn come_to_rest(&mut self) {
        self.end_commit();
        while !matches!(self.flushing, Flushing::Idle) {
            self.step_flush();
        }
        self.flush();
        self.compact();
        // Who copies a segment reads it.
        while !matches!(self.uploading, Uploading::Idle) {
            self.step_upload();
        }
    }

    /// Files of the store that nothing names.
    pub(in crate::core::tests) fn useless(&self) -> Vec<String> {
        let named = self.named();
        let folders = ["segments", "ends", "counters", "batches"];
        folders
            .into_iter()
            .flat_map(|folder| self.files(folder))
            .filter(|file| !named.contains(file))
            .collect()
    }

    /// Files that the manifest names, those of ends among them that may be there.
    pub(super) fn named(&self) -> BTreeSet<String> {
        let manifest = Manifest::read(&self.disk).expect("there");
        let Manifest { segments, days, kept, batch_files, remote, .. } = &manifest;
        let mut named: BTreeSet<String> = segments.iter().map(|meta| meta.path()).collect();
        let of_counts = days.iter().map(|day| &day.file).chain(kept.iter().map(|kept| &kept.file));
        named.extend(of_counts.map(|file| format!("counters/{file}")));
        named.extend(batch_files.iter().map(|meta| format!("batches/{}", meta.file)));
        named.extend(remote.iter().flat_map(|remote| &remote.stored).map(|file| format!("ends/{file}")));
        named
    }

    pub(super) fn failed_removals(&self) -> u64 {
        self.disk.failures(Operation::Remove) + self.disk.failures(Operation::List)
    }

    fn send_anew(&mut self) {
        let batch = self.batch();
        assert!(self.append(&[batch]), "a disk that is well takes what comes");
    }
}
