//! The rollups of a segment's rows, in its file behind the rows: by the minute, and without minutes for whoever asks for
//! all of them.

use std::io::Write;

use bytes::Bytes;
use ippo_base::Minute;
use parquet::errors::ParquetError;
use parquet::file::reader::ChunkReader as _;
use parquet::file::writer::SerializedFileWriter;

use super::blocks::Blocks;
use crate::red::Rollup;

/// How closely to look.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Detail {
    /// Minute by minute.
    Minutes,
    /// All rows of the segment as if they were of its window's first minute.
    Totals,
}

/// Rollups as they are written.
pub(super) struct Rollups {
    minutes: Vec<u8>,
    totals: Vec<u8>,
}

/// Where they are in the file, in bytes: the totals follow the minutes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Place {
    begins: u64,
    minutes: usize,
    totals: usize,
}

impl Rollups {
    pub(super) fn of(rollup: &Rollup, window: Minute) -> Self {
        Self { minutes: rollup.encode(), totals: rollup.totals(window).encode() }
    }

    pub(super) fn write<W: Write + Send>(
        &self,
        writer: &mut SerializedFileWriter<W>,
    ) -> Result<Place, ParquetError> {
        let begins = u64::try_from(writer.bytes_written()).unwrap_or(u64::MAX);
        writer.write_all(&self.minutes)?;
        writer.write_all(&self.totals)?;
        Ok(Place { begins, minutes: self.minutes.len(), totals: self.totals.len() })
    }
}

impl Place {
    /// The name under which it is kept in the file's end.
    pub(super) const KEY: &str = "ippo.red";

    pub(super) fn to_text(self) -> String {
        format!("{} {} {}", self.begins, self.minutes, self.totals)
    }

    pub(super) fn from_text(text: &str) -> Option<Self> {
        let mut numbers = text.split(' ');
        let begins = numbers.next()?.parse().ok()?;
        let (minutes, totals) = (numbers.next()?.parse().ok()?, numbers.next()?.parse().ok()?);
        numbers.next().is_none().then_some(Self { begins, minutes, totals })
    }

    /// Where they begin.
    pub(super) fn begins(self) -> u64 {
        self.begins
    }

    /// How many bytes of the file the totals take.
    pub(super) fn totals_bytes(self) -> usize {
        self.totals
    }

    /// Reads one of the two.
    pub(super) fn read(self, blocks: &Blocks, detail: Detail) -> Result<Rollup, ParquetError> {
        let (from, length) = match detail {
            Detail::Minutes => (self.begins, self.minutes),
            Detail::Totals => (self.begins + self.minutes as u64, self.totals),
        };
        let bytes: Bytes = blocks.get_bytes(from, length)?;
        let unknown = || ParquetError::General("its rollups are of another version of ippo".to_owned());
        Rollup::decode(&bytes).ok_or_else(unknown)
    }
}
