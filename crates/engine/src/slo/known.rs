//! What is known of counters' days, so that a long window is some hundred additions: their sums, made once and made again
//! only for days that changed. Minutes stay where they are.

use std::collections::BTreeMap;
use std::ops::Range;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use ippo_base::{MINUTES_PER_DAY, Minute, MinuteRange};
use ippo_domain::slo::{
    CountedMinute, Counts, DayMinutes, DaySums, HistoryDay, Marks, MinuteSet, TimeSlices, Unread,
};
use ippo_telemetry::{CounterDay, CounterDays, DayMark, ReadDay};

/// Minutes of an hour: stretches of a day on a disk are read in whole ones.
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

/// Minutes of a day, and which of it they are.
type Stretch = (Range<u32>, Arc<Vec<CountedMinute>>);

/// The minutes of one hour of a day that a disk has, or of one slice where that is longer: where a window begins, for as long as it
/// begins there.
#[derive(Debug, Default)]
struct KnownHour {
    minutes: Mutex<Option<Stretch>>,
    /// How many minutes are kept at most.
    most: u32,
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

/// Whether what is read for a look is kept for those that come after it.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub(super) enum Keeping {
    /// It is how things are.
    #[default]
    Kept,
    /// It is how things would be: what is known of how they are stays.
    Supposed,
}

impl KnownDays {
    /// The days with their sums, as they are marked. Waits for a disk, where files have days that are not known
    /// as they are now; nobody else waits meanwhile.
    pub(super) fn find(
        &self,
        counter: CounterDays,
        marks: &Marks,
        slices: Option<&TimeSlices>,
        keeping: Keeping,
    ) -> Found {
        let mut found = Found::default();
        for day in counter.days {
            let number = day.day();
            let marks = marks.of_day(number);
            if let Some(known) = self.known_as_now(&day, &marks) {
                found.days.push(known.of(day));
                continue;
            }
            let read = KnownDay::read(&day, marks, slices);
            if keeping == Keeping::Kept {
                let mut days = self.lock();
                match &read {
                    Ok(known) => drop(days.insert(number, known.clone())),
                    Err(_) => drop(days.remove(&number)),
                }
            }
            match read {
                Ok(known) => {
                    found.read += 1;
                    found.days.push(known.of(day));
                }
                Err(_) => found.unreadable.push(number),
            }
        }
        found
    }

    fn known_as_now(&self, day: &CounterDay, marks: &Marks) -> Option<KnownDay> {
        let days = self.lock();
        let known = days.get(&day.day())?;
        let is_as_now = day.is_as_marked(&known.mark)
            && known.marks == *marks
            && !known.hour.failed.load(Ordering::Relaxed);
        is_as_now.then(|| known.clone())
    }

    fn lock(&self) -> MutexGuard<'_, BTreeMap<u32, KnownDay>> {
        self.days.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Lets go of days before that one.
    pub(super) fn forget_before(&self, day: u32) {
        let mut known = self.lock();
        if known.first_key_value().is_some_and(|(first, _)| *first < day) {
            *known = known.split_off(&day);
        }
    }
}

impl KnownDay {
    fn read(day: &CounterDay, marks: Marks, slices: Option<&TimeSlices>) -> Result<Self, String> {
        // Read first: what cannot be read has no sums.
        let counts: Arc<dyn DayMinutes> = Arc::new(Read(day.read()?));
        let sums = HistoryDay::without(day.day(), counts, &marks, slices);
        let sums = sums.expect("what was read is in memory").sums;
        let most = slices.map_or(HOUR, |slices| slices.minutes().max(HOUR));
        let hour = Arc::new(KnownHour { most, ..KnownHour::default() });
        Ok(Self { mark: day.mark(), marks, sums, hour })
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
    fn visit(&self, stretch: Range<u32>, each: &mut dyn FnMut(CountedMinute)) -> Result<(), Unread> {
        let of_day =
            |minute: u32| u16::try_from(minute.min(MINUTES_PER_DAY)).expect("a day has 1440 minutes");
        self.0.visit(of_day(stretch.start)..of_day(stretch.end), |minute, counts, broken| {
            let counts = Counts { good: counts.good, bad: counts.bad, unknown: counts.unknown };
            each(CountedMinute { of_day: minute.into(), counts, broken });
        });
        Ok(())
    }
}

impl DayMinutes for Minutes {
    fn visit(&self, stretch: Range<u32>, each: &mut dyn FnMut(CountedMinute)) -> Result<(), Unread> {
        if stretch.is_empty() {
            return Ok(());
        }
        if self.day.is_in_memory() {
            return Read(self.day.read().map_err(|_| Unread)?).visit(stretch, each);
        }
        if let Some(minutes) = self.hour.kept(&stretch) {
            return minutes.visit(stretch, each);
        }
        match self.day.read() {
            Ok(day) => {
                let whole = stretch.start - stretch.start % HOUR..stretch.end.next_multiple_of(HOUR);
                let mut minutes = Vec::new();
                Read(day).visit(whole.clone(), &mut |minute| minutes.push(minute))?;
                minutes.visit(stretch, each)?;
                self.hour.keep(whole, minutes);
                Ok(())
            }
            // It was read before, so that the disk has failed since: it is asked again the next time.
            Err(_) => {
                self.hour.failed.store(true, Ordering::Relaxed);
                Err(Unread)
            }
        }
    }
}

impl KnownHour {
    /// The minutes that are kept, if the stretch is among them.
    fn kept(&self, stretch: &Range<u32>) -> Option<Arc<Vec<CountedMinute>>> {
        let kept = self.minutes.lock().unwrap_or_else(PoisonError::into_inner);
        let (range, minutes) = kept.as_ref()?;
        let has_all = range.start <= stretch.start && stretch.end <= range.end;
        has_all.then(|| Arc::clone(minutes))
    }

    /// Keeps the minutes of a range instead of those of another, if they are not too many.
    fn keep(&self, range: Range<u32>, minutes: Vec<CountedMinute>) {
        if range.len() <= self.most as usize {
            let mut kept = self.minutes.lock().unwrap_or_else(PoisonError::into_inner);
            *kept = Some((range, Arc::new(minutes)));
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
    /// known as they are now; nobody else waits meanwhile.
    pub(super) fn find(&self, counter: CounterDays) -> (MinuteSet, Vec<u32>) {
        let (mut ranges, mut unreadable) = (Vec::new(), Vec::new());
        for day in counter.days {
            let number = day.day();
            if let Some((_, heard)) = self.lock().get(&number).filter(|(mark, _)| day.is_as_marked(mark)) {
                ranges.extend_from_slice(heard.ranges());
                continue;
            }
            let heard = heard_minutes(&day);
            let mut days = self.lock();
            match heard {
                Ok(heard) => {
                    ranges.extend_from_slice(heard.ranges());
                    days.insert(number, (day.mark(), heard));
                }
                Err(_) => {
                    days.remove(&number);
                    unreadable.push(number);
                }
            }
        }
        (MinuteSet::from_ranges(ranges), unreadable)
    }

    fn lock(&self) -> MutexGuard<'_, BTreeMap<u32, (DayMark, MinuteSet)>> {
        self.days.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Lets go of days before that one.
    pub(super) fn forget_before(&self, day: u32) {
        let mut known = self.lock();
        if known.first_key_value().is_some_and(|(first, _)| *first < day) {
            *known = known.split_off(&day);
        }
    }
}

/// The minutes of a day in which a source was heard.
fn heard_minutes(day: &CounterDay) -> Result<MinuteSet, String> {
    let midnight = Minute(day.day() * MINUTES_PER_DAY);
    let all = u16::try_from(MINUTES_PER_DAY).expect("a day has 1440 minutes");
    let mut minutes = Vec::new();
    day.read()?.visit(0..all, |minute, _, _| minutes.push(midnight.plus(minute.into())));
    Ok(MinuteSet::from_ascending(minutes))
}

/// The minutes of a day since the epoch.
pub(super) fn minutes_of(day: u32) -> MinuteRange {
    let midnight = Minute(day * MINUTES_PER_DAY);
    MinuteRange { from: midnight, to: midnight.plus(MINUTES_PER_DAY) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_hour_is_kept_and_of_longer_slices_a_slice() {
        let kept = |most, range: Range<u32>, asked: Range<u32>| {
            let hour = KnownHour { most, ..KnownHour::default() };
            hour.keep(range, Vec::new());
            hour.kept(&asked).is_some()
        };
        assert!(kept(60, 600..660, 617..660));
        assert!(!kept(60, 600..660, 590..610), "it is not among them");
        assert!(!kept(60, 360..720, 677..720), "whoever asks for half a day once is not to fill the memory");
        assert!(kept(360, 360..720, 677..720));
    }
}
