//! Made-up traffic of which everything is known: which request began when, when it was heard of, and whether it failed. A
//! function of seed and period alone, and in whole milliseconds.

/// In milliseconds.
pub(super) const SECOND: i64 = 1_000;
pub(super) const MINUTE: i64 = 60 * SECOND;
pub(super) const HOUR: i64 = 60 * MINUTE;
pub(super) const DAY: i64 = 24 * HOUR;

/// The end of every window: 2026-03-09T06:00:00Z, in milliseconds.
pub(super) const END: i64 = 1_773_036_000_000;
/// How long before it the last hours begin, those that are followed minute by minute.
pub(super) const FOLLOWED: i64 = 4 * HOUR;
/// How long before the window the traffic begins.
const BEFORE: i64 = 2 * HOUR;

/// A request.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct Event {
    /// When it began, in milliseconds.
    pub(super) began: i64,
    /// When anybody outside of the machine that served it could know.
    pub(super) heard: i64,
    pub(super) failed: bool,
}

/// A kind of traffic.
#[derive(Clone, Debug)]
pub(super) struct Traffic {
    pub(super) name: &'static str,
    /// In the order in which they are heard of.
    pub(super) events: Vec<Event>,
    /// When the process that counts began, each time from zero: in order, the first before all events.
    pub(super) starts: Vec<i64>,
    /// Whether it shows a counter of failures before there are any.
    pub(super) shows_zero: bool,
    /// The end of a minute at which burns are told.
    pub(super) burns_at: i64,
}

impl Traffic {
    fn new(name: &'static str, starts: Vec<i64>, mut events: Vec<Event>) -> Self {
        // Of two that are heard of at once either may be first.
        events.sort_by_key(|event| (event.heard, event.began, event.failed));
        Self { name, events, starts, shows_zero: true, burns_at: END - 170 * MINUTE }
    }
}

/// All traffic of a seed.
#[derive(Clone, Debug)]
pub(super) struct Stream {
    pub(super) days: i64,
    pub(super) traffic: Vec<Traffic>,
}

impl Stream {
    pub(super) fn new(seed: u64, days: i64) -> Self {
        let begin = END - days * DAY - BEFORE;
        // Each has its own numbers, so that a change of one leaves the others as they are.
        let dice = |kind: u64| Dice(seed.wrapping_mul(1_000_003) ^ (kind << 32));
        let traffic = vec![
            steady(begin, &mut dice(1)),
            day_and_night(begin, &mut dice(2)),
            ten_an_hour(begin, &mut dice(3)),
            restarts(begin, &mut dice(4)),
            late(begin, &mut dice(5)),
            new_status(begin + 3 * DAY, &mut dice(6)),
        ];
        Self { days, traffic }
    }

    /// When the first request began, or a little before.
    pub(super) fn begin(&self) -> i64 {
        END - self.days * DAY - BEFORE
    }
}

/// Random numbers that stay the same whichever version a library has: SplitMix64.
struct Dice(u64);

impl Dice {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    fn below(&mut self, limit: i64) -> i64 {
        let limit = u64::try_from(limit).expect("positive");
        i64::try_from(self.next() % limit).expect("smaller than the limit")
    }

    fn one_in(&mut self, count: i64) -> bool {
        self.below(count) == 0
    }
}

fn at_once(began: i64, failed: bool) -> Event {
    Event { began, heard: began, failed }
}

/// Whether a time is so many milliseconds before the end, from the first up to the second.
fn before_end(at: i64, from: i64, to: i64) -> bool {
    (END - from..END - to).contains(&at)
}

/// So many in each stretch from `begin` to the end, anywhere in it.
fn spread(begin: i64, stretch: i64, count: i64, dice: &mut Dice) -> Vec<i64> {
    let stretches = (begin..END).step_by(usize::try_from(stretch).expect("positive"));
    let times =
        stretches.flat_map(|from| (0..count).map(move |_| from)).map(|from| from + dice.below(stretch));
    times.collect()
}

/// Six a minute, of which one in two thousand fails; then half of them for a quarter of an hour.
fn steady(begin: i64, dice: &mut Dice) -> Traffic {
    let times = spread(begin, MINUTE, 6, dice);
    let event = |began| {
        let outage = before_end(began, 3 * HOUR, 165 * MINUTE);
        at_once(began, if outage { dice.one_in(2) } else { dice.one_in(2_000) })
    };
    Traffic::new("steady", vec![begin], times.into_iter().map(event).collect())
}

/// 48 a minute by day, none of which fails. From two to four at night one every five minutes, of which two in five fail.
fn day_and_night(begin: i64, dice: &mut Dice) -> Traffic {
    let is_night = |at: i64| (2 * HOUR..4 * HOUR).contains(&at.rem_euclid(DAY));
    let day = spread(begin, MINUTE, 48, dice).into_iter().filter(|at| !is_night(*at));
    let mut events: Vec<Event> = day.map(|began| at_once(began, false)).collect();
    let night = spread(begin, 5 * MINUTE, 1, dice).into_iter().filter(|at| is_night(*at));
    events.extend(night.map(|began| at_once(began, dice.below(5) < 2)));
    Traffic::new("day and night", vec![begin], events)
}

/// One in every six minutes. One fails long ago, and one in the last hours.
fn ten_an_hour(begin: i64, dice: &mut Dice) -> Traffic {
    let times = spread(begin, 6 * MINUTE, 1, dice);
    let fails = |at| before_end(at, 3 * HOUR, 174 * MINUTE) || before_end(at, 3 * DAY, 3 * DAY - 6 * MINUTE);
    let event = |began| at_once(began, fails(began));
    Traffic::new("ten an hour", vec![begin], times.into_iter().map(event).collect())
}

/// Six a minute by a process that starts anew about each four hours, and for an hour each four minutes. While it stops, in its
/// last twenty seconds, it fails.
fn restarts(begin: i64, dice: &mut Dice) -> Traffic {
    let mut starts = vec![begin];
    while let Some(last) = starts.last().filter(|last| **last < END) {
        let loops = before_end(*last, 3 * HOUR, 2 * HOUR);
        let lasts =
            if loops { 3 * MINUTE + dice.below(2 * MINUTE) } else { 230 * MINUTE + dice.below(20 * MINUTE) };
        // The loop begins when it begins, whatever was before.
        let next = last + lasts;
        let loop_from = END - 3 * HOUR + 5 * SECOND;
        starts.push(if *last < loop_from && next > loop_from { loop_from } else { next });
    }
    let stops = |at: i64| {
        let next = starts.partition_point(|start| *start <= at);
        starts.get(next).is_some_and(|start| start - at <= 20 * SECOND)
    };
    let events =
        spread(begin, MINUTE, 6, dice).into_iter().map(|began| at_once(began, stops(began))).collect();
    starts.retain(|start| *start < END);
    Traffic::new("restarts", starts, events)
}

/// Six a minute, about two of them at the edge of the network, of whose records some wait for a link: those of two hours, after
/// twenty minutes in which all of these failed; and, before the window, others that are heard of within it.
fn late(begin: i64, dice: &mut Dice) -> Traffic {
    let window = begin + BEFORE;
    let linked = END - 90 * MINUTE;
    let times = spread(begin, MINUTE, 6, dice);
    let event = |began| {
        let edge = dice.below(10) < 3;
        let wait = dice.below(MINUTE);
        let (is_old, is_cut) =
            ((window - 90 * MINUTE..window).contains(&began), before_end(began, 210 * MINUTE, 90 * MINUTE));
        let failed = edge && (is_old || before_end(began, 210 * MINUTE, 190 * MINUTE));
        let heard = match edge {
            true if is_old => window + 10 * MINUTE + wait,
            true if is_cut => linked + wait,
            _ => began,
        };
        Event { began, heard, failed }
    };
    let events = times.into_iter().map(event).collect();
    Traffic { burns_at: END - 85 * MINUTE, ..Traffic::new("late", vec![begin], events) }
}

/// A service that is new in the middle of the window, six a minute. Its first failures are forty within twenty seconds; an hour
/// later there are three more.
fn new_status(begin: i64, dice: &mut Dice) -> Traffic {
    let good = spread(begin, MINUTE, 6, dice).into_iter().map(|began| at_once(began, false));
    let mut events: Vec<Event> = good.collect();
    let burst = END - 3 * HOUR + 10 * SECOND;
    events.extend((0..40).map(|number| at_once(burst + number * SECOND / 2, true)));
    events.extend((0..3).map(|number| at_once(END - 2 * HOUR + number * MINUTE, true)));
    Traffic { shows_zero: false, ..Traffic::new("new status", vec![begin], events) }
}

#[test]
fn a_seed_gives_the_same_traffic_and_another_gives_another() {
    let stream =
        |seed| Stream::new(seed, 7).traffic.into_iter().map(|traffic| traffic.events).collect::<Vec<_>>();
    assert_eq!(stream(1), stream(1));
    for (one, other) in stream(1).iter().zip(&stream(2)) {
        assert_ne!(one, other);
    }
}
