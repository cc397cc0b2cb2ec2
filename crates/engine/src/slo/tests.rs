//! SLOs at work over a real state database: seeded minutes in, alerts and reads out, on a clock that only moves when
//! told to.

use std::sync::Arc;
use std::time::Duration;

use ippo_base::disk::{Fault, Operation};
use ippo_base::{Clock, Timestamp, clock::SimClock};
use ippo_domain::definition::{Missing, SourceFile};
use ippo_domain::slo::{Entered, ExcludedTime, LedgerEntry, SloState};
use ippo_state::slo::Mute;
use ippo_telemetry::{Signal, StoreOptions};
use opentelemetry_proto::tonic::collector::trace::v1::ExportTraceServiceRequest;
use opentelemetry_proto::tonic::common::v1::{AnyValue, KeyValue, any_value::Value};
use opentelemetry_proto::tonic::resource::v1::Resource;
use opentelemetry_proto::tonic::trace::v1::{ResourceSpans, ScopeSpans, Span, Status};
use prost::Message as _;
use tempfile::TempDir;

use super::*;
use crate::definition::{Applied, Apply, ApplyError, ApplyMode, BackfillWait, DefinitionDesk};

mod budget_policy;
mod composite;
mod edit;
mod forecast;
mod period;
mod policy;
mod report;
mod told;

const CHECKOUT: &str = "\
apiVersion: openslo/v1
kind: SLO
metadata:
  name: checkout
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
  objectives:
    - target: 0.999
";

struct World {
    slos: Slos,
    desk: DefinitionDesk,
    clock: SimClock,
    disk: ippo_base::disk::SimDisk,
    folder: Arc<TempDir>,
}

impl World {
    async fn new() -> Self {
        let clock = SimClock::new(Timestamp::parse("2026-11-24T02:00:00Z").expect("valid"));
        let folder = Arc::new(tempfile::tempdir().expect("a folder"));
        let state = State::open(&folder.path().join("state.db")).await.expect("opens");
        let ids = Arc::new(ippo_base::ids::SimIds::default());
        let disk = ippo_base::disk::SimDisk::new(1);
        let (store, _) =
            Store::open(Arc::new(disk.clone()), Arc::new(clock.clone()), StoreOptions::default())
                .expect("a new store");
        let slos = Slos { book: SloBook::default(), state, store, ids };
        let world = Self { desk: DefinitionDesk::new(slos.clone()), slos, clock, disk, folder };
        world.slos.load().await.expect("nothing is stored");
        world
    }

    fn files(text: &str) -> Apply {
        Apply {
            files: vec![SourceFile { path: "slo.yaml".to_owned(), text: text.to_owned() }],
            mode: ApplyMode::Apply,
            missing: Missing::Keep,
            wait: BackfillWait::Wait,
            by: "ada".to_owned(),
        }
    }

    async fn apply(&self, text: &str) -> Result<Applied, ApplyError> {
        self.desk.apply(&Self::files(text), self.clock.now()).await
    }

    /// The frontend answers `good` and fails `bad` requests in the minute that has begun.
    async fn requests(&self, good: usize, bad: usize) {
        let failed = std::iter::repeat_n(false, good).chain(std::iter::repeat_n(true, bad));
        let body = requests(self.clock.now(), failed);
        let receipt = self.slos.store.append(Signal::Spans, "test", body).await.expect("stored");
        assert_eq!((receipt.accepted, receipt.duplicate), (good + bad, false));
    }

    async fn tick(&self) -> Vec<String> {
        let evaluated = run_once(&self.slos, self.clock.now()).await.expect("state works");
        evaluated.transitions.into_iter().map(|t| format!("{} {:?}", t.source.key(), t.kind)).collect()
    }

    /// Minute after minute of the same traffic, with a tick every five seconds; what began and ended on the way.
    async fn minutes(&self, count: u32, good: usize, bad: usize) -> Vec<String> {
        let mut told = Vec::new();
        for _ in 0..count {
            if good + bad > 0 {
                self.requests(good, bad).await;
            }
            for _ in 0..12 {
                told.extend(self.tick().await);
                self.clock.advance(EVALUATE_EVERY);
            }
        }
        told
    }

    async fn state(&self) -> SloState {
        self.slos.show("checkout", self.clock.now()).await.expect("defined").status.state
    }
}

/// Server spans of the frontend at `at`, each of which failed or not.
fn requests(at: Timestamp, failed: impl Iterator<Item = bool>) -> bytes::Bytes {
    requests_of("frontend", at, failed)
}

fn requests_of(service: &str, at: Timestamp, failed: impl Iterator<Item = bool>) -> bytes::Bytes {
    let start = u64::try_from(at.as_nanos()).expect("after 1970");
    let span = |(at, failed): (usize, bool)| Span {
        trace_id: vec![1; 16],
        span_id: (at as u64 + 1).to_be_bytes().to_vec(),
        name: "GET /".to_owned(),
        kind: 2,
        start_time_unix_nano: start + at as u64,
        end_time_unix_nano: start + at as u64 + 1_000_000,
        status: Some(Status { code: if failed { 2 } else { 0 }, message: String::new() }),
        ..Span::default()
    };
    let name = Some(AnyValue { value: Some(Value::StringValue(service.to_owned())) });
    let attributes = vec![KeyValue { key: "service.name".to_owned(), value: name, ..KeyValue::default() }];
    let spans = failed.enumerate().map(span).collect();
    let request = ExportTraceServiceRequest {
        resource_spans: vec![ResourceSpans {
            resource: Some(Resource { attributes, ..Resource::default() }),
            scope_spans: vec![ScopeSpans { spans, ..ScopeSpans::default() }],
            ..ResourceSpans::default()
        }],
    };
    request.encode_to_vec().into()
}

const PAGE_FIRES: &str = "slo/checkout/page Firing";
const PAGE_RESOLVED: &str = "slo/checkout/page Resolved";
const ABSENCE_FIRES: &str = "absence/checkout Firing";
const ABSENCE_RESOLVED: &str = "absence/checkout Resolved";

#[tokio::test]
async fn an_outage_pages_once_and_its_end_resolves() {
    let world = World::new().await;
    world.apply(CHECKOUT).await.expect("good");
    assert_eq!(world.minutes(60, 100, 0).await, Vec::<String>::new());
    assert_eq!(world.state().await, SloState::Fine);

    let begun = world.minutes(3, 0, 100).await;
    assert_eq!(begun[0], PAGE_FIRES);
    assert_eq!(begun.iter().filter(|c| c.contains("Firing")).count(), 4, "each pair once: {begun:?}");
    assert_eq!(world.state().await, SloState::Critical);

    let ended = world.minutes(6, 100, 0).await;
    assert_eq!(ended, [PAGE_RESOLVED], "the 5m window is clean again");
}

#[tokio::test]
async fn silence_does_not_resolve_a_page_and_is_told_itself() {
    let world = World::new().await;
    world.apply(CHECKOUT).await.expect("good");
    world.minutes(30, 100, 0).await;
    world.minutes(3, 0, 100).await;
    let stopped = world.clock.now();
    let mut told = Vec::new();
    while told.is_empty() {
        told = world.tick().await;
        world.clock.advance(EVALUATE_EVERY);
    }
    assert_eq!(told, [ABSENCE_FIRES]);
    assert!(world.clock.now().since(stopped) < Duration::from_secs(5 * 60));
    assert_eq!(world.minutes(60, 0, 0).await, Vec::<String>::new(), "hours of silence resolve nothing");
    assert_eq!(world.state().await, SloState::NoData);
    let back = world.minutes(1, 100, 0).await;
    assert_eq!(back, [ABSENCE_RESOLVED]);
}

#[tokio::test]
async fn what_fires_is_remembered_over_a_restart() {
    let world = World::new().await;
    world.apply(CHECKOUT).await.expect("good");
    world.minutes(30, 100, 0).await;
    world.minutes(3, 0, 100).await;
    let again = World {
        disk: world.disk.clone(),
        slos: Slos { book: SloBook::default(), ..world.slos.clone() },
        desk: world.desk.clone(),
        clock: world.clock.clone(),
        folder: Arc::clone(&world.folder),
    };
    again.slos.load().await.expect("stored");
    assert_eq!(again.tick().await, Vec::<String>::new(), "no second page");
}

#[tokio::test]
async fn an_apply_whose_asker_goes_away_is_finished() {
    let world = World::new().await;
    let (wish, now) = (World::files(CHECKOUT), world.clock.now());
    let mut asked = Box::pin(world.desk.apply(&wish, now));
    assert!(futures::poll!(&mut asked).is_pending());
    drop(asked);
    while world.slos.book.read().slos.is_empty() {
        tokio::task::yield_now().await;
    }
    assert_eq!(world.state().await, SloState::NoData);
}

#[tokio::test]
async fn what_telemetry_could_not_count_for_is_counted_when_it_can() {
    let world = World::new().await;
    world.disk.inject(Fault::Full(Operation::Append));
    let refused = world.apply(CHECKOUT).await.expect_err("the log cannot be written");
    assert!(matches!(refused, ApplyError::Counting(_)), "{refused}");
    world.disk.inject(Fault::Full(Operation::Append));
    let evaluated = run_once(&world.slos, world.clock.now()).await.expect("state works");
    assert!(evaluated.failing[0].starts_with("what was applied is not counted yet"), "{evaluated:?}");
    world.disk.heal();
    let evaluated = run_once(&world.slos, world.clock.now()).await.expect("state works");
    assert_eq!((evaluated.slos, evaluated.failing.len()), (1, 0));
}

#[tokio::test]
async fn deleting_an_slo_ends_its_alerts_and_its_counters() {
    let world = World::new().await;
    world.apply(CHECKOUT).await.expect("good");
    world.minutes(30, 100, 0).await;
    world.minutes(3, 0, 100).await;
    let prune = Apply { missing: Missing::Prune, ..World::files("") };
    world.desk.apply(&prune, world.clock.now()).await.expect("good");
    let ended = world.tick().await;
    assert_eq!(ended.iter().filter(|c| c.contains("Resolved")).count(), 4, "{ended:?}");
    assert!(
        world
            .slos
            .store
            .read_counter(
                "slo/checkout/0",
                ippo_base::MinuteRange::ending_with(world.clock.now().minute(), 5)
            )
            .await
            .is_none()
    );
    assert!(matches!(world.slos.show("checkout", world.clock.now()).await, Err(SloError::Unknown(_))));
}

#[tokio::test]
async fn applying_twice_changes_nothing_and_a_dry_run_never_does() {
    let world = World::new().await;
    let dry = Apply { mode: ApplyMode::DryRun, ..World::files(CHECKOUT) };
    let planned = world.desk.apply(&dry, world.clock.now()).await.expect("good");
    assert_eq!((planned.applied, planned.plan.steps[0].action.name()), (false, "create"));
    assert!(world.slos.list(world.clock.now()).await.expect("reads").is_empty());
    assert_eq!(world.apply(CHECKOUT).await.expect("good").plan.steps[0].action.name(), "create");
    assert_eq!(world.apply(CHECKOUT).await.expect("good").plan.steps[0].action.name(), "unchanged");
    assert_eq!(world.slos.show("checkout", world.clock.now()).await.expect("defined").revision, 1);
}

#[tokio::test]
async fn a_target_edit_keeps_counting_and_an_sli_edit_counts_anew() {
    let world = World::new().await;
    world.apply(CHECKOUT).await.expect("good");
    let generation = || world.slos.store.counter_status("slo/checkout/0").expect("active").generation;
    let first = generation();
    world.apply(&CHECKOUT.replace("0.999", "0.99")).await.expect("good");
    assert_eq!(generation(), first);
    world.apply(&CHECKOUT.replace("status = 'error'", "http_status >= 500")).await.expect("good");
    assert_ne!(generation(), first);
    assert_eq!(world.slos.show("checkout", world.clock.now()).await.expect("defined").revision, 3);
}

#[tokio::test]
async fn a_wrong_expression_is_told_at_its_place_and_changes_nothing() {
    let world = World::new().await;
    let wrong = CHECKOUT.replace("kind = 'server'", "nonsense = 'server'");
    let Err(ApplyError::Invalid(errors)) = world.apply(&wrong).await else { panic!("refused") };
    assert_eq!((errors[0].line, errors[0].column), (12, 84), "{}", errors[0]);
    assert!(world.slos.list(world.clock.now()).await.expect("reads").is_empty());
}

#[tokio::test]
async fn a_series_has_a_point_for_every_step_and_ends_as_the_status_says() {
    let world = World::new().await;
    world.apply(CHECKOUT).await.expect("good");
    world.minutes(20, 99, 1).await;
    let now = world.clock.now();
    let range = ippo_base::TimeRange { from: now.minus(Duration::from_secs(3600)), to: now };
    let series = world.slos.series("checkout", None, range, now).await.expect("defined");
    assert_eq!((series.step_minutes, series.points.len()), (1, 60));
    let status = world.slos.show("checkout", now).await.expect("defined").status;
    assert_eq!(series.points[59].budget_remaining, status.objectives[0].window().budget.map(|b| b.remaining));
    assert_eq!(series.points[59].counts.bad, 1);
}

#[tokio::test]
async fn time_that_ippo_was_down_for_is_unmeasured() {
    let world = World::new().await;
    world.apply(CHECKOUT).await.expect("good");
    world.minutes(10, 100, 0).await;
    world.clock.advance(Duration::from_secs(20 * 60));
    world.minutes(5, 100, 0).await;
    let status = world.slos.show("checkout", world.clock.now()).await.expect("defined").status;
    assert_eq!(status.objectives[0].window().sum.minutes.measured, 15);
    assert_eq!(status.objectives[0].window().sum.minutes.zero_traffic, 1, "the minute that has begun");
}

#[tokio::test]
async fn past_days_are_counted_again_one_by_one() {
    let world = World::new().await;
    let other = CHECKOUT.replace("name: checkout", "name: basket");
    world.apply(&format!("{CHECKOUT}---\n{other}")).await.expect("good");
    let first_day = world.clock.now().minute().day();
    for _ in 0..2 {
        world.minutes(10, 100, 3).await;
        world.clock.advance(Duration::from_secs(24 * 3600 - 600));
    }
    let mut next = 0;
    let mut looked_at = Vec::new();
    for _ in 0..5 {
        let slice = world.slos.recount_next(&mut next, world.clock.now()).await.expect("the store works");
        looked_at.push(slice.map(|slice| (slice.slo, slice.day - first_day, slice.minutes)));
    }
    let slice = |slo: &str, day, minutes| Some((slo.to_owned(), day, minutes));
    // From the first request of a day on, or where the day before has some from midnight, until the last.
    assert_eq!(looked_at[..2], [slice("basket", 1, 130), slice("checkout", 1, 130)]);
    assert_eq!(looked_at[2..4], [slice("basket", 0, 1320), slice("checkout", 0, 1320)]);
    assert_eq!(looked_at[4], None, "before that there is nothing stored");
    let status = world.slos.show("checkout", world.clock.now()).await.expect("defined");
    assert_eq!(status.remarks, [], "and nothing differs");

    let _turn = world.slos.book.recounting.lock().await;
    let mut next = 0;
    let nobody = world.slos.recount_next(&mut next, world.clock.now()).await.expect("nothing to do");
    assert_eq!((nobody, next), (None, 0), "while somebody asks for a recount");
}

#[tokio::test]
async fn a_mute_lasts_until_its_time_and_names_who_did_it() {
    let world = World::new().await;
    world.apply(CHECKOUT).await.expect("good");
    let until = world.clock.now().plus(Duration::from_secs(60));
    let mute =
        |slo: &str| Mute { slo: slo.to_owned(), until, by: "ada".to_owned(), reason: "deploy".to_owned() };
    assert!(matches!(world.slos.mute(&mute("nothing")).await, Err(SloError::Unknown(_))));
    world.slos.mute(&mute("checkout")).await.expect("defined");
    let muted = || async { world.slos.show("checkout", world.clock.now()).await.expect("defined").mute };
    assert_eq!(muted().await.expect("muted").by, "ada");
    world.clock.advance(Duration::from_secs(60));
    assert_eq!(muted().await, None);
    world.slos.unmute("checkout").await.expect("defined");
}

#[tokio::test]
async fn a_counter_that_the_store_lost_is_ippos_own_failure() {
    let world = World::new().await;
    world.apply(CHECKOUT).await.expect("good");
    world.slos.store.retire_counter("slo/checkout/0").await.expect("retires");
    let evaluated = run_once(&world.slos, world.clock.now()).await.expect("state works");
    assert_eq!(evaluated.failing, ["SLO checkout cannot be judged: telemetry has no counter slo/checkout/0"]);
}

#[tokio::test]
async fn the_bad_count_opens_to_the_requests_behind_it() {
    let world = World::new().await;
    world.apply(CHECKOUT).await.expect("good");
    world.minutes(3, 5, 2).await;
    let now = world.clock.now();
    let range = ippo_base::TimeRange { from: now.minus(Duration::from_secs(3600)), to: now };
    let failures = world.slos.failures("checkout", 0, range, 4).await.expect("defined");
    assert_eq!((failures.value.len(), failures.partial), (4, false));
    assert!(failures.value.iter().all(|failure| failure.status == "error"));
    assert!(failures.value.is_sorted_by_key(|failure| std::cmp::Reverse(failure.time)));
    let all = world.slos.failures("checkout", 0, range, 100).await.expect("defined");
    assert_eq!(all.value.len(), 6);
}

fn exclude(from: ippo_base::Minute, minutes: u32, counts_as: ExcludedTime) -> Exclude {
    Exclude {
        slo: "checkout".to_owned(),
        range: ippo_base::MinuteRange { from, to: from.plus(minutes) },
        repeat: None,
        counts_as,
        reason: "load test".to_owned(),
        ticket: "OPS-1".to_owned(),
        by: "ada".to_owned(),
    }
}

#[tokio::test]
async fn an_exclusion_says_what_it_changes_before_it_does_and_is_taken_back() {
    let world = World::new().await;
    world.apply(&CHECKOUT.replace("0.999", "0.9")).await.expect("good");
    world.minutes(10, 10, 0).await;
    let begins = world.clock.now().minute();
    world.minutes(10, 5, 5).await;
    let now = world.clock.now();
    let left = || async {
        let status = world.slos.show("checkout", world.clock.now()).await.expect("defined").status;
        let window = status.objectives[0].window().clone();
        (window.budget.expect("counted").remaining.to_percent(0), window.sum.minutes.excluded)
    };
    assert_eq!(left().await, ("-150".to_owned(), 0));

    let wish = || exclude(begins, 10, ExcludedTime::LeftOut);
    let effect = |entered: &Entered| match &entered.entry {
        LedgerEntry::Exclusion(exclusion) => {
            let told = |share: Option<ippo_domain::slo::Ratio>| share.expect("counted").to_percent(0);
            (told(exclusion.effects[0].before), told(exclusion.effects[0].after))
        }
        other => panic!("{other:?}"),
    };
    let planned = world.slos.exclude(wish(), true, now).await.expect("makes sense");
    assert_eq!(effect(&planned), ("-150".to_owned(), "100".to_owned()));
    assert_eq!(left().await, ("-150".to_owned(), 0), "nothing is changed by looking");

    let entered = world.slos.exclude(wish(), false, now).await.expect("makes sense");
    assert_eq!(effect(&entered), effect(&planned));
    assert_eq!(left().await, ("100".to_owned(), 10));
    world.minutes(10, 9, 1).await;
    assert_eq!(left().await, ("50".to_owned(), 10), "and time goes on");

    let back = |id: String| {
        let (slos, now) = (world.slos.clone(), world.clock.now());
        async move { slos.withdraw("checkout", (&id, Withdraw::All), "a slip", "grace", now).await }
    };
    assert!(matches!(back("no such".to_owned()).await, Err(SloError::Refused(_))));
    back(entered.id.clone()).await.expect("it is there");
    assert!(
        matches!(back(entered.id.clone()).await, Err(SloError::Refused(reason)) if reason.contains("already"))
    );
    assert_eq!(left().await, ("-100".to_owned(), 0));
    let ledger = world.slos.ledger("checkout", None, 10).await.expect("defined");
    let kinds: Vec<&str> = ledger.iter().map(|entered| entered.entry.kind()).collect();
    assert_eq!(kinds, ["withdrawal", "exclusion"]);
}

#[tokio::test]
async fn failures_that_count_as_good_leave_the_window_as_it_is() {
    let world = World::new().await;
    world.apply(&CHECKOUT.replace("0.999", "0.9")).await.expect("good");
    let begins = world.clock.now().minute();
    world.minutes(10, 5, 5).await;
    world.minutes(10, 10, 0).await;
    world
        .slos
        .exclude(exclude(begins, 10, ExcludedTime::Good), false, world.clock.now())
        .await
        .expect("makes sense");
    let status = world.slos.show("checkout", world.clock.now()).await.expect("defined").status;
    let window = status.objectives[0].window().clone();
    assert_eq!((window.sum.counts.good, window.sum.counts.bad, window.sum.minutes.excluded), (200, 0, 0));
}

#[tokio::test]
async fn looking_at_an_exclusion_leaves_what_is_known_of_days() {
    let world = World::new().await;
    world.apply(CHECKOUT).await.expect("good");
    let begins = world.clock.now().minute();
    world.minutes(5, 10, 1).await;
    let days_read = || async {
        let moment = read::Moment::read(&world.slos, world.clock.now()).await.expect("state works");
        let defined = world.slos.defined("checkout").expect("defined");
        let mut gatherer = gather::Gatherer::new(&world.slos.store, &world.slos.book, &moment.up);
        let exclusions = moment.exclusions_of("checkout");
        gatherer.gather(&defined, moment.reach(&defined.slo), &exclusions, vec![]);
        gatherer.read
    };
    days_read().await;
    assert_eq!(days_read().await, 0, "nothing has changed");
    let wish = || exclude(begins, 5, ExcludedTime::LeftOut);
    world.slos.exclude(wish(), true, world.clock.now()).await.expect("makes sense");
    assert_eq!(days_read().await, 0, "nor by looking");
    world.slos.exclude(wish(), false, world.clock.now()).await.expect("makes sense");
    assert_eq!(days_read().await, 1, "the day has other sums now");
}

#[tokio::test]
async fn exclusions_that_make_no_sense_are_refused_and_enter_nothing() {
    let world = World::new().await;
    world.apply(CHECKOUT).await.expect("good");
    let now = world.clock.now();
    let wishes = [
        exclude(now.minute(), 0, ExcludedTime::LeftOut),
        exclude(now.minute().minus(500 * 1440), 400 * 1440, ExcludedTime::LeftOut),
        exclude(now.minute().plus(400 * 1440), 10, ExcludedTime::LeftOut),
    ];
    for wish in wishes {
        assert!(matches!(world.slos.exclude(wish, false, now).await, Err(SloError::Refused(_))));
    }
    let unknown = Exclude { slo: "nothing".to_owned(), ..exclude(now.minute(), 5, ExcludedTime::Good) };
    assert!(matches!(world.slos.exclude(unknown, false, now).await, Err(SloError::Unknown(_))));
    assert!(world.slos.ledger("checkout", None, 10).await.expect("defined").is_empty());
}

#[tokio::test]
async fn planned_maintenance_that_is_left_out_wakes_nobody() {
    let world = World::new().await;
    world.apply(CHECKOUT).await.expect("good");
    world.minutes(30, 100, 0).await;
    let begins = world.clock.now().minute();
    world
        .slos
        .exclude(exclude(begins, 60, ExcludedTime::LeftOut), false, world.clock.now())
        .await
        .expect("ahead");
    assert_eq!(world.minutes(5, 0, 100).await, Vec::<String>::new(), "all of it fails");
    assert_eq!(world.minutes(50, 0, 0).await, Vec::<String>::new(), "nothing is heard");
    let told = world.minutes(10, 0, 0).await;
    assert_eq!(told, [ABSENCE_FIRES], "it is over, and nothing came back");
}

#[tokio::test]
async fn a_page_that_few_failures_would_send_is_entered_once_and_sent_when_there_are_more() {
    let world = World::new().await;
    world.apply(CHECKOUT).await.expect("good");
    world.minutes(9, 1, 0).await;
    let told = world.minutes(2, 0, 1).await;
    let pages = told.iter().filter(|what| what.contains("/page")).count();
    assert_eq!(pages, 2, "two of eleven are no chance, for either pair: {told:?}");
    let ledger = || async { world.slos.ledger("checkout", None, 10).await.expect("defined") };
    let entries = ledger().await;
    assert!(entries.iter().all(|entered| entered.by == "ippo"));
    let words: Vec<String> = entries.iter().map(|entered| entered.entry.words().english).collect();
    assert_eq!(words.len(), 2, "one for each pair that pages: {words:?}");
    assert!(words.iter().all(|words| words.contains("1 of 10 failed")), "{words:?}");
    world.minutes(2, 1, 0).await;
    assert_eq!(ledger().await.len(), 2, "it is not entered again while it lasts, nor when it ends");
}

#[tokio::test]
async fn a_page_that_is_held_back_is_one_for_as_long_as_its_long_window_burns() {
    let world = World::new().await;
    world.apply(CHECKOUT).await.expect("good");
    world.minutes(9, 6, 0).await;
    // The short window of five minutes is clean in between; the hour burns on.
    for _ in 0..2 {
        world.minutes(1, 0, 1).await;
        world.minutes(8, 1, 0).await;
    }
    let entries = world.slos.ledger("checkout", None, 10).await.expect("defined");
    let of_the_hour = entries.iter().filter(|e| e.entry.words().english.contains("page 1h/5m")).count();
    assert_eq!(of_the_hour, 1, "{entries:?}");
}
