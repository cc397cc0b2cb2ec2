//! What must hold of whatever is observed.

use proptest::prelude::*;

use crate::metric::{
    Buckets, Distribution, Exponential, Growing as _, Growth, Oddities, Pile, Sample, Side, Temporality,
    increases,
};

fn explicit(bounds: &[f64], observations: &[f64]) -> Distribution {
    let mut counts = vec![0; bounds.len() + 1];
    for value in observations {
        counts[bounds.iter().position(|bound| value <= bound).unwrap_or(bounds.len())] += 1;
    }
    let buckets = Buckets::Explicit { bounds: bounds.into(), counts };
    Distribution { count: observations.len() as u64, buckets, ..Distribution::default() }
}

/// Puts values into the buckets that OpenTelemetry's mapping gives; values at boundaries are not among them.
fn exponential(scale: i32, observations: &[f64]) -> Distribution {
    let index = |value: f64| ((value.log2() * 2_f64.powi(scale)).ceil() as i32) - 1;
    let side = |values: Vec<f64>| {
        let indices: Vec<i32> = values.into_iter().map(index).collect();
        let Some(offset) = indices.iter().copied().min() else { return Side::default() };
        let last = indices.iter().copied().max().expect("some");
        let mut counts = vec![0; usize::try_from(last - offset).expect("ascending") + 1];
        for at in indices {
            counts[usize::try_from(at - offset).expect("from the lowest on")] += 1;
        }
        Side { offset, counts }
    };
    let positive = side(observations.iter().copied().filter(|value| *value > 0.0).collect());
    let negative = side(observations.iter().copied().filter(|value| *value < 0.0).map(f64::abs).collect());
    let zero_count = observations.iter().filter(|value| **value == 0.0).count() as u64;
    let buckets = Exponential { scale, zero_threshold: 0.0, zero_count, positive, negative };
    let count = observations.len() as u64;
    Distribution { count, buckets: Buckets::Exponential(buckets), ..Distribution::default() }
}

/// The exact quantile by nearest rank.
fn exact(observations: &[f64], share: f64) -> f64 {
    let mut sorted = observations.to_vec();
    sorted.sort_by(f64::total_cmp);
    let rank = ((share * sorted.len() as f64).ceil() as usize).clamp(1, sorted.len());
    sorted[rank - 1]
}

fn check(pile: &Pile, observations: &[f64], share: f64, threshold: f64) -> Result<(), TestCaseError> {
    // Boundaries of an exponential histogram are powers that a double rounds.
    let near = |a: f64| a.abs() * 1e-9;
    let (lower, upper) = pile.quantile(share).expect("observed");
    let value = exact(observations, share);
    prop_assert!(lower.is_none_or(|lower| lower <= value + near(value)), "{lower:?} {value}");
    prop_assert!(upper.is_none_or(|upper| value <= upper + near(upper)), "{value} {upper:?}");
    let within = observations.iter().filter(|value| **value <= threshold).count() as f64;
    let (least, most) = pile.share(threshold).expect("observed");
    let known = within / observations.len() as f64;
    let (least, most) = (least.expect("always bounded"), most.expect("always bounded"));
    prop_assert!(least <= known + 1e-12 && known <= most + 1e-12, "{least} {known} {most}");
    prop_assert_eq!(pile.count(), observations.len() as u64);
    Ok(())
}

fn bounds() -> impl Strategy<Value = Vec<f64>> {
    prop::collection::btree_set(-50_i32..50, 0..8).prop_map(|set| set.into_iter().map(f64::from).collect())
}

proptest! {
    #[test]
    fn bounds_hold_whatever_the_boundaries_of_each_series(
        series in prop::collection::vec((bounds(), prop::collection::vec(-60_i32..60, 1..20)), 1..5),
        share in 0.0_f64..=1.0,
        threshold in -60_i32..60,
    ) {
        let mut pile = Pile::default();
        let mut all = Vec::new();
        for (bounds, values) in series {
            let values: Vec<f64> = values.into_iter().map(|value| f64::from(value) / 2.0).collect();
            pile.add(&explicit(&bounds, &values));
            all.extend(values);
        }
        check(&pile, &all, share, f64::from(threshold) / 2.0)?;
    }

    #[test]
    fn bounds_of_exponential_histograms_hold_at_any_scale(
        scale in -3_i32..8,
        values in prop::collection::vec(-1e6_f64..1e6, 1..40),
        zeros in 0_usize..3,
        share in 0.0_f64..=1.0,
    ) {
        let mut values = values;
        values.extend(std::iter::repeat_n(0.0, zeros));
        let mut pile = Pile::default();
        pile.add(&exponential(scale, &values));
        // Between boundaries, as values at them may round to either side.
        check(&pile, &values, share, values[0] * 1.000_001)?;
    }

    #[test]
    fn what_was_added_is_what_was_observed_between(
        before in prop::collection::vec(-40_i32..40, 0..20),
        after in prop::collection::vec(-40_i32..40, 0..20),
        (scale, coarser) in (-2_i32..4, 0_i32..3),
    ) {
        let of = |values: &[i32]| values.iter().map(|value| f64::from(*value) + 0.3).collect::<Vec<f64>>();
        let all = [before.clone(), after.clone()].concat();
        let bounds = [-10.0, 0.0, 10.0];
        let Growth::By(added) = explicit(&bounds, &of(&all)).since(&explicit(&bounds, &of(&before))) else {
            panic!("it grew")
        };
        prop_assert_eq!(added, explicit(&bounds, &of(&after)));
        // Downscaled in between: the answer is at the coarser scale.
        let now = exponential(scale - coarser, &of(&all));
        let Growth::By(added) = now.since(&exponential(scale, &of(&before))) else { panic!("it grew") };
        let mut buckets = Vec::new();
        added.each_bucket(|bucket| buckets.push(bucket));
        let mut expected = Vec::new();
        exponential(scale - coarser, &of(&after)).each_bucket(|bucket| expected.push(bucket));
        prop_assert_eq!(buckets, expected);
    }

    #[test]
    fn increases_of_a_series_add_up_whatever_its_resets(
        runs in prop::collection::vec(prop::collection::vec(0_u32..1_000, 1..8), 1..5),
        with_starts: bool,
    ) {
        let mut samples = Vec::new();
        let mut time = 1_000_i64;
        let mut expected = 0.0;
        for (at, run) in runs.iter().enumerate() {
            let start = time + 1;
            let mut value = 0.0;
            for (index, by) in run.iter().enumerate() {
                time += 10;
                // Each run begins at one at least, below where the last one ended, so that a fall tells it without a start.
                let by = if !with_starts && index == 0 { 1.0 } else { f64::from(*by) + 1.0 };
                value += by;
                expected += if at == 0 && index == 0 { 0.0 } else { by };
                samples.push(Sample { time, start: with_starts.then_some(start), value });
            }
        }
        let first = samples[0].value;
        let falls = samples.windows(2).zip(samples.iter().skip(1)).all(|(pair, _)| pair[1].value != pair[0].value);
        prop_assume!(with_starts || falls);
        let mut odd = Oddities::default();
        let found = increases(&samples, Temporality::Cumulative, 1_000, &mut odd);
        let sum: f64 = found.iter().map(|increase| increase.by).sum();
        let known_start = if with_starts { first } else { 0.0 };
        prop_assert!((sum - expected - known_start).abs() < 1e-6, "{sum} {expected} {known_start}");
        prop_assert_eq!(odd, Oddities::default());
    }
}
