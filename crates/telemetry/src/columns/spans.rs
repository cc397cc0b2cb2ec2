//! The columns of spans, and the builder of their rows. What a value means is decided in `otlp`, never here.

use arrow::array::{ArrayRef, RecordBatch};

use super::build::{self, Flags, Names, Texts, Values};
use super::origin::OriginColumns;
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

/// What `kind` may be.
pub(crate) const KINDS: [&str; 5] = ["internal", "server", "client", "producer", "consumer"];
/// What `status` may be.
pub(crate) const STATUSES: [&str; 3] = ["unset", "ok", "error"];

/// The values of one row of `spans`, but for those its resource and scope give.
pub(crate) struct SpanRow<'a> {
    pub(crate) start: i64,
    pub(crate) duration_ns: i64,
    pub(crate) trace_id: &'a [u8; 16],
    pub(crate) span_id: &'a [u8; 8],
    pub(crate) parent_span_id: Option<&'a [u8; 8]>,
    pub(crate) name: &'a str,
    /// A position in [`KINDS`].
    pub(crate) kind: usize,
    /// A position in [`STATUSES`].
    pub(crate) status: usize,
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
    start: Values<i64>,
    duration_ns: Values<i64>,
    trace_id: Values<[u8; 16]>,
    span_id: Values<[u8; 8]>,
    parent_span_id: Values<[u8; 8]>,
    name: Names,
    kind: Names,
    status: Names,
    status_message: Texts,
    error: Flags,
    method: Names,
    route: Names,
    http_status: Values<i64>,
    rpc_service: Names,
    rpc_method: Names,
    rpc_status: Names,
    db_system: Names,
    messaging_destination: Names,
    error_type: Names,
    user_id: Texts,
    session_id: Texts,
    sampled: Flags,
    trace_state: Names,
    attrs: Texts,
    events: Texts,
    links: Texts,
    dropped: Values<i64>,
}

impl SpanRows {
    pub(crate) fn new() -> Self {
        Self {
            origin: OriginColumns::new(),
            start: Values::new(),
            duration_ns: Values::new(),
            trace_id: Values::new(),
            span_id: Values::new(),
            parent_span_id: Values::new(),
            name: Names::new(),
            kind: Names::with(&KINDS),
            status: Names::with(&STATUSES),
            status_message: Texts::new(),
            error: Flags::new(),
            method: Names::new(),
            route: Names::new(),
            http_status: Values::new(),
            rpc_service: Names::new(),
            rpc_method: Names::new(),
            rpc_status: Names::new(),
            db_system: Names::new(),
            messaging_destination: Names::new(),
            error_type: Names::new(),
            user_id: Texts::new(),
            session_id: Texts::new(),
            sampled: Flags::new(),
            trace_state: Names::new(),
            attrs: Texts::new(),
            events: Texts::new(),
            links: Texts::new(),
            dropped: Values::new(),
        }
    }

    /// To be called between batches. Whether keys of origins count no more.
    pub(crate) fn begin(&mut self) -> bool {
        let names = [
            &mut self.name,
            &mut self.method,
            &mut self.route,
            &mut self.rpc_service,
            &mut self.rpc_method,
            &mut self.rpc_status,
            &mut self.db_system,
            &mut self.messaging_destination,
            &mut self.error_type,
            &mut self.trace_state,
        ];
        names.into_iter().for_each(Names::begin);
        self.origin.begin()
    }

    /// Rows so far, and bytes of text in them.
    pub(crate) fn size(&self) -> (usize, usize) {
        (self.start.len(), self.attrs.bytes() + self.events.bytes() + self.links.bytes())
    }

    /// Appends a row of the resource and scope entered last.
    pub(crate) fn append(&mut self, row: &SpanRow<'_>) {
        self.origin.append();
        self.start.append(row.start);
        self.duration_ns.append(row.duration_ns);
        self.trace_id.append(*row.trace_id);
        self.span_id.append(*row.span_id);
        self.parent_span_id.append_option(row.parent_span_id.copied());
        self.name.append(row.name);
        self.kind.append_key(row.kind as i32);
        self.status.append_key(row.status as i32);
        self.status_message.append_option(row.status_message);
        self.error.append(row.error);
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
        self.sampled.append(row.sampled);
        self.trace_state.append_option(row.trace_state);
        self.attrs.append(row.attrs);
        self.events.append_option(row.events);
        self.links.append_option(row.links);
        self.dropped.append(row.dropped);
    }

    /// The rows since the last time, as a record batch.
    pub(crate) fn finish(&mut self) -> RecordBatch {
        let origin = self.origin.finish();
        let columns: Vec<ArrayRef> = vec![
            self.start.finish_times(),
            self.duration_ns.finish(),
            self.trace_id.finish(),
            self.span_id.finish(),
            self.parent_span_id.finish(),
            origin.service,
            origin.namespace,
            origin.environment,
            origin.service_version,
            self.name.finish(),
            self.kind.finish(),
            self.status.finish(),
            self.status_message.finish(),
            self.error.finish(),
            self.method.finish(),
            self.route.finish(),
            self.http_status.finish(),
            self.rpc_service.finish(),
            self.rpc_method.finish(),
            self.rpc_status.finish(),
            self.db_system.finish(),
            self.messaging_destination.finish(),
            self.error_type.finish(),
            self.user_id.finish(),
            self.session_id.finish(),
            self.sampled.finish(),
            origin.scope,
            self.trace_state.finish(),
            self.attrs.finish(),
            origin.resource,
            self.events.finish(),
            self.links.finish(),
            self.dropped.finish(),
        ];
        build::batch(Signal::Spans, columns)
    }
}
