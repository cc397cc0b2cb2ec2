//! What is expected, and when.

use ippo_base::{Minute, Timestamp};

use super::super::document::SLO_TEST;
use super::super::duration;
use super::super::fields::{Fields, Report, list, scalar, unknown};
use super::super::scalar::Scalar;
use super::super::yaml::Node;
use super::input::flag;
use super::{Moment, Written, items, minute, written};
use crate::slo::SloState;
use crate::slo::expectation::{Expected, Figure};

/// What is said where there is no figure, and no end.
const NONE: &str = "none";
const NEVER: &str = "never";

/// Reads `expect` of a test whose input is `minutes` long.
pub(super) fn moments(
    report: &mut Report<'_>,
    spec: &Fields<'_>,
    start: Minute,
    minutes: u32,
) -> Option<Vec<Moment>> {
    spec.require(report, "expect", "[{at: 28d, state: fine}]")?;
    let items = items(report, spec, "expect")?;
    let read: Vec<Option<Moment>> = items
        .iter()
        .enumerate()
        .map(|(i, item)| moment(report, item, &format!("spec.expect[{i}]"), start, minutes))
        .collect();
    read.into_iter().collect()
}

fn moment(report: &mut Report<'_>, item: &Node, path: &str, start: Minute, minutes: u32) -> Option<Moment> {
    let fields = Fields::take(report, item, path, SLO_TEST, "spec.expect[]")?;
    let at = fields.require_scalar(report, "at", "28d 5m");
    let after_minutes = at.and_then(|at| after(report, at, &fields.path_of("at"), start, minutes));
    let objective = fields.scalar(report, "objective");
    let objective = objective.map(|name| written(name, fields.path_of("objective"), name.text().to_owned()));
    let expected = expectations(report, &fields);
    if expected.as_ref().is_some_and(Vec::is_empty) {
        let message = "nothing is expected; write for example state: fine, or fires: [page 1h/5m]";
        report.error(fields.at, path, message);
        return None;
    }
    let written = at?.text().to_owned();
    Some(Moment { after_minutes: after_minutes?, written, objective, expected: expected? })
}

/// Minutes since the start, from a duration or a time.
fn after(report: &mut Report<'_>, at: &Scalar, field: &str, start: Minute, minutes: u32) -> Option<u32> {
    let after = if at.text().contains('T') {
        minute(report, at, field)?.0.saturating_sub(start.0)
    } else {
        duration::span(at.text()).map_err(|m| report.error(at.at(), field, m)).ok()?
    };
    if after == 0 || after > minutes {
        let length = crate::slo::duration_text(minutes);
        let message = match after {
            0 => "this is not after the start; something can be said after one minute at the earliest"
                .to_owned(),
            _ => format!("this is after the end of the input, which is {length} long; give more input"),
        };
        report.error(at.at(), field, message);
        return None;
    }
    Some(after)
}

fn expectations(report: &mut Report<'_>, fields: &Fields<'_>) -> Option<Vec<Written<Expected>>> {
    let mut found = Vec::new();
    let mut whole = true;
    for entry in fields.entries() {
        let name = entry.key.text();
        let expected = match name {
            "state" => one(report, fields, name, state).map(Expected::State),
            "coverage" => one(report, fields, name, Figure::parse).map(Expected::Coverage),
            "attained" => one(report, fields, name, figure).map(Expected::Attained),
            "budget" => one(report, fields, name, figure).map(Expected::Budget),
            "exhaustsAt" => one(report, fields, name, time).map(Expected::ExhaustsAt),
            "absence" => flag(report, fields, name).map(Expected::Absence),
            "fires" => labels(report, fields, name).map(Expected::Fires),
            "held" => labels(report, fields, name).map(Expected::Held),
            "suppressed" => labels(report, fields, name).map(Expected::Suppressed),
            _ => continue,
        };
        match expected {
            Some(value) => found.push(Written { value, at: entry.key.at(), field: fields.path_of(name) }),
            None => whole = false,
        }
    }
    whole.then_some(found)
}

fn one<T>(
    report: &mut Report<'_>,
    fields: &Fields<'_>,
    name: &str,
    parse: impl Fn(&str) -> Result<T, String>,
) -> Option<T> {
    let text = fields.require_scalar(report, name, "none")?;
    parse(text.text()).map_err(|m| report.error(text.at(), &fields.path_of(name), m)).ok()
}

fn state(text: &str) -> Result<SloState, String> {
    let found = SloState::ALL.into_iter().find(|state| state.name() == text);
    found.ok_or_else(|| unknown(text, "state", &SloState::ALL.map(SloState::name)))
}

fn figure(text: &str) -> Result<Option<Figure>, String> {
    if text == NONE { Ok(None) } else { Figure::parse(text).map(Some) }
}

fn time(text: &str) -> Result<Option<Timestamp>, String> {
    let wrong = |_| format!("{text:?} is neither {NEVER} nor a time such as 2026-11-29T04:12:00Z");
    if text == NEVER { Ok(None) } else { Timestamp::parse(text).map(Some).map_err(wrong) }
}

fn labels(report: &mut Report<'_>, fields: &Fields<'_>, name: &str) -> Option<Vec<String>> {
    let path = fields.path_of(name);
    let node = fields.require(report, name, "[page 1h/5m], or [] for none")?;
    let items = list(report, node, &path)?;
    let read: Vec<Option<String>> = items
        .iter()
        .enumerate()
        .map(|(i, item)| scalar(report, item, &format!("{path}[{i}]")).map(|text| text.text().to_owned()))
        .collect();
    read.into_iter().collect()
}
