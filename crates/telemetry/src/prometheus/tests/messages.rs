//! Requests as senders write them.

use prost::Message;

use crate::prometheus::wire::{FamilyMetadata, Histogram, Label, Sample, SeriesMetadata};

/// `prometheus.WriteRequest`.
#[derive(Clone, PartialEq, Message)]
pub(super) struct RequestV1 {
    #[prost(message, repeated, tag = "1")]
    pub(super) timeseries: Vec<SeriesV1>,
    #[prost(message, repeated, tag = "3")]
    pub(super) metadata: Vec<FamilyMetadata>,
}

/// `prometheus.TimeSeries`.
#[derive(Clone, PartialEq, Message)]
pub(super) struct SeriesV1 {
    #[prost(message, repeated, tag = "1")]
    pub(super) labels: Vec<Label>,
    #[prost(message, repeated, tag = "2")]
    pub(super) samples: Vec<Sample>,
    #[prost(message, repeated, tag = "4")]
    pub(super) histograms: Vec<Histogram>,
}

/// `io.prometheus.write.v2.Request`.
#[derive(Clone, PartialEq, Message)]
pub(super) struct RequestV2 {
    #[prost(string, repeated, tag = "4")]
    pub(super) symbols: Vec<String>,
    #[prost(message, repeated, tag = "5")]
    pub(super) timeseries: Vec<SeriesV2>,
}

/// `io.prometheus.write.v2.TimeSeries`.
#[derive(Clone, PartialEq, Message)]
pub(super) struct SeriesV2 {
    #[prost(uint32, repeated, tag = "1")]
    pub(super) labels_refs: Vec<u32>,
    #[prost(message, repeated, tag = "2")]
    pub(super) samples: Vec<Sample>,
    #[prost(message, repeated, tag = "3")]
    pub(super) histograms: Vec<Histogram>,
    #[prost(message, optional, tag = "5")]
    pub(super) metadata: Option<SeriesMetadata>,
    #[prost(int64, tag = "6")]
    pub(super) created_timestamp: i64,
}

pub(super) fn labels(pairs: &[(&str, &str)]) -> Vec<Label> {
    pairs.iter().map(|(name, value)| Label { name: (*name).to_owned(), value: (*value).to_owned() }).collect()
}

pub(super) fn sample(timestamp_ms: i64, value: f64) -> Sample {
    Sample { value, timestamp_ms, start_timestamp_ms: 0 }
}

pub(super) fn v1(pairs: &[(&str, &str)], samples: Vec<Sample>) -> RequestV1 {
    let series = SeriesV1 { labels: labels(pairs), samples, histograms: Vec::new() };
    RequestV1 { timeseries: vec![series], metadata: Vec::new() }
}

/// The same series with what 2.0 adds.
pub(super) fn v2(
    pairs: &[(&str, &str)],
    samples: Vec<Sample>,
    kind: i32,
    unit: &str,
    created: i64,
) -> RequestV2 {
    let mut symbols = vec![String::new()];
    let mut labels_refs = Vec::new();
    for text in pairs.iter().flat_map(|(name, value)| [*name, *value]) {
        labels_refs.push(u32::try_from(symbols.len()).expect("few"));
        symbols.push(text.to_owned());
    }
    let unit_ref = u32::try_from(symbols.len()).expect("few");
    symbols.push(unit.to_owned());
    let metadata = Some(SeriesMetadata { kind, unit_ref });
    let series =
        SeriesV2 { labels_refs, samples, histograms: Vec::new(), metadata, created_timestamp: created };
    RequestV2 { symbols, timeseries: vec![series] }
}
