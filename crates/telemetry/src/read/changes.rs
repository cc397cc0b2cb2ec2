//! The endpoints that got worse most against the same length of time before.

use std::collections::HashSet;

use arrow::array::RecordBatch;
use ippo_base::{TimeRange, Timestamp};

use super::cell::{Names, Texts};
use super::parts::{Counting, FilePart, Sum};
use super::requests::{
    ByEndpoint, COLUMNS, EndpointKey, EndpointNames, EndpointNumbers, Picked, Request, Requests, Where,
};
use super::services::too_many_endpoints;
use super::tally::Tally;
use super::{Found, Reader};
use crate::red::OTHER;
use crate::signal::Signal;

/// How many are told.
const MOST: usize = 5;
/// Fewer requests than this tell nothing about how long an endpoint takes.
const ENOUGH_REQUESTS: u64 = 20;
/// An endpoint whose 95th percentile grew by less did not get slower.
const SLOWER: f64 = 1.5;

/// One endpoint in the range and in the baseline.
#[derive(Debug, Clone, PartialEq)]
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
    /// 95th percentile of latency in the baseline.
    pub baseline_p95_ms: Option<f64>,
    /// Distinct users whose requests failed; `None` where spans carry no user.
    pub users: Option<u64>,
    /// How far each percentile may be off, as a share of it.
    pub relative_error: f64,
}

/// What got worse, and against what.
#[derive(Debug, Clone, PartialEq)]
pub struct EndpointChanges {
    /// What it is compared with.
    pub baseline: TimeRange,
    /// The worst first.
    pub endpoints: Vec<EndpointChange>,
}

#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
struct Key {
    service: String,
    name: String,
    method: Option<String>,
    route: Option<String>,
}

#[derive(Default)]
struct Both {
    now: Tally,
    before: Tally,
    users: HashSet<String>,
    knows_users: bool,
}

/// Endpoints while they are counted.
type Endpoints = ByEndpoint<Key, Both>;

impl EndpointKey for Key {
    fn beyond(self) -> Self {
        Self { name: OTHER.to_owned(), method: None, route: None, ..self }
    }
}

impl Key {
    fn of(requests: &Requests<'_>, row: usize) -> Self {
        let owned = |names: &Names<'_>| names.get(row).map(str::to_owned);
        let EndpointNames { name, method, route, .. } = &requests.endpoint;
        Self {
            service: requests.service.text(row).to_owned(),
            name: name.text(row).to_owned(),
            method: owned(method),
            route: owned(route),
        }
    }
}

/// Adds requests; those from `since` on are of now.
fn add(endpoints: &mut Endpoints, batch: &RecordBatch, picked: Picked<'_>, since: Timestamp) {
    let (requests, users) = (Requests::of(batch, picked), Texts::of(batch, "user_id"));
    let mut numbers = EndpointNumbers::of(&requests);
    requests.each(|Request { row, start, duration_ns, error }| {
        let number = numbers.number(&requests, row, || endpoints.number(Key::of(&requests, row)));
        let both = endpoints.at(number);
        if Timestamp::from_nanos(start) < since {
            return both.before.add(duration_ns, error);
        }
        both.now.add(duration_ns, error);
        let user = users.get(row);
        both.knows_users |= user.is_some();
        if let Some(user) = user.filter(|user| error && !both.users.contains(*user)) {
            both.users.insert(user.to_owned());
        }
    });
}

impl Sum for Endpoints {
    fn merge(&mut self, other: Self) {
        for (key, from) in other.into_all() {
            let number = self.number(key);
            let into = self.at(number);
            into.now.merge(&from.now);
            into.before.merge(&from.before);
            into.users.extend(from.users);
            into.knows_users |= from.knows_users;
        }
    }
}

impl Reader {
    /// The endpoints that got worse most: first by the errors beyond what the baseline's rate explains, then by the requests
    /// that became slower.
    pub fn endpoint_changes(&self, range: TimeRange) -> Found<EndpointChanges> {
        let length = range.to.since(range.from);
        let baseline = TimeRange { from: range.from.minus(length), to: range.from };
        let all = TimeRange { from: baseline.from, to: range.to };
        let columns: Vec<&str> = COLUMNS.into_iter().chain(["user_id"]).collect();
        let only = Where::default();
        let picked = Picked { range: all, only: &only, service: None, filter: None };
        let counting = Counting {
            none: Endpoints::default,
            rows: |sum: &mut Endpoints, batch: &RecordBatch| add(sum, batch, picked, range.from),
            part: |part: &FilePart<'_>| {
                let mut sum = Endpoints::default();
                self.each_batch(Signal::Spans, part, &columns, |batch| {
                    add(&mut sum, batch, picked, range.from);
                })?;
                Ok(sum)
            },
        };
        let mut found = self.sum(Signal::Spans, all, &counting);
        if found.value.keys().any(|key| key.name == OTHER) {
            found.warnings.push(too_many_endpoints());
        }
        found.map(|endpoints| EndpointChanges { baseline, endpoints: worst(endpoints) })
    }
}

fn worst(endpoints: Endpoints) -> Vec<EndpointChange> {
    let mut worse: Vec<(f64, f64, EndpointChange)> = endpoints
        .into_all()
        .map(|(key, both)| change(key, both))
        .filter_map(|change| {
            let (errors, slower) = (extra_errors(&change), slower_requests(&change));
            (errors >= 1.0 || slower > 0.0).then_some((errors, slower, change))
        })
        .collect();
    worse.sort_by(|a, b| b.0.total_cmp(&a.0).then(b.1.total_cmp(&a.1)));
    worse.into_iter().take(MOST).map(|(.., change)| change).collect()
}

fn change(key: Key, mut both: Both) -> EndpointChange {
    let (now, before) = (both.now.latency(), both.before.latency());
    let Key { service, name, method, route } = key;
    EndpointChange {
        service,
        name,
        method,
        route,
        requests: both.now.requests(),
        errors: both.now.errors,
        p95_ms: now.p95_ms,
        baseline_requests: both.before.requests(),
        baseline_errors: both.before.errors,
        baseline_p95_ms: before.p95_ms,
        users: both.knows_users.then_some(both.users.len() as u64),
        relative_error: now.relative_error.max(before.relative_error),
    }
}

/// Errors beyond what the baseline's error rate explains.
fn extra_errors(change: &EndpointChange) -> f64 {
    let rate = match change.baseline_requests {
        0 => 0.0,
        requests => change.baseline_errors as f64 / requests as f64,
    };
    (change.errors as f64 - rate * change.requests as f64).max(0.0)
}

/// Requests of an endpoint that became slower; 0 if it did not, or if too few tell.
fn slower_requests(change: &EndpointChange) -> f64 {
    let enough = change.requests.min(change.baseline_requests) >= ENOUGH_REQUESTS;
    match (change.p95_ms, change.baseline_p95_ms) {
        (Some(now), Some(before)) if enough && now >= before * SLOWER => change.requests as f64,
        _ => 0.0,
    }
}
