//! What a chart shows of a metric and what a counter counts of it are the same.

use ippo_base::{Minute, MinuteRange};
use opentelemetry_proto::tonic::metrics::v1::metric::Data;
use opentelemetry_proto::tonic::metrics::v1::{
    ExponentialHistogram, ExponentialHistogramDataPoint, exponential_histogram_data_point::Buckets,
};
use rand::rngs::StdRng;
use rand::{RngExt as _, SeedableRng as _};

use super::*;
use crate::{Comparison, CounterSpec, Counts, Expr, Verdict};

const LIMIT: f64 = 0.25;

fn expr(text: &str) -> Expr {
    Expr::parse(text, Signal::Metrics).expect("valid")
}

impl World {
    async fn counted(&self, spec: CounterSpec) -> Vec<Counts> {
        self.0.activate_counter("c", spec).await.expect("begun");
        self.0.wait_backfilled("c").await.expect("filled");
        let range = ago(600, 0);
        let range = MinuteRange { from: range.from.minute(), to: range.to.minute() };
        let read = self.0.read_counter("c", range).await.expect("there");
        let at = |minute: u32| {
            let found = read.minutes.iter().find(|(at, _)| *at == Minute(minute));
            found.map(|(_, counts)| *counts).unwrap_or_default()
        };
        (range.from.0..range.to.0).map(at).collect()
    }
}

fn by_minutes(metric: &str, aggregate: Aggregate) -> ChartSearch {
    ChartSearch { step_secs: Some(60), ..search(metric, aggregate) }
}

/// Seconds before now, the start before now if it is known, and a value that falls now and then.
fn walk(rng: &mut StdRng, with_start: bool) -> Vec<(i64, Option<i64>, u32)> {
    let (mut ago, mut start, mut value) = (900, 5_000, rng.random_range(0..100));
    let mut points = Vec::new();
    loop {
        let pause = if rng.random_bool(0.08) { 330 } else { rng.random_range(5..80) };
        if ago <= pause {
            return points;
        }
        if rng.random_bool(0.12) {
            (start, value) = (ago - rng.random_range(1..pause), 0);
        }
        ago -= pause;
        value += rng.random_range(0..30);
        points.push((ago, with_start.then_some(start), value));
    }
}

async fn in_two(rng: &mut StdRng, metrics: Vec<Metric>) -> World {
    let (early, late) = metrics.into_iter().partition(|_| rng.random_bool(0.5));
    World::cart(vec![early, late]).await
}

#[tokio::test]
async fn increases_of_a_chart_are_the_counts_of_a_counter() {
    for seed in 0..12 {
        let mut rng = StdRng::seed_from_u64(seed);
        let mut metrics = Vec::new();
        for (label, with_start) in [("a", true), ("b", false), ("c", true)] {
            for (ago, start, value) in walk(&mut rng, with_start) {
                let point = number(ago, start, f64::from(value), &[("kind", label)]);
                let temporality = if label == "c" { DELTA } else { CUMULATIVE };
                metrics.push(counter("requests", temporality, vec![point]));
            }
        }
        let world = in_two(&mut rng, metrics).await;
        let chart = world.values(&by_minutes("requests", Aggregate::Increase));
        let counted = world
            .counted(CounterSpec {
                signal: Signal::Metrics,
                total: expr("metric = 'requests'"),
                verdict: Verdict::BadIncrease(expr("metric = 'requests' AND attrs['kind'] = 'a'")),
            })
            .await;
        let totals: Vec<f64> = counted.iter().map(|counts| counts.total() as f64).collect();
        let shown: Vec<f64> = chart.into_iter().map(Option::unwrap_or_default).collect();
        assert_eq!(shown, totals, "seed {seed}");
        assert!(totals.iter().sum::<f64>() > 0.0);
    }
}

fn exponential(ago: i64, start: Option<i64>, counts: Vec<u64>) -> Metric {
    let point = ExponentialHistogramDataPoint {
        time_unix_nano: nanos(ago),
        start_time_unix_nano: start.map_or(0, nanos),
        attributes: attributes(&[("kind", "x")]),
        count: counts.iter().sum(),
        scale: 1,
        positive: Some(Buckets { offset: -6, bucket_counts: counts }),
        ..ExponentialHistogramDataPoint::default()
    };
    let data = ExponentialHistogram { data_points: vec![point], aggregation_temporality: CUMULATIVE };
    metric("spread", "s", Data::ExponentialHistogram(data))
}

#[tokio::test]
async fn shares_of_a_chart_are_the_bounds_of_a_counter() {
    let mut between = 0;
    for seed in 0..12 {
        let mut rng = StdRng::seed_from_u64(seed);
        let mut metrics = Vec::new();
        for (ago, start, value) in walk(&mut rng, true) {
            let value = u64::from(value);
            let counts = [value / 2, value / 3, value / 5];
            let mut point = observed(ago, &[0.1, 0.4], &counts, 1.0, &[]);
            point.start_time_unix_nano = start.map_or(0, nanos);
            metrics.push(histogram("duration", CUMULATIVE, vec![point]));
            metrics.push(exponential(ago, start, (1..9).map(|part| value / part).collect()));
        }
        let world = in_two(&mut rng, metrics).await;
        for name in ["duration", "spread"] {
            let chart = world.chart(&by_minutes(name, Aggregate::Share(LIMIT))).expect("a chart").value;
            let Values::Bounds { count, lower, upper } = &chart.lines[0].values else { panic!("bounds") };
            let counted = world
                .counted(CounterSpec {
                    signal: Signal::Metrics,
                    total: expr(&format!("metric = '{name}'")),
                    verdict: Verdict::Observations { op: Comparison::Lte, limit: LIMIT },
                })
                .await;
            for (at, counts) in counted.into_iter().enumerate() {
                let Counts { good, bad, unknown } = counts;
                assert_eq!(
                    count[at].unwrap_or_default(),
                    good + bad + unknown,
                    "{name}, seed {seed}, step {at}"
                );
                let share = |part: u64| (counts.total() > 0).then(|| part as f64 / counts.total() as f64);
                assert_eq!(
                    (lower[at], upper[at]),
                    (share(good), share(good + unknown)),
                    "{name}, seed {seed}"
                );
                between += unknown;
            }
        }
    }
    assert!(between > 0, "the limit is no boundary");
}
