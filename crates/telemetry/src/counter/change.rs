//! What came to a day after its file was written.

use std::collections::BTreeMap;

use super::{Counts, Day};

/// How much more a minute has of good, bad and unknown rows; less, where an hour was counted again.
pub(crate) type Shift = [i64; 3];

/// The minutes of a day that changed, and by how much.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct Change {
    minutes: BTreeMap<u16, Shift>,
}

/// How to get from one minute's counts to other ones.
pub(crate) fn shift(from: Counts, to: Counts) -> Shift {
    let by = |from: u64, to: u64| {
        let by = i128::from(to) - i128::from(from);
        i64::try_from(by).unwrap_or(if by < 0 { i64::MIN } else { i64::MAX })
    };
    [by(from.good, to.good), by(from.bad, to.bad), by(from.unknown, to.unknown)]
}

/// What counts become.
pub(crate) fn shifted(counts: Counts, by: Shift) -> Counts {
    let [good, bad, unknown] = by;
    let to = |count: u64, by: i64| match by {
        0.. => count.saturating_add(by.unsigned_abs()),
        _ => count.saturating_sub(by.unsigned_abs()),
    };
    Counts { good: to(counts.good, good), bad: to(counts.bad, bad), unknown: to(counts.unknown, unknown) }
}

impl Change {
    /// Changes a minute.
    pub(super) fn add(&mut self, of_day: u16, by: Shift) {
        let minute = self.minutes.entry(of_day).or_default();
        for (sum, by) in minute.iter_mut().zip(by) {
            *sum = sum.saturating_add(by);
        }
        if *minute == [0; 3] {
            self.minutes.remove(&of_day);
        }
    }

    /// What is left of it once another, which is part of it, is in the file.
    pub(super) fn without(mut self, done: &Change) -> Change {
        for (of_day, by) in &done.minutes {
            self.add(*of_day, by.map(i64::saturating_neg));
        }
        self
    }

    pub(super) fn is_empty(&self) -> bool {
        self.minutes.is_empty()
    }

    /// What a day becomes.
    pub(super) fn of(&self, mut day: Day) -> Day {
        for (of_day, by) in &self.minutes {
            day.set(*of_day, shifted(day.at(*of_day), *by));
        }
        day
    }
}
