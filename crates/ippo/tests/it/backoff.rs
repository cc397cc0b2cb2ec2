//! Real SDKs against a server that cannot take anything for a while: they wait as long as they are told, send again, and
//! nothing is lost or there twice. The Node SDK is asked over HTTP alone: over gRPC it sends nothing again.

use std::io::Read as _;
use std::process::Stdio;

use tokio::task::JoinSet;

use crate::binary::{Running, token};
use crate::rust_sdk;
use crate::sdk::{Sdk, check};
use crate::trouble::{Crowd, FullDisk};

/// More than any SDK sends at once here.
const LIMIT: usize = 1024 * 1024;
const LIMITED: [&str; 2] = ["--body-limit", "1MiB"];

#[derive(Clone, Copy)]
enum Trouble {
    /// No room for bodies: to come again in a second.
    Crowd,
    /// To come again in three.
    FullDisk,
}

/// What makes the trouble, until it is dropped.
enum Made {
    Crowd { _it: Crowd },
    FullDisk { _it: FullDisk },
}

impl Trouble {
    async fn make(self, server: &Running) -> Made {
        match self {
            Self::Crowd => Made::Crowd { _it: Crowd::fill(server, LIMIT).await },
            Self::FullDisk => Made::FullDisk { _it: FullDisk::under(server) },
        }
    }

    fn reason(self) -> &'static str {
        match self {
            Self::Crowd => "overloaded",
            Self::FullDisk => "unavailable",
        }
    }

    fn delay_secs(self) -> u64 {
        match self {
            Self::Crowd => 1,
            Self::FullDisk => 3,
        }
    }
}

/// Returns when a request of each of these signals was refused.
async fn refused(server: &Running, transport: &str, reason: &str, signals: &[&str]) {
    loop {
        let metrics = server.text("/metrics").await;
        let was_refused = |signal: &&str| {
            let labels = format!("transport=\"{transport}\",signal=\"{signal}\",reason=\"{reason}\"");
            metrics.contains(&format!("ippo_otlp_refused_total{{{labels}}} "))
        };
        if signals.iter().all(was_refused) {
            return;
        }
        tokio::task::yield_now().await;
    }
}

/// The delays that an SDK says it waits.
fn delays<'a>(said: &'a str) -> Vec<&'a str> {
    let after = |line: &'a str| Some(line.split_once("retrying in ").or(line.split_once("retry in "))?.1);
    said.lines().filter_map(after).filter_map(|rest| rest.split([' ', 's', 'm']).next()).collect()
}

/// A server in trouble.
struct Troubled {
    server: Running,
    made: Made,
    trouble: Trouble,
    _folder: tempfile::TempDir,
}

impl Troubled {
    async fn start(trouble: Trouble) -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let server = Running::start_with(folder.path(), &token(folder.path()), &LIMITED);
        let made = trouble.make(&server).await;
        Self { server, made, trouble, _folder: folder }
    }

    /// Ends the trouble when each of the signals was refused.
    async fn over(self, protocol: &str, signals: &[&str]) -> (Running, tempfile::TempDir) {
        let transport = if protocol == "grpc" { "grpc" } else { "http" };
        refused(&self.server, transport, self.trouble.reason(), signals).await;
        drop(self.made);
        (self.server, self._folder)
    }
}

async fn waits_and_loses_nothing(sdk: Sdk, protocol: &'static str, troubled: Troubled) {
    let service = format!("{sdk:?}-{protocol}");
    let delay_secs = troubled.trouble.delay_secs();
    let mut sender = sdk.sender(&troubled.server, protocol, "gzip", &service);
    let sending = tokio::task::spawn_blocking(move || {
        let mut process = sender.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("it starts");
        let mut errors = process.stderr.take().expect("piped");
        let errors = std::thread::spawn(move || {
            let mut said = String::new();
            errors.read_to_string(&mut said).expect("UTF-8");
            said
        });
        let done = process.wait_with_output().expect("it ends");
        let sent = String::from_utf8(done.stdout).expect("UTF-8");
        (done.status, sent, errors.join().expect("no panic"))
    });
    let (server, _folder) = troubled.over(protocol, &["spans", "logs", "metrics"]).await;
    let (status, sent, said) = sending.await.expect("no panic");
    assert!(status.success(), "{service}: {said}");
    check(&server, &service, &sent).await;
    let wanted = match sdk {
        Sdk::Python => format!("{delay_secs}.00"),
        Sdk::Node => format!("{delay_secs}000"),
    };
    let delays = delays(&said);
    assert!(!delays.is_empty(), "it says that it waits, if not for each signal: {said}");
    assert!(delays.iter().all(|delay| *delay == wanted), "{service} waits as told: {delays:?}");
}

/// It does not say how long it waits, and its signals come one after the other.
async fn the_rust_sdk_loses_nothing(protocol: &'static str, troubled: Troubled) {
    let service = format!("rust-{protocol}");
    let way = rust_sdk::way(&troubled.server, protocol, None);
    let sending = {
        let service = service.clone();
        tokio::task::spawn_blocking(move || rust_sdk::send(&way, service))
    };
    let (server, _folder) = troubled.over(protocol, &["spans"]).await;
    check(&server, &service, &sending.await.expect("no panic")).await;
}

async fn all_wait_and_lose_nothing(trouble: Trouble) {
    Sdk::Python.install();
    Sdk::Node.install();
    let mut senders = JoinSet::new();
    // All servers are in trouble before the first sender hurries.
    let mut troubled = Vec::new();
    for _ in 0..6 {
        troubled.push(Troubled::start(trouble).await);
    }
    let mut next = || troubled.pop().expect("one for each");
    senders.spawn(waits_and_loses_nothing(Sdk::Python, "grpc", next()));
    senders.spawn(waits_and_loses_nothing(Sdk::Python, "http-protobuf", next()));
    senders.spawn(waits_and_loses_nothing(Sdk::Node, "http-protobuf", next()));
    senders.spawn(waits_and_loses_nothing(Sdk::Node, "http-json", next()));
    senders.spawn(the_rust_sdk_loses_nothing("grpc", next()));
    senders.spawn(the_rust_sdk_loses_nothing("http-protobuf", next()));
    senders.join_all().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn sdks_that_find_no_room_come_again_when_told_and_lose_nothing() {
    all_wait_and_lose_nothing(Trouble::Crowd).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn sdks_that_find_the_disk_full_come_again_when_told_and_lose_nothing() {
    all_wait_and_lose_nothing(Trouble::FullDisk).await;
}
