//! The operating system's files below one folder, which only one process may hold.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Write};
use std::os::unix::fs::FileExt;
use std::path::{Path, PathBuf};

use super::{Disk, DiskFile, DiskSpace};

/// A real folder, locked for as long as this value lives.
#[derive(Debug)]
pub struct RealDisk {
    root: PathBuf,
    _lock: Option<File>,
}

/// Why a folder could not be taken.
#[derive(Debug, thiserror::Error)]
pub enum LockError {
    /// Another process holds it.
    #[error("the data folder {0} is in use by another ippo; stop that one, or choose another --data-dir")]
    Held(PathBuf),
    /// The folder could not be made or opened.
    #[error("cannot use the data folder {path}: {source}")]
    Io {
        /// The folder.
        path: PathBuf,
        /// What the operating system said.
        source: io::Error,
    },
}

impl RealDisk {
    /// Makes the folder if needed and locks it against other processes.
    pub fn lock(root: &Path) -> Result<Self, LockError> {
        let io_error = |source| LockError::Io { path: root.to_owned(), source };
        create_durably(root).map_err(io_error)?;
        let lock = OpenOptions::new()
            .create(true)
            .truncate(false)
            .write(true)
            .open(root.join("LOCK"))
            .map_err(io_error)?;
        match lock.try_lock() {
            Ok(()) => Ok(Self { root: root.to_owned(), _lock: Some(lock) }),
            Err(fs::TryLockError::WouldBlock) => Err(LockError::Held(root.to_owned())),
            Err(fs::TryLockError::Error(source)) => Err(io_error(source)),
        }
    }

    /// Opens a folder without locking it, for reading beside its owner.
    pub fn unlocked(root: &Path) -> Self {
        Self { root: root.to_owned(), _lock: None }
    }

    /// The folder's path.
    pub fn root(&self) -> &Path {
        &self.root
    }

    fn path(&self, name: &str) -> PathBuf {
        self.root.join(name)
    }
}

/// Makes a folder and those above it that are missing, so that they are there after a power cut too.
fn create_durably(folder: &Path) -> io::Result<()> {
    let parent = match folder.parent() {
        Some(parent) if parent.as_os_str().is_empty() => Path::new("."),
        Some(parent) => parent,
        None => return Ok(()),
    };
    if folder.is_dir() {
        return Ok(());
    }
    create_durably(parent)?;
    match fs::create_dir(folder) {
        Ok(()) => File::open(parent)?.sync_all(),
        // Another process was quicker.
        Err(_) if folder.is_dir() => Ok(()),
        Err(error) => Err(error),
    }
}

impl Disk for RealDisk {
    fn create_dir(&self, dir: &str) -> io::Result<()> {
        fs::create_dir_all(self.path(dir))?;
        File::open(&self.root)?.sync_all()
    }

    fn create(&self, name: &str) -> io::Result<Box<dyn DiskFile>> {
        let file = OpenOptions::new().create_new(true).append(true).open(self.path(name))?;
        Ok(Box::new(RealFile { file }))
    }

    fn read(&self, name: &str, offset: u64, len: usize) -> io::Result<Vec<u8>> {
        let mut bytes = vec![0; len];
        File::open(self.path(name))?.read_exact_at(&mut bytes, offset)?;
        Ok(bytes)
    }

    fn len(&self, name: &str) -> io::Result<u64> {
        Ok(fs::metadata(self.path(name))?.len())
    }

    fn truncate(&self, name: &str, len: u64) -> io::Result<()> {
        let file = OpenOptions::new().write(true).open(self.path(name))?;
        file.set_len(len)?;
        file.sync_all()
    }

    fn rename(&self, from: &str, to: &str) -> io::Result<()> {
        fs::rename(self.path(from), self.path(to))
    }

    fn remove(&self, name: &str) -> io::Result<()> {
        fs::remove_file(self.path(name))
    }

    fn list(&self, dir: &str) -> io::Result<Vec<String>> {
        let mut names = Vec::new();
        for entry in fs::read_dir(self.path(dir))? {
            let entry = entry?;
            if entry.file_type()?.is_file() {
                names.push(entry.file_name().to_string_lossy().into_owned());
            }
        }
        names.sort();
        Ok(names)
    }

    fn sync_dir(&self, dir: &str) -> io::Result<()> {
        File::open(self.path(dir))?.sync_all()
    }

    fn space(&self) -> io::Result<Option<DiskSpace>> {
        let found = nix::sys::statvfs::statvfs(&self.root)?;
        let bytes = |blocks: u64| blocks * found.fragment_size();
        Ok(Some(DiskSpace {
            free_bytes: bytes(found.blocks_available()),
            total_bytes: bytes(found.blocks()),
        }))
    }
}

struct RealFile {
    file: File,
}

impl DiskFile for RealFile {
    fn append(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.file.write_all(bytes)
    }

    fn sync(&mut self) -> io::Result<()> {
        self.file.sync_data()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_folder_is_held_by_one_only() {
        let dir = tempfile::tempdir().expect("a temporary folder");
        let first = RealDisk::lock(dir.path()).expect("free");
        assert!(matches!(RealDisk::lock(dir.path()), Err(LockError::Held(_))));
        drop(first);
        RealDisk::lock(dir.path()).expect("free again");
    }

    #[test]
    fn a_folder_is_made_with_those_above_it() {
        let dir = tempfile::tempdir().expect("a temporary folder");
        let deep = dir.path().join("a/b/c");
        drop(RealDisk::lock(&deep).expect("made"));
        RealDisk::lock(&deep).expect("there already");
        let file = dir.path().join("file");
        fs::write(&file, "").expect("written");
        assert!(matches!(RealDisk::lock(&file.join("d")), Err(LockError::Io { .. })));
    }

    #[test]
    fn a_real_disk_says_how_much_room_it_has() {
        let dir = tempfile::tempdir().expect("a temporary folder");
        let space = RealDisk::unlocked(dir.path()).space().expect("asked").expect("known");
        assert!(0 < space.free_bytes && space.free_bytes <= space.total_bytes, "{space:?}");
    }

    #[test]
    fn appends_reads_and_truncates() {
        let dir = tempfile::tempdir().expect("a temporary folder");
        let disk = RealDisk::lock(dir.path()).expect("free");
        disk.create_dir("wal").expect("made");
        disk.write_new("wal/1", b"hello world").expect("written");
        assert!(disk.create("wal/1").is_err(), "a name is created once");
        assert_eq!(disk.read("wal/1", 6, 5).expect("read"), b"world");
        disk.truncate("wal/1", 5).expect("cut");
        assert_eq!(disk.read_all("wal/1").expect("read"), b"hello");
        assert_eq!(disk.list("wal").expect("listed"), ["1"]);
    }
}
