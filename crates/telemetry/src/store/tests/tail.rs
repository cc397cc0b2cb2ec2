//! Who follows the logs gets what is acknowledged, and never holds up who sends.

use std::sync::Arc;

use futures::FutureExt as _;
use ippo_base::Timestamp;
use ippo_base::clock::SimClock;
use ippo_base::disk::SimDisk;
use opentelemetry_proto::tonic::collector::logs::v1::ExportLogsServiceRequest;
use opentelemetry_proto::tonic::common::v1::{AnyValue, any_value::Value};
use opentelemetry_proto::tonic::logs::v1::{LogRecord, ResourceLogs, ScopeLogs};
use prost::Message as _;

use crate::read::{LogFilter, Needle};
use crate::store::*;

fn open() -> (Store, SimClock) {
    let clock = SimClock::new(Timestamp::parse("2026-11-24T02:30:00Z").expect("valid"));
    let disk = Arc::new(SimDisk::new(1));
    let (store, _) = Store::open(disk, Arc::new(clock.clone()), StoreOptions::default()).expect("opens");
    (store, clock)
}

/// Records of these texts, at a time that makes the request another one each time.
pub(super) fn request(nanos: u64, bodies: &[&str]) -> bytes::Bytes {
    let record = |body: &&str| LogRecord {
        time_unix_nano: 1_795_487_400_000_000_000 + nanos,
        severity_number: 9,
        body: Some(AnyValue { value: Some(Value::StringValue((*body).to_owned())) }),
        ..LogRecord::default()
    };
    let scope = ScopeLogs { log_records: bodies.iter().map(record).collect(), ..ScopeLogs::default() };
    let resource = ResourceLogs { scope_logs: vec![scope], ..ResourceLogs::default() };
    ExportLogsServiceRequest { resource_logs: vec![resource] }.encode_to_vec().into()
}

pub(super) async fn send(store: &Store, nanos: u64, bodies: &[&str]) -> Receipt {
    store.append(Signal::Logs, "test", request(nanos, bodies)).await.expect("stored")
}

fn bodies(tailed: &Tailed) -> Vec<&str> {
    tailed.records.iter().map(|record| record.body.as_str()).collect()
}

#[tokio::test]
async fn a_tail_shows_what_matches_once_and_in_order() {
    let (store, _) = open();
    send(&store, 0, &["before"]).await;
    let only =
        LogFilter { contains: Some(Needle::new("pay", false).expect("short")), ..LogFilter::default() };
    let mut tail = store.tail_logs(only).expect("few follow");
    send(&store, 1, &["nothing here"]).await;
    send(&store, 2, &["Payment 1", "cart", "payment 2"]).await;
    assert!(send(&store, 2, &["Payment 1", "cart", "payment 2"]).await.duplicate);
    send(&store, 3, &["payment 3"]).await;
    let first = tail.next().await.expect("some");
    assert_eq!((bodies(&first), first.missed), (vec!["Payment 1", "payment 2"], 0));
    assert_eq!(bodies(&tail.next().await.expect("some")), ["payment 3"]);
    assert!(tail.next().now_or_never().is_none(), "nothing else came");

    let place = first.records[1].at;
    let found = store.read(move |reader| reader.log(place)).await.expect("read").value.expect("stored");
    assert_eq!(found, first.records[1], "its place finds the record later");
}

#[tokio::test]
async fn who_cannot_keep_up_misses_records_and_is_told() {
    let (store, _) = open();
    let mut tail = store.tail_logs(LogFilter::default()).expect("few follow");
    let many: Vec<&str> = vec!["x"; TAIL_RECORDS + 7];
    send(&store, 1, &many).await;
    let shown = tail.next().await.expect("some");
    assert_eq!((shown.records.len(), shown.missed), (TAIL_RECORDS, 7));

    let large = "y".repeat(60_000);
    let large: Vec<&str> = vec![&large; 100];
    send(&store, 2, &large).await;
    send(&store, 3, &large).await;
    let shown = tail.next().await.expect("some");
    assert_eq!((shown.records.len(), shown.missed), (100, 100), "the second did not fit beside the first");
    send(&store, 4, &["z"]).await;
    assert_eq!(bodies(&tail.next().await.expect("some")), ["z"], "it goes on afterwards");
}

#[tokio::test]
async fn tails_are_few_are_forgotten_and_end_with_the_store() {
    let (store, _) = open();
    let mut tails: Vec<LogTail> =
        (0..TAILS).map(|_| store.tail_logs(LogFilter::default()).expect("few follow")).collect();
    assert!(matches!(store.tail_logs(LogFilter::default()), Err(StoreError::TooManyTails)));
    tails.truncate(1);
    assert_eq!(store.tails(), 1, "who left is forgotten");
    let mut tail = store.tail_logs(LogFilter::default()).expect("few follow");
    store.end_tails();
    assert_eq!(tail.next().await, None);
    assert!(matches!(store.tail_logs(LogFilter::default()), Err(StoreError::Stopped)));
}
