//! What takes long, off the way of those who wait: writing segments, merging them, and counting stored rows.

use std::io;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, Sender, SyncSender, channel, sync_channel};
use std::sync::{Arc, Mutex};
use std::thread::JoinHandle;
use std::time::Duration;

use ippo_base::Timestamp;
use tokio::sync::oneshot;

use super::stats::{Lifeline, Work};
use super::{Shared, StoreError, bucket, sample};
use crate::core::{Activation, BackfillJob, CompactJob, CoreError, Replacement};
use crate::segment::{Held, SegmentError, SegmentRef, SegmentTotals};

/// What became of the segments in quarantine when they were read again.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Verified {
    /// Segments that are as they were written, and are read again.
    pub released: usize,
    /// Segments that stay in quarantine.
    pub held: usize,
}

/// Late points wait at most about so long for their hours to be counted again.
const LATE_EVERY: Duration = Duration::from_secs(30);

/// Counts of old days that back-fills may leave in memory, in bytes, before files take them.
const COUNTS_IN_MEMORY_MOST: usize = 32 * 1024 * 1024;

type FlushAnswer = oneshot::Sender<Result<(), StoreError>>;

/// What is to be counted from stored rows.
enum Fill {
    /// All of them, for a counter that was started.
    Stored(Box<BackfillJob>),
    /// The hours around points that came late.
    Late,
}

/// The ways to the working threads.
pub(super) struct Workers {
    flushes: Mutex<Option<Sender<Option<FlushAnswer>>>>,
    /// A flush that nobody waits for is asked for once.
    asked: Arc<AtomicBool>,
    fills: Mutex<Option<Sender<Fill>>>,
    /// When late points were last counted.
    late_counted: Mutex<Option<Timestamp>>,
    merges: Mutex<Option<SyncSender<()>>>,
    /// None without a bucket.
    uploads: Mutex<Option<SyncSender<()>>>,
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
        let (merges, merge_inbox) = sync_channel(1);
        let merge_shared = shared.clone();
        let merging = std::thread::Builder::new().name("merge".to_owned()).spawn(move || {
            let _lifeline = Lifeline { shared: merge_shared.clone(), thread: "merge" };
            run_merges(&merge_inbox, &merge_shared);
        })?;
        let mut threads = vec![flushing, merging];
        let (uploads, upload_inbox) = sync_channel(1);
        let has_bucket = shared.core().cold().is_some();
        if has_bucket {
            let upload_shared = shared.clone();
            threads.push(std::thread::Builder::new().name("bucket".to_owned()).spawn(move || {
                let _lifeline = Lifeline { shared: upload_shared.clone(), thread: "bucket" };
                bucket::run(&upload_inbox, &upload_shared);
            })?);
        }
        let (fill_flushes, fill_asked) = (flushes.clone(), asked.clone());
        threads.push(std::thread::Builder::new().name("backfill".to_owned()).spawn(move || {
            let _lifeline = Lifeline { shared: shared.clone(), thread: "backfill" };
            let ask = || ask_once(&fill_asked, || drop(fill_flushes.send(None)));
            run_fills(&fill_inbox, &shared, unfilled, &ask);
        })?);
        Ok(Self {
            flushes: Mutex::new(Some(flushes)),
            asked,
            fills: Mutex::new(Some(fills)),
            late_counted: Mutex::default(),
            merges: Mutex::new(Some(merges)),
            uploads: Mutex::new(has_bucket.then_some(uploads)),
            threads: Mutex::new(threads),
        })
    }

    /// Asks for a flush, some time soon.
    pub(super) fn flush(&self) {
        ask_once(&self.asked, || self.send_flush(None));
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
            let _ = fills.send(Fill::Stored(Box::new(job)));
        }
    }

    /// Counts the hours again around points of metrics that came late, some time soon, unless that was done a moment ago:
    /// it costs as much for one point as for many.
    pub(super) fn count_late(&self, now: Timestamp) {
        let mut counted = self.late_counted.lock().expect("nothing panics while it is held");
        if counted.is_some_and(|at| at <= now && now.since(at) < LATE_EVERY) {
            return;
        }
        *counted = Some(now);
        let fills = self.fills.lock().expect("nothing panics while it is held");
        if let Some(fills) = fills.as_ref() {
            // A store that stops does it after its next start.
            let _ = fills.send(Fill::Late);
        }
    }

    /// Merges segments where that is due, some time soon.
    pub(super) fn merge(&self) {
        let merges = self.merges.lock().expect("nothing panics while it is held");
        if let Some(merges) = merges.as_ref() {
            // When it is full, somebody asked already.
            let _ = merges.try_send(());
        }
    }

    /// Copies segments to the bucket where that is due, and removes there what is of no use, some time soon.
    pub(super) fn upload(&self) {
        let uploads = self.uploads.lock().expect("nothing panics while it is held");
        if let Some(uploads) = uploads.as_ref() {
            // When it is full, somebody asked already.
            let _ = uploads.try_send(());
        }
    }

    /// Ends the threads. A back-fill that is running is cut short and begins again at the next start; a merge that is
    /// running comes to its end.
    pub(super) fn stop(&self) {
        drop(self.merges.lock().expect("nothing panics while it is held").take());
        drop(self.uploads.lock().expect("nothing panics while it is held").take());
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

fn ask_once(asked: &AtomicBool, ask: impl FnOnce()) {
    if !asked.swap(true, Ordering::SeqCst) {
        ask();
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
    let flushed = job.run()?;
    drop(job);
    let (lsn, useless) = {
        let _alone = shared.commits();
        let commit = shared.core().plan_commit(flushed);
        if let Err(error) = commit.run(&*shared.disk) {
            shared.core().give_up(commit);
            return Err(error);
        }
        tell_expired(shared, commit.dropped());
        shared.stats.expired(SegmentTotals::of(commit.dropped()));
        let lsn = commit.lsn();
        (lsn, shared.core().finish_flush(commit))
    };
    if let Err(error) = shared.log().forget_through(lsn) {
        tracing::warn!(%error, "files of the write-ahead log that are no longer needed stay for now");
    }
    remove(shared, useless);
    Ok(())
}

/// Retention takes segments in quarantine too, but not without a word.
fn tell_expired(shared: &Shared, expired: &[SegmentRef]) {
    let files = shared.core().files();
    for segment in expired {
        if let Some(held) = files.quarantine().get(&segment.file) {
            let Held { cause, reason, .. } = held;
            let (file, rows, cause) = (&segment.file, segment.rows, cause.name());
            tracing::warn!(file, rows, cause, reason, "a segment in quarantine expired and is removed");
        }
    }
}

pub(super) fn remove(shared: &Shared, files: Vec<String>) {
    for file in files {
        if let Err(error) = shared.disk.remove(&file)
            && error.kind() != io::ErrorKind::NotFound
        {
            tracing::warn!(%error, file, "a file that is no longer needed stays until the next start");
        }
    }
}

fn run_merges(inbox: &Receiver<()>, shared: &Shared) {
    // What kept segments from being read may be gone: a cable, a file that was restored.
    verify(shared);
    while let Ok(()) = inbox.recv() {
        // Merges come first, also where years of spans are to be sampled.
        loop {
            merge_all(shared);
            if !sample::one_hour(shared) {
                break;
            }
        }
    }
}

/// Merges whatever is due.
fn merge_all(shared: &Shared) {
    loop {
        let now = shared.clock.now();
        let planned = shared.core().plan_compaction(now);
        let Some(job) = planned.filter(|_| !shared.stopping.load(Ordering::SeqCst)) else { return };
        let (files, (signal, window)) = (job.files(), job.hour());
        match merge(shared, job) {
            Ok(()) => shared.core().was_reached(signal, window),
            Err(CoreError::Full) => return shared.stats.merged(None),
            // It is in quarantine from now on, which was logged; the others can be merged without it.
            Err(CoreError::Segment(SegmentError::Quarantined { .. })) => shared.stats.merged(None),
            // The bucket does not answer, a segment came there meanwhile, or the disk failed.
            Err(error) if error.may_pass() => {
                tracing::warn!(%error, ?files, "segments cannot be merged now; it is tried again later");
                shared.core().try_later(signal, window, now);
                return shared.stats.merged(None);
            }
            Err(error) => {
                shared.stats.merged(None);
                tracing::error!(%error, ?files, "segments cannot be merged; they stay as they are");
                shared.core().leave_as_they_are(files);
            }
        }
    }
}

/// Reads the segments in quarantine in full and lets those back in that are well. How many those are, and how many not.
pub(super) fn verify(shared: &Shared) -> Verified {
    let jobs = shared.core().plan_verification();
    let mut verified = Verified::default();
    for job in jobs {
        if shared.stopping.load(Ordering::SeqCst) {
            break;
        }
        match job.run() {
            true => verified.released += 1,
            false => verified.held += 1,
        }
    }
    verified
}

fn merge(shared: &Shared, job: CompactJob) -> Result<(), CoreError> {
    let merged = job.run()?;
    drop(job);
    replace(shared, merged, |read, written| shared.stats.merged(Some((read, written))))
}

/// Reads from the new segments from now on. `told` hears how many bytes they replaced, and how many they have.
pub(super) fn replace(
    shared: &Shared,
    made: Replacement,
    told: impl FnOnce(u64, u64),
) -> Result<(), CoreError> {
    let useless = {
        let _alone = shared.commits();
        let planned = shared.core().plan_replacement(&made);
        match planned {
            Some(commit) => {
                if let Err(error) = commit.run(&*shared.disk) {
                    shared.core().give_up(commit);
                    return Err(error);
                }
                told(SegmentTotals::of(commit.dropped()).bytes, made.bytes());
                shared.core().finish_replacement(commit)
            }
            None => made.paths(),
        }
    };
    drop(made);
    remove(shared, useless);
    let freed = shared.core().bury();
    remove(shared, freed);
    Ok(())
}

/// `ask` asks for a flush, some time soon.
fn run_fills(inbox: &Receiver<Fill>, shared: &Shared, unfilled: Vec<String>, ask: &dyn Fn()) {
    for key in unfilled {
        match refill(shared, &key) {
            Ok(Some(job)) => fill(shared, &job, ask),
            Ok(None) => {}
            Err(error) => {
                tracing::error!(%error, key, "a cut back-fill cannot begin again before the next start");
            }
        }
    }
    while let Ok(next) = inbox.recv() {
        match next {
            Fill::Stored(job) => fill(shared, &job, ask),
            Fill::Late => {
                let keys = shared.core().late_counters();
                keys.iter().for_each(|key| count_late(shared, key));
            }
        }
    }
}

/// Counts the hours of a counter again around points that came late.
fn count_late(shared: &Shared, key: &str) {
    let Some(job) = shared.core().plan_late(key) else { return };
    let Some(counted) = job.run(&|| !shared.stopping.load(Ordering::SeqCst)) else { return };
    for error in counted.unreadable() {
        tracing::error!(%error, key, "an hour with late points cannot be counted again; it stays as it was counted");
    }
    shared.core().finish_late(&counted);
    shared.filled.send_modify(|changes| *changes += 1);
}

fn refill(shared: &Shared, key: &str) -> Result<Option<BackfillJob>, CoreError> {
    let mut log = shared.log();
    let planned = shared.core().plan_refill(key);
    let Some((spec, Activation::New(generation, entry))) = planned else { return Ok(None) };
    log.append(&[entry.encode()])?;
    Ok(shared.core().start_generation(key, spec, generation))
}

fn fill(shared: &Shared, job: &BackfillJob, ask: &dyn Fn()) {
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
    // What came meanwhile.
    count_late(shared, &job.key);
    shared.filled.send_modify(|changes| *changes += 1);
    if shared.core().counters().bytes_for_files() >= COUNTS_IN_MEMORY_MOST {
        ask();
    }
}
