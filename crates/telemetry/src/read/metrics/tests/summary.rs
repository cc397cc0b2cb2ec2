//! Summaries: quantiles as they were sent.

use opentelemetry_proto::tonic::metrics::v1::summary_data_point::ValueAtQuantile;
use opentelemetry_proto::tonic::metrics::v1::{Summary, SummaryDataPoint};

use super::*;

fn point(
    ago: i64,
    count: u64,
    sum: f64,
    quantiles: &[(f64, f64)],
    labels: &[(&str, &str)],
) -> SummaryDataPoint {
    let quantile = |(quantile, value): &(f64, f64)| ValueAtQuantile { quantile: *quantile, value: *value };
    SummaryDataPoint {
        time_unix_nano: nanos(ago),
        attributes: attributes(labels),
        count,
        sum,
        quantile_values: quantiles.iter().map(quantile).collect(),
        ..SummaryDataPoint::default()
    }
}

async fn world() -> World {
    let a = &[("pod", "a")];
    let b = &[("pod", "b")];
    let data_points = vec![
        point(590, 10, 20.0, &[(0.5, 1.0), (0.9, 3.0)], a),
        point(540, 14, 40.0, &[(0.5, 2.0), (0.9, 4.0)], a),
        point(550, 5, 5.0, &[(0.5, 7.0), (0.9, f64::NAN)], b),
    ];
    World::cart(vec![vec![metric("gc", "s", Data::Summary(Summary { data_points }))]]).await
}

#[tokio::test]
async fn quantiles_are_those_that_were_sent() {
    let world = world().await;
    let by_pod = ChartSearch { group_by: vec![label("pod")], ..search("gc", Aggregate::Quantile(0.5)) };
    let chart = world.chart(&by_pod).expect("a chart").value;
    assert_eq!(chart.quantiles, [0.5, 0.9]);
    let first = |values: &Values| match values {
        Values::Bounds { count, lower, upper } => (count[0], lower[0], upper[0]),
        Values::Plain(_) => panic!("plain"),
    };
    assert_eq!(first(&chart.lines[0].values), (Some(1), Some(7.0), Some(7.0)), "pod b");
    assert_eq!(first(&chart.lines[1].values), (Some(1), Some(2.0), Some(2.0)), "the last of pod a");
    // Of both together it lies between the two.
    let chart = world.chart(&search("gc", Aggregate::Quantile(0.5))).expect("a chart").value;
    assert_eq!(first(&chart.lines[0].values), (Some(2), Some(2.0), Some(7.0)));
    let refused = world.chart(&search("gc", Aggregate::Quantile(0.99)));
    assert_eq!(refused, Err(ChartError::NoQuantile(0.99, vec![0.5, 0.9])));
    let free =
        world.chart(&ChartSearch { aggregate: None, ..search("gc", Aggregate::Avg) }).expect("a chart");
    assert_eq!(free.value.aggregate, Some(Aggregate::Quantile(0.5)));
}

#[tokio::test]
async fn counts_and_sums_of_a_summary_grow() {
    let world = world().await;
    assert_eq!(world.values(&search("gc", Aggregate::Increase))[0], Some(4.0));
    assert_eq!(world.values(&search("gc", Aggregate::Avg))[0], Some(5.0));
    let refused = world.chart(&search("gc", Aggregate::Share(1.0)));
    assert!(matches!(refused, Err(ChartError::Unfit(..))));
}
