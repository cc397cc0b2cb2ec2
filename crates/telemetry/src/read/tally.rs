//! Requests while they are counted: exactly from rows, or added up from what segments know of theirs.

use super::millis;
use crate::red::{RELATIVE_ERROR, Red, Sketch};

/// Percentiles of latency in milliseconds, by nearest rank.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Latency {
    /// The median.
    pub p50_ms: Option<f64>,
    /// The 95th percentile.
    pub p95_ms: Option<f64>,
    /// The 99th percentile.
    pub p99_ms: Option<f64>,
    /// How far each may be off, as a share of it: 0 where every request was looked at.
    pub relative_error: f64,
}

/// Requests while they are counted.
#[derive(Default)]
pub(super) struct Tally {
    pub(super) errors: u64,
    durations: Vec<i64>,
    sketch: Sketch,
}

impl Tally {
    pub(super) fn add(&mut self, duration_ns: i64, error: bool) {
        self.errors += u64::from(error);
        self.durations.push(duration_ns);
    }

    pub(super) fn add_red(&mut self, red: &Red) {
        self.errors += red.errors;
        self.sketch.merge(&red.durations);
    }

    pub(super) fn requests(&self) -> u64 {
        self.durations.len() as u64 + self.sketch.count()
    }

    pub(super) fn latency(&mut self) -> Latency {
        if self.sketch.count() > 0 {
            self.durations.drain(..).for_each(|nanos| self.sketch.add(nanos));
            let at = |share| self.sketch.quantile(share).map(|nanos| nanos / 1e6);
            let relative_error = RELATIVE_ERROR;
            return Latency { p50_ms: at(0.50), p95_ms: at(0.95), p99_ms: at(0.99), relative_error };
        }
        self.durations.sort_unstable();
        let rank = |share: f64| {
            let rank = (share * self.durations.len() as f64).ceil().max(1.0) as usize;
            self.durations.get(rank - 1).map(|nanos| millis(*nanos))
        };
        Latency { p50_ms: rank(0.50), p95_ms: rank(0.95), p99_ms: rank(0.99), relative_error: 0.0 }
    }
}
