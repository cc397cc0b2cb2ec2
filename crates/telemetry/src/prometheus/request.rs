//! Walks over the fields of a remote-write request, series by series, so that a small body never becomes many structures
//! at once.

use std::collections::HashMap;

use prost::Message;
use prost::encoding::{DecodeContext, WireType, decode_key, decode_varint, skip_field};

use super::kind::Metadata;
use super::translate::{Series, Translation};
use super::wire::{FamilyMetadata, Histogram, Label, Sample, SeriesMetadata};
use super::{WriteVersion, malformed};
use crate::otlp::DecodeError;

/// One series of a request, in bytes; beyond it the request is no Prometheus'.
const SERIES_BYTES: usize = 1024 * 1024;
/// Texts that a request of 2.0 may refer to.
const SYMBOLS_MOST: usize = 1_000_000;

/// Reads a request into the translation.
pub(super) fn read(version: WriteVersion, body: &[u8], into: &mut Translation) -> Result<(), DecodeError> {
    match version {
        WriteVersion::V1 => read_v1(body, into),
        WriteVersion::V2 => read_v2(body, into),
    }
}

fn read_v1(body: &[u8], into: &mut Translation) -> Result<(), DecodeError> {
    let version = WriteVersion::V1;
    // Metadata may stand behind the series that it is about.
    let mut families: HashMap<String, Metadata> = HashMap::new();
    fields(version, body, |number, field| {
        if let (3, Field::Bytes(bytes)) = (number, field) {
            let read: FamilyMetadata = message(version, bytes)?;
            families.insert(read.family, Metadata { kind: read.kind, unit: read.unit });
        }
        Ok(())
    })?;
    fields(version, body, |number, field| {
        let (1, Field::Bytes(bytes)) = (number, field) else { return Ok(()) };
        within(version, bytes)?;
        let (mut labels, mut series) = (Vec::new(), Series::default());
        fields(version, bytes, |number, field| {
            match (number, field) {
                (1, Field::Bytes(bytes)) => {
                    let Label { name, value } = message(version, bytes)?;
                    labels.push((name, value));
                }
                (2, Field::Bytes(bytes)) => {
                    let sample: Sample = message(version, bytes)?;
                    // 1.0 has no such field.
                    series.samples.push(Sample { start_timestamp_ms: 0, ..sample });
                }
                (4, Field::Bytes(bytes)) => {
                    let histogram: Histogram = message(version, bytes)?;
                    series.histograms.push(Histogram { start_timestamp_ms: 0, ..histogram });
                }
                _ => {}
            }
            Ok(())
        })?;
        series.labels = labels.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
        let known = |name: &str| families.get(name);
        into.add(&series, known)
    })
}

fn read_v2(body: &[u8], into: &mut Translation) -> Result<(), DecodeError> {
    let version = WriteVersion::V2;
    let mut symbols: Vec<&str> = Vec::new();
    fields(version, body, |number, field| {
        let (4, Field::Bytes(bytes)) = (number, field) else { return Ok(()) };
        if symbols.len() >= SYMBOLS_MOST {
            return Err(malformed(version, format!("there are more than {SYMBOLS_MOST} symbols")));
        }
        let text = std::str::from_utf8(bytes).map_err(|_| malformed(version, "a symbol is not UTF-8"))?;
        symbols.push(text);
        Ok(())
    })?;
    if symbols.first().is_some_and(|first| !first.is_empty()) {
        return Err(malformed(version, "the first symbol is not the empty text"));
    }
    let symbol = |reference: u64| {
        let found = usize::try_from(reference).ok().and_then(|at| symbols.get(at)).copied();
        found.ok_or_else(|| {
            malformed(version, format!("symbol {reference} is referred to, and there are {}", symbols.len()))
        })
    };
    fields(version, body, |number, field| {
        let (5, Field::Bytes(bytes)) = (number, field) else { return Ok(()) };
        within(version, bytes)?;
        let (mut references, mut series) = (Vec::new(), Series::default());
        let (mut metadata, mut created_ms) = (SeriesMetadata::default(), 0);
        fields(version, bytes, |number, field| {
            match (number, field) {
                (1, Field::Bytes(mut packed)) => {
                    while !packed.is_empty() {
                        references.push(decode_varint(&mut packed).map_err(|e| malformed(version, e))?);
                    }
                }
                (1, Field::Number(reference)) => references.push(reference),
                (2, Field::Bytes(bytes)) => series.samples.push(message(version, bytes)?),
                (3, Field::Bytes(bytes)) => series.histograms.push(message(version, bytes)?),
                (5, Field::Bytes(bytes)) => metadata = message(version, bytes)?,
                (6, Field::Number(number)) => created_ms = number.cast_signed(),
                _ => {}
            }
            Ok(())
        })?;
        let (pairs, rest) = references.as_chunks::<2>();
        if !rest.is_empty() {
            return Err(malformed(version, "a series has a label without a value"));
        }
        for [name, value] in pairs {
            series.labels.push((symbol(*name)?, symbol(*value)?));
        }
        series.created_ms = created_ms;
        let unit = symbols.get(metadata.unit_ref as usize).copied().unwrap_or_default();
        let known = Metadata { kind: metadata.kind, unit: unit.to_owned() };
        into.add(&series, |_| Some(&known))
    })
}

/// One field's value.
enum Field<'a> {
    Number(u64),
    Bytes(&'a [u8]),
}

/// Shows the fields of a message in order.
fn fields<'a>(
    version: WriteVersion,
    mut bytes: &'a [u8],
    mut visit: impl FnMut(u32, Field<'a>) -> Result<(), DecodeError>,
) -> Result<(), DecodeError> {
    let wrong = |error: prost::DecodeError| malformed(version, error);
    while !bytes.is_empty() {
        let (number, wire) = decode_key(&mut bytes).map_err(wrong)?;
        match wire {
            WireType::Varint => visit(number, Field::Number(decode_varint(&mut bytes).map_err(wrong)?))?,
            WireType::LengthDelimited => {
                let length = decode_varint(&mut bytes).map_err(wrong)?;
                let taken = usize::try_from(length).ok().and_then(|length| bytes.split_at_checked(length));
                let (value, rest) =
                    taken.ok_or_else(|| malformed(version, "a field is longer than the body"))?;
                bytes = rest;
                visit(number, Field::Bytes(value))?;
            }
            other => skip_field(other, number, &mut bytes, DecodeContext::default()).map_err(wrong)?,
        }
    }
    Ok(())
}

fn message<M: Message + Default>(version: WriteVersion, bytes: &[u8]) -> Result<M, DecodeError> {
    M::decode(bytes).map_err(|error| malformed(version, error))
}

fn within(version: WriteVersion, series: &[u8]) -> Result<(), DecodeError> {
    if series.len() > SERIES_BYTES {
        return Err(malformed(
            version,
            format!("one series has {} bytes, and at most {SERIES_BYTES} are taken", series.len()),
        ));
    }
    Ok(())
}
