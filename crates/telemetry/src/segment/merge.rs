//! Makes one segment of several of a window: large row groups are taken over as they are, byte by byte; small ones are
//! written anew together.

use std::sync::Arc;

use arrow::array::RecordBatch;
use ippo_base::Minute;
use parquet::column::writer::ColumnCloseResult;
use parquet::errors::ParquetError;
use parquet::file::writer::SerializedFileWriter;

use super::blocks::Checksums;
use super::files::Files;
use super::opened::{Segment, unread};
use super::order;
use super::rollups::{Detail, Place, Rollups};
use super::sink::Sink;
use super::write::{self, ROW_GROUP_ROWS, Rows};
use super::{SegmentError, SegmentMeta, ServiceShares, words};
use crate::red::Rollup;
use crate::signal::Signal;

/// Row groups from this many rows on are good as they are.
const GOOD_ROWS: i64 = ROW_GROUP_ROWS as i64 / 2;

/// The segments to merge, all of one signal and window.
pub struct Merge {
    /// Whose.
    pub signal: Signal,
    /// The window that they lie in.
    pub window: Minute,
    /// What becomes one.
    pub segments: Vec<Arc<SegmentMeta>>,
}

/// What a file's end says of this file alone.
const OF_FILE: [&str; 3] = [Checksums::KEY, Place::KEY, words::Place::KEY];

/// Writes the merged segment durably, all but its name in the folder.
pub fn merge(files: &Files, file: String, merge: &Merge) -> Result<SegmentMeta, SegmentError> {
    let inputs = merge.segments.iter().map(|meta| Ok((meta.as_ref(), files.open(meta)?)));
    let inputs = inputs.collect::<Result<Vec<_>, SegmentError>>()?;
    let Some((_, model)) = inputs.first() else {
        return Err(SegmentError::Damaged { file, reason: "it would be made of nothing".to_owned() });
    };
    let own = |error: ParquetError| SegmentError::Damaged { file: file.clone(), reason: error.to_string() };
    let meta = SegmentMeta::named(merge.signal, merge.window, file.clone());
    let sink = Sink::create(files.disk(), &meta.path()).map_err(|error| unread(&meta, error))?;
    let schema = model.metadata().file_metadata().schema_descr().root_schema_ptr();
    let properties = Arc::new(write::properties(merge.signal, ROW_GROUP_ROWS));
    let mut writer = SerializedFileWriter::new(sink, schema, properties).map_err(own)?;
    let mut words = words::Filters::default();
    for (of, segment) in &inputs {
        for group in groups(segment, |rows| rows >= GOOD_ROWS) {
            take_over(&mut writer, segment, group, &mut words).map_err(|error| segment.failed(of, error))?;
        }
    }
    if let Some(small) = rewritten(merge, &inputs)? {
        for group in groups(&small, |_| true) {
            take_over(&mut writer, &small, group, &mut words).map_err(own)?;
        }
    }
    let texts = model.metadata().file_metadata().key_value_metadata();
    for text in texts.into_iter().flatten().filter(|text| !OF_FILE.contains(&&*text.key)) {
        writer.append_key_value_metadata(text.clone());
    }
    let rollups = rollups(merge, &inputs)?;
    let words = (merge.signal == Signal::Logs).then_some(&words);
    let written = write::finish(writer, rollups.as_ref(), words)
        .map_err(own)?
        .finish()
        .map_err(|error| unread(&meta, error))?;
    let inputs = || merge.segments.iter();
    Ok(SegmentMeta {
        rows: inputs().map(|meta| meta.rows).sum(),
        min_time: inputs().map(|meta| meta.min_time).min().unwrap_or_default(),
        max_time: inputs().map(|meta| meta.max_time).max().unwrap_or_default(),
        services: ServiceShares::merged(inputs().map(Arc::as_ref), written.bytes).map(Arc::new),
        ..meta.written(&written)
    })
}

fn groups(segment: &Segment, fits: impl Fn(i64) -> bool) -> Vec<usize> {
    let groups = segment.metadata().row_groups().iter().enumerate();
    groups.filter(|(_, group)| fits(group.num_rows())).map(|(at, _)| at).collect()
}

/// Copies a row group, with its filters and its index of pages.
fn take_over(
    writer: &mut SerializedFileWriter<Sink>,
    segment: &Segment,
    group: usize,
    words: &mut words::Filters,
) -> Result<(), ParquetError> {
    words.push(segment.words(group)?);
    let metadata = segment.metadata();
    let of_group = metadata.row_group(group);
    let mut into = writer.next_row_group()?;
    for (at, column) in of_group.columns().iter().enumerate() {
        let filter = if column.column_path().string() == "trace_id" { segment.filter(group) } else { None };
        into.append_column(
            segment.blocks(),
            ColumnCloseResult {
                bytes_written: u64::try_from(column.compressed_size()).unwrap_or_default(),
                rows_written: u64::try_from(of_group.num_rows()).unwrap_or_default(),
                metadata: column.clone(),
                bloom_filter: filter.cloned(),
                column_index: metadata.column_index().map(|index| index[group][at].clone()),
                offset_index: metadata.offset_index().map(|index| index[group][at].clone()),
            },
        )?;
    }
    into.close()?;
    Ok(())
}

/// The sum of the rollups, if each input has one.
fn rollups(merge: &Merge, inputs: &[(&SegmentMeta, Arc<Segment>)]) -> Result<Option<Rollups>, SegmentError> {
    let mut sum = Rollup::default();
    for (of, segment) in inputs {
        match segment.rollup(Detail::Minutes).map_err(|error| segment.failed(of, error))? {
            Some(rollup) => sum.merge(&rollup),
            None => return Ok(None),
        }
    }
    Ok(Some(Rollups::of(&sum, merge.window)))
}

/// The rows of all small row groups, written anew in memory; none where there are none.
fn rewritten(
    merge: &Merge,
    inputs: &[(&SegmentMeta, Arc<Segment>)],
) -> Result<Option<Segment>, SegmentError> {
    let mut batches: Vec<RecordBatch> = Vec::new();
    for (of, segment) in inputs {
        let small = groups(segment, |rows| rows < GOOD_ROWS);
        batches.extend(segment.row_groups(merge.signal, small).map_err(|error| segment.failed(of, error))?);
    }
    // One of all, as they lie in one window.
    let mut parts = order::parts(merge.signal, &batches).into_iter();
    let Some(mut all) = parts.next() else { return Ok(None) };
    all.rows.extend(parts.flat_map(|part| part.rows));
    let rows = Rows { signal: merge.signal, batches: &batches, part: &all };
    Segment::in_memory(&rows).map(Some)
}
