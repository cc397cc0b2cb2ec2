//! Segments that cannot be read, as part of the state: they survive a start, are never merged, go with their window and
//! not before, and come back when they verify again.

use std::collections::BTreeSet;

use ippo_base::Timestamp;

use super::Core;
use crate::segment::{Files, Held, QuarantineMeta, SegmentRef};

/// A segment in quarantine, and why.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Quarantined {
    /// The segment.
    pub segment: SegmentRef,
    /// What is wrong with it.
    pub held: Held,
}

/// A segment in quarantine, to be read in full. Runs anywhere, for as long as it takes.
pub struct VerifyJob {
    segment: SegmentRef,
    files: Files,
}

impl VerifyJob {
    /// Lets the segment back in if its file is what was written; else says what is wrong with it now. Whether it is back.
    pub fn run(&self) -> bool {
        match self.files.verify(&self.segment) {
            Ok(_) => {
                self.files.quarantine().release(&self.segment.file);
                true
            }
            Err(error) => {
                self.files.condemn(error);
                false
            }
        }
    }
}

impl Core {
    /// The segments that are neither read nor merged.
    pub fn quarantined(&self) -> Vec<Quarantined> {
        if self.files.quarantine().is_empty() {
            return Vec::new();
        }
        let held = |segment: &SegmentRef| {
            let held = self.files.quarantine().get(&segment.file)?;
            Some(Quarantined { segment: segment.clone(), held })
        };
        self.segments.iter().filter_map(held).collect()
    }

    /// What to read to learn whether segments in quarantine are well again.
    pub fn plan_verification(&self) -> Vec<VerifyJob> {
        let job = |found: Quarantined| VerifyJob { segment: found.segment, files: self.files.clone() };
        self.quarantined().into_iter().map(job).collect()
    }

    /// The same of those that the bucket had whole and did not give when they were read last: it may mend them once it answers.
    pub fn plan_mending(&self) -> Vec<VerifyJob> {
        let mut jobs = self.plan_verification();
        jobs.retain(|job| self.files.waits_for_bucket(&job.segment.file));
        jobs
    }

    /// Notes when segments came into quarantine. Whether only a flush makes permanent what is known of them.
    pub fn note_quarantine(&mut self, now: Timestamp) -> bool {
        self.files.quarantine().stamp(now);
        self.forget_quarantined();
        self.quarantine_unsaved()
    }

    pub(super) fn quarantine_unsaved(&self) -> bool {
        self.quarantined_meta(&self.segments) != self.manifest.quarantined
    }

    /// What a manifest with these segments says of the quarantine.
    pub(super) fn quarantined_meta(&self, segments: &[SegmentRef]) -> Vec<QuarantineMeta> {
        self.files.quarantine().to_meta(segments.iter().map(|segment| segment.file.as_str()))
    }

    /// Forgets segments that are gone, by retention or because a reader met one that was merged meanwhile.
    pub(super) fn forget_quarantined(&self) {
        if !self.files.quarantine().is_empty() {
            let files: BTreeSet<&str> = self.segments.iter().map(|segment| segment.file.as_str()).collect();
            self.files.quarantine().retain(&files);
        }
    }
}
