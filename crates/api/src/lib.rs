//! The server's face: HTTP and gRPC, wire types, and who may call what.
//!
//! One file a noun. Nothing here decides: answers come from the store, the state and the engine.

pub mod access;
pub mod alert_rule;
pub mod audit;
pub mod backup;
mod connections;
mod csv;
pub mod definition;
pub mod deploy;
pub mod file;
pub mod health;
pub mod incident;
pub mod journey;
mod language;
pub mod log;
pub mod metric;
pub mod metrics;
pub mod openapi;
pub mod otlp;
mod pace;
pub mod page;
pub mod pages;
pub mod polled;
pub mod problem;
pub mod query;
pub mod report;
pub mod router;
pub mod service;
pub mod session;
pub mod sla;
pub mod slo;
pub mod status;
pub mod store;
pub mod target;
pub mod telemetry;
pub mod time;
pub mod token;
pub mod trace;
mod untaken;

pub use connections::Door;
pub use problem::Problem;
pub use router::{ApiState, router, serve};
