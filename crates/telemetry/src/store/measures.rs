//! What the store says of itself: what it did, what it holds, and the room it has.

use std::sync::PoisonError;

use ippo_base::TimeRange;
use ippo_base::disk::DiskSpace;

use super::{Kept, SeriesStats, Space, Store, StoreStats, blocking};
use crate::signal::Signal;

impl Store {
    /// What the store did and what it holds.
    pub fn stats(&self) -> StoreStats {
        let mut stats = self.shared.stats.read();
        {
            // Also after a bug: then above all someone wants to know.
            let core = self.shared.core.lock().unwrap_or_else(PoisonError::into_inner);
            stats.memory.flushing = core.flushing_bytes();
            stats.memory.rows = core.unflushed_bytes();
            stats.quarantined = core.quarantined().len();
            stats.forgotten_early = core.forgotten_early();
            stats.remote = self.shared.uploads.stats(&core);
            for signal in Signal::ALL {
                let of_signal = &mut stats.signals[signal.index()];
                of_signal.newest = core.newest(signal);
                of_signal.segments = core.segment_totals(signal);
            }
        }
        stats.memory.requests = self.appender.waiting_bytes();
        stats.memory.limit = self.shared.options.memory_bytes;
        stats.stuck = self.shared.stats.stuck(self.shared.clock.monotonic());
        stats
    }

    /// Where the space on the disk goes, by day and by service.
    pub fn space(&self) -> Space {
        let snapshot = self.snapshot();
        let segments =
            |signal: Signal| snapshot.segments(signal, TimeRange::ALL).map(move |segment| (signal, segment));
        Space::of(Signal::ALL.into_iter().flat_map(segments))
    }

    /// The room on the disk, where that is known.
    pub async fn disk_space(&self) -> Option<DiskSpace> {
        let store = self.clone();
        let asked = blocking(move || Ok(store.shared.disk.space())).await;
        match asked {
            Ok(Ok(space)) => space,
            Ok(Err(error)) => {
                tracing::debug!(%error, "the disk does not say how much room it has");
                None
            }
            Err(_) => None,
        }
    }

    /// What is kept, by [`Signal::index`].
    pub fn kept(&self) -> [Kept; 3] {
        let now = self.shared.clock.now();
        Signal::ALL.map(|signal| Kept {
            signal,
            budget: self.shared.options.keep[signal.index()],
            from: self.accepts(signal, now).from,
        })
    }

    /// How many series of metrics are active, and what the limits refused.
    pub fn series_stats(&self) -> SeriesStats {
        self.shared.series.stats()
    }
}
