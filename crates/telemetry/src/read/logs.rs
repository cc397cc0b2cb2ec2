//! Log records: a search, newest first, in pages that neither repeat nor leave out a record; one record by its place,
//! and those around it.
//!
//! A place must never depend on where a record is stored: what was in memory yesterday is in a file today.

mod around;
mod counts;
mod filter;
mod needle;
mod order;
mod parts;
mod walk;

use std::collections::HashMap;
use std::fmt;
use std::hash::Hasher as _;
use std::str::FromStr;

use arrow::array::RecordBatch;
use ippo_base::{TimeRange, Timestamp};
use serde::{Deserialize, Serialize};
use twox_hash::XxHash64;

pub use around::LogsAround;
pub use counts::{LogCounts, SEVERITY_CLASSES, severity_class};
pub use filter::LogFilter;
pub use needle::Needle;
pub use walk::LogProgress;

use order::Order;
use walk::{Walk, Walked};

use super::cell::{Names, Numbers, Texts, hex_id, id};
use super::scan::Enough;
use super::{Found, Listed, Reader};
use crate::signal::Signal;

/// A log record as it is stored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LogRecord {
    /// Its place among all records.
    pub at: LogCursor,
    /// When it happened.
    pub time: Timestamp,
    /// When the pipeline first saw it.
    pub observed_time: Option<Timestamp>,
    /// `TRACE` to `FATAL`; empty where unknown.
    pub severity: String,
    /// 1 to 24; 0 where unknown.
    pub severity_number: i64,
    /// `service.name`.
    pub service: String,
    /// `service.namespace`.
    pub namespace: String,
    /// `deployment.environment.name`.
    pub environment: String,
    /// The message.
    pub body: String,
    /// The name of the event, if it is one.
    pub event_name: Option<String>,
    /// Its trace, as hexadecimal digits.
    pub trace_id: Option<String>,
    /// Its span, as hexadecimal digits.
    pub span_id: Option<String>,
    /// Attributes as the text of a JSON object.
    pub attrs: String,
    /// The resource's attributes as the text of a JSON object.
    pub resource: String,
}

/// Which records, and which page of them.
#[derive(Debug, Clone)]
pub struct LogSearch {
    /// When they happened.
    pub range: TimeRange,
    /// Which of them.
    pub only: LogFilter,
    /// How many, at most.
    pub limit: usize,
    /// Where the page before ended.
    pub after: Option<LogCursor>,
}

/// A place in the order of records: time descending, then their content's hash, then how many of the same content came
/// before.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct LogCursor {
    time: i64,
    hash: u64,
    same: u32,
}

impl LogCursor {
    /// When the record at this place happened.
    pub fn time(self) -> Timestamp {
        Timestamp::from_nanos(self.time)
    }

    fn key(self) -> (std::cmp::Reverse<i64>, u64, u32) {
        (std::cmp::Reverse(self.time), self.hash, self.same)
    }
}

/// As addresses carry it: `1795486560000000000-9f86d081884c7d65-0`.
impl fmt::Display for LogCursor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}-{:016x}-{}", self.time, self.hash, self.same)
    }
}

/// A text that is no place of a record.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("it is not of the form 1795486560000000000-9f86d081884c7d65-0")]
pub struct NoLogCursor;

impl FromStr for LogCursor {
    type Err = NoLogCursor;

    fn from_str(text: &str) -> Result<Self, NoLogCursor> {
        let (rest, same) = text.rsplit_once('-').ok_or(NoLogCursor)?;
        let (time, hash) = rest.rsplit_once('-').ok_or(NoLogCursor)?;
        let time = time.parse().map_err(|_| NoLogCursor)?;
        let hash = u64::from_str_radix(hash, 16).map_err(|_| NoLogCursor)?;
        Ok(Self { time, hash, same: same.parse().map_err(|_| NoLogCursor)? })
    }
}

impl LogSearch {
    /// Where the page goes on after a search that left nothing to look at of this time or later.
    pub fn resumed(&self, back_to: Timestamp) -> LogCursor {
        let behind = LogCursor { time: back_to.as_nanos(), hash: u64::MAX, same: u32::MAX };
        self.after.map_or(behind, |after| if after.key() > behind.key() { after } else { behind })
    }
}

impl Reader {
    /// Records that match, newest first.
    pub fn logs(&self, search: &LogSearch) -> Found<Listed<LogRecord, LogCursor>> {
        self.watched_logs(search, |_, _| {})
    }

    /// The same, which says on the way how far it has got and shows what the page has so far. A search that ended early is
    /// gone on with on the next page.
    pub fn watched_logs(
        &self,
        search: &LogSearch,
        mut watch: impl FnMut(LogProgress, &[LogRecord]),
    ) -> Found<Listed<LogRecord, LogCursor>> {
        let mut page = Vec::new();
        let found = self.each_log(search, search.limit.saturating_add(1), &mut |walked| {
            match walked {
                Walked::Record(record) => page.push(*record),
                Walked::Progress(progress) => watch(progress, &page[..page.len().min(search.limit)]),
            }
            if page.len() > search.limit { Enough::Yes } else { Enough::NotYet }
        });
        found.map(|ended_at| {
            let more = page.len() > search.limit;
            page.truncate(search.limit);
            let next = match more {
                true => page.last().map(|record| record.at),
                false => ended_at.map(|back_to| search.resumed(back_to)),
            };
            Listed { items: page, next }
        })
    }

    /// Hands over the records that match, newest first, up to the search's limit, while `take` says to go on. It holds no
    /// more than what it hands over of one window.
    pub fn stream_logs(&self, search: &LogSearch, mut take: impl FnMut(LogRecord) -> bool) -> Found<()> {
        let mut left = search.limit;
        let found = self.each_log(search, search.limit, &mut |walked| {
            let Walked::Record(record) = walked else { return Enough::NotYet };
            if left == 0 {
                return Enough::Yes;
            }
            left -= 1;
            if take(*record) && left > 0 { Enough::NotYet } else { Enough::Yes }
        });
        found.map(|_| ())
    }

    fn each_log(
        &self,
        search: &LogSearch,
        most: usize,
        show: &mut dyn FnMut(Walked) -> Enough,
    ) -> Found<Option<Timestamp>> {
        let mut range = search.range;
        if let Some(after) = search.after {
            range.to = range.to.min(Timestamp::from_nanos(after.time.saturating_add(1)));
        }
        let is_wanted = |at: LogCursor| search.after.is_none_or(|after| at.key() > after.key());
        let uncertain = search.after.map(LogCursor::time);
        let walk = Walk { order: Order::NewestFirst, range, only: &search.only, most, uncertain };
        self.walk_logs(&walk, &is_wanted, show)
    }

    /// All records of a trace by time, whatever their age.
    pub fn trace_logs(&self, trace_id: &[u8; 16]) -> Found<Vec<LogRecord>> {
        let mut found = self.rows_of_trace(Signal::Logs, trace_id).map(|batches| {
            // Records that are alike are all of this trace, so they are numbered here as everywhere.
            let mut alike: HashMap<(i64, u64), u32> = HashMap::new();
            let mut records = Vec::new();
            for batch in &batches {
                for row in 0..batch.num_rows() {
                    let (time, hash) = (Numbers::of(batch, "time").number(row), hash(batch, row));
                    let count = alike.entry((time, hash)).or_default();
                    records.push(record(batch, row, LogCursor { time, hash, same: *count }));
                    *count += 1;
                }
            }
            records
        });
        found.value.sort_by_key(|record| record.time);
        found
    }
}

/// The records of a batch that was just taken, in the order in which they came. Their places are those of the first of
/// their like.
pub(crate) fn records(only: &LogFilter, batch: &RecordBatch) -> Vec<LogRecord> {
    let place =
        |row| LogCursor { time: Numbers::of(batch, "time").number(row), hash: hash(batch, row), same: 0 };
    only.matching(batch).into_iter().map(|row| record(batch, row, place(row))).collect()
}

/// Covers everything of a record that an answer shows: what differs there must not change places between two pages.
fn hash(batch: &RecordBatch, row: usize) -> u64 {
    let mut hasher = XxHash64::with_seed(0);
    for text in [Texts::of(batch, "body").get(row), Texts::of(batch, "attrs").get(row)] {
        hasher.write(text.unwrap_or_default().as_bytes());
        hasher.write_u8(0xff);
    }
    for name in ["service", "severity", "event_name", "resource", "scope"] {
        hasher.write(Names::of(batch, name).text(row).as_bytes());
        hasher.write_u8(0xff);
    }
    for name in ["severity_number", "observed_time"] {
        hasher.write_i64(Numbers::of(batch, name).number(row));
    }
    hasher.write(&id::<16>(batch, "trace_id", row).unwrap_or_default());
    hasher.write(&id::<8>(batch, "span_id", row).unwrap_or_default());
    hasher.finish()
}

fn record(batch: &RecordBatch, row: usize, at: LogCursor) -> LogRecord {
    let name = |column: &str| Names::of(batch, column).text(row).to_owned();
    let text = |column: &str| Texts::of(batch, column).get(row).unwrap_or_default().to_owned();
    LogRecord {
        at,
        time: Numbers::of(batch, "time").time(row),
        observed_time: Numbers::of(batch, "observed_time").get(row).map(Timestamp::from_nanos),
        severity: name("severity"),
        severity_number: Numbers::of(batch, "severity_number").number(row),
        service: name("service"),
        namespace: name("namespace"),
        environment: name("environment"),
        body: text("body"),
        event_name: Names::of(batch, "event_name").get(row).map(str::to_owned),
        trace_id: hex_id(batch, "trace_id", row),
        span_id: hex_id(batch, "span_id", row),
        attrs: text("attrs"),
        resource: name("resource"),
    }
}
