//! The disk as an object: just what a write-ahead log and immutable files need.
//!
//! Durability is explicit. Bytes are durable after [`DiskFile::sync`]; a created, renamed or removed name is
//! durable after [`Disk::sync_dir`]. Nothing here retries, caches or hides an error.

use std::io;
use std::sync::Arc;

mod real;
#[cfg(feature = "sim")]
mod sim;

pub use real::{LockError, RealDisk};
#[cfg(feature = "sim")]
pub use sim::{Fault, Operation, SimDisk, Trouble};

/// What the operating system says when the process, or the machine, has too many files open (`EMFILE`, `ENFILE`).
const TOO_MANY_OPEN_FILES: [i32; 2] = [24, 23];

/// The room on a disk.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct DiskSpace {
    /// Bytes that may still be written by this process.
    pub free_bytes: u64,
    /// Bytes in all.
    pub total_bytes: u64,
}

/// A folder of files. Names are relative, with `/` between parts.
pub trait Disk: Send + Sync {
    /// Makes a folder and its parents; no error if it is there.
    fn create_dir(&self, dir: &str) -> io::Result<()>;
    /// Creates a new file to append to. [`io::ErrorKind::AlreadyExists`] if the name is taken.
    fn create(&self, name: &str) -> io::Result<Box<dyn DiskFile>>;
    /// Reads exactly `len` bytes at `offset`. [`io::ErrorKind::UnexpectedEof`] if the file is shorter.
    fn read(&self, name: &str, offset: u64, len: usize) -> io::Result<Vec<u8>>;
    /// The file's length in bytes.
    fn len(&self, name: &str) -> io::Result<u64>;
    /// Cuts the file to `len` bytes and makes that durable.
    fn truncate(&self, name: &str, len: u64) -> io::Result<()>;
    /// Renames a file within one folder, replacing what had the new name.
    fn rename(&self, from: &str, to: &str) -> io::Result<()>;
    /// Removes a file.
    fn remove(&self, name: &str) -> io::Result<()>;
    /// The names of the files directly in `dir`, sorted, without the folder.
    fn list(&self, dir: &str) -> io::Result<Vec<String>>;
    /// Makes creations, renames and removals in `dir` durable.
    fn sync_dir(&self, dir: &str) -> io::Result<()>;

    /// The room on it, where that is known.
    fn space(&self) -> io::Result<Option<DiskSpace>> {
        Ok(None)
    }

    /// The whole file.
    fn read_all(&self, name: &str) -> io::Result<Vec<u8>> {
        let len =
            usize::try_from(self.len(name)?).map_err(|_| io::Error::from(io::ErrorKind::FileTooLarge))?;
        self.read(name, 0, len)
    }

    /// Writes a whole new file and makes its bytes durable, not yet its name.
    fn write_new(&self, name: &str, bytes: &[u8]) -> io::Result<()> {
        let mut file = self.create(name)?;
        file.append(bytes)?;
        file.sync()
    }
}

/// A file that is being appended to.
pub trait DiskFile: Send {
    /// Appends all of `bytes`. After an error the file's tail is unknown.
    fn append(&mut self, bytes: &[u8]) -> io::Result<()>;
    /// Makes everything appended so far durable (`fdatasync`). After an error it must not be tried again on
    /// this file: the kernel may have dropped the dirty pages.
    fn sync(&mut self) -> io::Result<()>;
}

/// A disk that many parts share.
pub type SharedDisk = Arc<dyn Disk>;

/// Whether the error says that there is no space left.
pub fn is_full(error: &io::Error) -> bool {
    matches!(error.kind(), io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded)
}

/// Whether the error says that the process has run short of something, and nothing about the file.
pub fn is_passing(error: &io::Error) -> bool {
    use io::ErrorKind::{Interrupted, OutOfMemory, WouldBlock};
    matches!(error.kind(), Interrupted | OutOfMemory | WouldBlock)
        || error.raw_os_error().is_some_and(|code| TOO_MANY_OPEN_FILES.contains(&code))
}
