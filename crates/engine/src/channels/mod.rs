//! How people are told: one trait, three real channels, each in its file. A channel makes one attempt and says how it
//! ended; when to try again is decided elsewhere. Secrets are read when they are needed and never appear in an outcome.

mod email;
mod post;
mod slack;
mod webhook;
mod words;

use std::sync::Arc;

use async_trait::async_trait;
use ippo_base::ids::DeliveryId;
use ippo_base::{SharedClock, Timestamp};
use ippo_domain::Said;
use ippo_domain::definition::{Channel as ChannelDefinition, Setting, TargetDefinition};
use ippo_domain::delivery::Outcome;
use ippo_domain::incident::{Changed, Event, Incident, Severity};

pub use email::Email;
pub use post::HttpClient;
pub(crate) use post::cause;
pub use slack::Slack;
pub use webhook::{Webhook, signature};
pub use words::{Words, WordsError};

use crate::settings::{MessageSettings, SmtpSettings};

/// Gives the value of an environment variable of ippo's process, if it is set.
pub type Secrets = Arc<dyn Fn(&str) -> Option<String> + Send + Sync>;

/// What is sent in one attempt.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Parcel {
    /// The same across attempts.
    pub id: DeliveryId,
    /// Whether it may have arrived already.
    pub repeat: bool,
    /// When this attempt began.
    pub sent_at: Timestamp,
    /// What it says.
    pub notice: Notice,
}

/// What a parcel says.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Notice {
    /// Something happened to an incident.
    Incident {
        /// What.
        event: Event,
        /// When.
        event_time: Timestamp,
        /// Who did it.
        actor: String,
        /// In words.
        text: Said,
        /// The incident's severity at that time.
        severity: Severity,
        /// The incident as it is now.
        incident: Box<Incident>,
        /// What changed before it began, where it did so just now: what is its own first.
        changed: Vec<Changed>,
    },
    /// A person wants to see whether messages arrive.
    Test {
        /// Who asks.
        by: String,
    },
}

/// A way to tell people.
#[async_trait]
pub trait Channel: Send + Sync {
    /// Makes one attempt to tell `target`.
    async fn send(&self, target: &TargetDefinition, parcel: &Parcel) -> Outcome;
}

/// Why the channels cannot be set up. Holds no secrets.
#[derive(Debug, thiserror::Error)]
pub enum ChannelError {
    /// The mail server's URL or the sender is wrong.
    #[error("the SMTP settings are wrong: {0}")]
    Smtp(String),
    /// Messages cannot be worded.
    #[error(transparent)]
    Words(#[from] WordsError),
    /// No HTTP client can be made.
    #[error("cannot set up outgoing HTTP: {0}")]
    Http(String),
}

/// The channel of each kind of target. Cheap to clone; clones share.
#[derive(Clone)]
pub struct Channels {
    /// For targets of type `webhook`.
    pub webhook: Arc<dyn Channel>,
    /// For targets of type `email`.
    pub email: Arc<dyn Channel>,
    /// For targets of type `slack`.
    pub slack: Arc<dyn Channel>,
}

impl Channels {
    /// The real ones.
    ///
    /// # Errors
    /// When a setting is wrong.
    pub fn real(
        messages: &MessageSettings,
        smtp: Option<&SmtpSettings>,
        secrets: &Secrets,
        clock: &SharedClock,
    ) -> Result<Self, ChannelError> {
        let words = Arc::new(Words::new(messages)?);
        let http = HttpClient::new(Arc::clone(clock))?;
        Ok(Self {
            webhook: Arc::new(Webhook::new(http.clone(), Arc::clone(secrets), Arc::clone(&words))),
            email: Arc::new(Email::new(smtp, Arc::clone(&words), Arc::clone(clock))?),
            slack: Arc::new(Slack::new(http, Arc::clone(secrets), words)),
        })
    }

    /// The same channel for every kind of target.
    pub fn all(channel: Arc<dyn Channel>) -> Self {
        Self { webhook: Arc::clone(&channel), email: Arc::clone(&channel), slack: channel }
    }

    /// Makes one attempt to tell `target`.
    pub async fn send(&self, target: &TargetDefinition, parcel: &Parcel) -> Outcome {
        let channel = match target.channel {
            ChannelDefinition::Webhook { .. } => &self.webhook,
            ChannelDefinition::Email { .. } => &self.email,
            ChannelDefinition::Slack { .. } => &self.slack,
        };
        channel.send(target, parcel).await
    }
}

/// The value of a setting; if it is not there, an outcome that says which variable to set.
fn value_of(setting: &Setting, secrets: &Secrets) -> Result<String, Outcome> {
    match setting {
        Setting::Written(value) => Ok(value.clone()),
        Setting::Environment(variable) => secret(variable, secrets),
    }
}

fn secret(variable: &str, secrets: &Secrets) -> Result<String, Outcome> {
    secrets(variable)
        .filter(|value| !value.is_empty())
        .ok_or_else(|| refused(format!("the environment variable {variable} is not set where ippo runs")))
}

fn refused(reason: impl Into<String>) -> Outcome {
    Outcome::Refused { reason: reason.into(), retry_after: None }
}
