//! What the tests of alert rules send: requests, log records and points of metrics.

use ippo_base::Timestamp;
use opentelemetry_proto::tonic::collector::logs::v1::ExportLogsServiceRequest;
use opentelemetry_proto::tonic::collector::metrics::v1::ExportMetricsServiceRequest;
use opentelemetry_proto::tonic::collector::trace::v1::ExportTraceServiceRequest;
use opentelemetry_proto::tonic::common::v1::{AnyValue, KeyValue, any_value::Value};
use opentelemetry_proto::tonic::logs::v1::{LogRecord, ResourceLogs, ScopeLogs};
use opentelemetry_proto::tonic::metrics::v1::metric::Data;
use opentelemetry_proto::tonic::metrics::v1::number_data_point::Value as Number;
use opentelemetry_proto::tonic::metrics::v1::{
    Gauge, Histogram, HistogramDataPoint, Metric, NumberDataPoint, ResourceMetrics, ScopeMetrics, Sum,
};
use opentelemetry_proto::tonic::resource::v1::Resource;
use opentelemetry_proto::tonic::trace::v1::{ResourceSpans, ScopeSpans, Span, Status};
use prost::Message as _;

fn nanos(at: Timestamp) -> u64 {
    u64::try_from(at.as_nanos()).expect("after 1970")
}

fn text(text: &str) -> Option<AnyValue> {
    Some(AnyValue { value: Some(Value::StringValue(text.to_owned())) })
}

fn attribute(key: &str, value: &str) -> KeyValue {
    KeyValue { key: key.to_owned(), value: text(value), ..KeyValue::default() }
}

fn service(name: &str) -> Option<Resource> {
    Some(Resource { attributes: vec![attribute("service.name", name)], ..Resource::default() })
}

/// Server spans of a service, of one millisecond for each of them up to that one: so many that succeed, then so many that fail.
pub(super) fn requests(at: Timestamp, of: &str, (good, bad): (usize, usize)) -> bytes::Bytes {
    let start = nanos(at);
    let span = |n: usize| Span {
        trace_id: u128::from(start + n as u64).to_be_bytes().to_vec(),
        span_id: (n as u64 + 1).to_be_bytes().to_vec(),
        name: "POST /pay".to_owned(),
        kind: 2,
        start_time_unix_nano: start + n as u64,
        end_time_unix_nano: start + n as u64 + 1_000_000 * (n as u64 + 1),
        status: Some(Status { code: if n >= good { 2 } else { 1 }, message: String::new() }),
        ..Span::default()
    };
    let spans = (0..good + bad).map(span).collect();
    let scope_spans = vec![ScopeSpans { spans, ..ScopeSpans::default() }];
    let resource_spans =
        vec![ResourceSpans { resource: service(of), scope_spans, ..ResourceSpans::default() }];
    ExportTraceServiceRequest { resource_spans }.encode_to_vec().into()
}

/// Errors in a service's log.
pub(super) fn logs(at: Timestamp, of: &str, bodies: &[&str]) -> bytes::Bytes {
    let record = |(n, body): (usize, &&str)| LogRecord {
        time_unix_nano: nanos(at) + n as u64,
        severity_number: 17,
        body: text(body),
        ..LogRecord::default()
    };
    let log_records = bodies.iter().enumerate().map(record).collect();
    let scope_logs = vec![ScopeLogs { log_records, ..ScopeLogs::default() }];
    let resource_logs = vec![ResourceLogs { resource: service(of), scope_logs, ..ResourceLogs::default() }];
    ExportLogsServiceRequest { resource_logs }.encode_to_vec().into()
}

fn number(at: Timestamp, (label, value): (&str, f64)) -> NumberDataPoint {
    NumberDataPoint {
        time_unix_nano: nanos(at),
        attributes: vec![attribute("queue", label)],
        value: Some(Number::AsDouble(value)),
        ..NumberDataPoint::default()
    }
}

/// Values at a time, by their label `queue`.
pub(super) fn gauge(at: Timestamp, name: &str, values: &[(&str, f64)]) -> bytes::Bytes {
    let data_points = values.iter().map(|value| number(at, *value)).collect();
    metric(name, Data::Gauge(Gauge { data_points }))
}

/// What has been counted so far, by the label `queue`.
pub(super) fn counter(at: Timestamp, name: &str, values: &[(&str, f64)]) -> bytes::Bytes {
    let data_points = values.iter().map(|value| number(at, *value)).collect();
    metric(name, Data::Sum(Sum { data_points, aggregation_temporality: 2, is_monotonic: true }))
}

/// What was observed since the point before, by buckets.
pub(super) fn histogram(at: Timestamp, name: &str, bounds: &[f64], counts: &[u64]) -> bytes::Bytes {
    let point = HistogramDataPoint {
        time_unix_nano: nanos(at),
        start_time_unix_nano: nanos(at) - 60_000_000_000,
        count: counts.iter().sum(),
        bucket_counts: counts.to_vec(),
        explicit_bounds: bounds.to_vec(),
        ..HistogramDataPoint::default()
    };
    metric(name, Data::Histogram(Histogram { data_points: vec![point], aggregation_temporality: 1 }))
}

fn metric(name: &str, data: Data) -> bytes::Bytes {
    let metric = Metric { name: name.to_owned(), data: Some(data), ..Metric::default() };
    let scope_metrics = vec![ScopeMetrics { metrics: vec![metric], ..ScopeMetrics::default() }];
    let resource_metrics =
        vec![ResourceMetrics { resource: service("worker"), scope_metrics, ..ResourceMetrics::default() }];
    ExportMetricsServiceRequest { resource_metrics }.encode_to_vec().into()
}
