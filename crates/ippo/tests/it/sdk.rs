//! OpenTelemetry's own SDKs for Python and Node, from their registries: every span is found by its id, with everything it
//! was sent with.

use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::{Value, json};

use crate::binary::{Running, token};

const FIXTURES: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/sdk");

/// A folder that outlives the run, for what is installed.
fn installed(name: &str) -> PathBuf {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("sdk").join(name);
    std::fs::create_dir_all(&folder).expect("a folder");
    folder
}

fn run(command: &mut Command) -> String {
    let done = command.output().unwrap_or_else(|error| panic!("{command:?}: {error}"));
    assert!(done.status.success(), "{command:?}: {}", String::from_utf8_lossy(&done.stderr));
    String::from_utf8(done.stdout).expect("UTF-8")
}

/// Compares what was sent with what ippo has of it.
async fn check(server: &Running, service: &str, sent: &str) {
    let sent: Vec<Value> = sent.lines().map(|line| serde_json::from_str(line).expect("JSON")).collect();
    assert_eq!(sent.len(), 100);
    for span in &sent {
        let id = span["trace_id"].as_str().expect("an id");
        let trace = server.get(&format!("/api/v1/traces/{id}")).await;
        let [found] = trace["spans"].as_array().expect("spans").as_slice() else {
            panic!("{service}: {trace}")
        };
        for field in ["span_id", "name", "status", "attributes"] {
            assert_eq!(found[field], span[field], "{service}: {field} of {id}");
        }
        let exceptions = found["events"].as_array().expect("events").len();
        assert_eq!(exceptions, usize::from(span["status"] == json!("error")), "{service}: {found}");
    }
    let counted = server.sql(&format!("SELECT count(*) FROM spans WHERE service = '{service}'")).await;
    assert_eq!(counted, [json!([100])], "{service}");
}

#[tokio::test(flavor = "multi_thread")]
async fn spans_of_the_python_sdk_arrive_whole() {
    let home = installed("python");
    let python = home.join("bin/python");
    if !python.exists() {
        run(Command::new("python3").args(["-m", "venv"]).arg(&home));
    }
    run(Command::new(&python)
        .args(["-m", "pip", "install", "--quiet", "-r"])
        .arg(format!("{FIXTURES}/requirements.txt")));
    let folder = tempfile::tempdir().expect("a folder");
    let server = Running::start(folder.path(), &token(folder.path()));
    let grpc = format!("http://{}", server.otlp_grpc);
    for (protocol, endpoint) in [("grpc", &grpc), ("http-protobuf", &server.otlp_http)] {
        for compression in ["none", "gzip"] {
            let script = format!("{FIXTURES}/send.py");
            let sent = run(Command::new(&python).args([&script, protocol, endpoint, compression]));
            check(&server, &format!("python-{protocol}-{compression}"), &sent).await;
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn spans_of_the_node_sdk_arrive_whole() {
    let home = installed("node");
    for file in ["package.json", "send.mjs"] {
        std::fs::copy(format!("{FIXTURES}/{file}"), home.join(file)).expect("copied");
    }
    run(Command::new("npm").args(["install", "--no-audit", "--no-fund", "--silent"]).current_dir(&home));
    let folder = tempfile::tempdir().expect("a folder");
    let server = Running::start(folder.path(), &token(folder.path()));
    let grpc = format!("http://{}", server.otlp_grpc);
    for (protocol, endpoint) in
        [("grpc", &grpc), ("http-protobuf", &server.otlp_http), ("http-json", &server.otlp_http)]
    {
        for compression in ["none", "gzip"] {
            let sent = run(Command::new("node").current_dir(&home).args([
                "send.mjs",
                protocol,
                endpoint,
                compression,
            ]));
            check(&server, &format!("node-{protocol}-{compression}"), &sent).await;
        }
    }
}
