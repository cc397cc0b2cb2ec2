//! What a month was like for the users of each team's services, for people who do not watch it day by day: what was promised, whether
//! it was kept, what hurt users and what was done. Facts go in, a document comes out; says nothing that the facts do not.

mod document;
mod journeys;
mod month;
mod words;

#[cfg(test)]
mod tests;

use ippo_base::{MinuteRange, Timestamp};
use jiff::civil::Date;

pub use document::{Block, Column, Document, Table, Text};
pub use month::Month;
pub use words::document;

use crate::Said;
use crate::incident::Incident;
use crate::slo::{PeriodResult, Ratio};

/// A month of every team, or of one.
#[derive(Clone, PartialEq, Debug)]
pub struct MonthlyReport {
    /// Which month.
    pub month: Month,
    /// The time zone in which it begins and ends.
    pub zone: jiff::tz::TimeZone,
    /// Up to when things are known: its end, or before it now.
    pub known_until: Timestamp,
    /// Those who answer for something, by name; what nobody answers for comes last.
    pub teams: Vec<TeamMonth>,
    /// Why this may not be all.
    pub warnings: Vec<String>,
}

/// A month of one team.
#[derive(Clone, PartialEq, Debug, Default)]
pub struct TeamMonth {
    /// Who it is; empty for what nobody answers for.
    pub owner: String,
    /// The journeys that it answers for, by name.
    pub journeys: Vec<JourneyMonth>,
    /// The SLOs that it answers for, by name.
    pub promises: Vec<PromiseMonth>,
    /// Its incidents that were open at any time of the month, oldest first.
    pub incidents: Vec<IncidentMonth>,
    /// What people and ippo decided about its SLOs, oldest first.
    pub deeds: Vec<Deed>,
    /// How many deploys each of its services had, those with any.
    pub deploys: Vec<(String, usize)>,
}

/// What users met on one critical user journey.
#[derive(Clone, PartialEq, Debug)]
pub struct JourneyMonth {
    /// Its name.
    pub journey: String,
    /// What people call it.
    pub title: String,
    /// What a failure does to users, in the owner's words.
    pub harm: String,
    /// When someone looks again whether it is the right one.
    pub review_on: Option<Date>,
    /// What users met, a sentence for each kind of attempt. Nothing is taken out: they met what they met.
    pub met: Vec<Said>,
    /// The SLOs it rests on, whoever answers for them.
    pub slos: Vec<JourneySlo>,
}

/// What became of an SLO that a journey rests on.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct JourneySlo {
    /// Its name.
    pub slo: String,
    /// What people call it.
    pub title: String,
    /// Whether it was kept; none if nothing was to be judged.
    pub is_kept: Option<bool>,
}

/// What became of one SLO.
#[derive(Clone, PartialEq, Debug)]
pub struct PromiseMonth {
    /// Its name.
    pub slo: String,
    /// What people call it.
    pub title: String,
    /// The service that it speaks of.
    pub service: String,
    /// Whether its periods are the months themselves.
    pub is_monthly: bool,
    /// When someone looks again whether it is the right one.
    pub review_on: Option<Date>,
    /// Its periods that ended in the month, oldest first; if none did, the one that goes on.
    pub periods: Vec<PeriodMonth>,
    /// The hours of the month that spent the most, the most first.
    pub worst: Vec<WorstHour>,
}

/// One period of an SLO.
#[derive(Clone, PartialEq, Debug)]
pub struct PeriodMonth {
    /// Its minutes.
    pub period: MinuteRange,
    /// Whether it has ended.
    pub is_over: bool,
    /// How it went: of a composite SLO the whole and its parts, else an objective each.
    pub results: Vec<PeriodResult>,
    /// How the one before it went, in the same order.
    pub before: Vec<PeriodResult>,
}

/// An hour that hurt.
#[derive(Clone, PartialEq, Debug)]
pub struct WorstHour {
    /// Its minutes.
    pub range: MinuteRange,
    /// What was bad in it, in events or slices.
    pub bad: Ratio,
    /// Everything.
    pub total: Ratio,
    /// The share of what the month's budget allows.
    pub share: Ratio,
    /// The SLO's incidents that were open in it.
    pub incidents: Vec<i64>,
}

/// An incident, as a report tells of it.
#[derive(Clone, PartialEq, Debug)]
pub struct IncidentMonth {
    /// As it is now.
    pub incident: Incident,
    /// Who said something about it last, and what.
    pub last_comment: Option<(String, String)>,
}

/// Something that was decided.
#[derive(Clone, PartialEq, Debug)]
pub struct Deed {
    /// When.
    pub at: Timestamp,
    /// By whom.
    pub by: String,
    /// The SLO that it is about.
    pub slo: String,
    /// What.
    pub said: Said,
}

impl PromiseMonth {
    /// Whether it was kept in every period of the month of which something is known; none if nothing was to be judged.
    pub fn is_kept(&self) -> Option<bool> {
        let mut known = self.periods.iter().filter_map(is_kept).peekable();
        known.peek()?;
        Some(known.all(|kept| kept))
    }
}

/// Whether a promise was kept in a period: the whole of a composite SLO, else every objective. None if nothing was to be judged.
fn is_kept(period: &PeriodMonth) -> Option<bool> {
    let judged = match period.results.first() {
        Some(whole) if whole.target.is_none() => std::slice::from_ref(whole),
        _ => &period.results,
    };
    let mut known = judged.iter().filter_map(|result| result.is_kept).peekable();
    known.peek()?;
    Some(known.all(|kept| kept))
}
