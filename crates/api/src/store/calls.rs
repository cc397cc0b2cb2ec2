//! The calls about the store.

use axum::extract::State;
use axum::routing::{get, post};
use axum::{Json, Router};
use ippo_base::{SharedClock, Timestamp};
use ippo_telemetry::Store;

use super::view::{Seen, report};
use super::{StoreReport, StoreVerified};
use crate::otlp::{Intake, OtlpMetrics};
use crate::page::Params;
use crate::problem::Problem;
use crate::telemetry::problem;

/// What the calls about the store work with.
#[derive(Clone)]
pub struct StoreApi {
    /// The store.
    pub store: Store,
    /// What was refused before it came to the store.
    pub metrics: OtlpMetrics,
    /// Where bodies are kept until they are stored.
    pub intake: Intake,
    /// What time it is.
    pub clock: SharedClock,
    /// When this process started.
    pub started_at: Timestamp,
}

/// The calls about the store.
pub fn routes(api: StoreApi) -> Router {
    Router::new()
        .route("/api/v1/store", get(show))
        .route("/api/v1/store/verify", post(verify))
        .with_state(api)
}

async fn show(State(api): State<StoreApi>, params: Params) -> Result<Json<StoreReport>, Problem> {
    params.finish()?;
    let disk = api.store.disk_space().await;
    Ok(Json(report(&Seen {
        stats: &api.store.stats(),
        space: &api.store.space(),
        quarantined: &api.store.quarantined(),
        refused: &api.metrics.refused_requests(),
        bodies: api.intake.used(),
        disk,
        kept: api.store.kept(),
        sampling: api.store.sampling(),
        now: api.clock.now(),
        since: api.started_at,
    })))
}

async fn verify(State(api): State<StoreApi>) -> Result<Json<StoreVerified>, Problem> {
    let verified = api.store.verify_quarantined().await.map_err(|error| problem(&error))?;
    Ok(Json(StoreVerified { released: verified.released as u64, held: verified.held as u64 }))
}
