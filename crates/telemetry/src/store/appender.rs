//! The way of requests into the log: one thread decodes and packs whatever comes, another makes it durable with one sync,
//! publishes it, and answers everyone. While one group is synced, the next is decoded, and takes all that comes meanwhile.

use std::collections::VecDeque;
use std::io;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::sync::{Arc, Condvar, Mutex, MutexGuard};
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

impl Waiting {
    /// Bytes of its body; an empty one counts as something too.
    fn bytes(&self) -> usize {
        self.request.body.len().max(1)
    }
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

/// What came and is not decoded yet, and whether a group is being logged.
#[derive(Default)]
struct Inbox {
    state: Mutex<InboxState>,
    changed: Condvar,
}

#[derive(Default)]
struct InboxState {
    waiting: VecDeque<Waiting>,
    /// The group before was handed over, and is not done with.
    logging: bool,
    /// Nothing more comes.
    closed: bool,
}

/// What there is to do for who decodes.
enum Next {
    /// These go into the group that is being prepared, and this is known of the one before.
    Decode(Vec<Waiting>, Before),
    /// It is to be logged.
    HandOver,
    /// Everything is done.
    End,
}

impl Inbox {
    fn state(&self) -> MutexGuard<'_, InboxState> {
        self.state.lock().expect("nothing panics while it is held")
    }

    /// Whether it was taken: after the end nothing is.
    fn push(&self, waiting: Waiting) -> bool {
        let mut state = self.state();
        if state.closed {
            return false;
        }
        state.waiting.push_back(waiting);
        // Who decodes waits for the first of them alone.
        if state.waiting.len() == 1 {
            self.changed.notify_one();
        }
        true
    }

    /// The group before is published, or has failed.
    fn done(&self) {
        self.state().logging = false;
        self.changed.notify_one();
    }

    fn close(&self) {
        self.state().closed = true;
        self.changed.notify_one();
    }

    /// Waits for something to do, with so many bytes in the group that is being prepared.
    fn next(&self, bytes: usize) -> Next {
        let mut state = self.state();
        loop {
            let room = GROUP_BYTES.saturating_sub(bytes);
            if room > 0 && !state.waiting.is_empty() {
                let before = if state.logging { Before::Open } else { Before::Done };
                return Next::Decode(taken(&mut state.waiting, room), before);
            }
            if bytes > 0 && !state.logging {
                state.logging = true;
                return Next::HandOver;
            }
            if state.closed && bytes == 0 {
                return Next::End;
            }
            state = self.changed.wait(state).expect("nothing panics while it is held");
        }
    }
}

/// Whichever thread ends, for whatever reason, leaves nobody waiting: who sends is let go, and the other thread meets that
/// nobody takes its groups any more.
struct Closing<'a>(&'a Inbox);

impl Drop for Closing<'_> {
    fn drop(&mut self) {
        let mut state = self.0.state();
        state.closed = true;
        state.logging = false;
        let left = std::mem::take(&mut state.waiting);
        drop(state);
        self.0.changed.notify_one();
        drop(left);
    }
}

/// The first ones, until there is no more room.
fn taken(waiting: &mut VecDeque<Waiting>, mut room: usize) -> Vec<Waiting> {
    let mut taken = Vec::with_capacity(waiting.len());
    while room > 0
        && let Some(next) = waiting.pop_front()
    {
        room = room.saturating_sub(next.bytes());
        taken.push(next);
    }
    taken
}

/// The way to the appending threads.
pub(super) struct Appender {
    inbox: Arc<Inbox>,
    taken: Arc<AtomicUsize>,
    shared: Arc<Shared>,
    threads: Mutex<Vec<JoinHandle<()>>>,
}

impl Appender {
    pub(super) fn start(shared: Arc<Shared>, workers: Arc<Workers>) -> io::Result<Self> {
        let inbox = Arc::new(Inbox::default());
        // A group is handed over when the one before is done with: there is always room.
        let (groups, ready) = sync_channel(1);
        let decoding = {
            let (shared, inbox) = (shared.clone(), inbox.clone());
            std::thread::Builder::new().name("decode".to_owned()).spawn(move || {
                let _lifeline = Lifeline { shared: shared.clone(), thread: "decode" };
                run_decode(&inbox, &groups, &shared);
            })?
        };
        let appending = {
            let (shared, inbox) = (shared.clone(), inbox.clone());
            std::thread::Builder::new().name("append".to_owned()).spawn(move || {
                let _lifeline = Lifeline { shared: shared.clone(), thread: "append" };
                run_append(&ready, &shared, &workers, &inbox);
            })?
        };
        Ok(Self {
            inbox,
            taken: Arc::new(AtomicUsize::new(0)),
            shared,
            threads: Mutex::new(vec![decoding, appending]),
        })
    }

    /// Makes a request durable and visible.
    pub(super) async fn append(&self, request: Request) -> Result<Appended, AppendError> {
        let room = self.room(request.body.len() * WAITING_FACTOR)?;
        let (answer, answered) = oneshot::channel();
        if !self.inbox.push(Waiting { request, room, answer }) {
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
        self.inbox.close();
        for thread in self.threads.lock().expect("nothing panics while it is held").drain(..) {
            if thread.join().is_err() {
                tracing::error!("an appending thread had panicked");
            }
        }
    }
}

fn run_decode(inbox: &Inbox, groups: &SyncSender<Ready>, shared: &Shared) {
    let _closing = Closing(inbox);
    let mut preparer = Preparer::default();
    let (mut waiting, mut bytes) = (Vec::new(), 0);
    loop {
        match inbox.next(bytes) {
            Next::Decode(requests, before) => {
                for next in requests {
                    bytes += next.bytes();
                    let Waiting { request, room, answer } = next;
                    waiting.push((answer, room));
                    let is_known = |key: &_, received| shared.core().knows(key, received);
                    if let Err(error) = preparer.add(request, before, is_known) {
                        refuse(std::mem::take(&mut waiting), &error.into());
                        bytes = 0;
                    }
                }
            }
            Next::HandOver => {
                let waiting = std::mem::take(&mut waiting);
                bytes = 0;
                let group = match preparer.finish() {
                    Ok(group) => group,
                    Err(error) => {
                        refuse(waiting, &error.into());
                        inbox.done();
                        continue;
                    }
                };
                if groups.send(Ready { group, waiting }).is_err() {
                    return;
                }
            }
            Next::End => return,
        }
    }
}

fn run_append(ready: &Receiver<Ready>, shared: &Shared, workers: &Workers, inbox: &Inbox) {
    let _closing = Closing(inbox);
    while let Ok(Ready { group, waiting }) = ready.recv() {
        shared.stats.turn(Work::Append, Some(shared.clock.monotonic()));
        let outcome = append(shared, group);
        shared.stats.turn(Work::Append, None);
        inbox.done();
        match outcome {
            Ok(outcomes) => {
                for ((answer, _room), outcome) in waiting.into_iter().zip(outcomes) {
                    // A sender that went away does not want its answer.
                    let _ = answer.send(Ok(outcome));
                }
            }
            Err(error) => refuse(waiting, &error),
        }
        // One that failed is tried again by and by, not with every request. Rows that are being flushed, and their log, are no
        // reason to flush those few that came since.
        let full = {
            let core = shared.core();
            core.is_full(shared.options.flush_bytes)
                || (!core.is_flushing() && shared.stats.wal_bytes() >= FLUSH_WAL_BYTES)
        };
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
    if logged.is_ok() {
        // Before anyone is answered: the next group would say it too, but it may not come.
        log.mark();
    }
    shared.stats.logged(log.bytes(), logged.as_ref().err());
    logged?;
    let followed: Vec<_> = group.rows(|signal| shared.tails.follow_any(signal)).cloned().collect();
    let appended = shared.core().publish(group);
    followed.iter().for_each(|rows| shared.tails.stored(rows));
    Ok(appended)
}

#[cfg(test)]
mod tests {
    use bytes::Bytes;
    use ippo_base::{TimeRange, Timestamp};

    use super::*;
    use crate::otlp::Reception;
    use crate::signal::Signal;

    fn waiting(bytes: usize) -> Waiting {
        let received = Timestamp::from_secs(0);
        let request = Request {
            signal: Signal::Logs,
            identity: String::new(),
            body: Bytes::from(vec![0; bytes]),
            reception: Reception { received, accept: TimeRange::ALL },
        };
        let (answer, _) = oneshot::channel();
        Waiting { request, room: Room { bytes: 0, taken: Arc::default() }, answer }
    }

    /// What there is to do, as words.
    fn next(inbox: &Inbox, bytes: usize) -> (&'static str, usize) {
        match inbox.next(bytes) {
            Next::Decode(requests, Before::Done) => ("decode", requests.len()),
            Next::Decode(requests, Before::Open) => ("decode meanwhile", requests.len()),
            Next::HandOver => ("hand over", 0),
            Next::End => ("end", 0),
        }
    }

    #[test]
    fn a_group_takes_what_comes_until_the_one_before_is_done_with() {
        let inbox = Inbox::default();
        let push = |bytes| assert!(inbox.push(waiting(bytes)));
        push(10);
        push(0);
        assert_eq!(next(&inbox, 0), ("decode", 2));
        assert_eq!(next(&inbox, 11), ("hand over", 0));
        push(10);
        assert_eq!(next(&inbox, 0), ("decode meanwhile", 1));
        push(10);
        assert_eq!(next(&inbox, 10), ("decode meanwhile", 1));
        inbox.done();
        push(10);
        assert_eq!(next(&inbox, 20), ("decode", 1), "what has come goes along");
        push(10);
        assert_eq!(next(&inbox, GROUP_BYTES), ("hand over", 0), "unless the group is full");
        push(GROUP_BYTES);
        push(10);
        assert_eq!(
            next(&inbox, 0),
            ("decode meanwhile", 2),
            "a group is full when it has so many bytes, or more"
        );
        push(10);
        inbox.done();
        assert_eq!(next(&inbox, GROUP_BYTES + 10), ("hand over", 0));
        inbox.done();
        inbox.close();
        assert!(!inbox.push(waiting(10)));
        assert_eq!(next(&inbox, 0), ("decode", 2), "what came before the end is still taken");
        assert_eq!(next(&inbox, 10), ("hand over", 0));
        assert_eq!(next(&inbox, 0), ("end", 0));
    }

    #[test]
    fn nobody_waits_for_a_thread_that_ended() {
        let inbox = Inbox::default();
        let (answer, answered) = oneshot::channel();
        assert!(inbox.push(Waiting { answer, ..waiting(1) }));
        // As if a group was being logged, and the next one was begun.
        inbox.state().logging = true;
        drop(Closing(&inbox));
        assert!(answered.blocking_recv().is_err(), "it was let go");
        assert_eq!(next(&inbox, 1), ("hand over", 0), "which finds nobody there");
        assert!(!inbox.push(waiting(1)));
    }
}
