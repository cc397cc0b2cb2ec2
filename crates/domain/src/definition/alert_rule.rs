//! Reads `ippo/v1` alert rules: one condition, who acts, and what to do. A rule that tells nobody, or leaves whom it tells without
//! a word of what to do, is refused.

mod limit;
mod threshold;
mod written;

pub(super) use written::fields_of;

use super::fields::{Fields, Report, list, scalar, unknown};
use super::scalar::Scalar;
use super::yaml::{Node, Position};
use super::{ExpressionRole, ExpressionText, Reference, annotation, duration};
use crate::alert::AlertSeverity;
use crate::alert_rule::{Absence, AlertRule, Condition, TextFound};
use crate::slo::Signal;

const KIND: &str = "AlertRule";
const CONDITIONS: [&str; 3] = ["threshold", "absence", "text"];
/// Notification targets of one rule.
pub const RULE_TARGETS: usize = 20;
/// Fields by which one rule tells groups apart.
pub const RULE_GROUP_FIELDS: usize = 3;
/// What to do, in characters.
pub const ACTION_CHARS: usize = 2_000;
/// The longest window of a count or ratio, in minutes.
pub const COUNT_WINDOW_MINUTES: u32 = 24 * 60;
/// The longest window of anything else, in minutes: all of its points are held at once.
pub const VALUE_WINDOW_MINUTES: u32 = 6 * 60;
/// The longest that a condition may have to hold, or not to, in minutes.
pub const WAIT_MINUTES: u32 = 7 * 24 * 60;
const USUAL_WINDOW_MINUTES: u32 = 5;
const TEXT_ENDS_AFTER_MINUTES: u32 = 30;

/// An alert rule, and where it was written.
#[derive(Clone, PartialEq, Debug)]
pub struct AlertRuleDefinition {
    /// What it says.
    pub rule: AlertRule,
    /// Its expressions, and the fields by which it groups, still to be read.
    pub expressions: Vec<ExpressionText>,
    /// Its text: what [`super::parse_alert_rule`] reads again.
    pub document: String,
    /// The file it stands in.
    pub file: String,
    /// Where its name stands.
    pub name_at: Position,
    /// Whom it tells, and where it says so.
    pub targets: Vec<Reference>,
}

/// What its header says.
pub(super) struct Named<'n> {
    pub(super) name: &'n str,
    pub(super) name_at: Position,
    pub(super) display_name: &'n str,
    pub(super) annotations: Option<&'n Node>,
    pub(super) text: &'n str,
}

/// Reads the whole of an AlertRule.
pub(super) fn read(report: &mut Report<'_>, named: &Named<'_>, spec: &Node) -> Option<AlertRuleDefinition> {
    let before = report.errors.len();
    annotation::read_none(report, named.annotations, "metadata");
    let spec = Fields::take(report, spec, "spec", KIND, "spec")?;
    let mut expressions = Vec::new();
    let condition = read_condition(report, &spec, &mut expressions);
    let of_threshold = matches!(condition, Some(Condition::Threshold(_)));
    let owner = required(
        report,
        &spec,
        "owner",
        "shop",
        "somebody must answer for a rule, or nobody mends it when it is wrong",
    );
    let (notify, targets) = read_notify(report, &spec);
    let severity = read_severity(report, &spec);
    let (action, runbook) = read_what_to_do(report, &spec);
    let for_minutes = waiting(report, &spec, "for");
    if for_minutes.is_some() && condition.is_some() && !of_threshold {
        let message = "for belongs to a threshold: of an absence give silentFor, of a text least and over";
        report.error(spec.place_of("for"), "spec.for", message);
    }
    let usual_end = if matches!(condition, Some(Condition::Text(_))) { TEXT_ENDS_AFTER_MINUTES } else { 1 };
    let resolve_after_minutes = waiting(report, &spec, "resolveAfter").unwrap_or(usual_end);
    let (description, service) = (spec.text(report, "description"), spec.text(report, "service"));
    let rule = AlertRule {
        name: named.name.to_owned(),
        display_name: if named.display_name.is_empty() { named.name } else { named.display_name }.to_owned(),
        description,
        owner: owner?,
        notify,
        severity: severity?,
        action,
        runbook,
        service: Some(service).filter(|service| !service.is_empty()),
        condition: condition?,
        for_minutes: for_minutes.unwrap_or(1),
        resolve_after_minutes,
    };
    let (document, file) = (named.text.to_owned(), report.file.to_owned());
    let name_at = named.name_at;
    (report.errors.len() == before).then_some(AlertRuleDefinition {
        rule,
        expressions,
        document,
        file,
        name_at,
        targets,
    })
}

/// A text that must be there, for a reason.
fn required(
    report: &mut Report<'_>,
    spec: &Fields<'_>,
    name: &str,
    example: &str,
    why: &str,
) -> Option<String> {
    let written = spec.get(name).and_then(|_| spec.scalar(report, name));
    match written.map(|written| written.text().trim()) {
        Some(text) if !text.is_empty() => Some(text.to_owned()),
        Some(_) => {
            report.error(spec.place_of(name), &spec.path_of(name), format!("{name} is empty: {why}"));
            None
        }
        None if spec.get(name).is_some() => None,
        None => {
            let message = format!("{name} is missing: {why}; write for example {name}: {example}");
            report.error(spec.place_of(name), &spec.path_of(name), message);
            None
        }
    }
}

fn read_notify(report: &mut Report<'_>, spec: &Fields<'_>) -> (Vec<String>, Vec<Reference>) {
    let why =
        "an alert that nobody is told of helps nobody; name notification targets, as in notify: [oncall]";
    let items = match spec.get("notify") {
        Some(node) => list(report, node, "spec.notify"),
        None => {
            report.error(spec.place_of("notify"), "spec.notify", format!("notify is missing: {why}"));
            None
        }
    };
    let Some(items) = items else { return (vec![], vec![]) };
    if items.is_empty() || items.len() > RULE_TARGETS {
        let message = format!("a rule names at least one and at most {RULE_TARGETS} targets: {why}");
        report.error(spec.place_of("notify"), "spec.notify", message);
    }
    let (mut names, mut targets): (Vec<String>, Vec<Reference>) = (vec![], vec![]);
    for (i, item) in items.iter().enumerate().take(RULE_TARGETS) {
        let field = format!("spec.notify[{i}]");
        let Some(written) = scalar(report, item, &field) else { continue };
        if written.text().is_empty() {
            report.error(written.at(), &field, "the name is empty");
        } else if !names.iter().any(|name| name == written.text()) {
            let (name, file) = (written.text().to_owned(), report.file.to_owned());
            names.push(name.clone());
            targets.push(Reference { name, file, at: written.at(), field });
        }
    }
    (names, targets)
}

fn read_severity(report: &mut Report<'_>, spec: &Fields<'_>) -> Option<AlertSeverity> {
    let written = spec.require_scalar(report, "severity", "page, if someone must act now, or ticket")?;
    match written.text() {
        "page" => Some(AlertSeverity::Page),
        "ticket" => Some(AlertSeverity::Ticket),
        other => {
            let message = unknown(other, "severity", &["page", "ticket"]);
            report.error(written.at(), "spec.severity", message);
            None
        }
    }
}

/// What to do, in words and as an address; one of them must be there.
fn read_what_to_do(report: &mut Report<'_>, spec: &Fields<'_>) -> (String, Option<String>) {
    let action = spec.text(report, "action").trim().to_owned();
    if action.chars().count() > ACTION_CHARS {
        let message =
            format!("the action has more than {ACTION_CHARS} characters; put the rest into a runbook");
        report.error(spec.place_of("action"), "spec.action", message);
    }
    let written = spec.scalar(report, "runbook");
    let runbook = written.filter(|written| !written.text().is_empty()).and_then(|written| {
        let text = written.text();
        let is_web = text.starts_with("https://") || text.starts_with("http://");
        if !is_web {
            let message = "a runbook is an http or https address, as people will follow it as a link";
            report.error(written.at(), "spec.runbook", message);
        }
        is_web.then(|| text.to_owned())
    });
    if action.is_empty() && written.is_none_or(|written| written.text().is_empty()) {
        let message = "action is missing: whoever is woken must know what to do; write action: in a sentence or two, or runbook: \
                       and an address, or both";
        report.error(spec.place_of("action"), "spec.action", message);
    }
    (action, runbook)
}

/// A length of time that something must last.
fn waiting(report: &mut Report<'_>, spec: &Fields<'_>, name: &str) -> Option<u32> {
    span(report, spec, name, WAIT_MINUTES)
}

fn span(report: &mut Report<'_>, fields: &Fields<'_>, name: &str, most: u32) -> Option<u32> {
    let written = fields.scalar(report, name)?;
    let read = duration::minutes(written.text()).and_then(|minutes| match minutes {
        minutes if minutes > most => Err(format!(
            "{} is longer than the most that is possible here, {}",
            written.text(),
            crate::slo::duration_text(most)
        )),
        minutes => Ok(minutes),
    });
    read.map_err(|message| report.error(written.at(), &fields.path_of(name), message)).ok()
}

fn read_condition(
    report: &mut Report<'_>,
    spec: &Fields<'_>,
    expressions: &mut Vec<ExpressionText>,
) -> Option<Condition> {
    let given: Vec<&str> = CONDITIONS.into_iter().filter(|name| spec.get(name).is_some()).collect();
    let [name] = given.as_slice() else {
        let message = format!("give exactly one of {}: it says when the alert fires", CONDITIONS.join(", "));
        report.error(spec.at, "spec", message);
        return None;
    };
    let node = spec.get(name)?;
    let fields = Fields::take(report, node, &spec.path_of(name), KIND, &format!("spec.{name}"))?;
    match *name {
        "threshold" => threshold::read(report, &fields, expressions).map(Condition::Threshold),
        "absence" => read_absence(report, &fields, expressions).map(Condition::Absence),
        _ => read_text(report, &fields, expressions).map(Condition::Text),
    }
}

fn read_signal(report: &mut Report<'_>, fields: &Fields<'_>) -> Option<Signal> {
    let written = fields.require_scalar(report, "signal", "spans, logs or metrics")?;
    if written.text() == super::data_source::PROMETHEUS {
        let message = "a rule reads what ippo stores; have the Prometheus send by remote write, and write signal: metrics";
        report.error(written.at(), &fields.path_of("signal"), message);
        return None;
    }
    let found = Signal::ALL.into_iter().find(|signal| signal.name() == written.text());
    if found.is_none() {
        let message = unknown(written.text(), "signal", &Signal::ALL.map(Signal::name));
        report.error(written.at(), &fields.path_of("signal"), message);
    }
    found
}

/// An expression, whose text is kept with its place.
fn expression(
    report: &Report<'_>,
    fields: &Fields<'_>,
    name: &str,
    (role, written): (ExpressionRole, &Scalar),
    expressions: &mut Vec<ExpressionText>,
) -> String {
    let (file, field) = (report.file.to_owned(), fields.path_of(name));
    expressions.push(ExpressionText { objective: 0, role, file, field, scalar: written.clone() });
    written.text().to_owned()
}

fn read_where(
    report: &mut Report<'_>,
    fields: &Fields<'_>,
    expressions: &mut Vec<ExpressionText>,
) -> Option<String> {
    let written = fields.require_scalar(report, "where", "\"service = 'checkout' AND kind = 'server'\"")?;
    Some(expression(report, fields, "where", (ExpressionRole::Total, written), expressions))
}

fn read_by(
    report: &mut Report<'_>,
    fields: &Fields<'_>,
    expressions: &mut Vec<ExpressionText>,
) -> Vec<String> {
    let path = fields.path_of("by");
    let items = fields.get("by").and_then(|node| list(report, node, &path)).unwrap_or_default();
    if items.len() > RULE_GROUP_FIELDS {
        let message = format!("groups are told apart by at most {RULE_GROUP_FIELDS} fields");
        report.error(fields.place_of("by"), &path, message);
    }
    let mut by: Vec<String> = Vec::new();
    for (i, item) in items.iter().enumerate().take(RULE_GROUP_FIELDS) {
        let field = format!("{path}[{i}]");
        let Some(written) = scalar(report, item, &field) else { continue };
        if by.iter().any(|known| known == written.text()) {
            report.error(written.at(), &field, format!("{:?} is named twice", written.text()));
        }
        by.push(written.text().to_owned());
        let (role, file, scalar) = (ExpressionRole::Group, report.file.to_owned(), written.clone());
        expressions.push(ExpressionText { objective: 0, role, file, field, scalar });
    }
    by
}

fn whole(report: &mut Report<'_>, fields: &Fields<'_>, name: &str, written: &Scalar) -> u64 {
    match written.text().parse::<u32>() {
        Ok(count) if count > 0 => u64::from(count),
        _ => {
            let message = format!("{:?} is not a whole number from 1 on", written.text());
            report.error(written.at(), &fields.path_of(name), message);
            1
        }
    }
}

fn read_absence(
    report: &mut Report<'_>,
    fields: &Fields<'_>,
    expressions: &mut Vec<ExpressionText>,
) -> Option<Absence> {
    let signal = read_signal(report, fields);
    let filter = read_where(report, fields, expressions);
    fields.require(report, "silentFor", "10m")?;
    let silent_minutes = span(report, fields, "silentFor", WAIT_MINUTES)?;
    Some(Absence { signal: signal?, filter: filter?, silent_minutes })
}

fn read_text(
    report: &mut Report<'_>,
    fields: &Fields<'_>,
    expressions: &mut Vec<ExpressionText>,
) -> Option<TextFound> {
    let written = fields.require_scalar(report, "contains", "payment gateway timeout");
    if let Some(written) = written.filter(|written| written.text().trim().is_empty()) {
        let message = "the text is empty, and would be found in every record";
        report.error(written.at(), &fields.path_of("contains"), message);
    }
    let filter = match fields.get("where") {
        Some(_) => read_where(report, fields, expressions)?,
        None => String::new(),
    };
    let by = read_by(report, fields, expressions);
    let least = fields.scalar(report, "least").map_or(1, |written| whole(report, fields, "least", written));
    let over_minutes = span(report, fields, "over", COUNT_WINDOW_MINUTES).unwrap_or(USUAL_WINDOW_MINUTES);
    Some(TextFound { contains: written?.text().to_owned(), filter, least, over_minutes, by })
}
