//! The shop as a pure function: a seed, settings and a schedule in; for any range of time, telemetry and truth out.
//!
//! It has no state and no clock. The same range gives the same bytes, whatever was asked before.

use std::collections::BTreeMap;
use std::time::Duration;

use bytes::Bytes;
use ippo_base::{Minute, TimeRange, Timestamp};
use opentelemetry_proto::tonic::collector::logs::v1::ExportLogsServiceRequest;
use opentelemetry_proto::tonic::collector::metrics::v1::ExportMetricsServiceRequest;
use opentelemetry_proto::tonic::collector::trace::v1::ExportTraceServiceRequest;
use opentelemetry_proto::tonic::common::v1::InstrumentationScope;
use opentelemetry_proto::tonic::logs::v1::{LogRecord, ResourceLogs, ScopeLogs};
use opentelemetry_proto::tonic::trace::v1::{ResourceSpans, ScopeSpans, Span};
use prost::Message as _;

use crate::draw::Draw;
use crate::fault::Schedule;
use crate::metrics;
use crate::render::render;
use crate::topology::Process;
use crate::traffic::Settings;
use crate::truth::{Call, Truth};
use crate::unit::{Unit, World};
use crate::visit::{self, VISIT_LIMIT, Visit};

/// No request takes longer.
const REQUEST_LIMIT: Duration = Duration::from_secs(60);
/// Spans in one message, at most, but for a last request that does not fit.
const SPANS_PER_MESSAGE: usize = 2_000;
/// Log records in one message, at most, with the same exception.
const LOGS_PER_MESSAGE: usize = 4_000;

const COUNT_STREAM: u64 = 0;

/// The kind of a message, and so where it is sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Signal {
    /// Spans.
    Traces,
    /// Log records.
    Logs,
    /// Metric points.
    Metrics,
}

/// One request of OTLP, encoded.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Message {
    /// What it carries.
    pub signal: Signal,
    /// The protobuf body.
    pub body: Bytes,
    /// How many spans, records or points are in it.
    pub items: u64,
}

/// All that the shop sends about a range of time.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Emission {
    /// Spans, in the order in which their requests ended.
    pub traces: Vec<ExportTraceServiceRequest>,
    /// Log records, in the same order.
    pub logs: Vec<ExportLogsServiceRequest>,
    /// One message an interval.
    pub metrics: Vec<ExportMetricsServiceRequest>,
    /// Each call that was served.
    pub calls: Vec<Call>,
    /// Their sums.
    pub truth: Truth,
}

impl Emission {
    /// The messages as they go over the wire, traces first.
    pub fn messages(&self) -> Vec<Message> {
        let traces = self.traces.iter().map(|request| Message {
            signal: Signal::Traces,
            body: request.encode_to_vec().into(),
            items: count_spans(request),
        });
        let logs = self.logs.iter().map(|request| Message {
            signal: Signal::Logs,
            body: request.encode_to_vec().into(),
            items: count_logs(request),
        });
        let metrics = self.metrics.iter().map(|request| Message {
            signal: Signal::Metrics,
            body: request.encode_to_vec().into(),
            items: count_points(request),
        });
        traces.chain(logs).chain(metrics).collect()
    }
}

fn count_spans(request: &ExportTraceServiceRequest) -> u64 {
    request.resource_spans.iter().flat_map(|r| &r.scope_spans).map(|s| s.spans.len() as u64).sum()
}

fn count_logs(request: &ExportLogsServiceRequest) -> u64 {
    request.resource_logs.iter().flat_map(|r| &r.scope_logs).map(|s| s.log_records.len() as u64).sum()
}

fn count_points(request: &ExportMetricsServiceRequest) -> u64 {
    let metrics = request.resource_metrics.iter().flat_map(|r| &r.scope_metrics).flat_map(|s| &s.metrics);
    metrics.map(metrics::count).sum()
}

/// A simulated web shop.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Shop {
    seed: u64,
    settings: Settings,
    schedule: Schedule,
}

impl Shop {
    /// The shop of `seed`, in which nothing breaks.
    pub fn new(seed: u64, settings: Settings) -> Self {
        Self { seed, settings, schedule: Schedule::calm() }
    }

    /// The same shop with other outages.
    #[must_use]
    pub fn with_schedule(self, schedule: Schedule) -> Self {
        Self { schedule, ..self }
    }

    /// How the shop is.
    pub fn settings(&self) -> &Settings {
        &self.settings
    }

    /// What breaks when.
    pub fn schedule(&self) -> &Schedule {
        &self.schedule
    }

    /// All requests that *end* within `range`, and the metrics of the intervals that end in it (its end included, its
    /// start not). Ranges that follow one another give every request once.
    pub fn emit(&self, range: TimeRange) -> Emission {
        let live = self.settings.live();
        let ends = metrics::interval_ends(range.from, range.to, live);
        let starts = ends.iter().map(|&end| end.minus(metrics::interval_ending(end, live)));
        let from = starts.chain([range.from]).min().unwrap_or(range.from);
        let units = self.units(TimeRange { from, to: range.to });
        let mut emission = Emission::default();
        self.add_metrics(&mut emission, &ends, &units);
        let mut batch = Batch::default();
        for unit in units.into_iter().filter(|u| u.ended >= range.from) {
            unit.calls.iter().for_each(|call| emission.truth.count(call));
            emission.calls.extend(unit.calls);
            emission.truth.spans += unit.spans.len() as u64;
            emission.truth.logs += unit.logs.len() as u64;
            batch.spans.extend(unit.spans);
            batch.logs.extend(unit.logs);
            if batch.spans.len() >= SPANS_PER_MESSAGE {
                emission.traces.extend(batch.take_spans());
            }
            if batch.logs.len() >= LOGS_PER_MESSAGE {
                emission.logs.extend(batch.take_logs());
            }
        }
        emission.traces.extend(batch.take_spans());
        emission.logs.extend(batch.take_logs());
        emission
    }

    fn world(&self) -> World<'_> {
        World { seed: self.seed, settings: &self.settings, schedule: &self.schedule }
    }

    fn add_metrics(&self, emission: &mut Emission, ends: &[Timestamp], units: &[Unit]) {
        for &end in ends {
            let start = end.minus(metrics::interval_ending(end, self.settings.live()));
            let first = units.partition_point(|u| u.ended < start);
            let after = units.partition_point(|u| u.ended < end);
            let calls: Vec<&Call> = units[first..after].iter().flat_map(|u| &u.calls).collect();
            if let Some((request, points)) = metrics::export(self.world(), end, &calls) {
                emission.truth.points += points;
                emission.metrics.push(request);
            }
        }
    }

    /// Everyone who comes in `minute`.
    fn visits(&self, minute: Minute) -> impl Iterator<Item = Visit> {
        let mut draw = Draw::of(&[self.seed, COUNT_STREAM, u64::from(minute.0)]);
        let count = self.settings.visits(minute, &mut draw);
        let usual = (0..count).map(move |number| visit::plan(self.seed, &self.schedule, minute, number));
        usual.chain(visit::plan_unlucky(self.seed, &self.schedule, minute))
    }

    /// The requests that end within `range`, in order of their end.
    fn units(&self, range: TimeRange) -> Vec<Unit> {
        let earliest = range.from.minus(REQUEST_LIMIT);
        // An unlucky visit arrives up to seventy seconds after the start of its minute.
        let first = earliest.minus(VISIT_LIMIT).minute().minus(2);
        let last = range.to.minute();
        let mut units = Vec::new();
        for minute in (first.0..=last.0).map(Minute) {
            for visit in self.visits(minute) {
                let due = visit.steps.iter().filter(|s| s.at >= earliest && s.at < range.to);
                let rendered = due.map(|step| render(self.world(), &visit, step));
                units.extend(rendered.filter(|u| u.ended >= range.from && u.ended < range.to));
            }
        }
        units.sort_by_key(|u| (u.ended, u.trace));
        units
    }
}

#[derive(Default)]
struct Batch {
    spans: Vec<(Process, Span)>,
    logs: Vec<(Process, LogRecord)>,
}

fn by_process<T>(items: Vec<(Process, T)>) -> BTreeMap<Process, Vec<T>> {
    let mut groups: BTreeMap<Process, Vec<T>> = BTreeMap::new();
    for (process, item) in items {
        groups.entry(process).or_default().push(item);
    }
    groups
}

fn scope(process: Process) -> Option<InstrumentationScope> {
    let (name, version) = process.service.scope();
    Some(InstrumentationScope { name: name.to_owned(), version: version.to_owned(), ..Default::default() })
}

impl Batch {
    fn take_spans(&mut self) -> Option<ExportTraceServiceRequest> {
        let groups = by_process(std::mem::take(&mut self.spans));
        let resource_spans: Vec<ResourceSpans> = groups
            .into_iter()
            .map(|(process, spans)| ResourceSpans {
                resource: Some(process.resource()),
                scope_spans: vec![ScopeSpans { scope: scope(process), spans, ..Default::default() }],
                ..Default::default()
            })
            .collect();
        (!resource_spans.is_empty()).then_some(ExportTraceServiceRequest { resource_spans })
    }

    fn take_logs(&mut self) -> Option<ExportLogsServiceRequest> {
        let groups = by_process(std::mem::take(&mut self.logs));
        let resource_logs: Vec<ResourceLogs> = groups
            .into_iter()
            .map(|(process, log_records)| ResourceLogs {
                resource: Some(process.resource()),
                scope_logs: vec![ScopeLogs { scope: scope(process), log_records, ..Default::default() }],
                ..Default::default()
            })
            .collect();
        (!resource_logs.is_empty()).then_some(ExportLogsServiceRequest { resource_logs })
    }
}
