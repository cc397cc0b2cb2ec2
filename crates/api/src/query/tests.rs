//! SQL over HTTP: what is answered, in which form, within which limits, and that nobody is worked for who has left.

use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::body::{Body, Bytes};
use http::{HeaderMap, Request, StatusCode, header};
use http_body_util::BodyExt as _;
use ippo_base::Timestamp;
use ippo_base::clock::SimClock;
use ippo_base::disk::SimDisk;
use ippo_telemetry::{QueryLimits, Store, StoreOptions};
use serde_json::{Value, json};
use tower::ServiceExt as _;

use super::routes;
use crate::telemetry::TelemetryApi;

const ENDLESS: &str =
    "WITH RECURSIVE n AS (SELECT 1 AS i UNION ALL SELECT i + 1 FROM n) SELECT count(*) FROM n";
/// More rows than a file may have.
const MANY: &str = "SELECT value AS a, -value AS b FROM generate_series(1, 100001)";

struct Server {
    app: Router,
    clock: SimClock,
}

impl Server {
    fn start(limits: QueryLimits) -> Self {
        let clock = SimClock::new(Timestamp::parse("2026-11-24T02:00:00Z").expect("valid"));
        let shared = Arc::new(clock.clone());
        let opened = Store::open(Arc::new(SimDisk::new(1)), shared.clone(), StoreOptions::default());
        let (store, _) = opened.expect("opens");
        Self { app: routes(TelemetryApi { store, clock: shared, limits }), clock }
    }

    fn request(body: &Value) -> Request<Body> {
        let request = Request::post("/api/v1/query").header(header::CONTENT_TYPE, "application/json");
        request.body(Body::from(body.to_string())).expect("a request")
    }

    async fn post(&self, body: Value) -> (StatusCode, HeaderMap, Bytes) {
        let answer = self.app.clone().oneshot(Self::request(&body)).await.expect("answers");
        let (parts, body) = answer.into_parts();
        (parts.status, parts.headers, body.collect().await.expect("a body").to_bytes())
    }

    async fn json(&self, body: Value) -> (StatusCode, Value) {
        let (status, _, bytes) = self.post(body).await;
        (status, serde_json::from_slice(&bytes).expect("JSON"))
    }
}

#[tokio::test]
async fn an_answer_says_its_limits_and_whether_it_is_a_plan() {
    let server = Server::start(QueryLimits { rows: 2, ..QueryLimits::default() });
    let (status, answer) =
        server.json(json!({"sql": "SELECT 1 AS n UNION ALL SELECT 2 UNION ALL SELECT 3"})).await;
    assert_eq!(status, StatusCode::OK);
    assert_eq!((answer["truncated"].clone(), answer["plan"].clone()), (json!(true), json!(false)));
    assert_eq!(answer["rows"].as_array().map(Vec::len), Some(2));
    assert_eq!(
        answer["limits"],
        json!({"rows": 2, "file_rows": 100_000, "time_secs": 30, "memory_bytes": 256 * 1024 * 1024})
    );
    let (_, answer) =
        server.json(json!({"sql": "EXPLAIN SELECT count(*) FROM counters", "format": "json"})).await;
    assert_eq!(answer["plan"], json!(true));
}

#[tokio::test]
async fn a_wrong_query_is_told_with_its_place() {
    let server = Server::start(QueryLimits::default());
    let (status, problem) = server.json(json!({"sql": "SELECT\n sevice FROM spans"})).await;
    assert_eq!(status, StatusCode::BAD_REQUEST);
    let item = &problem["errors"][0];
    assert_eq!((&item["line"], &item["column"], &item["field"]), (&json!(2), &json!(2), &json!("sql")));
    assert!(item["message"].as_str().is_some_and(|text| text.contains("sevice") && !text.contains("Line")));
    let detail = problem["detail"].as_str().expect("text");
    assert!(
        detail.starts_with("The query is wrong at line 2, column 2: there is no column sevice"),
        "{detail}"
    );
    let (_, problem) = server.json(json!({"sql": "DROP TABLE spans"})).await;
    let item = &problem["errors"][0];
    assert_eq!(
        (&item["field"], &item["line"]),
        (&json!("sql"), &Value::Null),
        "of no place, but of the query"
    );
    for (body, word) in [
        (json!({"sql": "SELECT 1", "format": "xml"}), "format"),
        (json!({"sql": "SELECT 1", "limit": 5}), "limit"),
        (json!({"sql": "DROP TABLE spans"}), "DDL"),
    ] {
        let (status, problem) = server.json(body).await;
        assert!(
            status.is_client_error() && problem["detail"].as_str().is_some_and(|d| d.contains(word)),
            "{problem}"
        );
    }
}

#[tokio::test]
async fn a_file_has_more_rows_and_says_how_many() {
    let server = Server::start(QueryLimits { rows: 2, ..QueryLimits::default() });
    let sql = "SELECT 1 AS n, 'a,\"b\"' AS text, NULL AS nothing, TRUE AS yes, TIMESTAMP '2026-11-24T01:00:00' AS at \
               UNION ALL SELECT 2, '支払い', NULL, FALSE, NULL UNION ALL SELECT 3, '', NULL, NULL, NULL";
    let (status, headers, bytes) = server.post(json!({"sql": sql, "format": "csv"})).await;
    assert_eq!(status, StatusCode::OK);
    assert_eq!(
        String::from_utf8_lossy(&bytes),
        "n,text,nothing,yes,at\r\n1,\"a,\"\"b\"\"\",,true,2026-11-24T01:00:00Z\r\n2,支払い,,false,\r\n3,,,,\r\n"
    );
    assert_eq!(headers["content-disposition"], "attachment; filename=\"query-20261124020000.csv\"");
    assert_eq!(headers["x-ippo-records"], "3");
    assert!(!headers.contains_key("x-ippo-truncated"));
    for format in ["csv", "parquet"] {
        let (status, headers, bytes) = server.post(json!({"sql": MANY, "format": format})).await;
        assert_eq!(status, StatusCode::OK);
        assert_eq!(
            (headers["x-ippo-records"].as_bytes(), headers["x-ippo-truncated"].as_bytes()),
            (&b"100000"[..], &b"true"[..])
        );
        assert_eq!(bytes.starts_with(b"PAR1"), format == "parquet");
    }
    let (status, _, bytes) = server.post(json!({"sql": "SELECT x", "format": "parquet"})).await;
    assert_eq!(status, StatusCode::BAD_REQUEST, "no file begins before the query is right");
    assert!(serde_json::from_slice::<Value>(&bytes).is_ok());
}

#[tokio::test]
async fn time_and_memory_are_named_when_they_are_over() {
    let server = Server::start(QueryLimits { memory_bytes: 2 * 1024 * 1024, ..QueryLimits::default() });
    let (status, problem) = server.json(json!({"sql": MANY, "format": "csv"})).await;
    assert_eq!(
        (status, &problem["type"]),
        (StatusCode::UNPROCESSABLE_ENTITY, &json!("/problems/query-memory"))
    );
    let detail = problem["detail"].as_str().expect("text");
    assert!(
        ["2 MiB", "Narrow it by time", "--query-memory"].iter().all(|part| detail.contains(part)),
        "{detail}"
    );

    let asked = tokio::spawn(server.app.clone().oneshot(Server::request(&json!({"sql": ENDLESS}))));
    let before = server.clock.sleepers();
    while server.clock.sleepers() == before {
        tokio::task::yield_now().await;
    }
    server.clock.advance(Duration::from_secs(30));
    let answer = asked.await.expect("no panic").expect("answers");
    assert_eq!(answer.status(), StatusCode::GATEWAY_TIMEOUT);
}

#[tokio::test]
async fn a_request_that_is_dropped_stops_its_query() {
    let server = Server::start(QueryLimits::default());
    for _ in 0..8 {
        let asked = tokio::spawn(server.app.clone().oneshot(Server::request(&json!({"sql": ENDLESS}))));
        let before = server.clock.sleepers();
        while server.clock.sleepers() == before {
            tokio::task::yield_now().await;
        }
        asked.abort();
        assert!(asked.await.expect_err("aborted").is_cancelled());
    }
    // More than may run at once have been begun: were one of them still running, this would wait for its turn, and the
    // runtime for its threads.
    let (status, _) = server.json(json!({"sql": "SELECT 1"})).await;
    assert_eq!(status, StatusCode::OK);
}

#[tokio::test]
async fn the_tables_are_described_in_the_readers_language() {
    let server = Server::start(QueryLimits::default());
    for (language, words) in [("en", "A log record a row."), ("ja", "1 行が 1 ログレコードです。")]
    {
        let request = Request::get("/api/v1/query/tables").header(header::ACCEPT_LANGUAGE, language);
        let answer = server.app.clone().oneshot(request.body(Body::empty()).expect("a request")).await;
        let bytes = answer.expect("answers").into_body().collect().await.expect("a body").to_bytes();
        let tables: Value = serde_json::from_slice(&bytes).expect("JSON");
        assert_eq!(
            (&tables["tables"][1]["name"], &tables["tables"][1]["description"]),
            (&json!("logs"), &json!(words))
        );
        assert_eq!(tables["tables"][3]["columns"][0]["name"], json!("counter"));
    }
}
