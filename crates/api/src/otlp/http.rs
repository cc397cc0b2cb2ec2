//! OTLP over HTTP: `/v1/traces`, `/v1/logs` and `/v1/metrics`, protobuf or JSON, plain or compressed. Remote write shares
//! the port.

use std::io::Read as _;

use axum::Router;
use axum::extract::{Request, State};
use axum::response::{IntoResponse, Response};
use axum::routing::post;
use bytes::Bytes;
use http::{HeaderMap, HeaderValue, StatusCode, header};
use http_body_util::{BodyExt as _, LengthLimitError, Limited};
use ippo_telemetry::{Receipt, Signal, otlp};
use prost::Message as _;
use tower_http::catch_panic::CatchPanicLayer;

use super::intake::{Fault, Incoming};
use super::{OtlpApi, Refused, RefusedKind, Taking, Transport, answer, remote_write};
use crate::problem::{Panicked, Problem};

const PROTOBUF: &str = "application/x-protobuf";
const JSON: &str = "application/json";
/// A packed body or JSON of this size takes long enough that it should not hold up others.
const INLINE_BYTES: usize = 16 * 1024;

#[derive(Clone, Copy, PartialEq, Eq)]
enum Encoding {
    Protobuf,
    Json,
}

#[derive(Clone)]
pub(super) struct Port {
    pub(super) api: OtlpApi,
    pub(super) open: bool,
}

pub(super) fn router(api: OtlpApi, open: bool) -> Router {
    let take = |signal| move |State(port): State<Port>, request: Request| export(port, signal, request);
    Router::new()
        .route("/v1/traces", post(take(Signal::Spans)))
        .route("/v1/logs", post(take(Signal::Logs)))
        .route("/v1/metrics", post(take(Signal::Metrics)))
        .route(remote_write::PATH, post(remote_write::write))
        .fallback(elsewhere)
        .method_not_allowed_fallback(wrong_method)
        .layer(CatchPanicLayer::custom(Panicked))
        .with_state(Port { api, open })
}

async fn elsewhere() -> Problem {
    Problem::not_found(
        "OTLP over HTTP is taken at /v1/traces, /v1/logs and /v1/metrics, and Prometheus' remote write at /api/v1/write. The \
         pages and the API are at another port.",
    )
}

async fn wrong_method() -> Problem {
    Problem::method_not_allowed("OTLP over HTTP and remote write are sent with POST.")
}

async fn export(port: Port, signal: Signal, request: Request) -> Response {
    let (parts, body) = request.into_parts();
    let (mut incoming, _held) = port.api.intake.admit(body);
    let encoding = encoding(&parts.headers);
    let done = match encoding {
        Ok(encoding) => take(&port, signal, encoding, &parts.headers, &mut incoming).await,
        Err(ref refused) => Err(refused.clone()),
    };
    let encoding = encoding.unwrap_or(Encoding::Protobuf);
    match done {
        Ok(receipt) => accepted(signal, encoding, &receipt),
        Err(refused) => {
            port.api.metrics.refused(Transport::Http, signal, refused.kind);
            tracing::debug!(%signal, message = refused.message, "telemetry over HTTP was refused");
            incoming.discard();
            refusal(encoding, &refused)
        }
    }
}

async fn take(
    port: &Port,
    signal: Signal,
    encoding: Encoding,
    headers: &HeaderMap,
    incoming: &mut Incoming,
) -> Result<Receipt, Refused> {
    let sender = port.api.sender(headers, port.open).await?;
    let limit = port.api.body_bytes;
    let compression = Compression::of(headers)?;
    let body = read(incoming, limit).await?;
    let is_small = body.len() < INLINE_BYTES;
    let canonical = move || {
        let body = compression.undo(body, limit)?;
        match encoding {
            Encoding::Protobuf => Ok::<_, Refused>(body),
            Encoding::Json => Ok(Bytes::from(otlp::json_to_protobuf(signal, &body)?)),
        }
    };
    let as_it_is = compression == Compression::None && encoding == Encoding::Protobuf;
    let body = if as_it_is || is_small {
        canonical()?
    } else {
        tokio::task::spawn_blocking(canonical).await.map_err(|_| stopping())??
    };
    port.api.take(Taking { transport: Transport::Http, signal, sender: &sender }, body).await
}

fn encoding(headers: &HeaderMap) -> Result<Encoding, Refused> {
    let given = headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let media_type = given.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
    match media_type.as_str() {
        PROTOBUF => Ok(Encoding::Protobuf),
        JSON => Ok(Encoding::Json),
        _ => {
            let message = format!("the content type must be {PROTOBUF} or {JSON}");
            Err(Refused::new(RefusedKind::Unsupported, message))
        }
    }
}

/// The refusal while ippo stops.
pub(super) fn stopping() -> Refused {
    Refused::later(RefusedKind::Unavailable, "ippo is stopping", super::RETRY_DISK_SECS)
}

/// The whole body, unless it is larger than the limit.
pub(super) async fn read(body: &mut Incoming, limit: usize) -> Result<Bytes, Refused> {
    let mut pieces = body.pieces();
    let mut limited = Limited::new(body, limit);
    while let Some(frame) = limited.frame().await {
        match frame {
            Ok(frame) => frame.into_data().into_iter().for_each(|piece| pieces.add(piece)),
            Err(error) if error.is::<LengthLimitError>() => return Err(Refused::too_large(limit)),
            Err(error) => {
                return Err(error.downcast_ref::<Fault>().map_or(Fault::Broken, |fault| *fault).into());
            }
        }
    }
    Ok(pieces.finish())
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Compression {
    None,
    Gzip,
    Zstd,
}

impl Compression {
    fn of(headers: &HeaderMap) -> Result<Self, Refused> {
        let given = headers
            .get(header::CONTENT_ENCODING)
            .map(|value| value.to_str().unwrap_or("?").trim().to_ascii_lowercase());
        match given.as_deref() {
            None | Some("" | "identity" | "none") => Ok(Self::None),
            Some("gzip") => Ok(Self::Gzip),
            Some("zstd") => Ok(Self::Zstd),
            Some(_) => {
                Err(Refused::new(RefusedKind::Unsupported, "the content encoding must be gzip, zstd or none"))
            }
        }
    }

    /// Decompresses, but never beyond the limit: a small body may stand for a huge one.
    fn undo(self, body: Bytes, limit: usize) -> Result<Bytes, Refused> {
        let broken =
            |name: &str| Refused::new(RefusedKind::Malformed, format!("the body is not valid {name}"));
        let read = |reader: &mut dyn std::io::Read, name: &str| {
            let mut out = Vec::new();
            let limited = u64::try_from(limit).unwrap_or(u64::MAX).saturating_add(1);
            reader.take(limited).read_to_end(&mut out).map_err(|_| broken(name))?;
            if out.len() > limit { Err(Refused::too_large(limit)) } else { Ok(Bytes::from(out)) }
        };
        match self {
            Self::None => Ok(body),
            Self::Gzip => read(&mut flate2::read::MultiGzDecoder::new(&body[..]), "gzip"),
            Self::Zstd => {
                let mut decoder = zstd::stream::read::Decoder::new(&body[..]).map_err(|_| broken("zstd"))?;
                read(&mut decoder, "zstd")
            }
        }
    }
}

fn accepted(signal: Signal, encoding: Encoding, receipt: &Receipt) -> Response {
    let body = match encoding {
        Encoding::Protobuf => answer::protobuf(signal, receipt),
        Encoding::Json => answer::json(signal, receipt),
    };
    answered(StatusCode::OK, encoding, body)
}

fn refusal(encoding: Encoding, refused: &Refused) -> Response {
    let status = match refused.kind {
        RefusedKind::Malformed => StatusCode::BAD_REQUEST,
        RefusedKind::Unsupported => StatusCode::UNSUPPORTED_MEDIA_TYPE,
        RefusedKind::TooLarge => StatusCode::PAYLOAD_TOO_LARGE,
        RefusedKind::Unauthenticated => StatusCode::UNAUTHORIZED,
        RefusedKind::Forbidden => StatusCode::FORBIDDEN,
        RefusedKind::Overloaded => StatusCode::TOO_MANY_REQUESTS,
        RefusedKind::Unavailable => StatusCode::SERVICE_UNAVAILABLE,
    };
    let rpc = refused.status();
    let body = match encoding {
        Encoding::Protobuf => rpc.encode_to_vec(),
        Encoding::Json => {
            serde_json::json!({ "code": rpc.code, "message": rpc.message }).to_string().into_bytes()
        }
    };
    let mut response = answered(status, encoding, body);
    if let Some(secs) = refused.retry_after_secs {
        response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from(secs));
    }
    if status == StatusCode::UNAUTHORIZED {
        response.headers_mut().insert(header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
    }
    response
}

fn answered(status: StatusCode, encoding: Encoding, body: Vec<u8>) -> Response {
    let content_type = match encoding {
        Encoding::Protobuf => PROTOBUF,
        Encoding::Json => JSON,
    };
    (status, [(header::CONTENT_TYPE, content_type)], body).into_response()
}
