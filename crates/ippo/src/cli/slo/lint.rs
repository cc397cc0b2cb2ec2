//! `ippo slo lint`: what is wrong in definition files, by the very functions that `ippo apply` reads them with, and what a
//! reviewer would say of them. Asks no server.

use std::path::PathBuf;

use clap::Args;
use ippo_base::{Clock as _, SystemClock};
use ippo_domain::definition::lint::{Finding, Rule, lint};
use ippo_domain::definition::{DefinitionError, Kind, SourceFile};
use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use serde::Serialize;

use super::super::apply::read_files;
use super::super::{Answer, Failure, Output, print, print_json};

/// What is denied with a word instead of a rule's name.
const ALL_WARNINGS: &str = "warnings";

const EXAMPLES: &str = "\
Examples:
  ippo slo lint -f slo/                              what is wrong, and what is worth a word
  ippo slo lint -f slo/ --deny warnings              in CI: a warning fails the build
  ippo slo lint -f slo/ --deny warnings --allow no-runbook
  ippo slo lint -f slo/ --output json | jq '.warnings[].rule'

Rules are listed in docs/guide/slo-as-code.md.
Exit codes: 0 nothing is denied, 1 a warning is denied, 2 the definitions are wrong or cannot be read.";

/// Says what is wrong and what is unwise in definition files, without a server.
#[derive(Args, Debug)]
#[command(after_help = EXAMPLES)]
pub(super) struct LintArgs {
    /// A file, a folder (its .yaml and .yml files, and those below it), or - for standard input. May be repeated.
    #[arg(short = 'f', long = "file", value_name = "PATH", required = true)]
    files: Vec<PathBuf>,
    /// Exit with 1 for this: `warnings`, or the name of a rule. May be repeated.
    #[arg(long, value_name = "RULE", value_parser = denied)]
    deny: Vec<String>,
    /// Say nothing of this rule. May be repeated.
    #[arg(long, value_name = "RULE", value_parser = rule)]
    allow: Vec<Rule>,
}

fn rule(name: &str) -> Result<Rule, String> {
    Rule::ALL.into_iter().find(|rule| rule.name() == name).ok_or_else(|| {
        let known = Rule::ALL.map(Rule::name);
        match ippo_base::meant(name, known).first() {
            Some(meant) => format!("there is no rule {name}; did you mean {meant}?"),
            None => format!("there is no rule {name}; known are {}", known.join(", ")),
        }
    })
}

fn denied(name: &str) -> Result<String, String> {
    if name == ALL_WARNINGS { Ok(name.to_owned()) } else { rule(name).map(|rule| rule.name().to_owned()) }
}

/// What was found.
#[derive(Serialize)]
struct Found {
    errors: Vec<Told>,
    warnings: Vec<Told>,
}

/// Something at a place in a file.
#[derive(Serialize)]
struct Told {
    /// Of a warning.
    #[serde(skip_serializing_if = "Option::is_none")]
    rule: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    slo: Option<String>,
    /// What it is about: `SLO`, `Journey` or `SLA`; of a warning.
    #[serde(skip_serializing_if = "Option::is_none")]
    kind: Option<&'static str>,
    /// Its name; of a warning.
    #[serde(skip_serializing_if = "Option::is_none")]
    name: Option<String>,
    /// Whether it is why the command exits with 1; of a warning.
    #[serde(skip_serializing_if = "Option::is_none")]
    denied: Option<bool>,
    file: String,
    line: u32,
    column: u32,
    field: String,
    message: String,
}

/// Runs the command.
///
/// # Errors
/// When a file cannot be read.
pub(super) fn run(args: &LintArgs, output: Output) -> Result<Answer, Failure> {
    let files = read_files(&args.files).map_err(Failure::bad_input)?;
    let files: Vec<SourceFile> =
        files.into_iter().map(|file| SourceFile { path: file.path, text: file.text }).collect();
    let found = find(args, &files, today());
    match output {
        Output::Json => print_json(&found)?,
        Output::Text => print(&text(&found))?,
    }
    Ok(match &found {
        found if !found.errors.is_empty() => Answer::BadInput,
        found if found.warnings.iter().any(|w| w.denied == Some(true)) => Answer::No,
        _ => Answer::Yes,
    })
}

/// The day in UTC.
fn today() -> Date {
    let nanos = i128::from(SystemClock::new().now().as_nanos());
    let now = Timestamp::from_nanosecond(nanos).expect("the clock shows a year that jiff knows");
    now.to_zoned(TimeZone::UTC).date()
}

fn find(args: &LintArgs, files: &[SourceFile], today: Date) -> Found {
    let definitions = match ippo_engine::definition::read(files) {
        Ok(definitions) => definitions,
        Err(errors) => {
            return Found { errors: errors.into_iter().map(wrong).collect(), warnings: vec![] };
        }
    };
    let is_denied = |rule: Rule| args.deny.iter().any(|name| name == ALL_WARNINGS || name == rule.name());
    let findings = lint(&definitions, today).into_iter().filter(|found| !args.allow.contains(&found.rule));
    let warnings = findings.map(|finding| unwise(finding, is_denied)).collect();
    Found { errors: vec![], warnings }
}

fn wrong(error: DefinitionError) -> Told {
    let DefinitionError { file, line, column, field, message } = error;
    Told { rule: None, slo: None, kind: None, name: None, denied: None, file, line, column, field, message }
}

fn unwise(finding: Finding, is_denied: impl Fn(Rule) -> bool) -> Told {
    let Finding { rule, kind, name, file, line, column, field, message } = finding;
    let denied = Some(is_denied(rule));
    let slo = (kind == Kind::Slo).then(|| name.clone());
    let (rule, kind, name) = (Some(rule.name()), Some(kind.name()), Some(name));
    Told { rule, slo, kind, name, denied, file, line, column, field, message }
}

fn text(found: &Found) -> String {
    let mut text = String::new();
    for told in found.errors.iter().chain(&found.warnings) {
        let Told { file, line, column, message, .. } = told;
        let what = match (told.rule, told.denied) {
            (None, _) => "error".to_owned(),
            (Some(rule), Some(true)) => format!("denied[{rule}]"),
            (Some(rule), _) => format!("warning[{rule}]"),
        };
        text.push_str(&format!("{file}:{line}:{column}: {what}: "));
        if !told.field.is_empty() {
            text.push_str(&format!("{}: ", told.field));
        }
        text.push_str(&format!("{message}\n"));
    }
    text.push_str(&match (found.errors.len(), found.warnings.len()) {
        (0, 0) => "Nothing is wrong, and nothing is worth a word.\n".to_owned(),
        (0, warnings) => format!("Nothing is wrong; {}.\n", counted(warnings, "warning")),
        (errors, _) => {
            format!("{}; warnings are told once these are mended.\n", counted(errors, "error"))
        }
    });
    text
}

fn counted(count: usize, what: &str) -> String {
    format!("{count} {what}{}", if count == 1 { "" } else { "s" })
}
