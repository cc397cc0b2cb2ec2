//! What readers say of a store in which a bit is wrong: what was sent, or what is missing. Never a wrong answer.

use std::fmt::Debug;

use super::rot::{OfSegment, Rot};
use super::*;
use crate::core::Problem;
use crate::read::{ChartSearch, Found, Label, LogFilter, LogSearch, Needle, Reader, SeriesFilter, Where};
use crate::segment::{Files, SegmentError};
use crate::snapshot::Snapshot;

/// A span: service, name, length in nanoseconds, whether it failed.
type Fact<'a> = (&'a str, &'a str, i64, bool);

/// What a reader found, by signal, in the order of [`Signal::index`].
#[derive(Default)]
struct Stored {
    rows: [Vec<RecordBatch>; 3],
    /// Whether the rows of the file with the bit could not be read.
    lacks_rotten: bool,
    /// Whether other rows could not be read, as the bucket is out.
    lacks_others: bool,
}

impl Stored {
    fn names(&self) -> BTreeSet<String> {
        let mut all = BTreeSet::new();
        for signal in Signal::ALL {
            let names = names::of_rows(signal, &self.rows[signal.index()]);
            let count = names.len();
            let unique: BTreeSet<String> = names.into_iter().collect();
            // Some points are sent twice.
            assert!(signal == Signal::Metrics || unique.len() == count, "nothing of {signal} is there twice");
            all.extend(unique);
        }
        all
    }
}

impl World {
    /// What must be so although a bit is wrong. Whether any row is missing.
    pub(in crate::core::tests) fn check_despite_rot(&mut self) -> bool {
        if !self.is_bucket_out() {
            self.settle();
        }
        let rot = self.rot.as_ref().expect("there is some");
        // Once as those read who have read before, and once as if nobody had.
        let (files, snapshot) = (self.core.files(), self.core.snapshot());
        self.check_reader(rot, &files);
        for signal in Signal::ALL {
            snapshot.segments(signal, TimeRange::ALL).for_each(|meta| files.forget(&meta.file));
        }
        self.check_reader(rot, &files)
    }

    fn is_bucket_out(&self) -> bool {
        self.backed.as_ref().is_some_and(|backed| backed.bucket.is_out())
    }

    fn check_reader(&self, rot: &Rot, files: &Files) -> bool {
        let stored = self.read_all(rot, files);
        let there = stored.names();
        let known: BTreeSet<String> = self.groups.iter().flatten().cloned().collect();
        assert!(there.is_subset(&known), "nothing is there that was not sent");
        let missing: BTreeSet<String> = known.difference(&there).cloned().collect();
        let of_segment = |segment: &OfSegment| names::of_rows(segment.signal, &segment.rows);
        let of_segment: BTreeSet<String> = rot.of.as_ref().map(of_segment).into_iter().flatten().collect();
        match (stored.lacks_others, stored.lacks_rotten) {
            (true, _) => {}
            (false, true) => {
                assert!(missing.is_subset(&of_segment), "rows of no other file: {missing:?}, {rot:?}");
            }
            (false, false) => self.check_lost_of_log(rot, &missing),
        }
        self.check_trace(rot, files, &stored);
        if !stored.lacks_others {
            self.check_what_is_made_of_rows(rot, files, stored);
        }
        !missing.is_empty()
    }

    /// All rows that can be read. A segment that cannot be is in quarantine for the bit, or in the bucket alone, which is out.
    fn read_all(&self, rot: &Rot, files: &Files) -> Stored {
        let (snapshot, is_out) = (self.core.snapshot(), self.is_bucket_out());
        let mut stored = Stored::default();
        for signal in Signal::ALL {
            let rows = &mut stored.rows[signal.index()];
            rows.extend_from_slice(snapshot.rows(signal));
            for meta in snapshot.segments(signal, TimeRange::ALL) {
                let rotten = rot.of.as_ref().filter(|segment| segment.file == meta.file);
                match files.read(signal, meta, None) {
                    Ok(read) => {
                        assert!(
                            rotten.is_none_or(|segment| segment.rows == read),
                            "as it was written: {rot:?}"
                        );
                        rows.extend(read);
                    }
                    Err(SegmentError::Quarantined { reason, .. }) => {
                        let segment =
                            rotten.unwrap_or_else(|| panic!("{reason} of {}, and {rot:?}", meta.file));
                        assert!(!segment.is_stored || is_out, "the bucket has it whole: {reason}, {rot:?}");
                        stored.lacks_rotten = true;
                    }
                    Err(SegmentError::Unreachable { .. }) if is_out => stored.lacks_others = true,
                    Err(error) => panic!("{error} of {rot:?}"),
                }
            }
        }
        stored
    }

    /// What is missing was in one record of the log, which a start has told; or in the last one, when the mark behind it went
    /// with the power.
    fn check_lost_of_log(&self, rot: &Rot, missing: &BTreeSet<String>) {
        let has_all = |group: &Vec<String>| missing.iter().all(|name| group.contains(name));
        assert!(missing.is_empty() || self.groups.iter().any(has_all), "{missing:?} of one group, {rot:?}");
        let told = rot.told.iter().any(|problem| matches!(problem, Problem::LogLoss { records: 1, .. }));
        let unmarked = rot.last_of_power.iter().any(|name| missing.contains(name));
        assert!(missing.is_empty() || told || unmarked, "{missing:?} is told: {rot:?}");
    }

    /// A reader shows what is there as it was sent, and says so where something is missing.
    fn check_trace(&self, rot: &Rot, files: &Files, stored: &Stored) {
        let found = Reader::new(files.clone(), self.core.snapshot()).trace(&[7; 16]);
        assert_eq!(found.partial, !found.warnings.is_empty());
        let shown: BTreeSet<String> = found
            .value
            .iter()
            .map(|span| {
                let id = u64::from_str_radix(&span.span_id, 16).expect("a number");
                let fact: Fact<'_> = (&span.service, &span.name, span.duration_ns, span.error);
                assert_eq!(Some(fact), self.sent_as(id), "span {id} of {rot:?}");
                names::of_span(id)
            })
            .collect();
        assert_eq!(shown.len(), found.value.len(), "each once");
        let there = names::of_rows(Signal::Spans, &stored.rows[Signal::Spans.index()]).into_iter().collect();
        assert!(shown.is_subset(&there) && (found.partial || shown == there), "{rot:?}");
    }

    /// What was sent as a span.
    fn sent_as(&self, id: u64) -> Option<Fact<'_>> {
        let (_, batch) = self.batches_sent.range(..=id).next_back()?;
        let n = id - batch.first_id;
        let name = if n.is_multiple_of(2) { "GET /" } else { "work" };
        let nanos = i64::try_from(duration_of(n).as_nanos()).expect("short");
        (n < batch.spans).then_some((batch.service, name, nanos, n < batch.errors))
    }

    /// Answers, and counters, which also count what cannot be read any more.
    fn check_what_is_made_of_rows(&self, rot: &Rot, files: &Files, stored: Stored) {
        let Stored { mut rows, lacks_rotten, .. } = stored;
        let unread = rot.of.as_ref().filter(|_| lacks_rotten);
        if let Some(segment) = unread {
            rows[segment.signal.index()].extend(segment.rows.iter().cloned());
        }
        self.check_counts(&rows[Signal::Spans.index()], Minute(0));
        // Points that came late wait for a bucket that is out.
        if !self.is_bucket_out() {
            self.check_increases_of(&rows[Signal::Metrics.index()], rot.not_counted_again());
        }
        let reader = Reader::new(files.clone(), self.core.snapshot());
        let whole = Snapshot::new(rows, Default::default(), Vec::new());
        let whole = Reader::new(Files::new(self.shared()), whole);
        for ((found, partial), (expected, _)) in answers(&reader).into_iter().zip(answers(&whole)) {
            assert!(lacks_rotten || !partial, "nothing is missing: {found}, {rot:?}");
            assert!(partial || found == expected, "{found} instead of {expected}, and not told: {rot:?}");
        }
    }
}

/// Answers of many kinds, as texts, each with whether it says that rows are missing.
fn answers(reader: &Reader) -> Vec<(String, bool)> {
    let start = Timestamp::from_secs(1_800_000_000);
    let hours = |count: u64| Duration::from_secs(count * 60 * 60);
    let range = TimeRange { from: start.minus(hours(12)), to: start.plus(hours(6)) };
    let logs = |only: LogFilter| {
        text(reader.logs(&LogSearch { range: TimeRange::ALL, only, limit: 10_000, after: None }))
    };
    let seven = Needle::new("7", true).expect("a text");
    let chart = |metric: &str, group_by: Vec<Label>| {
        let (metric, filter) = (metric.to_owned(), SeriesFilter::default());
        let search = ChartSearch {
            metric,
            kind: None,
            unit: None,
            range,
            filter,
            group_by,
            aggregate: None,
            step_secs: Some(300),
        };
        text(reader.metric_chart(&search).expect("a chart"))
    };
    vec![
        logs(LogFilter::default()),
        logs(LogFilter { contains: Some(seven), ..LogFilter::default() }),
        text(reader.log_counts(range, &LogFilter::default(), 60)),
        text(reader.services(range, &Where::default())),
        text(reader.metrics(range, &SeriesFilter::default())),
        chart("requests", Label::parse("kind").into_iter().collect()),
        chart("duration", Vec::new()),
    ]
}

fn text<T: Debug>(found: Found<T>) -> (String, bool) {
    let Found { value, warnings, partial, .. } = found;
    assert!(!partial || !warnings.is_empty(), "what is missing is told");
    (format!("{value:?}, {warnings:?}"), partial)
}
