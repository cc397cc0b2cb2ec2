//! The one thread that writes the log: it takes whatever waits, syncs once, publishes, and answers everyone.

use std::io;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Arc, Mutex};
use std::thread::JoinHandle;

use ippo_base::limits::WAL_BYTES;
use tokio::sync::oneshot;

use super::stats::{Lifeline, Work};
use super::worker::Workers;
use super::{Shared, StoreError};
use crate::core::{Appended, Prepared};

/// One sync serves at most so many bytes of requests.
const GROUP_BYTES: usize = 16 * 1024 * 1024;

/// A log of this size is flushed, so that what comes meanwhile still fits into [`WAL_BYTES`].
const FLUSH_WAL_BYTES: u64 = WAL_BYTES / 2;
/// Beyond this nothing is taken: a start would have to read it all, and flushes seem to fail.
const MOST_WAL_BYTES: u64 = 4 * WAL_BYTES;

struct Request {
    batch: Prepared,
    bytes: usize,
    answer: oneshot::Sender<Result<Appended, StoreError>>,
}

/// The way to the appending thread.
pub(super) struct Appender {
    requests: Mutex<Option<Sender<Request>>>,
    waiting_bytes: Arc<AtomicUsize>,
    shared: Arc<Shared>,
    thread: Mutex<Option<JoinHandle<()>>>,
}

impl Appender {
    pub(super) fn start(shared: Arc<Shared>, workers: Arc<Workers>) -> io::Result<Self> {
        let (requests, inbox) = channel();
        let waiting_bytes = Arc::new(AtomicUsize::new(0));
        let (held, waiting) = (shared.clone(), waiting_bytes.clone());
        let thread = std::thread::Builder::new().name("append".to_owned()).spawn(move || {
            let _lifeline = Lifeline { shared: held.clone(), thread: "append" };
            run(&inbox, &held, &workers, &waiting);
        })?;
        Ok(Self {
            requests: Mutex::new(Some(requests)),
            waiting_bytes,
            shared,
            thread: Mutex::new(Some(thread)),
        })
    }

    /// Makes a batch durable and visible. Says whether it was a duplicate.
    pub(super) async fn append(&self, batch: Prepared) -> Result<bool, StoreError> {
        let bytes = batch.bytes();
        let held = self.shared.core().memory_bytes();
        let waiting = self.waiting_bytes.fetch_add(bytes, Ordering::SeqCst);
        if self.shared.stats.wal_bytes() >= MOST_WAL_BYTES {
            self.waiting_bytes.fetch_sub(bytes, Ordering::SeqCst);
            self.shared.stats.refused();
            return Err(StoreError::Overloaded);
        }
        // A request that finds nothing else in the way is always taken, whatever its size.
        if waiting + held > 0 && waiting + held + bytes > self.shared.options.memory_bytes {
            self.waiting_bytes.fetch_sub(bytes, Ordering::SeqCst);
            self.shared.stats.refused();
            return Err(StoreError::Overloaded);
        }
        let (answer, answered) = oneshot::channel();
        let sent = {
            let requests = self.requests.lock().expect("nothing panics while it is held");
            requests.as_ref().is_some_and(|to| to.send(Request { batch, bytes, answer }).is_ok())
        };
        if !sent {
            self.waiting_bytes.fetch_sub(bytes, Ordering::SeqCst);
            return Err(StoreError::Stopped);
        }
        let appended = answered.await.map_err(|_| StoreError::Stopped)??;
        Ok(appended == Appended::Duplicate)
    }

    /// Answers what waits, and ends.
    pub(super) fn stop(&self) {
        drop(self.requests.lock().expect("nothing panics while it is held").take());
        let thread = self.thread.lock().expect("nothing panics while it is held").take();
        if let Some(thread) = thread
            && thread.join().is_err()
        {
            tracing::error!("the appending thread had panicked");
        }
    }
}

fn run(inbox: &Receiver<Request>, shared: &Shared, workers: &Workers, waiting: &AtomicUsize) {
    while let Ok(first) = inbox.recv() {
        let mut bytes = first.bytes;
        let mut group = vec![first];
        while bytes < GROUP_BYTES
            && let Ok(next) = inbox.try_recv()
        {
            bytes += next.bytes;
            group.push(next);
        }
        let (batches, answers): (Vec<Prepared>, Vec<_>) =
            group.into_iter().map(|request| (request.batch, request.answer)).unzip();
        shared.stats.turn(Work::Append, Some(shared.clock.monotonic()));
        let outcome = append(shared, batches);
        shared.stats.turn(Work::Append, None);
        waiting.fetch_sub(bytes, Ordering::SeqCst);
        // A sender that went away does not want its answer.
        match outcome {
            Ok(outcomes) => {
                for (answer, outcome) in answers.into_iter().zip(outcomes) {
                    let _ = answer.send(Ok(outcome));
                }
            }
            Err(error) => {
                for answer in answers {
                    let _ = answer.send(Err(error.clone()));
                }
            }
        }
        // One that failed is tried again by and by, not with every request.
        let full = shared.core().memory_bytes() >= shared.options.flush_bytes
            || shared.stats.wal_bytes() >= FLUSH_WAL_BYTES;
        if !shared.stats.flush_fails() && full {
            workers.flush();
        }
    }
}

fn append(shared: &Shared, batches: Vec<Prepared>) -> Result<Vec<Appended>, StoreError> {
    let mut log = shared.log();
    let staged = shared.core().stage(batches);
    let logged = staged.log(&mut log);
    shared.stats.logged(log.bytes(), logged.as_ref().err());
    logged?;
    Ok(shared.core().publish(staged))
}
