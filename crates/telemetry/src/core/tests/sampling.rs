//! Hours of spans are sampled while telemetry comes in, late too, and the power goes at any moment: what must stay does,
//! what goes does so as a whole, and counts stay those of all spans.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use ippo_base::disk::{Fault, Operation};
use ippo_base::{Minute, MinuteRange, TimeRange};

use super::seeds;
use super::world::{Batch, World, duration_of};
use crate::core::{CoreError, SampleError};
use crate::expr::Expr;
use crate::red::{Builder, Rollup};
use crate::sampling::SamplingPolicy;
use crate::segment::{Detail, WINDOW_MINUTES};
use crate::signal::Signal;

const HOUR: Duration = Duration::from_secs(60 * 60);
/// The fifth span of a trace is slow.
const POLICY: SamplingPolicy =
    SamplingPolicy { after: Duration::from_secs(3 * 60 * 60), slow: duration_of(4), per_minute: 1 };

fn world(seed: u64) -> World {
    let mut world = World::new(seed);
    world.sampling = Some(POLICY);
    world
}

/// Ends what was begun, and samples every hour that is old enough.
fn settle(world: &mut World) {
    world.flush_all();
    let mut before = (u64::MAX, 0);
    while before != (world.merges, world.sampled) {
        before = (world.merges, world.sampled);
        world.compact();
    }
}

fn minute(world: &World, batch: &Batch, n: u64) -> Minute {
    world.begin_of(batch, n).minute()
}

/// Compares the store with what was sent to it.
fn check(world: &World) {
    let rows = world.rows();
    let there: BTreeSet<u64> = rows.iter().copied().collect();
    assert_eq!(rows.len(), there.len(), "no row is there twice");
    assert!(there.is_subset(&world.sent), "nothing is there that was not sent");
    let snapshot = world.core.snapshot();
    let spans = || snapshot.segments(Signal::Spans, TimeRange::ALL);
    let sampled: BTreeSet<u32> = spans().filter(|one| one.sampled.is_some()).map(|one| one.window).collect();
    let whole: BTreeSet<u32> = spans().filter(|one| one.sampled.is_none()).map(|one| one.window).collect();
    // Of each service, name and minute: whether a span was acknowledged, and whether one is there.
    let mut endpoints: BTreeMap<(&str, bool, Minute), (bool, bool)> = BTreeMap::new();
    for batch in world.batches_sent.values() {
        let ids = || batch.first_id..batch.first_id + batch.spans;
        let acknowledged = ids().all(|id| world.acknowledged.contains(&id));
        let is_slow = (0..batch.spans).any(|n| duration_of(n) >= POLICY.slow);
        let stays = batch.errors > 0 || is_slow || world.pinned.contains(&world.trace_of(batch));
        let window_of =
            |id: u64| minute(world, batch, id - batch.first_id).0 / WINDOW_MINUTES * WINDOW_MINUTES;
        for id in ids() {
            let n = id - batch.first_id;
            let seen = endpoints.entry((batch.service, n % 2 == 0, minute(world, batch, n))).or_default();
            seen.0 |= acknowledged;
            seen.1 |= there.contains(&id);
            if acknowledged && !there.contains(&id) {
                assert!(!stays, "a trace that failed, was slow, or is named by an incident stays: {batch:?}");
                assert!(sampled.contains(&window_of(id)), "only sampled hours lack spans: {batch:?}");
            }
        }
        let at_rest = ids().all(|id| !whole.contains(&window_of(id)));
        let found = ids().filter(|id| there.contains(id)).count() as u64;
        if at_rest && snapshot.rows(Signal::Spans).is_empty() {
            assert!(
                found == 0 || found == batch.spans,
                "a trace stays or goes as a whole: {batch:?}, {found}"
            );
        }
    }
    for (endpoint, (acknowledged, there)) in endpoints {
        assert!(there || !acknowledged, "a trace of each endpoint and minute stays: {endpoint:?}");
    }
    check_counts(world);
}

/// What segments know is of all spans that there were, and counters agree with it.
fn check_counts(world: &World) {
    let snapshot = world.core.snapshot();
    let mut known = Rollup::default();
    for meta in snapshot.segments(Signal::Spans, TimeRange::ALL) {
        let rollup = world.core.files().rollup(meta, Detail::Minutes).expect("readable");
        known.merge(&rollup.expect("every segment has one"));
    }
    let mut in_memory = Builder::new(Signal::Spans).expect("spans have them");
    snapshot.rows(Signal::Spans).iter().for_each(|batch| in_memory.add(batch));
    known.merge(&in_memory.finish());
    let mut of_shop: BTreeMap<Minute, u64> = BTreeMap::new();
    let mut all = 0;
    for (key, series) in &known.series {
        for (minute, red) in &series.minutes {
            all += red.durations.count();
            if key.service == "shop" {
                *of_shop.entry(*minute).or_default() += red.durations.count();
            }
        }
    }
    assert!(all >= world.acknowledged.len() as u64 && all <= world.sent.len() as u64, "all spans are known");
    let range = MinuteRange { from: Minute(0), to: Minute(u32::MAX) };
    for (key, counter) in world.core.counters().iter() {
        // What is known of traces that went is how many spans they had, not what each of them was.
        let counts_some =
            counter.spec.total != Expr::parse("service = 'shop'", Signal::Spans).expect("valid");
        if counts_some || world.core.counters().status(key).is_some_and(|status| status.backfilling) {
            continue;
        }
        let speaks =
            |minute: &Minute| !counter.unmeasured.iter().any(|gap| gap.from <= *minute && *minute < gap.to);
        let counts = counter.reading(range).read().minutes.into_iter();
        let counts = counts.map(|(minute, counts)| (minute, counts.good + counts.bad));
        let counted: BTreeMap<Minute, u64> = counts.filter(|(minute, _)| speaks(minute)).collect();
        let known: BTreeMap<Minute, u64> =
            of_shop.iter().map(|(minute, count)| (*minute, *count)).filter(|(at, _)| speaks(at)).collect();
        assert_eq!(counted, known, "counter {key} counts all spans");
    }
}

#[test]
fn what_must_stay_does_whenever_the_power_goes() {
    let (mut sampled, mut gone) = (0, 0);
    for seed in 0..seeds(40) {
        let mut world = world(seed);
        for _ in 0..3 {
            world.die_soon();
            live(&mut world, 60);
            world.crash();
            check(&world);
            world.now = world.now.plus(HOUR);
            world.last.clear();
        }
        settle(&mut world);
        check(&world);
        sampled += world.sampled;
        gone += world.acknowledged.len()
            - world.acknowledged.intersection(&world.rows().into_iter().collect()).count();
    }
    assert!(sampled > seeds(40), "hours are sampled: {sampled}");
    // Where the power goes depends on how many steps a flush has.
    assert!(gone as u64 > seeds(20), "and spans go: {gone}");
}

fn live(world: &mut World, steps: usize) {
    use rand::RngExt as _;
    for _ in 0..steps {
        if world.disk.is_dead() {
            return;
        }
        match world.rng.random_range(0..16) {
            0..5 => world.send_something(),
            5..9 => world.step_flush(),
            9 => world.activate_something(),
            10 => world.step_filling(),
            11..15 => world.step_compaction(),
            _ => {
                world.now = world.now.plus(Duration::from_secs(world.rng.random_range(0..3_000)));
                // After so long a batch that comes again is taken for another.
                world.last.clear();
            }
        }
    }
}

fn batch(first_id: u64, minute_offset: i64, errors: u64) -> Batch {
    Batch { first_id, spans: 3, minute_offset, service: "shop", errors }
}

#[test]
fn an_old_hour_keeps_what_tells_something_and_says_what_it_had() {
    let mut world = world(1);
    assert!(world.activate("a", "service = 'shop'", "NOT error").is_none(), "nothing is stored yet");
    // Two at one minute, of which one stays; one that failed; one that an incident names.
    let batches = [batch(1, -300, 0), batch(11, -300, 0), batch(21, -300, 2), batch(31, -300, 0)];
    world.pinned = vec![world.trace_of(&batches[3])];
    assert!(world.append(&batches));
    settle(&mut world);
    check(&world);
    let rows: BTreeSet<u64> = world.rows().into_iter().collect();
    let stays = |first: u64| rows.contains(&first) && rows.contains(&(first + 2));
    assert!(stays(21) && stays(31));
    assert!(world.sampled > 0 && rows.len() < 12, "{rows:?}");
    let snapshot = world.core.snapshot();
    let had: u64 = snapshot
        .segments(Signal::Spans, TimeRange::ALL)
        .map(|one| one.sampled.map_or(0, |of| of.of_rows))
        .sum();
    assert_eq!(had, 12);
    // A counter that begins now cannot know what these hours had.
    let job = world.activate("late", "service = 'shop'", "NOT error").expect("something is stored");
    world.core.finish_backfill(&job.run(&|_| true).expect("not cut"));
    let begun = world.core.counters().iter().find(|(key, _)| *key == "late").expect("there").1;
    assert_eq!(begun.history.days().count(), 0);
    assert!(!begun.unmeasured.is_empty());
    check(&world);
    // Nothing is left to do.
    let before = world.sampled;
    settle(&mut world);
    assert_eq!(world.sampled, before);
}

#[test]
fn a_segment_that_cannot_be_read_keeps_its_hour_and_those_beside_it_whole() {
    let mut world = world(2);
    // In an hour; and three from the next into the one behind it, of which one would stay.
    let crossing = [batch(11, -420, 0), batch(21, -420, 0), batch(31, -420, 0)];
    assert!(world.append(&[batch(1, -530, 0)]) && world.append(&crossing));
    world.flush();
    let snapshot = world.core.snapshot();
    let first = snapshot.segments(Signal::Spans, TimeRange::ALL).min_by_key(|one| one.window);
    let first = first.expect("written").clone();
    drop(snapshot);
    world.disk.flip_bit(&first.path(), 40, 3).expect("flipped");
    settle(&mut world);
    assert!(world.core.files().quarantine().get(&first.file).is_some());
    let snapshot = world.core.snapshot();
    let sampled = |one: &&crate::segment::SegmentRef| one.sampled.is_some();
    let windows: Vec<u32> =
        snapshot.segments(Signal::Spans, TimeRange::ALL).filter(sampled).map(|one| one.window).collect();
    assert_eq!(windows, [first.window + 2 * WINDOW_MINUTES], "who failed in the damaged hour is not known");
    let third = snapshot.segments(Signal::Spans, TimeRange::ALL).find(|one| one.window == windows[0]);
    assert_eq!(
        third.expect("there").rows,
        6,
        "none of the traces from an hour that stays whole is cut in two"
    );
}

#[test]
fn an_hour_out_of_reach_holds_no_other_up() {
    let mut world = World::with_bucket(4, 1);
    world.sampling = Some(POLICY);
    // Hours far apart, so that none is beside another; and the oldest cannot be read for now.
    assert!(world.append(&[batch(1, -900, 0), batch(11, -900, 0)]));
    world.flush();
    let out_of_reach: BTreeSet<u32> = windows(&world, false);
    world.sampling = None;
    world.upload();
    let bucket = world.backed.as_ref().expect("there is one").bucket.clone();
    let oldest: Vec<String> = bucket.keys().into_iter().filter(|key| key.ends_with(".parquet")).collect();
    world.forget_ends();
    oldest.iter().for_each(|key| bucket.hide(key));
    world.sampling = Some(POLICY);
    assert!(world.append(&[batch(21, -400, 0), batch(31, -400, 0)]));
    settle(&mut world);
    let sampled = windows(&world, true);
    assert!(world.sampled > 0 && sampled.is_disjoint(&out_of_reach), "{sampled:?}, {out_of_reach:?}");
    assert_eq!(windows(&world, false), out_of_reach, "all others are done");
    assert_eq!(world.core.quarantined(), []);
    // It is tried again, but not at once.
    bucket.show_all();
    world.heal_bucket();
    let before = world.sampled;
    settle(&mut world);
    assert_eq!(world.sampled, before);
    world.now = world.now.plus(Duration::from_secs(60));
    settle(&mut world);
    assert_eq!(windows(&world, false), BTreeSet::new());
}

/// The hours with a segment that was sampled, or with one that was not.
fn windows(world: &World, sampled: bool) -> BTreeSet<u32> {
    let snapshot = world.core.snapshot();
    let spans = snapshot.segments(Signal::Spans, TimeRange::ALL);
    spans.filter(|one| one.sampled.is_some() == sampled).map(|one| one.window).collect()
}

#[test]
fn spans_in_memory_speak_for_their_trace() {
    let mut world = world(5);
    // Two quick traces of a minute that has room for one; what failed of the other has not been flushed.
    let (first, second) = (batch(1, -300, 0), batch(11, -300, 0));
    assert!(world.append(&[first, second]));
    world.flush();
    let trace = |batch: &Batch| crate::sampling::number(&world.trace_of(batch));
    let loser = if trace(&first) < trace(&second) { second } else { first };
    let alone = {
        let job = world.core.plan_sampling(world.now, &POLICY, &[]).expect("an hour is due");
        rows_of(&job.run(&|| true).expect("sampled"))
    };
    let failed = Batch { first_id: loser.first_id, spans: 4, errors: 4, ..loser };
    assert!(world.append(&[failed]), "the same trace, with errors");
    let job = world.core.plan_sampling(world.now, &POLICY, &[]).expect("the hour is still due");
    let with_memory = rows_of(&job.run(&|| true).expect("sampled"));
    assert!(with_memory > alone, "{with_memory} spans stay where {alone} did");
}

fn rows_of(made: &crate::core::Replacement) -> u64 {
    made.written.iter().map(|segment| segment.rows).sum()
}

#[test]
fn merges_go_before_sampling() {
    let mut world = world(6);
    for id in [1, 11] {
        assert!(world.append(&[batch(id, -300, 0)]));
        world.flush();
    }
    assert!(world.core.plan_sampling(world.now, &POLICY, &[]).is_none(), "there is something to merge in it");
    while world.core.plan_compaction(world.now).is_some() {
        world.step_compaction();
    }
    settle(&mut world);
    assert!(world.merges > 0 && world.sampled > 0);
}

#[test]
fn a_full_disk_ends_no_hour_for_good() {
    let mut world = world(3);
    assert!(world.append(&[batch(1, -300, 0), batch(11, -300, 0)]));
    world.flush();
    let plan = |world: &mut World| world.core.plan_sampling(world.now, &POLICY, &[]).expect("an hour is due");
    let job = plan(&mut world);
    world.disk.inject(Fault::Full(Operation::Append));
    let refused = job.run(&|| true).err().expect("there is no room");
    assert!(matches!(refused, SampleError::Failed(CoreError::Full)), "{refused}");
    world.disk.heal();
    assert!(job.run(&|| false).is_err(), "one that is stopped makes nothing");
    assert!(plan(&mut world).run(&|| true).is_ok());
}
