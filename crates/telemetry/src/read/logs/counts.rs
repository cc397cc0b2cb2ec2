//! How many log records there are over time, by severity.

use ippo_base::{TimeRange, Timestamp};

use super::super::cell::Numbers;
use super::super::scan::Scan;
use super::super::{Found, Reader};
use super::LogFilter;
use crate::segment::SegmentMeta;
use crate::signal::Signal;

/// Unknown, and the six severities of the OpenTelemetry log data model.
pub const SEVERITY_CLASSES: usize = 7;

/// The class of a severity number: 0 where unknown, 1 for `TRACE` to 6 for `FATAL`.
pub const fn severity_class(number: i64) -> usize {
    match number {
        1..=4 => 1,
        5..=8 => 2,
        9..=12 => 3,
        13..=16 => 4,
        17..=20 => 5,
        21..=24 => 6,
        _ => 0,
    }
}

/// Records of each step by severity class.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LogCounts {
    /// When the first step begins: a multiple of the step's length, so that the steps of two ranges agree.
    pub first: Timestamp,
    /// The steps, every one of them, the oldest first.
    pub steps: Vec<[u64; SEVERITY_CLASSES]>,
}

impl LogCounts {
    /// All records.
    pub fn total(&self) -> u64 {
        self.steps.iter().flatten().sum()
    }
}

impl Reader {
    /// Counts the records of a range that match, in steps of so many seconds.
    pub fn log_counts(&self, range: TimeRange, only: &LogFilter, step_secs: u32) -> Found<LogCounts> {
        let step_nanos = i64::from(step_secs.max(1)) * 1_000_000_000;
        let first = range.from.as_nanos().div_euclid(step_nanos) * step_nanos;
        let length = range.to.as_nanos().saturating_sub(first).max(0);
        let steps = usize::try_from(length / step_nanos + i64::from(length % step_nanos != 0)).unwrap_or(0);
        let mut columns = only.columns();
        columns.extend(["time", "severity_number"]);
        columns.sort_unstable();
        columns.dedup();
        let scan = Scan { signal: Signal::Logs, range, columns: Some(&columns) };
        let empty =
            LogCounts { first: Timestamp::from_nanos(first), steps: vec![[0; SEVERITY_CLASSES]; steps] };
        let read = |meta: &SegmentMeta| {
            let mut batches = Vec::new();
            for group in self.files.groups_with(meta, only.words(), &columns)? {
                batches.extend(self.files.read_group(Signal::Logs, meta, group, &columns)?);
            }
            Ok(batches)
        };
        self.scan_by(&scan, read, empty, |counts, batch| {
            let (times, severities) = (Numbers::of(batch, "time"), Numbers::of(batch, "severity_number"));
            for row in only.matching(batch) {
                let time = times.time(row);
                if range.from <= time && time < range.to {
                    let step = (time.as_nanos() - first) / step_nanos;
                    let step = usize::try_from(step).expect("it is not before the range");
                    counts.steps[step][severity_class(severities.number(row))] += 1;
                }
            }
        })
    }
}
