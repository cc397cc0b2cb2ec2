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

const RESTING: &str = "\
---
apiVersion: ippo/v1
kind: Journey
metadata: {name: buy}
spec:
  owner: team-shop
  harm: an order is lost
  slos: [checkout]
  agreedBy: [hanako]
  reviewOn: 2027-04-01
---
apiVersion: ippo/v1
kind: SLA
metadata: {name: plan}
spec:
  owner: team-shop
  customers: everyone
  slo: checkout
  targetPercent: 99.9
";

#[test]
fn what_rests_on_slos_is_looked_at_too() {
    let text = format!("{BLAMELESS}{RESTING}");
    assert_eq!(told(&text), "");
    for (from, to, said) in [
        (
            "  owner: team-shop\n  harm",
            "  harm",
            "30:18: spec.owner: nobody answers for it; name a team or a person [no-owner]",
        ),
        (
            "  agreedBy: [hanako]\n",
            "",
            "30:18: spec.agreedBy: nobody agreed to it; name those who did, from the business as well, and the day in agreedOn \
             [nobody-agreed]",
        ),
        (
            "  reviewOn: 2027-04-01\n",
            "",
            "30:18: spec.reviewOn: nobody looks at it again; name a day, such as 2027-04-01 [no-review]",
        ),
        (
            "reviewOn: 2027-04-01",
            "reviewOn: 2026-11-23",
            "36:3: spec.reviewOn: its review was due on 2026-11-23, and today is 2026-11-24; ask those who agreed whether it still \
             holds, then name the next day [review-is-past]",
        ),
        (
            "slos: [checkout]",
            "slos: [other]",
            "34:10: spec.slos[0]: the SLO \"other\" is in none of these files; unless the server has it, ippo apply will refuse this \
             [slo-elsewhere]",
        ),
        (
            "targetPercent: 99.9\n",
            "targetPercent: 99.95\n",
            "45:3: spec.targetPercent: the SLA promises 0.9995, which is stricter than the 0.999 of its SLO: of a million events it \
             allows 500 to be bad, and the SLO 1,000, so that it breaks while the SLO is still kept; promise less outward than \
             inward, or raise the SLO [stricter-than-slo]",
        ),
        (
            "spec:\n  owner: team-shop\n  customers",
            "spec:\n  customers",
            "40:18: spec.owner: nobody answers for it; name a team or a person [no-owner]",
        ),
    ] {
        assert!(text.contains(from), "{from}");
        assert_eq!(told(&text.replace(from, to)), format!("slo.yaml:{said}\n"), "{from} -> {to}");
    }
}

#[test]
fn the_guide_has_the_rules() {
    let guide = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/guide/slo-as-code.md");
    let text = std::fs::read_to_string(guide).expect("docs/guide/slo-as-code.md is there");
    let table = markdown_table();
    assert!(text.contains(&table), "replace the table in docs/guide/slo-as-code.md by:\n{table}");
}
