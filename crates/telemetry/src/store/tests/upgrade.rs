//! Folders that earlier versions wrote are opened and go on.
//!
//! That of format 1 was written by the ippo of its time: some requests, a clean stop, a few requests more, and `kill -9`.
//! Those of formats 2 to 5 are that folder as an ippo of these formats had it after its next commit of the manifest: the
//! manifest is written here by hand, word for word as their code wrote it, over the segments and the log of format 1,
//! which it left as they were. What a segment or a log of these formats may hold beyond that is not in them.

use std::path::Path;

use ippo_base::clock::SimClock;
use ippo_base::disk::{Disk as _, RealDisk, SimDisk};
use ippo_base::{Minute, MinuteRange};
use serde_json::{Value, json};

use crate::manifest::{FORMAT, Manifest, ManifestError};
use crate::remote::{Bucket as _, Session, SimBucket};
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
    open_at(folder, "2026-11-21T17:00:00Z")
}

fn open_at(folder: &Path, now: &str) -> Store {
    let clock = SimClock::new(Timestamp::parse(now).expect("valid"));
    let disk = Arc::new(RealDisk::lock(folder).expect("nobody else has it"));
    let (store, problems) = Store::open(disk, Arc::new(clock), StoreOptions::default()).expect("opens");
    assert_eq!(problems.problems, [], "nothing is lost");
    store
}

fn manifest(folder: &Path) -> Value {
    let manifest = std::fs::read_to_string(folder.join("MANIFEST")).expect("there");
    let (_, json) = manifest.split_once('\n').expect("a checksum, then JSON");
    serde_json::from_str(json).expect("JSON")
}

fn version(folder: &Path) -> Value {
    manifest(folder)["format"].clone()
}

/// Of each file of counts, whether those of one counter can be read alone, as from format 6 on.
fn counts_by_counter(folder: &Path) -> Vec<bool> {
    let files = std::fs::read_dir(folder.join("counters")).expect("a folder");
    let bytes = files.map(|file| std::fs::read(file.expect("an entry").path()).expect("read"));
    bytes.map(|bytes| bytes.starts_with(b"IDC1")).collect()
}

/// The folder of format 1 with a manifest of another format. `more` is what that one says beside.
fn folder_of(format: u32, more: &[(&str, Value)]) -> tempfile::TempDir {
    let folder = tempfile::tempdir().expect("a folder");
    copy(&Path::new(FIXTURES).join("data-folder-1"), folder.path());
    let mut known = manifest(folder.path());
    let fields = known.as_object_mut().expect("an object");
    fields.insert("format".to_owned(), json!(format));
    fields.extend(more.iter().map(|(name, value)| ((*name).to_owned(), value.clone())));
    let text = known.to_string();
    let text = format!("{:08x}\n{text}", crc32c::crc32c(text.as_bytes()));
    std::fs::write(folder.path().join("MANIFEST"), text).expect("written");
    folder
}

/// What a manifest from format 2 on says of a segment in quarantine.
fn quarantined() -> (&'static str, Value) {
    let held = json!([{
        "file": "logs-0029921280-0000000001-0.parquet", "cause": "unreadable", "reason": "Input/output error",
        "since": 1_795_279_917_656_825_731_i64,
    }]);
    ("quarantined", held)
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
    let counted = store.read_counter("slo/pages/0", hour).await.expect("the counter is there");
    let counts: Vec<_> =
        counted.minutes.iter().map(|(_, counts)| (counts.good, counts.bad, counts.unknown)).collect();
    assert_eq!(counts, [(43, 0, 0)], "the server's spans, from segments and from the log");
}

#[tokio::test]
async fn a_folder_of_format_1_is_opened_and_becomes_one_of_today() {
    let folder = tempfile::tempdir().expect("a folder");
    copy(&Path::new(FIXTURES).join("data-folder-1"), folder.path());
    assert_eq!(version(folder.path()), json!(1));
    assert_eq!(counts_by_counter(folder.path()), [false]);
    let store = open(folder.path());
    check(&store).await;
    store.stop().await.expect("stopped");
    drop(store);
    assert_eq!(counts_by_counter(folder.path()), [true], "written again");
    assert_eq!(version(folder.path()), json!(FORMAT), "what was in the log is in segments now");
    check(&open(folder.path())).await;
}

#[tokio::test]
async fn a_folder_of_format_2_with_a_segment_in_quarantine_is_opened_and_becomes_one_of_today() {
    let folder = folder_of(2, &[quarantined()]);
    let store = open(folder.path());
    store.verify_quarantined().await.expect("read again");
    assert_eq!(store.quarantined(), [], "the disk gives it again");
    check(&store).await;
    store.stop().await.expect("stopped");
    drop(store);
    let upgraded = manifest(folder.path());
    assert_eq!((&upgraded["format"], &upgraded["quarantined"]), (&json!(FORMAT), &Value::Null));
    check(&open(folder.path())).await;
}

#[tokio::test]
async fn a_folder_of_format_3_with_a_segment_in_a_bucket_is_opened_and_becomes_one_of_today() {
    let (id, file) = ("000102030405060708090a0b0c0d0e0f", "spans-0029921280-0000000001-0.parquet");
    let remote = json!({
        "folder": id, "location": "s3://simulated/prefix", "claimed": true, "stored": [file],
    });
    let folder = folder_of(3, &[("remote", remote)]);
    let local = folder.path().join("segments").join(file);
    let bucket = SimBucket::default();
    bucket.spoil(&format!("{id}/{file}"), Some(std::fs::read(&local).expect("there")));
    bucket.spoil("ippo-owner.json", Some(format!(r#"{{"folder":"{id}"}}"#).into_bytes()));
    std::fs::remove_file(&local).expect("evicted");
    let open = |session: &str| {
        let clock = SimClock::new(Timestamp::parse("2026-11-21T17:00:00Z").expect("valid"));
        let (by, since) = ("/data".to_owned(), "2026-11-21T17:00:00Z".to_owned());
        let remote = RemoteOptions {
            bucket: Arc::new(bucket.clone()),
            cache_bytes: 1,
            fresh_id: 1,
            session: Session { id: session.to_owned(), by, since },
        };
        let disk = Arc::new(RealDisk::lock(folder.path()).expect("nobody else has it"));
        let opened = Store::open_with(disk, Arc::new(clock), StoreOptions::default(), Some(remote));
        let (store, found) = opened.expect("opens");
        assert_eq!(found.problems, [], "nothing is lost");
        store
    };
    let store = open("a");
    check(&store).await;
    store.stop().await.expect("stopped");
    drop(store);
    assert_eq!(version(folder.path()), json!(FORMAT));
    let store = open("b");
    check(&store).await;
    // The thread that copies takes the bucket, which no ippo of format 3 had written a session into.
    store.maintain();
    while !String::from_utf8_lossy(&bucket.get("ippo-owner.json").expect("there")).contains("\"b\"") {
        tokio::task::yield_now().await;
    }
    assert_eq!(manifest(folder.path())["remote"]["sessions"].as_array().map(Vec::len), Some(1));
}

#[tokio::test]
async fn a_log_that_was_begun_in_format_4_goes_on_with_records_of_today() {
    let folder = folder_of(4, &[]);
    // That is when the new record is of.
    let store = open_at(folder.path(), "2026-11-24T02:30:00Z");
    assert_eq!(version(folder.path()), json!(FORMAT), "before there is anything that format 4 does not know");
    check(&store).await;
    super::tail::send(&store, 1, &["of today"]).await;
    // As a crash leaves it.
    let folder = {
        let left = tempfile::tempdir().expect("a folder");
        copy(folder.path(), left.path());
        left
    };
    let store = open_at(folder.path(), "2026-11-24T02:30:00Z");
    let count =
        store.sql("SELECT count(*) FROM logs", query::QueryLimits::default()).await.expect("an answer");
    assert_eq!(count.rows, [[json!(61)]], "records of both kinds are read back");
    store.stop().await.expect("stopped");
    drop(store);
    assert_eq!(version(folder.path()), json!(FORMAT));
}

/// A folder on a simulated disk, all of it durable.
fn simulated(folder: &Path, seed: u64) -> SimDisk {
    let disk = SimDisk::new(seed);
    let mut folders = vec![folder.to_owned()];
    while let Some(next) = folders.pop() {
        let name =
            |path: &Path| path.strip_prefix(folder).expect("below it").to_str().expect("UTF-8").to_owned();
        for entry in std::fs::read_dir(&next).expect("a folder") {
            let path = entry.expect("an entry").path();
            if path.is_dir() {
                folders.push(path);
            } else {
                disk.write_new(&name(&path), &std::fs::read(&path).expect("a file")).expect("written");
            }
        }
        disk.sync_dir(&name(&next)).expect("synced");
    }
    disk
}

#[tokio::test]
async fn an_upgrade_may_lose_power_anywhere() {
    let quarantined = [quarantined()];
    for (format, more) in [(1, [].as_slice()), (2, &quarantined), (4, &[]), (5, &[])] {
        let folder = folder_of(format, more);
        let mut cuts = 0;
        for writes in 1.. {
            let disk = simulated(folder.path(), writes);
            let open = || {
                let clock = SimClock::new(Timestamp::parse("2026-11-21T17:00:00Z").expect("valid"));
                Store::open(Arc::new(disk.clone()), Arc::new(clock), StoreOptions::default())
            };
            disk.die_after(writes);
            if let Ok((store, _)) = open() {
                // It may not come to its end.
                let _ = store.stop().await;
            }
            let is_through = !disk.is_dead();
            disk.crash();
            let (store, found) = open().expect("opens");
            assert_eq!(found.problems, [], "format {format}, {writes} writes: nothing is lost");
            store.verify_quarantined().await.expect("read again");
            check(&store).await;
            store.stop().await.expect("stopped");
            assert_eq!(Manifest::read(&disk).expect("read").format, FORMAT);
            if is_through {
                break;
            }
            cuts += 1;
        }
        assert!(cuts > 10, "format {format}: it is more than {cuts} writes");
    }
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
