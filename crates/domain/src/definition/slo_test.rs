//! Fixtures of SLO tests: which definitions they are about, what comes in, and what is expected when. Reads no files.

mod expect;
mod input;
mod run;

use ippo_base::{Minute, Timestamp};

use super::document::{SLO_TEST, documents_of};
use super::fields::{Fields, Report, list, scalar};
use super::scalar::Scalar;
use super::yaml::Position;
use super::{DefinitionError, SourceFile, duration};
use crate::slo::Exclusions;
use crate::slo::expectation::Expected;
use crate::slo::replay::Stretch;

pub use run::Outcome;

/// Minutes that one test plays, at most: a year and its window's month.
pub const TEST_MINUTES: u32 = 400 * 24 * 60;
/// Stretches of input of one objective, exclusions, and points in time, of one test.
pub const TEST_ITEMS: usize = 1_000;

/// Something that was written, and where.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Written<T> {
    /// What it says.
    pub value: T,
    /// Where.
    pub at: Position,
    /// The path of its field.
    pub field: String,
}

/// A test of an SLO.
#[derive(Clone, PartialEq, Debug)]
pub struct SloTest {
    /// Unique within its file.
    pub name: String,
    /// The file it stands in.
    pub file: String,
    /// Definition files, relative to its own.
    pub files: Vec<Written<String>>,
    /// The SLO, where the files define several.
    pub slo: Option<Written<String>>,
    /// The first minute.
    pub start: Minute,
    /// What comes in for every objective that has no input of its own.
    pub input: Vec<Stretch>,
    /// Input by the objective's name, or its target where it has none.
    pub objectives: Vec<(Written<String>, Vec<Stretch>)>,
    /// What is taken out of the budget.
    pub exclusions: Exclusions,
    /// In the order in which they were written.
    pub moments: Vec<Moment>,
    /// Where the test stands.
    pub at: Position,
}

/// What is expected at a point in time.
#[derive(Clone, PartialEq, Debug)]
pub struct Moment {
    /// Minutes that have passed since the start; at least one.
    pub after_minutes: u32,
    /// The time as it was written.
    pub written: String,
    /// The objective by its name or target; the first one if none.
    pub objective: Option<Written<String>>,
    /// Each with its place.
    pub expected: Vec<Written<Expected>>,
}

impl SloTest {
    /// The error for something that was written in it.
    pub fn error<T>(&self, written: &Written<T>, message: impl Into<String>) -> DefinitionError {
        let Position { line, column } = written.at;
        let (file, field) = (self.file.clone(), written.field.clone());
        DefinitionError { file, line, column, field, message: message.into() }
    }
}

/// The tests of a file, whatever else it defines.
///
/// # Errors
/// Everything that is wrong with the file's syntax, or with a test in it.
pub fn parse_tests(file: &SourceFile) -> Result<Vec<SloTest>, Vec<DefinitionError>> {
    let mut errors = Vec::new();
    let mut tests: Vec<SloTest> = Vec::new();
    documents_of(file, &mut errors, |report, header| {
        if header.kind != SLO_TEST {
            return;
        }
        if tests.iter().any(|test| test.name == header.name) {
            let message = format!("a test named {:?} stands in this file already; rename one", header.name);
            report.error(header.name_at, "metadata.name", message);
        }
        let spec = header.spec(report).and_then(|node| Fields::take(report, node, "spec", SLO_TEST, "spec"));
        tests.extend(spec.and_then(|spec| read(report, &spec, header.name, header.name_at)));
    });
    if errors.is_empty() { Ok(tests) } else { Err(errors) }
}

fn read(report: &mut Report<'_>, spec: &Fields<'_>, name: &str, at: Position) -> Option<SloTest> {
    let files = files(report, spec);
    let slo = spec.scalar(report, "slo").map(|slo| written(slo, spec.path_of("slo"), slo.text().to_owned()));
    let start = start(report, spec);
    let input = input::stretches(report, spec);
    let objectives = input::of_objectives(report, spec);
    let length = |stretches: &Vec<Stretch>| stretches.iter().map(|stretch| stretch.minutes).sum::<u32>();
    let own = objectives.iter().flatten().map(|(_, stretches)| length(stretches));
    let minutes = own.chain(input.iter().map(length)).max().unwrap_or(0);
    let exclusions = start.and_then(|start| input::exclusions(report, spec, start));
    let moments = start.and_then(|start| expect::moments(report, spec, start, minutes));
    let file = report.file.to_owned();
    Some(SloTest {
        name: name.to_owned(),
        file,
        files: files?,
        slo,
        start: start?,
        input: input?,
        objectives: objectives?,
        exclusions: exclusions?,
        moments: moments?,
        at,
    })
}

fn written<T>(scalar: &Scalar, field: String, value: T) -> Written<T> {
    Written { value, at: scalar.at(), field }
}

fn files(report: &mut Report<'_>, spec: &Fields<'_>) -> Option<Vec<Written<String>>> {
    let items = spec.require_list(report, "files", "[checkout.yaml]")?;
    if items.is_empty() || items.len() > TEST_ITEMS {
        report.error(
            spec.place_of("files"),
            "spec.files",
            format!("give at least one and at most {TEST_ITEMS} files"),
        );
        return None;
    }
    let read = items.iter().enumerate().map(|(i, item)| {
        let path = format!("spec.files[{i}]");
        let text = scalar(report, item, &path)?;
        Some(written(text, path, text.text().to_owned()))
    });
    let read: Vec<Option<Written<String>>> = read.collect();
    read.into_iter().collect()
}

fn start(report: &mut Report<'_>, spec: &Fields<'_>) -> Option<Minute> {
    let text = spec.require_scalar(report, "start", "2026-11-01T00:00:00Z")?;
    minute(report, text, "spec.start")
}

/// A time at the beginning of a minute, at or after the epoch.
fn minute(report: &mut Report<'_>, text: &Scalar, field: &str) -> Option<Minute> {
    let message = match Timestamp::parse(text.text()) {
        Ok(time) if time >= Timestamp::from_secs(0) && time.minute().start() == time => {
            return Some(time.minute());
        }
        Ok(_) => "counts are kept by the minute, since 1970; write a whole minute".to_owned(),
        Err(_) => format!("{:?} is not a time such as 2026-11-01T00:00:00Z", text.text()),
    };
    report.error(text.at(), field, message);
    None
}

/// A duration of at least a minute and at most a whole test.
fn span(report: &mut Report<'_>, fields: &Fields<'_>, name: &str) -> Option<u32> {
    let text = fields.require_scalar(report, name, "28d")?;
    let minutes = duration::span(text.text()).and_then(|minutes| match minutes {
        1..=TEST_MINUTES => Ok(minutes),
        _ => Err(format!("{} is longer than a test can be, which is 400d", text.text())),
    });
    minutes.map_err(|m| report.error(text.at(), &fields.path_of(name), m)).ok()
}

/// The items of a list that may be left out.
fn items<'n>(report: &mut Report<'_>, fields: &Fields<'n>, name: &str) -> Option<&'n [super::yaml::Node]> {
    let Some(node) = fields.get(name) else { return Some(&[]) };
    let items = list(report, node, &fields.path_of(name))?;
    if items.len() > TEST_ITEMS {
        report.error(node.at, &fields.path_of(name), format!("give at most {TEST_ITEMS} items"));
        return None;
    }
    Some(items)
}
