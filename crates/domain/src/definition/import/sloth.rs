//! Reads SLOs of Sloth: its own files, and those for Kubernetes, which have the same in camel case.
//!
//! Source: <https://pkg.go.dev/github.com/slok/sloth/pkg/prometheus/api/v1>.

use super::super::fields::Fields;
use super::super::scalar::Scalar;
use super::super::yaml::{Node, Position};
use super::alerts::{Alerts, Tool};
use super::draft::{Counts, Draft};
use super::reader::{Form, Reader, Reason};
use super::shared;
use crate::prometheus::{CountedRatio, Side, read_error_ratio, read_events};

/// Where the name of alerts is kept.
const ALERT_NAME: &str = "sloth.slok.dev/alert-name";

/// What the SLOs of a document have in common.
struct Group {
    form: Form,
    service: String,
    labels: Vec<(Scalar, String)>,
}

/// Reads a document.
pub(super) fn read(reader: &mut Reader<'_, '_>, root: &Node, form: Form) {
    let spec = match form {
        Form::Sloth | Form::Pyrra | Form::Rules => reader.fields(root, form, "", ""),
        Form::SlothKubernetes => {
            let Some(whole) = Fields::open(&mut reader.report(), root, "") else { return };
            let spec = whole.require(&mut reader.report(), "spec", "{service: shop, slos: […]}");
            spec.and_then(|spec| reader.fields(spec, form, "spec", ""))
        }
    };
    let Some(spec) = spec else { return };
    let service = spec.require_scalar(&mut reader.report(), "service", "shop");
    let labels = reader.texts(&spec, "labels");
    let items = reader.items(&spec, "slos", "[{name: availability, objective: 99.9, …}]");
    let Some(service) = service else { return };
    let group = Group { form, service: service.text().to_owned(), labels };
    for (i, item) in items.iter().enumerate() {
        slo(reader, &group, item, &spec.path_of(&format!("slos[{i}]")));
    }
    if items.is_empty() {
        let message = "there is no SLO; Sloth asks for at least one";
        reader.report().error(spec.place_of("slos"), &spec.path_of("slos"), message);
    }
}

fn slo(reader: &mut Reader<'_, '_>, group: &Group, item: &Node, path: &str) {
    let Some(whole) = Fields::open(&mut reader.report(), item, path) else { return };
    let Some(name) = whole.require_scalar(&mut reader.report(), "name", "availability") else { return };
    let called = shared::Name::new(reader, &[&group.service, name.text()]);
    reader.begin(&called.name, &called.name);
    let Some(fields) = reader.fields(item, group.form, path, "slos[]") else { return };
    called.note(reader, (name.at(), &fields.path_of("name")));
    let draft = draft(reader, group, &fields, called);
    reader.take(name.text(), item.at, draft);
}

fn draft(
    reader: &mut Reader<'_, '_>,
    group: &Group,
    fields: &Fields<'_>,
    called: shared::Name,
) -> Option<Draft> {
    let objective = fields.require_scalar(&mut reader.report(), "objective", "99.9");
    let target = objective.map(|written| shared::target(reader, written, &fields.path_of("objective")));
    let counts = indicator(reader, group.form, fields);
    let mut labels = group.labels.clone();
    for (name, value) in reader.texts(fields, "labels") {
        labels.retain(|(known, _)| known.text() != name.text());
        labels.push((name, value));
    }
    let alerting = alerting(reader, group.form, fields);
    let choices = reader.read.choices;
    let labels: Vec<(String, String)> =
        labels.into_iter().map(|(name, value)| (name.text().to_owned(), value)).collect();
    let (target, target_percent) = target??;
    Some(Draft {
        owner: shared::owner(&labels, &choices.owner),
        name: called.name,
        display_name: called.display_name,
        labels,
        notify: if alerting.alerts.is_none() { String::new() } else { choices.notify.join(",") },
        runbook: alerting.runbook,
        annotations: alerting.name.into_iter().map(|name| (ALERT_NAME.to_owned(), name)).collect(),
        description: fields.text(&mut reader.report(), "description").trim().to_owned(),
        service: group.service.clone(),
        counts: counts?,
        period_minutes: choices.period_minutes,
        target,
        target_percent,
        alerts: alerting.alerts,
        file: reader.file.to_owned(),
        at: fields.at,
    })
}

fn indicator(reader: &mut Reader<'_, '_>, form: Form, fields: &Fields<'_>) -> Option<Counts> {
    let node = fields.require(&mut reader.report(), "sli", "{events: {error_query: …, total_query: …}}")?;
    let sli = Fields::open(&mut reader.report(), node, &fields.path_of("sli"))?;
    let given: Vec<&str> =
        ["events", "raw", "plugin"].into_iter().filter(|name| sli.get(name).is_some()).collect();
    let [kind] = given[..] else {
        let message = "an SLI has exactly one of events, raw and plugin";
        reader.report().error(sli.at, &sli.path, message);
        return None;
    };
    if kind == "plugin" {
        let at = (sli.place_of(kind), sli.path_of(kind));
        shared::refuse_field(reader, form, (at.0, &at.1), "slos[].sli.plugin");
        return None;
    }
    let sli = reader.below(fields, "sli", form, "slos[]")?;
    let queries = reader.below(&sli, kind, form, "slos[].sli")?;
    if kind == "raw" {
        let name = form.written("error_ratio_query");
        let query = queries.require_scalar(&mut reader.report(), &name, "1 - a / b")?;
        let at = queries.path_of(&name);
        return match read_error_ratio(query.text()) {
            Ok(ratio) => Some(counted(reader, ratio, (query.at(), &at))),
            Err(why) => {
                shared::refuse_query(reader, query, &at, why);
                None
            }
        };
    }
    let (error_name, total_name) = (form.written("error_query"), form.written("total_query"));
    let example = "sum(rate(http_requests_total[{{.window}}]))";
    let error = queries.require_scalar(&mut reader.report(), &error_name, example);
    let total = queries.require_scalar(&mut reader.report(), &total_name, example);
    let (error, total) = (error?, total?);
    match read_events(error.text(), total.text()) {
        Ok(ratio) => Some(counted(reader, ratio, (error.at(), &queries.path_of(&error_name)))),
        Err((Side::Error, why)) => {
            shared::refuse_query(reader, error, &queries.path_of(&error_name), why);
            None
        }
        Err((Side::Total, why)) => {
            shared::refuse_query(reader, total, &queries.path_of(&total_name), why);
            None
        }
    }
}

fn counted(reader: &mut Reader<'_, '_>, ratio: CountedRatio, at: (Position, &str)) -> Counts {
    shared::tell_of_groups(reader, &ratio.grouped, at);
    shared::tell_of_rules(reader, [&ratio.total, ratio.part.selector()], at);
    Counts::Ratio { total: ratio.total.to_string(), part: ratio.part }
}

/// What is said of alerts.
struct Alerting {
    name: Option<String>,
    runbook: String,
    alerts: Alerts,
}

fn alerting(reader: &mut Reader<'_, '_>, form: Form, fields: &Fields<'_>) -> Alerting {
    let alerts = Alerts { tool: Tool::Sloth, pages: true, tickets: true, absence: true };
    let mut found = Alerting { name: None, runbook: String::new(), alerts };
    let Some(alerting) = reader.below(fields, "alerting", form, "slos[]") else { return found };
    found.name = Some(alerting.text(&mut reader.report(), "name")).filter(|name| !name.is_empty());
    annotations(reader, &alerting, &mut found.runbook);
    for (name, is_page) in [("page_alert", true), ("ticket_alert", false)] {
        let Some(alert) = reader.below(&alerting, name, form, "slos[].alerting") else { continue };
        annotations(reader, &alert, &mut found.runbook);
        let enabled = reader.flag(&alert, "disable") != Some(true);
        *(if is_page { &mut found.alerts.pages } else { &mut found.alerts.tickets }) = enabled;
    }
    found
}

/// Takes the runbook out of annotations; the others are left out.
fn annotations(reader: &mut Reader<'_, '_>, fields: &Fields<'_>, runbook: &mut String) {
    let path = fields.path_of("annotations");
    for (name, value) in reader.texts(fields, "annotations") {
        let is_runbook = shared::is_runbook(name.text(), &value);
        if is_runbook && (runbook.is_empty() || *runbook == value) {
            *runbook = value;
            continue;
        }
        let field = format!("{path}.{}", name.text());
        let reason = if is_runbook {
            Reason::new("an SLO has one runbook, and this is another", "link the one from the other")
        } else if shared::is_of_runbook(name.text()) {
            let instead = "write the whole address into the annotation ippo.dev/runbook";
            Reason::new("a runbook is an http or https address without a template", instead)
        } else {
            Reason::new(
                "ippo writes its messages itself: which SLO burns, how fast and since when",
                "what people should know belongs into the description, and what they should do into the runbook",
            )
        };
        reader.leave_out((name.at(), &field), reason);
    }
}
