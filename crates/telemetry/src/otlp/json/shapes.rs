//! The messages of OTLP as tables: a field's name, number and kind.
//! <https://github.com/open-telemetry/opentelemetry-proto>, version 1.10, without profiles.
//!
//! A test compares every field here with the generated protobuf types.

use crate::signal::Signal;

/// A message: its fields in the order in which senders tend to write them.
pub(super) type Shape = [Field];

/// A field of a message.
#[derive(Debug)]
pub(super) struct Field {
    /// In lowerCamelCase.
    pub(super) name: &'static str,
    pub(super) number: u32,
    pub(super) kind: Kind,
    pub(super) repeated: bool,
}

/// How a field is written in JSON and in protobuf.
#[derive(Debug, Clone, Copy)]
pub(super) enum Kind {
    Text,
    /// Bytes in hexadecimal digits.
    Id,
    /// Bytes in base64.
    Bytes,
    Bool,
    Double,
    Fixed32,
    Fixed64,
    SignedFixed64,
    Int32,
    Int64,
    Uint32,
    Uint64,
    /// A zigzag varint.
    Sint32,
    Enum(Names),
    Message(&'static Message),
}

/// The number of an enum's name.
pub(super) type Names = fn(&str) -> Option<i32>;

/// A shape that others can point to.
#[derive(Debug)]
pub(super) struct Message(pub(super) &'static Shape);

const fn one(name: &'static str, number: u32, kind: Kind) -> Field {
    Field { name, number, kind, repeated: false }
}

const fn many(name: &'static str, number: u32, kind: Kind) -> Field {
    Field { name, number, kind, repeated: true }
}

/// The request of a signal.
pub(super) fn of(signal: Signal) -> &'static Shape {
    match signal {
        Signal::Spans => TRACES.0,
        Signal::Logs => LOGS.0,
        Signal::Metrics => METRICS.0,
    }
}

use Kind::{
    Bool, Bytes, Double, Fixed32, Fixed64, Id, Int32, Int64, SignedFixed64, Sint32, Text, Uint32, Uint64,
};

static ANY_VALUE: Message = Message(&[
    one("stringValue", 1, Text),
    one("boolValue", 2, Bool),
    one("intValue", 3, Int64),
    one("doubleValue", 4, Double),
    one("arrayValue", 5, Kind::Message(&ARRAY_VALUE)),
    one("kvlistValue", 6, Kind::Message(&KEY_VALUE_LIST)),
    one("bytesValue", 7, Bytes),
    one("stringValueStrindex", 8, Int32),
]);
static ARRAY_VALUE: Message = Message(&[many("values", 1, Kind::Message(&ANY_VALUE))]);
static KEY_VALUE_LIST: Message = Message(&[many("values", 1, Kind::Message(&KEY_VALUE))]);
static KEY_VALUE: Message =
    Message(&[one("key", 1, Text), one("value", 2, Kind::Message(&ANY_VALUE)), one("keyStrindex", 3, Int32)]);
static SCOPE: Message = Message(&[
    one("name", 1, Text),
    one("version", 2, Text),
    many("attributes", 3, Kind::Message(&KEY_VALUE)),
    one("droppedAttributesCount", 4, Uint32),
]);
static ENTITY_REF: Message = Message(&[
    one("schemaUrl", 1, Text),
    one("type", 2, Text),
    many("idKeys", 3, Text),
    many("descriptionKeys", 4, Text),
]);
static RESOURCE: Message = Message(&[
    many("attributes", 1, Kind::Message(&KEY_VALUE)),
    one("droppedAttributesCount", 2, Uint32),
    many("entityRefs", 3, Kind::Message(&ENTITY_REF)),
]);

static TRACES: Message = Message(&[many("resourceSpans", 1, Kind::Message(&RESOURCE_SPANS))]);
static RESOURCE_SPANS: Message = Message(&[
    one("resource", 1, Kind::Message(&RESOURCE)),
    many("scopeSpans", 2, Kind::Message(&SCOPE_SPANS)),
    one("schemaUrl", 3, Text),
]);
static SCOPE_SPANS: Message = Message(&[
    one("scope", 1, Kind::Message(&SCOPE)),
    many("spans", 2, Kind::Message(&SPAN)),
    one("schemaUrl", 3, Text),
]);
static SPAN: Message = Message(&[
    one("traceId", 1, Id),
    one("spanId", 2, Id),
    one("traceState", 3, Text),
    one("parentSpanId", 4, Id),
    one("flags", 16, Fixed32),
    one("name", 5, Text),
    one("kind", 6, Kind::Enum(names::span_kind)),
    one("startTimeUnixNano", 7, Fixed64),
    one("endTimeUnixNano", 8, Fixed64),
    many("attributes", 9, Kind::Message(&KEY_VALUE)),
    one("droppedAttributesCount", 10, Uint32),
    many("events", 11, Kind::Message(&EVENT)),
    one("droppedEventsCount", 12, Uint32),
    many("links", 13, Kind::Message(&LINK)),
    one("droppedLinksCount", 14, Uint32),
    one("status", 15, Kind::Message(&STATUS)),
]);
static EVENT: Message = Message(&[
    one("timeUnixNano", 1, Fixed64),
    one("name", 2, Text),
    many("attributes", 3, Kind::Message(&KEY_VALUE)),
    one("droppedAttributesCount", 4, Uint32),
]);
static LINK: Message = Message(&[
    one("traceId", 1, Id),
    one("spanId", 2, Id),
    one("traceState", 3, Text),
    many("attributes", 4, Kind::Message(&KEY_VALUE)),
    one("droppedAttributesCount", 5, Uint32),
    one("flags", 6, Fixed32),
]);
static STATUS: Message = Message(&[one("message", 2, Text), one("code", 3, Kind::Enum(names::status_code))]);

static LOGS: Message = Message(&[many("resourceLogs", 1, Kind::Message(&RESOURCE_LOGS))]);
static RESOURCE_LOGS: Message = Message(&[
    one("resource", 1, Kind::Message(&RESOURCE)),
    many("scopeLogs", 2, Kind::Message(&SCOPE_LOGS)),
    one("schemaUrl", 3, Text),
]);
static SCOPE_LOGS: Message = Message(&[
    one("scope", 1, Kind::Message(&SCOPE)),
    many("logRecords", 2, Kind::Message(&LOG_RECORD)),
    one("schemaUrl", 3, Text),
]);
static LOG_RECORD: Message = Message(&[
    one("timeUnixNano", 1, Fixed64),
    one("observedTimeUnixNano", 11, Fixed64),
    one("severityNumber", 2, Kind::Enum(names::severity)),
    one("severityText", 3, Text),
    one("body", 5, Kind::Message(&ANY_VALUE)),
    many("attributes", 6, Kind::Message(&KEY_VALUE)),
    one("droppedAttributesCount", 7, Uint32),
    one("flags", 8, Fixed32),
    one("traceId", 9, Id),
    one("spanId", 10, Id),
    one("eventName", 12, Text),
]);

static METRICS: Message = Message(&[many("resourceMetrics", 1, Kind::Message(&RESOURCE_METRICS))]);
static RESOURCE_METRICS: Message = Message(&[
    one("resource", 1, Kind::Message(&RESOURCE)),
    many("scopeMetrics", 2, Kind::Message(&SCOPE_METRICS)),
    one("schemaUrl", 3, Text),
]);
static SCOPE_METRICS: Message = Message(&[
    one("scope", 1, Kind::Message(&SCOPE)),
    many("metrics", 2, Kind::Message(&METRIC)),
    one("schemaUrl", 3, Text),
]);
static METRIC: Message = Message(&[
    one("name", 1, Text),
    one("description", 2, Text),
    one("unit", 3, Text),
    one("gauge", 5, Kind::Message(&GAUGE)),
    one("sum", 7, Kind::Message(&SUM)),
    one("histogram", 9, Kind::Message(&HISTOGRAM)),
    one("exponentialHistogram", 10, Kind::Message(&EXPONENTIAL_HISTOGRAM)),
    one("summary", 11, Kind::Message(&SUMMARY)),
    many("metadata", 12, Kind::Message(&KEY_VALUE)),
]);
static GAUGE: Message = Message(&[many("dataPoints", 1, Kind::Message(&NUMBER_POINT))]);
static SUM: Message = Message(&[
    many("dataPoints", 1, Kind::Message(&NUMBER_POINT)),
    one("aggregationTemporality", 2, Kind::Enum(names::temporality)),
    one("isMonotonic", 3, Bool),
]);
static HISTOGRAM: Message = Message(&[
    many("dataPoints", 1, Kind::Message(&HISTOGRAM_POINT)),
    one("aggregationTemporality", 2, Kind::Enum(names::temporality)),
]);
static EXPONENTIAL_HISTOGRAM: Message = Message(&[
    many("dataPoints", 1, Kind::Message(&EXPONENTIAL_POINT)),
    one("aggregationTemporality", 2, Kind::Enum(names::temporality)),
]);
static SUMMARY: Message = Message(&[many("dataPoints", 1, Kind::Message(&SUMMARY_POINT))]);
static NUMBER_POINT: Message = Message(&[
    many("attributes", 7, Kind::Message(&KEY_VALUE)),
    one("startTimeUnixNano", 2, Fixed64),
    one("timeUnixNano", 3, Fixed64),
    one("asDouble", 4, Double),
    one("asInt", 6, SignedFixed64),
    many("exemplars", 5, Kind::Message(&EXEMPLAR)),
    one("flags", 8, Uint32),
]);
static HISTOGRAM_POINT: Message = Message(&[
    many("attributes", 9, Kind::Message(&KEY_VALUE)),
    one("startTimeUnixNano", 2, Fixed64),
    one("timeUnixNano", 3, Fixed64),
    one("count", 4, Fixed64),
    one("sum", 5, Double),
    many("bucketCounts", 6, Fixed64),
    many("explicitBounds", 7, Double),
    many("exemplars", 8, Kind::Message(&EXEMPLAR)),
    one("flags", 10, Uint32),
    one("min", 11, Double),
    one("max", 12, Double),
]);
static EXPONENTIAL_POINT: Message = Message(&[
    many("attributes", 1, Kind::Message(&KEY_VALUE)),
    one("startTimeUnixNano", 2, Fixed64),
    one("timeUnixNano", 3, Fixed64),
    one("count", 4, Fixed64),
    one("sum", 5, Double),
    one("scale", 6, Sint32),
    one("zeroCount", 7, Fixed64),
    one("positive", 8, Kind::Message(&BUCKETS)),
    one("negative", 9, Kind::Message(&BUCKETS)),
    one("flags", 10, Uint32),
    many("exemplars", 11, Kind::Message(&EXEMPLAR)),
    one("min", 12, Double),
    one("max", 13, Double),
    one("zeroThreshold", 14, Double),
]);
static BUCKETS: Message = Message(&[one("offset", 1, Sint32), many("bucketCounts", 2, Uint64)]);
static SUMMARY_POINT: Message = Message(&[
    many("attributes", 7, Kind::Message(&KEY_VALUE)),
    one("startTimeUnixNano", 2, Fixed64),
    one("timeUnixNano", 3, Fixed64),
    one("count", 4, Fixed64),
    one("sum", 5, Double),
    many("quantileValues", 6, Kind::Message(&QUANTILE)),
    one("flags", 8, Uint32),
]);
static QUANTILE: Message = Message(&[one("quantile", 1, Double), one("value", 2, Double)]);
static EXEMPLAR: Message = Message(&[
    many("filteredAttributes", 7, Kind::Message(&KEY_VALUE)),
    one("timeUnixNano", 2, Fixed64),
    one("asDouble", 3, Double),
    one("asInt", 6, SignedFixed64),
    one("spanId", 4, Id),
    one("traceId", 5, Id),
]);

mod names {
    use opentelemetry_proto::tonic::logs::v1::SeverityNumber;
    use opentelemetry_proto::tonic::metrics::v1::AggregationTemporality;
    use opentelemetry_proto::tonic::trace::v1::span::SpanKind;
    use opentelemetry_proto::tonic::trace::v1::status::StatusCode;

    pub(super) fn span_kind(name: &str) -> Option<i32> {
        SpanKind::from_str_name(name).map(i32::from)
    }

    pub(super) fn status_code(name: &str) -> Option<i32> {
        StatusCode::from_str_name(name).map(i32::from)
    }

    pub(super) fn severity(name: &str) -> Option<i32> {
        SeverityNumber::from_str_name(name).map(i32::from)
    }

    pub(super) fn temporality(name: &str) -> Option<i32> {
        AggregationTemporality::from_str_name(name).map(i32::from)
    }
}
