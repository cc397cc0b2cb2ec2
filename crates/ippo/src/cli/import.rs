//! What came of an import, whatever was imported: the definitions on standard output or in a file, and on standard error everything
//! that is left out or differs. Asks no server.

use std::path::{Path, PathBuf};

use ippo_domain::definition::import::{ImportFinding, Imported, ImportedDefinition};
use ippo_domain::definition::{DefinitionError, SourceFile};
use serde::Serialize;
use serde::ser::{SerializeMap, Serializer};

use super::apply::read_files;
use super::{Answer, Failure, Output, note, print, print_json};

/// What is imported.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Noun {
    Slo,
    Rule,
}

impl Noun {
    fn one(self) -> &'static str {
        match self {
            Self::Slo => "SLO",
            Self::Rule => "rule",
        }
    }

    /// The field of JSON with all of them.
    fn key(self) -> &'static str {
        match self {
            Self::Slo => "slos",
            Self::Rule => "rules",
        }
    }

    /// The field of JSON with the name of one.
    fn name_key(self) -> &'static str {
        match self {
            Self::Slo => "slo",
            Self::Rule => "rule",
        }
    }
}

/// What came of it.
struct Report {
    noun: Noun,
    /// Unless they were written into a file.
    documents: Option<String>,
    definitions: Vec<Definition>,
    left_out: Vec<Told>,
    notes: Vec<Told>,
    remarks: Vec<String>,
    errors: Vec<Told>,
}

impl Report {
    fn new(noun: Noun) -> Self {
        let (definitions, left_out, notes, remarks, errors) = (vec![], vec![], vec![], vec![], vec![]);
        Self { noun, documents: None, definitions, left_out, notes, remarks, errors }
    }
}

impl Serialize for Report {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        if let Some(documents) = &self.documents {
            map.serialize_entry("documents", documents)?;
        }
        map.serialize_entry(self.noun.key(), &self.definitions)?;
        map.serialize_entry("left_out", &self.left_out)?;
        map.serialize_entry("notes", &self.notes)?;
        map.serialize_entry("remarks", &self.remarks)?;
        map.serialize_entry("errors", &self.errors)?;
        map.end()
    }
}

/// Something that the files define.
#[derive(Serialize)]
struct Definition {
    name: String,
    from: String,
    file: String,
    line: u32,
    is_written: bool,
}

/// Something at a place in a file.
struct Told {
    noun: Noun,
    file: String,
    line: u32,
    column: u32,
    field: String,
    name: String,
    reason: String,
    instead: String,
}

impl Serialize for Told {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        map.serialize_entry("file", &self.file)?;
        map.serialize_entry("line", &self.line)?;
        map.serialize_entry("column", &self.column)?;
        map.serialize_entry("field", &self.field)?;
        if !self.name.is_empty() {
            map.serialize_entry(self.noun.name_key(), &self.name)?;
        }
        map.serialize_entry("reason", &self.reason)?;
        if !self.instead.is_empty() {
            map.serialize_entry("instead", &self.instead)?;
        }
        map.end()
    }
}

/// The files that are to be imported.
///
/// # Errors
/// When one cannot be read.
pub(super) fn sources(paths: &[PathBuf]) -> Result<Vec<SourceFile>, Failure> {
    let files = read_files(paths).map_err(Failure::bad_input)?;
    Ok(files.into_iter().map(|file| SourceFile { path: file.path, text: file.text }).collect())
}

/// Gives out what came of an import.
///
/// # Errors
/// When there was nothing to import, or it cannot be written.
pub(super) fn imported(
    noun: Noun,
    found: Result<Imported, Vec<DefinitionError>>,
    to: Option<&Path>,
    output: Output,
) -> Result<Answer, Failure> {
    match found {
        Ok(imported) if imported.definitions.is_empty() => {
            Err(Failure::bad_input(format!("these files have no {}", noun.one())))
        }
        Ok(imported) => give(noun, imported, to, output),
        Err(errors) => {
            refuse(noun, errors, output)?;
            Ok(Answer::BadInput)
        }
    }
}

fn give(noun: Noun, imported: Imported, to: Option<&Path>, output: Output) -> Result<Answer, Failure> {
    let Imported { documents, definitions, left_out, notes, remarks } = imported;
    if let Some(path) = to.filter(|_| !documents.is_empty()) {
        let wrong = |e| Failure::bad_input(format!("cannot write {}: {e}", path.display()));
        std::fs::write(path, &documents).map_err(wrong)?;
    }
    let answer = if left_out.is_empty() { Answer::Yes } else { Answer::No };
    let report = Report {
        documents: Some(documents).filter(|_| to.is_none()),
        definitions: definitions.into_iter().map(definition).collect(),
        left_out: left_out.into_iter().map(|finding| told(noun, finding)).collect(),
        notes: notes.into_iter().map(|finding| told(noun, finding)).collect(),
        remarks,
        ..Report::new(noun)
    };
    match output {
        Output::Json => print_json(&report)?,
        Output::Text => {
            print(report.documents.as_deref().unwrap_or_default())?;
            note(summary(&report).trim_end());
        }
    }
    Ok(answer)
}

fn refuse(noun: Noun, errors: Vec<DefinitionError>, output: Output) -> Result<(), Failure> {
    let errors = errors.into_iter().map(|error| wrong(noun, error)).collect();
    let report = Report { errors, ..Report::new(noun) };
    match output {
        Output::Json => print_json(&report)?,
        Output::Text => {
            let lines: String = report.errors.iter().map(|error| format!("{}\n", line(error))).collect();
            note(&format!("{lines}Nothing is written."));
        }
    }
    Ok(())
}

fn definition(ImportedDefinition { name, from, file, line, is_written }: ImportedDefinition) -> Definition {
    Definition { name, from, file, line, is_written }
}

fn told(noun: Noun, finding: ImportFinding) -> Told {
    let ImportFinding { file, line, column, field, name, reason, instead } = finding;
    Told { noun, file, line, column, field, name, reason, instead }
}

fn wrong(noun: Noun, error: DefinitionError) -> Told {
    let DefinitionError { file, line, column, field, message } = error;
    Told { noun, file, line, column, field, name: String::new(), reason: message, instead: String::new() }
}

fn line(Told { file, line, column, field, name, reason, .. }: &Told) -> String {
    let parts = [name.as_str(), field.as_str(), reason.as_str()];
    let parts: Vec<&str> = parts.into_iter().filter(|part| !part.is_empty()).collect();
    format!("{file}:{line}:{column}: {}", parts.join(": "))
}

/// What people should know beside the definitions.
fn summary(report: &Report) -> String {
    let written = report.definitions.iter().filter(|definition| definition.is_written).count();
    let left_out = report.left_out.len();
    let noun = report.noun.one();
    let things = if left_out == 1 { "1 thing is".to_owned() } else { format!("{left_out} things are") };
    let mut text = match (written, report.definitions.len()) {
        (1, 1) => format!("1 {noun} is written"),
        (written, all) if written == all => format!("{all} {noun}s are written"),
        (written, all) => format!("{written} of {all} {noun}s are written"),
    };
    text.push_str(&if left_out == 0 {
        "; nothing is left out.\n".to_owned()
    } else {
        format!("; {things} left out.\n")
    });
    for (heading, findings) in
        [("Left out", &report.left_out), ("Carried over, and not the same", &report.notes)]
    {
        if !findings.is_empty() {
            text.push_str(&format!("\n{heading}:\n"));
        }
        for finding in findings {
            text.push_str(&format!("  {}\n", line(finding)));
            if !finding.instead.is_empty() {
                text.push_str(&format!("    instead: {}\n", finding.instead));
            }
        }
    }
    if !report.remarks.is_empty() {
        text.push_str("\nOf all of them:\n");
    }
    for remark in &report.remarks {
        text.push_str(&format!("  {remark}\n"));
    }
    text
}
