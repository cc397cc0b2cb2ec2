//! Streams for benches: spans of 484 bytes on average, as in published comparisons of trace stores, and log records. What
//! compresses in real telemetry compresses here, and what does not, such as ids and times, does not.

use std::time::Duration;

use ippo_base::Timestamp;
use opentelemetry_proto::tonic::collector::logs::v1::ExportLogsServiceRequest;
use opentelemetry_proto::tonic::collector::trace::v1::ExportTraceServiceRequest;
use opentelemetry_proto::tonic::common::v1::KeyValue;
use opentelemetry_proto::tonic::logs::v1::{LogRecord, ResourceLogs, ScopeLogs};
use opentelemetry_proto::tonic::trace::v1::span::Event;
use opentelemetry_proto::tonic::trace::v1::{ResourceSpans, ScopeSpans, Span, Status};
use prost::Message as _;

use crate::attribute::{body, int, text};
use crate::draw::{Draw, hash};
use crate::render::BENCH_STACKS;
use crate::topology::{Process, Service};

/// The encoded size of a span, in bytes, or one or two less; those that failed are larger by their exception.
pub const BENCH_SPAN_BYTES: usize = 484;
/// Spans, and log records, of one trace.
const PER_TRACE: u64 = 8;
const SPANS: u64 = 99;
const LOGS: u64 = 98;
const FILLING: &str = "url.query";
const ROUTES: [&str; 5] =
    ["/api/search", "/api/cart", "/api/checkout", "/api/orders/{id}", "/api/products/{id}"];
const WORDS: [&str; 16] = [
    "lamp",
    "chair",
    "green",
    "large",
    "cotton",
    "sort=price",
    "page=2",
    "size=xl",
    "kitchen",
    "oak",
    "blue",
    "sale",
    "sort=name",
    "page=1",
    "outdoor",
    "wool",
];
const AGENTS: [&str; 4] = [
    "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15",
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) Gecko/20100101 Firefox/140.0",
    "Mozilla/5.0 (Linux; Android 15; Pixel 9) AppleWebKit/537.36",
    "shop-app/7.3.1 (iPhone; iOS 19.1)",
];

/// What belongs to one request of the shop: the spans and log records of a trace agree on it.
struct Story {
    trace_id: Vec<u8>,
    user: String,
    session: String,
    route: &'static str,
}

impl Story {
    fn of(seed: u64, trace: u64) -> Self {
        let mut draw = Draw::of(&[seed, trace, 7]);
        let half = |part: u64| hash(&[seed, trace, part]).to_be_bytes();
        Self {
            trace_id: [half(1), half(2)].concat(),
            user: format!("u{:05}", draw.below(10_000)),
            session: format!("{:016x}", hash(&[seed, trace / 4, 3])),
            route: *draw.pick(&ROUTES),
        }
    }

    fn path(&self, draw: &mut Draw) -> String {
        self.route.replace("{id}", &draw.below(50_000).to_string())
    }
}

fn process(request: u64) -> Process {
    let service = Service::ALL[usize::try_from(request).unwrap_or(0) % Service::ALL.len()];
    Process { service, version: 1, replica: request % 2 }
}

/// When the items of a stream happen.
#[derive(Debug, Clone, Copy)]
pub struct Pace {
    /// The first.
    pub start: Timestamp,
    /// From each to the next.
    pub apart: Duration,
}

impl Pace {
    fn at(self, number: u64) -> Timestamp {
        let nanos = u64::try_from(self.apart.as_nanos()).unwrap_or(u64::MAX);
        self.start.plus(Duration::from_nanos(nanos.saturating_mul(number)))
    }
}

/// The trace that an item of either stream belongs to.
pub fn bench_trace_id(seed: u64, number: u64) -> Vec<u8> {
    Story::of(seed, number / PER_TRACE).trace_id
}

/// `count` spans, `per_request` of them in a request from one service.
pub fn bench_spans(
    seed: u64,
    count: u64,
    pace: Pace,
    per_request: u64,
) -> impl Iterator<Item = ExportTraceServiceRequest> + Send {
    (0..count.div_ceil(per_request)).map(move |request| {
        let first = request * per_request;
        let spans = (first..count.min(first + per_request)).map(|n| span(seed, n, pace)).collect();
        let scope_spans = vec![ScopeSpans { spans, ..Default::default() }];
        let resource = Some(process(request).resource());
        ExportTraceServiceRequest {
            resource_spans: vec![ResourceSpans { resource, scope_spans, ..Default::default() }],
        }
    })
}

fn span(seed: u64, number: u64, pace: Pace) -> Span {
    let mut draw = Draw::of(&[seed, SPANS, number]);
    let story = Story::of(seed, number / PER_TRACE);
    let id = |number: u64| (hash(&[seed, number, 3]) | 1).to_be_bytes().to_vec();
    let is_root = number.is_multiple_of(PER_TRACE);
    let begin = pace.at(number).as_nanos().unsigned_abs();
    let fails = draw.per_100k(500);
    let end = begin + draw.around(40_000_000);
    let mut span = Span {
        trace_id: story.trace_id.clone(),
        span_id: id(number),
        parent_span_id: if is_root { Vec::new() } else { id(number - number % PER_TRACE) },
        name: format!("GET {}", story.route),
        kind: if is_root { 2 } else { 3 },
        start_time_unix_nano: begin,
        end_time_unix_nano: end,
        attributes: vec![
            text("http.request.method", "GET"),
            text("http.route", story.route),
            text("url.path", story.path(&mut draw)),
            int("http.response.status_code", if fails { 500 } else { 200 }),
            text("server.address", "shop.example"),
            int("server.port", 443),
            text("user_agent.original", *draw.pick(&AGENTS)),
            text("user.id", story.user),
            text("session.id", story.session),
        ],
        ..Span::default()
    };
    let filling = filling(&mut draw);
    let mut missing = BENCH_SPAN_BYTES.saturating_sub(span.encoded_len());
    // Its own key and lengths take some of what is missing.
    span.attributes.push(text(FILLING, &filling[..missing]));
    while span.encoded_len() > BENCH_SPAN_BYTES && missing > 0 {
        missing -= 1;
        span.attributes.pop();
        span.attributes.push(text(FILLING, &filling[..missing]));
    }
    if fails {
        span.status = Some(Status { code: 2, message: "the server failed".to_owned() });
        let exception = vec![
            text("exception.type", "java.lang.IllegalStateException"),
            text("exception.stacktrace", *draw.pick(&BENCH_STACKS)),
        ];
        let event = |attributes: Vec<KeyValue>| Event {
            time_unix_nano: end,
            name: "exception".to_owned(),
            attributes,
            ..Event::default()
        };
        span.events.push(event(exception));
    }
    span
}

/// Words of a search, more than a span needs.
fn filling(draw: &mut Draw) -> String {
    let mut words = String::new();
    while words.len() < BENCH_SPAN_BYTES {
        words.push_str(draw.pick::<&str>(&WORDS));
        words.push('&');
    }
    words
}

/// `count` log records, `per_request` of them in a request from one service.
pub fn bench_logs(
    seed: u64,
    count: u64,
    pace: Pace,
    per_request: u64,
) -> impl Iterator<Item = ExportLogsServiceRequest> + Send {
    (0..count.div_ceil(per_request)).map(move |request| {
        let first = request * per_request;
        let log_records = (first..count.min(first + per_request)).map(|n| log(seed, n, pace)).collect();
        let scope_logs = vec![ScopeLogs { log_records, ..Default::default() }];
        let resource = Some(process(request).resource());
        ExportLogsServiceRequest {
            resource_logs: vec![ResourceLogs { resource, scope_logs, ..Default::default() }],
        }
    })
}

fn log(seed: u64, number: u64, pace: Pace) -> LogRecord {
    let mut draw = Draw::of(&[seed, LOGS, number]);
    let story = Story::of(seed, number / PER_TRACE);
    let time = pace.at(number).as_nanos().unsigned_abs();
    let (path, took) = (story.path(&mut draw), draw.around(40));
    let (severity, line) = match draw.below(100) {
        0 => (17, format!("GET {path} failed after {took} ms: the connection pool has no free connection")),
        1..4 => (13, format!("GET {path} was slow: {took} ms, over the budget of the page")),
        4..40 => (9, format!("GET {path} answered 200 in {took} ms")),
        _ => (9, format!("cart of {} has {} lines, {} points", story.user, draw.below(9), draw.below(900))),
    };
    LogRecord {
        time_unix_nano: time,
        observed_time_unix_nano: time + 1_000_000,
        severity_number: severity,
        body: Some(body(&line)),
        attributes: vec![
            text("logger", "example.shop.web.RequestLog"),
            text("thread", format!("http-{}", draw.below(16))),
            text("user.id", story.user),
            text("session.id", story.session),
        ],
        trace_id: story.trace_id,
        span_id: (hash(&[seed, number, 3]) | 1).to_be_bytes().to_vec(),
        ..LogRecord::default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spans_have_the_size_they_promise_and_some_fail() {
        let start = Pace { start: Timestamp::from_secs(1_790_000_000), apart: Duration::from_millis(1) };
        let requests: Vec<_> = bench_spans(1, 2_500, start, 1_000).collect();
        let spans: Vec<Span> = requests
            .iter()
            .flat_map(|r| &r.resource_spans)
            .flat_map(|r| &r.scope_spans)
            .flat_map(|s| s.spans.clone())
            .collect();
        assert_eq!((requests.len(), spans.len()), (3, 2_500));
        let (failed, well): (Vec<_>, Vec<_>) = spans.iter().partition(|span| !span.events.is_empty());
        assert!(well.iter().all(|span| BENCH_SPAN_BYTES - span.encoded_len() <= 2));
        assert!((2..40).contains(&failed.len()), "{}", failed.len());
        assert!(spans.iter().all(|span| span.attributes.len() == 10));
        assert_eq!(requests, bench_spans(1, 2_500, start, 1_000).collect::<Vec<_>>());
    }

    #[test]
    fn logs_belong_to_the_traces_of_the_spans() {
        let start = Pace { start: Timestamp::from_secs(1_790_000_000), apart: Duration::from_millis(1) };
        let first = bench_logs(1, 20, start, 10).next().expect("one");
        let record = &first.resource_logs[0].scope_logs[0].log_records[3];
        let spans = bench_spans(1, 20, start, 10).next().expect("one");
        assert_eq!(record.trace_id, spans.resource_spans[0].scope_spans[0].spans[3].trace_id);
        assert_eq!(record.trace_id, bench_trace_id(1, 3));
        assert_eq!(bench_logs(1, 20, start, 10).count(), 2);
    }
}
