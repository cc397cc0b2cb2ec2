//! Reads rule files: those of Prometheus, and `PrometheusRule` of Kubernetes, which has the same below `spec`.
//!
//! Source: <https://prometheus.io/docs/prometheus/latest/configuration/alerting_rules/>.

use super::super::super::fields::Fields;
use super::super::super::scalar::Scalar;
use super::super::super::yaml::{Node, Position, Value};
use super::super::coverage::{Fate, RULES, fate_of};
use super::super::reader::{Form, Reason};
use super::super::shared;
use super::draft::{Draft, When};
use super::template::{Still, still};
use super::{Rules, timing};
use crate::alert::AlertSeverity;
use crate::definition::RULE_GROUP_FIELDS;
use crate::prometheus::{
    Alerting, Beyond, Grouped, Made, NotCounted, Selector, Supposed, is_counter, read_alerting, stored_label,
};
use crate::slo::duration_text;

const KUBERNETES: &str = "monitoring.coreos.com/v1";
const KNOWN: &str = "ippo imports rule files of Prometheus, which begin with groups:, and PrometheusRule of monitoring.coreos.com/v1";
const RULE: &str = "groups[].rules[]";
const PAGES: [&str; 4] = ["page", "critical", "emergency", "fatal"];
const TICKETS: [&str; 4] = ["ticket", "warning", "info", "notice"];
const DESCRIPTIONS: [&str; 2] = ["description", "message"];
/// Labels that are about the alert, and not about what it watches.
const OF_ALERT: [&str; 2] = ["alertname", "severity"];

/// Reads one document.
pub(super) fn document(reader: &mut Rules<'_, '_>, root: &Node) {
    let Some(fields) = Fields::open(&mut reader.report(), root, "") else { return };
    if fields.get("groups").is_some() && fields.get("kind").is_none() {
        return groups(reader, root, "");
    }
    let text = |name: &str| match fields.get(name).map(|node| &node.value) {
        Some(Value::Scalar(scalar)) => scalar.text(),
        _ => "",
    };
    let wrong = match (text("apiVersion"), text("kind")) {
        (KUBERNETES, "PrometheusRule") => {
            let Some(spec) = fields.require(&mut reader.report(), "spec", "{groups: […]}") else { return };
            return groups(reader, spec, "spec");
        }
        (_, kind) if kind.ends_with("List") && fields.get("items").is_some() => {
            let items = fields.require_list(&mut reader.report(), "items", "[…]").unwrap_or_default();
            let is_list = |item: &Node| matches!(&item.value, Value::Mapping(of) if of.iter().any(|e| e.key.text() == "items"));
            for item in items {
                if is_list(item) {
                    reader.report().error(item.at, "items", "a list within a list is not read");
                } else {
                    document(reader, item);
                }
            }
            return;
        }
        (version, "PrometheusServiceLevel" | "ServiceLevelObjective") => {
            format!("this is an SLO ({version}); ippo slo import reads it")
        }
        (version, kind) if version.starts_with("openslo/") || version.starts_with("ippo/") => {
            format!("{kind} of {version} need not be imported: ippo apply reads it")
        }
        ("", "") => format!("this has no groups; {KNOWN}"),
        (version, kind) => format!("{kind} of {version} has no rules that ippo knows; {KNOWN}"),
    };
    reader.report().error(root.at, "", wrong);
}

fn groups(reader: &mut Rules<'_, '_>, node: &Node, path: &str) {
    let Some(fields) = reader.fields(node, Form::Rules, path, "") else { return };
    let items = reader.items(&fields, "groups", "[{name: shop, rules: […]}]");
    for (i, item) in items.iter().enumerate() {
        let path = fields.path_of(&format!("groups[{i}]"));
        let Some(group) = reader.fields(item, Form::Rules, &path, "groups[]") else { continue };
        let Some(name) = group.require_scalar(&mut reader.report(), "name", "shop") else { continue };
        let labels = reader.texts(&group, "labels");
        for (i, rule) in
            reader.items(&group, "rules", "[{alert: HostDown, expr: up == 0}]").iter().enumerate()
        {
            read(reader, (name.text(), &labels), rule, &group.path_of(&format!("rules[{i}]")));
        }
    }
}

fn read(reader: &mut Rules<'_, '_>, group: (&str, &[(Scalar, String)]), node: &Node, path: &str) {
    let Some(whole) = Fields::open(&mut reader.report(), node, path) else { return };
    if let Some(record) = whole.get("record").and_then(|_| whole.scalar(&mut reader.report(), "record")) {
        let from = format!("{}/{}", group.0, record.text());
        reader.begin(record.text(), &from);
        if let Some(Fate::LeftOut { why, instead }) = fate_of(RULES, &format!("{RULE}.record")) {
            reader.refuse((record.at(), &whole.path_of("record")), Reason::new(why, instead));
        }
        return reader.take(&from, node.at, None);
    }
    let Some(alert) = whole.require_scalar(&mut reader.report(), "alert", "HostDown") else { return };
    let from = format!("{}/{}", group.0, alert.text());
    let name = shared::Name::new(reader, &[&kebab(alert.text())]);
    reader.begin(&name.name, &from);
    let Some(fields) = reader.fields(node, Form::Rules, path, RULE) else { return };
    let draft = draft(reader, (group.0, alert.text()), group.1, &fields, &name);
    let is_refused = draft.is_none();
    reader.take(&from, node.at, draft);
    if !is_refused {
        name.note_number(reader, (alert.at(), &fields.path_of("alert")));
    }
}

/// `KubePodOOMKilled` as `kube-pod-oom-killed`.
fn kebab(name: &str) -> String {
    let chars: Vec<char> = name.chars().collect();
    let mut words = String::new();
    for (at, c) in chars.iter().enumerate() {
        let after_small = at > 0 && (chars[at - 1].is_lowercase() || chars[at - 1].is_ascii_digit());
        let ends_capitals =
            at > 0 && chars[at - 1].is_uppercase() && chars.get(at + 1).is_some_and(|c| c.is_lowercase());
        if c.is_uppercase() && (after_small || ends_capitals) {
            words.push('-');
        }
        words.push(*c);
    }
    words
}

fn draft(
    reader: &mut Rules<'_, '_>,
    (group, alert): (&str, &str),
    of_group: &[(Scalar, String)],
    fields: &Fields<'_>,
    name: &shared::Name,
) -> Option<Draft> {
    let mut labels = of_group.to_vec();
    for (label, value) in reader.texts(fields, "labels") {
        labels.retain(|(known, _)| known.text() != label.text());
        labels.push((label, value));
    }
    let (severity, owner) = of_labels(reader, &labels, fields);
    let texts = Texts::read(reader, fields, alert);
    let for_minutes = timing::minutes(reader, fields, "for");
    let resolve_after_minutes = timing::minutes(reader, fields, "keep_firing_for");
    let expression = fields.require_scalar(&mut reader.report(), "expr", "up == 0")?;
    let at = (expression, fields.path_of("expr"));
    let (when, service) = condition(reader, (at.0, &at.1), &texts.labels, for_minutes)?;
    let choices = reader.read.choices;
    let action = if texts.action.is_empty() { choices.action.clone() } else { texts.action };
    let place = (fields.at, &fields.path);
    if owner.is_empty() {
        let message = format!(
            "{group}/{alert} says nobody who answers for it: say with --owner who does, or in a label owner or team"
        );
        reader.report().error(place.0, place.1, message);
    }
    if action.is_empty() && texts.runbook.is_empty() {
        let message = format!(
            "{group}/{alert} says nothing to do: say with --action what whoever is told does, or in an annotation action or runbook_url"
        );
        reader.report().error(place.0, place.1, message);
    }
    Some(Draft {
        name: name.name.clone(),
        display_name: if texts.summary.is_empty() { alert.to_owned() } else { texts.summary },
        from: format!("{group}/{alert}"),
        expression: expression.text().to_owned(),
        description: texts.description,
        owner,
        notify: choices.notify.clone(),
        severity,
        action,
        runbook: texts.runbook,
        service,
        for_minutes: for_minutes.filter(|_| matches!(when, When::Beyond { .. })),
        resolve_after_minutes,
        when,
        has_places: texts.has_places,
        file: reader.file.to_owned(),
        at: fields.at,
    })
}

/// Whether somebody must act now, and who answers.
fn of_labels(
    reader: &mut Rules<'_, '_>,
    labels: &[(Scalar, String)],
    fields: &Fields<'_>,
) -> (AlertSeverity, String) {
    let path = |name: &str| format!("{}.{name}", fields.path_of("labels"));
    let plain: Vec<(String, String)> = labels
        .iter()
        .filter(|(_, value)| !value.contains("{{"))
        .map(|(label, value)| (label.text().to_owned(), value.clone()))
        .collect();
    let owner = shared::owner(&plain, &reader.read.choices.owner);
    let chosen = reader.read.choices.severity.unwrap_or(AlertSeverity::Ticket);
    let word = if chosen == AlertSeverity::Page { "page" } else { "ticket" };
    let written = labels.iter().find(|(label, _)| label.text() == "severity");
    let severity = match written {
        Some((_, value)) if PAGES.contains(&value.to_ascii_lowercase().as_str()) => AlertSeverity::Page,
        Some((_, value)) if TICKETS.contains(&value.to_ascii_lowercase().as_str()) => AlertSeverity::Ticket,
        Some((label, value)) => {
            reader.note(
                (label.at(), &path("severity")),
                format!("the severity {value:?} is not known; it is a {word} here"),
            );
            chosen
        }
        None => {
            reader.note((fields.at, &fields.path), format!("without a label severity it is a {word} here"));
            chosen
        }
    };
    let used = |label: &str| label == "severity" || shared::is_owner(label);
    for (label, value) in labels.iter().filter(|(label, value)| {
        !used(label.text()) || (shared::is_owner(label.text()) && value.contains("{{"))
    }) {
        leave_out(reader, (label.at(), &path(label.text())), "labels", value);
    }
    (severity, owner)
}

/// A label or an annotation that has no place here.
fn leave_out(reader: &mut Rules<'_, '_>, at: (Position, &str), field: &str, value: &str) {
    if let Some(Fate::LeftOut { why, instead }) = fate_of(RULES, &format!("{RULE}.{field}.*")) {
        reader.leave_out(at, Reason::new(format!("{value:?}: {why}"), instead));
    }
}

/// What annotations say.
#[derive(Default)]
struct Texts {
    summary: String,
    description: String,
    action: String,
    runbook: String,
    /// The labels that they tell.
    labels: Vec<String>,
    has_places: bool,
}

impl Texts {
    fn read(reader: &mut Rules<'_, '_>, fields: &Fields<'_>, alert: &str) -> Self {
        let mut texts = Self::default();
        for (name, value) in reader.texts(fields, "annotations") {
            let path = format!("{}.{}", fields.path_of("annotations"), name.text());
            let is_of_runbook = shared::is_of_runbook(name.text());
            let of = match name.text() {
                "summary" => &mut texts.summary,
                "action" => &mut texts.action,
                other if DESCRIPTIONS.contains(&other) => &mut texts.description,
                _ if is_of_runbook => &mut texts.runbook,
                _ => {
                    leave_out(reader, (name.at(), &path), "annotations", &value);
                    continue;
                }
            };
            let Some(Still { text, labels, has_places }) = still(&value, alert) else {
                let why = "this template does more than to fill in a label or the value, and nobody evaluates it here";
                reader.leave_out(
                    (name.at(), &path),
                    Reason::new(why, "write the text out; ippo tells the value and the group beside it"),
                );
                continue;
            };
            if is_of_runbook && (has_places || !shared::is_runbook(name.text(), &text)) {
                let why = format!("{value:?} is no address that is the same for each alert of the rule");
                reader.leave_out((name.at(), &path), Reason::new(why, "write an http or https address"));
                continue;
            }
            if !of.is_empty() {
                leave_out(reader, (name.at(), &path), "annotations", &value);
                continue;
            }
            *of = text;
            texts.has_places |= has_places;
            let new = labels.into_iter().filter(|label| !OF_ALERT.contains(&label.as_str()));
            for label in new {
                if !texts.labels.contains(&label) {
                    texts.labels.push(label);
                }
            }
        }
        texts
    }
}

fn refuse(reader: &mut Rules<'_, '_>, (expression, path): (&Scalar, &str), why: NotCounted) {
    let at = expression.position_of(why.offset);
    reader.refuse((at, path), Reason::new(why.reason, why.instead));
}

/// When the rule fires, and the service that it is about.
fn condition(
    reader: &mut Rules<'_, '_>,
    at: (&Scalar, &str),
    told: &[String],
    for_minutes: Option<u32>,
) -> Option<(When, String)> {
    let read = read_alerting(at.0.text()).map_err(|why| refuse(reader, at, why)).ok()?;
    let selector = match &read {
        Alerting::Beyond(beyond) => beyond.watched.selector.clone(),
        Alerting::Absent(absent) => absent.selector.clone(),
    };
    let filter = selector.stored_where().map_err(|reason| {
        let instead = "write the values out, or leave the label away and tell groups apart by it";
        refuse(reader, at, NotCounted { offset: 0, reason, instead });
    });
    let (filter, place) = (filter.ok()?, (at.0.at(), at.1));
    if selector.metric().contains(':') {
        let metric = selector.metric();
        reader.note(place, format!("{metric} is recorded by a rule: have the Prometheus send it, too"));
    }
    let service = selector.value_of("job").unwrap_or_default().to_owned();
    let when = match read {
        Alerting::Absent(absent) => {
            let silent_minutes = absent.minutes.max(for_minutes.unwrap_or_default());
            When::Absent { filter, silent_minutes }
        }
        Alerting::Beyond(beyond) => {
            let by = by(reader, place, &beyond, told)?;
            note_differences(reader, place, &beyond);
            When::Beyond { filter, beyond: Box::new(beyond), by }
        }
    };
    Some((when, service))
}

/// By what groups are told apart, as columns and attributes.
fn by(
    reader: &mut Rules<'_, '_>,
    at: (Position, &str),
    beyond: &Beyond,
    told: &[String],
) -> Option<Vec<String>> {
    match &beyond.watched.grouped {
        Grouped::By(labels) if labels.len() > RULE_GROUP_FIELDS => {
            let why = format!(
                "it tells alerts apart by {} labels, and a rule of ippo by {RULE_GROUP_FIELDS} at most",
                labels.len()
            );
            reader.refuse(
                at,
                Reason::new(why, "leave labels away that follow from others, or that nobody acts on"),
            );
            None
        }
        Grouped::By(labels) => Some(labels.iter().map(|label| stored_label(label)).collect()),
        Grouped::EachSeries => {
            let is_open = |label: &&String| beyond.watched.selector.value_of(label).is_none();
            let labels: Vec<&String> = told.iter().filter(is_open).collect();
            let (labels, others) = labels.split_at(labels.len().min(RULE_GROUP_FIELDS));
            let named =
                |labels: &[&String]| labels.iter().map(|label| label.as_str()).collect::<Vec<_>>().join(", ");
            let what = match labels {
                [] => "all of them are one".to_owned(),
                labels => format!("there is one for each {}, as its texts tell", named(labels)),
            };
            let rest = if others.is_empty() {
                String::new()
            } else {
                format!(", and no longer for each {}", named(others))
            };
            reader.note(at, format!("in Prometheus each series is an alert of its own; here {what}{rest}"));
            Some(labels.iter().map(|label| stored_label(label)).collect())
        }
        Grouped::Whole | Grouped::Without(_) => Some(vec![]),
    }
}

/// What is carried over and is not quite the same.
fn note_differences(reader: &mut Rules<'_, '_>, at: (Position, &str), beyond: &Beyond) {
    let metric = Selector::metric(&beyond.watched.selector);
    match beyond.supposed {
        Some(Supposed::NeverBelowNought) => {
            reader.note(at, format!("it says the same as long as {metric} is never below 0"));
        }
        Some(Supposed::NeverAboveOne) => {
            reader.note(at, format!("it says the same as long as {metric} is never above 1"));
        }
        None => {}
    }
    match &beyond.watched.made {
        Made::Increase(minutes) | Made::Rate(minutes) if !is_counter(metric) => {
            let over = duration_text(*minutes);
            reader.note(
                at,
                format!(
                    "{metric} is not called as counters are; what it added over {over} is known if it comes as a counter, which remote write \
                     says by metadata"
                ),
            );
        }
        Made::Percentile(..) if !beyond.direction.is_high() => {
            reader.note(at, "below means at most for a histogram, whose buckets have their upper boundary");
        }
        _ => {}
    }
}
