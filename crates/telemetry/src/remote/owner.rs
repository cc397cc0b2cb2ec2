//! Whose a prefix is: one object names the data folder that may write below it, and which run of ippo over that folder does.
//!
//! Two data folders never share a prefix. Of two copies of one folder the one that started last owns it: whoever was there
//! before finds another session in the marker, and writes and removes nothing more.

use std::time::Duration;

use bytes::Bytes;
use serde::{Deserialize, Serialize};

use super::{Bucket, BucketError, PutError, RemoteError};

/// The key of the marker.
pub(crate) const KEY: &str = "ippo-owner.json";

/// One run of ippo over a data folder, from its start to its end.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Session {
    /// 32 hexadecimal digits, never used twice.
    pub id: String,
    /// Which folder on which machine, for people.
    pub by: String,
    /// When it started, in RFC 3339.
    pub since: String,
}

/// What the marker says.
#[derive(Serialize, Deserialize)]
struct Owner {
    /// The data folder's id.
    folder: String,
    /// Who writes. Not known of markers of before runs were told apart.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    session: Option<Session>,
}

/// Who wants a prefix.
#[derive(Debug, Clone)]
pub(crate) struct Claim<'a> {
    /// The data folder's id.
    pub(crate) folder: &'a str,
    /// The sessions of this folder that the marker may name.
    pub(crate) sessions: &'a [String],
    /// Files of segments that it has there already.
    pub(crate) stored: &'a [String],
    /// Where they were last.
    pub(crate) location: &'a str,
}

/// A run that may write below a prefix.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Run<'a> {
    /// The data folder's id.
    pub(crate) folder: &'a str,
    /// This run, which the manifest names.
    pub(crate) session: &'a Session,
    /// Runs of this folder before it, which the marker may still name.
    pub(crate) earlier: &'a [String],
}

/// Whom of a folder the marker names.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Named {
    /// This run.
    This,
    /// One before it that is over, whose writing came late.
    Earlier,
}

/// Why a prefix could not be claimed.
#[derive(Debug)]
pub(crate) enum ClaimError {
    /// It may be possible later.
    Later(BucketError),
    /// It is not this folder's, or not this copy's.
    Never(RemoteError),
}

impl From<BucketError> for ClaimError {
    fn from(error: BucketError) -> Self {
        ClaimError::Later(error)
    }
}

/// Whether the prefix may be taken: nobody has it, or an earlier session of this folder, whose id comes back. Writes nothing,
/// and waits for the marker no longer than `patience`, if there is any.
pub(crate) fn look(
    bucket: &dyn Bucket,
    claim: &Claim<'_>,
    patience: Option<Duration>,
) -> Result<Option<String>, ClaimError> {
    let found = match patience {
        Some(patience) => bucket.get_within(KEY, patience),
        None => bucket.get(KEY),
    };
    let found = match found {
        Err(BucketError::Missing(_)) => return unmarked(bucket, claim).map(|()| None),
        found => found?,
    };
    let owner = parse(bucket, claim.folder, &found)?;
    match owner.session {
        Some(session) if !claim.sessions.contains(&session.id) => Err(taken_over(bucket, &session)),
        session => Ok(session.map(|session| session.id)),
    }
}

/// A prefix without a marker is free, unless it should have this folder's segments and has none of them.
fn unmarked(bucket: &dyn Bucket, claim: &Claim<'_>) -> Result<(), ClaimError> {
    let has_some = || -> Result<bool, BucketError> {
        let objects = bucket.list(claim.folder)?;
        let file = |key: &str| key.rsplit('/').next().map(str::to_owned).unwrap_or_default();
        Ok(objects.iter().any(|object| claim.stored.contains(&file(&object.key))))
    };
    if claim.stored.is_empty() || has_some()? {
        return Ok(());
    }
    Err(ClaimError::Never(RemoteError::Elsewhere {
        location: bucket.location(),
        segments: claim.stored.len(),
        stored: claim.location.to_owned(),
    }))
}

/// Writes the session into the marker, and looks whether it stands there. To be done only after [`look`], and after the
/// manifest names the session: a crash in between must not make the folder a stranger to its own marker.
pub(crate) fn take(bucket: &dyn Bucket, run: Run<'_>) -> Result<(), ClaimError> {
    let owner = Owner { folder: run.folder.to_owned(), session: Some(run.session.clone()) };
    let content = serde_json::to_vec(&owner).expect("texts are JSON");
    // Where there is none yet, another folder may want it at the same time.
    if !bucket.create(KEY, Bytes::from(content.clone()))? {
        parse(bucket, run.folder, &bucket.get(KEY)?)?;
        bucket.put(KEY, content.len() as u64, &mut &content[..]).map_err(|error| match error {
            PutError::Bucket(error) => error,
            PutError::Source(error) => BucketError::Failed(error.to_string()),
        })?;
    }
    // Another may have been quicker, and not every server heeds the condition.
    match holds(bucket, run)? {
        Named::This => Ok(()),
        Named::Earlier => {
            let told = format!("{KEY} names an earlier run of this folder again");
            Err(ClaimError::Later(BucketError::Failed(told)))
        }
    }
}

/// Whether the marker still names the run. Where it names one before it, it can be taken again.
pub(crate) fn holds(bucket: &dyn Bucket, run: Run<'_>) -> Result<Named, ClaimError> {
    let found = match bucket.get(KEY) {
        Err(BucketError::Missing(_)) => {
            let (location, key) = (bucket.location(), KEY.to_owned());
            return Err(ClaimError::Never(RemoteError::Unmarked { location, key }));
        }
        found => found?,
    };
    match parse(bucket, run.folder, &found)?.session {
        Some(found) if found.id == run.session.id => Ok(Named::This),
        Some(found) if run.earlier.contains(&found.id) => Ok(Named::Earlier),
        Some(other) => Err(taken_over(bucket, &other)),
        None => {
            let by = "an earlier version of ippo".to_owned();
            Err(taken_over(bucket, &Session { id: String::new(), by, since: "it took no note".to_owned() }))
        }
    }
}

fn parse(bucket: &dyn Bucket, folder: &str, found: &[u8]) -> Result<Owner, ClaimError> {
    let foreign = |owner: String| {
        ClaimError::Never(RemoteError::Foreign { location: bucket.location(), owner, key: KEY.to_owned() })
    };
    let owner: Owner =
        serde_json::from_slice(found).map_err(|_| foreign("its marker cannot be read".to_owned()))?;
    if owner.folder == folder { Ok(owner) } else { Err(foreign(owner.folder)) }
}

fn taken_over(bucket: &dyn Bucket, session: &Session) -> ClaimError {
    ClaimError::Never(RemoteError::TakenOver {
        location: bucket.location(),
        by: session.by.clone(),
        since: session.since.clone(),
        key: KEY.to_owned(),
    })
}

/// Finds out whether objects can be removed, before there are any that must be.
pub(crate) fn check_deletes(bucket: &dyn Bucket, folder: &str) -> Result<(), BucketError> {
    let key = format!("{folder}/check");
    bucket.create(&key, Bytes::from_static(b"ippo"))?;
    bucket.delete(&key)
}
