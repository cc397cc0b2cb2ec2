//! A segment that cannot be read is set aside and named, the rest goes on, and what is well again comes back.

use std::num::NonZeroUsize;

use ippo_base::TimeRange;
use ippo_base::disk::{Disk as _, Fault, Operation};

use super::{World, seeds};
use crate::core::tests::world::Batch;
use crate::core::{Core, check_data};
use crate::manifest::Manifest;
use crate::read::Reader;
use crate::segment::{Cause, SegmentRef};
use crate::signal::Signal;

fn batch(first_id: u64, minute_offset: i64) -> Batch {
    Batch { first_id, spans: 3, minute_offset, service: "shop", errors: 1 }
}

/// Two segments of six rows in two windows, the older one first.
fn world(seed: u64) -> (World, Vec<SegmentRef>) {
    let mut world = World::new(seed);
    assert!(world.append(&[batch(1, -120), batch(11, 0)]));
    world.flush();
    let segments: Vec<SegmentRef> =
        world.core.snapshot().segments(Signal::Spans, TimeRange::ALL).cloned().collect();
    assert_eq!(segments.len(), 2);
    (world, segments)
}

fn files(core: &Core) -> Vec<String> {
    core.quarantined().into_iter().map(|found| found.segment.file.clone()).collect()
}

/// The rows of the one trace of this world, and whether the answer is partial.
fn read(world: &World) -> (usize, bool) {
    let found = Reader::new(world.core.files(), world.core.snapshot()).trace(&[7; 16]);
    (found.value.len(), found.partial)
}

fn save(world: &mut World) {
    let now = world.now;
    assert!(world.core.note_quarantine(now), "the manifest does not know it yet");
    world.flush();
    assert!(!world.core.note_quarantine(now), "now it does");
}

#[test]
fn one_failed_read_sets_a_segment_aside_until_it_verifies() {
    let (mut world, segments) = world(1);
    world.disk.inject(Fault::Fails(Operation::Read));
    assert_eq!(read(&world), (3, true));
    assert_eq!(read(&world), (3, true), "it is not tried again");
    let held = world.core.quarantined();
    assert_eq!((held.len(), held[0].held.cause, held[0].held.since), (1, Cause::Unreadable, None));
    save(&mut world);
    world.crash();
    let held = world.core.quarantined();
    assert_eq!(held.len(), 1, "also after a start");
    assert_eq!((&held[0].held.since, &held[0].held.reason[..]), (&Some(world.now), "simulated EIO"));
    assert!(segments.iter().any(|segment| segment.file == held[0].segment.file));

    assert!(world.core.plan_verification().iter().all(|job| job.run()));
    assert_eq!(read(&world), (6, false));
    save(&mut world);
    world.crash();
    assert_eq!(files(&world.core), Vec::<String>::new());
    world.check();
}

#[test]
fn an_error_of_the_disk_is_told_as_one_wherever_it_happens() {
    let (mut world, segments) = world(9);
    let meta = &segments[0];
    assert!(world.core.files().read(Signal::Spans, meta, Some(&["name"])).is_ok(), "its end is known now");
    world.disk.inject(Fault::Fails(Operation::Read));
    let told = world.core.files().read(Signal::Spans, meta, None).expect_err("the rows cannot be read");
    assert!(told.to_string().ends_with("quarantine: simulated EIO"), "{told}");
    assert_eq!(world.core.quarantined()[0].held.cause, Cause::Unreadable);
    save(&mut world);
}

#[test]
fn a_damaged_file_stays_out_and_a_restored_one_comes_back() {
    let (mut world, segments) = world(2);
    let meta = &segments[0];
    for at in [4, meta.tail / 2, meta.tail + 1, meta.bytes - 5] {
        let at = usize::try_from(at).expect("small");
        world.disk.flip_bit(&meta.path(), at, 3).expect("flipped");
        // The file's end is kept once it was read; a start forgets it.
        world.restart();
        assert!(world.core.files().read(Signal::Spans, meta, None).is_err(), "at {at}");
        assert_eq!(read(&world), (3, true), "at {at}");
        assert_eq!(world.core.quarantined()[0].held.cause, Cause::Damaged);
        assert!(world.core.plan_verification().iter().all(|job| !job.run()), "it is still damaged");
        save(&mut world);
        world.disk.flip_bit(&meta.path(), at, 3).expect("flipped back");
        assert_eq!(read(&world), (3, true), "nobody has verified it");
        let checked = check_data(&world.shared(), &mut |_, _| {}).expect("checked");
        assert_eq!((checked.problems.len(), checked.healed), (0, vec![meta.path()]));
        assert!(world.core.plan_verification().iter().all(|job| job.run()));
        assert_eq!(read(&world), (6, false), "at {at}");
        save(&mut world);
    }
}

#[test]
fn a_missing_file_is_noticed_at_the_start_and_a_cut_one_when_it_is_read() {
    let (mut world, segments) = world(3);
    let bytes = world.disk.read_all(&segments[0].path()).expect("there");
    world.disk.truncate(&segments[1].path(), segments[1].bytes - 1).expect("cut");
    world.disk.remove(&segments[0].path()).expect("removed");
    let (core, _wal, recovered) =
        Core::open(world.shared(), NonZeroUsize::MIN).expect("it starts nevertheless");
    assert_eq!(recovered.problems.len(), 1, "{:?}", recovered.problems);
    world.core = core;
    assert_eq!(files(&world.core), vec![segments[0].file.clone()]);
    assert_eq!(read(&world), (0, true));
    let causes: Vec<Cause> = world.core.quarantined().iter().map(|found| found.held.cause).collect();
    assert_eq!(causes, [Cause::Missing, Cause::Damaged]);

    world.disk.write_new(&segments[0].path(), &bytes).expect("restored from a copy");
    let back: Vec<bool> = world.core.plan_verification().iter().map(|job| job.run()).collect();
    assert_eq!(back, [true, false]);
    assert_eq!(read(&world), (3, true));
}

#[test]
fn merges_go_on_without_it_and_its_file_stays() {
    let (mut world, segments) = world(4);
    for first_id in (100..900).step_by(100) {
        assert!(world.append(&[batch(first_id, 0)]));
        world.flush();
    }
    let bad = segments.iter().max_by_key(|meta| meta.max_time).expect("two");
    world.disk.flip_bit(&bad.path(), 100, 1).expect("flipped");
    let job = world.core.plan_compaction(world.now).expect("many small ones");
    assert!(job.run().is_err(), "the merge meets it");
    assert_eq!(files(&world.core), vec![bad.file.clone()]);
    world.compact();
    assert_eq!(world.merges, 1, "the others are merged");
    assert!(world.disk.len(&bad.path()).is_ok());
    assert_eq!(read(&world), (3 + 8 * 3, true));
    world.disk.flip_bit(&bad.path(), 100, 1).expect("flipped back");
    assert!(world.core.plan_verification().iter().all(|job| job.run()));
    world.check();
}

#[test]
fn a_merge_whose_input_came_into_quarantine_meanwhile_is_given_up() {
    let (mut world, _) = world(5);
    for first_id in (100..900).step_by(100) {
        assert!(world.append(&[batch(first_id, 0)]));
        world.flush();
    }
    let job = world.core.plan_compaction(world.now).expect("many small ones");
    let compacted = job.run().expect("all of them are well");
    let input = job.files().remove(0);
    let snapshot = world.core.snapshot();
    let meta = snapshot.segments(Signal::Spans, TimeRange::ALL).find(|meta| meta.file == input);
    let files = world.core.files();
    let damaged = crate::segment::SegmentError::Damaged { file: input, reason: "tested".to_owned() };
    files.hold(damaged, files.moment());
    assert!(world.core.plan_replacement(&compacted).is_none());
    assert!(world.disk.len(&meta.expect("there").path()).is_ok());
}

#[test]
fn it_goes_with_its_window_and_is_forgotten() {
    let (mut world, segments) = world(6);
    let old = segments.iter().min_by_key(|meta| meta.max_time).expect("two");
    world.disk.flip_bit(&old.path(), 100, 1).expect("flipped");
    assert_eq!(read(&world), (3, true));
    save(&mut world);
    world.core.expire_before([world.now.minute().minus(60); 3]);
    drop(segments);
    world.flush();
    assert_eq!(files(&world.core), Vec::<String>::new());
    assert_eq!(Manifest::read(&world.disk).expect("read").quarantined, []);
    assert_eq!(read(&world), (3, false));
}

#[test]
fn a_process_that_ran_short_of_files_condemns_none() {
    let (world, segments) = world(7);
    let source = std::io::Error::from_raw_os_error(24);
    let file = segments[0].file.clone();
    let files = world.core.files();
    let told = files.hold(crate::segment::SegmentError::Io { file, source }, files.moment());
    assert!(matches!(told, crate::segment::SegmentError::Io { .. }));
    assert_eq!(read(&world), (6, false));
}

#[test]
fn a_manifest_of_before_there_was_a_quarantine_opens() {
    let (world, _) = world(8);
    let text = String::from_utf8(world.disk.read_all(crate::manifest::FILE).expect("read")).expect("text");
    assert!(
        !text.contains("quarantined"),
        "what is empty is not written, so this is what was written before"
    );
    assert_eq!(Manifest::read(&world.disk).expect("read").quarantined, []);
}

#[test]
fn crashes_between_any_two_steps_keep_or_forget_it_whole() {
    let mut kept = 0;
    for seed in 0..seeds(24) {
        let mut world = World::new(seed);
        world.live(60);
        let snapshot = world.core.snapshot();
        let some = snapshot.segments(Signal::Spans, TimeRange::ALL).next().cloned();
        drop(snapshot);
        let Some(meta) = some else { continue };
        world.disk.inject(Fault::Fails(Operation::Read));
        let _ = world.core.files().read(Signal::Spans, &meta, None);
        world.disk.heal();
        let now = world.now;
        world.core.note_quarantine(now);
        world.die_soon();
        world.live(40);
        world.crash();
        kept += files(&world.core).len();
        assert!(files(&world.core).iter().all(|file| *file == meta.file), "no other");
        for job in world.core.plan_verification() {
            assert!(job.run(), "the file was never removed");
        }
        world.check();
    }
    assert!(kept > 0, "some were written before the crash");
}
