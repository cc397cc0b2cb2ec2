//! Read-only SQL over the telemetry, as the API takes and answers it.

mod calls;

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::openapi::Document;

pub(crate) use calls::routes;

/// A query.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Query {
    /// One SELECT over `spans`, `logs` and `metrics`.
    pub sql: String,
}

/// A query's answer.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct QueryAnswer {
    /// The columns, in the order of each row's values.
    pub columns: Vec<Column>,
    /// The rows.
    #[schema(value_type = Vec<Vec<serde_json::Value>>)]
    pub rows: Vec<Vec<serde_json::Value>>,
    /// Whether rows were left out because of the row limit.
    pub truncated: bool,
    /// What the reader should know before trusting the answer.
    pub warnings: Vec<String>,
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
    document
        .post("/api/v1/query", "runQuery", "Runs read-only SQL, within limits of rows, time and memory")
        .accepts::<Query>()
        .answers::<QueryAnswer>();
}
