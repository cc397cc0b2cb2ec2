//! Old hours of spans keep the traces that tail sampling lets stay: written as a job, swapped in one commit.

use std::collections::HashSet;

use ippo_base::{Minute, Timestamp};

use super::compact::{self, Replacement};
use super::{Core, CoreError};
use crate::sampling::{self, SamplingPolicy, Survey};
use crate::segment::{self, Files, SegmentError, SegmentRef, WINDOW_MINUTES};
use crate::signal::Signal;

/// An hour to sample. Runs anywhere, for as long as it takes; a failure leaves only files that nothing names.
pub struct SampleJob {
    policy: SamplingPolicy,
    pinned: Vec<[u8; 16]>,
    window: Minute,
    /// The hour's segments that were not sampled yet.
    due: Vec<SegmentRef>,
    /// Those of the hour and the ones beside it, which say what stays.
    around: Vec<SegmentRef>,
    files: Files,
    attempt: u64,
}

/// Why an hour stays as it is.
#[derive(Debug, thiserror::Error)]
pub enum SampleError {
    /// Too many of its traces would stay.
    #[error("more than {} traces of an hour would stay, so all of them do", sampling::TRACES_MOST)]
    TooMany,
    /// It cannot be read or written.
    #[error(transparent)]
    Failed(CoreError),
    /// Nobody wants it any more.
    #[error("it was stopped")]
    Stopped,
}

impl From<SegmentError> for SampleError {
    fn from(error: SegmentError) -> Self {
        SampleError::Failed(error.into())
    }
}

impl SampleJob {
    /// Writes what stays and makes it durable, while `goes_on` says so.
    pub fn run(&self, goes_on: &dyn Fn() -> bool) -> Result<Replacement, SampleError> {
        let stay = self.survey(goes_on)?;
        let mut written = Vec::new();
        for (at, meta) in self.due.iter().enumerate() {
            if !goes_on() {
                return Err(SampleError::Stopped);
            }
            let file = format!("{}-{:010}-{:010}-{at}.parquet", Signal::Spans, self.window.0, self.attempt);
            written.push(segment::sample(&self.files, file, meta, &stay).map_err(|error| self.told(error))?);
        }
        self.files.disk().sync_dir(segment::FOLDER).map_err(|error| SampleError::Failed(error.into()))?;
        Ok(Replacement { replaced: self.due.clone(), written })
    }

    /// The numbers of the traces that stay.
    fn survey(&self, goes_on: &dyn Fn() -> bool) -> Result<HashSet<u64>, SampleError> {
        let mut survey = Survey::new(&self.policy, &self.pinned);
        for meta in &self.around {
            let looked = self.files.survey(meta, |batch| match goes_on() {
                true => survey
                    .add(batch, meta.sampled.is_some())
                    .map_err(|sampling::TooMany| SampleError::TooMany),
                false => Err(SampleError::Stopped),
            });
            looked??;
        }
        Ok(survey.finish())
    }

    /// An input that cannot be read goes into quarantine; a failure of the output says nothing about them.
    fn told(&self, error: SegmentError) -> SegmentError {
        let of_input = self.due.iter().any(|input| input.file == error.file());
        if of_input { self.files.hold(error) } else { error }
    }

    /// What it samples, for messages.
    pub fn files(&self) -> Vec<String> {
        self.due.iter().map(|segment| segment.file.clone()).collect()
    }

    /// The paths that it writes, or a part of which it has written when it fails.
    pub fn paths(&self) -> Vec<String> {
        let path = |at| {
            let file = format!("{}-{:010}-{:010}-{at}.parquet", Signal::Spans, self.window.0, self.attempt);
            format!("{}/{file}", segment::FOLDER)
        };
        (0..self.due.len()).map(path).collect()
    }
}

impl Core {
    /// The hour that is due at a time, the oldest first, if any. Only one may be under way, and no merge beside it.
    pub fn plan_sampling(
        &mut self,
        now: Timestamp,
        policy: &SamplingPolicy,
        pinned: &[[u8; 16]],
    ) -> Option<SampleJob> {
        let window = self.hour_to_sample(now.minus(policy.after.max(sampling::SOONEST)), now)?;
        self.attempt += 1;
        let of_window = |segment: &&SegmentRef| segment.window == window.0;
        let beside = |segment: &&SegmentRef| segment.window.abs_diff(window.0) <= WINDOW_MINUTES;
        let due = self.segments(Signal::Spans).filter(of_window).filter(|one| one.sampled.is_none());
        Some(SampleJob {
            policy: *policy,
            pinned: pinned.to_vec(),
            window,
            due: due.cloned().collect(),
            around: self.segments(Signal::Spans).filter(beside).cloned().collect(),
            files: self.files.clone(),
            attempt: self.attempt,
        })
    }

    /// The oldest hour that ended before `before`, has a segment that was not sampled, and is at rest: with nothing to
    /// merge in it, and nothing in quarantine in it or beside it.
    fn hour_to_sample(&self, before: Timestamp, now: Timestamp) -> Option<Minute> {
        let settled: HashSet<&str> = self.settled(now).into_iter().map(|one| one.file.as_str()).collect();
        let held: Vec<u32> = self
            .segments(Signal::Spans)
            .filter(|one| self.files.quarantine().get(&one.file).is_some())
            .map(|one| one.window)
            .collect();
        let due = self.segments(Signal::Spans).filter(|one| {
            one.sampled.is_none()
                && segment::window_range(Minute(one.window)).to <= before
                && settled.contains(one.file.as_str())
                && !self.is_expired(one)
                && !self.left_as_they_are.contains(&one.file)
                && !held.iter().any(|window| window.abs_diff(one.window) <= WINDOW_MINUTES)
        });
        debug_assert!(before <= now && compact::is_quiet(0, now), "old hours are quiet");
        due.map(|one| Minute(one.window)).min()
    }
}
