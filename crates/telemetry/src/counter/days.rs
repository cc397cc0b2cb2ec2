//! A counter's days as they are at one moment, for whoever keeps sums of them: each can be told from what it was before
//! without being read, and read minute by minute.

use std::ops::Range;
use std::sync::{Arc, Weak};

use ippo_base::MinuteRange;

use super::change::Change;
use super::day_file::DayFile;
use super::history::{DayState, FiledDay};
use super::{Counter, CounterSpec, Counts, Day, Remark, Verdict, minutes_of_day};

/// The days of a counter that a range touches, as they are at one moment.
#[derive(Debug, Clone)]
pub struct CounterDays {
    /// Counted up with each new predicate or repeated back-fill.
    pub generation: u64,
    /// Whether stored rows are still being counted.
    pub backfilling: bool,
    /// Those with rows, ascending.
    pub days: Vec<CounterDay>,
    /// Minutes of these days that this generation cannot speak for; of the first one the whole, so that whoever begins in it at
    /// another minute is told the same of it.
    pub unmeasured: Vec<MinuteRange>,
    /// What could not be counted, and in which of the minutes of the range last; of a counter over metrics alone.
    pub remarks: Vec<Remark>,
}

/// One UTC day of a counter. Keeps the day as it is now: whoever holds it for long makes the store copy it when it changes.
#[derive(Debug, Clone)]
pub struct CounterDay {
    day: u32,
    state: DayState,
    telling: Telling,
}

/// Which state of a day this was. Keeps nothing of it.
#[derive(Debug, Clone)]
pub struct DayMark {
    telling: Telling,
    state: StateMark,
}

#[derive(Debug, Clone)]
enum StateMark {
    InMemory(Weak<Day>),
    InFile(Weak<DayFile>, u32, Option<Weak<Change>>),
}

/// The counts of a day, read.
#[derive(Debug, Clone)]
pub struct ReadDay {
    day: Arc<Day>,
    telling: Telling,
}

/// How counts are made of the sums of a minute.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Telling {
    /// They are.
    AsTheyAre,
    /// The first is what is good of the second.
    GoodOfAll,
    /// The first is what is bad of the second.
    BadOfAll,
}

impl Telling {
    pub(crate) fn of(spec: &CounterSpec) -> Self {
        match spec.verdict {
            Verdict::GoodIncrease(_) => Self::GoodOfAll,
            Verdict::BadIncrease(_) => Self::BadOfAll,
            Verdict::Good(_)
            | Verdict::Bad(_)
            | Verdict::All
            | Verdict::Observations { .. }
            | Verdict::Threshold { .. } => Self::AsTheyAre,
        }
    }

    /// What the sums of a minute say. More in the part than in the total is no answer: all of it is unknown.
    pub(crate) fn told(self, sums: Counts) -> Counts {
        let Counts { good: part, bad: total, .. } = sums;
        match self {
            Self::AsTheyAre => sums,
            Self::GoodOfAll | Self::BadOfAll if part > total => Counts { unknown: part, ..Counts::default() },
            Self::GoodOfAll => Counts { good: part, bad: total - part, unknown: 0 },
            Self::BadOfAll => Counts { good: total - part, bad: part, unknown: 0 },
        }
    }

    /// Whether the sums of a minute contradict each other: more is good, or bad, than there is at all.
    pub(crate) fn is_broken(self, sums: Counts) -> bool {
        self != Self::AsTheyAre && sums.good > sums.bad
    }
}

impl Counter {
    /// The days that a range touches.
    pub fn days_of(&self, range: MinuteRange) -> CounterDays {
        let telling = Telling::of(&self.spec);
        let day = |(day, state): (u32, &DayState)| CounterDay { day, state: state.clone(), telling };
        let first = minutes_of_day(range.from.day()).from;
        let unmeasured = self.unmeasured.iter().filter(|gap| gap.from < range.to && first < gap.to);
        let remarks = self.kept.iter().flat_map(|kept| kept.remarks());
        CounterDays {
            generation: self.generation,
            backfilling: self.status().backfilling,
            days: self.history.of(range).map(day).collect(),
            unmeasured: unmeasured.copied().collect(),
            remarks: remarks.filter(|(_, at)| range.contains(*at)).map(|(remark, _)| remark).collect(),
        }
    }
}

impl CounterDay {
    /// Days since the epoch.
    pub fn day(&self) -> u32 {
        self.day
    }

    /// Whether no disk is waited for to read it.
    pub fn is_in_memory(&self) -> bool {
        matches!(self.state, DayState::InMemory(..))
    }

    /// Which state of the day this is.
    pub fn mark(&self) -> DayMark {
        let state = match &self.state {
            DayState::InMemory(day, _) => StateMark::InMemory(Arc::downgrade(day)),
            DayState::InFile(filed, change) => {
                let (file, place) = filed.mark();
                StateMark::InFile(file, place, change.as_ref().map(Arc::downgrade))
            }
        };
        DayMark { telling: self.telling, state }
    }

    /// Whether nothing has changed since that mark was made. A day that went from memory to a file since then counts as
    /// changed.
    pub fn is_as_marked(&self, mark: &DayMark) -> bool {
        let is_same = match (&self.state, &mark.state) {
            (DayState::InMemory(day, _), StateMark::InMemory(then)) => is_same(day, then),
            (DayState::InFile(filed, change), StateMark::InFile(file, place, then)) => {
                let (now_in, now_at) = filed.mark();
                let same_change = match (change, then) {
                    (None, None) => true,
                    (Some(change), Some(then)) => is_same(change, then),
                    (Some(_), None) | (None, Some(_)) => false,
                };
                now_in.ptr_eq(file) && now_at == *place && same_change
            }
            (DayState::InMemory(..), StateMark::InFile(..))
            | (DayState::InFile(..), StateMark::InMemory(..)) => false,
        };
        is_same && self.telling == mark.telling
    }

    /// Its counts. Waits for a disk, if a file has them.
    ///
    /// # Errors
    /// Why they cannot be read, for people.
    pub fn read(&self) -> Result<ReadDay, String> {
        match self.state.read() {
            Ok(day) => Ok(ReadDay { day, telling: self.telling }),
            Err(reason) => Err(self.state.tell(&reason)),
        }
    }
}

impl ReadDay {
    /// Calls `each` with the minutes of a stretch of the day that have rows, ascending: minutes since midnight UTC, what they
    /// count, and whether their sums contradict each other, so that all of it is unknown.
    pub fn visit(&self, stretch: Range<u16>, mut each: impl FnMut(u16, Counts, bool)) {
        for (minute, sums) in self.day.within(stretch) {
            each(minute, self.telling.told(sums), self.telling.is_broken(sums));
        }
    }
}

/// Whether a pointer is to the very same thing. While the weak one is there, nothing else can have its place.
fn is_same<T>(strong: &Arc<T>, weak: &Weak<T>) -> bool {
    std::ptr::eq(Arc::as_ptr(strong), weak.as_ptr())
}

impl FiledDay {
    fn mark(&self) -> (Weak<DayFile>, u32) {
        (Arc::downgrade(&self.file), self.place.offset)
    }
}

#[cfg(test)]
mod tests {
    use ippo_base::Minute;

    use super::super::{Filling, History};
    use super::*;
    use crate::expr::Expr;
    use crate::signal::Signal;

    fn days(history: &History) -> Vec<CounterDay> {
        let range = MinuteRange { from: Minute(0), to: Minute(u32::MAX) };
        let day = |(day, state): (u32, &DayState)| CounterDay {
            day,
            state: state.clone(),
            telling: Telling::AsTheyAre,
        };
        history.of(range).map(day).collect()
    }

    #[test]
    fn a_mark_tells_whether_a_day_changed_and_keeps_nothing_of_it() {
        let one = Counts { good: 1, ..Counts::default() };
        let mut history = History::default();
        history.add(Minute(5), one);
        history.add(Minute(1440), one);
        let marks: Vec<DayMark> = days(&history).iter().map(CounterDay::mark).collect();
        let same = |history: &History| -> Vec<bool> {
            days(history).iter().zip(&marks).map(|(day, mark)| day.is_as_marked(mark)).collect()
        };
        assert_eq!(same(&history), [true, true]);
        history.add(Minute(6), one);
        assert_eq!(same(&history), [false, true], "in the place where it was, and another one nevertheless");
        drop(history);
        let StateMark::InMemory(day) = &marks[1].state else { panic!("it is in memory") };
        assert!(day.upgrade().is_none());
    }

    #[test]
    fn whoever_begins_in_a_day_is_told_all_gaps_of_it() {
        let range = |from, to| MinuteRange { from: Minute(from), to: Minute(to) };
        let gap = range(1_500, 1_510);
        let counter = Counter {
            spec: CounterSpec {
                signal: Signal::Spans,
                total: Expr::parse("error", Signal::Spans).expect("valid"),
                verdict: Verdict::All,
            },
            generation: 1,
            history: History::default(),
            filling: Filling::Complete,
            unmeasured: vec![range(0, 1_440), gap],
            kept: None,
        };
        for from in [1_440, 1_505, 2_000, 2_879] {
            assert_eq!(counter.days_of(range(from, 5_000)).unmeasured, [gap], "from {from} on");
        }
        assert_eq!(counter.days_of(range(2_880, 5_000)).unmeasured, []);
    }

    #[test]
    fn a_day_is_visited_from_where_it_is_asked() {
        let mut history = History::default();
        for minute in [3, 5, 9, 1439] {
            history.add(Minute(minute), Counts { good: 2, bad: 1, unknown: 0 });
        }
        let mut day = days(&history).remove(0);
        let visited = |day: &CounterDay, stretch| {
            let mut found = Vec::new();
            day.read()
                .expect("in memory")
                .visit(stretch, |minute, counts, broken| found.push((minute, counts.bad, broken)));
            found
        };
        assert_eq!(visited(&day, 4..9), [(5, 1, false)]);
        assert_eq!(visited(&day, 0..1440).len(), 4);
        assert_eq!(visited(&day, 6..6), []);
        day.telling = Telling::BadOfAll;
        assert_eq!(visited(&day, 9..1440), [(9, 0, true), (1439, 0, true)]);
    }
}
