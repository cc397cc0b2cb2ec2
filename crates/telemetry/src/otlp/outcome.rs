//! What became of a request: its rows, what was rejected and why, what the limits cost.
//!
//! Texts here are read by the people who run the sender: they say what is wrong and never quote what was sent.

use std::fmt::{self, Write as _};

use arrow::record_batch::RecordBatch;
use ippo_base::limits;

use crate::attrs_write::Loss;

/// A request as rows.
#[derive(Debug, Clone, PartialEq)]
pub struct Decoded {
    /// The accepted rows, with the schema of `columns::schema`.
    pub rows: RecordBatch,
    /// What became of the items.
    pub outcome: Outcome,
}

/// What became of a request's items.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Outcome {
    /// Items that became rows.
    pub accepted: usize,
    /// Items that were rejected.
    pub rejected: usize,
    /// How many for which reason, in the order of [`RejectReason::ALL`]; no zeros.
    pub reasons: Vec<(RejectReason, usize)>,
    /// Attributes, events and links left out because of limits.
    pub dropped_attributes: usize,
    /// Texts and values that were shortened because of limits.
    pub cut_values: usize,
    /// Ids of the wrong length that were left out where an item can do without: of log records and links.
    pub bad_ids: usize,
}

/// Why one span, log record or point is not accepted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum RejectReason {
    /// The trace id is not 16 bytes, or all zeros.
    BadTraceId,
    /// The span id is not 8 bytes, or all zeros.
    BadSpanId,
    /// The parent span id is neither absent nor 8 bytes.
    BadParentSpanId,
    /// Its end is missing, before its start, or too far in the future.
    BadEnd,
    /// It happened before the time from which telemetry is kept.
    TooOld,
    /// It claims to happen too far in the future.
    TooNew,
    /// A metric without a name.
    NoName,
    /// A metric or a point without data.
    NoData,
    /// A point that would begin one series too many. Decoding never gives it: what is too many depends on what came before.
    TooManySeries,
}

impl RejectReason {
    /// Every reason, in the order in which they are told.
    pub const ALL: [RejectReason; 9] = [
        RejectReason::BadTraceId,
        RejectReason::BadSpanId,
        RejectReason::BadParentSpanId,
        RejectReason::BadEnd,
        RejectReason::TooOld,
        RejectReason::TooNew,
        RejectReason::NoName,
        RejectReason::NoData,
        RejectReason::TooManySeries,
    ];

    /// A stable name for metrics and records.
    pub const fn code(self) -> &'static str {
        match self {
            RejectReason::BadTraceId => "bad_trace_id",
            RejectReason::BadSpanId => "bad_span_id",
            RejectReason::BadParentSpanId => "bad_parent_span_id",
            RejectReason::BadEnd => "bad_end",
            RejectReason::TooOld => "too_old",
            RejectReason::TooNew => "too_new",
            RejectReason::NoName => "no_name",
            RejectReason::NoData => "no_data",
            RejectReason::TooManySeries => "too_many_series",
        }
    }

    /// The reason with this code.
    pub fn from_code(code: &str) -> Option<RejectReason> {
        RejectReason::ALL.into_iter().find(|reason| reason.code() == code)
    }
}

impl fmt::Display for RejectReason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            RejectReason::BadTraceId => f.write_str("the trace id is not 16 bytes, or is all zeros"),
            RejectReason::BadSpanId => f.write_str("the span id is not 8 bytes, or is all zeros"),
            RejectReason::BadParentSpanId => f.write_str("the parent span id is not 8 bytes"),
            RejectReason::BadEnd => f.write_str(
                "its end is not set, before its start, or far in the future: check the sender's clock",
            ),
            RejectReason::TooOld => f.write_str("its time is older than what is kept (or not set)"),
            RejectReason::TooNew => write!(
                f,
                "its time is more than {} minutes in the future: check the sender's clock",
                limits::FUTURE_TOLERANCE.as_secs() / 60
            ),
            RejectReason::NoName => f.write_str("the metric has no name"),
            RejectReason::NoData => f.write_str("the metric or the point has no data"),
            RejectReason::TooManySeries => f.write_str("its series is one more than may be active"),
        }
    }
}

impl Outcome {
    /// Counts items that were taken out before decoding.
    pub(crate) fn refuse(&mut self, reason: RejectReason, count: usize) {
        if count == 0 {
            return;
        }
        self.rejected += count;
        self.reasons.push((reason, count));
        self.reasons.sort_unstable();
    }

    /// What the sender should be told: `None` when everything was kept as it came.
    pub fn message(&self) -> Option<String> {
        let mut text = String::new();
        if self.rejected > 0 {
            let _ = write!(text, "{} rejected", self.rejected);
            for (index, (reason, count)) in self.reasons.iter().enumerate() {
                let _ = write!(text, "{} {count}: {reason}", if index == 0 { ":" } else { ";" });
            }
        }
        let mut tell = |count: usize, what: &str| {
            if count > 0 {
                let separator = if text.is_empty() { "" } else { "; " };
                let _ = write!(text, "{separator}{count} {what}");
            }
        };
        tell(self.dropped_attributes, "attributes, events or links dropped because of limits");
        tell(self.cut_values, "values shortened because of limits");
        tell(self.bad_ids, "ids of the wrong length left out of log records and links");
        (!text.is_empty()).then_some(text)
    }
}

/// The running count while a request is decoded.
#[derive(Debug, Default)]
pub(crate) struct Tally {
    rejected: [usize; RejectReason::ALL.len()],
    pub(crate) loss: Loss,
}

impl Tally {
    pub(crate) fn reject(&mut self, reason: RejectReason, count: usize) {
        self.rejected[reason as usize] += count;
    }

    pub(crate) fn outcome(self, accepted: usize) -> Outcome {
        let reasons: Vec<(RejectReason, usize)> =
            RejectReason::ALL.into_iter().zip(self.rejected).filter(|(_, count)| *count > 0).collect();
        Outcome {
            accepted,
            rejected: reasons.iter().map(|(_, count)| count).sum(),
            reasons,
            dropped_attributes: self.loss.dropped,
            cut_values: self.loss.cut,
            bad_ids: self.loss.ids,
        }
    }
}
