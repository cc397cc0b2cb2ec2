//! Exact counts per minute: predicates over rows, summed as integers.
//!
//! A counter has a key that its owner chose, and generations: a new predicate starts a new one, filled from stored
//! rows. Counters know nothing of why someone counts.

mod series;
mod set;
mod spec;

pub use series::{Day, Series};
pub use set::{Counter, CounterSet, Filling, count_into};
pub use spec::{Comparison, CounterSpec, SpecError, Verdict};

use ippo_base::{Minute, MinuteRange};

/// How many rows of a minute were good, bad, or could not be judged.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Counts {
    /// Rows that kept the promise.
    pub good: u64,
    /// Rows that broke it.
    pub bad: u64,
    /// Rows that could not be judged: a value was missing or an expression failed.
    pub unknown: u64,
}

impl Counts {
    /// All rows that counted.
    pub const fn total(self) -> u64 {
        self.good + self.bad + self.unknown
    }

    /// Adds another minute's rows.
    pub fn add(&mut self, other: Counts) {
        self.good += other.good;
        self.bad += other.bad;
        self.unknown += other.unknown;
    }
}

/// What a counter holds for a range of minutes.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct CounterRead {
    /// Minutes with any row, ascending.
    pub minutes: Vec<(Minute, Counts)>,
    /// Minutes that this generation cannot speak for: their rows had expired, or could not be read, when it was
    /// filled.
    pub unmeasured: Vec<MinuteRange>,
}

/// How far a counter is.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct CounterStatus {
    /// Counted up with each new predicate or repeated back-fill.
    pub generation: u64,
    /// Whether stored rows are still being counted.
    pub backfilling: bool,
    /// Share of the stored rows that are counted, 0 to 1.
    pub backfill_done: f64,
}
