//! A stream of equal-sized spans for benches: 484 bytes of protobuf each, as in published comparisons of trace stores.

use std::time::Duration;

use ippo_base::Timestamp;
use opentelemetry_proto::tonic::collector::trace::v1::ExportTraceServiceRequest;
use opentelemetry_proto::tonic::trace::v1::{ResourceSpans, ScopeSpans, Span};
use prost::Message as _;

use crate::attribute::{int, text};
use crate::draw::{Draw, hash};
use crate::topology::{Process, Service};

/// The encoded size of each span, in bytes.
pub const BENCH_SPAN_BYTES: usize = 484;
/// Spans of one trace.
const SPANS_PER_TRACE: u64 = 8;
const SPANS_PER_REQUEST: u64 = 1_000;
const BENCH_STREAM: u64 = 99;
/// What the padding attribute takes besides a value of 128 bytes or more: three tags, three lengths, and its key.
const PADDING_OVERHEAD: usize = 3 * (1 + 2) + 1 + 1 + PADDING.len();
const PADDING: &str = "padding";

/// `count` spans from `start` on, a millisecond apart, in requests of a thousand from one service each.
pub fn bench_stream(
    seed: u64,
    count: u64,
    start: Timestamp,
) -> impl Iterator<Item = ExportTraceServiceRequest> + Send {
    (0..count.div_ceil(SPANS_PER_REQUEST)).map(move |request| {
        let first = request * SPANS_PER_REQUEST;
        let service = Service::ALL[usize::try_from(request).unwrap_or(0) % Service::ALL.len()];
        let process = Process { service, version: 1, replica: request % 2 };
        let spans = (first..count.min(first + SPANS_PER_REQUEST)).map(|n| span(seed, n, start)).collect();
        let scope_spans = vec![ScopeSpans { spans, ..Default::default() }];
        let resource = Some(process.resource());
        ExportTraceServiceRequest {
            resource_spans: vec![ResourceSpans { resource, scope_spans, ..Default::default() }],
        }
    })
}

fn span(seed: u64, number: u64, start: Timestamp) -> Span {
    let mut draw = Draw::of(&[seed, BENCH_STREAM, number]);
    let trace = hash(&[seed, BENCH_STREAM, number / SPANS_PER_TRACE, 1]);
    let trace_low = hash(&[seed, BENCH_STREAM, number / SPANS_PER_TRACE, 2]);
    let id = |number: u64| (hash(&[seed, number, 3]) | 1).to_be_bytes().to_vec();
    let is_root = number.is_multiple_of(SPANS_PER_TRACE);
    let begin = start.plus(Duration::from_millis(number)).as_nanos().unsigned_abs();
    let route =
        *draw.pick(&["/api/search", "/api/cart", "/api/checkout", "/api/orders/{id}", "/api/products/{id}"]);
    let status = if draw.per_100k(200) { 500 } else { 200 };
    let mut span = Span {
        trace_id: [trace.to_be_bytes(), trace_low.to_be_bytes()].concat(),
        span_id: id(number),
        parent_span_id: if is_root { Vec::new() } else { id(number - number % SPANS_PER_TRACE) },
        name: format!("GET {route}"),
        kind: if is_root { 2 } else { 3 },
        start_time_unix_nano: begin,
        end_time_unix_nano: begin + draw.around(40_000_000),
        attributes: vec![
            text("http.request.method", "GET"),
            text("http.route", route),
            int("http.response.status_code", status),
            text("server.address", "shop.example"),
            int("server.port", 443),
            text("user.id", format!("u{:05}", draw.below(10_000))),
        ],
        ..Span::default()
    };
    let missing = BENCH_SPAN_BYTES - span.encoded_len() - PADDING_OVERHEAD;
    let letters = (0..missing).map(|_| char::from(b'a' + u8::try_from(draw.below(26)).unwrap_or(0)));
    span.attributes.push(text(PADDING, letters.collect::<String>()));
    span
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_span_has_the_size_it_promises() {
        let start = Timestamp::from_secs(1_790_000_000);
        let spans: Vec<Span> = bench_stream(1, 2_500, start)
            .flat_map(|r| r.resource_spans)
            .flat_map(|r| r.scope_spans)
            .flat_map(|s| s.spans)
            .collect();
        assert_eq!(spans.len(), 2_500);
        assert!(spans.iter().all(|s| s.encoded_len() == BENCH_SPAN_BYTES));
        let again: Vec<_> = bench_stream(1, 2_500, start).collect();
        assert_eq!(again, bench_stream(1, 2_500, start).collect::<Vec<_>>());
    }
}
