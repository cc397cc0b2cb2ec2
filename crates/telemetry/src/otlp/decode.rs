//! From the bytes of a request to rows: the way that all three signals share.

use ippo_base::TimeRange;
use ippo_base::limits::{ATTRIBUTE_VALUE_BYTES, BODY_BYTES, DECODED_BYTES};
use opentelemetry_proto::tonic::collector::logs::v1::ExportLogsServiceRequest;
use opentelemetry_proto::tonic::collector::metrics::v1::ExportMetricsServiceRequest;
use opentelemetry_proto::tonic::collector::trace::v1::ExportTraceServiceRequest;
use prost::Message;

use super::outcome::{Decoded, RejectReason};
use super::weight::weigh;
use super::{DecodeError, Reception, logs, metrics, spans};
use crate::attrs_write::{Loss, cut};
use crate::signal::Signal;

/// Decodes the protobuf body of a request (`ExportTraceServiceRequest` and its like) into rows.
///
/// Single items may be rejected; an error is about the request as a whole, of which then nothing is kept.
pub fn decode(signal: Signal, body: &[u8], reception: &Reception) -> Result<Decoded, DecodeError> {
    if body.len() > BODY_BYTES {
        return Err(DecodeError::TooLarge { bytes: body.len(), form: "in protobuf", limit: BODY_BYTES });
    }
    match signal {
        Signal::Spans => read::<ExportTraceServiceRequest>(signal, body).map(|r| spans::rows(&r, reception)),
        Signal::Logs => read::<ExportLogsServiceRequest>(signal, body).map(|r| logs::rows(&r, reception)),
        Signal::Metrics => {
            read::<ExportMetricsServiceRequest>(signal, body).map(|r| metrics::rows(&r, reception))
        }
    }
}

/// Reads a message of this signal, unless it would take too much memory.
pub(super) fn read<M: Message + Default>(signal: Signal, body: &[u8]) -> Result<M, DecodeError> {
    let bytes = weigh(signal, body);
    if bytes > DECODED_BYTES {
        return Err(DecodeError::TooLarge { bytes, form: "once decoded", limit: DECODED_BYTES });
    }
    M::decode(body).map_err(|error| DecodeError::Protobuf { signal, reason: error.to_string() })
}

/// An event's time if it is accepted. OTLP counts nanoseconds without a sign; 0 means "not set" and is too old.
pub(crate) fn event_time(unix_nanos: u64, accept: TimeRange) -> Result<i64, RejectReason> {
    let nanos = i64::try_from(unix_nanos).map_err(|_| RejectReason::TooNew)?;
    match nanos {
        _ if nanos < accept.from.as_nanos() => Err(RejectReason::TooOld),
        _ if nanos >= accept.to.as_nanos() => Err(RejectReason::TooNew),
        _ => Ok(nanos),
    }
}

/// A time that may be missing, and that nothing is rejected for.
pub(crate) fn optional_time(unix_nanos: u64) -> Option<i64> {
    (unix_nanos != 0).then(|| saturated(unix_nanos))
}

/// An unsigned 64-bit number in a signed column.
pub(crate) fn saturated(value: u64) -> i64 {
    i64::try_from(value).unwrap_or(i64::MAX)
}

/// An id of the right width that is not all zeros.
pub(crate) fn id<const N: usize>(bytes: &[u8]) -> Option<&[u8; N]> {
    let id: &[u8; N] = bytes.try_into().ok()?;
    id.iter().any(|byte| *byte != 0).then_some(id)
}

/// An id that may be missing: empty, or all zeros. One of the wrong length is lost, and counted.
pub(crate) fn optional_id<'a, const N: usize>(bytes: &'a [u8], loss: &mut Loss) -> Option<&'a [u8; N]> {
    loss.ids += usize::from(!matches!(bytes.len(), 0) && bytes.len() != N);
    id(bytes)
}

/// A text of a field, cut to the limit of a value.
pub(crate) fn field_text<'a>(text: &'a str, loss: &mut Loss) -> &'a str {
    let (text, was_cut) = cut(text, ATTRIBUTE_VALUE_BYTES);
    loss.cut += usize::from(was_cut);
    text
}

/// A text of a field, `None` when it is empty.
pub(crate) fn optional_text<'a>(text: &'a str, loss: &mut Loss) -> Option<&'a str> {
    (!text.is_empty()).then(|| field_text(text, loss))
}
