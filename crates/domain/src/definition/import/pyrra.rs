//! Reads SLOs of Pyrra, which are documents for Kubernetes whether or not there is one.
//!
//! Source: <https://github.com/pyrra-dev/pyrra>, `kubernetes/api/v1alpha1`.

use super::super::fields::{Fields, scalar};
use super::super::scalar::Scalar;
use super::super::yaml::{Node, Value};
use super::alerts::{Alerts, Tool};
use super::draft::{Counts, Draft};
use super::reader::{Form, Reader, Reason};
use super::shared;
use crate::prometheus::{CountedPart, NotCounted, Selector, read_selector};

const FORM: Form = Form::Pyrra;
const ALERT_NAME: &str = "pyrra.dev/alert-name";
const ABSENT_NAME: &str = "pyrra.dev/absent-alert-name";
/// Annotations that tools write for themselves.
const PASSED: &str = "kubectl.kubernetes.io/";
/// Labels of an SLO that name its service.
const SERVICE_LABELS: [&str; 4] = ["service", "pyrra.dev/service", "app.kubernetes.io/name", "app"];
/// Labels of series that do.
const SERIES_LABELS: [&str; 3] = ["service", "job", "app"];
const INDICATORS: [&str; 4] = ["ratio", "latency", "latencyNative", "bool_gauge"];

/// Reads a document.
pub(super) fn read(reader: &mut Reader<'_, '_>, root: &Node) {
    let Some(whole) = Fields::open(&mut reader.report(), root, "") else { return };
    let metadata = whole.require(&mut reader.report(), "metadata", "{name: checkout}");
    let metadata = metadata.and_then(|node| Fields::open(&mut reader.report(), node, "metadata"));
    let Some(metadata) = metadata else { return };
    let Some(name) = metadata.require_scalar(&mut reader.report(), "name", "checkout") else { return };
    let called = shared::Name::new(reader, &[name.text()]);
    reader.begin(&called.name, &called.name);
    reader.fields(root, FORM, "", "");
    called.note(reader, (name.at(), "metadata.name"));
    let draft = draft(reader, &whole, &metadata, called);
    reader.take(name.text(), root.at, draft);
}

fn draft(
    reader: &mut Reader<'_, '_>,
    whole: &Fields<'_>,
    metadata: &Fields<'_>,
    called: shared::Name,
) -> Option<Draft> {
    whole.require(&mut reader.report(), "spec", "{target: \"99.9\", window: 28d, indicator: {…}}")?;
    let spec = reader.below(whole, "spec", FORM, "")?;
    let target = spec.require_scalar(&mut reader.report(), "target", "\"99.9\"");
    let target = target.and_then(|written| shared::target(reader, written, "spec.target"));
    let window = spec.require_scalar(&mut reader.report(), "window", "28d");
    let period_minutes = window.and_then(|written| period(reader, written));
    let indicator = indicator(reader, &spec);
    let labels = reader.texts(metadata, "labels");
    let labels: Vec<(String, String)> =
        labels.into_iter().map(|(name, value)| (name.text().to_owned(), value)).collect();
    let (runbook, mut annotations) = annotations(reader, metadata);
    let alerts = alerting(reader, &spec, &mut annotations);
    let (counts, counted) = indicator?;
    let service = service(reader, &labels, &counted, &called, metadata);
    let choices = reader.read.choices;
    let (target, target_percent) = target?;
    Some(Draft {
        owner: shared::owner(&labels, &choices.owner),
        name: called.name,
        display_name: called.display_name,
        labels,
        notify: if alerts.is_none() { String::new() } else { choices.notify.join(",") },
        runbook,
        annotations,
        description: spec.text(&mut reader.report(), "description").trim().to_owned(),
        service,
        counts,
        period_minutes: period_minutes?,
        target,
        target_percent,
        alerts,
        file: reader.file.to_owned(),
        at: whole.at,
    })
}

/// Prometheus' form of durations: whole numbers with units, one behind the other. None if it is not.
fn seconds(text: &str) -> Option<u64> {
    let mut rest = text;
    let mut total: u64 = 0;
    while !rest.is_empty() {
        let digits = rest.find(|c: char| !c.is_ascii_digit())?;
        let number: u64 = rest[..digits].parse().ok()?;
        let behind = &rest[digits..];
        let unit = behind.find(|c: char| c.is_ascii_digit()).unwrap_or(behind.len());
        let of_unit = match &behind[..unit] {
            "y" => 365 * 86_400,
            "w" => 7 * 86_400,
            "d" => 86_400,
            "h" => 3_600,
            "m" => 60,
            "s" => 1,
            _ => return None,
        };
        total = total.checked_add(number.checked_mul(of_unit)?)?;
        rest = &behind[unit..];
    }
    (!text.is_empty()).then_some(total)
}

fn period(reader: &mut Reader<'_, '_>, written: &Scalar) -> Option<u32> {
    let path = "spec.window";
    let Some(seconds) = seconds(written.text()) else {
        let message = format!("{:?} is no duration, such as 28d or 4w", written.text());
        reader.report().error(written.at(), path, message);
        return None;
    };
    let minutes = u32::try_from(seconds / 60).ok().filter(|_| seconds % 60 == 0);
    let period = minutes.filter(|minutes| crate::slo::Window::rolling(*minutes).is_some());
    if period.is_none() {
        let why = format!(
            "a window of {} is not counted: it is at least 1h, at most 366d, and of whole minutes",
            written.text()
        );
        reader.refuse((written.at(), path), Reason::new(why, "choose another window"));
    }
    period
}

/// What is counted, and the selector of all of it.
fn indicator(reader: &mut Reader<'_, '_>, spec: &Fields<'_>) -> Option<(Counts, Selector)> {
    spec.require(&mut reader.report(), "indicator", "{ratio: {errors: {metric: …}, total: {metric: …}}}")?;
    let indicator =
        spec.get("indicator").and_then(|node| Fields::open(&mut reader.report(), node, "spec.indicator"))?;
    let given: Vec<&str> = INDICATORS.into_iter().filter(|name| indicator.get(name).is_some()).collect();
    let [kind] = given[..] else {
        let message = format!("an indicator has exactly one of {}", INDICATORS.join(", "));
        reader.report().error(indicator.at, "spec.indicator", message);
        return None;
    };
    let at = indicator.place_of(kind);
    if kind == "latencyNative" {
        let path = "spec.indicator.latencyNative";
        shared::refuse_field(reader, FORM, (at, path), path);
        return None;
    }
    let indicator = reader.below(spec, "indicator", FORM, "spec")?;
    let fields = reader.below(&indicator, kind, FORM, "spec.indicator")?;
    if kind == "bool_gauge" {
        let gauge = metric(reader, &fields)?;
        let note = "the value is looked at once a minute, and not at each scrape";
        reader.note((at, &fields.path), note);
        return Some((Counts::AtLeast { query: gauge.to_string(), limit: "1" }, gauge));
    }
    let (total, part) = ratio(reader, &fields, kind)?;
    let query_at = (at, fields.path.as_str());
    shared::tell_of_rules(reader, [&total, part.selector()], query_at);
    Some((Counts::Ratio { total: total.to_string(), part }, total))
}

/// All events, and some of them.
fn ratio(reader: &mut Reader<'_, '_>, fields: &Fields<'_>, kind: &str) -> Option<(Selector, CountedPart)> {
    let parts: &[&str] =
        if kind == "latency" { &["success", "total"] } else { &["errors", "success", "total"] };
    let given: Vec<&str> = parts.iter().copied().filter(|name| is_given(fields, name)).collect();
    if given.len() != 2 {
        let message = match kind {
            "latency" => "a latency has success and total, each with a metric",
            _ => "a ratio has two of errors, success and total, each with a metric",
        };
        reader.report().error(fields.at, &fields.path, message);
        return None;
    }
    let scope = format!("spec.indicator.{kind}");
    let mut read = Vec::new();
    for name in &given {
        let holder = reader.below(fields, name, FORM, &scope)?;
        read.push(metric(reader, &holder));
    }
    let second = read.pop()??;
    let first = read.pop()??;
    match given[..] {
        ["errors", "total"] => Some((second, CountedPart::Bad(first))),
        ["success", "total"] => Some((second, CountedPart::Good(first))),
        _ => match first.or(&second) {
            Some(total) => Some((total, CountedPart::Bad(first))),
            None => {
                let why = format!(
                    "no one selector is known to count exactly {first} and {second}, which are the total"
                );
                let reason = Reason::new(why, "write a total whose selector has both");
                reader.refuse((fields.at, &fields.path), reason);
                None
            }
        },
    }
}

/// Whether something has a metric: Pyrra takes an empty one for none.
fn is_given(fields: &Fields<'_>, name: &str) -> bool {
    let Some(Node { value: Value::Mapping(entries), .. }) = fields.get(name) else {
        return fields.get(name).is_some();
    };
    let is_empty = |node: &Node| matches!(&node.value, Value::Scalar(text) if text.text().trim().is_empty());
    entries.iter().any(|entry| entry.key.text() == "metric" && !is_empty(&entry.value))
}

/// The selector in the field `metric`.
fn metric(reader: &mut Reader<'_, '_>, fields: &Fields<'_>) -> Option<Selector> {
    let node = fields.require(&mut reader.report(), "metric", "'http_requests_total{job=\"api\"}'")?;
    let path = fields.path_of("metric");
    let written = scalar(&mut reader.report(), node, &path)?;
    match read_selector(written.text()) {
        Ok(selector) => Some(selector),
        Err(error) => {
            let why = NotCounted {
                offset: error.offset,
                reason: error.message,
                instead: "a metric of Pyrra is a selector of counters, and nothing else",
            };
            shared::refuse_query(reader, written, &path, why);
            None
        }
    }
}

/// The runbook, and the annotations that stay.
fn annotations(reader: &mut Reader<'_, '_>, metadata: &Fields<'_>) -> (String, Vec<(String, String)>) {
    let annotations = reader.texts(metadata, "annotations");
    let kept: Vec<(String, String)> = annotations
        .into_iter()
        .map(|(name, value)| (name.text().to_owned(), value))
        .filter(|(name, _)| !name.starts_with(PASSED))
        .collect();
    let found = kept.iter().find(|(name, value)| shared::is_runbook(name, value));
    let runbook = found.map(|(_, value)| value.clone()).unwrap_or_default();
    (runbook, kept)
}

fn alerting(
    reader: &mut Reader<'_, '_>,
    spec: &Fields<'_>,
    annotations: &mut Vec<(String, String)>,
) -> Alerts {
    let mut alerts = Alerts { tool: Tool::Pyrra, pages: true, tickets: true, absence: true };
    let Some(alerting) = reader.below(spec, "alerting", FORM, "spec") else { return alerts };
    let is_off = reader.flag(&alerting, "disabled") == Some(true);
    if reader.flag(&alerting, "burnrates") == Some(false) || is_off {
        (alerts.pages, alerts.tickets) = (false, false);
    }
    alerts.absence = reader.flag(&alerting, "absent") != Some(false);
    for (field, annotation) in [("name", ALERT_NAME), ("absentName", ABSENT_NAME)] {
        let name = alerting.text(&mut reader.report(), field);
        if !name.is_empty() {
            annotations.push((annotation.to_owned(), name));
        }
    }
    alerts
}

/// The service that an SLO is of: Pyrra has no word for it.
fn service(
    reader: &mut Reader<'_, '_>,
    labels: &[(String, String)],
    counted: &Selector,
    called: &shared::Name,
    metadata: &Fields<'_>,
) -> String {
    let of_label = |name: &&str| labels.iter().find(|(label, value)| label == name && !value.is_empty());
    if let Some((_, service)) = SERVICE_LABELS.iter().find_map(of_label) {
        return service.clone();
    }
    if !reader.read.choices.service.is_empty() {
        return reader.read.choices.service.clone();
    }
    let of_series = SERIES_LABELS.iter().find_map(|name| Some((*name, counted.value_of(name)?)));
    let (service, why) = match of_series {
        Some((label, service)) => (service.to_owned(), format!("by the label {label} of its series")),
        None => (called.name.clone(), "by its own name".to_owned()),
    };
    let note =
        format!("the service is taken to be {service}, {why}; a label service, or --service, says another");
    reader.note((metadata.at, "metadata"), note);
    service
}

#[cfg(test)]
mod tests {
    use super::seconds;

    #[test]
    fn durations_are_those_of_prometheus() {
        for (text, expected) in [
            ("28d", Some(28 * 86_400)),
            ("4w", Some(28 * 86_400)),
            ("1w2d", Some(9 * 86_400)),
            ("1y", Some(365 * 86_400)),
            ("90m", Some(5_400)),
            ("30s", Some(30)),
            ("", None),
            ("28", None),
            ("d", None),
            ("28 d", None),
            ("28D", None),
            ("1M", None),
            ("-1d", None),
            ("99999999999999999999y", None),
            ("9999999999999999y", None),
        ] {
            assert_eq!(seconds(text), expected, "{text}");
        }
    }
}
