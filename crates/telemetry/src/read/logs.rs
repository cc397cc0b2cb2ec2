//! Log records: a search, newest first, in pages that neither repeat nor leave out a record.

use std::hash::Hasher as _;

use arrow::array::{Array as _, RecordBatch};
use ippo_base::{TimeRange, Timestamp};
use serde::{Deserialize, Serialize};
use twox_hash::XxHash64;

use super::cell::{Names, Numbers, Texts, hex_id, id};
use super::scan::{Enough, Scan};
use super::{Found, Listed, Reader};
use crate::expr::Expr;
use crate::signal::Signal;

/// A log record as it is stored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LogRecord {
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

/// Which records.
#[derive(Debug, Clone)]
pub struct LogSearch {
    /// When they happened.
    pub range: TimeRange,
    /// Only of this service.
    pub service: Option<String>,
    /// Only those for which this is true.
    pub filter: Option<Expr>,
    /// Only those whose body has this text, in either case.
    pub contains: Option<String>,
    /// Only those of at least this severity number.
    pub severity_number: Option<i64>,
    /// Only of this trace.
    pub trace_id: Option<[u8; 16]>,
    /// Only of this span.
    pub span_id: Option<[u8; 8]>,
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
    fn key(self) -> (std::cmp::Reverse<i64>, u64, u32) {
        (std::cmp::Reverse(self.time), self.hash, self.same)
    }
}

impl Reader {
    /// Records that match, newest first.
    pub fn logs(&self, search: &LogSearch) -> Found<Listed<LogRecord, LogCursor>> {
        let mut range = search.range;
        if let Some(after) = search.after {
            range.to = range.to.min(Timestamp::from_nanos(after.time.saturating_add(1)));
        }
        let scan = Scan { signal: Signal::Logs, range, columns: None };
        let found = self.scan_windows(&scan, Vec::new(), |page: &mut Vec<_>, window, batches| {
            page.extend(best(search, window, batches, search.limit + 1 - page.len()));
            if page.len() > search.limit { Enough::Yes } else { Enough::NotYet }
        });
        found.map(|mut page| {
            let more = page.len() > search.limit;
            page.truncate(search.limit);
            let next = page.last().map(|(cursor, _)| *cursor).filter(|_| more);
            Listed { items: page.into_iter().map(|(_, record)| record).collect(), next }
        })
    }

    /// All records of a trace by time, whatever their age.
    pub fn trace_logs(&self, trace_id: &[u8; 16]) -> Found<Vec<LogRecord>> {
        let mut found = self.rows_of_trace(Signal::Logs, trace_id).map(|batches| {
            let of =
                |batch: &RecordBatch| (0..batch.num_rows()).map(|row| record(batch, row)).collect::<Vec<_>>();
            batches.iter().flat_map(of).collect::<Vec<_>>()
        });
        found.value.sort_by_key(|record| record.time);
        found
    }
}

/// The first records of a window, in order.
fn best(
    search: &LogSearch,
    window: TimeRange,
    batches: &[RecordBatch],
    count: usize,
) -> Vec<(LogCursor, LogRecord)> {
    let mut rows: Vec<(i64, usize, usize)> = Vec::new();
    let needle = search.contains.as_ref().map(|needle| needle.to_lowercase());
    for (at, batch) in batches.iter().enumerate() {
        let times = Numbers::of(batch, "time");
        for row in matching(search, needle.as_deref(), batch) {
            let time = times.time(row);
            if window.from <= time && time < window.to {
                rows.push((time.as_nanos(), at, row));
            }
        }
    }
    rows.sort_unstable_by_key(|(time, ..)| std::cmp::Reverse(*time));
    let mut page = Vec::new();
    let mut rest = rows.as_slice();
    while page.len() < count
        && let Some((time, ..)) = rest.first()
    {
        let (same_time, later) = rest.split_at(rest.partition_point(|row| row.0 == *time));
        rest = later;
        let mut hashed: Vec<(u64, usize, usize)> =
            same_time.iter().map(|(_, at, row)| (hash(&batches[*at], *row), *at, *row)).collect();
        hashed.sort_unstable();
        let mut same = 0;
        for (index, (hash, at, row)) in hashed.iter().enumerate() {
            same = if index > 0 && hashed[index - 1].0 == *hash { same + 1 } else { 0 };
            let cursor = LogCursor { time: *time, hash: *hash, same };
            if search.after.is_none_or(|after| cursor.key() > after.key()) && page.len() < count {
                page.push((cursor, record(&batches[*at], *row)));
            }
        }
    }
    page
}

fn matching(search: &LogSearch, needle: Option<&str>, batch: &RecordBatch) -> Vec<usize> {
    let services = Names::of(batch, "service");
    let bodies = Texts::of(batch, "body");
    let severities = Numbers::of(batch, "severity_number");
    let filter = search.filter.as_ref().map(|filter| filter.eval(batch));
    let fits = |row: &usize| {
        let row = *row;
        search.service.as_ref().is_none_or(|service| services.text(row) == service)
            && search.severity_number.is_none_or(|least| severities.number(row) >= least)
            && search.trace_id.is_none_or(|wanted| id(batch, "trace_id", row) == Some(wanted))
            && search.span_id.is_none_or(|wanted| id(batch, "span_id", row) == Some(wanted))
            && filter.as_ref().is_none_or(|filter| filter.is_valid(row) && filter.value(row))
            && needle.is_none_or(|needle| contains(bodies.get(row).unwrap_or_default(), needle))
    };
    (0..batch.num_rows()).filter(fits).collect()
}

/// Whether the text has the needle, which is in lower case, in either case.
fn contains(text: &str, needle: &str) -> bool {
    text.contains(needle) || text.to_lowercase().contains(needle)
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

fn record(batch: &RecordBatch, row: usize) -> LogRecord {
    let name = |column: &str| Names::of(batch, column).text(row).to_owned();
    let text = |column: &str| Texts::of(batch, column).get(row).unwrap_or_default().to_owned();
    LogRecord {
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
