//! Reads again what was stored of a definition: the text of one document, with those it refers to.

use super::yaml::Position;
use super::{DefinitionError, Definitions, SourceFile, TargetDefinition, parse};
use crate::alert_rule::AlertRule;
use crate::journey::Journey;
use crate::sla::Sla;
use crate::slo::Slo;
use crate::slo::budget_policy::BudgetPolicy;

/// Reads one SLO again from [`super::SloDefinition::document`].
pub fn parse_slo(document: &str) -> Result<Slo, Vec<DefinitionError>> {
    only(document, "SLO", |definitions| definitions.slos).map(|definition| definition.slo)
}

/// Reads one notification target again from [`TargetDefinition::document`].
pub fn parse_target(document: &str) -> Result<TargetDefinition, Vec<DefinitionError>> {
    only(document, "notification target", |definitions| definitions.targets)
}

/// Reads one error budget policy again from [`super::BudgetPolicyDefinition::document`].
pub fn parse_budget_policy(document: &str) -> Result<BudgetPolicy, Vec<DefinitionError>> {
    only(document, "error budget policy", |definitions| definitions.budget_policies)
        .map(|definition| definition.policy)
}

/// Reads one alert rule again from [`super::AlertRuleDefinition::document`].
pub fn parse_alert_rule(document: &str) -> Result<AlertRule, Vec<DefinitionError>> {
    only(document, "alert rule", |definitions| definitions.alert_rules).map(|definition| definition.rule)
}

/// Reads one journey again from [`super::JourneyDefinition::document`].
pub fn parse_journey(document: &str) -> Result<Journey, Vec<DefinitionError>> {
    only(document, "journey", |definitions| definitions.journeys).map(|definition| definition.journey)
}

/// Reads one SLA again from [`super::SlaDefinition::document`].
pub fn parse_sla(document: &str) -> Result<Sla, Vec<DefinitionError>> {
    only(document, "SLA", |definitions| definitions.slas).map(|definition| definition.sla)
}

/// The one definition of a kind that a document holds.
fn only<T>(
    document: &str,
    what: &str,
    of_kind: impl FnOnce(Definitions) -> Vec<T>,
) -> Result<T, Vec<DefinitionError>> {
    let file = "stored definition".to_owned();
    let mut found = of_kind(parse(&[SourceFile { path: file.clone(), text: document.to_owned() }])?);
    match (found.pop(), found.is_empty()) {
        (Some(definition), true) => Ok(definition),
        _ => {
            let Position { line, column } = Position::START;
            let message = format!("the stored text does not hold exactly one {what}");
            Err(vec![DefinitionError { file, line, column, field: String::new(), message }])
        }
    }
}
