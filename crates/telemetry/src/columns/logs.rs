//! The columns of log records, and the builder of their rows. What a value means is decided in `otlp`, never here.

use std::sync::Arc;

use arrow::array::{
    ArrayRef, FixedSizeBinaryBuilder, Int64Builder, RecordBatch, StringBuilder, TimestampNanosecondBuilder,
};

use super::build::{self, Names, OriginColumns};
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
    time: TimestampNanosecondBuilder,
    observed_time: TimestampNanosecondBuilder,
    severity: Names,
    severity_number: Int64Builder,
    body: StringBuilder,
    event_name: Names,
    trace_id: FixedSizeBinaryBuilder,
    span_id: FixedSizeBinaryBuilder,
    user_id: StringBuilder,
    session_id: StringBuilder,
    attrs: StringBuilder,
    dropped: Int64Builder,
}

impl LogRows {
    pub(crate) fn new() -> Self {
        Self {
            origin: OriginColumns::new(),
            time: build::times(),
            observed_time: build::times(),
            severity: Names::new(),
            severity_number: Int64Builder::new(),
            body: StringBuilder::new(),
            event_name: Names::new(),
            trace_id: build::ids16(),
            span_id: build::ids8(),
            user_id: StringBuilder::new(),
            session_id: StringBuilder::new(),
            attrs: StringBuilder::new(),
            dropped: Int64Builder::new(),
        }
    }

    /// Appends a row of the resource and scope entered last.
    pub(crate) fn append(&mut self, row: &LogRow<'_>) {
        self.origin.append();
        self.time.append_value(row.time);
        self.observed_time.append_option(row.observed_time);
        self.severity.append(row.severity);
        self.severity_number.append_value(row.severity_number);
        self.body.append_value(row.body);
        self.event_name.append_option(row.event_name);
        build::append_id(&mut self.trace_id, row.trace_id);
        build::append_id(&mut self.span_id, row.span_id);
        self.user_id.append_option(row.user_id);
        self.session_id.append_option(row.session_id);
        self.attrs.append_value(row.attrs);
        self.dropped.append_value(row.dropped);
    }

    /// The rows as a record batch.
    pub(crate) fn finish(mut self) -> RecordBatch {
        let origin = self.origin.finish();
        let columns: Vec<ArrayRef> = vec![
            Arc::new(self.time.finish()),
            Arc::new(self.observed_time.finish()),
            self.severity.finish(),
            Arc::new(self.severity_number.finish()),
            origin.service,
            origin.namespace,
            origin.environment,
            origin.service_version,
            Arc::new(self.body.finish()),
            self.event_name.finish(),
            Arc::new(self.trace_id.finish()),
            Arc::new(self.span_id.finish()),
            Arc::new(self.user_id.finish()),
            Arc::new(self.session_id.finish()),
            origin.scope,
            Arc::new(self.attrs.finish()),
            origin.resource,
            Arc::new(self.dropped.finish()),
        ];
        build::batch(Signal::Logs, columns)
    }
}
