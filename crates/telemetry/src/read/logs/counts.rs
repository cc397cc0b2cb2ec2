//! How many log records there are over time, by severity.

use arrow::array::RecordBatch;
use ippo_base::{TimeRange, Timestamp};

use super::super::cell::Numbers;
use super::super::parts::{Counting, FilePart, Sum};
use super::super::{Found, Reader};
use super::LogFilter;
use crate::segment::{self, SegmentError};
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
        let counting = Counting {
            none: || Steps::new(range, step_secs),
            rows: |counts: &mut Steps, batch: &RecordBatch| {
                let (times, severities) = (segment::times(Signal::Logs, batch), severities(batch));
                only.matching(batch).into_iter().for_each(|row| counts.add(times[row], severities[row]));
            },
            part: |part: &FilePart<'_>| self.counted(part, only, Steps::new(range, step_secs)),
        };
        self.sum(Signal::Logs, range, &counting).map(|steps| steps.counts)
    }

    /// What a part of a file adds.
    fn counted(
        &self,
        part: &FilePart<'_>,
        only: &LogFilter,
        mut counts: Steps,
    ) -> Result<Steps, SegmentError> {
        self.each_fitting(part, only, |group, rows| {
            let columns = ["time", "severity_number"];
            let batches = self.files.read_group(Signal::Logs, part.meta, group, &columns)?;
            let times: Vec<i64> =
                batches.iter().flat_map(|batch| segment::times(Signal::Logs, batch)).copied().collect();
            let severities: Vec<i64> = batches.iter().flat_map(severities).collect();
            rows.into_iter().for_each(|row| counts.add(times[row], severities[row]));
            Ok(())
        })?;
        Ok(counts)
    }
}

fn severities(batch: &RecordBatch) -> Vec<i64> {
    let numbers = Numbers::of(batch, "severity_number");
    (0..batch.num_rows()).map(|row| numbers.number(row)).collect()
}

/// Counts while they grow.
struct Steps {
    range: TimeRange,
    step_nanos: i64,
    counts: LogCounts,
}

impl Steps {
    fn new(range: TimeRange, step_secs: u32) -> Self {
        let step_nanos = i64::from(step_secs.max(1)) * 1_000_000_000;
        let first = range.from.as_nanos().div_euclid(step_nanos) * step_nanos;
        let length = range.to.as_nanos().saturating_sub(first).max(0);
        let steps = usize::try_from(length / step_nanos + i64::from(length % step_nanos != 0)).unwrap_or(0);
        let steps = vec![[0; SEVERITY_CLASSES]; steps];
        Self { range, step_nanos, counts: LogCounts { first: Timestamp::from_nanos(first), steps } }
    }

    fn add(&mut self, time: i64, severity_number: i64) {
        if (self.range.from.as_nanos()..self.range.to.as_nanos()).contains(&time) {
            let step = (time - self.counts.first.as_nanos()) / self.step_nanos;
            let step = usize::try_from(step).expect("it is not before the range");
            self.counts.steps[step][severity_class(severity_number)] += 1;
        }
    }
}

impl Sum for Steps {
    fn merge(&mut self, other: Self) {
        for (step, more) in self.counts.steps.iter_mut().flatten().zip(other.counts.steps.iter().flatten()) {
            *step += more;
        }
    }
}
