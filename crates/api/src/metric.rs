//! Metrics as the API shows them: which there are, their labels, and one of them over time.

mod calls;

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::openapi::{Document, Value};
use crate::page::Page;
use crate::time::Time;

pub(crate) use calls::routes;

/// The metrics that have points in a range.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct MetricList {
    /// Start of the effective range.
    pub from: Time,
    /// End of the effective range, excluded.
    pub to: Time,
    /// The metrics, by name. A name that comes with several kinds or units is several metrics.
    pub metrics: Vec<Metric>,
    /// Series of all metrics of the range.
    pub series: usize,
    /// How many series may be active now, and what was refused.
    pub limits: MetricLimits,
    /// The envelope.
    #[serde(flatten)]
    pub page: Page,
}

/// How many series may be active, and what was refused since ippo started.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct MetricLimits {
    /// Series with a point in the last hour.
    pub active_series: usize,
    /// How many there may be of all metrics.
    pub series_most: usize,
    /// How many there may be of one metric.
    pub series_of_metric_most: usize,
    /// Metrics of which points were refused, as they would have begun one series too many.
    pub refused: Vec<MetricRefused>,
    /// Refused points of further metrics.
    pub refused_of_others: u64,
}

/// A metric of which points were refused.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct MetricRefused {
    /// Its name.
    pub metric: String,
    /// Points that were refused.
    pub points: u64,
    /// When one was refused last.
    pub last_refused: Time,
}

/// One metric.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Metric {
    /// Its name.
    pub metric: String,
    /// `gauge`, `counter`, `up_down_counter`, `histogram`, `exponential_histogram` or `summary`.
    pub kind: String,
    /// Its unit by UCUM, as it came; empty where none was given.
    pub unit: String,
    /// Whether a sum only grows; `null` for what is no sum.
    pub monotonic: Option<bool>,
    /// `delta` or `cumulative`, each that came.
    pub temporalities: Vec<String>,
    /// How many series it has.
    pub series: usize,
    /// How many points came.
    pub points: u64,
    /// Who sends it, by `service.name`.
    pub services: Vec<String>,
    /// The time of its latest point.
    pub last_seen: Time,
}

/// The labels of a metric's series.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct MetricLabels {
    /// Start of the effective range.
    pub from: Time,
    /// End of the effective range, excluded.
    pub to: Time,
    /// Series that match all filters.
    pub series: usize,
    /// The labels: those of points first, then by key.
    pub labels: Vec<MetricLabel>,
    /// Further labels that are not named.
    pub more_labels: usize,
    /// The envelope.
    #[serde(flatten)]
    pub page: Page,
}

/// One label and its values. The filter of the label itself does not count, so that another value can be chosen.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct MetricLabel {
    /// The label as calls take it: its key, after `resource:` for one of the sender.
    pub label: String,
    /// `attribute` for a label of the points, `resource` for one of the sender.
    pub source: String,
    /// Its key.
    pub key: String,
    /// Its values, most series first.
    pub values: Vec<MetricLabelValue>,
    /// Further values that are not named.
    pub more_values: usize,
    /// Series without the label.
    pub without: usize,
}

/// One value of a label.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct MetricLabelValue {
    /// The value.
    pub value: String,
    /// Series that have it.
    pub series: usize,
}

/// One metric over time.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct MetricChart {
    /// Start of the effective range: the start of the first step.
    pub from: Time,
    /// End of the effective range, excluded: the end of the last step.
    pub to: Time,
    /// Seconds from one step to the next.
    pub step_secs: u32,
    /// Its name.
    pub metric: String,
    /// Its kind; `null` where the range has no point of it.
    pub kind: Option<String>,
    /// Its unit by UCUM, as it came.
    pub unit: String,
    /// How it was aggregated.
    pub aggregate: Option<String>,
    /// Which quantile, where that is what was asked for.
    pub quantile: Option<f64>,
    /// Which threshold, where the share of observations up to it was asked for.
    pub threshold: Option<f64>,
    /// The aggregations that make sense of its kind.
    pub aggregates: Vec<String>,
    /// The quantiles that a summary was sent with.
    pub quantiles: Vec<f64>,
    /// How often its series are sent, typically, in seconds.
    pub interval_secs: Option<u32>,
    /// The labels by which the lines are told apart.
    pub group_by: Vec<String>,
    /// Series that match.
    pub series: usize,
    /// The lines, the largest first.
    pub lines: Vec<MetricLine>,
    /// Further lines that are not shown.
    pub more_lines: usize,
    /// The series in those.
    pub more_series: usize,
    /// The envelope.
    #[serde(flatten)]
    pub page: Page,
}

/// One line of a chart. Its lists have one entry a step.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct MetricLine {
    /// The value of each label of `group_by`; `null` for series without it.
    pub labels: Vec<Option<String>>,
    /// The series in it.
    pub series: usize,
    /// Numbers, `null` where nothing is known; the whole list `null` where only bounds are known.
    pub values: Option<Vec<Option<f64>>>,
    /// What bounds are known of the number; `null` where the number is known.
    pub bounds: Option<MetricBounds>,
}

/// Between what the numbers of a line lie.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct MetricBounds {
    /// How many observations (of a summary: series) the number is of; `null` where nothing is known.
    pub count: Vec<Option<u64>>,
    /// At least; `null` where nothing bounds it from below, or nothing is known.
    pub lower: Vec<Option<f64>>,
    /// At most; `null` where nothing bounds it from above, or nothing is known.
    pub upper: Vec<Option<f64>>,
}

const KIND: &str = "Only of this kind, where a name comes with several.";
const LABEL: &str = "Only series with this label, as `key=value`, or `resource:key=value` for one of the sender; the first `=` \
    ends the key, and an empty value stands for series without the label. May be given several times: of one key any \
    value is taken, of several all must fit.";
const AGGREGATE: &str = "`avg`, `min`, `max`, `last` or `sum` for gauges and up-down counters; `rate` or `increase` for counters; \
    `rate`, `increase`, `avg`, `quantile` or `share` for histograms; `rate`, `increase`, `avg` or `quantile` for \
    summaries. Default: what fits the kind.";

/// Describes the operations of this file.
pub(crate) fn describe(document: &mut Document) {
    document
        .get("/api/v1/metrics", "listMetrics", "The metrics that have points in a range")
        .range()
        .query("service", Value::Text, "Only what this service sends.")
        .query("namespace", Value::Text, "Only this `service.namespace`.")
        .query("environment", Value::Text, "Only this `deployment.environment.name`.")
        .query("contains", Value::Text, "Only metrics whose name contains this text, in either case.")
        .paged()
        .answers::<MetricList>();
    document
        .get("/api/v1/metrics/{metric}/labels", "listMetricLabels", "The labels of a metric's series")
        .range()
        .query("kind", Value::Text, KIND)
        .query("service", Value::Text, "Only what this service sends.")
        .query("namespace", Value::Text, "Only this `service.namespace`.")
        .query("environment", Value::Text, "Only this `deployment.environment.name`.")
        .query("label", Value::Texts, LABEL)
        .answers::<MetricLabels>();
    document
        .get("/api/v1/metrics/{metric}/chart", "getMetricChart", "One metric over time")
        .range()
        .query("kind", Value::Text, KIND)
        .query("unit", Value::Text, "Only in this unit, where a name comes with several.")
        .query("service", Value::Text, "Only what this service sends.")
        .query("namespace", Value::Text, "Only this `service.namespace`.")
        .query("environment", Value::Text, "Only this `deployment.environment.name`.")
        .query("label", Value::Texts, LABEL)
        .query("group_by", Value::Texts, "One line for each value of this label. May be given twice.")
        .query("aggregate", Value::Text, AGGREGATE)
        .query("quantile", Value::Number, "Which quantile, from 0 to 1. Default: 0.95.")
        .query("threshold", Value::Number, "Up to what the share of observations is counted.")
        .query(
            "step_secs",
            Value::Integer,
            "The length of a step in seconds. Default: what fits range and data.",
        )
        .answers::<MetricChart>();
}
