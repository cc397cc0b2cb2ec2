//! The calls about notification targets.

use std::sync::Arc;

use axum::extract::{Path, State};
use axum::routing::{get, post};
use axum::{Json, Router};
use ippo_base::SharedClock;
use ippo_domain::delivery::Outcome;
use ippo_engine::deliver::Deliverer;
use ippo_engine::target::TargetReport;
use ippo_state::StateError;

use super::{Target, TargetList, TargetTest};
use crate::incident::channel;
use crate::metrics::MetricSource;
use crate::page::{Page, Params};
use crate::problem::Problem;
use crate::session::Caller;
use crate::time::Time;

/// What the calls about targets work with.
#[derive(Clone)]
pub struct TargetApi {
    /// Who tells them.
    pub deliverer: Deliverer,
    /// What time it is.
    pub clock: SharedClock,
}

/// The calls about targets.
pub fn routes(api: TargetApi) -> Router {
    Router::new()
        .route("/api/v1/targets", get(list))
        .route("/api/v1/targets/{name}/test", post(test))
        .with_state(api)
}

/// What `/metrics` says of messages.
pub fn metrics(deliverer: Deliverer) -> MetricSource {
    Arc::new(move |text| {
        let mut family = text.counter(
            "ippo_notification_attempts_total",
            "Attempts to tell a notification target, by how they ended; abandoned counts messages given up.",
        );
        for (outcome, count) in deliverer.counts() {
            family.sample(&[("outcome", outcome)], count);
        }
    })
}

async fn list(State(api): State<TargetApi>, params: Params) -> Result<Json<TargetList>, Problem> {
    params.finish()?;
    let targets = api.deliverer.targets().await?;
    Ok(Json(TargetList { targets: targets.iter().map(Target::from).collect(), page: Page::complete() }))
}

/// Always answers 200: that the target cannot be reached is what was asked for.
async fn test(
    State(api): State<TargetApi>,
    Path(name): Path<String>,
    caller: Caller,
) -> Result<Json<TargetTest>, Problem> {
    let clock = Arc::clone(&api.clock);
    match api.deliverer.test(&name, &caller.name(), &clock).await {
        Ok(Outcome::Delivered) => Ok(Json(TargetTest { delivered: true, error: None })),
        Ok(Outcome::Partly { reason }) => Ok(Json(TargetTest { delivered: true, error: Some(reason) })),
        Ok(Outcome::Refused { reason, .. } | Outcome::Unknown { reason }) => {
            Ok(Json(TargetTest { delivered: false, error: Some(reason) }))
        }
        Err(StateError::NotFound) => Err(Problem::not_found(format!(
            "There is no notification target {name:?}. GET /api/v1/targets lists them."
        ))),
        Err(error) => Err(error.into()),
    }
}

impl From<&TargetReport> for Target {
    fn from(report: &TargetReport) -> Self {
        Self {
            name: report.definition.name.clone(),
            channel: channel(report.definition.channel.name()),
            description: report.destination(),
            last_success_at: report.health.last_success_at.map(Time),
            last_failure_at: report.health.last_failure_at.map(Time),
            last_error: report.health.last_error.clone(),
        }
    }
}
