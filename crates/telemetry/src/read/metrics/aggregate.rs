//! How points become numbers, which ways make sense of which kind, and why a chart cannot be made.

use std::fmt;

use super::{MetricKind, NUMBERS_MOST, SERIES_MOST, STEPS_MOST};

/// How the points of a step become one number.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Aggregate {
    /// The mean: of a gauge over its points, then over the series; of a histogram, sum by count.
    Avg,
    /// The lowest.
    Min,
    /// The highest.
    Max,
    /// The last of each series, averaged over the series.
    Last,
    /// The last of each series, added up.
    Sum,
    /// Increase in a second.
    Rate,
    /// What was added.
    Increase,
    /// Between what bounds this quantile lies; of a summary as it was sent.
    Quantile(f64),
    /// Between what bounds the share of observations lies that are at most this.
    Share(f64),
}

impl Aggregate {
    /// Its name in the API.
    pub const fn name(self) -> &'static str {
        match self {
            Aggregate::Avg => "avg",
            Aggregate::Min => "min",
            Aggregate::Max => "max",
            Aggregate::Last => "last",
            Aggregate::Sum => "sum",
            Aggregate::Rate => "rate",
            Aggregate::Increase => "increase",
            Aggregate::Quantile(_) => "quantile",
            Aggregate::Share(_) => "share",
        }
    }

    /// The names of those that fit a kind; the first is what is taken when none is asked for.
    pub const fn names_for(kind: MetricKind) -> &'static [&'static str] {
        match kind {
            MetricKind::Gauge => &["avg", "min", "max", "last", "sum"],
            MetricKind::UpDownCounter => &["sum", "avg", "min", "max", "last"],
            MetricKind::Counter => &["rate", "increase"],
            MetricKind::Histogram | MetricKind::ExponentialHistogram => {
                &["quantile", "avg", "rate", "increase", "share"]
            }
            MetricKind::Summary => &["quantile", "avg", "rate", "increase"],
        }
    }

    pub(super) fn default_for(kind: MetricKind) -> Self {
        match kind {
            MetricKind::Gauge => Aggregate::Avg,
            MetricKind::UpDownCounter => Aggregate::Sum,
            MetricKind::Counter => Aggregate::Rate,
            MetricKind::Histogram | MetricKind::ExponentialHistogram => Aggregate::Quantile(0.95),
            MetricKind::Summary => Aggregate::Quantile(0.5),
        }
    }
}

/// Why a chart cannot be made.
#[derive(Debug, Clone, PartialEq)]
pub enum ChartError {
    /// The name comes with several kinds or units, of which none was chosen.
    Ambiguous(Vec<(MetricKind, String)>),
    /// The aggregation makes no sense of this kind.
    Unfit(Aggregate, MetricKind),
    /// A summary was not sent with this quantile, but with these.
    NoQuantile(f64, Vec<f64>),
    /// More steps than a chart has.
    TooManySteps,
    /// More points than can be held at once.
    TooManyPoints,
}

impl fmt::Display for ChartError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            ChartError::Ambiguous(variants) => {
                let named = |(kind, unit): &(MetricKind, String)| format!("{kind} in {unit:?}");
                let all: Vec<String> = variants.iter().map(named).collect();
                write!(
                    f,
                    "the name comes with several kinds or units: {}; choose `kind` and `unit`",
                    all.join(", ")
                )
            }
            ChartError::Unfit(aggregate, kind) => {
                let known = Aggregate::names_for(*kind).join(", ");
                write!(f, "{} makes no sense of a metric of kind {kind}; these do: {known}", aggregate.name())
            }
            ChartError::NoQuantile(wanted, sent) => {
                let sent: Vec<String> = sent.iter().map(ToString::to_string).collect();
                write!(f, "the summary was not sent with the quantile {wanted}, but with {}", sent.join(", "))
            }
            ChartError::TooManySteps => {
                write!(f, "the range has more than {STEPS_MOST} steps of this length; choose longer steps")
            }
            ChartError::TooManyPoints => {
                write!(
                    f,
                    "more points match than one chart can hold ({NUMBERS_MOST} numbers, {SERIES_MOST} series); choose a \
                     shorter range, a service or a label"
                )
            }
        }
    }
}
