//! A counter's days: the newest in memory, the others in files, with what came to them since.

use std::collections::BTreeMap;
use std::collections::btree_map::Entry;
use std::sync::Arc;

use ippo_base::{Minute, MinuteRange};

use super::change::{Change, Shift, shift, shifted};
use super::day_file::{DayFile, DayWriter, Place};
use super::{Counts, Day, Series};
use crate::named::Unusable;

/// Days of a counter that stay in memory; few in tests, so that there are others.
const DAYS_IN_MEMORY: usize = if cfg!(test) { 1 } else { 3 };

/// One UTC day of a counter.
#[derive(Debug, Clone)]
pub(crate) enum DayState {
    /// All of it.
    InMemory(Arc<Day>),
    /// A file has it.
    InFile(FiledDay),
}

/// A day that a file has.
#[derive(Debug, Clone)]
pub(crate) struct FiledDay {
    file: Arc<DayFile>,
    place: Place,
    /// What came since it was written.
    change: Option<Arc<Change>>,
}

/// One counter's counts. Cloning is cheap: days are shared until one side changes them.
#[derive(Debug, Clone, Default)]
pub struct History {
    days: BTreeMap<u32, DayState>,
}

impl FiledDay {
    pub(crate) fn new(file: Arc<DayFile>, place: Place) -> Self {
        Self { file, place, change: None }
    }

    fn read(&self) -> Result<Day, Unusable> {
        let day = self.file.read(&self.place)?;
        Ok(match &self.change {
            Some(change) => change.of(day),
            None => day,
        })
    }

    fn change(&mut self, of_day: u16, by: Shift) {
        let change = Arc::make_mut(self.change.get_or_insert_default());
        change.add(of_day, by);
        if change.is_empty() {
            self.change = None;
        }
    }
}

impl DayState {
    fn add(&mut self, of_day: u16, counts: Counts) {
        match self {
            DayState::InMemory(day) => Arc::make_mut(day).add(of_day, counts),
            DayState::InFile(filed) => filed.change(of_day, shift(Counts::default(), counts)),
        }
    }

    /// All of it. Waits for a disk, if a file has it.
    pub(crate) fn read(&self) -> Result<Arc<Day>, Unusable> {
        match self {
            DayState::InMemory(day) => Ok(day.clone()),
            DayState::InFile(filed) => filed.read().map(Arc::new),
        }
    }

    /// The same, and says once why that cannot be.
    fn read_or_tell(&self) -> Result<Arc<Day>, String> {
        match self {
            DayState::InMemory(day) => Ok(day.clone()),
            DayState::InFile(filed) => filed.read().map(Arc::new).map_err(|reason| {
                filed.file.tell(&reason);
                format!("{}: {reason}", filed.file.path())
            }),
        }
    }

    /// Whether there is anything in it that the file of before does not have.
    pub(crate) fn is_changed(&self, before: Option<&DayState>) -> bool {
        match (self, before) {
            (DayState::InFile(filed), _) => filed.change.is_some(),
            (DayState::InMemory(now), Some(DayState::InMemory(before))) => !Arc::ptr_eq(now, before),
            (DayState::InMemory(_), Some(DayState::InFile(_)) | None) => true,
        }
    }

    /// Puts it into a file in the making. Whether what the file of before has of it is lost, for which there is a reason.
    ///
    /// # Errors
    /// When the disk did not give it, and may do the next time.
    pub(crate) fn write(
        &self,
        writer: &mut DayWriter,
        key: &str,
        generation: u64,
    ) -> Result<Option<String>, std::io::Error> {
        let filed = match self {
            DayState::InMemory(day) => {
                writer.add(key, generation, day);
                return Ok(None);
            }
            DayState::InFile(filed) => filed,
        };
        let written = match &filed.change {
            None => filed.file.packed(&filed.place).map(|packed| {
                writer.add_packed(key, generation, filed.place.sum, &packed);
            }),
            Some(_) => filed.read().map(|day| add_any(writer, key, generation, &day)),
        };
        match written {
            Ok(()) => Ok(None),
            Err(Unusable::Failed(error)) if filed.file.may_be_asked_again() => Err(error),
            Err(reason) => {
                filed.file.tell(&reason);
                let rest = filed.change.as_ref().map(|change| change.of(Day::default()));
                rest.iter().for_each(|day| add_any(writer, key, generation, day));
                Ok(Some(format!("{}: {reason}", filed.file.path())))
            }
        }
    }
}

fn add_any(writer: &mut DayWriter, key: &str, generation: u64, day: &Day) {
    if !day.is_empty() {
        writer.add(key, generation, day);
    }
}

impl History {
    /// Adds rows to a minute.
    pub fn add(&mut self, minute: Minute, counts: Counts) {
        if counts.total() == 0 {
            return;
        }
        let vacant = || DayState::InMemory(Arc::default());
        self.days.entry(minute.day()).or_insert_with(vacant).add(of_day(minute), counts);
    }

    /// Changes the counts of a minute.
    pub(crate) fn shift(&mut self, minute: Minute, by: Shift) {
        let vacant = || DayState::InMemory(Arc::default());
        match self.days.entry(minute.day()).or_insert_with(vacant) {
            DayState::InMemory(day) => {
                let day = Arc::make_mut(day);
                day.set(of_day(minute), shifted(day.at(of_day(minute)), by));
                if day.is_empty() {
                    self.days.remove(&minute.day());
                }
            }
            DayState::InFile(filed) => filed.change(of_day(minute), by),
        }
    }

    /// Adds all of a series.
    pub(crate) fn merge(&mut self, series: &Series) {
        for (day, counts) in series.days() {
            match self.days.entry(day) {
                Entry::Vacant(vacant) => drop(vacant.insert(DayState::InMemory(counts.clone()))),
                Entry::Occupied(mut known) => {
                    for (minute, counts) in counts.iter() {
                        known.get_mut().add(minute, counts);
                    }
                }
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
        self.days.insert(day, state);
    }

    /// Lets a day go.
    pub(crate) fn remove(&mut self, day: u32) {
        self.days.remove(&day);
    }

    /// The first of the newest days, which stay in memory.
    pub(crate) fn first_in_memory(&self) -> Option<u32> {
        let mut days = self.days.keys();
        days.clone().nth_back(DAYS_IN_MEMORY - 1).or_else(|| days.next()).copied()
    }

    /// Bytes of days in memory that belong into files.
    pub(crate) fn bytes_for_files(&self) -> usize {
        let Some(first) = self.first_in_memory() else { return 0 };
        let bytes = self.days.range(..first).map(|(_, state)| match state {
            DayState::InMemory(day) => day.bytes(),
            DayState::InFile(_) => 0,
        });
        bytes.sum()
    }

    /// The days that a range touches, to be read without whoever changes them.
    pub(crate) fn of(&self, range: MinuteRange) -> Vec<(u32, DayState)> {
        let days = range.from.day()..=range.to.day();
        self.days.range(days).map(|(day, state)| (*day, state.clone())).collect()
    }

    /// What there is of some days. Waits for a disk.
    pub(crate) fn series(&self, days: impl IntoIterator<Item = u32>) -> Result<Series, Unusable> {
        let mut series = Series::default();
        for day in days {
            if let Some(state) = self.days.get(&day) {
                series.put(day, state.read()?);
            }
        }
        Ok(series)
    }

    /// Reads a day from the file that was written of it as it was `then`; `place` is nothing if nothing is left of it.
    pub(crate) fn is_in_file(&mut self, day: u32, then: &History, file: &Arc<DayFile>, place: Option<Place>) {
        let (Some(now), Some(written)) = (self.days.get_mut(&day), then.days.get(&day)) else { return };
        let is_old = then.first_in_memory().is_some_and(|first| day < first);
        match (now, written) {
            (DayState::InMemory(now), DayState::InMemory(written)) => {
                // One that changed meanwhile is written again first.
                if let Some(place) = place.filter(|_| is_old && Arc::ptr_eq(now, written)) {
                    self.days.insert(day, DayState::InFile(FiledDay::new(file.clone(), place)));
                }
            }
            (DayState::InFile(now), DayState::InFile(written)) => {
                let change = match (now.change.take(), &written.change) {
                    (Some(now), Some(written)) => Some(Arc::unwrap_or_clone(now).without(written)),
                    (Some(now), None) => Some(Arc::unwrap_or_clone(now)),
                    (None, Some(written)) => Some(Change::default().without(written)),
                    (None, None) => None,
                };
                let change = change.filter(|change| !change.is_empty());
                match place {
                    Some(place) => {
                        let (file, change) = (file.clone(), change.map(Arc::new));
                        *now = FiledDay { file, place, change };
                    }
                    None => {
                        let day_left = change.map(|change| change.of(Day::default()));
                        match day_left.filter(|left| !left.is_empty()) {
                            Some(left) => drop(self.days.insert(day, DayState::InMemory(Arc::new(left)))),
                            None => drop(self.days.remove(&day)),
                        }
                    }
                }
            }
            (DayState::InMemory(_), DayState::InFile(_)) | (DayState::InFile(_), DayState::InMemory(_)) => {}
        }
    }

    /// Forgets whole days before `day`. Whether there were any.
    pub(crate) fn forget_before(&mut self, day: u32) -> bool {
        let kept = self.days.split_off(&day);
        !std::mem::replace(&mut self.days, kept).is_empty()
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
            match state.read_or_tell() {
                Ok(counts) => {
                    let counts = counts.iter().map(|(minute, counts)| (minute_of(*day, minute), counts));
                    minutes.counts.extend(counts.filter(|(minute, _)| range.contains(*minute)));
                }
                Err(reason) => minutes.unreadable.push((*day, reason)),
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
