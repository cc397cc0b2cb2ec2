//! Prometheus remote write becomes OTLP: what a Prometheus sends is translated into the canonical protobuf of an OTLP
//! request, which is logged, decoded and replayed like any other. So do samples that ippo fetched from a Prometheus itself.
//!
//! Translating is a function of the body and of which event times are accepted. It never keeps anything from one request
//! to the next, so a series means the same whichever request brings it.
//!
//! Specifications: <https://prometheus.io/docs/specs/prw/remote_write_spec/> and
//! <https://prometheus.io/docs/specs/prw/remote_write_spec_2_0/>.

mod fetched;
mod histogram;
mod kind;
mod request;
#[cfg(test)]
mod tests;
mod translate;
mod wire;

use std::fmt::{self, Write as _};

pub(crate) use fetched::stored_labels;
pub use fetched::{FetchedKind, FetchedSeries, Origin, SampleSet, SeriesLabels, fetched_to_otlp};

use ippo_base::TimeRange;

use crate::otlp::DecodeError;
use crate::signal::Signal;

/// Which message a body is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum WriteVersion {
    /// `prometheus.WriteRequest` of remote write 1.0.
    V1,
    /// `io.prometheus.write.v2.Request` of remote write 2.0.
    V2,
}

impl WriteVersion {
    /// The message's name, as a content type gives it.
    pub const fn message(self) -> &'static str {
        match self {
            WriteVersion::V1 => "prometheus.WriteRequest",
            WriteVersion::V2 => "io.prometheus.write.v2.Request",
        }
    }
}

/// A request in the form of OTLP, and what could not be brought into it.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Translated {
    /// An `ExportMetricsServiceRequest`; empty where nothing was left.
    pub body: Vec<u8>,
    /// Samples that are in it.
    pub samples: usize,
    /// Native histograms that are in it.
    pub histograms: usize,
    /// What is not in it, by reason, in the order of [`Refusal::ALL`]; no zeros.
    pub refused: Vec<(Refusal, usize)>,
}

impl Translated {
    /// How many samples and histograms are not in it.
    pub fn refused_total(&self) -> usize {
        self.refused.iter().map(|(_, count)| count).sum()
    }

    /// What the sender should be told; `None` where everything was taken.
    pub fn message(&self) -> Option<String> {
        let mut text = String::new();
        for (reason, count) in &self.refused {
            let separator = if text.is_empty() { "" } else { "; " };
            let _ = write!(text, "{separator}{count} refused: {reason}");
        }
        (!text.is_empty()).then_some(text)
    }
}

/// Why one sample or histogram is not taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Refusal {
    /// The series has no name.
    NoName,
    /// A label is given twice.
    LabelTwice,
    /// It is older than what is kept.
    TooOld,
    /// It claims to be in the future.
    TooNew,
    /// Counts of a histogram that are no whole numbers.
    Fractions,
    /// A histogram that goes up and down.
    GaugeHistogram,
    /// A histogram whose buckets do not add up.
    BadBuckets,
    /// A histogram with more buckets than are kept.
    TooManyBuckets,
    /// A histogram with a bucket schema that nobody has specified.
    UnknownSchema,
}

impl Refusal {
    /// Every reason, in the order in which they are told.
    pub const ALL: [Refusal; 9] = [
        Refusal::NoName,
        Refusal::LabelTwice,
        Refusal::TooOld,
        Refusal::TooNew,
        Refusal::Fractions,
        Refusal::GaugeHistogram,
        Refusal::BadBuckets,
        Refusal::TooManyBuckets,
        Refusal::UnknownSchema,
    ];

    /// A stable name for metrics.
    pub const fn code(self) -> &'static str {
        match self {
            Refusal::NoName => "no_name",
            Refusal::LabelTwice => "label_twice",
            Refusal::TooOld => "too_old",
            Refusal::TooNew => "too_new",
            Refusal::Fractions => "fractions",
            Refusal::GaugeHistogram => "gauge_histogram",
            Refusal::BadBuckets => "bad_buckets",
            Refusal::TooManyBuckets => "too_many_buckets",
            Refusal::UnknownSchema => "unknown_schema",
        }
    }
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Refusal::NoName => "the series has no __name__",
            Refusal::LabelTwice => "a label is given twice",
            Refusal::TooOld => "its time is older than what is kept (or not set)",
            Refusal::TooNew => "its time is in the future: check the sender's clock",
            Refusal::Fractions => "a histogram's counts are no whole numbers",
            Refusal::GaugeHistogram => "a histogram that goes up and down has no form here",
            Refusal::BadBuckets => "a histogram's spans, counts and total do not fit each other",
            Refusal::TooManyBuckets => {
                "a histogram has more buckets, or wider gaps between them, than are kept"
            }
            Refusal::UnknownSchema => "a histogram's bucket schema is not known",
        })
    }
}

/// Translates the protobuf body of a remote write, after decompression. Times outside of `accept` are refused.
///
/// # Errors
/// When the bytes are not this message, or would take too much memory. Nothing of the request is kept.
pub fn remote_write_to_otlp(
    version: WriteVersion,
    body: &[u8],
    accept: TimeRange,
) -> Result<Translated, DecodeError> {
    let mut translation = translate::Translation::new(accept);
    request::read(version, body, &mut translation)?;
    Ok(translation.finish())
}

/// An error about the whole request.
fn malformed(version: WriteVersion, reason: impl fmt::Display) -> DecodeError {
    DecodeError::Protobuf { signal: Signal::Metrics, reason: format!("as {}: {reason}", version.message()) }
}
