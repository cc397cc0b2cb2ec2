//! The search as server-sent events, and what ends a search.

use axum::response::IntoResponse as _;
use axum::response::sse::Sse;
use ippo_base::disk::Operation;
use ippo_telemetry::StoreError;
use tokio::sync::mpsc;

use super::super::search::{EVERY, QUIET, Searching, events};
use super::*;

const HOURS: i64 = 40;
const ALL: &str = "contains=hour&limit=1000&from=2026-11-20T00:00:00Z&to=2026-11-24T03:00:00Z";

/// A server with one record in each of some hours, each in a file of its own.
async fn of_hours() -> Server {
    let server = Server::start();
    let hour = |hour: i64| record(hour * 3600, 9, &format!("hour {hour}"), "1");
    server.send("cart", (0..HOURS).map(hour).collect()).await;
    server.store.flush().await.expect("flushed");
    server
}

/// Waits until the disk is asked for something that it holds back.
async fn held(server: &Server) {
    while server.disk.held(Operation::Read) == 0 {
        tokio::task::yield_now().await;
    }
}

/// Waits until no read runs any more.
async fn ended(server: &Server) {
    while server.store.reads() > 0 {
        tokio::task::yield_now().await;
    }
}

/// What an event of this name says.
fn said(event: &str, name: &str) -> Value {
    let data = event.strip_prefix(&format!("event: {name}\ndata: "));
    let data = data.and_then(|data| data.strip_suffix("\n\n"));
    serde_json::from_str(data.unwrap_or_else(|| panic!("no {name}: {event}"))).expect("JSON")
}

#[tokio::test]
async fn a_quick_search_says_nothing_but_what_the_list_answers() {
    let server = shop().await;
    for choices in ["contains=payment", "severity=WARN&limit=1", "service=nobody"] {
        let choices = format!("{choices}&from=2026-11-24T00:00:00Z&to=2026-11-24T03:00:00Z");
        let (headers, events) = server.file(&format!("/api/v1/logs/search?{choices}")).await;
        assert_eq!(headers["content-type"], "text/event-stream");
        let listed = server.get(&format!("/api/v1/logs?{choices}")).await;
        assert_eq!(said(&events, "page"), listed);
    }
    let (status, detail) = server.refused("/api/v1/logs/search?where=nonsense").await;
    assert_eq!(status, StatusCode::BAD_REQUEST);
    assert!(detail.contains("`where`"), "{detail}");
}

#[tokio::test]
async fn a_wrong_expression_is_told_with_its_place_in_characters() {
    let server = shop().await;
    let path = "/api/v1/logs/search?where=body%20%3D%20'%E6%94%AF%E6%89%95'%20AND%20nonsense%20%3D%201";
    let (status, problem) = server.problem(path).await;
    assert_eq!(status, StatusCode::BAD_REQUEST);
    let item = &problem["errors"][0];
    // After body = '支払' AND.
    assert_eq!((&item["field"], &item["column"]), (&serde_json::json!("where"), &serde_json::json!(17)));
    let message = item["message"].as_str().expect("a message");
    assert!(message.starts_with("there is no column nonsense"), "the place is beside it: {message}");
}

#[tokio::test]
async fn a_long_search_says_how_far_it_has_got_and_can_be_gone_on_with() {
    let server = of_hours().await;
    server.disk.hold(Operation::Read);
    let (_, _, body) = server.ask(&format!("/api/v1/logs/search?{ALL}")).await;
    let mut events = body.into_data_stream();
    assert!(events.next().now_or_never().is_none(), "nothing is known yet");
    held(&server).await;
    // The clock stands still again after that, so that there is one report and no more.
    server.clock.advance(QUIET);
    server.disk.release(Operation::Read);
    let progress = said(&next(&mut events).await, "progress");
    assert_eq!(progress["rows"], json!(HOURS));
    let looked = progress["looked"].as_i64().expect("a number");
    assert!((1..HOURS).contains(&looked), "{progress}");
    let page = said(&next(&mut events).await, "page");
    assert!(events.next().await.is_none());
    assert_eq!(bodies(&page).len(), usize::try_from(HOURS).expect("few"));

    let cursor = progress["next_cursor"].as_str().expect("a cursor");
    let rest = server.get(&format!("/api/v1/logs?{ALL}&cursor={cursor}")).await;
    let mut all = bodies(&progress);
    all.extend(bodies(&rest));
    assert_eq!(all, bodies(&page));
    assert!(EVERY * 5 >= std::time::Duration::from_secs(1), "at most five reports a second");
}

#[tokio::test]
async fn a_search_ends_when_the_caller_leaves() {
    let mut whole = 0;
    for (path, leave) in [("logs", false), ("logs", true), ("logs/search", true), ("logs/counts", true)] {
        let server = of_hours().await;
        let before = server.disk.reads();
        server.disk.hold(Operation::Read);
        let choices = if path == "logs/counts" { ALL.replace("&limit=1000", "") } else { ALL.to_owned() };
        let asked = async {
            let (status, _, body) = server.ask(&format!("/api/v1/{path}?{choices}")).await;
            assert_eq!(status, StatusCode::OK);
            body.collect().await.expect("a body")
        };
        let mut asked = Box::pin(asked);
        assert!(asked.as_mut().now_or_never().is_none(), "it waits for the disk");
        held(&server).await;
        if leave {
            drop(asked);
            server.disk.release(Operation::Read);
        } else {
            server.disk.release(Operation::Read);
            asked.await;
        }
        ended(&server).await;
        let reads = server.disk.reads() - before;
        match leave {
            false => whole = reads,
            true => assert!(reads <= 8, "{path}: {reads} of {whole} reads"),
        }
    }
    assert!(whole >= 80, "a whole search reads every file: {whole}");
}

#[tokio::test]
async fn a_search_whose_time_is_over_says_so() {
    let server = of_hours().await;
    server.disk.hold(Operation::Read);
    let path = format!("/api/v1/logs?{ALL}");
    let mut asked = Box::pin(server.get(&path));
    assert!(asked.as_mut().now_or_never().is_none());
    held(&server).await;
    server.clock.advance(StoreOptions::default().read_time);
    server.disk.release(Operation::Read);
    let found = asked.await;
    assert_eq!(found["partial"], json!(true));
    let warning = found["warnings"][0].as_str().expect("a warning");
    assert!(warning.contains("30 s") && warning.contains("was not looked at"), "{warning}");
    let cursor = found["next_cursor"].as_str().expect("a cursor to go on with");
    let rest = server.get(&format!("/api/v1/logs?{ALL}&cursor={cursor}")).await;
    assert_eq!(bodies(&found).len() + bodies(&rest).len(), usize::try_from(HOURS).expect("few"));
}

#[tokio::test]
async fn a_failure_on_the_way_is_a_problem() {
    let (_, heard) = mpsc::channel(1);
    let searching = Searching { reading: Box::pin(async { Err(StoreError::Stopped) }), heard };
    let body = Sse::new(events(searching)).into_response().into_body();
    let events = body.collect().await.expect("events").to_bytes();
    let problem = said(std::str::from_utf8(&events).expect("UTF-8"), "problem");
    assert_eq!((&problem["status"], &problem["type"]), (&json!(503), &json!("/problems/unavailable")));
}
