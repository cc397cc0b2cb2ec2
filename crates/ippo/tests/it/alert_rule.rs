//! Alert rules against a real server: real log records open an incident, and the mail says what to do.

use std::path::Path;

use ippo_base::{Clock as _, SystemClock};
use ippo_testkit::smtp::SmtpServer;
use serde_json::{Value, json};

use crate::binary::{Running, ippo_at, token};
use crate::wire::JSON;

const RULE: &str = "\
apiVersion: ippo/v1
kind: NotificationTarget
metadata: {name: oncall}
spec: {type: email, to: [oncall@example.org]}
---
apiVersion: ippo/v1
kind: AlertRule
metadata: {name: gateway-timeouts, displayName: The payment gateway times out}
spec:
  owner: shop-team
  notify: [oncall]
  severity: page
  action: |
    Look at the gateway's status page.
    If it is down, switch the fallback on.
  runbook: https://wiki.example.org/gateway
  text: {contains: gateway timeout, where: service = 'checkout'}
";

/// Sends records of a service that happened in the minutes before this one.
async fn send(server: &Running, service: &str, bodies: &[&str]) {
    let minute = SystemClock::new().now().minute();
    let record = |(n, body): (usize, &&str)| {
        let time = minute.minus(1 + n as u32).start().as_nanos() + 1_000_000_000;
        json!({"timeUnixNano": time.to_string(), "severityNumber": 17, "body": {"stringValue": body}})
    };
    let records: Vec<Value> = bodies.iter().enumerate().map(record).collect();
    let body = json!({"resourceLogs": [{
        "resource": {"attributes": [{"key": "service.name", "value": {"stringValue": service}}]},
        "scopeLogs": [{"logRecords": records}],
    }]});
    let (status, _) = server.otlp("/v1/logs", JSON, body.to_string().into_bytes()).await;
    assert_eq!(status, 200);
}

/// What a command says on both outputs, and its exit code.
fn said(server: &Running, args: &[&str]) -> (String, i32) {
    let output = ippo_at(server, args);
    let text = [output.stdout, output.stderr].map(|bytes| String::from_utf8(bytes).expect("UTF-8")).concat();
    (text, output.status.code().expect("it ends by itself"))
}

fn write(folder: &Path, text: &str) -> String {
    let path = folder.join("rule.yaml");
    std::fs::write(&path, text).expect("written");
    path.to_str().expect("UTF-8").to_owned()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_text_in_the_logs_opens_an_incident_and_the_mail_says_what_to_do() {
    let (data, files) = (tempfile::tempdir().expect("a folder"), tempfile::tempdir().expect("a folder"));
    let smtp = SmtpServer::start().await;
    let url = smtp.url("");
    let mail = [("IPPO_SMTP_URL", url.as_str()), ("IPPO_SMTP_FROM", "ippo@example.org")];
    let server = Running::start_in(data.path(), &token(data.path()), &[], &mail);
    let (text, code) = said(&server, &["alert", "list"]);
    assert!(code == 0 && text.contains("There are no alert rules yet"), "{text}");
    let lines = ["payment: Gateway Timeout after 3 s", "all is well", "gateway timeout"];
    send(&server, "checkout", &lines).await;
    send(&server, "other", &["gateway timeout"]).await;

    let file = write(files.path(), RULE);
    let (tried, code) = said(&server, &["alert", "test", &file, "--last", "1h"]);
    assert!(code == 0 && tried.contains("gateway-timeouts would have fired once"), "{tried}");
    assert!(tried.contains("\"gateway timeout\" was found 1 times in 5m"), "{tried}");
    assert!(tried.contains("of the others nobody can say anything"), "it was not up for an hour: {tried}");
    let (json, _) = said(&server, &["alert", "test", &file, "--output", "json"]);
    let json: Value = serde_json::from_str(&json).expect("JSON");
    assert_eq!((&json["fired"], &json["name"]), (&json!(1), &json!("gateway-timeouts")));
    assert_eq!(server.get("/api/v1/alert-rules").await["alert_rules"], json!([]), "trying applies nothing");
    assert_eq!(server.get("/api/v1/incidents").await["incidents"], json!([]), "and tells nobody");

    let (applied, code) = said(&server, &["apply", "-f", &file]);
    assert!(code == 0 && applied.contains("+ create AlertRule gateway-timeouts"), "{applied}");
    smtp.wait_for(1).await;
    let mail = smtp.mails().remove(0);
    let body = mail.part("text/plain");
    for part in [
        "INC-1: The payment gateway times out",
        "\"gateway timeout\" was found 2 times in 5m",
        "Do:     Look at the gateway's status page.\n        If it is down, switch the fallback on.\n",
        "        https://wiki.example.org/gateway\n",
        "ERROR checkout payment: Gateway Timeout after 3 s\n",
        "/logs?record=",
        "Owner:  shop-team",
    ] {
        assert!(body.contains(part), "{part:?} in {body}");
    }
    assert!(mail.part("text/html").contains("switch the fallback on"), "{}", mail.part("text/html"));

    let incident = server.get("/api/v1/incidents/1").await;
    assert_eq!(
        (&incident["kind"], &incident["alert_rule"], &incident["severity"]),
        (&json!("rule"), &json!("gateway-timeouts"), &json!("sev2"))
    );
    let path = incident["examples"][0]["path"].as_str().expect("a path");
    let record = path.strip_prefix("/logs?record=").expect("of a record");
    let around = server.get(&format!("/api/v1/logs/{record}/around")).await;
    assert!(
        around["log"]["body"].as_str().expect("a body").to_lowercase().contains("gateway timeout"),
        "{around}"
    );
    let rule = server.get("/api/v1/alert-rules/gateway-timeouts").await;
    assert_eq!((&rule["state"], &rule["groups"][0]["incident"]), (&json!("firing"), &json!(1)));
    let (list, _) = said(&server, &["alert", "list"]);
    assert!(list.contains("▲ firing") && list.contains("gateway-timeouts"), "{list}");
    let (shown, _) = said(&server, &["alert", "show", "gateway-timeouts"]);
    assert!(shown.contains("INC-1") && shown.contains("Look at the gateway's status page."), "{shown}");
    assert_eq!(said(&server, &["alert", "show", "gateway"]).1, 2, "there is no such rule");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_rule_without_a_word_of_what_to_do_is_refused_with_its_place() {
    let (data, files) = (tempfile::tempdir().expect("a folder"), tempfile::tempdir().expect("a folder"));
    let server = Running::start(data.path(), &token(data.path()));
    let bad = RULE.replace("  owner: shop-team\n", "").replace("service = 'checkout'", "servce = 'checkout'");
    let bad: String = bad
        .lines()
        .filter(|line| !line.contains("runbook") && !line.contains("action") && !line.starts_with("    "))
        .map(|line| format!("{line}\n"))
        .collect();
    let file = write(files.path(), &bad);
    for command in [["apply", "-f", file.as_str()].as_slice(), &["alert", "test", &file]] {
        let (text, code) = said(&server, command);
        assert_eq!(code, 2, "{command:?}: {text}");
        assert!(text.contains("rule.yaml:10:3: spec.owner: owner is missing"), "{text}");
        assert!(
            text.contains("spec.action: action is missing: whoever is woken must know what to do"),
            "{text}"
        );
    }
    let lint = said(&server, &["slo", "lint", "-f", &file]);
    assert!(lint.1 != 0 && lint.0.contains("spec.action"), "{}", lint.0);
    assert_eq!(server.get("/api/v1/alert-rules").await["alert_rules"], json!([]), "nothing is half applied");
}
