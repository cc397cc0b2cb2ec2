//! What will be left of a budget. What leaves the window until then is known; what is still to come is not, so that every
//! stretch of the past of the same length is replayed in its place. A forecast is a range of what came of it: in one of ten
//! replays less was left than its lower end, in one of ten more than its upper one. Nobody is paged by it.

use ippo_base::{Minute, MinuteRange, Timestamp};

use super::burn::Promise;
use super::counts::WindowSum;
use super::evaluate::left_at;
use super::history::History;
use super::model::{Objective, Slo};
use super::ratio::Ratio;
use super::weight::weighted;
use super::window::WindowNow;

const HOUR: u32 = 60;
/// Points of a forecast, now aside.
const POINTS: u32 = 24;
/// It looks as far ahead as this part of what is known of the past.
const PART_OF_PAST: u32 = 4;
/// Stretches that are replayed for a point, at most.
const REPLAYS_MOST: u32 = 60;
/// Fewer say nothing of one in ten.
const REPLAYS_LEAST: usize = 10;

/// What may be left of a budget, from now on.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Forecast {
    /// The time of which stretches were replayed.
    pub past: MinuteRange,
    /// Now, then in even steps; ascending.
    pub points: Vec<ForecastPoint>,
    /// When the budget ends, or is there again if it is spent.
    pub turn: Turn,
}

/// What may be left at one moment, as a share of the budget; below nought where it is overspent.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct ForecastPoint {
    /// When.
    pub time: Timestamp,
    /// In one of ten replays less was left.
    pub low: Ratio,
    /// In half of them.
    pub middle: Ratio,
    /// In nine of ten.
    pub high: Ratio,
}

/// When a budget goes from being there to being spent, or back: the first point at which it has. None where it does not within the
/// forecast.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Turn {
    /// Whether the budget is spent now, so that it may be there again.
    pub is_spent: bool,
    /// In one of ten replays it was sooner.
    pub soonest: Option<Timestamp>,
    /// In half of them.
    pub likely: Option<Timestamp>,
    /// In nine of ten.
    pub latest: Option<Timestamp>,
}

/// How far back the inputs of a forecast must reach: the window, or the period before that of a calendar.
pub fn forecast_reach(slo: &Slo, now: Minute) -> MinuteRange {
    let at = slo.window.at(now);
    let from = match at.rolls {
        true => at.so_far.from,
        false => slo.window.at(at.period.from.minus(1)).so_far.from,
    };
    MinuteRange { from, to: at.so_far.to }
}

/// What may be left in the SLO's own window of the budget of an objective, or of that which parts share by what they weigh; as far
/// ahead as a quarter of the past that is known, and of a calendar's period until its end. None if too little is known, or nothing
/// was counted in the window. What is missing of the hour that has begun is taken to bring nothing.
pub fn forecast(slo: &Slo, parts: &[(Ratio, &Objective, &History)], now: Timestamp) -> Option<Forecast> {
    let minute = now.minute();
    let this_hour = Minute(minute.0 / HOUR * HOUR);
    let next_hour = this_hour.plus(HOUR);
    let reach = forecast_reach(slo, minute);
    let known = parts.iter().filter_map(|(_, _, history)| history.known_from());
    let known_from = known.max().filter(|first| *first < this_hour)?.max(reach.from);
    let past = MinuteRange { from: Minute(known_from.0.next_multiple_of(HOUR)), to: this_hour };
    let at = slo.window.at(minute);
    let ahead = match at.rolls {
        true => past.len() / PART_OF_PAST,
        false => (past.len() / PART_OF_PAST).min(at.period.to.0.saturating_sub(next_hour.0)),
    };
    let step = (ahead / HOUR).div_ceil(POINTS) * HOUR;
    if step == 0 {
        return None;
    }
    let left_now = left(slo, parts, &at, &sums(parts, at.so_far))?;
    let mut points = vec![ForecastPoint { time: now, low: left_now, middle: left_now, high: left_now }];
    for length in (1..=ahead / step).map(|number| number * step) {
        let end = next_hour.plus(length);
        let then = slo.window.at(end.minus(1));
        let kept = sums(parts, MinuteRange { from: then.so_far.from, to: minute.plus(1) });
        let mut replayed: Vec<Ratio> = stretches(past, length)
            .map(|stretch| sums(parts, stretch))
            .filter(|sums| is_known(sums))
            .filter_map(|sums| {
                let both: Vec<WindowSum> = kept.iter().zip(&sums).map(|(kept, sum)| kept.and(sum)).collect();
                left(slo, parts, &then, &both)
            })
            .collect();
        if replayed.len() < REPLAYS_LEAST {
            break;
        }
        replayed.sort_unstable();
        let of_ten = |part: usize| replayed[(replayed.len() - 1) * part / 10];
        points.push(ForecastPoint { time: end.start(), low: of_ten(1), middle: of_ten(5), high: of_ten(9) });
    }
    let turn = turn(&points);
    (points.len() > 1).then_some(Forecast { past, points, turn })
}

fn sums(parts: &[(Ratio, &Objective, &History)], range: MinuteRange) -> Vec<WindowSum> {
    parts.iter().map(|(_, _, history)| history.sum(range)).collect()
}

/// Whether at least half of the minutes of a stretch are covered.
fn is_known(sums: &[WindowSum]) -> bool {
    let covered: u32 = sums.iter().map(|sum| sum.minutes.covered()).sum();
    let expected: u32 = sums.iter().map(|sum| sum.minutes.expected()).sum();
    2 * covered >= expected && expected > 0
}

/// The share that is left of a window with so much in it, a sum for each part; none if nothing was to be judged.
fn left(
    slo: &Slo,
    parts: &[(Ratio, &Objective, &History)],
    at: &WindowNow,
    sums: &[WindowSum],
) -> Option<Ratio> {
    let spent = parts.iter().zip(sums).map(|((share, objective, _), sum)| {
        let left = left_at(objective, &Promise::of(slo, objective), at, sum);
        (*share, left.map(|left| Ratio::ONE.minus(left)))
    });
    weighted(&spent.collect::<Vec<_>>()).map(|spent| Ratio::ONE.minus(spent))
}

/// Stretches of a length that begin at full hours of the past, evenly spread if there are many.
fn stretches(past: MinuteRange, length: u32) -> impl Iterator<Item = MinuteRange> {
    let starts = past.len().saturating_sub(length) / HOUR + 1;
    let apart = starts.div_ceil(REPLAYS_MOST).max(1);
    let of = move |start: u32| {
        let from = past.from.plus(start * HOUR);
        MinuteRange { from, to: from.plus(length) }
    };
    (0..starts).step_by(apart as usize).map(of).filter(move |stretch| stretch.to <= past.to)
}

fn turn(points: &[ForecastPoint]) -> Turn {
    let first = |is_turned: &dyn Fn(&ForecastPoint) -> bool| {
        points.iter().find(|point| is_turned(point)).map(|point| point.time)
    };
    let is_spent = points.first().is_some_and(|now| now.middle <= Ratio::ZERO);
    match is_spent {
        false => Turn {
            is_spent,
            soonest: first(&|point| point.low <= Ratio::ZERO),
            likely: first(&|point| point.middle <= Ratio::ZERO),
            latest: first(&|point| point.high <= Ratio::ZERO),
        },
        true => Turn {
            is_spent,
            soonest: first(&|point| point.high > Ratio::ZERO),
            likely: first(&|point| point.middle > Ratio::ZERO),
            latest: first(&|point| point.low > Ratio::ZERO),
        },
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::tests::{NOW, now, slo, steady};
    use super::super::{CalendarUnit, CalendarWindow, Counts, Window};
    use super::*;

    const DAY: u32 = 24 * HOUR;

    fn told(slo: &Slo, given: &super::super::tests::Given) -> Option<Forecast> {
        let inputs = given.inputs();
        let given = slo.shares().into_iter().zip(&slo.objectives).zip(&inputs.objectives);
        let parts: Vec<_> =
            given.map(|((share, objective), given)| (share, objective, &given.history)).collect();
        forecast(slo, &parts, now())
    }

    /// So many minutes from `ago` minutes ago on all fail.
    fn outage(given: &mut super::super::tests::Given, ago: u32, minutes: u32) {
        let from = NOW.minus(ago);
        for (minute, counts) in &mut given.counts[0] {
            if *minute >= from && *minute < from.plus(minutes) {
                *counts = Counts { good: 0, bad: counts.total(), unknown: 0 };
            }
        }
    }

    #[test]
    fn what_is_always_the_same_stays_so() {
        let told = told(&slo(&["0.999"]), &steady(40 * DAY, 1_999, 1)).expect("enough is known");
        let half = Ratio::new(1, 2);
        assert!(
            told.points.iter().all(|point| [point.low, point.middle, point.high] == [half; 3]),
            "{told:?}"
        );
        let last = told.points.last().expect("more than now").time;
        let ahead = last.since(now()).as_secs() / 3600;
        assert!((160..=168).contains(&ahead), "a quarter of 28 days: {ahead} h");
        assert_eq!(told.turn, Turn { is_spent: false, soonest: None, likely: None, latest: None });
    }

    #[test]
    fn a_budget_is_there_again_when_the_outage_leaves_the_window() {
        let mut given = steady(40 * DAY, 1_000, 0);
        outage(&mut given, 25 * DAY, 60);
        let told = told(&slo(&["0.999"]), &given).expect("enough is known");
        assert!(told.turn.is_spent);
        let back = told.turn.likely.expect("it leaves within a week").since(now()).as_secs() / 3600;
        assert!((72..=80).contains(&back), "25 days ago, of 28: {back} h");
        assert_eq!(told.turn.soonest, told.turn.likely);
    }

    #[test]
    fn one_bad_day_in_three_may_come_again() {
        let mut given = steady(40 * DAY, 1_000, 0);
        for ago in (0..28).step_by(3) {
            outage(&mut given, ago * DAY + 6 * HOUR, 3);
        }
        let told = told(&slo(&["0.999"]), &given).expect("enough is known");
        // Ten outages of three minutes spend 30 of 40.32 minutes.
        assert_eq!(told.points[0].middle.to_percent(1), "25.6");
        let last = told.points.last().expect("a week ahead");
        assert!(
            last.low < last.high && last.low > Ratio::ZERO,
            "as many come as go, or one more or less: {last:?}"
        );
    }

    #[test]
    fn where_little_is_known_nothing_is_foretold() {
        let slo = slo(&["0.999"]);
        assert_eq!(told(&slo, &steady(0, 0, 0)), None);
        assert_eq!(told(&slo, &steady(4 * HOUR - 1, 1_000, 0)), None);
        let day = told(&slo, &steady(2 * DAY, 1_000, 0)).expect("twelve hours of two days");
        assert_eq!(day.points.len(), 1 + 11, "{day:?}");
    }

    #[test]
    fn a_calendars_period_is_foretold_to_its_end() {
        let mut slo = slo(&["0.999"]);
        let begins = NOW.minus(25 * DAY).start().to_string();
        let start = begins.trim_end_matches('Z').parse().expect("a time");
        let window = CalendarWindow::new(start, jiff::tz::TimeZone::UTC, 28, CalendarUnit::Days);
        slo.window = Window::Calendar(window.expect("within limits"));
        let told = told(&slo, &steady(60 * DAY, 1_999, 1)).expect("enough is known");
        let end = NOW.plus(3 * DAY).start();
        let last = told.points.last().expect("three days ahead").time;
        assert!(last <= end && last.plus(std::time::Duration::from_secs(4 * 3600)) > end, "{last}");
        assert_eq!(told.past.len(), 53 * DAY - HOUR, "the period before, too");
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(60))]
        #[test]
        fn what_is_foretold_is_what_replaying_minute_by_minute_gives(
            hours in proptest::collection::vec((0u64..40, 0u64..6), 4 * 24..6 * 24),
        ) {
            let mut slo = slo(&["0.9"]);
            slo.window = Window::rolling(2 * DAY).expect("within limits");
            let mut given = steady(hours.len() as u32 * HOUR, 1, 0);
            for (place, (_, counts)) in given.counts[0].iter_mut().enumerate() {
                let (good, bad) = hours[place / HOUR as usize];
                *counts = Counts { good, bad: bad * u64::from(place % 7 == 0), unknown: 0 };
            }
            let all = given.counts[0].clone();
            let sum = |range: MinuteRange| {
                let within = all.iter().filter(|(minute, _)| range.contains(*minute));
                within.fold((0i128, 0i128), |(bad, total), (_, counts)| {
                    (bad + i128::from(counts.bad), total + i128::from(counts.total()))
                })
            };
            let Some(told) = told(&slo, &given) else { return Ok(()) };
            for point in &told.points[1..] {
                let end = point.time.minute();
                let kept = sum(MinuteRange { from: end.minus(2 * DAY), to: NOW.plus(1) });
                let length = end.0 - NOW.0 / HOUR * HOUR - HOUR;
                let mut left: Vec<Ratio> = (told.past.from.0..=told.past.to.0 - length)
                    .step_by(HOUR as usize)
                    .map(|from| sum(MinuteRange { from: Minute(from), to: Minute(from + length) }))
                    .map(|replayed| (kept.0 + replayed.0, kept.1 + replayed.1))
                    .filter(|(_, total)| *total > 0)
                    .map(|(bad, total)| Ratio::ONE.minus(Ratio::new(bad * 10, total)))
                    .collect();
                left.sort_unstable();
                let of_ten = |part: usize| left[(left.len() - 1) * part / 10];
                prop_assert_eq!([point.low, point.middle, point.high], [of_ten(1), of_ten(5), of_ten(9)]);
            }
        }
    }
}
