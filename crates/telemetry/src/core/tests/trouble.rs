//! A disk of which any operation fails now and then: none of it costs anything that was acknowledged, and when the disk is
//! well again all goes on, with nothing left behind.

use std::collections::BTreeSet;
use std::num::NonZeroUsize;

use ippo_base::disk::{Disk as _, Fault, Operation};

use super::seeds;
use super::world::{Batch, World};
use crate::core::recover::attempt_of;
use crate::core::{Core, CoreError};
use crate::wal::Entry;

#[test]
fn whatever_fails_and_whenever_the_power_goes_nothing_is_lost_and_all_goes_on() {
    let (mut failures, mut failed_starts, mut died) = ([0; Operation::ALL.len()], 0, 0);
    for seed in 6_000_000..6_000_000 + seeds(32) {
        let mut world = World::new(seed);
        world.large_batches = seed % 2 == 0;
        for round in 0..2 {
            world.live(15);
            world.begin_trouble();
            world.live(30);
            died += u64::from(world.disk.is_dead());
            match (seed + round) % 3 {
                0 => world.restart(),
                1 => world.crash(),
                _ if world.disk.is_dead() => world.crash(),
                _ => {}
            }
            world.live(10);
            if world.disk.is_dead() {
                world.crash();
            }
            world.end_trouble();
        }
        world.check_it_goes_on();
        world.crash();
        world.check();
        assert!(!world.lacks_a_day(), "no counts are given up");
        assert_eq!(world.useless(), Vec::<String>::new(), "a start leaves nothing that nothing names");
        for (count, operation) in failures.iter_mut().zip(Operation::ALL) {
            *count += world.disk.failures(operation);
        }
        failed_starts += world.failed_starts;
    }
    // A file is cut at some starts alone, which not all seeds meet.
    let fails = |(count, of): (&u64, Operation)| *count > 0 || of == Operation::Truncate;
    assert!(failures.iter().zip(Operation::ALL).all(fails), "every operation fails: {failures:?}");
    assert!(failures.iter().sum::<u64>() > seeds(500), "{failures:?}");
    assert!(died > seeds(4) && failed_starts > seeds(4), "{died} power cuts, {failed_starts} starts");
}

#[test]
fn beside_a_bucket_whatever_fails_nothing_is_lost_and_nothing_useless_stays_here_or_there() {
    let (mut failures, mut uploads, mut fetched, mut died) = (0, 0, 0, 0);
    for seed in 6_500_000..6_500_000 + seeds(16) {
        // From none at all to room for everything.
        let mut world = World::with_bucket(seed, [1, 20_000, 10_000_000][seed as usize % 3]);
        world.large_batches = seed % 2 == 0;
        let bucket = world.backed.as_ref().expect("there is one").bucket.clone();
        for round in 0..2 {
            world.live_and_read(25);
            world.begin_trouble();
            if (seed + round) % 4 == 0 {
                bucket.fail_after(seed % 13, seed % 8 == 0);
            }
            world.live_and_read(40);
            died += u64::from(world.disk.is_dead());
            fetched += world.core.cold().expect("there is one").totals().fetched_bytes;
            match (seed + round) % 3 {
                0 => world.restart(),
                1 => world.crash(),
                _ if world.disk.is_dead() => world.crash(),
                _ => {}
            }
            world.live_and_read(10);
            if world.disk.is_dead() {
                world.crash();
            }
            world.disk.heal();
            world.heal_bucket();
            world.end_trouble();
        }
        world.check_it_goes_on();
        world.come_to_rest_in_bucket();
        world.check();
        world.crash();
        world.check();
        assert_eq!(world.useless(), Vec::<String>::new(), "a start leaves nothing that nothing names");
        failures += Operation::ALL.into_iter().map(|operation| world.disk.failures(operation)).sum::<u64>();
        uploads += world.uploads;
    }
    assert!(failures > seeds(200) && died > seeds(3), "{failures} failures, {died} power cuts");
    assert!(
        uploads > seeds(60) && fetched > seeds(30_000),
        "{uploads} uploads, {fetched} bytes were fetched"
    );
}

fn batch(first_id: u64) -> Batch {
    Batch { first_id, spans: 3, minute_offset: 0, service: "shop", errors: 1 }
}

#[test]
fn counts_and_retries_that_a_disk_does_not_give_are_not_given_up() {
    let mut world = World::new(1);
    world.open_counters();
    (1..5).for_each(|n| assert!(world.append(&[batch(n * 10)])));
    world.flush();
    assert!(["counters", "batches"].iter().all(|folder| world.files(folder).len() == 1), "one file each");
    for fault in [Fault::Fails(Operation::Read), Fault::RunsShort(Operation::Read)] {
        // The manifest is given, and each time one piece more.
        let refused = (1..).map(|good| {
            world.disk.inject_after(good, fault);
            let refused =
                Core::open(world.shared(), NonZeroUsize::MIN).err().expect("it does not start without it");
            refused.to_string()
        });
        let mut of_counts = 0;
        for refused in refused.take_while(|refused| !refused.contains("batches/")) {
            assert!(refused.contains("counters/"), "{refused}");
            of_counts += 1;
        }
        assert_eq!(of_counts, 4, "its head, its length, its index, and the newest day");
    }
    world.restart();
    (1..5).for_each(|n| assert!(world.append(&[batch(n * 10)]), "retries are known"));
    world.check();
    assert!(world.core.counters().iter().all(|(_, counter)| counter.unmeasured.is_empty()));
}

#[test]
fn flushes_that_fail_for_hours_leave_nothing() {
    let mut world = World::new(2);
    world.open_counters();
    (1..5).for_each(|n| assert!(world.append(&[batch(n * 10)])));
    for round in 0..40 {
        let operation =
            [Operation::Append, Operation::Sync, Operation::SyncDir, Operation::Create][round % 4];
        // Each in another of the files; the last ones are those of the manifest.
        world.disk.inject_after(round / 4, Fault::Full(operation));
        world.step_flush();
        world.step_flush();
        world.disk.heal();
    }
    let attempts: BTreeSet<u64> = world.useless().iter().map(|file| attempt_of(file)).collect();
    assert!(attempts.len() < 3, "beside what is being written: {attempts:?}");
    world.check_it_goes_on();
}

#[test]
fn a_manifest_that_was_written_though_told_as_a_failure_finds_its_files() {
    for merges in [false, true] {
        let mut world = World::new(3);
        world.open_counters();
        for n in 1..9 {
            assert!(world.append(&[batch(n * 10)]));
            if merges {
                world.flush();
            }
        }
        // The names of new segments come first, and those of counts and batches.
        let before = if merges { 1 } else { 3 };
        world.disk.inject_after(before, Fault::Fails(Operation::SyncDir));
        for _ in 0..4 {
            if merges { world.step_compaction() } else { world.step_flush() }
        }
        assert_eq!((world.disk.failures(Operation::SyncDir), world.merges), (1, 0));
        let (_, _, recovered) = Core::open(world.shared(), NonZeroUsize::MIN).expect("it starts");
        assert_eq!(recovered.problems, [], "what it names is there");
        world.restart();
        world.check();
        world.check_it_goes_on();
    }
}

#[test]
fn what_cannot_be_written_says_nothing_of_what_was_read() {
    let mut world = World::new(4);
    // Some row groups are taken over as they are, others are written anew.
    for (first_id, spans) in [(1, 200), (1_001, 150), (2_001, 5), (3_001, 7)] {
        assert!(world.append(&[Batch { spans, minute_offset: -90, ..batch(first_id) }]));
        world.flush();
    }
    let mut refused = 0;
    for (good, operation) in (0..).flat_map(|good| [(good, Operation::Append), (good, Operation::Sync)]) {
        let job = world.core.plan_compaction(world.now).expect("four small ones");
        world.disk.inject_after(good, Fault::Full(operation));
        let done = job.run();
        world.disk.heal();
        assert_eq!(world.core.quarantined(), [], "all of them can be read, after {good} times {operation:?}");
        match done {
            Ok(_) if operation == Operation::Append => break,
            Ok(_) => {}
            Err(error) => {
                assert!(matches!(error, CoreError::Full), "{error}");
                refused += 1;
            }
        }
    }
    assert!(refused > 3, "{refused}");
    // The same of a flush.
    assert!(world.append(&[Batch { spans: 600, ..batch(5_001) }]));
    refused = 0;
    for good in 0.. {
        world.disk.inject_after(good, Fault::Full(Operation::Append));
        let done = world.core.begin_flush(&mut world.wal).run();
        world.disk.heal();
        let Err(error) = done else { break };
        assert!(matches!(error, CoreError::Full), "{error}");
        refused += 1;
    }
    assert!(refused > 3, "{refused}");
}

#[test]
fn a_torn_group_is_no_loss_either_where_it_cannot_be_put_into_segments() {
    let mut world = World::new(5);
    assert!(world.append(&[batch(1)]));
    let log = world.files("wal").remove(0);
    let length = |world: &World| usize::try_from(world.disk.len(&log).expect("there")).expect("small");
    let before = length(&world);
    world.disk.inject(Fault::Full(Operation::Sync));
    let entry = Entry::CounterRetired { key: "x".to_owned() }.encode();
    world.wal.append(&[entry.clone(), entry.clone(), entry]).expect_err("it was written and not synced");
    let of_each = (length(&world) - before) / 3;
    world.disk.flip_bit(&log, before + of_each + of_each / 2, 1).expect("the middle one is torn");
    for full in [true, false] {
        if full {
            world.disk.inject(Fault::Full(Operation::Create));
        }
        world.restart();
        assert_eq!(world.disk.failures(Operation::Create), 1, "they could not be put into segments at first");
        assert!(world.append(&[batch(if full { 11 } else { 21 })]));
        world.wal.mark();
    }
    world.restart();
    world.check();
    assert_eq!(world.rows().len(), 9);
}
