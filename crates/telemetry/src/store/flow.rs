//! What came in over the last minutes, a minute at a time.

use std::collections::VecDeque;

use ippo_base::{Minute, Timestamp};

use crate::signal::Signal;

/// Minutes that are kept, the current one included.
pub const FLOW_MINUTES: usize = 16;

/// What came in of one signal.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Received {
    /// Items that are stored.
    pub items: u64,
    /// Bytes of the requests that carried them, decompressed.
    pub bytes: u64,
}

/// A minute and what came in, by [`Signal::index`].
pub type FlowMinute = (Minute, [Received; 3]);

/// The last minutes, the oldest first.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Flow(VecDeque<FlowMinute>);

impl Flow {
    pub(super) fn add(&mut self, signal: Signal, received: Received, at: Timestamp) {
        let minute = at.minute();
        // A clock that was set back adds to the minute that is there.
        if self.0.back().is_none_or(|(last, _)| *last < minute) {
            self.0.push_back((minute, [Received::default(); 3]));
        }
        if self.0.len() > FLOW_MINUTES {
            self.0.pop_front();
        }
        if let Some((_, signals)) = self.0.back_mut() {
            let sum = &mut signals[signal.index()];
            sum.items += received.items;
            sum.bytes += received.bytes;
        }
    }

    /// The minutes that end with the one of `now`, the oldest first, those without telemetry included.
    pub fn minutes(&self, now: Timestamp) -> Vec<FlowMinute> {
        let last = now.minute();
        let first = last.minus(u32::try_from(FLOW_MINUTES - 1).expect("few"));
        let of = |minute: Minute| {
            let found = self.0.iter().find(|(known, _)| *known == minute);
            (minute, found.map_or_else(Default::default, |(_, signals)| *signals))
        };
        (first.0..=last.0).map(|minute| of(Minute(minute))).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn minutes_are_kept_for_a_while_and_silence_is_zero() {
        let at = |minute: i64| Timestamp::from_secs(1_800_000_000 + 60 * minute);
        let mut flow = Flow::default();
        for minute in [0, 1, 1, 3, 2] {
            flow.add(Signal::Logs, Received { items: 2, bytes: 10 }, at(minute));
        }
        let items = |flow: &Flow, now: i64| -> Vec<u64> {
            flow.minutes(at(now)).iter().map(|(_, signals)| signals[Signal::Logs.index()].items).collect()
        };
        assert_eq!(
            items(&flow, 4)[FLOW_MINUTES - 5..],
            [2, 4, 0, 4, 0],
            "what came at a clock set back counts"
        );
        assert_eq!(items(&flow, 4).len(), FLOW_MINUTES);
        for minute in 4..40 {
            flow.add(Signal::Spans, Received { items: 1, bytes: 1 }, at(minute));
        }
        assert_eq!(flow.0.len(), FLOW_MINUTES);
        assert_eq!(items(&flow, 40).iter().sum::<u64>(), 0);
    }
}
