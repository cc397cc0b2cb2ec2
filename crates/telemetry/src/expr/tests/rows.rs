//! Rows for the tests: cells by column, as a model and as a record batch.

use std::collections::BTreeMap;
use std::sync::Arc;

use arrow::array::{
    ArrayRef, BooleanArray, DictionaryArray, FixedSizeBinaryArray, Float64Array, Int64Array, RecordBatch,
    StringArray, TimestampNanosecondArray,
};
use arrow::datatypes::{Field, Int32Type, Schema};

use crate::columns::{self, ColumnKind, data_type};
use crate::signal::Signal;

/// One value of a row.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Cell {
    Text(String),
    Int(i64),
    Float(f64),
    Bool(bool),
    Time(i64),
    Id(Vec<u8>),
    /// Keys with their values as JSON text.
    Map(Vec<(&'static str, &'static str)>),
}

/// A row by column name; what is not there is NULL.
pub(super) type Row = BTreeMap<&'static str, Cell>;

fn json(entries: &[(&str, &str)]) -> String {
    let entries: Vec<String> = entries.iter().map(|(key, raw)| format!("\"{key}\":{raw}")).collect();
    format!("{{{}}}", entries.join(","))
}

/// A batch of all columns of the signal; `dropped` tells the number of the row.
pub(super) fn batch(signal: Signal, rows: &[Row]) -> RecordBatch {
    let defs = columns::of(signal);
    let fields: Vec<Field> = defs.iter().map(|def| Field::new(def.name, data_type(def.kind), true)).collect();
    let arrays = defs
        .iter()
        .map(|def| match def.name {
            "dropped" => Arc::new(Int64Array::from_iter_values((0..).take(rows.len()))),
            name => array(def.kind, &rows.iter().map(|row| row.get(name)).collect::<Vec<_>>()),
        })
        .collect();
    RecordBatch::try_new(Arc::new(Schema::new(fields)), arrays).expect("arrays have the types of the table")
}

fn array(kind: ColumnKind, cells: &[Option<&Cell>]) -> ArrayRef {
    let texts = || {
        cells.iter().map(|cell| match cell {
            Some(Cell::Text(text)) => Some(text.clone()),
            Some(Cell::Map(entries)) => Some(json(entries)),
            _ => None,
        })
    };
    let ids = |width| {
        let ids = cells.iter().map(|cell| match cell {
            Some(Cell::Id(bytes)) => Some(bytes.clone()),
            _ => None,
        });
        FixedSizeBinaryArray::try_from_sparse_iter_with_size(ids, width).expect("ids have one width")
    };
    match kind {
        ColumnKind::Name | ColumnKind::NamedMap => {
            let texts: Vec<Option<String>> = texts().collect();
            Arc::new(texts.iter().map(Option::as_deref).collect::<DictionaryArray<Int32Type>>())
        }
        ColumnKind::Text | ColumnKind::Map | ColumnKind::Json => Arc::new(texts().collect::<StringArray>()),
        ColumnKind::Int => Arc::new(
            cells
                .iter()
                .map(|c| if let Some(Cell::Int(v)) = c { Some(*v) } else { None })
                .collect::<Int64Array>(),
        ),
        ColumnKind::Float => Arc::new(
            cells
                .iter()
                .map(|c| if let Some(Cell::Float(v)) = c { Some(*v) } else { None })
                .collect::<Float64Array>(),
        ),
        ColumnKind::Bool => Arc::new(
            cells
                .iter()
                .map(|c| if let Some(Cell::Bool(v)) = c { Some(*v) } else { None })
                .collect::<BooleanArray>(),
        ),
        ColumnKind::Time => Arc::new(
            cells
                .iter()
                .map(|c| if let Some(Cell::Time(v)) = c { Some(*v) } else { None })
                .collect::<TimestampNanosecondArray>()
                .with_timezone("UTC"),
        ),
        ColumnKind::Id16 => Arc::new(ids(16)),
        ColumnKind::Id8 => Arc::new(ids(8)),
    }
}
