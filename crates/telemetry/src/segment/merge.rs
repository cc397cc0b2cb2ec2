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
use super::opened::{Segment, unread, unwritten};
use super::order;
use super::rollups::{Detail, Place, Rollups};
use super::sink::{Refusal, Sink};
use super::write::{self, ROW_GROUP_ROWS, Rows};
use super::{SegmentError, SegmentMeta, ServiceShares, words};
use crate::red::Rollup;
use crate::sampling::Sampled;
use crate::signal::Signal;

/// Row groups from this many rows on are good as they are.
const GOOD_ROWS: i64 = ROW_GROUP_ROWS as i64 / 2;

/// The segments to merge, all of one signal and window.
pub struct Merge {
    /// Whose.
    pub signal: Signal,
    /// The window that they lie in.
    pub window: Minute,
    /// What becomes one: all sampled, or none.
    pub segments: Vec<Arc<SegmentMeta>>,
}

/// What a file's end says of this file alone.
const OF_FILE: [&str; 3] = [Checksums::KEY, Place::KEY, words::Place::KEY];

/// A segment that is made of row groups of others.
pub(super) struct Output {
    meta: SegmentMeta,
    writer: SerializedFileWriter<Sink>,
    refusal: Refusal,
    words: words::Filters,
}

impl Output {
    /// A new file, of rows like those of `model`.
    pub(super) fn create(
        files: &Files,
        signal: Signal,
        window: Minute,
        file: String,
        model: &Segment,
    ) -> Result<Self, SegmentError> {
        let meta = SegmentMeta::named(signal, window, file);
        let sink = Sink::create(files.disk(), &meta.path()).map_err(|error| unread(&meta, error))?;
        let refusal = sink.refusal();
        let schema = model.metadata().file_metadata().schema_descr().root_schema_ptr();
        let properties = Arc::new(write::properties(signal, ROW_GROUP_ROWS, &|_| true));
        let mut writer = SerializedFileWriter::new(sink, schema, properties)
            .map_err(|error| unwritten(&meta, &refusal, error))?;
        let texts = model.metadata().file_metadata().key_value_metadata();
        for text in texts.into_iter().flatten().filter(|text| !OF_FILE.contains(&&*text.key)) {
            writer.append_key_value_metadata(text.clone());
        }
        Ok(Self { meta, writer, refusal, words: words::Filters::default() })
    }

    /// Takes a row group over as it is. The error is of the file that failed, this one or the segment's: where there is no
    /// room for this one, nothing is wrong with the other.
    fn take_over(&mut self, segment: &Segment, of: &SegmentMeta, group: usize) -> Result<(), SegmentError> {
        take_over(&mut self.writer, segment, group, &mut self.words).map_err(|error| {
            match self.refusal.take() {
                Some(source) => unread(&self.meta, source),
                None => segment.failed(of, error),
            }
        })
    }

    /// Takes rows in memory as row groups of their own.
    pub(super) fn take_rows(&mut self, batches: &[RecordBatch]) -> Result<(), SegmentError> {
        let Some(small) = in_memory(self.signal(), batches)? else { return Ok(()) };
        for group in groups(&small, |_| true) {
            self.take_over(&small, &self.meta.clone(), group)?;
        }
        Ok(())
    }

    /// Makes the file durable, all but its name in the folder. What is known of its rows is for the caller to add.
    pub(super) fn finish(self, rollups: Option<&Rollups>) -> Result<SegmentMeta, SegmentError> {
        let words = (self.signal() == Signal::Logs).then_some(&self.words);
        let written = write::finish(self.writer, rollups, words)
            .map_err(|error| unwritten(&self.meta, &self.refusal, error))?
            .finish()
            .map_err(|error| unread(&self.meta, error))?;
        Ok(self.meta.written(&written))
    }

    /// How many bytes it has so far.
    pub(super) fn bytes(&self) -> u64 {
        self.writer.bytes_written() as u64
    }

    fn signal(&self) -> Signal {
        Signal::from_name(&self.meta.signal).expect("it was made of one")
    }
}

/// Writes the merged segment durably, all but its name in the folder.
pub fn merge(files: &Files, file: String, merge: &Merge) -> Result<SegmentMeta, SegmentError> {
    let inputs = merge.segments.iter().map(|meta| Ok((meta.as_ref(), files.open(meta)?)));
    let inputs = inputs.collect::<Result<Vec<_>, SegmentError>>()?;
    let Some((_, model)) = inputs.first() else {
        return Err(SegmentError::Damaged { file, reason: "it would be made of nothing".to_owned() });
    };
    let mut output = Output::create(files, merge.signal, merge.window, file, model)?;
    // Small row groups are read until they make a good one: what lies in memory has a bound, however many there are.
    let (mut small, mut small_rows): (Vec<RecordBatch>, usize) = (Vec::new(), 0);
    for (of, segment) in &inputs {
        for group in groups(segment, |rows| rows >= GOOD_ROWS) {
            output.take_over(segment, of, group)?;
        }
        for group in groups(segment, |rows| rows < GOOD_ROWS) {
            let rows = segment.row_groups(merge.signal, vec![group]);
            let rows = rows.map_err(|error| segment.failed(of, error))?;
            small_rows += rows.iter().map(RecordBatch::num_rows).sum::<usize>();
            small.extend(rows);
            if small_rows >= ROW_GROUP_ROWS {
                output.take_rows(&std::mem::take(&mut small))?;
                small_rows = 0;
            }
        }
    }
    output.take_rows(&small)?;
    let written = output.finish(rollups(merge, &inputs)?.as_ref())?;
    let inputs = || merge.segments.iter();
    let sampled = inputs().map(|meta| meta.sampled).collect::<Option<Vec<Sampled>>>();
    Ok(SegmentMeta {
        rows: inputs().map(|meta| meta.rows).sum(),
        min_time: inputs().map(|meta| meta.min_time).min().unwrap_or_default(),
        max_time: inputs().map(|meta| meta.max_time).max().unwrap_or_default(),
        services: ServiceShares::merged(inputs().map(Arc::as_ref), written.bytes).map(Arc::new),
        sampled: sampled.map(|of| Sampled { of_rows: of.iter().map(|sampled| sampled.of_rows).sum() }),
        ..written
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
        let filter =
            if column.column_path().string() == "trace_id" { segment.filters.of(group) } else { None };
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

/// Rows as a segment in memory; none where there are none. All lie in one window.
fn in_memory(signal: Signal, batches: &[RecordBatch]) -> Result<Option<Segment>, SegmentError> {
    let mut parts = order::parts(signal, batches).into_iter();
    let Some(mut all) = parts.next() else { return Ok(None) };
    all.rows.extend(parts.flat_map(|part| part.rows));
    let rows = Rows { signal, batches, part: &all };
    Segment::in_memory(&rows).map(Some)
}
