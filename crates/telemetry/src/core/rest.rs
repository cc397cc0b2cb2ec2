//! Hours that could not be merged or sampled for a reason that may pass: a segment is in the bucket, which does not answer, or
//! the disk failed. They are left alone for a while that grows each time, so that one object out of reach does not keep all
//! other hours from being merged and sampled.

use std::collections::BTreeMap;
use std::time::Duration;

use ippo_base::{Minute, Timestamp};

use super::Core;
use crate::signal::Signal;

/// How long an hour is left alone when it fails; after each further time, twice as long.
const FIRST: Duration = Duration::from_secs(10);
/// The longest.
const LONGEST: Duration = Duration::from_secs(30 * 60);
/// Hours that are remembered. Beyond, the one that is due first is forgotten, and just fails again.
const HOURS_MOST: usize = 10_000;

/// The hours that are left alone, and what became of them.
#[derive(Default)]
pub(super) struct Resting(BTreeMap<(usize, u32), Rest>);

#[derive(Clone, Copy)]
struct Rest {
    until: Timestamp,
    pause: Duration,
}

impl Resting {
    /// Whether the hour is left alone now.
    pub(super) fn has(&self, signal: Signal, window: u32, now: Timestamp) -> bool {
        let rest = self.0.get(&(signal.index(), window));
        // A clock that was set back makes no pause longer.
        rest.is_some_and(|rest| now < rest.until && rest.until <= now.plus(rest.pause))
    }

    fn failed(&mut self, signal: Signal, window: u32, now: Timestamp) {
        let key = (signal.index(), window);
        let pause = self.0.get(&key).map_or(FIRST, |rest| (rest.pause * 2).min(LONGEST));
        self.0.insert(key, Rest { until: now.plus(pause), pause });
        if self.0.len() > HOURS_MOST
            && let Some(first) = self.0.iter().min_by_key(|(_, rest)| rest.until).map(|(key, _)| *key)
        {
            self.0.remove(&first);
        }
    }
}

impl Core {
    /// Notes that an hour could not be merged or sampled, for a reason that may pass.
    pub fn try_later(&mut self, signal: Signal, window: Minute, now: Timestamp) {
        self.resting.failed(signal, window.0, now);
    }

    /// Notes that an hour could be.
    pub fn was_reached(&mut self, signal: Signal, window: Minute) {
        self.resting.0.remove(&(signal.index(), window.0));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pauses_grow_up_to_a_bound_and_outlast_no_clock() {
        let mut resting = Resting::default();
        let mut now = Timestamp::from_secs(1_800_000_000);
        let mut pauses = Vec::new();
        for _ in 0..10 {
            resting.failed(Signal::Spans, 60, now);
            assert!(resting.has(Signal::Spans, 60, now) && !resting.has(Signal::Logs, 60, now));
            let from = now;
            while resting.has(Signal::Spans, 60, now) {
                now = now.plus(FIRST);
            }
            pauses.push(now.since(from).as_secs());
        }
        assert_eq!(pauses, [10, 20, 40, 80, 160, 320, 640, 1280, 1800, 1800]);
        resting.failed(Signal::Spans, 60, now);
        assert!(!resting.has(Signal::Spans, 60, Timestamp::from_secs(1)), "the clock was set back by years");
    }
}
