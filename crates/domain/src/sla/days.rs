//! The days and months of a time zone, as people name them in an agreement.

use ippo_base::{Minute, Timestamp};
use jiff::civil::Date;
use jiff::tz::TimeZone;

use crate::journey::day_of;

/// Days as they are in one time zone.
#[derive(Clone, Debug)]
pub struct Days {
    zone: TimeZone,
}

impl Days {
    /// Those of the zone of that name; of UTC if nobody knows it.
    pub fn of(zone: &str) -> Self {
        Self { zone: TimeZone::get(zone).unwrap_or(TimeZone::UTC) }
    }

    /// The zone's name.
    pub fn zone(&self) -> &str {
        self.zone.iana_name().unwrap_or("UTC")
    }

    /// The day that holds a minute: `2026-11-24`.
    pub fn day(&self, minute: Minute) -> String {
        day_of(minute, &self.zone).to_string()
    }

    /// The month that holds a minute: `2026-11`.
    pub fn month(&self, minute: Minute) -> String {
        let day = day_of(minute, &self.zone);
        format!("{:04}-{:02}", day.year(), day.month())
    }

    /// When a month such as `2026-11` begins; none if that is no month.
    pub fn month_begins(&self, month: &str) -> Option<Timestamp> {
        let is_month = month.len() == "2026-11".len();
        let day: Date = format!("{month}-01").parse().ok().filter(|_| is_month)?;
        let at = self.zone.to_ambiguous_zoned(day.at(0, 0, 0, 0)).compatible().ok()?;
        Some(Timestamp::from_secs(at.timestamp().as_second()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_month_is_that_of_the_zone() {
        let tokyo = Days::of("Asia/Tokyo");
        let minute = Timestamp::parse("2026-10-31T15:00:00Z").expect("a time").minute();
        assert_eq!((tokyo.month(minute), tokyo.day(minute)), ("2026-11".to_owned(), "2026-11-01".to_owned()));
        assert_eq!(Days::of("UTC").month(minute), "2026-10");
        assert_eq!(tokyo.month_begins("2026-11"), Some(minute.start()));
        for wrong in ["2026-13", "2026", "2026-11-01", "november", "", "２０２６"] {
            assert_eq!(tokyo.month_begins(wrong), None, "{wrong}");
        }
        assert_eq!(Days::of("Mars/Olympus").zone(), "UTC");
    }
}
