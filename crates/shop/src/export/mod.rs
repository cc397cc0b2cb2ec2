//! Sends messages as an SDK or a Collector does: over a real OTLP port, with patience when the receiver has none to give.
//!
//! A message that the receiver may have taken is sent again unchanged, never rebuilt: receivers know a retry by its bytes.

mod grpc;
mod http;
mod retry;

use bytes::Bytes;
use ippo_base::clock::BoxFuture;

pub use grpc::GrpcTransport;
pub use http::HttpTransport;
pub use retry::{Exporter, Patience};

use crate::shop::Signal;

/// What the receiver says of a message that it took.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Receipt {
    /// Items it did not take, for good.
    pub rejected: u64,
    /// Why, in its words.
    pub reason: String,
}

/// Why a message was not taken.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SendError {
    /// It may be taken later: the receiver is busy, full, or away.
    #[error("not taken now: {reason}")]
    Later {
        /// How long the receiver asks to wait, if it says so.
        after: Option<std::time::Duration>,
        /// What happened.
        reason: String,
    },
    /// It will never be taken.
    #[error("refused: {reason}")]
    Never {
        /// What the receiver said.
        reason: String,
    },
}

impl SendError {
    pub(crate) fn later(reason: impl Into<String>) -> Self {
        Self::Later { after: None, reason: reason.into() }
    }

    pub(crate) fn never(reason: impl Into<String>) -> Self {
        Self::Never { reason: reason.into() }
    }
}

/// One attempt to hand over one message.
pub trait Transport: Send + Sync {
    /// Sends `body`, an encoded request of `signal`.
    fn send(&self, signal: Signal, body: Bytes) -> BoxFuture<Result<Receipt, SendError>>;
}

/// Whether bodies are compressed on the way.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Compression {
    /// As they are.
    None,
    /// gzip, level 6.
    Gzip,
}
