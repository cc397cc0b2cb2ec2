//! A disk that fails or stalls for a moment: what could not be done is done later, and readers see every row once meanwhile.

use std::sync::Arc;
use std::time::Duration;

use futures::FutureExt as _;
use ippo_base::clock::SimClock;
use ippo_base::disk::{Disk as _, Fault, Operation, SimDisk};
use ippo_base::{TimeRange, Timestamp};

use super::tail::{request, send};
use crate::read::{LogFilter, LogSearch};
use crate::store::*;

fn open_on(disk: &SimDisk, options: StoreOptions) -> (Store, SimClock) {
    let clock = SimClock::new(Timestamp::parse("2026-11-24T02:35:00Z").expect("valid"));
    let (store, found) =
        Store::open(Arc::new(disk.clone()), Arc::new(clock.clone()), options).expect("opens");
    assert_eq!(found.problems, []);
    (store, clock)
}

fn open() -> (Store, SimDisk, SimClock) {
    let disk = SimDisk::new(1);
    let (store, clock) = open_on(&disk, StoreOptions::default());
    (store, disk, clock)
}

/// What a reader sees that begins now, in order.
fn read(store: &Store) -> impl Future<Output = Vec<String>> {
    let search = LogSearch { range: TimeRange::ALL, only: LogFilter::default(), limit: 1000, after: None };
    let found = store.clone();
    async move {
        let found = found.read(move |reader| reader.logs(&search)).await.expect("it runs");
        assert!(!found.partial, "{:?}", found.warnings);
        let mut bodies: Vec<String> = found.value.items.into_iter().map(|record| record.body).collect();
        bodies.sort();
        bodies
    }
}

/// Waits until something is so.
async fn until(is_so: impl Fn() -> bool) {
    while !is_so() {
        tokio::task::yield_now().await;
    }
}

#[tokio::test]
async fn a_merge_that_the_disk_did_not_let_through_is_done_later() {
    let (store, disk, clock) = open();
    for n in 0..8 {
        send(&store, n, &["a record"]).await;
        store.flush().await.expect("flushed");
    }
    disk.inject(Fault::Fails(Operation::Create));
    store.maintain();
    until(|| store.stats().merges.failed == 1).await;
    assert_eq!((store.quarantined(), store.stats().merges.done), (vec![], 0));
    clock.advance(Duration::from_secs(10));
    store.maintain();
    until(|| store.stats().merges.done == 1).await;
    store.stop().await.expect("stopped");
    assert_eq!(disk.failures(Operation::Create), 1);
}

#[tokio::test]
async fn while_the_disk_stalls_nothing_is_acknowledged_readers_go_on_and_too_much_is_refused() {
    for (operation, seed) in [(Operation::Append, 1), (Operation::Sync, 2)] {
        let disk = SimDisk::new(seed);
        let (store, _) = open_on(&disk, StoreOptions { memory_bytes: 64 * 1024, ..StoreOptions::default() });
        let mut sent = vec!["0".to_owned()];
        send(&store, 0, &["0"]).await;
        store.flush().await.expect("flushed");

        disk.hold(operation);
        let mut waiting = Vec::new();
        let refused = loop {
            let body = format!("{}{}", waiting.len() + 1, "x".repeat(4 * 1024));
            let request = request(waiting.len() as u64 + 1, &[&body]);
            let mut sending = Box::pin(store.append(Signal::Logs, "test", request));
            match sending.as_mut().now_or_never() {
                Some(answer) => break answer.expect_err("nothing is acknowledged"),
                None => waiting.push(sending),
            }
            sent.push(body);
        };
        assert!(matches!(refused, AppendError::Store(StoreError::Overloaded)), "{refused}");
        assert!(waiting.len() > 2, "{}", waiting.len());
        until(|| disk.held(operation) == 1).await;
        let stats = store.stats();
        assert!(stats.refused == 1 && stats.memory.requests <= stats.memory.limit, "{:?}", stats.memory);
        assert_eq!(read(&store).await, ["0"], "of the disk, and what is not acknowledged is not seen");
        assert!(waiting.iter_mut().all(|sending| sending.as_mut().now_or_never().is_none()));

        disk.release(operation);
        for sending in waiting {
            assert_eq!(sending.await.expect("stored").accepted, 1);
        }
        assert_eq!(read(&store).await, sent);
        send(&store, 1000, &["and on"]).await;
        sent.push("and on".to_owned());
        disk.crash();
        let (store, _) = open_on(&disk, StoreOptions::default());
        assert_eq!(read(&store).await, sent, "all that was acknowledged");
    }
}

#[tokio::test]
async fn readers_see_each_row_once_while_segments_are_written_and_replaced() {
    let (store, disk, _) = open();
    let mut sent = Vec::new();
    let more = async |sent: &mut Vec<String>| {
        let body = format!("{:02}", sent.len());
        send(&store, sent.len() as u64, &[&body]).await;
        sent.push(body);
    };
    for operation in [Operation::Create, Operation::Sync, Operation::SyncDir, Operation::Rename].repeat(2) {
        more(&mut sent).await;
        disk.hold(operation);
        let mut flushing = Box::pin(store.flush());
        assert!(flushing.as_mut().now_or_never().is_none());
        until(|| disk.held(operation) == 1).await;
        assert_eq!(read(&store).await, sent, "while a flush is at {operation:?}");
        if operation == Operation::Rename {
            more(&mut sent).await;
            assert_eq!(read(&store).await, sent, "what comes meanwhile");
        }
        disk.release(operation);
        flushing.await.expect("flushed");
        assert_eq!(read(&store).await, sent);
    }
    let files = || disk.list("segments").expect("listed").len();
    assert_eq!(files(), 8);

    disk.hold(Operation::Rename);
    store.maintain();
    until(|| disk.held(Operation::Rename) == 1).await;
    assert_eq!((files(), read(&store).await), (9, sent.clone()), "before the manifest names the new one");
    // This one begins with the old ones.
    disk.hold(Operation::Read);
    let mut reading = Box::pin(read(&store));
    assert!(reading.as_mut().now_or_never().is_none());
    until(|| disk.held(Operation::Read) > 0).await;
    disk.release(Operation::Rename);
    until(|| store.stats().merges.done == 1).await;
    disk.release(Operation::Read);
    assert_eq!((reading.await, read(&store).await), (sent.clone(), sent.clone()));
    more(&mut sent).await;
    store.flush().await.expect("flushed");
    assert_eq!(
        (files(), read(&store).await),
        (2, sent),
        "what was replaced went when nobody read it any more"
    );
}
