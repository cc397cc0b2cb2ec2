//! Points of metrics that came late: the hours around them are counted again from stored rows, while new ones keep coming.
//!
//! What the job finds replaces what was counted of the same rows; what is counted meanwhile is of later points, and stays.

use std::sync::Arc;

use ippo_base::Minute;

use super::Core;
use crate::counter::{
    Counter, CounterSpec, Filling, History, Kept, Recounted, Remark, Series, Stored, minutes_of, shift,
};
use crate::named::Unusable;
use crate::segment::{Files, SegmentError};
use crate::signal::Signal;
use crate::snapshot::Snapshot;

/// Minutes before an hour whose points its first ones count from.
const LOOK_BACK_MINUTES: u32 = 5;

/// Hours of one counter to be counted again.
pub struct LateJob {
    key: String,
    generation: u64,
    hours: Vec<u32>,
    spec: CounterSpec,
    /// What was counted and kept of the snapshot's rows.
    counted: History,
    kept: Arc<Kept>,
    snapshot: Snapshot,
    files: Files,
}

/// Hours that were counted again.
pub struct LateCounted {
    key: String,
    generation: u64,
    hours: Vec<(u32, Result<Again, LateError>)>,
    kept: Arc<Kept>,
}

/// An hour that was counted again.
struct Again {
    /// What its day had before.
    before: Series,
    after: Recounted,
}

/// Why an hour could not be counted again.
#[derive(Debug, thiserror::Error)]
pub enum LateError {
    /// Its rows cannot be read.
    #[error(transparent)]
    Rows(SegmentError),
    /// What was counted of it cannot be read.
    #[error("what was counted of its day cannot be read: {reason}")]
    Counts {
        /// Why.
        reason: String,
        /// Whether the disk failed, and may give it the next time.
        failed: bool,
    },
}

impl LateError {
    fn counts(error: &Unusable) -> Self {
        LateError::Counts { reason: error.to_string(), failed: matches!(error, Unusable::Failed(_)) }
    }

    /// Whether it is there, and a disk or a bucket may give it the next time.
    fn may_pass(&self) -> bool {
        use SegmentError::{Io, Mended, Unreachable};
        matches!(
            self,
            LateError::Rows(Unreachable { .. } | Mended { .. } | Io { .. })
                | LateError::Counts { failed: true, .. }
        )
    }
}

impl LateJob {
    /// Counts the hours. `go_on` is asked before each; `None` once it says no.
    pub fn run(self, go_on: &dyn Fn() -> bool) -> Option<LateCounted> {
        let mut stored = Stored::of(&self.spec, &self.snapshot, &self.files)?;
        let mut hours = Vec::with_capacity(self.hours.len());
        for hour in &self.hours {
            if !go_on() {
                return None;
            }
            let counted =
                self.counted.series(minutes_of(*hour).from.day()).map_err(|error| LateError::counts(&error));
            let both = counted.and_then(|before| {
                stored.count_hour(*hour).map(|after| Again { before, after }).map_err(LateError::Rows)
            });
            hours.push((*hour, both));
        }
        drop(stored);
        let LateJob { key, generation, kept, .. } = self;
        Some(LateCounted { key, generation, hours, kept })
    }
}

impl LateCounted {
    /// What could not be counted again, and why.
    pub fn unreadable(&self) -> impl Iterator<Item = &LateError> {
        self.hours.iter().filter_map(|(_, counted)| counted.as_ref().err())
    }
}

impl Core {
    /// Counters with hours to be counted again.
    pub fn late_counters(&self) -> Vec<String> {
        let late = |counter: &Counter| counter.kept.as_ref().is_some_and(|kept| kept.has_late());
        let late =
            self.counters.iter().filter(|(_, counter)| counter.filling == Filling::Complete && late(counter));
        late.map(|(key, _)| key.to_owned()).collect()
    }

    /// The job that counts a counter's late hours again; `None` where there are none whose rows are still there.
    pub fn plan_late(&mut self, key: &str) -> Option<LateJob> {
        let expired = self.expired_before(Signal::Metrics);
        let (files, snapshot) = (self.files.clone(), self.snapshot());
        let counter = self.counters.get_mut(key).filter(|counter| counter.filling == Filling::Complete)?;
        let kept = Arc::make_mut(counter.kept.as_mut()?);
        let gone = |hour: &u32| Minute(*hour).minus(LOOK_BACK_MINUTES) < expired;
        let hours = kept.begin_recount(gone);
        if hours.is_empty() {
            return None;
        }
        Some(LateJob {
            key: key.to_owned(),
            generation: counter.generation,
            hours,
            spec: counter.spec.clone(),
            counted: counter.history.clone(),
            kept: counter.kept.clone()?,
            snapshot,
            files,
        })
    }

    /// Puts the counts of late hours in the place of what was counted before, unless the counter went on to another
    /// generation meanwhile.
    pub fn finish_late(&mut self, late: &LateCounted) {
        let files = self.files.clone();
        // It may be mended from there.
        let waits = |error: &LateError| matches!(error, LateError::Rows(error) if files.waits_for_bucket(error.file()));
        let Some(counter) = self.counters.get_mut(&late.key) else { return };
        let same = counter.generation == late.generation;
        let Some(kept) = counter.kept.as_mut().filter(|_| same).map(Arc::make_mut) else { return };
        for (hour, counted) in &late.hours {
            match counted {
                Ok(Again { before, after }) => {
                    replace(&mut counter.history, before, &after.series, *hour);
                    kept.settle(&late.kept, &after.kept);
                }
                Err(error) if error.may_pass() || waits(error) => {
                    kept.put_back(*hour);
                    continue;
                }
                Err(_) => kept.remark(Remark::CameTooLate, minutes_of(*hour).to.minus(1)),
            }
            kept.end_recount(*hour);
        }
        self.checkpoint_due = true;
    }
}

/// Puts `after` in the place of `before` within what is counted of an hour.
fn replace(counted: &mut History, before: &Series, after: &Series, hour: u32) {
    let range = minutes_of(hour);
    for minute in (range.from.0..range.to.0).map(Minute) {
        let (old, new) = (before.at(minute), after.at(minute));
        if old != new {
            counted.shift(minute, shift(old, new));
        }
    }
}
