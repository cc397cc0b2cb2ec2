//! Writes rows as a segment: one Parquet file, with what a reader needs to take a part of it without reading the rest.

use arrow::array::RecordBatch;
use ippo_base::Minute;
use ippo_base::disk::Disk;
use parquet::arrow::ArrowWriter;
use parquet::basic::{Compression, ZstdLevel};
use parquet::errors::ParquetError;
use parquet::file::metadata::KeyValue;
use parquet::file::properties::{BloomFilterPosition, WriterProperties, WriterVersion};
use parquet::schema::types::ColumnPath;

use super::blocks::Checksums;
use super::gather::Source;
use super::order::Place;
use super::{SegmentError, SegmentMeta, times};
use crate::columns::{self, ColumnKind};
use crate::signal::Signal;

/// Rows of a row group.
pub(super) const ROW_GROUP_ROWS: usize = 64 * 1024;
/// Bytes of a page before compression: what is read at least of each column for a trace.
const PAGE_BYTES: usize = 128 * 1024;
/// After so many values the writer looks whether a page is full.
const PAGE_STEP_ROWS: usize = 256;
/// Rows that are put together at a time, unless they are unusually large.
const CHUNK_ROWS: usize = 8 * 1024;
/// Bytes that are put together at a time, about.
const CHUNK_BYTES: usize = 8 * 1024 * 1024;

/// How often a filter takes a trace for one that it has. A trace is looked for in all segments.
const TRACE_FILTER_FALSE: f64 = 0.001;

/// Rows that become a segment.
pub struct Rows<'a> {
    /// Whose.
    pub signal: Signal,
    /// The window that they lie in.
    pub window: Minute,
    /// Where they are.
    pub batches: &'a [RecordBatch],
    /// Which, in the order of the file.
    pub places: &'a [Place],
}

/// Writes a segment durably, all but its name in the folder: the caller syncs that once for all of a flush.
pub fn write(disk: &dyn Disk, file: String, rows: &Rows<'_>) -> Result<SegmentMeta, SegmentError> {
    let (bytes, tail) = encode(rows)
        .map_err(|error| SegmentError::Damaged { file: file.clone(), reason: error.to_string() })?;
    let time = |place: &Place| times(rows.signal, &rows.batches[place.batch as usize])[place.row as usize];
    let meta = SegmentMeta {
        signal: rows.signal.name().to_owned(),
        window: rows.window.0,
        rows: rows.places.len() as u64,
        bytes: bytes.len() as u64,
        min_time: rows.places.iter().map(time).min().unwrap_or_default(),
        max_time: rows.places.iter().map(time).max().unwrap_or_default(),
        crc: crc32c::crc32c(&bytes),
        tail: tail as u64,
        tail_crc: crc32c::crc32c(&bytes[tail..]),
        file,
    };
    let io = |source| SegmentError::Io { file: meta.file.clone(), source };
    disk.write_new(&meta.path(), &bytes).map_err(io)?;
    Ok(meta)
}

/// The file's bytes, and where its end begins: what comes behind all rows.
fn encode(rows: &Rows<'_>) -> Result<(Vec<u8>, usize), ParquetError> {
    let mut bytes = Vec::new();
    let properties = properties(rows);
    let mut writer = ArrowWriter::try_new(&mut bytes, columns::schema(rows.signal), Some(properties))?;
    let mut source = Source::new(rows.signal, rows.batches);
    for chunk in rows.places.chunks(chunk_rows(rows)) {
        writer.write(&source.rows(chunk))?;
    }
    writer.flush()?;
    writer.sync()?;
    let data = writer.inner();
    let (tail, checksums) = (data.len(), Checksums::of(data));
    writer.append_key_value_metadata(KeyValue::new(Checksums::KEY.to_owned(), checksums.to_text()));
    writer.close()?;
    Ok((bytes, tail))
}

fn chunk_rows(rows: &Rows<'_>) -> usize {
    let all: usize = rows.batches.iter().map(RecordBatch::num_rows).sum();
    let bytes: usize = rows.batches.iter().map(RecordBatch::get_array_memory_size).sum();
    let of_row = bytes / all.max(1);
    (CHUNK_BYTES / of_row.max(1)).clamp(64, CHUNK_ROWS)
}

fn properties(rows: &Rows<'_>) -> WriterProperties {
    let level = ZstdLevel::try_new(1).expect("level 1 exists");
    let mut properties = WriterProperties::builder()
        .set_writer_version(WriterVersion::PARQUET_2_0)
        .set_compression(Compression::ZSTD(level))
        .set_max_row_group_row_count(Some(ROW_GROUP_ROWS))
        .set_data_page_size_limit(PAGE_BYTES)
        .set_write_batch_size(PAGE_STEP_ROWS)
        .set_bloom_filter_position(BloomFilterPosition::End)
        .set_created_by("ippo".to_owned());
    for column in columns::of(rows.signal) {
        let path = ColumnPath::from(column.name);
        if matches!(column.kind, ColumnKind::Id16 | ColumnKind::Id8 | ColumnKind::Time) {
            properties = properties.set_column_dictionary_enabled(path.clone(), false);
        }
        if column.name == "trace_id" {
            let ids = rows.places.len().min(ROW_GROUP_ROWS) as u64;
            properties = properties.set_column_bloom_filter_enabled(path.clone(), true);
            properties = properties.set_column_bloom_filter_fpp(path.clone(), TRACE_FILTER_FALSE);
            properties = properties.set_column_bloom_filter_max_ndv(path, ids.max(1));
        }
    }
    properties.build()
}
