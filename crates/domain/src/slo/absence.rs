//! Whether an SLO's source has gone silent. Silence counts only while ippo itself was up to hear it.

use ippo_base::{Minute, MinuteRange};

use super::history::Coverage;
use super::minutes::MinuteSet;

/// The least silence that is absence, in whole minutes that ippo was up. A source that stops at any second of a
/// minute is absent before four minutes have passed.
pub const ABSENT_AFTER_MINUTES: u32 = 3;
/// How far back a source's habits are looked at, in minutes.
pub const HABIT_MINUTES: u32 = 24 * 60;

/// What can be said of a source's silence.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Presence {
    /// The source was heard, or its silence is not unusual yet.
    Present,
    /// The source was heard before and is silent for longer than it usually is.
    Absent {
        /// The last minute in which it was heard.
        last_heard: Minute,
        /// Whole minutes of silence that ippo was up for.
        silent_minutes: u32,
    },
    /// Nobody can say: the source was never heard while ippo was up, not for a day, or ippo was down since.
    Unknown,
}

/// Judges the source's silence in the minute `now`, which has not ended. In minutes that are `excused` nobody waits for it.
///
/// A source is absent after [`ABSENT_AFTER_MINUTES`], or after twice the silence that 99 of 100 of its gaps in the
/// last day kept within, whichever is longer: one that speaks twice an hour is not absent in between.
pub fn presence(coverage: &Coverage, excused: &MinuteSet, now: Minute) -> Presence {
    let awaited = coverage.up.difference(excused);
    if coverage.source.contains(now) {
        // It speaks in this very minute: its habits do not matter.
        return if awaited.contains(now) { Presence::Present } else { Presence::Unknown };
    }
    let day = MinuteRange { from: now.minus(HABIT_MINUTES), to: now.plus(1) };
    let heard: Vec<Minute> = coverage.source.ranges().iter().flat_map(|r| clip(*r, day)).collect();
    let Some(last_heard) = heard.last().copied() else { return Presence::Unknown };
    let silence =
        |after: Minute, before: Minute| awaited.len_within(MinuteRange { from: after.plus(1), to: before });
    let silent_minutes = silence(last_heard, now);
    let mut gaps: Vec<u32> = heard.windows(2).map(|pair| silence(pair[0], pair[1])).collect();
    gaps.sort_unstable();
    let usual = gaps.get((gaps.len() * 99).div_ceil(100).saturating_sub(1)).copied().unwrap_or(0);
    if !coverage.up.contains(last_heard) || !awaited.contains(now) {
        // History that was delivered while ippo was elsewhere says nothing about today.
        Presence::Unknown
    } else if silent_minutes >= ABSENT_AFTER_MINUTES.max(usual * 2) {
        Presence::Absent { last_heard, silent_minutes }
    } else {
        Presence::Present
    }
}

fn clip(range: MinuteRange, to: MinuteRange) -> impl Iterator<Item = Minute> {
    MinuteRange { from: range.from.max(to.from), to: range.to.min(to.to) }.iter()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn coverage(source: impl IntoIterator<Item = u32>, up: std::ops::Range<u32>) -> Coverage {
        Coverage {
            up: MinuteSet::from_minutes(up.map(Minute)),
            source: MinuteSet::from_minutes(source.into_iter().map(Minute)),
        }
    }

    #[test]
    fn three_silent_minutes_after_steady_telemetry_are_absence() {
        let steady = coverage(0..100, 0..200);
        assert_eq!(presence(&steady, &MinuteSet::EMPTY, Minute(100)), Presence::Present);
        assert_eq!(presence(&steady, &MinuteSet::EMPTY, Minute(102)), Presence::Present);
        let absent = Presence::Absent { last_heard: Minute(99), silent_minutes: 3 };
        assert_eq!(presence(&steady, &MinuteSet::EMPTY, Minute(103)), absent);
    }

    #[test]
    fn a_source_that_spoke_once_and_stopped_is_absent_too() {
        assert!(matches!(
            presence(&coverage([5], 0..10), &MinuteSet::EMPTY, Minute(9)),
            Presence::Absent { .. }
        ));
    }

    #[test]
    fn a_source_that_speaks_rarely_is_given_the_time_it_usually_takes() {
        let rare = coverage((0..1400).step_by(20), 0..2000);
        assert_eq!(presence(&rare, &MinuteSet::EMPTY, Minute(1380 + 30)), Presence::Present);
        assert!(matches!(presence(&rare, &MinuteSet::EMPTY, Minute(1380 + 39)), Presence::Absent { .. }));
    }

    #[test]
    fn one_long_outage_does_not_make_the_next_one_unnoticed() {
        let once = coverage((0..500).chain(600..1000), 0..2000);
        assert!(matches!(presence(&once, &MinuteSet::EMPTY, Minute(1003)), Presence::Absent { .. }));
    }

    #[test]
    fn silence_while_ippo_was_down_is_not_the_sources_fault() {
        let mut restarted = coverage(0..100, 0..100);
        restarted.up = restarted.up.union(&MinuteSet::from_minutes((130..200).map(Minute)));
        assert_eq!(presence(&restarted, &MinuteSet::EMPTY, Minute(132)), Presence::Present);
        assert!(matches!(presence(&restarted, &MinuteSet::EMPTY, Minute(133)), Presence::Absent { .. }));
        assert_eq!(presence(&restarted, &MinuteSet::EMPTY, Minute(120)), Presence::Unknown, "ippo is down");
    }

    #[test]
    fn imported_history_and_old_history_say_nothing() {
        assert_eq!(presence(&coverage(0..100, 150..160), &MinuteSet::EMPTY, Minute(159)), Presence::Unknown);
        assert_eq!(presence(&coverage(0..100, 0..5000), &MinuteSet::EMPTY, Minute(4000)), Presence::Unknown);
        assert_eq!(presence(&coverage([], 0..5000), &MinuteSet::EMPTY, Minute(4000)), Presence::Unknown);
    }
}
