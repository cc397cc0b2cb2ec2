//! Plays made-up minutes through an SLO, minute by minute, with the very functions that judge real ones: what fires when, and how
//! the SLO stands then. Keeps what fires, and nothing else.

use std::collections::BTreeSet;
use std::time::Duration;

use ippo_base::{Minute, MinuteRange, Timestamp};

use super::absence::{Presence, presence};
use super::alerts::{AlertChange, SloAlert, Transition, changes, firing_windows};
use super::burn::LONGEST_WINDOW_MINUTES;
use super::counts::Counts;
use super::evaluate::{ObjectiveInputs, SloInputs, SloStatus, burn_now, evaluate};
use super::exclusion::Exclusions;
use super::history::{Coverage, History};
use super::minutes::MinuteSet;
use super::model::{Slo, UnmeasuredTime};

/// Some minutes of the same input.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Stretch {
    /// How many.
    pub minutes: u32,
    /// What comes in them.
    pub input: Input,
}

/// What comes in.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Input {
    /// So many events in the first minute of every so many; the source is heard in the others too.
    Events {
        /// The events.
        counts: Counts,
        /// At least one, in minutes.
        every: u32,
    },
    /// Nobody can say what happened; the source is heard.
    Unmeasured,
    /// The source sends nothing at all.
    Silent,
}

/// A run of made-up minutes.
#[derive(Debug)]
pub struct Replay<'a> {
    slo: &'a Slo,
    inputs: SloInputs,
    /// Of each source when it could speak, with the place of its first objective. Objectives of one SLI have one source; each
    /// part of a composite SLO has its own.
    sources: Vec<(u32, Coverage)>,
    left_out: MinuteSet,
    /// Minutes in which any objective had bad events.
    bad: MinuteSet,
    firing: BTreeSet<SloAlert>,
    next: Minute,
}

impl<'a> Replay<'a> {
    /// Begins at `start` with the stretches of each objective, one after the other. ippo is up from then on, and knows nothing of
    /// the time before.
    ///
    /// # Panics
    /// If `objectives` has another number of objectives than `slo`.
    pub fn new(slo: &'a Slo, start: Minute, objectives: &[Vec<Stretch>], exclusions: &Exclusions) -> Self {
        assert_eq!(slo.objectives.len(), objectives.len(), "each objective has its input");
        let laid: Vec<Laid> = objectives.iter().map(|stretches| Laid::out(start, stretches)).collect();
        let end = laid.iter().map(|laid| laid.end).max().unwrap_or(start);
        let up = MinuteSet::from_ranges([MinuteRange { from: start, to: end }]);
        let heard =
            |laid: &[Laid]| laid.iter().fold(MinuteSet::EMPTY, |heard, laid| heard.union(&laid.heard));
        let coverage = |laid: &[Laid]| Coverage { up: up.clone(), source: heard(laid) };
        let sources: Vec<(u32, Coverage)> = match slo.is_composite() {
            true => (0..).zip(laid.iter().map(|laid| coverage(std::slice::from_ref(laid)))).collect(),
            false => vec![(0, coverage(&laid))],
        };
        let given = slo.objectives.iter().zip(&laid).enumerate().map(|(place, (objective, laid))| {
            let (_, coverage) = sources.get(place).unwrap_or(&sources[0]);
            let history =
                History::new(&laid.counts, &laid.unmeasured, coverage, exclusions, objective.slices);
            ObjectiveInputs { history, firing: Vec::new() }
        });
        let inputs = SloInputs { objectives: given.collect(), backfilling: false };
        let bad = laid.iter().flat_map(|laid| &laid.counts).filter(|(_, counts)| counts.bad > 0);
        let bad = MinuteSet::from_minutes(bad.map(|(minute, _)| *minute));
        let left_out = exclusions.left_out.clone();
        Self { slo, inputs, sources, left_out, bad, firing: BTreeSet::new(), next: start }
    }

    /// Judges every minute up to and with `last`, at its end, and gives what began and ended on the way.
    pub fn play(&mut self, last: Minute) -> Vec<(Minute, AlertChange)> {
        let mut told = Vec::new();
        while self.next <= last {
            let minute = self.next;
            self.next = minute.plus(1);
            if self.can_change(minute) {
                told.extend(self.judge(minute).into_iter().map(|change| (minute, change)));
            }
        }
        told
    }

    /// What fires after the minutes that were played.
    pub fn firing(&self) -> &BTreeSet<SloAlert> {
        &self.firing
    }

    /// How the SLO stands at the end of the last minute that was played.
    pub fn status(&self) -> SloStatus {
        evaluate(self.slo, &self.inputs, self.now())
    }

    /// The end of the last minute that was played.
    pub fn now(&self) -> Timestamp {
        end_of(self.next.minus(1))
    }

    /// Whether anything can begin or end in a minute: without failures in reach there is no burn, and a source that is heard is
    /// not absent.
    fn can_change(&self, minute: Minute) -> bool {
        let reach = MinuteRange::ending_with(minute, LONGEST_WINDOW_MINUTES + self.slo.lag_minutes());
        let awaited = |objective: u32| minute.minus(self.slo.lag_of(objective));
        !self.firing.is_empty()
            || self.slo.unmeasured == UnmeasuredTime::Bad
            || self.sources.iter().any(|(of, coverage)| !coverage.source.contains(awaited(*of)))
            || self.bad.len_within(reach) > 0
    }

    fn judge(&mut self, minute: Minute) -> Vec<AlertChange> {
        let now = end_of(minute);
        let burn = burn_now(self.slo, &self.inputs, now);
        let sources = self.sources.iter();
        let presence: Vec<(u32, Presence)> = sources
            .map(|(of, coverage)| {
                (*of, presence(coverage, &self.left_out, minute.minus(self.slo.lag_of(*of))))
            })
            .collect();
        let changes = changes(self.slo, &burn, &presence, &self.firing);
        for change in &changes {
            match change.transition {
                Transition::Fired => self.firing.insert(change.alert),
                Transition::Resolved => self.firing.remove(&change.alert),
            };
        }
        let firing = firing_windows(self.slo, &self.firing);
        for (given, firing) in self.inputs.objectives.iter_mut().zip(firing) {
            given.firing = firing;
        }
        changes
    }
}

/// Within the minute, when all of it has come.
fn end_of(minute: Minute) -> Timestamp {
    minute.start().plus(Duration::from_secs(59))
}

/// Stretches on the axis of time.
struct Laid {
    counts: Vec<(Minute, Counts)>,
    unmeasured: MinuteSet,
    heard: MinuteSet,
    end: Minute,
}

impl Laid {
    fn out(start: Minute, stretches: &[Stretch]) -> Self {
        let (mut counts, mut unmeasured, mut heard) = (Vec::new(), Vec::new(), Vec::new());
        let mut from = start;
        for stretch in stretches {
            let range = MinuteRange { from, to: from.plus(stretch.minutes) };
            match stretch.input {
                Input::Events { counts: each, every } => {
                    heard.push(range);
                    let with = range.iter().step_by(every.max(1) as usize);
                    counts.extend(with.filter(|_| !each.is_zero()).map(|minute| (minute, each)));
                }
                Input::Unmeasured => {
                    heard.push(range);
                    unmeasured.push(range);
                }
                Input::Silent => {}
            }
            from = range.to;
        }
        let [unmeasured, heard] = [unmeasured, heard].map(MinuteSet::from_ranges);
        Self { counts, unmeasured, heard, end: from }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::tests::slo;
    use super::*;

    const START: Minute = Minute(29_000_000);

    fn events(minutes: u32, good: u64, bad: u64) -> Stretch {
        Stretch { minutes, input: Input::Events { counts: Counts { good, bad, unknown: 0 }, every: 1 } }
    }

    fn told(replay: &mut Replay<'_>, minutes: u32) -> Vec<String> {
        let told = replay.play(START.plus(minutes - 1));
        told.into_iter()
            .map(|(at, c)| format!("{} {} {:?}", at.0 - START.0, c.alert.key(), c.transition))
            .collect()
    }

    #[test]
    fn an_outage_fires_and_its_end_resolves_at_the_minute() {
        let slo = slo(&["0.999"]);
        let input = [events(1440, 60, 0), events(3, 0, 60), events(60, 60, 0)];
        let mut replay = Replay::new(&slo, START, &[input.to_vec()], &Exclusions::default());
        assert_eq!(told(&mut replay, 1440), Vec::<String>::new());
        assert_eq!(replay.status().state.name(), "fine");
        let begun = told(&mut replay, 1443);
        assert_eq!(begun[0], "1440 burn/0/60 Fired", "a burn of 16.7 in the first minute");
        assert_eq!(replay.firing().len(), 3, "the one over a day burns at 2.08 only");
        assert_eq!(replay.status().state.name(), "critical");
        assert_eq!(told(&mut replay, 1503)[0], "1447 burn/0/60 Resolved");
    }

    #[test]
    fn silence_is_absence_and_unmeasured_minutes_are_not() {
        let slo = slo(&["0.999"]);
        let silent = Stretch { minutes: 10, input: Input::Silent };
        let unknown = Stretch { minutes: 10, input: Input::Unmeasured };
        let input = [events(120, 60, 0), unknown, events(10, 60, 0), silent, events(5, 60, 0)];
        let mut replay = Replay::new(&slo, START, &[input.to_vec()], &Exclusions::default());
        assert_eq!(told(&mut replay, 155), ["143 absence Fired", "150 absence Resolved"]);
        assert_eq!(replay.status().objectives[0].window().sum.minutes.unmeasured, 28 * 1440 - 155 + 10 + 6);
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(48))]

        #[test]
        fn minutes_that_are_passed_over_would_have_changed_nothing(
            stretches in proptest::collection::vec((1u32..200, 0u64..3, 0u64..3, 0u8..5), 1..8),
            unmeasured in 0usize..4,
        ) {
            let mut slo = slo(&["0.9"]);
            slo.unmeasured = UnmeasuredTime::ALL[unmeasured];
            let input: Vec<Stretch> = stretches.iter().map(|(minutes, good, bad, kind)| match kind {
                0 => Stretch { minutes: *minutes, input: Input::Silent },
                1 => Stretch { minutes: *minutes, input: Input::Unmeasured },
                2 => events(*minutes, *good, *bad),
                _ => events(*minutes, 5, 0),
            }).collect();
            let last = START.plus(input.iter().map(|s| s.minutes).sum::<u32>() - 1);
            let mut quick = Replay::new(&slo, START, std::slice::from_ref(&input), &Exclusions::default());
            let quickly = quick.play(last);
            let mut whole = Replay::new(&slo, START, &[input], &Exclusions::default());
            let mut wholly = Vec::new();
            for minute in (MinuteRange { from: START, to: last.plus(1) }).iter() {
                wholly.extend(whole.judge(minute).into_iter().map(|change| (minute, change)));
            }
            prop_assert_eq!(quickly, wholly);
        }
    }
}
