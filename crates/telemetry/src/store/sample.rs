//! Tail sampling as it goes on: which traces incidents name, and one old hour after the other.

use std::sync::Mutex;
use std::sync::atomic::Ordering;
use std::time::Duration;

use ippo_base::Timestamp;

use super::{Shared, Store, worker};
use crate::core::{CoreError, SampleError};
use crate::sampling::SamplingPolicy;
use crate::segment::SegmentError;
use crate::signal::Signal;

/// What incidents name is asked for again after so long; without a newer answer no hour is sampled.
const PINS_HOLD: Duration = Duration::from_secs(10 * 60);

/// Traces that stay whatever they are, and when that was said.
#[derive(Default)]
pub(super) struct Pins(Mutex<Option<(Timestamp, Vec<[u8; 16]>)>>);

impl Pins {
    /// Those that can be relied on now.
    fn now(&self, now: Timestamp) -> Option<Vec<[u8; 16]>> {
        let pins = self.0.lock().expect("nothing panics while it is held");
        let (at, traces) = pins.as_ref()?;
        (*at <= now && now.since(*at) < PINS_HOLD).then(|| traces.clone())
    }
}

/// How far tail sampling is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SamplingStats {
    /// Which traces stay.
    pub policy: SamplingPolicy,
    /// Spans of sampled hours that are stored.
    pub rows: u64,
    /// Spans that these hours had.
    pub of_rows: u64,
}

impl Store {
    /// Says which traces stay although their spans are sampled. Until this was said, and when it was long ago, none are.
    pub fn pin_traces(&self, traces: Vec<[u8; 16]>) {
        let now = self.shared.clock.now();
        *self.shared.pins.0.lock().expect("nothing panics while it is held") = Some((now, traces));
    }

    /// Which traces stay, if spans are sampled, and how far that is.
    pub fn sampling(&self) -> Option<SamplingStats> {
        let policy = self.shared.options.sampling?;
        let core = self.shared.core();
        let sampled =
            core.segments(Signal::Spans).filter_map(|segment| Some((segment.rows, segment.sampled?)));
        let (rows, of_rows) =
            sampled.fold((0, 0), |(rows, of), (more, sampled)| (rows + more, of + sampled.of_rows));
        Some(SamplingStats { policy, rows, of_rows })
    }
}

/// Samples the oldest hour that is due. Whether it did, so that another may be.
pub(super) fn one_hour(shared: &Shared) -> bool {
    let goes_on = || !shared.stopping.load(Ordering::SeqCst);
    let Some(policy) = shared.options.sampling.filter(|_| goes_on()) else { return false };
    let now = shared.clock.now();
    let Some(pinned) = shared.pins.now(now) else { return false };
    let Some(job) = shared.core().plan_sampling(now, &policy, &pinned) else { return false };
    let (files, window) = (job.files(), job.window());
    let done = job.run(&goes_on);
    drop(job);
    let done = done.and_then(|made| {
        let told = |read, written| tracing::info!(?files, read, written, "spans of an hour were sampled");
        worker::replace(shared, made, told).map_err(SampleError::Failed)
    });
    let Err(error) = done else {
        shared.core().was_reached(Signal::Spans, window);
        return true;
    };
    match error {
        // The disk may have room again.
        SampleError::Stopped | SampleError::Failed(CoreError::Full) => false,
        // The bucket or the disk may do it again, and in a moment be asked for another hour.
        SampleError::Failed(error) if error.may_pass() => {
            tracing::warn!(%error, ?files, "spans of an hour cannot be sampled now; it is tried again later");
            shared.core().try_later(Signal::Spans, window, now);
            false
        }
        // It is in quarantine from now on, which was logged; the others can be sampled without it.
        SampleError::Failed(CoreError::Segment(SegmentError::Quarantined { .. })) => true,
        error => {
            tracing::error!(%error, ?files, "spans of an hour cannot be sampled; they stay as they are");
            shared.core().leave_as_they_are(files);
            true
        }
    }
}
