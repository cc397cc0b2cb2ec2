//! What a request would take in memory once it is decoded, by a walk over its protobuf fields that builds nothing. A few
//! bytes on the wire may stand for a large structure: an empty span is two of them.

use std::mem::size_of;

use opentelemetry_proto::tonic::common::v1::{AnyValue, InstrumentationScope, KeyValue};
use opentelemetry_proto::tonic::logs::v1::{LogRecord, ResourceLogs, ScopeLogs};
use opentelemetry_proto::tonic::metrics::v1 as metrics;
use opentelemetry_proto::tonic::resource::v1::Resource;
use opentelemetry_proto::tonic::trace::v1::span::{Event, Link};
use opentelemetry_proto::tonic::trace::v1::{ResourceSpans, ScopeSpans, Span};

use crate::signal::Signal;

/// A kind of message: what one takes beyond its bytes on the wire, and which of its fields are messages themselves.
struct Shape {
    bytes: usize,
    fields: &'static [(u64, &'static Shape)],
}

macro_rules! shapes {
    ($($name:ident: $message:ty { $($field:literal: $child:ident),* $(,)? })*) => {
        $(static $name: Shape = Shape {
            bytes: size_of::<$message>(),
            fields: &[$(($field, &$child)),*],
        };)*
    };
}

// By <https://github.com/open-telemetry/opentelemetry-proto/tree/main/opentelemetry/proto>.
shapes! {
    TRACES: () { 1: RESOURCE_SPANS }
    RESOURCE_SPANS: ResourceSpans { 1: RESOURCE, 2: SCOPE_SPANS }
    SCOPE_SPANS: ScopeSpans { 1: SCOPE, 2: SPAN }
    SPAN: Span { 9: KEY_VALUE, 11: EVENT, 13: LINK }
    EVENT: Event { 3: KEY_VALUE }
    LINK: Link { 4: KEY_VALUE }
    LOGS: () { 1: RESOURCE_LOGS }
    RESOURCE_LOGS: ResourceLogs { 1: RESOURCE, 2: SCOPE_LOGS }
    SCOPE_LOGS: ScopeLogs { 1: SCOPE, 2: LOG_RECORD }
    LOG_RECORD: LogRecord { 5: ANY_VALUE, 6: KEY_VALUE }
    METRICS: () { 1: RESOURCE_METRICS }
    RESOURCE_METRICS: metrics::ResourceMetrics { 1: RESOURCE, 2: SCOPE_METRICS }
    SCOPE_METRICS: metrics::ScopeMetrics { 1: SCOPE, 2: METRIC }
    METRIC: metrics::Metric {
        5: NUMBERS, 7: NUMBERS, 9: HISTOGRAM, 10: EXPONENTIAL_HISTOGRAM, 11: SUMMARY, 12: KEY_VALUE
    }
    NUMBERS: metrics::Sum { 1: NUMBER }
    NUMBER: metrics::NumberDataPoint { 5: EXEMPLAR, 7: KEY_VALUE }
    HISTOGRAM: metrics::Histogram { 1: HISTOGRAM_POINT }
    HISTOGRAM_POINT: metrics::HistogramDataPoint { 8: EXEMPLAR, 9: KEY_VALUE }
    EXPONENTIAL_HISTOGRAM: metrics::ExponentialHistogram { 1: EXPONENTIAL_POINT }
    EXPONENTIAL_POINT: metrics::ExponentialHistogramDataPoint {
        1: KEY_VALUE, 8: BUCKETS, 9: BUCKETS, 11: EXEMPLAR
    }
    BUCKETS: metrics::exponential_histogram_data_point::Buckets {}
    SUMMARY: metrics::Summary { 1: SUMMARY_POINT }
    SUMMARY_POINT: metrics::SummaryDataPoint { 6: QUANTILE, 7: KEY_VALUE }
    QUANTILE: metrics::summary_data_point::ValueAtQuantile {}
    EXEMPLAR: metrics::Exemplar { 7: KEY_VALUE }
    RESOURCE: Resource { 1: KEY_VALUE }
    SCOPE: InstrumentationScope { 3: KEY_VALUE }
    KEY_VALUE: KeyValue { 2: ANY_VALUE }
    ANY_VALUE: AnyValue { 5: VALUES, 6: PAIRS }
    VALUES: () { 1: ANY_VALUE }
    PAIRS: () { 1: KEY_VALUE }
}

/// prost gives up on messages that nest deeper.
const DEPTH: usize = 100;

/// Bytes that the decoded request would take at least. Where the bytes are no protobuf the walk ends, as the decoder will.
pub(crate) fn weigh(signal: Signal, body: &[u8]) -> usize {
    let shape = match signal {
        Signal::Spans => &TRACES,
        Signal::Logs => &LOGS,
        Signal::Metrics => &METRICS,
    };
    body.len().saturating_add(structures(body, shape, 0))
}

fn structures(mut bytes: &[u8], shape: &Shape, depth: usize) -> usize {
    let mut sum = 0;
    while let Some((field, content)) = next_field(&mut bytes) {
        let child = shape.fields.iter().find(|(number, _)| *number == field);
        if let (Some(content), Some((_, child))) = (content, child)
            && depth < DEPTH
        {
            sum += child.bytes + structures(content, child, depth + 1);
        }
    }
    sum
}

/// The next field: its number, and its content if it has a length. None at the end, and at what cannot be read.
fn next_field<'a>(bytes: &mut &'a [u8]) -> Option<(u64, Option<&'a [u8]>)> {
    let key = varint(bytes)?;
    let content = match key & 7 {
        0 => {
            varint(bytes)?;
            None
        }
        1 => {
            *bytes = bytes.get(8..)?;
            None
        }
        2 => {
            let length = usize::try_from(varint(bytes)?).ok()?;
            let (content, rest) = bytes.split_at_checked(length)?;
            *bytes = rest;
            Some(content)
        }
        5 => {
            *bytes = bytes.get(4..)?;
            None
        }
        _ => return None,
    };
    Some((key >> 3, content))
}

fn varint(bytes: &mut &[u8]) -> Option<u64> {
    let mut value = 0;
    for shift in (0..64).step_by(7) {
        let (byte, rest) = bytes.split_first()?;
        *bytes = rest;
        value |= u64::from(byte & 0x7f) << shift;
        if byte & 0x80 == 0 {
            return Some(value);
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use opentelemetry_proto::tonic::collector::metrics::v1::ExportMetricsServiceRequest;
    use opentelemetry_proto::tonic::collector::trace::v1::ExportTraceServiceRequest;
    use opentelemetry_proto::tonic::common::v1::any_value::Value;
    use opentelemetry_proto::tonic::common::v1::{ArrayValue, KeyValueList};
    use prost::Message as _;

    use super::*;

    fn attribute(value: Value) -> KeyValue {
        KeyValue { value: Some(AnyValue { value: Some(value) }), ..KeyValue::default() }
    }

    #[test]
    fn each_structure_weighs_what_it_takes() {
        let list = Value::ArrayValue(ArrayValue { values: vec![AnyValue::default(); 7] });
        let pairs = Value::KvlistValue(KeyValueList { values: vec![attribute(Value::IntValue(1))] });
        let span = Span {
            attributes: vec![attribute(list), attribute(pairs)],
            events: vec![Event::default(); 3],
            links: vec![Link { attributes: vec![attribute(Value::BoolValue(true))], ..Link::default() }],
            ..Span::default()
        };
        let scope_spans = vec![ScopeSpans { spans: vec![span, Span::default()], ..ScopeSpans::default() }];
        let request = ExportTraceServiceRequest {
            resource_spans: vec![ResourceSpans { scope_spans, ..ResourceSpans::default() }],
        };
        let body = request.encode_to_vec();
        let (pair, value) = (size_of::<KeyValue>(), size_of::<AnyValue>());
        let expected = body.len()
            + size_of::<ResourceSpans>()
            + size_of::<ScopeSpans>()
            + 2 * size_of::<Span>()
            + 3 * size_of::<Event>()
            + size_of::<Link>()
            + 4 * pair
            + (4 + 7) * value;
        assert_eq!(weigh(Signal::Spans, &body), expected);
    }

    #[test]
    fn points_of_every_kind_weigh() {
        let number = metrics::NumberDataPoint {
            exemplars: vec![metrics::Exemplar::default(); 5],
            ..metrics::NumberDataPoint::default()
        };
        let gauge = metrics::Gauge { data_points: vec![number] };
        let metric =
            metrics::Metric { data: Some(metrics::metric::Data::Gauge(gauge)), ..metrics::Metric::default() };
        let scope = metrics::ScopeMetrics { metrics: vec![metric], ..metrics::ScopeMetrics::default() };
        let resource =
            metrics::ResourceMetrics { scope_metrics: vec![scope], ..metrics::ResourceMetrics::default() };
        let request = ExportMetricsServiceRequest { resource_metrics: vec![resource] };
        let body = request.encode_to_vec();
        let exemplars = 5 * size_of::<metrics::Exemplar>();
        assert!(weigh(Signal::Metrics, &body) > exemplars + size_of::<metrics::NumberDataPoint>());
    }

    #[test]
    fn two_bytes_can_weigh_much_and_no_bytes_break_the_walk() {
        let spans: Vec<u8> = [0x12, 0].repeat(1_000);
        let scope = [&[0x12, 0xd0, 0x0f][..], &spans].concat();
        let body = [&[0x0a, 0xd3, 0x0f][..], &scope].concat();
        assert!(weigh(Signal::Spans, &body) > 1_000 * size_of::<Span>());
        for end in 0..body.len() {
            weigh(Signal::Spans, &body[..end]);
            weigh(Signal::Metrics, &body[end..]);
        }
        assert_eq!(weigh(Signal::Logs, &[0x0b, 1, 0xff, 0xff]), 4, "groups are no fields of OTLP");
        let deep = (0..5_000).fold(Vec::new(), |inner: Vec<u8>, _| {
            let mut outer = vec![0x2a];
            prost::encoding::encode_varint(inner.len() as u64 + 2, &mut outer);
            outer.push(0x0a);
            prost::encoding::encode_varint(inner.len() as u64, &mut outer);
            outer.extend_from_slice(&inner);
            outer
        });
        weigh(Signal::Logs, &deep);
    }
}
