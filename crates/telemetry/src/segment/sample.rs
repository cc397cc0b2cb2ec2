//! Makes a segment of spans of some traces of another. What was known of all spans stays known.

use std::collections::HashSet;
use std::sync::Arc;

use arrow::array::{Array as _, AsArray as _, BooleanArray, RecordBatch};
use arrow::compute::filter_record_batch;
use ippo_base::Minute;
use parquet::errors::ParquetError;

use super::files::Files;
use super::merge::Output;
use super::rollups::{Detail, Rollups};
use super::write::ROW_GROUP_ROWS;
use super::{Part, Rows, SegmentError, SegmentMeta, ServiceShares};
use crate::columns::gather::all_places;
use crate::red;
use crate::sampling::{self, Sampled};
use crate::signal::Signal;

/// Writes the spans of those traces of a segment that was not sampled durably, all but the file's name in the folder. Its times are those of all spans, as
/// what is known of these is. None where it does not go on.
pub fn sample(
    files: &Files,
    file: String,
    meta: &SegmentMeta,
    stay: &HashSet<u64>,
    goes_on: &dyn Fn() -> bool,
) -> Result<Option<SegmentMeta>, SegmentError> {
    let segment = files.open(meta)?;
    let of_input = |error: ParquetError| segment.failed(meta, error);
    let rollup = segment.rollup(Detail::Minutes).map_err(of_input)?;
    let mut red = red::Builder::new(Signal::Spans).filter(|_| rollup.is_none());
    let window = Minute(meta.window);
    let mut output = Output::create(files, Signal::Spans, window, file, &segment)?;
    let (mut rows, mut waiting, mut shares) = (0, Vec::new(), Vec::new());
    for group in segment.groups_with(&(0..usize::MAX), &[]).map_err(of_input)? {
        if !goes_on() {
            return Ok(None);
        }
        for batch in segment.rows(Signal::Spans, Some(group), None).map_err(of_input)? {
            red.iter_mut().for_each(|red| red.add(&batch));
            waiting.extend(of_traces(&batch, stay).map_err(|error| of_input(error.into()))?);
        }
        let ready: usize = waiting.iter().map(RecordBatch::num_rows).sum();
        if ready >= ROW_GROUP_ROWS {
            rows += ready as u64;
            shares.push(written(&mut output, &std::mem::take(&mut waiting))?);
        }
    }
    rows += waiting.iter().map(RecordBatch::num_rows).sum::<usize>() as u64;
    shares.push(written(&mut output, &waiting)?);
    let known = rollup.or_else(|| red.map(|red| Arc::new(red.finish())));
    let rollups = known.map(|known| Rollups::of(&known, window));
    let output = output.finish(rollups.as_ref())?;
    Ok(Some(SegmentMeta {
        rows,
        min_time: meta.min_time,
        max_time: meta.max_time,
        services: ServiceShares::merged(shares.iter(), output.bytes).map(Arc::new),
        sampled: Some(Sampled { of_rows: meta.rows }),
        ..output
    }))
}

/// Writes rows, and tells whose they are as if they were a segment of their own.
fn written(output: &mut Output, batches: &[RecordBatch]) -> Result<SegmentMeta, SegmentError> {
    let before = output.bytes();
    output.take_rows(batches)?;
    let bytes = output.bytes() - before;
    let all = Part { window: Minute(0), rows: all_places(batches).collect(), min_time: 0, max_time: 0 };
    let services = ServiceShares::of(&Rows { signal: Signal::Spans, batches, part: &all }, bytes);
    let meta = SegmentMeta::named(Signal::Spans, all.window, String::new());
    Ok(SegmentMeta { bytes, services: Some(Arc::new(services)), ..meta })
}

/// The spans of those traces, if there are any.
fn of_traces(
    batch: &RecordBatch,
    stay: &HashSet<u64>,
) -> Result<Option<RecordBatch>, arrow::error::ArrowError> {
    let ids = batch.column_by_name("trace_id").expect("every table has its columns").as_fixed_size_binary();
    let stays: BooleanArray =
        (0..ids.len()).map(|row| Some(stay.contains(&sampling::number(ids.value(row))))).collect();
    if stays.true_count() == 0 {
        return Ok(None);
    }
    filter_record_batch(batch, &stays).map(Some)
}

impl Files {
    /// Shows the spans of a segment a row group at a time, of the columns that decide which traces stay; until `show` fails.
    pub(crate) fn survey<E: From<SegmentError>>(
        &self,
        meta: &SegmentMeta,
        mut show: impl FnMut(&RecordBatch) -> Result<(), E>,
    ) -> Result<(), E> {
        let began = self.moment();
        let segment = self.open(meta)?;
        let of = |error: ParquetError| self.hold(segment.failed(meta, error), began);
        for group in segment.groups_with(&(0..usize::MAX), &[]).map_err(of)? {
            let rows = segment.rows(Signal::Spans, Some(group), Some(&sampling::COLUMNS));
            rows.map_err(of)?.iter().try_for_each(&mut show)?;
        }
        Ok(())
    }
}
