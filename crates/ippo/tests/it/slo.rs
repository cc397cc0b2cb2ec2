//! SLOs against a real server: slices of time and calendars as the API tells them, and the ledger on the command line.

use ippo_base::{Clock as _, Minute, SystemClock};
use serde_json::{Value, json};

use crate::apply::{CHECKOUT, apply, write};
use crate::binary::{Running, ippo_at, token};
use crate::wire::JSON;

/// The frontend answers ten requests in a minute, of which so many fail.
async fn requests(server: &Running, minute: Minute, failed: usize) {
    let span = |n: usize| {
        let start = minute.start().as_nanos() + i64::try_from(n).expect("few");
        json!({
            "traceId": format!("{:032x}", u128::from(minute.0) << 8 | n as u128 | 1 << 100),
            "spanId": format!("{:016x}", n + 1), "name": "GET /", "kind": 2,
            "startTimeUnixNano": start.to_string(), "endTimeUnixNano": (start + 1_000).to_string(),
            "status": {"code": if n < failed { 2 } else { 1 }},
        })
    };
    let body = json!({"resourceSpans": [{
        "resource": {"attributes": [{"key": "service.name", "value": {"stringValue": "frontend"}}]},
        "scopeSpans": [{"spans": (0..10).map(span).collect::<Vec<_>>()}],
    }]});
    let (status, _) = server.otlp("/v1/traces", JSON, body.to_string().into_bytes()).await;
    assert_eq!(status, 200);
}

/// What a run wrote, and its exit code.
fn said(server: &Running, arguments: &[&str]) -> (String, i32) {
    let done = ippo_at(server, arguments);
    let text = [done.stdout, done.stderr].concat();
    (String::from_utf8(text).expect("UTF-8"), done.status.code().expect("it ended"))
}

fn window(slo: &Value, place: usize) -> &Value {
    &slo["objectives"][0]["windows"][place]
}

#[tokio::test(flavor = "multi_thread")]
async fn slices_are_counted_over_several_windows_and_time_is_taken_out_and_back() {
    let (data, files) = (tempfile::tempdir().expect("a folder"), tempfile::tempdir().expect("a folder"));
    let token = token(data.path());
    let server = Running::start(data.path(), &token);
    let definition = CHECKOUT
        .replace(
            "  name: checkout\n",
            "  name: checkout\n  annotations:\n    ippo.dev/windows: 1h, 1M from 2026-01-01 in Asia/Tokyo\n",
        )
        .replace("Occurrences", "Timeslices")
        .replace("target: 0.999", "target: 0.8\n      timeSliceTarget: 0.95\n      timeSliceWindow: 1m");
    write(files.path(), "checkout.yaml", &definition);
    assert!(apply(&server, files.path(), &[]).ends_with("exit 0"));
    let now = SystemClock::new().now().minute();
    // Of ten minutes that are over, three have failures.
    for ago in 1..=10 {
        requests(&server, now.minus(ago), usize::from([3, 5, 7].contains(&ago))).await;
    }

    let slo = server.get("/api/v1/slos/checkout").await;
    let told = |slo: &Value| {
        let window = window(slo, 0);
        (window["slices_good"].clone(), window["slices_bad"].clone(), window["attained"].clone())
    };
    assert_eq!(told(&slo), (json!(7.0), json!(3.0), json!(0.7)), "{slo}");
    assert_eq!(window(&slo, 0)["bad"], json!(3), "and what the requests were");
    // Three bad slices of ten spend a budget of two once and a half.
    assert_eq!(window(&slo, 0)["budget_remaining"], json!(-0.5));
    assert_eq!((&window(&slo, 1)["window"], &window(&slo, 1)["rolls"]), (&json!("1h"), &json!(true)));
    assert_eq!(window(&slo, 2)["window"], json!("1M from 2026-01-01 in Asia/Tokyo"));
    assert_eq!(window(&slo, 2)["rolls"], json!(false));

    let (recount, code) = said(&server, &["slo", "recount", "checkout"]);
    assert!(
        code == 0 && recount.contains("10 min from") && recount.contains("no minute differs"),
        "{recount}"
    );
    assert_eq!(recount.matches("good 97, bad 3, unknown 0").count(), 2, "{recount}");

    let at = |minute: Minute| minute.start().to_string();
    let (from, to) = (at(now.minus(3)), at(now.minus(2)));
    let wish = ["slo", "exclude", "checkout", "--from", &from, "--to", &to, "--reason", "load test"];
    let (planned, code) = said(&server, &[&wish[..], &["--dry-run"]].concat());
    assert_eq!(code, 0, "{planned}");
    assert!(planned.contains("0.8: budget left -50 % before, -11.2 % after"), "{planned}");
    assert!(planned.contains("Nothing is entered"), "{planned}");
    assert_eq!(said(&server, &["slo", "ledger", "checkout"]).0.lines().count(), 1, "it is empty");
    let (entered, code) = said(&server, &[&wish[..], &["--ticket", "OPS-7"]].concat());
    assert!(code == 0 && entered.contains("agreed in OPS-7") && entered.contains("Entered"), "{entered}");

    // All of it is there after a restart.
    assert_eq!(server.stop(), Some(0));
    let server = Running::start(data.path(), &token);
    let slo = server.get("/api/v1/slos/checkout").await;
    assert_eq!(
        (window(&slo, 0)["slices_bad"].clone(), window(&slo, 0)["minutes_excluded"].clone()),
        (json!(2.0), json!(1))
    );
    let ledger: Value = server.get("/api/v1/slos/checkout/ledger").await;
    let id = ledger["entries"][0]["id"].as_str().expect("an id").to_owned();
    let (back, code) = said(&server, &["slo", "include", "checkout", &id, "--reason", "a slip"]);
    assert!(code == 0 && back.contains("withdrawn: a slip"), "{back}");
    let (again, code) = said(&server, &["slo", "include", "checkout", &id, "--reason", "a slip"]);
    assert!(code == 2 && again.contains("withdrawn already"), "{again}");
    assert_eq!(told(&server.get("/api/v1/slos/checkout").await).1, json!(3.0));
    let ledger = said(&server, &["slo", "ledger", "checkout"]).0;
    assert!(ledger.contains("withdrawn: a slip") && ledger.contains("load test"), "{ledger}");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_makes_no_sense_of_an_exclusion_is_told_in_the_words_of_the_command_line() {
    let (data, files) = (tempfile::tempdir().expect("a folder"), tempfile::tempdir().expect("a folder"));
    let server = Running::start(data.path(), &token(data.path()));
    write(files.path(), "checkout.yaml", CHECKOUT);
    assert!(apply(&server, files.path(), &[]).ends_with("exit 0"));
    let exclude = |name: &str, from: &str, to: &str, reason: &str| {
        said(&server, &["slo", "exclude", name, "--from", from, "--to", to, "--reason", reason])
    };
    let (early, late) = ("2026-11-01T00:00:00Z", "2026-11-01T01:00:00Z");
    for ((text, code), words) in [
        (exclude("checkout", late, early, "why"), "--to must be later than"),
        (exclude("checkout", early, late, " "), "--reason must say why"),
        (exclude("checkout", "yesterday", late, "why"), "is not an RFC 3339 time"),
        (exclude("checkout", "2020-01-01T00:00:00Z", late, "why"), "at most 366 days long"),
        (exclude("Checkout", early, late, "why"), "is not an SLO's name"),
    ] {
        assert!(code == 2 && text.contains(words), "{words}: {text} exit {code}");
    }
    let (text, code) = said(&server, &["slo", "recount", "nothing"]);
    assert!(code == 2 && text.contains("There is no SLO"), "{text} exit {code}");
    let (text, code) = exclude("nothing", early, late, "why");
    assert!(code == 2 && text.contains("There is no SLO"), "{text} exit {code}");
}
