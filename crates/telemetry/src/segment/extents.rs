//! Parts of a segment's file that were read ahead, so that a few rows of many columns take a few reads from the disk.

use std::ops::Range;

use bytes::Bytes;
use parquet::errors::Result;
use parquet::file::metadata::ParquetMetaData;
use parquet::file::reader::{ChunkReader, Length};

use super::blocks::{Blocks, Stream};

/// Parts that lie no further apart are read as one: a read costs about as much as so many bytes more.
const GAP_BYTES: u64 = 64 * 1024;

/// A segment's file, some parts of which are in memory. What else is asked for comes from the disk.
pub(super) struct Extents {
    blocks: Blocks,
    /// Where each begins, ascending.
    parts: Vec<(u64, Bytes)>,
}

impl Extents {
    /// Reads what it takes to read these rows of these columns of a row group.
    pub(super) fn read(
        blocks: &Blocks,
        metadata: &ParquetMetaData,
        group: usize,
        columns: impl Iterator<Item = usize>,
        rows: &[Range<usize>],
    ) -> Result<Self> {
        let mut pages: Vec<Range<u64>> =
            columns.flat_map(|column| pages(metadata, group, column, rows)).collect();
        pages.sort_unstable_by_key(|page| page.start);
        let near = |a: &Range<u64>, b: &Range<u64>| b.start <= a.end + GAP_BYTES;
        let parts = pages.chunk_by(near).map(|run| {
            let start = run[0].start;
            let end = run.iter().map(|page| page.end).max().unwrap_or(start);
            let length = usize::try_from(end - start).unwrap_or(usize::MAX);
            Ok((start, blocks.get_bytes(start, length)?))
        });
        Ok(Self { parts: parts.collect::<Result<_>>()?, blocks: blocks.clone() })
    }

    fn known(&self, start: u64, length: usize) -> Option<Bytes> {
        let at = self.parts.partition_point(|(begins, _)| *begins <= start).checked_sub(1)?;
        let (begins, part) = &self.parts[at];
        let from = usize::try_from(start - begins).ok()?;
        let to = from.checked_add(length)?;
        (to <= part.len()).then(|| part.slice(from..to))
    }
}

/// The pages of a column that have one of these rows, and its dictionary.
fn pages(metadata: &ParquetMetaData, group: usize, column: usize, rows: &[Range<usize>]) -> Vec<Range<u64>> {
    let chunk = metadata.row_group(group).column(column);
    let (start, length) = chunk.byte_range();
    let all = start..start + length;
    let Some(places) = metadata.offset_index().map(|index| index[group][column].page_locations()) else {
        return vec![all];
    };
    let at = |number: i64| u64::try_from(number).unwrap_or(0);
    let first = places.first().map_or(all.end, |page| at(page.offset));
    let dictionary = (start < first).then_some(start..first);
    let ends = places.iter().skip(1).map(|page| page.first_row_index).chain([i64::MAX]);
    let wanted = places.iter().zip(ends).filter(|(page, end)| {
        let of_page = page.first_row_index..*end;
        rows.iter().any(|rows| {
            let (from, to) = (i64::try_from(rows.start), i64::try_from(rows.end));
            from.is_ok_and(|from| from < of_page.end) && to.is_ok_and(|to| of_page.start < to)
        })
    });
    let wanted =
        wanted.map(|(page, _)| at(page.offset)..at(page.offset) + at(i64::from(page.compressed_page_size)));
    dictionary.into_iter().chain(wanted).collect()
}

impl Length for Extents {
    fn len(&self) -> u64 {
        self.blocks.len()
    }
}

impl ChunkReader for Extents {
    type T = Stream;

    fn get_read(&self, start: u64) -> Result<Stream> {
        self.blocks.get_read(start)
    }

    fn get_bytes(&self, start: u64, length: usize) -> Result<Bytes> {
        match self.known(start, length) {
            Some(bytes) => Ok(bytes),
            None => self.blocks.get_bytes(start, length),
        }
    }
}
