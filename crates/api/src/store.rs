//! The telemetry store as the API shows it: whether telemetry comes in, what is refused, and what it takes.

mod calls;
mod metrics;
mod view;

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::openapi::Document;
use crate::page::Page;
use crate::time::Time;

pub use calls::{StoreApi, routes};
pub use metrics::metrics;

/// How the store fares.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct StoreReport {
    /// When this was true.
    pub at: Time,
    /// Since when counts are counted: the start of this process.
    pub since: Time,
    /// `spans`, `logs` and `metrics`.
    pub signals: Vec<StoreSignal>,
    /// Requests that were refused as a whole, by the way they came and the reason.
    pub refused: Vec<StoreRefused>,
    /// What is on the disk.
    pub disk: StoreDisk,
    /// What is in the bucket of segments; `null` without one.
    pub bucket: Option<StoreBucket>,
    /// What is in memory.
    pub memory: StoreMemory,
    /// Segments that are neither read nor merged, as they cannot be read.
    pub quarantined: Vec<StoreQuarantined>,
    /// Who takes the space in segments, those who take most first.
    pub services: Vec<StoreService>,
    /// Services that their segments do not name, as they are small among many.
    pub other_services: StoreShares,
    /// Rows that were written before it was kept whose they are.
    pub unknown_services: StoreShares,
    /// The envelope.
    #[serde(flatten)]
    pub page: Page,
}

/// What came in of one signal, and what is stored of it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct StoreSignal {
    /// `spans`, `logs` or `metrics`.
    pub signal: String,
    /// Items that are stored, since the start.
    pub items: u64,
    /// Bytes of the requests that carried them, decompressed.
    pub bytes: u64,
    /// Requests that were acknowledged.
    pub requests: u64,
    /// Those among them that had been stored before.
    pub duplicates: u64,
    /// How long a sender waits for its acknowledgement on average, in milliseconds; `null` before the first.
    pub ack_ms: Option<f64>,
    /// The last minutes, the oldest first; the last one is not over.
    pub minutes: Vec<StoreMinute>,
    /// When a request of it was taken last.
    pub last_received_at: Option<Time>,
    /// The newest event time among the rows that came last, also before the start.
    pub newest_event_at: Option<Time>,
    /// How old that is, in seconds; below zero where the sender's clock is ahead.
    pub lag_secs: Option<f64>,
    /// Items that were rejected, by reason.
    pub rejected: Vec<StoreRejected>,
    /// Its segments.
    pub stored: StoreTotals,
}

/// What came in within a minute.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct StoreMinute {
    /// Its start.
    pub from: Time,
    /// Items that were stored.
    pub items: u64,
    /// Bytes of the requests that carried them.
    pub bytes: u64,
}

/// Items that were rejected for one reason.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct StoreRejected {
    /// A stable name for the reason, such as `too_old`.
    pub reason: String,
    /// How many items.
    pub items: u64,
}

/// Requests that were refused for one reason.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct StoreRefused {
    /// `grpc`, `http` or `remote_write`.
    pub transport: String,
    /// `spans`, `logs` or `metrics`.
    pub signal: String,
    /// A stable name for the reason, such as `too_large`.
    pub reason: String,
    /// How many requests.
    pub requests: u64,
}

/// Segments and what is in them.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct StoreTotals {
    /// How many files.
    pub segments: u64,
    /// Their rows.
    pub rows: u64,
    /// Their bytes.
    pub bytes: u64,
}

/// What is on the disk.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct StoreDisk {
    /// Bytes in the write-ahead log: what is not in segments yet.
    pub wal_bytes: u64,
    /// Bytes in segments.
    pub segment_bytes: u64,
    /// Bytes that may still be written; `null` where the disk does not say.
    pub free_bytes: Option<u64>,
    /// Bytes of the whole disk; `null` where it does not say.
    pub total_bytes: Option<u64>,
    /// What is kept of each signal.
    pub kept: Vec<StoreKept>,
    /// Which traces stay when their spans are old; `null` where all do.
    pub sampling: Option<StoreSampling>,
    /// Segments that went since the start, as they were too old or took too much space.
    pub expired: StoreTotals,
    /// Segments by UTC day of event time, the newest first.
    pub days: Vec<StoreDay>,
}

/// What is kept of a signal.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct StoreKept {
    /// `spans`, `logs` or `metrics`.
    pub signal: String,
    /// How long, by event time, in seconds.
    pub retention_secs: u64,
    /// In how many bytes of segments; `null` where that is not limited.
    pub limit_bytes: Option<u64>,
    /// The first event time that is kept now, for either reason.
    pub from: Time,
}

/// Tail sampling: in old hours, traces with a failed or a slow span stay, some of each endpoint, and those that incidents
/// name.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct StoreSampling {
    /// Hours that ended so long ago are sampled, in seconds.
    pub after_secs: u64,
    /// Traces with a span of at least so many milliseconds stay.
    pub slow_ms: u64,
    /// So many traces a minute of each endpoint stay.
    pub per_minute: u64,
    /// Spans of sampled hours that are stored.
    pub kept: u64,
    /// Spans that these hours had.
    pub of: u64,
}

/// Segments in a bucket, with the local disk as a cache.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct StoreBucket {
    /// The bucket and its prefix, such as `s3://bucket/prefix`.
    pub location: String,
    /// Segments on the local disk.
    pub local: StoreFiles,
    /// Local segments may take so many bytes before those in the bucket leave the local disk.
    pub cache_bytes: u64,
    /// Segments in the bucket, whether on the local disk too or not.
    pub stored: StoreFiles,
    /// Those of them that are in the bucket alone.
    pub remote: StoreFiles,
    /// Segments that are not in the bucket yet: most of them may still be merged.
    pub waiting: StoreFiles,
    /// Objects that wait to be removed from the bucket.
    pub deletes_waiting: u64,
    /// Segments that were copied to the bucket since the start.
    pub uploads: u64,
    /// Bytes of them.
    pub uploaded_bytes: u64,
    /// Bytes that were read from the bucket since the start.
    pub fetched_bytes: u64,
    /// When a segment was copied last; `null` if none was since the start.
    pub last_upload_at: Option<Time>,
    /// Times that the bucket failed since the start.
    pub failures: u64,
    /// What the bucket said, while it fails.
    pub error: Option<String>,
    /// Since when it fails.
    pub failing_since: Option<Time>,
}

/// Files and their bytes.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct StoreFiles {
    /// How many.
    pub files: u64,
    /// Their bytes.
    pub bytes: u64,
}

/// The segments of a UTC day.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct StoreDay {
    /// Its start.
    pub from: Time,
    /// Those of spans.
    pub spans: StoreTotals,
    /// Those of log records.
    pub logs: StoreTotals,
    /// Those of metric points.
    pub metrics: StoreTotals,
}

/// What is in memory, in bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct StoreMemory {
    /// Rows that wait to be written into segments.
    pub rows_bytes: u64,
    /// Rows that are being written.
    pub flushing_bytes: u64,
    /// Requests until they are acknowledged.
    pub requests_bytes: u64,
    /// Telemetry is refused beyond so many of all three.
    pub limit_bytes: u64,
    /// Bodies that are still coming in.
    pub bodies_bytes: u64,
    /// Senders are told to come again beyond so many.
    pub bodies_limit_bytes: u64,
}

/// A segment that cannot be read.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct StoreQuarantined {
    /// Its file, below the data folder.
    pub file: String,
    /// `spans`, `logs` or `metrics`.
    pub signal: String,
    /// The first event time in it.
    pub from: Time,
    /// The last event time in it.
    pub to: Time,
    /// Its rows, which are missing from answers.
    pub rows: u64,
    /// Its bytes, as they were written.
    pub bytes: u64,
    /// `missing`, `damaged` or `unreadable`.
    pub cause: String,
    /// The same as the disk or the reader said it.
    pub reason: String,
    /// When that was noticed; `null` within the first seconds.
    pub since: Option<Time>,
}

/// Rows and their part of the files.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct StoreShare {
    /// How many rows.
    pub rows: u64,
    /// Their part of the files, in bytes: files are shared out by the size of rows before they were encoded.
    pub bytes: u64,
}

/// Rows of each signal.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct StoreShares {
    /// All together.
    pub total: StoreShare,
    /// Spans.
    pub spans: StoreShare,
    /// Log records.
    pub logs: StoreShare,
    /// Metric points.
    pub metrics: StoreShare,
}

/// What the rows of one service take.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct StoreService {
    /// `service.name`.
    pub service: String,
    /// By signal.
    #[serde(flatten)]
    pub shares: StoreShares,
}

/// What became of the segments in quarantine when they were read again.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct StoreVerified {
    /// Segments that are as they were written, and are read again.
    pub released: u64,
    /// Segments that stay in quarantine.
    pub held: u64,
}

/// Describes the operations of this file.
pub(crate) fn describe(document: &mut Document) {
    document
        .get("/api/v1/store", "getStore", "Whether telemetry comes in, what is refused, and what it takes")
        .answers::<StoreReport>();
    document
        .post(
            "/api/v1/store/verify",
            "verifyStore",
            "Reads the segments in quarantine again, and lets those back in that are as they were written",
        )
        .answers::<StoreVerified>();
}
