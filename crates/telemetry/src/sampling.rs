//! Tail sampling: which traces stay when an hour of spans has become old.
//!
//! An hour is decided on by what is known of its traces in it and in the hours beside it. So a trace of less than an hour
//! stays as a whole or goes as a whole, although each hour is decided on alone. What was counted before stays as it was
//! counted: counters never look back, and a segment keeps the rate, errors and durations of all spans that it had.

use std::collections::{BTreeSet, HashMap, HashSet};
use std::hash::Hasher as _;
use std::time::Duration;

use arrow::array::{Array as _, AsArray as _, BooleanArray, Int32Array, RecordBatch, StringArray};
use arrow::datatypes::{Int32Type, Int64Type};
use ippo_base::{Minute, TimeRange, Timestamp};
use serde::{Deserialize, Serialize};
use twox_hash::XxHash64;

use crate::segment;
use crate::signal::Signal;

/// Traces of one hour and its neighbours that are told apart; an hour from which more would stay is left as it is.
pub(crate) const TRACES_MOST: usize = 2_000_000;
/// Endpoints are told apart by a hash of so many values, so that all hours tell them alike, and names with ids in them take
/// no more than this. A few of some hundreds share one.
const ENDPOINT_HASHES: u64 = 2_048;
/// Bits by which the traces of an hour are told from others, where a neighbour of theirs stays whole.
const HOUR_BITS: usize = 1 << 26;
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
    /// Spans that begin elsewhere say nothing.
    range: TimeRange,
    slow_ns: i64,
    per_minute: usize,
    stay: HashSet<u64>,
    /// Per endpoint and minute, the traces with the lowest numbers.
    lowest: HashMap<(u32, Minute), BTreeSet<u64>>,
    /// How many numbers `lowest` has.
    chosen: usize,
    /// Which numbers may be of the hour, where that is asked.
    hour: Option<Vec<u64>>,
}

/// How spans decide.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Says {
    /// By what they are.
    Reasons,
    /// Their traces were chosen before, and stay.
    Chosen,
    /// They stay whatever is done here, and so do their traces, as far as these are in the hour.
    Whole,
}

/// There are too many traces to tell which of them stay.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct TooMany;

impl Survey {
    /// One of these hours that knows no span yet; these traces stay whatever it will see.
    pub(crate) fn new(policy: &SamplingPolicy, pinned: &[[u8; 16]], range: TimeRange) -> Self {
        Self {
            range,
            slow_ns: i64::try_from(policy.slow.as_nanos()).unwrap_or(i64::MAX),
            per_minute: policy.per_minute,
            stay: pinned.iter().map(|id| number(id)).collect(),
            lowest: HashMap::new(),
            chosen: 0,
            hour: None,
        }
    }

    /// Remembers the traces of spans of the hour itself, for those beside it that stay whole.
    pub(crate) fn is_of_hour(&mut self, batch: &RecordBatch) {
        let bits = self.hour.get_or_insert_with(|| vec![0; HOUR_BITS / 64]);
        for trace in Spans::of(batch).ids.iter().flatten() {
            let bit = number(trace) as usize % HOUR_BITS;
            bits[bit / 64] |= 1 << (bit % 64);
        }
    }

    /// Looks at some spans, of [`COLUMNS`].
    pub(crate) fn add(&mut self, batch: &RecordBatch, says: Says) -> Result<(), TooMany> {
        let spans = Spans::of(batch);
        let mut endpoints: HashMap<[i32; 3], u32> = HashMap::new();
        for row in 0..batch.num_rows() {
            let start = Timestamp::from_nanos(spans.starts[row]);
            if start < self.range.from || self.range.to <= start {
                continue;
            }
            let trace = number(spans.ids.value(row));
            let stays = match says {
                Says::Reasons => spans.errors.value(row) || spans.durations[row] >= self.slow_ns,
                Says::Chosen => true,
                Says::Whole => self.may_be_of_hour(trace),
            };
            if stays {
                self.stay.insert(trace);
            }
            if let Some(keys) = spans.entry(row) {
                let endpoint = *endpoints.entry(keys).or_insert_with(|| endpoint(spans.words(keys)));
                self.choose((endpoint, start.minute()), trace);
            }
        }
        if self.stay.len() + self.chosen > TRACES_MOST { Err(TooMany) } else { Ok(()) }
    }

    /// The numbers of the traces that stay.
    pub(crate) fn finish(self) -> HashSet<u64> {
        let Self { mut stay, lowest, .. } = self;
        stay.extend(lowest.into_values().flatten());
        stay
    }

    fn may_be_of_hour(&self, trace: u64) -> bool {
        let bit = trace as usize % HOUR_BITS;
        self.hour.as_ref().is_none_or(|bits| bits[bit / 64] & 1 << (bit % 64) != 0)
    }

    /// Keeps the lowest numbers of an endpoint's minute.
    fn choose(&mut self, of: (u32, Minute), trace: u64) {
        let lowest = self.lowest.entry(of).or_default();
        self.chosen += usize::from(lowest.insert(trace));
        if lowest.len() > self.per_minute {
            lowest.pop_last();
            self.chosen -= 1;
        }
    }
}

/// The number of an endpoint.
fn endpoint([service, name]: [&str; 2]) -> u32 {
    let mut hash = XxHash64::with_seed(0);
    hash.write(service.as_bytes());
    hash.write(&[0xff]);
    hash.write(name.as_bytes());
    u32::try_from(hash.finish() % ENDPOINT_HASHES).expect("few")
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

    fn survey(per_minute: usize) -> Survey {
        let policy = SamplingPolicy { after: SOONEST, slow: Duration::from_secs(1), per_minute };
        Survey::new(&policy, &[], TimeRange::ALL)
    }

    #[test]
    fn the_lowest_numbers_of_a_minute_stay_each_once() {
        let mut survey = survey(3);
        for number in [9, 3, 7, 3, 1, 8, 1, 2] {
            survey.choose((0, Minute(1)), number);
        }
        survey.choose((0, Minute(2)), 9);
        survey.choose((1, Minute(1)), 8);
        assert_eq!(survey.chosen, 5);
        assert_eq!(survey.finish(), HashSet::from([1, 2, 3, 8, 9]));
    }

    #[test]
    fn an_endpoint_has_the_same_number_always() {
        assert_eq!(endpoint(["shop", "/cart"]), endpoint(["shop", "/cart"]));
        assert_ne!(endpoint(["shop", "/cart"]), endpoint(["shop/", "cart"]));
        let numbers: BTreeSet<u32> = (0..100).map(|at| endpoint(["shop", &at.to_string()])).collect();
        assert!(numbers.len() > 90, "few share one: {}", numbers.len());
    }
}
