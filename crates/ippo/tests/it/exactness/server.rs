//! All of ippo on its real ports, but on a clock that moves only when told to: the same for whichever day the test is run on.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use ippo::config::{Config, SettingFlags, Sources};
use ippo::serve::{Server, Surroundings};
use ippo_base::clock::SimClock;
use ippo_base::{Clock as _, SystemClock, SystemIds, Timestamp};
use ippo_domain::definition::{Missing, SourceFile};
use ippo_engine::definition::{Apply, ApplyMode, BackfillWait};
use ippo_engine::slo::EVALUATE_EVERY;
use opentelemetry_proto::tonic::collector::trace::v1::ExportTraceServiceRequest;
use opentelemetry_proto::tonic::common::v1::{AnyValue, KeyValue, any_value::Value as Text};
use opentelemetry_proto::tonic::resource::v1::Resource;
use opentelemetry_proto::tonic::trace::v1::{ResourceSpans, ScopeSpans, Span, Status, span, status};
use prost::Message as _;
use serde_json::{Value, json};
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

use super::stream::{Event, SECOND};
use super::truth::{Counts, PAIRS};
use crate::binary::token;
use crate::wire::PROTOBUF;

/// How long something may take that happens by itself.
const PATIENCE: Duration = Duration::from_secs(60);
/// How long before the end of a minute the clock stands: all that the minute has was sent by then, and windows are whole minutes.
const STILL: i64 = 30 * SECOND;
/// What the clock may move on within the minute.
const STEPS: u32 = 5;
/// How long the engine waits between two looks.
const STEP: Duration = EVALUATE_EVERY;
/// How often is asked before the clock moves on by one of these.
const ASKS: u32 = 200;

/// What is said of an SLO's whole window.
#[derive(Clone, Copy, PartialEq, Debug)]
pub(super) struct Window {
    pub(super) counts: Counts,
    pub(super) unknown: u64,
    pub(super) attained: Option<f64>,
    pub(super) left: Option<f64>,
}

/// What is said of an SLO.
#[derive(Clone, PartialEq, Debug)]
pub(super) struct Told {
    pub(super) window: Window,
    /// Long and short window of each pair.
    pub(super) burns: [[Option<f64>; 2]; 2],
    /// Whether each pair pages.
    pub(super) pages: [bool; 2],
}

/// A running server.
pub(super) struct Ippo {
    clock: SimClock,
    http: String,
    otlp: String,
    token: String,
    client: reqwest::Client,
    stop: CancellationToken,
    running: JoinHandle<anyhow::Result<()>>,
    spans: u64,
}

pub(super) fn time(ms: i64) -> Timestamp {
    Timestamp::from_nanos(ms * 1_000_000)
}

fn definition(name: &str, days: i64) -> String {
    format!(
        "apiVersion: openslo/v1\nkind: SLO\nmetadata:\n  name: {}\n  annotations: {{ippo.dev/every-failure-matters: \"true\"}}\n\
         spec:\n  service: shop\n  indicator:\n    metadata: {{name: errors}}\n    spec:\n      ratioMetric:\n        bad: \
         {{metricSource: {{type: spans, spec: {{where: status = 'error'}}}}}}\n        total: {{metricSource: {{type: spans, spec: \
         {{where: \"service = '{name}' AND kind = 'server'\"}}}}}}\n  timeWindow: [{{duration: {days}d, isRolling: true}}]\n  \
         budgetingMethod: Occurrences\n  objectives: [{{target: 0.999}}]\n",
        slo_name(name)
    )
}

/// The name of the SLO over a kind of traffic.
pub(super) fn slo_name(traffic: &str) -> String {
    traffic.replace(' ', "-")
}

impl Ippo {
    /// Starts it at a time, with an SLO for each kind of traffic.
    pub(super) async fn start(folder: &Path, at: i64, names: &[&'static str], days: i64) -> Self {
        let token = token(folder);
        let given = [
            ("data_dir", folder.to_str().expect("UTF-8")),
            ("listen", "127.0.0.1:0"),
            ("otlp_grpc", "127.0.0.1:0"),
            ("otlp_http", "127.0.0.1:0"),
            ("retention", "60d"),
            ("query.rows", "100000"),
            ("log", "off"),
        ];
        let given = given.map(|(key, value)| (key, value.to_owned())).to_vec();
        let sources = Sources {
            flags: SettingFlags { file: None, given },
            environment: Vec::new(),
            folder: folder.to_path_buf(),
        };
        let config = Config::read(&sources.resolve().expect("settings")).expect("settings");
        let clock = SimClock::new(time(at - STILL));
        let shared: ippo_base::SharedClock = Arc::new(clock.clone());
        let surroundings = Surroundings {
            ids: Arc::new(SystemIds::new(Arc::clone(&shared))),
            clock: shared,
            secrets: Arc::new(|_| None),
            aws: Vec::new(),
            descriptors: 1_024,
        };
        let _ = rustls::crypto::ring::default_provider().install_default();
        let server = Server::open(&config, surroundings).await.expect("it opens");
        let files = names
            .iter()
            .map(|name| SourceFile { path: format!("{name}.yaml"), text: definition(name, days) })
            .collect();
        let apply = Apply {
            files,
            mode: ApplyMode::Apply,
            missing: Missing::Keep,
            wait: BackfillWait::Return,
            by: "test".to_owned(),
        };
        server.desk().apply(&apply, clock.now()).await.expect("applied");
        let addresses = server.addresses();
        let stop = CancellationToken::new();
        let running = tokio::spawn(server.run(stop.clone()));
        // A connection that idled while the clock moved may be closed any moment.
        let client = reqwest::Client::builder().pool_max_idle_per_host(0).build().expect("a client");
        let (http, otlp) = (format!("http://{}", addresses.http), format!("http://{}", addresses.otlp_http));
        Self { clock, http, otlp, token, client, stop, running, spans: 0 }
    }

    /// Moves the clock into the minute that ends at a time.
    pub(super) fn move_to(&self, at: i64) {
        let length = time(at - STILL).since(self.clock.now());
        self.clock.advance(length);
    }

    /// Sends requests of several kinds of traffic as spans, in one body.
    pub(super) async fn send(&mut self, traffic: &[(&'static str, &[Event])]) {
        let kinds = traffic.iter().filter(|(_, events)| !events.is_empty());
        let resource_spans: Vec<ResourceSpans> =
            kinds.map(|(name, events)| self.spans(name, events)).collect();
        if resource_spans.is_empty() {
            return;
        }
        let body = ExportTraceServiceRequest { resource_spans }.encode_to_vec();
        let url = format!("{}/v1/traces", self.otlp);
        let clock = SystemClock::new();
        loop {
            let request = self.client.post(&url).header("content-type", PROTOBUF).body(body.clone());
            let answer = request.send().await.expect("it answers");
            let status = answer.status().as_u16();
            // A disk that is slow now may be quicker soon.
            if status == 429 && clock.monotonic() < PATIENCE {
                tokio::task::yield_now().await;
                continue;
            }
            // Nothing in the answer: no span was refused.
            assert_eq!((status, answer.bytes().await.expect("a body").len()), (200, 0));
            return;
        }
    }

    fn spans(&mut self, service: &str, events: &[Event]) -> ResourceSpans {
        let mut one = |event: &Event| {
            self.spans += 1;
            let start = u64::try_from(event.began).expect("after 1970") * 1_000_000;
            let code = if event.failed { status::StatusCode::Error } else { status::StatusCode::Unset };
            Span {
                trace_id: u128::from(self.spans).to_be_bytes().to_vec(),
                span_id: self.spans.to_be_bytes().to_vec(),
                name: "GET /".to_owned(),
                kind: span::SpanKind::Server.into(),
                start_time_unix_nano: start,
                end_time_unix_nano: start + 1_000_000,
                status: Some(Status { code: code.into(), message: String::new() }),
                ..Span::default()
            }
        };
        let spans = events.iter().map(&mut one).collect();
        let name = Some(AnyValue { value: Some(Text::StringValue(service.to_owned())) });
        let attribute = KeyValue { key: "service.name".to_owned(), value: name, ..KeyValue::default() };
        ResourceSpans {
            resource: Some(Resource { attributes: vec![attribute], ..Resource::default() }),
            scope_spans: vec![ScopeSpans { spans, ..ScopeSpans::default() }],
            ..ResourceSpans::default()
        }
    }

    async fn get(&self, path: &str) -> Value {
        let request = self.client.get(format!("{}{path}", self.http)).bearer_auth(&self.token);
        let answer = request.send().await.expect("it answers");
        assert!(answer.status().is_success(), "{path}: {}", answer.status());
        answer.json().await.expect("JSON")
    }

    /// What it says of every SLO now, by name.
    pub(super) async fn told(&self) -> BTreeMap<String, Told> {
        let answer = self.get("/api/v1/slos").await;
        let slos = answer["slos"].as_array().expect("a list");
        slos.iter().map(|slo| (slo["name"].as_str().expect("a name").to_owned(), Told::read(slo))).collect()
    }

    /// Good and bad of each minute that has any, with its number since 1970, as counters have them.
    pub(super) async fn minutes(&self, name: &str) -> Vec<(i64, Counts)> {
        let sql = format!(
            "SELECT CAST(date_part('epoch', minute) AS BIGINT) / 60, good, bad FROM counters WHERE counter = 'slo/{name}/0' AND good + bad > 0 ORDER BY 1"
        );
        let request = self.client.post(format!("{}/api/v1/query", self.http)).bearer_auth(&self.token);
        let answer = request.json(&json!({ "sql": sql })).send().await.expect("it answers");
        let answer: Value = answer.json().await.expect("JSON");
        let rows = answer["rows"].as_array().unwrap_or_else(|| panic!("{answer}"));
        let number = |value: &Value| value.as_u64().expect("a count");
        let row = |row: &Value| {
            (row[0].as_i64().expect("a time"), Counts { good: number(&row[1]), bad: number(&row[2]) })
        };
        rows.iter().map(row).collect()
    }

    /// Waits until an SLO has an incident, within the minute of the clock. Gives when it was opened.
    pub(super) async fn incident(&self, name: &str) -> Timestamp {
        let clock = SystemClock::new();
        let mut asked = 0;
        loop {
            if let Some(opened) = self.incidents().await.get(name) {
                return *opened;
            }
            assert!(clock.monotonic() < PATIENCE, "{name} pages nobody");
            asked += 1;
            // A look that was under way when the clock moved into the minute did not see it; the next does.
            if asked % ASKS == 0 && asked / ASKS <= STEPS {
                self.clock.advance(STEP);
            }
            tokio::task::yield_now().await;
        }
    }

    /// When the first incident of burn of each SLO was opened.
    pub(super) async fn incidents(&self) -> BTreeMap<String, Timestamp> {
        let answer = self.get("/api/v1/incidents?limit=1000").await;
        let mut first = BTreeMap::new();
        for incident in answer["incidents"].as_array().expect("a list") {
            // Not those of a source that is silent, as it is while the clock moves by hours.
            let Some(slo) = incident["slo"].as_str().filter(|_| incident["kind"] == "slo") else { continue };
            let opened = Timestamp::parse(incident["opened_at"].as_str().expect("a time")).expect("a time");
            let known = first.entry(slo.to_owned()).or_insert(opened);
            *known = opened.min(*known);
        }
        first
    }

    /// Stops it in order.
    pub(super) async fn stop(self) {
        self.stop.cancel();
        self.running.await.expect("no panic").expect("it stops in order");
    }
}

impl Told {
    fn read(slo: &Value) -> Self {
        let objective = &slo["objectives"][0];
        let window = &objective["windows"][0];
        let count = |field: &str| window[field].as_u64().expect("a count");
        let pair = |(long, _): (i64, i64)| {
            let burns = objective["burn"].as_array().expect("a list");
            burns.iter().find(|burn| burn["long_secs"] == json!(long / SECOND)).expect("the pair").clone()
        };
        let burns = |pair: &Value| [pair["long_burn"].as_f64(), pair["short_burn"].as_f64()];
        let pairs = PAIRS.map(pair);
        let window = Window {
            counts: Counts { good: count("good"), bad: count("bad") },
            unknown: count("unknown"),
            attained: window["attained"].as_f64(),
            left: window["budget_remaining"].as_f64(),
        };
        Self {
            window,
            burns: [burns(&pairs[0]), burns(&pairs[1])],
            pages: [0, 1].map(|pair: usize| pairs[pair]["firing"] == json!(true)),
        }
    }
}
