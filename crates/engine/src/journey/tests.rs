//! Journeys and agreements over a real store and state: spans in, what users met and how they went on out.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use ippo_base::clock::SimClock;
use ippo_base::{Clock, MinuteRange, TimeRange, Timestamp};
use ippo_domain::definition::{Missing, SourceFile};
use ippo_domain::journey::{AfterStep, Outcome};
use ippo_domain::sla::{LeftUnit, Verdict};
use ippo_domain::slo::ExcludedTime;
use ippo_state::State;
use ippo_telemetry::{Store, StoreOptions};
use opentelemetry_proto::tonic::collector::trace::v1::ExportTraceServiceRequest;
use opentelemetry_proto::tonic::common::v1::{AnyValue, KeyValue, any_value::Value};
use opentelemetry_proto::tonic::resource::v1::Resource;
use opentelemetry_proto::tonic::trace::v1::{ResourceSpans, ScopeSpans, Span, Status};
use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};
use prost::Message as _;
use tempfile::TempDir;

use super::*;
use crate::definition::{Apply, ApplyError, ApplyMode, BackfillWait, DefinitionDesk};
use crate::sla::SlaReport;
use crate::slo::{Exclude, ResetBudget, SloBook};

const NOW: &str = "2026-11-24T02:30:00Z";
const STEPS: [&str; 3] = ["/cart", "/address", "/pay"];
const SLOW_MS: i64 = 800;

const DEFINED: &str = "\
apiVersion: openslo/v1
kind: SLO
metadata: {name: works, displayName: Checkout works}
spec:
  service: shop
  indicator:
    metadata: {name: a}
    spec:
      ratioMetric:
        bad: {metricSource: {type: spans, spec: {where: error}}}
        total: {metricSource: {type: spans, spec: {where: service = 'shop'}}}
  timeWindow: [{duration: 28d, isRolling: true}]
  budgetingMethod: Occurrences
  objectives: [{target: 0.9}]
---
apiVersion: openslo/v1
kind: SLO
metadata: {name: quick, displayName: Checkout is quick}
spec:
  service: shop
  indicator:
    metadata: {name: b}
    spec:
      thresholdMetric:
        metricSource: {type: spans, spec: {where: service = 'shop', value: duration_ns / 1000000}}
  timeWindow: [{duration: 28d, isRolling: true}]
  budgetingMethod: Occurrences
  objectives: [{target: 0.9, op: lte, value: 800}]
---
apiVersion: ippo/v1
kind: Journey
metadata: {name: buy, displayName: Buy}
spec:
  harm: an order is lost
  slos: [works, quick]
  reviewOn: 2026-11-23
  steps:
    - {name: cart, where: route = '/cart', slow: 800ms}
    - {name: address, where: route = '/address', slow: 800ms}
    - {name: pay, where: route = '/pay', slow: 800ms}
---
apiVersion: ippo/v1
kind: SLA
metadata: {name: plan}
spec:
  customers: everyone
  slo: works
  target: 0.8
  timeZone: Asia/Tokyo
  credits: [{below: 0.8, credit: 10 %}, {below: 0.5, credit: 50 %}]
";

/// A request as it was sent.
#[derive(Clone, Debug)]
struct Fact {
    session: Option<String>,
    user: Option<String>,
    at: Timestamp,
    step: usize,
    millis: i64,
    failed: bool,
}

struct World {
    slos: Slos,
    desk: DefinitionDesk,
    clock: SimClock,
    _folder: TempDir,
}

impl World {
    async fn new() -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let clock = SimClock::new(Timestamp::parse(NOW).expect("valid"));
        let state = State::open(&folder.path().join("state.db")).await.expect("opens");
        let ids = Arc::new(ippo_base::ids::SimIds::default());
        let disk = Arc::new(ippo_base::disk::SimDisk::new(1));
        let opened = Store::open(disk, Arc::new(clock.clone()), StoreOptions::default());
        let slos = Slos { book: SloBook::default(), state, store: opened.expect("a new store").0, ids };
        slos.load().await.expect("nothing is stored");
        Self { desk: DefinitionDesk::new(slos.clone()), slos, clock, _folder: folder }
    }

    async fn apply(&self, text: &str) -> Result<Vec<String>, ApplyError> {
        let apply = Apply {
            files: vec![SourceFile { path: "shop.yaml".to_owned(), text: text.to_owned() }],
            mode: ApplyMode::Apply,
            missing: Missing::Keep,
            wait: BackfillWait::Wait,
            by: "ada".to_owned(),
        };
        let applied = self.desk.apply(&apply, self.clock.now()).await?;
        Ok(applied.plan.steps.iter().map(|step| format!("{} {}", step.action.name(), step.name)).collect())
    }

    async fn send(&self, facts: &[Fact]) {
        if facts.is_empty() {
            return;
        }
        let receipt = self.slos.store.append(Signal::Spans, "test", request(facts)).await.expect("stored");
        assert_eq!((receipt.accepted, receipt.duplicate), (facts.len(), false));
    }

    /// ippo is up until now, minute by minute.
    async fn up(&self, minutes: u32) {
        for _ in 0..minutes {
            crate::slo::run_once(&self.slos, self.clock.now()).await.expect("state works");
            self.clock.advance(Duration::from_secs(60));
        }
    }

    async fn sessions(&self, range: TimeRange) -> SessionWalks {
        self.slos.journey_sessions("buy", range, self.clock.now()).await.expect("defined")
    }

    async fn sla(&self) -> SlaReport {
        self.slos.sla("plan", self.clock.now()).await.expect("defined")
    }
}

fn request(facts: &[Fact]) -> bytes::Bytes {
    let text = |key: &str, value: &str| KeyValue {
        key: key.to_owned(),
        value: Some(AnyValue { value: Some(Value::StringValue(value.to_owned())) }),
        ..KeyValue::default()
    };
    let span = |(number, fact): (usize, &Fact)| {
        let start = u64::try_from(fact.at.as_nanos()).expect("after 1970");
        let mut attributes = vec![text("http.route", STEPS[fact.step])];
        attributes.extend(fact.session.iter().map(|id| text("session.id", id)));
        attributes.extend(fact.user.iter().map(|id| text("enduser.id", id)));
        Span {
            trace_id: (1 + number as u128 + (u128::from(start) << 32)).to_be_bytes().to_vec(),
            span_id: (number as u64 + 1).to_be_bytes().to_vec(),
            name: format!("POST {}", STEPS[fact.step]),
            kind: 2,
            start_time_unix_nano: start,
            end_time_unix_nano: start + u64::try_from(fact.millis).expect("positive") * 1_000_000,
            status: Some(Status { code: if fact.failed { 2 } else { 0 }, message: String::new() }),
            attributes,
            ..Span::default()
        }
    };
    let request = ExportTraceServiceRequest {
        resource_spans: vec![ResourceSpans {
            resource: Some(Resource {
                attributes: vec![text("service.name", "shop")],
                ..Resource::default()
            }),
            scope_spans: vec![ScopeSpans {
                spans: facts.iter().enumerate().map(span).collect(),
                ..ScopeSpans::default()
            }],
            ..ResourceSpans::default()
        }],
    };
    request.encode_to_vec().into()
}

fn at(minutes_ago: i64) -> Timestamp {
    Timestamp::from_nanos(Timestamp::parse(NOW).expect("valid").as_nanos() - minutes_ago * 60_000_000_000)
}

/// What each step is told as: its sessions and those that went on, by outcome; and those whose time is not over.
type Told = Vec<([(u64, u64); 3], u64)>;

fn told(walks: &SessionWalks) -> Told {
    let of = |outcome: Outcome, walk: &ippo_domain::journey::StepWalk| {
        let reached = walk.outcomes.of(outcome);
        (reached.sessions, reached.went_on)
    };
    walks.steps.iter().map(|(_, walk)| (Outcome::ALL.map(|outcome| of(outcome, walk)), walk.open)).collect()
}

/// The same by a look at every pair of requests.
fn recount(facts: &[Fact], range: TimeRange) -> Told {
    let within = Duration::from_secs(30 * 60);
    let known_to = range.to.plus(within).min(at(0));
    let mut sessions: BTreeMap<(bool, &String), Vec<&Fact>> = BTreeMap::new();
    for fact in facts.iter().filter(|fact| range.from <= fact.at && fact.at < known_to) {
        let session = fact.session.as_ref().map(|id| (true, id));
        if let Some(key) = session.or_else(|| fact.user.as_ref().map(|id| (false, id))) {
            sessions.entry(key).or_default().push(fact);
        }
    }
    let mut told: Told = vec![Default::default(); STEPS.len()];
    for facts in sessions.values() {
        for (place, told) in told.iter_mut().enumerate() {
            let own: Vec<&&Fact> = facts.iter().filter(|fact| fact.step == place).collect();
            let Some(first) = own.iter().map(|fact| fact.at).min().filter(|first| *first < range.to) else {
                continue;
            };
            let is_last = place + 1 == STEPS.len();
            let ends = first.plus(within);
            if !is_last && ends > known_to {
                told.1 += 1;
                continue;
            }
            let later = |fact: &&&Fact| !is_last && fact.step > place && fact.at >= first && fact.at < ends;
            let went_on = facts.iter().filter(later).map(|fact| fact.at).min();
            let until = went_on.unwrap_or(ends);
            let counts = |fact: &&&&Fact| fact.at < ends && fact.at <= until;
            let worst = own.iter().filter(counts).map(|fact| match (fact.failed, fact.millis > SLOW_MS) {
                (true, _) => 2,
                (false, true) => 1,
                (false, false) => 0,
            });
            let of = &mut told.0[worst.max().expect("the first one")];
            *of = (of.0 + 1, of.1 + u64::from(went_on.is_some()));
        }
    }
    told
}

fn facts() -> impl Strategy<Value = Vec<Fact>> {
    let who = prop_oneof![
        3 => (0u8..6).prop_map(|n| (Some(format!("s{n}")), None)),
        1 => (0u8..3, 0u8..3).prop_map(|(n, m)| (Some(format!("s{n}")), Some(format!("u{m}")))),
        1 => (0u8..3).prop_map(|n| (None, Some(format!("s{n}")))),
        1 => Just((None, None)),
    ];
    let fact =
        (who, 0i64..240, 0i64..3, 0usize..3, prop::sample::select(vec![1, 800, 801, 5_000]), any::<bool>());
    let fact = fact.prop_map(|((session, user), minutes, millis, step, took, failed)| Fact {
        session,
        user,
        at: at(minutes).plus(Duration::from_millis(u64::try_from(millis).expect("small"))),
        step,
        millis: took,
        failed: failed && took != 1,
    });
    prop::collection::vec(fact, 0..40)
}

#[test]
fn sessions_equal_a_look_at_every_pair_of_requests() {
    let runtime =
        tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().expect("starts");
    let mut runner = TestRunner::new(Config { cases: 120, ..Config::default() });
    let given = (facts(), 0i64..240, 0i64..240, 0usize..40);
    runner
        .run(&given, |(facts, from, length, cut)| {
            runtime.block_on(async {
                let world = World::new().await;
                world.apply(DEFINED).await.expect("good");
                let (first, second) = facts.split_at(cut.min(facts.len()));
                world.send(first).await;
                world.slos.store.flush().await.expect("flushed");
                world.send(second).await;
                let range = TimeRange { from: at(from + length + 1), to: at(from) };
                let found = world.sessions(range).await;
                prop_assert_eq!(told(&found), recount(&facts, range));
                let known_to = range.to.plus(Duration::from_secs(1800)).min(at(0));
                let nameless = facts.iter().filter(|fact| {
                    fact.session.is_none()
                        && fact.user.is_none()
                        && range.from <= fact.at
                        && fact.at < known_to
                });
                prop_assert_eq!(found.nameless, nameless.count() as u64);
                prop_assert!(!found.partial && found.one_of == 1);
                Ok(())
            })
        })
        .expect("all cases");
}

fn fact(minutes_ago: i64, millis: i64, failed: bool) -> Fact {
    Fact { session: None, user: None, at: at(minutes_ago), step: 2, millis, failed }
}

#[tokio::test]
async fn what_users_met_is_one_sentence_of_exact_counts() {
    let world = World::new().await;
    world.apply(DEFINED).await.expect("good");
    let slow = (0..12).map(|_| fact(0, 801, false));
    let facts: Vec<Fact> =
        (0..985).map(|_| fact(0, 3, false)).chain(slow).chain((0..3).map(|_| fact(0, 5, true))).collect();
    world.send(&facts).await;
    world.up(1).await;
    // What a team takes out of its budget, users met all the same.
    let range = MinuteRange::ending_with(at(0).minute(), 5);
    let exclude = Exclude {
        slo: "works".to_owned(),
        range,
        repeat: None,
        counts_as: ExcludedTime::Good,
        reason: "a load test".to_owned(),
        ticket: String::new(),
        by: "ada".to_owned(),
    };
    world.slos.exclude(exclude, false, world.clock.now()).await.expect("entered");
    let journey = world.slos.journey("buy", world.clock.now()).await.expect("defined");
    let told = |all: &[Experience]| all.iter().map(|e| e.text.english.clone()).collect::<Vec<_>>();
    let [week] = told(&journey.week).try_into().expect("both count the same attempts");
    assert!(
        week.starts_with("Of 1,000 attempts in the last 7 days, 3 failed and 12 took longer than 800 ms ("),
        "{week}"
    );
    let [hour] = journey.hour.as_slice() else { panic!("one: {:?}", journey.hour) };
    assert_eq!((hour.slos.as_slice(), hour.attempts), (&["works".to_owned(), "quick".to_owned()][..], 1_000));
    assert_eq!(
        (journey.state, journey.is_review_overdue),
        (SloState::NoData, true),
        "an hour is hardly measured"
    );
    assert!(matches!(
        world.slos.journey("sell", world.clock.now()).await,
        Err(SloError::Undefined { kind: Kind::Journey, .. })
    ));
}

#[tokio::test]
async fn who_has_no_session_is_told_and_counted_in_none() {
    let world = World::new().await;
    world.apply(DEFINED).await.expect("good");
    world.send(&[fact(60, 3, false), fact(50, 3, true)]).await;
    let range = TimeRange { from: at(120), to: at(0) };
    let found = world.sessions(range).await;
    assert_eq!((found.sessions, found.nameless), (0, 2));
    assert_eq!(told(&found), vec![([(0, 0); 3], 0); 3]);
    assert_eq!(found.steps[2].1.after, AfterStep::Last);
    let too_long = TimeRange { from: at(32 * 24 * 60), to: at(0) };
    let refused = world.slos.journey_sessions("buy", too_long, at(0)).await.expect_err("too long");
    assert!(refused.to_string().contains("at most 31 days"), "{refused}");
}

#[tokio::test]
async fn a_wrong_expression_of_a_step_is_told_at_its_place_and_nothing_is_applied() {
    let world = World::new().await;
    let wrong = DEFINED.replace("route = '/pay'", "ruote = '/pay'");
    let Err(ApplyError::Invalid(errors)) = world.apply(&wrong).await else { panic!("refused") };
    let told: Vec<String> = errors.iter().map(ToString::to_string).collect();
    assert_eq!(told.len(), 1);
    assert!(told[0].starts_with("shop.yaml:40:26: spec.steps[2].where: "), "{told:?}");
    assert!(world.slos.journeys(at(0)).await.expect("reads").is_empty());
    assert_eq!(
        world.apply(DEFINED).await.expect("good"),
        ["create works", "create quick", "create buy", "create plan"]
    );
    assert!(world.apply(DEFINED).await.expect("good").iter().all(|step| step.starts_with("unchanged")));
}

#[tokio::test]
async fn an_agreement_is_judged_by_counts_with_what_was_excluded_and_without_resets() {
    let world = World::new().await;
    world.apply(DEFINED).await.expect("good");
    let many =
        |count: usize, minutes_ago: i64, failed: bool| (0..count).map(move |_| fact(minutes_ago, 3, failed));
    world.send(&many(70, 1, false).chain(many(10, 1, true)).collect::<Vec<_>>()).await;
    world.up(2).await;
    world.send(&many(20, -2, true).collect::<Vec<_>>()).await;
    let now = world.clock.now();
    let report = world.sla().await;
    let running = &report.running().expect("it holds").result;
    assert_eq!(running.period.from.start().to_string(), "2026-10-31T15:00:00Z", "a month of Tokyo");
    assert_eq!((running.counts.good, running.counts.bad), (70, 30));
    assert_eq!(
        (running.verdict, running.credit.as_ref().map(|c| c.credit.as_str())),
        (Verdict::Broken, Some("10 %"))
    );
    let left = running.left.expect("it goes on");
    assert_eq!((left.count, left.unit), (-13, LeftUnit::Events), "(20 - 30) / 0.8, whole ones");
    assert_eq!(report.periods.len(), 1, "of earlier months nothing is known");

    let reset = ResetBudget {
        slo: "works".to_owned(),
        reason: "a new beginning".to_owned(),
        ticket: String::new(),
        by: "ada".to_owned(),
    };
    world.slos.reset_budget(reset, false, now).await.expect("nobody is paged");
    assert_eq!(
        world.sla().await.periods[0].result,
        *running,
        "that a budget is reset says nothing to customers"
    );

    let exclude = Exclude {
        slo: "works".to_owned(),
        range: MinuteRange { from: now.minute(), to: now.minute().plus(1) },
        repeat: None,
        counts_as: ExcludedTime::LeftOut,
        reason: "maintenance that was announced".to_owned(),
        ticket: String::new(),
        by: "ada".to_owned(),
    };
    world.slos.exclude(exclude, false, now).await.expect("entered");
    let report = world.sla().await;
    let told = &report.periods[0];
    assert_eq!(
        (told.result.verdict, told.result.counts.bad, told.result.excluded_minutes),
        (Verdict::Kept, 10, 1)
    );
    assert_eq!(told.taken_out[0].reason, "maintenance that was announced");
    let counts = DEFINED.replace("timeZone: Asia/Tokyo", "timeZone: Asia/Tokyo\n  excludedTime: counts");
    world.apply(&counts).await.expect("good");
    let told = &world.sla().await.periods[0];
    assert_eq!((told.result.verdict, told.taken_out.len()), (Verdict::Broken, 0));
}

#[tokio::test]
async fn a_period_is_asked_for_by_a_moment_of_it() {
    let world = World::new().await;
    world.apply(&DEFINED.replace("timeZone: Asia/Tokyo", "from: 2026-10-10")).await.expect("good");
    let told = async |at: &str| {
        let at = Timestamp::parse(at).expect("a time");
        world.slos.sla_period("plan", at, world.clock.now()).await
    };
    let october = told("2026-10-20T00:00:00Z").await.expect("it holds");
    let period = &october.periods[0].result;
    assert_eq!(
        (period.period.from.start().to_string(), period.is_running, period.verdict),
        ("2026-10-10T00:00:00Z".to_owned(), false, Verdict::Unknown)
    );
    for (at, why) in [
        ("2026-09-20T00:00:00Z", "does not hold in that period"),
        ("2026-12-20T00:00:00Z", "up to the one that goes on"),
        ("2020-12-20T00:00:00Z", "does not hold"),
    ] {
        let refused = told(at).await.expect_err("refused");
        assert!(refused.to_string().contains(why), "{at}: {refused}");
    }
}
