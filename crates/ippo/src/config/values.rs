//! Reads the text of a setting into a value that cannot be wrong.

use std::net::SocketAddr;
use std::time::Duration;

use ippo_base::limits::BODY_BYTES;

use super::LogFormat;
use super::layers::{ConfigError, Resolved};

/// The longest length of time that can be set.
const LONGEST: Duration = Duration::from_secs(10 * 366 * 24 * 60 * 60);

/// Reads a setting that has a default.
pub(super) fn read<T>(
    resolved: &Resolved,
    key: &str,
    read: impl Fn(&str) -> Result<T, String>,
) -> Result<T, ConfigError> {
    let text = resolved.text(key).ok_or_else(|| resolved.error(key, "must not be empty"))?;
    read(text).map_err(|complaint| resolved.error(key, &complaint))
}

pub(super) fn read_address(text: &str) -> Result<SocketAddr, String> {
    let text = text.replace("localhost:", "127.0.0.1:");
    text.parse()
        .map_err(|_| "must be an IP address and a port, such as 127.0.0.1:4300 or [::1]:4300".to_owned())
}

pub(crate) fn read_length(text: &str) -> Result<Duration, String> {
    let refuse = || "must be a length of time such as 30s, 5m, 12h or 30d".to_owned();
    let at = text.find(|c: char| !c.is_ascii_digit()).ok_or_else(refuse)?;
    let unit_secs: u64 = match &text[at..] {
        "s" => 1,
        "m" => 60,
        "h" => 60 * 60,
        "d" => 24 * 60 * 60,
        _ => return Err(refuse()),
    };
    let count: u64 = text[..at].parse().map_err(|_| refuse())?;
    let length = Duration::from_secs(count.checked_mul(unit_secs).ok_or_else(refuse)?);
    if length.is_zero() || length > LONGEST { Err(refuse()) } else { Ok(length) }
}

/// A length of time that a request may take.
pub(super) fn read_latency(text: &str) -> Result<Duration, String> {
    let Some(millis) = text.strip_suffix("ms") else {
        return read_length(text).map_err(|_| "must be a length of time such as 250ms, 2s or 1m".to_owned());
    };
    match millis.parse::<u64>() {
        Ok(millis) if millis > 0 && Duration::from_millis(millis) <= LONGEST => {
            Ok(Duration::from_millis(millis))
        }
        _ => Err("must be a length of time such as 250ms, 2s or 1m".to_owned()),
    }
}

pub(super) fn read_bytes(text: &str) -> Result<u64, String> {
    let refuse = || "must be a size such as 512KiB, 64MiB or 2GiB".to_owned();
    let at = text.find(|c: char| !c.is_ascii_digit()).ok_or_else(refuse)?;
    let unit: u64 = match text[at..].trim_start() {
        "B" => 1,
        "KiB" => 1 << 10,
        "MiB" => 1 << 20,
        "GiB" => 1 << 30,
        "TiB" => 1 << 40,
        _ => return Err(refuse()),
    };
    let count: u64 = text[..at].parse().map_err(|_| refuse())?;
    count.checked_mul(unit).filter(|size| *size > 0).ok_or_else(refuse)
}

/// A size that one request may have.
pub(super) fn read_share(text: &str) -> Result<usize, String> {
    let size = read_bytes(text)?;
    match usize::try_from(size) {
        Ok(size) if size <= BODY_BYTES => Ok(size),
        _ => Err(format!("must be at most {}MiB", BODY_BYTES >> 20)),
    }
}

pub(super) fn read_count(text: &str) -> Result<usize, String> {
    match text.parse() {
        Ok(count) if count > 0 => Ok(count),
        _ => Err("must be a whole number of 1 or more".to_owned()),
    }
}

pub(super) fn read_log_format(text: &str) -> Result<LogFormat, String> {
    match text {
        "text" => Ok(LogFormat::Text),
        "json" => Ok(LogFormat::Json),
        _ => Err("must be text or json".to_owned()),
    }
}

pub(super) fn read_time_zone(text: &str) -> Result<String, String> {
    match jiff::tz::TimeZone::get(text) {
        Ok(_) => Ok(text.to_owned()),
        Err(_) => Err("must be the name of a time zone, such as Asia/Tokyo".to_owned()),
    }
}
