//! Segments in a bucket, with the real binary against moto's S3 server: copied, evicted, read, damaged by nobody, out of
//! reach and back, expired, backed up; and what it says where that cannot be.

use std::collections::BTreeSet;
use std::path::Path;
use std::time::Duration;

use opentelemetry_proto::tonic::collector::trace::v1::ExportTraceServiceRequest;
use opentelemetry_proto::tonic::common::v1::{AnyValue, KeyValue, any_value};
use prost::Message as _;
use rand::rngs::StdRng;
use rand::{RngExt as _, SeedableRng as _};
use serde_json::{Value, json};

use crate::binary::{self, Running, ippo, ippo_at, token};
use crate::bucket::{S3Server, SECRET};
use crate::kill::{request, there};
use crate::wire::PROTOBUF;

const BUCKET: &str = "s3://telemetry/ippo";
/// No room for any segment.
const TINY: [&str; 2] = ["--segments-cache", "1B"];
const ARGS: [&str; 4] = ["--query-rows", "1000000", "--segments", BUCKET];
const TRACE: &str = "/api/v1/traces/07070707070707070707070707070707";
/// How old the spans of these tests are: their hour is over.
const AGE: Duration = Duration::from_secs(3 * 60 * 60);

/// A request of old spans, so long that they are not kept with a segment's end.
fn old_request(number: u64) -> Vec<u8> {
    noisy_request(number, 300)
}

/// The same with so many letters to each span.
fn noisy_request(number: u64, letters: usize) -> Vec<u8> {
    let mut random = StdRng::seed_from_u64(number);
    let mut request = ExportTraceServiceRequest::decode(&request("shop", number)[..]).expect("OTLP");
    let age = u64::try_from(AGE.as_nanos()).expect("small");
    for scope in request.resource_spans.iter_mut().flat_map(|resource| &mut resource.scope_spans) {
        for span in &mut scope.spans {
            span.start_time_unix_nano -= age;
            span.end_time_unix_nano -= age;
            let noise: String = (0..letters).map(|_| char::from(random.random_range(b'a'..=b'z'))).collect();
            span.attributes.push(KeyValue {
                key: "noise".to_owned(),
                value: Some(AnyValue { value: Some(any_value::Value::StringValue(noise)) }),
                ..KeyValue::default()
            });
        }
    }
    request.encode_to_vec()
}

fn start(data: &Path, token: &str, s3: &S3Server, more: &[&str]) -> Running {
    let variables = s3.variables();
    let variables: Vec<(&str, &str)> =
        variables.iter().map(|(name, value)| (*name, value.as_str())).collect();
    Running::start_in(data, token, &[&ARGS[..], more].concat(), &variables)
}

/// What refuses to start says.
fn refusal(data: &Path, more: &[&str], variables: &[(&str, String)]) -> String {
    let variables: Vec<(&str, &str)> =
        variables.iter().map(|(name, value)| (*name, value.as_str())).collect();
    let output = tokio::task::block_in_place(|| binary::refused(data, more, &variables));
    let text =
        format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    assert!(!output.status.success(), "{text}");
    assert!(!text.contains(SECRET), "{text}");
    text
}

/// Stores requests, and starts again, so that they are in segments.
async fn filled(data: &Path, s3: &S3Server) -> (Running, String) {
    std::fs::create_dir_all(data).expect("made");
    let token = token(data);
    let server = start(data, &token, s3, &TINY);
    for number in 0..5 {
        assert_eq!(server.otlp("/v1/traces", PROTOBUF, old_request(number)).await.0, 200);
    }
    assert_eq!(server.stop(), Some(0));
    (start(data, &token, s3, &TINY), token)
}

async fn bucket(server: &Running) -> Value {
    server.get("/api/v1/store").await["bucket"].clone()
}

/// Waits until that is so of the bucket.
async fn until(server: &Running, is: impl Fn(&Value) -> bool) -> Value {
    loop {
        let now = bucket(server).await;
        if is(&now) {
            return now;
        }
        tokio::task::yield_now().await;
    }
}

async fn evicted(server: &Running) -> Value {
    until(server, |bucket| bucket["waiting"]["files"] == 0 && bucket["local"]["files"] == 0).await
}

/// What people see of the spans.
async fn answers(server: &Running) -> (BTreeSet<u64>, Value, Value) {
    let services = server.get("/api/v1/services?last=6h").await["services"].clone();
    (there(server, "shop").await, server.get(TRACE).await["spans"].clone(), services)
}

fn files(folder: &Path) -> Vec<String> {
    let entries = std::fs::read_dir(folder).expect("listed");
    entries.map(|entry| entry.expect("an entry").file_name().to_string_lossy().into_owned()).collect()
}

async fn segments_in(s3: &S3Server) -> usize {
    s3.keys().await.iter().filter(|key| key.ends_with(".parquet")).count()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_segment_of_several_parts_is_copied_as_a_whole() {
    let s3 = S3Server::start().await;
    let folder = tempfile::tempdir().expect("a folder");
    let token = token(folder.path());
    let server = start(folder.path(), &token, &s3, &["--segments-cache", "10GiB", "--memory", "64MiB"]);
    for number in 0..20 {
        assert_eq!(server.otlp("/v1/traces", PROTOBUF, noisy_request(number, 15_000)).await.0, 200);
    }
    let sql = "SELECT count(*), count(DISTINCT span_id), max(attrs['noise']), min(attrs['noise']) FROM spans";
    let before = server.sql(sql).await;
    assert_eq!((&before[0][0], &before[0][1]), (&json!(2_000), &json!(2_000)));
    assert_eq!(server.stop(), Some(0));
    let segments = files(&folder.path().join("segments"));
    let bytes = |name: &String| folder.path().join("segments").join(name).metadata().expect("there").len();
    assert!(segments.iter().map(bytes).max() > Some(16 * 1024 * 1024), "it has three parts");
    let server = start(folder.path(), &token, &s3, &TINY);
    evicted(&server).await;
    assert_eq!(segments_in(&s3).await, segments.len());
    let answer = server.post("/api/v1/query", &json!({ "sql": sql })).await;
    assert_eq!(answer["warnings"], json!([]));
    assert_eq!(answer["rows"], json!(before));
}

#[tokio::test(flavor = "multi_thread")]
async fn what_left_the_disk_answers_the_same_after_a_kill_and_goes_with_its_retention() {
    let s3 = S3Server::start().await;
    let folder = tempfile::tempdir().expect("a folder");
    let data = folder.path().join("data");
    std::fs::create_dir(&data).expect("made");
    let token = token(&data);
    let server = start(&data, &token, &s3, &["--segments-cache", "10GiB"]);
    for number in 0..5 {
        assert_eq!(server.otlp("/v1/traces", PROTOBUF, old_request(number)).await.0, 200);
    }
    assert_eq!(server.stop(), Some(0));
    let server = start(&data, &token, &s3, &["--segments-cache", "10GiB"]);
    let before = answers(&server).await;
    assert_eq!(before.0, (0..5).collect());
    assert_eq!(before.1.as_array().map(Vec::len), Some(500));
    until(&server, |bucket| bucket["waiting"]["files"] == 0).await;
    assert_eq!(files(&data.join("segments")).len(), 1, "there is room for it");
    server.kill();

    let server = start(&data, &token, &s3, &TINY);
    let told = evicted(&server).await;
    assert_eq!((told["location"].clone(), told["error"].clone()), (json!(BUCKET), Value::Null), "{told}");
    assert_eq!(files(&data.join("segments")), Vec::<String>::new());
    assert_eq!(segments_in(&s3).await, 1);
    assert_eq!(answers(&server).await, before);
    let metrics = server.text("/metrics").await;
    assert!(metrics.contains("ippo_bucket_segments{place=\"remote\"} 1"), "{metrics}");
    assert!(!metrics.contains(SECRET));
    server.kill();
    let server = start(&data, &token, &s3, &TINY);
    assert_eq!(answers(&server).await, before, "also after a kill");
    assert_eq!(server.stop(), Some(0));
    let checked = ippo(&["check-data", "--data-dir", data.to_str().expect("UTF-8")]);
    let said = String::from_utf8_lossy(&checked.stdout);
    assert!(checked.status.success() && said.contains("1 of them are in the bucket alone"), "{said}");

    let server = start(&data, &token, &s3, &["--segments-cache", "1B", "--retention", "1h"]);
    // Retention is part of a flush, and so is a backup.
    let to = folder.path().join("backup");
    let taken =
        tokio::task::block_in_place(|| ippo_at(&server, &["backup", "--to", to.to_str().expect("UTF-8")]));
    assert!(taken.status.success(), "{}", String::from_utf8_lossy(&taken.stderr));
    while segments_in(&s3).await > 0 {
        tokio::task::yield_now().await;
    }
    assert_eq!(s3.keys().await, ["ippo/ippo-owner.json"]);
    assert_eq!(there(&server, "shop").await, BTreeSet::new());
}

#[tokio::test(flavor = "multi_thread")]
async fn out_of_reach_telemetry_is_taken_answers_are_partial_and_all_is_back_afterwards() {
    let s3 = S3Server::start().await;
    let folder = tempfile::tempdir().expect("a folder");
    let data = folder.path().join("data");
    let (server, token) = filled(&data, &s3).await;
    evicted(&server).await;
    let before = answers(&server).await;
    s3.set_open(false);
    let count = json!({"sql": "SELECT count(*) FROM spans WHERE name <> ''"});
    let answer = server.post("/api/v1/query", &count).await;
    assert_eq!(answer["rows"], json!([[0]]), "{answer}");
    let warning = answer["warnings"][0].as_str().expect("a warning");
    assert!(warning.contains(
        "1 segment is in the bucket alone, and the server of the bucket telemetry cannot be reached"
    ));
    assert!(!warning.contains(SECRET), "{warning}");
    let found = server.get("/api/v1/services?last=6h").await;
    assert_eq!((&found["services"], &found["partial"]), (&before.2, &json!(false)), "this needs no bucket");
    let store = server.get("/api/v1/store").await;
    assert_eq!(store["quarantined"], json!([]));
    assert!(
        store["bucket"]["error"].as_str().is_some_and(|error| error.contains("cannot be reached")),
        "{store}"
    );
    assert_eq!(server.otlp("/v1/traces", PROTOBUF, old_request(5)).await.0, 200, "telemetry is taken");
    assert_eq!(server.text("/readyz").await.trim(), "ready");
    server.kill();

    let server = start(&data, &token, &s3, &TINY);
    assert_eq!(there(&server, "shop").await, BTreeSet::from([5]), "a start does not need it either");
    let to = folder.path().join("backup");
    let taking = ["backup", "--to", to.to_str().expect("UTF-8")];
    let refused = tokio::task::block_in_place(|| ippo_at(&server, &taking));
    let said = String::from_utf8_lossy(&refused.stderr).into_owned();
    assert!(refused.status.code() == Some(3) && said.contains("in the bucket alone"), "{said}");
    assert!(!to.exists(), "a backup has everything or is none");
    s3.set_open(true);
    until(&server, |bucket| bucket["error"].is_null() && bucket["local"]["files"] == 0).await;
    assert_eq!(there(&server, "shop").await, (0..6).collect());

    let taken = tokio::task::block_in_place(|| ippo_at(&server, &taking));
    assert!(taken.status.success(), "{}", String::from_utf8_lossy(&taken.stderr));
    assert_eq!(server.stop(), Some(0));
    let restored = folder.path().join("restored");
    let path = |path: &Path| path.to_str().expect("UTF-8").to_owned();
    let done = ippo(&["restore", "--from", &path(&to), "--data-dir", &path(&restored)]);
    assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stderr));
    let server = Running::start_with(&restored, &token, &["--query-rows", "1000000"]);
    assert_eq!(there(&server, "shop").await, (0..6).collect(), "it needs no bucket");
    assert_eq!(bucket(&server).await, Value::Null);
    assert_eq!(server.stop(), Some(0));
    let told = refusal(&restored, &ARGS, &s3.variables());
    assert!(told.contains("belongs to another data folder"), "{told}");
}

#[tokio::test(flavor = "multi_thread")]
async fn where_it_cannot_be_it_says_why_and_what_to_do() {
    let s3 = S3Server::start().await;
    let folder = tempfile::tempdir().expect("a folder");
    let data = folder.path().join("data");
    let (server, _) = filled(&data, &s3).await;
    evicted(&server).await;
    assert_eq!(server.stop(), Some(0));
    let told = refusal(&data, &[], &[]);
    assert!(told.contains("1 segments of this data folder are in s3://telemetry/ippo alone"), "{told}");
    let elsewhere = refusal(&data, &["--segments", "s3://telemetry/other"], &s3.variables());
    assert!(elsewhere.contains("holds nothing of this data folder"), "{elsewhere}");
    let backup = folder.path().join("backup");
    let args =
        ["backup", "--to", backup.to_str().expect("UTF-8"), "--data-dir", data.to_str().expect("UTF-8")];
    let offline = ippo(&args);
    let said = String::from_utf8_lossy(&offline.stderr);
    assert!(!offline.status.success() && said.contains("are in s3://telemetry/ippo alone"), "{said}");

    let new = folder.path().join("new");
    std::fs::create_dir(&new).expect("made");
    let with = |name: &str, value: Option<&str>| -> Vec<(&str, String)> {
        let mut variables = s3.variables();
        variables.retain(|(other, _)| *other != name);
        variables.extend(value.map(|value| (name, value.to_owned())).into_iter().map(|(_, value)| {
            let known = ["AWS_ENDPOINT_URL", "AWS_ALLOW_HTTP", "AWS_SECRET_ACCESS_KEY"];
            (known.into_iter().find(|known| *known == name).expect("one of these"), value)
        }));
        variables
    };
    let refused = [
        (["--segments", "s3://nothing-here/ippo"], s3.variables(), "there is no bucket nothing-here"),
        (
            ["--segments", "https://s3.example.org/x"],
            s3.variables(),
            "it must be s3://bucket or s3://bucket/prefix",
        ),
        (["--segments", BUCKET], with("AWS_ENDPOINT_URL", Some("http://127.0.0.1:1")), "cannot be reached"),
        (["--segments", BUCKET], with("AWS_ALLOW_HTTP", None), "AWS_ALLOW_HTTP=true"),
        (["--segments", BUCKET], with("AWS_SECRET_ACCESS_KEY", None), "must be given together"),
    ];
    for (args, variables, words) in refused {
        let told = refusal(&new, &args, &variables);
        assert!(told.contains(words), "{args:?}: {told}");
    }
}

fn copy(from: &Path, to: &Path) {
    std::fs::create_dir_all(to).expect("made");
    for entry in std::fs::read_dir(from).expect("listed") {
        let path = entry.expect("an entry").path();
        let to = to.join(path.file_name().expect("a name"));
        if path.is_dir() { copy(&path, &to) } else { std::fs::copy(&path, &to).map(drop).expect("copied") }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn of_two_copies_the_later_has_the_bucket_and_the_earlier_is_told() {
    let s3 = S3Server::start().await;
    let folder = tempfile::tempdir().expect("a folder");
    let (data, copied) = (folder.path().join("data"), folder.path().join("copy"));
    let (first, token) = filled(&data, &s3).await;
    evicted(&first).await;
    first.kill();
    copy(&data, &copied);

    let second = start(&copied, &token, &s3, &TINY);
    assert_eq!(second.otlp("/v1/traces", PROTOBUF, old_request(5)).await.0, 200);
    assert_eq!(second.stop(), Some(0));
    let second = start(&copied, &token, &s3, &TINY);
    evicted(&second).await;
    assert_eq!(there(&second, "shop").await, (0..6).collect(), "it goes on with what both had");
    assert!(second.text("/metrics").await.contains("ippo_bucket_lost 0"));

    let told = refusal(&data, &["--segments", BUCKET], &s3.variables());
    assert!(told.contains("was taken over by another copy of this data folder"), "{told}");
    assert!(told.contains(copied.to_str().expect("UTF-8")), "{told}");
    second.kill();
    let second = start(&copied, &token, &s3, &TINY);
    assert_eq!(there(&second, "shop").await, (0..6).collect(), "after a kill nobody needs to help");
}
