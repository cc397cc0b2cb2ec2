//! The state machine of one group of a rule: a verdict a minute in, what begins and ends out. Knows no telemetry and no words.

use ippo_base::Minute;

/// A group that had nothing in so many measured minutes one after the other is gone: its alert ends, and says why.
pub const GONE_AFTER_MINUTES: u32 = 60;

/// What a minute says of a condition.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Verdict {
    /// It holds.
    Beyond,
    /// It does not hold, and what would end an alert does not either.
    Between,
    /// It does not hold, by as much as ends an alert.
    Within,
    /// Everything is known, and there was nothing to judge, or too little.
    Empty,
    /// Nobody can say. It neither begins an alert nor ends one.
    Unknown,
}

/// How many minutes it takes. Minutes of which nobody can say anything are not among them, and do not interrupt them.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Timing {
    /// An alert begins when the condition held in so many minutes, at least one, one after the other.
    pub for_minutes: u32,
    /// It ends when the value was within in so many minutes, at least one, one after the other.
    pub resolve_after_minutes: u32,
    /// Or when there was nothing to judge in so many.
    pub gone_after_minutes: u32,
}

/// How far a group is.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub enum Phase {
    /// Nothing is the matter.
    #[default]
    Calm,
    /// The condition holds, not for long enough yet.
    Pending {
        /// The first minute in which it held.
        since: Minute,
    },
    /// The alert fires.
    Firing {
        /// The minute with which it began to.
        since: Minute,
    },
}

/// What is remembered of a group from minute to minute.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Progress {
    /// How far it is.
    pub phase: Phase,
    /// Minutes in which the condition held, until the alert fires.
    pub held_minutes: u32,
    /// Minutes in which the value was within, while the alert fires.
    pub calm_minutes: u32,
    /// Minutes in which there was nothing to judge.
    pub empty_minutes: u32,
}

impl Progress {
    /// Whether there is anything to remember.
    pub fn is_idle(&self) -> bool {
        self.phase == Phase::Calm
    }

    /// Whether the alert fires.
    pub fn is_firing(&self) -> bool {
        matches!(self.phase, Phase::Firing { .. })
    }

    /// The same under another condition: what fires goes on, and nothing else that was counted says anything.
    #[must_use]
    pub fn under_another_condition(&self) -> Self {
        let phase = if self.is_firing() { self.phase } else { Phase::Calm };
        Self { phase, ..Self::default() }
    }
}

/// What begins or ends.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Change {
    /// The alert begins.
    Fires,
    /// It ends.
    Ends(Ending),
}

/// Why an alert ends.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Ending {
    /// The value was within for long enough.
    Calm,
    /// There has been nothing to judge for so long that the group is gone.
    Gone,
    /// The rule, or its way to tell groups apart, is no longer defined.
    Undefined,
}

/// What one more minute makes of a group.
pub fn step(
    timing: Timing,
    before: Progress,
    verdict: Verdict,
    minute: Minute,
) -> (Progress, Option<Change>) {
    let mut after = before;
    after.empty_minutes = match verdict {
        Verdict::Unknown => return (before, None),
        Verdict::Empty => before.empty_minutes.saturating_add(1),
        Verdict::Beyond | Verdict::Between | Verdict::Within => 0,
    };
    match (verdict, before.phase) {
        (Verdict::Empty, Phase::Calm) | (Verdict::Unknown, _) => {}
        (Verdict::Empty, phase) => {
            if after.empty_minutes >= timing.gone_after_minutes {
                let fired = matches!(phase, Phase::Firing { .. });
                return (Progress::default(), fired.then_some(Change::Ends(Ending::Gone)));
            }
        }
        (Verdict::Beyond, Phase::Firing { .. }) => after.calm_minutes = 0,
        (Verdict::Beyond, phase) => {
            after.held_minutes = before.held_minutes.saturating_add(1);
            if after.held_minutes >= timing.for_minutes {
                let fires = Progress { phase: Phase::Firing { since: minute }, ..Progress::default() };
                return (fires, Some(Change::Fires));
            }
            if phase == Phase::Calm {
                after.phase = Phase::Pending { since: minute };
            }
        }
        (Verdict::Between, Phase::Firing { .. }) => after.calm_minutes = 0,
        (Verdict::Within, Phase::Firing { .. }) => {
            after.calm_minutes = before.calm_minutes.saturating_add(1);
            if after.calm_minutes >= timing.resolve_after_minutes {
                return (Progress::default(), Some(Change::Ends(Ending::Calm)));
            }
        }
        (Verdict::Between | Verdict::Within, Phase::Calm | Phase::Pending { .. }) => {
            return (Progress::default(), None);
        }
    }
    (after, None)
}
