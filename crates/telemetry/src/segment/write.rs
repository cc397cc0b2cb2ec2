//! Writes rows as a segment: one Parquet file, with what a reader needs to take a part of it without reading the rest.

use std::sync::Arc;

use arrow::array::RecordBatch;
use ippo_base::disk::Disk;
use parquet::arrow::ArrowWriter;
use parquet::basic::{Compression, Encoding, ZstdLevel};
use parquet::errors::ParquetError;
use parquet::file::metadata::KeyValue;
use parquet::file::properties::{BloomFilterPosition, EnabledStatistics, WriterProperties, WriterVersion};
use parquet::file::writer::SerializedFileWriter;
use parquet::schema::types::ColumnPath;

use super::blocks::Checksums;
use super::group::Group;
use super::rollups::{Place, Rollups};
use super::sink::Sink;
use super::uniform::is_missing;
use super::{Part, SegmentError, SegmentMeta, ServiceShares, names, references, words};
use crate::columns::gather::Source;
use crate::columns::{self, ColumnKind};
use crate::red;
use crate::signal::Signal;

/// Rows of a row group at most; in tests few, so that files have several.
pub(super) const ROW_GROUP_ROWS: usize = if cfg!(test) { 256 } else { 64 * 1024 };
/// Bytes of a page before compression: what is read at least of a column for a trace.
const PAGE_BYTES: usize = 256 * 1024;
/// The same where few bytes are many rows, and larger pages are hardly packed better.
const SMALL_PAGE_BYTES: usize = 32 * 1024;
/// For the long texts of spans level 3 costs hardly more than 1 and saves a twentieth; for log records it costs more.
const fn zstd_level(signal: Signal) -> i32 {
    match signal {
        Signal::Spans | Signal::Metrics => 3,
        Signal::Logs => 1,
    }
}
/// After so many values the writer looks whether a page is full.
const PAGE_STEP_ROWS: usize = 256;
/// Rows that are put together at a time, unless they are unusually large: so few that the next ones find the memory of these
/// still there.
const CHUNK_ROWS: usize = 2 * 1024;
/// Bytes that are put together at a time, about.
const CHUNK_BYTES: usize = 2 * 1024 * 1024;

/// Columns that are small, or that zstd makes hardly smaller.
const SMALL: [&str; 6] =
    ["http_status", "severity_number", "dropped", "trace_id", "duration_ns", "status_message"];

/// How often a filter takes a trace for one that it has. A trace is looked for in all segments.
const TRACE_FILTER_FALSE: f64 = 0.000_1;

/// Rows that become a segment.
pub struct Rows<'a> {
    /// Whose.
    pub signal: Signal,
    /// Where they are.
    pub batches: &'a [RecordBatch],
    /// Which, in the order of the file.
    pub part: &'a Part,
}

/// Writes a segment durably, all but its name in the folder: the caller syncs that once for all of a flush.
pub fn write(disk: &dyn Disk, file: String, rows: &Rows<'_>) -> Result<SegmentMeta, SegmentError> {
    let meta = SegmentMeta::named(rows.signal, rows.part.window, file);
    let io = |source| SegmentError::Io { file: meta.file.clone(), source };
    let sink = Sink::create(disk, &meta.path()).map_err(io)?;
    let refusal = sink.refusal();
    let written = encode(rows, sink, red::Builder::new(rows.signal))
        .map_err(|error| super::opened::unwritten(&meta, &refusal, error))?
        .finish()
        .map_err(io)?;
    Ok(SegmentMeta {
        rows: rows.part.rows.len() as u64,
        min_time: rows.part.min_time,
        max_time: rows.part.max_time,
        services: Some(Arc::new(ServiceShares::of(rows, written.bytes))),
        ..meta.written(&written)
    })
}

/// Where a file's bytes go, which is told when its rows end.
pub(super) trait Tailed: std::io::Write + Send {
    /// All rows are written.
    fn begin_tail(&mut self) -> Checksums;
}

impl Tailed for Sink {
    fn begin_tail(&mut self) -> Checksums {
        Sink::begin_tail(self)
    }
}

/// In memory there is nothing that could change.
impl Tailed for Vec<u8> {
    fn begin_tail(&mut self) -> Checksums {
        Checksums::of(self)
    }
}

/// Writes the rows as a Parquet file, with what `red` makes of them.
pub(super) fn encode<W: Tailed>(
    rows: &Rows<'_>,
    into: W,
    mut red: Option<red::Builder>,
) -> Result<W, ParquetError> {
    let properties = properties(rows.signal, rows.part.rows.len(), &|column| is_missing(rows, column));
    let schema = columns::schema(rows.signal);
    let (mut writer, columns) =
        ArrowWriter::try_new(into, schema.clone(), Some(properties))?.into_serialized_writer()?;
    let mut source = Source::new(rows.signal, rows.batches);
    let mut words = words::Builder::new(rows.signal, rows.part.rows.len());
    for of_group in rows.part.rows.chunks(group_rows(rows.part.rows.len())) {
        let mut group = Group::begin(&writer, &columns, &schema)?;
        for chunk in of_group.chunks(chunk_rows(rows)) {
            let chunk = source.rows(chunk);
            red.iter_mut().for_each(|red| red.add(&chunk));
            words.iter_mut().for_each(|words| words.add(&chunk));
            group.add(&references::shorten(rows.signal, &chunk))?;
        }
        group.finish(&mut writer)?;
        words.iter_mut().try_for_each(words::Builder::end_group)?;
    }
    let rollups = red.map(|red| Rollups::of(&red.finish(), rows.part.window));
    let words = words.map(words::Builder::finish);
    finish(writer, rollups.as_ref(), words.as_ref())
}

/// Writes the file's end: what is known of all rows, and the checksums of what comes before.
pub(super) fn finish<W: Tailed>(
    mut writer: SerializedFileWriter<W>,
    rollups: Option<&Rollups>,
    words: Option<&words::Filters>,
) -> Result<W, ParquetError> {
    if let Some(rollups) = rollups {
        let place = rollups.write(&mut writer)?;
        writer.append_key_value_metadata(KeyValue::new(Place::KEY.to_owned(), place.to_text()));
    }
    if let Some(words) = words {
        let place = words.write(&mut writer)?;
        writer.append_key_value_metadata(KeyValue::new(words::Place::KEY.to_owned(), place.to_text()));
    }
    writer.flush()?;
    let checksums = writer.inner_mut().begin_tail();
    writer.append_key_value_metadata(KeyValue::new(Checksums::KEY.to_owned(), checksums.to_text()));
    writer.into_inner()
}

/// Rows of each row group of so many: all but the last are the same, and it is hardly smaller, so that none has to be written
/// anew by a merge.
fn group_rows(rows: usize) -> usize {
    rows.div_ceil(rows.div_ceil(ROW_GROUP_ROWS).max(1)).max(1)
}

fn chunk_rows(rows: &Rows<'_>) -> usize {
    let all: usize = rows.batches.iter().map(RecordBatch::num_rows).sum();
    let bytes: usize = rows.batches.iter().map(columns::memory_bytes).sum();
    let of_row = bytes / all.max(1);
    (CHUNK_BYTES / of_row.max(1)).clamp(64, CHUNK_ROWS)
}

/// How a signal's rows are written, `rows` of them, where the columns of these numbers say nothing in any of them.
pub(super) fn properties(
    signal: Signal,
    rows: usize,
    is_missing: &dyn Fn(usize) -> bool,
) -> WriterProperties {
    let level = ZstdLevel::try_new(zstd_level(signal)).expect("the level exists");
    let mut properties = WriterProperties::builder()
        .set_writer_version(WriterVersion::PARQUET_2_0)
        .set_compression(Compression::ZSTD(level))
        .set_max_row_group_row_count(Some(ROW_GROUP_ROWS))
        .set_data_page_size_limit(PAGE_BYTES)
        .set_write_batch_size(PAGE_STEP_ROWS)
        .set_bloom_filter_position(BloomFilterPosition::End)
        // Rows lie by time and trace; no page could be left out by what is least and most in it.
        .set_statistics_enabled(EnabledStatistics::Chunk)
        .set_created_by("ippo".to_owned());
    for (at, column) in columns::of(signal).iter().enumerate() {
        let path = ColumnPath::from(column.name);
        // Where values seldom repeat a dictionary fills up, and is read for each of the pages behind it; where they repeat
        // at once, as users and sessions do within a trace, a value is told from the one before in fewer bytes.
        let in_dictionary = match column.kind {
            ColumnKind::Name | ColumnKind::NamedMap | ColumnKind::Json | ColumnKind::Int => true,
            ColumnKind::Float | ColumnKind::Bool => true,
            ColumnKind::Id16 | ColumnKind::Id8 | ColumnKind::Time | ColumnKind::Map | ColumnKind::Text => {
                false
            }
        };
        properties = properties.set_column_dictionary_enabled(path.clone(), in_dictionary);
        // Searches go through bodies as they are, and ids are random: their beginnings tell nothing, but of traces where the
        // spans of one lie side by side.
        let is_random = match column.kind {
            ColumnKind::Id8 => true,
            ColumnKind::Id16 => signal != Signal::Spans,
            _ => false,
        };
        if is_random || column.name == "body" {
            properties = properties.set_column_encoding(path.clone(), Encoding::PLAIN);
        }
        // What is small, or lies in long runs, gains little by zstd, and pays for a context with each column that is opened,
        // which takes longer than reading it.
        if matches!(column.kind, ColumnKind::Name | ColumnKind::NamedMap) {
            properties = properties.set_column_compression(path.clone(), names::COMPRESSION);
        }
        if matches!(column.kind, ColumnKind::Bool | ColumnKind::Time) || SMALL.contains(&column.name) {
            properties = properties.set_column_compression(path.clone(), Compression::SNAPPY);
        }
        if !matches!(column.kind, ColumnKind::Map | ColumnKind::Json) && column.name != "body" {
            properties = properties.set_column_data_page_size_limit(path.clone(), SMALL_PAGE_BYTES);
        }
        // That all values are missing, or are one, spares readers a column; of names their own writer tells it. Otherwise
        // statistics tell nothing, and each value would be compared with the least and the most.
        let is_number =
            matches!(column.kind, ColumnKind::Int | ColumnKind::Time | ColumnKind::Float | ColumnKind::Bool);
        let is_named = matches!(column.kind, ColumnKind::Name | ColumnKind::NamedMap);
        if !is_number && (is_named || !is_missing(at)) {
            properties = properties.set_column_statistics_enabled(path.clone(), EnabledStatistics::None);
        }
        if column.name == "span_id" {
            properties = properties.set_column_compression(path.clone(), Compression::UNCOMPRESSED);
        }
        if column.name == "trace_id" {
            let ids = rows.min(ROW_GROUP_ROWS) as u64;
            properties = properties.set_column_bloom_filter_enabled(path.clone(), true);
            properties = properties.set_column_bloom_filter_fpp(path.clone(), TRACE_FILTER_FALSE);
            properties = properties.set_column_bloom_filter_max_ndv(path, ids.max(1));
        }
    }
    properties.build()
}
