//! The calls about log records: searches, counts, one record, and what is around it.

use std::sync::Arc;

use axum::extract::{Path, State};
use axum::routing::get;
use axum::{Json, Router};
use ippo_base::{TimeRange, Timestamp};
use ippo_telemetry::read::{self, Found, Listed, LogCursor, LogRecord, LogSearch, NoLogCursor};
use tokio::sync::Semaphore;

use super::choice::chosen;
use super::export::{EXPORTS, LOG_EXPORT_RECORDS, export};
use super::search::search;
use super::tail::tail;
use super::{Log, LogCounts, LogFound, LogList, LogPoint, LogsAround};
use crate::page::{Params, write_cursor};
use crate::problem::Problem;
use crate::telemetry::{TelemetryApi, attributes, page, problem};
use crate::time::Time;

/// Lengths of steps that people read easily, in seconds.
const STEPS_SECS: [u32; 17] =
    [1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1_800, 3_600, 10_800, 21_600, 43_200, 86_400];
/// Steps of a count at most.
const POINTS: u64 = 120;
/// Lines before and after a record, where the caller does not say.
const AROUND: u64 = 20;
/// The most that may be asked for.
const AROUND_MOST: u64 = 500;

/// What the calls about log records work with.
#[derive(Clone)]
pub(super) struct LogApi {
    pub(super) telemetry: TelemetryApi,
    /// Turns of exports.
    pub(super) exports: Arc<Semaphore>,
}

/// The calls about log records.
pub(crate) fn routes(telemetry: TelemetryApi) -> Router {
    Router::new()
        .route("/api/v1/logs", get(list))
        .route("/api/v1/logs/search", get(search))
        .route("/api/v1/logs/counts", get(counts))
        .route("/api/v1/logs/tail", get(tail))
        .route("/api/v1/logs/export", get(export))
        .route("/api/v1/logs/{id}", get(one))
        .route("/api/v1/logs/{id}/around", get(around))
        .with_state(LogApi { telemetry, exports: Arc::new(Semaphore::new(EXPORTS)) })
}

async fn list(State(api): State<LogApi>, params: Params) -> Result<Json<LogList>, Problem> {
    let search = asked(params, api.telemetry.clock.now())?;
    let range = search.range;
    let store = api.telemetry.store;
    let found = store.read(move |reader| reader.logs(&search)).await.map_err(|e| problem(&e))?;
    Ok(Json(listed(range, found)))
}

/// The search that a request asks for.
pub(super) fn asked(mut params: Params, now: Timestamp) -> Result<LogSearch, Problem> {
    let range = params.range(now)?;
    let only = chosen(&mut params)?;
    let search = LogSearch { range, only, limit: params.limit()?, after: params.cursor()? };
    params.finish()?;
    Ok(search)
}

/// What a search found, as it is answered.
pub(super) fn listed(range: TimeRange, found: Found<Listed<LogRecord, LogCursor>>) -> LogList {
    let page = page(&found, found.value.next.as_ref().map(write_cursor));
    let logs = found.value.items.into_iter().map(Log::from).collect();
    LogList { from: Time(range.from), to: Time(range.to), logs, page }
}

async fn counts(State(api): State<LogApi>, mut params: Params) -> Result<Json<LogCounts>, Problem> {
    let range = params.range(api.telemetry.clock.now())?;
    let only = chosen(&mut params)?;
    params.finish()?;
    let step_secs = step_secs(range);
    let store = api.telemetry.store;
    let count = move |reader: &read::Reader| reader.log_counts(range, &only, step_secs);
    let found = store.read(count).await.map_err(|e| problem(&e))?;
    let first = found.value.first.as_nanos();
    let step_nanos = i64::from(step_secs) * 1_000_000_000;
    let point = |(time, steps): (i64, &[u64; read::SEVERITY_CLASSES])| {
        let [unknown, trace, debug, info, warn, error, fatal] = *steps;
        let time = Time(Timestamp::from_nanos(time));
        LogPoint { time, unknown, trace, debug, info, warn, error, fatal }
    };
    let times = (0..).map(|step| first + step * step_nanos);
    Ok(Json(LogCounts {
        from: Time(range.from),
        to: Time(range.to),
        step_secs,
        total: found.value.total(),
        export_limit: LOG_EXPORT_RECORDS,
        points: times.zip(&found.value.steps).map(point).collect(),
        page: page(&found, None),
    }))
}

async fn one(
    State(api): State<LogApi>,
    Path(id): Path<String>,
    params: Params,
) -> Result<Json<LogFound>, Problem> {
    params.finish()?;
    let place = place(&id)?;
    let store = api.telemetry.store;
    let found = store.read(move |reader| reader.log(place)).await.map_err(|e| problem(&e))?;
    let page = page(&found, None);
    let log = found.value.map(Log::from).ok_or_else(|| gone(&page.warnings))?;
    Ok(Json(LogFound { log, page }))
}

async fn around(
    State(api): State<LogApi>,
    Path(id): Path<String>,
    mut params: Params,
) -> Result<Json<LogsAround>, Problem> {
    let place = place(&id)?;
    let before = side(&mut params, "before")?;
    let after = side(&mut params, "after")?;
    params.finish()?;
    let store = api.telemetry.store;
    let look = move |reader: &read::Reader| reader.logs_around(place, before, after);
    let found = store.read(look).await.map_err(|e| problem(&e))?;
    let page = page(&found, None);
    let around = found.value.ok_or_else(|| gone(&page.warnings))?;
    let logs = |records: Vec<LogRecord>| records.into_iter().map(Log::from).collect();
    Ok(Json(LogsAround {
        from: Time(around.range.from),
        to: Time(around.range.to),
        after: logs(around.after),
        log: Log::from(around.record),
        before: logs(around.before),
        page,
    }))
}

fn side(params: &mut Params, name: &'static str) -> Result<usize, Problem> {
    match params.integer(name)?.unwrap_or(AROUND) {
        lines @ 0..=AROUND_MOST => Ok(usize::try_from(lines).expect("few")),
        lines => Err(Problem::parameter(name, format!("is {lines}; it is 0 to {AROUND_MOST}"))),
    }
}

fn place(id: &str) -> Result<LogCursor, Problem> {
    id.parse().map_err(|wrong: NoLogCursor| Problem::parameter("id", format!("is no log record's: {wrong}")))
}

fn gone(warnings: &[String]) -> Problem {
    let because = warnings.first().map_or_else(
        || "It may be older than what is kept (--retention).".to_owned(),
        |warning| format!("It may be in what cannot be read: {warning}."),
    );
    Problem::not_found(format!("There is no such log record. {because}"))
}

/// The shortest length of a step that needs no more than [`POINTS`] of them.
fn step_secs(range: TimeRange) -> u32 {
    let secs = range.to.since(range.from).as_secs();
    // One more, for steps begin at multiples of their length.
    let fits = |step: &u32| secs.div_ceil(u64::from(*step)) < POINTS;
    let days = || u32::try_from(secs.div_ceil(POINTS - 1)).unwrap_or(u32::MAX / 2).next_multiple_of(86_400);
    STEPS_SECS.into_iter().find(fits).unwrap_or_else(days)
}

impl From<LogRecord> for Log {
    fn from(record: LogRecord) -> Self {
        Self {
            id: record.at.to_string(),
            time: Time(record.time),
            observed_time: Time(record.observed_time.unwrap_or(record.time)),
            severity: record.severity,
            severity_number: u8::try_from(record.severity_number).unwrap_or(0),
            service: record.service,
            namespace: record.namespace,
            environment: record.environment,
            body: record.body,
            event_name: record.event_name.unwrap_or_default(),
            trace_id: record.trace_id,
            span_id: record.span_id,
            attributes: attributes(&record.attrs),
            resource: attributes(&record.resource),
        }
    }
}
