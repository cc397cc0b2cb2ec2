//! What changed before an incident began: deploys, revisions of what it is of, and what was entered in its SLO's ledger.

use ippo_base::TimeRange;
use ippo_domain::incident::{CHANGES_WITHIN, Changed, Incident, NOTICED_WITHIN, Revised, changed};
use ippo_state::{StateError, definition, deploy, incident, slo_ledger};
use sqlx::AnyConnection;

use super::{IncidentError, Incidents};

/// Changes that are told of an incident on its page.
pub const CHANGES_MOST: usize = 20;
/// Deploys that are looked at.
const DEPLOYS_MOST: usize = 1_000;

impl Incidents {
    /// What changed in the day before an incident began: what is its own first, then the latest first.
    ///
    /// # Errors
    /// When there is no such incident, or the state database fails.
    pub async fn changed(&self, id: i64) -> Result<Vec<Changed>, IncidentError> {
        let mut connection = self.state.read().await?;
        let incident = match incident::get(&mut connection, id).await {
            Err(StateError::NotFound) => return Err(IncidentError::Unknown(id)),
            other => other?,
        };
        Ok(changed_before(&mut connection, &incident, CHANGES_MOST).await?)
    }
}

/// The same, by a connection that is there already; at most `most`.
pub(crate) async fn changed_before(
    connection: &mut AnyConnection,
    incident: &Incident,
    most: usize,
) -> Result<Vec<Changed>, StateError> {
    let began = incident.opened_at;
    let range = TimeRange { from: began.minus(CHANGES_WITHIN), to: began.plus(NOTICED_WITHIN) };
    let deploys = deploy::list(connection, None, range, DEPLOYS_MOST).await?;
    let mut revised = Vec::new();
    for (kind, name) in [("SLO", &incident.slo), ("AlertRule", &incident.rule)] {
        let Some(name) = name else { continue };
        let all = definition::applied_in(connection, kind, range).await?;
        let of_it = all.into_iter().filter(|revision| revision.name == *name && !revision.is_end);
        revised.extend(of_it.map(|revision| Revised {
            at: revision.applied_at,
            by: revision.applied_by,
            kind: kind.to_owned(),
            name: revision.name,
            revision: revision.revision,
        }));
    }
    let entered = match &incident.slo {
        None => vec![],
        Some(slo) => {
            let all = slo_ledger::in_range(connection, range).await?;
            all.into_iter().filter(|(of, _)| of == slo).map(|(_, entered)| entered).collect()
        }
    };
    Ok(changed(incident, &deploys, &revised, &entered, most))
}
