//! Windows over points of metrics: series by series first, then all series of a group together.

use std::collections::{BTreeMap, HashMap};

use arrow::array::RecordBatch;
use ippo_base::{Minute, Timestamp};

use super::super::cell::{Floats, Names, Numbers, Texts, flag};
use super::field::FieldValues;
use super::{
    Gather, GroupKey, Groups, WINDOW_CELLS_MOST, WindowError, WindowLevel, WindowMeasure, WindowSearch,
    WindowTest, WindowValue,
};
use crate::metric::{
    Bodies, Body, Distribution, Growing, MetricKind, Oddities, Pile, Sample, Temporality, increases,
    labels_id, series_id,
};

/// How long before a window the point may be that an increase counts from. An increase over a longer time belongs to no minute.
pub(super) const LOOK_BACK_MINUTES: u32 = 10;
const LONGEST_NANOS: i64 = LOOK_BACK_MINUTES as i64 * 60 * 1_000_000_000;

pub(super) const COLUMNS: [&str; 15] = [
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
    "distribution",
    "scope",
    "attrs",
    "resource",
];

/// A point of a series.
#[derive(PartialEq)]
struct Point {
    time: i64,
    start: Option<i64>,
    body: Body,
}

struct Series {
    group: usize,
    temporality: Temporality,
    points: Vec<Point>,
}

/// The points of series.
#[derive(Default)]
pub(super) struct Points {
    series: BTreeMap<u128, Option<Series>>,
    numbers: usize,
    bodies: Bodies,
}

impl WindowMeasure {
    fn fits(&self, kind: MetricKind) -> bool {
        let is_histogram = matches!(kind, MetricKind::Histogram | MetricKind::ExponentialHistogram);
        match self {
            Self::Gauge(..) => matches!(kind, MetricKind::Gauge | MetricKind::UpDownCounter),
            Self::Increase(_) | Self::Rate(_) => {
                matches!(kind, MetricKind::Counter | MetricKind::Summary) || is_histogram
            }
            Self::Histogram(_) => is_histogram,
            Self::Count | Self::Share(_) | Self::Duration(_) => false,
        }
    }
}

impl Gather for Points {
    fn add(
        &mut self,
        search: &WindowSearch,
        groups: &mut Groups<'_>,
        batch: &RecordBatch,
    ) -> Result<(), WindowError> {
        let counted = search.counted();
        let (from, to) =
            (counted.from.minus(LOOK_BACK_MINUTES).start().as_nanos(), counted.to.start().as_nanos());
        let times = crate::segment::times(search.signal, batch);
        if !times.iter().any(|time| (from..to).contains(time)) {
            return Ok(());
        }
        let mut rows = Rows::of(batch);
        let mut fields: Vec<FieldValues<'_>> =
            search.by.iter().map(|field| FieldValues::of(field, batch)).collect();
        for row in search.matching(batch) {
            if !(from..to).contains(&times[row]) {
                continue;
            }
            let kind = rows.kind(row);
            if !search.measure.fits(kind) {
                return Err(WindowError::Unfit { metric: rows.metric.text(row).to_owned(), kind });
            }
            let of_series = self.series.entry(rows.series(row)).or_insert_with(|| {
                let key: GroupKey = fields.iter_mut().map(|field| field.value(row)).collect();
                let group = groups.number(key)?;
                Some(Series { group, temporality: rows.temporality(row, kind), points: Vec::new() })
            });
            let Some(series) = of_series else { continue };
            let Some(body) = rows.body(row, kind, &mut self.bodies) else { continue };
            let start = rows.starts.get(row).filter(|start| *start <= times[row]);
            self.numbers +=
                1 + if let Body::Distribution(counts) = &body { counts.buckets.weight() } else { 0 };
            series.points.push(Point { time: times[row], start, body });
        }
        if self.numbers > WINDOW_CELLS_MOST { Err(WindowError::TooMuch) } else { Ok(()) }
    }
}

/// A batch of points.
struct Rows<'a> {
    starts: Numbers<'a>,
    counts: Numbers<'a>,
    value: Floats<'a>,
    min: Floats<'a>,
    max: Floats<'a>,
    metric: Names<'a>,
    stored: Names<'a>,
    unit: Names<'a>,
    temporality: Names<'a>,
    scope: Names<'a>,
    resource: Names<'a>,
    attrs: Texts<'a>,
    distributions: Texts<'a>,
    batch: &'a RecordBatch,
    labels: HashMap<&'a str, u128>,
}

impl<'a> Rows<'a> {
    fn of(batch: &'a RecordBatch) -> Self {
        let names = |name| Names::of(batch, name);
        let floats = |name| Floats::of(batch, name);
        Self {
            starts: Numbers::of(batch, "start_time"),
            counts: Numbers::of(batch, "count"),
            value: floats("value"),
            min: floats("min"),
            max: floats("max"),
            metric: names("metric"),
            stored: names("type"),
            unit: names("unit"),
            temporality: names("temporality"),
            scope: names("scope"),
            resource: names("resource"),
            attrs: Texts::of(batch, "attrs"),
            distributions: Texts::of(batch, "distribution"),
            batch,
            labels: HashMap::new(),
        }
    }

    fn kind(&self, row: usize) -> MetricKind {
        MetricKind::of_row(self.stored.text(row), flag(self.batch, "monotonic", row))
    }

    fn temporality(&self, row: usize, kind: MetricKind) -> Temporality {
        match kind {
            // Of a summary, the count is of all that was ever observed.
            MetricKind::Summary => Temporality::Cumulative,
            _ => Temporality::of(self.temporality.text(row)),
        }
    }

    fn series(&mut self, row: usize) -> u128 {
        let mut labels = |text: &'a str| *self.labels.entry(text).or_insert_with(|| labels_id(text));
        let labels = [labels(self.attrs.get(row).unwrap_or("{}")), labels(self.resource.text(row))];
        let [metric, unit, temporality, scope] =
            [&self.metric, &self.unit, &self.temporality, &self.scope].map(|names| names.text(row));
        series_id([metric, self.kind(row).name(), unit, temporality, scope], labels)
    }

    /// What a point says; none if that cannot be read.
    fn body(&self, row: usize, kind: MetricKind, bodies: &mut Bodies) -> Option<Body> {
        match (self.value.get(row), self.counts.get(row)) {
            (Some(value), _) => value.is_finite().then_some(Body::Number(value)),
            (None, None) => Some(Body::Nothing),
            (None, Some(count)) => {
                let plain = Distribution::plain(count, [None, self.min.get(row), self.max.get(row)]);
                bodies.read(kind, plain, self.distributions.get(row))
            }
        }
    }
}

fn minute_of(nanos: i64) -> Minute {
    Timestamp::from_nanos(nanos).minute()
}

impl Points {
    /// The windows of each group; none if it is over before they are.
    pub(super) fn finish(
        self,
        search: &WindowSearch,
        is_over: &dyn Fn() -> bool,
    ) -> Option<BTreeMap<usize, Vec<(Minute, WindowValue)>>> {
        let mut of_groups: BTreeMap<usize, Vec<Series>> = BTreeMap::new();
        for mut series in self.series.into_values().flatten() {
            series.points.sort_by_key(|point| (point.time, point.start));
            series.points.dedup();
            of_groups.entry(series.group).or_default().push(series);
        }
        let mut all = BTreeMap::new();
        for (group, series) in of_groups {
            let windows = match search.measure {
                WindowMeasure::Gauge(each, across) => levels(search, (each, across), &series, is_over),
                WindowMeasure::Histogram(share) => piles(search, share, &series, is_over),
                WindowMeasure::Increase(across) | WindowMeasure::Rate(across) => {
                    grown(search, across, &series, is_over)
                }
                // Of rows, which are no points.
                WindowMeasure::Count | WindowMeasure::Share(_) | WindowMeasure::Duration(_) => Some(vec![]),
            }?;
            all.insert(group, windows);
        }
        Some(all)
    }
}

/// Of each series one value, and of these one.
fn levels(
    search: &WindowSearch,
    (each, across): (WindowLevel, WindowLevel),
    series: &[Series],
    is_over: &dyn Fn() -> bool,
) -> Option<Vec<(Minute, WindowValue)>> {
    let mut windows = Vec::new();
    for minute in search.range.iter() {
        if is_over() {
            return None;
        }
        let from = minute.plus(1).minus(search.window_minutes).start().as_nanos();
        let to = minute.end().as_nanos();
        let values: Vec<f64> = series.iter().filter_map(|one| level(each, &one.points, (from, to))).collect();
        if let Some(value) = together(across, &values) {
            windows.push((minute, WindowValue::exact(value, values.len() as u64, &search.tests)));
        }
    }
    Some(windows)
}

/// The value of a series over a time; none where it has none, or said at last that it ends.
fn level(each: WindowLevel, points: &[Point], (from, to): (i64, i64)) -> Option<f64> {
    let begin = points.partition_point(|point| point.time < from);
    let end = points.partition_point(|point| point.time < to);
    let within = &points[begin..end.max(begin)];
    if within.last()?.body == Body::Nothing {
        return None;
    }
    let number = |point: &Point| if let Body::Number(value) = point.body { Some(value) } else { None };
    let values: Vec<f64> = within.iter().filter_map(number).collect();
    match each {
        WindowLevel::Last => values.last().copied(),
        other => together(other, &values),
    }
}

fn together(level: WindowLevel, values: &[f64]) -> Option<f64> {
    if values.is_empty() {
        return None;
    }
    let sum: f64 = values.iter().sum();
    let value = match level {
        WindowLevel::Sum | WindowLevel::Last => sum,
        WindowLevel::Avg => sum / values.len() as f64,
        WindowLevel::Min => values.iter().copied().fold(f64::INFINITY, f64::min),
        WindowLevel::Max => values.iter().copied().fold(f64::NEG_INFINITY, f64::max),
    };
    value.is_finite().then_some(value)
}

/// The increases of a series by minute.
fn increased<T: Growing>(series: &Series, value: impl Fn(&Body) -> Option<T>) -> Vec<(Minute, T)> {
    let sample =
        |point: &Point| Some(Sample { time: point.time, start: point.start, value: value(&point.body)? });
    let samples: Vec<Sample<T>> = series.points.iter().filter_map(sample).collect();
    let found = increases(&samples, series.temporality, LONGEST_NANOS, &mut Oddities::default());
    found.into_iter().map(|increase| (minute_of(increase.to), increase.by)).collect()
}

/// What a series added in each minute, and by how many points. Of its first point nobody knows what it added.
fn growth(series: &Series) -> BTreeMap<Minute, (f64, u64)> {
    let of = |body: &Body| match body {
        Body::Number(value) => Some(*value),
        Body::Distribution(counts) | Body::Quantiles(counts, _) => Some(counts.count as f64),
        Body::Nothing => None,
    };
    let mut minutes: BTreeMap<Minute, (f64, u64)> = BTreeMap::new();
    for (minute, by) in increased(series, of) {
        let known = minutes.entry(minute).or_default();
        *known = (known.0 + by, known.1 + 1);
    }
    minutes
}

/// What counters added: a window has a value where any series is known to have added something, be it nothing. The lowest of several
/// and their mean are of series that are known for all of the window: what has just begun is not low.
fn grown(
    search: &WindowSearch,
    across: WindowLevel,
    series: &[Series],
    is_over: &dyn Fn() -> bool,
) -> Option<Vec<(Minute, WindowValue)>> {
    let mut apart: Vec<BTreeMap<Minute, (f64, u64)>> = series.iter().map(growth).collect();
    if across == WindowLevel::Sum {
        let mut sums: BTreeMap<Minute, (f64, u64)> = BTreeMap::new();
        for (minute, (by, points)) in apart.into_iter().flatten() {
            let sum = sums.entry(minute).or_default();
            *sum = (sum.0 + by, sum.1 + points);
        }
        apart = vec![sums];
    }
    let unit = match search.measure {
        WindowMeasure::Rate(_) => f64::from(search.window_minutes) * 60.0,
        _ => 1.0,
    };
    let needs_all = matches!(across, WindowLevel::Min | WindowLevel::Avg);
    let mut windows = Vec::new();
    for minute in search.range.iter() {
        if is_over() {
            return None;
        }
        let from = minute.plus(1).minus(search.window_minutes);
        let window = |minutes: &BTreeMap<Minute, (f64, u64)>| {
            let is_young = minutes.keys().next().is_none_or(|first| *first > from);
            if needs_all && is_young {
                return None;
            }
            let within = minutes.range(from..=minute);
            let (sum, points) =
                within.fold((0.0, 0), |(sum, all), (_, (by, points))| (sum + by, all + points));
            (points > 0).then_some((sum / unit, points))
        };
        let (values, points): (Vec<f64>, Vec<u64>) = apart.iter().filter_map(window).unzip();
        if let Some(value) = together(across, &values) {
            windows.push((minute, WindowValue::exact(value, points.iter().sum(), &search.tests)));
        }
    }
    Some(windows)
}

/// Where the percentile of all observations of a window lies.
fn piles(
    search: &WindowSearch,
    share: f64,
    series: &[Series],
    is_over: &dyn Fn() -> bool,
) -> Option<Vec<(Minute, WindowValue)>> {
    let mut minutes: BTreeMap<Minute, Vec<Distribution>> = BTreeMap::new();
    let of = |body: &Body| if let Body::Distribution(counts) = body { Some(counts.clone()) } else { None };
    for one in series {
        for (minute, by) in increased(one, of) {
            minutes.entry(minute).or_default().push(by);
        }
    }
    let mut windows = Vec::new();
    for minute in search.range.iter() {
        if is_over() {
            return None;
        }
        let from = minute.plus(1).minus(search.window_minutes);
        let mut pile = Pile::default();
        minutes.range(from..=minute).flat_map(|(_, all)| all).for_each(|counts| pile.add(counts));
        let Some((lower, upper)) = pile.quantile(share) else { continue };
        let decided = |test: &WindowTest| match test {
            WindowTest::Above(limit) | WindowTest::AtLeast(limit) => {
                pile.is_at_most(share, *limit).map(|is_at_most| !is_at_most)
            }
            WindowTest::Below(limit) | WindowTest::AtMost(limit) => pile.is_at_most(share, *limit),
        };
        let tests = search.tests.iter().map(decided).collect();
        windows.push((minute, WindowValue { lower, upper, events: pile.count(), tests }));
    }
    Some(windows)
}
