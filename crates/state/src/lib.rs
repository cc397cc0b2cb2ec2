//! What ippo remembers of people's decisions and its own: SQL over SQLite or PostgreSQL, one file a noun. Telemetry is
//! not here, and nothing here decides anything.
//!
//! How a noun's file is written:
//! - Plain functions, each one statement or a few, that take `connection: &mut AnyConnection` first, and time and ids as
//!   arguments. They begin and commit nothing, so that callers can put several into one transaction.
//! - A caller reads with `let mut connection = state.read().await?; noun::list(&mut connection).await?`, and writes with
//!   `let mut tx = state.begin().await?; noun::add(&mut tx, …).await?; tx.commit().await?`. A transaction that is dropped
//!   without a commit changes nothing; one that was committed outlives `kill -9` and a power cut.
//! - There is one writer at a time, across processes too (`BEGIN IMMEDIATE`): what a transaction has read stays true until
//!   it commits. So read, decide and write within one transaction, and do nothing slow in between.
//! - One SQL text for both databases: `$1` parameters; columns of TEXT, BIGINT, DOUBLE PRECISION and blobs alone; times as
//!   BIGINT microseconds; ids as their text; yes and no as 1 and 0; `CAST(sum(x) AS BIGINT)`; an explicit `ORDER BY` for
//!   every list. Never `now()`, never a value pasted into the text.
//! - A table comes by a migration (`migration.rs`). What must never be twice is a unique index, and `?` makes its refusal
//!   a [`StateError::Conflict`].

pub mod account;
pub mod alert_rule;
pub mod audit;
pub mod budget_policy;
pub mod copy;
mod database;
pub mod definition;
pub mod deploy;
mod error;
pub mod incident;
#[cfg(test)]
mod incident_tests;
mod migration;
pub mod outbox;
pub mod polled;
pub mod session;
pub mod setup_link;
#[cfg(feature = "sim")]
pub mod sim;
pub mod slo;
pub mod slo_ledger;
pub mod target;
pub mod timeline;
pub mod token;
pub mod uptime;

pub use database::{State, Tx, check_file};
pub use error::StateError;
