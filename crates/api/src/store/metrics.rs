//! What the store says of itself in `/metrics`. Every number is there already when it is asked for, but for those of services,
//! which are summed up over what is known of each segment.

use std::sync::Arc;

use ippo_base::{SharedClock, Timestamp};
use ippo_telemetry::{Share, Signal, SignalStats, Space, Store, StoreStats};

use crate::metrics::{MetricSource, MetricText};
use crate::otlp::Intake;

/// A family of one number a signal.
type OfSignal = (&'static str, &'static str, fn(&SignalStats) -> u64);

const COUNTED: [OfSignal; 6] = [
    ("ippo_otlp_requests_total", "Requests of telemetry that were acknowledged.", |s| s.requests),
    ("ippo_otlp_duplicates_total", "Acknowledged requests that had been stored before.", |s| s.duplicates),
    ("ippo_otlp_items_total", "Spans, log records and metric points that are stored.", |s| s.accepted),
    ("ippo_otlp_dropped_attributes_total", "Attributes, events and links left out because of limits.", |s| {
        s.dropped_attributes
    }),
    ("ippo_otlp_cut_values_total", "Values shortened because of limits.", |s| s.cut_values),
    (
        "ippo_otlp_bad_ids_total",
        "Ids of the wrong length that were left out of log records and links.",
        |s| s.bad_ids,
    ),
];

const STORED: [OfSignal; 3] = [
    ("ippo_store_segments", "Segment files.", |s| s.segments.segments),
    ("ippo_store_segment_rows", "Rows in segment files.", |s| s.segments.rows),
    ("ippo_store_segment_bytes", "Bytes in segment files.", |s| s.segments.bytes),
];

/// Services that have numbers of their own, those that take most first.
const SERVICES_MOST: usize = 50;
/// The label of all others together, which no service has as its name.
const OTHERS: &str = "(others)";

/// What `/metrics` says of the store.
pub fn metrics(store: Store, intake: Intake, clock: SharedClock) -> MetricSource {
    Arc::new(move |text| {
        let stats = store.stats();
        write_signals(&stats, clock.now(), text);
        write_services(&store.space(), text);
        write_work(&stats, text);
        write_memory(&stats, &intake, text);
        write_bucket(&stats, text);
        text.gauge("ippo_metrics_active_series", "Series of metrics with a point in the last hour.")
            .sample(&[], store.series_stats().active);
    })
}

fn write_signals(stats: &StoreStats, now: Timestamp, text: &mut MetricText) {
    let by_signal = Signal::ALL.map(|signal| (signal.name(), &stats.signals[signal.index()]));
    for (name, help, read) in COUNTED {
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
    let mut family = text.counter(
        "ippo_otlp_acknowledge_seconds_total",
        "Time that acknowledged requests waited for their acknowledgement; over ippo_otlp_requests_total, the average.",
    );
    for (signal, stats) in by_signal {
        family.sample(&[("signal", signal)], stats.waited.as_secs_f64());
    }
    let mut family =
        text.gauge("ippo_otlp_lag_seconds", "Now minus the newest event time among the rows that came last.");
    for (signal, stats) in by_signal {
        if let Some(newest) = stats.newest {
            family.sample(&[("signal", signal)], (now.as_nanos() - newest.as_nanos()) as f64 / 1e9);
        }
    }
    for (name, help, read) in STORED {
        let mut family = text.gauge(name, help);
        for (signal, stats) in by_signal {
            family.sample(&[("signal", signal)], read(stats));
        }
    }
}

/// Rows and bytes of segments by the service whose they are. Those of the others are what remains of all.
fn write_services(space: &Space, text: &mut MetricText) {
    let (named, more) = space.services.split_at(space.services.len().min(SERVICES_MOST));
    let mut others = [Share::default(); 3];
    let rest = more.iter().map(|service| &service.signals).chain([&space.other, &space.unknown]);
    for shares in rest {
        others.iter_mut().zip(shares).for_each(|(sum, share)| sum.add(*share));
    }
    let all = || named.iter().map(|service| (service.service.as_str(), &service.signals));
    let mut write = |name, help, read: fn(&Share) -> u64| {
        let mut family = text.gauge(name, help);
        for (service, shares) in all().chain([(OTHERS, &others)]) {
            for (signal, share) in Signal::ALL.into_iter().zip(shares) {
                if share.rows > 0 {
                    family.sample(&[("service", service), ("signal", signal.name())], read(share));
                }
            }
        }
    };
    let help = "Rows in segment files, by the service whose they are; small ones together as (others).";
    write("ippo_store_service_rows", help, |share| share.rows);
    write("ippo_store_service_bytes", "Bytes that these rows take.", |share| share.bytes);
}

fn write_work(stats: &StoreStats, text: &mut MetricText) {
    let counters: [(&'static str, &str, u64); 10] = [
        (
            "ippo_store_refused_total",
            "Requests refused because more came than could be stored.",
            stats.refused,
        ),
        ("ippo_store_flushes_total", "Times that rows in memory were written into segments.", stats.flushes),
        ("ippo_store_flush_failures_total", "Times that this failed.", stats.flush_failures),
        ("ippo_store_log_failures_total", "Writes to the write-ahead log that failed.", stats.log_failures),
        ("ippo_store_merges_total", "Times that small segments became a larger one.", stats.merges.done),
        ("ippo_store_merge_failures_total", "Times that this failed.", stats.merges.failed),
        ("ippo_store_merge_read_bytes_total", "Bytes of segments that were merged.", stats.merges.read_bytes),
        ("ippo_store_merge_written_bytes_total", "Bytes of what became of them.", stats.merges.written_bytes),
        ("ippo_store_expired_bytes_total", "Bytes of segments that retention removed.", stats.expired.bytes),
        (
            "ippo_store_requests_forgotten_early_total",
            "Requests forgotten within five minutes, as more than a million came: sent again, they are stored twice.",
            stats.forgotten_early,
        ),
    ];
    for (name, help, value) in counters {
        text.counter(name, help).sample(&[], value);
    }
    text.gauge("ippo_store_wal_bytes", "Bytes in the write-ahead log.").sample(&[], stats.wal_bytes);
    text.gauge("ippo_store_damage", "Places that the start found damaged; ippo check-data says which.")
        .sample(&[], stats.damage.len());
    text.gauge(
        "ippo_store_quarantined_segments",
        "Segments that cannot be read, so that answers are partial; GET /api/v1/store says which.",
    )
    .sample(&[], stats.quarantined);
}

fn write_memory(stats: &StoreStats, intake: &Intake, text: &mut MetricText) {
    let (memory, bodies) = (stats.memory, intake.used());
    let mut family = text.gauge(
        "ippo_store_memory_bytes",
        "Bytes of telemetry in memory: rows that wait for a flush, rows that are being flushed, requests until they are \
         acknowledged.",
    );
    for (part, bytes) in [("rows", memory.rows), ("flushing", memory.flushing), ("requests", memory.requests)]
    {
        family.sample(&[("part", part)], bytes);
    }
    text.gauge("ippo_store_memory_limit_bytes", "Telemetry is refused beyond so many bytes of all parts.")
        .sample(&[], memory.limit);
    text.gauge("ippo_otlp_bodies_bytes", "Bytes of bodies that are coming in.")
        .sample(&[], bodies.used_bytes);
    text.gauge("ippo_otlp_bodies_limit_bytes", "Senders are told to come again beyond so many bytes.")
        .sample(&[], bodies.limit_bytes);
}

/// Nothing without a bucket.
fn write_bucket(stats: &StoreStats, text: &mut MetricText) {
    let Some(remote) = &stats.remote else { return };
    let totals = &remote.totals;
    let places = [
        ("local", totals.local_files, totals.local_bytes),
        ("stored", totals.stored_files, totals.stored_bytes),
        ("remote", totals.remote_files, totals.remote_bytes),
        ("waiting", remote.waiting.segments, remote.waiting.bytes),
    ];
    let mut family = text.gauge(
        "ippo_bucket_segments",
        "Segments on the local disk (local), in the bucket (stored), there alone (remote), and not there yet (waiting).",
    );
    for (place, files, _) in places {
        family.sample(&[("place", place)], files);
    }
    let mut family = text.gauge("ippo_bucket_segment_bytes", "Their bytes.");
    for (place, _, bytes) in places {
        family.sample(&[("place", place)], bytes);
    }
    text.gauge(
        "ippo_bucket_cache_limit_bytes",
        "Local segments may take so many bytes before those in the bucket go.",
    )
    .sample(&[], totals.cache_bytes);
    text.gauge("ippo_bucket_deletes_waiting", "Objects that wait to be removed from the bucket.")
        .sample(&[], totals.doomed);
    text.gauge("ippo_bucket_failing", "Whether the bucket fails now; GET /api/v1/store says how.")
        .sample(&[], u64::from(remote.error.is_some()));
    text.gauge(
        "ippo_bucket_lost",
        "Whether another copy of the data folder took the bucket over, so that nothing is copied there any more.",
    )
    .sample(&[], u64::from(remote.is_lost));
    text.gauge(
        "ippo_bucket_unknown_objects",
        "Objects in the bucket that another copy of the data folder stored, or a later state of it. They stay.",
    )
    .sample(&[], remote.unknown);
    let counters: [(&'static str, &str, u64); 5] = [
        ("ippo_bucket_uploads_total", "Segments that were copied to the bucket.", remote.uploads),
        ("ippo_bucket_uploaded_bytes_total", "Bytes of them.", totals.uploaded_bytes),
        ("ippo_bucket_fetched_bytes_total", "Bytes that were read from the bucket.", totals.fetched_bytes),
        ("ippo_bucket_deletes_total", "Objects that were removed from the bucket.", remote.deletes),
        ("ippo_bucket_failures_total", "Times that the bucket failed.", remote.failures),
    ];
    for (name, help, value) in counters {
        text.counter(name, help).sample(&[], value);
    }
}
