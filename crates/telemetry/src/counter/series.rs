//! Counts over time in memory: a sparse row of minutes per day, shared until it changes.

use std::collections::BTreeMap;
use std::sync::Arc;

use ippo_base::{Minute, MinuteRange};

use super::history::{minute_of, of_day};
use super::{Counts, Day};

/// Counts as they come of rows. Cloning is cheap: days are shared until one side changes them.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Series {
    days: BTreeMap<u32, Arc<Day>>,
}

impl Series {
    /// Adds rows to a minute.
    pub fn add(&mut self, minute: Minute, counts: Counts) {
        if counts.total() > 0 {
            Arc::make_mut(self.days.entry(minute.day()).or_default()).add(of_day(minute), counts);
        }
    }

    /// Puts a day in the place of what is there.
    pub(super) fn put(&mut self, day: u32, counts: Arc<Day>) {
        self.days.insert(day, counts);
    }

    /// What a minute holds.
    pub fn at(&self, minute: Minute) -> Counts {
        self.days.get(&minute.day()).map(|day| day.at(of_day(minute))).unwrap_or_default()
    }

    /// The minutes of the range that have rows, ascending.
    pub fn read(&self, range: MinuteRange) -> impl Iterator<Item = (Minute, Counts)> {
        // Of a range that ends before it begins, the filter leaves nothing.
        let days = range.from.day()..=range.to.day().max(range.from.day());
        let minutes = self.days.range(days).flat_map(|(day, counts)| {
            counts.iter().map(|(of_day, counts)| (minute_of(*day, of_day), counts))
        });
        minutes.filter(move |(minute, _)| range.contains(*minute))
    }

    /// Days since the epoch and what they hold, ascending.
    pub fn days(&self) -> impl Iterator<Item = (u32, &Arc<Day>)> {
        self.days.iter().map(|(day, counts)| (*day, counts))
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn counts(good: u64, bad: u64) -> Counts {
        Counts { good, bad, unknown: 0 }
    }

    proptest! {
        #[test]
        fn a_read_equals_a_recount_whatever_the_order(
            rows in proptest::collection::vec((0u32..5000, 0u64..3, 0u64..3), 0..200),
            from in 0u32..5000,
            len in 0u32..5000,
        ) {
            let range = MinuteRange { from: Minute(from), to: Minute(from + len) };
            let mut series = Series::default();
            let mut recount: BTreeMap<Minute, Counts> = BTreeMap::new();
            for (minute, good, bad) in rows {
                series.add(Minute(minute), counts(good, bad));
                if range.contains(Minute(minute)) && good + bad > 0 {
                    recount.entry(Minute(minute)).or_default().add(counts(good, bad));
                }
            }
            let read: Vec<_> = series.read(range).collect();
            prop_assert_eq!(read, recount.into_iter().collect::<Vec<_>>());
        }
    }

    #[test]
    fn a_copy_keeps_what_it_saw() {
        let mut series = Series::default();
        series.add(Minute(10), counts(1, 0));
        let seen = series.clone();
        series.add(Minute(10), counts(1, 0));
        assert_eq!(
            seen.read(MinuteRange { from: Minute(0), to: Minute(20) }).next(),
            Some((Minute(10), counts(1, 0)))
        );
    }
}
