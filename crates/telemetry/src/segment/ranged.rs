//! A file on a [`Disk`] as the Parquet reader takes it: ranges are read when they are asked for.

use std::io::{self, Read};

use bytes::Bytes;
use ippo_base::disk::Disk;
use parquet::errors::{ParquetError, Result};
use parquet::file::reader::{ChunkReader, Length};

/// How much a sequential reader asks the disk for at a time.
const CHUNK_BYTES: u64 = 64 * 1024;

pub(super) struct RangedFile<'a> {
    pub(super) disk: &'a dyn Disk,
    pub(super) path: String,
    pub(super) bytes: u64,
}

impl Length for RangedFile<'_> {
    fn len(&self) -> u64 {
        self.bytes
    }
}

impl ChunkReader for RangedFile<'_> {
    type T = Box<dyn Read>;

    fn get_read(&self, start: u64) -> Result<Self::T> {
        let length = usize::try_from(self.bytes.saturating_sub(start).min(CHUNK_BYTES)).unwrap_or(0);
        Ok(Box::new(io::Cursor::new(self.get_bytes(start, length)?)))
    }

    fn get_bytes(&self, start: u64, length: usize) -> Result<Bytes> {
        let read = self.disk.read(&self.path, start, length);
        read.map(Bytes::from).map_err(|error| ParquetError::External(Box::new(error)))
    }
}
