//! The arithmetic of error budgets, exactly. The formulas are those of the Google SRE workbook, chapter 5.
//! Nothing is clamped: a budget that is overspent says by how much.

use super::ledger::Counts;
use super::model::Target;
use super::ratio::Ratio;

/// The share of events that were good; none if nothing was counted.
pub fn attained(counts: Counts) -> Option<Ratio> {
    share(counts.good, counts)
}

/// The share of events that were bad; none if nothing was counted.
pub fn error_ratio(counts: Counts) -> Option<Ratio> {
    share(counts.bad, counts)
}

fn share(of: u64, counts: Counts) -> Option<Ratio> {
    let total = i128::from(counts.good) + i128::from(counts.bad);
    (total > 0).then(|| Ratio::new(i128::from(of), total))
}

/// How many times faster than allowed the budget is spent: error ratio ÷ (1 − target).
pub fn burn_rate(counts: Counts, target: &Target) -> Option<Ratio> {
    let errors = error_ratio(counts)?;
    let allowance = target.allowance();
    Some(Ratio::new(
        errors.numerator() * allowance.denominator(),
        errors.denominator() * allowance.numerator(),
    ))
}

/// The highest burn a target can show, when every event is bad: 1 ÷ (1 − target).
pub fn highest_burn(target: &Target) -> Ratio {
    Ratio::new(target.allowance().denominator(), target.allowance().numerator())
}

/// How much of a period's budget a burn over `window_minutes` spends: burn × window ÷ period.
pub fn spent_by(burn: Ratio, window_minutes: u32, period_minutes: u32) -> Ratio {
    let scaled = burn.times(window_minutes);
    Ratio::new(scaled.numerator(), scaled.denominator() * i128::from(period_minutes))
}

/// What a window's counts leave of its budget.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Budget {
    /// Bad events the window's total allows, exactly; (1 − target) × total.
    pub allowed: Ratio,
    /// Bad events there were.
    pub spent: u64,
    /// The share of the budget that is left: 1 is untouched, 0 is all spent, below is overspent.
    pub remaining: Ratio,
}

impl Budget {
    /// The budget of a window with these counts; none if nothing was counted.
    pub fn of(counts: Counts, target: &Target) -> Option<Self> {
        let total = i128::from(counts.good) + i128::from(counts.bad);
        if total == 0 {
            return None;
        }
        let allowance = target.allowance();
        let allowed = total * allowance.numerator();
        let spent = i128::from(counts.bad) * allowance.denominator();
        Some(Self {
            allowed: Ratio::new(allowed, allowance.denominator()),
            spent: counts.bad,
            remaining: Ratio::new(allowed - spent, allowed),
        })
    }

    /// Whole bad events that the total allows.
    pub fn events_allowed(self) -> i128 {
        self.allowed.floor()
    }

    /// Whole bad events that are left; negative when overspent.
    pub fn events_remaining(self) -> i128 {
        self.events_allowed() - i128::from(self.spent)
    }

    /// After how many seconds the budget ends if `burn` goes on: remaining × period ÷ burn, rounded down. None if
    /// it is spent already, if nothing burns, or if it outlasts the whole period.
    pub fn ends_after_secs(self, burn: Ratio, period_secs: u32) -> Option<u32> {
        if self.remaining <= Ratio::ZERO || burn <= Ratio::ZERO {
            return None;
        }
        let left = self.remaining.times(period_secs);
        let lasts = |secs: u32| burn.times(secs) <= left;
        if lasts(period_secs) {
            return None;
        }
        let (mut lasts_for, mut ends_by) = (0, period_secs);
        while ends_by - lasts_for > 1 {
            let middle = lasts_for + (ends_by - lasts_for) / 2;
            if lasts(middle) { lasts_for = middle } else { ends_by = middle }
        }
        Some(lasts_for)
    }
}

/// How long everything may be down in `period_secs` of even traffic: (1 − target) × period, in seconds.
pub fn downtime_secs(target: &Target, period_secs: u32) -> Ratio {
    target.allowance().times(period_secs)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const DAY: u32 = 24 * 60;

    fn target(text: &str) -> Target {
        Target::parse(text).expect(text)
    }

    fn counts(good: u64, bad: u64) -> Counts {
        Counts { good, bad, unknown: 0 }
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
        let burn = burn_rate(counts(9, 1), &target("0.999")).expect("counted");
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
        let budget = Budget::of(counts(9_985, 15), &target("0.999")).expect("counted");
        assert_eq!(budget.events_allowed(), 10);
        assert_eq!(budget.events_remaining(), -5);
        assert_eq!(budget.remaining, Ratio::new(-1, 2));
        assert_eq!(Budget::of(counts(0, 0), &target("0.999")), None);
        let overspent = Budget::of(counts(0, 1_000), &target("0.999")).expect("counted");
        assert_eq!(overspent.remaining, Ratio::new(-999, 1));
    }

    #[test]
    fn a_budget_ends_when_the_burn_has_eaten_what_is_left() {
        let half = Budget::of(counts(9_995, 5), &target("0.999")).expect("counted");
        let period = 28 * 86_400;
        assert_eq!(half.ends_after_secs(Ratio::new(14, 1), period), Some(86_400));
        assert_eq!(half.ends_after_secs(Ratio::new(1, 2), period), None, "it outlasts the period");
        assert_eq!(half.ends_after_secs(Ratio::ZERO, period), None);
        let spent = Budget::of(counts(99, 1), &target("0.999")).expect("counted");
        assert_eq!(spent.ends_after_secs(Ratio::ONE, period), None);
    }

    #[test]
    fn the_largest_counts_there_can_be_do_not_overflow() {
        let most = counts(u64::MAX, u64::MAX - 1);
        let nines = target("0.999999999");
        let budget = Budget::of(most, &nines).expect("counted");
        assert!(budget.remaining < Ratio::ZERO);
        assert!(burn_rate(most, &nines).expect("counted") > Ratio::ONE);
        let hardly = Budget::of(counts(u64::MAX, 1), &nines).expect("counted");
        let burn = burn_rate(counts(u64::MAX, u64::MAX), &nines).expect("counted");
        assert!(hardly.ends_after_secs(burn, 366 * 86_400).is_some());
    }

    proptest! {
        #[test]
        fn the_budget_is_met_exactly_when_the_target_is(
            good in 0u64..1_000_000, bad in 0u64..10_000, thousandths in 1u32..1_000,
        ) {
            prop_assume!(good + bad > 0);
            let target = target(&format!("0.{thousandths:03}"));
            let counts = counts(good, bad);
            let budget = Budget::of(counts, &target).expect("counted");
            let kept = attained(counts).expect("counted") >= target.ratio();
            prop_assert_eq!(budget.remaining >= Ratio::ZERO, kept);
            prop_assert_eq!(budget.events_remaining() >= 0, kept);
            let brute = u128::from(good) * 1_000 >= u128::from(thousandths) * u128::from(good + bad);
            prop_assert_eq!(kept, brute);
            let burn = burn_rate(counts, &target).expect("counted");
            prop_assert_eq!(Ratio::ONE >= burn, kept);
        }

        #[test]
        fn the_end_is_the_last_second_that_the_budget_lasts(
            good in 1u64..100_000, bad in 0u64..1_000, burn in 1i128..1_000, parts in 1i128..50,
        ) {
            let budget = Budget::of(counts(good, bad), &target("0.99")).expect("counted");
            let burn = Ratio::new(burn, parts);
            let period = 7 * 86_400;
            if let Some(secs) = budget.ends_after_secs(burn, period) {
                prop_assert!(burn.times(secs) <= budget.remaining.times(period));
                prop_assert!(burn.times(secs + 1) > budget.remaining.times(period));
            }
        }
    }
}
