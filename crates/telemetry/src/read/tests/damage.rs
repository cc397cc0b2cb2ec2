//! A segment that cannot be read makes every answer partial, names itself, and fails none.

use ippo_base::TimeRange;
use ippo_base::disk::Disk as _;

use super::world::{World, all_time};
use crate::expr::Expr;
use crate::read::{Found, LogFilter, LogSearch, Where};
use crate::signal::Signal;

fn says_so<T>(found: &Found<T>, file: &str) {
    assert!(found.partial);
    let named = found.warnings.iter().filter(|warning| warning.contains(file)).count();
    assert_eq!(named, 1, "{:?}", found.warnings);
}

fn newest(world: &World, signal: Signal) -> crate::segment::SegmentRef {
    let snapshot = world.store.snapshot();
    snapshot.segments(signal, TimeRange::ALL).max_by_key(|meta| meta.max_time).expect("some").clone()
}

fn check_spans(world: &World, file: &str) {
    let (reader, range) = (world.reader(), all_time());
    let traces = super::traces::search(1000);
    says_so(&reader.traces(&traces), file);
    says_so(&reader.services(range, &Where::default()), file);
    let filter = Expr::parse("error AND user_id IS NOT NULL", Signal::Spans).expect("an expression");
    for filter in [None, Some(&filter)] {
        says_so(&reader.endpoints("cart", range, &Where::default(), filter), file);
        says_so(&reader.series("cart", range, 600, &Where::default(), filter), file);
    }
    says_so(&reader.endpoint_changes(range), file);
    says_so(&reader.failures(Signal::Spans, &filter, range, 1000), file);
    let affected = reader.affected(Signal::Spans, &filter, range);
    says_so(&affected, file);
    assert!(!affected.value.users_exact, "nobody knows who is behind its rows");
    let traces = world.some_traces().map(|span| reader.trace(&span.trace_id));
    assert!(traces.filter(|found| found.partial).count() > 0, "some trace has spans in it");
}

#[tokio::test]
async fn a_flipped_bit_is_told() {
    for seed in 0..4 {
        let world = World::new(seed).await;
        let meta = newest(&world, Signal::Spans);
        let at = usize::try_from(meta.bytes * (seed + 1) / 5).expect("small");
        world.disk.flip_bit(&meta.path(), at, 5).expect("flipped");
        check_spans(&world, &meta.file);
    }
}

#[tokio::test]
async fn a_file_that_is_gone_or_cut_is_told() {
    let world = World::new(1).await;
    let meta = newest(&world, Signal::Spans);
    world.disk.truncate(&meta.path(), meta.bytes / 2).expect("cut");
    check_spans(&world, &meta.file);
    world.disk.remove(&meta.path()).expect("removed");
    check_spans(&world, &meta.file);
}

#[tokio::test]
async fn logs_beside_a_damaged_segment_are_found() {
    let world = World::new(2).await;
    let meta = newest(&world, Signal::Logs);
    world.disk.remove(&meta.path()).expect("removed");
    let search = LogSearch { range: all_time(), only: LogFilter::default(), limit: 1000, after: None };
    let found = world.reader().logs(&search);
    says_so(&found, &meta.file);
    assert_eq!(found.value.items.len() as u64, world.logs.len() as u64 - meta.rows);
    says_so(&world.reader().trace_logs(&[7; 16]), &meta.file);
    says_so(&world.reader().log_counts(all_time(), &LogFilter::default(), 60), &meta.file);
    says_so(&world.reader().stream_logs(&search, |_| true), &meta.file);
    says_so(&world.reader().logs_around(found.value.items[0].at, 500, 500), &meta.file);
    says_so(&world.reader().services(all_time(), &Where::default()), &meta.file);
}
