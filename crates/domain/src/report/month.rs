//! A month of the calendar.

use ippo_base::{Minute, MinuteRange};
use jiff::civil::{Date, date};
use jiff::tz::TimeZone;
use jiff::{Timestamp, ToSpan};

use crate::Said;

/// A month of a year.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub struct Month {
    /// Its first day.
    first: Date,
}

impl Month {
    /// Reads `2026-11`, of the years 1970 to 2199: beyond these lies nothing that could be known.
    pub fn parse(text: &str) -> Option<Self> {
        let (year, month) = text.split_once('-')?;
        let plain = |part: &str, digits| part.len() == digits && part.bytes().all(|b| b.is_ascii_digit());
        if !plain(year, 4) || !plain(month, 2) {
            return None;
        }
        let first = Date::new(year.parse().ok()?, month.parse().ok()?, 1).ok()?;
        (date(1970, 2, 1)..date(2200, 1, 1)).contains(&first).then_some(Self { first })
    }

    /// The one that a minute lies in.
    pub fn of(minute: Minute, zone: &TimeZone) -> Self {
        let at = Timestamp::from_second(i64::from(minute.0) * 60).unwrap_or_default();
        Self { first: zone.to_datetime(at).date().first_of_month() }
    }

    /// The one before.
    #[must_use]
    pub fn before(self) -> Self {
        Self { first: self.first.saturating_sub(1.month()) }
    }

    /// Its whole minutes in a time zone.
    pub fn range(self, zone: &TimeZone) -> MinuteRange {
        let start = |day: Date| {
            let at = zone.to_ambiguous_timestamp(day.at(0, 0, 0, 0)).compatible();
            let minutes = at.map_or(0, |at| at.as_second().div_euclid(60));
            Minute(u32::try_from(minutes).unwrap_or_default())
        };
        MinuteRange { from: start(self.first), to: start(self.first.saturating_add(1.month())) }
    }

    /// In words.
    pub fn words(self) -> Said {
        let (year, month) = (self.first.year(), self.first.month());
        Said::new(self.first.strftime("%B %Y").to_string(), format!("{year}年{month}月"))
    }
}

impl std::fmt::Display for Month {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}", self.first.strftime("%Y-%m"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_month_is_read_strictly_and_written_alike() {
        for text in ["2026-11", "1999-01", "2028-02", "2199-12"] {
            assert_eq!(Month::parse(text).expect(text).to_string(), text);
        }
        for wrong in [
            "",
            "2026",
            "2026-13",
            "2026-00",
            "2026-1",
            "26-11",
            "2026-11-01",
            "+026-11",
            "1970-01",
            "2200-01",
        ] {
            assert_eq!(Month::parse(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn it_begins_and_ends_at_midnight_of_its_zone_also_where_clocks_change() {
        let range = |month: &str, zone: &str| {
            let zone = TimeZone::get(zone).expect("known");
            let range = Month::parse(month).expect("a month").range(&zone);
            let minute = Minute((range.from.0 + range.to.0) / 2);
            assert_eq!(Month::of(minute, &zone).to_string(), month);
            assert_eq!(Month::of(range.to, &zone).before().to_string(), month);
            (range.from.start().to_string(), range.len())
        };
        assert_eq!(range("2026-11", "Asia/Tokyo"), ("2026-10-31T15:00:00Z".to_owned(), 30 * 1440));
        assert_eq!(range("2028-02", "UTC"), ("2028-02-01T00:00:00Z".to_owned(), 29 * 1440));
        assert_eq!(range("2026-10", "Europe/Berlin"), ("2026-09-30T22:00:00Z".to_owned(), 31 * 1440 + 60));
        assert_eq!(range("2026-03", "Europe/Berlin"), ("2026-02-28T23:00:00Z".to_owned(), 31 * 1440 - 60));
    }

    #[test]
    fn it_is_called_as_people_call_it() {
        let words = Month::parse("2026-03").expect("a month").words();
        assert_eq!((words.english.as_str(), words.japanese.as_str()), ("March 2026", "2026年3月"));
    }
}
