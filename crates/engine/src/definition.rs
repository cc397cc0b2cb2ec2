//! Applies definitions: parses them, plans the way from what is stored, stores all of it in one transaction, and has
//! telemetry count for it. A plan that is wrong in one place changes nothing.

use std::sync::Arc;

use ippo_base::Timestamp;
use ippo_domain::definition::{
    Action, Current, DefinitionError, Definitions, Kind, Missing, Plan, SloDefinition, SourceFile, Step,
    TargetDefinition, parse, parse_alert_rule, parse_budget_policy, parse_journey, parse_sla, parse_slo,
    parse_target, plan,
};
use ippo_state::StateError;
use ippo_state::definition::{Applying, Revise, StoredDefinition, current, revise};
use tokio::sync::Mutex;

use crate::alert_rule::compile;
use crate::slo::{SloError, Slos, counters, kinds};

/// Whether anything is changed.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum ApplyMode {
    /// Only the plan is made.
    DryRun,
    /// The plan is carried out.
    Apply,
}

/// Whether to wait until new counters are filled from stored telemetry.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum BackfillWait {
    /// Answer when they are.
    Wait,
    /// Answer at once.
    Return,
}

/// What to apply.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Apply {
    /// The files.
    pub files: Vec<SourceFile>,
    /// Whether to do it.
    pub mode: ApplyMode,
    /// What becomes of what is not in the files.
    pub missing: Missing,
    /// Whether to wait.
    pub wait: BackfillWait,
    /// Who asks: the name of an account or token.
    pub by: String,
}

/// What was planned, and whether it was done.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Applied {
    /// Whether it was done.
    pub applied: bool,
    /// Every step.
    pub plan: Plan,
}

/// Why nothing was applied, or not all of it.
#[derive(Debug, thiserror::Error)]
pub enum ApplyError {
    /// The definitions are wrong; nothing was changed.
    #[error("the definitions are wrong in {} places", .0.len())]
    Invalid(Vec<DefinitionError>),
    /// The state database failed; nothing was changed.
    #[error("cannot store the definitions")]
    State(#[from] StateError),
    /// The metrics that definitions read cannot be looked at; nothing was changed.
    #[error("cannot look at the metrics that the definitions read")]
    Metrics(#[source] SloError),
    /// Telemetry failed. What was applied is stored, and counting is taken up again at the next start.
    #[error("the definitions are stored, but telemetry does not count for them yet")]
    Counting(#[from] SloError),
}

/// Applies definitions, one apply at a time. Cheap to clone; clones share.
#[derive(Clone)]
pub struct DefinitionDesk {
    slos: Slos,
    turn: Arc<Mutex<()>>,
}

impl DefinitionDesk {
    /// Applies to what `slos` works with.
    pub fn new(slos: Slos) -> Self {
        Self { slos, turn: Arc::new(Mutex::new(())) }
    }

    /// Plans, and unless it is a dry run, stores and counts.
    ///
    /// # Errors
    /// When the definitions are wrong, or state or telemetry fail.
    pub async fn apply(&self, apply: &Apply, now: Timestamp) -> Result<Applied, ApplyError> {
        // Whoever asked may go away in the middle: what is stored must be counted nevertheless.
        let (desk, wish) = (self.clone(), apply.clone());
        let carried_out = tokio::spawn(async move { desk.carry_out(&wish, now).await });
        let (applied, desired) = match carried_out.await {
            Ok(done) => done?,
            Err(broken) => match broken.try_into_panic() {
                Ok(panic) => std::panic::resume_unwind(panic),
                // Only the end of the whole process cancels it, and then nobody waits.
                Err(_) => std::future::pending().await,
            },
        };
        if applied.applied && apply.wait == BackfillWait::Wait {
            self.wait(&desired).await?;
        }
        Ok(applied)
    }

    async fn carry_out(&self, apply: &Apply, now: Timestamp) -> Result<(Applied, Definitions), ApplyError> {
        let desired = read(&apply.files).map_err(ApplyError::Invalid)?;
        let _turn = self.turn.lock().await;
        let stored = {
            let mut connection = self.slos.state.read().await?;
            current(&mut connection).await?
        };
        let plan = plan(&understood(&stored), &desired, apply.missing).map_err(ApplyError::Invalid)?;
        let changes: Vec<&Step> = plan.steps.iter().filter(|s| s.action != Action::Unchanged).collect();
        self.check_metrics(&changes, &desired, now).await?;
        if apply.mode == ApplyMode::DryRun {
            return Ok((Applied { applied: false, plan }, desired));
        }
        if !changes.is_empty() {
            self.store(&changes, &desired, Applying { by: &apply.by, at: now }).await?;
        }
        // Also where nothing changes: counting for what was applied before may have failed.
        self.slos.load().await?;
        Ok((Applied { applied: true, plan }, desired))
    }

    /// Holds what is new or changes against what is known of the metrics it reads.
    async fn check_metrics(
        &self,
        changes: &[&Step],
        desired: &Definitions,
        now: Timestamp,
    ) -> Result<(), ApplyError> {
        let changed = |name: &str| changes.iter().any(|step| step.kind == Kind::Slo && step.name == name);
        let slos: Vec<&SloDefinition> = desired.slos.iter().filter(|each| changed(&each.slo.name)).collect();
        let wrong = kinds::check(&self.slos.store, &slos, now).await.map_err(ApplyError::Metrics)?;
        if wrong.is_empty() { Ok(()) } else { Err(ApplyError::Invalid(wrong)) }
    }

    /// Current notification targets, by name.
    ///
    /// # Errors
    /// When the state database fails.
    pub async fn targets(&self) -> Result<Vec<TargetDefinition>, StateError> {
        let mut connection = self.slos.state.read().await?;
        Ok(understood(&current(&mut connection).await?).targets)
    }

    async fn store(
        &self,
        changes: &[&Step],
        desired: &Definitions,
        by: Applying<'_>,
    ) -> Result<(), StateError> {
        let mut tx = self.slos.state.begin().await?;
        for step in changes {
            let document = match step.action {
                Action::Delete => None,
                Action::Create | Action::Update | Action::Unchanged => document_of(desired, step),
            };
            revise(&mut tx, Revise { kind: step.kind.name(), name: &step.name, document }, by).await?;
        }
        tx.commit().await
    }

    async fn wait(&self, desired: &Definitions) -> Result<(), ApplyError> {
        let pages = self.slos.book.read();
        for definition in &desired.slos {
            if let Some(defined) = pages.slos.get(&definition.slo.name) {
                for key in defined.counter_keys() {
                    self.slos.store.wait_backfilled(key).await.map_err(SloError::from)?;
                }
            }
        }
        Ok(())
    }
}

/// Reads the files, expressions and all, as an apply does before it looks at what is stored.
///
/// # Errors
/// Everything that is wrong, in the order of the files.
pub fn read(files: &[SourceFile]) -> Result<Definitions, Vec<DefinitionError>> {
    let definitions = parse(files)?;
    let of_slos = definitions.slos.iter().flat_map(counters::check);
    let wrong: Vec<DefinitionError> = of_slos
        .chain(definitions.alert_rules.iter().flat_map(compile::check))
        .chain(definitions.journeys.iter().flat_map(crate::journey::check))
        .collect();
    if wrong.is_empty() { Ok(definitions) } else { Err(wrong) }
}

/// What is stored, as far as this version of ippo can read it: what it cannot read counts as not there, so that applying
/// its file again mends it.
fn understood(stored: &[StoredDefinition]) -> Current {
    let of_kind = |kind: Kind| stored.iter().filter(move |row| row.kind == kind.name());
    let slo = |row: &StoredDefinition| Some((parse_slo(&row.document).ok()?, row.document.clone()));
    Current {
        slos: of_kind(Kind::Slo).filter_map(slo).collect(),
        targets: of_kind(Kind::NotificationTarget)
            .filter_map(|row| parse_target(&row.document).ok())
            .collect(),
        budget_policies: of_kind(Kind::ErrorBudgetPolicy)
            .filter_map(|row| Some((parse_budget_policy(&row.document).ok()?, row.document.clone())))
            .collect(),
        alert_rules: of_kind(Kind::AlertRule)
            .filter_map(|row| Some((parse_alert_rule(&row.document).ok()?, row.document.clone())))
            .collect(),
        journeys: of_kind(Kind::Journey)
            .filter_map(|row| Some((parse_journey(&row.document).ok()?, row.document.clone())))
            .collect(),
        slas: of_kind(Kind::Sla)
            .filter_map(|row| Some((parse_sla(&row.document).ok()?, row.document.clone())))
            .collect(),
    }
}

fn document_of<'a>(desired: &'a Definitions, step: &Step) -> Option<&'a str> {
    match step.kind {
        Kind::Slo => desired.slos.iter().find(|d| d.slo.name == step.name).map(|d| d.document.as_str()),
        Kind::NotificationTarget => {
            desired.targets.iter().find(|t| t.name == step.name).map(|t| t.document.as_str())
        }
        Kind::ErrorBudgetPolicy => {
            let named = desired.budget_policies.iter().find(|d| d.policy.name == step.name);
            named.map(|d| d.document.as_str())
        }
        Kind::AlertRule => {
            desired.alert_rules.iter().find(|d| d.rule.name == step.name).map(|d| d.document.as_str())
        }
        Kind::Journey => {
            let named = desired.journeys.iter().find(|d| d.journey.name == step.name);
            named.map(|d| d.document.as_str())
        }
        Kind::Sla => desired.slas.iter().find(|d| d.sla.name == step.name).map(|d| d.document.as_str()),
    }
}
