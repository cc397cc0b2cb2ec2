//! Log records as the API shows them: found, counted, followed, exported, and each by its own address.

mod calls;
mod choice;
mod export;
mod search;
mod tail;
#[cfg(test)]
mod tests;

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::file::{MATCHED, PARTIAL, RECORDS, WARNINGS};
use crate::openapi::{Document, Operation, Value};
use crate::page::Page;
use crate::time::Time;
use crate::trace::Attributes;

pub(crate) use calls::routes;
pub use export::LOG_EXPORT_RECORDS;

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

/// How far a search for log records has got.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct LogProgress {
    /// Records that may match by their time, as far as files tell: all of those in files that reach into the range.
    pub rows: u64,
    /// Those of them that were looked through, or of which the file knows that they do not match.
    pub looked: u64,
    /// Nothing of this time or later is left to look at.
    pub back_to: Time,
    /// Records that were found since the event before, newest first.
    pub logs: Vec<Log>,
    /// Give it as `cursor` to go on from here, if the search is given up.
    pub next_cursor: String,
}

/// One log record.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Log {
    /// Its address, for as long as it is kept: `GET /api/v1/logs/{id}`.
    pub id: String,
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

/// One record, whatever its age.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct LogFound {
    /// The record.
    pub log: Log,
    /// The envelope.
    #[serde(flatten)]
    pub page: Page,
}

/// A record among the lines of its service, whatever was searched for.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct LogsAround {
    /// Start of where lines were looked for.
    pub from: Time,
    /// End of where lines were looked for.
    pub to: Time,
    /// Lines after it, newest first.
    pub after: Vec<Log>,
    /// The record.
    pub log: Log,
    /// Lines before it, newest first.
    pub before: Vec<Log>,
    /// The envelope.
    #[serde(flatten)]
    pub page: Page,
}

/// Records over time, by severity.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct LogCounts {
    /// Start of the effective range.
    pub from: Time,
    /// End of the effective range, excluded.
    pub to: Time,
    /// The length of a step in seconds.
    pub step_secs: u32,
    /// All of them.
    pub total: u64,
    /// How many of them an export holds at most.
    pub export_limit: u64,
    /// Every step, the oldest first.
    pub points: Vec<LogPoint>,
    /// The envelope.
    #[serde(flatten)]
    pub page: Page,
}

/// The records of one step.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct LogPoint {
    /// Start of the step.
    pub time: Time,
    /// Those of unknown severity.
    pub unknown: u64,
    /// `TRACE`.
    pub trace: u64,
    /// `DEBUG`.
    pub debug: u64,
    /// `INFO`.
    pub info: u64,
    /// `WARN`.
    pub warn: u64,
    /// `ERROR`.
    pub error: u64,
    /// `FATAL`.
    pub fatal: u64,
}

/// What an event named `logs` of a live tail says.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct LogsTailed {
    /// Records that came and match, in the order in which they came.
    pub logs: Vec<Log>,
    /// How many more came than can be followed; some of them may match.
    pub missed: u64,
}

/// Describes the operations of this file.
pub(crate) fn describe(document: &mut Document) {
    chosen(document.get("/api/v1/logs", "listLogs", "Log records that match, newest first").range())
        .paged()
        .answers::<LogList>();
    let summary = "The same search as server-sent events: `progress` from time to time while it goes on, then `page`, which is \
                   what the list answers, or `problem`. Whoever leaves ends the search";
    chosen(document.get("/api/v1/logs/search", "searchLogs", summary).range())
        .paged()
        .streams::<LogProgress>(&["text/event-stream"]);
    chosen(document.get("/api/v1/logs/counts", "countLogs", "How many log records match, over time").range())
        .answers::<LogCounts>();
    let summary = "Log records that match, as they are acknowledged: server-sent events named `logs`, and `end` when \
                   the time of a tail is over; comments keep the connection open";
    chosen(document.get("/api/v1/logs/tail", "tailLogs", summary))
        .streams::<LogsTailed>(&["text/event-stream"]);
    let summary = "The newest log records that match, as a file. Its headers say how many match, how many of them the \
                   file has, and what could not be read";
    chosen(document.get("/api/v1/logs/export", "exportLogs", summary).range())
        .query("format", Value::Text, "`ndjson` (one JSON object a line) or `csv`. Default: `ndjson`.")
        .query("limit", Value::Integer, "How many at most.")
        .says(&[MATCHED, RECORDS, PARTIAL, WARNINGS])
        .streams::<Log>(&["application/x-ndjson", "text/csv"]);
    document.get("/api/v1/logs/{id}", "getLog", "One log record, whatever its age").answers::<LogFound>();
    let summary = "One log record among the lines of its service, whatever was searched for";
    document
        .get("/api/v1/logs/{id}/around", "getLogsAround", summary)
        .query("before", Value::Integer, "How many lines before it. Default: 20.")
        .query("after", Value::Integer, "How many lines after it. Default: 20.")
        .answers::<LogsAround>();
}

/// The choices that every call about many records takes.
fn chosen(operation: Operation<'_>) -> Operation<'_> {
    operation
        .query("service", Value::Text, "Only this service.")
        .query("environment", Value::Text, "Only this `deployment.environment.name`.")
        .query("where", Value::Text, "Only records for which this SQL boolean expression is true.")
        .query("contains", Value::Text, "Only records whose body contains this text, in either case.")
        .query(
            "whole_words",
            Value::Flag,
            "Whether `contains` begins and ends with whole words of ASCII letters, digits and `_`: `timeout`, but not \
             `timeouts`. Old records are then found much faster. Default: false.",
        )
        .query("severity", Value::Text, "Only records of at least this severity, such as `WARN`.")
        .query(
            "attr",
            Value::Texts,
            "Only records with this attribute, such as `order.id=4711`: of their own, of their resource, or a key of a \
             JSON body. May be given several times.",
        )
        .query("trace_id", Value::Text, "Only this trace.")
        .query("span_id", Value::Text, "Only this span.")
}
