//! What counters keep of their series, as a file beside their counts. Doubles are written bit by bit, so that the next
//! increase is the same as if there had been no stop.

use std::collections::BTreeMap;
use std::sync::Arc;

use ippo_base::Minute;
use serde::{Deserialize, Serialize};

use super::kept::{Kept, Last};
use super::measured::Measured;
use super::{CounterSet, Remark};
use crate::metric::{Buckets, Distribution, Exponential, Sample, Side};

const LEVEL: i32 = 1;
const MAX_RAW_BYTES: usize = 1 << 30;

/// What one counter keeps.
#[derive(Debug)]
pub(crate) struct KeptCounter {
    pub(crate) key: String,
    pub(crate) generation: u64,
    pub(crate) kept: Kept,
}

#[derive(Serialize, Deserialize)]
struct CounterText {
    key: String,
    generation: u64,
    newest: i64,
    /// The newest point of the series that made room for others.
    #[serde(default)]
    forgotten: Option<i64>,
    /// First minutes of hours that are to be counted again.
    late: Vec<u32>,
    remarks: Vec<(String, u32)>,
    /// Boundaries of explicit buckets, each once.
    bounds: Vec<Vec<u64>>,
    series: Vec<SeriesText>,
}

/// Id, time, start, carry, value.
#[derive(Serialize, Deserialize)]
struct SeriesText(String, i64, Option<i64>, u32, ValueText);

#[derive(Serialize, Deserialize)]
enum ValueText {
    #[serde(rename = "n")]
    Number(u64),
    #[serde(rename = "c")]
    Observed { n: u64, min: Option<u64>, max: Option<u64>, sum: Option<u64>, b: BucketsText },
}

#[derive(Serialize, Deserialize)]
enum BucketsText {
    #[serde(rename = "0")]
    None,
    /// The place of the boundaries, and the counts.
    #[serde(rename = "e")]
    Explicit(usize, Vec<u64>),
    /// Scale, zero threshold, zero count, positive and negative.
    #[serde(rename = "x")]
    Exponential(i32, u64, u64, (i32, Vec<u64>), (i32, Vec<u64>)),
}

/// The file of all counters that keep points; nothing if none does.
pub(crate) fn write_kept(counters: &CounterSet) -> Option<Vec<u8>> {
    let of_counter = |(key, counter): (&str, &super::Counter)| {
        counter.kept.as_ref().map(|kept| counter_text(key, counter.generation, kept))
    };
    let texts: Vec<CounterText> = counters.iter().filter_map(of_counter).collect();
    if texts.is_empty() {
        return None;
    }
    let json = serde_json::to_vec(&texts).expect("plain texts and numbers are JSON");
    Some(zstd::bulk::compress(&json, LEVEL).expect("zstd compresses any bytes into memory"))
}

/// What the file says.
///
/// # Errors
/// When it is not what was written.
pub(crate) fn read_kept(bytes: &[u8]) -> Result<Vec<KeptCounter>, String> {
    let stated = zstd::zstd_safe::get_frame_content_size(bytes).ok().flatten().unwrap_or(0);
    let most = usize::try_from(stated).unwrap_or(MAX_RAW_BYTES).min(MAX_RAW_BYTES);
    let json = zstd::bulk::decompress(bytes, most).map_err(|error| error.to_string())?;
    let texts: Vec<CounterText> = serde_json::from_slice(&json).map_err(|error| error.to_string())?;
    texts.into_iter().map(kept_counter).collect()
}

fn counter_text(key: &str, generation: u64, kept: &Kept) -> CounterText {
    let mut places: BTreeMap<Vec<u64>, usize> = BTreeMap::new();
    let mut bounds: Vec<Vec<u64>> = Vec::new();
    let mut place = |list: &[f64]| {
        let bits: Vec<u64> = list.iter().map(|bound| bound.to_bits()).collect();
        *places.entry(bits).or_insert_with_key(|bits| {
            bounds.push(bits.clone());
            bounds.len() - 1
        })
    };
    let series = kept
        .series
        .iter()
        .map(|(id, Last { sample, carry })| {
            let value = match &sample.value {
                Measured::Number(value) => ValueText::Number(value.to_bits()),
                Measured::Observed(counts) => observed_text(counts, &mut place),
            };
            SeriesText(format!("{id:032x}"), sample.time, sample.start, *carry, value)
        })
        .collect();
    CounterText {
        key: key.to_owned(),
        generation,
        newest: kept.newest,
        forgotten: kept.forgotten,
        // An hour that is being counted again is not done until that is in a file.
        late: kept.late.union(&kept.recounting).copied().collect(),
        remarks: kept.remarks().map(|(remark, minute)| (remark.name().to_owned(), minute.0)).collect(),
        bounds,
        series,
    }
}

fn observed_text(counts: &Distribution, place: &mut impl FnMut(&[f64]) -> usize) -> ValueText {
    let b = match &counts.buckets {
        Buckets::None => BucketsText::None,
        Buckets::Explicit { bounds, counts } => BucketsText::Explicit(place(bounds), counts.clone()),
        Buckets::Exponential(all) => {
            let side = |side: &Side| (side.offset, side.counts.clone());
            let zero = all.zero_threshold.to_bits();
            BucketsText::Exponential(
                all.scale,
                zero,
                all.zero_count,
                side(&all.positive),
                side(&all.negative),
            )
        }
    };
    let bits = |value: Option<f64>| value.map(f64::to_bits);
    ValueText::Observed {
        n: counts.count,
        min: bits(counts.min),
        max: bits(counts.max),
        sum: bits(counts.sum),
        b,
    }
}

fn kept_counter(text: CounterText) -> Result<KeptCounter, String> {
    let bounds: Vec<Arc<[f64]>> =
        text.bounds.iter().map(|list| list.iter().map(|bits| f64::from_bits(*bits)).collect()).collect();
    let mut kept = Kept::default();
    (kept.newest, kept.forgotten, kept.settled) = (text.newest, text.forgotten, true);
    kept.late.extend(text.late);
    for (name, minute) in text.remarks {
        if let Some(remark) = Remark::from_name(&name) {
            kept.remark(remark, Minute(minute));
        }
    }
    for SeriesText(id, time, start, carry, value) in text.series {
        let id = u128::from_str_radix(&id, 16).map_err(|_| format!("{id} is no series"))?;
        let value = match value {
            ValueText::Number(bits) => Measured::Number(f64::from_bits(bits)),
            ValueText::Observed { n, min, max, sum, b } => {
                let [min, max, sum] = [min, max, sum].map(|bits| bits.map(f64::from_bits));
                Measured::Observed(Distribution { count: n, sum, min, max, buckets: buckets(b, &bounds)? })
            }
        };
        kept.series.insert(id, Last { sample: Sample { time, start, value }, carry });
    }
    Ok(KeptCounter { key: text.key, generation: text.generation, kept })
}

fn buckets(text: BucketsText, bounds: &[Arc<[f64]>]) -> Result<Buckets, String> {
    let side = |(offset, counts)| Side { offset, counts };
    Ok(match text {
        BucketsText::None => Buckets::None,
        BucketsText::Explicit(place, counts) => {
            let bounds = bounds.get(place).ok_or("boundaries are missing")?.clone();
            Buckets::Explicit { bounds, counts }
        }
        BucketsText::Exponential(scale, zero_threshold, zero_count, positive, negative) => {
            Buckets::Exponential(Exponential {
                scale,
                zero_threshold: f64::from_bits(zero_threshold),
                zero_count,
                positive: side(positive),
                negative: side(negative),
            })
        }
    })
}
