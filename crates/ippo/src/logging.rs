//! The log: a readable message and fields, on standard error, one line a failure. As text for people or as JSON.

use std::io::IsTerminal as _;

use anyhow::Context as _;
use tracing_subscriber::EnvFilter;
use tracing_subscriber::fmt::format::FmtSpan;

use crate::config::LogFormat;

/// Starts the log of this process. Once.
///
/// # Errors
/// When the filter cannot be read, or a log was started already.
pub fn start(format: LogFormat, filter: &str) -> anyhow::Result<()> {
    let filter: EnvFilter = EnvFilter::try_new(filter)
        .with_context(|| format!("log is {filter:?}; write for example info, or info,ippo_engine=debug"))?;
    let log = tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(std::io::stderr)
        // In a file or a journal, colours are noise.
        .with_ansi(std::io::stderr().is_terminal() && std::env::var_os("NO_COLOR").is_none())
        .with_span_events(FmtSpan::NONE);
    let started = match format {
        LogFormat::Text => log.with_target(false).try_init(),
        LogFormat::Json => log.json().flatten_event(true).with_current_span(false).try_init(),
    };
    started.map_err(|error| anyhow::anyhow!("cannot start the log: {error}"))
}
