//! What was sent, as plain facts, and a store that holds it: part in segments, part in memory.

use std::sync::Arc;

use ippo_base::clock::SimClock;
use ippo_base::disk::SimDisk;
use ippo_base::{TimeRange, Timestamp};
use opentelemetry_proto::tonic::collector::logs::v1::ExportLogsServiceRequest;
use opentelemetry_proto::tonic::collector::trace::v1::ExportTraceServiceRequest;
use opentelemetry_proto::tonic::common::v1::{AnyValue, KeyValue, any_value::Value};
use opentelemetry_proto::tonic::logs::v1::{LogRecord as OtlpLog, ResourceLogs, ScopeLogs};
use opentelemetry_proto::tonic::resource::v1::Resource;
use opentelemetry_proto::tonic::trace::v1::{ResourceSpans, ScopeSpans, Span as OtlpSpan, Status};
use prost::Message as _;

use crate::read::Reader;
use crate::{Signal, Store, StoreOptions};

const NOW: &str = "2026-11-24T02:30:00Z";
const SERVICES: [&str; 3] = ["cart", "checkout", "payment"];
const ROUTES: [(&str, &str); 3] = [("GET", "/cart"), ("POST", "/cart"), ("GET", "/cart/{id}")];
const TRACES: u64 = 160;
const LOGS: u64 = 300;
pub(super) const MILLISECOND: i64 = 1_000_000;
pub(super) const MINUTE: i64 = 60_000 * MILLISECOND;

/// A span that was sent.
#[derive(Debug, Clone)]
pub(super) struct SpanFact {
    pub(super) trace_id: [u8; 16],
    pub(super) span_id: [u8; 8],
    pub(super) parent: Option<[u8; 8]>,
    pub(super) start: i64,
    pub(super) duration_ns: i64,
    pub(super) service: &'static str,
    pub(super) environment: &'static str,
    pub(super) method: &'static str,
    pub(super) route: &'static str,
    pub(super) kind: i32,
    pub(super) error: bool,
    pub(super) user: Option<String>,
}

impl SpanFact {
    pub(super) fn name(&self) -> String {
        format!("{} {}", self.method, self.route)
    }

    pub(super) fn is_request(&self) -> bool {
        matches!(self.kind, 2 | 5)
    }

    pub(super) fn is_in(&self, range: TimeRange) -> bool {
        range.from.as_nanos() <= self.start && self.start < range.to.as_nanos()
    }

    pub(super) fn trace(&self) -> String {
        hex::encode(self.trace_id)
    }
}

/// A log record that was sent. Its fields are few, so that many are alike.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct LogFact {
    pub(super) time: i64,
    pub(super) service: String,
    pub(super) severity_number: i64,
    pub(super) body: String,
    pub(super) event_name: Option<String>,
    pub(super) observed: i64,
    pub(super) trace_id: Option<String>,
}

pub(super) struct World {
    pub(super) store: Store,
    pub(super) disk: SimDisk,
    pub(super) spans: Vec<SpanFact>,
    pub(super) logs: Vec<LogFact>,
}

impl World {
    /// Five hours of telemetry: two flushes, and as much again in memory.
    pub(super) async fn new(seed: u64) -> Self {
        let mut dice = Dice(seed);
        let mut spans: Vec<SpanFact> = (0..TRACES).flat_map(|number| trace(number, &mut dice)).collect();
        dice.shuffle(&mut spans);
        let logs: Vec<LogFact> = (0..LOGS).map(|_| log(&spans, &mut dice)).collect();
        let (clock, disk) = (SimClock::new(now()), SimDisk::new(seed));
        let opened = Store::open(Arc::new(disk.clone()), Arc::new(clock), StoreOptions::default());
        let world = Self { store: opened.expect("opens").0, disk, spans, logs };
        for quarter in 0..4 {
            let of = |count: usize| count * quarter / 4..count * (quarter + 1) / 4;
            let (spans, logs) = (&world.spans[of(world.spans.len())], &world.logs[of(world.logs.len())]);
            let sent = span_request(spans).encode_to_vec().into();
            let taken = world.store.append(Signal::Spans, "test", sent).await.expect("stored");
            assert_eq!((taken.accepted, taken.rejected), (spans.len(), 0));
            world
                .store
                .append(Signal::Logs, "test", log_request(logs).encode_to_vec().into())
                .await
                .expect("stored");
            if quarter < 2 {
                world.store.flush().await.expect("flushed");
            }
        }
        world
    }

    /// One log record in each of so many hours, the newest first, each in a file of its own.
    pub(super) async fn of_hours(hours: usize) -> Self {
        let (clock, disk) = (SimClock::new(now()), SimDisk::new(1));
        let opened = Store::open(Arc::new(disk.clone()), Arc::new(clock), StoreOptions::default());
        let fact = |hour: usize| LogFact {
            time: now().as_nanos() - i64::try_from(hour).expect("few") * 60 * MINUTE,
            service: "cart".to_owned(),
            severity_number: 9,
            body: format!("hour {hour}"),
            event_name: None,
            observed: now().as_nanos(),
            trace_id: None,
        };
        let logs = (0..hours).map(fact).collect();
        let world = Self { store: opened.expect("opens").0, disk, spans: Vec::new(), logs };
        if hours > 0 {
            world.send_logs(&world.logs).await;
            world.store.flush().await.expect("flushed");
        }
        world
    }

    /// Sends log records.
    pub(super) async fn send_logs(&self, logs: &[LogFact]) {
        let sent = log_request(logs).encode_to_vec().into();
        let taken = self.store.append(Signal::Logs, "test", sent).await.expect("stored");
        assert_eq!((taken.accepted, taken.rejected), (logs.len(), 0));
    }

    /// One span of every fourth trace: enough of them, and quick.
    pub(super) fn some_traces(&self) -> impl Iterator<Item = &SpanFact> {
        self.spans.iter().filter(|span| span.span_id[7] % 64 == 1)
    }

    pub(super) fn reader(&self) -> Reader {
        Reader::new(self.store.files(), self.store.snapshot())
    }
}

pub(super) fn now() -> Timestamp {
    Timestamp::parse(NOW).expect("valid")
}

/// From so many minutes before now to so many.
pub(super) fn minutes_ago(from: i64, to: i64) -> TimeRange {
    let at = |minutes: i64| Timestamp::from_nanos(now().as_nanos() - minutes * MINUTE);
    TimeRange { from: at(from), to: at(to) }
}

/// Everything that was sent.
pub(super) fn all_time() -> TimeRange {
    minutes_ago(400, -1)
}

/// Choices that follow from a seed (splitmix64).
pub(super) struct Dice(u64);

impl Dice {
    fn roll(&mut self, sides: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut bits = self.0;
        bits = (bits ^ (bits >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        bits = (bits ^ (bits >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (bits ^ (bits >> 31)) % sides
    }

    fn pick<T: Copy>(&mut self, of: &[T]) -> T {
        of[self.roll(of.len() as u64) as usize]
    }

    fn shuffle<T>(&mut self, items: &mut [T]) {
        for last in (1..items.len()).rev() {
            items.swap(last, self.roll(last as u64 + 1) as usize);
        }
    }
}

/// One to five spans within a few milliseconds, at one of thirty times. Some have lost their root.
fn trace(number: u64, dice: &mut Dice) -> Vec<SpanFact> {
    let mut trace_id = [7; 16];
    trace_id[8..].copy_from_slice(&(number + 1).wrapping_mul(0x9e37_79b9).to_be_bytes());
    let base = now().as_nanos() - (dice.roll(30) as i64) * 10 * MINUTE;
    let rootless = dice.roll(5) == 0;
    let id = |index: u64| (number * 16 + index + 1).to_be_bytes();
    let span = |index: u64| {
        let (method, route) = dice.pick(&ROUTES);
        let service = dice.pick(&SERVICES);
        let parent = if index == 0 { rootless.then_some([9; 8]) } else { Some(id(dice.roll(index))) };
        SpanFact {
            trace_id,
            span_id: id(index),
            parent,
            start: base - dice.roll(3) as i64 * MILLISECOND,
            duration_ns: (1 + dice.roll(100) as i64) * MILLISECOND,
            service,
            environment: if service == "cart" { dice.pick(&["production", "staging"]) } else { "production" },
            method,
            route,
            kind: dice.pick(&[1, 2, 2, 2, 3, 5]),
            error: dice.roll(6) == 0,
            user: (dice.roll(4) > 0).then(|| format!("u{}", dice.roll(9))),
        }
    };
    (0..=number % 5).map(span).collect()
}

fn log(spans: &[SpanFact], dice: &mut Dice) -> LogFact {
    let time = now().as_nanos() - (dice.roll(12) as i64) * 25 * MINUTE;
    let of_trace = dice.roll(3) == 0;
    LogFact {
        time,
        service: dice.pick(&SERVICES).to_owned(),
        severity_number: dice.pick(&[0, 9, 10, 17]),
        body: dice.pick(&["Payment refused", "cart is empty", "ÜBER 支払い failed"]).to_owned(),
        event_name: (dice.roll(2) == 0).then(|| dice.pick(&["retry", "refund"]).to_owned()),
        observed: time + dice.roll(2) as i64,
        trace_id: of_trace.then(|| spans[dice.roll(20) as usize].trace()),
    }
}

fn attribute(key: &str, value: &str) -> KeyValue {
    let value = Some(AnyValue { value: Some(Value::StringValue(value.to_owned())) });
    KeyValue { key: key.to_owned(), value, ..KeyValue::default() }
}

fn nanos(at: i64) -> u64 {
    u64::try_from(at).expect("after 1970")
}

pub(super) fn span_request(spans: &[SpanFact]) -> ExportTraceServiceRequest {
    let one = |fact: &SpanFact| {
        let origin = vec![
            attribute("service.name", fact.service),
            attribute("service.namespace", "shop"),
            attribute("deployment.environment.name", fact.environment),
        ];
        let mut attributes =
            vec![attribute("http.request.method", fact.method), attribute("http.route", fact.route)];
        attributes.extend(fact.user.iter().map(|user| attribute("user.id", user)));
        let span = OtlpSpan {
            trace_id: fact.trace_id.to_vec(),
            span_id: fact.span_id.to_vec(),
            parent_span_id: fact.parent.map(|id| id.to_vec()).unwrap_or_default(),
            name: fact.name(),
            kind: fact.kind,
            start_time_unix_nano: nanos(fact.start),
            end_time_unix_nano: nanos(fact.start + fact.duration_ns),
            status: fact.error.then(|| Status { code: 2, message: "boom".to_owned() }),
            attributes,
            ..OtlpSpan::default()
        };
        ResourceSpans {
            resource: Some(Resource { attributes: origin, ..Resource::default() }),
            scope_spans: vec![ScopeSpans { spans: vec![span], ..ScopeSpans::default() }],
            ..ResourceSpans::default()
        }
    };
    ExportTraceServiceRequest { resource_spans: spans.iter().map(one).collect() }
}

fn log_request(logs: &[LogFact]) -> ExportLogsServiceRequest {
    let one = |fact: &LogFact| {
        let record = OtlpLog {
            time_unix_nano: nanos(fact.time),
            observed_time_unix_nano: nanos(fact.observed),
            severity_number: i32::try_from(fact.severity_number).expect("small"),
            body: Some(AnyValue { value: Some(Value::StringValue(fact.body.clone())) }),
            event_name: fact.event_name.clone().unwrap_or_default(),
            trace_id: fact.trace_id.iter().flat_map(|id| hex::decode(id).expect("digits")).collect(),
            ..OtlpLog::default()
        };
        let origin = vec![attribute("service.name", &fact.service)];
        ResourceLogs {
            resource: Some(Resource { attributes: origin, ..Resource::default() }),
            scope_logs: vec![ScopeLogs { log_records: vec![record], ..ScopeLogs::default() }],
            ..ResourceLogs::default()
        }
    };
    ExportLogsServiceRequest { resource_logs: logs.iter().map(one).collect() }
}
