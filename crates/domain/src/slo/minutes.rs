//! Sets of minutes as sorted, disjoint ranges: how much of a window was measured, down to the minute.
//! Knows nothing of what the minutes mean.

use ippo_base::{Minute, MinuteRange};

/// A set of minutes. Its ranges are ascending, not empty, and neither touch nor overlap.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct MinuteSet {
    ranges: Vec<MinuteRange>,
}

impl MinuteSet {
    /// The set that holds no minute.
    pub const EMPTY: MinuteSet = MinuteSet { ranges: Vec::new() };

    /// The minutes of `ranges`, which may overlap and come in any order.
    pub fn from_ranges(ranges: impl IntoIterator<Item = MinuteRange>) -> Self {
        let mut sorted: Vec<MinuteRange> = ranges.into_iter().filter(|r| !r.is_empty()).collect();
        sorted.sort_by_key(|r| r.from);
        let mut joined: Vec<MinuteRange> = Vec::with_capacity(sorted.len());
        for range in sorted {
            match joined.last_mut() {
                Some(last) if range.from <= last.to => last.to = last.to.max(range.to),
                _ => joined.push(range),
            }
        }
        Self { ranges: joined }
    }

    /// The given minutes, in any order.
    pub fn from_minutes(minutes: impl IntoIterator<Item = Minute>) -> Self {
        Self::from_ranges(minutes.into_iter().map(|m| MinuteRange { from: m, to: m.plus(1) }))
    }

    /// The given minutes, which ascend: quicker than [`MinuteSet::from_minutes`].
    pub fn from_ascending(minutes: impl IntoIterator<Item = Minute>) -> Self {
        let mut ranges: Vec<MinuteRange> = Vec::new();
        for minute in minutes {
            match ranges.last_mut() {
                Some(last) if minute < last.to => debug_assert!(minute.plus(1) == last.to, "minutes ascend"),
                Some(last) if minute == last.to => last.to = minute.plus(1),
                _ => ranges.push(MinuteRange { from: minute, to: minute.plus(1) }),
            }
        }
        Self { ranges }
    }

    /// Keeps of `items`, which ascend by their minute, those whose minute the set holds.
    pub fn keep<'a, T: Copy>(&'a self, items: &'a [(Minute, T)]) -> impl Iterator<Item = (Minute, T)> + 'a {
        let within = |range: &MinuteRange| {
            let from = items.partition_point(|(minute, _)| *minute < range.from);
            let to = items.partition_point(|(minute, _)| *minute < range.to);
            &items[from..to.max(from)]
        };
        self.ranges.iter().flat_map(within).copied()
    }

    /// The ranges, ascending and disjoint.
    pub fn ranges(&self) -> &[MinuteRange] {
        &self.ranges
    }

    /// How many minutes the set holds.
    pub fn len(&self) -> u32 {
        self.ranges.iter().map(|r| r.len()).sum()
    }

    /// Whether the set holds no minute.
    pub fn is_empty(&self) -> bool {
        self.ranges.is_empty()
    }

    /// Whether the set holds `minute`.
    pub fn contains(&self, minute: Minute) -> bool {
        let after = self.ranges.partition_point(|r| r.from <= minute);
        after > 0 && self.ranges[after - 1].contains(minute)
    }

    /// The latest minute of the set.
    pub fn last(&self) -> Option<Minute> {
        self.ranges.last().map(|r| r.to.minus(1))
    }

    /// How many minutes of `range` the set holds.
    pub fn len_within(&self, range: MinuteRange) -> u32 {
        let first = self.ranges.partition_point(|r| r.to <= range.from);
        let overlap = |r: &MinuteRange| r.to.min(range.to).0.saturating_sub(r.from.max(range.from).0);
        self.ranges[first..].iter().take_while(|r| r.from < range.to).map(overlap).sum()
    }

    /// Each minute, and the `count` that follow it.
    #[must_use]
    pub fn extended(&self, count: u32) -> Self {
        Self::from_ranges(self.ranges.iter().map(|r| MinuteRange { from: r.from, to: r.to.plus(count) }))
    }

    /// The minutes of either set.
    #[must_use]
    pub fn union(&self, other: &Self) -> Self {
        Self::from_ranges(self.ranges.iter().chain(&other.ranges).copied())
    }

    /// The minutes of both sets.
    #[must_use]
    pub fn intersection(&self, other: &Self) -> Self {
        let (mut mine, mut theirs) = (self.ranges.iter().peekable(), other.ranges.iter().peekable());
        let mut ranges = Vec::new();
        while let (Some(a), Some(b)) = (mine.peek(), theirs.peek()) {
            let overlap = MinuteRange { from: a.from.max(b.from), to: a.to.min(b.to) };
            if !overlap.is_empty() {
                ranges.push(overlap);
            }
            if a.to <= b.to {
                mine.next()
            } else {
                theirs.next()
            };
        }
        Self { ranges }
    }

    /// The minutes of this set that `other` does not hold.
    #[must_use]
    pub fn difference(&self, other: &Self) -> Self {
        let mut ranges = Vec::new();
        for range in &self.ranges {
            let mut from = range.from;
            let first = other.ranges.partition_point(|r| r.to <= range.from);
            for hole in other.ranges[first..].iter().take_while(|r| r.from < range.to) {
                if from < hole.from {
                    ranges.push(MinuteRange { from, to: hole.from });
                }
                from = hole.to;
            }
            if from < range.to {
                ranges.push(MinuteRange { from, to: range.to });
            }
        }
        Self { ranges }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use proptest::prelude::*;

    use super::*;

    fn sets() -> impl Strategy<Value = BTreeSet<u32>> {
        proptest::collection::btree_set(0u32..60, 0..40)
    }

    fn set(minutes: &BTreeSet<u32>) -> MinuteSet {
        MinuteSet::from_minutes(minutes.iter().copied().map(Minute))
    }

    proptest! {
        #[test]
        fn algebra_equals_that_of_plain_sets(a in sets(), b in sets(), from in 0u32..60, len in 0u32..60) {
            let (x, y) = (set(&a), set(&b));
            prop_assert_eq!(x.union(&y), set(&a.union(&b).copied().collect()));
            prop_assert_eq!(x.intersection(&y), set(&a.intersection(&b).copied().collect()));
            prop_assert_eq!(x.difference(&y), set(&a.difference(&b).copied().collect()));
            prop_assert_eq!(x.extended(4), set(&a.iter().flat_map(|m| *m..=*m + 4).collect()));
            let range = MinuteRange { from: Minute(from), to: Minute(from + len) };
            prop_assert_eq!(x.len_within(range) as usize, a.range(from..from + len).count());
            prop_assert_eq!(x.len() as usize, a.len());
            prop_assert_eq!(MinuteSet::from_ascending(a.iter().copied().map(Minute)), set(&a));
            let items: Vec<(Minute, u32)> = b.iter().map(|m| (Minute(*m), *m)).collect();
            let kept: Vec<u32> = x.keep(&items).map(|(_, m)| m).collect();
            prop_assert_eq!(kept, a.intersection(&b).copied().collect::<Vec<_>>());
            prop_assert_eq!(x.last(), a.last().copied().map(Minute));
            for minute in 0..60 {
                prop_assert_eq!(x.contains(Minute(minute)), a.contains(&minute));
            }
        }
    }
}
