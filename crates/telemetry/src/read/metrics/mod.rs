//! Metrics: which there are, what labels they carry, and how they went over time.
//!
//! Nothing here interpolates: a quantile of a histogram is a lower and an upper bound, an increase belongs to the step in
//! which it was reported, and a step without points has no value.

mod aggregate;
mod chart;
mod labels;
mod lines;
mod list;
mod points;
mod series;
mod steps;
mod stored;
#[cfg(test)]
mod tests;

pub use aggregate::{Aggregate, ChartError};
pub use chart::{Chart, ChartSearch, Line, Values};
pub use labels::{Label, LabelFilter, LabelSource, LabelUse, MetricLabels};
pub use list::{MetricSummary, Metrics};

use super::requests::Where;
pub use crate::metric::MetricKind;

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
