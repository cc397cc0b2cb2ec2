//! Taking telemetry: log, sync, then columns and counters in one step, then the acknowledgement.

use arrow::array::RecordBatch;
use twox_hash::XxHash3_128;

use super::recent::BatchKey;
use super::{Core, CoreError};
use crate::otlp::{self, DECODER_VERSION, DecodeError, Decoded, Reception};
use crate::signal::Signal;
use crate::wal::{BatchEntry, Wal};

/// A batch that is decoded and hashed, ready to be appended. Made outside the machine, as it costs the most.
#[derive(Debug)]
pub struct Prepared {
    entry: BatchEntry,
    rows: RecordBatch,
    key: BatchKey,
}

/// What became of an appended batch.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Appended {
    /// It is durable and counted.
    Stored,
    /// It is a retry of a batch that is durable and counted.
    Duplicate,
}

impl Prepared {
    /// Decodes a canonical protobuf body. `None` beside the outcome where no row is left to store.
    pub fn decode(
        signal: Signal,
        identity: &str,
        body: bytes::Bytes,
        reception: Reception,
    ) -> Result<(Option<Self>, Decoded), DecodeError> {
        let decoded = otlp::decode(signal, &body, &reception)?;
        let hash = XxHash3_128::oneshot(&body);
        let key = BatchKey { identity: identity.to_owned(), signal, hash };
        let entry = BatchEntry {
            signal,
            identity: identity.to_owned(),
            decoder: DECODER_VERSION,
            received: reception.received,
            accept: reception.accept,
            body,
        };
        let rows = decoded.rows.clone();
        Ok(((rows.num_rows() > 0).then_some(Self { entry, rows, key }), decoded))
    }

    /// Bytes it holds while it waits.
    pub fn bytes(&self) -> usize {
        self.entry.body.len() + self.rows.get_array_memory_size()
    }
}

/// A group of batches on its way into the log.
#[derive(Debug)]
pub struct Staged {
    outcomes: Vec<Appended>,
    fresh: Vec<Prepared>,
}

impl Staged {
    /// Makes the group durable with one sync.
    ///
    /// # Errors
    /// None of the group may be acknowledged; all of it may be tried again.
    pub fn log(&self, wal: &mut Wal) -> Result<(), CoreError> {
        if self.fresh.is_empty() {
            return Ok(());
        }
        let payloads: Vec<Vec<u8>> = self.fresh.iter().map(|batch| batch.entry.encode()).collect();
        wal.append(&payloads)?;
        Ok(())
    }
}

impl Core {
    /// Tells retries from new batches. Nothing else may be staged until [`Core::publish`].
    pub fn stage(&self, group: Vec<Prepared>) -> Staged {
        let mut outcomes = Vec::with_capacity(group.len());
        let mut fresh: Vec<Prepared> = Vec::with_capacity(group.len());
        for batch in group {
            let known = self.recent.has(&batch.key, batch.entry.received)
                || fresh.iter().any(|other| other.key == batch.key);
            outcomes.push(if known { Appended::Duplicate } else { Appended::Stored });
            if !known {
                fresh.push(batch);
            }
        }
        Staged { outcomes, fresh }
    }

    /// Makes a durable group visible to readers and counters in one step. Then it may be acknowledged.
    pub fn publish(&mut self, staged: Staged) -> Vec<Appended> {
        for batch in staged.fresh {
            self.take_in(batch);
        }
        staged.outcomes
    }

    fn take_in(&mut self, batch: Prepared) {
        let Prepared { entry, rows, key } = batch;
        self.counters.count(entry.signal, &rows);
        self.recent.insert(key, entry.received);
        self.memtable.push(entry.signal, rows);
    }

    /// Counts a logged batch again, after a start.
    pub(super) fn replay_batch(&mut self, entry: &BatchEntry) -> Result<(), String> {
        let reception = Reception { received: entry.received, accept: entry.accept };
        if entry.decoder != DECODER_VERSION {
            return Err(format!(
                "it was taken by version {} of the rules, and this ippo knows version {DECODER_VERSION}; flush it with \
                 the ippo that wrote it: stop that one cleanly, then start this one",
                entry.decoder
            ));
        }
        let decoded = Prepared::decode(entry.signal, &entry.identity, entry.body.clone(), reception);
        match decoded.map_err(|error| error.to_string())? {
            (Some(batch), _) if self.recent.has(&batch.key, entry.received) => Ok(()),
            (Some(batch), _) => {
                self.take_in(batch);
                Ok(())
            }
            (None, _) => Err("it holds no row that this ippo would store".to_owned()),
        }
    }
}
