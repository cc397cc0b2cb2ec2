//! Notification targets as people ask about them: who can be told, how that went last, and whether a message arrives now.
//! What is secret in a target is never said.

use ippo_base::ids::DeliveryId;
use ippo_base::{SharedClock, Timestamp};
use ippo_domain::definition::{Channel, Setting, TargetDefinition};
use ippo_domain::delivery::Outcome;
use ippo_state::target::TargetHealth;
use ippo_state::{StateError, target};
use sqlx::AnyConnection;

use crate::channels::{Notice, Parcel};
use crate::deliver::Deliverer;
use crate::incident::targets;

/// A target and how it did last.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct TargetReport {
    /// As it is defined.
    pub definition: TargetDefinition,
    /// How it did last.
    pub health: TargetHealth,
}

impl TargetReport {
    /// Where it goes: addresses, or the host of an address alone, whose path and query may be secret.
    pub fn destination(&self) -> String {
        match &self.definition.channel {
            Channel::Email { to } => to.join(", "),
            Channel::Webhook { url, .. } | Channel::Slack { url } => match url {
                Setting::Written(url) => host(url),
                Setting::Environment(variable) => format!("from ${variable}"),
            },
        }
    }
}

/// Scheme, host and port of a URL.
fn host(url: &str) -> String {
    let Some((scheme, rest)) = url.split_once("://") else { return String::new() };
    let authority = rest.split(['/', '?', '#']).next().unwrap_or_default();
    let host = authority.rsplit('@').next().unwrap_or_default();
    format!("{scheme}://{host}")
}

impl Deliverer {
    /// Every target by name, and how it did last.
    ///
    /// # Errors
    /// When the state database fails.
    pub async fn targets(&self) -> Result<Vec<TargetReport>, StateError> {
        let mut connection = self.incidents.state.read().await?;
        let mut health = target::health(&mut connection).await?;
        let defined = targets(&mut connection).await?.into_values();
        Ok(defined
            .map(|definition| {
                let health = health.remove(&definition.name).unwrap_or_default();
                TargetReport { definition, health }
            })
            .collect())
    }

    /// Sends a message to one target now, for a person who wants to see whether it arrives.
    ///
    /// # Errors
    /// When there is no such target ([`StateError::NotFound`]), or the state database fails.
    pub async fn test(&self, name: &str, by: &str, clock: &SharedClock) -> Result<Outcome, StateError> {
        let target = {
            let mut connection = self.incidents.state.read().await?;
            targets(&mut connection).await?.remove(name).ok_or(StateError::NotFound)?
        };
        let parcel = Parcel {
            id: DeliveryId::fresh(&*self.incidents.ids),
            repeat: false,
            sent_at: clock.now(),
            notice: Notice::Test { by: by.to_owned() },
        };
        let outcome = self.channels.send(&target, &parcel).await;
        let mut tx = self.incidents.state.begin().await?;
        note_health(&mut tx, name, &outcome, clock.now()).await?;
        tx.commit().await?;
        Ok(outcome)
    }
}

/// Remembers how an attempt went, for its target.
pub(crate) async fn note_health(
    connection: &mut AnyConnection,
    name: &str,
    outcome: &Outcome,
    now: Timestamp,
) -> Result<(), StateError> {
    match outcome {
        Outcome::Delivered => target::succeeded(connection, name, now).await,
        Outcome::Partly { reason } => {
            target::succeeded(connection, name, now).await?;
            target::failed(connection, name, reason, now).await
        }
        Outcome::Refused { reason, .. } | Outcome::Unknown { reason } => {
            target::failed(connection, name, reason, now).await
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_destination_names_the_host_alone() {
        for (url, told) in [
            ("https://hooks.slack.com/services/T0/B0/secret", "https://hooks.slack.com"),
            ("http://user:secret@pager.example:8080/?token=secret", "http://pager.example:8080"),
            ("https://pager.example?token=secret", "https://pager.example"),
        ] {
            assert_eq!(host(url), told);
        }
    }
}
