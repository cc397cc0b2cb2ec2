//! Backups as the API shows and begins them. They are written on the server's own machine, so only from there can one be
//! asked for.

use std::path::PathBuf;
use std::sync::Arc;

use axum::extract::{Extension, State};
use axum::response::{IntoResponse as _, Response};
use axum::routing::get;
use axum::{Json, Router};
use ippo_engine::backup::{BackupDocument, BackupError, Backups, BeginError, Finished, Running, Taken, Wish};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::access::{AuditNote, Caller, Peer};
use crate::metrics::MetricSource;
use crate::openapi::Document;
use crate::page::Params;
use crate::problem::{Body, Problem};
use crate::time::Time;

/// How soon another attempt makes sense while a backup is being taken, in seconds.
const RETRY_SECS: u64 = 5;

/// Asks for a backup.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewBackup {
    /// The folder to make on the server's machine: an absolute path.
    pub to: String,
    /// An earlier backup there; files that are the same are linked instead of copied.
    pub base: Option<String>,
}

/// How backups stand.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct BackupStatus {
    /// The one that is being taken now.
    pub running: Option<BackupProgress>,
    /// The last one that ended since the start of the server.
    pub last: Option<BackupOutcome>,
    /// When the last one succeeded, before this start too.
    pub last_success_at: Option<Time>,
    /// The bytes of all of its files.
    pub last_success_bytes: Option<u64>,
}

/// A backup that is being taken.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct BackupProgress {
    /// Its number since the start of the server.
    pub id: u64,
    /// The folder it makes.
    pub to: String,
    /// Who asked for it.
    pub by: String,
    /// When.
    pub started_at: Time,
    /// Files that are done.
    pub files: u64,
    /// Files in all, as far as that is known yet.
    pub files_all: u64,
    /// Bytes that are done.
    pub bytes: u64,
    /// Bytes in all, as far as that is known yet.
    pub bytes_all: u64,
}

/// A backup that has ended.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct BackupOutcome {
    /// Its number since the start of the server.
    pub id: u64,
    /// When it ended.
    pub finished_at: Time,
    /// What it holds; `null` if it failed.
    pub backup: Option<Backup>,
    /// Why it failed.
    pub error: Option<String>,
}

/// A backup that is complete.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Backup {
    /// Its folder.
    pub path: String,
    /// When it was begun: everything acknowledged before is in it.
    pub taken_at: String,
    /// Its files.
    pub files: u64,
    /// Their bytes.
    pub bytes: u64,
    /// Those of them that took new space; the rest is shared with the data folder or an earlier backup.
    pub copied_bytes: u64,
    /// Spans.
    pub spans: u64,
    /// Log records.
    pub logs: u64,
    /// Metric points.
    pub points: u64,
    /// Segments.
    pub segments: u64,
    /// Counters.
    pub counters: u64,
    /// Rows of the state database.
    pub state_rows: u64,
    /// Files that were missing or damaged and are not in it, with what that means.
    pub left_out: Vec<String>,
}

impl From<&Taken> for Backup {
    fn from(taken: &Taken) -> Self {
        Self { copied_bytes: taken.copied_bytes, ..Self::of(taken.path.display(), &taken.document) }
    }
}

impl Backup {
    /// What a backup's folder says of itself, all of its bytes its own.
    pub fn of(path: impl std::fmt::Display, document: &BackupDocument) -> Self {
        let rows = |signal: &str| document.contents.rows.get(signal).copied().unwrap_or(0);
        let left_out = document.left_out.iter().map(|file| format!("{}: {}", file.path, file.reason));
        Self {
            path: path.to_string(),
            taken_at: document.taken_at.clone(),
            files: document.files.len() as u64,
            bytes: document.bytes(),
            copied_bytes: document.bytes(),
            spans: rows("spans"),
            logs: rows("logs"),
            points: rows("metrics"),
            segments: document.contents.segments,
            counters: document.contents.counters.len() as u64,
            state_rows: document.tables.values().sum(),
            left_out: left_out.collect(),
        }
    }
}

impl From<Running> for BackupProgress {
    fn from(running: Running) -> Self {
        Self {
            id: running.id,
            to: running.wish.to.display().to_string(),
            by: running.by,
            started_at: running.started_at.into(),
            files: running.done.files,
            files_all: running.done.files_all,
            bytes: running.done.bytes,
            bytes_all: running.done.bytes_all,
        }
    }
}

impl From<&Finished> for BackupOutcome {
    fn from(finished: &Finished) -> Self {
        Self {
            id: finished.was.id,
            finished_at: finished.finished_at.into(),
            backup: finished.outcome.as_ref().ok().map(Backup::from),
            error: finished.outcome.as_ref().err().map(ToString::to_string),
        }
    }
}

/// The calls about backups.
pub fn routes(backups: Backups) -> Router {
    Router::new().route("/api/v1/backups", get(show).post(begin)).with_state(backups)
}

/// What `/metrics` says of backups.
pub fn metrics(backups: Backups) -> MetricSource {
    Arc::new(move |text| {
        let counts = backups.counts();
        text.counter("ippo_backups_total", "Backups taken, by how they ended.")
            .sample(&[("outcome", "succeeded")], counts.succeeded)
            .sample(&[("outcome", "failed")], counts.failed);
        if let Some(success) = backups.last_success() {
            let help = "When the last backup was complete, in seconds since 1970.";
            text.gauge("ippo_backup_last_success_timestamp_seconds", help).sample(&[], success.at.as_secs());
            text.gauge("ippo_backup_last_size_bytes", "The bytes of its files.").sample(&[], success.bytes);
        }
    })
}

async fn show(State(backups): State<Backups>, params: Params) -> Result<Json<BackupStatus>, Problem> {
    params.finish()?;
    let success = backups.last_success();
    // In this order one that ends in between is seen as ended, not as unknown.
    let running = backups.running().map(BackupProgress::from);
    Ok(Json(BackupStatus {
        running,
        last: backups.last().as_deref().map(BackupOutcome::from),
        last_success_at: success.map(|success| success.at.into()),
        last_success_bytes: success.map(|success| success.bytes),
    }))
}

async fn begin(
    State(backups): State<Backups>,
    Peer(peer): Peer,
    caller: Caller,
    Body(wish): Body<NewBackup>,
) -> Result<Response, Problem> {
    if !peer.is_loopback() {
        return Err(Problem::forbidden(
            "A backup is written on ippo's own machine, and can be asked for only there: run `ippo backup` on it.",
        ));
    }
    let note = AuditNote::detail(serde_json::json!({ "to": wish.to, "base": wish.base }));
    let wish = Wish { to: PathBuf::from(wish.to), base: wish.base.map(PathBuf::from) };
    let begun = backups.begin(wish, &caller.name()).map_err(problem)?;
    Ok((Extension(note), Json(BackupProgress::from(begun))).into_response())
}

fn problem(error: BeginError) -> Problem {
    match error {
        BeginError::Busy(_) => Problem::unavailable(format!("Not now: {error}."), RETRY_SECS),
        BeginError::Wish(BackupError::Refused(reason)) => Problem::invalid(format!("No backup: {reason}.")),
        BeginError::Wish(damaged @ BackupError::Damaged(_)) => {
            Problem::invalid(format!("The earlier backup is of no use: {damaged}."))
        }
        BeginError::Wish(error) => Problem::internal("beginning a backup", &error),
    }
}

/// Describes the operations of this file.
pub(crate) fn describe(document: &mut Document) {
    document
        .get("/api/v1/backups", "getBackups", "The backup that is being taken, and the last ones")
        .answers::<BackupStatus>();
    document
        .post("/api/v1/backups", "startBackup", "Begins a backup on the server's own machine")
        .accepts::<NewBackup>()
        .answers::<BackupProgress>();
}
