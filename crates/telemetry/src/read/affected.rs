//! Who and what is behind a filter: how many rows, how many users, and traces to look at.

use std::collections::{BTreeSet, HashSet};

use arrow::array::{Array as _, AsArray as _, RecordBatch};
use arrow::datatypes::TimestampNanosecondType;
use ippo_base::{TimeRange, Timestamp};

use super::parts::{Counting, FilePart, Sum};
use super::{Found, Reader};
use crate::columns;
use crate::expr::Expr;
use crate::signal::Signal;

/// Users beyond this many are no longer told apart.
const USERS_MOST: usize = 1_000_000;
/// Traces that are kept as examples.
const TRACES: usize = 20;

/// What a filter matched in a range.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Affected {
    /// Rows that matched.
    pub rows: u64,
    /// Distinct users among them.
    pub users: u64,
    /// Whether every matched row was there to read and names its user, so that `users` is their exact number.
    pub users_exact: bool,
    /// Traces of matched rows, the newest first, as 32 hexadecimal digits.
    pub traces: Vec<String>,
}

impl Reader {
    /// How many rows of the range a filter matches, and who is behind them. Of rows that cannot be read, or that sampling has
    /// left out, nobody is known: then the number of users is not exact.
    pub fn affected(&self, signal: Signal, filter: &Expr, range: TimeRange) -> Found<Affected> {
        let mut wanted = filter.columns();
        wanted.push(columns::time_column(signal));
        let more = ["trace_id", "user_id"].into_iter().filter(|name| columns::find(signal, name).is_some());
        wanted.extend(more);
        let counting = Counting {
            none: Tally::default,
            rows: |sum: &mut Tally, batch: &RecordBatch| sum.add(signal, filter, range, batch),
            part: |part: &FilePart<'_>| {
                let mut sum = Tally::default();
                self.each_batch(signal, part, &wanted, |batch| sum.add(signal, filter, range, batch))?;
                Ok(sum)
            },
        };
        let found = self.sum(signal, range, &counting);
        let is_whole = !found.partial && found.sampled.is_none();
        found.map(|tally| tally.finish(is_whole))
    }
}

#[derive(Default)]
struct Tally {
    rows: u64,
    /// Matched rows of which no user is known.
    nameless: u64,
    users: HashSet<String>,
    /// Oldest first.
    traces: BTreeSet<(i64, [u8; 16])>,
}

impl Sum for Tally {
    fn merge(&mut self, other: Self) {
        self.rows += other.rows;
        self.nameless += other.nameless;
        for user in other.users {
            if self.users.len() < USERS_MOST {
                self.users.insert(user);
            } else {
                self.nameless += u64::from(!self.users.contains(&user));
            }
        }
        for (at, id) in other.traces {
            self.keep_trace(at, id);
        }
    }
}

impl Tally {
    fn add(&mut self, signal: Signal, filter: &Expr, range: TimeRange, batch: &RecordBatch) {
        let times = batch
            .column_by_name(columns::time_column(signal))
            .expect("the time column was asked for")
            .as_primitive::<TimestampNanosecondType>();
        let in_range = |row: usize| {
            let at = Timestamp::from_nanos(times.value(row));
            range.from <= at && at < range.to
        };
        if !(0..batch.num_rows()).any(in_range) {
            return;
        }
        let matches = filter.eval(batch);
        let users = batch.column_by_name("user_id").and_then(|column| column.as_string_opt::<i32>());
        let traces = batch.column_by_name("trace_id").and_then(|column| column.as_fixed_size_binary_opt());
        for row in (0..batch.num_rows()).filter(|row| matches.is_valid(*row) && matches.value(*row)) {
            if !in_range(row) {
                continue;
            }
            self.rows += 1;
            match users.filter(|users| users.is_valid(row)) {
                Some(users) if self.users.len() < USERS_MOST => {
                    if !self.users.contains(users.value(row)) {
                        self.users.insert(users.value(row).to_owned());
                    }
                }
                _ => self.nameless += 1,
            }
            if let Some(traces) = traces.filter(|traces| traces.is_valid(row))
                && let Ok(id) = traces.value(row).try_into()
            {
                self.keep_trace(times.value(row), id);
            }
        }
    }

    fn keep_trace(&mut self, at: i64, id: [u8; 16]) {
        if self.traces.len() == TRACES && self.traces.first().is_some_and(|(oldest, _)| at <= *oldest) {
            return;
        }
        if let Some(known) = self.traces.iter().find(|(_, known)| *known == id).copied() {
            if known.0 >= at {
                return;
            }
            self.traces.remove(&known);
        }
        self.traces.insert((at, id));
        if self.traces.len() > TRACES {
            self.traces.pop_first();
        }
    }

    fn finish(self, is_whole: bool) -> Affected {
        Affected {
            rows: self.rows,
            users: self.users.len() as u64,
            users_exact: is_whole && self.nameless == 0,
            traces: self.traces.iter().rev().map(|(_, id)| hex::encode(id)).collect(),
        }
    }
}
