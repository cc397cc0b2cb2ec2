//! From the choices in an address to a filter: the same for a search, a count, a tail and an export.

use ippo_telemetry::read::{LogFilter, Needle};
use ippo_telemetry::{Expr, Signal};

use crate::page::Params;
use crate::problem::Problem;
use crate::telemetry::{filter, id};

/// Severities by name, with the first number of each, by the OpenTelemetry log data model.
const SEVERITIES: [(&str, i64); 6] =
    [("TRACE", 1), ("DEBUG", 5), ("INFO", 9), ("WARN", 13), ("ERROR", 17), ("FATAL", 21)];
/// Attributes asked for at once.
const ATTRIBUTES: usize = 16;

/// Takes the choices.
pub(super) fn chosen(params: &mut Params) -> Result<LogFilter, Problem> {
    let mut conditions: Vec<Expr> = filter(params, Signal::Logs)?.into_iter().collect();
    if let Some(environment) = params.text("environment")? {
        let text = format!("environment = '{}'", environment.replace('\'', "''"));
        conditions.push(parsed(&text).map_err(|why| Problem::parameter("environment", why))?);
    }
    let attributes = params.texts("attr");
    if attributes.len() > ATTRIBUTES {
        return Err(Problem::parameter("attr", format!("is given more than {ATTRIBUTES} times")));
    }
    for attribute in &attributes {
        conditions.push(has(attribute)?);
    }
    let whole_words = params.flag("whole_words")?.unwrap_or_default();
    Ok(LogFilter {
        service: params.text("service")?,
        conditions,
        contains: params.text("contains")?.map(|text| needle(&text, whole_words)).transpose()?,
        severity_number: params.text("severity")?.map(|name| severity(&name)).transpose()?,
        trace_id: params.text("trace_id")?.map(|text| id("trace_id", &text)).transpose()?,
        span_id: params.text("span_id")?.map(|text| id("span_id", &text)).transpose()?,
    })
}

/// The condition that `key=value` says.
fn has(attribute: &str) -> Result<Expr, Problem> {
    let wrong = |why: String| Problem::parameter("attr", format!("is {attribute:?}, {why}"));
    let Some((key, value)) = attribute.split_once('=').filter(|(key, _)| !key.trim().is_empty()) else {
        return Err(wrong("not of the form order.id=4711".to_owned()));
    };
    let (key, value) = (key.trim().replace('\'', "''"), value.replace('\'', "''"));
    let places = ["attrs", "resource", "body"].map(|place| format!("{place}['{key}'] = '{value}'"));
    parsed(&places.join(" OR ")).map_err(|why| wrong(format!("which cannot be looked for: {why}")))
}

fn needle(text: &str, whole_words: bool) -> Result<Needle, Problem> {
    Needle::new(text, whole_words).map_err(|_| Problem::parameter("contains", "is too long to be looked for"))
}

fn parsed(text: &str) -> Result<Expr, String> {
    Expr::parse(text, Signal::Logs).map_err(|error| error.message)
}

fn severity(name: &str) -> Result<i64, Problem> {
    let known = SEVERITIES.iter().find(|(known, _)| known.eq_ignore_ascii_case(name));
    known.map(|(_, number)| *number).ok_or_else(|| {
        let names = SEVERITIES.map(|(name, _)| name).join(", ");
        Problem::parameter("severity", format!("is {name:?}, not one of {names}"))
    })
}
