//! What a simulated disk does wrong: one thing on request, or anything by chance for a while.

use std::io;

use rand::RngExt;
use rand_chacha::ChaCha8Rng;

/// What `EMFILE` is.
const TOO_MANY_OPEN_FILES: i32 = 24;

/// What a disk is asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Operation {
    /// A folder is made.
    CreateDir,
    /// A file is begun.
    Create,
    /// Bytes are appended.
    Append,
    /// A file's bytes are made durable.
    Sync,
    /// Bytes are read.
    Read,
    /// A file's length is asked for.
    Len,
    /// A file is cut.
    Truncate,
    /// A file is renamed.
    Rename,
    /// A file is removed.
    Remove,
    /// A folder's names are asked for.
    List,
    /// A folder's names are made durable.
    SyncDir,
}

impl Operation {
    /// Every operation.
    pub const ALL: [Operation; 11] = [
        Operation::CreateDir,
        Operation::Create,
        Operation::Append,
        Operation::Sync,
        Operation::Read,
        Operation::Len,
        Operation::Truncate,
        Operation::Rename,
        Operation::Remove,
        Operation::List,
        Operation::SyncDir,
    ];

    /// Whether it leaves the disk other than it was.
    pub(super) fn is_change(self) -> bool {
        !matches!(self, Operation::CreateDir | Operation::Read | Operation::Len | Operation::List)
    }

    /// Whether it needs room on the disk.
    fn takes_room(self) -> bool {
        use Operation::{Append, Create, CreateDir, Rename, Sync, SyncDir};
        matches!(self, Append | Create | CreateDir | Rename | Sync | SyncDir)
    }

    /// Whether the process opens a file for it.
    fn opens(self) -> bool {
        use Operation::{Create, CreateDir, List, Read, SyncDir, Truncate};
        matches!(self, Create | CreateDir | List | Read | SyncDir | Truncate)
    }

    /// The ways in which it may fail.
    fn faults(self) -> impl Iterator<Item = Fault> {
        let full = self.takes_room().then_some(Fault::Full(self));
        let short = self.opens().then_some(Fault::RunsShort(self));
        let unsure = self.is_change().then_some(Fault::FailsThoughDone(self));
        [Some(Fault::Fails(self)), full, short, unsure].into_iter().flatten()
    }
}

/// What the disk should do wrong the next time that it is asked for something.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fault {
    /// It fails and is not done. Of bytes that were to be appended half are there; bytes that were to be synced are gone.
    Fails(Operation),
    /// It is done, and told as a failure.
    FailsThoughDone(Operation),
    /// It finds no space. Of bytes that were to be appended half are there; bytes that were to be synced stay in the
    /// kernel's memory.
    Full(Operation),
    /// It is not done, as the process has too many files open.
    RunsShort(Operation),
}

impl Fault {
    /// What it strikes.
    pub fn operation(self) -> Operation {
        match self {
            Fault::Fails(operation)
            | Fault::FailsThoughDone(operation)
            | Fault::Full(operation)
            | Fault::RunsShort(operation) => operation,
        }
    }

    pub(super) fn is_done(self) -> bool {
        matches!(self, Fault::FailsThoughDone(_))
    }

    pub(super) fn error(self) -> io::Error {
        match self {
            Fault::Fails(_) | Fault::FailsThoughDone(_) => io::Error::other("simulated EIO"),
            Fault::Full(_) => io::ErrorKind::StorageFull.into(),
            Fault::RunsShort(_) => io::Error::from_raw_os_error(TOO_MANY_OPEN_FILES),
        }
    }
}

/// A bad time: any of some operations may fail, in any way that it can.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Trouble {
    /// Which may fail.
    pub operations: Vec<Operation>,
    /// Of so many one fails.
    pub one_in: u32,
    /// After one of so many failures the power is gone at once, if it ever is.
    pub dies_one_in: Option<u32>,
}

impl Trouble {
    /// How an operation fails now, if it does.
    pub(super) fn strike(&self, operation: Operation, rng: &mut ChaCha8Rng) -> Option<Fault> {
        if !self.operations.contains(&operation) || !rng.random_ratio(1, self.one_in) {
            return None;
        }
        let faults: Vec<Fault> = operation.faults().collect();
        Some(faults[rng.random_range(0..faults.len())])
    }
}
