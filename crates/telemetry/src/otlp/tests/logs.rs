//! Log records: which time counts, severities, bodies, ids.

use opentelemetry_proto::tonic::common::v1::{ArrayValue, KeyValueList};

use super::super::RejectReason;
use super::*;

fn record() -> LogRecord {
    LogRecord { time_unix_nano: NOW_UNIX, severity_number: 9, ..LogRecord::default() }
}

fn check(edit: impl FnOnce(&mut LogRecord), expected: &[(&str, &str)]) {
    let mut record = record();
    edit(&mut record);
    assert_cells(&decode_logs(vec![record]), expected);
}

#[test]
fn a_record_becomes_a_row() {
    check(
        |r| r.body = Some(any(text("paid"))),
        &[
            ("time", "1795486560000000000"),
            ("observed_time", "null"),
            ("severity", "INFO"),
            ("severity_number", "9"),
            ("service", "unknown_service"),
            ("body", "paid"),
            ("event_name", "null"),
            ("trace_id", "null"),
            ("span_id", "null"),
            ("user_id", "null"),
            ("session_id", "null"),
            ("scope", "shop.log"),
            ("attrs", "{}"),
            ("resource", "{}"),
            ("dropped", "0"),
        ],
    );
}

#[test]
fn the_time_is_its_own_else_observed_else_received() {
    let (own, observed) = (NOW_UNIX - SECOND, NOW_UNIX - 5);
    let times = |own, observed| {
        move |r: &mut LogRecord| (r.time_unix_nano, r.observed_time_unix_nano) = (own, observed)
    };
    check(times(own, observed), &[("time", &own.to_string()), ("observed_time", &observed.to_string())]);
    check(times(0, observed), &[("time", &observed.to_string())]);
    check(times(0, 0), &[("time", &NOW.to_string()), ("observed_time", "null")]);
    let late = LogRecord { time_unix_nano: 1, ..record() };
    let decoded = decode_logs(vec![late, record()]);
    assert_eq!((decoded.outcome.accepted, decoded.outcome.reasons), (1, vec![(RejectReason::TooOld, 1)]));
}

#[test]
fn severities_are_standard_by_number_else_by_text() {
    let cases: &[(i32, &str, &str, &str)] = &[
        (1, "", "TRACE", "1"),
        (8, "fine", "DEBUG", "8"),
        (9, "Information", "INFO", "9"),
        (16, "", "WARN", "16"),
        (17, "oops", "ERROR", "17"),
        (24, "", "FATAL", "24"),
        (0, "warning", "WARN", "13"),
        (0, " Err ", "ERROR", "17"),
        (0, "CRITICAL", "FATAL", "21"),
        (0, "oops", "", "0"),
        (0, "", "", "0"),
        (99, "debug", "DEBUG", "5"),
        (-1, "", "", "0"),
    ];
    for (number, word, severity, severity_number) in cases {
        check(
            |r| (r.severity_number, r.severity_text) = (*number, (*word).to_owned()),
            &[("severity", severity), ("severity_number", severity_number)],
        );
    }
}

#[test]
fn a_body_is_its_text_or_json() {
    let list = KeyValueList { values: vec![attribute("a", Value::IntValue(1)), attribute("b", text("x"))] };
    let array =
        ArrayValue { values: vec![any(text("x")), any(Value::DoubleValue(2.0)), AnyValue::default()] };
    let cases = [
        (text("line\n\"two\""), "line\n\"two\""),
        (Value::IntValue(-3), "-3"),
        (Value::BoolValue(true), "true"),
        (Value::DoubleValue(1.0), "1.0"),
        (Value::KvlistValue(list), r#"{"a":1,"b":"x"}"#),
        (Value::ArrayValue(array), r#"["x",2.0,null]"#),
        (Value::BytesValue(vec![1, 2, 3]), r#"{"bytes":"AQID"}"#),
    ];
    for (value, body) in cases {
        check(|r| r.body = Some(any(value)), &[("body", body)]);
    }
    check(|r| r.body = None, &[("body", "")]);
    check(|r| r.body = Some(AnyValue::default()), &[("body", "")]);
}

#[test]
fn bad_ids_leave_a_record_without_a_trace() {
    let ids =
        |trace: Vec<u8>, span: Vec<u8>| move |r: &mut LogRecord| (r.trace_id, r.span_id) = (trace, span);
    check(
        ids(vec![0xab; 16], vec![0xcd; 8]),
        &[("trace_id", &"ab".repeat(16)), ("span_id", &"cd".repeat(8))],
    );
    check(ids(vec![0; 16], vec![0; 8]), &[("trace_id", "null"), ("span_id", "null")]);
    check(ids(vec![1; 3], vec![1; 3]), &[("trace_id", "null"), ("span_id", "null")]);
}

#[test]
fn event_names_and_people_are_columns() {
    check(
        |r| {
            r.event_name = "order.paid".to_owned();
            r.attributes = vec![attribute("user.id", text("u1")), attribute("session.id", text("s1"))];
        },
        &[("event_name", "order.paid"), ("user_id", "u1"), ("session_id", "s1")],
    );
    check(|r| r.attributes = vec![attribute("event.name", text("old"))], &[("event_name", "old")]);
}
