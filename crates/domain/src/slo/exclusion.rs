//! Time that people take out of an SLO's budget: what was agreed to, such as maintenance or a load test, is no broken promise. It
//! changes what is known now, and never an alert that was sent.

use std::collections::{BTreeMap, BTreeSet};

use ippo_base::MinuteRange;

use super::evaluate::{SloStatus, objective_label};
use super::ledger::{Entered, LedgerEntry};
use super::minutes::MinuteSet;
use super::model::Slo;
use super::ratio::Ratio;
use crate::Said;

/// What excluded time counts as.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum ExcludedTime {
    /// Nothing: it is not part of the window, so that the budget shrinks with it.
    LeftOut,
    /// Good: its bad events count as good ones, and the window stays as it is.
    Good,
}

impl ExcludedTime {
    /// Every choice.
    pub const ALL: [ExcludedTime; 2] = [Self::LeftOut, Self::Good];

    /// The word in the API and in the database.
    pub fn name(self) -> &'static str {
        match self {
            Self::LeftOut => "left_out",
            Self::Good => "good",
        }
    }
}

/// What an exclusion does to one objective's budget, as known when it was entered.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Effect {
    /// What the objective is called.
    pub objective: String,
    /// The share of the budget that was left before; none if nothing was counted.
    pub before: Option<Ratio>,
    /// The share that is left with it.
    pub after: Option<Ratio>,
}

/// Time that somebody took out of the budget.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Exclusion {
    /// The whole minutes; they may lie ahead.
    pub range: MinuteRange,
    /// What they count as.
    pub counts_as: ExcludedTime,
    /// Why.
    pub reason: String,
    /// Where it was agreed; empty if nowhere.
    pub ticket: String,
    /// One for each objective, in order.
    pub effects: Vec<Effect>,
}

impl Exclusion {
    /// In words, with its numbers.
    pub fn words(&self) -> Said {
        let MinuteRange { from, to } = self.range;
        let (from, to, minutes) = (from.start(), to.start(), self.range.len());
        let (as_what, as_what_ja) = match self.counts_as {
            ExcludedTime::LeftOut => ("is left out of the budget", "をバジェットの対象外にしました"),
            ExcludedTime::Good => ("counts as good", "を正常として数えます"),
        };
        let reason = &self.reason;
        Said::new(
            format!("{minutes} min from {from} to {to} {as_what}: {reason}"),
            format!("{from} から {to} までの {minutes} 分間{as_what_ja}: {reason}"),
        )
    }
}

/// The time that an SLO's exclusions take out of its budget.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Exclusions {
    /// Minutes that count as nothing. They have precedence.
    pub left_out: MinuteSet,
    /// Minutes whose bad events count as good.
    pub good: MinuteSet,
}

impl Exclusions {
    /// Those of a ledger's entries, of which none is withdrawn.
    pub fn of<'a>(entries: impl IntoIterator<Item = &'a Entered>) -> Self {
        let (mut standing, mut withdrawn) = (BTreeMap::new(), BTreeSet::new());
        for entered in entries {
            match &entered.entry {
                LedgerEntry::Exclusion(exclusion) => drop(standing.insert(&entered.id, exclusion)),
                LedgerEntry::Withdrawal { of, .. } => drop(withdrawn.insert(of)),
                LedgerEntry::SuppressedPage(_) | LedgerEntry::Override(_) | LedgerEntry::Policy(_) => {}
            }
        }
        standing.retain(|id, _| !withdrawn.contains(id));
        standing.into_values().fold(Self::default(), |all, exclusion| all.with(exclusion))
    }

    /// These and one more.
    #[must_use]
    pub fn with(mut self, exclusion: &Exclusion) -> Self {
        let minutes = MinuteSet::from_ranges([exclusion.range]);
        match exclusion.counts_as {
            ExcludedTime::LeftOut => self.left_out = self.left_out.union(&minutes),
            ExcludedTime::Good => self.good = self.good.union(&minutes),
        }
        self
    }
}

/// What an exclusion does to each objective: the status without it and with it, at one moment.
pub fn effects(slo: &Slo, before: &SloStatus, after: &SloStatus) -> Vec<Effect> {
    let remaining = |status: &SloStatus, place: usize| {
        status.objectives.get(place).and_then(|o| o.window().budget).map(|budget| budget.remaining)
    };
    let of = |(place, objective)| Effect {
        objective: objective_label(objective),
        before: remaining(before, place),
        after: remaining(after, place),
    };
    slo.objectives.iter().enumerate().map(of).collect()
}

#[cfg(test)]
mod tests {
    use ippo_base::Minute;

    use super::super::tests::{Given, NOW, now, slo, steady};
    use super::super::{Counts, evaluate};
    use super::*;

    fn exclusion(from: u32, to: u32, counts_as: ExcludedTime) -> Exclusion {
        let range = MinuteRange { from: Minute(from), to: Minute(to) };
        Exclusion { range, counts_as, reason: "load test".to_owned(), ticket: String::new(), effects: vec![] }
    }

    fn entered(id: &str, entry: LedgerEntry) -> Entered {
        Entered { id: id.to_owned(), at: now(), by: "ada".to_owned(), entry }
    }

    #[test]
    fn what_is_withdrawn_does_not_count_and_the_order_does_not_matter() {
        let first = entered("a", LedgerEntry::Exclusion(exclusion(10, 20, ExcludedTime::LeftOut)));
        let second = entered("b", LedgerEntry::Exclusion(exclusion(15, 30, ExcludedTime::LeftOut)));
        let third = entered("c", LedgerEntry::Exclusion(exclusion(40, 45, ExcludedTime::Good)));
        let back = entered("d", LedgerEntry::Withdrawal { of: "a".to_owned(), reason: "a slip".to_owned() });
        let all = Exclusions::of([&first, &second, &third, &back]);
        assert_eq!((all.left_out.ranges()[0].from, all.left_out.len(), all.good.len()), (Minute(15), 15, 5));
        assert_eq!(Exclusions::of([&back, &third, &second, &first]), all);
    }

    /// A week in which one hour failed, a minute each, and another day all of it.
    fn week(exclusions: &Exclusions) -> Given {
        let mut given = steady(7 * 1440, 1, 0);
        for (minute, counts) in &mut given.counts[0] {
            let age = NOW.0 - minute.0;
            let fails = (3 * 1440..3 * 1440 + 60).contains(&age) || (5 * 1440..6 * 1440).contains(&age);
            *counts = if fails { Counts { good: 0, bad: 1, unknown: 0 } } else { *counts };
        }
        given.exclusions = exclusions.clone();
        given
    }

    #[test]
    fn leaving_a_day_out_is_not_counting_it_as_good() {
        let mut slo = slo(&["0.99"]);
        slo.window = super::super::Window::rolling(7 * 1440).expect("within limits");
        let day = |counts_as| {
            let range = exclusion(NOW.0 - 6 * 1440 + 1, NOW.0 - 5 * 1440 + 1, counts_as);
            let exclusions = Exclusions::default().with(&range);
            let status = evaluate(&slo, &week(&exclusions).inputs(), now());
            let window = status.objectives[0].window().clone();
            let failed = Ratio::ONE.minus(window.attained.expect("counted")).to_percent(4);
            (failed, window.sum.minutes.excluded, window.sum.minutes.measured)
        };
        assert_eq!(day(ExcludedTime::LeftOut), ("0.6944".to_owned(), 1440, 6 * 1440));
        assert_eq!(day(ExcludedTime::Good), ("0.5952".to_owned(), 0, 7 * 1440));
    }

    #[test]
    fn an_effect_is_told_for_each_objective() {
        let mut slo = slo(&["0.99"]);
        slo.window = super::super::Window::rolling(7 * 1440).expect("within limits");
        let all = exclusion(NOW.0 - 6 * 1440 + 1, NOW.0 - 5 * 1440 + 1, ExcludedTime::LeftOut);
        let status = |exclusions: &Exclusions| evaluate(&slo, &week(exclusions).inputs(), now());
        let told = effects(&slo, &status(&Exclusions::default()), &status(&Exclusions::default().with(&all)));
        assert_eq!(told.len(), 1);
        assert!(told[0].before.expect("counted") < Ratio::ZERO);
        assert_eq!(told[0].after.expect("counted").to_percent(2), "30.56");
    }
}
