//! What an SLO is held to: each of its objectives by itself, or all parts of a composite one together. An aim has a budget and
//! burn alerts; knows no counts.

use super::budget::highest_burn;
use super::evaluate::objective_label;
use super::model::{Objective, Slo, Target};
use super::ratio::Ratio;
use super::weight::{share_of, weighted};

/// One objective, or all parts of a composite SLO.
#[derive(Clone, Copy, Debug)]
pub struct Aim<'a> {
    slo: &'a Slo,
    place: usize,
    objectives: &'a [Objective],
}

impl Slo {
    /// Whether its objectives are parts with SLIs and weights of their own, which share one budget.
    pub fn is_composite(&self) -> bool {
        self.objectives.iter().any(|objective| objective.weight.is_some())
    }

    /// What has a budget and alerts: each objective, in order, or the one whole of a composite SLO.
    pub fn aims(&self) -> impl Iterator<Item = Aim<'_>> {
        let size = if self.is_composite() { self.objectives.len() } else { 1 };
        let of = move |(number, objectives)| Aim { slo: self, place: number * size, objectives };
        self.objectives.chunks(size.max(1)).enumerate().map(of)
    }

    /// What each objective weighs in the aim that it belongs to: shares that add up to one in a composite SLO, and one
    /// otherwise.
    pub fn shares(&self) -> Vec<Ratio> {
        let weights: Vec<_> = self.objectives.iter().filter_map(|each| each.weight.as_ref()).collect();
        match weights.len() == self.objectives.len() {
            true => weights.iter().map(|weight| share_of(weight, &weights)).collect(),
            false => vec![Ratio::ONE; self.objectives.len()],
        }
    }
}

impl<'a> Aim<'a> {
    /// The SLO that it is of.
    pub fn slo(&self) -> &'a Slo {
        self.slo
    }

    /// The place of its first objective, by which its alerts are known.
    pub fn place(&self) -> usize {
        self.place
    }

    /// Its objectives: one, or the parts.
    pub fn objectives(&self) -> &'a [Objective] {
        self.objectives
    }

    /// Its objectives with what each of them weighs; the weights add up to one.
    pub fn parts(&self) -> impl Iterator<Item = (&'a Objective, Ratio)> {
        let shares = self.slo.shares();
        let place = self.place;
        self.objectives.iter().enumerate().map(move |(at, objective)| (objective, shares[place + at]))
    }

    /// What to call it: the objective, or the SLO as a whole.
    pub fn label(&self) -> String {
        match self.objectives {
            [only] if !self.slo.is_composite() => objective_label(only),
            _ => self.slo.display_name.clone(),
        }
    }

    /// What to call it within a sentence of its SLO; nothing where it is the only one.
    pub fn named(&self) -> String {
        match self.objectives.len() == self.slo.objectives.len() {
            true => String::new(),
            false => self.label(),
        }
    }

    /// The longest slice of time that one of its objectives judges, in minutes; none where these count events.
    pub fn longest_slice(&self) -> Option<u32> {
        self.objectives.iter().filter_map(|objective| Some(objective.slices?.minutes())).max()
    }

    /// The highest burn that it can show.
    pub fn ceiling(&self) -> Ceiling {
        match self.objectives {
            [only] => Ceiling::of(&only.target),
            _ => Ceiling::of_parts(self.parts()),
        }
    }
}

/// The highest burn that anything can show, and how it is made up.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Ceiling {
    /// The burn with every event failing.
    pub burn: Ratio,
    /// When that would be, and the arithmetic.
    pub arithmetic: String,
}

impl Ceiling {
    /// That of a target: 1 ÷ (1 − target).
    pub fn of(target: &Target) -> Self {
        let burn = highest_burn(target);
        let arithmetic =
            format!("with every request failing, the burn is 1 / (1 - {target}) = {}", burn.to_decimal(4));
        Self { burn, arithmetic }
    }

    /// That of parts: the sum of what each weighs ÷ (1 − its target).
    fn of_parts<'a>(parts: impl Iterator<Item = (&'a Objective, Ratio)>) -> Self {
        let (mut terms, mut shown) = (Vec::new(), Vec::new());
        for (objective, share) in parts {
            terms.push((share, Some(highest_burn(&objective.target))));
            shown.push(format!("{} / (1 - {})", share.to_decimal(4), objective.target));
        }
        let burn = weighted(&terms).unwrap_or(Ratio::ZERO);
        let arithmetic = format!(
            "with every request of every part failing, the burn is {} = {}",
            shown.join(" + "),
            burn.to_decimal(4)
        );
        Self { burn, arithmetic }
    }
}
