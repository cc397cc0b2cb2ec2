//! Counters over time: increases with their resets.

use super::*;

const NONE: Option<f64> = None;

async fn increase(points: Vec<NumberDataPoint>, temporality: i32) -> (Vec<Option<f64>>, Vec<String>) {
    let (early, late): (Vec<_>, Vec<_>) = points.into_iter().enumerate().partition(|(at, _)| at % 2 == 0);
    let metrics = |points: Vec<(usize, NumberDataPoint)>| {
        vec![counter("requests", temporality, points.into_iter().map(|(_, point)| point).collect())]
    };
    let world = World::cart(vec![metrics(early), metrics(late)]).await;
    let found = world.chart(&search("requests", Aggregate::Increase)).expect("a chart");
    let values = found.value.lines.first().map_or(Vec::new(), |line| plain(&line.values));
    (values, found.warnings)
}

#[tokio::test]
async fn a_cumulative_counter_counts_from_the_point_before() {
    // From before the range, and across the steps; one step has no point.
    let points = [(660, 100.0), (540, 130.0), (420, 130.0), (180, 190.0), (60, 200.0)];
    let points = points.map(|(ago, value)| number(ago, None, value, &[])).to_vec();
    let (values, warnings) = increase(points, CUMULATIVE).await;
    assert_eq!(values, [Some(30.0), Some(0.0), NONE, Some(60.0), Some(10.0)]);
    assert!(warnings.is_empty(), "{warnings:?}");
}

#[tokio::test]
async fn a_falling_value_is_a_new_beginning() {
    let points = [(590, 100.0), (540, 130.0), (500, 20.0), (420, 50.0)];
    let points = points.map(|(ago, value)| number(ago, None, value, &[])).to_vec();
    let (values, _) = increase(points, CUMULATIVE).await;
    assert_eq!(values[..2], [Some(30.0 + 20.0), Some(30.0)]);
}

#[tokio::test]
async fn a_later_start_is_a_new_beginning_even_where_the_value_grew() {
    let at = |ago, start, value| number(ago, Some(start), value, &[]);
    let points = vec![at(590, 3_000, 100.0), at(540, 3_000, 130.0), at(490, 530, 150.0), at(420, 530, 160.0)];
    let (values, _) = increase(points, CUMULATIVE).await;
    assert_eq!(values[..2], [Some(30.0 + 150.0), Some(10.0)]);
}

#[tokio::test]
async fn the_first_point_of_a_young_series_counts_from_its_start() {
    let at = |ago, start, value| number(ago, Some(start), value, &[]);
    let (values, _) = increase(vec![at(590, 650, 7.0), at(540, 650, 9.0)], CUMULATIVE).await;
    assert_eq!(values[0], Some(9.0));
    // A start at the point itself says that nobody knows it: only what follows counts.
    let (values, _) = increase(vec![at(590, 590, 7.0), at(540, 590, 9.0)], CUMULATIVE).await;
    assert_eq!(values[0], Some(2.0));
    let (values, _) = increase(vec![at(590, 9_000, 7.0), at(540, 9_000, 9.0)], CUMULATIVE).await;
    assert_eq!(values[0], Some(2.0), "an old one was read from its middle on");
    let (values, _) = increase(vec![number(590, None, 7.0, &[])], CUMULATIVE).await;
    assert_eq!(values, [], "one point alone says nothing");
}

#[tokio::test]
async fn deltas_are_summed() {
    let at = |ago, value| number(ago, Some(ago + 60), value, &[]);
    let (values, _) = increase(vec![at(590, 1.0), at(530, 2.0), at(410, 4.0), at(50, 0.0)], DELTA).await;
    assert_eq!(values, [Some(3.0), Some(4.0), NONE, NONE, Some(0.0)]);
}

#[tokio::test]
async fn what_cannot_be_placed_is_said_and_not_drawn() {
    let points = [(590, 100.0), (540, 110.0), (60, 200.0)].map(|(ago, value)| number(ago, None, value, &[]));
    let (values, warnings) = increase(points.to_vec(), CUMULATIVE).await;
    assert_eq!(values, [Some(10.0), NONE, NONE, NONE, NONE]);
    assert!(warnings[0].starts_with("1 increases took longer"), "{warnings:?}");
    let (values, warnings) = increase(vec![number(60, Some(900), 4.0, &[])], DELTA).await;
    assert!(values.is_empty() && warnings[0].starts_with("1 increases took longer"), "{warnings:?}");
}

#[tokio::test]
async fn two_senders_of_one_series_are_told() {
    let at = |ago, start, value| number(ago, Some(start), value, &[]);
    let points =
        vec![at(590, 3_000, 100.0), at(580, 2_000, 40.0), at(530, 3_000, 110.0), at(520, 2_000, 44.0)];
    let (_, warnings) = increase(points, CUMULATIVE).await;
    assert!(warnings.iter().any(|text| text.contains("several senders")), "{warnings:?}");
}

#[tokio::test]
async fn a_sum_without_temporality_is_told() {
    let (values, warnings) =
        increase(vec![number(590, None, 1.0, &[]), number(540, None, 2.0, &[])], 0).await;
    assert_eq!(values, []);
    assert!(warnings[0].contains("cumulative or delta"), "{warnings:?}");
}

#[tokio::test]
async fn rates_are_summed_over_series_after_each_was_read_by_itself() {
    let a = &[("pod", "a")];
    let b = &[("pod", "b")];
    // One falls while the other grows: together they would look like a fall or like nothing.
    let points = vec![
        number(590, None, 1_000.0, a),
        number(540, None, 12.0, a),
        number(590, None, 10.0, b),
        number(540, None, 1_000.0, b),
    ];
    let world = World::cart(vec![vec![counter("requests", CUMULATIVE, points)]]).await;
    assert_eq!(world.values(&search("requests", Aggregate::Rate))[0], Some((12.0 + 990.0) / 120.0));
}

#[tokio::test]
async fn a_point_that_came_twice_counts_once() {
    let points = vec![number(590, Some(650), 1.0, &[]), number(590, Some(650), 1.0, &[])];
    let world = World::cart(vec![
        vec![counter("requests", DELTA, points[..1].to_vec())],
        vec![counter("requests", DELTA, points)],
    ])
    .await;
    assert_eq!(world.values(&search("requests", Aggregate::Increase))[0], Some(1.0));
}

#[tokio::test]
async fn a_value_that_is_no_number_is_told() {
    let points = vec![
        number(590, None, f64::NAN, &[]),
        number(580, None, 2.0, &[]),
        number(570, None, f64::INFINITY, &[]),
    ];
    let world = World::cart(vec![vec![gauge("load", "1", points)]]).await;
    let found = world.chart(&search("load", Aggregate::Avg)).expect("a chart");
    assert_eq!(plain(&found.value.lines[0].values)[0], Some(2.0));
    assert!(found.warnings[0].starts_with("2 points are left out"), "{:?}", found.warnings);
}
