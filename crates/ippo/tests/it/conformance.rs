//! OTLP item by item, for every signal over every way in. `docs/operate/otlp.md` names these tests; what a row means, and
//! whole requests that are bad, are elsewhere.

use opentelemetry_proto::tonic::collector::logs::v1::ExportLogsServiceResponse;
use opentelemetry_proto::tonic::collector::metrics::v1::ExportMetricsServiceResponse;
use opentelemetry_proto::tonic::collector::trace::v1::ExportTraceServiceResponse;
use prost::Message as _;
use serde_json::{Value, json};

use crate::binary::{Running, token};
use crate::everything::{began, bodies, hex, json_bodies, log, nanos};
use crate::trouble::{Crowd, FullDisk};
use crate::wire::{Answer, JSON, PROTOBUF, RpcStatus, SIGNALS, WAYS, compressed, http, send};

const INVALID_ARGUMENT: u16 = 3;
const RESOURCE_EXHAUSTED: u16 = 8;
const UNAVAILABLE: u16 = 14;
/// What a body may have where a test says so.
const LIMIT: usize = 64 * 1024;
const LIMITED: [&str; 2] = ["--body-limit", "64KiB"];

/// Whether an answer is that nothing was wrong: of partial success there is no trace.
fn is_full_success(over: &str, answer: &Answer) -> bool {
    match over {
        "grpc" => answer.status == 0 && answer.body.is_empty(),
        JSON => answer.status == 200 && answer.body == b"{}" && answer.content_type == JSON,
        _ => answer.status == 200 && answer.body.is_empty() && answer.content_type == PROTOBUF,
    }
}

/// The request of a signal and a number, as it goes over the wire but for its compression.
fn body(over: &str, signal: usize, number: u8) -> Vec<u8> {
    match over {
        JSON => json_bodies(number, began())[signal].to_string().into_bytes(),
        _ => bodies(number, began())[signal].clone(),
    }
}

/// Asserts that a refusal is what its way has for it; `told` is when to send again. In HTTP the body is a
/// `google.rpc.Status` in the request's encoding, of protobuf with the same delay.
fn assert_refused(what: &str, over: &str, answer: &Answer, http: u16, code: u16, told: Option<u64>) {
    assert_eq!(answer.retry_secs, told, "{what}: {answer:?}");
    if over == "grpc" {
        assert_eq!(answer.status, code, "{what}: {answer:?}");
        assert_eq!(answer.retry_header_secs, told, "{what}: {answer:?}");
        return;
    }
    assert_eq!((answer.status, answer.content_type.as_str()), (http, over), "{what}: {answer:?}");
    let (found, message) = if over == JSON {
        let status: Value = serde_json::from_slice(&answer.body).expect("JSON");
        (status["code"].clone(), status["message"].as_str().unwrap_or_default().to_owned())
    } else {
        let status = RpcStatus::decode(&answer.body[..]).expect("google.rpc.Status");
        assert_eq!(status.retry_secs(), told, "{what}: {status:?}");
        (json!(status.code), status.message)
    };
    assert_eq!(found, json!(code), "{what}");
    assert!(message.len() > 10, "{what} is explained: {message}");
}

/// How many requests of each signal were refused for a reason over gRPC, and over HTTP.
async fn refused(server: &Running, reason: &str) -> Vec<[usize; 2]> {
    let metrics = server.text("/metrics").await;
    let count = |transport: &str, signal: &str| {
        let labels = format!("transport=\"{transport}\",signal=\"{signal}\",reason=\"{reason}\"");
        let family = format!("ippo_otlp_refused_total{{{labels}}} ");
        let told = metrics.lines().find_map(|line| line.strip_prefix(&family));
        told.map_or(0, |told| told.parse().expect("a count"))
    };
    SIGNALS.map(|(signal, ..)| ["grpc", "http"].map(|transport| count(transport, signal))).to_vec()
}

#[tokio::test(flavor = "multi_thread")]
async fn an_empty_request_is_a_success() {
    let folder = tempfile::tempdir().expect("a folder");
    let server = Running::start(folder.path(), &token(folder.path()));
    let names =
        [["resourceSpans", "scopeSpans"], ["resourceLogs", "scopeLogs"], ["resourceMetrics", "scopeMetrics"]];
    for (over, compression) in WAYS {
        for (signal, [resource, scope]) in SIGNALS.into_iter().zip(names) {
            let empty: Vec<Vec<u8>> = if over == JSON {
                let empty = [json!({}), json!({ resource: [] }), json!({ resource: [{ scope: [{}] }] })];
                empty.iter().map(|body| body.to_string().into_bytes()).collect()
            } else {
                // Nothing; a resource with nothing; a resource with a scope with nothing.
                [&b""[..], b"\x0a\x00", b"\x0a\x02\x12\x00"].map(<[u8]>::to_vec).to_vec()
            };
            for body in empty {
                let answer = send(&server, (over, compression), signal, compressed(compression, &body)).await;
                assert!(
                    is_full_success(over, &answer),
                    "{over} {compression} {signal:?} {body:?}: {answer:?}"
                );
            }
        }
    }
    for (_, path, _) in SIGNALS {
        let answer = http(&server, path, "application/json; charset=utf-8", "", b"{}".to_vec()).await;
        assert!(is_full_success(JSON, &answer), "a type may have parameters: {answer:?}");
        let answer = http(&server, path, "Application/X-Protobuf", "identity", Vec::new()).await;
        assert!(is_full_success(PROTOBUF, &answer), "letters of either case: {answer:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_limit_counts_bytes_after_decompression_and_beyond_it_is_for_good() {
    let folder = tempfile::tempdir().expect("a folder");
    let server = Running::start_with(folder.path(), &token(folder.path()), &LIMITED);
    let of_size = |over: &str, bytes: usize| match over {
        JSON => [b"{}", &vec![b' '; bytes - 2][..]].concat(),
        // An unknown field, number 15, of three bytes of length.
        _ => {
            let length = bytes - 4;
            let varint = [length & 0x7f | 0x80, length >> 7 & 0x7f | 0x80, length >> 14];
            let head =
                [15 << 3 | 2].into_iter().chain(varint.map(|byte| u8::try_from(byte).expect("a byte")));
            head.chain(std::iter::repeat_n(0, length)).collect()
        }
    };
    for (over, compression) in WAYS {
        for signal in SIGNALS {
            let what = format!("{over} {compression} {signal:?}");
            let exact = compressed(compression, &of_size(over, LIMIT));
            let beyond = compressed(compression, &of_size(over, LIMIT + 1));
            assert!(compression.is_empty() || beyond.len() < LIMIT / 50, "{what}: it is small on the wire");
            let answer = send(&server, (over, compression), signal, exact).await;
            assert!(is_full_success(over, &answer), "{what}: {answer:?}");
            let answer = send(&server, (over, compression), signal, beyond).await;
            assert_refused(&what, over, &answer, 413, RESOURCE_EXHAUSTED, None);
        }
    }
    assert_eq!(refused(&server, "too_large").await, [[3, 6]; 3]);
}

#[tokio::test(flavor = "multi_thread")]
async fn bad_data_is_refused_for_good_in_the_encoding_it_came_in() {
    let folder = tempfile::tempdir().expect("a folder");
    let server = Running::start(folder.path(), &token(folder.path()));
    for (over, compression) in WAYS {
        for signal in SIGNALS {
            let what = format!("{over} {compression} {signal:?}");
            let bad: [&[u8]; 2] =
                if over == JSON { [b"{\"resourceSpans\":", b"[]"] } else { [b"\xff", b"\x0a\x05\x00"] };
            for bad in bad {
                let answer = send(&server, (over, compression), signal, compressed(compression, bad)).await;
                assert_refused(&what, over, &answer, 400, INVALID_ARGUMENT, None);
            }
            if !compression.is_empty() {
                let answer = send(&server, (over, compression), signal, b"not compressed".to_vec()).await;
                assert_refused(&what, over, &answer, 400, INVALID_ARGUMENT, None);
            }
        }
    }
    assert_eq!(refused(&server, "malformed").await, [[8, 16]; 3]);
    for table in ["spans", "logs", "metrics"] {
        assert_eq!(server.sql(&format!("SELECT count(*) FROM {table}")).await, [json!([0])]);
    }
}

/// Sends every request every way; each must be refused as told. Then, when `trouble` is over, all of them again: each is
/// stored, once, and is there after a power cut too.
async fn refused_now_and_taken_later<T>(
    more: &[&str],
    trouble: impl AsyncFnOnce(&Running) -> T,
    http: u16,
    reason: &str,
    told: u64,
) {
    let folder = tempfile::tempdir().expect("a folder");
    let token = token(folder.path());
    let server = Running::start_with(folder.path(), &token, more);
    let mut requests = Vec::new();
    for ((over, compression), number) in WAYS.into_iter().zip(1..) {
        for (index, signal) in SIGNALS.into_iter().enumerate() {
            requests.push(((over, compression), signal, compressed(compression, &body(over, index, number))));
        }
    }
    let trouble = trouble(&server).await;
    let before = refused(&server, reason).await;
    for (way, signal, body) in &requests {
        let answer = send(&server, *way, *signal, body.clone()).await;
        let what = format!("{way:?} {signal:?}");
        assert_refused(&what, way.0, &answer, http, UNAVAILABLE, Some(told));
    }
    let since = refused(&server, reason).await;
    for (since, before) in since.iter().zip(before) {
        assert_eq!([since[0] - before[0], since[1] - before[1]], [3, 6], "each is counted, once");
    }
    drop(trouble);
    for (way, signal, body) in &requests {
        loop {
            let answer = send(&server, *way, *signal, body.clone()).await;
            if is_full_success(way.0, &answer) {
                break;
            }
            // The crowd goes in its own time.
            assert_eq!(answer.retry_secs, Some(told), "{way:?} {signal:?}: {answer:?}");
        }
    }
    server.kill();
    let server = Running::start_with(folder.path(), &token, more);
    for (table, count) in [("spans", WAYS.len()), ("logs", WAYS.len()), ("metrics", 5 * WAYS.len())] {
        let found = server.sql(&format!("SELECT count(*) FROM {table}")).await;
        assert_eq!(found, [json!([count])], "{table} are there, each once");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_finds_no_room_is_told_to_come_again_and_then_is_taken() {
    let crowd = async |server: &Running| Crowd::fill(server, LIMIT).await;
    refused_now_and_taken_later(&LIMITED, crowd, 429, "overloaded", 1).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_full_disk_is_told_to_come_again_and_then_all_is_taken() {
    let full = async |server: &Running| FullDisk::under(server);
    refused_now_and_taken_later(&[], full, 503, "unavailable", 3).await;
}

/// What a partial success says: the rejected count and the message.
fn partial(over: &str, signal: usize, answer: &Answer) -> (i64, String) {
    if over == JSON {
        let told: Value = serde_json::from_slice(&answer.body).expect("JSON");
        let name = ["rejectedSpans", "rejectedLogRecords", "rejectedDataPoints"][signal];
        let told = &told["partialSuccess"];
        let rejected =
            told[name].as_str().map_or(0, |count| count.parse().expect("a 64-bit integer is a text"));
        return (rejected, told["errorMessage"].as_str().expect("a message").to_owned());
    }
    match signal {
        0 => {
            let told = ExportTraceServiceResponse::decode(&answer.body[..]).expect("an answer");
            told.partial_success.map(|told| (told.rejected_spans, told.error_message))
        }
        1 => {
            let told = ExportLogsServiceResponse::decode(&answer.body[..]).expect("an answer");
            told.partial_success.map(|told| (told.rejected_log_records, told.error_message))
        }
        _ => {
            let told = ExportMetricsServiceResponse::decode(&answer.body[..]).expect("an answer");
            told.partial_success.map(|told| (told.rejected_data_points, told.error_message))
        }
    }
    .expect("a partial success")
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_rejected_alone_is_told_by_number_and_reason_and_the_rest_is_taken() {
    let folder = tempfile::tempdir().expect("a folder");
    let server = Running::start(folder.path(), &token(folder.path()));
    for ((over, compression), number) in WAYS.into_iter().zip(1..) {
        // The same items twice, of which the second is of 1970.
        let old = began().minus(std::time::Duration::from_nanos(nanos(began()) - 1));
        for (index, signal) in SIGNALS.into_iter().enumerate() {
            let body = if over == JSON {
                let [good, bad] = [began(), old].map(|time| json_bodies(number, time)[index].clone());
                let name = ["resourceSpans", "resourceLogs", "resourceMetrics"][index];
                json!({ name: [good[name][0], bad[name][0]] }).to_string().into_bytes()
            } else {
                // Messages of protobuf that follow each other are one message with the lists of both.
                [began(), old].map(|time| bodies(number, time)[index].clone()).concat()
            };
            let answer = send(&server, (over, compression), signal, compressed(compression, &body)).await;
            let what = format!("{over} {compression} {signal:?}");
            assert_eq!(answer.status, if over == "grpc" { 0 } else { 200 }, "{what}: {answer:?}");
            let (rejected, message) = partial(over, index, &answer);
            assert_eq!(rejected, [1, 1, 5][index], "{what}: {message}");
            assert!(message.contains("its time is older"), "{what}: {message}");
        }
    }
    for (table, count) in [("spans", WAYS.len()), ("logs", WAYS.len()), ("metrics", 5 * WAYS.len())] {
        let found = server.sql(&format!("SELECT count(*) FROM {table}")).await;
        assert_eq!(found, [json!([count])], "the rest of the {table} is taken");
    }
    // A warning without a loss: nothing is rejected, and there is a message.
    for (over, number) in [("grpc", 100), (PROTOBUF, 101), (JSON, 102)] {
        let body = if over == JSON {
            json_bodies(number, began())[1].to_string().replace(&hex(&[number; 16]), "ab").into_bytes()
        } else {
            let mut request = log(number, began());
            request.resource_logs[0].scope_logs[0].log_records[0].trace_id = vec![0xab];
            request.encode_to_vec()
        };
        let answer = send(&server, (over, ""), SIGNALS[1], body).await;
        let (rejected, message) = partial(over, 1, &answer);
        assert_eq!(rejected, 0, "{over}: {message}");
        assert!(message.contains("1 ids of the wrong length"), "{over}: {message}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn json_is_read_by_the_rules_of_otlp_and_as_clients_write_it() {
    let folder = tempfile::tempdir().expect("a folder");
    let server = Running::start(folder.path(), &token(folder.path()));
    let start = nanos(began());
    let id = |number: u8| hex(&[0xa0 + number; 16]);
    let spellings = [
        // As the specification has it; ids in capitals; numbers as numbers; enums by name, which it does not have; names
        // in snake case, which protobuf reads.
        json!({"traceId": id(1), "kind": 3, "startTimeUnixNano": start.to_string(), "status": {"code": 2}}),
        json!({"traceId": id(2).to_uppercase(), "kind": 3, "startTimeUnixNano": start, "status": {"code": 2}}),
        json!({"traceId": id(3), "kind": "SPAN_KIND_CLIENT", "startTimeUnixNano": start,
            "status": {"code": "STATUS_CODE_ERROR"}}),
        json!({"trace_id": id(4), "kind": 3, "start_time_unix_nano": start, "status": {"code": 2}}),
        json!({"traceId": id(5), "kind": 3, "startTimeUnixNano": start, "status": {"code": 2, "of": [1, {"x": 7}]},
            "ofTomorrow": {"a": [[], {}]}, "parentSpanId": null, "events": null}),
    ];
    for (spelling, number) in spellings.into_iter().zip(1..) {
        let mut span = spelling.clone();
        span["spanId"] = json!("00f067aa0ba902b7".to_uppercase());
        span["endTimeUnixNano"] = json!(start + 9);
        span["attributes"] = json!([
            {"key": "share", "value": {"doubleValue": "NaN"}},
            {"key": "limit", "value": {"doubleValue": "Infinity"}},
            {"key": "count", "value": {"intValue": 9_007_199_254_740_993_i64}},
            {"key": "nothing", "value": {}},
        ]);
        let body = json!({"resourceSpans": [{"scopeSpans": [{"spans": [span]}]}]});
        let answer = http(&server, "/v1/traces", JSON, "", body.to_string().into_bytes()).await;
        assert!(is_full_success(JSON, &answer), "{spelling}: {answer:?}");
        let found = server.get(&format!("/api/v1/traces/{}", id(number))).await;
        let found = &found["spans"][0];
        for (field, value) in [
            ("span_id", json!("00f067aa0ba902b7")),
            ("kind", json!("client")),
            ("status", json!("error")),
            ("duration_ns", json!(9)),
            ("start", json!(began().to_string())),
            ("parent_span_id", Value::Null),
        ] {
            assert_eq!(found[field], value, "{field} of {spelling}");
        }
        let shown = json!({
            "share": {"double": "NaN"}, "limit": {"double": "Infinity"}, "count": 9_007_199_254_740_993_i64,
            "nothing": null,
        });
        assert_eq!(found["attributes"], shown, "{spelling}");
    }
}
