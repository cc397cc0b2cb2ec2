//! Exact counts per minute: predicates over rows, summed as integers.
//!
//! Rows of metrics are no events: over sums and histograms a counter counts what the points of each series add to the one
//! before.
//!
//! A counter has a key that its owner chose, and generations: a new predicate starts a new one, filled from stored
//! rows. Counters know nothing of why someone counts.

mod change;
mod day;
mod day_file;
mod days;
mod history;
mod kept;
mod kept_file;
mod measured;
mod points;
mod recount;
mod remark;
mod series;
mod set;
mod spec;
#[cfg(test)]
mod tests;

pub(crate) use change::shift;
pub use day::Day;
pub(crate) use day_file::{DayFile, DayWriter, Entry, read_index};
pub(crate) use days::Telling;
pub use days::{CounterDay, CounterDays, DayMark, ReadDay};
pub use history::{DAYS_IN_MEMORY, History};
pub(crate) use history::{DayState, FiledDay, Written};
pub use kept::KEPT_SERIES_MOST;
pub(crate) use kept::Kept;
pub(crate) use kept_file::{KeptCounter, read_kept, write_kept};
pub use points::column_of_points;
pub(crate) use recount::{Recounted, Stored, minutes_of};
pub use remark::Remark;
pub use series::Series;
pub(crate) use set::count_batch;
pub(crate) use set::minutes_of_day;
pub use set::{Counter, CounterSet, Filling, Reading, count_into};
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
        self.good.saturating_add(self.bad).saturating_add(self.unknown)
    }

    /// Adds another minute's rows.
    pub fn add(&mut self, other: Counts) {
        // What a metric says is not bounded by anything.
        self.good = self.good.saturating_add(other.good);
        self.bad = self.bad.saturating_add(other.bad);
        self.unknown = self.unknown.saturating_add(other.unknown);
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
    /// What could not be counted, and the latest minute in which that was so; of a counter over metrics alone.
    pub remarks: Vec<(Remark, Minute)>,
    /// Minutes whose sums contradict each other: more is good, or bad, than there is. Their events are unknown.
    pub broken: Vec<Minute>,
    /// Why days could not be read, which are not measured therefore.
    pub warnings: Vec<String>,
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
