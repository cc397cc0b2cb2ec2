//! What the kernel sees: the log is synced before each acknowledgement, by a trace of the system calls.

use std::io::{BufRead as _, BufReader};
use std::process::{Child, Command, Stdio};

use crate::binary::{Running, token};
use crate::kill::request;
use crate::wire::PROTOBUF;

/// `strace`, attached to a process and all of its threads.
struct Trace {
    process: Child,
    file: tempfile::NamedTempFile,
}

impl Trace {
    fn of(server: &Running) -> Self {
        let file = tempfile::NamedTempFile::new().expect("a file");
        let mut process = Command::new("strace")
            .args(["-f", "-y", "-s", "16", "-e", "trace=fdatasync,write,writev,sendto,sendmsg"])
            .args(["-p", &server.id().to_string(), "-o"])
            .arg(file.path())
            .stderr(Stdio::piped())
            .spawn()
            .expect("strace is installed; scripts/test.sh does that where it can");
        let mut said = BufReader::new(process.stderr.take().expect("piped")).lines();
        let attached = said.find(|line| line.as_ref().is_ok_and(|line| line.contains("attached")));
        assert!(attached.is_some(), "strace may look at the server");
        // What it says later must go somewhere.
        std::thread::spawn(move || said.for_each(drop));
        Self { process, file }
    }

    /// Detaches, and gives the calls in the order in which they began or came back.
    fn calls(mut self) -> Vec<String> {
        let id = self.process.id().to_string();
        assert!(Command::new("kill").args(["-INT", &id]).status().expect("kill runs").success());
        self.process.wait().expect("it ends");
        let text = std::fs::read_to_string(self.file.path()).expect("text");
        text.lines().map(str::to_owned).collect()
    }
}

/// Whether a sync of the log came back well here. One that was interrupted by other threads' calls is shown in two lines, of
/// which the second has no path: the first one of its thread has.
fn synced(calls: &[String], at: usize) -> bool {
    let call = &calls[at];
    let well = call.ends_with("= 0");
    if call.contains("fdatasync(") {
        return well && call.contains("/wal/");
    }
    let thread = call.split(' ').next().unwrap_or_default();
    let began = || {
        let mut before = calls[..at].iter().rev();
        before.find(|line| line.split(' ').next() == Some(thread) && line.contains("fdatasync("))
    };
    well && call.contains("fdatasync resumed") && began().is_some_and(|line| line.contains("/wal/"))
}

#[tokio::test(flavor = "multi_thread")]
async fn the_log_is_synced_before_each_acknowledgement() {
    const REQUESTS: u64 = 20;
    let folder = tempfile::tempdir().expect("a folder");
    let server = Running::start(folder.path(), &token(folder.path()));
    let trace = Trace::of(&server);
    for number in 0..REQUESTS {
        let (status, _) = server.otlp("/v1/traces", PROTOBUF, request("shop", number)).await;
        assert_eq!(status, 200);
    }
    let calls = trace.calls();
    let (mut acknowledged, mut synced_since) = (0, false);
    for (at, call) in calls.iter().enumerate() {
        synced_since |= synced(&calls, at);
        if call.contains("HTTP/1.1 200 OK") {
            assert!(synced_since, "acknowledgement {acknowledged} came before a sync:\n{}", calls.join("\n"));
            (acknowledged, synced_since) = (acknowledged + 1, false);
        }
    }
    assert_eq!(acknowledged, REQUESTS, "each is seen:\n{}", calls.join("\n"));
    assert_eq!(server.stop(), Some(0));
}
