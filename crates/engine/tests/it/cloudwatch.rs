//! SLIs over Amazon CloudWatch: when a minute is taken, what becomes of one that is revised, and what people are told of
//! failures.

use std::sync::Arc;
use std::time::Duration;

use aws_credential_types::Credentials;
use ippo_base::clock::SimClock;
use ippo_base::disk::SimDisk;
use ippo_base::ids::SimIds;
use ippo_base::{Clock as _, SharedClock, SystemClock, Timestamp};
use ippo_domain::definition::{Missing, SourceFile};
use ippo_engine::cloudwatch::{AwsCredentials, CloudWatchClient};
use ippo_engine::definition::{Apply, ApplyMode, BackfillWait, DefinitionDesk};
use ippo_engine::polled::{Polled, Poller, Sources};
use ippo_engine::prometheus::PrometheusClient;
use ippo_engine::slo::{SloBook, SloReport, Slos, run_once};
use ippo_state::State;
use ippo_telemetry::{Store, StoreOptions};
use ippo_testkit::cloudwatch::{FakeCloudWatch, Mood};
use serde_json::json;
use tempfile::TempDir;

const TOTAL: &str = "RequestCount";
const BAD: &str = "HTTPCode_Target_5XX_Count";
const LATENCY: &str = "TargetResponseTime";
const MINUTE: Duration = Duration::from_secs(60);

struct World {
    server: FakeCloudWatch,
    slos: Slos,
    poller: Poller,
    clock: SimClock,
    /// That of the store: it looks after late points by it.
    store_clock: SimClock,
    now: Timestamp,
    _folder: TempDir,
}

fn start() -> Timestamp {
    Timestamp::parse("2026-11-24T02:30:07.5Z").expect("a time")
}

fn poller(slos: &Slos, clock: &SimClock) -> Poller {
    let clock: SharedClock = Arc::new(clock.clone());
    let credentials = Credentials::new("AKIDEXAMPLE", "hush", Some("hush-token".to_owned()), None, "test");
    let cloudwatch =
        CloudWatchClient::with_credentials(AwsCredentials::given(credentials), Arc::clone(&clock));
    let prometheus = PrometheusClient::new(Arc::new(|_: &str| None), Arc::clone(&clock)).expect("a client");
    let cloudwatch = cloudwatch.expect("a client");
    Poller::new(slos.clone(), Sources { prometheus, cloudwatch, clock })
}

impl World {
    async fn new() -> Self {
        let (clock, store_clock) = (SimClock::new(start()), SimClock::new(start()));
        let folder = tempfile::tempdir().expect("a folder");
        let state = State::open(&folder.path().join("state.db")).await.expect("opens");
        let disk = Arc::new(SimDisk::new(1));
        let (store, _) =
            Store::open(disk, Arc::new(store_clock.clone()), StoreOptions::default()).expect("opens");
        let slos = Slos { book: SloBook::default(), state, store, ids: Arc::new(SimIds::default()) };
        let poller = poller(&slos, &clock);
        let server = FakeCloudWatch::start().await;
        Self { server, slos, poller, clock, store_clock, now: start(), _folder: folder }
    }

    async fn apply(&self, slos: &[String]) {
        let source = format!(
            "apiVersion: openslo/v1\nkind: DataSource\nmetadata: {{name: aws}}\nspec:\n  type: CloudWatch\n  \
             connectionDetails: {{region: ap-northeast-1, endpoint: '{}'}}\n",
            self.server.url()
        );
        let text = [&[source], slos].concat().join("---\n");
        let apply = Apply {
            files: vec![SourceFile { path: "slo.yaml".to_owned(), text }],
            mode: ApplyMode::Apply,
            missing: Missing::Keep,
            wait: BackfillWait::Wait,
            by: "ada".to_owned(),
        };
        DefinitionDesk::new(self.slos.clone()).apply(&apply, self.now).await.expect("applied");
    }

    async fn ratio(&self) {
        self.apply(&[ratio("api", ("bad", BAD))]).await;
    }

    /// The second in which the minute began that many minutes ago.
    fn minute(&self, ago: i64) -> i64 {
        self.now.as_secs().div_euclid(60) * 60 - ago * 60
    }

    async fn poll(&self) -> Polled {
        self.poller.run_once(self.now).await.expect("the state works")
    }

    /// Polls until there is no more. Gives how many points came.
    async fn poll_all(&self) -> u64 {
        let mut points = 0;
        loop {
            let polled = self.poll().await;
            points += polled.samples;
            if !polled.has_more {
                return points;
            }
        }
    }

    fn advance(&mut self, by: Duration) {
        self.now = self.now.plus(by);
        self.store_clock.advance(by);
        self.clock.advance(by);
    }

    async fn show(&self, name: &str) -> SloReport {
        self.slos.show(name, self.now).await.expect("there is one")
    }

    async fn told(&self, name: &str) -> Vec<String> {
        self.show(name).await.remarks.iter().map(|remark| remark.words().english).collect()
    }

    async fn counts(&self, name: &str) -> (u64, u64) {
        let report = self.show(name).await;
        let counts = report.status.objectives[0].window().sum.counts;
        assert_eq!(counts.unknown, 0, "nothing is unknown");
        (counts.good, counts.bad)
    }

    /// Waits until what came late is counted.
    async fn until_counted(&self, name: &str, expected: (u64, u64)) {
        let clock = SystemClock::new();
        let deadline = clock.monotonic() + Duration::from_secs(60);
        while self.counts(name).await != expected {
            assert!(clock.monotonic() < deadline, "{:?} is not {expected:?}", self.counts(name).await);
            // Hours with late points are counted again now and then.
            self.store_clock.advance(Duration::from_secs(1));
            self.slos.store.maintain();
            tokio::task::yield_now().await;
        }
    }
}

fn metric(name: &str, stat: &str) -> String {
    format!(
        "{{metricSource: {{metricSourceRef: aws, type: CloudWatch, spec: {{namespace: AWS/ApplicationELB, metricName: {name}, \
         dimensions: {{LoadBalancer: app/shop/1}}, stat: {stat}}}}}}}"
    )
}

fn ratio(name: &str, (part, of): (&str, &str)) -> String {
    let indicator =
        format!("ratioMetric: {{{part}: {}, total: {}}}", metric(of, "Sum"), metric(TOTAL, "Sum"));
    slo(name, &indicator, "{target: 0.9}")
}

fn slo(name: &str, indicator: &str, objective: &str) -> String {
    format!(
        "apiVersion: openslo/v1\nkind: SLO\nmetadata: {{name: {name}}}\nspec:\n  service: api\n  indicator:\n    metadata: \
         {{name: {name}-sli}}\n    spec: {{{indicator}}}\n  timeWindow: [{{duration: 1d, isRolling: true}}]\n  \
         budgetingMethod: Occurrences\n  objectives: [{objective}]\n"
    )
}

#[tokio::test(flavor = "multi_thread")]
async fn the_past_is_counted_to_the_last_request_and_a_metric_without_points_counts_none() {
    let world = World::new().await;
    // Six hours of requests; failures have points only where there were any.
    let mut truth = (0, 0);
    for ago in 4..360 {
        let (requests, failed) = (1_000 + ago % 7, if ago % 50 == 0 { ago % 3 + 1 } else { 0 });
        world.server.point(TOTAL, world.minute(ago), requests as f64);
        if failed > 0 {
            world.server.point(BAD, world.minute(ago), failed as f64);
        }
        truth = (truth.0 + (requests - failed) as u64, truth.1 + failed as u64);
    }
    world.ratio().await;
    run_once(&world.slos, world.now).await.expect("evaluates");
    assert!(world.show("api").await.status.backfilling, "nothing was fetched yet");
    world.poll_all().await;
    world.until_counted("api", truth).await;
    assert_eq!(world.told("api").await, Vec::<String>::new());
    assert!(!world.show("api").await.status.backfilling);
    let questions = world.server.questions();
    assert!(questions.iter().all(|question| question.metrics() == [BAD, TOTAL]), "both at once");
    assert!(questions.len() <= 26, "three days, three hours at once, are not {}", questions.len());
    let first = &questions[0];
    assert_eq!(first.headers["x-amz-target"], "GraniteServiceVersion20100801.GetMetricData");
    let signature = &first.headers["authorization"];
    assert!(
        signature.starts_with(
            "AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20261124/ap-northeast-1/monitoring/aws4_request"
        ),
        "{signature}"
    );
    assert_eq!(first.headers["x-amz-security-token"], "hush-token");
    assert!(!signature.contains("hush"));
    let query = &first.body["MetricDataQueries"][0]["MetricStat"];
    assert_eq!(query["Metric"]["Dimensions"], json!([{"Name": "LoadBalancer", "Value": "app/shop/1"}]));
    assert_eq!((&query["Stat"], &query["Period"]), (&json!("Sum"), &json!(60)));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_minute_is_taken_when_it_is_complete_and_says_what_was_said_of_it_last() {
    let mut world = World::new().await;
    world.server.point(TOTAL, world.minute(4), 10.0);
    // This one ended two minutes ago: half of it may be missing still.
    world.server.point(TOTAL, world.minute(3), 4.0);
    world.ratio().await;
    world.poll_all().await;
    assert_eq!(world.counts("api").await, (10, 0));
    world.server.point(TOTAL, world.minute(3), 12.0);
    world.server.point(BAD, world.minute(3), 2.0);
    world.advance(MINUTE);
    world.poll_all().await;
    assert_eq!(world.counts("api").await, (20, 2));
    // Late by ten minutes: more requests, and more of them failed.
    let late = world.minute(4);
    for _ in 0..10 {
        world.advance(MINUTE);
        assert_eq!(world.poll_all().await, 0, "nothing new, and nothing is stored twice");
    }
    world.server.point(TOTAL, late, 112.0);
    world.server.point(BAD, late, 3.0);
    world.advance(MINUTE);
    assert_eq!(world.poll_all().await, 2);
    world.until_counted("api", (119, 3)).await;
    // After a start nothing of it is counted again, and what is revised then is.
    world.poller = poller(&world.slos, &world.clock);
    world.advance(MINUTE);
    assert_eq!(world.poll_all().await, 0);
    world.server.point(TOTAL, late, 113.0);
    world.poller = poller(&world.slos, &world.clock);
    assert_eq!(world.poll_all().await, 1, "a start asks again at once");
    world.until_counted("api", (120, 3)).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_downtime_is_caught_up() {
    let mut world = World::new().await;
    world.ratio().await;
    world.server.point(TOTAL, world.minute(5), 1.0);
    world.poll_all().await;
    let from = world.minute(3);
    world.advance(Duration::from_secs(5 * 3_600));
    for n in 0..290 {
        world.server.point(TOTAL, from + n * 60, 2.0);
    }
    world.poller = poller(&world.slos, &world.clock);
    world.poll_all().await;
    world.until_counted("api", (581, 0)).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_statistic_is_judged_minute_by_minute() {
    let mut world = World::new().await;
    for (ago, value) in [(8, 0.2), (7, 0.31), (6, 0.3), (5, 0.1)] {
        world.server.point(LATENCY, world.minute(ago), value);
    }
    let indicator = format!("thresholdMetric: {}", metric(LATENCY, "p99"));
    world.apply(&[slo("fast", &indicator, "{op: lte, value: 0.3, target: 0.9}")]).await;
    world.poll_all().await;
    assert_eq!(world.counts("fast").await, (3, 1));
    world.advance(MINUTE);
    world.poll_all().await;
    assert_eq!(world.counts("fast").await, (3, 1), "each once");
}

#[tokio::test(flavor = "multi_thread")]
async fn pages_of_an_answer_are_one() {
    let world = World::new().await;
    for ago in 4..60 {
        world.server.point(TOTAL, world.minute(ago), 1.0);
    }
    world.server.be(Mood::Pages(10));
    world.ratio().await;
    world.poll_all().await;
    world.until_counted("api", (56, 0)).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_aws_does_not_let_is_told_with_what_helps_and_ends() {
    let mut world = World::new().await;
    world.ratio().await;
    for (mood, text, outcome) in [
        (Mood::Fails(400, "AccessDeniedException"), "allow the action cloudwatch:GetMetricData", "denied"),
        (
            Mood::Fails(400, "ExpiredTokenException"),
            "does not accept the credentials (ExpiredTokenException)",
            "bad_credentials",
        ),
        (Mood::Fails(400, "ThrottlingException"), "throttles", "throttled"),
        (Mood::Fails(500, "InternalFailure"), "it answered HTTP 500", "status"),
        (Mood::Closes, "cannot connect", "unreachable"),
    ] {
        world.server.be(mood);
        world.advance(MINUTE);
        let polled = world.poll().await;
        assert!(polled.failed > 0 && !polled.has_more, "it waits for the next minute: {polled:?}");
        let told = world.told("api").await;
        assert!(
            told[0].contains(text) && told[0].contains("CloudWatch (DataSource aws)"),
            "{text}: {told:?}"
        );
        assert!(!told[0].contains("hush") && !told[0].contains("127.0.0.1"), "{told:?}");
        assert!(world.poller.polls().counts()["aws"].failed.contains_key(outcome), "{outcome}");
    }
    assert!(world.poller.polls().counts()["aws"].is_failing);
    world.server.questions();
    world.server.be(Mood::Answers);
    world.server.point(TOTAL, world.minute(5), 3.0);
    world.poll_all().await;
    assert_eq!(world.counts("api").await, (3, 0));
    assert_eq!(world.told("api").await, Vec::<String>::new());
    assert!(!world.poller.polls().counts()["aws"].is_failing);
}

#[tokio::test(flavor = "multi_thread")]
async fn one_metric_that_is_refused_holds_up_no_other() {
    let world = World::new().await;
    world.server.point(TOTAL, world.minute(5), 3.0);
    world.server.be(Mood::RefusesWith("Wrong".to_owned()));
    world.apply(&[ratio("api", ("bad", BAD)), ratio("other", ("bad", "Wrong"))]).await;
    world.poll_all().await;
    assert_eq!(world.told("api").await, Vec::<String>::new());
    assert_eq!(world.counts("api").await, (3, 0));
    let told = world.told("other").await;
    assert!(told[0].contains("CloudWatch refuses the query: ValidationException"), "{told:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_total_without_points_is_told_and_measures_nothing() {
    let world = World::new().await;
    world.ratio().await;
    world.poll_all().await;
    let told = world.told("api").await;
    let total = "AWS/ApplicationELB RequestCount{LoadBalancer=\"app/shop/1\"} Sum";
    assert!(told.len() == 1 && told[0].contains(total) && told[0].contains("no traffic"), "{told:?}");
    assert_eq!(world.counts("api").await, (0, 0));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_source_that_is_always_behind_is_not_silent_and_pages_by_what_it_has() {
    let mut world = World::new().await;
    let strict = ratio("api", ("bad", BAD)).replace("duration: 1d", "duration: 28d").replace("0.9}", "0.99}");
    world.apply(&[strict]).await;
    let mut fired = Vec::new();
    for _ in 0..90 {
        world.server.point(TOTAL, world.minute(1), 1_000.0);
        world.poll_all().await;
        fired.extend(run_once(&world.slos, world.now).await.expect("evaluates").transitions);
        world.advance(MINUTE);
    }
    assert!(fired.is_empty(), "nobody is told that it is silent: {fired:?}");
    let began = world.now;
    while !fired.iter().any(|told| format!("{told:?}").contains("severity: Page")) {
        world.server.point(TOTAL, world.minute(1), 1_000.0);
        world.server.point(BAD, world.minute(1), 1_000.0);
        world.poll_all().await;
        fired.extend(run_once(&world.slos, world.now).await.expect("evaluates").transitions);
        world.advance(MINUTE);
        assert!(world.now.since(began) < 120 * MINUTE, "an outage is told");
    }
    let fired_after = world.now.since(began).as_secs() / 60;
    // 5.6 times 1 % of an hour and a half are five minutes of outage, of which the first is taken when three more are over.
    assert!((8..=12).contains(&fired_after), "{fired_after} min: {fired:?}");
    // The source stops: absence is told soon after its lag.
    fired.clear();
    let stopped = world.now;
    while !fired.iter().any(|told| format!("{told:?}").contains("nothing is heard")) {
        world.poll_all().await;
        fired.extend(run_once(&world.slos, world.now).await.expect("evaluates").transitions);
        world.advance(MINUTE);
        assert!(world.now.since(stopped) < 15 * MINUTE, "silence is told: {fired:?}");
    }
    let silent = "three that anybody may be silent for, and the four that CloudWatch is behind";
    assert!(format!("{fired:?}").contains("7 whole minutes ago"), "{silent}: {fired:?}");
}
