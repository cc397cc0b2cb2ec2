//! The end of a segment in memory, as the Parquet reader takes a file.

use std::io::Cursor;

use bytes::Bytes;
use parquet::errors::{ParquetError, Result};
use parquet::file::reader::{ChunkReader, Length};

/// The last bytes of a file, and where they begin in it.
pub(super) struct Tail {
    pub(super) bytes: Bytes,
    pub(super) begins: u64,
}

impl Length for Tail {
    fn len(&self) -> u64 {
        self.begins + self.bytes.len() as u64
    }
}

impl ChunkReader for Tail {
    type T = Cursor<Bytes>;

    fn get_read(&self, start: u64) -> Result<Self::T> {
        let rest = self.len().saturating_sub(start);
        Ok(Cursor::new(self.get_bytes(start, usize::try_from(rest).unwrap_or(0))?))
    }

    fn get_bytes(&self, start: u64, length: usize) -> Result<Bytes> {
        let from = start.checked_sub(self.begins).and_then(|from| usize::try_from(from).ok());
        let range = from.and_then(|from| Some(from..from.checked_add(length)?));
        let range = range.filter(|range| range.end <= self.bytes.len());
        range
            .map(|range| self.bytes.slice(range))
            .ok_or_else(|| ParquetError::EOF(format!("{length} bytes at {start} are not in the file's end")))
    }
}
