//! What points of metrics mean: their kinds, how they follow each other, what was added between two of them, and what
//! buckets say. Charts and counters reckon with the same; neither is known here.

mod buckets;
mod distribution;
mod growth;
mod labels;

use std::fmt;

pub(crate) use buckets::{Buckets, Distribution, Exponential, Pile, Side};
pub(crate) use distribution::Bodies;
pub(crate) use growth::{Growing, Growth, Oddities, Sample, increase, increases};
pub(crate) use labels::{LabelSet, labels_id, read_labels, series_id};

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
    pub(crate) fn of_row(stored: &str, monotonic: bool) -> MetricKind {
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

/// How the points of a sum or of a histogram follow each other.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) enum Temporality {
    /// Each point says what was added since the one before.
    Delta,
    /// Each point says what was added since the start.
    Cumulative,
    /// The sender did not say, or it makes no difference.
    Unsaid,
}

impl Temporality {
    pub(crate) fn of(text: &str) -> Self {
        match text {
            "delta" => Temporality::Delta,
            "cumulative" => Temporality::Cumulative,
            _ => Temporality::Unsaid,
        }
    }
}

/// What a point says.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Body {
    /// That there is no value at this time: the series has ended, or pauses.
    Nothing,
    /// A number.
    Number(f64),
    /// Counts.
    Distribution(Distribution),
    /// Quantiles with their values, beside a count and a sum.
    Quantiles(Distribution, Vec<(f64, f64)>),
}
