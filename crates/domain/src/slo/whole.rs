//! A composite SLO as a whole: what its parts spend of one budget that they share by weight. Reads no clock and no store.
//!
//! With the weights `wᵢ`, the share of its own budget that each part spent `sᵢ` and the burn of each part `bᵢ`:
//! the whole spent `Σ wᵢ·sᵢ ÷ Σ wᵢ`, what remains is one minus that, signed and never clamped, and it burns at
//! `Σ wᵢ·bᵢ ÷ Σ wᵢ`.
//!
//! A part that counted nothing in a window, for want of traffic or because nobody could measure it, spent nothing there that
//! anybody could show, and its weight stays in the sum. Were it left out, the others would weigh more for as long as it is
//! idle, and the same failures would page by night that do not by day. What unmeasured time of a part counts as is the SLO's
//! choice, as everywhere: where it is bad, it is spent by that part.

use ippo_base::{MinuteRange, Timestamp};

use super::aim::Aim;
use super::budget::Lasting;
use super::burn::{BurnStatus, EXHAUSTION_WINDOW_MINUTES, OmittedPair, Promise};
use super::evaluate::{ObjectiveStatus, SloInputs, ends_after};
use super::ratio::Ratio;
use super::weight::weighted;
use super::window::WindowNow;

#[cfg(test)]
mod tests;

/// What is the case with all parts together.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct WholeStatus {
    /// The SLO's window, then the others that people look at.
    pub windows: Vec<WholeWindow>,
    /// When the budget ends if the last six hours' burn goes on.
    pub exhausts_at: Option<Timestamp>,
    /// The burn of the last hour; none if nothing was counted in it.
    pub hour_burn: Option<Ratio>,
    /// The pairs that can fire.
    pub burn: Vec<BurnStatus>,
    /// The pairs that cannot, and why.
    pub burn_omitted: Vec<OmittedPair>,
}

/// One window of the whole.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct WholeWindow {
    /// What of it has passed, and all of it.
    pub at: WindowNow,
    /// The share of the budget that is spent; none if no part counted anything.
    pub spent: Option<Ratio>,
    /// What each part spent, in order.
    pub parts: Vec<PartSpent>,
}

/// What a part spent in a window.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct PartSpent {
    /// What it weighs of all: its weight ÷ the sum of weights.
    pub share: Ratio,
    /// The share of its own budget; none if nothing was counted.
    pub own: Option<Ratio>,
    /// What that is of the whole's budget; nought if nothing was counted.
    pub of_whole: Ratio,
}

impl WholeStatus {
    /// The SLO's own window.
    pub fn window(&self) -> &WholeWindow {
        &self.windows[0]
    }
}

impl WholeWindow {
    /// The share of the budget that is left: 1 is untouched, 0 is all spent, below is overspent.
    pub fn remaining(&self) -> Option<Ratio> {
        self.spent.map(|spent| Ratio::ONE.minus(spent))
    }
}

/// The whole but for its pairs, and after how many seconds its budget ends.
pub(super) fn evaluate_whole(
    aim: &Aim<'_>,
    inputs: &SloInputs,
    objectives: &[ObjectiveStatus],
    now: Timestamp,
) -> (WholeStatus, Option<u32>) {
    let count = objectives.first().map_or(0, |first| first.windows.len());
    let windows: Vec<WholeWindow> = (0..count).map(|place| window(aim, objectives, place)).collect();
    let burn = |minutes| {
        let range = MinuteRange::ending_with(now.minute(), minutes);
        let parts = aim.parts().zip(&inputs.objectives);
        let burns = parts.map(|((objective, share), given)| {
            let promise = Promise::of(aim.slo(), objective);
            let judged = promise.judged(&given.history.sum(range));
            (share, judged.map(|judged| judged.burn_rate(promise.target)))
        });
        weighted(&burns.collect::<Vec<_>>())
    };
    let remaining = windows.first().and_then(WholeWindow::remaining);
    let ends_after_secs = remaining.zip(burn(EXHAUSTION_WINDOW_MINUTES)).and_then(|(remaining, burn)| {
        ends_after(Lasting { remaining, burn }, &windows[0].at, aim.longest_slice().is_some(), now)
    });
    let status = WholeStatus {
        windows,
        exhausts_at: ends_after_secs.map(|secs| now.plus(std::time::Duration::from_secs(secs.into()))),
        hour_burn: burn(60),
        burn: Vec::new(),
        burn_omitted: Vec::new(),
    };
    (status, ends_after_secs)
}

fn window(aim: &Aim<'_>, objectives: &[ObjectiveStatus], place: usize) -> WholeWindow {
    let spent: Vec<(Ratio, Option<Ratio>)> = aim
        .parts()
        .zip(objectives)
        .map(|((_, share), status)| (share, status.windows[place].spent()))
        .collect();
    let part = |(share, own): &(Ratio, Option<Ratio>)| PartSpent {
        share: *share,
        own: *own,
        of_whole: weighted(&[(*share, *own)]).unwrap_or(Ratio::ZERO),
    };
    WholeWindow {
        at: objectives[0].windows[place].at,
        spent: weighted(&spent),
        parts: spent.iter().map(part).collect(),
    }
}
