//! One objective's minutes: what was counted in each, and whether it was measured at all. Sums over any range.
//! Never estimates: an unmeasured minute adds nothing to a sum, neither good nor bad.

use std::ops::Range;
use std::sync::Arc;

use ippo_base::{MINUTES_PER_DAY, Minute, MinuteRange};

use super::counts::{Counts, Gap, MinuteTally, WindowSum};
use super::day::{
    CountedMinute, DayMinutes, DaySums, MINUTES_PER_HOUR, Sums, Unread, slices_of_stretch, sums_of_stretch,
};
use super::exclusion::Exclusions;
use super::minutes::MinuteSet;
use super::slices::TimeSlices;

/// How long a source's telemetry speaks for: the minute it falls in and the four that follow.
pub const SOURCE_SPEAKS_FOR_MINUTES: u32 = 5;

/// When ippo and an SLO's source could speak at all; the same for all its objectives.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Coverage {
    /// Minutes in which ippo was up.
    pub up: MinuteSet,
    /// Minutes in which the SLO's source sent any telemetry.
    pub source: MinuteSet,
}

impl Coverage {
    /// The minutes that are measured. A minute is, if ippo was up and the source was heard in it or in the four
    /// before; or if the source's telemetry for that very minute is here, however late it came.
    pub fn measured(&self) -> MinuteSet {
        let spoken_for = self.source.extended(SOURCE_SPEAKS_FOR_MINUTES - 1);
        self.up.intersection(&spoken_for).union(&self.source)
    }
}

/// One day of an objective.
#[derive(Clone, Debug)]
pub struct HistoryDay {
    /// Days since the epoch.
    pub day: u32,
    /// Its sums, without what is left out.
    pub sums: Arc<DaySums>,
    /// Its minutes, without what is left out.
    pub minutes: Arc<dyn DayMinutes>,
}

impl HistoryDay {
    /// A day without what is marked.
    ///
    /// # Errors
    /// When its minutes cannot be read.
    pub fn without(
        day: u32,
        minutes: Arc<dyn DayMinutes>,
        marks: &Marks,
        slices: Option<&TimeSlices>,
    ) -> Result<Self, Unread> {
        let minutes = marked(day, minutes, marks);
        Ok(Self { day, sums: Arc::new(DaySums::of(&*minutes, slices)?), minutes })
    }

    /// The same where the sums are known: those that [`HistoryDay::without`] made of the same minutes and marks.
    pub fn known(day: u32, sums: Arc<DaySums>, minutes: Arc<dyn DayMinutes>, marks: &Marks) -> Self {
        Self { day, sums, minutes: marked(day, minutes, marks) }
    }
}

/// What is done to some minutes before they are added up.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Marks {
    /// Minutes that nobody may see: those that are sealed against counting, or left out on purpose.
    pub hidden: MinuteSet,
    /// Minutes whose bad events count as good.
    pub good: MinuteSet,
}

impl Marks {
    /// Those within a day since the epoch.
    #[must_use]
    pub fn of_day(&self, day: u32) -> Self {
        let first = Minute(day * MINUTES_PER_DAY);
        let day = MinuteSet::from_ranges([MinuteRange { from: first, to: first.plus(MINUTES_PER_DAY) }]);
        Self { hidden: self.hidden.intersection(&day), good: self.good.intersection(&day) }
    }
}

fn marked(day: u32, minutes: Arc<dyn DayMinutes>, marks: &Marks) -> Arc<dyn DayMinutes> {
    let marks = marks.of_day(day);
    match marks.hidden.is_empty() && marks.good.is_empty() {
        true => minutes,
        false => Arc::new(Marked { day, minutes, marks }),
    }
}

/// A day of which some minutes are marked.
#[derive(Debug)]
struct Marked {
    day: u32,
    minutes: Arc<dyn DayMinutes>,
    marks: Marks,
}

impl DayMinutes for Marked {
    fn visit(&self, stretch: Range<u32>, each: &mut dyn FnMut(CountedMinute)) -> Result<(), Unread> {
        let midnight = Minute(self.day * MINUTES_PER_DAY);
        self.minutes.visit(stretch, &mut |mut minute| {
            let at = midnight.plus(minute.of_day);
            if self.marks.hidden.contains(at) {
                return;
            }
            if self.marks.good.contains(at) {
                let Counts { good, bad, .. } = minute.counts;
                (minute.counts.good, minute.counts.bad) = (good.saturating_add(bad), 0);
            }
            each(minute);
        })
    }
}

/// One objective's days, ready to be summed: long stretches from the sums of days and hours, their ends minute by minute.
#[derive(Clone, Debug, Default)]
pub struct History {
    /// Ascending; a day without counts may be left out.
    days: Vec<HistoryDay>,
    slices: Option<TimeSlices>,
    covered: Arc<MinuteSet>,
    excluded: MinuteSet,
}

impl History {
    /// Joins days (ascending), the minutes that are `covered`, and those left out on purpose. Both sets must know of each
    /// other: what is left out is not covered.
    pub fn of_days(
        days: Vec<HistoryDay>,
        slices: Option<TimeSlices>,
        covered: Arc<MinuteSet>,
        excluded: MinuteSet,
    ) -> Self {
        debug_assert!(days.is_sorted_by(|a, b| a.day < b.day), "days are read in ascending order");
        Self { days, slices, covered, excluded }
    }

    /// Joins `counts` (ascending by minute), the minutes `sealed` against counting, the coverage and what people took out.
    pub fn new(
        counts: &[(Minute, Counts)],
        sealed: &MinuteSet,
        coverage: &Coverage,
        exclusions: &Exclusions,
        slices: Option<TimeSlices>,
    ) -> Self {
        debug_assert!(counts.is_sorted_by(|a, b| a.0 < b.0), "counters are read in ascending order");
        let marks = Marks { hidden: sealed.union(&exclusions.left_out), good: exclusions.good.clone() };
        let counted = counts.iter().filter(|(_, counts)| !counts.is_zero());
        let covered =
            coverage.measured().union(&MinuteSet::from_ascending(counted.clone().map(|(minute, _)| *minute)));
        let mut days: Vec<(u32, Vec<CountedMinute>)> = Vec::new();
        for (minute, counts) in counted {
            let counted = CountedMinute { of_day: minute.of_day(), counts: *counts, broken: false };
            match days.last_mut() {
                Some((day, minutes)) if *day == minute.day() => minutes.push(counted),
                _ => days.push((minute.day(), vec![counted])),
            }
        }
        let whole = |(day, minutes)| {
            let day = HistoryDay::without(day, Arc::new(minutes), &marks, slices.as_ref());
            day.expect("what is in memory can be read")
        };
        Self {
            days: days.into_iter().map(whole).collect(),
            slices,
            covered: Arc::new(covered.difference(&marks.hidden)),
            excluded: exclusions.left_out.clone(),
        }
    }

    /// The days, ascending; some without counts are left out.
    pub(super) fn days(&self) -> &[HistoryDay] {
        &self.days
    }

    /// How time is cut, where slices are judged.
    pub(super) fn slices(&self) -> Option<&TimeSlices> {
        self.slices.as_ref()
    }

    /// The minutes that are covered, but for those that count by their own counts.
    pub(super) fn covered(&self) -> &MinuteSet {
        &self.covered
    }

    /// The minutes that are left out on purpose.
    pub(super) fn excluded(&self) -> &MinuteSet {
        &self.excluded
    }

    /// The sums over `range`. Minutes that a disk does not give are unmeasured.
    pub fn sum(&self, range: MinuteRange) -> WindowSum {
        let (mut sums, mut slices, mut lost) = (Sums::default(), Counts::default(), 0);
        let first = self.days.partition_point(|day| day.day < range.from.day());
        for day in self.days[first..].iter().take_while(|day| !range.is_empty() && day.day <= range.to.day())
        {
            let midnight = day.day * MINUTES_PER_DAY;
            let of_day = |minute: Minute| minute.0.saturating_sub(midnight).min(MINUTES_PER_DAY);
            let unread = self.add_stretch(day, of_day(range.from)..of_day(range.to), &mut sums, &mut slices);
            lost += unread.into_iter().map(|stretch| self.covered.len_within(stretch)).sum::<u32>();
        }
        let covered = self.covered.len_within(range).saturating_sub(lost).max(sums.counted);
        let excluded = self.excluded.len_within(range);
        let minutes = MinuteTally {
            measured: sums.counted,
            zero_traffic: covered - sums.counted,
            unmeasured: range.len().saturating_sub(covered + excluded),
            excluded,
        };
        WindowSum {
            range,
            counts: sums.events,
            slices: self.slices.as_ref().map(|_| slices),
            broken: sums.broken,
            minutes,
        }
    }

    /// Adds a stretch of a day: whole hours from their sums, what is left of others minute by minute. Gives what could not be read.
    fn add_stretch(
        &self,
        day: &HistoryDay,
        stretch: Range<u32>,
        sums: &mut Sums,
        slices: &mut Counts,
    ) -> Vec<MinuteRange> {
        if stretch == (0..MINUTES_PER_DAY) {
            *sums += day.sums.whole();
            *slices += day.sums.whole_slices();
            return Vec::new();
        }
        let whole_from = stretch.start.next_multiple_of(MINUTES_PER_HOUR).min(stretch.end);
        let whole_to = (stretch.end - stretch.end % MINUTES_PER_HOUR).max(whole_from);
        for hour in whole_from / MINUTES_PER_HOUR..whole_to / MINUTES_PER_HOUR {
            *sums += day.sums.hour(hour as usize);
            *slices += day.sums.slices_of_hour(hour as usize);
        }
        let midnight = Minute(day.day * MINUTES_PER_DAY);
        let ends =
            [stretch.start..whole_from, whole_to..stretch.end].into_iter().filter(|end| !end.is_empty());
        let unread = ends.filter(|end| match self.of_minutes(day, end.clone()) {
            Ok((of_end, slices_of_end)) => {
                *sums += of_end;
                *slices += slices_of_end;
                false
            }
            Err(Unread) => true,
        });
        unread.map(|end| MinuteRange { from: midnight.plus(end.start), to: midnight.plus(end.end) }).collect()
    }

    /// The sums of a stretch of a day, minute by minute.
    fn of_minutes(&self, day: &HistoryDay, stretch: Range<u32>) -> Result<(Sums, Counts), Unread> {
        let sums = sums_of_stretch(&*day.minutes, stretch.clone())?;
        let slices = self.slices.as_ref().map(|cut| slices_of_stretch(&*day.minutes, cut, stretch));
        Ok((sums, slices.transpose()?.unwrap_or_default()))
    }

    /// A minute from which on something is known: the first that is covered, or where only counts speak, the end of the first day
    /// with any.
    pub(super) fn known_from(&self) -> Option<Minute> {
        let covered = self.covered.ranges().first().map(|range| range.from);
        let counted = self.days.first().map(|day| Minute((day.day + 1) * MINUTES_PER_DAY));
        [covered, counted].into_iter().flatten().min()
    }

    /// What `minute` is.
    pub fn gap(&self, minute: Minute) -> Gap {
        let tally = self.sum(MinuteRange { from: minute, to: minute.plus(1) }).minutes;
        match tally {
            _ if tally.excluded > 0 => Gap::Excluded,
            _ if tally.measured > 0 => Gap::Measured,
            _ if tally.zero_traffic > 0 => Gap::ZeroTraffic,
            _ => Gap::Unmeasured,
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::{BTreeMap, BTreeSet};

    use proptest::prelude::*;

    use super::super::ratio::Ratio;
    use super::super::slices::{RATIO_PARTS, SliceJudge};
    use super::*;

    fn set(minutes: &BTreeSet<u32>) -> MinuteSet {
        MinuteSet::from_minutes(minutes.iter().copied().map(Minute))
    }

    fn left_out(minutes: &BTreeSet<u32>) -> Exclusions {
        Exclusions { left_out: set(minutes), good: MinuteSet::EMPTY }
    }

    fn minutes(of: u32) -> impl Strategy<Value = BTreeSet<u32>> {
        proptest::collection::btree_set(0..of, 0..of as usize)
    }

    #[test]
    fn a_source_speaks_for_its_minute_and_four_more_while_ippo_is_up() {
        let coverage = Coverage { up: set(&(0..20).collect()), source: set(&BTreeSet::from([3, 30])) };
        let exclusions = left_out(&BTreeSet::from([4]));
        let counts = [(Minute(3), Counts { good: 9, bad: 1, unknown: 0 })];
        let history = History::new(&counts, &MinuteSet::EMPTY, &coverage, &exclusions, None);
        let gaps: Vec<Gap> = (2..=8).map(|m| history.gap(Minute(m))).collect();
        use Gap::{Excluded, Measured, Unmeasured, ZeroTraffic};
        assert_eq!(gaps, [Unmeasured, Measured, Excluded, ZeroTraffic, ZeroTraffic, ZeroTraffic, Unmeasured]);
        assert_eq!(history.gap(Minute(30)), ZeroTraffic, "telemetry delivered late speaks for its minute");
        assert_eq!(history.gap(Minute(31)), Unmeasured, "ippo was down, so silence means nothing");
    }

    /// A disk that failed after a day was added up.
    #[derive(Debug)]
    struct Failed;

    impl DayMinutes for Failed {
        fn visit(&self, _: Range<u32>, _: &mut dyn FnMut(CountedMinute)) -> Result<(), Unread> {
            Err(Unread)
        }
    }

    #[test]
    fn minutes_that_a_disk_does_not_give_are_unmeasured_and_not_without_traffic() {
        let counts = Counts { good: 9, bad: 1, unknown: 0 };
        let minutes: Vec<CountedMinute> =
            (0..MINUTES_PER_DAY).map(|of_day| CountedMinute { of_day, counts, broken: false }).collect();
        for slices in [None, TimeSlices::new(5, SliceJudge::Share)] {
            let sums = DaySums::of(&minutes, slices.as_ref()).expect("in memory");
            let day = HistoryDay::known(0, Arc::new(sums), Arc::new(Failed), &Marks::default());
            let whole = MinuteRange { from: Minute(0), to: Minute(MINUTES_PER_DAY) };
            let covered = Arc::new(MinuteSet::from_ranges([whole]));
            let history = History::of_days(vec![day], slices, covered, MinuteSet::EMPTY);
            let sum = history.sum(MinuteRange { from: Minute(610), to: Minute(730) });
            let tally = |measured, unmeasured| MinuteTally { measured, unmeasured, ..MinuteTally::default() };
            assert_eq!((sum.minutes, sum.counts.good), (tally(60, 60), 60 * 9), "11:00 to 12:00 is known");
            assert_eq!(history.sum(whole).minutes, tally(MINUTES_PER_DAY, 0));
            let past = super::super::past::Past::of(&history, whole);
            assert_eq!(past.sum(whole).minutes, tally(0, MINUTES_PER_DAY));
        }
    }

    #[test]
    fn a_sealed_minute_is_never_estimated() {
        let coverage = Coverage { up: set(&(0..9).collect()), source: set(&(0..9).collect()) };
        let counts = [
            (Minute(1), Counts { good: 1, ..Counts::default() }),
            (Minute(2), Counts { bad: 1, ..Counts::default() }),
        ];
        let history =
            History::new(&counts, &set(&BTreeSet::from([2])), &coverage, &Exclusions::default(), None);
        let sum = history.sum(MinuteRange { from: Minute(0), to: Minute(9) });
        assert_eq!(sum.counts, Counts { good: 1, ..Counts::default() });
        assert_eq!(sum.minutes, MinuteTally { measured: 1, zero_traffic: 7, unmeasured: 1, excluded: 0 });
    }

    /// Five minutes each: all good, half bad, nothing, one bad, not yet over.
    fn five_slices() -> Vec<(Minute, Counts)> {
        let counts = |good, bad| Counts { good, bad, unknown: 0 };
        let given = [(0, 10, 0), (4, 10, 0), (6, 5, 5), (17, 19, 1), (21, 0, 9)];
        given.into_iter().map(|(minute, good, bad)| (Minute(minute), counts(good, bad))).collect()
    }

    #[test]
    fn slices_are_judged_when_they_are_over() {
        let all = set(&(0..30).collect());
        let coverage = Coverage { up: all.clone(), source: all };
        let slices = |judge| TimeSlices::new(5, judge);
        let sum = |judge, from, to| {
            let history = History::new(
                &five_slices(),
                &MinuteSet::EMPTY,
                &coverage,
                &Exclusions::default(),
                slices(judge),
            );
            history.sum(MinuteRange { from: Minute(from), to: Minute(to) })
        };
        let at_95 = SliceJudge::Target(Ratio::new(95, 100));
        let counts = |good, bad| Some(Counts { good, bad, unknown: 0 });
        assert_eq!(sum(at_95, 0, 24).slices, counts(2, 1), "the last slice is not over, one has no events");
        assert_eq!(sum(at_95, 0, 25).slices, counts(2, 2));
        assert_eq!(sum(at_95, 4, 20).slices, counts(2, 1), "a slice belongs to where it ends");
        assert_eq!(sum(at_95, 5, 20).slices, counts(1, 1));
        assert_eq!(sum(at_95, 0, 25).counts, Counts { good: 44, bad: 15, unknown: 0 });
        let part = RATIO_PARTS / 100;
        assert_eq!(
            sum(SliceJudge::Share, 0, 25).slices,
            counts((100 + 50 + 95) * part, (50 + 5 + 100) * part)
        );
    }

    #[test]
    fn what_is_left_out_is_left_out_of_slices() {
        let all = set(&(0..30).collect());
        let coverage = Coverage { up: all.clone(), source: all };
        let exclusions = left_out(&BTreeSet::from([6]));
        let slices = TimeSlices::new(5, SliceJudge::Target(Ratio::ONE));
        let history = History::new(&five_slices(), &MinuteSet::EMPTY, &coverage, &exclusions, slices);
        let sum = history.sum(MinuteRange { from: Minute(0), to: Minute(20) });
        assert_eq!(sum.slices, Some(Counts { good: 1, bad: 1, unknown: 0 }));
        assert_eq!(sum.minutes.excluded, 1);
    }

    proptest! {
        #[test]
        fn any_split_of_a_range_adds_up_to_it(
            counted in proptest::collection::btree_map(0u32..3 * 1440, (0u64..9, 0u64..9), 0..200),
            cuts in proptest::collection::btree_set(0u32..3 * 1440, 0..5),
            length in prop_oneof![Just(1u32), Just(5), Just(30), Just(60), Just(90), Just(240), Just(1440)],
            judge in prop_oneof![Just(SliceJudge::Share), Just(SliceJudge::Target(Ratio::new(1, 2)))],
            sealed in proptest::collection::btree_set(0u32..3 * 1440, 0..20),
        ) {
            let counts: Vec<(Minute, Counts)> =
                counted.iter().map(|(m, (good, bad))| (Minute(*m), Counts { good: *good, bad: *bad, unknown: 0 })).collect();
            let everything = MinuteRange { from: Minute(0), to: Minute(3 * 1440) };
            let all = MinuteSet::from_ranges([everything]);
            let coverage = Coverage { up: all.clone(), source: all };
            let slices = TimeSlices::new(length, judge).expect("divides a day");
            let history = History::new(&counts, &set(&sealed), &coverage, &Exclusions::default(), Some(slices));
            let bounds: Vec<u32> = [0].into_iter().chain(cuts).chain([3 * 1440]).collect();
            let (mut events, mut judged) = (Counts::default(), Counts::default());
            for pair in bounds.windows(2) {
                let sum = history.sum(MinuteRange { from: Minute(pair[0]), to: Minute(pair[1]) });
                events += sum.counts;
                judged += sum.slices.expect("slices are judged");
            }
            let whole = history.sum(everything);
            prop_assert_eq!((whole.counts, whole.slices), (events, Some(judged)));
            // By hand: each slice on its own.
            let mut by_hand = Counts::default();
            for first in (0..3 * 1440).step_by(length as usize) {
                let mut sum = Counts::default();
                let within = counted.range(first..first + length).filter(|(minute, _)| !sealed.contains(minute));
                within.for_each(|(_, (good, bad))| sum += Counts { good: *good, bad: *bad, unknown: 0 });
                by_hand += slices.of(sum);
            }
            prop_assert_eq!(judged, by_hand);
        }
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
            let coverage = Coverage { up: set(&up), source: set(&source) };
            let history = History::new(&counts, &set(&sealed), &coverage, &left_out(&excluded), None);

            let mut expected = (Counts::default(), MinuteTally::default());
            for minute in from..from + len {
                let heard = (minute.saturating_sub(4)..=minute).any(|m| source.contains(&m));
                let counts = counted.get(&minute).copied().unwrap_or_default();
                let measured = (up.contains(&minute) && heard) || source.contains(&minute) || !counts.is_zero();
                let gap = if excluded.contains(&minute) {
                    Gap::Excluded
                } else if !measured || sealed.contains(&minute) {
                    Gap::Unmeasured
                } else if counts.is_zero() {
                    Gap::ZeroTraffic
                } else {
                    Gap::Measured
                };
                prop_assert_eq!(history.gap(Minute(minute)), gap);
                match gap {
                    Gap::Measured => { expected.0 += counts; expected.1.measured += 1; }
                    Gap::ZeroTraffic => expected.1.zero_traffic += 1,
                    Gap::Unmeasured => expected.1.unmeasured += 1,
                    Gap::Excluded => expected.1.excluded += 1,
                }
            }
            let sum = history.sum(MinuteRange { from: Minute(from), to: Minute(from + len) });
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
            let coverage = Coverage { up: all.clone(), source: all };
            let history = History::new(&counts, &MinuteSet::EMPTY, &coverage, &Exclusions::default(), None);
            let mut days = Counts::default();
            for day in 0..4 {
                days += history.sum(MinuteRange { from: Minute(day * 1440), to: Minute((day + 1) * 1440) }).counts;
            }
            prop_assert_eq!(history.sum(everything).counts, days);
        }
    }
}
