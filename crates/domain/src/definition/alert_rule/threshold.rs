//! Reads the threshold of an alert rule: what is measured of what, and the limits it is held against.

use super::super::fields::{Fields, Report, unknown};
use super::super::{COUNT_WINDOW_MINUTES, ExpressionRole, ExpressionText, VALUE_WINDOW_MINUTES};
use super::{USUAL_WINDOW_MINUTES, expression, limit, read_by, read_signal, read_where, span, whole};
use crate::alert_rule::{Across, Direction, Measure, OverTime, Percentile, Threshold};
use crate::slo::Signal;

/// Reads the whole of it.
pub(super) fn read(
    report: &mut Report<'_>,
    fields: &Fields<'_>,
    expressions: &mut Vec<ExpressionText>,
) -> Option<Threshold> {
    let signal = read_signal(report, fields);
    let filter = read_where(report, fields, expressions);
    let by = read_by(report, fields, expressions);
    let direction = read_direction(report, fields);
    let measure = read_measure(report, fields, signal?, direction, expressions);
    let (measure, direction) = (measure?, direction?);
    let limit = limit::read(report, fields, direction.name(), &measure);
    let end_name = if direction.is_high() { "resolveBelow" } else { "resolveAbove" };
    let other = if end_name == "resolveBelow" { "resolveAbove" } else { "resolveBelow" };
    if fields.get(other).is_some() {
        let message = format!("{other} does not go with {}; write {end_name}", direction.name());
        report.error(fields.place_of(other), &fields.path_of(other), message);
    }
    let end = fields.get(end_name).and_then(|_| limit::read(report, fields, end_name, &measure));
    if let (Some(limit), Some(end)) = (&limit, &end)
        && (if direction.is_high() { end.value > limit.value } else { end.value < limit.value })
    {
        let side = if direction.is_high() { "above" } else { "below" };
        let message = format!("{end} is {side} {limit}: the alert would end while it begins");
        report.error(fields.place_of(end_name), &fields.path_of(end_name), message);
    }
    let longest = match measure {
        Measure::Count | Measure::Ratio { .. } => COUNT_WINDOW_MINUTES,
        _ => VALUE_WINDOW_MINUTES,
    };
    let over_minutes = span(report, fields, "over", longest).unwrap_or(USUAL_WINDOW_MINUTES);
    let least = read_least(report, fields, &measure);
    Some(Threshold {
        signal: signal?,
        filter: filter?,
        measure,
        direction,
        limit: limit?,
        end,
        over_minutes,
        least,
        by,
    })
}

fn read_direction(report: &mut Report<'_>, fields: &Fields<'_>) -> Option<Direction> {
    let given: Vec<Direction> =
        Direction::ALL.into_iter().filter(|direction| fields.get(direction.name()).is_some()).collect();
    match given.as_slice() {
        [direction] => Some(*direction),
        [] => {
            let message = "above or below is missing: it says beyond which value the alert fires (atLeast or atMost, where it fires at that \
                           value too)";
            report.error(fields.at, &fields.path_of("above"), message);
            None
        }
        [.., last] => {
            let message = "give one of above, atLeast, below and atMost; for a corridor write two rules";
            report.error(fields.place_of(last.name()), &fields.path_of(last.name()), message);
            None
        }
    }
}

fn read_measure(
    report: &mut Report<'_>,
    fields: &Fields<'_>,
    signal: Signal,
    direction: Option<Direction>,
    expressions: &mut Vec<ExpressionText>,
) -> Option<Measure> {
    let of_signal: &[&str] = match signal {
        Signal::Spans => &["count", "ratio", "p50", "p95", "p99"],
        Signal::Logs => &["count", "ratio"],
        Signal::Metrics => &["last", "avg", "min", "max", "increase", "rate", "p50", "p95", "p99"],
    };
    let written = fields.require_scalar(report, "measure", of_signal[0])?;
    let percentile = read_percentile(written.text());
    let across = fields.scalar(report, "across");
    let measure = match (signal, written.text()) {
        (Signal::Spans | Signal::Logs, "count") => Measure::Count,
        (Signal::Spans | Signal::Logs, "ratio") => {
            let matching = fields.require_scalar(report, "matching", "\"status = 'error'\"")?;
            let role = (ExpressionRole::Good, matching);
            Measure::Ratio { matching: expression(report, fields, "matching", role, expressions) }
        }
        (Signal::Metrics, "increase") => {
            Measure::Increase { across: read_across(report, fields, Across::Sum)? }
        }
        (Signal::Metrics, "rate") => Measure::Rate { across: read_across(report, fields, Across::Sum)? },
        (Signal::Spans, _) if percentile.is_some() => Measure::Duration(percentile?),
        (Signal::Metrics, _) if percentile.is_some() => Measure::Histogram(percentile?),
        (Signal::Metrics, name) if OverTime::ALL.iter().any(|each| each.name() == name) => {
            let each = OverTime::ALL.into_iter().find(|each| each.name() == name)?;
            // Any one of them that is beyond the limit.
            let usual = if direction?.is_high() { Across::Max } else { Across::Min };
            Measure::Gauge { each, across: read_across(report, fields, usual)? }
        }
        (_, other) => {
            let message = format!(
                "{}; a percentile is p and a number below 100, as p99.9",
                unknown(other, &format!("measure of {}", signal.name()), of_signal)
            );
            report.error(written.at(), &fields.path_of("measure"), message);
            return None;
        }
    };
    let stray = |name: &str, is_wanted: bool| fields.get(name).is_some() && !is_wanted;
    if stray("matching", matches!(measure, Measure::Ratio { .. })) {
        let message = "matching belongs to measure: ratio; what is counted at all is said by where";
        report.error(fields.place_of("matching"), &fields.path_of("matching"), message);
    }
    if let (Measure::Histogram(_), Some(Direction::AtLeast)) = (&measure, direction) {
        let message = "an observation at a boundary is in the bucket below it, so that at least cannot be told from above; write above";
        report.error(fields.place_of("atLeast"), &fields.path_of("atLeast"), message);
    }
    let of_series =
        matches!(measure, Measure::Gauge { .. } | Measure::Increase { .. } | Measure::Rate { .. });
    if across.is_some() && !of_series {
        let message = "across says how the values of several series become one; histograms are put together, and rows are no series";
        report.error(fields.place_of("across"), &fields.path_of("across"), message);
    }
    Some(measure)
}

/// `p95`, `p99.9`.
fn read_percentile(text: &str) -> Option<Percentile> {
    let number = text.strip_prefix('p')?;
    let is_plain = !number.is_empty()
        && number.len() <= 8
        && number.bytes().all(|b| b.is_ascii_digit() || b == b'.')
        && number.starts_with(|c: char| c.is_ascii_digit());
    let percent: f64 = is_plain.then(|| number.parse().ok()).flatten()?;
    (percent > 0.0 && percent < 100.0).then(|| Percentile { name: text.to_owned(), share: percent / 100.0 })
}

/// How several series become one.
fn read_across(report: &mut Report<'_>, fields: &Fields<'_>, usual: Across) -> Option<Across> {
    let Some(written) = fields.scalar(report, "across") else { return Some(usual) };
    let found = Across::ALL.into_iter().find(|across| across.name() == written.text());
    if found.is_none() {
        let message = unknown(written.text(), "way to put series together", &Across::ALL.map(Across::name));
        report.error(written.at(), &fields.path_of("across"), message);
    }
    found
}

/// Of fewer events nothing is said: for ratios and percentiles, of which few are chance.
fn read_least(report: &mut Report<'_>, fields: &Fields<'_>, measure: &Measure) -> u64 {
    let of_events = matches!(measure, Measure::Ratio { .. } | Measure::Duration(_) | Measure::Histogram(_));
    let Some(written) = fields.scalar(report, "least") else { return u64::from(of_events) };
    if !of_events {
        let message = "least belongs to ratios and percentiles, of which a few events say little";
        report.error(fields.place_of("least"), &fields.path_of("least"), message);
    }
    whole(report, fields, "least", written)
}
