//! Who and what is behind a filter: how many rows, how many users, and traces to look at.

use std::collections::{BTreeSet, HashSet};

use arrow::array::{Array as _, AsArray as _, RecordBatch};
use arrow::datatypes::TimestampNanosecondType;
use ippo_base::{TimeRange, Timestamp};

use crate::columns;
use crate::expr::Expr;
use crate::segment::{Files, SegmentError};
use crate::signal::Signal;
use crate::snapshot::Snapshot;

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
    /// Whether every matched row could be read and names its user, so that `users` is their exact number.
    pub users_exact: bool,
    /// Whether sampling has left out rows of the range, so that there were more.
    pub sampled: bool,
    /// Traces of matched rows, the newest first, as 32 hexadecimal digits.
    pub traces: Vec<String>,
}

/// Looks the rows up. Blocks while it reads. What cannot be read is left out, and the number of users is then not exact.
pub(crate) fn affected(
    files: &Files,
    snapshot: &Snapshot,
    signal: Signal,
    filter: &Expr,
    range: TimeRange,
) -> Affected {
    let mut wanted = filter.columns();
    wanted.push(columns::time_column(signal));
    wanted.extend(["trace_id", "user_id"].into_iter().filter(|name| columns::find(signal, name).is_some()));
    let mut found = Found::default();
    for batch in snapshot.rows(signal) {
        found.add(signal, filter, range, batch);
    }
    for meta in snapshot.segments(signal, range) {
        match files.read(signal, meta, Some(&wanted)) {
            Ok(batches) => {
                // Who was behind a span that sampling left out is not known.
                found.nameless += u64::from(meta.sampled.is_some());
                found.sampled |= meta.sampled.is_some();
                batches.iter().for_each(|batch| found.add(signal, filter, range, batch));
            }
            Err(error) => {
                if !matches!(error, SegmentError::Quarantined { .. }) {
                    tracing::error!(%error, "a segment cannot be read; who is affected is not known exactly");
                }
                found.nameless += 1;
            }
        }
    }
    found.finish()
}

#[derive(Default)]
struct Found {
    rows: u64,
    nameless: u64,
    sampled: bool,
    users: HashSet<String>,
    /// Oldest first.
    traces: BTreeSet<(i64, [u8; 16])>,
}

impl Found {
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
            if let Some(traces) = traces.filter(|traces| traces.is_valid(row)) {
                self.keep_trace(times.value(row), traces.value(row));
            }
        }
    }

    fn keep_trace(&mut self, at: i64, id: &[u8]) {
        let Ok(id) = id.try_into() else { return };
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

    fn finish(self) -> Affected {
        Affected {
            rows: self.rows,
            users: self.users.len() as u64,
            users_exact: self.nameless == 0,
            sampled: self.sampled,
            traces: self.traces.iter().rev().map(|(_, id)| hex::encode(id)).collect(),
        }
    }
}
