//! Reads what counters over metrics need of rows: which are meant, of which series they are, and what they measured.

use std::collections::HashMap;

use arrow::array::{Array as _, BooleanArray, RecordBatch};
use arrow::buffer::BooleanBuffer;

use super::measured::{Measured, Measurement, Share, Weigh};
use super::{CounterSpec, Remark, Verdict};
use crate::expr::{Expr, LeafCache};
use crate::metric::{Bodies, Body, Distribution, MetricKind, Sample, Temporality, labels_id, series_id};
use crate::read::cell::{Floats, Names, Numbers, Texts, flag};

/// The columns that every counter by increase reads.
pub(super) const COLUMNS: [&str; 14] = [
    "time",
    "start_time",
    "metric",
    "type",
    "unit",
    "temporality",
    "monotonic",
    "value",
    "count",
    "min",
    "max",
    "scope",
    "attrs",
    "resource",
];
/// The column that those of observations read too.
pub(super) const BUCKETS: &str = "distribution";

/// Columns that are not the same on all points of a series: no counter by increase can choose by them.
const OF_POINTS: [&str; 9] =
    ["time", "start_time", "value", "count", "sum", "min", "max", "distribution", "dropped"];

/// A column that is read by a condition and differs from point to point of a series, so that it cannot say which series
/// are meant.
pub fn column_of_points(condition: &Expr) -> Option<&'static str> {
    condition.columns().into_iter().find(|column| OF_POINTS.contains(column))
}

/// A batch of points, and what is known of its series. Counters of the same batch share it.
pub(super) struct PointReader<'a> {
    batch: &'a RecordBatch,
    times: Numbers<'a>,
    starts: Numbers<'a>,
    counts: Numbers<'a>,
    value: Floats<'a>,
    min: Floats<'a>,
    max: Floats<'a>,
    metric: Names<'a>,
    kind: Names<'a>,
    unit: Names<'a>,
    temporality: Names<'a>,
    scope: Names<'a>,
    resource: Names<'a>,
    attrs: Texts<'a>,
    /// Hashes of labels by their text.
    labels: HashMap<&'a str, u128>,
    /// By row, once it was asked for.
    series: Vec<Option<u128>>,
    bodies: Bodies,
}

impl<'a> PointReader<'a> {
    pub(super) fn new(batch: &'a RecordBatch) -> Self {
        let [times, starts, counts] = ["time", "start_time", "count"].map(|name| Numbers::of(batch, name));
        let [value, min, max] = ["value", "min", "max"].map(|name| Floats::of(batch, name));
        let [metric, kind, unit, temporality, scope, resource] =
            ["metric", "type", "unit", "temporality", "scope", "resource"].map(|name| Names::of(batch, name));
        Self {
            batch,
            times,
            starts,
            counts,
            value,
            min,
            max,
            metric,
            kind,
            unit,
            temporality,
            scope,
            resource,
            attrs: Texts::of(batch, "attrs"),
            labels: HashMap::new(),
            series: vec![None; batch.num_rows()],
            bodies: Bodies::default(),
        }
    }

    /// Shows each point that the counter counts, or why it cannot be counted and when it was, in the order of the rows.
    pub(super) fn visit(
        &mut self,
        spec: &CounterSpec,
        leaves: &mut LeafCache,
        mut show: impl FnMut(Result<Measurement, (Remark, i64)>),
    ) {
        let Some(weigh) = spec.weigh() else { return };
        let total = known_true(&spec.total.eval_cached(self.batch, leaves));
        let part = match &spec.verdict {
            Verdict::GoodIncrease(part) | Verdict::BadIncrease(part) => {
                Some(known_true(&part.eval_cached(self.batch, leaves)))
            }
            _ => None,
        };
        let meant = part.as_ref().map_or_else(|| total.clone(), |part| &total | part);
        for row in meant.set_indices() {
            let share = part
                .as_ref()
                .map_or(Share::Each, |part| Share::Joint { total: total.value(row), part: part.value(row) });
            match self.measured(row, weigh) {
                Ok(None) => {}
                Ok(Some(value)) => show(Ok(self.point(row, share, value))),
                Err(remark) => show(Err((remark, self.times.number(row)))),
            }
        }
    }

    fn point(&mut self, row: usize, share: Share, value: Measured) -> Measurement {
        let kind = self.kind(row);
        // Of a summary, the count is of all that was ever observed.
        let temporality = match kind {
            MetricKind::Summary => Temporality::Cumulative,
            _ => Temporality::of(self.temporality.text(row)),
        };
        let time = self.times.number(row);
        // A start after the point says nothing.
        let start = self.starts.get(row).filter(|start| *start <= time);
        Measurement { series: self.series_of(row), sample: Sample { time, start, value }, temporality, share }
    }

    fn kind(&self, row: usize) -> MetricKind {
        MetricKind::of_row(self.kind.text(row), flag(self.batch, "monotonic", row))
    }

    /// The value of a point; nothing where it says that there is none.
    fn measured(&mut self, row: usize, weigh: Weigh) -> Result<Option<Measured>, Remark> {
        let kind = self.kind(row);
        match (weigh, kind) {
            (_, MetricKind::Histogram | MetricKind::ExponentialHistogram) => {}
            (Weigh::Events, MetricKind::Counter | MetricKind::Summary) => {}
            (Weigh::Events, MetricKind::UpDownCounter) => return Err(Remark::NotMonotonic),
            _ => return Err(Remark::WrongKind),
        }
        let count = match (self.value.get(row), self.counts.get(row)) {
            (Some(value), _) if value.is_finite() && value >= 0.0 => {
                return Ok(Some(Measured::Number(value)));
            }
            (Some(_), _) => return Err(Remark::Unreadable),
            (None, None) => return Ok(None),
            (None, Some(count)) => count,
        };
        let counts = match weigh {
            Weigh::Events => Distribution::plain(count, [None; 3]),
            Weigh::Against { .. } => {
                let plain = Distribution::plain(count, [None, self.min.get(row), self.max.get(row)]);
                let buckets = Texts::of(self.batch, BUCKETS);
                match self.bodies.read(kind, plain, buckets.get(row)) {
                    Some(Body::Distribution(counts)) => counts,
                    _ => return Err(Remark::Unreadable),
                }
            }
        };
        Ok(Some(Measured::Observed(counts)))
    }

    fn series_of(&mut self, row: usize) -> u128 {
        if let Some(id) = self.series[row] {
            return id;
        }
        let mut labels = |text: &'a str| *self.labels.entry(text).or_insert_with(|| labels_id(text));
        let labels = [labels(self.attrs.get(row).unwrap_or("{}")), labels(self.resource.text(row))];
        let names = [&self.metric, &self.unit, &self.temporality, &self.scope].map(|names| names.text(row));
        let id = series_id([names[0], self.kind(row).name(), names[1], names[2], names[3]], labels);
        self.series[row] = Some(id);
        id
    }
}

impl CounterSpec {
    /// How increases are counted, where increases are what is counted.
    pub(super) fn weigh(&self) -> Option<Weigh> {
        match self.verdict {
            Verdict::GoodIncrease(_) | Verdict::BadIncrease(_) => Some(Weigh::Events),
            Verdict::Observations { op, limit } => Some(Weigh::Against { op, limit }),
            Verdict::Good(_) | Verdict::Bad(_) | Verdict::All | Verdict::Threshold { .. } => None,
        }
    }
}

/// Where a condition is true, and not unknown.
fn known_true(rows: &BooleanArray) -> BooleanBuffer {
    match rows.nulls() {
        Some(known) => rows.values() & known.inner(),
        None => rows.values().clone(),
    }
}
