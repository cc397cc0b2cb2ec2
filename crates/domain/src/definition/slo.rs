//! Reads OpenSLO SLO documents.

use super::annotation::Annotations;
use super::composite::Indicators;
use super::document::Header;
use super::fields::{Fields, Report, list, unknown};
use super::yaml::{Node, Position, Value};
use super::{DESCRIPTION_CHARS, NAME_BYTES, OBJECTIVES, duration, window};
use crate::slo::{
    BudgetingMethod, Comparison, Measure, Objective, Ratio, SliceJudge, Slo, Target, TargetError, Threshold,
    TimeSlices, Window, objective_label,
};

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
        indicators: &Indicators<'_>,
        annotations: Annotations,
    ) -> Option<Slo> {
        let description = self.description(report);
        let service = self.service(report);
        let window = self.window(report);
        let budgeting_method = self.budgeting_method(report);
        let objectives = self.objectives(report, indicators, budgeting_method);
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
            window: window?,
            more_windows: annotations.more_windows,
            budgeting_method: budgeting_method?,
            unmeasured: annotations.unmeasured,
            every_failure_matters: annotations.every_failure_matters,
            review_on: annotations.review_on,
            policies: vec![],
            objectives: objectives?,
        })
    }

    /// Where each objective stands, as far as they are a list.
    pub(super) fn objectives_at(&self) -> Vec<Position> {
        match self.fields.get("objectives").map(|node| &node.value) {
            Some(Value::Sequence(items)) => items.iter().map(|item| item.at).collect(),
            _ => Vec::new(),
        }
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
            let message = format!(
                "an SLO has exactly one time window, not {}; name the others in the annotation ippo.dev/windows",
                items.len()
            );
            report.error(self.fields.place_of("timeWindow"), "spec.timeWindow", message);
            return None;
        };
        window::read(report, item, "spec.timeWindow[0]")
    }

    fn budgeting_method(&self, report: &mut Report<'_>) -> Option<BudgetingMethod> {
        let method = self.fields.require_scalar(report, "budgetingMethod", "Occurrences")?;
        let found = BudgetingMethod::ALL.into_iter().find(|known| known.name() == method.text());
        if found.is_some() {
            return found;
        }
        let message =
            unknown(method.text(), "budgeting method", &BudgetingMethod::ALL.map(BudgetingMethod::name));
        report.error(method.at(), "spec.budgetingMethod", message);
        None
    }

    fn objectives(
        &self,
        report: &mut Report<'_>,
        indicators: &Indicators<'_>,
        method: Option<BudgetingMethod>,
    ) -> Option<Vec<Objective>> {
        let node = self.fields.require(report, "objectives", "[{target: 0.999}]")?;
        let items = list(report, node, "spec.objectives")?;
        if items.is_empty() || items.len() > OBJECTIVES {
            let message = format!("give at least one and at most {OBJECTIVES} objectives");
            report.error(node.at, "spec.objectives", message);
            return None;
        }
        let objectives: Vec<Option<Objective>> = items
            .iter()
            .enumerate()
            .map(|(i, item)| objective(report, item, i, indicators, method))
            .collect();
        let objectives: Vec<Objective> = objectives.into_iter().collect::<Option<_>>()?;
        check_names(report, items, &objectives).then_some(objectives)
    }
}

/// Whether the parts of a composite SLO can be told apart by their names.
fn check_names(report: &mut Report<'_>, items: &[Node], objectives: &[Objective]) -> bool {
    let mut whole = true;
    for (place, part) in objectives.iter().enumerate().filter(|(_, part)| part.weight.is_some()) {
        let label = objective_label(part);
        if let Some(twin) = objectives[..place].iter().position(|other| objective_label(other) == label) {
            let message = format!(
                "objectives[{twin}] and this one are both called {label:?}; give each part of a composite SLO a displayName of \
                 its own"
            );
            let field = format!("spec.objectives[{place}].displayName");
            report.error(items[place].at, &field, message);
            whole = false;
        }
    }
    whole
}

fn objective(
    report: &mut Report<'_>,
    item: &Node,
    index: usize,
    indicators: &Indicators<'_>,
    method: Option<BudgetingMethod>,
) -> Option<Objective> {
    let path = format!("spec.objectives[{index}]");
    let fields = Fields::take(report, item, &path, "SLO", "spec.objectives[]")?;
    let part = indicators.part(report, &fields, index);
    let sli = indicators.of(index).map(|indicator| &indicator.sli);
    let target = target(report, &fields);
    let threshold = match sli.map(|sli| &sli.measure) {
        Some(Measure::Threshold { .. } | Measure::Observations) => Some(threshold(report, &fields)),
        Some(Measure::Good(_) | Measure::Bad(_)) => {
            for name in ["op", "value"] {
                if fields.get(name).is_some() {
                    let message =
                        format!("{name} belongs to a thresholdMetric; its indicator is a ratioMetric");
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
    let slices = method.and_then(|method| slices(report, &fields, method));
    let mut display_name = fields.text(report, "displayName");
    let (weight, sli_name) = part?.map_or((None, String::new()), |part| (Some(part.weight), part.sli_name));
    if display_name.is_empty() {
        display_name = sli_name;
    }
    let (sli, target, slices) = (sli?.clone(), target?, slices?);
    Some(Objective { display_name, sli, target, threshold, slices, weight })
}

/// How an objective cuts time, by the SLO's method; none inside, where it counts events. None if something is wrong.
fn slices(
    report: &mut Report<'_>,
    fields: &Fields<'_>,
    method: BudgetingMethod,
) -> Option<Option<TimeSlices>> {
    let mut refuse = |name: &str, message: &str| match fields.get(name) {
        None => Some(()),
        Some(_) => {
            report.error(fields.place_of(name), &fields.path_of(name), format!("{name} {message}"));
            None
        }
    };
    let judge = match method {
        BudgetingMethod::Occurrences => {
            let message = "belongs to slices of time; with budgetingMethod: Occurrences every event counts";
            refuse("timeSliceTarget", message)?;
            refuse("timeSliceWindow", message)?;
            return Some(None);
        }
        BudgetingMethod::RatioTimeslices => {
            refuse(
                "timeSliceTarget",
                "belongs to Timeslices; with RatioTimeslices each slice counts by its share",
            )?;
            SliceJudge::Share
        }
        BudgetingMethod::Timeslices => SliceJudge::Target(slice_target(report, fields)?),
    };
    let written = fields.require_scalar(report, "timeSliceWindow", "5m")?;
    let path = fields.path_of("timeSliceWindow");
    let minutes = match written.text() {
        number if !number.is_empty() && number.bytes().all(|b| b.is_ascii_digit()) => {
            number.parse().map_err(|_| format!("{number} minutes are too many"))
        }
        shorthand => duration::minutes(shorthand),
    };
    let minutes = minutes.map_err(|m| report.error(written.at(), &path, m)).ok()?;
    let slices = TimeSlices::new(minutes, judge);
    if slices.is_none() {
        let message = format!(
            "slices of {minutes} minutes do not fit into a day without a rest; write for example 1m, 5m, 15m, 1h or 1d"
        );
        report.error(written.at(), &path, message);
    }
    slices.map(Some)
}

/// The share from which a slice is good: more than 0, at most 1.
fn slice_target(report: &mut Report<'_>, fields: &Fields<'_>) -> Option<Ratio> {
    let written = fields.require_scalar(report, "timeSliceTarget", "0.95")?;
    let text = written.text();
    let is_one = text.trim_end_matches('0').trim_end_matches('.') == "1" && text.parse::<f64>() == Ok(1.0);
    if is_one {
        return Some(Ratio::ONE);
    }
    let parsed = Target::parse(text).map(|target| target.ratio());
    parsed
        .map_err(|e| {
            let message = match e {
                TargetError::OutsideUnit(_) => {
                    format!("{text} is outside the limits: a slice's target is above 0 and at most 1")
                }
                other => other.to_string(),
            };
            report.error(written.at(), &fields.path_of("timeSliceTarget"), message);
        })
        .ok()
}

type ParseTarget = fn(&str) -> Result<Target, TargetError>;

pub(super) fn target(report: &mut Report<'_>, fields: &Fields<'_>) -> Option<Target> {
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
