//! Follows log records as they are acknowledged.
//!
//! It must never hold up whoever sends: a follower that cannot keep up misses records, and is told how many.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard, Weak};

use arrow::array::RecordBatch;
use tokio::sync::Notify;

use super::{Store, StoreError};
use crate::columns;
use crate::read::{self, LogFilter, LogRecord};
use crate::signal::Signal;

/// Followers at once.
pub const TAILS: usize = 32;
/// Bytes of rows that wait for one follower.
const WAITING_BYTES: usize = 8 * 1024 * 1024;
/// Records that a follower gets at a time.
pub const TAIL_RECORDS: usize = 500;

/// What came since the last time.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Tailed {
    /// Records that match, in the order in which they came.
    pub records: Vec<LogRecord>,
    /// How many more came that were left out, and may have matched: more than the follower can take at a time.
    pub missed: u64,
}

/// Everyone who follows.
#[derive(Default)]
pub(super) struct Tails {
    open: Mutex<Open>,
}

#[derive(Default)]
struct Open {
    queues: Vec<Weak<Queue>>,
    ended: bool,
}

#[derive(Default)]
struct Queue {
    waiting: Mutex<Waiting>,
    changed: Notify,
}

#[derive(Default)]
struct Waiting {
    batches: VecDeque<RecordBatch>,
    bytes: usize,
    missed: u64,
    ended: bool,
}

/// One follower. Dropped, it is forgotten.
pub struct LogTail {
    queue: Arc<Queue>,
    only: Arc<LogFilter>,
}

impl Tails {
    fn lock(&self) -> MutexGuard<'_, Open> {
        self.open.lock().expect("nothing panics while it is held")
    }

    fn follow(&self, only: LogFilter) -> Result<LogTail, StoreError> {
        let mut open = self.lock();
        if open.ended {
            return Err(StoreError::Stopped);
        }
        open.queues.retain(|queue| queue.strong_count() > 0);
        if open.queues.len() >= TAILS {
            return Err(StoreError::TooManyTails);
        }
        let queue = Arc::new(Queue::default());
        open.queues.push(Arc::downgrade(&queue));
        Ok(LogTail { queue, only: Arc::new(only) })
    }

    fn each(&self, visit: impl Fn(&Queue)) {
        // Not under the lock: whoever follows takes their own.
        let queues: Vec<Arc<Queue>> = self.lock().queues.iter().filter_map(Weak::upgrade).collect();
        queues.iter().for_each(|queue| visit(queue));
    }

    /// Whether rows of this signal are followed now.
    pub(super) fn follow_any(&self, signal: Signal) -> bool {
        signal == Signal::Logs && self.lock().queues.iter().any(|queue| queue.strong_count() > 0)
    }

    /// Hands on rows that were stored.
    pub(super) fn stored(&self, rows: &RecordBatch) {
        self.each(|queue| queue.push(rows));
    }

    fn end(&self) {
        self.lock().ended = true;
        self.each(|queue| {
            queue.lock().ended = true;
            queue.changed.notify_one();
        });
    }
}

impl Queue {
    fn lock(&self) -> MutexGuard<'_, Waiting> {
        self.waiting.lock().expect("nothing panics while it is held")
    }

    fn push(&self, rows: &RecordBatch) {
        let bytes = columns::memory_bytes(rows);
        let mut waiting = self.lock();
        // One that is larger by itself is still taken when nothing else waits.
        if waiting.bytes > 0 && waiting.bytes + bytes > WAITING_BYTES {
            drop(waiting);
            return self.miss(rows);
        }
        waiting.bytes += bytes;
        waiting.batches.push_back(rows.clone());
        drop(waiting);
        self.changed.notify_one();
    }

    fn miss(&self, rows: &RecordBatch) {
        self.lock().missed += rows.num_rows() as u64;
        self.changed.notify_one();
    }

    /// What waits: a batch and how many rows were missed before it; or that nothing will come any more.
    fn take(&self) -> Option<Result<(Option<RecordBatch>, u64), Ended>> {
        let mut waiting = self.lock();
        let missed = std::mem::take(&mut waiting.missed);
        if let Some(batch) = waiting.batches.pop_front() {
            waiting.bytes -= columns::memory_bytes(&batch);
            return Some(Ok((Some(batch), missed)));
        }
        match (missed, waiting.ended) {
            (0, true) => Some(Err(Ended)),
            (0, false) => None,
            (missed, _) => Some(Ok((None, missed))),
        }
    }
}

/// Nothing will come any more.
struct Ended;

impl LogTail {
    /// Waits for records that match. Nothing when the store stops.
    pub async fn next(&mut self) -> Option<Tailed> {
        loop {
            match self.queue.take() {
                None => self.queue.changed.notified().await,
                Some(Err(Ended)) => return None,
                Some(Ok((None, missed))) => return Some(Tailed { records: Vec::new(), missed }),
                Some(Ok((Some(batch), missed))) => {
                    let only = self.only.clone();
                    let matching = move || read::log_records(&only, &batch);
                    let mut records = tokio::task::spawn_blocking(matching).await.ok()?;
                    let cut = records.len().saturating_sub(TAIL_RECORDS) as u64;
                    records.truncate(TAIL_RECORDS);
                    if !records.is_empty() || missed > 0 {
                        return Some(Tailed { records, missed: missed + cut });
                    }
                }
            }
        }
    }
}

impl Store {
    /// Follows the log records that are acknowledged from now on and match.
    ///
    /// # Errors
    /// When too many follow already, or the store stops.
    pub fn tail_logs(&self, only: LogFilter) -> Result<LogTail, StoreError> {
        self.shared.tails.follow(only)
    }

    /// How many follow.
    pub fn tails(&self) -> usize {
        self.shared.tails.lock().queues.iter().filter(|queue| queue.strong_count() > 0).count()
    }

    /// Lets all who follow go, so that a shutdown does not wait for them.
    pub fn end_tails(&self) {
        self.shared.tails.end();
    }
}
