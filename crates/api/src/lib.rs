//! The server's face: HTTP and gRPC, wire types, and who may call what.
//!
//! One file a noun. Nothing here decides: answers come from the store, the state and the engine.

pub mod audit;
pub mod definition;
pub mod incident;
pub mod log;
pub mod openapi;
pub mod page;
pub mod problem;
pub mod query;
pub mod service;
pub mod session;
pub mod slo;
pub mod status;
pub mod target;
pub mod time;
pub mod token;
pub mod trace;

pub use problem::Problem;
