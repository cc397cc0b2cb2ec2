//! Log records over HTTP: a real store on a simulated disk, on a clock that only the tests move.

mod search;
mod untaken;

use std::sync::Arc;

use axum::Router;
use axum::body::{Body, BodyDataStream};
use futures::{FutureExt as _, StreamExt as _};
use http::{HeaderMap, Request, StatusCode};
use http_body_util::BodyExt as _;
use ippo_base::Timestamp;
use ippo_base::clock::SimClock;
use ippo_base::disk::SimDisk;
use ippo_telemetry::{QueryLimits, Signal, Store, StoreOptions, TAILS};
use opentelemetry_proto::tonic::collector::logs::v1::ExportLogsServiceRequest;
use opentelemetry_proto::tonic::common::v1::{AnyValue, KeyValue, any_value::Value as Any};
use opentelemetry_proto::tonic::logs::v1::{LogRecord, ResourceLogs, ScopeLogs};
use opentelemetry_proto::tonic::resource::v1::Resource;
use prost::Message as _;
use serde_json::{Value, json};
use tower::ServiceExt as _;

use super::routes;
use super::tail::{HEARTBEAT, LASTS};
use crate::telemetry::TelemetryApi;

const NOW: &str = "2026-11-24T02:30:00Z";
const SECOND: i64 = 1_000_000_000;

struct Server {
    app: Router,
    store: Store,
    clock: SimClock,
    disk: SimDisk,
}

fn text(key: &str, value: &str) -> KeyValue {
    let value = Some(AnyValue { value: Some(Any::StringValue(value.to_owned())) });
    KeyValue { key: key.to_owned(), value, ..KeyValue::default() }
}

/// A record of a service so many seconds before now.
fn record(seconds_ago: i64, severity: i32, body: &str, order: &str) -> LogRecord {
    let now = Timestamp::parse(NOW).expect("valid").as_nanos();
    LogRecord {
        time_unix_nano: u64::try_from(now - seconds_ago * SECOND).expect("after 1970"),
        severity_number: severity,
        body: Some(AnyValue { value: Some(Any::StringValue(body.to_owned())) }),
        attributes: vec![text("order", order)],
        ..LogRecord::default()
    }
}

impl Server {
    fn start() -> Self {
        let clock = SimClock::new(Timestamp::parse(NOW).expect("valid"));
        let disk = SimDisk::new(1);
        let opened = Store::open(Arc::new(disk.clone()), Arc::new(clock.clone()), StoreOptions::default());
        let (store, _) = opened.expect("opens");
        let clock_of_api = Arc::new(clock.clone());
        let limits = QueryLimits::default();
        let app = routes(TelemetryApi { store: store.clone(), clock: clock_of_api, limits });
        Self { app, store, clock, disk }
    }

    async fn send(&self, service: &str, records: Vec<LogRecord>) {
        let resource = Resource { attributes: vec![text("service.name", service)], ..Resource::default() };
        let scope = ScopeLogs { log_records: records, ..ScopeLogs::default() };
        let logs =
            ResourceLogs { resource: Some(resource), scope_logs: vec![scope], ..ResourceLogs::default() };
        let request = ExportLogsServiceRequest { resource_logs: vec![logs] };
        self.store.append(Signal::Logs, "test", request.encode_to_vec().into()).await.expect("stored");
    }

    async fn ask(&self, path: &str) -> (StatusCode, HeaderMap, Body) {
        let request = Request::get(path).body(Body::empty()).expect("a request");
        let (parts, body) = self.app.clone().oneshot(request).await.expect("answers").into_parts();
        (parts.status, parts.headers, body)
    }

    async fn get(&self, path: &str) -> Value {
        let (status, _, body) = self.ask(path).await;
        let bytes = body.collect().await.expect("a body").to_bytes();
        assert_eq!(status, StatusCode::OK, "{path}: {}", String::from_utf8_lossy(&bytes));
        serde_json::from_slice(&bytes).expect("JSON")
    }

    async fn refused(&self, path: &str) -> (StatusCode, String) {
        let (status, problem) = self.problem(path).await;
        (status, problem["detail"].as_str().expect("a detail").to_owned())
    }

    async fn problem(&self, path: &str) -> (StatusCode, Value) {
        let (status, _, body) = self.ask(path).await;
        let bytes = body.collect().await.expect("a body").to_bytes();
        (status, serde_json::from_slice(&bytes).expect("a problem"))
    }

    async fn file(&self, path: &str) -> (HeaderMap, String) {
        let (status, headers, body) = self.ask(path).await;
        assert_eq!(status, StatusCode::OK, "{path}");
        let bytes = body.collect().await.expect("a body").to_bytes();
        (headers, String::from_utf8(bytes.to_vec()).expect("UTF-8"))
    }
}

fn bodies(answer: &Value) -> Vec<&str> {
    answer["logs"].as_array().expect("logs").iter().map(|log| log["body"].as_str().expect("text")).collect()
}

async fn shop() -> Server {
    let server = Server::start();
    let checkout = vec![
        record(10, 17, "payment timeout, \"gateway\"", "4711"),
        record(20, 9, r#"{"msg":"paid","order":{"id":4711},"tenant":"it's"}"#, "4712"),
        record(30, 13, "slow\nanswer", "4713"),
    ];
    server.send("checkout", checkout).await;
    server.send("cart", vec![record(25, 9, "cart is empty", "4711"), record(4000, 5, "old", "1")]).await;
    server
}

#[tokio::test]
async fn a_record_is_found_by_its_attributes_wherever_they_are() {
    let server = shop().await;
    let found = server.get("/api/v1/logs?attr=order=4711").await;
    assert_eq!(bodies(&found), ["payment timeout, \"gateway\"", "cart is empty"]);
    let found = server.get("/api/v1/logs?attr=order=4711&attr=service.name=cart").await;
    assert_eq!(bodies(&found), ["cart is empty"], "all must hold");
    let found = server.get("/api/v1/logs?attr=order.id=4711&attr=tenant=it's").await;
    assert_eq!(found["logs"].as_array().map(Vec::len), Some(1), "a key of a JSON body, and a quote");
    for wrong in ["attr=order", "attr==5", "attr=%20=5"] {
        let (status, detail) = server.refused(&format!("/api/v1/logs?{wrong}")).await;
        assert_eq!(status, StatusCode::BAD_REQUEST);
        assert!(detail.starts_with("Parameter `attr`") && detail.contains("order.id=4711"), "{detail}");
    }
    assert_eq!(bodies(&server.get("/api/v1/logs?environment=").await).len(), 4, "an empty choice is none");
    assert!(bodies(&server.get("/api/v1/logs?environment=it's").await).is_empty());
    let many = vec!["attr=a=b"; 17].join("&");
    assert!(server.refused(&format!("/api/v1/logs?{many}")).await.1.contains("more than 16"));
}

#[tokio::test]
async fn a_record_has_an_address_that_outlives_memory() {
    let server = shop().await;
    let found = server.get("/api/v1/logs?service=checkout").await;
    server.store.flush().await.expect("flushed");
    for log in found["logs"].as_array().expect("logs") {
        let id = log["id"].as_str().expect("an id");
        assert_eq!(server.get(&format!("/api/v1/logs/{id}")).await["log"], *log);
    }
    let (status, detail) = server.refused("/api/v1/logs/yesterday").await;
    assert_eq!(status, StatusCode::BAD_REQUEST);
    assert!(detail.contains("`id`"), "{detail}");
    let (status, detail) = server.refused("/api/v1/logs/5-0000000000000001-0").await;
    assert_eq!(status, StatusCode::NOT_FOUND);
    assert!(detail.contains("--retention"), "{detail}");
}

#[tokio::test]
async fn the_lines_around_a_record_drop_every_filter() {
    let server = shop().await;
    let found = server.get("/api/v1/logs?contains=paid").await;
    let id = found["logs"][0]["id"].as_str().expect("an id").to_owned();
    let around = server.get(&format!("/api/v1/logs/{id}/around?before=5&after=5")).await;
    let side = |name: &str| -> Vec<String> {
        let logs = around[name].as_array().expect("logs").iter();
        logs.map(|log| log["body"].as_str().expect("text").to_owned()).collect()
    };
    assert_eq!(side("after"), ["payment timeout, \"gateway\""]);
    assert_eq!(side("before"), ["slow\nanswer"], "of the same service only");
    assert_eq!(around["log"]["id"], json!(id));
    let alone = server.get(&format!("/api/v1/logs/{id}/around?before=0&after=0")).await;
    assert_eq!((&alone["before"], &alone["after"]), (&json!([]), &json!([])));
    let (_, detail) = server.refused(&format!("/api/v1/logs/{id}/around?before=501")).await;
    assert!(detail.contains("`before`") && detail.contains("500"), "{detail}");
}

#[tokio::test]
async fn counts_over_time_add_up() {
    let server = shop().await;
    let counts = server.get("/api/v1/logs/counts?last=1m&service=checkout").await;
    assert_eq!((&counts["step_secs"], &counts["total"]), (&json!(1), &json!(3)));
    let points = counts["points"].as_array().expect("points");
    assert_eq!(points.len(), 60, "a step without records is there too");
    let of = |seconds_ago: usize, class: &str| points[60 - seconds_ago][class].clone();
    assert_eq!((of(10, "error"), of(20, "info"), of(30, "warn")), (json!(1), json!(1), json!(1)));
    assert_eq!(of(11, "error"), json!(0));
    assert_eq!(points[0]["time"], json!("2026-11-24T02:29:00Z"));
    let all = server.get("/api/v1/logs/counts?last=2h").await;
    assert_eq!((&all["total"], &all["step_secs"]), (&json!(5), &json!(120)));
    let month = server.get("/api/v1/logs/counts?last=30d").await;
    assert_eq!(month["step_secs"], json!(43_200));
    let years = server.get("/api/v1/logs/counts?last=900d").await;
    assert!(years["points"].as_array().expect("points").len() <= 120);
}

#[tokio::test]
async fn an_export_is_the_search_as_a_file() {
    let server = shop().await;
    let (headers, file) = server.file("/api/v1/logs/export?service=checkout").await;
    assert_eq!(headers["content-type"], "application/x-ndjson");
    assert_eq!(headers["content-disposition"], "attachment; filename=\"logs-20261124023000.ndjson\"");
    assert_eq!(
        (&headers["x-ippo-matched"], &headers["x-ippo-records"]),
        (&"3".parse().expect("a value"), &"3".parse().expect("a value"))
    );
    let lines: Vec<Value> = file.lines().map(|line| serde_json::from_str(line).expect("JSON")).collect();
    assert_eq!(json!(lines), server.get("/api/v1/logs?service=checkout").await["logs"]);

    let (headers, file) = server.file("/api/v1/logs/export?service=checkout&format=csv&limit=2").await;
    assert_eq!(headers["content-type"], "text/csv; charset=utf-8");
    assert_eq!(
        (headers["x-ippo-matched"].as_bytes(), headers["x-ippo-records"].as_bytes()),
        (&b"3"[..], &b"2"[..])
    );
    let lines: Vec<&str> = file.split("\r\n").collect();
    assert!(lines[0].starts_with("time,observed_time,severity,"));
    assert!(lines[1].contains(",checkout,,,\"payment timeout, \"\"gateway\"\"\",,,,"), "{}", lines[1]);
    assert_eq!((lines.len(), lines[3]), (4, ""), "two records and the end");

    for (wrong, word) in [("format=xml", "ndjson"), ("limit=0", "100000"), ("limit=100001", "100000")] {
        let (status, detail) = server.refused(&format!("/api/v1/logs/export?{wrong}")).await;
        assert_eq!(status, StatusCode::BAD_REQUEST);
        assert!(detail.contains(word), "{detail}");
    }
}

#[tokio::test]
async fn an_export_of_many_is_whole_and_a_damaged_one_says_so() {
    let server = Server::start();
    let many = |from: i64| (from..from + 4000).map(|n| record(n, 9, "a line of some length", "1")).collect();
    server.send("checkout", many(1)).await;
    server.store.flush().await.expect("flushed");
    server.send("checkout", many(10_000)).await;
    let (headers, file) = server.file("/api/v1/logs/export?last=24h").await;
    assert_eq!((file.lines().count(), headers["x-ippo-matched"].as_bytes()), (8000, &b"8000"[..]));
    assert!(!headers.contains_key("x-ippo-partial"));

    let snapshot = server.store.snapshot();
    let meta = snapshot.segments(Signal::Logs, ippo_base::TimeRange::ALL).next().expect("one");
    server.disk.flip_bit(&meta.path(), 40, 3).expect("it has so many bytes");
    let (headers, file) = server.file("/api/v1/logs/export?last=24h").await;
    assert_eq!(headers["x-ippo-partial"], "true");
    let warnings = headers["x-ippo-warnings"].to_str().expect("text");
    assert!(warnings.contains(&meta.file) && warnings.contains("missing here"), "{warnings}");
    assert!(file.lines().count() < 8000);
}

async fn next(events: &mut BodyDataStream) -> String {
    let chunk = events.next().await.expect("more").expect("no error");
    String::from_utf8(chunk.to_vec()).expect("UTF-8")
}

#[tokio::test]
async fn a_tail_says_what_comes_and_that_it_is_alive_until_its_time_is_over() {
    let server = shop().await;
    let (status, headers, body) = server.ask("/api/v1/logs/tail?contains=payment&severity=ERROR").await;
    assert_eq!((status, headers["content-type"].as_bytes()), (StatusCode::OK, &b"text/event-stream"[..]));
    let mut events = body.into_data_stream();
    assert_eq!(next(&mut events).await, ": following\n\n");
    server.send("cart", vec![record(0, 9, "payment is fine", "1")]).await;
    server.send("checkout", vec![record(1, 17, "payment refused", "1")]).await;
    let event = next(&mut events).await;
    let said = event.strip_prefix("event: logs\ndata: ").and_then(|data| data.strip_suffix("\n\n"));
    let said: Value = serde_json::from_str(said.expect("an event of logs")).expect("JSON");
    assert_eq!((bodies(&said), &said["missed"]), (vec!["payment refused"], &json!(0)));

    assert!(events.next().now_or_never().is_none(), "nothing else is said");
    server.clock.advance(HEARTBEAT);
    assert_eq!(next(&mut events).await, ": nothing new\n\n");
    server.clock.advance(LASTS);
    assert_eq!(next(&mut events).await, "event: end\ndata: {}\n\n");
    assert!(events.next().await.is_none());
    assert_eq!(server.store.tails(), 0);
}

#[tokio::test]
async fn a_tail_ends_when_the_caller_leaves_and_when_ippo_stops() {
    let server = Server::start();
    let (_, _, body) = server.ask("/api/v1/logs/tail").await;
    assert_eq!(server.store.tails(), 1);
    drop(body);
    assert_eq!(server.store.tails(), 0, "whoever left is forgotten");

    let (_, _, body) = server.ask("/api/v1/logs/tail").await;
    server.store.end_tails();
    let said = body.collect().await.expect("it ends").to_bytes();
    assert!(said.ends_with(b"event: end\ndata: {}\n\n"));
    assert_eq!(server.refused("/api/v1/logs/tail").await.0, StatusCode::SERVICE_UNAVAILABLE);
}

#[tokio::test]
async fn tails_are_limited_and_their_choices_are_checked() {
    let server = Server::start();
    let (status, detail) = server.refused("/api/v1/logs/tail?where=nonsense").await;
    assert_eq!(status, StatusCode::BAD_REQUEST);
    assert!(detail.contains("`where`"), "{detail}");
    let (status, _) = server.refused("/api/v1/logs/tail?from=2026-11-24T00:00:00Z").await;
    assert_eq!(status, StatusCode::BAD_REQUEST, "a tail has no range");
    let mut open = Vec::new();
    for _ in 0..TAILS {
        open.push(server.ask("/api/v1/logs/tail").await);
    }
    let (status, detail) = server.refused("/api/v1/logs/tail").await;
    assert_eq!(status, StatusCode::SERVICE_UNAVAILABLE);
    assert!(detail.contains(&TAILS.to_string()), "{detail}");
}
