//! Tests of SLOs as people write them: what comes of them, and what is said of wrong ones.

use ippo_domain::definition::slo_test::{SloTest, parse_tests};
use ippo_domain::definition::{SourceFile, parse};
use ippo_domain::slo::Slo;

const SLO: &str = "\
apiVersion: openslo/v1
kind: SLO
metadata: {name: checkout}
spec:
  service: frontend
  indicator:
    metadata: {name: latency}
    spec:
      thresholdMetric:
        metricSource: {type: spans, spec: {where: service = 'frontend', value: duration_ns}}
  timeWindow: [{duration: 28d, isRolling: true}]
  budgetingMethod: Occurrences
  objectives:
    - {target: 0.999, op: lte, value: 300}
    - {displayName: bearable, target: 0.9999, op: lte, value: 1000}
";

const TEST: &str = "\
apiVersion: ippo/v1
kind: SloTest
metadata: {name: outage}
spec:
  files: [checkout.yaml]
  start: 2026-11-01T00:00:00Z
  input:
    - {for: 28d, good: 100}
    - {for: 10m, bad: 100}
    - {for: 10m, unmeasured: true}
    - {for: 1h, every: 10m, good: 1000, unknown: 1}
    - {for: 10m, silent: true}
    - {for: 20m, good: 100}
  objectives:
    - name: bearable
      input: [{for: 28d 1h 20m, good: 1}, {for: 10m, silent: true}, {for: 20m, good: 1}]
  exclusions:
    - {at: 28d 5m, for: 2m}
    - {at: 28d 7m, for: 1m, countsAs: good}
  expect:
    - {at: 28d, state: fine, attained: 100 %, budget: 100 %, coverage: 100 %, fires: [], exhaustsAt: never}
    - {at: 28d 1m, fires: [page 1h/5m], state: critical}
    # Seven of the window's 40,318 minutes failed, of which one counts as good.
    - {at: 28d 10m, budget: 82.6 %, fires: [page 1h/5m, page 6h/30m, ticket 1d/2h, ticket 3d/6h], held: []}
    - {at: 28d 16m, held: [page 1h/5m]}
    - {at: 28d 30m, fires: [page 6h/30m, ticket 1d/2h, ticket 3d/6h], suppressed: []}
    - {at: 28d 1h 25m, absence: true}
    - {at: 28d 1h 31m, absence: false}
    - {at: 2026-11-29T01:50:00Z, objective: bearable, attained: 1, budget: 1, fires: []}
";

fn slo() -> Slo {
    let file = SourceFile { path: "checkout.yaml".to_owned(), text: SLO.to_owned() };
    parse(&[file]).expect("good").slos.remove(0).slo
}

fn tests(text: &str) -> Result<Vec<SloTest>, String> {
    let file = SourceFile { path: "checkout.test.yaml".to_owned(), text: text.to_owned() };
    parse_tests(&file).map_err(|errors| errors.iter().map(|e| format!("{e}\n")).collect())
}

fn told(text: &str) -> String {
    let test = tests(text).expect("good").remove(0);
    match test.run(&slo()) {
        Err(errors) => errors.iter().map(|e| format!("{e}\n")).collect(),
        Ok(outcomes) => outcomes
            .iter()
            .map(|o| {
                let sign = if o.checked.as_expected { "ok  " } else { "NOT " };
                let (expected, actual) = (&o.checked.expected, &o.checked.actual);
                format!(
                    "{sign}{}:{} at {} {} {}: {expected}, is {actual}\n",
                    o.line, o.column, o.at, o.objective, o.field
                )
            })
            .collect(),
    }
}

#[test]
fn a_story_is_played_minute_by_minute() {
    insta::assert_snapshot!("story", told(TEST));
    assert!(!told(TEST).contains("NOT "), "{}", told(TEST));
}

#[test]
fn what_is_not_as_expected_is_told_with_what_is_the_case() {
    let wrong = TEST
        .replace(
            "state: fine, attained: 100 %, budget: 100 %",
            "state: rising, attained: 99.9 %, budget: none",
        )
        .replace("{at: 28d 1m, fires: [page 1h/5m]", "{at: 28d 1m, fires: [page 6h/30m]")
        .replace("exhaustsAt: never", "exhaustsAt: 2026-12-01T00:00:00Z")
        .replace("absence: true", "absence: false");
    let told = told(&wrong);
    insta::assert_snapshot!(
        "differences",
        told.lines().filter(|line| line.starts_with("NOT")).collect::<Vec<_>>().join("\n")
    );
}

#[test]
fn what_is_wrong_with_a_test_is_told_at_its_place() {
    let wrong = "\
apiVersion: ippo/v1
kind: SloTest
metadata: {name: wrong}
spec:
  files: []
  start: 2026-11-01T00:00:30Z
  input:
    - {for: 28, good: many}
    - {for: 1h, good: 1, unmeasured: true}
    - {for: 1h, silent: true, unmeasured: true}
    - {for: 401d, godo: 1}
  objectives: [{name: fast, input: [{for: 1h, every: 0m}]}]
  exclusions: [{at: 0m, for: 1h, countsAs: bad}]
  expect:
    - {state: fine}
---
apiVersion: ippo/v1
kind: SloTest
metadata: {name: wrong}
spec:
  files: [a.yaml]
  start: 2026-11-01T00:00:00Z
  input: [{for: 1h, good: 1}]
  exclusions: [{at: 0m, for: 1h, countsAs: bad}]
  expect:
    - {at: 2h, state: fien, attained: most, budget: 1e3, fires: page 1h/5m, absence: perhaps, exhaustsAt: soon}
    - {at: 2026-10-31T00:00:00Z, state: fine}
    - {at: 1h}
    - {at: 1h, states: fine}
---
apiVersion: ippo/v1
kind: SloTest
metadata: {name: empty}
spec: {files: [a.yaml], start: 2026-11-01T00:00:00Z, expect: }
";
    insta::assert_snapshot!("wrong", tests(wrong).expect_err("all of it is wrong"));
    let unbound = TEST
        .replace("name: bearable", "name: barable")
        .replace("fires: [page 1h/5m], state", "fires: [page 1h/6m], state");
    insta::assert_snapshot!("unbound", told(&unbound));
    let nothing = TEST.replace("objective: bearable, ", "");
    let (head, rest) = nothing.split_once("  input:").expect("has input");
    let (_, rest) = rest.split_once("  objectives:").expect("has objectives");
    assert_eq!(
        told(&format!("{head}  objectives:{rest}")),
        "checkout.test.yaml:3:18: spec.input: nothing comes in for some objective; write for example input: [{for: 28d, good: 100}]\n"
    );
}

#[test]
fn applying_a_folder_passes_over_its_tests() {
    let file = |path: &str, text: &str| SourceFile { path: path.to_owned(), text: text.to_owned() };
    let definitions = parse(&[file("checkout.yaml", SLO), file("checkout.test.yaml", TEST)]).expect("good");
    assert_eq!((definitions.slos.len(), definitions.targets.len()), (1, 0));
}

#[test]
fn nothing_that_people_may_write_makes_it_panic() {
    let chars: Vec<char> = TEST.chars().collect();
    for cut in (0..chars.len()).step_by(3) {
        let mut broken: String = chars[..cut].iter().collect();
        broken.push_str(["", "\t", "'", "[", "{", ": ", "99999999999999999999", "%", "🦀"][cut % 9]);
        if let Ok(found) = tests(&broken) {
            found.iter().for_each(|test| drop(test.run(&slo())));
        }
    }
}

/// The blocks of YAML of a section of a guide.
fn blocks(guide: &str, heading: &str) -> Vec<String> {
    let section = guide.split(heading).nth(1).expect("the section is there");
    let section = section.split("\n## ").next().expect("it ends");
    section
        .split("```yaml\n")
        .skip(1)
        .map(|rest| rest.split("```").next().expect("ends").to_owned())
        .collect()
}

#[test]
fn the_composite_slo_of_the_guide_does_what_the_guide_says() {
    for (name, heading) in [("openslo.md", "## Composite SLOs"), ("openslo.ja.md", "## 複合 SLO")] {
        let path = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/guide").join(name);
        let guide = std::fs::read_to_string(path).expect("the guide is there");
        let [definition, fixtures] = blocks(&guide, heading).try_into().expect("an SLO and its tests");
        let file = SourceFile { path: name.to_owned(), text: definition };
        let slo = parse(&[file]).expect("good").slos.remove(0).slo;
        assert!(slo.is_composite());
        let tests = tests(&fixtures).expect("good");
        assert_eq!(tests.len(), 2, "an outage of either part");
        for test in tests {
            let outcomes = test.run(&slo).expect("fits the SLO");
            let wrong: Vec<_> = outcomes.iter().filter(|outcome| !outcome.checked.as_expected).collect();
            assert!(wrong.is_empty(), "{wrong:?}");
            assert!(outcomes.len() >= 3);
        }
    }
}

#[test]
fn what_only_the_whole_or_only_a_part_has_is_refused_of_the_other() {
    let path = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/definition/good/composite.yaml");
    let text = std::fs::read_to_string(path).expect("is there");
    let slo = parse(&[SourceFile { path: "c.yaml".to_owned(), text }]).expect("good").slos.remove(0).slo;
    let of = |expect: &str| {
        let text = format!(
            "apiVersion: ippo/v1\nkind: SloTest\nmetadata: {{name: t}}\nspec:\n  files: [c.yaml]\n  start: \
             2026-11-01T00:00:00Z\n  input: [{{for: 1d, good: 10}}]\n  expect:\n    - {expect}\n"
        );
        let told = tests(&text).expect("good").remove(0).run(&slo);
        told.map(|all| all.iter().all(|o| o.checked.as_expected)).map_err(|errors| errors[0].to_string())
    };
    assert_eq!(of("{at: 1d, budget: 100 %, fires: []}"), Ok(true));
    assert_eq!(of("{at: 1d, objective: Pay, budget: 100 %, attained: 100 %}"), Ok(true));
    assert!(of("{at: 1d, attained: 100 %}").is_err_and(|e| e.contains("name one of its parts in objective")));
    assert!(of("{at: 1d, objective: Pay, fires: []}").is_err_and(|e| e.contains("leave objective out")));
    assert!(of("{at: 1d, objective: pay, budget: 1}").is_err_and(|e| e.contains("Pay")));
}
