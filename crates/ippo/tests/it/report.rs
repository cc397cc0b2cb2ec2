//! The report of a month, from OTLP to what the API and the command line say of it.

use ippo_base::{Clock as _, SystemClock};
use serde_json::Value;

use crate::apply::{apply, write};
use crate::binary::{Running, ippo_at, token};
use crate::composite::requests;

const PAY: &str = "\
apiVersion: openslo/v1
kind: SLO
metadata:
  name: pay
  displayName: People can pay
  annotations: {ippo.dev/owner: payments}
spec:
  service: payment
  indicator:
    metadata: {name: payment-errors}
    spec:
      ratioMetric:
        bad: {metricSource: {type: spans, spec: {where: status = 'error'}}}
        total: {metricSource: {type: spans, spec: {where: service = 'payment'}}}
  timeWindow: [{duration: 28d, isRolling: true}]
  budgetingMethod: Occurrences
  objectives: [{target: 0.99}]
";

fn written(server: &Running, arguments: &[&str]) -> String {
    let done = ippo_at(server, arguments);
    assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stderr));
    String::from_utf8(done.stdout).expect("UTF-8")
}

#[tokio::test(flavor = "multi_thread")]
async fn a_month_is_written_for_people_and_for_programs() {
    let (data, files) = (tempfile::tempdir().expect("a folder"), tempfile::tempdir().expect("a folder"));
    let token = token(data.path());
    let server = Running::start(data.path(), &token);
    write(files.path(), "pay.yaml", PAY);
    let applied = apply(&server, files.path(), &[]);
    assert!(applied.ends_with("exit 0"), "{applied}");
    let now = SystemClock::new().now().minute();
    for ago in 1..=3 {
        requests(&server, "payment", now.minus(ago), 1).await;
    }
    // The zone of a server is UTC unless it is told another.
    let month = &now.start().to_string()[..7];

    let json: Value =
        serde_json::from_str(&written(&server, &["report", "--month", month, "--output", "json"]))
            .expect("JSON");
    let team = &json["teams"][0];
    assert_eq!((json["month"].as_str(), team["owner"].as_str()), (Some(month), Some("payments")));
    let result = &team["promises"][0]["periods"][0]["results"][0];
    let counted = result["bad"].as_u64().expect("a number");
    assert_eq!(result["good"].as_u64(), Some(9 * counted), "one of ten failed in each minute of this month");
    assert_eq!(result["kept"].as_bool(), (counted > 0).then_some(false));
    assert_eq!(team["done"][0]["text"], "the SLO was made");

    let english = written(&server, &["report", "--month", month]);
    assert!(english.starts_with("# Service levels, ") && english.contains("\n## payments\n"), "{english}");
    assert!(english.contains("[People can pay](http://"), "{english}");
    let japanese = written(&server, &["report", "--month", month, "--lang", "ja", "--owner", "payments"]);
    assert!(japanese.contains("### ユーザーに影響したこと"), "{japanese}");
    let page = written(&server, &["report", "--month", month, "--html"]);
    assert!(page.starts_with("<!doctype html>") && page.contains("People can pay"), "{page}");
    let nobody = written(&server, &["report", "--month", month, "--owner", "nobody", "--output", "json"]);
    let nobody: Value = serde_json::from_str(&nobody).expect("JSON");
    assert_eq!(nobody["teams"].as_array().map(Vec::len), Some(0));

    for (month, why) in
        [("2026-13", "--month is \"2026-13\"; write it like 2026-11"), ("2199-01", "2199-01 has not begun")]
    {
        let refused = ippo_at(&server, &["report", "--month", month]);
        let said = String::from_utf8_lossy(&refused.stderr);
        assert!(refused.status.code() == Some(2) && said.contains(why), "{said}");
    }
}
