//! What an SLO's numbers are, counted event by event. It knows neither minutes nor counters, so that it shares no mistake with
//! either side.

use super::stream::{DAY, HOUR, MINUTE, Traffic};

/// The target is 99.9 %: one in so many may fail.
pub(super) const ONE_IN: u64 = 1_000;
/// The windows of the page pairs: long and short, in milliseconds.
pub(super) const PAIRS: [(i64, i64); 2] = [(HOUR, 5 * MINUTE), (6 * HOUR, 30 * MINUTE)];

/// Good and bad requests.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub(super) struct Counts {
    pub(super) good: u64,
    pub(super) bad: u64,
}

impl Counts {
    pub(super) fn total(self) -> u64 {
        self.good + self.bad
    }

    /// The share that failed, as the nearest float. Both numbers are far below 2^53, so that there is one rounding.
    pub(super) fn failed(self) -> Option<f64> {
        self.share(self.bad)
    }

    /// The share that did not fail.
    pub(super) fn attained(self) -> Option<f64> {
        self.share(self.good)
    }

    /// How many times faster than allowed the budget is spent.
    pub(super) fn burn(self) -> Option<f64> {
        self.share(self.bad * ONE_IN)
    }

    /// The share of the budget that is left, which may be below zero.
    pub(super) fn left(self) -> Option<f64> {
        let signed = |count: u64| i64::try_from(count).expect("a count");
        let left = signed(self.total()) - signed(self.bad * ONE_IN);
        (self.total() > 0).then(|| left as f64 / self.total() as f64)
    }

    fn share(self, of: u64) -> Option<f64> {
        (self.total() > 0).then(|| of as f64 / self.total() as f64)
    }

    /// Whether the burn is a factor, in hundredths, or more: in whole numbers.
    fn reaches(self, factor: u64) -> bool {
        self.total() > 0 && self.bad * ONE_IN * 100 >= factor * self.total()
    }
}

/// What began from one time up to another, of what was heard of by `known_at`.
pub(super) fn count(traffic: &Traffic, from: i64, to: i64, known_at: i64) -> Counts {
    // What is heard of before `from` began before it.
    let first = traffic.events.partition_point(|event| event.heard < from);
    let heard = traffic.events[first..].iter().take_while(|event| event.heard < known_at);
    let mut counts = Counts::default();
    for event in heard.filter(|event| (from..to).contains(&event.began)) {
        match event.failed {
            true => counts.bad += 1,
            false => counts.good += 1,
        }
    }
    counts
}

/// What the windows of a pair hold at the end of a minute, as known then.
pub(super) fn pair_at(traffic: &Traffic, pair: usize, at: i64) -> (Counts, Counts) {
    let (long, short) = PAIRS[pair];
    (count(traffic, at - long, at, at), count(traffic, at - short, at, at))
}

/// The factors of both pairs for a period, in hundredths: share of the budget × period ÷ long window.
pub(super) fn factors(days: i64) -> [u64; 2] {
    let shares = if days < 28 { [80, 125] } else { [20, 50] };
    let factor = |share: i64, long: i64| u64::try_from(share * days * DAY / (10 * long)).expect("positive");
    [factor(shares[0], PAIRS[0].0), factor(shares[1], PAIRS[1].0)]
}

/// Whether a pair's page begins or goes on at the end of a minute.
pub(super) fn pages_at(traffic: &Traffic, pair: usize, days: i64, at: i64) -> bool {
    let (long, short) = pair_at(traffic, pair, at);
    let factor = factors(days)[pair];
    long.reaches(factor) && short.reaches(factor)
}

#[test]
fn factors_are_those_that_are_published() {
    assert_eq!((factors(7), factors(30)), ([1_344, 350], [1_440, 600]));
}

#[test]
fn an_event_counts_when_it_began_and_from_when_it_was_heard_of() {
    use super::stream::Event;
    let events =
        vec![Event { began: 5, heard: 5, failed: false }, Event { began: 3, heard: 9, failed: true }];
    let traffic = Traffic { name: "two", events, starts: vec![0], shows_zero: true, burns_at: 0 };
    let counts = |good, bad| Counts { good, bad };
    assert_eq!(count(&traffic, 0, 10, 10), counts(1, 1));
    assert_eq!(count(&traffic, 0, 10, 9), counts(1, 0), "not heard of yet");
    assert_eq!(count(&traffic, 4, 10, 10), counts(1, 0), "heard of within, and began before");
    assert_eq!((counts(999, 1).burn(), counts(998, 2).left()), (Some(1.0), Some(-1.0)));
}
