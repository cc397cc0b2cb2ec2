//! Reads OpenSLO alert conditions: two windows and a factor, each with its place. Knows no SLO.

use super::annotation;
use super::duration;
use super::fields::{Fields, Report, unknown};
use super::scalar::Scalar;
use super::yaml::{Node, Position};
use crate::slo::burn::{BurnSeverity, LONGEST_WINDOW_MINUTES, Reach};
use crate::slo::{Ratio, duration_text};

/// Digits of a threshold, and how many of them may stand after the point.
const FACTOR_DIGITS: usize = 15;
const FACTOR_DECIMALS: usize = 6;
/// A window of one minute has none within it.
const SHORTEST_LONG_MINUTES: u32 = 2;

/// Where something was written.
#[derive(Clone)]
pub(super) struct Place {
    file: String,
    at: Position,
    field: String,
}

impl Place {
    pub(super) fn error(&self, report: &mut Report<'_>, message: String) {
        Report { file: &self.file, errors: &mut *report.errors }.error(self.at, &self.field, message);
    }
}

/// An AlertCondition that was read.
#[derive(Clone)]
pub(super) struct Condition {
    pub(super) severity: BurnSeverity,
    pub(super) long_minutes: u32,
    pub(super) short_minutes: u32,
    pub(super) factor: Ratio,
    pub(super) reach: Reach,
    pub(super) factor_at: Place,
    pub(super) long_at: Place,
    pub(super) short_at: Place,
}

/// The metadata of an inline document, or of one on its own.
#[derive(Clone, Copy)]
pub(super) struct Metadata<'n> {
    pub(super) annotations: Option<&'n Node>,
    pub(super) path: &'n str,
}

/// Reads the `spec` of an AlertCondition.
pub(super) fn read(
    report: &mut Report<'_>,
    metadata: Metadata<'_>,
    spec: &Node,
    path: &str,
) -> Option<Condition> {
    let spec = Fields::take(report, spec, path, "AlertCondition", "spec")?;
    let severity = spec.require_scalar(report, "severity", "page");
    let severity = severity.and_then(|s| severity_named(report, s, &spec.path_of("severity")));
    let node =
        spec.require(report, "condition", "{kind: burnrate, op: gte, threshold: 14.4, lookbackWindow: 1h}")?;
    let fields = Fields::take(report, node, &spec.path_of("condition"), "AlertCondition", "spec.condition")?;
    check_kind(report, &fields);
    check_after(report, &fields);
    let reach = read_op(report, &fields);
    let factor = fields.require_scalar(report, "threshold", "14.4");
    let factor_at = place(report, &fields, "threshold", factor);
    let factor = factor.and_then(|written| {
        parse_factor(written.text()).map_err(|m| report.error(written.at(), &factor_at.field, m)).ok()
    });
    let long = fields.require_scalar(report, "lookbackWindow", "1h");
    let long_at = place(report, &fields, "lookbackWindow", long);
    let long = long.and_then(|written| {
        long_window(written.text()).map_err(|m| report.error(written.at(), &long_at.field, m)).ok()
    });
    let chosen = annotation::read_condition(report, metadata.annotations, metadata.path);
    let (short_minutes, short_at) = short_window(report, long?, chosen?, &long_at)?;
    Some(Condition {
        severity: severity?,
        long_minutes: long?,
        short_minutes,
        factor: factor?,
        reach: reach?,
        factor_at,
        long_at,
        short_at,
    })
}

fn place(report: &Report<'_>, fields: &Fields<'_>, name: &str, written: Option<&Scalar>) -> Place {
    let at = written.map_or(fields.place_of(name), Scalar::at);
    Place { file: report.file.to_owned(), at, field: fields.path_of(name) }
}

fn severity_named(report: &mut Report<'_>, written: &Scalar, path: &str) -> Option<BurnSeverity> {
    let found = BurnSeverity::ALL.into_iter().find(|severity| severity.name() == written.text());
    if found.is_none() {
        let message = format!(
            "severity {:?} is not known; write page (someone must act now) or ticket (in the next days)",
            written.text()
        );
        report.error(written.at(), path, message);
    }
    found
}

fn check_kind(report: &mut Report<'_>, fields: &Fields<'_>) {
    if let Some(kind) = fields.scalar(report, "kind")
        && kind.text() != "burnrate"
    {
        report.error(kind.at(), &fields.path_of("kind"), unknown(kind.text(), "condition", &["burnrate"]));
    }
}

fn check_after(report: &mut Report<'_>, fields: &Fields<'_>) {
    let Some(after) = fields.scalar(report, "alertAfter") else { return };
    let digits = after.text().trim_end_matches(['s', 'm', 'h', 'd', 'w']);
    if digits.is_empty() || !digits.bytes().all(|b| b == b'0') {
        let message = "only 0m is supported: that a burn goes on is what the short window shows, which must burn too; remove \
                       alertAfter, or choose a longer short window in the annotation ippo.dev/short-window";
        report.error(after.at(), &fields.path_of("alertAfter"), message);
    }
}

fn read_op(report: &mut Report<'_>, fields: &Fields<'_>) -> Option<Reach> {
    let op = fields.require_scalar(report, "op", "gte")?;
    match op.text() {
        "gte" => Some(Reach::AtLeast),
        "gt" => Some(Reach::Above),
        below @ ("lt" | "lte") => {
            let message = format!(
                "{below} is not supported: a burn below a threshold is a promise that is kept, of which nobody needs to be told; write gte"
            );
            report.error(op.at(), &fields.path_of("op"), message);
            None
        }
        other => {
            report.error(op.at(), &fields.path_of("op"), unknown(other, "comparison", &["gte", "gt"]));
            None
        }
    }
}

/// A plain decimal above nought, exactly.
fn parse_factor(text: &str) -> Result<Ratio, String> {
    let (whole, fraction) = text.split_once('.').unwrap_or((text, ""));
    let plain = |part: &str| part.bytes().all(|b| b.is_ascii_digit());
    if whole.len() + fraction.len() == 0 || !plain(whole) || !plain(fraction) {
        return Err(format!("{text:?} is not a plain decimal number above 0, such as 14.4"));
    }
    if fraction.len() > FACTOR_DECIMALS || whole.len() + fraction.len() > FACTOR_DIGITS {
        return Err(format!(
            "{text} has more than {FACTOR_DECIMALS} decimals or {FACTOR_DIGITS} digits; shorten it"
        ));
    }
    let digits: i128 = format!("{whole}{fraction}").parse().map_err(|_| format!("{text} is too large"))?;
    if digits == 0 {
        return Err("a threshold of 0 is always reached; write for example 14.4".to_owned());
    }
    Ok(Ratio::new(digits, 10i128.pow(fraction.len() as u32)))
}

fn long_window(text: &str) -> Result<u32, String> {
    let minutes = duration::minutes(text)?;
    if minutes > LONGEST_WINDOW_MINUTES {
        return Err(format!(
            "{text} is longer than {}: alerts wait for no disk, and are judged from the counts that are kept in memory; \
             what is slower than that shows in the budget",
            duration_text(LONGEST_WINDOW_MINUTES)
        ));
    }
    if minutes < SHORTEST_LONG_MINUTES {
        return Err(format!("{text} has no shorter window within it; write 2m or more"));
    }
    Ok(minutes)
}

/// The short window in minutes, and where it was written: a twelfth of the long one in whole minutes, unless one was chosen.
fn short_window(
    report: &mut Report<'_>,
    long_minutes: u32,
    chosen: annotation::ShortWindow<'_>,
    long_at: &Place,
) -> Option<(u32, Place)> {
    let annotation::ShortWindow::Chosen { written, field } = chosen else {
        return Some((long_minutes.div_ceil(12), long_at.clone()));
    };
    let at = Place { file: report.file.to_owned(), at: written.at(), field };
    let minutes = duration::minutes(written.text()).map_err(|m| at.error(report, m)).ok()?;
    if minutes >= long_minutes {
        let long = duration_text(long_minutes);
        at.error(report, format!("the short window must be shorter than the lookbackWindow of {long}"));
        return None;
    }
    Some((minutes, at))
}

#[cfg(test)]
mod tests {
    use super::{Ratio, long_window, parse_factor};

    #[test]
    fn a_threshold_is_read_exactly() {
        for (text, parts) in
            [("14.4", (72, 5)), ("6", (6, 1)), (".5", (1, 2)), ("0.933333", (933_333, 1_000_000))]
        {
            assert_eq!(parse_factor(text), Ok(Ratio::new(parts.0, parts.1)), "{text}");
        }
        for text in ["", ".", "0", "0.0", "-1", "1e3", "14,4", "1.2345678", "9999999999999999", "many"] {
            assert!(parse_factor(text).is_err(), "{text}");
        }
    }

    #[test]
    fn a_long_window_fits_what_is_in_memory() {
        assert_eq!((long_window("2m"), long_window("72h"), long_window("3d")), (Ok(2), Ok(4320), Ok(4320)));
        assert!(long_window("73h").expect_err("too long").contains("longer than 3d"));
        assert!(long_window("1m").is_err() && long_window("1h30m").is_err());
    }
}
