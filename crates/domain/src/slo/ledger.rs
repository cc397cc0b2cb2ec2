//! One objective's minutes: what was counted in each, and whether it was measured at all. Sums over any range.
//! Never estimates: an unmeasured minute adds nothing to a sum, neither good nor bad.

use std::ops::AddAssign;

use ippo_base::{Minute, MinuteRange};

use super::minutes::MinuteSet;

/// How long a source's telemetry speaks for: the minute it falls in and the four that follow.
pub const SOURCE_SPEAKS_FOR_MINUTES: u32 = 5;

/// Events of one objective, classified jointly: what is not total is not counted.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Counts {
    /// Events that kept the promise.
    pub good: u64,
    /// Events that broke it.
    pub bad: u64,
    /// Events of which neither can be said.
    pub unknown: u64,
}

impl Counts {
    /// Events of which good or bad can be said.
    pub fn total(self) -> u64 {
        self.good.saturating_add(self.bad)
    }

    /// Whether nothing was counted.
    pub fn is_zero(self) -> bool {
        self == Self::default()
    }
}

impl AddAssign for Counts {
    fn add_assign(&mut self, other: Self) {
        self.good = self.good.saturating_add(other.good);
        self.bad = self.bad.saturating_add(other.bad);
        self.unknown = self.unknown.saturating_add(other.unknown);
    }
}

/// What a minute is, for one objective.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Gap {
    /// Events were counted.
    Measured,
    /// The source was heard, and nothing was to be counted: 0/0.
    ZeroTraffic,
    /// Nobody can say: ippo was down, the source was silent, or the minute is sealed.
    Unmeasured,
    /// Left out of the budget on purpose.
    Excluded,
}

impl Gap {
    /// The word in the API.
    pub fn name(self) -> &'static str {
        match self {
            Self::Measured => "measured",
            Self::ZeroTraffic => "zero_traffic",
            Self::Unmeasured => "unmeasured",
            Self::Excluded => "excluded",
        }
    }
}

/// How many minutes of a range are of which kind.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct MinuteTally {
    /// Minutes with counts.
    pub measured: u32,
    /// Minutes in which the source was heard and nothing was counted.
    pub zero_traffic: u32,
    /// Minutes of which nobody can say.
    pub unmeasured: u32,
    /// Minutes left out on purpose.
    pub excluded: u32,
}

impl MinuteTally {
    /// Minutes of which something can be said.
    pub fn covered(self) -> u32 {
        self.measured + self.zero_traffic
    }

    /// Minutes of which something ought to be said.
    pub fn expected(self) -> u32 {
        self.covered() + self.unmeasured
    }
}

/// The sums over one range.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct WindowSum {
    /// The whole minutes summed.
    pub range: MinuteRange,
    /// What was counted in the minutes that are neither unmeasured nor excluded.
    pub counts: Counts,
    /// What the minutes are.
    pub minutes: MinuteTally,
}

/// When ippo and an SLO's source could speak at all; the same for all its objectives.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Coverage {
    /// Minutes in which ippo was up.
    pub up: MinuteSet,
    /// Minutes in which the SLO's source sent any telemetry.
    pub source: MinuteSet,
    /// Minutes left out of the budget on purpose.
    pub excluded: MinuteSet,
}

impl Coverage {
    /// The minutes that are measured. A minute is, if ippo was up and the source was heard in it or in the four
    /// before; or if the source's telemetry for that very minute is here, however late it came.
    pub fn measured(&self) -> MinuteSet {
        let spoken_for = self.source.extended(SOURCE_SPEAKS_FOR_MINUTES - 1);
        self.up.intersection(&spoken_for).union(&self.source)
    }
}

/// One objective's minutes, ready to be summed.
#[derive(Clone, Debug)]
pub struct Ledger {
    counts: Vec<(Minute, Counts)>,
    covered: MinuteSet,
    excluded: MinuteSet,
}

impl Ledger {
    /// Joins `counts` (ascending by minute), the minutes `sealed` against counting, and the coverage.
    pub fn new(counts: &[(Minute, Counts)], sealed: &MinuteSet, coverage: &Coverage) -> Self {
        debug_assert!(counts.is_sorted_by(|a, b| a.0 < b.0), "counters are read in ascending order");
        let covered = coverage.measured().difference(sealed).difference(&coverage.excluded);
        let counts = covered.keep(counts).filter(|(_, counts)| !counts.is_zero()).collect();
        Self { counts, covered, excluded: coverage.excluded.clone() }
    }

    /// The sums over `range`.
    pub fn sum(&self, range: MinuteRange) -> WindowSum {
        let mut counts = Counts::default();
        let within = self.within(range);
        for (_, of_minute) in within {
            counts += *of_minute;
        }
        let covered = self.covered.len_within(range);
        let excluded = self.excluded.len_within(range);
        let measured = within.len() as u32;
        let minutes = MinuteTally {
            measured,
            zero_traffic: covered - measured,
            unmeasured: range.len() - covered - excluded,
            excluded,
        };
        WindowSum { range, counts, minutes }
    }

    /// The minutes of `range` in which anything was counted, ascending.
    pub fn within(&self, range: MinuteRange) -> &[(Minute, Counts)] {
        let first = self.counts.partition_point(|(minute, _)| *minute < range.from);
        let after = self.counts.partition_point(|(minute, _)| *minute < range.to);
        &self.counts[first..after.max(first)]
    }

    /// What `minute` is.
    pub fn gap(&self, minute: Minute) -> Gap {
        if self.excluded.contains(minute) {
            Gap::Excluded
        } else if !self.covered.contains(minute) {
            Gap::Unmeasured
        } else if self.counts.binary_search_by_key(&minute, |(m, _)| *m).is_ok() {
            Gap::Measured
        } else {
            Gap::ZeroTraffic
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::{BTreeMap, BTreeSet};

    use proptest::prelude::*;

    use super::*;

    fn set(minutes: &BTreeSet<u32>) -> MinuteSet {
        MinuteSet::from_minutes(minutes.iter().copied().map(Minute))
    }

    fn minutes(of: u32) -> impl Strategy<Value = BTreeSet<u32>> {
        proptest::collection::btree_set(0..of, 0..of as usize)
    }

    #[test]
    fn a_source_speaks_for_its_minute_and_four_more_while_ippo_is_up() {
        let coverage = Coverage {
            up: set(&(0..20).collect()),
            source: set(&BTreeSet::from([3, 30])),
            excluded: set(&BTreeSet::from([4])),
        };
        let counts = [(Minute(3), Counts { good: 9, bad: 1, unknown: 0 })];
        let ledger = Ledger::new(&counts, &MinuteSet::EMPTY, &coverage);
        let gaps: Vec<Gap> = (2..=8).map(|m| ledger.gap(Minute(m))).collect();
        use Gap::{Excluded, Measured, Unmeasured, ZeroTraffic};
        assert_eq!(gaps, [Unmeasured, Measured, Excluded, ZeroTraffic, ZeroTraffic, ZeroTraffic, Unmeasured]);
        assert_eq!(ledger.gap(Minute(30)), ZeroTraffic, "telemetry delivered late speaks for its minute");
        assert_eq!(ledger.gap(Minute(31)), Unmeasured, "ippo was down, so silence means nothing");
    }

    #[test]
    fn a_sealed_minute_is_never_estimated() {
        let coverage =
            Coverage { up: set(&(0..9).collect()), source: set(&(0..9).collect()), ..Coverage::default() };
        let counts = [
            (Minute(1), Counts { good: 1, ..Counts::default() }),
            (Minute(2), Counts { bad: 1, ..Counts::default() }),
        ];
        let ledger = Ledger::new(&counts, &set(&BTreeSet::from([2])), &coverage);
        let sum = ledger.sum(MinuteRange { from: Minute(0), to: Minute(9) });
        assert_eq!(sum.counts, Counts { good: 1, ..Counts::default() });
        assert_eq!(sum.minutes, MinuteTally { measured: 1, zero_traffic: 7, unmeasured: 1, excluded: 0 });
    }

    proptest! {
        #[test]
        fn sums_equal_a_walk_minute_by_minute(
            up in minutes(40), source in minutes(40), excluded in minutes(40), sealed in minutes(40),
            counted in proptest::collection::btree_map(0u32..40, (0u64..5, 0u64..5, 0u64..5), 0..40),
            from in 0u32..40, len in 0u32..40,
        ) {
            let counted: BTreeMap<u32, Counts> = counted
                .into_iter()
                .map(|(m, (good, bad, unknown))| (m, Counts { good, bad, unknown }))
                .collect();
            let counts: Vec<(Minute, Counts)> = counted.iter().map(|(m, c)| (Minute(*m), *c)).collect();
            let coverage = Coverage { up: set(&up), source: set(&source), excluded: set(&excluded) };
            let ledger = Ledger::new(&counts, &set(&sealed), &coverage);

            let mut expected = (Counts::default(), MinuteTally::default());
            for minute in from..from + len {
                let heard = (minute.saturating_sub(4)..=minute).any(|m| source.contains(&m));
                let measured = (up.contains(&minute) && heard) || source.contains(&minute);
                let counts = counted.get(&minute).copied().unwrap_or_default();
                let gap = if excluded.contains(&minute) {
                    Gap::Excluded
                } else if !measured || sealed.contains(&minute) {
                    Gap::Unmeasured
                } else if counts.is_zero() {
                    Gap::ZeroTraffic
                } else {
                    Gap::Measured
                };
                prop_assert_eq!(ledger.gap(Minute(minute)), gap);
                match gap {
                    Gap::Measured => { expected.0 += counts; expected.1.measured += 1; }
                    Gap::ZeroTraffic => expected.1.zero_traffic += 1,
                    Gap::Unmeasured => expected.1.unmeasured += 1,
                    Gap::Excluded => expected.1.excluded += 1,
                }
            }
            let sum = ledger.sum(MinuteRange { from: Minute(from), to: Minute(from + len) });
            prop_assert_eq!((sum.counts, sum.minutes), expected);
        }

        #[test]
        fn a_window_is_the_sum_of_its_days(
            counted in proptest::collection::btree_map(0u32..4 * 1440, (0u64..9, 0u64..9), 0..300),
        ) {
            let counts: Vec<(Minute, Counts)> =
                counted.iter().map(|(m, (good, bad))| (Minute(*m), Counts { good: *good, bad: *bad, unknown: 0 })).collect();
            let everything = MinuteRange { from: Minute(0), to: Minute(4 * 1440) };
            let all = MinuteSet::from_ranges([everything]);
            let coverage = Coverage { up: all.clone(), source: all, excluded: MinuteSet::EMPTY };
            let ledger = Ledger::new(&counts, &MinuteSet::EMPTY, &coverage);
            let mut days = Counts::default();
            for day in 0..4 {
                days += ledger.sum(MinuteRange { from: Minute(day * 1440), to: Minute((day + 1) * 1440) }).counts;
            }
            prop_assert_eq!(ledger.sum(everything).counts, days);
        }
    }
}
