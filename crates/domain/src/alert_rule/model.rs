//! What an alert rule says: the condition, who acts, and what to do. Parsed into types that cannot be wrong; expressions stay text.

use std::fmt;

use crate::alert::AlertSeverity;
use crate::slo::Signal;

/// A rule as it was written.
#[derive(Clone, PartialEq, Debug)]
pub struct AlertRule {
    /// Unique.
    pub name: String,
    /// What people call it.
    pub display_name: String,
    /// Why there is such a rule.
    pub description: String,
    /// Who answers for it.
    pub owner: String,
    /// Names of the notification targets that are told.
    pub notify: Vec<String>,
    /// Whether someone must act now.
    pub severity: AlertSeverity,
    /// What to do, in words; empty if the runbook says it.
    pub action: String,
    /// Where to read what to do.
    pub runbook: Option<String>,
    /// The service that it speaks about.
    pub service: Option<String>,
    /// When it fires.
    pub condition: Condition,
    /// How long the condition must hold first, in minutes.
    pub for_minutes: u32,
    /// How long it must not hold any more before the alert ends, in minutes.
    pub resolve_after_minutes: u32,
}

/// When a rule fires.
#[derive(Clone, PartialEq, Debug)]
pub enum Condition {
    /// A value is beyond a limit.
    Threshold(Threshold),
    /// Nothing is heard any more.
    Absence(Absence),
    /// A text is in the logs.
    Text(TextFound),
}

impl Condition {
    /// Its field in a definition.
    pub fn name(&self) -> &'static str {
        match self {
            Self::Threshold(_) => "threshold",
            Self::Absence(_) => "absence",
            Self::Text(_) => "text",
        }
    }

    /// The signal that it reads.
    pub fn signal(&self) -> Signal {
        match self {
            Self::Threshold(threshold) => threshold.signal,
            Self::Absence(absence) => absence.signal,
            Self::Text(_) => Signal::Logs,
        }
    }

    /// By what its groups are told apart.
    pub fn by(&self) -> &[String] {
        match self {
            Self::Threshold(threshold) => &threshold.by,
            Self::Absence(_) => &[],
            Self::Text(text) => &text.by,
        }
    }
}

/// A value that is held against a limit.
#[derive(Clone, PartialEq, Debug)]
pub struct Threshold {
    /// What is read.
    pub signal: Signal,
    /// Which rows of it.
    pub filter: String,
    /// What is made of them.
    pub measure: Measure,
    /// The side on which the alert is.
    pub direction: Direction,
    /// The limit.
    pub limit: Limit,
    /// Where the value must be for the alert to end, if that is not the limit itself.
    pub end: Option<Limit>,
    /// The length of the window, in minutes.
    pub over_minutes: u32,
    /// Of fewer events nothing is said.
    pub least: u64,
    /// By what groups are told apart.
    pub by: Vec<String>,
}

impl Threshold {
    /// Where the value must be for the alert to end.
    pub fn end_limit(&self) -> &Limit {
        self.end.as_ref().unwrap_or(&self.limit)
    }
}

/// Something that must go on.
#[derive(Clone, PartialEq, Debug)]
pub struct Absence {
    /// What is read.
    pub signal: Signal,
    /// Which rows of it.
    pub filter: String,
    /// After so many minutes of silence the alert fires.
    pub silent_minutes: u32,
}

/// A text that should not be in the logs.
#[derive(Clone, PartialEq, Debug)]
pub struct TextFound {
    /// The text, in either case.
    pub contains: String,
    /// In which records; all if empty.
    pub filter: String,
    /// How often within the window.
    pub least: u64,
    /// The length of the window, in minutes.
    pub over_minutes: u32,
    /// By what groups are told apart.
    pub by: Vec<String>,
}

impl TextFound {
    /// The same, as a count that is held against a limit.
    pub fn as_threshold(&self) -> Threshold {
        let before = self.least.saturating_sub(1);
        Threshold {
            signal: Signal::Logs,
            filter: self.filter.clone(),
            measure: Measure::Count,
            direction: Direction::Above,
            limit: Limit { text: before.to_string(), value: before as f64 },
            end: Some(Limit { text: "0".to_owned(), value: 0.0 }),
            over_minutes: self.over_minutes,
            least: 0,
            by: self.by.clone(),
        }
    }
}

/// What is made of rows.
#[derive(Clone, PartialEq, Debug)]
pub enum Measure {
    /// How many there are.
    Count,
    /// The share of those for which this is true.
    Ratio {
        /// Which of them.
        matching: String,
    },
    /// The percentile of the spans' durations, as a share: 0.95.
    Duration(Percentile),
    /// The values of gauges.
    Gauge {
        /// Of each series over the window.
        each: OverTime,
        /// Of all series of a group.
        across: Across,
    },
    /// What counters added.
    Increase {
        /// Of all series of a group.
        across: Across,
    },
    /// The same in a second.
    Rate {
        /// Of all series of a group.
        across: Across,
    },
    /// Between what bounds the percentile of histograms lies.
    Histogram(Percentile),
}

/// A percentile, as it was written and as a share.
#[derive(Clone, PartialEq, Debug)]
pub struct Percentile {
    /// `p95`.
    pub name: String,
    /// 0.95.
    pub share: f64,
}

impl Measure {
    /// The word in definitions.
    pub fn name(&self) -> &str {
        match self {
            Self::Count => "count",
            Self::Ratio { .. } => "ratio",
            Self::Duration(percentile) | Self::Histogram(percentile) => &percentile.name,
            Self::Gauge { each, .. } => each.name(),
            Self::Increase { .. } => "increase",
            Self::Rate { .. } => "rate",
        }
    }
}

/// How the points of a series become one value.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum OverTime {
    /// The last.
    Last,
    /// Their mean.
    Avg,
    /// The lowest.
    Min,
    /// The highest.
    Max,
}

impl OverTime {
    /// Every one of them.
    pub const ALL: [Self; 4] = [Self::Last, Self::Avg, Self::Min, Self::Max];

    /// The word in definitions.
    pub fn name(self) -> &'static str {
        match self {
            Self::Last => "last",
            Self::Avg => "avg",
            Self::Min => "min",
            Self::Max => "max",
        }
    }
}

/// How the values of several series become one.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Across {
    /// Added up.
    Sum,
    /// Their mean.
    Avg,
    /// The lowest.
    Min,
    /// The highest.
    Max,
}

impl Across {
    /// Every one of them.
    pub const ALL: [Self; 4] = [Self::Sum, Self::Avg, Self::Min, Self::Max];

    /// The word in definitions.
    pub fn name(self) -> &'static str {
        match self {
            Self::Sum => "sum",
            Self::Avg => "avg",
            Self::Min => "min",
            Self::Max => "max",
        }
    }
}

/// The side of a limit on which the alert is.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Direction {
    /// More than the limit.
    Above,
    /// The limit or more.
    AtLeast,
    /// Less than the limit.
    Below,
    /// The limit or less.
    AtMost,
}

impl Direction {
    /// Every one of them.
    pub const ALL: [Self; 4] = [Self::Above, Self::AtLeast, Self::Below, Self::AtMost];

    /// The word in definitions.
    pub fn name(self) -> &'static str {
        match self {
            Self::Above => "above",
            Self::AtLeast => "atLeast",
            Self::Below => "below",
            Self::AtMost => "atMost",
        }
    }

    /// Whether a value is on that side.
    pub fn is_beyond(self, value: f64, limit: f64) -> bool {
        match self {
            Self::Above => value > limit,
            Self::AtLeast => value >= limit,
            Self::Below => value < limit,
            Self::AtMost => value <= limit,
        }
    }

    /// Whether high values are beyond the limit.
    pub fn is_high(self) -> bool {
        matches!(self, Self::Above | Self::AtLeast)
    }
}

/// A limit.
#[derive(Clone, PartialEq, Debug)]
pub struct Limit {
    /// As it was written: `5%`, `800ms`, `100`.
    pub text: String,
    /// In the measure's unit: a share for ratios, nanoseconds for durations.
    pub value: f64,
}

impl fmt::Display for Limit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}
