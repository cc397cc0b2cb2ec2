//! Reads OpenSLO SLO documents. What OpenSLO leaves open is decided here: who is told stands in annotations.

use super::document::Header;
use super::fields::{Fields, Report, list, unknown};
use super::indicator::Indicator;
use super::yaml::{Node, Position};
use super::{DESCRIPTION_CHARS, NAME_BYTES, OBJECTIVES, duration};
use crate::slo::{
    BudgetingMethod, Comparison, Measure, Objective, Slo, Target, TargetError, Threshold, WINDOW_MAX_MINUTES,
    Window,
};

const OWNER: &str = "ippo.dev/owner";
const NOTIFY: &str = "ippo.dev/notify";
const RUNBOOK: &str = "ippo.dev/runbook";

/// What annotations say.
#[derive(Default)]
pub(super) struct Annotations {
    owner: String,
    notify: Vec<String>,
    runbook: Option<String>,
    /// Where the list of whom to tell stands, if it does.
    pub(super) notify_at: Option<Position>,
}

/// Reads the annotations of an SLO: others' are let be, ours must be known.
pub(super) fn read_annotations(report: &mut Report<'_>, node: Option<&Node>) -> Annotations {
    let mut annotations = Annotations::default();
    let path = "metadata.annotations";
    let Some(fields) = node.and_then(|node| Fields::open(report, node, path)) else { return annotations };
    for entry in fields.entries() {
        let (name, field) = (entry.key.text(), format!("{path}.{}", entry.key.text()));
        match name {
            OWNER => annotations.owner = fields.text(report, name),
            NOTIFY => {
                let names = fields.text(report, name);
                annotations.notify_at = Some(entry.value.at);
                let names = names.split(',').map(str::trim).filter(|n| !n.is_empty());
                for name in names {
                    if !annotations.notify.iter().any(|n| n == name) {
                        annotations.notify.push(name.to_owned());
                    }
                }
            }
            RUNBOOK => {
                let text = fields.text(report, name);
                if text.starts_with("https://") || text.starts_with("http://") {
                    annotations.runbook = Some(text);
                } else if !text.is_empty() {
                    let message = "a runbook is an http or https address, as people will follow it as a link";
                    report.error(entry.value.at, &field, message);
                }
            }
            _ if name.starts_with("ippo.dev/") => {
                report.error(entry.key.at(), &field, unknown(name, "annotation", &[OWNER, NOTIFY, RUNBOOK]));
            }
            _ => {}
        }
    }
    annotations
}

/// The `spec` of an SLO document, but for its indicator.
pub(super) struct Spec<'n> {
    pub(super) fields: Fields<'n>,
}

impl<'n> Spec<'n> {
    /// Opens the `spec`.
    pub(super) fn open(report: &mut Report<'_>, header: &Header<'n>) -> Option<Self> {
        let node = header.spec(report)?;
        Some(Self { fields: Fields::take(report, node, "spec", "SLO", "spec")? })
    }

    /// Reads the rest, once the indicator is known. Without one, the rest is still checked.
    pub(super) fn finish(
        &self,
        report: &mut Report<'_>,
        header: &Header<'_>,
        indicator: Option<&Indicator>,
        annotations: Annotations,
    ) -> Option<Slo> {
        let description = self.description(report);
        let service = self.service(report);
        let window = self.window(report);
        let budgeting_method = self.budgeting_method(report);
        let objectives = self.objectives(report, indicator.map(|i| &i.sli.measure));
        let name = header.name.to_owned();
        Some(Slo {
            display_name: if header.display_name.is_empty() {
                name.clone()
            } else {
                header.display_name.clone()
            },
            name,
            description,
            owner: annotations.owner,
            notify: annotations.notify,
            runbook: annotations.runbook,
            service: service?,
            sli: indicator?.sli.clone(),
            window: window?,
            budgeting_method: budgeting_method?,
            objectives: objectives?,
        })
    }

    fn description(&self, report: &mut Report<'_>) -> String {
        let description = self.fields.text(report, "description");
        let chars = description.chars().count();
        if chars > DESCRIPTION_CHARS {
            let message =
                format!("the description has {chars} characters; OpenSLO allows {DESCRIPTION_CHARS}");
            report.error(self.fields.place_of("description"), "spec.description", message);
        }
        description.trim_end().to_owned()
    }

    fn service(&self, report: &mut Report<'_>) -> Option<String> {
        let service = self.fields.require_scalar(report, "service", "frontend")?;
        let text = service.text();
        if text.is_empty() || text.len() > NAME_BYTES * 4 || text.contains(char::is_control) {
            report.error(service.at(), "spec.service", "this is not a service's name as telemetry gives it");
            return None;
        }
        Some(text.to_owned())
    }

    fn window(&self, report: &mut Report<'_>) -> Option<Window> {
        let example = "[{duration: 28d, isRolling: true}]";
        let items = self.fields.require_list(report, "timeWindow", example)?;
        let [item] = items else {
            let message =
                format!("an SLO has exactly one time window, not {}; write one SLO for each", items.len());
            report.error(self.fields.place_of("timeWindow"), "spec.timeWindow", message);
            return None;
        };
        let window = Fields::take(report, item, "spec.timeWindow[0]", "SLO", "spec.timeWindow[]")?;
        let rolling = window.require_scalar(report, "isRolling", "true")?;
        if rolling.text() != "true" {
            let message = "only rolling windows are supported; write isRolling: true and a duration in days";
            report.error(rolling.at(), "spec.timeWindow[0].isRolling", message);
            return None;
        }
        let written = window.require_scalar(report, "duration", "28d")?;
        let field = "spec.timeWindow[0].duration";
        let minutes =
            duration::minutes(written.text()).map_err(|m| report.error(written.at(), field, m)).ok()?;
        let window = Window::rolling(minutes);
        if window.is_none() {
            let longest = WINDOW_MAX_MINUTES / (24 * 60);
            let message = format!(
                "{} is outside the limits: a window is at least 1h and at most {longest}d",
                written.text()
            );
            report.error(written.at(), field, message);
        }
        window
    }

    fn budgeting_method(&self, report: &mut Report<'_>) -> Option<BudgetingMethod> {
        let method = self.fields.require_scalar(report, "budgetingMethod", "Occurrences")?;
        let message = match method.text() {
            "Occurrences" => return Some(BudgetingMethod::Occurrences),
            "Timeslices" | "RatioTimeslices" => format!(
                "{} is not supported: ippo counts every event and does not weigh slices of time alike; write Occurrences",
                method.text()
            ),
            other => unknown(other, "budgeting method", &["Occurrences", "Timeslices", "RatioTimeslices"]),
        };
        report.error(method.at(), "spec.budgetingMethod", message);
        None
    }

    fn objectives(&self, report: &mut Report<'_>, measure: Option<&Measure>) -> Option<Vec<Objective>> {
        let node = self.fields.require(report, "objectives", "[{target: 0.999}]")?;
        let items = list(report, node, "spec.objectives")?;
        if items.is_empty() || items.len() > OBJECTIVES {
            let message = format!("give at least one and at most {OBJECTIVES} objectives");
            report.error(node.at, "spec.objectives", message);
            return None;
        }
        let objectives: Vec<Option<Objective>> =
            items.iter().enumerate().map(|(i, item)| objective(report, item, i, measure)).collect();
        objectives.into_iter().collect()
    }
}

fn objective(
    report: &mut Report<'_>,
    item: &Node,
    index: usize,
    measure: Option<&Measure>,
) -> Option<Objective> {
    let path = format!("spec.objectives[{index}]");
    let fields = Fields::take(report, item, &path, "SLO", "spec.objectives[]")?;
    let target = target(report, &fields);
    let threshold = match measure {
        Some(Measure::Threshold { .. } | Measure::Observations) => Some(threshold(report, &fields)),
        Some(Measure::Good(_) | Measure::Bad(_)) => {
            for name in ["op", "value"] {
                if fields.get(name).is_some() {
                    let message =
                        format!("{name} belongs to a thresholdMetric; this SLO's indicator is a ratioMetric");
                    report.error(fields.place_of(name), &fields.path_of(name), message);
                }
            }
            None
        }
        None => None,
    };
    let threshold = match threshold {
        Some(None) => return None,
        Some(Some(threshold)) => Some(threshold),
        None => None,
    };
    Some(Objective { display_name: fields.text(report, "displayName"), target: target?, threshold })
}

type ParseTarget = fn(&str) -> Result<Target, TargetError>;

fn target(report: &mut Report<'_>, fields: &Fields<'_>) -> Option<Target> {
    let (name, parse) = match (fields.get("target"), fields.get("targetPercent")) {
        (Some(_), Some(_)) => {
            let message = "give either target or targetPercent, not both";
            report.error(fields.place_of("targetPercent"), &fields.path_of("targetPercent"), message);
            return None;
        }
        (None, None) => {
            let message = "target is missing; write for example target: 0.999 or targetPercent: 99.9";
            report.error(fields.at, &fields.path_of("target"), message);
            return None;
        }
        (Some(_), None) => ("target", Target::parse as ParseTarget),
        (None, Some(_)) => ("targetPercent", Target::parse_percent as ParseTarget),
    };
    let written = fields.scalar(report, name)?;
    let parsed = parse(written.text());
    // Nobody who writes 1 means one percent; who writes 99.9 or 100 thinks in percent.
    let percent_meant = name == "target" && written.text().parse::<f64>().is_ok_and(|number| number > 1.0);
    let percent = if Target::parse_percent(written.text()).is_ok() { written.text() } else { "99.9" };
    let hint = if percent_meant { format!(", or targetPercent: {percent}") } else { String::new() };
    parsed.map_err(|e| report.error(written.at(), &fields.path_of(name), format!("{e}{hint}"))).ok()
}

fn threshold(report: &mut Report<'_>, fields: &Fields<'_>) -> Option<Threshold> {
    let op = fields.require_scalar(report, "op", "lte").and_then(|op| {
        let found = Comparison::ALL.into_iter().find(|c| c.name() == op.text());
        if found.is_none() {
            let known = Comparison::ALL.map(Comparison::name);
            report.error(op.at(), &fields.path_of("op"), unknown(op.text(), "comparison", &known));
        }
        found
    });
    let limit = fields.require_scalar(report, "value", "300").and_then(|value| {
        let limit = value.text().parse::<f64>().ok().filter(|limit| limit.is_finite());
        if limit.is_none() {
            let message = format!("{:?} is not a number such as 300", value.text());
            report.error(value.at(), &fields.path_of("value"), message);
        }
        limit
    });
    Some(Threshold { op: op?, limit: limit? })
}
