//! One request as telemetry: spans that nest, logs that belong to them, and beside them the truth about each call.
//!
//! A [`Weaver`] has a clock of its own that only moves when the request spends time.

use std::time::Duration;

use ippo_base::Timestamp;
use opentelemetry_proto::tonic::common::v1::{AnyValue, KeyValue};
use opentelemetry_proto::tonic::logs::v1::LogRecord;
use opentelemetry_proto::tonic::trace::v1::span::{Event, Link};
use opentelemetry_proto::tonic::trace::v1::{Span, Status};

use crate::attribute::text;
use crate::draw::{Draw, hash};
use crate::fault::Schedule;
use crate::topology::{Process, Service};
use crate::traffic::Settings;
use crate::truth::Call;

/// A millisecond, in nanoseconds.
pub(crate) const MS: u64 = 1_000_000;

/// What never changes while a request is rendered.
#[derive(Debug, Clone, Copy)]
pub(crate) struct World<'a> {
    pub(crate) seed: u64,
    pub(crate) settings: &'a Settings,
    pub(crate) schedule: &'a Schedule,
}

/// Everything one request sends.
#[derive(Debug, Clone)]
pub(crate) struct Unit {
    pub(crate) trace: u128,
    pub(crate) ended: Timestamp,
    pub(crate) spans: Vec<(Process, Span)>,
    pub(crate) logs: Vec<(Process, LogRecord)>,
    pub(crate) calls: Vec<Call>,
}

/// The place of a span between its neighbours, numbered as in OTLP.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    Internal = 1,
    Server = 2,
    Client = 3,
    Producer = 4,
    Consumer = 5,
}

/// How bad a log line is, numbered as in OTLP.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Severity {
    Debug = 5,
    Info = 9,
    Warn = 13,
    Error = 17,
}

struct Open {
    process: Process,
    span: Span,
    kind: Kind,
    method: Option<&'static str>,
    route: Option<&'static str>,
    http_status: Option<u16>,
}

/// Weaves the spans of one request.
pub(crate) struct Weaver<'a> {
    world: World<'a>,
    pub(crate) draw: Draw,
    trace: u128,
    started: Timestamp,
    now: Timestamp,
    user: Option<u64>,
    session: u64,
    numbered: u64,
    open: Vec<Open>,
    unit: Unit,
}

/// The id of the span that was opened as number `number` of `trace`; never zero.
pub(crate) fn span_id(trace: u128, number: u64) -> [u8; 8] {
    let low = u64::try_from(trace & u128::from(u64::MAX)).unwrap_or(0);
    (hash(&[low, number]) | 1).to_be_bytes()
}

/// The number kept for the span that puts an order's message into the queue, so that others can link to it.
pub(crate) const PRODUCER_NUMBER: u64 = 1_000_000;

impl<'a> Weaver<'a> {
    pub(crate) fn new(world: World<'a>, trace: u128, at: Timestamp, user: Option<u64>, session: u64) -> Self {
        let low = u64::try_from(trace & u128::from(u64::MAX)).unwrap_or(0);
        let unit = Unit { trace, ended: at, spans: Vec::new(), logs: Vec::new(), calls: Vec::new() };
        let draw = Draw::of(&[world.seed, low, 5]);
        Self { world, draw, trace, started: at, now: at, user, session, numbered: 0, open: Vec::new(), unit }
    }

    pub(crate) fn world(&self) -> World<'a> {
        self.world
    }

    pub(crate) fn started(&self) -> Timestamp {
        self.started
    }

    /// Opens a span under the current one.
    pub(crate) fn open(&mut self, service: Service, kind: Kind, name: impl Into<String>) {
        let number = if kind == Kind::Producer { PRODUCER_NUMBER } else { self.numbered };
        self.numbered += 1;
        let parent = self.open.last().map(|o| o.span.span_id.clone()).unwrap_or_default();
        let remote = matches!(kind, Kind::Server) && !parent.is_empty();
        let live = self.world.settings.live();
        let high = u64::try_from(self.trace >> 64).unwrap_or(0);
        let process = Process::serving(service, high, self.started, live, self.world.schedule);
        let span = Span {
            trace_id: self.trace.to_be_bytes().to_vec(),
            span_id: span_id(self.trace, number).to_vec(),
            parent_span_id: parent,
            flags: if remote { 0x301 } else { 0x101 },
            name: name.into(),
            kind: kind as i32,
            start_time_unix_nano: self.now.as_nanos().unsigned_abs(),
            attributes: Vec::with_capacity(12),
            ..Span::default()
        };
        self.open.push(Open { process, span, kind, method: None, route: None, http_status: None });
    }

    fn top(&mut self) -> &mut Open {
        self.open.last_mut().expect("a span is open")
    }

    /// Gives the current span an attribute.
    pub(crate) fn put(&mut self, attribute: KeyValue) {
        self.top().span.attributes.push(attribute);
    }

    /// Gives the current span who is behind it, as far as the shop knows.
    pub(crate) fn put_person(&mut self) {
        let session = text("session.id", format!("{:016x}", self.session));
        self.put(session);
        if let Some(user) = self.user {
            self.put(text("user.id", user_name(user)));
        }
    }

    /// Names the endpoint that the current span serves.
    pub(crate) fn endpoint(&mut self, method: &'static str, route: &'static str) {
        let top = self.top();
        top.method = Some(method);
        top.route = Some(route);
    }

    /// How the current span answered.
    pub(crate) fn answered(&mut self, status: u16) {
        self.top().http_status = Some(status);
        self.put(crate::attribute::int("http.response.status_code", u64::from(status)));
    }

    /// Lets time pass, around `usual` nanoseconds of it.
    pub(crate) fn spend(&mut self, usual: u64) {
        let exactly = self.draw.around(usual);
        self.spend_exactly(exactly);
    }

    /// Lets `nanos` pass.
    pub(crate) fn spend_exactly(&mut self, nanos: u64) {
        self.now = self.now.plus(Duration::from_nanos(nanos));
    }

    /// Marks the current span as failed.
    pub(crate) fn fail(&mut self, error_type: &str, message: &str) {
        self.put(text("error.type", error_type));
        self.top().span.status = Some(Status { code: 2, message: message.to_owned() });
    }

    /// Records an exception on the current span.
    pub(crate) fn exception(&mut self, kind: &str, message: &str, stack: &str) {
        let event = Event {
            time_unix_nano: self.now.as_nanos().unsigned_abs(),
            name: "exception".to_owned(),
            attributes: vec![
                text("exception.type", kind),
                text("exception.message", message),
                text("exception.stacktrace", stack),
            ],
            ..Event::default()
        };
        self.top().span.events.push(event);
    }

    /// Links the current span to one of another trace.
    pub(crate) fn link(&mut self, trace: u128, span: [u8; 8]) {
        let link = Link { trace_id: trace.to_be_bytes().to_vec(), span_id: span.to_vec(), ..Link::default() };
        self.top().span.links.push(link);
    }

    /// Writes a log line from within the current span.
    pub(crate) fn log(&mut self, severity: Severity, body: AnyValue, mut attributes: Vec<KeyValue>) {
        if let Some(user) = self.user {
            attributes.push(text("user.id", user_name(user)));
        }
        let nanos = self.now.as_nanos().unsigned_abs();
        let trace_id = self.trace.to_be_bytes().to_vec();
        let top = self.top();
        let record = LogRecord {
            time_unix_nano: nanos,
            observed_time_unix_nano: nanos,
            severity_number: severity as i32,
            severity_text: severity_text(severity).to_owned(),
            body: Some(body),
            attributes,
            flags: 1,
            trace_id,
            span_id: top.span.span_id.clone(),
            ..LogRecord::default()
        };
        let process = top.process;
        self.unit.logs.push((process, record));
    }

    /// Ends the current span.
    pub(crate) fn close(&mut self) {
        let mut open = self.open.pop().expect("a span is open");
        open.span.end_time_unix_nano = self.now.as_nanos().unsigned_abs();
        if matches!(open.kind, Kind::Server | Kind::Consumer) {
            let failed = open.span.status.as_ref().is_some_and(|s| s.code == 2);
            self.unit.calls.push(Call {
                process: open.process,
                name: open.span.name.clone(),
                server: open.kind == Kind::Server,
                method: open.method,
                route: open.route,
                start: Timestamp::from_nanos(i64::try_from(open.span.start_time_unix_nano).unwrap_or(0)),
                duration: Duration::from_nanos(open.span.end_time_unix_nano - open.span.start_time_unix_nano),
                error: failed || open.http_status.is_some_and(|s| s >= 500),
                http_status: open.http_status,
                user: self.user,
            });
        }
        self.unit.spans.push((open.process, open.span));
    }

    /// The whole request.
    pub(crate) fn finish(mut self) -> Unit {
        debug_assert!(self.open.is_empty(), "every span that was opened was closed");
        self.unit.ended = self.now;
        self.unit
    }
}

/// How a customer is called in telemetry.
pub(crate) fn user_name(user: u64) -> String {
    format!("u{user:05}")
}

const fn severity_text(severity: Severity) -> &'static str {
    match severity {
        Severity::Debug => "DEBUG",
        Severity::Info => "INFO",
        Severity::Warn => "WARN",
        Severity::Error => "ERROR",
    }
}
