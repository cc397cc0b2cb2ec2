//! Attributes as JSON, and what happens beyond the limits.

use ippo_base::limits;
use opentelemetry_proto::tonic::common::v1::{ArrayValue, KeyValueList};
use opentelemetry_proto::tonic::trace::v1::span::Event;

use super::*;

fn decode_attributes(attributes: Vec<KeyValue>) -> Decoded {
    decode_spans(vec![Span { attributes, ..span() }])
}

fn check_attrs(attributes: Vec<KeyValue>, json: &str) {
    assert_cells(&decode_attributes(attributes), &[("attrs", json), ("dropped", "0")]);
}

#[test]
fn attribute_types_survive() {
    let cases: Vec<(Value, &str)> = vec![
        (text("a"), r#""a""#),
        (text(""), r#""""#),
        (text("1"), r#""1""#),
        (text("\"\\\n\r\t\u{1}é\u{7f}漢"), "\"\\\"\\\\\\n\\r\\t\\u0001é\u{7f}漢\""),
        (Value::BoolValue(false), "false"),
        (Value::IntValue(0), "0"),
        (Value::IntValue(i64::MIN), "-9223372036854775808"),
        (Value::DoubleValue(0.0), "0.0"),
        (Value::DoubleValue(-0.0), "-0.0"),
        (Value::DoubleValue(3.0), "3.0"),
        (Value::DoubleValue(1e300), "1e300"),
        (Value::DoubleValue(5e-324), "5e-324"),
        (Value::DoubleValue(f64::NAN), r#"{"double":"NaN"}"#),
        (Value::DoubleValue(f64::INFINITY), r#"{"double":"Infinity"}"#),
        (Value::DoubleValue(f64::NEG_INFINITY), r#"{"double":"-Infinity"}"#),
        (Value::BytesValue(vec![]), r#"{"bytes":""}"#),
        (Value::BytesValue(vec![0xff, 0xfe]), r#"{"bytes":"//4="}"#),
        (Value::ArrayValue(ArrayValue::default()), "[]"),
        (Value::KvlistValue(KeyValueList::default()), "{}"),
        (Value::StringValueStrindex(4), "null"),
    ];
    for (value, json) in cases {
        check_attrs(vec![attribute("k", value)], &format!(r#"{{"k":{json}}}"#));
    }
    check_attrs(vec![KeyValue { value: None, ..attribute("k", text("")) }], r#"{"k":null}"#);
}

#[test]
fn values_nest() {
    let inner =
        KeyValueList { values: vec![attribute("x", Value::IntValue(1)), attribute("x", text("last"))] };
    let array = ArrayValue { values: vec![any(Value::KvlistValue(inner)), AnyValue::default()] };
    check_attrs(vec![attribute("k", Value::ArrayValue(array))], r#"{"k":[{"x":"last"},null]}"#);
}

#[test]
fn of_equal_keys_the_last_value_wins_in_the_first_place() {
    let attributes = vec![attribute("a", text("1")), attribute("b", text("2")), attribute("a", text("3"))];
    check_attrs(attributes, r#"{"a":"3","b":"2"}"#);
    let routes = vec![attribute("http.route", text("/old")), attribute("http.route", text("/new"))];
    assert_cells(&decode_attributes(routes), &[("route", "/new")]);
}

#[test]
fn too_many_attributes_are_dropped_and_counted() {
    let count = limits::ATTRIBUTES_PER_ITEM + 3;
    let attributes = (0..count).map(|n| attribute(&format!("k{n}"), Value::IntValue(1))).collect();
    let decoded = decode_attributes(attributes);
    assert_cells(&decoded, &[("dropped", "3")]);
    assert_eq!(decoded.outcome.dropped_attributes, 3);
    assert_eq!(
        decoded.outcome.message().as_deref(),
        Some("3 attributes, events or links dropped because of limits")
    );
    let kept: serde_json::Map<String, serde_json::Value> =
        serde_json::from_str(&cell(&decoded.rows, "attrs", 0)).expect("an object");
    assert_eq!(kept.len(), limits::ATTRIBUTES_PER_ITEM);
}

#[test]
fn keys_that_are_too_long_or_empty_are_dropped() {
    let long = "k".repeat(limits::ATTRIBUTE_KEY_BYTES);
    let attributes = vec![
        attribute(&long, text("fits")),
        attribute(&format!("{long}k"), text("does not")),
        attribute("", text("no name")),
    ];
    let decoded = decode_attributes(attributes);
    assert_cells(&decoded, &[("attrs", &format!(r#"{{"{long}":"fits"}}"#)), ("dropped", "2")]);
}

#[test]
fn long_values_are_cut_at_a_character() {
    let limit = limits::ATTRIBUTE_VALUE_BYTES;
    let value = format!("{}漢", "x".repeat(limit - 1));
    let decoded = decode_attributes(vec![attribute("user.id", text(&value))]);
    let kept = "x".repeat(limit - 1);
    assert_cells(&decoded, &[("attrs", &format!(r#"{{"user.id":"{kept}"}}"#)), ("user_id", &kept)]);
    assert_eq!((decoded.outcome.cut_values, decoded.outcome.dropped_attributes), (1, 0));
    assert_eq!(decoded.outcome.message().as_deref(), Some("1 values shortened because of limits"));
}

#[test]
fn long_lists_are_cut_and_stay_json() {
    let limit = limits::ATTRIBUTE_VALUE_BYTES;
    let words = || (0..limit).map(|n| any(text(&format!("word {n}")))).collect();
    let entries = (0..limit).map(|n| attribute(&format!("key {n}"), Value::IntValue(0))).collect();
    let values = [
        Value::ArrayValue(ArrayValue { values: words() }),
        Value::KvlistValue(KeyValueList { values: entries }),
        Value::BytesValue(vec![7; limit + 1]),
    ];
    for value in values {
        let decoded = decode_attributes(vec![attribute("k", value)]);
        let json = cell(&decoded.rows, "attrs", 0);
        serde_json::from_str::<serde_json::Value>(&json).expect("still JSON");
        assert!(json.len() < limit * 3 / 2, "{} bytes", json.len());
        assert_eq!(decoded.outcome.cut_values, 1);
    }
}

#[test]
fn long_bodies_names_and_scopes_are_cut() {
    let long = "x".repeat(limits::LOG_BODY_BYTES + 1);
    let record = LogRecord {
        time_unix_nano: NOW_UNIX,
        body: Some(any(text(&long))),
        event_name: long.clone(),
        ..LogRecord::default()
    };
    let decoded = decode_logs(vec![record]);
    assert_eq!(cell(&decoded.rows, "body", 0).len(), limits::LOG_BODY_BYTES);
    assert_eq!(cell(&decoded.rows, "event_name", 0).len(), limits::ATTRIBUTE_VALUE_BYTES);
    assert_eq!(decoded.outcome.cut_values, 2);
    let decoded = decode_spans(vec![Span { name: long.clone(), trace_state: long, ..span() }]);
    assert_eq!(cell(&decoded.rows, "name", 0).len(), limits::ATTRIBUTE_VALUE_BYTES);
    assert_eq!(decoded.outcome.cut_values, 2);
}

#[test]
fn too_many_events_are_dropped_and_counted() {
    let events = vec![Event::default(); limits::EVENTS_PER_SPAN + 2];
    let decoded = decode_spans(vec![Span { events, ..span() }]);
    assert_cells(&decoded, &[("dropped", "2")]);
    let kept: Vec<serde_json::Value> =
        serde_json::from_str(&cell(&decoded.rows, "events", 0)).expect("a list");
    assert_eq!(kept.len(), limits::EVENTS_PER_SPAN);
}

#[test]
fn a_malformed_body_is_an_error_of_the_request() {
    let mut body = trace_request(None, vec![span()]).encode_to_vec();
    let at = body.windows(9).position(|w| w == b"GET /cart").expect("the name is in the body");
    body[at] = 0xff;
    let error = decode(Signal::Spans, &body, &reception()).expect_err("not UTF-8");
    assert!(error.to_string().contains("protobuf OTLP request for spans"), "{error}");
    let whole = logs_request(vec![LogRecord::default()]).encode_to_vec();
    decode(Signal::Logs, &whole[..whole.len() - 1], &reception()).expect_err("cut short");
}
