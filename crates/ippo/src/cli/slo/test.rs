//! `ippo slo test`: plays fixtures through SLOs, by the functions that judge real telemetry, and says what is not as expected.
//! Asks no server.

mod junit;

use std::path::{Path, PathBuf};

use clap::Args;
use ippo_domain::definition::slo_test::{Outcome, SloTest, parse_tests};
use ippo_domain::definition::{DefinitionError, Definitions, SourceFile};
use ippo_domain::slo::Slo;
use serde::Serialize;

use super::super::apply::read_files;
use super::super::{Answer, Failure, Output, print, print_json};

const EXAMPLES: &str = "\
A fixture names definition files, what comes in, and what is then expected:

  apiVersion: ippo/v1
  kind: SloTest
  metadata: {name: an-outage-pages}
  spec:
    files: [checkout.yaml]              # relative to this file
    start: 2026-11-01T00:00:00Z
    input:
      - {for: 28d, good: 100}           # events in each minute
      - {for: 10m, bad: 100}
    expect:
      - {at: 28d, state: fine, fires: []}
      - {at: 28d 3m, fires: [page 1h/5m, page 6h/30m], state: critical}
      - {at: 28d 10m, budget: 75.1 %}

Examples:
  ippo slo test -f slo/                       every fixture in a folder
  ippo slo test -f slo/ --junit report.xml    for CI

docs/guide/slo-as-code.md has every field.
Exit codes: 0 all is as expected, 1 something is not, 2 a fixture or a definition is wrong.";

/// Plays fixtures of kind SloTest: which alerts fire when, and what is left of the budget. Needs no server.
#[derive(Args, Debug)]
#[command(after_help = EXAMPLES)]
pub(super) struct TestArgs {
    /// A fixture, a folder (its .yaml and .yml files, and those below it), or - for standard input. May be repeated.
    #[arg(short = 'f', long = "file", value_name = "PATH", required = true)]
    files: Vec<PathBuf>,
    /// Write a report in JUnit's XML there, too.
    #[arg(long, value_name = "PATH")]
    junit: Option<PathBuf>,
}

/// What came of the tests.
#[derive(Serialize)]
struct Report {
    errors: Vec<Wrong>,
    tests: Vec<Tested>,
}

/// What is wrong with a fixture or with a definition that it names.
#[derive(Serialize)]
struct Wrong {
    file: String,
    line: u32,
    column: u32,
    field: String,
    message: String,
}

/// A test that was played.
#[derive(Serialize)]
struct Tested {
    name: String,
    file: String,
    slo: String,
    as_expected: bool,
    expectations: Vec<Expectation>,
}

/// One expectation, and what came of it.
#[derive(Serialize)]
struct Expectation {
    at: String,
    objective: String,
    field: &'static str,
    line: u32,
    column: u32,
    as_expected: bool,
    expected: String,
    actual: String,
}

/// Runs the command.
///
/// # Errors
/// When a file cannot be read or written, or there is no test.
pub(super) fn run(args: &TestArgs, output: Output) -> Result<Answer, Failure> {
    let files = read_files(&args.files).map_err(Failure::bad_input)?;
    let report = play(files.into_iter().map(|file| SourceFile { path: file.path, text: file.text }));
    if report.errors.is_empty() && report.tests.is_empty() {
        return Err(Failure::bad_input(
            "these files have no document of {apiVersion: ippo/v1, kind: SloTest}; ippo slo test --help shows one",
        ));
    }
    if let Some(path) = &args.junit {
        let wrong = |e| Failure::bad_input(format!("cannot write {}: {e}", path.display()));
        std::fs::write(path, junit::xml(&report)).map_err(wrong)?;
    }
    match output {
        Output::Json => print_json(&report)?,
        Output::Text => print(&text(&report))?,
    }
    Ok(match &report {
        report if !report.errors.is_empty() => Answer::BadInput,
        report if report.tests.iter().all(|test| test.as_expected) => Answer::Yes,
        _ => Answer::No,
    })
}

fn play(files: impl Iterator<Item = SourceFile>) -> Report {
    let mut report = Report { errors: vec![], tests: vec![] };
    for file in files {
        let tests = match parse_tests(&file) {
            Ok(tests) => tests,
            Err(errors) => {
                report.errors.extend(errors.into_iter().map(wrong));
                continue;
            }
        };
        for test in tests {
            match play_one(&test) {
                Ok(tested) => report.tests.push(tested),
                Err(errors) => report.errors.extend(errors.into_iter().map(wrong)),
            }
        }
    }
    report
}

fn wrong(error: DefinitionError) -> Wrong {
    let DefinitionError { file, line, column, field, message } = error;
    Wrong { file, line, column, field, message }
}

fn play_one(test: &SloTest) -> Result<Tested, Vec<DefinitionError>> {
    let definitions = definitions(test)?;
    let slo = slo_of(test, &definitions).map_err(|error| vec![error])?;
    let expectations: Vec<Expectation> = test.run(slo)?.into_iter().map(expectation).collect();
    Ok(Tested {
        name: test.name.clone(),
        file: test.file.clone(),
        slo: slo.name.clone(),
        as_expected: expectations.iter().all(|each| each.as_expected),
        expectations,
    })
}

fn expectation(outcome: Outcome) -> Expectation {
    let Outcome { at, objective, field, line, column, checked } = outcome;
    let (as_expected, expected, actual) = (checked.as_expected, checked.expected, checked.actual);
    Expectation { at, objective, field, line, column, as_expected, expected, actual }
}

/// The definitions that a test is about, read as an apply reads them.
fn definitions(test: &SloTest) -> Result<Definitions, Vec<DefinitionError>> {
    let folder = Path::new(&test.file).parent().unwrap_or(Path::new(""));
    let mut files: Vec<SourceFile> = Vec::new();
    for named in &test.files {
        let read = read_files(&[folder.join(&named.value)]);
        let read = read.map_err(|e| vec![test.error(named, format!("{e:#}"))])?;
        let unread = read.into_iter().filter(|file| !files.iter().any(|known| known.path == file.path));
        let unread: Vec<SourceFile> =
            unread.map(|file| SourceFile { path: file.path, text: file.text }).collect();
        files.extend(unread);
    }
    ippo_engine::definition::read(&files)
}

fn slo_of<'a>(test: &SloTest, definitions: &'a Definitions) -> Result<&'a Slo, DefinitionError> {
    let names: Vec<&str> = definitions.slos.iter().map(|definition| definition.slo.name.as_str()).collect();
    match (&test.slo, definitions.slos.as_slice()) {
        (None, [only]) => Ok(&only.slo),
        (None, _) => {
            let place = test.files.first().expect("a test names a file");
            let message = match names.as_slice() {
                [] => "these files define no SLO".to_owned(),
                names => format!("these files define {}; say which in spec.slo", names.join(", ")),
            };
            Err(test.error(place, message))
        }
        (Some(wanted), all) => {
            let found = all.iter().find(|definition| definition.slo.name == wanted.value);
            found.map(|definition| &definition.slo).ok_or_else(|| {
                test.error(
                    wanted,
                    format!("the files define no SLO {:?}; they define {}", wanted.value, names.join(", ")),
                )
            })
        }
    }
}

fn text(report: &Report) -> String {
    let mut text = String::new();
    for Wrong { file, line, column, field, message } in &report.errors {
        let field = if field.is_empty() { String::new() } else { format!("{field}: ") };
        text.push_str(&format!("{file}:{line}:{column}: {field}{message}\n"));
    }
    for test in &report.tests {
        let all = test.expectations.len();
        let failed = test.expectations.iter().filter(|each| !each.as_expected).count();
        text.push_str(&match failed {
            0 => format!("ok      {} of {}: {all} as expected\n", test.name, test.file),
            _ => format!("FAILED  {} of {}: {failed} of {all} not as expected\n", test.name, test.file),
        });
        for each in test.expectations.iter().filter(|each| !each.as_expected) {
            text.push_str(&format!(
                "  {}:{}:{}: {}\n    expected {}\n    actual   {}\n",
                test.file,
                each.line,
                each.column,
                each.what(),
                each.expected,
                each.actual
            ));
        }
    }
    let failed = report.tests.iter().filter(|test| !test.as_expected).count();
    text.push_str(&match (report.errors.len(), failed, report.tests.len()) {
        (0, 0, 1) => "1 test, as expected.\n".to_owned(),
        (0, 0, all) => format!("{all} tests, all as expected.\n"),
        (0, failed, all) => format!("{failed} of {all} tests failed.\n"),
        (1, ..) => "1 error: what it is about was not played.\n".to_owned(),
        (errors, ..) => format!("{errors} errors: what they are about was not played.\n"),
    });
    text
}

impl Expectation {
    /// When, of which objective, and what.
    fn what(&self) -> String {
        match self.objective.as_str() {
            "" => format!("at {}: {}", self.at, self.field),
            objective => format!("at {}: {} of {objective}", self.at, self.field),
        }
    }
}
