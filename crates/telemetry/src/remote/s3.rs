//! Amazon S3, and what speaks its protocol. Requests run on threads of their own; whoever asks waits for them, on any
//! thread, also one that is inside another runtime.
//!
//! It must never tell a credential: errors are put into words of our own, from codes that the server gives.

use std::fmt::Write as _;
use std::future::Future;
use std::io::{self, Read as _};
use std::ops::Range;
use std::sync::mpsc::{self, RecvTimeoutError};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use bytes::Bytes;
use futures::TryStreamExt as _;
use ippo_base::Timestamp;
use object_store::aws::{AmazonS3, AmazonS3Builder, Checksum};
use object_store::path::Path;
use object_store::{
    BackoffConfig, ClientOptions, ObjectStore as _, ObjectStoreExt as _, PutMode, PutOptions, PutPayload,
    RetryConfig, WriteMultipart,
};
use tokio::runtime::{Handle, Runtime};

use super::{Bucket, BucketError, BucketObject, BucketUrl, PutError};

/// Bytes of a part of an object. An object of up to one part is written at once.
const PART_BYTES: u64 = 8 * 1024 * 1024;
/// Parts that are on their way at a time.
const PARTS_AT_ONCE: usize = 2;
/// A reader waits so long for an answer, about, all tries together.
const READ_PATIENCE: Duration = Duration::from_secs(15);
/// What writes, lists and removes waits so long for one answer. A part takes that long at 0.6 Mbit/s.
const WRITE_PATIENCE: Duration = Duration::from_secs(120);
const CONNECT_PATIENCE: Duration = Duration::from_secs(5);

/// A bucket of S3, or of a server that speaks its protocol.
pub struct S3Bucket {
    url: BucketUrl,
    endpoint: Option<String>,
    /// Gives up soon.
    reads: Arc<AmazonS3>,
    /// Is patient.
    writes: Arc<AmazonS3>,
    requests: Handle,
    /// Where requests run, until it is stopped.
    runtime: Mutex<Option<Runtime>>,
}

impl S3Bucket {
    /// The bucket, as the variables of the usual AWS environment (`AWS_*`) say how to reach it. Asks nothing yet.
    ///
    /// # Errors
    /// What is wrong with the variables, without their values.
    pub fn new(url: BucketUrl, environment: &[(String, String)]) -> Result<Self, BucketError> {
        let failed = |text: String| BucketError::Failed(text);
        let mut builder = AmazonS3Builder::new();
        for (name, value) in
            environment.iter().filter(|(name, value)| name.starts_with("AWS_") && !value.is_empty())
        {
            // Others of the name are for other programs.
            if let Ok(key) = name.to_ascii_lowercase().parse() {
                builder = builder.with_config(key, value);
            }
        }
        let variable = |wanted: &str| {
            let found = environment.iter().find(|(name, value)| name == wanted && !value.is_empty());
            found.map(|(_, value)| value.clone())
        };
        let endpoint =
            variable("AWS_ENDPOINT_URL_S3").or(variable("AWS_ENDPOINT_URL")).or(variable("AWS_ENDPOINT"));
        let plain = variable("AWS_ALLOW_HTTP").is_some_and(|allow| allow.eq_ignore_ascii_case("true"));
        if endpoint.as_ref().is_some_and(|endpoint| endpoint.starts_with("http://")) && !plain {
            return Err(failed(
                "the endpoint begins with http://, so telemetry and its signature would cross the network in the clear; use \
                 https://, or say AWS_ALLOW_HTTP=true where that is meant"
                    .to_owned(),
            ));
        }
        if variable("AWS_ACCESS_KEY_ID").is_some() != variable("AWS_SECRET_ACCESS_KEY").is_some() {
            return Err(failed(
                "AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY must be given together, or neither for a role"
                    .to_owned(),
            ));
        }
        let build = |patience: Duration, tries: usize| {
            let client = ClientOptions::new()
                .with_allow_http(plain)
                .with_connect_timeout(CONNECT_PATIENCE)
                .with_timeout(patience);
            let retry = RetryConfig {
                backoff: BackoffConfig::default(),
                max_retries: tries,
                retry_timeout: patience,
            };
            let builder = builder.clone().with_bucket_name(&url.bucket).with_client_options(client);
            let built = builder.with_retry(retry).with_checksum_algorithm(Checksum::SHA256).build();
            built.map(Arc::new).map_err(|error| failed(format!("its settings do not fit: {}", chain(&error))))
        };
        let (reads, writes) = (build(READ_PATIENCE, 2)?, build(WRITE_PATIENCE, 4)?);
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(1)
            .thread_name("bucket-io")
            .enable_all()
            .build()
            .map_err(|error| failed(format!("no thread for requests: {error}")))?;
        let requests = runtime.handle().clone();
        Ok(Self { url, endpoint, reads, writes, requests, runtime: Mutex::new(Some(runtime)) })
    }

    /// Runs a request and waits for it.
    fn wait<T: Send + 'static>(
        &self,
        work: impl Future<Output = T> + Send + 'static,
    ) -> Result<T, BucketError> {
        let (answer, answered) = mpsc::sync_channel(1);
        self.requests.spawn(async move {
            // Whoever asked waits.
            let _ = answer.send(work.await);
        });
        answered.recv().map_err(|_| stopping())
    }

    /// The same, with the bucket's errors about an object in words.
    fn asked<T: Send + 'static>(
        &self,
        key: &str,
        work: impl Future<Output = object_store::Result<T>> + Send + 'static,
    ) -> Result<T, BucketError> {
        self.wait(work)?.map_err(|error| self.told(key, &error))
    }

    fn path(&self, key: &str) -> Path {
        let Self { url: BucketUrl { prefix, .. }, .. } = self;
        if prefix.is_empty() { Path::from(key) } else { Path::from(format!("{prefix}/{key}")) }
    }

    /// The error in words, with what to do.
    fn told(&self, key: &str, error: &object_store::Error) -> BucketError {
        use object_store::Error as E;
        let (text, bucket) = (chain(error), &self.url.bucket);
        let has = |code: &str| text.contains(code);
        BucketError::Failed(if has("NoSuchBucket") {
            format!("there is no bucket {bucket}{}; make it, or name another one", self.at())
        } else if matches!(error, E::NotFound { .. }) {
            return BucketError::Missing(key.to_owned());
        } else if has("InvalidAccessKeyId") || has("SignatureDoesNotMatch") || has("ExpiredToken") {
            let what = if has("ExpiredToken") { "have expired" } else { "are not known" };
            format!(
                "the credentials {what}{}; look at AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY",
                self.at()
            )
        } else if matches!(error, E::PermissionDenied { .. } | E::Unauthenticated { .. })
            || has("AccessDenied")
        {
            format!(
                "access to the bucket {bucket} is denied; ippo needs s3:GetObject, s3:PutObject, s3:DeleteObject and \
                 s3:ListBucket there"
            )
        } else if has("169.254.169.254") || has("169.254.170.2") {
            "there are no credentials: neither AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, nor a role of this machine or \
             container"
                .to_owned()
        } else if has("error sending request") || has("HTTP error") || has("timed out") || has("timeout") {
            format!(
                "the server of the bucket {bucket} cannot be reached or does not answer{}: {}",
                self.at(),
                last(error)
            )
        } else {
            format!("the bucket {bucket} failed: {text}")
        })
    }

    fn at(&self) -> String {
        self.endpoint.as_ref().map(|endpoint| format!(" at {}", without_user(endpoint))).unwrap_or_default()
    }

    fn put_parts(&self, key: &str, path: Path, bytes: u64, from: &mut dyn io::Read) -> Result<(), PutError> {
        let store = self.writes.clone();
        let begun = self.asked(key, async move { store.put_multipart(&path).await })?;
        let part_bytes = usize::try_from(PART_BYTES).expect("a part fits into memory");
        let mut writer = WriteMultipart::new_with_chunk_size(begun, part_bytes);
        let mut left = bytes;
        while left > 0 {
            let part = match read_part(from, left.min(PART_BYTES)) {
                Ok(part) => part,
                Err(error) => {
                    // What is not completed is no object. Where this fails, the bucket's own rules remove it.
                    let _ = self.wait(writer.abort());
                    return Err(PutError::Source(error));
                }
            };
            left -= part.len() as u64;
            let (next, sent) = self.wait(async move {
                let sent = writer.wait_for_capacity(PARTS_AT_ONCE).await;
                writer.put(part);
                (writer, sent)
            })?;
            writer = next;
            if let Err(error) = sent {
                let _ = self.wait(writer.abort());
                return Err(PutError::Bucket(self.told(key, &error)));
            }
        }
        Ok(self.asked(key, writer.finish()).map(drop)?)
    }
}

impl Drop for S3Bucket {
    fn drop(&mut self) {
        self.stop();
    }
}

impl Bucket for S3Bucket {
    fn location(&self) -> String {
        self.url.to_string()
    }

    fn put(&self, key: &str, bytes: u64, from: &mut dyn io::Read) -> Result<(), PutError> {
        let path = self.path(key);
        if bytes > PART_BYTES {
            return self.put_parts(key, path, bytes, from);
        }
        let content = read_part(from, bytes).map_err(PutError::Source)?;
        let store = self.writes.clone();
        Ok(self.asked(key, async move { store.put(&path, PutPayload::from(content)).await }).map(drop)?)
    }

    fn create(&self, key: &str, content: Bytes) -> Result<bool, BucketError> {
        let (store, path) = (self.writes.clone(), self.path(key));
        let options = PutOptions::from(PutMode::Create);
        match self.wait(async move { store.put_opts(&path, PutPayload::from(content), options).await })? {
            Ok(_) => Ok(true),
            Err(object_store::Error::AlreadyExists { .. } | object_store::Error::Precondition { .. }) => {
                Ok(false)
            }
            Err(error) => Err(self.told(key, &error)),
        }
    }

    fn get(&self, key: &str) -> Result<Bytes, BucketError> {
        let (store, path) = (self.reads.clone(), self.path(key));
        self.asked(key, async move { store.get(&path).await?.bytes().await })
    }

    fn get_within(&self, key: &str, patience: Duration) -> Result<Bytes, BucketError> {
        let (store, path) = (self.reads.clone(), self.path(key));
        let (answer, answered) = mpsc::sync_channel(1);
        let asking = self.requests.spawn(async move {
            let found = async { store.get(&path).await?.bytes().await };
            // Whoever asked may have lost patience.
            let _ = answer.send(found.await);
        });
        match answered.recv_timeout(patience) {
            Ok(found) => found.map_err(|error| self.told(key, &error)),
            Err(RecvTimeoutError::Disconnected) => Err(stopping()),
            Err(RecvTimeoutError::Timeout) => {
                asking.abort();
                let (bucket, secs) = (&self.url.bucket, patience.as_secs());
                Err(BucketError::Failed(format!(
                    "the server of the bucket {bucket}{} did not answer within {secs} seconds",
                    self.at()
                )))
            }
        }
    }

    fn get_ranges(&self, key: &str, ranges: &[Range<u64>]) -> Result<Vec<Bytes>, BucketError> {
        let (store, path, ranges) = (self.reads.clone(), self.path(key), ranges.to_vec());
        self.asked(key, async move { store.get_ranges(&path, &ranges).await })
    }

    fn size(&self, key: &str) -> Result<u64, BucketError> {
        let (store, path) = (self.writes.clone(), self.path(key));
        self.asked(key, async move { Ok(store.head(&path).await?.size) })
    }

    fn list(&self, folder: &str) -> Result<Vec<BucketObject>, BucketError> {
        let (store, path) = (self.writes.clone(), self.path(folder));
        let listing = async move { store.list(Some(&path)).try_collect::<Vec<_>>().await };
        let found = self.asked(folder, listing)?;
        let skip = if self.url.prefix.is_empty() { 0 } else { self.url.prefix.len() + 1 };
        let object = |meta: object_store::ObjectMeta| BucketObject {
            key: meta.location.as_ref().get(skip..).unwrap_or_default().to_owned(),
            modified: Timestamp::from_secs(meta.last_modified.timestamp()),
        };
        Ok(found.into_iter().map(object).collect())
    }

    fn delete(&self, key: &str) -> Result<(), BucketError> {
        let (store, path) = (self.writes.clone(), self.path(key));
        match self.asked(key, async move { store.delete(&path).await }) {
            Err(BucketError::Missing(_)) => Ok(()),
            other => other,
        }
    }

    fn stop(&self) {
        // Not by dropping it, which would wait for its threads, and panics where nobody may wait.
        if let Some(runtime) = self.runtime.lock().unwrap_or_else(PoisonError::into_inner).take() {
            runtime.shutdown_background();
        }
    }
}

fn stopping() -> BucketError {
    BucketError::Failed("ippo is stopping".to_owned())
}

fn read_part(from: &mut dyn io::Read, bytes: u64) -> io::Result<Bytes> {
    let mut part = Vec::with_capacity(usize::try_from(bytes).unwrap_or(0));
    from.take(bytes).read_to_end(&mut part)?;
    if part.len() as u64 == bytes { Ok(Bytes::from(part)) } else { Err(io::ErrorKind::UnexpectedEof.into()) }
}

/// The error and what caused it, each once, shortened.
fn chain(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(inner) = source {
        let words = inner.to_string();
        if !text.contains(&words) {
            let _ = write!(text, ": {words}");
        }
        source = inner.source();
    }
    text.chars().filter(|c| !c.is_control()).take(500).collect()
}

/// What caused it in the end.
fn last(error: &dyn std::error::Error) -> String {
    let mut at = error;
    while let Some(inner) = at.source() {
        at = inner;
    }
    at.to_string().chars().filter(|c| !c.is_control()).take(200).collect()
}

fn without_user(endpoint: &str) -> String {
    match (endpoint.split_once("://"), endpoint.rsplit_once('@')) {
        (Some((scheme, _)), Some((_, host))) => format!("{scheme}://{host}"),
        _ => endpoint.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refused(environment: &[(&str, &str)]) -> String {
        let environment: Vec<(String, String)> =
            environment.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
        let url = "s3://bucket/prefix".parse().expect("a bucket");
        match S3Bucket::new(url, &environment) {
            Ok(_) => String::new(),
            Err(error) => error.to_string(),
        }
    }

    #[test]
    fn who_has_no_patience_is_not_kept_waiting() {
        // It takes connections and never says a word.
        let mute = std::net::TcpListener::bind("127.0.0.1:0").expect("a port");
        let endpoint = format!("http://{}", mute.local_addr().expect("bound"));
        let environment = [
            ("AWS_ENDPOINT_URL", endpoint.as_str()),
            ("AWS_ALLOW_HTTP", "true"),
            ("AWS_ACCESS_KEY_ID", "tester"),
            ("AWS_SECRET_ACCESS_KEY", "hunter2"),
        ]
        .map(|(name, value)| (name.to_owned(), value.to_owned()));
        let bucket = S3Bucket::new("s3://bucket/prefix".parse().expect("a bucket"), &environment);
        let told = bucket.expect("the settings fit").get_within("key", Duration::ZERO);
        let told = told.expect_err("there is no answer").to_string();
        assert!(told.contains("did not answer within 0 seconds") && !told.contains("hunter2"), "{told}");
    }

    #[test]
    fn settings_that_do_not_fit_are_refused_without_showing_them() {
        let plain = ("AWS_ENDPOINT_URL", "http://minio:9000");
        assert!(refused(&[plain]).contains("AWS_ALLOW_HTTP=true"));
        assert_eq!(refused(&[plain, ("AWS_ALLOW_HTTP", "true")]), "");
        let half = refused(&[("AWS_SECRET_ACCESS_KEY", "hunter2")]);
        assert!(half.contains("must be given together") && !half.contains("hunter2"), "{half}");
        assert_eq!(without_user("https://user:hunter2@minio:9000"), "https://minio:9000");
    }
}
