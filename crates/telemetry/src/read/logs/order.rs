//! Puts records into their order: by time, then by their content's hash, then by how many of the same content came
//! before. The order must not depend on where they are stored.

use arrow::array::RecordBatch;

use super::super::scan::Enough;
use super::{LogCursor, hash};

/// Which end of a range comes first.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Order {
    /// The newest.
    NewestFirst,
    /// The oldest.
    OldestFirst,
}

impl Order {
    /// What sorts times so that those that come first are the smallest.
    pub(super) fn key(self, time: i64) -> i64 {
        match self {
            // Unlike a minus, it has an answer for every time.
            Order::NewestFirst => !time,
            Order::OldestFirst => time,
        }
    }
}

/// A row that fits: its time, and where it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Fit {
    pub(super) time: i64,
    /// The number of its batch.
    pub(super) batch: usize,
    pub(super) row: usize,
}

/// Shows rows in order, until `take` says that it is enough. All rows of a time must be among them, or none.
pub(super) fn visit(
    order: Order,
    mut rows: Vec<Fit>,
    batches: &[RecordBatch],
    take: &mut dyn FnMut(LogCursor, &RecordBatch, usize) -> Enough,
) -> Enough {
    rows.sort_unstable_by_key(|fit| order.key(fit.time));
    for same_time in rows.chunk_by(|a, b| a.time == b.time) {
        for (at, batch, row) in placed(order, same_time, batches) {
            if take(at, batch, row) == Enough::Yes {
                return Enough::Yes;
            }
        }
    }
    Enough::NotYet
}

/// The rows of one time with their places.
fn placed<'a>(
    order: Order,
    rows: &[Fit],
    batches: &'a [RecordBatch],
) -> Vec<(LogCursor, &'a RecordBatch, usize)> {
    let hashed = |fit: &Fit| (hash(&batches[fit.batch], fit.row), fit.batch, fit.row, fit.time);
    let mut hashed: Vec<(u64, usize, usize, i64)> = rows.iter().map(hashed).collect();
    hashed.sort_unstable();
    let mut same = 0;
    let mut placed = Vec::with_capacity(hashed.len());
    for (index, (hash, batch, row, time)) in hashed.iter().enumerate() {
        same = if index > 0 && hashed[index - 1].0 == *hash { same + 1 } else { 0 };
        placed.push((LogCursor { time: *time, hash: *hash, same }, &batches[*batch], *row));
    }
    if order == Order::OldestFirst {
        placed.reverse();
    }
    placed
}

/// Leaves, of what is known by its time, the first `most` and all that are of the same time as the last of them. Those at
/// the time `uncertain` stay and do not count.
pub(super) fn first<T>(
    order: Order,
    rows: &mut Vec<T>,
    time: impl Fn(&T) -> i64,
    most: usize,
    uncertain: Option<i64>,
) {
    let is_certain = |row: &&T| Some(time(row)) != uncertain;
    let mut keys: Vec<i64> = rows.iter().filter(is_certain).map(|row| order.key(time(row))).collect();
    if most == 0 || keys.len() <= most {
        return;
    }
    let (_, last, _) = keys.select_nth_unstable(most - 1);
    let last = *last;
    rows.retain(|row| order.key(time(row)) <= last || Some(time(row)) == uncertain);
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn the_first_are_kept_with_all_of_the_same_time(
            times in proptest::collection::vec(0i64..6, 0..20),
            most in 1usize..8,
            uncertain in proptest::option::of(0i64..6),
            oldest_first: bool,
        ) {
            let order = if oldest_first { Order::OldestFirst } else { Order::NewestFirst };
            let mut kept = times.clone();
            first(order, &mut kept, |time| *time, most, uncertain);
            let mut sorted: Vec<i64> = times.iter().copied().filter(|time| Some(*time) != uncertain).collect();
            sorted.sort_by_key(|time| order.key(*time));
            let last = sorted.get(most - 1).copied();
            let stays = |time: &i64| {
                Some(*time) == uncertain || last.is_none_or(|last| order.key(*time) <= order.key(last))
            };
            let wanted: Vec<i64> = times.iter().copied().filter(stays).collect();
            prop_assert_eq!(kept, wanted);
        }
    }
}
