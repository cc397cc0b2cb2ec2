//! What ippo can be told: flags, then `IPPO_*` in the environment, then `ippo.toml`, then defaults. Read once, here; the
//! rest of ippo gets plain values.
//!
//! One table names every setting. Flags, environment, file, `ippo config` and the errors all come from it.

mod layers;
mod table;
mod values;

use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;

use ippo_domain::Language;
use ippo_engine::settings::{HeartbeatSettings, MessageSettings, SmtpSettings};
use ippo_telemetry::{
    BucketUrl, BucketUrlError, Budget, SAMPLED_AT_THE_SOONEST, SamplingPolicy, SeriesLimits, Signal,
};

pub use layers::{ConfigError, Origin, Resolved, ResolvedSetting, Sources};
pub use table::{SETTINGS, Setting, SettingFlags};
pub(crate) use values::read_length;

use values::{read, read_address, read_bytes, read_count, read_log_format, read_share};

/// Everything ippo was told, read and checked.
#[derive(Clone, Debug, PartialEq)]
pub struct Config {
    /// Everything ippo keeps is in here.
    pub data_dir: PathBuf,
    /// Where the pages and the API are.
    pub listen: SocketAddr,
    /// Where OTLP over gRPC is taken.
    pub otlp_grpc: SocketAddr,
    /// Where OTLP over HTTP is taken.
    pub otlp_http: SocketAddr,
    /// Where people reach it; by default `listen`.
    pub public_url: Option<String>,
    /// What is kept, by [`Signal::index`].
    pub keep: [Budget; 3],
    /// Which traces stay when their spans are old, if not all do.
    pub sampling: Option<SamplingPolicy>,
    /// The bucket that segments are copied to.
    pub segments: Option<BucketUrl>,
    /// Room that segments may take on the local disk where there is a bucket, in bytes.
    pub segments_cache_bytes: u64,
    /// Telemetry in memory before it is written to segments, in bytes.
    pub memory_bytes: u64,
    /// A request of telemetry after decompression, in bytes.
    pub body_bytes: usize,
    /// How many series of metrics may be active.
    pub series: SeriesLimits,
    /// What one query may use.
    pub query: QueryLimits,
    /// The mail server.
    pub smtp: Option<SmtpSettings>,
    /// Where ippo says that it is alive.
    pub heartbeat: Option<HeartbeatSettings>,
    /// The language of messages.
    pub language: Language,
    /// The time zone of messages, as IANA names it.
    pub time_zone: String,
    /// The form of the log.
    pub log_format: LogFormat,
    /// What is logged, as `tracing` filters say it.
    pub log_filter: String,
}

/// What one query may use.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct QueryLimits {
    /// Rows of the answer.
    pub rows: usize,
    /// Time.
    pub time: Duration,
    /// Memory, in bytes.
    pub memory_bytes: u64,
}

/// The form of the log.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LogFormat {
    /// A line for people.
    Text,
    /// A JSON object a line.
    Json,
}

impl Config {
    /// Reads what the sources say together.
    ///
    /// # Errors
    /// When a value cannot be read: the error names the setting and where it came from.
    pub fn read(resolved: &Resolved) -> Result<Self, ConfigError> {
        let text = |key| resolved.text(key).map(str::to_owned);
        let smtp = match (text("smtp.url"), text("smtp.from")) {
            (Some(url), Some(from)) => Some(SmtpSettings { url, from }),
            (None, None) => None,
            (Some(_), None) => return Err(resolved.error("smtp.from", "is missing; mail needs a sender")),
            (None, Some(_)) => return Err(resolved.error("smtp.url", "is missing; mail needs a server")),
        };
        let keep = keep(resolved)?;
        let interval = read(resolved, "heartbeat.interval", read_length)?;
        let heartbeat = text("heartbeat.url").map(|url| HeartbeatSettings { url, interval });
        Ok(Self {
            data_dir: read(resolved, "data_dir", |text| Ok(PathBuf::from(text)))?,
            listen: read(resolved, "listen", read_address)?,
            otlp_grpc: read(resolved, "otlp_grpc", read_address)?,
            otlp_http: read(resolved, "otlp_http", read_address)?,
            public_url: text("public_url"),
            keep,
            sampling: sampling(resolved, keep[Signal::Spans.index()])?,
            segments: text("segments")
                .map(|url| url.parse())
                .transpose()
                .map_err(|error: BucketUrlError| resolved.error("segments", &error.to_string()))?,
            segments_cache_bytes: read(resolved, "segments_cache", read_bytes)?,
            memory_bytes: read(resolved, "memory", read_bytes)?,
            body_bytes: read(resolved, "body_limit", read_share)?,
            series: SeriesLimits {
                per_metric: read(resolved, "metrics.series_per_metric", read_count)?,
                all: read(resolved, "metrics.series", read_count)?,
            },
            query: QueryLimits {
                rows: read(resolved, "query.rows", read_count)?,
                time: read(resolved, "query.time", read_length)?,
                memory_bytes: read(resolved, "query.memory", read_bytes)?,
            },
            smtp,
            heartbeat,
            language: read(resolved, "messages.language", |text| {
                Language::parse(text).ok_or_else(|| "must be en or ja".to_owned())
            })?,
            time_zone: read(resolved, "messages.time_zone", values::read_time_zone)?,
            log_format: read(resolved, "log_format", read_log_format)?,
            log_filter: read(resolved, "log", |text| Ok(text.to_owned()))?,
        })
    }

    /// How messages are worded, for an ippo that people reach at `public_url`.
    pub fn messages(&self, public_url: &str) -> MessageSettings {
        MessageSettings {
            public_url: public_url.trim_end_matches('/').to_owned(),
            language: self.language,
            time_zone: self.time_zone.clone(),
        }
    }

    /// The state database's file.
    pub fn state_file(&self) -> PathBuf {
        self.data_dir.join("state.db")
    }
}

/// What is kept of each signal: what is said of it, or else of all.
fn keep(resolved: &Resolved) -> Result<[Budget; 3], ConfigError> {
    let all = read(resolved, "retention", read_length)?;
    let mut keep = [Budget { retention: all, bytes: None }; 3];
    let names = [
        (Signal::Spans, "spans.retention", "spans.space"),
        (Signal::Logs, "logs.retention", "logs.space"),
        (Signal::Metrics, "metrics.retention", "metrics.space"),
    ];
    for (signal, retention, space) in names {
        let budget = &mut keep[signal.index()];
        if resolved.text(retention).is_some() {
            budget.retention = read(resolved, retention, read_length)?;
        }
        if resolved.text(space).is_some() {
            budget.bytes = Some(read(resolved, space, read_bytes)?);
        }
    }
    Ok(keep)
}

/// Which traces stay when their spans are old; none where all do.
fn sampling(resolved: &Resolved, spans: Budget) -> Result<Option<SamplingPolicy>, ConfigError> {
    // Also where they are not used, so that a mistake is found before they are.
    let slow = read(resolved, "spans.sample_slow", values::read_latency)?;
    let per_minute = read(resolved, "spans.sample_per_minute", |text| match read_count(text)? {
        count if count <= 1_000 => Ok(count),
        _ => Err("must be at most 1000".to_owned()),
    })?;
    if resolved.text("spans.sample_after").is_none() {
        return Ok(None);
    }
    let after = read(resolved, "spans.sample_after", |text| match read_length(text)? {
        after if after >= SAMPLED_AT_THE_SOONEST => Ok(after),
        _ => Err("must be 3h or more: the hour after a span's must be over and written".to_owned()),
    })?;
    if after >= spans.retention {
        let key = if resolved.text("spans.retention").is_some() { "spans.retention" } else { "retention" };
        let kept = resolved.text(key).unwrap_or_default();
        let complaint = format!(
            "spans are kept for {kept} ({key}) and would be gone before; sample them sooner, or keep them longer"
        );
        return Err(resolved.error("spans.sample_after", &complaint));
    }
    Ok(Some(SamplingPolicy { after, slow, per_minute }))
}

#[cfg(test)]
mod tests;
