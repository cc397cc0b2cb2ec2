//! Spans become rows: ids, times, kind and status, and what makes a request an error.
//!
//! The rules for `error` and `sampled` are here and nowhere else.

use std::borrow::Cow;
use std::time::Duration;

use ippo_base::limits::EVENTS_PER_SPAN;
use ippo_base::{TimeRange, Timestamp};

use super::Reception;
use super::decode::{event_time, field_text, id, optional_id, optional_text, saturated};
use super::names::{Fact, Facts};
use super::origin::{double_of, int_of, text_of};
use super::outcome::{RejectReason, Tally};
use super::wire::{Fields, Odd, Pair, Value};
use crate::attrs_write::{Kept, Loss, write_attributes, write_text};
use crate::columns::spans::{KINDS, STATUSES, SpanRow, SpanRows};

/// What is built for one row and used again for the next.
#[derive(Default)]
pub(crate) struct Scratch<'a> {
    attributes: Vec<Pair<'a>>,
    /// The attributes of all events and links.
    nested: Vec<Pair<'a>>,
    events: Vec<Event<'a>>,
    links: Vec<Link<'a>>,
    attrs_json: String,
    events_json: String,
    links_json: String,
}

/// A `Span`, but for what repeats in it, which is in the scratch.
#[derive(Debug, Clone, Copy, Default)]
struct Span<'a> {
    trace_id: &'a [u8],
    span_id: &'a [u8],
    parent_span_id: &'a [u8],
    trace_state: &'a str,
    name: &'a str,
    kind: i32,
    start_unix_nanos: u64,
    end_unix_nanos: u64,
    /// Attributes, events and links that the sender left out.
    dropped: [u32; 3],
    status: Option<Status<'a>>,
}

#[derive(Debug, Clone, Copy, Default)]
struct Status<'a> {
    message: &'a str,
    code: i32,
}

struct Event<'a> {
    unix_nanos: u64,
    name: &'a str,
    /// Where its attributes end in [`Scratch::nested`]; they begin where those of the one before end.
    attributes_end: usize,
}

struct Link<'a> {
    trace_id: &'a [u8],
    span_id: &'a [u8],
    attributes_end: usize,
}

impl<'a> Span<'a> {
    fn read(message: &'a [u8], scratch: &mut Scratch<'a>) -> Result<Self, Odd> {
        scratch.attributes.clear();
        scratch.nested.clear();
        scratch.events.clear();
        scratch.links.clear();
        let mut fields = Fields::of(message);
        let mut span = Span::default();
        while let Some((number, wire)) = fields.next()? {
            match number {
                1 => span.trace_id = wire.bytes()?,
                2 => span.span_id = wire.bytes()?,
                3 => span.trace_state = wire.text()?,
                4 => span.parent_span_id = wire.bytes()?,
                5 => span.name = wire.text()?,
                6 => span.kind = wire.int32()?,
                7 => span.start_unix_nanos = wire.fixed64()?,
                8 => span.end_unix_nanos = wire.fixed64()?,
                9 => scratch.attributes.push(Pair::read(wire.bytes()?)?),
                10 => span.dropped[0] = wire.uint32()?,
                // Events and links share one list of attributes, so one kind comes before the other.
                11 if scratch.links.is_empty() => {
                    let event = Event::read(wire.bytes()?, &mut scratch.nested)?;
                    scratch.events.push(event);
                }
                12 => span.dropped[1] = wire.uint32()?,
                13 => {
                    let link = Link::read(wire.bytes()?, &mut scratch.nested)?;
                    scratch.links.push(link);
                }
                14 => span.dropped[2] = wire.uint32()?,
                15 if span.status.is_none() => span.status = Some(Status::read(wire.bytes()?)?),
                16 => wire.fixed32()?,
                11 | 15 => return Err(Odd),
                _ => {}
            }
        }
        Ok(span)
    }
}

impl<'a> Status<'a> {
    fn read(message: &'a [u8]) -> Result<Self, Odd> {
        let mut fields = Fields::of(message);
        let mut status = Status::default();
        while let Some((number, wire)) = fields.next()? {
            match number {
                2 => status.message = wire.text()?,
                3 => status.code = wire.int32()?,
                _ => {}
            }
        }
        Ok(status)
    }
}

impl<'a> Event<'a> {
    fn read(message: &'a [u8], attributes: &mut Vec<Pair<'a>>) -> Result<Self, Odd> {
        let mut fields = Fields::of(message);
        let mut event = Event { unix_nanos: 0, name: "", attributes_end: 0 };
        while let Some((number, wire)) = fields.next()? {
            match number {
                1 => event.unix_nanos = wire.fixed64()?,
                2 => event.name = wire.text()?,
                3 => attributes.push(Pair::read(wire.bytes()?)?),
                4 => drop(wire.varint()?),
                _ => {}
            }
        }
        event.attributes_end = attributes.len();
        Ok(event)
    }
}

impl<'a> Link<'a> {
    fn read(message: &'a [u8], attributes: &mut Vec<Pair<'a>>) -> Result<Self, Odd> {
        let mut fields = Fields::of(message);
        let mut link = Link { trace_id: &[], span_id: &[], attributes_end: 0 };
        while let Some((number, wire)) = fields.next()? {
            match number {
                1 => link.trace_id = wire.bytes()?,
                2 => link.span_id = wire.bytes()?,
                3 => drop(wire.text()?),
                4 => attributes.push(Pair::read(wire.bytes()?)?),
                5 => drop(wire.varint()?),
                6 => wire.fixed32()?,
                _ => {}
            }
        }
        link.attributes_end = attributes.len();
        Ok(link)
    }
}

/// Appends the row of a `Span`, or counts why there is none.
pub(crate) fn append<'a>(
    message: &'a [u8],
    resource_is_sampled: bool,
    reception: &Reception,
    rows: &mut SpanRows,
    tally: &mut Tally,
    scratch: &mut Scratch<'a>,
) -> Result<(), Odd> {
    let span = Span::read(message, scratch)?;
    if let Err(reason) = append_read(&span, resource_is_sampled, reception, rows, tally, scratch) {
        tally.reject(reason, 1);
    }
    Ok(())
}

fn append_read<'a>(
    span: &Span<'a>,
    resource_is_sampled: bool,
    reception: &Reception,
    rows: &mut SpanRows,
    tally: &mut Tally,
    scratch: &mut Scratch<'a>,
) -> Result<(), RejectReason> {
    let trace_id = id(span.trace_id).ok_or(RejectReason::BadTraceId)?;
    let span_id = id(span.span_id).ok_or(RejectReason::BadSpanId)?;
    if !matches!(span.parent_span_id.len(), 0 | 8) {
        return Err(RejectReason::BadParentSpanId);
    }
    let start = event_time(span.start_unix_nanos, reception.accept)?;
    let duration_ns = duration(start, span.end_unix_nanos, reception.accept)?;
    let mut loss = Loss::default();
    let kept = Kept::of(&scratch.attributes, &mut loss);
    let facts = Facts::of(kept.iter());
    let text = |fact| facts.get(fact).and_then(text_of);
    let kind = kind_of(span.kind);
    let Status { message, code } = span.status.unwrap_or_default();
    let status = status_of(code);
    let http_status = facts.get(Fact::HttpStatus).and_then(int_of);
    let rpc = Rpc::of(&facts);
    scratch.attrs_json.clear();
    kept.write(&mut scratch.attrs_json, &mut loss);
    let nested = Nested { attributes: &scratch.nested, begin: 0 };
    let (events, nested) = write_events(&mut scratch.events_json, &scratch.events, nested, &mut loss);
    let links = write_links(&mut scratch.links_json, &scratch.links, nested, &mut loss);
    let sent_dropped = span.dropped.into_iter().map(i64::from).sum::<i64>();
    rows.append(&SpanRow {
        start,
        duration_ns,
        trace_id,
        span_id,
        parent_span_id: id(span.parent_span_id),
        name: field_text(span.name, &mut loss),
        kind,
        status,
        status_message: optional_text(message, &mut loss),
        error: is_error(KINDS[kind], STATUSES[status], http_status, &rpc),
        method: text(Fact::Method).as_deref(),
        route: text(Fact::Route).as_deref(),
        http_status,
        rpc_service: rpc.service.as_deref(),
        rpc_method: rpc.method.as_deref(),
        rpc_status: rpc.status.as_deref(),
        db_system: text(Fact::DbSystem).as_deref(),
        messaging_destination: text(Fact::MessagingDestination).as_deref(),
        error_type: text(Fact::ErrorType).as_deref(),
        user_id: text(Fact::UserId).as_deref(),
        session_id: text(Fact::SessionId).as_deref(),
        sampled: resource_is_sampled || declares_sampling(&facts) || state_says_sampled(span.trace_state),
        trace_state: optional_text(span.trace_state, &mut loss),
        attrs: &scratch.attrs_json,
        events: events.then_some(scratch.events_json.as_str()),
        links: links.then_some(scratch.links_json.as_str()),
        dropped: sent_dropped + saturated(loss.dropped as u64),
    });
    tally.loss.add(loss);
    Ok(())
}

/// How far beyond the latest accepted start an end may lie: a clock that is a little ahead may time a long span.
const LATEST_END: Duration = Duration::from_secs(24 * 60 * 60);

/// Nanoseconds from the start to the end. A span without a believable end would count as fast in every promise.
fn duration(start: i64, end_unix_nanos: u64, accept: TimeRange) -> Result<i64, RejectReason> {
    match i64::try_from(end_unix_nanos) {
        Ok(end) if start <= end && end < accept.to.plus(LATEST_END).as_nanos() => Ok(end - start),
        Ok(_) | Err(_) => Err(RejectReason::BadEnd),
    }
}

/// The position in [`KINDS`] of OTLP's number.
fn kind_of(number: i32) -> usize {
    match number {
        2..=5 => number as usize - 1,
        _ => 0,
    }
}

/// The position in [`STATUSES`] of OTLP's number.
fn status_of(code: i32) -> usize {
    match code {
        1 | 2 => code as usize,
        _ => 0,
    }
}

/// What a remote procedure call says of itself.
struct Rpc<'a> {
    service: Option<Cow<'a, str>>,
    method: Option<Cow<'a, str>>,
    /// A gRPC code as its name, such as `UNAVAILABLE`; another system's code as sent.
    status: Option<Cow<'a, str>>,
}

/// The names of gRPC's codes by number.
const GRPC_CODES: [&str; 17] = [
    "OK",
    "CANCELLED",
    "UNKNOWN",
    "INVALID_ARGUMENT",
    "DEADLINE_EXCEEDED",
    "NOT_FOUND",
    "ALREADY_EXISTS",
    "PERMISSION_DENIED",
    "RESOURCE_EXHAUSTED",
    "FAILED_PRECONDITION",
    "ABORTED",
    "OUT_OF_RANGE",
    "UNIMPLEMENTED",
    "INTERNAL",
    "UNAVAILABLE",
    "DATA_LOSS",
    "UNAUTHENTICATED",
];

/// The codes by which a server fails, rather than its caller: semantic conventions for gRPC, server spans.
const GRPC_SERVER_FAILURES: [usize; 6] = [2, 4, 12, 13, 14, 15];

impl<'a> Rpc<'a> {
    fn of(facts: &Facts<'a>) -> Self {
        let (method, service) = (facts.get(Fact::RpcMethod), facts.get(Fact::RpcService));
        let (method, service) = (method.and_then(text_of), service.and_then(text_of));
        let (service, method) = match (service, method) {
            (service, Some(Cow::Borrowed(full))) if full.contains('/') => {
                let (before, after) = full.rsplit_once('/').expect("it contains a slash");
                let named = (!before.is_empty()).then(|| Cow::Borrowed(before.trim_start_matches('/')));
                (named.or(service), (!after.is_empty()).then_some(Cow::Borrowed(after)))
            }
            other => other,
        };
        Self { service, method, status: rpc_status(facts) }
    }
}

fn rpc_status<'a>(facts: &Facts<'a>) -> Option<Cow<'a, str>> {
    let speaks_grpc = || match facts.get(Fact::RpcSystem) {
        Some(Value::Text(system)) => system == "grpc",
        _ => true,
    };
    let (sent, is_grpc) = match facts.get(Fact::RpcStatus) {
        Some(sent) => (sent, speaks_grpc()),
        None => (facts.get(Fact::GrpcStatus)?, true),
    };
    let name = int_of(sent).and_then(|number| GRPC_CODES.get(usize::try_from(number).ok()?));
    match name {
        Some(name) if is_grpc => Some(Cow::Borrowed(name)),
        _ => text_of(sent),
    }
}

/// Whether the span counts as failed: its status says so, or, on the server's side, an HTTP status or a gRPC code that
/// is the server's own failure.
fn is_error(kind: &str, status: &str, http_status: Option<i64>, rpc: &Rpc<'_>) -> bool {
    let grpc_failed =
        |name: &str| GRPC_SERVER_FAILURES.iter().any(|&n| GRPC_CODES[n].eq_ignore_ascii_case(name));
    status == "error"
        || (kind == "server"
            && (http_status.is_some_and(|status| status >= 500)
                || rpc.status.as_deref().is_some_and(grpc_failed)))
}

/// Whether attributes of a span or a resource declare a sampling other than "all of them".
pub(crate) fn declares_sampling(facts: &Facts<'_>) -> bool {
    let threshold = match facts.get(Fact::SamplingThreshold) {
        Some(Value::Text(threshold)) => drops_some(threshold),
        _ => false,
    };
    threshold || facts.get(Fact::SamplingRate).and_then(double_of).is_some_and(|rate| rate != 1.0)
}

/// Whether a trace state carries OpenTelemetry's evidence of sampling: `ot=th:…`, or the older `ot=p:…`, but for the
/// values that mean "all of them". <https://opentelemetry.io/docs/specs/otel/trace/tracestate-handling/>
fn state_says_sampled(trace_state: &str) -> bool {
    let ours = trace_state.split(',').find_map(|member| member.trim().strip_prefix("ot="));
    ours.is_some_and(|fields| {
        fields.split(';').filter_map(|field| field.split_once(':')).any(|(key, value)| match key {
            "th" | "p" => drops_some(value),
            _ => false,
        })
    })
}

/// A rejection threshold in hexadecimal digits of which trailing zeros may be left out: all zeros reject nothing.
fn drops_some(threshold: &str) -> bool {
    threshold.bytes().any(|digit| digit != b'0')
}

/// Attributes of events and links, one after the other.
#[derive(Clone, Copy)]
struct Nested<'s, 'a> {
    attributes: &'s [Pair<'a>],
    begin: usize,
}

impl<'s, 'a> Nested<'s, 'a> {
    fn until(&mut self, end: usize) -> &'s [Pair<'a>] {
        let attributes = &self.attributes[self.begin..end];
        self.begin = end;
        attributes
    }
}

fn write_events<'s, 'a>(
    out: &mut String,
    events: &[Event<'a>],
    mut nested: Nested<'s, 'a>,
    loss: &mut Loss,
) -> (bool, Nested<'s, 'a>) {
    let any = write_list(out, events, loss, |out, event, loss| {
        out.push_str("{\"time\":\"");
        let time = Timestamp::from_nanos(saturated(event.unix_nanos));
        out.push_str(&time.to_string());
        out.push_str("\",\"name\":");
        write_text(out, field_text(event.name, loss));
        out.push_str(",\"attributes\":");
        write_attributes(out, nested.until(event.attributes_end), loss);
        out.push('}');
    });
    nested.begin = events.last().map_or(nested.begin, |event| event.attributes_end);
    (any, nested)
}

fn write_links(out: &mut String, links: &[Link<'_>], mut nested: Nested<'_, '_>, loss: &mut Loss) -> bool {
    write_list(out, links, loss, |out, link, loss| {
        let trace_id = optional_id::<16>(link.trace_id, loss).map(hex::encode).unwrap_or_default();
        let span_id = optional_id::<8>(link.span_id, loss).map(hex::encode).unwrap_or_default();
        out.push_str("{\"trace_id\":\"");
        out.push_str(&trace_id);
        out.push_str("\",\"span_id\":\"");
        out.push_str(&span_id);
        out.push_str("\",\"attributes\":");
        write_attributes(out, nested.until(link.attributes_end), loss);
        out.push('}');
    })
}

/// Writes a JSON list of at most [`EVENTS_PER_SPAN`] items; whether there is any.
fn write_list<T>(
    out: &mut String,
    items: &[T],
    loss: &mut Loss,
    mut write: impl FnMut(&mut String, &T, &mut Loss),
) -> bool {
    out.clear();
    if items.is_empty() {
        return false;
    }
    out.push('[');
    for (index, item) in items.iter().take(EVENTS_PER_SPAN).enumerate() {
        if index > 0 {
            out.push(',');
        }
        write(out, item, loss);
    }
    out.push(']');
    loss.dropped += items.len().saturating_sub(EVENTS_PER_SPAN);
    true
}
