//! Reads of metrics, over points that were sent: half of them in segments, half in memory.

mod chart;
mod counted;
mod counter;
mod distribution;
mod list;
mod properties;
mod summary;

use std::sync::Arc;

use ippo_base::clock::SimClock;
use ippo_base::disk::SimDisk;
use ippo_base::{TimeRange, Timestamp};
use opentelemetry_proto::tonic::collector::metrics::v1::ExportMetricsServiceRequest;
use opentelemetry_proto::tonic::common::v1::{AnyValue, KeyValue, any_value::Value};
use opentelemetry_proto::tonic::metrics::v1::metric::Data;
use opentelemetry_proto::tonic::metrics::v1::number_data_point::Value as Number;
use opentelemetry_proto::tonic::metrics::v1::{
    Gauge, Histogram, HistogramDataPoint, Metric, NumberDataPoint, ResourceMetrics, ScopeMetrics, Sum,
};
use opentelemetry_proto::tonic::resource::v1::Resource;
use prost::Message as _;

use super::{Aggregate, Chart, ChartError, ChartSearch, Label, LabelFilter, SeriesFilter, Values};
use crate::read::{Found, Reader};
use crate::{Signal, Store, StoreOptions};

/// Half past two; charts of these tests show the ten minutes before.
pub(super) const NOW: i64 = 1_795_487_400;
pub(super) const DELTA: i32 = 1;
pub(super) const CUMULATIVE: i32 = 2;

pub(super) fn nanos(secs_before_now: i64) -> u64 {
    u64::try_from((NOW - secs_before_now) * 1_000_000_000).expect("after 1970")
}

pub(super) fn attribute(key: &str, value: &str) -> KeyValue {
    let value = Some(AnyValue { value: Some(Value::StringValue(value.to_owned())) });
    KeyValue { key: key.to_owned(), value, ..KeyValue::default() }
}

pub(super) fn attributes(labels: &[(&str, &str)]) -> Vec<KeyValue> {
    labels.iter().map(|(key, value)| attribute(key, value)).collect()
}

/// A number so many seconds before now; the start too, where it is known.
pub(super) fn number(
    ago: i64,
    start_ago: Option<i64>,
    value: f64,
    labels: &[(&str, &str)],
) -> NumberDataPoint {
    NumberDataPoint {
        time_unix_nano: nanos(ago),
        start_time_unix_nano: start_ago.map_or(0, nanos),
        attributes: attributes(labels),
        value: Some(Number::AsDouble(value)),
        ..NumberDataPoint::default()
    }
}

/// Says that the series ends.
pub(super) fn ended(ago: i64, labels: &[(&str, &str)]) -> NumberDataPoint {
    NumberDataPoint { flags: 1, value: None, ..number(ago, None, 0.0, labels) }
}

pub(super) fn gauge(name: &str, unit: &str, data_points: Vec<NumberDataPoint>) -> Metric {
    metric(name, unit, Data::Gauge(Gauge { data_points }))
}

pub(super) fn counter(name: &str, temporality: i32, data_points: Vec<NumberDataPoint>) -> Metric {
    let sum = Sum { data_points, aggregation_temporality: temporality, is_monotonic: true };
    metric(name, "{request}", Data::Sum(sum))
}

pub(super) fn up_down(name: &str, data_points: Vec<NumberDataPoint>) -> Metric {
    let sum = Sum { data_points, aggregation_temporality: CUMULATIVE, is_monotonic: false };
    metric(name, "By", Data::Sum(sum))
}

/// A histogram's point: its counts by the boundaries, and a sum.
pub(super) fn observed(
    ago: i64,
    bounds: &[f64],
    counts: &[u64],
    sum: f64,
    labels: &[(&str, &str)],
) -> HistogramDataPoint {
    HistogramDataPoint {
        time_unix_nano: nanos(ago),
        attributes: attributes(labels),
        count: counts.iter().sum(),
        sum: Some(sum),
        bucket_counts: counts.to_vec(),
        explicit_bounds: bounds.to_vec(),
        ..HistogramDataPoint::default()
    }
}

pub(super) fn histogram(name: &str, temporality: i32, data_points: Vec<HistogramDataPoint>) -> Metric {
    let histogram = Histogram { data_points, aggregation_temporality: temporality };
    metric(name, "s", Data::Histogram(histogram))
}

pub(super) fn metric(name: &str, unit: &str, data: Data) -> Metric {
    Metric { name: name.to_owned(), unit: unit.to_owned(), data: Some(data), ..Metric::default() }
}

/// Metrics of one service.
pub(super) fn of(resource: &[(&str, &str)], metrics: Vec<Metric>) -> ResourceMetrics {
    ResourceMetrics {
        resource: Some(Resource { attributes: attributes(resource), ..Resource::default() }),
        scope_metrics: vec![ScopeMetrics { metrics, ..ScopeMetrics::default() }],
        ..ResourceMetrics::default()
    }
}

pub(super) const CART: &[(&str, &str)] = &[("service.name", "cart")];

/// A store with what was sent: the first request in segments, the others in memory.
pub(super) struct World(Store);

impl World {
    pub(super) async fn of(requests: Vec<Vec<ResourceMetrics>>) -> Self {
        let clock = SimClock::new(Timestamp::from_secs(NOW));
        let opened = Store::open(Arc::new(SimDisk::new(1)), Arc::new(clock), StoreOptions::default());
        let store = opened.expect("opens").0;
        for (at, resource_metrics) in requests.into_iter().enumerate() {
            let body = ExportMetricsServiceRequest { resource_metrics }.encode_to_vec();
            let taken = store.append(Signal::Metrics, "test", body.into()).await.expect("stored");
            assert_eq!(taken.rejected, 0, "{taken:?}");
            if at == 0 {
                store.flush().await.expect("flushed");
            }
        }
        Self(store)
    }

    pub(super) async fn cart(requests: Vec<Vec<Metric>>) -> Self {
        Self::of(requests.into_iter().map(|metrics| vec![of(CART, metrics)]).collect()).await
    }

    pub(super) fn reader(&self) -> Reader {
        Reader::new(self.0.files(), self.0.snapshot())
    }

    pub(super) fn chart(&self, search: &ChartSearch) -> Result<Found<Chart>, ChartError> {
        self.reader().metric_chart(search)
    }

    /// The values of the only line.
    pub(super) fn values(&self, search: &ChartSearch) -> Vec<Option<f64>> {
        let chart = self.chart(search).expect("a chart").value;
        assert_eq!(chart.lines.len(), 1, "{chart:?}");
        plain(&chart.lines[0].values)
    }
}

pub(super) fn plain(values: &Values) -> Vec<Option<f64>> {
    match values {
        Values::Plain(values) => values.clone(),
        Values::Bounds { .. } => panic!("bounds: {values:?}"),
    }
}

/// From so many seconds before now to so many.
pub(super) fn ago(from: i64, to: i64) -> TimeRange {
    TimeRange { from: Timestamp::from_secs(NOW - from), to: Timestamp::from_secs(NOW - to) }
}

/// A chart of the ten minutes before now, in steps of two.
pub(super) fn search(metric: &str, aggregate: Aggregate) -> ChartSearch {
    ChartSearch {
        metric: metric.to_owned(),
        kind: None,
        unit: None,
        range: ago(600, 0),
        filter: SeriesFilter::default(),
        group_by: Vec::new(),
        aggregate: Some(aggregate),
        step_secs: Some(120),
    }
}

pub(super) fn label(text: &str) -> Label {
    Label::parse(text).expect("a label")
}

pub(super) fn with(text: &str, values: &[&str]) -> LabelFilter {
    LabelFilter { label: label(text), values: values.iter().map(|value| (*value).to_owned()).collect() }
}
