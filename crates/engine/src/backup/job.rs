//! Backups that a running server takes: one at a time, told while it goes on, and each an entry of the audit log.

use std::path::PathBuf;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use ippo_base::ids::AuditId;
use ippo_base::{SharedClock, SharedIds, Timestamp};
use ippo_state::audit::{self, AuditEntry};
use ippo_state::{State, StateError};
use ippo_telemetry::Store;
use serde_json::{Map, json};
use tokio::task::JoinHandle;

use super::{BackupDocument, BackupError, Done, Progress, Source, Taken, Wish, check_wish, take};

/// The audit log's name for a backup that is complete. The newest such entry tells when the last one was.
const FINISHED: &str = "finishBackup";

/// Takes backups of the folder that a server uses. Clones share.
#[derive(Clone)]
pub struct Backups {
    shared: Arc<Shared>,
}

struct Shared {
    store: Store,
    state: State,
    data_dir: PathBuf,
    clock: SharedClock,
    ids: SharedIds,
    status: Mutex<Status>,
}

#[derive(Default)]
struct Status {
    begun: u64,
    running: Option<(Running, Arc<Progress>)>,
    task: Option<JoinHandle<()>>,
    last: Option<Arc<Finished>>,
    success: Option<Success>,
    counts: BackupCounts,
}

/// A backup that is being taken.
#[derive(Debug, Clone)]
pub struct Running {
    /// Its number since the start of the server.
    pub id: u64,
    /// Where it goes.
    pub wish: Wish,
    /// Who asked for it.
    pub by: String,
    /// When.
    pub started_at: Timestamp,
    /// How far it is.
    pub done: Done,
}

/// A backup that has ended.
#[derive(Debug)]
pub struct Finished {
    /// What it was.
    pub was: Running,
    /// When it ended.
    pub finished_at: Timestamp,
    /// What became of it.
    pub outcome: Result<Taken, BackupError>,
}

/// A backup that is complete, as far as the metrics tell.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Success {
    /// When it was complete.
    pub at: Timestamp,
    /// The bytes of all of its files.
    pub bytes: u64,
}

/// Backups since the start of the server.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct BackupCounts {
    /// That are complete.
    pub succeeded: u64,
    /// That failed.
    pub failed: u64,
}

/// Why a backup was not begun.
#[derive(Debug, thiserror::Error)]
pub enum BeginError {
    /// Another one is being taken.
    #[error("a backup to {} is being taken; wait until it is complete", .0.display())]
    Busy(PathBuf),
    /// It cannot be.
    #[error(transparent)]
    Wish(#[from] BackupError),
}

impl Backups {
    /// Takes backups of this folder. When the last one succeeded, before this start too, is read from the audit log.
    ///
    /// # Errors
    /// When the state database fails.
    pub async fn open(
        store: Store,
        state: State,
        data_dir: PathBuf,
        clock: SharedClock,
        ids: SharedIds,
    ) -> Result<Self, StateError> {
        let entry = audit::latest(&mut *state.read().await?, FINISHED).await?;
        let success = entry.map(|entry| Success {
            at: entry.at,
            bytes: entry.detail.get("bytes").and_then(serde_json::Value::as_u64).unwrap_or(0),
        });
        let status = Mutex::new(Status { success, ..Status::default() });
        Ok(Self { shared: Arc::new(Shared { store, state, data_dir, clock, ids, status }) })
    }

    /// Begins a backup. It goes on when the caller goes.
    ///
    /// # Errors
    /// When another one is being taken, or this one cannot be.
    pub fn begin(&self, wish: Wish, by: &str) -> Result<Running, BeginError> {
        let shared = &self.shared;
        if let Some(busy) = self.running() {
            return Err(BeginError::Busy(busy.wish.to));
        }
        check_wish(&shared.data_dir, &wish)?;
        let mut status = shared.status();
        if let Some((busy, _)) = &status.running {
            return Err(BeginError::Busy(busy.wish.to.clone()));
        }
        status.begun += 1;
        let (id, by, started_at) = (status.begun, by.to_owned(), shared.clock.now());
        let running = Running { id, wish, by, started_at, done: Done::default() };
        let progress = Arc::new(Progress::default());
        status.running = Some((running.clone(), progress.clone()));
        status.task = Some(tokio::spawn(shared.clone().run(running.clone(), progress)));
        Ok(running)
    }

    /// The backup that is being taken now.
    pub fn running(&self) -> Option<Running> {
        let status = self.shared.status();
        let (running, progress) = status.running.as_ref()?;
        Some(Running { done: progress.done(), ..running.clone() })
    }

    /// The last one that ended since the start of the server.
    pub fn last(&self) -> Option<Arc<Finished>> {
        self.shared.status().last.clone()
    }

    /// The last one that succeeded.
    pub fn last_success(&self) -> Option<Success> {
        self.shared.status().success
    }

    /// How many there were since the start of the server.
    pub fn counts(&self) -> BackupCounts {
        self.shared.status().counts
    }

    /// Ends the one that is being taken, with nothing left of it.
    pub async fn stop(&self) {
        let task = {
            let mut status = self.shared.status();
            if let Some((_, progress)) = &status.running {
                progress.stop();
            }
            status.task.take()
        };
        if let Some(task) = task
            && task.await.is_err()
        {
            tracing::error!("a backup ended in a panic");
        }
    }
}

impl Shared {
    fn status(&self) -> MutexGuard<'_, Status> {
        self.status.lock().unwrap_or_else(PoisonError::into_inner)
    }

    async fn run(self: Arc<Self>, running: Running, progress: Arc<Progress>) {
        let source = Source::Running(self.store.clone());
        let taken = take(source, &self.data_dir, &running.wish, running.started_at, progress.clone()).await;
        let finished_at = self.clock.now();
        let to = running.wish.to.display();
        match &taken {
            Ok(taken) => {
                tracing::info!(%to, bytes = taken.document.bytes(), "took a backup");
                if let Err(error) = self.tell(&running.by, finished_at, taken).await {
                    tracing::error!(%error, %to, "a backup was taken and could not be written to the audit log");
                }
            }
            Err(error) => tracing::error!(%error, %to, "a backup failed"),
        }
        let mut status = self.status();
        match &taken {
            Ok(taken) => {
                status.counts.succeeded += 1;
                status.success = Some(Success { at: finished_at, bytes: taken.document.bytes() });
            }
            Err(_) => status.counts.failed += 1,
        }
        let was = Running { done: progress.done(), ..running };
        status.last = Some(Arc::new(Finished { was, finished_at, outcome: taken }));
        status.running = None;
    }

    async fn tell(&self, by: &str, at: Timestamp, taken: &Taken) -> Result<(), StateError> {
        let BackupDocument { files, left_out, contents, .. } = &taken.document;
        let detail = Map::from_iter([
            ("to".to_owned(), json!(taken.path)),
            ("bytes".to_owned(), json!(taken.document.bytes())),
            ("files".to_owned(), json!(files.len())),
            ("rows".to_owned(), json!(contents.rows)),
            ("left_out".to_owned(), json!(left_out.len())),
        ]);
        let mut tx = self.state.begin().await?;
        let entry = AuditEntry {
            id: AuditId::fresh(&*self.ids),
            at,
            actor: by.to_owned(),
            action: FINISHED.to_owned(),
            subject: "backups".to_owned(),
            detail,
        };
        audit::add(&mut tx, &entry).await?;
        tx.commit().await
    }
}
