//! What rows of every signal are known by: spans by their ids, log records by their bodies, points by their series and times.

use opentelemetry_proto::tonic::collector::logs::v1::ExportLogsServiceRequest;
use opentelemetry_proto::tonic::collector::metrics::v1::ExportMetricsServiceRequest;
use opentelemetry_proto::tonic::metrics::v1::Metric;
use opentelemetry_proto::tonic::metrics::v1::metric::Data;

use super::*;
use crate::read::cell::{Names, Numbers, Texts};

pub(super) fn of_span(id: u64) -> String {
    format!("span {id}")
}

fn of_record(body: &str) -> String {
    format!("record {body}")
}

fn of_point(metric: &str, label: &str, time: i64) -> String {
    format!("{metric} {label} {time}")
}

/// The names of stored rows.
pub(super) fn of_rows(signal: Signal, batches: &[RecordBatch]) -> Vec<String> {
    batches.iter().flat_map(|batch| (0..batch.num_rows()).map(|row| of_row(signal, batch, row))).collect()
}

fn of_row(signal: Signal, batch: &RecordBatch, row: usize) -> String {
    match signal {
        Signal::Spans => {
            let ids = batch.column_by_name("span_id").expect("there").as_fixed_size_binary();
            of_span(u64::from_be_bytes(ids.value(row).try_into().expect("eight bytes")))
        }
        Signal::Logs => of_record(Texts::of(batch, "body").get(row).expect("there")),
        Signal::Metrics => {
            let attrs = Texts::of(batch, "attrs");
            let attrs: serde_json::Value =
                serde_json::from_str(attrs.get(row).expect("there")).expect("JSON");
            let label = attrs["kind"].as_str().expect("a text");
            of_point(Names::of(batch, "metric").text(row), label, Numbers::of(batch, "time").number(row))
        }
    }
}

/// The names of what a request of logs or of metrics holds.
pub(super) fn of_request(signal: Signal, body: &[u8]) -> Vec<String> {
    match signal {
        Signal::Spans => unreachable!("batches say which spans they have"),
        Signal::Logs => {
            let request = ExportLogsServiceRequest::decode(body).expect("as it was made");
            let scopes = request.resource_logs.into_iter().flat_map(|resource| resource.scope_logs);
            let bodies = scopes.flat_map(|scope| scope.log_records).filter_map(|record| record.body);
            bodies.map(|body| of_record(&text(&body))).collect()
        }
        Signal::Metrics => {
            let request = ExportMetricsServiceRequest::decode(body).expect("as it was made");
            let scopes = request.resource_metrics.into_iter().flat_map(|resource| resource.scope_metrics);
            scopes.flat_map(|scope| scope.metrics).flat_map(|metric| of_metric(&metric)).collect()
        }
    }
}

fn of_metric(metric: &Metric) -> Vec<String> {
    let name = |attributes: &[KeyValue], time: u64| {
        let label = attributes[0].value.as_ref().map(text).expect("there");
        of_point(&metric.name, &label, i64::try_from(time).expect("before 2262"))
    };
    match metric.data.as_ref().expect("there") {
        Data::Sum(sum) => {
            sum.data_points.iter().map(|point| name(&point.attributes, point.time_unix_nano)).collect()
        }
        Data::Histogram(histogram) => {
            histogram.data_points.iter().map(|point| name(&point.attributes, point.time_unix_nano)).collect()
        }
        other => panic!("nobody sends {other:?}"),
    }
}

fn text(value: &AnyValue) -> String {
    match &value.value {
        Some(Value::StringValue(text)) => text.clone(),
        other => panic!("{other:?} is no text"),
    }
}
