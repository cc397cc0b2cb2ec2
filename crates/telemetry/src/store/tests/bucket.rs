//! The turns of the thread that speaks with the bucket.

use std::sync::Arc;

use ippo_base::clock::SimClock;
use ippo_base::disk::SimDisk;

use super::tail::send;
use crate::core::CoreError;
use crate::remote::{RemoteOptions, Session, SimBucket};
use crate::segment::{Cold, SegmentRef};
use crate::store::bucket::turn;
use crate::store::*;

struct World {
    store: Store,
    disk: SimDisk,
    bucket: SimBucket,
    clock: SimClock,
    cold: Arc<Cold>,
}

fn open() -> Result<World, CoreError> {
    let clock = SimClock::new(Timestamp::parse("2026-11-24T02:30:00Z").expect("valid"));
    let (disk, bucket) = (SimDisk::new(1), SimBucket::default());
    let session = Session { id: format!("{:032x}", 1), by: "a test".to_owned(), since: String::new() };
    let of_bucket = Arc::new(bucket.clone());
    let remote = RemoteOptions { bucket: of_bucket, cache_bytes: 10_000_000, fresh_id: 7, session };
    let (of_disk, of_clock) = (Arc::new(disk.clone()), Arc::new(clock.clone()));
    let (store, _) = Store::open_with(of_disk, of_clock, StoreOptions::default(), Some(remote))?;
    let cold = store.shared.core().cold().expect("there is one").clone();
    Ok(World { store, disk, bucket, clock, cold })
}

impl World {
    fn turn(&self) {
        turn(&self.store.shared, &self.cold).expect("the bucket answers");
    }

    /// Sends a record, which is in the bucket then, and on the local disk.
    async fn store_one(&self) -> SegmentRef {
        send(&self.store, 0, &["a"]).await;
        self.store.flush().await.expect("flushed");
        self.clock.advance(Duration::from_secs(2 * 60 * 60));
        self.turn();
        let segments: Vec<SegmentRef> = self.store.shared.core().segments(Signal::Logs).cloned().collect();
        assert!(segments.len() == 1 && self.cold.has(&segments[0].file));
        segments[0].clone()
    }

    fn reads(&self, segment: &SegmentRef) -> bool {
        self.store.files().read(Signal::Logs, segment, None).is_ok()
    }
}

#[tokio::test]
async fn damage_that_was_met_while_the_bucket_was_out_is_mended_once_it_answers() {
    let world = open().expect("opens");
    let segment = world.store_one().await;
    world.disk.flip_bit(&segment.path(), 30, 1).expect("flipped");
    world.bucket.fail_after(0, false);
    assert!(!world.reads(&segment));
    assert_eq!(world.store.quarantined().len(), 1, "nobody knows what the bucket has");
    // Nothing had to be copied meanwhile, so nobody else noticed. First the one object is still out of reach.
    world.bucket.heal();
    let key = format!("{}/{}", world.cold.folder(), segment.file);
    world.bucket.hide(&key);
    world.turn();
    world.bucket.show_all();
    world.turn();
    assert_eq!(world.store.quarantined().len(), 1, "it is not asked for again at once");
    world.clock.advance(Duration::from_secs(5 * 60));
    world.turn();
    assert_eq!(world.store.quarantined(), []);
    assert!(world.reads(&segment));
}

#[tokio::test]
async fn what_the_bucket_has_damaged_too_is_not_read_there_over_and_over() {
    let world = open().expect("opens");
    let segment = world.store_one().await;
    world.disk.flip_bit(&segment.path(), 30, 1).expect("flipped");
    world.bucket.spoil(&format!("{}/{}", world.cold.folder(), segment.file), Some(vec![1]));
    assert!(!world.reads(&segment));
    let before = world.bucket.calls();
    world.turn();
    assert_eq!((world.bucket.calls(), world.store.quarantined().len()), (before, 1));
}
