//! Spans: ids, times, kind, status, promoted columns, errors, sampling, events and links.

use opentelemetry_proto::tonic::trace::v1::Status;
use opentelemetry_proto::tonic::trace::v1::span::{Event, Link};

use super::super::RejectReason;
use super::*;

fn check(edit: impl FnOnce(&mut Span), expected: &[(&str, &str)]) {
    let mut span = span();
    edit(&mut span);
    assert_cells(&decode_spans(vec![span]), expected);
}

fn check_attributes(attributes: &[(&str, Value)], expected: &[(&str, &str)]) {
    check(
        |span| span.attributes = attributes.iter().map(|(k, v)| attribute(k, v.clone())).collect(),
        expected,
    );
}

fn check_rejected(edit: impl FnOnce(&mut Span), reason: RejectReason) {
    let mut bad = span();
    edit(&mut bad);
    let decoded = decode_spans(vec![span(), bad, span()]);
    assert_eq!((decoded.outcome.accepted, decoded.outcome.rejected), (2, 1));
    assert_eq!(decoded.outcome.reasons, [(reason, 1)]);
    let message = decoded.outcome.message().expect("something was rejected");
    assert!(message.starts_with("1 rejected: 1: ") && message.contains(&reason.to_string()), "{message}");
}

#[test]
fn a_span_becomes_a_row() {
    let expected = [
        ("start", "1795486560000000000"),
        ("duration_ns", "1000000000"),
        ("trace_id", "abababababababababababababababab"),
        ("span_id", "cdcdcdcdcdcdcdcd"),
        ("parent_span_id", "null"),
        ("service", "unknown_service"),
        ("namespace", ""),
        ("environment", ""),
        ("service_version", "null"),
        ("name", "GET /cart"),
        ("kind", "server"),
        ("status", "unset"),
        ("status_message", "null"),
        ("error", "false"),
        ("method", "null"),
        ("http_status", "null"),
        ("user_id", "null"),
        ("sampled", "false"),
        ("scope", "shop.http"),
        ("trace_state", "null"),
        ("attrs", "{}"),
        ("resource", "{}"),
        ("events", "null"),
        ("links", "null"),
        ("dropped", "0"),
    ];
    let decoded = decode_spans(vec![span()]);
    assert_cells(&decoded, &expected);
    assert_eq!(decoded.outcome.message(), None);
}

#[test]
fn an_empty_request_is_a_full_success() {
    for signal in Signal::ALL {
        let decoded = decode_bytes(signal, b"");
        assert_eq!(
            (decoded.outcome.accepted, decoded.outcome.rejected, decoded.outcome.message()),
            (0, 0, None)
        );
    }
}

#[test]
fn bad_ids_reject_the_span_alone() {
    check_rejected(|s| s.trace_id = vec![1; 15], RejectReason::BadTraceId);
    check_rejected(|s| s.trace_id = vec![], RejectReason::BadTraceId);
    check_rejected(|s| s.trace_id = vec![0; 16], RejectReason::BadTraceId);
    check_rejected(|s| s.span_id = vec![1; 9], RejectReason::BadSpanId);
    check_rejected(|s| s.span_id = vec![0; 8], RejectReason::BadSpanId);
    check_rejected(|s| s.parent_span_id = vec![1; 7], RejectReason::BadParentSpanId);
}

#[test]
fn a_parent_of_zeros_is_no_parent() {
    check(|s| s.parent_span_id = vec![0; 8], &[("parent_span_id", "null")]);
    check(|s| s.parent_span_id = vec![7; 8], &[("parent_span_id", "0707070707070707")]);
}

#[test]
fn times_outside_the_accepted_range_reject_the_span() {
    let day = 24 * 60 * 60 * SECOND;
    check_rejected(|s| s.start_time_unix_nano = NOW_UNIX - day - 1, RejectReason::TooOld);
    check_rejected(|s| s.start_time_unix_nano = 0, RejectReason::TooOld);
    check_rejected(|s| s.start_time_unix_nano = NOW_UNIX + 600 * SECOND, RejectReason::TooNew);
    check_rejected(|s| s.start_time_unix_nano = u64::MAX, RejectReason::TooNew);
    check(|s| s.start_time_unix_nano = NOW_UNIX - day, &[]);
    let last = NOW_UNIX + 600 * SECOND - 1;
    check(|s| (s.start_time_unix_nano, s.end_time_unix_nano) = (last, last), &[]);
}

#[test]
fn a_span_without_a_believable_end_is_rejected_not_fast() {
    for end in [0, NOW_UNIX - 1, NOW_UNIX + 2 * 24 * 60 * 60 * SECOND, u64::MAX] {
        check_rejected(|s| s.end_time_unix_nano = end, RejectReason::BadEnd);
    }
    check(|s| s.end_time_unix_nano = NOW_UNIX, &[("duration_ns", "0")]);
    check(|s| s.end_time_unix_nano = NOW_UNIX + 60 * 60 * SECOND, &[("duration_ns", "3600000000000")]);
}

#[test]
fn kinds_and_statuses_have_names() {
    let kinds = ["internal", "internal", "server", "client", "producer", "consumer", "internal"];
    for (number, name) in (0..).zip(kinds) {
        check(|s| s.kind = number, &[("kind", name)]);
    }
    for (code, name) in [(0, "unset"), (1, "ok"), (2, "error"), (3, "unset")] {
        let status = Some(Status { code, message: "why".to_owned() });
        check(|s| s.status = status, &[("status", name), ("status_message", "why")]);
    }
}

#[test]
fn promoted_columns_take_the_current_name_first_then_the_old() {
    let cases: &[(&str, &str, &str)] = &[
        ("method", "http.request.method", "http.method"),
        ("db_system", "db.system.name", "db.system"),
        ("messaging_destination", "messaging.destination.name", "messaging.destination"),
        ("user_id", "user.id", "enduser.id"),
        ("user_id", "enduser.id", "enduser.pseudo.id"),
    ];
    for (column, new, old) in cases {
        check_attributes(&[(old, text("o")), (new, text("n"))], &[(column, "n")]);
        check_attributes(&[(new, text("n")), (old, text("o"))], &[(column, "n")]);
        check_attributes(&[(old, text("o"))], &[(column, "o")]);
    }
    for (column, name) in
        [("route", "http.route"), ("error_type", "error.type"), ("session_id", "session.id")]
    {
        check_attributes(&[(name, text("x"))], &[(column, "x")]);
        check_attributes(&[(name, text(""))], &[(column, "null")]);
        check_attributes(&[(name, Value::IntValue(7))], &[(column, "7")]);
    }
}

#[test]
fn an_http_status_is_a_number_however_it_is_sent() {
    for value in [Value::IntValue(503), text("503"), Value::DoubleValue(503.0)] {
        check_attributes(&[("http.response.status_code", value)], &[("http_status", "503")]);
    }
    check_attributes(&[("http.status_code", text("teapot"))], &[("http_status", "null")]);
}

#[test]
fn rpc_names_are_taken_apart_and_codes_have_names() {
    let old = [("rpc.service", text("shop.Pay")), ("rpc.method", text("Charge"))];
    check_attributes(&old, &[("rpc_service", "shop.Pay"), ("rpc_method", "Charge")]);
    for full in ["shop.Pay/Charge", "/shop.Pay/Charge"] {
        let new = [("rpc.method", text(full))];
        check_attributes(&new, &[("rpc_service", "shop.Pay"), ("rpc_method", "Charge")]);
    }
    check_attributes(&[("rpc.grpc.status_code", Value::IntValue(14))], &[("rpc_status", "UNAVAILABLE")]);
    check_attributes(&[("rpc.response.status_code", text("NOT_FOUND"))], &[("rpc_status", "NOT_FOUND")]);
    check_attributes(&[("rpc.response.status_code", text("5"))], &[("rpc_status", "NOT_FOUND")]);
    check_attributes(&[("rpc.grpc.status_code", Value::IntValue(77))], &[("rpc_status", "77")]);
    let other = [("rpc.system.name", text("jsonrpc")), ("rpc.response.status_code", text("2"))];
    check_attributes(&other, &[("rpc_status", "2"), ("error", "false")]);
}

#[test]
fn a_status_of_error_is_an_error_for_every_kind() {
    for kind in 0..6 {
        check(
            |s| (s.kind, s.status) = (kind, Some(Status { code: 2, ..Status::default() })),
            &[("error", "true")],
        );
    }
}

#[test]
fn a_server_fails_with_http_5xx_or_its_own_grpc_codes() {
    let with = |kind, key: &'static str, value: Value| {
        move |s: &mut Span| (s.kind, s.attributes) = (kind, vec![attribute(key, value)])
    };
    for (status, error) in [(499, "false"), (500, "true"), (504, "true")] {
        let value = Value::IntValue(status);
        check(with(2, "http.response.status_code", value.clone()), &[("error", error)]);
        check(with(3, "http.response.status_code", value.clone()), &[("error", "false")]);
        check(with(5, "http.response.status_code", value), &[("error", "false")]);
    }
    for code in 0..17 {
        let error = if [2, 4, 12, 13, 14, 15].contains(&code) { "true" } else { "false" };
        check(with(2, "rpc.grpc.status_code", Value::IntValue(code)), &[("error", error)]);
        check(with(2, "rpc.grpc.status_code", text(&code.to_string())), &[("error", error)]);
        check(with(3, "rpc.grpc.status_code", Value::IntValue(code)), &[("error", "false")]);
    }
    for (name, error) in [("DEADLINE_EXCEEDED", "true"), ("unavailable", "true"), ("NOT_FOUND", "false")] {
        check(with(2, "rpc.response.status_code", text(name)), &[("error", error)]);
    }
}

#[test]
fn evidence_of_sampling_is_seen() {
    let states = [
        ("", "false"),
        ("ot=th:0", "false"),
        ("ot=th:00", "false"),
        ("ot=th:8", "true"),
        ("vendor=1, ot=rv:abcdefabcdefab;th:c", "true"),
        ("ot=p:0;r:12", "false"),
        ("ot=p:3", "true"),
        ("not=th:8", "false"),
    ];
    for (state, sampled) in states {
        check(|s| s.trace_state = state.to_owned(), &[("sampled", sampled)]);
    }
    check_attributes(&[("sampling.rate", Value::IntValue(1))], &[("sampled", "false")]);
    check_attributes(&[("sampling.rate", Value::DoubleValue(0.1))], &[("sampled", "true")]);
    check_attributes(&[("SampleRate", text("20"))], &[("sampled", "true")]);
    check_attributes(&[("sampling.threshold", text("c"))], &[("sampled", "true")]);
    let declared = resource(vec![attribute("sampling.ratio", Value::DoubleValue(0.5))]);
    let decoded = decode_bytes(Signal::Spans, &trace_request(declared, vec![span()]).encode_to_vec());
    assert_cells(&decoded, &[("sampled", "true")]);
}

#[test]
fn a_resource_says_who_sent() {
    let attributes = vec![
        attribute("service.name", text("cart")),
        attribute("service.namespace", text("shop")),
        attribute("service.version", text("1.2")),
        attribute("deployment.environment", text("old")),
        attribute("deployment.environment.name", text("production")),
    ];
    let json = concat!(
        r#"{"service.name":"cart","service.namespace":"shop","service.version":"1.2","#,
        r#""deployment.environment":"old","deployment.environment.name":"production"}"#
    );
    let decoded =
        decode_bytes(Signal::Spans, &trace_request(resource(attributes), vec![span()]).encode_to_vec());
    let expected = [
        ("service", "cart"),
        ("namespace", "shop"),
        ("environment", "production"),
        ("service_version", "1.2"),
        ("resource", json),
    ];
    assert_cells(&decoded, &expected);
}

#[test]
fn rows_of_several_resources_keep_apart() {
    let of =
        |name: &str| trace_request(resource(vec![attribute("service.name", text(name))]), vec![span(); 2]);
    let mut request = of("a");
    request.resource_spans.extend(of("b").resource_spans);
    request.resource_spans.extend(of("a").resource_spans);
    request.resource_spans.extend(trace_request(None, vec![span()]).resource_spans);
    let rows = decode_bytes(Signal::Spans, &request.encode_to_vec()).rows;
    let services: Vec<String> = (0..rows.num_rows()).map(|row| cell(&rows, "service", row)).collect();
    assert_eq!(services, ["a", "a", "b", "b", "a", "a", "unknown_service"]);
}

#[test]
fn events_and_links_are_json() {
    let event = Event {
        time_unix_nano: NOW_UNIX + 500_000_000,
        name: "exception".to_owned(),
        attributes: vec![attribute("exception.type", text("Io\"Error"))],
        dropped_attributes_count: 0,
    };
    let link = Link {
        trace_id: vec![1; 16],
        span_id: vec![2; 8],
        attributes: vec![attribute("n", Value::IntValue(1))],
        ..Link::default()
    };
    check(
        |s| (s.events, s.links) = (vec![event.clone(), Event::default()], vec![link]),
        &[
            (
                "events",
                concat!(
                    r#"[{"time":"2026-11-24T02:16:00.5Z","name":"exception","#,
                    r#""attributes":{"exception.type":"Io\"Error"}},"#,
                    r#"{"time":"1970-01-01T00:00:00Z","name":"","attributes":{}}]"#
                ),
            ),
            (
                "links",
                concat!(
                    r#"[{"trace_id":"01010101010101010101010101010101","#,
                    r#""span_id":"0202020202020202","attributes":{"n":1}}]"#
                ),
            ),
        ],
    );
}

#[test]
fn what_the_sender_dropped_is_counted() {
    check(
        |s| {
            (s.dropped_attributes_count, s.dropped_events_count, s.dropped_links_count) = (1, 2, 4);
        },
        &[("dropped", "7")],
    );
}

#[test]
fn several_reasons_are_told_together() {
    let no_id = Span { span_id: vec![], ..span() };
    let old = Span { start_time_unix_nano: 5, ..span() };
    let decoded = decode_spans(vec![no_id.clone(), old, no_id, span()]);
    assert_eq!(
        decoded.outcome.message().as_deref(),
        Some(concat!(
            "3 rejected: 2: the span id is not 8 bytes, or is all zeros;",
            " 1: its time is older than what is kept (or not set)"
        ))
    );
}

#[test]
fn codes_are_distinct_and_read_back() {
    for reason in RejectReason::ALL {
        assert_eq!(RejectReason::from_code(reason.code()), Some(reason));
        assert!(reason.code().bytes().all(|b| b.is_ascii_lowercase() || b == b'_'));
    }
}
