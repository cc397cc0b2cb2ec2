//! Services and their endpoints as the API shows them: requests, errors and latency over server and consumer spans.

mod calls;

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::openapi::{Document, Value};
use crate::page::Page;
use crate::time::Time;

pub(crate) use calls::routes;

/// The services that sent telemetry in a range.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct ServiceList {
    /// Start of the effective range, aligned outward to whole minutes.
    pub from: Time,
    /// End of the effective range, excluded.
    pub to: Time,
    /// The services, by name.
    pub services: Vec<Service>,
    /// How far percentiles may be off, as a share of each: 0.01 is 1 %, and 0 means that they are exact.
    pub percentile_error: f64,
    /// The envelope.
    #[serde(flatten)]
    pub page: Page,
}

/// One service in a range, summed over its namespaces and environments.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Service {
    /// `service.name`.
    pub service: String,
    /// Every `service.namespace` it was seen with.
    pub namespaces: Vec<String>,
    /// Every `deployment.environment.name` it was seen with.
    pub environments: Vec<String>,
    /// Server and consumer spans.
    pub requests: u64,
    /// Those that failed.
    pub errors: u64,
    /// Median latency in milliseconds; `null` without requests.
    pub p50_ms: Option<f64>,
    /// 95th percentile of latency in milliseconds; `null` without requests.
    pub p95_ms: Option<f64>,
    /// 99th percentile of latency in milliseconds; `null` without requests.
    pub p99_ms: Option<f64>,
    /// The start of its latest span or log record.
    pub last_seen: Time,
}

/// The endpoints of one service in a range.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct EndpointList {
    /// Start of the effective range, aligned outward to whole minutes.
    pub from: Time,
    /// End of the effective range, excluded.
    pub to: Time,
    /// The endpoints, most requests first.
    pub endpoints: Vec<Endpoint>,
    /// How far percentiles may be off, as a share of each: 0.01 is 1 %, and 0 means that they are exact.
    pub percentile_error: f64,
    /// The envelope.
    #[serde(flatten)]
    pub page: Page,
}

/// One endpoint of a service in a range.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Endpoint {
    /// The span's name.
    pub name: String,
    /// The HTTP method.
    pub method: Option<String>,
    /// The HTTP route.
    pub route: Option<String>,
    /// `server` or `consumer`.
    pub kind: String,
    /// Spans.
    pub requests: u64,
    /// Those that failed.
    pub errors: u64,
    /// Median latency in milliseconds.
    pub p50_ms: Option<f64>,
    /// 95th percentile of latency in milliseconds.
    pub p95_ms: Option<f64>,
    /// 99th percentile of latency in milliseconds.
    pub p99_ms: Option<f64>,
}

/// One service over time: a point for every step, those without requests included.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct ServiceSeries {
    /// Start of the effective range.
    pub from: Time,
    /// End of the effective range, excluded.
    pub to: Time,
    /// Seconds from one point to the next.
    pub step_secs: u32,
    /// The points, ascending.
    pub points: Vec<ServicePoint>,
    /// How far percentiles may be off, as a share of each: 0.01 is 1 %, and 0 means that they are exact.
    pub percentile_error: f64,
    /// The envelope.
    #[serde(flatten)]
    pub page: Page,
}

/// One step of a service's series.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct ServicePoint {
    /// Start of the step.
    pub time: Time,
    /// Server and consumer spans that started in it.
    pub requests: u64,
    /// Those that failed.
    pub errors: u64,
    /// Median latency in milliseconds; `null` without requests.
    pub p50_ms: Option<f64>,
    /// 95th percentile of latency in milliseconds; `null` without requests.
    pub p95_ms: Option<f64>,
    /// 99th percentile of latency in milliseconds; `null` without requests.
    pub p99_ms: Option<f64>,
}

/// The endpoints that got worse most against the same length of time before.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct EndpointChanges {
    /// Start of the effective range.
    pub from: Time,
    /// End of the effective range, excluded.
    pub to: Time,
    /// Start of what it is compared with.
    pub baseline_from: Time,
    /// End of what it is compared with, excluded.
    pub baseline_to: Time,
    /// At most five, the worst first.
    pub endpoints: Vec<EndpointChange>,
    /// How far percentiles may be off, as a share of each: 0.01 is 1 %, and 0 means that they are exact.
    pub percentile_error: f64,
    /// The envelope.
    #[serde(flatten)]
    pub page: Page,
}

/// One endpoint that got worse.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct EndpointChange {
    /// Its service.
    pub service: String,
    /// The span's name.
    pub name: String,
    /// The HTTP method.
    pub method: Option<String>,
    /// The HTTP route.
    pub route: Option<String>,
    /// Requests in the range.
    pub requests: u64,
    /// Those that failed.
    pub errors: u64,
    /// 95th percentile of latency in milliseconds.
    pub p95_ms: Option<f64>,
    /// Requests in the baseline.
    pub baseline_requests: u64,
    /// Those of the baseline that failed.
    pub baseline_errors: u64,
    /// 95th percentile of latency in the baseline, in milliseconds.
    pub baseline_p95_ms: Option<f64>,
    /// Distinct users whose requests failed; `null` where spans carry no user.
    pub users: Option<u64>,
}

const ONLY_WHERE: &str = "Only requests whose span makes this SQL boolean expression true. Stored spans are read for it, so it takes \
                          longer than without.";

/// Describes the operations of this file.
pub(crate) fn describe(document: &mut Document) {
    document
        .get("/api/v1/services", "listServices", "Services with their requests, errors and latency")
        .range()
        .query("namespace", Value::Text, "Only this `service.namespace`.")
        .query("environment", Value::Text, "Only this `deployment.environment.name`.")
        .answers::<ServiceList>();
    document
        .get("/api/v1/services/{service}/endpoints", "listEndpoints", "The endpoints of one service")
        .range()
        .query("namespace", Value::Text, "Only this `service.namespace`.")
        .query("environment", Value::Text, "Only this `deployment.environment.name`.")
        .query("where", Value::Text, ONLY_WHERE)
        .answers::<EndpointList>();
    document
        .get("/api/v1/services/{service}/series", "getServiceSeries", "One service over time")
        .range()
        .query("namespace", Value::Text, "Only this `service.namespace`.")
        .query("environment", Value::Text, "Only this `deployment.environment.name`.")
        .query("where", Value::Text, ONLY_WHERE)
        .answers::<ServiceSeries>();
    document
        .get("/api/v1/endpoints/changes", "listEndpointChanges", "The endpoints that got worse most")
        .range()
        .answers::<EndpointChanges>();
}
