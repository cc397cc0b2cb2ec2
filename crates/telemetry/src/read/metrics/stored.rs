//! Which points are stored of what ippo fetches itself, so that nothing is stored twice however often it is
//! fetched.

use std::collections::HashMap;

use arrow::array::{Array as _, RecordBatch};
use ippo_base::TimeRange;

use crate::expr::Expr;
use crate::metric::read_labels;
use crate::prometheus::{SampleSet, SeriesLabels, stored_labels};
use crate::read::cell::{Floats, Names, Numbers, Texts};
use crate::read::scan::Scan;
use crate::read::{Found, Reader};
use crate::signal::Signal;

const COLUMNS: [&str; 5] = ["time", "metric", "attrs", "resource", "value"];
const NANOS_PER_MS: i64 = 1_000_000;

impl Reader {
    /// The samples in the range that a filter over metrics holds for, by the labels that they were given.
    pub fn stored_samples(&self, filter: &Expr, range: TimeRange) -> Found<SampleSet> {
        let mut columns = filter.columns();
        columns.extend(COLUMNS);
        columns.sort_unstable();
        columns.dedup();
        let scan = Scan { signal: Signal::Metrics, range, columns: Some(&columns) };
        self.scan(&scan, SampleSet::default(), |found, batch| add(found, batch, filter, range))
    }
}

fn add(found: &mut SampleSet, batch: &RecordBatch, filter: &Expr, range: TimeRange) {
    let times = Numbers::of(batch, "time");
    let values = Floats::of(batch, "value");
    let (resource, attributes) = (Names::of(batch, "resource"), Texts::of(batch, "attrs"));
    let matches = filter.eval(batch);
    let mut series: HashMap<(&str, &str), SeriesLabels> = HashMap::new();
    for row in 0..batch.num_rows() {
        let at = times.time(row);
        if at < range.from || range.to <= at || !matches.is_valid(row) || !matches.value(row) {
            continue;
        }
        let texts = (resource.text(row), attributes.get(row).unwrap_or("{}"));
        let labels = series
            .entry(texts)
            .or_insert_with(|| stored_labels(&read_labels(texts.0), &read_labels(texts.1)));
        let value = values.get(row).unwrap_or_default();
        found.insert(labels, (times.number(row).div_euclid(NANOS_PER_MS), value));
    }
}
