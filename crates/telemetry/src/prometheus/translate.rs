//! Series of Prometheus as metrics of OTLP: `job` and `instance` say who sends, `__name__` is the metric, the other labels
//! are attributes of the points.

use std::collections::{BTreeMap, BTreeSet};

use ippo_base::TimeRange;
use ippo_base::limits::DECODED_BYTES;
use opentelemetry_proto::tonic::collector::metrics::v1::ExportMetricsServiceRequest;
use opentelemetry_proto::tonic::common::v1::any_value::Value;
use opentelemetry_proto::tonic::common::v1::{AnyValue, KeyValue};
use opentelemetry_proto::tonic::metrics::v1::metric::Data;
use opentelemetry_proto::tonic::metrics::v1::number_data_point::Value as Number;
use opentelemetry_proto::tonic::metrics::v1::{
    ExponentialHistogram, ExponentialHistogramDataPoint, Gauge, Histogram as OtlpHistogram,
    HistogramDataPoint, Metric, NumberDataPoint, ResourceMetrics, ScopeMetrics, Sum,
};
use opentelemetry_proto::tonic::resource::v1::Resource;
use prost::Message as _;

use super::histogram::{Native, native};
use super::kind::{Metadata, SampleKind, family, sample_kind, unit};
use super::wire::{Histogram, Sample};
use super::{Refusal, Translated};
use crate::otlp::DecodeError;

/// The NaN by which Prometheus says that a series ends.
const STALE: u64 = 0x7ff0_0000_0000_0002;
/// The bit of a point's flags that says: the series goes on, but there is no value.
const NO_RECORDED_VALUE: u32 = 1;
/// `AGGREGATION_TEMPORALITY_CUMULATIVE`.
const CUMULATIVE: i32 = 2;
/// `AGGREGATION_TEMPORALITY_DELTA`.
const DELTA: i32 = 1;
/// What `job` and `instance` are called in OTLP.
pub(super) const SERVICE: &str = "service.name";
pub(super) const INSTANCE: &str = "service.instance.id";
/// What a point takes in memory beside its labels, and what a label takes beside its texts.
const POINT_BYTES: usize = size_of::<ExponentialHistogramDataPoint>();
const LABEL_BYTES: usize = size_of::<KeyValue>();

/// One series of a request.
#[derive(Debug, Default)]
pub(super) struct Series<'a> {
    pub(super) labels: Vec<(&'a str, &'a str)>,
    pub(super) samples: Vec<Sample>,
    pub(super) histograms: Vec<Histogram>,
    /// When it began, in milliseconds; 0 where nobody says.
    pub(super) created_ms: i64,
}

/// A metric's name, unit, and what its points are.
type MetricKey = (String, String, PointKind);
/// Job and instance.
type Sender = (String, String);

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum PointKind {
    Sample(SampleKind),
    Exponential,
    Explicit,
}

#[derive(Debug)]
enum Point {
    Number(NumberDataPoint),
    Exponential(ExponentialHistogramDataPoint),
    Explicit(HistogramDataPoint),
}

/// The OTLP request while series are added.
pub(super) struct Translation {
    accept: TimeRange,
    /// Further attributes of every sender.
    origin: Vec<(String, String)>,
    senders: BTreeMap<Sender, BTreeMap<MetricKey, Vec<Point>>>,
    samples: usize,
    histograms: usize,
    refused: BTreeMap<Refusal, usize>,
    bytes: usize,
}

impl Translation {
    pub(super) fn new(accept: TimeRange) -> Self {
        Self {
            accept,
            origin: Vec::new(),
            senders: BTreeMap::new(),
            samples: 0,
            histograms: 0,
            refused: BTreeMap::new(),
            bytes: 0,
        }
    }

    /// The same, where every sender has these attributes too.
    pub(super) fn from_origin(accept: TimeRange, origin: &[(&str, &str)]) -> Self {
        let origin = origin.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect();
        Self { origin, ..Self::new(accept) }
    }

    /// Adds a series. `known` says what the sender told of a name.
    pub(super) fn add<'m>(
        &mut self,
        series: &Series<'_>,
        known: impl Fn(&str) -> Option<&'m Metadata>,
    ) -> Result<(), DecodeError> {
        let items = series.samples.len() + series.histograms.len();
        if items == 0 {
            return Ok(());
        }
        let name = match name_of(series) {
            Ok(name) => name,
            Err(refusal) => {
                self.refuse(refusal, items);
                return Ok(());
            }
        };
        let silent = Metadata::default();
        let metadata = known(name).or_else(|| known(family(name))).unwrap_or(&silent);
        let metric = (name.to_owned(), unit(name, &metadata.unit));
        self.put(series, &metric, sample_kind(name, metadata.kind))
    }

    /// Adds a series of a metric, by its name and unit, whatever its labels call it.
    pub(super) fn put(
        &mut self,
        series: &Series<'_>,
        metric: &(String, String),
        kind: SampleKind,
    ) -> Result<(), DecodeError> {
        let (sender, attributes, label_bytes) = sender_and_attributes(series);
        for sample in &series.samples {
            let Some(time) = self.accepted(sample.timestamp_ms) else { continue };
            self.weigh(POINT_BYTES + label_bytes)?;
            self.samples += 1;
            let is_stale = sample.value.to_bits() == STALE;
            let point = NumberDataPoint {
                attributes: attributes.clone(),
                start_time_unix_nano: match kind {
                    SampleKind::Counter => start(sample.start_timestamp_ms, series.created_ms),
                    SampleKind::Gauge | SampleKind::Increment => 0,
                },
                time_unix_nano: time,
                flags: if is_stale { NO_RECORDED_VALUE } else { 0 },
                value: (!is_stale).then_some(Number::AsDouble(sample.value)),
                ..NumberDataPoint::default()
            };
            self.push(&sender, metric, PointKind::Sample(kind), Point::Number(point));
        }
        for histogram in &series.histograms {
            let Some(time) = self.accepted(histogram.timestamp_ms) else { continue };
            let native = match native(histogram) {
                Ok(native) => native,
                Err(refusal) => {
                    self.refuse(refusal, 1);
                    continue;
                }
            };
            let started = start(histogram.start_timestamp_ms, series.created_ms);
            let is_stale = histogram.sum.to_bits() == STALE;
            let (kind, buckets, point) = placed(native, (time, started), is_stale, &attributes);
            self.weigh(POINT_BYTES + label_bytes + buckets * size_of::<u64>())?;
            self.histograms += 1;
            self.push(&sender, metric, kind, point);
        }
        Ok(())
    }

    /// The request, and what is not in it.
    pub(super) fn finish(self) -> Translated {
        let resource_metrics: Vec<ResourceMetrics> = self
            .senders
            .into_iter()
            .map(|(sender, metrics)| resource_metrics(&sender, &self.origin, metrics))
            .collect();
        let body = match resource_metrics.is_empty() {
            true => Vec::new(),
            false => ExportMetricsServiceRequest { resource_metrics }.encode_to_vec(),
        };
        let refused = self.refused.into_iter().collect();
        Translated { body, samples: self.samples, histograms: self.histograms, refused }
    }

    fn refuse(&mut self, refusal: Refusal, count: usize) {
        *self.refused.entry(refusal).or_default() += count;
    }

    /// A time in nanoseconds, if it is accepted; counted where not.
    fn accepted(&mut self, ms: i64) -> Option<u64> {
        let nanos = ms.saturating_mul(1_000_000);
        let refusal = match nanos {
            _ if nanos < self.accept.from.as_nanos() => Refusal::TooOld,
            _ if nanos >= self.accept.to.as_nanos() => Refusal::TooNew,
            _ => return u64::try_from(nanos).ok(),
        };
        self.refuse(refusal, 1);
        None
    }

    /// A few labels on many samples become many attributes: what they take is known before they are made.
    fn weigh(&mut self, bytes: usize) -> Result<(), DecodeError> {
        self.bytes = self.bytes.saturating_add(bytes);
        if self.bytes > DECODED_BYTES {
            return Err(DecodeError::TooLarge {
                bytes: self.bytes,
                form: "once decoded",
                limit: DECODED_BYTES,
            });
        }
        Ok(())
    }

    fn push(&mut self, sender: &Sender, (name, unit): &(String, String), kind: PointKind, point: Point) {
        let metrics = match self.senders.get_mut(sender) {
            Some(metrics) => metrics,
            None => self.senders.entry(sender.clone()).or_default(),
        };
        metrics.entry((name.clone(), unit.clone(), kind)).or_default().push(point);
    }
}

/// The metric's name, if the labels are as they must be.
fn name_of<'a>(series: &Series<'a>) -> Result<&'a str, Refusal> {
    let mut seen = BTreeSet::new();
    if !series.labels.iter().all(|(label, _)| seen.insert(*label)) {
        return Err(Refusal::LabelTwice);
    }
    let name = series.labels.iter().find(|(label, _)| *label == "__name__").map(|(_, name)| *name);
    name.filter(|name| !name.is_empty()).ok_or(Refusal::NoName)
}

/// Who sends, the attributes of the points, and what these take in memory.
fn sender_and_attributes(series: &Series<'_>) -> (Sender, Vec<KeyValue>, usize) {
    let (mut sender, mut attributes, mut bytes) = (Sender::default(), Vec::new(), 0);
    for (label, value) in &series.labels {
        match *label {
            "__name__" => {}
            "job" => sender.0 = (*value).to_owned(),
            "instance" => sender.1 = (*value).to_owned(),
            // By Prometheus' data model a label without a value is no label.
            _ if value.is_empty() => {}
            label => {
                bytes += LABEL_BYTES + label.len() + value.len();
                attributes.push(attribute(label, value));
            }
        }
    }
    (sender, attributes, bytes)
}

fn attribute(key: &str, value: &str) -> KeyValue {
    let value = Some(AnyValue { value: Some(Value::StringValue(value.to_owned())) });
    KeyValue { key: key.to_owned(), value, ..KeyValue::default() }
}

/// When a series began, in nanoseconds; 0 where nobody says.
fn start(of_point_ms: i64, of_series_ms: i64) -> u64 {
    let ms = if of_point_ms == 0 { of_series_ms } else { of_point_ms };
    u64::try_from(ms.saturating_mul(1_000_000)).unwrap_or(0)
}

/// A histogram's point with its times and labels, and how many buckets it has.
fn placed(
    native: Native,
    (time_unix_nano, start_time_unix_nano): (u64, u64),
    is_stale: bool,
    attributes: &[KeyValue],
) -> (PointKind, usize, Point) {
    let flags = if is_stale { NO_RECORDED_VALUE } else { 0 };
    let attributes = attributes.to_vec();
    match native {
        Native::Exponential(point) => {
            let sides = [&point.positive, &point.negative];
            let buckets = sides.into_iter().flatten().map(|side| side.bucket_counts.len()).sum();
            let point = ExponentialHistogramDataPoint {
                attributes,
                time_unix_nano,
                start_time_unix_nano,
                flags,
                ..point
            };
            (PointKind::Exponential, buckets, Point::Exponential(point))
        }
        Native::Explicit(point) => {
            let buckets = 2 * point.bucket_counts.len();
            let point =
                HistogramDataPoint { attributes, time_unix_nano, start_time_unix_nano, flags, ..point };
            (PointKind::Explicit, buckets, Point::Explicit(point))
        }
    }
}

fn resource_metrics(
    (job, instance): &Sender,
    origin: &[(String, String)],
    metrics: BTreeMap<MetricKey, Vec<Point>>,
) -> ResourceMetrics {
    let named = [(SERVICE, job), (INSTANCE, instance)].into_iter();
    let origin = origin.iter().map(|(key, value)| (key.as_str(), value));
    let attributes = named.chain(origin).filter(|(_, value)| !value.is_empty());
    let resource = Resource {
        attributes: attributes.map(|(key, value)| attribute(key, value)).collect(),
        ..Resource::default()
    };
    let metrics = metrics.into_iter().map(|((name, unit, kind), points)| Metric {
        name,
        unit,
        data: Some(data(kind, points)),
        ..Metric::default()
    });
    ResourceMetrics {
        resource: Some(resource),
        scope_metrics: vec![ScopeMetrics { metrics: metrics.collect(), ..ScopeMetrics::default() }],
        ..ResourceMetrics::default()
    }
}

fn data(kind: PointKind, points: Vec<Point>) -> Data {
    let (mut numbers, mut exponential, mut explicit) = (Vec::new(), Vec::new(), Vec::new());
    for point in points {
        match point {
            Point::Number(point) => numbers.push(point),
            Point::Exponential(point) => exponential.push(point),
            Point::Explicit(point) => explicit.push(point),
        }
    }
    match kind {
        PointKind::Sample(SampleKind::Gauge) => Data::Gauge(Gauge { data_points: numbers }),
        PointKind::Sample(SampleKind::Increment) => {
            Data::Sum(Sum { data_points: numbers, aggregation_temporality: DELTA, is_monotonic: true })
        }
        PointKind::Sample(SampleKind::Counter) => {
            Data::Sum(Sum { data_points: numbers, aggregation_temporality: CUMULATIVE, is_monotonic: true })
        }
        PointKind::Exponential => Data::ExponentialHistogram(ExponentialHistogram {
            data_points: exponential,
            aggregation_temporality: CUMULATIVE,
        }),
        PointKind::Explicit => {
            Data::Histogram(OtlpHistogram { data_points: explicit, aggregation_temporality: CUMULATIVE })
        }
    }
}
