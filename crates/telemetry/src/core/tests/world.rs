//! A store on a simulated disk, what was sent to it, and the means to tell whether it kept its word.

mod answers;
mod counts;
mod expiry;
mod names;
mod requests;
mod rot;
mod steps;
mod trouble;

use std::collections::{BTreeMap, BTreeSet};
use std::num::NonZeroUsize;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use arrow::array::{AsArray as _, RecordBatch};
use bytes::Bytes;
use ippo_base::clock::SimClock;
use ippo_base::disk::{Disk as _, SharedDisk, SimDisk};
use ippo_base::{Minute, MinuteRange, TimeRange, Timestamp, limits};
use opentelemetry_proto::tonic::collector::trace::v1::ExportTraceServiceRequest;
use opentelemetry_proto::tonic::common::v1::{AnyValue, KeyValue, any_value::Value};
use opentelemetry_proto::tonic::resource::v1::Resource;
use opentelemetry_proto::tonic::trace::v1::{ResourceSpans, ScopeSpans, Span, Status};
use prost::Message as _;
use rand::rngs::StdRng;
use rand::{RngExt as _, SeedableRng as _};

use super::increase::Points;
use crate::core::{
    Activation, BackfillJob, BatchKey, Before, Behind, Commit, CompactJob, Core, CoreError, FlushJob,
    Flushed, LateJob, Point, Preparer, Recovered, Replacement, Request, SampleJob, UploadJob, Uploaded,
};
use crate::counter::{CounterSpec, Series, Verdict, count_into};
use crate::expr::Expr;
use crate::otlp::Reception;
use crate::remote::{RemoteOptions, Session, SimBucket};
use crate::sampling::SamplingPolicy;
use crate::signal::Signal;
use crate::wal::Wal;
pub(super) use requests::duration_of;
use rot::Rot;

/// A request: `spans` spans with ids from `first_id`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Batch {
    pub first_id: u64,
    pub spans: u64,
    pub minute_offset: i64,
    pub service: &'static str,
    pub errors: u64,
}

enum Compacting {
    Idle,
    Running(CompactJob),
    Sampling(SampleJob),
    Written(Replacement),
    Planned(Box<Commit>),
}

enum Uploading {
    Idle,
    Running(UploadJob),
    Written(Uploaded),
    Planned(Box<Commit>),
}

/// A bucket behind the disk.
#[derive(Clone)]
pub(super) struct Backed {
    pub bucket: SimBucket,
    pub cache_bytes: u64,
    pub clock: SimClock,
    /// Starts so far, of this copy of the folder and of others.
    pub starts: Arc<AtomicU64>,
}

/// The session of a start.
pub(super) fn session(start: u64) -> Session {
    let (by, since) = (format!("/data on start {start}"), "2027-01-15T08:00:00Z".to_owned());
    Session { id: format!("{:032x}", start * 1_000_003), by, since }
}

/// How far apart the spans of a trace begin, where traces are sampled.
const APART: Duration = Duration::from_secs(14 * 60);

enum Flushing {
    Idle,
    Running(FlushJob),
    Written(Flushed),
    Planned(Box<Commit>),
}

pub(super) struct World {
    /// What a failure is replayed by.
    seed: u64,
    pub disk: SimDisk,
    pub core: Core,
    pub now: Timestamp,
    pub(super) wal: Wal,
    preparer: Preparer,
    pub(super) rng: StdRng,
    pub(super) start: Timestamp,
    next_id: u64,
    pub(super) acknowledged: BTreeSet<u64>,
    pub(super) sent: BTreeSet<u64>,
    /// Every batch that was sent, by its first id.
    pub(super) batches_sent: BTreeMap<u64, Batch>,
    /// Which traces stay when their spans are old. Then each batch is a trace of its own, over an hour and the next.
    pub(super) sampling: Option<SamplingPolicy>,
    /// Traces that stay in any case.
    pub(super) pinned: Vec<[u8; 16]>,
    /// Hours that were sampled.
    pub sampled: u64,
    pub(super) last: Vec<Batch>,
    /// When the first of these were sent first.
    last_since: Timestamp,
    /// Flushes that went through.
    pub flushes: u64,
    flushing: Flushing,
    /// Merges that went through.
    pub merges: u64,
    compacting: Compacting,
    filling: Vec<BackfillJob>,
    late: Vec<LateJob>,
    /// Late hours that were counted again while other things went on.
    pub recounts: u64,
    pub(super) points: Points,
    pub backed: Option<Backed>,
    /// Segments that came into the bucket.
    pub uploads: u64,
    uploading: Uploading,
    /// Whether some batches are so large that merges take them over as they are.
    pub large_batches: bool,
    /// A bit that turned over.
    pub rot: Option<Rot>,
    logs: expiry::Logs,
    /// Whether some of what is sent is days old.
    over_days: bool,
    /// Whether what is sent is of the hours before now, and not before the start.
    events_follow_clock: bool,
    /// Whether each group is marked, as in the threaded store.
    pub marks_each: bool,
    /// The rows of each group that was acknowledged, by their names.
    groups: Vec<Vec<String>>,
    /// Whether operations of the disk fail now, by chance.
    in_trouble: bool,
    /// Starts that the disk did not let come to an end.
    pub failed_starts: u64,
    /// Removals that had failed before the last start, as such or because it was not known what to remove.
    failed_before: u64,
}

fn open(disk: &SimDisk, backed: Option<&Backed>) -> Result<(Core, Wal, Recovered), CoreError> {
    let behind = backed.map_or(Behind::Nothing, |backed| {
        let Backed { bucket, cache_bytes, clock, starts } = backed.clone();
        let session = session(starts.fetch_add(1, Ordering::Relaxed));
        let options = RemoteOptions { bucket: Arc::new(bucket), cache_bytes, fresh_id: 7, session };
        Behind::Bucket(options, Arc::new(clock))
    });
    Core::open_with(Arc::new(disk.clone()), NonZeroUsize::MIN, behind)
}

impl Drop for World {
    fn drop(&mut self) {
        if std::thread::panicking() {
            eprintln!("the seed of this world is {}, with {:?}", self.seed, self.rot);
        }
    }
}

impl World {
    pub(super) fn new(seed: u64) -> Self {
        Self::on(seed, None)
    }

    /// With a bucket, and so much room for segments on the disk.
    pub(super) fn with_bucket(seed: u64, cache_bytes: u64) -> Self {
        let clock = SimClock::new(Timestamp::from_secs(1_800_000_000));
        let backed = Backed { bucket: SimBucket::default(), cache_bytes, clock, starts: Arc::default() };
        Self::on(seed, Some(backed))
    }

    fn on(seed: u64, backed: Option<Backed>) -> Self {
        Self::on_disk(seed, SimDisk::new(seed), backed)
    }

    /// A store in the folder of a disk. What it should have is not known.
    pub(super) fn on_disk(seed: u64, disk: SimDisk, backed: Option<Backed>) -> Self {
        let (core, wal, _) = open(&disk, backed.as_ref()).expect("a new store");
        let start = Timestamp::from_secs(1_800_000_000);
        Self {
            seed,
            backed,
            uploads: 0,
            uploading: Uploading::Idle,
            disk,
            core,
            wal,
            preparer: Preparer::default(),
            now: start,
            start,
            rng: StdRng::seed_from_u64(seed),
            next_id: 1000,
            acknowledged: BTreeSet::new(),
            sent: BTreeSet::new(),
            batches_sent: BTreeMap::new(),
            sampling: None,
            pinned: Vec::new(),
            sampled: 0,
            last: Vec::new(),
            last_since: start,
            flushes: 0,
            flushing: Flushing::Idle,
            merges: 0,
            compacting: Compacting::Idle,
            filling: Vec::new(),
            late: Vec::new(),
            recounts: 0,
            points: Points::new(seed),
            large_batches: false,
            rot: None,
            logs: expiry::Logs::default(),
            over_days: seed % 3 == 1,
            events_follow_clock: false,
            marks_each: false,
            groups: Vec::new(),
            in_trouble: false,
            failed_starts: 0,
            failed_before: 0,
        }
    }

    pub(super) fn shared(&self) -> SharedDisk {
        Arc::new(self.disk.clone())
    }

    /// This moment, to be copied.
    pub(super) fn point(&self) -> Point {
        let mut point = self.core.point(self.wal.hold().expect("readable"), Vec::new());
        point.add_up();
        point
    }

    pub(super) fn die_soon(&mut self) {
        self.disk.die_after(self.rng.random_range(1..150));
    }

    /// Takes so many steps of any kind, unless the power goes.
    pub(super) fn live(&mut self, steps: usize) {
        for _ in 0..steps {
            if self.disk.is_dead() {
                return;
            }
            if self.backed.is_some() && self.rng.random_bool(0.4) {
                self.step_upload();
                continue;
            }
            match self.rng.random_range(0..14) {
                0..5 => self.send_something(),
                5..9 => self.step_flush(),
                9 => self.activate_something(),
                10 => self.step_filling(),
                11..13 => self.step_compaction(),
                _ => self.now = self.now.plus(Duration::from_secs(self.rng.random_range(0..90))),
            }
        }
    }

    /// The same, of a store that takes metrics.
    pub(super) fn live_of_points(&mut self, steps: usize) {
        for _ in 0..steps {
            if self.disk.is_dead() {
                return;
            }
            match self.rng.random_range(0..16) {
                0..6 => self.send_points(),
                6..9 => self.step_flush(),
                9 => self.activate_increase(),
                10 => self.step_filling(),
                11..13 => self.step_late(),
                13..15 => self.step_compaction(),
                _ => self.now = self.now.plus(Duration::from_secs(self.rng.random_range(0..90))),
            }
        }
    }

    /// The same, of a store that takes spans, logs and metrics.
    pub(super) fn live_of_all(&mut self, steps: usize) {
        for _ in 0..steps {
            match self.rng.random_range(0..16) {
                _ if self.disk.is_dead() => return,
                0..9 => self.live(1),
                9..11 => self.send_logs(),
                11..14 => self.send_points(),
                14 => self.activate_increase(),
                _ => self.step_late(),
            }
        }
    }

    pub(super) fn step_filling(&mut self) {
        if let Some(job) = self.filling.pop() {
            self.core.finish_backfill(&job.run(&|_| true).expect("not cut"));
        }
    }

    /// Cuts the power and starts again.
    pub(super) fn crash(&mut self) {
        self.disk.crash();
        self.restart();
    }

    /// Starts again, as after a kill: what was written is there, synced or not. The power may go meanwhile, and what fails in
    /// trouble is tried again.
    pub(super) fn restart(&mut self) {
        for round in 0.. {
            let Err(error) = self.start() else { return };
            self.failed_starts += 1;
            match self.disk.is_dead() {
                true => self.disk.crash(),
                false => assert!(self.in_trouble, "it starts again: {error}"),
            }
            if round > 2 {
                self.disk.heal();
                self.in_trouble = false;
            }
        }
    }

    fn start(&mut self) -> Result<(), CoreError> {
        self.flushing = Flushing::Idle;
        self.compacting = Compacting::Idle;
        self.uploading = Uploading::Idle;
        self.filling.clear();
        self.late.clear();
        self.failed_before = self.failed_removals();
        let (core, wal, recovered) = open(&self.disk, self.backed.as_ref())?;
        match &mut self.rot {
            None => assert_eq!(recovered.problems, [], "a crash is no damage"),
            Some(rot) => rot.told.extend(recovered.problems),
        }
        (self.core, self.wal) = (core, wal);
        self.preparer = Preparer::default();
        self.own();
        for key in self.core.unfilled() {
            let Some((spec, Activation::New(generation, entry))) = self.core.plan_refill(&key) else {
                panic!("the counter is there");
            };
            self.wal.append(&[entry.encode()])?;
            if let Some(job) = self.core.start_generation(&key, spec, generation) {
                self.core.finish_backfill(&job.run(&|_| true).expect("not cut"));
            }
        }
        Ok(())
    }

    pub(super) fn flush(&mut self) {
        self.flushing = Flushing::Running(self.core.begin_flush(&mut self.wal));
        for _ in 0..3 {
            self.step_flush();
        }
        assert!(matches!(self.flushing, Flushing::Idle), "the flush went through");
    }

    /// Ends what steps before have begun, and writes all that is due into segments.
    pub(super) fn flush_all(&mut self) {
        while let Some(job) = self.filling.pop() {
            self.core.finish_backfill(&job.run(&|_| true).expect("not cut"));
        }
        for _ in 0..8 {
            self.step_flush();
            self.step_compaction();
            self.step_upload();
        }
    }

    /// Lets the core bury what no reader holds any more.
    pub(super) fn flush_counters(&mut self) {
        for file in self.core.bury() {
            self.disk.remove(&file).expect("it is there");
        }
    }

    pub(super) fn open_counters(&mut self) {
        for (key, total, good) in
            [("a", "service = 'shop'", "NOT error"), ("b", "name LIKE 'GET%'", "duration_ns < 5000000")]
        {
            if let Some(job) = self.activate(key, total, good) {
                self.core.finish_backfill(&job.run(&|_| true).expect("not cut"));
            }
        }
    }

    pub(super) fn activate(&mut self, key: &str, total: &str, good: &str) -> Option<BackfillJob> {
        let total = Expr::parse(total, Signal::Spans).expect("valid");
        let good = Expr::parse(good, Signal::Spans).expect("valid");
        self.activate_spec(key, CounterSpec { signal: Signal::Spans, total, verdict: Verdict::Good(good) })
    }

    pub(super) fn activate_spec(&mut self, key: &str, spec: CounterSpec) -> Option<BackfillJob> {
        match self.core.plan_generation(key, &spec) {
            Activation::Unchanged(_) => None,
            Activation::New(generation, entry) => {
                self.wal.append(&[entry.encode()]).ok()?;
                self.core.start_generation(key, spec, generation)
            }
        }
    }

    pub(super) fn retire(&mut self, key: &str) {
        if let Some(entry) = self.core.plan_retirement(key)
            && self.wal.append(&[entry.encode()]).is_ok()
        {
            self.core.remove_counter(key);
        }
    }

    /// Compares the store with what was sent to it.
    pub(super) fn check(&self) {
        let rows = self.rows();
        let unique: BTreeSet<u64> = rows.iter().copied().collect();
        assert_eq!(rows.len(), unique.len(), "no row is there twice");
        assert!(self.acknowledged.is_subset(&unique), "what was acknowledged is there");
        assert!(unique.is_subset(&self.sent), "nothing is there that was not sent");
        for (first, batch) in &self.batches_sent {
            let there = unique.range(*first..*first + batch.spans).count() as u64;
            assert!(there == 0 || there == batch.spans, "of {batch:?} there are {there}");
        }
        self.check_counts(&self.batches(), Minute(0));
    }

    /// The ids of all rows that a reader sees.
    pub(super) fn rows(&self) -> Vec<u64> {
        let id = |bytes: Option<&[u8]>| {
            u64::from_be_bytes(bytes.expect("not null").try_into().expect("eight bytes"))
        };
        let ids = |batch: &RecordBatch| -> Vec<u64> {
            batch.column_by_name("span_id").expect("there").as_fixed_size_binary().iter().map(id).collect()
        };
        self.batches().iter().flat_map(ids).collect()
    }

    /// Paths of the files in a folder.
    pub(super) fn files(&self, folder: &str) -> Vec<String> {
        let names = self.disk.list(folder).expect("listed");
        names.iter().map(|name| format!("{folder}/{name}")).collect()
    }

    fn batches(&self) -> Vec<RecordBatch> {
        self.batches_of(Signal::Spans)
    }

    pub(super) fn batches_of(&self, signal: Signal) -> Vec<RecordBatch> {
        let snapshot = self.core.snapshot();
        let mut all = snapshot.rows(signal).to_vec();
        for meta in snapshot.segments(signal, TimeRange::ALL) {
            all.extend(self.core.files().read(signal, meta, None).expect("readable"));
        }
        all
    }

    fn activate_increase(&mut self) {
        let (key, spec) = self.points.spec();
        if let Some(job) = self.activate_spec(key, spec) {
            self.filling.push(job);
        }
    }

    /// Begins to count late hours again, or ends it; other steps come between.
    fn step_late(&mut self) {
        if let Some(job) = self.late.pop() {
            self.recounts += 1;
            self.core.finish_late(&job.run(&|| true).expect("not cut"));
            return;
        }
        for key in self.core.late_counters() {
            self.late.extend(self.core.plan_late(&key));
        }
    }

    /// Counts every hour again around points that came late.
    pub(super) fn settle(&mut self) {
        for job in std::mem::take(&mut self.late) {
            self.core.finish_late(&job.run(&|| true).expect("not cut"));
        }
        for round in 0.. {
            let keys = self.core.late_counters();
            if keys.is_empty() {
                break;
            }
            assert!(round < 5, "it comes to an end");
            for key in keys {
                if let Some(job) = self.core.plan_late(&key) {
                    self.core.finish_late(&job.run(&|| true).expect("not cut"));
                }
            }
        }
    }

    pub(super) fn activate_something(&mut self) {
        let key = ["a", "b", "c"][self.rng.random_range(0..3)];
        if self.rng.random_bool(0.15) {
            self.retire(key);
            return;
        }
        // Days on which one counts and another of its name does not.
        let (total, good) = [
            ("service = 'shop'", "NOT error"),
            ("service = 'shop' AND error", "duration_ns < 5000000"),
            ("service = 'shop'", "error"),
        ][self.rng.random_range(0..3)];
        if let Some(job) = self.activate(key, total, good) {
            self.filling.push(job);
        }
    }
}
