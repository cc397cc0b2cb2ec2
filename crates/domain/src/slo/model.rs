//! What a team promises: the SLO as it was written, parsed into types that cannot be wrong.
//! Knows nothing of counts, of alerts, or of how the promise is stored.

use std::fmt;

use jiff::civil::Date;

use super::policy::AlertPolicy;
use super::ratio::Ratio;
use super::slices::TimeSlices;
use super::weight::Weight;
use super::window::Window;
use crate::polled::PolledSli;

/// Digits after the point that a target may have as a ratio: enough for seven nines, few enough that every
/// comparison fits 128 bits.
pub const TARGET_DECIMALS: u32 = 9;
/// What share of events must be good: in the open interval from 0 to 1, kept as it was written and exactly.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Target {
    decimal: String,
    ratio: Ratio,
}

/// Why a text is not a target.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
pub enum TargetError {
    /// Not a plain decimal number.
    #[error("{0:?} is not a plain decimal number such as 0.999")]
    NotADecimal(String),
    /// Too many digits after the point.
    #[error("{0} has more than {TARGET_DECIMALS} decimals as a ratio, which nobody can measure; shorten it")]
    TooManyDecimals(String),
    /// Nought or one, below or above.
    #[error(
        "{0} is outside the open interval from 0 to 1: 0 promises nothing and 1 allows no failure at all; write for example 0.999"
    )]
    OutsideUnit(String),
    /// Nought or a hundred per cent, below or above.
    #[error(
        "{0} is outside the open interval from 0 to 100: 0 promises nothing and 100 allows no failure at all; write for example 99.9"
    )]
    OutsidePercent(String),
}

impl Target {
    /// Reads a ratio such as `0.999`.
    pub fn parse(text: &str) -> Result<Self, TargetError> {
        let (digits, decimals) = decimal(text)?;
        Self::build(digits, decimals).map_err(|e| match e {
            Refused::Range => TargetError::OutsideUnit(text.to_owned()),
            Refused::Decimals => TargetError::TooManyDecimals(text.to_owned()),
        })
    }

    /// Reads a percentage such as `99.9`.
    pub fn parse_percent(text: &str) -> Result<Self, TargetError> {
        let (digits, decimals) = decimal(text)?;
        Self::build(digits, decimals + 2).map_err(|e| match e {
            Refused::Range => TargetError::OutsidePercent(text.to_owned()),
            Refused::Decimals => TargetError::TooManyDecimals(text.to_owned()),
        })
    }

    fn build(digits: u64, decimals: u32) -> Result<Self, Refused> {
        let (mut digits, mut decimals) = (digits, decimals);
        while decimals > 0 && digits % 10 == 0 && digits > 0 {
            (digits, decimals) = (digits / 10, decimals - 1);
        }
        if digits == 0 {
            return Err(Refused::Range);
        }
        if decimals > TARGET_DECIMALS {
            return Err(Refused::Decimals);
        }
        let scale = 10u64.pow(decimals);
        if digits >= scale {
            return Err(Refused::Range);
        }
        let decimal = format!("0.{digits:0width$}", width = decimals as usize);
        Ok(Self { decimal, ratio: Ratio::new(i128::from(digits), i128::from(scale)) })
    }

    /// The ratio as decimal text, exactly: `0.999`.
    pub fn decimal(&self) -> &str {
        &self.decimal
    }

    /// The exact ratio.
    pub fn ratio(&self) -> Ratio {
        self.ratio
    }

    /// The share of events that may be bad: one minus the target, exactly.
    pub fn allowance(&self) -> Ratio {
        let denominator = self.ratio.denominator();
        Ratio::new(denominator - self.ratio.numerator(), denominator)
    }
}

enum Refused {
    Range,
    Decimals,
}

/// The digits of a plain decimal and how many of them stand after the point.
fn decimal(text: &str) -> Result<(u64, u32), TargetError> {
    let error = || TargetError::NotADecimal(text.to_owned());
    let (whole, fraction) = text.split_once('.').unwrap_or((text, ""));
    let plain = |part: &str| part.bytes().all(|b| b.is_ascii_digit());
    if text.starts_with('-') && plain(&text[1..].replacen('.', "", 1)) && text.len() > 1 {
        return Err(TargetError::OutsideUnit(text.to_owned()));
    }
    if whole.is_empty() && fraction.is_empty() || !plain(whole) || !plain(fraction) {
        return Err(error());
    }
    if fraction.len() > 15 {
        return Err(TargetError::TooManyDecimals(text.to_owned()));
    }
    let digits = format!("{whole}{fraction}").parse().map_err(|_| error())?;
    Ok((digits, fraction.len() as u32))
}

impl fmt::Display for Target {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.decimal)
    }
}

/// How a window's counts become one number. Named beside the number wherever it is shown.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum BudgetingMethod {
    /// All good events over all events.
    Occurrences,
    /// Good slices of time over all slices with events.
    Timeslices,
    /// The mean of the shares of good events in slices of time.
    RatioTimeslices,
}

impl BudgetingMethod {
    /// Every method.
    pub const ALL: [BudgetingMethod; 3] = [Self::Occurrences, Self::Timeslices, Self::RatioTimeslices];

    /// OpenSLO's word for it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Occurrences => "Occurrences",
            Self::Timeslices => "Timeslices",
            Self::RatioTimeslices => "RatioTimeslices",
        }
    }
}

/// The kind of telemetry an SLI reads.
#[derive(Clone, Copy, PartialEq, Eq, Debug, PartialOrd, Ord, Hash)]
pub enum Signal {
    /// Spans of traces.
    Spans,
    /// Log records.
    Logs,
    /// Metric points.
    Metrics,
}

impl Signal {
    /// Every signal.
    pub const ALL: [Signal; 3] = [Signal::Spans, Signal::Logs, Signal::Metrics];

    /// The word in definitions and in SQL.
    pub fn name(self) -> &'static str {
        match self {
            Self::Spans => "spans",
            Self::Logs => "logs",
            Self::Metrics => "metrics",
        }
    }
}

/// How a value is held against an objective's threshold.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Comparison {
    /// Less than.
    Lt,
    /// Less than or equal.
    Lte,
    /// Greater than.
    Gt,
    /// Greater than or equal.
    Gte,
}

impl Comparison {
    /// Every comparison.
    pub const ALL: [Comparison; 4] = [Comparison::Lt, Comparison::Lte, Comparison::Gt, Comparison::Gte];

    /// OpenSLO's word for it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Lt => "lt",
            Self::Lte => "lte",
            Self::Gt => "gt",
            Self::Gte => "gte",
        }
    }
}

/// What is counted, and what makes a counted event good. The texts are expressions over the signal's columns;
/// they are opaque here.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Sli {
    /// The signal that is read.
    pub signal: Signal,
    /// Which events count at all.
    pub total: String,
    /// Which of those are good.
    pub measure: Measure,
    /// Where the rows come from that ippo itself fetches for it; `total` and `measure` then hold for those alone.
    pub polled: Option<PolledSli>,
}

/// What makes a counted event good.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Measure {
    /// The events that match are good.
    Good(String),
    /// The events that match are bad.
    Bad(String),
    /// The value is held against each objective's threshold.
    Threshold {
        /// A numeric expression over the signal's columns.
        value: String,
    },
    /// Each observation in a histogram is held against each objective's threshold, as far as its buckets say.
    Observations,
}

impl Measure {
    /// Whether each objective has a threshold.
    pub fn has_threshold(&self) -> bool {
        matches!(self, Measure::Threshold { .. } | Measure::Observations)
    }
}

impl Sli {
    /// How many minutes what it counts is behind while all is well.
    pub fn lag_minutes(&self) -> u32 {
        self.polled.as_ref().map_or(0, |polled| polled.source.server.kind().lag_minutes())
    }

    /// Whether it counts what the points of metrics add to each other, and not rows: then there are no single events to
    /// be shown.
    pub fn is_by_increase(&self) -> bool {
        self.signal == Signal::Metrics && !matches!(self.measure, Measure::Threshold { .. })
    }
}

/// What a value is held against.
#[derive(Clone, PartialEq, Debug)]
pub struct Threshold {
    /// An event is good if its value compares so with `limit`.
    pub op: Comparison,
    /// In the unit of the SLI's value; finite.
    pub limit: f64,
}

/// One promise of an SLO.
#[derive(Clone, PartialEq, Debug)]
pub struct Objective {
    /// Empty if none was given; of a part of a composite SLO then the name of its SLI.
    pub display_name: String,
    /// What is counted. The same for all objectives of an SLO, unless it is a composite one.
    pub sli: Sli,
    /// What share of events must be good.
    pub target: Target,
    /// What makes an event good; exactly when the SLI is a threshold.
    pub threshold: Option<Threshold>,
    /// How time is cut; exactly when the budgeting method judges slices.
    pub slices: Option<TimeSlices>,
    /// What it weighs beside the other parts; exactly in a composite SLO.
    pub weight: Option<Weight>,
}

impl Objective {
    /// Whether `other` counts the same events with the same verdicts, so that its counter can go on.
    pub fn counts_like(&self, other: &Objective) -> bool {
        let rows = |of: &Sli| (of.signal, of.total.clone(), of.measure.clone());
        rows(&self.sli) == rows(&other.sli) && self.threshold == other.threshold
    }
}

/// What time of which nothing is known counts as.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub enum UnmeasuredTime {
    /// Neither good nor bad, and it never resolves an alert.
    #[default]
    Freeze,
    /// Neither good nor bad, and an alert may resolve meanwhile.
    Ignore,
    /// Bad, each minute in proportion to the measured ones.
    Bad,
    /// Good, each minute in proportion to the measured ones.
    Good,
}

impl UnmeasuredTime {
    /// Every choice.
    pub const ALL: [UnmeasuredTime; 4] = [Self::Freeze, Self::Ignore, Self::Bad, Self::Good];

    /// The word in definitions.
    pub fn name(self) -> &'static str {
        match self {
            Self::Freeze => "freeze",
            Self::Ignore => "ignore",
            Self::Bad => "bad",
            Self::Good => "good",
        }
    }
}

/// A service level objective, as one revision of its definition says. Never changed: an edit makes a new revision.
#[derive(Clone, PartialEq, Debug)]
pub struct Slo {
    /// Unique among SLOs.
    pub name: String,
    /// For people; the name if none was given.
    pub display_name: String,
    /// For people; may be empty.
    pub description: String,
    /// Who answers for it; empty if nobody is named.
    pub owner: String,
    /// Names of the notification targets that are told.
    pub notify: Vec<String>,
    /// Where to read what to do.
    pub runbook: Option<String>,
    /// The service it speaks about.
    pub service: String,
    /// The period of the budget: its alerts and its state are about this one.
    pub window: Window,
    /// Other periods that people look at.
    pub more_windows: Vec<Window>,
    /// How counts become one number.
    pub budgeting_method: BudgetingMethod,
    /// What time of which nothing is known counts as.
    pub unmeasured: UnmeasuredTime,
    /// Whether a page needs no more than that its burn is reached, however few events there are.
    pub every_failure_matters: bool,
    /// When someone looks again whether the promise is the right one.
    pub review_on: Option<Date>,
    /// The burn pairs that somebody wrote for it; the default ones if empty.
    pub policies: Vec<AlertPolicy>,
    /// What is promised; at least one.
    pub objectives: Vec<Objective>,
}

impl Slo {
    /// How many minutes the newest counts of all its SLIs are behind while all is well.
    pub fn lag_minutes(&self) -> u32 {
        self.objectives.iter().map(|objective| objective.sli.lag_minutes()).max().unwrap_or(0)
    }

    /// How many minutes the counts of one objective's SLI are behind while all is well.
    pub fn lag_of(&self, objective: u32) -> u32 {
        self.objectives.get(objective as usize).map_or(0, |objective| objective.sli.lag_minutes())
    }

    /// What it counts, each SLI once.
    pub fn slis(&self) -> Vec<&Sli> {
        let mut slis: Vec<&Sli> = Vec::new();
        for objective in &self.objectives {
            if !slis.contains(&&objective.sli) {
                slis.push(&objective.sli);
            }
        }
        slis
    }

    /// Whether `other` counts the same events with the same verdicts, so that its counters can go on.
    pub fn counts_like(&self, other: &Slo) -> bool {
        self.objectives.len() == other.objectives.len()
            && self.objectives.iter().zip(&other.objectives).all(|(mine, theirs)| mine.counts_like(theirs))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_target_is_kept_as_written_and_exactly() {
        let cases = [
            (Target::parse("0.999"), "0.999", (999, 1000)),
            (Target::parse("0.9990"), "0.999", (999, 1000)),
            (Target::parse(".5"), "0.5", (1, 2)),
            (Target::parse_percent("99.9"), "0.999", (999, 1000)),
            (Target::parse_percent("99"), "0.99", (99, 100)),
            (Target::parse_percent("0.5"), "0.005", (5, 1000)),
            (Target::parse_percent("99.99999"), "0.9999999", (9_999_999, 10_000_000)),
            (Target::parse("0.999999999"), "0.999999999", (999_999_999, 1_000_000_000)),
        ];
        for (target, decimal, (numerator, denominator)) in cases {
            let target = target.expect(decimal);
            assert_eq!(target.decimal(), decimal);
            assert_eq!(target.ratio(), Ratio::new(numerator, denominator));
            assert_eq!(target.allowance(), Ratio::new(denominator - numerator, denominator));
        }
    }

    #[test]
    fn targets_of_nought_one_and_a_hundred_are_refused() {
        for text in ["0", "0.0", "1", "1.0", "100", "99.9", "-0.5"] {
            assert!(matches!(Target::parse(text), Err(TargetError::OutsideUnit(_))), "{text}");
        }
        for text in ["0", "100", "100.0", "101"] {
            assert!(matches!(Target::parse_percent(text), Err(TargetError::OutsidePercent(_))), "{text}");
        }
        for text in ["", ".", "nine", "1e-3", "0,999", "+0.9", "0.9.9", "99.9%", "-"] {
            assert!(matches!(Target::parse(text), Err(TargetError::NotADecimal(_))), "{text}");
        }
        for text in ["0.9999999999", "0.99999999999999999999"] {
            assert!(matches!(Target::parse(text), Err(TargetError::TooManyDecimals(_))), "{text}");
        }
    }
}
