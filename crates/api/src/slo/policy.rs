//! Error budget policies over HTTP: what a team agreed to do as its budgets run low, and which rules stand.

use axum::extract::State;
use axum::routing::get;
use axum::{Json, Router};
use ippo_domain::Language;
use ippo_domain::slo::budget_policy::{BudgetRule as DomainRule, Freeze, StandingRule as DomainStanding};
use ippo_engine::slo::PolicyReport;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::calls::{SloApi, problem};
use crate::language::Wanted;
use crate::openapi::Document;
use crate::page::{Page, Params};
use crate::problem::Problem;
use crate::time::Time;

/// Every error budget policy.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct BudgetPolicyList {
    /// The policies, by name.
    pub policies: Vec<BudgetPolicy>,
    /// The envelope.
    #[serde(flatten)]
    pub page: Page,
}

/// What a team agreed to do as its budgets run low.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct BudgetPolicy {
    /// `metadata.name`.
    pub name: String,
    /// `metadata.displayName`, or the name.
    pub display_name: String,
    /// Who agreed, when, and what else there is to say.
    pub description: String,
    /// Who answers for it.
    pub owner: String,
    /// The day on which someone looks again whether it is still what the team wants: `2027-04-01`.
    pub review_on: Option<String>,
    /// Since when it is as it is.
    pub applied_at: Time,
    /// The SLOs that it is about.
    pub slos: Vec<PolicySlo>,
    /// What follows when.
    pub rules: Vec<BudgetRule>,
}

/// An SLO that a policy is about.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct PolicySlo {
    /// `metadata.name`.
    pub name: String,
    /// `metadata.displayName`, or the name.
    pub display_name: String,
}

/// What follows when.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct BudgetRule {
    /// Unique within the policy.
    pub name: String,
    /// When, in the language that was asked for.
    pub when: String,
    /// What follows, in the language that was asked for.
    pub then: String,
    /// Whether changes are frozen.
    pub freeze: Option<FreezeKind>,
    /// Whether a postmortem is due.
    pub postmortem: bool,
    /// The notification targets that are told.
    pub notify: Vec<String>,
    /// What it stands for now.
    pub standing: Vec<StandingRule>,
}

/// How a freeze is meant.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum FreezeKind {
    /// It is said, and the release gate passes all the same.
    Advise,
    /// The release gate does not pass, but for P0 and security fixes.
    Block,
}

/// A rule that stands for an SLO.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct StandingRule {
    /// The SLO's name.
    pub slo: String,
    /// The policy's name.
    pub policy: String,
    /// The rule's name.
    pub rule: String,
    /// Whether changes are frozen.
    pub freeze: Option<FreezeKind>,
    /// Whether a postmortem is due.
    pub postmortem: bool,
    /// The incident that it is about; `null` if it is about the SLO as a whole.
    pub incident: Option<u64>,
    /// Since when.
    pub since: Time,
    /// Why, as it was when it began, and what follows, in the language that was asked for.
    pub text: String,
}

impl StandingRule {
    pub(super) fn told(slo: &str, standing: &DomainStanding, language: Language) -> Self {
        Self {
            slo: slo.to_owned(),
            policy: standing.policy.clone(),
            rule: standing.rule.clone(),
            freeze: standing.freeze.map(freeze),
            postmortem: standing.postmortem,
            incident: standing.incident.and_then(|id| u64::try_from(id).ok()),
            since: Time(standing.since),
            text: standing.said.to(language).to_owned(),
        }
    }
}

fn freeze(freeze: Freeze) -> FreezeKind {
    match freeze {
        Freeze::Advise => FreezeKind::Advise,
        Freeze::Block => FreezeKind::Block,
    }
}

impl BudgetPolicy {
    fn told(report: &PolicyReport, language: Language) -> Self {
        let policy = &report.defined.policy;
        let rule = |rule: &DomainRule| BudgetRule {
            name: rule.name.clone(),
            when: rule.when.said().to(language).to_owned(),
            then: rule.asks().to(language).to_owned(),
            freeze: rule.freeze.map(freeze),
            postmortem: rule.postmortem,
            notify: rule.notify.clone(),
            standing: report
                .standing
                .iter()
                .filter(|(_, standing)| standing.rule == rule.name)
                .map(|(slo, standing)| StandingRule::told(slo, standing, language))
                .collect(),
        };
        let named = |(name, display_name): &(String, String)| PolicySlo {
            name: name.clone(),
            display_name: display_name.clone(),
        };
        Self {
            name: policy.name.clone(),
            display_name: policy.display_name.clone(),
            description: policy.description.clone(),
            owner: policy.owner.clone(),
            review_on: policy.review_on.map(|date| date.to_string()),
            applied_at: Time(report.defined.applied_at),
            slos: report.slos.iter().map(named).collect(),
            rules: policy.rules.iter().map(rule).collect(),
        }
    }
}

/// The calls about error budget policies.
pub(super) fn routes() -> Router<SloApi> {
    Router::new().route("/api/v1/budget-policies", get(list))
}

async fn list(
    State(api): State<SloApi>,
    Wanted(language): Wanted,
    params: Params,
) -> Result<Json<BudgetPolicyList>, Problem> {
    params.finish()?;
    let reports = api.slos.budget_policies().await.map_err(|e| problem(&e))?;
    let warnings = api.slos.book.read().unusable.iter().map(ToString::to_string).collect::<Vec<_>>();
    let page = Page { partial: !warnings.is_empty(), warnings, ..Page::default() };
    let policies = reports.iter().map(|report| BudgetPolicy::told(report, language)).collect();
    Ok(Json(BudgetPolicyList { policies, page }))
}

/// Describes the operations of this file.
pub(super) fn describe(document: &mut Document) {
    document
        .get(
            "/api/v1/budget-policies",
            "listBudgetPolicies",
            "Error budget policies, and which of their rules stand",
        )
        .answers::<BudgetPolicyList>();
}
