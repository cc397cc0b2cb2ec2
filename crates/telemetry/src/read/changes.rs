//! The endpoints that got worse most against the same length of time before.

use std::collections::{BTreeMap, HashSet};

use ippo_base::{TimeRange, Timestamp};

use super::cell::Texts;
use super::scan::Scan;
use super::services::{Where, for_requests};
use super::tally::Tally;
use super::{Found, Reader};
use crate::signal::Signal;

const COLUMNS: [&str; 11] = [
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
    "user_id",
];
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
}

/// What got worse, and against what.
#[derive(Debug, Clone, PartialEq)]
pub struct EndpointChanges {
    /// What it is compared with.
    pub baseline: TimeRange,
    /// The worst first.
    pub endpoints: Vec<EndpointChange>,
}

type Key = (String, String, Option<String>, Option<String>);

#[derive(Default)]
struct Both {
    now: Tally,
    before: Tally,
    users: HashSet<String>,
    knows_users: bool,
}

impl Reader {
    /// The endpoints that got worse most: first by the errors beyond what the baseline's rate explains, then by the requests
    /// that became slower.
    pub fn endpoint_changes(&self, range: TimeRange) -> Found<EndpointChanges> {
        let length = range.to.since(range.from);
        let baseline = TimeRange { from: range.from.minus(length), to: range.from };
        let all = TimeRange { from: baseline.from, to: range.to };
        let scan = Scan { signal: Signal::Spans, range: all, columns: Some(&COLUMNS) };
        let found = self.scan(&scan, BTreeMap::<Key, Both>::new(), |endpoints, batch| {
            let users = Texts::of(batch, "user_id");
            for_requests(batch, all, &Where::default(), |request| {
                let owned = |text: Option<&str>| text.map(str::to_owned);
                let key = (
                    request.service.to_owned(),
                    request.name.to_owned(),
                    owned(request.method),
                    owned(request.route),
                );
                let both = endpoints.entry(key).or_default();
                if Timestamp::from_nanos(request.start) < range.from {
                    return both.before.add(request.duration_ns, request.error);
                }
                both.now.add(request.duration_ns, request.error);
                let user = users.get(request.row);
                both.knows_users |= user.is_some();
                if let Some(user) = user.filter(|user| request.error && !both.users.contains(*user)) {
                    both.users.insert(user.to_owned());
                }
            });
        });
        found.map(|endpoints| EndpointChanges { baseline, endpoints: worst(endpoints) })
    }
}

fn worst(endpoints: BTreeMap<Key, Both>) -> Vec<EndpointChange> {
    let mut worse: Vec<(f64, f64, EndpointChange)> = endpoints
        .into_iter()
        .map(|(key, both)| change(key, both))
        .filter_map(|change| {
            let (errors, slower) = (extra_errors(&change), slower_requests(&change));
            (errors >= 1.0 || slower > 0.0).then_some((errors, slower, change))
        })
        .collect();
    worse.sort_by(|a, b| b.0.total_cmp(&a.0).then(b.1.total_cmp(&a.1)));
    worse.into_iter().take(MOST).map(|(.., change)| change).collect()
}

fn change((service, name, method, route): Key, mut both: Both) -> EndpointChange {
    EndpointChange {
        service,
        name,
        method,
        route,
        requests: both.now.requests(),
        errors: both.now.errors,
        p95_ms: both.now.latency().p95_ms,
        baseline_requests: both.before.requests(),
        baseline_errors: both.before.errors,
        baseline_p95_ms: both.before.latency().p95_ms,
        users: both.knows_users.then_some(both.users.len() as u64),
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
