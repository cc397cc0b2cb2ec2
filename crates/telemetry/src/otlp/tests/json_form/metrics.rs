//! Metrics in JSON.

use opentelemetry_proto::tonic::metrics::v1::exponential_histogram_data_point::Buckets;
use opentelemetry_proto::tonic::metrics::v1::metric::Data;
use opentelemetry_proto::tonic::metrics::v1::number_data_point::Value as Number;
use opentelemetry_proto::tonic::metrics::v1::{
    AggregationTemporality, Exemplar, ExponentialHistogramDataPoint, HistogramDataPoint, NumberDataPoint,
    SummaryDataPoint, exemplar,
};

use super::*;

impl Form {
    pub(in super::super) fn metrics(self, request: &ExportMetricsServiceRequest) -> String {
        let resource_metrics = self.list(&request.resource_metrics, |rm| {
            let scope_metrics = self.list(&rm.scope_metrics, |sm| {
                self.object([
                    ("scope", self.scope(sm.scope.as_ref())),
                    ("metrics", self.list(&sm.metrics, |metric| self.metric(metric))),
                    ("schemaUrl", json!(sm.schema_url)),
                ])
            });
            self.object([
                ("resource", self.resource(rm.resource.as_ref())),
                ("scopeMetrics", scope_metrics),
                ("schemaUrl", json!(rm.schema_url)),
            ])
        });
        self.object([("resourceMetrics", resource_metrics)]).to_string()
    }

    fn metric(self, metric: &Metric) -> Json {
        let data = match &metric.data {
            None => ("gauge", Json::Null),
            Some(Data::Gauge(data)) => {
                ("gauge", self.object([("dataPoints", self.list(&data.data_points, |p| self.number(p)))]))
            }
            Some(Data::Sum(data)) => (
                "sum",
                self.object([
                    ("dataPoints", self.list(&data.data_points, |p| self.number(p))),
                    ("aggregationTemporality", self.temporality(data.aggregation_temporality)),
                    ("isMonotonic", json!(data.is_monotonic)),
                ]),
            ),
            Some(Data::Histogram(data)) => (
                "histogram",
                self.object([
                    ("dataPoints", self.list(&data.data_points, |p| self.histogram(p))),
                    ("aggregationTemporality", self.temporality(data.aggregation_temporality)),
                ]),
            ),
            Some(Data::ExponentialHistogram(data)) => (
                "exponentialHistogram",
                self.object([
                    ("dataPoints", self.list(&data.data_points, |p| self.exponential(p))),
                    ("aggregationTemporality", self.temporality(data.aggregation_temporality)),
                ]),
            ),
            Some(Data::Summary(data)) => {
                ("summary", self.object([("dataPoints", self.list(&data.data_points, |p| self.summary(p)))]))
            }
        };
        self.object([
            ("name", json!(metric.name)),
            ("description", json!(metric.description)),
            ("unit", json!(metric.unit)),
            ("metadata", self.attributes(&metric.metadata)),
            data,
        ])
    }

    fn temporality(self, number: i32) -> Json {
        let name = AggregationTemporality::try_from(number).expect("a known number").as_str_name();
        self.name(number, name)
    }

    fn number(self, point: &NumberDataPoint) -> Json {
        self.object([
            ("attributes", self.attributes(&point.attributes)),
            ("startTimeUnixNano", self.int(point.start_time_unix_nano)),
            ("timeUnixNano", self.int(point.time_unix_nano)),
            match point.value {
                None => ("asDouble", Json::Null),
                Some(Number::AsDouble(value)) => ("asDouble", self.double(value)),
                Some(Number::AsInt(value)) => ("asInt", self.int(value)),
            },
            ("exemplars", self.list(&point.exemplars, |e| self.exemplar(e))),
            ("flags", self.int(point.flags)),
        ])
    }

    fn histogram(self, point: &HistogramDataPoint) -> Json {
        self.object([
            ("attributes", self.attributes(&point.attributes)),
            ("startTimeUnixNano", self.int(point.start_time_unix_nano)),
            ("timeUnixNano", self.int(point.time_unix_nano)),
            ("count", self.int(point.count)),
            ("sum", self.maybe_double(point.sum)),
            ("bucketCounts", self.list(&point.bucket_counts, |count| self.int(*count))),
            ("explicitBounds", self.list(&point.explicit_bounds, |bound| self.double(*bound))),
            ("exemplars", self.list(&point.exemplars, |e| self.exemplar(e))),
            ("flags", self.int(point.flags)),
            ("min", self.maybe_double(point.min)),
            ("max", self.maybe_double(point.max)),
        ])
    }

    fn exponential(self, point: &ExponentialHistogramDataPoint) -> Json {
        let side = |buckets: Option<&Buckets>| match buckets {
            None => Json::Null,
            Some(buckets) => self.object([
                ("offset", self.int(buckets.offset)),
                ("bucketCounts", self.list(&buckets.bucket_counts, |count| self.int(*count))),
            ]),
        };
        self.object([
            ("attributes", self.attributes(&point.attributes)),
            ("startTimeUnixNano", self.int(point.start_time_unix_nano)),
            ("timeUnixNano", self.int(point.time_unix_nano)),
            ("count", self.int(point.count)),
            ("sum", self.maybe_double(point.sum)),
            ("scale", self.int(point.scale)),
            ("zeroCount", self.int(point.zero_count)),
            ("positive", side(point.positive.as_ref())),
            ("negative", side(point.negative.as_ref())),
            ("flags", self.int(point.flags)),
            ("exemplars", self.list(&point.exemplars, |e| self.exemplar(e))),
            ("min", self.maybe_double(point.min)),
            ("max", self.maybe_double(point.max)),
            ("zeroThreshold", self.double(point.zero_threshold)),
        ])
    }

    fn summary(self, point: &SummaryDataPoint) -> Json {
        let quantiles = self.list(&point.quantile_values, |at| {
            self.object([("quantile", self.double(at.quantile)), ("value", self.double(at.value))])
        });
        self.object([
            ("attributes", self.attributes(&point.attributes)),
            ("startTimeUnixNano", self.int(point.start_time_unix_nano)),
            ("timeUnixNano", self.int(point.time_unix_nano)),
            ("count", self.int(point.count)),
            ("sum", self.double(point.sum)),
            ("quantileValues", quantiles),
            ("flags", self.int(point.flags)),
        ])
    }

    fn exemplar(self, exemplar: &Exemplar) -> Json {
        self.object([
            ("filteredAttributes", self.attributes(&exemplar.filtered_attributes)),
            ("timeUnixNano", self.int(exemplar.time_unix_nano)),
            match exemplar.value {
                None => ("asDouble", Json::Null),
                Some(exemplar::Value::AsDouble(value)) => ("asDouble", self.double(value)),
                Some(exemplar::Value::AsInt(value)) => ("asInt", self.int(value)),
            },
            ("spanId", self.id(&exemplar.span_id)),
            ("traceId", self.id(&exemplar.trace_id)),
        ])
    }
}
