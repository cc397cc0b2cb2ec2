//! Composite SLOs as the API shows them: parts with SLIs and weights of their own, and the one budget that they share.

use ippo_domain::slo;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::{Burn, BurnOmitted, Sli};
use crate::time::Time;

/// What an objective is as a part of a composite SLO.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct SloPart {
    /// What it weighs beside the other parts: `compositeWeight`, as it was written.
    #[schema(value_type = f64)]
    pub weight: serde_json::Number,
    /// What that is of all weights together, 0 to 1.
    pub weight_share: f64,
    /// What it counts.
    pub sli: Sli,
}

/// All parts of a composite SLO together.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Composite {
    /// Its periods: that of the SLO first.
    pub windows: Vec<CompositeWindow>,
    /// The burn rate of the last hour; `null` without events.
    pub hour_burn: Option<f64>,
    /// The burn pairs that can fire.
    pub burn: Vec<Burn>,
    /// Those that cannot, and why.
    pub burn_omitted: Vec<BurnOmitted>,
}

/// One period of a composite SLO.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct CompositeWindow {
    /// As it is written: `28d`.
    pub window: String,
    /// Whether it rolls.
    pub rolls: bool,
    /// Its start.
    pub from: Time,
    /// The end of what has passed of it, excluded.
    pub to: Time,
    /// The end of all of it.
    pub ends: Time,
    /// Share of the budget that is spent: what each part spent of its own, by weight; `null` without events in any part.
    pub budget_spent: Option<f64>,
    /// Share of the budget left: 1 untouched, 0 spent, below 0 over-spent; `null` without events in any part.
    pub budget_remaining: Option<f64>,
    /// What each part spent, in the order of the objectives.
    pub parts: Vec<CompositePart>,
}

/// What a part of a composite SLO spent in a period.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct CompositePart {
    /// Share of its own budget that it spent; `null` without events, which add nothing and keep the part's weight.
    pub own_spent: Option<f64>,
    /// What that is of the budget of all parts together: the weight's share times what it spent of its own.
    pub composite_spent: f64,
}

pub(super) fn part(of: &slo::Slo, place: usize) -> Option<SloPart> {
    let objective = of.objectives.get(place)?;
    let weight = objective.weight.as_ref()?;
    let number = serde_json::Number::from_f64(weight.ratio().to_f64());
    Some(SloPart {
        weight: number.expect("a weight is finite"),
        weight_share: of.shares().get(place)?.to_f64(),
        sli: super::view::sli(std::slice::from_ref(objective))?,
    })
}

pub(super) fn composite(of: &slo::Slo, whole: &slo::WholeStatus) -> Composite {
    let names = [&of.window].into_iter().chain(&of.more_windows);
    Composite {
        windows: names.zip(&whole.windows).map(|(name, status)| window(name, status)).collect(),
        hour_burn: whole.hour_burn.map(slo::Ratio::to_f64),
        burn: whole.burn.iter().map(super::view::burn).collect(),
        burn_omitted: whole.burn_omitted.iter().map(super::view::omitted).collect(),
    }
}

fn window(name: &slo::Window, status: &slo::WholeWindow) -> CompositeWindow {
    let part = |part: &slo::PartSpent| CompositePart {
        own_spent: part.own.map(slo::Ratio::to_f64),
        composite_spent: part.of_whole.to_f64(),
    };
    CompositeWindow {
        window: name.to_string(),
        rolls: status.at.rolls,
        from: Time(status.at.so_far.from.start()),
        to: Time(status.at.so_far.to.start()),
        ends: Time(status.at.period.to.start()),
        budget_spent: status.spent.map(slo::Ratio::to_f64),
        budget_remaining: status.remaining().map(slo::Ratio::to_f64),
        parts: status.parts.iter().map(part).collect(),
    }
}
