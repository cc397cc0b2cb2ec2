//! What a point of a series measured, and how many events an increase of it is.

use super::{Comparison, Counts};
use crate::metric::{Distribution, Growing, Growth, Sample, Temporality};

/// An increase beyond this is no number of events.
const EVENTS_MOST: u64 = 1 << 53;

/// The value of a point.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Measured {
    /// A sum.
    Number(f64),
    /// A number of observations, by buckets where these matter.
    Observed(Distribution),
}

impl Growing for Measured {
    fn since(&self, earlier: &Self) -> Growth<Self> {
        match (self, earlier) {
            (Measured::Number(now), Measured::Number(before)) if now < before => Growth::Fell,
            // Whole parts, so that what is left over of each is in the next increase.
            (Measured::Number(now), Measured::Number(before)) => {
                Growth::By(Measured::Number(now.floor() - before.floor()))
            }
            (Measured::Observed(now), Measured::Observed(before)) => {
                now.since(before).map(Measured::Observed)
            }
            _ => Growth::Unlike,
        }
    }
}

/// A point of a series that a counter counts.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Measurement {
    pub(super) series: u128,
    pub(super) sample: Sample<Measured>,
    pub(super) temporality: Temporality,
    pub(super) share: Share,
}

impl Measurement {
    /// What points are put into order by. Those of one series that are alike in it say the same.
    pub(super) fn order(&self) -> (i64, u128, Option<i64>, u64) {
        let value = match &self.sample.value {
            Measured::Number(value) => value.to_bits(),
            Measured::Observed(counts) => counts.count,
        };
        (self.sample.time, self.series, self.sample.start, value)
    }
}

/// Of what a series is counted: of the total, of the part that is good or bad, or of both. Of the observations of a
/// histogram each is judged by itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Share {
    /// Of sums that are held against each other.
    Joint { total: bool, part: bool },
    /// Of observations.
    Each,
}

impl Share {
    /// What is added to the sums of a minute. Of those held against each other, `good` has the part and `bad` the total.
    pub(super) fn of(self, counts: Counts) -> Counts {
        match self {
            Share::Each => counts,
            Share::Joint { total, part } => {
                let events = counts.good;
                Counts {
                    good: if part { events } else { 0 },
                    bad: if total { events } else { 0 },
                    unknown: 0,
                }
            }
        }
    }
}

/// How an increase is counted.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Weigh {
    /// As so many events.
    Events,
    /// As observations, each held against the limit.
    Against { op: Comparison, limit: f64 },
}

impl Weigh {
    /// What an increase of a cumulative series is; nothing if it is no number of events. Events are counted as good.
    pub(super) fn whole(&self, by: &Measured) -> Option<Counts> {
        match by {
            Measured::Number(value) => events(value.floor()).map(good),
            Measured::Observed(observed) => self.observed(observed),
        }
    }

    /// The same of a delta, whose fraction goes on to the next: `carry` is in billionths.
    pub(super) fn delta(&self, by: &Measured, carry: &mut u32) -> Option<Counts> {
        let Measured::Number(value) = by else { return self.whole(by) };
        let whole = events(value.floor())?;
        // Below one and not negative, so that it fits.
        let left = *carry + ((value - value.floor()) * 1e9).round() as u32;
        *carry = left % 1_000_000_000;
        Some(good(whole + u64::from(left / 1_000_000_000)))
    }

    fn observed(&self, observed: &Distribution) -> Option<Counts> {
        let mut counts = Counts::default();
        match self {
            Weigh::Events => counts.good = observed.count,
            Weigh::Against { op, limit } => observed.each_bucket(|bucket| {
                let open = !bucket.with_lower;
                let sum = match op.holds_between(bucket.lower, open, bucket.upper, *limit) {
                    Some(true) => &mut counts.good,
                    Some(false) => &mut counts.bad,
                    None => &mut counts.unknown,
                };
                *sum = sum.saturating_add(bucket.count);
            }),
        }
        (counts.total() <= EVENTS_MOST).then_some(counts)
    }
}

fn good(good: u64) -> Counts {
    Counts { good, ..Counts::default() }
}

/// A number that is not negative, whole and not too large.
fn events(value: f64) -> Option<u64> {
    (0.0..=EVENTS_MOST as f64).contains(&value).then_some(value as u64)
}
