//! A simulated web shop: nine services, their databases and queue, their customers, and five ways to break it.
//!
//! [`Shop`] is a pure generator of OTLP messages with current semantic conventions, and of the exact [`Truth`] behind
//! them. [`export`] sends messages over a real OTLP port. This crate knows nothing of the product: it could fill any
//! backend, and it must never learn what an SLO, an incident or a store is.

mod attribute;
mod bench;
mod draw;
pub mod drive;
pub mod export;
mod fault;
mod metrics;
mod promise;
mod render;
mod shop;
mod topology;
mod traffic;
mod truth;
mod unit;
mod visit;

pub use bench::{BENCH_SPAN_BYTES, Pace, bench_logs, bench_spans, bench_trace_id};
pub use fault::{Fault, Outage, ParseFaultError, Schedule};
pub use promise::{DEFINITIONS, DEMO_PAGER_URL, DefinitionFile, PROMISES, Promise};
pub use shop::{Emission, Message, Shop, Signal};
pub use topology::Service;
pub use traffic::Settings;
pub use truth::{Call, Tally, Truth, Verdicts};
pub use visit::{CUSTOMERS, UNLUCKY_CUSTOMER};
