//! One moment of the store, copied while it goes on: the copy holds that moment, and nothing of it goes before.

use std::num::NonZeroUsize;
use std::sync::Arc;

use ippo_base::disk::{Disk as _, Fault, Operation, SharedDisk, SimDisk};

use super::seeds;
use super::world::World;
use crate::core::{Core, Point, recount};
use crate::manifest;

/// Copies a moment, as slowly as anyone may.
fn copy(point: &Point, from: &SimDisk, seed: u64) -> SimDisk {
    let to = SimDisk::new(seed);
    for folder in ["wal", "segments", "counters", "batches"] {
        to.create_dir(folder).expect("made");
    }
    for path in point.log_files() {
        if let Some(bytes) = point.read_log(from, &path).expect("it is still there") {
            to.write_new(&path, &bytes).expect("written");
        }
    }
    for file in point.files() {
        let bytes = from.read_all(&file.path).expect("it is still there");
        assert_eq!(crc32c::crc32c(&bytes), file.crc, "seed {seed}: {}", file.path);
        to.write_new(&file.path, &bytes).expect("written");
    }
    to.write_new(manifest::FILE, &point.manifest()).expect("written");
    to
}

#[test]
fn a_moment_stays_whole_while_the_store_flushes_merges_and_goes_on() {
    let (mut moved_on, mut with_batches) = (0, 0);
    for seed in 3_000_000..3_000_000 + seeds(24) {
        let mut world = World::new(seed);
        world.live(50);
        if seed % 2 == 0 {
            // What was refused is in the log, and is not of this moment.
            world.disk.inject(
                [Fault::Full(Operation::Append), Fault::Fails(Operation::Sync), Fault::Full(Operation::Sync)]
                    [seed as usize % 3],
            );
            world.live(15);
            world.disk.heal();
        }
        let point = world.point();
        let then = world.rows().len() as u64;
        assert_eq!(point.contents().rows["spans"], then, "seed {seed}: all that was acknowledged");
        let flushes = world.flushes + world.merges;
        world.live(80);
        moved_on += u64::from(world.flushes + world.merges > flushes);
        with_batches += u64::from(point.files().iter().any(|file| file.path.starts_with("batches/")));
        let copied = copy(&point, &world.disk, seed);
        let disk: SharedDisk = Arc::new(copied.clone());
        let before = copied.list("wal").expect("listed");
        let (found, problems) = recount(&disk).expect("readable");
        assert_eq!(problems, [], "seed {seed}");
        assert_eq!((found.segments, &found.rows), (point.contents().segments, &point.contents().rows));
        for told in point.contents().counters.iter().filter(|counter| counter.complete) {
            assert!(found.counters.contains(told), "seed {seed}: {told:?} in {:?}", found.counters);
        }
        assert_eq!(copied.list("wal").expect("listed"), before, "a recount changes nothing");
        let (core, ..) = Core::open(disk, NonZeroUsize::MIN).expect("it starts");
        assert_eq!(core.contents(|meta| meta.rows).rows["spans"], then);
        // Once nobody copies, what is of no use goes as ever.
        drop(point);
        world.restart();
        world.check();
    }
    assert!(moved_on > seeds(12), "the store went on meanwhile: {moved_on}");
    assert!(with_batches > seeds(6), "files of batches are among what is copied: {with_batches}");
}
