//! The store as the rest of ippo holds it: a cheap handle in front of the stepped machine, with threads that decode,
//! append, flush, merge, and count what is stored.
//!
//! Order of locks: the log, then the core. Whoever waits for a disk holds the log at most, never the core.

mod appender;
mod flow;
mod series;
mod space;
mod stats;
mod tail;
#[cfg(test)]
mod tests;
mod worker;

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use ippo_base::disk::{DiskSpace, SharedDisk};
use ippo_base::limits;
use ippo_base::{MinuteRange, SharedClock, TimeRange, Timestamp};
use tokio::sync::watch;

pub use flow::{FLOW_MINUTES, Flow, FlowMinute, Received};
pub use series::{RefusedSeries, SeriesLimits, SeriesStats};
pub use space::{DaySpace, ServiceSpace, Space};
pub use stats::{MergeStats, SignalStats, StoreMemory, StoreStats};
pub use tail::{LogTail, TAIL_RECORDS, TAILS, Tailed};

use crate::affected::{Affected, affected};
use crate::core::{Activation, Appended, Core, CoreError, Point, Problem, Quarantined, Recovered, Request};
use crate::counter::{CounterRead, CounterSpec, CounterStatus};
use crate::expr::Expr;
use crate::otlp::{DecodeError, Outcome, Reception, RejectReason};
#[cfg(feature = "query")]
use crate::query;
use crate::read::Reader;
use crate::segment::Files;
use crate::signal::Signal;
use crate::snapshot::Snapshot;
use crate::wal::Wal;
use appender::Appender;
use series::{ActiveSeries, Admitted};
use stats::{Stats, Taken};
use tail::Tails;
pub use worker::Verified;
use worker::Workers;

/// People's SQL queries that run at once; more wait.
#[cfg(feature = "query")]
const QUERIES_AT_ONCE: usize = 4;

/// How the store uses the machine.
#[derive(Debug, Clone)]
pub struct StoreOptions {
    /// How long telemetry is kept, by event time.
    pub retention: Duration,
    /// Rows in memory are flushed when they take this many bytes.
    pub flush_bytes: usize,
    /// Telemetry is refused while rows in memory and requests in the queue take this many bytes.
    pub memory_bytes: usize,
    /// Rows in memory are flushed when the oldest of them came this long ago.
    pub flush_after: Duration,
    /// How many series of metrics may be active.
    pub series: SeriesLimits,
}

impl Default for StoreOptions {
    fn default() -> Self {
        Self {
            retention: limits::DEFAULT_RETENTION,
            flush_bytes: 64 * 1024 * 1024,
            memory_bytes: 256 * 1024 * 1024,
            flush_after: Duration::from_secs(10 * 60),
            series: SeriesLimits::default(),
        }
    }
}

/// Why the store could not do what it was asked. Nothing of it is half-done.
#[derive(Debug, Clone, thiserror::Error)]
pub enum StoreError {
    /// More telemetry came than can be stored. It can be sent again in a while.
    #[error("more telemetry arrives than can be stored; send it again in a while")]
    Overloaded,
    /// The disk has no space left.
    #[error("the disk is full; free some space and ippo goes on by itself")]
    Full,
    /// The disk or a file failed.
    #[error("{0}")]
    Failed(Arc<CoreError>),
    /// The store is stopping.
    #[error("ippo is stopping; send it again in a while")]
    Stopped,
    /// There is no such counter.
    #[error("there is no counter {0}")]
    NoCounter(String),
    /// As many follow the logs as may.
    #[error("{TAILS} live tails are open already; close one of them")]
    TooManyTails,
    /// A query has no answer.
    #[cfg(feature = "query")]
    #[error(transparent)]
    Query(#[from] crate::query::QueryError),
}

impl From<CoreError> for StoreError {
    fn from(error: CoreError) -> Self {
        match error {
            CoreError::Full => StoreError::Full,
            other => StoreError::Failed(Arc::new(other)),
        }
    }
}

/// Why telemetry was not taken.
#[derive(Debug, Clone, thiserror::Error)]
pub enum AppendError {
    /// The request cannot be read; sending it again will not help.
    #[error(transparent)]
    Decode(#[from] DecodeError),
    /// It could not be stored; sending it again may help.
    #[error(transparent)]
    Store(#[from] StoreError),
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
    series: ActiveSeries,
    /// Who follows the logs.
    tails: Tails,
    /// Whether jobs should end early.
    stopping: AtomicBool,
    /// Turns of people's SQL.
    #[cfg(feature = "query")]
    queries: tokio::sync::Semaphore,
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
    /// Opens the store in the folder, or makes a new one, and starts its threads. Telemetry that was acknowledged before
    /// a crash is back when this returns.
    pub fn open(
        disk: SharedDisk,
        clock: SharedClock,
        options: StoreOptions,
    ) -> Result<(Store, Recovered), CoreError> {
        let (core, wal, recovered) = Core::open(disk.clone())?;
        let unfilled = core.unfilled();
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
            series,
            tails: Tails::default(),
            stopping: AtomicBool::new(false),
            #[cfg(feature = "query")]
            queries: tokio::sync::Semaphore::new(QUERIES_AT_ONCE),
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
        let reception = Reception { received, accept: self.accepts(received) };
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

    /// Makes the counter count by this spec, over stored rows too. Returns its generation; the same spec changes nothing.
    pub async fn activate_counter(&self, key: &str, spec: CounterSpec) -> Result<u64, StoreError> {
        let (store, key) = (self.clone(), key.to_owned());
        blocking(move || {
            let mut log = store.shared.log();
            let activation = store.shared.core().plan_generation(&key, &spec);
            let (generation, entry) = match activation {
                Activation::Unchanged(generation) => return Ok(generation),
                Activation::New(generation, entry) => (generation, entry),
            };
            log.append(&[entry.encode()]).map_err(CoreError::from)?;
            let job = store.shared.core().start_generation(&key, spec, generation);
            drop(log);
            store.workers.fill(job);
            Ok(generation)
        })
        .await
    }

    /// Gives a counter up; no error if there is none.
    pub async fn retire_counter(&self, key: &str) -> Result<(), StoreError> {
        let (store, key) = (self.clone(), key.to_owned());
        blocking(move || {
            let mut log = store.shared.log();
            let planned = store.shared.core().plan_retirement(&key);
            if let Some(entry) = planned {
                log.append(&[entry.encode()]).map_err(CoreError::from)?;
                store.shared.core().remove_counter(&key);
            }
            Ok(())
        })
        .await
    }

    /// The keys of all counters, ascending.
    pub fn counter_keys(&self) -> Vec<String> {
        self.shared.core().counters().iter().map(|(key, _)| key.to_owned()).collect()
    }

    /// How far a counter is.
    pub fn counter_status(&self, key: &str) -> Option<CounterStatus> {
        self.shared.core().counters().status(key)
    }

    /// The counts of a range of minutes.
    pub fn read_counter(&self, key: &str, range: MinuteRange) -> Option<CounterRead> {
        self.shared.core().counters().read(key, range)
    }

    /// Completes when the counter holds all stored rows.
    pub async fn wait_backfilled(&self, key: &str) -> Result<(), StoreError> {
        let mut filled = self.shared.filled.subscribe();
        loop {
            filled.borrow_and_update();
            match self.counter_status(key) {
                None => return Err(StoreError::NoCounter(key.to_owned())),
                Some(status) if !status.backfilling => return Ok(()),
                Some(_) => filled.changed().await.map_err(|_| StoreError::Stopped)?,
            }
        }
    }

    /// How many rows of the range a filter matches, and who is behind them.
    pub async fn affected(
        &self,
        signal: Signal,
        filter: &Expr,
        range: TimeRange,
    ) -> Result<Affected, StoreError> {
        let (files, snapshot, filter) = (self.files(), self.snapshot(), filter.clone());
        blocking(move || Ok(affected(&files, &snapshot, signal, &filter, range))).await
    }

    /// Reads everything acknowledged so far, off the caller's thread.
    pub async fn read<T: Send + 'static>(
        &self,
        read: impl FnOnce(&Reader) -> T + Send + 'static,
    ) -> Result<T, StoreError> {
        let reader = Reader::new(self.files(), self.snapshot());
        blocking(move || Ok(read(&reader))).await
    }

    /// Runs a person's SQL over everything acknowledged so far, off the caller's thread.
    #[cfg(feature = "query")]
    pub async fn sql(&self, sql: &str, limits: query::QueryLimits) -> Result<query::SqlAnswer, StoreError> {
        let _turn = self.shared.queries.acquire().await.map_err(|_| StoreError::Stopped)?;
        Ok(query::sql(self.asked(), sql, limits).await?)
    }

    /// The same, with the answer as a Parquet file.
    #[cfg(feature = "query")]
    pub async fn sql_parquet(
        &self,
        sql: &str,
        limits: query::QueryLimits,
    ) -> Result<query::SqlFile, StoreError> {
        let _turn = self.shared.queries.acquire().await.map_err(|_| StoreError::Stopped)?;
        Ok(query::parquet(self.asked(), sql, limits).await?)
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

    /// Event times that are accepted now.
    pub fn accepts(&self, now: Timestamp) -> TimeRange {
        let options = &self.shared.options;
        TimeRange { from: now.minus(options.retention), to: now.plus(limits::FUTURE_TOLERANCE) }
    }

    /// What the store did and what it holds.
    pub fn stats(&self) -> StoreStats {
        let mut stats = self.shared.stats.read();
        {
            // Also after a bug: then above all someone wants to know.
            let core = self.shared.core.lock().unwrap_or_else(PoisonError::into_inner);
            stats.memory.flushing = core.flushing_bytes();
            stats.memory.rows = core.memory_bytes() - stats.memory.flushing;
            stats.quarantined = core.quarantined().len();
            for signal in Signal::ALL {
                let of_signal = &mut stats.signals[signal.index()];
                of_signal.newest = core.newest(signal);
                of_signal.segments = core.segment_totals(signal);
            }
        }
        stats.memory.requests = self.appender.waiting_bytes();
        stats.memory.limit = self.shared.options.memory_bytes;
        stats.stuck = self.shared.stats.stuck(self.shared.clock.monotonic());
        stats
    }

    /// Where the space on the disk goes, by day and by service.
    pub fn space(&self) -> Space {
        let snapshot = self.snapshot();
        let segments =
            |signal: Signal| snapshot.segments(signal, TimeRange::ALL).map(move |segment| (signal, segment));
        Space::of(Signal::ALL.into_iter().flat_map(segments))
    }

    /// The room on the disk, where that is known.
    pub async fn disk_space(&self) -> Option<DiskSpace> {
        let store = self.clone();
        let asked = blocking(move || Ok(store.shared.disk.space())).await;
        match asked {
            Ok(Ok(space)) => space,
            Ok(Err(error)) => {
                tracing::debug!(%error, "the disk does not say how much room it has");
                None
            }
            Err(_) => None,
        }
    }

    /// How long telemetry is kept, by event time.
    pub fn retention(&self) -> Duration {
        self.shared.options.retention
    }

    /// How many series of metrics are active, and what the limits refused.
    pub fn series_stats(&self) -> SeriesStats {
        self.shared.series.stats()
    }

    /// Lets old telemetry expire, writes what has been in memory for long, merges small segments, and tries again what
    /// failed. To be called every few seconds.
    pub fn maintain(&self) {
        let now = self.shared.clock.now();
        let before = now.minus(self.shared.options.retention).minute();
        let counts_before = now.minus(self.shared.options.retention.max(limits::COUNTS_KEPT)).minute();
        let unsaved = {
            let mut core = self.shared.core();
            core.expire_before([before; 3]);
            core.forget_counts_before(counts_before);
            core.note_quarantine(now)
        };
        let due = self.shared.stats.flushed_before(now.minus(self.shared.options.flush_after));
        if due || unsaved || self.shared.stats.flush_fails() {
            self.workers.flush();
        }
        self.workers.merge();
    }

    /// Segments that could not be read, and are neither read nor merged until they verify again.
    pub fn quarantined(&self) -> Vec<Quarantined> {
        self.shared.core().quarantined()
    }

    /// Reads the segments in quarantine in full, and lets those back in that are as they were written. The next start does
    /// the same by itself.
    pub async fn verify_quarantined(&self) -> Result<Verified, StoreError> {
        let store = self.clone();
        blocking(move || {
            let verified = worker::verify(&store.shared);
            let now = store.shared.clock.now();
            if store.shared.core().note_quarantine(now) {
                store.workers.flush();
            }
            Ok(verified)
        })
        .await
    }

    /// Writes everything in memory into segments, and says what kept it from that.
    pub async fn flush(&self) -> Result<(), StoreError> {
        self.workers.flush_now().await
    }

    /// This moment, to be copied while the store goes on. Everything acknowledged before the call is in it.
    ///
    /// # Errors
    /// When the log's folder cannot be read.
    pub async fn point(&self) -> Result<Point, StoreError> {
        let known = self.stats().damage;
        let shared = self.shared.clone();
        blocking(move || {
            // With the log held, nothing is acknowledged and no file of it goes.
            let log = shared.log();
            let hold = log.hold().map_err(CoreError::from)?;
            let point = shared.core().point(hold, known);
            drop(log);
            Ok(point)
        })
        .await
    }

    /// Stops taking telemetry, finishes what was begun, and writes what is in memory, so that the next start is quick.
    pub async fn stop(&self) -> Result<(), StoreError> {
        self.shared.stopping.store(true, Ordering::SeqCst);
        let appender = self.appender.clone();
        blocking(move || {
            appender.stop();
            Ok(())
        })
        .await?;
        let flushed = self.workers.flush_now().await;
        let workers = self.workers.clone();
        blocking(move || {
            workers.stop();
            Ok(())
        })
        .await?;
        flushed
    }
}

fn receipt(outcome: &Outcome, duplicate: bool, also: Option<String>) -> Receipt {
    let texts: Vec<String> = [outcome.message(), also].into_iter().flatten().collect();
    let message = (!texts.is_empty()).then(|| texts.join("; "));
    Receipt { accepted: outcome.accepted, rejected: outcome.rejected, message, duplicate }
}

async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, StoreError> + Send + 'static,
) -> Result<T, StoreError> {
    tokio::task::spawn_blocking(work).await.map_err(|_| StoreError::Stopped)?
}
