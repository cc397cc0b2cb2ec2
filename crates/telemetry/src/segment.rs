//! Immutable files of rows: one signal, one hour of event time, sorted by time, as Parquet.
//!
//! A segment is written once, named by the manifest, and never changed.

mod tail;

use std::collections::{BTreeMap, BTreeSet};
use std::io;
use std::sync::Arc;

use arrow::array::{Array as _, AsArray, RecordBatch, UInt32Array};
use arrow::compute::{concat_batches, sort_to_indices, take_record_batch};
use arrow::datatypes::TimestampNanosecondType;
use arrow::error::ArrowError;
use bytes::Bytes;
use ippo_base::disk::Disk;
use ippo_base::{Minute, TimeRange, Timestamp};
use parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;
use parquet::arrow::{ArrowWriter, ProjectionMask};
use parquet::basic::{Compression, ZstdLevel};
use parquet::bloom_filter::Sbbf;
use parquet::errors::ParquetError;
use parquet::file::metadata::{
    ColumnChunkMetaData, ParquetMetaData, ParquetMetaDataReader, RowGroupMetaData,
};
use parquet::file::properties::{BloomFilterPosition, WriterProperties, WriterVersion};
use parquet::schema::types::ColumnPath;
use serde::{Deserialize, Serialize};

use crate::columns::{self, ColumnKind};
use crate::signal::Signal;

/// The folder of segments below the data folder.
pub const FOLDER: &str = "segments";
/// Minutes of event time in one window. A segment never spans two.
pub const WINDOW_MINUTES: u32 = 60;
/// Rows in memory that become one file; beyond it a window gets several. Columns of text hold at most 2 GiB.
const PART_BYTES: usize = 256 * 1024 * 1024;
const ROW_GROUP_ROWS: usize = 64 * 1024;
const READ_BATCH_ROWS: usize = 8 * 1024;

/// What the manifest says of a segment.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SegmentMeta {
    /// The file below [`FOLDER`].
    pub file: String,
    /// The signal's name.
    pub signal: String,
    /// The first minute of its window.
    pub window: u32,
    /// Number of rows.
    pub rows: u64,
    /// The file's length.
    pub bytes: u64,
    /// The earliest event time, in nanoseconds.
    pub min_time: i64,
    /// The latest event time, in nanoseconds.
    pub max_time: i64,
    /// CRC-32C of the whole file.
    pub crc: u32,
    /// Where the file's end begins: Bloom filters and footer, which are read without the rest.
    pub tail: u64,
    /// CRC-32C of the file's end: a filter that lost a bit would deny rows that are there.
    pub tail_crc: u32,
}

/// Why a segment could not be written or read.
#[derive(Debug, thiserror::Error)]
pub enum SegmentError {
    /// The disk failed.
    #[error("segment {file}: {source}")]
    Io {
        /// The file.
        file: String,
        /// What the disk said.
        source: io::Error,
    },
    /// The bytes are not what was written.
    #[error("segment {file} is damaged: {reason}")]
    Damaged {
        /// The file.
        file: String,
        /// What is wrong with it.
        reason: String,
    },
}

impl SegmentMeta {
    /// Whether any of its rows may lie in the range.
    pub fn overlaps(&self, range: TimeRange) -> bool {
        Timestamp::from_nanos(self.min_time) < range.to && range.from <= Timestamp::from_nanos(self.max_time)
    }

    /// The path below the data folder.
    pub fn path(&self) -> String {
        format!("{FOLDER}/{}", self.file)
    }
}

/// Parts rows by window, each part sorted by time and small enough for one file. Windows ascend.
pub fn windows(signal: Signal, batches: &[RecordBatch]) -> Result<Vec<(Minute, RecordBatch)>, ArrowError> {
    let mut windows: BTreeMap<Minute, Vec<RecordBatch>> = BTreeMap::new();
    for batch in batches.iter().filter(|batch| batch.num_rows() > 0) {
        for (window, rows) in by_window(signal, batch)? {
            windows.entry(window).or_default().push(rows);
        }
    }
    let mut parts = Vec::new();
    for (window, batches) in windows {
        let (mut group, mut bytes) = (Vec::new(), 0);
        for batch in batches {
            let size = batch.get_array_memory_size();
            if bytes + size > PART_BYTES && !group.is_empty() {
                parts.push((window, sorted(signal, &std::mem::take(&mut group))?));
                bytes = 0;
            }
            bytes += size;
            group.push(batch);
        }
        parts.push((window, sorted(signal, &group)?));
    }
    Ok(parts)
}

fn by_window(signal: Signal, batch: &RecordBatch) -> Result<Vec<(Minute, RecordBatch)>, ArrowError> {
    let mut rows: BTreeMap<Minute, Vec<u32>> = BTreeMap::new();
    for (row, nanos) in (0..).zip(times(signal, batch)) {
        rows.entry(window_start(Timestamp::from_nanos(*nanos).minute())).or_default().push(row);
    }
    if let Some((window, _)) = rows.first_key_value()
        && rows.len() == 1
    {
        return Ok(vec![(*window, batch.clone())]);
    }
    rows.into_iter()
        .map(|(window, rows)| Ok((window, take_record_batch(batch, &UInt32Array::from(rows))?)))
        .collect()
}

fn sorted(signal: Signal, batches: &[RecordBatch]) -> Result<RecordBatch, ArrowError> {
    let all = concat_batches(&columns::schema(signal), batches)?;
    let times = all.column_by_name(columns::time_column(signal)).expect("every table has its time column");
    take_record_batch(&all, &sort_to_indices(times, None, None)?)
}

fn times(signal: Signal, batch: &RecordBatch) -> &[i64] {
    let times = batch.column_by_name(columns::time_column(signal)).expect("every table has its time column");
    times.as_primitive::<TimestampNanosecondType>().values()
}

/// The window of a minute.
fn window_start(minute: Minute) -> Minute {
    Minute(minute.0 - minute.0 % WINDOW_MINUTES)
}

/// The event times of a window.
pub fn window_range(window: Minute) -> TimeRange {
    TimeRange { from: window.start(), to: window.plus(WINDOW_MINUTES).start() }
}

/// The windows of a batch's rows.
pub fn windows_of(signal: Signal, batch: &RecordBatch) -> BTreeSet<Minute> {
    times(signal, batch).iter().map(|nanos| window_start(Timestamp::from_nanos(*nanos).minute())).collect()
}

/// The rows of a trace in a batch, if it has any.
pub fn of_trace(batch: &RecordBatch, id: &[u8; 16]) -> Option<RecordBatch> {
    let ids = batch.column_by_name("trace_id")?.as_fixed_size_binary();
    let is_of = |row: &u32| ids.is_valid(*row as usize) && ids.value(*row as usize) == id;
    let rows: Vec<u32> = (0..u32::try_from(batch.num_rows()).ok()?).filter(is_of).collect();
    if rows.is_empty() {
        return None;
    }
    take_record_batch(batch, &UInt32Array::from(rows)).ok()
}

/// The rows of a trace in a segment. Where the Bloom filters rule them out, only the file's end is read.
pub fn read_trace(
    disk: &dyn Disk,
    signal: Signal,
    meta: &SegmentMeta,
    id: &[u8; 16],
) -> Result<Vec<RecordBatch>, SegmentError> {
    if !may_have(disk, signal, meta, id)? {
        return Ok(Vec::new());
    }
    let batches = read(disk, signal, meta, None)?;
    Ok(batches.iter().filter_map(|batch| of_trace(batch, id)).collect())
}

fn may_have(
    disk: &dyn Disk,
    signal: Signal,
    meta: &SegmentMeta,
    id: &[u8; 16],
) -> Result<bool, SegmentError> {
    let Some((column, _)) = columns::find(signal, "trace_id") else { return Ok(false) };
    let damaged = |reason: String| SegmentError::Damaged { file: meta.file.clone(), reason };
    let length = usize::try_from(meta.bytes.saturating_sub(meta.tail)).unwrap_or(0);
    let tail = disk
        .read(&meta.path(), meta.tail, length)
        .map_err(|source| SegmentError::Io { file: meta.file.clone(), source })?;
    if crc32c::crc32c(&tail) != meta.tail_crc {
        return Err(damaged("the checksum of its end differs from the manifest's".to_owned()));
    }
    let file = tail::Tail { bytes: Bytes::from(tail), begins: meta.tail };
    let footer = ParquetMetaDataReader::new().parse_and_finish(&file).map_err(|e| damaged(e.to_string()))?;
    for group in footer.row_groups() {
        let filter =
            Sbbf::read_from_column_chunk(group.column(column), &file).map_err(|e| damaged(e.to_string()))?;
        if filter.is_none_or(|filter| filter.check(id.as_slice())) {
            return Ok(true);
        }
    }
    Ok(false)
}

/// Where the first Bloom filter begins; they come after all rows, and before the footer.
fn tail_of(footer: &ParquetMetaData, length: usize) -> usize {
    let columns = footer.row_groups().iter().flat_map(RowGroupMetaData::columns);
    let first = columns.filter_map(ColumnChunkMetaData::bloom_filter_offset).min();
    first.and_then(|offset| usize::try_from(offset).ok()).unwrap_or(0).min(length)
}

/// Writes a segment durably, all but its name in the folder: the caller syncs that once for all of a flush.
pub fn write(
    disk: &dyn Disk,
    signal: Signal,
    window: Minute,
    file: String,
    rows: &RecordBatch,
) -> Result<SegmentMeta, SegmentError> {
    let damaged = |e: ParquetError| SegmentError::Damaged { file: file.clone(), reason: e.to_string() };
    let mut bytes = Vec::new();
    let properties = properties(signal, rows.num_rows());
    let mut writer =
        ArrowWriter::try_new(&mut bytes, columns::schema(signal), Some(properties)).map_err(damaged)?;
    writer.write(rows).map_err(damaged)?;
    let footer = writer.close().map_err(damaged)?;
    let tail = tail_of(&footer, bytes.len());
    let nanos = times(signal, rows);
    let meta = SegmentMeta {
        signal: signal.name().to_owned(),
        window: window.0,
        rows: rows.num_rows() as u64,
        bytes: bytes.len() as u64,
        min_time: nanos.first().copied().unwrap_or_default(),
        max_time: nanos.last().copied().unwrap_or_default(),
        crc: crc32c::crc32c(&bytes),
        tail: tail as u64,
        tail_crc: crc32c::crc32c(&bytes[tail..]),
        file,
    };
    let io = |source| SegmentError::Io { file: meta.file.clone(), source };
    disk.write_new(&meta.path(), &bytes).map_err(io)?;
    Ok(meta)
}

/// Reads a segment, or some of its columns, after checking every byte.
pub fn read(
    disk: &dyn Disk,
    signal: Signal,
    meta: &SegmentMeta,
    columns: Option<&[&str]>,
) -> Result<Vec<RecordBatch>, SegmentError> {
    let bytes = read_bytes(disk, meta)?;
    let damaged = |reason: String| SegmentError::Damaged { file: meta.file.clone(), reason };
    let reader = ParquetRecordBatchReaderBuilder::try_new(bytes).map_err(|e| damaged(e.to_string()))?;
    let mask = match columns {
        None => ProjectionMask::all(),
        Some(names) => {
            let wanted =
                crate::columns::of(signal).iter().enumerate().filter(|(_, c)| names.contains(&c.name));
            ProjectionMask::roots(reader.parquet_schema(), wanted.map(|(at, _)| at))
        }
    };
    let reader = reader.with_projection(mask).with_batch_size(READ_BATCH_ROWS).build();
    let batches = reader.map_err(|e| damaged(e.to_string()))?;
    batches.collect::<Result<Vec<_>, _>>().map_err(|e| damaged(e.to_string()))
}

/// Reads a whole segment and compares it with what the manifest says.
pub fn check(disk: &dyn Disk, meta: &SegmentMeta) -> Result<(), SegmentError> {
    let damaged = |reason: String| SegmentError::Damaged { file: meta.file.clone(), reason };
    let signal =
        Signal::from_name(&meta.signal).ok_or_else(|| damaged(format!("no signal {}", meta.signal)))?;
    let rows: usize = read(disk, signal, meta, None)?.iter().map(RecordBatch::num_rows).sum();
    if rows as u64 == meta.rows {
        return Ok(());
    }
    Err(damaged(format!("it has {rows} rows where the manifest says {}", meta.rows)))
}

/// The segment's bytes, if they are what was written.
pub fn read_bytes(disk: &dyn Disk, meta: &SegmentMeta) -> Result<Bytes, SegmentError> {
    let io = |source| SegmentError::Io { file: meta.file.clone(), source };
    let bytes = disk.read_all(&meta.path()).map_err(io)?;
    if crc32c::crc32c(&bytes) != meta.crc {
        let reason = "its checksum differs from the manifest's".to_owned();
        return Err(SegmentError::Damaged { file: meta.file.clone(), reason });
    }
    Ok(Bytes::from(bytes))
}

fn properties(signal: Signal, rows: usize) -> WriterProperties {
    let level = ZstdLevel::try_new(1).expect("level 1 exists");
    let mut properties = WriterProperties::builder()
        .set_writer_version(WriterVersion::PARQUET_2_0)
        .set_compression(Compression::ZSTD(level))
        .set_max_row_group_row_count(Some(ROW_GROUP_ROWS))
        .set_bloom_filter_position(BloomFilterPosition::End)
        .set_created_by("ippo".to_owned());
    for column in columns::of(signal) {
        let path = ColumnPath::from(column.name);
        if matches!(column.kind, ColumnKind::Id16 | ColumnKind::Id8 | ColumnKind::Time) {
            properties = properties.set_column_dictionary_enabled(path.clone(), false);
        }
        if column.name == "trace_id" {
            let ids = rows.min(ROW_GROUP_ROWS) as u64;
            properties = properties.set_column_bloom_filter_enabled(path.clone(), true);
            properties = properties.set_column_bloom_filter_max_ndv(path, ids.max(1));
        }
    }
    properties.build()
}

/// A segment that queries share; its file is removed only when the last of them is gone.
pub type SegmentRef = Arc<SegmentMeta>;
