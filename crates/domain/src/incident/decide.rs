//! What follows for incidents from alerts that begin and end, and from mutes.

use std::time::Duration;

use ippo_base::Timestamp;

use super::model::{
    Audience, Decision, Entry, EntryKind, Event, Fact, IPPO, Incident, IncidentKind, IncidentState, Message,
    Severity,
};
use crate::alert::{AlertSeverity, AlertSource, AlertTransition, FiringAlert};
use crate::{Language, Said};

/// An alert that fires again so soon after its end goes on with the same incident.
pub const REOPEN_WITHIN: Duration = Duration::from_secs(30 * 60);
/// A source that falls silent so soon after another one is part of the same incident: everything stopped.
pub const ABSENCE_JOINS_WITHIN: Duration = Duration::from_secs(10 * 60);
/// An incident that its alert began again so often flaps: its ends are no longer announced, its beginnings are.
pub const FLAPPING_AFTER: u32 = 2;

/// Who muted what an incident is about, and until when.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct MuteNote {
    /// Until when.
    pub until: Timestamp,
    /// Who said so.
    pub by: String,
    /// Why.
    pub reason: String,
}

/// What follows from the end of an alert.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Resolution {
    /// For the incident that the alert belonged to.
    pub decision: Decision,
    /// Alerts that still fire and have no incident any more.
    pub orphans: Vec<FiringAlert>,
}

/// What follows when an alert begins to fire. `open` are all incidents that are not resolved, `last` the latest resolved
/// one of the same source, `number` the id that a new incident gets.
pub fn on_firing(
    transition: &AlertTransition,
    open: &[Incident],
    last: Option<&Incident>,
    mute: Option<&MuteNote>,
    number: i64,
) -> Decision {
    if let Some(incident) = host(transition, open) {
        return join(transition, incident, mute);
    }
    match last.filter(|last| goes_on(last, transition.at)) {
        Some(last) => begin_again(transition, last, mute),
        None => begin(transition, mute, number),
    }
}

/// The open incident that an alert belongs to, if there is one.
fn host<'a>(transition: &AlertTransition, open: &'a [Incident]) -> Option<&'a Incident> {
    let of = |key: &str| open.iter().find(|incident| incident.source == key);
    let own = of(&transition.source.key());
    own.or_else(|| match &transition.source {
        AlertSource::Slo { name, severity: AlertSeverity::Ticket } => {
            of(&AlertSource::Slo { name: name.clone(), severity: AlertSeverity::Page }.key())
        }
        AlertSource::Absence { .. } => open.iter().find(|incident| {
            incident.kind == IncidentKind::Absence
                && transition.at.since(incident.opened_at) <= ABSENCE_JOINS_WITHIN
        }),
        AlertSource::Slo { severity: AlertSeverity::Page, .. }
        | AlertSource::Policy { .. }
        | AlertSource::Rule { .. }
        | AlertSource::Own { .. } => None,
    })
}

fn goes_on(last: &Incident, at: Timestamp) -> bool {
    last.resolved.as_ref().is_some_and(|(end, by)| by == IPPO && at.since(*end) <= REOPEN_WITHIN)
}

fn join(transition: &AlertTransition, incident: &Incident, mute: Option<&MuteNote>) -> Decision {
    let mut incident = incident.clone();
    let told: Vec<String> =
        transition.subject.notify.iter().filter(|t| !incident.notify.contains(t)).cloned().collect();
    incident.notify.extend(told.iter().cloned());
    let message = Message {
        event: Event::Opened,
        at: transition.at,
        actor: IPPO.to_owned(),
        text: transition.text.clone(),
        to: Audience::Only(told.clone()),
    };
    let silent = told.is_empty() || incident.muted || mute.is_some();
    Decision {
        incident,
        entries: vec![firing(transition)],
        messages: if silent { vec![] } else { vec![message] },
    }
}

fn begin(transition: &AlertTransition, mute: Option<&MuteNote>, number: i64) -> Decision {
    let subject = &transition.subject;
    let (kind, severity, title) = face(transition);
    let incident = Incident {
        id: number,
        source: transition.source.key(),
        kind,
        title: title.clone(),
        description: String::new(),
        state: IncidentState::Open,
        severity,
        owner: subject.owner.clone(),
        slo: subject.slo.clone(),
        service: subject.service.clone(),
        rule: subject.rule.as_ref().map(|rule| rule.name.clone()),
        runbook: subject.runbook.clone(),
        action: subject.rule.as_ref().map(|rule| rule.action.clone()).filter(|action| !action.is_empty()),
        examples: subject.examples.clone(),
        notify: subject.notify.clone(),
        opened_at: transition.at,
        acknowledged: None,
        resolved: None,
        muted: mute.is_some(),
        reopened: 0,
        impact: None,
    };
    let opened = Entry::new(EntryKind::Opened, transition.at, IPPO, title)
        .with("severity", Fact::Text(severity.name().to_owned()));
    announce(incident, vec![firing(transition), opened], transition, Event::Opened, mute)
}

fn begin_again(transition: &AlertTransition, last: &Incident, mute: Option<&MuteNote>) -> Decision {
    let mut incident = last.clone();
    incident.state = IncidentState::Open;
    incident.acknowledged = None;
    incident.resolved = None;
    incident.reopened += 1;
    incident.muted = mute.is_some();
    if !transition.subject.examples.is_empty() {
        incident.examples.clone_from(&transition.subject.examples);
    }
    let times = incident.reopened;
    let text = if times >= FLAPPING_AFTER {
        Said::new(
            format!("its alert flaps: it began again {times} times; only beginnings are announced"),
            format!("アラートが不安定です({times} 回再開)。以後は発生だけを通知します"),
        )
    } else {
        Said::new("its alert fires again", "アラートが再び発報しました")
    };
    let entry = Entry::new(EntryKind::Reopened, transition.at, IPPO, text)
        .with("reopened", Fact::Number(incident.reopened.into()));
    announce(incident, vec![firing(transition), entry], transition, Event::Reopened, mute)
}

/// Tells everyone, or says why nobody is told.
fn announce(
    incident: Incident,
    mut entries: Vec<Entry>,
    transition: &AlertTransition,
    event: Event,
    mute: Option<&MuteNote>,
) -> Decision {
    let message = Message {
        event,
        at: transition.at,
        actor: IPPO.to_owned(),
        text: transition.text.clone(),
        to: Audience::All,
    };
    let messages = match mute {
        None => vec![message],
        Some(mute) => {
            entries.push(muted(mute, transition.at));
            vec![]
        }
    };
    Decision { incident, entries, messages }
}

fn face(transition: &AlertTransition) -> (IncidentKind, Severity, Said) {
    let title = &transition.subject.title;
    match &transition.source {
        AlertSource::Slo { severity: AlertSeverity::Page, .. } => {
            (IncidentKind::Slo, Severity::Sev2, burning(title))
        }
        AlertSource::Slo { severity: AlertSeverity::Ticket, .. } => {
            (IncidentKind::Slo, Severity::Sev4, slowly_burning(title))
        }
        AlertSource::Absence { name } => {
            let silent = transition.subject.service.as_ref().unwrap_or(name);
            let title = Said::new(
                format!("Nothing is heard from {silent}"),
                format!("{silent} からデータが届いていません"),
            );
            (IncidentKind::Absence, Severity::Sev2, title)
        }
        AlertSource::Policy { policy, .. } => {
            let title = title.map(|language, title| match language {
                Language::English => format!("{title}: the error budget policy {policy} applies"),
                Language::Japanese => {
                    format!("{title}: エラーバジェットポリシー {policy} が適用されています")
                }
            });
            (IncidentKind::Policy, Severity::Sev4, title)
        }
        AlertSource::Rule { group, .. } => {
            let severity = match transition.subject.rule.as_ref().map(|rule| rule.severity) {
                Some(AlertSeverity::Ticket) => Severity::Sev4,
                Some(AlertSeverity::Page) | None => Severity::Sev2,
            };
            let of_group = |title: &str| match group.as_str() {
                "" => title.to_owned(),
                group => format!("{title} ({group})"),
            };
            (IncidentKind::Rule, severity, title.map(|_, title| of_group(title)))
        }
        AlertSource::Own { .. } => {
            (IncidentKind::Ippo, Severity::Sev3, title.map(|_, title| format!("ippo: {title}")))
        }
    }
}

fn burning(title: &Said) -> Said {
    title.map(|language, title| match language {
        Language::English => format!("{title} is burning its error budget"),
        Language::Japanese => format!("{title}: エラーバジェットの消費が速すぎます"),
    })
}

fn slowly_burning(title: &Said) -> Said {
    title.map(|language, title| match language {
        Language::English => format!("{title} is slowly burning its error budget"),
        Language::Japanese => format!("{title}: エラーバジェットが徐々に消費されています"),
    })
}

fn firing(transition: &AlertTransition) -> Entry {
    about_alert(EntryKind::AlertFiring, transition)
}

fn about_alert(kind: EntryKind, transition: &AlertTransition) -> Entry {
    Entry::new(kind, transition.at, IPPO, transition.text.clone())
        .with("source", Fact::Text(transition.source.key()))
        .with("alert", Fact::Text(transition.alert.clone()))
}

fn muted(mute: &MuteNote, at: Timestamp) -> Entry {
    let (until, reason) = (mute.until, &mute.reason);
    let text = Said::new(
        format!("nobody is told until {until}: {reason}"),
        format!("{until} まで誰にも通知しません: {reason}"),
    );
    Entry::new(EntryKind::Muted, at, &mute.by, text).with("until", Fact::Text(mute.until.to_string()))
}

/// What follows when an alert no longer fires: `incident` is the one it belonged to, `remaining` what still fires of it.
/// A page's incident ends with its last page; tickets that joined it then stand for themselves.
pub fn on_resolved(
    transition: &AlertTransition,
    incident: &Incident,
    remaining: &[FiringAlert],
) -> Resolution {
    let mut incident = incident.clone();
    let mut entries = vec![about_alert(EntryKind::AlertResolved, transition)];
    let is_ticket = |alert: &FiringAlert| {
        matches!(alert.source, AlertSource::Slo { severity: AlertSeverity::Ticket, .. })
    };
    let paged = matches!(
        AlertSource::parse(&incident.source),
        Some(AlertSource::Slo { severity: AlertSeverity::Page, .. })
    );
    let held = remaining.iter().any(|alert| !paged || !is_ticket(alert));
    if held || incident.state == IncidentState::Resolved {
        return Resolution { decision: Decision { incident, entries, messages: vec![] }, orphans: vec![] };
    }
    incident.state = IncidentState::Resolved;
    incident.resolved = Some((transition.at, IPPO.to_owned()));
    let flaps = incident.reopened >= FLAPPING_AFTER;
    let text = match flaps {
        true => Said::new(
            "none of its alerts fires any more; it flaps, so its end is not announced",
            "発報中のアラートがなくなりました。不安定なため、解決は通知しません",
        ),
        false => Said::new("none of its alerts fires any more", "発報中のアラートがなくなりました"),
    };
    entries.push(Entry::new(EntryKind::Resolved, transition.at, IPPO, text));
    let message = Message {
        event: Event::Resolved,
        at: transition.at,
        actor: IPPO.to_owned(),
        text: transition.text.clone(),
        to: Audience::All,
    };
    let messages = if flaps || incident.muted { vec![] } else { vec![message] };
    Resolution { decision: Decision { incident, entries, messages }, orphans: remaining.to_vec() }
}

/// An error budget policy asks for something because of an incident: it is written down, and `told` hear of it, whether or not
/// they were told of the incident. Nobody hears of what is muted.
pub fn on_budget_policy(incident: &Incident, text: &Said, told: &[String], now: Timestamp) -> Decision {
    let entry = Entry::new(EntryKind::BudgetPolicy, now, IPPO, text.clone());
    let message = Message {
        event: Event::BudgetPolicy,
        at: now,
        actor: IPPO.to_owned(),
        text: text.clone(),
        to: Audience::Only(told.to_vec()),
    };
    let silent = told.is_empty() || incident.muted;
    Decision {
        incident: incident.clone(),
        entries: vec![entry],
        messages: if silent { vec![] } else { vec![message] },
    }
}

/// What follows for an incident when what it is about is muted or no longer muted. `told` says whether anyone was ever
/// told of it. None if nothing changes.
pub fn sync_mute(
    incident: &Incident,
    mute: Option<&MuteNote>,
    told: bool,
    now: Timestamp,
) -> Option<Decision> {
    if incident.muted == mute.is_some() {
        return None;
    }
    let mut incident = incident.clone();
    incident.muted = mute.is_some();
    let Some(mute) = mute else {
        let still_open = incident.state == IncidentState::Open && !told;
        let text = if still_open {
            Said::new(
                "the mute ended and nobody was told yet",
                "ミュートが終わりました。まだ誰にも通知していません",
            )
        } else {
            Said::new("the mute ended", "ミュートが終わりました")
        };
        let message = Message {
            event: Event::Opened,
            at: incident.opened_at,
            actor: IPPO.to_owned(),
            text: Said::new(
                "It began while it was muted, and is still open.",
                "ミュート中に発生し、まだ続いています。",
            ),
            to: Audience::All,
        };
        let entries = vec![Entry::new(EntryKind::Unmuted, now, IPPO, text)];
        return Some(Decision {
            incident,
            entries,
            messages: if still_open { vec![message] } else { vec![] },
        });
    };
    Some(Decision { incident, entries: vec![muted(mute, now)], messages: vec![] })
}
