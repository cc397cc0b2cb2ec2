//! Searches of log records and their pages.

use super::world::{LogFact, World, all_time, minutes_ago};
use crate::expr::Expr;
use crate::read::{LogCursor, LogFilter, LogRecord, LogSearch, Needle, Reader, severity_class};
use crate::signal::Signal;

fn search(limit: usize) -> LogSearch {
    LogSearch { range: all_time(), only: LogFilter::default(), limit, after: None }
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
    let filter = |text: &str| Expr::parse(text, Signal::Logs).expect("an expression");
    let ask = async |only: LogFilter| pages(&world, LogSearch { only, ..search(9) }, false).await;

    same(pages(&world, LogSearch { range, ..search(9) }, false).await, &world.logs, |fact| {
        range.from.as_nanos() <= fact.time && fact.time < range.to.as_nanos()
    });
    let any = LogFilter::default;
    same(ask(LogFilter { service: Some("cart".into()), ..any() }).await, &world.logs, |f| {
        f.service == "cart"
    });
    same(ask(LogFilter { severity_number: Some(10), ..any() }).await, &world.logs, |f| {
        f.severity_number >= 10
    });
    same(ask(LogFilter { trace_id: Some(trace_id), ..any() }).await, &world.logs, |f| {
        f.trace_id.as_ref() == Some(&trace)
    });
    for needle in ["payment", "PAYMENT", "Über", "支払"] {
        same(
            ask(LogFilter { contains: Some(Needle::new(needle, false).expect("short")), ..any() }).await,
            &world.logs,
            |f| f.body.to_lowercase().contains(&needle.to_lowercase()),
        );
    }
    let conditions = vec![filter("event_name = 'retry'"), filter("severity_number < 17")];
    same(ask(LogFilter { conditions, ..any() }).await, &world.logs, |f| {
        f.event_name.as_deref() == Some("retry") && f.severity_number < 17
    });
    assert!(ask(LogFilter { span_id: Some([1; 8]), ..any() }).await.is_empty());
}

#[tokio::test]
async fn whole_words_are_found_in_memory_and_in_files_that_know_of_them() {
    let world = World::new(21).await;
    let words = |text: &str| -> Vec<String> {
        let parts = text.split(|letter: char| !letter.is_ascii_alphanumeric() && letter != '_');
        parts.map(str::to_lowercase).collect()
    };
    let needles: Vec<String> = world.logs.iter().flat_map(|fact| words(&fact.body)).collect();
    let needles: std::collections::BTreeSet<String> =
        needles.into_iter().filter(|word| !word.is_empty()).collect();
    assert!(needles.len() > 3, "{needles:?}");
    for flushed in [false, true] {
        if flushed {
            world.store.flush().await.expect("flushed");
        }
        for needle in &needles {
            let only = LogFilter {
                contains: Some(Needle::new(needle, true).expect("short")),
                ..LogFilter::default()
            };
            same(pages(&world, LogSearch { only, ..search(50) }, false).await, &world.logs, |fact| {
                words(&fact.body).contains(needle)
            });
        }
    }
    let (files, snapshot) = (world.store.files(), world.store.snapshot());
    let segments = || snapshot.segments(Signal::Logs, all_time());
    let all = 0..usize::MAX;
    let looked_in = |word: &str| {
        let groups = |meta| {
            files
                .groups_with(Signal::Logs, meta, &all, &[word.as_bytes().to_vec()], &["body"])
                .expect("readable")
                .len()
        };
        segments().map(|meta| groups(meta)).sum::<usize>()
    };
    assert!(segments().count() > 2);
    assert!(looked_in("nowhere") < segments().count() / 2, "files without the word are not read");
    assert!(looked_in("payment") > 0);
}

#[tokio::test]
async fn a_place_finds_its_record_wherever_it_is() {
    for seed in 30..33 {
        let world = World::new(seed).await;
        let all = world.reader().logs(&search(1000)).value.items;
        let places: std::collections::BTreeSet<String> = all.iter().map(|r| r.at.to_string()).collect();
        assert_eq!(places.len(), all.len(), "each has a place of its own");
        for step in ["in memory", "in files", "in merged files"] {
            match step {
                "in memory" => {}
                "in files" => world.store.flush().await.expect("flushed"),
                _ => {
                    world.store.maintain();
                    while world.store.stats().merges.done == 0 {
                        tokio::task::yield_now().await;
                    }
                }
            }
            for record in &all {
                let place: LogCursor = record.at.to_string().parse().expect("as it was written");
                assert_eq!(world.reader().log(place).value.as_ref(), Some(record), "{step}");
            }
        }
    }
    for wrong in ["", "1", "1-2", "x-0000000000000000-0", "1-0-x", "1-zz-0", "1-0000000000000000--1"] {
        assert!(wrong.parse::<LogCursor>().is_err(), "{wrong}");
    }
    let nowhere: LogCursor = "-5-0000000000000001-0".parse().expect("a place before 1970");
    assert_eq!(World::new(30).await.reader().log(nowhere).value, None);
}

#[tokio::test]
async fn the_lines_around_a_record_are_of_its_service() {
    let world = World::new(31).await;
    let all = world.reader().logs(&search(1000)).value.items;
    for (count, at) in [(0, 5), (1, 100), (7, 0), (12, 299), (400, 150)] {
        let wanted = &all[at];
        let of_service: Vec<&LogRecord> = all.iter().filter(|r| r.service == wanted.service).collect();
        let here = of_service.iter().position(|r| r.at == wanted.at).expect("it is there");
        let found = world.reader().logs_around(wanted.at, count, count);
        assert!(!found.partial);
        let around = found.value.expect("it is kept");
        let places = |records: &[LogRecord]| records.iter().map(|r| r.at).collect::<Vec<_>>();
        let newer = &of_service[here.saturating_sub(count)..here];
        let older = &of_service[here + 1..(here + 1 + count).min(of_service.len())];
        assert_eq!(around.record, *wanted);
        assert_eq!(places(&around.after), newer.iter().map(|r| r.at).collect::<Vec<_>>());
        assert_eq!(places(&around.before), older.iter().map(|r| r.at).collect::<Vec<_>>());
    }
}

#[tokio::test]
async fn counts_equal_a_recount() {
    let world = World::new(22).await;
    let range = minutes_ago(211, 3);
    let only = LogFilter {
        contains: Some(Needle::new("p", false).expect("short")),
        service: Some("cart".into()),
        ..LogFilter::default()
    };
    for step_secs in [1200, 7, 86_400] {
        let found = world.reader().log_counts(range, &only, step_secs);
        let nanos = i64::from(step_secs) * 1_000_000_000;
        let first = range.from.as_nanos() - range.from.as_nanos() % nanos;
        let steps = (range.to.as_nanos() - first + nanos - 1) / nanos;
        let mut wanted = vec![[0; 7]; usize::try_from(steps).expect("few")];
        for fact in &world.logs {
            let is_in = range.from.as_nanos() <= fact.time && fact.time < range.to.as_nanos();
            if is_in && fact.service == "cart" && fact.body.to_lowercase().contains('p') {
                let step = usize::try_from((fact.time - first) / nanos).expect("few");
                wanted[step][severity_class(fact.severity_number)] += 1;
            }
        }
        assert_eq!((found.value.first.as_nanos(), &found.value.steps), (first, &wanted));
        assert!(found.value.total() > 5, "the count is worth a test");
    }
    let classes: Vec<usize> = [0, 1, 4, 5, 9, 12, 13, 17, 24, 25, -1].map(severity_class).into();
    assert_eq!(classes, [0, 1, 1, 2, 3, 3, 4, 5, 6, 0, 0]);
}

#[tokio::test]
async fn a_stream_hands_over_what_the_pages_hold() {
    let world = World::new(23).await;
    let all = world.reader().logs(&search(1000)).value.items;
    let streamed = |limit: usize, most: usize| {
        let mut records = Vec::new();
        let found = world.reader().stream_logs(&search(limit), |record| {
            records.push(record);
            records.len() < most
        });
        assert!(!found.partial);
        records
    };
    assert_eq!(streamed(1000, 1000), all);
    assert_eq!(streamed(17, 1000), all[..17]);
    assert_eq!(streamed(1000, 5), all[..5], "it ends when told to");
}

#[tokio::test]
async fn the_logs_of_a_trace_have_any_age() {
    let world = World::new(21).await;
    let reader: Reader = world.reader();
    let mut found = 0;
    for span in world.some_traces() {
        let logs = reader.trace_logs(&span.trace_id).value;
        for record in &logs {
            assert_eq!(reader.log(record.at).value.as_ref(), Some(record));
        }
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
