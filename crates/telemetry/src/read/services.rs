//! Services and endpoints: requests, errors and latency over server and consumer spans.
//!
//! What segments know of their rows is added up; rows in memory, and those of segments that know nothing, are looked at one
//! by one.

use std::collections::{BTreeMap, BTreeSet};

use arrow::array::RecordBatch;
use ippo_base::{TimeRange, Timestamp};

use super::cell::{Names, Numbers, flag};
use super::parts::{Counting, FilePart, Sum};
use super::requests::{
    self, ByEndpoint, COLUMNS, EndpointNames, EndpointNumbers, Picked, Requests, Where, is_request,
};
use super::rollups::{Part, Steps};
use super::scan::Scan;
use super::tally::{Latency, Tally};
use super::{Found, Reader};
use crate::expr::Expr;
use crate::red::{Key, OTHER};
use crate::signal::Signal;

const LOG_COLUMNS: [&str; 4] = ["time", "service", "namespace", "environment"];

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

    /// The endpoints of a service, most requests first. The range is whole minutes. With a filter, rows are read: requests for
    /// which it is true.
    pub fn endpoints(
        &self,
        service: &str,
        range: TimeRange,
        only: &Where,
        filter: Option<&Expr>,
    ) -> Found<Vec<EndpointStats>> {
        let picked = Picked { range, only, service: Some(service), filter };
        let mut found: Found<Endpoints> = match filter {
            Some(filter) => self.picked(picked, filter, &Endpoints::default, &add_endpoints),
            None => {
                let parts = |all: &mut Endpoints, part: &Part<'_>| {
                    let number = all.number(EndpointKey::of_part(part.key));
                    all.at(number).add_red(part.red);
                };
                let rows = |all: &mut Endpoints, batch: &RecordBatch| {
                    add_endpoints(all, &Requests::of(batch, picked));
                };
                self.requests(picked, Steps::One, Endpoints::default(), rows, parts)
            }
        };
        if found.value.keys().any(|key| key.name == OTHER) {
            found.warnings.push(too_many_endpoints());
        }
        found.map(endpoint_stats)
    }

    /// A service over time: a point for every step of the range, which is whole steps of whole minutes. With a filter, rows are
    /// read: requests for which it is true.
    pub fn series(
        &self,
        service: &str,
        range: TimeRange,
        step_secs: u32,
        only: &Where,
        filter: Option<&Expr>,
    ) -> Found<Vec<SeriesPoint>> {
        let picked = Picked { range, only, service: Some(service), filter };
        let found = match filter {
            Some(filter) => self.picked(picked, filter, &|| Points::new(range, step_secs), &Points::add),
            None => {
                let rows =
                    |points: &mut Points, batch: &RecordBatch| points.add(&Requests::of(batch, picked));
                let parts = |points: &mut Points, part: &Part<'_>| {
                    let tally = points.at(part.minute.start().as_nanos());
                    tally.into_iter().for_each(|tally| tally.add_red(part.red));
                };
                let steps = Steps::Minutes((step_secs / 60).max(1));
                self.requests(picked, steps, Points::new(range, step_secs), rows, parts)
            }
        };
        found.map(Points::stats)
    }

    /// What segments know of the requests that are picked, and rows where they know nothing.
    fn requests<T>(
        &self,
        picked: Picked<'_>,
        steps: Steps,
        into: T,
        rows: impl FnMut(&mut T, &RecordBatch),
        mut parts: impl FnMut(&mut T, &Part<'_>),
    ) -> Found<T> {
        let scan = Scan { signal: Signal::Spans, range: picked.range, columns: Some(&COLUMNS) };
        let parts = |into: &mut T, part: &Part<'_>| {
            let key = part.key;
            let is_of = picked.service.is_none_or(|service| key.service == service);
            if is_of && is_request(&key.kind) && picked.only.fits(&key.namespace, &key.environment) {
                parts(into, part);
            }
        };
        self.rollups(&scan, steps, into, rows, parts)
    }

    /// Rows alone, with the columns that the filter needs.
    fn picked<T: Sum>(
        &self,
        picked: Picked<'_>,
        filter: &Expr,
        none: &(dyn Fn() -> T + Sync),
        add: &(dyn Fn(&mut T, &Requests<'_>) + Sync),
    ) -> Found<T> {
        let mut columns: Vec<&str> = COLUMNS.into_iter().chain(filter.columns()).collect();
        columns.sort_unstable();
        columns.dedup();
        let rows = |sum: &mut T, batch: &RecordBatch| add(sum, &Requests::of(batch, picked));
        let counting = Counting {
            none,
            rows,
            part: |part: &FilePart<'_>| {
                let mut sum = none();
                self.each_batch(Signal::Spans, part, &columns, |batch| rows(&mut sum, batch))?;
                Ok(sum)
            },
        };
        self.sum(Signal::Spans, picked.range, &counting)
    }
}

/// What tells endpoints apart.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
struct EndpointKey {
    name: String,
    method: Option<String>,
    route: Option<String>,
    kind: String,
}

impl requests::EndpointKey for EndpointKey {
    fn beyond(self) -> Self {
        Self { name: OTHER.to_owned(), method: None, route: None, ..self }
    }
}

/// What is told where some endpoints are counted together.
pub(super) fn too_many_endpoints() -> String {
    format!("there are so many endpoints that some are counted together, as {OTHER}")
}

impl EndpointKey {
    fn of_part(key: &Key) -> Self {
        let Key { name, method, route, kind, .. } = key.clone();
        Self { name, method, route, kind }
    }

    fn of_row(names: &EndpointNames<'_>, row: usize) -> Self {
        let owned = |names: &Names<'_>| names.get(row).map(str::to_owned);
        Self {
            name: names.name.text(row).to_owned(),
            method: owned(&names.method),
            route: owned(&names.route),
            kind: names.kind.text(row).to_owned(),
        }
    }
}

/// Endpoints while they are counted.
type Endpoints = ByEndpoint<EndpointKey, Tally>;

fn add_endpoints(endpoints: &mut Endpoints, requests: &Requests<'_>) {
    let mut numbers = EndpointNumbers::of(requests);
    requests.each(|request| {
        let row = request.row;
        let key = || EndpointKey::of_row(&requests.endpoint, row);
        let number = numbers.number(requests, row, || endpoints.number(key()));
        endpoints.at(number).add(request.duration_ns, request.error);
    });
}

/// Most requests first.
fn endpoint_stats(endpoints: Endpoints) -> Vec<EndpointStats> {
    let stats = |(key, mut tally): (EndpointKey, Tally)| EndpointStats {
        name: key.name,
        method: key.method,
        route: key.route,
        kind: key.kind,
        requests: tally.requests(),
        errors: tally.errors,
        latency: tally.latency(),
    };
    let mut endpoints: Vec<EndpointStats> = endpoints.into_all().map(stats).collect();
    endpoints.sort_by_key(|endpoint| std::cmp::Reverse(endpoint.requests));
    endpoints
}

impl Sum for Endpoints {
    fn merge(&mut self, other: Self) {
        for (key, tally) in other.into_all() {
            let number = self.number(key);
            self.at(number).merge(&tally);
        }
    }
}

/// Steps while they are counted.
struct Points {
    first: i64,
    step: i64,
    tallies: Vec<Tally>,
}

impl Points {
    fn new(range: TimeRange, step_secs: u32) -> Self {
        let step = i64::from(step_secs.max(1)) * 1_000_000_000;
        let first = range.from.as_nanos();
        let count = usize::try_from((range.to.as_nanos() - first + step - 1) / step).unwrap_or(0);
        Self { first, step, tallies: (0..count).map(|_| Tally::default()).collect() }
    }

    fn at(&mut self, nanos: i64) -> Option<&mut Tally> {
        let at = usize::try_from((nanos - self.first).div_euclid(self.step)).ok()?;
        self.tallies.get_mut(at)
    }

    fn add(&mut self, requests: &Requests<'_>) {
        requests.each(|request| {
            let tally = self.at(request.start);
            tally.into_iter().for_each(|tally| tally.add(request.duration_ns, request.error));
        });
    }

    fn stats(self) -> Vec<SeriesPoint> {
        let time = |at: usize| Timestamp::from_nanos(self.first + self.step * i64::try_from(at).unwrap_or(0));
        let point = |(at, mut tally): (usize, Tally)| SeriesPoint {
            time: time(at),
            requests: tally.requests(),
            errors: tally.errors,
            latency: tally.latency(),
        };
        self.tallies.into_iter().enumerate().map(point).collect()
    }
}

impl Sum for Points {
    fn merge(&mut self, other: Self) {
        self.tallies.iter_mut().zip(&other.tallies).for_each(|(tally, other)| tally.merge(other));
    }
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

fn entry<'a, T: Default>(map: &'a mut BTreeMap<String, T>, key: &str) -> &'a mut T {
    if !map.contains_key(key) {
        map.insert(key.to_owned(), T::default());
    }
    map.get_mut(key).expect("inserted above")
}
