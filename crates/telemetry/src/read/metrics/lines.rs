//! Makes the line of one group of series: each series by itself first, step by step, then all of them together.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::MetricKind;
use super::aggregate::Aggregate;
use super::chart::Values;
use super::points::{Body, Point};
use super::series::Temporality;
use super::steps::Steps;
use crate::metric::{Buckets, Distribution, Growing, Oddities, Pile, Sample, increases};

/// What all lines of a chart share while they are made.
pub(super) struct Making {
    pub(super) kind: MetricKind,
    pub(super) aggregate: Aggregate,
    pub(super) steps: Steps,
    /// An increase that took longer, in nanoseconds, belongs to no step.
    pub(super) longest: i64,
    pub(super) odd: Oddities,
    /// Whether buckets of different boundaries met in one line.
    pub(super) mixed: bool,
}

/// A line while its series are added.
pub(super) struct LineMaking {
    cells: Cells,
    pub(super) series: usize,
    shape: Option<Shape>,
}

/// The steps of a line; what has no value has no cell.
enum Cells {
    /// Numbers at a time: what each series says of a step, summed over them, and how many series do.
    Levels(BTreeMap<usize, (f64, u64)>),
    /// Sums of increases.
    Sums(BTreeMap<usize, f64>),
    /// Sums of values, where all are known, and numbers of observations.
    Means(BTreeMap<usize, (Option<f64>, u64)>),
    /// Observations by buckets.
    Piles(BTreeMap<usize, Pile>),
    /// The lowest and the highest of the series, and how many observations they are of.
    Spreads(BTreeMap<usize, (f64, f64, u64)>),
}

/// What kind of boundaries the buckets of a series have.
#[derive(PartialEq)]
enum Shape {
    Explicit(Arc<[f64]>),
    Exponential,
    None,
}

impl Shape {
    fn of(buckets: &Buckets) -> Self {
        match buckets {
            Buckets::Explicit { bounds, .. } => Shape::Explicit(bounds.clone()),
            Buckets::Exponential(_) => Shape::Exponential,
            Buckets::None => Shape::None,
        }
    }
}

/// What one series says of one step, while its points are gone through in order.
#[derive(Clone, Copy)]
struct Level {
    sum: f64,
    points: u64,
    min: f64,
    max: f64,
    /// The last value; `None` once the series said that it ends.
    last: Option<f64>,
}

impl LineMaking {
    pub(super) fn new(making: &Making) -> Self {
        let cells = match (making.aggregate, making.kind) {
            (Aggregate::Quantile(_), MetricKind::Summary) => Cells::Spreads(BTreeMap::new()),
            (Aggregate::Quantile(_) | Aggregate::Share(_), _) => Cells::Piles(BTreeMap::new()),
            (Aggregate::Rate | Aggregate::Increase, _) => Cells::Sums(BTreeMap::new()),
            (Aggregate::Avg, kind) if kind.is_distribution() => Cells::Means(BTreeMap::new()),
            _ => Cells::Levels(BTreeMap::new()),
        };
        Self { cells, series: 0, shape: None }
    }

    /// Adds a series, whose points ascend by time.
    pub(super) fn add(&mut self, making: &mut Making, points: &[Point], temporality: Temporality) {
        let Making { aggregate, steps, .. } = *making;
        match &mut self.cells {
            Cells::Levels(cells) => {
                for (step, value) in levels(points, steps, aggregate) {
                    let (sum, series) = cells.entry(step).or_insert((empty_of(aggregate), 0));
                    *sum = match aggregate {
                        Aggregate::Min => sum.min(value),
                        Aggregate::Max => sum.max(value),
                        _ => *sum + value,
                    };
                    *series += 1;
                }
            }
            Cells::Sums(cells) if making.kind == MetricKind::Counter => {
                let number = |body: &Body| if let Body::Number(value) = body { Some(*value) } else { None };
                for (step, by) in grown(making, points, temporality, number) {
                    *cells.entry(step).or_default() += by;
                }
            }
            Cells::Sums(cells) => {
                for (step, by) in grown(making, points, temporality, counts) {
                    *cells.entry(step).or_default() += by.count as f64;
                }
            }
            Cells::Means(cells) => {
                for (step, by) in grown(making, points, temporality, counts) {
                    let (sum, count) = cells.entry(step).or_insert((Some(0.0), 0));
                    // Nothing observed has no sum, and needs none.
                    let added = if by.count == 0 { Some(0.0) } else { by.sum };
                    *sum = sum.zip(added).map(|(all, added)| all + added);
                    *count += by.count;
                }
            }
            Cells::Piles(cells) => {
                for (step, by) in grown(making, points, temporality, counts) {
                    let shape = Shape::of(&by.buckets);
                    making.mixed |= self.shape.as_ref().is_some_and(|held| *held != shape);
                    self.shape = Some(shape);
                    cells.entry(step).or_default().add(&by);
                }
            }
            Cells::Spreads(cells) => {
                for (step, value) in latest_quantiles(points, steps, aggregate) {
                    let (low, high, series) = cells.entry(step).or_insert((value, value, 0));
                    (*low, *high, *series) = (low.min(value), high.max(value), *series + 1);
                }
            }
        }
        self.series += 1;
    }

    /// The finished line; `None` where no step has a value.
    pub(super) fn finish(self, making: &Making) -> Option<Values> {
        let Making { aggregate, steps, .. } = making;
        let plain =
            |value: &dyn Fn(usize) -> Option<f64>| Values::Plain((0..steps.count).map(value).collect());
        let values = match &self.cells {
            Cells::Levels(cells) => plain(&|step| {
                let (sum, series) = cells.get(&step)?;
                let averaged = matches!(aggregate, Aggregate::Avg | Aggregate::Last);
                Some(if averaged { sum / *series as f64 } else { *sum })
            }),
            Cells::Sums(cells) => plain(&|step| {
                let by = cells.get(&step)?;
                Some(if *aggregate == Aggregate::Rate { by / f64::from(steps.secs) } else { *by })
            }),
            Cells::Means(cells) => plain(&|step| {
                let (sum, count) = cells.get(&step)?;
                (*count > 0).then(|| sum.map(|sum| sum / *count as f64)).flatten()
            }),
            Cells::Piles(cells) => bounds(*steps, |step| {
                let pile = cells.get(&step)?;
                let (lower, upper) = match aggregate {
                    Aggregate::Share(threshold) => pile.share(*threshold),
                    Aggregate::Quantile(share) => pile.quantile(*share),
                    _ => None,
                }?;
                Some((pile.count(), lower, upper))
            }),
            Cells::Spreads(cells) => bounds(*steps, |step| {
                let (low, high, series) = cells.get(&step)?;
                Some((*series, Some(*low), Some(*high)))
            }),
        };
        values.is_known().then_some(values)
    }
}

fn bounds(steps: Steps, of: impl Fn(usize) -> Option<(u64, Option<f64>, Option<f64>)>) -> Values {
    let cells: Vec<_> = (0..steps.count).map(of).collect();
    Values::Bounds {
        count: cells.iter().map(|cell| cell.map(|(count, ..)| count)).collect(),
        lower: cells.iter().map(|cell| cell.and_then(|(_, lower, _)| lower)).collect(),
        upper: cells.iter().map(|cell| cell.and_then(|(.., upper)| upper)).collect(),
    }
}

fn empty_of(aggregate: Aggregate) -> f64 {
    match aggregate {
        Aggregate::Min => f64::INFINITY,
        Aggregate::Max => f64::NEG_INFINITY,
        _ => 0.0,
    }
}

/// What a series says of each step in which it has a value.
fn levels(points: &[Point], steps: Steps, aggregate: Aggregate) -> BTreeMap<usize, f64> {
    let mut found: BTreeMap<usize, Level> = BTreeMap::new();
    for point in points {
        let Some(step) = steps.at(point.time) else { continue };
        let Body::Number(value) = point.body else {
            if let Some(level) = found.get_mut(&step) {
                level.last = None;
            }
            continue;
        };
        let first = Level { sum: 0.0, points: 0, min: value, max: value, last: None };
        let level = found.entry(step).or_insert(first);
        level.sum += value;
        level.points += 1;
        level.min = level.min.min(value);
        level.max = level.max.max(value);
        level.last = Some(value);
    }
    let value = |level: Level| match aggregate {
        Aggregate::Min => Some(level.min),
        Aggregate::Max => Some(level.max),
        Aggregate::Last | Aggregate::Sum => level.last,
        _ => Some(level.sum / level.points as f64),
    };
    found.into_iter().filter_map(|(step, level)| Some((step, value(level)?))).collect()
}

/// The increases of a series with their steps.
fn grown<T: Growing>(
    making: &mut Making,
    points: &[Point],
    temporality: Temporality,
    value: impl Fn(&Body) -> Option<T>,
) -> Vec<(usize, T)> {
    let sample =
        |point: &Point| Some(Sample { time: point.time, start: point.start, value: value(&point.body)? });
    let first = making.steps.range().from.as_nanos();
    // The first step counts from the last value before it.
    let samples: Vec<Sample<T>> = points.iter().filter_map(sample).collect();
    let begins = samples.partition_point(|sample| sample.time < first).saturating_sub(1);
    // Of a summary, count and sum are of all that was ever observed.
    let temporality = if making.kind == MetricKind::Summary { Temporality::Cumulative } else { temporality };
    let found = increases(&samples[begins..], temporality, making.longest, &mut making.odd);
    let steps = making.steps;
    found.into_iter().filter_map(|increase| Some((steps.at(increase.to)?, increase.by))).collect()
}

fn counts(body: &Body) -> Option<Distribution> {
    match body {
        Body::Distribution(counts) | Body::Quantiles(counts, _) => Some(counts.clone()),
        Body::Nothing | Body::Number(_) => None,
    }
}

/// The wanted quantile of a summary as it was sent last in each step.
fn latest_quantiles(points: &[Point], steps: Steps, aggregate: Aggregate) -> BTreeMap<usize, f64> {
    let Aggregate::Quantile(wanted) = aggregate else { return BTreeMap::new() };
    let mut found = BTreeMap::new();
    for point in points {
        let Some(step) = steps.at(point.time) else { continue };
        let Body::Quantiles(_, quantiles) = &point.body else { continue };
        let sent = quantiles.iter().find(|(quantile, _)| same_quantile(*quantile, wanted));
        if let Some((_, value)) = sent {
            found.insert(step, *value);
        }
    }
    found
}

/// Whether two quantiles are the same but for how they were written.
pub(super) fn same_quantile(a: f64, b: f64) -> bool {
    (a - b).abs() < 1e-9
}
