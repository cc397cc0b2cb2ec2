//! Which metrics there are: name, kind and unit, how many series, and who sends them.

use std::collections::{BTreeMap, BTreeSet};

use ippo_base::{TimeRange, Timestamp};

use super::points::{PointRows, Wanted};
use super::series::{SERIES_COLUMNS, SeriesIndex};
use super::{MetricKind, SERIES_MOST, SeriesFilter};
use crate::read::scan::Scan;
use crate::read::{Found, Reader};
use crate::signal::Signal;

/// One metric in a range. A name that comes with several kinds or units is several metrics.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MetricSummary {
    /// Its name.
    pub metric: String,
    /// What it measures.
    pub kind: MetricKind,
    /// Its unit as it came, by UCUM; empty where none was given.
    pub unit: String,
    /// `delta` or `cumulative`, each that came; empty for kinds that have none.
    pub temporalities: Vec<String>,
    /// How many series it has.
    pub series: usize,
    /// How many points came.
    pub points: u64,
    /// Who sends it, by `service.name`.
    pub services: Vec<String>,
    /// The time of its latest point.
    pub last_seen: Timestamp,
}

/// The metrics of a range.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Metrics {
    /// By name, then kind, then unit.
    pub metrics: Vec<MetricSummary>,
    /// Series of all of them.
    pub series: usize,
}

#[derive(Default)]
struct Seen {
    temporalities: BTreeSet<String>,
    services: BTreeSet<String>,
    series: SeriesIndex,
    points: u64,
    last_seen: i64,
}

#[derive(Default)]
struct All {
    by_name: BTreeMap<String, BTreeMap<(MetricKind, String), Seen>>,
    series: usize,
    overflow: u64,
}

impl All {
    fn add(&mut self, row: &PointRows<'_>) {
        let by_kind = entry(&mut self.by_name, row.metric);
        let key = (row.kind, row.unit.to_owned());
        let seen = by_kind.entry(key).or_default();
        seen.points += 1;
        seen.last_seen = seen.last_seen.max(row.time);
        insert(&mut seen.temporalities, row.whose.temporality);
        insert(&mut seen.services, row.service);
        let before = seen.series.len();
        let room = SERIES_MOST.saturating_sub(self.series);
        match seen.series.of(row.whose, before + room) {
            Some(_) => self.series += seen.series.len() - before,
            None => self.overflow += 1,
        }
    }
}

impl Reader {
    /// The metrics that have points in the range. Only service, namespace and environment of the filter count.
    pub fn metrics(&self, range: TimeRange, filter: &SeriesFilter) -> Found<Metrics> {
        let scan = Scan { signal: Signal::Metrics, range, columns: Some(&SERIES_COLUMNS) };
        let wanted = Wanted { metric: "", kind: None, unit: None, range, filter };
        let mut found =
            self.scan(&scan, All::default(), |all, batch| wanted.rows_of_all(batch, |row| all.add(&row)));
        if found.value.overflow > 0 {
            found.warnings.push(format!(
                "there are more than {SERIES_MOST} series; {} points of the rest are not told apart, so that numbers of \
                 series are too low: choose a service or a shorter range",
                found.value.overflow
            ));
            found.partial = true;
        }
        found.map(summaries)
    }
}

fn summaries(all: All) -> Metrics {
    let mut metrics = Vec::new();
    for (metric, by_kind) in all.by_name {
        for ((kind, unit), seen) in by_kind {
            metrics.push(MetricSummary {
                metric: metric.clone(),
                kind,
                unit,
                temporalities: seen.temporalities.into_iter().filter(|text| !text.is_empty()).collect(),
                series: seen.series.len(),
                points: seen.points,
                services: seen.services.into_iter().collect(),
                last_seen: Timestamp::from_nanos(seen.last_seen),
            });
        }
    }
    Metrics { metrics, series: all.series }
}

fn entry<'a, T: Default>(map: &'a mut BTreeMap<String, T>, key: &str) -> &'a mut T {
    if !map.contains_key(key) {
        map.insert(key.to_owned(), T::default());
    }
    map.get_mut(key).expect("inserted above")
}

fn insert(set: &mut BTreeSet<String>, text: &str) {
    if !set.contains(text) {
        set.insert(text.to_owned());
    }
}
