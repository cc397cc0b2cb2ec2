//! One metric over time, by the choices of a person: an aggregation that fits its kind, filters, and groups.

use std::cmp::Ordering;
use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use arrow::array::RecordBatch;
use ippo_base::TimeRange;

use super::aggregate::{Aggregate, ChartError};
use super::labels::Label;
use super::lines::{LineMaking, Making, same_quantile};
use super::points::{self, Body, Gathered, Wanted};
use super::steps::{self, Steps};
use super::{LINES_MOST, MetricKind, NUMBERS_MOST, SeriesFilter};
use crate::metric::Oddities;
use crate::read::scan::Scan;
use crate::read::{Found, Reader};
use crate::signal::Signal;

/// How far before the range the points are read that an increase counts from.
const LOOK_BACK: Duration = Duration::from_secs(30 * 60);
/// An increase over a longer time belongs to no step, unless steps are long.
const LONGEST_SECS: i64 = 5 * 60;
/// Gaps between points that tell how often a series is sent, of one series and of all.
const GAPS_OF_ONE: usize = 16;
const GAPS: usize = 4_096;
const NANOS: i64 = 1_000_000_000;

impl MetricKind {
    /// Whether its points are counts of observations.
    pub(super) const fn is_distribution(self) -> bool {
        matches!(self, MetricKind::Histogram | MetricKind::ExponentialHistogram | MetricKind::Summary)
    }
}

/// What to chart.
#[derive(Debug, Clone)]
pub struct ChartSearch {
    /// The metric's name.
    pub metric: String,
    /// Its kind, where the name comes with several.
    pub kind: Option<MetricKind>,
    /// Its unit, where the name comes with several.
    pub unit: Option<String>,
    /// The range; it is aligned outward to whole steps.
    pub range: TimeRange,
    /// Which series.
    pub filter: SeriesFilter,
    /// By which labels the series are told apart; all series in one line without any.
    pub group_by: Vec<Label>,
    /// How; `None` for what fits the kind.
    pub aggregate: Option<Aggregate>,
    /// The length of a step; `None` for what fits range and data.
    pub step_secs: Option<u32>,
}

/// A metric over time.
#[derive(Debug, Clone, PartialEq)]
pub struct Chart {
    /// Its kind; `None` where the range has no point of it.
    pub kind: Option<MetricKind>,
    /// Its unit as it came.
    pub unit: String,
    /// How it was aggregated.
    pub aggregate: Option<Aggregate>,
    /// The effective range: whole steps.
    pub range: TimeRange,
    /// The length of a step.
    pub step_secs: u32,
    /// How often its series are sent, typically.
    pub interval_secs: Option<u32>,
    /// Series that match.
    pub series: usize,
    /// The lines, the largest first.
    pub lines: Vec<Line>,
    /// Further lines that are not shown.
    pub more_lines: usize,
    /// The series in them.
    pub more_series: usize,
    /// The quantiles that a summary was sent with.
    pub quantiles: Vec<f64>,
}

/// One line of a chart.
#[derive(Debug, Clone, PartialEq)]
pub struct Line {
    /// The value of each label by which the lines are told apart; `None` for series without it.
    pub labels: Vec<Option<String>>,
    /// The series in it.
    pub series: usize,
    /// One entry a step.
    pub values: Values,
}

/// The values of a line, one entry a step.
#[derive(Debug, Clone, PartialEq)]
pub enum Values {
    /// Numbers; `None` where nothing is known.
    Plain(Vec<Option<f64>>),
    /// Between what the number lies.
    Bounds {
        /// How many observations (of a summary: series) it is of; `None` where nothing is known.
        count: Vec<Option<u64>>,
        /// At least; `None` where nothing bounds it from below, or nothing is known.
        lower: Vec<Option<f64>>,
        /// At most; `None` where nothing bounds it from above, or nothing is known.
        upper: Vec<Option<f64>>,
    },
}

impl Values {
    /// Whether any step has a value.
    pub(super) fn is_known(&self) -> bool {
        match self {
            Values::Plain(values) => values.iter().any(Option::is_some),
            Values::Bounds { count, .. } => count.iter().any(Option::is_some),
        }
    }

    /// What lines are ordered by: how large it is, summed over the steps.
    fn size(&self) -> f64 {
        let sum = |values: &[Option<f64>]| values.iter().flatten().map(|value| value.abs()).sum::<f64>();
        match self {
            Values::Plain(values) => sum(values),
            Values::Bounds { lower, upper, .. } => sum(lower) + sum(upper),
        }
    }
}

/// The points of each kind and unit that the name comes with.
type Variants = BTreeMap<Variant, Gathered>;
/// A kind and a unit.
type Variant = (MetricKind, String);

impl Reader {
    /// One metric over time.
    ///
    /// # Errors
    /// When the choices do not fit the metric, or more points match than can be held.
    pub fn metric_chart(&self, search: &ChartSearch) -> Result<Found<Chart>, ChartError> {
        if search.step_secs.is_some_and(|secs| steps::too_many(search.range, secs)) {
            return Err(ChartError::TooManySteps);
        }
        let mut step_secs = search.step_secs;
        let mut read = needed(search.range, step_secs.unwrap_or_else(|| steps::length(search.range, 0)));
        read.from = read.from.min(search.range.from.minus(LOOK_BACK));
        loop {
            let found = self.gather(search, read)?;
            let mut warnings = found.warnings;
            let Some((variant, mut gathered)) = choose(found.value)? else {
                return Ok(Found { value: nothing(search), warnings, partial: found.partial, sampled: None });
            };
            gathered.sort();
            let interval = Interval::of(&gathered);
            let often = interval.map_or(0, Interval::step_secs);
            let secs = step_secs.unwrap_or_else(|| steps::length(search.range, often));
            let all = needed(search.range, secs);
            if all.from < read.from || all.to > read.to {
                // Long steps reach further than what was read; once more, with steps of this length.
                read = TimeRange { from: all.from.min(read.from), to: all.to.max(read.to) };
                step_secs = Some(secs);
                continue;
            }
            let chart =
                draw(search, variant, &gathered, (secs, interval.map(|often| often.secs)), &mut warnings)?;
            return Ok(Found { value: chart, warnings, partial: found.partial, sampled: None });
        }
    }

    fn gather(&self, search: &ChartSearch, range: TimeRange) -> Result<Found<Variants>, ChartError> {
        let mut columns = points::COLUMNS.to_vec();
        columns.push("scope");
        let with_buckets = search
            .aggregate
            .is_none_or(|aggregate| matches!(aggregate, Aggregate::Quantile(_) | Aggregate::Share(_)));
        if with_buckets {
            columns.push("distribution");
        }
        let scan = Scan { signal: Signal::Metrics, range, columns: Some(&columns) };
        let wanted = Wanted {
            metric: &search.metric,
            kind: search.kind,
            unit: search.unit.as_deref(),
            range,
            filter: &search.filter,
        };
        let found = self.scan(&scan, Variants::new(), |variants, batch| {
            for (kind, unit) in kinds_of(&wanted, batch) {
                let taken: usize = variants.values().map(|gathered| gathered.numbers).sum();
                let of_kind = Wanted { kind: Some(kind), unit: Some(unit), ..wanted };
                let gathered = variants.entry((kind, unit.to_owned())).or_default();
                let most = NUMBERS_MOST.saturating_sub(taken) + gathered.numbers;
                gathered.add(&of_kind, batch, with_buckets, most, search.range.from);
            }
        });
        let numbers: usize = found.value.values().map(|gathered| gathered.numbers).sum();
        if numbers > NUMBERS_MOST || found.value.values().any(|gathered| gathered.overflow) {
            return Err(ChartError::TooManyPoints);
        }
        Ok(found)
    }
}

/// Kinds and units of the metric's rows in a batch.
fn kinds_of<'a>(wanted: &Wanted<'_>, batch: &'a RecordBatch) -> BTreeSet<(MetricKind, &'a str)> {
    let mut found = BTreeSet::new();
    wanted.rows(batch, |row| {
        found.insert((row.kind, row.unit));
    });
    found
}

/// What must be read for steps of this length: whole ones, and before them the points that an increase counts from.
fn needed(range: TimeRange, step_secs: u32) -> TimeRange {
    let TimeRange { from, to } = Steps::of(range, step_secs).range();
    TimeRange { from: from.minus(Duration::from_secs(2 * u64::from(step_secs))), to }
}

/// The one kind and unit that has points in the range: first among the series that are wanted, then among all.
fn choose(variants: Variants) -> Result<Option<(Variant, Gathered)>, ChartError> {
    let (mut chosen, others): (Vec<_>, Vec<_>) =
        variants.into_iter().filter(|(_, gathered)| gathered.seen).partition(|(_, gathered)| gathered.wanted);
    if chosen.is_empty() {
        chosen = others;
    }
    if chosen.len() > 1 {
        return Err(ChartError::Ambiguous(chosen.into_iter().map(|(variant, _)| variant).collect()));
    }
    Ok(chosen.pop())
}

fn nothing(search: &ChartSearch) -> Chart {
    let step_secs = search.step_secs.unwrap_or_else(|| steps::length(search.range, 0));
    Chart {
        kind: None,
        unit: String::new(),
        aggregate: search.aggregate,
        range: Steps::of(search.range, step_secs).range(),
        step_secs,
        interval_secs: None,
        series: 0,
        lines: Vec::new(),
        more_lines: 0,
        more_series: 0,
        quantiles: Vec::new(),
    }
}

/// How often the series are sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Interval {
    secs: u32,
    /// Whether hardly any gap between points is longer.
    regular: bool,
}

impl Interval {
    /// The median of the gaps between points, if there is any.
    fn of(gathered: &Gathered) -> Option<Self> {
        let mut gaps: Vec<i64> = Vec::new();
        for (_, _, points) in gathered.with_points() {
            let pairs = points.windows(2).map(|pair| pair[1].time - pair[0].time);
            gaps.extend(pairs.filter(|gap| *gap > 0).take(GAPS_OF_ONE));
            if gaps.len() >= GAPS {
                break;
            }
        }
        gaps.sort_unstable();
        let median = *gaps.get(gaps.len() / 2)?;
        let long = gaps[gaps.len() * 9 / 10];
        // A gap that is a hair under or over a second is that second.
        let secs = u32::try_from((median + NANOS / 2) / NANOS).ok()?.max(1);
        Some(Self { secs, regular: long <= median + median / 10 })
    }

    /// The shortest step in which a series that goes on has a point.
    fn step_secs(self) -> u64 {
        if self.regular { u64::from(self.secs) } else { 2 * u64::from(self.secs) }
    }
}

fn draw(
    search: &ChartSearch,
    (kind, unit): (MetricKind, String),
    gathered: &Gathered,
    (step_secs, interval_secs): (u32, Option<u32>),
    warnings: &mut Vec<String>,
) -> Result<Chart, ChartError> {
    let steps = Steps::of(search.range, step_secs);
    let quantiles = sent_quantiles(gathered);
    let aggregate = fitting(search.aggregate, kind, &quantiles)?;
    let mut making = Making {
        kind,
        aggregate,
        steps,
        longest: (2 * steps.nanos()).max(LONGEST_SECS * NANOS),
        odd: Oddities::default(),
        mixed: false,
    };
    let mut groups: BTreeMap<Vec<Option<&str>>, Vec<usize>> = BTreeMap::new();
    for (series, ..) in gathered.with_points() {
        let labels = search.group_by.iter().map(|label| label.of(&gathered.index, series)).collect();
        groups.entry(labels).or_default().push(series);
    }
    let mut top = Top::default();
    let mut series = 0;
    for (labels, members) in groups {
        let mut line = LineMaking::new(&making);
        for member in members {
            let points = &gathered.series[member].points;
            // Those that were only read to count from are not of the range.
            if points.iter().any(|point| steps.at(point.time).is_some()) {
                line.add(&mut making, points, gathered.index.temporality(member));
            }
        }
        let of_line = line.series;
        series += of_line;
        if let Some(values) = line.finish(&making) {
            let labels = labels.into_iter().map(|label| label.map(str::to_owned)).collect();
            top.add(Line { labels, series: of_line, values });
        }
    }
    tell(&making, gathered, interval_secs.filter(|secs| *secs > step_secs), warnings);
    let (lines, more_lines, more_series) = top.finish();
    Ok(Chart {
        kind: Some(kind),
        unit,
        aggregate: Some(aggregate),
        range: steps.range(),
        step_secs,
        interval_secs,
        series,
        lines,
        more_lines,
        more_series,
        quantiles,
    })
}

/// The quantiles that came with a summary.
fn sent_quantiles(gathered: &Gathered) -> Vec<f64> {
    let mut sent: Vec<f64> = Vec::new();
    for (_, _, points) in gathered.with_points() {
        for point in points {
            let Body::Quantiles(_, quantiles) = &point.body else { break };
            for (quantile, _) in quantiles {
                if !sent.iter().any(|known| same_quantile(*known, *quantile)) {
                    sent.push(*quantile);
                }
            }
        }
    }
    sent.sort_by(f64::total_cmp);
    sent
}

fn tell(making: &Making, gathered: &Gathered, interval_secs: Option<u32>, warnings: &mut Vec<String>) {
    let Oddities { unplaced, unlike, contested, unsaid } = making.odd;
    let mut say = |count: u64, text: &str| {
        if count > 0 {
            warnings.push(format!("{count} {text}"));
        }
    };
    say(
        unplaced,
        "increases took longer than two steps and five minutes: no step can be said to hold them, so none does",
    );
    say(
        unlike,
        "points are left out, as their buckets do not fit those of the point before: the sender changed them",
    );
    say(
        contested,
        "points are left out, as their start lies before that of the point before: several senders write one series; give \
         each a service.instance.id",
    );
    say(unsaid, "points are left out, as their sender does not say whether they are cumulative or delta");
    say(gathered.unreadable, "points are left out, as their value is no number that can be counted with");
    if making.mixed {
        warnings.push(
            "series with different bucket boundaries are in one line: its bounds hold, but lie further apart; group by a \
             label that tells the series apart"
                .to_owned(),
        );
    }
    if let Some(secs) = interval_secs {
        warnings.push(format!(
            "series are sent every {secs} s or so, and steps are shorter: steps without a point have no value"
        ));
    }
}

/// The largest lines, found without holding all.
#[derive(Default)]
struct Top {
    lines: Vec<(f64, Line)>,
    more_lines: usize,
    more_series: usize,
}

impl Top {
    fn add(&mut self, line: Line) {
        self.lines.push((line.values.size(), line));
        if self.lines.len() >= 4 * LINES_MOST {
            self.shrink();
        }
    }

    fn shrink(&mut self) {
        let order = |a: &(f64, Line), b: &(f64, Line)| match b.0.total_cmp(&a.0) {
            Ordering::Equal => a.1.labels.cmp(&b.1.labels),
            other => other,
        };
        self.lines.sort_by(order);
        for (_, line) in self.lines.drain(LINES_MOST.min(self.lines.len())..) {
            self.more_lines += 1;
            self.more_series += line.series;
        }
    }

    fn finish(mut self) -> (Vec<Line>, usize, usize) {
        self.shrink();
        (self.lines.into_iter().map(|(_, line)| line).collect(), self.more_lines, self.more_series)
    }
}

fn fitting(asked: Option<Aggregate>, kind: MetricKind, sent: &[f64]) -> Result<Aggregate, ChartError> {
    let aggregate = match asked {
        Some(aggregate) if !Aggregate::names_for(kind).contains(&aggregate.name()) => {
            return Err(ChartError::Unfit(aggregate, kind));
        }
        Some(aggregate) => aggregate,
        None if kind == MetricKind::Summary && sent.is_empty() => Aggregate::Avg,
        None => Aggregate::default_for(kind),
    };
    let Aggregate::Quantile(wanted) = aggregate else { return Ok(aggregate) };
    if kind != MetricKind::Summary || sent.iter().any(|known| same_quantile(*known, wanted)) {
        return Ok(aggregate);
    }
    match (asked, sent.first()) {
        // Nobody asked for this one: the highest that came says most.
        (None, Some(_)) => Ok(Aggregate::Quantile(sent[sent.len() - 1])),
        (_, None) => Ok(aggregate),
        (Some(_), Some(_)) => Err(ChartError::NoQuantile(wanted, sent.to_vec())),
    }
}
