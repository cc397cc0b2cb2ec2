//! Callers that take nothing of what they asked for: they hold neither turns of exports nor places of tails.

use super::*;
use crate::log::export::EXPORTS;
use crate::untaken::TAKES;

/// More records than an export has room for while its caller waits.
async fn many() -> Server {
    let server = Server::start();
    let line = "a line of some length ".repeat(20);
    server.send("checkout", (1..4000).map(|n| record(n, 9, &line, "1")).collect()).await;
    server
}

#[tokio::test]
async fn exports_that_nobody_takes_give_their_turns_back_and_break_off() {
    let server = many().await;
    let mut open = Vec::new();
    for _ in 0..EXPORTS {
        open.push(server.ask("/api/v1/logs/export?last=24h").await.2);
    }
    let (status, detail) = server.refused("/api/v1/logs/export?last=24h").await;
    assert_eq!(status, StatusCode::SERVICE_UNAVAILABLE);
    assert!(detail.contains("4 exports"), "{detail}");
    server.clock.advance(TAKES);
    // Until the threads of the four have noticed.
    let file = loop {
        let (status, _, body) = server.ask("/api/v1/logs/export?last=24h").await;
        if status == StatusCode::OK {
            break body.collect().await.expect("a whole file").to_bytes();
        }
        tokio::task::yield_now().await;
    };
    assert_eq!(file.iter().filter(|byte| **byte == b'\n').count(), 3999);
    for body in open {
        let error = body.collect().await.expect_err("it must not pass for a whole file");
        assert!(format!("{error:?}").contains("took nothing"), "{error:?}");
    }
}

#[tokio::test]
async fn an_export_that_is_taken_slowly_is_whole() {
    let server = many().await;
    let (_, _, body) = server.ask("/api/v1/logs/export?last=24h").await;
    let (mut body, mut lines) = (body.into_data_stream(), 0);
    while let Some(chunk) = body.next().await {
        lines += chunk.expect("no error").iter().filter(|byte| **byte == b'\n').count();
        server.clock.advance(TAKES - std::time::Duration::from_secs(1));
        tokio::task::yield_now().await;
    }
    assert_eq!(lines, 3999);
}

#[tokio::test]
async fn tails_that_nobody_takes_give_their_places_back() {
    let server = Server::start();
    let (_, _, untouched) = server.ask("/api/v1/logs/tail").await;
    let (_, _, followed) = server.ask("/api/v1/logs/tail").await;
    let mut followed = followed.into_data_stream();
    assert_eq!(next(&mut followed).await, ": following\n\n");
    assert!(followed.next().now_or_never().is_none(), "it waits for records");
    assert_eq!(server.store.tails(), 2);
    server.clock.advance(TAKES);
    while server.store.tails() != 1 {
        tokio::task::yield_now().await;
    }
    assert_eq!(next(&mut followed).await, ": nothing new\n\n", "who takes all there is stays");
    server.clock.advance(TAKES);
    while server.store.tails() != 0 {
        tokio::task::yield_now().await;
    }
    assert!(followed.next().await.expect("an end").is_err());
    assert!(untouched.collect().await.is_err());
}
