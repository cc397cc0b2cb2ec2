//! Reads of incidents for people.

use std::collections::BTreeMap;

use ippo_domain::delivery::Delivery;
use ippo_domain::incident::{Incident, IncidentKind};
use ippo_state::incident::Listing;
use ippo_state::timeline::Recorded;
use ippo_state::{StateError, incident, outbox, timeline};
use sqlx::AnyConnection;

use super::{IncidentError, Incidents};

/// An incident and its messages.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct IncidentView {
    /// As it is now.
    pub incident: Incident,
    /// In the order they were made.
    pub deliveries: Vec<Delivery>,
}

impl IncidentView {
    pub(super) async fn read(connection: &mut AnyConnection, id: i64) -> Result<Self, StateError> {
        let incident = incident::get(connection, id).await?;
        let deliveries = outbox::of_incident(connection, id).await?;
        Ok(Self { incident, deliveries })
    }
}

impl Incidents {
    /// One incident.
    ///
    /// # Errors
    /// When there is none, or the state database fails.
    pub async fn show(&self, id: i64) -> Result<IncidentView, IncidentError> {
        let mut connection = self.state.read().await?;
        match IncidentView::read(&mut connection, id).await {
            Err(StateError::NotFound) => Err(IncidentError::Unknown(id)),
            other => Ok(other?),
        }
    }

    /// Incidents, newest first.
    ///
    /// # Errors
    /// When the state database fails.
    pub async fn list(&self, listing: Listing<'_>) -> Result<Vec<IncidentView>, IncidentError> {
        let mut connection = self.state.read().await?;
        let mut views = Vec::new();
        for incident in incident::list(&mut connection, listing).await? {
            let deliveries = outbox::of_incident(&mut connection, incident.id).await?;
            views.push(IncidentView { incident, deliveries });
        }
        Ok(views)
    }

    /// What happened to an incident, as it was recorded: entries after position `after`.
    ///
    /// # Errors
    /// When there is no such incident, or the state database fails.
    pub async fn timeline(&self, id: i64, after: i64, limit: usize) -> Result<Vec<Recorded>, IncidentError> {
        let mut connection = self.state.read().await?;
        match incident::get(&mut connection, id).await {
            Err(StateError::NotFound) => return Err(IncidentError::Unknown(id)),
            other => other?,
        };
        Ok(timeline::list(&mut connection, id, after, limit).await?)
    }

    /// The number of the worst open incident of each SLO that has one.
    ///
    /// # Errors
    /// When the state database fails.
    pub async fn open_by_slo(&self) -> Result<BTreeMap<String, i64>, StateError> {
        let mut connection = self.state.read().await?;
        open_by_slo(&mut connection).await
    }
}

/// The number of the worst open incident of each SLO that has one. A ticket of an error budget policy is none: it is not what
/// harms users, and a policy that only advises must not hold up a release by being told.
pub(crate) async fn open_by_slo(connection: &mut AnyConnection) -> Result<BTreeMap<String, i64>, StateError> {
    let mut open = incident::open(connection).await?;
    open.retain(|incident| incident.kind != IncidentKind::Policy);
    open.sort_by_key(|incident| std::cmp::Reverse((incident.severity, incident.id)));
    Ok(open.into_iter().filter_map(|incident| Some((incident.slo?, incident.id))).collect())
}
