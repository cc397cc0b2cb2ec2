//! Definitions as code: YAML files in, parsed definitions and every error with file, line, column and field out.
//! Pure: reads no files, and never looks into expressions, which belong to telemetry.

mod alert_rule;
mod annotation;
mod budget_policy;
mod cloudwatch;
mod composite;
mod condition;
mod consequence;
pub mod coverage;
mod data_source;
mod document;
mod duration;
mod fields;
pub mod import;
mod indicator;
mod inversion;
mod journey;
pub mod lint;
mod plan;
mod policy;
mod scalar;
mod sla;
mod slo;
pub mod slo_test;
mod stored;
mod target;
mod window;
mod write;
mod yaml;

use std::fmt;

use crate::slo::Slo;

pub use alert_rule::{
    ACTION_CHARS, AlertRuleDefinition, COUNT_WINDOW_MINUTES, RULE_GROUP_FIELDS, RULE_TARGETS,
    VALUE_WINDOW_MINUTES, WAIT_MINUTES,
};
pub use annotation::MORE_WINDOWS;
pub use budget_policy::BudgetPolicyDefinition;
pub use document::parse;
pub use journey::{FilterText, JOURNEY_SLOS, JOURNEY_STEPS, JourneyDefinition};
pub(crate) use lint::thousands;
pub use plan::{Action, Change, Current, Kind, Missing, Plan, Step, plan};
pub use scalar::Scalar;
pub use sla::{CREDITS, SlaDefinition};
pub use stored::{parse_alert_rule, parse_budget_policy, parse_journey, parse_sla, parse_slo, parse_target};
pub use target::{Channel, Setting, TargetDefinition};
pub use write::{RequestJudge, RequestSlo, name_of};
pub use yaml::{NESTING_DEPTH, NODES_PER_FILE, Position};

/// Files in one apply.
pub const FILES: usize = 1_000;
/// The text of one file, in bytes.
pub const FILE_BYTES: usize = 1024 * 1024;
/// Errors that are told at once.
pub const ERRORS_REPORTED: usize = 100;
/// Objectives of one SLO.
pub const OBJECTIVES: usize = 10;
/// Alert policies of one SLO.
pub const ALERT_POLICIES: usize = 10;
/// Alert rules of one server: each is a read of telemetry in every minute.
pub const ALERT_RULES: usize = 200;
/// Rules of one error budget policy.
pub const POLICY_RULES: usize = 20;
/// Names in one list of an error budget policy.
pub const POLICY_NAMES: usize = 1_000;
/// A name that other definitions refer to, in bytes.
pub const NAME_BYTES: usize = 63;
/// An SLO's description, in characters; OpenSLO's bound.
pub const DESCRIPTION_CHARS: usize = 1_050;

/// One file as it was given.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct SourceFile {
    /// What to call it in errors.
    pub path: String,
    /// Its whole text.
    pub text: String,
}

/// What is wrong, and where.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
pub struct DefinitionError {
    /// The file's path.
    pub file: String,
    /// Counted from one.
    pub line: u32,
    /// Counted from one, in characters.
    pub column: u32,
    /// The field's path, such as `spec.objectives[0].target`; empty for the whole document.
    pub field: String,
    /// What is wrong and what to do.
    pub message: String,
}

impl fmt::Display for DefinitionError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}:{}: ", self.file, self.line, self.column)?;
        if !self.field.is_empty() {
            write!(f, "{}: ", self.field)?;
        }
        f.write_str(&self.message)
    }
}

/// What an expression decides.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum ExpressionRole {
    /// Which events count: boolean.
    Total,
    /// Which of them are good: boolean.
    Good,
    /// Which of them are bad: boolean.
    Bad,
    /// What is held against the threshold: numeric.
    Value,
    /// By what groups of an alert rule are told apart: a column or an attribute.
    Group,
}

/// An expression's text and its place, for whoever can read it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct ExpressionText {
    /// The place of the objective whose SLI it is of; the first one of those that share it. Of a rule nothing.
    pub objective: usize,
    /// What it decides.
    pub role: ExpressionRole,
    /// The file it stands in, which need not be the SLO's.
    pub file: String,
    /// The path of its field.
    pub field: String,
    /// The text as it was written.
    pub scalar: Scalar,
}

impl ExpressionText {
    /// The error for a fault at byte `offset` of the text.
    pub fn error_at(&self, offset: usize, message: &str) -> DefinitionError {
        let at = self.scalar.position_of(offset);
        DefinitionError {
            file: self.file.clone(),
            line: at.line,
            column: at.column,
            field: self.field.clone(),
            message: message.to_owned(),
        }
    }
}

/// An SLO and where it was written.
#[derive(Clone, PartialEq, Debug)]
pub struct SloDefinition {
    /// What it says.
    pub slo: Slo,
    /// Its expressions, still to be read.
    pub expressions: Vec<ExpressionText>,
    /// Its text, with that of the documents it refers to: what [`parse_slo`] reads again.
    pub document: String,
    /// The file it stands in.
    pub file: String,
    /// Where its list of whom to tell stands, or its metadata.
    pub notify_at: Position,
    /// Where its name and its promises stand.
    pub places: lint::SloPlaces,
    /// Whom its alert policies tell, and where they say so.
    pub policy_targets: Vec<Reference>,
}

/// Another definition that is named outside of annotations.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Reference {
    /// Its name.
    pub name: String,
    /// The file it is named in.
    pub file: String,
    /// Where.
    pub at: Position,
    /// The path of the field.
    pub field: String,
}

/// What a set of files defines.
#[derive(Clone, PartialEq, Debug, Default)]
pub struct Definitions {
    /// In the order of the files.
    pub slos: Vec<SloDefinition>,
    /// In the order of the files.
    pub targets: Vec<TargetDefinition>,
    /// In the order of the files.
    pub budget_policies: Vec<BudgetPolicyDefinition>,
    /// In the order of the files.
    pub alert_rules: Vec<AlertRuleDefinition>,
    /// In the order of the files.
    pub journeys: Vec<JourneyDefinition>,
    /// In the order of the files.
    pub slas: Vec<SlaDefinition>,
    /// What is not wrong but worth a word.
    pub warnings: Vec<String>,
}

/// Definitions, if nothing is wrong; otherwise everything that is, in the order of the files.
pub type Parsed = Result<Definitions, Vec<DefinitionError>>;
