//! What a series of Prometheus measures, and in which unit: from its metadata, and where there is none from its name.

use super::wire::kinds;

/// What a sender says of a series or a family; nothing, where it says nothing.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(super) struct Metadata {
    pub(super) kind: i32,
    pub(super) unit: String,
}

/// What a sample becomes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum SampleKind {
    /// A value at a time.
    Gauge,
    /// A sum that only grows, from a start.
    Counter,
    /// What was added; no sender of Prometheus' says that.
    Increment,
}

/// Ends of the names of series that only grow: of counters, and of the parts of classic histograms and summaries.
const GROWING: [&str; 4] = ["_total", "_bucket", "_sum", "_count"];
/// Ends of names that say a unit by Prometheus' customs, and the unit by UCUM.
const UNITS: [(&str, &str); 14] = [
    ("_seconds", "s"),
    ("_milliseconds", "ms"),
    ("_microseconds", "us"),
    ("_nanoseconds", "ns"),
    ("_bytes", "By"),
    ("_ratio", "1"),
    ("_percent", "%"),
    ("_celsius", "Cel"),
    ("_meters", "m"),
    ("_volts", "V"),
    ("_amperes", "A"),
    ("_joules", "J"),
    ("_grams", "g"),
    ("_hertz", "Hz"),
];

/// The family of a series: its name without what tells the parts of a family apart.
pub(super) fn family(name: &str) -> &str {
    GROWING.iter().find_map(|end| name.strip_suffix(end)).unwrap_or(name)
}

/// What the samples of a series are.
pub(super) fn sample_kind(name: &str, declared: i32) -> SampleKind {
    let grows = GROWING.iter().any(|end| name.ends_with(end));
    let is_part = ["_bucket", "_sum", "_count"].iter().any(|end| name.ends_with(end));
    match declared {
        kinds::COUNTER => SampleKind::Counter,
        kinds::GAUGE | kinds::GAUGE_HISTOGRAM | kinds::INFO | kinds::STATE_SET => SampleKind::Gauge,
        // The quantiles of a summary go up and down; its count and sum, and the buckets of a histogram, only grow.
        kinds::SUMMARY | kinds::HISTOGRAM if is_part => SampleKind::Counter,
        kinds::SUMMARY | kinds::HISTOGRAM => SampleKind::Gauge,
        _ if grows => SampleKind::Counter,
        _ => SampleKind::Gauge,
    }
}

/// The unit by UCUM; empty where none is said. Numbers of observations have none, whatever is observed.
pub(super) fn unit(name: &str, declared: &str) -> String {
    if name.ends_with("_bucket") || name.ends_with("_count") {
        return String::new();
    }
    let stem = family(name);
    let by_custom = |word: &str| UNITS.iter().find(|(end, _)| end[1..] == *word).map(|(_, unit)| *unit);
    if !declared.is_empty() {
        return by_custom(declared).unwrap_or(declared).to_owned();
    }
    let by_name = UNITS.iter().find(|(end, _)| stem.ends_with(end));
    by_name.map_or_else(String::new, |(_, unit)| (*unit).to_owned())
}
