//! The journeys and the agreement of the guide, from OTLP to what the API, the command line and the report say of them.

use std::path::Path;

use ippo_base::{Clock as _, Minute, SystemClock};
use serde_json::{Value, json};

use crate::apply::{apply, write};
use crate::binary::{Running, ippo_at, token};
use crate::wire::JSON;

/// The definitions of a guide: all of its YAML.
fn guide(name: &str) -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/guide").join(name);
    let text = std::fs::read_to_string(path).expect("the guide is there");
    let blocks = text.split("```yaml\n").skip(1).map(|rest| rest.split("```").next().expect("it ends"));
    blocks.collect::<Vec<_>>().join("---\n")
}

/// A request: which session made it, where, how long it took, and whether it failed.
struct Request {
    session: String,
    route: &'static str,
    millis: i64,
    failed: bool,
}

fn request(session: String, route: &'static str, millis: i64, failed: bool) -> Request {
    Request { session, route, millis, failed }
}

async fn send(server: &Running, minute: Minute, requests: &[Request]) {
    let span = |(n, request): (usize, &Request)| {
        let start = minute.start().as_nanos() + i64::try_from(n).expect("few");
        let text = |key: &str, value: &str| json!({"key": key, "value": {"stringValue": value}});
        let mut attributes = vec![text("http.route", request.route)];
        attributes.extend((!request.session.is_empty()).then(|| text("session.id", &request.session)));
        json!({
            "traceId": format!("{:016x}{:016x}", u64::from(minute.0), n + 1),
            "spanId": format!("{:016x}", n + 1), "name": format!("POST {}", request.route), "kind": 2,
            "startTimeUnixNano": start.to_string(),
            "endTimeUnixNano": (start + request.millis * 1_000_000).to_string(),
            "status": {"code": if request.failed { 2 } else { 1 }}, "attributes": attributes,
        })
    };
    let body = json!({"resourceSpans": [{
        "resource": {"attributes": [{"key": "service.name", "value": {"stringValue": "frontend"}}]},
        "scopeSpans": [{"spans": requests.iter().enumerate().map(span).collect::<Vec<_>>()}],
    }]});
    let (status, _) = server.otlp("/v1/traces", JSON, body.to_string().into_bytes()).await;
    assert_eq!(status, 200);
}

fn said(server: &Running, arguments: &[&str]) -> (String, i32) {
    let done = ippo_at(server, arguments);
    let text = [done.stdout, done.stderr].concat();
    (String::from_utf8(text).expect("UTF-8"), done.status.code().expect("it ended"))
}

/// A time zone in which this month neither begins nor ends around now.
fn quiet_zone(now: Minute) -> &'static str {
    // It is midnight in Tokyo at 15:00 UTC, and in Honolulu at 10:00 UTC.
    let of_day = now.0 % 1440 / 60;
    if (13..=17).contains(&of_day) { "Pacific/Honolulu" } else { "Asia/Tokyo" }
}

/// Thirty sessions whose cart is fine, of which 24 go on; 25 whose cart fails, of which 5 do; three that wait for it and leave; and
/// two requests of nobody. All of them more than half an hour ago.
async fn visits(server: &Running, now: Minute) {
    let id = |kind: &str, n: usize| format!("{kind}-{n}");
    let mut carts: Vec<Request> = (0..30).map(|n| request(id("fine", n), "/cart", 20, false)).collect();
    carts.extend((0..25).map(|n| request(id("failed", n), "/cart", 900, true)));
    carts.extend((0..3).map(|n| request(id("slow", n), "/cart", 801, false)));
    carts.extend((0..2).map(|_| request(String::new(), "/cart", 20, false)));
    let mut later: Vec<Request> = (0..24).map(|n| request(id("fine", n), "/address", 20, false)).collect();
    later.extend((0..5).map(|n| request(id("failed", n), "/pay", 20, false)));
    send(server, now.minus(45), &carts).await;
    send(server, now.minus(40), &later).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_guides_journey_says_what_users_met_and_how_they_went_on() {
    let (data, files) = (tempfile::tempdir().expect("a folder"), tempfile::tempdir().expect("a folder"));
    let server = Running::start(data.path(), &token(data.path()));
    let (empty, _) = said(&server, &["journey", "list"]);
    assert!(empty.starts_with("There are no journeys yet"), "{empty}");
    write(files.path(), "journeys.yaml", &guide("journeys.md"));
    let applied = apply(&server, files.path(), &[]);
    assert!(
        applied.contains("create Journey checkout") && applied.contains("create SLA shop-api"),
        "{applied}"
    );
    assert!(applied.ends_with("exit 0") && !applied.contains("stricter"), "{applied}");
    visits(&server, SystemClock::new().now().minute()).await;

    let one = server.get("/api/v1/journeys/checkout").await;
    let journey = &one["journey"];
    assert_eq!(journey["slos"][1]["name"], "checkout-quick");
    assert!(journey["harm"].as_str().is_some_and(|harm| harm.starts_with("An order is lost.")), "{journey}");
    let [hour] = journey["hour"].as_array().expect("a list").as_slice() else { panic!("one: {journey}") };
    assert_eq!(
        (&hour["attempts"], &hour["slos"]),
        (&json!(89), &json!(["checkout-works", "checkout-quick"]))
    );
    let text = hour["text"].as_str().expect("a sentence");
    assert!(
        text.starts_with("Of 89 attempts in the last hour, 25 failed and 28 took longer than 800 ms"),
        "{text}"
    );

    let walked = server.get("/api/v1/journeys/checkout/sessions").await;
    let cart = &walked["steps"][0];
    assert_eq!(
        (&cart["sessions"], &cart["went_on"], &cart["open"]),
        (&json!(58), &json!(29), &json!(0)),
        "{walked}"
    );
    let told: Vec<Value> = cart["outcomes"].as_array().expect("three").clone();
    assert_eq!(
        told,
        [
            json!({"outcome": "fine", "sessions": 30, "went_on": 24, "share": 0.8}),
            json!({"outcome": "slow", "sessions": 3, "went_on": 0, "share": null}),
            json!({"outcome": "failed", "sessions": 25, "went_on": 5, "share": 0.2}),
        ]
    );
    let pay = &walked["steps"][2];
    assert_eq!((&pay["is_last"], &pay["sessions"], &pay["went_on"]), (&json!(true), &json!(5), &Value::Null));
    assert_eq!(
        (&walked["nameless_requests"], &walked["sessions"], &walked["one_of"]),
        (&json!(2), &json!(58), &json!(1))
    );

    let (shown, code) = said(&server, &["journey", "show", "checkout"]);
    assert!(code == 0 && shown.contains("when it fails: An order is lost."), "{shown}");
    assert!(
        shown.contains("80 % of 30") && shown.contains("20 % of 25") && shown.contains("too few (3)"),
        "{shown}"
    );
    let (shown, _) = said(&server, &["journey", "show", "checkout", "--lang", "ja", "--last", "2h"]);
    assert!(shown.contains("直近 1 時間の 89 回のうち、失敗 25 回、800 ms 超過 28 回"), "{shown}");
    assert!(shown.contains("30 件の 80 %") && shown.contains("少なすぎます(3 件)"), "{shown}");
    let (json, _) = said(&server, &["journey", "show", "checkout", "--output", "json"]);
    let both: Value = serde_json::from_str(&json).expect("JSON");
    assert_eq!(both["sessions"]["steps"][0]["sessions"], json!(58));
    let (wrong, code) = said(&server, &["journey", "show", "checkout", "--last", "40d"]);
    assert!(code == 2 && wrong.contains("at most 31 days"), "{wrong}");
    let (unknown, code) = said(&server, &["journey", "show", "nothing"]);
    assert!(code == 2 && unknown.contains("There is no Journey \"nothing\""), "{unknown}");
    let of_slo = server.get("/api/v1/journeys?slo=checkout-quick").await;
    assert_eq!(of_slo["journeys"].as_array().map(Vec::len), Some(1));
    assert_eq!(server.get("/api/v1/journeys?slo=other").await["journeys"], json!([]));
}

#[tokio::test(flavor = "multi_thread")]
async fn the_guides_agreement_is_judged_and_reported_in_two_languages() {
    let (data, files) = (tempfile::tempdir().expect("a folder"), tempfile::tempdir().expect("a folder"));
    let server = Running::start(data.path(), &token(data.path()));
    let now = SystemClock::new().now().minute();
    let zone = quiet_zone(now);
    let definitions = guide("journeys.ja.md").replace("timeZone: Asia/Tokyo", &format!("timeZone: {zone}"));
    write(files.path(), "journeys.yaml", &definitions);
    assert!(apply(&server, files.path(), &[]).ends_with("exit 0"));
    visits(&server, now).await;

    let one = server.get("/api/v1/slas/shop-api").await;
    let sla = &one["sla"];
    let running = &sla["periods"][0];
    assert_eq!(
        (&running["good"], &running["bad"], &running["running"]),
        (&json!(64), &json!(25), &json!(true))
    );
    assert_eq!(
        (&running["verdict"], &running["credit"]["credit"]),
        (&json!("broken"), &json!("月額料金の 25 %"))
    );
    // (0.005 × 89 - 25) ÷ 0.995 = -24.7, so that it is broken by 25.
    assert_eq!((&running["failures_left"], &sla["time_zone"]), (&json!(-25), &json!(zone)));
    let listed = server.get("/api/v1/slas").await;
    assert_eq!(listed["slas"][0]["periods"][0], *running);

    let month = running["month"].as_str().expect("a month");
    let (report, code) = said(&server, &["sla", "report", "shop-api", "--period", month]);
    assert!(code == 0 && report.starts_with(&format!("# SLA report: ショップ API, {month}\n")), "{report}");
    assert!(
        report.contains("**The promise is not kept so far:** 71.9101 % attained, 99.5 % promised."),
        "{report}"
    );
    assert!(report.contains("| Credit due | 月額料金の 25 % (due below 99 %) |"), "{report}");
    let (report, _) = said(&server, &["sla", "report", "shop-api", "--lang", "ja"]);
    assert!(
        report.contains("**現時点で SLA を達成できていません。**実績 71.9101 %、目標 99.5 %。"),
        "{report}"
    );
    let (json, _) = said(&server, &["sla", "report", "shop-api", "--output", "json"]);
    let report: Value = serde_json::from_str(&json).expect("JSON");
    assert_eq!(report["period"], *running);
    for (period, why) in
        [("2026-13", "is \"2026-13\", not a month"), ("2026-01", "does not hold in that period")]
    {
        let (refused, code) = said(&server, &["sla", "report", "shop-api", "--period", period]);
        assert!(code == 2 && refused.contains(why), "{refused}");
    }
    let (shown, _) = said(&server, &["sla", "show", "shop-api"]);
    assert!(shown.contains("Broken so far: 71.91 % of 99.5 %, by 25 failures."), "{shown}");
    let (listed, _) = said(&server, &["sla", "list", "--lang", "ja"]);
    assert!(listed.contains("▲ 未達") && listed.contains("ビジネスプランのパートナー"), "{listed}");

    let stricter = definitions.replace("targetPercent: 99.5", "targetPercent: 99.95");
    write(files.path(), "journeys.yaml", &stricter);
    let told = apply(&server, files.path(), &["--dry-run"]);
    assert!(
        told.contains("SLA shop-api: the SLA promises 0.9995, which is stricter than the 0.999"),
        "{told}"
    );
    let folder = files.path().to_str().expect("UTF-8");
    let (linted, code) = said(&server, &["slo", "lint", "-f", folder, "--deny", "stricter-than-slo"]);
    assert!(code == 1 && linted.contains("denied[stricter-than-slo]: spec.targetPercent"), "{linted}");
}
