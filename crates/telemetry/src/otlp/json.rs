//! OTLP in JSON becomes OTLP in protobuf, which is what is logged and decoded.
//!
//! A reader of our own, as clients write JSON in more ways than the protobuf mapping allows: ids in hexadecimal
//! digits of either case, 64-bit integers as text or number, enums by number or name, names in either case style,
//! nulls, unknown fields, `"NaN"`. It must never build a tree of the document: texts go straight into the message.

mod reader;
mod shapes;
mod transcode;
mod values;

use super::DecodeError;
use super::canonical::canonical;
use crate::signal::Signal;

/// Translates the JSON body of a request into the protobuf body that means the same.
///
/// The result is canonical: fields by number, each once, defaults left out. So two spellings of one request give the
/// same bytes, which are also those of a client that sends protobuf that way. A field that is given twice counts as
/// protobuf counts it: of single values the last, of lists all; of the alternatives of a value the last.
///
/// The error names the place in the document.
pub fn json_to_protobuf(signal: Signal, body: &[u8]) -> Result<Vec<u8>, DecodeError> {
    let text = std::str::from_utf8(body).map_err(|error| DecodeError::Json {
        path: "$".to_owned(),
        offset: error.valid_up_to(),
        reason: "found bytes that are not UTF-8".to_owned(),
    })?;
    let message = transcode::transcode(text, shapes::of(signal))
        .map_err(|(path, fault)| DecodeError::Json { path, offset: fault.offset, reason: fault.reason })?;
    canonical(signal, &message)
}
