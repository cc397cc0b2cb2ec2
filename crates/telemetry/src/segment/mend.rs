//! What becomes of a segment that cannot be read: where the bucket has it whole, the local copy goes; else it is in quarantine.

use ippo_base::disk::is_passing;

use super::cold::Moment;
use super::files::{Files, differs};
use super::opened::{Segment, unread};
use super::quarantine::verify;
use super::tiers::FetchError;
use super::{SegmentError, SegmentMeta};

impl Files {
    /// Asks a segment; and once more where its local copy was damaged and the bucket has it whole.
    pub(super) fn ask<T>(
        &self,
        meta: &SegmentMeta,
        ask: impl Fn(&Segment) -> Result<T, SegmentError>,
    ) -> Result<T, SegmentError> {
        let once = || {
            let began = self.moment();
            let segment = self.open(meta)?;
            ask(&segment).map_err(|error| self.hold(error, began))
        };
        match once() {
            Err(SegmentError::Mended { .. }) => once(),
            answer => answer,
        }
    }

    /// This moment. Whoever begins to read notes it, to tell damage from what was mended meanwhile.
    pub(crate) fn moment(&self) -> Moment {
        self.tiers.cold().map(|cold| cold.moment()).unwrap_or_default()
    }

    /// Notes that a segment could not be read by someone who `began` then. Returns what a reader is told. Where the bucket has
    /// it whole, the local copy goes instead of the segment into quarantine.
    pub(crate) fn hold(&self, error: SegmentError, began: Moment) -> SegmentError {
        if matches!(
            error,
            SegmentError::Unreachable { .. } | SegmentError::Quarantined { .. } | SegmentError::Mended { .. }
        ) {
            return error;
        }
        match self.mend(&error, began) {
            true => {
                let (file, reason) = (error.file().to_owned(), error.to_string());
                tracing::warn!(
                    file,
                    reason,
                    "a segment was damaged on the local disk and is whole in the bucket; it is read there from now on"
                );
                SegmentError::Mended { file, reason }
            }
            false => self.condemn(error),
        }
    }

    /// The same, whatever the bucket has.
    pub(crate) fn condemn(&self, error: SegmentError) -> SegmentError {
        if matches!(error, SegmentError::Unreachable { .. }) {
            return error;
        }
        self.forget(error.file());
        self.quarantine.hold(error)
    }

    /// Whether what the disk had of a segment went since whoever met the damage began, because the bucket has all of it. Others
    /// that meet it wait for the one that reads it there. Once for each since the start: bytes that are what was written and
    /// cannot be understood are no damage of the disk.
    fn mend(&self, error: &SegmentError, began: Moment) -> bool {
        let passes = matches!(error, SegmentError::Io { source, .. } if is_passing(source));
        let Some(cold) = self.tiers.cold().filter(|_| !passes) else { return false };
        let Some(meta) = cold.stored(error.file()) else { return false };
        let _alone = cold.mending.wait(&meta.file);
        if let Some(mended) = cold.mended_at(&meta.file) {
            return mended.is_some_and(|at| at > began);
        }
        if !self.tiers.has_some(&meta.file) {
            return false;
        }
        self.forget(&meta.file);
        let is_well = matches!(self.verify(&meta), Ok(Well::There));
        cold.note_mended(&meta.file, is_well);
        is_well
    }

    /// Whether a segment could not be compared with what the bucket has of it, as that did not answer: it may be mended once it
    /// does.
    pub(crate) fn waits_for_bucket(&self, file: &str) -> bool {
        self.tiers.cold().is_some_and(|cold| cold.has(file) && cold.is_unanswered(file))
    }

    /// Reads a segment in full, wherever it is, and compares it with the manifest. Where the local copy is bad and the one in
    /// the bucket is not, the local one goes.
    pub(crate) fn verify(&self, meta: &SegmentMeta) -> Result<Well, SegmentError> {
        let has = self.tiers.cold().is_some_and(|cold| cold.has(&meta.file));
        let local = match self.tiers.is_remote(&meta.file) {
            true => None,
            false => Some(verify(self.disk(), meta)),
        };
        match local {
            Some(Ok(())) => return Ok(Well::Here),
            Some(Err(error)) if !has => return Err(error),
            _ => {}
        }
        let mut crc = 0;
        let read = self.tiers.each_part(meta, &mut |bytes| {
            crc = crc32c::crc32c_append(crc, bytes);
            Ok(())
        });
        let read = match read {
            Err(FetchError::Source(source)) => Err(unread(meta, source)),
            Ok(()) if crc == meta.crc => Ok(()),
            _ => Err(differs(meta)),
        };
        if let Some(cold) = self.tiers.cold() {
            cold.note_answer(&meta.file, !matches!(read, Err(SegmentError::Unreachable { .. })));
        }
        read?;
        self.tiers.forget_local(meta).map_err(|error| unread(meta, error))?;
        Ok(Well::There)
    }
}

/// Where a segment was found to be as it was written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Well {
    /// On the local disk.
    Here,
    /// In the bucket; the local disk has nothing of it any more.
    There,
}
