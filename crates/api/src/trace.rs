//! Traces as the API shows them: summaries, one trace with its spans, and what explains it.

mod calls;
#[cfg(test)]
mod tests;

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use utoipa::openapi::RefOr;
use utoipa::openapi::schema::{ObjectBuilder, Schema, SchemaType};
use utoipa::{PartialSchema, ToSchema};

use crate::log::Log;
use crate::openapi::{Document, Value};
use crate::page::{Page, SampledSpans};
use crate::time::Time;

pub(crate) use calls::routes;

/// Attributes: values are text, numbers, booleans, arrays or maps, as they were sent.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Attributes(pub BTreeMap<String, serde_json::Value>);

impl PartialSchema for Attributes {
    fn schema() -> RefOr<Schema> {
        let any = ObjectBuilder::new().schema_type(SchemaType::AnyValue);
        ObjectBuilder::new().additional_properties(Some(any)).into()
    }
}

impl ToSchema for Attributes {}

/// Traces that match a search, newest first.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct TraceList {
    /// Start of the effective range.
    pub from: Time,
    /// End of the effective range, excluded.
    pub to: Time,
    /// The traces.
    pub traces: Vec<TraceSummary>,
    /// The envelope.
    #[serde(flatten)]
    pub page: Page,
}

/// One trace in a list.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct TraceSummary {
    /// 32 lower-case hexadecimal digits.
    pub trace_id: String,
    /// When its first span started.
    pub start: Time,
    /// From its first start to its last end, in milliseconds.
    pub duration_ms: f64,
    /// The service of its root span, or of its earliest span where the root is missing.
    pub service: String,
    /// The name of that span.
    pub name: String,
    /// Every service that took part.
    pub services: Vec<String>,
    /// Number of spans.
    pub spans: u64,
    /// Number of spans that failed.
    pub errors: u64,
    /// `unset`, `ok` or `error`, of the root span.
    pub status: String,
}

/// One whole trace.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Trace {
    /// 32 lower-case hexadecimal digits.
    pub trace_id: String,
    /// What the reader should know before trusting the answer.
    pub warnings: Vec<String>,
    /// Whether spans are known to be missing.
    pub partial: bool,
    /// The hours of its spans, and those beside them, of which only some traces are stored; `null` where all are. Of this one
    /// spans may be missing that came late, or began more than an hour before or after the others.
    pub sampled: Option<SampledSpans>,
    /// The spans, by start.
    pub spans: Vec<Span>,
}

/// One span.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Span {
    /// 16 lower-case hexadecimal digits.
    pub span_id: String,
    /// The span that caused it; `null` for a root.
    pub parent_span_id: Option<String>,
    /// `service.name`.
    pub service: String,
    /// `service.namespace`.
    pub namespace: String,
    /// `deployment.environment.name`.
    pub environment: String,
    /// The instrumentation scope.
    pub scope: String,
    /// The span's name.
    pub name: String,
    /// `internal`, `server`, `client`, `producer` or `consumer`.
    pub kind: String,
    /// When it started.
    pub start: Time,
    /// How long it took, in nanoseconds.
    pub duration_ns: u64,
    /// `unset`, `ok` or `error`.
    pub status: String,
    /// What the status says.
    pub status_message: String,
    /// The span's attributes.
    pub attributes: Attributes,
    /// The attributes of its resource.
    pub resource: Attributes,
    /// What happened in it.
    pub events: Vec<SpanEvent>,
    /// The spans it refers to.
    pub links: Vec<SpanLink>,
}

/// Something that happened within a span.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct SpanEvent {
    /// When.
    pub time: Time,
    /// What, such as `exception`.
    pub name: String,
    /// The event's attributes.
    pub attributes: Attributes,
}

/// A reference to another span.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct SpanLink {
    /// The other span's trace.
    pub trace_id: String,
    /// The other span.
    pub span_id: String,
    /// The link's attributes.
    pub attributes: Attributes,
}

/// What a trace shows, in sentences whose every claim names the fact it rests on.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Explanation {
    /// 32 lower-case hexadecimal digits.
    pub trace_id: String,
    /// Whether an error was found and traced to its cause.
    pub verdict: Verdict,
    /// Sentences, with the id of a fact in brackets after each claim, such as `[S:3]`.
    pub text: String,
    /// The facts that `text` names.
    pub facts: Vec<Fact>,
    /// The deepest failed span without a failed child.
    pub cause: Option<Cause>,
    /// The log records of that span.
    pub logs: Vec<Log>,
    /// The hours in which it has or may have had spans and only some traces are stored; what it says is of those that are.
    pub sampled: Option<SampledSpans>,
}

/// What an explanation concludes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Verdict {
    /// A span failed, and the explanation says which one first.
    Error,
    /// Nothing failed.
    NoError,
    /// The trace does not tell: spans are missing, or several causes are possible.
    Inconclusive,
}

/// One thing that the telemetry says.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Fact {
    /// How `text` names it, such as `S:3`.
    pub id: String,
    /// What it was read from.
    pub kind: FactKind,
    /// The span it belongs to.
    pub span_id: Option<String>,
    /// The fact itself.
    pub text: String,
}

/// What a fact was read from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum FactKind {
    /// A span.
    Span,
    /// A log record.
    Log,
    /// An exception event.
    Exception,
    /// Who made the request.
    User,
}

/// Where a failed trace failed first.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Cause {
    /// The span.
    pub span_id: String,
    /// Its service.
    pub service: String,
    /// Its name.
    pub name: String,
    /// What it threw.
    pub exception: Option<Exception>,
}

/// An exception as `exception.*` attributes describe it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Exception {
    /// `exception.type`.
    #[serde(rename = "type")]
    pub kind: String,
    /// `exception.message`.
    pub message: String,
    /// `exception.stacktrace`.
    pub stacktrace: String,
}

/// Describes the operations of this file.
pub(crate) fn describe(document: &mut Document) {
    document
        .get("/api/v1/traces", "listTraces", "Traces that match, newest first")
        .range()
        .query("service", Value::Text, "Only traces with a span of this service.")
        .query("name", Value::Text, "Only traces with a span of this name.")
        .query("where", Value::Text, "Only traces with a span for which this SQL boolean expression is true.")
        .query(
            "min_ms",
            Value::Number,
            "Only traces with a matching span that took at least so many milliseconds.",
        )
        .query(
            "error",
            Value::Flag,
            "`true`: only traces with a matching span that failed; `false`: none such.",
        )
        .paged()
        .answers::<TraceList>();
    document
        .get("/api/v1/traces/{trace_id}", "getTrace", "One whole trace, whatever its age")
        .answers::<Trace>();
    document
        .get(
            "/api/v1/traces/{trace_id}/explanation",
            "explainTrace",
            "Where a trace failed, and what shows it",
        )
        .answers::<Explanation>();
}
