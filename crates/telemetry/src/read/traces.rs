//! Traces that match a search, newest first.
//!
//! A trace stands in the list at its newest matching span, so that a page needs to look no further back than its own
//! traces. What is told of it is computed over all its spans within an hour of that.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::time::Duration;

use arrow::array::{Array as _, RecordBatch};
use ippo_base::{TimeRange, Timestamp};
use serde::{Deserialize, Serialize};

use super::cell::{Names, Numbers, flag, id};
use super::scan::{Enough, Scan};
use super::{Found, Listed, Reader, millis};
use crate::expr::Expr;
use crate::signal::Signal;

/// How far before and after its newest matching span the spans of a trace are looked for.
const AROUND: Duration = Duration::from_secs(60 * 60);
const COLUMNS: [&str; 9] =
    ["start", "duration_ns", "trace_id", "span_id", "parent_span_id", "service", "name", "status", "error"];

/// Which traces.
#[derive(Debug, Clone)]
pub struct TraceSearch {
    /// When a matching span started.
    pub range: TimeRange,
    /// Only with a matching span of this service.
    pub service: Option<String>,
    /// Only with a matching span of this name.
    pub name: Option<String>,
    /// Only with a span for which this is true.
    pub filter: Option<Expr>,
    /// Only with a matching span that took at least so long, in nanoseconds.
    pub min_duration_ns: Option<i64>,
    /// Only with a matching span that failed, or that did not.
    pub error: Option<bool>,
    /// How many, at most.
    pub limit: usize,
    /// Where the page before ended.
    pub after: Option<TraceCursor>,
}

/// A place in the list: the time of a trace's newest matching span, then its id.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TraceCursor {
    time: i64,
    trace_id: String,
}

/// A trace in a list.
#[derive(Debug, Clone, PartialEq)]
pub struct TraceSummary {
    /// 32 hexadecimal digits.
    pub trace_id: String,
    /// When its first span started.
    pub start: Timestamp,
    /// From its first start to its last end, in milliseconds.
    pub duration_ms: f64,
    /// The service of its root, or of its first span.
    pub service: String,
    /// The name of that span.
    pub name: String,
    /// The status of that span.
    pub status: String,
    /// Every service that took part, by name.
    pub services: Vec<String>,
    /// Number of spans.
    pub spans: u64,
    /// Those that failed.
    pub errors: u64,
}

type Id = [u8; 16];

impl Reader {
    /// Traces that match, newest first.
    pub fn traces(&self, search: &TraceSearch) -> Found<Listed<TraceSummary, TraceCursor>> {
        let place = search.after.as_ref().map(|after| (after.time, after.trace_id.clone()));
        let found = self.matching_traces(search);
        let Found { value: newest, mut warnings, mut partial, sampled } = found;
        let beyond = |(id, time): &(Id, i64)| {
            place.as_ref().is_none_or(|(at, after)| *time < *at || (*time == *at && hex::encode(id) > *after))
        };
        let mut page: Vec<(Id, i64)> = newest.into_iter().filter(beyond).collect();
        page.sort_unstable_by_key(|(id, time)| (std::cmp::Reverse(*time), *id));
        let more = page.len() > search.limit;
        page.truncate(search.limit);
        let next = page
            .last()
            .filter(|_| more)
            .map(|(id, time)| TraceCursor { time: *time, trace_id: hex::encode(id) });
        let summaries = self.summaries(&page);
        partial |= summaries.partial;
        // An hour beside a trace's own may have had more of its spans.
        let sampled = sampled.or(summaries.sampled);
        warnings.extend(summaries.warnings);
        warnings.dedup();
        Found { value: Listed { items: summaries.value, next }, warnings, partial, sampled }
    }

    /// The newest matching span of enough traces: those of whole windows, until a page and one more are beyond the cursor.
    fn matching_traces(&self, search: &TraceSearch) -> Found<HashMap<Id, i64>> {
        let mut columns: Vec<&str> = COLUMNS.to_vec();
        columns.extend(search.filter.iter().flat_map(Expr::columns));
        columns.sort_unstable();
        columns.dedup();
        let scan = Scan { signal: Signal::Spans, range: search.range, columns: Some(&columns) };
        let place = search.after.as_ref().map(|after| (after.time, after.trace_id.clone()));
        let start = (HashMap::new(), 0_usize);
        let found = self.scan_windows(&scan, start, |(newest, beyond), window, batches| {
            let mut of_window: HashMap<Id, i64> = HashMap::new();
            for batch in batches {
                matches(search, window, batch, &mut of_window);
            }
            for (id, time) in of_window {
                // A newer window has spoken for the trace already.
                if newest.contains_key(&id) {
                    continue;
                }
                newest.insert(id, time);
                let counts = place
                    .as_ref()
                    .is_none_or(|(at, after)| time < *at || (time == *at && hex::encode(id) > *after));
                *beyond += usize::from(counts);
            }
            if *beyond > search.limit { Enough::Yes } else { Enough::NotYet }
        });
        found.map(|(newest, _)| newest)
    }

    fn summaries(&self, page: &[(Id, i64)]) -> Found<Vec<TraceSummary>> {
        let (Some(first), Some(last)) = (page.first(), page.last()) else { return Found::whole(Vec::new()) };
        let range = TimeRange {
            from: Timestamp::from_nanos(last.1).minus(AROUND),
            to: Timestamp::from_nanos(first.1).plus(AROUND),
        };
        let wanted: HashSet<Id> = page.iter().map(|(id, _)| *id).collect();
        let scan = Scan { signal: Signal::Spans, range, columns: Some(&COLUMNS) };
        let found = self.scan(&scan, HashMap::<Id, Gathered>::new(), |gathered, batch| {
            gather(batch, &wanted, gathered);
        });
        found.map(|mut gathered| {
            let summary = |(id, _): &(Id, i64)| gathered.remove(id).map(|gathered| gathered.finish(id));
            page.iter().filter_map(summary).collect()
        })
    }
}

fn matches(search: &TraceSearch, window: TimeRange, batch: &RecordBatch, newest: &mut HashMap<Id, i64>) {
    let (starts, durations) = (Numbers::of(batch, "start"), Numbers::of(batch, "duration_ns"));
    let (services, names) = (Names::of(batch, "service"), Names::of(batch, "name"));
    let filter = search.filter.as_ref().map(|filter| filter.eval(batch));
    for row in 0..batch.num_rows() {
        let start = starts.time(row);
        let fits = window.from <= start
            && start < window.to
            && search.service.as_ref().is_none_or(|service| services.text(row) == service)
            && search.name.as_ref().is_none_or(|name| names.text(row) == name)
            && search.min_duration_ns.is_none_or(|least| durations.number(row) >= least)
            && search.error.is_none_or(|error| flag(batch, "error", row) == error)
            && filter.as_ref().is_none_or(|filter| filter.is_valid(row) && filter.value(row));
        if fits && let Some(id) = id(batch, "trace_id", row) {
            let newest = newest.entry(id).or_insert(i64::MIN);
            *newest = (*newest).max(start.as_nanos());
        }
    }
}

/// What is known of a trace while its spans come by.
struct Gathered {
    start: i64,
    end: i64,
    /// Root before others, then by start and id: start, name, service and status of the span that stands for the trace.
    head: (bool, i64, [u8; 8]),
    head_words: [String; 3],
    services: BTreeMap<String, ()>,
    seen: HashSet<[u8; 8]>,
    errors: u64,
}

fn gather(batch: &RecordBatch, wanted: &HashSet<Id>, gathered: &mut HashMap<Id, Gathered>) {
    let (starts, durations) = (Numbers::of(batch, "start"), Numbers::of(batch, "duration_ns"));
    let words = ["service", "name", "status"].map(|name| Names::of(batch, name));
    for row in 0..batch.num_rows() {
        let Some(trace) = id(batch, "trace_id", row).filter(|id| wanted.contains(id)) else { continue };
        let span: [u8; 8] = id(batch, "span_id", row).unwrap_or_default();
        let start = starts.number(row);
        let end = start.saturating_add(durations.number(row));
        let has_parent = id::<8>(batch, "parent_span_id", row).is_some();
        let head = (has_parent, start, span);
        let says = || [0, 1, 2].map(|word: usize| words[word].text(row).to_owned());
        let one = gathered.entry(trace).or_insert_with(|| Gathered {
            start,
            end,
            head,
            head_words: says(),
            services: BTreeMap::new(),
            seen: HashSet::new(),
            errors: 0,
        });
        one.start = one.start.min(start);
        one.end = one.end.max(end);
        if head < one.head {
            (one.head, one.head_words) = (head, says());
        }
        if !one.services.contains_key(words[0].text(row)) {
            one.services.insert(words[0].text(row).to_owned(), ());
        }
        if one.seen.insert(span) {
            one.errors += u64::from(flag(batch, "error", row));
        }
    }
}

impl Gathered {
    fn finish(self, id: &Id) -> TraceSummary {
        let [service, name, status] = self.head_words;
        TraceSummary {
            trace_id: hex::encode(id),
            start: Timestamp::from_nanos(self.start),
            duration_ms: millis(self.end - self.start),
            service,
            name,
            status,
            services: self.services.into_keys().collect(),
            spans: self.seen.len() as u64,
            errors: self.errors,
        }
    }
}
