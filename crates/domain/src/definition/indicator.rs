//! Reads SLIs: which events count and which of them are good. Expressions stay text; their places are kept.

use std::collections::BTreeMap;

use super::fields::{Fields, Report, unknown};
use super::scalar::Scalar;
use super::yaml::{Node, Position};
use super::{ExpressionRole, ExpressionText};
use crate::slo::{Measure, Signal, Sli};

/// An SLI and where its expressions stand.
#[derive(Clone)]
pub(super) struct Indicator {
    pub(super) sli: Sli,
    pub(super) expressions: Vec<ExpressionText>,
    /// Names of the DataSource documents it refers to.
    pub(super) sources: Vec<String>,
}

/// The value of a thresholdMetric over histograms, whose observations are held against the threshold by their buckets.
pub(super) const OBSERVATIONS: &str = "distribution";

/// Signals by the name of their DataSource document; none for one that has an error of its own.
pub(super) type Sources = BTreeMap<String, Option<Signal>>;

/// Reads the `spec` of an SLI.
pub(super) fn read(report: &mut Report<'_>, spec: &Node, path: &str, sources: &Sources) -> Option<Indicator> {
    let spec = Fields::take(report, spec, path, "SLI", "spec")?;
    match (spec.get("ratioMetric"), spec.get("thresholdMetric")) {
        (Some(ratio), None) => read_ratio(report, ratio, &spec.path_of("ratioMetric"), sources),
        (None, Some(threshold)) => {
            read_threshold(report, threshold, &spec.path_of("thresholdMetric"), sources)
        }
        (Some(_), Some(_)) => {
            let at = spec.place_of("thresholdMetric");
            report.error(
                at,
                &spec.path_of("thresholdMetric"),
                "give either ratioMetric or thresholdMetric, not both",
            );
            None
        }
        (None, None) => {
            let message = "an SLI needs a ratioMetric (good or bad, and total) or a thresholdMetric";
            report.error(spec.at, path, message);
            None
        }
    }
}

fn read_ratio(report: &mut Report<'_>, node: &Node, path: &str, sources: &Sources) -> Option<Indicator> {
    let ratio = Fields::take(report, node, path, "SLI", "spec.ratioMetric")?;
    let mut part = |name: &str| {
        let node = ratio.get(name)?;
        let path = ratio.path_of(name);
        let fields = Fields::take(report, node, &path, "SLI", &format!("spec.ratioMetric.{name}"))?;
        read_source(report, &fields, sources, Wants::Where)
    };
    let (good, bad, total) = (part("good"), part("bad"), part("total"));
    let has = |name: &str| ratio.get(name).is_some();
    if has("raw") {
        // Refused as a field, with the reason; what is missing beside it is not another fault.
        return None;
    }
    if !has("total") {
        let message = "total is missing: give total.metricSource, which says which events count at all";
        report.error(ratio.at, &ratio.path_of("total"), message);
    }
    if has("good") == has("bad") {
        let message = if has("good") {
            "give either good or bad, not both: an event that is in total and not in the one is in the other"
        } else {
            "good or bad is missing: give one of them beside total"
        };
        report.error(ratio.place_of("bad"), &ratio.path_of("good"), message);
        return None;
    }
    let total = total?;
    let (verdict, role) = match (good, bad) {
        (Some(good), _) => (good, ExpressionRole::Good),
        (_, Some(bad)) => (bad, ExpressionRole::Bad),
        (None, None) => return None,
    };
    if verdict.signal != total.signal {
        let (here, there) = (verdict.signal.name(), total.signal.name());
        let message = format!("this reads {here} and total reads {there}; both must read the same signal");
        report.error(verdict.at, &verdict.path, message);
        return None;
    }
    let text = verdict.condition.text().to_owned();
    let measure = if role == ExpressionRole::Good { Measure::Good(text) } else { Measure::Bad(text) };
    let sli = Sli { signal: total.signal, total: total.condition.text().to_owned(), measure };
    let file = report.file;
    let expressions = vec![total.expression(file, ExpressionRole::Total), verdict.expression(file, role)];
    let sources = [total.reference, verdict.reference].into_iter().flatten().collect();
    Some(Indicator { sli, expressions, sources })
}

fn read_threshold(report: &mut Report<'_>, node: &Node, path: &str, sources: &Sources) -> Option<Indicator> {
    let fields = Fields::take(report, node, path, "SLI", "spec.thresholdMetric")?;
    let source = read_source(report, &fields, sources, Wants::WhereAndValue)?;
    let value = source.value.clone()?;
    // The column of the table metrics that holds a histogram's buckets: no number, and so no expression.
    let observed = source.signal == Signal::Metrics && value.text().trim() == OBSERVATIONS;
    let measure = match observed {
        true => Measure::Observations,
        false => Measure::Threshold { value: value.text().to_owned() },
    };
    let sli = Sli { signal: source.signal, total: source.condition.text().to_owned(), measure };
    let mut expressions = vec![source.expression(report.file, ExpressionRole::Total)];
    if !observed {
        let field = format!("{}.value", source.path);
        let (role, file) = (ExpressionRole::Value, report.file.to_owned());
        expressions.push(ExpressionText { role, file, field, scalar: value });
    }
    Some(Indicator { sli, expressions, sources: source.reference.into_iter().collect() })
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Wants {
    Where,
    WhereAndValue,
}

/// A `metricSource` that was read.
struct Source {
    signal: Signal,
    condition: Scalar,
    value: Option<Scalar>,
    reference: Option<String>,
    at: Position,
    /// The path of its `spec`.
    path: String,
}

impl Source {
    fn expression(&self, file: &str, role: ExpressionRole) -> ExpressionText {
        let field = format!("{}.where", self.path);
        ExpressionText { role, file: file.to_owned(), field, scalar: self.condition.clone() }
    }
}

fn read_source(
    report: &mut Report<'_>,
    holder: &Fields<'_>,
    sources: &Sources,
    wants: Wants,
) -> Option<Source> {
    let example = "{type: spans, spec: {where: \"service = 'frontend'\"}}";
    let node = holder.require(report, "metricSource", example)?;
    let source = Fields::take(report, node, &holder.path_of("metricSource"), "metricSource", "")?;
    let signal = read_signal(report, &source, sources);
    let spec = source.require(report, "spec", "{where: \"service = 'frontend'\"}")?;
    let spec = Fields::take(report, spec, &source.path_of("spec"), "metricSource", "spec")?;
    let condition = spec.require_scalar(report, "where", "\"service = 'frontend' AND kind = 'server'\"");
    let value = match wants {
        Wants::WhereAndValue => {
            Some(spec.require_scalar(report, "value", "\"duration_ns / 1000000\"")?.clone())
        }
        Wants::Where => {
            if spec.get("value").is_some() {
                let message = "value belongs to a thresholdMetric; a ratioMetric needs only where";
                report.error(spec.place_of("value"), &spec.path_of("value"), message);
            }
            None
        }
    };
    let reference = source.get("metricSourceRef").map(|_| source.text(report, "metricSourceRef"));
    let (at, path) = (source.at, spec.path.clone());
    Some(Source { signal: signal?, condition: condition?.clone(), value, reference, at, path })
}

fn read_signal(report: &mut Report<'_>, source: &Fields<'_>, sources: &Sources) -> Option<Signal> {
    let referred = match source.scalar(report, "metricSourceRef") {
        None => None,
        Some(name) => match sources.get(name.text()) {
            Some(signal) => Some((*signal)?),
            None => {
                let known: Vec<&str> = sources.keys().map(String::as_str).collect();
                let message = if known.is_empty() {
                    format!(
                        "there is no DataSource document named {:?} among the files; apply it together with this one, or write type: spans",
                        name.text()
                    )
                } else {
                    unknown(name.text(), "DataSource", &known)
                };
                report.error(name.at(), &source.path_of("metricSourceRef"), message);
                return None;
            }
        },
    };
    let given = match source.scalar(report, "type") {
        None => None,
        Some(name) => Some((signal_named(report, name, &source.path_of("type"))?, name)),
    };
    match (referred, given) {
        (Some(referred), Some((given, name))) if referred != given => {
            let message = format!(
                "the DataSource it refers to reads {}, so type cannot be {}; leave type out",
                referred.name(),
                given.name()
            );
            report.error(name.at(), &source.path_of("type"), message);
            None
        }
        (Some(signal), _) | (None, Some((signal, _))) => Some(signal),
        (None, None) => {
            let message = "type is missing; write spans, logs or metrics";
            report.error(source.at, &source.path_of("type"), message);
            None
        }
    }
}

/// The signal called `name`.
pub(super) fn signal_named(report: &mut Report<'_>, name: &Scalar, path: &str) -> Option<Signal> {
    let found = Signal::ALL.into_iter().find(|s| s.name() == name.text());
    if found.is_none() {
        let known = Signal::ALL.map(Signal::name);
        report.error(name.at(), path, unknown(name.text(), "source of telemetry", &known));
    }
    found
}
