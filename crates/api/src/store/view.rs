//! What the store says of itself, as the API words it. Decides nothing.

use ippo_base::Timestamp;
use ippo_base::disk::DiskSpace;
use ippo_telemetry::{
    Kept, Quarantined, RemoteStats, SamplingStats, SegmentTotals, Share, Signal, SignalStats, Space,
    StoreStats,
};

use super::{
    StoreBucket, StoreDay, StoreDisk, StoreFiles, StoreKept, StoreMemory, StoreMinute, StoreQuarantined,
    StoreRefused, StoreRejected, StoreReport, StoreSampling, StoreService, StoreShare, StoreShares,
    StoreSignal, StoreTotals,
};
use crate::otlp::{BodyRoom, RefusedRequests};
use crate::page::Page;

/// Everything that is shown, as of one moment.
pub(super) struct Seen<'a> {
    pub(super) stats: &'a StoreStats,
    pub(super) space: &'a Space,
    pub(super) quarantined: &'a [Quarantined],
    pub(super) refused: &'a [RefusedRequests],
    pub(super) bodies: BodyRoom,
    pub(super) disk: Option<DiskSpace>,
    pub(super) kept: [Kept; 3],
    pub(super) sampling: Option<SamplingStats>,
    pub(super) now: Timestamp,
    pub(super) since: Timestamp,
}

pub(super) fn report(seen: &Seen<'_>) -> StoreReport {
    let Seen { stats, space, bodies, .. } = seen;
    let service = |each: &ippo_telemetry::ServiceSpace| StoreService {
        service: each.service.clone(),
        shares: each.signals.into(),
    };
    StoreReport {
        at: seen.now.into(),
        since: seen.since.into(),
        signals: Signal::ALL.into_iter().map(|each| signal(seen, each)).collect(),
        refused: seen.refused.iter().map(StoreRefused::from).collect(),
        disk: disk(seen),
        bucket: stats.remote.as_ref().map(StoreBucket::from),
        memory: StoreMemory {
            rows_bytes: stats.memory.rows as u64,
            flushing_bytes: stats.memory.flushing as u64,
            requests_bytes: stats.memory.requests as u64,
            limit_bytes: stats.memory.limit as u64,
            bodies_bytes: bodies.used_bytes as u64,
            bodies_limit_bytes: bodies.limit_bytes as u64,
        },
        quarantined: seen.quarantined.iter().map(StoreQuarantined::from).collect(),
        services: space.services.iter().map(service).collect(),
        other_services: space.other.into(),
        unknown_services: space.unknown.into(),
        page: Page::complete(),
    }
}

fn signal(seen: &Seen<'_>, signal: Signal) -> StoreSignal {
    let stats: &SignalStats = &seen.stats.signals[signal.index()];
    let minutes = seen.stats.flow.minutes(seen.now);
    let minute = |(minute, signals): &ippo_telemetry::FlowMinute| {
        let received = signals[signal.index()];
        StoreMinute { from: minute.start().into(), items: received.items, bytes: received.bytes }
    };
    let waited_ms = stats.waited.as_secs_f64() * 1_000.0;
    let lag = |newest: Timestamp| (seen.now.as_nanos() - newest.as_nanos()) as f64 / 1e9;
    let rejected = stats.rejected.iter();
    StoreSignal {
        signal: signal.name().to_owned(),
        items: stats.accepted,
        bytes: stats.bytes,
        requests: stats.requests,
        duplicates: stats.duplicates,
        ack_ms: (stats.requests > 0).then(|| waited_ms / stats.requests as f64),
        minutes: minutes.iter().map(minute).collect(),
        last_received_at: stats.last_received.map(Into::into),
        newest_event_at: stats.newest.map(Into::into),
        lag_secs: stats.newest.map(lag),
        rejected: rejected
            .map(|(reason, items)| StoreRejected { reason: (*reason).to_owned(), items: *items })
            .collect(),
        stored: stats.segments.into(),
    }
}

fn disk(seen: &Seen<'_>) -> StoreDisk {
    let day = |day: &ippo_telemetry::DaySpace| StoreDay {
        from: day.begins.start().into(),
        spans: day.signals[Signal::Spans.index()].into(),
        logs: day.signals[Signal::Logs.index()].into(),
        metrics: day.signals[Signal::Metrics.index()].into(),
    };
    StoreDisk {
        wal_bytes: seen.stats.wal_bytes,
        segment_bytes: seen.stats.signals.iter().map(|signal| signal.segments.bytes).sum(),
        free_bytes: seen.disk.map(|disk| disk.free_bytes),
        total_bytes: seen.disk.map(|disk| disk.total_bytes),
        kept: seen.kept.iter().map(StoreKept::from).collect(),
        sampling: seen.sampling.as_ref().map(StoreSampling::from),
        expired: seen.stats.expired.into(),
        days: seen.space.days.iter().map(day).collect(),
    }
}

impl From<&Kept> for StoreKept {
    fn from(kept: &Kept) -> Self {
        Self {
            signal: kept.signal.name().to_owned(),
            retention_secs: kept.budget.retention.as_secs(),
            limit_bytes: kept.budget.bytes,
            from: kept.from.into(),
        }
    }
}

impl From<&SamplingStats> for StoreSampling {
    fn from(stats: &SamplingStats) -> Self {
        Self {
            after_secs: stats.policy.after.as_secs(),
            slow_ms: u64::try_from(stats.policy.slow.as_millis()).unwrap_or(u64::MAX),
            per_minute: stats.policy.per_minute as u64,
            kept: stats.rows,
            of: stats.of_rows,
        }
    }
}

impl From<&RemoteStats> for StoreBucket {
    fn from(remote: &RemoteStats) -> Self {
        let RemoteStats { totals, waiting, .. } = remote;
        Self {
            location: remote.location.clone(),
            local: StoreFiles { files: totals.local_files, bytes: totals.local_bytes },
            cache_bytes: totals.cache_bytes,
            stored: StoreFiles { files: totals.stored_files, bytes: totals.stored_bytes },
            remote: StoreFiles { files: totals.remote_files, bytes: totals.remote_bytes },
            waiting: StoreFiles { files: waiting.segments, bytes: waiting.bytes },
            deletes_waiting: totals.doomed,
            uploads: remote.uploads,
            uploaded_bytes: totals.uploaded_bytes,
            fetched_bytes: totals.fetched_bytes,
            last_upload_at: remote.last_upload.map(Into::into),
            failures: remote.failures,
            error: remote.error.clone(),
            failing_since: remote.failing_since.map(Into::into),
        }
    }
}

impl From<SegmentTotals> for StoreTotals {
    fn from(SegmentTotals { segments, rows, bytes }: SegmentTotals) -> Self {
        Self { segments, rows, bytes }
    }
}

impl From<Share> for StoreShare {
    fn from(Share { rows, bytes }: Share) -> Self {
        Self { rows, bytes }
    }
}

impl From<[Share; 3]> for StoreShares {
    fn from(signals: [Share; 3]) -> Self {
        let mut total = Share::default();
        signals.into_iter().for_each(|share| total.add(share));
        let [spans, logs, metrics] = signals.map(StoreShare::from);
        Self { total: total.into(), spans, logs, metrics }
    }
}

impl From<&RefusedRequests> for StoreRefused {
    fn from(refused: &RefusedRequests) -> Self {
        Self {
            transport: refused.transport.to_owned(),
            signal: refused.signal.name().to_owned(),
            reason: refused.reason.to_owned(),
            requests: refused.requests,
        }
    }
}

impl From<&Quarantined> for StoreQuarantined {
    fn from(Quarantined { segment, held }: &Quarantined) -> Self {
        Self {
            file: segment.path(),
            signal: segment.signal.clone(),
            from: Timestamp::from_nanos(segment.min_time).into(),
            to: Timestamp::from_nanos(segment.max_time).into(),
            rows: segment.rows,
            bytes: segment.bytes,
            cause: held.cause.name().to_owned(),
            reason: held.reason.clone(),
            since: held.since.map(Into::into),
        }
    }
}
