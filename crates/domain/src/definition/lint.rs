//! What a good reviewer would say of definitions that are not wrong: promises nobody owns, alerts that never fire, targets that
//! nobody can test. Each remark has a rule with a name. Pure: knows the day, and no server and no telemetry.

mod resting;
mod rule;

use std::collections::BTreeSet;

use jiff::civil::Date;

use super::inversion::{Signs, signs};
use super::yaml::Position;
use super::{Definitions, ExpressionRole, Kind, SloDefinition};
use crate::slo::burn::{BurnPairs, pairs_of};
use crate::slo::{Aim, Measure, Objective, Ratio, Sli, Slo, duration_text, objective_label};

pub use rule::{Rule, markdown_table};

/// A target from which on so few failures are allowed that few services have the traffic to tell.
const MANY_NINES: (i128, i128) = (99_999, 100_000);
/// A target under which one failure of a hundred is no news.
const LOW_TARGET: (i128, i128) = (99, 100);
/// The shortest period that has default burn pairs, in minutes.
const WEEK_MINUTES: u32 = 7 * 24 * 60;

const DAY_MINUTES: u32 = 24 * 60;
/// A part is told to weigh too little if all of it failing for a day spends less of the budget.
const LEAST_OF_A_DAY: (i128, i128) = (10, 100);

/// Each SLI with the place of the first objective that has it.
fn slis(slo: &Slo) -> Vec<(usize, &Sli)> {
    let objectives = slo.objectives.iter().enumerate();
    let all: Vec<(usize, &Sli)> = objectives.map(|(place, objective)| (place, &objective.sli)).collect();
    if slo.is_composite() { all } else { all.into_iter().take(1).collect() }
}

/// Where what an SLO says stands in its file.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct SloPlaces {
    /// Its name.
    pub name: Position,
    /// Its `timeWindow`.
    pub window: Position,
    /// Each of its objectives, in order.
    pub objectives: Vec<Position>,
}

/// A remark.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Finding {
    /// Why it is made.
    pub rule: Rule,
    /// The kind of definition it is about.
    pub kind: Kind,
    /// Its name.
    pub name: String,
    /// The file.
    pub file: String,
    /// Counted from one.
    pub line: u32,
    /// Counted from one, in characters.
    pub column: u32,
    /// The field's path.
    pub field: String,
    /// What is the case and what to do.
    pub message: String,
}

/// Everything worth a word on the day `today`, in the order of the definitions.
pub fn lint(definitions: &Definitions, today: Date) -> Vec<Finding> {
    let mut findings = Vec::new();
    for (place, definition) in definitions.slos.iter().enumerate() {
        let mut told = Told { definition, findings: &mut findings };
        told.metadata(today);
        told.targets(definitions);
        told.window();
        for aim in definition.slo.aims() {
            told.pairs(&aim);
            for (at, objective) in aim.objectives().iter().enumerate() {
                told.objective(aim.place() + at, objective);
            }
        }
        told.weights();
        for (place, sli) in slis(&definition.slo) {
            told.expressions(place, sli);
        }
        told.twins(&definitions.slos[..place]);
    }
    findings.extend(resting::lint(definitions, today));
    findings
}

/// Collects what is said of one SLO.
struct Told<'a> {
    definition: &'a SloDefinition,
    findings: &'a mut Vec<Finding>,
}

impl Told<'_> {
    fn at(&mut self, rule: Rule, (at, field): (Position, String), message: impl Into<String>) {
        self.in_file(rule, &self.definition.file.clone(), at, field, message.into());
    }

    fn in_file(&mut self, rule: Rule, file: &str, at: Position, field: String, message: String) {
        let (name, file) = (self.definition.slo.name.clone(), file.to_owned());
        let Position { line, column } = at;
        self.findings.push(Finding { rule, kind: Kind::Slo, name, file, line, column, field, message });
    }

    fn name(&self) -> (Position, String) {
        (self.definition.places.name, "metadata.name".to_owned())
    }

    fn of_objective(&self, place: usize) -> (Position, String) {
        let at = self.definition.places.objectives.get(place).copied();
        (at.unwrap_or(self.definition.places.name), format!("spec.objectives[{place}]"))
    }

    fn metadata(&mut self, today: Date) {
        let slo = &self.definition.slo;
        if slo.owner.is_empty() {
            let message = "nobody answers for it; name a team or a person in the annotation ippo.dev/owner";
            self.at(Rule::NoOwner, self.name(), message);
        }
        if slo.told().is_empty() {
            let message = "nobody is told when it burns; name notification targets in the annotation ippo.dev/notify, or in its alert policies";
            self.at(Rule::NoNotify, self.name(), message);
        }
        if slo.runbook.is_none() {
            let message = "whoever is woken finds no word on what to do; give an address in the annotation ippo.dev/runbook";
            self.at(Rule::NoRunbook, self.name(), message);
        }
        match slo.review_on {
            None => {
                let message = "nobody looks at the promise again; name a day in the annotation ippo.dev/review, such as 2027-04-01";
                self.at(Rule::NoReview, self.name(), message);
            }
            Some(day) if day < today => {
                let message = format!(
                    "its review was due on {day}, and today is {today}; look at the target, then name the next day in ippo.dev/review"
                );
                self.at(Rule::ReviewIsPast, self.name(), message);
            }
            Some(_) => {}
        }
    }

    /// Targets that are in none of the files may be on the server, which is not asked.
    fn targets(&mut self, definitions: &Definitions) {
        let known: BTreeSet<&str> = definitions.targets.iter().map(|t| t.name.as_str()).collect();
        for named in super::plan::targets_of(self.definition) {
            if !known.contains(named.name.as_str()) {
                let message = format!(
                    "the notification target {:?} is in none of these files; unless the server has it, ippo apply will refuse the SLO",
                    named.name
                );
                self.in_file(Rule::TargetElsewhere, &named.file, named.at, named.field, message);
            }
        }
    }

    fn window(&mut self) {
        let slo = &self.definition.slo;
        if slo.window.least_minutes() < WEEK_MINUTES - 2 * 60 && slo.policies.is_empty() {
            let message = format!(
                "a window of {} has no burn alerts, which are published for 7d and more; write alertPolicies, or a longer window \
                 (28d has four of every weekday)",
                slo.window
            );
            let at = (self.definition.places.window, "spec.timeWindow".to_owned());
            self.at(Rule::ShortWindow, at, message);
        }
    }

    fn pairs(&mut self, aim: &Aim<'_>) {
        let (slo, place) = (&self.definition.slo, aim.place());
        let period = slo.window.least_minutes();
        let BurnPairs { kept, omitted } = pairs_of(aim, period);
        // A short window has been told of as a whole.
        let is_short = period < WEEK_MINUTES - 2 * 60 && slo.policies.is_empty();
        for omitted in omitted.iter().filter(|_| !is_short) {
            let message = format!("{} {}", omitted.pair.label(), omitted.reason);
            self.at(Rule::PairsOmitted, self.of_objective(place), message);
        }
        for pair in kept.iter().filter(|pair| pair.share >= Ratio::ONE) {
            let message = format!(
                "{} fires when {} % of the budget of {} is spent: too late to save any of it; lower its threshold or its lookbackWindow",
                pair.label(),
                pair.share.to_percent(1),
                slo.window
            );
            self.at(Rule::FiresTooLate, self.of_objective(place), message);
        }
    }

    fn objective(&mut self, place: usize, objective: &Objective) {
        let slo = &self.definition.slo;
        let target = objective.target.ratio();
        if target >= Ratio::new(MANY_NINES.0, MANY_NINES.1) {
            let needed = Ratio::ONE.over(objective.target.allowance()).ceil();
            let unit = if objective.slices.is_some() { "slices" } else { "events" };
            let message = format!(
                "{} allows one failure in {} {unit}: with fewer in {} the first one breaks the promise, and nothing can be learnt of it",
                objective.target,
                thousands(needed),
                slo.window
            );
            self.at(Rule::ManyNines, self.of_objective(place), message);
        }
        if slo.every_failure_matters && target < Ratio::new(LOW_TARGET.0, LOW_TARGET.1) {
            let message = format!(
                "{} allows more than one failure in a hundred, and ippo.dev/every-failure-matters pages for each that burns fast enough; \
                 raise the target or remove the annotation",
                objective.target
            );
            self.at(Rule::LowTargetEveryFailure, self.of_objective(place), message);
        }
    }

    /// Parts of a composite SLO that hardly matter to it.
    fn weights(&mut self) {
        let slo = &self.definition.slo;
        let Some(aim) = slo.aims().next().filter(|_| slo.is_composite()) else { return };
        let day = i128::from(DAY_MINUTES.min(slo.window.least_minutes()));
        let period = i128::from(slo.window.least_minutes());
        for (place, (objective, share)) in aim.parts().enumerate() {
            // A full outage of the part for a day of even traffic: share ÷ (1 − target) × a day ÷ the window.
            let spends = share.over(objective.target.allowance()).by(Ratio::new(day, period));
            if spends >= Ratio::new(LEAST_OF_A_DAY.0, LEAST_OF_A_DAY.1) {
                continue;
            }
            let message = format!(
                "if {:?} fails for a whole day it spends only {} % of the budget: {} / (1 - {}) x {} / {}; raise its weight or its \
                 target, or leave the part out",
                objective_label(objective),
                spends.to_percent(2),
                share.to_decimal(6),
                objective.target,
                duration_text(DAY_MINUTES.min(slo.window.least_minutes())),
                duration_text(slo.window.least_minutes()),
            );
            self.at(Rule::WeighsTooLittle, self.of_objective(place), message);
        }
    }

    fn expressions(&mut self, place: usize, sli: &Sli) {
        let upside_down = match &sli.measure {
            Measure::Good(text) if signs(text) == Some(Signs::Failure) => {
                Some((ExpressionRole::Good, "good", "fail"))
            }
            Measure::Bad(text) if signs(text) == Some(Signs::Success) => {
                Some((ExpressionRole::Bad, "bad", "succeed"))
            }
            _ => None,
        };
        let Some((role, field, what)) = upside_down else { return };
        let Some(text) =
            self.definition.expressions.iter().find(|text| text.role == role && text.objective == place)
        else {
            return;
        };
        let other = if field == "good" { "bad" } else { "good" };
        let message = format!(
            "{field} matches what {what}s, so that the budget is spent by the others; write it as {other}"
        );
        let (file, at) = (text.file.clone(), text.scalar.at());
        self.in_file(Rule::UpsideDown, &file, at, text.field.clone(), message);
    }

    fn twins(&mut self, earlier: &[SloDefinition]) {
        let slo = &self.definition.slo;
        let targets = |slo: &Slo| -> Vec<Ratio> { slo.objectives.iter().map(|o| o.target.ratio()).collect() };
        let is_twin = |other: &&SloDefinition| {
            other.slo.counts_like(slo)
                && other.slo.budgeting_method == slo.budgeting_method
                && targets(&other.slo) != targets(slo)
        };
        if let Some(twin) = earlier.iter().find(is_twin) {
            let message = format!(
                "it counts what SLO {} in {}:{} counts, and promises another share of it; make them two objectives of one SLO, or \
                 say in the description why both are needed",
                twin.slo.name, twin.file, twin.places.name
            );
            self.at(Rule::SameSli, self.name(), message);
        }
    }
}

/// A whole number in groups of three digits.
pub(crate) fn thousands(number: i128) -> String {
    let digits = number.to_string();
    let first = digits.len() % 3;
    let groups = (digits.len() - first) / 3;
    let mut parts: Vec<&str> = if first > 0 { vec![&digits[..first]] } else { vec![] };
    parts.extend((0..groups).map(|group| &digits[first + group * 3..first + group * 3 + 3]));
    parts.join(",")
}
