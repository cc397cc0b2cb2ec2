//! The bucket of segments, as the settings and the usual AWS environment describe it.

use std::sync::Arc;

use anyhow::Context as _;
use ippo_base::ids::IdSource;
use ippo_telemetry::{RemoteOptions, S3Bucket};

use crate::config::Config;

/// What the store needs to keep segments in a bucket, if one is set.
///
/// # Errors
/// When the environment does not fit. No value of it is shown.
pub(super) fn options(
    config: &Config,
    aws: &[(String, String)],
    ids: &dyn IdSource,
) -> anyhow::Result<Option<RemoteOptions>> {
    let Some(url) = &config.segments else { return Ok(None) };
    let bucket = S3Bucket::new(url.clone(), aws).with_context(|| format!("{url} cannot be used"))?;
    let (cache_bytes, fresh_id) = (config.segments_cache_bytes, ids.fresh());
    Ok(Some(RemoteOptions { bucket: Arc::new(bucket), cache_bytes, fresh_id }))
}
