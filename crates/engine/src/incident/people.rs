//! What people do to incidents. Each act is one transaction; who may act is asked elsewhere.

use std::collections::BTreeSet;

use ippo_base::Timestamp;
use ippo_domain::definition::parse_slo;
use ippo_domain::incident::{self as decide, Decision, Incident, Manual, Refusal, Severity};
use ippo_state::{StateError, incident};
use sqlx::AnyConnection;

use super::apply::{record, targets};
use super::{IncidentError, IncidentView, Incidents};

/// An incident that a person opens.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct NewIncident {
    /// In a few words.
    pub title: String,
    /// How bad it is.
    pub severity: Severity,
    /// The service.
    pub service: Option<String>,
    /// What else there is to say.
    pub description: String,
}

impl Incidents {
    /// Opens an incident. Told are the targets of the service's SLOs, or every target if there are none.
    ///
    /// # Errors
    /// When a field is wrong, or the state database fails.
    pub async fn open(
        &self,
        new: NewIncident,
        by: &str,
        now: Timestamp,
    ) -> Result<IncidentView, IncidentError> {
        let mut tx = self.state.begin().await?;
        let notify = concerned(&mut tx, new.service.as_deref()).await?;
        let NewIncident { title, severity, service, description } = new;
        let manual = Manual { title, severity, service, description, notify, by: by.to_owned() };
        let number = incident::next_id(&mut tx).await?;
        let decision = decide::open_manual(manual, number, now)?;
        record(&mut tx, &*self.ids, &decision, now).await?;
        let view = IncidentView::read(&mut tx, number).await?;
        tx.commit().await?;
        Ok(view)
    }

    /// A person takes an incident.
    ///
    /// # Errors
    /// When there is none, it is over, or the state database fails.
    pub async fn acknowledge(
        &self,
        id: i64,
        by: &str,
        comment: &str,
        now: Timestamp,
    ) -> Result<IncidentView, IncidentError> {
        self.change(id, now, |incident| decide::acknowledge(incident, by, comment, now)).await
    }

    /// A person ends an incident.
    ///
    /// # Errors
    /// When there is none, it is over, or the state database fails.
    pub async fn resolve(
        &self,
        id: i64,
        by: &str,
        comment: &str,
        now: Timestamp,
    ) -> Result<IncidentView, IncidentError> {
        self.change(id, now, |incident| decide::resolve(incident, by, comment, now)).await
    }

    /// A person begins an incident again.
    ///
    /// # Errors
    /// When there is none, it is not over, another one of the same source is open, or the state database fails.
    pub async fn reopen(&self, id: i64, by: &str, now: Timestamp) -> Result<IncidentView, IncidentError> {
        let reopened = self.change(id, now, |incident| decide::reopen(incident, by, now)).await;
        match reopened {
            Err(IncidentError::State(StateError::Conflict(_))) => {
                let reason = "another incident of the same alert is open; go on there".to_owned();
                Err(IncidentError::Refused(Refusal::State(reason)))
            }
            other => other,
        }
    }

    /// A person says something.
    ///
    /// # Errors
    /// When there is none, the text is empty or too long, or the state database fails.
    pub async fn comment(
        &self,
        id: i64,
        by: &str,
        text: &str,
        now: Timestamp,
    ) -> Result<IncidentView, IncidentError> {
        self.change(id, now, |incident| decide::comment(incident, by, text, now)).await
    }

    /// A person says how bad it is.
    ///
    /// # Errors
    /// When there is none, or the state database fails.
    pub async fn set_severity(
        &self,
        id: i64,
        by: &str,
        severity: Severity,
        now: Timestamp,
    ) -> Result<IncidentView, IncidentError> {
        self.change(id, now, |incident| Ok(decide::set_severity(incident, by, severity, now))).await
    }

    /// A person says who answers for it; nobody if empty.
    ///
    /// # Errors
    /// When there is none, the name is too long, or the state database fails.
    pub async fn set_owner(
        &self,
        id: i64,
        by: &str,
        owner: &str,
        now: Timestamp,
    ) -> Result<IncidentView, IncidentError> {
        self.change(id, now, |incident| decide::set_owner(incident, by, owner, now)).await
    }

    async fn change(
        &self,
        id: i64,
        now: Timestamp,
        decide: impl FnOnce(&Incident) -> Result<Decision, Refusal>,
    ) -> Result<IncidentView, IncidentError> {
        let mut tx = self.state.begin().await?;
        let before = match incident::get(&mut tx, id).await {
            Err(StateError::NotFound) => return Err(IncidentError::Unknown(id)),
            other => other?,
        };
        let decision = decide(&before)?;
        record(&mut tx, &*self.ids, &decision, now).await?;
        let view = IncidentView::read(&mut tx, id).await?;
        tx.commit().await?;
        Ok(view)
    }
}

/// Whom a person's incident concerns.
async fn concerned(connection: &mut AnyConnection, service: Option<&str>) -> Result<Vec<String>, StateError> {
    let all: Vec<String> = targets(connection).await?.into_keys().collect();
    let stored = ippo_state::definition::current(connection).await?;
    let slos = stored.iter().filter(|row| row.kind == "SLO").filter_map(|row| parse_slo(&row.document).ok());
    let of_service: BTreeSet<String> =
        slos.filter(|slo| service == Some(slo.service.as_str())).flat_map(|slo| slo.told()).collect();
    let told: Vec<String> = all.iter().filter(|name| of_service.contains(*name)).cloned().collect();
    Ok(if told.is_empty() { all } else { told })
}
