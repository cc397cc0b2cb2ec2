//! A column of names in a row group that is written. In memory its rows are keys of a dictionary already; the library would
//! look the text of each row up again to make keys of its own, which took a sixth of all time. Only which keys become
//! which, and what lies in which page, is decided here; headers and metadata are the library's.

use std::sync::Arc;

use arrow::array::{Array as _, ArrayRef, AsArray as _, DictionaryArray, Int32Array};
use arrow::datatypes::Int32Type;
use bytes::Bytes;
use parquet::basic::{Compression, Encoding, EncodingMask, PageType};
use parquet::column::page::{CompressedPage, Page, PageWriter as _};
use parquet::column::writer::ColumnCloseResult;
use parquet::data_type::ByteArray;
use parquet::errors::ParquetError;
use parquet::file::metadata::{ColumnChunkMetaData, OffsetIndexBuilder, PageEncodingStats};
use parquet::file::statistics::{Statistics, ValueStatistics};
use parquet::file::writer::{SerializedPageWriter, TrackedWrite};
use parquet::schema::types::ColumnDescPtr;
use snap::raw::Encoder;

use super::runs;

/// Keys lie in long runs or are few: what is packed harder is hardly smaller, and takes longer to open.
pub(super) const COMPRESSION: Compression = Compression::SNAPPY;

/// A dictionary of more bytes is none: it would be read whole for each page behind it.
const DICTIONARY_BYTES: usize = 1024 * 1024;
/// Rows of a page at most, and bytes of it about, before compression.
const PAGE_ROWS: usize = 20_000;
const PAGE_BYTES: usize = 32 * 1024;
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
        let chunk = || Chunk { pages: Pages::default(), codec: Encoder::new(), column };
        Coded::of(self).map(|coded| chunk().finish(&coded)).transpose()
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
    /// Which rows have one; none where all have.
    present: Option<Vec<bool>>,
    rows: usize,
}

impl Coded {
    fn of(names: &Names) -> Option<Self> {
        let rows = names.keys.iter().map(|keys| keys.len()).sum();
        let all = names.texts.as_ref().map(|texts| texts.as_string::<i32>());
        let mut becomes = vec![UNKNOWN; all.map_or(0, |texts| texts.len())];
        let (mut texts, mut count) = (Vec::new(), 0_u32);
        let mut keys = Vec::with_capacity(rows);
        for chunk in &names.keys {
            let mut code = |key: i32| {
                let becomes = &mut becomes[key as usize];
                if *becomes == UNKNOWN {
                    let text = all.map_or("", |all| all.value(key as usize));
                    texts.extend_from_slice(&u32::try_from(text.len()).unwrap_or(u32::MAX).to_le_bytes());
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
            if texts.len() > DICTIONARY_BYTES {
                return None;
            }
        }
        let present = (keys.len() < rows).then(|| {
            let rows = names.keys.iter().flat_map(|keys| (0..keys.len()).map(|row| keys.is_valid(row)));
            rows.collect()
        });
        Some(Self { texts, count: count as usize, keys, present, rows })
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
        let missing = self.rows - self.keys.len();
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

/// Pages that were written.
struct Pages {
    bytes: TrackedWrite<Vec<u8>>,
    index: OffsetIndexBuilder,
    first_data: u64,
    data: usize,
    compressed: usize,
    uncompressed: usize,
}

impl Default for Pages {
    fn default() -> Self {
        Self {
            bytes: TrackedWrite::new(Vec::new()),
            index: OffsetIndexBuilder::new(),
            first_data: 0,
            data: 0,
            compressed: 0,
            uncompressed: 0,
        }
    }
}

impl Pages {
    fn write(&mut self, page: Page, uncompressed: usize) -> Result<(), ParquetError> {
        let rows = match &page {
            Page::DataPageV2 { num_rows, .. } => Some(i64::from(*num_rows)),
            _ => None,
        };
        let told =
            SerializedPageWriter::new(&mut self.bytes).write_page(CompressedPage::new(page, uncompressed))?;
        self.compressed += told.compressed_size;
        self.uncompressed += told.uncompressed_size;
        if let Some(rows) = rows {
            if self.data == 0 {
                self.first_data = told.offset;
            }
            self.data += 1;
            self.index.append_row_count(rows);
            self.index.append_offset_and_size(position(told.offset), narrow(told.compressed_size)?);
        }
        Ok(())
    }
}

fn position(bytes: u64) -> i64 {
    i64::try_from(bytes).unwrap_or(i64::MAX)
}

fn narrow(bytes: usize) -> Result<i32, ParquetError> {
    i32::try_from(bytes).map_err(|_| ParquetError::General(format!("a page of {bytes} bytes")))
}

/// A column chunk under construction.
struct Chunk {
    pages: Pages,
    codec: Encoder,
    column: ColumnDescPtr,
}

impl Chunk {
    fn finish(mut self, coded: &Coded) -> Result<(Bytes, ColumnCloseResult), ParquetError> {
        self.write_dictionary(coded)?;
        let (mut rest, page_rows) = (coded.keys.as_slice(), coded.page_rows());
        for first in (0..coded.rows).step_by(page_rows) {
            let rows = page_rows.min(coded.rows - first);
            let present = coded.present.as_ref().map(|present| &present[first..first + rows]);
            let values = present.map_or(rows, |present| present.iter().filter(|there| **there).count());
            let (keys, later) = rest.split_at(values);
            self.write_page(rows, present, keys, coded.bit_width())?;
            rest = later;
        }
        let Pages { bytes, index, first_data, data, compressed, uncompressed } = self.pages;
        let stats = |page_type, encoding, count| PageEncodingStats { page_type, encoding, count };
        let encodings = [Encoding::PLAIN, Encoding::RLE, Encoding::RLE_DICTIONARY];
        let mut metadata = ColumnChunkMetaData::builder(self.column)
            .set_compression(COMPRESSION)
            .set_encodings_mask(EncodingMask::new_from_encodings(encodings.iter()))
            .set_page_encoding_stats(vec![
                stats(PageType::DICTIONARY_PAGE, Encoding::PLAIN, 1),
                stats(PageType::DATA_PAGE_V2, Encoding::RLE_DICTIONARY, narrow(data)?),
            ])
            .set_total_compressed_size(position(compressed as u64))
            .set_total_uncompressed_size(position(uncompressed as u64))
            .set_num_values(position(coded.rows as u64))
            .set_data_page_offset(position(first_data))
            .set_dictionary_page_offset(Some(0));
        if let Some(statistics) = coded.statistics() {
            metadata = metadata.set_statistics(statistics);
        }
        let close = ColumnCloseResult {
            bytes_written: compressed as u64,
            rows_written: coded.rows as u64,
            metadata: metadata.build()?,
            bloom_filter: None,
            column_index: None,
            offset_index: Some(index.build()),
        };
        Ok((bytes.into_inner()?.into(), close))
    }

    fn write_dictionary(&mut self, coded: &Coded) -> Result<(), ParquetError> {
        let buf = self.compress(&coded.texts)?;
        let num_values = u32::try_from(coded.count).unwrap_or(u32::MAX);
        let page =
            Page::DictionaryPage { buf: buf.into(), num_values, encoding: Encoding::PLAIN, is_sorted: false };
        self.pages.write(page, coded.texts.len())
    }

    /// A page of so many rows; which of them have a value, and their keys.
    fn write_page(
        &mut self,
        rows: usize,
        present: Option<&[bool]>,
        keys: &[u32],
        bit_width: u8,
    ) -> Result<(), ParquetError> {
        let mut levels = Vec::new();
        if self.column.max_def_level() > 0 {
            runs::write_flags(&mut levels, present, rows);
        }
        let mut values = vec![bit_width];
        runs::write(&mut values, keys, bit_width);
        let uncompressed = levels.len() + values.len();
        let packed = self.compress(&values)?;
        let is_compressed = packed.len() < values.len();
        let def_levels_byte_len = u32::try_from(levels.len()).unwrap_or(u32::MAX);
        levels.extend_from_slice(if is_compressed { &packed } else { &values });
        let page = Page::DataPageV2 {
            buf: levels.into(),
            num_values: u32::try_from(rows).unwrap_or(u32::MAX),
            encoding: Encoding::RLE_DICTIONARY,
            num_nulls: u32::try_from(rows - keys.len()).unwrap_or(u32::MAX),
            num_rows: u32::try_from(rows).unwrap_or(u32::MAX),
            def_levels_byte_len,
            rep_levels_byte_len: 0,
            is_compressed,
            statistics: None,
        };
        self.pages.write(page, uncompressed)
    }

    fn compress(&mut self, bytes: &[u8]) -> Result<Vec<u8>, ParquetError> {
        self.codec.compress_vec(bytes).map_err(|error| ParquetError::External(Box::new(error)))
    }
}
