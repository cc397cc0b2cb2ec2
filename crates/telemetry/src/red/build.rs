//! From rows to series.

use std::collections::{BTreeMap, HashMap};

use arrow::array::{Array as _, AsArray as _, BooleanArray, RecordBatch, StringArray};
use arrow::datatypes::{Int32Type, Int64Type};
use ippo_base::Timestamp;

use super::sketch::bucket;
use super::{Key, Rollup, Series};
use crate::signal::Signal;

/// The columns that make a key, in the order of [`Key`]'s fields.
const NAMES_OF_SPANS: [&str; 7] = ["service", "namespace", "environment", "name", "kind", "method", "route"];
const NAMES_OF_LOGS: [&str; 3] = ["service", "namespace", "environment"];

/// OpenTelemetry's ranges of severity, of four numbers each from 1 on.
const SEVERITY_RANGES: u8 = 6;

/// Makes a rollup of rows as they come.
pub(crate) struct Builder {
    signal: Signal,
    numbers: HashMap<Key, u32>,
    keys: Vec<Key>,
    last: Vec<i64>,
    /// A row each: series, minute, bucket, and whether it failed.
    rows: Vec<(u32, u32, u16, bool)>,
}

/// A dictionary column: the key of each row, none as -1, and the texts.
struct Names<'a> {
    keys: &'a arrow::array::Int32Array,
    texts: &'a StringArray,
}

impl<'a> Names<'a> {
    fn of(batch: &'a RecordBatch, name: &str) -> Self {
        let column =
            batch.column_by_name(name).expect("every table has its columns").as_dictionary::<Int32Type>();
        Self { keys: column.keys(), texts: column.values().as_string::<i32>() }
    }

    fn key(&self, row: usize) -> i32 {
        if self.keys.is_null(row) { -1 } else { self.keys.value(row) }
    }

    fn text(&self, key: i32) -> Option<String> {
        usize::try_from(key).ok().map(|key| self.texts.value(key).to_owned())
    }
}

/// What tells the series of the rows of one batch apart.
type Local = ([i32; 7], u8);

impl Builder {
    /// For rows of a signal; `None` for those that have no rollup.
    pub(crate) fn new(signal: Signal) -> Option<Self> {
        let builder =
            Self { signal, numbers: HashMap::new(), keys: Vec::new(), last: Vec::new(), rows: Vec::new() };
        (signal != Signal::Metrics).then_some(builder)
    }

    /// Counts a batch.
    pub(crate) fn add(&mut self, batch: &RecordBatch) {
        match self.signal {
            Signal::Spans => self.add_spans(batch),
            Signal::Logs => self.add_logs(batch),
            Signal::Metrics => {}
        }
    }

    fn add_spans(&mut self, batch: &RecordBatch) {
        let names = NAMES_OF_SPANS.map(|name| Names::of(batch, name));
        let durations =
            batch.column_by_name("duration_ns").expect("a column of spans").as_primitive::<Int64Type>();
        let statuses =
            batch.column_by_name("http_status").expect("a column of spans").as_primitive::<Int64Type>();
        let errors: &BooleanArray = batch.column_by_name("error").expect("a column of spans").as_boolean();
        let class = |row| {
            let status = if statuses.is_valid(row) { statuses.value(row) / 100 } else { 0 };
            u8::try_from(status).ok().filter(|class| *class < 10).unwrap_or(0)
        };
        self.add_rows(batch, &names, class, |row| (bucket(durations.value(row)), errors.value(row)));
    }

    fn add_logs(&mut self, batch: &RecordBatch) {
        let names = NAMES_OF_LOGS.map(|name| Names::of(batch, name));
        let severities =
            batch.column_by_name("severity_number").expect("a column of logs").as_primitive::<Int64Type>();
        let class = |row| {
            let number = if severities.is_valid(row) { severities.value(row) } else { 0 };
            u8::try_from((number + 3) / 4).ok().filter(|class| *class <= SEVERITY_RANGES).unwrap_or(0)
        };
        self.add_rows(batch, &names, class, |_| (0, false));
    }

    fn add_rows(
        &mut self,
        batch: &RecordBatch,
        names: &[Names<'_>],
        class: impl Fn(usize) -> u8,
        row_of: impl Fn(usize) -> (u16, bool),
    ) {
        let times = crate::segment::times(self.signal, batch);
        let mut known: HashMap<Local, u32> = HashMap::new();
        // Mostly like the row before.
        let mut before: Option<(Local, u32)> = None;
        for (row, time) in times.iter().enumerate() {
            let mut keys = [-1; 7];
            names.iter().zip(&mut keys).for_each(|(names, key)| *key = names.key(row));
            let local = (keys, class(row));
            let number = match before {
                Some((same, number)) if same == local => number,
                _ => *known.entry(local).or_insert_with(|| self.number(names, local)),
            };
            before = Some((local, number));
            let last = &mut self.last[number as usize];
            *last = (*last).max(*time);
            let (bucket, error) = row_of(row);
            self.rows.push((number, Timestamp::from_nanos(*time).minute().0, bucket, error));
        }
    }

    fn number(&mut self, names: &[Names<'_>], (keys, status_class): Local) -> u32 {
        let text = |at: usize| names.get(at).and_then(|names| names.text(keys[at]));
        let [service, namespace, environment, name, kind] =
            [0, 1, 2, 3, 4].map(|at| text(at).unwrap_or_default());
        let key = Key {
            service,
            namespace,
            environment,
            name,
            kind,
            method: text(5),
            route: text(6),
            status_class,
        };
        let next = u32::try_from(self.keys.len()).expect("fewer than 2^32 series");
        *self.numbers.entry(key).or_insert_with_key(|key| {
            self.keys.push(key.clone());
            self.last.push(i64::MIN);
            next
        })
    }

    /// The rollup of all rows.
    pub(crate) fn finish(mut self) -> Rollup {
        self.rows.sort_unstable();
        let mut each: Vec<Series> =
            self.last.iter().map(|last| Series { last: *last, minutes: BTreeMap::new() }).collect();
        for minute in self.rows.chunk_by(|a, b| (a.0, a.1) == (b.0, b.1)) {
            let (number, at, ..) = minute[0];
            let red = each[number as usize].minutes.entry(ippo_base::Minute(at)).or_default();
            red.errors += minute.iter().filter(|(.., error)| *error).count() as u64;
            for same in minute.chunk_by(|a, b| a.2 == b.2) {
                red.durations.add_to(same[0].2, same.len() as u64);
            }
        }
        let mut rollup = Rollup::default();
        // The busiest keep a series of their own.
        let mut series: Vec<(Key, Series)> = self.keys.into_iter().zip(each).collect();
        if series.len() > super::SERIES_MOST {
            let rows =
                |series: &Series| series.minutes.values().map(|red| red.durations.count()).sum::<u64>();
            series.sort_by_cached_key(|(key, series)| (std::cmp::Reverse(rows(series)), key.clone()));
        }
        for (key, series) in series {
            rollup.add(&key, series);
        }
        rollup
    }
}
