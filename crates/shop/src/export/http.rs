//! OTLP over HTTP with protobuf bodies.

use std::io::Write as _;
use std::time::Duration;

use bytes::Bytes;
use flate2::write::GzEncoder;
use ippo_base::clock::BoxFuture;
use opentelemetry_proto::tonic::collector::logs::v1::ExportLogsServiceResponse;
use opentelemetry_proto::tonic::collector::metrics::v1::ExportMetricsServiceResponse;
use opentelemetry_proto::tonic::collector::trace::v1::ExportTraceServiceResponse;
use prost::Message as _;
use reqwest::StatusCode;
use reqwest::header::{AUTHORIZATION, CONTENT_ENCODING, CONTENT_TYPE, RETRY_AFTER};

use super::{Compression, Receipt, SendError, Transport};
use crate::shop::Signal;

/// As much of an error's body as is worth repeating, in characters.
const REASON_LENGTH: usize = 300;

/// Sends with keep-alive connections.
pub struct HttpTransport {
    client: reqwest::Client,
    endpoint: String,
    compression: Compression,
    token: Option<String>,
}

impl HttpTransport {
    /// To `endpoint`, for example `http://127.0.0.1:4318`, with a bearer token if the receiver wants one.
    /// A process-wide rustls provider must be installed before.
    ///
    /// # Errors
    /// If no HTTP client can be made.
    pub fn new(endpoint: &str, compression: Compression, token: Option<&str>) -> Result<Self, SendError> {
        let client = reqwest::Client::builder()
            .no_proxy()
            .build()
            .map_err(|error| SendError::never(format!("no HTTP client: {error}")))?;
        let endpoint = endpoint.trim_end_matches('/').to_owned();
        Ok(Self { client, endpoint, compression, token: token.map(str::to_owned) })
    }
}

fn path(signal: Signal) -> &'static str {
    match signal {
        Signal::Traces => "/v1/traces",
        Signal::Logs => "/v1/logs",
        Signal::Metrics => "/v1/metrics",
    }
}

fn gzip(body: &[u8]) -> std::io::Result<Vec<u8>> {
    let mut encoder = GzEncoder::new(Vec::with_capacity(body.len() / 4), flate2::Compression::default());
    encoder.write_all(body)?;
    encoder.finish()
}

impl Transport for HttpTransport {
    fn send(&self, signal: Signal, body: Bytes) -> BoxFuture<Result<Receipt, SendError>> {
        let url = format!("{}{}", self.endpoint, path(signal));
        let mut request = self.client.post(url).header(CONTENT_TYPE, "application/x-protobuf");
        if let Some(token) = &self.token {
            request = request.header(AUTHORIZATION, format!("Bearer {token}"));
        }
        let compression = self.compression;
        Box::pin(async move {
            let request = match compression {
                Compression::None => request.body(body),
                Compression::Gzip => {
                    let small =
                        gzip(&body).map_err(|error| SendError::never(format!("gzip failed: {error}")))?;
                    request.header(CONTENT_ENCODING, "gzip").body(small)
                }
            };
            let response =
                request.send().await.map_err(|error| SendError::later(format!("no answer: {error}")))?;
            let status = response.status();
            let after = response.headers().get(RETRY_AFTER).and_then(|v| v.to_str().ok()?.parse().ok());
            let answer =
                response.bytes().await.map_err(|error| SendError::later(format!("cut short: {error}")))?;
            judge(signal, status, after.map(Duration::from_secs), &answer)
        })
    }
}

/// Which statuses mean "later", by the OTLP specification.
fn judge(
    signal: Signal,
    status: StatusCode,
    after: Option<Duration>,
    answer: &[u8],
) -> Result<Receipt, SendError> {
    if status.is_success() {
        return Ok(receipt(signal, answer));
    }
    let said: String = String::from_utf8_lossy(answer).chars().take(REASON_LENGTH).collect();
    let reason = format!("{status}: {said}");
    match status.as_u16() {
        429 | 502 | 503 | 504 => Err(SendError::Later { after, reason }),
        _ => Err(SendError::Never { reason }),
    }
}

/// Reads what the receiver rejected; an answer that cannot be read rejects nothing.
pub(super) fn receipt(signal: Signal, answer: &[u8]) -> Receipt {
    let partial = match signal {
        Signal::Traces => ExportTraceServiceResponse::decode(answer)
            .ok()
            .and_then(|r| r.partial_success)
            .map(|p| (p.rejected_spans, p.error_message)),
        Signal::Logs => ExportLogsServiceResponse::decode(answer)
            .ok()
            .and_then(|r| r.partial_success)
            .map(|p| (p.rejected_log_records, p.error_message)),
        Signal::Metrics => ExportMetricsServiceResponse::decode(answer)
            .ok()
            .and_then(|r| r.partial_success)
            .map(|p| (p.rejected_data_points, p.error_message)),
    };
    let (rejected, reason) = partial.unwrap_or_default();
    Receipt { rejected: u64::try_from(rejected).unwrap_or(0), reason }
}

#[cfg(test)]
mod tests {
    use opentelemetry_proto::tonic::collector::trace::v1::ExportTracePartialSuccess;

    use super::*;

    #[test]
    fn only_overload_and_gateways_are_worth_another_try() {
        let later = |status: u16| {
            let status = StatusCode::from_u16(status).expect("a status");
            matches!(judge(Signal::Logs, status, None, b""), Err(SendError::Later { .. }))
        };
        assert!([429, 502, 503, 504].into_iter().all(later));
        assert!(![400, 401, 413, 500].into_iter().any(later));
    }

    #[test]
    fn a_partial_success_says_what_was_rejected() {
        let partial = ExportTracePartialSuccess { rejected_spans: 3, error_message: "too old".to_owned() };
        let answer = ExportTraceServiceResponse { partial_success: Some(partial) }.encode_to_vec();
        let receipt = judge(Signal::Traces, StatusCode::OK, None, &answer).expect("it was taken");
        assert_eq!(receipt, Receipt { rejected: 3, reason: "too old".to_owned() });
    }
}
