//! Applying definitions over HTTP: files in, a plan out, and everything that is wrong with its place.

use axum::extract::State;
use axum::routing::post;
use axum::{Json, Router};
use ippo_base::SharedClock;
use ippo_domain::definition::{self as domain, DefinitionError, Missing, Plan, SourceFile};
use ippo_engine::definition::{Apply, ApplyError, ApplyMode, BackfillWait, DefinitionDesk};
use ippo_state::StateError;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::openapi::Document;
use crate::problem::{Body, Problem, ProblemItem};
use crate::session::Caller;

/// One file of definitions.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct DefinitionFile {
    /// What to call it in errors.
    pub path: String,
    /// Its whole text.
    pub text: String,
}

/// What to apply.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ApplyRequest {
    /// The files.
    pub files: Vec<DefinitionFile>,
    /// Only plan.
    #[serde(default)]
    pub dry_run: bool,
    /// Delete what is stored and not in the files.
    #[serde(default)]
    pub prune: bool,
    /// Answer only when new counts are filled from stored telemetry. Default: true.
    #[serde(default = "yes")]
    pub wait: bool,
}

fn yes() -> bool {
    true
}

/// What happens to a definition.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum PlanAction {
    /// It is new.
    Create,
    /// It changes.
    Update,
    /// It is pruned.
    Delete,
    /// Nothing.
    Unchanged,
}

/// A field that changes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct PlanChange {
    /// Its name.
    pub field: String,
    /// What it says now.
    pub before: Option<String>,
    /// What it will say.
    pub after: Option<String>,
}

/// What happens to one definition.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct PlanStep {
    /// What happens.
    pub action: PlanAction,
    /// To what: `SLO` or `NotificationTarget`.
    pub kind: String,
    /// Its name.
    pub name: String,
    /// For an update, what changes.
    pub changes: Vec<PlanChange>,
}

/// The plan, and whether it was carried out.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct ApplyAnswer {
    /// Whether it was; false for a dry run.
    pub applied: bool,
    /// Every step.
    pub plan: Vec<PlanStep>,
    /// What is not wrong but worth a word.
    pub warnings: Vec<String>,
}

/// What the call works with.
#[derive(Clone)]
pub struct DefinitionApi {
    /// Who applies.
    pub desk: DefinitionDesk,
    /// What time it is.
    pub clock: SharedClock,
}

/// The call that applies definitions.
pub fn routes(api: DefinitionApi) -> Router {
    Router::new().route("/api/v1/apply", post(apply)).with_state(api)
}

/// Describes the call that applies definitions.
pub(crate) fn describe(document: &mut Document) {
    document
        .post(
            "/api/v1/apply",
            "apply",
            "Apply SLOs and notification targets from YAML; answers with the plan.",
        )
        .accepts::<ApplyRequest>()
        .answers::<ApplyAnswer>();
}

async fn apply(
    State(api): State<DefinitionApi>,
    caller: Caller,
    Body(request): Body<ApplyRequest>,
) -> Result<Json<ApplyAnswer>, Problem> {
    let file = |file: DefinitionFile| SourceFile { path: file.path, text: file.text };
    let apply = Apply {
        files: request.files.into_iter().map(file).collect(),
        mode: if request.dry_run { ApplyMode::DryRun } else { ApplyMode::Apply },
        missing: if request.prune { Missing::Prune } else { Missing::Keep },
        wait: if request.wait { BackfillWait::Wait } else { BackfillWait::Return },
        by: caller.name(),
    };
    match api.desk.apply(&apply, api.clock.now()).await {
        Ok(applied) => Ok(Json(answer(applied.applied, applied.plan))),
        Err(ApplyError::Invalid(errors)) => Err(invalid(errors)),
        Err(ApplyError::State(busy @ (StateError::Busy(_) | StateError::Full(_)))) => {
            Err(Problem::unavailable(format!("Nothing was changed: {busy}."), 5))
        }
        Err(error @ (ApplyError::State(_) | ApplyError::Counting(_))) => {
            Err(Problem::internal("applying definitions", &error))
        }
    }
}

fn answer(applied: bool, plan: Plan) -> ApplyAnswer {
    let action = |action| match action {
        domain::Action::Create => PlanAction::Create,
        domain::Action::Update => PlanAction::Update,
        domain::Action::Delete => PlanAction::Delete,
        domain::Action::Unchanged => PlanAction::Unchanged,
    };
    let change = |c: domain::Change| PlanChange { field: c.field, before: c.before, after: c.after };
    let step = |step: domain::Step| PlanStep {
        action: action(step.action),
        kind: step.kind.name().to_owned(),
        name: step.name,
        changes: step.changes.into_iter().map(change).collect(),
    };
    ApplyAnswer { applied, plan: plan.steps.into_iter().map(step).collect(), warnings: plan.warnings }
}

/// What is wrong with definitions, as a problem that a person can work through.
fn invalid(errors: Vec<DefinitionError>) -> Problem {
    let detail = match errors.len() {
        1 => "One thing is wrong with the definitions; nothing was changed.".to_owned(),
        count => format!("{count} things are wrong with the definitions; nothing was changed."),
    };
    let item = |e: DefinitionError| ProblemItem {
        file: Some(e.file),
        line: Some(e.line),
        column: Some(e.column),
        field: Some(e.field),
        message: e.message,
    };
    Problem::invalid(detail).with_errors(errors.into_iter().map(item).collect())
}
