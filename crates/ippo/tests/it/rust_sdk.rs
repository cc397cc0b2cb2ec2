//! OpenTelemetry's own SDK for Rust: all that it sends, compressed with zstd too, which those for Python and Node cannot.

use std::sync::{Arc, Mutex};
use std::time::{Duration, SystemTime};

use opentelemetry::logs::{AnyValue, LogRecord as _, Logger as _, LoggerProvider as _, Severity};
use opentelemetry::metrics::MeterProvider as _;
use opentelemetry::trace::{
    Span as _, SpanKind, Status, TraceContextExt as _, Tracer as _, TracerProvider as _,
};
use opentelemetry::{Context, KeyValue};
use opentelemetry_otlp::{
    Compression, LogExporter, MetricExporter, Protocol, SpanExporter, WithExportConfig as _,
    WithHttpConfig as _, WithTonicConfig as _,
};
use opentelemetry_sdk::Resource;
use opentelemetry_sdk::error::OTelSdkResult;
use opentelemetry_sdk::logs::SdkLoggerProvider;
use opentelemetry_sdk::metrics::data::{AggregatedMetrics, ExponentialBucket, MetricData, ResourceMetrics};
use opentelemetry_sdk::metrics::exporter::PushMetricExporter;
use opentelemetry_sdk::metrics::{Aggregation, Instrument, SdkMeterProvider, Stream, Temporality};
use opentelemetry_sdk::trace::SdkTracerProvider;
use serde_json::{Value, json};

use crate::binary::{Running, token};
use crate::everything::{began, nanos};
use crate::sdk::check;

/// How long an end may take that has to send something again.
const PATIENCE: Duration = Duration::from_secs(30);

/// Where and how to send.
#[derive(Clone)]
pub(crate) struct Way {
    protocol: &'static str,
    compression: Option<Compression>,
    endpoint: String,
}

/// The way to a server.
pub(crate) fn way(server: &Running, protocol: &'static str, compression: Option<Compression>) -> Way {
    let endpoint = match protocol {
        "grpc" => format!("http://{}", server.otlp_grpc),
        _ => server.otlp_http.clone(),
    };
    Way { protocol, compression, endpoint }
}

/// The exporter of a signal, whose builder and path are given.
macro_rules! exporter {
    ($way:expr, $exporter:ty, $path:literal) => {{
        let Way { protocol, compression, endpoint } = $way.clone();
        let built = if protocol == "grpc" {
            let builder = <$exporter>::builder().with_tonic().with_endpoint(endpoint);
            match compression {
                Some(compression) => builder.with_compression(compression).build(),
                None => builder.build(),
            }
        } else {
            let protocol = if protocol == "http-json" { Protocol::HttpJson } else { Protocol::HttpBinary };
            let builder = <$exporter>::builder().with_http().with_protocol(protocol);
            let builder = builder.with_endpoint(format!("{endpoint}{}", $path));
            match compression {
                Some(compression) => builder.with_compression(compression).build(),
                None => builder.build(),
            }
        };
        built.expect("an exporter")
    }};
}

/// What was sent, an item a line.
#[derive(Clone, Default)]
struct Said(Arc<Mutex<String>>);

impl Said {
    fn tell(&self, item: &Value) {
        let mut said = self.0.lock().expect("no panic");
        said.push_str(&item.to_string());
        said.push('\n');
    }
}

/// Tells each point, as ippo should have it, before it is sent.
struct Told {
    exporter: MetricExporter,
    said: Said,
}

impl PushMetricExporter for Told {
    async fn export(&self, metrics: &ResourceMetrics) -> OTelSdkResult {
        for metric in metrics.scope_metrics().flat_map(|scope| scope.metrics()) {
            let rows = match metric.data() {
                AggregatedMetrics::F64(data) => rows(data),
                AggregatedMetrics::U64(data) => rows(data),
                AggregatedMetrics::I64(data) => rows(data),
            };
            for mut row in rows {
                row["signal"] = json!("metrics");
                row["metric"] = json!(metric.name());
                row["unit"] = json!(metric.unit());
                self.said.tell(&row);
            }
        }
        self.exporter.export(metrics).await
    }

    fn force_flush(&self) -> OTelSdkResult {
        self.exporter.force_flush()
    }

    fn shutdown_with_timeout(&self, timeout: Duration) -> OTelSdkResult {
        self.exporter.shutdown_with_timeout(timeout)
    }

    fn temporality(&self) -> Temporality {
        self.exporter.temporality()
    }
}

fn unix_nanos(time: SystemTime) -> String {
    time.duration_since(SystemTime::UNIX_EPOCH).expect("after 1970").as_nanos().to_string()
}

fn attributes_of<'a>(attributes: impl Iterator<Item = &'a KeyValue>) -> Value {
    let text = |attribute: &KeyValue| (attribute.key.to_string(), json!(attribute.value.to_string()));
    Value::Object(attributes.map(text).collect())
}

/// The points of a metric in the columns of ippo.
fn rows<T: Copy + serde::Serialize>(data: &MetricData<T>) -> Vec<Value> {
    let side = |bucket: &ExponentialBucket| json!({"offset": bucket.offset(), "counts": bucket.counts().collect::<Vec<_>>()});
    match data {
        MetricData::Gauge(gauge) => gauge
            .data_points()
            .map(|point| {
                let attrs = attributes_of(point.attributes());
                json!({"type": "gauge", "value": point.value(), "attrs": attrs, "time": unix_nanos(gauge.time())})
            })
            .collect(),
        MetricData::Sum(sum) => sum
            .data_points()
            .map(|point| {
                json!({
                    "type": "sum", "value": point.value(), "attrs": attributes_of(point.attributes()),
                    "time": unix_nanos(sum.time()), "temporality": "cumulative", "monotonic": sum.is_monotonic(),
                })
            })
            .collect(),
        MetricData::Histogram(histogram) => histogram
            .data_points()
            .map(|point| {
                let (bounds, counts) = (point.bounds().collect::<Vec<_>>(), point.bucket_counts().collect::<Vec<_>>());
                json!({
                    "type": "histogram", "count": point.count(), "sum": point.sum(), "min": point.min(),
                    "max": point.max(), "distribution": {"bounds": bounds, "counts": counts},
                    "attrs": attributes_of(point.attributes()), "time": unix_nanos(histogram.time()),
                    "temporality": "cumulative",
                })
            })
            .collect(),
        MetricData::ExponentialHistogram(histogram) => histogram
            .data_points()
            .map(|point| {
                json!({
                    "type": "exponential_histogram", "count": point.count(), "sum": point.sum(), "min": point.min(),
                    "max": point.max(), "distribution": {
                        "scale": point.scale(), "zero_threshold": point.zero_threshold(),
                        "zero_count": point.zero_count(), "positive": side(point.positive_bucket()),
                        "negative": side(point.negative_bucket()),
                    },
                    "attrs": attributes_of(point.attributes()), "time": unix_nanos(histogram.time()),
                    "temporality": "cumulative",
                })
            })
            .collect(),
    }
}

fn send_spans_and_logs(tracers: &SdkTracerProvider, loggers: &SdkLoggerProvider, said: &Said) {
    let (tracer, logger) = (tracers.tracer("fixture"), loggers.logger("fixture"));
    let severities = [Severity::Trace, Severity::Debug2, Severity::Info, Severity::Warn4, Severity::Error];
    for n in 0..100_u32 {
        let text = format!("注文 {n} “quoted” \\ \n end");
        let attributes = json!({"text": text, "negative": -i64::from(n), "share": 0.125, "flag": n % 2 == 0});
        let mut span = tracer
            .span_builder(format!("request {}", n % 7))
            .with_kind(SpanKind::Server)
            .with_attributes([
                KeyValue::new("text", text.clone()),
                KeyValue::new("negative", -i64::from(n)),
                KeyValue::new("share", 0.125),
                KeyValue::new("flag", n % 2 == 0),
            ])
            .start(&tracer);
        if n % 10 == 0 {
            span.record_error(&std::io::Error::other("broken"));
            span.set_status(Status::error("broken"));
        }
        let context = span.span_context().clone();
        let ids = [context.trace_id().to_string(), context.span_id().to_string()];
        said.tell(&json!({
            "signal": "spans", "trace_id": ids[0], "span_id": ids[1], "name": format!("request {}", n % 7),
            "status": if n % 10 == 0 { "error" } else { "unset" }, "attributes": attributes,
        }));
        let current = Context::new().with_span(span);
        if n % 5 == 0 {
            let severity = severities[n as usize / 5 % 5];
            let time = nanos(began()) + u64::from(n);
            let mut record = logger.create_log_record();
            record.set_timestamp(SystemTime::UNIX_EPOCH + Duration::from_nanos(time));
            record.set_severity_number(severity);
            record.set_severity_text(severity.name());
            let body = if n % 2 == 0 { json!(text) } else { json!({"order": n}) };
            record.set_body(match body.as_str() {
                Some(_) => AnyValue::from(text.clone()),
                None => [("order", i64::from(n))].into_iter().collect(),
            });
            record.add_attribute("text", text);
            record.add_attribute("negative", -i64::from(n));
            record.set_trace_context(context.trace_id(), context.span_id(), None);
            logger.emit(record);
            said.tell(&json!({
                "signal": "logs", "trace_id": ids[0], "span_id": ids[1], "time": time.to_string(),
                "severity": severity.name().trim_end_matches(['2', '3', '4']), "severity_number": severity as i32,
                "body": body, "attributes": {"text": attributes["text"], "negative": attributes["negative"]},
            }));
        }
        current.span().end();
    }
}

fn record_metrics(meters: &SdkMeterProvider) {
    let meter = meters.meter("fixture");
    let orders = meter.u64_counter("orders").with_unit("{order}").build();
    let waiting = meter.i64_up_down_counter("waiting").with_unit("{order}").build();
    let level = meter.f64_gauge("level").with_unit("1").build();
    let duration =
        meter.f64_histogram("duration").with_unit("s").with_boundaries(vec![0.1, 1.0, 10.0]).build();
    let size = meter.u64_histogram("size").with_unit("By").build();
    for n in 0..100_u32 {
        let route = [KeyValue::new("route", format!("/orders/{}", n % 2))];
        orders.add(u64::from(n % 3), &route);
        waiting.add(5 - i64::from(n % 7), &route);
        level.record(f64::from(n) / 4.0, &route);
        duration.record(f64::from(n) / 9.0, &route);
        size.record(u64::from(n * n), &route);
    }
}

/// Sends everything, and gives what was sent.
pub(crate) fn send(way: &Way, service: String) -> String {
    let said = Said::default();
    let resource = Resource::builder_empty().with_service_name(service).build();
    let tracers = SdkTracerProvider::builder()
        .with_resource(resource.clone())
        .with_batch_exporter(exporter!(way, SpanExporter, "/v1/traces"))
        .build();
    let loggers = SdkLoggerProvider::builder()
        .with_resource(resource.clone())
        .with_batch_exporter(exporter!(way, LogExporter, "/v1/logs"))
        .build();
    let exponential = |instrument: &Instrument| {
        let aggregation =
            Aggregation::Base2ExponentialHistogram { max_size: 20, max_scale: 20, record_min_max: true };
        let stream = || Stream::builder().with_aggregation(aggregation).build().expect("a stream");
        (instrument.name() == "size").then(stream)
    };
    // Sent once, at the end: the interval is a minute.
    let told = Told { exporter: exporter!(way, MetricExporter, "/v1/metrics"), said: said.clone() };
    let meters = SdkMeterProvider::builder()
        .with_resource(resource)
        .with_periodic_exporter(told)
        .with_view(exponential)
        .build();
    record_metrics(&meters);
    send_spans_and_logs(&tracers, &loggers, &said);
    tracers.shutdown_with_timeout(PATIENCE).expect("spans are sent");
    loggers.shutdown_with_timeout(PATIENCE).expect("logs are sent");
    meters.shutdown_with_timeout(PATIENCE).expect("metrics are sent");
    said.0.lock().expect("no panic").clone()
}

#[tokio::test(flavor = "multi_thread")]
async fn what_the_rust_sdk_sends_arrives_whole_with_zstd_too() {
    let folder = tempfile::tempdir().expect("a folder");
    let server = Running::start(folder.path(), &token(folder.path()));
    for protocol in ["grpc", "http-protobuf", "http-json"] {
        for compression in [None, Some(Compression::Gzip), Some(Compression::Zstd)] {
            let service = format!("rust-{protocol}-{compression:?}");
            let way = way(&server, protocol, compression);
            let sending = {
                let service = service.clone();
                tokio::task::spawn_blocking(move || send(&way, service))
            };
            check(&server, &service, &sending.await.expect("no panic")).await;
        }
    }
}
