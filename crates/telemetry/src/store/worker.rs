//! What takes long, off the way of those who wait: writing segments, and counting stored rows.

use std::io;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Arc, Mutex};
use std::thread::JoinHandle;

use tokio::sync::oneshot;

use super::stats::{Lifeline, Work};
use super::{Shared, StoreError};
use crate::core::{Activation, BackfillJob, CoreError};

type FlushAnswer = oneshot::Sender<Result<(), StoreError>>;

/// The ways to the two working threads.
pub(super) struct Workers {
    flushes: Mutex<Option<Sender<Option<FlushAnswer>>>>,
    /// A flush that nobody waits for is asked for once.
    asked: Arc<AtomicBool>,
    fills: Mutex<Option<Sender<BackfillJob>>>,
    threads: Mutex<Vec<JoinHandle<()>>>,
}

impl Workers {
    /// Starts the threads; back-fills that a crash cut short begin again.
    pub(super) fn start(shared: Arc<Shared>, unfilled: Vec<String>) -> io::Result<Self> {
        let (flushes, flush_inbox) = channel::<Option<FlushAnswer>>();
        let (fills, fill_inbox) = channel();
        let asked = Arc::new(AtomicBool::new(false));
        let (flush_shared, flush_asked) = (shared.clone(), asked.clone());
        let flushing = std::thread::Builder::new().name("flush".to_owned()).spawn(move || {
            let _lifeline = Lifeline { shared: flush_shared.clone(), thread: "flush" };
            run_flushes(&flush_inbox, &flush_shared, &flush_asked);
        })?;
        let filling = std::thread::Builder::new().name("backfill".to_owned()).spawn(move || {
            let _lifeline = Lifeline { shared: shared.clone(), thread: "backfill" };
            run_fills(&fill_inbox, &shared, unfilled);
        })?;
        Ok(Self {
            flushes: Mutex::new(Some(flushes)),
            asked,
            fills: Mutex::new(Some(fills)),
            threads: Mutex::new(vec![flushing, filling]),
        })
    }

    /// Asks for a flush, some time soon.
    pub(super) fn flush(&self) {
        if !self.asked.swap(true, Ordering::SeqCst) {
            self.send_flush(None);
        }
    }

    /// Flushes and waits for it.
    pub(super) async fn flush_now(&self) -> Result<(), StoreError> {
        let (answer, answered) = oneshot::channel();
        self.send_flush(Some(answer));
        answered.await.map_err(|_| StoreError::Stopped)?
    }

    /// Counts what is stored, for a counter that was started.
    pub(super) fn fill(&self, job: Option<BackfillJob>) {
        let fills = self.fills.lock().expect("nothing panics while it is held");
        if let (Some(job), Some(fills)) = (job, fills.as_ref()) {
            // A store that stops fills after its next start.
            let _ = fills.send(job);
        }
    }

    /// Ends both threads. A back-fill that is running is cut short and begins again at the next start.
    pub(super) fn stop(&self) {
        drop(self.flushes.lock().expect("nothing panics while it is held").take());
        drop(self.fills.lock().expect("nothing panics while it is held").take());
        let threads = std::mem::take(&mut *self.threads.lock().expect("nothing panics while it is held"));
        for thread in threads {
            if thread.join().is_err() {
                tracing::error!("a working thread of the store had panicked");
            }
        }
    }

    fn send_flush(&self, answer: Option<FlushAnswer>) {
        let flushes = self.flushes.lock().expect("nothing panics while it is held");
        if let Some(flushes) = flushes.as_ref() {
            // Without a thread the answer is dropped, and whoever waits learns that the store has stopped.
            let _ = flushes.send(answer);
        }
    }
}

fn run_flushes(inbox: &Receiver<Option<FlushAnswer>>, shared: &Shared, asked: &AtomicBool) {
    while let Ok(answer) = inbox.recv() {
        asked.store(false, Ordering::SeqCst);
        shared.stats.turn(Work::Flush, Some(shared.clock.monotonic()));
        let outcome = flush(shared);
        shared.stats.turn(Work::Flush, None);
        let now = shared.clock.now();
        shared.stats.flushed(now, outcome.as_ref().err(), shared.log().bytes());
        if let Err(error) = &outcome {
            tracing::error!(%error, "rows in memory cannot be written into segments; they stay in the log");
        }
        if let Some(answer) = answer {
            // Whoever asked may have gone.
            let _ = answer.send(outcome.map_err(StoreError::from));
        }
    }
}

fn flush(shared: &Shared) -> Result<(), CoreError> {
    let job = {
        let mut log = shared.log();
        let mut core = shared.core();
        if !core.flush_due(&log) {
            return Ok(());
        }
        core.begin_flush(&mut log)
    };
    let flushed = job.run(&*shared.disk)?;
    drop(job);
    let commit = shared.core().plan_commit(flushed);
    commit.run(&*shared.disk)?;
    let lsn = commit.lsn();
    let useless = shared.core().finish_flush(commit);
    if let Err(error) = shared.log().forget_through(lsn) {
        tracing::warn!(%error, "files of the write-ahead log that are no longer needed stay for now");
    }
    for file in useless {
        if let Err(error) = shared.disk.remove(&file)
            && error.kind() != io::ErrorKind::NotFound
        {
            tracing::warn!(%error, file, "a file that is no longer needed stays until the next start");
        }
    }
    Ok(())
}

fn run_fills(inbox: &Receiver<BackfillJob>, shared: &Shared, unfilled: Vec<String>) {
    for key in unfilled {
        match refill(shared, &key) {
            Ok(Some(job)) => fill(shared, &job),
            Ok(None) => {}
            Err(error) => {
                tracing::error!(%error, key, "a cut back-fill cannot begin again before the next start");
            }
        }
    }
    while let Ok(job) = inbox.recv() {
        fill(shared, &job);
    }
}

fn refill(shared: &Shared, key: &str) -> Result<Option<BackfillJob>, CoreError> {
    let mut log = shared.log();
    let planned = shared.core().plan_refill(key);
    let Some((spec, Activation::New(generation, entry))) = planned else { return Ok(None) };
    log.append(&[entry.encode()])?;
    Ok(shared.core().start_generation(key, spec, generation))
}

fn fill(shared: &Shared, job: &BackfillJob) {
    let progress = |done: f64| {
        shared.core().note_progress(&job.key, job.generation, done);
        shared.filled.send_modify(|changes| *changes += 1);
        !shared.stopping.load(Ordering::SeqCst)
    };
    let Some(filled) = job.run(&progress) else { return };
    for error in filled.unreadable() {
        tracing::error!(%error, key = job.key, "a segment could not be counted; its hours are not measured");
    }
    shared.core().finish_backfill(&filled);
    shared.filled.send_modify(|changes| *changes += 1);
}
