//! Error budget policies: what a team agreed to do as its budgets run low. A rule begins to stand as its condition holds, and
//! ends once that has not held for an hour, so that a budget on the edge does not begin and end it again and again.

use std::fmt;

use ippo_base::{MinuteRange, Timestamp};
use jiff::civil::Date;

use super::aim::Aim;
use super::burn::Promise;
use super::evaluate::{AimStatus, SloStatus};
use super::history::History;
use super::model::Slo;
use super::ratio::Ratio;
use super::weight::weighted;
use super::window::{duration_in_japanese, duration_text};
use crate::Said;

/// How long the condition of a rule must not have held before the rule ends.
pub const ENDS_AFTER_MINUTES: u32 = 60;

/// What a team agreed to do.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct BudgetPolicy {
    /// Unique among policies.
    pub name: String,
    /// What people call it; the name, if nothing else.
    pub display_name: String,
    /// Who agreed, when, and what else there is to say.
    pub description: String,
    /// Who answers for it; empty if nobody.
    pub owner: String,
    /// When to look whether it is still what the team wants.
    pub review_on: Option<Date>,
    /// SLOs it is about, by name.
    pub slos: Vec<String>,
    /// Services whose SLOs it is about. Where neither is named it is about every SLO.
    pub services: Vec<String>,
    /// In the order of the file; at least one.
    pub rules: Vec<BudgetRule>,
}

impl BudgetPolicy {
    /// Whether it is about an SLO.
    pub fn covers(&self, slo: &Slo) -> bool {
        let everything = self.slos.is_empty() && self.services.is_empty();
        everything || self.slos.contains(&slo.name) || self.services.contains(&slo.service)
    }
}

/// What follows when.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct BudgetRule {
    /// Unique within the policy.
    pub name: String,
    /// When.
    pub when: BudgetCondition,
    /// Whether changes are frozen.
    pub freeze: Option<Freeze>,
    /// Whether a postmortem is due.
    pub postmortem: bool,
    /// Notification targets that are told.
    pub notify: Vec<String>,
}

impl fmt::Display for BudgetRule {
    /// `when at most 0 % of the budget is left: freeze (advise), tell oncall`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let freeze = self.freeze.map(|freeze| format!("freeze ({})", freeze.name()));
        let postmortem = self.postmortem.then(|| "a postmortem is due".to_owned());
        let told = (!self.notify.is_empty()).then(|| format!("tell {}", self.notify.join(", ")));
        let then: Vec<String> = freeze.into_iter().chain(postmortem).chain(told).collect();
        write!(f, "when {}: {}", self.when, then.join(", "))
    }
}

impl BudgetRule {
    /// What follows, in words.
    pub fn asks(&self) -> Said {
        let freeze = self.freeze.map(|freeze| match freeze {
            Freeze::Advise => Said::new("a freeze of changes is advised", "変更の凍結を推奨します"),
            Freeze::Block => Said::new(
                "the release gate lets only P0 and security fixes pass",
                "リリースゲートは P0 対応とセキュリティ修正だけを通します",
            ),
        });
        let postmortem =
            self.postmortem.then(|| Said::new("a postmortem is due", "ポストモーテムが必要です"));
        let told = (self.freeze.is_none() && !self.postmortem).then(|| {
            Said::new(
                format!("{} is told", self.notify.join(", ")),
                format!("{} に知らせます", self.notify.join("、")),
            )
        });
        let asks: Vec<Said> = freeze.into_iter().chain(postmortem).chain(told).collect();
        let join = |of: fn(&Said) -> &str, by: &str| asks.iter().map(of).collect::<Vec<_>>().join(by);
        Said::new(join(|said| &said.english, "; "), join(|said| &said.japanese, "。"))
    }
}

/// A rule that stands for an SLO.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct StandingRule {
    /// The policy's name.
    pub policy: String,
    /// The rule's name.
    pub rule: String,
    /// Whether changes are frozen.
    pub freeze: Option<Freeze>,
    /// Whether a postmortem is due.
    pub postmortem: bool,
    /// The incident that it is about, if it is about one.
    pub incident: Option<i64>,
    /// Since when.
    pub since: Timestamp,
    /// Why, as it was when it began, and what follows.
    pub said: Said,
}

/// When a rule stands. Shares are of the budget of the SLO's own window.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum BudgetCondition {
    /// At most so much is left; below zero where it is overspent.
    RemainingAtMost(Ratio),
    /// At least so much was spent in the last minutes.
    SpentAtLeast {
        /// The share.
        share: Ratio,
        /// How many, at most those of the window.
        minutes: u32,
    },
    /// An incident spent at least so much.
    SpentByIncident(Ratio),
}

impl fmt::Display for BudgetCondition {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::RemainingAtMost(share) => write!(f, "at most {} % of the budget is left", percent(*share)),
            Self::SpentAtLeast { share, minutes } => {
                write!(
                    f,
                    "at least {} % of the budget is spent in {}",
                    percent(*share),
                    duration_text(*minutes)
                )
            }
            Self::SpentByIncident(share) => {
                write!(f, "an incident spends at least {} % of the budget", percent(*share))
            }
        }
    }
}

impl BudgetCondition {
    /// In words.
    pub fn said(self) -> Said {
        let japanese = match self {
            Self::RemainingAtMost(share) => format!("バジェットの残りが {} % 以下", percent(share)),
            Self::SpentAtLeast { share, minutes } => {
                format!("{}でバジェットの {} % 以上を消費", duration_in_japanese(minutes), percent(share))
            }
            Self::SpentByIncident(share) => {
                format!("1 件のインシデントがバジェットの {} % 以上を消費", percent(share))
            }
        };
        Said::new(self.to_string(), japanese)
    }
}

/// How a freeze is meant.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Freeze {
    /// It is said, and the release gate passes all the same.
    Advise,
    /// The release gate does not pass, but for what is exempt.
    Block,
}

impl Freeze {
    /// Every way.
    pub const ALL: [Freeze; 2] = [Self::Advise, Self::Block];

    /// The word in definitions and in the API.
    pub fn name(self) -> &'static str {
        match self {
            Self::Advise => "advise",
            Self::Block => "block",
        }
    }
}

/// Whether a condition holds.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Holds {
    /// It does, in words with its numbers.
    Yes(Said),
    /// It does not.
    No,
    /// Nobody can say: nothing was counted, or counts are still being made.
    Unknown,
}

/// An incident of an SLO, as a policy sees it.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct SpendingIncident {
    /// Its number.
    pub id: i64,
    /// Since when the promise was broken.
    pub from: Timestamp,
    /// When it ended; now, if it has not.
    pub to: Timestamp,
}

/// What an SLO's rules are judged by.
#[derive(Clone, Copy, Debug)]
pub struct Spending<'a> {
    /// What it says.
    pub slo: &'a Slo,
    /// What is the case.
    pub status: &'a SloStatus,
    /// The history of each objective, in order, over the whole of its window.
    pub histories: &'a [&'a History],
}

impl Spending<'_> {
    /// Whether the condition of a rule holds that is about the SLO as a whole. With several objectives it holds if it does for
    /// one of them. What is about single incidents is never held by it: see [`Spending::of_incident`].
    pub fn holds(&self, condition: BudgetCondition) -> Holds {
        if self.status.backfilling {
            return Holds::Unknown;
        }
        let of = |aim: &Aim<'_>, status: &AimStatus<'_>| match condition {
            BudgetCondition::RemainingAtMost(most) => remaining(aim, status, most),
            BudgetCondition::SpentAtLeast { share, minutes } => {
                let window = self.status.objectives[aim.place()].window().at.so_far;
                let range = MinuteRange { from: window.from.max(window.to.minus(minutes)), to: window.to };
                self.spent(aim, range, share, |share, named| {
                    let (span, span_ja) = (duration_text(minutes), duration_in_japanese(minutes));
                    Said::new(
                        format!("{share} % of the error budget was spent in {span}{named}"),
                        format!("{span_ja}でエラーバジェットの {share} % を消費しました{named}"),
                    )
                })
            }
            BudgetCondition::SpentByIncident(_) => Holds::No,
        };
        self.worst(of)
    }

    /// Whether an incident spent at least `share` of the budget of an objective.
    pub fn of_incident(&self, share: Ratio, incident: &SpendingIncident) -> Holds {
        if self.status.backfilling {
            return Holds::Unknown;
        }
        self.worst(|aim, _| {
            let window = self.status.objectives[aim.place()].window().at.so_far;
            let from = incident.from.minute().max(window.from);
            // The minute in which it ended is part of it.
            let range = MinuteRange { from, to: incident.to.minute().plus(1).min(window.to) };
            if range.is_empty() {
                return Holds::No;
            }
            self.spent(aim, range, share, |share, named| {
                let id = incident.id;
                Said::new(
                    format!("INC-{id} spent {share} % of the error budget{named}"),
                    format!("INC-{id} がエラーバジェットの {share} % を消費しました{named}"),
                )
            })
        })
    }

    /// What holds for one objective holds; what is not known of one and does not hold for others is not known. A composite SLO
    /// is judged as a whole.
    fn worst(&self, of: impl Fn(&Aim<'_>, &AimStatus<'_>) -> Holds) -> Holds {
        let mut unknown = false;
        for (aim, status) in self.slo.aims().zip(self.status.aims()) {
            match of(&aim, &status) {
                Holds::Yes(said) => return Holds::Yes(said),
                Holds::Unknown => unknown = true,
                Holds::No => {}
            }
        }
        if unknown { Holds::Unknown } else { Holds::No }
    }

    fn spent(
        &self,
        aim: &Aim<'_>,
        range: MinuteRange,
        least: Ratio,
        say: impl Fn(&str, &str) -> Said,
    ) -> Holds {
        let (mut shares, mut is_known) = (Vec::new(), false);
        for (place, (objective, weight)) in (aim.place()..).zip(aim.parts()) {
            let allowed = self.status.objectives[place].window().budget.map(|budget| budget.allowed);
            let allowed = allowed.filter(|allowed| *allowed > Ratio::ZERO);
            is_known |= allowed.is_some();
            let judged = Promise::of(self.slo, objective).judged(&self.histories[place].sum(range));
            let spent = judged.zip(allowed).map(|(judged, allowed)| judged.bad().over(allowed));
            shares.push((weight, spent));
        }
        // Time of which nothing is known spent nothing that anybody could show.
        match weighted(&shares) {
            _ if !is_known => Holds::Unknown,
            Some(share) if share >= least => Holds::Yes(say(&share.to_percent(1), &named(aim))),
            Some(_) | None => Holds::No,
        }
    }
}

fn remaining(aim: &Aim<'_>, status: &AimStatus<'_>, most: Ratio) -> Holds {
    let Some(remaining) = status.remaining else { return Holds::Unknown };
    if remaining > most {
        return Holds::No;
    }
    let (left, most, named) = (remaining.to_percent(1), percent(most), named(aim));
    Holds::Yes(Said::new(
        format!("{left} % of the error budget is left{named}, at most {most} %"),
        format!("エラーバジェットの残りは {left} %{named} で、{most} % 以下です"),
    ))
}

fn named(aim: &Aim<'_>) -> String {
    let name = aim.named();
    if name.is_empty() { name } else { format!(" ({name})") }
}

/// A share as people write it: `20`, `12.5`, `-5`.
fn percent(share: Ratio) -> String {
    share.to_percent(4)
}

#[cfg(test)]
mod tests {
    use super::super::tests::{Given, NOW, now, slo, steady};
    use super::super::{Counts, evaluate};
    use super::*;

    const DAY: u32 = 1_440;

    /// Four weeks of 100 a minute, with so many bad ones in each minute of the given ages.
    fn month(bad: &[(std::ops::Range<u32>, u64)]) -> Given {
        let mut given = steady(28 * DAY, 100, 0);
        for (minute, counts) in &mut given.counts[0] {
            let age = NOW.0 - minute.0;
            for (ages, bad) in bad {
                if ages.contains(&age) {
                    *counts = Counts { good: 100 - bad, bad: *bad, unknown: 0 };
                }
            }
        }
        given
    }

    fn judged(given: &Given, look: impl Fn(&Spending<'_>) -> Holds) -> Holds {
        let slo = slo(&["0.99"]);
        let inputs = given.inputs();
        let status = evaluate(&slo, &inputs, now());
        let histories: Vec<&History> = inputs.objectives.iter().map(|given| &given.history).collect();
        look(&Spending { slo: &slo, status: &status, histories: &histories })
    }

    fn english(holds: &Holds) -> &str {
        match holds {
            Holds::Yes(said) => &said.english,
            Holds::No => "no",
            Holds::Unknown => "unknown",
        }
    }

    /// The budget of 28 days of 100 a minute at 0.99 is 40,320 events: one a minute.
    #[test]
    fn what_is_left_is_held_against_the_rule_to_the_last_event() {
        let remaining = |given: &Given, most: Ratio| {
            let holds = judged(given, |s| s.holds(BudgetCondition::RemainingAtMost(most)));
            english(&holds).to_owned()
        };
        let spent = month(&[(0..28 * DAY, 1)]);
        assert_eq!(
            remaining(&spent, Ratio::ZERO),
            "0 % of the error budget is left, at most 0 %",
            "spent to the last event"
        );
        let almost = month(&[(1..28 * DAY, 1)]);
        assert_eq!(remaining(&almost, Ratio::ZERO), "no", "one event is left");
        assert_eq!(remaining(&almost, Ratio::new(1, 2)), "0 % of the error budget is left, at most 50 %");
        assert_eq!(remaining(&month(&[]), Ratio::new(1, 2)), "no");
        let over = month(&[(0..28 * DAY, 2)]);
        assert_eq!(remaining(&over, Ratio::new(-1, 1)), "-100 % of the error budget is left, at most -100 %");
    }

    #[test]
    fn what_was_spent_in_the_last_days_is_a_share_of_the_whole_windows_budget() {
        let spent = |given: &Given, share, minutes| {
            let holds = judged(given, |s| s.holds(BudgetCondition::SpentAtLeast { share, minutes }));
            english(&holds).to_owned()
        };
        // 28 bad a minute for a day are the budget of the whole window.
        let yesterday = month(&[(DAY..2 * DAY, 28)]);
        let half = Ratio::new(1, 2);
        assert_eq!(spent(&yesterday, half, DAY), "no", "that was the day before");
        assert_eq!(spent(&yesterday, half, 2 * DAY), "100 % of the error budget was spent in 2d");
        assert_eq!(
            spent(&yesterday, half, 366 * DAY),
            "100 % of the error budget was spent in 366d",
            "no more than the window is looked at"
        );
    }

    #[test]
    fn an_incident_spent_what_was_bad_while_it_lasted() {
        let of = |given: &Given, from_age: u32, to_age: u32, share| {
            let incident =
                SpendingIncident { id: 7, from: NOW.minus(from_age).start(), to: NOW.minus(to_age).start() };
            english(&judged(given, |s| s.of_incident(share, &incident))).to_owned()
        };
        // 84 minutes of 96 bad are 8,064: a fifth.
        let given = month(&[(100..184, 96)]);
        let fifth = Ratio::new(1, 5);
        assert_eq!(of(&given, 183, 100, fifth), "INC-7 spent 20 % of the error budget");
        assert_eq!(of(&given, 182, 100, fifth), "no", "a minute less");
        assert_eq!(of(&given, 60 * DAY, 40 * DAY, fifth), "no", "before the window");
        assert_eq!(of(&given, 60 * DAY, 0, fifth), "INC-7 spent 20 % of the error budget");
    }

    #[test]
    fn nothing_is_said_of_what_is_not_known() {
        let conditions = [
            BudgetCondition::RemainingAtMost(Ratio::ONE),
            BudgetCondition::SpentAtLeast { share: Ratio::new(1, 100), minutes: DAY },
        ];
        for condition in conditions {
            let filling = Given { backfilling: true, ..month(&[(0..28 * DAY, 2)]) };
            assert_eq!(judged(&filling, |s| s.holds(condition)), Holds::Unknown);
            let nothing = steady(28 * DAY, 0, 0);
            assert_eq!(judged(&nothing, |s| s.holds(condition)), Holds::Unknown, "no traffic, no budget");
        }
    }

    #[test]
    fn a_japanese_sentence_names_a_length_of_time_in_japanese() {
        let within = |minutes| BudgetCondition::SpentAtLeast { share: Ratio::new(1, 2), minutes };
        assert_eq!(within(7 * DAY).said().japanese, "7 日間でバジェットの 50 % 以上を消費");
        assert_eq!(within(6 * 60).said().japanese, "6 時間でバジェットの 50 % 以上を消費");
        assert_eq!(within(90).said().japanese, "90 分間でバジェットの 50 % 以上を消費");
        let all = month(&[(0..28 * DAY, 1)]);
        match judged(&all, |s| s.holds(within(14 * DAY))) {
            Holds::Yes(said) => assert_eq!(said.japanese, "14 日間でエラーバジェットの 50 % を消費しました"),
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn a_policy_without_names_is_about_everything() {
        let slo = slo(&["0.99"]);
        let policy = |slos: &[&str], services: &[&str]| BudgetPolicy {
            name: "p".to_owned(),
            display_name: "p".to_owned(),
            description: String::new(),
            owner: String::new(),
            review_on: None,
            slos: slos.iter().map(|name| (*name).to_owned()).collect(),
            services: services.iter().map(|name| (*name).to_owned()).collect(),
            rules: vec![],
        };
        assert!(policy(&[], &[]).covers(&slo));
        assert!(policy(&[&slo.name], &[]).covers(&slo) && policy(&["x"], &[&slo.service]).covers(&slo));
        assert!(!policy(&["x"], &["y"]).covers(&slo) && !policy(&["x"], &[]).covers(&slo));
    }
}
