//! One UTC day of an objective: where its minutes come from, and their sums by the hour, which long windows are made of.

use std::fmt;
use std::ops::{AddAssign, Range};

use ippo_base::MINUTES_PER_DAY;

use super::counts::Counts;
use super::slices::TimeSlices;

/// Hours of a UTC day.
pub(super) const HOURS_PER_DAY: usize = 24;
/// Minutes of an hour.
pub(super) const MINUTES_PER_HOUR: u32 = 60;

/// A minute in which anything was counted.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct CountedMinute {
    /// Minutes since midnight UTC.
    pub of_day: u32,
    /// What was counted; not all zero.
    pub counts: Counts,
    /// Whether its sums contradicted each other, so that its events count as unknown.
    pub broken: bool,
}

/// Minutes that a disk has and does not give.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Unread;

/// Whoever has the minutes of a day, in memory or on a disk.
pub trait DayMinutes: fmt::Debug + Send + Sync {
    /// Calls `each` with the counted minutes of a stretch of the day, ascending.
    ///
    /// # Errors
    /// When they cannot be read. Then `each` is not called.
    fn visit(&self, stretch: Range<u32>, each: &mut dyn FnMut(CountedMinute)) -> Result<(), Unread>;
}

/// Sums over a stretch of time.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub(super) struct Sums {
    /// Events.
    pub events: Counts,
    /// Minutes in which there were any.
    pub counted: u32,
    /// Minutes whose sums contradicted each other.
    pub broken: u32,
}

impl AddAssign for Sums {
    fn add_assign(&mut self, other: Self) {
        self.events += other.events;
        self.counted += other.counted;
        self.broken += other.broken;
    }
}

/// The sums of a day and of its hours.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct DaySums {
    whole: Sums,
    hours: [Sums; HOURS_PER_DAY],
    /// The slices that end in each hour, where slices are judged.
    slices: Option<Box<[Counts; HOURS_PER_DAY]>>,
}

impl DaySums {
    /// Adds up a day.
    ///
    /// # Errors
    /// When it cannot be read.
    pub fn of(minutes: &dyn DayMinutes, slices: Option<&TimeSlices>) -> Result<Self, Unread> {
        let mut sums = Self { whole: Sums::default(), hours: [Sums::default(); HOURS_PER_DAY], slices: None };
        minutes.visit(0..MINUTES_PER_DAY, &mut |minute| {
            sums.hours[(minute.of_day / MINUTES_PER_HOUR) as usize] += sums_of(minute);
        })?;
        for hour in sums.hours {
            sums.whole += hour;
        }
        if let Some(slices) = slices {
            let mut hours = Box::new([Counts::default(); HOURS_PER_DAY]);
            each_slice(minutes, slices, 0..MINUTES_PER_DAY, |last_minute, counts| {
                hours[(last_minute / MINUTES_PER_HOUR) as usize] += counts;
            })?;
            sums.slices = Some(hours);
        }
        Ok(sums)
    }

    /// The sums of all of it.
    pub(super) fn whole(&self) -> Sums {
        self.whole
    }

    /// The slices of all of it.
    pub(super) fn whole_slices(&self) -> Counts {
        self.slices.iter().flat_map(|hours| hours.iter()).fold(Counts::default(), |mut sum, hour| {
            sum += *hour;
            sum
        })
    }

    /// The sums of an hour.
    pub(super) fn hour(&self, hour: usize) -> Sums {
        self.hours[hour]
    }

    /// The slices that end in an hour.
    pub(super) fn slices_of_hour(&self, hour: usize) -> Counts {
        self.slices.as_ref().map(|hours| hours[hour]).unwrap_or_default()
    }
}

/// The sums of a stretch of a day, minute by minute.
pub(super) fn sums_of_stretch(minutes: &dyn DayMinutes, stretch: Range<u32>) -> Result<Sums, Unread> {
    let mut sums = Sums::default();
    minutes.visit(stretch, &mut |minute| sums += sums_of(minute))?;
    Ok(sums)
}

/// The slices that end within a stretch of a day.
pub(super) fn slices_of_stretch(
    minutes: &dyn DayMinutes,
    slices: &TimeSlices,
    stretch: Range<u32>,
) -> Result<Counts, Unread> {
    let mut sum = Counts::default();
    each_slice(minutes, slices, stretch, |_, counts| sum += counts)?;
    Ok(sum)
}

fn sums_of(minute: CountedMinute) -> Sums {
    Sums { events: minute.counts, counted: 1, broken: u32::from(minute.broken) }
}

/// Calls `each` with the last minute of each slice that ends within the stretch and has events, and with what it counts as.
pub(super) fn each_slice(
    minutes: &dyn DayMinutes,
    slices: &TimeSlices,
    stretch: Range<u32>,
    mut each: impl FnMut(u32, Counts),
) -> Result<(), Unread> {
    let length = slices.minutes();
    let mut open: Option<(u32, Counts)> = None;
    let mut close = |slice: Option<(u32, Counts)>| {
        if let Some((number, events)) = slice {
            each((number + 1) * length - 1, slices.of(events));
        }
    };
    minutes.visit(slices.ending_within(&stretch), &mut |minute| {
        let number = minute.of_day / length;
        match &mut open {
            Some((current, events)) if *current == number => *events += minute.counts,
            _ => close(open.replace((number, minute.counts))),
        }
    })?;
    close(open);
    Ok(())
}

/// Minutes in memory, as tests and fixtures have them: ascending, none of them without counts.
impl DayMinutes for Vec<CountedMinute> {
    fn visit(&self, stretch: Range<u32>, each: &mut dyn FnMut(CountedMinute)) -> Result<(), Unread> {
        let from = self.partition_point(|minute| minute.of_day < stretch.start);
        self[from..].iter().take_while(|minute| minute.of_day < stretch.end).for_each(|minute| each(*minute));
        Ok(())
    }
}
