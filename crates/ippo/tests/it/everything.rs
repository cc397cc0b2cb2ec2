//! A span, a log record and metric points with everything that they can have: in protobuf, in the JSON of OTLP by hand, and
//! as ippo shows them. Never sends anything.

use std::time::Duration;

use ippo_base::{Clock as _, SystemClock, Timestamp};
use opentelemetry_proto::tonic::collector::logs::v1::ExportLogsServiceRequest;
use opentelemetry_proto::tonic::collector::metrics::v1::ExportMetricsServiceRequest;
use opentelemetry_proto::tonic::collector::trace::v1::ExportTraceServiceRequest;
use opentelemetry_proto::tonic::common::v1::any_value::Value as Any;
use opentelemetry_proto::tonic::common::v1::{
    AnyValue, ArrayValue, InstrumentationScope, KeyValue, KeyValueList,
};
use opentelemetry_proto::tonic::logs::v1::{LogRecord, ResourceLogs, ScopeLogs};
use opentelemetry_proto::tonic::metrics::v1::exponential_histogram_data_point::Buckets;
use opentelemetry_proto::tonic::metrics::v1::metric::Data;
use opentelemetry_proto::tonic::metrics::v1::number_data_point::Value as Number;
use opentelemetry_proto::tonic::metrics::v1::summary_data_point::ValueAtQuantile;
use opentelemetry_proto::tonic::metrics::v1::{
    ExponentialHistogram, ExponentialHistogramDataPoint, Gauge, Histogram, HistogramDataPoint, Metric,
    NumberDataPoint, ResourceMetrics, ScopeMetrics, Sum, Summary, SummaryDataPoint,
};
use opentelemetry_proto::tonic::resource::v1::Resource;
use opentelemetry_proto::tonic::trace::v1::span::{Event, Link};
use opentelemetry_proto::tonic::trace::v1::{ResourceSpans, ScopeSpans, Span, Status};
use prost::Message as _;
use serde_json::{Value, json};

const SPAN_ID: [u8; 8] = [0x00, 0xf0, 0x67, 0xaa, 0x0b, 0xa9, 0x02, 0xb7];
const PARENT_ID: [u8; 8] = [7; 8];

pub(crate) fn attribute(key: &str, value: Any) -> KeyValue {
    KeyValue { key: key.to_owned(), value: Some(AnyValue { value: Some(value) }), ..KeyValue::default() }
}

pub(crate) fn text(key: &str, value: &str) -> KeyValue {
    attribute(key, Any::StringValue(value.to_owned()))
}

/// Attributes of every type, in protobuf, in the JSON of OTLP, and as ippo shows them.
pub(crate) fn attributes() -> (Vec<KeyValue>, Value, Value) {
    let item =
        AnyValue { value: Some(Any::KvlistValue(KeyValueList { values: vec![text("sku", "蜜柑")] })) };
    let protobuf = vec![
        text("text", "“注文” \\ \n end"),
        text("empty", ""),
        attribute("smallest", Any::IntValue(i64::MIN)),
        attribute("share", Any::DoubleValue(0.125)),
        attribute("none", Any::DoubleValue(f64::NAN)),
        attribute("flag", Any::BoolValue(true)),
        attribute("bytes", Any::BytesValue(vec![0xff, 0xfe])),
        attribute("items", Any::ArrayValue(ArrayValue { values: vec![item, AnyValue::default()] })),
    ];
    let otlp = json!([
        {"key": "text", "value": {"stringValue": "“注文” \\ \n end"}},
        {"key": "empty", "value": {"stringValue": ""}},
        {"key": "smallest", "value": {"intValue": "-9223372036854775808"}},
        {"key": "share", "value": {"doubleValue": 0.125}},
        {"key": "none", "value": {"doubleValue": "NaN"}},
        {"key": "flag", "value": {"boolValue": true}},
        {"key": "bytes", "value": {"bytesValue": "//4="}},
        {"key": "items", "value": {"arrayValue": {"values": [
            {"kvlistValue": {"values": [{"key": "sku", "value": {"stringValue": "蜜柑"}}]}}, {},
        ]}}},
    ]);
    let shown = json!({
        "text": "“注文” \\ \n end", "empty": "", "smallest": i64::MIN, "share": 0.125, "flag": true,
        "none": {"double": "NaN"}, "bytes": {"bytes": "//4="}, "items": [{"sku": "蜜柑"}, null],
    });
    (protobuf, otlp, shown)
}

/// When it began: a while ago, with nanoseconds.
pub(crate) fn began() -> Timestamp {
    let minute = SystemClock::new().now().minute().minus(5).start();
    minute.plus(Duration::from_nanos(123_456_789))
}

pub(crate) fn nanos(time: Timestamp) -> u64 {
    u64::try_from(time.as_nanos()).expect("after 1970")
}

pub(crate) fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

fn resource() -> Option<Resource> {
    let attributes = vec![
        text("service.name", "orders"),
        text("service.namespace", "shop"),
        text("deployment.environment.name", "test"),
        attribute("process.pid", Any::IntValue(42)),
    ];
    Some(Resource { attributes, ..Resource::default() })
}

fn scope() -> Option<InstrumentationScope> {
    Some(InstrumentationScope { name: "fixture".to_owned(), ..InstrumentationScope::default() })
}

pub(crate) fn spans(spans: Vec<Span>) -> ExportTraceServiceRequest {
    let scope_spans = vec![ScopeSpans { scope: scope(), spans, ..ScopeSpans::default() }];
    ExportTraceServiceRequest {
        resource_spans: vec![ResourceSpans { resource: resource(), scope_spans, ..ResourceSpans::default() }],
    }
}

/// A span with everything a span can have.
pub(crate) fn span(trace: u8, began: Timestamp) -> Span {
    let (attributes, ..) = attributes();
    let event = |name: &str, attributes| Event {
        time_unix_nano: nanos(began) + 1_000_000,
        name: name.to_owned(),
        attributes,
        ..Event::default()
    };
    Span {
        trace_id: vec![trace; 16],
        span_id: SPAN_ID.to_vec(),
        parent_span_id: PARENT_ID.to_vec(),
        name: "POST /orders".to_owned(),
        kind: 2,
        start_time_unix_nano: nanos(began),
        end_time_unix_nano: nanos(began) + 1_500_007,
        attributes: attributes.clone(),
        events: vec![event("stock.checked", Vec::new()), event("exception", attributes.clone())],
        links: vec![Link { trace_id: vec![9; 16], span_id: vec![8; 8], attributes, ..Link::default() }],
        status: Some(Status { code: 2, message: "no stock".to_owned() }),
        ..Span::default()
    }
}

pub(crate) fn log(trace: u8, began: Timestamp) -> ExportLogsServiceRequest {
    let record = LogRecord {
        time_unix_nano: nanos(began),
        observed_time_unix_nano: nanos(began) + 5,
        severity_number: 17,
        severity_text: "ERROR".to_owned(),
        body: Some(AnyValue { value: Some(Any::StringValue("no stock of 蜜柑".to_owned())) }),
        attributes: attributes().0,
        trace_id: vec![trace; 16],
        span_id: SPAN_ID.to_vec(),
        ..LogRecord::default()
    };
    let scope_logs = vec![ScopeLogs { scope: scope(), log_records: vec![record], ..ScopeLogs::default() }];
    ExportLogsServiceRequest {
        resource_logs: vec![ResourceLogs { resource: resource(), scope_logs, ..ResourceLogs::default() }],
    }
}

/// Points of each kind, told by an attribute.
pub(crate) fn points(trace: u8, began: Timestamp) -> ExportMetricsServiceRequest {
    let (mut attributes, ..) = attributes();
    attributes.push(attribute("way", Any::IntValue(trace.into())));
    let (start_time_unix_nano, time_unix_nano) = (nanos(began), nanos(began) + 1_000_000_007);
    let number = |value| NumberDataPoint {
        attributes: attributes.clone(),
        start_time_unix_nano,
        time_unix_nano,
        value: Some(value),
        ..NumberDataPoint::default()
    };
    let histogram = HistogramDataPoint {
        attributes: attributes.clone(),
        start_time_unix_nano,
        time_unix_nano,
        count: 6,
        sum: Some(4.5),
        min: Some(0.125),
        max: Some(2.0),
        bucket_counts: vec![1, 2, 3],
        explicit_bounds: vec![0.25, 1.0],
        ..HistogramDataPoint::default()
    };
    let exponential = ExponentialHistogramDataPoint {
        attributes: attributes.clone(),
        start_time_unix_nano,
        time_unix_nano,
        count: 6,
        sum: Some(-1.0),
        scale: -2,
        zero_count: 1,
        zero_threshold: 0.25,
        positive: Some(Buckets { offset: -3, bucket_counts: vec![2, 0, 3] }),
        ..ExponentialHistogramDataPoint::default()
    };
    let quantiles =
        [(0.5, 1.0), (1.0, f64::NAN)].map(|(quantile, value)| ValueAtQuantile { quantile, value });
    let summary = SummaryDataPoint {
        attributes: attributes.clone(),
        start_time_unix_nano,
        time_unix_nano,
        count: 6,
        sum: 2.0,
        quantile_values: quantiles.to_vec(),
        ..SummaryDataPoint::default()
    };
    let metrics = [
        ("queue.length", "{item}", Data::Gauge(Gauge { data_points: vec![number(Number::AsDouble(-0.5))] })),
        (
            "orders",
            "{order}",
            Data::Sum(Sum {
                data_points: vec![number(Number::AsInt(7))],
                aggregation_temporality: 2,
                is_monotonic: true,
            }),
        ),
        (
            "duration",
            "s",
            Data::Histogram(Histogram { data_points: vec![histogram], aggregation_temporality: 1 }),
        ),
        (
            "size",
            "By",
            Data::ExponentialHistogram(ExponentialHistogram {
                data_points: vec![exponential],
                aggregation_temporality: 2,
            }),
        ),
        ("wait", "s", Data::Summary(Summary { data_points: vec![summary] })),
    ];
    let metrics = metrics.map(|(name, unit, data)| Metric {
        name: name.to_owned(),
        unit: unit.to_owned(),
        data: Some(data),
        ..Metric::default()
    });
    let scope_metrics =
        vec![ScopeMetrics { scope: scope(), metrics: metrics.to_vec(), ..ScopeMetrics::default() }];
    ExportMetricsServiceRequest {
        resource_metrics: vec![ResourceMetrics {
            resource: resource(),
            scope_metrics,
            ..ResourceMetrics::default()
        }],
    }
}

/// The three requests of a number in protobuf: spans, logs and metrics.
pub(crate) fn bodies(trace: u8, began: Timestamp) -> [Vec<u8>; 3] {
    [
        spans(vec![span(trace, began)]).encode_to_vec(),
        log(trace, began).encode_to_vec(),
        points(trace, began).encode_to_vec(),
    ]
}

fn resource_json() -> Value {
    json!({"attributes": [
        {"key": "service.name", "value": {"stringValue": "orders"}},
        {"key": "service.namespace", "value": {"stringValue": "shop"}},
        {"key": "deployment.environment.name", "value": {"stringValue": "test"}},
        {"key": "process.pid", "value": {"intValue": "42"}},
    ]})
}

/// The same, written by hand in the JSON of OTLP.
pub(crate) fn json_bodies(trace: u8, began: Timestamp) -> [Value; 3] {
    let (_, attributes, _) = attributes();
    let time = |after: u64| (nanos(began) + after).to_string();
    let (trace_id, span_id) = (hex(&[trace; 16]), hex(&SPAN_ID));
    let span = json!({
        "traceId": trace_id, "spanId": span_id, "parentSpanId": hex(&PARENT_ID), "name": "POST /orders", "kind": 2,
        "startTimeUnixNano": time(0), "endTimeUnixNano": time(1_500_007), "attributes": attributes,
        "events": [
            {"timeUnixNano": time(1_000_000), "name": "stock.checked"},
            {"timeUnixNano": time(1_000_000), "name": "exception", "attributes": attributes},
        ],
        "links": [{"traceId": hex(&[9; 16]), "spanId": hex(&[8; 8]), "attributes": attributes}],
        "status": {"code": 2, "message": "no stock"},
    });
    let record = json!({
        "timeUnixNano": time(0), "observedTimeUnixNano": time(5), "severityNumber": 17, "severityText": "ERROR",
        "body": {"stringValue": "no stock of 蜜柑"}, "attributes": attributes,
        "traceId": trace_id, "spanId": span_id,
    });
    let scope = json!({"name": "fixture"});
    [
        json!({"resourceSpans": [{"resource": resource_json(), "scopeSpans": [{"scope": scope, "spans": [span]}]}]}),
        json!({"resourceLogs": [{"resource": resource_json(), "scopeLogs": [{"scope": scope, "logRecords": [record]}]}]}),
        json!({"resourceMetrics": [{
            "resource": resource_json(), "scopeMetrics": [{"scope": scope, "metrics": points_json(trace, began)}],
        }]}),
    ]
}

fn points_json(trace: u8, began: Timestamp) -> Value {
    let (_, mut attributes, _) = attributes();
    let told = json!({"key": "way", "value": {"intValue": trace.to_string()}});
    attributes.as_array_mut().expect("a list").push(told);
    let point = |values: Value| {
        let mut point = json!({
            "attributes": attributes, "startTimeUnixNano": nanos(began).to_string(),
            "timeUnixNano": (nanos(began) + 1_000_000_007).to_string(),
        });
        point.as_object_mut().expect("an object").extend(values.as_object().expect("an object").clone());
        json!([point])
    };
    json!([
        {"name": "queue.length", "unit": "{item}", "gauge": {"dataPoints": point(json!({"asDouble": -0.5}))}},
        {"name": "orders", "unit": "{order}", "sum": {
            "aggregationTemporality": 2, "isMonotonic": true, "dataPoints": point(json!({"asInt": "7"})),
        }},
        {"name": "duration", "unit": "s", "histogram": {"aggregationTemporality": 1, "dataPoints": point(json!({
            "count": "6", "sum": 4.5, "min": 0.125, "max": 2.0, "bucketCounts": ["1", "2", "3"],
            "explicitBounds": [0.25, 1.0],
        }))}},
        {"name": "size", "unit": "By", "exponentialHistogram": {"aggregationTemporality": 2, "dataPoints": point(json!({
            "count": "6", "sum": -1.0, "scale": -2, "zeroCount": "1", "zeroThreshold": 0.25,
            "positive": {"offset": -3, "bucketCounts": ["2", "0", "3"]},
        }))}},
        {"name": "wait", "unit": "s", "summary": {"dataPoints": point(json!({
            "count": "6", "sum": 2.0,
            "quantileValues": [{"quantile": 0.5, "value": 1.0}, {"quantile": 1.0, "value": "NaN"}],
        }))}},
    ])
}

/// The points of a number as rows of this query.
pub(crate) fn points_sql(trace: u8) -> String {
    format!(
        "SELECT metric, type, unit, temporality, monotonic, value, count, sum, min, max, distribution, attrs, \
         service, scope FROM metrics WHERE attrs['way'] = '{trace}' ORDER BY metric"
    )
}

/// What that query should answer.
pub(crate) fn points_shown(trace: u8) -> Value {
    let (_, _, mut attributes) = attributes();
    attributes["way"] = json!(trace);
    let exponential = json!({
        "scale": -2, "zero_threshold": 0.25, "zero_count": 1, "positive": {"offset": -3, "counts": [2, 0, 3]},
        "negative": {"offset": 0, "counts": []},
    });
    let histogram = json!({"bounds": [0.25, 1.0], "counts": [1, 2, 3]});
    let quantiles = json!({"quantiles": [
        {"quantile": 0.5, "value": 1.0}, {"quantile": 1.0, "value": {"double": "NaN"}},
    ]});
    let rows = [
        json!(["duration", "histogram", "s", "delta", null, null, 6, 4.5, 0.125, 2.0, histogram]),
        json!(["orders", "sum", "{order}", "cumulative", true, 7.0, null, null, null, null, null]),
        json!(["queue.length", "gauge", "{item}", null, null, -0.5, null, null, null, null, null]),
        json!([
            "size",
            "exponential_histogram",
            "By",
            "cumulative",
            null,
            null,
            6,
            -1.0,
            null,
            null,
            exponential
        ]),
        json!(["wait", "summary", "s", null, null, null, 6, 2.0, null, null, quantiles]),
    ];
    let whole = rows.map(|mut row| {
        let tail = [attributes.clone(), json!("orders"), json!("fixture")];
        row.as_array_mut().expect("a row").extend(tail);
        row
    });
    json!(whole)
}

/// What ippo should show of the span and the record.
pub(crate) fn shown(trace: u8, began: Timestamp) -> [Value; 2] {
    let (_, _, attributes) = attributes();
    let event_time = began.plus(Duration::from_millis(1)).to_string();
    let resource = json!({
        "service.name": "orders", "service.namespace": "shop", "deployment.environment.name": "test", "process.pid": 42,
    });
    let span = json!({
        "span_id": hex(&SPAN_ID), "parent_span_id": hex(&PARENT_ID), "service": "orders", "namespace": "shop",
        "environment": "test", "scope": "fixture", "name": "POST /orders", "kind": "server",
        "start": began.to_string(), "duration_ns": 1_500_007, "status": "error", "status_message": "no stock",
        "attributes": attributes, "resource": resource,
        "events": [
            {"time": event_time, "name": "stock.checked", "attributes": {}},
            {"time": event_time, "name": "exception", "attributes": attributes},
        ],
        "links": [{"trace_id": hex(&[9; 16]), "span_id": hex(&[8; 8]), "attributes": attributes}],
    });
    let log = json!({
        "time": began.to_string(), "observed_time": began.plus(Duration::from_nanos(5)).to_string(),
        "severity": "ERROR", "severity_number": 17, "service": "orders", "namespace": "shop", "environment": "test",
        "body": "no stock of 蜜柑", "event_name": "", "trace_id": hex(&[trace; 16]), "span_id": hex(&SPAN_ID),
        "attributes": attributes, "resource": resource,
    });
    [span, log]
}
