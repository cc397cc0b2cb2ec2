//! Which rows go into which file, and in which order: neighbours in a file are rows that are alike and read together.
//!
//! Spans lie trace by trace, the traces by their first span; log records by five minutes, then service; points by metric,
//! then series. Within these, by time.

use std::collections::BTreeSet;
use std::hash::Hasher as _;

use arrow::array::{Array as _, AsArray as _, RecordBatch, StringArray};
use arrow::datatypes::Int32Type;
use hashbrown::HashMap;
use ippo_base::{Minute, Timestamp};
use twox_hash::XxHash64;

use super::{WINDOW_MINUTES, times, window_start};
use crate::columns::gather::Place;
use crate::signal::Signal;

/// Minutes of log records in which a service's lie side by side; windows are made of them.
const LOGS_MINUTES: u32 = 5;
const _: () = assert!(WINDOW_MINUTES.is_multiple_of(LOGS_MINUTES));

/// Rows of one file at most.
const PART_ROWS: usize = 512 * 1024;

/// The rows of one file, in their order.
#[derive(Debug)]
pub struct Part {
    /// The window that they all lie in.
    pub window: Minute,
    /// Where they are.
    pub rows: Vec<Place>,
    /// The earliest event time, in nanoseconds.
    pub min_time: i64,
    /// The latest event time, in nanoseconds.
    pub max_time: i64,
}

/// Compared from first to last.
#[derive(PartialEq, Eq, PartialOrd, Ord)]
struct Key {
    /// What lies side by side, as a number. Those of a window are larger than all of the windows before.
    cluster: u128,
    time: i64,
    place: Place,
}

impl Key {
    fn window(&self) -> Minute {
        window_start(Timestamp::from_nanos(self.time).minute())
    }
}

/// Parts rows by window, small enough for one file each. Windows ascend.
pub fn parts(signal: Signal, batches: &[RecordBatch]) -> Vec<Part> {
    let mut keys = match signal {
        Signal::Spans => by_trace(batches),
        Signal::Logs => {
            let services = sorted(batches, "service");
            keys(signal, batches, |batch| {
                let service = ranked(&services, batch, "service");
                move |minute, row| u128::from(minute.0 / LOGS_MINUTES) << 96 | u128::from(service(row))
            })
        }
        Signal::Metrics => {
            let metrics = sorted(batches, "metric");
            keys(signal, batches, |batch| {
                let metric = ranked(&metrics, batch, "metric");
                let series = hashed_series(batch);
                move |minute, row| {
                    let window = u128::from(window_start(minute).0);
                    window << 96 | u128::from(metric(row)) << 64 | u128::from(series(row))
                }
            })
        }
    };
    keys.sort_unstable();
    let windows = keys.chunk_by(|a, b| a.window() == b.window());
    windows.flat_map(|window| window.chunks(PART_ROWS)).map(Part::of).collect()
}

/// The keys of all rows, clustered by minute and row of each batch.
fn keys<'a, C: Fn(Minute, usize) -> u128>(
    signal: Signal,
    batches: &'a [RecordBatch],
    clusters: impl Fn(&'a RecordBatch) -> C,
) -> Vec<Key> {
    let mut keys = Vec::with_capacity(batches.iter().map(RecordBatch::num_rows).sum());
    for (at, batch) in (0..).zip(batches) {
        let cluster = clusters(batch);
        for (row, time) in (0..).zip(times(signal, batch)) {
            let cluster = cluster(Timestamp::from_nanos(*time).minute(), row as usize);
            keys.push(Key { cluster, time: *time, place: Place { batch: at, row } });
        }
    }
    keys
}

/// Each trace begins, in each window, with its first span there; those that begin together lie as they came.
fn by_trace(batches: &[RecordBatch]) -> Vec<Key> {
    let mut numbers: HashMap<(Minute, [u8; 16]), u32> = HashMap::new();
    let mut first: Vec<i64> = Vec::new();
    let mut last = None;
    let mut keys = Vec::with_capacity(batches.iter().map(RecordBatch::num_rows).sum());
    for (at, batch) in (0..).zip(batches) {
        let ids = column(batch, "trace_id").as_fixed_size_binary();
        for (row, time) in (0..).zip(times(Signal::Spans, batch)) {
            let id: [u8; 16] = ids.value(row as usize).try_into().expect("a trace id has 16 bytes");
            let of = (window_start(Timestamp::from_nanos(*time).minute()), id);
            let number = match last {
                Some((same, number)) if same == of => number,
                _ => *numbers.entry(of).or_insert_with(|| {
                    first.push(*time);
                    u32::try_from(first.len() - 1).expect("fewer rows than 2^32")
                }),
            };
            last = Some((of, number));
            let begins = &mut first[number as usize];
            *begins = *time.min(begins);
            keys.push(Key { cluster: u128::from(number), time: *time, place: Place { batch: at, row } });
        }
    }
    for key in &mut keys {
        // With the sign's bit turned, times before 1970 come first too.
        let begins = first[key.cluster as usize].cast_unsigned() ^ 1 << 63;
        key.cluster |= u128::from(begins) << 64;
    }
    keys
}

impl Part {
    fn of(keys: &[Key]) -> Self {
        let times = || keys.iter().map(|key| key.time);
        Self {
            window: keys.first().map_or(Minute(0), Key::window),
            rows: keys.iter().map(|key| key.place).collect(),
            min_time: times().min().unwrap_or_default(),
            max_time: times().max().unwrap_or_default(),
        }
    }
}

/// The texts of a column in order, each once.
fn sorted<'a>(batches: &'a [RecordBatch], name: &str) -> Vec<&'a str> {
    let texts: BTreeSet<&str> =
        batches.iter().flat_map(|batch| dictionary(batch, name).1.iter().flatten()).collect();
    texts.into_iter().collect()
}

/// The place of a row's text among those in order.
fn ranked<'b>(order: &[&str], batch: &'b RecordBatch, name: &str) -> impl Fn(usize) -> u32 + use<'b> {
    let (keys, texts) = dictionary(batch, name);
    let place = |text: &str| order.binary_search(&text).expect("every text was put in order");
    let rank = |text: Option<&str>| u32::try_from(place(text.unwrap_or_default())).expect("few texts");
    let ranks: Vec<u32> = texts.iter().map(rank).collect();
    move |row| ranks[keys[row] as usize]
}

/// A number for what tells the series of a metric apart.
fn hashed_series(batch: &RecordBatch) -> impl Fn(usize) -> u64 + use<'_> {
    let (keys, texts) = dictionary(batch, "resource");
    let hash = |text: Option<&str>| XxHash64::oneshot(0, text.unwrap_or_default().as_bytes());
    let resources: Vec<u64> = texts.iter().map(hash).collect();
    let attrs = column(batch, "attrs").as_string::<i32>();
    move |row| {
        let mut series = XxHash64::with_seed(resources[keys[row] as usize]);
        series.write(attrs.value(row).as_bytes());
        series.finish()
    }
}

fn column<'b>(batch: &'b RecordBatch, name: &str) -> &'b dyn arrow::array::Array {
    batch.column_by_name(name).expect("every table has its columns")
}

fn dictionary<'b>(batch: &'b RecordBatch, name: &str) -> (&'b [i32], &'b StringArray) {
    let names = column(batch, name).as_dictionary::<Int32Type>();
    debug_assert_eq!(names.null_count(), 0, "these columns are never missing");
    (names.keys().values(), names.values().as_string::<i32>())
}
