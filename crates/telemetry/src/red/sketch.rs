//! Durations as a sketch, from which any percentile follows with a known relative error, and which can be added up.
//!
//! DDSketch: Masson, Rim and Lee, "DDSketch: A Fast and Fully-Mergeable Quantile Sketch with Relative-Error Guarantees",
//! VLDB 2019. Bucket `i` holds the values in `(γ^(i-1), γ^i]` with `γ = (1+α)/(1-α)`; what a bucket says of its values is
//! `2γ^i/(γ+1)`, which is within `α` of each of them. No bucket is ever given up: all of 1 ns to 292 years are 2,184.

use std::sync::LazyLock;

/// The relative error of a percentile, `α`.
pub const RELATIVE_ERROR: f64 = 0.01;

const GAMMA: f64 = (1.0 + RELATIVE_ERROR) / (1.0 - RELATIVE_ERROR);

/// How many of each duration, about.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Sketch {
    /// Buckets that have any, ascending, and how many. Bucket 0 holds durations of up to 1 ns.
    buckets: Vec<(u16, u64)>,
}

/// Buckets of all durations there are.
const BUCKETS: usize = 2_185;

/// How many of a duration's highest bits, after the first, lead to its bucket.
const LEADING_BITS: u32 = 7;

static BORDERS: LazyLock<Borders> = LazyLock::new(Borders::new);

/// Finds buckets without a logarithm, which would cost more than all else that is done with a row.
struct Borders {
    /// The longest duration of each bucket, in nanoseconds.
    longest: Vec<u64>,
    /// The first bucket for the durations that begin with the same bits: they are within 1/128 of each other, and a bucket
    /// is wider, so that theirs is this one or the next.
    first: Vec<u16>,
}

impl Borders {
    fn new() -> Self {
        // What is rounded here moves a duration on the border of two buckets into either: both are within the error.
        let longest: Vec<u64> = (0..BUCKETS).map(|bucket| GAMMA.powf(bucket as f64) as u64).collect();
        let least = |leading: usize| {
            let (exponent, bits) = (leading >> LEADING_BITS, leading as u128 & ((1 << LEADING_BITS) - 1));
            ((1_u128 << exponent) + ((bits << exponent) >> LEADING_BITS)) as u64
        };
        let bucket = |least: u64| longest.partition_point(|longest| *longest < least) as u16;
        let first = (0..64 << LEADING_BITS).map(|leading| bucket(least(leading))).collect();
        Self { longest, first }
    }

    fn bucket(&self, nanos: i64) -> u16 {
        let nanos = nanos.max(1).unsigned_abs();
        let exponent = nanos.ilog2();
        let leading = (u128::from(nanos) << LEADING_BITS >> exponent) as usize - (1 << LEADING_BITS);
        let bucket = self.first[(exponent as usize) << LEADING_BITS | leading];
        bucket + u16::from(self.longest[usize::from(bucket)] < nanos)
    }
}

/// The bucket of a duration in nanoseconds.
pub(super) fn bucket(nanos: i64) -> u16 {
    BORDERS.bucket(nanos)
}

impl Sketch {
    /// From buckets and their counts, ascending; `None` if they do not ascend.
    pub(super) fn from_buckets(buckets: Vec<(u16, u64)>) -> Option<Self> {
        buckets.is_sorted_by(|(a, _), (b, _)| a < b).then_some(Self { buckets })
    }

    pub(super) fn buckets(&self) -> &[(u16, u64)] {
        &self.buckets
    }

    /// Of durations in nanoseconds.
    pub fn of(durations: &[i64]) -> Self {
        let mut counts = vec![0_u64; BUCKETS];
        let borders = &*BORDERS;
        durations.iter().for_each(|nanos| counts[usize::from(borders.bucket(*nanos))] += 1);
        let buckets = (0..).zip(counts).filter(|(_, count)| *count > 0);
        Self { buckets: buckets.collect() }
    }

    /// Adds one duration, in nanoseconds.
    pub fn add(&mut self, nanos: i64) {
        self.add_to(bucket(nanos), 1);
    }

    pub(super) fn add_to(&mut self, bucket: u16, count: u64) {
        match self.buckets.binary_search_by_key(&bucket, |(bucket, _)| *bucket) {
            Ok(at) => self.buckets[at].1 += count,
            Err(at) => self.buckets.insert(at, (bucket, count)),
        }
    }

    /// Adds all of another sketch.
    pub fn merge(&mut self, other: &Sketch) {
        if self.buckets.is_empty() {
            self.buckets.clone_from(&other.buckets);
            return;
        }
        // Both ascend, so one walk along both is enough.
        let mut at = 0;
        for (bucket, count) in &other.buckets {
            while self.buckets.get(at).is_some_and(|(passed, _)| passed < bucket) {
                at += 1;
            }
            match self.buckets.get_mut(at) {
                Some((same, has)) if same == bucket => *has += count,
                _ => self.buckets.insert(at, (*bucket, *count)),
            }
        }
    }

    /// Whether it has no duration.
    pub fn is_empty(&self) -> bool {
        self.buckets.is_empty()
    }

    /// How many durations.
    pub fn count(&self) -> u64 {
        self.buckets.iter().map(|(_, count)| count).sum()
    }

    /// The duration at a share of all, 0 to 1, by nearest rank, in nanoseconds; `None` where there is none.
    pub fn quantile(&self, share: f64) -> Option<f64> {
        let rank = (share * self.count() as f64).ceil().max(1.0) as u64;
        let mut passed = 0;
        self.buckets.iter().find_map(|(bucket, count)| {
            passed += count;
            (passed >= rank).then(|| match bucket {
                0 => 1.0,
                _ => 2.0 * GAMMA.powi(i32::from(*bucket)) / (GAMMA + 1.0),
            })
        })
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn durations() -> impl Strategy<Value = Vec<i64>> {
        let duration = prop_oneof![1_i64..2_000, 1_i64..10_000_000_000, Just(1), Just(i64::MAX)];
        proptest::collection::vec(duration, 1..200)
    }

    proptest! {
        #[test]
        fn every_percentile_is_within_the_error(mut durations in durations(), share in 0.0_f64..=1.0) {
            let mut sketch = Sketch::default();
            durations.iter().for_each(|nanos| sketch.add(*nanos));
            durations.sort_unstable();
            let rank = (share * durations.len() as f64).ceil().max(1.0) as usize;
            let (exact, told) = (durations[rank - 1] as f64, sketch.quantile(share).expect("not empty"));
            prop_assert!((told - exact).abs() <= exact * (RELATIVE_ERROR + 1e-9), "{told} for {exact}");
        }

        #[test]
        fn parts_add_up_to_the_whole(parts in proptest::collection::vec(durations(), 1..4)) {
            let (mut whole, mut sum) = (Sketch::default(), Sketch::default());
            for part in &parts {
                let mut of_part = Sketch::default();
                part.iter().for_each(|nanos| of_part.add(*nanos));
                part.iter().for_each(|nanos| whole.add(*nanos));
                sum.merge(&of_part);
            }
            prop_assert_eq!(sum.count(), parts.iter().map(Vec::len).sum::<usize>() as u64);
            prop_assert_eq!(sum, whole);
        }
    }

    proptest! {
        #[test]
        fn a_bucket_is_that_of_the_logarithm(nanos in prop_oneof![0_i64..5_000, 0..i64::MAX, Just(i64::MAX)]) {
            let (of_log, found) = ((nanos.max(1) as f64).ln() / GAMMA.ln(), f64::from(bucket(nanos)));
            prop_assert!(found >= of_log - 1e-6 && found < of_log + 1.0 + 1e-6, "{nanos}: {found} for {of_log}");
        }

        #[test]
        fn all_at_once_is_one_by_one(durations in durations()) {
            let mut one_by_one = Sketch::default();
            durations.iter().for_each(|nanos| one_by_one.add(*nanos));
            prop_assert_eq!(Sketch::of(&durations), one_by_one);
        }
    }

    #[test]
    fn nothing_has_no_percentile_and_no_time_is_the_shortest() {
        assert_eq!(Sketch::default().quantile(0.5), None);
        let mut sketch = Sketch::default();
        sketch.add(0);
        assert_eq!(sketch.quantile(0.99), Some(1.0));
    }
}
