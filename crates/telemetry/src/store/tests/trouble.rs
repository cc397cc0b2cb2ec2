//! A disk that fails for a moment: what could not be done is done later.

use std::sync::Arc;
use std::time::Duration;

use ippo_base::Timestamp;
use ippo_base::clock::SimClock;
use ippo_base::disk::{Fault, Operation, SimDisk};

use super::tail::send;
use crate::store::*;

fn open() -> (Store, SimDisk, SimClock) {
    let disk = SimDisk::new(1);
    let clock = SimClock::new(Timestamp::parse("2026-11-24T02:35:00Z").expect("valid"));
    let (store, _) =
        Store::open(Arc::new(disk.clone()), Arc::new(clock.clone()), StoreOptions::default()).expect("opens");
    (store, disk, clock)
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
