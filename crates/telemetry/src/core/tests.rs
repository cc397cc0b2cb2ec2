//! The store against a disk that loses, tears, fills up and fails, with crashes between any two steps.
//!
//! The claim, checked after every crash: what was acknowledged is there once, nothing is there that was never sent, and
//! every counter equals a recount.

mod days;
mod drift;
mod expiry;
mod increase;
mod owner;
mod point;
mod quarantine;
mod remote;
mod retries;
mod rot;
mod sampling;
mod trouble;
mod world;

use std::num::NonZeroUsize;

use ippo_base::disk::{Disk as _, Fault, Operation};

use super::{Core, Problem};
use crate::counter::CounterSpec;
use crate::segment::Files;
use crate::signal::Signal;
use crate::wal::{self, Lsn};
use world::{Batch, World};

/// So many seeds, or more where the long tests ask for them.
fn seeds(usual: u64) -> u64 {
    let factor = std::env::var("IPPO_SIM_FACTOR").ok().and_then(|factor| factor.parse::<u64>().ok());
    usual * factor.unwrap_or(1)
}

#[test]
fn crashes_lose_nothing_and_count_nothing_twice() {
    let (mut flushes, mut merges) = (0, 0);
    for seed in 0..seeds(240) {
        let mut world = World::new(seed);
        for round in 0..2 {
            world.die_soon();
            world.live(60);
            match round % 2 == 0 || world.disk.is_dead() {
                true => world.crash(),
                false => world.restart(),
            }
            world.check();
        }
        flushes += world.flushes;
        merges += world.merges;
    }
    assert!(flushes > seeds(120), "flushes are among what was cut short");
    assert!(merges > seeds(40), "so are merges: {merges}");
}

#[test]
fn a_full_or_failing_disk_costs_no_acknowledged_row() {
    for seed in 1_000_000..1_000_000 + seeds(60) {
        let mut world = World::new(seed);
        for round in 0..3 {
            let faults =
                [Fault::Full(Operation::Append), Fault::Fails(Operation::Sync), Fault::Full(Operation::Sync)];
            world.disk.inject(faults[(seed + round) as usize % faults.len()]);
            world.live(15);
            world.disk.heal();
            world.check();
        }
        world.crash();
        world.check();
    }
}

#[test]
fn what_was_refused_stays_out_when_its_neighbour_is_sent_again() {
    let batch = |first_id| Batch { first_id, spans: 2, minute_offset: 0, service: "shop", errors: 0 };
    let mut world = World::new(12);
    world.open_counters();
    assert!(world.append(&[batch(1)]));
    world.disk.inject(Fault::Full(Operation::Append));
    let group = [11, 21, 31, 41, 51].map(batch);
    assert!(!world.append(&group), "the disk is full after two of them");
    world.disk.heal();
    assert!(world.append(&[batch(21)]), "one of the senders comes again");
    world.restart();
    world.check();
    assert_eq!(world.rows(), [1, 2, 21, 22], "what was acknowledged, and nothing else");
}

#[test]
fn any_number_of_threads_reads_the_log_back_alike() {
    for seed in 4_000_000..4_000_000 + seeds(12) {
        let mut world = World::new(seed);
        let batch = |n| Batch { first_id: n * 100, spans: 7, minute_offset: 0, service: "shop", errors: 2 };
        for n in 1..40 {
            assert!(world.append(&[batch(n)]));
            match (seed + n) % 5 {
                0 => drop(world.activate("a", "service = 'shop'", ["error", "NOT error"][n as usize % 2])),
                1 => world.retire("a"),
                // Far enough behind the first time to be read by another thread.
                2 => world.log_again(&[batch(n / 2 + 1)]),
                _ => {}
            }
        }
        let read_back = |threads| {
            let threads = NonZeroUsize::new(threads).expect("not none");
            let (core, _, recovered) = Core::open(world.shared(), threads).expect("it starts");
            assert_eq!(recovered.problems, []);
            core.contents(|meta| meta.rows)
        };
        let alone = read_back(1);
        assert_eq!(alone.rows["spans"], 39 * 7, "each once");
        for threads in 2..5 {
            assert_eq!(read_back(threads), alone, "seed {seed}, {threads} threads");
        }
    }
}

#[test]
fn what_a_failing_disk_does_not_give_is_not_taken_for_unreadable() {
    for threads in [1, 3] {
        let mut world = World::new(5);
        for n in 1..20 {
            assert!(world.append(&[Batch {
                first_id: n * 100,
                spans: 7,
                minute_offset: 0,
                service: "shop",
                errors: 2
            }]));
        }
        let log = wal::replay(&world.disk, Lsn(0)).expect("readable");
        world.disk.inject(Fault::Fails(Operation::Read));
        let threads = NonZeroUsize::new(threads).expect("not none");
        world.core.replay(&log.records, threads).expect_err("it does not start without what the log holds");
    }
}

#[test]
fn merged_segments_hold_each_row_once_and_leave_no_file_behind() {
    let mut world = World::new(14);
    world.open_counters();
    // Two that are taken over as they are, and two that are written anew.
    for (first_id, spans) in [(1, 20_000), (100_001, 20_000), (200_001, 5), (300_001, 7)] {
        assert!(world.append(&[Batch { first_id, spans, minute_offset: -90, service: "shop", errors: 1 }]));
        world.flush();
    }
    let before = world.core.snapshot();
    let files = || world.files("segments");
    assert_eq!(files().len(), 4);
    let sorted = |mut rows: Vec<u64>| {
        rows.sort_unstable();
        rows
    };
    let rows = sorted(world.rows());
    world.compact();
    assert_eq!((world.merges, sorted(world.rows())), (1, rows.clone()));
    assert_eq!(world.files("segments").len(), 5, "a reader still holds what was merged");
    drop(before);
    world.flush_counters();
    assert_eq!(world.files("segments").len(), 1);
    let reader = crate::read::Reader::new(Files::new(world.shared()), world.core.snapshot());
    assert_eq!(reader.trace(&[7; 16]).value.len(), rows.len(), "filters and pages were taken over too");
    assert_eq!(reader.trace(&[8; 16]).value.len(), 0);
    let checked = super::check_data(&world.shared(), &mut |_, _| {}).expect("checked");
    assert_eq!((checked.problems.len(), checked.segments, checked.rows), (0, 1, 40_012));
    world.crash();
    assert_eq!(sorted(world.rows()), rows);
    world.compact();
    assert_eq!(world.merges, 1, "one segment is left alone");
}

#[test]
fn what_expired_is_gone_and_not_measured_by_new_generations() {
    let mut world = World::new(8);
    let old = Batch { first_id: 1, spans: 2, minute_offset: -180, service: "shop", errors: 0 };
    let new = Batch { first_id: 10, spans: 2, minute_offset: 0, service: "shop", errors: 0 };
    assert!(world.append(&[old, new]));
    world.flush();
    let kept_by_reader = world.core.snapshot();
    let before = world.now.minute().minus(60);
    world.core.expire_before([before; 3]);
    world.flush();
    assert_eq!(world.rows().len(), 2);
    let all = ippo_base::TimeRange::ALL;
    let files = kept_by_reader.segments(Signal::Spans, all).map(|meta| meta.path()).collect::<Vec<_>>();
    assert!(files.iter().all(|file| world.disk.len(file).is_ok()), "a reader's files stay");
    drop(kept_by_reader);
    world.flush_counters();
    assert_eq!(files.iter().filter(|file| world.disk.len(file).is_ok()).count(), 1);
    world.open_counters();
    let read = world.counts_of("a", ippo_base::MinuteRange::ending_with(before, 300));
    assert!(!read.unmeasured.is_empty(), "expired minutes are not measured");
    world.crash();
    let read = world.counts_of("a", ippo_base::MinuteRange::ending_with(before, 300));
    assert!(!read.unmeasured.is_empty(), "also after a start");
}

#[test]
fn counts_of_long_ago_go_with_their_files() {
    let mut world = World::new(13);
    world.open_counters();
    let day = 24 * 60;
    for (first_id, minute_offset) in [(1, -2 * day), (11, 0)] {
        assert!(world.append(&[Batch { first_id, spans: 2, minute_offset, service: "shop", errors: 0 }]));
    }
    world.flush();
    assert_eq!(world.files("counters").len(), 2);
    world.core.forget_counts_before(world.now.minute().minus(day as u32));
    world.flush();
    assert_eq!(world.files("counters").len(), 1);
    world.restart();
    let read = |world: &World| {
        let range = ippo_base::MinuteRange::ending_with(world.now.minute(), 3 * day as u32);
        world.counts_of("a", range).minutes.len()
    };
    assert_eq!(read(&world), 1, "also after a start");
}

#[test]
fn damage_is_told_and_the_rest_goes_on() {
    let mut world = World::new(9);
    world.open_counters();
    for first_id in [1, 11, 21] {
        assert!(world.append(&[Batch { first_id, spans: 2, minute_offset: 0, service: "shop", errors: 1 }]));
    }
    world.flush();
    for first_id in [31, 41, 51] {
        assert!(world.append(&[Batch { first_id, spans: 2, minute_offset: 0, service: "shop", errors: 1 }]));
    }
    let segment = world.files("segments").remove(0);
    world.disk.flip_bit(&segment, 200, 3).expect("flipped");
    let day = world.files("counters").remove(0);
    world.disk.flip_bit(&day, 10, 3).expect("flipped");
    let log = world.files("wal").pop().expect("a log file");
    let middle = world.disk.len(&log).expect("there") / 2;
    world.disk.flip_bit(&log, usize::try_from(middle).expect("small"), 1).expect("flipped");
    let (core, _wal, recovered) =
        Core::open(world.shared(), NonZeroUsize::MIN).expect("it starts nevertheless");
    let told = |wanted: fn(&Problem) -> bool| recovered.problems.iter().any(wanted);
    assert!(told(|p| matches!(p, Problem::LogLoss { records: 1, .. })), "{:?}", recovered.problems);
    assert!(told(|p| matches!(p, Problem::Counts { .. })), "{:?}", recovered.problems);
    assert_eq!(world.files("quarantine").len(), 1);
    let today = ippo_base::MinuteRange::ending_with(world.now.minute(), 5);
    assert_eq!(core.counters().get("a").expect("there").reading(today).read().unmeasured.len(), 1);
    let checked = super::check_data(&world.shared(), &mut |_, _| {}).expect("checked");
    let told: Vec<String> = checked.problems.iter().map(ToString::to_string).collect();
    let of_segment: Vec<&String> = told.iter().filter(|text| text.contains(".parquet")).collect();
    assert!(!of_segment.is_empty(), "{told:?}");
    for text in of_segment {
        assert!(text.starts_with("segments/") && text.matches(".parquet").count() == 1, "named once: {text}");
    }
}

#[test]
fn a_counter_counts_stored_rows_and_new_ones_once() {
    let mut world = World::new(10);
    let batch = |first_id| Batch { first_id, spans: 5, minute_offset: -3, service: "shop", errors: 2 };
    assert!(world.append(&[batch(1)]));
    world.flush();
    assert!(world.append(&[batch(11)]));
    let job = world.activate("a", "service = 'shop'", "NOT error").expect("there are rows");
    assert!(world.append(&[batch(21)]));
    world.flush();
    let filled = job.run(&|_| true).expect("not cut");
    world.core.finish_backfill(&filled);
    world.check();
    assert_eq!(world.core.counters().status("a").expect("there").generation, 1);
    assert!(world.activate("a", "service = 'shop'", "NOT error").is_none(), "the same words change nothing");
    let job = world.activate("a", "service = 'shop'", "duration_ns < 5000000").expect("a new generation");
    assert!(world.activate("a", "service = 'shop'", "error").is_some(), "another one meanwhile");
    world.core.finish_backfill(&job.run(&|_| true).expect("not cut"));
    assert!(world.core.counters().status("a").expect("there").backfilling, "the older one came too late");
    world.crash();
    world.check();
    assert_eq!(world.core.counters().status("a").expect("there").generation, 4, "cut short, so started over");
}

#[test]
fn a_flush_after_a_back_fill_spares_the_next_start_another() {
    let mut world = World::new(15);
    assert!(world.append(&[Batch { first_id: 1, spans: 5, minute_offset: -3, service: "shop", errors: 2 }]));
    let first = world.activate("a", "service = 'shop'", "NOT error").expect("there are rows");
    let second = world.activate("b", "service = 'shop'", "error").expect("there are rows");
    world.core.finish_backfill(&first.run(&|_| true).expect("not cut"));
    assert!(!world.core.backfills_unsaved(), "another is waiting, and one flush is enough for both");
    world.core.finish_backfill(&second.run(&|_| true).expect("not cut"));
    assert!(world.core.backfills_unsaved());
    world.flush();
    assert!(!world.core.backfills_unsaved());
    world.crash();
    let generation = |key: &str| world.core.counters().status(key).map(|status| status.generation);
    assert_eq!((generation("a"), generation("b")), (Some(1), Some(2)), "neither was started over");
    world.check();
}

#[test]
fn a_counter_that_was_given_up_and_started_again_counts_once() {
    let mut world = World::new(14);
    assert!(world.append(&[Batch { first_id: 1, spans: 5, minute_offset: -3, service: "shop", errors: 2 }]));
    let old = world.activate("a", "service = 'shop'", "NOT error").expect("there are rows");
    world.retire("a");
    let new = world.activate("a", "service = 'shop'", "duration_ns < 5000000").expect("there are rows");
    for job in [old, new] {
        world.core.finish_backfill(&job.run(&|_| true).expect("not cut"));
    }
    world.check();
}

#[test]
fn what_a_kill_left_unsynced_survives_a_power_cut_once_it_counts() {
    for seed in 0..20 {
        let mut world = World::new(seed);
        world.open_counters();
        world.disk.inject(Fault::Full(Operation::Sync));
        let batch = Batch { first_id: 1, spans: 2, minute_offset: 0, service: "shop", errors: 0 };
        assert!(!world.append(&[batch]), "it was written and not synced");
        world.restart();
        assert!(world.append(&[batch]), "the sender comes again and is told that it is there");
        world.crash();
        world.check();
        assert_eq!(world.rows().len(), 2);
    }
}

#[test]
fn a_torn_group_is_never_taken_for_a_loss() {
    let batch = |first_id| Batch { first_id, spans: 40, minute_offset: 0, service: "shop", errors: 1 };
    for seed in 0..seeds(40) {
        let mut world = World::new(seed);
        assert!(world.append(&[batch(1)]));
        world.disk.inject(Fault::Full(Operation::Sync));
        assert!(!world.append(&[1_000, 2_000, 3_000, 4_000].map(batch)), "it was written and not synced");
        world.crash();
        assert!(world.append(&[batch(5_000)]));
        world.crash();
        world.check();
    }
}

#[test]
fn a_filter_that_lost_a_bit_denies_no_row_silently() {
    let mut world = World::new(11);
    assert!(world.append(&[Batch { first_id: 1, spans: 3, minute_offset: 0, service: "shop", errors: 0 }]));
    world.flush();
    let snapshot = world.core.snapshot();
    let meta = snapshot.segments(Signal::Spans, ippo_base::TimeRange::ALL).next().expect("one").clone();
    // A reader of its own for each: what was read once is kept.
    let reader = || crate::read::Reader::new(Files::new(world.shared()), snapshot.clone());
    assert_eq!(reader().trace(&[7; 16]).value.len(), 3);
    assert_eq!(reader().trace(&[8; 16]).value.len(), 0);
    let (tail, end) =
        (usize::try_from(meta.tail).expect("small"), usize::try_from(meta.bytes).expect("small"));
    assert!(0 < tail && tail < end, "the filters are at the end");
    for offset in (tail..end).step_by(13) {
        world.disk.flip_bit(&meta.path(), offset, 3).expect("flipped");
        let found = reader().trace(&[7; 16]);
        assert!(found.partial && found.value.is_empty() && found.warnings.len() == 1, "at {offset}");
        world.disk.flip_bit(&meta.path(), offset, 3).expect("flipped back");
    }
    assert_eq!(reader().trace(&[7; 16]).value.len(), 3);
}

#[test]
fn words_that_do_not_compile_any_more_are_told() {
    let spec = CounterSpec::from_entry(&crate::wal::CounterEntry {
        key: "a".to_owned(),
        generation: 1,
        signal: "spans".to_owned(),
        total: "no_such_column = 1".to_owned(),
        verdict: "all".to_owned(),
        expression: String::new(),
        threshold: None,
    });
    assert!(spec.is_err());
}
