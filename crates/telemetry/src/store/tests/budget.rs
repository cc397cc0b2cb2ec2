//! What is kept of each signal goes by its age and by the space it takes.

use std::sync::Arc;
use std::time::Duration;

use ippo_base::clock::SimClock;
use ippo_base::disk::{Disk as _, SimDisk};
use ippo_base::{TimeRange, Timestamp};

use super::tail::send;
use crate::read::{LogFilter, LogSearch};
use crate::store::*;

const HOUR_NANOS: u64 = 3_600_000_000_000;

fn open(disk: &SimDisk, clock: &SimClock, logs: Budget) -> Store {
    let mut options = StoreOptions::default();
    options.keep[Signal::Logs.index()] = logs;
    Store::open(Arc::new(disk.clone()), Arc::new(clock.clone()), options).expect("opens").0
}

async fn bodies(store: &Store) -> Vec<String> {
    let search = LogSearch { range: TimeRange::ALL, only: LogFilter::default(), limit: 100, after: None };
    let found = store.read(move |reader| reader.logs(&search)).await.expect("it runs");
    assert!(!found.partial, "{:?}", found.warnings);
    found.value.items.into_iter().map(|record| record.body).collect()
}

#[tokio::test]
async fn the_oldest_hours_go_when_space_is_short_and_never_come_back() {
    let disk = SimDisk::new(1);
    // Requests are of 02:30 and the hours after it.
    let clock = SimClock::new(Timestamp::parse("2026-11-24T05:45:00Z").expect("valid"));
    let store = open(&disk, &clock, Budget::default());
    for (hour, body) in (0..).zip(["two", "three", "four", "five"]) {
        send(&store, hour * HOUR_NANOS, &[body]).await;
        store.flush().await.expect("flushed");
    }
    let of_one = store.stats().signals[Signal::Logs.index()].segments.bytes / 4;
    store.stop().await.expect("stopped");

    // Room for two hours and a half.
    let budget = Budget { bytes: Some(of_one * 5 / 2), ..Budget::default() };
    let store = open(&disk, &clock, budget);
    assert_eq!(bodies(&store).await.len(), 4, "nothing goes before it is time to");
    store.maintain();
    store.flush().await.expect("flushed");
    assert_eq!(bodies(&store).await, ["five", "four"]);
    assert_eq!(disk.list("segments").expect("listed").len(), 2, "the space is there again");
    let kept = store.kept()[Signal::Logs.index()];
    assert_eq!((kept.budget, kept.from.to_string()), (budget, "2026-11-24T04:00:00Z".to_owned()));

    let late = send(&store, 1, &["two again"]).await;
    assert_eq!((late.accepted, late.rejected), (0, 1), "what would go at once is not acknowledged");
    store.stop().await.expect("stopped");
    let store = open(&disk, &clock, Budget::default());
    let late = send(&store, 2, &["two once more"]).await;
    assert_eq!(late.accepted, 0, "also with more room: whoever counted was told that this is gone");
    assert_eq!(bodies(&store).await, ["five", "four"]);
}

#[tokio::test]
async fn signals_have_times_of_their_own() {
    let disk = SimDisk::new(2);
    let clock = SimClock::new(Timestamp::parse("2026-11-24T05:45:00Z").expect("valid"));
    let store = open(&disk, &clock, Budget { retention: Duration::from_secs(2 * 3600), bytes: None });
    assert_eq!(send(&store, 0, &["too old"]).await.rejected, 1);
    send(&store, HOUR_NANOS * 3 / 2, &["kept until then"]).await;
    let [spans, logs, metrics] = store.kept();
    assert_eq!(logs.from.to_string(), "2026-11-24T03:45:00Z");
    assert!(spans.from == metrics.from && spans.from < logs.from);
    clock.advance(Duration::from_secs(3 * 3600));
    store.maintain();
    store.flush().await.expect("flushed");
    assert_eq!(bodies(&store).await, Vec::<String>::new());
}
