//! A counter that is held against what is stored: it never differs, whatever happened, and a count that is wrong is found.

use ippo_base::disk::Disk as _;
use ippo_base::{Minute, MinuteRange};

use super::seeds;
use super::world::{Batch, World};
use crate::core::{Drift, EVERYTHING};
use crate::counter::{Counts, shift};

/// Later than anything that is sent.
const LATER: Minute = Minute(u32::MAX);

fn drift(world: &World, key: &str) -> Option<Drift> {
    Some(world.core.plan_drift(key, EVERYTHING, LATER)?.run(&|_| true).expect("not cut"))
}

/// Both sums of a range, and how many minutes were looked at.
type Slice = (Counts, Counts, u32);

/// A drift of everything, looked at in slices of so many hours.
fn in_slices(world: &World, key: &str, whole: &Drift, hours: u32) -> Slice {
    let (Some(from), Some(to)) = (whole.from, whole.to) else { return Slice::default() };
    let (mut all, mut begin) = (Slice::default(), Minute(from.0 / 60 * 60));
    while begin < to {
        let range = MinuteRange { from: begin, to: begin.plus(hours * 60) };
        let job = world.core.plan_drift(key, range, LATER).expect("it is complete");
        let drift = job.run(&|_| true).expect("not cut");
        assert_eq!(drift.differing, [], "{key}, {range:?}");
        all.0.add(drift.counted);
        all.1.add(drift.stored);
        all.2 += drift.minutes;
        begin = range.to;
    }
    all
}

#[test]
fn whatever_happened_no_counter_differs_from_what_is_stored() {
    let (mut compared, mut minutes) = (0, 0);
    for seed in 9_000_000..9_000_000 + seeds(12) {
        let mut world = World::new(seed);
        world.live_of_all(40);
        if seed % 2 == 0 {
            world.crash();
        }
        world.live_of_all(20);
        let keys: Vec<String> = world.core.counters().iter().map(|(key, _)| key.to_owned()).collect();
        for key in keys {
            let Some(drift) = drift(&world, &key) else { continue };
            assert_eq!(drift.differing, [], "{key} of {seed}");
            assert_eq!(drift.counted, drift.stored);
            for hours in [1, 5] {
                let (counted, stored, minutes) = in_slices(&world, &key, &drift, hours);
                assert_eq!((counted, stored), (drift.counted, drift.stored), "{key} of {seed} in {hours} h");
                assert!(minutes <= drift.minutes, "{key} of {seed} in {hours} h");
            }
            compared += 1;
            minutes += u64::from(drift.minutes);
        }
    }
    assert!(compared > seeds(10) && minutes > seeds(500), "{compared} counters, {minutes} minutes");
}

fn of_minutes_ago(first_id: u64, ago: i64) -> Batch {
    Batch { first_id, spans: 4, minute_offset: -ago, service: "shop", errors: 1 }
}

#[test]
fn a_count_that_is_wrong_is_found_in_its_minute() {
    let mut world = World::new(5);
    world.open_counters();
    assert!(world.append(&[of_minutes_ago(1, 30), of_minutes_ago(11, 20)]));
    world.flush();
    assert!(world.append(&[of_minutes_ago(21, 10)]), "in memory");
    let whole = drift(&world, "a").expect("it is complete");
    assert_eq!((whole.counted, whole.differing.len()), (Counts { good: 9, bad: 3, unknown: 0 }, 0));
    assert_eq!(whole.minutes, 21, "from the first minute with rows to the last, those without any too");

    let history = &mut world.core.counters.get_mut("a").expect("there").history;
    let (minute, counts) = history
        .day(whole.from.expect("some").day())
        .expect("there")
        .read()
        .expect("read")
        .iter()
        .next()
        .map(|(minute, counts)| {
            (crate::counter::minutes_of_day(whole.from.expect("some").day()).from.plus(minute.into()), counts)
        })
        .expect("rows");
    history.shift(minute, shift(Counts::default(), Counts { good: 0, bad: 5, unknown: 0 }));
    let drifted = drift(&world, "a").expect("it is complete");
    let wrong = Counts { bad: counts.bad + 5, ..counts };
    assert_eq!(drifted.differing, [(minute, wrong, counts)]);
    let slice = |from: Minute, to: Minute| {
        let job = world.core.plan_drift("a", MinuteRange { from, to }, LATER).expect("it is complete");
        job.run(&|_| true).expect("not cut").differing
    };
    assert_eq!(slice(minute, minute.plus(1)), [(minute, wrong, counts)], "in its slice");
    assert_eq!(slice(minute.plus(1), minute.plus(60)), [], "and in no other");
    assert_eq!(drift(&world, "b").expect("it is complete").differing, [], "the other is as it was");
    assert_eq!(drift(&world, "no such"), None);
}

#[test]
fn what_is_still_being_filled_is_not_looked_at() {
    let mut world = World::new(6);
    assert!(world.append(&[of_minutes_ago(1, 5)]));
    let job = world.activate("a", "service = 'shop'", "NOT error").expect("there are rows");
    assert_eq!(drift(&world, "a"), None);
    world.core.finish_backfill(&job.run(&|_| true).expect("not cut"));
    assert_eq!(drift(&world, "a").expect("it is filled").minutes, 1);
}

#[test]
fn rows_that_cannot_be_read_are_left_out_and_named() {
    let mut world = World::new(7);
    world.open_counters();
    assert!(world.append(&[of_minutes_ago(1, 5)]));
    world.flush();
    let segment = world.files("segments").remove(0);
    let last = usize::try_from(world.disk.len(&segment).expect("there")).expect("small") / 2;
    world.disk.flip_bit(&segment, last, 1).expect("flipped");
    let drift = drift(&world, "a").expect("it is complete");
    assert_eq!((drift.minutes, drift.left_out.len(), drift.differing.len()), (0, 1, 0), "{drift:?}");
}
