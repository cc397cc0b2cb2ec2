//! When a read ends before it is done: whoever asked has left, or its time is over.
//!
//! An answer that ended early must say so, and how far it got.

use std::fmt::Display;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use ippo_base::SharedClock;

use super::Found;

/// Ends the reads that carry it, once it is told to. Clones are the same.
#[derive(Debug, Clone, Default)]
pub struct Stop(Arc<AtomicBool>);

impl Stop {
    /// Ends the reads as soon as they look.
    pub fn stop(&self) {
        self.0.store(true, Ordering::Relaxed);
    }

    /// Stops when it is dropped, unless it is disarmed before.
    pub fn on_drop(&self) -> StopOnDrop {
        StopOnDrop(Some(self.clone()))
    }

    /// Whether it was told to.
    pub(crate) fn is_stopped(&self) -> bool {
        self.0.load(Ordering::Relaxed)
    }
}

/// Stops reads when it is dropped: whoever holds it waits for their answer.
#[derive(Debug)]
pub struct StopOnDrop(Option<Stop>);

impl StopOnDrop {
    /// Stops nothing any more.
    pub fn disarm(mut self) {
        self.0 = None;
    }
}

impl Drop for StopOnDrop {
    fn drop(&mut self) {
        if let Some(stop) = &self.0 {
            stop.stop();
        }
    }
}

/// What a read may take. It looks between parts of its work: files, or row groups where log records are searched.
#[derive(Clone, Default)]
pub struct ReadLimits {
    stop: Stop,
    deadline: Option<Deadline>,
}

#[derive(Clone)]
struct Deadline {
    clock: SharedClock,
    at: Duration,
    time: Duration,
}

impl ReadLimits {
    /// As long as it takes, until it is stopped.
    pub fn until(stop: &Stop) -> Self {
        Self { stop: stop.clone(), deadline: None }
    }

    /// So long from now at most, until it is stopped.
    pub fn within(time: Duration, clock: SharedClock, stop: &Stop) -> Self {
        let at = clock.monotonic() + time;
        Self { stop: stop.clone(), deadline: Some(Deadline { clock, at, time }) }
    }

    /// The same without the time.
    pub(super) fn without_time(&self) -> Self {
        Self::until(&self.stop)
    }

    /// Why a read must end now, if it must. It stays so.
    pub(super) fn over(&self) -> Option<Over> {
        if self.stop.is_stopped() {
            return Some(Over::Stopped);
        }
        let deadline = self.deadline.as_ref()?;
        (deadline.clock.monotonic() >= deadline.at).then_some(Over::Time(deadline.time))
    }
}

/// Why a read ended early.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Over {
    /// It was stopped.
    Stopped,
    /// It took longer than it may.
    Time(Duration),
}

impl Over {
    /// Says with an answer that it ended early, and how far it got.
    pub(super) fn said<T>(self, mut found: Found<T>, how_far: impl Display) -> Found<T> {
        found.warnings.push(match self {
            Over::Stopped => format!("the search was stopped; {how_far}"),
            Over::Time(time) => format!(
                "reading ended after {} s, the most that it may take; {how_far}; choose a shorter range",
                time.as_secs()
            ),
        });
        found.partial = true;
        found
    }
}
