//! Brings a request into the form that encoders write. Protobuf allows much that they do not do: a message in two pieces,
//! groups, numbers in a wrong size. What they mean, the general decoder knows.

use ippo_base::limits::DECODED_BYTES;
use opentelemetry_proto::tonic::collector::logs::v1::ExportLogsServiceRequest;
use opentelemetry_proto::tonic::collector::metrics::v1::ExportMetricsServiceRequest;
use opentelemetry_proto::tonic::collector::trace::v1::ExportTraceServiceRequest;
use prost::Message;

use super::DecodeError;
use super::weight::weigh;
use crate::signal::Signal;

/// The same message as encoders write it.
///
/// # Errors
/// The bytes are no message of this signal, or one that takes too much memory.
pub(crate) fn canonical(signal: Signal, body: &[u8]) -> Result<Vec<u8>, DecodeError> {
    let bytes = weigh(signal, body);
    if bytes > DECODED_BYTES {
        return Err(DecodeError::TooLarge { bytes, form: "once decoded", limit: DECODED_BYTES });
    }
    match signal {
        Signal::Spans => again::<ExportTraceServiceRequest>(signal, body),
        Signal::Logs => again::<ExportLogsServiceRequest>(signal, body),
        Signal::Metrics => again::<ExportMetricsServiceRequest>(signal, body),
    }
}

fn again<M: Message + Default>(signal: Signal, body: &[u8]) -> Result<Vec<u8>, DecodeError> {
    let message =
        M::decode(body).map_err(|error| DecodeError::Protobuf { signal, reason: error.to_string() })?;
    Ok(message.encode_to_vec())
}
