//! One segment, its end read and understood: its rows by column, by number and by trace, and what is known of them.

use std::io;
use std::ops::Range;
use std::sync::{Arc, OnceLock};

use arrow::array::{Array as _, AsArray as _, RecordBatch};
use bytes::Bytes;
use parquet::arrow::ProjectionMask;
use parquet::arrow::arrow_reader::{
    ArrowReaderMetadata, ArrowReaderOptions, ParquetRecordBatchReaderBuilder, RowSelection, RowSelector,
};
use parquet::bloom_filter::Sbbf;
use parquet::errors::ParquetError;
use parquet::file::metadata::{PageIndexPolicy, ParquetMetaData};
use parquet::file::page_index::column_index::ColumnIndexMetaData;

use super::blocks::{BLOCK_BYTES, Blocks, Checksums};
use super::files::read_bytes;
use super::rollups::{Detail, Place};
use super::tiers::Tiers;
use super::write::{self, Rows};
use super::{SegmentError, SegmentMeta, references};
use crate::columns;
use crate::red::Rollup;
use crate::remote::BucketError;
use crate::signal::Signal;

const READ_BATCH_ROWS: usize = 8 * 1024;

/// A segment's end, checked and understood.
pub(super) struct Segment {
    blocks: Blocks,
    metadata: ArrowReaderMetadata,
    /// Per row group, which traces it may have.
    filters: Vec<Option<Sbbf>>,
    /// Where its rollups are, if it has any.
    rollups: Option<Place>,
    /// The totals, once they were read.
    totals: OnceLock<Arc<Rollup>>,
    /// What it takes in memory, about.
    bytes: usize,
}

impl Segment {
    /// Reads a segment's end.
    pub(super) fn open(tiers: &Tiers, meta: &SegmentMeta) -> Result<Self, SegmentError> {
        let length = usize::try_from(meta.bytes.saturating_sub(meta.tail)).unwrap_or(0);
        let tail = tiers.read(&meta.file, meta.bytes, meta.tail, length);
        let tail = tail.map_err(|error| unread(meta, error))?;
        if crc32c::crc32c(&tail) != meta.tail_crc {
            return Err(damaged(meta, "the checksum of its end differs from the manifest's".to_owned()));
        }
        let blocks = Blocks {
            tiers: Some(tiers.clone()),
            file: meta.file.as_str().into(),
            ahead: Arc::default(),
            tail_begins: meta.tail,
            tail: Bytes::from(tail),
            checksums: Arc::new(Checksums::of(&[])),
            trouble: Arc::default(),
        };
        let metadata = load(&blocks).map_err(|error| failed(meta, error))?;
        let checksums = said(&metadata, Checksums::KEY).and_then(Checksums::from_text);
        let blocks = match checksums {
            Some(checksums) => Blocks { checksums: Arc::new(checksums), ..blocks },
            // One of before there were any: it is checked as a whole, and kept.
            None => Blocks { tail_begins: 0, tail: read_bytes(tiers, meta)?, ..blocks },
        };
        Self::of(blocks, metadata).map_err(|error| failed(meta, error))
    }

    /// Rows as a segment that is on no disk.
    pub(super) fn in_memory(rows: &Rows<'_>) -> Result<Self, SegmentError> {
        let file = || "in memory".to_owned();
        let make = || {
            let bytes = write::encode(rows, Vec::new(), None)?;
            let blocks = Blocks {
                tiers: None,
                file: Arc::from(""),
                ahead: Arc::default(),
                tail_begins: 0,
                tail: Bytes::from(bytes),
                checksums: Arc::new(Checksums::of(&[])),
                trouble: Arc::default(),
            };
            let metadata = load(&blocks)?;
            Self::of(blocks, metadata)
        };
        make()
            .map_err(|error: ParquetError| SegmentError::Damaged { file: file(), reason: error.to_string() })
    }

    fn of(blocks: Blocks, metadata: ArrowReaderMetadata) -> Result<Self, ParquetError> {
        let filters = filters(&metadata, &blocks)?;
        let rollups = said(&metadata, Place::KEY).and_then(Place::from_text);
        // In memory, totals take some times what they take in the file.
        let totals = rollups.map_or(0, |place| 8 * place.totals_bytes());
        let bytes =
            metadata.metadata().memory_size() + blocks.tail.len() + 4 * blocks.checksums.len() + totals;
        Ok(Self { blocks, metadata, filters, rollups, totals: OnceLock::new(), bytes })
    }

    /// Why it could not be read: what the disk said, if it was the disk.
    pub(super) fn failed(&self, meta: &SegmentMeta, error: ParquetError) -> SegmentError {
        match self.blocks.take_trouble() {
            Some(source) => unread(meta, source),
            None => failed(meta, error),
        }
    }

    pub(super) fn metadata(&self) -> &ParquetMetaData {
        self.metadata.metadata()
    }

    pub(super) fn blocks(&self) -> &Blocks {
        &self.blocks
    }

    /// What is known of its rows without reading them; nothing of segments that were written before there were rollups.
    pub(super) fn rollup(&self, detail: Detail) -> Result<Option<Arc<Rollup>>, ParquetError> {
        let Some(place) = self.rollups else { return Ok(None) };
        if let (Detail::Totals, Some(totals)) = (detail, self.totals.get()) {
            return Ok(Some(totals.clone()));
        }
        let rollup = Arc::new(place.read(&self.blocks, detail)?);
        Ok(Some(match detail {
            Detail::Totals => self.totals.get_or_init(|| rollup).clone(),
            Detail::Minutes => rollup,
        }))
    }

    pub(super) fn filter(&self, group: usize) -> Option<&Sbbf> {
        self.filters[group].as_ref()
    }

    /// What it takes in memory, about, in bytes.
    pub(super) fn bytes(&self) -> usize {
        self.bytes
    }

    /// These columns of all rows.
    pub(super) fn rows(
        &self,
        signal: Signal,
        columns: Option<&[&str]>,
    ) -> Result<Vec<RecordBatch>, ParquetError> {
        let Some(wanted) = columns else { return self.projected(signal, None) };
        let more = references::also_needed(signal, wanted);
        let all: Vec<&str> = wanted.iter().chain(&more).copied().collect();
        let mut batches = self.projected(signal, Some(&all))?;
        if !more.is_empty() {
            for batch in &mut batches {
                let schema = batch.schema();
                let is_wanted = |at: &usize| wanted.contains(&schema.field(*at).name().as_str());
                let columns: Vec<usize> = (0..batch.num_columns()).filter(is_wanted).collect();
                *batch = batch.project(&columns)?;
            }
        }
        Ok(batches)
    }

    /// Columns of all rows; where the bucket alone has them, a row group at a time.
    fn projected(&self, signal: Signal, columns: Option<&[&str]>) -> Result<Vec<RecordBatch>, ParquetError> {
        let mask = self.mask(signal, columns);
        if !self.blocks.is_remote() {
            return restored(signal, self.reader().with_projection(mask));
        }
        let mut batches = Vec::new();
        for group in 0..self.metadata().num_row_groups() {
            let blocks = self.blocks.fetching(self.chunks(group, &mask))?;
            let reader = self.reader_of(blocks).with_row_groups(vec![group]);
            batches.extend(restored(signal, reader.with_projection(mask.clone()))?);
        }
        Ok(batches)
    }

    /// Where the columns of a row group are in the file.
    fn chunks(&self, group: usize, mask: &ProjectionMask) -> Vec<Range<u64>> {
        let columns = self.metadata().row_group(group).columns().iter().enumerate();
        let wanted = columns.filter(|(at, _)| mask.leaf_included(*at)).map(|(_, column)| column.byte_range());
        wanted.map(|(begins, length)| begins..begins + length).collect()
    }

    /// Where the pages of some rows of a row group are in the file, of these columns.
    fn pages(&self, group: usize, mask: &ProjectionMask, rows: &RowSelection) -> Vec<Range<u64>> {
        let Some(places) = self.metadata().offset_index() else { return self.chunks(group, mask) };
        let columns = self.metadata().row_group(group).columns().iter().enumerate();
        let mut pages = Vec::new();
        for (at, column) in columns.filter(|(at, _)| mask.leaf_included(*at)) {
            let locations = places[group][at].page_locations();
            pages.extend(rows.scan_ranges(locations));
            // A dictionary lies before the first page.
            let begins = column.byte_range().0;
            let first = locations.first().and_then(|place| u64::try_from(place.offset).ok());
            pages.extend(first.filter(|first| begins < *first).map(|first| begins..first));
        }
        pages
    }

    /// How many bytes of the file these columns take.
    pub(super) fn bytes_of(&self, signal: Signal, columns: Option<&[&str]>) -> u64 {
        let mask = self.mask(signal, columns);
        let groups = 0..self.metadata().num_row_groups();
        groups.flat_map(|group| self.chunks(group, &mask)).map(|chunk| chunk.end - chunk.start).sum()
    }

    /// Where what is worth keeping at hand begins: what is known of the rows, and the file's end.
    pub(super) fn end_begins(&self, meta: &SegmentMeta) -> u64 {
        let begins = self.rollups.map_or(meta.tail, |place| place.begins().min(meta.tail));
        begins - begins % BLOCK_BYTES as u64
    }

    /// All rows of some row groups.
    pub(super) fn row_groups(
        &self,
        signal: Signal,
        groups: Vec<usize>,
    ) -> Result<Vec<RecordBatch>, ParquetError> {
        if groups.is_empty() {
            return Ok(Vec::new());
        }
        restored(signal, self.reader().with_row_groups(groups))
    }

    /// These rows, by their numbers, ascending.
    pub(super) fn some_rows(&self, signal: Signal, rows: &[usize]) -> Result<Vec<RecordBatch>, ParquetError> {
        let all = usize::try_from(self.metadata().file_metadata().num_rows()).unwrap_or(usize::MAX);
        let runs = rows.chunk_by(|a, b| a + 1 == *b).map(|run| run[0]..run[0] + run.len());
        let selection = RowSelection::from_consecutive_ranges(runs, all);
        let blocks = match self.blocks.is_remote() {
            true => self.blocks.fetching(self.pages_of_all(&selection))?,
            false => self.blocks.clone(),
        };
        restored(signal, self.reader_of(blocks).with_row_selection(selection))
    }

    /// Where the pages of some of all rows are in the file.
    fn pages_of_all(&self, rows: &RowSelection) -> Vec<Range<u64>> {
        let (mut left, mut pages) = (rows.clone(), Vec::new());
        for (at, group) in self.metadata().row_groups().iter().enumerate() {
            let of_group = left.split_off(usize::try_from(group.num_rows()).unwrap_or(usize::MAX));
            if of_group.selects_any() {
                pages.extend(self.pages(at, &ProjectionMask::all(), &of_group));
            }
        }
        pages
    }

    fn reader(&self) -> ParquetRecordBatchReaderBuilder<Blocks> {
        self.reader_of(self.blocks.clone())
    }

    fn reader_of(&self, blocks: Blocks) -> ParquetRecordBatchReaderBuilder<Blocks> {
        ParquetRecordBatchReaderBuilder::new_with_metadata(blocks, self.metadata.clone())
            .with_batch_size(READ_BATCH_ROWS)
    }

    fn mask(&self, signal: Signal, columns: Option<&[&str]>) -> ProjectionMask {
        let Some(names) = columns else { return ProjectionMask::all() };
        let wanted =
            columns::of(signal).iter().enumerate().filter(|(_, column)| names.contains(&column.name));
        ProjectionMask::roots(self.metadata.parquet_schema(), wanted.map(|(at, _)| at))
    }

    /// The rows of a trace. Where the filters rule them out, nothing is read.
    pub(super) fn trace(&self, signal: Signal, id: &[u8; 16]) -> Result<Vec<RecordBatch>, ParquetError> {
        let mut found = Vec::new();
        for (group, filter) in self.filters.iter().enumerate() {
            if filter.as_ref().is_none_or(|filter| filter.check(id.as_slice())) {
                found.extend(self.trace_in(signal, group, id)?);
            }
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
        let pages = self.pages_with(signal, group, id);
        let mask = self.mask(signal, Some(&["trace_id"]));
        let ids = self
            .reader_of(self.blocks.fetching(self.pages(group, &mask, &pages))?)
            .with_row_groups(vec![group])
            .with_projection(mask)
            .with_row_selection(pages.clone())
            .build()?;
        let mut matches: Vec<RowSelector> = Vec::new();
        for batch in ids {
            let batch = batch?;
            let ids = batch.column(0).as_fixed_size_binary();
            for row in 0..ids.len() {
                let is_of = ids.is_valid(row) && ids.value(row) == id;
                match matches.last_mut() {
                    Some(last) if last.skip != is_of => last.row_count += 1,
                    _ if is_of => matches.push(RowSelector::select(1)),
                    _ => matches.push(RowSelector::skip(1)),
                }
            }
        }
        if matches.iter().all(|selector| selector.skip) {
            return Ok(Vec::new());
        }
        let rows = pages.and_then(&RowSelection::from(matches));
        let blocks = self.blocks.fetching(self.pages(group, &ProjectionMask::all(), &rows))?;
        restored(signal, self.reader_of(blocks).with_row_groups(vec![group]).with_row_selection(rows))
    }

    /// The rows of those pages of ids that may have this one.
    fn pages_with(&self, signal: Signal, group: usize, id: &[u8; 16]) -> RowSelection {
        let metadata = self.metadata.metadata();
        let rows = usize::try_from(metadata.row_group(group).num_rows()).unwrap_or(0);
        let all = || RowSelection::from(vec![RowSelector::select(rows)]);
        let Some((column, _)) = columns::find(signal, "trace_id") else { return all() };
        let (Some(bounds), Some(places)) = (metadata.column_index(), metadata.offset_index()) else {
            return all();
        };
        let ColumnIndexMetaData::FIXED_LEN_BYTE_ARRAY(bounds) = &bounds[group][column] else { return all() };
        let starts: Vec<usize> = places[group][column]
            .page_locations()
            .iter()
            .map(|place| usize::try_from(place.first_row_index).unwrap_or(0))
            .collect();
        let ends = starts.iter().skip(1).copied().chain(Some(rows));
        let selectors = starts.iter().zip(ends).enumerate().map(|(page, (start, end))| {
            let within = bounds.min_value(page).is_some_and(|least| least <= id.as_slice())
                && bounds.max_value(page).is_some_and(|most| id.as_slice() <= most);
            if within { RowSelector::select(end - start) } else { RowSelector::skip(end - start) }
        });
        RowSelection::from(selectors.collect::<Vec<_>>())
    }
}

/// What the file's end says under a name.
fn said<'a>(metadata: &'a ArrowReaderMetadata, key: &str) -> Option<&'a str> {
    let texts = metadata.metadata().file_metadata().key_value_metadata()?;
    texts.iter().find(|text| text.key == key)?.value.as_deref()
}

/// Reads rows as they were written.
fn restored(
    signal: Signal,
    reader: ParquetRecordBatchReaderBuilder<Blocks>,
) -> Result<Vec<RecordBatch>, ParquetError> {
    let restored =
        |rows| references::restore(signal, rows).map_err(|error| ParquetError::General(error.to_string()));
    reader.build()?.map(|rows| restored(rows?)).collect()
}

fn load(blocks: &Blocks) -> Result<ArrowReaderMetadata, ParquetError> {
    let options = ArrowReaderOptions::new().with_page_index_policy(PageIndexPolicy::Optional);
    ArrowReaderMetadata::load(blocks, options)
}

fn filters(metadata: &ArrowReaderMetadata, blocks: &Blocks) -> Result<Vec<Option<Sbbf>>, ParquetError> {
    let groups = metadata.metadata().row_groups().iter();
    groups
        .map(|group| {
            let ids = group.columns().iter().find(|column| column.column_path().string() == "trace_id");
            ids.map_or(Ok(None), |ids| Sbbf::read_from_column_chunk(ids, blocks))
        })
        .collect()
}

pub(super) fn damaged(meta: &SegmentMeta, reason: String) -> SegmentError {
    SegmentError::Damaged { file: meta.file.clone(), reason }
}

pub(super) fn unread(meta: &SegmentMeta, source: io::Error) -> SegmentError {
    if let Some(BucketError::Failed(reason)) = BucketError::of(&source) {
        return SegmentError::Unreachable { file: meta.file.clone(), reason: reason.clone() };
    }
    SegmentError::Io { file: meta.file.clone(), source }
}

/// What wraps the words of an error on its way through Parquet and Arrow.
const WRAPPERS: [&str; 4] = ["External: ", "Parquet argument error: ", "Parquet error: ", "EOF: "];

pub(super) fn failed(meta: &SegmentMeta, error: ParquetError) -> SegmentError {
    let text = match error {
        ParquetError::External(error) if error.is::<io::Error>() => {
            return unread(meta, *error.downcast().expect("it is one"));
        }
        other => other.to_string(),
    };
    let mut reason = text.as_str();
    while let Some(inner) = WRAPPERS.iter().find_map(|wrapper| reason.strip_prefix(wrapper)) {
        reason = inner;
    }
    damaged(meta, reason.to_owned())
}
