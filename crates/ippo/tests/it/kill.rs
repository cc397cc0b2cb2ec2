//! A server that is killed again and again under load: what it acknowledged is there, once, and nothing half.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use ippo_base::{Clock as _, SystemClock};
use opentelemetry_proto::tonic::collector::logs::v1::ExportLogsServiceRequest;
use opentelemetry_proto::tonic::collector::trace::v1::ExportTraceServiceRequest;
use opentelemetry_proto::tonic::common::v1::{AnyValue, KeyValue, any_value::Value};
use opentelemetry_proto::tonic::logs::v1::{LogRecord, ResourceLogs, ScopeLogs};
use opentelemetry_proto::tonic::resource::v1::Resource;
use opentelemetry_proto::tonic::trace::v1::{ResourceSpans, ScopeSpans, Span};
use prost::Message as _;
use rand::rngs::StdRng;
use rand::{RngExt as _, SeedableRng as _};
use tokio::sync::Notify;

use serde_json::json;

use crate::apply::{apply, write};
use crate::binary::{Running, token};
use crate::wire::{PROTOBUF, SIGNALS};

/// Spans of a request: some make a flush, so that segments are written under load too.
pub(crate) const SPANS: u64 = 100;
pub(crate) const SENDERS: usize = 4;

/// What became of the requests of one round.
#[derive(Default)]
pub(crate) struct Sent {
    pub(crate) acknowledged: Mutex<BTreeSet<u64>>,
    pub(crate) count: AtomicUsize,
    another: Notify,
}

impl Sent {
    /// Waits until so many requests are acknowledged.
    pub(crate) async fn reaches(&self, enough: usize) {
        while self.count.load(Ordering::SeqCst) < enough {
            self.another.notified().await;
        }
    }
}

pub(crate) fn request(service: &str, number: u64) -> Vec<u8> {
    let now = u64::try_from(SystemClock::new().now().as_nanos()).expect("after 1970");
    let span = |n: u64| Span {
        trace_id: vec![7; 16],
        span_id: (number * SPANS + n + 1).to_be_bytes().to_vec(),
        name: format!("GET /item/{n}"),
        start_time_unix_nano: now - 1_000 * n,
        end_time_unix_nano: now,
        ..Span::default()
    };
    let scope_spans = ScopeSpans { spans: (0..SPANS).map(span).collect(), ..ScopeSpans::default() };
    ExportTraceServiceRequest {
        resource_spans: vec![ResourceSpans {
            resource: Some(resource(service)),
            scope_spans: vec![scope_spans],
            ..ResourceSpans::default()
        }],
    }
    .encode_to_vec()
}

/// Sends until the server is gone.
pub(crate) async fn send(url: String, service: String, sender: usize, sent: Arc<Sent>) {
    let client = reqwest::Client::new();
    for number in (sender as u64..).step_by(SENDERS) {
        let body = request(&service, number);
        let answer = client.post(&url).header("content-type", PROTOBUF).body(body).send().await;
        match answer {
            Ok(answer) if answer.status().is_success() => {
                sent.acknowledged.lock().expect("no panic").insert(number);
                sent.count.fetch_add(1, Ordering::SeqCst);
                sent.another.notify_one();
            }
            Ok(answer) => assert!([429, 503].contains(&answer.status().as_u16()), "{}", answer.status()),
            Err(_) => return,
        }
    }
}

/// The requests of a service that are there: all of their spans, each once.
pub(crate) async fn there(server: &Running, service: &str) -> BTreeSet<u64> {
    let sql = format!("SELECT span_id, count(*) FROM spans WHERE service = '{service}' GROUP BY span_id");
    let mut spans = BTreeSet::new();
    for row in server.sql(&sql).await {
        assert_eq!(row[1], 1, "span {} of {service} is there once", row[0]);
        spans.insert(u64::from_str_radix(row[0].as_str().expect("an id"), 16).expect("hexadecimal") - 1);
    }
    let requests: BTreeSet<u64> = spans.iter().map(|span| span / SPANS).collect();
    assert_eq!(spans.len() as u64, requests.len() as u64 * SPANS, "no request of {service} is there in part");
    requests
}

fn text(text: String) -> Option<AnyValue> {
    Some(AnyValue { value: Some(Value::StringValue(text)) })
}

fn resource(service: &str) -> Resource {
    let (key, value) = ("service.name".to_owned(), text(service.to_owned()));
    Resource { attributes: vec![KeyValue { key, value, ..KeyValue::default() }], ..Resource::default() }
}

/// Log records, as many as a request of spans has; their bodies are numbers.
fn log_request(service: &str, number: u64) -> Vec<u8> {
    let now = u64::try_from(SystemClock::new().now().as_nanos()).expect("after 1970");
    let record = |n: u64| LogRecord {
        time_unix_nano: now - 1_000 * n,
        body: text((number * SPANS + n).to_string()),
        ..LogRecord::default()
    };
    let scope_logs = ScopeLogs { log_records: (0..SPANS).map(record).collect(), ..ScopeLogs::default() };
    ExportLogsServiceRequest {
        resource_logs: vec![ResourceLogs {
            resource: Some(resource(service)),
            scope_logs: vec![scope_logs],
            ..ResourceLogs::default()
        }],
    }
    .encode_to_vec()
}

/// Of a message of gRPC: whether it is compressed, and its length.
const FRAME_HEAD: usize = 5;

/// How a sender of a round sends: spans and log records, over HTTP and gRPC.
#[derive(Clone)]
struct Way {
    url: String,
    is_grpc: bool,
    is_logs: bool,
}

impl Way {
    fn of(server: &Running, sender: usize) -> Self {
        let (is_grpc, is_logs) = (sender % 2 == 1, sender / 2 == 1);
        let (_, path, method) = SIGNALS[usize::from(is_logs)];
        let url = match is_grpc {
            true => format!("http://{}/opentelemetry.proto.collector.{method}", server.otlp_grpc),
            false => format!("{}{path}", server.otlp_http),
        };
        Self { url, is_grpc, is_logs }
    }

    /// Whether a request was acknowledged; nothing if the server is gone.
    async fn send(&self, client: &reqwest::Client, service: &str, number: u64) -> Option<bool> {
        let body = if self.is_logs { log_request(service, number) } else { request(service, number) };
        let post = client.post(&self.url);
        if !self.is_grpc {
            let answer = post.header("content-type", PROTOBUF).body(body).send().await.ok()?;
            let status = answer.status().as_u16();
            assert!([200, 429, 503].contains(&status), "{status}");
            return Some(status == 200);
        }
        let length = u32::try_from(body.len()).expect("small").to_be_bytes();
        let frame = [&[0], &length[..], &body].concat();
        let post = post.header("content-type", "application/grpc").header("te", "trailers");
        let answer = post.body(frame).send().await.ok()?;
        // A refusal is all headers.
        if let Some(status) = answer.headers().get("grpc-status") {
            assert!(["8", "14"].contains(&status.to_str().expect("text")), "{status:?}");
            return Some(false);
        }
        Some(answer.bytes().await.ok()?.len() >= FRAME_HEAD)
    }
}

/// Sends until the server is gone.
async fn send_in(way: Way, service: String, sender: usize, sent: Arc<Sent>) {
    let builder = reqwest::Client::builder();
    let client =
        if way.is_grpc { builder.http2_prior_knowledge() } else { builder }.build().expect("a client");
    for number in (sender as u64..).step_by(SENDERS) {
        match way.send(&client, &service, number).await {
            Some(true) => {
                sent.acknowledged.lock().expect("no panic").insert(number);
                sent.count.fetch_add(1, Ordering::SeqCst);
                sent.another.notify_one();
            }
            Some(false) => {}
            None => return,
        }
    }
}

/// The requests of log records of a service that are there: all of their records, each once.
async fn logs_there(server: &Running, service: &str) -> BTreeSet<u64> {
    let sql = format!("SELECT body, count(*) FROM logs WHERE service = '{service}' GROUP BY body");
    let mut records = BTreeSet::new();
    for row in server.sql(&sql).await {
        assert_eq!(row[1], 1, "record {} of {service} is there once", row[0]);
        records.insert(row[0].as_str().expect("a text").parse::<u64>().expect("a number"));
    }
    let requests: BTreeSet<u64> = records.iter().map(|record| record / SPANS).collect();
    assert_eq!(
        records.len() as u64,
        requests.len() as u64 * SPANS,
        "no request of {service} is there in part"
    );
    requests
}

/// How many times segments were written: they carry the number in their names.
fn segments_written(folder: &Path) -> u64 {
    let files = std::fs::read_dir(folder.join("segments")).expect("a folder");
    let number = |name: String| name.split('-').nth(2)?.parse().ok();
    files.filter_map(|file| number(file.ok()?.file_name().into_string().ok()?)).max().unwrap_or(0)
}

/// What counts the spans of all rounds.
pub(crate) const ITEMS: &str = "\
apiVersion: openslo/v1
kind: SLO
metadata:
  name: items
spec:
  service: items
  indicator:
    metadata: {name: errors}
    spec:
      ratioMetric:
        bad: {metricSource: {type: spans, spec: {where: error}}}
        total: {metricSource: {type: spans, spec: {where: \"name LIKE 'GET /item/%'\"}}}
  timeWindow: [{duration: 28d, isRolling: true}]
  budgetingMethod: Occurrences
  objectives:
    - target: 0.999
";

#[tokio::test(flavor = "multi_thread")]
async fn what_was_acknowledged_survives_every_kill() {
    let kills = std::env::var("IPPO_KILLS").ok().and_then(|kills| kills.parse().ok()).unwrap_or(20);
    let (folder, files) = (tempfile::tempdir().expect("a folder"), tempfile::tempdir().expect("a folder"));
    let token = token(folder.path());
    // So little memory that segments are written under load too.
    let limits = ["--query-rows", "1000000", "--memory", "512KiB"];
    let mut random = StdRng::seed_from_u64(7);
    let mut rounds: BTreeMap<String, u64> = BTreeMap::new();
    let mut server = Running::start_with(folder.path(), &token, &limits);
    write(files.path(), "items.yaml", ITEMS);
    let applied = apply(&server, files.path(), &[]);
    assert!(applied.ends_with("exit 0"), "{applied}");
    for round in 0..kills {
        let service = format!("round-{round}");
        let sent = Arc::new(Sent::default());
        let senders: Vec<_> = (0..SENDERS)
            .map(|sender| {
                tokio::spawn(send_in(Way::of(&server, sender), service.clone(), sender, sent.clone()))
            })
            .collect();
        sent.reaches(random.random_range(1..80)).await;
        server.kill();
        for sender in senders {
            sender.await.expect("no panic");
        }
        server = Running::start_with(folder.path(), &token, &limits);
        let acknowledged = std::mem::take(&mut *sent.acknowledged.lock().expect("no panic"));
        let (spans, logs) = (there(&server, &service).await, logs_there(&server, &service).await);
        let found = &spans | &logs;
        assert!(acknowledged.is_subset(&found), "round {round}: {acknowledged:?} in {found:?}");
        rounds.insert(service, spans.len() as u64 * SPANS);
        if rounds.len().is_multiple_of(50) {
            eprintln!("{} of {kills} kills", rounds.len());
        }
    }
    let each = "SELECT service, count(*), count(DISTINCT span_id) FROM spans GROUP BY service";
    let mut spans: BTreeMap<String, u64> = BTreeMap::new();
    for row in server.sql(each).await {
        assert_eq!(row[1], row[2], "every span of {} is there once", row[0]);
        let count = row[1].as_u64().expect("a number");
        spans.insert(row[0].as_str().expect("a name").to_owned(), count);
    }
    rounds.retain(|_, spans| *spans > 0);
    assert_eq!(spans, rounds, "later kills change nothing of what earlier ones left");
    let counted = "SELECT sum(good), sum(bad), sum(unknown) FROM counters WHERE counter = 'slo/items/0'";
    let all: u64 = spans.values().sum();
    assert_eq!(server.sql(counted).await, [json!([all, 0, 0])], "counted are the spans that are stored");
    let written = segments_written(folder.path());
    assert!(written >= kills / 4, "segments were written under load too: {written}");
    assert_eq!(server.stop(), Some(0));
    let checked = crate::binary::ippo(&["check-data", "--data-dir", folder.path().to_str().expect("UTF-8")]);
    assert!(checked.status.success(), "{}", String::from_utf8_lossy(&checked.stdout));
}
