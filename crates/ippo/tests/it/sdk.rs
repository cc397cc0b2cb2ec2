//! OpenTelemetry's own SDKs for Python and Node, from their registries: every span, log record and metric point is found,
//! with everything it was sent with.

use std::collections::BTreeMap;
use std::fs::File;
use std::path::{Path, PathBuf};
use std::process::Command;

use ippo_base::Timestamp;
use serde_json::{Value, json};

use crate::binary::{Running, token};

const FIXTURES: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/sdk");
/// Columns of logs and metrics that are compared; the last ones hold JSON.
const LOGS: [&str; 7] = ["time", "trace_id", "span_id", "severity", "severity_number", "body", "attributes"];
const METRICS: [&str; 13] = [
    "time",
    "metric",
    "type",
    "unit",
    "temporality",
    "monotonic",
    "value",
    "count",
    "sum",
    "min",
    "max",
    "distribution",
    "attrs",
];

/// An SDK, installed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Sdk {
    Python,
    Node,
}

impl Sdk {
    /// Installs what is missing, into a folder that outlives the run, alone.
    pub(crate) fn install(self) -> Self {
        let home = self.home();
        std::fs::create_dir_all(&home).expect("a folder");
        let alone = File::create(home.join("lock")).expect("a file");
        alone.lock().expect("others end");
        match self {
            Self::Python => packages(&home, &format!("{FIXTURES}/requirements.txt")),
            Self::Node => {
                for file in ["package.json", "send.mjs"] {
                    let wanted = std::fs::read(format!("{FIXTURES}/{file}")).expect("it is there");
                    // Others may be reading it.
                    if std::fs::read(home.join(file)).ok().as_ref() != Some(&wanted) {
                        std::fs::write(home.join(file), wanted).expect("written");
                    }
                }
                run(Command::new("npm")
                    .args(["install", "--no-audit", "--no-fund", "--silent"])
                    .current_dir(&home));
            }
        }
        self
    }

    fn home(self) -> PathBuf {
        let name = if self == Self::Python { "python" } else { "node" };
        Path::new(env!("CARGO_TARGET_TMPDIR")).join("sdk").join(name)
    }

    /// The program that sends to a server as a service.
    pub(crate) fn sender(
        self,
        server: &Running,
        protocol: &str,
        compression: &str,
        service: &str,
    ) -> Command {
        let home = self.home();
        let mut command = match self {
            Self::Python => {
                let mut command = Command::new(home.join("bin/python"));
                command.arg(format!("{FIXTURES}/send.py"));
                command
            }
            Self::Node => {
                let mut command = Command::new("node");
                command.current_dir(home).arg("send.mjs");
                command
            }
        };
        let endpoint = match protocol {
            "grpc" => format!("http://{}", server.otlp_grpc),
            _ => server.otlp_http.clone(),
        };
        command.args([protocol, &endpoint, compression, service]);
        command
    }
}

/// Installs the Python packages of a file into an environment in the folder. The caller holds its lock.
pub(crate) fn packages(home: &Path, requirements: &str) {
    if !home.join("bin/python").exists() {
        run(Command::new("python3").args(["-m", "venv"]).arg(home));
    }
    run(Command::new(home.join("bin/python"))
        .args(["-m", "pip", "install", "--quiet", "-r"])
        .arg(requirements));
}

fn run(command: &mut Command) -> String {
    let done = command.output().unwrap_or_else(|error| panic!("{command:?}: {error}"));
    assert!(done.status.success(), "{command:?}: {}", String::from_utf8_lossy(&done.stderr));
    String::from_utf8(done.stdout).expect("UTF-8")
}

/// A row with its numbers all of one type, and JSON in texts read.
fn plain(value: &Value) -> Value {
    match value {
        Value::Number(number) => json!(number.as_f64()),
        Value::Array(values) => values.iter().map(plain).collect(),
        Value::Object(fields) => {
            Value::Object(fields.iter().map(|(name, value)| (name.clone(), plain(value))).collect())
        }
        Value::String(text) if text.starts_with(['{', '[']) => {
            serde_json::from_str(text).map_or_else(|_| value.clone(), |read| plain(&read))
        }
        _ => value.clone(),
    }
}

/// Compares rows in any order.
fn assert_same(what: &str, sent: Vec<Value>, found: &[Value]) {
    let ordered = |rows: Vec<Value>| {
        let mut rows: Vec<String> = rows.iter().map(|row| plain(row).to_string()).collect();
        rows.sort();
        rows
    };
    let (sent, found) = (ordered(sent), ordered(found.to_vec()));
    for (sent, found) in sent.iter().zip(&found) {
        assert_eq!(found, sent, "{what}");
    }
    assert_eq!(found.len(), sent.len(), "{what}");
}

/// Compares what a program says it sent, a JSON object a line, with what ippo has of it.
pub(crate) async fn check(server: &Running, service: &str, said: &str) {
    let mut sent: BTreeMap<String, Vec<Value>> = BTreeMap::new();
    for line in said.lines() {
        let item: Value = serde_json::from_str(line).expect("JSON");
        sent.entry(item["signal"].as_str().expect("a signal").to_owned()).or_default().push(item);
    }
    let (spans, logs, points) = (&sent["spans"], &sent["logs"], &sent["metrics"]);
    assert_eq!((spans.len(), logs.len()), (100, 20), "{service}");
    for span in spans {
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

    let of = |item: &Value, columns: &[&str]| {
        let nanos = item["time"].as_str().expect("a time").parse().expect("nanoseconds");
        let time = json!(Timestamp::from_nanos(nanos).to_string());
        let rest = columns[1..].iter().map(|column| item[*column].clone());
        Value::Array([time].into_iter().chain(rest).collect())
    };
    let columns = LOGS.join(", ").replace("attributes", "attrs");
    let found = server.sql(&format!("SELECT {columns} FROM logs WHERE service = '{service}'")).await;
    assert_same(service, logs.iter().map(|log| of(log, &LOGS)).collect(), &found);
    let kinds: std::collections::BTreeSet<&str> =
        points.iter().filter_map(|point| point["type"].as_str()).collect();
    assert!(kinds.is_superset(&["exponential_histogram", "gauge", "histogram", "sum"].into()), "{kinds:?}");
    let columns = METRICS.join(", ");
    let found = server.sql(&format!("SELECT {columns} FROM metrics WHERE service = '{service}'")).await;
    assert_same(service, points.iter().map(|point| of(point, &METRICS)).collect(), &found);
}

async fn every_protocol_arrives_whole(sdk: Sdk, protocols: &[&str]) {
    sdk.install();
    let folder = tempfile::tempdir().expect("a folder");
    let server = Running::start(folder.path(), &token(folder.path()));
    for protocol in protocols {
        for compression in ["none", "gzip"] {
            let service = format!("{sdk:?}-{protocol}-{compression}");
            let said = run(&mut sdk.sender(&server, protocol, compression, &service));
            check(&server, &service, &said).await;
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_the_python_sdk_sends_arrives_whole() {
    every_protocol_arrives_whole(Sdk::Python, &["grpc", "http-protobuf"]).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_the_node_sdk_sends_arrives_whole() {
    every_protocol_arrives_whole(Sdk::Node, &["grpc", "http-protobuf", "http-json"]).await;
}
