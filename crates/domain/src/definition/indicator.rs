//! Reads SLIs: which events count and which of them are good. Expressions stay text; their places are kept.

use std::collections::BTreeMap;

use super::cloudwatch;
use super::data_source::{self, CLOUDWATCH, PROMETHEUS, Provider};
use super::fields::{Fields, Report, unknown};
use super::scalar::Scalar;
use super::yaml::{Node, Position};
use super::{ExpressionRole, ExpressionText};
use crate::cloudwatch::Metric;
use crate::polled::{DataSource, PolledSli, Query};
use crate::prometheus::{self, QueryError, read_expression, read_selector};
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
/// The column of the table metrics with a gauge's value.
const VALUE: &str = "value";

/// What SLIs read by the name of its DataSource document; none for one that has an error of its own.
pub(super) type Sources = BTreeMap<String, Option<Provider>>;

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
    let signal = match (&total.provider, &verdict.provider) {
        (Provider::Telemetry(total), Provider::Telemetry(verdict)) if total == verdict => *total,
        (Provider::Prometheus(source), Provider::Prometheus(same)) if source == same => {
            check_counter(report, &ratio)?;
            return of_counters(report, source, &total, (&verdict, role));
        }
        (Provider::CloudWatch(source), Provider::CloudWatch(same)) if source == same => {
            let (counted, part) = cloudwatch::counted(report, source, [&total, &verdict])?;
            return Some(of_polled(source, counted, (part, role)));
        }
        _ => {
            let message = unlike(&verdict.provider, &total.provider);
            report.error(verdict.at, &verdict.path, message);
            return None;
        }
    };
    let text = verdict.condition.text().to_owned();
    let measure = if role == ExpressionRole::Good { Measure::Good(text) } else { Measure::Bad(text) };
    let sli = Sli { signal, total: total.condition.text().to_owned(), measure, polled: None };
    let file = report.file;
    let expressions = vec![total.expression(file, ExpressionRole::Total), verdict.expression(file, role)];
    let sources = [total.reference, verdict.reference].into_iter().flatten().collect();
    Some(Indicator { sli, expressions, sources })
}

fn unlike(verdict: &Provider, total: &Provider) -> String {
    match (verdict, total) {
        (Provider::Prometheus(here), Provider::Prometheus(there))
        | (Provider::CloudWatch(here), Provider::CloudWatch(there)) => format!(
            "this reads the DataSource {:?} and total reads {:?}; both must read the same",
            here.name, there.name
        ),
        (here, there) => format!(
            "this reads {} and total reads {}; both must read the same signal",
            here.name(),
            there.name()
        ),
    }
}

/// OpenSLO's word for a ratio of things that are no counters.
fn check_counter(report: &mut Report<'_>, ratio: &Fields<'_>) -> Option<()> {
    match ratio.scalar(report, "counter").map(|written| (written.text(), written.at())) {
        None | Some(("true", _)) => Some(()),
        Some((_, at)) => {
            let message = "of Prometheus ippo counts what counters add up to; write counter: true, and name counters. A \
                           value that goes up and down fits a thresholdMetric";
            report.error(at, &ratio.path_of("counter"), message);
            None
        }
    }
}

/// A ratio over the counters of a Prometheus server.
fn of_counters(
    report: &mut Report<'_>,
    server: &DataSource,
    total: &Source,
    (part, role): (&Source, ExpressionRole),
) -> Option<Indicator> {
    let mut query = |source: &Source| {
        let selector = read_selector(source.condition.text());
        selector
            .map(|selector| prometheus::samples(&server.name, &selector))
            .map_err(|e| source.wrong(report, &e))
            .ok()
    };
    let (total_query, part_query) = (query(total), query(part));
    Some(of_polled(server, total_query?, (part_query?, role)))
}

/// A ratio of what two queries count.
fn of_polled(
    server: &DataSource,
    total_query: Query,
    (part_query, role): (Query, ExpressionRole),
) -> Indicator {
    let text = part_query.stored_as(&server.name);
    let sli = Sli {
        signal: Signal::Metrics,
        total: total_query.stored_as(&server.name),
        measure: if role == ExpressionRole::Good { Measure::Good(text) } else { Measure::Bad(text) },
        polled: Some(PolledSli { source: server.clone(), total: total_query, part: Some(part_query) }),
    };
    Indicator { sli, expressions: Vec::new(), sources: vec![server.name.clone()] }
}

/// A value that a Prometheus server computes.
fn of_values(report: &mut Report<'_>, server: &DataSource, source: &Source) -> Option<Indicator> {
    let expression = read_expression(source.condition.text()).map_err(|e| source.wrong(report, &e)).ok()?;
    Some(of_gauge(server, prometheus::values(&server.name, expression)))
}

/// Values that are held against a threshold, one by one.
fn of_gauge(server: &DataSource, query: Query) -> Indicator {
    let sli = Sli {
        signal: Signal::Metrics,
        total: query.stored_as(&server.name),
        measure: Measure::Threshold { value: VALUE.to_owned() },
        polled: Some(PolledSli { source: server.clone(), total: query, part: None }),
    };
    Indicator { sli, expressions: Vec::new(), sources: vec![server.name.clone()] }
}

fn read_threshold(report: &mut Report<'_>, node: &Node, path: &str, sources: &Sources) -> Option<Indicator> {
    let fields = Fields::take(report, node, path, "SLI", "spec.thresholdMetric")?;
    let source = read_source(report, &fields, sources, Wants::WhereAndValue)?;
    let signal = match &source.provider {
        Provider::Telemetry(signal) => *signal,
        Provider::Prometheus(server) => return of_values(report, server, &source),
        Provider::CloudWatch(server) => {
            let metric = source.metric.as_ref()?;
            return Some(of_gauge(server, crate::cloudwatch::statistics(&server.name, metric)));
        }
    };
    let value = source.value.clone()?;
    // The column of the table metrics that holds a histogram's buckets: no number, and so no expression.
    let observed = signal == Signal::Metrics && value.text().trim() == OBSERVATIONS;
    let measure = match observed {
        true => Measure::Observations,
        false => Measure::Threshold { value: value.text().to_owned() },
    };
    let sli = Sli { signal, total: source.condition.text().to_owned(), measure, polled: None };
    let mut expressions = vec![source.expression(report.file, ExpressionRole::Total)];
    if !observed {
        let field = format!("{}.value", source.path);
        let (role, file) = (ExpressionRole::Value, report.file.to_owned());
        expressions.push(ExpressionText { objective: 0, role, file, field, scalar: value });
    }
    Some(Indicator { sli, expressions, sources: source.reference.into_iter().collect() })
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Wants {
    Where,
    WhereAndValue,
}

/// A `metricSource` that was read.
pub(super) struct Source {
    provider: Provider,
    /// Its `where`, its `query`, or its `stat`.
    pub(super) condition: Scalar,
    value: Option<Scalar>,
    /// What it names of CloudWatch.
    pub(super) metric: Option<Metric>,
    reference: Option<String>,
    at: Position,
    /// The path of its `spec`.
    pub(super) path: String,
}

impl Source {
    fn expression(&self, file: &str, role: ExpressionRole) -> ExpressionText {
        let field = format!("{}.where", self.path);
        ExpressionText { objective: 0, role, file: file.to_owned(), field, scalar: self.condition.clone() }
    }

    /// Tells what is wrong with its query.
    fn wrong(&self, report: &mut Report<'_>, error: &QueryError) {
        let at = self.condition.position_of(error.offset);
        report.error(at, &format!("{}.query", self.path), error.message.as_str());
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
    let provider = read_provider(report, &source, sources);
    let example = match &provider {
        Some(Provider::Prometheus(_)) => "{query: 'http_requests_total{job=\"api\"}'}",
        Some(Provider::CloudWatch(_)) => cloudwatch::EXAMPLE,
        Some(Provider::Telemetry(_)) | None => "{where: \"service = 'frontend'\"}",
    };
    let spec = source.require(report, "spec", example)?;
    let spec = Fields::take(report, spec, &source.path_of("spec"), "metricSource", "spec")?;
    let reference = source.get("metricSourceRef").map(|_| source.text(report, "metricSourceRef"));
    let (at, path) = (source.at, spec.path.clone());
    let mut metric = None;
    let (condition, value) = match &provider {
        Some(Provider::CloudWatch(_)) => {
            let message = "does not belong to CloudWatch; give namespace, metricName, dimensions and stat";
            refuse(report, &spec, &["where", "value", "query"], message);
            let (stat, read) = cloudwatch::read(report, &spec)?;
            metric = Some(read);
            (stat, None)
        }
        Some(Provider::Prometheus(_)) => {
            let message = "belongs to spans, logs and metrics; of Prometheus give a query";
            refuse(report, &spec, &["where", "value"], message);
            refuse(report, &spec, &cloudwatch::FIELDS, "belongs to CloudWatch; of Prometheus give a query");
            (spec.require_scalar(report, "query", "'http_requests_total{job=\"api\"}'")?.clone(), None)
        }
        // What is missing beside an unknown type is not another fault.
        None if ["query"].iter().chain(&cloudwatch::FIELDS).any(|name| spec.get(name).is_some()) => {
            return None;
        }
        Some(Provider::Telemetry(_)) | None => {
            let message =
                "belongs to a Prometheus server; name its DataSource in metricSourceRef, or give where";
            refuse(report, &spec, &["query"], message);
            let message = "belongs to CloudWatch; name its DataSource in metricSourceRef, or give where";
            refuse(report, &spec, &cloudwatch::FIELDS, message);
            telemetry_of(report, &spec, wants)?
        }
    };
    Some(Source { provider: provider?, condition, value, metric, reference, at, path })
}

/// The `where`, and the `value` where one is wanted.
fn telemetry_of(
    report: &mut Report<'_>,
    spec: &Fields<'_>,
    wants: Wants,
) -> Option<(Scalar, Option<Scalar>)> {
    let condition = spec.require_scalar(report, "where", "\"service = 'frontend' AND kind = 'server'\"");
    let value = match wants {
        Wants::WhereAndValue => {
            Some(spec.require_scalar(report, "value", "\"duration_ns / 1000000\"")?.clone())
        }
        Wants::Where => {
            refuse(report, spec, &["value"], "belongs to a thresholdMetric; a ratioMetric needs only where");
            None
        }
    };
    Some((condition?.clone(), value))
}

fn refuse(report: &mut Report<'_>, spec: &Fields<'_>, names: &[&str], why: &str) {
    for name in names.iter().filter(|name| spec.get(name).is_some()) {
        report.error(spec.place_of(name), &spec.path_of(name), format!("{name} {why}"));
    }
}

fn read_provider(report: &mut Report<'_>, source: &Fields<'_>, sources: &Sources) -> Option<Provider> {
    let referred = match source.scalar(report, "metricSourceRef") {
        None => None,
        Some(name) => match sources.get(name.text()) {
            Some(provider) => Some(provider.clone()?),
            None => {
                let known: Vec<&str> = sources.keys().map(String::as_str).collect();
                let message = data_source::missing(name.text(), &known);
                report.error(name.at(), &source.path_of("metricSourceRef"), message);
                return None;
            }
        },
    };
    let given = source.scalar(report, "type");
    let path = source.path_of("type");
    match (referred, given) {
        (Some(referred), None) => Some(referred),
        (Some(referred), Some(given)) if referred.is_called(given.text()) => Some(referred),
        (Some(referred), Some(given)) => {
            let is_polled = given.text() == PROMETHEUS || CLOUDWATCH.contains(&given.text());
            if is_polled || signal_named(report, given, &path).is_some() {
                let message = format!(
                    "the DataSource it refers to reads {}, so type cannot be {}; leave type out",
                    referred.name(),
                    given.text()
                );
                report.error(given.at(), &path, message);
            }
            None
        }
        (None, Some(given)) if given.text() == PROMETHEUS => {
            let message = "which Prometheus? Write metricSourceRef: and the name of a DataSource of type prometheus, whose \
                           connectionDetails have its url";
            report.error(given.at(), &path, message);
            None
        }
        (None, Some(given)) if CLOUDWATCH.contains(&given.text()) => {
            let message = "which CloudWatch? Write metricSourceRef: and the name of a DataSource of type cloudwatch, whose \
                           connectionDetails have its region";
            report.error(given.at(), &path, message);
            None
        }
        (None, Some(given)) => signal_named(report, given, &path).map(Provider::Telemetry),
        (None, None) => {
            let message = "type is missing; write spans, logs or metrics";
            report.error(source.at, &path, message);
            None
        }
    }
}

/// The signal called `name`.
pub(super) fn signal_named(report: &mut Report<'_>, name: &Scalar, path: &str) -> Option<Signal> {
    let found = Signal::ALL.into_iter().find(|s| s.name() == name.text());
    if found.is_none() {
        let known: Vec<&str> =
            Signal::ALL.map(Signal::name).into_iter().chain([PROMETHEUS, CLOUDWATCH[0]]).collect();
        report.error(name.at(), path, unknown(name.text(), "source of telemetry", &known));
    }
    found
}
