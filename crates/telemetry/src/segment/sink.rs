//! A segment's file while it is written: bytes go to the disk as they come, and are summed up on their way.

use std::io::{self, Write};
use std::sync::{Arc, Mutex};

use ippo_base::disk::{Disk, DiskFile};

use super::blocks::{BLOCK_BYTES, Checksums};

/// A new file, written from front to end.
pub(super) struct Sink {
    file: Box<dyn DiskFile>,
    written: u64,
    crc: u32,
    /// Of whole blocks, then of the one that is being filled.
    blocks: Vec<u32>,
    filled: usize,
    tail: Option<Tail>,
    refusal: Refusal,
}

/// What the disk said when bytes could not be written. Parquet hands on its words alone, or less. Clones are the same one.
#[derive(Clone, Default)]
pub(super) struct Refusal(Arc<Mutex<Option<io::Error>>>);

impl Refusal {
    /// What it said, if it failed.
    pub(super) fn take(&self) -> Option<io::Error> {
        self.0.lock().expect("nothing panics while it is held").take()
    }

    fn noted(&self, error: io::Error) -> io::Error {
        let told = io::Error::new(error.kind(), error.to_string());
        // The first one says why, and what comes after it is of its doing.
        self.0.lock().expect("nothing panics while it is held").get_or_insert(error);
        told
    }
}

/// What comes behind the rows.
struct Tail {
    begins: u64,
    crc: u32,
}

/// A file that was written and synced.
pub(super) struct Written {
    pub(super) bytes: u64,
    pub(super) crc: u32,
    pub(super) tail: u64,
    pub(super) tail_crc: u32,
}

impl Sink {
    pub(super) fn create(disk: &dyn Disk, path: &str) -> io::Result<Self> {
        let file = disk.create(path)?;
        Ok(Self {
            file,
            written: 0,
            crc: 0,
            blocks: Vec::new(),
            filled: 0,
            tail: None,
            refusal: Refusal::default(),
        })
    }

    /// All rows are written: what comes now is the file's end. The checksums of what came before.
    pub(super) fn begin_tail(&mut self) -> Checksums {
        self.tail = Some(Tail { begins: self.written, crc: 0 });
        Checksums::from_blocks(std::mem::take(&mut self.blocks))
    }

    /// Why bytes could not be written, once they could not.
    pub(super) fn refusal(&self) -> Refusal {
        self.refusal.clone()
    }

    /// Makes the bytes durable.
    pub(super) fn finish(mut self) -> io::Result<Written> {
        self.file.sync()?;
        let tail = self.tail.unwrap_or(Tail { begins: self.written, crc: 0 });
        Ok(Written { bytes: self.written, crc: self.crc, tail: tail.begins, tail_crc: tail.crc })
    }

    fn sum(&mut self, bytes: &[u8]) {
        self.crc = crc32c::crc32c_append(self.crc, bytes);
        if let Some(tail) = &mut self.tail {
            tail.crc = crc32c::crc32c_append(tail.crc, bytes);
            return;
        }
        let mut rest = bytes;
        while !rest.is_empty() {
            if self.filled == 0 {
                self.blocks.push(0);
            }
            let (now, later) = rest.split_at(rest.len().min(BLOCK_BYTES - self.filled));
            let block = self.blocks.last_mut().expect("one was begun");
            *block = crc32c::crc32c_append(*block, now);
            self.filled = (self.filled + now.len()) % BLOCK_BYTES;
            rest = later;
        }
    }
}

impl Write for Sink {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.file.append(bytes).map_err(|error| self.refusal.noted(error))?;
        self.written += bytes.len() as u64;
        self.sum(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
