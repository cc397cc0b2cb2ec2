//! The three signals of OpenTelemetry that ippo stores.

use std::fmt;

/// Which kind of telemetry a batch, a table or an expression is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Signal {
    /// Spans of traces. Table `spans`.
    Spans,
    /// Log records. Table `logs`.
    Logs,
    /// Points of metrics. Table `metrics`.
    Metrics,
}

impl Signal {
    /// All signals, in a fixed order.
    pub const ALL: [Signal; 3] = [Signal::Spans, Signal::Logs, Signal::Metrics];

    /// The table's name in SQL, and the name in definitions.
    pub const fn name(self) -> &'static str {
        match self {
            Signal::Spans => "spans",
            Signal::Logs => "logs",
            Signal::Metrics => "metrics",
        }
    }

    /// The signal with this name.
    pub fn from_name(name: &str) -> Option<Signal> {
        Signal::ALL.into_iter().find(|signal| signal.name() == name)
    }

    /// Position in [`Signal::ALL`].
    pub const fn index(self) -> usize {
        match self {
            Signal::Spans => 0,
            Signal::Logs => 1,
            Signal::Metrics => 2,
        }
    }
}

impl fmt::Display for Signal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}
