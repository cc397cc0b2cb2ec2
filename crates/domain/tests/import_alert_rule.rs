//! Alerting rules of a Prometheus: the documents that they become, what is left out, and what is wrong.

use std::fs;
use std::path::Path;

use ippo_domain::alert::AlertSeverity;
use ippo_domain::definition::import::alert_rule::{RuleChoices, examples, import_rules};
use ippo_domain::definition::import::{ImportFinding, Imported, coverage};
use ippo_domain::definition::{SourceFile, parse};
use proptest::prelude::*;

fn file(folder: &str, name: &str) -> SourceFile {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/import").join(folder).join(name);
    SourceFile { path: name.to_owned(), text: fs::read_to_string(path).expect("readable") }
}

fn choices() -> RuleChoices {
    RuleChoices {
        owner: "sre".to_owned(),
        action: "Look at the page of the service.".to_owned(),
        notify: vec!["oncall".to_owned(), "chat".to_owned()],
        severity: None,
    }
}

/// Everything that came of an import, as a person would see it.
fn told(imported: &Imported) -> String {
    let finding = |found: &ImportFinding| {
        let ImportFinding { file, line, column, field, name, reason, instead } = found;
        format!("{file}:{line}:{column} [{name}] {field}: {reason} => {instead}\n")
    };
    let rules = imported.definitions.iter();
    let rules: String = rules
        .map(|rule| {
            format!("{}:{} {:?} {} {}\n", rule.file, rule.line, rule.from, rule.name, rule.is_written)
        })
        .collect();
    let left_out: String = imported.left_out.iter().map(finding).collect();
    let notes: String = imported.notes.iter().map(finding).collect();
    format!(
        "{}\n# rules\n{rules}\n# left out\n{left_out}\n# notes\n{notes}\n# remarks\n{}\n",
        imported.documents,
        imported.remarks.join("\n")
    )
}

fn imported(name: &str, choices: &RuleChoices) -> Imported {
    let imported = import_rules(&[file("rules", name)], choices).expect("readable");
    let written = SourceFile { path: "written.yaml".to_owned(), text: imported.documents.clone() };
    let definitions = parse(&[written]).expect("what is written is read");
    let names: Vec<&str> = definitions.alert_rules.iter().map(|d| d.rule.name.as_str()).collect();
    let promised = imported.definitions.iter().filter(|rule| rule.is_written);
    assert_eq!(names, promised.map(|rule| rule.name.as_str()).collect::<Vec<_>>());
    imported
}

#[test]
fn rules_become_documents_and_the_rest_is_told() {
    for name in ["node", "kubernetes", "shop"] {
        let imported = imported(&format!("{name}.yaml"), &choices());
        insta::assert_snapshot!(format!("rules-{name}"), told(&imported));
    }
}

#[test]
fn what_the_files_say_comes_before_what_is_chosen() {
    let chosen = RuleChoices { severity: Some(AlertSeverity::Page), ..choices() };
    let definitions =
        parse(&[SourceFile { path: String::new(), text: imported("kubernetes.yaml", &chosen).documents }]);
    let rules = definitions.expect("read again").alert_rules;
    let of = |name: &str| rules.iter().find(|d| d.rule.name == name).map(|d| &d.rule).expect("written");
    let not_ready = of("node-not-ready");
    assert_eq!((not_ready.severity, not_ready.owner.as_str()), (AlertSeverity::Page, "platform"));
    assert_eq!(of("kube-pod-oom-killed").severity, AlertSeverity::Ticket, "its label says so");
    assert_eq!(of("kube-pod-restarts").owner, "sre", "a template names nobody");
    assert_eq!(not_ready.action, choices().action);
}

#[test]
fn a_rule_of_which_nobody_knows_who_acts_or_what_to_do_is_refused_with_its_name() {
    let nothing = RuleChoices { notify: vec!["oncall".to_owned()], ..RuleChoices::default() };
    let refused = import_rules(&[file("rules-wrong", "unmanned.yaml")], &nothing).expect_err("refused");
    let refused: String = refused.iter().map(|error| format!("{error}\n")).collect();
    insta::assert_snapshot!("rules-wrong-unmanned", refused);
    let imported = import_rules(&[file("rules-wrong", "unmanned.yaml")], &choices()).expect("chosen");
    assert_eq!(imported.definitions.iter().filter(|rule| rule.is_written).count(), 3);
}

#[test]
fn what_is_wrong_is_told_at_its_place() {
    for name in ["shapes", "not-yaml"] {
        let errors = import_rules(&[file("rules-wrong", &format!("{name}.yaml"))], &choices());
        let errors: String = errors.expect_err("wrong").iter().map(|error| format!("{error}\n")).collect();
        insta::assert_snapshot!(format!("rules-wrong-{name}"), errors);
    }
}

#[test]
fn rules_of_one_name_get_numbers_across_files() {
    let twice = [file("rules", "node.yaml"), file("rules", "node.yaml")];
    let imported = import_rules(&twice, &choices()).expect("readable");
    let names: Vec<&str> =
        imported.definitions.iter().filter(|rule| rule.is_written).map(|rule| rule.name.as_str()).collect();
    assert!(names.contains(&"host-down") && names.contains(&"host-down-2"), "{names:?}");
    parse(&[SourceFile { path: String::new(), text: imported.documents }]).expect("no name is twice");
}

#[test]
fn the_guide_publishes_the_tables_that_the_import_follows() {
    let guides = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/guide");
    let text = fs::read_to_string(guides.join("import-alerts.md")).expect("the guide is there");
    for table in [coverage::markdown_table(coverage::RULES), examples::markdown_table()] {
        assert!(text.contains(&table), "replace the table in docs/guide/import-alerts.md by:\n{table}");
    }
    let japanese = fs::read_to_string(guides.join("import-alerts.ja.md")).expect("in Japanese, too");
    for expression in examples::EXPRESSIONS {
        let row = format!("| `{}` | ", expression.replace('|', "\\|"));
        let english = examples::markdown_table();
        let becomes = english.lines().find(|line| line.starts_with(&row)).expect("in the table");
        if becomes.contains("**left out**") {
            assert!(japanese.contains(&format!("{row}**対象外**: ")), "in import-alerts.ja.md:\n{row}");
        } else {
            assert!(japanese.contains(becomes), "in import-alerts.ja.md:\n{becomes}");
        }
    }
}

#[test]
fn nothing_that_people_may_feed_it_makes_it_panic() {
    let names = ["node", "kubernetes", "shop"];
    let text = names.map(|name| file("rules", &format!("{name}.yaml")).text).join("---\n");
    let chars: Vec<char> = text.chars().collect();
    for cut in (0..chars.len()).step_by(7) {
        let mut broken: String = chars[..cut].iter().collect();
        broken.push_str(["", "\t", "'", "\"", "[", "{", ": ", "&a *a", "\u{0}", "🦀"][cut % 10]);
        let _ = import_rules(&[SourceFile { path: "cut.yaml".to_owned(), text: broken }], &choices());
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]
    #[test]
    fn whatever_the_texts_are_an_apply_reads_them(
        group in "[ -~あ-ん]{1,20}", alert in "[ -~あ-ん]{1,80}", summary in "[ -~あ-ん\t]{0,40}",
        description in "[ -~\nあ-ん]{0,60}", value in "[ -~あ-ん]{0,12}", limit in -1e9f64..1e9,
    ) {
        prop_assume!(![&summary, &description, &value].into_iter().any(|text| text.contains("{{")));
        let json = |text: &str| serde_free_json(text);
        let expression = format!("max by (region) (queue_depth{{queue={}}}) > {limit}", json(&value));
        let text = format!(
            "groups:\n  - name: {}\n    rules:\n      - alert: {}\n        expr: {}\n        labels: {{severity: page}}\n        annotations: \
             {{summary: {}, description: {}}}\n",
            json(&group), json(&alert), json(&expression), json(&summary), json(&description),
        );
        let source = SourceFile { path: "rules.yaml".to_owned(), text };
        let imported = import_rules(std::slice::from_ref(&source), &choices())
            .map_err(|errors| TestCaseError::fail(format!("{errors:?}\n{}", source.text)))?;
        prop_assert!(imported.definitions[0].is_written, "{:?}\n{}", imported.left_out, source.text);
        let written = parse(&[SourceFile { path: String::new(), text: imported.documents }]).expect("read again");
        let rule = &written.alert_rules[0].rule;
        let expected = if summary.trim().is_empty() { &alert } else { summary.trim() };
        prop_assert_eq!(rule.display_name.as_str(), expected);
        prop_assert_eq!(rule.description.as_str(), description.trim());
    }
}

/// A text as JSON writes it.
fn serde_free_json(text: &str) -> String {
    let escaped = text.replace('\\', "\\\\").replace('"', "\\\"").replace('\n', "\\n").replace('\t', "\\t");
    format!("\"{escaped}\"")
}
