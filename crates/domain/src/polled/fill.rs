//! Which stretch of time is asked for next: what came since the last answer first, so that whoever pages waits for nothing,
//! then further back until the longest window of an SLO is filled.
//!
//! What was fetched is one stretch without a gap, which grows at both ends. It says how far ippo asked, not that there was
//! anything.

use std::time::Duration;

use ippo_base::Timestamp;

use super::QueryKind;

/// How often a data source is asked for what is new.
pub const POLL_EVERY: Duration = Duration::from_secs(60);
/// How far before the last answer it is asked again: samples of slow scrapes, and of clocks that are behind, come late.
pub const OVERLAP: Duration = Duration::from_secs(5 * 60);
/// What is asked for at once at the least: if an answer is too large then, only a narrower query helps.
pub const CHUNK_LEAST: Duration = Duration::from_secs(60);
/// Two questions for what is new are so far apart at the least, also while what is older is fetched.
const NEW_AFTER: Duration = Duration::from_secs(1);
/// How long an expression waits for the samples of its minute.
const SETTLES: Duration = Duration::from_secs(15);
/// How long a minute of CloudWatch is waited for after it has ended. What it says before then is not all: parts of what a load
/// balancer counted come up to three minutes late, of one metric before the other.
const COMPLETE_AFTER: Duration = Duration::from_secs(3 * 60);
/// How far before the last answer CloudWatch is asked again.
const REVISED_WITHIN: Duration = Duration::from_secs(15 * 60);
const MINUTE_NANOS: i64 = 60 * 1_000_000_000;

impl QueryKind {
    /// What is asked for at once, at the most. Raw samples by the hour, as counts are made anew by the hour.
    pub fn chunk(self) -> Duration {
        match self {
            QueryKind::Samples => Duration::from_secs(60 * 60),
            QueryKind::Values => Duration::from_secs(12 * 60 * 60),
            // 180 points of 500 metrics are as many as CloudWatch gives in one answer.
            QueryKind::Counts | QueryKind::Statistics => Duration::from_secs(3 * 60 * 60),
        }
    }

    /// How far before the last answer it is asked again.
    pub fn overlap(self) -> Duration {
        match self {
            QueryKind::Samples => OVERLAP,
            QueryKind::Values => Duration::ZERO,
            QueryKind::Counts | QueryKind::Statistics => REVISED_WITHIN,
        }
    }

    /// The newest time that is asked for.
    fn end(self, now: Timestamp) -> Timestamp {
        match self {
            QueryKind::Samples => now,
            // The times of the others are whole minutes; those of CloudWatch say when a minute began.
            QueryKind::Values => floor(now.minus(SETTLES), MINUTE_NANOS),
            QueryKind::Counts | QueryKind::Statistics => {
                floor(now.minus(COMPLETE_AFTER + Duration::from_secs(60)), MINUTE_NANOS)
            }
        }
    }

    /// How far behind its end must be for it to be asked again.
    fn due_after(self) -> Duration {
        match self {
            QueryKind::Samples => NEW_AFTER,
            QueryKind::Values | QueryKind::Counts | QueryKind::Statistics => Duration::from_nanos(1),
        }
    }
}

/// The stretch of time that was fetched: after `from`, up to and with `to`.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Filled {
    /// Its beginning, excluded.
    pub from: Timestamp,
    /// Its end, included.
    pub to: Timestamp,
}

/// Which end grows.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Way {
    /// Towards now.
    New,
    /// Back in time.
    Back,
}

/// A stretch to be fetched: after `from`, up to and with `to`.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Stretch {
    /// Its beginning, excluded.
    pub from: Timestamp,
    /// Its end, included.
    pub to: Timestamp,
    /// Which end it makes grow.
    pub way: Way,
}

impl Filled {
    /// What is filled once `stretch` is.
    #[must_use]
    pub fn with(filled: Option<Filled>, stretch: Stretch) -> Filled {
        let Some(filled) = filled else { return Filled { from: stretch.from, to: stretch.to } };
        match stretch.way {
            // One that begins behind the end leaves what lay before it to be asked for again.
            Way::New if stretch.from > filled.to => Filled { from: stretch.from, to: stretch.to },
            Way::New => Filled { to: stretch.to.max(filled.to), ..filled },
            Way::Back => Filled { from: stretch.from.min(filled.from), ..filled },
        }
    }

    /// What is taken for filled after a start: of CloudWatch one minute less, so that what was revised while nobody asked is
    /// known at once and not with the next minute.
    #[must_use]
    pub fn remembered(self, kind: QueryKind) -> Filled {
        match kind {
            QueryKind::Samples | QueryKind::Values => self,
            QueryKind::Counts | QueryKind::Statistics => {
                Filled { to: self.to.minus(Duration::from_secs(60)).max(self.from), ..self }
            }
        }
    }

    /// Whether it reaches from `wanted` to about `now`.
    pub fn is_whole(self, wanted: Timestamp, now: Timestamp) -> bool {
        self.from <= wanted && now.since(self.to) <= 2 * POLL_EVERY + OVERLAP
    }
}

/// What to ask for next, in pieces of at most `chunk`; nothing if all since `wanted` is there.
pub fn next_stretch(
    kind: QueryKind,
    filled: Option<Filled>,
    wanted: Timestamp,
    now: Timestamp,
    chunk: Duration,
) -> Option<Stretch> {
    let (end, overlap) = (kind.end(now), kind.overlap().min(chunk));
    let Some(filled) = filled.filter(|filled| filled.to > wanted) else {
        let from = end.minus(chunk).max(wanted);
        return (from < end).then_some(Stretch { from, to: end, way: Way::New });
    };
    if end.since(filled.to) >= kind.due_after() {
        let to = end.min(filled.to.plus(chunk));
        return Some(Stretch { from: filled.to.minus(overlap), to, way: Way::New });
    }
    if filled.from <= wanted {
        return None;
    }
    // On boundaries of its own length, so that the hours of counts are touched once.
    let nanos = i64::try_from(chunk.as_nanos()).unwrap_or(i64::MAX);
    let from = floor(Timestamp::from_nanos(filled.from.as_nanos() - 1), nanos).max(wanted);
    Some(Stretch { from, to: filled.from, way: Way::Back })
}

/// Half of a piece of which the answer was too large; `None` if it is as small as it may be.
pub fn smaller_chunk(chunk: Duration) -> Option<Duration> {
    (chunk > CHUNK_LEAST).then(|| (chunk / 2).max(CHUNK_LEAST))
}

fn floor(time: Timestamp, nanos: i64) -> Timestamp {
    Timestamp::from_nanos(time.as_nanos().div_euclid(nanos) * nanos)
}

#[cfg(test)]
mod tests {
    use super::*;

    const HOUR: Duration = Duration::from_secs(3_600);

    fn at(secs: i64) -> Timestamp {
        Timestamp::from_secs(1_800_000_000 + secs)
    }

    /// Asks and is answered until nothing is left. Gives what was asked for, in seconds.
    fn asked(
        kind: QueryKind,
        mut filled: Option<Filled>,
        (wanted, now): (i64, i64),
        chunk: Duration,
    ) -> (Vec<(i64, i64)>, Option<Filled>) {
        let mut stretches = Vec::new();
        while let Some(stretch) = next_stretch(kind, filled, at(wanted), at(now), chunk) {
            assert!(stretch.from < stretch.to && stretch.to <= at(now), "{stretch:?}");
            let secs = |time: Timestamp| time.as_secs() - at(0).as_secs();
            stretches.push((secs(stretch.from), secs(stretch.to)));
            filled = Some(Filled::with(filled, stretch));
            assert!(stretches.len() < 1_000, "it ends");
        }
        (stretches, filled)
    }

    #[test]
    fn the_newest_hour_comes_first_and_then_all_before_it() {
        let (stretches, filled) = asked(QueryKind::Samples, None, (-8_000, 1_000), HOUR);
        // 1,800,000,000 is a whole hour.
        assert_eq!(stretches, [(-2_600, 1_000), (-3_600, -2_600), (-7_200, -3_600), (-8_000, -7_200)]);
        assert!(filled.is_some_and(|filled| filled.is_whole(at(-8_000), at(1_000))));
    }

    #[test]
    fn what_is_new_is_asked_for_with_an_overlap() {
        let filled = Some(Filled { from: at(-9_000), to: at(0) });
        assert_eq!(asked(QueryKind::Samples, filled, (-8_000, 60), HOUR).0, [(-300, 60)]);
        assert_eq!(asked(QueryKind::Samples, filled, (-8_000, 0), HOUR).0, []);
        assert_eq!(asked(QueryKind::Values, filled, (-8_000, 74), HOUR).0, []);
        assert_eq!(asked(QueryKind::Values, filled, (-8_000, 76), HOUR).0, [(0, 60)]);
    }

    #[test]
    fn a_minute_of_cloudwatch_is_asked_for_when_it_is_complete_and_again_for_a_while() {
        let filled = Some(Filled { from: at(-9_000), to: at(0) });
        // The minute that begins at 60 ends at 120.
        assert_eq!(asked(QueryKind::Counts, filled, (-8_000, 299), HOUR).0, []);
        assert_eq!(asked(QueryKind::Counts, filled, (-8_000, 300), HOUR).0, [(-900, 60)]);
        assert_eq!(
            asked(QueryKind::Statistics, None, (-3_600, 310), HOUR).0,
            [(-3_540, 60), (-3_600, -3_540)]
        );
    }

    #[test]
    fn a_downtime_is_caught_up_in_order() {
        let filled = Some(Filled { from: at(-9_000), to: at(0) });
        let (stretches, filled) = asked(QueryKind::Samples, filled, (-8_000, 9_000), HOUR);
        assert_eq!(stretches, [(-300, 3_600), (3_300, 7_200), (6_900, 9_000)]);
        assert_eq!(filled, Some(Filled { from: at(-9_000), to: at(9_000) }));
    }

    #[test]
    fn what_is_older_than_any_window_begins_anew() {
        let filled = Some(Filled { from: at(-9_000), to: at(0) });
        let (stretches, filled) = asked(QueryKind::Samples, filled, (3_600, 9_000), HOUR);
        assert_eq!(stretches, [(5_400, 9_000), (3_600, 5_400)]);
        assert_eq!(filled, Some(Filled { from: at(3_600), to: at(9_000) }));
    }

    #[test]
    fn pieces_become_smaller_until_a_minute() {
        let mut chunk = Some(HOUR);
        let mut sizes = Vec::new();
        while let Some(size) = chunk {
            sizes.push(size.as_secs());
            chunk = smaller_chunk(size);
        }
        assert_eq!(sizes, [3600, 1800, 900, 450, 225, 112, 60]);
        let (stretches, filled) = asked(QueryKind::Values, None, (-300, 0), CHUNK_LEAST);
        assert_eq!(stretches.len(), 4, "{stretches:?}");
        assert_eq!(filled, Some(Filled { from: at(-300), to: at(-60) }));
    }
}
