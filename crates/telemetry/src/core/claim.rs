//! Whose the bucket is: looked at when a folder is opened, taken before anything is written there, and looked at again
//! before each step that writes or removes.
//!
//! Two copies of one folder know the same id. What tells them apart is the session of each start: the marker in the bucket
//! names the one that may write, and the manifest those that the marker may name. A copy finds its own past there and takes
//! over; whoever was there before finds a stranger.

use std::sync::Arc;
use std::time::Duration;

use ippo_base::SharedClock;
use ippo_base::disk::Disk;

use super::flush::Commit;
use super::{Core, CoreError, upload};
use crate::manifest::Manifest;
use crate::remote::{self, Claim, ClaimError, Numbers, RemoteError, RemoteMeta, RemoteOptions};
use crate::segment::{Cold, Standing};

/// A start waits so long for a bucket that it knows.
const PATIENCE: Duration = Duration::from_secs(2);
/// Sessions that the manifest names: the one in the marker, the one that is about to be written there, and the last ones
/// beside, whose writing may come late.
const SESSIONS_KEPT: usize = 4;

/// What is behind the local disk.
pub enum Behind {
    /// Nothing.
    Nothing,
    /// A bucket, and the clock by which its failures are forgotten.
    Bucket(RemoteOptions, SharedClock),
}

/// A bucket to make this run's own. First [`ClaimJob::look`], then the commit of [`Core::plan_session`], then
/// [`ClaimJob::take`]: after a crash in between, the next start knows whoever the marker names.
pub struct ClaimJob {
    cold: Arc<Cold>,
    meta: RemoteMeta,
    /// The session that the marker named when it was looked at.
    found: Option<String>,
}

impl ClaimJob {
    /// Looks whether the bucket may be taken; from then on it is read.
    ///
    /// # Errors
    /// That it may not, or does not answer, in words.
    pub fn look(&mut self) -> Result<(), String> {
        let asked = self.asked(None);
        self.cold.judge(asked, Standing::Found)
    }

    /// Writes this run into the marker; from then on the bucket is written to.
    ///
    /// # Errors
    /// As [`ClaimJob::look`].
    pub fn take(&self) -> Result<(), String> {
        self.cold.judge(self.taken(), Standing::Owned)
    }

    fn asked(&mut self, patience: Option<Duration>) -> Result<(), ClaimError> {
        let RemoteMeta { folder, location, stored, .. } = &self.meta;
        let sessions = self.sessions();
        let claim = Claim { folder, sessions: &sessions, stored, location };
        self.found = remote::look(&**self.cold.bucket(), &claim, patience)?;
        Ok(())
    }

    fn taken(&self) -> Result<(), ClaimError> {
        let bucket = &**self.cold.bucket();
        remote::take(bucket, self.cold.run())?;
        if !self.meta.claimed {
            remote::check_deletes(bucket, &self.meta.folder)?;
        }
        Ok(())
    }

    /// Those that the marker may name, this run's included.
    fn sessions(&self) -> Vec<String> {
        let mut sessions = self.meta.sessions.clone();
        if !sessions.contains(&self.cold.session().id) {
            sessions.push(self.cold.session().id.clone());
        }
        sessions
    }

    /// Those that it may name from now on. As long as nothing can be written there, it names the one that was found.
    fn sessions_kept(&self) -> Vec<String> {
        let mut sessions = self.sessions();
        let own = &self.cold.session().id;
        let may_go = |id: &String| id != own && self.found.as_ref() != Some(id);
        while sessions.len() > SESSIONS_KEPT {
            let Some(oldest) = sessions.iter().position(may_go) else { break };
            sessions.remove(oldest);
        }
        sessions
    }

    /// What the manifest must say before the marker is written.
    fn named(&self) -> RemoteMeta {
        let location = self.cold.bucket().location();
        RemoteMeta { sessions: self.sessions_kept(), location, ..self.meta.clone() }
    }
}

/// The bucket of a folder that is being opened; a folder that has used none before gets an id.
///
/// A folder that has used it goes on without an answer: what is acknowledged does not need it. Then, and where it answers
/// too, the bucket is taken by whoever copies segments; one that is new to the folder is taken here.
pub(super) fn cold(
    disk: &dyn Disk,
    behind: Behind,
    manifest: &mut Manifest,
) -> Result<Option<Arc<Cold>>, CoreError> {
    let (options, clock) = match behind {
        Behind::Nothing => return without(disk, manifest).map(|()| None),
        Behind::Bucket(options, clock) => (options, clock),
    };
    let location = options.bucket.location();
    let meta = manifest.remote.clone().unwrap_or_else(|| RemoteMeta {
        folder: format!("{:032x}", options.fresh_id),
        location: location.clone(),
        claimed: false,
        stored: Vec::new(),
        sessions: Vec::new(),
        numbers: Numbers::default(),
    });
    if manifest.remote.is_none() {
        // Before the bucket names it as owner: a crash in between must not make it a stranger there.
        commit(disk, manifest, meta.clone())?;
    }
    let mut job = ClaimJob { cold: Arc::new(Cold::new(&options, &meta, clock)), meta, found: None };
    let is_known = job.meta.claimed;
    let unusable = |error| match error {
        ClaimError::Never(error) => error,
        ClaimError::Later(error) => {
            RemoteError::Unusable { location: location.clone(), reason: error.to_string() }
        }
    };
    match job.asked(is_known.then_some(PATIENCE)) {
        Ok(()) => job.cold.set_standing(Standing::Found),
        Err(ClaimError::Later(error)) if is_known => {
            tracing::warn!(%error, location, "the bucket of segments does not answer; ippo starts without it and tries again");
            job.cold.note(&Err::<(), _>(error));
        }
        Err(error) => return Err(unusable(error).into()),
    }
    if !is_known {
        commit(disk, manifest, job.named())?;
        job.taken().map_err(unusable)?;
        job.cold.set_standing(Standing::Owned);
        commit(disk, manifest, RemoteMeta { claimed: true, ..job.named() })?;
    }
    Ok(Some(job.cold))
}

/// Segments that are in a bucket alone need it.
fn without(disk: &dyn Disk, manifest: &Manifest) -> Result<(), CoreError> {
    let segments = upload::in_bucket_alone(disk, manifest)?.len();
    match &manifest.remote {
        Some(remote) if segments > 0 => {
            Err(RemoteError::NeedsBucket { segments, location: remote.location.clone() }.into())
        }
        _ => Ok(()),
    }
}

fn commit(disk: &dyn Disk, manifest: &mut Manifest, meta: RemoteMeta) -> Result<(), CoreError> {
    let next = Manifest { remote: Some(meta), commit: manifest.commit + 1, ..manifest.clone() };
    next.commit(disk)?;
    *manifest = next;
    Ok(())
}

impl Core {
    /// What to do before anything is written to the bucket, if it is not this run's yet and may become it.
    pub fn plan_claim(&self) -> Option<ClaimJob> {
        let cold = self.cold()?;
        let is_due = matches!(cold.standing(), Standing::Unknown | Standing::Found);
        let meta = self.manifest.remote.clone().filter(|_| is_due)?;
        Some(ClaimJob { cold: cold.clone(), meta, found: None })
    }

    /// The manifest that names this run among those that the marker may name. None where it does already.
    pub fn plan_session(&self, claim: &ClaimJob) -> Option<Commit> {
        let RemoteMeta { sessions, location, .. } = claim.named();
        let remote = RemoteMeta { sessions, location, ..self.manifest.remote.clone()? };
        (self.manifest.remote.as_ref() != Some(&remote)).then(|| self.plan_remote(remote))
    }
}
