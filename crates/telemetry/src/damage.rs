//! What a reader of rows could not read, in the words that go with its answer.

use std::collections::{BTreeMap, BTreeSet};

use crate::segment::SegmentError;

/// Segments that could not be read.
#[derive(Debug, Default)]
pub(crate) struct Damage {
    warnings: Vec<String>,
    /// Files that are in the bucket alone, by what the bucket said. There may be thousands: they are told together.
    unreachable: BTreeMap<String, BTreeSet<String>>,
}

impl Damage {
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
        if !self.warnings.contains(&warning) {
            self.warnings.push(warning);
        }
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
        let mut damage = Damage::default();
        assert!(damage.warnings().is_empty());
        for file in ["a", "b", "b"] {
            damage.note(&SegmentError::Unreachable { file: file.to_owned(), reason: "no route".to_owned() });
        }
        damage.note(&SegmentError::Damaged { file: "c".to_owned(), reason: "torn".to_owned() });
        assert_eq!(
            damage.warnings(),
            [
                "segment c is damaged: torn; its rows are missing here",
                "2 segments are in the bucket alone, and no route; their rows are missing here"
            ]
        );
    }
}
