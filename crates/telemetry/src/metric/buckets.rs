//! Counts of observations by buckets: what was added between two of them, and what they say of quantiles and shares.
//!
//! A bucket says that an observation lies between two boundaries and no more, so every answer is a lower and an upper
//! bound. Buckets of different boundaries need not be merged for that: the observation of rank r is at least the r-th
//! smallest lower boundary, and at most the r-th smallest upper boundary, whatever buckets there are.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::growth::{Growing, Growth};

/// What was observed: how many, their sum, and how they are spread.
#[derive(Debug, Clone, PartialEq, Default)]
pub(crate) struct Distribution {
    pub(crate) count: u64,
    pub(crate) sum: Option<f64>,
    pub(crate) min: Option<f64>,
    pub(crate) max: Option<f64>,
    pub(crate) buckets: Buckets,
}

/// Counts by buckets.
#[derive(Debug, Clone, PartialEq, Default)]
pub(crate) enum Buckets {
    /// None came, or none were asked for.
    #[default]
    None,
    /// Boundaries of the sender's, ascending; one count more than boundaries. A bucket has its upper boundary.
    Explicit {
        /// The boundaries.
        bounds: Arc<[f64]>,
        /// How many are in each.
        counts: Vec<u64>,
    },
    /// Boundaries that follow from a scale.
    Exponential(Exponential),
}

/// Buckets whose boundaries are powers of 2^(2^-scale).
#[derive(Debug, Clone, PartialEq, Default)]
pub(crate) struct Exponential {
    pub(crate) scale: i32,
    pub(crate) zero_threshold: f64,
    pub(crate) zero_count: u64,
    pub(crate) positive: Side,
    pub(crate) negative: Side,
}

/// The buckets of one sign: the first has this index, the others follow.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct Side {
    pub(crate) offset: i32,
    pub(crate) counts: Vec<u64>,
}

/// So many observations between two boundaries. The upper one is among them.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Bucket {
    pub(crate) lower: f64,
    pub(crate) upper: f64,
    /// Whether an observation may be the lower boundary itself.
    pub(crate) with_lower: bool,
    pub(crate) count: u64,
}

impl Distribution {
    /// One without buckets; a number of observations is never negative.
    pub(crate) fn plain(count: i64, [sum, min, max]: [Option<f64>; 3]) -> Self {
        let finite = |value: Option<f64>| value.filter(|value| value.is_finite());
        Self {
            count: u64::try_from(count).unwrap_or(0),
            sum: finite(sum),
            min: finite(min),
            max: finite(max),
            buckets: Buckets::None,
        }
    }

    /// The buckets that have observations. Where nothing else bounds the lowest and the highest, the extremes do.
    pub(crate) fn each_bucket(&self, mut visit: impl FnMut(Bucket)) {
        let lowest = self.min.unwrap_or(f64::NEG_INFINITY);
        let highest = self.max.unwrap_or(f64::INFINITY);
        let mut show = |bucket: Bucket| {
            if bucket.count == 0 {
                return;
            }
            let unbounded = bucket.lower == f64::NEG_INFINITY;
            let lower = if unbounded { lowest.min(bucket.upper) } else { bucket.lower };
            let upper = if bucket.upper == f64::INFINITY { highest.max(lower) } else { bucket.upper };
            visit(Bucket { lower, upper, with_lower: bucket.with_lower || unbounded, ..bucket });
        };
        match &self.buckets {
            Buckets::None => show(Bucket {
                lower: f64::NEG_INFINITY,
                upper: f64::INFINITY,
                with_lower: true,
                count: self.count,
            }),
            Buckets::Explicit { bounds, counts } => {
                for (at, count) in counts.iter().enumerate() {
                    let lower = at.checked_sub(1).map_or(f64::NEG_INFINITY, |below| bounds[below]);
                    let upper = bounds.get(at).copied().unwrap_or(f64::INFINITY);
                    show(Bucket { lower, upper, with_lower: false, count: *count });
                }
            }
            Buckets::Exponential(exponential) => exponential.each_bucket(&mut show),
        }
    }
}

impl Growing for Distribution {
    fn since(&self, earlier: &Self) -> Growth<Self> {
        let Some(count) = self.count.checked_sub(earlier.count) else { return Growth::Fell };
        let sum = self.sum.zip(earlier.sum).map(|(now, before)| now - before);
        // The extremes are of all that was ever observed, so they bound what was added too.
        self.buckets.since(&earlier.buckets).map(|buckets| Self { count, sum, buckets, ..*self })
    }
}

impl Exponential {
    fn each_bucket(&self, show: &mut impl FnMut(Bucket)) {
        for (at, count) in self.negative.indexed() {
            let (lower, upper) = (-self.boundary(at + 1), -self.boundary(at));
            show(Bucket { lower, upper, with_lower: true, count });
        }
        let (lower, upper) = (-self.zero_threshold, self.zero_threshold);
        show(Bucket { lower, upper, with_lower: true, count: self.zero_count });
        for (at, count) in self.positive.indexed() {
            let (lower, upper) = (self.boundary(at), self.boundary(at + 1));
            show(Bucket { lower, upper, with_lower: false, count });
        }
    }

    /// The lower boundary of the positive bucket of this index: 2^(index × 2^-scale).
    fn boundary(&self, index: i64) -> f64 {
        if self.scale <= 0 {
            return 2_f64.powf((index as f64) * 2_f64.powi(-self.scale));
        }
        // The whole part apart, so that powers of two are exact.
        let per_power = 1_i64 << self.scale;
        let (whole, part) = (index.div_euclid(per_power), index.rem_euclid(per_power));
        2_f64.powf(part as f64 / per_power as f64) * 2_f64.powf(whole as f64)
    }

    /// The same counts at a coarser scale: each step down joins two buckets.
    fn at_scale(&self, scale: i32) -> Self {
        let by = u32::try_from(self.scale.saturating_sub(scale)).unwrap_or(0).min(63);
        let side = |side: &Side| {
            let mut coarse = Side::default();
            for (index, count) in side.indexed() {
                coarse.add(index >> by, count);
            }
            coarse
        };
        Self {
            scale: self.scale.min(scale),
            positive: side(&self.positive),
            negative: side(&self.negative),
            ..*self
        }
    }

    fn since(&self, earlier: &Self) -> Growth<Self> {
        if self.zero_threshold.to_bits() != earlier.zero_threshold.to_bits() {
            return Growth::Unlike;
        }
        let scale = self.scale.min(earlier.scale);
        let (now, before) = (self.at_scale(scale), earlier.at_scale(scale));
        let zero_count = now.zero_count.checked_sub(before.zero_count);
        let sides = now.positive.since(&before.positive).zip(now.negative.since(&before.negative));
        match zero_count.zip(sides) {
            None => Growth::Fell,
            Some((zero_count, (positive, negative))) => {
                Growth::By(Self { zero_count, positive, negative, ..now })
            }
        }
    }
}

impl Side {
    /// The counts that are not zero, with their indices.
    fn indexed(&self) -> impl Iterator<Item = (i64, u64)> {
        let offset = i64::from(self.offset);
        (0_i64..)
            .zip(&self.counts)
            .filter(|(_, count)| **count > 0)
            .map(move |(at, count)| (offset + at, *count))
    }

    /// Adds to the bucket of an index, which is not below those that have been added to.
    fn add(&mut self, index: i64, count: u64) {
        if self.counts.is_empty() {
            self.offset = i32::try_from(index).unwrap_or(0);
        }
        let at = usize::try_from(index - i64::from(self.offset)).unwrap_or(0);
        if at >= self.counts.len() {
            self.counts.resize(at + 1, 0);
        }
        self.counts[at] = self.counts[at].saturating_add(count);
    }

    fn at(&self, index: i64) -> u64 {
        let at = usize::try_from(index - i64::from(self.offset)).ok();
        at.and_then(|at| self.counts.get(at)).copied().unwrap_or(0)
    }

    /// What was added since `earlier`; `None` where a count fell.
    fn since(&self, earlier: &Self) -> Option<Self> {
        if earlier.indexed().any(|(index, count)| self.at(index) < count) {
            return None;
        }
        let offset = i64::from(self.offset);
        let added = (0_i64..).zip(&self.counts).map(|(at, count)| count - earlier.at(offset + at));
        Some(Self { offset: self.offset, counts: added.collect() })
    }
}

impl Buckets {
    /// Numbers that they take.
    pub(crate) fn weight(&self) -> usize {
        match self {
            Buckets::None => 0,
            Buckets::Explicit { counts, .. } => 3 + counts.len(),
            Buckets::Exponential(all) => 12 + all.positive.counts.len() + all.negative.counts.len(),
        }
    }

    fn since(&self, earlier: &Self) -> Growth<Self> {
        match (self, earlier) {
            (Buckets::None, Buckets::None) => Growth::By(Buckets::None),
            (Buckets::Explicit { bounds, counts }, Buckets::Explicit { bounds: others, counts: before }) => {
                let same = Arc::ptr_eq(bounds, others) || bounds == others;
                if !same || counts.len() != before.len() {
                    return Growth::Unlike;
                }
                let added = counts.iter().zip(before).map(|(now, before)| now.checked_sub(*before));
                let counts: Option<Vec<u64>> = added.collect();
                let explicit = |counts| Growth::By(Buckets::Explicit { bounds: bounds.clone(), counts });
                counts.map_or(Growth::Fell, explicit)
            }
            (Buckets::Exponential(now), Buckets::Exponential(before)) => {
                now.since(before).map(Buckets::Exponential)
            }
            _ => Growth::Unlike,
        }
    }
}

/// All observations of a group of series in a step, by their buckets.
#[derive(Debug, Clone, Default)]
pub(crate) struct Pile {
    /// By boundaries, so that the same buckets of many series are one.
    buckets: BTreeMap<(i64, i64, bool), Bucket>,
    count: u64,
}

/// A lower and an upper bound; `None` where nothing bounds it.
pub(crate) type Bounds = (Option<f64>, Option<f64>);

impl Pile {
    pub(crate) fn add(&mut self, distribution: &Distribution) {
        distribution.each_bucket(|bucket| {
            self.count = self.count.saturating_add(bucket.count);
            let key = (ordered(bucket.lower), ordered(bucket.upper), bucket.with_lower);
            let own = self.buckets.entry(key).or_insert(Bucket { count: 0, ..bucket });
            own.count = own.count.saturating_add(bucket.count);
        });
    }

    pub(crate) fn count(&self) -> u64 {
        self.count
    }

    /// Where the `share` quantile lies, by nearest rank; `None` without observations.
    pub(crate) fn quantile(&self, share: f64) -> Option<Bounds> {
        if self.count == 0 {
            return None;
        }
        let rank = ((share * self.count as f64).ceil() as u64).clamp(1, self.count);
        let lower = self.ranked(rank, |bucket| bucket.lower);
        let upper = self.ranked(rank, |bucket| bucket.upper);
        let bounded = |value: f64| value.is_finite().then_some(value);
        Some((bounded(lower), bounded(upper)))
    }

    /// Whether the `share` quantile is at most `limit`; `None` without observations, and where the buckets leave it open.
    pub(crate) fn is_at_most(&self, share: f64, limit: f64) -> Option<bool> {
        let rank = ((share * self.count as f64).ceil() as u64).clamp(1, self.count.max(1));
        let (surely, perhaps) = self.at_most(limit);
        match (self.count, surely >= rank, perhaps >= rank) {
            (0, ..) | (_, false, true) => None,
            (_, true, _) => Some(true),
            (_, false, false) => Some(false),
        }
    }

    /// How many observations surely are at most `limit`, and how many may be.
    fn at_most(&self, limit: f64) -> (u64, u64) {
        let surely = |bucket: &Bucket| bucket.upper <= limit;
        let perhaps = |bucket: &Bucket| {
            bucket.lower < limit || (bucket.with_lower && bucket.lower == limit) || surely(bucket)
        };
        let sum = |is_counted: &dyn Fn(&Bucket) -> bool| {
            let counted = self.buckets.values().filter(|bucket| is_counted(bucket));
            counted.fold(0_u64, |sum, bucket| sum.saturating_add(bucket.count))
        };
        (sum(&surely), sum(&perhaps))
    }

    fn ranked(&self, rank: u64, boundary: impl Fn(&Bucket) -> f64) -> f64 {
        let mut by_boundary: Vec<(f64, u64)> =
            self.buckets.values().map(|b| (boundary(b), b.count)).collect();
        by_boundary.sort_by(|a, b| a.0.total_cmp(&b.0));
        let mut passed = 0_u64;
        for (boundary, count) in by_boundary {
            passed = passed.saturating_add(count);
            if passed >= rank {
                return boundary;
            }
        }
        f64::INFINITY
    }

    /// The share of observations that are at most `threshold`; `None` without observations.
    pub(crate) fn share(&self, threshold: f64) -> Option<Bounds> {
        if self.count == 0 {
            return None;
        }
        let (surely, perhaps) = self.at_most(threshold);
        let part = |count: u64| Some(count as f64 / self.count as f64);
        Some((part(surely), part(perhaps)))
    }
}

/// Bits of a double that sort as the doubles do.
fn ordered(value: f64) -> i64 {
    let bits = value.to_bits().cast_signed();
    bits ^ ((bits >> 63) & i64::MAX)
}
