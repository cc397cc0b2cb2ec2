//! Every limit that more than one room must agree on, with its name and its default.

use std::time::Duration;

/// A request body after decompression, in bytes.
pub const BODY_BYTES: usize = 64 * 1024 * 1024;
/// What one request may take in memory once it is decoded, in bytes: few bytes may stand for many structures.
pub const DECODED_BYTES: usize = 256 * 1024 * 1024;
/// Attributes kept on one span, log record, point, event or resource; the rest are dropped and counted.
pub const ATTRIBUTES_PER_ITEM: usize = 128;
/// An attribute key, in bytes; longer ones are dropped and counted.
pub const ATTRIBUTE_KEY_BYTES: usize = 512;
/// An attribute value, in bytes of text; longer ones are cut and counted.
pub const ATTRIBUTE_VALUE_BYTES: usize = 16 * 1024;
/// A log body, in bytes of text; longer ones are cut and counted.
pub const LOG_BODY_BYTES: usize = 64 * 1024;
/// Events, and links, kept on one span.
pub const EVENTS_PER_SPAN: usize = 128;
/// How far into the future an event's time may lie.
pub const FUTURE_TOLERANCE: Duration = Duration::from_secs(10 * 60);
/// How long telemetry is kept unless configured otherwise.
pub const DEFAULT_RETENTION: Duration = Duration::from_secs(30 * 24 * 60 * 60);
/// How long counts by the minute are kept at least: longer than the longest window of an SLO.
pub const COUNTS_KEPT: Duration = Duration::from_secs(400 * 24 * 60 * 60);
/// A batch with the same identity, signal and body within this time of the first is a retry.
pub const DUPLICATE_WINDOW: Duration = Duration::from_secs(5 * 60);
/// So many batches are remembered for that at most: those of five minutes at 3,000 requests a second. Beyond, the oldest are
/// forgotten first.
pub const DUPLICATE_BATCHES: usize = 1_000_000;
/// The write-ahead log is flushed into segments before it grows beyond this, in bytes.
pub const WAL_BYTES: u64 = 256 * 1024 * 1024;
/// Series of one metric that may have points within an hour; points that would begin another are refused and told.
pub const SERIES_PER_METRIC: usize = 50_000;
/// Series of all metrics that may have points within an hour.
pub const SERIES: usize = 500_000;
/// Spans, and log records, of a trace that are shown.
pub const TRACE_ROWS: usize = 50_000;
/// The text of an SQL query, in bytes.
pub const QUERY_BYTES: usize = 64 * 1024;
/// An expression's source text, in bytes.
pub const EXPRESSION_BYTES: usize = 16 * 1024;
/// How deep an expression may nest.
pub const EXPRESSION_DEPTH: usize = 64;
