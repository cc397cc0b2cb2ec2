//! Values over windows of minutes that slide: counts, shares, percentiles of durations, gauges, increases and histograms, by
//! groups of rows. Each minute's window is what it would have been, had somebody asked then; what cannot be read is a hole, and
//! nothing is interpolated.

mod field;
mod points;
mod rows;

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use arrow::array::RecordBatch;
use ippo_base::{Minute, MinuteRange, TimeRange};

pub use field::GroupField;

use super::limits::Over;
use super::logs::LogFilter;
use super::scan::beside;
use super::{Found, Reader};
use crate::columns;
use crate::expr::Expr;
use crate::metric::MetricKind;
use crate::missing::Missing;
use crate::segment::WINDOW_MINUTES;
use crate::signal::Signal;

/// Groups that one read tells apart. Those that are wanted in any case are among them, and may be more.
pub const WINDOW_GROUPS_MOST: usize = 50;
/// Points of metrics and minutes with rows that one read may hold.
pub(super) const WINDOW_CELLS_MOST: usize = 4_000_000;

/// The value of each field that groups are told apart by.
pub type GroupKey = Vec<Option<String>>;

/// What to measure.
#[derive(Clone)]
pub struct WindowSearch {
    /// What is read.
    pub signal: Signal,
    /// Which rows count.
    pub rows: WindowRows,
    /// Which rows tell that the source speaks, whether or not they count; any of the signal if none.
    pub source: Option<Expr>,
    /// What is made of them.
    pub measure: WindowMeasure,
    /// By what groups are told apart.
    pub by: Vec<GroupField>,
    /// Groups that are told in any case, however many there are.
    pub known: BTreeSet<GroupKey>,
    /// The length of a window.
    pub window_minutes: u32,
    /// What values are held against.
    pub tests: Vec<WindowTest>,
    /// The minutes with which the windows end.
    pub range: MinuteRange,
}

/// Which rows count.
#[derive(Clone)]
pub enum WindowRows {
    /// Those for which this is true.
    Where(Expr),
    /// Log records that fit.
    Logs(Box<LogFilter>),
}

/// What is made of rows.
#[derive(Clone, Debug, PartialEq)]
pub enum WindowMeasure {
    /// How many there are.
    Count,
    /// The share of those for which this is true.
    Share(Expr),
    /// The percentile of the spans' durations in nanoseconds, by nearest rank.
    Duration(f64),
    /// The values of gauges: of each series over the window, then of all series.
    Gauge(WindowLevel, WindowLevel),
    /// What counters added: of each series, then of all of them.
    Increase(WindowLevel),
    /// The same in a second.
    Rate(WindowLevel),
    /// Between what bounds the percentile of histograms lies.
    Histogram(f64),
}

/// How several values become one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum WindowLevel {
    /// The last. Of several series: their sum.
    Last,
    /// Added up.
    Sum,
    /// Their mean.
    Avg,
    /// The lowest.
    Min,
    /// The highest.
    Max,
}

/// What a value is held against.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum WindowTest {
    /// It is more.
    Above(f64),
    /// It is as much or more. Never of histograms, which do not tell the two apart.
    AtLeast(f64),
    /// It is less. Where only bounds are known: it is at most this, as buckets have their upper boundary.
    Below(f64),
    /// It is as much or less.
    AtMost(f64),
}

impl WindowTest {
    fn of_exact(self, value: f64) -> bool {
        match self {
            Self::Above(limit) => value > limit,
            Self::AtLeast(limit) => value >= limit,
            Self::Below(limit) => value < limit,
            Self::AtMost(limit) => value <= limit,
        }
    }
}

/// What a window says of a group.
#[derive(Clone, Debug, PartialEq)]
pub struct WindowValue {
    /// At least; none if nothing bounds it from below.
    pub lower: Option<f64>,
    /// At most; the same as `lower` where it is known exactly.
    pub upper: Option<f64>,
    /// Rows or observations that it is of; of gauges the series.
    pub events: u64,
    /// What each test says; none where the bounds leave it open.
    pub tests: Vec<Option<bool>>,
}

impl WindowValue {
    fn exact(value: f64, events: u64, tests: &[WindowTest]) -> Self {
        let tests = tests.iter().map(|test| Some(test.of_exact(value))).collect();
        Self { lower: Some(value), upper: Some(value), events, tests }
    }
}

/// What windows say.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Windows {
    /// Minutes in which the source was heard, ascending; from four minutes before the first window on.
    pub heard: Vec<Minute>,
    /// For each group, the windows with anything in them, by their last minute, ascending.
    pub groups: BTreeMap<GroupKey, Vec<(Minute, WindowValue)>>,
    /// Whether there were more groups than are told apart.
    pub more_groups: bool,
    /// Stretches of which not every row is stored, or could be read; ascending.
    pub holes: Vec<MinuteRange>,
}

/// Why there are no windows.
#[derive(Clone, Debug, PartialEq)]
pub enum WindowError {
    /// A metric is of a kind of which the measure makes no sense.
    Unfit {
        /// The metric.
        metric: String,
        /// Its kind.
        kind: MetricKind,
    },
    /// More matches than can be held.
    TooMuch,
}

impl fmt::Display for WindowError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unfit { metric, kind } => {
                let fitting = match kind {
                    MetricKind::Gauge | MetricKind::UpDownCounter => "last, avg, min and max",
                    MetricKind::Counter => "increase and rate",
                    MetricKind::Histogram | MetricKind::ExponentialHistogram => {
                        "percentiles, increase and rate"
                    }
                    MetricKind::Summary => "increase and rate",
                };
                write!(f, "{metric} is a {kind}: of that make sense {fitting}")
            }
            Self::TooMuch => write!(
                f,
                "more than {WINDOW_CELLS_MOST} points match; choose fewer by where, or a shorter time"
            ),
        }
    }
}

/// How long a source speaks for after its last row, beside the row's own minute.
const SPEAKS_FOR: u32 = 4;

impl WindowSearch {
    /// The minutes whose rows count in any of the windows.
    fn counted(&self) -> MinuteRange {
        MinuteRange { from: self.range.from.minus(self.window_minutes.saturating_sub(1)), to: self.range.to }
    }

    fn columns(&self) -> Vec<&'static str> {
        let mut columns = vec![columns::time_column(self.signal)];
        match &self.rows {
            WindowRows::Where(expr) => columns.extend(expr.columns()),
            WindowRows::Logs(filter) => columns.extend(filter.columns()),
        }
        columns.extend(self.source.iter().flat_map(Expr::columns));
        columns.extend(self.by.iter().map(GroupField::column));
        match &self.measure {
            WindowMeasure::Share(expr) => columns.extend(expr.columns()),
            WindowMeasure::Duration(_) => columns.push("duration_ns"),
            WindowMeasure::Count => {}
            WindowMeasure::Gauge(..)
            | WindowMeasure::Increase(_)
            | WindowMeasure::Rate(_)
            | WindowMeasure::Histogram(_) => columns.extend(points::COLUMNS),
        }
        columns.sort_unstable();
        columns.dedup();
        columns
    }

    /// Whether it is about points of metrics rather than about rows.
    fn is_of_points(&self) -> bool {
        match self.measure {
            WindowMeasure::Count | WindowMeasure::Share(_) | WindowMeasure::Duration(_) => false,
            WindowMeasure::Gauge(..)
            | WindowMeasure::Increase(_)
            | WindowMeasure::Rate(_)
            | WindowMeasure::Histogram(_) => true,
        }
    }

    /// The rows of a batch that count, whenever they happened.
    fn matching(&self, batch: &RecordBatch) -> Vec<usize> {
        match &self.rows {
            WindowRows::Where(expr) => true_rows(expr, batch),
            WindowRows::Logs(filter) => filter.matching(batch),
        }
    }
}

fn true_rows(expr: &Expr, batch: &RecordBatch) -> Vec<usize> {
    use arrow::array::Array as _;
    let truth = expr.eval(batch);
    (0..batch.num_rows()).filter(|row| truth.is_valid(*row) && truth.value(*row)).collect()
}

/// The groups that are told apart, by number.
struct Groups<'a> {
    numbers: BTreeMap<GroupKey, usize>,
    known: &'a BTreeSet<GroupKey>,
    others: usize,
    more: bool,
}

impl<'a> Groups<'a> {
    fn new(known: &'a BTreeSet<GroupKey>) -> Self {
        Self { numbers: BTreeMap::new(), known, others: 0, more: false }
    }

    /// The number of a group; none if there are too many.
    fn number(&mut self, key: GroupKey) -> Option<usize> {
        if let Some(number) = self.numbers.get(&key) {
            return Some(*number);
        }
        if !self.known.contains(&key) {
            if self.others + self.known.len() >= WINDOW_GROUPS_MOST {
                self.more = true;
                return None;
            }
            self.others += 1;
        }
        let number = self.numbers.len();
        self.numbers.insert(key, number);
        Some(number)
    }
}

/// What takes the rows of a search.
trait Gather {
    fn add(
        &mut self,
        search: &WindowSearch,
        groups: &mut Groups<'_>,
        batch: &RecordBatch,
    ) -> Result<(), WindowError>;
}

/// Minutes in which the source was heard.
struct Heard {
    from: Minute,
    minutes: Vec<bool>,
}

impl Heard {
    fn new(search: &WindowSearch) -> Self {
        let from = search.counted().from.minus(SPEAKS_FOR);
        let length = MinuteRange { from, to: search.range.to }.len();
        Self { from, minutes: vec![false; length as usize] }
    }

    fn add(&mut self, search: &WindowSearch, batch: &RecordBatch) {
        let times = crate::segment::times(search.signal, batch);
        let mut note = |row: usize| {
            let minute = ippo_base::Timestamp::from_nanos(times[row]).minute();
            let at = minute.0.checked_sub(self.from.0).map(|at| at as usize);
            if let Some(heard) = at.and_then(|at| self.minutes.get_mut(at)) {
                *heard = true;
            }
        };
        match &search.source {
            None => (0..batch.num_rows()).for_each(&mut note),
            Some(source) => true_rows(source, batch).into_iter().for_each(&mut note),
        }
    }

    fn finish(self) -> Vec<Minute> {
        let heard = self.minutes.iter().enumerate().filter(|(_, heard)| **heard);
        heard.map(|(at, _)| self.from.plus(at as u32)).collect()
    }
}

impl Reader {
    /// The windows of a search, the newest files first. Where time did not suffice, what is older is a hole.
    ///
    /// # Errors
    /// When a metric is of another kind than the measure, or too much matches.
    pub fn windows_of(&self, search: &WindowSearch) -> Result<Found<Windows>, WindowError> {
        if search.is_of_points() {
            self.gathered(search, points::Points::default(), points::Points::finish)
        } else {
            self.gathered(search, rows::Cells::default(), rows::Cells::finish)
        }
    }

    fn gathered<G: Gather>(
        &self,
        search: &WindowSearch,
        mut gather: G,
        finish: impl FnOnce(
            G,
            &WindowSearch,
            &dyn Fn() -> bool,
        ) -> Option<BTreeMap<usize, Vec<(Minute, WindowValue)>>>,
    ) -> Result<Found<Windows>, WindowError> {
        let (mut groups, mut heard) = (Groups::new(&search.known), Heard::new(search));
        let mut add = |batch: &RecordBatch| {
            heard.add(search, batch);
            gather.add(search, &mut groups, batch)
        };
        for batch in self.snapshot.rows(search.signal) {
            add(batch)?;
        }
        let read =
            MinuteRange { from: search.counted().from.minus(points::LOOK_BACK_MINUTES), to: search.range.to };
        let within = TimeRange { from: read.from.start(), to: read.to.start() };
        let columns = search.columns();
        let mut segments: Vec<_> = self.snapshot.segments(search.signal, within).collect();
        segments.sort_by_key(|meta| Reverse(meta.window));
        let (mut missing, mut holes, mut ended) = (Missing::default(), Vec::new(), None);
        for meta in segments {
            let window = MinuteRange { from: Minute(meta.window), to: Minute(meta.window + WINDOW_MINUTES) };
            if let Some(over) = self.limits.over() {
                holes.push(MinuteRange { from: read.from, to: window.to });
                ended = Some((over, window.to));
                break;
            }
            if meta.sampled.is_some() {
                missing.was_read(meta);
                holes.push(window);
                continue;
            }
            match self.files.read(search.signal, meta, Some(&columns)) {
                Ok(batches) => batches.iter().try_for_each(&mut add)?,
                Err(error) => {
                    missing.note(&error);
                    holes.push(window);
                }
            }
        }
        let by_number = finish(gather, search, &|| self.limits.over().is_some());
        let more_groups = groups.more;
        let Some(mut by_number) = by_number else {
            let over = self.limits.over().unwrap_or(Over::Stopped);
            let windows =
                Windows { heard: heard.finish(), holes: vec![read], more_groups, ..Windows::default() };
            return Ok(over.said(beside(&missing, windows), "the windows were not put together"));
        };
        holes.sort_by_key(|hole| hole.from);
        holes.dedup();
        let named =
            groups.numbers.into_iter().filter_map(|(key, number)| Some((key, by_number.remove(&number)?)));
        let windows = Windows { heard: heard.finish(), groups: named.collect(), more_groups, holes };
        let found = beside(&missing, windows);
        Ok(match ended {
            Some((over, to)) => {
                over.said(found, format!("what is older than {} was not looked at", to.start()))
            }
            None => found,
        })
    }
}
