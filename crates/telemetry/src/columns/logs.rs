//! The columns of log records, and the builder of their rows. What a value means is decided in `otlp`, never here.

use arrow::array::{ArrayRef, RecordBatch};

use super::build::{self, Names, Texts, Values};
use super::origin::OriginColumns;
use super::{ColumnDef, ColumnKind as K, column, optional};
use crate::signal::Signal;

/// Columns of the table `logs`.
pub const COLUMNS: &[ColumnDef] = &[
    column("time", K::Time),
    optional("observed_time", K::Time),
    column("severity", K::Name),
    column("severity_number", K::Int),
    column("service", K::Name),
    column("namespace", K::Name),
    column("environment", K::Name),
    optional("service_version", K::Name),
    column("body", K::Text),
    optional("event_name", K::Name),
    optional("trace_id", K::Id16),
    optional("span_id", K::Id8),
    optional("user_id", K::Text),
    optional("session_id", K::Text),
    column("scope", K::Name),
    column("attrs", K::Map),
    column("resource", K::NamedMap),
    column("dropped", K::Int),
];

/// The values of one row of `logs`, but for those its resource and scope give.
pub(crate) struct LogRow<'a> {
    pub(crate) time: i64,
    pub(crate) observed_time: Option<i64>,
    pub(crate) severity: &'static str,
    pub(crate) severity_number: i64,
    pub(crate) body: &'a str,
    pub(crate) event_name: Option<&'a str>,
    pub(crate) trace_id: Option<&'a [u8; 16]>,
    pub(crate) span_id: Option<&'a [u8; 8]>,
    pub(crate) user_id: Option<&'a str>,
    pub(crate) session_id: Option<&'a str>,
    pub(crate) attrs: &'a str,
    pub(crate) dropped: i64,
}

/// Rows of `logs` under construction.
pub(crate) struct LogRows {
    pub(crate) origin: OriginColumns,
    time: Values<i64>,
    observed_time: Values<i64>,
    severity: Names,
    severity_number: Values<i64>,
    body: Texts,
    event_name: Names,
    trace_id: Values<[u8; 16]>,
    span_id: Values<[u8; 8]>,
    user_id: Texts,
    session_id: Texts,
    attrs: Texts,
    dropped: Values<i64>,
}

impl LogRows {
    pub(crate) fn new() -> Self {
        Self {
            origin: OriginColumns::new(),
            time: Values::new(),
            observed_time: Values::new(),
            severity: Names::new(),
            severity_number: Values::new(),
            body: Texts::new(),
            event_name: Names::new(),
            trace_id: Values::new(),
            span_id: Values::new(),
            user_id: Texts::new(),
            session_id: Texts::new(),
            attrs: Texts::new(),
            dropped: Values::new(),
        }
    }

    /// To be called between batches. Whether keys of origins count no more.
    pub(crate) fn begin(&mut self) -> bool {
        self.event_name.begin();
        self.origin.begin()
    }

    /// Rows so far, and bytes of text in them.
    pub(crate) fn size(&self) -> (usize, usize) {
        (self.time.len(), self.attrs.bytes() + self.body.bytes())
    }

    /// Appends a row of the resource and scope entered last.
    pub(crate) fn append(&mut self, row: &LogRow<'_>) {
        self.origin.append();
        self.time.append(row.time);
        self.observed_time.append_option(row.observed_time);
        self.severity.append(row.severity);
        self.severity_number.append(row.severity_number);
        self.body.append(row.body);
        self.event_name.append_option(row.event_name);
        self.trace_id.append_option(row.trace_id.copied());
        self.span_id.append_option(row.span_id.copied());
        self.user_id.append_option(row.user_id);
        self.session_id.append_option(row.session_id);
        self.attrs.append(row.attrs);
        self.dropped.append(row.dropped);
    }

    /// The rows since the last time, as a record batch.
    pub(crate) fn finish(&mut self) -> RecordBatch {
        let origin = self.origin.finish();
        let columns: Vec<ArrayRef> = vec![
            self.time.finish_times(),
            self.observed_time.finish_times(),
            self.severity.finish(),
            self.severity_number.finish(),
            origin.service,
            origin.namespace,
            origin.environment,
            origin.service_version,
            self.body.finish(),
            self.event_name.finish(),
            self.trace_id.finish(),
            self.span_id.finish(),
            self.user_id.finish(),
            self.session_id.finish(),
            origin.scope,
            self.attrs.finish(),
            origin.resource,
            self.dropped.finish(),
        ];
        build::batch(Signal::Logs, columns)
    }
}
