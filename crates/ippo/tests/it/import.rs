//! `ippo slo import` as people run it: SLOs of Sloth and Pyrra become definitions, which are linted and applied, and count what a
//! real Prometheus has.

use std::io::Write as _;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Duration;

use ippo_base::{Clock as _, SystemClock};
use serde_json::{Value, json};

use crate::apply::{apply, write};
use crate::binary::{Running, token};
use crate::lint::offline;
use crate::prometheus_source::{Prometheus, Target, counts};

/// How long anything may take that happens by itself.
const PATIENCE: Duration = Duration::from_secs(120);

const SLOTH: &str = r#"version: prometheus/v1
service: api
labels: {owner: team-api}
slos:
  - name: errors
    objective: 90
    description: Requests are answered.
    sli:
      events:
        error_query: sum(rate(requests_total{code=~"5.."}[{{.window}}])) or vector(0)
        total_query: sum(rate(requests_total{job="api"}[{{.window}}]))
    alerting:
      name: ApiErrors
      annotations: {runbook: "https://runbooks.example.org/api"}
  - name: total-less-good
    objective: 90
    sli:
      events:
        error_query: |
          sum(rate(requests_total{job="api"}[{{.window}}]))
          - sum(rate(requests_total{job="api",code="200"}[{{.window}}]))
        total_query: sum(rate(requests_total{job="api"}[{{.window}}]))
    alerting:
      ticket_alert: {disable: true}
"#;

const PYRRA: &str = r#"apiVersion: pyrra.dev/v1alpha1
kind: ServiceLevelObjective
metadata: {name: api-ratio, labels: {service: api, pyrra.dev/team: team-api}}
spec:
  target: "90"
  window: 2w
  indicator:
    ratio:
      errors: {metric: 'requests_total{code="503"}'}
      success: {metric: 'requests_total{code="200"}'}
"#;

const GROUPED: &str = r#"version: prometheus/v1
service: api
slos:
  - name: by-code
    objective: 90
    sli:
      raw: {error_ratio_query: 'sum by (path) (rate(e[{{.window}}])) / sum by (path) (rate(t[{{.window}}]))'}
    alerting: {name: ByCode, labels: {severity: page}}
  - name: gauge
    objective: 90
    sli:
      raw: {error_ratio_query: 'avg_over_time(errors_ratio[{{.window}}])'}
    alerting: {name: Gauge}
"#;

fn import(folder: &Path, more: &[&str]) -> (String, i32) {
    let specs = folder.join("specs");
    offline(folder, &[&["slo", "import", specs.to_str().expect("UTF-8")], more].concat())
}

fn specs(files: &[(&str, &str)]) -> tempfile::TempDir {
    let folder = tempfile::tempdir().expect("a folder");
    std::fs::create_dir(folder.path().join("specs")).expect("made");
    for (name, text) in files {
        write(&folder.path().join("specs"), name, text);
    }
    folder
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_imported_is_linted_and_applied_and_counts_what_a_real_prometheus_has() {
    let (data, home) = (tempfile::tempdir().expect("a folder"), tempfile::tempdir().expect("a folder"));
    let token = token(data.path());
    let target = Target::start().await;
    let prometheus = Prometheus::start(home.path(), &target);
    target.scraped(4).await;
    target.counters().is_quiet = false;
    target.scraped(20).await;
    target.counters().is_quiet = true;
    // What was scraped before is stored when the next is.
    target.scraped(4).await;
    let truth = target.counters().truth;
    assert!(truth.0 > 0 && truth.1 > 0);

    let files = specs(&[("pyrra.yaml", PYRRA), ("sloth.yaml", SLOTH)]);
    let (url, slo) = (format!("http://{}", prometheus.address), files.path().join("slo.yaml"));
    let slo = slo.to_str().expect("UTF-8");
    let (told, code) = import(files.path(), &["--data-source", "lab", "--prometheus-url", &url, "--to", slo]);
    assert_eq!(code, 0, "{told}");
    assert!(told.starts_with("3 SLOs are written; nothing is left out.\n"), "{told}");

    let (linted, code) = offline(files.path(), &["slo", "lint", "-f", slo, "--deny", "no-owner"]);
    assert!(code == 0 && linted.contains("Nothing is wrong"), "{linted}");
    let server = Running::start(data.path(), &token);
    let applied = tempfile::tempdir().expect("a folder");
    std::fs::copy(slo, applied.path().join("slo.yaml")).expect("copied");
    let done = apply(&server, applied.path(), &[]);
    assert!(done.ends_with("exit 0"), "{done}");
    let (clock, names) = (SystemClock::new(), ["api-errors", "api-total-less-good", "api-ratio"]);
    let deadline = clock.monotonic() + PATIENCE;
    for name in names {
        loop {
            let slo = server.get(&format!("/api/v1/slos/{name}")).await;
            if counts(&slo) == truth {
                break;
            }
            assert!(clock.monotonic() < deadline, "{name} has not counted {truth:?}: {slo:#}");
            tokio::task::yield_now().await;
        }
    }
    let slo = server.get("/api/v1/slos/api-errors").await;
    assert_eq!(
        (&slo["owner"], &slo["runbook"], &slo["window"]),
        (&json!("team-api"), &json!("https://runbooks.example.org/api"), &json!("30d"))
    );
    let pairs = |slo: &Value| {
        let burn = slo["objectives"][0]["burn"].as_array().expect("a list").clone();
        burn.iter().map(|pair| pair["severity"].as_str().expect("a word").to_owned()).collect::<Vec<_>>()
    };
    // Of 90 % no burn is above 10, so that the quickest page is left out.
    assert_eq!(pairs(&slo), ["page", "ticket", "ticket"]);
    assert_eq!(pairs(&server.get("/api/v1/slos/api-total-less-good").await), ["page"]);
    assert_eq!(server.stop(), Some(0));
}

#[test]
fn what_is_left_out_is_told_and_exits_with_1() {
    let files = specs(&[("sloth.yaml", GROUPED)]);
    let (text, code) = import(files.path(), &[]);
    assert_eq!(code, 1, "{text}");
    insta::assert_snapshot!("import_left_out", text);
    let (text, code) =
        import(files.path(), &["--output", "json", "--no-data-source", "--notify", "a,b", "--notify", "c"]);
    let report: Value = serde_json::from_str(&text).expect("JSON");
    assert_eq!(code, 1);
    let written = |place: usize| report["slos"][place]["is_written"].clone();
    assert_eq!((written(0), written(1)), (json!(true), json!(false)));
    assert_eq!(report["left_out"].as_array().map(Vec::len), Some(3));
    assert_eq!(report["left_out"][2]["line"], json!(12));
    let documents = report["documents"].as_str().expect("text");
    assert!(
        documents.contains("ippo.dev/notify: \"a,b,c\"") && !documents.contains("DataSource"),
        "{documents}"
    );
}

#[test]
fn what_cannot_be_read_exits_with_2_and_writes_nothing() {
    let files = specs(&[("good.yaml", SLOTH), ("wrong.yaml", "version: prometheus/v2\nservice: a\n")]);
    let to = files.path().join("slo.yaml");
    let (text, code) = import(files.path(), &["--to", to.to_str().expect("UTF-8")]);
    let said = "slo/specs/wrong.yaml:1:10: version: version \"prometheus/v2\" is not known; ippo reads Sloth's prometheus/v1\n\
                Nothing is written.\n";
    assert_eq!((text.as_str(), code), (said, 2));
    assert!(!to.exists());
    let (text, code) = import(files.path(), &["--output", "json"]);
    let report: Value = serde_json::from_str(&text).expect("JSON");
    assert_eq!((code, &report["errors"][0]["column"]), (2, &json!(10)));
    for (more, said) in [
        (&["--prometheus-url", "prometheus:9090"][..], "not an http or https address"),
        (&["--data-source", "My Prometheus"], "is not a name"),
        (&["--window-days", "0"], "0 is not in 1..=366"),
    ] {
        let (text, code) = import(files.path(), more);
        assert!(code == 2 && text.contains(said), "{text}");
    }
    let empty = specs(&[("empty.yaml", "# nothing\n")]);
    let (text, code) = import(empty.path(), &[]);
    assert!(code == 2 && text.contains("have no SLO"), "{text}");
}

#[test]
fn standard_input_becomes_standard_output_alone() {
    let mut command = Command::new(env!("CARGO_BIN_EXE_ippo"));
    command.args(["slo", "import", "-"]).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut running = command.spawn().expect("it runs");
    running.stdin.take().expect("piped").write_all(PYRRA.as_bytes()).expect("taken");
    let done = running.wait_with_output().expect("it ends");
    let (documents, told) = (String::from_utf8_lossy(&done.stdout), String::from_utf8_lossy(&done.stderr));
    assert_eq!(done.status.code(), Some(0), "{told}");
    assert!(documents.starts_with("apiVersion: openslo/v1\nkind: DataSource\n"), "{documents}");
    assert!(told.starts_with("1 SLO is written; nothing is left out.\n"), "{told}");
}
