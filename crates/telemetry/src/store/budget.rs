//! How much is kept of each signal: for how long, and in how much space.

use std::collections::BTreeMap;
use std::time::Duration;

use ippo_base::{Minute, Timestamp, limits};

use crate::segment::{self, SegmentRef};
use crate::signal::Signal;

/// What is kept of a signal.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Budget {
    /// How long, by event time.
    pub retention: Duration,
    /// In how many bytes of segments, if that is limited. Whole windows go, the oldest first; those of this
    /// hour and the one before stay whatever they take.
    pub bytes: Option<u64>,
}

impl Default for Budget {
    fn default() -> Self {
        Self { retention: limits::DEFAULT_RETENTION, bytes: None }
    }
}

impl Budget {
    /// The first minute of the signal that is kept, with these segments.
    pub(super) fn first_kept<'a>(
        &self,
        now: Timestamp,
        segments: impl Iterator<Item = &'a SegmentRef>,
    ) -> Minute {
        let by_time = now.minus(self.retention).minute();
        let Some(limit) = self.bytes else { return by_time };
        let mut windows: BTreeMap<u32, u64> = BTreeMap::new();
        for segment in segments {
            *windows.entry(segment.window).or_default() += segment.bytes;
        }
        // Also where a sender's clock is ahead and there are rows of the hour to come: what comes in now is not turned away.
        let stay = segment::window_start(now.minute()).minus(segment::WINDOW_MINUTES);
        let mut sum = 0_u64;
        let mut too_much = windows.iter().rev().skip_while(|(window, bytes)| {
            sum = sum.saturating_add(**bytes);
            Minute(**window) >= stay || sum <= limit
        });
        let last_to_go = too_much.next().map(|(window, _)| Minute(*window));
        let by_space = last_to_go.map(|window| segment::window_range(window).to.minute());
        by_space.unwrap_or(by_time).max(by_time)
    }
}

/// What is kept of a signal, as it is now.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Kept {
    /// Whose.
    pub signal: Signal,
    /// What was asked for.
    pub budget: Budget,
    /// Rows of before are gone or go soon.
    pub from: Timestamp,
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::segment::SegmentMeta;

    const HOUR: u32 = segment::WINDOW_MINUTES;

    fn first_kept(bytes: Option<u64>, windows: &[(u32, u64)]) -> u32 {
        let budget = Budget { retention: Duration::from_secs(10 * 3600), bytes };
        let segments: Vec<SegmentRef> = windows
            .iter()
            .map(|(window, bytes)| {
                let named = SegmentMeta::named(Signal::Logs, Minute(window * HOUR), "x".to_owned());
                Arc::new(SegmentMeta { bytes: *bytes, ..named })
            })
            .collect();
        let now = Minute(100 * HOUR + 30).start();
        budget.first_kept(now, segments.iter()).0
    }

    #[test]
    fn the_oldest_windows_go_until_the_rest_fits() {
        let windows = [(98, 40), (100, 5), (96, 30), (98, 20), (99, 30), (97, 10)];
        let by_time = 90 * HOUR + 30;
        assert_eq!(first_kept(None, &windows), by_time);
        assert_eq!(first_kept(Some(135), &windows), by_time, "all of it fits");
        assert_eq!(first_kept(Some(134), &windows), 97 * HOUR);
        assert_eq!(first_kept(Some(95), &windows), 98 * HOUR);
        assert_eq!(first_kept(Some(94), &windows), 99 * HOUR, "both files of a window go together");
        assert_eq!(first_kept(Some(35), &windows), 99 * HOUR);
        assert_eq!(first_kept(Some(1), &windows), 99 * HOUR, "this hour and the one before stay");
        let ahead = [(101, 1), (100, 50), (99, 50), (98, 1)];
        assert_eq!(first_kept(Some(10), &ahead), 99 * HOUR, "also where a clock is ahead");
        assert_eq!(first_kept(Some(1), &[]), by_time);
        assert_eq!(first_kept(Some(1), &[(50, 9), (51, 9)]), by_time, "what has expired goes anyway");
    }
}
