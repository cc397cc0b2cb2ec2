//! Definitions as people write them: good files and what they mean, bad files and what is said of them.

use std::fs;
use std::path::Path;

use ippo_domain::definition::{
    ALERT_RULES, Current, Definitions, ExpressionRole, Missing, Plan, SourceFile, coverage, parse,
    parse_alert_rule, parse_budget_policy, parse_journey, parse_sla, parse_slo, parse_target, plan,
};

fn files(folder: &str) -> Vec<SourceFile> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/definition").join(folder);
    let mut files: Vec<SourceFile> = fs::read_dir(folder)
        .expect("the folder is there")
        .map(|entry| {
            let entry = entry.expect("readable");
            let text = fs::read_to_string(entry.path()).expect("readable");
            SourceFile { path: entry.file_name().into_string().expect("a plain name"), text }
        })
        .collect();
    files.sort_by(|a, b| a.path.cmp(&b.path));
    files
}

fn good() -> Definitions {
    parse(&files("good")).expect("good files")
}

fn errors(files: &[SourceFile]) -> String {
    let errors = parse(files).expect_err("bad files");
    errors.iter().map(|e| format!("{e}\n")).collect()
}

#[test]
fn good_files_say_what_they_mean() {
    let definitions = good();
    insta::assert_debug_snapshot!("slos", definitions.slos.iter().map(|d| &d.slo).collect::<Vec<_>>());
    insta::assert_debug_snapshot!(
        "targets",
        definitions.targets.iter().map(|t| (&t.name, &t.channel)).collect::<Vec<_>>()
    );
    let policies: Vec<_> = definitions.budget_policies.iter().map(|d| &d.policy).collect();
    insta::assert_debug_snapshot!("budget-policies", policies);
    for definition in &definitions.budget_policies {
        assert_eq!(parse_budget_policy(&definition.document).expect("its own text"), definition.policy);
    }
    let rules: Vec<_> = definitions.alert_rules.iter().map(|d| &d.rule).collect();
    insta::assert_debug_snapshot!("alert-rules", rules);
    for definition in &definitions.alert_rules {
        assert_eq!(parse_alert_rule(&definition.document).expect("its own text"), definition.rule);
    }
    insta::assert_debug_snapshot!(
        "journeys",
        definitions.journeys.iter().map(|d| &d.journey).collect::<Vec<_>>()
    );
    insta::assert_debug_snapshot!("slas", definitions.slas.iter().map(|d| &d.sla).collect::<Vec<_>>());
    for definition in &definitions.journeys {
        assert_eq!(parse_journey(&definition.document).expect("its own text"), definition.journey);
    }
    for definition in &definitions.slas {
        assert_eq!(parse_sla(&definition.document).expect("its own text"), definition.sla);
    }
    insta::assert_debug_snapshot!("warnings", definitions.warnings);
}

#[test]
fn bad_files_are_told_with_their_places() {
    for file in files("bad") {
        let name = file.path.trim_end_matches(".yaml").to_owned();
        insta::assert_snapshot!(format!("bad-{name}"), errors(&[file]));
    }
}

#[test]
fn a_name_that_two_files_define_is_told_with_both_places() {
    let file = |path: &str| SourceFile {
        path: path.to_owned(),
        text: "apiVersion: openslo/v1\nkind: Service\nmetadata:\n  name: frontend\n".to_owned(),
    };
    assert_eq!(
        errors(&[file("a.yaml"), file("b.yaml")]),
        "b.yaml:4:9: metadata.name: Service \"frontend\" is defined twice, first in a.yaml:4:9; rename or remove one\n"
    );
}

#[test]
fn what_is_stored_is_read_again_to_the_same() {
    let definitions = good();
    for definition in &definitions.slos {
        assert_eq!(parse_slo(&definition.document).as_ref(), Ok(&definition.slo));
    }
    for target in &definitions.targets {
        assert_eq!(parse_target(&target.document).as_ref(), Ok(target));
    }
    assert!(parse_slo("").is_err());
}

#[test]
fn a_fault_inside_an_expression_has_its_place_in_the_file() {
    let definitions = good();
    let checkout = &definitions.slos[0];
    let total = checkout.expressions.iter().find(|e| e.role == ExpressionRole::Total).expect("has a total");
    let offset = total.scalar.text().find("route").expect("names the route");
    let error = total.error_at(offset, "unknown column");
    assert_eq!(
        error.to_string(),
        "checkout.yaml:47:17: spec.ratioMetric.total.metricSource.spec.where: unknown column"
    );
}

fn current(definitions: &Definitions) -> Current {
    Current {
        slos: definitions.slos.iter().map(|d| (d.slo.clone(), d.document.clone())).collect(),
        targets: definitions.targets.clone(),
        budget_policies: definitions
            .budget_policies
            .iter()
            .map(|d| (d.policy.clone(), d.document.clone()))
            .collect(),
        alert_rules: definitions.alert_rules.iter().map(|d| (d.rule.clone(), d.document.clone())).collect(),
        journeys: definitions.journeys.iter().map(|d| (d.journey.clone(), d.document.clone())).collect(),
        slas: definitions.slas.iter().map(|d| (d.sla.clone(), d.document.clone())).collect(),
    }
}

fn told(plan: &Plan) -> String {
    let mut text = String::new();
    for step in &plan.steps {
        text.push_str(&format!("{} {} {}\n", step.action.name(), step.kind.name(), step.name));
        for change in &step.changes {
            text.push_str(&format!("  {}: {:?} -> {:?}\n", change.field, change.before, change.after));
        }
        for consequence in &step.consequences {
            text.push_str(&format!("  = {consequence}\n"));
        }
    }
    text + &plan.warnings.join("\n")
}

#[test]
fn applying_the_same_files_again_changes_nothing() {
    let definitions = good();
    let first = plan(&Current::default(), &definitions, Missing::Keep).expect("nothing is wrong");
    assert!(first.steps.iter().all(|s| s.action.name() == "create"));
    let again = plan(&current(&definitions), &definitions, Missing::Prune).expect("nothing is wrong");
    assert!(again.steps.iter().all(|s| s.action.name() == "unchanged"));
}

#[test]
fn alert_rules_are_bounded_and_those_that_stay_count() {
    let rules = |names: std::ops::Range<usize>| {
        let target = "apiVersion: ippo/v1\nkind: NotificationTarget\nmetadata: {name: pager}\nspec: {type: email, to: [a@b.example]}\n";
        let rule = |n: usize| {
            format!(
                "---\napiVersion: ippo/v1\nkind: AlertRule\nmetadata: {{name: r{n}}}\nspec: {{owner: a, notify: [pager], severity: page, action: look, text: {{contains: x}}}}\n"
            )
        };
        let text = target.to_owned() + &names.map(rule).collect::<String>();
        parse(&[SourceFile { path: "rules.yaml".to_owned(), text }]).expect("good")
    };
    let all = rules(0..ALERT_RULES);
    let first = plan(&Current::default(), &all, Missing::Keep).expect("as many as there may be");
    assert_eq!(first.steps.len(), ALERT_RULES + 1);
    let errors =
        plan(&current(&all), &rules(ALERT_RULES..ALERT_RULES + 1), Missing::Keep).expect_err("one more");
    assert!(errors[0].message.contains("at most 200 alert rules"), "{errors:?}");
    assert!(plan(&current(&all), &rules(ALERT_RULES..ALERT_RULES + 1), Missing::Prune).is_ok());
}

#[test]
fn a_plan_tells_each_field_that_changes() {
    let before = good();
    let edited: Vec<SourceFile> = files("good")
        .into_iter()
        .filter(|f| f.path != "logs.yaml")
        .map(|f| SourceFile {
            text: f
                .text
                .replace("target: 0.999", "target: 0.99")
                .replace("value: 300", "value: 250")
                .replace("https://pager.example.org/hook", "https://pager.example.org/other")
                .replace("夜勤@", "night@")
                .replace("env: SLACK_URL", "env: SLACK_URL # the shop's"),
            path: f.path,
        })
        .collect();
    let after = parse(&edited).expect("still good");
    insta::assert_snapshot!(
        "plan-keep",
        told(&plan(&current(&before), &after, Missing::Keep).expect("fine"))
    );
    insta::assert_snapshot!(
        "plan-prune",
        told(&plan(&current(&before), &after, Missing::Prune).expect("fine"))
    );
}

/// What a plan tells of an edit of `composite.yaml`.
fn edited(from: &str, to: &str) -> Vec<String> {
    let file = files("good").into_iter().find(|file| file.path == "composite.yaml").expect("is there");
    let target = SourceFile {
        path: "targets.yaml".to_owned(),
        text: "apiVersion: ippo/v1\nkind: NotificationTarget\nmetadata: {name: oncall}\nspec: {type: webhook, url: https://x.example/y}\n"
            .to_owned(),
    };
    let text = file.text.replacen(from, to, 1);
    assert_ne!(text, file.text);
    let parsed = |text: String| {
        let file = SourceFile { path: file.path.clone(), text };
        parse(&[file, target.clone()]).expect("good")
    };
    let plan = plan(&current(&parsed(file.text.clone())), &parsed(text), Missing::Keep).expect("fine");
    let lines = told(&plan);
    lines.lines().filter(|line| line.starts_with("  ")).map(|line| line.trim_start().to_owned()).collect()
}

#[test]
fn a_weight_and_a_target_keep_all_history_and_an_sli_costs_that_of_its_own_part() {
    assert_eq!(
        edited("compositeWeight: 3", "compositeWeight: 1"),
        [
            "objectives[0].compositeWeight: Some(\"3\") -> Some(\"1\")",
            "= the history is kept, and judged anew",
            "= the budget is shared by Pay 50 %, search-quick 50 %; so far by Pay 75 %, search-quick 25 %",
        ]
    );
    let target = edited("target: 0.999", "target: 0.9995");
    assert!(target.contains(&"= the history is kept, and judged anew".to_owned()), "{target:?}");
    assert_eq!(
        edited("service = 'payment' AND", "service = 'pay' AND"),
        [
            "objectives[0].total: Some(\"service = 'payment' AND kind = 'server'\") -> Some(\"service = 'pay' AND kind = 'server'\")",
            "= counts of objectives[0] (Pay) are filled again from stored telemetry; of time that is no longer stored nothing is known",
            "= the history of objectives[1] (search-quick) is kept",
        ]
    );
    assert!(
        edited("value: duration_ns / 1000000", "value: duration_ns / 1000")
            .contains(&"= the history of objectives[0] (Pay) is kept".to_owned())
    );
}

#[test]
fn whom_to_tell_must_be_defined_here_or_stored() {
    let stored = current(&good());
    let slos: Vec<SourceFile> = files("good").into_iter().filter(|f| f.path != "targets.yaml").collect();
    let without = parse(&slos).expect("good files");
    assert!(plan(&stored, &without, Missing::Keep).is_ok());
    let told = |stored: &Current, missing| -> Vec<String> {
        plan(stored, &without, missing).expect_err("nobody to tell").iter().map(ToString::to_string).collect()
    };
    let pruned = told(&stored, Missing::Prune);
    assert!(pruned[0].starts_with("checkout.yaml:11:22: metadata.annotations.ippo.dev/notify: the notification target \"oncall\" would be pruned"), "{pruned:?}");
    let unknown = told(&Current::default(), Missing::Keep);
    assert!(unknown[1].contains("there is no notification target \"mail\""), "{unknown:?}");
}

/// `good/journeys.yaml` with an edit, planned beside the SLOs of the other good files.
fn resting(from: &str, to: &str, missing: Missing) -> Result<Plan, String> {
    let stored = current(&good());
    let file = files("good").into_iter().find(|file| file.path == "journeys.yaml").expect("is there");
    let text = file.text.replacen(from, to, 1);
    assert!(from == to || text != file.text, "{from} is there");
    let desired = parse(&[SourceFile { text, ..file }]).expect("good");
    let told = |errors: Vec<ippo_domain::definition::DefinitionError>| {
        errors.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n")
    };
    plan(&stored, &desired, missing).map_err(told)
}

#[test]
fn what_rests_on_an_slo_needs_it() {
    let same = resting("", "", Missing::Keep).expect("its SLOs are stored");
    assert!(same.steps.iter().all(|step| step.action.name() == "unchanged"), "{same:?}");
    let unknown = resting("slos: [checkout,", "slos: [chekout,", Missing::Keep).expect_err("no such SLO");
    assert_eq!(
        unknown,
        "journeys.yaml:13:10: spec.slos[0]: unknown SLO \"chekout\"; did you mean \"checkout\"?"
    );
    let pruned = resting("", "", Missing::Prune).expect_err("its SLOs would go");
    assert!(pruned.contains("spec.slos[0]: the SLO \"checkout\" would be pruned"), "{pruned}");
    let objective =
        resting("objective: promised", "objective: quick", Missing::Keep).expect_err("no such objective");
    assert_eq!(
        objective,
        "journeys.yaml:43:3: spec.objective: the SLO checkout has no objective \"quick\"; there are promised, hoped for"
    );
}

#[test]
fn an_agreement_that_is_stricter_than_its_slo_is_told_with_the_arithmetic() {
    let told = resting("", "", Missing::Keep).expect("it is allowed").warnings;
    let told: Vec<&String> = told.iter().filter(|warning| warning.starts_with("SLA ")).collect();
    assert_eq!(
        told,
        [
            "SLA stricter: the SLA promises 0.995, which is stricter than the 0.99 of its SLO: of a million events it allows 5,000 to \
          be bad, and the SLO 10,000, so that it breaks while the SLO is still kept; promise less outward than inward, or raise \
          the SLO"
        ]
    );
    assert!(
        !resting("target: 0.995", "target: 0.99", Missing::Keep)
            .expect("fine")
            .warnings
            .iter()
            .any(|w| w.contains("SLA "))
    );
}

#[test]
fn two_slos_do_not_know_one_data_source_by_two_addresses() {
    let prometheus = |name: &str, port: u16| {
        let text = format!(
            "apiVersion: openslo/v1\nkind: DataSource\nmetadata: {{name: eu}}\nspec: {{type: prometheus, connectionDetails: \
             {{url: 'http://prometheus:{port}'}}}}\n---\napiVersion: openslo/v1\nkind: SLO\nmetadata: {{name: {name}}}\nspec:\n  \
             service: x\n  indicator:\n    metadata: {{name: x}}\n    spec: {{thresholdMetric: {{metricSource: \
             {{metricSourceRef: eu, spec: {{query: up}}}}}}}}\n  timeWindow: [{{duration: 28d, isRolling: true}}]\n  \
             budgetingMethod: Occurrences\n  objectives: [{{target: 0.9, op: gte, value: 1}}]\n"
        );
        parse(&[SourceFile { path: format!("{name}.yaml"), text }]).expect("good")
    };
    let (old, moved) = (prometheus("old", 9090), prometheus("new", 9091));
    let stored = |d: &Definitions| d.slos.iter().map(|d| (d.slo.clone(), d.document.clone())).collect();
    let current = Current { slos: stored(&old), ..Current::default() };
    let errors = plan(&current, &moved, Missing::Keep).expect_err("both would write the same series");
    assert!(
        errors[0].to_string().contains("reads the DataSource \"eu\" as eu (http://prometheus:9090)"),
        "{errors:?}"
    );
    assert!(plan(&current, &moved, Missing::Prune).is_ok(), "the old one goes");
    assert!(plan(&current, &prometheus("new", 9090), Missing::Keep).is_ok());
    let both =
        Definitions { slos: [prometheus("old", 9091).slos, moved.slos].concat(), ..Definitions::default() };
    assert!(plan(&current, &both, Missing::Keep).is_ok(), "both move together");
}

#[test]
fn the_guide_publishes_the_table_that_the_reader_follows() {
    let guide = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/guide/openslo.md");
    let text = fs::read_to_string(guide).expect("docs/guide/openslo.md is there");
    let table = coverage::markdown_table();
    assert!(text.contains(&table), "replace the table in docs/guide/openslo.md by:\n{table}");
}

#[test]
fn nothing_that_people_may_feed_it_makes_it_panic() {
    let mut text = files("good").into_iter().map(|f| f.text).collect::<Vec<_>>().join("---\n");
    text.push_str(&files("bad").into_iter().map(|f| f.text).collect::<Vec<_>>().join("---\n"));
    let chars: Vec<char> = text.chars().collect();
    for cut in (0..chars.len()).step_by(7) {
        let mut broken: String = chars[..cut].iter().collect();
        broken.push_str(["", "\t", "'", "\"", "[", "{", ": ", "&a *a", "\u{0}", "🦀"][cut % 10]);
        let _ = parse(&[SourceFile { path: "cut.yaml".to_owned(), text: broken }]);
    }
}
