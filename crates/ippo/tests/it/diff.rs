//! `ippo slo diff` against a real server: every field that would change, and what follows.

use crate::apply::{CHECKOUT, apply, write};
use crate::binary::{Running, ippo_at, token};

#[tokio::test(flavor = "multi_thread")]
async fn what_would_change_is_told_with_what_follows_and_nothing_changes() {
    let (data, files) = (tempfile::tempdir().expect("a folder"), tempfile::tempdir().expect("a folder"));
    let server = Running::start(data.path(), &token(data.path()));
    let diff = |more: &[&str]| {
        let folder = files.path().to_str().expect("UTF-8");
        let done = ippo_at(&server, &[&["slo", "diff", "-f", folder], more].concat());
        let text = String::from_utf8([done.stdout, done.stderr].concat()).expect("UTF-8");
        format!("{}exit {}\n", text.replace(folder, "slo"), done.status.code().expect("it ended"))
    };
    write(files.path(), "checkout.yaml", CHECKOUT);
    insta::assert_snapshot!("diff_new", diff(&[]));
    assert!(apply(&server, files.path(), &[]).ends_with("exit 0"));
    assert!(diff(&[]).ends_with("Nothing would change; 1 definition as defined.\nexit 0\n"));

    let policies = [
        "  alertPolicies:",
        "    - kind: AlertPolicy",
        "      spec:",
        "        conditions:",
        "          - kind: AlertCondition",
        "            spec: {severity: page, condition: {op: gte, threshold: 20, lookbackWindow: 2h}}",
        "        notificationTargets: [{targetRef: pager}]",
        "  objectives:\n",
    ]
    .join("\n");
    let edited = CHECKOUT
        .replace("0.999", "0.995")
        .replace("28d", "30d")
        .replace("kind = 'server'", "kind = 'server' AND route != '/healthz'")
        .replace("  objectives:\n", &policies);
    write(files.path(), "checkout.yaml", &edited);
    let pager = "apiVersion: ippo/v1\nkind: NotificationTarget\nmetadata: {name: pager}\n\
                 spec: {type: webhook, url: 'http://127.0.0.1:1/'}\n";
    write(files.path(), "pager.yaml", pager);
    insta::assert_snapshot!("diff_edited", diff(&[]));
    assert_eq!(server.get("/api/v1/slos/checkout").await["objectives"][0]["target"], 0.999);
    std::fs::remove_file(files.path().join("checkout.yaml")).expect("removed");
    insta::assert_snapshot!("diff_pruned", diff(&["--prune"]));
    write(files.path(), "checkout.yaml", &CHECKOUT.replace("0.999", "1"));
    let wrong = diff(&[]);
    assert!(wrong.contains("slo/checkout.yaml:17:15") && wrong.ends_with("exit 2\n"), "{wrong}");
}
