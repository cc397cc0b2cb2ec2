//! Counts as files, one a UTC day, rewritten only when a day changed; and one of the last points of series that counters
//! over metrics count from.

use std::collections::BTreeMap;
use std::sync::Arc;

use ippo_base::disk::Disk;
use ippo_base::{Minute, MinuteRange};
use serde::{Deserialize, Serialize};

use super::CoreError;
use super::named::{self, Unusable};
use crate::counter::{
    Counter, CounterSet, CounterSpec, Counts, Day, Filling, KeptCounter, Series, read_kept, write_kept,
};
use crate::manifest::{CounterMeta, DayMeta, KeptMeta};

/// The folder of counts below the data folder.
pub(super) const FOLDER: &str = "counters";
const LEVEL: i32 = 1;
const MAX_RAW_BYTES: usize = 1 << 30;

/// One counter's minutes of a day: minute of the day, good, bad, unknown.
#[derive(Serialize, Deserialize)]
struct DayCounts {
    key: String,
    generation: u64,
    minutes: Vec<(u16, u64, u64, u64)>,
}

type DayView<'a> = BTreeMap<(&'a str, u64), &'a Arc<Day>>;

/// Counters as they are, and as the files have them.
pub(super) struct Changed<'a> {
    pub(super) now: &'a CounterSet,
    pub(super) before: &'a CounterSet,
    /// What names of files carry.
    pub(super) attempt: u64,
}

impl Changed<'_> {
    /// Writes the days that differ from what the files hold. Returns the files of all days.
    pub(super) fn write_days(&self, disk: &dyn Disk, files: &[DayMeta]) -> Result<Vec<DayMeta>, CoreError> {
        let (now, before) = (by_day(self.now), by_day(self.before));
        let mut days = Vec::new();
        let mut written = false;
        for (day, view) in &now {
            let file = files.iter().find(|file| file.day == *day);
            match (file, before.get(day)) {
                (Some(file), Some(old)) if same(old, view) => days.push(file.clone()),
                _ => {
                    days.push(write_day(disk, *day, view, self.attempt)?);
                    written = true;
                }
            }
        }
        if written {
            disk.sync_dir(FOLDER)?;
        }
        Ok(days)
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
    counters: &mut CounterSet,
) -> Result<Option<(KeptMeta, String)>, CoreError> {
    let (mut all, mut damaged) = (Vec::new(), None);
    if let Some(file) = file {
        match read_kept_file(disk, file) {
            Ok(read) => all = read,
            Err(error) => damaged = Some((file.clone(), error.damage(&path(&file.file))?)),
        }
    }
    for KeptCounter { key, generation, kept } in all {
        let counter = counters.get_mut(&key);
        if let Some(counter) = counter.filter(|each| each.generation == generation && each.kept.is_none()) {
            counter.kept = counter.spec.is_by_increase().then(|| Arc::new(kept));
        }
    }
    counters.keep_or_fill();
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

/// Puts the counters together as the manifest and its files have them. Days whose file is damaged are not measured; their
/// numbers and the reasons come second.
///
/// # Errors
/// When the disk does not give a file.
pub(super) fn load(
    disk: &dyn Disk,
    metas: &[CounterMeta],
    files: &[DayMeta],
) -> Result<(CounterSet, Vec<(DayMeta, String)>), CoreError> {
    let mut counters: BTreeMap<String, Counter> = BTreeMap::new();
    for meta in metas {
        let spec = CounterSpec::from_entry(&meta.spec)?;
        let gap = |(from, to): &(u32, u32)| MinuteRange { from: Minute(*from), to: Minute(*to) };
        let counter = Counter {
            spec,
            generation: meta.spec.generation,
            series: Series::default(),
            filling: if meta.complete { Filling::Complete } else { Filling::Running(0.0) },
            unmeasured: meta.unmeasured.iter().map(gap).collect(),
            kept: None,
        };
        counters.insert(meta.spec.key.clone(), counter);
    }
    let mut damaged = Vec::new();
    for file in files {
        match read_day(disk, file) {
            Ok(day) => put(&mut counters, file.day, day),
            Err(error) => {
                let reason = error.damage(&path(&file.file))?;
                let gap = minutes_of(file.day);
                counters.values_mut().for_each(|counter| counter.unmeasured.push(gap));
                damaged.push((file.clone(), reason));
            }
        }
    }
    let mut set = CounterSet::default();
    counters.into_iter().for_each(|(key, counter)| set.restore(key, counter));
    Ok((set, damaged))
}

/// The minutes of a day.
pub(super) fn minutes_of(day: u32) -> MinuteRange {
    let start = day * ippo_base::time::MINUTES_PER_DAY;
    MinuteRange { from: Minute(start), to: Minute(start + ippo_base::time::MINUTES_PER_DAY) }
}

/// Whether a day's file holds what was written.
pub(super) fn check_day(disk: &dyn Disk, file: &DayMeta) -> Result<(), Unusable> {
    read_day(disk, file).map(|_| ())
}

fn put(counters: &mut BTreeMap<String, Counter>, day: u32, counts: Vec<DayCounts>) {
    let start = day * ippo_base::time::MINUTES_PER_DAY;
    for of_counter in counts {
        let Some(counter) = counters.get_mut(&of_counter.key) else { continue };
        if counter.generation == of_counter.generation {
            for (minute, good, bad, unknown) in of_counter.minutes {
                counter.series.add(Minute(start + u32::from(minute)), Counts { good, bad, unknown });
            }
        }
    }
}

fn by_day(counters: &CounterSet) -> BTreeMap<u32, DayView<'_>> {
    let mut days: BTreeMap<u32, DayView<'_>> = BTreeMap::new();
    for (key, counter) in counters.iter() {
        for (day, counts) in counter.series.days() {
            days.entry(day).or_default().insert((key, counter.generation), counts);
        }
    }
    days
}

fn same(a: &DayView<'_>, b: &DayView<'_>) -> bool {
    a.len() == b.len()
        && a.iter().zip(b).all(|((key_a, day_a), (key_b, day_b))| key_a == key_b && Arc::ptr_eq(day_a, day_b))
}

fn write_day(disk: &dyn Disk, day: u32, view: &DayView<'_>, attempt: u64) -> Result<DayMeta, CoreError> {
    let counts = |day: &Day| day.minutes().iter().map(|(m, c)| (*m, c.good, c.bad, c.unknown)).collect();
    let all: Vec<DayCounts> = view
        .iter()
        .map(|((key, generation), day)| DayCounts {
            key: (*key).to_owned(),
            generation: *generation,
            minutes: counts(day),
        })
        .collect();
    let json = serde_json::to_vec(&all).expect("plain texts and numbers are JSON");
    let bytes = zstd::bulk::compress(&json, LEVEL).expect("zstd compresses any bytes into memory");
    let meta = DayMeta { day, file: format!("{day:06}-{attempt:010}.zst"), crc: crc32c::crc32c(&bytes) };
    disk.write_new(&path(&meta.file), &bytes)?;
    Ok(meta)
}

fn read_day(disk: &dyn Disk, file: &DayMeta) -> Result<Vec<DayCounts>, Unusable> {
    let bytes = named::read(disk, &path(&file.file), file.crc)?;
    let json = zstd::bulk::decompress(&bytes, raw_bytes(&bytes))
        .map_err(|error| Unusable::Damaged(error.to_string()))?;
    serde_json::from_slice(&json).map_err(|error| Unusable::Damaged(error.to_string()))
}

fn raw_bytes(packed: &[u8]) -> usize {
    let stated = zstd::zstd_safe::get_frame_content_size(packed).ok().flatten().unwrap_or(0);
    usize::try_from(stated).unwrap_or(MAX_RAW_BYTES).min(MAX_RAW_BYTES)
}
