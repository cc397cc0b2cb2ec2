//! Two copies of one data folder with one bucket: one of them writes there, the other stops, and neither destroys what the
//! other needs. A start waits for no bucket that it knows.

use std::collections::BTreeSet;
use std::num::NonZeroUsize;
use std::sync::Arc;

use ippo_base::TimeRange;
use ippo_base::disk::{Disk as _, Fault, Operation, SharedDisk};

use super::seeds;
use super::world::{Batch, World, session};
use crate::core::{Behind, Core, CoreError, Unnamed, UploadFailure};
use crate::manifest::Manifest;
use crate::remote::{Bucket as _, Numbers, RemoteError, RemoteOptions, SimBucket};
use crate::segment::Standing;
use crate::signal::Signal;

const MARKER: &str = "ippo-owner.json";

fn batch(first_id: u64, minute_offset: i64) -> Batch {
    Batch { first_id, spans: 3, minute_offset, service: "shop", errors: 1 }
}

fn bucket(world: &World) -> SimBucket {
    world.backed.as_ref().expect("there is one").bucket.clone()
}

/// A folder with a segment in the bucket, and a running copy of it that took the bucket over.
fn two_copies(seed: u64) -> (World, World) {
    let mut first = World::with_bucket(seed, 10_000_000);
    assert!(first.append(&[batch(1, -240)]));
    first.flush();
    first.upload();
    assert_eq!(first.uploads, 1);
    let mut second = World::on_disk(seed, first.copy_of_disk(seed), first.backed.clone());
    (second.sent, second.acknowledged) = (first.sent.clone(), first.acknowledged.clone());
    second.own();
    assert!(is_owned(&second) && is_owned(&first), "the first has not looked yet");
    (first, second)
}

fn is_owned(world: &World) -> bool {
    world.core.cold().expect("there is one").standing() == Standing::Owned
}

fn names(world: &World) -> BTreeSet<String> {
    let snapshot = world.core.snapshot();
    snapshot.segments(Signal::Spans, TimeRange::ALL).map(|meta| meta.file.clone()).collect()
}

fn refusal(world: &World) -> RemoteError {
    let backed = world.backed.clone().expect("there is one");
    let (bucket, session) = (Arc::new(backed.bucket), session(1_000));
    let options = RemoteOptions { bucket, cache_bytes: 1, fresh_id: 7, session };
    let behind = Behind::Bucket(options, Arc::new(backed.clock));
    match Core::open_with(world.shared(), NonZeroUsize::MIN, behind) {
        Err(CoreError::Remote(error)) => error,
        Err(other) => panic!("{other}"),
        Ok(_) => panic!("it starts"),
    }
}

#[test]
fn of_two_copies_the_later_writes_and_the_earlier_stops_and_says_so() {
    let (mut first, mut second) = two_copies(31);
    // Both go on from the same moment, with hours of their own and an end to the one that both have.
    for (world, id) in [(&mut first, 11), (&mut second, 21)] {
        assert!(world.append(&[batch(id, -120)]));
        world.core.expire_before([world.now.minute().minus(180); 3]);
    }
    first.flush();
    second.flush();
    let before = bucket(&first).keys();
    first.upload();
    assert_eq!(bucket(&first).keys(), before, "nothing is copied there, and nothing removed");
    let Standing::Lost(told) = first.core.cold().expect("there").standing() else { panic!("it goes on") };
    assert!(told.contains("another copy of this data folder (/data on start 1"), "{told}");
    assert!(told.contains("remove the object ippo-owner.json"), "{told}");
    second.upload();
    assert!(names(&first).is_disjoint(&names(&second)), "what each wrote has a name of its own");
    for file in names(&second) {
        assert!(bucket(&second).keys().contains(&format!("{:032x}/{file}", 7)), "{file}");
    }
    assert_eq!((first.rows(), second.rows()), ((11..14).collect(), (21..24).collect()));
    second.restart();
    second.own();
    assert!(is_owned(&second), "the later one starts again as often as it likes");
    assert!(matches!(refusal(&first), RemoteError::TakenOver { .. }), "the earlier one does not");
    // Somebody decides otherwise.
    bucket(&first).spoil(MARKER, None);
    second.upload();
    assert!(second.core.cold().expect("there").hold().is_err(), "without a marker nobody goes on");
    first.restart();
    first.own();
    assert!(is_owned(&first));
    assert!(matches!(refusal(&second), RemoteError::TakenOver { .. }));
}

#[test]
fn who_meets_what_the_other_removed_looks_whose_the_bucket_is() {
    let (first, second) = two_copies(40);
    let file = names(&second).pop_first().expect("one");
    first.disk.remove(&format!("segments/{file}")).expect("there");
    first.files("ends").iter().for_each(|end| first.disk.remove(end).expect("there"));
    bucket(&first).spoil(&format!("{:032x}/{file}", 7), None);
    let read = |world: &World| {
        let meta = world.core.snapshot().segments(Signal::Spans, TimeRange::ALL).next().expect("one").clone();
        world.core.files().read(Signal::Spans, &meta, None).expect_err("it is gone").to_string()
    };
    assert!(is_owned(&first), "it has not looked since");
    let refused = read(&first);
    assert!(refused.contains("taken over"), "{refused}");
    assert_eq!(first.core.quarantined(), []);
    assert!(!is_owned(&first));
    // To whom owns the bucket it is missing.
    second.disk.remove(&format!("segments/{file}")).expect("there");
    read(&second);
    assert_eq!(second.core.quarantined().len(), 1);
}

#[test]
fn who_loses_the_bucket_amid_a_batch_stops_there() {
    let mut first = World::with_bucket(43, 10_000_000);
    let own = bucket(&first).get(MARKER).expect("there").to_vec();
    let other = String::from_utf8(own).expect("JSON").replace("000000\",\"by", "999999\",\"by").into_bytes();
    assert!(String::from_utf8_lossy(&other).contains("999999"), "another session");
    let take_over = |world: &World, calls: u64| {
        let (bucket, other) = (bucket(world), other.clone());
        bucket.clone().after_calls(calls, move || bucket.spoil(MARKER, Some(other)));
    };
    assert!(first.append(&[batch(1, -120), batch(11, -240), batch(21, -360)]));
    first.flush();
    // Each copy is a look at the marker, the copy, and a look at its length.
    take_over(&first, 3);
    let uploaded = first.core.plan_upload(first.now).expect("three are due").run();
    assert!(matches!(uploaded.failure, Some(UploadFailure::Bucket(told)) if told.contains("taken over")));
    let copied = bucket(&first).keys().len() - 1;
    assert_eq!(copied, 1, "what was under way, and no other");
    assert!(!is_owned(&first));

    let mut second = World::with_bucket(44, 10_000_000);
    let batches: Vec<Batch> = (0..20).map(|hour| batch(1 + hour * 10, -240 - 60 * hour as i64)).collect();
    assert!(second.append(&batches));
    second.flush();
    second.upload();
    assert_eq!(bucket(&second).keys().len(), 21);
    second.core.expire_before([second.now.minute(); 3]);
    second.flush();
    drop(second.core.bury());
    take_over(&second, 4);
    second.core.cold().expect("there").delete_doomed(|| {}).expect_err("it is another's");
    let left = bucket(&second).keys().len() - 1;
    assert_eq!(left, 12, "some of them went until it looked again");
    assert!(!is_owned(&second));
}

#[test]
fn who_lost_the_bucket_reads_from_it_and_condemns_nothing() {
    let (mut first, second) = two_copies(32);
    let key = format!("{:032x}/{}", 7, names(&second).first().expect("one"));
    let file = first.files("segments").remove(0);
    first.upload();
    first.core.cold().expect("there").hold().expect_err("it is not its own");
    first.backed.as_mut().expect("there").cache_bytes = 1;
    first.core.files().make_room();
    assert_eq!(first.files("segments"), std::slice::from_ref(&file), "what may be removed there stays here");
    // It was evicted before, and the other copy removes the object.
    first.disk.remove(&file).expect("there");
    first.files("ends").iter().for_each(|end| first.disk.remove(end).expect("there"));
    bucket(&first).spoil(&key, None);
    let meta = first.core.snapshot().segments(Signal::Spans, TimeRange::ALL).next().expect("one").clone();
    let refused = first.core.files().read(Signal::Spans, &meta, None).expect_err("it is gone");
    assert!(refused.to_string().contains("taken over"), "{refused}");
    assert_eq!(first.core.quarantined(), []);
}

#[test]
fn an_earlier_state_of_the_folder_leaves_what_the_later_one_stored() {
    // A snapshot of the disk, taken and started within one run of the first.
    let mut first = World::with_bucket(36, 10_000_000);
    assert!(first.append(&[batch(1, -240)]));
    first.flush();
    first.upload();
    let snapshot = first.copy_of_disk(36);
    for id in [11, 21] {
        assert!(first.append(&[batch(id, -120)]));
        first.flush();
        first.upload();
    }
    let expected = bucket(&first).keys();
    let later: Vec<String> = names(&first).iter().skip(1).map(|file| format!("{:032x}/{file}", 7)).collect();
    assert_eq!((later.len(), expected.len()), (2, 4));
    let mut second = World::on_disk(36, snapshot, first.backed.clone());
    second.own();
    assert!(is_owned(&second), "nothing tells it from a restart");
    second.now = second.now.plus(std::time::Duration::from_secs(48 * 60 * 60));
    assert_eq!(second.sweep(), Unnamed { doomed: 0, unknown: later.clone() });
    // Its own numbers are above theirs from now on.
    assert!(second.append(&[batch(31, -120)]));
    second.flush();
    for _ in 0..2 {
        assert_eq!(second.sweep(), Unnamed { doomed: 0, unknown: later.clone() });
        second.restart();
        second.own();
    }
    assert_eq!(bucket(&first).keys(), expected);
    // What a crash of its own leaves goes.
    let file = second.files("segments").pop().expect("there").replace("segments/", "");
    second.core.expire_before([second.now.minute(); 3]);
    second.flush();
    bucket(&second).spoil(&format!("{:032x}/{file}", 7), Some(vec![1]));
    second.restart();
    second.own();
    assert_eq!(second.sweep().doomed, 2, "and what expired, which it had stored");
    assert_eq!(bucket(&first).keys().len(), 3);
    // Somebody goes back to the first.
    bucket(&first).spoil(MARKER, None);
    first.restart();
    first.own();
    assert!(is_owned(&first));
    assert_eq!(first.sweep().unknown, [] as [String; 0]);
}

#[test]
fn a_folder_that_took_no_note_of_its_numbers_leaves_those_above_its_own() {
    let mut world = World::with_bucket(37, 10_000_000);
    assert!(world.append(&[batch(1, -240)]));
    world.flush();
    world.upload();
    let file = |attempt: u64| format!("{:032x}/spans-0000000060-{attempt:010}-0.parquet", 7);
    let manifest = Manifest::read(&world.disk).expect("there");
    let mut remote = manifest.remote.clone().expect("there");
    remote.numbers = Numbers::default();
    let (commit, remote) = (manifest.commit + 1, Some(remote));
    Manifest { commit, remote, ..manifest }.commit(&world.disk).expect("committed");
    for attempt in [1, 5_000] {
        bucket(&world).spoil(&file(attempt), Some(vec![1]));
    }
    world.now = world.now.plus(std::time::Duration::from_secs(48 * 60 * 60));
    for doomed in [1, 0] {
        world.restart();
        world.own();
        assert!(world.append(&[batch(11 + doomed as u64 * 10, -120)]));
        world.flush();
        assert_eq!(world.sweep(), Unnamed { doomed, unknown: vec![file(5_000)] });
    }
}

#[test]
fn copies_that_start_and_crash_in_turn_never_lose_what_is_the_others() {
    for seed in 6_000_000..6_000_000 + seeds(20) {
        let (mut first, mut second) = two_copies(seed);
        for round in 0..4 {
            let (one, id) = if round % 2 == 0 { (&mut first, 100) } else { (&mut second, 200) };
            bucket(one).fail_after(seed % 7 + round, seed % 3 == 0);
            let _ = one.append(&[batch(id + round * 10, -300)]);
            one.flush();
            one.upload();
            bucket(one).heal();
        }
        // The marker names the second one's run; only that goes on.
        second.restart();
        second.heal_bucket();
        second.upload();
        second.check();
        assert!(is_owned(&second), "seed {seed}");
        assert!(first.core.cold().expect("there").hold().is_err(), "seed {seed}");
        let read = |world: &World| world.rows().len();
        assert_eq!((read(&first), read(&second)), (9, 9), "seed {seed}: each has its own");
    }
}

#[test]
fn a_kill_at_any_moment_leaves_the_folder_its_bucket() {
    for seed in 6_100_000..6_100_000 + seeds(60) {
        let mut world = World::with_bucket(seed, 10_000_000);
        for round in 0..6 {
            world.disk.die_after(1 + (seed + round) % 9);
            bucket(&world).fail_after((seed / 9 + round) % 8, seed % 2 == 0);
            world.crash();
            bucket(&world).heal();
        }
        world.heal_bucket();
        assert!(is_owned(&world), "seed {seed}");
    }
}

#[test]
fn a_folder_whose_marker_cannot_be_written_stays_the_owner() {
    let mut world = World::with_bucket(38, 10_000_000);
    assert!(world.append(&[batch(1, -120)]));
    world.flush();
    world.upload();
    bucket(&world).set_read_only(true);
    for _ in 0..8 {
        world.crash();
        assert!(!is_owned(&world), "it does not write yet");
        // As often as it likes.
        world.own();
    }
    let kept = Manifest::read(&world.disk).expect("there").remote.expect("there").sessions;
    assert_eq!(kept.len(), 4, "not every start is remembered: {kept:?}");
    bucket(&world).set_read_only(false);
    world.own();
    assert!(is_owned(&world));
    world.check();
}

#[test]
fn what_an_earlier_run_wrote_late_is_no_stranger() {
    let mut world = World::with_bucket(39, 10_000_000);
    let earlier = bucket(&world).get(MARKER).expect("there").to_vec();
    for _ in 0..2 {
        world.restart();
        let own = bucket(&world).get(MARKER).expect("there");
        assert_ne!(own, earlier);
        bucket(&world).spoil(MARKER, Some(earlier.clone()));
        world.core.cold().expect("there").hold().expect("it is this folder's");
        assert_eq!(bucket(&world).get(MARKER).expect("there"), own, "and named again");
        assert!(is_owned(&world));
    }
    bucket(&world).spoil(MARKER, Some(earlier));
    bucket(&world).set_read_only(true);
    world.core.cold().expect("there").hold().expect_err("it cannot be written");
    assert!(is_owned(&world), "that is for a while");
    bucket(&world).set_read_only(false);
    world.core.cold().expect("there").hold().expect("then it can");
}

#[test]
fn a_start_waits_for_no_bucket_that_it_knows() {
    let mut world = World::with_bucket(33, 10_000_000);
    assert!(world.append(&[batch(1, -120)]));
    world.flush();
    world.upload();
    bucket(&world).fall_silent();
    let backed = world.backed.clone().expect("there is one");
    let options =
        RemoteOptions { bucket: Arc::new(backed.bucket), cache_bytes: 1, fresh_id: 7, session: session(50) };
    let behind = Behind::Bucket(options, Arc::new(backed.clock));
    let disk: SharedDisk = world.shared();
    let (core, _, found) = Core::open_with(disk, NonZeroUsize::MIN, behind).expect("it starts");
    assert_eq!(found.problems, []);
    let cold = core.cold().expect("there is one");
    assert_eq!(cold.standing(), Standing::Unknown);
    assert_eq!(cold.trouble().as_deref(), Some("the simulated bucket does not answer"));
    let meta = core.snapshot().segments(Signal::Spans, TimeRange::ALL).next().expect("one").clone();
    let rows = core.files().read(Signal::Spans, &meta, None).expect("it is here");
    assert_eq!(rows.iter().map(|rows| rows.num_rows()).sum::<usize>(), 3);
    assert!(core.plan_upload(world.now).is_none(), "nothing is written there before it answers");
    world.heal_bucket();
    assert!(is_owned(&world));
}

#[test]
fn segments_are_named_together_and_copied_once_though_the_commit_fails() {
    let mut world = World::with_bucket(34, 10_000_000);
    assert!(world.append(&[batch(1, -120), batch(11, -240), batch(21, -360)]));
    world.flush();
    let job = world.core.plan_upload(world.now).expect("something is due");
    let uploaded = job.run();
    assert!(uploaded.failure.is_none());
    drop(job);
    let commit = world.core.plan_stored(&uploaded).expect("they are there");
    world.disk.inject(Fault::Full(Operation::Append));
    assert!(commit.run(&world.disk).is_err());
    world.disk.heal();
    let before = bucket(&world).calls();
    let uploaded = world.core.plan_upload(world.now).expect("still due").run();
    assert_eq!(bucket(&world).calls(), before + 3, "it is looked whose the bucket is, and nothing is copied");
    let commit = world.core.plan_stored(&uploaded).expect("they are there");
    commit.run(&world.disk).expect("committed");
    assert_eq!(world.core.finish_stored(commit), 3, "in one commit");
    assert!(world.core.plan_upload(world.now).is_none());
    let size = bucket(&world).size(MARKER).expect("there");
    assert!(size > 0);
    world.check();
}
