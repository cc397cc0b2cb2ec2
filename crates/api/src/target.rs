//! Notification targets as the API shows them. What is secret in them is never shown.

mod calls;

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::incident::Channel;
use crate::openapi::Document;
use crate::page::Page;
use crate::time::Time;

pub use calls::{TargetApi, metrics, routes};

/// Every notification target.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct TargetList {
    /// The targets, by name.
    pub targets: Vec<Target>,
    /// The envelope.
    #[serde(flatten)]
    pub page: Page,
}

/// One notification target and how it fares.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Target {
    /// `metadata.name`.
    pub name: String,
    /// How it is reached.
    pub channel: Channel,
    /// Where it goes, without secrets.
    pub description: String,
    /// Its last delivery.
    pub last_success_at: Option<Time>,
    /// Its last failure.
    pub last_failure_at: Option<Time>,
    /// What that failure was.
    pub last_error: Option<String>,
}

/// What became of a test message.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct TargetTest {
    /// Whether the target took it.
    pub delivered: bool,
    /// What it answered instead.
    pub error: Option<String>,
}

/// Describes the operations of this file.
pub(crate) fn describe(document: &mut Document) {
    document
        .get("/api/v1/targets", "listTargets", "Every notification target and how it fares")
        .answers::<TargetList>();
    document
        .post("/api/v1/targets/{name}/test", "testTarget", "Sends a test message and says what became of it")
        .answers::<TargetTest>();
}
