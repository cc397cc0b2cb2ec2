//! The columns of each signal: one table of facts that the builders, the expressions and SQL all read.
//!
//! Rows of one request become one Arrow record batch. Attributes are JSON text (`attrs`), a resource is one
//! dictionary entry of JSON text (`resource`); what everybody filters by is also a column of its own.

pub(crate) mod build;
pub(crate) mod gather;
pub mod logs;
pub mod metrics;
pub(crate) mod origin;
pub mod spans;

use std::sync::{Arc, LazyLock};

use arrow::array::RecordBatch;
use arrow::datatypes::{DataType, Field, Schema, SchemaRef, TimeUnit};

use crate::signal::Signal;

/// What a column holds, and so what it can be compared with.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum ColumnKind {
    /// Repeating text: an Arrow dictionary of UTF-8.
    Name,
    /// Text that seldom repeats: UTF-8.
    Text,
    /// A signed 64-bit integer.
    Int,
    /// A 64-bit float.
    Float,
    /// True or false.
    Bool,
    /// Nanoseconds since the epoch, UTC.
    Time,
    /// A 16-byte id, shown as 32 lower-case hexadecimal digits.
    Id16,
    /// An 8-byte id, shown as 16 lower-case hexadecimal digits.
    Id8,
    /// A map from key to value, read as `column['key']`: JSON text.
    Map,
    /// A map that repeats from row to row: a dictionary of JSON text.
    NamedMap,
    /// Other JSON text, not for expressions.
    Json,
}

/// One column of a signal's table.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ColumnDef {
    /// The name in expressions and in SQL.
    pub name: &'static str,
    /// What it holds.
    pub kind: ColumnKind,
    /// Whether it may be missing.
    pub nullable: bool,
}

const fn column(name: &'static str, kind: ColumnKind) -> ColumnDef {
    ColumnDef { name, kind, nullable: false }
}

const fn optional(name: &'static str, kind: ColumnKind) -> ColumnDef {
    ColumnDef { name, kind, nullable: true }
}

/// The columns of a signal's table, in storage order.
pub const fn of(signal: Signal) -> &'static [ColumnDef] {
    match signal {
        Signal::Spans => spans::COLUMNS,
        Signal::Logs => logs::COLUMNS,
        Signal::Metrics => metrics::COLUMNS,
    }
}

/// The column with this name and its position.
pub fn find(signal: Signal, name: &str) -> Option<(usize, ColumnDef)> {
    of(signal).iter().copied().enumerate().find(|(_, column)| column.name == name)
}

/// Bytes that rows take in memory, with the dictionaries that they share with others.
pub(crate) fn memory_bytes(rows: &RecordBatch) -> usize {
    rows.columns().iter().map(|column| build::memory_bytes(column)).sum()
}

/// The column that tells when a row happened.
pub const fn time_column(signal: Signal) -> &'static str {
    match signal {
        Signal::Spans => "start",
        Signal::Logs | Signal::Metrics => "time",
    }
}

/// The Arrow type in which a kind of column is kept in memory and in files.
pub fn data_type(kind: ColumnKind) -> DataType {
    match kind {
        ColumnKind::Name | ColumnKind::NamedMap => {
            DataType::Dictionary(Box::new(DataType::Int32), Box::new(DataType::Utf8))
        }
        ColumnKind::Text | ColumnKind::Map | ColumnKind::Json => DataType::Utf8,
        ColumnKind::Int => DataType::Int64,
        ColumnKind::Float => DataType::Float64,
        ColumnKind::Bool => DataType::Boolean,
        ColumnKind::Time => DataType::Timestamp(TimeUnit::Nanosecond, Some("UTC".into())),
        ColumnKind::Id16 => DataType::FixedSizeBinary(16),
        ColumnKind::Id8 => DataType::FixedSizeBinary(8),
    }
}

/// The Arrow schema of a signal's table as stored.
pub fn schema(signal: Signal) -> SchemaRef {
    static SCHEMAS: LazyLock<[SchemaRef; 3]> = LazyLock::new(|| Signal::ALL.map(make_schema));
    SCHEMAS[signal.index()].clone()
}

fn make_schema(signal: Signal) -> SchemaRef {
    let fields: Vec<Field> =
        of(signal).iter().map(|c| Field::new(c.name, data_type(c.kind), c.nullable)).collect();
    Arc::new(Schema::new(fields))
}
