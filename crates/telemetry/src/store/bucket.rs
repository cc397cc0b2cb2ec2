//! The thread that speaks with the bucket: copies segments there, lets the local disk forget them, and removes what is of no
//! use. When the bucket fails, it tries again later, and nobody else waits.

use std::sync::atomic::Ordering;
use std::sync::mpsc::Receiver;
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::Duration;

use ippo_base::Timestamp;

use super::Shared;
use crate::core::{Core, UploadFailure};
use crate::segment::{Cold, ColdTotals, SegmentTotals};

/// After a failure it is tried again after so long; after each further one, after twice as long.
const BACK_OFF: Duration = Duration::from_secs(5);
/// The longest.
const BACK_OFF_MOST: Duration = Duration::from_secs(5 * 60);
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
    /// When it was looked for objects without a name last, in monotonic time.
    swept_at: Option<Duration>,
}

impl Uploads {
    /// What there is to tell, if there is a bucket.
    pub(super) fn stats(&self, core: &Core) -> Option<RemoteStats> {
        let cold = core.cold()?;
        let location = cold.bucket().location();
        let known = self.lock().stats.clone();
        let error = known.error.clone().or_else(|| cold.trouble());
        Some(RemoteStats {
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
fn turn(shared: &Shared, cold: &Arc<Cold>) -> Result<(), String> {
    let claim = shared.core().plan_claim();
    if let Some(claim) = claim {
        claim()?;
    }
    sweep(shared, cold)?;
    let freed = shared.core().bury();
    super::worker::remove(shared, freed);
    loop {
        delete(shared, cold)?;
        let now = shared.clock.now();
        let planned = shared.core().plan_upload(now);
        let Some(job) = planned.filter(|_| !shared.stopping.load(Ordering::SeqCst)) else { return Ok(()) };
        match job.run() {
            Ok(uploaded) => {
                cold.note(&Ok(()));
                drop(job);
                let _alone = shared.commits();
                let planned = shared.core().plan_stored(&uploaded);
                if let Some(commit) = planned {
                    commit.run(&*shared.disk).map_err(|error| error.to_string())?;
                    shared.core().finish_stored(commit);
                    let mut state = shared.uploads.lock();
                    state.stats.uploads += 1;
                    state.stats.last_upload = Some(now);
                }
            }
            // It is in quarantine from now on, or the disk ran short of something: the others can be copied.
            Err(UploadFailure::Local(error)) => {
                let of_disk = matches!(error, crate::segment::SegmentError::Io { .. });
                if of_disk {
                    return Err(error.to_string());
                }
            }
            Err(UploadFailure::Bucket(error)) => {
                let told = error.to_string();
                cold.note(&Err::<(), _>(error));
                return Err(told);
            }
        }
        let files = shared.core().files();
        files.make_room();
    }
}

/// Removes objects that nobody needs any more.
fn delete(shared: &Shared, cold: &Cold) -> Result<(), String> {
    for file in cold.doomed() {
        let deleted = cold.bucket().delete(&cold.key(&file));
        cold.note(&deleted);
        deleted.map_err(|error| error.to_string())?;
        cold.deleted(&file);
        shared.uploads.lock().stats.deletes += 1;
    }
    Ok(())
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
    let orphans = shared.core().doom_orphans(&objects, shared.clock.now());
    if orphans > 0 {
        tracing::info!(orphans, "objects in the bucket that no manifest names are removed");
    }
    shared.uploads.lock().swept_at = Some(monotonic);
    Ok(())
}
