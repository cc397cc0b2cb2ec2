//! A disk in memory that forgets what was not synced, tears what was half written, and fails on request.

use std::collections::BTreeMap;
use std::io;
use std::sync::{Arc, Condvar, Mutex, MutexGuard};

use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;

use super::{Disk, DiskFile};

mod fault;
#[cfg(test)]
mod tests;

pub use fault::{Fault, Operation, Trouble};

const SECTOR_BYTES: usize = 512;

/// A simulated disk. Clones share the same content.
#[derive(Clone)]
pub struct SimDisk {
    state: Arc<Mutex<State>>,
    /// Told when what was held back may go on.
    go_on: Arc<Condvar>,
}

#[derive(Clone, Default)]
struct Content {
    bytes: Vec<u8>,
    durable_len: usize,
}

struct State {
    /// What the process sees: name to inode.
    names: BTreeMap<String, u64>,
    /// What survives a power cut: name to inode, as of the last sync of its folder.
    durable_names: BTreeMap<String, u64>,
    inodes: BTreeMap<u64, Content>,
    next_inode: u64,
    /// Counted up at each crash: files opened before it are dead.
    life: u64,
    /// Each with how many operations of its kind are to go well before it.
    faults: Vec<(usize, Fault)>,
    trouble: Option<Trouble>,
    /// How many operations failed.
    failures: BTreeMap<Operation, u64>,
    writes_until_crash: Option<u64>,
    syncs: u64,
    reads: u64,
    /// Operations that wait, and how many of each do.
    held: BTreeMap<Operation, usize>,
    rng: ChaCha8Rng,
}

impl SimDisk {
    /// An empty disk whose accidents follow from `seed`.
    pub fn new(seed: u64) -> Self {
        let state = State {
            names: BTreeMap::new(),
            durable_names: BTreeMap::new(),
            inodes: BTreeMap::new(),
            next_inode: 1,
            life: 0,
            faults: Vec::new(),
            trouble: None,
            failures: BTreeMap::new(),
            writes_until_crash: None,
            syncs: 0,
            reads: 0,
            held: BTreeMap::new(),
            rng: ChaCha8Rng::seed_from_u64(seed),
        };
        Self { state: Arc::new(Mutex::new(state)), go_on: Arc::default() }
    }

    /// Cuts the power: unsynced bytes survive by whim, sector by sector; unsynced names likewise.
    /// Files that were open can no longer be used.
    pub fn crash(&self) {
        self.lock().crash();
    }

    /// Lets the disk die after `writes` more operations that change it: each of them then fails until
    /// [`SimDisk::crash`] is called.
    pub fn die_after(&self, writes: u64) {
        self.lock().writes_until_crash = Some(writes);
    }

    /// Whether the disk has died by [`SimDisk::die_after`].
    pub fn is_dead(&self) -> bool {
        self.lock().writes_until_crash == Some(0)
    }

    /// Arranges for something to go wrong.
    pub fn inject(&self, fault: Fault) {
        self.inject_after(0, fault);
    }

    /// Arranges for something to go wrong once so many operations of its kind went well.
    pub fn inject_after(&self, good: usize, fault: Fault) {
        self.lock().faults.push((good, fault));
    }

    /// Lets things go wrong by chance until [`SimDisk::heal`] is called.
    pub fn trouble(&self, trouble: Trouble) {
        self.lock().trouble = Some(trouble);
    }

    /// Forgets faults that have not happened yet, and ends trouble.
    pub fn heal(&self) {
        let mut state = self.lock();
        state.faults.clear();
        state.trouble = None;
    }

    /// How many operations of a kind failed, by a fault or in trouble.
    pub fn failures(&self, operation: Operation) -> u64 {
        self.lock().failures.get(&operation).copied().unwrap_or(0)
    }

    /// How many times a file was synced.
    pub fn syncs(&self) -> u64 {
        self.lock().syncs
    }

    /// How many times bytes of a file were read.
    pub fn reads(&self) -> u64 {
        self.lock().reads
    }

    /// Lets such operations wait from now on.
    pub fn hold(&self, operation: Operation) {
        self.lock().held.entry(operation).or_default();
    }

    /// How many of them wait.
    pub fn held(&self, operation: Operation) -> usize {
        self.lock().held.get(&operation).copied().unwrap_or(0)
    }

    /// Lets those that wait go on, and all later ones.
    pub fn release(&self, operation: Operation) {
        self.lock().held.remove(&operation);
        self.go_on.notify_all();
    }

    /// Flips one bit of a file, as a worn disk does.
    pub fn flip_bit(&self, name: &str, offset: usize, bit: u8) -> io::Result<()> {
        let mut state = self.lock();
        let content = state.content_mut(name)?;
        let byte = content.bytes.get_mut(offset).ok_or(io::ErrorKind::UnexpectedEof)?;
        *byte ^= 1 << (bit % 8);
        Ok(())
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().expect("no panic happens while the lock is held")
    }

    /// Begins an operation, once it is not held back.
    fn begin(&self, operation: Operation) -> MutexGuard<'_, State> {
        let mut state = self.lock();
        if let Some(waiting) = state.held.get_mut(&operation) {
            *waiting += 1;
            let go_on = self.go_on.wait_while(state, |state| state.held.contains_key(&operation));
            state = go_on.expect("no panic happens while the lock is held");
        }
        state
    }
}

fn dead() -> io::Error {
    io::Error::other("the simulated machine has lost power")
}

fn folder(name: &str) -> &str {
    name.rsplit_once('/').map_or("", |(dir, _)| dir)
}

impl State {
    fn inode(&self, name: &str) -> io::Result<u64> {
        self.names.get(name).copied().ok_or_else(|| io::Error::new(io::ErrorKind::NotFound, name.to_owned()))
    }

    fn content_mut(&mut self, name: &str) -> io::Result<&mut Content> {
        let inode = self.inode(name)?;
        Ok(self.inodes.get_mut(&inode).expect("every name has an inode"))
    }

    fn change(&mut self) -> io::Result<()> {
        match &mut self.writes_until_crash {
            Some(0) => Err(dead()),
            Some(left) => {
                *left -= 1;
                if *left == 0 { Err(dead()) } else { Ok(()) }
            }
            None => Ok(()),
        }
    }

    /// What goes wrong with an operation, if anything does.
    fn strike(&mut self, operation: Operation) -> Option<Fault> {
        let asked = self.faults.iter().position(|(_, fault)| fault.operation() == operation);
        let fault = match asked.map(|at| (at, &mut self.faults[at].0)) {
            Some((at, 0)) => self.faults.remove(at).1,
            Some((_, good)) => {
                *good -= 1;
                return None;
            }
            None => self.trouble.as_ref()?.strike(operation, &mut self.rng)?,
        };
        *self.failures.entry(operation).or_default() += 1;
        let dies = self.trouble.as_ref().and_then(|trouble| trouble.dies_one_in);
        if dies.is_some_and(|one_in| self.rng.random_ratio(1, one_in)) {
            self.writes_until_crash = Some(0);
        }
        Some(fault)
    }

    /// Does what is asked for, unless the power is gone or it fails.
    fn attempt<T>(
        &mut self,
        operation: Operation,
        act: impl FnOnce(&mut Self) -> io::Result<T>,
    ) -> io::Result<T> {
        if operation.is_change() {
            self.change()?;
        }
        match self.strike(operation) {
            None => act(self),
            Some(fault) if fault.is_done() => act(self).and(Err(fault.error())),
            Some(fault) => Err(fault.error()),
        }
    }

    fn crash(&mut self) {
        self.life += 1;
        self.writes_until_crash = None;
        let mut names = self.durable_names.clone();
        let unsynced: Vec<String> = self
            .names
            .keys()
            .chain(self.durable_names.keys())
            .filter(|name| self.names.get(*name) != self.durable_names.get(*name))
            .cloned()
            .collect();
        for name in unsynced {
            if self.rng.random_bool(0.5) {
                match self.names.get(&name) {
                    Some(inode) => names.insert(name, *inode),
                    None => names.remove(&name),
                };
            }
        }
        for content in self.inodes.values_mut() {
            tear(content, &mut self.rng);
        }
        self.names = names.clone();
        self.durable_names = names;
    }
}

/// Keeps the durable bytes; of the rest, each sector is kept, zeroed or garbled, and the length is any.
fn tear(content: &mut Content, rng: &mut ChaCha8Rng) {
    let unsynced = content.bytes.len() - content.durable_len;
    if unsynced > 0 {
        let kept = rng.random_range(0..=unsynced);
        content.bytes.truncate(content.durable_len + kept);
        let mut start = content.durable_len;
        while start < content.bytes.len() {
            let end = ((start / SECTOR_BYTES + 1) * SECTOR_BYTES).min(content.bytes.len());
            match rng.random_range(0..4) {
                0 => content.bytes[start..end].fill(0),
                1 => rng.fill(&mut content.bytes[start..end]),
                _ => {}
            }
            start = end;
        }
    }
    content.durable_len = content.bytes.len();
}

impl Disk for SimDisk {
    fn create_dir(&self, _dir: &str) -> io::Result<()> {
        self.begin(Operation::CreateDir).attempt(Operation::CreateDir, |_| Ok(()))
    }

    fn create(&self, name: &str) -> io::Result<Box<dyn DiskFile>> {
        self.begin(Operation::Create).attempt(Operation::Create, |state| {
            if state.names.contains_key(name) {
                return Err(io::ErrorKind::AlreadyExists.into());
            }
            let inode = state.next_inode;
            state.next_inode += 1;
            state.inodes.insert(inode, Content::default());
            state.names.insert(name.to_owned(), inode);
            let file: Box<dyn DiskFile> = Box::new(SimFile { disk: self.clone(), inode, life: state.life });
            Ok(file)
        })
    }

    fn read(&self, name: &str, offset: u64, len: usize) -> io::Result<Vec<u8>> {
        let mut state = self.begin(Operation::Read);
        state.reads += 1;
        state.attempt(Operation::Read, |state| {
            let content = state.content_mut(name)?;
            let start = usize::try_from(offset).map_err(|_| io::Error::from(io::ErrorKind::UnexpectedEof))?;
            let range = start..start.checked_add(len).ok_or(io::ErrorKind::UnexpectedEof)?;
            content.bytes.get(range).map(<[u8]>::to_vec).ok_or_else(|| io::ErrorKind::UnexpectedEof.into())
        })
    }

    fn len(&self, name: &str) -> io::Result<u64> {
        let length = |state: &mut State| Ok(state.content_mut(name)?.bytes.len() as u64);
        self.begin(Operation::Len).attempt(Operation::Len, length)
    }

    fn truncate(&self, name: &str, len: u64) -> io::Result<()> {
        self.begin(Operation::Truncate).attempt(Operation::Truncate, |state| {
            let content = state.content_mut(name)?;
            content.bytes.truncate(usize::try_from(len).unwrap_or(usize::MAX));
            content.durable_len = content.bytes.len();
            Ok(())
        })
    }

    fn rename(&self, from: &str, to: &str) -> io::Result<()> {
        self.begin(Operation::Rename).attempt(Operation::Rename, |state| {
            let inode = state.inode(from)?;
            state.names.remove(from);
            state.names.insert(to.to_owned(), inode);
            Ok(())
        })
    }

    fn remove(&self, name: &str) -> io::Result<()> {
        self.begin(Operation::Remove).attempt(Operation::Remove, |state| {
            state.inode(name)?;
            state.names.remove(name);
            Ok(())
        })
    }

    fn list(&self, dir: &str) -> io::Result<Vec<String>> {
        self.begin(Operation::List).attempt(Operation::List, |state| {
            let direct = state.names.keys().filter(|name| folder(name) == dir);
            Ok(direct.map(|name| name.rsplit('/').next().unwrap_or(name).to_owned()).collect())
        })
    }

    fn sync_dir(&self, dir: &str) -> io::Result<()> {
        self.begin(Operation::SyncDir).attempt(Operation::SyncDir, |state| {
            state.durable_names.retain(|name, _| folder(name) != dir);
            let now: Vec<(String, u64)> = state
                .names
                .iter()
                .filter(|(name, _)| folder(name) == dir)
                .map(|(n, i)| (n.clone(), *i))
                .collect();
            state.durable_names.extend(now);
            Ok(())
        })
    }
}

struct SimFile {
    disk: SimDisk,
    inode: u64,
    life: u64,
}

impl SimFile {
    /// Does something with the file's bytes, knowing what goes wrong with it.
    fn with(&self, operation: Operation, act: impl FnOnce(&mut Content, Option<Fault>)) -> io::Result<()> {
        let mut state = self.disk.begin(operation);
        if state.life != self.life {
            return Err(dead());
        }
        state.change()?;
        let fault = state.strike(operation);
        act(state.inodes.get_mut(&self.inode).expect("an open file has an inode"), fault);
        match fault {
            Some(fault) => Err(fault.error()),
            None => {
                state.syncs += u64::from(operation == Operation::Sync);
                Ok(())
            }
        }
    }
}

impl DiskFile for SimFile {
    fn append(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.with(Operation::Append, |content, fault| {
            let is_whole = fault.is_none_or(Fault::is_done);
            let written = if is_whole { bytes } else { &bytes[..bytes.len() / 2] };
            content.bytes.extend_from_slice(written);
        })
    }

    fn sync(&mut self) -> io::Result<()> {
        self.with(Operation::Sync, |content, fault| match fault {
            None | Some(Fault::FailsThoughDone(_)) => content.durable_len = content.bytes.len(),
            Some(Fault::Fails(_)) => {
                // The kernel marks the pages clean and may lose them; the file looks whole until a restart.
                let lost = content.durable_len..content.bytes.len();
                content.bytes[lost].fill(0);
            }
            Some(Fault::Full(_) | Fault::RunsShort(_)) => {}
        })
    }
}
