//! `ippo slo test` as people and CI run it: without a server.

use std::path::Path;

use serde_json::{Value, json};

use crate::apply::{CHECKOUT, write};
use crate::lint::offline;

const OUTAGE: &str = "\
apiVersion: ippo/v1
kind: SloTest
metadata: {name: an-outage-pages}
spec:
  files: [checkout.yaml]
  start: 2026-11-01T00:00:00Z
  input:
    - {for: 28d, good: 100}
    - {for: 10m, bad: 100}
    - {for: 10m, good: 100}
  expect:
    - {at: 28d, state: fine, fires: [], budget: 100 %}
    - {at: 28d 3m, fires: [page 1h/5m, page 6h/30m], state: critical}
    - {at: 28d 10m, budget: 75.1 %}
    - {at: 28d 20m, fires: [page 6h/30m, ticket 1d/2h, ticket 3d/6h]}
";

fn test(folder: &Path, more: &[&str]) -> (String, i32) {
    let files = folder.to_str().expect("UTF-8");
    offline(folder, &[&["slo", "test", "-f", files], more].concat())
}

#[test]
fn what_is_not_as_expected_is_told_as_text_json_and_junit() {
    let files = tempfile::tempdir().expect("a folder");
    write(files.path(), "checkout.yaml", CHECKOUT);
    write(files.path(), "outage.test.yaml", OUTAGE);
    let (text, code) = test(files.path(), &[]);
    assert_eq!(
        (text.as_str(), code),
        ("ok      an-outage-pages of slo/outage.test.yaml: 7 as expected\n1 test, as expected.\n", 0)
    );

    let report = files.path().join("report.xml");
    let junit = ["--junit", report.to_str().expect("UTF-8")];
    write(files.path(), "outage.test.yaml", &OUTAGE.replace("75.1 %", "80 %").replace("[page 1h/5m, ", "["));
    let (text, code) = test(files.path(), &junit);
    assert_eq!(code, 1, "{text}");
    insta::assert_snapshot!("slo_test_failed", text);
    let xml = std::fs::read_to_string(&report).expect("written");
    insta::assert_snapshot!("slo_test_junit", xml.replace(files.path().to_str().expect("UTF-8"), "slo"));
    let (text, code) = test(files.path(), &["--output", "json"]);
    let json: Value = serde_json::from_str(&text).expect("JSON");
    assert_eq!((code, &json["tests"][0]["as_expected"]), (1, &json!(false)));
    let budget = &json["tests"][0]["expectations"][5];
    assert_eq!((&budget["expected"], &budget["line"]), (&json!("80 %"), &json!(14)));
}

#[test]
fn what_is_wrong_is_told_at_its_place() {
    let files = tempfile::tempdir().expect("a folder");
    let (text, code) = test(files.path(), &[]);
    assert!(code == 2 && text.contains("has no .yaml or .yml files"), "{text}");
    write(files.path(), "checkout.yaml", CHECKOUT);
    let (text, code) = test(files.path(), &[]);
    assert!(code == 2 && text.contains("no document of"), "{text}");
    for (name, fixture) in [
        ("a", OUTAGE.replace("checkout.yaml", "nowhere.yaml")),
        ("b", OUTAGE.replace("  start:", "  slo: payment\n  start:")),
        ("c", OUTAGE.replace("state: fine", "state: good")),
        ("d", OUTAGE.replace("page 1h/5m, ", "page 1h/6m, ")),
    ] {
        write(files.path(), &format!("{name}.test.yaml"), &fixture);
    }
    let report = files.path().join("report.xml");
    let (text, code) = test(files.path(), &["--junit", report.to_str().expect("UTF-8")]);
    assert_eq!(code, 2, "{text}");
    insta::assert_snapshot!("slo_test_wrong", text);
    assert!(std::fs::read_to_string(&report).expect("written").contains("errors=\"4\""));
}
