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
    /// The group that is being prepared.
    group: Group,
    /// Its requests, and those of the group before.
    fresh: BTreeSet<BatchKey>,
    before: BTreeSet<BatchKey>,
}

impl Default for Preparer {
    fn default() -> Self {
        Self {
            decoder: Decoder::new(),
            packer: Packer::default(),
            small: Vec::new(),
            group: Group::default(),
            fresh: BTreeSet::new(),
            before: BTreeSet::new(),
        }
    }
}

impl Preparer {
    /// Decodes and packs a request into the group. `before` says whether the group before is still being logged, as of now or
    /// earlier; `is_known` whether a request is durable.
    ///
    /// # Errors
    /// It is larger than the log takes, which the limit on bodies rules out. The group is given up.
    pub fn add(
        &mut self,
        request: Request,
        before: Before,
        is_known: impl Fn(&BatchKey, Timestamp) -> bool,
    ) -> Result<(), CoreError> {
        let key = BatchKey::of(&request);
        let received = request.reception.received;
        let prospect = if self.fresh.contains(&key) || is_known(&key, received) {
            Prospect::Duplicate(alone(&request))
        } else if before == Before::Open && self.before.contains(&key) {
            Prospect::Follows(key, received, alone(&request))
        } else {
            self.take(request, &key).inspect_err(|_| self.give_up())?
        };
        self.group.prospects.push(prospect);
        Ok(())
    }

    fn give_up(&mut self) {
        Signal::ALL.into_iter().for_each(|signal| drop(self.decoder.finish(signal)));
        self.group = Group::default();
        self.small.clear();
        self.fresh.clear();
    }

    /// The group so far, ready to be logged. The next one begins.
    ///
    /// # Errors
    /// As of [`Preparer::add`]; the group is given up.
    pub fn finish(&mut self) -> Result<Group, CoreError> {
        self.pack_small().inspect_err(|_| self.give_up())?;
        let records = Records::like(&self.group.records);
        let mut group = std::mem::replace(&mut self.group, Group { records, ..Group::default() });
        for signal in Signal::ALL {
            group.rows.extend(self.decoder.finish(signal).into_iter().map(|rows| (signal, rows)));
        }
        self.before = std::mem::take(&mut self.fresh);
        Ok(group)
    }

    /// Requests as one group.
    #[cfg(test)]
    pub fn prepare(
        &mut self,
        requests: Vec<Request>,
        before: Before,
        is_known: impl Fn(&BatchKey, Timestamp) -> bool,
    ) -> Result<Group, CoreError> {
        requests.into_iter().try_for_each(|request| self.add(request, before, &is_known))?;
        self.finish()
    }

    fn take(&mut self, request: Request, key: &BatchKey) -> Result<Prospect, CoreError> {
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
                self.packer.pack(&mut self.group.records, |out| entry.encode_to(out))?;
            }
            if self.small.len() >= TOGETHER_BYTES {
                self.pack_small()?;
            }
            self.group.keys.push((*key, received));
            // Of what was not stored there is no retry: who sends it again is told the same.
            self.fresh.insert(*key);
        }
        Ok(Prospect::Stored(outcome))
    }

    /// Makes a record of the small requests that wait for one.
    fn pack_small(&mut self) -> Result<(), CoreError> {
        if !self.small.is_empty() {
            self.packer.pack(&mut self.group.records, |out| out.extend_from_slice(&self.small))?;
            self.small.clear();
        }
        Ok(())
    }
}

/// What the sender of a retry is told beside that it is one.
fn alone(request: &Request) -> Outcome {
    let decoded = otlp::decode(request.signal, &request.body, &request.reception);
    decoded.map(|decoded| decoded.outcome).unwrap_or_default()
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
