//! An alert rule as it will be written, and the documents that rules become. Each is read again before it is given out: what an apply
//! would refuse is left out, and told.

use std::fmt::Write as _;

use super::super::super::write::quoted;
use super::super::super::yaml::Position;
use super::super::super::{ALERT_RULES, SourceFile, parse};
use super::super::reader::Read;
use super::super::{ImportFinding, Imported, ImportedDefinition};
use super::RuleChoices;
use crate::alert::AlertSeverity;
use crate::alert_rule::Across;
use crate::prometheus::{Beyond, Grouped, Made};
use crate::slo::duration_text;

/// When a rule fires.
pub(super) enum When {
    /// A value is beyond a limit.
    Beyond {
        filter: String,
        beyond: Box<Beyond>,
        /// Columns and attributes.
        by: Vec<String>,
    },
    /// Nothing comes.
    Absent { filter: String, silent_minutes: u32 },
}

/// A rule to be written.
pub(super) struct Draft {
    pub(super) name: String,
    pub(super) display_name: String,
    /// The group and the alert.
    pub(super) from: String,
    /// As it was written.
    pub(super) expression: String,
    pub(super) description: String,
    pub(super) owner: String,
    pub(super) notify: Vec<String>,
    pub(super) severity: AlertSeverity,
    pub(super) action: String,
    pub(super) runbook: String,
    pub(super) service: String,
    pub(super) for_minutes: Option<u32>,
    pub(super) resolve_after_minutes: Option<u32>,
    pub(super) when: When,
    /// Whether words in its texts stand for what a template filled in.
    pub(super) has_places: bool,
    pub(super) file: String,
    pub(super) at: Position,
}

/// Writes what was read.
pub(super) fn write_all(mut found: Read<'_, RuleChoices, Draft>) -> Imported {
    let drafts = std::mem::take(&mut found.drafts);
    let mut documents: Vec<String> = Vec::new();
    let mut has_places = false;
    for draft in drafts {
        let document = draft.document();
        match accepted(&document) {
            Ok(()) => {
                has_places |= draft.has_places;
                documents.push(document);
            }
            Err(why) => {
                found.left_out.push(draft.finding(&why));
                let same = |one: &&mut ImportedDefinition| one.name == draft.name && one.file == draft.file;
                if let Some(one) = found.definitions.iter_mut().find(same) {
                    one.is_written = false;
                }
            }
        }
    }
    if !documents.is_empty() {
        found.remark(
            "they judge what comes to ippo: have the Prometheus send it by remote write (docs/guide/metrics.md), and try a rule against the \
             past before it wakes anybody: ippo alert test"
                .to_owned(),
        );
    }
    if has_places {
        found.remark(
            "words in braces, such as {instance}, stand for what a template filled in: ippo tells the group and the value beside \
             the text"
                .to_owned(),
        );
    }
    if documents.len() > ALERT_RULES {
        let written = documents.len();
        found.remark(format!(
            "these are {written} rules, and one ippo looks at {ALERT_RULES} at most: apply those that somebody acts on"
        ));
    }
    let Read { definitions, left_out, notes, remarks, .. } = found;
    Imported { documents: documents.join("---\n"), definitions, left_out, notes, remarks }
}

/// Reads a document as an apply does.
fn accepted(document: &str) -> Result<(), String> {
    let file = SourceFile { path: String::new(), text: document.to_owned() };
    let errors = match parse(&[file]) {
        Ok(_) => return Ok(()),
        Err(errors) => errors,
    };
    let told: Vec<String> =
        errors.iter().map(|error| format!("{}: {}", error.field, error.message)).collect();
    Err(told.join("; "))
}

impl Draft {
    fn finding(&self, why: &str) -> ImportFinding {
        ImportFinding {
            file: self.file.clone(),
            line: self.at.line,
            column: self.at.column,
            field: String::new(),
            name: self.from.clone(),
            reason: format!("the rule is not written, as an apply would refuse it: {why}"),
            instead: "mend it there, and import again".to_owned(),
        }
    }

    /// The document, as YAML, with what it was made of as comments. Texts are written as JSON writes them.
    fn document(&self) -> String {
        let mut text = String::new();
        let mut put = |line: std::fmt::Arguments<'_>| {
            text.write_fmt(line).expect("a string takes everything");
            text.push('\n');
        };
        put(format_args!("# {}: {}", one_line(&self.from), one_line(&self.expression)));
        put(format_args!("apiVersion: ippo/v1\nkind: AlertRule\nmetadata:\n  name: {}", self.name));
        put(format_args!("  displayName: {}\nspec:", quoted(&self.display_name)));
        let notify: Vec<String> = self.notify.iter().map(|name| quoted(name)).collect();
        let severity = if self.severity == AlertSeverity::Page { "page" } else { "ticket" };
        for (name, value) in [("description", &self.description), ("owner", &self.owner)] {
            if !value.is_empty() {
                put(format_args!("  {name}: {}", quoted(value)));
            }
        }
        put(format_args!("  notify: [{}]\n  severity: {severity}", notify.join(", ")));
        for (name, value) in
            [("action", &self.action), ("runbook", &self.runbook), ("service", &self.service)]
        {
            if !value.is_empty() {
                put(format_args!("  {name}: {}", quoted(value)));
            }
        }
        for (name, minutes) in [("for", self.for_minutes), ("resolveAfter", self.resolve_after_minutes)] {
            if let Some(minutes) = minutes {
                put(format_args!("  {name}: {}", duration_text(minutes)));
            }
        }
        text + &self.when.document()
    }
}

impl When {
    /// The condition, as fields of `spec`.
    pub(super) fn document(&self) -> String {
        let mut text = String::new();
        let mut put = |name: &str, value: &str| {
            text.push_str(&format!("    {name}: {value}\n"));
        };
        match self {
            Self::Absent { filter, silent_minutes } => {
                put("signal", "metrics");
                put("where", &quoted(filter));
                put("silentFor", &duration_text(*silent_minutes));
                format!("  absence:\n{text}")
            }
            Self::Beyond { filter, beyond, by } => {
                let Beyond { watched, direction, limit, .. } = beyond.as_ref();
                let (measure, minutes, usual) = match &watched.made {
                    Made::Value(each, minutes) => {
                        let usual = if direction.is_high() { Across::Max } else { Across::Min };
                        (each.name(), *minutes, Some(usual))
                    }
                    Made::Increase(minutes) => ("increase", *minutes, Some(Across::Sum)),
                    Made::Rate(minutes) => ("rate", *minutes, Some(Across::Sum)),
                    Made::Percentile(name, minutes) => (name.as_str(), *minutes, None),
                };
                put("signal", "metrics");
                put("where", &quoted(filter));
                put("measure", measure);
                if usual.is_some_and(|usual| usual != watched.across) {
                    put("across", watched.across.name());
                }
                put(direction.name(), &number(*limit));
                put("over", &duration_text(minutes));
                if !by.is_empty() {
                    let by: Vec<String> = by.iter().map(|field| quoted(field)).collect();
                    put("by", &format!("[{}]", by.join(", ")));
                }
                debug_assert!(!matches!(watched.grouped, Grouped::Without(_)), "it was refused");
                format!("  threshold:\n{text}")
            }
        }
    }
}

/// A number as a limit is read, as short as it can be.
fn number(number: f64) -> String {
    let plain = number.to_string();
    if plain.len() <= 20 { plain } else { format!("{number:e}") }
}

/// A text within a comment.
fn one_line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ").chars().filter(|c| !c.is_control()).collect()
}
