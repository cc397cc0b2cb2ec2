//! Reads with known shapes: traces, logs, metrics, services. Each is one pass over the rows in memory and the segments of a
//! snapshot, with the columns it needs, or over what segments know of their rows. User SQL is not here.
//!
//! A segment that cannot be read makes an answer partial, and the answer says so; it never fails it.

mod affected;
mod ahead;
pub(crate) mod cell;
mod changes;
mod failures;
mod limits;
mod logs;
mod metrics;
mod minutes;
mod parts;
mod requests;
mod rollups;
mod scan;
mod services;
mod sessions;
mod spans;
mod tally;
#[cfg(test)]
mod tests;
mod traces;
mod versions;
mod windows;

use serde::{Deserialize, Serialize};

pub use affected::Affected;
pub use changes::{EndpointChange, EndpointChanges};
pub use failures::Failure;
pub use limits::{ReadLimits, Stop, StopOnDrop};
pub(crate) use logs::records as log_records;
pub use logs::{
    LogCounts, LogCursor, LogFilter, LogProgress, LogRecord, LogSearch, LogsAround, Needle, NoLogCursor,
    SEVERITY_CLASSES, severity_class,
};
pub use metrics::{
    Aggregate, Chart, ChartError, ChartSearch, GROUPS_MOST, LABEL_VALUES_MOST, LABELS_MOST, LINES_MOST,
    Label, LabelFilter, LabelSource, LabelUse, Line, MetricKind, MetricLabels, MetricSummary, Metrics,
    NUMBERS_MOST, SERIES_MOST, STEPS_BY_DEFAULT, STEPS_MOST, SeriesFilter, Values,
};
pub use minutes::MinuteCounts;
pub use requests::Where;
pub use services::{EndpointStats, SeriesPoint, ServiceStats};
pub use sessions::{JoinBy, Place, SESSION_ROWS_MOST, SESSIONS_MOST, SessionRow, SessionSearch, Sessions};
pub use spans::Span;
pub use tally::Latency;
pub use traces::{TraceCursor, TraceSearch, TraceSummary};
pub use versions::ServiceVersion;
pub use windows::{
    GroupField, GroupKey, WINDOW_GROUPS_MOST, WindowError, WindowLevel, WindowMeasure, WindowRows,
    WindowSearch, WindowTest, WindowValue, Windows,
};

pub use crate::missing::SampledPart;
use crate::segment::Files;
use crate::snapshot::Snapshot;

/// What a reader found, and what it could not read.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Found<T> {
    /// The answer.
    pub value: T,
    /// What the reader of the answer should know.
    pub warnings: Vec<String>,
    /// Whether stored rows are known to be missing from the answer.
    pub partial: bool,
    /// Which of the spans that were read are what sampling left, if any.
    pub sampled: Option<SampledPart>,
}

impl<T> Found<T> {
    fn whole(value: T) -> Self {
        Self { value, warnings: Vec::new(), partial: false, sampled: None }
    }

    /// The same, with another answer made from this one.
    pub fn map<U>(self, change: impl FnOnce(T) -> U) -> Found<U> {
        let Self { value, warnings, partial, sampled } = self;
        Found { value: change(value), warnings, partial, sampled }
    }
}

/// A page of a list.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Listed<T, C> {
    /// The items, newest first.
    pub items: Vec<T>,
    /// Where the next page begins, if there is one.
    pub next: Option<C>,
}

/// Reads everything that was acknowledged when it was made. Its calls block.
#[derive(Clone)]
pub struct Reader {
    files: Files,
    snapshot: Snapshot,
    limits: ReadLimits,
}

impl Reader {
    /// A reader of this snapshot, without limits.
    pub fn new(files: Files, snapshot: Snapshot) -> Self {
        Self { files, snapshot, limits: ReadLimits::default() }
    }

    /// The same within these limits.
    #[must_use]
    pub fn within(self, limits: ReadLimits) -> Self {
        Self { limits, ..self }
    }

    /// The same however long it takes, until it is stopped as this one is.
    #[must_use]
    pub fn patient(&self) -> Self {
        self.clone().within(self.limits.without_time())
    }
}

/// Milliseconds of a number of nanoseconds.
fn millis(nanos: i64) -> f64 {
    nanos as f64 / 1e6
}
