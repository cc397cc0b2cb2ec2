//! Requests in JSON, in each of the ways in which clients write it.

mod metrics;

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use opentelemetry_proto::tonic::trace::v1::span::SpanKind;
use opentelemetry_proto::tonic::trace::v1::status::StatusCode;
use opentelemetry_proto::tonic::{common::v1 as common, logs::v1::SeverityNumber};
use serde_json::{Map, Value as Json, json};

use super::*;

/// A client's habits.
#[derive(Debug, Clone, Copy)]
pub(super) struct Form {
    pub(super) snake_case: bool,
    pub(super) integers_as_text: bool,
    pub(super) upper_case_ids: bool,
    pub(super) enums_by_name: bool,
    pub(super) url_safe_base64: bool,
    /// Writes `null` for what is missing, and fields that nobody knows.
    pub(super) chatty: bool,
}

fn snake(name: &str) -> String {
    name.chars()
        .flat_map(|c| c.is_ascii_uppercase().then_some('_').into_iter().chain([c.to_ascii_lowercase()]))
        .collect()
}

impl Form {
    fn object(self, fields: impl IntoIterator<Item = (&'static str, Json)>) -> Json {
        let mut object = Map::new();
        for (name, value) in fields {
            let name = if self.snake_case { snake(name) } else { name.to_owned() };
            if !value.is_null() || self.chatty {
                object.insert(name, value);
            }
        }
        if self.chatty {
            object.insert("neverHeardOf".to_owned(), json!({"a": [1, -2.5e3, {"b": null}, "\\u0041", true]}));
        }
        Json::Object(object)
    }

    fn int(self, value: impl Into<i128> + std::fmt::Display + Copy) -> Json {
        if self.integers_as_text {
            return json!(value.to_string());
        }
        serde_json::from_str(&value.to_string()).expect("digits are a number")
    }

    fn double(self, value: f64) -> Json {
        match value {
            _ if value.is_nan() => json!("NaN"),
            f64::INFINITY => json!("Infinity"),
            f64::NEG_INFINITY => json!("-Infinity"),
            _ => json!(value),
        }
    }

    fn maybe_double(self, value: Option<f64>) -> Json {
        value.map_or(Json::Null, |value| self.double(value))
    }

    fn id(self, bytes: &[u8]) -> Json {
        json!(if self.upper_case_ids { hex::encode_upper(bytes) } else { hex::encode(bytes) })
    }

    fn name(self, number: i32, name: &str) -> Json {
        if self.enums_by_name { json!(name) } else { json!(number) }
    }

    fn list<T>(self, items: &[T], write: impl Fn(&T) -> Json) -> Json {
        Json::Array(items.iter().map(write).collect())
    }

    fn any(self, value: &common::AnyValue) -> Json {
        let Some(value) = &value.value else { return self.object([]) };
        self.object([match value {
            Value::StringValue(text) => ("stringValue", json!(text)),
            Value::BoolValue(value) => ("boolValue", json!(value)),
            Value::IntValue(value) => ("intValue", self.int(*value)),
            Value::DoubleValue(value) => ("doubleValue", self.double(*value)),
            Value::ArrayValue(array) => {
                ("arrayValue", self.object([("values", self.list(&array.values, |v| self.any(v)))]))
            }
            Value::KvlistValue(list) => {
                ("kvlistValue", self.object([("values", self.attributes(&list.values))]))
            }
            Value::BytesValue(bytes) if self.url_safe_base64 => {
                ("bytesValue", json!(URL_SAFE_NO_PAD.encode(bytes)))
            }
            Value::BytesValue(bytes) => ("bytesValue", json!(STANDARD.encode(bytes))),
            Value::StringValueStrindex(index) => ("stringValueStrindex", self.int(*index)),
        }])
    }

    fn attributes(self, attributes: &[KeyValue]) -> Json {
        self.list(attributes, |attribute| {
            let value = attribute.value.as_ref().map_or(Json::Null, |value| self.any(value));
            self.object([
                ("key", json!(attribute.key)),
                ("value", value),
                ("keyStrindex", self.int(attribute.key_strindex)),
            ])
        })
    }

    fn resource(self, resource: Option<&Resource>) -> Json {
        let Some(resource) = resource else { return Json::Null };
        let entities = self.list(&resource.entity_refs, |entity| {
            self.object([
                ("schemaUrl", json!(entity.schema_url)),
                ("type", json!(entity.r#type)),
                ("idKeys", json!(entity.id_keys)),
                ("descriptionKeys", json!(entity.description_keys)),
            ])
        });
        self.object([
            ("attributes", self.attributes(&resource.attributes)),
            ("droppedAttributesCount", self.int(resource.dropped_attributes_count)),
            ("entityRefs", entities),
        ])
    }

    fn scope(self, scope: Option<&InstrumentationScope>) -> Json {
        let Some(scope) = scope else { return Json::Null };
        self.object([
            ("name", json!(scope.name)),
            ("version", json!(scope.version)),
            ("attributes", self.attributes(&scope.attributes)),
            ("droppedAttributesCount", self.int(scope.dropped_attributes_count)),
        ])
    }

    pub(super) fn traces(self, request: &ExportTraceServiceRequest) -> String {
        let resource_spans = self.list(&request.resource_spans, |rs| {
            let scope_spans = self.list(&rs.scope_spans, |ss| {
                self.object([
                    ("scope", self.scope(ss.scope.as_ref())),
                    ("spans", self.list(&ss.spans, |span| self.span(span))),
                    ("schemaUrl", json!(ss.schema_url)),
                ])
            });
            self.object([
                ("resource", self.resource(rs.resource.as_ref())),
                ("scopeSpans", scope_spans),
                ("schemaUrl", json!(rs.schema_url)),
            ])
        });
        self.object([("resourceSpans", resource_spans)]).to_string()
    }

    fn span(self, span: &Span) -> Json {
        let kind = SpanKind::try_from(span.kind).expect("a known kind").as_str_name();
        let status = span.status.as_ref().map_or(Json::Null, |status| {
            let name = StatusCode::try_from(status.code).expect("a known code").as_str_name();
            self.object([("code", self.name(status.code, name)), ("message", json!(status.message))])
        });
        let events = self.list(&span.events, |event| {
            self.object([
                ("timeUnixNano", self.int(event.time_unix_nano)),
                ("name", json!(event.name)),
                ("attributes", self.attributes(&event.attributes)),
                ("droppedAttributesCount", self.int(event.dropped_attributes_count)),
            ])
        });
        let links = self.list(&span.links, |link| {
            self.object([
                ("traceId", self.id(&link.trace_id)),
                ("spanId", self.id(&link.span_id)),
                ("traceState", json!(link.trace_state)),
                ("attributes", self.attributes(&link.attributes)),
                ("droppedAttributesCount", self.int(link.dropped_attributes_count)),
                ("flags", self.int(link.flags)),
            ])
        });
        self.object([
            ("traceId", self.id(&span.trace_id)),
            ("spanId", self.id(&span.span_id)),
            ("traceState", json!(span.trace_state)),
            ("parentSpanId", self.id(&span.parent_span_id)),
            ("flags", self.int(span.flags)),
            ("name", json!(span.name)),
            ("kind", self.name(span.kind, kind)),
            ("startTimeUnixNano", self.int(span.start_time_unix_nano)),
            ("endTimeUnixNano", self.int(span.end_time_unix_nano)),
            ("attributes", self.attributes(&span.attributes)),
            ("droppedAttributesCount", self.int(span.dropped_attributes_count)),
            ("events", events),
            ("droppedEventsCount", self.int(span.dropped_events_count)),
            ("links", links),
            ("droppedLinksCount", self.int(span.dropped_links_count)),
            ("status", status),
        ])
    }

    pub(super) fn logs(self, request: &ExportLogsServiceRequest) -> String {
        let resource_logs = self.list(&request.resource_logs, |rl| {
            let scope_logs = self.list(&rl.scope_logs, |sl| {
                self.object([
                    ("scope", self.scope(sl.scope.as_ref())),
                    ("logRecords", self.list(&sl.log_records, |record| self.record(record))),
                    ("schemaUrl", json!(sl.schema_url)),
                ])
            });
            self.object([
                ("resource", self.resource(rl.resource.as_ref())),
                ("scopeLogs", scope_logs),
                ("schemaUrl", json!(rl.schema_url)),
            ])
        });
        self.object([("resourceLogs", resource_logs)]).to_string()
    }

    fn record(self, record: &LogRecord) -> Json {
        let severity =
            SeverityNumber::try_from(record.severity_number).expect("a known number").as_str_name();
        self.object([
            ("timeUnixNano", self.int(record.time_unix_nano)),
            ("observedTimeUnixNano", self.int(record.observed_time_unix_nano)),
            ("severityNumber", self.name(record.severity_number, severity)),
            ("severityText", json!(record.severity_text)),
            ("body", record.body.as_ref().map_or(Json::Null, |body| self.any(body))),
            ("attributes", self.attributes(&record.attributes)),
            ("droppedAttributesCount", self.int(record.dropped_attributes_count)),
            ("flags", self.int(record.flags)),
            ("traceId", self.id(&record.trace_id)),
            ("spanId", self.id(&record.span_id)),
            ("eventName", json!(record.event_name)),
        ])
    }
}
