//! A column of names in a row group that is written. In memory its rows are keys of a dictionary already; the library would
//! look the text of each row up again to make keys of its own, which took a sixth of all time.

use std::sync::Arc;

use arrow::array::{Array as _, ArrayRef, AsArray as _, DictionaryArray, Int32Array};
use arrow::datatypes::Int32Type;
use bytes::Bytes;
use parquet::basic::{Compression, Encoding};
use parquet::column::writer::ColumnCloseResult;
use parquet::data_type::ByteArray;
use parquet::errors::ParquetError;
use parquet::file::statistics::{Statistics, ValueStatistics};
use parquet::schema::types::ColumnDescPtr;

use super::chunk::{Chunk, PAGE_BYTES, PAGE_ROWS, Presence};
use super::runs;

/// Keys lie in long runs or are few: what is packed harder is hardly smaller, and takes longer to open.
pub(super) const COMPRESSION: Compression = Compression::SNAPPY;

/// A dictionary of more bytes is none: it would be read whole for each page behind it.
const DICTIONARY_BYTES: usize = 1024 * 1024;
/// What all rows say is told in the file's end up to this length.
const TOLD_BYTES: usize = 64;

/// A key that no row of the group had yet.
const UNKNOWN: u32 = u32::MAX;

/// The rows of a column of names in a row group, as keys of one dictionary that grows.
#[derive(Default)]
pub(super) struct Names {
    keys: Vec<Int32Array>,
    /// All texts so far by their key.
    texts: Option<ArrayRef>,
}

impl Names {
    /// The next rows of the column. Their dictionary has what those before had, at the same keys.
    pub(super) fn add(&mut self, rows: &ArrayRef) {
        let rows = rows.as_dictionary::<Int32Type>();
        let known = self.texts.as_ref().map_or(0, |texts| texts.len());
        assert!(
            known <= rows.values().len(),
            "a dictionary that began anew would give the rows before other texts"
        );
        self.keys.push(rows.keys().clone());
        self.texts = Some(rows.values().clone());
    }

    /// The rows as they came, for who writes them in another way.
    pub(super) fn into_rows(self) -> impl Iterator<Item = ArrayRef> {
        let texts = self.texts;
        self.keys.into_iter().map(move |keys| -> ArrayRef {
            let texts = texts.clone().expect("rows come with their texts");
            Arc::new(DictionaryArray::<Int32Type>::try_new(keys, texts).expect("every key has its text"))
        })
    }

    /// The column's bytes and what is known of them; none where its dictionary would be too large.
    pub(super) fn encode(
        &self,
        column: ColumnDescPtr,
    ) -> Result<Option<(Bytes, ColumnCloseResult)>, ParquetError> {
        let Some(coded) = Coded::of(self) else { return Ok(None) };
        let mut chunk = Chunk::begin(column, COMPRESSION)?;
        chunk.write_dictionary(&coded.texts, coded.count)?;
        let (mut rest, bit_width) = (coded.keys.as_slice(), coded.bit_width());
        chunk.write_pages(&coded.presence, coded.page_rows(), Encoding::RLE_DICTIONARY, |count| {
            let (keys, later) = rest.split_at(count);
            rest = later;
            let mut values = vec![bit_width];
            runs::write(&mut values, keys, bit_width);
            values
        })?;
        chunk.finish(coded.presence.rows(), coded.statistics(), None).map(Some)
    }
}

/// The group's own dictionary, and its rows by it.
struct Coded {
    /// The texts as Parquet's plain encoding has them: each behind its length.
    texts: Vec<u8>,
    /// How many.
    count: usize,
    /// Those of rows that have one, in the order of first use.
    keys: Vec<u32>,
    presence: Presence,
}

impl Coded {
    fn of(names: &Names) -> Option<Self> {
        let rows = names.keys.iter().map(|keys| keys.len()).sum();
        let all = names.texts.as_ref().map(|texts| texts.as_string::<i32>());
        let mut becomes = vec![UNKNOWN; all.map_or(0, |texts| texts.len())];
        let (mut texts, mut count, mut presence) = (Vec::new(), 0_u32, Presence::default());
        let mut keys = Vec::with_capacity(rows);
        for chunk in &names.keys {
            let mut code = |key: i32| {
                let becomes = &mut becomes[key as usize];
                if *becomes == UNKNOWN {
                    let text = all.map_or("", |all| all.value(key as usize));
                    texts.extend_from_slice(
                        &u32::try_from(text.len()).expect("a text is below 2 GiB").to_le_bytes(),
                    );
                    texts.extend_from_slice(text.as_bytes());
                    *becomes = count;
                    count += 1;
                }
                keys.push(*becomes);
            };
            match chunk.nulls() {
                None => chunk.values().iter().for_each(|key| code(*key)),
                Some(nulls) => nulls.valid_indices().for_each(|row| code(chunk.values()[row])),
            }
            presence.add(chunk.len(), chunk.nulls());
            if texts.len() > DICTIONARY_BYTES {
                return None;
            }
        }
        Some(Self { texts, count: count as usize, keys, presence })
    }

    /// How many bits a key takes.
    fn bit_width(&self) -> u8 {
        let last = self.count.saturating_sub(1);
        u8::try_from(usize::BITS - last.leading_zeros()).expect("at most 64")
    }

    /// Rows of a page.
    fn page_rows(&self) -> usize {
        let fit = PAGE_BYTES * 8 / usize::from(self.bit_width()).max(1);
        fit.clamp(1, PAGE_ROWS)
    }

    /// How many rows have no value, and the value of all others if that is one alone and short.
    fn statistics(&self) -> Option<Statistics> {
        let missing = self.presence.rows() - self.keys.len();
        let same = match self.count {
            0 => None,
            1 if self.texts.len() - size_of::<u32>() <= TOLD_BYTES => {
                Some(ByteArray::from(self.texts[size_of::<u32>()..].to_vec()))
            }
            _ => return None,
        };
        let values = ValueStatistics::new(same.clone(), same, None, Some(missing as u64), false);
        Some(Statistics::ByteArray(values))
    }
}
