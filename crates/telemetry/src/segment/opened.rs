//! One segment, its end read and understood: its rows by column, by number and by trace, and what is known of them.

use std::io;
use std::ops::Range;
use std::sync::{Arc, OnceLock};

use arrow::array::RecordBatch;
use bytes::Bytes;
use parquet::arrow::ProjectionMask;
use parquet::arrow::arrow_reader::{
    ArrowReaderMetadata, ArrowReaderOptions, ParquetRecordBatchReaderBuilder, RowSelection,
};
use parquet::bloom_filter::Sbbf;
use parquet::errors::ParquetError;
use parquet::file::metadata::{PageIndexPolicy, ParquetMetaData};

use super::blocks::{BLOCK_BYTES, Blocks, Checksums};
use super::files::read_bytes;
use super::filters::TraceFilters;
use super::rollups::{Detail, Place};
use super::sink::Refusal;
use super::tiers::Tiers;
use super::write::{self, Rows};
use super::{SegmentError, SegmentMeta, references, words};
use crate::columns;
use crate::red::Rollup;
use crate::remote::BucketError;
use crate::signal::Signal;

pub(super) const READ_BATCH_ROWS: usize = 8 * 1024;

/// A row group of a segment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Group {
    /// Its number.
    pub(super) at: usize,
    /// The number of its first row in the segment.
    pub first_row: usize,
    /// How many rows it has.
    pub rows: usize,
}

/// A segment's end, checked and understood.
pub(super) struct Segment {
    pub(super) blocks: Blocks,
    pub(super) metadata: ArrowReaderMetadata,
    /// Which traces its row groups may have.
    pub(super) filters: TraceFilters,
    /// Where its rollups are, if it has any.
    rollups: Option<Place>,
    /// Where the words of its bodies are, if it has any.
    words: Option<words::Place>,
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
            checksums: Arc::default(),
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

    /// Compares the last bytes of a segment's file with what was written.
    pub(super) fn check_end(meta: &SegmentMeta, end: &[u8]) -> Result<(), SegmentError> {
        let begins = meta.bytes.checked_sub(end.len() as u64);
        let rows = begins.and_then(|begins| usize::try_from(meta.tail.checked_sub(begins)?).ok());
        let (Some(begins), Some(rows)) = (begins, rows.filter(|rows| *rows <= end.len())) else {
            return Err(damaged(meta, format!("it has {} bytes, which is no end of the segment", end.len())));
        };
        let (rows, tail) = end.split_at(rows);
        if crc32c::crc32c(tail) != meta.tail_crc {
            return Err(damaged(meta, "its checksum differs from the manifest's".to_owned()));
        }
        let blocks = Blocks {
            tiers: None,
            file: meta.file.as_str().into(),
            ahead: Arc::default(),
            tail_begins: meta.tail,
            tail: Bytes::copy_from_slice(tail),
            checksums: Arc::default(),
            trouble: Arc::default(),
        };
        let metadata = load(&blocks).map_err(|error| failed(meta, error))?;
        let checksums = said(&metadata, Checksums::KEY).and_then(Checksums::from_text).unwrap_or_default();
        let first = begins.div_ceil(BLOCK_BYTES as u64);
        let skipped = usize::try_from(first * BLOCK_BYTES as u64 - begins).unwrap_or(usize::MAX);
        let first = usize::try_from(first).unwrap_or(usize::MAX);
        if !checksums.hold(first, rows.get(skipped..).unwrap_or_default()) {
            return Err(damaged(meta, "the checksum of some of its bytes differs".to_owned()));
        }
        Ok(())
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
                checksums: Arc::default(),
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
        let words = said(&metadata, words::Place::KEY).and_then(words::Place::from_text);
        // In memory, totals take some times what they take in the file.
        let totals = rollups.map_or(0, |place| 8 * place.totals_bytes());
        let bytes =
            metadata.metadata().memory_size() + blocks.tail.len() + 4 * blocks.checksums.len() + totals;
        Ok(Self { blocks, metadata, filters, rollups, words, totals: OnceLock::new(), bytes })
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

    /// The filter of the words of a row group, as it is in the file; empty where there is none.
    pub(super) fn words(&self, group: usize) -> Result<Bytes, ParquetError> {
        self.words.as_ref().map_or(Ok(Bytes::new()), |place| place.read(&self.blocks, group))
    }

    /// Those of some row groups, by their numbers, that may have all of these words in one body.
    pub(super) fn groups_with(
        &self,
        groups: &Range<usize>,
        words: &[Vec<u8>],
    ) -> Result<Vec<Group>, ParquetError> {
        let mut found = Vec::new();
        let mut first_row = 0;
        for (at, group) in self.metadata().row_groups().iter().enumerate() {
            let rows = usize::try_from(group.num_rows()).unwrap_or(0);
            let place = self.words.as_ref().filter(|_| !words.is_empty());
            let may_have = || place.map_or(Ok(true), |place| place.may_have(&self.blocks, at, words));
            if groups.contains(&at) && may_have()? {
                found.push(Group { at, first_row, rows });
            }
            first_row += rows;
        }
        Ok(found)
    }

    /// What it takes in memory, about, in bytes.
    pub(super) fn bytes(&self) -> usize {
        self.bytes
    }

    /// These columns of all rows, or of a row group.
    pub(super) fn rows(
        &self,
        signal: Signal,
        group: Option<Group>,
        columns: Option<&[&str]>,
    ) -> Result<Vec<RecordBatch>, ParquetError> {
        let Some(wanted) = columns else { return self.projected(signal, group, None) };
        let more = references::also_needed(signal, wanted);
        let all: Vec<&str> = wanted.iter().chain(&more).copied().collect();
        let mut batches = self.projected(signal, group, Some(&all))?;
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

    /// Columns of all rows, or of a row group; where the bucket alone has them, a row group at a time.
    fn projected(
        &self,
        signal: Signal,
        group: Option<Group>,
        columns: Option<&[&str]>,
    ) -> Result<Vec<RecordBatch>, ParquetError> {
        let mask = self.mask(signal, columns);
        if group.is_none() && !self.blocks.is_remote() {
            return all_restored(signal, self.reader().with_projection(mask));
        }
        let groups = group.map_or(0..self.metadata().num_row_groups(), |group| group.at..group.at + 1);
        let mut batches = Vec::new();
        for group in groups {
            let blocks = match self.blocks.is_remote() {
                true => self.blocks.fetching(self.chunks(group, &mask))?,
                false => self.blocks.clone(),
            };
            let reader = self.reader_of(blocks).with_row_groups(vec![group]);
            batches.extend(all_restored(signal, reader.with_projection(mask.clone()))?);
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
    pub(super) fn pages(&self, group: usize, mask: &ProjectionMask, rows: &RowSelection) -> Vec<Range<u64>> {
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
        let known = [self.rollups.map(Place::begins), self.words.as_ref().map(words::Place::begins)];
        let begins = known.into_iter().flatten().fold(meta.tail, u64::min);
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
        all_restored(signal, self.reader().with_row_groups(groups))
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
        all_restored(signal, self.reader_of(blocks).with_row_selection(selection))
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

    pub(super) fn reader_of(&self, blocks: Blocks) -> ParquetRecordBatchReaderBuilder<Blocks> {
        ParquetRecordBatchReaderBuilder::new_with_metadata(blocks, self.metadata.clone())
            .with_batch_size(READ_BATCH_ROWS)
    }

    pub(super) fn mask(&self, signal: Signal, columns: Option<&[&str]>) -> ProjectionMask {
        let Some(names) = columns else { return ProjectionMask::all() };
        let wanted =
            columns::of(signal).iter().enumerate().filter(|(_, column)| names.contains(&column.name));
        ProjectionMask::roots(self.metadata.parquet_schema(), wanted.map(|(at, _)| at))
    }
}

/// What the file's end says under a name.
fn said<'a>(metadata: &'a ArrowReaderMetadata, key: &str) -> Option<&'a str> {
    let texts = metadata.metadata().file_metadata().key_value_metadata()?;
    texts.iter().find(|text| text.key == key)?.value.as_deref()
}

/// Rows as they were before they were written.
pub(super) fn restored(signal: Signal, rows: RecordBatch) -> Result<RecordBatch, ParquetError> {
    references::restore(signal, rows).map_err(|error| ParquetError::General(error.to_string()))
}

fn all_restored(
    signal: Signal,
    reader: ParquetRecordBatchReaderBuilder<Blocks>,
) -> Result<Vec<RecordBatch>, ParquetError> {
    reader.build()?.map(|rows| restored(signal, rows?)).collect()
}

fn load(blocks: &Blocks) -> Result<ArrowReaderMetadata, ParquetError> {
    let options = ArrowReaderOptions::new().with_page_index_policy(PageIndexPolicy::Optional);
    ArrowReaderMetadata::load(blocks, options)
}

fn filters(metadata: &ArrowReaderMetadata, blocks: &Blocks) -> Result<TraceFilters, ParquetError> {
    let mut bytes = 0;
    let mut groups = Vec::new();
    for group in metadata.metadata().row_groups() {
        let ids = group.columns().iter().find(|column| column.column_path().string() == "trace_id");
        let length = ids.and_then(|ids| ids.bloom_filter_length());
        bytes += length.and_then(|length| usize::try_from(length).ok()).unwrap_or(0);
        groups.push(ids.map_or(Ok(None), |ids| Sbbf::read_from_column_chunk(ids, blocks))?);
    }
    Ok(TraceFilters::new(groups, bytes))
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

/// Why a segment could not be written.
pub(super) fn unwritten(meta: &SegmentMeta, refusal: &Refusal, error: ParquetError) -> SegmentError {
    match refusal.take() {
        Some(source) => unread(meta, source),
        None => failed(meta, error),
    }
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
