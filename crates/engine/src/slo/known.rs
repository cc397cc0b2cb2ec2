//! What is known of counters' days, so that a long window is some hundred additions: their sums, made once and made again
//! only for days that changed. Minutes stay where they are.

use std::collections::BTreeMap;
use std::ops::Range;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use ippo_base::{MINUTES_PER_DAY, Minute, MinuteRange};
use ippo_domain::slo::{
    CountedMinute, Counts, DayMinutes, DaySums, HistoryDay, Marks, MinuteSet, TimeSlices,
};
use ippo_telemetry::{CounterDay, CounterDays, DayMark, ReadDay};

/// Minutes of an hour: the stretch of a day on a disk that is kept for whoever asks for a part of it.
const HOUR: u32 = 60;

/// The days of an objective's counter, as they were last read.
#[derive(Debug, Default)]
pub(super) struct KnownDays {
    days: Mutex<BTreeMap<u32, KnownDay>>,
}

#[derive(Debug, Clone)]
struct KnownDay {
    mark: DayMark,
    /// What was done to it before.
    marks: Marks,
    sums: Arc<DaySums>,
    hour: Arc<KnownHour>,
}

/// The minutes of one hour of a day that a disk has: where a window begins, for as long as it begins there.
#[derive(Debug, Default)]
struct KnownHour {
    minutes: Mutex<Option<(Range<u32>, Vec<CountedMinute>)>>,
    /// Whether the day could not be read again.
    failed: AtomicBool,
}

/// A day of a counter, for as long as a history is looked at.
#[derive(Debug)]
struct Minutes {
    day: CounterDay,
    hour: Arc<KnownHour>,
}

/// Days for a history.
#[derive(Debug, Default)]
pub(super) struct Found {
    pub(super) days: Vec<HistoryDay>,
    /// Days since the epoch that cannot be read.
    pub(super) unreadable: Vec<u32>,
    /// How many days were read.
    pub(super) read: usize,
}

impl KnownDays {
    /// The days with their sums, as they are marked. Waits for a disk, where files have days that are not known
    /// as they are now.
    pub(super) fn find(&self, counter: CounterDays, marks: &Marks, slices: Option<&TimeSlices>) -> Found {
        let mut known = self.days.lock().unwrap_or_else(PoisonError::into_inner);
        let mut found = Found::default();
        for day in counter.days {
            let number = day.day();
            let marks = marks.of_day(number);
            let is_known = |known: &&KnownDay| {
                day.is_as_marked(&known.mark)
                    && known.marks == marks
                    && !known.hour.failed.load(Ordering::Relaxed)
            };
            let known_as_now = known.get(&number).filter(is_known);
            match known_as_now {
                Some(known) => found.days.push(known.of(day)),
                None => match KnownDay::read(&day, marks, slices) {
                    Ok(read) => {
                        found.read += 1;
                        found.days.push(read.of(day));
                        known.insert(number, read);
                    }
                    Err(_) => {
                        known.remove(&number);
                        found.unreadable.push(number);
                    }
                },
            }
        }
        found
    }

    /// Lets go of days before that one.
    pub(super) fn forget_before(&self, day: u32) {
        let mut known = self.days.lock().unwrap_or_else(PoisonError::into_inner);
        if known.first_key_value().is_some_and(|(first, _)| *first < day) {
            *known = known.split_off(&day);
        }
    }
}

impl KnownDay {
    fn read(day: &CounterDay, marks: Marks, slices: Option<&TimeSlices>) -> Result<Self, String> {
        // Read first: what cannot be read has no sums.
        let counts: Arc<dyn DayMinutes> = Arc::new(Read(day.read()?));
        let sums = HistoryDay::without(day.day(), counts, &marks, slices).sums;
        Ok(Self { mark: day.mark(), marks, sums, hour: Arc::default() })
    }

    fn of(&self, day: CounterDay) -> HistoryDay {
        let number = day.day();
        let minutes: Arc<dyn DayMinutes> = Arc::new(Minutes { day, hour: Arc::clone(&self.hour) });
        HistoryDay::known(number, Arc::clone(&self.sums), minutes, &self.marks)
    }
}

/// The counts of a day that was read.
#[derive(Debug)]
struct Read(ReadDay);

impl DayMinutes for Read {
    fn visit(&self, stretch: Range<u32>, each: &mut dyn FnMut(CountedMinute)) {
        let of_day =
            |minute: u32| u16::try_from(minute.min(MINUTES_PER_DAY)).expect("a day has 1440 minutes");
        self.0.visit(of_day(stretch.start)..of_day(stretch.end), |minute, counts, broken| {
            let counts = Counts { good: counts.good, bad: counts.bad, unknown: counts.unknown };
            each(CountedMinute { of_day: minute.into(), counts, broken });
        });
    }
}

impl DayMinutes for Minutes {
    fn visit(&self, stretch: Range<u32>, each: &mut dyn FnMut(CountedMinute)) {
        if stretch.is_empty() {
            return;
        }
        if self.day.is_in_memory() {
            if let Ok(day) = self.day.read() {
                Read(day).visit(stretch, each);
            }
            return;
        }
        let mut kept = self.hour.minutes.lock().unwrap_or_else(PoisonError::into_inner);
        let has_all =
            |(range, _): &&(Range<u32>, _)| range.start <= stretch.start && stretch.end <= range.end;
        if let Some((_, minutes)) = kept.as_ref().filter(has_all) {
            return minutes.visit(stretch, each);
        }
        match self.day.read() {
            Ok(day) => {
                let whole = stretch.start - stretch.start % HOUR..stretch.end.next_multiple_of(HOUR);
                let mut minutes = Vec::new();
                Read(day).visit(whole.clone(), &mut |minute| minutes.push(minute));
                minutes.visit(stretch, each);
                if whole.len() <= HOUR as usize {
                    *kept = Some((whole, minutes));
                }
            }
            // It was read before, so that the disk has failed since: it is asked again the next time.
            Err(_) => self.hour.failed.store(true, Ordering::Relaxed),
        }
    }
}

/// The minutes in which a source was heard, day by day.
#[derive(Debug, Default)]
pub(super) struct KnownSource {
    days: Mutex<BTreeMap<u32, (DayMark, MinuteSet)>>,
}

impl KnownSource {
    /// The minutes with rows, and the days of which they cannot be read. Waits for a disk, where files have days that are not
    /// known as they are now.
    pub(super) fn find(&self, counter: CounterDays) -> (MinuteSet, Vec<u32>) {
        let mut known = self.days.lock().unwrap_or_else(PoisonError::into_inner);
        let (mut ranges, mut unreadable) = (Vec::new(), Vec::new());
        for day in counter.days {
            let number = day.day();
            if let Some((_, heard)) = known.get(&number).filter(|(mark, _)| day.is_as_marked(mark)) {
                ranges.extend_from_slice(heard.ranges());
                continue;
            }
            match day.read() {
                Ok(read) => {
                    let midnight = Minute(number * MINUTES_PER_DAY);
                    let mut minutes = Vec::new();
                    let all = u16::try_from(MINUTES_PER_DAY).expect("a day has 1440 minutes");
                    read.visit(0..all, |minute, _, _| minutes.push(midnight.plus(minute.into())));
                    let heard = MinuteSet::from_ascending(minutes);
                    ranges.extend_from_slice(heard.ranges());
                    known.insert(number, (day.mark(), heard));
                }
                Err(_) => {
                    known.remove(&number);
                    unreadable.push(number);
                }
            }
        }
        (MinuteSet::from_ranges(ranges), unreadable)
    }

    /// Lets go of days before that one.
    pub(super) fn forget_before(&self, day: u32) {
        let mut known = self.days.lock().unwrap_or_else(PoisonError::into_inner);
        if known.first_key_value().is_some_and(|(first, _)| *first < day) {
            *known = known.split_off(&day);
        }
    }
}

/// The minutes of a day since the epoch.
pub(super) fn minutes_of(day: u32) -> MinuteRange {
    let midnight = Minute(day * MINUTES_PER_DAY);
    MinuteRange { from: midnight, to: midnight.plus(MINUTES_PER_DAY) }
}
