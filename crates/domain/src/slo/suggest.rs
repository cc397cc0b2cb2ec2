//! Which target is plausible: the stored past is held against a ladder of them. It only says what was; whether that was good
//! enough is for the users to say.

use ippo_base::{MINUTES_PER_DAY, Minute, MinuteRange};

use super::budget::{Budget, Unit};
use super::burn::{Promise, pairs_for};
use super::counts::WindowSum;
use super::evaluate::coverage_of;
use super::guard::{LOW_TRAFFIC_FAILURES, free_of_failures};
use super::model::{Objective, Slo, Target, UnmeasuredTime};
use super::paging::{Paging, paging};
use super::past::Past;
use super::ratio::Ratio;

/// The targets that are tried.
pub const LADDER: [&str; 11] =
    ["0.9", "0.95", "0.98", "0.99", "0.995", "0.998", "0.999", "0.9995", "0.9999", "0.99995", "0.99999"];
/// What share of its budget a target leaves where it was kept with room.
const ROOM: (i128, i128) = (1, 4);

/// What the past says of one target.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Rung {
    /// The target.
    pub target: Target,
    /// How many of the windows that were looked at broke it.
    pub breached: u32,
    /// The least that was left of the budget in any of them; none if nothing was counted.
    pub least_left: Option<Ratio>,
    /// How many events may fail in one window, at the traffic there was.
    pub allowed: u64,
    /// How many events are needed for one allowed failure: 1 ÷ (1 − target), rounded up.
    pub events_for_one: u64,
    /// How many events without any failure are needed to say with 95 % confidence that the target is kept: the least `n` for
    /// which targetⁿ ≤ 0.05.
    pub events_for_confidence: u64,
    /// What alerting would have done.
    pub paging: Paging,
    /// What follows.
    pub verdict: RungVerdict,
}

/// What the past says of a target, in a word.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum RungVerdict {
    /// Kept, with a quarter of the budget left or more.
    KeptWithRoom,
    /// Kept, with less than that left.
    Kept,
    /// Broken in a window at least.
    Broken,
    /// So few events come that not one may fail: it cannot be told from no failure at all.
    Untestable,
}

impl RungVerdict {
    /// The word in the API.
    pub fn name(self) -> &'static str {
        match self {
            Self::KeptWithRoom => "kept_with_room",
            Self::Kept => "kept",
            Self::Broken => "broken",
            Self::Untestable => "untestable",
        }
    }
}

/// What the past says of every target.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Ladder {
    /// What was counted in all of it.
    pub sum: WindowSum,
    /// The share of it that is covered.
    pub coverage: Ratio,
    /// How many windows were looked at, each at the end of a day and all of it within the past; one if the past is shorter
    /// than a window.
    pub windows: u32,
    /// Whether the past is shorter than a window, so that `allowed` is what it would be if the rest were like it.
    pub is_short: bool,
    /// Events in one window; where the past is shorter than one, as many as came in it scaled to a window's length.
    pub events: u64,
    /// The targets, loosest first.
    pub rungs: Vec<Rung>,
    /// The place of the tightest target that was kept with room and allows ten failures or more.
    pub recommended: Option<usize>,
    /// Whether most of what was counted is bad: then good and bad were probably taken for each other.
    pub is_inverted: bool,
}

/// What is held against the ladder.
#[derive(Clone, Copy, Debug)]
pub struct Measured {
    /// The length of the SLO's rolling window, in minutes.
    pub window_minutes: u32,
    /// What one event or slice is in sums.
    pub unit: Unit,
    /// What time of which nothing is known counts as.
    pub unmeasured: UnmeasuredTime,
    /// Whether a page needs more failures than chance may make.
    pub guarded: bool,
}

impl Measured {
    /// Events over a rolling window, by default choices.
    pub fn events(window_minutes: u32) -> Self {
        Self { window_minutes, unit: Unit::EVENT, unmeasured: UnmeasuredTime::Freeze, guarded: true }
    }

    /// As an SLO's objective is judged, over a rolling window.
    pub fn of(slo: &Slo, objective: &Objective, window_minutes: u32) -> Self {
        let Promise { unit, unmeasured, guarded, .. } = Promise::of(slo, objective);
        Self { window_minutes, unit, unmeasured, guarded }
    }
}

/// Holds `past` against the ladder. None if nothing was counted in it.
pub fn suggest(past: &Past, measured: Measured) -> Option<Ladder> {
    let sum = past.sum(past.range());
    let counted = sum.judged();
    if counted.total() == 0 {
        return None;
    }
    let looks: Vec<WindowSum> =
        looks(past.range(), measured.window_minutes).into_iter().map(|window| past.sum(window)).collect();
    let is_short = past.range().len() < measured.window_minutes;
    let events = events_in_a_window(&looks, measured);
    let rungs: Vec<Rung> = LADDER
        .iter()
        .map(|target| {
            rung(Target::parse(target).expect("a rung is a target"), past, &looks, events, measured)
        })
        .collect();
    let fits = |rung: &Rung| {
        rung.verdict == RungVerdict::KeptWithRoom && rung.allowed >= u64::from(LOW_TRAFFIC_FAILURES)
    };
    Some(Ladder {
        coverage: coverage_of(&sum),
        windows: looks.len() as u32,
        is_short,
        events,
        recommended: rungs.iter().rposition(fits),
        rungs,
        is_inverted: counted.bad > counted.good,
        sum,
    })
}

/// The windows that are looked at: those that end with a day or with the past, and lie within it; else all of it.
fn looks(past: MinuteRange, window_minutes: u32) -> Vec<MinuteRange> {
    if past.len() < window_minutes {
        return vec![past];
    }
    let first = past.from.plus(window_minutes);
    let midnights =
        (first.0.div_ceil(MINUTES_PER_DAY)..=past.to.day()).map(|day| Minute(day * MINUTES_PER_DAY));
    let mut ends: Vec<Minute> = midnights.collect();
    if ends.last() != Some(&past.to) {
        ends.push(past.to);
    }
    ends.into_iter().map(|to| MinuteRange { from: to.minus(window_minutes), to }).collect()
}

/// Whole events of the last window, scaled to the length of one where it is shorter.
fn events_in_a_window(looks: &[WindowSum], measured: Measured) -> u64 {
    let Some(last) = looks.last() else { return 0 };
    let events = u128::from(last.judged().total()) / u128::from(measured.unit.parts.max(1));
    let len = last.range.len().max(1);
    let scaled = match len < measured.window_minutes {
        true => events * u128::from(measured.window_minutes) / u128::from(len),
        false => events,
    };
    u64::try_from(scaled).unwrap_or(u64::MAX)
}

fn rung(target: Target, past: &Past, looks: &[WindowSum], events: u64, measured: Measured) -> Rung {
    let Measured { window_minutes, unit, unmeasured, guarded } = measured;
    let promise = Promise { target: &target, unit, unmeasured, guarded };
    let left: Vec<Ratio> = looks
        .iter()
        .filter_map(|sum| promise.judged(sum))
        .map(|judged| Budget::of(&judged, &target).remaining)
        .collect();
    let breached = left.iter().filter(|left| **left < Ratio::ZERO).count() as u32;
    let least_left = left.into_iter().min();
    let allowance = target.allowance();
    let allowed = i128::from(events) * allowance.numerator() / allowance.denominator();
    let verdict = match least_left {
        _ if allowed < 1 => RungVerdict::Untestable,
        _ if breached > 0 => RungVerdict::Broken,
        Some(left) if left >= Ratio::new(ROOM.0, ROOM.1) => RungVerdict::KeptWithRoom,
        _ => RungVerdict::Kept,
    };
    let paging = paging(past, &promise, &pairs_for(&target, window_minutes).kept);
    Rung {
        breached,
        least_left,
        allowed: u64::try_from(allowed).unwrap_or(u64::MAX),
        events_for_one: u64::try_from(Ratio::new(allowance.denominator(), allowance.numerator()).ceil())
            .unwrap_or(u64::MAX),
        events_for_confidence: free_of_failures(target.ratio().to_f64()),
        paging,
        verdict,
        target,
    }
}

/// Of several thresholds, tightest first, each with its ladder, the place of the one to promise: the first of which 99 % or more
/// is recommended, else the one of which the most is.
pub fn choose_threshold(ladders: &[Ladder]) -> Option<usize> {
    let recommended = |ladder: &Ladder| ladder.recommended.map(|place| ladder.rungs[place].target.ratio());
    let good = Ratio::new(99, 100);
    let first = ladders.iter().position(|ladder| recommended(ladder).is_some_and(|target| target >= good));
    first.or_else(|| {
        let all = ladders.iter().enumerate().filter_map(|(place, l)| Some((recommended(l)?, place)));
        // Of equals, the tightest threshold.
        all.max_by_key(|(target, place)| (*target, std::cmp::Reverse(*place))).map(|(_, place)| place)
    })
}

#[cfg(test)]
mod tests {
    use super::super::Exclusions;
    use super::super::counts::Counts;
    use super::super::history::{Coverage, History};
    use super::super::minutes::MinuteSet;
    use super::*;

    const DAY: u32 = MINUTES_PER_DAY;

    /// So many days, each minute with these events, but for the minutes that `unless` names.
    fn past(days: u32, each: (u64, u64), unless: &[(u32, (u64, u64))]) -> Past {
        let range = MinuteRange { from: Minute(0), to: Minute(days * DAY) };
        let all = MinuteSet::from_ranges([range]);
        let coverage = Coverage { up: all.clone(), source: all };
        let counts: Vec<(Minute, Counts)> = range
            .iter()
            .map(|minute| {
                let special = unless.iter().find(|(of, _)| *of == minute.0).map(|(_, counts)| *counts);
                let (good, bad) = special.unwrap_or(each);
                (minute, Counts { good, bad, unknown: 0 })
            })
            .collect();
        let history = History::new(&counts, &MinuteSet::EMPTY, &coverage, &Exclusions::default(), None);
        Past::of(&history, range)
    }

    fn rung_of<'a>(ladder: &'a Ladder, target: &str) -> &'a Rung {
        ladder.rungs.iter().find(|rung| rung.target.decimal() == target).expect("on the ladder")
    }

    #[test]
    fn the_tightest_target_that_was_kept_with_room_is_recommended() {
        // 14 days of 10 a minute; a day has 14,400. In each week 65 fail at most, of 100,800: 0.064 %.
        let ladder = suggest(
            &past(14, (10, 0), &[(3 * DAY, (0, 65)), (10 * DAY, (0, 30))]),
            Measured::events(7 * DAY),
        )
        .expect("counted");
        assert_eq!((ladder.windows, ladder.is_short), (8, false));
        let recommended = &ladder.rungs[ladder.recommended.expect("one is kept")];
        assert_eq!((recommended.target.decimal(), recommended.allowed), ("0.999", 100));
        assert_eq!(rung_of(&ladder, "0.999").verdict, RungVerdict::KeptWithRoom);
        assert_eq!(rung_of(&ladder, "0.9995").verdict, RungVerdict::Broken);
        assert_eq!(rung_of(&ladder, "0.9995").breached, 4, "the windows with the worse day");
        assert!(!ladder.is_inverted);
    }

    #[test]
    fn a_target_that_allows_not_one_failure_is_untestable_and_says_what_it_needs() {
        let ladder = suggest(&past(7, (1, 0), &[]), Measured::events(7 * DAY)).expect("counted");
        assert_eq!(ladder.events, 10_080);
        let nines = rung_of(&ladder, "0.99999");
        assert_eq!((nines.verdict, nines.allowed), (RungVerdict::Untestable, 0));
        assert_eq!((nines.events_for_one, nines.events_for_confidence), (100_000, 299_572));
        let recommended = &ladder.rungs[ladder.recommended.expect("all is good")];
        assert_eq!(
            (recommended.target.decimal(), recommended.allowed),
            ("0.999", 10),
            "one of ten is no chance"
        );
    }

    #[test]
    fn a_past_shorter_than_a_window_is_scaled_and_says_so() {
        let ladder = suggest(&past(2, (1, 0), &[]), Measured::events(28 * DAY)).expect("counted");
        assert_eq!((ladder.windows, ladder.is_short, ladder.events), (1, true, u64::from(28 * DAY)));
    }

    #[test]
    fn good_and_bad_that_were_taken_for_each_other_are_seen() {
        let ladder = suggest(&past(7, (0, 10), &[(5, (10, 0))]), Measured::events(7 * DAY)).expect("counted");
        assert!(ladder.is_inverted && ladder.recommended.is_none());
        assert_eq!(suggest(&past(1, (0, 0), &[]), Measured::events(7 * DAY)), None);
    }

    #[test]
    fn of_thresholds_the_tightest_that_keeps_two_nines_is_chosen() {
        let of = |bad: u64| {
            suggest(&past(7, (1_000 - bad, bad), &[]), Measured::events(7 * DAY)).expect("counted")
        };
        let ladders = [of(300), of(40), of(4), of(0)];
        assert_eq!(choose_threshold(&ladders), Some(2));
        assert_eq!(choose_threshold(&ladders[..2]), Some(1), "nothing is as good; the best there is");
        assert_eq!(choose_threshold(&ladders[..1]), None);
    }
}
