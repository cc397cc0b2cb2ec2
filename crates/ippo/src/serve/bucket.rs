//! The bucket of segments, as the settings and the usual AWS environment describe it.

use std::sync::Arc;

use anyhow::Context as _;
use ippo_base::Timestamp;
use ippo_base::ids::IdSource;
use ippo_telemetry::{RemoteOptions, S3Bucket, Session};

use crate::config::Config;

/// What the store needs to keep segments in a bucket, if one is set.
///
/// # Errors
/// When the environment does not fit. No value of it is shown.
pub(super) fn options(
    config: &Config,
    aws: &[(String, String)],
    ids: &dyn IdSource,
    now: Timestamp,
) -> anyhow::Result<Option<RemoteOptions>> {
    let Some(url) = &config.segments else { return Ok(None) };
    let bucket = S3Bucket::new(url.clone(), aws).with_context(|| format!("{url} cannot be used"))?;
    let (cache_bytes, fresh_id) = (config.segments_cache_bytes, ids.fresh());
    let session = Session { id: format!("{:032x}", ids.fresh()), by: whose(config), since: now.to_string() };
    Ok(Some(RemoteOptions { bucket: Arc::new(bucket), cache_bytes, fresh_id, session }))
}

/// The data folder and the machine, for people who wonder which of two copies wrote to the bucket.
fn whose(config: &Config) -> String {
    let dir = std::path::absolute(&config.data_dir).unwrap_or_else(|_| config.data_dir.clone());
    // Where there is no such file, the folder has to do.
    match std::fs::read_to_string("/proc/sys/kernel/hostname") {
        Ok(host) => format!("{} on {}", dir.display(), host.trim()),
        Err(_) => dir.display().to_string(),
    }
}
