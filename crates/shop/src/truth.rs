//! What really happened in the shop, kept beside the telemetry and never read back from it.
//!
//! Tests compare it with what the product counted. It is filled by the simulation itself, so a fault in how
//! telemetry is encoded, sent, stored or counted cannot hide in it.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use ippo_base::{Minute, Timestamp};

use crate::promise::PROMISES;
use crate::topology::{Process, Service};
use crate::unit::user_name;

/// One request as served, or one message as processed, by one service.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Call {
    pub(crate) process: Process,
    /// The name of its span.
    pub name: String,
    /// Whether it was served over a network; else it came from a queue.
    pub server: bool,
    /// The HTTP method, where there is one.
    pub method: Option<&'static str>,
    /// The HTTP route, where there is one.
    pub route: Option<&'static str>,
    /// When it began.
    pub start: Timestamp,
    /// How long it took.
    pub duration: Duration,
    /// Whether it counts as an error: its span failed, or it answered with 500 or more.
    pub error: bool,
    /// The HTTP status, where there is one.
    pub http_status: Option<u16>,
    pub(crate) user: Option<u64>,
}

impl Call {
    /// Which service served it.
    pub fn service(&self) -> Service {
        self.process.service
    }

    /// The `user.id` behind it, if the person was signed in.
    pub fn user(&self) -> Option<String> {
        self.user.map(user_name)
    }
}

/// Requests and how many of them were errors.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Tally {
    /// All of them.
    pub requests: u64,
    /// Those that were errors.
    pub errors: u64,
}

impl Tally {
    fn count(&mut self, error: bool) {
        self.requests += 1;
        self.errors += u64::from(error);
    }

    fn absorb(&mut self, other: Tally) {
        self.requests += other.requests;
        self.errors += other.errors;
    }
}

/// What an SLO should have counted.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Verdicts {
    /// Requests that kept the promise.
    pub good: u64,
    /// Requests that broke it.
    pub bad: u64,
}

/// Sums of calls: a service or an endpoint (the name of its server or consumer spans).
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Truth {
    /// Spans sent.
    pub spans: u64,
    /// Log records sent.
    pub logs: u64,
    /// Metric points sent.
    pub points: u64,
    /// Server and consumer spans of each endpoint.
    pub endpoints: BTreeMap<(Service, String), Tally>,
    /// The same of each service and minute of the span's start.
    pub minutes: BTreeMap<(Service, Minute), Tally>,
    /// Who was behind the calls of each service.
    pub users: BTreeMap<Service, BTreeSet<String>>,
    /// What each SLO of the definitions should have counted in each minute.
    pub slos: BTreeMap<(&'static str, Minute), Verdicts>,
}

impl Truth {
    /// Counts one call.
    pub fn count(&mut self, call: &Call) {
        let service = call.service();
        self.endpoints.entry((service, call.name.clone())).or_default().count(call.error);
        self.minutes.entry((service, call.start.minute())).or_default().count(call.error);
        if let Some(user) = call.user() {
            self.users.entry(service).or_default().insert(user);
        }
        for promise in PROMISES {
            if let Some(kept) = promise.kept(call) {
                let verdicts = self.slos.entry((promise.name, call.start.minute())).or_default();
                verdicts.good += u64::from(kept);
                verdicts.bad += u64::from(!kept);
            }
        }
    }

    /// Adds what happened at another time.
    pub fn absorb(&mut self, other: &Truth) {
        self.spans += other.spans;
        self.logs += other.logs;
        self.points += other.points;
        for (key, tally) in &other.endpoints {
            self.endpoints.entry(key.clone()).or_default().absorb(*tally);
        }
        for (key, tally) in &other.minutes {
            self.minutes.entry(*key).or_default().absorb(*tally);
        }
        for (service, users) in &other.users {
            self.users.entry(*service).or_default().extend(users.iter().cloned());
        }
        for (key, verdicts) in &other.slos {
            let sum = self.slos.entry(*key).or_default();
            sum.good += verdicts.good;
            sum.bad += verdicts.bad;
        }
    }

    /// All calls of `service`.
    pub fn service(&self, service: Service) -> Tally {
        self.endpoints.iter().filter(|((s, _), _)| *s == service).fold(Tally::default(), |mut sum, (_, t)| {
            sum.absorb(*t);
            sum
        })
    }

    /// All that the SLO `name` should have counted.
    pub fn slo(&self, name: &str) -> Verdicts {
        self.slos.iter().filter(|((slo, _), _)| *slo == name).fold(Verdicts::default(), |sum, (_, v)| {
            Verdicts { good: sum.good + v.good, bad: sum.bad + v.bad }
        })
    }
}
