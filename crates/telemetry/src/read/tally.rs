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
    /// How far each may be off, as a share of it: 0 where every request was looked at and they are few.
    pub relative_error: f64,
}

/// So many requests are kept one by one, and their percentiles exact; of more a sketch is kept.
const EXACT_MOST: usize = 4_096;

/// Once there is a sketch, so many wait to be put into it.
const WAITING_MOST: usize = 512;

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
        self.settle_some();
    }

    /// Adds requests that were counted elsewhere.
    pub(super) fn merge(&mut self, other: &Self) {
        self.errors += other.errors;
        self.durations.extend_from_slice(&other.durations);
        self.sketch.merge(&other.sketch);
        self.settle_some();
    }

    fn settle_some(&mut self) {
        let most = if self.sketch.is_empty() { EXACT_MOST } else { WAITING_MOST };
        if self.durations.len() > most {
            self.settle();
        }
    }

    /// Puts single requests into the sketch.
    fn settle(&mut self) {
        if self.durations.is_empty() {
            return;
        }
        self.sketch.merge(&Sketch::of(&self.durations));
        self.durations.clear();
        self.durations.shrink_to(WAITING_MOST);
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
            self.settle();
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn few_are_exact_and_many_are_within_the_error() {
        for count in [EXACT_MOST, EXACT_MOST + 1, 3 * EXACT_MOST] {
            let (mut all, mut parts) = (Tally::default(), [Tally::default(), Tally::default()]);
            for n in 0..count {
                let nanos = 1_000_000 + 1_000 * n as i64;
                all.add(nanos, n % 10 == 0);
                parts[n % 2].add(nanos, n % 10 == 0);
            }
            let [mut sum, other] = parts;
            sum.merge(&other);
            assert_eq!((sum.requests(), sum.errors), (all.requests(), all.errors));
            assert_eq!(sum.latency(), all.latency(), "whatever the parts were");
            let p95 = (1_000 + (count * 95).div_ceil(100) - 1) as f64 / 1e3;
            let told = sum.latency();
            let is_exact = count <= EXACT_MOST;
            assert_eq!(told.relative_error, if is_exact { 0.0 } else { RELATIVE_ERROR });
            let off = (told.p95_ms.expect("some") - p95).abs();
            assert!(off <= p95 * told.relative_error + 1e-9, "{told:?} for {p95}");
        }
    }
}
