//! The simulated disk keeps what it promised to keep, and fails as it was asked to.

use super::*;

#[test]
fn synced_bytes_under_a_synced_name_survive_every_crash() {
    for seed in 0..200 {
        let disk = SimDisk::new(seed);
        let mut file = disk.create("wal/1").expect("created");
        file.append(b"kept").expect("appended");
        file.sync().expect("synced");
        disk.sync_dir("wal").expect("synced");
        file.append(&[7; 2000]).expect("appended");
        disk.crash();
        let bytes = disk.read_all("wal/1").expect("the name was synced");
        assert!(bytes.starts_with(b"kept"), "seed {seed}");
        assert!(file.append(b"x").is_err(), "a file does not outlive its machine");
    }
}

#[test]
fn an_unsynced_rename_may_be_undone_but_never_halved() {
    let mut seen = [false; 2];
    for seed in 0..50 {
        let disk = SimDisk::new(seed);
        disk.write_new("MANIFEST", b"old").expect("written");
        disk.sync_dir("").expect("synced");
        disk.write_new("MANIFEST.new", b"new").expect("written");
        disk.rename("MANIFEST.new", "MANIFEST").expect("renamed");
        disk.crash();
        match disk.read_all("MANIFEST").expect("one of the two").as_slice() {
            b"old" => seen[0] = true,
            b"new" => seen[1] = true,
            other => panic!("seed {seed}: {other:?}"),
        }
    }
    assert_eq!(seen, [true, true]);
}

/// What is in a folder of the disk.
fn names(disk: &SimDisk) -> Vec<String> {
    disk.list("d").expect("listed")
}

#[test]
fn what_fails_is_not_done_unless_it_says_so() {
    let fresh = || {
        let disk = SimDisk::new(1);
        disk.write_new("d/a", b"abc").expect("written");
        disk.sync_dir("d").expect("synced");
        disk
    };
    type Act = fn(&SimDisk) -> io::Result<()>;
    let acts: [(Operation, Act); 4] = [
        (Operation::Create, |disk| disk.create("d/b").map(drop)),
        (Operation::Rename, |disk| disk.rename("d/a", "d/b")),
        (Operation::Remove, |disk| disk.remove("d/a")),
        (Operation::Truncate, |disk| disk.truncate("d/a", 1)),
    ];
    for (operation, act) in acts {
        let done = fresh();
        act(&done).expect("nothing is wrong");
        let looks = |disk: &SimDisk| (names(disk), disk.len("d/a").ok());
        for (fault, after) in [
            (Fault::Fails(operation), fresh()),
            (Fault::Full(operation), fresh()),
            (Fault::FailsThoughDone(operation), done),
        ] {
            let disk = fresh();
            disk.inject(fault);
            act(&disk).expect_err("it was asked to fail");
            assert_eq!(looks(&disk), looks(&after), "{fault:?}");
            assert_eq!(disk.failures(operation), 1);
        }
    }
    let disk = fresh();
    for operation in [Operation::Len, Operation::List, Operation::Read, Operation::CreateDir] {
        disk.inject(Fault::RunsShort(operation));
    }
    let told =
        [disk.len("d/a").err(), disk.list("d").err(), disk.read_all("d/a").err(), disk.create_dir("e").err()];
    assert!(
        told.iter().flatten().all(super::super::is_passing) && told.iter().all(Option::is_some),
        "{told:?}"
    );
    assert_eq!((names(&disk).len(), disk.read_all("d/a").expect("once was enough").len()), (1, 3));
    disk.inject_after(2, Fault::Fails(Operation::List));
    assert_eq!([(); 4].map(|()| disk.list("d").is_ok()), [true, true, false, true]);
}

#[test]
fn names_whose_sync_failed_may_be_gone_after_a_crash() {
    let survives = |fault: Option<Fault>| {
        (0..40)
            .filter(|seed| {
                let disk = SimDisk::new(*seed);
                disk.write_new("d/a", b"abc").expect("written");
                fault.into_iter().for_each(|fault| disk.inject(fault));
                assert_eq!(disk.sync_dir("d").is_err(), fault.is_some());
                disk.crash();
                !names(&disk).is_empty()
            })
            .count()
    };
    assert_eq!(survives(None), 40);
    assert_eq!(survives(Some(Fault::FailsThoughDone(Operation::SyncDir))), 40);
    assert!((1..40).contains(&survives(Some(Fault::Fails(Operation::SyncDir)))));
}

#[test]
fn trouble_strikes_what_it_may_until_it_ends_and_may_take_the_power() {
    let mut died = 0;
    for seed in 0..40 {
        let disk = SimDisk::new(seed);
        disk.trouble(Trouble {
            operations: vec![Operation::Append, Operation::Sync],
            one_in: 4,
            dies_one_in: Some(8),
        });
        for n in 0..20 {
            match disk.is_dead() {
                true => break,
                false => drop(disk.write_new(&format!("d/{n}"), &[1; 100])),
            }
        }
        assert!(disk.failures(Operation::Append) + disk.failures(Operation::Sync) > 0, "seed {seed}");
        assert_eq!(disk.failures(Operation::Create), 0, "that was not asked for");
        died += u64::from(disk.is_dead());
        disk.heal();
        disk.crash();
        (0..50).for_each(|n| disk.write_new(&format!("e/{n}"), b"abc").expect("all is well again"));
    }
    assert!((1..40).contains(&died), "{died}");
}

#[test]
fn what_is_held_waits_until_it_is_released() {
    let disk = SimDisk::new(1);
    disk.hold(Operation::Sync);
    std::thread::scope(|scope| {
        let writing = scope.spawn(|| disk.write_new("d/a", b"abc"));
        while disk.held(Operation::Sync) == 0 {
            std::thread::yield_now();
        }
        assert_eq!((disk.syncs(), disk.read_all("d/a").expect("others go on").len()), (0, 3));
        assert!(!writing.is_finished());
        disk.release(Operation::Sync);
        writing.join().expect("no panic").expect("written");
    });
    assert_eq!((disk.syncs(), disk.held(Operation::Sync)), (1, 0));
    disk.write_new("d/b", b"abc").expect("nothing waits any more");
}
