//! Samples that ippo fetched: what they become, and that they are known again once they are stored.

use std::sync::Arc;

use ippo_base::TimeRange;
use ippo_base::clock::SimClock;
use ippo_base::disk::SimDisk;

use super::*;
use crate::prometheus::{FetchedKind, FetchedSeries, Origin, SampleSet, fetched_to_otlp};
use crate::{Expr, Store, StoreOptions};

const ORIGIN: Origin<'static> = Origin {
    metric: "eu/job:requests:count",
    kind: FetchedKind::Counter,
    attributes: &[("ippo.data_source", "eu"), ("ippo.query", "job:requests:count{job=\"api\"}")],
};

fn series(labels: &[(&str, &str)], samples: &[(i64, f64)]) -> FetchedSeries {
    let labels = labels.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
    FetchedSeries { labels, samples: samples.iter().map(|(at, value)| (AT_MS + at, *value)).collect() }
}

fn fetched() -> Vec<FetchedSeries> {
    vec![
        series(
            &[
                ("__name__", "job:requests:count"),
                ("job", "api"),
                ("instance", "i:1"),
                ("code", "200"),
                ("none", ""),
            ],
            &[(0, 5.0), (15_000, 7.0)],
        ),
        series(&[("code", "500")], &[(1, 1.0)]),
    ]
}

#[test]
fn a_counter_is_one_whatever_its_name_and_says_where_it_is_from() {
    let translated = fetched_to_otlp(&fetched(), &ORIGIN, accept()).expect("translated");
    assert_eq!((translated.samples, translated.refused_total()), (3, 0));
    let request = otlp(&translated);
    let [nobody, api] = request.resource_metrics.as_slice() else { panic!("two senders: {request:?}") };
    let keys = |of: &opentelemetry_proto::tonic::metrics::v1::ResourceMetrics| -> Vec<String> {
        let resource = of.resource.clone().expect("a resource");
        resource.attributes.into_iter().map(|attribute| attribute.key).collect()
    };
    assert_eq!(keys(nobody), ["ippo.data_source", "ippo.query"]);
    assert_eq!(keys(api), ["service.name", "service.instance.id", "ippo.data_source", "ippo.query"]);
    let metric = &api.scope_metrics[0].metrics[0];
    assert_eq!(metric.name, "eu/job:requests:count");
    let Some(opentelemetry_proto::tonic::metrics::v1::metric::Data::Sum(sum)) = &metric.data else {
        panic!("a sum: {metric:?}")
    };
    assert_eq!((sum.is_monotonic, sum.aggregation_temporality), (true, 2));
    assert_eq!(sum.data_points[0].attributes.len(), 1, "code alone");
    let gauge = fetched_to_otlp(&fetched(), &Origin { kind: FetchedKind::Gauge, ..ORIGIN }, accept());
    let request = otlp(&gauge.expect("translated"));
    let data = request.resource_metrics[0].scope_metrics[0].metrics[0].data.clone();
    assert!(
        matches!(data, Some(opentelemetry_proto::tonic::metrics::v1::metric::Data::Gauge(_))),
        "{data:?}"
    );
}

#[test]
fn a_set_admits_a_sample_once_and_forgets() {
    let mut set = SampleSet::default();
    for (expected, mut each) in [2, 1, 0, 0].into_iter().zip([fetched(), fetched()].concat()) {
        set.admit(&mut each);
        assert_eq!(each.samples.len(), expected);
    }
    assert_eq!(set.len(), 3);
    set.forget_before(AT_MS + 15_000);
    assert_eq!(set.len(), 1);
    set.forget_before(AT_MS + 15_001);
    assert!(set.is_empty());
}

#[test]
fn a_minute_says_what_was_said_of_it_last() {
    let mut set = SampleSet::default();
    let minute = AT_MS.div_euclid(60_000) * 60_000 - AT_MS;
    let mut added = |value: f64| {
        let mut each = series(&[("LoadBalancer", "x")], &[(minute, value), (minute + 60_000, 5.0)]);
        set.admit_increments(&mut each);
        each.samples.iter().map(|(at, value)| (at - AT_MS - minute, *value)).collect::<Vec<_>>()
    };
    assert_eq!(added(100.0), [(0, 100.0), (60_000, 5.0)]);
    assert_eq!(added(100.0), [], "the same again");
    assert_eq!(added(130.0), [(1, 30.0)]);
    assert_eq!(added(130.0), []);
    assert_eq!(added(131.0), [(2, 1.0)]);
    assert_eq!(added(129.0), [(3, -2.0)], "which counters tell as unreadable");
}

#[test]
fn increments_are_deltas() {
    let origin = Origin { kind: FetchedKind::Increment, ..ORIGIN };
    let translated = fetched_to_otlp(&fetched(), &origin, accept()).expect("translated");
    let data = otlp(&translated).resource_metrics[0].scope_metrics[0].metrics[0].data.clone();
    let Some(opentelemetry_proto::tonic::metrics::v1::metric::Data::Sum(sum)) = data else {
        panic!("a sum: {data:?}")
    };
    assert_eq!((sum.is_monotonic, sum.aggregation_temporality), (true, 1));
}

#[tokio::test]
async fn what_is_stored_is_known_again() {
    let clock = SimClock::new(accept().from.plus(std::time::Duration::from_secs(3_600)));
    let (store, _) =
        Store::open(Arc::new(SimDisk::new(1)), Arc::new(clock), StoreOptions::default()).expect("opens");
    for origin in [ORIGIN, Origin { attributes: &[("ippo.data_source", "us")], ..ORIGIN }] {
        let body = fetched_to_otlp(&fetched(), &origin, accept()).expect("translated").body;
        store.append(Signal::Metrics, "test", body.into()).await.expect("stored");
    }
    let filter =
        "metric = 'eu/job:requests:count' AND resource['ippo.query'] = 'job:requests:count{job=\"api\"}'";
    let filter = Expr::parse(filter, Signal::Metrics).expect("an expression");
    let known = |to: i64| {
        let (filter, store) = (filter.clone(), store.clone());
        let to = ippo_base::Timestamp::from_nanos((AT_MS + to) * 1_000_000);
        let range = TimeRange { from: accept().from, to };
        async move { store.read(move |reader| reader.stored_samples(&filter, range)).await.expect("read").value }
    };
    let mut expected = SampleSet::default();
    fetched().iter_mut().for_each(|each| expected.admit(each));
    assert_eq!(known(15_001).await, expected);
    assert_eq!(known(15_000).await.len(), 2, "the end of the range is not in it");
}
