//! The columns of spans, and the builder of their rows. What a value means is decided in `otlp`, never here.

use std::sync::Arc;

use arrow::array::{
    ArrayRef, BooleanBuilder, FixedSizeBinaryBuilder, Int64Builder, RecordBatch, StringBuilder,
    TimestampNanosecondBuilder,
};

use super::build::{self, Names, OriginColumns};
use super::{ColumnDef, ColumnKind as K, column, optional};
use crate::signal::Signal;

/// Columns of the table `spans`.
pub const COLUMNS: &[ColumnDef] = &[
    column("start", K::Time),
    column("duration_ns", K::Int),
    column("trace_id", K::Id16),
    column("span_id", K::Id8),
    optional("parent_span_id", K::Id8),
    column("service", K::Name),
    column("namespace", K::Name),
    column("environment", K::Name),
    optional("service_version", K::Name),
    column("name", K::Name),
    column("kind", K::Name),
    column("status", K::Name),
    optional("status_message", K::Text),
    column("error", K::Bool),
    optional("method", K::Name),
    optional("route", K::Name),
    optional("http_status", K::Int),
    optional("rpc_service", K::Name),
    optional("rpc_method", K::Name),
    optional("rpc_status", K::Name),
    optional("db_system", K::Name),
    optional("messaging_destination", K::Name),
    optional("error_type", K::Name),
    optional("user_id", K::Text),
    optional("session_id", K::Text),
    column("sampled", K::Bool),
    column("scope", K::Name),
    optional("trace_state", K::Name),
    column("attrs", K::Map),
    column("resource", K::NamedMap),
    optional("events", K::Json),
    optional("links", K::Json),
    column("dropped", K::Int),
];

/// The values of one row of `spans`, but for those its resource and scope give.
pub(crate) struct SpanRow<'a> {
    pub(crate) start: i64,
    pub(crate) duration_ns: i64,
    pub(crate) trace_id: &'a [u8; 16],
    pub(crate) span_id: &'a [u8; 8],
    pub(crate) parent_span_id: Option<&'a [u8; 8]>,
    pub(crate) name: &'a str,
    pub(crate) kind: &'static str,
    pub(crate) status: &'static str,
    pub(crate) status_message: Option<&'a str>,
    pub(crate) error: bool,
    pub(crate) method: Option<&'a str>,
    pub(crate) route: Option<&'a str>,
    pub(crate) http_status: Option<i64>,
    pub(crate) rpc_service: Option<&'a str>,
    pub(crate) rpc_method: Option<&'a str>,
    pub(crate) rpc_status: Option<&'a str>,
    pub(crate) db_system: Option<&'a str>,
    pub(crate) messaging_destination: Option<&'a str>,
    pub(crate) error_type: Option<&'a str>,
    pub(crate) user_id: Option<&'a str>,
    pub(crate) session_id: Option<&'a str>,
    pub(crate) sampled: bool,
    pub(crate) trace_state: Option<&'a str>,
    pub(crate) attrs: &'a str,
    pub(crate) events: Option<&'a str>,
    pub(crate) links: Option<&'a str>,
    pub(crate) dropped: i64,
}

/// Rows of `spans` under construction.
pub(crate) struct SpanRows {
    pub(crate) origin: OriginColumns,
    start: TimestampNanosecondBuilder,
    duration_ns: Int64Builder,
    trace_id: FixedSizeBinaryBuilder,
    span_id: FixedSizeBinaryBuilder,
    parent_span_id: FixedSizeBinaryBuilder,
    name: Names,
    kind: Names,
    status: Names,
    status_message: StringBuilder,
    error: BooleanBuilder,
    method: Names,
    route: Names,
    http_status: Int64Builder,
    rpc_service: Names,
    rpc_method: Names,
    rpc_status: Names,
    db_system: Names,
    messaging_destination: Names,
    error_type: Names,
    user_id: StringBuilder,
    session_id: StringBuilder,
    sampled: BooleanBuilder,
    trace_state: Names,
    attrs: StringBuilder,
    events: StringBuilder,
    links: StringBuilder,
    dropped: Int64Builder,
}

impl SpanRows {
    pub(crate) fn new() -> Self {
        Self {
            origin: OriginColumns::new(),
            start: build::times(),
            duration_ns: Int64Builder::new(),
            trace_id: build::ids16(),
            span_id: build::ids8(),
            parent_span_id: build::ids8(),
            name: Names::new(),
            kind: Names::new(),
            status: Names::new(),
            status_message: StringBuilder::new(),
            error: BooleanBuilder::new(),
            method: Names::new(),
            route: Names::new(),
            http_status: Int64Builder::new(),
            rpc_service: Names::new(),
            rpc_method: Names::new(),
            rpc_status: Names::new(),
            db_system: Names::new(),
            messaging_destination: Names::new(),
            error_type: Names::new(),
            user_id: StringBuilder::new(),
            session_id: StringBuilder::new(),
            sampled: BooleanBuilder::new(),
            trace_state: Names::new(),
            attrs: StringBuilder::new(),
            events: StringBuilder::new(),
            links: StringBuilder::new(),
            dropped: Int64Builder::new(),
        }
    }

    /// Appends a row of the resource and scope entered last.
    pub(crate) fn append(&mut self, row: &SpanRow<'_>) {
        self.origin.append();
        self.start.append_value(row.start);
        self.duration_ns.append_value(row.duration_ns);
        build::append_id(&mut self.trace_id, Some(row.trace_id));
        build::append_id(&mut self.span_id, Some(row.span_id));
        build::append_id(&mut self.parent_span_id, row.parent_span_id);
        self.name.append(row.name);
        self.kind.append(row.kind);
        self.status.append(row.status);
        self.status_message.append_option(row.status_message);
        self.error.append_value(row.error);
        self.method.append_option(row.method);
        self.route.append_option(row.route);
        self.http_status.append_option(row.http_status);
        self.rpc_service.append_option(row.rpc_service);
        self.rpc_method.append_option(row.rpc_method);
        self.rpc_status.append_option(row.rpc_status);
        self.db_system.append_option(row.db_system);
        self.messaging_destination.append_option(row.messaging_destination);
        self.error_type.append_option(row.error_type);
        self.user_id.append_option(row.user_id);
        self.session_id.append_option(row.session_id);
        self.sampled.append_value(row.sampled);
        self.trace_state.append_option(row.trace_state);
        self.attrs.append_value(row.attrs);
        self.events.append_option(row.events);
        self.links.append_option(row.links);
        self.dropped.append_value(row.dropped);
    }

    /// The rows as a record batch.
    pub(crate) fn finish(mut self) -> RecordBatch {
        let origin = self.origin.finish();
        let columns: Vec<ArrayRef> = vec![
            Arc::new(self.start.finish()),
            Arc::new(self.duration_ns.finish()),
            Arc::new(self.trace_id.finish()),
            Arc::new(self.span_id.finish()),
            Arc::new(self.parent_span_id.finish()),
            origin.service,
            origin.namespace,
            origin.environment,
            origin.service_version,
            self.name.finish(),
            self.kind.finish(),
            self.status.finish(),
            Arc::new(self.status_message.finish()),
            Arc::new(self.error.finish()),
            self.method.finish(),
            self.route.finish(),
            Arc::new(self.http_status.finish()),
            self.rpc_service.finish(),
            self.rpc_method.finish(),
            self.rpc_status.finish(),
            self.db_system.finish(),
            self.messaging_destination.finish(),
            self.error_type.finish(),
            Arc::new(self.user_id.finish()),
            Arc::new(self.session_id.finish()),
            Arc::new(self.sampled.finish()),
            origin.scope,
            self.trace_state.finish(),
            Arc::new(self.attrs.finish()),
            origin.resource,
            Arc::new(self.events.finish()),
            Arc::new(self.links.finish()),
            Arc::new(self.dropped.finish()),
        ];
        build::batch(Signal::Spans, columns)
    }
}
