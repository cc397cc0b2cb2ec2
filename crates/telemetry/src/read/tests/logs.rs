//! Searches of log records and their pages.

use super::world::{LogFact, World, all_time, minutes_ago};
use crate::expr::Expr;
use crate::read::{LogRecord, LogSearch, Reader};
use crate::signal::Signal;

fn search(limit: usize) -> LogSearch {
    LogSearch {
        range: all_time(),
        service: None,
        filter: None,
        contains: None,
        severity_number: None,
        trace_id: None,
        span_id: None,
        limit,
        after: None,
    }
}

fn fact(record: &LogRecord) -> LogFact {
    LogFact {
        time: record.time.as_nanos(),
        service: record.service.clone(),
        severity_number: record.severity_number,
        body: record.body.clone(),
        event_name: record.event_name.clone(),
        observed: record.observed_time.expect("all were sent with it").as_nanos(),
        trace_id: record.trace_id.clone(),
    }
}

/// All pages one after the other, with the store as it is or flushed after each.
async fn pages(world: &World, mut search: LogSearch, flush_between: bool) -> Vec<LogFact> {
    let mut seen = Vec::new();
    loop {
        let found = world.reader().logs(&search);
        assert!(!found.partial && found.warnings.is_empty());
        assert!(found.value.items.len() <= search.limit);
        seen.extend(found.value.items.iter().map(fact));
        let Some(next) = found.value.next else { break };
        assert_eq!(found.value.items.len(), search.limit, "only the last page is short");
        search.after = Some(next);
        if flush_between {
            world.store.flush().await.expect("flushed");
        }
    }
    assert!(seen.is_sorted_by(|a, b| a.time >= b.time), "the newest first");
    seen
}

fn same(mut found: Vec<LogFact>, facts: &[LogFact], is_wanted: impl Fn(&LogFact) -> bool) {
    let mut wanted: Vec<LogFact> = facts.iter().filter(|fact| is_wanted(fact)).cloned().collect();
    found.sort();
    wanted.sort();
    assert!(!wanted.is_empty(), "the search is worth a test");
    let differs = found.iter().zip(&wanted).find(|(found, wanted)| found != wanted);
    assert_eq!(differs, None, "the first record that is missing or told twice");
    assert_eq!(found.len(), wanted.len());
}

#[tokio::test]
async fn pages_hold_every_record_once() {
    for (seed, limit) in [(1, 1), (2, 7), (3, 25), (4, 300), (5, 1000)] {
        let world = World::new(seed).await;
        same(pages(&world, search(limit), false).await, &world.logs, |_| true);
    }
}

#[tokio::test]
async fn a_flush_between_pages_moves_no_record() {
    for seed in 10..16 {
        let world = World::new(seed).await;
        same(pages(&world, search(7), true).await, &world.logs, |_| true);
    }
}

#[tokio::test]
async fn each_condition_narrows_the_search() {
    let world = World::new(20).await;
    let trace = world.logs.iter().find_map(|fact| fact.trace_id.clone()).expect("some have one");
    let mut trace_id = [0; 16];
    hex::decode_to_slice(&trace, &mut trace_id).expect("digits");
    let range = minutes_ago(200, 25);
    let filter = |text: &str| Some(Expr::parse(text, Signal::Logs).expect("an expression"));
    let ask = async |search: LogSearch| pages(&world, search, false).await;

    same(ask(LogSearch { range, ..search(9) }).await, &world.logs, |fact| {
        range.from.as_nanos() <= fact.time && fact.time < range.to.as_nanos()
    });
    same(ask(LogSearch { service: Some("cart".into()), ..search(9) }).await, &world.logs, |f| {
        f.service == "cart"
    });
    same(ask(LogSearch { severity_number: Some(10), ..search(9) }).await, &world.logs, |f| {
        f.severity_number >= 10
    });
    same(ask(LogSearch { trace_id: Some(trace_id), ..search(9) }).await, &world.logs, |f| {
        f.trace_id.as_ref() == Some(&trace)
    });
    for needle in ["payment", "PAYMENT", "Über", "支払"] {
        same(ask(LogSearch { contains: Some(needle.into()), ..search(9) }).await, &world.logs, |f| {
            f.body.to_lowercase().contains(&needle.to_lowercase())
        });
    }
    let retries = LogSearch { filter: filter("event_name = 'retry' AND severity_number < 17"), ..search(9) };
    same(ask(retries).await, &world.logs, |f| {
        f.event_name.as_deref() == Some("retry") && f.severity_number < 17
    });
    let nothing = LogSearch { span_id: Some([1; 8]), ..search(9) };
    assert!(ask(nothing).await.is_empty());
}

#[tokio::test]
async fn the_logs_of_a_trace_have_any_age() {
    let world = World::new(21).await;
    let reader: Reader = world.reader();
    let mut found = 0;
    for span in world.some_traces() {
        let logs = reader.trace_logs(&span.trace_id).value;
        assert!(logs.is_sorted_by(|a, b| a.time <= b.time));
        let mut logs: Vec<LogFact> = logs.iter().map(fact).collect();
        let of_trace = |fact: &&LogFact| fact.trace_id.as_ref() == Some(&span.trace());
        let mut wanted: Vec<LogFact> = world.logs.iter().filter(of_trace).cloned().collect();
        logs.sort();
        wanted.sort();
        assert_eq!(logs, wanted);
        found += logs.len();
    }
    assert!(found > 0);
}
