//! Incidents at work: reads what is the case, asks the domain what follows, and writes the new state, its timeline and
//! its messages in one transaction. Sends nothing itself.

mod apply;
mod changed;
mod impact;
mod mute;
mod people;
mod read;

use ippo_base::{IdSource, SharedIds, Timestamp};
use ippo_domain::alert::AlertTransition;
use ippo_domain::incident::Refusal;
use ippo_state::{State, StateError};

pub use apply::apply_in;
pub(crate) use apply::{record, targets};
pub use changed::CHANGES_MOST;
pub(crate) use changed::changed_before;
pub use impact::{ENDED_WITHIN, REFRESH_EVERY, refresh_impact, run as run_impact};
pub use mute::sync_mutes;
pub use people::NewIncident;
pub use read::IncidentView;
pub(crate) use read::open_by_slo;

/// Why an incident cannot be read or changed.
#[derive(Debug, thiserror::Error)]
pub enum IncidentError {
    /// There is none of that number.
    #[error("there is no incident {0}")]
    Unknown(i64),
    /// The change makes no sense.
    #[error(transparent)]
    Refused(#[from] Refusal),
    /// The state database failed.
    #[error("cannot read or write incidents")]
    State(#[source] StateError),
}

impl From<StateError> for IncidentError {
    fn from(error: StateError) -> Self {
        Self::State(error)
    }
}

/// Everything incidents need to work with. Cheap to clone; clones share.
#[derive(Clone)]
pub struct Incidents {
    /// Where they are kept.
    pub state: State,
    /// Where ids come from.
    pub ids: SharedIds,
}

/// Opens, updates and ends incidents as alerts begin and end, in a transaction of its own. An alert that fires already,
/// or never did, changes nothing.
///
/// # Errors
/// When the state database fails. Nothing was changed then.
pub async fn apply_transitions(
    state: &State,
    ids: &dyn IdSource,
    transitions: &[AlertTransition],
    now: Timestamp,
) -> Result<(), StateError> {
    if transitions.is_empty() {
        return Ok(());
    }
    let mut tx = state.begin().await?;
    apply_in(&mut tx, ids, transitions, now).await?;
    tx.commit().await
}
