//! Values that JSON has no type for: ids, bytes, 64-bit integers, numbers that are none.
//!
//! It must never guess: a text that is not such a value is told, or becomes one that the decoder rejects.

use base64::alphabet;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};
use base64::{DecodeError, Engine as _};

const LENIENT: GeneralPurposeConfig = GeneralPurposeConfig::new()
    .with_decode_padding_mode(DecodePaddingMode::Indifferent)
    .with_decode_allow_trailing_bits(true);
const BASE64: GeneralPurpose = GeneralPurpose::new(&alphabet::STANDARD, LENIENT);
const BASE64_URL: GeneralPurpose = GeneralPurpose::new(&alphabet::URL_SAFE, LENIENT);

/// What stands for a text that is no id: too short for any, so that its span is rejected and not the whole request.
const NO_ID: u8 = 0;

/// Appends the bytes of an id in hexadecimal digits of either case.
pub(super) fn id(text: &str, out: &mut Vec<u8>) {
    let start = out.len();
    out.resize(start + text.len() / 2, 0);
    if hex::decode_to_slice(text.as_bytes(), &mut out[start..]).is_err() {
        out.truncate(start);
        out.push(NO_ID);
    }
}

/// Appends bytes from base64 with either alphabet, padded or not.
pub(super) fn base64(text: &str, out: &mut Vec<u8>) -> Result<(), DecodeError> {
    let engine = if text.contains(['-', '_']) { BASE64_URL } else { BASE64 };
    engine.decode_vec(text.as_bytes(), out)
}

/// A double, which as text may be `NaN` or infinite.
pub(super) fn double(text: &str) -> Option<f64> {
    match text {
        "NaN" => Some(f64::NAN),
        "Infinity" => Some(f64::INFINITY),
        "-Infinity" => Some(f64::NEG_INFINITY),
        other => {
            let numeric =
                other.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'.' | b'-' | b'+' | b'e' | b'E'));
            if numeric { other.parse().ok() } else { None }
        }
    }
}

/// An integer however JSON writes it: `12`, `12.0`, `1.2e1`.
pub(super) fn whole_number(text: &str) -> Option<i128> {
    if let Ok(value) = text.parse() {
        return Some(value);
    }
    let value = double(text)?;
    (value.fract() == 0.0 && value.abs() < 2e19).then_some(value as i128)
}
