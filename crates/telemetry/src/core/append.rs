//! Taking telemetry: decode and pack a group of requests, log it, sync, then columns and counters in one step, then the
//! acknowledgements.

use std::collections::BTreeSet;

use arrow::array::RecordBatch;
use bytes::Bytes;
use ippo_base::Timestamp;

use super::recent::BatchKey;
use super::{Core, CoreError};
use crate::otlp::{self, DECODER_VERSION, DecodeError, Decoder, Outcome, Reception};
use crate::signal::Signal;
use crate::wal::{BatchEntry, Packer, Records, Wal};

/// A request that came.
#[derive(Debug)]
pub struct Request {
    /// What it carries.
    pub signal: Signal,
    /// Who sent it.
    pub identity: String,
    /// Its canonical protobuf body.
    pub body: Bytes,
    /// How it was received.
    pub reception: Reception,
}

/// What became of a request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Appended {
    /// What was accepted is durable and counted.
    Stored(Outcome),
    /// It is a retry of a request that is durable and counted.
    Duplicate(Outcome),
    /// It cannot be read; nothing of it is stored.
    Unreadable(DecodeError),
    /// It is a retry of a request that could not be stored: it can be tried once more.
    Lost,
}

/// What is known of a request before the group is durable.
#[derive(Debug)]
enum Prospect {
    Stored(Outcome),
    Duplicate(Outcome),
    /// A retry of a request whose group is not durable yet.
    Follows(BatchKey, Timestamp, Outcome),
    Unreadable(DecodeError),
}

/// Requests that become durable with one sync, decoded.
#[derive(Debug, Default)]
pub struct Group {
    prospects: Vec<Prospect>,
    records: Records,
    keys: Vec<(BatchKey, Timestamp)>,
    rows: Vec<(Signal, RecordBatch)>,
}

/// What is known of a group.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Before {
    /// It may still become durable or fail.
    Open,
    /// It is published, or has failed.
    Done,
}

/// Requests below this share a record: packing costs by the record, and many small ones pack badly.
const SMALL_BYTES: usize = 32 * 1024;
/// A record of small requests is full from here on.
const TOGETHER_BYTES: usize = 128 * 1024;

/// Makes groups of requests, outside the machine, as it costs the most. A group may be prepared while the one before is
/// being logged, and no earlier.
pub struct Preparer {
    decoder: Decoder,
    packer: Packer,
    /// The payload of a record for small requests.
    small: Vec<u8>,
    /// The requests of the group before.
    before: BTreeSet<BatchKey>,
}

impl Default for Preparer {
    fn default() -> Self {
        Self {
            decoder: Decoder::new(),
            packer: Packer::default(),
            small: Vec::new(),
            before: BTreeSet::new(),
        }
    }
}

impl Preparer {
    /// Decodes and packs. `before` says whether the group before is still being logged, as of now or earlier; `is_known`
    /// whether a request is durable.
    ///
    /// # Errors
    /// One request is larger than the log takes, which the limit on bodies rules out.
    pub fn prepare(
        &mut self,
        requests: Vec<Request>,
        before: Before,
        is_known: impl Fn(&BatchKey, Timestamp) -> bool,
    ) -> Result<Group, CoreError> {
        let mut group = Group::default();
        let mut fresh = BTreeSet::new();
        let packed = self.fill(&mut group, &mut fresh, requests, before, is_known);
        self.small.clear();
        for signal in Signal::ALL {
            group.rows.extend(self.decoder.finish(signal).into_iter().map(|rows| (signal, rows)));
        }
        packed?;
        self.before = fresh;
        Ok(group)
    }

    fn fill(
        &mut self,
        group: &mut Group,
        fresh: &mut BTreeSet<BatchKey>,
        requests: Vec<Request>,
        before: Before,
        is_known: impl Fn(&BatchKey, Timestamp) -> bool,
    ) -> Result<(), CoreError> {
        for request in requests {
            let key = BatchKey::of(&request);
            let received = request.reception.received;
            let prospect = if fresh.contains(&key) || is_known(&key, received) {
                alone(&request).map(Prospect::Duplicate)
            } else if before == Before::Open && self.before.contains(&key) {
                alone(&request).map(|outcome| Prospect::Follows(key, received, outcome))
            } else {
                self.take(group, request, &key).inspect(|_| {
                    fresh.insert(key);
                })
            };
            group.prospects.push(prospect?);
        }
        self.pack_small(group)
    }

    fn take(&mut self, group: &mut Group, request: Request, key: &BatchKey) -> Result<Prospect, CoreError> {
        let Request { signal, identity, body, reception } = request;
        let outcome = match self.decoder.take(signal, &body, &reception) {
            Ok(outcome) => outcome,
            Err(error) => return Ok(Prospect::Unreadable(error)),
        };
        if outcome.accepted > 0 {
            let Reception { received, accept } = reception;
            let entry = BatchEntry { signal, identity, decoder: DECODER_VERSION, received, accept, body };
            if entry.body.len() < SMALL_BYTES {
                entry.encode_among(&mut self.small);
            } else {
                self.packer.pack(&mut group.records, |out| entry.encode_to(out))?;
            }
            if self.small.len() >= TOGETHER_BYTES {
                self.pack_small(group)?;
            }
            group.keys.push((*key, received));
        }
        Ok(Prospect::Stored(outcome))
    }

    /// Makes a record of the small requests that wait for one.
    fn pack_small(&mut self, group: &mut Group) -> Result<(), CoreError> {
        if !self.small.is_empty() {
            self.packer.pack(&mut group.records, |out| out.extend_from_slice(&self.small))?;
            self.small.clear();
        }
        Ok(())
    }
}

/// What the sender of a retry is told beside that it is one.
fn alone(request: &Request) -> Result<Outcome, CoreError> {
    let decoded = otlp::decode(request.signal, &request.body, &request.reception);
    Ok(decoded.map(|decoded| decoded.outcome).unwrap_or_default())
}

impl Group {
    /// The rows of some signals.
    pub fn rows(&self, of: impl Fn(Signal) -> bool) -> impl Iterator<Item = &RecordBatch> {
        self.rows.iter().filter(move |(signal, _)| of(*signal)).map(|(_, rows)| rows)
    }

    /// Makes the group durable with one sync.
    ///
    /// # Errors
    /// None of the group may be acknowledged; all of it may be tried again.
    pub fn log(&mut self, wal: &mut Wal) -> Result<(), CoreError> {
        if !self.records.is_empty() {
            wal.append_records(&mut self.records)?;
        }
        Ok(())
    }
}

impl Core {
    /// Whether the request is durable, so that it need not be stored again.
    pub fn knows(&self, key: &BatchKey, received: Timestamp) -> bool {
        self.recent.has(key, received)
    }

    /// Makes a durable group visible to readers and counters in one step. Then it may be acknowledged.
    pub fn publish(&mut self, group: Group) -> Vec<Appended> {
        for (signal, rows) in group.rows {
            self.take_in(signal, rows);
        }
        let of = |prospect| match prospect {
            Prospect::Stored(outcome) => Appended::Stored(outcome),
            Prospect::Duplicate(outcome) => Appended::Duplicate(outcome),
            Prospect::Unreadable(error) => Appended::Unreadable(error),
            Prospect::Follows(key, received, outcome) if self.recent.has(&key, received) => {
                Appended::Duplicate(outcome)
            }
            Prospect::Follows(..) => Appended::Lost,
        };
        let appended = group.prospects.into_iter().map(of).collect();
        for (key, received) in group.keys {
            self.recent.insert(&key, received);
        }
        appended
    }

    pub(super) fn take_in(&mut self, signal: Signal, rows: RecordBatch) {
        self.counters.count(signal, &rows, &mut self.leaves[signal.index()]);
        self.memtable.push(signal, rows);
    }
}
