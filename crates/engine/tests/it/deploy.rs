//! New versions are noticed by their telemetry: each once, whoever told of it, over restarts and rollbacks.

use std::sync::Arc;
use std::time::Duration;

use ippo_base::clock::SimClock;
use ippo_base::disk::SimDisk;
use ippo_base::ids::SimIds;
use ippo_base::{Clock as _, TimeRange, Timestamp};
use ippo_domain::deploy::{DeploySource, Place};
use ippo_engine::deploy::{Deploys, LOOK_EVERY, TellDeploy};
use ippo_state::State;
use ippo_telemetry::{Signal, Store, StoreOptions};
use opentelemetry_proto::tonic::collector::trace::v1::ExportTraceServiceRequest;
use opentelemetry_proto::tonic::common::v1::{AnyValue, KeyValue, any_value::Value};
use opentelemetry_proto::tonic::resource::v1::Resource;
use opentelemetry_proto::tonic::trace::v1::{ResourceSpans, ScopeSpans, Span};
use prost::Message as _;
use tempfile::TempDir;

struct World {
    deploys: Deploys,
    clock: SimClock,
    _folder: TempDir,
}

impl World {
    async fn new() -> Self {
        let clock = SimClock::new(Timestamp::parse("2026-11-24T02:30:00Z").expect("a time"));
        let folder = tempfile::tempdir().expect("a folder");
        let state = State::open(&folder.path().join("state.db")).await.expect("opens");
        let (store, _) =
            Store::open(Arc::new(SimDisk::new(1)), Arc::new(clock.clone()), StoreOptions::default())
                .expect("opens");
        let deploys = Deploys { state, store, ids: Arc::new(SimIds::default()) };
        Self { deploys, clock, _folder: folder }
    }

    /// A minute in which these versions each send a span; the versions that are then found to have gone out.
    async fn minute(&self, versions: &[&str]) -> Vec<String> {
        for version in versions {
            let span = self.span("production", version);
            self.deploys.store.append(Signal::Spans, "test", span).await.expect("stored");
        }
        self.clock.advance(LOOK_EVERY);
        let found = self.deploys.run_once(self.clock.now()).await.expect("works");
        found.into_iter().map(|deploy| deploy.version).collect()
    }

    fn span(&self, environment: &str, version: &str) -> bytes::Bytes {
        let text = |key: &str, value: &str| {
            let value = Some(AnyValue { value: Some(Value::StringValue(value.to_owned())) });
            KeyValue { key: key.to_owned(), value, ..KeyValue::default() }
        };
        let start = u64::try_from(self.clock.now().as_nanos()).expect("after 1970");
        let span = Span {
            trace_id: vec![1; 16],
            span_id: (start + version.len() as u64).to_be_bytes().to_vec(),
            start_time_unix_nano: start,
            end_time_unix_nano: start + 1,
            ..Span::default()
        };
        let attributes = vec![
            text("service.name", "shop"),
            text("service.version", version),
            text("deployment.environment.name", environment),
        ];
        let resource = Some(Resource { attributes, ..Resource::default() });
        let scope_spans = vec![ScopeSpans { spans: vec![span], ..ScopeSpans::default() }];
        let resource_spans = vec![ResourceSpans { resource, scope_spans, ..ResourceSpans::default() }];
        ExportTraceServiceRequest { resource_spans }.encode_to_vec().into()
    }

    async fn tell(&self, version: &str) {
        let place = Place { service: "shop".to_owned(), environment: String::new() };
        let told = TellDeploy {
            place,
            version: version.to_owned(),
            at: self.clock.now(),
            url: None,
            by: "ci".to_owned(),
        };
        self.deploys.tell(told).await.expect("written");
    }

    async fn listed(&self) -> Vec<(String, DeploySource)> {
        let now = self.clock.now();
        let range =
            TimeRange { from: now.minus(Duration::from_secs(86_400)), to: now.plus(Duration::from_secs(1)) };
        let found = self.deploys.list(Some("shop"), range, 100).await.expect("reads");
        found.into_iter().map(|deploy| (deploy.version, deploy.source)).collect()
    }
}

#[tokio::test]
async fn a_new_version_is_noticed_once_and_a_rollback_again() {
    let world = World::new().await;
    let none: Vec<String> = vec![];
    assert_eq!(world.minute(&["1"]).await, none, "what was there first did not go out");
    assert_eq!(world.minute(&["1", "2"]).await, ["2"], "a canary");
    for _ in 0..20 {
        assert_eq!(world.minute(&["2"]).await, none);
    }
    let again = World {
        deploys: world.deploys.clone(),
        clock: world.clock.clone(),
        _folder: tempfile::tempdir().expect("a folder"),
    };
    assert_eq!(again.minute(&["2"]).await, none, "a restart finds nothing new");
    assert_eq!(world.minute(&["1"]).await, ["1"], "rolled back");
    assert_eq!(world.minute(&[]).await, none);
    let seen = |version: &str| (version.to_owned(), DeploySource::Seen);
    assert_eq!(world.listed().await, [seen("1"), seen("2")]);
}

#[tokio::test]
async fn what_a_pipeline_told_is_not_noticed_as_another() {
    let world = World::new().await;
    world.minute(&["1"]).await;
    world.tell("2").await;
    assert_eq!(world.minute(&["1", "2"]).await, Vec::<String>::new());
    // The pipeline of this one tells late.
    assert_eq!(world.minute(&["3"]).await, ["3"]);
    world.tell("3").await;
    let told = |version: &str| (version.to_owned(), DeploySource::Told);
    assert_eq!(world.listed().await, [told("3"), told("2")]);
}
