//! Points and ranges in time. Wall time is UTC; zones belong to whoever shows it.

use std::fmt;
use std::time::Duration;

const NANOS_PER_MICRO: i64 = 1_000;
const NANOS_PER_SEC: i64 = 1_000_000_000;
const NANOS_PER_MINUTE: i64 = 60 * NANOS_PER_SEC;

/// A point in wall time: nanoseconds since the Unix epoch, UTC. Covers the years 1677 to 2262.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Timestamp(i64);

/// Why a text is not a point in time.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{text:?} is not an RFC 3339 time such as 2026-11-24T02:16:00Z: {reason}")]
pub struct ParseTimestampError {
    text: String,
    reason: String,
}

impl Timestamp {
    /// The earliest representable time.
    pub const MIN: Timestamp = Timestamp(i64::MIN);
    /// The latest representable time.
    pub const MAX: Timestamp = Timestamp(i64::MAX);

    /// From nanoseconds since the epoch.
    pub const fn from_nanos(nanos: i64) -> Self {
        Self(nanos)
    }

    /// From microseconds since the epoch, the unit of the state database. Saturates.
    pub const fn from_micros(micros: i64) -> Self {
        Self(micros.saturating_mul(NANOS_PER_MICRO))
    }

    /// From whole seconds since the epoch. Saturates.
    pub const fn from_secs(secs: i64) -> Self {
        Self(secs.saturating_mul(NANOS_PER_SEC))
    }

    /// Nanoseconds since the epoch.
    pub const fn as_nanos(self) -> i64 {
        self.0
    }

    /// Microseconds since the epoch, rounded down.
    pub const fn as_micros(self) -> i64 {
        self.0.div_euclid(NANOS_PER_MICRO)
    }

    /// Seconds since the epoch, rounded down.
    pub const fn as_secs(self) -> i64 {
        self.0.div_euclid(NANOS_PER_SEC)
    }

    /// The UTC minute this time falls in.
    pub fn minute(self) -> Minute {
        Minute(u32::try_from(self.0.div_euclid(NANOS_PER_MINUTE).max(0)).unwrap_or(u32::MAX))
    }

    /// This time plus `duration`, saturating at [`Timestamp::MAX`].
    #[must_use]
    pub fn plus(self, duration: Duration) -> Self {
        Self(self.0.saturating_add(i64::try_from(duration.as_nanos()).unwrap_or(i64::MAX)))
    }

    /// This time minus `duration`, saturating at [`Timestamp::MIN`].
    #[must_use]
    pub fn minus(self, duration: Duration) -> Self {
        Self(self.0.saturating_sub(i64::try_from(duration.as_nanos()).unwrap_or(i64::MAX)))
    }

    /// How long after `earlier` this is; zero if it is not after it.
    pub fn since(self, earlier: Timestamp) -> Duration {
        Duration::from_nanos(u64::try_from(self.0.saturating_sub(earlier.0)).unwrap_or(0))
    }

    /// Reads RFC 3339 with any offset.
    pub fn parse(text: &str) -> Result<Self, ParseTimestampError> {
        let error = |reason: String| ParseTimestampError { text: text.to_owned(), reason };
        let parsed: jiff::Timestamp = text.parse().map_err(|e: jiff::Error| error(e.to_string()))?;
        let nanos = i64::try_from(parsed.as_nanosecond())
            .map_err(|_| error("outside the years 1677 to 2262".to_owned()))?;
        Ok(Self(nanos))
    }
}

impl fmt::Display for Timestamp {
    /// RFC 3339 in UTC, with as many fractional digits as needed.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match jiff::Timestamp::from_nanosecond(i128::from(self.0)) {
            Ok(t) => fmt::Display::fmt(&t, f),
            Err(_) => write!(f, "{}ns", self.0),
        }
    }
}

impl fmt::Debug for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// A UTC minute: whole minutes since the Unix epoch.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Debug)]
pub struct Minute(pub u32);

/// Minutes in a UTC day.
pub const MINUTES_PER_DAY: u32 = 24 * 60;

impl Minute {
    /// The first instant of the minute.
    pub const fn start(self) -> Timestamp {
        Timestamp(self.0 as i64 * NANOS_PER_MINUTE)
    }

    /// The first instant of the next minute.
    pub const fn end(self) -> Timestamp {
        Timestamp((self.0 as i64 + 1) * NANOS_PER_MINUTE)
    }

    /// Whole UTC days since the epoch.
    pub const fn day(self) -> u32 {
        self.0 / MINUTES_PER_DAY
    }

    /// Minutes since the UTC midnight before, 0 to 1439.
    pub const fn of_day(self) -> u32 {
        self.0 % MINUTES_PER_DAY
    }

    /// `count` minutes later, saturating.
    #[must_use]
    pub const fn plus(self, count: u32) -> Self {
        Self(self.0.saturating_add(count))
    }

    /// `count` minutes earlier, saturating at the epoch.
    #[must_use]
    pub const fn minus(self, count: u32) -> Self {
        Self(self.0.saturating_sub(count))
    }
}

/// Whole minutes from `from` (included) to `to` (excluded).
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct MinuteRange {
    /// The first minute of the range.
    pub from: Minute,
    /// The first minute after the range.
    pub to: Minute,
}

impl MinuteRange {
    /// The `count` minutes that end with `last` included.
    pub fn ending_with(last: Minute, count: u32) -> Self {
        let to = last.plus(1);
        Self { from: to.minus(count), to }
    }

    /// Number of minutes; zero when `to` is not after `from`.
    pub fn len(self) -> u32 {
        self.to.0.saturating_sub(self.from.0)
    }

    /// Whether the range holds no minute.
    pub fn is_empty(self) -> bool {
        self.len() == 0
    }

    /// Whether `minute` lies in the range.
    pub fn contains(self, minute: Minute) -> bool {
        self.from <= minute && minute < self.to
    }

    /// Every minute of the range, ascending.
    pub fn iter(self) -> impl Iterator<Item = Minute> {
        (self.from.0..self.to.0).map(Minute)
    }
}

/// From `from` (included) to `to` (excluded).
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct TimeRange {
    /// The first instant of the range.
    pub from: Timestamp,
    /// The first instant after the range.
    pub to: Timestamp,
}

impl TimeRange {
    /// All time.
    pub const ALL: TimeRange = TimeRange { from: Timestamp::MIN, to: Timestamp::MAX };

    /// The range aligned outward to whole minutes, as counters are read.
    pub fn minutes(self) -> MinuteRange {
        let from = self.from.minute();
        let last = self.to.minute();
        let to = if last.start() < self.to { last.plus(1) } else { last };
        MinuteRange { from, to }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parses_and_prints_rfc_3339_with_an_offset() {
        let t = Timestamp::parse("2026-11-24T11:16:00.5+09:00").expect("valid");
        assert_eq!(t.to_string(), "2026-11-24T02:16:00.5Z");
        assert_eq!(Timestamp::from_micros(t.as_micros()), t);
    }

    #[test]
    fn a_bad_time_says_what_a_good_one_looks_like() {
        let error = Timestamp::parse("yesterday").expect_err("not a time").to_string();
        assert!(error.contains("\"yesterday\"") && error.contains("2026-11-24T02:16:00Z"), "{error}");
    }

    #[test]
    fn minutes_align_outward() {
        let at = |text| Timestamp::parse(text).expect("valid");
        let range = TimeRange { from: at("2026-01-01T00:00:59Z"), to: at("2026-01-01T00:02:00.000000001Z") };
        let minutes = range.minutes();
        assert_eq!(minutes.len(), 3);
        assert_eq!(minutes.from.start(), at("2026-01-01T00:00:00Z"));
        assert_eq!(minutes.to.start(), at("2026-01-01T00:03:00Z"));
    }
}
