//! Why the store did not do what it was asked.

use std::sync::Arc;

use super::TAILS;
use crate::core::CoreError;
use crate::otlp::DecodeError;

/// Why the store could not do what it was asked. Nothing of it is half-done.
#[derive(Debug, Clone, thiserror::Error)]
pub enum StoreError {
    /// More telemetry came than can be stored. It can be sent again in a while.
    #[error("more telemetry arrives than can be stored; send it again in a while")]
    Overloaded,
    /// The disk has no space left.
    #[error("the disk is full; free some space and ippo goes on by itself")]
    Full,
    /// The disk or a file failed.
    #[error("{0}")]
    Failed(Arc<CoreError>),
    /// The store is stopping.
    #[error("ippo is stopping; send it again in a while")]
    Stopped,
    /// There is no such counter.
    #[error("there is no counter {0}")]
    NoCounter(String),
    /// As many follow the logs as may.
    #[error("{TAILS} live tails are open already; close one of them")]
    TooManyTails,
    /// As many ask as are worked for at once, and others wait.
    #[error("too many ask for telemetry at once; ask again in a while")]
    Busy,
    /// A query has no answer.
    #[cfg(feature = "query")]
    #[error(transparent)]
    Query(#[from] crate::query::QueryError),
}

impl From<CoreError> for StoreError {
    fn from(error: CoreError) -> Self {
        match error {
            CoreError::Full => StoreError::Full,
            other => StoreError::Failed(Arc::new(other)),
        }
    }
}

/// Why telemetry was not taken.
#[derive(Debug, Clone, thiserror::Error)]
pub enum AppendError {
    /// The request cannot be read; sending it again will not help.
    #[error(transparent)]
    Decode(#[from] DecodeError),
    /// It could not be stored; sending it again may help.
    #[error(transparent)]
    Store(#[from] StoreError),
}
