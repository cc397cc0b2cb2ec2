//! Alerting rules of a Prometheus as documents of alert rules that an apply accepts. A rule whose meaning none carries is left out,
//! and everything that is left out is told with its place, the reason and what to do. Pure: reads no files.

mod draft;
pub mod examples;
mod read;
mod template;
mod timing;

use super::super::{DefinitionError, SourceFile};
use super::Imported;
use super::reader::{Read, Reader};
use crate::alert::AlertSeverity;

/// What rule files do not say.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct RuleChoices {
    /// Who answers for rules whose labels name nobody; may be empty.
    pub owner: String,
    /// What to do where no annotation says it; may be empty.
    pub action: String,
    /// The notification targets of all rules.
    pub notify: Vec<String>,
    /// Of rules whose label says nothing that is known.
    pub severity: Option<AlertSeverity>,
}

/// What is read and written here.
type Rules<'r, 'a> = Reader<'r, 'a, RuleChoices, draft::Draft>;

/// Reads rule files.
///
/// # Errors
/// What is wrong with files that have no rules, and which rules name nobody who acts or nothing to do.
pub fn import_rules(files: &[SourceFile], choices: &RuleChoices) -> Result<Imported, Vec<DefinitionError>> {
    let mut errors = Vec::new();
    let mut found = Read::new(choices, "rule");
    for (file, documents) in super::super::document::read_trees(files, &mut errors) {
        for document in documents.iter().filter(|document| !document.root.is_null()) {
            read::document(&mut Reader::new(file, &mut errors, &mut found), &document.root);
        }
    }
    let order = |path: &str| files.iter().position(|file| file.path == path);
    if !errors.is_empty() {
        errors.sort_by_key(|error| (order(&error.file), error.line, error.column));
        errors.dedup();
        return Err(errors);
    }
    let mut imported = draft::write_all(found);
    for findings in [&mut imported.left_out, &mut imported.notes] {
        findings.sort_by_key(|finding| (order(&finding.file), finding.line, finding.column));
    }
    Ok(imported)
}
