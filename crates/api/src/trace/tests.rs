//! Traces of sampled hours over HTTP: what went is said where it is asked for.

use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use http::{Request, StatusCode};
use http_body_util::BodyExt as _;
use ippo_base::Timestamp;
use ippo_base::clock::SimClock;
use ippo_base::disk::SimDisk;
use ippo_telemetry::{QueryLimits, SAMPLED_AT_THE_SOONEST, SamplingPolicy, Signal, Store, StoreOptions};
use opentelemetry_proto::tonic::collector::trace::v1::ExportTraceServiceRequest;
use opentelemetry_proto::tonic::trace::v1::{ResourceSpans, ScopeSpans, Span, Status};
use prost::Message as _;
use serde_json::{Value, json};
use tower::ServiceExt as _;

use super::calls::routes;
use crate::telemetry::TelemetryApi;

const NOW: &str = "2026-11-24T02:30:00Z";
const MINUTE: Duration = Duration::from_secs(60);

/// A span so many minutes before now, alone in its trace.
fn span(trace: u8, minutes_ago: u32, failed: bool) -> Span {
    let now = Timestamp::parse(NOW).expect("valid");
    let start = u64::try_from(now.minus(MINUTE * minutes_ago).as_nanos()).expect("after 1970");
    Span {
        trace_id: vec![trace; 16],
        span_id: vec![trace; 8],
        name: "GET /".to_owned(),
        kind: 2,
        start_time_unix_nano: start,
        end_time_unix_nano: start + 1_000_000,
        status: Some(Status { code: if failed { 2 } else { 0 }, message: String::new() }),
        ..Span::default()
    }
}

/// A server whose old hours are sampled, with none of the ordinary traces.
async fn sampled(spans: Vec<Span>) -> Router {
    let clock = SimClock::new(Timestamp::parse(NOW).expect("valid"));
    let policy =
        SamplingPolicy { after: SAMPLED_AT_THE_SOONEST, slow: Duration::from_secs(1), per_minute: 0 };
    let options = StoreOptions { sampling: Some(policy), ..StoreOptions::default() };
    let opened = Store::open(Arc::new(SimDisk::new(1)), Arc::new(clock.clone()), options);
    let (store, _) = opened.expect("opens");
    let scope = ScopeSpans { spans, ..ScopeSpans::default() };
    let resource = ResourceSpans { scope_spans: vec![scope], ..ResourceSpans::default() };
    let request = ExportTraceServiceRequest { resource_spans: vec![resource] };
    store.append(Signal::Spans, "test", request.encode_to_vec().into()).await.expect("stored");
    store.flush().await.expect("flushed");
    store.pin_traces(Vec::new());
    while store.sampling().is_none_or(|sampling| sampling.of_rows == 0) {
        store.maintain();
        tokio::task::yield_now().await;
    }
    routes(TelemetryApi { store, clock: Arc::new(clock), limits: QueryLimits::default() })
}

async fn ask(app: &Router, path: &str) -> (StatusCode, Value) {
    let request = Request::get(path).body(Body::empty()).expect("a request");
    let (parts, body) = app.clone().oneshot(request).await.expect("answers").into_parts();
    let body = body.collect().await.expect("whole").to_bytes();
    (parts.status, serde_json::from_slice(&body).expect("JSON"))
}

#[tokio::test]
async fn a_trace_that_sampling_let_go_and_its_explanation_say_so() {
    // Of one hour: the one that failed stays, the other goes.
    let app = sampled(vec![span(1, 400, true), span(2, 401, false)]).await;
    let (gone, stays) = ("02".repeat(16), "01".repeat(16));
    for path in [format!("/api/v1/traces/{gone}"), format!("/api/v1/traces/{gone}/explanation")] {
        let (status, told) = ask(&app, &path).await;
        let detail = told["detail"].as_str().expect("in words");
        assert_eq!(status, StatusCode::NOT_FOUND);
        assert!(detail.contains("where spans are sampled, and was not among those that stay"), "{detail}");
    }
    for path in [format!("/api/v1/traces/{stays}"), format!("/api/v1/traces/{stays}/explanation")] {
        let (status, told) = ask(&app, &path).await;
        let counts = (&told["sampled"]["kept"], &told["sampled"]["of"]);
        assert_eq!((status, counts), (StatusCode::OK, (&json!(1), &json!(2))), "{told}");
    }
}

#[tokio::test]
async fn a_trace_beside_a_sampled_hour_may_lack_spans_and_one_further_away_does_not() {
    // 02:30 now: sampled is what ended before 23:30. The next hour is beside it, the one after is not.
    let app = sampled(vec![span(1, 250, false), span(2, 150, false), span(3, 60, false)]).await;
    let mark = async |trace: &str| {
        let (status, told) = ask(&app, &format!("/api/v1/traces/{}", trace.repeat(16))).await;
        (status, told["sampled"]["of"].clone())
    };
    assert_eq!(mark("01").await.0, StatusCode::NOT_FOUND);
    assert_eq!(mark("02").await, (StatusCode::OK, Value::Null), "two hours later");
    assert_eq!(mark("03").await, (StatusCode::OK, Value::Null));
    let app = sampled(vec![span(1, 250, false), span(2, 200, false), span(3, 60, false)]).await;
    let (status, told) = ask(&app, &format!("/api/v1/traces/{}", "02".repeat(16))).await;
    assert_eq!((status, &told["sampled"]["of"]), (StatusCode::OK, &json!(1)), "an hour beside: {told}");
}
