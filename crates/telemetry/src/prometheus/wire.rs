//! The messages of remote write that are read as a whole; requests and series are walked over instead.
//!
//! Fields by <https://github.com/prometheus/prometheus/blob/main/prompb/types.proto> and
//! <https://github.com/prometheus/prometheus/blob/main/prompb/io/prometheus/write/v2/types.proto>.

/// A label of 1.0.
#[derive(Clone, PartialEq, prost::Message)]
pub(super) struct Label {
    #[prost(string, tag = "1")]
    pub(super) name: String,
    #[prost(string, tag = "2")]
    pub(super) value: String,
}

/// A value at a time. Only 2.0 has a start.
#[derive(Clone, Copy, PartialEq, prost::Message)]
pub(super) struct Sample {
    #[prost(double, tag = "1")]
    pub(super) value: f64,
    #[prost(int64, tag = "2")]
    pub(super) timestamp_ms: i64,
    #[prost(int64, tag = "3")]
    pub(super) start_timestamp_ms: i64,
}

/// What 1.0 knows of all series of a name.
#[derive(Clone, PartialEq, prost::Message)]
pub(super) struct FamilyMetadata {
    #[prost(int32, tag = "1")]
    pub(super) kind: i32,
    #[prost(string, tag = "2")]
    pub(super) family: String,
    #[prost(string, tag = "5")]
    pub(super) unit: String,
}

/// What 2.0 knows of a series.
#[derive(Clone, Copy, PartialEq, prost::Message)]
pub(super) struct SeriesMetadata {
    #[prost(int32, tag = "1")]
    pub(super) kind: i32,
    #[prost(uint32, tag = "4")]
    pub(super) unit_ref: u32,
}

/// A native histogram; both versions number its fields alike.
#[derive(Clone, PartialEq, prost::Message)]
pub(super) struct Histogram {
    #[prost(oneof = "Count", tags = "1, 2")]
    pub(super) count: Option<Count>,
    #[prost(double, tag = "3")]
    pub(super) sum: f64,
    #[prost(sint32, tag = "4")]
    pub(super) schema: i32,
    #[prost(double, tag = "5")]
    pub(super) zero_threshold: f64,
    #[prost(oneof = "ZeroCount", tags = "6, 7")]
    pub(super) zero_count: Option<ZeroCount>,
    #[prost(message, repeated, tag = "8")]
    pub(super) negative_spans: Vec<BucketSpan>,
    #[prost(sint64, repeated, tag = "9")]
    pub(super) negative_deltas: Vec<i64>,
    #[prost(double, repeated, tag = "10")]
    pub(super) negative_counts: Vec<f64>,
    #[prost(message, repeated, tag = "11")]
    pub(super) positive_spans: Vec<BucketSpan>,
    #[prost(sint64, repeated, tag = "12")]
    pub(super) positive_deltas: Vec<i64>,
    #[prost(double, repeated, tag = "13")]
    pub(super) positive_counts: Vec<f64>,
    #[prost(int32, tag = "14")]
    pub(super) reset_hint: i32,
    #[prost(int64, tag = "15")]
    pub(super) timestamp_ms: i64,
    #[prost(double, repeated, tag = "16")]
    pub(super) custom_values: Vec<f64>,
    #[prost(int64, tag = "17")]
    pub(super) start_timestamp_ms: i64,
}

/// The number of observations.
#[derive(Clone, Copy, PartialEq, prost::Oneof)]
pub(super) enum Count {
    /// A whole one.
    #[prost(uint64, tag = "1")]
    Whole(u64),
    /// One that was computed.
    #[prost(double, tag = "2")]
    Float(f64),
}

/// The number of observations near zero.
#[derive(Clone, Copy, PartialEq, prost::Oneof)]
pub(super) enum ZeroCount {
    /// A whole one.
    #[prost(uint64, tag = "6")]
    Whole(u64),
    /// One that was computed.
    #[prost(double, tag = "7")]
    Float(f64),
}

/// Buckets that follow each other: how far after the ones before, and how many.
#[derive(Clone, Copy, PartialEq, Eq, prost::Message)]
pub(super) struct BucketSpan {
    #[prost(sint32, tag = "1")]
    pub(super) offset: i32,
    #[prost(uint32, tag = "2")]
    pub(super) length: u32,
}

/// The types of metadata; both versions number them alike.
pub(super) mod kinds {
    pub(in crate::prometheus) const COUNTER: i32 = 1;
    pub(in crate::prometheus) const GAUGE: i32 = 2;
    pub(in crate::prometheus) const HISTOGRAM: i32 = 3;
    pub(in crate::prometheus) const GAUGE_HISTOGRAM: i32 = 4;
    pub(in crate::prometheus) const SUMMARY: i32 = 5;
    pub(in crate::prometheus) const INFO: i32 = 6;
    pub(in crate::prometheus) const STATE_SET: i32 = 7;
}
