//! A bit turns over in some file of the store: it is without effect, or told, and no answer is ever wrong for it.

use std::collections::BTreeMap;
use std::num::NonZeroUsize;

use ippo_base::disk::{Disk as _, Fault, Operation};

use super::seeds;
use super::world::{Batch, World};
use crate::core::{Core, Problem};

#[test]
fn a_bit_that_turned_over_is_told_or_harmless_and_spoils_no_answer() {
    let (mut told_at_starts, mut named, mut lacking, mut mended) = (0, 0, 0, 0);
    let mut kinds: BTreeMap<String, u64> = BTreeMap::new();
    for seed in 7_000_020..7_000_020 + seeds(18) {
        let mut world = World::new(seed);
        world.large_batches = true;
        world.marks_each = true;
        world.live_of_all(50);
        world.rot();
        let Some(rot) = &world.rot else { continue };
        *kinds.entry(rot.kind().to_owned()).or_default() += 1;
        named += u64::from(world.check_names_rot());
        if seed % 2 == 0 {
            world.live_of_all(20);
        }
        lacking += u64::from(world.check_despite_rot());
        world.start_despite_rot(seed % 3 == 0);
        lacking += u64::from(world.check_despite_rot());
        world.live_of_all(20);
        lacking += u64::from(world.check_despite_rot());
        let told = !world.rot.as_ref().expect("there is some").told.is_empty();
        told_at_starts += u64::from(told);
        // What is restored from a copy is read again.
        world.mend();
        for job in world.core.plan_verification() {
            assert!(job.run(), "it is as it was written");
            mended += 1;
        }
        assert!(!world.check_despite_rot() || told || seed % 3 == 0, "all is there again");
    }
    for kind in ["kept", "logs", "metrics", "spans", "wal"] {
        assert!(kinds.contains_key(kind), "{kind} among {kinds:?}");
    }
    assert!(named > seeds(9) && told_at_starts > seeds(3), "{named} by checks, {told_at_starts} by starts");
    assert!(
        mended > seeds(1) && lacking > seeds(2),
        "{mended} were read again, {lacking} answers lacked rows"
    );
}

#[test]
fn beside_a_bucket_a_bit_that_turned_over_is_mended_from_there_or_told() {
    let (mut mended, mut lacking, mut kinds) = (0, 0, BTreeMap::new());
    for seed in 7_500_000..7_500_000 + seeds(16) {
        // From room for nothing but the ends to room for everything.
        let mut world = World::with_bucket(seed, [1, 30_000, 10_000_000][seed as usize % 3]);
        world.large_batches = true;
        world.marks_each = true;
        world.live_of_all(40);
        world.upload();
        world.rot();
        let Some(rot) = world.rot.clone() else { continue };
        *kinds.entry((rot.kind().to_owned(), rot.is_stored())).or_insert(0) += 1;
        world.check_names_rot();
        let bucket = world.backed.as_ref().expect("there is one").bucket.clone();
        if seed % 4 == 0 {
            bucket.fail_after(0, false);
        }
        lacking += u64::from(world.check_despite_rot());
        if seed % 2 == 0 {
            world.live_of_all(20);
        }
        if seed % 5 < 3 {
            world.start_despite_rot(seed % 5 == 0);
            // What is in quarantine is read again then.
            world.core.plan_verification().iter().for_each(|job| {
                job.run();
            });
        }
        lacking += u64::from(world.check_despite_rot());
        world.heal_bucket();
        for job in world.core.plan_mending() {
            mended += u64::from(job.run());
        }
        let lacks = world.check_despite_rot();
        assert!(!lacks || !rot.is_stored(), "the bucket has all of it: {rot:?}");
        world.mend();
        assert!(world.core.plan_verification().iter().all(|job| job.run()), "it is as it was written");
        world.check_despite_rot();
        world.flush_all();
        world.come_to_rest_in_bucket();
        world.check_despite_rot();
    }
    let of_stored = |(kind, count): (&(String, bool), &u64)| if kind.1 { *count } else { 0 };
    assert!(kinds.iter().map(of_stored).sum::<u64>() > seeds(3), "{kinds:?}");
    assert!(lacking >= seeds(1), "{lacking} answers lacked rows, {mended} segments were mended later");
}

#[test]
fn a_copy_of_what_is_damaged_that_was_cut_short_is_made_again() {
    let mut world = World::new(1);
    for first_id in [1, 11, 21] {
        let batch = Batch { first_id, spans: 3, minute_offset: 0, service: "shop", errors: 1 };
        assert!(world.append(&[batch]));
    }
    let log = world.files("wal").remove(0);
    let whole = world.disk.read_all(&log).expect("there");
    world.disk.flip_bit(&log, whole.len() / 2, 3).expect("flipped");
    let bytes = world.disk.read_all(&log).expect("there");
    for operation in [Operation::Append, Operation::Sync] {
        world.disk.inject(Fault::Fails(operation));
        Core::open(world.shared(), NonZeroUsize::MIN).err().expect("there is no copy yet");
        world.disk.crash();
    }
    let (_, _, recovered) = Core::open(world.shared(), NonZeroUsize::MIN).expect("it starts");
    let [Problem::LogLoss { offset, bytes: length, .. }] = recovered.problems[..] else {
        panic!("{:?}", recovered.problems)
    };
    let copy = world.disk.read_all(&world.files("quarantine")[0]).expect("there");
    assert_eq!(copy, bytes[offset..offset + length]);
}
