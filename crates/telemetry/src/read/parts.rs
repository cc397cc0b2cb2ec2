//! Files part by part, and what their parts add up to.

use std::collections::BTreeSet;

use arrow::array::RecordBatch;
use ippo_base::TimeRange;

use super::ahead::{Taken, in_order};
use super::scan::{Enough, FilesRead, beside};
use super::{Found, Reader};
use crate::missing::Missing;
use crate::segment::{GroupRange, SegmentError, SegmentMeta};
use crate::signal::Signal;

/// A part of a file.
pub(super) struct FilePart<'a> {
    pub(super) meta: &'a SegmentMeta,
    pub(super) range: GroupRange,
}

/// Files that could not be read, each told once.
#[derive(Default)]
pub(super) struct Failed<'a>(BTreeSet<&'a str>);

impl<'a> Failed<'a> {
    /// Notes a file. Whether it was not known before.
    pub(super) fn note(&mut self, file: &'a str) -> bool {
        self.0.insert(file)
    }

    pub(super) fn has(&self, file: &str) -> bool {
        self.0.contains(file)
    }
}

/// What can be counted in parts.
pub(super) trait Sum: Send {
    /// Adds what was counted elsewhere.
    fn merge(&mut self, other: Self);
}

/// How rows are counted: those in memory a batch at a time, those of files a part at a time.
pub(super) struct Counting<N, R, P> {
    /// What nothing adds up to.
    pub(super) none: N,
    pub(super) rows: R,
    pub(super) part: P,
}

/// What the parts of a file have added up to so far.
struct OfFile<'a, T> {
    meta: &'a SegmentMeta,
    sum: T,
}

impl Reader {
    /// The parts of a file.
    pub(super) fn parts_of<'a>(&self, meta: &'a SegmentMeta) -> impl Iterator<Item = FilePart<'a>> {
        self.files.parts(meta).into_iter().map(move |range| FilePart { meta, range })
    }

    /// Shows the rows of a part of a file, of some columns, until it is over.
    pub(super) fn each_batch(
        &self,
        signal: Signal,
        part: &FilePart<'_>,
        columns: &[&str],
        mut visit: impl FnMut(&RecordBatch),
    ) -> Result<(), SegmentError> {
        for group in self.files.groups_with(signal, part.meta, &part.range.groups, &[], columns)? {
            if self.limits.over().is_some() {
                break;
            }
            self.files.read_group(signal, part.meta, group, columns)?.iter().for_each(&mut visit);
        }
        Ok(())
    }

    /// Adds up rows in memory and those of files that may have some in the range, with a second thread ahead. A file that
    /// cannot be read to its end adds nothing.
    pub(super) fn sum<T, N, R, P>(
        &self,
        signal: Signal,
        range: TimeRange,
        how: &Counting<N, R, P>,
    ) -> Found<T>
    where
        T: Sum,
        N: Fn() -> T,
        R: Fn(&mut T, &RecordBatch),
        P: Fn(&FilePart<'_>) -> Result<T, SegmentError> + Sync,
    {
        let mut sum = (how.none)();
        let is_over = || self.limits.over().is_some();
        for batch in self.snapshot.rows(signal).iter().take_while(|_| !is_over()) {
            (how.rows)(&mut sum, batch);
        }
        let files: Vec<&SegmentMeta> = self.snapshot.segments(signal, range).map(AsRef::as_ref).collect();
        let parts: Vec<FilePart<'_>> = files.iter().copied().flat_map(|meta| self.parts_of(meta)).collect();
        let (mut failed, mut missing, mut read) = (Failed::default(), Missing::default(), 0);
        let mut of_file: Option<OfFile<'_, T>> = None;
        let mut add = |file: OfFile<'_, T>, failed: &Failed<'_>, missing: &mut Missing| {
            if !failed.has(&file.meta.file) {
                sum.merge(file.sum);
                missing.was_read(file.meta);
            }
            read += 1;
        };
        let taken = in_order(&parts, &how.part, is_over, |part, found| {
            let is_same = |file: &mut OfFile<'_, T>| file.meta.file == part.meta.file;
            let file = match of_file.take_if(is_same) {
                Some(same) => same,
                None => {
                    of_file.take().into_iter().for_each(|file| add(file, &failed, &mut missing));
                    OfFile { meta: part.meta, sum: (how.none)() }
                }
            };
            let file = of_file.insert(file);
            match found {
                Ok(found) => file.sum.merge(found),
                Err(error) => {
                    if failed.note(&part.meta.file) {
                        missing.note(&error);
                    }
                }
            }
            Enough::NotYet
        });
        let ended = self.limits.over().filter(|_| taken == Taken::Some || parts.is_empty());
        // The last one, unless it was cut short.
        if let Some(file) = of_file.filter(|_| ended.is_none()) {
            add(file, &failed, &mut missing);
        }
        FilesRead::ended(read, files.len(), ended).said(beside(&missing, sum))
    }
}
