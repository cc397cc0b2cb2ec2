//! Whole traces, lists of traces, and the rows behind a filter.

use std::collections::{BTreeMap, BTreeSet};

use super::world::{SpanFact, World, all_time, minutes_ago};
use crate::expr::Expr;
use crate::read::{TraceSearch, TraceSummary};
use crate::signal::Signal;

pub(super) fn search(limit: usize) -> TraceSearch {
    TraceSearch {
        range: all_time(),
        service: None,
        name: None,
        filter: None,
        min_duration_ns: None,
        error: None,
        limit,
        after: None,
    }
}

async fn pages(world: &World, mut search: TraceSearch, flush_between: bool) -> Vec<TraceSummary> {
    let mut seen = Vec::new();
    loop {
        let found = world.reader().traces(&search);
        assert!(!found.partial && found.warnings.is_empty());
        let count = found.value.items.len();
        seen.extend(found.value.items);
        let Some(next) = found.value.next else { break };
        assert_eq!(count, search.limit, "only the last page is short");
        search.after = Some(next);
        if flush_between {
            world.store.flush().await.expect("flushed");
        }
    }
    seen
}

/// The list as its definition says: by each trace's newest matching span, then by id.
fn recount(spans: &[SpanFact], matches: impl Fn(&SpanFact) -> bool) -> Vec<TraceSummary> {
    let mut newest: BTreeMap<String, i64> = BTreeMap::new();
    for span in spans.iter().filter(|span| matches(span)) {
        let at = newest.entry(span.trace()).or_insert(i64::MIN);
        *at = (*at).max(span.start);
    }
    let mut order: Vec<(String, i64)> = newest.into_iter().collect();
    order.sort_by(|a, b| b.1.cmp(&a.1).then(a.0.cmp(&b.0)));
    order.into_iter().map(|(id, _)| summary(spans, id)).collect()
}

fn summary(spans: &[SpanFact], trace_id: String) -> TraceSummary {
    let of: Vec<&SpanFact> = spans.iter().filter(|span| span.trace() == trace_id).collect();
    let head = of.iter().min_by_key(|s| (s.parent.is_some(), s.start, s.span_id)).expect("not empty");
    let start = of.iter().map(|span| span.start).min().expect("not empty");
    let end = of.iter().map(|span| span.start + span.duration_ns).max().expect("not empty");
    let services: BTreeSet<&str> = of.iter().map(|span| span.service).collect();
    TraceSummary {
        trace_id,
        start: ippo_base::Timestamp::from_nanos(start),
        duration_ms: (end - start) as f64 / 1e6,
        service: head.service.to_owned(),
        name: head.name(),
        status: if head.error { "error" } else { "unset" }.to_owned(),
        services: services.into_iter().map(str::to_owned).collect(),
        spans: of.len() as u64,
        errors: of.iter().filter(|span| span.error).count() as u64,
    }
}

#[tokio::test]
async fn pages_hold_every_trace_once_in_order() {
    for (seed, limit, flush) in
        [(1, 1, false), (2, 7, true), (3, 50, true), (4, 160, false), (5, 1000, false)]
    {
        let world = World::new(seed).await;
        assert_eq!(pages(&world, search(limit), flush).await, recount(&world.spans, |_| true));
    }
}

#[tokio::test]
async fn each_condition_narrows_the_search() {
    let world = World::new(6).await;
    let range = minutes_ago(170, 30);
    let slow = "duration_ns > 60000000 AND attrs['user.id'] = 'u3'";
    let filter = Some(Expr::parse(slow, Signal::Spans).expect("an expression"));
    let ask = async |search: TraceSearch| pages(&world, search, false).await;
    let same = |found: Vec<TraceSummary>, matches: &dyn Fn(&SpanFact) -> bool| {
        let wanted = recount(&world.spans, matches);
        assert!(!wanted.is_empty() && wanted.len() < 160, "the search is worth a test");
        assert_eq!(found, wanted);
    };

    same(ask(TraceSearch { range, ..search(9) }).await, &|span| span.is_in(range));
    same(ask(TraceSearch { service: Some("cart".into()), ..search(9) }).await, &|span| {
        span.service == "cart"
    });
    same(ask(TraceSearch { name: Some("GET /cart".into()), ..search(9) }).await, &|s| {
        s.name() == "GET /cart"
    });
    same(ask(TraceSearch { error: Some(true), ..search(9) }).await, &|span| span.error);
    same(
        ask(TraceSearch { error: Some(false), service: Some("payment".into()), ..search(9) }).await,
        &|span| !span.error && span.service == "payment",
    );
    same(ask(TraceSearch { min_duration_ns: Some(90_000_000), ..search(9) }).await, &|span| {
        span.duration_ns >= 90_000_000
    });
    same(ask(TraceSearch { filter, ..search(9) }).await, &|span| {
        span.duration_ns > 60_000_000 && span.user.as_deref() == Some("u3")
    });
    let nowhere = TraceSearch { service: Some("nobody".into()), ..search(9) };
    assert!(ask(nowhere).await.is_empty());
}

#[tokio::test]
async fn a_trace_is_whole_whatever_its_age() {
    let world = World::new(7).await;
    let reader = world.reader();
    for span in world.some_traces() {
        let found = reader.trace(&span.trace_id);
        assert!(!found.partial);
        assert!(found.value.is_sorted_by_key(|span| (span.start, span.span_id.clone())));
        let mut wanted: Vec<&SpanFact> = world.spans.iter().filter(|s| s.trace_id == span.trace_id).collect();
        wanted.sort_by_key(|span| (span.start, span.span_id));
        assert_eq!(found.value.len(), wanted.len());
        for (span, fact) in found.value.iter().zip(wanted) {
            assert_eq!(span.span_id, hex::encode(fact.span_id));
            assert_eq!(span.parent_span_id, fact.parent.map(hex::encode));
            assert_eq!((span.start.as_nanos(), span.duration_ns), (fact.start, fact.duration_ns));
            assert_eq!((span.service.as_str(), span.environment.as_str()), (fact.service, fact.environment));
            assert_eq!((span.name.clone(), span.error), (fact.name(), fact.error));
            assert_eq!(span.status_message.as_deref(), fact.error.then_some("boom"));
            assert_eq!(span.user_id, fact.user);
            let attrs: BTreeMap<String, String> = serde_json::from_str(&span.attrs).expect("an object");
            assert_eq!(attrs.get("http.route").map(String::as_str), Some(fact.route));
            assert!(span.resource.contains(r#""service.namespace":"shop""#), "{}", span.resource);
        }
    }
    assert_eq!(reader.trace(&[1; 16]).value, []);
}

#[tokio::test]
async fn failures_are_the_newest_rows_of_a_filter() {
    let world = World::new(8).await;
    let range = minutes_ago(250, 0);
    let filter =
        Expr::parse("error AND service IN ('cart', 'payment')", Signal::Spans).expect("an expression");
    let mut wanted: Vec<&SpanFact> =
        world.spans.iter().filter(|s| s.is_in(range) && s.error && s.service != "checkout").collect();
    wanted.sort_by_key(|span| std::cmp::Reverse(span.start));
    assert!(wanted.len() > 20);
    for limit in [0, 1, 13, 1000] {
        let found = world.reader().failures(Signal::Spans, &filter, range, limit).value;
        let times: Vec<i64> = found.iter().map(|failure| failure.time.as_nanos()).collect();
        assert_eq!(times, wanted.iter().take(limit).map(|span| span.start).collect::<Vec<_>>());
        let ids: BTreeSet<&Option<String>> = found.iter().map(|failure| &failure.span_id).collect();
        assert_eq!(ids.len(), found.len(), "each once");
        for failure in &found {
            let fact = wanted.iter().find(|span| Some(hex::encode(span.span_id)) == failure.span_id);
            let fact = fact.expect("it matches");
            assert_eq!((&failure.trace_id, &failure.user_id), (&Some(fact.trace()), &fact.user));
            assert_eq!((failure.service.as_str(), &failure.name), (fact.service, &fact.name()));
            assert_eq!((failure.duration_ns, failure.status.as_str()), (Some(fact.duration_ns), "error"));
            assert_eq!(failure.message.as_deref(), Some("boom"));
        }
    }
}

#[tokio::test]
async fn affected_counts_rows_and_users() {
    let world = World::new(9).await;
    let range = minutes_ago(250, 0);
    for (text, is_wanted) in [
        ("error", (|span: &SpanFact| span.error) as fn(&SpanFact) -> bool),
        ("error AND user_id IS NOT NULL", |span| span.error && span.user.is_some()),
        ("service = 'nobody'", |_| false),
    ] {
        let filter = Expr::parse(text, Signal::Spans).expect("an expression");
        let wanted: Vec<&SpanFact> = world.spans.iter().filter(|s| s.is_in(range) && is_wanted(s)).collect();
        let users: BTreeSet<&String> = wanted.iter().filter_map(|span| span.user.as_ref()).collect();
        let found = world.reader().affected(Signal::Spans, &filter, range).value;
        assert_eq!((found.rows, found.users), (wanted.len() as u64, users.len() as u64), "{text}");
        assert_eq!(found.users_exact, wanted.iter().all(|span| span.user.is_some()), "{text}");
        let mut newest: BTreeMap<String, i64> = BTreeMap::new();
        for span in &wanted {
            let at = newest.entry(span.trace()).or_insert(span.start);
            *at = (*at).max(span.start);
        }
        let told: Vec<i64> = found.traces.iter().map(|id| newest[id]).collect();
        let mut times: Vec<i64> = newest.into_values().collect();
        times.sort_by_key(|time| std::cmp::Reverse(*time));
        times.truncate(20);
        assert_eq!(told, times, "{text}");
    }
}
