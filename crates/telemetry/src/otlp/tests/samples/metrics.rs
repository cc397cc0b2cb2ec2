//! Random metrics of every type.

use opentelemetry_proto::tonic::metrics::v1::exponential_histogram_data_point::Buckets;
use opentelemetry_proto::tonic::metrics::v1::metric::Data;
use opentelemetry_proto::tonic::metrics::v1::number_data_point::Value as Number;
use opentelemetry_proto::tonic::metrics::v1::summary_data_point::ValueAtQuantile;
use opentelemetry_proto::tonic::metrics::v1::{
    Exemplar, ExponentialHistogram, ExponentialHistogramDataPoint, Gauge, Histogram, HistogramDataPoint,
    NumberDataPoint, Sum, Summary, SummaryDataPoint, exemplar,
};
use proptest::prelude::{any, *};

use super::*;

fn exemplars() -> impl Strategy<Value = Vec<Exemplar>> {
    let value = of(prop_oneof![
        double().prop_map(exemplar::Value::AsDouble),
        any::<i64>().prop_map(exemplar::Value::AsInt)
    ]);
    let one = (attributes(), time(), id(8), id(16), value).prop_map(
        |(filtered_attributes, time_unix_nano, span_id, trace_id, value)| Exemplar {
            filtered_attributes,
            time_unix_nano,
            span_id,
            trace_id,
            value,
        },
    );
    vec(one, 0..2)
}

/// What points of every type have: attributes, start, time, flags, count, exemplars.
type Head = (Vec<KeyValue>, u64, u64, u32, u64, Vec<Exemplar>);

fn head() -> impl Strategy<Value = Head> {
    (attributes(), time(), time(), 0..3_u32, any::<u64>(), exemplars())
}

fn number_point() -> impl Strategy<Value = NumberDataPoint> {
    let value = of(prop_oneof![double().prop_map(Number::AsDouble), any::<i64>().prop_map(Number::AsInt)]);
    (head(), value).prop_map(|(head, value)| NumberDataPoint {
        attributes: head.0,
        start_time_unix_nano: head.1,
        time_unix_nano: head.2,
        flags: head.3,
        exemplars: head.5,
        value,
    })
}

fn histogram_point() -> impl Strategy<Value = HistogramDataPoint> {
    let counts = (vec(any::<u64>(), 0..4), vec(double(), 0..4));
    (head(), counts, of(double()), of(double()), of(double())).prop_map(
        |(head, (bucket_counts, explicit_bounds), sum, min, max)| HistogramDataPoint {
            attributes: head.0,
            start_time_unix_nano: head.1,
            time_unix_nano: head.2,
            flags: head.3,
            count: head.4,
            exemplars: head.5,
            sum,
            bucket_counts,
            explicit_bounds,
            min,
            max,
        },
    )
}

fn exponential_point() -> impl Strategy<Value = ExponentialHistogramDataPoint> {
    let buckets = || {
        of((any::<i32>(), vec(any::<u64>(), 0..4))
            .prop_map(|(offset, bucket_counts)| Buckets { offset, bucket_counts }))
    };
    let zero = (any::<i32>(), any::<u64>(), double());
    (head(), zero, buckets(), buckets(), of(double()), of(double()), of(double())).prop_map(
        |(head, (scale, zero_count, zero_threshold), positive, negative, sum, min, max)| {
            ExponentialHistogramDataPoint {
                attributes: head.0,
                start_time_unix_nano: head.1,
                time_unix_nano: head.2,
                flags: head.3,
                count: head.4,
                exemplars: head.5,
                scale,
                zero_count,
                zero_threshold,
                positive,
                negative,
                sum,
                min,
                max,
            }
        },
    )
}

fn summary_point() -> impl Strategy<Value = SummaryDataPoint> {
    let quantiles =
        vec((double(), double()).prop_map(|(quantile, value)| ValueAtQuantile { quantile, value }), 0..3);
    (head(), double(), quantiles).prop_map(|(head, sum, quantile_values)| SummaryDataPoint {
        attributes: head.0,
        start_time_unix_nano: head.1,
        time_unix_nano: head.2,
        flags: head.3,
        count: head.4,
        sum,
        quantile_values,
    })
}

fn data() -> impl Strategy<Value = Data> {
    prop_oneof![
        vec(number_point(), 0..3).prop_map(|data_points| Data::Gauge(Gauge { data_points })),
        (vec(number_point(), 0..3), 0..3_i32, any::<bool>()).prop_map(
            |(data_points, aggregation_temporality, is_monotonic)| {
                Data::Sum(Sum { data_points, aggregation_temporality, is_monotonic })
            }
        ),
        (vec(histogram_point(), 0..3), 0..3_i32).prop_map(|(data_points, aggregation_temporality)| {
            Data::Histogram(Histogram { data_points, aggregation_temporality })
        }),
        (vec(exponential_point(), 0..3), 0..3_i32).prop_map(|(data_points, aggregation_temporality)| {
            Data::ExponentialHistogram(ExponentialHistogram { data_points, aggregation_temporality })
        }),
        vec(summary_point(), 0..3).prop_map(|data_points| Data::Summary(Summary { data_points })),
    ]
}

pub(in super::super) fn metrics() -> impl Strategy<Value = ExportMetricsServiceRequest> {
    let metric = (words(), words(), words(), attributes(), of(data())).prop_map(
        |(name, description, unit, metadata, data)| Metric { name, description, unit, metadata, data },
    );
    let scope_metrics = (a_scope(), vec(metric, 0..3), words())
        .prop_map(|(scope, metrics, schema_url)| ScopeMetrics { scope, metrics, schema_url });
    let resource_metrics = (a_resource(), vec(scope_metrics, 0..2), words()).prop_map(
        |(resource, scope_metrics, schema_url)| ResourceMetrics { resource, scope_metrics, schema_url },
    );
    vec(resource_metrics, 0..2).prop_map(|resource_metrics| ExportMetricsServiceRequest { resource_metrics })
}
