//! Parts of a segment's file, each checked by the checksum of the blocks that it lies in.

use std::io::{self, Read};
use std::ops::Range;
use std::sync::{Arc, Mutex};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use bytes::Bytes;
use parquet::errors::{ParquetError, Result};
use parquet::file::reader::{ChunkReader, Length};

use super::tiers::Tiers;

/// Bytes of a block. A reader takes whole ones.
pub(super) const BLOCK_BYTES: usize = 16 * 1024;

/// Parts on the disk that lie no further apart are read as one: a read costs about as much as so many bytes more.
const GAP_BYTES: u64 = 64 * 1024;

/// CRC-32C of each block of a file's rows; the last block may be short.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(super) struct Checksums(Vec<u32>);

impl Checksums {
    /// The name under which they are kept in the file's end.
    pub(super) const KEY: &str = "ippo.crc32c-16k";

    pub(super) fn of(data: &[u8]) -> Self {
        Self(data.chunks(BLOCK_BYTES).map(crc32c::crc32c).collect())
    }

    /// From the sums of the blocks, in order.
    pub(super) fn from_blocks(sums: Vec<u32>) -> Self {
        Self(sums)
    }

    pub(super) fn to_text(&self) -> String {
        BASE64.encode(self.0.iter().flat_map(|crc| crc.to_le_bytes()).collect::<Vec<u8>>())
    }

    pub(super) fn from_text(text: &str) -> Option<Self> {
        let bytes = BASE64.decode(text).ok()?;
        let (sums, rest) = bytes.as_chunks::<4>();
        rest.is_empty().then(|| Self(sums.iter().map(|crc| u32::from_le_bytes(*crc)).collect()))
    }

    /// How many blocks.
    pub(super) fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether blocks from number `first` on are what was written.
    pub(super) fn hold(&self, first: usize, blocks: &[u8]) -> bool {
        let known = self.0.get(first..).unwrap_or_default();
        let found = blocks.chunks(BLOCK_BYTES);
        found.len() <= known.len() && found.zip(known).all(|(block, crc)| crc32c::crc32c(block) == *crc)
    }
}

/// A segment's file as the Parquet reader takes it: its rows from the disk or the bucket, its end from memory.
#[derive(Clone)]
pub(super) struct Blocks {
    /// None where the end is all of it.
    pub(super) tiers: Option<Tiers>,
    pub(super) file: Arc<str>,
    /// Parts that were fetched together before they are read: where they begin, ascending, and their bytes.
    pub(super) ahead: Arc<[(u64, Bytes)]>,
    /// Where the file's end begins.
    pub(super) tail_begins: u64,
    pub(super) tail: Bytes,
    pub(super) checksums: Arc<Checksums>,
    /// What the disk said last when it failed. Parquet hands on its words alone.
    pub(super) trouble: Arc<Mutex<Option<io::Error>>>,
}

impl Blocks {
    fn noted(&self, error: io::Error) -> ParquetError {
        let text = error.to_string();
        *self.trouble.lock().expect("nothing panics while it is held") = Some(error);
        ParquetError::General(text)
    }

    /// What the disk said, if it has failed since this was asked last.
    pub(super) fn take_trouble(&self) -> Option<io::Error> {
        self.trouble.lock().expect("nothing panics while it is held").take()
    }

    fn read(&self, start: u64, length: usize) -> Result<Bytes> {
        let end = start.checked_add(length as u64).filter(|end| *end <= self.len());
        let end =
            end.ok_or_else(|| ParquetError::EOF(format!("{length} bytes at {start} are not in the file")))?;
        if start >= self.tail_begins {
            let from = usize::try_from(start - self.tail_begins).expect("within the end");
            return Ok(self.tail.slice(from..from + length));
        }
        let Some(tiers) = self.tiers.as_ref().filter(|_| end <= self.tail_begins) else {
            return Err(ParquetError::General("rows never reach into the file's end".to_owned()));
        };
        let Range { start: from, end: to } = self.whole_blocks(start..end);
        let bytes = match self.fetched(from, to) {
            Some(bytes) => bytes,
            None => self.read_part(tiers, &(from..to)).map_err(|error| self.noted(error))?,
        };
        let first = usize::try_from(from / BLOCK_BYTES as u64).expect("a file has fewer blocks");
        if !self.checksums.hold(first, &bytes) {
            let reason = format!("the checksum of its bytes {from} to {to} differs");
            return Err(ParquetError::General(reason));
        }
        let skip = usize::try_from(start - from).expect("within a block");
        Ok(bytes.slice(skip..skip + length))
    }

    fn read_part(&self, tiers: &Tiers, part: &Range<u64>) -> io::Result<Bytes> {
        let length = usize::try_from(part.end - part.start).expect("a part fits into memory");
        tiers.read(&self.file, self.len(), part.start, length).map(Bytes::from)
    }

    /// Whether the bucket alone has the rows.
    pub(super) fn is_remote(&self) -> bool {
        self.tiers.as_ref().is_some_and(|tiers| tiers.is_remote(&self.file))
    }

    /// The blocks that a part of the rows lies in.
    fn whole_blocks(&self, part: Range<u64>) -> Range<u64> {
        let block = BLOCK_BYTES as u64;
        part.start - part.start % block..part.end.next_multiple_of(block).min(self.tail_begins)
    }

    fn fetched(&self, from: u64, to: u64) -> Option<Bytes> {
        let before = self.ahead.partition_point(|(begins, _)| *begins <= from).checked_sub(1)?;
        let (begins, bytes) = &self.ahead[before];
        let range = usize::try_from(from - begins).ok()?..usize::try_from(to - begins).ok()?;
        (range.end <= bytes.len()).then(|| bytes.slice(range))
    }

    /// The same file, with these parts of its rows fetched: together from the bucket where it is there alone, else with
    /// few reads from the disk.
    pub(super) fn fetching(&self, parts: Vec<Range<u64>>) -> Result<Self> {
        let Some(tiers) = self.tiers.as_ref() else { return Ok(self.clone()) };
        let is_remote = tiers.is_remote(&self.file);
        let kept = is_remote.then(|| tiers.end_begins(&self.file, self.len())).flatten().unwrap_or(u64::MAX);
        let wanted = parts.into_iter().filter(|part| part.start < part.end && part.end <= self.tail_begins);
        let wanted = wanted.map(|part| self.whole_blocks(part)).filter(|part| part.start < kept);
        let parts = joined(wanted.collect(), if is_remote { 0 } else { GAP_BYTES });
        let bytes = match is_remote {
            true => tiers.fetch(&self.file, &parts),
            false => parts.iter().map(|part| self.read_part(tiers, part)).collect(),
        };
        let bytes = bytes.map_err(|error| self.noted(error))?;
        let ahead = parts.iter().map(|part| part.start).zip(bytes).collect();
        Ok(Self { ahead, ..self.clone() })
    }
}

/// Ranges in order, those no further apart than this made one.
fn joined(mut ranges: Vec<Range<u64>>, gap: u64) -> Vec<Range<u64>> {
    ranges.sort_unstable_by_key(|range| range.start);
    let mut joined: Vec<Range<u64>> = Vec::new();
    for range in ranges {
        match joined.last_mut() {
            Some(last) if range.start <= last.end + gap => last.end = last.end.max(range.end),
            _ => joined.push(range),
        }
    }
    joined
}

impl Length for Blocks {
    fn len(&self) -> u64 {
        self.tail_begins + self.tail.len() as u64
    }
}

impl ChunkReader for Blocks {
    type T = Stream;

    fn get_read(&self, start: u64) -> Result<Stream> {
        Ok(Stream { blocks: self.clone(), at: start, ready: Bytes::new() })
    }

    fn get_bytes(&self, start: u64, length: usize) -> Result<Bytes> {
        self.read(start, length)
    }
}

/// Reads on from a place, a block at a time.
pub(super) struct Stream {
    blocks: Blocks,
    at: u64,
    ready: Bytes,
}

impl Read for Stream {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        if self.ready.is_empty() {
            let boundary = if self.at < self.blocks.tail_begins {
                ((self.at / BLOCK_BYTES as u64 + 1) * BLOCK_BYTES as u64).min(self.blocks.tail_begins)
            } else {
                self.blocks.len()
            };
            let length = usize::try_from(boundary - self.at).expect("a block, or the end");
            self.ready = self.blocks.read(self.at, length).map_err(io::Error::other)?;
            self.at = boundary;
        }
        let count = into.len().min(self.ready.len());
        into[..count].copy_from_slice(&self.ready.split_to(count));
        Ok(count)
    }
}
