//! Doing again what the log says, after a start: its records are read and decoded side by side, and take effect in order.

use std::io;
use std::num::NonZeroUsize;
use std::sync::mpsc::sync_channel;

use arrow::array::RecordBatch;
use ippo_base::Timestamp;
use ippo_base::disk::Disk;

use super::append::Request;
use super::recent::{BatchKey, Recent};
use super::{Core, Problem};
use crate::counter::CounterSpec;
use crate::otlp::{DECODER_VERSION, Decoder, Reception};
use crate::signal::Signal;
use crate::wal::{BatchEntry, Entry, Record};

/// Payloads that are decoded together, in bytes: as many rows as are worth a batch. The simulation has small logs, in which
/// there shall be several pieces too.
const PIECE_BYTES: usize = if cfg!(test) { 2 * 1024 } else { 4 * 1024 * 1024 };

/// What records say, in their order.
enum Step {
    /// Rows, and the requests that they came with.
    Rows(Vec<(Signal, RecordBatch)>, Vec<(BatchKey, Timestamp)>),
    /// What is counted changes.
    Change(Entry),
    /// A record cannot be read.
    Unreadable(Problem),
}

impl Core {
    /// Does again what the records say; what cannot be understood is told and left out. The outcome does not depend on how
    /// many `threads` there are.
    ///
    /// # Errors
    /// The disk fails. What was not read is still in the log.
    pub(super) fn replay(&mut self, records: &[Record], threads: NonZeroUsize) -> io::Result<Vec<Problem>> {
        let disk = self.disk.clone();
        let pieces: Vec<&[Record]> = pieces(records).collect();
        let mut problems = Vec::new();
        let mut again = Decoder::new();
        in_order(
            &pieces,
            threads,
            // Requests are told apart from those of other pieces only when it is their turn.
            |decoder, piece| steps(&*disk, decoder, piece, &|_, _| false),
            |piece, found: io::Result<Vec<Step>>| {
                let mut found = found?;
                let repeated = |step: &Step| match step {
                    Step::Rows(_, keys) => keys.iter().any(|(key, received)| self.recent.has(key, *received)),
                    Step::Change(_) | Step::Unreadable(_) => false,
                };
                if found.iter().any(repeated) {
                    found = steps(&*disk, &mut again, piece, &|key, at| self.recent.has(key, at))?;
                }
                for step in found {
                    problems.extend(self.step(step));
                }
                io::Result::Ok(())
            },
        )?;
        Ok(problems)
    }

    fn step(&mut self, step: Step) -> Option<Problem> {
        match step {
            Step::Rows(rows, keys) => {
                for (key, received) in keys {
                    self.recent.insert(&key, received);
                }
                for (signal, rows) in rows {
                    self.take_in(signal, rows);
                }
                None
            }
            Step::Change(entry) => {
                self.change(entry);
                None
            }
            Step::Unreadable(problem) => Some(problem),
        }
    }
}

/// Parts records so that each part is worth a batch.
fn pieces(mut records: &[Record]) -> impl Iterator<Item = &[Record]> {
    std::iter::from_fn(move || {
        let mut bytes = 0;
        let full = |record: &Record| {
            bytes += record.raw_bytes;
            bytes >= PIECE_BYTES
        };
        let length = records.iter().position(full).map_or(records.len(), |last| last + 1);
        let (piece, rest) = records.split_at(length);
        records = rest;
        (!piece.is_empty()).then_some(piece)
    })
}

/// Works on pieces in several threads, each with a decoder of its own, and takes the results in the order of the pieces
/// until one is refused. Each thread is at most two pieces ahead.
fn in_order<P: Copy + Sync, T: Send, E>(
    pieces: &[P],
    threads: NonZeroUsize,
    work: impl Fn(&mut Decoder, P) -> T + Sync,
    mut take: impl FnMut(P, T) -> Result<(), E>,
) -> Result<(), E> {
    let threads = threads.get().min(pieces.len());
    if threads < 2 {
        let mut decoder = Decoder::new();
        return pieces.iter().try_for_each(|piece| take(*piece, work(&mut decoder, *piece)));
    }
    std::thread::scope(|scope| {
        let work = &work;
        let start = |first: usize| {
            let (results, inbox) = sync_channel(1);
            scope.spawn(move || {
                let mut decoder = Decoder::new();
                for piece in pieces.iter().skip(first).step_by(threads) {
                    // Nobody takes results any more once one was refused.
                    if results.send(work(&mut decoder, *piece)).is_err() {
                        return;
                    }
                }
            });
            inbox
        };
        let inboxes: Vec<_> = (0..threads).map(start).collect();
        for (piece, inbox) in pieces.iter().zip(inboxes.iter().cycle()) {
            // A thread that panicked ends the scope with its panic.
            let Ok(result) = inbox.recv() else { break };
            take(*piece, result)?;
        }
        Ok(())
    })
}

/// Reads and decodes a piece, without requests that are known or that it has twice.
fn steps(
    disk: &dyn Disk,
    decoder: &mut Decoder,
    piece: &[Record],
    is_known: &dyn Fn(&BatchKey, Timestamp) -> bool,
) -> io::Result<Vec<Step>> {
    let mut reading =
        Reading { decoder, is_known, fresh: Recent::default(), keys: Vec::new(), steps: Vec::new() };
    for record in piece {
        if let Err(reason) = entry(record.payload(disk)?).and_then(|entry| reading.entry(entry)) {
            reading.steps.push(Step::Unreadable(Problem::LogUnreadable { lsn: record.lsn.0, reason }));
        }
    }
    reading.finish_rows();
    Ok(reading.steps)
}

/// What a record's payload says, or why that is not known.
pub(super) fn entry(payload: Option<Vec<u8>>) -> Result<Entry, String> {
    let payload = payload.ok_or("it cannot be unpacked, although it is as it was written")?;
    Entry::decode(&payload).map_err(|error| error.to_string())
}

struct Reading<'a> {
    decoder: &'a mut Decoder,
    is_known: &'a dyn Fn(&BatchKey, Timestamp) -> bool,
    fresh: Recent,
    /// Of the requests whose rows the decoder holds.
    keys: Vec<(BatchKey, Timestamp)>,
    steps: Vec<Step>,
}

impl Reading<'_> {
    fn entry(&mut self, entry: Entry) -> Result<(), String> {
        match entry {
            Entry::Batches(batches) => batches.into_iter().try_for_each(|batch| self.batch(batch)),
            Entry::GenerationActivated(ref counter) => {
                CounterSpec::from_entry(counter).map_err(|error| error.to_string())?;
                self.change(entry);
                Ok(())
            }
            Entry::CounterRetired { .. } => {
                self.change(entry);
                Ok(())
            }
        }
    }

    fn change(&mut self, entry: Entry) {
        self.finish_rows();
        self.steps.push(Step::Change(entry));
    }

    fn batch(&mut self, entry: BatchEntry) -> Result<(), String> {
        if entry.decoder != DECODER_VERSION {
            return Err(format!(
                "it was taken by version {} of the rules, and this ippo knows version {DECODER_VERSION}; flush it with \
                 the ippo that wrote it: stop that one cleanly, then start this one",
                entry.decoder
            ));
        }
        let BatchEntry { signal, identity, received, accept, body, .. } = entry;
        let request = Request { signal, identity, body, reception: Reception { received, accept } };
        let key = BatchKey::of(&request);
        if (self.is_known)(&key, received) || self.fresh.has(&key, received) {
            return Ok(());
        }
        let taken = self.decoder.take(signal, &request.body, &request.reception);
        let outcome = taken.map_err(|error| error.to_string())?;
        if outcome.accepted == 0 {
            return Err("it holds no row that this ippo would store".to_owned());
        }
        self.fresh.insert(&key, received);
        self.keys.push((key, received));
        Ok(())
    }

    fn finish_rows(&mut self) {
        let mut rows = Vec::new();
        for signal in Signal::ALL {
            rows.extend(self.decoder.finish(signal).into_iter().map(|rows| (signal, rows)));
        }
        if !self.keys.is_empty() {
            self.steps.push(Step::Rows(rows, std::mem::take(&mut self.keys)));
        }
    }
}
