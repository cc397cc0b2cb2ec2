//! One record by its place, and the lines of its service around it, whatever was searched for.

use std::time::Duration;

use ippo_base::{TimeRange, Timestamp};

use super::super::scan::Enough;
use super::super::{Found, Reader};
use super::order::Order;
use super::walk::{Walk, Walked};
use super::{LogCursor, LogFilter, LogRecord};

/// How far from a record its neighbours are looked for, before and after: a service that said nothing for so long has
/// no lines around it.
const REACH: Duration = Duration::from_secs(24 * 60 * 60);

/// A record among the lines of its service.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LogsAround {
    /// Where lines were looked for.
    pub range: TimeRange,
    /// Lines after it, newest first.
    pub after: Vec<LogRecord>,
    /// The record.
    pub record: LogRecord,
    /// Lines before it, newest first.
    pub before: Vec<LogRecord>,
}

impl Reader {
    /// The record at a place, whatever its age; nothing if it is not kept any more.
    pub fn log(&self, place: LogCursor) -> Found<Option<LogRecord>> {
        let mut wanted = None;
        let range = TimeRange { from: place.time(), to: just_after(place) };
        let (order, only, uncertain) = (Order::NewestFirst, &LogFilter::default(), Some(place.time()));
        let walk = Walk { order, range, only, most: 1, uncertain };
        let found = self.walk_logs(&walk, &|at| at == place, &mut |walked| {
            let Walked::Record(record) = walked else { return Enough::NotYet };
            wanted = Some(*record);
            Enough::Yes
        });
        found.map(|_| wanted)
    }

    /// The record at a place with so many lines of its service before and after it.
    pub fn logs_around(&self, place: LogCursor, before: usize, after: usize) -> Found<Option<LogsAround>> {
        let mut found = self.log(place);
        let Some(record) = found.value.take() else { return found.map(|_| None) };
        let only = LogFilter { service: Some(record.service.clone()), ..LogFilter::default() };
        let range = TimeRange { from: place.time().minus(REACH), to: place.time().plus(REACH) };
        let older = TimeRange { from: range.from, to: just_after(place) };
        let newer = TimeRange { from: place.time(), to: range.to };
        let is_older = |at: LogCursor| at.key() > place.key();
        let is_newer = |at: LogCursor| at.key() < place.key();
        let side = |order, range, most| {
            let walk = Walk { order, range, only: &only, most, uncertain: Some(place.time()) };
            match order {
                Order::NewestFirst => self.some_logs(&walk, &is_older),
                Order::OldestFirst => self.some_logs(&walk, &is_newer),
            }
        };
        let before = side(Order::NewestFirst, older, before);
        let mut after = side(Order::OldestFirst, newer, after);
        after.value.reverse();
        for side in [&before, &after] {
            found.partial |= side.partial;
            let new = side.warnings.iter().filter(|warning| !found.warnings.contains(warning));
            let new: Vec<String> = new.cloned().collect();
            found.warnings.extend(new);
        }
        let around = LogsAround { range, after: after.value, record, before: before.value };
        found.map(|_| Some(around))
    }

    fn some_logs(&self, walk: &Walk<'_>, is_wanted: &dyn Fn(LogCursor) -> bool) -> Found<Vec<LogRecord>> {
        let mut records = Vec::new();
        if walk.most == 0 {
            return Found::whole(records);
        }
        let found = self.walk_logs(walk, is_wanted, &mut |walked| {
            let Walked::Record(record) = walked else { return Enough::NotYet };
            records.push(*record);
            if records.len() == walk.most { Enough::Yes } else { Enough::NotYet }
        });
        found.map(|_| records)
    }
}

fn just_after(place: LogCursor) -> Timestamp {
    Timestamp::from_nanos(place.time().as_nanos().saturating_add(1))
}
