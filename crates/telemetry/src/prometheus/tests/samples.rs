//! Samples of both versions: names, senders, kinds, units, the end of a series.

use arrow::array::{Array as _, AsArray as _, RecordBatch};
use arrow::datatypes::{Float64Type, Int32Type, TimestampNanosecondType};

use super::messages::{RequestV1, sample, v1, v2};
use super::*;
use crate::prometheus::Refusal;
use crate::prometheus::kind::{SampleKind, family, sample_kind, unit};
use crate::prometheus::wire::{FamilyMetadata, kinds};

fn name(rows: &RecordBatch, column: &str, row: usize) -> String {
    let names = rows.column_by_name(column).expect("a column").as_dictionary::<Int32Type>();
    match names.key(row) {
        Some(key) => names.values().as_string::<i32>().value(key).to_owned(),
        None => String::new(),
    }
}

fn text(rows: &RecordBatch, column: &str, row: usize) -> String {
    rows.column_by_name(column).expect("a column").as_string::<i32>().value(row).to_owned()
}

fn value(rows: &RecordBatch, row: usize) -> Option<f64> {
    let values = rows.column_by_name("value").expect("a column").as_primitive::<Float64Type>();
    values.is_valid(row).then(|| values.value(row))
}

const LABELS: &[(&str, &str)] = &[
    ("__name__", "http_requests_total"),
    ("code", "200"),
    ("empty", ""),
    ("instance", "10.0.0.7:9090"),
    ("job", "cart"),
];

#[test]
fn a_sample_becomes_a_point_of_its_sender() {
    let request = v1(LABELS, vec![sample(AT_MS, 7.5), sample(AT_MS + 15_000, STALE)]);
    let translated = translated(WriteVersion::V1, &request.encode_to_vec());
    assert_eq!((translated.samples, translated.histograms, translated.refused_total()), (2, 0, 0));
    let decoded = rows(&translated);
    assert_eq!((decoded.outcome.accepted, decoded.outcome.rejected, decoded.outcome.message()), (2, 0, None));
    let row = |column: &str| name(&decoded.rows, column, 0);
    let head = ["metric", "type", "unit", "temporality", "service"].map(row);
    assert_eq!(head, ["http_requests_total", "sum", "", "cumulative", "cart"]);
    assert_eq!(text(&decoded.rows, "attrs", 0), r#"{"code":"200"}"#);
    assert_eq!(row("resource"), r#"{"service.name":"cart","service.instance.id":"10.0.0.7:9090"}"#);
    let times =
        decoded.rows.column_by_name("time").expect("a column").as_primitive::<TimestampNanosecondType>();
    assert_eq!(times.value(0), AT_MS * 1_000_000);
    assert_eq!((value(&decoded.rows, 0), value(&decoded.rows, 1)), (Some(7.5), None), "the series ends");
    assert!(
        decoded.rows.column_by_name("start_time").expect("a column").is_null(0),
        "nobody says when it began"
    );
}

#[test]
fn version_2_says_kind_unit_and_beginning() {
    let pairs = &[("__name__", "process_cpu"), ("job", "cart")];
    let request = v2(pairs, vec![sample(AT_MS, 7.5)], kinds::COUNTER, "seconds", AT_MS - 9_000);
    let translated = translated(WriteVersion::V2, &request.encode_to_vec());
    let request = otlp(&translated);
    let metric = &request.resource_metrics[0].scope_metrics[0].metrics[0];
    insta::assert_debug_snapshot!(metric);
}

#[test]
fn both_versions_of_a_series_become_the_same() {
    let samples = vec![sample(AT_MS, 1.0)];
    let one = translated(WriteVersion::V1, &v1(LABELS, samples.clone()).encode_to_vec());
    let two = translated(WriteVersion::V2, &v2(LABELS, samples, 0, "", 0).encode_to_vec());
    assert_eq!(one.body, two.body);
}

#[test]
fn kinds_follow_metadata_and_then_names() {
    use SampleKind::{Counter, Gauge};
    let cases = [
        ("up", 0, Gauge),
        ("requests_total", 0, Counter),
        ("latency_seconds_bucket", 0, Counter),
        ("latency_seconds_sum", kinds::HISTOGRAM, Counter),
        ("latency_seconds", kinds::SUMMARY, Gauge),
        ("latency_seconds_count", kinds::SUMMARY, Counter),
        ("node_cpu_count", kinds::GAUGE, Gauge),
        ("odd", kinds::COUNTER, Counter),
        ("build_info", kinds::INFO, Gauge),
        ("mode", kinds::STATE_SET, Gauge),
        ("size_bucket", kinds::GAUGE_HISTOGRAM, Gauge),
    ];
    for (name, declared, expected) in cases {
        assert_eq!(sample_kind(name, declared), expected, "{name} {declared}");
    }
    // In 1.0 the metadata is of the family, wherever in the request it stands.
    let mut request = v1(&[("__name__", "node_cpu_count"), ("job", "n")], vec![sample(AT_MS, 4.0)]);
    let declared =
        FamilyMetadata { kind: kinds::GAUGE, family: "node_cpu_count".to_owned(), unit: String::new() };
    request.metadata.push(declared);
    let decoded = rows(&translated(WriteVersion::V1, &request.encode_to_vec()));
    assert_eq!(name(&decoded.rows, "type", 0), "gauge");
}

#[test]
fn units_follow_metadata_and_then_names() {
    let cases = [
        ("latency_seconds_sum", "", "s"),
        ("latency_seconds_bucket", "seconds", ""),
        ("latency_seconds_count", "", ""),
        ("process_cpu_seconds_total", "", "s"),
        ("resident_memory_bytes", "", "By"),
        ("hit_ratio", "", "1"),
        ("up", "", ""),
        ("queue", "items", "items"),
        ("queue", "bytes", "By"),
    ];
    for (name, declared, expected) in cases {
        assert_eq!(unit(name, declared), expected, "{name} {declared}");
    }
    assert_eq!(family("latency_seconds_bucket"), "latency_seconds");
}

#[test]
fn what_cannot_be_taken_is_refused_one_by_one_with_its_reason() {
    let hours = |hours: i64| AT_MS + hours * 3_600_000;
    let mut request = v1(LABELS, vec![sample(AT_MS, 1.0), sample(hours(-2), 1.0), sample(hours(2), 1.0)]);
    let nameless = v1(&[("job", "cart")], vec![sample(AT_MS, 1.0), sample(AT_MS, 2.0)]);
    let twice = v1(&[("__name__", "up"), ("a", "1"), ("a", "2")], vec![sample(AT_MS, 1.0)]);
    request.timeseries.extend([nameless, twice].into_iter().flat_map(|request| request.timeseries));
    let translated = translated(WriteVersion::V1, &request.encode_to_vec());
    let expected =
        [(Refusal::NoName, 2), (Refusal::LabelTwice, 1), (Refusal::TooOld, 1), (Refusal::TooNew, 1)];
    assert_eq!((translated.samples, translated.refused.as_slice()), (1, expected.as_slice()));
    let message = translated.message().expect("something to say");
    assert!(message.starts_with("2 refused: the series has no __name__; 1 refused: a label"), "{message}");
    assert_eq!(rows(&translated).outcome.accepted, 1);
}

#[test]
fn a_request_without_samples_becomes_nothing() {
    let metadata = FamilyMetadata { kind: 1, family: "up".to_owned(), unit: String::new() };
    let request = RequestV1 { timeseries: Vec::new(), metadata: vec![metadata] };
    assert_eq!(translated(WriteVersion::V1, &request.encode_to_vec()), Translated::default());
}

#[test]
fn requests_that_are_none_are_told_with_their_reason() {
    let error = |version, body: &[u8]| {
        remote_write_to_otlp(version, body, accept()).expect_err("refused").to_string()
    };
    let mut odd = v2(LABELS, vec![sample(AT_MS, 1.0)], 0, "", 0);
    odd.timeseries[0].labels_refs.push(1);
    assert!(error(WriteVersion::V2, &odd.encode_to_vec()).contains("a label without a value"));
    odd.timeseries[0].labels_refs.push(99);
    assert!(
        error(WriteVersion::V2, &odd.encode_to_vec()).contains("symbol 99 is referred to, and there are")
    );
    odd.symbols[0] = "x".to_owned();
    assert!(error(WriteVersion::V2, &odd.encode_to_vec()).contains("the first symbol"));
    assert!(error(WriteVersion::V1, b"\x0a\xff\x01").contains("longer than the body"));
    assert!(error(WriteVersion::V1, b"\x0a\x02\x0a\x09").contains("as prometheus.WriteRequest"));
    let huge = v1(&[("__name__", "up"), ("a", &"x".repeat(2 << 20))], vec![sample(AT_MS, 1.0)]);
    assert!(error(WriteVersion::V1, &huge.encode_to_vec()).contains("one series has"));
    // A few labels on many samples: small on the wire, large once each point has them.
    let long = "x".repeat(100_000);
    let many = v1(&[("__name__", "up"), ("a", &long)], vec![sample(AT_MS, 1.0); 4_000]);
    assert!(error(WriteVersion::V1, &many.encode_to_vec()).contains("once decoded"));
}
