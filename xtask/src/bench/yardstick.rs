//! The yardstick: decoding bodies with prost, and dropping what comes of it.

use std::time::Duration;

use anyhow::Context as _;
use nix::time::{ClockId, clock_gettime};
use opentelemetry_proto::tonic::collector::logs::v1::ExportLogsServiceRequest;
use opentelemetry_proto::tonic::collector::trace::v1::ExportTraceServiceRequest;
use prost::Message as _;

use super::load::Stream;

/// CPU time of this thread for decoding all bodies once.
pub(crate) fn decode(stream: Stream, bodies: &[Vec<u8>]) -> anyhow::Result<Duration> {
    let began = thread_time()?;
    for body in bodies {
        match stream {
            Stream::Spans => drop(ExportTraceServiceRequest::decode(&body[..]).context("a good body")?),
            Stream::Logs => drop(ExportLogsServiceRequest::decode(&body[..]).context("a good body")?),
        }
    }
    Ok(thread_time()?.saturating_sub(began))
}

fn thread_time() -> anyhow::Result<Duration> {
    Ok(clock_gettime(ClockId::CLOCK_THREAD_CPUTIME_ID)?.into())
}
