//! OTLP over gRPC. Bodies are already encoded, so the codec moves bytes and knows no message.

use std::time::Duration;

use bytes::{Buf, BufMut, Bytes};
use ippo_base::clock::BoxFuture;
use prost::Message as _;
use tonic::codec::{Codec, CompressionEncoding, DecodeBuf, Decoder, EncodeBuf, Encoder};
use tonic::metadata::MetadataValue;
use tonic::transport::{Channel, Endpoint};
use tonic::{Code, Request, Status};

use super::http::receipt;
use super::{Compression, Receipt, SendError, Transport};
use crate::shop::Signal;

/// Sends over one HTTP/2 connection, which is opened when first needed and again whenever it is lost.
pub struct GrpcTransport {
    channel: Channel,
    compression: Compression,
    authorization: Option<MetadataValue<tonic::metadata::Ascii>>,
}

impl GrpcTransport {
    /// To `endpoint`, for example `http://127.0.0.1:4317`, with a bearer token if the receiver wants one.
    ///
    /// # Errors
    /// If the endpoint is no URL, or the token no header value.
    pub fn new(endpoint: &str, compression: Compression, token: Option<&str>) -> Result<Self, SendError> {
        let channel = Endpoint::from_shared(endpoint.to_owned())
            .map_err(|error| SendError::never(format!("{endpoint} is no gRPC endpoint: {error}")))?
            .connect_lazy();
        let authorization = token
            .map(|token| format!("Bearer {token}").parse())
            .transpose()
            .map_err(|_| SendError::never("the token has characters that no header may have"))?;
        Ok(Self { channel, compression, authorization })
    }
}

fn path(signal: Signal) -> &'static str {
    match signal {
        Signal::Traces => "/opentelemetry.proto.collector.trace.v1.TraceService/Export",
        Signal::Logs => "/opentelemetry.proto.collector.logs.v1.LogsService/Export",
        Signal::Metrics => "/opentelemetry.proto.collector.metrics.v1.MetricsService/Export",
    }
}

impl Transport for GrpcTransport {
    fn send(&self, signal: Signal, body: Bytes) -> BoxFuture<Result<Receipt, SendError>> {
        let mut client = tonic::client::Grpc::new(self.channel.clone());
        if self.compression == Compression::Gzip {
            client = client.send_compressed(CompressionEncoding::Gzip);
        }
        let mut request = Request::new(body);
        if let Some(value) = &self.authorization {
            request.metadata_mut().insert("authorization", value.clone());
        }
        Box::pin(async move {
            client.ready().await.map_err(|error| SendError::later(format!("no connection: {error}")))?;
            let path = http::uri::PathAndQuery::from_static(path(signal));
            let answer = client.unary(request, path, BytesCodec).await;
            answer.map(|response| receipt(signal, &response.into_inner())).map_err(|status| error(&status))
        })
    }
}

/// Which statuses mean "later", by the OTLP specification.
fn error(status: &Status) -> SendError {
    let reason = format!("{:?}: {}", status.code(), status.message());
    match status.code() {
        Code::Cancelled
        | Code::DeadlineExceeded
        | Code::ResourceExhausted
        | Code::Aborted
        | Code::OutOfRange
        | Code::Unavailable
        | Code::DataLoss => SendError::Later { after: retry_delay(status.details()), reason },
        // tonic reports a connection that broke in the middle as unknown.
        Code::Unknown if std::error::Error::source(status).is_some() => SendError::later(reason),
        _ => SendError::Never { reason },
    }
}

/// `google.rpc.Status`, as far as it is needed here.
#[derive(Clone, PartialEq, prost::Message)]
struct RpcStatus {
    #[prost(message, repeated, tag = "3")]
    details: Vec<Detail>,
}

/// `google.protobuf.Any`.
#[derive(Clone, PartialEq, prost::Message)]
struct Detail {
    #[prost(string, tag = "1")]
    type_url: String,
    #[prost(bytes = "vec", tag = "2")]
    value: Vec<u8>,
}

/// `google.rpc.RetryInfo`.
#[derive(Clone, PartialEq, prost::Message)]
struct RetryInfo {
    #[prost(message, optional, tag = "1")]
    retry_delay: Option<Delay>,
}

/// `google.protobuf.Duration`.
#[derive(Clone, Copy, PartialEq, prost::Message)]
struct Delay {
    #[prost(int64, tag = "1")]
    seconds: i64,
    #[prost(int32, tag = "2")]
    nanos: i32,
}

/// The wait that a receiver asks for in the details of its status.
fn retry_delay(details: &[u8]) -> Option<Duration> {
    let status = RpcStatus::decode(details).ok()?;
    let detail = status.details.iter().find(|d| d.type_url.ends_with("google.rpc.RetryInfo"))?;
    let delay = RetryInfo::decode(detail.value.as_slice()).ok()?.retry_delay?;
    Some(Duration::new(u64::try_from(delay.seconds).ok()?, u32::try_from(delay.nanos).ok()?))
}

/// Bytes in, bytes out.
#[derive(Debug, Clone, Copy)]
struct BytesCodec;

impl Codec for BytesCodec {
    type Encode = Bytes;
    type Decode = Bytes;
    type Encoder = Self;
    type Decoder = Self;

    fn encoder(&mut self) -> Self {
        *self
    }

    fn decoder(&mut self) -> Self {
        *self
    }
}

impl Encoder for BytesCodec {
    type Item = Bytes;
    type Error = Status;

    fn encode(&mut self, item: Bytes, buffer: &mut EncodeBuf<'_>) -> Result<(), Status> {
        buffer.put(item);
        Ok(())
    }
}

impl Decoder for BytesCodec {
    type Item = Bytes;
    type Error = Status;

    fn decode(&mut self, buffer: &mut DecodeBuf<'_>) -> Result<Option<Bytes>, Status> {
        let length = buffer.remaining();
        Ok(Some(buffer.copy_to_bytes(length)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_wait_that_the_receiver_asks_for_is_read_from_its_status() {
        let info = RetryInfo { retry_delay: Some(Delay { seconds: 3, nanos: 500_000_000 }) };
        let detail = Detail {
            type_url: "type.googleapis.com/google.rpc.RetryInfo".to_owned(),
            value: info.encode_to_vec(),
        };
        let details = RpcStatus { details: vec![detail] }.encode_to_vec();
        let status = Status::with_details(Code::ResourceExhausted, "full", details.into());
        let SendError::Later { after, .. } = error(&status) else { panic!("it is retryable") };
        assert_eq!(after, Some(Duration::from_millis(3_500)));
    }

    #[test]
    fn the_specification_says_which_codes_are_worth_another_try() {
        let later = |code| matches!(error(&Status::new(code, "")), SendError::Later { .. });
        assert!([Code::Unavailable, Code::ResourceExhausted, Code::OutOfRange].into_iter().all(later));
        assert!(![Code::InvalidArgument, Code::Unauthenticated, Code::Unimplemented].into_iter().any(later));
    }
}
