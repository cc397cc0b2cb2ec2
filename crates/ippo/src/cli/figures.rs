//! Numbers and times as people read them in a terminal: with no more digits than they mean.
//!
//! Never for programs, which get what was computed.

use ippo_api::time::Time;
use ippo_base::Timestamp;

const NANOS_PER_SEC: i64 = 1_000_000_000;
const NANOS_PER_MILLI: i64 = 1_000_000;
const SIZES: [(&str, f64); 4] =
    [("TiB", 1_099_511_627_776.0), ("GiB", 1_073_741_824.0), ("MiB", 1_048_576.0), ("KiB", 1_024.0)];

/// A time without parts of a second.
pub(super) fn to_the_second(time: Time) -> String {
    let secs = time.0.as_nanos().div_euclid(NANOS_PER_SEC);
    Timestamp::from_nanos(secs.saturating_mul(NANOS_PER_SEC)).to_string()
}

/// A time with milliseconds, always as wide.
pub(super) fn to_the_milli(time: Time) -> String {
    let millis = time.0.as_nanos().rem_euclid(NANOS_PER_SEC) / NANOS_PER_MILLI;
    let text = to_the_second(time);
    text.strip_suffix('Z').map_or_else(|| text.clone(), |secs| format!("{secs}.{millis:03}Z"))
}

/// A number whose digits are in groups of three.
pub(super) fn grouped(number: u64) -> String {
    let digits = number.to_string();
    let mut text = String::new();
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// A size with three significant digits.
#[expect(clippy::cast_precision_loss, reason = "of a size that large, three digits are shown")]
pub(super) fn size(bytes: u64) -> String {
    match SIZES.iter().find(|(_, unit)| bytes as f64 >= *unit) {
        Some((name, unit)) => format!("{} {name}", significant(bytes as f64 / unit)),
        None => format!("{bytes} bytes"),
    }
}

/// At least three significant digits, cut downwards and never rounded up.
pub(super) fn significant(number: f64) -> String {
    let decimals = (0_i32..=8).find(|decimals| number.abs() * 10_f64.powi(*decimals) >= 100.0);
    cut(number, decimals.unwrap_or(8))
}

/// So many decimals at most, cut downwards: what nearly kept a promise did not keep it.
pub(super) fn cut(number: f64, decimals: i32) -> String {
    with_decimals(number, decimals, f64::floor)
}

/// So many decimals at most, raised where there are more: what is at most this.
pub(super) fn raised(number: f64, decimals: i32) -> String {
    with_decimals(number, decimals, f64::ceil)
}

fn with_decimals(number: f64, decimals: i32, whole: fn(f64) -> f64) -> String {
    let unit = 10_f64.powi(decimals);
    let places = usize::try_from(decimals).unwrap_or(0);
    // 0.999 * 100 is 99.8999…, which is not meant.
    let meant: f64 = format!("{:.12e}", number * unit).parse().unwrap_or(number * unit);
    let text = format!("{:.places$}", whole(meant) / unit);
    let text = if text.contains('.') { text.trim_end_matches('0').trim_end_matches('.') } else { &text };
    if text == "-0" { "0".to_owned() } else { text.to_owned() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn digits_are_in_groups_of_three() {
        assert_eq!([0, 999, 1_000, 12_345_678].map(grouped), ["0", "999", "1,000", "12,345,678"]);
    }

    #[test]
    fn no_more_digits_than_a_number_means() {
        for (number, text) in [
            (0.0, "0"),
            (-0.0, "0"),
            (14.4, "14.4"),
            (13.4567, "13.4"),
            (892.34, "892"),
            (12_345.6, "12345"),
            (0.012_345, "0.0123"),
            (0.000_000_001, "0"),
            (99.999_9, "99.9"),
            (-38.888_9, "-38.9"),
            (0.3, "0.3"),
        ] {
            assert_eq!(significant(number), text);
        }
        assert_eq!(
            (cut(99.9, 3), cut(99.89999, 4), cut(100.0, 3)),
            ("99.9".into(), "99.8999".into(), "100".into())
        );
        assert_eq!(
            (raised(99.9, 3), raised(99.89991, 4), raised(99.99999, 2)),
            ("99.9".into(), "99.9".into(), "100".into())
        );
    }

    #[test]
    fn sizes_have_a_unit_that_fits() {
        let sizes = [0, 1_023, 1_024, 5_000_000, 3 << 40].map(size);
        assert_eq!(sizes, ["0 bytes", "1023 bytes", "1 KiB", "4.76 MiB", "3 TiB"]);
    }

    #[test]
    fn times_are_cut_and_as_wide_as_each_other() {
        let time = |text| Time(Timestamp::parse(text).expect("valid"));
        let (long, whole) = (time("2026-11-24T02:16:00.123987654Z"), time("2026-11-24T02:16:00Z"));
        assert_eq!(to_the_milli(long), "2026-11-24T02:16:00.123Z");
        assert_eq!(to_the_milli(whole), "2026-11-24T02:16:00.000Z");
        assert_eq!(to_the_second(long), "2026-11-24T02:16:00Z");
        assert_eq!(to_the_milli(time("1969-12-31T23:59:59.9Z")), "1969-12-31T23:59:59.900Z");
    }
}
