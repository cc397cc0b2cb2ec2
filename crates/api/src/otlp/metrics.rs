//! What came in by which way, and what was refused before it came to the store, in `/metrics`.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

use ippo_telemetry::Signal;
use ippo_telemetry::prometheus::Refusal;

use super::{RefusedKind, Transport};
use crate::metrics::MetricText;

/// How many requests were refused, by the way they came, the signal and the reason.
type RefusedCounts = BTreeMap<(Transport, Signal, RefusedKind), u64>;

/// Requests that were refused. Cheap to clone; clones share.
#[derive(Clone, Default)]
pub struct OtlpMetrics {
    refused: Arc<Mutex<RefusedCounts>>,
    refused_items: Arc<Mutex<BTreeMap<&'static str, u64>>>,
    received: Arc<Mutex<BTreeMap<(Transport, Signal), Received>>>,
}

/// What was stored of what came one way.
#[derive(Debug, Clone, Copy, Default)]
struct Received {
    items: u64,
    bytes: u64,
}

/// Requests that were refused for one reason.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RefusedRequests {
    /// The way they came.
    pub transport: &'static str,
    /// What they carried.
    pub signal: Signal,
    /// A stable name for the reason.
    pub reason: &'static str,
    /// How many.
    pub requests: u64,
}

impl Transport {
    fn name(self) -> &'static str {
        match self {
            Transport::Grpc => "grpc",
            Transport::Http => "http",
            Transport::RemoteWrite => "remote_write",
        }
    }
}

impl RefusedKind {
    fn name(self) -> &'static str {
        match self {
            RefusedKind::Malformed => "malformed",
            RefusedKind::Unsupported => "unsupported",
            RefusedKind::TooLarge => "too_large",
            RefusedKind::Unauthenticated => "unauthenticated",
            RefusedKind::Forbidden => "forbidden",
            RefusedKind::Overloaded => "overloaded",
            RefusedKind::Unavailable => "unavailable",
        }
    }
}

impl OtlpMetrics {
    /// Counts a refusal.
    pub(crate) fn refused(&self, transport: Transport, signal: Signal, kind: RefusedKind) {
        *self.lock().entry((transport, signal, kind)).or_default() += 1;
    }

    /// Counts what remote writes held and could not be taken.
    pub(crate) fn refused_items(&self, refused: &[(Refusal, usize)]) {
        let mut items = self.refused_items.lock().unwrap_or_else(PoisonError::into_inner);
        for (reason, count) in refused {
            *items.entry(reason.code()).or_default() += *count as u64;
        }
    }

    /// Counts what was stored of a request with a body of so many bytes.
    pub(crate) fn received(&self, transport: Transport, signal: Signal, items: usize, bytes: usize) {
        let mut received = self.received.lock().unwrap_or_else(PoisonError::into_inner);
        let count = received.entry((transport, signal)).or_default();
        count.items += items as u64;
        count.bytes += bytes as u64;
    }

    /// The requests that were refused as a whole.
    pub fn refused_requests(&self) -> Vec<RefusedRequests> {
        let told =
            |((transport, signal, kind), count): (&(Transport, Signal, RefusedKind), &u64)| RefusedRequests {
                transport: transport.name(),
                signal: *signal,
                reason: kind.name(),
                requests: *count,
            };
        self.lock().iter().map(told).collect()
    }

    /// Writes the families.
    pub fn write(&self, text: &mut MetricText) {
        let mut family =
            text.counter("ippo_otlp_refused_total", "Requests of telemetry that were refused as a whole.");
        for ((transport, signal, kind), count) in self.lock().iter() {
            let labels =
                [("transport", transport.name()), ("signal", signal.name()), ("reason", kind.name())];
            family.sample(&labels, count);
        }
        let mut family = text.counter(
            "ippo_remote_write_refused_items_total",
            "Samples and histograms of Prometheus that were refused, by reason.",
        );
        for (reason, count) in self.refused_items.lock().unwrap_or_else(PoisonError::into_inner).iter() {
            family.sample(&[("reason", reason)], count);
        }
        let received = self.received.lock().unwrap_or_else(PoisonError::into_inner);
        let mut write = |name, help: &str, read: fn(&Received) -> u64| {
            let mut family = text.counter(name, help);
            for ((transport, signal), count) in received.iter() {
                family.sample(&[("transport", transport.name()), ("signal", signal.name())], read(count));
            }
        };
        write(
            "ippo_otlp_received_items_total",
            "Spans, log records and metric points that are stored, by the way they came.",
            |count| count.items,
        );
        write(
            "ippo_otlp_received_bytes_total",
            "Bytes of the requests that carried them, decompressed, as OTLP in protobuf.",
            |count| count.bytes,
        );
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, RefusedCounts> {
        self.refused.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
