//! Goes over the stored points of a metric, and gathers them by series.

use arrow::array::RecordBatch;
use ippo_base::{TimeRange, Timestamp};

use super::series::{SeriesIndex, Temporality, Whose};
use super::{MetricKind, SERIES_MOST, SeriesFilter};
pub(super) use crate::metric::Body;
use crate::metric::{Bodies, Distribution};
use crate::read::cell::{Floats, Names, Numbers, Texts, flag};

/// The columns that a chart reads.
pub(super) const COLUMNS: [&str; 17] = [
    "time",
    "start_time",
    "metric",
    "type",
    "unit",
    "temporality",
    "monotonic",
    "service",
    "namespace",
    "environment",
    "value",
    "count",
    "sum",
    "min",
    "max",
    "attrs",
    "resource",
];

/// Which rows are meant. The labels of the filter are not looked at: they are a matter of series, not of rows.
pub(super) struct Wanted<'a> {
    pub(super) metric: &'a str,
    pub(super) kind: Option<MetricKind>,
    pub(super) unit: Option<&'a str>,
    pub(super) range: TimeRange,
    pub(super) filter: &'a SeriesFilter,
}

/// A row that is meant, as far as its columns of names go.
pub(super) struct PointRows<'a> {
    pub(super) row: usize,
    pub(super) time: i64,
    pub(super) metric: &'a str,
    pub(super) kind: MetricKind,
    pub(super) unit: &'a str,
    pub(super) service: &'a str,
    pub(super) whose: Whose<'a>,
}

impl Wanted<'_> {
    /// Shows the rows of the metric.
    pub(super) fn rows<'a>(&self, batch: &'a RecordBatch, visit: impl FnMut(PointRows<'a>)) {
        self.each(batch, |name| name == self.metric, visit);
    }

    /// Shows the rows of every metric.
    pub(super) fn rows_of_all<'a>(&self, batch: &'a RecordBatch, visit: impl FnMut(PointRows<'a>)) {
        self.each(batch, |_| true, visit);
    }

    fn each<'a>(
        &self,
        batch: &'a RecordBatch,
        is_meant: impl Fn(&str) -> bool,
        mut visit: impl FnMut(PointRows<'a>),
    ) {
        let times = Numbers::of(batch, "time");
        let [metric, kind, unit, temporality, service, namespace, environment, scope, resource] = [
            "metric",
            "type",
            "unit",
            "temporality",
            "service",
            "namespace",
            "environment",
            "scope",
            "resource",
        ]
        .map(|name| Names::of(batch, name));
        let attrs = Texts::of(batch, "attrs");
        let SeriesFilter { service: wanted_service, only, .. } = self.filter;
        let admits =
            |wanted: &Option<String>, value: &str| wanted.as_ref().is_none_or(|wanted| wanted == value);
        for row in 0..batch.num_rows() {
            let at = times.time(row);
            let fits = self.range.from <= at
                && at < self.range.to
                && is_meant(metric.text(row))
                && admits(wanted_service, service.text(row))
                && admits(&only.namespace, namespace.text(row))
                && admits(&only.environment, environment.text(row))
                && self.unit.is_none_or(|wanted| wanted == unit.text(row));
            if !fits {
                continue;
            }
            let kind = MetricKind::of_row(kind.text(row), flag(batch, "monotonic", row));
            if self.kind.is_some_and(|wanted| wanted != kind) {
                continue;
            }
            visit(PointRows {
                row,
                time: times.number(row),
                metric: metric.text(row),
                kind,
                unit: unit.text(row),
                service: service.text(row),
                whose: Whose {
                    resource: resource.text(row),
                    scope: scope.text(row),
                    attrs: attrs.get(row).unwrap_or("{}"),
                    temporality: temporality.text(row),
                },
            });
        }
    }
}

/// One point of a series.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Point {
    pub(super) time: i64,
    pub(super) start: Option<i64>,
    pub(super) body: Body,
}

impl Point {
    /// Numbers that it takes.
    fn weight(&self) -> usize {
        4 + match &self.body {
            Body::Nothing | Body::Number(_) => 0,
            Body::Distribution(counts) => 5 + counts.buckets.weight(),
            Body::Quantiles(_, quantiles) => 5 + 2 * quantiles.len(),
        }
    }
}

/// The points of one series, in no order.
#[derive(Debug, Default)]
pub(super) struct SeriesPoints {
    pub(super) points: Vec<Point>,
}

/// The points of a metric, series by series.
#[derive(Default)]
pub(super) struct Gathered {
    pub(super) index: SeriesIndex,
    /// By the number of the series; those that the labels do not admit stay empty.
    pub(super) series: Vec<SeriesPoints>,
    /// Whether the labels admit a series.
    pub(super) admitted: Vec<bool>,
    /// Numbers that the points take.
    pub(super) numbers: usize,
    /// Whether the range itself has a point, and whether it has one of a series that is wanted.
    pub(super) seen: bool,
    pub(super) wanted: bool,
    /// Whether there were more series than can be told apart.
    pub(super) overflow: bool,
    /// Points whose value is not a number or infinite, or whose distribution does not read.
    pub(super) unreadable: u64,
    bodies: Bodies,
}

impl Gathered {
    /// Takes the rows of a batch that are meant, until there are more than `most` numbers. What is before `from` is only
    /// read to count from.
    pub(super) fn add(
        &mut self,
        wanted: &Wanted<'_>,
        batch: &RecordBatch,
        with_buckets: bool,
        most: usize,
        from: Timestamp,
    ) {
        let from = from.as_nanos();
        let starts = Numbers::of(batch, "start_time");
        let counts = Numbers::of(batch, "count");
        let [value, sum, min, max] = ["value", "sum", "min", "max"].map(|name| Floats::of(batch, name));
        let distributions = with_buckets.then(|| Texts::of(batch, "distribution"));
        wanted.rows(batch, |row| {
            if self.numbers > most {
                return;
            }
            let Some(series) = self.index.of(row.whose, SERIES_MOST) else {
                self.overflow = true;
                return;
            };
            if series == self.series.len() {
                let labels = &wanted.filter.labels;
                self.admitted.push(labels.iter().all(|filter| filter.admits(&self.index, series)));
                self.series.push(SeriesPoints::default());
            }
            self.seen |= row.time >= from;
            if !self.admitted[series] {
                return;
            }
            self.wanted |= row.time >= from;
            let at = row.row;
            let text = distributions.as_ref().and_then(|texts| texts.get(at));
            let body = match (value.get(at), counts.get(at)) {
                (Some(value), _) if value.is_finite() => Some(Body::Number(value)),
                (Some(_), _) => None,
                (None, None) => Some(Body::Nothing),
                (None, Some(count)) => {
                    let plain = Distribution::plain(count, [sum.get(at), min.get(at), max.get(at)]);
                    self.bodies.read(row.kind, plain, text)
                }
            };
            let Some(body) = body else {
                self.unreadable += 1;
                return;
            };
            let point = Point { time: row.time, start: starts.get(at), body };
            self.numbers += point.weight();
            self.series[series].points.push(point);
        });
    }

    /// Puts the points of each series into order. Of points that say the same at the same time one is kept.
    pub(super) fn sort(&mut self) {
        for series in &mut self.series {
            series.points.sort_by_key(|point| (point.time, point.start));
            series.points.dedup();
        }
    }

    /// The numbers of the series that have points, with their temporality.
    pub(super) fn with_points(&self) -> impl Iterator<Item = (usize, Temporality, &[Point])> {
        let all = self.series.iter().enumerate().filter(|(_, series)| !series.points.is_empty());
        all.map(|(at, series)| (at, self.index.temporality(at), series.points.as_slice()))
    }
}
