//! Burn pairs that a team wrote for an SLO in place of the default ones, and whom each of them tells. Says which of them can
//! fire; reads no file and judges no counts.

use std::fmt;

use super::aim::{Aim, Ceiling};
use super::burn::{BurnPair, BurnPairs, BurnSeverity, OmittedPair, Reach};
use super::model::Slo;
use super::ratio::Ratio;
use super::window::duration_text;

/// A written burn pair, for every objective of its SLO. No two of an SLO have the same long window.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct AlertPolicy {
    /// How loudly it is told.
    pub severity: BurnSeverity,
    /// In minutes, from 2 to [`super::burn::LONGEST_WINDOW_MINUTES`].
    pub long_minutes: u32,
    /// In minutes, shorter than the long window.
    pub short_minutes: u32,
    /// The burn that both windows are held against; above nought.
    pub factor: Ratio,
    /// How they are.
    pub reach: Reach,
    /// Whether silence of the source is told too.
    pub absence: AbsenceTold,
    /// Names of the notification targets that are told of it; those of the SLO if empty.
    pub notify: Vec<String>,
}

/// Whether a policy wants to hear of silence.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub enum AbsenceTold {
    /// Silence is an alert.
    #[default]
    Told,
    /// It is not.
    Untold,
}

/// Why a pair can never fire in an objective, in words.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum NeverFires {
    /// Its factor is higher than any burn, with the arithmetic.
    OutOfReach(String),
    /// Its short window is shorter than a slice of time.
    ForgetsSlices(String),
}

impl NeverFires {
    /// In words, with the arithmetic.
    pub fn reason(&self) -> &str {
        match self {
            Self::OutOfReach(reason) | Self::ForgetsSlices(reason) => reason,
        }
    }
}

impl AlertPolicy {
    /// The pair over a period of so many minutes.
    pub fn pair(&self, period_minutes: u32) -> BurnPair {
        let spent = self.factor.times(self.long_minutes);
        BurnPair {
            severity: self.severity,
            long_minutes: self.long_minutes,
            short_minutes: self.short_minutes,
            factor: self.factor,
            reach: self.reach,
            share: spent.over(Ratio::new(i128::from(period_minutes.max(1)), 1)),
        }
    }

    /// Why it can never fire for an aim; none if it can.
    pub fn never_fires(&self, aim: &Aim<'_>) -> Option<NeverFires> {
        let out_of_reach = self.out_of_reach(&aim.ceiling()).map(NeverFires::OutOfReach);
        out_of_reach.or_else(|| {
            let slice = aim.longest_slice()?;
            let forgets = self.short_minutes < slice;
            forgets.then(|| NeverFires::ForgetsSlices(shorter_than_a_slice(self.short_minutes, slice)))
        })
    }

    fn out_of_reach(&self, ceiling: &Ceiling) -> Option<String> {
        let below = match self.reach {
            _ if self.reach.is_reached(ceiling.burn, self.factor) => return None,
            Reach::AtLeast => "below",
            Reach::Above => "not above",
        };
        Some(
            format!("cannot fire: {}, {below} the factor {}", ceiling.arithmetic, self.factor.to_decimal(9),),
        )
    }
}

impl fmt::Display for AlertPolicy {
    /// `page 1h/5m at 14.4 or more, telling oncall`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let windows = (duration_text(self.long_minutes), duration_text(self.short_minutes));
        write!(f, "{} {}/{} ", self.severity.name(), windows.0, windows.1)?;
        let factor = self.factor.to_decimal(9);
        match self.reach {
            Reach::AtLeast => write!(f, "at {factor} or more")?,
            Reach::Above => write!(f, "above {factor}")?,
        }
        if self.absence == AbsenceTold::Untold {
            f.write_str(", not of absence")?;
        }
        match self.notify.as_slice() {
            [] => Ok(()),
            names => write!(f, ", telling {}", names.join(", ")),
        }
    }
}

/// Why a pair forgets a failure before the next slice of time ends.
pub(super) fn shorter_than_a_slice(short_minutes: u32, slice_minutes: u32) -> String {
    let (short, slice) = (duration_text(short_minutes), duration_text(slice_minutes));
    format!("its short window of {short} is shorter than a slice of {slice}")
}

/// The written pairs of an aim over a period, loudest and quickest first.
pub(super) fn written_pairs(policies: &[AlertPolicy], aim: &Aim<'_>, period_minutes: u32) -> BurnPairs {
    let mut pairs = BurnPairs::default();
    for policy in policies {
        let pair = policy.pair(period_minutes);
        match policy.never_fires(aim) {
            Some(why) => pairs.omitted.push(OmittedPair { pair, reason: why.reason().to_owned() }),
            None => pairs.kept.push(pair),
        }
    }
    let order = |pair: &BurnPair| (pair.severity, pair.long_minutes);
    pairs.kept.sort_by_key(order);
    pairs.omitted.sort_by_key(|omitted| order(&omitted.pair));
    pairs
}

impl Slo {
    /// Whether silence of its source is an alert: unless it has policies, and none of them wants to hear of it.
    pub fn tells_absence(&self) -> bool {
        self.policies.is_empty() || self.policies.iter().any(|policy| policy.absence == AbsenceTold::Told)
    }

    /// Whom a burn over that long window is told.
    pub fn told_of_burn(&self, long_minutes: u32) -> Vec<String> {
        let policy = self.policies.iter().find(|policy| policy.long_minutes == long_minutes);
        match policy {
            Some(policy) if !policy.notify.is_empty() => policy.notify.clone(),
            Some(_) | None => self.notify.clone(),
        }
    }

    /// Whom silence of its source is told: those whom the SLO names, and those of the policies that want to hear of it.
    pub fn told_of_absence(&self) -> Vec<String> {
        let policies = self.policies.iter().filter(|policy| policy.absence == AbsenceTold::Told);
        each_once(self.notify.iter().chain(policies.flat_map(|policy| &policy.notify)))
    }

    /// Everyone whom any of its alerts tells.
    pub fn told(&self) -> Vec<String> {
        each_once(self.notify.iter().chain(self.policies.iter().flat_map(|policy| &policy.notify)))
    }

    /// Whether it has a burn pair of that severity and long window, in any of its objectives.
    pub(super) fn has_pair(&self, severity: BurnSeverity, long_minutes: u32) -> bool {
        match self.policies.iter().find(|policy| policy.long_minutes == long_minutes) {
            Some(policy) => policy.severity == severity,
            None => self.policies.is_empty() && severity == BurnSeverity::usual(long_minutes),
        }
    }
}

fn each_once<'a>(names: impl Iterator<Item = &'a String>) -> Vec<String> {
    let mut once: Vec<String> = Vec::new();
    for name in names {
        if !once.contains(name) {
            once.push(name.clone());
        }
    }
    once
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::tests::{now, slo, steady};
    use super::super::{SliceJudge, TimeSlices, burn_now};
    use super::*;

    fn policy(severity: BurnSeverity, long_minutes: u32, factor: (i128, i128)) -> AlertPolicy {
        AlertPolicy {
            severity,
            long_minutes,
            short_minutes: long_minutes.div_ceil(12),
            factor: Ratio::new(factor.0, factor.1),
            reach: Reach::AtLeast,
            absence: AbsenceTold::Told,
            notify: vec![],
        }
    }

    fn aim(slo: &Slo, place: usize) -> Aim<'_> {
        slo.aims().nth(place).expect("as many as objectives")
    }

    #[test]
    fn a_written_pair_spends_its_share_of_the_budget() {
        let pair = policy(BurnSeverity::Page, 60, (144, 10)).pair(30 * 1440);
        assert_eq!((pair.label().as_str(), pair.share), ("page 1h/5m", Ratio::new(2, 100)));
    }

    #[test]
    fn what_an_objective_cannot_reach_is_left_out_of_that_one_alone() {
        let policies =
            [policy(BurnSeverity::Ticket, 1440, (3, 1)), policy(BurnSeverity::Page, 60, (144, 10))];
        let slo = slo(&["0.9", "0.99"]);
        let low = written_pairs(&policies, &aim(&slo, 0), 28 * 1440);
        assert_eq!(low.kept.len(), 1);
        assert_eq!(
            low.omitted[0].reason,
            "cannot fire: with every request failing, the burn is 1 / (1 - 0.9) = 10, below the factor 14.4"
        );
        let high = written_pairs(&policies, &aim(&slo, 1), 28 * 1440);
        let labels: Vec<String> = high.kept.iter().map(BurnPair::label).collect();
        assert_eq!(labels, ["page 1h/5m", "ticket 1d/2h"], "loudest first, however they were written");
    }

    #[test]
    fn above_the_highest_burn_is_nothing() {
        let slo = slo(&["0.9"]);
        let exactly = policy(BurnSeverity::Page, 60, (10, 1));
        assert_eq!(exactly.never_fires(&aim(&slo, 0)), None);
        let above = AlertPolicy { reach: Reach::Above, ..exactly };
        let reason = above.never_fires(&aim(&slo, 0)).expect("ten is the most");
        let reason = reason.reason();
        assert!(reason.ends_with("= 10, not above the factor 10"), "{reason}");
    }

    #[test]
    fn a_short_window_under_a_slice_never_fires() {
        let mut slo = slo(&["0.99"]);
        slo.objectives[0].slices = TimeSlices::new(15, SliceJudge::Share);
        let why = policy(BurnSeverity::Page, 60, (2, 1)).never_fires(&aim(&slo, 0));
        let reason = "its short window of 5m is shorter than a slice of 15m".to_owned();
        assert_eq!(why, Some(NeverFires::ForgetsSlices(reason)));
    }

    proptest! {
        #[test]
        fn a_written_pair_fires_exactly_when_brute_force_says_so(
            minutes in proptest::collection::vec((0u64..40, 0u64..6), 240),
            (long, short) in (2usize..240).prop_flat_map(|long| (Just(long), 1..long)),
            thousandths in 1u32..20_000,
            allowed in 1u32..200,
            above in any::<bool>(),
            firing in any::<bool>(),
        ) {
            let target = format!("0.{:03}", 1_000 - allowed);
            let mut slo = slo(&[&target]);
            slo.every_failure_matters = true;
            slo.policies = vec![AlertPolicy {
                short_minutes: short as u32,
                reach: if above { Reach::Above } else { Reach::AtLeast },
                ..policy(BurnSeverity::Page, long as u32, (i128::from(thousandths), 1_000))
            }];
            let mut given = steady(240, 0, 0);
            for ((_, counts), (good, bad)) in given.counts[0].iter_mut().zip(&minutes) {
                (counts.good, counts.bad) = (*good, *bad);
            }
            given.firing = if firing { vec![long as u32] } else { vec![] };
            // bad / (good + bad) ÷ (allowed / 1000) against thousandths / 1000, of which `tenths` tenths count.
            let sides = |last: usize, tenths: u64| {
                let good: u64 = minutes[240 - last..].iter().map(|m| m.0).sum();
                let bad: u64 = minutes[240 - last..].iter().map(|m| m.1).sum();
                let limit = u64::from(allowed) * u64::from(thousandths) * tenths * (good + bad);
                (bad * 1_000 * 1_000 * 10, limit, good + bad > 0)
            };
            let reaches = |last: usize| {
                let (burn, limit, counted) = sides(last, 10);
                counted && if above { burn > limit } else { burn >= limit }
            };
            let goes_on = { let (burn, limit, counted) = sides(short, 9); counted && burn >= limit };
            let expected = if firing { goes_on } else { reaches(long) && reaches(short) };
            // 1000 / allowed is the highest burn.
            let most = thousandths * allowed;
            let can_fire = if above { most < 1_000_000 } else { most <= 1_000_000 };
            let burn = &burn_now(&slo, &given.inputs(), now())[0];
            prop_assert_eq!(burn.first().map(|pair| pair.firing), can_fire.then_some(expected));
        }
    }

    #[test]
    fn each_alert_tells_those_whom_its_policy_names() {
        let mut slo = slo(&["0.999"]);
        slo.notify = vec!["mail".to_owned()];
        let page =
            AlertPolicy { notify: vec!["pager".to_owned()], ..policy(BurnSeverity::Page, 60, (10, 1)) };
        let ticket = AlertPolicy {
            absence: AbsenceTold::Untold,
            notify: vec!["board".to_owned()],
            ..policy(BurnSeverity::Ticket, 1440, (2, 1))
        };
        slo.policies = vec![page, ticket, policy(BurnSeverity::Ticket, 720, (3, 1))];
        assert_eq!(slo.told_of_burn(60), ["pager"]);
        assert_eq!(slo.told_of_burn(1440), ["board"]);
        assert_eq!(slo.told_of_burn(720), ["mail"], "a policy that names nobody tells those of the SLO");
        assert_eq!(slo.told_of_absence(), ["mail", "pager"]);
        assert_eq!(slo.told(), ["mail", "pager", "board"]);
        assert!(slo.tells_absence());
        slo.policies.iter_mut().for_each(|policy| policy.absence = AbsenceTold::Untold);
        assert!(!slo.tells_absence());
    }
}
