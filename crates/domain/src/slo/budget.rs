//! The arithmetic of error budgets, exactly. The formulas are those of the Google SRE workbook, chapter 5.
//! Nothing is clamped: a budget that is overspent says by how much.

use super::counts::WindowSum;
use super::model::{Target, UnmeasuredTime};
use super::ratio::Ratio;

/// The highest burn a target can show, when every event is bad: 1 ÷ (1 − target).
pub fn highest_burn(target: &Target) -> Ratio {
    Ratio::new(target.allowance().denominator(), target.allowance().numerator())
}

/// How much of a period's budget a burn over `window_minutes` spends: burn × window ÷ period.
pub fn spent_by(burn: Ratio, window_minutes: u32, period_minutes: u32) -> Ratio {
    let scaled = burn.times(window_minutes);
    Ratio::new(scaled.numerator(), scaled.denominator() * i128::from(period_minutes))
}

/// What a stretch of time is judged by: how much of what was to be judged is bad, with the weight that time of which nothing
/// is known has by the SLO's choice. In events, or in slices of time where these are judged.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Judged {
    bad: i128,
    total: i128,
    /// How many parts of `bad` and `total` are one event or slice.
    parts: i128,
}

/// One event or slice in sums.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Unit {
    /// How many parts of a sum it is.
    pub parts: u64,
    /// How many minutes it stands for where nothing says how dense time is.
    pub minutes: u32,
}

impl Unit {
    /// An event; a minute of nothing is one.
    pub const EVENT: Unit = Unit { parts: 1, minutes: 1 };
}

impl Judged {
    /// Weighs a sum of events or slices. Unmeasured time that counts is as dense as the measured
    /// one: if `E` is the share that is bad of what `C` covered minutes have, and `U` minutes are unmeasured, then
    /// `(E × C + U) ÷ (C + U)` is where these are bad, and `E × C ÷ (C + U)` where they are good. None if nothing was to be
    /// judged.
    pub fn of(sum: &WindowSum, unit: Unit, unmeasured: UnmeasuredTime) -> Option<Self> {
        let counts = sum.judged();
        let weight = i128::from(unit.parts.max(1));
        let (bad, total) = (i128::from(counts.bad), i128::from(counts.good) + i128::from(counts.bad));
        let (covered, gap) = (i128::from(sum.minutes.covered()), i128::from(sum.minutes.unmeasured));
        let gap_is_bad = match unmeasured {
            UnmeasuredTime::Bad if gap > 0 => true,
            UnmeasuredTime::Good if gap > 0 => false,
            _ => return (total > 0).then_some(Self { bad, total, parts: weight }),
        };
        if total == 0 || covered == 0 {
            // Nothing says how dense the time is: each minute is as much as another.
            let bad = if gap_is_bad { gap } else { 0 };
            return Some(Self { bad, total: covered + gap, parts: i128::from(unit.minutes.max(1)) });
        }
        let bad = bad * covered + if gap_is_bad { total * gap } else { 0 };
        Some(Self { bad, total: total * (covered + gap), parts: weight * covered })
    }

    /// The share that is bad.
    pub fn error_ratio(&self) -> Ratio {
        Ratio::new(self.bad, self.total)
    }

    /// The share that is good.
    pub fn attained(&self) -> Ratio {
        Ratio::new(self.total - self.bad, self.total)
    }

    /// How many times faster than allowed the budget is spent.
    pub fn burn_rate(&self, target: &Target) -> Ratio {
        self.error_ratio().over(target.allowance())
    }

    /// What is bad, in events or slices.
    pub fn bad(&self) -> Ratio {
        Ratio::new(self.bad, self.parts)
    }

    /// Everything, in events or slices.
    pub fn total(&self) -> Ratio {
        Ratio::new(self.total, self.parts)
    }

    /// The same with so many events or slices in all, those that are still to come among them: none of them bad.
    #[must_use]
    pub fn of_all(self, total: Ratio) -> Self {
        let total = total.times_parts(self.parts).max(self.total);
        Self { total, ..self }
    }
}

/// What a window leaves of its budget. In events, or in slices of time where these are judged.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Budget {
    /// What may be bad, exactly: (1 − target) × what there is to be judged.
    pub allowed: Ratio,
    /// What is bad.
    pub spent: Ratio,
    /// The share of the budget that is left: 1 is untouched, 0 is all spent, below is overspent.
    pub remaining: Ratio,
}

impl Budget {
    /// What is left of so much, of which so much is bad.
    pub fn of(judged: &Judged, target: &Target) -> Self {
        let remaining = Ratio::ONE.minus(judged.burn_rate(target));
        Self { allowed: judged.total().by(target.allowance()), spent: judged.bad(), remaining }
    }

    /// Whole events or slices that may be bad.
    pub fn events_allowed(self) -> i128 {
        self.allowed.floor()
    }

    /// Whole events or slices that may still be bad; negative when overspent.
    pub fn events_remaining(self) -> i128 {
        self.events_allowed() - self.spent.ceil()
    }

    /// After how many seconds the budget ends if `burn` goes on: see [`Lasting::secs`].
    pub fn ends_after_secs(self, burn: Ratio, period_secs: u32) -> Option<u32> {
        Lasting { remaining: self.remaining, burn }.secs(period_secs)
    }

    /// The same where the budget grows: see [`Lasting::secs_growing`].
    pub fn ends_after_secs_growing(self, burn: Ratio, so_far_secs: u32, left_secs: u32) -> Option<u32> {
        Lasting { remaining: self.remaining, burn }.secs_growing(so_far_secs, left_secs)
    }
}

/// What is left of a budget, and how fast it burns.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct Lasting {
    /// The share of the budget that is left.
    pub(super) remaining: Ratio,
    /// The burn that goes on.
    pub(super) burn: Ratio,
}

impl Lasting {
    /// After how many seconds the budget ends: remaining × period ÷ burn, rounded down. None if it is spent already, if nothing
    /// burns, or if it outlasts the whole period.
    pub(super) fn secs(self, period_secs: u32) -> Option<u32> {
        let burns = self.remaining > Ratio::ZERO && self.burn > Ratio::ZERO;
        let lasts = burns.then(|| lasts(self.remaining, period_secs, self.burn)).flatten();
        lasts.filter(|secs| *secs < period_secs)
    }

    /// The same where the budget grows with what is still to come, as that of a calendar's period does: `so_far_secs` of it
    /// have passed and `left_secs` have not. What the burn exceeds one by eats what is left: remaining × time so far ÷
    /// (burn − 1).
    pub(super) fn secs_growing(self, so_far_secs: u32, left_secs: u32) -> Option<u32> {
        let burns = self.remaining > Ratio::ZERO && self.burn > Ratio::ONE;
        let lasts = burns.then(|| lasts(self.remaining, so_far_secs, self.burn.minus(Ratio::ONE))).flatten();
        lasts.filter(|secs| *secs < left_secs)
    }
}

/// Remaining × seconds ÷ burn, rounded down. Where exact factors would leave the range of an `i128`, both are taken to
/// twelve decimals, as it is a forecast.
fn lasts(remaining: Ratio, secs: u32, burn: Ratio) -> Option<u32> {
    let secs = Ratio::new(i128::from(secs), 1);
    let of = |remaining: Ratio, burn: Ratio| {
        let share = remaining.checked_by(Ratio::new(burn.denominator(), burn.numerator()))?;
        share.checked_by(secs)
    };
    let lasts = of(remaining, burn).or_else(|| {
        let burn = Some(burn.rounded()).filter(|burn| *burn > Ratio::ZERO)?;
        of(remaining.rounded(), burn)
    })?;
    u32::try_from(lasts.floor()).ok()
}

/// How long everything may be down in `period_secs` of even traffic: (1 − target) × period, in seconds.
pub fn downtime_secs(target: &Target, period_secs: u32) -> Ratio {
    target.allowance().times(period_secs)
}

#[cfg(test)]
mod tests {
    use ippo_base::{Minute, MinuteRange};
    use proptest::prelude::*;

    use super::super::counts::{Counts, MinuteTally};
    use super::super::slices::RATIO_PARTS;
    use super::*;

    const DAY: u32 = 24 * 60;

    fn target(text: &str) -> Target {
        Target::parse(text).expect(text)
    }

    fn sum(good: u64, bad: u64, tally: MinuteTally) -> WindowSum {
        let range = MinuteRange { from: Minute(0), to: Minute(tally.expected() + tally.excluded) };
        let counts = Counts { good, bad, unknown: 0 };
        WindowSum { range, counts, slices: None, broken: 0, minutes: tally }
    }

    fn judged(good: u64, bad: u64) -> Option<Judged> {
        Judged::of(
            &sum(good, bad, MinuteTally { measured: 1, ..MinuteTally::default() }),
            Unit::EVENT,
            UnmeasuredTime::Freeze,
        )
    }

    fn budget_of(good: u64, bad: u64, target: &Target) -> Option<Budget> {
        judged(good, bad).map(|judged| Budget::of(&judged, target))
    }

    #[test]
    fn a_full_outage_spends_what_the_workbook_says() {
        let burn = highest_burn(&target("0.999"));
        for (minutes, percent) in [(60, "138.89"), (5, "11.57")] {
            assert_eq!(spent_by(burn, minutes, 30 * DAY).to_percent(2), percent);
        }
    }

    #[test]
    fn a_budget_as_downtime() {
        let cases = [
            ("0.999", 30 * 86_400, "2592"), // 43 m 12 s
            ("0.99999", 30 * 86_400, "25.92"),
            ("0.99", 365 * 86_400, "315360"),    // 3 d 15 h 36 m
            ("0.999", 365 * 86_400, "31536"),    // 8 h 45 m 36 s
            ("0.9995", 365 * 86_400, "15768"),   // 4 h 22 m 48 s
            ("0.9999", 365 * 86_400, "3153.6"),  // 52 m 33.6 s
            ("0.99999", 365 * 86_400, "315.36"), // 5 m 15 s
        ];
        for (text, period_secs, secs) in cases {
            assert_eq!(downtime_secs(&target(text), period_secs).to_decimal(3), secs, "{text}");
        }
    }

    #[test]
    fn one_failure_of_ten_requests_an_hour_burns_at_a_hundred_not_a_thousand() {
        let burn = judged(9, 1).expect("counted").burn_rate(&target("0.999"));
        assert_eq!(burn, Ratio::new(100, 1));
        assert_eq!(spent_by(burn, 60, 30 * DAY).to_percent(2), "13.89");
    }

    #[test]
    fn excluding_a_day_is_not_counting_it_as_up() {
        let bad_minutes = |of_minutes: i128| Ratio::new(60, of_minutes).to_percent(4);
        assert_eq!(bad_minutes(i128::from(6 * DAY)), "0.6944");
        assert_eq!(bad_minutes(i128::from(7 * DAY)), "0.5952");
    }

    #[test]
    fn a_budget_is_signed_and_never_clamped() {
        let budget = budget_of(9_985, 15, &target("0.999")).expect("counted");
        assert_eq!(budget.events_allowed(), 10);
        assert_eq!(budget.events_remaining(), -5);
        assert_eq!(budget.remaining, Ratio::new(-1, 2));
        assert_eq!(budget_of(0, 0, &target("0.999")), None);
        let overspent = budget_of(0, 1_000, &target("0.999")).expect("counted");
        assert_eq!(overspent.remaining, Ratio::new(-999, 1));
    }

    #[test]
    fn a_budget_ends_when_the_burn_has_eaten_what_is_left() {
        let half = budget_of(9_995, 5, &target("0.999")).expect("counted");
        let period = 28 * 86_400;
        assert_eq!(half.ends_after_secs(Ratio::new(14, 1), period), Some(86_400));
        assert_eq!(half.ends_after_secs(Ratio::new(1, 2), period), None, "it outlasts the period");
        assert_eq!(half.ends_after_secs(Ratio::ZERO, period), None);
        let spent = budget_of(99, 1, &target("0.999")).expect("counted");
        assert_eq!(spent.ends_after_secs(Ratio::ONE, period), None);
    }

    #[test]
    fn the_largest_counts_there_can_be_do_not_overflow() {
        let nines = target("0.999999999");
        let year =
            MinuteTally { measured: 366 * DAY / 2, unmeasured: 366 * DAY / 2, ..MinuteTally::default() };
        for unmeasured in UnmeasuredTime::ALL {
            let judged =
                |good, bad| Judged::of(&sum(good, bad, year), Unit::EVENT, unmeasured).expect("counted");
            let most = judged(u64::MAX, u64::MAX - 1);
            assert!(Budget::of(&most, &nines).remaining < Ratio::ZERO);
            assert!(most.burn_rate(&nines) > Ratio::ONE);
            let hardly = Budget::of(&judged(u64::MAX, 1), &nines);
            let ends = hardly.ends_after_secs(most.burn_rate(&nines), 366 * 86_400);
            assert_eq!(ends.is_some(), unmeasured != UnmeasuredTime::Bad, "{unmeasured:?}");
        }
        let shares = (u64::from(366 * DAY)) * RATIO_PARTS;
        let slices = Judged::of(
            &sum(shares / 2, shares / 2, year),
            Unit { parts: RATIO_PARTS, minutes: 1 },
            UnmeasuredTime::Bad,
        );
        let budget = Budget::of(&slices.expect("counted"), &nines);
        assert_eq!(slices.expect("counted").attained(), Ratio::new(1, 4));
        assert_eq!(budget.spent, Ratio::new(i128::from(366 * DAY) * 3 / 2, 1));
    }

    #[test]
    fn time_of_which_nothing_is_known_counts_as_was_chosen() {
        // 90 minutes with 10 events each, 9 of them bad in all; 10 minutes of silence.
        let tally = MinuteTally { measured: 60, zero_traffic: 30, unmeasured: 10, excluded: 5 };
        let judged = |unmeasured| Judged::of(&sum(891, 9, tally), Unit::EVENT, unmeasured).expect("counted");
        for unmeasured in [UnmeasuredTime::Freeze, UnmeasuredTime::Ignore] {
            assert_eq!(judged(unmeasured).error_ratio(), Ratio::new(1, 100));
            assert_eq!(judged(unmeasured).total(), Ratio::new(900, 1));
        }
        // (0.01 × 90 + 10) ÷ 100 and 0.01 × 90 ÷ 100.
        assert_eq!(judged(UnmeasuredTime::Bad).error_ratio(), Ratio::new(109, 1_000));
        assert_eq!(judged(UnmeasuredTime::Good).error_ratio(), Ratio::new(9, 1_000));
        assert_eq!(judged(UnmeasuredTime::Bad).total(), Ratio::new(1_000, 1), "as dense as what is measured");
        assert_eq!(judged(UnmeasuredTime::Bad).bad(), Ratio::new(109, 1));
        let silence = MinuteTally { unmeasured: 10, ..MinuteTally::default() };
        let judged = |unmeasured| Judged::of(&sum(0, 0, silence), Unit::EVENT, unmeasured);
        assert_eq!(judged(UnmeasuredTime::Freeze), None);
        assert_eq!(judged(UnmeasuredTime::Bad).expect("counts").error_ratio(), Ratio::ONE);
        assert_eq!(judged(UnmeasuredTime::Good).expect("counts").error_ratio(), Ratio::ZERO);
    }

    #[test]
    fn time_of_which_nothing_says_how_dense_it_is_counts_minute_by_minute() {
        // 59 minutes without traffic and one of silence.
        let quiet = MinuteTally { zero_traffic: 59, unmeasured: 1, ..MinuteTally::default() };
        let judged = Judged::of(&sum(0, 0, quiet), Unit::EVENT, UnmeasuredTime::Bad).expect("counts");
        assert_eq!(judged.error_ratio(), Ratio::new(1, 60));
        // A silent day of slices of an hour, and a slice that began before it and ends in it.
        let silent = MinuteTally { unmeasured: 1_440, ..MinuteTally::default() };
        let hour = Unit { parts: 1, minutes: 60 };
        for (good, bad) in [(0, 0), (1, 0)] {
            let judged = Judged::of(&sum(good, bad, silent), hour, UnmeasuredTime::Bad).expect("counts");
            assert_eq!((judged.error_ratio(), judged.bad()), (Ratio::ONE, Ratio::new(24, 1)));
            let judged = Judged::of(&sum(good, bad, silent), hour, UnmeasuredTime::Good).expect("counts");
            assert_eq!((judged.error_ratio(), judged.total()), (Ratio::ZERO, Ratio::new(24, 1)));
        }
    }

    #[test]
    fn the_budget_of_a_period_that_grows_is_eaten_by_what_the_burn_exceeds_one_by() {
        let half = budget_of(9_995, 5, &target("0.999")).expect("counted");
        let (day, month) = (86_400, 30 * 86_400);
        // After ten days half of what the traffic so far allows is left; at twice the allowed rate it is gone in five.
        assert_eq!(half.ends_after_secs_growing(Ratio::new(2, 1), 10 * day, month), Some(5 * day));
        assert_eq!(
            half.ends_after_secs_growing(Ratio::new(2, 1), 10 * day, 4 * day),
            None,
            "the period ends first"
        );
        assert_eq!(half.ends_after_secs_growing(Ratio::ONE, 10 * day, month), None, "it grows as fast");
    }

    #[test]
    fn a_period_that_is_known_in_advance_has_all_of_its_budget_from_the_start() {
        // A month of 43,200 slices of a minute at 0.999 allows 43.2; after a day with five bad ones:
        let day = Judged::of(
            &sum(1_435, 5, MinuteTally { measured: 1_440, ..MinuteTally::default() }),
            Unit::EVENT,
            UnmeasuredTime::Freeze,
        );
        let month = day.expect("counted").of_all(Ratio::new(43_200, 1));
        let budget = Budget::of(&month, &target("0.999"));
        assert_eq!((budget.events_allowed(), budget.events_remaining()), (43, 38));
        assert_eq!(budget.remaining.to_percent(2), "88.43");
    }

    proptest! {
        #[test]
        fn the_budget_is_met_exactly_when_the_target_is(
            good in 0u64..1_000_000, bad in 0u64..10_000, thousandths in 1u32..1_000,
        ) {
            prop_assume!(good + bad > 0);
            let target = target(&format!("0.{thousandths:03}"));
            let judged = judged(good, bad).expect("counted");
            let budget = Budget::of(&judged, &target);
            let kept = judged.attained() >= target.ratio();
            prop_assert_eq!(budget.remaining >= Ratio::ZERO, kept);
            prop_assert_eq!(budget.events_remaining() >= 0, kept);
            let brute = u128::from(good) * 1_000 >= u128::from(thousandths) * u128::from(good + bad);
            prop_assert_eq!(kept, brute);
            prop_assert_eq!(Ratio::ONE >= judged.burn_rate(&target), kept);
        }

        #[test]
        fn the_end_is_the_last_second_that_the_budget_lasts(
            good in 1u64..100_000, bad in 0u64..1_000, burn in 1i128..1_000, parts in 1i128..50,
        ) {
            let budget = budget_of(good, bad, &target("0.99")).expect("counted");
            let burn = Ratio::new(burn, parts);
            let period = 7 * 86_400;
            if let Some(secs) = budget.ends_after_secs(burn, period) {
                prop_assert!(burn.times(secs) <= budget.remaining.times(period));
                prop_assert!(burn.times(secs + 1) > budget.remaining.times(period));
            }
        }
    }
}
