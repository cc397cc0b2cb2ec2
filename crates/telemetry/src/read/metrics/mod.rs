//! Metrics: which there are, what labels they carry, and how they went over time.
//!
//! Nothing here interpolates: a quantile of a histogram is a lower and an upper bound, an increase belongs to the step in
//! which it was reported, and a step without points has no value.

mod aggregate;
mod buckets;
mod chart;
mod distribution;
mod growth;
mod labels;
mod lines;
mod list;
mod points;
mod series;
mod steps;
#[cfg(test)]
mod tests;

use std::fmt;

pub use aggregate::{Aggregate, ChartError};
pub use chart::{Chart, ChartSearch, Line, Values};
pub use labels::{Label, LabelFilter, LabelSource, LabelUse, MetricLabels};
pub use list::{MetricSummary, Metrics};

use super::services::Where;

/// Series that one read tells apart; what is beyond is refused by charts, and not counted by lists, which say so.
pub const SERIES_MOST: usize = 100_000;
/// Lines of one chart; the rest are counted.
pub const LINES_MOST: usize = 20;
/// Steps of one chart.
pub const STEPS_MOST: u64 = 1_000;
/// Steps of one chart that did not ask for a length of its own, at most.
pub const STEPS_BY_DEFAULT: u64 = 400;
/// Numbers that a chart may hold while it is made: a point takes four, and one for each bucket.
pub const NUMBERS_MOST: usize = 16_000_000;
/// Values of one label that are named; the rest are counted.
pub const LABEL_VALUES_MOST: usize = 200;
/// Labels that one metric is told by; the rest are counted.
pub const LABELS_MOST: usize = 100;
/// Labels by which one chart may be split.
pub const GROUPS_MOST: usize = 2;

/// What a metric measures, by the instruments of OpenTelemetry.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum MetricKind {
    /// A value at a time.
    Gauge,
    /// A sum that only grows.
    Counter,
    /// A sum that goes up and down; it is read like a gauge.
    UpDownCounter,
    /// Counts by buckets with boundaries of the sender's.
    Histogram,
    /// Counts by buckets whose boundaries follow from a scale.
    ExponentialHistogram,
    /// Quantiles that the sender worked out.
    Summary,
}

impl MetricKind {
    /// Every kind.
    pub const ALL: [MetricKind; 6] = [
        MetricKind::Gauge,
        MetricKind::Counter,
        MetricKind::UpDownCounter,
        MetricKind::Histogram,
        MetricKind::ExponentialHistogram,
        MetricKind::Summary,
    ];

    /// Its name in the API.
    pub const fn name(self) -> &'static str {
        match self {
            MetricKind::Gauge => "gauge",
            MetricKind::Counter => "counter",
            MetricKind::UpDownCounter => "up_down_counter",
            MetricKind::Histogram => "histogram",
            MetricKind::ExponentialHistogram => "exponential_histogram",
            MetricKind::Summary => "summary",
        }
    }

    /// The kind of this name.
    pub fn from_name(name: &str) -> Option<MetricKind> {
        MetricKind::ALL.into_iter().find(|kind| kind.name() == name)
    }

    /// The kind of a stored row by its columns `type` and `monotonic`.
    fn of_row(stored: &str, monotonic: bool) -> MetricKind {
        match stored {
            "sum" if monotonic => MetricKind::Counter,
            "sum" => MetricKind::UpDownCounter,
            "histogram" => MetricKind::Histogram,
            "exponential_histogram" => MetricKind::ExponentialHistogram,
            "summary" => MetricKind::Summary,
            _ => MetricKind::Gauge,
        }
    }
}

impl fmt::Display for MetricKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// Which series are meant.
#[derive(Debug, Clone, Default)]
pub struct SeriesFilter {
    /// Only of this `service.name`.
    pub service: Option<String>,
    /// Only of these services' namespace and environment.
    pub only: Where,
    /// Only with these labels.
    pub labels: Vec<LabelFilter>,
}
