//! Remote write: a real Prometheus, and requests written by hand in both versions.

use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::time::Duration;

use ippo_base::{Clock as _, SystemClock};
use prost::Message;
use serde_json::{Value, json};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;

use crate::binary::{Running, token};

const V1: &str = "application/x-protobuf";
const V2: &str = "application/x-protobuf;proto=io.prometheus.write.v2.Request";
/// How long a Prometheus may take to be heard.
const PATIENCE: Duration = Duration::from_secs(60);

#[derive(Clone, PartialEq, Message)]
struct RequestV1 {
    #[prost(message, repeated, tag = "1")]
    timeseries: Vec<SeriesV1>,
}

#[derive(Clone, PartialEq, Message)]
struct SeriesV1 {
    #[prost(message, repeated, tag = "1")]
    labels: Vec<Label>,
    #[prost(message, repeated, tag = "2")]
    samples: Vec<Sample>,
}

#[derive(Clone, PartialEq, Message)]
struct Label {
    #[prost(string, tag = "1")]
    name: String,
    #[prost(string, tag = "2")]
    value: String,
}

#[derive(Clone, PartialEq, Message)]
struct Sample {
    #[prost(double, tag = "1")]
    value: f64,
    #[prost(int64, tag = "2")]
    timestamp: i64,
}

#[derive(Clone, PartialEq, Message)]
struct RequestV2 {
    #[prost(string, repeated, tag = "4")]
    symbols: Vec<String>,
    #[prost(message, repeated, tag = "5")]
    timeseries: Vec<SeriesV2>,
}

#[derive(Clone, PartialEq, Message)]
struct SeriesV2 {
    #[prost(uint32, repeated, tag = "1")]
    labels_refs: Vec<u32>,
    #[prost(message, repeated, tag = "2")]
    samples: Vec<Sample>,
    #[prost(message, optional, tag = "5")]
    metadata: Option<Metadata>,
    #[prost(int64, tag = "6")]
    created_timestamp: i64,
}

#[derive(Clone, PartialEq, Message)]
struct Metadata {
    #[prost(int32, tag = "1")]
    kind: i32,
    #[prost(uint32, tag = "4")]
    unit_ref: u32,
}

struct Answer {
    status: u16,
    /// Samples, histograms and exemplars, as the headers say.
    written: [String; 3],
    text: String,
}

async fn send(server: &Running, content_type: &str, body: &[u8]) -> Answer {
    let compressed = snap::raw::Encoder::new().compress_vec(body).expect("compressed");
    send_as(server, content_type, "snappy", compressed).await
}

async fn send_as(server: &Running, content_type: &str, encoding: &str, body: Vec<u8>) -> Answer {
    let client = reqwest::Client::new();
    let request =
        client.post(format!("{}/api/v1/write", server.otlp_http)).header("content-type", content_type);
    let answer = request.header("content-encoding", encoding).body(body).send().await.expect("it answers");
    let status = answer.status().as_u16();
    let written = ["samples", "histograms", "exemplars"].map(|what| {
        let header = answer.headers().get(format!("x-prometheus-remote-write-{what}-written"));
        header.map_or("", |value| value.to_str().expect("text")).to_owned()
    });
    Answer { status, written, text: answer.text().await.expect("text") }
}

fn now_ms() -> i64 {
    SystemClock::new().now().as_nanos() / 1_000_000
}

fn one(labels: &[(&str, &str)], samples: &[(i64, f64)]) -> RequestV1 {
    let label = |(name, value): &(&str, &str)| Label { name: (*name).to_owned(), value: (*value).to_owned() };
    let sample = |(timestamp, value): &(i64, f64)| Sample { value: *value, timestamp: *timestamp };
    let series = SeriesV1 {
        labels: labels.iter().map(label).collect(),
        samples: samples.iter().map(sample).collect(),
    };
    RequestV1 { timeseries: vec![series] }
}

#[tokio::test(flavor = "multi_thread")]
async fn both_versions_are_stored_once_and_told_what_was_written() {
    let folder = tempfile::tempdir().expect("a folder");
    let server = Running::start(folder.path(), &token(folder.path()));
    let at = now_ms() - 60_000;
    let labels = [("__name__", "jobs_total"), ("instance", "i:1"), ("job", "batch"), ("queue", "mail")];
    let body = one(&labels, &[(at, 3.0), (at + 15_000, 5.0)]).encode_to_vec();
    for _ in 0..2 {
        // Twice: a sender that did not hear the first answer sends again.
        let answer = send(&server, V1, &body).await;
        assert_eq!((answer.status, answer.text.as_str()), (204, ""));
        assert_eq!(answer.written, ["2", "0", "0"]);
    }
    let symbols = ["", "__name__", "disk_free", "job", "batch", "bytes"].map(str::to_owned).to_vec();
    let series = SeriesV2 {
        labels_refs: vec![1, 2, 3, 4],
        samples: vec![Sample { value: 1_024.0, timestamp: at }],
        metadata: Some(Metadata { kind: 2, unit_ref: 5 }),
        created_timestamp: 0,
    };
    let body = RequestV2 { symbols, timeseries: vec![series] }.encode_to_vec();
    let answer = send(&server, V2, &body).await;
    assert_eq!((answer.status, answer.written), (204, ["1", "0", "0"].map(str::to_owned)));
    let rows =
        server.sql("SELECT metric, type, unit, service, value FROM metrics ORDER BY metric, value").await;
    let expected = [
        json!(["disk_free", "gauge", "By", "batch", 1024.0]),
        json!(["jobs_total", "sum", "", "batch", 3.0]),
        json!(["jobs_total", "sum", "", "batch", 5.0]),
    ];
    assert_eq!(rows, expected);
    // After a power cut the same is there, and still told from what is new.
    let (token, folder) = (token(folder.path()), folder);
    server.kill();
    let server = Running::start(folder.path(), &token);
    assert_eq!(send(&server, V2, &body).await.status, 204);
    assert_eq!(server.sql("SELECT count(*) FROM metrics").await, [json!([3])]);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_will_never_succeed_is_not_to_be_repeated() {
    let folder = tempfile::tempdir().expect("a folder");
    let server = Running::start_with(folder.path(), &token(folder.path()), &["--body-limit", "64KiB"]);
    let good = one(&[("__name__", "up"), ("job", "j")], &[(now_ms(), 1.0)]).encode_to_vec();
    let statuses = [
        send_as(&server, V1, "snappy", vec![9; 40]).await.status,
        send(&server, V1, b"\x0a\xff").await.status,
        send(&server, "application/json", &good).await.status,
        send(&server, "application/x-protobuf;proto=other", &good).await.status,
        send_as(&server, V1, "gzip", good.clone()).await.status,
        send(&server, V1, &vec![0; 100_000]).await.status,
    ];
    assert_eq!(statuses, [400, 400, 415, 415, 415, 413]);
    let mixed = one(&[("__name__", "up"), ("job", "j")], &[(now_ms(), 1.0), (5, 1.0)]).encode_to_vec();
    let answer = send(&server, V1, &mixed).await;
    assert_eq!((answer.status, answer.written[0].as_str()), (400, "1"), "part of it is written");
    assert!(answer.text.starts_with("1 refused: its time is older"), "{}", answer.text);
    let metrics = server.text("/metrics").await;
    assert!(metrics.contains("ippo_remote_write_refused_items_total{reason=\"too_old\"} 1\n"), "{metrics}");
}

/// A real Prometheus. Killed when dropped.
struct Prometheus(Child);

impl Prometheus {
    /// One that asks ippo for its metrics each second, and sends them to it.
    fn start(folder: &std::path::Path, server: &Running) -> Self {
        Self::start_at(folder, server.http.strip_prefix("http://").expect("an address"), &server.otlp_http)
    }

    /// The same by the addresses where it finds ippo's pages and its OTLP port.
    fn start_at(folder: &std::path::Path, target: &str, otlp_http: &str) -> Self {
        let config = format!(
            "global: {{scrape_interval: 1s, external_labels: {{cluster: test}}}}\n\
             scrape_configs: [{{job_name: ippo, static_configs: [{{targets: ['{target}']}}]}}]\n\
             remote_write: [{{url: '{otlp_http}/api/v1/write', queue_config: {{batch_send_deadline: 1s}}}}]\n",
        );
        let file = folder.join("prometheus.yml");
        std::fs::write(&file, config).expect("written");
        let program = std::env::var("PROMETHEUS").unwrap_or_else(|_| "prometheus".to_owned());
        let started = Command::new(&program)
            .arg(format!("--config.file={}", file.display()))
            .arg(format!("--storage.tsdb.path={}", folder.join("tsdb").display()))
            .arg("--web.listen-address=127.0.0.1:0")
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn();
        let missing =
            |error| panic!("{program}: {error}; apt-get install prometheus, or set PROMETHEUS to its path");
        Self(started.unwrap_or_else(missing))
    }
}

impl Drop for Prometheus {
    fn drop(&mut self) {
        // It may have ended already.
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// Asks again until the answer is as wanted.
async fn until(server: &Running, path: &str, is_wanted: impl Fn(&Value) -> bool) -> Value {
    let clock = SystemClock::new();
    let deadline = clock.monotonic() + PATIENCE;
    loop {
        let answer = server.get(path).await;
        if is_wanted(&answer) {
            return answer;
        }
        assert!(clock.monotonic() < deadline, "{path}: {answer}");
        tokio::task::yield_now().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_real_prometheus_sends_what_it_scrapes() {
    let folder = tempfile::tempdir().expect("a folder");
    let server = Running::start(folder.path(), &token(folder.path()));
    let home = tempfile::tempdir().expect("a folder");
    let prometheus = Prometheus::start(home.path(), &server);
    let of = |answer: &Value, name: &str| {
        let metrics = answer["metrics"].as_array().expect("a list");
        metrics.iter().find(|metric| metric["metric"] == json!(name)).cloned().unwrap_or_default()
    };
    let listed = until(&server, "/api/v1/metrics?service=ippo&limit=1000", |answer| {
        of(answer, "up")["points"].as_u64() >= Some(4)
    })
    .await;
    assert_eq!(of(&listed, "up")["kind"], "gauge");
    let requests = of(&listed, "ippo_http_requests_total");
    assert_eq!((&requests["kind"], &requests["temporalities"]), (&json!("counter"), &json!(["cumulative"])));
    assert_eq!(requests["services"], json!(["ippo"]));
    assert_eq!(of(&listed, "ippo_http_request_seconds_total")["unit"], "s");

    let up = server.get("/api/v1/metrics/up/chart?last=10m&aggregate=min&label=cluster%3Dtest").await;
    let known: Vec<&Value> = up["lines"][0]["values"]
        .as_array()
        .expect("values")
        .iter()
        .filter(|value| !value.is_null())
        .collect();
    assert!(!known.is_empty() && known.iter().all(|value| **value == json!(1.0)), "{up}");
    let path = "/api/v1/metrics/ippo_http_requests_total/chart?last=10m&aggregate=increase&group_by=route&\
                label=route%3D%2Fapi%2Fv1%2Fmetrics";
    let chart =
        until(&server, path, |answer| answer["lines"].as_array().is_some_and(|lines| !lines.is_empty()))
            .await;
    assert_eq!(chart["lines"][0]["labels"], json!(["/api/v1/metrics"]));
    let sum: f64 =
        chart["lines"][0]["values"].as_array().expect("values").iter().filter_map(Value::as_f64).sum();
    assert!(sum > 0.0, "it was asked for again and again: {chart}");
    let metrics = server.text("/metrics").await;
    assert!(!metrics.contains("ippo_remote_write_refused_items_total{"), "{metrics}");
    assert!(!metrics.contains("ippo_otlp_refused_total{"), "{metrics}");
    drop(prometheus);
}

/// An address that stays when a server goes and comes back elsewhere.
pub(crate) struct Relay {
    pub(crate) address: String,
    /// Where the server is now, and how many asked in vain while there was none.
    state: Arc<watch::Sender<(Option<String>, usize)>>,
}

impl Relay {
    pub(crate) async fn to(server: &str) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("bound");
        let address = listener.local_addr().expect("an address").to_string();
        let state = Arc::new(watch::Sender::new((Some(server.to_owned()), 0)));
        let relay = Self { address, state: state.clone() };
        tokio::spawn(async move {
            while let Ok((mut client, _)) = listener.accept().await {
                let Some(target) = state.borrow().0.clone() else {
                    state.send_modify(|(_, refused)| *refused += 1);
                    continue;
                };
                tokio::spawn(async move {
                    if let Ok(mut server) = TcpStream::connect(target).await {
                        // A server that is killed ends it.
                        let _ = tokio::io::copy_bidirectional(&mut client, &mut server).await;
                    }
                });
            }
        });
        relay
    }

    pub(crate) fn turn_to(&self, server: Option<&str>) {
        self.state.send_modify(|(target, _)| *target = server.map(str::to_owned));
    }

    /// Waits until so many asked in vain.
    async fn refuses(&self, times: usize) {
        let mut state = self.state.subscribe();
        state.wait_for(|(_, refused)| *refused >= times).await.expect("it lives");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_real_prometheus_brings_what_it_scraped_while_ippo_was_gone() {
    let folder = tempfile::tempdir().expect("a folder");
    let token = token(folder.path());
    let server = Running::start(folder.path(), &token);
    fn host(url: &str) -> &str {
        url.strip_prefix("http://").expect("an address")
    }
    let pages = Relay::to(host(&server.http)).await;
    let otlp = Relay::to(host(&server.otlp_http)).await;
    let home = tempfile::tempdir().expect("a folder");
    let _prometheus = Prometheus::start_at(home.path(), &pages.address, &format!("http://{}", otlp.address));
    let ups =
        "SELECT value, count(*), count(DISTINCT time) FROM metrics WHERE metric = 'up' GROUP BY 1 ORDER BY 1";
    let points = |rows: &[Value], value: f64| {
        let found = rows.iter().find(|row| row[0] == json!(value));
        found.and_then(|row| row[1].as_u64()).unwrap_or(0)
    };
    let rows = asked_until(&server, ups, |rows| points(rows, 1.0) >= 2).await;
    let before = points(&rows, 1.0);
    pages.turn_to(None);
    otlp.turn_to(None);
    server.kill();
    // Each second it asks in vain, which is a point of its own that waits to be written.
    pages.refuses(4).await;
    let server = Running::start(folder.path(), &token);
    pages.turn_to(Some(host(&server.http)));
    otlp.turn_to(Some(host(&server.otlp_http)));
    let rows = asked_until(&server, ups, |rows| points(rows, 0.0) >= 4 && points(rows, 1.0) > before).await;
    assert!(rows.iter().all(|row| row[1] == row[2]), "each is there once: {rows:?}");
}

/// Asks again until the rows are as wanted.
async fn asked_until(server: &Running, sql: &str, are_wanted: impl Fn(&[Value]) -> bool) -> Vec<Value> {
    let clock = SystemClock::new();
    let deadline = clock.monotonic() + PATIENCE;
    loop {
        let rows = server.sql(sql).await;
        if are_wanted(&rows) {
            return rows;
        }
        assert!(clock.monotonic() < deadline, "{sql}: {rows:?}");
        tokio::task::yield_now().await;
    }
}
