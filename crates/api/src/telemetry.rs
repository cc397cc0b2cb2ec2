//! What the calls that read telemetry have in common.

use axum::Router;
use ippo_base::SharedClock;
use ippo_telemetry::read::Found;
use ippo_telemetry::{Expr, QueryLimits, Signal, Store, StoreError};

use crate::page::{Page, Params};
use crate::problem::Problem;
use crate::trace::Attributes;
use crate::{log, metric, query, service, trace};

/// How soon another attempt makes sense where the store was busy or is stopping, in seconds.
const RETRY_SECS: u64 = 5;

/// What the calls that read telemetry work with.
#[derive(Clone)]
pub struct TelemetryApi {
    /// Where it is kept.
    pub store: Store,
    /// What time it is.
    pub clock: SharedClock,
    /// What one SQL query may use.
    pub limits: QueryLimits,
}

/// The calls that read telemetry.
pub fn routes(api: TelemetryApi) -> Router {
    service::routes(api.clone())
        .merge(trace::routes(api.clone()))
        .merge(log::routes(api.clone()))
        .merge(metric::routes(api.clone()))
        .merge(query::routes(api))
}

/// The envelope of an answer.
pub(crate) fn page<T>(found: &Found<T>, next_cursor: Option<String>) -> Page {
    let sampled = found.sampled.map(Into::into);
    Page { next_cursor, warnings: found.warnings.clone(), partial: found.partial, sampled }
}

/// Takes `where`: an expression over the signal.
pub(crate) fn filter(params: &mut Params, signal: Signal) -> Result<Option<Expr>, Problem> {
    let Some(text) = params.text("where")? else { return Ok(None) };
    match Expr::parse(&text, signal) {
        Ok(filter) => Ok(Some(filter)),
        Err(error) => {
            let column = text.get(..error.offset).map_or(error.offset, |before| before.chars().count()) + 1;
            Err(Problem::expression("where", u32::try_from(column).unwrap_or(u32::MAX), &error.message))
        }
    }
}

/// Reads an id of so many bytes from hexadecimal digits.
pub(crate) fn id<const N: usize>(name: &str, text: &str) -> Result<[u8; N], Problem> {
    let mut id = [0; N];
    match hex::decode_to_slice(text.trim(), &mut id) {
        Ok(()) => Ok(id),
        Err(_) => {
            Err(Problem::parameter(name, format!("is {text:?}, not an id of {} hexadecimal digits", N * 2)))
        }
    }
}

/// Attributes as the store writes them.
pub(crate) fn attributes(text: &str) -> Attributes {
    serde_json::from_str(text).unwrap_or_default()
}

/// A failure of the store.
pub(crate) fn problem(error: &StoreError) -> Problem {
    match error {
        StoreError::Overloaded
        | StoreError::Full
        | StoreError::Stopped
        | StoreError::Busy
        | StoreError::TooManyTails => Problem::unavailable(format!("Not now: {error}."), RETRY_SECS),
        other => Problem::internal("reading telemetry", other),
    }
}
