//! How sessions went on: of those whose request at a step was as it should be, slow, or failed, how many went on to a later
//! step. Counts sessions, never requests. Knows no telemetry and no clock.

use ippo_base::Timestamp;

use crate::slo::Ratio;

/// A share is told of at least so many sessions: of fewer, one person more or less is most of it.
pub const TOLD_FROM: u64 = 20;

/// How a request ended for whoever made it, best first.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Outcome {
    /// As it should.
    Fine,
    /// It took longer than the step allows.
    Slow,
    /// It failed, however long it took.
    Failed,
}

impl Outcome {
    /// Every one of them.
    pub const ALL: [Self; 3] = [Self::Fine, Self::Slow, Self::Failed];

    /// The word in the API.
    pub fn name(self) -> &'static str {
        match self {
            Self::Fine => "fine",
            Self::Slow => "slow",
            Self::Failed => "failed",
        }
    }
}

/// A request of a session at a step. Its order is that of time.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub struct Visit {
    /// When it began.
    pub at: Timestamp,
    /// The step's place in the journey, from 0.
    pub step: usize,
    /// How it ended.
    pub outcome: Outcome,
}

/// Over which time sessions are looked at.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Walk {
    /// Sessions that reach a step from here on.
    pub from: Timestamp,
    /// And before this. Visits of the time in which they may go on, beyond it, are known too, as far as it has passed.
    pub to: Timestamp,
    /// Up to where visits are known.
    pub known_to: Timestamp,
    /// Within how long a session goes on.
    pub within: std::time::Duration,
}

/// Sessions that reached a step, and what became of them.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Reached {
    /// All of them.
    pub sessions: u64,
    /// Those that went on to a later step in time.
    pub went_on: u64,
}

impl Reached {
    /// The share that went on, if there are enough of them to tell.
    pub fn share(self) -> Option<Ratio> {
        let all = i128::from(self.sessions);
        (self.sessions >= TOLD_FROM).then(|| Ratio::new(i128::from(self.went_on), all))
    }
}

/// Sessions by the worst of their requests at a step.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Outcomes([Reached; 3]);

impl Outcomes {
    /// Those with this outcome.
    pub fn of(&self, outcome: Outcome) -> Reached {
        self.0[outcome as usize]
    }

    /// All of them together.
    pub fn all(&self) -> Reached {
        self.0.iter().fold(Reached::default(), |sum, each| Reached {
            sessions: sum.sessions + each.sessions,
            went_on: sum.went_on + each.went_on,
        })
    }
}

/// What can be said of how sessions went on from a step.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum AfterStep {
    /// It is the last one.
    Last,
    /// Sessions went on, or did not.
    Later,
}

/// One step and its sessions.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct StepWalk {
    /// Whether there is a later step.
    pub after: AfterStep,
    /// Sessions that reached it, each once, by the worst of their requests there until they went on or their time was over.
    pub outcomes: Outcomes,
    /// Sessions that reached it so lately that their time is not over yet; they are in no other number.
    pub open: u64,
}

/// How the sessions of a walk went through so many steps. Each session's visits come together, in any order.
///
/// A session reaches a step with its first request there within the walk. It has gone on if it makes a request at any later
/// step after that, within the walk's time.
pub fn walks<'a>(
    walk: &Walk,
    steps: usize,
    sessions: impl IntoIterator<Item = &'a mut [Visit]>,
) -> Vec<StepWalk> {
    let step = |place: usize| StepWalk {
        after: if place + 1 == steps { AfterStep::Last } else { AfterStep::Later },
        outcomes: Outcomes::default(),
        open: 0,
    };
    let mut told: Vec<StepWalk> = (0..steps).map(step).collect();
    for visits in sessions {
        visits.sort_unstable();
        for (place, told) in told.iter_mut().enumerate() {
            add(walk, visits, place, told);
        }
    }
    told
}

/// Adds what a session did at one step. Its visits are in order.
fn add(walk: &Walk, visits: &[Visit], place: usize, told: &mut StepWalk) {
    let reached = visits.iter().position(|visit| visit.step == place && visit.at >= walk.from);
    let Some(reached) = reached.filter(|first| visits[*first].at < walk.to) else { return };
    let ends = visits[reached].at.plus(walk.within);
    let has_later = told.after == AfterStep::Later;
    // Whether it goes on is known of all sessions once their time is over, and only then of all alike.
    if has_later && ends > walk.known_to {
        told.open += 1;
        return;
    }
    let (mut worst, mut went_on) = (Outcome::Fine, false);
    for visit in visits[reached..].iter().take_while(|visit| visit.at < ends) {
        if visit.step > place && has_later {
            went_on = true;
            break;
        }
        if visit.step == place {
            worst = worst.max(visit.outcome);
        }
    }
    let of = &mut told.outcomes.0[worst as usize];
    of.sessions += 1;
    of.went_on += u64::from(went_on);
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use proptest::prelude::*;

    use super::*;

    const WITHIN: Duration = Duration::from_secs(1800);

    fn at(secs: i64) -> Timestamp {
        Timestamp::from_secs(secs)
    }

    fn walk(from: i64, to: i64, known_to: i64) -> Walk {
        Walk { from: at(from), to: at(to), known_to: at(known_to), within: WITHIN }
    }

    fn visit(secs: i64, step: usize, outcome: Outcome) -> Visit {
        Visit { at: at(secs), step, outcome }
    }

    fn one(walk: &Walk, mut visits: Vec<Visit>) -> Vec<StepWalk> {
        walks(walk, 3, [visits.as_mut_slice()])
    }

    #[test]
    fn a_session_counts_once_by_the_worst_request_before_it_went_on() {
        use Outcome::{Failed, Fine, Slow};
        let day = walk(0, 86_400, 90_000);
        let told = one(
            &day,
            vec![
                visit(30, 1, Fine),
                visit(10, 0, Slow),
                visit(12, 0, Failed),
                visit(20, 0, Fine),
                visit(40, 0, Slow),
            ],
        );
        assert_eq!(told[0].outcomes.of(Failed), Reached { sessions: 1, went_on: 1 });
        assert_eq!(told[0].outcomes.all(), Reached { sessions: 1, went_on: 1 });
        assert_eq!(told[1].outcomes.of(Fine), Reached { sessions: 1, went_on: 0 });
        assert_eq!(told[2].outcomes.all(), Reached::default());
        let later = one(&day, vec![visit(10, 0, Slow), visit(10 + 1800, 1, Fine)]);
        assert_eq!(later[0].outcomes.of(Slow), Reached { sessions: 1, went_on: 0 }, "its time was over");
        let in_time = one(&day, vec![visit(10, 0, Slow), visit(9 + 1800, 2, Fine)]);
        assert_eq!(in_time[0].outcomes.of(Slow), Reached { sessions: 1, went_on: 1 }, "it left a step out");
        assert_eq!(in_time[2], StepWalk { after: AfterStep::Last, open: 0, ..in_time[2] });
    }

    #[test]
    fn who_may_still_go_on_is_in_no_share() {
        let told = one(
            &walk(0, 86_400, 3_600),
            vec![visit(1_801, 0, Outcome::Fine), visit(1_802, 1, Outcome::Fine)],
        );
        assert_eq!((told[0].open, told[0].outcomes.all().sessions), (1, 0));
        let told = one(
            &walk(0, 86_400, 3_600),
            vec![visit(1_800, 0, Outcome::Fine), visit(3_599, 2, Outcome::Fine)],
        );
        assert_eq!((told[0].open, told[0].outcomes.all()), (0, Reached { sessions: 1, went_on: 1 }));
        assert_eq!(told[2].outcomes.all().sessions, 1, "of the last step nothing is waited for");
    }

    #[test]
    fn of_few_sessions_no_share_is_told() {
        assert_eq!(Reached { sessions: TOLD_FROM - 1, went_on: 1 }.share(), None);
        assert_eq!(Reached { sessions: TOLD_FROM, went_on: 5 }.share(), Some(Ratio::new(1, 4)));
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(300))]
        #[test]
        fn what_is_told_is_what_a_look_at_every_pair_of_visits_says(
            sessions in prop::collection::vec(
                prop::collection::vec((0i64..20_000, 0usize..3, 0usize..3), 0..12), 0..12),
            from in 0i64..10_000, to in 0i64..20_000, known_to in 0i64..25_000,
        ) {
            let walk = walk(from, to, known_to);
            let made: Vec<Vec<Visit>> = sessions.iter().map(|visits| visits.iter()
                .map(|(secs, step, outcome)| visit(*secs, *step, Outcome::ALL[*outcome])).collect()).collect();
            let mut given = made.clone();
            let told = walks(&walk, 3, given.iter_mut().map(Vec::as_mut_slice));
            for (place, told) in told.iter().enumerate() {
                let (mut counted, mut open) = ([(0, 0); 3], 0);
                for visits in &made {
                    let own = || visits.iter().filter(|v| v.step == place && v.at >= walk.from);
                    let Some(first) = own().map(|v| v.at).min().filter(|first| *first < walk.to) else { continue };
                    let ends = first.plus(WITHIN);
                    if place < 2 && ends > walk.known_to {
                        open += 1;
                        continue;
                    }
                    // A visit of a later step at the same moment as the first one comes after it, as its place is later.
                    let gone = visits.iter().filter(|v| v.step > place && v.at >= first && v.at < ends);
                    let gone = if place < 2 { gone.map(|v| v.at).min() } else { None };
                    let until = gone.unwrap_or(ends);
                    let counts = |v: &&Visit| v.at < ends && (v.at < until || v.at == until && gone.is_some());
                    let worst = own().filter(counts).map(|v| v.outcome).max().expect("the first one");
                    let of = &mut counted[worst as usize];
                    *of = (of.0 + 1, of.1 + u64::from(gone.is_some()));
                }
                let is = Outcome::ALL.map(|outcome| {
                    let reached = told.outcomes.of(outcome);
                    (reached.sessions, reached.went_on)
                });
                prop_assert_eq!((is, told.open), (counted, open));
            }
        }
    }
}
