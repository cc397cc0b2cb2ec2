//! The call that applies definitions: files in, a plan out, and everything that is wrong with its place.

use axum::extract::{Extension, State};
use axum::routing::post;
use axum::{Json, Router};
use ippo_base::SharedClock;
use ippo_domain::definition::{self as domain, DefinitionError, Missing, Plan, SourceFile};
use ippo_engine::definition::{Apply as Wish, ApplyError, ApplyMode, BackfillWait, DefinitionDesk};
use ippo_state::StateError;

use super::{Apply, ApplyAnswer, DefinitionFile, FieldChange, PlanAction, PlanStep};
use crate::access::AuditNote;
use crate::problem::{Body, Problem, ProblemItem};
use crate::session::Caller;

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

async fn apply(
    State(api): State<DefinitionApi>,
    caller: Caller,
    Body(request): Body<Apply>,
) -> Result<(Extension<AuditNote>, Json<ApplyAnswer>), Problem> {
    let file = |file: DefinitionFile| SourceFile { path: file.path, text: file.text };
    let wish = Wish {
        files: request.files.into_iter().map(file).collect(),
        mode: if request.dry_run { ApplyMode::DryRun } else { ApplyMode::Apply },
        missing: if request.prune { Missing::Prune } else { Missing::Keep },
        wait: if request.wait { BackfillWait::Wait } else { BackfillWait::Return },
        by: caller.name(),
    };
    match api.desk.apply(&wish, api.clock.now()).await {
        Ok(applied) => {
            let note = note(applied.applied, &applied.plan);
            Ok((Extension(note), Json(answer(applied.applied, applied.plan))))
        }
        Err(ApplyError::Invalid(errors)) => Err(invalid(errors)),
        Err(ApplyError::State(busy @ (StateError::Busy(_) | StateError::Full(_)))) => {
            Err(Problem::unavailable(format!("Nothing was changed: {busy}."), 5))
        }
        Err(error @ (ApplyError::State(_) | ApplyError::Metrics(_) | ApplyError::Counting(_))) => {
            Err(Problem::internal("applying definitions", &error))
        }
    }
}

/// What the audit log is told: which definitions were changed, and how.
fn note(applied: bool, plan: &Plan) -> AuditNote {
    let changed = plan.steps.iter().filter(|step| step.action != domain::Action::Unchanged);
    let steps: Vec<serde_json::Value> = changed
        .map(|step| {
            // What is new or goes is so as a whole.
            let edited = step.changes.iter().filter(|_| step.action == domain::Action::Update);
            let fields: Vec<&String> = edited.map(|change| &change.field).collect();
            let action = action(step.action);
            serde_json::json!({"action": action, "kind": step.kind.name(), "name": step.name, "fields": fields})
        })
        .collect();
    match applied && !steps.is_empty() {
        true => AuditNote::detail(serde_json::json!({"changes": steps})),
        false => AuditNote::NoChange,
    }
}

fn action(action: domain::Action) -> PlanAction {
    match action {
        domain::Action::Create => PlanAction::Create,
        domain::Action::Update => PlanAction::Update,
        domain::Action::Delete => PlanAction::Delete,
        domain::Action::Unchanged => PlanAction::Unchanged,
    }
}

fn answer(applied: bool, plan: Plan) -> ApplyAnswer {
    let change = |c: domain::Change| FieldChange { field: c.field, before: c.before, after: c.after };
    let step = |step: domain::Step| PlanStep {
        action: action(step.action),
        kind: step.kind.name().to_owned(),
        name: step.name,
        changes: step.changes.into_iter().map(change).collect(),
        consequences: step.consequences,
    };
    ApplyAnswer { applied, plan: plan.steps.into_iter().map(step).collect(), warnings: plan.warnings }
}

/// What is wrong with definitions, as a problem that a person can work through.
pub(crate) fn invalid(errors: Vec<DefinitionError>) -> Problem {
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
