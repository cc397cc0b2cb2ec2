//! Incidents follow the mute of their SLO or alert rule: nobody is told while it lasts, and whoever was not told then is told after.

use ippo_base::Timestamp;
use ippo_domain::incident::{Incident, sync_mute};
use ippo_state::{StateError, incident, outbox};

use super::Incidents;
use super::apply::{mute_of, record};

/// Mutes and unmutes incidents as their SLOs and alert rules are. Cheap when nothing changed.
///
/// # Errors
/// When the state database fails. Nothing was changed then.
pub async fn sync_mutes(incidents: &Incidents, now: Timestamp) -> Result<(), StateError> {
    let stale = {
        let mut connection = incidents.state.read().await?;
        let mutes = ippo_state::slo::mutes(&mut connection, now).await?;
        let rules = ippo_state::alert_rule::mutes(&mut connection, now).await?;
        let muted = |one: &Incident| {
            mutes.iter().any(|mute| Some(&mute.slo) == one.slo.as_ref())
                || rules.iter().any(|mute| Some(&mute.rule) == one.rule.as_ref())
        };
        let all = incident::mutable(&mut connection).await?;
        all.iter().any(|incident| incident.muted != muted(incident))
    };
    if !stale {
        return Ok(());
    }
    let mut tx = incidents.state.begin().await?;
    for one in incident::mutable(&mut tx).await? {
        let mute = mute_of(&mut tx, one.slo.as_deref(), one.rule.as_deref(), now).await?;
        let told = !outbox::of_incident(&mut tx, one.id).await?.is_empty();
        if let Some(decision) = sync_mute(&one, mute.as_ref(), told, now) {
            record(&mut tx, &*incidents.ids, &decision, now).await?;
        }
    }
    tx.commit().await
}
