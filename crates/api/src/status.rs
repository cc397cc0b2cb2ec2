//! How this ippo is doing, for the set-up page and for whoever watches it.

use std::net::SocketAddr;
use std::sync::Arc;

use axum::extract::State;
use axum::routing::get;
use axum::{Json, Router};
use ippo_base::clock::BoxFuture;
use ippo_base::{SharedClock, Timestamp};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::access::Site;
use crate::openapi::Document;
use crate::page::Params;
use crate::problem::Problem;
use crate::time::Time;

/// How this ippo is doing.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Status {
    /// Its version.
    pub version: String,
    /// When this process started.
    pub started_at: Time,
    /// Where people reach it.
    pub public_url: String,
    /// Where OTLP over gRPC goes, as `host:port`.
    pub otlp_grpc: String,
    /// Where OTLP over HTTP goes, as a URL.
    pub otlp_http: String,
    /// Whether senders need a token that allows `ingest`.
    pub otlp_needs_token: bool,
    /// What was taken in since the start.
    pub received: SignalCounts,
    /// What was refused since the start.
    pub rejected: SignalCounts,
    /// When telemetry last arrived.
    pub last_received_at: Option<Time>,
    /// How many services sent telemetry in the last hour.
    pub services_seen: u64,
    /// What is wrong now.
    pub problems: Vec<StatusProblem>,
}

/// Items of each signal.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct SignalCounts {
    /// Spans.
    pub spans: u64,
    /// Log records.
    pub logs: u64,
    /// Metric points.
    pub points: u64,
}

/// Something that is wrong now.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct StatusProblem {
    /// A stable name for it, such as `disk_full`.
    pub code: String,
    /// What is wrong and what to do.
    pub text: String,
}

/// What the parts of ippo report of themselves.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Report {
    /// What was taken in since the start.
    pub received: SignalCounts,
    /// What was refused since the start.
    pub rejected: SignalCounts,
    /// When telemetry last arrived.
    pub last_received_at: Option<Timestamp>,
    /// How many services sent telemetry in the last hour.
    pub services_seen: u64,
    /// What is wrong now.
    pub problems: Vec<StatusProblem>,
}

/// Asks the parts of ippo how they are doing at a time; must be quick.
pub type Reporter = Arc<dyn Fn(Timestamp) -> BoxFuture<Report> + Send + Sync>;

/// What the call about the status works with.
#[derive(Clone)]
pub struct StatusApi {
    /// Asks the parts of ippo.
    pub report: Reporter,
    /// What time it is.
    pub clock: SharedClock,
    /// When this process started.
    pub started_at: Timestamp,
    /// Where people reach it.
    pub site: Site,
    /// Where OTLP over gRPC is taken.
    pub otlp_grpc: SocketAddr,
    /// Where OTLP over HTTP is taken.
    pub otlp_http: SocketAddr,
}

/// The call about the status.
pub fn routes(api: StatusApi) -> Router {
    Router::new().route("/api/v1/status", get(show)).with_state(api)
}

async fn show(State(api): State<StatusApi>, params: Params) -> Result<Json<Status>, Problem> {
    params.finish()?;
    let report = (api.report)(api.clock.now()).await;
    Ok(Json(Status {
        version: env!("CARGO_PKG_VERSION").to_owned(),
        started_at: api.started_at.into(),
        public_url: api.site.public_url().to_owned(),
        otlp_grpc: api.site.address_for_others(api.otlp_grpc),
        otlp_http: format!("http://{}", api.site.address_for_others(api.otlp_http)),
        otlp_needs_token: !(api.otlp_grpc.ip().is_loopback() && api.otlp_http.ip().is_loopback()),
        received: report.received,
        rejected: report.rejected,
        last_received_at: report.last_received_at.map(Time::from),
        services_seen: report.services_seen,
        problems: report.problems,
    }))
}

/// Describes the operations of this file.
pub(crate) fn describe(document: &mut Document) {
    document.get("/api/v1/status", "getStatus", "How this ippo is doing").answers::<Status>();
}
