//! SLOs that were written for other tools, as documents that an apply accepts. What has no place in them is left out, and
//! everything that is left out is told with its place, the reason and what to do. Pure: reads no files.
//!
//! A format is a file of its own that turns documents into [`draft::Draft`]s; how these are written is the same for all.

pub mod alert_rule;
mod alerts;
pub mod coverage;
mod draft;
mod format;
mod pyrra;
mod reader;
mod shared;
mod sloth;

use super::{DefinitionError, NAME_BYTES, SourceFile, parse};

pub use format::PROMETHEUS_URL;

/// What the files do not say.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct ImportChoices {
    /// The DataSource that SLIs read.
    pub data_source: String,
    /// The address in its document; no document is written without one.
    pub prometheus_url: Option<String>,
    /// The period of SLOs whose format leaves it to a flag, in minutes.
    pub period_minutes: u32,
    /// Who answers for SLOs whose labels name nobody; may be empty.
    pub owner: String,
    /// The notification targets of all SLOs.
    pub notify: Vec<String>,
    /// The service of SLOs that name none; may be empty.
    pub service: String,
}

impl ImportChoices {
    /// Whether the DataSource can be one.
    ///
    /// # Errors
    /// What is wrong with its name or its address.
    pub fn check(&self) -> Result<(), String> {
        if !super::document::is_name(&self.data_source) {
            return Err(format!(
                "{:?} is not a name: use at most {NAME_BYTES} of a-z, 0-9 and -, beginning and ending with a letter or digit",
                self.data_source
            ));
        }
        let text = draft::data_source(self);
        let errors = parse(&[SourceFile { path: String::new(), text }]).err();
        errors.and_then(|errors| errors.into_iter().next()).map_or(Ok(()), |error| Err(error.message))
    }
}

/// Something that is told of a place in a file.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct ImportFinding {
    /// The file.
    pub file: String,
    /// Counted from one.
    pub line: u32,
    /// Counted from one, in characters.
    pub column: u32,
    /// The path of the field.
    pub field: String,
    /// Of what it is told: the SLO's new name, or the rule as it was called; empty if of nothing by itself.
    pub name: String,
    /// What is the case.
    pub reason: String,
    /// What to do; empty if there is nothing.
    pub instead: String,
}

/// What became of an SLO or a rule.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct ImportedDefinition {
    /// Its new name.
    pub name: String,
    /// What it was called.
    pub from: String,
    /// The file that it was written in.
    pub file: String,
    /// The line that it begins in.
    pub line: u32,
    /// Whether it is among the documents.
    pub is_written: bool,
}

/// What came of an import.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Imported {
    /// The documents, as YAML.
    pub documents: String,
    /// Everything that the files define.
    pub definitions: Vec<ImportedDefinition>,
    /// What has no place in the documents.
    pub left_out: Vec<ImportFinding>,
    /// What is carried over, and differs.
    pub notes: Vec<ImportFinding>,
    /// What is to be said of all of them.
    pub remarks: Vec<String>,
}

/// Reads files of other tools.
///
/// # Errors
/// What is wrong with files that are of none of them.
pub fn import(files: &[SourceFile], choices: &ImportChoices) -> Result<Imported, Vec<DefinitionError>> {
    let mut errors = Vec::new();
    let mut read: reader::Read<'_> = reader::Read::new(choices, "SLO");
    for (file, documents) in super::document::read_trees(files, &mut errors) {
        for document in documents.iter().filter(|document| !document.root.is_null()) {
            format::read(&mut reader::Reader::new(file, &mut errors, &mut read), &document.root);
        }
    }
    let order = |path: &str| files.iter().position(|file| file.path == path);
    if !errors.is_empty() {
        errors.sort_by_key(|error| (order(&error.file), error.line, error.column));
        errors.dedup();
        return Err(errors);
    }
    let mut imported = draft::write_all(read);
    for findings in [&mut imported.left_out, &mut imported.notes] {
        findings.sort_by_key(|finding| (order(&finding.file), finding.line, finding.column));
    }
    Ok(imported)
}
