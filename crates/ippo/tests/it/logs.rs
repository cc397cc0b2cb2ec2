//! `ippo logs` against a real server: searches, exports, and following what comes.

use std::io::{BufRead as _, BufReader};

use ippo_base::{Clock as _, SystemClock};
use serde_json::{Value, json};

use crate::binary::{Running, begin_at, ippo_at, token};
use crate::wire::JSON;

/// Sends records of a service: severity number and body.
async fn send(server: &Running, service: &str, records: &[(u8, &str)]) {
    let now = SystemClock::new().now().as_nanos();
    let record = |(n, (severity, body)): (usize, &(u8, &str))| {
        let time = now - 1_000_000_000 + i64::try_from(n).expect("few");
        json!({"timeUnixNano": time.to_string(), "severityNumber": severity, "body": {"stringValue": body},
            "attributes": [{"key": "order.id", "value": {"intValue": "4711"}}]})
    };
    let records: Vec<Value> = records.iter().enumerate().map(record).collect();
    let body = json!({"resourceLogs": [{
        "resource": {"attributes": [{"key": "service.name", "value": {"stringValue": service}}]},
        "scopeLogs": [{"logRecords": records}],
    }]});
    let (status, _) = server.otlp("/v1/logs", JSON, body.to_string().into_bytes()).await;
    assert_eq!(status, 200);
}

fn out(server: &Running, args: &[&str]) -> String {
    let output = ippo_at(server, args);
    assert!(output.status.success(), "{args:?}: {}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).expect("UTF-8")
}

#[tokio::test]
async fn records_are_found_exported_and_shown_among_their_neighbours() {
    let folder = tempfile::tempdir().expect("a folder");
    let token = token(folder.path());
    let server = Running::start(folder.path(), &token);
    let records = [(9, "one"), (17, "payment timeout, twice"), (9, r#"{"step":{"name":"ship"}}"#)];
    send(&server, "checkout", &records).await;
    send(&server, "cart", &[(13, "other")]).await;

    let text = out(&server, &["logs", "--service", "checkout", "--since", "1h"]);
    let lines: Vec<&str> = text.lines().collect();
    assert_eq!(lines.len(), 3, "{text}");
    assert!(
        lines[0].ends_with("INFO  checkout  one") && lines[1].contains("ERROR checkout  payment"),
        "{text}"
    );
    assert!(out(&server, &["logs", "--where", "body['step.name'] = 'ship'"]).contains("ship"));
    assert_eq!(out(&server, &["logs", "--attr", "order.id=4711", "--severity", "WARN"]).lines().count(), 2);

    let found: Value =
        serde_json::from_str(&out(&server, &["logs", "--contains", "TIMEOUT", "--output", "json"]))
            .expect("JSON");
    let id = found["logs"][0]["id"].as_str().expect("an id").to_owned();
    let around = out(&server, &["logs", "--around", &id]);
    let around: Vec<&str> = around.lines().collect();
    assert_eq!(around.len(), 3, "of its service only: {around:?}");
    assert!(around[0].starts_with("  ") && around[1].starts_with("> "), "{around:?}");

    let csv = out(&server, &["logs", "--service", "checkout", "--output", "csv"]);
    assert!(csv.starts_with("time,observed_time,") && csv.contains(",\"payment timeout, twice\","), "{csv}");
    let cut = ippo_at(&server, &["logs", "--output", "ndjson", "--limit", "2"]);
    let lines = String::from_utf8(cut.stdout).expect("UTF-8");
    assert!(
        lines.lines().all(|line| serde_json::from_str::<Value>(line).is_ok()) && lines.lines().count() == 2
    );
    assert!(String::from_utf8_lossy(&cut.stderr).contains("newest 2 of 4"), "it says what is left out");

    let listed =
        server.get("/api/v1/logs?contains=timeout&from=2026-01-01T00:00:00Z&to=2200-01-01T00:00:00Z").await;
    let events = server
        .authorized_text(
            "/api/v1/logs/search?contains=timeout&from=2026-01-01T00:00:00Z&to=2200-01-01T00:00:00Z",
        )
        .await;
    let page = events.split_once("event: page\ndata: ").expect("a page").1.trim_end();
    assert_eq!(serde_json::from_str::<Value>(page).expect("JSON"), listed);
    let piped = ippo_at(&server, &["logs", "--contains", "timeout"]);
    assert!(piped.status.success() && piped.stderr.is_empty(), "progress is for terminals alone");

    for (wrong, word) in [
        (vec!["logs", "--output", "parquet"], "ndjson"),
        (vec!["logs", "--follow", "--output", "csv"], "ndjson"),
        (vec!["logs", "--where", "bodi = 'x'"], "body"),
        (vec!["logs", "--severity", "LOUD"], "FATAL"),
        (vec!["logs", "--since", "2 fortnights"], "--since is \"2 fortnights\""),
        (vec!["logs", "--from", "2026-01-02T00:00:00Z", "--to", "2026-01-01T00:00:00Z"], "not before --to"),
        (vec!["logs", "--trace", "x", "--output", "csv"], "--trace is"),
        (vec!["logs", "--limit", "0"], "--limit is 0; it must be 1 to 1000"),
        (vec!["logs", "--around", &id, "--limit", "900"], "--limit is 900"),
        (vec!["slo", "list", "--output", "csv"], "[possible values: text, json]"),
    ] {
        let refused = ippo_at(&server, &wrong);
        assert_eq!(refused.status.code(), Some(2), "{wrong:?}");
        let said = String::from_utf8_lossy(&refused.stderr);
        assert!(said.contains(word) && !said.contains('`'), "{wrong:?}: {said}");
    }

    for form in ["text", "json", "csv", "ndjson"] {
        let none = ippo_at(&server, &["logs", "--service", "nobody", "--since", "2h", "--output", form]);
        let said = String::from_utf8_lossy(&none.stderr);
        assert!(none.status.success() && (form != "text" || none.stdout.is_empty()), "{form}");
        let expected = match form {
            "json" => "",
            "text" => " matches; try a longer range, such as --since 7d, or fewer conditions\n",
            _ => {
                "no log record in the last 2h matches; try a longer range, such as --since 7d, or fewer conditions\n"
            }
        };
        assert!(said.ends_with(expected) && said.is_empty() == expected.is_empty(), "{form}: {said}");
    }
}

#[tokio::test]
async fn an_export_names_the_segment_that_it_lacks() {
    let folder = tempfile::tempdir().expect("a folder");
    let token = token(folder.path());
    let server = Running::start(folder.path(), &token);
    send(&server, "checkout", &[(9, "one")]).await;
    // What is in memory is written when the server stops.
    assert_eq!(server.stop(), Some(0));
    let segments = std::fs::read_dir(folder.path().join("segments")).expect("segments");
    let mut names = segments.map(|entry| entry.expect("an entry").file_name().into_string().expect("UTF-8"));
    let name = names.find(|name| name.starts_with("logs-")).expect("a segment of logs");
    let file = folder.path().join("segments").join(&name);
    let mut bytes = std::fs::read(&file).expect("read");
    bytes[40] ^= 8;
    std::fs::write(&file, bytes).expect("damaged");
    let server = Running::start(folder.path(), &token);
    let lacking = ippo_at(&server, &["logs", "--since", "1d", "--output", "csv"]);
    let said = String::from_utf8_lossy(&lacking.stderr);
    assert!(said.contains(&format!("this is not all there is: segment {name} cannot be read")), "{said}");
}

#[tokio::test]
async fn what_comes_is_followed_and_holds_up_no_shutdown() {
    let folder = tempfile::tempdir().expect("a folder");
    let token = token(folder.path());
    let server = Running::start(folder.path(), &token);
    send(&server, "checkout", &[(9, "before")]).await;
    let mut following =
        begin_at(&server, &["logs", "--follow", "--service", "checkout", "--output", "ndjson"]);
    let mut lines = BufReader::new(following.stdout.take().expect("piped")).lines();
    let mut next = || -> Value {
        let line = lines.next().expect("it goes on").expect("UTF-8");
        serde_json::from_str(&line).expect("JSON")
    };
    // Once the line before is there, the tail is open.
    assert_eq!(next()["body"], json!("before"));
    send(&server, "cart", &[(9, "not this")]).await;
    send(&server, "checkout", &[(9, "first"), (17, "second")]).await;
    assert_eq!((next()["body"].clone(), next()["body"].clone()), (json!("first"), json!("second")));

    let clock = SystemClock::new();
    assert_eq!(server.stop(), Some(0));
    assert!(clock.monotonic() < ippo_api::router::DRAIN, "a tail does not hold a shutdown up");
    let code = following.wait().expect("it ends").code();
    assert_eq!(code, Some(3), "the server is gone");
}
