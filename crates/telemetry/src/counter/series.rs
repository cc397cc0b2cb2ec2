//! Counts over time: a sparse row of minutes per day, shared until it changes.

use std::collections::BTreeMap;
use std::sync::Arc;

use ippo_base::{Minute, MinuteRange};

use super::Counts;

/// The minutes of one UTC day that have rows, ascending.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Day {
    minutes: Vec<(u16, Counts)>,
}

impl Day {
    /// Minutes since midnight UTC and their counts, ascending, none of them zero.
    pub fn minutes(&self) -> &[(u16, Counts)] {
        &self.minutes
    }

    fn add(&mut self, of_day: u16, counts: Counts) {
        match self.minutes.binary_search_by_key(&of_day, |(minute, _)| *minute) {
            Ok(at) => self.minutes[at].1.add(counts),
            Err(at) => self.minutes.insert(at, (of_day, counts)),
        }
    }
}

/// One counter's counts. Cloning is cheap: days are shared until one side changes them.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Series {
    days: BTreeMap<u32, Arc<Day>>,
}

impl Series {
    /// Adds rows to a minute.
    pub fn add(&mut self, minute: Minute, counts: Counts) {
        if counts.total() == 0 {
            return;
        }
        let of_day = u16::try_from(minute.of_day()).expect("a day has 1440 minutes");
        Arc::make_mut(self.days.entry(minute.day()).or_default()).add(of_day, counts);
    }

    /// Puts the counts of a minute in the place of what is there.
    pub fn set(&mut self, minute: Minute, counts: Counts) {
        let of_day = u16::try_from(minute.of_day()).expect("a day has 1440 minutes");
        let day = Arc::make_mut(self.days.entry(minute.day()).or_default());
        match (day.minutes.binary_search_by_key(&of_day, |(minute, _)| *minute), counts.total()) {
            (Ok(at), 0) => drop(day.minutes.remove(at)),
            (Ok(at), _) => day.minutes[at].1 = counts,
            (Err(_), 0) => {}
            (Err(at), _) => day.minutes.insert(at, (of_day, counts)),
        }
        if day.minutes.is_empty() {
            self.days.remove(&minute.day());
        }
    }

    /// What a minute holds.
    pub fn at(&self, minute: Minute) -> Counts {
        self.read(MinuteRange { from: minute, to: minute.plus(1) })
            .next()
            .map(|(_, counts)| counts)
            .unwrap_or_default()
    }

    /// Adds all of another series.
    pub fn merge(&mut self, other: &Series) {
        for (minute, counts) in other.read(MinuteRange { from: Minute(0), to: Minute(u32::MAX) }) {
            self.add(minute, counts);
        }
    }

    /// The minutes of the range that have rows, ascending.
    pub fn read(&self, range: MinuteRange) -> impl Iterator<Item = (Minute, Counts)> {
        let days = range.from.day()..=range.to.day();
        let minutes = self.days.range(days).flat_map(|(day, counts)| {
            let start = day * ippo_base::time::MINUTES_PER_DAY;
            counts.minutes.iter().map(move |(of_day, counts)| (Minute(start + u32::from(*of_day)), *counts))
        });
        minutes.filter(move |(minute, _)| range.contains(*minute))
    }

    /// Days since the epoch and what they hold, ascending.
    pub fn days(&self) -> impl Iterator<Item = (u32, &Arc<Day>)> {
        self.days.iter().map(|(day, counts)| (*day, counts))
    }

    /// Forgets whole days before `day`. Whether there were any.
    pub fn forget_before(&mut self, day: u32) -> bool {
        let kept = self.days.split_off(&day);
        !std::mem::replace(&mut self.days, kept).is_empty()
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
