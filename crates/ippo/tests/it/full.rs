//! A file system that is really full, under all files at once: telemetry, `state.db` and the manifest.

use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use serde_json::json;

use crate::apply::{apply, write};
use crate::binary::{BINARY, Running, token};
use crate::kill::{ITEMS, SPANS, request, there};
use crate::wire::PROTOBUF;

/// A file system of some mebibytes, in a mount namespace that lives as long as this. Others reach it through the namespace's
/// first process.
struct SmallDisk {
    holder: Child,
    point: tempfile::TempDir,
}

impl SmallDisk {
    /// With what is in a folder.
    fn of(mebibytes: u32, from: &Path) -> Self {
        let point = tempfile::tempdir().expect("a folder");
        let script = "mount -t tmpfs -o size=\"$0\"m tmpfs \"$1\" && cp -a \"$2/.\" \"$1\" && echo there && exec sleep infinity";
        let mut holder = Command::new("unshare")
            .args(["--map-root-user", "--mount", "sh", "-c", script, &mebibytes.to_string()])
            .args([point.path(), from])
            .stdout(Stdio::piped())
            .spawn()
            .expect("unshare is there");
        let mut said = std::io::BufReader::new(holder.stdout.take().expect("piped"));
        let mut line = String::new();
        std::io::BufRead::read_line(&mut said, &mut line).expect("UTF-8");
        assert_eq!(line.trim(), "there", "user namespaces may be used, and a tmpfs be mounted in them");
        Self { holder, point }
    }

    /// ippo on it.
    fn ippo(&self) -> Command {
        let mut command = Command::new("nsenter");
        let target = self.holder.id().to_string();
        command.args(["--target", &target, "--user", "--mount", "--preserve-credentials", "--", BINARY]);
        command
    }

    /// The folder, as those on it see it.
    fn folder(&self) -> &Path {
        self.point.path()
    }

    /// A file of it, as others see it.
    fn file(&self, name: &str) -> PathBuf {
        let root = PathBuf::from(format!("/proc/{}/root", self.holder.id()));
        root.join(self.folder().strip_prefix("/").expect("from the root")).join(name)
    }

    /// Takes all room there is.
    fn fill(&self) {
        let mut file = std::fs::File::create(self.file("ballast")).expect("made");
        for size in [1 << 16, 1 << 12, 1] {
            while file.write_all(&vec![0; size]).is_ok() {}
        }
    }

    /// Gives it back.
    fn free(&self) {
        std::fs::remove_file(self.file("ballast")).expect("removed");
    }
}

impl Drop for SmallDisk {
    fn drop(&mut self) {
        // It has nothing to end.
        let _ = self.holder.kill();
        let _ = self.holder.wait();
    }
}

/// Sends requests by their numbers until one meets what is waited for. Those that were acknowledged.
async fn send_until(server: &Running, numbers: &mut std::ops::RangeFrom<u64>, refused: bool) -> Vec<u64> {
    let mut acknowledged = Vec::new();
    let mut in_a_row = 0;
    for number in numbers {
        let (status, answer) = server.otlp("/v1/traces", PROTOBUF, request("items", number)).await;
        assert!([200, 503].contains(&status), "{status} {}", String::from_utf8_lossy(&answer));
        if status == 200 {
            acknowledged.push(number);
        }
        in_a_row = if (status == 503) == refused { in_a_row + 1 } else { 0 };
        if in_a_row == 20 {
            break;
        }
    }
    acknowledged
}

#[tokio::test(flavor = "multi_thread")]
async fn a_disk_that_is_full_costs_nothing_that_was_acknowledged_and_ippo_goes_on_by_itself() {
    let (folder, files) = (tempfile::tempdir().expect("a folder"), tempfile::tempdir().expect("a folder"));
    let token = token(folder.path());
    let disk = SmallDisk::of(48, folder.path());
    let limits = ["--memory", "512KiB", "--query-rows", "1000000"];
    let start = || Running::start_by(disk.ippo(), disk.folder(), &token, &limits);
    let mut server = start();
    write(files.path(), "items.yaml", ITEMS);
    let applied = apply(&server, files.path(), &[]);
    assert!(applied.ends_with("exit 0"), "{applied}");
    let (mut numbers, mut acknowledged) = (0.., Vec::new());
    for loses_power in [false, true] {
        acknowledged.extend(send_until(&server, &mut numbers, false).await);
        disk.fill();
        acknowledged.extend(send_until(&server, &mut numbers, true).await);
        // Questions are answered all the same.
        let found = there(&server, "items").await;
        assert_eq!(
            found,
            acknowledged.iter().copied().collect(),
            "all that was acknowledged, and nothing else"
        );
        server.get("/api/v1/slos/items").await;
        if loses_power {
            server.kill();
            disk.free();
            server = start();
        } else {
            disk.free();
        }
        // Senders come again after three seconds.
        acknowledged.extend(send_until(&server, &mut numbers, false).await);
    }
    let found = there(&server, "items").await;
    assert!(acknowledged.iter().all(|number| found.contains(number)), "all that was acknowledged");
    let counted = "SELECT sum(good), sum(bad), sum(unknown) FROM counters WHERE counter = 'slo/items/0'";
    let all = found.len() as u64 * SPANS;
    assert_eq!(server.sql(counted).await, [json!([all, 0, 0])], "counted are the spans that are stored");
    assert_eq!(server.stop(), Some(0));
    let checked =
        disk.ippo().args(["check-data", "--data-dir"]).arg(disk.folder()).output().expect("it runs");
    assert!(checked.status.success(), "{}", String::from_utf8_lossy(&checked.stdout));
}
