//! Requests that are refused as a whole: with the status that makes a sender give up, in the sender's own encoding, and
//! counted. The server goes on.

use prost::Message as _;
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

use crate::binary::{Running, token};
use crate::wire::{Answer, JSON, PROTOBUF, RpcStatus, compressed, grpc, grpc_frame, http};

const TRACES: &str = "/v1/traces";
const EXPORT: &str = "trace.v1.TraceService/Export";
const INVALID_ARGUMENT: i32 = 3;
const RESOURCE_EXHAUSTED: i32 = 8;
const UNIMPLEMENTED: i32 = 12;
/// What a body may have here.
const LIMIT: [&str; 2] = ["--body-limit", "1MiB"];
/// More than that.
const TOO_LARGE: usize = 4 * 1024 * 1024;

/// `google.rpc.Status`, from a body in protobuf or JSON. Gives code and message.
fn status_of(answer: &Answer) -> (i32, String) {
    if answer.content_type == JSON {
        let body: Value = serde_json::from_slice(&answer.body).expect("JSON");
        let code = body["code"].as_i64().and_then(|code| i32::try_from(code).ok()).expect("a code");
        return (code, body["message"].as_str().expect("a message").to_owned());
    }
    assert_eq!(answer.content_type, PROTOBUF);
    let status = RpcStatus::decode(&answer.body[..]).expect("google.rpc.Status");
    assert!(status.details.is_empty(), "nothing that makes a sender try again");
    (status.code, status.message)
}

struct Case {
    what: &'static str,
    content_type: &'static str,
    compression: &'static str,
    body: Vec<u8>,
    status: u16,
    code: i32,
}

fn case(what: &'static str, content_type: &'static str, body: &[u8]) -> Case {
    let body = body.to_vec();
    Case { what, content_type, compression: "", body, status: 400, code: INVALID_ARGUMENT }
}

fn cases() -> Vec<Case> {
    // resource_spans > scope_spans > spans > name, whose one byte is no UTF-8.
    let bad_name = [0x0a, 7, 0x12, 5, 0x12, 3, 0x2a, 1, 0xff];
    let bad_json = b"{\"resourceSpans\": [{\"resource\": {\"attributes\": [{\"key\": \"\xff\"}]}}]}";
    let deep = "[".repeat(100_000);
    let bomb = compressed("gzip", &vec![0; TOO_LARGE]);
    let zstd_bomb = compressed("zstd", &vec![0; TOO_LARGE]);
    assert!(bomb.len() < TOO_LARGE / 100, "it is small on the wire");
    let large = |what, compression, body| Case {
        what,
        compression,
        body,
        status: 413,
        code: RESOURCE_EXHAUSTED,
        content_type: PROTOBUF,
    };
    vec![
        case("malformed protobuf", PROTOBUF, b"\xff\xff\xff"),
        case("protobuf that ends early", PROTOBUF, &[0x0a, 100, 0x12]),
        case("JSON as protobuf", PROTOBUF, b"{\"resourceSpans\": []}"),
        case("malformed JSON", JSON, b"{\"resourceSpans\": [{]}"),
        case("JSON of another shape", JSON, b"{\"resourceSpans\": 7}"),
        case("no JSON at all", JSON, b""),
        case("JSON without end", JSON, deep.as_bytes()),
        case("protobuf with bad UTF-8", PROTOBUF, &bad_name),
        case("JSON with bad UTF-8", JSON, bad_json),
        Case { compression: "gzip", ..case("no gzip", PROTOBUF, b"hello") },
        Case { compression: "zstd", ..case("no zstd", JSON, b"hello") },
        Case {
            compression: "gzip",
            ..case("gzip that ends early", PROTOBUF, &compressed("gzip", b"hello")[..12])
        },
        Case { status: 415, ..case("no type of OTLP", "text/plain", b"hello") },
        Case { status: 415, ..case("no type", "", b"") },
        Case { status: 415, compression: "br", ..case("no compression of OTLP", JSON, b"{}") },
        large("an over-size body", "", vec![0; TOO_LARGE]),
        large("a gzip bomb", "gzip", bomb),
        large("a zstd bomb", "zstd", zstd_bomb),
    ]
}

#[tokio::test(flavor = "multi_thread")]
async fn http_says_why_in_the_senders_encoding_and_counts_it() {
    let folder = tempfile::tempdir().expect("a folder");
    let server = Running::start_with(folder.path(), &token(folder.path()), &LIMIT);
    let (mut malformed, mut unsupported, mut too_large) = (0, 0, 0);
    for Case { what, content_type, compression, body, status, code } in cases() {
        let answer = http(&server, TRACES, content_type, compression, body).await;
        assert_eq!(answer.status, status, "{what}: {answer:?}");
        let (told, message) = status_of(&answer);
        assert_eq!(told, code, "{what}: {message}");
        assert!(message.len() > 10, "{what} is explained: {message}");
        assert!(answer.retry_secs.is_none(), "{what}: trying again will not help");
        match status {
            413 => too_large += 1,
            415 => unsupported += 1,
            _ => malformed += 1,
        }
        let metrics = server.text("/metrics").await;
        for (reason, count) in
            [("malformed", malformed), ("unsupported", unsupported), ("too_large", too_large)]
        {
            let family = format!("{{transport=\"http\",signal=\"spans\",reason=\"{reason}\"}} {count}\n");
            assert!(count == 0 || metrics.contains(&family), "{what} is counted: {family} {metrics}");
        }
    }
    assert_eq!(server.text("/readyz").await.trim(), "ready");
    assert_eq!(server.sql("SELECT count(*) FROM spans").await, [json!([0])]);
}

/// A sender that first writes all and then reads must not find a closed connection: it would send the same again.
#[tokio::test(flavor = "multi_thread")]
async fn who_is_refused_may_write_to_the_end_and_then_reads_why() {
    let folder = tempfile::tempdir().expect("a folder");
    let server = Running::start_with(folder.path(), &token(folder.path()), &LIMIT);
    let address = server.otlp_http.trim_start_matches("http://");
    let bytes = 64 * 1024 * 1024;
    for (content_type, status) in [(PROTOBUF, "413"), ("text/plain", "415")] {
        for path in [TRACES, "/api/v1/write"] {
            let mut connection = TcpStream::connect(address).await.expect("it listens");
            let head = format!(
                "POST {path} HTTP/1.1\r\nhost: {address}\r\ncontent-type: {content_type}\r\n\
                 content-length: {bytes}\r\n\r\n"
            );
            connection.write_all(head.as_bytes()).await.expect("it reads the head");
            let piece = vec![0; 1024 * 1024];
            for _ in 0..bytes / piece.len() {
                connection.write_all(&piece).await.expect("it reads on");
            }
            let mut answer = [0; 12];
            connection.read_exact(&mut answer).await.expect("it answers");
            assert_eq!(answer, format!("HTTP/1.1 {status}").as_bytes(), "{path}");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn grpc_says_why_with_a_code_that_no_sender_repeats_and_counts_it() {
    let folder = tempfile::tempdir().expect("a folder");
    let server = Running::start_with(folder.path(), &token(folder.path()), &LIMIT);
    let bomb = compressed("gzip", &vec![0; TOO_LARGE]);
    let too_large = u32::try_from(TOO_LARGE).expect("small");
    let answers = [
        ("malformed protobuf", INVALID_ARGUMENT, grpc(&server, EXPORT, "", b"\xff\xff\xff").await),
        ("protobuf that ends early", INVALID_ARGUMENT, grpc(&server, EXPORT, "", &[0x0a, 100, 0x12]).await),
        ("no gzip", INVALID_ARGUMENT, grpc(&server, EXPORT, "gzip", b"hello").await),
        ("over-size", RESOURCE_EXHAUSTED, grpc_frame(&server, EXPORT, "", too_large, b"").await),
        ("no method", UNIMPLEMENTED, grpc(&server, "trace.v1.TraceService/Import", "", b"").await),
        ("a gzip bomb", RESOURCE_EXHAUSTED, grpc(&server, EXPORT, "gzip", &bomb).await),
    ];
    let metrics = server.text("/metrics").await;
    for (what, code, answer) in answers {
        assert_eq!(i32::from(answer.status), code, "{what}");
        assert!(answer.retry_secs.is_none(), "{what}: trying again will not help");
    }
    for (reason, count) in [("malformed", 3), ("too_large", 2)] {
        let counted = format!("{{transport=\"grpc\",signal=\"spans\",reason=\"{reason}\"}} {count}\n");
        assert!(metrics.contains(&counted), "{counted}: {metrics}");
    }
    assert_eq!(server.text("/readyz").await.trim(), "ready");
}

/// Each is small on the wire and within the limit of a body, and would take gigabytes.
#[tokio::test(flavor = "multi_thread")]
async fn few_bytes_that_stand_for_much_are_refused_and_the_next_request_is_taken() {
    let folder = tempfile::tempdir().expect("a folder");
    let server = Running::start(folder.path(), &token(folder.path()));
    let items = [0x12, 0].repeat(16 * 1024 * 1024);
    let nested = |field: u8, inner: Vec<u8>| {
        let mut outer = vec![field << 3 | 2];
        prost::encoding::encode_varint(inner.len() as u64, &mut outer);
        [outer, inner].concat()
    };
    let empty_items = compressed("gzip", &nested(1, nested(2, items)));
    let counts = "0,".repeat(9 * 1024 * 1024);
    let point = format!("{{\"bucketCounts\": [{counts}0]}}");
    let grows = format!(
        "{{\"resourceMetrics\": [{{\"scopeMetrics\": [{{\"metrics\": [\
         {{\"name\": \"m\", \"histogram\": {{\"dataPoints\": [{point}]}}}}]}}]}}]}}"
    );
    let grows = compressed("gzip", grows.as_bytes());
    for (what, path, content_type, body) in [
        ("empty log records", "/v1/logs", PROTOBUF, empty_items.clone()),
        ("JSON that grows", "/v1/metrics", JSON, grows),
    ] {
        assert!(body.len() < 500_000, "{what}: {} bytes on the wire", body.len());
        let answer = http(&server, path, content_type, "gzip", body).await;
        assert_eq!(answer.status, 413, "{what}: {answer:?}");
        let (code, message) = status_of(&answer);
        assert_eq!(code, RESOURCE_EXHAUSTED, "{what}: {message}");
        assert!(message.contains("smaller parts"), "{message}");
    }
    let answer = grpc(&server, "logs.v1.LogsService/Export", "gzip", &empty_items).await;
    assert_eq!((i32::from(answer.status), answer.retry_secs), (RESOURCE_EXHAUSTED, None));
    // An empty span is no row, and takes nothing: each is rejected, and counted.
    let answer = http(&server, TRACES, PROTOBUF, "gzip", empty_items).await;
    assert_eq!(answer.status, 200, "{answer:?}");
    assert!(String::from_utf8_lossy(&answer.body).contains("16777216 rejected"), "{answer:?}");
    let metrics = server.text("/metrics").await;
    for (transport, signal) in [("http", "logs"), ("http", "metrics"), ("grpc", "logs")] {
        let counted = format!("{{transport=\"{transport}\",signal=\"{signal}\",reason=\"too_large\"}} 1\n");
        assert!(metrics.contains(&counted), "{counted}: {metrics}");
    }
    assert_eq!(http(&server, TRACES, JSON, "", b"{}".to_vec()).await.status, 200);
    assert_eq!(server.text("/readyz").await.trim(), "ready");
}
