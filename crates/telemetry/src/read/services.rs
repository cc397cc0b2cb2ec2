//! Services and endpoints: requests, errors and latency over server and consumer spans.
//!
//! What segments know of their rows is added up; rows in memory, and those of segments that know nothing, are looked at one
//! by one.

use std::collections::{BTreeMap, BTreeSet};

use arrow::array::RecordBatch;
use ippo_base::{TimeRange, Timestamp};

use super::cell::{Names, Numbers, flag};
use super::rollups::{Part, Steps};
use super::scan::Scan;
use super::tally::{Latency, Tally};
use super::{Found, Reader};
use crate::red::OTHER;
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

/// One service in a range.
#[derive(Debug, Clone, PartialEq)]
pub struct ServiceStats {
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
    /// How long they took.
    pub latency: Latency,
    /// The start of its latest span or log record; where the range cuts a segment, up to a minute later.
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
    /// The services that sent spans or logs, by name. The range is whole minutes.
    pub fn services(&self, range: TimeRange, only: &Where) -> Found<Vec<ServiceStats>> {
        let scan = Scan { signal: Signal::Spans, range, columns: Some(&COLUMNS) };
        let seen = |services: &mut BTreeMap<String, Service>, part: &Part<'_>| {
            let Part { key, last, red, .. } = part;
            if only.fits(&key.namespace, &key.environment) {
                let service = entry(services, &key.service);
                service.seen(*last, &key.namespace, &key.environment);
                if is_request(&key.kind) {
                    service.tally.add_red(red);
                }
            }
        };
        let of_spans = |services: &mut BTreeMap<String, Service>, batch: &RecordBatch| {
            for_rows(batch, "start", range, only, |row, names| {
                let service = entry(services, names.service.text(row));
                service.seen(names.times.number(row), names.namespace.text(row), names.environment.text(row));
                if is_request(Names::of(batch, "kind").text(row)) {
                    let duration = Numbers::of(batch, "duration_ns").number(row);
                    service.tally.add(duration, flag(batch, "error", row));
                }
            });
        };
        let spans = self.rollups(&scan, Steps::One, BTreeMap::new(), of_spans, seen);
        let scan = Scan { signal: Signal::Logs, range, columns: Some(&LOG_COLUMNS) };
        let Found { value, mut warnings, partial, sampled } = spans;
        let of_logs = |services: &mut BTreeMap<String, Service>, batch: &RecordBatch| {
            for_rows(batch, "time", range, only, |row, names| {
                let service = entry(services, names.service.text(row));
                service.seen(names.times.number(row), names.namespace.text(row), names.environment.text(row));
            });
        };
        let mut found = self.rollups(&scan, Steps::One, value, of_logs, seen);
        warnings.append(&mut found.warnings);
        Found { partial: partial || found.partial, warnings, sampled, value: found.value }.map(|services| {
            let stats = |(service, mut one): (String, Service)| ServiceStats {
                service,
                namespaces: one.values(|(namespace, _)| namespace),
                environments: one.values(|(_, environment)| environment),
                requests: one.tally.requests(),
                errors: one.tally.errors,
                latency: one.tally.latency(),
                last_seen: Timestamp::from_nanos(one.last_seen),
            };
            services.into_iter().map(stats).collect()
        })
    }

    /// Every pair of `service.namespace` and `deployment.environment.name` that a service was seen with, with an empty text
    /// for one that is missing. The range is whole minutes.
    pub fn identities(&self, service: &str, range: TimeRange, only: &Where) -> Found<Vec<(String, String)>> {
        let seen = |found: &mut Service, part: &Part<'_>| {
            let key = part.key;
            if key.service == service && only.fits(&key.namespace, &key.environment) {
                found.seen(part.last, &key.namespace, &key.environment);
            }
        };
        let rows = |time: &'static str| {
            move |found: &mut Service, batch: &RecordBatch| {
                for_rows(batch, time, range, only, |row, names| {
                    if names.service.text(row) == service {
                        let at = names.times.number(row);
                        found.seen(at, names.namespace.text(row), names.environment.text(row));
                    }
                });
            }
        };
        let scan = Scan { signal: Signal::Spans, range, columns: Some(&COLUMNS) };
        let Found { value, mut warnings, partial, sampled } =
            self.rollups(&scan, Steps::One, Service::default(), rows("start"), seen);
        let scan = Scan { signal: Signal::Logs, range, columns: Some(&LOG_COLUMNS) };
        let mut found = self.rollups(&scan, Steps::One, value, rows("time"), seen);
        warnings.append(&mut found.warnings);
        Found { partial: partial || found.partial, warnings, sampled, value: found.value }
            .map(|service| service.identities.into_iter().collect())
    }

    /// The endpoints of a service, most requests first. The range is whole minutes.
    pub fn endpoints(&self, service: &str, range: TimeRange, only: &Where) -> Found<Vec<EndpointStats>> {
        type Key = (String, Option<String>, Option<String>, String);
        let rows = |all: &mut BTreeMap<Key, Tally>, request: Request<'_>| {
            let owned = |text: Option<&str>| text.map(str::to_owned);
            let key = (
                request.name.to_owned(),
                owned(request.method),
                owned(request.route),
                request.kind.to_owned(),
            );
            all.entry(key).or_default().add(request.duration_ns, request.error);
        };
        let parts = |all: &mut BTreeMap<Key, Tally>, part: &Part<'_>| {
            let key = part.key;
            let key = (key.name.clone(), key.method.clone(), key.route.clone(), key.kind.clone());
            all.entry(key).or_default().add_red(part.red);
        };
        let wanted = Wanted { service, range, steps: Steps::One, only };
        let mut found = self.requests(&wanted, BTreeMap::new(), rows, parts);
        if found.value.keys().any(|(name, ..)| name == OTHER) {
            let text = "there are so many endpoints that some are counted together, as ";
            found.warnings.push(format!("{text}{OTHER}"));
        }
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

    /// A service over time: a point for every step of the range, which is whole steps of whole minutes.
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
        let at = |points: &mut Vec<Tally>, nanos: i64, add: &dyn Fn(&mut Tally)| {
            let at = usize::try_from((nanos - first) / step).unwrap_or(usize::MAX);
            points.get_mut(at).into_iter().for_each(add);
        };
        let rows = |points: &mut Vec<Tally>, request: Request<'_>| {
            at(points, request.start, &|point| point.add(request.duration_ns, request.error));
        };
        let parts = |points: &mut Vec<Tally>, part: &Part<'_>| {
            at(points, part.minute.start().as_nanos(), &|point| point.add_red(part.red));
        };
        let wanted = Wanted { service, range, steps: Steps::Minutes((step_secs / 60).max(1)), only };
        let found = self.requests(&wanted, empty, rows, parts);
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
        wanted: &Wanted<'_>,
        into: T,
        mut rows: impl FnMut(&mut T, Request<'_>),
        mut parts: impl FnMut(&mut T, &Part<'_>),
    ) -> Found<T> {
        let Wanted { service, range, steps, only } = *wanted;
        let scan = Scan { signal: Signal::Spans, range, columns: Some(&COLUMNS) };
        let rows = |into: &mut T, batch: &RecordBatch| {
            for_requests(batch, range, only, |request| {
                if request.service == service {
                    rows(into, request);
                }
            });
        };
        let parts = |into: &mut T, part: &Part<'_>| {
            let key = part.key;
            if key.service == service && is_request(&key.kind) && only.fits(&key.namespace, &key.environment)
            {
                parts(into, part);
            }
        };
        self.rollups(&scan, steps, into, rows, parts)
    }
}

/// Which requests.
struct Wanted<'a> {
    service: &'a str,
    range: TimeRange,
    steps: Steps,
    only: &'a Where,
}

impl Where {
    fn fits(&self, namespace: &str, environment: &str) -> bool {
        self.namespace.as_ref().is_none_or(|wanted| namespace == wanted)
            && self.environment.as_ref().is_none_or(|wanted| environment == wanted)
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
            && only.fits(names.namespace.text(row), names.environment.text(row));
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
