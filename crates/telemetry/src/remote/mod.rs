//! Object storage: the bucket that finished segments are copied to, and whose it is.
//!
//! It knows objects, not segments. Nothing is acknowledged because of it: what it holds was on the local disk first.

mod gate;
mod numbers;
mod owner;
#[cfg(feature = "s3")]
mod s3;
#[cfg(test)]
mod sim;
mod url;

use std::io;
use std::ops::Range;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use ippo_base::Timestamp;
use serde::{Deserialize, Serialize};

pub(crate) use gate::Gate;
pub use numbers::Numbers;
pub use owner::Session;
pub(crate) use owner::{Claim, ClaimError, Named, Run, check_deletes, holds, look, take};
#[cfg(feature = "s3")]
pub use s3::S3Bucket;
#[cfg(test)]
pub(crate) use sim::SimBucket;
pub use url::{BucketUrl, BucketUrlError};

/// A place for objects. Its calls block, for a bounded time.
///
/// Keys are relative to the bucket's prefix, with `/` between parts.
pub trait Bucket: Send + Sync {
    /// Where it is, such as `s3://bucket/prefix`, for people.
    fn location(&self) -> String;
    /// Writes an object of `bytes` bytes, replacing what was there. It is there whole, or not at all.
    fn put(&self, key: &str, bytes: u64, from: &mut dyn io::Read) -> Result<(), PutError>;
    /// Writes a small object if there is none. Whether it was written.
    fn create(&self, key: &str, content: Bytes) -> Result<bool, BucketError>;
    /// A whole small object.
    fn get(&self, key: &str) -> Result<Bytes, BucketError>;
    /// The same, with a failure if it takes longer than `patience`.
    fn get_within(&self, key: &str, patience: Duration) -> Result<Bytes, BucketError>;
    /// Parts of an object, in the order of the ranges.
    fn get_ranges(&self, key: &str, ranges: &[Range<u64>]) -> Result<Vec<Bytes>, BucketError>;
    /// An object's length in bytes.
    fn size(&self, key: &str) -> Result<u64, BucketError>;
    /// The objects whose keys begin with `folder` and a `/`.
    fn list(&self, folder: &str) -> Result<Vec<BucketObject>, BucketError>;
    /// Removes an object; no error if there is none.
    fn delete(&self, key: &str) -> Result<(), BucketError>;

    /// Ends what it is doing, with an error for whoever waits. Nothing can be asked afterwards.
    fn stop(&self) {}
}

/// A bucket that many parts share.
pub type SharedBucket = Arc<dyn Bucket>;

/// An object in a bucket.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BucketObject {
    /// Its key, relative to the bucket's prefix.
    pub key: String,
    /// When it was written, by the bucket's clock.
    pub modified: Timestamp,
}

/// Why the bucket did not do what it was asked.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum BucketError {
    /// It has no such object.
    #[error("the object {0} is not in the bucket")]
    Missing(String),
    /// It cannot be reached, or refuses. That says nothing about its objects.
    #[error("{0}")]
    Failed(String),
}

/// Why an object was not written.
#[derive(Debug, thiserror::Error)]
pub enum PutError {
    /// Its bytes could not be read.
    #[error(transparent)]
    Source(io::Error),
    /// The bucket failed.
    #[error(transparent)]
    Bucket(#[from] BucketError),
}

impl BucketError {
    /// The error as a reader of files gets it. [`BucketError::of`] finds it again.
    pub(crate) fn into_io(self) -> io::Error {
        match self {
            missing @ BucketError::Missing(_) => io::Error::new(io::ErrorKind::NotFound, missing),
            failed @ BucketError::Failed(_) => io::Error::other(failed),
        }
    }

    /// The bucket's failure behind an error of reading, if it was the bucket that failed.
    pub(crate) fn of(error: &io::Error) -> Option<&BucketError> {
        error.get_ref()?.downcast_ref()
    }
}

/// What the manifest says of the bucket.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RemoteMeta {
    /// The data folder's id, 32 hexadecimal digits. Its objects are below it, and the bucket's prefix names it as owner.
    pub folder: String,
    /// Where the bucket was last, for people.
    pub location: String,
    /// Whether the prefix was found to be this folder's.
    pub claimed: bool,
    /// Files of segments that are in the bucket, whole.
    pub stored: Vec<String>,
    /// The ids of the sessions that the owner marker may name, the newest last.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub sessions: Vec<String>,
    /// The numbers in names of segments that this folder wrote. Folders of before they were kept have none.
    #[serde(default, skip_serializing_if = "Numbers::is_empty")]
    pub numbers: Numbers,
}

/// What the store needs to keep segments in a bucket.
#[derive(Clone)]
pub struct RemoteOptions {
    /// The bucket.
    pub bucket: SharedBucket,
    /// Segments on the local disk may take so many bytes before those that are in the bucket are removed.
    pub cache_bytes: u64,
    /// The id of the data folder, if it has none yet.
    pub fresh_id: u128,
    /// This run.
    pub session: Session,
}

/// Why segments cannot be kept in a bucket, or not without one.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum RemoteError {
    /// Segments are in a bucket alone, and no bucket was given.
    #[error(
        "{segments} segments of this data folder are in {location} alone; say --segments {location}. To do without the \
         bucket, run `ippo backup` against the server once it runs with it, and restore that: a backup holds all segments"
    )]
    NeedsBucket {
        /// How many.
        segments: usize,
        /// Where they are.
        location: String,
    },
    /// The prefix belongs to another data folder.
    #[error(
        "{location} belongs to another data folder ({owner}): two must not share a prefix; choose another prefix. If that \
         folder is gone for good, remove the object {key} to take the prefix over"
    )]
    Foreign {
        /// The bucket and prefix.
        location: String,
        /// What its owner marker says.
        owner: String,
        /// The key of the marker.
        key: String,
    },
    /// Another copy of this data folder writes below the prefix.
    #[error(
        "{location} was taken over by another copy of this data folder ({by}, since {since}): each would remove what the \
         other needs. Go on with that copy; or stop it for good, remove the object {key}, and start this one again"
    )]
    TakenOver {
        /// The bucket and prefix.
        location: String,
        /// Which copy.
        by: String,
        /// When it started.
        since: String,
        /// The key of the marker.
        key: String,
    },
    /// The owner marker went while ippo was running.
    #[error(
        "the object {key} is no longer in {location}, so nobody knows whose it is; start ippo again where segments should be \
         kept there, and nowhere else"
    )]
    Unmarked {
        /// The bucket and prefix.
        location: String,
        /// The key of the marker.
        key: String,
    },
    /// The prefix does not have what this folder stored.
    #[error(
        "{location} holds nothing of this data folder, whose {segments} segments are in {stored}; say --segments {stored}, \
         or copy all of its objects first"
    )]
    Elsewhere {
        /// The bucket and prefix.
        location: String,
        /// How many segments it should have.
        segments: usize,
        /// Where they were last.
        stored: String,
    },
    /// The bucket does not do what ippo needs of it.
    #[error("{location} cannot be used: {reason}")]
    Unusable {
        /// The bucket and prefix.
        location: String,
        /// What it said.
        reason: String,
    },
}
