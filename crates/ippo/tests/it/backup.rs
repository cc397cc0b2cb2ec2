//! Backups of a server that works, and what becomes of them: restored, damaged, cut off, without room.

use std::collections::BTreeSet;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::process::Output;
use std::sync::Arc;
use std::sync::atomic::Ordering;

use rand::rngs::StdRng;
use rand::{RngExt as _, SeedableRng as _};
use serde_json::{Value, json};

use crate::apply::{CHECKOUT, apply, write};
use crate::binary::{Running, begin_at, ippo, ippo_at, token};
use crate::kill::{SENDERS, SPANS, Sent, request, send, there};
use crate::trouble::{FullDisk, SlowDisk};
use crate::wire::PROTOBUF;

const LIMITS: [&str; 2] = ["--query-rows", "1000000"];

/// Counts every span of a service, so that its counter can be compared with the rows.
const COUNTED: &str = "\
apiVersion: openslo/v1
kind: SLO
metadata:
  name: loaded
  displayName: Under load
spec:
  service: loaded
  indicator:
    metadata: {name: names}
    spec:
      ratioMetric:
        bad: {metricSource: {type: spans, spec: {where: name = 'GET /item/7'}}}
        total: {metricSource: {type: spans, spec: {where: service = 'loaded'}}}
  timeWindow: [{duration: 28d, isRolling: true}]
  budgetingMethod: Occurrences
  objectives:
    - target: 0.9
";

fn text(output: &Output) -> String {
    format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr))
}

fn path(path: &Path) -> &str {
    path.to_str().expect("UTF-8")
}

/// Runs a command and asserts its exit code; gives what it said.
fn says(args: &[&str], code: i32) -> String {
    let output = ippo(args);
    assert_eq!(output.status.code(), Some(code), "{args:?}: {}", text(&output));
    text(&output)
}

async fn backup(server: &Running, more: &[&str]) -> Value {
    let args = [&["backup", "--output", "json"], more].concat();
    let output = tokio::task::block_in_place(|| ippo_at(server, &args));
    assert!(output.status.success(), "{}", text(&output));
    serde_json::from_slice(&output.stdout).expect("JSON")
}

fn acknowledged(sent: &Sent) -> BTreeSet<u64> {
    sent.acknowledged.lock().expect("no panic").clone()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 8)]
async fn a_backup_under_full_load_has_what_was_acknowledged_before_it_once_and_nothing_half() {
    let folder = tempfile::tempdir().expect("a folder");
    let data = folder.path().join("data");
    std::fs::create_dir(&data).expect("made");
    let token = token(&data);
    let server = Running::start_with(&data, &token, &LIMITS);
    let files = tempfile::tempdir().expect("a folder");
    write(files.path(), "checkout.yaml", CHECKOUT);
    write(files.path(), "loaded.yaml", COUNTED);
    let applied = apply(&server, files.path(), &[]);
    assert!(applied.ends_with("exit 0"), "{applied}");
    server.post("/api/v1/incidents", &json!({"title": "Nobody can pay", "severity": "sev2"})).await;
    let sent = Arc::new(Sent::default());
    let url = format!("{}/v1/traces", server.otlp_http);
    let senders: Vec<_> = (0..SENDERS)
        .map(|sender| tokio::spawn(send(url.clone(), "loaded".to_owned(), sender, sent.clone())))
        .collect();
    let mut random = StdRng::seed_from_u64(11);
    let mut taken: Vec<(PathBuf, BTreeSet<u64>)> = Vec::new();
    for number in 0..3 {
        sent.reaches(sent.count.load(Ordering::SeqCst) + random.random_range(20..400)).await;
        let to = folder.path().join(format!("backup-{number}"));
        let before = acknowledged(&sent);
        let told = match taken.last() {
            Some((base, _)) => backup(&server, &["--to", path(&to), "--base", path(base)]).await,
            None => backup(&server, &["--to", path(&to)]).await,
        };
        assert!(sent.count.load(Ordering::SeqCst) > before.len(), "telemetry was taken meanwhile");
        assert_eq!(told["left_out"], json!([]), "{told}");
        assert!(told["spans"].as_u64() >= Some(before.len() as u64 * SPANS), "{told}");
        assert_eq!(to.metadata().expect("there").permissions().mode() & 0o777, 0o700);
        taken.push((to, before));
    }
    let metrics = server.text("/metrics").await;
    assert!(metrics.contains("ippo_backups_total{outcome=\"succeeded\"} 3"), "{metrics}");
    let audit = server.get("/api/v1/audit?limit=2").await;
    assert_eq!(
        (&audit["entries"][0]["action"], &audit["entries"][1]["action"]),
        (&json!("finishBackup"), &json!("startBackup"))
    );
    server.kill();
    for sender in senders {
        sender.await.expect("no panic");
    }
    let server = Running::start_with(&data, &token, &LIMITS);
    assert!(
        server.text("/metrics").await.contains("ippo_backup_last_size_bytes "),
        "it is known after a start too"
    );
    server.kill();
    for (number, (to, before)) in taken.iter().enumerate() {
        says(&["backup", "verify", path(to)], 0);
        let restored = folder.path().join(format!("restored-{number}"));
        let said = says(&["restore", "--from", path(to), "--data-dir", path(&restored)], 0);
        assert!(said.contains("verified"), "{said}");
        let server = Running::start_with(&restored, &token, &LIMITS);
        let found = there(&server, "loaded").await;
        assert!(before.is_subset(&found), "backup {number}: {before:?} in {found:?}");
        let slo = server.get("/api/v1/slos/loaded").await;
        let window = &slo["objectives"][0]["windows"][0];
        let requests = found.len() as u64;
        assert_eq!(
            (&window["good"], &window["bad"]),
            (&json!(requests * (SPANS - 1)), &json!(requests)),
            "counters equal a recount: {slo}"
        );
        server.get("/api/v1/slos/checkout").await;
        assert_eq!(server.get("/api/v1/incidents/1").await["title"], json!("Nobody can pay"));
        assert_eq!(server.stop(), Some(0));
        says(&["check-data", "--data-dir", path(&restored)], 0);
    }
}

/// A server with a few requests stored.
async fn served(data: &Path) -> (Running, String) {
    std::fs::create_dir_all(data).expect("made");
    let token = token(data);
    let server = Running::start_with(data, &token, &LIMITS);
    store(&server, 0..5).await;
    (server, token)
}

async fn store(server: &Running, numbers: std::ops::Range<u64>) {
    for number in numbers {
        assert_eq!(server.otlp("/v1/traces", PROTOBUF, request("shop", number)).await.0, 200);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_is_killed_in_the_middle_leaves_no_backup_and_the_next_one_is_whole() {
    let folder = tempfile::tempdir().expect("a folder");
    let (data, to) = (folder.path().join("data"), folder.path().join("backup"));
    let partial = folder.path().join("backup.partial");
    let (server, token) = served(&data).await;
    let slow = SlowDisk::under_files_of(&server);
    let mut asking = begin_at(&server, &["backup", "--to", path(&to)]);
    while !partial.join("data/state.db").exists() {
        tokio::task::yield_now().await;
    }
    server.kill();
    drop(slow);
    assert_eq!(asking.wait().expect("it ends").code(), Some(3), "nobody can say");
    assert!(partial.exists() && !to.exists());
    for no_backup in [&partial, &to] {
        assert!(says(&["backup", "verify", path(no_backup)], 2).contains("no complete backup"));
        let restored = folder.path().join("restored");
        says(&["restore", "--from", path(no_backup), "--data-dir", path(&restored)], 2);
        assert!(!restored.exists());
    }
    let server = Running::start_with(&data, &token, &LIMITS);
    assert_eq!(there(&server, "shop").await.len(), 5, "the server lost nothing");
    backup(&server, &["--to", path(&to)]).await;
    assert!(!partial.exists(), "what was left is gone");
    assert_eq!(server.stop(), Some(0));
    says(&["backup", "verify", path(&to)], 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn without_room_there_is_no_backup_and_with_room_there_is() {
    let folder = tempfile::tempdir().expect("a folder");
    let (data, to) = (folder.path().join("data"), folder.path().join("backup"));
    let (server, _) = served(&data).await;
    // The last file but one: everything else is written by then.
    let full = FullDisk::under_file(&server, &folder.path().join("backup.partial/data/MANIFEST"));
    let output = ippo_at(&server, &["backup", "--to", path(&to)]);
    assert_eq!(output.status.code(), Some(3), "{}", text(&output));
    assert!(text(&output).contains("is full; free some space"), "{}", text(&output));
    assert!(!to.exists() && !folder.path().join("backup.partial").exists(), "nothing is left");
    drop(full);
    assert!(server.text("/metrics").await.contains("ippo_backups_total{outcome=\"failed\"} 1"));
    backup(&server, &["--to", path(&to)]).await;
    store(&server, 5..6).await;
    assert_eq!(server.stop(), Some(0));
    says(&["backup", "verify", path(&to)], 0);
}

/// Writes another file of the name. The old one may have other names, by which it stays as it is.
fn replace(file: &Path, change: impl Fn(&mut Vec<u8>)) {
    let mut bytes = std::fs::read(file).expect("read");
    change(&mut bytes);
    std::fs::remove_file(file).expect("removed");
    std::fs::write(file, bytes).expect("written");
}

fn files_below(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(folder).expect("listed") {
        let entry = entry.expect("an entry").path();
        if entry.is_dir() { found.extend(files_below(&entry)) } else { found.push(entry) }
    }
    found.sort();
    found
}

#[tokio::test(flavor = "multi_thread")]
async fn damage_is_named_and_nothing_is_restored_from_it() {
    let folder = tempfile::tempdir().expect("a folder");
    let (data, to) = (folder.path().join("data"), folder.path().join("backup"));
    let (server, token) = served(&data).await;
    // Some in segments, some in the log alone.
    assert_eq!(server.stop(), Some(0));
    let server = Running::start_with(&data, &token, &LIMITS);
    store(&server, 5..8).await;
    server.kill();
    let said = says(&["backup", "--to", path(&to), "--data-dir", path(&data)], 0);
    assert!(said.contains("800 spans"), "{said}");
    let restored = folder.path().join("restored");
    let restoring = ["restore", "--from", path(&to), "--data-dir", path(&restored)];
    let files = files_below(&to.join("data"));
    let kinds = ["segments/", "wal/", "MANIFEST", "state.db"];
    for kind in kinds {
        let file = files.iter().find(|file| path(file).contains(kind)).unwrap_or_else(|| panic!("no {kind}"));
        let kept = std::fs::read(file).expect("read");
        type Change = fn(&mut Vec<u8>);
        let changes: [Change; 3] =
            [|bytes| bytes[17] ^= 4, |bytes| bytes.truncate(bytes.len() - 1), |bytes| bytes.push(0)];
        for change in changes {
            replace(file, change);
            for args in [&["backup", "verify", path(&to)][..], &restoring] {
                assert!(says(args, 1).contains(kind), "{kind} is named");
            }
            replace(file, |bytes| bytes.clone_from(&kept));
        }
        std::fs::remove_file(file).expect("removed");
        assert!(says(&restoring, 1).contains(kind), "{kind} is named");
        std::fs::write(file, kept).expect("written");
        assert!(!restored.exists() && !folder.path().join("restored.partial").exists(), "nothing is left");
    }
    let document = to.join("BACKUP");
    let kept = std::fs::read(&document).expect("read");
    replace(&document, |bytes| bytes[40] ^= 1);
    assert!(says(&restoring, 1).contains("BACKUP"));
    std::fs::remove_file(&document).expect("removed");
    assert!(says(&restoring, 2).contains("no complete backup"));
    std::fs::write(&document, kept).expect("written");
    says(&restoring, 0);
    let server = Running::start_with(&restored, &token, &LIMITS);
    assert_eq!(there(&server, "shop").await.len(), 8);
}

#[tokio::test(flavor = "multi_thread")]
async fn places_that_cannot_be_are_refused_and_a_damaged_segment_is_left_out_and_told() {
    let folder = tempfile::tempdir().expect("a folder");
    let (data, to) = (folder.path().join("data"), folder.path().join("backup"));
    let (server, _) = served(&data).await;
    let inside = data.join("backup");
    let refused = |args: &[&str], word: &str| {
        let output = ippo_at(&server, args);
        assert_eq!(output.status.code(), Some(2), "{args:?}: {}", text(&output));
        assert!(text(&output).contains(word), "{args:?}: {}", text(&output));
    };
    refused(&["backup", "--to", path(&inside)], "inside the data folder");
    refused(&["backup", "--to", path(folder.path())], "holds something already");
    refused(&["backup", "--to", path(&folder.path().join("none/backup"))], "make it first");
    refused(&["backup", "--to", path(&to), "--base", path(&data)], "no complete backup");
    let output = ippo_at(&server, &["backup", "--to", path(&to), "--data-dir", path(&data)]);
    assert!(
        output.status.code() == Some(3) && text(&output).contains("leave --data-dir out"),
        "{}",
        text(&output)
    );
    assert_eq!(server.stop(), Some(0));
    says(&["backup", "--to", path(&to), "--data-dir", path(&data)], 0);
    let restoring = |target: &Path| says(&["restore", "--from", path(&to), "--data-dir", path(target)], 2);
    assert!(restoring(&data).contains("holds something already"));
    assert!(restoring(&to.join("restored")).contains("inside the backup"));
    let segment = files_below(&data.join("segments")).remove(0);
    replace(&segment, |bytes| bytes[17] ^= 4);
    let (second, restored) = (folder.path().join("second"), folder.path().join("restored"));
    let said = says(&["backup", "--to", path(&second), "--data-dir", path(&data)], 1);
    assert!(said.contains("not in it: segments/") && said.contains("500 rows"), "{said}");
    says(&["restore", "--from", path(&second), "--data-dir", path(&restored)], 0);
    says(&["check-data", "--data-dir", path(&restored)], 0);
    // The earlier backup has it whole, and so has one that is based on it.
    let third = folder.path().join("third");
    let said = says(&["backup", "--to", path(&third), "--base", path(&to), "--data-dir", path(&data)], 0);
    assert!(said.contains("500 spans"), "{said}");
    says(&["backup", "verify", path(&third)], 0);
}
