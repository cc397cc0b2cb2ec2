//! Monthly reports as the API shows them: numbers for programs, and a document for people, as JSON, Markdown or HTML.

mod calls;
mod document;

use ippo_domain::Language;
use ippo_domain::report as domain;
use ippo_domain::slo::Ratio;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

pub(crate) use calls::describe;
pub use calls::{ReportApi, routes};
pub use document::{ReportBlock, ReportColumn, ReportDocument, ReportText};

use crate::page::Page;
use crate::slo::period::PeriodResult;
use crate::time::Time;

/// A month: what was promised, whether it was kept, what hurt users and what was done.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct MonthlyReport {
    /// Which month: `2026-11`.
    pub month: String,
    /// The time zone in which it begins and ends.
    pub time_zone: String,
    /// Its start.
    pub from: Time,
    /// Its end, excluded.
    pub to: Time,
    /// Up to when things are known: its end, or before it now.
    pub known_until: Time,
    /// Those who answer for something, by name; what nobody answers for comes last.
    pub teams: Vec<ReportTeam>,
    /// The same for people to read, in the language that was asked for.
    pub document: ReportDocument,
    /// The envelope.
    #[serde(flatten)]
    pub page: Page,
}

/// A month of one team.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct ReportTeam {
    /// Who it is; `null` for what nobody answers for.
    pub owner: Option<String>,
    /// The critical user journeys that it answers for, by name.
    pub journeys: Vec<ReportJourney>,
    /// The SLOs that it answers for, by name.
    pub promises: Vec<ReportPromise>,
    /// Its incidents that were open at any time of the month, oldest first.
    pub incidents: Vec<ReportIncident>,
    /// What people and ippo decided about its SLOs, oldest first.
    pub done: Vec<ReportDeed>,
    /// How many deploys each of its services had, those with any.
    pub deploys: Vec<ReportDeploys>,
}

/// What users met on one critical user journey.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct ReportJourney {
    /// Its name.
    pub journey: String,
    /// What people call it.
    pub title: String,
    /// What a failure does to users, in the owner's words.
    pub harm: String,
    /// When someone looks again whether it is the right one: a date.
    pub review_on: Option<String>,
    /// What users met, a sentence for each kind of attempt, in the language that was asked for.
    pub met: Vec<String>,
    /// The SLOs it rests on, whoever answers for them.
    pub slos: Vec<ReportJourneySlo>,
}

/// What became of an SLO that a journey rests on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct ReportJourneySlo {
    /// Its name.
    pub slo: String,
    /// What people call it.
    pub title: String,
    /// Whether it was kept; `null` if nothing was to be judged.
    pub kept: Option<bool>,
}

/// What became of one SLO.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct ReportPromise {
    /// Its name.
    pub slo: String,
    /// What people call it.
    pub title: String,
    /// The service that it speaks of.
    pub service: String,
    /// When someone looks again whether it is the right one: a date.
    pub review_on: Option<String>,
    /// Its periods that ended in the month, oldest first; if none did, the one that goes on.
    pub periods: Vec<ReportPeriod>,
    /// The hours of the month that spent the most, the most first.
    pub worst_hours: Vec<ReportHour>,
}

/// One period of an SLO.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct ReportPeriod {
    /// Its start.
    pub from: Time,
    /// Its end, excluded.
    pub to: Time,
    /// Whether it has ended.
    pub over: bool,
    /// How it went: of a composite SLO the whole and its parts, else an objective each.
    pub results: Vec<ReportResult>,
    /// How the one before it went, in the same order.
    pub before: Vec<ReportResult>,
}

/// How a period of an objective or of a composite SLO went.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct ReportResult {
    /// What the objective is called, or the composite SLO.
    pub objective: String,
    /// How it went.
    #[serde(flatten)]
    pub result: PeriodResult,
}

/// An hour that hurt.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct ReportHour {
    /// Its start.
    pub from: Time,
    /// Its end, excluded.
    pub to: Time,
    /// What was bad in it, in events or slices.
    pub bad: f64,
    /// Everything.
    pub total: f64,
    /// The share of what the month's budget allows.
    pub budget_share: f64,
    /// Numbers of the SLO's incidents that were open in it.
    pub incidents: Vec<i64>,
}

/// An incident, as a report tells of it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct ReportIncident {
    /// Its number.
    pub id: i64,
    /// What people call it: `INC-3`.
    pub key: String,
    /// In a few words.
    pub title: String,
    /// The SLO that it is about.
    pub slo: Option<String>,
    /// When it began.
    pub opened_at: Time,
    /// When it ended.
    pub resolved_at: Option<Time>,
    /// Requests that failed users; `null` where nobody looked.
    pub requests: Option<u64>,
    /// Distinct users among them.
    pub users: Option<u64>,
    /// Whether `users` is exact, not estimated.
    pub users_exact: Option<bool>,
    /// What was said about it last.
    pub last_comment: Option<String>,
    /// Who said so.
    pub last_comment_by: Option<String>,
}

/// Something that was decided.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct ReportDeed {
    /// When.
    pub time: Time,
    /// By whom.
    pub by: String,
    /// The SLO that it is about.
    pub slo: String,
    /// What.
    pub text: String,
}

/// How often a service went out.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct ReportDeploys {
    /// `service.name`.
    pub service: String,
    /// How many deploys it had.
    pub count: usize,
}

impl MonthlyReport {
    pub(crate) fn told(report: &domain::MonthlyReport, language: Language) -> Self {
        let range = report.month.range(&report.zone);
        let warnings = report.warnings.clone();
        Self {
            month: report.month.to_string(),
            time_zone: report.zone.iana_name().unwrap_or("UTC").to_owned(),
            from: Time(range.from.start()),
            to: Time(range.to.start()),
            known_until: Time(report.known_until),
            teams: report.teams.iter().map(|team| ReportTeam::told(team, language)).collect(),
            document: ReportDocument::told(&domain::document(report), language),
            page: Page { partial: !warnings.is_empty(), warnings, ..Page::default() },
        }
    }
}

impl ReportTeam {
    fn told(team: &domain::TeamMonth, language: Language) -> Self {
        let deed = |deed: &domain::Deed| ReportDeed {
            time: Time(deed.at),
            by: deed.by.clone(),
            slo: deed.slo.clone(),
            text: deed.said.to(language).to_owned(),
        };
        let deploys = team.deploys.iter().map(|(service, count)| (service.clone(), *count));
        Self {
            owner: Some(team.owner.clone()).filter(|owner| !owner.is_empty()),
            journeys: team.journeys.iter().map(|each| ReportJourney::told(each, language)).collect(),
            promises: team.promises.iter().map(ReportPromise::told).collect(),
            incidents: team.incidents.iter().map(|each| ReportIncident::told(each, language)).collect(),
            done: team.deeds.iter().map(deed).collect(),
            deploys: deploys.map(|(service, count)| ReportDeploys { service, count }).collect(),
        }
    }
}

impl ReportJourney {
    fn told(each: &domain::JourneyMonth, language: Language) -> Self {
        let slo = |slo: &domain::JourneySlo| ReportJourneySlo {
            slo: slo.slo.clone(),
            title: slo.title.clone(),
            kept: slo.is_kept,
        };
        Self {
            journey: each.journey.clone(),
            title: each.title.clone(),
            harm: each.harm.clone(),
            review_on: each.review_on.map(|date| date.to_string()),
            met: each.met.iter().map(|met| met.to(language).to_owned()).collect(),
            slos: each.slos.iter().map(slo).collect(),
        }
    }
}

impl ReportPromise {
    fn told(promise: &domain::PromiseMonth) -> Self {
        let result = |result: &ippo_domain::slo::PeriodResult| ReportResult {
            objective: result.objective.clone(),
            result: PeriodResult::told(result),
        };
        let period = |period: &domain::PeriodMonth| ReportPeriod {
            from: Time(period.period.from.start()),
            to: Time(period.period.to.start()),
            over: period.is_over,
            results: period.results.iter().map(result).collect(),
            before: period.before.iter().map(result).collect(),
        };
        let hour = |hour: &domain::WorstHour| ReportHour {
            from: Time(hour.range.from.start()),
            to: Time(hour.range.to.start()),
            bad: Ratio::to_f64(hour.bad),
            total: Ratio::to_f64(hour.total),
            budget_share: Ratio::to_f64(hour.share),
            incidents: hour.incidents.clone(),
        };
        Self {
            slo: promise.slo.clone(),
            title: promise.title.clone(),
            service: promise.service.clone(),
            review_on: promise.review_on.map(|date| date.to_string()),
            periods: promise.periods.iter().map(period).collect(),
            worst_hours: promise.worst.iter().map(hour).collect(),
        }
    }
}

impl ReportIncident {
    fn told(each: &domain::IncidentMonth, language: Language) -> Self {
        let incident = &each.incident;
        let impact = incident.impact.as_ref();
        let (by, text) = each.last_comment.clone().unzip();
        Self {
            id: incident.id,
            key: incident.key(),
            title: incident.title.to(language).to_owned(),
            slo: incident.slo.clone(),
            opened_at: Time(incident.opened_at),
            resolved_at: incident.resolved.as_ref().map(|(at, _)| Time(*at)),
            requests: impact.map(|impact| impact.requests),
            users: impact.map(|impact| impact.users),
            users_exact: impact.map(|impact| impact.users_exact),
            last_comment: text,
            last_comment_by: by,
        }
    }
}
