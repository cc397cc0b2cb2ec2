//! Old hours of spans keep the traces that tail sampling lets stay: written as a job, swapped in one commit.

use std::collections::HashSet;
use std::time::Duration;

use arrow::array::RecordBatch;
use ippo_base::{Minute, TimeRange, Timestamp};

use super::compact::{Replacement, give_up};
use super::{Core, CoreError};
use crate::sampling::{self, SamplingPolicy, Says, Survey, TooMany};
use crate::segment::{self, Files, Moment, SegmentError, SegmentMeta, SegmentRef, WINDOW_MINUTES};
use crate::signal::Signal;

/// An hour to sample. Runs anywhere, for as long as it takes; a failure leaves nothing.
pub struct SampleJob {
    policy: SamplingPolicy,
    pinned: Vec<[u8; 16]>,
    window: Minute,
    /// The hour's segments that were not sampled yet.
    due: Vec<SegmentRef>,
    /// Those of the hour and the ones beside it, and what they say.
    around: Vec<(SegmentRef, Says)>,
    /// These hours.
    range: TimeRange,
    /// Spans of theirs that no segment holds yet, among others.
    memory: Vec<RecordBatch>,
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
    ///
    /// # Errors
    /// Why the hour stays as it is. What was written is removed.
    pub fn run(&self, goes_on: &dyn Fn() -> bool) -> Result<Replacement, SampleError> {
        self.write(goes_on).inspect_err(|_| give_up(self.files.disk(), &self.paths()))
    }

    fn write(&self, goes_on: &dyn Fn() -> bool) -> Result<Replacement, SampleError> {
        let began = self.files.moment();
        let stay = self.survey(goes_on)?;
        let mut written = Vec::new();
        for (at, meta) in self.due.iter().enumerate() {
            let sampled = segment::sample(&self.files, self.file(at), meta, &stay, goes_on);
            written.push(sampled.map_err(|error| self.told(error, began))?.ok_or(SampleError::Stopped)?);
        }
        self.files.disk().sync_dir(segment::FOLDER).map_err(|error| SampleError::Failed(error.into()))?;
        Ok(Replacement { replaced: self.due.clone(), written })
    }

    /// The numbers of the traces that stay.
    fn survey(&self, goes_on: &dyn Fn() -> bool) -> Result<HashSet<u64>, SampleError> {
        let mut survey = Survey::new(&self.policy, &self.pinned, self.range);
        let stopped = |done: Result<(), TooMany>| match done {
            _ if !goes_on() => Err(SampleError::Stopped),
            Ok(()) => Ok(()),
            Err(TooMany) => Err(SampleError::TooMany),
        };
        if self.around.iter().any(|(_, says)| *says == Says::Whole) {
            for meta in &self.due {
                self.files.survey(meta, |batch| {
                    survey.is_of_hour(batch);
                    stopped(Ok(()))
                })?;
            }
        }
        for (meta, says) in &self.around {
            self.files.survey(meta, |batch| stopped(survey.add(batch, *says)))?;
        }
        for batch in &self.memory {
            stopped(survey.add(batch, Says::Reasons))?;
        }
        Ok(survey.finish())
    }

    /// An input that cannot be read goes into quarantine; a failure of the output says nothing about them.
    fn told(&self, error: SegmentError, began: Moment) -> SegmentError {
        let of_input = self.due.iter().any(|input| input.file == error.file());
        if of_input { self.files.hold(error, began) } else { error }
    }

    /// The first minute of the hour.
    pub fn window(&self) -> Minute {
        self.window
    }

    /// What it samples, for messages.
    pub fn files(&self) -> Vec<String> {
        self.due.iter().map(|segment| segment.file.clone()).collect()
    }

    /// The paths that it writes.
    fn paths(&self) -> Vec<String> {
        (0..self.due.len()).map(|at| format!("{}/{}", segment::FOLDER, self.file(at))).collect()
    }

    fn file(&self, at: usize) -> String {
        SegmentMeta::file_of(Signal::Spans, self.window, self.attempt, at)
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
        let hour = segment::window_range(window);
        let hour_long = Duration::from_secs(u64::from(WINDOW_MINUTES) * 60);
        let range = TimeRange { from: hour.from.minus(hour_long), to: hour.to.plus(hour_long) };
        let nanos = range.from.as_nanos()..range.to.as_nanos();
        let reaches =
            |rows: &&RecordBatch| segment::times(Signal::Spans, rows).iter().any(|time| nanos.contains(time));
        let snapshot = self.snapshot();
        let held = self.held_hours();
        let says = |one: &SegmentRef| match one.sampled {
            Some(_) => Says::Chosen,
            None if self.stays_whole(one, &held) => Says::Whole,
            None => Says::Reasons,
        };
        Some(SampleJob {
            policy: *policy,
            pinned: pinned.to_vec(),
            window,
            due: due.cloned().collect(),
            around: self.segments(Signal::Spans).filter(beside).map(|one| (one.clone(), says(one))).collect(),
            range,
            memory: snapshot.rows(Signal::Spans).iter().filter(reaches).cloned().collect(),
            files: self.files.clone(),
            attempt: self.attempt,
        })
    }

    /// The hours with a segment in quarantine.
    fn held_hours(&self) -> Vec<u32> {
        let held =
            self.segments(Signal::Spans).filter(|one| self.files.quarantine().get(&one.file).is_some());
        held.map(|one| one.window).collect()
    }

    /// Whether a segment stays as it is, however old: it could not be sampled before, or its hour or one beside it has a
    /// segment in quarantine.
    fn stays_whole(&self, one: &SegmentRef, held: &[u32]) -> bool {
        self.left_as_they_are.contains(&one.file)
            || held.iter().any(|window| window.abs_diff(one.window) <= WINDOW_MINUTES)
    }

    /// The oldest hour that ended before `before`, has a segment that was not sampled, and is at rest: with nothing to
    /// merge in it, nothing in quarantine in it or beside it, and nothing that was out of reach a moment ago.
    fn hour_to_sample(&self, before: Timestamp, now: Timestamp) -> Option<Minute> {
        let settled: HashSet<&str> = self.settled(now).into_iter().map(|one| one.file.as_str()).collect();
        let held = self.held_hours();
        let due = self.segments(Signal::Spans).filter(|one| {
            one.sampled.is_none()
                && segment::window_range(Minute(one.window)).to <= before
                && settled.contains(one.file.as_str())
                && !self.is_expired(one)
                && !self.stays_whole(one, &held)
                && !self.resting.has(Signal::Spans, one.window, now)
        });
        due.map(|one| Minute(one.window)).min()
    }
}
