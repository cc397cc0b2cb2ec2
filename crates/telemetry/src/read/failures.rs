//! The rows behind a filter, one by one, newest first.

use arrow::array::{Array as _, RecordBatch};
use ippo_base::{TimeRange, Timestamp};

use super::cell::{Names, Numbers, Texts, hex_id};
use super::scan::{Enough, Scan};
use super::{Found, Reader};
use crate::attrs;
use crate::columns;
use crate::expr::Expr;
use crate::signal::Signal;

/// A row that a filter matched.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Failure {
    /// When it happened.
    pub time: Timestamp,
    /// Its trace, as hexadecimal digits.
    pub trace_id: Option<String>,
    /// Its span, as hexadecimal digits.
    pub span_id: Option<String>,
    /// `service.name`.
    pub service: String,
    /// The span's name, or the record's body.
    pub name: String,
    /// How long it took, where it is a span.
    pub duration_ns: Option<i64>,
    /// The span's status, or the record's severity.
    pub status: String,
    /// Who met it.
    pub user_id: Option<String>,
    /// What the status or the exception says.
    pub message: Option<String>,
}

impl Reader {
    /// The newest rows of spans or logs that the filter matches.
    pub fn failures(
        &self,
        signal: Signal,
        filter: &Expr,
        range: TimeRange,
        limit: usize,
    ) -> Found<Vec<Failure>> {
        if signal == Signal::Metrics {
            return Found::whole(Vec::new());
        }
        let scan = Scan { signal, range, columns: None };
        self.scan_windows(&scan, Vec::new(), |page: &mut Vec<Failure>, window, batches| {
            let mut rows: Vec<(i64, usize, usize)> = Vec::new();
            for (at, batch) in batches.iter().enumerate() {
                let matches = filter.eval(batch);
                let times = Numbers::of(batch, columns::time_column(signal));
                let fits = |row: &usize| {
                    let time = times.time(*row);
                    matches.is_valid(*row) && matches.value(*row) && window.from <= time && time < window.to
                };
                rows.extend((0..batch.num_rows()).filter(fits).map(|row| (times.number(row), at, row)));
            }
            rows.sort_unstable_by_key(|(time, ..)| std::cmp::Reverse(*time));
            rows.truncate(limit.saturating_sub(page.len()));
            page.extend(rows.into_iter().map(|(_, at, row)| failure(signal, &batches[at], row)));
            if page.len() >= limit { Enough::Yes } else { Enough::NotYet }
        })
    }
}

fn failure(signal: Signal, batch: &RecordBatch, row: usize) -> Failure {
    let name = |column: &str| Names::of(batch, column).text(row).to_owned();
    let text = |column: &str| Texts::of(batch, column).get(row).map(str::to_owned);
    let (title, duration_ns, status, message) = match signal {
        Signal::Spans => (
            name("name"),
            Numbers::of(batch, "duration_ns").get(row),
            name("status"),
            text("status_message").or_else(|| exception_message(text("events")?.as_str())),
        ),
        Signal::Logs | Signal::Metrics => {
            (text("body").unwrap_or_default(), None, name("severity"), text("body"))
        }
    };
    Failure {
        time: Numbers::of(batch, columns::time_column(signal)).time(row),
        trace_id: hex_id(batch, "trace_id", row),
        span_id: hex_id(batch, "span_id", row),
        service: name("service"),
        name: title,
        duration_ns,
        status,
        user_id: text("user_id"),
        message,
    }
}

/// The message of the first exception among a span's events.
fn exception_message(events: &str) -> Option<String> {
    let events: Vec<serde_json::Value> = serde_json::from_str(events).ok()?;
    let exception = events.iter().find(|event| event["name"] == "exception")?;
    let attributes = exception["attributes"].to_string();
    attrs::lookup(&attributes, "exception.message")?.into_text().map(std::borrow::Cow::into_owned)
}
