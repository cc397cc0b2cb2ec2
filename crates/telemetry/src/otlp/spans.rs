//! Spans become rows: ids, times, kind and status, and what makes a request an error.
//!
//! The rules for `error` and `sampled` are here and nowhere else.

use std::borrow::Cow;
use std::time::Duration;

use ippo_base::limits::EVENTS_PER_SPAN;
use ippo_base::{TimeRange, Timestamp};
use opentelemetry_proto::tonic::collector::trace::v1::ExportTraceServiceRequest;
use opentelemetry_proto::tonic::common::v1::any_value::Value;
use opentelemetry_proto::tonic::trace::v1::Span;
use opentelemetry_proto::tonic::trace::v1::span::{Event, Link};

use super::Reception;
use super::decode::{event_time, field_text, id, optional_id, optional_text, saturated};
use super::names::{Fact, Facts};
use super::origin::{double_of, int_of, origin_of, text_of};
use super::outcome::{Decoded, RejectReason, Tally};
use crate::attrs_write::{Kept, Loss, write_attributes, write_text};
use crate::columns::spans::{SpanRow, SpanRows};

/// Texts built for one row and used again for the next.
#[derive(Default)]
struct Scratch {
    attrs: String,
    events: String,
    links: String,
}

/// What surrounds the spans of one resource.
struct Surroundings<'a> {
    reception: &'a Reception,
    /// The resource declares that its spans are a sample.
    sampled: bool,
}

pub(crate) fn rows(request: &ExportTraceServiceRequest, reception: &Reception) -> Decoded {
    let mut rows = SpanRows::new();
    let mut tally = Tally::default();
    let mut scratch = Scratch::default();
    for resource_spans in &request.resource_spans {
        let (origin, sampled) = origin_of(resource_spans.resource.as_ref(), &mut tally.loss);
        rows.origin.enter_resource(&origin);
        let surroundings = Surroundings { reception, sampled };
        for scope_spans in &resource_spans.scope_spans {
            let scope = scope_spans.scope.as_ref().map_or("", |scope| scope.name.as_str());
            rows.origin.enter_scope(field_text(scope, &mut tally.loss));
            for span in &scope_spans.spans {
                if let Err(reason) = append(span, &surroundings, &mut rows, &mut tally, &mut scratch) {
                    tally.reject(reason, 1);
                }
            }
        }
    }
    tally.finish(rows.finish())
}

fn append(
    span: &Span,
    surroundings: &Surroundings<'_>,
    rows: &mut SpanRows,
    tally: &mut Tally,
    scratch: &mut Scratch,
) -> Result<(), RejectReason> {
    let trace_id = id(&span.trace_id).ok_or(RejectReason::BadTraceId)?;
    let span_id = id(&span.span_id).ok_or(RejectReason::BadSpanId)?;
    if !matches!(span.parent_span_id.len(), 0 | 8) {
        return Err(RejectReason::BadParentSpanId);
    }
    let start = event_time(span.start_time_unix_nano, surroundings.reception.accept)?;
    let duration_ns = duration(start, span.end_time_unix_nano, surroundings.reception.accept)?;
    let mut loss = Loss::default();
    let kept = Kept::of(&span.attributes, &mut loss);
    let facts = Facts::of(kept.iter());
    let text = |fact| facts.get(fact).and_then(text_of);
    let kind = kind_text(span.kind);
    let status = status_text(span.status.as_ref().map_or(0, |status| status.code));
    let status_message = span.status.as_ref().map_or("", |status| status.message.as_str());
    let http_status = facts.get(Fact::HttpStatus).and_then(int_of);
    let rpc = Rpc::of(&facts);
    scratch.attrs.clear();
    kept.write(&mut scratch.attrs, &mut loss);
    let events = write_events(&mut scratch.events, &span.events, &mut loss);
    let links = write_links(&mut scratch.links, &span.links, &mut loss);
    let sent_dropped = [span.dropped_attributes_count, span.dropped_events_count, span.dropped_links_count];
    rows.append(&SpanRow {
        start,
        duration_ns,
        trace_id,
        span_id,
        parent_span_id: id(&span.parent_span_id),
        name: field_text(&span.name, &mut loss),
        kind,
        status,
        status_message: optional_text(status_message, &mut loss),
        error: is_error(kind, status, http_status, &rpc),
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
        sampled: surroundings.sampled || declares_sampling(&facts) || state_says_sampled(&span.trace_state),
        trace_state: optional_text(&span.trace_state, &mut loss),
        attrs: &scratch.attrs,
        events: events.then_some(scratch.events.as_str()),
        links: links.then_some(scratch.links.as_str()),
        dropped: sent_dropped.into_iter().map(i64::from).sum::<i64>() + saturated(loss.dropped as u64),
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

fn kind_text(kind: i32) -> &'static str {
    match kind {
        2 => "server",
        3 => "client",
        4 => "producer",
        5 => "consumer",
        _ => "internal",
    }
}

fn status_text(code: i32) -> &'static str {
    match code {
        1 => "ok",
        2 => "error",
        _ => "unset",
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
        Some(Value::StringValue(system)) => system == "grpc",
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
        Some(Value::StringValue(threshold)) => drops_some(threshold),
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

fn write_events(out: &mut String, events: &[Event], loss: &mut Loss) -> bool {
    write_list(out, events, loss, |out, event, loss| {
        out.push_str("{\"time\":\"");
        let time = Timestamp::from_nanos(saturated(event.time_unix_nano));
        out.push_str(&time.to_string());
        out.push_str("\",\"name\":");
        write_text(out, field_text(&event.name, loss));
        out.push_str(",\"attributes\":");
        write_attributes(out, &event.attributes, loss);
        out.push('}');
    })
}

fn write_links(out: &mut String, links: &[Link], loss: &mut Loss) -> bool {
    write_list(out, links, loss, |out, link, loss| {
        let trace_id = optional_id::<16>(&link.trace_id, loss).map(hex::encode).unwrap_or_default();
        let span_id = optional_id::<8>(&link.span_id, loss).map(hex::encode).unwrap_or_default();
        out.push_str("{\"trace_id\":\"");
        out.push_str(&trace_id);
        out.push_str("\",\"span_id\":\"");
        out.push_str(&span_id);
        out.push_str("\",\"attributes\":");
        write_attributes(out, &link.attributes, loss);
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
    out.push('[');
    for (index, item) in items.iter().take(EVENTS_PER_SPAN).enumerate() {
        if index > 0 {
            out.push(',');
        }
        write(out, item, loss);
    }
    out.push(']');
    loss.dropped += items.len().saturating_sub(EVENTS_PER_SPAN);
    !items.is_empty()
}
