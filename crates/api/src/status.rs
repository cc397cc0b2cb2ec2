//! How this ippo is doing, for the set-up page and for whoever watches it.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::openapi::Document;
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

/// Describes the operations of this file.
pub(crate) fn describe(document: &mut Document) {
    document.get("/api/v1/status", "getStatus", "How this ippo is doing").answers::<Status>();
}
