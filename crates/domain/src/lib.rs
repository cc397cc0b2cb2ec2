//! Pure decisions, one module a noun. Takes `now` and values, returns new state and effects: no I/O, no clock, no
//! async, no serde.

pub mod access;
pub mod alert;
pub mod alert_rule;
pub mod cloudwatch;
pub mod definition;
pub mod delivery;
pub mod deploy;
pub mod explain;
pub mod incident;
pub mod journey;
mod language;
pub mod polled;
pub mod prometheus;
pub mod report;
pub mod sla;
pub mod slo;

pub use language::{Language, Said};
