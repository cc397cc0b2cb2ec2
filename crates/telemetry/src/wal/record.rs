//! One record as bytes: a header that can be found again behind damage, and a compressed payload.
//!
//! ```text
//! magic 8 | lsn 8 | durable lsn 8 | stored bytes 4 | raw bytes 4 | payload crc32c 4 | header crc32c 4 | payload
//! ```
//! Integers are little-endian. The payload is packed as the last byte of the magic says: by zstd until data folders of
//! format 4, by Snappy since.

use std::io;

use super::Lsn;

const MARK: [u8; 7] = *b"\xa1ippoWL";
const ZSTD: u8 = b'1';
const SNAPPY: u8 = b'2';
/// Bytes before the payload.
const HEADER_BYTES: usize = 40;
/// The largest payload: a body at its limit, its identity, and room to spare.
const MAX_RAW_BYTES: usize = ippo_base::limits::BODY_BYTES + 1024 * 1024;

/// What the header of a whole record says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Header {
    /// Its number.
    pub(super) lsn: Lsn,
    /// Every record up to this one was durable when this one was written.
    pub(super) durable: Lsn,
    /// Bytes of the whole record on disk.
    pub(super) stored_bytes: usize,
    /// Bytes of the payload, decompressed.
    pub(super) raw_bytes: usize,
}

/// Why bytes are not a record.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub(super) enum RecordError {
    /// Fewer bytes than a header, or than the header promises.
    #[error("the record ends early")]
    Short,
    /// The header's mark or checksum is wrong.
    #[error("the record's header is damaged")]
    Header,
    /// The payload's checksum or compression is wrong.
    #[error("the record's payload is damaged")]
    Payload,
}

/// Records on their way into the log, one after the other, still without their numbers.
#[derive(Debug, Default)]
pub struct Records {
    bytes: Vec<u8>,
    /// Where each begins.
    starts: Vec<usize>,
}

impl Records {
    /// None, with room for about as much as these take: groups that follow each other are alike, and to grow on the way
    /// costs more than room that is not used.
    pub fn like(before: &Self) -> Self {
        let (bytes, starts) = (before.bytes.len(), before.starts.len());
        Self { bytes: Vec::with_capacity(bytes + bytes / 4), starts: Vec::with_capacity(starts) }
    }

    /// How many.
    pub fn len(&self) -> usize {
        self.starts.len()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.starts.is_empty()
    }

    /// Gives them numbers from `first` on. When they are written, everything up to `durable` is durable.
    pub(super) fn number(&mut self, first: Lsn, durable: Lsn) -> &[u8] {
        for (lsn, start) in (first.0..).zip(&self.starts) {
            let header = &mut self.bytes[*start..*start + HEADER_BYTES];
            header[8..16].copy_from_slice(&lsn.to_le_bytes());
            header[16..24].copy_from_slice(&durable.0.to_le_bytes());
            let crc = crc32c::crc32c(&header[..36]);
            header[36..].copy_from_slice(&crc.to_le_bytes());
        }
        &self.bytes
    }
}

/// Makes records of payloads. What it needs for that, it keeps for the next. A record lives for minutes, so that what packs
/// fast is better here than what packs well: Snappy takes two thirds of the time of zstd's fastest level, of small payloads
/// half of it, for a third more bytes.
pub struct Packer {
    snappy: snap::raw::Encoder,
    payload: Vec<u8>,
    packed: Vec<u8>,
}

impl Default for Packer {
    fn default() -> Self {
        Self { snappy: snap::raw::Encoder::new(), payload: Vec::new(), packed: Vec::new() }
    }
}

/// A buffer that grew beyond this for one large payload is given back.
const KEPT_BYTES: usize = 4 * 1024 * 1024;

impl Packer {
    /// Adds a record of the payload that `write` puts into an empty buffer.
    ///
    /// # Errors
    /// If the payload is larger than any entry can be; the limit on bodies comes before.
    pub fn pack(&mut self, records: &mut Records, write: impl FnOnce(&mut Vec<u8>)) -> io::Result<()> {
        self.payload.clear();
        write(&mut self.payload);
        if self.payload.len() > MAX_RAW_BYTES {
            let reason = format!("a log record of {} bytes is too large", self.payload.len());
            return Err(io::Error::new(io::ErrorKind::InvalidInput, reason));
        }
        // Beyond what the last one left, zeros: only the first payload of its size pays for them.
        let bound = snap::raw::max_compress_len(self.payload.len());
        self.packed.resize(self.packed.len().max(bound), 0);
        let packed = self.snappy.compress(&self.payload, &mut self.packed).map_err(io::Error::from)?;
        let packed = &self.packed[..packed];
        let out = &mut records.bytes;
        records.starts.push(out.len());
        out.extend_from_slice(&MARK);
        out.push(SNAPPY);
        out.extend_from_slice(&[0; 16]);
        out.extend_from_slice(&u32::try_from(packed.len()).expect("bounded above").to_le_bytes());
        out.extend_from_slice(&u32::try_from(self.payload.len()).expect("bounded above").to_le_bytes());
        out.extend_from_slice(&crc32c::crc32c(packed).to_le_bytes());
        out.extend_from_slice(&[0; 4]);
        out.extend_from_slice(packed);
        for buffer in [&mut self.payload, &mut self.packed] {
            if buffer.capacity() > KEPT_BYTES {
                *buffer = Vec::new();
            }
        }
        Ok(())
    }
}

/// Reads the header of the record at the start of `bytes`, if all of the record is as it was written.
pub(super) fn check(bytes: &[u8]) -> Result<Header, RecordError> {
    let header = bytes.get(..HEADER_BYTES).ok_or(RecordError::Short)?;
    let is_known = header[..7] == MARK && matches!(header[7], ZSTD | SNAPPY);
    if !is_known || crc32c::crc32c(&header[..36]) != u32_at(header, 36) {
        return Err(RecordError::Header);
    }
    let stored = u32_at(header, 24) as usize;
    let raw_bytes = u32_at(header, 28) as usize;
    let packed = bytes.get(HEADER_BYTES..HEADER_BYTES + stored).ok_or(RecordError::Short)?;
    if raw_bytes > MAX_RAW_BYTES || crc32c::crc32c(packed) != u32_at(header, 32) {
        return Err(RecordError::Payload);
    }
    let (lsn, durable) = (Lsn(u64_at(header, 8)), Lsn(u64_at(header, 16)));
    Ok(Header { lsn, durable, stored_bytes: HEADER_BYTES + stored, raw_bytes })
}

/// The payload of a whole record, decompressed; none if it cannot be, although it is as it was written.
pub(super) fn payload(bytes: &[u8], header: &Header) -> Option<Vec<u8>> {
    let packed = bytes.get(HEADER_BYTES..header.stored_bytes)?;
    let payload = match bytes[7] {
        ZSTD => zstd::bulk::decompress(packed, header.raw_bytes).ok()?,
        _ => {
            // Looked at before there is memory for it.
            let fits = snap::raw::decompress_len(packed).is_ok_and(|bytes| bytes == header.raw_bytes);
            fits.then(|| snap::raw::Decoder::new().decompress_vec(packed).ok()).flatten()?
        }
    };
    (payload.len() == header.raw_bytes).then_some(payload)
}

/// The offset of the first whole record at or after `from`, looking past damage.
pub(super) fn find(bytes: &[u8], from: usize) -> Option<usize> {
    let mut at = from;
    while let Some(hit) = bytes.get(at..)?.windows(MARK.len()).position(|window| window == MARK) {
        if check(&bytes[at + hit..]).is_ok() {
            return Some(at + hit);
        }
        at += hit + 1;
    }
    None
}

fn u32_at(bytes: &[u8], at: usize) -> u32 {
    u32::from_le_bytes(bytes[at..at + 4].try_into().expect("four bytes"))
}

fn u64_at(bytes: &[u8], at: usize) -> u64 {
    u64::from_le_bytes(bytes[at..at + 8].try_into().expect("eight bytes"))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn a_record_comes_back_and_any_flipped_bit_is_noticed(payload: Vec<u8>, bit in 0usize..4096) {
            let (mut packer, mut records) = (Packer::default(), Records::default());
            packer.pack(&mut records, |out| out.extend_from_slice(b"another before")).expect("small");
            packer.pack(&mut records, |out| out.extend_from_slice(&payload)).expect("small");
            let start = records.starts[1];
            let mut bytes = records.number(Lsn(6), Lsn(6))[start..].to_vec();
            let header = check(&bytes).expect("whole");
            prop_assert_eq!((header.lsn, header.durable), (Lsn(7), Lsn(6)));
            prop_assert_eq!((header.stored_bytes, header.raw_bytes), (bytes.len(), payload.len()));
            prop_assert_eq!(super::payload(&bytes, &header), Some(payload));
            let bit = bit % (bytes.len() * 8);
            bytes[bit / 8] ^= 1 << (bit % 8);
            prop_assert!(check(&bytes).is_err());
        }

        #[test]
        fn any_bytes_are_read_without_panic(bytes: Vec<u8>, from in 0usize..64) {
            let _ = check(&bytes).map(|header| payload(&bytes, &header));
            prop_assert_eq!(find(&bytes, from), None);
        }
    }
}
