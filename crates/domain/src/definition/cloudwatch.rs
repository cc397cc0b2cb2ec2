//! Reads what an SLI names of Amazon CloudWatch: one statistic of one metric.

use super::fields::{Fields, Report};
use super::indicator::Source;
use super::scalar::Scalar;
use crate::cloudwatch::{Metric, Statistic, counts};
use crate::polled::{DataSource, Query};

/// What to write.
pub(super) const EXAMPLE: &str = "{namespace: AWS/ApplicationELB, metricName: RequestCount, dimensions: {LoadBalancer: app/shop/50dc6c495c0c9188}, stat: Sum}";
/// Fields of a `metricSource` that are CloudWatch's alone.
pub(super) const FIELDS: [&str; 4] = ["namespace", "metricName", "dimensions", "stat"];

/// Reads the metric, and where its statistic is written.
pub(super) fn read(report: &mut Report<'_>, spec: &Fields<'_>) -> Option<(Scalar, Metric)> {
    let namespace = spec.require_scalar(report, "namespace", "AWS/ApplicationELB");
    let name = spec.require_scalar(report, "metricName", "RequestCount");
    let stat = spec.require_scalar(report, "stat", "Sum");
    let mut dimensions = Some(std::collections::BTreeMap::new());
    if let Some(node) = spec.get("dimensions") {
        let path = spec.path_of("dimensions");
        dimensions = Fields::open(report, node, &path).and_then(|fields| {
            let values = fields.entries().iter().map(|entry| {
                let value = fields.scalar(report, entry.key.text())?;
                Some((entry.key.text().to_owned(), value.text().to_owned()))
            });
            values.collect()
        });
    }
    let stat = stat?;
    let statistic = Statistic::read(stat.text());
    let statistic = statistic.map_err(|error| report.error(stat.at(), &spec.path_of("stat"), error.0)).ok();
    let made = Metric::new((namespace?.text(), name?.text()), dimensions?, statistic?);
    let wrong = |error: crate::cloudwatch::MetricError| {
        report.error(spec.place_of(error.field), &spec.path_of(error.field), error.message);
    };
    Some((stat.clone(), made.map_err(wrong).ok()?))
}

/// The queries of a ratio's total and of its good or bad part, whose minutes must add up.
pub(super) fn counted(
    report: &mut Report<'_>,
    source: &DataSource,
    [total, part]: [&Source; 2],
) -> Option<(Query, Query)> {
    let mut query = |of: &Source| {
        let metric = of.metric.as_ref()?;
        if !metric.statistic().is_count() {
            let message = format!(
                "{} of one minute does not add up with that of the next, so no ratio can be counted of it; write Sum, \
                 SampleCount or TC(0:0.3), or a thresholdMetric that holds it against a value minute by minute",
                metric.statistic()
            );
            report.error(of.condition.at(), &format!("{}.stat", of.path), message);
            return None;
        }
        Some(counts(&source.name, metric))
    };
    let (total, part) = (query(total), query(part));
    Some((total?, part?))
}
