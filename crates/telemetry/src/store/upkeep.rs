//! What keeps the store in order, and its end: expiry, flushes, merges, quarantine, a moment to copy.

use std::sync::atomic::Ordering;

use ippo_base::limits;

use super::{Store, StoreError, Verified, blocking, worker};
use crate::core::{CoreError, Point, Quarantined};
use crate::signal::Signal;

impl Store {
    /// Lets old telemetry expire, writes what has been in memory for long, merges small segments, counts hours again
    /// in which points of metrics came late, and tries again what failed. To be called every few seconds.
    pub fn maintain(&self) {
        let now = self.shared.clock.now();
        let keep = &self.shared.options.keep;
        let longest = keep.iter().map(|budget| budget.retention).max().unwrap_or_default();
        let counts_before = now.minus(longest.max(limits::COUNTS_KEPT)).minute();
        let unsaved = {
            let mut core = self.shared.core();
            let first_kept =
                Signal::ALL.map(|signal| keep[signal.index()].first_kept(now, core.segments(signal)));
            core.expire_before(first_kept);
            for (signal, known) in Signal::ALL.into_iter().zip(&self.shared.first_kept) {
                known.store(core.expired_before(signal).0, Ordering::Relaxed);
            }
            core.forget_counts_before(counts_before);
            // What took long to count is not counted again after a crash.
            let backfills_unsaved = core.backfills_unsaved();
            core.note_quarantine(now) || backfills_unsaved
        };
        let due = self.shared.stats.flushed_before(now.minus(self.shared.options.flush_after));
        if due || unsaved || self.shared.stats.flush_fails() {
            self.workers.flush();
        }
        self.workers.merge();
        if !self.shared.core().late_counters().is_empty() {
            self.workers.count_late(now);
        }
        self.workers.upload();
    }

    /// Segments that could not be read, and are neither read nor merged until they verify again.
    pub fn quarantined(&self) -> Vec<Quarantined> {
        self.shared.core().quarantined()
    }

    /// Reads the segments in quarantine in full, and lets those back in that are as they were written. The next start does
    /// the same by itself.
    pub async fn verify_quarantined(&self) -> Result<Verified, StoreError> {
        let store = self.clone();
        blocking(move || {
            let verified = worker::verify(&store.shared);
            let now = store.shared.clock.now();
            if store.shared.core().note_quarantine(now) {
                store.workers.flush();
            }
            Ok(verified)
        })
        .await
    }

    /// Writes everything in memory into segments, and says what kept it from that.
    pub async fn flush(&self) -> Result<(), StoreError> {
        self.workers.flush_now().await
    }

    /// This moment, to be copied while the store goes on. Everything acknowledged before the call is in it.
    ///
    /// # Errors
    /// When the log's folder cannot be read.
    pub async fn point(&self) -> Result<Point, StoreError> {
        let known = self.stats().damage;
        let shared = self.shared.clone();
        blocking(move || {
            // With the log held, nothing is acknowledged and no file of it goes.
            let log = shared.log();
            let hold = log.hold().map_err(CoreError::from)?;
            let point = shared.core().point(hold, known);
            drop(log);
            Ok(point)
        })
        .await
    }

    /// Stops taking telemetry, finishes what was begun, and writes what is in memory, so that the next start is quick.
    pub async fn stop(&self) -> Result<(), StoreError> {
        self.shared.stopping.store(true, Ordering::SeqCst);
        let appender = self.appender.clone();
        blocking(move || {
            appender.stop();
            Ok(())
        })
        .await?;
        let flushed = self.workers.flush_now().await;
        let workers = self.workers.clone();
        let cold = self.shared.core().cold().cloned();
        blocking(move || {
            // Nobody waits for a bucket: what is not there yet is on the local disk.
            if let Some(cold) = cold {
                cold.bucket().stop();
            }
            workers.stop();
            Ok(())
        })
        .await?;
        flushed
    }
}
