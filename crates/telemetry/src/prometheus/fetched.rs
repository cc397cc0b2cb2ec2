//! Samples that ippo fetched itself, from a Prometheus or elsewhere, become OTLP, as remote write would have brought them; and which
//! samples are there already, as every stretch of time may be fetched more than once.

use std::collections::{BTreeMap, HashMap};

use ippo_base::TimeRange;

use super::Translated;
use super::kind::{SampleKind, unit};
use super::translate::{INSTANCE, SERVICE, Series, Translation};
use super::wire::Sample;
use crate::otlp::DecodeError;

const NAME: &str = "__name__";
const MINUTE_MS: i64 = 60_000;
/// What tells the sender of a series, by Prometheus and by OTLP.
const SENDER: [(&str, &str); 2] = [("job", SERVICE), ("instance", INSTANCE)];

/// The labels of a series, by Prometheus' names. Which metric it is does not belong to them.
pub type SeriesLabels = BTreeMap<String, String>;

/// What the samples of a query are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FetchedKind {
    /// Cumulative sums that only grow, from starts that nobody says.
    Counter,
    /// What was added in the minute that begins at the time of a sample; samples of one minute add up.
    Increment,
    /// Values at a time.
    Gauge,
}

/// Where samples come from.
#[derive(Debug, Clone, Copy)]
pub struct Origin<'a> {
    /// What the metric is called.
    pub metric: &'a str,
    /// What the samples are.
    pub kind: FetchedKind,
    /// Further attributes of the resource of each series.
    pub attributes: &'a [(&'a str, &'a str)],
}

/// Samples of a series.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct FetchedSeries {
    /// As Prometheus gives them; `__name__` is looked past.
    pub labels: SeriesLabels,
    /// Milliseconds since the epoch, and values.
    pub samples: Vec<(i64, f64)>,
}

/// Translates series into the protobuf body of an OTLP request. Times outside of `accept` are refused.
///
/// # Errors
/// When they would take too much memory.
pub fn fetched_to_otlp(
    series: &[FetchedSeries],
    origin: &Origin<'_>,
    accept: TimeRange,
) -> Result<Translated, DecodeError> {
    let mut translation = Translation::from_origin(accept, origin.attributes);
    let (_, name) = origin.metric.rsplit_once('/').unwrap_or(("", origin.metric));
    let metric = (origin.metric.to_owned(), unit(name, ""));
    let kind = match origin.kind {
        FetchedKind::Counter => SampleKind::Counter,
        FetchedKind::Increment => SampleKind::Increment,
        FetchedKind::Gauge => SampleKind::Gauge,
    };
    for each in series {
        let sample = |(timestamp_ms, value): &(i64, f64)| Sample {
            value: *value,
            timestamp_ms: *timestamp_ms,
            start_timestamp_ms: 0,
        };
        let series = Series {
            labels: each.labels.iter().map(|(label, value)| (label.as_str(), value.as_str())).collect(),
            samples: each.samples.iter().map(sample).collect(),
            ..Series::default()
        };
        translation.put(&series, &metric, kind)?;
    }
    Ok(translation.finish())
}

/// Which samples of which series there are.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct SampleSet {
    series: HashMap<SeriesLabels, BTreeMap<i64, f64>>,
}

impl SampleSet {
    /// Adds the sample of a series, its time in milliseconds, unless it has one of that time. Says whether it is new.
    pub fn insert(&mut self, labels: &SeriesLabels, (ms, value): (i64, f64)) -> bool {
        let samples = self.samples(labels);
        let is_new = !samples.contains_key(&ms);
        samples.entry(ms).or_insert(value);
        is_new
    }

    fn samples(&mut self, labels: &SeriesLabels) -> &mut BTreeMap<i64, f64> {
        // By Prometheus' data model a label without a value is no label.
        let is_label = |(name, value): &(&String, &String)| *name != NAME && !value.is_empty();
        let own = labels.iter().filter(is_label).map(|(name, value)| (name.clone(), value.clone()));
        self.series.entry(own.collect()).or_default()
    }

    /// Takes out of `series` what is there already, and adds the rest.
    pub fn admit(&mut self, series: &mut FetchedSeries) {
        series.labels.retain(|name, value| name != NAME && !value.is_empty());
        series.samples.retain(|sample| self.insert(&series.labels, *sample));
    }

    /// Makes of what was added in whole minutes, as it is known now, what is to be added to what is there already; and adds
    /// that. So a minute says what was said of it last, however often that was.
    pub fn admit_increments(&mut self, series: &mut FetchedSeries) {
        series.labels.retain(|name, value| name != NAME && !value.is_empty());
        let known = self.samples(&series.labels);
        series.samples.retain_mut(|(ms, value)| {
            let of_minute = known.range(*ms..*ms + MINUTE_MS);
            let sum: f64 = of_minute.clone().map(|(_, value)| value).sum();
            let Some((last, _)) = of_minute.last() else {
                known.insert(*ms, *value);
                return true;
            };
            // Each at a time of its own, as one of the same time would be taken for the same.
            let next = (last + 1).min(*ms + MINUTE_MS - 1);
            let is_new = *value != sum && !known.contains_key(&next);
            if is_new {
                (*ms, *value) = (next, *value - sum);
                known.insert(*ms, *value);
            }
            is_new
        });
    }

    /// Lets go of what was before a time, in milliseconds.
    pub fn forget_before(&mut self, ms: i64) {
        self.series.retain(|_, samples| {
            if samples.first_key_value().is_some_and(|(first, _)| *first < ms) {
                *samples = samples.split_off(&ms);
            }
            !samples.is_empty()
        });
    }

    /// How many samples there are.
    pub fn len(&self) -> usize {
        self.series.values().map(BTreeMap::len).sum()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.series.is_empty()
    }
}

/// The labels of a series that is stored, by Prometheus' names.
pub(crate) fn stored_labels(resource: &SeriesLabels, attributes: &SeriesLabels) -> SeriesLabels {
    let sender =
        SENDER.iter().filter_map(|(label, key)| Some(((*label).to_owned(), resource.get(*key)?.clone())));
    attributes.iter().map(|(key, value)| (key.clone(), value.clone())).chain(sender).collect()
}
