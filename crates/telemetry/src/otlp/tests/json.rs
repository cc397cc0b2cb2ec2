//! The JSON that clients write, and what an error says about the JSON that they should not.

use super::super::{DecodeError, RejectReason, json_to_protobuf};
use super::*;

fn span_json(fields: &str) -> String {
    let ids = r#""traceId":"5b8efff798038103d269b633813fc60c","spanId":"eee19b7ec3c1b174","#;
    let times = r#""startTimeUnixNano":"1795486560000000000","endTimeUnixNano":"1795486561000000000","#;
    format!(
        r#"{{"resourceSpans":[{{"scopeSpans":[{{"spans":[{{{ids}{times}"name":"x"{}{fields}}}]}}]}}]}}"#,
        if fields.is_empty() { "" } else { "," }
    )
}

fn check(fields: &str, expected: &[(&str, &str)]) {
    let body = json_to_protobuf(Signal::Spans, span_json(fields).as_bytes()).expect("good JSON");
    assert_cells(&decode_bytes(Signal::Spans, &body), expected);
}

fn check_value(json: &str, attrs: &str) {
    check(
        &format!(r#""attributes":[{{"key":"k","value":{json}}}]"#),
        &[("attrs", &format!(r#"{{"k":{attrs}}}"#))],
    );
}

fn check_error(signal: Signal, body: &str, expected: &str) {
    let error = json_to_protobuf(signal, body.as_bytes()).expect_err("bad JSON");
    assert_eq!(error.to_string(), format!("the body is not an OTLP request in JSON: {expected}"), "{body}");
}

#[test]
fn the_example_of_the_specification_is_read() {
    let body = r#"{"resourceSpans":[{"resource":{"attributes":[{"key":"service.name","value":{"stringValue":
        "my.service"}}]},"scopeSpans":[{"scope":{"name":"my.library","version":"1.0.0","attributes":[{"key":
        "my.scope.attribute","value":{"stringValue":"some scope attribute"}}]},"spans":[{"traceId":
        "5B8EFFF798038103D269B633813FC60C","spanId":"EEE19B7EC3C1B174","parentSpanId":"EEE19B7EC3C1B173","name":
        "I'm a server span","startTimeUnixNano":"1795486560000000000","endTimeUnixNano":"1795486561000000000",
        "kind":2,"attributes":[{"key":"my.span.attr","value":{"stringValue":"some value"}}]}]}]}]}"#;
    let body = json_to_protobuf(Signal::Spans, body.as_bytes()).expect("good JSON");
    let expected = [
        ("trace_id", "5b8efff798038103d269b633813fc60c"),
        ("span_id", "eee19b7ec3c1b174"),
        ("parent_span_id", "eee19b7ec3c1b173"),
        ("service", "my.service"),
        ("scope", "my.library"),
        ("kind", "server"),
        ("name", "I'm a server span"),
        ("duration_ns", "1000000000"),
        ("attrs", r#"{"my.span.attr":"some value"}"#),
    ];
    assert_cells(&decode_bytes(Signal::Spans, &body), &expected);
}

#[test]
fn an_empty_request_in_json_is_an_empty_request() {
    for body in ["{}", " { } ", r#"{"resourceSpans":null}"#, r#"{"resourceSpans":[]}"#, "\u{feff}{}"] {
        assert_eq!(json_to_protobuf(Signal::Spans, body.as_bytes()), Ok(vec![]), "{body}");
    }
}

#[test]
fn names_may_be_in_snake_case_and_unknown_ones_are_ignored() {
    let body = r#"{"resource_spans":[{"scope_spans":[{"spans":[{"trace_id":"5b8efff798038103d269b633813fc60c",
        "span_id":"eee19b7ec3c1b174","start_time_unix_nano":1795486560000000000,"Name":"no","name":"yes",
        "end_time_unix_nano":1795486560000000009,"something":{"else":[[{}],"\ud83d"]}}]}],"schema_url":""}]}"#;
    let body = json_to_protobuf(Signal::Spans, body.as_bytes()).expect("good JSON");
    assert_cells(&decode_bytes(Signal::Spans, &body), &[("name", "yes"), ("duration_ns", "9")]);
}

#[test]
fn enums_are_numbers_or_names() {
    for kind in ["3", r#""SPAN_KIND_CLIENT""#, r#""3""#, "3.0"] {
        check(&format!(r#""kind":{kind}"#), &[("kind", "client")]);
    }
    check(r#""kind":"SPAN_KIND_OF_TOMORROW""#, &[("kind", "internal")]);
    check(r#""kind":99"#, &[("kind", "internal")]);
    check(r#""status":{"code":"STATUS_CODE_ERROR"}"#, &[("status", "error")]);
}

#[test]
fn nulls_are_missing_fields() {
    check(r#""kind":null,"attributes":null,"status":null,"traceState":null"#, &[("kind", "internal")]);
    check_value("null", "null");
    check_value("{}", "null");
    check_value(r#"{"stringValue":null}"#, "null");
    check_value(r#"{"arrayValue":{"values":[null,{"intValue":1}]}}"#, "[null,1]");
}

#[test]
fn values_of_every_type_are_read() {
    check_value(
        r#"{"stringValue":"a\"\\\/\b\f\n\r\tA\u00e9\ud83d\ude00"}"#,
        "\"a\\\"\\\\/\\u0008\\u000c\\n\\r\\tAé😀\"",
    );
    check_value(r#"{"stringValue":"lone \ud83d half"}"#, "\"lone \u{fffd} half\"");
    check_value(r#"{"stringValue":"\ud83d\u0041"}"#, "\"\u{fffd}A\"");
    check_value(r#"{"boolValue":false}"#, "false");
    check_value(r#"{"intValue":"-9223372036854775808"}"#, "-9223372036854775808");
    check_value(r#"{"intValue":9223372036854775807}"#, "9223372036854775807");
    check_value(r#"{"intValue":1e3}"#, "1000");
    check_value(r#"{"doubleValue":1}"#, "1.0");
    check_value(r#"{"doubleValue":"2.5"}"#, "2.5");
    check_value(r#"{"doubleValue":-1.5E-3}"#, "-0.0015");
    check_value(r#"{"doubleValue":"NaN"}"#, r#"{"double":"NaN"}"#);
    check_value(r#"{"doubleValue":"-Infinity"}"#, r#"{"double":"-Infinity"}"#);
    for bytes in ["+/8=", "+/8", "-_8=", "-_8"] {
        check_value(&format!(r#"{{"bytesValue":"{bytes}"}}"#), r#"{"bytes":"+/8="}"#);
    }
    check_value(r#"{"kvlistValue":{"values":[{"key":"a","value":{"boolValue":true}}]}}"#, r#"{"a":true}"#);
    check_value(r#"{"arrayValue":{}}"#, "[]");
}

#[test]
fn a_bad_id_rejects_its_span_alone() {
    let good = span_json("");
    for (id, reason) in [
        ("5b8efff798038103d269b633813fc60c", RejectReason::BadTraceId),
        ("eee19b7ec3c1b174", RejectReason::BadSpanId),
    ] {
        for bad in ["", "5b8e", "5b8efff798038103d269b633813fc6g0", "W47/95gDgQPSabYzgT/GDA==", "é"] {
            let body = json_to_protobuf(Signal::Spans, good.replace(id, bad).as_bytes()).expect("good JSON");
            let decoded = decode_bytes(Signal::Spans, &body);
            assert_eq!((decoded.outcome.accepted, decoded.outcome.reasons), (0, vec![(reason, 1)]), "{bad}");
        }
    }
    let parent = span_json(r#""parentSpanId":"no id""#);
    let body = json_to_protobuf(Signal::Spans, parent.as_bytes()).expect("good JSON");
    assert_eq!(decode_bytes(Signal::Spans, &body).outcome.reasons, [(RejectReason::BadParentSpanId, 1)]);
    check(r#""parentSpanId":"""#, &[("parent_span_id", "null")]);
}

#[test]
fn what_is_given_twice_counts_as_in_protobuf() {
    check(r#""name":"y""#, &[("name", "y")]);
    check(
        r#""attributes":[{"key":"a","value":{"intValue":1}}],"attributes":[{"key":"b","value":{"intValue":2}}]"#,
        &[("attrs", r#"{"a":1,"b":2}"#)],
    );
    check_value(r#"{"intValue":1,"stringValue":"last"}"#, r#""last""#);
}

#[test]
fn spellings_of_one_request_are_the_same_bytes() {
    let spellings = [
        r#"{"resourceLogs":[{"scopeLogs":[{"logRecords":[{"timeUnixNano":"5","severityNumber":9}]}]}]}"#,
        r#"{"resource_logs":[{"schema_url":"","scope_logs":[{"log_records":[{"severity_number":
            "SEVERITY_NUMBER_INFO","x":1,"time_unix_nano":5,"flags":0,"traceId":null}]}]}]}"#,
    ];
    let record = LogRecord { time_unix_nano: 5, severity_number: 9, ..LogRecord::default() };
    let mut request = logs_request(vec![record]);
    request.resource_logs[0].scope_logs[0].scope = None;
    for json in spellings {
        assert_eq!(json_to_protobuf(Signal::Logs, json.as_bytes()), Ok(request.encode_to_vec()), "{json}");
    }
}

#[test]
fn errors_name_the_place() {
    let cases = [
        ("", "found the end where an object was expected at $ (byte 0)"),
        ("null", "found null where an object was expected at $ (byte 0)"),
        ("[]", "found an array where an object was expected at $ (byte 0)"),
        ("{}x", "found something else where the end was expected at $ (byte 2)"),
        (r#"{"a":1,}"#, "found something else where a string was expected at $ (byte 7)"),
        (r#"{"a" 1}"#, "found a number where a colon was expected at $ (byte 5)"),
        (r#"{"a":01}"#, "found a number where a well-formed number was expected at $ (byte 5)"),
        (r#"{"a":nul}"#, "found null where null was expected at $ (byte 5)"),
        (r#"{"resourceLogs":{}}"#, "found an object where an array was expected at $.resourceLogs (byte 16)"),
        (
            r#"{"resourceLogs":[{},{"schemaUrl":7}]}"#,
            "found a number where a string was expected at $.resourceLogs[1].schemaUrl (byte 33)",
        ),
        (
            "{\"resourceLogs\":[{\"schemaUrl\":\"a\nb\"}]}",
            "found a control character in a string at $.resourceLogs[0].schemaUrl (byte 32)",
        ),
        (
            r#"{"resourceLogs":[{"schemaUrl":"\u12"}]}"#,
            "found \\u without four hexadecimal digits at $.resourceLogs[0].schemaUrl (byte 33)",
        ),
        (
            r#"{"resourceLogs":[{"scopeLogs":[{"logRecords":[{"flags":-1}]}]}]}"#,
            "found a number that is no integer, or too large for this field \
             at $.resourceLogs[0].scopeLogs[0].logRecords[0].flags (byte 57)",
        ),
        (
            r#"{"resourceLogs":[{"scopeLogs":[{"logRecords":[{"timeUnixNano":"18446744073709551616"}]}]}]}"#,
            "found a number that is no integer, or too large for this field \
             at $.resourceLogs[0].scopeLogs[0].logRecords[0].timeUnixNano (byte 84)",
        ),
    ];
    for (body, expected) in cases {
        check_error(Signal::Logs, body, expected);
    }
    let error = json_to_protobuf(Signal::Logs, b"{\"a\":\"\xff\"}").expect_err("not UTF-8");
    assert!(matches!(error, DecodeError::Json { offset: 6, .. }), "{error}");
}

#[test]
fn nesting_has_an_end() {
    let deep = |depth: usize| {
        let open = r#"{"arrayValue":{"values":["#.repeat(depth);
        format!("{open}{}", "]}}".repeat(depth))
    };
    let attribute = |value: &str| span_json(&format!(r#""attributes":[{{"key":"k","value":{value}}}]"#));
    let body =
        json_to_protobuf(Signal::Spans, attribute(&deep(40)).as_bytes()).expect("deep, but not too deep");
    decode_bytes(Signal::Spans, &body);
    json_to_protobuf(Signal::Spans, attribute(&deep(60)).as_bytes()).expect_err("too deep");
    let unknown = format!("{{\"x\":{}{}}}", "[".repeat(100_000), "]".repeat(100_000));
    json_to_protobuf(Signal::Spans, unknown.as_bytes()).expect_err("too deep");
}
