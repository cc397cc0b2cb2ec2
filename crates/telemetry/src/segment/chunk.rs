//! A column chunk that is written here, and not by the library's own writers: where these would do work for each value that
//! was done already. What lies in which page is decided by the caller; headers and metadata are the library's.

use std::borrow::Cow;
use std::ops::Range;

use arrow::buffer::NullBuffer;
use bytes::Bytes;
use parquet::basic::{Compression, Encoding, EncodingMask};
use parquet::bloom_filter::Sbbf;
use parquet::column::page::{CompressedPage, Page, PageWriteSpec, PageWriter as _};
use parquet::column::writer::ColumnCloseResult;
use parquet::errors::ParquetError;
use parquet::file::metadata::{ColumnChunkMetaData, OffsetIndexBuilder, PageEncodingStats};
use parquet::file::statistics::Statistics;
use parquet::file::writer::{SerializedPageWriter, TrackedWrite};
use parquet::schema::types::ColumnDescPtr;

use super::runs;

/// Rows of a page at most, and bytes of it about, before compression.
pub(super) const PAGE_ROWS: usize = 20_000;
pub(super) const PAGE_BYTES: usize = 32 * 1024;

/// Which rows of a row group have a value.
#[derive(Default)]
pub(super) struct Presence {
    rows: usize,
    /// By row; none as long as all have one.
    flags: Option<Vec<bool>>,
}

impl Presence {
    pub(super) fn rows(&self) -> usize {
        self.rows
    }

    /// The next rows, and which of them have no value.
    pub(super) fn add(&mut self, rows: usize, nulls: Option<&NullBuffer>) {
        match (nulls.filter(|nulls| nulls.null_count() > 0), &mut self.flags) {
            (None, None) => {}
            (None, Some(flags)) => flags.resize(self.rows + rows, true),
            (Some(nulls), flags) => {
                flags.get_or_insert_with(|| vec![true; self.rows]).extend(nulls.iter());
            }
        }
        self.rows += rows;
    }

    /// Pages of at most so many rows: their rows, and how many of these have a value.
    fn pages(&self, page_rows: usize) -> impl Iterator<Item = (Range<usize>, usize)> {
        (0..self.rows).step_by(page_rows).map(move |first| {
            let rows = first..(first + page_rows).min(self.rows);
            let values = self
                .flags
                .as_ref()
                .map_or(rows.len(), |flags| flags[rows.clone()].iter().filter(|there| **there).count());
            (rows, values)
        })
    }
}

/// How pages are compressed.
enum Packing {
    Not,
    Snappy(Box<snap::raw::Encoder>),
    Zstd(Box<zstd::bulk::Compressor<'static>>),
}

impl Packing {
    fn of(compression: Compression) -> Result<Self, ParquetError> {
        match compression {
            Compression::UNCOMPRESSED => Ok(Packing::Not),
            Compression::SNAPPY => Ok(Packing::Snappy(Box::new(snap::raw::Encoder::new()))),
            Compression::ZSTD(level) => {
                Ok(Packing::Zstd(Box::new(zstd::bulk::Compressor::new(level.compression_level())?)))
            }
            other => Err(ParquetError::NYI(format!("a column chunk compressed by {other}"))),
        }
    }

    fn pack<'b>(&mut self, bytes: &'b [u8]) -> Result<Cow<'b, [u8]>, ParquetError> {
        match self {
            Packing::Not => Ok(Cow::Borrowed(bytes)),
            Packing::Snappy(snappy) => {
                let packed = snappy.compress_vec(bytes);
                packed.map(Cow::Owned).map_err(|error| ParquetError::External(Box::new(error)))
            }
            Packing::Zstd(zstd) => Ok(Cow::Owned(zstd.compress(bytes)?)),
        }
    }
}

/// A column chunk under construction.
pub(super) struct Chunk {
    column: ColumnDescPtr,
    compression: Compression,
    packing: Packing,
    bytes: TrackedWrite<Vec<u8>>,
    index: OffsetIndexBuilder,
    /// Where its dictionary is, if it has one, and where the pages behind it begin.
    dictionary: Option<u64>,
    data: Option<u64>,
    /// Of all pages, with their headers.
    packed_bytes: usize,
    unpacked_bytes: usize,
    written: Vec<PageEncodingStats>,
    /// Rows of all pages.
    paged_rows: usize,
}

impl Chunk {
    pub(super) fn begin(column: ColumnDescPtr, compression: Compression) -> Result<Self, ParquetError> {
        Ok(Self {
            column,
            compression,
            packing: Packing::of(compression)?,
            bytes: TrackedWrite::new(Vec::new()),
            index: OffsetIndexBuilder::new(),
            dictionary: None,
            data: None,
            packed_bytes: 0,
            unpacked_bytes: 0,
            written: Vec::new(),
            paged_rows: 0,
        })
    }

    /// The dictionary that pages refer to comes first: so many values as plain encoding has them.
    pub(super) fn write_dictionary(&mut self, values: &[u8], count: usize) -> Result<(), ParquetError> {
        let page = Page::DictionaryPage {
            buf: self.packing.pack(values)?.into_owned().into(),
            num_values: count_of(count)?,
            encoding: Encoding::PLAIN,
            is_sorted: false,
        };
        self.dictionary = Some(self.write(page, values.len())?.offset);
        Ok(())
    }

    /// Pages of at most so many rows. `values` are asked for in order, for so many rows that have one.
    pub(super) fn write_pages(
        &mut self,
        presence: &Presence,
        page_rows: usize,
        encoding: Encoding,
        mut values: impl FnMut(usize) -> Vec<u8>,
    ) -> Result<(), ParquetError> {
        for (rows, count) in presence.pages(page_rows) {
            let mut page = Vec::new();
            self.paged_rows += rows.len();
            if self.column.max_def_level() == 0 {
                assert_eq!(count, rows.len(), "a column that is never missing has a value in each row");
            } else {
                let flags = presence.flags.as_ref().map(|flags| &flags[rows.clone()]);
                runs::write_flags(&mut page, flags, rows.len());
            }
            let levels = page.len();
            let values = values(count);
            let packed = self.packing.pack(&values)?;
            let is_compressed = packed.len() < values.len();
            page.extend_from_slice(if is_compressed { &packed } else { &values });
            let page = Page::DataPageV2 {
                buf: page.into(),
                num_values: count_of(rows.len())?,
                encoding,
                num_nulls: count_of(rows.len() - count)?,
                num_rows: count_of(rows.len())?,
                def_levels_byte_len: count_of(levels)?,
                rep_levels_byte_len: 0,
                is_compressed,
                statistics: None,
            };
            let told = self.write(page, levels + values.len())?;
            self.data.get_or_insert(told.offset);
            self.index.append_row_count(position(rows.len() as u64));
            let bytes = i32::try_from(told.compressed_size).map_err(|_| too_many(told.compressed_size))?;
            self.index.append_offset_and_size(position(told.offset), bytes);
        }
        Ok(())
    }

    fn write(&mut self, page: Page, unpacked: usize) -> Result<PageWriteSpec, ParquetError> {
        let (page_type, encoding) = (page.page_type(), page.encoding());
        match self.written.last_mut() {
            Some(last) if (last.page_type, last.encoding) == (page_type, encoding) => last.count += 1,
            _ => self.written.push(PageEncodingStats { page_type, encoding, count: 1 }),
        }
        let mut writer = SerializedPageWriter::new(&mut self.bytes);
        let told = writer.write_page(CompressedPage::new(page, unpacked))?;
        self.packed_bytes += told.compressed_size;
        self.unpacked_bytes += told.uncompressed_size;
        Ok(told)
    }

    /// Its bytes, and what is known of its `rows`.
    pub(super) fn finish(
        self,
        rows: usize,
        statistics: Option<Statistics>,
        filter: Option<Sbbf>,
    ) -> Result<(Bytes, ColumnCloseResult), ParquetError> {
        assert_eq!(self.paged_rows, rows, "each row is in a page");
        let mut encodings = EncodingMask::new_from_encodings([Encoding::RLE].iter());
        self.written.iter().for_each(|pages| encodings.insert(pages.encoding));
        let mut metadata = ColumnChunkMetaData::builder(self.column)
            .set_compression(self.compression)
            .set_encodings_mask(encodings)
            .set_page_encoding_stats(self.written)
            .set_total_compressed_size(position(self.packed_bytes as u64))
            .set_total_uncompressed_size(position(self.unpacked_bytes as u64))
            .set_num_values(position(rows as u64))
            .set_data_page_offset(position(self.data.unwrap_or(0)))
            .set_dictionary_page_offset(self.dictionary.map(position));
        if let Some(statistics) = statistics {
            metadata = metadata.set_statistics(statistics);
        }
        let close = ColumnCloseResult {
            bytes_written: self.packed_bytes as u64,
            rows_written: rows as u64,
            metadata: metadata.build()?,
            bloom_filter: filter,
            column_index: None,
            offset_index: Some(self.index.build()),
        };
        Ok((self.bytes.into_inner()?.into(), close))
    }
}

fn position(bytes: u64) -> i64 {
    i64::try_from(bytes).expect("a column chunk is far smaller")
}

fn count_of(many: usize) -> Result<u32, ParquetError> {
    u32::try_from(many).map_err(|_| too_many(many))
}

fn too_many(many: usize) -> ParquetError {
    ParquetError::General(format!("a page of {many}"))
}
