//! Native histograms: their buckets in OTLP's numbering, and those that have no form here.

use opentelemetry_proto::tonic::metrics::v1::metric::Data;

use super::messages::{RequestV1, SeriesV1, labels};
use super::*;
use crate::prometheus::Refusal;
use crate::prometheus::histogram::{Native, native};
use crate::prometheus::wire::{BucketSpan, Count, Histogram, ZeroCount};

fn span(offset: i32, length: u32) -> BucketSpan {
    BucketSpan { offset, length }
}

/// Schema 0: 3 in (1, 2], 1 in (2, 4], none in (4, 8], 2 in (8, 16]; 4 in [-2, -1); 5 near zero.
fn histogram() -> Histogram {
    Histogram {
        count: Some(Count::Whole(15)),
        sum: 30.5,
        schema: 0,
        zero_threshold: 1e-9,
        zero_count: Some(ZeroCount::Whole(5)),
        positive_spans: vec![span(1, 2), span(1, 1)],
        positive_deltas: vec![3, -2, 1],
        negative_spans: vec![span(1, 1)],
        negative_deltas: vec![4],
        timestamp_ms: AT_MS,
        ..Histogram::default()
    }
}

fn request(histogram: Histogram) -> Vec<u8> {
    let series = SeriesV1 {
        labels: labels(&[("__name__", "latency_seconds"), ("job", "cart")]),
        samples: Vec::new(),
        histograms: vec![histogram],
    };
    RequestV1 { timeseries: vec![series], metadata: Vec::new() }.encode_to_vec()
}

#[test]
fn buckets_keep_their_boundaries_under_the_other_numbering() {
    let translated = translated(WriteVersion::V1, &request(histogram()));
    assert_eq!((translated.samples, translated.histograms), (0, 1));
    let request = otlp(&translated);
    let metric = &request.resource_metrics[0].scope_metrics[0].metrics[0];
    assert_eq!(metric.unit, "s");
    let Some(Data::ExponentialHistogram(data)) = &metric.data else { panic!("{metric:?}") };
    let point = &data.data_points[0];
    let positive = point.positive.as_ref().expect("buckets");
    // Bucket 0 of OTLP is (1, 2].
    assert_eq!((positive.offset, positive.bucket_counts.as_slice()), (0, [3, 1, 0, 2].as_slice()));
    let negative = point.negative.as_ref().expect("buckets");
    assert_eq!((negative.offset, negative.bucket_counts.as_slice()), (0, [4].as_slice()));
    assert_eq!((point.count, point.sum, point.zero_count), (15, Some(30.5), 5));
    assert_eq!((data.aggregation_temporality, point.zero_threshold), (2, 1e-9));
    assert_eq!(rows(&translated).outcome.accepted, 1);
}

#[test]
fn boundaries_of_its_own_make_an_explicit_histogram() {
    let custom = Histogram {
        count: Some(Count::Float(6.0)),
        schema: -53,
        custom_values: vec![0.1, 0.5, 1.0],
        positive_spans: vec![span(1, 1), span(1, 1)],
        positive_counts: vec![2.0, 4.0],
        positive_deltas: Vec::new(),
        negative_spans: Vec::new(),
        negative_deltas: Vec::new(),
        zero_count: None,
        ..histogram()
    };
    let Ok(Native::Explicit(point)) = native(&custom) else { panic!("explicit") };
    assert_eq!(point.explicit_bounds, [0.1, 0.5, 1.0]);
    assert_eq!(point.bucket_counts, [0, 2, 0, 4]);
    let refused = |custom: &Histogram| native(custom).expect_err("refused");
    assert_eq!(
        refused(&Histogram { custom_values: vec![0.5, 0.1, 1.0], ..custom.clone() }),
        Refusal::BadBuckets
    );
    assert_eq!(refused(&Histogram { custom_values: vec![0.5], ..custom.clone() }), Refusal::BadBuckets);
    assert_eq!(
        refused(&Histogram { zero_count: Some(ZeroCount::Whole(1)), count: Some(Count::Whole(9)), ..custom }),
        Refusal::BadBuckets
    );
}

#[test]
fn histograms_without_a_form_here_are_refused_by_reason() {
    let cases = [
        (Histogram { reset_hint: 3, ..histogram() }, Refusal::GaugeHistogram),
        (Histogram { schema: 9, ..histogram() }, Refusal::UnknownSchema),
        (Histogram { count: Some(Count::Float(15.5)), ..histogram() }, Refusal::Fractions),
        (Histogram { count: Some(Count::Whole(14)), ..histogram() }, Refusal::BadBuckets),
        (Histogram { positive_deltas: vec![3, -4, 1], ..histogram() }, Refusal::BadBuckets),
        (Histogram { positive_deltas: vec![3], ..histogram() }, Refusal::BadBuckets),
        (Histogram { positive_spans: vec![span(1, 2)], ..histogram() }, Refusal::BadBuckets),
        (Histogram { positive_spans: vec![span(1, 2), span(-1, 1)], ..histogram() }, Refusal::BadBuckets),
        (
            Histogram { positive_spans: vec![span(1, 2), span(9_999, 1)], ..histogram() },
            Refusal::TooManyBuckets,
        ),
        (Histogram { positive_counts: vec![1.0], ..histogram() }, Refusal::BadBuckets),
    ];
    for (histogram, expected) in cases {
        assert_eq!(native(&histogram).expect_err("refused"), expected, "{histogram:?}");
        let translated = translated(WriteVersion::V1, &request(histogram));
        assert_eq!((translated.histograms, translated.refused), (0, vec![(expected, 1)]));
    }
}

#[test]
fn the_end_of_a_series_of_histograms_is_a_point_without_value() {
    let stale = Histogram { sum: STALE, timestamp_ms: AT_MS, ..Histogram::default() };
    let translated = translated(WriteVersion::V1, &request(stale));
    let decoded = rows(&translated);
    assert_eq!((translated.histograms, decoded.outcome.accepted), (1, 1));
    assert!(arrow::array::Array::is_null(decoded.rows.column_by_name("count").expect("a column"), 0));
}
