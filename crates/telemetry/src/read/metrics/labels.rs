//! Labels of series: attributes of the points, and of whoever sends them. Which there are, and which are wanted.

use std::collections::BTreeMap;
use std::fmt;

use ippo_base::TimeRange;

use super::points::Wanted;
use super::series::{LabelSet, SERIES_COLUMNS, SeriesIndex};
use super::{LABEL_VALUES_MOST, LABELS_MOST, MetricKind, SERIES_MOST, SeriesFilter};
use crate::read::scan::Scan;
use crate::read::{Found, Reader};
use crate::signal::Signal;

/// How a resource's attribute is written, before its key.
const RESOURCE: &str = "resource:";
/// How a point's attribute may be written, before its key; it must where the key itself begins like a resource's.
const ATTRIBUTE: &str = "attribute:";

/// Where a label comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum LabelSource {
    /// The points carry it.
    Attribute,
    /// Whoever sends the points carries it.
    Resource,
}

impl LabelSource {
    /// Its name in the API.
    pub const fn name(self) -> &'static str {
        match self {
            LabelSource::Attribute => "attribute",
            LabelSource::Resource => "resource",
        }
    }
}

/// The key of a label. Written as the key alone, or as `resource:` and the key for one of a resource.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Label {
    /// Where it comes from.
    pub source: LabelSource,
    /// Its key there.
    pub key: String,
}

impl Label {
    /// Reads a label as it is written; `None` when no key is left.
    pub fn parse(text: &str) -> Option<Label> {
        let (source, key) = match (text.strip_prefix(RESOURCE), text.strip_prefix(ATTRIBUTE)) {
            (Some(key), _) => (LabelSource::Resource, key),
            (None, Some(key)) => (LabelSource::Attribute, key),
            (None, None) => (LabelSource::Attribute, text),
        };
        (!key.is_empty()).then(|| Label { source, key: key.to_owned() })
    }

    /// The value that a series has for it.
    pub(super) fn of<'a>(&self, index: &'a SeriesIndex, series: usize) -> Option<&'a str> {
        let set = match self.source {
            LabelSource::Attribute => index.attributes(series),
            LabelSource::Resource => index.resource(series),
        };
        set.get(&self.key).map(String::as_str)
    }
}

impl fmt::Display for Label {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let doubtful = self.key.starts_with(RESOURCE) || self.key.starts_with(ATTRIBUTE);
        match self.source {
            LabelSource::Resource => write!(f, "{RESOURCE}{}", self.key),
            LabelSource::Attribute if doubtful => write!(f, "{ATTRIBUTE}{}", self.key),
            LabelSource::Attribute => f.write_str(&self.key),
        }
    }
}

/// Which values of a label are wanted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LabelFilter {
    /// The label.
    pub label: Label,
    /// Any of these values; an empty text stands for a series without the label.
    pub values: Vec<String>,
}

impl LabelFilter {
    pub(super) fn admits(&self, index: &SeriesIndex, series: usize) -> bool {
        let value = self.label.of(index, series).unwrap_or_default();
        self.values.iter().any(|wanted| wanted == value)
    }
}

/// How a label is used by the series of a metric.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LabelUse {
    /// The label.
    pub label: Label,
    /// Its values with the number of series that have each, most series first.
    pub values: Vec<(String, usize)>,
    /// Further values that are not named.
    pub more_values: usize,
    /// Series without it.
    pub without: usize,
}

/// The labels of a metric's series.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct MetricLabels {
    /// Series that match all filters.
    pub series: usize,
    /// The labels: those of points first, then by key.
    pub labels: Vec<LabelUse>,
    /// Further labels that are not named.
    pub more_labels: usize,
}

impl Reader {
    /// The labels of a metric's series and their values. For each label the filter of that label itself does not count,
    /// so that another value can be chosen.
    pub fn metric_labels(
        &self,
        metric: &str,
        kind: Option<MetricKind>,
        range: TimeRange,
        filter: &SeriesFilter,
    ) -> Found<MetricLabels> {
        let scan = Scan { signal: Signal::Metrics, range, columns: Some(&SERIES_COLUMNS) };
        let wanted = Wanted { metric, kind, unit: None, range, filter };
        let met = (SeriesIndex::default(), false);
        let mut found = self.scan(&scan, met, |(index, overflow), batch| {
            wanted.rows(batch, |row| *overflow |= index.of(row.whose, SERIES_MOST).is_none());
        });
        if found.value.1 {
            found.warnings.push(format!(
                "there are more than {SERIES_MOST} series; labels of the rest are missing here"
            ));
            found.partial = true;
        }
        found.map(|(index, _)| uses(&index, &filter.labels))
    }
}

fn uses(index: &SeriesIndex, filters: &[LabelFilter]) -> MetricLabels {
    let mut counts: BTreeMap<Label, BTreeMap<&str, usize>> = BTreeMap::new();
    // Of each label's candidates: all series that the other filters admit.
    let mut candidates: BTreeMap<&Label, usize> = BTreeMap::new();
    let mut admitted = 0;
    for series in 0..index.len() {
        let mut refusing = filters.iter().filter(|filter| !filter.admits(index, series));
        match (refusing.next(), refusing.next()) {
            (None, _) => {
                admitted += 1;
                count_all(&mut counts, LabelSource::Attribute, index.attributes(series));
                count_all(&mut counts, LabelSource::Resource, index.resource(series));
            }
            (Some(only), None) => {
                *candidates.entry(&only.label).or_default() += 1;
                if let Some(value) = only.label.of(index, series) {
                    *counts.entry(only.label.clone()).or_default().entry(value).or_default() += 1;
                }
            }
            _ => {}
        }
    }
    let more_labels = counts.len().saturating_sub(LABELS_MOST);
    let labels = counts.into_iter().take(LABELS_MOST).map(|(label, values)| {
        let all = admitted + candidates.get(&label).copied().unwrap_or(0);
        let having: usize = values.values().sum();
        let mut values: Vec<(String, usize)> = values.into_iter().map(|(v, n)| (v.to_owned(), n)).collect();
        values.sort_by_key(|(_, series)| std::cmp::Reverse(*series));
        let more_values = values.len().saturating_sub(LABEL_VALUES_MOST);
        values.truncate(LABEL_VALUES_MOST);
        LabelUse { label, values, more_values, without: all.saturating_sub(having) }
    });
    MetricLabels { series: admitted, labels: labels.collect(), more_labels }
}

fn count_all<'a>(
    counts: &mut BTreeMap<Label, BTreeMap<&'a str, usize>>,
    source: LabelSource,
    labels: &'a LabelSet,
) {
    for (key, value) in labels {
        let label = Label { source, key: key.clone() };
        *counts.entry(label).or_default().entry(value).or_default() += 1;
    }
}
