//! `ippo apply` as people see it: the plan, what was wrong and where, and what drifted.

use std::path::Path;

use crate::binary::{Running, ippo_at, token};

pub(crate) const CHECKOUT: &str = "\
apiVersion: openslo/v1
kind: SLO
metadata:
  name: checkout
  displayName: Checkout succeeds
spec:
  service: frontend
  indicator:
    metadata: {name: errors}
    spec:
      ratioMetric:
        bad: {metricSource: {type: spans, spec: {where: status = 'error'}}}
        total: {metricSource: {type: spans, spec: {where: service = 'frontend' AND kind = 'server'}}}
  timeWindow: [{duration: 28d, isRolling: true}]
  budgetingMethod: Occurrences
  objectives:
    - target: 0.999
";
const PAGER: &str = "\
apiVersion: ippo/v1
kind: NotificationTarget
metadata: {name: pager}
spec: {type: webhook, url: http://127.0.0.1:1/}
";

/// What a run wrote and its exit code.
pub(crate) fn apply(server: &Running, folder: &Path, more: &[&str]) -> String {
    let files = folder.to_str().expect("UTF-8");
    let done = ippo_at(server, &[&["apply", "-f", files], more].concat());
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).replace(files, "slo");
    format!("{}{}exit {}", text(&done.stdout), text(&done.stderr), done.status.code().expect("it ended"))
}

pub(crate) fn write(folder: &Path, name: &str, text: &str) {
    std::fs::write(folder.join(name), text).expect("written");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_plan_is_shown_then_applied_then_nothing_is_left_to_do() {
    let (data, files) = (tempfile::tempdir().expect("a folder"), tempfile::tempdir().expect("a folder"));
    let server = Running::start(data.path(), &token(data.path()));
    write(files.path(), "checkout.yaml", CHECKOUT);
    write(files.path(), "pager.yaml", PAGER);
    insta::assert_snapshot!("dry_run", apply(&server, files.path(), &["--dry-run"]));
    insta::assert_snapshot!("applied", apply(&server, files.path(), &[]));
    insta::assert_snapshot!("unchanged", apply(&server, files.path(), &[]));
    write(files.path(), "checkout.yaml", &CHECKOUT.replace("0.999", "0.99"));
    insta::assert_snapshot!("changed", apply(&server, files.path(), &[]));
    std::fs::remove_file(files.path().join("checkout.yaml")).expect("removed");
    insta::assert_snapshot!("kept", apply(&server, files.path(), &[]));
    insta::assert_snapshot!("pruned", apply(&server, files.path(), &["--prune"]));
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_wrong_is_told_at_its_place_and_changes_nothing() {
    let (data, files) = (tempfile::tempdir().expect("a folder"), tempfile::tempdir().expect("a folder"));
    let server = Running::start(data.path(), &token(data.path()));
    write(files.path(), "good.yaml", PAGER);
    for (name, text) in [
        ("yaml", CHECKOUT.replace("metadata:\n  name: checkout", "metadata:\n\tname: checkout")),
        ("column", CHECKOUT.replace("kind = 'server'", "kid = 'server'")),
        ("expression", CHECKOUT.replace("kind = 'server'", "kind = ")),
        ("target_0", CHECKOUT.replace("0.999", "0")),
        ("target_1", CHECKOUT.replace("0.999", "1")),
        ("target_100", CHECKOUT.replace("0.999", "100")),
        ("field", CHECKOUT.replace("budgetingMethod", "budgetingMethods")),
    ] {
        write(files.path(), "wrong.yaml", &text);
        insta::assert_snapshot!(format!("wrong_{name}"), apply(&server, files.path(), &[]));
        assert_eq!(
            server.get("/api/v1/targets").await["targets"],
            serde_json::json!([]),
            "nothing was applied"
        );
    }
}
