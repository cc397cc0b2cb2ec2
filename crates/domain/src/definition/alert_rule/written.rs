//! What an alert rule says, field by field, for plans.

use crate::alert::AlertSeverity;
use crate::alert_rule::{Across, AlertRule, Condition, Limit, Measure};

/// What a rule says, as fields in a fixed order; empty ones are left out.
pub(in super::super) fn fields_of(rule: &AlertRule) -> Vec<(String, String)> {
    let minutes = crate::slo::duration_text;
    let severity = match rule.severity {
        AlertSeverity::Page => "page",
        AlertSeverity::Ticket => "ticket",
    };
    let limit = |limit: &Option<Limit>| limit.as_ref().map(ToString::to_string).unwrap_or_default();
    let mut fields = vec![
        ("displayName", rule.display_name.clone()),
        ("description", rule.description.clone()),
        ("owner", rule.owner.clone()),
        ("notify", rule.notify.join(", ")),
        ("severity", severity.to_owned()),
        ("action", rule.action.clone()),
        ("runbook", rule.runbook.clone().unwrap_or_default()),
        ("service", rule.service.clone().unwrap_or_default()),
    ];
    match &rule.condition {
        Condition::Threshold(threshold) => {
            let matching = match &threshold.measure {
                Measure::Ratio { matching } => matching.clone(),
                _ => String::new(),
            };
            let across = match &threshold.measure {
                Measure::Gauge { across, .. } => across.name(),
                // What counters add is summed unless somebody says otherwise.
                Measure::Increase { across } | Measure::Rate { across } if *across != Across::Sum => {
                    across.name()
                }
                _ => "",
            };
            fields.extend([
                ("threshold.signal", threshold.signal.name().to_owned()),
                ("threshold.where", threshold.filter.clone()),
                ("threshold.measure", threshold.measure.name().to_owned()),
                ("threshold.matching", matching),
                ("threshold.across", across.to_owned()),
                ("threshold.limit", format!("{} {}", threshold.direction.name(), threshold.limit)),
                ("threshold.resolve", limit(&threshold.end)),
                ("threshold.over", minutes(threshold.over_minutes)),
                (
                    "threshold.least",
                    if threshold.least > 1 { threshold.least.to_string() } else { String::new() },
                ),
                ("threshold.by", threshold.by.join(", ")),
                ("for", minutes(rule.for_minutes)),
            ]);
        }
        Condition::Absence(absence) => fields.extend([
            ("absence.signal", absence.signal.name().to_owned()),
            ("absence.where", absence.filter.clone()),
            ("absence.silentFor", minutes(absence.silent_minutes)),
        ]),
        Condition::Text(text) => fields.extend([
            ("text.contains", text.contains.clone()),
            ("text.where", text.filter.clone()),
            ("text.least", text.least.to_string()),
            ("text.over", minutes(text.over_minutes)),
            ("text.by", text.by.join(", ")),
        ]),
    }
    fields.push(("resolveAfter", minutes(rule.resolve_after_minutes)));
    fields.retain(|(_, value)| !value.is_empty());
    fields.into_iter().map(|(name, value)| (name.to_owned(), value)).collect()
}
