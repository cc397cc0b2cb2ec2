//! What the alert rules of a target would have done over a past: how often somebody would have been paged.

use ippo_base::{Minute, MinuteRange};

use super::burn::{Before, BurnPair, BurnSeverity, Promise, judge_sums};
use super::counts::WindowSum;
use super::model::UnmeasuredTime;
use super::past::Past;
use super::ratio::Ratio;

/// What alerting would have done.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Paging {
    /// How often somebody would have been paged: stretches of time in which any page pair fired.
    pub pages: u32,
    /// How often a ticket would have been opened.
    pub tickets: u32,
    /// Pages that would have been held back, as so few failures may be chance.
    pub held_back: u32,
}

/// A pair on its way through the past.
struct Tried<'a> {
    pair: &'a BurnPair,
    /// The error ratio that its factor stands for.
    threshold: Ratio,
    before: Before,
    /// Whether a page of it is held back.
    too_few: bool,
}

/// Judges `pairs` at the end of each minute of `past` as a tick does.
pub fn paging(past: &Past, promise: &Promise<'_>, pairs: &[BurnPair]) -> Paging {
    let allowance = promise.target.allowance();
    let mut tried: Vec<Tried<'_>> = pairs
        .iter()
        .map(|pair| Tried {
            pair,
            threshold: pair.factor.by(allowance),
            before: Before::Quiet,
            too_few: false,
        })
        .collect();
    let (mut done, mut fired) = (Paging::default(), [false; 2]);
    for minute in past.range().iter() {
        for tried in &mut tried {
            done.held_back += u32::from(tried.step(past, promise, minute));
        }
        for (class, (severity, count)) in
            [(BurnSeverity::Page, &mut done.pages), (BurnSeverity::Ticket, &mut done.tickets)]
                .into_iter()
                .enumerate()
        {
            let fires = tried.iter().any(|t| t.pair.severity == severity && t.before == Before::Firing);
            *count += u32::from(fires && !fired[class]);
            fired[class] = fires;
        }
    }
    done
}

impl Tried<'_> {
    /// Goes on to the end of `minute`; whether a page begins to be held back.
    fn step(&mut self, past: &Past, promise: &Promise<'_>, minute: Minute) -> bool {
        let short = past.sum(MinuteRange::ending_with(minute, self.pair.short_minutes));
        if self.before == Before::Quiet && !self.may_reach(&short, promise) {
            self.too_few = false;
            return false;
        }
        let long = past.sum(MinuteRange::ending_with(minute, self.pair.long_minutes));
        let status = judge_sums(self.pair, (&long, &short), promise, self.before);
        self.before = if status.firing { Before::Firing } else { Before::Quiet };
        let begins = status.too_few && !self.too_few;
        self.too_few = status.too_few;
        begins
    }

    /// Whether a window may burn at the factor; a cheap look that is never wrong with no.
    fn may_reach(&self, sum: &WindowSum, promise: &Promise<'_>) -> bool {
        if matches!(promise.unmeasured, UnmeasuredTime::Bad | UnmeasuredTime::Good) {
            return true;
        }
        let counts = sum.judged();
        let bad = i128::from(counts.bad).checked_mul(self.threshold.denominator());
        let least = i128::from(counts.total()).checked_mul(self.threshold.numerator());
        counts.bad > 0 && bad.zip(least).is_none_or(|(bad, least)| bad >= least)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::budget::Unit;
    use super::super::burn::{judge, pairs_for};
    use super::super::counts::Counts;
    use super::super::exclusion::Exclusions;
    use super::super::history::{Coverage, History};
    use super::super::minutes::MinuteSet;
    use super::super::model::Target;
    use super::*;

    const DAY: u32 = 24 * 60;

    /// Minutes from the first on, each with its good and bad events; all of them measured.
    fn history(counts: &[(u64, u64)]) -> History {
        let len = counts.len() as u32;
        let all = MinuteSet::from_ranges([MinuteRange { from: Minute(0), to: Minute(len) }]);
        let coverage = Coverage { up: all.clone(), source: all };
        let counts: Vec<(Minute, Counts)> = (0..len)
            .zip(counts)
            .map(|(minute, (good, bad))| (Minute(minute), Counts { good: *good, bad: *bad, unknown: 0 }))
            .collect();
        History::new(&counts, &MinuteSet::EMPTY, &coverage, &Exclusions::default(), None)
    }

    fn paged(counts: &[(u64, u64)], target: &str) -> Paging {
        let target = Target::parse(target).expect(target);
        let promise =
            Promise { target: &target, unit: Unit::EVENT, unmeasured: UnmeasuredTime::Freeze, guarded: true };
        let range = MinuteRange { from: Minute(0), to: Minute(counts.len() as u32) };
        paging(&Past::of(&history(counts), range), &promise, &pairs_for(&target, 28 * DAY).kept)
    }

    #[test]
    fn two_outages_far_apart_are_two_pages_and_a_target_that_allows_them_sends_none() {
        let mut counts = vec![(100, 0); 3 * DAY as usize];
        for outage in [600, 3_000] {
            counts[outage..outage + 5].fill((0, 100));
        }
        let tight = paged(&counts, "0.999");
        assert_eq!((tight.pages, tight.held_back), (2, 0));
        assert_eq!(paged(&counts, "0.95"), Paging::default());
    }

    #[test]
    fn few_failures_of_few_requests_are_held_back() {
        let mut counts = vec![(1, 0); 600];
        counts[300] = (0, 1);
        let paged = paged(&counts, "0.999");
        assert_eq!((paged.pages, paged.held_back > 0), (0, true));
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]

        #[test]
        fn it_does_what_judging_each_minute_does(
            counts in proptest::collection::vec(prop_oneof![9 => Just((20, 0)), 2 => (0u64..30, 0u64..8)], 1..400),
            thousandths in 900u32..1_000,
        ) {
            let target = Target::parse(&format!("0.{thousandths}")).expect("a target");
            let promise = Promise {
                target: &target,
                unit: Unit::EVENT,
                unmeasured: UnmeasuredTime::Freeze,
                guarded: true,
            };
            // All of these windows reach back beyond what there is, where a history has nothing and neither has a past: both
            // know the same, but that a history calls it unmeasured.
            let mut counts = counts;
            counts.splice(0..0, std::iter::repeat_n((20, 0), 3 * DAY as usize));
            let history = history(&counts);
            let mut expected = Paging::default();
            let (mut fired, mut few, mut before) = ([false; 2], Vec::new(), Vec::new());
            let pairs = pairs_for(&target, 28 * DAY).kept;
            before.resize(pairs.len(), Before::Quiet);
            few.resize(pairs.len(), false);
            for minute in 3 * DAY..counts.len() as u32 {
                let mut fires = [false; 2];
                for (place, pair) in pairs.iter().enumerate() {
                    let status = judge(pair, &history, &promise, Minute(minute), before[place]);
                    before[place] = if status.firing { Before::Firing } else { Before::Quiet };
                    fires[usize::from(pair.severity != BurnSeverity::Page)] |= status.firing;
                    expected.held_back += u32::from(status.too_few && !few[place]);
                    few[place] = status.too_few;
                }
                expected.pages += u32::from(fires[0] && !fired[0]);
                expected.tickets += u32::from(fires[1] && !fired[1]);
                fired = fires;
            }
            let range = MinuteRange { from: Minute(0), to: Minute(counts.len() as u32) };
            prop_assert_eq!(paging(&Past::of(&history, range), &promise, &pairs), expected);
        }
    }
}
