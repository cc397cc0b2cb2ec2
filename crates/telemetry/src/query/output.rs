//! What becomes of the rows of an answer: JSON values to show, or the bytes of a Parquet file to keep.
//!
//! It must never hold more than the query may use.

use arrow::array::RecordBatch;
use arrow::datatypes::SchemaRef;
use parquet::arrow::ArrowWriter;
use parquet::arrow::arrow_writer::ArrowWriterOptions;
use parquet::basic::{Compression, ZstdLevel};
use parquet::errors::ParquetError;
use parquet::file::properties::WriterProperties;
use serde_json::Value;

use super::{QueryError, SqlAnswer, SqlFile, rows};

/// A group of rows is written out when it takes this many bytes.
const GROUP_BYTES: usize = 16 * 1024 * 1024;

/// So many rows are taken before it is looked at what they take.
const ROWS_AT_ONCE: usize = 64;

/// Where rows go.
pub(super) trait Output: Send {
    /// The columns are known.
    fn begin(&mut self, schema: &SchemaRef) -> Result<(), QueryError>;
    /// Some rows.
    fn take(&mut self, rows: &RecordBatch) -> Result<(), QueryError>;
    /// Bytes that are held.
    fn bytes(&self) -> usize;

    /// Some rows, few at a time: what they become may be many times larger than they are.
    fn take_within(&mut self, rows: &RecordBatch, bytes: usize) -> Result<(), QueryError> {
        for at in (0..rows.num_rows()).step_by(ROWS_AT_ONCE) {
            self.take(&rows.slice(at, ROWS_AT_ONCE.min(rows.num_rows() - at)))?;
            if self.bytes() > bytes {
                return Err(QueryError::TooLarge);
            }
        }
        Ok(())
    }
}

/// Rows as JSON values.
#[derive(Default)]
pub(super) struct JsonRows {
    pub(super) answer: SqlAnswer,
    bytes: usize,
}

impl Output for JsonRows {
    fn begin(&mut self, schema: &SchemaRef) -> Result<(), QueryError> {
        let columns = schema.fields().iter();
        self.answer.columns =
            columns.map(|field| (field.name().clone(), field.data_type().to_string())).collect();
        Ok(())
    }

    fn take(&mut self, rows: &RecordBatch) -> Result<(), QueryError> {
        let rows = rows::json(rows)?;
        self.bytes += rows.iter().flatten().map(size_bytes).sum::<usize>();
        self.answer.rows.extend(rows);
        Ok(())
    }

    fn bytes(&self) -> usize {
        self.bytes
    }
}

/// The memory that a value takes. Those of an answer are not nested.
fn size_bytes(value: &Value) -> usize {
    size_of::<Value>() + value.as_str().map_or(0, str::len)
}

/// Rows as a file.
#[derive(Default)]
pub(super) struct ParquetFile {
    writer: Option<ArrowWriter<Vec<u8>>>,
    rows: usize,
}

impl ParquetFile {
    /// The whole file.
    pub(super) fn finish(self) -> Result<SqlFile, QueryError> {
        let bytes = match self.writer {
            Some(writer) => writer.into_inner().map_err(|error| unwritable(&error))?,
            None => Vec::new(),
        };
        Ok(SqlFile { bytes, rows: self.rows, ..SqlFile::default() })
    }
}

impl Output for ParquetFile {
    fn begin(&mut self, schema: &SchemaRef) -> Result<(), QueryError> {
        let level = ZstdLevel::try_new(1).map_err(|error| unwritable(&error))?;
        let properties = WriterProperties::builder().set_compression(Compression::ZSTD(level)).build();
        let options = ArrowWriterOptions::new().with_properties(properties);
        let writer = ArrowWriter::try_new_with_options(Vec::new(), schema.clone(), options);
        self.writer = Some(writer.map_err(|error| unwritable(&error))?);
        Ok(())
    }

    fn take(&mut self, rows: &RecordBatch) -> Result<(), QueryError> {
        let writer = self.writer.as_mut().expect("it has begun");
        writer.write(rows).map_err(|error| unwritable(&error))?;
        if writer.in_progress_size() > GROUP_BYTES {
            writer.flush().map_err(|error| unwritable(&error))?;
        }
        self.rows += rows.num_rows();
        Ok(())
    }

    fn bytes(&self) -> usize {
        self.writer.as_ref().map_or(0, |writer| writer.bytes_written() + writer.memory_size())
    }
}

/// Memory takes every byte, so what fails is a type that Parquet does not have.
fn unwritable(error: &ParquetError) -> QueryError {
    QueryError::Refused(format!("the answer cannot be written as Parquet: {error}; cast the column to text"))
}
