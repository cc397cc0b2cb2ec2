//! Space is told by service and by day, and what nobody wrote down is unknown and not a guess.

use std::sync::Arc;

use ippo_base::TimeRange;
use ippo_base::clock::SimClock;

use super::world::{World, now};
use crate::manifest::Manifest;
use crate::segment::{ServiceShares, Share};
use crate::{Signal, Space, Store, StoreOptions};

fn rows(space: &Space, signal: Signal) -> u64 {
    space.days.iter().map(|day| day.signals[signal.index()].rows).sum()
}

fn of_services(space: &Space, signal: Signal) -> Share {
    let mut sum = Share::default();
    space.services.iter().for_each(|service| sum.add(service.signals[signal.index()]));
    sum
}

#[tokio::test]
async fn every_stored_row_has_its_service_and_bytes_follow_what_rows_weigh() {
    let world = World::new(1).await;
    world.store.flush().await.expect("flushed");
    let space = world.store.space();
    for (signal, sent) in [(Signal::Spans, world.spans.len()), (Signal::Logs, world.logs.len())] {
        let share = of_services(&space, signal);
        assert_eq!((share.rows, rows(&space, signal)), (sent as u64, sent as u64));
        let bytes: u64 = space.days.iter().map(|day| day.signals[signal.index()].bytes).sum();
        let files = world.store.snapshot().segments(signal, TimeRange::ALL).count() as u64;
        assert!(share.bytes <= bytes && bytes - share.bytes < 4 * files, "all but what dividing leaves over");
    }
    for service in &space.services {
        let sent = world.spans.iter().filter(|span| span.service == service.service).count() as u64;
        assert_eq!(service.signals[Signal::Spans.index()].rows, sent, "{}", service.service);
    }
    assert_eq!((space.other, space.unknown), ([Share::default(); 3], [Share::default(); 3]));
    assert!(space.services.is_sorted_by_key(|service| std::cmp::Reverse(service.bytes())));
}

#[tokio::test]
async fn a_folder_of_before_opens_and_its_rows_are_unknown_also_when_merged() {
    let world = World::new(2).await;
    world.store.stop().await.expect("stopped");
    let mut manifest = Manifest::read(&world.disk).expect("read");
    let all = rows(&world.store.space(), Signal::Spans);
    let mut unknown = 0;
    for meta in manifest.segments.iter_mut().filter(|meta| meta.signal == "spans").step_by(2) {
        unknown += meta.rows;
        meta.services = None;
    }
    manifest.commit(&world.disk).expect("committed");
    let disk = Arc::new(world.disk.clone());
    let opened = Store::open(disk, Arc::new(SimClock::new(now())), StoreOptions::default());
    let (store, recovered) = opened.expect("opens");
    assert_eq!(recovered.problems, []);
    let spans = Signal::Spans.index();
    let check = |space: &Space| {
        assert_eq!(space.unknown[spans].rows, unknown);
        assert_eq!(of_services(space, Signal::Spans).rows, all - unknown);
    };
    check(&store.space());
    store.maintain();
    // Merges run in the background; the store waits for the one under way when it stops.
    while store.stats().merges.done == 0 {
        tokio::task::yield_now().await;
    }
    check(&store.space());
    store.stop().await.expect("stopped");
}

#[test]
fn a_segment_of_very_many_services_names_the_largest() {
    let meta = |service: usize| crate::segment::SegmentMeta {
        services: Some(Arc::new(ServiceShares {
            named: vec![crate::segment::ServiceShare {
                service: format!("service-{service:03}"),
                share: Share { rows: 1, bytes: 100 + service as u64 },
            }],
            other: Share::default(),
        })),
        bytes: 100 + service as u64,
        rows: 1,
        ..crate::segment::SegmentMeta::named(Signal::Logs, ippo_base::Minute(0), String::new())
    };
    let metas: Vec<_> = (0..100).map(meta).collect();
    let bytes = metas.iter().map(|meta| meta.bytes).sum();
    let merged = ServiceShares::merged(metas.iter(), bytes).expect("known");
    assert_eq!((merged.named.len(), merged.other.rows), (64, 36));
    assert_eq!(merged.named[0].service, "service-099");
    assert!(merged.named.iter().all(|named| named.share.bytes > merged.other.bytes / 36));
}
