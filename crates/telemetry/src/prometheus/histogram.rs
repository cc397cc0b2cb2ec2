//! Native histograms of Prometheus as points of OTLP.
//!
//! Schemas -4 to 8 are exponential histograms of that scale; Prometheus numbers a bucket by its upper boundary, OTLP by
//! its lower one. Schema -53 has boundaries of its own and is a histogram with explicit ones.

use opentelemetry_proto::tonic::metrics::v1::exponential_histogram_data_point::Buckets;
use opentelemetry_proto::tonic::metrics::v1::{ExponentialHistogramDataPoint, HistogramDataPoint};

use super::Refusal;
use super::wire::{BucketSpan, Count, Histogram, ZeroCount};

/// Buckets of one side, gaps between them included. Prometheus itself keeps far fewer.
const BUCKETS_MOST: usize = 4_096;
const CUSTOM_SCHEMA: i32 = -53;
const GAUGE_HINT: i32 = 3;
/// Counts beyond this are not whole numbers that a double can tell apart.
const EXACT: f64 = 9_007_199_254_740_992.0;

/// A histogram's point, but for its labels and times.
#[derive(Debug)]
pub(super) enum Native {
    Exponential(ExponentialHistogramDataPoint),
    Explicit(HistogramDataPoint),
}

/// Brings a histogram into the form of OTLP.
pub(super) fn native(histogram: &Histogram) -> Result<Native, Refusal> {
    if histogram.reset_hint == GAUGE_HINT {
        return Err(Refusal::GaugeHistogram);
    }
    let count = match histogram.count {
        None => 0,
        Some(Count::Whole(count)) => count,
        Some(Count::Float(count)) => whole(count)?,
    };
    let zero_count = match histogram.zero_count {
        None => 0,
        Some(ZeroCount::Whole(count)) => count,
        Some(ZeroCount::Float(count)) => whole(count)?,
    };
    let positive =
        Side::of(&histogram.positive_spans, &histogram.positive_deltas, &histogram.positive_counts)?;
    let negative =
        Side::of(&histogram.negative_spans, &histogram.negative_deltas, &histogram.negative_counts)?;
    let total = positive.total().and_then(|all| all.checked_add(negative.total()?)?.checked_add(zero_count));
    // Observations of NaN are counted and are in no bucket.
    if total.is_none_or(|total| total > count) {
        return Err(Refusal::BadBuckets);
    }
    let sum = histogram.sum.is_finite().then_some(histogram.sum);
    match histogram.schema {
        CUSTOM_SCHEMA => {
            let counts = positive.custom(histogram.custom_values.len())?;
            let bounds = histogram.custom_values.clone();
            if negative.total() != Some(0)
                || zero_count > 0
                || !bounds.windows(2).all(|pair| pair[0] < pair[1])
            {
                return Err(Refusal::BadBuckets);
            }
            Ok(Native::Explicit(HistogramDataPoint {
                count,
                sum,
                bucket_counts: counts,
                explicit_bounds: bounds,
                ..HistogramDataPoint::default()
            }))
        }
        scale @ -4..=8 => Ok(Native::Exponential(ExponentialHistogramDataPoint {
            count,
            sum,
            scale,
            zero_count,
            zero_threshold: histogram.zero_threshold,
            positive: positive.exponential(),
            negative: negative.exponential(),
            ..ExponentialHistogramDataPoint::default()
        })),
        _ => Err(Refusal::UnknownSchema),
    }
}

/// A count that was computed, if it is whole all the same.
fn whole(count: f64) -> Result<u64, Refusal> {
    if count >= 0.0 && count.fract() == 0.0 && count <= EXACT {
        Ok(count as u64)
    } else {
        Err(Refusal::Fractions)
    }
}

/// The buckets of one sign, without gaps from the first on.
#[derive(Debug)]
struct Side {
    first: i32,
    counts: Vec<u64>,
}

impl Side {
    fn of(spans: &[BucketSpan], deltas: &[i64], floats: &[f64]) -> Result<Self, Refusal> {
        let counts = match (deltas.is_empty(), floats.is_empty()) {
            (_, true) => undone_deltas(deltas)?,
            (true, false) => floats.iter().map(|count| whole(*count)).collect::<Result<_, _>>()?,
            (false, false) => return Err(Refusal::BadBuckets),
        };
        let mut given = counts.into_iter();
        let mut side = Self { first: spans.first().map_or(0, |span| span.offset), counts: Vec::new() };
        for (at, span) in spans.iter().enumerate() {
            let gap =
                if at == 0 { 0 } else { usize::try_from(span.offset).map_err(|_| Refusal::BadBuckets)? };
            let length = span.length as usize;
            if gap.saturating_add(length).saturating_add(side.counts.len()) > BUCKETS_MOST {
                return Err(Refusal::TooManyBuckets);
            }
            side.counts.extend(std::iter::repeat_n(0, gap));
            for _ in 0..length {
                side.counts.push(given.next().ok_or(Refusal::BadBuckets)?);
            }
        }
        if given.next().is_some() { Err(Refusal::BadBuckets) } else { Ok(side) }
    }

    fn total(&self) -> Option<u64> {
        self.counts.iter().try_fold(0_u64, |sum, count| sum.checked_add(*count))
    }

    fn exponential(self) -> Option<Buckets> {
        // The bucket that Prometheus names by its upper boundary is the one that OTLP names by its lower one.
        let offset = self.first.saturating_sub(1);
        (!self.counts.is_empty()).then_some(Buckets { offset, bucket_counts: self.counts })
    }

    /// The counts by boundaries, those left out as zeros; one count more than boundaries.
    fn custom(&self, boundaries: usize) -> Result<Vec<u64>, Refusal> {
        let first = usize::try_from(self.first).map_err(|_| Refusal::BadBuckets)?;
        if boundaries >= BUCKETS_MOST {
            return Err(Refusal::TooManyBuckets);
        }
        if first.saturating_add(self.counts.len()) > boundaries + 1 {
            return Err(Refusal::BadBuckets);
        }
        let mut counts = vec![0; boundaries + 1];
        counts[first..first + self.counts.len()].copy_from_slice(&self.counts);
        Ok(counts)
    }
}

/// Each is the difference to the one before.
fn undone_deltas(deltas: &[i64]) -> Result<Vec<u64>, Refusal> {
    let mut count = 0_i64;
    let mut counts = Vec::with_capacity(deltas.len());
    for delta in deltas {
        count = count.checked_add(*delta).ok_or(Refusal::BadBuckets)?;
        counts.push(u64::try_from(count).map_err(|_| Refusal::BadBuckets)?);
    }
    Ok(counts)
}
