//! Plays a test against its SLO, and holds what is expected against what is the case.

use super::super::DefinitionError;
use super::super::fields::unknown;
use super::{Moment, SloTest, Written};
use crate::slo::alerts::SloAlert;
use crate::slo::burn::pairs_of;
use crate::slo::expectation::{Checked, Expected, LookedAt, Standing};
use crate::slo::replay::{Replay, Stretch};
use crate::slo::{Aim, Slo, objective_label};

/// One expectation, and what came of it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Outcome {
    /// When, as it was written.
    pub at: String,
    /// The objective it is about; empty where the SLO has one alone.
    pub objective: String,
    /// Which field of the fixture.
    pub field: &'static str,
    /// Its line, counted from one.
    pub line: u32,
    /// Its column, counted from one.
    pub column: u32,
    /// What came of it.
    pub checked: Checked,
}

impl SloTest {
    /// Plays the test. Outcomes are in the order of the fixture.
    ///
    /// # Errors
    /// If it names objectives or pairs that `slo` does not have, or an objective has no input.
    pub fn run(&self, slo: &Slo) -> Result<Vec<Outcome>, Vec<DefinitionError>> {
        let mut errors = Vec::new();
        let input = self.input_of(slo, &mut errors);
        let places: Vec<Option<usize>> =
            self.moments.iter().map(|moment| self.place_of(moment, slo, &mut errors)).collect();
        if !errors.is_empty() {
            return Err(errors);
        }
        let mut order: Vec<usize> = (0..self.moments.len()).collect();
        order.sort_by_key(|moment| self.moments[*moment].after_minutes);
        let mut replay = Replay::new(slo, self.start, &input, &self.exclusions);
        let mut outcomes: Vec<Vec<Outcome>> = vec![Vec::new(); self.moments.len()];
        for number in order {
            let moment = &self.moments[number];
            replay.play(self.start.plus(moment.after_minutes - 1));
            outcomes[number] = look(&replay, slo, moment, places[number]);
        }
        Ok(outcomes.into_iter().flatten().collect())
    }

    /// What comes in for each objective of the SLO.
    fn input_of(&self, slo: &Slo, errors: &mut Vec<DefinitionError>) -> Vec<Vec<Stretch>> {
        let mut input = vec![self.input.clone(); slo.objectives.len()];
        for (name, own) in &self.objectives {
            match self.objective(name, slo) {
                Ok(place) => input[place].clone_from(own),
                Err(error) => errors.push(error),
            }
        }
        if errors.is_empty() && input.iter().any(Vec::is_empty) {
            let place = Written { value: (), at: self.at, field: "spec.input".to_owned() };
            let message =
                "nothing comes in for some objective; write for example input: [{for: 28d, good: 100}]";
            errors.push(self.error(&place, message));
        }
        input
    }

    fn objective(&self, name: &Written<String>, slo: &Slo) -> Result<usize, DefinitionError> {
        let labels: Vec<String> = slo.objectives.iter().map(objective_label).collect();
        labels.iter().position(|label| *label == name.value).ok_or_else(|| {
            let known: Vec<&str> = labels.iter().map(String::as_str).collect();
            self.error(name, unknown(&name.value, "objective", &known))
        })
    }

    /// The place of the objective that a moment is about, and whether it has what is expected of it. None for a composite SLO as a
    /// whole.
    fn place_of(&self, moment: &Moment, slo: &Slo, errors: &mut Vec<DefinitionError>) -> Option<usize> {
        let place = match &moment.objective {
            None if slo.is_composite() => None,
            None => Some(0),
            Some(name) => match self.objective(name, slo) {
                Ok(place) => Some(place),
                Err(error) => {
                    errors.push(error);
                    return None;
                }
            },
        };
        errors.extend(moment.expected.iter().filter_map(|expected| self.of_another(expected, place, slo)));
        let aim = slo.aims().nth(if slo.is_composite() { 0 } else { place.unwrap_or_default() });
        let labels = aim.map(|aim| labels_of(&aim)).unwrap_or_default();
        let known: Vec<&str> = labels.iter().map(String::as_str).collect();
        for expected in &moment.expected {
            for label in expected.value.labels().iter().filter(|label| !labels.contains(label)) {
                let message = match known.is_empty() {
                    true => "the objective has no burn pair that can fire".to_owned(),
                    false => unknown(label, "burn pair", &known),
                };
                errors.push(self.error(expected, message));
            }
        }
        place
    }

    /// Why something cannot be expected of a composite SLO as a whole, or of one of its parts.
    fn of_another(
        &self,
        expected: &Written<Expected>,
        place: Option<usize>,
        slo: &Slo,
    ) -> Option<DefinitionError> {
        let message = match (&expected.value, place) {
            _ if !slo.is_composite() => return None,
            (Expected::Attained(_), None) => {
                "a composite SLO has no share of good events; name one of its parts in objective"
            }
            (Expected::Fires(_) | Expected::Held(_) | Expected::Suppressed(_), Some(_)) => {
                "the parts of a composite SLO have no burn alerts, the whole has; leave objective out"
            }
            _ => return None,
        };
        Some(self.error(expected, message))
    }
}

fn labels_of(aim: &Aim<'_>) -> Vec<String> {
    pairs_of(aim, aim.slo().window.least_minutes()).kept.iter().map(|pair| pair.label()).collect()
}

fn look(replay: &Replay<'_>, slo: &Slo, moment: &Moment, place: Option<usize>) -> Vec<Outcome> {
    let status = replay.status();
    let of = match (place, &status.whole) {
        (None, Some(whole)) => LookedAt::Whole(whole),
        (place, _) => LookedAt::Objective(&status.objectives[place.unwrap_or_default()]),
    };
    let is_absence = |alert: &SloAlert| matches!(alert, SloAlert::Absence { .. });
    let standing = Standing { status: &status, of, is_absent: replay.firing().iter().any(is_absence) };
    let named = place.filter(|_| slo.objectives.len() > 1);
    let objective = named.map(|place| objective_label(&slo.objectives[place])).unwrap_or_default();
    let outcome = |expected: &Written<Expected>| Outcome {
        at: moment.written.clone(),
        objective: objective.clone(),
        field: expected.value.field(),
        line: expected.at.line,
        column: expected.at.column,
        checked: expected.value.check(&standing),
    };
    moment.expected.iter().map(outcome).collect()
}
