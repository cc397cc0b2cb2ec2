//! From alert rules as the engine has them to what the API writes.

use ippo_domain::Language;
use ippo_domain::alert::AlertSeverity;
use ippo_domain::alert_rule::Condition;
use ippo_engine::alert_rule::{GroupReport, RuleReport, RuleState, TryOut, Would};

use super::{
    AlertRule, AlertRuleGroup, AlertRuleKind, AlertRuleSeverity, AlertRuleState, AlertRuleTried,
    AlertRuleWould,
};
use crate::page::Page;
use crate::time::Time;

impl AlertRule {
    /// One rule as it stands, in a language.
    pub(super) fn told(report: &RuleReport, language: Language) -> Self {
        let rule = &report.defined.rule;
        Self {
            name: rule.name.clone(),
            display_name: rule.display_name.clone(),
            description: rule.description.clone(),
            owner: rule.owner.clone(),
            notify: rule.notify.clone(),
            severity: match rule.severity {
                AlertSeverity::Page => AlertRuleSeverity::Page,
                AlertSeverity::Ticket => AlertRuleSeverity::Ticket,
            },
            action: rule.action.clone(),
            runbook: rule.runbook.clone(),
            service: rule.service.clone(),
            kind: match rule.condition {
                Condition::Threshold(_) => AlertRuleKind::Threshold,
                Condition::Absence(_) => AlertRuleKind::Absence,
                Condition::Text(_) => AlertRuleKind::Text,
            },
            when: rule.condition.said().to(language).to_owned(),
            for_minutes: rule.for_minutes,
            resolve_after_minutes: rule.resolve_after_minutes,
            by: rule.condition.by().to_vec(),
            revision: report.defined.revision,
            applied_at: Time(report.defined.applied_at),
            document: report.defined.document.clone(),
            state: state(report.state),
            judged_at: report.judged.map(|minute| Time(minute.end())),
            trouble: report.trouble.as_ref().map(|said| said.to(language).to_owned()),
            last_fired_at: report.last_fired_at.map(Time),
            groups: report.groups.iter().map(|one| group(one, language)).collect(),
            more_groups: report.more_groups,
            muted_until: report.mute.as_ref().map(|mute| Time(mute.until)),
            muted_by: report.mute.as_ref().map(|mute| mute.by.clone()),
        }
    }
}

fn group(report: &GroupReport, language: Language) -> AlertRuleGroup {
    AlertRuleGroup {
        label: report.label.clone(),
        state: state(report.state),
        since: report.since.map(|minute| Time(minute.end())),
        text: report.said.as_ref().map(|said| said.to(language).to_owned()),
        incident: report.incident.map(i64::unsigned_abs),
    }
}

fn state(state: RuleState) -> AlertRuleState {
    match state {
        RuleState::Firing => AlertRuleState::Firing,
        RuleState::Pending => AlertRuleState::Pending,
        RuleState::Unknown => AlertRuleState::Unknown,
        RuleState::Fine => AlertRuleState::Fine,
    }
}

impl AlertRuleTried {
    pub(super) fn told(tried: TryOut, language: Language) -> Self {
        let would = |one: &Would| AlertRuleWould {
            group: one.group.clone(),
            from: Time(one.from.end()),
            to: one.to.map(|minute| Time(minute.end())),
            text: one.said.to(language).to_owned(),
        };
        Self {
            name: tried.rule.name.clone(),
            when: tried.rule.condition.said().to(language).to_owned(),
            from: Time(tried.range.from.start()),
            to: Time(tried.range.to.start()),
            minutes: tried.range.len(),
            measured_minutes: tried.measured_minutes,
            fired: tried.fired as u64,
            firing_minutes: tried.firing_minutes,
            would: tried.would.iter().map(would).collect(),
            page: Page { partial: !tried.warnings.is_empty(), warnings: tried.warnings, ..Page::default() },
        }
    }
}
