//! From a span to a mailbox, on a clock that only moves when told to: an outage is in everybody's hands within seconds, the
//! silence of a whole shop within minutes, and a power cut in between changes nothing.

use std::sync::Arc;
use std::time::Duration;

use ippo_base::Timestamp;
use ippo_base::disk::SimDisk;
use ippo_domain::definition::{Missing, SourceFile};
use ippo_engine::definition::{Apply, ApplyMode, BackfillWait, DefinitionDesk};
use ippo_engine::incident::refresh_impact;
use ippo_engine::slo::{EVALUATE_EVERY, SloBook, Slos, run_once};
use ippo_telemetry::{Signal, Store, StoreOptions};
use opentelemetry_proto::tonic::collector::metrics::v1::ExportMetricsServiceRequest;
use opentelemetry_proto::tonic::collector::trace::v1::ExportTraceServiceRequest;
use opentelemetry_proto::tonic::common::v1::{AnyValue, KeyValue, any_value::Value};
use opentelemetry_proto::tonic::metrics::v1::{
    AggregationTemporality, Metric, NumberDataPoint, ResourceMetrics, ScopeMetrics, Sum, metric::Data,
    number_data_point::Value as Number,
};
use opentelemetry_proto::tonic::resource::v1::Resource;
use opentelemetry_proto::tonic::trace::v1::{ResourceSpans, ScopeSpans, Span, Status};
use prost::Message as _;

use crate::channels::Real;

/// Two promises of one indicator. What breaks the first breaks the second, but not the other way round.
const LATENCY: &str = "\
apiVersion: openslo/v1
kind: SLO
metadata:
  name: latency
  displayName: Checkout answers in time
  annotations: {ippo.dev/notify: mail}
spec:
  service: frontend
  indicator:
    metadata: {name: latency}
    spec:
      thresholdMetric:
        metricSource:
          type: spans
          spec: {where: service = 'frontend' AND kind = 'server', value: duration_ns / 1000000}
  timeWindow: [{duration: 30d, isRolling: true}]
  budgetingMethod: Occurrences
  objectives:
    - {displayName: at all, op: lt, value: 60000, target: 0.9999}
    - {displayName: soon, op: lt, value: 1, target: 0.999}
";
const CHECKOUT: &str = "\
apiVersion: openslo/v1
kind: SLO
metadata:
  name: checkout
  displayName: Checkout succeeds
  annotations: {ippo.dev/owner: team-pay, ippo.dev/notify: 'hook, mail, chat'}
spec:
  service: frontend
  indicator:
    metadata: {name: errors}
    spec:
      ratioMetric:
        bad: {metricSource: {type: spans, spec: {where: status = 'error'}}}
        total: {metricSource: {type: spans, spec: {where: service = 'frontend' AND kind = 'server'}}}
  timeWindow: [{duration: 30d, isRolling: true}]
  budgetingMethod: Occurrences
  objectives: [{target: 0.999}]
";

const METRICS: &str = r#"apiVersion: openslo/v1
kind: SLO
metadata:
  name: checkout
  displayName: Checkout succeeds
  annotations: {ippo.dev/notify: mail}
spec:
  service: frontend
  indicator:
    metadata: {name: errors}
    spec:
      ratioMetric:
        bad: {metricSource: {type: metrics, spec: {where: "metric = 'requests' AND attrs['failed'] = 'true'"}}}
        total: {metricSource: {type: metrics, spec: {where: metric = 'requests' AND service = 'frontend'}}}
  timeWindow: [{duration: 30d, isRolling: true}]
  budgetingMethod: Occurrences
  objectives: [{target: 0.999}]
"#;

struct Shop {
    real: Real,
    disk: SimDisk,
    slos: Slos,
}

impl Shop {
    async fn open(definition: &str) -> Self {
        let real = Real::english().await;
        let disk = SimDisk::new(3);
        let slos = slos(&real, &disk);
        let apply = Apply {
            files: vec![SourceFile { path: "slo.yaml".to_owned(), text: definition.to_owned() }],
            mode: ApplyMode::Apply,
            missing: Missing::Keep,
            wait: BackfillWait::Wait,
            by: "ada".to_owned(),
        };
        DefinitionDesk::new(slos.clone()).apply(&apply, real.world.now()).await.expect("good");
        Self { real, disk, slos }
    }

    /// The power goes, and comes back: what was only in memory is gone.
    async fn power_cut(&mut self) {
        self.disk.crash();
        self.slos = slos(&self.real, &self.disk);
        self.slos.load().await.expect("stored");
    }

    /// Five seconds of requests that succeed or fail, or of none, and a look at the promise. Whether anything began.
    async fn tick(&self, requests: usize, failed: bool) -> bool {
        let now = self.real.world.now();
        if requests > 0 {
            let body = spans(now, requests, failed);
            self.slos.store.append(Signal::Spans, "test", body).await.expect("stored");
        }
        let evaluated = run_once(&self.slos, now).await.expect("state works");
        self.real.world.clock.advance(EVALUATE_EVERY);
        !evaluated.transitions.is_empty()
    }

    fn told(&self) -> (usize, usize, usize) {
        (self.real.hook.requests().len(), self.real.smtp.mails().len(), self.real.slack.requests().len())
    }
}

fn slos(real: &Real, disk: &SimDisk) -> Slos {
    let clock = real.world.shared_clock();
    let (store, _) = Store::open(Arc::new(disk.clone()), clock, StoreOptions::default()).expect("opens");
    let incidents = &real.world.incidents;
    Slos { book: SloBook::default(), state: incidents.state.clone(), store, ids: incidents.ids.clone() }
}

fn text(key: &str, value: &str) -> KeyValue {
    let value = Some(AnyValue { value: Some(Value::StringValue(value.to_owned())) });
    KeyValue { key: key.to_owned(), value, ..KeyValue::default() }
}

fn spans(at: Timestamp, count: usize, failed: bool) -> bytes::Bytes {
    let start = u64::try_from(at.as_nanos()).expect("after 1970");
    let span = |n: u64| Span {
        trace_id: vec![1; 16],
        span_id: (start + n).to_be_bytes().to_vec(),
        name: "POST /checkout".to_owned(),
        kind: 2,
        start_time_unix_nano: start + n,
        end_time_unix_nano: start + n + if failed { 1_000_000 } else { 999_999 },
        attributes: vec![text("user.id", &format!("user-{}", n % 4))],
        status: Some(Status { code: if failed { 2 } else { 0 }, message: String::new() }),
        ..Span::default()
    };
    let attributes = vec![text("service.name", "frontend")];
    ExportTraceServiceRequest {
        resource_spans: vec![ResourceSpans {
            resource: Some(Resource { attributes, ..Resource::default() }),
            scope_spans: vec![ScopeSpans {
                spans: (0..count as u64).map(span).collect(),
                ..ScopeSpans::default()
            }],
            ..ResourceSpans::default()
        }],
    }
    .encode_to_vec()
    .into()
}

#[tokio::test]
async fn an_outage_is_in_everybodys_hands_within_seconds() {
    let mut shop = Shop::open(CHECKOUT).await;
    for _ in 0..120 {
        assert!(!shop.tick(10, false).await, "nothing is wrong yet");
    }
    let broken = shop.real.world.now();
    while !shop.tick(10, true).await {}
    let began = shop.real.world.now();
    assert!(
        began.since(broken) <= Duration::from_secs(120),
        "the page fires {:?} later",
        began.since(broken)
    );
    shop.power_cut().await;
    shop.real.world.deliver().await;
    assert_eq!(shop.told(), (1, 1, 1), "one message each, though the power went before it was sent");
    assert!(shop.real.world.now().since(began) <= Duration::from_secs(15));
    let subject = shop.real.smtp.mails()[0].header("subject");
    assert!(subject.contains("INC-1") && subject.contains("Checkout succeeds"), "{subject}");
    for _ in 0..12 {
        shop.tick(10, true).await;
        shop.real.world.deliver().await;
    }
    let open = shop.real.world.incidents.show(1).await.expect("one incident");
    assert!(open.incident.resolved.is_none());
    assert!(shop.told().1 <= 2, "no second page while it lasts: {:?}", shop.told());
}

#[tokio::test]
async fn whom_it_harms_is_told_by_the_promise_that_broke() {
    for definition in [CHECKOUT, LATENCY] {
        let shop = Shop::open(definition).await;
        for _ in 0..120 {
            shop.tick(10, false).await;
        }
        let mut failed = 10;
        while !shop.tick(10, true).await {
            failed += 10;
        }
        let incidents = &shop.real.world.incidents;
        refresh_impact(incidents, &shop.slos, shop.real.world.now()).await.expect("it can be read");
        let impact =
            incidents.show(1).await.expect("one incident").incident.impact.expect("users are harmed");
        assert_eq!((impact.requests, impact.users, impact.users_exact), (failed, 4, true));
        let said = shop.real.world.timeline(1).await.join("\n");
        assert!(said.contains(&format!("impact: {failed} requests, 4 users")), "{said}");
    }
}

/// Cumulative points of requests that succeeded and failed, as they stand now.
fn points(at: Timestamp, totals: [u64; 2]) -> bytes::Bytes {
    let point = |(failed, total): (&str, u64)| NumberDataPoint {
        time_unix_nano: u64::try_from(at.as_nanos()).expect("after 1970"),
        attributes: vec![text("failed", failed)],
        value: Some(Number::AsInt(i64::try_from(total).expect("small"))),
        ..NumberDataPoint::default()
    };
    let data_points = ["false", "true"].into_iter().zip(totals).map(point).collect();
    let aggregation_temporality = AggregationTemporality::Cumulative.into();
    let data = Some(Data::Sum(Sum { data_points, aggregation_temporality, is_monotonic: true }));
    let metrics = vec![Metric { name: "requests".to_owned(), data, ..Metric::default() }];
    let attributes = vec![text("service.name", "frontend")];
    ExportMetricsServiceRequest {
        resource_metrics: vec![ResourceMetrics {
            resource: Some(Resource { attributes, ..Resource::default() }),
            scope_metrics: vec![ScopeMetrics { metrics, ..ScopeMetrics::default() }],
            ..ResourceMetrics::default()
        }],
    }
    .encode_to_vec()
    .into()
}

#[tokio::test]
async fn a_promise_over_metrics_pages_and_tells_how_many_but_not_whom() {
    let shop = Shop::open(METRICS).await;
    let mut totals = [1_000, 5];
    for tick in 0.. {
        assert!(tick < 400, "the page fires");
        totals[usize::from(tick >= 120)] += 10;
        let body = points(shop.real.world.now(), totals);
        shop.slos.store.append(Signal::Metrics, "test", body).await.expect("stored");
        if shop.tick(0, false).await {
            break;
        }
    }
    let incidents = &shop.real.world.incidents;
    refresh_impact(incidents, &shop.slos, shop.real.world.now()).await.expect("it can be read");
    let impact = incidents.show(1).await.expect("one incident").incident.impact.expect("counted");
    assert_eq!((impact.requests, impact.users, impact.users_exact), (totals[1] - 5, 0, false));
    let said = shop.real.world.timeline(1).await.join("\n");
    assert!(
        said.contains(&format!("impact: {} requests, of users who are not known", impact.requests)),
        "{said}"
    );
    let range = ippo_base::TimeRange { from: impact.from, to: impact.to };
    let failures = shop.slos.failures("checkout", 0, range, 10).await.expect("answered");
    assert!(failures.value.is_empty() && failures.warnings[0].contains("no single events"));
}

#[tokio::test]
async fn a_shop_that_falls_silent_is_told_within_five_minutes() {
    let mut shop = Shop::open(CHECKOUT).await;
    for _ in 0..120 {
        shop.tick(10, false).await;
    }
    let silent = shop.real.world.now();
    shop.power_cut().await;
    while !shop.tick(0, false).await {}
    shop.real.world.deliver().await;
    assert!(shop.real.world.now().since(silent) <= Duration::from_secs(5 * 60));
    assert_eq!(shop.told(), (1, 1, 1));
    let subject = shop.real.smtp.mails()[0].header("subject");
    assert!(subject.contains("INC-1"), "{subject}");
}
