//! A disk in memory that forgets what was not synced, tears what was half written, and fails on request.

use std::collections::BTreeMap;
use std::io;
use std::sync::{Arc, Condvar, Mutex, MutexGuard};

use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;

use super::{Disk, DiskFile};

const SECTOR_BYTES: usize = 512;

/// What the disk should do wrong next.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fault {
    /// The next append finds no space, after writing part of its bytes.
    Full,
    /// The next sync fails, and the unsynced bytes of that file are gone.
    SyncFails,
    /// The next sync finds no space. The unsynced bytes stay in the kernel's memory.
    SyncFindsNoSpace,
    /// The next read of a file's bytes fails; those after it do not.
    ReadFails,
}

/// A simulated disk. Clones share the same content.
#[derive(Clone)]
pub struct SimDisk {
    state: Arc<Mutex<State>>,
    /// Told when reads may go on.
    reads_go_on: Arc<Condvar>,
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
    faults: Vec<Fault>,
    writes_until_crash: Option<u64>,
    syncs: u64,
    reads: u64,
    /// Whether reads wait, and how many do.
    hold_reads: bool,
    held_reads: usize,
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
            writes_until_crash: None,
            syncs: 0,
            reads: 0,
            hold_reads: false,
            held_reads: 0,
            rng: ChaCha8Rng::seed_from_u64(seed),
        };
        Self { state: Arc::new(Mutex::new(state)), reads_go_on: Arc::default() }
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
        self.lock().faults.push(fault);
    }

    /// Forgets faults that have not happened yet.
    pub fn heal(&self) {
        self.lock().faults.clear();
    }

    /// How many times a file was synced.
    pub fn syncs(&self) -> u64 {
        self.lock().syncs
    }

    /// How many times bytes of a file were read.
    pub fn reads(&self) -> u64 {
        self.lock().reads
    }

    /// Lets reads wait from now on.
    pub fn hold_reads(&self) {
        self.lock().hold_reads = true;
    }

    /// How many reads wait.
    pub fn held_reads(&self) -> usize {
        self.lock().held_reads
    }

    /// Lets the reads that wait go on, and all later ones.
    pub fn release_reads(&self) {
        self.lock().hold_reads = false;
        self.reads_go_on.notify_all();
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

    fn take_fault(&mut self, fault: Fault) -> bool {
        let position = self.faults.iter().position(|f| *f == fault);
        position.map(|at| self.faults.remove(at)).is_some()
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
        Ok(())
    }

    fn create(&self, name: &str) -> io::Result<Box<dyn DiskFile>> {
        let mut state = self.lock();
        state.change()?;
        if state.names.contains_key(name) {
            return Err(io::ErrorKind::AlreadyExists.into());
        }
        let inode = state.next_inode;
        state.next_inode += 1;
        state.inodes.insert(inode, Content::default());
        state.names.insert(name.to_owned(), inode);
        let life = state.life;
        Ok(Box::new(SimFile { disk: self.clone(), inode, life }))
    }

    fn read(&self, name: &str, offset: u64, len: usize) -> io::Result<Vec<u8>> {
        let mut state = self.lock();
        state.held_reads += 1;
        let go_on = self.reads_go_on.wait_while(state, |state| state.hold_reads);
        let mut state = go_on.expect("no panic happens while the lock is held");
        state.held_reads -= 1;
        state.reads += 1;
        let fails = state.take_fault(Fault::ReadFails);
        let content = state.content_mut(name)?;
        if fails {
            return Err(io::Error::other("simulated EIO"));
        }
        let start = usize::try_from(offset).map_err(|_| io::Error::from(io::ErrorKind::UnexpectedEof))?;
        let range = start..start.checked_add(len).ok_or(io::ErrorKind::UnexpectedEof)?;
        content.bytes.get(range).map(<[u8]>::to_vec).ok_or_else(|| io::ErrorKind::UnexpectedEof.into())
    }

    fn len(&self, name: &str) -> io::Result<u64> {
        Ok(self.lock().content_mut(name)?.bytes.len() as u64)
    }

    fn truncate(&self, name: &str, len: u64) -> io::Result<()> {
        let mut state = self.lock();
        state.change()?;
        let content = state.content_mut(name)?;
        content.bytes.truncate(usize::try_from(len).unwrap_or(usize::MAX));
        content.durable_len = content.bytes.len();
        Ok(())
    }

    fn rename(&self, from: &str, to: &str) -> io::Result<()> {
        let mut state = self.lock();
        state.change()?;
        let inode = state.inode(from)?;
        state.names.remove(from);
        state.names.insert(to.to_owned(), inode);
        Ok(())
    }

    fn remove(&self, name: &str) -> io::Result<()> {
        let mut state = self.lock();
        state.change()?;
        state.inode(name)?;
        state.names.remove(name);
        Ok(())
    }

    fn list(&self, dir: &str) -> io::Result<Vec<String>> {
        let state = self.lock();
        let direct = state.names.keys().filter(|name| folder(name) == dir);
        Ok(direct.map(|name| name.rsplit('/').next().unwrap_or(name).to_owned()).collect())
    }

    fn sync_dir(&self, dir: &str) -> io::Result<()> {
        let mut state = self.lock();
        state.change()?;
        state.durable_names.retain(|name, _| folder(name) != dir);
        let now: Vec<(String, u64)> = state
            .names
            .iter()
            .filter(|(name, _)| folder(name) == dir)
            .map(|(n, i)| (n.clone(), *i))
            .collect();
        state.durable_names.extend(now);
        Ok(())
    }
}

struct SimFile {
    disk: SimDisk,
    inode: u64,
    life: u64,
}

impl SimFile {
    fn with<T>(&self, act: impl FnOnce(&mut State) -> io::Result<T>) -> io::Result<T> {
        let mut state = self.disk.lock();
        if state.life != self.life {
            return Err(dead());
        }
        state.change()?;
        act(&mut state)
    }
}

impl DiskFile for SimFile {
    fn append(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.with(|state| {
            let full = state.take_fault(Fault::Full);
            let content = state.inodes.get_mut(&self.inode).expect("an open file has an inode");
            let written = if full { &bytes[..bytes.len() / 2] } else { bytes };
            content.bytes.extend_from_slice(written);
            if full { Err(io::ErrorKind::StorageFull.into()) } else { Ok(()) }
        })
    }

    fn sync(&mut self) -> io::Result<()> {
        self.with(|state| {
            if state.take_fault(Fault::SyncFindsNoSpace) {
                return Err(io::ErrorKind::StorageFull.into());
            }
            let fails = state.take_fault(Fault::SyncFails);
            let content = state.inodes.get_mut(&self.inode).expect("an open file has an inode");
            if fails {
                // The kernel marks the pages clean and may lose them; the file looks whole until a restart.
                let lost = content.durable_len..content.bytes.len();
                content.bytes[lost].fill(0);
                return Err(io::Error::other("simulated EIO"));
            }
            content.durable_len = content.bytes.len();
            state.syncs += 1;
            Ok(())
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn synced_bytes_under_a_synced_name_survive_every_crash() {
        for seed in 0..200 {
            let disk = SimDisk::new(seed);
            let mut file = disk.create("wal/1").expect("created");
            file.append(b"kept").expect("appended");
            file.sync().expect("synced");
            disk.sync_dir("wal").expect("synced");
            file.append(&[7; 2000]).expect("appended");
            disk.crash();
            let bytes = disk.read_all("wal/1").expect("the name was synced");
            assert!(bytes.starts_with(b"kept"), "seed {seed}");
            assert!(file.append(b"x").is_err(), "a file does not outlive its machine");
        }
    }

    #[test]
    fn an_unsynced_rename_may_be_undone_but_never_halved() {
        let mut seen = [false; 2];
        for seed in 0..50 {
            let disk = SimDisk::new(seed);
            disk.write_new("MANIFEST", b"old").expect("written");
            disk.sync_dir("").expect("synced");
            disk.write_new("MANIFEST.new", b"new").expect("written");
            disk.rename("MANIFEST.new", "MANIFEST").expect("renamed");
            disk.crash();
            match disk.read_all("MANIFEST").expect("one of the two").as_slice() {
                b"old" => seen[0] = true,
                b"new" => seen[1] = true,
                other => panic!("seed {seed}: {other:?}"),
            }
        }
        assert_eq!(seen, [true, true]);
    }
}
