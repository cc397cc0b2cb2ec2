//! Rate, errors and durations (RED) of rows, a minute: what pages ask most is known without reading the rows.
//!
//! Each segment carries those of its own rows, made when it is written. So they come and go with the rows, are right
//! whatever fails when, and need no log of their own.

mod build;
mod sketch;
mod wire;

use std::collections::BTreeMap;

use ippo_base::Minute;

pub(crate) use build::Builder;
pub use sketch::{RELATIVE_ERROR, Sketch};

/// Series of one segment, at most; the rows of the others are counted a service together.
pub const SERIES_MOST: usize = 4_000;
/// The name under which rows beyond [`SERIES_MOST`] are counted.
pub const OTHER: &str = "(other)";

/// What rows of one series have in common. Of log records, whoever sent them and their severity.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Key {
    /// `service.name`.
    pub service: String,
    /// `service.namespace`.
    pub namespace: String,
    /// `deployment.environment.name`.
    pub environment: String,
    /// The span's name.
    pub name: String,
    /// The span's kind.
    pub kind: String,
    /// The HTTP method.
    pub method: Option<String>,
    /// The HTTP route.
    pub route: Option<String>,
    /// The first digit of the HTTP status; of log records, which of OpenTelemetry's six ranges the severity is in, from 1
    /// on. 0 where there is none.
    pub status_class: u8,
}

/// Rows of one series in one minute, or in all minutes.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Red {
    /// How many failed.
    pub errors: u64,
    /// How many there were, by how long they took.
    pub durations: Sketch,
}

/// One series.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Series {
    /// When its last row happened, in nanoseconds.
    pub last: i64,
    /// Minutes that have rows, ascending.
    pub minutes: BTreeMap<Minute, Red>,
}

/// The series of some rows.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Rollup {
    /// By key.
    pub series: BTreeMap<Key, Series>,
}

impl Red {
    /// Adds others.
    pub fn merge(&mut self, other: &Red) {
        self.errors += other.errors;
        self.durations.merge(&other.durations);
    }
}

impl Series {
    fn merge(&mut self, other: &Series) {
        self.last = self.last.max(other.last);
        for (minute, red) in &other.minutes {
            self.minutes.entry(*minute).or_default().merge(red);
        }
    }
}

impl Rollup {
    /// Adds another's series; beyond [`SERIES_MOST`] together.
    pub fn merge(&mut self, other: &Rollup) {
        for (key, series) in &other.series {
            self.entry(key).merge(series);
        }
    }

    /// Adds a series; beyond [`SERIES_MOST`] to others.
    fn add(&mut self, key: &Key, series: Series) {
        let into = self.entry(key);
        if into.minutes.is_empty() {
            *into = series;
        } else {
            into.merge(&series);
        }
    }

    /// The same without minutes: each series is one, at `minute`.
    pub(crate) fn totals(&self, minute: Minute) -> Self {
        let total = |series: &Series| {
            let mut sum = Red::default();
            series.minutes.values().for_each(|red| sum.merge(red));
            Series { last: series.last, minutes: BTreeMap::from([(minute, sum)]) }
        };
        Self { series: self.series.iter().map(|(key, series)| (key.clone(), total(series))).collect() }
    }

    fn entry(&mut self, key: &Key) -> &mut Series {
        if self.series.len() >= SERIES_MOST && !self.series.contains_key(key) {
            return self.series.entry(key.beyond()).or_default();
        }
        self.series.entry(key.clone()).or_default()
    }
}

impl Key {
    /// What its rows are counted as where there are too many series.
    fn beyond(&self) -> Self {
        Self { name: OTHER.to_owned(), method: None, route: None, ..self.clone() }
    }
}
