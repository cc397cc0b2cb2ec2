//! Reads the periods of budgets: OpenSLO's `timeWindow`, and the shorter form in which an annotation names others.

use jiff::civil::{Date, DateTime, Time};
use jiff::tz::TimeZone;

use super::duration;
use super::fields::{Fields, Report};
use super::yaml::Node;
use crate::slo::{CalendarUnit, CalendarWindow, WINDOW_MAX_MINUTES, Window};

/// Years in which a period may begin.
const YEARS: std::ops::RangeInclusive<i16> = 1970..=2200;
const LONGEST_DAYS: u32 = WINDOW_MAX_MINUTES / (24 * 60);

/// Reads the one item of `timeWindow`.
pub(super) fn read(report: &mut Report<'_>, item: &Node, path: &str) -> Option<Window> {
    let fields = Fields::take(report, item, path, "SLO", "spec.timeWindow[]")?;
    let calendar = fields.get("calendar");
    let rolls = match fields.scalar(report, "isRolling") {
        None => calendar.is_none().then_some("missing"),
        Some(written) => Some(written.text()),
    };
    let example = if calendar.is_some() { "1M" } else { "28d" };
    let written = fields.require_scalar(report, "duration", example);
    match (rolls, calendar) {
        (Some("true"), None) => {
            let written = written?;
            let read = rolling(written.text());
            read.map_err(|m| report.error(written.at(), &fields.path_of("duration"), m)).ok()
        }
        (None | Some("false"), Some(node)) => {
            let (start, zone) = alignment(report, node, &fields.path_of("calendar"))?;
            let written = written?;
            let read = calendar_window(written.text(), start, zone);
            read.map_err(|m| report.error(written.at(), &fields.path_of("duration"), m)).ok()
        }
        (rolls, calendar) => {
            let message = match (rolls, calendar) {
                (Some("true"), Some(_)) => {
                    "a window either rolls or is of the calendar: leave calendar out, or isRolling"
                }
                (Some("missing"), _) => {
                    "say how the window moves: isRolling: true, or calendar: {startTime: 2026-01-01 00:00:00, timeZone: Asia/Tokyo}"
                }
                (Some("false"), None) => {
                    "a window that does not roll is of the calendar: add calendar: {startTime: 2026-01-01 00:00:00, timeZone: Asia/Tokyo}"
                }
                _ => "isRolling is true or false",
            };
            report.error(fields.place_of("isRolling"), &fields.path_of("isRolling"), message);
            None
        }
    }
}

fn alignment(report: &mut Report<'_>, node: &Node, path: &str) -> Option<(DateTime, TimeZone)> {
    let fields = Fields::take(report, node, path, "SLO", "spec.timeWindow[].calendar")?;
    let start = fields.require_scalar(report, "startTime", "2026-01-01 00:00:00").and_then(|written| {
        let read = start_time(written.text());
        read.map_err(|m| report.error(written.at(), &fields.path_of("startTime"), m)).ok()
    });
    let zone = fields.require_scalar(report, "timeZone", "Asia/Tokyo").and_then(|written| {
        let read = time_zone(written.text());
        read.map_err(|m| report.error(written.at(), &fields.path_of("timeZone"), m)).ok()
    });
    Some((start?, zone?))
}

/// One of the windows of an annotation: `90d`, or `1M from 2026-01-01 in Asia/Tokyo`.
pub(super) fn short(text: &str) -> Result<Window, String> {
    let Some((duration, alignment)) = text.split_once(" from ") else { return rolling(text.trim()) };
    let Some((start, zone)) = alignment.split_once(" in ") else {
        return Err(format!(
            "{text:?} names no time zone; write for example 1M from 2026-01-01 in Asia/Tokyo"
        ));
    };
    calendar_window(duration.trim(), start_time(start.trim())?, time_zone(zone.trim())?)
}

fn rolling(duration: &str) -> Result<Window, String> {
    let minutes = duration::minutes(duration)?;
    Window::rolling(minutes).ok_or_else(|| {
        format!("{duration} is outside the limits: a window is at least 1h and at most {LONGEST_DAYS}d")
    })
}

fn calendar_window(duration: &str, start: DateTime, zone: TimeZone) -> Result<Window, String> {
    let (count, unit) = calendar_duration(duration)?;
    let window = CalendarWindow::new(start, zone, count, unit);
    window.map(Window::Calendar).ok_or_else(|| {
        format!("{duration} is outside the limits: a period of the calendar is at least 1d and at most 1Y")
    })
}

/// A number of days, weeks or months, from OpenSLO's shorthand.
pub(super) fn calendar_duration(text: &str) -> Result<(u32, CalendarUnit), String> {
    let example = "write a whole number and d, w, M, Q or Y, for example 1M";
    let unit = text.chars().last().ok_or_else(|| format!("the duration is empty; {example}"))?;
    let number = &text[..text.len() - unit.len_utf8()];
    let (per_unit, unit) = match unit {
        'd' => (1, CalendarUnit::Days),
        'w' => (1, CalendarUnit::Weeks),
        'M' => (1, CalendarUnit::Months),
        'Q' => (3, CalendarUnit::Months),
        'Y' => (12, CalendarUnit::Months),
        'm' | 'h' => {
            return Err(format!(
                "a period of the calendar is made of whole days, and m is minutes (M is months); {example}"
            ));
        }
        _ => return Err(format!("{text:?} is not a duration; {example}")),
    };
    let plain = !number.is_empty() && number.bytes().all(|b| b.is_ascii_digit());
    let count = number.parse::<u32>().ok().filter(|_| plain).and_then(|count| count.checked_mul(per_unit));
    count.map(|count| (count, unit)).ok_or_else(|| format!("{text:?} is not a duration; {example}"))
}

/// `2026-01-01 00:00:00`, as OpenSLO writes it, or a date alone.
fn start_time(text: &str) -> Result<DateTime, String> {
    let example = "write it without a zone, for example 2026-01-01 00:00:00";
    let wrong = || format!("{text:?} is not a date and time; {example}");
    let whole = match text.split_once([' ', 'T']) {
        None => DateTime::from_parts(text.parse::<Date>().map_err(|_| wrong())?, Time::midnight()),
        Some((date, time)) => {
            let date = date.parse::<Date>().map_err(|_| wrong())?;
            DateTime::from_parts(date, time.parse::<Time>().map_err(|_| wrong())?)
        }
    };
    if whole.second() != 0 || whole.subsec_nanosecond() != 0 {
        return Err(format!("{text} is within a minute, and counts are kept by the minute; {example}"));
    }
    if !YEARS.contains(&whole.year()) {
        let (first, last) = (YEARS.start(), YEARS.end());
        return Err(format!("{text} is not from {first} to {last}; {example}"));
    }
    Ok(whole)
}

pub(super) fn time_zone(name: &str) -> Result<TimeZone, String> {
    TimeZone::get(name).map_err(|_| {
        format!("{name:?} is no time zone of the IANA database; write for example Asia/Tokyo, Europe/Berlin or UTC")
    })
}

#[cfg(test)]
mod tests {
    use super::short;

    #[test]
    fn a_window_is_read_as_it_is_written() {
        for text in
            ["28d", "90d", "1M from 2026-01-01 in Asia/Tokyo", "2w from 2026-01-05 09:00:00 in Europe/Berlin"]
        {
            assert_eq!(short(text).expect(text).to_string(), text);
        }
        assert_eq!(
            short("1Q from 2026-04-01 in UTC").expect("valid").to_string(),
            "3M from 2026-04-01 in UTC"
        );
        for (text, reason) in [
            ("1M", "cannot be 1M"),
            ("1M from 2026-01-01", "names no time zone"),
            ("1m from 2026-01-01 in UTC", "M is months"),
            ("13M from 2026-01-01 in UTC", "at most 1Y"),
            ("0d from 2026-01-01 in UTC", "at least 1d"),
            ("1d from 2026-02-30 in UTC", "not a date"),
            ("1d from 0001-01-01 in UTC", "not from 1970 to 2200"),
            ("1M from 2300-01-01 in UTC", "not from 1970 to 2200"),
            ("1d from 2026-02-01 00:00:30 in UTC", "by the minute"),
            ("1d from 2026-02-01 in Mars/Olympus", "no time zone"),
            ("", "empty"),
        ] {
            let error = short(text).expect_err(text);
            assert!(error.contains(reason), "{text}: {error}");
        }
    }
}
