//! OTLP over gRPC. Messages pass as the bytes they are: the store logs and decodes them itself.

use std::future::Future;
use std::pin::Pin;

use axum::Router;
use axum::extract::{Request, State};
use axum::response::Response;
use axum::routing::post;
use bytes::{Buf as _, BufMut as _, Bytes};
use http::{HeaderMap, HeaderValue};
use http_body_util::BodyExt as _;
use ippo_telemetry::Signal;
use prost::Message as _;
use tonic::codec::{Codec, CompressionEncoding, DecodeBuf, Decoder, EncodeBuf, Encoder};
use tonic::metadata::MetadataValue;
use tonic::server::{Grpc, UnaryService};
use tonic::{Code, Status};

use super::{OtlpApi, Refused, RefusedKind, Taking, Transport, answer};

const GRPC_STATUS: &str = "grpc-status";
/// Where the Python SDK looks for a `RetryInfo`: in a trailer of its own, beside the status' details.
const RETRY_INFO_TRAILER: &str = "google.rpc.retryinfo-bin";

#[derive(Clone)]
struct Port {
    api: OtlpApi,
    open: bool,
}

pub(super) fn router(api: OtlpApi, open: bool) -> Router {
    let take = |signal| move |State(port): State<Port>, request: Request| export(port, signal, request);
    Router::new()
        .route("/opentelemetry.proto.collector.trace.v1.TraceService/Export", post(take(Signal::Spans)))
        .route("/opentelemetry.proto.collector.logs.v1.LogsService/Export", post(take(Signal::Logs)))
        .route("/opentelemetry.proto.collector.metrics.v1.MetricsService/Export", post(take(Signal::Metrics)))
        .fallback(unimplemented)
        .with_state(Port { api, open })
}

async fn unimplemented() -> Response {
    let status = Status::unimplemented("this port takes OTLP: Export of traces, logs and metrics");
    status.into_http::<axum::body::Body>()
}

async fn export(port: Port, signal: Signal, request: Request) -> Response {
    let (api, limit) = (port.api.clone(), port.api.body_bytes);
    let mut grpc = Grpc::new(Raw)
        .accept_compressed(CompressionEncoding::Gzip)
        .accept_compressed(CompressionEncoding::Zstd)
        .max_decoding_message_size(limit);
    let (parts, body) = request.into_parts();
    let (incoming, _held) = api.intake.admit(body);
    let metrics = api.metrics.clone();
    let body = incoming.map_err(move |fault| {
        let refused = Refused::from(fault);
        metrics.refused(Transport::Grpc, signal, refused.kind);
        status(&refused)
    });
    let answered = grpc.unary(Export { port, signal }, http::Request::from_parts(parts, body)).await;
    let mut response = answered.map(axum::body::Body::new);
    refuse_for_good(&api, signal, limit, response.headers_mut());
    response
}

/// tonic says OUT_OF_RANGE of a message over the limit, which OTLP clients repeat for ever; RESOURCE_EXHAUSTED without
/// a RetryInfo is what they give up on. What tonic itself refuses is counted here; ours has details, and was counted.
fn refuse_for_good(api: &OtlpApi, signal: Signal, limit: usize, headers: &mut HeaderMap) {
    if headers.contains_key("grpc-status-details-bin") {
        return;
    }
    let code =
        headers.get(GRPC_STATUS).and_then(|value| value.to_str().ok()).and_then(|code| code.parse().ok());
    let kind = match code.map(Code::from_i32) {
        Some(Code::OutOfRange) => {
            let message = Refused::too_large(limit).message;
            let encoded = message.replace('%', "%25").replace(' ', "%20");
            let code = HeaderValue::from(Code::ResourceExhausted as i32);
            headers.insert(GRPC_STATUS, code);
            if let Ok(message) = HeaderValue::try_from(encoded) {
                headers.insert("grpc-message", message);
            }
            RefusedKind::TooLarge
        }
        Some(Code::ResourceExhausted) => RefusedKind::TooLarge,
        Some(Code::Internal | Code::Unknown) => {
            headers.insert(GRPC_STATUS, HeaderValue::from(Code::InvalidArgument as i32));
            RefusedKind::Malformed
        }
        Some(Code::Unimplemented) => RefusedKind::Unsupported,
        _ => return,
    };
    api.metrics.refused(Transport::Grpc, signal, kind);
}

struct Export {
    port: Port,
    signal: Signal,
}

impl UnaryService<Bytes> for Export {
    type Response = Vec<u8>;
    type Future = Pin<Box<dyn Future<Output = Result<tonic::Response<Vec<u8>>, Status>> + Send>>;

    fn call(&mut self, request: tonic::Request<Bytes>) -> Self::Future {
        let (port, signal) = (self.port.clone(), self.signal);
        Box::pin(async move {
            let (metadata, _, body) = request.into_parts();
            let headers = metadata.into_headers();
            let taken = match port.api.sender(&headers, port.open).await {
                Ok(sender) => {
                    let transport = Transport::Grpc;
                    port.api.take(Taking { transport, signal, sender: &sender }, body).await
                }
                Err(refused) => Err(refused),
            };
            match taken {
                Ok(receipt) => Ok(tonic::Response::new(answer::protobuf(signal, &receipt))),
                Err(refused) => {
                    port.api.metrics.refused(Transport::Grpc, signal, refused.kind);
                    tracing::debug!(%signal, message = refused.message, "telemetry over gRPC was refused");
                    Err(status(&refused))
                }
            }
        })
    }
}

fn status(refused: &Refused) -> Status {
    let rpc = refused.status();
    let details = Bytes::from(rpc.encode_to_vec());
    let mut status = Status::with_details(refused.code(), refused.message.clone(), details);
    if let Some(retry) = rpc.details.iter().find(|detail| detail.type_url == answer::RETRY_INFO) {
        status.metadata_mut().insert_bin(RETRY_INFO_TRAILER, MetadataValue::from_bytes(&retry.value));
    }
    status
}

/// Hands messages over as bytes, both ways.
struct Raw;

impl Codec for Raw {
    type Encode = Vec<u8>;
    type Decode = Bytes;
    type Encoder = Raw;
    type Decoder = Raw;

    fn encoder(&mut self) -> Raw {
        Raw
    }

    fn decoder(&mut self) -> Raw {
        Raw
    }
}

impl Encoder for Raw {
    type Item = Vec<u8>;
    type Error = Status;

    fn encode(&mut self, item: Vec<u8>, to: &mut EncodeBuf<'_>) -> Result<(), Status> {
        to.put_slice(&item);
        Ok(())
    }
}

impl Decoder for Raw {
    type Item = Bytes;
    type Error = Status;

    fn decode(&mut self, from: &mut DecodeBuf<'_>) -> Result<Option<Bytes>, Status> {
        Ok(Some(from.copy_to_bytes(from.remaining())))
    }
}
