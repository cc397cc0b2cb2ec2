//! Reads the limits of thresholds in the units of what is measured.

use super::super::fields::{Fields, Report};
use crate::alert_rule::{Limit, Measure};

/// Digits of a limit, with those after the point.
const DIGITS: usize = 30;

/// Reads the limit in the field `name`.
pub(super) fn read(
    report: &mut Report<'_>,
    fields: &Fields<'_>,
    name: &str,
    measure: &Measure,
) -> Option<Limit> {
    let written = fields.scalar(report, name)?;
    let value = value(written.text(), measure);
    let value = value.map_err(|message| report.error(written.at(), &fields.path_of(name), message)).ok()?;
    Some(Limit { text: written.text().to_owned(), value })
}

fn value(text: &str, measure: &Measure) -> Result<f64, String> {
    match measure {
        Measure::Ratio { .. } => {
            let wrong = || format!("{text:?} is not a share in percent, such as 5%");
            let percent = number(text.strip_suffix('%').ok_or_else(wrong)?.trim_end()).ok_or_else(wrong)?;
            match percent {
                percent if (0.0..=100.0).contains(&percent) => Ok(percent / 100.0),
                _ => Err(format!("{text} is not between 0% and 100%")),
            }
        }
        Measure::Duration(_) => {
            let wrong = || format!("{text:?} is not a duration such as 800ms or 2s");
            let (digits, nanos) = match (text.strip_suffix("ms"), text.strip_suffix('s')) {
                (Some(digits), _) => (digits, 1e6),
                (None, Some(digits)) => (digits, 1e9),
                (None, None) => return Err(wrong()),
            };
            let count = number(digits.trim_end()).filter(|count| *count >= 0.0).ok_or_else(wrong)?;
            Ok((count * nanos).round())
        }
        Measure::Count => {
            let plain = !text.is_empty() && text.len() <= 15 && text.bytes().all(|b| b.is_ascii_digit());
            let count = plain.then(|| number(text)).flatten();
            count.ok_or_else(|| format!("{text:?} is not a whole number, as a count is"))
        }
        Measure::Gauge { .. } | Measure::Increase { .. } | Measure::Rate { .. } | Measure::Histogram(_) => {
            number(text)
                .ok_or_else(|| format!("{text:?} is not a number; write it in the metric's unit, as 0.5"))
        }
    }
}

/// A plain number: `5`, `-0.5`, `1e6`.
fn number(text: &str) -> Option<f64> {
    let plain = text.len() <= DIGITS
        && text.bytes().all(|b| b.is_ascii_digit() || matches!(b, b'.' | b'-' | b'+' | b'e' | b'E'));
    let number: f64 = plain.then(|| text.parse().ok()).flatten()?;
    number.is_finite().then_some(number)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::alert_rule::{Across, Percentile};

    #[test]
    fn limits_are_read_in_the_unit_of_what_is_measured() {
        let ratio = Measure::Ratio { matching: String::new() };
        let (rate, increase) =
            (Measure::Rate { across: Across::Sum }, Measure::Increase { across: Across::Sum });
        let p95 = Measure::Duration(Percentile { name: "p95".to_owned(), share: 0.95 });
        for (measure, text, expected) in [
            (&ratio, "5%", Some(0.05)),
            (&ratio, "0.5 %", Some(0.005)),
            (&ratio, "0.05", None),
            (&ratio, "101%", None),
            (&p95, "800ms", Some(800e6)),
            (&p95, "1.5s", Some(1.5e9)),
            (&p95, "2", None),
            (&p95, "-1s", None),
            (&p95, "infs", None),
            (&Measure::Count, "100", Some(100.0)),
            (&Measure::Count, "1.5", None),
            (&Measure::Count, "-1", None),
            (&rate, "0.5", Some(0.5)),
            (&rate, "1e6", Some(1e6)),
            (&rate, "NaN", None),
            (&increase, "1e999", None),
        ] {
            assert_eq!(value(text, measure).ok(), expected, "{text}");
        }
    }
}
