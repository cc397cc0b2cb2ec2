//! Tail sampling: which traces stay when an hour of spans has become old.
//!
//! An hour is decided on by what is known of its traces in it and in the hours beside it. So a trace of less than an hour
//! stays as a whole or goes as a whole, although each hour is decided on alone. What was counted before stays as it was
//! counted: counters never look back, and a segment keeps the rate, errors and durations of all spans that it had.

use std::collections::{BinaryHeap, HashMap, HashSet};
use std::time::Duration;

use arrow::array::{Array as _, AsArray as _, BooleanArray, Int32Array, RecordBatch, StringArray};
use arrow::datatypes::{Int32Type, Int64Type};
use ippo_base::{Minute, Timestamp};
use serde::{Deserialize, Serialize};
use twox_hash::XxHash64;

use crate::segment;
use crate::signal::Signal;

/// Traces of one hour and its neighbours that are told apart; an hour from which more would stay is left as it is.
pub(crate) const TRACES_MOST: usize = 2_000_000;
/// Endpoints that are told apart; spans of all others count as of one.
const ENDPOINTS_MOST: usize = 4_000;
/// Spans are sampled after so long at the soonest: the hour after theirs must be at rest too.
pub const SOONEST: Duration = Duration::from_secs(3 * 60 * 60);

/// The columns that decide.
pub(crate) const COLUMNS: [&str; 9] =
    ["start", "duration_ns", "trace_id", "parent_span_id", "service", "name", "kind", "error", "route"];

/// Which traces stay. Those that an incident names always do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SamplingPolicy {
    /// Hours that ended so long ago are sampled; at least [`SOONEST`].
    pub after: Duration,
    /// Traces with a span that took at least so long stay, as do those with a failed one.
    pub slow: Duration,
    /// So many traces a minute stay of those that reach an endpoint: a route of a service, or a name of a request.
    pub per_minute: usize,
}

/// What sampling left of some spans.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Sampled {
    /// How many there were.
    pub of_rows: u64,
}

/// A trace as a number. Two traces of one number stay or go together.
pub(crate) fn number(trace: &[u8]) -> u64 {
    XxHash64::oneshot(0, trace)
}

/// The traces that stay, found by a look at their spans.
pub(crate) struct Survey {
    slow_ns: i64,
    per_minute: usize,
    stay: HashSet<u64>,
    endpoints: HashMap<(String, String), u32>,
    /// Per endpoint and minute, the traces with the lowest numbers.
    lowest: HashMap<(u32, Minute), BinaryHeap<u64>>,
}

/// There are too many traces to tell which of them stay.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct TooMany;

impl Survey {
    /// One that knows no span yet; these traces stay whatever it will see.
    pub(crate) fn new(policy: &SamplingPolicy, pinned: &[[u8; 16]]) -> Self {
        Self {
            slow_ns: i64::try_from(policy.slow.as_nanos()).unwrap_or(i64::MAX),
            per_minute: policy.per_minute,
            stay: pinned.iter().map(|id| number(id)).collect(),
            endpoints: HashMap::new(),
            lowest: HashMap::new(),
        }
    }

    /// Looks at some spans, of [`COLUMNS`]. Traces of spans that were sampled before stay: they were chosen.
    pub(crate) fn add(&mut self, batch: &RecordBatch, sampled: bool) -> Result<(), TooMany> {
        let spans = Spans::of(batch);
        let mut endpoints: HashMap<[i32; 3], u32> = HashMap::new();
        for row in 0..batch.num_rows() {
            let trace = number(spans.ids.value(row));
            if sampled || spans.errors.value(row) || spans.durations[row] >= self.slow_ns {
                self.stay.insert(trace);
            }
            if let Some(keys) = spans.entry(row) {
                let endpoint = *endpoints
                    .entry(keys)
                    .or_insert_with(|| number_of(&mut self.endpoints, spans.words(keys)));
                let minute = Timestamp::from_nanos(spans.starts[row]).minute();
                keep_lowest(self.lowest.entry((endpoint, minute)).or_default(), trace, self.per_minute);
            }
        }
        let sampled = self.lowest.len().saturating_mul(self.per_minute);
        if self.stay.len().saturating_add(sampled) > TRACES_MOST && self.traces() > TRACES_MOST {
            return Err(TooMany);
        }
        Ok(())
    }

    /// The numbers of the traces that stay.
    pub(crate) fn finish(self) -> HashSet<u64> {
        let Self { mut stay, lowest, .. } = self;
        stay.extend(lowest.into_values().flatten());
        stay
    }

    fn traces(&self) -> usize {
        self.stay.len() + self.lowest.values().map(BinaryHeap::len).sum::<usize>()
    }
}

/// The number of an endpoint, which it gets when it comes for the first time.
fn number_of(endpoints: &mut HashMap<(String, String), u32>, words: [&str; 2]) -> u32 {
    let [service, name] = words.map(str::to_owned);
    let next = endpoints.len().min(ENDPOINTS_MOST);
    if next == ENDPOINTS_MOST {
        return endpoints.get(&(service, name)).copied().unwrap_or(next as u32);
    }
    *endpoints.entry((service, name)).or_insert(next as u32)
}

/// Keeps at most `most` distinct numbers, the lowest ones.
fn keep_lowest(lowest: &mut BinaryHeap<u64>, number: u64, most: usize) {
    if lowest.len() >= most && lowest.peek().is_none_or(|highest| *highest <= number) {
        return;
    }
    if lowest.iter().any(|known| *known == number) {
        return;
    }
    lowest.push(number);
    if lowest.len() > most {
        lowest.pop();
    }
}

/// The columns that decide, of one batch.
struct Spans<'a> {
    starts: &'a [i64],
    durations: &'a [i64],
    ids: &'a arrow::array::FixedSizeBinaryArray,
    parents: &'a arrow::array::FixedSizeBinaryArray,
    errors: &'a BooleanArray,
    /// Service, name, kind and route.
    names: [(&'a Int32Array, &'a StringArray); 4],
}

impl<'a> Spans<'a> {
    fn of(batch: &'a RecordBatch) -> Self {
        let column = |name: &str| batch.column_by_name(name).expect("every table has its columns");
        let names = |name: &str| {
            let names = column(name).as_dictionary::<Int32Type>();
            (names.keys(), names.values().as_string::<i32>())
        };
        Self {
            starts: segment::times(Signal::Spans, batch),
            durations: column("duration_ns").as_primitive::<Int64Type>().values(),
            ids: column("trace_id").as_fixed_size_binary(),
            parents: column("parent_span_id").as_fixed_size_binary(),
            errors: column("error").as_boolean(),
            names: ["service", "name", "kind", "route"].map(names),
        }
    }

    /// Where a request enters a service or a trace begins: the keys of the service, the name and the route, -1 for none.
    fn entry(&self, row: usize) -> Option<[i32; 3]> {
        let [service, name, kind, route] = self.names;
        let key = |(keys, _): (&Int32Array, &StringArray)| {
            if keys.is_null(row) { -1 } else { keys.value(row) }
        };
        let text = |names: (&Int32Array, &'a StringArray)| {
            usize::try_from(key(names)).map_or("", |key| names.1.value(key))
        };
        let enters = matches!(text(kind), "server" | "consumer") || self.parents.is_null(row);
        enters.then(|| [key(service), key(name), key(route)])
    }

    /// The service, and its route or else the request's name.
    fn words(&self, [service, name, route]: [i32; 3]) -> [&'a str; 2] {
        let [services, names, _, routes] = self.names;
        let text = |texts: &'a StringArray, key: i32| usize::try_from(key).map(|key| texts.value(key)).ok();
        let endpoint =
            text(routes.1, route).filter(|route| !route.is_empty()).or_else(|| text(names.1, name));
        [text(services.1, service).unwrap_or_default(), endpoint.unwrap_or_default()]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_lowest_numbers_stay_each_once() {
        let mut lowest = BinaryHeap::new();
        for number in [9, 3, 7, 3, 1, 8, 1, 2] {
            keep_lowest(&mut lowest, number, 3);
        }
        assert_eq!(lowest.into_sorted_vec(), [1, 2, 3]);
        let mut none = BinaryHeap::new();
        keep_lowest(&mut none, 1, 0);
        assert!(none.is_empty());
    }

    #[test]
    fn endpoints_beyond_the_limit_count_as_one() {
        let mut endpoints = HashMap::new();
        for at in 0..ENDPOINTS_MOST {
            assert_eq!(number_of(&mut endpoints, ["shop", &at.to_string()]) as usize, at);
        }
        assert_eq!(number_of(&mut endpoints, ["shop", "7"]), 7);
        let beyond = number_of(&mut endpoints, ["shop", "another"]);
        assert_eq!(beyond, number_of(&mut endpoints, ["till", "still another"]));
        assert!(!endpoints.values().any(|known| *known == beyond));
    }
}
