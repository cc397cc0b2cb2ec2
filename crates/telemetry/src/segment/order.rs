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

use super::{times, window_start};
use crate::columns::gather::Place;
use crate::signal::Signal;

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
    window: Minute,
    /// The first time of the cluster, as coarse as the signal wants it.
    begins: i64,
    cluster: u128,
    time: i64,
    place: Place,
}

/// Parts rows by window, small enough for one file each. Windows ascend.
pub fn parts(signal: Signal, batches: &[RecordBatch]) -> Vec<Part> {
    let mut keys = Vec::with_capacity(batches.iter().map(RecordBatch::num_rows).sum());
    let clusters = Clusters::of(signal, batches);
    for (at, batch) in (0..).zip(batches) {
        let cluster = clusters.in_batch(batch);
        for (row, time) in (0..).zip(times(signal, batch)) {
            let minute = Timestamp::from_nanos(*time).minute();
            let begins = match signal {
                Signal::Logs => i64::from(minute.0 / 5),
                Signal::Spans | Signal::Metrics => 0,
            };
            let place = Place { batch: at, row };
            keys.push(Key {
                window: window_start(minute),
                begins,
                cluster: cluster(row),
                time: *time,
                place,
            });
        }
    }
    if signal == Signal::Spans {
        begin_with_first(&mut keys);
    }
    keys.sort_unstable();
    let windows = keys.chunk_by(|a, b| a.window == b.window);
    windows.flat_map(|window| window.chunks(PART_ROWS)).map(Part::of).collect()
}

/// Each trace begins, in each window, with its first span there.
fn begin_with_first(keys: &mut [Key]) {
    let mut first: HashMap<(Minute, u128), i64> = HashMap::new();
    for key in keys.iter() {
        let first = first.entry((key.window, key.cluster)).or_insert(key.time);
        *first = key.time.min(*first);
    }
    for key in keys {
        key.begins = first[&(key.window, key.cluster)];
    }
}

impl Part {
    fn of(keys: &[Key]) -> Self {
        let times = || keys.iter().map(|key| key.time);
        Self {
            window: keys.first().map_or(Minute(0), |key| key.window),
            rows: keys.iter().map(|key| key.place).collect(),
            min_time: times().min().unwrap_or_default(),
            max_time: times().max().unwrap_or_default(),
        }
    }
}

/// What rows that belong together have in common, as a number.
enum Clusters<'a> {
    Trace,
    /// Services in order.
    Service(Vec<&'a str>),
    /// Metrics in order.
    Series(Vec<&'a str>),
}

impl<'a> Clusters<'a> {
    fn of(signal: Signal, batches: &'a [RecordBatch]) -> Self {
        let names = |column: &str| -> Vec<&'a str> {
            let texts: BTreeSet<&str> =
                batches.iter().flat_map(|batch| dictionary(batch, column).1.iter().flatten()).collect();
            texts.into_iter().collect()
        };
        match signal {
            Signal::Spans => Clusters::Trace,
            Signal::Logs => Clusters::Service(names("service")),
            Signal::Metrics => Clusters::Series(names("metric")),
        }
    }

    /// The number of each row of a batch.
    fn in_batch<'b>(&self, batch: &'b RecordBatch) -> Box<dyn Fn(u32) -> u128 + 'b> {
        match self {
            Clusters::Trace => {
                let ids = column(batch, "trace_id").as_fixed_size_binary();
                Box::new(move |row| {
                    u128::from_be_bytes(ids.value(row as usize).try_into().expect("a trace id has 16 bytes"))
                })
            }
            Clusters::Service(order) => Box::new(ranked(order, batch, "service")),
            Clusters::Series(order) => {
                let metric = ranked(order, batch, "metric");
                let (resources, attrs) =
                    (ranked_by_hash(batch, "resource"), column(batch, "attrs").as_string::<i32>());
                Box::new(move |row| {
                    let mut series = XxHash64::with_seed(resources(row));
                    series.write(attrs.value(row as usize).as_bytes());
                    metric(row) << 64 | u128::from(series.finish())
                })
            }
        }
    }
}

fn ranked<'b>(order: &[&str], batch: &'b RecordBatch, name: &str) -> impl Fn(u32) -> u128 + use<'b> {
    let (keys, texts) = dictionary(batch, name);
    let place = |text: &str| order.binary_search(&text).expect("every text was put in order");
    let ranks: Vec<u128> = texts.iter().map(|text| place(text.unwrap_or_default()) as u128).collect();
    move |row| ranks[keys[row as usize] as usize]
}

fn ranked_by_hash<'b>(batch: &'b RecordBatch, name: &str) -> impl Fn(u32) -> u64 + use<'b> {
    let (keys, texts) = dictionary(batch, name);
    let hash = |text: Option<&str>| XxHash64::oneshot(0, text.unwrap_or_default().as_bytes());
    let hashes: Vec<u64> = texts.iter().map(hash).collect();
    move |row| hashes[keys[row as usize] as usize]
}

fn column<'b>(batch: &'b RecordBatch, name: &str) -> &'b dyn arrow::array::Array {
    batch.column_by_name(name).expect("every table has its columns")
}

fn dictionary<'b>(batch: &'b RecordBatch, name: &str) -> (&'b [i32], &'b StringArray) {
    let names = column(batch, name).as_dictionary::<Int32Type>();
    debug_assert_eq!(names.null_count(), 0, "these columns are never missing");
    (names.keys().values(), names.values().as_string::<i32>())
}
