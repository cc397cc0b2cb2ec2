//! Time that people take out of an SLO's budget: what was agreed to, such as maintenance or a load test, is no broken promise. It
//! changes what is known now, and never an alert that was sent.

use std::collections::BTreeMap;

use ippo_base::{Minute, MinuteRange};
use jiff::tz::TimeZone;

use super::evaluate::{SloStatus, objective_label};
use super::ledger::{Entered, LedgerEntry};
use super::minutes::MinuteSet;
use super::model::Slo;
use super::ratio::Ratio;
use super::window::{CalendarUnit, CalendarWindow};
use crate::Said;

/// How often excluded time comes back, at most.
const OCCURRENCES_MOST: i64 = 4_000;

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

/// Why time cannot come back like that.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
pub enum RepeatError {
    /// It never does, or not for more than a year.
    #[error("time that is excluded comes back after one day at least and a year at most")]
    Often,
    /// The time zone is not known.
    #[error("{0:?} is not a time zone such as Asia/Tokyo or UTC")]
    Zone(String),
    /// It would be there twice.
    #[error("time that comes back must be over an hour before it does")]
    Overlaps,
}

/// When excluded time comes back: as long as it was, at the same time of day.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Repeat {
    /// Begins where the first time does.
    calendar: CalendarWindow,
    /// No more of them begin from here on.
    until: Option<Minute>,
}

impl Repeat {
    /// Each `count` units from `first` on, at the same time of day in `zone`, by its IANA name.
    ///
    /// # Errors
    /// If that is no time at all or more than a year, nobody knows the zone, or the first is not over when the next begins.
    pub fn new(
        first: MinuteRange,
        (count, unit): (u32, CalendarUnit),
        zone: &str,
        until: Option<Minute>,
    ) -> Result<Self, RepeatError> {
        let zone = TimeZone::get(zone).map_err(|_| RepeatError::Zone(zone.to_owned()))?;
        let start = jiff::Timestamp::from_second(i64::from(first.from.0) * 60).unwrap_or_default();
        let start = zone.to_datetime(start);
        let calendar = CalendarWindow::new(start, zone, count, unit).ok_or(RepeatError::Often)?;
        // An hour less than it seems, as clocks may change in between.
        let apart = unit.days().0 * count * 24 * 60 - 60;
        match first.len() <= apart {
            true => Ok(Self { calendar, until }),
            false => Err(RepeatError::Overlaps),
        }
    }

    /// How many of which units lie between two.
    pub fn every(&self) -> (u32, CalendarUnit) {
        self.calendar.every()
    }

    /// The name of the time zone whose time of day it keeps.
    pub fn zone(&self) -> &str {
        self.calendar.zone()
    }

    /// No more of them begin from here on.
    pub fn until(&self) -> Option<Minute> {
        self.until
    }

    /// `every week in Asia/Tokyo`.
    fn words(&self) -> Said {
        let (count, unit) = self.every();
        let (name, name_ja, each, each_ja) = match unit {
            CalendarUnit::Days => ("days", "日", "day", "毎日"),
            CalendarUnit::Weeks => ("weeks", "週間", "week", "毎週"),
            CalendarUnit::Months => ("months", "か月", "month", "毎月"),
        };
        let (every, every_ja) = match count {
            1 => (format!("every {each}"), each_ja.to_owned()),
            count => (format!("every {count} {name}"), format!("{count} {name_ja}ごと")),
        };
        let zone = self.zone();
        let until = self.until.map(Minute::start);
        let (until, until_ja) = until
            .map_or_else(Default::default, |until| (format!(" until {until}"), format!("、{until} まで")));
        Said::new(format!("{every} in {zone}{until}"), format!("{every_ja}、{zone}{until_ja}"))
    }
}

/// Time that somebody took out of the budget.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Exclusion {
    /// The whole minutes; they may lie ahead.
    pub range: MinuteRange,
    /// When they come back, if they do.
    pub repeat: Option<Repeat>,
    /// What they count as.
    pub counts_as: ExcludedTime,
    /// Why.
    pub reason: String,
    /// Where it was agreed; empty if nowhere.
    pub ticket: String,
    /// Of a composite SLO that on the whole, then one for each objective, in order.
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
        let (again, again_ja) =
            self.repeat.as_ref().map(Repeat::words).map_or_else(Default::default, |said| {
                (format!(", {},", said.english), format!("({})", said.japanese))
            });
        Said::new(
            format!("{minutes} min from {from} to {to}{again} {as_what}: {reason}"),
            format!("{from} から {to} までの {minutes} 分間{again_ja}{as_what_ja}: {reason}"),
        )
    }

    /// Each time that it takes out and that begins before `horizon`; what repeats goes on without end.
    fn ranges(&self, horizon: Minute) -> impl Iterator<Item = MinuteRange> {
        let again = self.repeat.iter().flat_map(move |repeat| {
            let until = repeat.until.map_or(horizon, |until| until.min(horizon));
            let starts = (1..OCCURRENCES_MOST).map(|number| repeat.calendar.boundary(number));
            starts.take_while(move |start| *start < until)
        });
        let length = self.range.len();
        let again = again.map(move |from| MinuteRange { from, to: from.plus(length) });
        [self.range].into_iter().chain(again)
    }
}

/// The budget was made whole again: what was bad before counts as good.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Reset {
    /// The minute from which on the budget is spent again.
    pub at: Minute,
    /// Why.
    pub reason: String,
    /// Where it was agreed; empty if nowhere.
    pub ticket: String,
    /// Of a composite SLO that on the whole, then one for each objective, in order.
    pub effects: Vec<Effect>,
}

impl Reset {
    /// In words.
    pub fn words(&self) -> Said {
        let (at, reason) = (self.at.start(), &self.reason);
        Said::new(
            format!("the budget was reset: what was bad before {at} counts as good: {reason}"),
            format!("バジェットをリセットしました({at} より前の bad を good として数えます): {reason}"),
        )
    }
}

/// A change of what is taken out of a budget.
#[derive(Clone, Copy, Debug)]
pub enum Change<'a> {
    /// Time is.
    Exclusion(&'a Exclusion),
    /// Everything before a moment is good.
    Reset(&'a Reset),
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
    /// Those of a ledger's entries, as far as they are not withdrawn. What comes back does so until `horizon`.
    pub fn of<'a>(entries: impl IntoIterator<Item = &'a Entered>, horizon: Minute) -> Self {
        let (mut standing, mut withdrawn) = (BTreeMap::new(), BTreeMap::<&String, Minute>::new());
        for entered in entries {
            let change = match &entered.entry {
                LedgerEntry::Exclusion(exclusion) => Change::Exclusion(exclusion),
                LedgerEntry::Reset(reset) => Change::Reset(reset),
                LedgerEntry::Withdrawal { of, from, .. } => {
                    let from = from.unwrap_or(Minute(0));
                    withdrawn.entry(of).and_modify(|before| *before = from.min(*before)).or_insert(from);
                    continue;
                }
                LedgerEntry::SuppressedPage(_)
                | LedgerEntry::Override(_)
                | LedgerEntry::Policy(_)
                | LedgerEntry::Closing(_) => continue,
            };
            standing.insert(&entered.id, change);
        }
        let of = |all: Self, (id, change): (&String, Change<'_>)| match withdrawn.get(id) {
            Some(Minute(0)) => all,
            from => all.with_until(change, horizon, from.copied()),
        };
        standing.into_iter().fold(Self::default(), of)
    }

    /// These and one more.
    #[must_use]
    pub fn with(self, change: Change<'_>, horizon: Minute) -> Self {
        self.with_until(change, horizon, None)
    }

    /// The same, of which nothing is left from `until` on.
    fn with_until(mut self, change: Change<'_>, horizon: Minute, until: Option<Minute>) -> Self {
        let until = until.unwrap_or(Minute(u32::MAX));
        let cut = |range: MinuteRange| MinuteRange { from: range.from, to: range.to.min(until) };
        match change {
            Change::Reset(reset) => {
                let before = MinuteRange { from: Minute(0), to: reset.at };
                self.good = self.good.union(&MinuteSet::from_ranges([before]));
            }
            Change::Exclusion(exclusion) => {
                let ranges = exclusion.ranges(horizon).map(cut).filter(|range| !range.is_empty());
                let minutes = MinuteSet::from_ranges(ranges);
                match exclusion.counts_as {
                    ExcludedTime::LeftOut => self.left_out = self.left_out.union(&minutes),
                    ExcludedTime::Good => self.good = self.good.union(&minutes),
                }
            }
        }
        self
    }
}

/// What an exclusion does to a composite SLO as a whole, and to each objective: the status without it and with it, at one moment.
pub fn effects(slo: &Slo, before: &SloStatus, after: &SloStatus) -> Vec<Effect> {
    let remaining = |status: &SloStatus, place: usize| {
        status.objectives.get(place).and_then(|o| o.window().budget).map(|budget| budget.remaining)
    };
    let of = |(place, objective)| Effect {
        objective: objective_label(objective),
        before: remaining(before, place),
        after: remaining(after, place),
    };
    let whole = |status: &SloStatus| status.whole.as_ref().and_then(|whole| whole.window().remaining());
    let together = slo.is_composite().then(|| Effect {
        objective: slo.display_name.clone(),
        before: whole(before),
        after: whole(after),
    });
    together.into_iter().chain(slo.objectives.iter().enumerate().map(of)).collect()
}

#[cfg(test)]
mod tests {
    use ippo_base::Minute;

    use super::super::tests::{Given, NOW, now, slo, steady};
    use super::super::{Counts, evaluate};
    use super::*;

    fn exclusion(from: u32, to: u32, counts_as: ExcludedTime) -> Exclusion {
        let range = MinuteRange { from: Minute(from), to: Minute(to) };
        Exclusion {
            range,
            repeat: None,
            counts_as,
            reason: "load test".to_owned(),
            ticket: String::new(),
            effects: vec![],
        }
    }

    fn entered(id: &str, entry: LedgerEntry) -> Entered {
        Entered { id: id.to_owned(), at: now(), by: "ada".to_owned(), entry }
    }

    #[test]
    fn what_is_withdrawn_does_not_count_and_the_order_does_not_matter() {
        let first = entered("a", LedgerEntry::Exclusion(exclusion(10, 20, ExcludedTime::LeftOut)));
        let second = entered("b", LedgerEntry::Exclusion(exclusion(15, 30, ExcludedTime::LeftOut)));
        let third = entered("c", LedgerEntry::Exclusion(exclusion(40, 45, ExcludedTime::Good)));
        let back = entered(
            "d",
            LedgerEntry::Withdrawal { of: "a".to_owned(), from: None, reason: "a slip".to_owned() },
        );
        let all = Exclusions::of([&first, &second, &third, &back], NOW);
        assert_eq!((all.left_out.ranges()[0].from, all.left_out.len(), all.good.len()), (Minute(15), 15, 5));
        assert_eq!(Exclusions::of([&back, &third, &second, &first], NOW), all);
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
            let exclusions = Exclusions::default().with(Change::Exclusion(&range), NOW);
            let status = evaluate(&slo, &week(&exclusions).inputs(), now());
            let window = status.objectives[0].window().clone();
            let failed = Ratio::ONE.minus(window.attained.expect("counted")).to_percent(4);
            (failed, window.sum.minutes.excluded, window.sum.minutes.measured)
        };
        assert_eq!(day(ExcludedTime::LeftOut), ("0.6944".to_owned(), 1440, 6 * 1440));
        assert_eq!(day(ExcludedTime::Good), ("0.5952".to_owned(), 0, 7 * 1440));
    }

    fn minute(text: &str) -> Minute {
        ippo_base::Timestamp::parse(text).expect("a time").minute()
    }

    #[test]
    fn what_repeats_keeps_its_time_of_day_where_clocks_change() {
        let first = MinuteRange { from: minute("2026-10-18T01:00:00Z"), to: minute("2026-10-18T02:00:00Z") };
        let repeat = Repeat::new(
            first,
            (1, CalendarUnit::Weeks),
            "Europe/Berlin",
            Some(minute("2026-11-08T00:00:00Z")),
        );
        let mut weekly = exclusion(first.from.0, first.to.0, ExcludedTime::LeftOut);
        weekly.repeat = repeat.ok();
        let taken = |horizon: &str| {
            let all = Exclusions::default().with(Change::Exclusion(&weekly), minute(horizon));
            all.left_out.ranges().iter().map(|range| range.from.start().to_string()).collect::<Vec<_>>()
        };
        // Three in the morning, summer and winter.
        let all = ["2026-10-18T01:00:00Z", "2026-10-25T02:00:00Z", "2026-11-01T02:00:00Z"];
        assert_eq!(taken("2027-01-01T00:00:00Z"), all);
        assert_eq!(taken("2026-10-26T00:00:00Z"), all[..2]);
        assert_eq!(
            weekly.words().english,
            "60 min from 2026-10-18T01:00:00Z to 2026-10-18T02:00:00Z, every week in Europe/Berlin until 2026-11-08T00:00:00Z, is left \
             out of the budget: load test"
        );
        let day = |length, count, zone| {
            let range = MinuteRange { from: first.from, to: first.from.plus(length) };
            Repeat::new(range, (count, CalendarUnit::Days), zone, None).map(|_| ())
        };
        assert_eq!(day(23 * 60, 1, "UTC"), Ok(()));
        assert_eq!(day(23 * 60 + 1, 1, "UTC"), Err(RepeatError::Overlaps));
        assert_eq!(day(1, 0, "UTC"), Err(RepeatError::Often));
        assert_eq!(day(1, 1, "Mars"), Err(RepeatError::Zone("Mars".to_owned())));
    }

    #[test]
    fn what_repeats_may_be_taken_back_from_a_moment_on() {
        let mut daily = exclusion(0, 60, ExcludedTime::Good);
        daily.repeat = Repeat::new(daily.range, (1, CalendarUnit::Days), "UTC", None).ok();
        let daily = entered("a", LedgerEntry::Exclusion(daily));
        let back = |id, from| {
            let reason = "over".to_owned();
            entered(id, LedgerEntry::Withdrawal { of: "a".to_owned(), from, reason })
        };
        let good =
            |entries: &[&Entered]| Exclusions::of(entries.iter().copied(), Minute(5 * 1440)).good.len();
        assert_eq!(good(&[&daily]), 5 * 60);
        let later = back("b", Some(Minute(2 * 1440 + 30)));
        assert_eq!(good(&[&daily, &later]), 2 * 60 + 30, "what has begun ends there");
        assert_eq!(good(&[&later, &back("c", Some(Minute(1440))), &daily]), 60, "the first of them counts");
        assert_eq!(good(&[&daily, &later, &back("d", None)]), 0);
    }

    #[test]
    fn a_reset_makes_the_budget_whole_and_leaves_the_window_as_it_is() {
        let mut slo = slo(&["0.99"]);
        slo.window = super::super::Window::rolling(7 * 1440).expect("within limits");
        let reset = |at: Minute| Reset {
            at,
            reason: "a new start".to_owned(),
            ticket: String::new(),
            effects: vec![],
        };
        let left = |at: Minute| {
            let exclusions = Exclusions::default().with(Change::Reset(&reset(at)), NOW);
            let status = evaluate(&slo, &week(&exclusions).inputs(), now());
            let window = status.objectives[0].window();
            (window.budget.expect("counted").remaining, window.sum.minutes.measured)
        };
        assert_eq!(left(NOW), (Ratio::ONE, 7 * 1440));
        // Between the day and the hour that failed.
        let (remaining, _) = left(NOW.minus(4 * 1440));
        assert_eq!(remaining, Ratio::ONE.minus(Ratio::new(60 * 100, 7 * 1440)));
        let entry = LedgerEntry::Reset(reset(Minute(100)));
        let back = LedgerEntry::Withdrawal { of: "a".to_owned(), from: None, reason: "no".to_owned() };
        let all = Exclusions::of([&entered("a", entry), &entered("b", back)], NOW);
        assert_eq!(all, Exclusions::default());
    }

    #[test]
    fn an_effect_is_told_for_each_objective() {
        let mut slo = slo(&["0.99"]);
        slo.window = super::super::Window::rolling(7 * 1440).expect("within limits");
        let all = exclusion(NOW.0 - 6 * 1440 + 1, NOW.0 - 5 * 1440 + 1, ExcludedTime::LeftOut);
        let status = |exclusions: &Exclusions| evaluate(&slo, &week(exclusions).inputs(), now());
        let told = effects(
            &slo,
            &status(&Exclusions::default()),
            &status(&Exclusions::default().with(Change::Exclusion(&all), NOW)),
        );
        assert_eq!(told.len(), 1);
        assert!(told[0].before.expect("counted") < Ratio::ZERO);
        assert_eq!(told[0].after.expect("counted").to_percent(2), "30.56");
    }
}
