//! The thread that speaks with the bucket: copies segments there, lets the local disk forget them, and removes what is of no
//! use. When the bucket fails, it tries again later, and nobody else waits.

use std::sync::atomic::Ordering;
use std::sync::mpsc::Receiver;
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::Duration;

use ippo_base::Timestamp;

use super::Shared;
use crate::core::{Commit, Core, Unnamed, UploadFailure};
use crate::segment::{Cold, ColdTotals, SegmentTotals, Standing};

/// After a failure it is tried again after so long; after each further one, after twice as long.
const BACK_OFF: Duration = Duration::from_secs(5);
/// The longest.
const BACK_OFF_MOST: Duration = Duration::from_secs(5 * 60);
/// How often it is looked whose the bucket is, where nothing is written there.
const LOOK_EVERY: Duration = Duration::from_secs(60);
/// A segment that the bucket does not give though it answers is asked for again after so long.
const MEND_AGAIN: Duration = Duration::from_secs(5 * 60);
/// How often it is looked for objects that no manifest names.
const SWEEP_EVERY: Duration = Duration::from_secs(60 * 60);

/// What is in the bucket, and what became of copying to it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct RemoteStats {
    /// The bucket and its prefix.
    pub location: String,
    /// What is where.
    pub totals: ColdTotals,
    /// Segments that are not in the bucket yet. Most of them may still be merged.
    pub waiting: SegmentTotals,
    /// Segments that were copied since the start.
    pub uploads: u64,
    /// Objects that were removed since the start.
    pub deletes: u64,
    /// Times that the bucket failed since the start.
    pub failures: u64,
    /// When a segment was copied last, since the start.
    pub last_upload: Option<Timestamp>,
    /// What the bucket said, while it fails.
    pub error: Option<String>,
    /// Since when it fails.
    pub failing_since: Option<Timestamp>,
    /// Whether it is not this run's any more, so that nothing is copied there or removed until the next start.
    pub is_lost: bool,
    /// Objects below the folder's id that it did not write, as far as it knows, when it was looked last. They stay.
    pub unknown: u64,
}

/// What became of copying to the bucket.
#[derive(Default)]
pub(super) struct Uploads(Mutex<State>);

#[derive(Default)]
struct State {
    stats: RemoteStats,
    /// Failures in a row.
    failed: u32,
    /// When it is tried again, in monotonic time.
    again_at: Duration,
    /// When it was looked whose the bucket is last, in monotonic time.
    looked_at: Option<Duration>,
    /// When damaged local copies are compared again that the bucket did not give, in monotonic time.
    mend_again_at: Duration,
    /// When it was looked for objects without a name last, in monotonic time.
    swept_at: Option<Duration>,
}

impl Uploads {
    /// What there is to tell, if there is a bucket.
    pub(super) fn stats(&self, core: &Core) -> Option<RemoteStats> {
        let cold = core.cold()?;
        let location = cold.bucket().location();
        let known = self.lock().stats.clone();
        let lost = match cold.standing() {
            Standing::Lost(reason) => Some(reason),
            _ => None,
        };
        let is_lost = lost.is_some();
        let error = lost.or_else(|| known.error.clone()).or_else(|| cold.trouble());
        Some(RemoteStats {
            is_lost,
            location,
            totals: cold.totals(),
            waiting: core.waiting_for_upload(),
            error,
            ..known
        })
    }

    fn failed(&self, error: String, now: Timestamp, monotonic: Duration) {
        let mut state = self.lock();
        let wait = BACK_OFF.saturating_mul(1 << state.failed.min(16)).min(BACK_OFF_MOST);
        state.failed += 1;
        state.again_at = monotonic + wait;
        state.mend_again_at = Duration::ZERO;
        state.stats.failures += 1;
        state.stats.failing_since.get_or_insert(now);
        if state.stats.error.as_ref() != Some(&error) {
            let again_secs = wait.as_secs();
            tracing::warn!(
                error,
                again_secs,
                "segments cannot be copied to the bucket; they stay on the local disk"
            );
        }
        state.stats.error = Some(error);
    }

    fn succeeded(&self) {
        let mut state = self.lock();
        state.failed = 0;
        state.stats.failing_since = None;
        if state.stats.error.take().is_some() {
            tracing::info!("the bucket of segments answers again");
        }
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.0.lock().expect("nothing panics while it is held")
    }
}

/// Takes a turn whenever it is asked to.
pub(super) fn run(inbox: &Receiver<()>, shared: &Shared) {
    let (files, cold) = {
        let core = shared.core();
        (core.files(), core.cold().cloned())
    };
    let Some(cold) = cold else { return };
    while let Ok(()) = inbox.recv() {
        let monotonic = shared.clock.monotonic();
        if shared.stopping.load(Ordering::SeqCst) || monotonic < shared.uploads.lock().again_at {
            continue;
        }
        match turn(shared, &cold) {
            Ok(()) => shared.uploads.succeeded(),
            Err(_) if shared.stopping.load(Ordering::SeqCst) => {}
            Err(error) => shared.uploads.failed(error, shared.clock.now(), shared.clock.monotonic()),
        }
        files.make_room();
    }
}

/// Does all that is due. What the bucket said comes back where it failed.
pub(super) fn turn(shared: &Shared, cold: &Arc<Cold>) -> Result<(), String> {
    own(shared, cold)?;
    mend(shared);
    sweep(shared, cold)?;
    let freed = shared.core().bury();
    super::worker::remove(shared, freed);
    loop {
        cold.delete_doomed(|| shared.uploads.lock().stats.deletes += 1)?;
        let now = shared.clock.now();
        let planned = shared.core().plan_upload(now);
        let Some(job) = planned.filter(|_| !shared.stopping.load(Ordering::SeqCst)) else { return Ok(()) };
        let uploaded = job.run();
        drop(job);
        let stored = commit(shared, |core| core.plan_stored(&uploaded))?;
        if stored > 0 {
            let mut state = shared.uploads.lock();
            state.stats.uploads += stored as u64;
            state.stats.last_upload = Some(now);
        }
        match uploaded.failure {
            None => {}
            Some(UploadFailure::Bucket(told)) => return Err(told),
            Some(UploadFailure::Local(error)) => return Err(error.to_string()),
        }
        let files = shared.core().files();
        files.make_room();
    }
}

/// Damaged local copies stayed in quarantine while the bucket did not answer, whoever met them then.
fn mend(shared: &Shared) {
    let monotonic = shared.clock.monotonic();
    if monotonic < shared.uploads.lock().mend_again_at {
        return;
    }
    let jobs = shared.core().plan_mending();
    for job in jobs.iter().take_while(|_| !shared.stopping.load(Ordering::SeqCst)) {
        job.run();
    }
    drop(jobs);
    if !shared.core().plan_mending().is_empty() {
        shared.uploads.lock().mend_again_at = monotonic + MEND_AGAIN;
    }
}

/// Makes the bucket this run's, or looks now and then whether it still is, and whether it answers again.
fn own(shared: &Shared, cold: &Cold) -> Result<(), String> {
    let claim = shared.core().plan_claim();
    let monotonic = shared.clock.monotonic();
    if let Some(mut claim) = claim {
        claim.look()?;
        commit(shared, |core| core.plan_session(&claim))?;
        claim.take()?;
    } else {
        let looked = shared.uploads.lock().looked_at;
        let is_due = looked.is_none_or(|at| monotonic >= at + LOOK_EVERY);
        if !is_due && cold.is_owned() && cold.trouble().is_none() {
            return Ok(());
        }
        cold.hold()?;
    }
    shared.uploads.lock().looked_at = Some(monotonic);
    Ok(())
}

/// Makes a manifest count that says something of the bucket, if there is one to make. How many segments it newly names.
fn commit(shared: &Shared, plan: impl FnOnce(&Core) -> Option<Commit>) -> Result<usize, String> {
    let _alone = shared.commits();
    let planned = plan(&shared.core());
    let Some(commit) = planned else { return Ok(0) };
    commit.run(&*shared.disk).map_err(|error| error.to_string())?;
    Ok(shared.core().finish_stored(commit))
}

/// Looks for objects that a crash left without a name.
fn sweep(shared: &Shared, cold: &Cold) -> Result<(), String> {
    let monotonic = shared.clock.monotonic();
    if shared.uploads.lock().swept_at.is_some_and(|at| monotonic < at + SWEEP_EVERY) {
        return Ok(());
    }
    let objects = cold.bucket().list(cold.folder());
    cold.note(&objects);
    let objects = objects.map_err(|error| error.to_string())?;
    let Unnamed { doomed, unknown } = shared.core().doom_orphans(&objects, shared.clock.now());
    if doomed > 0 {
        tracing::info!(orphans = doomed, "objects in the bucket that no manifest names are removed");
    }
    let mut state = shared.uploads.lock();
    state.swept_at = Some(monotonic);
    let before = std::mem::replace(&mut state.stats.unknown, unknown.len() as u64);
    if let Some(example) = unknown.first().filter(|_| before != unknown.len() as u64) {
        let objects = unknown.len();
        tracing::warn!(
            objects,
            example,
            "objects in the bucket are of another copy of this data folder, or of a later state of it; they stay"
        );
    }
    Ok(())
}
