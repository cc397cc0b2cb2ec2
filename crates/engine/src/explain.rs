//! Explains a stored trace: reads what the store has of it and asks the domain what follows.

use std::time::Duration;

use ippo_domain::Language;
use ippo_domain::explain::{
    Exception, Explanation, SpanId, SpanKind, SpanStatus, TraceRecord, TracedLog, TracedSpan, explain,
};
use ippo_telemetry::read::{LogRecord, SampledPart, Span};
use ippo_telemetry::{Store, StoreError, attrs};

/// A trace beyond this many spans is explained by its first ones, and the explanation says so.
const SPANS_MOST: usize = 100_000;
/// The same for its log records.
const LOGS_MOST: usize = 10_000;

/// What a trace shows.
#[derive(Clone, Debug, PartialEq)]
pub struct Explained {
    /// The explanation.
    pub explanation: Explanation,
    /// The log records of the cause, by time.
    pub logs: Vec<LogRecord>,
}

/// What was found to explain.
#[derive(Clone, Debug, PartialEq)]
pub struct Found {
    /// The explanation; nothing if the store has no span of the trace.
    pub explained: Option<Explained>,
    /// The sampled hours that may have had spans of it.
    pub sampled: Option<SampledPart>,
}

/// Explains the trace.
///
/// # Errors
/// When the store fails.
pub async fn explain_trace(
    store: &Store,
    trace_id: [u8; 16],
    language: Language,
) -> Result<Found, StoreError> {
    store
        .read(move |reader| {
            let (mut spans, mut logs) = (reader.trace(&trace_id), reader.trace_logs(&trace_id));
            let sampled = spans.sampled;
            if spans.value.is_empty() {
                return Found { explained: None, sampled };
            }
            let cut = spans.partial || spans.value.len() > SPANS_MOST || logs.value.len() > LOGS_MOST;
            spans.value.truncate(SPANS_MOST);
            logs.value.truncate(LOGS_MOST);
            let record = TraceRecord {
                spans: spans.value.iter().map(traced).collect(),
                logs: logs.value.iter().map(logged).collect(),
                cut,
            };
            let explanation = explain(&record, language);
            let logs = explanation.logs.iter().filter_map(|at| logs.value.get(*at).cloned()).collect();
            Found { explained: Some(Explained { explanation, logs }), sampled }
        })
        .await
}

fn traced(span: &Span) -> TracedSpan {
    TracedSpan {
        span_id: span_id(&span.span_id),
        parent_span_id: span.parent_span_id.as_deref().map(span_id),
        service: span.service.clone(),
        name: span.name.clone(),
        kind: match span.kind.as_str() {
            "server" => SpanKind::Server,
            "client" => SpanKind::Client,
            "producer" => SpanKind::Producer,
            "consumer" => SpanKind::Consumer,
            _ => SpanKind::Internal,
        },
        status: match span.status.as_str() {
            "ok" => SpanStatus::Ok,
            "error" => SpanStatus::Error,
            _ => SpanStatus::Unset,
        },
        status_message: span.status_message.clone().unwrap_or_default(),
        error: span.error,
        start: span.start,
        duration: Duration::from_nanos(u64::try_from(span.duration_ns).unwrap_or(0)),
        exceptions: span.events.as_deref().map(exceptions).unwrap_or_default(),
        user_id: span.user_id.clone(),
    }
}

fn logged(record: &LogRecord) -> TracedLog {
    TracedLog {
        span_id: record.span_id.as_deref().map(span_id),
        time: record.time,
        severity: record.severity.clone(),
        severity_number: u8::try_from(record.severity_number).unwrap_or(0),
        body: record.body.clone(),
        service: record.service.clone(),
    }
}

/// The store writes ids as sixteen hexadecimal digits.
fn span_id(hex_digits: &str) -> SpanId {
    let mut id = [0; 8];
    let read = hex::decode_to_slice(hex_digits, &mut id);
    SpanId(read.map_or([0; 8], |()| id))
}

/// The exceptions among a span's events, in order.
fn exceptions(events: &str) -> Vec<Exception> {
    let events: Vec<serde_json::Value> = serde_json::from_str(events).unwrap_or_default();
    let exceptions = events.iter().filter(|event| event["name"] == "exception");
    exceptions
        .map(|event| {
            let attributes = event["attributes"].to_string();
            let text = |key: &str| {
                let value = attrs::lookup(&attributes, key).and_then(attrs::AttrValue::into_text);
                value.map(std::borrow::Cow::into_owned).unwrap_or_default()
            };
            Exception {
                kind: text("exception.type"),
                message: text("exception.message"),
                stacktrace: text("exception.stacktrace"),
            }
        })
        .collect()
}
