//! What the store counts about itself.

use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard};

use ippo_base::Timestamp;

use crate::core::CoreError;
use crate::otlp::Decoded;
use crate::signal::Signal;

/// What became of one signal since the start.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct SignalStats {
    /// Requests that were acknowledged.
    pub requests: u64,
    /// Those among them that had been acknowledged before.
    pub duplicates: u64,
    /// Items that are stored.
    pub accepted: u64,
    /// Items that were rejected, by reason.
    pub rejected: BTreeMap<&'static str, u64>,
    /// Attributes, events and links left out because of limits.
    pub dropped_attributes: u64,
    /// Values that were shortened because of limits.
    pub cut_values: u64,
}

/// What the store did since the start, and what it holds.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct StoreStats {
    /// By [`Signal::index`].
    pub signals: [SignalStats; 3],
    /// Requests refused because more came than could be stored.
    pub refused: u64,
    /// When telemetry was taken last.
    pub last_received: Option<Timestamp>,
    /// Bytes of the log.
    pub wal_bytes: u64,
    /// Bytes of rows in memory.
    pub memory_bytes: usize,
    /// Number of segments.
    pub segments: usize,
    /// Their bytes.
    pub segment_bytes: u64,
    /// Flushes that succeeded.
    pub flushes: u64,
    /// Flushes that failed.
    pub flush_failures: u64,
    /// Log writes that failed.
    pub log_failures: u64,
    /// What the start found damaged, in words.
    pub damage: Vec<String>,
    /// Why telemetry cannot be made durable now.
    pub log_error: Option<String>,
    /// Why rows cannot be written into segments now.
    pub flush_error: Option<String>,
}

pub(super) struct Stats {
    state: Mutex<State>,
}

struct State {
    stats: StoreStats,
    last_flush: Timestamp,
}

impl Stats {
    pub(super) fn new(wal_bytes: u64, damage: Vec<String>, opened: Timestamp) -> Self {
        let stats = StoreStats { wal_bytes, damage, ..StoreStats::default() };
        Self { state: Mutex::new(State { stats, last_flush: opened }) }
    }

    pub(super) fn took(&self, signal: Signal, decoded: &Decoded, duplicate: bool, at: Timestamp) {
        let mut state = self.lock();
        state.stats.last_received = Some(at);
        let stats = &mut state.stats.signals[signal.index()];
        stats.requests += 1;
        if duplicate {
            stats.duplicates += 1;
            return;
        }
        stats.accepted += decoded.accepted as u64;
        for (reason, count) in &decoded.reasons {
            *stats.rejected.entry(reason.code()).or_default() += *count as u64;
        }
        stats.dropped_attributes += decoded.dropped_attributes as u64;
        stats.cut_values += decoded.cut_values as u64;
    }

    pub(super) fn refused(&self) {
        self.lock().stats.refused += 1;
    }

    pub(super) fn logged(&self, wal_bytes: u64, error: Option<&CoreError>) {
        let mut state = self.lock();
        state.stats.wal_bytes = wal_bytes;
        state.stats.log_failures += u64::from(error.is_some());
        state.stats.log_error = error.map(ToString::to_string);
    }

    pub(super) fn flushed(&self, at: Timestamp, error: Option<&CoreError>, wal_bytes: u64) {
        let mut state = self.lock();
        state.stats.wal_bytes = wal_bytes;
        state.stats.flushes += u64::from(error.is_none());
        state.stats.flush_failures += u64::from(error.is_some());
        state.stats.flush_error = error.map(ToString::to_string);
        state.last_flush = at;
    }

    /// Whether the last flush failed.
    pub(super) fn flush_fails(&self) -> bool {
        self.lock().stats.flush_error.is_some()
    }

    /// Whether the last flush was tried before `time`.
    pub(super) fn flushed_before(&self, time: Timestamp) -> bool {
        self.lock().last_flush < time
    }

    pub(super) fn read(&self, memory_bytes: usize, segments: usize, segment_bytes: u64) -> StoreStats {
        let stats = self.lock().stats.clone();
        StoreStats { memory_bytes, segments, segment_bytes, ..stats }
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().expect("nothing panics while it is held")
    }
}

impl SignalStats {
    /// Items that were rejected, for whatever reason.
    pub fn rejected_total(&self) -> u64 {
        self.rejected.values().sum()
    }
}
