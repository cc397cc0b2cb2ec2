//! Gauges over time, groups, filters and the limits of a chart.

use super::*;
use crate::read::MetricKind;

fn two_queues() -> Vec<Vec<Metric>> {
    let a = &[("queue", "a")];
    let b = &[("queue", "b")];
    let first = vec![number(590, None, 2.0, a), number(530, None, 4.0, a), number(560, None, 10.0, b)];
    let second = vec![number(350, None, 8.0, a), number(290, None, 6.0, a), number(300, None, 20.0, b)];
    vec![vec![gauge("queue.length", "{item}", first)], vec![gauge("queue.length", "{item}", second)]]
}

#[tokio::test]
async fn a_gauge_is_read_by_series_first_and_gaps_stay_gaps() {
    let world = World::cart(two_queues()).await;
    let values = |aggregate| world.values(&search("queue.length", aggregate));
    let expected = [
        (Aggregate::Avg, [Some(6.5), None, Some(13.5)]),
        (Aggregate::Min, [Some(2.0), None, Some(6.0)]),
        (Aggregate::Max, [Some(10.0), None, Some(20.0)]),
        (Aggregate::Last, [Some(7.0), None, Some(13.0)]),
        (Aggregate::Sum, [Some(14.0), None, Some(26.0)]),
    ];
    for (aggregate, [first, second, third]) in expected {
        assert_eq!(values(aggregate), [first, second, third, None, None], "{aggregate:?}");
    }
}

#[tokio::test]
async fn a_sum_that_goes_both_ways_is_read_like_a_gauge() {
    let points = vec![number(500, Some(900), 10.0, &[]), number(490, Some(900), 4.0, &[])];
    let world = World::cart(vec![vec![up_down("memory", points)]]).await;
    let chart = world.chart(&ChartSearch { aggregate: None, ..search("memory", Aggregate::Avg) });
    let chart = chart.expect("a chart").value;
    assert_eq!((chart.kind, chart.aggregate), (Some(MetricKind::UpDownCounter), Some(Aggregate::Sum)));
    assert_eq!(plain(&chart.lines[0].values)[0], Some(4.0));
    let refused = world.chart(&search("memory", Aggregate::Rate));
    assert_eq!(refused, Err(ChartError::Unfit(Aggregate::Rate, MetricKind::UpDownCounter)));
}

#[tokio::test]
async fn a_series_that_ended_has_no_last_value() {
    let points = vec![number(590, None, 2.0, &[]), ended(530, &[]), number(410, None, 3.0, &[])];
    let world = World::cart(vec![vec![gauge("up", "1", points)]]).await;
    assert_eq!(world.values(&search("up", Aggregate::Last))[..2], [None, Some(3.0)]);
    assert_eq!(world.values(&search("up", Aggregate::Avg))[..2], [Some(2.0), Some(3.0)]);
}

#[tokio::test]
async fn labels_filter_and_group() {
    let world = World::cart(two_queues()).await;
    let by_queue = ChartSearch {
        group_by: vec![label("queue"), label("resource:service.name")],
        ..search("queue.length", Aggregate::Sum)
    };
    let chart = world.chart(&by_queue).expect("a chart").value;
    let lines: Vec<_> = chart.lines.iter().map(|line| (line.labels.clone(), line.series)).collect();
    let named = |queue: &str| vec![Some(queue.to_owned()), Some("cart".to_owned())];
    assert_eq!(lines, [(named("b"), 1), (named("a"), 1)], "the larger first");
    assert_eq!((chart.series, chart.more_lines, chart.unit.as_str()), (2, 0, "{item}"));

    let filtered = |labels: Vec<LabelFilter>| {
        let filter = SeriesFilter { labels, ..SeriesFilter::default() };
        world.chart(&ChartSearch { filter, ..search("queue.length", Aggregate::Sum) }).expect("a chart").value
    };
    let of_a = filtered(vec![with("queue", &["a"])]);
    assert_eq!(plain(&of_a.lines[0].values)[..3], [Some(4.0), None, Some(6.0)]);
    assert_eq!(filtered(vec![with("queue", &["a", "b"])]).series, 2);
    let none = filtered(vec![with("queue", &["c"])]);
    assert_eq!((none.kind, none.series, none.lines.len()), (Some(MetricKind::Gauge), 0, 0));
    assert_eq!(filtered(vec![with("colour", &[""])]).series, 2, "an empty text stands for no label");
}

#[tokio::test]
async fn lines_beyond_the_limit_are_counted() {
    let points =
        (0..30).map(|at| number(500, None, f64::from(at), &[("shard", &format!("s{at}"))])).collect();
    let world = World::cart(vec![vec![gauge("load", "1", points)]]).await;
    let search = ChartSearch { group_by: vec![label("shard")], ..search("load", Aggregate::Max) };
    let chart = world.chart(&search).expect("a chart").value;
    assert_eq!((chart.lines.len(), chart.more_lines, chart.more_series, chart.series), (20, 10, 10, 30));
    assert_eq!(chart.lines[0].labels, [Some("s29".to_owned())]);
    assert_eq!(chart.lines[19].labels, [Some("s10".to_owned())]);
}

#[tokio::test]
async fn a_name_with_two_kinds_asks_which() {
    let metrics = vec![
        gauge("size", "By", vec![number(500, None, 1.0, &[])]),
        counter("size", CUMULATIVE, vec![number(500, None, 1.0, &[])]),
    ];
    let world = World::cart(vec![metrics]).await;
    let search = ChartSearch { aggregate: None, ..search("size", Aggregate::Avg) };
    let variants = vec![(MetricKind::Gauge, "By".to_owned()), (MetricKind::Counter, "{request}".to_owned())];
    assert_eq!(world.chart(&search), Err(ChartError::Ambiguous(variants)));
    let chosen = ChartSearch { kind: Some(MetricKind::Gauge), ..search.clone() };
    assert_eq!(world.chart(&chosen).expect("a chart").value.unit, "By");
    let chosen = ChartSearch { unit: Some("{request}".to_owned()), ..search };
    assert_eq!(world.chart(&chosen).expect("a chart").value.kind, Some(MetricKind::Counter));
}

#[tokio::test]
async fn nothing_is_nothing_and_not_zero() {
    let world = World::cart(two_queues()).await;
    let chart = world.chart(&search("unheard.of", Aggregate::Avg)).expect("an empty chart").value;
    assert_eq!((chart.kind, chart.lines.len(), chart.series), (None, 0, 0));
    let early = ChartSearch { range: ago(5_000, 4_000), ..search("queue.length", Aggregate::Avg) };
    assert_eq!(world.chart(&early).expect("an empty chart").value.kind, None);
}

#[tokio::test]
async fn steps_follow_how_often_a_series_is_sent() {
    let points = (0..40).map(|at| number(at * 60, None, 1.0, &[])).collect();
    let world = World::cart(vec![vec![gauge("up", "1", points)]]).await;
    let free = ChartSearch { step_secs: None, ..search("up", Aggregate::Avg) };
    let chart = world.chart(&free).expect("a chart");
    assert_eq!((chart.value.step_secs, chart.value.interval_secs), (60, Some(60)));
    assert!(chart.warnings.is_empty());
    let short =
        world.chart(&ChartSearch { step_secs: Some(30), ..search("up", Aggregate::Avg) }).expect("a chart");
    assert!(short.warnings[0].contains("every 60 s"), "{:?}", short.warnings);
    let long = ChartSearch { range: ago(90_000, 0), step_secs: Some(60), ..search("up", Aggregate::Avg) };
    assert_eq!(world.chart(&long), Err(ChartError::TooManySteps));
}

#[tokio::test]
async fn the_last_step_is_read_to_its_end() {
    // Steps of half an hour, as points come so often: the last goes on after what was asked for.
    let points =
        vec![number(7_200, None, 1.0, &[]), number(5_400, None, 1.0, &[]), number(3_610, None, 7.0, &[])];
    let world = World::cart(vec![vec![gauge("slow", "1", points)]]).await;
    let free = ChartSearch { step_secs: None, range: ago(7_300, 3_700), ..search("slow", Aggregate::Max) };
    let chart = world.chart(&free).expect("a chart").value;
    assert_eq!(chart.step_secs, 1_800);
    assert_eq!(plain(&chart.lines[0].values).last(), Some(&Some(7.0)));
}
