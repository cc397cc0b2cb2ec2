//! Whole spans, and one whole trace.

use arrow::array::RecordBatch;
use ippo_base::Timestamp;

use super::cell::{Names, Numbers, Texts, flag, hex_id};
use super::{Found, Reader};
use crate::signal::Signal;

/// A span as it is stored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Span {
    /// 16 hexadecimal digits.
    pub span_id: String,
    /// The span that caused it.
    pub parent_span_id: Option<String>,
    /// When it started.
    pub start: Timestamp,
    /// How long it took, in nanoseconds.
    pub duration_ns: i64,
    /// `service.name`.
    pub service: String,
    /// `service.namespace`.
    pub namespace: String,
    /// `deployment.environment.name`.
    pub environment: String,
    /// The instrumentation scope.
    pub scope: String,
    /// Its name.
    pub name: String,
    /// `internal`, `server`, `client`, `producer` or `consumer`.
    pub kind: String,
    /// `unset`, `ok` or `error`.
    pub status: String,
    /// What the status says.
    pub status_message: Option<String>,
    /// Whether it failed, by status or by its protocol.
    pub error: bool,
    /// Who made the request.
    pub user_id: Option<String>,
    /// Attributes as the text of a JSON object.
    pub attrs: String,
    /// The resource's attributes as the text of a JSON object.
    pub resource: String,
    /// Events as the text of a JSON array.
    pub events: Option<String>,
    /// Links as the text of a JSON array.
    pub links: Option<String>,
}

impl Reader {
    /// All spans of a trace by start, whatever their age.
    pub fn trace(&self, id: &[u8; 16]) -> Found<Vec<Span>> {
        let mut found = self.rows_of_trace(Signal::Spans, id).map(|batches| {
            batches
                .iter()
                .flat_map(|batch| (0..batch.num_rows()).map(move |row| span(batch, row)))
                .collect::<Vec<_>>()
        });
        found.value.sort_by(|a, b| a.start.cmp(&b.start).then_with(|| a.span_id.cmp(&b.span_id)));
        // A batch that was sent again after the time in which retries are told.
        found.value.dedup();
        found
    }
}

fn span(batch: &RecordBatch, row: usize) -> Span {
    let name = |column: &str| Names::of(batch, column).text(row).to_owned();
    let text = |column: &str| Texts::of(batch, column).get(row).map(str::to_owned);
    Span {
        span_id: hex_id(batch, "span_id", row).unwrap_or_default(),
        parent_span_id: hex_id(batch, "parent_span_id", row),
        start: Numbers::of(batch, "start").time(row),
        duration_ns: Numbers::of(batch, "duration_ns").number(row),
        service: name("service"),
        namespace: name("namespace"),
        environment: name("environment"),
        scope: name("scope"),
        name: name("name"),
        kind: name("kind"),
        status: name("status"),
        status_message: text("status_message"),
        error: flag(batch, "error", row),
        user_id: text("user_id"),
        attrs: text("attrs").unwrap_or_default(),
        resource: name("resource"),
        events: text("events"),
        links: text("links"),
    }
}
