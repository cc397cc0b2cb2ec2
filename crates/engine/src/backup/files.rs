//! Files on their way: copied or linked, read to their last byte for their checksum, and made durable as they go.

use std::fs::{File, OpenOptions};
use std::io::{self, Read as _, Write as _};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, PoisonError};

use super::{BackupError, FileEntry};

/// Bytes that are read at a time.
const CHUNK_BYTES: usize = 1024 * 1024;
/// Bytes that may wait for the disk. Were they many, the write-ahead log's next sync would wait behind them.
const UNSYNCED_BYTES: usize = 16 * 1024 * 1024;

/// How far long work is.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Done {
    /// Files that are done.
    pub files: u64,
    /// Files in all, as far as that is known yet.
    pub files_all: u64,
    /// Bytes that are done.
    pub bytes: u64,
    /// Bytes in all, as far as that is known yet.
    pub bytes_all: u64,
}

/// How far long work is, for those who watch it, and their way to end it.
#[derive(Debug, Default)]
pub struct Progress {
    done: Mutex<Done>,
    stopped: AtomicBool,
}

impl Progress {
    /// How far it is.
    pub fn done(&self) -> Done {
        *self.done.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Asks the work to end, with nothing left of it.
    pub fn stop(&self) {
        self.stopped.store(true, Ordering::SeqCst);
    }

    pub(super) fn expect(&self, files: u64, bytes: u64) {
        let mut done = self.done.lock().unwrap_or_else(PoisonError::into_inner);
        done.files_all += files;
        done.bytes_all += bytes;
    }

    pub(super) fn finish_file(&self) {
        self.done.lock().unwrap_or_else(PoisonError::into_inner).files += 1;
    }

    pub(super) fn add_bytes(&self, bytes: u64) {
        self.done.lock().unwrap_or_else(PoisonError::into_inner).bytes += bytes;
    }

    fn go_on(&self) -> Result<(), BackupError> {
        if self.stopped.load(Ordering::SeqCst) { Err(BackupError::Stopped) } else { Ok(()) }
    }
}

/// What a file's bytes are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Sum {
    pub(super) bytes: u64,
    pub(super) crc: u32,
}

impl Sum {
    pub(super) fn of(bytes: &[u8]) -> Self {
        Self { bytes: bytes.len() as u64, crc: crc32c::crc32c(bytes) }
    }

    /// With more bytes behind.
    fn and(self, chunk: &[u8]) -> Self {
        Self { bytes: self.bytes + chunk.len() as u64, crc: crc32c::crc32c_append(self.crc, chunk) }
    }

    pub(super) fn entry(self, path: &str) -> FileEntry {
        FileEntry { path: path.to_owned(), bytes: self.bytes, crc32c: self.crc }
    }
}

/// What became of reading a file: its sum, or why the file itself is to blame.
pub(super) type Read = Result<Sum, io::Error>;

/// Writes a new file for its owner's eyes alone and makes its bytes durable.
pub(super) fn write(path: &Path, bytes: &[u8]) -> Result<Sum, BackupError> {
    let failed = BackupError::io(path);
    let written = create(path).and_then(|mut file| {
        file.write_all(bytes)?;
        file.sync_all()
    });
    written.map_err(failed)?;
    Ok(Sum::of(bytes))
}

/// Copies a file into a new one for its owner's eyes alone and makes its bytes durable.
///
/// # Errors
/// When the new file fails, or the work was stopped. A failure of the other file is the inner result.
pub(super) fn copy(from: &Path, to: &Path, progress: &Progress) -> Result<Read, BackupError> {
    let mut source = match File::open(from) {
        Ok(source) => source,
        Err(error) => return Ok(Err(error)),
    };
    let mut writing = Writing::begin(to, progress)?;
    match read_through(&mut source, progress, |chunk| writing.write(chunk))? {
        Ok(_) => Ok(Ok(writing.finish()?)),
        Err(error) => Ok(Err(error)),
    }
}

/// A new file for its owner's eyes alone, whose bytes come from somewhere.
pub(super) struct Writing<'a> {
    to: &'a Path,
    file: File,
    sum: Sum,
    /// Bytes that wait for the disk.
    unsynced: usize,
    progress: &'a Progress,
}

impl<'a> Writing<'a> {
    pub(super) fn begin(to: &'a Path, progress: &'a Progress) -> Result<Self, BackupError> {
        let file = create(to).map_err(BackupError::io(to))?;
        Ok(Self { to, file, sum: Sum { bytes: 0, crc: 0 }, unsynced: 0, progress })
    }

    /// # Errors
    /// Also when the work was stopped.
    pub(super) fn write(&mut self, chunk: &[u8]) -> Result<(), BackupError> {
        self.progress.go_on()?;
        self.file.write_all(chunk).map_err(BackupError::io(self.to))?;
        self.sum = self.sum.and(chunk);
        self.unsynced += chunk.len();
        if self.unsynced >= UNSYNCED_BYTES {
            self.unsynced = 0;
            self.file.sync_data().map_err(BackupError::io(self.to))?;
        }
        self.progress.add_bytes(chunk.len() as u64);
        Ok(())
    }

    /// Makes its bytes durable, and says what they are.
    pub(super) fn finish(self) -> Result<Sum, BackupError> {
        self.file.sync_all().map_err(BackupError::io(self.to))?;
        Ok(self.sum)
    }
}

/// Reads a file to its end.
///
/// # Errors
/// When the work was stopped. A failure of the file is the inner result.
pub(super) fn sum(path: &Path, progress: &Progress) -> Result<Read, BackupError> {
    match File::open(path) {
        Ok(mut file) => read_through(&mut file, progress, |chunk| {
            progress.add_bytes(chunk.len() as u64);
            Ok(())
        }),
        Err(error) => Ok(Err(error)),
    }
}

fn read_through(
    file: &mut File,
    progress: &Progress,
    mut take: impl FnMut(&[u8]) -> Result<(), BackupError>,
) -> Result<Read, BackupError> {
    let mut buffer = vec![0; CHUNK_BYTES];
    let mut sum = Sum { bytes: 0, crc: 0 };
    loop {
        progress.go_on()?;
        let count = match file.read(&mut buffer) {
            Ok(0) => return Ok(Ok(sum)),
            Ok(count) => count,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
            Err(error) => return Ok(Err(error)),
        };
        let chunk = &buffer[..count];
        take(chunk)?;
        sum = sum.and(chunk);
    }
}

fn create(path: &Path) -> io::Result<File> {
    OpenOptions::new().write(true).create_new(true).mode(0o600).open(path)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_copy_has_the_sum_of_what_was_read_and_counts_as_it_goes() {
        let folder = tempfile::tempdir().expect("a folder");
        let (from, to) = (folder.path().join("from"), folder.path().join("to"));
        let bytes: Vec<u8> = (0..CHUNK_BYTES + 17).map(|n| u8::try_from(n % 251).expect("small")).collect();
        let written = write(&from, &bytes).expect("written");
        let progress = Progress::default();
        assert_eq!(copy(&from, &to, &progress).expect("copied").expect("read"), written);
        assert_eq!(sum(&to, &progress).expect("goes on").expect("read"), written);
        assert_eq!(progress.done().bytes, 2 * bytes.len() as u64);
        assert!(sum(&folder.path().join("none"), &progress).expect("goes on").is_err());
        assert!(matches!(write(&from, b""), Err(BackupError::Io { .. })), "no file is written over");
        progress.stop();
        assert!(matches!(sum(&to, &progress), Err(BackupError::Stopped)));
    }
}
