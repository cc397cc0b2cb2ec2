//! The state of an SLO as a published function: the first of five rules that holds. Gives the rule's words too.

use super::burn::{BurnSeverity, BurnStatus};
use super::counts::MinuteTally;
use super::ratio::Ratio;
use crate::Said;

/// A budget that ends within this time makes an SLO rising, in seconds.
pub const RISING_HORIZON_SECS: u32 = 3 * 86_400;

/// What is the case with an SLO, worst first but for `NoData`.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum SloState {
    /// Under half of the last hour is measured: nobody can say.
    NoData,
    /// A page pair fires.
    Critical,
    /// A ticket pair fires, or the budget ends within three days at the last six hours' burn.
    Rising,
    /// No budget remains.
    Spent,
    /// None of these.
    Fine,
}

impl SloState {
    /// Every state.
    pub const ALL: [SloState; 5] = [Self::NoData, Self::Critical, Self::Rising, Self::Spent, Self::Fine];

    /// The word in the API.
    pub fn name(self) -> &'static str {
        match self {
            Self::NoData => "no_data",
            Self::Critical => "critical",
            Self::Rising => "rising",
            Self::Spent => "spent",
            Self::Fine => "fine",
        }
    }
}

/// What the rules look at in one objective, or in a composite SLO as a whole.
#[derive(Clone, Copy, Debug)]
pub(super) struct AimFacts<'a> {
    /// What to call it in the rule's words; empty where there is only one.
    pub(super) label: &'a str,
    /// Its pairs.
    pub(super) burn: &'a [BurnStatus],
    /// The share of its budget that is left; none if nothing was counted.
    pub(super) remaining: Option<Ratio>,
    /// After how many seconds the budget ends at the last six hours' burn; none if it does not.
    pub(super) ends_after_secs: Option<u32>,
}

/// What is known of the last hour.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) enum LastHour {
    /// Of one source.
    Minutes(MinuteTally),
    /// Of the parts of a composite SLO together.
    Parts {
        /// The covered share of the minutes that ought to be, each part by its weight; none if none ought to.
        covered: Option<Ratio>,
    },
}

impl LastHour {
    /// That of parts, each with what it weighs. A part of which every minute is excluded has no say.
    pub(super) fn of_parts(shares: &[Ratio], minutes: &[MinuteTally]) -> Self {
        let (mut covered, mut expected) = (Ratio::ZERO, Ratio::ZERO);
        for (share, tally) in shares.iter().zip(minutes).filter(|(_, tally)| tally.expected() > 0) {
            // Of sixty minutes at most, so that the sums stay small.
            covered = covered.plus(share.by(Ratio::new(tally.covered().into(), tally.expected().into())));
            expected = expected.plus(*share);
        }
        Self::Parts { covered: (expected > Ratio::ZERO).then(|| covered.over(expected)) }
    }

    /// Whether at least half of it is measured.
    fn is_known(&self) -> bool {
        match self {
            Self::Minutes(tally) => tally.expected() > 0 && tally.covered() * 2 >= tally.expected(),
            Self::Parts { covered } => covered.is_some_and(|covered| covered >= Ratio::new(1, 2)),
        }
    }
}

/// The state and the rule that gave it. While counts are being made from stored telemetry nothing begins or ends.
pub(super) fn state(last_hour: &LastHour, objectives: &[AimFacts<'_>], filling: bool) -> (SloState, Said) {
    if !last_hour.is_known() {
        return (SloState::NoData, no_data_rule(last_hour));
    }
    let pair = |severity| objectives.iter().find_map(|o| firing_rule(o, severity, filling));
    if let Some(rule) = pair(BurnSeverity::Page) {
        return (SloState::Critical, rule);
    }
    if let Some(rule) = pair(BurnSeverity::Ticket).or_else(|| objectives.iter().find_map(ending_rule)) {
        return (SloState::Rising, rule);
    }
    if let Some(rule) = objectives.iter().find_map(spent_rule) {
        return (SloState::Spent, rule);
    }
    (SloState::Fine, fine_rule(objectives))
}

fn no_data_rule(last_hour: &LastHour) -> Said {
    match last_hour {
        LastHour::Minutes(tally) if tally.expected() > 0 => {
            let (covered, expected) = (tally.covered(), tally.expected());
            Said::new(
                format!("{covered} of the last {expected} minutes are measured, under half"),
                format!("直近 {expected} 分のうち計測できたのは {covered} 分で、半分に足りません"),
            )
        }
        LastHour::Parts { covered: Some(covered) } => {
            let percent = covered.to_percent(1);
            Said::new(
                format!("{percent} % of the last hour is measured, each part by its weight, under half"),
                format!(
                    "直近 1 時間のうち計測できたのは、各パートの重みで数えて {percent} % で、半分に足りません"
                ),
            )
        }
        LastHour::Minutes(_) | LastHour::Parts { covered: None } => {
            Said::new("every minute of the last hour is excluded", "直近 1 時間はすべて計測対象外です")
        }
    }
}

fn firing_rule(objective: &AimFacts<'_>, severity: BurnSeverity, filling: bool) -> Option<Said> {
    let status = objective.burn.iter().find(|b| b.firing && b.pair.severity == severity)?;
    let Said { english: of, japanese: no } = of(objective);
    let (pair, factor) = (status.pair.label(), status.pair.factor.to_decimal(2));
    if status.held && filling {
        return Some(Said::new(
            format!(
                "{pair}{of} fired and cannot resolve while its counts are still made from stored telemetry"
            ),
            format!(
                "{no}{pair} が発報中です。保存済みのテレメトリから集計し直している間は、回復とは判断できません"
            ),
        ));
    }
    if status.held {
        return Some(Said::new(
            format!("{pair}{of} fired and cannot resolve while its short window has unmeasured minutes"),
            format!(
                "{no}{pair} が発報中です。短い方のウィンドウに未計測の分があるため、回復とは判断できません"
            ),
        ));
    }
    let burns = |none: &str| {
        let burn = |burn: Option<Ratio>| burn.map_or_else(|| none.to_owned(), |b| b.to_decimal(2));
        (burn(status.long_burn), burn(status.short_burn))
    };
    let (long, short) = burns("unknown");
    let english = format!("{pair}{of} fires: burn {long} and {short}, factor {factor}");
    let (long, short) = burns("不明");
    let japanese = format!("{no}{pair} が発報中: バーンレート {long} と {short}、しきい値 {factor}");
    Some(Said::new(english, japanese))
}

fn ending_rule(objective: &AimFacts<'_>) -> Option<Said> {
    let secs = objective.ends_after_secs.filter(|secs| *secs <= RISING_HORIZON_SECS)?;
    let Said { english: of, japanese: no } = of(objective);
    let spoken = spoken(secs);
    Some(Said::new(
        format!("at the burn of the last 6h the budget{of} ends in {}", spoken.english),
        format!("直近 6 時間のバーンレートが続くと、{no}予算は {}で尽きます", spoken.japanese),
    ))
}

fn spent_rule(objective: &AimFacts<'_>) -> Option<Said> {
    let remaining = objective.remaining.filter(|remaining| *remaining <= Ratio::ZERO)?;
    Some(remains(remaining, objective))
}

fn fine_rule(objectives: &[AimFacts<'_>]) -> Said {
    let left = objectives.iter().filter_map(|o| Some((o.remaining?, o)));
    match left.min_by_key(|(remaining, _)| *remaining) {
        Some((remaining, objective)) => remains(remaining, objective),
        None => {
            Said::new("nothing was to be counted in the window", "ウィンドウ内に数える対象がありませんでした")
        }
    }
}

fn remains(remaining: Ratio, objective: &AimFacts<'_>) -> Said {
    let Said { english: of, japanese: no } = of(objective);
    let percent = remaining.to_percent(2);
    Said::new(format!("{percent} % of the budget{of} remains"), format!("{no}予算の残りは {percent} % です"))
}

/// How an objective is named within a sentence; not at all where there is only one.
fn of(objective: &AimFacts<'_>) -> Said {
    match objective.label {
        "" => Said::default(),
        label => Said::new(format!(" of {label:?}"), format!("「{label}」の")),
    }
}

/// Seconds in words of at most two units: `1 d 4 h`, `43 m 12 s`.
fn spoken(secs: u32) -> Said {
    let (d, h, m, s) = (secs / 86_400, secs / 3_600 % 24, secs / 60 % 60, secs % 60);
    match (d, h, m) {
        (1.., _, _) => Said::new(format!("{d} d {h} h"), format!("{d} 日 {h} 時間")),
        (0, 1.., _) => Said::new(format!("{h} h {m} m"), format!("{h} 時間 {m} 分")),
        (0, 0, 1..) => Said::new(format!("{m} m {s} s"), format!("{m} 分 {s} 秒")),
        (0, 0, 0) => Said::new(format!("{s} s"), format!("{s} 秒")),
    }
}

#[cfg(test)]
mod tests {
    use ippo_base::{Minute, MinuteRange};

    use super::super::budget::{Budget, Judged, Unit};
    use super::super::burn::{BurnPair, pairs_for};
    use super::super::counts::{Counts, WindowSum};
    use super::super::model::{Target, UnmeasuredTime};
    use super::*;

    const HEARD: MinuteTally = MinuteTally { measured: 50, zero_traffic: 10, unmeasured: 0, excluded: 0 };

    fn pairs() -> Vec<BurnPair> {
        pairs_for(&Target::parse("0.999").expect("valid"), 30 * 1440).kept
    }

    fn status(pair: BurnPair, firing: bool, held: bool) -> BurnStatus {
        let burn = Some(Ratio::new(41, 2));
        let counts = Counts { good: 9, bad: 1, unknown: 0 };
        BurnStatus {
            pair,
            long_burn: burn,
            short_burn: burn,
            counts,
            firing,
            held,
            too_few: false,
            burn_shown: None,
        }
    }

    fn remaining(bad: u64) -> Option<Ratio> {
        let range = MinuteRange { from: Minute(0), to: Minute(60) };
        let counts = Counts { good: 10_000 - bad, bad, unknown: 0 };
        let sum = WindowSum { range, counts, slices: None, broken: 0, minutes: HEARD };
        let judged = Judged::of(&sum, Unit::EVENT, UnmeasuredTime::Freeze)?;
        Some(Budget::of(&judged, &Target::parse("0.999").expect("valid")).remaining)
    }

    fn check(hour: MinuteTally, firing: [bool; 4], bad: u64, ends: Option<u32>) -> (SloState, Said) {
        let burn: Vec<BurnStatus> =
            pairs().into_iter().zip(firing).map(|(p, f)| status(p, f, false)).collect();
        state(
            &LastHour::Minutes(hour),
            &[AimFacts { label: "", burn: &burn, remaining: remaining(bad), ends_after_secs: ends }],
            false,
        )
    }

    #[test]
    fn the_first_rule_that_holds_gives_the_state() {
        let silent = MinuteTally { measured: 10, zero_traffic: 19, unmeasured: 31, excluded: 0 };
        let half = MinuteTally { measured: 10, zero_traffic: 20, unmeasured: 30, excluded: 0 };
        let none = [false; 4];
        let cases = [
            (
                check(silent, [true; 4], 20, Some(1)),
                SloState::NoData,
                "29 of the last 60 minutes are measured, under half",
            ),
            (
                check(half, [true; 4], 20, None),
                SloState::Critical,
                "page 1h/5m fires: burn 20.5 and 20.5, factor 14.4",
            ),
            (
                check(HEARD, [false, false, false, true], 20, None),
                SloState::Rising,
                "ticket 3d/6h fires: burn 20.5 and 20.5, factor 1",
            ),
            (
                check(HEARD, none, 5, Some(RISING_HORIZON_SECS)),
                SloState::Rising,
                "at the burn of the last 6h the budget ends in 3 d 0 h",
            ),
            (
                check(HEARD, none, 5, Some(RISING_HORIZON_SECS + 1)),
                SloState::Fine,
                "50 % of the budget remains",
            ),
            (check(HEARD, none, 10, None), SloState::Spent, "0 % of the budget remains"),
            (check(HEARD, none, 15, None), SloState::Spent, "-50 % of the budget remains"),
            (check(HEARD, none, 0, None), SloState::Fine, "100 % of the budget remains"),
        ];
        for ((state, rule), expected, words) in cases {
            assert_eq!((state, rule.english.as_str()), (expected, words));
        }
    }

    #[test]
    fn the_rule_speaks_japanese() {
        let silent = MinuteTally { measured: 10, zero_traffic: 19, unmeasured: 31, excluded: 0 };
        let none = [false; 4];
        for (said, words) in [
            (check(silent, none, 0, None), "直近 60 分のうち計測できたのは 29 分で、半分に足りません"),
            (
                check(HEARD, [true, false, false, false], 0, None),
                "page 1h/5m が発報中: バーンレート 20.5 と 20.5、しきい値 14.4",
            ),
            (
                check(HEARD, none, 5, Some(RISING_HORIZON_SECS)),
                "直近 6 時間のバーンレートが続くと、予算は 3 日 0 時間で尽きます",
            ),
            (check(HEARD, none, 0, None), "予算の残りは 100 % です"),
        ] {
            assert_eq!(said.1.japanese, words);
        }
    }

    #[test]
    fn an_excluded_minute_is_not_missed() {
        let night = MinuteTally { measured: 6, zero_traffic: 4, unmeasured: 9, excluded: 41 };
        assert_eq!(check(night, [false; 4], 0, None).0, SloState::Fine);
        let all = MinuteTally { excluded: 60, ..MinuteTally::default() };
        assert_eq!(check(all, [false; 4], 0, None).0, SloState::NoData);
    }

    #[test]
    fn the_rule_names_the_objective_and_says_when_an_alert_is_held() {
        let burn: Vec<BurnStatus> = pairs().into_iter().map(|p| status(p, true, true)).collect();
        let fast = AimFacts { label: "fast", burn: &[], remaining: remaining(0), ends_after_secs: None };
        let slow = AimFacts { label: "slow", burn: &burn, remaining: remaining(0), ends_after_secs: None };
        let (state, rule) = state(&LastHour::Minutes(HEARD), &[fast, slow], false);
        assert_eq!(state, SloState::Critical);
        assert_eq!(
            rule.english,
            "page 1h/5m of \"slow\" fired and cannot resolve while its short window has unmeasured minutes"
        );
        let (_, rule) = super::state(&LastHour::Minutes(HEARD), &[slow], true);
        assert!(rule.english.ends_with("while its counts are still made from stored telemetry"), "{rule}");
    }
}
