//! Read-only SQL over the telemetry, as the API takes and answers it: as JSON to show, or as a file to keep.

mod calls;
#[cfg(test)]
mod tests;
mod words;

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::file::{PARTIAL, RECORDS, TRUNCATED, WARNINGS};
use crate::openapi::Document;

pub use calls::QUERY_EXPORT_ROWS;
pub(crate) use calls::{refused, routes};

/// A query.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Query {
    /// One SELECT, or EXPLAIN of one, over `spans`, `logs`, `metrics` and `counters`; SHOW TABLES, or DESCRIBE of a table.
    pub sql: String,
    /// The form of the answer. A file has more rows than JSON.
    #[serde(default)]
    pub format: QueryFormat,
}

/// The form of an answer.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum QueryFormat {
    /// Values to show, with the types of the columns.
    #[default]
    Json,
    /// A file of comma-separated values, the names of the columns first. NULL is empty.
    Csv,
    /// An Apache Parquet file with the columns' own types.
    Parquet,
}

/// A query's answer.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct QueryAnswer {
    /// The columns, in the order of each row's values.
    pub columns: Vec<Column>,
    /// The rows.
    #[schema(value_type = Vec<Vec<serde_json::Value>>)]
    pub rows: Vec<Vec<serde_json::Value>>,
    /// Whether this is a plan: the second column of each row is a text that says how the query would be run.
    pub plan: bool,
    /// Whether rows were left out because of the row limit.
    pub truncated: bool,
    /// How long it took, in milliseconds.
    pub elapsed_ms: f64,
    /// What the query may use.
    pub limits: QueryLimits,
    /// What the reader should know before trusting the answer.
    pub warnings: Vec<String>,
}

/// What one query may use.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct QueryLimits {
    /// Rows of an answer in JSON.
    pub rows: u64,
    /// Rows of a file.
    pub file_rows: u64,
    /// Time, in seconds.
    pub time_secs: u64,
    /// Memory, in bytes.
    pub memory_bytes: u64,
}

/// What can be asked.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct QueryTables {
    /// The tables.
    pub tables: Vec<Table>,
    /// What one query may use.
    pub limits: QueryLimits,
}

/// A table.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[schema(as = QueryTable)]
pub struct Table {
    /// Its name.
    pub name: String,
    /// What its rows are.
    pub description: String,
    /// Its columns.
    pub columns: Vec<TableColumn>,
}

/// A column of a table.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct TableColumn {
    /// Its name.
    pub name: String,
    /// `text`, `integer`, `double`, `boolean`, `timestamp`, `attributes` or `json`.
    #[serde(rename = "type")]
    pub kind: String,
    /// What it says.
    pub description: String,
}

/// One column of an answer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Column {
    /// Its name.
    pub name: String,
    /// Its type, as Arrow names it.
    #[serde(rename = "type")]
    pub kind: String,
}

/// Describes the operations of this file.
pub(crate) fn describe(document: &mut Document) {
    let summary = "Runs read-only SQL, within limits of rows, time and memory. Ends when the caller leaves. A file's \
                   headers say how many rows it has, whether some were left out, and what could not be read";
    document
        .post("/api/v1/query", "runQuery", summary)
        .accepts::<Query>()
        .or_file(&["text/csv", "application/vnd.apache.parquet"])
        .says(&[RECORDS, TRUNCATED, PARTIAL, WARNINGS])
        .answers::<QueryAnswer>();
    document
        .get(
            "/api/v1/query/tables",
            "listQueryTables",
            "The tables and columns that SQL can name, and what they mean",
        )
        .answers::<QueryTables>();
}
