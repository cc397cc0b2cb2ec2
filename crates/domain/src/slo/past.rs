//! A stretch of an objective's past as it is known now, minute by minute, so that rules can be tried on it again and again:
//! any window of it is one subtraction.

use ippo_base::{MINUTES_PER_DAY, Minute, MinuteRange};

use super::counts::{Counts, MinuteTally, WindowSum};
use super::day::{Unread, each_slice};
use super::history::History;

/// The minutes of a stretch of time, ready to be summed over any part of it.
#[derive(Clone, Debug)]
pub struct Past {
    range: MinuteRange,
    /// What lies before each minute of the range, and before its end.
    before: Vec<Before>,
    are_sliced: bool,
}

/// The sums from the beginning of the range up to a minute.
#[derive(Clone, Copy, Default, Debug)]
struct Before {
    events: Counts,
    slices: Counts,
    broken: u32,
    tally: MinuteTally,
}

/// One minute.
#[derive(Clone, Copy, Default)]
struct Single {
    events: Counts,
    slices: Counts,
    counted: bool,
    broken: bool,
    covered: bool,
    excluded: bool,
}

impl Past {
    /// The minutes of `range`, of which `history` has the days. Waits for a disk where the history does; days that it does not give
    /// are unmeasured.
    pub fn of(history: &History, range: MinuteRange) -> Self {
        let mut minutes = vec![Single::default(); range.len() as usize];
        let place = |minute: Minute| (minute.0 - range.from.0) as usize;
        for (of, mark) in [
            (history.covered(), (|m: &mut Single| m.covered = true) as fn(&mut Single)),
            (history.excluded(), |m: &mut Single| m.excluded = true),
        ] {
            for stretch in of.ranges().iter().map(|stretch| within(*stretch, range)) {
                if !stretch.is_empty() {
                    minutes[place(stretch.from)..place(stretch.from) + stretch.len() as usize]
                        .iter_mut()
                        .for_each(mark);
                }
            }
        }
        for day in history.days() {
            let midnight = Minute(day.day * MINUTES_PER_DAY);
            let part = within(MinuteRange { from: midnight, to: midnight.plus(MINUTES_PER_DAY) }, range);
            if part.is_empty() {
                continue;
            }
            let stretch = part.from.0 - midnight.0..part.to.0 - midnight.0;
            let mut read = day.minutes.visit(stretch.clone(), &mut |minute| {
                let single = &mut minutes[place(midnight.plus(minute.of_day))];
                (single.events, single.counted, single.broken) = (minute.counts, true, minute.broken);
            });
            if let Some(cut) = history.slices() {
                read = read.and(each_slice(&*day.minutes, cut, stretch, |last_minute, counts| {
                    minutes[place(midnight.plus(last_minute))].slices = counts;
                }));
            }
            if read == Err(Unread) {
                let excluded = |single: &Single| Single { excluded: single.excluded, ..Single::default() };
                let part = place(part.from)..place(part.from) + part.len() as usize;
                minutes[part].iter_mut().for_each(|single| *single = excluded(single));
            }
        }
        let mut sum = Before::default();
        let mut before = Vec::with_capacity(minutes.len() + 1);
        before.push(sum);
        for minute in minutes {
            sum.add(minute);
            before.push(sum);
        }
        Self { range, before, are_sliced: history.slices().is_some() }
    }

    /// The minutes that it has.
    pub fn range(&self) -> MinuteRange {
        self.range
    }

    /// The sums over what it has of `range`: the same as those of the history that it was made of.
    pub fn sum(&self, range: MinuteRange) -> WindowSum {
        let range = within(range, self.range);
        let at = |minute: Minute| &self.before[(minute.0 - self.range.from.0) as usize];
        let (from, to) = (at(range.from), at(range.to));
        let less = |to: Counts, from: Counts| Counts {
            good: to.good - from.good,
            bad: to.bad - from.bad,
            unknown: to.unknown - from.unknown,
        };
        WindowSum {
            range,
            counts: less(to.events, from.events),
            slices: self.are_sliced.then(|| less(to.slices, from.slices)),
            broken: to.broken - from.broken,
            minutes: MinuteTally {
                measured: to.tally.measured - from.tally.measured,
                zero_traffic: to.tally.zero_traffic - from.tally.zero_traffic,
                unmeasured: to.tally.unmeasured - from.tally.unmeasured,
                excluded: to.tally.excluded - from.tally.excluded,
            },
        }
    }
}

impl Before {
    fn add(&mut self, minute: Single) {
        self.events += minute.events;
        self.slices += minute.slices;
        self.broken += u32::from(minute.broken);
        let tally = &mut self.tally;
        let of = match minute {
            Single { excluded: true, .. } => &mut tally.excluded,
            Single { counted: true, .. } => &mut tally.measured,
            Single { covered: true, .. } => &mut tally.zero_traffic,
            _ => &mut tally.unmeasured,
        };
        *of += 1;
    }
}

/// What of `range` lies within `bounds`; empty where nothing does.
fn within(range: MinuteRange, bounds: MinuteRange) -> MinuteRange {
    let from = range.from.max(bounds.from).min(bounds.to);
    MinuteRange { from, to: range.to.min(bounds.to).max(from) }
}

#[cfg(test)]
mod tests {
    use std::ops::Range;
    use std::sync::Arc;
    use std::sync::atomic::{AtomicUsize, Ordering};

    use proptest::prelude::*;

    use super::super::day::{CountedMinute, DayMinutes};
    use super::super::exclusion::Exclusions;
    use super::super::history::{Coverage, HistoryDay, Marks};
    use super::super::minutes::MinuteSet;
    use super::super::slices::{SliceJudge, TimeSlices};
    use super::*;

    /// A day on a disk, and how often it was read.
    #[derive(Debug, Default)]
    struct OnDisk(AtomicUsize);

    impl DayMinutes for OnDisk {
        fn visit(&self, stretch: Range<u32>, each: &mut dyn FnMut(CountedMinute)) -> Result<(), Unread> {
            self.0.fetch_add(1, Ordering::Relaxed);
            let counts = Counts { good: 9, bad: 1, unknown: 0 };
            stretch.for_each(|of_day| each(CountedMinute { of_day, counts, broken: false }));
            Ok(())
        }
    }

    #[test]
    fn a_day_is_not_read_again_for_each_slice() {
        let (disk, slices) = (Arc::new(OnDisk::default()), TimeSlices::new(5, SliceJudge::Share));
        let day = HistoryDay::without(0, disk.clone(), &Marks::default(), slices.as_ref()).expect("reads");
        let range = MinuteRange { from: Minute(0), to: Minute(MINUTES_PER_DAY) };
        let covered = Arc::new(MinuteSet::from_ranges([range]));
        let history = History::of_days(vec![day], slices, covered, MinuteSet::EMPTY);
        let before = disk.0.load(Ordering::Relaxed);
        let past = Past::of(&history, range);
        assert_eq!(disk.0.load(Ordering::Relaxed) - before, 2, "its minutes, and its slices");
        assert_eq!(past.sum(range), history.sum(range));
    }

    proptest! {
        #[test]
        fn it_sums_as_its_history_does(
            counted in proptest::collection::btree_map(0u32..4_000, (0u64..9, 0u64..9), 0..300),
            heard in (0u32..4_000, 0u32..4_000),
            left_out in (0u32..4_000, 0u32..300),
            slice_minutes in proptest::option::of(proptest::sample::select(vec![1u32, 5, 180, 1_440])),
            (from, len) in (0u32..4_000, 0u32..4_000),
            stretches in proptest::collection::vec((0u32..4_500, 0u32..4_500), 20),
        ) {
            let minutes = |from: u32, len: u32| MinuteRange { from: Minute(from), to: Minute(from + len) };
            let counts: Vec<(Minute, Counts)> = counted
                .iter()
                .map(|(minute, (good, bad))| (Minute(*minute), Counts { good: *good, bad: *bad, unknown: 1 }))
                .collect();
            let heard = MinuteSet::from_ranges([minutes(heard.0, heard.1)]);
            let coverage = Coverage { up: heard.clone(), source: heard };
            let left_out = MinuteSet::from_ranges([minutes(left_out.0, left_out.1)]);
            let exclusions = Exclusions { left_out, ..Exclusions::default() };
            let slices = slice_minutes
                .map(|minutes| TimeSlices::new(minutes, SliceJudge::Share).expect("divides a day"));
            let history = History::new(&counts, &MinuteSet::EMPTY, &coverage, &exclusions, slices);
            let past = Past::of(&history, minutes(from, len));
            for (begins, lasts) in stretches {
                let part = within(minutes(begins, lasts), past.range());
                let (expected, found) = (history.sum(part), past.sum(minutes(begins, lasts)));
                prop_assert_eq!(found, expected);
            }
        }
    }
}
