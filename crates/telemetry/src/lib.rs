//! The columnar store: OTLP bytes in, counters and columns out.
//!
//! It must never know what an SLO, an incident or a person is. What it offers upward is [`store::Store`];
//! nothing above this crate may see DataFusion or Parquet.

mod attrs_write;
pub mod columns;
pub mod manifest;
pub mod otlp;
pub mod segment;
pub mod signal;
pub mod snapshot;
pub mod wal;

pub use signal::Signal;
