//! From incidents as the engine has them to what the API writes.

use ippo_base::Timestamp;
use ippo_domain::{Language, delivery as sent, incident as domain};
use ippo_engine::incident::IncidentView;
use ippo_state::timeline::Recorded;

use super::{
    Channel, Delivery, DeliveryState, Impact, Incident, IncidentChange, IncidentExample, IncidentKind,
    IncidentState, Severity, TimelineEntry, TimelineKind,
};
use crate::time::Time;
use crate::trace::Attributes;

impl Incident {
    /// One incident as it stands, in a language.
    pub(super) fn told(view: &IncidentView, language: Language) -> Self {
        let one = &view.incident;
        let at = |mark: &Option<(Timestamp, String)>| mark.as_ref().map(|(at, _)| Time(*at));
        let by = |mark: &Option<(Timestamp, String)>| mark.as_ref().map(|(_, by)| by.clone());
        Self {
            id: one.id.unsigned_abs(),
            key: one.key(),
            title: one.title.to(language).to_owned(),
            kind: kind(one.kind),
            state: state(one.state),
            severity: one.severity.into(),
            owner: one.owner.clone(),
            slo: one.slo.clone(),
            service: one.service.clone(),
            alert_rule: one.rule.clone(),
            runbook: one.runbook.clone(),
            action: one.action.clone(),
            examples: one
                .examples
                .iter()
                .map(|one| IncidentExample { text: one.text.clone(), path: one.path.clone() })
                .collect(),
            opened_at: Time(one.opened_at),
            acknowledged_at: at(&one.acknowledged),
            acknowledged_by: by(&one.acknowledged),
            resolved_at: at(&one.resolved),
            resolved_by: by(&one.resolved),
            muted: one.muted,
            impact: one.impact.as_ref().map(impact),
            deliveries: view.deliveries.iter().map(delivery).collect(),
        }
    }
}

fn kind(kind: domain::IncidentKind) -> IncidentKind {
    match kind {
        domain::IncidentKind::Slo => IncidentKind::Slo,
        domain::IncidentKind::Absence => IncidentKind::Absence,
        domain::IncidentKind::Policy => IncidentKind::Policy,
        domain::IncidentKind::Rule => IncidentKind::Rule,
        domain::IncidentKind::Ippo => IncidentKind::Ippo,
        domain::IncidentKind::Manual => IncidentKind::Manual,
    }
}

fn state(state: domain::IncidentState) -> IncidentState {
    match state {
        domain::IncidentState::Open => IncidentState::Open,
        domain::IncidentState::Acknowledged => IncidentState::Acknowledged,
        domain::IncidentState::Resolved => IncidentState::Resolved,
    }
}

impl From<domain::Severity> for Severity {
    fn from(severity: domain::Severity) -> Self {
        match severity {
            domain::Severity::Sev1 => Self::Sev1,
            domain::Severity::Sev2 => Self::Sev2,
            domain::Severity::Sev3 => Self::Sev3,
            domain::Severity::Sev4 => Self::Sev4,
        }
    }
}

impl From<Severity> for domain::Severity {
    fn from(severity: Severity) -> Self {
        match severity {
            Severity::Sev1 => Self::Sev1,
            Severity::Sev2 => Self::Sev2,
            Severity::Sev3 => Self::Sev3,
            Severity::Sev4 => Self::Sev4,
        }
    }
}

fn impact(impact: &domain::Impact) -> Impact {
    Impact {
        from: Time(impact.from),
        to: Time(impact.to),
        requests: impact.requests,
        users: impact.users,
        users_exact: impact.users_exact,
        example_traces: impact.example_traces.clone(),
    }
}

fn delivery(delivery: &sent::Delivery) -> Delivery {
    Delivery {
        id: delivery.id.to_string(),
        target: delivery.target.clone(),
        channel: channel(&delivery.channel),
        state: match delivery.state {
            sent::DeliveryState::Pending | sent::DeliveryState::Sending => DeliveryState::Pending,
            sent::DeliveryState::Delivered => DeliveryState::Delivered,
            sent::DeliveryState::Failed => DeliveryState::Failed,
            sent::DeliveryState::Abandoned => DeliveryState::Abandoned,
        },
        attempts: delivery.attempts,
        last_error: delivery.last_error.clone(),
        next_attempt_at: delivery.next_at.map(Time),
        delivered_at: delivery.delivered_at.map(Time),
    }
}

/// Reads a channel's word; messages are made with one of these three.
pub(crate) fn channel(word: &str) -> Channel {
    match word {
        "email" => Channel::Email,
        "slack" => Channel::Slack,
        _ => Channel::Webhook,
    }
}

impl TimelineEntry {
    /// What happened, in a language.
    pub(super) fn told(entry: Recorded, language: Language) -> Self {
        Self {
            id: entry.id.to_string(),
            kind: entry_kind(entry.kind),
            event_time: Time(entry.event_time),
            recorded_time: Time(entry.recorded_time),
            actor: entry.actor,
            text: entry.text.to(language).to_owned(),
            data: Attributes(entry.data.into_iter().collect()),
        }
    }
}

fn entry_kind(kind: domain::EntryKind) -> TimelineKind {
    match kind {
        domain::EntryKind::Opened => TimelineKind::Opened,
        domain::EntryKind::AlertFiring => TimelineKind::AlertFiring,
        domain::EntryKind::AlertResolved => TimelineKind::AlertResolved,
        domain::EntryKind::Notified => TimelineKind::Notified,
        domain::EntryKind::NotifyFailed => TimelineKind::NotifyFailed,
        domain::EntryKind::NotifyAbandoned => TimelineKind::NotifyAbandoned,
        domain::EntryKind::Acknowledged => TimelineKind::Acknowledged,
        domain::EntryKind::Resolved => TimelineKind::Resolved,
        domain::EntryKind::Reopened => TimelineKind::Reopened,
        domain::EntryKind::Comment => TimelineKind::Comment,
        domain::EntryKind::SeverityChanged => TimelineKind::SeverityChanged,
        domain::EntryKind::OwnerChanged => TimelineKind::OwnerChanged,
        domain::EntryKind::Impact => TimelineKind::Impact,
        domain::EntryKind::BudgetPolicy => TimelineKind::BudgetPolicy,
        domain::EntryKind::Muted => TimelineKind::Muted,
        domain::EntryKind::Unmuted => TimelineKind::Unmuted,
    }
}

impl IncidentChange {
    pub(super) fn told(changed: &ippo_domain::incident::Changed, language: Language) -> Self {
        Self {
            time: Time(changed.at),
            by: changed.by.clone(),
            text: changed.said.to(language).to_owned(),
            own: changed.is_own,
            url: changed.url.clone(),
        }
    }
}
