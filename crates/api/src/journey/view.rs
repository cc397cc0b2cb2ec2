//! From what the engine says of journeys to what the API writes. Floats appear here and nowhere below.

use ippo_domain::Language;
use ippo_domain::journey::{self, AfterStep, HurtKind, Reached, StepWalk, TOLD_FROM};
use ippo_domain::slo::{AimStatus, Ratio};
use ippo_engine::journey::{JourneyReport, SessionWalks};
use ippo_engine::slo::SloReport;

use super::{
    Experience, Hurt, Journey, JourneySessions, JourneySlo, JourneyStep, Outcome, OutcomeSessions,
    StepSessions,
};
use crate::page::Page;
use crate::slo::SloState;
use crate::time::Time;

impl Journey {
    pub(super) fn told(report: &JourneyReport, language: Language) -> Self {
        let (defined, journey) = (&report.defined, &report.defined.journey);
        let users = |all: &[journey::Experience]| all.iter().map(|e| experience(e, language)).collect();
        Self {
            name: journey.name.clone(),
            display_name: journey.display_name.clone(),
            description: journey.description.clone(),
            owner: journey.owner.clone(),
            harm: journey.harm.clone(),
            agreed_by: journey.agreed_by.clone(),
            agreed_on: journey.agreed_on.map(|day| day.to_string()),
            review_on: journey.review_on.map(|day| day.to_string()),
            review_overdue: report.is_review_overdue,
            revision: defined.revision.into(),
            applied_at: Time(defined.applied_at),
            state: SloState::of(report.state),
            slos: report.slos.iter().map(|slo| rests_on(slo, language)).collect(),
            missing_slos: report.missing.clone(),
            week: users(&report.week),
            hour: users(&report.hour),
            steps: journey.steps.iter().map(step).collect(),
            session_attribute: journey.session_attribute.clone(),
            goes_on_within_secs: journey.goes_on_within_minutes * 60,
            definition: defined.document.clone(),
        }
    }
}

fn rests_on(report: &SloReport, language: Language) -> JourneySlo {
    let (slo, status) = (&report.slo, &report.status);
    let remaining = |aim: &AimStatus<'_>| aim.remaining;
    JourneySlo {
        name: slo.name.clone(),
        display_name: slo.display_name.clone(),
        state: SloState::of(status.state),
        state_rule: status.state_rule.to(language).to_owned(),
        budget_remaining: status.aims().iter().filter_map(remaining).min().map(Ratio::to_f64),
        exhausts_at: status.exhausts_at.map(Time),
    }
}

fn experience(experience: &journey::Experience, language: Language) -> Experience {
    let hurt = |hurt: &journey::Hurt| Hurt {
        slo: hurt.slo.clone(),
        objective: hurt.objective.clone(),
        kind: hurt.kind.name().to_owned(),
        limit: match &hurt.kind {
            HurtKind::Failed => None,
            HurtKind::SlowerThan(limit) | HurtKind::Broke(limit) => Some(limit.clone()),
        },
        bad: hurt.bad,
    };
    Experience {
        slos: experience.slos.clone(),
        about: experience.about.clone(),
        attempts: experience.attempts,
        unknown: experience.unknown,
        hurts: experience.hurts.iter().map(hurt).collect(),
        coverage: experience.coverage.to_f64(),
        text: experience.text.to(language).to_owned(),
    }
}

fn step(step: &journey::JourneyStep) -> JourneyStep {
    JourneyStep {
        name: step.name.clone(),
        display_name: step.display_name.clone(),
        filter: step.filter.clone(),
        slow_ms: step.slow_ms,
    }
}

impl From<SessionWalks> for JourneySessions {
    fn from(walks: SessionWalks) -> Self {
        let page = Page {
            next_cursor: None,
            warnings: walks.warnings,
            partial: walks.partial,
            sampled: walks.sampled_part.map(Into::into),
        };
        Self {
            from: Time(walks.range.from),
            to: Time(walks.range.to),
            goes_on_within_secs: walks.within_minutes * 60,
            session_attribute: walks.attribute,
            steps: walks.steps.iter().map(|(step, walk)| walked(step, walk)).collect(),
            sessions: walks.sessions,
            one_of: walks.one_of,
            nameless_requests: walks.nameless,
            sessions_by_user: walks.by_user,
            sampled_requests: walks.sampled,
            share_told_from: TOLD_FROM,
            page,
        }
    }
}

fn walked(step: &journey::JourneyStep, walk: &StepWalk) -> StepSessions {
    let is_last = walk.after == AfterStep::Last;
    let went_on = |reached: Reached| (!is_last).then_some(reached.went_on);
    let share = |reached: Reached| reached.share().filter(|_| !is_last).map(Ratio::to_f64);
    let all = walk.outcomes.all();
    let outcome = |outcome: journey::Outcome| {
        let reached = walk.outcomes.of(outcome);
        OutcomeSessions {
            outcome: match outcome {
                journey::Outcome::Fine => Outcome::Fine,
                journey::Outcome::Slow => Outcome::Slow,
                journey::Outcome::Failed => Outcome::Failed,
            },
            sessions: reached.sessions,
            went_on: went_on(reached),
            share: share(reached),
        }
    };
    StepSessions {
        name: step.name.clone(),
        display_name: step.display_name.clone(),
        slow_ms: step.slow_ms,
        is_last,
        sessions: all.sessions,
        went_on: went_on(all),
        share: share(all),
        open: walk.open,
        outcomes: journey::Outcome::ALL.map(outcome).to_vec(),
    }
}
