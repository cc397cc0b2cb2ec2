//! Reads the text in which the store keeps a distribution. What does not read is no distribution; it is never repaired.

use std::sync::Arc;

use serde::Deserialize;
use serde::de::{Deserializer, Error, IgnoredAny, MapAccess, Visitor};

use super::buckets::{Buckets, Distribution, Exponential, Side};
use super::{Body, MetricKind};

/// Scales beyond this have buckets that a double cannot tell apart, or that hold every double.
const SCALE_MOST: i32 = 30;

/// A double as the store writes it: a number, or `{"double":"NaN"}` and its like.
#[derive(Debug, Clone, Copy, PartialEq)]
struct Double(f64);

impl<'de> Deserialize<'de> for Double {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Reads;
        impl<'de> Visitor<'de> for Reads {
            type Value = Double;

            fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str("a number")
            }

            fn visit_f64<E>(self, value: f64) -> Result<Double, E> {
                Ok(Double(value))
            }

            fn visit_u64<E>(self, value: u64) -> Result<Double, E> {
                Ok(Double(value as f64))
            }

            fn visit_i64<E>(self, value: i64) -> Result<Double, E> {
                Ok(Double(value as f64))
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Double, A::Error> {
                let mut found = None;
                while let Some(key) = map.next_key::<&str>()? {
                    match key {
                        "double" => found = Some(map.next_value::<&str>()?),
                        _ => drop(map.next_value::<IgnoredAny>()?),
                    }
                }
                match found {
                    Some("Infinity") => Ok(Double(f64::INFINITY)),
                    Some("-Infinity") => Ok(Double(f64::NEG_INFINITY)),
                    Some("NaN") => Ok(Double(f64::NAN)),
                    _ => Err(A::Error::custom("not a number")),
                }
            }
        }
        deserializer.deserialize_any(Reads)
    }
}

#[derive(Deserialize)]
struct ExplicitText {
    bounds: Vec<Double>,
    counts: Vec<u64>,
}

#[derive(Deserialize)]
struct SideText {
    offset: i32,
    counts: Vec<u64>,
}

#[derive(Deserialize)]
struct ExponentialText {
    scale: i32,
    zero_threshold: Double,
    zero_count: u64,
    positive: SideText,
    negative: SideText,
}

#[derive(Deserialize)]
struct SummaryText {
    quantiles: Vec<QuantileText>,
}

#[derive(Deserialize)]
struct QuantileText {
    quantile: Double,
    value: Double,
}

/// Reads distributions; boundaries that repeat from point to point are kept once.
#[derive(Default)]
pub(crate) struct Bodies {
    bounds: Option<Arc<[f64]>>,
}

impl Bodies {
    /// A point's body from its count and sum and the text of its distribution; `None` where that does not read.
    pub(crate) fn read(&mut self, kind: MetricKind, plain: Distribution, text: Option<&str>) -> Option<Body> {
        let Some(text) = text else {
            return Some(match kind {
                MetricKind::Summary => Body::Quantiles(plain, Vec::new()),
                _ => Body::Distribution(plain),
            });
        };
        if kind == MetricKind::Summary {
            let read: SummaryText = serde_json::from_str(text).ok()?;
            let pair = |at: &QuantileText| (at.quantile.0, at.value.0);
            // A quantile of nothing is sent as NaN.
            let known = read.quantiles.iter().map(pair).filter(|(_, value)| value.is_finite());
            return Some(Body::Quantiles(plain, known.collect()));
        }
        let buckets = match kind {
            MetricKind::ExponentialHistogram => exponential(text)?,
            _ => self.explicit(text)?,
        };
        Some(Body::Distribution(Distribution { buckets, ..plain }))
    }

    fn explicit(&mut self, text: &str) -> Option<Buckets> {
        let read: ExplicitText = serde_json::from_str(text).ok()?;
        let ascends = read.bounds.windows(2).all(|pair| pair[0].0 < pair[1].0);
        let whole =
            read.counts.len() == read.bounds.len() + 1 && read.bounds.iter().all(|bound| !bound.0.is_nan());
        if !ascends || !whole {
            return None;
        }
        let same = |held: &Arc<[f64]>| held.iter().copied().eq(read.bounds.iter().map(|bound| bound.0));
        let bounds = match self.bounds.take().filter(same) {
            Some(held) => held,
            None => read.bounds.iter().map(|bound| bound.0).collect(),
        };
        self.bounds = Some(bounds.clone());
        Some(Buckets::Explicit { bounds, counts: read.counts })
    }
}

fn exponential(text: &str) -> Option<Buckets> {
    let read: ExponentialText = serde_json::from_str(text).ok()?;
    let zero_threshold = read.zero_threshold.0;
    if read.scale.abs() > SCALE_MOST || !(zero_threshold >= 0.0 && zero_threshold.is_finite()) {
        return None;
    }
    let side = |side: SideText| Side { offset: side.offset, counts: side.counts };
    Some(Buckets::Exponential(Exponential {
        scale: read.scale,
        zero_threshold,
        zero_count: read.zero_count,
        positive: side(read.positive),
        negative: side(read.negative),
    }))
}
