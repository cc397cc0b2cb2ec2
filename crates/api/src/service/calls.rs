//! The calls about services and endpoints.

use axum::extract::{Path, State};
use axum::routing::get;
use axum::{Json, Router};
use ippo_base::TimeRange;
use ippo_telemetry::Signal;
use ippo_telemetry::read::{self, Where};

use super::{
    Endpoint, EndpointChange, EndpointChanges, EndpointList, Service, ServiceList, ServicePoint,
    ServiceSeries,
};
use crate::page::{Page, Params};
use crate::problem::Problem;
use crate::telemetry::{TelemetryApi, filter, page, problem};
use crate::time::Time;

/// Points in one series, at most.
const SERIES_POINTS: u64 = 400;
/// Lengths of a step in seconds; the first that gives few enough points is taken.
const STEPS_SECS: [u32; 9] = [60, 300, 600, 1800, 3600, 7200, 14_400, 43_200, 86_400];

/// The calls about services.
pub(crate) fn routes(api: TelemetryApi) -> Router {
    Router::new()
        .route("/api/v1/services", get(list))
        .route("/api/v1/services/{service}/endpoints", get(endpoints))
        .route("/api/v1/services/{service}/series", get(series))
        .route("/api/v1/endpoints/changes", get(changes))
        .with_state(api)
}

async fn list(State(api): State<TelemetryApi>, mut params: Params) -> Result<Json<ServiceList>, Problem> {
    let range = whole_minutes(params.range(api.clock.now())?);
    let only = only(&mut params)?;
    params.finish()?;
    let found = api.store.read(move |reader| reader.services(range, &only)).await.map_err(|e| problem(&e))?;
    let page = page(&found, None);
    let percentile_error = error_of(found.value.iter().map(|stats| stats.latency));
    let services = found.value.into_iter().map(Service::from).collect();
    Ok(Json(ServiceList { from: Time(range.from), to: Time(range.to), services, percentile_error, page }))
}

async fn endpoints(
    State(api): State<TelemetryApi>,
    Path(service): Path<String>,
    mut params: Params,
) -> Result<Json<EndpointList>, Problem> {
    let range = whole_minutes(params.range(api.clock.now())?);
    let (only, filter) = (only(&mut params)?, filter(&mut params, Signal::Spans)?);
    params.finish()?;
    let (name, also) = (service.clone(), only.clone());
    let read = api.store.read(move |reader| reader.endpoints(&name, range, &also, filter.as_ref())).await;
    let found = read.map_err(|e| problem(&e))?;
    let page = ambiguous(&api, page(&found, None), service, range, only).await?;
    let percentile_error = error_of(found.value.iter().map(|stats| stats.latency));
    let endpoints = found.value.into_iter().map(Endpoint::from).collect();
    Ok(Json(EndpointList { from: Time(range.from), to: Time(range.to), endpoints, percentile_error, page }))
}

async fn series(
    State(api): State<TelemetryApi>,
    Path(service): Path<String>,
    mut params: Params,
) -> Result<Json<ServiceSeries>, Problem> {
    let range = params.range(api.clock.now())?;
    let (only, filter) = (only(&mut params)?, filter(&mut params, Signal::Spans)?);
    params.finish()?;
    let (range, step_secs) = steps(range);
    let (name, also) = (service.clone(), only.clone());
    let read =
        api.store.read(move |reader| reader.series(&name, range, step_secs, &also, filter.as_ref())).await;
    let found = read.map_err(|e| problem(&e))?;
    let page = ambiguous(&api, page(&found, None), service, range, only).await?;
    let percentile_error = error_of(found.value.iter().map(|point| point.latency));
    let points = found.value.into_iter().map(ServicePoint::from).collect();
    let (from, to) = (Time(range.from), Time(range.to));
    Ok(Json(ServiceSeries { from, to, step_secs, points, percentile_error, page }))
}

async fn changes(
    State(api): State<TelemetryApi>,
    mut params: Params,
) -> Result<Json<EndpointChanges>, Problem> {
    let range = whole_minutes(params.range(api.clock.now())?);
    params.finish()?;
    let found =
        api.store.read(move |reader| reader.endpoint_changes(range)).await.map_err(|e| problem(&e))?;
    let page = page(&found, None);
    let errors = found.value.endpoints.iter().map(|change| change.relative_error);
    Ok(Json(EndpointChanges {
        percentile_error: errors.fold(0.0, f64::max),
        from: Time(range.from),
        to: Time(range.to),
        baseline_from: Time(found.value.baseline.from),
        baseline_to: Time(found.value.baseline.to),
        endpoints: found.value.endpoints.into_iter().map(EndpointChange::from).collect(),
        page,
    }))
}

/// A service's identity is its namespace, name and environment; where a name stands for several, the answer is the sum
/// over all of them and says so.
async fn ambiguous(
    api: &TelemetryApi,
    mut page: Page,
    service: String,
    range: TimeRange,
    only: Where,
) -> Result<Page, Problem> {
    let name = service.clone();
    let read = api.store.read(move |reader| reader.identities(&name, range, &only)).await;
    let identities = read.map_err(|e| problem(&e))?.value;
    if identities.len() > 1 {
        let named = |part: &String| if part.is_empty() { "–".to_owned() } else { part.clone() };
        let all: Vec<String> = identities
            .iter()
            .map(|(namespace, environment)| format!("{} in {}", named(namespace), named(environment)))
            .collect();
        page.warnings.push(format!(
            "{service} is the sum over several services of that name, by namespace and environment: {}; \
             give `namespace` or `environment` for one of them",
            all.join(", ")
        ));
    }
    Ok(page)
}

/// The largest error of all.
fn error_of(latencies: impl Iterator<Item = read::Latency>) -> f64 {
    latencies.map(|latency| latency.relative_error).fold(0.0, f64::max)
}

fn only(params: &mut Params) -> Result<Where, Problem> {
    Ok(Where { namespace: params.text("namespace")?, environment: params.text("environment")? })
}

/// The range, aligned outward.
fn whole_minutes(range: TimeRange) -> TimeRange {
    let minutes = range.minutes();
    TimeRange { from: minutes.from.start(), to: minutes.to.start() }
}

/// The range in whole steps, aligned outward, and the length of a step.
fn steps(range: TimeRange) -> (TimeRange, u32) {
    let secs = range.to.since(range.from).as_secs();
    let step = STEPS_SECS.into_iter().find(|step| secs.div_ceil(u64::from(*step)) <= SERIES_POINTS);
    let step = step.unwrap_or_else(|| {
        let wanted = u32::try_from(secs.div_ceil(SERIES_POINTS)).unwrap_or(u32::MAX / 2);
        wanted.next_multiple_of(STEPS_SECS[STEPS_SECS.len() - 1])
    });
    let minutes = range.minutes();
    let step_minutes = step / 60;
    let from = ippo_base::Minute(minutes.from.0 - minutes.from.0 % step_minutes);
    let to = ippo_base::Minute(minutes.to.0.next_multiple_of(step_minutes));
    (TimeRange { from: from.start(), to: to.start() }, step)
}

impl From<read::ServiceStats> for Service {
    fn from(stats: read::ServiceStats) -> Self {
        Self {
            service: stats.service,
            namespaces: stats.namespaces,
            environments: stats.environments,
            requests: stats.requests,
            errors: stats.errors,
            p50_ms: stats.latency.p50_ms,
            p95_ms: stats.latency.p95_ms,
            p99_ms: stats.latency.p99_ms,
            last_seen: Time(stats.last_seen),
        }
    }
}

impl From<read::EndpointStats> for Endpoint {
    fn from(stats: read::EndpointStats) -> Self {
        Self {
            name: stats.name,
            method: stats.method,
            route: stats.route,
            kind: stats.kind,
            requests: stats.requests,
            errors: stats.errors,
            p50_ms: stats.latency.p50_ms,
            p95_ms: stats.latency.p95_ms,
            p99_ms: stats.latency.p99_ms,
        }
    }
}

impl From<read::SeriesPoint> for ServicePoint {
    fn from(point: read::SeriesPoint) -> Self {
        Self {
            time: Time(point.time),
            requests: point.requests,
            errors: point.errors,
            p50_ms: point.latency.p50_ms,
            p95_ms: point.latency.p95_ms,
            p99_ms: point.latency.p99_ms,
        }
    }
}

impl From<read::EndpointChange> for EndpointChange {
    fn from(change: read::EndpointChange) -> Self {
        Self {
            service: change.service,
            name: change.name,
            method: change.method,
            route: change.route,
            requests: change.requests,
            errors: change.errors,
            p95_ms: change.p95_ms,
            baseline_requests: change.baseline_requests,
            baseline_errors: change.baseline_errors,
            baseline_p95_ms: change.baseline_p95_ms,
            users: change.users,
        }
    }
}
