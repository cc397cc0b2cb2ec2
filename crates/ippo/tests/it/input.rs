//! Bad input: each kind gets its own clear refusal, is counted, and neither stops the process nor costs what is stored.

use std::path::Path;

use serde_json::{Value, json};

use crate::binary::{Running, ippo, token};

const PROTOBUF: &str = "application/x-protobuf";
const JSON: &str = "application/json";

fn trace(attributes: &Value, trace_id: &str, start: &str) -> Vec<u8> {
    json!({"resourceSpans": [{
        "resource": {"attributes": [{"key": "service.name", "value": {"stringValue": "shop"}}]},
        "scopeSpans": [{"spans": [{
            "traceId": trace_id, "spanId": "00f067aa0ba902b7", "name": "GET /", "kind": 2,
            "startTimeUnixNano": start, "endTimeUnixNano": start, "attributes": attributes,
        }]}],
    }]})
    .to_string()
    .into_bytes()
}

fn now() -> String {
    use ippo_base::Clock as _;
    ippo_base::SystemClock::new().now().as_nanos().to_string()
}

#[tokio::test(flavor = "multi_thread")]
async fn every_kind_of_bad_telemetry_is_refused_in_its_own_way_and_counted() {
    let folder = tempfile::tempdir().expect("a folder");
    let server = Running::start(folder.path(), &token(folder.path()));
    let id = "4bf92f3577b34da6a3ce929d0e0e4736";
    let (status, _) = server.otlp("/v1/traces", PROTOBUF, b"\xff\xff\xff".to_vec()).await;
    assert_eq!(status, 400, "malformed protobuf");
    let (status, body) = server.otlp("/v1/traces", JSON, b"{\"resourceSpans\": [{]}".to_vec()).await;
    assert_eq!(status, 400, "malformed JSON");
    assert!(
        String::from_utf8_lossy(&body).contains("byte"),
        "it says where: {}",
        String::from_utf8_lossy(&body)
    );
    assert_eq!(server.otlp("/v1/traces", "text/plain", b"hello".to_vec()).await.0, 415);
    assert_eq!(server.otlp("/v1/nothing", PROTOBUF, Vec::new()).await.0, 404);
    assert_eq!(server.otlp("/v1/traces", PROTOBUF, vec![0; 65 * 1024 * 1024]).await.0, 413);
    assert_eq!(server.otlp("/v1/traces", PROTOBUF, Vec::new()).await, (200, Vec::new()), "nothing is fine");

    for (what, body, reason) in [
        ("a short trace id", trace(&json!([]), "4bf9", &now()), "bad_trace_id"),
        ("the year 1970", trace(&json!([]), id, "1"), "too_old"),
        ("the year 2500", trace(&json!([]), id, "16725225600000000000"), "too_new"),
    ] {
        let (status, answer) = server.otlp("/v1/traces", JSON, body).await;
        let answer: Value = serde_json::from_slice(&answer).expect("JSON");
        assert_eq!(
            (status, &answer["partialSuccess"]["rejectedSpans"]),
            (200, &json!("1")),
            "{what}: {answer}"
        );
        let counted = format!("ippo_otlp_rejected_items_total{{signal=\"spans\",reason=\"{reason}\"}} 1");
        assert!(server.text("/metrics").await.contains(&counted), "{what} is counted");
    }

    let many: Vec<Value> =
        (0..10_000).map(|n| json!({"key": format!("k{n}"), "value": {"intValue": n}})).collect();
    let (status, answer) = server.otlp("/v1/traces", JSON, trace(&json!(many), id, &now())).await;
    assert_eq!(status, 200);
    assert!(String::from_utf8_lossy(&answer).contains("dropped"), "{}", String::from_utf8_lossy(&answer));
    let found = server.get(&format!("/api/v1/traces/{id}")).await;
    assert_eq!(found["spans"][0]["attributes"].as_object().expect("a map").len(), 128);

    let metrics = server.text("/metrics").await;
    for reason in ["malformed", "unsupported", "too_large"] {
        assert!(metrics.contains(&format!("reason=\"{reason}\"")), "{reason} is counted: {metrics}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn questions_that_make_no_sense_are_told_so() {
    let folder = tempfile::tempdir().expect("a folder");
    let token = token(folder.path());
    let server = Running::start(folder.path(), &token);
    let ask = async |path: &str| {
        let request = reqwest::Client::new().get(format!("{}{path}", server.http)).bearer_auth(&token);
        let answer = request.send().await.expect("it answers");
        (answer.status().as_u16(), answer.text().await.expect("text"))
    };
    let (status, text) = ask("/api/v1/traces?where=servce%3D'x'").await;
    assert_eq!(status, 400);
    assert!(text.contains("servce") && text.contains("service"), "{text}");
    assert_eq!(ask("/api/v1/traces?where=status%3D").await.0, 400);
    assert_eq!(ask("/api/v1/traces/xyz").await.0, 400);
    assert_eq!(ask("/api/v1/traces/4bf92f3577b34da6a3ce929d0e0e4736").await.0, 404);
    assert_eq!(ask("/api/v1/logs?severity=LOUD").await.0, 400);
    let anonymous = reqwest::get(format!("{}/api/v1/services", server.http)).await.expect("it answers");
    assert_eq!(anonymous.status().as_u16(), 401);
}

fn refused(folder: &Path, more: &[&str]) -> String {
    let anywhere =
        ["--listen", "127.0.0.1:0", "--otlp-grpc", "127.0.0.1:0", "--otlp-http", "127.0.0.1:0", "--data-dir"];
    let folder = folder.to_str().expect("UTF-8");
    let ended = ippo(&[&["serve"], &anywhere[..], &[folder], more].concat());
    assert!(!ended.status.success());
    String::from_utf8(ended.stderr).expect("UTF-8")
}

#[tokio::test(flavor = "multi_thread")]
async fn a_start_that_cannot_be_says_why() {
    let folder = tempfile::tempdir().expect("a folder");
    let server = Running::start(folder.path(), &token(folder.path()));
    let said = refused(folder.path(), &[]);
    assert!(said.contains("in use by another ippo"), "{said}");

    let other = tempfile::tempdir().expect("a folder");
    let taken = server.otlp_grpc.clone();
    let arguments = ["serve", "--listen", "127.0.0.1:0", "--otlp-http", "127.0.0.1:0", "--otlp-grpc", &taken];
    let folder = other.path().to_str().expect("UTF-8");
    let ended = ippo(&[&arguments[..], &["--data-dir", folder]].concat());
    let said = String::from_utf8(ended.stderr).expect("UTF-8");
    assert!(!ended.status.success() && said.contains("--otlp-grpc"), "{said}");

    let open = ippo(&[
        "serve",
        "--listen",
        "0.0.0.0:0",
        "--public-url",
        "https://ippo.example.org",
        "--otlp-grpc",
        "127.0.0.1:0",
        "--otlp-http",
        "127.0.0.1:0",
        "--data-dir",
        folder,
    ]);
    let said = String::from_utf8(open.stderr).expect("UTF-8");
    assert!(!open.status.success() && said.contains("nobody has an account"), "{said}");
}

#[test]
fn what_a_newer_ippo_wrote_is_refused_and_stays_as_it_is() {
    let folder = tempfile::tempdir().expect("a folder");
    let manifest = "c4d65f3c\n{\"format\":99}";
    std::fs::write(folder.path().join("MANIFEST"), manifest).expect("written");
    let data = folder.path().to_str().expect("UTF-8");
    let anywhere = ["--listen", "127.0.0.1:0", "--otlp-grpc", "127.0.0.1:0", "--otlp-http", "127.0.0.1:0"];
    let refused = ippo(&[&["serve", "--data-dir", data][..], &anywhere].concat());
    let said = String::from_utf8(refused.stderr).expect("UTF-8");
    assert!(refused.status.code() == Some(3) && said.contains("99"), "{said}");
    let mut left: Vec<String> = std::fs::read_dir(folder.path())
        .expect("listed")
        .map(|entry| entry.expect("readable").file_name().into_string().expect("UTF-8"))
        .collect();
    left.sort();
    assert_eq!(left, ["LOCK", "MANIFEST"], "nothing was made beside it");
    assert_eq!(std::fs::read_to_string(folder.path().join("MANIFEST")).expect("there"), manifest);
}

#[tokio::test(flavor = "multi_thread")]
async fn damage_is_told_and_does_not_keep_ippo_from_starting() {
    let folder = tempfile::tempdir().expect("a folder");
    let token = token(folder.path());
    let server = Running::start(folder.path(), &token);
    let id = "4bf92f3577b34da6a3ce929d0e0e4736";
    assert_eq!(server.otlp("/v1/traces", JSON, trace(&json!([]), id, &now())).await.0, 200);
    assert_eq!(server.stop(), Some(0));
    let segments = folder.path().join("segments");
    let file = std::fs::read_dir(&segments).expect("listed").next().expect("one").expect("readable").path();
    let mut bytes = std::fs::read(&file).expect("read");
    let middle = bytes.len() / 2;
    bytes[middle] ^= 1;
    std::fs::write(&file, bytes).expect("written");
    let name = folder.path().to_str().expect("UTF-8");
    let checked = ippo(&["check-data", "--data-dir", name]);
    assert_eq!(checked.status.code(), Some(1));
    assert!(String::from_utf8_lossy(&checked.stdout).contains("segments/spans-"), "it names the file");
    let server = Running::start(folder.path(), &token);
    let found = server.get(&format!("/api/v1/traces/{id}")).await;
    assert_eq!(found["partial"], json!(true), "{found}");
    let warning = found["warnings"][0].as_str().expect("a warning");
    assert!(warning.contains("spans-") && warning.contains("is in quarantine: the checksum"), "{found}");
    assert_eq!(server.stop(), Some(0));
    let state = folder.path().join("state.db");
    let mut bytes = std::fs::read(&state).expect("read");
    bytes[4_096..8_192].fill(0xff);
    std::fs::write(&state, bytes).expect("written");
    let checked = ippo(&["check-data", "--data-dir", name]);
    let said = String::from_utf8_lossy(&checked.stdout).into_owned();
    assert!(checked.status.code() == Some(1) && said.contains("state.db: "), "{said}");
}

#[tokio::test(flavor = "multi_thread")]
async fn damage_in_what_was_acknowledged_last_is_told_though_nothing_follows() {
    let folder = tempfile::tempdir().expect("a folder");
    let token = token(folder.path());
    let server = Running::start(folder.path(), &token);
    let url = format!("{}/v1/traces", server.otlp_http);
    let client = reqwest::Client::new();
    let mut sending = tokio::task::JoinSet::new();
    for at in 0..8 {
        let body = trace(&json!([]), &format!("4bf92f3577b34da6a3ce929d0e0e473{at}"), &now());
        let request = client.post(&url).header("content-type", JSON).body(body);
        sending.spawn(async move { request.send().await.expect("an answer").status().as_u16() });
    }
    assert_eq!(sending.join_all().await, [200; 8]);
    server.kill();
    let log = folder.path().join("wal");
    let file = std::fs::read_dir(&log).expect("listed").next().expect("one").expect("readable").path();
    let whole = std::fs::read(&file).expect("read");
    let name = folder.path().to_str().expect("UTF-8");
    assert_eq!(ippo(&["check-data", "--data-dir", name]).status.code(), Some(0));
    // Where the last group begins is not known here; whatever record is hit, it is told.
    let records = whole.windows(7).enumerate().filter(|(_, bytes)| bytes == b"\xa1ippoWL").map(|(at, _)| at);
    let records: Vec<usize> = records.collect();
    let (_mark, acknowledged) = records.split_last().expect("there are some");
    for at in acknowledged {
        let mut bytes = whole.clone();
        bytes[at + 45] ^= 1;
        std::fs::write(&file, bytes).expect("written");
        let checked = ippo(&["check-data", "--data-dir", name]);
        let said = String::from_utf8_lossy(&checked.stdout).into_owned();
        assert!(checked.status.code() == Some(1) && said.contains("wal/"), "{at} of {records:?}: {said}");
    }
    let server = Running::start(folder.path(), &token);
    let metrics = server.authorized_text("/metrics").await;
    let damage = metrics.lines().find(|line| line.starts_with("ippo_store_damage ")).expect("it is told");
    assert_ne!(damage, "ippo_store_damage 0", "{damage}");
    assert_eq!(server.stop(), Some(0));
}
