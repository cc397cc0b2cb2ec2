//! How a chart's range is cut into steps.

use ippo_base::{TimeRange, Timestamp};

use super::{STEPS_BY_DEFAULT, STEPS_MOST};

/// Lengths of a step in seconds that are chosen from.
const LENGTHS_SECS: [u32; 14] =
    [10, 20, 30, 60, 120, 300, 600, 1_200, 1_800, 3_600, 7_200, 14_400, 43_200, 86_400];
const NANOS: i64 = 1_000_000_000;

/// The steps of a chart: whole ones, aligned to the epoch.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Steps {
    pub(super) secs: u32,
    first: i64,
    pub(super) count: usize,
}

impl Steps {
    /// The range in steps of this length, aligned outward.
    pub(super) fn of(range: TimeRange, secs: u32) -> Self {
        let nanos = i64::from(secs.max(1)) * NANOS;
        let first = range.from.as_nanos().div_euclid(nanos);
        let last = (range.to.as_nanos().saturating_sub(1)).div_euclid(nanos);
        let count = usize::try_from(last.saturating_sub(first).saturating_add(1)).unwrap_or(0);
        Self { secs: secs.max(1), first, count }
    }

    /// The effective range.
    pub(super) fn range(self) -> TimeRange {
        let nanos = i64::from(self.secs) * NANOS;
        let at = |index: i64| Timestamp::from_nanos(index.saturating_mul(nanos));
        let count = i64::try_from(self.count).unwrap_or(i64::MAX);
        TimeRange { from: at(self.first), to: at(self.first.saturating_add(count)) }
    }

    /// The step that holds a time.
    pub(super) fn at(self, time: i64) -> Option<usize> {
        let index = time.div_euclid(i64::from(self.secs) * NANOS) - self.first;
        usize::try_from(index).ok().filter(|index| *index < self.count)
    }

    pub(super) fn nanos(self) -> i64 {
        i64::from(self.secs) * NANOS
    }
}

/// The length that gives few enough steps, and at least `least_secs`.
pub(super) fn length(range: TimeRange, least_secs: u64) -> u32 {
    let secs = range.to.since(range.from).as_secs();
    let wanted = secs.div_ceil(STEPS_BY_DEFAULT).max(least_secs);
    let known = LENGTHS_SECS.into_iter().find(|length| u64::from(*length) >= wanted);
    known.unwrap_or_else(|| {
        let day = LENGTHS_SECS[LENGTHS_SECS.len() - 1];
        u32::try_from(wanted).unwrap_or(u32::MAX / 2).next_multiple_of(day)
    })
}

/// Whether the range in steps of this length is more than a chart has.
pub(super) fn too_many(range: TimeRange, secs: u32) -> bool {
    Steps::of(range, secs).count as u64 > STEPS_MOST
}

#[cfg(test)]
mod unit {
    use super::*;

    fn range(from: i64, to: i64) -> TimeRange {
        TimeRange { from: Timestamp::from_secs(from), to: Timestamp::from_secs(to) }
    }

    #[test]
    fn steps_are_whole_and_aligned_outward() {
        let steps = Steps::of(range(1_800_000_030, 1_800_000_130), 60);
        assert_eq!((steps.count, steps.range()), (3, range(1_800_000_000, 1_800_000_180)));
        assert_eq!(steps.at(1_800_000_000 * NANOS), Some(0));
        assert_eq!(steps.at(1_800_000_060 * NANOS - 1), Some(0));
        assert_eq!(steps.at(1_800_000_179 * NANOS), Some(2));
        assert_eq!(steps.at(1_800_000_180 * NANOS), None);
        assert_eq!(steps.at(1_799_999_999 * NANOS), None);
        assert_eq!(Steps::of(range(1_800_000_000, 1_800_000_060), 60).count, 1, "the end is not part of it");
    }

    #[test]
    fn the_length_follows_the_range_and_the_data() {
        assert_eq!(length(range(0, 3_600), 0), 10);
        assert_eq!(length(range(0, 3_600), 30), 30, "twice an interval of 15 s");
        assert_eq!(length(range(0, 3_600), 120), 120);
        assert_eq!(length(range(0, 7 * 86_400), 30), 1_800);
        assert_eq!(length(range(0, 400 * 86_400), 0), 86_400);
        assert_eq!(length(range(0, 700 * 86_400), 0), 2 * 86_400);
        assert!(too_many(range(0, 86_400), 60));
        assert!(!too_many(range(0, 60_000), 60));
    }
}
