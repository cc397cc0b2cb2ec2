//! An SLO as it will be written, whichever tool it was written for, and the documents that it becomes. Each is read again before
//! it is given out: what an apply would refuse is left out, and told.

use std::fmt::Write as _;

use super::super::write::{name_of, quoted};
use super::super::yaml::Position;
use super::super::{NAME_BYTES, SourceFile, parse};
use super::alerts::{self, Alerts};
use super::format::PROMETHEUS_URL;
use super::reader::Read;
use super::{ImportChoices, ImportFinding, Imported};
use crate::prometheus::CountedPart;
use crate::slo::{Target, duration_text};

/// SLOs that are named in one remark.
const NAMED: usize = 10;

/// What an SLO counts.
pub(super) enum Counts {
    /// A part of all events.
    Ratio { total: String, part: CountedPart },
    /// A value, good from a limit on.
    AtLeast { query: String, limit: &'static str },
}

/// An SLO to be written.
pub(super) struct Draft {
    pub(super) name: String,
    /// What it was called, where the name does not say it.
    pub(super) display_name: String,
    pub(super) labels: Vec<(String, String)>,
    pub(super) owner: String,
    /// Names of notification targets, with commas between.
    pub(super) notify: String,
    pub(super) runbook: String,
    /// Of others.
    pub(super) annotations: Vec<(String, String)>,
    pub(super) description: String,
    pub(super) service: String,
    pub(super) counts: Counts,
    pub(super) period_minutes: u32,
    pub(super) target: Target,
    /// As it was written.
    pub(super) target_percent: String,
    pub(super) alerts: Alerts,
    pub(super) file: String,
    pub(super) at: Position,
}

/// Writes what was read.
pub(super) fn write_all(mut read: Read<'_>) -> Imported {
    let source = data_source(read.choices);
    let is_source_written = read.choices.prometheus_url.is_some();
    let mut documents = if is_source_written { source.clone() } else { String::new() };
    let drafts = std::mem::take(&mut read.drafts);
    let mut unowned = Vec::new();
    for draft in drafts {
        let document = draft.document(&read.choices.data_source);
        if let Err(why) = accepted(&source, &document) {
            let instead = "mend it there, and import again".to_owned();
            let reason = format!("the SLO is not written, as an apply would refuse it: {why}");
            read.left_out.push(draft.finding(reason, instead));
            let same =
                |slo: &&mut super::ImportedDefinition| slo.name == draft.name && slo.file == draft.file;
            if let Some(slo) = read.definitions.iter_mut().find(same) {
                slo.is_written = false;
            }
            continue;
        }
        alerts::compare(&draft, &mut read);
        if draft.owner.is_empty() {
            unowned.push(draft.name.clone());
        }
        if !documents.is_empty() {
            documents.push_str("---\n");
        }
        documents.push_str(&document);
    }
    say_what_is_missing(&mut read, &unowned);
    let Read { definitions, left_out, notes, remarks, .. } = read;
    let documents = if definitions.iter().any(|slo| slo.is_written) { documents } else { String::new() };
    Imported { documents, definitions, left_out, notes, remarks }
}

/// The DataSource that the documents refer to, whether or not it is written.
pub(super) fn data_source(choices: &ImportChoices) -> String {
    let url = choices.prometheus_url.as_deref().unwrap_or(PROMETHEUS_URL);
    format!(
        "apiVersion: openslo/v1\nkind: DataSource\nmetadata:\n  name: {}\nspec:\n  type: prometheus\n  connectionDetails:\n    url: {}\n",
        choices.data_source,
        quoted(url)
    )
}

/// Reads a document as an apply does.
fn accepted(source: &str, document: &str) -> Result<(), String> {
    let text = format!("{source}---\n{document}");
    let errors = match parse(&[SourceFile { path: String::new(), text }]) {
        Ok(_) => return Ok(()),
        Err(errors) => errors,
    };
    let told: Vec<String> =
        errors.iter().map(|error| format!("{}: {}", error.field, error.message)).collect();
    Err(told.join("; "))
}

/// What every SLO should have, and some have not.
fn say_what_is_missing(read: &mut Read<'_>, unowned: &[String]) {
    let choices = read.choices;
    if choices.prometheus_url.as_deref() == Some(PROMETHEUS_URL) {
        let name = &choices.data_source;
        read.remark(format!(
            "the DataSource {name} is said to be at {PROMETHEUS_URL}; say with --prometheus-url where yours is"
        ));
    }
    if choices.prometheus_url.is_none() {
        let name = &choices.data_source;
        read.remark(format!(
            "apply these together with the document of the DataSource {name}, which is not among them"
        ));
    }
    if !unowned.is_empty() {
        let more = if unowned.len() > NAMED { ", …" } else { "" };
        let names = unowned[..unowned.len().min(NAMED)].join(", ");
        read.remark(format!(
            "nobody answers for {names}{more}: say with --owner who does, or in a label owner or team"
        ));
    }
    if choices.notify.is_empty() {
        read.remark(
            "nobody is named to be told: say with --notify which notification targets are".to_owned(),
        );
    }
}

impl Draft {
    pub(super) fn finding(&self, reason: String, instead: String) -> ImportFinding {
        ImportFinding {
            file: self.file.clone(),
            line: self.at.line,
            column: self.at.column,
            field: String::new(),
            name: self.name.clone(),
            reason,
            instead,
        }
    }

    /// The document, as YAML. Texts are written as JSON writes them, and queries in single quotes, as they are full of double ones.
    fn document(&self, source: &str) -> String {
        let mut text = format!("apiVersion: openslo/v1\nkind: SLO\nmetadata:\n  name: {}\n", self.name);
        let mut put = |line: std::fmt::Arguments<'_>| {
            text.write_fmt(line).expect("a string takes everything");
            text.push('\n');
        };
        if !self.display_name.is_empty() {
            put(format_args!("  displayName: {}", quoted(&self.display_name)));
        }
        let of_tool = self.annotations.iter().map(|(name, value)| (name.clone(), value.as_str()));
        let mut annotations: Vec<(String, &str)> = of_tool.collect();
        let own = [("runbook", &self.runbook), ("notify", &self.notify), ("owner", &self.owner)];
        for (name, value) in own.into_iter().filter(|(_, value)| !value.is_empty()) {
            let name = format!("ippo.dev/{name}");
            // What an SLO says itself stays.
            if !annotations.iter().any(|(known, _)| *known == name) {
                annotations.insert(0, (name, value));
            }
        }
        let labels: Vec<(String, &str)> =
            self.labels.iter().map(|(name, value)| (name.clone(), value.as_str())).collect();
        for (field, entries) in [("labels", &labels), ("annotations", &annotations)] {
            if !entries.is_empty() {
                put(format_args!("  {field}:"));
            }
            for (name, value) in entries {
                put(format_args!("    {}: {}", key(name), quoted(value)));
            }
        }
        put(format_args!("spec:"));
        if !self.description.is_empty() {
            put(format_args!("  description: {}", quoted(&self.description)));
        }
        put(format_args!("  service: {}", quoted(&self.service)));
        put(format_args!("  indicator:\n    metadata:\n      name: {}", indicator_name(&self.name)));
        put(format_args!("    spec:\n{}", self.indicator(source)));
        put(format_args!(
            "  timeWindow:\n    - duration: {}\n      isRolling: true\n  budgetingMethod: Occurrences",
            duration_text(self.period_minutes)
        ));
        let threshold = match &self.counts {
            Counts::Ratio { .. } => String::new(),
            Counts::AtLeast { limit, .. } => format!("op: gte\n      value: {limit}\n      "),
        };
        put(format_args!("  objectives:\n    - {threshold}targetPercent: {}", self.target_percent));
        text + &self.alerts.documents(&self.target, self.period_minutes)
    }

    fn indicator(&self, source: &str) -> String {
        let metric_source = |indent: &str, query: &str| {
            format!(
                "{indent}metricSource:\n{indent}  metricSourceRef: {source}\n{indent}  type: prometheus\n{indent}  spec:\n{indent}    query: '{}'",
                query.replace('\'', "''")
            )
        };
        match &self.counts {
            Counts::Ratio { total, part } => {
                let word = if matches!(part, CountedPart::Good(_)) { "good" } else { "bad" };
                let part = metric_source("          ", &part.selector().to_string());
                let total = metric_source("          ", total);
                format!(
                    "      ratioMetric:\n        counter: true\n        {word}:\n{part}\n        total:\n{total}"
                )
            }
            Counts::AtLeast { query, .. } => {
                format!("      thresholdMetric:\n{}", metric_source("        ", query))
            }
        }
    }
}

/// A field's name, in quotes unless it is plain.
fn key(name: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | '/' | '.');
    let is_word = name.starts_with(|c: char| c.is_ascii_lowercase()) && name.chars().all(plain);
    let reserved = ["true", "false", "null", "yes", "no", "on", "off", "y", "n"].contains(&name);
    if is_word && !reserved { name.to_owned() } else { quoted(name) }
}

fn indicator_name(name: &str) -> String {
    name_of(&[&name[..name.len().min(NAME_BYTES - 4)], "sli"])
}
