//! A receiver in memory, which answers as it is told, and a clock on which nobody waits.

use std::collections::{BTreeSet, VecDeque};
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::Duration;

use bytes::Bytes;
use ippo_base::clock::{BoxFuture, SimClock};
use ippo_base::{Clock, Timestamp};
use ippo_shop::Signal;
use ippo_shop::export::{Receipt, SendError, Transport};
use opentelemetry_proto::tonic::collector::trace::v1::ExportTraceServiceRequest;
use prost::Message as _;

#[derive(Default)]
pub(crate) struct Log {
    /// What was taken, in order.
    pub(crate) taken: Vec<(Signal, Bytes)>,
    /// The next answers; when there are none left, everything is taken.
    pub(crate) answers: VecDeque<Result<Receipt, SendError>>,
    /// After so many messages were taken, nothing is answered any more.
    pub(crate) silent_after: Option<usize>,
    /// Whether the message that comes then is taken before silence falls.
    pub(crate) takes_the_last: bool,
}

#[derive(Clone, Default)]
pub(crate) struct Receiver(Arc<Mutex<Log>>);

impl Receiver {
    pub(crate) fn log(&self) -> MutexGuard<'_, Log> {
        self.0.lock().expect("nobody panics with the lock")
    }

    /// When the first span of each message began, in the order of the messages.
    pub(crate) fn first_starts(&self) -> Vec<Timestamp> {
        let first = |body: &Bytes| {
            let request = ExportTraceServiceRequest::decode(body.clone()).expect("it was encoded");
            let spans = request.resource_spans.into_iter().flat_map(|r| r.scope_spans).flat_map(|s| s.spans);
            let nanos = spans.map(|s| s.start_time_unix_nano).min().expect("a message has spans");
            Timestamp::from_nanos(i64::try_from(nanos).expect("in range"))
        };
        self.log().taken.iter().filter(|(s, _)| *s == Signal::Traces).map(|(_, body)| first(body)).collect()
    }

    /// The ids of all spans taken, and how many spans that were.
    pub(crate) fn spans(&self) -> (BTreeSet<Vec<u8>>, usize) {
        let mut ids = BTreeSet::new();
        let mut count = 0;
        for (_, body) in self.log().taken.iter().filter(|(signal, _)| *signal == Signal::Traces) {
            let request = ExportTraceServiceRequest::decode(body.clone()).expect("it was encoded");
            for span in request.resource_spans.iter().flat_map(|r| &r.scope_spans).flat_map(|s| &s.spans) {
                ids.insert([span.trace_id.as_slice(), span.span_id.as_slice()].concat());
                count += 1;
            }
        }
        (ids, count)
    }
}

impl Transport for Receiver {
    fn send(&self, signal: Signal, body: Bytes) -> BoxFuture<Result<Receipt, SendError>> {
        let mut log = self.log();
        if log.silent_after.is_some_and(|limit| log.taken.len() >= limit) {
            if std::mem::take(&mut log.takes_the_last) {
                log.taken.push((signal, body));
            }
            return Box::pin(std::future::pending());
        }
        let answer = log.answers.pop_front().unwrap_or_else(|| Ok(Receipt::default()));
        if answer.is_ok() {
            log.taken.push((signal, body));
        }
        Box::pin(async move { answer })
    }
}

/// Time passes the moment somebody waits for it; what was waited for is written down.
#[derive(Clone)]
pub(crate) struct Impatient {
    clock: SimClock,
    waits: Arc<Mutex<Vec<Duration>>>,
}

impl Impatient {
    pub(crate) fn at(now: Timestamp) -> Self {
        Self { clock: SimClock::new(now), waits: Arc::default() }
    }

    pub(crate) fn waits(&self) -> Vec<Duration> {
        self.waits.lock().expect("nobody panics with the lock").clone()
    }
}

impl Clock for Impatient {
    fn now(&self) -> Timestamp {
        self.clock.now()
    }

    fn monotonic(&self) -> Duration {
        self.clock.monotonic()
    }

    fn sleep(&self, duration: Duration) -> BoxFuture<()> {
        let this = self.clone();
        Box::pin(async move {
            this.waits.lock().expect("nobody panics with the lock").push(duration);
            this.clock.advance(duration);
            tokio::task::yield_now().await;
        })
    }
}
