//! The minutes of one UTC day that have rows: a column a count, as wide as its largest.

use std::ops::Range;

use super::Counts;

/// Minutes of a UTC day and their counts, ascending, none of them zero.
#[derive(Debug, Clone, Default)]
pub struct Day {
    /// Since midnight.
    minutes: Vec<u16>,
    good: Column,
    bad: Column,
    unknown: Column,
}

/// One count of each minute.
#[derive(Debug, Clone, Default)]
enum Column {
    /// All are zero.
    #[default]
    Zero,
    Narrow(Vec<u32>),
    Wide(Vec<u64>),
}

impl Column {
    fn get(&self, at: usize) -> u64 {
        match self {
            Column::Zero => 0,
            Column::Narrow(counts) => u64::from(counts[at]),
            Column::Wide(counts) => counts[at],
        }
    }

    fn set(&mut self, at: usize, len: usize, count: u64) {
        self.widen(len, count);
        match self {
            Column::Zero => {}
            Column::Narrow(counts) => counts[at] = narrow(count),
            Column::Wide(counts) => counts[at] = count,
        }
    }

    fn insert(&mut self, at: usize, len: usize, count: u64) {
        self.widen(len, count);
        match self {
            Column::Zero => {}
            Column::Narrow(counts) => counts.insert(at, narrow(count)),
            Column::Wide(counts) => counts.insert(at, count),
        }
    }

    fn remove(&mut self, at: usize) {
        match self {
            Column::Zero => {}
            Column::Narrow(counts) => drop(counts.remove(at)),
            Column::Wide(counts) => drop(counts.remove(at)),
        }
    }

    /// Makes room in each of its `len` places for a count like this.
    fn widen(&mut self, len: usize, count: u64) {
        if count > 0 && matches!(self, Column::Zero) {
            *self = Column::Narrow(vec![0; len]);
        }
        if let Column::Narrow(counts) = self
            && u32::try_from(count).is_err()
        {
            *self = Column::Wide(counts.iter().map(|count| u64::from(*count)).collect());
        }
    }

    fn bytes(&self) -> usize {
        match self {
            Column::Zero => 0,
            Column::Narrow(counts) => counts.capacity() * size_of::<u32>(),
            Column::Wide(counts) => counts.capacity() * size_of::<u64>(),
        }
    }
}

fn narrow(count: u64) -> u32 {
    u32::try_from(count).expect("the column was made wide enough")
}

impl Day {
    /// Minutes since midnight UTC and their counts, ascending, none of them zero.
    pub fn iter(&self) -> impl Iterator<Item = (u16, Counts)> {
        self.minutes.iter().enumerate().map(|(at, minute)| (*minute, self.get(at)))
    }

    /// The minutes of a stretch of it and their counts, ascending.
    pub(super) fn within(&self, stretch: Range<u16>) -> impl Iterator<Item = (u16, Counts)> {
        let from = self.minutes.partition_point(|minute| *minute < stretch.start);
        let to = self.minutes.partition_point(|minute| *minute < stretch.end);
        (from..to.max(from)).map(|at| (self.minutes[at], self.get(at)))
    }

    /// Whether no minute has rows.
    pub fn is_empty(&self) -> bool {
        self.minutes.is_empty()
    }

    /// The counts of all its minutes.
    pub fn sum(&self) -> Counts {
        self.iter().fold(Counts::default(), |mut sum, (_, counts)| {
            sum.add(counts);
            sum
        })
    }

    /// What a minute holds.
    pub fn at(&self, of_day: u16) -> Counts {
        self.minutes.binary_search(&of_day).map(|at| self.get(at)).unwrap_or_default()
    }

    /// Adds rows to a minute.
    pub fn add(&mut self, of_day: u16, counts: Counts) {
        let mut sum = self.at(of_day);
        sum.add(counts);
        self.set(of_day, sum);
    }

    /// Puts the counts of a minute in the place of what is there.
    pub fn set(&mut self, of_day: u16, counts: Counts) {
        // Mostly it is the last one.
        let found = match self.minutes.last() {
            Some(last) if *last < of_day => Err(self.minutes.len()),
            _ => self.minutes.binary_search(&of_day),
        };
        let len = self.minutes.len();
        let columns =
            [(&mut self.good, counts.good), (&mut self.bad, counts.bad), (&mut self.unknown, counts.unknown)];
        match (found, counts.total()) {
            (Err(_), 0) => {}
            (Ok(at), 0) => {
                self.minutes.remove(at);
                columns.into_iter().for_each(|(column, _)| column.remove(at));
            }
            (Ok(at), _) => columns.into_iter().for_each(|(column, count)| column.set(at, len, count)),
            (Err(at), _) => {
                self.minutes.insert(at, of_day);
                columns.into_iter().for_each(|(column, count)| column.insert(at, len, count));
            }
        }
    }

    /// What it takes in memory, in bytes.
    pub(super) fn bytes(&self) -> usize {
        let counts = self.good.bytes() + self.bad.bytes() + self.unknown.bytes();
        self.minutes.capacity() * size_of::<u16>() + counts
    }

    fn get(&self, at: usize) -> Counts {
        Counts { good: self.good.get(at), bad: self.bad.get(at), unknown: self.unknown.get(at) }
    }
}

impl FromIterator<(u16, Counts)> for Day {
    fn from_iter<I: IntoIterator<Item = (u16, Counts)>>(counts: I) -> Self {
        let mut day = Day::default();
        counts.into_iter().for_each(|(minute, counts)| day.add(minute, counts));
        day
    }
}

/// By what they hold, however wide.
impl PartialEq for Day {
    fn eq(&self, other: &Self) -> bool {
        self.iter().eq(other.iter())
    }
}

impl Eq for Day {}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn a_day_holds_what_was_put_in_however_large(
            steps in proptest::collection::vec(
                (0u16..30, prop_oneof![Just(0u64), 0..5u64, Just(1 << 40)], prop_oneof![Just(0u64), 0..3u64], any::<bool>()),
                0..80,
            ),
        ) {
            let mut day = Day::default();
            let mut known: BTreeMap<u16, Counts> = BTreeMap::new();
            for (minute, good, unknown, replace) in steps {
                let counts = Counts { good, bad: good / 2, unknown };
                let entry = known.entry(minute).or_default();
                if replace {
                    day.set(minute, counts);
                    *entry = counts;
                } else {
                    day.add(minute, counts);
                    entry.add(counts);
                }
                known.retain(|_, counts| counts.total() > 0);
                prop_assert_eq!(day.iter().collect::<BTreeMap<_, _>>(), known.clone());
            }
            prop_assert_eq!(day.iter().collect::<Day>(), day);
        }
    }

    #[test]
    fn a_busy_day_of_good_and_bad_takes_ten_bytes_a_minute() {
        let counts = |minute: u16| Counts { good: 70_000, bad: u64::from(minute % 3), unknown: 0 };
        let day: Day = (0..1_440).map(|minute| (minute, counts(minute))).collect();
        let mut packed = day.clone();
        packed.minutes.shrink_to_fit();
        assert_eq!(packed.clone().bytes(), 1_440 * 10);
        assert_eq!(day, packed);
    }
}
