//! OTLP in: the gRPC services and the HTTP paths of the OpenTelemetry protocol, in front of the store; and Prometheus'
//! remote write, which becomes OTLP.
//!
//! Both ways end in [`OtlpApi::take`], and answer in the request's own encoding. What a row means is the store's matter.
//!
//! Specification: <https://opentelemetry.io/docs/specs/otlp/>.

mod answer;
mod grpc;
mod http;
mod intake;
mod metrics;
mod pieces;
mod remote_write;

use std::future::Future;

use ::http::{HeaderMap, header};
use axum::Router;
use bytes::Bytes;
use ippo_telemetry::otlp::DecodeError;
use ippo_telemetry::{AppendError, Receipt, Signal, Store, StoreError};

use intake::Fault;

use crate::access::{Access, is_forwarded};
use crate::connections::{self, Door};
use crate::problem::Problem;

pub use intake::{BodyRoom, Intake};
pub use metrics::{OtlpMetrics, RefusedRequests};

/// Telemetry from a sender without a token, as far as retries are told apart.
const LOCAL: &str = "local";
/// When a sender should try again, in seconds, after more came than could be stored.
const RETRY_OVERLOAD_SECS: u64 = 1;
/// When a sender should try again, in seconds, after a failure of the disk, or while ippo stops. SDKs give an export ten
/// seconds in all: one that is told to wait longer than what is left of them drops its telemetry at once.
const RETRY_DISK_SECS: u64 = 3;

/// What taking telemetry works with. Cheap to clone; clones share.
#[derive(Clone)]
pub struct OtlpApi {
    /// Where it is kept.
    pub store: Store,
    /// Who may send.
    pub access: Access,
    /// The largest body after decompression, in bytes.
    pub body_bytes: usize,
    /// Where bodies are kept until they are stored.
    pub intake: Intake,
    /// What was refused.
    pub metrics: OtlpMetrics,
}

/// Which way a request came.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Transport {
    /// Over gRPC.
    Grpc,
    /// Over HTTP.
    Http,
    /// As a remote write of Prometheus.
    RemoteWrite,
}

/// Why a request was refused. Each kind has its own status in HTTP and gRPC.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum RefusedKind {
    /// It cannot be read; sending it again will not help.
    Malformed,
    /// Its content type or encoding is not one that OTLP has.
    Unsupported,
    /// It is larger than the limit.
    TooLarge,
    /// The sender is unknown.
    Unauthenticated,
    /// The sender may not send.
    Forbidden,
    /// More came than could be stored.
    Overloaded,
    /// The disk is full, or failed, or ippo stops.
    Unavailable,
}

/// A refusal with the words for the sender.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Refused {
    pub(crate) kind: RefusedKind,
    pub(crate) message: String,
    pub(crate) retry_after_secs: Option<u64>,
}

impl Refused {
    fn new(kind: RefusedKind, message: impl Into<String>) -> Self {
        Self { kind, message: message.into(), retry_after_secs: None }
    }

    fn later(kind: RefusedKind, message: impl Into<String>, secs: u64) -> Self {
        Self { kind, message: message.into(), retry_after_secs: Some(secs) }
    }

    fn too_large(limit: usize) -> Self {
        let message = format!(
            "the request is larger than {} MiB after decompression; send smaller batches, or raise --body-limit",
            limit / (1024 * 1024)
        );
        Self::new(RefusedKind::TooLarge, message)
    }
}

impl From<Fault> for Refused {
    fn from(fault: Fault) -> Self {
        match fault {
            Fault::Full => Self::later(RefusedKind::Overloaded, fault.to_string(), RETRY_OVERLOAD_SECS),
            Fault::Stalled(_) | Fault::Broken => Self::new(RefusedKind::Malformed, fault.to_string()),
        }
    }
}

impl From<DecodeError> for Refused {
    fn from(error: DecodeError) -> Self {
        let kind = match error {
            DecodeError::TooLarge { .. } => RefusedKind::TooLarge,
            DecodeError::Protobuf { .. } | DecodeError::Json { .. } => RefusedKind::Malformed,
        };
        Self::new(kind, error.to_string())
    }
}

impl From<AppendError> for Refused {
    fn from(error: AppendError) -> Self {
        let message = error.to_string();
        match error {
            AppendError::Decode(error) => error.into(),
            AppendError::Store(StoreError::Overloaded) => {
                Self::later(RefusedKind::Overloaded, message, RETRY_OVERLOAD_SECS)
            }
            AppendError::Store(_) => Self::later(RefusedKind::Unavailable, message, RETRY_DISK_SECS),
        }
    }
}

impl From<Problem> for Refused {
    fn from(problem: Problem) -> Self {
        let kind = match problem.status().as_u16() {
            401 => RefusedKind::Unauthenticated,
            403 => RefusedKind::Forbidden,
            _ => return Self::later(RefusedKind::Unavailable, problem.detail(), RETRY_DISK_SECS),
        };
        Self::new(kind, problem.detail())
    }
}

/// A body on its way to the store.
struct Taking<'a> {
    transport: Transport,
    signal: Signal,
    sender: &'a str,
}

impl OtlpApi {
    /// Who sends: what retries are told by. Whoever comes by a proxy is not of this machine.
    async fn sender(&self, headers: &HeaderMap, open: bool) -> Result<String, Refused> {
        let authorization =
            headers.get(header::AUTHORIZATION).map(|value| value.to_str().unwrap_or_default());
        match authorization {
            None if open && !is_forwarded(headers) => Ok(LOCAL.to_owned()),
            given => Ok(self.access.ingest_sender(given).await?),
        }
    }

    /// Stores a canonical protobuf body.
    async fn take(&self, taking: Taking<'_>, body: Bytes) -> Result<Receipt, Refused> {
        let Taking { transport, signal, sender } = taking;
        let bytes = body.len();
        let receipt = self.store.append(signal, sender, body).await?;
        if !receipt.duplicate {
            self.metrics.received(transport, signal, receipt.accepted, bytes);
        }
        Ok(receipt)
    }
}

/// The gRPC services. `open`: senders need no token, because only this machine can reach the port.
pub fn grpc_router(api: OtlpApi, open: bool) -> Router {
    grpc::router(api, open)
}

/// The HTTP paths. `open`: senders need no token, because only this machine can reach the port.
pub fn http_router(api: OtlpApi, open: bool) -> Router {
    http::router(api, open)
}

/// Serves one of the routers until `shutdown` completes; requests that were begun are answered.
pub async fn serve(door: Door, router: Router, shutdown: impl Future<Output = ()> + Send + 'static) {
    connections::serve(door, router, shutdown).await;
}
