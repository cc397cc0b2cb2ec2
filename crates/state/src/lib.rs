//! What ippo remembers of people's decisions and its own: SQL over SQLite or PostgreSQL, one file a noun. Telemetry is
//! not here, and nothing here decides anything.

mod database;
pub mod definition;
mod migration;
pub mod slo;
pub mod uptime;

pub use database::{State, Tx};

/// Why the state database cannot be read or written.
#[derive(Debug, thiserror::Error)]
pub enum StateError {
    /// The database failed.
    #[error("the state database failed")]
    Database(#[from] sqlx::Error),
    /// It was written by a version of ippo that knows more.
    #[error(
        "the state database was written by a newer ippo (step {step}); run that version, or restore a backup"
    )]
    Newer {
        /// The step that this version does not know.
        step: i64,
    },
}
