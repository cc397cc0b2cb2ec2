//! Who sends a request again learns that it is stored, and it is counted once: while the first is being logged, after flushes
//! and crashes, and as well as can be where the file that knows of it is damaged.

use std::num::NonZeroUsize;
use std::time::Duration;

use bytes::Bytes;
use ippo_base::limits::DUPLICATE_WINDOW;

use super::world::{Batch, World};
use crate::core::{Appended, BatchKey, Before, Core, Group, Preparer, Problem, Request, check_data};

#[test]
fn a_retry_while_the_first_is_being_logged_shares_its_fate() {
    let batch = Batch { first_id: 1, spans: 3, minute_offset: 0, service: "shop", errors: 0 };
    let empty = Batch { first_id: 10, spans: 0, ..batch };
    for (is_logged, known_by_then) in [(true, false), (true, true), (false, false)] {
        let mut world = World::new(13);
        let send = |world: &World, preparer: &mut Preparer, before| {
            let unreadable = Request { body: Bytes::from_static(b"\xff"), ..world.to_send(&batch) };
            for request in [world.to_send(&batch), world.to_send(&empty), unreadable] {
                let known = |key: &BatchKey, received| world.core.knows(key, received);
                preparer.add(request, before, known).expect("small");
            }
            preparer.finish().expect("small")
        };
        let mut preparer = Preparer::default();
        let mut first = send(&world, &mut preparer, Before::Done);
        let publish = |world: &mut World, group: &mut Group| {
            group.log(&mut world.wal).expect("there is room");
            let appended = world.core.publish(std::mem::take(group));
            assert!(matches!(
                appended[..],
                [Appended::Stored(_), Appended::Stored(_), Appended::Unreadable(_)]
            ));
        };
        if known_by_then {
            publish(&mut world, &mut first);
        }
        // What was said of the group before may be old by now.
        let mut second = send(&world, &mut preparer, Before::Open);
        if is_logged && !known_by_then {
            publish(&mut world, &mut first);
        }
        second.log(&mut world.wal).expect("there is room");
        let appended = world.core.publish(second);
        let [of_batch, Appended::Stored(_), Appended::Unreadable(_)] = &appended[..] else {
            panic!("what was not stored is no retry: {appended:?}")
        };
        match is_logged {
            true => assert!(matches!(of_batch, Appended::Duplicate(_)), "{of_batch:?}"),
            false => assert_eq!(*of_batch, Appended::Lost, "it can be tried once more"),
        }
        assert_eq!(world.rows().len(), if is_logged { 3 } else { 0 });
    }
}

#[test]
fn a_retry_is_one_batch_also_after_flush_and_crash() {
    let mut world = World::new(7);
    world.open_counters();
    let batch = Batch { first_id: 1, spans: 3, minute_offset: 0, service: "shop", errors: 1 };
    assert!(world.append(&[batch]));
    assert!(world.append(&[batch]), "a retry is acknowledged");
    world.flush();
    world.crash();
    assert!(world.append(&[batch, batch]), "also after a start");
    world.check();
    assert_eq!(world.rows().len(), 3);
    world.now = world.now.plus(DUPLICATE_WINDOW).plus(Duration::from_secs(1));
    assert!(world.append(&[batch]));
    assert_eq!(world.rows().len(), 6, "long after, the same bytes are new telemetry");
}

#[test]
fn a_damaged_file_of_batches_is_told_and_what_it_does_not_know_is_stored_again() {
    let mut world = World::new(8);
    world.open_counters();
    let batch = |n: u64| Batch { first_id: n * 10, spans: 3, minute_offset: 0, service: "shop", errors: 1 };
    let send = |world: &mut World, numbers: std::ops::Range<u64>| {
        numbers.for_each(|n| assert!(world.append(&[batch(n)])));
    };
    send(&mut world, 1..11);
    world.flush();
    let first = world.files("batches");
    send(&mut world, 11..21);
    world.flush();
    let second: Vec<String> =
        world.files("batches").into_iter().filter(|file| !first.contains(file)).collect();
    assert_eq!((first.len(), second.len()), (1, 1), "each flush has a file");
    world.restart();
    send(&mut world, 1..21);
    assert_eq!(world.rows().len(), 60, "all are known");
    world.disk.flip_bit(&second[0], 100, 3).expect("flipped");
    let is_told = |problems: &[Problem]| {
        let [told @ Problem::Batches { file, .. }] = problems else { panic!("{problems:?}") };
        assert_eq!(*file, second[0]);
        assert!(told.to_string().contains("may be stored twice"), "{told}");
    };
    is_told(&check_data(&world.shared(), &mut |_, _| {}).expect("checked").problems);
    let (core, _, recovered) = Core::open(world.shared(), NonZeroUsize::MIN).expect("it starts");
    is_told(&recovered.problems);
    let knows = |n| core.knows(&BatchKey::of(&world.to_send(&batch(n))), world.now);
    assert!((1..11).all(knows) && !(11..21).any(knows), "the other file is read");
}

#[test]
fn what_is_remembered_takes_from_the_room_of_rows_up_to_half_of_it() {
    let mut world = World::new(14);
    let mut number = 0;
    let mut send = |world: &mut World, requests: u64| {
        for _ in 0..requests {
            number += 1;
            let batch = Batch { first_id: number, spans: 1, minute_offset: 0, service: "shop", errors: 0 };
            assert!(world.append(&[batch]));
        }
    };
    send(&mut world, 10);
    let rows = world.core.unflushed_bytes();
    assert!(world.core.is_full(rows), "ten requests are hardly more than their rows");
    assert!(!world.core.is_full(2 * rows));
    world.flush();
    send(&mut world, 3_000);
    world.flush();
    send(&mut world, 10);
    assert!(world.core.unflushed_bytes() <= rows + rows / 4);
    assert!(
        world.core.is_full(2 * world.core.unflushed_bytes()),
        "three thousand are more than the rows of ten"
    );
    assert!(
        !world.core.is_full(2 * world.core.unflushed_bytes() + 2),
        "half of the room is always that of rows"
    );
}
