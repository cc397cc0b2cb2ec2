//! From points to increases: what was added in which time, series by series, before anything is summed.
//!
//! A cumulative series began anew where its start lies after the point before, or where its value fell. Then what came
//! before is kept, and the new value counts from zero.

use super::Temporality;

/// What became of a value since an earlier one of the same series.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Growth<T> {
    /// So much was added.
    By(T),
    /// It fell: the series began anew.
    Fell,
    /// The two cannot be compared.
    Unlike,
}

impl<T> Growth<T> {
    pub(crate) fn map<U>(self, change: impl FnOnce(T) -> U) -> Growth<U> {
        match self {
            Growth::By(value) => Growth::By(change(value)),
            Growth::Fell => Growth::Fell,
            Growth::Unlike => Growth::Unlike,
        }
    }
}

/// A value that only grows while its series goes on.
pub(crate) trait Growing: Clone {
    fn since(&self, earlier: &Self) -> Growth<Self>;
}

impl Growing for f64 {
    fn since(&self, earlier: &Self) -> Growth<Self> {
        if self < earlier { Growth::Fell } else { Growth::By(self - earlier) }
    }
}

/// A point with a value.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Sample<T> {
    pub(crate) time: i64,
    pub(crate) start: Option<i64>,
    pub(crate) value: T,
}

/// What was added from a time to another. It belongs to the step that holds `to`.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Increase<T> {
    pub(crate) to: i64,
    pub(crate) by: T,
}

/// What kept points from being increases.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Oddities {
    /// Increases over so long a time that no step can be said to hold them.
    pub(crate) unplaced: u64,
    /// Points whose buckets do not fit those of the point before.
    pub(crate) unlike: u64,
    /// Points of a series that several senders write at once.
    pub(crate) contested: u64,
    /// Points of a sum whose sender does not say how they follow each other.
    pub(crate) unsaid: u64,
}

/// The increases of one series, whose samples ascend by time. One that took longer than `longest` nanoseconds is left
/// out and counted.
pub(crate) fn increases<T: Growing>(
    samples: &[Sample<T>],
    temporality: Temporality,
    longest: i64,
    odd: &mut Oddities,
) -> Vec<Increase<T>> {
    let mut before: Option<&Sample<T>> = None;
    let mut found = Vec::new();
    for sample in samples {
        found.extend(increase(before, sample, temporality, longest, odd));
        before = Some(sample);
    }
    found
}

/// What a sample adds to the one before it, if there is one.
pub(crate) fn increase<T: Growing>(
    before: Option<&Sample<T>>,
    sample: &Sample<T>,
    temporality: Temporality,
    longest: i64,
    odd: &mut Oddities,
) -> Option<Increase<T>> {
    match temporality {
        Temporality::Unsaid => {
            odd.unsaid += 1;
            None
        }
        Temporality::Delta => of_delta(sample, longest, odd),
        Temporality::Cumulative => of_cumulative(before, sample, longest, odd),
    }
}

fn of_delta<T: Growing>(sample: &Sample<T>, longest: i64, odd: &mut Oddities) -> Option<Increase<T>> {
    let took = sample.start.map_or(0, |start| sample.time.saturating_sub(start));
    if took > longest {
        odd.unplaced += 1;
        return None;
    }
    Some(Increase { to: sample.time, by: sample.value.clone() })
}

fn of_cumulative<T: Growing>(
    before: Option<&Sample<T>>,
    sample: &Sample<T>,
    longest: i64,
    odd: &mut Oddities,
) -> Option<Increase<T>> {
    let Some(before) = before else {
        // A start at the point itself says that the real one is not known: a value to count from.
        let start = sample.start.filter(|start| *start < sample.time)?;
        // One that began long ago was read from its middle on.
        let began = sample.time.saturating_sub(start) <= longest;
        return began.then(|| Increase { to: sample.time, by: sample.value.clone() });
    };
    let starts = sample.start.zip(before.start);
    if starts.is_some_and(|(now, then)| now < then) {
        odd.contested += 1;
        return None;
    }
    let restarted = starts.is_some_and(|(now, then)| now > then && now >= before.time);
    let (from, by) = match sample.value.since(&before.value) {
        _ if restarted => {
            let start = sample.start.filter(|start| *start < sample.time)?;
            (start, sample.value.clone())
        }
        Growth::By(by) => (before.time, by),
        Growth::Fell => (before.time, sample.value.clone()),
        Growth::Unlike => {
            odd.unlike += 1;
            return None;
        }
    };
    if sample.time.saturating_sub(from) > longest {
        odd.unplaced += 1;
        return None;
    }
    Some(Increase { to: sample.time, by })
}
