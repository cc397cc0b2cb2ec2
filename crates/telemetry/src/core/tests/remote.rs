//! Segments in a bucket that fails, loses and garbles, with crashes between copying, naming, evicting and deleting: nothing
//! acknowledged is lost, everything is readable while the bucket is up, and nothing of no use stays there.

use std::collections::BTreeSet;
use std::num::NonZeroUsize;
use std::sync::{Arc, Mutex};

use ippo_base::TimeRange;
use ippo_base::disk::{Disk as _, Fault, Operation, SharedDisk, SimDisk};

use super::world::{Batch, World, session};
use super::{Core, seeds};
use crate::core::{Behind, CoreError, Problem, check_data, recount};
use crate::manifest::{self, Manifest};
use crate::read::Reader;
use crate::remote::{RemoteError, RemoteOptions, SimBucket};
use crate::segment::{Cause, ENDS, SegmentError, SegmentRef};
use crate::signal::Signal;

/// Rows of a segment that is not small.
const LARGE: u64 = 20_000;
const FOLDER: &str = "00000000000000000000000000000007";

fn batch(first_id: u64, minute_offset: i64) -> Batch {
    Batch { first_id, spans: 3, minute_offset, service: "shop", errors: 1 }
}

/// Two segments of three rows in two windows, in the bucket alone unless the disk has room. They are so small that all of
/// them is kept as their end.
fn world(seed: u64, cache_bytes: u64) -> (World, Vec<SegmentRef>) {
    world_of(seed, cache_bytes, &[batch(1, -120), batch(11, -240)])
}

/// The same, with so many rows that the end is a small part.
fn large_world(seed: u64, cache_bytes: u64) -> (World, Vec<SegmentRef>) {
    let large = |first_id, minute_offset| Batch { spans: LARGE, ..batch(first_id, minute_offset) };
    world_of(seed, cache_bytes, &[large(1, -120), large(100_001, -240)])
}

fn world_of(seed: u64, cache_bytes: u64, batches: &[Batch]) -> (World, Vec<SegmentRef>) {
    let mut world = World::with_bucket(seed, cache_bytes);
    assert!(world.append(batches));
    world.flush();
    world.upload();
    let segments: Vec<SegmentRef> =
        world.core.snapshot().segments(Signal::Spans, TimeRange::ALL).cloned().collect();
    assert_eq!((segments.len(), world.uploads), (2, 2));
    (world, segments)
}

fn bucket(world: &World) -> SimBucket {
    world.backed.as_ref().expect("there is one").bucket.clone()
}

fn read(world: &World) -> (usize, Vec<String>) {
    let found = Reader::new(world.core.files(), world.core.snapshot()).trace(&[7; 16]);
    assert_eq!(found.partial, !found.warnings.is_empty());
    (found.value.len(), found.warnings)
}

/// The objects of segments that should be there.
fn named(world: &World) -> BTreeSet<String> {
    world.named_objects()
}

fn objects(world: &World) -> BTreeSet<String> {
    world.objects()
}

#[test]
fn crashes_between_any_two_steps_lose_nothing_and_leave_nothing_behind() {
    let (mut uploads, mut evicted) = (0, 0);
    for seed in 5_000_000..5_000_000 + seeds(40) {
        // From none at all to room for everything.
        let mut world = World::with_bucket(seed, [1, 20_000, 10_000_000][seed as usize % 3]);
        for round in 0..3 {
            world.die_soon();
            if (seed + round) % 2 == 0 {
                bucket(&world).fail_after(seed % 11, seed % 4 == 0);
            }
            world.live(80);
            world.crash();
            world.heal_bucket();
            world.forget_ends();
            world.check();
        }
        uploads += world.uploads;
        evicted += world.core.cold().expect("there is one").totals().remote_files;
        world.live(30);
        world.flush_all();
        world.come_to_rest_in_bucket();
        world.check();
        world.crash();
        world.check();
    }
    assert!(uploads > seeds(40) && evicted > seeds(10), "{uploads} uploads, {evicted} evicted");
}

#[test]
fn what_was_evicted_reads_the_same_and_its_end_is_at_hand() {
    let (world, segments) = large_world(21, 1);
    assert_eq!(world.files("segments"), Vec::<String>::new(), "all of it is in the bucket alone");
    let ends = world.files("ends");
    let kept: u64 = ends.iter().map(|end| world.disk.len(end).expect("there")).sum();
    let bytes: u64 = segments.iter().map(|meta| meta.bytes).sum();
    assert!(ends.len() == 2 && kept < bytes / 2, "{kept} of {bytes}");
    assert_eq!(read(&world).0 as u64, 2 * LARGE);
    world.check();
    let before = bucket(&world).calls();
    let reader = Reader::new(world.core.files(), world.core.snapshot());
    assert_eq!(reader.trace(&[8; 16]).value.len(), 0);
    let range = TimeRange { from: world.now.minus(ippo_base::limits::DEFAULT_RETENTION), to: world.now };
    let services = reader.services(range, &crate::read::Where::default());
    assert_eq!((services.value.len(), services.partial), (1, false));
    assert_eq!(bucket(&world).calls(), before, "neither needs the bucket");
}

#[test]
fn what_is_read_in_full_comes_home_where_there_is_room() {
    let (mut world, segments) = large_world(22, 1);
    world.backed.as_mut().expect("there is one").cache_bytes = 10_000_000;
    world.restart();
    let read_all = |world: &World| {
        for meta in &segments {
            let rows = world.core.files().read(Signal::Spans, meta, None).expect("readable");
            assert_eq!(rows.iter().map(|rows| rows.num_rows() as u64).sum::<u64>(), LARGE);
        }
    };
    read_all(&world);
    assert_eq!(world.files("segments").len(), 2);
    let before = bucket(&world).calls();
    read_all(&world);
    assert_eq!(bucket(&world).calls(), before);
    // The one that was read last stays when there is room for one.
    let room = segments.iter().map(|meta| meta.bytes).sum::<u64>() - 1;
    world.backed.as_mut().expect("there is one").cache_bytes = room;
    world.restart();
    let _ = world.core.files().read(Signal::Spans, &segments[1], None);
    world.core.files().make_room();
    assert_eq!(world.files("segments"), [segments[1].path()]);
    world.check();
}

#[test]
fn a_bucket_that_cannot_be_reached_makes_answers_partial_and_condemns_nothing() {
    let (mut world, _) = world(23, 1);
    world.forget_ends();
    bucket(&world).fail_after(0, false);
    let (rows, warnings) = read(&world);
    assert_eq!(rows, 0);
    assert_eq!(
        warnings,
        [
            "2 segments are in the bucket alone, and the simulated bucket cannot be reached; their rows are missing here"
        ]
    );
    let before = bucket(&world).calls();
    read(&world);
    assert_eq!(bucket(&world).calls(), before, "nobody waits for it again at once");
    assert_eq!(world.core.quarantined(), []);
    assert!(world.append(&[batch(21, 0)]), "telemetry is taken");
    world.flush();
    world.restart();
    assert_eq!(read(&world).0, 3, "also after a start without it");
    world.upload();
    world.heal_bucket();
    assert_eq!(read(&world), (9, Vec::new()));
    world.upload();
    assert_eq!(objects(&world), named(&world));
    world.check();
}

#[test]
fn damage_in_the_bucket_is_found_and_what_is_well_again_comes_back() {
    for (lost, cause) in [(false, Cause::Damaged), (true, Cause::Missing)] {
        let (mut world, segments) = world(24, 1);
        let key = format!("{FOLDER}/{}", segments[0].file);
        let disk: SharedDisk = world.shared();
        let kept = crate::remote::Bucket::get(&bucket(&world), &key).expect("there").to_vec();
        let mut bad = kept.clone();
        bad[40] ^= 1;
        bucket(&world).spoil(&key, (!lost).then_some(bad));
        world.forget_ends();
        assert_eq!(read(&world).0, 3);
        assert_eq!(world.core.quarantined()[0].held.cause, cause);
        assert!(world.core.plan_verification().iter().all(|job| !job.run()));
        bucket(&world).spoil(&key, Some(kept));
        assert!(world.core.plan_verification().iter().all(|job| job.run()));
        assert_eq!(read(&world), (6, Vec::new()));
        // Damage of what is kept here is mended from there.
        let end = format!("ends/{}", segments[1].file);
        let at = usize::try_from(disk.len(&end).expect("kept")).expect("small") - 9;
        world.disk.flip_bit(&end, at, 1).expect("flipped");
        world.restart();
        assert_eq!(read(&world), (6, Vec::new()), "by whoever meets it");
    }
}

#[test]
fn a_damaged_file_is_not_copied_and_one_that_is_in_the_bucket_is_mended() {
    let mut world = World::with_bucket(25, 10_000_000);
    assert!(world.append(&[batch(1, -120)]));
    world.flush();
    let path = world.files("segments").remove(0);
    world.disk.flip_bit(&path, 30, 1).expect("flipped");
    world.upload();
    assert_eq!((world.uploads, objects(&world).len()), (0, 0));
    assert_eq!(world.core.quarantined()[0].held.cause, Cause::Damaged);
    world.disk.flip_bit(&path, 30, 1).expect("flipped back");
    assert!(world.core.plan_verification().iter().all(|job| job.run()));
    world.upload();
    assert_eq!(world.uploads, 1);
    world.disk.flip_bit(&path, 30, 1).expect("flipped");
    world.restart();
    bucket(&world).fail_after(0, false);
    assert!(!read(&world).1.is_empty());
    assert_eq!(world.core.quarantined()[0].held.cause, Cause::Damaged, "nobody knows what the bucket has");
    world.heal_bucket();
    assert!(world.core.plan_mending().iter().all(|job| job.run()), "the copy is well");
    assert_eq!(read(&world), (3, Vec::new()));
}

#[test]
fn a_damaged_file_is_read_from_the_bucket_by_whoever_meets_it() {
    let (mut world, segments) = large_world(29, 10_000_000);
    let damage = |world: &World, at: usize| {
        world.disk.flip_bit(&segments[0].path(), at, 1).expect("flipped");
        world.disk.reads()
    };
    // Among its rows, while it is open; and in its end, when it is opened.
    read(&world);
    damage(&world, 200_000);
    let rows = world.core.files().read(Signal::Spans, &segments[0], None).expect("whole in the bucket");
    assert_eq!(rows.iter().map(|rows| rows.num_rows() as u64).sum::<u64>(), LARGE);
    world.restart();
    world.core.files().read(Signal::Spans, &segments[0], None).expect("it came home");
    damage(&world, usize::try_from(segments[0].bytes).expect("small") - 9);
    world.restart();
    assert_eq!(read(&world).0 as u64, 2 * LARGE);
    assert_eq!(world.core.quarantined(), []);
    world.check();
    // Not where the bucket's is damaged too.
    world.core.files().read(Signal::Spans, &segments[0], None).expect("it came home");
    damage(&world, 200_000);
    bucket(&world).spoil(&format!("{FOLDER}/{}", segments[0].file), Some(vec![1]));
    world.restart();
    world.core.files().read(Signal::Spans, &segments[0], None).expect_err("nobody has it");
    assert_eq!(world.core.quarantined().len(), 1);
    assert_eq!(world.files("segments").len(), 2, "what is in quarantine stays as it is");
}

#[test]
fn of_two_that_meet_one_damage_one_mends_it_and_the_other_waits() {
    let (world, segments) = large_world(41, 10_000_000);
    world.disk.flip_bit(&segments[0].path(), 200_000, 1).expect("flipped");
    let began = world.core.files().moment();
    let read = {
        let (files, meta) = (world.core.files(), segments[0].clone());
        move || {
            files.read(Signal::Spans, &meta, None).map(|rows| rows.iter().map(|rows| rows.num_rows()).sum())
        }
    };
    // The second meets it while the first reads the object to compare it.
    let second = Arc::new(Mutex::new(None));
    let (slot, cold, read_too) = (second.clone(), world.core.cold().expect("there").clone(), read.clone());
    bucket(&world).after_calls(0, move || {
        let reader = std::thread::spawn(read_too);
        while cold.waited_for_mending() == 0 && !reader.is_finished() {
            std::thread::yield_now();
        }
        *slot.lock().expect("nothing panics") = Some(reader);
    });
    let rows: Result<usize, _> = read();
    assert_eq!(rows.expect("mended"), LARGE as usize);
    let second = second.lock().expect("nothing panics").take().expect("it began");
    assert_eq!(second.join().expect("no panic").expect("mended"), LARGE as usize);
    assert_eq!(world.core.quarantined(), []);
    // Who tells of it late has only to ask again; what is still bad is no damage of the disk.
    let damaged = || SegmentError::Damaged { file: segments[0].file.clone(), reason: "tested".to_owned() };
    let files = world.core.files();
    assert!(matches!(files.hold(damaged(), began), SegmentError::Mended { .. }));
    assert_eq!(world.core.quarantined(), []);
    assert!(matches!(files.hold(damaged(), files.moment()), SegmentError::Quarantined { .. }));
}

#[test]
fn what_a_disk_did_not_let_go_leaves_it_a_little_later() {
    for (fault, left) in
        [(Fault::Fails(Operation::Remove), 1), (Fault::FailsThoughDone(Operation::Remove), 0)]
    {
        let (mut world, segments) = world(42, 10_000_000);
        world.backed.as_mut().expect("there is one").cache_bytes = 1;
        world.restart();
        // No end is there to be replaced, which is looked for first.
        world.disk.inject_after(1, fault);
        world.core.files().make_room();
        let cold = world.core.cold().expect("there is one").clone();
        assert_eq!((cold.totals().local_files, cold.totals().remote_files), (left, 2 - left));
        world.core.files().make_room();
        assert_eq!(cold.totals().local_files, left, "nothing is tried over and over");
        assert_eq!(read(&world), (6, Vec::new()), "wherever they are");
        world.backed.as_ref().expect("there is one").clock.advance(std::time::Duration::from_secs(300));
        world.core.files().make_room();
        assert!(segments.iter().all(|segment| cold.is_remote(&segment.file)));
        assert_eq!(world.files("segments"), [] as [String; 0]);
    }
}

#[test]
fn what_could_not_be_kept_or_brought_home_leaves_nothing() {
    const ROWS: u64 = 3_000;
    let some = |first_id, minute_offset| Batch { spans: ROWS, ..batch(first_id, minute_offset) };
    let (mut world, segments) = world_of(43, 1, &[some(1, -120), some(10_001, -240)]);
    world.backed.as_mut().expect("there is one").cache_bytes = 10_000_000;
    world.forget_ends();
    let operations = [Operation::Append, Operation::Sync, Operation::Rename];
    let faults = operations.into_iter().flat_map(|of| [Fault::Full(of), Fault::FailsThoughDone(of)]);
    let mut brought = 0;
    // The end is kept first, then all of it comes home.
    for (fault, good) in faults.flat_map(|fault| [(fault, 0), (fault, 1)]) {
        world.disk.inject_after(good, fault);
        let rows = world.core.files().read(Signal::Spans, &segments[0], None).expect("the bucket has it");
        assert_eq!(rows.iter().map(|rows| rows.num_rows() as u64).sum::<u64>(), ROWS);
        world.disk.heal();
        let (ends, cold) = (world.files("ends"), world.core.cold().expect("there is one"));
        assert!(ends.iter().all(|end| !end.ends_with(".part")), "{fault:?} {good}: {ends:?}");
        let is_here = !cold.is_remote(&segments[0].file);
        brought += u64::from(is_here);
        assert_eq!(world.files("segments").len(), usize::from(is_here), "{fault:?} {good}");
        world.backed.as_mut().expect("there is one").cache_bytes = 1;
        world.restart();
        world.core.files().make_room();
        world.backed.as_mut().expect("there is one").cache_bytes = 10_000_000;
        world.forget_ends();
    }
    assert_eq!(brought, 6, "whenever its end alone could not be kept");
}

#[test]
fn small_segments_that_came_late_are_merged_though_they_are_in_the_bucket() {
    let mut world = World::with_bucket(35, 1);
    let late = |world: &mut World, ids: std::ops::Range<u64>| {
        for id in ids {
            assert!(world.append(&[batch(id * 10, -240)]));
            world.flush();
            world.upload();
        }
    };
    late(&mut world, 1..8);
    world.compact();
    assert_eq!((world.merges, named(&world).len()), (0, 7), "a few stay as they are");
    let before = named(&world);
    assert!(world.append(&[Batch { spans: LARGE, ..batch(1_000, -240) }]));
    world.flush();
    world.upload();
    let last = named(&world).difference(&before).next().expect("one more").clone();
    bucket(&world).hide(&last);
    for _ in 0..2 {
        world.compact();
        assert_eq!((world.merges, named(&world).len()), (0, 8), "the rows of one cannot be read");
        assert_eq!(world.files("segments"), [] as [String; 0], "and what was written until then goes");
        world.heal_bucket();
        world.now = world.now.plus(std::time::Duration::from_secs(60));
    }
    bucket(&world).show_all();
    world.forget_ends();
    bucket(&world).fail_after(0, false);
    world.compact();
    assert_eq!((world.merges, named(&world).len()), (0, 8), "nothing can be read");
    world.heal_bucket();
    world.now = world.now.plus(std::time::Duration::from_secs(60));
    world.compact();
    assert_eq!((world.merges, named(&world).len()), (1, 1));
    world.upload();
    assert_eq!(objects(&world), named(&world), "and what they were goes");
    world.check();
    world.compact();
    assert_eq!(world.merges, 1);
}

#[test]
fn what_expired_goes_from_the_bucket_too_when_nobody_reads_it() {
    let (mut world, segments) = world(26, 1);
    bucket(&world).spoil(&format!("{FOLDER}/notes.txt"), Some(vec![1]));
    let number = segments[0].file.split('-').nth(2).expect("names have numbers");
    bucket(&world).spoil(&format!("{FOLDER}/spans-0000000001-{number}-0.parquet"), Some(vec![1]));
    bucket(&world).spoil("0000/spans-0000000001-0000000001-0.parquet", Some(vec![1]));
    let reader = world.core.snapshot();
    drop(segments);
    world.core.expire_before([world.now.minute().minus(180); 3]);
    world.flush();
    world.upload();
    assert_eq!(objects(&world).len(), 5, "somebody still reads it");
    drop(reader);
    bucket(&world).fail_after(0, true);
    world.upload();
    bucket(&world).heal();
    world.upload();
    world.sweep();
    let mut expected = named(&world);
    assert_eq!(expected.len(), 1);
    expected.insert(format!("{FOLDER}/notes.txt"));
    expected.insert("0000/spans-0000000001-0000000001-0.parquet".to_owned());
    assert_eq!(objects(&world), expected, "what is not ours stays");
    assert_eq!(world.files("ends").len(), 1);
    assert_eq!(read(&world).0, 3);
}

#[test]
fn without_its_bucket_or_with_another_it_does_not_start() {
    let (world, _) = world(27, 1);
    let clock = || Arc::new(world.backed.as_ref().expect("there is one").clock.clone());
    let start = |disk: &SharedDisk, bucket: SimBucket, fresh_id: u128| {
        let session = session(100 + fresh_id as u64);
        let options = RemoteOptions { bucket: Arc::new(bucket), cache_bytes: 1, fresh_id, session };
        match Core::open_with(disk.clone(), NonZeroUsize::MIN, Behind::Bucket(options, clock())) {
            Ok(_) => None,
            Err(CoreError::Remote(error)) => Some(error),
            Err(other) => panic!("{other}"),
        }
    };
    let Err(CoreError::Remote(told)) = Core::open(world.shared(), NonZeroUsize::MIN) else {
        panic!("it starts")
    };
    assert!(matches!(told, RemoteError::NeedsBucket { segments: 2, .. }), "{told}");
    assert!(told.to_string().contains("say --segments s3://simulated/prefix"), "{told}");
    assert!(matches!(recount(&world.shared()), Err(CoreError::Remote(_))));
    let checked = check_data(&world.shared(), &mut |_, _| {}).expect("checked");
    assert_eq!((checked.segments, checked.in_bucket, checked.problems.len()), (2, 2, 0));
    let ends = world.disk.list(ENDS).expect("listed");
    assert_eq!(ends.len(), 2);
    let path = format!("{ENDS}/{}", ends[0]);
    let bytes = usize::try_from(world.disk.len(&path).expect("there")).expect("small");
    for at in [0, bytes / 2, bytes - 1] {
        world.disk.flip_bit(&path, at, 3).expect("flipped");
        let told = check_data(&world.shared(), &mut |_, _| {}).expect("checked").problems;
        assert!(matches!(&told[..], [Problem::End { file, .. }] if *file == path), "{at}: {told:?}");
        world.disk.flip_bit(&path, at, 3).expect("flipped");
    }
    assert!(check_data(&world.shared(), &mut |_, _| {}).expect("checked").problems.is_empty());

    let elsewhere = start(&world.shared(), SimBucket::default(), 7);
    assert!(matches!(elsewhere, Some(RemoteError::Elsewhere { segments: 2, .. })), "{elsewhere:?}");
    let other: SharedDisk = Arc::new(SimDisk::new(1));
    let foreign = start(&other, bucket(&world), 8);
    assert!(matches!(foreign, Some(RemoteError::Foreign { .. })), "{foreign:?}");
    let down = SimBucket::default();
    down.fail_after(0, false);
    let new: SharedDisk = Arc::new(SimDisk::new(2));
    assert!(matches!(start(&new, down.clone(), 9), Some(RemoteError::Unusable { .. })));
    down.heal();
    assert_eq!(start(&new, down, 10), None, "and then it does");
    assert_eq!(Manifest::read(&*new).expect("read").remote.expect("there").folder, format!("{:032x}", 9));
    assert_eq!(start(&world.shared(), bucket(&world), 7), None);
}

#[test]
fn a_start_that_is_cut_off_anywhere_owns_its_prefix_afterwards() {
    for writes in 1..12 {
        for done_but_failed in [false, true] {
            let (disk, bucket) = (SimDisk::new(writes), SimBucket::default());
            let clock = Arc::new(ippo_base::clock::SimClock::new(ippo_base::Timestamp::from_secs(1)));
            let start = |fresh_id: u128| {
                let (bucket, session) = (Arc::new(bucket.clone()), session(fresh_id as u64));
                let options = RemoteOptions { bucket, cache_bytes: 1, fresh_id, session };
                Core::open_with(
                    Arc::new(disk.clone()),
                    NonZeroUsize::MIN,
                    Behind::Bucket(options, clock.clone()),
                )
                .map(drop)
            };
            disk.die_after(writes);
            bucket.fail_after(writes % 6, done_but_failed);
            let _ = start(1);
            disk.crash();
            bucket.heal();
            start(2).unwrap_or_else(|error| panic!("{writes} {done_but_failed}: {error}"));
        }
    }
}

#[test]
fn a_copy_of_a_moment_has_what_the_bucket_has() {
    let (mut world, _) = world(28, 1);
    assert!(world.append(&[batch(21, 0)]));
    let point = world.point();
    let to = SimDisk::new(3);
    for path in point.log_files() {
        if let Some(bytes) = point.read_log(&world.disk, &path).expect("there") {
            to.write_new(&path, &bytes).expect("written");
        }
    }
    for file in point.files() {
        let mut bytes = Vec::new();
        assert!(point.is_in_bucket(&file.path));
        point
            .read_bucket(&file.path, &mut |part| {
                bytes.extend_from_slice(part);
                true
            })
            .expect("it answers");
        assert_eq!((crc32c::crc32c(&bytes), bytes.len() as u64), (file.crc, file.bytes));
        to.write_new(&file.path, &bytes).expect("written");
    }
    to.write_new(manifest::FILE, &point.manifest()).expect("written");
    let copied: SharedDisk = Arc::new(to);
    let (found, problems) = recount(&copied).expect("it needs no bucket");
    assert_eq!((found.rows["spans"], problems.len()), (9, 0));
}
