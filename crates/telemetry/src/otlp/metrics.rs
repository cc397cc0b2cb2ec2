//! Metric points become rows: one a point, its distribution as JSON text.
//!
//! Exemplars are not kept.

use opentelemetry_proto::tonic::collector::metrics::v1::ExportMetricsServiceRequest;
use opentelemetry_proto::tonic::common::v1::KeyValue;
use opentelemetry_proto::tonic::metrics::v1::exponential_histogram_data_point::Buckets;
use opentelemetry_proto::tonic::metrics::v1::metric::Data;
use opentelemetry_proto::tonic::metrics::v1::number_data_point::Value as Number;
use opentelemetry_proto::tonic::metrics::v1::{
    ExponentialHistogramDataPoint, HistogramDataPoint, Metric, NumberDataPoint, SummaryDataPoint,
};
use prost::Message as _;

use super::decode::{event_time, field_text, optional_time, read, saturated};
use super::origin::origin_of;
use super::outcome::{Decoded, RejectReason, Tally};
use super::{DecodeError, Reception};
use crate::attrs_write::{Loss, write_attributes, write_double, write_int};
use crate::columns::metrics::{MetricHead, PointRow, PointRows};
use crate::signal::Signal;

/// The bit of a point's flags that says: the series goes on, but there is no value.
const NO_RECORDED_VALUE: u32 = 1;

pub(crate) fn rows(request: &ExportMetricsServiceRequest, reception: &Reception) -> Decoded {
    let mut decoding = Decoding {
        reception,
        rows: PointRows::new(),
        tally: Tally::default(),
        attrs: String::new(),
        distribution: String::new(),
    };
    for resource_metrics in &request.resource_metrics {
        let (origin, _) = origin_of(resource_metrics.resource.as_ref(), &mut decoding.tally.loss);
        decoding.rows.origin.enter_resource(&origin);
        for scope_metrics in &resource_metrics.scope_metrics {
            let scope = scope_metrics.scope.as_ref().map_or("", |scope| scope.name.as_str());
            decoding.rows.origin.enter_scope(field_text(scope, &mut decoding.tally.loss));
            for metric in &scope_metrics.metrics {
                decoding.metric(metric);
            }
        }
    }
    decoding.tally.finish(decoding.rows.finish())
}

/// The request without some of the points that become rows: `refused` has an entry for each row, in order. What becomes
/// no row stays.
pub(crate) fn without_points(
    body: &[u8],
    reception: &Reception,
    refused: &[bool],
) -> Result<Vec<u8>, DecodeError> {
    let mut request: ExportMetricsServiceRequest = read(Signal::Metrics, body)?;
    let mut rows = refused.iter().copied();
    let scopes = request.resource_metrics.iter_mut().flat_map(|resource| &mut resource.scope_metrics);
    for metric in scopes.flat_map(|scope| &mut scope.metrics).filter(|metric| !metric.name.is_empty()) {
        match &mut metric.data {
            None => {}
            Some(Data::Gauge(data)) => keep(&mut data.data_points, reception, &mut rows),
            Some(Data::Sum(data)) => keep(&mut data.data_points, reception, &mut rows),
            Some(Data::Histogram(data)) => keep(&mut data.data_points, reception, &mut rows),
            Some(Data::ExponentialHistogram(data)) => keep(&mut data.data_points, reception, &mut rows),
            Some(Data::Summary(data)) => keep(&mut data.data_points, reception, &mut rows),
        }
    }
    Ok(request.encode_to_vec())
}

fn keep<P: Point>(points: &mut Vec<P>, reception: &Reception, rows: &mut impl Iterator<Item = bool>) {
    let mut scratch = String::new();
    points.retain(|point| {
        scratch.clear();
        let becomes_row = event_time(point.common().time, reception.accept).is_ok()
            && (point.has_no_value() || point.values(&mut scratch).is_some());
        !(becomes_row && rows.next().unwrap_or(false))
    });
}

struct Decoding<'a> {
    reception: &'a Reception,
    rows: PointRows,
    tally: Tally,
    attrs: String,
    distribution: String,
}

/// The fields that points of every type have.
struct Common<'a> {
    time: u64,
    start: u64,
    attributes: &'a [KeyValue],
}

/// The values of a point; its distribution is in the scratch text.
#[derive(Default)]
struct Values {
    value: Option<f64>,
    count: Option<i64>,
    sum: Option<f64>,
    min: Option<f64>,
    max: Option<f64>,
    has_distribution: bool,
}

impl Decoding<'_> {
    fn metric(&mut self, metric: &Metric) {
        let points = match &metric.data {
            None => return self.tally.reject(RejectReason::NoData, 1),
            Some(Data::Gauge(data)) => data.data_points.len(),
            Some(Data::Sum(data)) => data.data_points.len(),
            Some(Data::Histogram(data)) => data.data_points.len(),
            Some(Data::ExponentialHistogram(data)) => data.data_points.len(),
            Some(Data::Summary(data)) => data.data_points.len(),
        };
        if metric.name.is_empty() {
            return self.tally.reject(RejectReason::NoName, points);
        }
        let (name, unit) =
            (field_text(&metric.name, &mut self.tally.loss), field_text(&metric.unit, &mut self.tally.loss));
        let head = |kind, temporality: i32, monotonic| MetricHead {
            metric: name,
            kind,
            unit,
            temporality: temporality_text(temporality),
            monotonic,
        };
        match &metric.data {
            None => {}
            Some(Data::Gauge(data)) => self.points(&head("gauge", 0, None), &data.data_points),
            Some(Data::Sum(data)) => {
                let head = head("sum", data.aggregation_temporality, Some(data.is_monotonic));
                self.points(&head, &data.data_points);
            }
            Some(Data::Histogram(data)) => {
                self.points(&head("histogram", data.aggregation_temporality, None), &data.data_points);
            }
            Some(Data::ExponentialHistogram(data)) => {
                let head = head("exponential_histogram", data.aggregation_temporality, None);
                self.points(&head, &data.data_points);
            }
            Some(Data::Summary(data)) => self.points(&head("summary", 0, None), &data.data_points),
        }
    }

    fn points<P: Point>(&mut self, head: &MetricHead<'_>, points: &[P]) {
        for point in points {
            if let Err(reason) = self.point(head, point) {
                self.tally.reject(reason, 1);
            }
        }
    }

    fn point<P: Point>(&mut self, head: &MetricHead<'_>, point: &P) -> Result<(), RejectReason> {
        let common = point.common();
        let time = event_time(common.time, self.reception.accept)?;
        self.distribution.clear();
        let values = if point.has_no_value() {
            Values::default()
        } else {
            point.values(&mut self.distribution).ok_or(RejectReason::NoData)?
        };
        let mut loss = Loss::default();
        self.attrs.clear();
        write_attributes(&mut self.attrs, common.attributes, &mut loss);
        self.rows.append(
            head,
            &PointRow {
                time,
                start_time: optional_time(common.start),
                value: values.value,
                count: values.count,
                sum: values.sum,
                min: values.min,
                max: values.max,
                distribution: values.has_distribution.then_some(self.distribution.as_str()),
                attrs: &self.attrs,
                dropped: saturated(loss.dropped as u64),
            },
        );
        self.tally.loss.add(loss);
        Ok(())
    }
}

fn temporality_text(temporality: i32) -> Option<&'static str> {
    match temporality {
        1 => Some("delta"),
        2 => Some("cumulative"),
        _ => None,
    }
}

/// A point of any type.
trait Point {
    fn common(&self) -> Common<'_>;
    fn flags(&self) -> u32;

    fn has_no_value(&self) -> bool {
        self.flags() & NO_RECORDED_VALUE != 0
    }

    /// The values, with the distribution written to `out`; `None` when there are none.
    fn values(&self, out: &mut String) -> Option<Values>;
}

impl Point for NumberDataPoint {
    fn common(&self) -> Common<'_> {
        Common { time: self.time_unix_nano, start: self.start_time_unix_nano, attributes: &self.attributes }
    }

    fn flags(&self) -> u32 {
        self.flags
    }

    fn values(&self, _: &mut String) -> Option<Values> {
        let value = match self.value? {
            Number::AsDouble(value) => value,
            Number::AsInt(value) => value as f64,
        };
        Some(Values { value: Some(value), ..Values::default() })
    }
}

impl Point for HistogramDataPoint {
    fn common(&self) -> Common<'_> {
        Common { time: self.time_unix_nano, start: self.start_time_unix_nano, attributes: &self.attributes }
    }

    fn flags(&self) -> u32 {
        self.flags
    }

    /// `{"bounds":[…],"counts":[…]}`: one count more than bounds, the last for what is above all of them.
    fn values(&self, out: &mut String) -> Option<Values> {
        out.push_str("{\"bounds\":");
        write_numbers(out, &self.explicit_bounds, |out, bound| write_double(out, *bound));
        out.push_str(",\"counts\":");
        write_numbers(out, &self.bucket_counts, |out, count| write_int(out, *count));
        out.push('}');
        Some(Values {
            count: Some(saturated(self.count)),
            sum: self.sum,
            min: self.min,
            max: self.max,
            has_distribution: !self.bucket_counts.is_empty(),
            ..Values::default()
        })
    }
}

impl Point for ExponentialHistogramDataPoint {
    fn common(&self) -> Common<'_> {
        Common { time: self.time_unix_nano, start: self.start_time_unix_nano, attributes: &self.attributes }
    }

    fn flags(&self) -> u32 {
        self.flags
    }

    /// `{"scale":…,"zero_threshold":…,"zero_count":…,"positive":{"offset":…,"counts":[…]},"negative":{…}}`: bucket `i` of
    /// a side holds magnitudes in (base^(offset+i), base^(offset+i+1)] with base = 2^(2^-scale).
    fn values(&self, out: &mut String) -> Option<Values> {
        out.push_str("{\"scale\":");
        write_int(out, self.scale);
        out.push_str(",\"zero_threshold\":");
        write_double(out, self.zero_threshold);
        out.push_str(",\"zero_count\":");
        write_int(out, self.zero_count);
        for (name, side) in [("positive", &self.positive), ("negative", &self.negative)] {
            out.push_str(",\"");
            out.push_str(name);
            out.push_str("\":");
            write_buckets(out, side.as_ref());
        }
        out.push('}');
        Some(Values {
            count: Some(saturated(self.count)),
            sum: self.sum,
            min: self.min,
            max: self.max,
            has_distribution: true,
            ..Values::default()
        })
    }
}

impl Point for SummaryDataPoint {
    fn common(&self) -> Common<'_> {
        Common { time: self.time_unix_nano, start: self.start_time_unix_nano, attributes: &self.attributes }
    }

    fn flags(&self) -> u32 {
        self.flags
    }

    /// `{"quantiles":[{"quantile":…,"value":…}]}`.
    fn values(&self, out: &mut String) -> Option<Values> {
        out.push_str("{\"quantiles\":");
        write_numbers(out, &self.quantile_values, |out, at| {
            out.push_str("{\"quantile\":");
            write_double(out, at.quantile);
            out.push_str(",\"value\":");
            write_double(out, at.value);
            out.push('}');
        });
        out.push('}');
        Some(Values {
            count: Some(saturated(self.count)),
            sum: Some(self.sum),
            has_distribution: !self.quantile_values.is_empty(),
            ..Values::default()
        })
    }
}

fn write_buckets(out: &mut String, buckets: Option<&Buckets>) {
    let (offset, counts) = buckets.map_or((0, &[][..]), |buckets| (buckets.offset, &buckets.bucket_counts));
    out.push_str("{\"offset\":");
    write_int(out, offset);
    out.push_str(",\"counts\":");
    write_numbers(out, counts, |out, count| write_int(out, *count));
    out.push('}');
}

fn write_numbers<T>(out: &mut String, items: &[T], mut write: impl FnMut(&mut String, &T)) {
    out.push('[');
    for (index, item) in items.iter().enumerate() {
        if index > 0 {
            out.push(',');
        }
        write(out, item);
    }
    out.push(']');
}
