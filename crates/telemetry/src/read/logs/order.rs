//! Puts the records of one window into their order: by time, then by their content's hash, then by how many of the same
//! content came before. The order must not depend on the batches that they come in.

use arrow::array::RecordBatch;
use ippo_base::TimeRange;

use super::super::cell::Numbers;
use super::super::scan::{Enough, Order};
use super::{LogCursor, LogFilter, hash};

/// Shows the fitting rows of a window in order, until `take` says that it is enough.
pub(super) fn visit(
    order: Order,
    only: &LogFilter,
    window: TimeRange,
    batches: &[RecordBatch],
    take: &mut dyn FnMut(LogCursor, &RecordBatch, usize) -> Enough,
) -> Enough {
    let rows = fitting(order, only, window, batches);
    let mut rest = rows.as_slice();
    while let Some((time, ..)) = rest.first() {
        let end = rest.iter().position(|row| row.0 != *time).unwrap_or(rest.len());
        let (same_time, later) = rest.split_at(end);
        rest = later;
        for (at, batch, row) in placed(order, same_time, batches) {
            if take(at, batch, row) == Enough::Yes {
                return Enough::Yes;
            }
        }
    }
    Enough::NotYet
}

/// Time, batch and row of what fits, by time.
fn fitting(
    order: Order,
    only: &LogFilter,
    window: TimeRange,
    batches: &[RecordBatch],
) -> Vec<(i64, usize, usize)> {
    let mut rows = Vec::new();
    for (at, batch) in batches.iter().enumerate() {
        let times = Numbers::of(batch, "time");
        for row in only.matching(batch) {
            let time = times.time(row);
            if window.from <= time && time < window.to {
                rows.push((time.as_nanos(), at, row));
            }
        }
    }
    match order {
        Order::NewestFirst => rows.sort_unstable_by_key(|(time, ..)| std::cmp::Reverse(*time)),
        Order::OldestFirst => rows.sort_unstable_by_key(|(time, ..)| *time),
    }
    rows
}

/// The rows of one time with their places.
fn placed<'a>(
    order: Order,
    rows: &[(i64, usize, usize)],
    batches: &'a [RecordBatch],
) -> Vec<(LogCursor, &'a RecordBatch, usize)> {
    let mut hashed: Vec<(u64, usize, usize, i64)> =
        rows.iter().map(|(time, at, row)| (hash(&batches[*at], *row), *at, *row, *time)).collect();
    hashed.sort_unstable();
    let mut same = 0;
    let mut placed = Vec::with_capacity(hashed.len());
    for (index, (hash, at, row, time)) in hashed.iter().enumerate() {
        same = if index > 0 && hashed[index - 1].0 == *hash { same + 1 } else { 0 };
        placed.push((LogCursor { time: *time, hash: *hash, same }, &batches[*at], *row));
    }
    if order == Order::OldestFirst {
        placed.reverse();
    }
    placed
}
