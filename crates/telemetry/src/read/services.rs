//! Services and endpoints: requests, errors and latency over server and consumer spans.
//!
//! Percentiles are exact, by nearest rank over all durations of the range.

use std::collections::{BTreeMap, BTreeSet};

use arrow::array::RecordBatch;
use ippo_base::{TimeRange, Timestamp};

use super::cell::{Names, Numbers, flag};
use super::scan::Scan;
use super::{Found, Reader, millis};
use crate::signal::Signal;

const COLUMNS: [&str; 10] = [
    "start",
    "duration_ns",
    "service",
    "namespace",
    "environment",
    "name",
    "kind",
    "error",
    "method",
    "route",
];
const LOG_COLUMNS: [&str; 4] = ["time", "service", "namespace", "environment"];

/// Which services' telemetry.
#[derive(Debug, Clone, Default)]
pub struct Where {
    /// Only of this `service.namespace`.
    pub namespace: Option<String>,
    /// Only of this `deployment.environment.name`.
    pub environment: Option<String>,
}

/// Percentiles of latency in milliseconds.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Latency {
    /// The median.
    pub p50_ms: Option<f64>,
    /// The 95th percentile.
    pub p95_ms: Option<f64>,
    /// The 99th percentile.
    pub p99_ms: Option<f64>,
}

/// One service in a range.
#[derive(Debug, Clone, PartialEq)]
pub struct ServiceStats {
    /// `service.name`.
    pub service: String,
    /// Every `service.namespace` it was seen with.
    pub namespaces: Vec<String>,
    /// Every `deployment.environment.name` it was seen with.
    pub environments: Vec<String>,
    /// Every pair of the two it was seen with, with an empty text for one that is missing.
    pub identities: Vec<(String, String)>,
    /// Server and consumer spans.
    pub requests: u64,
    /// Those that failed.
    pub errors: u64,
    /// How long they took.
    pub latency: Latency,
    /// The start of its latest span or log record.
    pub last_seen: Timestamp,
}

/// One endpoint of a service in a range.
#[derive(Debug, Clone, PartialEq)]
pub struct EndpointStats {
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
    /// How long they took.
    pub latency: Latency,
}

/// One step of a service's series.
#[derive(Debug, Clone, PartialEq)]
pub struct SeriesPoint {
    /// Start of the step.
    pub time: Timestamp,
    /// Server and consumer spans that started in it.
    pub requests: u64,
    /// Those that failed.
    pub errors: u64,
    /// How long they took.
    pub latency: Latency,
}

/// Requests while they are counted.
#[derive(Default)]
pub(super) struct Tally {
    pub(super) errors: u64,
    durations: Vec<i64>,
}

impl Tally {
    pub(super) fn add(&mut self, duration_ns: i64, error: bool) {
        self.errors += u64::from(error);
        self.durations.push(duration_ns);
    }

    pub(super) fn requests(&self) -> u64 {
        self.durations.len() as u64
    }

    pub(super) fn latency(&mut self) -> Latency {
        self.durations.sort_unstable();
        let rank = |share: f64| {
            let rank = (share * self.durations.len() as f64).ceil().max(1.0) as usize;
            self.durations.get(rank - 1).map(|nanos| millis(*nanos))
        };
        Latency { p50_ms: rank(0.50), p95_ms: rank(0.95), p99_ms: rank(0.99) }
    }
}

#[derive(Default)]
struct Service {
    identities: BTreeSet<(String, String)>,
    tally: Tally,
    last_seen: i64,
}

impl Service {
    fn seen(&mut self, at: i64, namespace: &str, environment: &str) {
        self.last_seen = self.last_seen.max(at);
        // Mostly the one that was seen last: no text is made for it.
        if !self.identities.iter().any(|(n, e)| n == namespace && e == environment) {
            self.identities.insert((namespace.to_owned(), environment.to_owned()));
        }
    }

    /// The values of one part of its identities, without the empty one.
    fn values(&self, part: impl Fn(&(String, String)) -> &String) -> Vec<String> {
        let values: BTreeSet<&String> = self.identities.iter().map(part).collect();
        values.into_iter().filter(|value| !value.is_empty()).cloned().collect()
    }
}

impl Reader {
    /// The services that sent spans or logs, by name.
    pub fn services(&self, range: TimeRange, only: &Where) -> Found<Vec<ServiceStats>> {
        let scan = Scan { signal: Signal::Spans, range, columns: Some(&COLUMNS) };
        let spans = self.scan(&scan, BTreeMap::<String, Service>::new(), |services, batch| {
            for_rows(batch, "start", range, only, |row, names| {
                let service = entry(services, names.service.text(row));
                service.seen(names.times.number(row), names.namespace.text(row), names.environment.text(row));
                if is_request(Names::of(batch, "kind").text(row)) {
                    let duration = Numbers::of(batch, "duration_ns").number(row);
                    service.tally.add(duration, flag(batch, "error", row));
                }
            });
        });
        let scan = Scan { signal: Signal::Logs, range, columns: Some(&LOG_COLUMNS) };
        let Found { value, mut warnings, partial } = spans;
        let mut found = self.scan(&scan, value, |services, batch| {
            for_rows(batch, "time", range, only, |row, names| {
                let service = entry(services, names.service.text(row));
                service.seen(names.times.number(row), names.namespace.text(row), names.environment.text(row));
            });
        });
        warnings.append(&mut found.warnings);
        Found { partial: partial || found.partial, warnings, value: found.value }.map(|services| {
            let stats = |(service, mut one): (String, Service)| ServiceStats {
                service,
                namespaces: one.values(|(namespace, _)| namespace),
                environments: one.values(|(_, environment)| environment),
                identities: one.identities.iter().cloned().collect(),
                requests: one.tally.requests(),
                errors: one.tally.errors,
                latency: one.tally.latency(),
                last_seen: Timestamp::from_nanos(one.last_seen),
            };
            services.into_iter().map(stats).collect()
        })
    }

    /// The endpoints of a service, most requests first.
    pub fn endpoints(&self, service: &str, range: TimeRange, only: &Where) -> Found<Vec<EndpointStats>> {
        type Key = (String, Option<String>, Option<String>, String);
        let found = self.requests(service, range, only, BTreeMap::<Key, Tally>::new(), |all, request| {
            let owned = |text: Option<&str>| text.map(str::to_owned);
            let key = (
                request.name.to_owned(),
                owned(request.method),
                owned(request.route),
                request.kind.to_owned(),
            );
            all.entry(key).or_default().add(request.duration_ns, request.error);
        });
        found.map(|all| {
            let stats = |((name, method, route, kind), mut tally): (Key, Tally)| EndpointStats {
                name,
                method,
                route,
                kind,
                requests: tally.requests(),
                errors: tally.errors,
                latency: tally.latency(),
            };
            let mut endpoints: Vec<EndpointStats> = all.into_iter().map(stats).collect();
            endpoints.sort_by_key(|endpoint| std::cmp::Reverse(endpoint.requests));
            endpoints
        })
    }

    /// A service over time: a point for every step of the range, which is whole steps.
    pub fn series(
        &self,
        service: &str,
        range: TimeRange,
        step_secs: u32,
        only: &Where,
    ) -> Found<Vec<SeriesPoint>> {
        let step = i64::from(step_secs.max(1)) * 1_000_000_000;
        let first = range.from.as_nanos();
        let count = usize::try_from((range.to.as_nanos() - first + step - 1) / step).unwrap_or(0);
        let empty: Vec<Tally> = (0..count).map(|_| Tally::default()).collect();
        let found = self.requests(service, range, only, empty, |points, request| {
            let at = usize::try_from((request.start - first) / step).unwrap_or(usize::MAX);
            if let Some(point) = points.get_mut(at) {
                point.add(request.duration_ns, request.error);
            }
        });
        found.map(|points| {
            let point = |(at, mut tally): (usize, Tally)| SeriesPoint {
                time: Timestamp::from_nanos(first + step * i64::try_from(at).unwrap_or(0)),
                requests: tally.requests(),
                errors: tally.errors,
                latency: tally.latency(),
            };
            points.into_iter().enumerate().map(point).collect()
        })
    }

    fn requests<T>(
        &self,
        service: &str,
        range: TimeRange,
        only: &Where,
        into: T,
        mut visit: impl FnMut(&mut T, Request<'_>),
    ) -> Found<T> {
        let scan = Scan { signal: Signal::Spans, range, columns: Some(&COLUMNS) };
        self.scan(&scan, into, |into, batch| {
            for_requests(batch, range, only, |request| {
                if request.service == service {
                    visit(into, request);
                }
            });
        })
    }
}

/// A server or consumer span.
pub(super) struct Request<'a> {
    pub(super) row: usize,
    pub(super) start: i64,
    pub(super) duration_ns: i64,
    pub(super) service: &'a str,
    pub(super) name: &'a str,
    pub(super) kind: &'a str,
    pub(super) method: Option<&'a str>,
    pub(super) route: Option<&'a str>,
    pub(super) error: bool,
}

/// Shows every request of the batch that started in the range.
pub(super) fn for_requests<'a>(
    batch: &'a RecordBatch,
    range: TimeRange,
    only: &Where,
    mut visit: impl FnMut(Request<'a>),
) {
    let durations = Numbers::of(batch, "duration_ns");
    let [name, kind, method, route] = ["name", "kind", "method", "route"].map(|n| Names::of(batch, n));
    for_rows(batch, "start", range, only, |row, names| {
        if is_request(kind.text(row)) {
            visit(Request {
                row,
                start: names.times.number(row),
                duration_ns: durations.number(row),
                service: names.service.text(row),
                name: name.text(row),
                kind: kind.text(row),
                method: method.get(row),
                route: route.get(row),
                error: flag(batch, "error", row),
            });
        }
    });
}

struct RowNames<'a> {
    times: Numbers<'a>,
    service: Names<'a>,
    namespace: Names<'a>,
    environment: Names<'a>,
}

fn for_rows<'a>(
    batch: &'a RecordBatch,
    time: &str,
    range: TimeRange,
    only: &Where,
    mut visit: impl FnMut(usize, &RowNames<'a>),
) {
    let names = RowNames {
        times: Numbers::of(batch, time),
        service: Names::of(batch, "service"),
        namespace: Names::of(batch, "namespace"),
        environment: Names::of(batch, "environment"),
    };
    for row in 0..batch.num_rows() {
        let at = names.times.time(row);
        let fits = range.from <= at
            && at < range.to
            && only.namespace.as_ref().is_none_or(|wanted| names.namespace.text(row) == wanted)
            && only.environment.as_ref().is_none_or(|wanted| names.environment.text(row) == wanted);
        if fits {
            visit(row, &names);
        }
    }
}

fn is_request(kind: &str) -> bool {
    matches!(kind, "server" | "consumer")
}

fn entry<'a, T: Default>(map: &'a mut BTreeMap<String, T>, key: &str) -> &'a mut T {
    if !map.contains_key(key) {
        map.insert(key.to_owned(), T::default());
    }
    map.get_mut(key).expect("inserted above")
}
