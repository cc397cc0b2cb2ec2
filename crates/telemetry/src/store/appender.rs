//! The way of requests into the log: one thread decodes and packs whatever waits, another makes it durable with one sync,
//! publishes it, and answers everyone. While one group is synced, the next is decoded.

use std::io;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc::{Receiver, Sender, SyncSender, channel, sync_channel};
use std::sync::{Arc, Mutex};
use std::thread::JoinHandle;

use ippo_base::limits::WAL_BYTES;
use tokio::sync::oneshot;

use super::stats::{Lifeline, Work};
use super::worker::Workers;
use super::{AppendError, Shared, StoreError};
use crate::core::{Appended, Before, Group, Preparer, Request};

/// One sync serves at most so many bytes of requests: as much as is decoded in a few syncs' time.
const GROUP_BYTES: usize = 4 * 1024 * 1024;
/// What a request takes while it waits and is decoded, as a multiple of its body: the body, its rows, its record.
const WAITING_FACTOR: usize = 3;

/// A log of this size is flushed, so that what comes meanwhile still fits into [`WAL_BYTES`].
const FLUSH_WAL_BYTES: u64 = WAL_BYTES / 2;
/// Beyond this nothing is taken: a start would have to read it all, and flushes seem to fail.
const MOST_WAL_BYTES: u64 = 4 * WAL_BYTES;

type Answer = oneshot::Sender<Result<Appended, StoreError>>;

struct Waiting {
    request: Request,
    room: Room,
    answer: Answer,
}

/// A decoded group, and who waits for it.
struct Ready {
    group: Group,
    waiting: Vec<(Answer, Room)>,
}

/// Memory that a request takes until it is answered.
struct Room {
    bytes: usize,
    taken: Arc<AtomicUsize>,
}

impl Drop for Room {
    fn drop(&mut self) {
        self.taken.fetch_sub(self.bytes, Ordering::SeqCst);
    }
}

/// Groups that were handed over to be logged, and those that are done with.
#[derive(Default)]
struct Progress {
    handed_over: AtomicUsize,
    done: AtomicUsize,
}

impl Progress {
    fn of_last(&self) -> Before {
        let handed_over = self.handed_over.load(Ordering::SeqCst);
        if self.done.load(Ordering::SeqCst) == handed_over { Before::Done } else { Before::Open }
    }
}

/// The way to the appending threads.
pub(super) struct Appender {
    requests: Mutex<Option<Sender<Waiting>>>,
    taken: Arc<AtomicUsize>,
    shared: Arc<Shared>,
    threads: Mutex<Vec<JoinHandle<()>>>,
}

impl Appender {
    pub(super) fn start(shared: Arc<Shared>, workers: Arc<Workers>) -> io::Result<Self> {
        let (requests, inbox) = channel();
        // Without room: a group is handed over when the one before is done with.
        let (groups, ready) = sync_channel(0);
        let progress = Arc::new(Progress::default());
        let decoding = {
            let (shared, progress) = (shared.clone(), progress.clone());
            std::thread::Builder::new().name("decode".to_owned()).spawn(move || {
                let _lifeline = Lifeline { shared: shared.clone(), thread: "decode" };
                run_decode(&inbox, &groups, &shared, &progress);
            })?
        };
        let appending = {
            let shared = shared.clone();
            std::thread::Builder::new().name("append".to_owned()).spawn(move || {
                let _lifeline = Lifeline { shared: shared.clone(), thread: "append" };
                run_append(&ready, &shared, &workers, &progress);
            })?
        };
        Ok(Self {
            requests: Mutex::new(Some(requests)),
            taken: Arc::new(AtomicUsize::new(0)),
            shared,
            threads: Mutex::new(vec![decoding, appending]),
        })
    }

    /// Makes a request durable and visible.
    pub(super) async fn append(&self, request: Request) -> Result<Appended, AppendError> {
        let room = self.room(request.body.len() * WAITING_FACTOR)?;
        let (answer, answered) = oneshot::channel();
        let sent = {
            let requests = self.requests.lock().expect("nothing panics while it is held");
            requests.as_ref().is_some_and(|to| to.send(Waiting { request, room, answer }).is_ok())
        };
        if !sent {
            return Err(StoreError::Stopped.into());
        }
        match answered.await.map_err(|_| StoreError::Stopped)?? {
            Appended::Unreadable(error) => Err(error.into()),
            Appended::Lost => Err(StoreError::Overloaded.into()),
            appended => Ok(appended),
        }
    }

    fn room(&self, bytes: usize) -> Result<Room, StoreError> {
        let held = self.shared.core().memory_bytes();
        let waiting = self.taken.fetch_add(bytes, Ordering::SeqCst);
        let room = Room { bytes, taken: self.taken.clone() };
        // A request that finds nothing else in the way is always taken, whatever its size.
        let too_much = waiting + held > 0 && waiting + held + bytes > self.shared.options.memory_bytes;
        if too_much || self.shared.stats.wal_bytes() >= MOST_WAL_BYTES {
            self.shared.stats.refused();
            return Err(StoreError::Overloaded);
        }
        Ok(room)
    }

    /// Memory that requests take until they are answered.
    pub(super) fn waiting_bytes(&self) -> usize {
        self.taken.load(Ordering::SeqCst)
    }

    /// Answers what waits, and ends.
    pub(super) fn stop(&self) {
        drop(self.requests.lock().expect("nothing panics while it is held").take());
        for thread in self.threads.lock().expect("nothing panics while it is held").drain(..) {
            if thread.join().is_err() {
                tracing::error!("an appending thread had panicked");
            }
        }
    }
}

fn run_decode(inbox: &Receiver<Waiting>, groups: &SyncSender<Ready>, shared: &Shared, progress: &Progress) {
    let mut preparer = Preparer::default();
    while let Ok(first) = inbox.recv() {
        let mut bytes = first.request.body.len();
        let mut requests = Vec::new();
        let mut waiting = Vec::new();
        let mut next = Some(first);
        while let Some(Waiting { request, room, answer }) = next {
            requests.push(request);
            waiting.push((answer, room));
            next = if bytes < GROUP_BYTES { inbox.try_recv().ok() } else { None };
            bytes += next.as_ref().map_or(0, |next| next.request.body.len());
        }
        let before = progress.of_last();
        let prepared = preparer.prepare(requests, before, |key, received| shared.core().knows(key, received));
        match prepared {
            Ok(group) => {
                progress.handed_over.fetch_add(1, Ordering::SeqCst);
                if groups.send(Ready { group, waiting }).is_err() {
                    return;
                }
            }
            Err(error) => refuse(waiting, &error.into()),
        }
    }
}

fn run_append(ready: &Receiver<Ready>, shared: &Shared, workers: &Workers, progress: &Progress) {
    while let Ok(Ready { group, waiting }) = ready.recv() {
        shared.stats.turn(Work::Append, Some(shared.clock.monotonic()));
        let outcome = append(shared, group);
        shared.stats.turn(Work::Append, None);
        progress.done.fetch_add(1, Ordering::SeqCst);
        match outcome {
            Ok(outcomes) => {
                for ((answer, _room), outcome) in waiting.into_iter().zip(outcomes) {
                    // A sender that went away does not want its answer.
                    let _ = answer.send(Ok(outcome));
                }
            }
            Err(error) => refuse(waiting, &error),
        }
        // One that failed is tried again by and by, not with every request.
        let full = shared.core().memory_bytes() >= shared.options.flush_bytes
            || shared.stats.wal_bytes() >= FLUSH_WAL_BYTES;
        if !shared.stats.flush_fails() && full {
            workers.flush();
        }
    }
}

fn refuse(waiting: Vec<(Answer, Room)>, error: &StoreError) {
    for (answer, _room) in waiting {
        let _ = answer.send(Err(error.clone()));
    }
}

fn append(shared: &Shared, mut group: Group) -> Result<Vec<Appended>, StoreError> {
    let mut log = shared.log();
    let logged = group.log(&mut log);
    shared.stats.logged(log.bytes(), logged.as_ref().err());
    logged?;
    let followed: Vec<_> = group.rows(|signal| shared.tails.follow_any(signal)).cloned().collect();
    let appended = shared.core().publish(group);
    followed.iter().for_each(|rows| shared.tails.stored(rows));
    Ok(appended)
}
