//! What an answer lacks: rows that could not be read, and rows that sampling did not keep.

use std::collections::{BTreeMap, BTreeSet};

use ippo_base::{Minute, TimeRange};

use crate::sampling::Sampled;
use crate::segment::{self, SegmentError, SegmentMeta};

/// The sampled hours among those that were read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SampledPart {
    /// From the first of them to the last.
    pub range: TimeRange,
    /// Spans of theirs that are stored.
    pub rows: u64,
    /// Spans that they had.
    pub of_rows: u64,
}

impl SampledPart {
    fn of(meta: &SegmentMeta, sampled: Sampled) -> Self {
        let range = segment::window_range(Minute(meta.window));
        Self { range, rows: meta.rows, of_rows: sampled.of_rows }
    }

    /// Both together.
    #[must_use]
    pub(crate) fn and(self, other: Self) -> Self {
        let from = self.range.from.min(other.range.from);
        let to = self.range.to.max(other.range.to);
        let (rows, of_rows) = (self.rows + other.rows, self.of_rows + other.of_rows);
        Self { range: TimeRange { from, to }, rows, of_rows }
    }

    /// In words, for readers that have no others.
    pub(crate) fn to_text(self) -> String {
        let Self { range, rows, of_rows } = self;
        format!(
            "spans from {} to {} are sampled: {rows} of {of_rows} are stored, and only these are counted here",
            range.from, range.to
        )
    }
}

/// What could not be read, and what was sampled.
#[derive(Debug, Default)]
pub(crate) struct Missing {
    warnings: Vec<String>,
    /// Files that are in the bucket alone, by what the bucket said. There may be thousands: they are told together.
    unreachable: BTreeMap<String, BTreeSet<String>>,
    sampled: Option<SampledPart>,
}

impl Missing {
    pub(crate) fn note(&mut self, error: &SegmentError) {
        let warning = match error {
            SegmentError::Unreachable { file, reason } => {
                let files = self.unreachable.entry(reason.clone()).or_default();
                if files.is_empty() {
                    tracing::warn!(reason, "segments in the bucket cannot be read; an answer is partial");
                }
                files.insert(file.clone());
                return;
            }
            other => format!("{other}; its rows are missing here"),
        };
        // That a segment came into quarantine was logged when it did.
        if !matches!(error, SegmentError::Quarantined { .. }) {
            tracing::error!(%error, "a segment cannot be read; an answer is partial");
        }
        self.was_told(&warning);
    }

    /// Something else could not be read, which was logged.
    pub(crate) fn was_told(&mut self, warning: &str) {
        if !self.warnings.iter().any(|told| told == warning) {
            self.warnings.push(warning.to_owned());
        }
    }

    /// A segment was read for its rows.
    pub(crate) fn was_read(&mut self, meta: &SegmentMeta) {
        let part = meta.sampled.map(|sampled| SampledPart::of(meta, sampled));
        self.sampled = [self.sampled, part].into_iter().flatten().reduce(SampledPart::and);
    }

    /// Which of the segments that were read are sampled.
    pub(crate) fn sampled(&self) -> Option<SampledPart> {
        self.sampled
    }

    /// What the reader of the answer should know; nothing if all was read.
    pub(crate) fn warnings(&self) -> Vec<String> {
        let told = |(reason, files): (&String, &BTreeSet<String>)| match files.len() {
            1 => format!("1 segment is in the bucket alone, and {reason}; its rows are missing here"),
            count => {
                format!("{count} segments are in the bucket alone, and {reason}; their rows are missing here")
            }
        };
        self.warnings.iter().cloned().chain(self.unreachable.iter().map(told)).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bucket_that_cannot_be_reached_is_told_once_with_the_number_of_segments() {
        let mut missing = Missing::default();
        assert!(missing.warnings().is_empty());
        for file in ["a", "b", "b"] {
            missing.note(&SegmentError::Unreachable { file: file.to_owned(), reason: "no route".to_owned() });
        }
        missing.note(&SegmentError::Damaged { file: "c".to_owned(), reason: "torn".to_owned() });
        assert_eq!(
            missing.warnings(),
            [
                "segment c is damaged: torn; its rows are missing here",
                "2 segments are in the bucket alone, and no route; their rows are missing here"
            ]
        );
    }
}
