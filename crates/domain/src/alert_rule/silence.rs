//! Whether something that should go on has stopped. Only minutes in which ippo itself was up can be silent.

use ippo_base::{Minute, MinuteRange};

use super::Verdict;
use crate::slo::MinuteSet;

/// How long nothing has been heard.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Silence {
    /// What it says.
    pub verdict: Verdict,
    /// Whole minutes of silence that ippo was up for.
    pub minutes: u32,
    /// The last minute in which something was heard, of those that were looked at.
    pub last_heard: Option<Minute>,
}

/// The first of the minutes that must be looked at to say in `now` whether there have been `silent_minutes` of silence: so many
/// in which ippo was up, however long it was down in between. None if it was not up for so long.
pub fn awaited_from(up: &MinuteSet, now: Minute, silent_minutes: u32) -> Option<Minute> {
    let mut left = silent_minutes;
    for range in up.ranges().iter().rev().filter(|range| range.from <= now) {
        let to = range.to.min(now.plus(1));
        let length = to.0 - range.from.0;
        if length >= left {
            return Some(to.minus(left));
        }
        left -= length;
    }
    None
}

/// Judges the silence at the end of the minute `now`. `heard` has every minute since `from` in which something was, and perhaps
/// some of before.
pub fn silence(heard: &MinuteSet, up: &MinuteSet, from: Minute, now: Minute, least_minutes: u32) -> Silence {
    let until_now = MinuteRange { from: Minute(0), to: now.plus(1) };
    let last_heard = heard.intersection(&MinuteSet::from_ranges([until_now])).last();
    let begins = last_heard.map_or(from, |minute| minute.plus(1));
    let minutes = up.len_within(MinuteRange { from: begins, to: now.plus(1) });
    let verdict = match (up.contains(now), last_heard) {
        (false, _) => Verdict::Unknown,
        (true, _) if minutes >= least_minutes => Verdict::Beyond,
        (true, Some(_)) => Verdict::Within,
        // ippo has not been up for long enough.
        (true, None) => Verdict::Unknown,
    };
    Silence { verdict, minutes, last_heard }
}
