//! Folders that earlier versions wrote are opened and go on. Each was written by the ippo of its time: some requests,
//! a clean stop, a few requests more, and `kill -9`.

use std::path::Path;

use ippo_base::clock::SimClock;
use ippo_base::disk::{Disk as _, RealDisk};
use ippo_base::{Minute, MinuteRange};
use serde_json::{Value, json};

use crate::manifest::{FORMAT, Manifest, ManifestError};
use crate::store::*;

const FIXTURES: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/fixtures");

fn copy(from: &Path, to: &Path) {
    std::fs::create_dir_all(to).expect("a folder");
    for entry in std::fs::read_dir(from).expect("a folder") {
        let path = entry.expect("an entry").path();
        let to = to.join(path.file_name().expect("a name"));
        if path.is_dir() { copy(&path, &to) } else { std::fs::copy(&path, &to).map(drop).expect("copied") }
    }
}

fn open(folder: &Path) -> Store {
    let clock = SimClock::new(Timestamp::parse("2026-11-21T17:00:00Z").expect("valid"));
    let disk = Arc::new(RealDisk::lock(folder).expect("nobody else has it"));
    let (store, problems) = Store::open(disk, Arc::new(clock), StoreOptions::default()).expect("opens");
    assert_eq!(problems.problems, [], "nothing is lost");
    store
}

fn version(folder: &Path) -> Value {
    let manifest = std::fs::read_to_string(folder.join("MANIFEST")).expect("there");
    let (_, json) = manifest.split_once('\n').expect("a checksum, then JSON");
    serde_json::from_str::<Value>(json).expect("JSON")["format"].clone()
}

async fn check(store: &Store) {
    let ask = async |sql: &str| {
        let answer = store.sql(sql, query::QueryLimits::default()).await.expect("an answer");
        assert_eq!(answer.warnings, [] as [String; 0]);
        answer.rows
    };
    let spans = "SELECT count(*), count(DISTINCT trace_id), count(*) FILTER (WHERE kind = 'server'), \
                 count(DISTINCT user_id), count(*) FILTER (WHERE attrs['user.id'] = user_id), \
                 count(*) FILTER (WHERE attrs['session.id'] = session_id) FROM spans";
    assert_eq!(ask(spans).await, [[340, 38, 43, 38, 340, 340].map(|count| json!(count))]);
    for (table, count) in [("logs", 60), ("metrics", 5)] {
        assert_eq!(ask(&format!("SELECT count(*) FROM {table}")).await, [[json!(count)]], "{table}");
    }
    let hour = MinuteRange { from: Minute(29_921_280), to: Minute(29_921_340) };
    let counted = store.read_counter("slo/pages/0", hour).expect("the counter is there");
    let counts: Vec<_> =
        counted.minutes.iter().map(|(_, counts)| (counts.good, counts.bad, counts.unknown)).collect();
    assert_eq!(counts, [(43, 0, 0)], "the server's spans, from segments and from the log");
}

#[tokio::test]
async fn a_folder_of_format_1_is_opened_and_becomes_one_of_today() {
    let folder = tempfile::tempdir().expect("a folder");
    copy(&Path::new(FIXTURES).join("data-folder-1"), folder.path());
    assert_eq!(version(folder.path()), json!(1));
    let store = open(folder.path());
    check(&store).await;
    store.stop().await.expect("stopped");
    drop(store);
    assert_eq!(version(folder.path()), json!(FORMAT), "what was in the log is in segments now");
    check(&open(folder.path())).await;
}

#[tokio::test]
async fn a_folder_of_a_newer_format_is_refused_and_left_alone() {
    let folder = tempfile::tempdir().expect("a folder");
    copy(&Path::new(FIXTURES).join("data-folder-1"), folder.path());
    let disk = Arc::new(RealDisk::lock(folder.path()).expect("nobody else has it"));
    let newer = Manifest { format: FORMAT + 1, ..Manifest::read(&*disk).expect("read") };
    newer.commit(&*disk).expect("committed");
    let before = disk.read_all("MANIFEST").expect("there");
    let clock = Arc::new(SimClock::new(Timestamp::from_secs(1_800_000_000)));
    let refused =
        Store::open(disk.clone(), clock, StoreOptions::default()).err().expect("refused").to_string();
    assert!(refused.contains(&ManifestError::Newer { found: FORMAT + 1 }.to_string()), "{refused}");
    assert_eq!(disk.read_all("MANIFEST").expect("there"), before);
}
