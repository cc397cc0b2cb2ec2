//! SLOs of other tools: the documents that they become, what is left out, and what is wrong.

use std::fs;
use std::path::Path;

use ippo_domain::definition::import::{ImportChoices, ImportFinding, Imported, coverage, import};
use ippo_domain::definition::{SourceFile, parse};
use proptest::prelude::*;

fn file(folder: &str, name: &str) -> SourceFile {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/import").join(folder).join(name);
    SourceFile { path: name.to_owned(), text: fs::read_to_string(path).expect("readable") }
}

fn choices() -> ImportChoices {
    ImportChoices {
        data_source: "prometheus".to_owned(),
        prometheus_url: Some("http://prometheus:9090".to_owned()),
        period_minutes: 30 * 24 * 60,
        owner: String::new(),
        notify: vec![],
        service: String::new(),
    }
}

fn chosen() -> ImportChoices {
    ImportChoices {
        data_source: "eu".to_owned(),
        prometheus_url: None,
        period_minutes: 28 * 24 * 60,
        owner: "sre".to_owned(),
        notify: vec!["oncall".to_owned(), "mail".to_owned()],
        service: "shop".to_owned(),
    }
}

/// Everything that came of an import, as a person would see it.
fn told(imported: &Imported) -> String {
    let finding = |found: &ImportFinding| {
        let ImportFinding { file, line, column, field, name, reason, instead } = found;
        format!("{file}:{line}:{column} [{name}] {field}: {reason} => {instead}\n")
    };
    let slos: String = imported
        .definitions
        .iter()
        .map(|slo| format!("{}:{} {:?} {} {}\n", slo.file, slo.line, slo.from, slo.name, slo.is_written))
        .collect();
    let left_out: String = imported.left_out.iter().map(finding).collect();
    let notes: String = imported.notes.iter().map(finding).collect();
    format!(
        "{}\n# SLOs\n{slos}\n# left out\n{left_out}\n# notes\n{notes}\n# remarks\n{}\n",
        imported.documents,
        imported.remarks.join("\n")
    )
}

fn imported(name: &str, choices: &ImportChoices) -> Imported {
    let imported = import(&[file("carried", name)], choices).expect("readable");
    let written = SourceFile { path: "written.yaml".to_owned(), text: imported.documents.clone() };
    if choices.prometheus_url.is_some() {
        let definitions = parse(&[written]).expect("what is written is read");
        let names: Vec<&str> = definitions.slos.iter().map(|d| d.slo.name.as_str()).collect();
        let promised: Vec<&str> =
            imported.definitions.iter().filter(|slo| slo.is_written).map(|slo| slo.name.as_str()).collect();
        assert_eq!(names, promised);
    }
    imported
}

#[test]
fn slos_become_documents_and_the_rest_is_told() {
    for name in ["bookshop", "odd", "kubernetes", "pyrra"] {
        let imported = imported(&format!("{name}.yaml"), &choices());
        insta::assert_snapshot!(format!("{name}"), told(&imported));
    }
}

#[test]
fn what_the_files_do_not_say_is_chosen() {
    let imported = imported("pyrra.yaml", &chosen());
    for part in [
        "ippo.dev/owner: \"sre\"",
        "ippo.dev/owner: \"checkout\"",
        "ippo.dev/notify: \"oncall,mail\"",
        "service: \"shop\"",
        "metricSourceRef: eu",
    ] {
        assert!(imported.documents.contains(part), "{part}: {}", imported.documents);
    }
    assert!(!imported.documents.contains("kind: DataSource"), "it is said to be elsewhere");
    let source = "apiVersion: openslo/v1\nkind: DataSource\nmetadata: {name: eu}\nspec: {type: prometheus, connectionDetails: {url: 'http://eu'}}\n";
    let whole = format!("{source}---\n{}", imported.documents);
    let read = parse(&[SourceFile { path: String::new(), text: whole }]).expect("complete");
    let silent = read.slos.iter().find(|d| d.slo.name == "silent").expect("written");
    assert!(silent.slo.told().is_empty(), "its alerts are off");
    let sloth = import(&[file("carried", "bookshop.yaml")], &chosen()).expect("readable");
    assert!(sloth.documents.contains("duration: 28d") && !sloth.documents.contains("30d"));
}

#[test]
fn a_data_source_must_be_able_to_be_one() {
    let with = |name: &str, url: &str| {
        let (data_source, prometheus_url) = (name.to_owned(), Some(url.to_owned()));
        ImportChoices { data_source, prometheus_url, ..choices() }.check()
    };
    assert_eq!(with("eu", "https://metrics.example.org/prometheus/"), Ok(()));
    assert!(with("EU 1", "http://eu").is_err_and(|told| told.contains("is not a name")));
    assert!(with("eu", "eu:9090").is_err_and(|told| told.contains("not an http or https address")));
    assert!(with("eu", "http://a:b@eu").is_err_and(|told| told.contains("do not belong")));
}

#[test]
fn what_is_wrong_is_told_at_its_place() {
    for name in ["not-yaml", "version", "other-kinds", "sloth", "pyrra"] {
        let errors = import(&[file("wrong", &format!("{name}.yaml"))], &choices()).expect_err("wrong");
        let errors: String = errors.iter().map(|error| format!("{error}\n")).collect();
        insta::assert_snapshot!(format!("wrong-{name}"), errors);
    }
}

#[test]
fn an_import_of_all_is_that_of_each() {
    let files: Vec<SourceFile> = ["bookshop", "odd", "kubernetes", "pyrra"]
        .map(|name| file("carried", &format!("{name}.yaml")))
        .into();
    let all = import(&files, &choices()).expect("readable");
    let each: Vec<Imported> =
        files.iter().map(|file| import(std::slice::from_ref(file), &choices()).expect("readable")).collect();
    let count = |of: fn(&Imported) -> usize| each.iter().map(of).sum::<usize>();
    assert_eq!(all.definitions.len(), count(|one| one.definitions.len()));
    assert_eq!(all.left_out.len(), count(|one| one.left_out.len()));
    assert_eq!(all.notes.len(), count(|one| one.notes.len()));
    parse(&[SourceFile { path: String::new(), text: all.documents }]).expect("no name is twice");
}

#[test]
fn the_guide_publishes_the_tables_that_the_readers_follow() {
    let guide = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/guide/import.md");
    let text = fs::read_to_string(guide).expect("docs/guide/import.md is there");
    for fields in [coverage::SLOTH, coverage::PYRRA] {
        let table = coverage::markdown_table(fields);
        assert!(text.contains(&table), "replace the table in docs/guide/import.md by:\n{table}");
    }
}

#[test]
fn nothing_that_people_may_feed_it_makes_it_panic() {
    let names = ["bookshop", "odd", "kubernetes", "pyrra"];
    let text = names.map(|name| file("carried", &format!("{name}.yaml")).text).join("---\n");
    let chars: Vec<char> = text.chars().collect();
    for cut in (0..chars.len()).step_by(7) {
        let mut broken: String = chars[..cut].iter().collect();
        broken.push_str(["", "\t", "'", "\"", "[", "{", ": ", "&a *a", "\u{0}", "🦀"][cut % 10]);
        let _ = import(&[SourceFile { path: "cut.yaml".to_owned(), text: broken }], &choices());
    }
}

proptest! {
    #[test]
    fn whatever_the_texts_are_an_apply_reads_them(
        service in "[ -~あ-ん]{1,20}", name in "[ -~あ-ん]{1,80}", label in "[ -~]{1,12}", value in "[ -~あ-ん\t]{0,20}",
        description in "[ -~\nあ-ん]{0,60}", code in "[ -~]{0,8}",
    ) {
        prop_assume!(!code.contains("{{"));
        let json = |text: &str| serde_free_json(text);
        let query = |code: &str| json(&format!("sum(rate(x{{code={}}}[{{{{.window}}}}]))", json(code)));
        let text = format!(
            "version: prometheus/v1\nservice: {}\nlabels: {{{}: {}}}\nslos:\n  - name: {}\n    objective: 99.9\n    description: {}\n    \
             sli: {{events: {{error_query: {}, total_query: 'sum(rate(x[1m]))'}}}}\n",
            json(&service), json(&label), json(&value), json(&name), json(&description), query(&code),
        );
        let source = SourceFile { path: "sloth.yaml".to_owned(), text };
        let imported = import(std::slice::from_ref(&source), &choices())
            .map_err(|errors| TestCaseError::fail(format!("{errors:?}\n{}", source.text)))?;
        prop_assert!(imported.definitions[0].is_written, "{:?}\n{}", imported.left_out, source.text);
        let written = parse(&[SourceFile { path: String::new(), text: imported.documents }]).expect("read again");
        prop_assert_eq!(&written.slos[0].slo.service, &service);
        prop_assert_eq!(written.slos[0].slo.description.as_str(), description.trim());
    }
}

/// A text as JSON writes it.
fn serde_free_json(text: &str) -> String {
    let escaped = text.replace('\\', "\\\\").replace('"', "\\\"").replace('\n', "\\n").replace('\t', "\\t");
    format!("\"{escaped}\"")
}
