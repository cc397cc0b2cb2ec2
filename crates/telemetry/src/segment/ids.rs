//! A column of ids in a row group that is written: bytes of a fixed width, one behind the other. The library would make a
//! shared buffer of its own of each.

use arrow::array::{Array as _, ArrayRef, AsArray as _};
use bytes::Bytes;
use parquet::basic::Encoding;
use parquet::bloom_filter::Sbbf;
use parquet::column::writer::ColumnCloseResult;
use parquet::errors::ParquetError;
use parquet::file::properties::WriterProperties;
use parquet::file::statistics::{Statistics, ValueStatistics};
use parquet::schema::types::ColumnDescPtr;

use super::chunk::{Chunk, PAGE_BYTES, PAGE_ROWS, Presence};

/// The ids of a column in a row group.
#[derive(Default)]
pub(super) struct Ids {
    width: usize,
    /// Of rows that have one.
    bytes: Vec<u8>,
    presence: Presence,
}

impl Ids {
    /// The next rows of the column.
    pub(super) fn add(&mut self, rows: &ArrayRef) {
        let ids = rows.as_fixed_size_binary();
        self.width = usize::try_from(ids.value_length()).expect("a width");
        match ids.nulls().filter(|nulls| nulls.null_count() > 0) {
            None => {
                let from = ids.offset() * self.width;
                self.bytes.extend_from_slice(&ids.value_data()[from..from + ids.len() * self.width]);
            }
            Some(nulls) => nulls.valid_indices().for_each(|row| self.bytes.extend_from_slice(ids.value(row))),
        }
        self.presence.add(ids.len(), ids.nulls());
    }

    /// The column's bytes and what is known of them, with a filter where the properties want one.
    pub(super) fn encode(
        &self,
        column: ColumnDescPtr,
        properties: &WriterProperties,
    ) -> Result<(Bytes, ColumnCloseResult), ParquetError> {
        let path = column.path().clone();
        let filter = properties.bloom_filter_properties(&path).map(|wanted| {
            let mut filter = Sbbf::new_with_ndv_fpp(wanted.ndv(), wanted.fpp())?;
            self.bytes.chunks_exact(self.width.max(1)).for_each(|id| filter.insert(id));
            filter.fold_to_target_fpp(wanted.fpp());
            Ok::<_, ParquetError>(filter)
        });
        let mut chunk = Chunk::begin(column, properties.compression(&path))?;
        let page_rows = if self.bytes.is_empty() { PAGE_ROWS } else { PAGE_BYTES / self.width };
        let mut rest = self.bytes.as_slice();
        chunk.write_pages(&self.presence, page_rows, Encoding::PLAIN, |count| {
            let (page, later) = rest.split_at(count * self.width);
            rest = later;
            page.to_vec()
        })?;
        let rows = self.presence.rows();
        // That there is none is all that is worth knowing before they are read.
        let statistics = self.bytes.is_empty().then(|| {
            Statistics::FixedLenByteArray(ValueStatistics::new(None, None, None, Some(rows as u64), false))
        });
        chunk.finish(rows, statistics, filter.transpose()?)
    }
}
