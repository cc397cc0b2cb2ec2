//! Days of counts that files have: read a counter at a time, counted on, and given up only when they are lost.

use std::num::NonZeroUsize;

use ippo_base::disk::{Disk as _, Fault, Operation};
use ippo_base::{Minute, MinuteRange};

use super::world::{Batch, World};
use crate::core::{Core, CoreError, Problem, check_data};
use crate::counter::{Counts, DayState, Filling, minutes_of_day, shift};

const DAY: i64 = 24 * 60;
const ALL: MinuteRange = MinuteRange { from: Minute(0), to: Minute(u32::MAX) };

fn of_day(first_id: u64, days_ago: i64) -> Batch {
    Batch { first_id, spans: 4, minute_offset: -days_ago * DAY, service: "shop", errors: 1 }
}

/// Three days of counts of two counters, of which the first two are in files.
fn world() -> World {
    let mut world = World::new(21);
    world.open_counters();
    for (first_id, days_ago) in [(1, 3), (11, 2), (21, 1)] {
        assert!(world.append(&[of_day(first_id, days_ago)]));
    }
    world.flush();
    assert_eq!(in_files(&world), 4);
    world
}

/// How many days of a counter are in files.
fn in_files(world: &World) -> usize {
    let days = world.core.counters().iter().flat_map(|(_, counter)| counter.history.days());
    days.filter(|(_, state)| matches!(state, DayState::InFile(..))).count()
}

/// The file of the oldest day.
fn oldest(world: &World) -> String {
    let mut files = world.files("counters");
    files.sort();
    files.remove(0)
}

fn good(world: &World, key: &str) -> u64 {
    world.counts_of(key, ALL).minutes.iter().map(|(_, counts)| counts.good).sum()
}

#[test]
fn what_comes_to_an_old_day_is_counted_once_however_the_flush_goes() {
    let mut world = world();
    assert_eq!(good(&world, "a"), 9);
    assert!(world.append(&[of_day(31, 3)]));
    assert_eq!(good(&world, "a"), 12, "before any file has it");
    let oldest_before = oldest(&world);
    world.step_flush();
    assert!(world.append(&[of_day(41, 3)]), "while the file is written");
    world.step_flush();
    assert!(world.append(&[of_day(51, 3), of_day(55, 2)]));
    for _ in 0..2 {
        world.step_flush();
        assert_eq!(good(&world, "a"), 21);
    }
    assert_ne!(oldest(&world), oldest_before);
    assert_eq!(in_files(&world), 4, "what came meanwhile is beside the files");
    world.check();
    world.crash();
    assert_eq!(good(&world, "a"), 21);
    world.check();
    world.flush();
    world.restart();
    assert_eq!((good(&world, "a"), in_files(&world)), (21, 4));
    world.check();
}

#[test]
fn a_new_day_sends_the_one_before_into_its_file() {
    let mut world = world();
    let before = world.files("counters");
    assert!(world.append(&[of_day(31, 0)]), "the next day begins");
    world.flush();
    assert_eq!(in_files(&world), 6);
    let after = world.files("counters");
    assert_eq!(after.len(), 4);
    assert!(before.iter().all(|file| after.contains(file)), "none is written again for that");
    world.check();
}

#[test]
fn a_damaged_file_is_written_again_without_what_is_damaged() {
    let mut world = world();
    let newest = world.files("counters").into_iter().max().expect("a file a day");
    let last = usize::try_from(world.disk.len(&newest).expect("there")).expect("small") - 1;
    world.disk.flip_bit(&newest, last, 2).expect("flipped");
    let (mut core, mut wal, recovered) = Core::open(world.shared(), NonZeroUsize::MIN).expect("it starts");
    assert!(matches!(&recovered.problems[..], [Problem::Counts { file, .. }] if *file == newest));
    assert!(core.flush_due(&wal), "at once");
    let commit = core.begin_flush(&mut wal).run().map(|flushed| core.plan_commit(flushed)).expect("written");
    commit.run(&world.disk).expect("committed");
    core.finish_flush(commit);
    for _ in 0..2 {
        world.restart();
        let checked = check_data(&world.shared(), &mut |_, _| {}).expect("checked");
        assert_eq!(checked.problems, []);
        let gaps = |key: &str| world.core.counters().get(key).expect("there").unmeasured.len();
        assert_eq!((gaps("a"), gaps("b")), (0, 1), "what is lost is told once");
        assert_eq!(good(&world, "a"), 9);
    }
}

#[test]
fn a_reader_keeps_the_file_it_began_with() {
    let mut world = world();
    let reading = world.core.counters().get("a").expect("there").reading(ALL);
    assert!(!reading.is_in_memory());
    let file = oldest(&world);
    assert!(world.append(&[of_day(31, 3)]));
    world.flush();
    world.flush_counters();
    assert!(world.disk.len(&file).is_ok());
    let read: u64 = reading.read().minutes.iter().map(|(_, counts)| counts.good).sum();
    assert_eq!(read, 9, "as it was then");
    world.flush_counters();
    assert!(world.disk.len(&file).is_err(), "nobody reads it now");
}

#[test]
fn a_damaged_day_is_not_measured_and_costs_no_other_counter_or_day() {
    let mut world = world();
    let file = oldest(&world);
    // What the second counter has is behind what the first one has.
    let last = usize::try_from(world.disk.len(&file).expect("there")).expect("small") - 1;
    world.disk.flip_bit(&file, last, 2).expect("flipped");
    let checked = check_data(&world.shared(), &mut |_, _| {}).expect("checked");
    assert!(matches!(&checked.problems[..], [Problem::Counts { file: named, .. }] if *named == file));
    world.restart();
    let day = world.now.minute().minus(3 * DAY as u32).day();
    let gap = |world: &World, key: &str| {
        let unmeasured = world.counts_of(key, ALL).unmeasured;
        unmeasured.iter().any(|gap| gap.from.day() == day && gap.len() == DAY as u32)
    };
    assert_eq!((gap(&world, "a"), gap(&world, "b")), (false, true));
    let warnings = world.counts_of("b", ALL).warnings;
    assert!(warnings.len() == 1 && warnings[0].contains(&file), "{warnings:?}");
    assert_eq!(good(&world, "a"), 9);
    // Not for that day: that a reader met the damage is enough.
    assert!(world.append(&[of_day(31, 1)]));
    world.flush();
    assert_eq!(good(&world, "a"), 12);
    assert!(world.counts_of("b", ALL).warnings.is_empty(), "from here on it is known");
    for _ in 0..2 {
        assert_eq!((gap(&world, "a"), gap(&world, "b")), (false, true));
        world.check();
        world.crash();
    }
    let checked = check_data(&world.shared(), &mut |_, _| {}).expect("checked");
    assert_eq!(checked.problems, []);
}

#[test]
fn what_a_disk_does_not_give_is_asked_for_again_before_it_is_given_up() {
    for fails in [9, 10] {
        let mut world = world();
        assert!(world.append(&[of_day(31, 3)]));
        for time in 1..=9 {
            world.disk.inject_after(0, Fault::Fails(Operation::Read));
            let done = world.core.begin_flush(&mut world.wal).run();
            assert!(matches!(done, Err(CoreError::Io(_))), "time {time}");
            world.disk.heal();
        }
        // What keeps the process from opening anything says nothing of the file.
        world.disk.inject_after(0, Fault::RunsShort(Operation::Read));
        assert!(world.core.begin_flush(&mut world.wal).run().is_err());
        world.disk.heal();
        if fails == 10 {
            world.disk.inject_after(0, Fault::Fails(Operation::Read));
        }
        world.flush();
        world.disk.heal();
        let of = |key: &str| world.counts_of(key, ALL);
        assert_eq!(of("a").unmeasured.len() + of("b").unmeasured.len(), usize::from(fails == 10));
        world.flush_counters();
        assert_eq!(world.files("quarantine").len(), usize::from(fails == 10), "people may still look at it");
        if fails == 10 {
            continue;
        }
        world.check();
        world.crash();
        world.check();
    }
}

#[test]
fn counts_of_a_back_fill_go_into_files_with_the_next_flush() {
    let mut world = world();
    let job = world.activate("c", "service = 'shop'", "error").expect("there are rows");
    world.core.finish_backfill(&job.run(&|_| true).expect("not cut"));
    assert!(world.core.counters().bytes_for_files() > 0);
    world.flush();
    assert_eq!(world.core.counters().bytes_for_files(), 0);
    assert_eq!(in_files(&world), 6);
    world.restart();
    let counter = world.core.counters().get("c").expect("there");
    assert_eq!(counter.filling, Filling::Complete);
    assert_eq!(good(&world, "c"), 3);
    world.check();
}

#[test]
fn what_a_counter_left_in_files_is_never_taken_for_the_counts_of_another_of_its_name() {
    for is_flushed in [true, false] {
        let mut world = world();
        world.retire("a");
        if is_flushed {
            world.flush();
            world.restart();
        } else {
            world.crash();
        }
        if let Some(job) = world.activate("a", "service = 'elsewhere'", "NOT error") {
            world.core.finish_backfill(&job.run(&|_| true).expect("not cut"));
        }
        assert_eq!(good(&world, "a"), 0);
        world.flush();
        for _ in 0..2 {
            world.restart();
            assert_eq!(good(&world, "a"), 0, "the first one counted nine");
            world.check();
        }
    }
}

/// Takes all that a counter has of a day, as a recount does whose points belong to another day.
fn empty(world: &mut World, key: &str, day: u32) {
    let history = &mut world.core.counters.get_mut(key).expect("there").history;
    let counts = history.day(day).expect("there").read().expect("read");
    for (minute, counts) in counts.iter() {
        history.shift(minutes_of_day(day).from.plus(minute.into()), shift(counts, Counts::default()));
    }
    world.core.checkpoint_due = true;
}

#[test]
fn a_day_that_a_recount_empties_is_empty_after_a_restart_too() {
    let days = |world: &World| -> Vec<u32> {
        world.core.counters().get("a").expect("there").history.days().map(|(day, _)| day).collect()
    };
    // The newest is in memory, the others are in files.
    for place in 0..3 {
        let mut world = world();
        let day = days(&world)[place];
        let before = good(&world, "a");
        empty(&mut world, "a", day);
        let after = good(&world, "a");
        assert!(after < before);
        world.flush();
        let files = world.files("counters");
        world.core.checkpoint_due = true;
        world.flush();
        assert_eq!(world.files("counters"), files, "nothing is left to be written");
        assert_eq!(good(&world, "a"), after);
        world.restart();
        assert_eq!(good(&world, "a"), after, "the file has nothing of it");
    }
}

#[test]
fn a_range_that_ends_with_a_day_asks_for_none_of_the_next() {
    let world = world();
    let counter = world.core.counters().get("a").expect("there");
    let first = counter.history.days().next().expect("three").0;
    assert_eq!(counter.days_of(minutes_of_day(first)).days.len(), 1);
}
