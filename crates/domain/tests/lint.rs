//! What a good reviewer says of definitions, and of which says nothing.

use std::path::Path;

use ippo_domain::definition::lint::{lint, markdown_table};
use ippo_domain::definition::{SourceFile, parse};
use jiff::civil::{Date, date};

const TODAY: Date = date(2026, 11, 24);

const BLAMELESS: &str = "\
apiVersion: openslo/v1
kind: SLO
metadata:
  name: checkout
  annotations:
    ippo.dev/owner: team-shop
    ippo.dev/notify: oncall
    ippo.dev/runbook: https://runbooks.example.org/checkout
    ippo.dev/review: 2027-04-01
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
---
apiVersion: ippo/v1
kind: NotificationTarget
metadata: {name: oncall}
spec: {type: webhook, url: https://pager.example.org/hook}
";

fn told(text: &str) -> String {
    let definitions = parse(&[SourceFile { path: "slo.yaml".to_owned(), text: text.to_owned() }])
        .expect("nothing is wrong");
    let line = |f: ippo_domain::definition::lint::Finding| {
        format!("{}:{}:{}: {}: {} [{}]\n", f.file, f.line, f.column, f.field, f.message, f.rule.name())
    };
    lint(&definitions, TODAY).into_iter().map(line).collect()
}

#[test]
fn nothing_is_said_of_a_blameless_slo() {
    assert_eq!(told(BLAMELESS), "");
}

#[test]
fn each_rule_is_said_at_its_place() {
    let edits: [(&str, &[(&str, &str)]); 11] = [
        (
            "no annotations",
            &[
                ("    ippo.dev/owner: team-shop\n", ""),
                ("    ippo.dev/notify: oncall\n", ""),
                ("    ippo.dev/runbook: https://runbooks.example.org/checkout\n", ""),
                ("    ippo.dev/review: 2027-04-01\n", "    example.org/x: y\n"),
            ],
        ),
        ("a review in the past", &[("2027-04-01", "2026-11-23")]),
        ("a target elsewhere", &[("notify: oncall", "notify: oncall, mail")]),
        ("a short window", &[("28d", "1d")]),
        ("pairs omitted", &[("0.999", "0.9")]),
        ("many nines", &[("0.999", "0.999995")]),
        (
            "every failure of many",
            &[
                ("0.999", "0.98"),
                ("    ippo.dev/owner", "    ippo.dev/every-failure-matters: \"true\"\n    ippo.dev/owner"),
            ],
        ),
        ("upside down", &[("bad: {", "good: {")]),
        ("upside down, too", &[("status = 'error'", "http_status < 500")]),
        (
            "a pair that fires too late",
            &[(
                "  objectives:",
                "  alertPolicies:\n    - kind: AlertPolicy\n      spec:\n        conditions:\n          - kind: AlertCondition\n            spec: {severity: page, condition: {op: gte, threshold: 100, lookbackWindow: 7h}}\n  objectives:",
            )],
        ),
        (
            "policies in a short window",
            &[
                ("28d", "1d"),
                (
                    "  objectives:",
                    "  alertPolicies:\n    - kind: AlertPolicy\n      spec:\n        conditions:\n          - kind: AlertCondition\n            spec: {severity: page, condition: {op: gte, threshold: 4, lookbackWindow: 1h}}\n  objectives:",
                ),
            ],
        ),
    ];
    let mut all = String::new();
    for (what, edits) in edits {
        let text = edits.iter().fold(BLAMELESS.to_owned(), |text, (from, to)| text.replace(from, to));
        assert_ne!(text, BLAMELESS, "{what}");
        all.push_str(&format!("{what}\n{}\n", told(&text)));
    }
    insta::assert_snapshot!("lint", all);
}

#[test]
fn two_promises_about_the_same_are_told_once() {
    let twin = BLAMELESS.split("---\n").next().expect("the SLO").replace("name: checkout", "name: payment");
    let same = format!("{BLAMELESS}---\n{twin}");
    assert_eq!(told(&same), "", "the same promise of another name is let be");
    let other = told(&same.replacen(
        "target: 0.999\n---\napiVersion: ippo",
        "target: 0.99\n---\napiVersion: ippo",
        1,
    ));
    assert!(
        other.contains("it counts what SLO checkout in slo.yaml:4:9 counts") && other.contains("[same-sli]"),
        "{other}"
    );
    assert_eq!(other.lines().count(), 1, "{other}");
}

#[test]
fn a_part_that_hardly_matters_is_told_with_the_arithmetic() {
    let indicator = BLAMELESS.split("  indicator:\n").nth(1).expect("an indicator");
    let indicator = indicator.split("  timeWindow").next().expect("ends");
    let deeper: String = indicator.lines().map(|line| format!("    {line}\n")).collect();
    let part = |name: &str, weight: &str, target: &str| {
        let service = deeper.replace("'frontend'", &format!("'{name}'"));
        format!(
            "    - displayName: {name}\n      target: {target}\n      compositeWeight: {weight}\n      indicator:\n{service}"
        )
    };
    let with = |weight: &str| {
        let parts = part("pay", "99", "0.999") + &part("search", weight, "0.9");
        let whole = BLAMELESS.replace(&format!("  indicator:\n{indicator}"), "");
        whole.replace("    - target: 0.999\n", &parts)
    };
    // 0.01 ÷ 0.1 ÷ 28 = 0.36 %.
    assert_eq!(
        told(&with("1")),
        "slo.yaml:24:7: spec.objectives[1]: if \"search\" fails for a whole day it spends only 0.36 % of the budget: 0.01 / (1 - \
         0.9) x 1d / 28d; raise its weight or its target, or leave the part out [weighs-too-little]\n"
    );
    // 39 ÷ 138 ÷ 0.1 ÷ 28 = 10.09 %.
    assert_eq!(told(&with("39")), "");
    let swapped = told(&with("39").replacen("{where: status = 'error'}", "{where: http_status < 500}", 1));
    assert!(
        swapped.contains(
            "spec.objectives[0].indicator.spec.ratioMetric.bad.metricSource.spec.where: bad matches"
        ),
        "{swapped}"
    );
}

#[test]
fn the_guide_has_the_rules() {
    let guide = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/guide/slo-as-code.md");
    let text = std::fs::read_to_string(guide).expect("docs/guide/slo-as-code.md is there");
    let table = markdown_table();
    assert!(text.contains(&table), "replace the table in docs/guide/slo-as-code.md by:\n{table}");
}
