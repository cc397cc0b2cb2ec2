//! The store as the rest of ippo holds it: a cheap handle in front of the stepped machine, with threads that decode,
//! append, flush, merge, and count what is stored.
//!
//! Order of locks: the log, then the core. Whoever waits for a disk holds the log at most, never the core.

mod appender;
mod bucket;
mod budget;
mod counters;
mod error;
mod flow;
mod measures;
mod sample;
mod series;
mod space;
mod stats;
mod tail;
#[cfg(test)]
mod tests;
mod turns;
mod upkeep;
mod worker;

use std::num::NonZeroUsize;
use std::sync::atomic::{AtomicBool, AtomicU32, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::Duration;

use ippo_base::disk::{Disk, SharedDisk};
use ippo_base::limits;
use ippo_base::{Minute, SharedClock, TimeRange, Timestamp};
use tokio::sync::watch;

pub use bucket::RemoteStats;
pub use budget::{Budget, Kept};
pub use error::{AppendError, StoreError};
pub use flow::{FLOW_MINUTES, Flow, FlowMinute, Received};
pub use sample::SamplingStats;
pub use series::{RefusedSeries, SeriesLimits, SeriesStats};
pub use space::{DaySpace, ServiceSpace, Space};
pub use stats::{MergeStats, SignalStats, StoreMemory, StoreStats};
pub use tail::{LogTail, TAIL_RECORDS, TAILS, Tailed};

use crate::core::{Appended, Behind, Core, CoreError, Problem, Recovered, Request};
use crate::manifest::Manifest;
use crate::otlp::{Outcome, Reception, RejectReason};
#[cfg(feature = "query")]
use crate::query;
use crate::read::{ReadLimits, Reader, Stop};
use crate::remote::RemoteOptions;
use crate::sampling::SamplingPolicy;
use crate::segment::Files;
use crate::signal::Signal;
use crate::snapshot::Snapshot;
use crate::wal::Wal;
use appender::Appender;
use series::{ActiveSeries, Admitted};
use stats::{Stats, Taken};
use tail::Tails;
use turns::Turns;
pub use worker::Verified;
use worker::Workers;

/// Reads that run at once; more wait. Each holds the rows of a row group or two.
const READS_AT_ONCE: usize = 16;
/// People's SQL queries that run at once; more wait.
#[cfg(feature = "query")]
const QUERIES_AT_ONCE: usize = 4;

/// How the store uses the machine.
#[derive(Debug, Clone)]
pub struct StoreOptions {
    /// What is kept, by [`Signal::index`].
    pub keep: [Budget; 3],
    /// Rows in memory are flushed when they take this many bytes; where very many requests are remembered for their retries,
    /// from half of it on.
    pub flush_bytes: usize,
    /// Telemetry is refused while rows in memory and requests in the queue take this many bytes.
    pub memory_bytes: usize,
    /// Rows in memory are flushed when the oldest of them came this long ago.
    pub flush_after: Duration,
    /// How many series of metrics may be active.
    pub series: SeriesLimits,
    /// Which traces stay when their spans are old, if not all do.
    pub sampling: Option<SamplingPolicy>,
    /// How long one read may take; then its answer is partial.
    pub read_time: Duration,
}

impl Default for StoreOptions {
    fn default() -> Self {
        Self {
            keep: [Budget::default(); 3],
            flush_bytes: 64 * 1024 * 1024,
            memory_bytes: 256 * 1024 * 1024,
            flush_after: Duration::from_secs(10 * 60),
            series: SeriesLimits::default(),
            sampling: None,
            read_time: Duration::from_secs(30),
        }
    }
}

/// What became of a request. It is durable.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Receipt {
    /// Items that are stored.
    pub accepted: usize,
    /// Items that were rejected.
    pub rejected: usize,
    /// What the sender should be told, if anything.
    pub message: Option<String>,
    /// Whether the same request had been stored before.
    pub duplicate: bool,
}

/// Threads that read the log back at a start, at most: each holds some decoded rows beside those that are in place.
const REPLAY_THREADS: NonZeroUsize = NonZeroUsize::new(4).expect("not none");

/// The store. Clones are handles to the same one.
#[derive(Clone)]
pub struct Store {
    shared: Arc<Shared>,
    appender: Arc<Appender>,
    workers: Arc<Workers>,
}

pub(crate) struct Shared {
    disk: SharedDisk,
    clock: SharedClock,
    options: StoreOptions,
    log: Mutex<Wal>,
    core: Mutex<Core>,
    /// Held from the planning of a manifest until it counts. Taken before the core.
    commits: Mutex<()>,
    stats: Stats,
    /// What became of copying to the bucket.
    uploads: bucket::Uploads,
    series: ActiveSeries,
    /// The first minute of each signal that is kept, as the core knows it.
    first_kept: [AtomicU32; 3],
    /// Who follows the logs.
    tails: Tails,
    /// Traces that stay although their spans are sampled.
    pins: sample::Pins,
    /// Reads that run now.
    reads: AtomicUsize,
    /// Turns of reads.
    turns: Turns,
    /// Whether jobs should end early.
    stopping: AtomicBool,
    /// Turns of people's SQL.
    #[cfg(feature = "query")]
    queries: Turns,
    /// Changes whenever a counter got further.
    filled: watch::Sender<u64>,
}

impl Shared {
    fn core(&self) -> MutexGuard<'_, Core> {
        self.core.lock().expect("no step of the core panics")
    }

    fn commits(&self) -> MutexGuard<'_, ()> {
        self.commits.lock().expect("no commit panics")
    }

    fn log(&self) -> MutexGuard<'_, Wal> {
        self.log.lock().expect("the log does not panic")
    }
}

impl Store {
    /// Whether this ippo knows the format of a data folder, before anything in it is touched.
    ///
    /// # Errors
    /// When a newer ippo wrote it, or the manifest cannot be read.
    pub fn check_format(disk: &dyn Disk) -> Result<(), CoreError> {
        Manifest::read(disk).map(drop).map_err(CoreError::from)
    }

    /// Opens the store in the folder, or makes a new one, and starts its threads. Telemetry that was acknowledged before
    /// a crash is back when this returns.
    pub fn open(
        disk: SharedDisk,
        clock: SharedClock,
        options: StoreOptions,
    ) -> Result<(Store, Recovered), CoreError> {
        Self::open_with(disk, clock, options, None)
    }

    /// The same, with a bucket for segments. Blocks for as long as the bucket takes to answer.
    ///
    /// # Errors
    /// When the disk fails; when segments are in a bucket alone and none is given; when the bucket is another folder's; and
    /// when one that this folder has not used before cannot be used.
    pub fn open_with(
        disk: SharedDisk,
        clock: SharedClock,
        options: StoreOptions,
        remote: Option<RemoteOptions>,
    ) -> Result<(Store, Recovered), CoreError> {
        let behind = remote.map_or(Behind::Nothing, |remote| Behind::Bucket(remote, clock.clone()));
        let threads = std::thread::available_parallelism().unwrap_or(NonZeroUsize::MIN).min(REPLAY_THREADS);
        let (core, wal, recovered) = Core::open_with(disk.clone(), threads, behind)?;
        if let (None, Some(remote)) = (core.cold(), core.remote())
            && !remote.stored.is_empty()
        {
            let (objects, location) = (remote.stored.len(), &remote.location);
            tracing::warn!(
                objects,
                location,
                "copies of segments stay in the bucket, as ippo runs without it"
            );
        }
        let unfilled = core.unfilled();
        let first_kept = Signal::ALL.map(|signal| AtomicU32::new(core.expired_before(signal).0));
        let stats = Stats::new(
            wal.bytes(),
            // Missing segments are in quarantine, which is told as it is now.
            recovered
                .problems
                .iter()
                .filter(|problem| !matches!(problem, Problem::Segment { .. }))
                .map(ToString::to_string)
                .collect(),
            clock.now(),
        );
        let (log, core) = (Mutex::new(wal), Mutex::new(core));
        let series = ActiveSeries::new(options.series);
        let shared = Arc::new(Shared {
            disk,
            clock,
            options,
            log,
            core,
            commits: Mutex::new(()),
            stats,
            uploads: bucket::Uploads::default(),
            series,
            first_kept,
            tails: Tails::default(),
            pins: sample::Pins::default(),
            reads: AtomicUsize::new(0),
            turns: Turns::new(READS_AT_ONCE),
            stopping: AtomicBool::new(false),
            #[cfg(feature = "query")]
            queries: Turns::new(QUERIES_AT_ONCE),
            filled: watch::Sender::new(0),
        });
        let workers = Arc::new(Workers::start(shared.clone(), unfilled).map_err(CoreError::Io)?);
        let appender = Arc::new(Appender::start(shared.clone(), workers.clone()).map_err(CoreError::Io)?);
        Ok((Store { shared, appender, workers }, recovered))
    }

    /// Takes a request's canonical protobuf body. When this returns, it survives a power cut, is counted, and is seen by
    /// whoever reads.
    ///
    /// # Errors
    /// Nothing of the request is stored.
    pub async fn append(
        &self,
        signal: Signal,
        identity: &str,
        body: bytes::Bytes,
    ) -> Result<Receipt, AppendError> {
        let received = self.shared.clock.now();
        let began = self.shared.clock.monotonic();
        let bytes = body.len() as u64;
        let reception = Reception { received, accept: self.accepts(signal, received) };
        let admitted = match signal {
            Signal::Metrics => self.admit(body.clone(), reception).await?,
            Signal::Spans | Signal::Logs => None,
        };
        let (body, refused, words) = match admitted {
            Some(Admitted { body, refused, words }) => (body, refused, Some(words)),
            None => (body, 0, None),
        };
        let request = Request { signal, identity: identity.to_owned(), body, reception };
        let (mut outcome, duplicate) = match self.appender.append(request).await? {
            Appended::Duplicate(outcome) => (outcome, true),
            Appended::Stored(outcome) => (outcome, false),
            Appended::Unreadable(_) | Appended::Lost => unreachable!("the appender makes errors of these"),
        };
        outcome.refuse(RejectReason::TooManySeries, refused);
        let waited = self.shared.clock.monotonic().saturating_sub(began);
        self.shared.stats.took(&Taken { signal, outcome: &outcome, duplicate, bytes, at: received, waited });
        Ok(receipt(&outcome, duplicate, words))
    }

    /// Holds a metrics request to the limits of series.
    async fn admit(&self, body: bytes::Bytes, reception: Reception) -> Result<Option<Admitted>, AppendError> {
        let shared = self.shared.clone();
        let admitting = tokio::task::spawn_blocking(move || shared.series.admit(&body, &reception));
        Ok(admitting.await.map_err(|_| StoreError::Stopped)??)
    }

    /// Reads everything acknowledged so far, off the caller's thread, after those who asked before, and for no longer than a
    /// read may take. It is given up when the caller no longer waits for it.
    pub async fn read<T: Send + 'static>(
        &self,
        read: impl FnOnce(&Reader) -> T + Send + 'static,
    ) -> Result<T, StoreError> {
        self.read_within(self.shared.options.read_time, read).await
    }

    /// The same, for no longer than `most`: what was found until then is the answer.
    pub async fn read_within<T: Send + 'static>(
        &self,
        most: Duration,
        read: impl FnOnce(&Reader) -> T + Send + 'static,
    ) -> Result<T, StoreError> {
        let (clock, time) = (self.shared.clock.clone(), self.shared.options.read_time.min(most));
        let turn = self.shared.turns.next(&clock, time).await?;
        let stop = Stop::default();
        let leaving = stop.on_drop();
        let limits = ReadLimits::within(time, clock, &stop);
        let reader = Reader::new(self.files(), self.snapshot()).within(limits);
        let shared = self.shared.clone();
        let answer = blocking(move || {
            // Both end with the work, also where nobody waits for it any more.
            let (_running, _turn) = (Running::begin(&shared.reads), turn);
            Ok(read(&reader))
        });
        let answer = answer.await;
        leaving.disarm();
        answer
    }

    /// How many reads run now.
    pub fn reads(&self) -> usize {
        self.shared.reads.load(Ordering::Relaxed)
    }

    /// How many SQL queries run now.
    #[cfg(feature = "query")]
    pub fn queries(&self) -> usize {
        self.shared.queries.taken()
    }

    /// Runs a person's SQL over everything acknowledged so far, off the caller's thread.
    #[cfg(feature = "query")]
    pub async fn sql(&self, sql: &str, limits: query::QueryLimits) -> Result<query::SqlAnswer, StoreError> {
        let turn = self.shared.queries.next(&self.shared.clock, limits.time).await?;
        Ok(query::sql(self.asked(), sql, limits, turn).await?)
    }

    /// The same, with the answer as a Parquet file.
    #[cfg(feature = "query")]
    pub async fn sql_parquet(
        &self,
        sql: &str,
        limits: query::QueryLimits,
    ) -> Result<query::SqlFile, StoreError> {
        let turn = self.shared.queries.next(&self.shared.clock, limits.time).await?;
        Ok(query::parquet(self.asked(), sql, limits, turn).await?)
    }

    /// What there is to ask, all of one moment.
    #[cfg(feature = "query")]
    fn asked(&self) -> query::Asked<'_> {
        let core = self.shared.core();
        query::Asked {
            files: core.files(),
            snapshot: core.snapshot(),
            counters: core.counters().clone(),
            clock: &self.shared.clock,
        }
    }

    /// Everything acknowledged so far, for a reader.
    pub fn snapshot(&self) -> Snapshot {
        self.shared.core().snapshot()
    }

    /// The files of the snapshot's segments.
    pub fn files(&self) -> Files {
        self.shared.core().files()
    }

    /// What time it is for the store.
    pub fn now(&self) -> Timestamp {
        self.shared.clock.now()
    }

    /// Event times of a signal that are accepted now: none that would be removed at once.
    pub fn accepts(&self, signal: Signal, now: Timestamp) -> TimeRange {
        let by_time = now.minus(self.shared.options.keep[signal.index()].retention);
        let first_kept = Minute(self.shared.first_kept[signal.index()].load(Ordering::Relaxed));
        TimeRange { from: by_time.max(first_kept.start()), to: now.plus(limits::FUTURE_TOLERANCE) }
    }
}

fn receipt(outcome: &Outcome, duplicate: bool, also: Option<String>) -> Receipt {
    let texts: Vec<String> = [outcome.message(), also].into_iter().flatten().collect();
    let message = (!texts.is_empty()).then(|| texts.join("; "));
    Receipt { accepted: outcome.accepted, rejected: outcome.rejected, message, duplicate }
}

/// One more, until it is dropped.
struct Running<'a>(&'a AtomicUsize);

impl<'a> Running<'a> {
    fn begin(count: &'a AtomicUsize) -> Self {
        count.fetch_add(1, Ordering::Relaxed);
        Self(count)
    }
}

impl Drop for Running<'_> {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}

async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, StoreError> + Send + 'static,
) -> Result<T, StoreError> {
    tokio::task::spawn_blocking(work).await.map_err(|_| StoreError::Stopped)?
}
