//! The loops that keep promises: evaluate, deliver, watch, and what people do to SLOs and incidents. Each loop is a
//! `run_once` that takes the time, and a thin driver that sleeps on the injected clock. Decisions are the domain's, SQL is
//! the state's; HTTP servers and wire formats of the API are not here.

pub mod alert_rule;
pub mod backup;
pub mod channels;
pub mod cloudwatch;
pub mod definition;
pub mod deliver;
pub mod deploy;
pub mod drive;
pub mod explain;
pub mod heartbeat;
pub mod incident;
pub mod journey;
pub mod polled;
pub mod prometheus;
pub mod report;
pub mod settings;
pub mod sla;
pub mod slo;
pub mod target;
pub mod watch;
