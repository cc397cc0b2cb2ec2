//! Spans and logs over every way in: whatever the transport, encoding and compression, the same is stored, once.

use std::time::Duration;

use ippo_base::{Clock as _, SystemClock, Timestamp};
use opentelemetry_proto::tonic::collector::logs::v1::{ExportLogsServiceRequest, ExportLogsServiceResponse};
use opentelemetry_proto::tonic::collector::trace::v1::{
    ExportTraceServiceRequest, ExportTraceServiceResponse,
};
use opentelemetry_proto::tonic::common::v1::any_value::Value as Any;
use opentelemetry_proto::tonic::common::v1::{
    AnyValue, ArrayValue, InstrumentationScope, KeyValue, KeyValueList,
};
use opentelemetry_proto::tonic::logs::v1::{LogRecord, ResourceLogs, ScopeLogs};
use opentelemetry_proto::tonic::resource::v1::Resource;
use opentelemetry_proto::tonic::trace::v1::span::{Event, Link};
use opentelemetry_proto::tonic::trace::v1::{ResourceSpans, ScopeSpans, Span, Status};
use prost::Message as _;
use serde_json::{Value, json};

use crate::binary::{Running, token};
use crate::wire::{Answer, JSON, PROTOBUF, compressed, grpc, http};

const SPAN_ID: [u8; 8] = [0x00, 0xf0, 0x67, 0xaa, 0x0b, 0xa9, 0x02, 0xb7];
const PARENT_ID: [u8; 8] = [7; 8];
/// Transport and encoding, and compression.
const WAYS: [(&str, &str); 9] = [
    ("grpc", ""),
    ("grpc", "gzip"),
    ("grpc", "zstd"),
    (PROTOBUF, ""),
    (PROTOBUF, "gzip"),
    (PROTOBUF, "zstd"),
    (JSON, ""),
    (JSON, "gzip"),
    (JSON, "zstd"),
];

fn attribute(key: &str, value: Any) -> KeyValue {
    KeyValue { key: key.to_owned(), value: Some(AnyValue { value: Some(value) }), ..KeyValue::default() }
}

fn text(key: &str, value: &str) -> KeyValue {
    attribute(key, Any::StringValue(value.to_owned()))
}

/// Attributes of every type, in protobuf, in the JSON of OTLP, and as ippo shows them.
fn attributes() -> (Vec<KeyValue>, Value, Value) {
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
fn began() -> Timestamp {
    let minute = SystemClock::new().now().minute().minus(5).start();
    minute.plus(Duration::from_nanos(123_456_789))
}

fn nanos(time: Timestamp) -> u64 {
    u64::try_from(time.as_nanos()).expect("after 1970")
}

fn hex(bytes: &[u8]) -> String {
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

fn spans(spans: Vec<Span>) -> ExportTraceServiceRequest {
    let scope_spans = vec![ScopeSpans { scope: scope(), spans, ..ScopeSpans::default() }];
    ExportTraceServiceRequest {
        resource_spans: vec![ResourceSpans { resource: resource(), scope_spans, ..ResourceSpans::default() }],
    }
}

/// A span with everything a span can have.
fn span(trace: u8, began: Timestamp) -> Span {
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

fn log(trace: u8, began: Timestamp) -> ExportLogsServiceRequest {
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

fn resource_json() -> Value {
    json!({"attributes": [
        {"key": "service.name", "value": {"stringValue": "orders"}},
        {"key": "service.namespace", "value": {"stringValue": "shop"}},
        {"key": "deployment.environment.name", "value": {"stringValue": "test"}},
        {"key": "process.pid", "value": {"intValue": "42"}},
    ]})
}

/// The same span and record, written by hand in the JSON of OTLP.
fn json_bodies(trace: u8, began: Timestamp) -> [Value; 2] {
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
    ]
}

/// What ippo should show of them.
fn shown(trace: u8, began: Timestamp) -> [Value; 2] {
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

/// Sends what belongs to a trace the way that is asked for. Gives what was answered about spans and logs.
async fn send(server: &Running, way: (&str, &str), trace: u8, began: Timestamp) -> [Answer; 2] {
    let (over, compression) = way;
    let [spans, logs] = match over {
        JSON => json_bodies(trace, began).map(|body| body.to_string().into_bytes()),
        _ => [spans(vec![span(trace, began)]).encode_to_vec(), log(trace, began).encode_to_vec()],
    }
    .map(|body| compressed(compression, &body));
    match over {
        "grpc" => [
            grpc(server, "trace.v1.TraceService/Export", compression, &spans).await,
            grpc(server, "logs.v1.LogsService/Export", compression, &logs).await,
        ],
        encoding => [
            http(server, "/v1/traces", encoding, compression, spans).await,
            http(server, "/v1/logs", encoding, compression, logs).await,
        ],
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn every_way_in_stores_the_same_and_stores_it_once() {
    let folder = tempfile::tempdir().expect("a folder");
    let server = Running::start(folder.path(), &token(folder.path()));
    let began = began();
    for (way, trace) in WAYS.into_iter().zip(1..) {
        let (success, nothing) = match way.0 {
            "grpc" => (0, &b""[..]),
            JSON => (200, &b"{}"[..]),
            _ => (200, &b""[..]),
        };
        // Twice: a sender that did not hear the first answer sends again.
        let answers = [send(&server, way, trace, began).await, send(&server, way, trace, began).await];
        for answer in answers.into_iter().flatten() {
            assert_eq!((answer.status, &answer.body[..]), (success, nothing), "{way:?}: a full success");
        }
        let [span, log] = shown(trace, began);
        let id = hex(&[trace; 16]);
        let found = server.get(&format!("/api/v1/traces/{id}")).await;
        assert_eq!(found["spans"], json!([span]), "{way:?}");
        let mut found = server.get(&format!("/api/v1/logs?trace_id={id}")).await;
        let place = found["logs"][0].as_object_mut().and_then(|record| record.remove("id"));
        assert!(place.is_some_and(|place| place.is_string()), "{way:?}: a record can be linked to");
        assert_eq!(found["logs"], json!([log]), "{way:?}");
    }
    let metrics = server.text("/metrics").await;
    for signal in ["spans", "logs"] {
        for (family, count) in
            [("items", WAYS.len()), ("duplicates", WAYS.len()), ("requests", 2 * WAYS.len())]
        {
            let counted = format!("ippo_otlp_{family}_total{{signal=\"{signal}\"}} {count}\n");
            assert!(metrics.contains(&counted), "{counted}: {metrics}");
        }
    }
}

/// A request with one good span and one of each kind of bad one.
fn mixed(began: Timestamp) -> ExportTraceServiceRequest {
    let good = span(1, began);
    let at = |start_time_unix_nano| Span { start_time_unix_nano, ..good.clone() };
    let ends = |end_time_unix_nano| Span { end_time_unix_nano, ..good.clone() };
    spans(vec![
        Span { trace_id: vec![1; 15], ..good.clone() },
        Span { trace_id: vec![0; 16], ..good.clone() },
        Span { span_id: vec![1; 9], ..good.clone() },
        Span { parent_span_id: vec![1; 3], ..good.clone() },
        at(0),
        at(nanos(began.minus(Duration::from_secs(31 * 24 * 60 * 60)))),
        at(nanos(began.plus(Duration::from_secs(60 * 60)))),
        at(u64::MAX),
        ends(0),
        ends(nanos(began) - 1),
        good.clone(),
    ])
}

#[tokio::test(flavor = "multi_thread")]
async fn bad_items_are_rejected_alone_with_reasons_and_counted() {
    let folder = tempfile::tempdir().expect("a folder");
    let server = Running::start(folder.path(), &token(folder.path()));
    let began = began();
    let body = mixed(began).encode_to_vec();
    let answer = grpc(&server, "trace.v1.TraceService/Export", "", &body).await;
    assert_eq!(answer.status, 0, "the good one is taken");
    let told = ExportTraceServiceResponse::decode(&answer.body[..]).expect("an answer").partial_success;
    let told = told.expect("a partial success");
    assert_eq!(told.rejected_spans, 10);
    for reason in [
        "2: the trace id",
        "1: the span id",
        "1: the parent span id",
        "2: its end is",
        "2: its time is older",
    ] {
        assert!(told.error_message.contains(reason), "{reason}: {}", told.error_message);
    }
    let found = server.get(&format!("/api/v1/traces/{}", hex(&[1; 16]))).await;
    assert_eq!(found["spans"], json!([shown(1, began)[0]]));

    let mut logs = log(2, began);
    let records = &mut logs.resource_logs[0].scope_logs[0].log_records;
    records.push(LogRecord { time_unix_nano: 1, ..records[0].clone() });
    records.push(LogRecord { time_unix_nano: u64::MAX, ..records[0].clone() });
    records.push(LogRecord { trace_id: vec![1; 3], span_id: Vec::new(), ..records[0].clone() });
    let answer = http(&server, "/v1/logs", PROTOBUF, "", logs.encode_to_vec()).await;
    let told = ExportLogsServiceResponse::decode(&answer.body[..]).expect("an answer").partial_success;
    let told = told.expect("a partial success");
    assert_eq!(told.rejected_log_records, 2);
    assert!(told.error_message.contains("1 ids of the wrong length"), "{}", told.error_message);
    // A log with a bad id is still a log; it only belongs to no trace.
    let ids = server
        .sql("SELECT trace_id, count(*) FROM logs GROUP BY trace_id ORDER BY trace_id NULLS LAST")
        .await;
    assert_eq!(ids.len(), 2, "{ids:?}");
    assert_eq!(ids[0], json!([hex(&[2; 16]), 1]));
    assert_eq!(ids[1][1], json!(1));

    let metrics = server.text("/metrics").await;
    assert!(metrics.contains("ippo_otlp_bad_ids_total{signal=\"logs\"} 1\n"), "{metrics}");
    for (signal, reason, count) in [
        ("spans", "bad_trace_id", 2),
        ("spans", "bad_span_id", 1),
        ("spans", "bad_parent_span_id", 1),
        ("spans", "bad_end", 2),
        ("spans", "too_old", 2),
        ("spans", "too_new", 2),
        ("logs", "too_old", 1),
        ("logs", "too_new", 1),
    ] {
        let counted =
            format!("ippo_otlp_rejected_items_total{{signal=\"{signal}\",reason=\"{reason}\"}} {count}\n");
        assert!(metrics.contains(&counted), "{counted}: {metrics}");
    }
}
