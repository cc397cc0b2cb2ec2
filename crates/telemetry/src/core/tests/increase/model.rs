//! What a counter over metrics must say, from stored points alone: a model that knows no store, by the words of the
//! documentation.

use std::collections::BTreeMap;

use arrow::array::RecordBatch;
use ippo_base::{Minute, Timestamp};

use super::{LONGEST, SECOND};
use crate::counter::Counts;
use crate::read::cell::{Floats, Names, Numbers, Texts};

/// A stored point.
#[derive(Debug, Clone, PartialEq, PartialOrd)]
struct Stored {
    time: i64,
    start: Option<i64>,
    value: f64,
    counts: Vec<u64>,
}

/// Every stored point by metric, label and temporality, in order and once.
fn stored(batches: &[RecordBatch]) -> BTreeMap<(String, String, bool), Vec<Stored>> {
    let mut all: BTreeMap<_, Vec<Stored>> = BTreeMap::new();
    for batch in batches {
        let names = ["metric", "temporality"].map(|name| Names::of(batch, name));
        let (times, starts) = (Numbers::of(batch, "time"), Numbers::of(batch, "start_time"));
        let (attrs, buckets) = (Texts::of(batch, "attrs"), Texts::of(batch, "distribution"));
        let values = Floats::of(batch, "value");
        for row in 0..batch.num_rows() {
            let distribution: Option<serde_json::Value> =
                buckets.get(row).map(|text| serde_json::from_str(text).expect("JSON"));
            let counts = distribution.map(|text| {
                text["counts"]
                    .as_array()
                    .expect("a list")
                    .iter()
                    .map(|count| count.as_u64().expect("a count"))
                    .collect()
            });
            let key = (
                names[0].text(row).to_owned(),
                attrs.get(row).expect("there").to_owned(),
                names[1].text(row) == "delta",
            );
            all.entry(key).or_default().push(Stored {
                time: times.number(row),
                start: starts.get(row),
                value: values.get(row).unwrap_or_default(),
                counts: counts.unwrap_or_default(),
            });
        }
    }
    for points in all.values_mut() {
        points.sort_by(|a, b| a.partial_cmp(b).expect("no NaN"));
        points.dedup();
    }
    all
}

/// What each point adds, by the words of the documentation.
fn increases(points: &[Stored], delta: bool) -> Vec<(i64, f64, Vec<u64>)> {
    let mut found = Vec::new();
    for (at, point) in points.iter().enumerate() {
        let whole = Some((point.value, point.counts.clone()));
        let began_lately =
            point.start.is_some_and(|start| start < point.time && point.time - start <= LONGEST);
        let before =
            at.checked_sub(1).map(|at| &points[at]).filter(|before| point.time - before.time <= LONGEST);
        let added = match before {
            _ if delta => whole.filter(|_| point.start.is_none_or(|start| point.time - start <= LONGEST)),
            None => whole.filter(|_| began_lately),
            Some(before) if point.start.zip(before.start).is_some_and(|(now, then)| now < then) => None,
            Some(before)
                if point
                    .start
                    .zip(before.start)
                    .is_some_and(|(now, then)| now > then && now >= before.time) =>
            {
                whole.filter(|_| began_lately)
            }
            Some(before) => {
                let fell = point.value < before.value
                    || point.counts.iter().zip(&before.counts).any(|(now, then)| now < then);
                let grown = || {
                    let counts = point.counts.iter().zip(&before.counts).map(|(now, then)| now - then);
                    (point.value - before.value, counts.collect())
                };
                if fell { whole } else { Some(grown()) }
            }
        };
        found.extend(added.map(|(value, counts)| (point.time, value, counts)));
    }
    found
}

/// The counts of a counter, by the words of the documentation.
pub(super) fn model(key: &str, part: &str, batches: &[RecordBatch]) -> BTreeMap<Minute, Counts> {
    let mut sums: BTreeMap<Minute, (u64, u64, u64)> = BTreeMap::new();
    for ((metric, attrs, delta), points) in stored(batches) {
        let is_part = match part {
            "attrs['kind'] != 'failed'" => !attrs.contains("failed"),
            _ => part.split('\'').nth(3).is_some_and(|label| attrs.contains(label)),
        };
        let mut hours: BTreeMap<i64, f64> = BTreeMap::new();
        for (time, value, counts) in increases(&points, delta) {
            let sum = sums.entry(Timestamp::from_nanos(time).minute()).or_default();
            if metric == "duration" && key == "fast" {
                (sum.0, sum.1) = (sum.0 + counts[0], sum.1 + counts[1] + counts[2]);
            } else if metric == "requests" && key != "fast" {
                // Quarters add up exactly; an hour begins with a half.
                let hour = hours.entry(time.div_euclid(3_600 * SECOND)).or_insert(0.5);
                let events = (*hour + value).floor() - hour.floor();
                *hour += value;
                sum.1 += events as u64;
                sum.0 += if is_part { events as u64 } else { 0 };
            }
        }
    }
    let told = sums.into_iter().map(|(minute, (part, total, unknown))| {
        let (good, bad) = match key {
            "good" => (part, total - part),
            "bad" => (total - part, part),
            _ => (part, total),
        };
        (minute, Counts { good, bad, unknown })
    });
    told.filter(|(_, counts)| counts.total() > 0).collect()
}
