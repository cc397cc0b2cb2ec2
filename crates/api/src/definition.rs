//! Definitions as code, as the API takes them: YAML files in, a plan out.

mod calls;

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::openapi::Document;

pub(crate) use calls::invalid;
pub use calls::{DefinitionApi, routes};

/// Files to make true.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Apply {
    /// The files, whole.
    pub files: Vec<DefinitionFile>,
    /// Only say what would change.
    #[serde(default)]
    pub dry_run: bool,
    /// Delete what was applied before and is in no file any more.
    #[serde(default)]
    pub prune: bool,
    /// Answer only when new counts have been made from stored data.
    #[serde(default)]
    pub wait: bool,
}

/// One file of definitions.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct DefinitionFile {
    /// Its path as the caller knows it, for error messages.
    pub path: String,
    /// Its text: one or more YAML documents.
    pub text: String,
}

/// What an apply changed, or would change.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct ApplyAnswer {
    /// Whether the plan was carried out.
    pub applied: bool,
    /// One step for each definition.
    pub plan: Vec<PlanStep>,
    /// What the author should know.
    pub warnings: Vec<String>,
}

/// What happens to one definition.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct PlanStep {
    /// What is done.
    pub action: PlanAction,
    /// `SLO`, `NotificationTarget`, …
    pub kind: String,
    /// `metadata.name`.
    pub name: String,
    /// The fields that differ: of what is new, all that it says, and of what goes, all that it said.
    pub changes: Vec<FieldChange>,
    /// For an update of an SLO, what follows from it, in English: what may fail, what is counted again, who is told.
    pub consequences: Vec<String>,
}

/// What is done with a definition.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum PlanAction {
    /// It is new.
    Create,
    /// It differs.
    Update,
    /// It is in no file any more.
    Delete,
    /// It is as it was.
    Unchanged,
}

/// One field that differs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct FieldChange {
    /// The field, such as `objectives[0].target`.
    pub field: String,
    /// What it was; `null` if it was not said.
    pub before: Option<String>,
    /// What it becomes; `null` if it is said no more.
    pub after: Option<String>,
}

/// Describes the operations of this file.
pub(crate) fn describe(document: &mut Document) {
    document
        .post("/api/v1/apply", "applyDefinitions", "Makes definitions true; a plan first")
        .accepts::<Apply>()
        .answers::<ApplyAnswer>();
}
