//! Incidents: what follows from an alert or from what a person does, as a new state and its effects. Pure: stores
//! nothing, sends nothing, and never reads a clock.

mod changed;
mod decide;
mod impact;
mod model;
mod people;

#[cfg(test)]
mod tests;

pub use changed::{CHANGES_WITHIN, Changed, NOTICED_WITHIN, Revised, changed};
pub use decide::{
    ABSENCE_JOINS_WITHIN, FLAPPING_AFTER, MuteNote, REOPEN_WITHIN, Resolution, on_budget_policy, on_firing,
    on_resolved, sync_mute,
};
pub use impact::{CALM_MINUTES, harmed_since, impact_entry};
pub(crate) use model::words;
pub use model::{
    Audience, Decision, Entry, EntryKind, Event, Fact, IPPO, Impact, Incident, IncidentKind, IncidentState,
    Message, Severity,
};
pub use people::{
    Manual, Refusal, TEXT_CHARS, TITLE_CHARS, acknowledge, comment, open_manual, reopen, resolve, set_owner,
    set_severity,
};
