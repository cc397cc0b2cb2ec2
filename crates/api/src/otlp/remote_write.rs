//! Prometheus remote write, 1.0 and 2.0: `POST /api/v1/write` beside OTLP over HTTP.
//!
//! Senders repeat what is answered with 5xx and give up on 4xx (on 429 too, unless they are told otherwise), so what may
//! succeed later is never a 4xx here. The answer says how much was written, as 2.0 asks for.

use axum::extract::{Request, State};
use axum::response::{IntoResponse as _, Response};
use bytes::Bytes;
use http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header};
use ippo_telemetry::Signal;
use ippo_telemetry::prometheus::{Translated, WriteVersion, remote_write_to_otlp};

use super::http::{Port, read, stopping};
use super::intake::Incoming;
use super::{Refused, RefusedKind, Taking, Transport};

/// Where Prometheus sends to.
pub(super) const PATH: &str = "/api/v1/write";

const SAMPLES_WRITTEN: HeaderName = HeaderName::from_static("x-prometheus-remote-write-samples-written");
const HISTOGRAMS_WRITTEN: HeaderName =
    HeaderName::from_static("x-prometheus-remote-write-histograms-written");
const EXEMPLARS_WRITTEN: HeaderName = HeaderName::from_static("x-prometheus-remote-write-exemplars-written");
/// When a sender should try again, in seconds, where it is not said otherwise.
const RETRY_SECS: u64 = 5;

/// What became of a request.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
struct Written {
    samples: usize,
    histograms: usize,
    /// What the sender should be told of what was not written.
    complaint: Option<String>,
}

pub(super) async fn write(State(port): State<Port>, request: Request) -> Response {
    let (parts, body) = request.into_parts();
    let (mut incoming, _held) = port.api.intake.admit(body);
    let done = match version(&parts.headers) {
        Ok(version) => take(&port, version, &parts.headers, &mut incoming).await,
        Err(refused) => Err(refused),
    };
    match done {
        Ok(written) => {
            let status =
                if written.complaint.is_some() { StatusCode::BAD_REQUEST } else { StatusCode::NO_CONTENT };
            answer(status, &written)
        }
        Err(refused) => {
            port.api.metrics.refused(Transport::RemoteWrite, Signal::Metrics, refused.kind);
            tracing::debug!(message = refused.message, "a remote write was refused");
            incoming.discard();
            refusal(&refused)
        }
    }
}

async fn take(
    port: &Port,
    version: WriteVersion,
    headers: &HeaderMap,
    incoming: &mut Incoming,
) -> Result<Written, Refused> {
    let sender = port.api.sender(headers, port.open).await?;
    check_compression(headers)?;
    let limit = port.api.body_bytes;
    let body = read(incoming, limit).await?;
    let accept = port.api.store.accepts(Signal::Metrics, port.api.store.now());
    let translating = tokio::task::spawn_blocking(move || {
        let body = decompressed(&body, limit)?;
        Ok::<Translated, Refused>(remote_write_to_otlp(version, &body, accept)?)
    });
    let translated = translating.await.map_err(|_| stopping())??;
    port.api.metrics.refused_items(&translated.refused);
    let mut written = Written {
        samples: translated.samples,
        histograms: translated.histograms,
        complaint: translated.message(),
    };
    if translated.body.is_empty() {
        return Ok(written);
    }
    let taking = Taking { transport: Transport::RemoteWrite, signal: Signal::Metrics, sender: &sender };
    let receipt = port.api.take(taking, Bytes::from(translated.body)).await?;
    if receipt.rejected > 0 {
        // More series than may be active; or the window of accepted times moved on while the request was translated.
        written.samples = written.samples.saturating_sub(receipt.rejected);
        let also = receipt.message.unwrap_or_default();
        written.complaint =
            Some(written.complaint.map_or_else(|| also.clone(), |text| format!("{text}; {also}")));
    }
    Ok(written)
}

/// Which message the content type names. Without a name it is 1.0's, as its senders never gave one.
fn version(headers: &HeaderMap) -> Result<WriteVersion, Refused> {
    let given = headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let mut parts = given.split(';').map(str::trim);
    let unsupported = || {
        let known = [WriteVersion::V1, WriteVersion::V2].map(WriteVersion::message).join(" or ");
        let message =
            format!("the content type must be application/x-protobuf, with proto={known} or without proto");
        Refused::new(RefusedKind::Unsupported, message)
    };
    if !parts.next().is_some_and(|kind| kind.eq_ignore_ascii_case("application/x-protobuf")) {
        return Err(unsupported());
    }
    let named =
        parts.filter_map(|part| part.split_once('=')).find(|(name, _)| name.eq_ignore_ascii_case("proto"));
    match named.map(|(_, message)| message.trim_matches('"')) {
        None => Ok(WriteVersion::V1),
        Some(name) if name == WriteVersion::V1.message() => Ok(WriteVersion::V1),
        Some(name) if name == WriteVersion::V2.message() => Ok(WriteVersion::V2),
        Some(_) => Err(unsupported()),
    }
}

/// Remote write knows one compression; some senders do not name it.
fn check_compression(headers: &HeaderMap) -> Result<(), Refused> {
    let given = headers.get(header::CONTENT_ENCODING).map(|value| value.to_str().unwrap_or("?").trim());
    match given {
        None => Ok(()),
        Some(name) if name.eq_ignore_ascii_case("snappy") => Ok(()),
        Some(_) => Err(Refused::new(
            RefusedKind::Unsupported,
            "the content encoding must be snappy (its block format)",
        )),
    }
}

/// Undoes the compression, but never beyond the limit: the length is said in front.
fn decompressed(body: &[u8], limit: usize) -> Result<Vec<u8>, Refused> {
    let broken = |error: snap::Error| {
        Refused::new(RefusedKind::Malformed, format!("the body is not a block of snappy: {error}"))
    };
    if snap::raw::decompress_len(body).map_err(broken)? > limit {
        return Err(Refused::too_large(limit));
    }
    snap::raw::Decoder::new().decompress_vec(body).map_err(broken)
}

fn answer(status: StatusCode, written: &Written) -> Response {
    let text = written.complaint.clone().unwrap_or_default();
    let mut response = plain(status, text);
    let headers = response.headers_mut();
    headers.insert(SAMPLES_WRITTEN, HeaderValue::from(written.samples));
    headers.insert(HISTOGRAMS_WRITTEN, HeaderValue::from(written.histograms));
    // Exemplars are not kept.
    headers.insert(EXEMPLARS_WRITTEN, HeaderValue::from(0));
    response
}

fn refusal(refused: &Refused) -> Response {
    let status = match refused.kind {
        RefusedKind::Malformed => StatusCode::BAD_REQUEST,
        RefusedKind::Unsupported => StatusCode::UNSUPPORTED_MEDIA_TYPE,
        RefusedKind::TooLarge => StatusCode::PAYLOAD_TOO_LARGE,
        RefusedKind::Unauthenticated => StatusCode::UNAUTHORIZED,
        RefusedKind::Forbidden => StatusCode::FORBIDDEN,
        // Not 429: by default a Prometheus drops what is answered with it.
        RefusedKind::Overloaded | RefusedKind::Unavailable => StatusCode::SERVICE_UNAVAILABLE,
    };
    let mut response = plain(status, refused.message.clone());
    let headers = response.headers_mut();
    if status == StatusCode::SERVICE_UNAVAILABLE {
        headers
            .insert(header::RETRY_AFTER, HeaderValue::from(refused.retry_after_secs.unwrap_or(RETRY_SECS)));
    }
    if status == StatusCode::UNAUTHORIZED {
        headers.insert(header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
    }
    response
}

/// Senders log the first line of the body.
fn plain(status: StatusCode, text: String) -> Response {
    if text.is_empty() {
        return status.into_response();
    }
    (status, [(header::CONTENT_TYPE, "text/plain; charset=utf-8")], text + "\n").into_response()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(content_type: &str) -> Result<WriteVersion, RefusedKind> {
        let mut headers = HeaderMap::new();
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_str(content_type).expect("a header"));
        version(&headers).map_err(|refused| refused.kind)
    }

    #[test]
    fn the_content_type_names_the_message() {
        assert_eq!(of("application/x-protobuf"), Ok(WriteVersion::V1));
        assert_eq!(of("application/x-protobuf;proto=prometheus.WriteRequest"), Ok(WriteVersion::V1));
        assert_eq!(
            of("Application/X-Protobuf; proto=\"io.prometheus.write.v2.Request\""),
            Ok(WriteVersion::V2)
        );
        assert_eq!(of("application/x-protobuf;proto=other.Request"), Err(RefusedKind::Unsupported));
        assert_eq!(of("application/json"), Err(RefusedKind::Unsupported));
    }

    #[test]
    fn a_length_beyond_the_limit_is_refused_before_anything_is_made() {
        // The block says that it stands for 4 GiB.
        let body = [0xff, 0xff, 0xff, 0xff, 0x0f, 0];
        assert_eq!(decompressed(&body, 1_000).expect_err("refused").kind, RefusedKind::TooLarge);
        assert_eq!(decompressed(b"", 1_000).map_err(|refused| refused.kind), Err(RefusedKind::Malformed));
        assert_eq!(decompressed(&[5, 1, 2], 1_000).expect_err("refused").kind, RefusedKind::Malformed);
        let whole = snap::raw::Encoder::new().compress_vec(b"hello").expect("compressed");
        assert_eq!(decompressed(&whole, 5), Ok(b"hello".to_vec()));
    }

    #[test]
    fn what_may_succeed_later_is_not_a_client_error() {
        let overloaded = Refused::later(RefusedKind::Overloaded, "more than fits", 1);
        let response = refusal(&overloaded);
        assert_eq!(response.status(), StatusCode::SERVICE_UNAVAILABLE);
        assert_eq!(response.headers()[header::RETRY_AFTER], "1");
    }
}
