//! OTLP requests become rows: the only place that knows what an attribute's name or an OTLP field means.
//!
//! Decoding must never look at a clock, a setting or a store: it is a function of the body, of how it was received
//! and of [`DECODER_VERSION`], so that replaying the write-ahead log gives the same rows again.

mod canonical;
mod decode;
mod frame;
mod json;
mod logs;
mod metrics;
mod names;
mod origin;
mod outcome;
mod spans;
#[cfg(test)]
mod tests;
mod weight;
pub(crate) mod wire;
mod without;

use ippo_base::{TimeRange, Timestamp};

#[cfg(any(test, feature = "fuzz"))]
pub(crate) use canonical::canonical;
pub(crate) use decode::Decoder;
pub use decode::decode;
pub use json::json_to_protobuf;
pub use outcome::{Decoded, Outcome, RejectReason};
pub(crate) use without::without_points;

/// The version of the rules in this module. It rises when the same body would become other rows.
pub const DECODER_VERSION: u16 = 1;

/// What was true when a request came, as far as its rows depend on it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Reception {
    /// When it came.
    pub received: Timestamp,
    /// Event times that are accepted.
    pub accept: TimeRange,
}

/// Why a whole request cannot be read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum DecodeError {
    /// The bytes are not the protobuf message of this signal, or a text in it is not UTF-8.
    #[error("the body is not a protobuf OTLP request for {signal}: {reason}")]
    Protobuf {
        /// The signal that was expected.
        signal: crate::Signal,
        /// What the protobuf reader says.
        reason: String,
    },
    /// It is larger than any request may be, on the wire or decoded.
    #[error("the request has {bytes} bytes {form}, and at most {limit} are taken; send it in smaller parts")]
    TooLarge {
        /// How many bytes it has.
        bytes: usize,
        /// In which form: `in protobuf` or `once decoded`.
        form: &'static str,
        /// The limit.
        limit: usize,
    },
    /// The bytes are not the JSON form of this signal's message.
    #[error("the body is not an OTLP request in JSON: {reason} at {path} (byte {offset})")]
    Json {
        /// Where in the document, such as `$.resourceSpans[0].scopeSpans[0].spans[2].traceId`.
        path: String,
        /// The position in the body, in bytes from its start.
        offset: usize,
        /// What was found and what was expected.
        reason: String,
    },
}
