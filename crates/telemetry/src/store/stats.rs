//! What the store counts about itself.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::Duration;

use ippo_base::Timestamp;

use super::Shared;
use super::bucket::RemoteStats;
use super::flow::{Flow, Received};
use crate::core::CoreError;
use crate::otlp::Outcome;
use crate::segment::SegmentTotals;
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
    /// Bytes of the requests that carried them, decompressed.
    pub bytes: u64,
    /// How long acknowledged requests waited for it, summed up.
    pub waited: Duration,
    /// When telemetry of it was taken last.
    pub last_received: Option<Timestamp>,
    /// The newest event time among the rows that came last, also before the start.
    pub newest: Option<Timestamp>,
    /// Its segments.
    pub segments: SegmentTotals,
    /// Items that were rejected, by reason.
    pub rejected: BTreeMap<&'static str, u64>,
    /// Attributes, events and links left out because of limits.
    pub dropped_attributes: u64,
    /// Values that were shortened because of limits.
    pub cut_values: u64,
    /// Ids of the wrong length that were left out.
    pub bad_ids: u64,
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
    /// What is in memory.
    pub memory: StoreMemory,
    /// Segments that are neither read nor merged.
    pub quarantined: usize,
    /// Requests that were forgotten within the time in which a retry is known, because too many came.
    pub forgotten_early: u64,
    /// What is in the bucket, if there is one.
    pub remote: Option<RemoteStats>,
    /// What came in over the last minutes.
    pub flow: Flow,
    /// What merges did.
    pub merges: MergeStats,
    /// Segments that retention removed.
    pub expired: SegmentTotals,
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
    /// Why nothing may be going on: a thread ended by a bug, or a disk that does not answer.
    pub stuck: Option<String>,
    /// Whether a thread ended by a bug. Nothing is taken any more until ippo is started again.
    pub dead: bool,
}

/// What is in memory, and how much may be.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct StoreMemory {
    /// Bytes of rows that wait for a flush.
    pub rows: usize,
    /// Bytes of rows that are being flushed.
    pub flushing: usize,
    /// Bytes that requests take until they are acknowledged.
    pub requests: usize,
    /// Telemetry is refused beyond so many bytes of all three.
    pub limit: usize,
}

/// What merges of segments did since the start.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct MergeStats {
    /// Merges that succeeded.
    pub done: u64,
    /// Merges that failed.
    pub failed: u64,
    /// Bytes of the segments that were merged.
    pub read_bytes: u64,
    /// Bytes of what became of them.
    pub written_bytes: u64,
}

/// A request that was acknowledged, as it is counted.
pub(super) struct Taken<'a> {
    pub(super) signal: Signal,
    pub(super) outcome: &'a Outcome,
    pub(super) duplicate: bool,
    /// Its body, in bytes.
    pub(super) bytes: u64,
    pub(super) at: Timestamp,
    /// How long its sender waited.
    pub(super) waited: Duration,
}

/// What a thread of the store does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Work {
    /// Makes requests durable.
    Append,
    /// Writes segments.
    Flush,
}

impl Work {
    /// How long one turn of it may take before something must be wrong.
    const fn patience(self) -> Duration {
        match self {
            Work::Append => Duration::from_secs(30),
            Work::Flush => Duration::from_secs(10 * 60),
        }
    }

    const fn name(self) -> &'static str {
        match self {
            Work::Append => "the log is being written",
            Work::Flush => "segments are being written",
        }
    }
}

pub(super) struct Stats {
    state: Mutex<State>,
}

struct State {
    stats: StoreStats,
    last_flush: Timestamp,
    /// When the turn began that each [`Work`] is at, in monotonic time.
    turns: [Option<Duration>; 2],
}

/// Tells when the thread that holds it ends by a panic.
pub(super) struct Lifeline {
    pub(super) shared: Arc<Shared>,
    pub(super) thread: &'static str,
}

impl Drop for Lifeline {
    fn drop(&mut self) {
        if std::thread::panicking() {
            self.shared.stats.died(self.thread);
        }
    }
}

impl Stats {
    pub(super) fn new(wal_bytes: u64, damage: Vec<String>, opened: Timestamp) -> Self {
        let stats = StoreStats { wal_bytes, damage, ..StoreStats::default() };
        Self { state: Mutex::new(State { stats, last_flush: opened, turns: [None; 2] }) }
    }

    pub(super) fn took(&self, taken: &Taken<'_>) {
        let Taken { signal, outcome, duplicate, bytes, at, waited } = *taken;
        let mut state = self.lock();
        state.stats.last_received = Some(at);
        let received = Received { items: outcome.accepted as u64, bytes };
        if !duplicate {
            state.stats.flow.add(signal, received, at);
        }
        let stats = &mut state.stats.signals[signal.index()];
        stats.requests += 1;
        stats.waited += waited;
        stats.last_received = Some(at);
        if duplicate {
            stats.duplicates += 1;
            return;
        }
        stats.bytes += bytes;
        stats.accepted += outcome.accepted as u64;
        for (reason, count) in &outcome.reasons {
            *stats.rejected.entry(reason.code()).or_default() += *count as u64;
        }
        stats.dropped_attributes += outcome.dropped_attributes as u64;
        stats.cut_values += outcome.cut_values as u64;
        stats.bad_ids += outcome.bad_ids as u64;
    }

    /// A turn of work begins, or the thread waits for the next.
    pub(super) fn turn(&self, work: Work, began: Option<Duration>) {
        self.lock().turns[work as usize] = began;
    }

    /// A thread ended by a panic.
    fn died(&self, thread: &str) {
        let mut state = self.lock();
        state.stats.dead = true;
        state.stats.stuck = Some(format!(
            "the {thread} thread ended by a bug; start ippo again, what was acknowledged is safe"
        ));
    }

    /// Why nothing may be going on, at a monotonic time.
    pub(super) fn stuck(&self, now: Duration) -> Option<String> {
        let state = self.lock();
        let slow = [Work::Append, Work::Flush].into_iter().find_map(|work| {
            let took = now.saturating_sub(state.turns[work as usize]?);
            let text = || format!("{} for {} s now: the disk does not answer", work.name(), took.as_secs());
            (took > work.patience()).then(text)
        });
        state.stats.stuck.clone().or(slow)
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

    /// Retention removed segments.
    pub(super) fn expired(&self, removed: SegmentTotals) {
        let mut state = self.lock();
        let sum = &mut state.stats.expired;
        sum.segments += removed.segments;
        sum.rows += removed.rows;
        sum.bytes += removed.bytes;
    }

    /// A merge ended: how many bytes it read and wrote.
    pub(super) fn merged(&self, done: Option<(u64, u64)>) {
        let mut state = self.lock();
        let merges = &mut state.stats.merges;
        match done {
            Some((read, written)) => {
                merges.done += 1;
                merges.read_bytes += read;
                merges.written_bytes += written;
            }
            None => merges.failed += 1,
        }
    }

    /// Bytes of the log.
    pub(super) fn wal_bytes(&self) -> u64 {
        self.lock().stats.wal_bytes
    }

    /// Whether the last flush failed.
    pub(super) fn flush_fails(&self) -> bool {
        self.lock().stats.flush_error.is_some()
    }

    /// Whether the last flush was tried before `time`.
    pub(super) fn flushed_before(&self, time: Timestamp) -> bool {
        self.lock().last_flush < time
    }

    pub(super) fn read(&self) -> StoreStats {
        self.lock().stats.clone()
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_turn_that_never_ends_is_told_and_one_that_does_is_forgotten() {
        let stats = Stats::new(0, Vec::new(), Timestamp::from_secs(1_800_000_000));
        let at = Duration::from_secs;
        stats.turn(Work::Append, Some(at(100)));
        assert_eq!(stats.stuck(at(130)), None);
        assert!(stats.stuck(at(131)).is_some_and(|text| text.contains("for 31 s")));
        stats.turn(Work::Append, None);
        assert_eq!(stats.stuck(at(1_000)), None);
        stats.turn(Work::Flush, Some(at(1_000)));
        assert_eq!(stats.stuck(at(1_500)), None, "a large flush takes its time");
        stats.died("append");
        assert!(stats.stuck(at(1_500)).is_some_and(|text| text.contains("append thread ended")));
        assert!(stats.read().dead);
    }
}
