//! Alert rules: conditions on telemetry that are no promise to users, and what follows from each minute's look at one. Pure:
//! reads no telemetry, keeps no state, and never takes time of which nothing is known for time in which all was well.

mod judge;
mod model;
mod replay;
mod said;
mod silence;

pub use judge::{Change, Ending, GONE_AFTER_MINUTES, Phase, Progress, Timing, Verdict, step};
pub use model::{
    Absence, Across, AlertRule, Condition, Direction, Limit, Measure, OverTime, Percentile, TextFound,
    Threshold,
};
pub use replay::{EPISODES_SHOWN, Episode, replay};
pub use said::{Group, began, ended, value_text};
pub use silence::{Silence, awaited_from, silence};

/// What was measured of a group over the window that ends with a minute.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct Reading {
    /// The least that the value can be, in the measure's unit; none if nothing bounds it from below.
    pub lower: Option<f64>,
    /// The most that it can be; the same as `lower` where it is known exactly.
    pub upper: Option<f64>,
    /// Events that it is of.
    pub events: u64,
    /// Whether it is beyond the limit; none if nobody can say.
    pub beyond: Option<bool>,
    /// Whether it is beyond the limit of the end; none if nobody can say.
    pub beyond_end: Option<bool>,
}

/// Whether everything that a window could have had is known.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Knowledge {
    /// Every minute of it was measured, and every stored row could be read.
    Whole,
    /// At least half of it was.
    Half,
    /// Less was.
    Little,
}

impl Threshold {
    /// What a minute says of the condition. None of `reading` is that of a group without a row in the window.
    pub fn verdict(&self, reading: Option<&Reading>, knowledge: Knowledge) -> Verdict {
        let nothing = Reading {
            lower: Some(0.0),
            upper: Some(0.0),
            events: 0,
            beyond: Some(self.direction.is_beyond(0.0, self.limit.value)),
            beyond_end: Some(self.direction.is_beyond(0.0, self.end_limit().value)),
        };
        let reading = match reading {
            Some(reading) => reading,
            None if self.measure == Measure::Count => &nothing,
            None if knowledge == Knowledge::Whole => return Verdict::Empty,
            None => return Verdict::Unknown,
        };
        if reading.events < self.least {
            return if knowledge == Knowledge::Whole { Verdict::Empty } else { Verdict::Unknown };
        }
        match (reading.beyond, knowledge) {
            (Some(true), Knowledge::Whole) => Verdict::Beyond,
            // What was not seen can only be more.
            (Some(true), Knowledge::Half | Knowledge::Little) if self.grows() && self.direction.is_high() => {
                Verdict::Beyond
            }
            // What was seen speaks for the rest, but for how much there was.
            (Some(true), Knowledge::Half) if !self.grows() => Verdict::Beyond,
            (_, Knowledge::Half | Knowledge::Little) | (None, Knowledge::Whole) => Verdict::Unknown,
            (Some(false), Knowledge::Whole) => match reading.beyond_end {
                Some(false) => Verdict::Within,
                Some(true) | None => Verdict::Between,
            },
        }
    }

    /// Whether the value can only grow with what else there was. The mean and the lowest of several series may also fall.
    fn grows(&self) -> bool {
        match self.measure {
            Measure::Count => true,
            Measure::Increase { across } | Measure::Rate { across } => {
                matches!(across, Across::Sum | Across::Max)
            }
            Measure::Ratio { .. } | Measure::Duration(_) | Measure::Gauge { .. } | Measure::Histogram(_) => {
                false
            }
        }
    }
}

impl AlertRule {
    /// How long the condition must hold, and how long it must not, as the judge counts it.
    pub fn timing(&self) -> Timing {
        Timing {
            for_minutes: self.for_minutes.max(1),
            resolve_after_minutes: self.resolve_after_minutes.max(1),
            gone_after_minutes: GONE_AFTER_MINUTES,
        }
    }
}

#[cfg(test)]
mod tests;
