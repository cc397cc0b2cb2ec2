//! A server that is killed again and again under load: what it acknowledged is there, once, and nothing half.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use ippo_base::{Clock as _, SystemClock};
use opentelemetry_proto::tonic::collector::trace::v1::ExportTraceServiceRequest;
use opentelemetry_proto::tonic::common::v1::{AnyValue, KeyValue, any_value::Value};
use opentelemetry_proto::tonic::resource::v1::Resource;
use opentelemetry_proto::tonic::trace::v1::{ResourceSpans, ScopeSpans, Span};
use prost::Message as _;
use rand::rngs::StdRng;
use rand::{RngExt as _, SeedableRng as _};
use tokio::sync::Notify;

use crate::binary::{Running, token};
use crate::wire::PROTOBUF;

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
    let name = Some(AnyValue { value: Some(Value::StringValue(service.to_owned())) });
    let attributes = vec![KeyValue { key: "service.name".to_owned(), value: name, ..KeyValue::default() }];
    let scope_spans = ScopeSpans { spans: (0..SPANS).map(span).collect(), ..ScopeSpans::default() };
    ExportTraceServiceRequest {
        resource_spans: vec![ResourceSpans {
            resource: Some(Resource { attributes, ..Resource::default() }),
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

#[tokio::test(flavor = "multi_thread")]
async fn what_was_acknowledged_survives_every_kill() {
    let kills = std::env::var("IPPO_KILLS").ok().and_then(|kills| kills.parse().ok()).unwrap_or(20);
    let folder = tempfile::tempdir().expect("a folder");
    let token = token(folder.path());
    let limits = ["--query-rows", "1000000"];
    let mut random = StdRng::seed_from_u64(7);
    let mut rounds: BTreeMap<String, u64> = BTreeMap::new();
    let mut server = Running::start_with(folder.path(), &token, &limits);
    for round in 0..kills {
        let service = format!("round-{round}");
        let sent = Arc::new(Sent::default());
        let url = format!("{}/v1/traces", server.otlp_http);
        let senders: Vec<_> = (0..SENDERS)
            .map(|sender| tokio::spawn(send(url.clone(), service.clone(), sender, sent.clone())))
            .collect();
        sent.reaches(random.random_range(1..80)).await;
        server.kill();
        for sender in senders {
            sender.await.expect("no panic");
        }
        server = Running::start_with(folder.path(), &token, &limits);
        let acknowledged = std::mem::take(&mut *sent.acknowledged.lock().expect("no panic"));
        let found = there(&server, &service).await;
        assert!(acknowledged.is_subset(&found), "round {round}: {acknowledged:?} in {found:?}");
        rounds.insert(service, found.len() as u64 * SPANS);
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
    assert_eq!(server.stop(), Some(0));
    let checked = crate::binary::ippo(&["check-data", "--data-dir", folder.path().to_str().expect("UTF-8")]);
    assert!(checked.status.success(), "{}", String::from_utf8_lossy(&checked.stdout));
}
