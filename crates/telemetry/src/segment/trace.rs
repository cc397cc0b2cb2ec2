//! A trace in a segment: found by the filters of its row groups, then by its ids, and read with a few reads from the disk.

use std::ops::Range;
use std::sync::Arc;

use arrow::array::{Array as _, ArrayRef, AsArray as _, FixedSizeBinaryArray, RecordBatch, new_null_array};
use arrow::datatypes::Field;
use parquet::arrow::ProjectionMask;
use parquet::arrow::arrow_reader::{ParquetRecordBatchReader, RowSelection};
use parquet::errors::ParquetError;
use parquet::file::statistics::Statistics;

use super::opened::{READ_BATCH_ROWS, Segment, restored};
use crate::columns;
use crate::signal::Signal;

impl Segment {
    /// The rows of a trace. Where the filters rule them out, nothing is read.
    pub(super) fn trace(&self, signal: Signal, id: &[u8; 16]) -> Result<Vec<RecordBatch>, ParquetError> {
        let mut found = Vec::new();
        for group in self.filters.groups_with(id) {
            found.extend(self.trace_in(signal, group, id)?);
        }
        Ok(found)
    }

    /// The rows of a trace in a row group: first which they are, then all of their columns.
    fn trace_in(
        &self,
        signal: Signal,
        group: usize,
        id: &[u8; 16],
    ) -> Result<Vec<RecordBatch>, ParquetError> {
        let Some((column, _)) = columns::find(signal, "trace_id") else { return Ok(Vec::new()) };
        let group_of = self.metadata().row_group(group);
        let all = 0..usize::try_from(group_of.num_rows()).unwrap_or(0);
        let mut found: Vec<Range<usize>> = Vec::new();
        let mut numbers = all.clone();
        for batch in self.part(group, &[column], &[all])? {
            let batch = batch?;
            // In a row group the rows of a trace lie together.
            if found.last().is_some_and(|last| last.end < numbers.start) {
                break;
            }
            let ids = batch.column(0).as_fixed_size_binary();
            let (values, _) = ids.value_data().as_chunks::<16>();
            let values = &values[ids.offset()..ids.offset() + ids.len()];
            for (at, row) in (0..ids.len()).zip(&mut numbers) {
                if values[at] != *id || ids.is_null(at) {
                    continue;
                }
                match found.last_mut() {
                    Some(last) if last.end == row => last.end += 1,
                    _ => found.push(row..row + 1),
                }
            }
        }
        if found.is_empty() {
            return Ok(Vec::new());
        }
        // What a column says is known without reading it where it is the id, or has no value in the whole group.
        let is_empty = |column: usize| {
            let statistics = group_of.column(column).statistics();
            statistics.and_then(Statistics::null_count_opt) == u64::try_from(group_of.num_rows()).ok()
        };
        let read: Vec<usize> =
            (0..group_of.num_columns()).filter(|at| *at != column && !is_empty(*at)).collect();
        let schema = columns::schema(signal);
        let batches = self.part(group, &read, &found)?.map(|rows| {
            let rows = rows?;
            let ids = std::iter::repeat_n(id, rows.num_rows());
            let ids: ArrayRef = Arc::new(FixedSizeBinaryArray::try_from_iter(ids)?);
            let column = |(at, field): (usize, &Arc<Field>)| match read.binary_search(&at) {
                Ok(at) => rows.column(at).clone(),
                Err(_) if at == column => ids.clone(),
                Err(_) => new_null_array(field.data_type(), rows.num_rows()),
            };
            let columns = schema.fields().iter().enumerate().map(column).collect();
            restored(signal, RecordBatch::try_new(schema.clone(), columns)?)
        });
        batches.collect()
    }

    /// These rows of some columns of a row group, read from the disk together. All columns are flat, so that a column of
    /// the table is one of the file.
    fn part(
        &self,
        group: usize,
        columns: &[usize],
        rows: &[Range<usize>],
    ) -> Result<ParquetRecordBatchReader, ParquetError> {
        let metadata = self.metadata.metadata();
        let all = usize::try_from(metadata.row_group(group).num_rows()).unwrap_or(usize::MAX);
        let wanted = rows.iter().map(Range::len).sum::<usize>();
        let mask = ProjectionMask::roots(self.metadata.parquet_schema(), columns.iter().copied());
        let rows = RowSelection::from_consecutive_ranges(rows.iter().cloned(), all);
        let blocks = self.blocks.fetching(self.pages(group, &mask, &rows))?;
        self.reader_of(blocks)
            .with_batch_size(wanted.clamp(1, READ_BATCH_ROWS))
            .with_row_groups(vec![group])
            .with_projection(mask)
            .with_row_selection(rows)
            .build()
    }
}
