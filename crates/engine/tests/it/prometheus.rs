//! SLIs over Prometheus servers: what is fetched, from back in time and each minute, through failures and restarts, and what
//! people are told of it.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use ippo_base::clock::SimClock;
use ippo_base::disk::SimDisk;
use ippo_base::ids::SimIds;
use ippo_base::{Clock as _, SharedClock, SystemClock, TimeRange, Timestamp};
use ippo_domain::definition::{Missing, SourceFile};
use ippo_domain::polled::QueryKind;
use ippo_engine::cloudwatch::CloudWatchClient;
use ippo_engine::definition::{Apply, ApplyMode, BackfillWait, DefinitionDesk};
use ippo_engine::polled::{Polled, Poller, Sources};
use ippo_engine::prometheus::PrometheusClient;
use ippo_engine::slo::{SloBook, SloReport, Slos, run_once};
use ippo_state::State;
use ippo_telemetry::read::SeriesFilter;
use ippo_telemetry::{Store, StoreOptions};
use ippo_testkit::prometheus::{FakePrometheus, Mood};
use tempfile::TempDir;

const TOTAL: &str = "http_requests_total";
const GOOD: &str = "http_requests_total{code=\"200\"}";
/// How often the target is scraped, in milliseconds.
const SCRAPE_MS: i64 = 15_000;
const MINUTE: Duration = Duration::from_secs(60);

struct World {
    server: FakePrometheus,
    slos: Slos,
    poller: Poller,
    /// The clock of questions.
    clock: SimClock,
    /// That of the store: it looks after late points by it.
    store_clock: SimClock,
    now: Timestamp,
    folder: TempDir,
    secrets: BTreeMap<String, String>,
}

fn start() -> Timestamp {
    Timestamp::parse("2026-11-24T02:30:07.5Z").expect("a time")
}

fn client(secrets: &BTreeMap<String, String>, clock: &SimClock) -> Sources {
    sources(secrets, Arc::new(clock.clone()))
}

fn sources(secrets: &BTreeMap<String, String>, clock: SharedClock) -> Sources {
    let secrets = secrets.clone();
    let named = Arc::new(move |name: &str| secrets.get(name).cloned());
    Sources {
        prometheus: PrometheusClient::new(named, Arc::clone(&clock)).expect("a client"),
        cloudwatch: CloudWatchClient::new(Arc::clone(&clock)).expect("a client"),
        clock,
    }
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
        let secrets = BTreeMap::new();
        let poller = Poller::new(slos.clone(), client(&secrets, &clock));
        let server = FakePrometheus::start().await;
        Self { server, slos, poller, clock, store_clock, now: start(), folder, secrets }
    }

    async fn apply(&self, text: &str) {
        let apply = Apply {
            files: vec![SourceFile { path: "slo.yaml".to_owned(), text: text.to_owned() }],
            mode: ApplyMode::Apply,
            missing: Missing::Keep,
            wait: BackfillWait::Wait,
            by: "ada".to_owned(),
        };
        DefinitionDesk::new(self.slos.clone()).apply(&apply, self.now).await.expect("applied");
    }

    async fn ratio(&self) {
        let source = self.source("eu", "");
        let query =
            |query: &str| format!("{{metricSource: {{metricSourceRef: eu, spec: {{query: '{query}'}}}}}}");
        let indicator = format!("ratioMetric: {{good: {}, total: {}}}", query(GOOD), query(TOTAL));
        self.apply(&format!("{source}---\n{}", slo("api", &indicator, "{target: 0.9}"))).await;
    }

    fn source(&self, name: &str, access: &str) -> String {
        format!(
            "apiVersion: openslo/v1\nkind: DataSource\nmetadata: {{name: {name}}}\nspec:\n  type: prometheus\n  \
             connectionDetails: {{url: '{}'{access}}}\n",
            self.server.url()
        )
    }

    /// The server scrapes a counter with this value.
    fn scrape(&self, ms: i64, code: &str, value: f64) {
        let labels = [("__name__", TOTAL), ("job", "api"), ("instance", "i:1"), ("code", code)];
        self.server.sample(TOTAL, &labels, ms, value);
        if code == "200" {
            self.server.sample(GOOD, &labels, ms, value);
        }
    }

    async fn poll(&self) -> Polled {
        self.poller.run_once(self.now).await.expect("the state works")
    }

    /// Polls until there is no more. Gives how many samples came.
    async fn poll_all(&self) -> u64 {
        let mut samples = 0;
        loop {
            let polled = self.poll().await;
            samples += polled.samples;
            if !polled.has_more {
                return samples;
            }
        }
    }

    fn advance(&mut self, by: Duration) {
        self.now = self.now.plus(by);
        self.store_clock.advance(by);
        self.clock.advance(by);
    }

    /// ippo is up at this time.
    async fn up(&self) {
        run_once(&self.slos, self.now).await.expect("evaluates");
    }

    async fn show(&self, name: &str) -> SloReport {
        self.slos.show(name, self.now).await.expect("there is one")
    }

    async fn codes(&self, name: &str) -> Vec<&'static str> {
        self.show(name).await.remarks.iter().map(|remark| remark.name()).collect()
    }

    async fn counts(&self, name: &str) -> (u64, u64) {
        let report = self.show(name).await;
        let counts = report.status.objectives[0].window().sum.counts;
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

    /// Points that are stored, by metric.
    async fn points(&self) -> Vec<(String, u64)> {
        let found =
            self.slos.store.read(|reader| reader.metrics(TimeRange::ALL, &SeriesFilter::default())).await;
        found.expect("read").value.metrics.into_iter().map(|metric| (metric.metric, metric.points)).collect()
    }
}

fn slo(name: &str, indicator: &str, objective: &str) -> String {
    format!(
        "apiVersion: openslo/v1\nkind: SLO\nmetadata: {{name: {name}}}\nspec:\n  service: api\n  indicator:\n    metadata: \
         {{name: {name}-sli}}\n    spec: {{{indicator}}}\n  timeWindow: [{{duration: 1d, isRolling: true}}]\n  \
         budgetingMethod: Occurrences\n  objectives: [{objective}]\n"
    )
}

fn ms(time: Timestamp) -> i64 {
    time.as_nanos() / 1_000_000
}

#[tokio::test(flavor = "multi_thread")]
async fn what_the_server_has_of_the_past_is_counted_exactly_and_stored_once() {
    let world = World::new().await;
    // Three hours of scrapes; the process was restarted twice, once just between two hours.
    let first = ms(world.now) - 3 * 3_600_000;
    let restarts = [first + 4_000_000, (ms(world.now) / 3_600_000) * 3_600_000];
    let (mut good, mut bad) = (0.0, 0.0);
    let mut truth = (0, 0);
    for (n, at) in (first..=ms(world.now)).step_by(usize::try_from(SCRAPE_MS).expect("small")).enumerate() {
        if restarts.iter().any(|restart| (at - SCRAPE_MS..at).contains(restart)) {
            (good, bad) = (0.0, 0.0);
        }
        let (more_good, more_bad) = ((n % 7) as u64, u64::from(n % 11 == 0));
        (good, bad) = (good + more_good as f64, bad + more_bad as f64);
        world.scrape(at, "200", good);
        world.scrape(at, "500", bad);
        if n > 0 {
            truth = (truth.0 + more_good, truth.1 + more_bad);
        }
    }
    world.ratio().await;
    assert!(world.show("api").await.status.backfilling, "nothing was fetched yet");
    let spend =
        async |world: &World| world.slos.spend("api", None, world.now).await.expect("defined").warnings;
    assert!(spend(&world).await.iter().any(|warning| warning.contains("still being made")), "no word of it");
    world.up().await;
    let polled = world.poll().await;
    assert!(polled.has_more && polled.samples > 0, "{polled:?}");
    assert_eq!(world.codes("api").await, ["source_filling"]);
    let more = world.poll_all().await;
    assert_eq!(world.codes("api").await, Vec::<&str>::new());
    assert!(!world.show("api").await.status.backfilling);
    world.until_counted("api", truth).await;
    assert_eq!(spend(&world).await, Vec::<String>::new());
    let scrapes = 721;
    assert_eq!(polled.samples + more, 3 * scrapes, "both series of the total, and one of the good");
    assert_eq!(world.points().await, [("eu/http_requests_total".to_owned(), 3 * scrapes)]);

    // Whatever was forgotten: what is stored is not stored again.
    let mut tx = world.slos.state.begin().await.expect("begins");
    for query in [TOTAL, GOOD] {
        let query = ("eu", QueryKind::Samples, query);
        ippo_state::polled::forget(&mut tx, query).await.expect("forgotten");
    }
    tx.commit().await.expect("committed");
    let restarted =
        World { poller: Poller::new(world.slos.clone(), client(&world.secrets, &world.clock)), ..world };
    assert_eq!(restarted.poll_all().await, 0);
    assert_eq!(restarted.counts("api").await, truth);
}

/// A clock by which each look at it comes ten seconds after the one before, as if answers took so long.
struct SlowAnswers(SimClock, std::sync::atomic::AtomicU64);

impl ippo_base::Clock for SlowAnswers {
    fn now(&self) -> Timestamp {
        self.0.now()
    }

    fn monotonic(&self) -> Duration {
        Duration::from_secs(10 * self.1.fetch_add(1, std::sync::atomic::Ordering::Relaxed))
    }

    fn sleep(&self, duration: Duration) -> ippo_base::clock::BoxFuture<()> {
        self.0.sleep(duration)
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_slow_server_does_not_hold_up_what_is_new() {
    let mut world = World::new().await;
    let slow = Arc::new(SlowAnswers(world.clock.clone(), Default::default()));
    world.poller = Poller::new(world.slos.clone(), sources(&BTreeMap::new(), slow));
    world.ratio().await;
    world.up().await;
    assert!(world.poll().await.has_more);
    // The newest hour of both queries; and of three days further back what is answered within the time.
    assert_eq!(world.server.questions().len(), 2 + 1);
    assert!(world.poll().await.has_more);
    assert_eq!(world.server.questions().len(), 1, "nothing is new yet, and filling goes on");
    world.poll_all().await;
    assert!(!world.show("api").await.status.backfilling, "bit by bit all of it came");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_missed_is_caught_up_and_told_meanwhile() {
    let mut world = World::new().await;
    world.ratio().await;
    let mut value = 0.0;
    let mut minute = async |world: &mut World, is_scraped: bool| {
        for _ in 0..4 {
            world.advance(Duration::from_millis(SCRAPE_MS.unsigned_abs()));
            value += 1.0;
            if is_scraped {
                world.scrape(ms(world.now) - 1, "200", value);
                world.scrape(ms(world.now) - 1, "500", 3.0);
            }
        }
        world.up().await;
        world.poll_all().await
    };
    for _ in 0..10 {
        minute(&mut world, true).await;
    }
    assert_eq!(world.counts("api").await, (39, 0));
    assert_eq!(world.codes("api").await, Vec::<&str>::new());
    let answered_until = world.now;

    world.server.be(Mood::Closes);
    for _ in 0..12 {
        assert_eq!(minute(&mut world, true).await, 0);
    }
    let report = world.show("api").await;
    let remark = report.remarks.first().expect("a word").words();
    assert!(remark.english.contains(&format!("eu has given no answer since {answered_until}")), "{remark:?}");
    assert!(remark.japanese.contains("Prometheus サーバー eu が"), "{remark:?}");
    let minutes = |report: &SloReport| report.status.objectives[0].window().sum.minutes;
    let down = minutes(&report);
    assert!(!report.status.backfilling, "it is judged by what there is");

    world.server.be(Mood::Answers);
    // ippo was restarted meanwhile, too.
    world.poller = Poller::new(world.slos.clone(), client(&world.secrets, &world.clock));
    minute(&mut world, true).await;
    world.until_counted("api", (39 + 13 * 4, 0)).await;
    let again = minutes(&world.show("api").await);
    assert!(again.measured >= down.measured + 8, "measured late: {down:?} {again:?}");
    assert_eq!(world.codes("api").await, Vec::<&str>::new());

    // The target is gone, and the server says so: not measured after five minutes, and a word about it.
    let before = minutes(&world.show("api").await);
    for _ in 0..12 {
        minute(&mut world, false).await;
    }
    let gone = minutes(&world.show("api").await);
    assert!(gone.measured <= before.measured + 5, "{before:?} {gone:?}");
    assert_eq!(world.codes("api").await, ["no_series", "no_series"]);

    let stored: u64 = world.points().await.iter().map(|(_, points)| points).sum();
    assert_eq!(stored, 3 * 23 * 4, "each sample once");
}

#[tokio::test(flavor = "multi_thread")]
async fn late_samples_and_other_servers_are_kept_apart() {
    let mut world = World::new().await;
    world.ratio().await;
    let at = ms(world.now);
    for n in 0..8 {
        world.scrape(at + n * SCRAPE_MS - 120_000, "200", n as f64);
    }
    world.poll_all().await;
    // One that comes late, and one of another server under the same name.
    world.scrape(at - 7_500, "200", 7.0);
    let other = World::new().await;
    other.scrape(at, "200", 1_000.0);
    other.scrape(at + 30_000, "200", 2_000.0);
    let source = other.source("us", "");
    let query =
        |query: &str| format!("{{metricSource: {{metricSourceRef: us, spec: {{query: '{query}'}}}}}}");
    let indicator = format!("ratioMetric: {{good: {}, total: {}}}", query(GOOD), query(TOTAL));
    world.apply(&format!("{source}---\n{}", slo("other", &indicator, "{target: 0.9}"))).await;
    world.advance(MINUTE);
    world.up().await;
    world.poll_all().await;
    world.until_counted("api", (7, 0)).await;
    world.until_counted("other", (1_000, 0)).await;
    let points = world.points().await;
    let expected = [("eu/http_requests_total", 18), ("us/http_requests_total", 4)];
    assert_eq!(points, expected.map(|(name, points)| (name.to_owned(), points)));
}

#[tokio::test(flavor = "multi_thread")]
async fn an_expression_is_judged_minute_by_minute() {
    let mut world = World::new().await;
    let query = "max(queue_fill) / 100";
    let whole = ms(world.now) / 60_000 * 60_000;
    for n in 0..30 {
        world.server.sample(query, &[], whole - n * 60_000, if n < 10 { 0.95 } else { 0.5 });
    }
    let indicator =
        format!("thresholdMetric: {{metricSource: {{metricSourceRef: eu, spec: {{query: '{query}'}}}}}}");
    let definition = slo("queue", &indicator, "{target: 0.9, op: lt, value: 0.9}");
    world.apply(&format!("{}---\n{definition}", world.source("eu", ""))).await;
    world.up().await;
    world.poll_all().await;
    // Of the minute that has just begun nothing is asked before its samples are there.
    assert_eq!(world.counts("queue").await, (20, 9));
    world.advance(MINUTE);
    world.poll_all().await;
    assert_eq!(world.counts("queue").await, (20, 10));
    world
        .server
        .be(Mood::Fails(422, "{\"status\":\"error\",\"error\":\"found duplicate series\"}".to_owned()));
    for n in 1..=3 {
        world.server.sample(query, &[], whole + n * 60_000, 0.1);
        world.advance(MINUTE);
        world.poll_all().await;
    }
    let told = world.show("queue").await.remarks[0].words().english;
    assert!(told.ends_with("Prometheus refuses the query: found duplicate series"), "{told}");
    world.server.be(Mood::Answers);
    world.advance(MINUTE);
    world.poll_all().await;
    assert_eq!(
        world.counts("queue").await,
        (24, 10),
        "missed minutes are judged, too; Prometheus finds the last value for the newest"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_too_much_at_once_is_asked_for_in_pieces() {
    let world = World::new().await;
    for n in 0..240 {
        world.scrape(ms(world.now) - n * SCRAPE_MS, "200", (240 - n) as f64);
    }
    world.server.be(Mood::Loads(30));
    world.ratio().await;
    world.poll_all().await;
    world.until_counted("api", (239, 0)).await;
    assert_eq!(world.codes("api").await, Vec::<&str>::new());
    world.server.be(Mood::Loads(2));
    let world =
        World { poller: Poller::new(world.slos.clone(), client(&world.secrets, &world.clock)), ..world };
    let mut world = world;
    world.advance(MINUTE);
    let polled = world.poll().await;
    assert_eq!((polled.has_more, polled.failed > 0), (false, true), "it does not go on for ever");
    assert!(world.show("api").await.remarks[0].words().english.contains("narrow the selector"));
}

#[tokio::test(flavor = "multi_thread")]
async fn what_fails_further_back_holds_nothing_new_up() {
    let mut world = World::new().await;
    for n in 0..600 {
        // Two hours ago there was more than can be fetched.
        let at = ms(world.now) - n * SCRAPE_MS;
        world.scrape(at, "200", (600 - n) as f64);
        if n == 480 {
            for more in 1..100 {
                world.scrape(at - more, "200", 120.0);
            }
        }
    }
    world.server.be(Mood::Loads(50));
    world.ratio().await;
    world.up().await;
    world.poll_all().await;
    for _ in 0..2 {
        let report = world.show("api").await;
        let told: Vec<String> = report.remarks.iter().map(|remark| remark.words().english).collect();
        assert!(
            told.len() == 1 && told[0].contains("It does not go on: the samples of two minutes"),
            "{told:?}"
        );
        assert!(!report.status.backfilling, "it is judged by what there is");
        world.advance(MINUTE);
        world.scrape(ms(world.now), "200", 601.0);
        assert!(world.poll().await.samples > 0, "what is new comes in");
    }
    world.server.be(Mood::Answers);
    world.poll_all().await;
    assert_eq!(world.codes("api").await, Vec::<&str>::new());
}

#[tokio::test(flavor = "multi_thread")]
async fn that_nothing_fails_is_nothing_to_be_told() {
    let world = World::new().await;
    world.scrape(ms(world.now) - 1, "200", 5.0);
    let query =
        |query: &str| format!("{{metricSource: {{metricSourceRef: eu, spec: {{query: '{query}'}}}}}}");
    let failed = "http_requests_total{code=\"500\"}";
    for (part, codes) in [("bad", &[][..]), ("good", &["no_series"])] {
        let indicator = format!("ratioMetric: {{{part}: {}, total: {}}}", query(failed), query(TOTAL));
        world
            .apply(&format!("{}---\n{}", world.source("eu", ""), slo("api", &indicator, "{target: 0.9}")))
            .await;
        world.poll_all().await;
        assert_eq!(world.codes("api").await, codes, "{part}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn every_failure_is_told_and_none_tells_a_secret() {
    let mut world = World::new().await;
    let access = ", bearerTokenFrom: {env: PROMETHEUS_TOKEN}";
    let query =
        |query: &str| format!("{{metricSource: {{metricSourceRef: eu, spec: {{query: '{query}'}}}}}}");
    let indicator = format!("ratioMetric: {{good: {}, total: {}}}", query(GOOD), query(TOTAL));
    world
        .apply(&format!("{}---\n{}", world.source("eu", access), slo("api", &indicator, "{target: 0.9}")))
        .await;
    let told = async |world: &mut World| {
        world.advance(MINUTE);
        world.poll().await;
        let remarks = world.show("api").await.remarks;
        let words = remarks.first().map(|remark| remark.words().english).unwrap_or_default();
        assert!(!words.contains("hush") && !words.contains("127.0.0.1"), "{words}");
        words
    };
    let expect = async |world: &mut World, text: &str| {
        let words = told(world).await;
        assert!(words.contains(text), "{text}: {words}");
    };
    expect(&mut world, "neither the environment variable PROMETHEUS_TOKEN nor PROMETHEUS_TOKEN_FILE").await;
    assert_eq!(world.server.questions(), [], "nobody is asked without it");

    let file = world.folder.path().join("token");
    let path = file.to_str().expect("UTF-8").to_owned();
    world.secrets.insert("PROMETHEUS_TOKEN_FILE".to_owned(), path);
    world.poller = Poller::new(world.slos.clone(), client(&world.secrets, &world.clock));
    expect(&mut world, "the file that PROMETHEUS_TOKEN_FILE names cannot be read").await;
    std::fs::write(&file, "hush-1\n").expect("written");
    world.poll_all().await;
    let first = world.server.questions().remove(0);
    assert_eq!(first.authorization.as_deref(), Some("Bearer hush-1"));
    assert_eq!(first.path, "/api/v1/query");
    // The token was renewed.
    std::fs::write(&file, "hush-2\n").expect("written");
    world.advance(MINUTE);
    world.poll().await;
    assert_eq!(world.server.questions()[0].authorization.as_deref(), Some("Bearer hush-2"));

    let other = FakePrometheus::start().await;
    for (mood, text) in [
        (Mood::Fails(401, "hush".to_owned()), "it does not accept ippo (HTTP 401)"),
        (Mood::Fails(404, "hush".to_owned()), "it answered HTTP 404"),
        (Mood::Fails(200, "<html>hush</html>".to_owned()), "not that of a Prometheus"),
        (Mood::Fails(400, "{\"error\":\"parse error\"}".to_owned()), "refuses the query: parse error"),
        (Mood::Moved(other.url()), "ippo follows no redirects"),
        (Mood::Closes, "cannot connect"),
    ] {
        world.server.be(mood);
        expect(&mut world, text).await;
    }
    assert_eq!(other.questions(), []);

    world.server.be(Mood::Hangs);
    world.advance(MINUTE);
    let (poller, now) = (world.poller.clone(), world.now);
    let polling = tokio::spawn(async move { poller.run_once(now).await });
    while !polling.is_finished() {
        if world.clock.sleepers() > 0 {
            world.clock.advance(Duration::from_secs(30));
        }
        tokio::task::yield_now().await;
    }
    assert_eq!(
        polling.await.expect("no panic").expect("the state works").failed,
        1,
        "one wait for all queries"
    );
    let words = world.show("api").await.remarks[0].words();
    assert!(words.english.contains("no answer within 30 s"), "{words:?}");
    let counts = world.poller.polls().counts();
    assert!(counts["eu"].is_failing && counts["eu"].failed["timed_out"] == 1, "{counts:?}");
}
