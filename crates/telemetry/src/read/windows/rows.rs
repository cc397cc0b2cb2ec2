//! Windows over rows: what each minute has of each group, and what windows add up to.

use std::collections::BTreeMap;

use arrow::array::RecordBatch;
use ippo_base::{Minute, Timestamp};

use super::super::cell::Numbers;
use super::field::FieldValues;
use super::{
    Gather, Groups, WINDOW_CELLS_MOST, WindowError, WindowMeasure, WindowSearch, WindowTest, WindowValue,
    true_rows,
};
use crate::red::Sketch;
use crate::segment;

/// What the rows of a group in a minute add up to.
#[derive(Default, Clone)]
struct Cell {
    rows: u64,
    /// Those for which the share's condition is true.
    matching: u64,
    durations: Sketch,
    /// For each test, how many durations are at most what decides it.
    at_most: Vec<u64>,
}

impl Cell {
    fn merge(&mut self, other: &Cell) {
        self.rows += other.rows;
        self.matching += other.matching;
        self.durations.merge(&other.durations);
        self.at_most.resize(self.at_most.len().max(other.at_most.len()), 0);
        for (sum, more) in self.at_most.iter_mut().zip(&other.at_most) {
            *sum += more;
        }
    }

    fn take(&mut self, other: &Cell) {
        self.rows -= other.rows;
        self.matching -= other.matching;
    }
}

/// Minutes of groups.
#[derive(Default)]
pub(super) struct Cells {
    of_groups: BTreeMap<usize, BTreeMap<Minute, Cell>>,
    cells: usize,
}

/// The longest duration for which a test of a duration decides one way: whole nanoseconds.
fn border(test: WindowTest) -> i64 {
    match test {
        WindowTest::Above(limit) | WindowTest::AtMost(limit) => limit.floor() as i64,
        WindowTest::Below(limit) | WindowTest::AtLeast(limit) => limit.ceil() as i64 - 1,
    }
}

impl Gather for Cells {
    fn add(
        &mut self,
        search: &WindowSearch,
        groups: &mut Groups<'_>,
        batch: &RecordBatch,
    ) -> Result<(), WindowError> {
        let (times, counted) = (segment::times(search.signal, batch), search.counted());
        let is_counted = |row: usize| counted.contains(Timestamp::from_nanos(times[row]).minute());
        if !(0..batch.num_rows()).any(is_counted) {
            return Ok(());
        }
        let mut fields: Vec<FieldValues<'_>> =
            search.by.iter().map(|field| FieldValues::of(field, batch)).collect();
        let matching = match &search.measure {
            WindowMeasure::Share(expr) => true_rows(expr, batch),
            _ => Vec::new(),
        };
        let durations = match &search.measure {
            WindowMeasure::Duration(_) => Some(Numbers::of(batch, "duration_ns")),
            _ => None,
        };
        let borders: Vec<i64> = search.tests.iter().copied().map(border).collect();
        for row in search.matching(batch).into_iter().filter(|row| is_counted(*row)) {
            let Some(group) = groups.number(fields.iter_mut().map(|field| field.value(row)).collect()) else {
                continue;
            };
            let minutes = self.of_groups.entry(group).or_default();
            let cell = minutes.entry(Timestamp::from_nanos(times[row]).minute()).or_insert_with(|| {
                self.cells += 1;
                Cell::default()
            });
            cell.rows += 1;
            cell.matching += u64::from(matching.binary_search(&row).is_ok());
            if let Some(durations) = &durations {
                let nanos = durations.number(row);
                cell.durations.add(nanos);
                cell.at_most.resize(borders.len(), 0);
                for (count, border) in cell.at_most.iter_mut().zip(&borders) {
                    *count += u64::from(nanos <= *border);
                }
            }
        }
        if self.cells > WINDOW_CELLS_MOST { Err(WindowError::TooMuch) } else { Ok(()) }
    }
}

impl Cells {
    /// The windows of each group; none if it is over before they are.
    pub(super) fn finish(
        self,
        search: &WindowSearch,
        is_over: &dyn Fn() -> bool,
    ) -> Option<BTreeMap<usize, Vec<(Minute, WindowValue)>>> {
        let mut all = BTreeMap::new();
        for (group, cells) in self.of_groups {
            let windows = match search.measure {
                WindowMeasure::Duration(share) => merged(search, share, &cells, is_over)?,
                _ => summed(search, &cells),
            };
            if is_over() {
                return None;
            }
            all.insert(group, windows);
        }
        Some(all)
    }
}

/// Counts and shares, of which a window is the one before with a minute more and one less.
fn summed(search: &WindowSearch, cells: &BTreeMap<Minute, Cell>) -> Vec<(Minute, WindowValue)> {
    let mut windows = Vec::new();
    let mut sum = Cell::default();
    for minute in search.counted().iter() {
        if let Some(cell) = cells.get(&minute) {
            sum.merge(cell);
        }
        if let Some(left) =
            minute.0.checked_sub(search.window_minutes).and_then(|left| cells.get(&Minute(left)))
        {
            sum.take(left);
        }
        if sum.rows == 0 || !search.range.contains(minute) {
            continue;
        }
        let value = match search.measure {
            WindowMeasure::Share(_) => sum.matching as f64 / sum.rows as f64,
            _ => sum.rows as f64,
        };
        windows.push((minute, WindowValue::exact(value, sum.rows, &search.tests)));
    }
    windows
}

/// Percentiles: decided by counts, exactly, and told within the sketch's error.
fn merged(
    search: &WindowSearch,
    share: f64,
    cells: &BTreeMap<Minute, Cell>,
    is_over: &dyn Fn() -> bool,
) -> Option<Vec<(Minute, WindowValue)>> {
    let mut windows = Vec::new();
    for minute in search.range.iter() {
        let from = minute.plus(1).minus(search.window_minutes);
        let mut sum = Cell::default();
        cells.range(from..=minute).for_each(|(_, cell)| sum.merge(cell));
        if sum.rows == 0 {
            continue;
        }
        if is_over() {
            return None;
        }
        let rank = ((share * sum.rows as f64).ceil() as u64).clamp(1, sum.rows);
        let value = sum.durations.quantile(share).unwrap_or_default();
        let decided = |(test, at_most): (&WindowTest, &u64)| {
            let is_at_most = *at_most >= rank;
            Some(match test {
                WindowTest::Above(_) | WindowTest::AtLeast(_) => !is_at_most,
                WindowTest::Below(_) | WindowTest::AtMost(_) => is_at_most,
            })
        };
        let tests = search.tests.iter().zip(&sum.at_most).map(decided).collect();
        windows
            .push((minute, WindowValue { lower: Some(value), upper: Some(value), events: sum.rows, tests }));
    }
    Some(windows)
}
