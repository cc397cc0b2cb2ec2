//! The call that runs SQL.

use axum::extract::State;
use axum::routing::post;
use axum::{Json, Router};
use ippo_telemetry::{QueryError, StoreError};

use super::{Column, Query, QueryAnswer};
use crate::problem::{Body, Problem};
use crate::telemetry::{TelemetryApi, problem};

/// The call that runs SQL.
pub(crate) fn routes(api: TelemetryApi) -> Router {
    Router::new().route("/api/v1/query", post(run)).with_state(api)
}

async fn run(
    State(api): State<TelemetryApi>,
    Body(query): Body<Query>,
) -> Result<Json<QueryAnswer>, Problem> {
    let found = api.store.sql(&query.sql, api.limits).await.map_err(|error| refused(&error))?;
    let column = |(name, kind): (String, String)| Column { name, kind };
    Ok(Json(QueryAnswer {
        columns: found.columns.into_iter().map(column).collect(),
        rows: found.rows,
        truncated: found.truncated,
        warnings: found.warnings,
    }))
}

fn refused(error: &StoreError) -> Problem {
    match error {
        StoreError::Query(QueryError::Refused(reason)) => {
            Problem::bad_request(format!("The query is wrong: {reason}"))
        }
        StoreError::Query(QueryError::TooLong(limit)) => Problem::timed_out(format!(
            "The query took longer than {} s; narrow it by time, or raise --query-time.",
            limit.as_secs()
        )),
        StoreError::Query(QueryError::TooLarge) => Problem::bad_request(
            "The query needs more memory than it may use; narrow it by time, or raise --query-memory.",
        ),
        other => problem(other),
    }
}
