//! What is counted of events and of minutes, and the sums of it over a range.

use std::ops::AddAssign;

use ippo_base::MinuteRange;

/// Events of one objective, classified jointly: what is not total is not counted.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Counts {
    /// Events that kept the promise.
    pub good: u64,
    /// Events that broke it.
    pub bad: u64,
    /// Events of which neither can be said.
    pub unknown: u64,
}

impl Counts {
    /// Events of which good or bad can be said.
    pub fn total(self) -> u64 {
        self.good.saturating_add(self.bad)
    }

    /// Whether nothing was counted.
    pub fn is_zero(self) -> bool {
        self == Self::default()
    }
}

impl AddAssign for Counts {
    fn add_assign(&mut self, other: Self) {
        self.good = self.good.saturating_add(other.good);
        self.bad = self.bad.saturating_add(other.bad);
        self.unknown = self.unknown.saturating_add(other.unknown);
    }
}

/// What a minute is, for one objective.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Gap {
    /// Events were counted.
    Measured,
    /// The source was heard, and nothing was to be counted: 0/0.
    ZeroTraffic,
    /// Nobody can say: ippo was down, the source was silent, or the minute is sealed.
    Unmeasured,
    /// Left out of the budget on purpose.
    Excluded,
}

impl Gap {
    /// The word in the API.
    pub fn name(self) -> &'static str {
        match self {
            Self::Measured => "measured",
            Self::ZeroTraffic => "zero_traffic",
            Self::Unmeasured => "unmeasured",
            Self::Excluded => "excluded",
        }
    }
}

/// How many minutes of a range are of which kind.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct MinuteTally {
    /// Minutes with counts.
    pub measured: u32,
    /// Minutes in which the source was heard and nothing was counted.
    pub zero_traffic: u32,
    /// Minutes of which nobody can say.
    pub unmeasured: u32,
    /// Minutes left out on purpose.
    pub excluded: u32,
}

impl MinuteTally {
    /// Adds those of another range, or of the same one for another objective.
    pub(super) fn add(&mut self, other: Self) {
        self.measured += other.measured;
        self.zero_traffic += other.zero_traffic;
        self.unmeasured += other.unmeasured;
        self.excluded += other.excluded;
    }

    /// Minutes of which something can be said.
    pub fn covered(self) -> u32 {
        self.measured + self.zero_traffic
    }

    /// Minutes of which something ought to be said.
    pub fn expected(self) -> u32 {
        self.covered() + self.unmeasured
    }
}

/// The sums over one range.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct WindowSum {
    /// The whole minutes summed.
    pub range: MinuteRange,
    /// What was counted in the minutes that are neither unmeasured nor excluded.
    pub counts: Counts,
    /// What the slices that end in them count as, each weighing [`super::TimeSlices::weight`]; where slices are judged.
    pub slices: Option<Counts>,
    /// Minutes whose sums contradicted each other.
    pub broken: u32,
    /// What the minutes are.
    pub minutes: MinuteTally,
}

impl WindowSum {
    /// What the budget is made of: slices where these are judged, else events.
    pub fn judged(&self) -> Counts {
        self.slices.unwrap_or(self.counts)
    }

    /// This and what came of another stretch, as if they were one.
    #[must_use]
    pub(super) fn and(mut self, other: &Self) -> Self {
        self.counts += other.counts;
        if let (Some(slices), Some(more)) = (&mut self.slices, other.slices) {
            *slices += more;
        }
        self.broken += other.broken;
        self.minutes.add(other.minutes);
        self
    }
}
