//! The tables that a query can name, and what they hold: one list for the session and for whoever describes it.

use std::sync::Arc;

use arrow::datatypes::{DataType, SchemaRef};
use datafusion::catalog::TableProvider;

use super::counters::{self, COUNTERS, CounterTable};
use super::table::{self, Missing, SignalTable};
use crate::columns::{self, ColumnKind};
use crate::counter::CounterSet;
use crate::segment::Files;
use crate::signal::Signal;
use crate::snapshot::Snapshot;

/// A table as people read about it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SqlTable {
    /// Its name.
    pub name: &'static str,
    /// Its columns: name, and type in a word.
    pub columns: Vec<(String, &'static str)>,
}

/// Every table.
pub fn sql_tables() -> Vec<SqlTable> {
    let of_signal = |signal: Signal| SqlTable {
        name: signal.name(),
        columns: named(&table::schema(signal), |name| {
            columns::find(signal, name).map(|(_, column)| column.kind)
        }),
    };
    let counters = SqlTable { name: COUNTERS, columns: named(&counters::schema(), |_| None) };
    Signal::ALL.map(of_signal).into_iter().chain([counters]).collect()
}

fn named(schema: &SchemaRef, kind: impl Fn(&str) -> Option<ColumnKind>) -> Vec<(String, &'static str)> {
    let word = |name: &str, data_type: &DataType| match kind(name) {
        Some(ColumnKind::Map | ColumnKind::NamedMap) => "attributes",
        Some(ColumnKind::Json) => "json",
        _ => word(data_type),
    };
    let fields = schema.fields().iter();
    fields.map(|field| (field.name().clone(), word(field.name(), field.data_type()))).collect()
}

fn word(data_type: &DataType) -> &'static str {
    match data_type {
        DataType::Boolean => "boolean",
        DataType::Timestamp(..) => "timestamp",
        kind if kind.is_integer() => "integer",
        kind if kind.is_floating() => "double",
        _ => "text",
    }
}

/// The tables of one query.
pub(super) struct Tables(Vec<(&'static str, Arc<dyn TableProvider>)>);

impl Tables {
    pub(super) fn new(files: &Files, snapshot: &Snapshot, counters: CounterSet, missing: &Missing) -> Self {
        let of_signal = |signal: Signal| -> (&'static str, Arc<dyn TableProvider>) {
            (signal.name(), Arc::new(SignalTable::new(signal, files, snapshot, missing)))
        };
        let counters: Arc<dyn TableProvider> = Arc::new(CounterTable::new(counters, missing.clone()));
        Self(Signal::ALL.map(of_signal).into_iter().chain([(COUNTERS, counters)]).collect())
    }
}

impl IntoIterator for Tables {
    type Item = (&'static str, Arc<dyn TableProvider>);
    type IntoIter = std::vec::IntoIter<Self::Item>;

    fn into_iter(self) -> Self::IntoIter {
        self.0.into_iter()
    }
}
