//! The period over which a budget is counted: one that rolls on with every minute, or one of the calendar, which begins
//! anew at its boundaries in the time zone of those who look at it.

use std::fmt;

use ippo_base::{Minute, MinuteRange, Timestamp};
use jiff::Span;
use jiff::civil::DateTime;
use jiff::tz::TimeZone;

/// The shortest rolling window, in minutes.
pub const WINDOW_MIN_MINUTES: u32 = 60;
/// The longest window, in minutes: 366 days.
pub const WINDOW_MAX_MINUTES: u32 = 366 * 24 * 60;

/// The period of a budget.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Window {
    /// The last so many minutes.
    Rolling(RollingWindow),
    /// From one boundary of the calendar to the next.
    Calendar(CalendarWindow),
}

/// A window of one length that ends now.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct RollingWindow {
    minutes: u32,
}

/// What the periods of a calendar window are multiples of.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum CalendarUnit {
    /// From a time of day to the same time of another day, 23 or 25 hours long when the clocks change.
    Days,
    /// Seven of these.
    Weeks,
    /// From a day of a month to the same day of another, or the last one of a month that is shorter.
    Months,
}

/// A window that begins anew at boundaries: those that lie whole periods before or after `start`.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct CalendarWindow {
    start: DateTime,
    zone: TimeZone,
    count: u32,
    unit: CalendarUnit,
}

/// A window at one moment.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct WindowNow {
    /// From its beginning to the minute that has begun, which is included.
    pub so_far: MinuteRange,
    /// All of it: of a calendar's, also what is still to come.
    pub period: MinuteRange,
    /// Whether it rolls.
    pub rolls: bool,
}

impl CalendarUnit {
    fn letter(self) -> char {
        match self {
            CalendarUnit::Days => 'd',
            CalendarUnit::Weeks => 'w',
            CalendarUnit::Months => 'M',
        }
    }

    /// The least and the most days that one has.
    pub(super) fn days(self) -> (u32, u32) {
        match self {
            CalendarUnit::Days => (1, 1),
            CalendarUnit::Weeks => (7, 7),
            CalendarUnit::Months => (28, 31),
        }
    }
}

impl CalendarWindow {
    /// Periods of `count` units, one of which begins at `start` in `zone`. None if a period has no length or more than a
    /// year.
    pub fn new(start: DateTime, zone: TimeZone, count: u32, unit: CalendarUnit) -> Option<Self> {
        let year = match unit {
            CalendarUnit::Days => count <= 366,
            CalendarUnit::Weeks => count <= 52,
            CalendarUnit::Months => count <= 12,
        };
        (count > 0 && year).then_some(Self { start, zone, count, unit })
    }

    /// The time zone's name, as it was written.
    pub fn zone(&self) -> &str {
        self.zone.iana_name().unwrap_or("UTC")
    }

    /// Where the periods are aligned.
    pub fn start(&self) -> DateTime {
        self.start
    }

    /// How many of which units a period has.
    pub fn every(&self) -> (u32, CalendarUnit) {
        (self.count, self.unit)
    }

    /// The boundary that lies `number` periods after the start, or before it. Counted from the start, so that the 31st
    /// comes back after a shorter month.
    pub(super) fn boundary(&self, number: i64) -> Minute {
        let count = number.saturating_mul(i64::from(self.count));
        let span: Result<Span, _> = match self.unit {
            CalendarUnit::Days => Span::new().try_days(count),
            CalendarUnit::Weeks => Span::new().try_weeks(count),
            CalendarUnit::Months => Span::new().try_months(count),
        };
        let civil = span.and_then(|span| self.start.checked_add(span));
        // A time of day that the clocks leave out is the one after it; one that comes twice is the first.
        let zoned = civil.and_then(|civil| self.zone.to_ambiguous_zoned(civil).compatible());
        let secs = zoned.map(|zoned| zoned.timestamp().as_second());
        let end = if number < 0 { Minute(0) } else { Minute(u32::MAX) };
        secs.map_or(end, |secs| Timestamp::from_secs(secs).minute())
    }

    /// The period that holds `minute`.
    pub fn period(&self, minute: Minute) -> MinuteRange {
        let apart = i64::from(minute.0) - i64::from(self.boundary(0).0);
        let (least, most) = self.unit.days();
        let days = if apart < 0 { least } else { most };
        // Never after the period that is looked for, and near it: the boundaries from here are walked. One less, as clocks
        // that change move a boundary by an hour.
        let mut number = apart.div_euclid(i64::from(days * self.count) * 24 * 60) - 1;
        while self.boundary(number + 1) <= minute {
            number += 1;
        }
        MinuteRange { from: self.boundary(number), to: self.boundary(number + 1) }
    }
}

impl Window {
    /// A rolling window of `minutes`, if that lies within the limits.
    pub fn rolling(minutes: u32) -> Option<Self> {
        let within = (WINDOW_MIN_MINUTES..=WINDOW_MAX_MINUTES).contains(&minutes);
        within.then_some(Self::Rolling(RollingWindow { minutes }))
    }

    /// The least it has in minutes: a period of the calendar may have more.
    pub fn least_minutes(&self) -> u32 {
        match self {
            Window::Rolling(window) => window.minutes,
            Window::Calendar(window) => window.unit.days().0 * window.count * 24 * 60,
        }
    }

    /// The window in the minute `now`, that minute included.
    pub fn at(&self, now: Minute) -> WindowNow {
        match self {
            Window::Rolling(window) => {
                let range = MinuteRange::ending_with(now, window.minutes);
                WindowNow { so_far: range, period: range, rolls: true }
            }
            Window::Calendar(window) => {
                let period = window.period(now);
                let so_far = MinuteRange { from: period.from, to: now.plus(1) };
                WindowNow { so_far, period, rolls: false }
            }
        }
    }
}

impl fmt::Display for Window {
    /// `28d`; `1M from 2026-01-01 in Asia/Tokyo`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Window::Rolling(window) => f.write_str(&duration_text(window.minutes)),
            Window::Calendar(window) => {
                let CalendarWindow { start, count, unit, .. } = window;
                write!(f, "{count}{} from ", unit.letter())?;
                match start.time() == jiff::civil::Time::midnight() {
                    true => write!(f, "{}", start.date())?,
                    false => write!(f, "{} {}", start.date(), start.time())?,
                }
                write!(f, " in {}", window.zone())
            }
        }
    }
}

/// Minutes in the largest unit that divides them: `28d`, `6h`, `90m`.
pub fn duration_text(minutes: u32) -> String {
    match minutes {
        m if m > 0 && m.is_multiple_of(24 * 60) => format!("{}d", m / (24 * 60)),
        m if m > 0 && m.is_multiple_of(60) => format!("{}h", m / 60),
        m => format!("{m}m"),
    }
}

/// The same in a Japanese sentence: `28 日間`, `6 時間`, `90 分間`.
pub(crate) fn duration_in_japanese(minutes: u32) -> String {
    match minutes {
        m if m > 0 && m.is_multiple_of(24 * 60) => format!("{} 日間", m / (24 * 60)),
        m if m > 0 && m.is_multiple_of(60) => format!("{} 時間", m / 60),
        m => format!("{m} 分間"),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn calendar(start: &str, zone: &str, count: u32, unit: CalendarUnit) -> CalendarWindow {
        let zone = TimeZone::get(zone).expect("a known zone");
        CalendarWindow::new(start.parse().expect("a time"), zone, count, unit).expect("within limits")
    }

    fn minute(text: &str) -> Minute {
        Timestamp::parse(text).expect("a time").minute()
    }

    fn period(window: &CalendarWindow, at: &str) -> (String, String, u32) {
        let period = window.period(minute(at));
        (period.from.start().to_string(), period.to.start().to_string(), period.len() / 60)
    }

    fn told(from: &str, to: &str, hours: u32) -> (String, String, u32) {
        (from.to_owned(), to.to_owned(), hours)
    }

    #[test]
    fn a_month_in_tokyo_begins_at_its_midnight() {
        let month = calendar("2026-01-01T00:00:00", "Asia/Tokyo", 1, CalendarUnit::Months);
        let november = told("2026-10-31T15:00:00Z", "2026-11-30T15:00:00Z", 30 * 24);
        assert_eq!(period(&month, "2026-10-31T15:00:00Z"), november);
        assert_eq!(period(&month, "2026-11-30T14:59:00Z"), november);
        assert_eq!(period(&month, "2026-11-30T15:00:00Z").0, "2026-11-30T15:00:00Z");
        assert_eq!(period(&month, "2025-06-10T00:00:00Z").0, "2025-05-31T15:00:00Z", "before the start too");
    }

    #[test]
    fn leap_days_and_short_months_come_as_the_calendar_has_them() {
        let month = calendar("2024-01-31T00:00:00", "UTC", 1, CalendarUnit::Months);
        let hours = |at: &str| period(&month, at);
        assert_eq!(
            hours("2024-02-15T00:00:00Z"),
            told("2024-01-31T00:00:00Z", "2024-02-29T00:00:00Z", 29 * 24)
        );
        assert_eq!(
            hours("2024-03-01T00:00:00Z"),
            told("2024-02-29T00:00:00Z", "2024-03-31T00:00:00Z", 31 * 24)
        );
        assert_eq!(
            hours("2025-03-01T00:00:00Z"),
            told("2025-02-28T00:00:00Z", "2025-03-31T00:00:00Z", 31 * 24)
        );
        let year = calendar("2024-02-29T00:00:00", "UTC", 12, CalendarUnit::Months);
        assert_eq!(period(&year, "2024-12-01T00:00:00Z").2, 365 * 24);
        assert_eq!(
            period(&year, "2028-03-01T00:00:00Z").0,
            "2028-02-29T00:00:00Z",
            "it comes back after four years"
        );
    }

    #[test]
    fn days_are_as_long_as_the_clocks_make_them() {
        let day = calendar("2026-01-01T00:00:00", "Europe/Berlin", 1, CalendarUnit::Days);
        assert_eq!(
            period(&day, "2026-03-29T12:00:00Z"),
            told("2026-03-28T23:00:00Z", "2026-03-29T22:00:00Z", 23)
        );
        assert_eq!(
            period(&day, "2026-10-25T12:00:00Z"),
            told("2026-10-24T22:00:00Z", "2026-10-25T23:00:00Z", 25)
        );
        let left_out = calendar("2026-01-01T02:30:00", "Europe/Berlin", 1, CalendarUnit::Days);
        assert_eq!(
            period(&left_out, "2026-03-29T12:00:00Z").0,
            "2026-03-29T01:30:00Z",
            "half past two does not exist on that day: an hour later it is half past three"
        );
        let twice = calendar("2026-01-01T02:30:00", "Europe/Berlin", 1, CalendarUnit::Days);
        assert_eq!(period(&twice, "2026-10-25T12:00:00Z").0, "2026-10-25T00:30:00Z", "the first of the two");
        let week = calendar("2026-01-05T00:00:00", "Europe/Berlin", 1, CalendarUnit::Weeks);
        assert_eq!(period(&week, "2026-03-25T12:00:00Z").2, 7 * 24 - 1);
    }

    #[test]
    fn a_window_has_limits_and_reads_as_it_is_spoken() {
        assert_eq!(Window::rolling(59), None);
        assert_eq!(Window::rolling(WINDOW_MAX_MINUTES + 1), None);
        for (minutes, text) in [(28 * 1440, "28d"), (360, "6h"), (90, "90m")] {
            assert_eq!(Window::rolling(minutes).expect("within limits").to_string(), text);
        }
        let start = "2026-01-01T00:00:00".parse().expect("a time");
        for (count, unit) in [(0, CalendarUnit::Days), (367, CalendarUnit::Days), (13, CalendarUnit::Months)]
        {
            assert_eq!(CalendarWindow::new(start, TimeZone::UTC, count, unit), None);
        }
        let month = Window::Calendar(calendar("2026-01-01T00:00:00", "Asia/Tokyo", 1, CalendarUnit::Months));
        assert_eq!(month.to_string(), "1M from 2026-01-01 in Asia/Tokyo");
    }

    proptest! {
        #[test]
        fn periods_follow_each_other_without_a_gap(
            at in 20_000_000u32..40_000_000, count in 1u32..12, unit in 0usize..3, zone in 0usize..4,
        ) {
            let unit = [CalendarUnit::Days, CalendarUnit::Weeks, CalendarUnit::Months][unit];
            let zone = ["UTC", "Asia/Tokyo", "America/New_York", "Australia/Lord_Howe"][zone];
            let window = calendar("2026-01-31T02:15:00", zone, count, unit);
            let period = window.period(Minute(at));
            prop_assert!(period.contains(Minute(at)));
            prop_assert_eq!(window.period(period.from), period);
            prop_assert_eq!(window.period(period.to).from, period.to);
            prop_assert_eq!(window.period(period.from.minus(1)).to, period.from);
            let now = Window::Calendar(window).at(Minute(at));
            prop_assert_eq!((now.so_far.from, now.so_far.to, now.period), (period.from, Minute(at + 1), period));
        }
    }
}
