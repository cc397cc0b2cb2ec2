//! Slices of time: the unit of the budgeting methods that judge stretches of time instead of events. A slice is judged
//! from the events of its measured minutes; one without events says nothing, whichever method counts it.

use std::fmt;
use std::ops::Range;

use ippo_base::MINUTES_PER_DAY;

use super::counts::Counts;
use super::ratio::Ratio;
use super::window::duration_text;

/// What one slice weighs where its share of good events counts: [`RATIO_PARTS`] parts, so that sums of shares stay
/// integers. A share is rounded to the nearest part, half to even: an error of 10⁻¹² at most.
pub const RATIO_PARTS: u64 = 1_000_000_000_000;

/// How an objective's slices are cut and judged.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct TimeSlices {
    /// Their length in minutes, which divides a day. They begin at midnight UTC.
    minutes: u32,
    /// What a slice counts as.
    judge: SliceJudge,
}

/// What a slice counts as.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum SliceJudge {
    /// One good slice if at least this share of its events is good, else one bad slice.
    Target(Ratio),
    /// Its share of good events.
    Share,
}

impl TimeSlices {
    /// Slices of `minutes`, if these divide a day.
    pub fn new(minutes: u32, judge: SliceJudge) -> Option<Self> {
        (minutes > 0 && MINUTES_PER_DAY.is_multiple_of(minutes)).then_some(Self { minutes, judge })
    }

    /// Their length in minutes.
    pub fn minutes(&self) -> u32 {
        self.minutes
    }

    /// What a slice counts as.
    pub fn judge(&self) -> SliceJudge {
        self.judge
    }

    /// The weight of one slice in sums: one, or its parts.
    pub fn weight(&self) -> u64 {
        match self.judge {
            SliceJudge::Target(_) => 1,
            SliceJudge::Share => RATIO_PARTS,
        }
    }

    /// The slices that end within a stretch of a day, in minutes since midnight: with their last minute in it.
    pub(super) fn ending_within(&self, stretch: &Range<u32>) -> Range<u32> {
        let first = stretch.start / self.minutes;
        let after = stretch.end / self.minutes;
        first * self.minutes..after.max(first) * self.minutes
    }

    /// What a slice with these events counts as.
    pub fn of(&self, events: Counts) -> Counts {
        let (good, total) = (u128::from(events.good), u128::from(events.good) + u128::from(events.bad));
        if total == 0 {
            let unknown = if events.unknown > 0 { self.weight() } else { 0 };
            return Counts { unknown, ..Counts::default() };
        }
        let good = match self.judge {
            SliceJudge::Target(target) => {
                let share =
                    Ratio::new(i128::from(events.good), i128::from(events.good) + i128::from(events.bad));
                u64::from(share >= target)
            }
            SliceJudge::Share => nearest(good * u128::from(RATIO_PARTS), total),
        };
        Counts { good, bad: self.weight() - good, unknown: 0 }
    }
}

impl fmt::Display for TimeSlices {
    /// ` of slices of 5m, good from 0.95 on`: what follows a target.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, " of slices of {}", duration_text(self.minutes))?;
        match self.judge {
            SliceJudge::Target(target) => write!(f, ", good from {} on", target.to_decimal(9)),
            SliceJudge::Share => write!(f, ", by their shares"),
        }
    }
}

/// The whole number nearest to a fraction, half to even.
fn nearest(numerator: u128, denominator: u128) -> u64 {
    let (whole, rest) = (numerator / denominator, numerator % denominator);
    let up = match (rest * 2).cmp(&denominator) {
        std::cmp::Ordering::Less => false,
        std::cmp::Ordering::Equal => whole % 2 == 1,
        std::cmp::Ordering::Greater => true,
    };
    u64::try_from(whole + u128::from(up)).expect("a share is at most one")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn events(good: u64, bad: u64) -> Counts {
        Counts { good, bad, unknown: 0 }
    }

    #[test]
    fn a_slice_is_good_from_its_target_on() {
        let slices = TimeSlices::new(5, SliceJudge::Target(Ratio::new(95, 100))).expect("divides a day");
        assert_eq!(slices.of(events(95, 5)), events(1, 0));
        assert_eq!(slices.of(events(949, 51)), events(0, 1));
        assert_eq!(slices.of(events(0, 1)), events(0, 1));
        assert_eq!(slices.of(events(0, 0)), Counts::default(), "nothing was asked of it");
        assert_eq!(
            slices.of(Counts { unknown: 7, ..Counts::default() }),
            Counts { unknown: 1, ..Counts::default() }
        );
        let all = TimeSlices::new(1, SliceJudge::Target(Ratio::ONE)).expect("divides a day");
        assert_eq!((all.of(events(10, 0)), all.of(events(999, 1))), (events(1, 0), events(0, 1)));
    }

    #[test]
    fn shares_are_kept_in_parts_that_add_up_again() {
        let slices = TimeSlices::new(1, SliceJudge::Share).expect("divides a day");
        let mut sum = slices.of(events(1, 2));
        sum += slices.of(events(2, 1));
        assert_eq!(sum, events(RATIO_PARTS, RATIO_PARTS), "a third and two thirds are one");
        assert_eq!(slices.of(events(u64::MAX, u64::MAX)).good, RATIO_PARTS / 2);
        assert_eq!(slices.of(events(7, 0)), events(RATIO_PARTS, 0));
    }

    #[test]
    fn slices_divide_a_day_and_belong_to_where_they_end() {
        for minutes in [0, 7, 11, 1441] {
            assert_eq!(TimeSlices::new(minutes, SliceJudge::Share), None);
        }
        let slices = TimeSlices::new(5, SliceJudge::Share).expect("divides a day");
        assert_eq!(slices.ending_within(&(0..60)), 0..60);
        assert_eq!(slices.ending_within(&(3..60)), 0..60, "the first ends at five past");
        assert_eq!(slices.ending_within(&(5..64)), 5..60, "the last has not ended");
        assert_eq!(slices.ending_within(&(6..9)), 5..5);
        assert_eq!(slices.ending_within(&(6..10)), 5..10);
    }
}
