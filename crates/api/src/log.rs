//! Log records as the API shows them.

mod calls;

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::openapi::{Document, Value};
use crate::page::Page;
use crate::time::Time;
use crate::trace::Attributes;

pub(crate) use calls::routes;

/// Log records that match a search, newest first.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct LogList {
    /// Start of the effective range.
    pub from: Time,
    /// End of the effective range, excluded.
    pub to: Time,
    /// The records.
    pub logs: Vec<Log>,
    /// The envelope.
    #[serde(flatten)]
    pub page: Page,
}

/// One log record.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Log {
    /// When it happened.
    pub time: Time,
    /// When the pipeline first saw it.
    pub observed_time: Time,
    /// `TRACE`, `DEBUG`, `INFO`, `WARN`, `ERROR` or `FATAL`; empty where unknown.
    pub severity: String,
    /// 1 to 24, by the OpenTelemetry log data model; 0 where unknown.
    pub severity_number: u8,
    /// `service.name`.
    pub service: String,
    /// `service.namespace`.
    pub namespace: String,
    /// `deployment.environment.name`.
    pub environment: String,
    /// The message; a structured body is written as JSON.
    pub body: String,
    /// The name of the event, if it is one.
    pub event_name: String,
    /// The trace it was written in.
    pub trace_id: Option<String>,
    /// The span it was written in.
    pub span_id: Option<String>,
    /// The record's attributes.
    pub attributes: Attributes,
    /// The attributes of its resource.
    pub resource: Attributes,
}

/// Describes the operations of this file.
pub(crate) fn describe(document: &mut Document) {
    document
        .get("/api/v1/logs", "listLogs", "Log records that match, newest first")
        .range()
        .query("service", Value::Text, "Only this service.")
        .query("where", Value::Text, "Only records for which this SQL boolean expression is true.")
        .query("contains", Value::Text, "Only records whose body contains this text, in either case.")
        .query("severity", Value::Text, "Only records of at least this severity, such as `WARN`.")
        .query("trace_id", Value::Text, "Only this trace.")
        .query("span_id", Value::Text, "Only this span.")
        .paged()
        .answers::<LogList>();
}
