//! Burn alerts: two windows each, scaled to the SLO's period by published shares of its budget (Google SRE
//! workbook, chapter 5, and its scaling to other periods). Decides whether a pair fires; tells nobody.

use ippo_base::{Minute, MinuteRange};

use super::aim::{Aim, Ceiling};
use super::budget::{Judged, Unit};
use super::counts::{Counts, WindowSum};
use super::guard::{Suspect, are_too_few, burn_shown};
use super::history::History;
use super::model::{Objective, Slo, Target, UnmeasuredTime};
use super::policy::{shorter_than_a_slice, written_pairs};
use super::ratio::Ratio;
use super::weight::weighted;
use super::window::duration_text;

const HOUR: u32 = 60;
const DAY: u32 = 24 * HOUR;

/// The long window at whose burn the end of the budget is told.
pub const EXHAUSTION_WINDOW_MINUTES: u32 = 6 * HOUR;

/// No burn window is longer.
pub const LONGEST_WINDOW_MINUTES: u32 = 3 * DAY;

/// How loudly a burn is told.
#[derive(Clone, Copy, PartialEq, Eq, Debug, PartialOrd, Ord, Hash)]
pub enum BurnSeverity {
    /// Someone must act now.
    Page,
    /// Someone must act in the next days.
    Ticket,
}

impl BurnSeverity {
    /// Every severity.
    pub const ALL: [BurnSeverity; 2] = [Self::Page, Self::Ticket];

    /// The word in the API.
    pub fn name(self) -> &'static str {
        match self {
            Self::Page => "page",
            Self::Ticket => "ticket",
        }
    }

    /// That of the default pair with a long window of so many minutes: pages have those under a day.
    pub fn usual(long_minutes: u32) -> Self {
        if long_minutes < DAY { Self::Page } else { Self::Ticket }
    }
}

/// How a burn is held against a factor.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Reach {
    /// It must be the factor or more.
    AtLeast,
    /// It must be more than the factor.
    Above,
}

impl Reach {
    /// Whether a burn reaches the factor.
    pub fn is_reached(self, burn: Ratio, factor: Ratio) -> bool {
        match self {
            Self::AtLeast => burn >= factor,
            Self::Above => burn > factor,
        }
    }
}

/// Two windows that must both burn at a factor before anyone is told.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct BurnPair {
    /// How loudly it is told.
    pub severity: BurnSeverity,
    /// The window that shows that it matters, in minutes.
    pub long_minutes: u32,
    /// The window that shows that it goes on, in minutes: a twelfth of the long one, unless somebody chose another.
    pub short_minutes: u32,
    /// The burn that both must reach: share × period ÷ long window.
    pub factor: Ratio,
    /// How they are held against it.
    pub reach: Reach,
    /// The share of the period's budget that is gone when the pair fires.
    pub share: Ratio,
}

impl BurnPair {
    /// How people call it: `page 1h/5m`.
    pub fn label(&self) -> String {
        let windows = (duration_text(self.long_minutes), duration_text(self.short_minutes));
        format!("{} {}/{}", self.severity.name(), windows.0, windows.1)
    }
}

/// A pair that is left out, with the arithmetic that says why.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct OmittedPair {
    /// The pair as it would have been.
    pub pair: BurnPair,
    /// Why it is left out.
    pub reason: String,
}

/// The pairs of an objective: those that can fire, and those that cannot.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct BurnPairs {
    /// Loudest and quickest first.
    pub kept: Vec<BurnPair>,
    /// Left out.
    pub omitted: Vec<OmittedPair>,
}

/// Severity, long window in minutes; the short one is a twelfth.
const SHAPES: [(BurnSeverity, u32); 4] = [
    (BurnSeverity::Page, HOUR),
    (BurnSeverity::Page, 6 * HOUR),
    (BurnSeverity::Ticket, DAY),
    (BurnSeverity::Ticket, 3 * DAY),
];

/// The published shares, in thousandths of the budget, for the long windows above. The class for 7 to 27 days also
/// serves shorter periods' arithmetic, where every pair is omitted.
fn shares(period_minutes: u32) -> [i128; 4] {
    match whole_days(period_minutes) {
        60.. => [10, 30, 50, 100],
        28..60 => [20, 50, 100, 100],
        _ => [80, 125, 200, 420],
    }
}

/// The days of a period. One of the calendar is an hour or two short where the clocks go forward, and of its days all the same.
fn whole_days(period_minutes: u32) -> u32 {
    (period_minutes + 2 * HOUR) / DAY
}

/// The default pairs for a target over a period.
pub fn pairs_for(target: &Target, period_minutes: u32) -> BurnPairs {
    pairs_under(&Ceiling::of(target), period_minutes)
}

/// The default pairs over a period of what can burn so high.
fn pairs_under(ceiling: &Ceiling, period_minutes: u32) -> BurnPairs {
    let mut pairs = BurnPairs::default();
    for ((severity, long_minutes), share) in SHAPES.into_iter().zip(shares(period_minutes)) {
        let factor = Ratio::new(share * i128::from(period_minutes), 1000 * i128::from(long_minutes));
        let share = Ratio::new(share, 1000);
        let (short_minutes, reach) = (long_minutes / 12, Reach::AtLeast);
        let pair = BurnPair { severity, long_minutes, short_minutes, factor, reach, share };
        match reason_to_omit(&pair, ceiling, period_minutes) {
            Some(reason) => pairs.omitted.push(OmittedPair { pair, reason }),
            None => pairs.kept.push(pair),
        }
    }
    pairs
}

fn reason_to_omit(pair: &BurnPair, ceiling: &Ceiling, period_minutes: u32) -> Option<String> {
    if whole_days(period_minutes) < 7 {
        let period = duration_text(period_minutes);
        return Some(format!("no share of the budget is published for a period of {period}, under 7d"));
    }
    (ceiling.burn < pair.factor).then(|| {
        format!(
            "cannot fire: {}, below the factor {} = {} % x {} / {}",
            ceiling.arithmetic,
            pair.factor.to_decimal(4),
            pair.share.to_percent(1),
            duration_text(period_minutes),
            duration_text(pair.long_minutes),
        )
    })
}

/// A pair that fires goes on until the short window's burn is below this share of its factor, so that a burn which wavers
/// around the factor is one alert.
pub const RESOLVES_BELOW: (i128, i128) = (9, 10);

/// What an objective is held against, beside its counts.
#[derive(Clone, Copy, Debug)]
pub struct Promise<'a> {
    /// What share must be good.
    pub target: &'a Target,
    /// What one event or slice is in sums.
    pub unit: Unit,
    /// What time of which nothing is known counts as.
    pub unmeasured: UnmeasuredTime,
    /// Whether few failures must be more than chance before anyone is paged.
    pub guarded: bool,
}

impl<'a> Promise<'a> {
    /// That of an objective of an SLO.
    pub fn of(slo: &Slo, objective: &'a Objective) -> Self {
        Self {
            target: &objective.target,
            unit: objective
                .slices
                .map_or(Unit::EVENT, |slices| Unit { parts: slices.weight(), minutes: slices.minutes() }),
            unmeasured: slo.unmeasured,
            // A bad slice of time is no single failure.
            guarded: !slo.every_failure_matters && objective.slices.is_none(),
        }
    }

    /// What a sum is judged by.
    pub fn judged(&self, sum: &WindowSum) -> Option<Judged> {
        Judged::of(sum, self.unit, self.unmeasured)
    }

    fn burn(&self, sum: &WindowSum) -> Option<Ratio> {
        self.judged(sum).map(|judged| judged.burn_rate(self.target))
    }
}

/// The pairs of an aim: those that the policies of its SLO say, or the default ones. Of objectives that judge slices of
/// time, none whose short window is shorter than a slice, as it would forget a failure before the next slice ends.
pub fn pairs_of(aim: &Aim<'_>, period_minutes: u32) -> BurnPairs {
    let policies = &aim.slo().policies;
    if !policies.is_empty() {
        return written_pairs(policies, aim, period_minutes);
    }
    let mut pairs = pairs_under(&aim.ceiling(), period_minutes);
    if let Some(slice) = aim.longest_slice() {
        for pair in pairs.kept.extract_if(.., |pair| pair.short_minutes < slice) {
            let reason = shorter_than_a_slice(pair.short_minutes, slice);
            pairs.omitted.push(OmittedPair { pair, reason });
        }
    }
    pairs
}

/// What a pair shows at a point in time.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct BurnStatus {
    /// The pair.
    pub pair: BurnPair,
    /// The long window's burn; none if nothing was counted in it.
    pub long_burn: Option<Ratio>,
    /// The short window's burn; none if nothing was counted in it.
    pub short_burn: Option<Ratio>,
    /// What the long window counted; all parts of a composite SLO together.
    pub counts: Counts,
    /// Whether it fires, or fired and has not resolved.
    pub firing: bool,
    /// Fires only because nobody can say that it stopped: part of its short window is unmeasured.
    pub held: bool,
    /// Would fire, but for so few failures that chance may have made them.
    pub too_few: bool,
    /// The burn of a composite SLO that the failures show with 95 % confidence, to six decimals, where they are too few.
    pub burn_shown: Option<Ratio>,
}

/// Whether a pair fired when it was last judged.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Before {
    /// It did not.
    Quiet,
    /// It did.
    Firing,
}

/// Judges a pair at the end of minute `now`, that minute included.
///
/// A pair starts to fire when both windows burn at its factor or above; a page, where traffic is low, only if the failures
/// of the long window are more than chance ([`is_too_few`]). It resolves only when its short window burns below nine tenths
/// of the factor ([`RESOLVES_BELOW`]) *and* every minute of that window is measured, unless the SLO says what unmeasured
/// minutes count as: silence never resolves an alert.
pub fn judge(
    pair: &BurnPair,
    history: &History,
    promise: &Promise<'_>,
    now: Minute,
    before: Before,
) -> BurnStatus {
    judge_together(pair, &[(Ratio::ONE, history, *promise)], now, before)
}

/// Judges a pair over what each history weighs, as [`judge`] does over one. Both windows burn as the sum of what each part
/// burns times its share of the weights. A part in whose window nothing was counted burns nothing, and keeps its weight.
pub fn judge_together(
    pair: &BurnPair,
    parts: &[(Ratio, &History, Promise<'_>)],
    now: Minute,
    before: Before,
) -> BurnStatus {
    let sum = |history: &History, minutes| history.sum(MinuteRange::ending_with(now, minutes));
    let sums = parts.iter().map(|(share, history, promise)| PartSums {
        share: *share,
        promise: *promise,
        long: sum(history, pair.long_minutes),
        short: sum(history, pair.short_minutes),
    });
    judge_parts(pair, &sums.collect::<Vec<_>>(), before)
}

/// The sums of a part's windows.
#[derive(Clone, Copy, Debug)]
struct PartSums<'a> {
    /// What it weighs of all.
    share: Ratio,
    promise: Promise<'a>,
    long: WindowSum,
    short: WindowSum,
}

/// The same, where the sums of the long and the short window are known.
pub fn judge_sums(
    pair: &BurnPair,
    (long, short): (&WindowSum, &WindowSum),
    promise: &Promise<'_>,
    before: Before,
) -> BurnStatus {
    let only = PartSums { share: Ratio::ONE, promise: *promise, long: *long, short: *short };
    judge_parts(pair, &[only], before)
}

fn judge_parts(pair: &BurnPair, parts: &[PartSums<'_>], before: Before) -> BurnStatus {
    let burn = |of: fn(&PartSums<'_>) -> Option<Ratio>| {
        weighted(&parts.iter().map(|part| (part.share, of(part))).collect::<Vec<_>>())
    };
    let long_burn = burn(|part| part.promise.burn(&part.long));
    let short_burn = burn(|part| part.promise.burn(&part.short));
    let reaches = |burn: Option<Ratio>| burn.is_some_and(|burn| pair.reach.is_reached(burn, pair.factor));
    let burns = reaches(long_burn) && reaches(short_burn);
    let is_unknown = |part: &PartSums<'_>| {
        part.promise.unmeasured == UnmeasuredTime::Freeze && part.short.minutes.unmeasured > 0
    };
    let is_silent = parts.iter().any(is_unknown);
    let resolves_below = pair.factor.by(Ratio::new(RESOLVES_BELOW.0, RESOLVES_BELOW.1));
    let goes_on = short_burn.is_some_and(|burn| burn >= resolves_below);
    let suspects = || -> Vec<Suspect> { parts.iter().map(|part| part.suspect()).collect() };
    let too_few = burns && pair.severity == BurnSeverity::Page && are_too_few(&suspects(), pair.factor);
    let (firing, held) = match before {
        Before::Quiet => (burns && !too_few, false),
        Before::Firing => (goes_on || is_silent, !goes_on && is_silent),
    };
    let too_few = too_few && !firing;
    let burn_shown = (too_few && parts.len() > 1).then(|| burn_shown(&suspects(), pair.factor));
    let mut counts = Counts::default();
    parts.iter().for_each(|part| counts += part.long.counts);
    BurnStatus { pair: *pair, long_burn, short_burn, counts, firing, held, too_few, burn_shown }
}

impl PartSums<'_> {
    fn suspect(&self) -> Suspect {
        // Time that counts as bad is no chance.
        let is_bad_time = self.promise.unmeasured == UnmeasuredTime::Bad && self.long.minutes.unmeasured > 0;
        Suspect {
            share: self.share,
            counts: self.long.counts,
            burn: self.promise.burn(&self.long),
            allowance: self.promise.target.allowance(),
            guarded: self.promise.guarded && !is_bad_time,
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::exclusion::Exclusions;
    use super::super::history::Coverage;
    use super::super::minutes::MinuteSet;
    use super::*;

    fn target(text: &str) -> Target {
        Target::parse(text).expect(text)
    }

    fn promise(target: &Target) -> Promise<'_> {
        Promise { target, unit: Unit::EVENT, unmeasured: UnmeasuredTime::Freeze, guarded: true }
    }

    fn factors(days: u32) -> Vec<String> {
        let pairs = pairs_for(&target("0.9999"), days * DAY);
        assert!(pairs.omitted.is_empty());
        pairs.kept.iter().map(|p| p.factor.to_decimal(4)).collect()
    }

    #[test]
    fn factors_scale_with_the_period() {
        assert_eq!(factors(30), ["14.4", "6", "3", "1"]);
        assert_eq!(factors(28), ["13.44", "5.6", "2.8", "0.9333"]);
        assert_eq!(factors(7), ["13.44", "3.5", "1.4", "0.98"]);
        assert_eq!(factors(90), ["21.6", "10.8", "4.5", "3"]);
    }

    #[test]
    fn a_short_window_is_a_twelfth_of_its_long_one() {
        let pairs = pairs_for(&target("0.999"), 30 * DAY).kept;
        let labels: Vec<String> = pairs.iter().map(BurnPair::label).collect();
        assert_eq!(labels, ["page 1h/5m", "page 6h/30m", "ticket 1d/2h", "ticket 3d/6h"]);
    }

    #[test]
    fn pairs_that_a_target_cannot_reach_are_omitted_with_the_arithmetic() {
        let omitted = |text: &str| -> Vec<String> {
            pairs_for(&target(text), 30 * DAY).omitted.iter().map(|o| o.pair.label()).collect()
        };
        assert!(omitted("0.930555556").is_empty());
        assert_eq!(omitted("0.930555555"), ["page 1h/5m"]);
        assert_eq!(omitted("0.833333333"), ["page 1h/5m", "page 6h/30m"]);
        assert_eq!(omitted("0.833333334"), ["page 1h/5m"]);
        let pairs = pairs_for(&target("0.9"), 30 * DAY);
        assert_eq!(
            pairs.omitted[0].reason,
            "cannot fire: with every request failing, the burn is 1 / (1 - 0.9) = 10, below the factor 14.4 = 2 % x 30d / 1h"
        );
    }

    #[test]
    fn a_week_in_which_the_clocks_go_forward_has_the_pairs_of_a_week() {
        let target = target("0.9999");
        let week = |hours: u32| pairs_for(&target, hours * HOUR);
        assert_eq!(week(7 * 24 - 1).kept.len(), 4);
        assert_eq!(week(7 * 24 - 1).kept[0].factor, Ratio::new(8 * 167, 100));
        assert!(week(6 * 24).kept.is_empty());
    }

    #[test]
    fn a_period_under_seven_days_has_no_published_pairs_and_says_so() {
        let pairs = pairs_for(&target("0.999"), DAY);
        assert!(pairs.kept.is_empty());
        assert_eq!(pairs.omitted.len(), 4);
        assert!(pairs.omitted[0].reason.contains("a period of 1d, under 7d"));
    }

    /// One request a second for an hour, then `bad_secs` of total outage. Minute 59 is the last one begun.
    fn outage(bad_secs: u64) -> History {
        let counts: Vec<(Minute, Counts)> = (0..60)
            .map(|m| match m {
                59 => (Minute(m), Counts { good: 60 - bad_secs, bad: bad_secs, unknown: 0 }),
                _ => (Minute(m), Counts { good: 60, bad: 0, unknown: 0 }),
            })
            .collect();
        let all = MinuteSet::from_ranges([MinuteRange { from: Minute(0), to: Minute(60) }]);
        let coverage = Coverage { up: all.clone(), source: all };
        History::new(&counts, &MinuteSet::EMPTY, &coverage, &Exclusions::default(), None)
    }

    #[test]
    fn a_total_outage_meets_the_pair_after_52_seconds() {
        let target = target("0.999");
        let pair = pairs_for(&target, 30 * DAY).kept[0];
        let fires = |secs| judge(&pair, &outage(secs), &promise(&target), Minute(59), Before::Quiet).firing;
        assert!(!fires(51));
        assert!(fires(52));
    }

    fn short_window_quiet(source_until: u32) -> BurnStatus {
        let target = target("0.999");
        let pair = pairs_for(&target, 30 * DAY).kept[0];
        let all = MinuteSet::from_ranges([MinuteRange { from: Minute(0), to: Minute(100) }]);
        let heard = MinuteSet::from_ranges([MinuteRange { from: Minute(0), to: Minute(source_until) }]);
        let coverage = Coverage { up: all, source: heard };
        let counts = [(Minute(80), Counts { good: 0, bad: 100, unknown: 0 })];
        judge(
            &pair,
            &History::new(&counts, &MinuteSet::EMPTY, &coverage, &Exclusions::default(), None),
            &promise(&target),
            Minute(95),
            Before::Firing,
        )
    }

    #[test]
    fn silence_never_resolves_an_alert() {
        let heard = short_window_quiet(96);
        assert!(!heard.firing && !heard.held);
        let silent = short_window_quiet(85);
        assert!(silent.firing && silent.held);
    }

    /// So many good and bad events in the last minute of an hour that had as many others, all good.
    fn last_minute(others: u64, good: u64, bad: u64) -> History {
        let counts = |m| match m {
            59 => Counts { good, bad, unknown: 0 },
            0 => Counts { good: others, bad: 0, unknown: 0 },
            _ => Counts::default(),
        };
        let all = MinuteSet::from_ranges([MinuteRange { from: Minute(0), to: Minute(60) }]);
        let coverage = Coverage { up: all.clone(), source: all };
        let counts: Vec<(Minute, Counts)> = (0..60).map(|m| (Minute(m), counts(m))).collect();
        History::new(&counts, &MinuteSet::EMPTY, &coverage, &Exclusions::default(), None)
    }

    #[test]
    fn one_failure_at_low_traffic_pages_nobody_unless_every_failure_matters() {
        let target = target("0.999");
        let pair = pairs_for(&target, 30 * DAY).kept[0];
        let judged = |bad, guarded| {
            let promise = Promise { guarded, ..promise(&target) };
            judge(&pair, &last_minute(8, 2 - bad, bad), &promise, Minute(59), Before::Quiet)
        };
        let one = judged(1, true);
        assert_eq!((one.firing, one.too_few, one.long_burn), (false, true, Some(Ratio::new(100, 1))));
        let two = judged(2, true);
        assert!(two.firing && !two.too_few);
        assert!(judged(1, false).firing);
        let ticket = pairs_for(&target, 30 * DAY).kept[2];
        let status = judge(&ticket, &last_minute(8, 1, 1), &promise(&target), Minute(59), Before::Quiet);
        assert!(status.firing && !status.too_few, "a ticket wakes nobody");
    }

    #[test]
    fn a_burn_that_wavers_around_the_factor_is_one_alert() {
        let target = target("0.99");
        let pair = pairs_for(&target, 30 * DAY).kept[0];
        // 14 % of the short window failed: a burn of 14, between nine tenths of the factor and the factor.
        let judged = |bad, before| {
            judge(&pair, &last_minute(0, 100 - bad, bad), &promise(&target), Minute(59), before)
        };
        assert!(!judged(14, Before::Quiet).firing);
        assert!(judged(14, Before::Firing).firing);
        assert!(judged(13, Before::Firing).firing, "13 is more than 12.96");
        assert!(!judged(12, Before::Firing).firing);
    }

    #[test]
    fn what_silence_counts_as_is_the_choice_of_the_slo() {
        let target = target("0.999");
        let pair = pairs_for(&target, 30 * DAY).kept[0];
        let all = MinuteSet::from_ranges([MinuteRange { from: Minute(0), to: Minute(100) }]);
        let heard = MinuteSet::from_ranges([MinuteRange { from: Minute(0), to: Minute(80) }]);
        let coverage = Coverage { up: all, source: heard };
        let counts: Vec<(Minute, Counts)> =
            (0..80).map(|m| (Minute(m), Counts { good: 60, bad: 0, unknown: 0 })).collect();
        let history = History::new(&counts, &MinuteSet::EMPTY, &coverage, &Exclusions::default(), None);
        let judged = |unmeasured, before| {
            judge(&pair, &history, &Promise { unmeasured, ..promise(&target) }, Minute(95), before)
        };
        use UnmeasuredTime::{Bad, Freeze, Good, Ignore};
        assert!(judged(Freeze, Before::Firing).held);
        assert!(!judged(Ignore, Before::Firing).firing);
        assert!(!judged(Good, Before::Firing).firing);
        let bad = judged(Bad, Before::Quiet);
        assert!(bad.firing, "twelve of sixty minutes are bad, and all of the last five");
        assert_eq!(bad.long_burn, Some(Ratio::new(12 * 1_000, 60)));
        for other in [Freeze, Ignore, Good] {
            assert!(!judged(other, Before::Quiet).firing, "{other:?}");
        }
        let promise = Promise { unmeasured: Bad, ..promise(&target) };
        let silent = judge(&pair, &history, &promise, Minute(200), Before::Quiet);
        assert!(silent.firing && !silent.too_few, "an hour of nothing at all is no chance");
    }

    proptest! {
        #[test]
        fn firing_equals_brute_force(
            minutes in proptest::collection::vec((0u64..50, 0u64..50), 60),
            thousandths in 935u32..1_000,
        ) {
            let target = target(&format!("0.{thousandths}"));
            let pair = pairs_for(&target, 30 * DAY).kept[0];
            let all = MinuteSet::from_ranges([MinuteRange { from: Minute(0), to: Minute(60) }]);
            let coverage = Coverage { up: all.clone(), source: all };
            let counts: Vec<(Minute, Counts)> = minutes.iter().enumerate()
                .map(|(m, (good, bad))| (Minute(m as u32), Counts { good: *good, bad: *bad, unknown: 3 }))
                .collect();
            let history = History::new(&counts, &MinuteSet::EMPTY, &coverage, &Exclusions::default(), None);
            let reaches = |last: usize| {
                let good: u64 = minutes[60 - last..].iter().map(|m| m.0).sum();
                let bad: u64 = minutes[60 - last..].iter().map(|m| m.1).sum();
                // bad / (good + bad) / ((1000 - t) / 1000) >= 144 / 10
                good + bad > 0 && bad * 1_000 * 10 >= 144 * u64::from(1_000 - thousandths) * (good + bad)
            };
            let unguarded = Promise { guarded: false, ..promise(&target) };
            let firing = judge(&pair, &history, &unguarded, Minute(59), Before::Quiet).firing;
            prop_assert_eq!(firing, reaches(60) && reaches(5));
        }
    }
}
