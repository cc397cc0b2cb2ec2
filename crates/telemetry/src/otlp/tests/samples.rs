//! Random requests that use every field.

mod metrics;

use opentelemetry_proto::tonic::common::v1::{ArrayValue, EntityRef, KeyValueList};
use opentelemetry_proto::tonic::trace::v1::Status;
use opentelemetry_proto::tonic::trace::v1::span::{Event, Link};
use proptest::collection::vec;
use proptest::option::of;
use proptest::prelude::{any, *};

pub(super) use metrics::metrics;

use super::*;

fn words() -> impl Strategy<Value = String> {
    prop_oneof![
        3 => prop::sample::select(vec![
            "", "a", "http.route", "http.status_code", "service.name", "user.id", "rpc.method", "a/b", "503", "ERROR",
        ])
        .prop_map(str::to_owned),
        1 => "\\PC{0,8}",
        1 => any::<String>(),
    ]
}

fn double() -> impl Strategy<Value = f64> {
    prop_oneof![
        4 => any::<f64>().prop_map(|x| if x.is_nan() { f64::NAN } else { x }),
        1 => prop::sample::select(vec![0.0, 1.0, f64::NAN, f64::INFINITY, f64::NEG_INFINITY]),
    ]
}

fn value() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        words().prop_map(Value::StringValue),
        any::<bool>().prop_map(Value::BoolValue),
        any::<i64>().prop_map(Value::IntValue),
        double().prop_map(Value::DoubleValue),
        vec(any::<u8>(), 0..6).prop_map(Value::BytesValue),
        any::<i32>().prop_map(Value::StringValueStrindex),
    ];
    leaf.prop_recursive(3, 12, 3, |inner| {
        let element = of(inner.clone()).prop_map(|value| AnyValue { value });
        let entry = (words(), of(inner)).prop_map(|(key, value)| KeyValue {
            key,
            value: value.map(super::any),
            key_strindex: 0,
        });
        prop_oneof![
            vec(element, 0..4).prop_map(|values| Value::ArrayValue(ArrayValue { values })),
            vec(entry, 0..4).prop_map(|values| Value::KvlistValue(KeyValueList { values })),
        ]
    })
}

fn attributes() -> impl Strategy<Value = Vec<KeyValue>> {
    let value = of(of(value()).prop_map(|value| AnyValue { value }));
    vec((words(), value, 0..3), 0..5).prop_map(|list| {
        list.into_iter().map(|(key, value, key_strindex)| KeyValue { key, value, key_strindex }).collect()
    })
}

fn id(width: usize) -> impl Strategy<Value = Vec<u8>> {
    prop_oneof![6 => vec(any::<u8>(), width), 1 => vec(any::<u8>(), 0..20), 1 => Just(vec![0; width])]
}

fn time() -> impl Strategy<Value = u64> {
    prop_oneof![6 => (0..SECOND).prop_map(|offset| NOW_UNIX - offset), 1 => any::<u64>(), 1 => Just(0)]
}

fn a_resource() -> impl Strategy<Value = Option<Resource>> {
    let entity = (words(), words(), vec(words(), 0..3), vec(words(), 0..3)).prop_map(
        |(schema_url, r#type, id_keys, description_keys)| EntityRef {
            schema_url,
            r#type,
            id_keys,
            description_keys,
        },
    );
    of((attributes(), any::<u32>(), vec(entity, 0..2)).prop_map(
        |(attributes, dropped_attributes_count, entity_refs)| Resource {
            attributes,
            dropped_attributes_count,
            entity_refs,
        },
    ))
}

fn a_scope() -> impl Strategy<Value = Option<InstrumentationScope>> {
    of((words(), words(), attributes(), any::<u32>()).prop_map(
        |(name, version, attributes, dropped_attributes_count)| InstrumentationScope {
            name,
            version,
            attributes,
            dropped_attributes_count,
        },
    ))
}

fn event() -> impl Strategy<Value = Event> {
    (time(), words(), attributes(), any::<u32>()).prop_map(
        |(time_unix_nano, name, attributes, dropped_attributes_count)| Event {
            time_unix_nano,
            name,
            attributes,
            dropped_attributes_count,
        },
    )
}

fn link() -> impl Strategy<Value = Link> {
    (id(16), id(8), words(), attributes(), any::<u32>(), any::<u32>()).prop_map(
        |(trace_id, span_id, trace_state, attributes, dropped_attributes_count, flags)| Link {
            trace_id,
            span_id,
            trace_state,
            attributes,
            dropped_attributes_count,
            flags,
        },
    )
}

fn a_span() -> impl Strategy<Value = Span> {
    let ids = (id(16), id(8), prop_oneof![Just(vec![]), id(8)], words(), any::<u32>());
    let facts = (words(), 0..6_i32, time(), time(), attributes());
    let status = of((words(), 0..3_i32).prop_map(|(message, code)| Status { message, code }));
    let lists = (vec(event(), 0..3), vec(link(), 0..3), status);
    (ids, facts, lists, any::<[u32; 3]>()).prop_map(|(ids, facts, lists, dropped)| Span {
        trace_id: ids.0,
        span_id: ids.1,
        parent_span_id: ids.2,
        trace_state: ids.3,
        flags: ids.4,
        name: facts.0,
        kind: facts.1,
        start_time_unix_nano: facts.2,
        end_time_unix_nano: facts.3,
        attributes: facts.4,
        events: lists.0,
        links: lists.1,
        status: lists.2,
        dropped_attributes_count: dropped[0],
        dropped_events_count: dropped[1],
        dropped_links_count: dropped[2],
    })
}

pub(super) fn traces() -> impl Strategy<Value = ExportTraceServiceRequest> {
    let scope_spans = (a_scope(), vec(a_span(), 0..4), words())
        .prop_map(|(scope, spans, schema_url)| ScopeSpans { scope, spans, schema_url });
    let resource_spans = (a_resource(), vec(scope_spans, 0..3), words())
        .prop_map(|(resource, scope_spans, schema_url)| ResourceSpans { resource, scope_spans, schema_url });
    vec(resource_spans, 0..3).prop_map(|resource_spans| ExportTraceServiceRequest { resource_spans })
}

fn a_record() -> impl Strategy<Value = LogRecord> {
    let body = of(of(value()).prop_map(|value| AnyValue { value }));
    let facts = (time(), time(), 0..25_i32, words(), body, attributes());
    (facts, id(16), id(8), words(), any::<u32>(), any::<u32>()).prop_map(
        |(facts, trace_id, span_id, event_name, flags, dropped_attributes_count)| LogRecord {
            time_unix_nano: facts.0,
            observed_time_unix_nano: facts.1,
            severity_number: facts.2,
            severity_text: facts.3,
            body: facts.4,
            attributes: facts.5,
            trace_id,
            span_id,
            event_name,
            flags,
            dropped_attributes_count,
        },
    )
}

pub(super) fn logs() -> impl Strategy<Value = ExportLogsServiceRequest> {
    let scope_logs = (a_scope(), vec(a_record(), 0..4), words())
        .prop_map(|(scope, log_records, schema_url)| ScopeLogs { scope, log_records, schema_url });
    let resource_logs = (a_resource(), vec(scope_logs, 0..3), words())
        .prop_map(|(resource, scope_logs, schema_url)| ResourceLogs { resource, scope_logs, schema_url });
    vec(resource_logs, 0..3).prop_map(|resource_logs| ExportLogsServiceRequest { resource_logs })
}
