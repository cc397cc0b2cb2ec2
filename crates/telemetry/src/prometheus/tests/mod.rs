//! Remote write in both versions: what it becomes, what is refused, and that no bytes are too strange.

mod fetched;
mod messages;
mod native;
mod properties;
mod samples;

use ippo_base::{TimeRange, Timestamp};
use opentelemetry_proto::tonic::collector::metrics::v1::ExportMetricsServiceRequest;
use prost::Message as _;

use super::{Translated, WriteVersion, remote_write_to_otlp};
use crate::otlp::{Decoded, Reception, decode};
use crate::signal::Signal;

/// When samples of these tests happen, in milliseconds.
const AT_MS: i64 = 1_795_487_400_000;
const STALE: f64 = f64::from_bits(0x7ff0_0000_0000_0002);

fn accept() -> TimeRange {
    let at = Timestamp::from_nanos(AT_MS * 1_000_000);
    let hour = std::time::Duration::from_secs(3_600);
    TimeRange { from: at.minus(hour), to: at.plus(hour) }
}

fn translated(version: WriteVersion, body: &[u8]) -> Translated {
    remote_write_to_otlp(version, body, accept()).expect("a request")
}

fn otlp(translated: &Translated) -> ExportMetricsServiceRequest {
    ExportMetricsServiceRequest::decode(translated.body.as_slice()).expect("OTLP")
}

/// The rows that the store makes of it.
fn rows(translated: &Translated) -> Decoded {
    let reception = Reception { received: accept().from, accept: accept() };
    decode(Signal::Metrics, &translated.body, &reception).expect("decodes")
}
