//! What people do to incidents, and what follows. Who may do it is not asked here.

use ippo_base::Timestamp;

use crate::Said;

use super::model::{
    Audience, Decision, Entry, EntryKind, Event, Fact, Incident, IncidentKind, IncidentState, Message,
    Severity,
};

/// A comment or description, in characters.
pub const TEXT_CHARS: usize = 10_000;
/// A title or a name, in characters.
pub const TITLE_CHARS: usize = 200;

/// Why a change cannot be.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
pub enum Refusal {
    /// The incident is not in a state that allows it.
    #[error("{0}")]
    State(String),
    /// A field is wrong.
    #[error("{field} {complaint}")]
    Field {
        /// Which.
        field: &'static str,
        /// What is wrong with it; continues its name.
        complaint: String,
    },
}

/// An incident that a person opens.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Manual {
    /// In a few words.
    pub title: String,
    /// How bad it is.
    pub severity: Severity,
    /// The service.
    pub service: Option<String>,
    /// What else there is to say.
    pub description: String,
    /// Names of the notification targets that are told.
    pub notify: Vec<String>,
    /// Who opens it.
    pub by: String,
}

/// A person opens an incident, which gets the id `number`.
///
/// # Errors
/// When a field is empty or too long.
pub fn open_manual(manual: Manual, number: i64, now: Timestamp) -> Result<Decision, Refusal> {
    let title = text("title", &manual.title, TITLE_CHARS)?;
    let description = optional("description", &manual.description, TEXT_CHARS)?.unwrap_or_default();
    let service = optional("service", &manual.service.unwrap_or_default(), TITLE_CHARS)?;
    let incident = Incident {
        id: number,
        source: format!("manual/{number}"),
        kind: IncidentKind::Manual,
        title: Said::same(title.clone()),
        description: description.clone(),
        state: IncidentState::Open,
        severity: manual.severity,
        owner: None,
        slo: None,
        service,
        rule: None,
        runbook: None,
        action: None,
        examples: vec![],
        notify: manual.notify,
        opened_at: now,
        acknowledged: None,
        resolved: None,
        muted: false,
        reopened: 0,
        impact: None,
    };
    let mut entries = vec![
        Entry::new(EntryKind::Opened, now, &manual.by, Said::same(title))
            .with("severity", Fact::Text(manual.severity.name().to_owned())),
    ];
    if !description.is_empty() {
        entries.push(Entry::new(EntryKind::Comment, now, &manual.by, Said::same(description.clone())));
    }
    let messages = vec![message(Event::Opened, now, &manual.by, Said::same(description))];
    Ok(Decision { incident, entries, messages })
}

/// A person takes an incident. Taking it twice changes nothing but is recorded.
///
/// # Errors
/// When it is over, or the comment is too long.
pub fn acknowledge(
    incident: &Incident,
    by: &str,
    comment: &str,
    now: Timestamp,
) -> Result<Decision, Refusal> {
    let comment = optional("comment", comment, TEXT_CHARS)?.unwrap_or_default();
    let mut incident = incident.clone();
    match incident.state {
        IncidentState::Resolved => {
            return Err(Refusal::State(format!("{} is resolved; reopen it first", incident.key())));
        }
        IncidentState::Acknowledged => {
            let again = Said::new("acknowledged again", "もう一度対応開始が記録されました");
            let text = if comment.is_empty() { again } else { Said::same(comment) };
            let entries = vec![Entry::new(EntryKind::Acknowledged, now, by, text)];
            return Ok(Decision { incident, entries, messages: vec![] });
        }
        IncidentState::Open => {}
    }
    incident.state = IncidentState::Acknowledged;
    incident.acknowledged = Some((now, by.to_owned()));
    Ok(Decision {
        incident,
        entries: vec![Entry::new(EntryKind::Acknowledged, now, by, Said::same(comment))],
        messages: vec![],
    })
}

/// A person ends an incident.
///
/// # Errors
/// When it is over already, or the comment is too long.
pub fn resolve(incident: &Incident, by: &str, comment: &str, now: Timestamp) -> Result<Decision, Refusal> {
    let comment = optional("comment", comment, TEXT_CHARS)?.unwrap_or_default();
    let mut incident = incident.clone();
    if incident.state == IncidentState::Resolved {
        return Err(Refusal::State(format!("{} is resolved already", incident.key())));
    }
    incident.state = IncidentState::Resolved;
    incident.resolved = Some((now, by.to_owned()));
    let messages = if incident.muted {
        vec![]
    } else {
        vec![message(Event::Resolved, now, by, Said::same(comment.clone()))]
    };
    Ok(Decision {
        incident,
        entries: vec![Entry::new(EntryKind::Resolved, now, by, Said::same(comment))],
        messages,
    })
}

/// A person begins an incident again.
///
/// # Errors
/// When it is not over.
pub fn reopen(incident: &Incident, by: &str, now: Timestamp) -> Result<Decision, Refusal> {
    let mut incident = incident.clone();
    if incident.state != IncidentState::Resolved {
        return Err(Refusal::State(format!("{} is {}, not resolved", incident.key(), incident.state)));
    }
    incident.state = IncidentState::Open;
    incident.acknowledged = None;
    incident.resolved = None;
    let messages =
        if incident.muted { vec![] } else { vec![message(Event::Reopened, now, by, Said::default())] };
    Ok(Decision {
        incident,
        entries: vec![Entry::new(EntryKind::Reopened, now, by, Said::default())],
        messages,
    })
}

/// A person says something.
///
/// # Errors
/// When it is nothing, or too much.
pub fn comment(incident: &Incident, by: &str, words: &str, now: Timestamp) -> Result<Decision, Refusal> {
    let words = text("text", words, TEXT_CHARS)?;
    let entries = vec![Entry::new(EntryKind::Comment, now, by, Said::same(words))];
    Ok(Decision { incident: incident.clone(), entries, messages: vec![] })
}

/// A person says how bad it is. People are told when it is worse than thought.
pub fn set_severity(incident: &Incident, by: &str, severity: Severity, now: Timestamp) -> Decision {
    let mut incident = incident.clone();
    let before = incident.severity;
    if before == severity {
        return Decision { incident, entries: vec![], messages: vec![] };
    }
    incident.severity = severity;
    let text = Said::same(format!("{before} → {severity}"));
    let entry = Entry::new(EntryKind::SeverityChanged, now, by, text.clone())
        .with("before", Fact::Text(before.name().to_owned()))
        .with("after", Fact::Text(severity.name().to_owned()));
    let raised = severity < before && incident.state != IncidentState::Resolved && !incident.muted;
    let messages = if raised { vec![message(Event::SeverityRaised, now, by, text)] } else { vec![] };
    Decision { incident, entries: vec![entry], messages }
}

/// A person says who answers for it; nobody if empty.
///
/// # Errors
/// When the name is too long.
pub fn set_owner(incident: &Incident, by: &str, owner: &str, now: Timestamp) -> Result<Decision, Refusal> {
    let owner = optional("owner", owner, TITLE_CHARS)?;
    let mut incident = incident.clone();
    if incident.owner == owner {
        return Ok(Decision { incident, entries: vec![], messages: vec![] });
    }
    let change = |nobody: &str| {
        let name = |owner: &Option<String>| owner.clone().unwrap_or_else(|| nobody.to_owned());
        format!("{} → {}", name(&incident.owner), name(&owner))
    };
    let text = Said::new(change("nobody"), change("なし"));
    incident.owner = owner;
    Ok(Decision {
        incident,
        entries: vec![Entry::new(EntryKind::OwnerChanged, now, by, text)],
        messages: vec![],
    })
}

fn message(event: Event, at: Timestamp, by: &str, text: Said) -> Message {
    Message { event, at, actor: by.to_owned(), text, to: Audience::All }
}

fn text(field: &'static str, text: &str, most: usize) -> Result<String, Refusal> {
    let complaint = format!("must say something, in at most {most} characters");
    optional(field, text, most)?.ok_or(Refusal::Field { field, complaint })
}

fn optional(field: &'static str, text: &str, most: usize) -> Result<Option<String>, Refusal> {
    let text = text.trim();
    if text.chars().count() > most {
        return Err(Refusal::Field { field, complaint: format!("is longer than {most} characters") });
    }
    Ok((!text.is_empty()).then(|| text.to_owned()))
}
