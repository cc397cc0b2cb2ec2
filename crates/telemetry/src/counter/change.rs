//! What came to a day after its file was written.

use std::collections::BTreeMap;

use super::{Counts, Day};

/// How much more a minute has of good, bad and unknown rows; less, where an hour was counted again.
pub(crate) type Shift = [i128; 3];

/// The minutes of a day that changed, and by how much.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct Change {
    minutes: BTreeMap<u16, Shift>,
}

/// How to get from one minute's counts to other ones.
pub(crate) fn shift(from: Counts, to: Counts) -> Shift {
    let by = |from: u64, to: u64| i128::from(to) - i128::from(from);
    [by(from.good, to.good), by(from.bad, to.bad), by(from.unknown, to.unknown)]
}

/// What counts become.
pub(crate) fn shifted(counts: Counts, by: Shift) -> Counts {
    let [good, bad, unknown] = by;
    // Below zero it is where what the file had is lost, and an hour of it was counted again.
    let to = |count: u64, by: i128| {
        let count = i128::from(count).saturating_add(by);
        u64::try_from(count).unwrap_or(if count < 0 { 0 } else { u64::MAX })
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

    /// What came after the first, up to the second; nothing, if they are the same.
    pub(super) fn between(first: Option<&Change>, second: Option<&Change>) -> Option<Change> {
        let mut left = second.cloned().unwrap_or_default();
        for (of_day, by) in first.iter().flat_map(|first| &first.minutes) {
            left.add(*of_day, by.map(|by| -by));
        }
        (!left.is_empty()).then_some(left)
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
