//! The shop's metrics: request durations as delta histograms, orders and messages as sums, queues and machines as gauges.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use ippo_base::Timestamp;
use opentelemetry_proto::tonic::collector::metrics::v1::ExportMetricsServiceRequest;
use opentelemetry_proto::tonic::common::v1::{InstrumentationScope, KeyValue};
use opentelemetry_proto::tonic::metrics::v1::metric::Data;
use opentelemetry_proto::tonic::metrics::v1::number_data_point::Value;
use opentelemetry_proto::tonic::metrics::v1::{
    AggregationTemporality, Gauge, Histogram, HistogramDataPoint, Metric, NumberDataPoint, ResourceMetrics,
    ScopeMetrics, Sum,
};

use crate::attribute::{int, text};
use crate::draw::Draw;
use crate::fault::Fault;
use crate::topology::{Process, REPLICAS, Service};
use crate::truth::Call;
use crate::unit::World;

/// Bucket bounds that the semantic conventions advise for durations, in seconds.
const BOUNDS: [f64; 14] = [0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25, 0.5, 0.75, 1.0, 2.5, 5.0, 7.5, 10.0];

const METRICS_STREAM: u64 = 7;
const MEBIBYTE: u64 = 1024 * 1024;

/// How often metrics are sent: each minute when live, every five minutes in history, which keeps it small.
pub(crate) fn interval_ending(end: Timestamp, live: Timestamp) -> Duration {
    if end <= live { Duration::from_secs(300) } else { Duration::from_secs(60) }
}

/// The ends of intervals after `from`, up to `to`.
pub(crate) fn interval_ends(from: Timestamp, to: Timestamp, live: Timestamp) -> Vec<Timestamp> {
    let minutes = from.minute().plus(1).0..=to.minute().0;
    let ends = minutes.map(|m| ippo_base::Minute(m).start());
    ends.filter(|&end| {
        let interval = i64::try_from(interval_ending(end, live).as_secs()).unwrap_or(i64::MAX);
        end.as_secs() % interval == 0
    })
    .collect()
}

/// The metrics of the interval that ends at `end`, in which `calls` ended; and how many points they have.
pub(crate) fn export(
    world: World<'_>,
    end: Timestamp,
    calls: &[&Call],
) -> Option<(ExportMetricsServiceRequest, u64)> {
    let live = world.settings.live();
    // What holds from `end` on is not yet known to an interval that ends there.
    let within = end.minus(Duration::from_secs(1));
    if world.schedule.holds(Fault::StopShop, within) {
        return None;
    }
    let interval = interval_ending(end, live);
    let window = Window { start: nanos(end.minus(interval)), end: nanos(end) };
    let mut resources = Vec::new();
    let mut points = 0;
    let running = Service::ALL.into_iter().flat_map(|service| {
        let serving = Process::serving(service, 0, within, live, world.schedule);
        (0..REPLICAS).map(move |replica| Process { replica, ..serving })
    });
    let processes: BTreeSet<Process> = running.chain(calls.iter().map(|c| c.process)).collect();
    for process in processes {
        let mine: Vec<&Call> = calls.iter().filter(|c| c.process == process).copied().collect();
        let metrics = of_process(world, process, window, &mine);
        points += metrics.iter().map(count).sum::<u64>();
        let scope = InstrumentationScope { name: "shop.example/metrics".to_owned(), ..Default::default() };
        resources.push(ResourceMetrics {
            resource: Some(process.resource()),
            scope_metrics: vec![ScopeMetrics { scope: Some(scope), metrics, ..Default::default() }],
            ..Default::default()
        });
    }
    Some((ExportMetricsServiceRequest { resource_metrics: resources }, points))
}

fn nanos(at: Timestamp) -> u64 {
    at.as_nanos().unsigned_abs()
}

/// How many points a metric has.
pub(crate) fn count(metric: &Metric) -> u64 {
    let len = match &metric.data {
        Some(Data::Gauge(gauge)) => gauge.data_points.len(),
        Some(Data::Sum(sum)) => sum.data_points.len(),
        Some(Data::Histogram(histogram)) => histogram.data_points.len(),
        _ => 0,
    };
    len as u64
}

#[derive(Clone, Copy)]
struct Window {
    start: u64,
    end: u64,
}

fn of_process(world: World<'_>, process: Process, window: Window, calls: &[&Call]) -> Vec<Metric> {
    let words = [world.seed, METRICS_STREAM, window.end, process.service as u64, process.replica];
    let mut draw = Draw::of(&words);
    let mut metrics = Vec::new();
    metrics.extend(durations(process.service, window, calls));
    let load = calls.len() as u64;
    let memory = (180 + draw.below(40) + 9 * process.service as u64) * MEBIBYTE;
    metrics.push(gauge("process.memory.usage", "By", window, vec![], memory));
    metrics.push(gauge("process.thread.count", "{thread}", window, vec![], 12 + draw.below(6)));
    if let Some((name, unit, usual)) = runtime_gauge(process.service.language()) {
        metrics.push(gauge(name, unit, window, vec![], usual + draw.below(usual / 4 + 1)));
    }
    match process.service {
        Service::Order => {
            let used = (1 + load / 60 + draw.below(3)).min(20);
            let attributes = vec![text("db.client.connection.state", "used")];
            metrics.push(gauge("db.client.connection.count", "{connection}", window, attributes, used));
            let orders = calls.iter().filter(|c| c.name.ends_with("Order/Create") && !c.error).count();
            metrics.push(sum("shop.orders", "{order}", window, orders as u64));
        }
        Service::Mail => {
            let depth = draw.below(3) + load / 30;
            let attributes = vec![text("messaging.destination.name", "order-confirmed")];
            metrics.push(gauge("shop.queue.depth", "{message}", window, attributes, depth));
            metrics.push(sum("messaging.client.consumed.messages", "{message}", window, load));
        }
        _ => {}
    }
    metrics
}

/// What the runtime of a language tells of itself.
fn runtime_gauge(language: &str) -> Option<(&'static str, &'static str, u64)> {
    match language {
        "java" => Some(("jvm.memory.used", "By", 310 * MEBIBYTE)),
        "go" => Some(("go.goroutine.count", "{goroutine}", 64)),
        "dotnet" => Some(("dotnet.gc.last_collection.heap.size", "By", 90 * MEBIBYTE)),
        "nodejs" => Some(("v8js.memory.heap.used", "By", 120 * MEBIBYTE)),
        "python" => Some(("cpython.gc.collected_objects", "{object}", 1_200)),
        _ => None,
    }
}

fn durations(service: Service, window: Window, calls: &[&Call]) -> Option<Metric> {
    let name = match service {
        Service::Frontend => "http.server.request.duration",
        Service::Mail => "messaging.process.duration",
        _ => "rpc.server.call.duration",
    };
    let mut groups: BTreeMap<(&str, u16, bool), Vec<Duration>> = BTreeMap::new();
    for call in calls {
        let key = (call.name.as_str(), call.http_status.unwrap_or(0), call.error);
        groups.entry(key).or_default().push(call.duration);
    }
    let data_points = groups
        .into_iter()
        .map(|((endpoint, status, error), took)| {
            let attributes = endpoint_attributes(service, endpoint, status, error);
            histogram_point(window, attributes, &took)
        })
        .collect::<Vec<_>>();
    if data_points.is_empty() {
        return None;
    }
    let aggregation_temporality = AggregationTemporality::Delta as i32;
    Some(Metric {
        name: name.to_owned(),
        unit: "s".to_owned(),
        data: Some(Data::Histogram(Histogram { data_points, aggregation_temporality })),
        ..Metric::default()
    })
}

fn endpoint_attributes(service: Service, endpoint: &str, status: u16, error: bool) -> Vec<KeyValue> {
    let mut attributes = match service {
        Service::Frontend => {
            let (method, route) = endpoint.split_once(' ').unwrap_or(("", endpoint));
            vec![
                text("http.request.method", method),
                text("http.route", route),
                int("http.response.status_code", u64::from(status)),
            ]
        }
        Service::Mail => vec![text("messaging.destination.name", "order-confirmed")],
        _ => vec![text("rpc.system.name", "grpc"), text("rpc.method", endpoint)],
    };
    if error {
        attributes.push(text("error.type", "_OTHER"));
    }
    attributes
}

fn histogram_point(window: Window, attributes: Vec<KeyValue>, took: &[Duration]) -> HistogramDataPoint {
    let mut bucket_counts = vec![0; BOUNDS.len() + 1];
    for duration in took {
        let secs = duration.as_secs_f64();
        bucket_counts[BOUNDS.partition_point(|&bound| bound < secs)] += 1;
    }
    HistogramDataPoint {
        attributes,
        start_time_unix_nano: window.start,
        time_unix_nano: window.end,
        count: took.len() as u64,
        sum: Some(took.iter().map(Duration::as_secs_f64).sum()),
        bucket_counts,
        explicit_bounds: BOUNDS.to_vec(),
        min: took.iter().min().map(Duration::as_secs_f64),
        max: took.iter().max().map(Duration::as_secs_f64),
        ..HistogramDataPoint::default()
    }
}

fn number(window: Window, attributes: Vec<KeyValue>, value: u64) -> NumberDataPoint {
    NumberDataPoint {
        attributes,
        start_time_unix_nano: window.start,
        time_unix_nano: window.end,
        value: Some(Value::AsInt(i64::try_from(value).unwrap_or(i64::MAX))),
        ..NumberDataPoint::default()
    }
}

fn gauge(name: &str, unit: &str, window: Window, attributes: Vec<KeyValue>, value: u64) -> Metric {
    let data = Data::Gauge(Gauge { data_points: vec![number(window, attributes, value)] });
    Metric { name: name.to_owned(), unit: unit.to_owned(), data: Some(data), ..Metric::default() }
}

fn sum(name: &str, unit: &str, window: Window, value: u64) -> Metric {
    let data = Data::Sum(Sum {
        data_points: vec![number(window, vec![], value)],
        aggregation_temporality: AggregationTemporality::Delta as i32,
        is_monotonic: true,
    });
    Metric { name: name.to_owned(), unit: unit.to_owned(), data: Some(data), ..Metric::default() }
}
