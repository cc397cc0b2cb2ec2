//! The recount of an SLO over server-sent events: how far it has got while it goes on, then what it found.
//!
//! It must never go on when nobody listens any more.

use std::time::Duration;

use axum::Router;
use axum::extract::{Path, State};
use axum::response::IntoResponse;
use axum::response::sse::{Event, Sse};
use axum::routing::get;
use futures::future::BoxFuture;
use futures::stream::unfold;
use ippo_base::Minute;
use ippo_engine::slo::{Recounted, SloError};
use ippo_telemetry::Counts;
use serde::{Deserialize, Serialize};
use tokio::sync::mpsc;
use utoipa::ToSchema;

use super::SloApi;
use super::calls::problem;
use crate::openapi::Document;
use crate::page::Params;
use crate::problem::Problem;
use crate::time::Time;

/// How much time is between two reports at least.
const EVERY: Duration = Duration::from_millis(200);
/// Reports that wait for a slow caller; more are left out.
const WAITING: usize = 4;
/// Minutes that differ which are told one by one.
const MINUTES_MOST: usize = 1_000;

/// How far a recount has got.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct RecountProgress {
    /// The share that is done, 0 to 1.
    pub done: f64,
}

/// What a recount found.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Recount {
    /// Whether no minute differs.
    pub same: bool,
    /// An objective each.
    pub objectives: Vec<RecountedObjective>,
}

/// What a recount of one objective found.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct RecountedObjective {
    /// Its place in the SLO, from 0.
    pub objective: usize,
    /// Minutes that were looked at: those of which every row is stored and that the counter speaks for.
    pub minutes: u32,
    /// The first of them.
    pub from: Option<Time>,
    /// The end of the last of them.
    pub to: Option<Time>,
    /// What the SLO counts in them.
    pub counted: MinuteCounts,
    /// What stored telemetry adds up to.
    pub stored: MinuteCounts,
    /// How many minutes differ.
    pub differing: usize,
    /// The first of these, at most 1,000.
    pub minutes_differing: Vec<DifferingMinute>,
    /// Time that was left out, and why.
    pub left_out: Vec<LeftOut>,
}

/// Counts of some time.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct MinuteCounts {
    /// Good events.
    pub good: u64,
    /// Bad events.
    pub bad: u64,
    /// Events that could not be judged.
    pub unknown: u64,
}

/// A minute whose counts are not those of its stored telemetry.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct DifferingMinute {
    /// Its start.
    pub time: Time,
    /// What the SLO counts.
    pub counted: MinuteCounts,
    /// What stored telemetry adds up to.
    pub stored: MinuteCounts,
}

/// Time that was left out of a recount.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct LeftOut {
    /// Its start.
    pub from: Time,
    /// Its end, excluded.
    pub to: Time,
    /// Why.
    pub reason: String,
}

impl From<Counts> for MinuteCounts {
    fn from(counts: Counts) -> Self {
        Self { good: counts.good, bad: counts.bad, unknown: counts.unknown }
    }
}

fn told(recounted: Vec<Recounted>) -> Recount {
    let time = |minute: Minute| Time(minute.start());
    let objective = |Recounted { objective, drift }: Recounted| RecountedObjective {
        objective,
        minutes: drift.minutes,
        from: drift.from.map(time),
        to: drift.to.map(time),
        counted: drift.counted.into(),
        stored: drift.stored.into(),
        differing: drift.differing.len(),
        minutes_differing: drift
            .differing
            .iter()
            .take(MINUTES_MOST)
            .map(|(minute, counted, stored)| DifferingMinute {
                time: time(*minute),
                counted: (*counted).into(),
                stored: (*stored).into(),
            })
            .collect(),
        left_out: drift
            .left_out
            .into_iter()
            .map(|(range, reason)| LeftOut { from: time(range.from), to: time(range.to), reason })
            .collect(),
    };
    let objectives: Vec<RecountedObjective> = recounted.into_iter().map(objective).collect();
    Recount { same: objectives.iter().all(|objective| objective.differing == 0), objectives }
}

pub(super) fn routes() -> Router<SloApi> {
    Router::new().route("/api/v1/slos/{name}/recount", get(recount))
}

struct Recounting {
    counting: BoxFuture<'static, Result<Vec<Recounted>, SloError>>,
    heard: mpsc::Receiver<RecountProgress>,
}

async fn recount(
    State(api): State<SloApi>,
    Path(name): Path<String>,
    params: Params,
) -> Result<impl IntoResponse, Problem> {
    params.finish()?;
    api.slos.defined(&name).map_err(|e| problem(&e))?;
    let (reports, heard) = mpsc::channel(WAITING);
    let (clock, next) = (api.clock, std::sync::Arc::new(std::sync::Mutex::new(Duration::ZERO)));
    let progress = move |done: f64| {
        let now = clock.monotonic();
        let mut next = next.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        // The caller is slow, or gone: what is new waits for the next time.
        if now >= *next && reports.try_send(RecountProgress { done }).is_ok() {
            *next = now + EVERY;
        }
    };
    let slos = api.slos;
    // Dropped with the stream, when the caller leaves, it ends the recount.
    let counting = Box::pin(async move { slos.recount(&name, progress).await });
    Ok(Sse::new(unfold(Some(Recounting { counting, heard }), |state| async move {
        let mut state = state?;
        tokio::select! {
            biased;
            Some(progress) = state.heard.recv() => {
                Some((Event::default().event("progress").json_data(progress), Some(state)))
            }
            found = &mut state.counting => Some((end(found), None)),
        }
    })))
}

fn end(found: Result<Vec<Recounted>, SloError>) -> Result<Event, axum::Error> {
    match found {
        Ok(found) => Event::default().event("recount").json_data(told(found)),
        Err(error) => Event::default().event("problem").json_data(problem(&error).details()),
    }
}

/// Describes the operations of this file.
pub(super) fn describe(document: &mut Document) {
    document
        .get(
            "/api/v1/slos/{name}/recount",
            "recountSlo",
            "Holds an SLO's counts against stored telemetry: events `progress`, then `recount` or `problem`",
        )
        .streams::<Recount>(&["text/event-stream"]);
}
