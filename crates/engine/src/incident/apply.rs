//! From alerts that begin and end to incidents, timelines and messages, within the caller's transaction.

use std::collections::BTreeMap;

use ippo_base::ids::DeliveryId;
use ippo_base::{IdSource, Timestamp};
use ippo_domain::alert::{AlertKind, AlertSeverity, AlertSource, AlertTransition, FiringAlert};
use ippo_domain::definition::{TargetDefinition, parse_target};
use ippo_domain::delivery::{self, Delivery, DeliveryState};
use ippo_domain::incident::{Audience, Decision, Message, MuteNote, Resolution, on_firing, on_resolved};
use ippo_state::{StateError, incident, outbox, timeline};
use sqlx::AnyConnection;

/// Does what [`super::apply_transitions`] does within the caller's transaction, so that what is judged and what follows
/// from it are written together or not at all.
///
/// # Errors
/// When the state database fails. The transaction must not be committed then.
pub async fn apply_in(
    connection: &mut AnyConnection,
    ids: &dyn IdSource,
    transitions: &[AlertTransition],
    now: Timestamp,
) -> Result<(), StateError> {
    let mut ordered: Vec<&AlertTransition> = transitions.iter().collect();
    ordered.sort_by_key(|transition| rank(transition));
    for transition in ordered {
        let key = transition.source.key();
        let known = incident::of_alert(connection, &key, &transition.alert).await?;
        match (transition.kind, known) {
            (AlertKind::Firing, None) => fire(connection, ids, transition, now).await?,
            (AlertKind::Resolved, Some(id)) => end(connection, ids, transition, id, now).await?,
            (AlertKind::Firing, Some(_)) | (AlertKind::Resolved, None) => {}
        }
    }
    Ok(())
}

/// Tickets end before pages, so that none is left standing for a moment; pages begin before tickets, which join them.
fn rank(transition: &AlertTransition) -> u8 {
    let ticket = matches!(transition.source, AlertSource::Slo { severity: AlertSeverity::Ticket, .. });
    match (transition.kind, ticket) {
        (AlertKind::Resolved, true) => 0,
        (AlertKind::Resolved, false) => 1,
        (AlertKind::Firing, false) => 2,
        (AlertKind::Firing, true) => 3,
    }
}

async fn fire(
    connection: &mut AnyConnection,
    ids: &dyn IdSource,
    transition: &AlertTransition,
    now: Timestamp,
) -> Result<(), StateError> {
    let open = incident::open(connection).await?;
    let last = incident::last_resolved(connection, &transition.source.key()).await?;
    let subject = &transition.subject;
    let rule = subject.rule.as_ref().map(|rule| rule.name.as_str());
    let mute = mute_of(connection, subject.slo.as_deref(), rule, now).await?;
    let number = incident::next_id(connection).await?;
    let decision = on_firing(transition, &open, last.as_ref(), mute.as_ref(), number);
    record(connection, ids, &decision, now).await?;
    let AlertTransition { source, alert, at, text, .. } = transition.clone();
    incident::attach(connection, decision.incident.id, &FiringAlert { source, alert, since: at, text }).await
}

async fn end(
    connection: &mut AnyConnection,
    ids: &dyn IdSource,
    transition: &AlertTransition,
    incident_id: i64,
    now: Timestamp,
) -> Result<(), StateError> {
    incident::detach(connection, &transition.source.key(), &transition.alert).await?;
    let incident = incident::get(connection, incident_id).await?;
    let remaining = incident::alerts(connection, incident_id).await?;
    let Resolution { decision, orphans } = on_resolved(transition, &incident, &remaining);
    record(connection, ids, &decision, now).await?;
    for orphan in orphans {
        incident::detach(connection, &orphan.source.key(), &orphan.alert).await?;
        let FiringAlert { source, alert, text, .. } = orphan;
        let again = AlertTransition { source, alert, text, kind: AlertKind::Firing, ..transition.clone() };
        fire(connection, ids, &again, now).await?;
    }
    Ok(())
}

/// The mute of an SLO, or of an alert rule, that lasts beyond `now`.
pub(super) async fn mute_of(
    connection: &mut AnyConnection,
    slo: Option<&str>,
    rule: Option<&str>,
    now: Timestamp,
) -> Result<Option<MuteNote>, StateError> {
    if let Some(rule) = rule {
        let mutes = ippo_state::alert_rule::mutes(connection, now).await?;
        let mute = mutes.into_iter().find(|mute| mute.rule == rule);
        return Ok(mute.map(|mute| MuteNote { until: mute.until, by: mute.by, reason: mute.reason }));
    }
    let Some(slo) = slo else { return Ok(None) };
    let mutes = ippo_state::slo::mutes(connection, now).await?;
    let mute = mutes.into_iter().find(|mute| mute.slo == slo);
    Ok(mute.map(|mute| MuteNote { until: mute.until, by: mute.by, reason: mute.reason }))
}

/// Writes a decision: the incident, its timeline, and a message for each target.
pub(crate) async fn record(
    connection: &mut AnyConnection,
    ids: &dyn IdSource,
    decision: &Decision,
    now: Timestamp,
) -> Result<(), StateError> {
    incident::save(connection, &decision.incident).await?;
    timeline::append(connection, ids, decision.incident.id, &decision.entries, now).await?;
    if decision.messages.is_empty() {
        return Ok(());
    }
    let targets = targets(connection).await?;
    let mut missing = Vec::new();
    for message in &decision.messages {
        let to = match &message.to {
            Audience::All => &decision.incident.notify,
            Audience::Only(names) => names,
        };
        for name in to {
            match targets.get(name) {
                Some(target) => {
                    outbox::add(connection, &deliver(ids, decision, message, target, now)).await?;
                }
                None => missing.push(delivery::nobody(name, message.event, now)),
            }
        }
    }
    timeline::append(connection, ids, decision.incident.id, &missing, now).await
}

fn deliver(
    ids: &dyn IdSource,
    decision: &Decision,
    message: &Message,
    target: &TargetDefinition,
    now: Timestamp,
) -> Delivery {
    Delivery {
        id: DeliveryId::fresh(ids),
        incident_id: decision.incident.id,
        target: target.name.clone(),
        channel: target.channel.name().to_owned(),
        event: message.event,
        event_time: message.at,
        actor: message.actor.clone(),
        text: message.text.clone(),
        severity: decision.incident.severity,
        state: DeliveryState::Pending,
        attempts: 0,
        repeat: false,
        created_at: now,
        next_at: Some(now),
        last_error: None,
        delivered_at: None,
    }
}

/// The notification targets that are defined now, by name.
pub(crate) async fn targets(
    connection: &mut AnyConnection,
) -> Result<BTreeMap<String, TargetDefinition>, StateError> {
    let stored = ippo_state::definition::current(connection).await?;
    let targets = stored.iter().filter(|row| row.kind == "NotificationTarget");
    Ok(targets
        .filter_map(|row| parse_target(&row.document).ok())
        .map(|target| (target.name.clone(), target))
        .collect())
}
