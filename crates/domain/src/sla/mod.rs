//! Service level agreements: a promise to customers that rests on an SLO's indicator, with a target, periods and credits of its own.
//! Pure: counts and exclusions go in, what was kept and what is due comes out. Never clamps, and decides nothing in floats.

mod days;
mod excluded;
mod period;

use jiff::civil::{Date, date};
use jiff::tz::TimeZone;

use crate::slo::{CalendarUnit, CalendarWindow, Objective, Ratio, Slo, Target, objective_label};

pub use days::Days;
pub use excluded::{TakenOut, exclusions, taken_out};
pub use period::{Left, LeftUnit, SlaPeriod, Verdict, period_result};

/// A service level agreement, as one revision of its definition says.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Sla {
    /// Unique among SLAs.
    pub name: String,
    /// For people; the name if none was given.
    pub display_name: String,
    /// For people; may be empty.
    pub description: String,
    /// Who answers for it; empty if nobody is named.
    pub owner: String,
    /// To whom it is promised, in words.
    pub customers: String,
    /// The SLO whose indicator it rests on.
    pub slo: String,
    /// Which of its objectives; none for the only one.
    pub objective: Option<String>,
    /// What is promised.
    pub target: Target,
    /// How many months a period has.
    pub months: u32,
    /// In which time zone periods begin; none for that of this ippo.
    pub zone: Option<TimeZone>,
    /// What is due when, those that are due first at the front: each below the one before.
    pub credits: Vec<Credit>,
    /// What becomes of time that was excluded from the SLO's budget.
    pub excluded: ExcludedTime,
    /// Where the contract can be read.
    pub contract: Option<String>,
    /// The first day on which it holds.
    pub from: Option<Date>,
    /// The last one.
    pub until: Option<Date>,
}

/// What is due to customers when less than a share was attained.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Credit {
    /// It is due below this share.
    pub below: Target,
    /// What is due, as the contract says it.
    pub credit: String,
}

/// What becomes of time that was excluded from the SLO's budget.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub enum ExcludedTime {
    /// Customers agreed to it: it is excluded here as well.
    #[default]
    Excluded,
    /// It counts as any other time.
    Counts,
}

impl ExcludedTime {
    /// Every choice.
    pub const ALL: [Self; 2] = [Self::Excluded, Self::Counts];

    /// The word in definitions and in the API.
    pub fn name(self) -> &'static str {
        match self {
            Self::Excluded => "excluded",
            Self::Counts => "counts",
        }
    }
}

/// Why an SLA's objective cannot be found in its SLO.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
pub enum NoObjective {
    /// It names none, and there are several.
    #[error("the SLO {slo} has {count} objectives: {names}; name one in objective", names = .names.join(", "))]
    Several {
        /// The SLO.
        slo: String,
        /// How many it has.
        count: usize,
        /// What they are called.
        names: Vec<String>,
    },
    /// It has none of that name.
    #[error("the SLO {slo} has no objective {name:?}; there are {names}", names = .names.join(", "))]
    Unknown {
        /// The SLO.
        slo: String,
        /// What was asked for.
        name: String,
        /// What they are called.
        names: Vec<String>,
    },
}

impl Sla {
    /// The place of the objective whose indicator it rests on.
    ///
    /// # Errors
    /// If there is none of that name, or none is named where there are several.
    pub fn place_in(&self, slo: &Slo) -> Result<usize, NoObjective> {
        let names = || slo.objectives.iter().map(objective_label).collect::<Vec<_>>();
        match (&self.objective, slo.objectives.len()) {
            (None, 1) => Ok(0),
            (None, count) => Err(NoObjective::Several { slo: slo.name.clone(), count, names: names() }),
            (Some(name), _) => {
                let found = slo.objectives.iter().position(|objective| {
                    objective_label(objective) == *name || objective.target.decimal() == name
                });
                let unknown =
                    || NoObjective::Unknown { slo: slo.name.clone(), name: name.clone(), names: names() };
                found.ok_or_else(unknown)
            }
        }
    }

    /// Its periods; months begin in `zone` where it names none.
    ///
    /// # Panics
    /// If a period has no month or more than twelve, which no definition has.
    pub fn calendar(&self, zone: &TimeZone) -> CalendarWindow {
        let zone = self.zone.clone().unwrap_or_else(|| zone.clone());
        let start = date(1970, 1, 1).at(0, 0, 0, 0);
        CalendarWindow::new(start, zone, self.months, CalendarUnit::Months).expect("one to twelve months")
    }

    /// The credit that is due when this share was attained: the last of those that it falls below.
    pub fn credit_of(&self, attained: Ratio) -> Option<&Credit> {
        self.credits.iter().rev().find(|credit| attained < credit.below.ratio())
    }

    /// Why the SLO is no early warning of it, with the arithmetic, if it is stricter than the SLO's objective.
    pub fn stricter_than(&self, objective: &Objective) -> Option<String> {
        let (own, theirs) = (self.target.allowance(), objective.target.allowance());
        (own < theirs).then(|| {
            let of_million = |allowance: Ratio| crate::definition::thousands(allowance.times(1_000_000).floor());
            format!(
                "the SLA promises {}, which is stricter than the {} of its SLO: of a million events it allows {} to be bad, and \
                 the SLO {}, so that it breaks while the SLO is still kept; promise less outward than inward, or raise the SLO",
                self.target,
                objective.target,
                of_million(own),
                of_million(theirs)
            )
        })
    }
}
