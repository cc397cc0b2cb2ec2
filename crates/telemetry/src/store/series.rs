//! Which series of metrics are active, and how many may be: what would begin one too many is refused, counted and told.
//!
//! What is refused is taken out of the request before it is logged. So the log holds what was taken and nothing else, and
//! counting it again after a start needs no limit.

use std::collections::{BTreeMap, HashMap};
use std::sync::{Mutex, MutexGuard};

use arrow::array::{AsArray as _, RecordBatch};
use arrow::datatypes::Int32Type;
use bytes::Bytes;
use ippo_base::limits;
use ippo_base::{Minute, Timestamp};
use twox_hash::XxHash64;

use crate::otlp::{self, DecodeError, Reception};
use crate::signal::Signal;

/// A series is active for so long after its last point, in minutes.
const ACTIVE_MINUTES: u32 = 60;
/// Metrics whose refused points are told one by one; points of the rest are summed.
const TOLD_MOST: usize = 100;
/// Metrics that one answer names.
const NAMED_MOST: usize = 5;

/// How many series may be active.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SeriesLimits {
    /// Of one metric.
    pub per_metric: usize,
    /// Of all metrics.
    pub all: usize,
}

impl Default for SeriesLimits {
    fn default() -> Self {
        Self { per_metric: limits::SERIES_PER_METRIC, all: limits::SERIES }
    }
}

/// What the limits did since the start.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SeriesStats {
    /// Series with a point in the last hour.
    pub active: usize,
    /// How many there may be.
    pub limits: SeriesLimits,
    /// Metrics of which points were refused, by name.
    pub refused: Vec<RefusedSeries>,
    /// Refused points of further metrics.
    pub refused_of_others: u64,
}

/// A metric of which points were refused.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RefusedSeries {
    /// Its name.
    pub metric: String,
    /// Points that were refused.
    pub points: u64,
    /// When one was refused last.
    pub last: Timestamp,
}

/// The active series. They are not kept: after a start, those that come first are the ones that are taken.
pub(super) struct ActiveSeries {
    limits: SeriesLimits,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    /// By metric, then by the hash of a series: when it had its last point.
    metrics: HashMap<Box<str>, HashMap<u64, Minute>>,
    active: usize,
    swept: Minute,
    refused: BTreeMap<String, (u64, Timestamp)>,
    refused_of_others: u64,
}

/// A metrics request without the points that would begin one series too many.
pub(super) struct Admitted {
    /// What is left of its body.
    pub(super) body: Bytes,
    /// How many points were taken out.
    pub(super) refused: usize,
    /// What the sender should be told of them.
    pub(super) words: String,
}

/// Rows that are one series too many.
struct TooMany {
    /// Of each row, whether it is refused.
    rows: Vec<bool>,
    /// By metric, how many.
    points: BTreeMap<String, u64>,
}

impl ActiveSeries {
    pub(super) fn new(limits: SeriesLimits) -> Self {
        Self { limits, state: Mutex::default() }
    }

    /// Notes the series of a metrics request. Where some would be one too many: the request without their points, how many
    /// those are, and what the sender should be told.
    ///
    /// # Errors
    /// The request cannot be read.
    pub(super) fn admit(&self, body: &[u8], reception: &Reception) -> Result<Option<Admitted>, DecodeError> {
        let decoded = otlp::decode(Signal::Metrics, body, reception)?;
        let Some(too_many) = self.note(&decoded.rows, reception.received) else { return Ok(None) };
        let body = Bytes::from(otlp::without_points(body, reception, &too_many.rows)?);
        let refused = too_many.rows.iter().filter(|refused| **refused).count();
        Ok(Some(Admitted { body, refused, words: self.words(&too_many) }))
    }

    pub(super) fn stats(&self) -> SeriesStats {
        let state = self.lock();
        let told = |(metric, (points, last)): (&String, &(u64, Timestamp))| RefusedSeries {
            metric: metric.clone(),
            points: *points,
            last: *last,
        };
        SeriesStats {
            active: state.active,
            limits: self.limits,
            refused: state.refused.iter().map(told).collect(),
            refused_of_others: state.refused_of_others,
        }
    }

    /// Notes the series of the rows; `None` where all are within the limits.
    fn note(&self, rows: &RecordBatch, now: Timestamp) -> Option<TooMany> {
        let mut state = self.lock();
        let mut too_many = TooMany { rows: vec![false; rows.num_rows()], points: BTreeMap::new() };
        let names = dictionary(rows, "metric");
        for (row, (metric, hash)) in names.iter().zip(hashes(rows)).enumerate() {
            if !state.takes(metric, hash, now.minute(), self.limits) {
                too_many.rows[row] = true;
                *too_many.points.entry((*metric).to_owned()).or_default() += 1;
            }
        }
        if too_many.points.is_empty() {
            return None;
        }
        for (metric, points) in &too_many.points {
            state.refuse(metric, *points, now);
        }
        Some(too_many)
    }

    fn words(&self, too_many: &TooMany) -> String {
        let SeriesLimits { per_metric, all } = self.limits;
        let named: Vec<&str> = too_many.points.keys().take(NAMED_MOST).map(String::as_str).collect();
        let more = too_many.points.len().saturating_sub(NAMED_MOST);
        let rest = if more > 0 { format!(" and {more} more") } else { String::new() };
        format!(
            "new series of {}{rest} are refused: at most {per_metric} may be active of one metric (metrics.series_per_metric) \
             and {all} of all (metrics.series)",
            named.join(", ")
        )
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().expect("nothing panics while it is held")
    }
}

impl State {
    /// Whether a series is active, or may become it.
    fn takes(&mut self, metric: &str, hash: u64, now: Minute, limits: SeriesLimits) -> bool {
        let of_metric = match self.metrics.get_mut(metric) {
            Some(series) => {
                if let Some(last) = series.get_mut(&hash) {
                    *last = now;
                    return true;
                }
                series.len()
            }
            None => 0,
        };
        if of_metric >= limits.per_metric || self.active >= limits.all {
            // Room is looked for once a minute, as a look goes over all series.
            if self.swept == now {
                return false;
            }
            self.sweep(now);
            return self.takes(metric, hash, now, limits);
        }
        self.metrics.entry(metric.into()).or_default().insert(hash, now);
        self.active += 1;
        true
    }

    /// Forgets the series that had no point for long.
    fn sweep(&mut self, now: Minute) {
        let since = now.minus(ACTIVE_MINUTES);
        self.metrics.retain(|_, series| {
            series.retain(|_, last| *last >= since);
            !series.is_empty()
        });
        self.active = self.metrics.values().map(HashMap::len).sum();
        self.swept = now;
    }

    fn refuse(&mut self, metric: &str, points: u64, now: Timestamp) {
        if let Some((sum, last)) = self.refused.get_mut(metric) {
            (*sum, *last) = (*sum + points, now);
        } else if self.refused.len() < TOLD_MOST {
            self.refused.insert(metric.to_owned(), (points, now));
        } else {
            self.refused_of_others += points;
        }
    }
}

/// A hash of who sends each row under which attributes.
fn hashes(rows: &RecordBatch) -> Vec<u64> {
    let hash = |text: &str| XxHash64::oneshot(0, text.as_bytes());
    let whose: Vec<Vec<&str>> =
        ["resource", "scope", "type"].map(|name| dictionary(rows, name)).into_iter().collect();
    let attrs = rows.column_by_name("attrs").expect("metrics have attributes").as_string::<i32>();
    // A resource repeats from row to row, and is long.
    let mut last = ("", hash(""));
    (0..rows.num_rows())
        .map(|row| {
            if last.0 != whose[0][row] {
                last = (whose[0][row], hash(whose[0][row]));
            }
            let parts = [last.1, hash(whose[1][row]), hash(whose[2][row]), hash(attrs.value(row))];
            parts
                .into_iter()
                .fold(0_u64, |all, part| all.rotate_left(17).wrapping_mul(0x9e37_79b9_7f4a_7c15) ^ part)
        })
        .collect()
}

/// The texts of a column of names.
fn dictionary<'a>(rows: &'a RecordBatch, name: &str) -> Vec<&'a str> {
    let column =
        rows.column_by_name(name).expect("the column is one of metrics").as_dictionary::<Int32Type>();
    let values = column.values().as_string::<i32>();
    (0..column.len()).map(|row| column.key(row).map_or("", |key| values.value(key))).collect()
}

#[cfg(test)]
mod tests {
    use arrow::array::BooleanArray;
    use arrow::compute::filter_record_batch;
    use ippo_base::TimeRange;
    use opentelemetry_proto::tonic::collector::metrics::v1::ExportMetricsServiceRequest;
    use opentelemetry_proto::tonic::metrics::v1::metric::Data;
    use opentelemetry_proto::tonic::metrics::v1::number_data_point::Value as Number;
    use opentelemetry_proto::tonic::metrics::v1::{
        Gauge, Metric, NumberDataPoint, ResourceMetrics, ScopeMetrics,
    };
    use proptest::prelude::*;
    use prost::Message as _;

    use super::*;

    const LIMITS: SeriesLimits = SeriesLimits { per_metric: 2, all: 3 };

    #[test]
    fn a_series_keeps_its_place_while_it_is_sent() {
        let mut state = State::default();
        let at = Minute(30_000_000);
        assert!(state.takes("a", 1, at, LIMITS) && state.takes("a", 2, at, LIMITS));
        assert!(!state.takes("a", 3, at, LIMITS), "one too many of the metric");
        assert!(state.takes("b", 1, at, LIMITS));
        assert!(!state.takes("c", 1, at, LIMITS), "one too many of all");
        assert!(state.takes("a", 1, at.plus(59), LIMITS), "it goes on");
        assert_eq!(state.active, 3);
        // Those that are not sent any more make room, an hour after.
        assert!(!state.takes("a", 3, at.plus(60), LIMITS));
        assert!(state.takes("a", 3, at.plus(61), LIMITS));
        assert!(state.takes("c", 1, at.plus(61), LIMITS));
        assert_eq!(state.active, 3);
        assert!(!state.takes("b", 1, at.plus(61), LIMITS), "its place is taken");
    }

    #[test]
    fn refused_points_are_summed_by_metric_up_to_a_limit() {
        let active = ActiveSeries::new(LIMITS);
        let at = Timestamp::from_secs(1_800_000_000);
        for number in 0..TOLD_MOST + 5 {
            active.lock().refuse(&format!("m{number:03}"), 2, at);
        }
        active.lock().refuse("m000", 3, at);
        let stats = active.stats();
        assert_eq!((stats.refused.len(), stats.refused_of_others), (TOLD_MOST, 10));
        assert_eq!((stats.refused[0].metric.as_str(), stats.refused[0].points), ("m000", 5));
    }

    /// A request with points of every fate: taken, too old, without a value on purpose, without one by mistake.
    fn request(fates: &[u8], at: Timestamp) -> Bytes {
        let time = u64::try_from(at.as_nanos()).expect("after 1970");
        let point = |(index, fate): (usize, &u8)| NumberDataPoint {
            time_unix_nano: if fate % 4 == 1 { 5 } else { time + index as u64 },
            flags: u32::from(fate % 4 == 2),
            value: (fate % 4 < 2).then_some(Number::AsInt(index as i64)),
            ..NumberDataPoint::default()
        };
        let half = fates.len() / 2;
        let points: Vec<NumberDataPoint> = fates.iter().enumerate().map(point).collect();
        let gauge = |points: &[NumberDataPoint]| Metric {
            name: "load".to_owned(),
            data: Some(Data::Gauge(Gauge { data_points: points.to_vec() })),
            ..Metric::default()
        };
        let metrics = vec![gauge(&points[..half]), gauge(&points[half..])];
        let scope_metrics = vec![ScopeMetrics { metrics, ..ScopeMetrics::default() }];
        let resource_metrics = vec![ResourceMetrics { scope_metrics, ..ResourceMetrics::default() }];
        ExportMetricsServiceRequest { resource_metrics }.encode_to_vec().into()
    }

    proptest! {
        #[test]
        fn exactly_the_refused_rows_are_taken_out(
            fates in proptest::collection::vec(0_u8..4, 0..20),
            refused in proptest::collection::vec(any::<bool>(), 20),
        ) {
            let at = Timestamp::from_secs(1_800_000_000);
            let hour = std::time::Duration::from_secs(3_600);
            let accept = TimeRange { from: at.minus(hour), to: at.plus(hour) };
            let reception = Reception { received: at, accept };
            let body = request(&fates, at);
            let whole = otlp::decode(Signal::Metrics, &body, &reception).expect("decodes");
            let refused = &refused[..whole.outcome.accepted];
            let kept = otlp::without_points(&body, &reception, refused).expect("decodes");
            let left = otlp::decode(Signal::Metrics, &kept, &reception).expect("decodes");
            let keep: BooleanArray = refused.iter().map(|refused| Some(!refused)).collect();
            prop_assert_eq!(&left.rows, &filter_record_batch(&whole.rows, &keep).expect("as long"));
            prop_assert_eq!(left.outcome.reasons, whole.outcome.reasons, "what was rejected otherwise is still told");
        }
    }
}
