//! Backups of a data folder: taken while the server works or while none does, checked, and restored into a new folder.
//!
//! A backup is a folder: `BACKUP` says what is in it and is written last; `data/` holds a data folder of one moment.
//! Nothing is ever written into a backup that is complete, and nothing half-made has its name.
//!
//! The order is: the state database first, the telemetry after it. What the state speaks of, telemetry holds then; the
//! other way round, a definition or an incident could speak of rows that are missing.

mod document;
mod files;
mod folder;
mod job;
mod restore;
mod take;

use std::io;
use std::path::{Path, PathBuf};

pub use document::{BackupDocument, FileEntry, LeftOutFile};
pub use files::{Done, Progress};
pub use job::{BackupCounts, Backups, BeginError, Finished, Running, Success};
pub use restore::{Restored, Verified, restore, verify};
pub use take::{Source, Taken, Wish, check_wish, take};

use ippo_state::StateError;
use ippo_telemetry::{CoreError, StoreError};

/// The data folder of a backup.
const DATA: &str = "data";
/// Folders of a data folder that a backup has too.
const FOLDERS: [&str; 4] = ["wal", "segments", "counters", "batches"];
/// The state database below a data folder.
const STATE_FILE: &str = "state.db";
/// The manifest below a data folder.
const MANIFEST_FILE: &str = ippo_telemetry::manifest::FILE;

/// Why there is no backup, or none was restored. Nothing half-made is left.
#[derive(Debug, thiserror::Error)]
pub enum BackupError {
    /// What was asked for cannot be.
    #[error("{0}")]
    Refused(String),
    /// The backup is not what was written.
    #[error("the backup cannot be used: {}", .0.join("; "))]
    Damaged(Vec<String>),
    /// There is no space left.
    #[error("the disk of {} is full; free some space and try again. Nothing was left there", .0.display())]
    Full(PathBuf),
    /// A file failed.
    #[error("{}: {source}", .path.display())]
    Io {
        /// The file or folder.
        path: PathBuf,
        /// What the operating system said.
        source: io::Error,
    },
    /// ippo stops.
    #[error("ippo was stopped before the backup was complete; nothing of it was left")]
    Stopped,
    /// The state database failed.
    #[error("the state database cannot be copied: {0}")]
    State(#[source] StateError),
    /// Telemetry failed.
    #[error("the telemetry cannot be read: {0}")]
    Telemetry(String),
}

impl BackupError {
    fn io(path: &Path) -> impl FnOnce(io::Error) -> Self + '_ {
        move |source| {
            if ippo_base::disk::is_full(&source) {
                Self::Full(path.to_owned())
            } else {
                Self::Io { path: path.to_owned(), source }
            }
        }
    }

    /// A failed copy of the state database to a file.
    fn state(to: &Path) -> impl FnOnce(StateError) -> Self + '_ {
        move |error| match error {
            StateError::Full(_) => Self::Full(to.to_owned()),
            other => Self::State(other),
        }
    }
}

impl From<StoreError> for BackupError {
    fn from(error: StoreError) -> Self {
        Self::Telemetry(error.to_string())
    }
}

impl From<CoreError> for BackupError {
    fn from(error: CoreError) -> Self {
        Self::Telemetry(error.to_string())
    }
}

/// Runs what waits for disks off the threads that answer requests.
async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, BackupError> + Send + 'static,
) -> Result<T, BackupError> {
    tokio::task::spawn_blocking(work).await.map_err(|_| BackupError::Stopped)?
}
