//! Telemetry over every way in: whatever the transport, encoding and compression, the same is stored, once; and what is bad
//! in a request is rejected alone.

use std::time::Duration;

use ippo_base::Timestamp;
use opentelemetry_proto::tonic::collector::logs::v1::ExportLogsServiceResponse;
use opentelemetry_proto::tonic::collector::trace::v1::{
    ExportTraceServiceRequest, ExportTraceServiceResponse,
};
use opentelemetry_proto::tonic::logs::v1::LogRecord;
use opentelemetry_proto::tonic::trace::v1::Span;
use prost::Message as _;
use serde_json::json;

use crate::binary::{Running, token};
use crate::everything::{
    began, bodies, hex, json_bodies, log, nanos, points_shown, points_sql, shown, span, spans,
};
use crate::wire::{Answer, JSON, PROTOBUF, SIGNALS, WAYS, compressed, grpc, http, send as send_one};

/// Sends spans, logs and metrics of a number the way that is asked for. Gives what was answered.
async fn send(server: &Running, way: (&str, &str), trace: u8, began: Timestamp) -> [Answer; 3] {
    let bodies = match way.0 {
        JSON => json_bodies(trace, began).map(|body| body.to_string().into_bytes()),
        _ => bodies(trace, began),
    };
    let [spans, logs, metrics] = bodies.map(|body| compressed(way.1, &body));
    [
        send_one(server, way, SIGNALS[0], spans).await,
        send_one(server, way, SIGNALS[1], logs).await,
        send_one(server, way, SIGNALS[2], metrics).await,
    ]
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
            let content_type = if way.0 == "grpc" { "application/grpc" } else { way.0 };
            assert_eq!(answer.content_type, content_type, "it is answered as it was asked");
        }
        let [span, log] = shown(trace, began);
        let id = hex(&[trace; 16]);
        let found = server.get(&format!("/api/v1/traces/{id}")).await;
        assert_eq!(found["spans"], json!([span]), "{way:?}");
        let mut found = server.get(&format!("/api/v1/logs?trace_id={id}")).await;
        let place = found["logs"][0].as_object_mut().and_then(|record| record.remove("id"));
        assert!(place.is_some_and(|place| place.is_string()), "{way:?}: a record can be linked to");
        assert_eq!(found["logs"], json!([log]), "{way:?}");
        let mut points = json!(server.sql(&points_sql(trace)).await);
        for point in points.as_array_mut().expect("rows") {
            for column in [10, 11] {
                let Some(text) = point[column].as_str() else { continue };
                point[column] = serde_json::from_str(text).expect("JSON");
            }
        }
        assert_eq!(points, points_shown(trace), "{way:?}");
    }
    let metrics = server.text("/metrics").await;
    for (signal, items) in [("spans", 1), ("logs", 1), ("metrics", 5)] {
        for (family, count) in
            [("items", items * WAYS.len()), ("duplicates", WAYS.len()), ("requests", 2 * WAYS.len())]
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
