//! Which metrics and labels there are.

use super::*;
use crate::read::{LabelSource, MetricKind, MetricSummary, Where};

async fn world() -> World {
    let more = &[("service.name", "search"), ("service.instance.id", "s-1")];
    let first = vec![
        gauge("queue.length", "{item}", vec![number(500, None, 3.0, &[("queue", "a")])]),
        counter(
            "requests",
            CUMULATIVE,
            vec![number(500, Some(900), 3.0, &[("route", "/a"), ("code", "200")])],
        ),
        counter(
            "requests",
            CUMULATIVE,
            vec![number(440, Some(900), 5.0, &[("code", "200"), ("route", "/a")])],
        ),
    ];
    let second = vec![
        counter("requests", DELTA, vec![number(100, Some(160), 3.0, &[("route", "/b"), ("code", "500")])]),
        gauge("requests", "1", vec![number(100, None, 0.5, &[])]),
    ];
    World::of(vec![vec![of(CART, first)], vec![of(more, second)]]).await
}

#[tokio::test]
async fn metrics_are_listed_with_who_sends_them() {
    let world = world().await;
    let found = world.reader().metrics(ago(600, 0), &SeriesFilter::default());
    assert_eq!((found.partial, found.warnings.len()), (false, 0));
    let summary = |metric: &str, kind, unit: &str, series, points, last_ago| MetricSummary {
        metric: metric.to_owned(),
        kind,
        unit: unit.to_owned(),
        temporalities: Vec::new(),
        series,
        points,
        services: vec!["cart".to_owned()],
        last_seen: Timestamp::from_secs(NOW - last_ago),
    };
    let search = || vec!["search".to_owned()];
    let both = vec!["cart".to_owned(), "search".to_owned()];
    let expected = [
        summary("queue.length", MetricKind::Gauge, "{item}", 1, 1, 500),
        MetricSummary { services: search(), ..summary("requests", MetricKind::Gauge, "1", 1, 1, 100) },
        MetricSummary {
            services: both,
            temporalities: vec!["cumulative".to_owned(), "delta".to_owned()],
            // The order of attributes makes no other series.
            ..summary("requests", MetricKind::Counter, "{request}", 2, 3, 100)
        },
    ];
    assert_eq!(found.value.metrics, expected);
    assert_eq!(found.value.series, 4);

    let only = SeriesFilter { service: Some("search".to_owned()), ..SeriesFilter::default() };
    let found = world.reader().metrics(ago(600, 0), &only).value;
    assert_eq!((found.metrics.len(), found.series), (2, 2));
    let nowhere = Where { namespace: Some("elsewhere".to_owned()), environment: None };
    let nowhere = SeriesFilter { only: nowhere, ..SeriesFilter::default() };
    assert!(world.reader().metrics(ago(600, 0), &nowhere).value.metrics.is_empty());
    let early = world.reader().metrics(ago(600, 450), &SeriesFilter::default()).value;
    assert_eq!(early.metrics.iter().map(|metric| metric.points).collect::<Vec<_>>(), [1, 1]);
}

#[tokio::test]
async fn labels_are_those_of_points_and_of_senders() {
    let world = world().await;
    let kind = Some(MetricKind::Counter);
    let labels = |filter: Vec<LabelFilter>| {
        let filter = SeriesFilter { labels: filter, ..SeriesFilter::default() };
        let found = world.reader().metric_labels("requests", kind, ago(600, 0), &filter).value;
        assert_eq!(found.more_labels, 0);
        let told = found.labels.into_iter().map(|used| {
            assert_eq!(used.more_values, 0);
            (used.label.to_string(), used.values, used.without)
        });
        (found.series, told.collect::<Vec<_>>())
    };
    let values =
        |pairs: &[(&str, usize)]| pairs.iter().map(|(v, n)| ((*v).to_owned(), *n)).collect::<Vec<_>>();
    let (series, all) = labels(Vec::new());
    assert_eq!(series, 2);
    let expected = [
        ("code".to_owned(), values(&[("200", 1), ("500", 1)]), 0),
        ("route".to_owned(), values(&[("/a", 1), ("/b", 1)]), 0),
        ("resource:service.instance.id".to_owned(), values(&[("s-1", 1)]), 1),
        ("resource:service.name".to_owned(), values(&[("cart", 1), ("search", 1)]), 0),
    ];
    assert_eq!(all, expected);
    // A chosen label still offers its other values; the others follow the choice.
    let (series, chosen) = labels(vec![with("route", &["/a"])]);
    assert_eq!(series, 1);
    assert_eq!(chosen[0].1, values(&[("200", 1)]));
    assert_eq!(chosen[1].1, values(&[("/a", 1), ("/b", 1)]));
    let (series, _) = labels(vec![with("resource:service.instance.id", &[""])]);
    assert_eq!(series, 1, "without the label");
}

#[test]
fn a_label_is_read_as_it_is_written() {
    for text in ["route", "resource:host.name", "attribute:resource:x", "attribute:attribute:x"] {
        assert_eq!(label(text).to_string(), text);
    }
    assert_eq!(label("attribute:route").to_string(), "route");
    assert_eq!(label("resource:x"), Label { source: LabelSource::Resource, key: "x".to_owned() });
    assert_eq!(Label::parse("resource:"), None);
    assert_eq!(Label::parse(""), None);
}
