//! What the decoder must do, as tables of "sent this, got that".

mod json;
mod json_form;
mod limits;
mod logs;
mod metrics;
mod properties;
mod samples;
mod spans;

use arrow::array::{Array, AsArray as _, RecordBatch};
use arrow::datatypes::{Float64Type, Int32Type, Int64Type, TimestampNanosecondType};
use ippo_base::{TimeRange, Timestamp};
use opentelemetry_proto::tonic::collector::logs::v1::ExportLogsServiceRequest;
use opentelemetry_proto::tonic::collector::metrics::v1::ExportMetricsServiceRequest;
use opentelemetry_proto::tonic::collector::trace::v1::ExportTraceServiceRequest;
use opentelemetry_proto::tonic::common::v1::any_value::Value;
use opentelemetry_proto::tonic::common::v1::{AnyValue, InstrumentationScope, KeyValue};
use opentelemetry_proto::tonic::logs::v1::{LogRecord, ResourceLogs, ScopeLogs};
use opentelemetry_proto::tonic::metrics::v1::{Metric, ResourceMetrics, ScopeMetrics};
use opentelemetry_proto::tonic::resource::v1::Resource;
use opentelemetry_proto::tonic::trace::v1::{ResourceSpans, ScopeSpans, Span};
use prost::Message as _;

use super::{Decoded, Reception, decode};
use crate::columns;
use crate::signal::Signal;

/// 2026-11-24T02:16:00Z, when every request of the tests comes.
const NOW: i64 = 1_795_486_560_000_000_000;
const NOW_UNIX: u64 = NOW.unsigned_abs();
const SECOND: u64 = 1_000_000_000;

fn reception() -> Reception {
    let now = Timestamp::from_nanos(NOW);
    let day = std::time::Duration::from_secs(24 * 60 * 60);
    let accept = TimeRange { from: now.minus(day), to: now.plus(std::time::Duration::from_secs(600)) };
    Reception { received: now, accept }
}

fn any(value: Value) -> AnyValue {
    AnyValue { value: Some(value) }
}

fn text(text: &str) -> Value {
    Value::StringValue(text.to_owned())
}

fn attribute(key: &str, value: Value) -> KeyValue {
    KeyValue { key: key.to_owned(), value: Some(any(value)), key_strindex: 0 }
}

fn resource(attributes: Vec<KeyValue>) -> Option<Resource> {
    Some(Resource { attributes, ..Resource::default() })
}

fn scope(name: &str) -> Option<InstrumentationScope> {
    Some(InstrumentationScope { name: name.to_owned(), ..InstrumentationScope::default() })
}

/// A span that breaks no rule.
fn span() -> Span {
    Span {
        trace_id: vec![0xab; 16],
        span_id: vec![0xcd; 8],
        name: "GET /cart".to_owned(),
        kind: 2,
        start_time_unix_nano: NOW_UNIX,
        end_time_unix_nano: NOW_UNIX + SECOND,
        ..Span::default()
    }
}

fn trace_request(resource: Option<Resource>, spans: Vec<Span>) -> ExportTraceServiceRequest {
    let scope_spans = ScopeSpans { scope: scope("shop.http"), spans, ..ScopeSpans::default() };
    let resource_spans =
        ResourceSpans { resource, scope_spans: vec![scope_spans], ..ResourceSpans::default() };
    ExportTraceServiceRequest { resource_spans: vec![resource_spans] }
}

fn logs_request(log_records: Vec<LogRecord>) -> ExportLogsServiceRequest {
    let scope_logs = ScopeLogs { scope: scope("shop.log"), log_records, ..ScopeLogs::default() };
    let resource_logs = ResourceLogs { scope_logs: vec![scope_logs], ..ResourceLogs::default() };
    ExportLogsServiceRequest { resource_logs: vec![resource_logs] }
}

fn metrics_request(metrics: Vec<Metric>) -> ExportMetricsServiceRequest {
    let scope_metrics = ScopeMetrics { scope: scope("shop.meter"), metrics, ..ScopeMetrics::default() };
    let resource_metrics =
        ResourceMetrics { scope_metrics: vec![scope_metrics], ..ResourceMetrics::default() };
    ExportMetricsServiceRequest { resource_metrics: vec![resource_metrics] }
}

fn decode_spans(spans: Vec<Span>) -> Decoded {
    decode_bytes(Signal::Spans, &trace_request(None, spans).encode_to_vec())
}

fn decode_logs(records: Vec<LogRecord>) -> Decoded {
    decode_bytes(Signal::Logs, &logs_request(records).encode_to_vec())
}

fn decode_metrics(metrics: Vec<Metric>) -> Decoded {
    decode_bytes(Signal::Metrics, &metrics_request(metrics).encode_to_vec())
}

fn decode_bytes(signal: Signal, body: &[u8]) -> Decoded {
    let decoded = decode(signal, body, &reception()).expect("the body is well-formed");
    assert_eq!(decoded.rows.schema(), columns::schema(signal));
    assert_eq!(decoded.rows.num_rows(), decoded.outcome.accepted);
    assert_eq!(
        decoded.outcome.reasons.iter().map(|(_, count)| count).sum::<usize>(),
        decoded.outcome.rejected
    );
    decoded
}

/// A value as text: ids in hexadecimal digits, times in nanoseconds, a missing one as `null`.
fn cell(rows: &RecordBatch, name: &str, row: usize) -> String {
    let column = rows.column_by_name(name).expect("a column of the table");
    if column.is_null(row) {
        return "null".to_owned();
    }
    if let Some(ids) = column.as_fixed_size_binary_opt() {
        return hex::encode(ids.value(row));
    }
    if let Some(names) = column.as_dictionary_opt::<Int32Type>() {
        let key = usize::try_from(names.keys().value(row)).expect("keys are not negative");
        return names.values().as_string::<i32>().value(key).to_owned();
    }
    if let Some(texts) = column.as_string_opt::<i32>() {
        return texts.value(row).to_owned();
    }
    if let Some(bools) = column.as_boolean_opt() {
        return bools.value(row).to_string();
    }
    if let Some(times) = column.as_primitive_opt::<TimestampNanosecondType>() {
        return times.value(row).to_string();
    }
    if let Some(floats) = column.as_primitive_opt::<Float64Type>() {
        return floats.value(row).to_string();
    }
    column.as_primitive::<Int64Type>().value(row).to_string()
}

/// Checks cells of the only row.
fn assert_cells(decoded: &Decoded, expected: &[(&str, &str)]) {
    assert_eq!(
        (decoded.outcome.accepted, decoded.outcome.rejected),
        (1, 0),
        "{:?}",
        decoded.outcome.message()
    );
    for (name, value) in expected {
        assert_eq!(cell(&decoded.rows, name, 0), *value, "column {name}");
    }
}
