//! What the store says of itself, and what was refused before it came to the store, in `/metrics`.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

use ippo_telemetry::prometheus::Refusal;
use ippo_telemetry::{Signal, Store};

use super::{RefusedKind, Transport};
use crate::metrics::MetricText;

/// How many requests were refused, by the way they came, the signal and the reason.
type RefusedCounts = BTreeMap<(Transport, Signal, RefusedKind), u64>;

/// Requests that were refused. Cheap to clone; clones share.
#[derive(Clone, Default)]
pub struct OtlpMetrics {
    refused: Arc<Mutex<RefusedCounts>>,
    refused_items: Arc<Mutex<BTreeMap<&'static str, u64>>>,
}

impl Transport {
    fn name(self) -> &'static str {
        match self {
            Transport::Grpc => "grpc",
            Transport::Http => "http",
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

    /// Writes the families.
    pub fn write(&self, store: &Store, text: &mut MetricText) {
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
        write_store(store, text);
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, RefusedCounts> {
        self.refused.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn write_store(store: &Store, text: &mut MetricText) {
    let stats = store.stats();
    let by_signal = Signal::ALL.map(|signal| (signal.name(), &stats.signals[signal.index()]));
    type Read = fn(&ippo_telemetry::SignalStats) -> u64;
    let families: [(&'static str, &str, Read); 6] = [
        ("ippo_otlp_requests_total", "Requests of telemetry that were acknowledged.", |s| s.requests),
        ("ippo_otlp_duplicates_total", "Acknowledged requests that had been stored before.", |s| {
            s.duplicates
        }),
        ("ippo_otlp_items_total", "Spans, log records and metric points that are stored.", |s| s.accepted),
        (
            "ippo_otlp_dropped_attributes_total",
            "Attributes, events and links left out because of limits.",
            |s| s.dropped_attributes,
        ),
        ("ippo_otlp_cut_values_total", "Values shortened because of limits.", |s| s.cut_values),
        (
            "ippo_otlp_bad_ids_total",
            "Ids of the wrong length that were left out of log records and links.",
            |s| s.bad_ids,
        ),
    ];
    for (name, help, read) in families {
        let mut family = text.counter(name, help);
        for (signal, stats) in by_signal {
            family.sample(&[("signal", signal)], read(stats));
        }
    }
    let mut family = text.counter("ippo_otlp_rejected_items_total", "Items that were rejected, by reason.");
    for (signal, stats) in by_signal {
        for (reason, count) in &stats.rejected {
            family.sample(&[("signal", signal), ("reason", reason)], count);
        }
    }
    text.counter("ippo_store_flushes_total", "Times that rows in memory were written into segments.")
        .sample(&[], stats.flushes);
    text.counter("ippo_store_flush_failures_total", "Times that this failed.")
        .sample(&[], stats.flush_failures);
    text.counter("ippo_store_log_failures_total", "Writes to the write-ahead log that failed.")
        .sample(&[], stats.log_failures);
    text.gauge("ippo_metrics_active_series", "Series of metrics with a point in the last hour.")
        .sample(&[], store.series_stats().active);
    text.gauge("ippo_store_wal_bytes", "Bytes in the write-ahead log.").sample(&[], stats.wal_bytes);
    text.gauge("ippo_store_memory_bytes", "Bytes of rows in memory.").sample(&[], stats.memory_bytes);
    text.gauge("ippo_store_damage", "Places that the start found damaged; ippo check-data says which.")
        .sample(&[], stats.damage.len());
    text.gauge("ippo_store_segments", "Segment files.").sample(&[], stats.segments);
    text.gauge("ippo_store_segment_bytes", "Bytes in segment files.").sample(&[], stats.segment_bytes);
}
