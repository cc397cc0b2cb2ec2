//! OTLP as bytes on the wire: any body, encoding and compression, so that wrong ones can be sent too.

use std::io::Write as _;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD_NO_PAD;
use flate2::write::GzEncoder;
use prost::Message;

use crate::binary::Running;

pub(crate) const PROTOBUF: &str = "application/x-protobuf";
pub(crate) const JSON: &str = "application/json";

/// Transport and encoding, and compression.
pub(crate) const WAYS: [(&str, &str); 9] = [
    ("grpc", ""),
    ("grpc", "gzip"),
    ("grpc", "zstd"),
    (PROTOBUF, ""),
    (PROTOBUF, "gzip"),
    (PROTOBUF, "zstd"),
    (JSON, ""),
    (JSON, "gzip"),
    (JSON, "zstd"),
];
/// A signal's name in ippo, path over HTTP, and method over gRPC.
pub(crate) const SIGNALS: [(&str, &str, &str); 3] = [
    ("spans", "/v1/traces", "trace.v1.TraceService/Export"),
    ("logs", "/v1/logs", "logs.v1.LogsService/Export"),
    ("metrics", "/v1/metrics", "metrics.v1.MetricsService/Export"),
];

/// What OTLP answers a refusal with: <https://github.com/googleapis/googleapis/blob/master/google/rpc/status.proto>.
#[derive(Clone, PartialEq, Message)]
pub(crate) struct RpcStatus {
    #[prost(int32, tag = "1")]
    pub(crate) code: i32,
    #[prost(string, tag = "2")]
    pub(crate) message: String,
    #[prost(message, repeated, tag = "3")]
    pub(crate) details: Vec<Detail>,
}

/// `google.protobuf.Any`.
#[derive(Clone, PartialEq, Message)]
pub(crate) struct Detail {
    #[prost(string, tag = "1")]
    pub(crate) type_url: String,
    #[prost(bytes = "vec", tag = "2")]
    pub(crate) value: Vec<u8>,
}

/// `google.rpc.RetryInfo`.
#[derive(Clone, PartialEq, Message)]
struct RetryInfo {
    #[prost(message, optional, tag = "1")]
    retry_delay: Option<Delay>,
}

/// `google.protobuf.Duration`.
#[derive(Clone, PartialEq, Message)]
struct Delay {
    #[prost(int64, tag = "1")]
    seconds: i64,
}

impl RpcStatus {
    /// When to send again, in seconds, if there is a `RetryInfo`.
    pub(crate) fn retry_secs(&self) -> Option<u64> {
        let info = self
            .details
            .iter()
            .find(|detail| detail.type_url == "type.googleapis.com/google.rpc.RetryInfo")?;
        let delay = RetryInfo::decode(&info.value[..]).expect("google.rpc.RetryInfo").retry_delay;
        Some(u64::try_from(delay.expect("a delay").seconds).expect("a time to come"))
    }
}

/// What came back: the status of HTTP or gRPC, and the message.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) content_type: String,
    pub(crate) body: Vec<u8>,
    /// When the sender is told to send again, in seconds: by Retry-After, or by the RetryInfo of gRPC.
    pub(crate) retry_secs: Option<u64>,
    /// The same in a header of gRPC by itself, which is where some SDKs look.
    pub(crate) retry_header_secs: Option<u64>,
}

/// A body in the compression of this name.
pub(crate) fn compressed(compression: &str, body: &[u8]) -> Vec<u8> {
    match compression {
        "gzip" => {
            let mut writer = GzEncoder::new(Vec::new(), flate2::Compression::fast());
            writer.write_all(body).expect("memory");
            writer.finish().expect("memory")
        }
        "zstd" => zstd::encode_all(body, 0).expect("memory"),
        _ => body.to_vec(),
    }
}

fn header(answer: &reqwest::Response, name: &str) -> String {
    answer.headers().get(name).map_or("", |value| value.to_str().expect("text")).to_owned()
}

/// Posts a body as it is, with what is said of it.
pub(crate) async fn http(
    server: &Running,
    path: &str,
    content_type: &str,
    compression: &str,
    body: Vec<u8>,
) -> Answer {
    let client = reqwest::Client::new();
    let mut request = client.post(format!("{}{path}", server.otlp_http)).header("content-type", content_type);
    if !compression.is_empty() {
        request = request.header("content-encoding", compression);
    }
    let answer = request.body(body).send().await.expect("it answers");
    let (status, retry_secs) = (answer.status().as_u16(), header(&answer, "retry-after").parse().ok());
    let content_type = header(&answer, "content-type");
    let body = answer.bytes().await.expect("a body").to_vec();
    Answer { status, content_type, retry_secs, retry_header_secs: None, body }
}

/// Calls a method with one frame that says how long it is.
pub(crate) async fn grpc_frame(
    server: &Running,
    method: &str,
    compression: &str,
    length: u32,
    body: &[u8],
) -> Answer {
    let client = reqwest::Client::builder().http2_prior_knowledge().build().expect("a client");
    let flag = u8::from(!compression.is_empty());
    let frame = [&[flag], &length.to_be_bytes()[..], body].concat();
    let url = format!("http://{}/opentelemetry.proto.collector.{method}", server.otlp_grpc);
    let mut request = client.post(url).header("content-type", "application/grpc").header("te", "trailers");
    if !compression.is_empty() {
        request = request.header("grpc-encoding", compression);
    }
    let answer = request.body(frame).send().await.expect("it answers");
    // A refusal is all headers; of a success the status comes behind the body, where this client does not look.
    let status = header(&answer, "grpc-status").parse().unwrap_or(0);
    let binary = |name| STANDARD_NO_PAD.decode(header(&answer, name).trim_end_matches('=')).expect("base64");
    let details = RpcStatus::decode(&binary("grpc-status-details-bin")[..]).expect("google.rpc.Status");
    let info = RetryInfo::decode(&binary("google.rpc.retryinfo-bin")[..]).expect("google.rpc.RetryInfo");
    let retry_header_secs = info.retry_delay.and_then(|delay| delay.seconds.try_into().ok());
    let content_type = header(&answer, "content-type");
    let body = answer.bytes().await.expect("a body").get(5..).unwrap_or_default().to_vec();
    Answer { status, content_type, retry_secs: details.retry_secs(), retry_header_secs, body }
}

/// Calls a method with a message.
pub(crate) async fn grpc(server: &Running, method: &str, compression: &str, body: &[u8]) -> Answer {
    let length = u32::try_from(body.len()).expect("small");
    grpc_frame(server, method, compression, length, body).await
}

/// Sends a body, which is compressed already, one of the ways to where its signal belongs.
pub(crate) async fn send(
    server: &Running,
    (over, compression): (&str, &str),
    (_, path, method): (&str, &str, &str),
    body: Vec<u8>,
) -> Answer {
    match over {
        "grpc" => grpc(server, method, compression, &body).await,
        encoding => http(server, path, encoding, compression, body).await,
    }
}
