//! Whose a prefix is: one object names the data folder that may write below it, so that two never share it.

use bytes::Bytes;
use serde::{Deserialize, Serialize};

use super::{Bucket, BucketError, RemoteError};

/// The key of the marker.
const KEY: &str = "ippo-owner.json";

/// What the marker says.
#[derive(Serialize, Deserialize)]
struct Owner {
    /// The data folder's id.
    folder: String,
}

/// Who wants a prefix.
#[derive(Debug, Clone)]
pub(crate) struct Claim<'a> {
    /// The data folder's id.
    pub(crate) folder: &'a str,
    /// Segments that it has there already.
    pub(crate) stored: usize,
    /// Where they were last.
    pub(crate) location: &'a str,
}

/// Why a prefix could not be claimed.
#[derive(Debug)]
pub(crate) enum ClaimError {
    /// It may be possible later.
    Later(BucketError),
    /// It is not this folder's.
    Never(RemoteError),
}

impl From<BucketError> for ClaimError {
    fn from(error: BucketError) -> Self {
        ClaimError::Later(error)
    }
}

/// Makes sure that the prefix is this folder's.
pub(crate) fn claim(bucket: &dyn Bucket, claim: &Claim<'_>) -> Result<(), ClaimError> {
    let found = match bucket.get(KEY) {
        Err(BucketError::Missing(_)) if claim.stored > 0 => {
            return Err(ClaimError::Never(RemoteError::Elsewhere {
                location: bucket.location(),
                segments: claim.stored,
                stored: claim.location.to_owned(),
            }));
        }
        Err(BucketError::Missing(_)) => {
            let owner = Owner { folder: claim.folder.to_owned() };
            let content = serde_json::to_vec(&owner).expect("a text is JSON");
            bucket.create(KEY, Bytes::from(content))?;
            // Another may have been quicker, and not every server heeds the condition.
            bucket.get(KEY)?
        }
        found => found?,
    };
    let owner = serde_json::from_slice::<Owner>(&found).map(|owner| owner.folder);
    if owner.as_ref().is_ok_and(|owner| owner == claim.folder) {
        return Ok(());
    }
    Err(ClaimError::Never(RemoteError::Foreign {
        location: bucket.location(),
        owner: owner.unwrap_or_else(|_| "its marker cannot be read".to_owned()),
        key: KEY.to_owned(),
    }))
}

/// Finds out whether objects can be removed, before there are any that must be.
pub(crate) fn check_deletes(bucket: &dyn Bucket, folder: &str) -> Result<(), BucketError> {
    let key = format!("{folder}/check");
    bucket.create(&key, Bytes::from_static(b"ippo"))?;
    bucket.delete(&key)
}
