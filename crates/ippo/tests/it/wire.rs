//! OTLP as bytes on the wire: any body, encoding and compression, so that wrong ones can be sent too.

use std::io::Write as _;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD_NO_PAD;
use flate2::write::GzEncoder;
use prost::Message;

use crate::binary::Running;

pub(crate) const PROTOBUF: &str = "application/x-protobuf";
pub(crate) const JSON: &str = "application/json";

/// What OTLP answers a refusal with: <https://github.com/googleapis/googleapis/blob/master/google/rpc/status.proto>.
#[derive(Clone, PartialEq, Message)]
pub(crate) struct RpcStatus {
    #[prost(int32, tag = "1")]
    pub(crate) code: i32,
    #[prost(string, tag = "2")]
    pub(crate) message: String,
    /// `google.protobuf.Any`, left as bytes: only whether there are any matters here.
    #[prost(bytes = "vec", repeated, tag = "3")]
    pub(crate) details: Vec<Vec<u8>>,
}

/// What came back: the status of HTTP or gRPC, and the message.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) content_type: String,
    pub(crate) body: Vec<u8>,
    /// Whether the sender is told when to try again.
    pub(crate) retry: bool,
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
    let (status, retry) = (answer.status().as_u16(), answer.headers().contains_key("retry-after"));
    let content_type = header(&answer, "content-type");
    Answer { status, content_type, retry, body: answer.bytes().await.expect("a body").to_vec() }
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
    let details = STANDARD_NO_PAD.decode(header(&answer, "grpc-status-details-bin").trim_end_matches('='));
    let retry = String::from_utf8_lossy(&details.expect("base64")).contains("google.rpc.RetryInfo");
    let content_type = header(&answer, "content-type");
    let body = answer.bytes().await.expect("a body");
    Answer { status, content_type, retry, body: body.get(5..).unwrap_or_default().to_vec() }
}

/// Calls a method with a message.
pub(crate) async fn grpc(server: &Running, method: &str, compression: &str, body: &[u8]) -> Answer {
    let length = u32::try_from(body.len()).expect("small");
    grpc_frame(server, method, compression, length, body).await
}
