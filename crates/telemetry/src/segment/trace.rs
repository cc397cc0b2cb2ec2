//! A trace in a segment: found by the filters of its row groups, then by its ids, and read with a few reads from the disk.

use std::ops::Range;
use std::sync::Arc;

use arrow::array::{Array as _, ArrayRef, AsArray as _, FixedSizeBinaryArray, RecordBatch};
use arrow::datatypes::Field;
use parquet::arrow::ProjectionMask;
use parquet::arrow::arrow_reader::{ParquetRecordBatchReader, RowSelection};
use parquet::errors::ParquetError;

use super::opened::{READ_BATCH_ROWS, Segment, restored};
use super::uniform::Uniform;
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
        // Not read are the id, and what is the same in all rows of the group.
        let schema = columns::schema(signal);
        let rows_in_all = u64::try_from(group_of.num_rows()).unwrap_or(0);
        let known: Vec<Option<Uniform>> = (schema.fields().iter().zip(group_of.columns()))
            .map(|(field, chunk)| {
                let known = Uniform::of(chunk, rows_in_all);
                known.filter(|known| known.array(field.data_type(), 0).is_some())
            })
            .collect();
        let read: Vec<usize> = (0..known.len()).filter(|at| *at != column && known[*at].is_none()).collect();
        let batches = self.part(group, &read, &found)?.map(|rows| {
            let rows = rows?;
            let ids = std::iter::repeat_n(id, rows.num_rows());
            let ids: ArrayRef = Arc::new(FixedSizeBinaryArray::try_from_iter(ids)?);
            let of = |(at, field): (usize, &Arc<Field>)| match (read.binary_search(&at), &known[at]) {
                (Ok(at), _) => Some(rows.column(at).clone()),
                (Err(_), Some(known)) => known.array(field.data_type(), rows.num_rows()),
                (Err(_), None) => Some(ids.clone()),
            };
            let columns: Option<Vec<ArrayRef>> = schema.fields().iter().enumerate().map(of).collect();
            let columns = columns.expect("each kind was tried");
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
