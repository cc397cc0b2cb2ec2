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

/// Rules as a Prometheus has them: one is carried over, one needs what no rule says.
const OF_PROMETHEUS: &str = r#"groups:
  - name: mail
    rules:
      - record: mail:failed:rate5m
        expr: sum(rate(mails_failed_total[5m]))
      - alert: MailsFail
        expr: sum by (queue) (increase(mails_failed_total{job="mail",reason=~"full|gr.y"}[5m])) >= 8
        labels: {severity: critical, team: platform}
        annotations:
          summary: Mails of {{ $labels.queue }} fail
          runbook_url: https://wiki.example.org/{{ $labels.alertname }}
      - alert: MailsSlow
        expr: mail_seconds_sum / mail_seconds_count > 3
        labels: {severity: warning}
"#;

/// Points of a counter in the minutes before this one.
async fn send_failed(server: &Running, queue: &str, reason: &str, counts: &[u64]) {
    let minute = SystemClock::new().now().minute();
    let text = |key: &str, value: &str| json!({"key": key, "value": {"stringValue": value}});
    let at = |before: usize| minute.minus(u32::try_from(before).expect("few")).start().as_nanos().to_string();
    let point = |(n, count): (usize, &u64)| {
        json!({
            "startTimeUnixNano": at(counts.len() + 1), "timeUnixNano": at(counts.len() - n), "asInt": count.to_string(),
            "attributes": [text("queue", queue), text("reason", reason)],
        })
    };
    let points: Vec<Value> = counts.iter().enumerate().map(point).collect();
    let body = json!({"resourceMetrics": [{
        "resource": {"attributes": [text("service.name", "mail")]},
        "scopeMetrics": [{"metrics": [{
            "name": "mails_failed_total",
            "sum": {"aggregationTemporality": 2, "isMonotonic": true, "dataPoints": points},
        }]}],
    }]});
    let (status, _) = server.otlp("/v1/metrics", JSON, body.to_string().into_bytes()).await;
    assert_eq!(status, 200);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_rule_of_a_prometheus_is_imported_applied_and_fires() {
    let (data, files) = (tempfile::tempdir().expect("a folder"), tempfile::tempdir().expect("a folder"));
    let smtp = SmtpServer::start().await;
    let url = smtp.url("");
    let mail = [("IPPO_SMTP_URL", url.as_str()), ("IPPO_SMTP_FROM", "ippo@example.org")];
    let server = Running::start_in(data.path(), &token(data.path()), &[], &mail);
    let rules = write(files.path(), OF_PROMETHEUS);
    let to = files.path().join("imported").join("rules.yaml");
    std::fs::create_dir(files.path().join("imported")).expect("made");
    let to = to.to_str().expect("UTF-8");

    let (refused, code) = said(&server, &["alert", "import", &rules]);
    assert!(code == 2 && refused.contains("--notify <NAME>"), "somebody must be told: {refused}");
    let (told, code) = said(&server, &["alert", "import", &rules, "--notify", "oncall", "--to", to]);
    assert_eq!(code, 1, "{told}");
    for part in [
        "1 of 3 rules are written; 2 things are left out.",
        ":4:17: mail/mail:failed:rate5m: groups[0].rules[0].record: the rule is not written: it records what a query gives",
        ":13:32: mail/MailsSlow: groups[0].rules[2].expr: the rule is not written: this divides one metric by another",
    ] {
        assert!(told.contains(part), "{part:?} in {told}");
    }
    let target = files.path().join("imported").join("target.yaml");
    let oncall = "apiVersion: ippo/v1\nkind: NotificationTarget\nmetadata: {name: oncall}\nspec: {type: email, to: [oncall@example.org]}\n";
    std::fs::write(target, oncall).expect("written");
    let folder = files.path().join("imported");
    let (applied, code) = said(&server, &["apply", "-f", folder.to_str().expect("UTF-8")]);
    assert!(code == 0 && applied.contains("+ create AlertRule mails-fail"), "{applied}");

    send_failed(&server, "bulk", "full", &[1, 4, 9]).await;
    send_failed(&server, "bulk", "gray", &[0, 0, 3]).await;
    send_failed(&server, "bulk", "other", &[0, 50, 90]).await;
    send_failed(&server, "urgent", "full", &[0, 3, 7]).await;
    smtp.wait_for(1).await;
    let mail = smtp.mails().remove(0);
    let body = mail.part("text/plain");
    for part in [
        "INC-1: Mails of {queue} fail",
        "attrs['queue']=bulk: the increase is 12 over 5m; limit at least 8",
        "https://wiki.example.org/MailsFail",
        "Owner:  platform",
    ] {
        assert!(body.contains(part), "{part:?} in {body}");
    }
    let shown = said(&server, &["alert", "show", "mails-fail"]).0;
    assert!(
        shown.contains("● fine  attrs['queue']=urgent: the increase is 7") || shown.contains("urgent"),
        "{shown}"
    );
}

#[test]
fn rules_that_nobody_acts_on_are_refused_by_name_and_nothing_is_written() {
    let files = tempfile::tempdir().expect("a folder");
    let rules = write(
        files.path(),
        "groups: [{name: a, rules: [{alert: Down, expr: up == 0}, {alert: Slow, expr: slow > 1}]}]\n",
    );
    let to = files.path().join("to.yaml");
    let run = |more: &[&str]| {
        let to = to.to_str().expect("UTF-8");
        let all = [&["alert", "import", rules.as_str(), "--notify", "x", "--to", to], more].concat();
        crate::lint::offline(files.path(), &all)
    };
    let (text, code) = run(&["--owner", "sre"]);
    let said = "slo/rule.yaml:1:28: groups[0].rules[0]: a/Down says nothing to do: say with --action what whoever is told does, or in an \
                annotation action or runbook_url\n";
    assert!(code == 2 && text.starts_with(said) && text.ends_with("Nothing is written.\n"), "{text}");
    assert!(text.contains("a/Slow") && !to.exists(), "{text}");
    let (text, code) =
        run(&["--owner", "sre", "--action", "Look.", "--severity", "page", "--output", "json"]);
    let report: Value = serde_json::from_str(&text).expect("JSON");
    assert_eq!((code, &report["rules"][1]["name"], &report["left_out"]), (0, &json!("slow"), &json!([])));
    assert!(std::fs::read_to_string(&to).expect("written").contains("severity: page"));
    let (text, code) =
        crate::lint::offline(files.path(), &["alert", "import", "nowhere.yaml", "--notify", "x"]);
    assert!(code == 2 && text.contains("nowhere.yaml"), "{text}");
}
