//! What a record's payload says: a batch, or a change of what is counted.

use bytes::Bytes;
use ippo_base::{TimeRange, Timestamp};
use serde::{Deserialize, Serialize};

use crate::signal::Signal;

/// One thing that happened to the store.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Entry {
    /// Telemetry came in: one request, or several small ones together; or none, in a mark of what is durable.
    Batches(Vec<BatchEntry>),
    /// A counter started to count, as a new generation.
    GenerationActivated(CounterEntry),
    /// A counter was given up.
    CounterRetired {
        /// Its key.
        key: String,
    },
}

/// A request's telemetry, and all that decoding it depends on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BatchEntry {
    /// Which signal it carries.
    pub signal: Signal,
    /// Who sent it: the ingest identity that duplicates are told by.
    pub identity: String,
    /// The version of the decoder that accepted it.
    pub decoder: u16,
    /// When it came.
    pub received: Timestamp,
    /// Which event times were accepted then; rows outside were rejected.
    pub accept: TimeRange,
    /// The canonical protobuf body, decompressed.
    pub body: Bytes,
}

/// A counter's words, as its definition spells them.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CounterEntry {
    /// The counter's stable key.
    pub key: String,
    /// Counted up with each new predicate or repeated back-fill.
    pub generation: u64,
    /// The signal's name.
    pub signal: String,
    /// Which rows count.
    pub total: String,
    /// Which counted rows are good: `good`, `bad`, `all` or `threshold`.
    pub verdict: String,
    /// The verdict's expression; empty for `all`.
    pub expression: String,
    /// The threshold's comparison and limit, as written, for `threshold`.
    pub threshold: Option<(String, String)>,
}

/// Why a payload is not an entry, though its checksum holds: another version of ippo wrote it.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("a log record holds {0}; it was written by another version of ippo")]
pub struct EntryError(&'static str);

const BATCH: u8 = 1;
const GENERATION_ACTIVATED: u8 = 2;
const COUNTER_RETIRED: u8 = 3;
const BATCHES: u8 = 4;
const BATCH_FIXED_BYTES: usize = 1 + 1 + 2 + 8 + 8 + 8 + 4;

impl Entry {
    /// The payload of a record.
    pub fn encode(&self) -> Vec<u8> {
        match self {
            Entry::Batches(batches) => {
                let mut out = vec![BATCHES];
                batches.iter().for_each(|batch| batch.encode_among(&mut out));
                out
            }
            Entry::GenerationActivated(counter) => {
                let mut out = vec![GENERATION_ACTIVATED];
                serde_json::to_writer(&mut out, counter).expect("plain texts and numbers are JSON");
                out
            }
            Entry::CounterRetired { key } => [&[COUNTER_RETIRED], key.as_bytes()].concat(),
        }
    }

    /// Reads a record's payload.
    pub fn decode(payload: &[u8]) -> Result<Self, EntryError> {
        let (kind, rest) = payload.split_first().ok_or(EntryError("nothing"))?;
        match *kind {
            BATCH => Ok(Entry::Batches(vec![BatchEntry::decode(payload)?])),
            BATCHES => several(rest).map(Entry::Batches),
            GENERATION_ACTIVATED => serde_json::from_slice(rest)
                .map(Entry::GenerationActivated)
                .map_err(|_| EntryError("a counter of unknown shape")),
            COUNTER_RETIRED => {
                let key =
                    std::str::from_utf8(rest).map_err(|_| EntryError("a counter key that is not text"))?;
                Ok(Entry::CounterRetired { key: key.to_owned() })
            }
            _ => Err(EntryError("an unknown kind of entry")),
        }
    }
}

/// Batches, each behind its length.
fn several(mut rest: &[u8]) -> Result<Vec<BatchEntry>, EntryError> {
    let short = EntryError("batches that end early");
    let mut batches = Vec::new();
    while !rest.is_empty() {
        let (length, behind) = rest.split_first_chunk().ok_or(short.clone())?;
        let (batch, behind) =
            behind.split_at_checked(u32::from_le_bytes(*length) as usize).ok_or(short.clone())?;
        batches.push(BatchEntry::decode(batch)?);
        rest = behind;
    }
    Ok(batches)
}

impl BatchEntry {
    /// Appends it to the payload of a record of several, which begins empty.
    pub fn encode_among(&self, out: &mut Vec<u8>) {
        if out.is_empty() {
            out.push(BATCHES);
        }
        let at = out.len();
        out.extend_from_slice(&[0; 4]);
        self.encode_to(out);
        let length = u32::try_from(out.len() - at - 4).expect("a body is smaller than 4 GiB");
        out[at..at + 4].copy_from_slice(&length.to_le_bytes());
    }

    /// Appends the payload of a record of its own.
    pub fn encode_to(&self, out: &mut Vec<u8>) {
        let signal = u8::try_from(self.signal.index()).expect("three signals");
        let identity_bytes = u32::try_from(self.identity.len()).expect("an identity is short");
        out.extend_from_slice(&[BATCH, signal]);
        out.extend_from_slice(&self.decoder.to_le_bytes());
        for time in [self.received, self.accept.from, self.accept.to] {
            out.extend_from_slice(&time.as_nanos().to_le_bytes());
        }
        out.extend_from_slice(&identity_bytes.to_le_bytes());
        out.extend_from_slice(self.identity.as_bytes());
        out.extend_from_slice(&self.body);
    }

    fn decode(payload: &[u8]) -> Result<Self, EntryError> {
        let short = EntryError("a batch that ends early");
        let fixed = payload.get(..BATCH_FIXED_BYTES).ok_or(short.clone())?;
        let time = |at: usize| {
            let nanos = fixed[at..at + 8].try_into().expect("eight bytes");
            Timestamp::from_nanos(i64::from_le_bytes(nanos))
        };
        let signal = *Signal::ALL.get(usize::from(fixed[1])).ok_or(EntryError("an unknown signal"))?;
        let identity_bytes = u32::from_le_bytes(fixed[28..32].try_into().expect("four bytes")) as usize;
        let rest = &payload[BATCH_FIXED_BYTES..];
        let identity = rest.get(..identity_bytes).ok_or(short)?;
        let identity =
            std::str::from_utf8(identity).map_err(|_| EntryError("an identity that is not text"))?;
        Ok(Self {
            signal,
            identity: identity.to_owned(),
            decoder: u16::from_le_bytes([fixed[2], fixed[3]]),
            received: time(4),
            accept: TimeRange { from: time(12), to: time(20) },
            body: Bytes::copy_from_slice(&rest[identity_bytes..]),
        })
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn every_kind_of_entry_comes_back() {
        let counter = CounterEntry {
            key: "slo/checkout/0".to_owned(),
            generation: 3,
            signal: "spans".to_owned(),
            total: "service = 'checkout'".to_owned(),
            verdict: "threshold".to_owned(),
            expression: "duration_ns / 1000000".to_owned(),
            threshold: Some(("lte".to_owned(), "300".to_owned())),
        };
        for entry in
            [Entry::GenerationActivated(counter), Entry::CounterRetired { key: "slo/検索/0".to_owned() }]
        {
            assert_eq!(Entry::decode(&entry.encode()), Ok(entry));
        }
    }

    fn batch() -> impl Strategy<Value = BatchEntry> {
        let at = Timestamp::from_nanos;
        let parts = (any::<String>(), any::<Vec<u8>>(), 0usize..3, any::<[i64; 3]>());
        parts.prop_map(move |(identity, body, signal, [received, from, to])| BatchEntry {
            signal: Signal::ALL[signal],
            identity,
            decoder: 1,
            received: at(received),
            accept: TimeRange { from: at(from), to: at(to) },
            body: Bytes::from(body),
        })
    }

    proptest! {
        #[test]
        fn batches_come_back_alone_and_together(batches in proptest::collection::vec(batch(), 1..4)) {
            let mut alone = Vec::new();
            batches[0].encode_to(&mut alone);
            prop_assert_eq!(Entry::decode(&alone), Ok(Entry::Batches(vec![batches[0].clone()])));
            let together = Entry::Batches(batches);
            let payload = together.encode();
            prop_assert!(Entry::decode(&payload[..payload.len() - 1]).is_err());
            prop_assert_eq!(Entry::decode(&payload), Ok(together));
        }

        #[test]
        fn any_payload_is_read_without_panic(payload: Vec<u8>) {
            let _ = Entry::decode(&payload);
        }
    }
}
