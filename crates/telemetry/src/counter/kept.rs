//! The last point of each series that a counter counts by increase, and what the next one adds to it.
//!
//! What a counter says is a function of the stored points alone, whatever order they came in: points in order are counted
//! as they come, and the hours around a point that came late are marked, to be counted again from what is stored.

use std::collections::{BTreeMap, BTreeSet};

use ippo_base::{Minute, Timestamp};

use super::measured::{Measured, Measurement, Weigh};
use super::{Counts, Remark};
use crate::metric::{Oddities, Sample, Temporality, increase};
use crate::segment::WINDOW_MINUTES;

/// Series whose last point one counter keeps; few in tests, so that they meet the limit.
pub const KEPT_SERIES_MOST: usize = if cfg!(test) { 100 } else { 10_000 };
/// An increase over a longer time, in nanoseconds, belongs to no minute.
pub(crate) const LONGEST_NANOS: i64 = 5 * MINUTE_NANOS;
/// A series without a point for so long makes room for others.
const IDLE_NANOS: i64 = 60 * MINUTE_NANOS;
const MINUTE_NANOS: i64 = 60_000_000_000;

/// What a delta's fraction is counted in.
const WHOLE: u32 = 1_000_000_000;

/// The last point of a series.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Last {
    pub(super) sample: Sample<Measured>,
    /// What is left over of deltas in the hour of the point, in billionths of an event. An hour begins with a half, so that
    /// what it adds up to is rounded.
    pub(super) carry: u32,
}

/// What a counter keeps of its series.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Kept {
    pub(super) series: BTreeMap<u128, Last>,
    /// The newest point of all.
    pub(super) newest: i64,
    /// How new the newest point was when room was made last.
    made_room: i64,
    /// The newest point of the series that made room.
    pub(super) forgotten: Option<i64>,
    /// First minutes of the hours to be counted again.
    pub(super) late: BTreeSet<u32>,
    /// Those that are being counted again.
    pub(super) recounting: BTreeSet<u32>,
    /// What the counter's reader should know, and the latest minute it was so.
    pub(super) remarks: BTreeMap<Remark, Minute>,
    /// Whether what came during the back-fill is counted.
    pub(super) settled: bool,
}

impl Default for Kept {
    fn default() -> Self {
        Self {
            series: BTreeMap::new(),
            newest: i64::MIN,
            made_room: i64::MIN,
            forgotten: None,
            late: BTreeSet::new(),
            recounting: BTreeSet::new(),
            remarks: BTreeMap::new(),
            settled: false,
        }
    }
}

/// The minute of a point.
pub(super) fn minute_of(time: i64) -> Minute {
    Timestamp::from_nanos(time).minute()
}

/// The first minute of the hour of a point, which is a window of segments.
pub(super) fn hour_of(time: i64) -> u32 {
    let minute = minute_of(time).0;
    minute - minute % WINDOW_MINUTES
}

impl Kept {
    /// Whether the point cannot be counted as it comes: another one of its series is as new or newer, or one that is
    /// forgotten may have to do with it.
    pub(super) fn is_late(&self, point: &Measurement) -> bool {
        let time = point.sample.time;
        match (self.series.get(&point.series), self.forgotten) {
            (Some(last), _) => time <= last.sample.time && last.sample != point.sample,
            (None, Some(forgotten)) => {
                hour_of(time) <= hour_of(forgotten) || time <= forgotten.saturating_add(LONGEST_NANOS)
            }
            (None, None) => false,
        }
    }

    /// Has the hours counted again that a point at this time can have changed.
    pub(super) fn mark(&mut self, time: i64) {
        self.late.insert(hour_of(time));
        self.late.insert(hour_of(time.saturating_add(LONGEST_NANOS)));
    }

    /// Takes a point without counting it: its hour is counted again. What is kept of a series is its newest point of all.
    pub(super) fn put_off(&mut self, point: &Measurement) {
        self.mark(point.sample.time);
        let newer = self.series.get(&point.series).is_none_or(|last| last.sample.time < point.sample.time);
        if newer
            && self.has_room(point)
            && self.forgotten.is_none_or(|forgotten| forgotten < point.sample.time)
        {
            self.newest = self.newest.max(point.sample.time);
            self.series.insert(point.series, Last { sample: point.sample.clone(), carry: WHOLE / 2 });
        }
    }

    /// Takes a point that is not before the last one of its series. What it adds to its minute.
    pub(super) fn take(&mut self, point: &Measurement, weigh: &Weigh) -> Option<Counts> {
        let Measurement { sample, temporality, .. } = point;
        if !self.has_room(point) {
            return None;
        }
        self.newest = self.newest.max(sample.time);
        let before = self.series.get(&point.series);
        if before.is_some_and(|before| before.sample == *sample) {
            return None;
        }
        // One from long before says no more than none: whatever was added since, no minute can be said to hold it.
        let near = before.filter(|before| sample.time.saturating_sub(before.sample.time) <= LONGEST_NANOS);
        let mut odd = Oddities::default();
        let found = increase(near.map(|last| &last.sample), sample, *temporality, LONGEST_NANOS, &mut odd);
        let grew = before.is_some_and(|before| before.sample.value != sample.value);
        if near.is_none() && grew && found.is_none() && *temporality == Temporality::Cumulative {
            odd.unplaced += 1;
        }
        let carried = before.filter(|before| hour_of(before.sample.time) == hour_of(sample.time));
        let mut carry = carried.map_or(WHOLE / 2, |before| before.carry);
        let counted = found.map(|found| match temporality {
            Temporality::Delta => weigh.delta(&found.by, &mut carry),
            Temporality::Cumulative | Temporality::Unsaid => weigh.whole(&found.by),
        });
        self.series.insert(point.series, Last { sample: sample.clone(), carry });
        let minute = minute_of(sample.time);
        self.note(odd, minute);
        match counted {
            Some(None) => {
                self.remark(Remark::Unreadable, minute);
                None
            }
            Some(Some(by)) => Some(point.share.of(by)),
            None => None,
        }
    }

    /// Whether the series of a point is kept, or can be. Series that went silent make room.
    fn has_room(&mut self, point: &Measurement) -> bool {
        if self.series.len() < KEPT_SERIES_MOST || self.series.contains_key(&point.series) {
            return true;
        }
        let newest = self.newest.max(point.sample.time);
        if newest.saturating_sub(self.made_room) >= MINUTE_NANOS {
            self.made_room = newest;
            let silent = newest.saturating_sub(IDLE_NANOS);
            for (_, last) in self.series.extract_if(.., |_, last| last.sample.time < silent) {
                self.forgotten = self.forgotten.max(Some(last.sample.time));
            }
        }
        let has = self.series.len() < KEPT_SERIES_MOST;
        if !has {
            self.remark(Remark::TooManySeries, minute_of(point.sample.time));
        }
        has
    }

    fn note(&mut self, odd: Oddities, minute: Minute) {
        let Oddities { unplaced, unlike, contested, unsaid } = odd;
        let all = [
            (unplaced, Remark::TooFarApart),
            (unlike, Remark::BucketsChanged),
            (contested, Remark::Contested),
            (unsaid, Remark::TemporalityUnsaid),
        ];
        for (_, remark) in all.into_iter().filter(|(count, _)| *count > 0) {
            self.remark(remark, minute);
        }
    }

    /// Notes what the counter's reader should know.
    pub(crate) fn remark(&mut self, remark: Remark, minute: Minute) {
        let latest = self.remarks.entry(remark).or_insert(minute);
        *latest = minute.max(*latest);
    }

    /// Adds what a back-fill found to what came meanwhile.
    pub(crate) fn fill(&mut self, stored: &Kept) {
        for (series, last) in &stored.series {
            let known = self.series.get(series);
            if known.is_some_and(|known| known.sample.time > last.sample.time) {
                continue;
            }
            if known.is_none() && self.series.len() >= KEPT_SERIES_MOST {
                self.remark(Remark::TooManySeries, minute_of(last.sample.time));
                continue;
            }
            self.series.insert(*series, last.clone());
        }
        self.newest = self.newest.max(stored.newest);
        self.forgotten = self.forgotten.max(stored.forgotten);
        let forgotten = self.forgotten;
        self.series.retain(|_, last| forgotten.is_none_or(|forgotten| forgotten < last.sample.time));
        stored.remarks.iter().for_each(|(remark, minute)| self.remark(*remark, *minute));
        self.settled = self.late.is_empty();
    }

    /// Takes over from an hour that was counted again what the next points count from. `then` is what was kept when the
    /// rows were looked at.
    pub(crate) fn settle(&mut self, then: &Kept, recounted: &Kept) {
        recounted.remarks.iter().for_each(|(remark, minute)| self.remark(*remark, *minute));
        let mut again = Vec::new();
        for (series, last) in &recounted.series {
            let Some(known) = self.series.get_mut(series) else { continue };
            if known.sample.time == last.sample.time {
                *known = last.clone();
                continue;
            }
            // What came since, be it the last point of its hour or not, was counted on from what was kept then.
            let time = last.sample.time;
            if then.series.get(series).is_some_and(|then| then.sample.time == time && then != last) {
                again.push(time);
            }
        }
        again.into_iter().for_each(|time| self.mark(time));
    }

    /// What the counter's reader should know, and the latest minute it was so.
    pub(crate) fn remarks(&self) -> impl Iterator<Item = (Remark, Minute)> {
        self.remarks.iter().map(|(remark, minute)| (*remark, *minute))
    }

    /// Whether what came during the back-fill is counted.
    pub(crate) fn is_settled(&self) -> bool {
        self.settled
    }

    /// Takes the hours to be counted again, but for those that are gone, which are given up.
    pub(crate) fn begin_recount(&mut self, gone: impl Fn(&u32) -> bool) -> Vec<u32> {
        let (lost, hours): (Vec<u32>, Vec<u32>) = std::mem::take(&mut self.late).into_iter().partition(gone);
        for hour in lost {
            self.remark(Remark::CameTooLate, Minute(hour + WINDOW_MINUTES - 1));
        }
        self.recounting.extend(&hours);
        self.settled |= hours.is_empty();
        hours
    }

    /// An hour whose rows were not to be had goes back among the late ones.
    pub(crate) fn put_back(&mut self, hour: u32) {
        self.recounting.remove(&hour);
        self.late.insert(hour);
    }

    /// An hour was counted again.
    pub(crate) fn end_recount(&mut self, hour: u32) {
        self.recounting.remove(&hour);
        self.settled |= self.recounting.is_empty();
    }

    /// Whether any hour is to be counted again.
    pub(crate) fn has_late(&self) -> bool {
        !self.late.is_empty()
    }

    /// Whether any hour is to be counted again, or is being.
    pub(crate) fn is_late_anywhere(&self) -> bool {
        !self.late.is_empty() || !self.recounting.is_empty()
    }
}
