//! What a counter counts, compiled, and its words for the log.

use arrow::array::{Array, AsArray, BooleanArray, Float64Array};
use arrow::compute::not;
use arrow::record_batch::RecordBatch;

use super::Counts;
use crate::expr::{Expr, ExprError, LeafCache, ValueExpr};
use crate::signal::Signal;
use crate::wal::CounterEntry;

const SAMPLED: &str = "sampled";
/// Verdicts in the log and the manifest. An ippo that does not know them refuses to count.
const GOOD_INCREASE: &str = "good_increase";
const BAD_INCREASE: &str = "bad_increase";
const OBSERVATIONS: &str = "observations";

/// A pair of predicates over a signal's rows.
#[derive(Debug, Clone, PartialEq)]
pub struct CounterSpec {
    /// Whose rows.
    pub signal: Signal,
    /// Which rows count. A row for which this is not TRUE is not counted at all.
    pub total: Expr,
    /// What is good among them.
    pub verdict: Verdict,
}

/// How a counted row is judged.
#[derive(Debug, Clone, PartialEq)]
pub enum Verdict {
    /// Good where TRUE, bad where FALSE.
    Good(Expr),
    /// Bad where TRUE, good where FALSE.
    Bad(Expr),
    /// Every counted row is good.
    All,
    /// Of the increases of metrics: `total` says which series are counted, this which of what they count is good. The two
    /// are held against each other minute by minute.
    GoodIncrease(Expr),
    /// The same, with what is bad.
    BadIncrease(Expr),
    /// Of the observations in histograms: good where `observation op limit` holds for the whole bucket, bad where it holds
    /// for nothing in it, unknown in between.
    Observations {
        /// How an observation is compared.
        op: Comparison,
        /// With what, in the metric's unit.
        limit: f64,
    },
    /// Good where `value op limit` holds; unknown where there is no value.
    Threshold {
        /// The measured value.
        value: ValueExpr,
        /// How it is compared.
        op: Comparison,
        /// With what, in the value's unit.
        limit: f64,
    },
}

/// A comparison of a value with a limit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
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
    const NAMES: [(Comparison, &'static str); 4] =
        [(Comparison::Lt, "lt"), (Comparison::Lte, "lte"), (Comparison::Gt, "gt"), (Comparison::Gte, "gte")];

    /// OpenSLO's name.
    pub fn name(self) -> &'static str {
        Self::NAMES.iter().find(|(op, _)| *op == self).map_or("", |(_, name)| name)
    }

    fn from_name(name: &str) -> Option<Self> {
        Self::NAMES.iter().find(|(_, known)| *known == name).map(|(op, _)| *op)
    }

    fn holds(self, value: f64, limit: f64) -> bool {
        match self {
            Comparison::Lt => value < limit,
            Comparison::Lte => value <= limit,
            Comparison::Gt => value > limit,
            Comparison::Gte => value >= limit,
        }
    }

    /// Whether it holds for whatever lies between two boundaries, the upper one included and the lower one unless it is
    /// open; `None` if for some and not for others.
    pub(super) fn holds_between(self, lower: f64, open: bool, upper: f64, limit: f64) -> Option<bool> {
        // The lower boundary itself, or anything above it.
        let above = lower >= limit && (open || lower > limit);
        let (least, most) = match self {
            Comparison::Lte => (upper <= limit, above),
            Comparison::Gt => (above, upper <= limit),
            Comparison::Lt => (upper < limit, lower >= limit),
            Comparison::Gte => (lower >= limit, upper < limit),
        };
        match (least, most) {
            (true, _) => Some(true),
            (false, true) => Some(false),
            (false, false) => None,
        }
    }
}

/// Why a counter in the log cannot be counted again.
#[derive(Debug, thiserror::Error)]
#[error("the counter {key} cannot be read back: {reason}")]
pub struct SpecError {
    key: String,
    reason: String,
}

impl CounterSpec {
    /// Calls `count` for each row that counts, in order, with what it counts as.
    pub fn judge(&self, batch: &RecordBatch, leaves: &mut LeafCache, mut count: impl FnMut(usize, Counts)) {
        let counted = self.total.eval_cached(batch, leaves);
        let counted = match counted.nulls() {
            Some(known) => counted.values() & known.inner(),
            None => counted.values().clone(),
        };
        if counted.count_set_bits() == 0 {
            return;
        }
        let good = match &self.verdict {
            // Those over metrics are never asked row by row.
            Verdict::All
            | Verdict::GoodIncrease(_)
            | Verdict::BadIncrease(_)
            | Verdict::Observations { .. } => None,
            Verdict::Good(expr) => Some(expr.eval_cached(batch, leaves)),
            Verdict::Bad(expr) => Some(not(&expr.eval_cached(batch, leaves)).expect("NOT takes any rows")),
            Verdict::Threshold { value, op, limit } => Some(compare(&value.eval(batch), *op, *limit)),
        };
        let sampled = self.sampled(batch);
        for row in counted.set_indices() {
            let counts = match &good {
                Some(_) if sampled.is_some_and(|sampled| sampled.value(row)) => {
                    Counts { unknown: 1, ..Counts::default() }
                }
                Some(good) if good.is_null(row) => Counts { unknown: 1, ..Counts::default() },
                Some(good) if !good.value(row) => Counts { bad: 1, ..Counts::default() },
                _ => Counts { good: 1, ..Counts::default() },
            };
            count(row, counts);
        }
    }

    /// Spans of a sampled stream stand for an unknown number of others: they are never judged.
    fn sampled<'a>(&self, batch: &'a RecordBatch) -> Option<&'a BooleanArray> {
        if self.signal != Signal::Spans {
            return None;
        }
        batch.column_by_name(SAMPLED).and_then(|column| column.as_boolean_opt())
    }

    /// Whether what it counts are increases of series, so that it keeps their last points.
    pub fn is_by_increase(&self) -> bool {
        match self.verdict {
            Verdict::GoodIncrease(_) | Verdict::BadIncrease(_) | Verdict::Observations { .. } => true,
            Verdict::Good(_) | Verdict::Bad(_) | Verdict::All | Verdict::Threshold { .. } => false,
        }
    }

    /// The columns it reads, each once.
    pub fn columns(&self) -> Vec<&'static str> {
        let mut columns = self.total.columns();
        if self.signal == Signal::Spans {
            columns.push(SAMPLED);
        }
        match &self.verdict {
            Verdict::All => {}
            Verdict::GoodIncrease(expr) | Verdict::BadIncrease(expr) => {
                columns.extend(expr.columns());
                columns.extend(super::points::COLUMNS);
            }
            Verdict::Observations { .. } => {
                columns.extend(super::points::COLUMNS);
                columns.push(super::points::BUCKETS);
            }
            Verdict::Good(expr) | Verdict::Bad(expr) => columns.extend(expr.columns()),
            Verdict::Threshold { value, .. } => columns.extend(value.columns()),
        }
        columns.sort_unstable();
        columns.dedup();
        columns
    }

    /// Its words, for the log and the manifest.
    pub fn entry(&self, key: &str, generation: u64) -> CounterEntry {
        let (verdict, expression, threshold) = match &self.verdict {
            Verdict::All => ("all", "", None),
            Verdict::Good(expr) => ("good", expr.text(), None),
            Verdict::Bad(expr) => ("bad", expr.text(), None),
            Verdict::GoodIncrease(expr) => (GOOD_INCREASE, expr.text(), None),
            Verdict::BadIncrease(expr) => (BAD_INCREASE, expr.text(), None),
            Verdict::Observations { op, limit } => {
                (OBSERVATIONS, "", Some((op.name().to_owned(), limit.to_string())))
            }
            Verdict::Threshold { value, op, limit } => {
                ("threshold", value.text(), Some((op.name().to_owned(), limit.to_string())))
            }
        };
        CounterEntry {
            key: key.to_owned(),
            generation,
            signal: self.signal.name().to_owned(),
            total: self.total.text().to_owned(),
            verdict: verdict.to_owned(),
            expression: expression.to_owned(),
            threshold,
        }
    }

    /// Compiles what the log or the manifest says.
    pub fn from_entry(entry: &CounterEntry) -> Result<Self, SpecError> {
        let error = |reason: String| SpecError { key: entry.key.clone(), reason };
        let failed = |e: ExprError| error(e.to_string());
        let signal = Signal::from_name(&entry.signal).ok_or_else(|| error("unknown signal".to_owned()))?;
        let expression = || Expr::parse(&entry.expression, signal).map_err(failed);
        let verdict = match (entry.verdict.as_str(), &entry.threshold) {
            ("all", _) => Verdict::All,
            ("good", _) => Verdict::Good(expression()?),
            ("bad", _) => Verdict::Bad(expression()?),
            (GOOD_INCREASE | BAD_INCREASE | OBSERVATIONS, _) if signal != Signal::Metrics => {
                return Err(error(format!("{signal} have no increases")));
            }
            (GOOD_INCREASE, _) => Verdict::GoodIncrease(expression()?),
            (BAD_INCREASE, _) => Verdict::BadIncrease(expression()?),
            (OBSERVATIONS, Some(threshold)) => {
                let (op, limit) = compared(threshold).map_err(error)?;
                Verdict::Observations { op, limit }
            }
            ("threshold", Some(threshold)) => {
                let (op, limit) = compared(threshold).map_err(error)?;
                Verdict::Threshold {
                    value: ValueExpr::parse(&entry.expression, signal).map_err(failed)?,
                    op,
                    limit,
                }
            }
            (other, _) => return Err(error(format!("unknown verdict {other}"))),
        };
        Ok(Self { signal, total: Expr::parse(&entry.total, signal).map_err(failed)?, verdict })
    }
}

fn compared((op, limit): &(String, String)) -> Result<(Comparison, f64), String> {
    let op = Comparison::from_name(op).ok_or_else(|| format!("unknown comparison {op}"))?;
    Ok((op, limit.parse().map_err(|_| format!("{limit} is not a number"))?))
}

fn compare(values: &Float64Array, op: Comparison, limit: f64) -> BooleanArray {
    values.iter().map(|value| value.filter(|v| !v.is_nan()).map(|v| op.holds(v, limit))).collect()
}
