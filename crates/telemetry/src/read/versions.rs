//! Which versions of services sent spans, and when.

use std::collections::{BTreeMap, HashMap};

use arrow::array::{AsArray as _, RecordBatch};
use arrow::datatypes::TimestampNanosecondType;
use ippo_base::{TimeRange, Timestamp};

use super::cell::Names;
use super::scan::Scan;
use super::{Found, Reader};
use crate::signal::Signal;

const COLUMNS: [&str; 4] = ["start", "service", "environment", "service_version"];

/// A version of a service in an environment.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct ServiceVersion {
    /// `service.name`.
    pub service: String,
    /// `deployment.environment.name`; empty if spans do not say.
    pub environment: String,
    /// `service.version`.
    pub version: String,
}

impl Reader {
    /// The versions that sent spans in the range, each with the start of its first and its last one. Spans without a service or
    /// a version say nothing.
    pub fn versions(&self, range: TimeRange) -> Found<BTreeMap<ServiceVersion, (Timestamp, Timestamp)>> {
        let scan = Scan { signal: Signal::Spans, range, columns: Some(&COLUMNS) };
        self.scan(&scan, BTreeMap::new(), |found, batch| add(found, batch, range))
    }
}

fn add(found: &mut BTreeMap<ServiceVersion, (Timestamp, Timestamp)>, batch: &RecordBatch, range: TimeRange) {
    let starts = batch.column_by_name("start").expect("the time column was asked for");
    let starts = starts.as_primitive::<TimestampNanosecondType>().values();
    let [service, environment, version] =
        ["service", "environment", "service_version"].map(|name| Names::of(batch, name));
    // Rows of a batch share few versions: texts are looked at once for each.
    let mut spans: HashMap<[i32; 3], (usize, i64, i64)> = HashMap::new();
    for (row, start) in starts.iter().copied().enumerate() {
        if start < range.from.as_nanos() || start >= range.to.as_nanos() {
            continue;
        }
        let codes = [service.code(row), environment.code(row), version.code(row)];
        let (_, first, last) = spans.entry(codes).or_insert((row, start, start));
        (*first, *last) = (start.min(*first), start.max(*last));
    }
    for (row, first, last) in spans.into_values() {
        let (Some(service), Some(version)) = (service.get(row), version.get(row)) else { continue };
        let key = ServiceVersion {
            service: service.to_owned(),
            environment: environment.text(row).to_owned(),
            version: version.to_owned(),
        };
        let [first, last] = [first, last].map(Timestamp::from_nanos);
        let heard = found.entry(key).or_insert((first, last));
        *heard = (heard.0.min(first), heard.1.max(last));
    }
}
