//! Searches say how far they have got; they end when nobody waits for them, or when their time is over, and are gone on with
//! from there.

use std::sync::Arc;
use std::time::Duration;

use futures::FutureExt as _;
use ippo_base::clock::SimClock;
use ippo_base::disk::{Operation, SimDisk};
use ippo_base::{Timestamp, limits};
use prost::Message as _;
use tokio::runtime::Handle;
use tokio::sync::watch;

use super::world::{LogFact, MINUTE, SpanFact, World, all_time, minutes_ago, now, span_request};
use crate::expr::Expr;
use crate::read::{
    Found, LogFilter, LogRecord, LogSearch, Needle, ReadLimits, Reader, SeriesFilter, Stop, Where,
};
use crate::signal::Signal;
use crate::{Store, StoreError, StoreOptions};

const HOURS: usize = 40;

fn search(limit: usize, text: &str) -> LogSearch {
    let contains = Some(Needle::new(text, false).expect("short"));
    let only = LogFilter { contains, ..LogFilter::default() };
    LogSearch { range: minutes_ago(60 * 100, -1), only, limit, after: None }
}

fn bodies(records: &[LogRecord]) -> Vec<String> {
    records.iter().map(|record| record.body.clone()).collect()
}

#[tokio::test]
async fn a_search_shows_all_that_fits_down_to_where_it_has_got() {
    for (seed, text) in [(1, "refused"), (2, "支払"), (3, "nowhere")] {
        let world = World::new(seed).await;
        let search = LogSearch { range: all_time(), ..search(1000, text) };
        let mut last = (0, Timestamp::MAX);
        let mut reports = 0;
        let found = world.reader().watched_logs(&search, |progress, page| {
            assert_eq!(progress.rows, world.logs.len() as u64);
            assert!(last.0 <= progress.looked && progress.looked <= progress.rows, "{progress:?}");
            assert!(progress.back_to <= last.1, "{progress:?}");
            last = (progress.looked, progress.back_to);
            reports += 1;
            let fits = |fact: &&LogFact| {
                fact.time >= progress.back_to.as_nanos() && fact.body.to_lowercase().contains(text)
            };
            assert_eq!(page.len(), world.logs.iter().filter(fits).count());
        });
        assert_eq!(last, (world.logs.len() as u64, search.range.from));
        assert!(reports > 5, "it says so often");
        assert_eq!(found, world.reader().logs(&search));
        assert!(!found.partial);
    }
}

#[tokio::test]
async fn a_search_that_ended_early_is_gone_on_with() {
    for stop_after in [1, 2, 7, 23] {
        let world = World::of_hours(HOURS).await;
        let stop = Stop::default();
        let reader = world.reader().within(ReadLimits::until(&stop));
        let mut reports = 0;
        let found = reader.watched_logs(&search(1000, "hour"), |_, _| {
            reports += 1;
            if reports == stop_after {
                stop.stop();
            }
        });
        assert!(found.partial && found.warnings[0].contains("stopped"), "{:?}", found.warnings);
        assert!(found.value.items.len() < HOURS);
        let mut all = bodies(&found.value.items);
        let rest = world.reader().logs(&LogSearch { after: found.value.next, ..search(1000, "hour") });
        assert!(!rest.partial && rest.value.next.is_none());
        all.extend(bodies(&rest.value.items));
        assert_eq!(all, world.logs.iter().map(|fact| fact.body.clone()).collect::<Vec<_>>());
    }
}

#[tokio::test]
async fn a_search_whose_time_is_over_says_how_far_it_got() {
    let world = World::of_hours(HOURS).await;
    let mut search = search(1000, "hour");
    let mut all = Vec::new();
    let mut rounds = 0;
    loop {
        let clock = SimClock::new(now());
        let limits = ReadLimits::within(Duration::from_secs(30), Arc::new(clock.clone()), &Stop::default());
        let reader = world.reader().within(limits);
        let found = reader.watched_logs(&search, |_, _| clock.advance(Duration::from_secs(3)));
        all.extend(bodies(&found.value.items));
        rounds += 1;
        let Some(next) = found.value.next else { break };
        assert!(found.partial);
        let text = &found.warnings[0];
        assert!(text.contains("30 s") && text.contains("what is older than 2026-11-2"), "{text}");
        search.after = Some(next);
    }
    assert!(rounds > 3, "its time was over several times");
    assert_eq!(all, world.logs.iter().map(|fact| fact.body.clone()).collect::<Vec<_>>());
}

/// Reads of the disk that a search costs, all files fresh.
async fn reads_of(leave: bool) -> u64 {
    let world = World::of_hours(HOURS).await;
    let before = world.disk.reads();
    world.disk.hold(Operation::Read);
    let searching = world.store.read(|reader: &Reader| reader.logs(&search(1000, "hour")));
    let mut searching = Box::pin(searching);
    assert!(searching.as_mut().now_or_never().is_none(), "it waits for the disk");
    while world.disk.held(Operation::Read) == 0 {
        tokio::task::yield_now().await;
    }
    assert_eq!(world.store.reads(), 1);
    if leave {
        drop(searching);
        world.disk.release(Operation::Read);
    } else {
        world.disk.release(Operation::Read);
        let found = searching.await.expect("read");
        assert_eq!(found.value.items.len(), HOURS);
    }
    while world.store.reads() > 0 {
        tokio::task::yield_now().await;
    }
    world.disk.reads() - before
}

#[tokio::test]
async fn a_read_ends_when_nobody_waits_for_it_any_more() {
    let (whole, left) = (reads_of(false).await, reads_of(true).await);
    assert!(whole >= 2 * HOURS as u64, "each file is read: {whole}");
    assert!(left <= 8, "two parts were being looked at: {left}");
}

fn says_so<T>(what: &str, found: &Found<T>) {
    assert!(found.partial, "{what}");
    assert!(found.warnings.iter().any(|warning| warning.contains("stopped")), "{what}: {:?}", found.warnings);
}

#[tokio::test]
async fn every_read_over_a_range_can_be_stopped_and_says_so() {
    let world = World::new(2).await;
    let stop = Stop::default();
    stop.stop();
    let before = world.disk.reads();
    let reader = world.reader().within(ReadLimits::until(&stop));
    let range = all_time();
    let anything = LogFilter::default();
    let traces = super::traces::search(1000);
    says_so("traces", &reader.traces(&traces));
    says_so("services", &reader.services(range, &Where::default()));
    let filter = Expr::parse("error", Signal::Spans).expect("an expression");
    for filter in [None, Some(&filter)] {
        says_so("endpoints", &reader.endpoints("cart", range, &Where::default(), filter));
        says_so("series", &reader.series("cart", range, 600, &Where::default(), filter));
    }
    says_so("changes", &reader.endpoint_changes(range));
    says_so("failures", &reader.failures(Signal::Spans, &filter, range, 1000));
    says_so("affected", &reader.affected(Signal::Spans, &filter, range));
    says_so("counts", &reader.log_counts(range, &anything, 60));
    let logs = LogSearch { range, only: anything, limit: 1000, after: None };
    says_so("logs", &reader.logs(&logs));
    says_so("a stream of logs", &reader.stream_logs(&logs, |_| true));
    assert_eq!(world.disk.reads(), before, "no file is read");
    assert!(!reader.metrics(range, &SeriesFilter::default()).partial, "there is no file to read");
}

#[tokio::test]
async fn rows_are_found_in_every_row_group_of_a_large_file() {
    let world = World::of_hours(0).await;
    let fact = |n: i64| LogFact {
        time: now().as_nanos() - 20 * MINUTE - n % 7,
        service: "cart".to_owned(),
        severity_number: 9,
        body: if n % 99 == 0 { format!("needle {n}") } else { String::new() },
        event_name: None,
        observed: n,
        trace_id: None,
    };
    let facts: Vec<LogFact> = (0..1_000).map(fact).collect();
    for facts in facts.chunks(200) {
        world.send_logs(facts).await;
    }
    world.store.flush().await.expect("flushed");
    let wanted = || facts.iter().filter(|fact| !fact.body.is_empty());
    let mut parts = Vec::new();
    let found =
        world.reader().watched_logs(&search(1000, "NEEDLE"), |progress, _| parts.push(progress.looked));
    parts.dedup();
    assert_eq!(parts, [256, 512, 768, 1_000]);
    let mut bodies = bodies(&found.value.items);
    bodies.sort();
    let mut expected: Vec<String> = wanted().map(|fact| fact.body.clone()).collect();
    expected.sort();
    assert_eq!(bodies, expected);
    assert!(found.value.items.is_sorted_by(|a, b| a.time >= b.time));
    let newest = LogSearch { only: LogFilter::default(), limit: 3, ..search(3, "") };
    let newest = world.reader().logs(&newest).value.items;
    assert!(newest.iter().all(|record| record.time.as_nanos() == facts[0].time));
    let only = search(1, "needle").only;
    assert_eq!(
        world.reader().log_counts(minutes_ago(60, 0), &only, 60).value.total(),
        wanted().count() as u64
    );
}

#[tokio::test]
async fn a_trace_without_end_is_shown_in_part() {
    let world = World::new(4).await;
    let one = world.spans[0].clone();
    let before = world.reader().trace(&one.trace_id).value.len();
    let span = |n: usize| SpanFact { span_id: (n as u64 + (1 << 40)).to_be_bytes(), ..one.clone() };
    let send = async |range: std::ops::Range<usize>| {
        let spans: Vec<SpanFact> = range.map(span).collect();
        let sent = span_request(&spans).encode_to_vec().into();
        world.store.append(Signal::Spans, "test", sent).await.expect("stored");
    };
    send(0..20_000).await;
    world.store.flush().await.expect("flushed");
    send(20_000..limits::TRACE_ROWS - before).await;
    let whole = world.reader().trace(&one.trace_id);
    assert_eq!((whole.value.len(), whole.partial), (limits::TRACE_ROWS, false));
    send(limits::TRACE_ROWS - before..limits::TRACE_ROWS).await;
    let part = world.reader().trace(&one.trace_id);
    assert_eq!((part.value.len(), part.partial), (limits::TRACE_ROWS, true));
    assert_eq!(
        part.warnings,
        ["the trace has more than 50000 spans; any 50000 of them are shown, and the root may be missing"]
    );
}

#[tokio::test]
async fn so_many_reads_run_at_once_and_others_wait_for_their_turn() {
    let clock = SimClock::new(now());
    let options = StoreOptions::default();
    let opened = Store::open(Arc::new(SimDisk::new(1)), Arc::new(clock.clone()), options.clone());
    let (store, _) = opened.expect("opens");
    let (go_on, held) = watch::channel(false);
    let long = || {
        let mut held = held.clone();
        let runtime = Handle::current();
        let wait =
            move |_: &Reader| runtime.block_on(async move { held.wait_for(|go_on| *go_on).await.is_ok() });
        let store = store.clone();
        tokio::spawn(async move { store.read(wait).await })
    };
    let mut running: Vec<_> = (0..20).map(|_| long()).collect();
    while store.reads() < 16 || clock.sleepers() < 4 {
        tokio::task::yield_now().await;
    }
    let last = running.pop().expect("it waits");
    last.abort();
    assert!(last.await.expect_err("it left").is_cancelled());
    assert_eq!(store.reads(), 16);
    clock.advance(options.read_time);
    let waited = running.split_off(16);
    for refused in waited {
        assert!(matches!(refused.await.expect("no panic"), Err(StoreError::Busy)));
    }
    let next = long();
    while clock.sleepers() == 0 {
        tokio::task::yield_now().await;
    }
    go_on.send(true).expect("they wait");
    for read in running.into_iter().chain([next]) {
        assert!(read.await.expect("no panic").expect("it had its turn"));
    }
    assert_eq!(store.reads(), 0);
}
