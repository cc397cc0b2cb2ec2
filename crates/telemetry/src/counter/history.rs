//! A counter's days: the newest in memory, the others in files, with what came to them since.

use std::collections::BTreeMap;
use std::io;
use std::sync::Arc;

use ippo_base::{Minute, MinuteRange};

use super::change::{Change, Shift, shift, shifted};
use super::day_file::{DayFile, DayWriter, Place};
use super::{Counts, Day, Series};
use crate::named::Unusable;

/// Days of a counter that stay in memory: of the last three times 24 hours, which touch four, nothing is read from a disk, also
/// when the next day has begun for rows of the near future. Fewer in tests, so that there are others.
pub const DAYS_IN_MEMORY: usize = if cfg!(test) { 1 } else { 5 };

/// One UTC day of a counter.
#[derive(Debug, Clone)]
pub(crate) enum DayState {
    /// All of it, and the file that has the same, if one has.
    InMemory(Arc<Day>, Option<FiledDay>),
    /// A file has it, without what came since it was written.
    InFile(FiledDay, Option<Arc<Change>>),
}

/// Where a file has a day.
#[derive(Debug, Clone)]
pub(crate) struct FiledDay {
    pub(super) file: Arc<DayFile>,
    pub(super) place: Place,
}

/// What became of a day that was to be written.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Written {
    /// The new file has it.
    Whole,
    /// Nothing is left of it, or only what came since the file was written: what that one had is lost.
    Lost(String),
}

/// One counter's counts. Cloning is cheap: all is shared until one side changes it.
#[derive(Debug, Clone, Default)]
pub struct History {
    days: Arc<BTreeMap<u32, DayState>>,
}

impl FiledDay {
    pub(crate) fn new(file: Arc<DayFile>, place: Place) -> Self {
        Self { file, place }
    }
}

impl DayState {
    /// All of it. Waits for a disk, if a file has it.
    pub(crate) fn read(&self) -> Result<Arc<Day>, Unusable> {
        let (filed, change) = match self {
            DayState::InMemory(day, _) => return Ok(day.clone()),
            DayState::InFile(filed, change) => (filed, change),
        };
        let day = filed.file.read(&filed.place)?;
        Ok(Arc::new(match change {
            Some(change) => change.of(day),
            None => day,
        }))
    }

    /// Whether no file has all of it, or the one that has it is damaged somewhere.
    pub(crate) fn is_changed(&self) -> bool {
        match self {
            DayState::InMemory(_, filed) => filed.is_none(),
            DayState::InFile(filed, change) => change.is_some() || filed.file.is_damaged(),
        }
    }

    /// Says why it cannot be read: once in the log, and to whoever asked.
    pub(super) fn tell(&self, reason: &Unusable) -> String {
        let file = self.file();
        file.iter().for_each(|file| file.tell(reason));
        format!("{}: {reason}", file.map_or("", DayFile::path))
    }

    /// The file it would be read from.
    fn file(&self) -> Option<&DayFile> {
        match self {
            DayState::InMemory(..) => None,
            DayState::InFile(filed, _) => Some(&filed.file),
        }
    }

    /// Puts it into a file in the making.
    ///
    /// # Errors
    /// When the disk did not give what a file has of it, and may do the next time.
    pub(crate) fn write(&self, writer: &mut DayWriter, key: &str, generation: u64) -> io::Result<Written> {
        let (filed, change) = match self {
            DayState::InMemory(day, _) => {
                writer.add(key, generation, day);
                return Ok(Written::Whole);
            }
            DayState::InFile(filed, change) => (filed, change),
        };
        let put = |writer: &mut DayWriter, day: &Day| {
            if !day.is_empty() {
                writer.add(key, generation, day);
            }
        };
        let lost = match change {
            None => match filed.file.packed(&filed.place) {
                Ok(packed) => {
                    writer.add_packed(key, generation, filed.place.sum, &packed);
                    return Ok(Written::Whole);
                }
                Err(error) => error,
            },
            Some(change) => match filed.file.read(&filed.place) {
                Ok(day) => {
                    put(writer, &change.of(day));
                    return Ok(Written::Whole);
                }
                Err(error) => error,
            },
        };
        match lost {
            Unusable::Failed(error) if filed.file.may_be_asked_again(&error) => Err(error),
            lost => {
                filed.file.give_up();
                change.iter().for_each(|change| put(writer, &change.of(Day::default())));
                Ok(Written::Lost(lost.to_string()))
            }
        }
    }

    fn add(&mut self, of_day: u16, counts: Counts) {
        match self {
            DayState::InMemory(day, filed) => {
                Arc::make_mut(day).add(of_day, counts);
                *filed = None;
            }
            DayState::InFile(_, change) => add_to(change, of_day, shift(Counts::default(), counts)),
        }
    }
}

impl Default for DayState {
    fn default() -> Self {
        DayState::InMemory(Arc::default(), None)
    }
}

fn add_to(change: &mut Option<Arc<Change>>, of_day: u16, by: Shift) {
    let sum = Arc::make_mut(change.get_or_insert_default());
    sum.add(of_day, by);
    if sum.is_empty() {
        *change = None;
    }
}

impl History {
    /// Adds rows to a minute.
    pub fn add(&mut self, minute: Minute, counts: Counts) {
        if counts.total() > 0 {
            self.changed().entry(minute.day()).or_default().add(of_day(minute), counts);
        }
    }

    /// Changes the counts of a minute.
    pub(crate) fn shift(&mut self, minute: Minute, by: Shift) {
        let days = self.changed();
        let was_there = days.contains_key(&minute.day());
        match days.entry(minute.day()).or_default() {
            DayState::InMemory(day, filed) => {
                let day = Arc::make_mut(day);
                day.set(of_day(minute), shifted(day.at(of_day(minute)), by));
                *filed = None;
                // One that became empty stays: a file may have what it had, and must be written again.
                if day.is_empty() && !was_there {
                    days.remove(&minute.day());
                }
            }
            DayState::InFile(_, change) => add_to(change, of_day(minute), by),
        }
    }

    /// Adds all of a series.
    pub(crate) fn merge(&mut self, series: &Series) {
        let days = self.changed();
        for (day, counts) in series.days() {
            match days.get_mut(&day) {
                None => drop(days.insert(day, DayState::InMemory(counts.clone(), None))),
                Some(known) => counts.iter().for_each(|(minute, counts)| known.add(minute, counts)),
            }
        }
    }

    /// Days since the epoch and what there is of them, ascending.
    pub(crate) fn days(&self) -> impl Iterator<Item = (u32, &DayState)> {
        self.days.iter().map(|(day, state)| (*day, state))
    }

    /// One day.
    pub(crate) fn day(&self, day: u32) -> Option<&DayState> {
        self.days.get(&day)
    }

    /// Puts a day in the place of what is there.
    pub(crate) fn put(&mut self, day: u32, state: DayState) {
        self.changed().insert(day, state);
    }

    /// Lets a day go.
    pub(crate) fn remove(&mut self, day: u32) {
        self.changed().remove(&day);
    }

    /// The newest days, which stay in memory, ascending.
    pub(crate) fn newest(&self) -> Vec<u32> {
        let mut newest: Vec<u32> = self.days.keys().rev().take(DAYS_IN_MEMORY).copied().collect();
        newest.reverse();
        newest
    }

    /// Bytes of days in memory that no file has, but for the newest.
    pub(crate) fn bytes_for_files(&self) -> usize {
        let older = self.days.values().rev().skip(DAYS_IN_MEMORY);
        let bytes = older.map(|state| match state {
            DayState::InMemory(day, None) => day.bytes(),
            DayState::InMemory(_, Some(_)) | DayState::InFile(..) => 0,
        });
        bytes.sum()
    }

    /// Reads from files what is old and was in memory, where files have it.
    pub(crate) fn let_go(&mut self) {
        let is_kept = |state: &&DayState| matches!(state, DayState::InMemory(_, Some(_)));
        if !self.days.values().rev().skip(DAYS_IN_MEMORY).any(|state| is_kept(&state)) {
            return;
        }
        for state in self.changed().values_mut().rev().skip(DAYS_IN_MEMORY) {
            if let DayState::InMemory(_, filed) = state
                && let Some(filed) = filed.take()
            {
                *state = DayState::InFile(filed, None);
            }
        }
    }

    /// The days that a range touches, to be read without whoever changes them.
    pub(crate) fn of(&self, range: MinuteRange) -> impl Iterator<Item = (u32, &DayState)> {
        let (from, to) = (range.from.day(), range.to.minus(1).day());
        // Of a range that ends before it begins, none.
        self.days
            .range(from..=to.max(from))
            .filter(move |_| !range.is_empty())
            .map(|(day, state)| (*day, state))
    }

    /// What there is of a day, as a series. Waits for a disk.
    pub(crate) fn series(&self, day: u32) -> Result<Series, Unusable> {
        let mut series = Series::default();
        if let Some(state) = self.days.get(&day) {
            series.put(day, state.read()?);
        }
        Ok(series)
    }

    /// A file was written of a day as it was `then`, and has it at `place`; nothing of it, if there is none.
    pub(crate) fn was_filed(&mut self, day: u32, then: &History, filed: Option<FiledDay>) {
        let Some(written) = then.days.get(&day) else { return };
        let days = self.changed();
        let Some(now) = days.get_mut(&day) else { return };
        match (&mut *now, written) {
            (DayState::InMemory(now, same), DayState::InMemory(written, _)) => {
                // One that changed meanwhile is written again.
                *same = filed.filter(|_| Arc::ptr_eq(now, written));
            }
            (DayState::InFile(_, change), DayState::InFile(_, written)) => {
                let left = Change::between(written.as_deref(), change.as_deref());
                match (filed, left) {
                    (Some(filed), left) => *now = DayState::InFile(filed, left.map(Arc::new)),
                    (None, Some(left)) => *now = DayState::InMemory(Arc::new(left.of(Day::default())), None),
                    (None, None) => drop(days.remove(&day)),
                }
            }
            // No day that was written from a file comes back into memory meanwhile, nor the other way round.
            (DayState::InMemory(..), DayState::InFile(..))
            | (DayState::InFile(..), DayState::InMemory(..)) => {}
        }
    }

    /// Forgets whole days before `day`. Whether there were any.
    pub(crate) fn forget_before(&mut self, day: u32) -> bool {
        if self.days.first_key_value().is_none_or(|(first, _)| *first >= day) {
            return false;
        }
        let days = self.changed();
        *days = days.split_off(&day);
        true
    }

    fn changed(&mut self) -> &mut BTreeMap<u32, DayState> {
        Arc::make_mut(&mut self.days)
    }
}

/// The minutes of a range, from days that were taken out of a history.
#[derive(Debug, Default)]
pub(super) struct Minutes {
    pub(super) counts: Vec<(Minute, Counts)>,
    /// Days that cannot be read, and why.
    pub(super) unreadable: Vec<(u32, String)>,
}

impl Minutes {
    /// Waits for a disk, where files have them.
    pub(super) fn read(days: &[(u32, DayState)], range: MinuteRange) -> Self {
        let mut minutes = Self::default();
        for (day, state) in days {
            match state.read() {
                Ok(counts) => {
                    let counts = counts.iter().map(|(minute, counts)| (minute_of(*day, minute), counts));
                    minutes.counts.extend(counts.filter(|(minute, _)| range.contains(*minute)));
                }
                Err(reason) => minutes.unreadable.push((*day, state.tell(&reason))),
            }
        }
        minutes
    }
}

/// Minutes since midnight.
pub(super) fn of_day(minute: Minute) -> u16 {
    u16::try_from(minute.of_day()).expect("a day has 1440 minutes")
}

/// A minute of a day since the epoch.
pub(super) fn minute_of(day: u32, of_day: u16) -> Minute {
    Minute(day * ippo_base::time::MINUTES_PER_DAY + u32::from(of_day))
}
