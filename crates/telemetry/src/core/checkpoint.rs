//! Counts as files, one a UTC day, written again when the day changed or something of the file is damaged; and one of the last points of series that counters
//! over metrics count from.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use ippo_base::disk::{Disk, SharedDisk};
use ippo_base::{Minute, MinuteRange};
use serde::Deserialize;

use super::CoreError;
use crate::counter::{
    Counter, CounterSet, CounterSpec, Counts, DayFile, DayState, DayWriter, Entry, FiledDay, Filling,
    History, KeptCounter, Written, minutes_of_day, read_index, read_kept, write_kept,
};
use crate::manifest::{CounterMeta, DayMeta, KeptMeta};
use crate::named::{self, Unusable};

/// The folder of counts below the data folder.
pub(super) const FOLDER: &str = "counters";
const MAX_RAW_BYTES: usize = 1 << 30;

/// One counter's minutes of a day, as files of before format 6 have them: minute of the day, good, bad, unknown.
#[derive(Deserialize)]
struct DayCounts {
    key: String,
    generation: u64,
    minutes: Vec<(u16, u64, u64, u64)>,
}

/// The counters that have rows on a day: keys and generations, and their counts.
type DayView<'a> = Vec<((&'a str, u64), &'a DayState)>;

/// Counters as they are, and as the files have them.
pub(super) struct Changed<'a> {
    pub(super) now: &'a CounterSet,
    pub(super) before: &'a CounterSet,
    /// What names of files carry.
    pub(super) attempt: u64,
}

/// Files of days, as a flush leaves them.
#[derive(Debug, Default)]
pub(super) struct Days {
    /// All of them.
    pub(super) files: Vec<DayMeta>,
    /// Those that were written.
    pub(super) written: Vec<WrittenDay>,
    /// Of counters, by key and generation, the days that a file had and does not give any more.
    pub(super) lost: BTreeMap<(String, u64), Vec<u32>>,
}

/// A file of a day that was written.
#[derive(Debug)]
pub(super) struct WrittenDay {
    day: u32,
    file: Arc<DayFile>,
    /// Which counter's counts are where.
    entries: Vec<Entry>,
    /// Keys and generations of those of which nothing is left.
    without: Vec<(String, u64)>,
}

impl Days {
    /// The minutes of a counter that are not measured any more.
    pub(super) fn gaps(&self, key: &str, generation: u64) -> impl Iterator<Item = MinuteRange> {
        // Mostly there is none, and no text is made.
        let of = (!self.lost.is_empty()).then(|| self.lost.get(&(key.to_owned(), generation))).flatten();
        of.into_iter().flatten().map(|day| minutes_of_day(*day))
    }
}

impl Changed<'_> {
    /// Writes the days of which files lack something, or have something that is damaged.
    pub(super) fn write_days(
        &self,
        disk: &SharedDisk,
        files: &[DayMeta],
        damaged: &BTreeSet<u32>,
    ) -> Result<Days, CoreError> {
        let mut days = Days::default();
        let mut failed = None;
        for (day, view) in by_day(self.now) {
            let file = files.iter().find(|file| file.day == day);
            let is_changed = damaged.contains(&day) || view.iter().any(|(_, state)| state.is_changed());
            match file.filter(|_| !is_changed) {
                Some(file) => days.files.push(file.clone()),
                // Each day is asked for, so that one that the disk does not give does not hold up what is to be known of others.
                None => failed = self.write_day(disk, day, &view, &mut days).err().or(failed),
            }
        }
        if let Some(error) = failed {
            return Err(error);
        }
        if !days.written.is_empty() {
            disk.sync_dir(FOLDER)?;
        }
        Ok(days)
    }

    fn write_day(
        &self,
        disk: &SharedDisk,
        day: u32,
        view: &DayView<'_>,
        days: &mut Days,
    ) -> Result<(), CoreError> {
        let (mut writer, mut lost) = (DayWriter::new(), BTreeMap::new());
        for ((key, generation), state) in view {
            if let Written::Lost(reason) = state.write(&mut writer, key, *generation)? {
                lost.insert(((*key).to_owned(), *generation), reason);
            }
        }
        let (bytes, entries) = writer.finish();
        let file = format!("{day:06}-{:010}.counts", self.attempt);
        let meta = DayMeta { day, file, crc: crc32c::crc32c(&bytes) };
        disk.write_new(&path(&meta.file), &bytes)?;
        if let Some(reason) = lost.values().next() {
            let counters = lost.len();
            tracing::error!(reason, counters, day, "counts of a day are lost; it is not measured");
        }
        let has: BTreeSet<&str> = entries.iter().map(|entry| entry.key.as_str()).collect();
        let gone = view.iter().filter(|((key, _), _)| !has.contains(key));
        let without = gone.map(|((key, generation), _)| ((*key).to_owned(), *generation)).collect();
        let file = Arc::new(DayFile::new(disk.clone(), path(&meta.file)));
        days.written.push(WrittenDay { day, file, entries, without });
        days.files.push(meta);
        lost.into_keys().for_each(|counter| days.lost.entry(counter).or_default().push(day));
        Ok(())
    }

    /// Writes the last points of series, if they differ from what the file holds. Returns the file, if there is one.
    pub(super) fn write_kept(
        &self,
        disk: &dyn Disk,
        file: Option<&KeptMeta>,
    ) -> Result<Option<KeptMeta>, CoreError> {
        let keeping = |set: &CounterSet| set.iter().filter(|(_, counter)| counter.kept.is_some()).count();
        let like_before = |(key, now): (&str, &Counter)| {
            let before = self.before.get(key).filter(|before| before.generation == now.generation);
            now.kept.as_ref().is_none_or(|now| {
                before.and_then(|before| before.kept.as_ref()).is_some_and(|before| Arc::ptr_eq(now, before))
            })
        };
        let unchanged = keeping(self.now) == keeping(self.before) && self.now.iter().all(like_before);
        if unchanged && file.is_some() {
            return Ok(file.cloned());
        }
        let Some(bytes) = write_kept(self.now) else { return Ok(None) };
        let meta = KeptMeta { file: format!("kept-{:010}.zst", self.attempt), crc: crc32c::crc32c(&bytes) };
        disk.write_new(&path(&meta.file), &bytes)?;
        disk.sync_dir(FOLDER)?;
        Ok(Some(meta))
    }
}

/// The last points of series as the manifest's file has them. A counter that is not in it is filled again. Where the file is
/// damaged, what is wrong with it.
///
/// # Errors
/// When the disk does not give the file.
pub(super) fn load_kept(
    disk: &dyn Disk,
    file: Option<&KeptMeta>,
    loaded: &mut Loaded,
) -> Result<Option<(KeptMeta, String)>, CoreError> {
    let (mut all, mut damaged) = (Vec::new(), None);
    if let Some(file) = file {
        match read_kept_file(disk, file) {
            Ok(read) => all = read,
            Err(error) => damaged = Some((file.clone(), error.damage(&path(&file.file))?)),
        }
    }
    for KeptCounter { key, generation, kept } in all {
        loaded.highest_generation = loaded.highest_generation.max(generation);
        let counter = loaded.counters.get_mut(&key);
        if let Some(counter) = counter.filter(|each| each.generation == generation && each.kept.is_none()) {
            counter.kept = counter.spec.is_by_increase().then(|| Arc::new(kept));
        }
    }
    loaded.counters.keep_or_fill();
    Ok(damaged)
}

/// Whether the file of last points holds what was written.
pub(super) fn check_kept(disk: &dyn Disk, file: &KeptMeta) -> Result<(), Unusable> {
    read_kept_file(disk, file).map(|_| ())
}

fn read_kept_file(disk: &dyn Disk, file: &KeptMeta) -> Result<Vec<KeptCounter>, Unusable> {
    let bytes = named::read(disk, &path(&file.file), file.crc)?;
    read_kept(&bytes).map_err(Unusable::Damaged)
}

/// The path of a file of counts below the data folder.
pub(super) fn path(file: &str) -> String {
    format!("{FOLDER}/{file}")
}

/// Counters as a start finds them.
pub(super) struct Loaded {
    pub(super) counters: CounterSet,
    /// Days whose file is damaged, and what is wrong with it. They are not measured.
    pub(super) damaged: Vec<(DayMeta, String)>,
    /// The files by day.
    pub(super) files: DayFiles,
    /// Whether there is anything to be written again: what is damaged, or was written before format 6.
    pub(super) is_to_be_written: bool,
    /// The highest generation that the manifest or a file knows, of counters that are gone too.
    pub(super) highest_generation: u64,
}

/// The files of days that the manifest names.
pub(super) type DayFiles = BTreeMap<u32, Arc<DayFile>>;

/// Puts the counters together as the manifest and its files have them.
///
/// # Errors
/// When the disk does not give a file.
pub(super) fn load(disk: &SharedDisk, metas: &[CounterMeta], files: &[DayMeta]) -> Result<Loaded, CoreError> {
    let mut counters = CounterSet::default();
    for meta in metas {
        let spec = CounterSpec::from_entry(&meta.spec)?;
        let gap = |(from, to): &(u32, u32)| MinuteRange { from: Minute(*from), to: Minute(*to) };
        let counter = Counter {
            spec,
            generation: meta.spec.generation,
            history: History::default(),
            filling: if meta.complete { Filling::Complete } else { Filling::Running(0.0) },
            unmeasured: meta.unmeasured.iter().map(gap).collect(),
            kept: None,
        };
        counters.restore(meta.spec.key.clone(), counter);
    }
    let files_of_days =
        files.iter().map(|meta| (meta.day, Arc::new(DayFile::new(disk.clone(), path(&meta.file)))));
    let mut loaded = Loaded {
        counters,
        damaged: Vec::new(),
        files: files_of_days.collect(),
        is_to_be_written: false,
        highest_generation: metas.iter().map(|meta| meta.spec.generation).max().unwrap_or(0),
    };
    for meta in files {
        if let Err(error) = loaded.add(disk, meta) {
            let reason = error.damage(&path(&meta.file))?;
            loaded.counters.iter_mut().for_each(|(_, counter)| counter.lacks_day(meta.day));
            loaded.damaged.push((meta.clone(), reason));
        }
    }
    loaded.read_newest(files)?;
    loaded.is_to_be_written |= !loaded.damaged.is_empty();
    Ok(loaded)
}

impl Loaded {
    /// Takes what a file has; of one that can be read a counter at a time, where it is.
    fn add(&mut self, disk: &SharedDisk, meta: &DayMeta) -> Result<(), Unusable> {
        let is_for = |counter: &&mut Counter, generation: u64| counter.generation == generation;
        if let Some(entries) = read_index(&**disk, &path(&meta.file))? {
            let file = &self.files[&meta.day];
            for Entry { key, generation, place } in entries {
                self.highest_generation = self.highest_generation.max(generation);
                let counter = self.counters.get_mut(&key);
                if let Some(counter) = counter.filter(|each| is_for(each, generation)) {
                    let filed = FiledDay::new(file.clone(), place);
                    counter.history.put(meta.day, DayState::InFile(filed, None));
                }
            }
            return Ok(());
        }
        self.is_to_be_written = true;
        for DayCounts { key, generation, minutes } in read_of_before(&**disk, meta)? {
            self.highest_generation = self.highest_generation.max(generation);
            let counter = self.counters.get_mut(&key);
            let Some(counter) = counter.filter(|each| is_for(each, generation)) else { continue };
            let start = minutes_of_day(meta.day).from;
            for (minute, good, bad, unknown) in minutes {
                counter.history.add(start.plus(u32::from(minute)), Counts { good, bad, unknown });
            }
        }
        Ok(())
    }

    /// Reads into memory what stays there.
    fn read_newest(&mut self, files: &[DayMeta]) -> Result<(), CoreError> {
        for (key, counter) in self.counters.iter_mut() {
            for day in counter.history.newest() {
                let Some(DayState::InFile(filed, None)) = counter.history.day(day).cloned() else { continue };
                let error = match DayState::InFile(filed.clone(), None).read() {
                    Ok(counts) => {
                        counter.history.put(day, DayState::InMemory(counts, Some(filed)));
                        continue;
                    }
                    Err(error) => error,
                };
                let meta = files.iter().find(|meta| meta.day == day).expect("the day is of a file");
                let reason = format!("{key}: {}", error.damage(&path(&meta.file))?);
                counter.history.remove(day);
                counter.lacks_day(day);
                if !self.damaged.iter().any(|(known, _)| known == meta) {
                    self.damaged.push((meta.clone(), reason));
                }
            }
        }
        Ok(())
    }
}

/// Whether a day's file holds what was written.
pub(super) fn check_day(disk: &SharedDisk, meta: &DayMeta) -> Result<(), Unusable> {
    let path = path(&meta.file);
    let bytes = named::read(&**disk, &path, meta.crc)?;
    let Some(entries) = read_index(&**disk, &path)? else { return unpack_of_before(&bytes).map(drop) };
    let file = Arc::new(DayFile::new(disk.clone(), path));
    for entry in entries {
        DayState::InFile(FiledDay::new(file.clone(), entry.place), None).read()?;
    }
    Ok(())
}

impl WrittenDay {
    /// Has counters read the day from here, that were written as they were `then`.
    pub(super) fn serve(&self, counters: &mut CounterSet, then: &CounterSet) {
        let filed = |entry: &Entry| FiledDay::new(self.file.clone(), entry.place);
        let entries = self.entries.iter().map(|entry| (&entry.key, entry.generation, Some(filed(entry))));
        let without = self.without.iter().map(|(key, generation)| (key, *generation, None));
        for (key, generation, filed) in entries.chain(without) {
            let written = then.get(key).filter(|written| written.generation == generation);
            let counter = counters.get_mut(key).filter(|counter| counter.generation == generation);
            if let (Some(counter), Some(written)) = (counter, written) {
                counter.history.was_filed(self.day, &written.history, filed);
            }
        }
    }

    /// The file and its day.
    pub(super) fn file(&self) -> (u32, &Arc<DayFile>) {
        (self.day, &self.file)
    }
}

fn by_day(counters: &CounterSet) -> BTreeMap<u32, DayView<'_>> {
    let mut days: BTreeMap<u32, DayView<'_>> = BTreeMap::new();
    for (key, counter) in counters.iter() {
        for (day, state) in counter.history.days() {
            days.entry(day).or_default().push(((key, counter.generation), state));
        }
    }
    days
}

fn read_of_before(disk: &dyn Disk, meta: &DayMeta) -> Result<Vec<DayCounts>, Unusable> {
    unpack_of_before(&named::read(disk, &path(&meta.file), meta.crc)?)
}

fn unpack_of_before(bytes: &[u8]) -> Result<Vec<DayCounts>, Unusable> {
    let json = zstd::bulk::decompress(bytes, raw_bytes(bytes))
        .map_err(|error| Unusable::Damaged(error.to_string()))?;
    serde_json::from_slice(&json).map_err(|error| Unusable::Damaged(error.to_string()))
}

fn raw_bytes(packed: &[u8]) -> usize {
    let stated = zstd::zstd_safe::get_frame_content_size(packed).ok().flatten().unwrap_or(0);
    usize::try_from(stated).unwrap_or(MAX_RAW_BYTES).min(MAX_RAW_BYTES)
}
