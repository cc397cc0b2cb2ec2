//! Which words the bodies of a row group's log records have: a filter for each larger group, in the file behind the rows.

use std::io::Write;

use arrow::array::{Array as _, AsArray as _, RecordBatch};
use bytes::Bytes;
use parquet::bloom_filter::Sbbf;
use parquet::errors::ParquetError;
use parquet::file::reader::ChunkReader as _;
use parquet::file::writer::SerializedFileWriter;
use twox_hash::XxHash64;

use super::blocks::Blocks;
use crate::signal::Signal;
use crate::words::each_word;

/// Of a smaller row group the rows are looked through.
const FILTERED_ROWS: usize = if cfg!(test) { 2 } else { 4 * 1024 };
/// A filter while it is filled, in bytes: good for 300,000 different words. Then it shrinks to what it takes.
const FILLED_BYTES: usize = 512 * 1024;
/// How often a filter takes a word for one that it has. Each time, a row group is looked through for nothing.
const FALSE: f64 = 0.01;

/// A block of a filter.
const FILTER_BLOCK_BYTES: usize = 32;

/// The filters of a file's row groups, in their order; empty ones where there is none.
#[derive(Default)]
pub(super) struct Filters(Vec<Bytes>);

impl Filters {
    pub(super) fn push(&mut self, filter: Bytes) {
        self.0.push(filter);
    }

    pub(super) fn write<W: Write + Send>(
        &self,
        writer: &mut SerializedFileWriter<W>,
    ) -> Result<Place, ParquetError> {
        let begins = u64::try_from(writer.bytes_written()).unwrap_or(u64::MAX);
        for filter in &self.0 {
            writer.write_all(filter)?;
        }
        Ok(Place { begins, lengths: self.0.iter().map(Bytes::len).collect() })
    }
}

/// Fills filters with the words of rows as they are written.
pub(super) struct Builder {
    /// Of the group so far; none before its first row.
    filter: Option<Sbbf>,
    lately: Lately,
    /// Rows of the group so far.
    rows: usize,
    done: Filters,
}

/// Words that a filter was given lately: most messages are those of a few templates, and to look a word up here costs a
/// quarter of hashing it.
struct Lately([u128; Self::WORDS]);

impl Lately {
    const WORDS: usize = 512;

    /// Whether the word is none of them; from now on it is one.
    fn is_new(&mut self, word: &[u8]) -> bool {
        let Some(word) = number(word) else { return true };
        let mixed = (word as u64 ^ (word >> 64) as u64).wrapping_mul(0x9e37_79b9_7f4a_7c15);
        let place = &mut self.0[(mixed >> 32) as usize % Self::WORDS];
        let is_new = *place != word;
        *place = word;
        is_new
    }
}

/// A word of at most 16 letters as a number of its own: its bytes, the first ones lowest. No letter is 0.
fn number(word: &[u8]) -> Option<u128> {
    // Two parts that overlap, of which the second gives what is behind the first: to copy so few bytes takes longer.
    match word.len() {
        8..=16 => {
            let (first, last) =
                (u64::from_le_bytes(*word.first_chunk()?), u64::from_le_bytes(*word.last_chunk()?));
            Some(u128::from(first) | (u128::from(last) >> (8 * (16 - word.len()))) << 64)
        }
        4..8 => {
            let (first, last) =
                (u32::from_le_bytes(*word.first_chunk()?), u32::from_le_bytes(*word.last_chunk()?));
            Some(u128::from(first) | (u128::from(last) >> (8 * (8 - word.len()))) << 32)
        }
        0..4 => Some(word.iter().rev().fold(0, |number, byte| number << 8 | u128::from(*byte))),
        _ => None,
    }
}

impl Builder {
    /// For so many log records; none where they are too few for a filter. Other signals have no bodies.
    pub(super) fn new(signal: Signal, rows: usize) -> Option<Self> {
        let wanted = signal == Signal::Logs && rows >= FILTERED_ROWS;
        wanted.then(|| {
            let lately = Lately([0; Lately::WORDS]);
            Self { filter: None, lately, rows: 0, done: Filters::default() }
        })
    }

    /// The next rows of the file.
    pub(super) fn add(&mut self, rows: &RecordBatch) {
        let bodies = rows.column_by_name("body").expect("log records have a body").as_string::<i32>();
        for row in 0..bodies.len() {
            let filter = self.filter.get_or_insert_with(|| Sbbf::new_with_num_of_bytes(FILLED_BYTES));
            if bodies.is_valid(row) {
                each_word(bodies.value(row).as_bytes(), |word, _, _| {
                    if self.lately.is_new(word) {
                        filter.insert(word);
                    }
                });
            }
            self.rows += 1;
        }
    }

    /// A row group of the file ends.
    pub(super) fn end_group(&mut self) -> Result<(), ParquetError> {
        let filter = self.filter.take().filter(|_| self.rows >= FILTERED_ROWS);
        self.done.push(filter.map_or(Ok(Bytes::new()), packed)?);
        self.rows = 0;
        self.lately = Lately([0; Lately::WORDS]);
        Ok(())
    }

    pub(super) fn finish(self) -> Filters {
        self.done
    }
}

fn packed(mut filter: Sbbf) -> Result<Bytes, ParquetError> {
    filter.fold_to_target_fpp(FALSE);
    let mut bytes = Vec::new();
    filter.write_bitset(&mut bytes)?;
    Ok(bytes.into())
}

/// Which of so many blocks of a filter tells of a word, by the specification of Parquet's split block Bloom filters.
fn block_of(word: &[u8], blocks: usize) -> usize {
    let hash = XxHash64::oneshot(0, word);
    usize::try_from((u128::from(hash >> 32) * blocks as u128) >> 32).expect("one of the blocks")
}

/// Where the filters are in the file: one after the other.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Place {
    begins: u64,
    lengths: Vec<usize>,
}

impl Place {
    /// The name under which it is kept in the file's end.
    pub(super) const KEY: &str = "ippo.words";

    pub(super) fn to_text(&self) -> String {
        let lengths = self.lengths.iter().map(usize::to_string);
        [self.begins.to_string()].into_iter().chain(lengths).collect::<Vec<_>>().join(" ")
    }

    pub(super) fn from_text(text: &str) -> Option<Self> {
        let mut numbers = text.split(' ');
        let begins = numbers.next()?.parse().ok()?;
        let lengths = numbers.map(str::parse).collect::<Result<Vec<usize>, _>>().ok()?;
        // A filter is whole blocks of 32 bytes.
        lengths.iter().all(|length| length % FILTER_BLOCK_BYTES == 0).then_some(Self { begins, lengths })
    }

    /// Where the first of them begins.
    pub(super) fn begins(&self) -> u64 {
        self.begins
    }

    /// The filter of a row group as it is in the file; empty where it has none.
    pub(super) fn read(&self, blocks: &Blocks, group: usize) -> Result<Bytes, ParquetError> {
        match self.lengths.get(group) {
            None | Some(0) => Ok(Bytes::new()),
            Some(length) => {
                let before: usize = self.lengths[..group].iter().sum();
                blocks.get_bytes(self.begins + before as u64, *length)
            }
        }
    }

    /// Whether a row group may have all of the words. A word is told by one block of the filter, and no other is read.
    pub(super) fn may_have(
        &self,
        blocks: &Blocks,
        group: usize,
        words: &[Vec<u8>],
    ) -> Result<bool, ParquetError> {
        let length = self.lengths.get(group).copied().unwrap_or(0);
        if length == 0 {
            return Ok(true);
        }
        let begins = self.begins + self.lengths[..group].iter().sum::<usize>() as u64;
        for word in words {
            let at = block_of(word, length / FILTER_BLOCK_BYTES) * FILTER_BLOCK_BYTES;
            let block = blocks.get_bytes(begins + at as u64, FILTER_BLOCK_BYTES)?;
            if !Sbbf::new(&block).check(word.as_slice()) {
                return Ok(false);
            }
        }
        Ok(true)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_word_that_was_there_is_not_new() {
        let mut lately = Lately([0; Lately::WORDS]);
        for n in 0..10_000_usize {
            let word = format!("{n}{}", "x".repeat(n % 14));
            assert!(lately.is_new(word.as_bytes()), "{word} was never there");
            assert_eq!(lately.is_new(word.as_bytes()), word.len() > 16, "{word} was there just now");
        }
    }

    #[test]
    fn a_word_is_the_number_of_its_bytes() {
        let letters = b"abcdefghijklmnopqr";
        for length in 0..=letters.len() {
            let wanted = (length <= 16).then(|| {
                let mut bytes = [0; 16];
                bytes[..length].copy_from_slice(&letters[..length]);
                u128::from_le_bytes(bytes)
            });
            assert_eq!(number(&letters[..length]), wanted, "{length} letters");
        }
    }

    #[test]
    fn one_block_tells_of_a_word_what_the_whole_filter_does() {
        let mut filter = Sbbf::new_with_num_of_bytes(4 * 1024);
        (0..500).for_each(|word| filter.insert(format!("word{word}").as_bytes()));
        let mut bytes = Vec::new();
        filter.write_bitset(&mut bytes).expect("written");
        let (mut there, words) = (0, 2_000);
        for word in 0..words {
            let word = format!("word{word}");
            let at = block_of(word.as_bytes(), bytes.len() / FILTER_BLOCK_BYTES) * FILTER_BLOCK_BYTES;
            let block = Sbbf::new(&bytes[at..at + FILTER_BLOCK_BYTES]);
            assert_eq!(block.check(word.as_bytes()), filter.check(word.as_bytes()), "{word}");
            there += usize::from(block.check(word.as_bytes()));
        }
        assert!((500..words).contains(&there), "{there}");
    }
}
