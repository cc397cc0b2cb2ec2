//! The call about log records.

use axum::extract::State;
use axum::routing::get;
use axum::{Json, Router};
use ippo_telemetry::Signal;
use ippo_telemetry::read::{LogRecord, LogSearch};

use super::{Log, LogList};
use crate::page::{Params, write_cursor};
use crate::problem::Problem;
use crate::telemetry::{TelemetryApi, attributes, filter, id, page, problem};
use crate::time::Time;

/// Severities by name, with the first number of each, by the OpenTelemetry log data model.
const SEVERITIES: [(&str, i64); 6] =
    [("TRACE", 1), ("DEBUG", 5), ("INFO", 9), ("WARN", 13), ("ERROR", 17), ("FATAL", 21)];

/// The call about log records.
pub(crate) fn routes(api: TelemetryApi) -> Router {
    Router::new().route("/api/v1/logs", get(list)).with_state(api)
}

async fn list(State(api): State<TelemetryApi>, mut params: Params) -> Result<Json<LogList>, Problem> {
    let range = params.range(api.clock.now())?;
    let search = LogSearch {
        range,
        service: params.text("service")?,
        filter: filter(&mut params, Signal::Logs)?,
        contains: params.text("contains")?,
        severity_number: params.text("severity")?.map(|name| severity(&name)).transpose()?,
        trace_id: params.text("trace_id")?.map(|text| id("trace_id", &text)).transpose()?,
        span_id: params.text("span_id")?.map(|text| id("span_id", &text)).transpose()?,
        limit: params.limit()?,
        after: params.cursor()?,
    };
    params.finish()?;
    let found = api.store.read(move |reader| reader.logs(&search)).await.map_err(|e| problem(&e))?;
    let page = page(&found, found.value.next.as_ref().map(write_cursor));
    let logs = found.value.items.into_iter().map(Log::from).collect();
    Ok(Json(LogList { from: Time(range.from), to: Time(range.to), logs, page }))
}

fn severity(name: &str) -> Result<i64, Problem> {
    let known = SEVERITIES.iter().find(|(known, _)| known.eq_ignore_ascii_case(name));
    known.map(|(_, number)| *number).ok_or_else(|| {
        let names = SEVERITIES.map(|(name, _)| name).join(", ");
        Problem::parameter("severity", format!("is {name:?}, not one of {names}"))
    })
}

impl From<LogRecord> for Log {
    fn from(record: LogRecord) -> Self {
        Self {
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
