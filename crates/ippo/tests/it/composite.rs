//! A composite SLO over two services, from OTLP to what the API and the command line say of it.

use ippo_base::{Clock as _, Minute, SystemClock};
use serde_json::{Value, json};

use crate::apply::{apply, write};
use crate::binary::{Running, ippo_at, token};
use crate::wire::JSON;

const BUYING: &str = "\
apiVersion: openslo/v1
kind: SLO
metadata: {name: buying}
spec:
  service: shop
  timeWindow: [{duration: 28d, isRolling: true}]
  budgetingMethod: Occurrences
  objectives:
    - displayName: Pay
      target: 0.9
      compositeWeight: 3
      indicator:
        metadata: {name: payment-errors}
        spec:
          ratioMetric:
            bad: {metricSource: {type: spans, spec: {where: status = 'error'}}}
            total: {metricSource: {type: spans, spec: {where: service = 'payment'}}}
    - {displayName: Search, target: 0.5, indicatorRef: search-errors}
---
apiVersion: openslo/v1
kind: SLI
metadata: {name: search-errors}
spec:
  ratioMetric:
    good: {metricSource: {type: spans, spec: {where: status = 'ok'}}}
    total: {metricSource: {type: spans, spec: {where: service = 'search'}}}
";

/// A service answers ten requests in a minute, of which so many fail.
pub(crate) async fn requests(server: &Running, service: &str, minute: Minute, failed: usize) {
    let span = |n: usize| {
        let start = minute.start().as_nanos() + i64::try_from(n).expect("few");
        json!({
            "traceId": format!("{:016x}{:016x}", service.len(), u64::from(minute.0) << 8 | n as u64),
            "spanId": format!("{:016x}", n + 1), "name": "GET /", "kind": 2,
            "startTimeUnixNano": start.to_string(), "endTimeUnixNano": (start + 1_000).to_string(),
            "status": {"code": if n < failed { 2 } else { 1 }},
        })
    };
    let body = json!({"resourceSpans": [{
        "resource": {"attributes": [{"key": "service.name", "value": {"stringValue": service}}]},
        "scopeSpans": [{"spans": (0..10).map(span).collect::<Vec<_>>()}],
    }]});
    let (status, _) = server.otlp("/v1/traces", JSON, body.to_string().into_bytes()).await;
    assert_eq!(status, 200);
}

fn said(server: &Running, arguments: &[&str]) -> (String, i32) {
    let done = ippo_at(server, arguments);
    let text = [done.stdout, done.stderr].concat();
    (String::from_utf8(text).expect("UTF-8"), done.status.code().expect("it ended"))
}

/// A line of a table whose first cell begins so, with single spaces.
fn row(text: &str, begins: &str) -> String {
    let line = text.lines().find(|line| line.trim_start().starts_with(begins)).expect("a row");
    line.split_whitespace().collect::<Vec<_>>().join(" ")
}

fn close(value: &Value, number: f64) -> bool {
    value.as_f64().is_some_and(|value| (value - number).abs() < 1e-12)
}

#[tokio::test(flavor = "multi_thread")]
async fn two_services_share_a_budget_and_every_figure_is_the_formula() {
    let (data, files) = (tempfile::tempdir().expect("a folder"), tempfile::tempdir().expect("a folder"));
    let token = token(data.path());
    let server = Running::start(data.path(), &token);
    write(files.path(), "buying.yaml", BUYING);
    let applied = apply(&server, files.path(), &[]);
    assert!(applied.contains("create SLO buying") && applied.ends_with("exit 0"), "{applied}");
    let now = SystemClock::new().now().minute();
    // Of ten minutes each: 5 of 100 payments fail, 40 of 100 searches do.
    for ago in 1..=10 {
        requests(&server, "payment", now.minus(ago), usize::from(ago <= 5)).await;
        requests(&server, "search", now.minus(ago), 4).await;
    }

    // 5 % ÷ 10 % is half of the budget of one, 40 % ÷ 50 % four fifths of the other: (3 × 0.5 + 1 × 0.8) ÷ 4 = 0.575.
    let slo = server.get("/api/v1/slos/buying").await;
    let whole = &slo["composite"]["windows"][0];
    assert!(close(&whole["budget_spent"], 0.575) && close(&whole["budget_remaining"], 0.425), "{slo}");
    let parts = whole["parts"].as_array().expect("parts");
    assert!(close(&parts[0]["own_spent"], 0.5) && close(&parts[0]["composite_spent"], 0.375), "{slo}");
    assert!(close(&parts[1]["own_spent"], 0.8) && close(&parts[1]["composite_spent"], 0.2), "{slo}");
    assert!(close(&slo["composite"]["hour_burn"], 0.575), "{slo}");
    assert_eq!(slo["sli"], Value::Null, "each part has its own");
    assert_eq!(slo["objectives"][1]["part"]["sli"]["good"], json!("status = 'ok'"));
    assert_eq!(slo["objectives"][0]["part"]["weight"], json!(3.0));
    assert!(close(&slo["objectives"][0]["part"]["weight_share"], 0.75), "{slo}");
    assert_eq!(slo["objectives"][0]["windows"][0]["attained"], json!(0.95));
    assert_eq!(slo["objectives"][0]["burn"], json!([]), "alerts are the whole's");
    // 0.75 ÷ 0.1 + 0.25 ÷ 0.5 = 8: the pair at 13.44 cannot fire.
    let omitted = &slo["composite"]["burn_omitted"][0];
    let why = omitted["reason"].as_str().expect("a reason");
    assert!(why.contains("0.75 / (1 - 0.9) + 0.25 / (1 - 0.5) = 8, below the factor 13.44"), "{why}");
    assert_eq!(slo["composite"]["burn"].as_array().map(Vec::len), Some(3));

    let (shown, code) = said(&server, &["slo", "show", "buying"]);
    assert!(code == 0 && shown.contains("budget spent 57.5 %, left 42.5 %"), "{shown}");
    assert_eq!(row(&shown, "Pay "), "Pay 3 75 % 90 % 95 % 50 % 37.5 %");
    assert_eq!(row(&shown, "Search "), "Search 1 25 % 50 % 60 % 80 % 20 %");
    let (listed, _) = said(&server, &["slo", "list"]);
    assert!(
        listed.contains("2 parts") && listed.contains("42.5 %") && listed.contains("Pay (75 %)"),
        "{listed}"
    );

    let (spent, code) = said(&server, &["slo", "spend", "buying"]);
    assert!(code == 0 && spent.contains("42.5 % of the budget is left"), "{spent}");
    assert_eq!((row(&spent, "Pay "), row(&spent, "Search ")), ("Pay 37.5 %".into(), "Search 20 %".into()));
    let spend = server.get("/api/v1/slos/buying/spend").await;
    let days = spend["days"].as_array().expect("days").iter();
    let of_days: f64 = days.filter_map(|day| day["budget_share"].as_f64()).sum();
    assert!((of_days - 0.575).abs() < 1e-12, "{spend}");
    let part = server.get("/api/v1/slos/buying/spend?objective=1").await;
    assert_eq!((&part["objective"], &part["spent"]), (&json!("Search"), &json!(40.0)));
    let failures = server.get("/api/v1/slos/buying/failures?objective=1&last=1h&limit=100").await;
    let failed = failures["failures"].as_array().expect("failures");
    assert!(failed.len() == 40 && failed.iter().all(|one| one["service"] == "search"), "{failures}");
    let series = server.get("/api/v1/slos/buying/series?last=1h").await;
    let last = series["points"].as_array().and_then(|points| points.last()).expect("points");
    assert!(close(&last["budget_remaining"], 0.425), "{last}");

    let (recount, code) = said(&server, &["slo", "recount", "buying"]);
    assert!(code == 0 && recount.matches("no minute differs").count() >= 1, "{recount}");
    let (gate, code) =
        said(&server, &["slo", "check", "buying", "--min-coverage", "0", "--min-budget", "0.43"]);
    assert!(code == 1 && gate.contains("42.5 % of the error budget is left, less than 43 %"), "{gate}");

    // A weight is an edit that keeps every count: 0.5 × 0.5 + 0.5 × 0.8.
    write(files.path(), "buying.yaml", &BUYING.replace("compositeWeight: 3", "compositeWeight: 1"));
    let folder = files.path().to_str().expect("UTF-8");
    let (told, _) = said(&server, &["slo", "diff", "-f", folder]);
    let follows = "the budget is shared by Pay 50 %, Search 50 %; so far by Pay 75 %, Search 25 %";
    assert!(told.contains(follows) && told.contains("the history is kept"), "{told}");
    assert!(apply(&server, files.path(), &[]).ends_with("exit 0"));
    let slo = server.get("/api/v1/slos/buying").await;
    assert!(close(&slo["composite"]["windows"][0]["budget_spent"], 0.65), "{slo}");
}
