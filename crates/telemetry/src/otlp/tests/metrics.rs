//! Metric points of every type.

use opentelemetry_proto::tonic::metrics::v1::exponential_histogram_data_point::Buckets;
use opentelemetry_proto::tonic::metrics::v1::metric::Data;
use opentelemetry_proto::tonic::metrics::v1::number_data_point::Value as Number;
use opentelemetry_proto::tonic::metrics::v1::summary_data_point::ValueAtQuantile;
use opentelemetry_proto::tonic::metrics::v1::{
    ExponentialHistogram, ExponentialHistogramDataPoint, Gauge, Histogram, HistogramDataPoint,
    NumberDataPoint, Sum, Summary, SummaryDataPoint,
};

use super::super::RejectReason;
use super::*;

fn metric(data: Data) -> Metric {
    Metric { name: "shop.orders".to_owned(), unit: "1".to_owned(), data: Some(data), ..Metric::default() }
}

fn number(value: Option<Number>) -> NumberDataPoint {
    NumberDataPoint {
        time_unix_nano: NOW_UNIX,
        start_time_unix_nano: NOW_UNIX - SECOND,
        value,
        ..NumberDataPoint::default()
    }
}

fn gauge(points: Vec<NumberDataPoint>) -> Data {
    Data::Gauge(Gauge { data_points: points })
}

#[test]
fn a_gauge_becomes_a_row() {
    let mut point = number(Some(Number::AsInt(-5)));
    point.attributes = vec![attribute("shop", text("tokyo"))];
    let expected = [
        ("time", "1795486560000000000"),
        ("start_time", "1795486559000000000"),
        ("metric", "shop.orders"),
        ("type", "gauge"),
        ("unit", "1"),
        ("temporality", "null"),
        ("monotonic", "null"),
        ("value", "-5"),
        ("count", "null"),
        ("sum", "null"),
        ("min", "null"),
        ("max", "null"),
        ("distribution", "null"),
        ("scope", "shop.meter"),
        ("attrs", r#"{"shop":"tokyo"}"#),
        ("dropped", "0"),
    ];
    assert_cells(&decode_metrics(vec![metric(gauge(vec![point]))]), &expected);
}

#[test]
fn a_sum_says_its_temporality_and_whether_it_only_grows() {
    for (number_, name) in [(0, "null"), (1, "delta"), (2, "cumulative"), (3, "null")] {
        for is_monotonic in [true, false] {
            let sum = Sum {
                data_points: vec![number(Some(Number::AsDouble(1.5)))],
                aggregation_temporality: number_,
                is_monotonic,
            };
            let expected = [
                ("type", "sum"),
                ("temporality", name),
                ("monotonic", &is_monotonic.to_string()),
                ("value", "1.5"),
            ];
            assert_cells(&decode_metrics(vec![metric(Data::Sum(sum))]), &expected);
        }
    }
}

#[test]
fn a_histogram_keeps_bounds_and_counts() {
    let mut point = HistogramDataPoint {
        time_unix_nano: NOW_UNIX,
        count: 3,
        sum: Some(4.5),
        min: Some(0.5),
        bucket_counts: vec![1, 2],
        explicit_bounds: vec![1.0],
        ..HistogramDataPoint::default()
    };
    let decode = |point: &HistogramDataPoint| {
        let data = Histogram { data_points: vec![point.clone()], aggregation_temporality: 1 };
        decode_metrics(vec![metric(Data::Histogram(data))])
    };
    let expected = [
        ("type", "histogram"),
        ("start_time", "null"),
        ("temporality", "delta"),
        ("monotonic", "null"),
        ("value", "null"),
        ("count", "3"),
        ("sum", "4.5"),
        ("min", "0.5"),
        ("max", "null"),
        ("distribution", r#"{"bounds":[1.0],"counts":[1,2]}"#),
    ];
    assert_cells(&decode(&point), &expected);
    (point.bucket_counts, point.explicit_bounds) = (vec![], vec![]);
    assert_cells(&decode(&point), &[("count", "3"), ("distribution", "null")]);
}

#[test]
fn an_exponential_histogram_keeps_scale_and_buckets() {
    let point = ExponentialHistogramDataPoint {
        time_unix_nano: NOW_UNIX,
        count: 6,
        sum: Some(-1.0),
        scale: -2,
        zero_count: 1,
        zero_threshold: 0.25,
        positive: Some(Buckets { offset: -3, bucket_counts: vec![2, 0, 3] }),
        ..ExponentialHistogramDataPoint::default()
    };
    let data = ExponentialHistogram { data_points: vec![point], aggregation_temporality: 2 };
    let distribution = concat!(
        r#"{"scale":-2,"zero_threshold":0.25,"zero_count":1,"#,
        r#""positive":{"offset":-3,"counts":[2,0,3]},"negative":{"offset":0,"counts":[]}}"#
    );
    let expected = [
        ("type", "exponential_histogram"),
        ("temporality", "cumulative"),
        ("count", "6"),
        ("sum", "-1"),
        ("distribution", distribution),
    ];
    assert_cells(&decode_metrics(vec![metric(Data::ExponentialHistogram(data))]), &expected);
}

#[test]
fn a_summary_keeps_quantiles() {
    let quantile = |quantile, value| ValueAtQuantile { quantile, value };
    let point = SummaryDataPoint {
        time_unix_nano: NOW_UNIX,
        count: 6,
        sum: 2.0,
        quantile_values: vec![quantile(0.5, 1.0), quantile(1.0, f64::NAN)],
        ..SummaryDataPoint::default()
    };
    let distribution = concat!(
        r#"{"quantiles":[{"quantile":0.5,"value":1.0},"#,
        r#"{"quantile":1.0,"value":{"double":"NaN"}}]}"#
    );
    let data = Data::Summary(Summary { data_points: vec![point] });
    let expected = [
        ("type", "summary"),
        ("temporality", "null"),
        ("count", "6"),
        ("sum", "2"),
        ("distribution", distribution),
    ];
    assert_cells(&decode_metrics(vec![metric(data)]), &expected);
}

#[test]
fn a_point_that_says_it_has_no_value_is_kept_without_one() {
    let mut point = number(Some(Number::AsDouble(0.0)));
    point.flags = 1;
    assert_cells(&decode_metrics(vec![metric(gauge(vec![point]))]), &[("value", "null")]);
}

#[test]
fn points_are_rejected_for_their_time_and_for_having_no_data() {
    let old = NumberDataPoint { time_unix_nano: 1, ..number(Some(Number::AsInt(1))) };
    let points = vec![old, number(None), number(Some(Number::AsInt(1)))];
    let nameless = Metric { name: String::new(), ..metric(gauge(points[1..].to_vec())) };
    let empty = Metric { data: None, ..metric(gauge(vec![])) };
    let decoded = decode_metrics(vec![metric(gauge(points)), nameless, empty, metric(gauge(vec![]))]);
    assert_eq!(decoded.outcome.accepted, 1);
    assert_eq!(
        decoded.outcome.reasons,
        [(RejectReason::TooOld, 1), (RejectReason::NoName, 2), (RejectReason::NoData, 2)]
    );
}
