//! The parts of files that a search of log records looks through one after the other, and the rows of them that fit.
//!
//! Only the columns that the choices are about are read; what else of a row is wanted is up to whoever asks.

use ippo_base::TimeRange;

use super::super::Reader;
use super::super::parts::FilePart;
use super::LogFilter;
use crate::segment::{self, Group, SegmentError, SegmentMeta};
use crate::signal::Signal;

impl Reader {
    /// The files of a range.
    pub(super) fn log_files(&self, range: TimeRange) -> impl Iterator<Item = &SegmentMeta> {
        self.snapshot.segments(Signal::Logs, range).map(AsRef::as_ref)
    }

    /// Shows each row group that has rows that fit, with their numbers in it, ascending; until it is over.
    pub(super) fn each_fitting(
        &self,
        part: &FilePart<'_>,
        only: &LogFilter,
        mut visit: impl FnMut(Group, Vec<usize>) -> Result<(), SegmentError>,
    ) -> Result<(), SegmentError> {
        let columns = only.columns();
        for group in
            self.files.groups_with(Signal::Logs, part.meta, &part.range.groups, only.words(), &columns)?
        {
            if self.limits.over().is_some() {
                break;
            }
            let fitting = match columns.is_empty() {
                true => (0..group.rows).collect(),
                false => self.fitting(part.meta, group, only, &columns)?,
            };
            if !fitting.is_empty() {
                visit(group, fitting)?;
            }
        }
        Ok(())
    }

    fn fitting(
        &self,
        meta: &SegmentMeta,
        group: Group,
        only: &LogFilter,
        columns: &[&str],
    ) -> Result<Vec<usize>, SegmentError> {
        let mut fitting = Vec::new();
        let mut before = 0;
        for batch in self.files.read_group(Signal::Logs, meta, group, columns)? {
            fitting.extend(only.matching(&batch).into_iter().map(|row| before + row));
            before += batch.num_rows();
        }
        Ok(fitting)
    }

    /// The times of a row group's rows, in nanoseconds.
    pub(super) fn log_times(&self, meta: &SegmentMeta, group: Group) -> Result<Vec<i64>, SegmentError> {
        let batches = self.files.read_group(Signal::Logs, meta, group, &["time"])?;
        Ok(batches.iter().flat_map(|batch| segment::times(Signal::Logs, batch)).copied().collect())
    }
}
