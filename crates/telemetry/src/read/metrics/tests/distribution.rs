//! Histograms over time: bounds, never a guess between them.

use opentelemetry_proto::tonic::metrics::v1::exponential_histogram_data_point::Buckets;
use opentelemetry_proto::tonic::metrics::v1::{ExponentialHistogram, ExponentialHistogramDataPoint};

use super::*;

const BOUNDS: &[f64] = &[0.1, 0.5, 1.0];
type Cell = (Option<u64>, Option<f64>, Option<f64>);

fn cells(world: &World, search: &ChartSearch) -> Vec<Cell> {
    let chart = world.chart(search).expect("a chart").value;
    let Some(Values::Bounds { count, lower, upper }) = chart.lines.first().map(|line| line.values.clone())
    else {
        panic!("{chart:?}")
    };
    count.into_iter().zip(lower).zip(upper).map(|((count, lower), upper)| (count, lower, upper)).collect()
}

async fn cumulative() -> World {
    let early = vec![
        observed(650, BOUNDS, &[5, 5, 5, 5], 10.0, &[]),
        observed(530, BOUNDS, &[13, 6, 6, 5], 14.0, &[]),
    ];
    let late = vec![
        observed(420, BOUNDS, &[13, 6, 6, 5], 14.0, &[]),
        observed(310, BOUNDS, &[0, 0, 1, 3], 9.0, &[]),
        observed(200, BOUNDS, &[4, 0, 1, 3], 9.2, &[]),
    ];
    World::cart(vec![
        vec![histogram("latency", CUMULATIVE, early)],
        vec![histogram("latency", CUMULATIVE, late)],
    ])
    .await
}

#[tokio::test]
async fn a_quantile_lies_between_boundaries() {
    let world = cumulative().await;
    let known = |count, lower, upper| (Some(count), lower, upper);
    let none = (None, None, None);
    // 8, 1, 1, 0 were added in the first step; none in the second; then it began anew with 0, 0, 1, 3; then 4, 0, 0, 0.
    let median = cells(&world, &search("latency", Aggregate::Quantile(0.5)));
    let expected = [
        known(10, None, Some(0.1)),
        known(0, None, None),
        known(4, Some(1.0), None),
        known(4, None, Some(0.1)),
        none,
    ];
    // Nothing was observed in the second step: there is no quantile, and no count either.
    assert_eq!(median[0], expected[0]);
    assert_eq!(median[1], none);
    assert_eq!(median[2..], expected[2..]);
    let high = cells(&world, &search("latency", Aggregate::Quantile(0.9)));
    assert_eq!(high[0], known(10, Some(0.1), Some(0.5)));
    let highest = cells(&world, &search("latency", Aggregate::Quantile(1.0)));
    assert_eq!(highest[0], known(10, Some(0.5), Some(1.0)));
}

#[tokio::test]
async fn a_share_is_exact_at_a_boundary_and_bounded_between() {
    let world = cumulative().await;
    let share = |threshold| cells(&world, &search("latency", Aggregate::Share(threshold)))[0];
    assert_eq!(share(0.5), (Some(10), Some(0.9), Some(0.9)));
    assert_eq!(share(0.3), (Some(10), Some(0.8), Some(0.9)));
    assert_eq!(share(0.05), (Some(10), Some(0.0), Some(0.8)));
    assert_eq!(share(9.0), (Some(10), Some(1.0), Some(1.0)));
}

#[tokio::test]
async fn counts_and_means_follow_from_count_and_sum() {
    let world = cumulative().await;
    let values = |aggregate| world.values(&search("latency", aggregate));
    assert_eq!(values(Aggregate::Increase), [Some(10.0), Some(0.0), Some(4.0), Some(4.0), None]);
    assert_eq!(values(Aggregate::Rate)[0], Some(10.0 / 120.0));
    let means = values(Aggregate::Avg);
    assert_eq!((means[0], means[1], means[2]), (Some(0.4), None, Some(2.25)), "no mean of nothing");
}

#[tokio::test]
async fn extremes_bound_what_has_no_boundary() {
    let mut point = observed(590, BOUNDS, &[1, 0, 0, 1], 7.02, &[]);
    (point.min, point.max) = (Some(0.02), Some(7.0));
    point.start_time_unix_nano = nanos(640);
    let world = World::cart(vec![vec![histogram("latency", DELTA, vec![point])]]).await;
    let quantile = |q| cells(&world, &search("latency", Aggregate::Quantile(q)))[0];
    assert_eq!(quantile(0.5), (Some(2), Some(0.02), Some(0.1)));
    assert_eq!(quantile(1.0), (Some(2), Some(1.0), Some(7.0)));
    let share = cells(&world, &search("latency", Aggregate::Share(0.02)))[0];
    assert_eq!(share, (Some(2), Some(0.0), Some(0.5)), "the lowest may be the threshold itself");
}

#[tokio::test]
async fn different_boundaries_in_one_line_hold_and_are_told() {
    let a = observed(590, &[0.1, 1.0], &[2, 2, 0], 1.0, &[("pod", "a")]);
    let b = observed(590, &[0.5, 2.0], &[1, 5, 0], 6.0, &[("pod", "b")]);
    let world = World::cart(vec![vec![histogram("latency", DELTA, vec![a, b])]]).await;
    let median = search("latency", Aggregate::Quantile(0.5));
    let found = world.chart(&median).expect("a chart");
    // Of ten, the fifth: lower boundaries are -, -, -, .1, .1, .5 …; upper ones .1, .1, .5, 1, 1, 2 …
    assert_eq!(cells(&world, &median)[0], (Some(10), Some(0.1), Some(1.0)));
    assert!(found.warnings[0].contains("different bucket boundaries"), "{:?}", found.warnings);
    let apart = world.chart(&ChartSearch { group_by: vec![label("pod")], ..median }).expect("a chart");
    assert!(apart.warnings.is_empty());
}

#[tokio::test]
async fn changed_boundaries_are_left_out_and_told() {
    let points = vec![
        observed(590, BOUNDS, &[1, 1, 1, 1], 1.0, &[]),
        observed(540, &[0.2, 2.0], &[2, 2, 1], 2.0, &[]),
        observed(490, &[0.2, 2.0], &[4, 2, 1], 2.1, &[]),
    ];
    let world = World::cart(vec![vec![histogram("latency", CUMULATIVE, points)]]).await;
    let found = world.chart(&search("latency", Aggregate::Quantile(0.5))).expect("a chart");
    assert!(found.warnings[0].contains("buckets do not fit"), "{:?}", found.warnings);
    assert_eq!(cells(&world, &search("latency", Aggregate::Quantile(0.5)))[0], (Some(2), None, Some(0.2)));
}

fn exponential(
    ago: i64,
    scale: i32,
    offset: i32,
    counts: &[u64],
    zero_count: u64,
) -> ExponentialHistogramDataPoint {
    ExponentialHistogramDataPoint {
        time_unix_nano: nanos(ago),
        count: counts.iter().sum::<u64>() + zero_count,
        sum: Some(1.0),
        scale,
        zero_count,
        positive: Some(Buckets { offset, bucket_counts: counts.to_vec() }),
        ..ExponentialHistogramDataPoint::default()
    }
}

async fn of_exponential(data_points: Vec<ExponentialHistogramDataPoint>) -> World {
    let data = ExponentialHistogram { data_points, aggregation_temporality: CUMULATIVE };
    World::cart(vec![vec![metric("latency", "s", Data::ExponentialHistogram(data))]]).await
}

#[tokio::test]
async fn boundaries_of_an_exponential_histogram_follow_from_its_scale() {
    // Scale 0: (1, 2], (2, 4], (4, 8] have 3, 0, 1 more; one more is zero.
    let world =
        of_exponential(vec![exponential(590, 0, 0, &[1, 1, 1], 0), exponential(540, 0, 0, &[4, 1, 2], 1)])
            .await;
    let quantile = |q| cells(&world, &search("latency", Aggregate::Quantile(q)))[0];
    assert_eq!(quantile(0.2), (Some(5), Some(0.0), Some(0.0)));
    assert_eq!(quantile(0.5), (Some(5), Some(1.0), Some(2.0)));
    assert_eq!(quantile(1.0), (Some(5), Some(4.0), Some(8.0)));
    let share = |threshold| cells(&world, &search("latency", Aggregate::Share(threshold)))[0];
    assert_eq!(share(2.0), (Some(5), Some(0.8), Some(0.8)));
    assert_eq!(share(5.0), (Some(5), Some(0.8), Some(1.0)));
    assert_eq!(share(0.0), (Some(5), Some(0.2), Some(0.2)));
}

#[tokio::test]
async fn a_coarser_scale_goes_on_counting() {
    // Scale 1 has base √2: the buckets 0 to 3 are (1, 1.41], (1.41, 2], (2, 2.83], (2.83, 4]. At scale 0 two of them are one.
    let world =
        of_exponential(vec![exponential(590, 1, 0, &[1, 2, 3, 4], 0), exponential(540, 0, 0, &[3, 9], 0)])
            .await;
    assert_eq!(
        cells(&world, &search("latency", Aggregate::Quantile(0.5)))[0],
        (Some(2), Some(2.0), Some(4.0)),
        "two more in (2, 4]"
    );
}
