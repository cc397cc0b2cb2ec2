//! What messages say: the facts of a parcel put into templates, one folder a language. Every message answers: what, since
//! when, who is harmed, where to look, what to do.

use ippo_base::Timestamp;
use ippo_domain::Language;
use ippo_domain::alert::Example;
use ippo_domain::incident::{Changed, Event, Incident, IncidentState};
use jiff::tz::TimeZone;
use minijinja::syntax::SyntaxConfig;
use minijinja::{Environment, context};
use serde_json::{Value, json};

use super::slack::escape;
use super::{Notice, Parcel};
use crate::settings::MessageSettings;

/// The templates of every language, by name.
const TEMPLATES: &[(&str, &str)] = &[
    ("en/subject.txt", include_str!("../../templates/en/subject.txt")),
    ("en/mail.txt", include_str!("../../templates/en/mail.txt")),
    ("en/mail.html", include_str!("../../templates/en/mail.html")),
    ("en/slack.txt", include_str!("../../templates/en/slack.txt")),
    ("ja/subject.txt", include_str!("../../templates/ja/subject.txt")),
    ("ja/mail.txt", include_str!("../../templates/ja/mail.txt")),
    ("ja/mail.html", include_str!("../../templates/ja/mail.html")),
    ("ja/slack.txt", include_str!("../../templates/ja/slack.txt")),
];

/// Why messages cannot be worded.
#[derive(Debug, thiserror::Error)]
pub enum WordsError {
    /// The time zone is not known.
    #[error("{0:?} is not a time zone such as Asia/Tokyo or UTC")]
    TimeZone(String),
    /// A template cannot be read or filled in.
    #[error("a message's template is broken")]
    Template(#[from] minijinja::Error),
}

/// Words messages in one language and time zone.
pub struct Words {
    templates: Environment<'static>,
    language: Language,
    zone: TimeZone,
    public_url: String,
}

impl Words {
    /// Reads the templates.
    ///
    /// # Errors
    /// When the time zone is unknown.
    pub fn new(settings: &MessageSettings) -> Result<Self, WordsError> {
        let mut templates = Environment::new();
        templates.set_syntax(SyntaxConfig::builder().trim_blocks(true).lstrip_blocks(true).build()?);
        templates.add_filter("slack", |text: String| escape(&text));
        for (name, text) in TEMPLATES {
            templates.add_template(name, text)?;
        }
        let zone = TimeZone::get(&settings.time_zone)
            .map_err(|_| WordsError::TimeZone(settings.time_zone.clone()))?;
        let public_url = settings.public_url.trim_end_matches('/').to_owned();
        Ok(Self { templates, language: settings.language, zone, public_url })
    }

    /// One line.
    pub(super) fn subject(&self, parcel: &Parcel) -> Result<String, WordsError> {
        let line = self.fill("subject.txt", parcel)?;
        Ok(line.split_whitespace().collect::<Vec<_>>().join(" "))
    }

    /// An e-mail's plain text.
    pub(super) fn mail_text(&self, parcel: &Parcel) -> Result<String, WordsError> {
        self.fill("mail.txt", parcel)
    }

    /// An e-mail's HTML.
    pub(super) fn mail_html(&self, parcel: &Parcel) -> Result<String, WordsError> {
        self.fill("mail.html", parcel)
    }

    /// Slack's own markup.
    pub(super) fn slack(&self, parcel: &Parcel) -> Result<String, WordsError> {
        Ok(self.fill("slack.txt", parcel)?.trim().to_owned())
    }

    /// A webhook's body.
    pub(super) fn json(&self, parcel: &Parcel) -> Value {
        let (event, incident, more) = match &parcel.notice {
            Notice::Test { by } => {
                ("test", Value::Null, json!({"actor": by, "text": "", "event_time": null}))
            }
            Notice::Incident { event, event_time, actor, text, incident, changed, .. } => (
                event.name(),
                self.incident_json(incident, changed),
                json!({"actor": actor, "text": text.to(self.language), "event_time": event_time.to_string()}),
            ),
        };
        json!({
            "id": parcel.id.to_string(),
            "event": event,
            "event_time": more["event_time"],
            "sent_at": parcel.sent_at.to_string(),
            "repeat": parcel.repeat,
            "actor": more["actor"],
            "text": more["text"],
            "incident": incident,
        })
    }

    fn incident_json(&self, incident: &Incident, changed: &[Changed]) -> Value {
        let impact = incident.impact.as_ref().map(|impact| {
            json!({"requests": impact.requests, "users": impact.users, "users_exact": impact.users_exact})
        });
        let example =
            |one: &Example| json!({"text": one.text, "url": format!("{}{}", self.public_url, one.path)});
        let examples: Vec<Value> = incident.examples.iter().map(example).collect();
        json!({
            "id": incident.id,
            "key": incident.key(),
            "title": incident.title.to(self.language),
            "kind": incident.kind.name(),
            "state": incident.state.name(),
            "severity": incident.severity.name(),
            "slo": incident.slo,
            "service": incident.service,
            "owner": incident.owner,
            "opened_at": incident.opened_at.to_string(),
            "rule": incident.rule,
            "runbook": incident.runbook,
            "action": incident.action,
            "examples": examples,
            "changed_before": changed.iter().map(|one| self.changed_json(one)).collect::<Vec<_>>(),
            "impact": impact,
            "url": self.url(Some(incident)),
        })
    }

    fn changed_json(&self, changed: &Changed) -> Value {
        json!({
            "time": changed.at.to_string(),
            "by": changed.by,
            "text": changed.said.to(self.language),
            "own": changed.is_own,
            "url": changed.url,
        })
    }

    fn fill(&self, template: &str, parcel: &Parcel) -> Result<String, WordsError> {
        let name = format!("{}/{template}", self.language.code());
        Ok(self.templates.get_template(&name)?.render(self.facts(parcel))?)
    }

    /// What templates see.
    fn facts(&self, parcel: &Parcel) -> minijinja::Value {
        match &parcel.notice {
            Notice::Test { by } => context! {
                test => true,
                by => by.clone(),
                happened => self.time(parcel.sent_at),
                url => self.url(None),
                repeat => parcel.repeat,
            },
            Notice::Incident { event, event_time, actor, text, severity, incident, changed } => context! {
                test => false,
                by => actor.clone(),
                event => event.name(),
                key => incident.key(),
                title => incident.title.to(self.language),
                severity => severity.name(),
                text => text.to(self.language),
                service => incident.service.clone(),
                owner => incident.owner.clone(),
                since => self.time(incident.opened_at),
                happened => self.time(*event_time),
                impact => incident.impact.as_ref().map(|impact| context! {
                    requests => impact.requests,
                    users => impact.users,
                    users_exact => impact.users_exact,
                }),
                runbook => incident.runbook.clone().filter(|url| is_web(url)),
                action => incident.action.clone(),
                examples => self.examples(incident),
                changed => changed.iter().map(|one| self.changed(one)).collect::<Vec<_>>(),
                url => self.url(Some(incident)),
                repeat => parcel.repeat,
                meanwhile => meanwhile(*event, incident.state),
            },
        }
    }

    /// Some of what an incident is about, each with its page.
    fn examples(&self, incident: &Incident) -> Vec<minijinja::Value> {
        let one = |example: &Example| {
            context! { text => example.text.clone(), url => format!("{}{}", self.public_url, example.path) }
        };
        incident.examples.iter().map(one).collect()
    }

    /// What changed before it, a line each.
    fn changed(&self, changed: &Changed) -> minijinja::Value {
        context! {
            at => self.time(changed.at),
            by => changed.by.clone(),
            text => changed.said.to(self.language),
            url => changed.url.clone().filter(|url| is_web(url)),
        }
    }

    fn url(&self, incident: Option<&Incident>) -> String {
        match incident {
            Some(incident) => format!("{}/incidents/{}", self.public_url, incident.id),
            None => self.public_url.clone(),
        }
    }

    fn time(&self, at: Timestamp) -> String {
        match jiff::Timestamp::from_second(at.as_secs()) {
            Ok(time) => time.to_zoned(self.zone.clone()).strftime("%Y-%m-%d %H:%M:%S %Z").to_string(),
            Err(_) => at.to_string(),
        }
    }
}

/// How an incident went on since `event`, if a reader of an old message should know.
fn meanwhile(event: Event, state: IncidentState) -> Option<&'static str> {
    match (event, state) {
        (Event::Resolved, _) | (_, IncidentState::Open) => None,
        (_, IncidentState::Acknowledged | IncidentState::Resolved) => Some(state.name()),
    }
}

fn is_web(url: &str) -> bool {
    url.starts_with("https://") || url.starts_with("http://")
}
