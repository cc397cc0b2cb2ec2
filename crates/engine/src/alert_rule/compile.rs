//! From what a rule says to what telemetry measures. The one place where the words of rules meet those of the store.

use std::collections::BTreeSet;

use ippo_base::MinuteRange;
use ippo_domain::alert_rule::{Across, AlertRule, Condition, Direction, Limit, Measure, OverTime, Threshold};
use ippo_domain::definition::{AlertRuleDefinition, DefinitionError, ExpressionRole};
use ippo_domain::slo::Signal;
use ippo_telemetry::Signal as StoreSignal;
use ippo_telemetry::expr::{Expr, ExprError};
use ippo_telemetry::read::{
    GroupField, GroupKey, LogFilter, Needle, WindowLevel, WindowMeasure, WindowRows, WindowSearch, WindowTest,
};

use crate::slo::counters::{quoted, signal};

/// What a rule asks of telemetry.
#[derive(Clone)]
pub(crate) struct Compiled {
    signal: StoreSignal,
    rows: WindowRows,
    source: Option<Expr>,
    measure: WindowMeasure,
    pub(super) by: Vec<GroupField>,
    pub(super) window_minutes: u32,
    tests: Vec<WindowTest>,
}

impl std::fmt::Debug for Compiled {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Compiled").field("signal", &self.signal).field("measure", &self.measure).finish()
    }
}

impl Compiled {
    /// Compiles a rule's expressions.
    pub(crate) fn of(rule: &AlertRule) -> Result<Self, ExprError> {
        match &rule.condition {
            Condition::Threshold(threshold) => Self::of_threshold(threshold, rule.service.as_deref()),
            Condition::Text(text) => {
                let threshold = text.as_threshold();
                let contains = Needle::new(&text.contains, false)
                    .map_err(|error| ExprError { offset: 0, message: error.to_string() })?;
                let conditions = match text.filter.as_str() {
                    "" => vec![],
                    filter => vec![Expr::parse(filter, StoreSignal::Logs)?],
                };
                let filter = LogFilter { conditions, contains: Some(contains), ..LogFilter::default() };
                Ok(Self {
                    signal: StoreSignal::Logs,
                    rows: WindowRows::Logs(Box::new(filter)),
                    source: None,
                    measure: WindowMeasure::Count,
                    by: fields(&text.by, StoreSignal::Logs)?,
                    window_minutes: text.over_minutes,
                    tests: tests(&threshold),
                })
            }
            Condition::Absence(absence) => {
                let signal = signal(absence.signal);
                Ok(Self {
                    signal,
                    rows: WindowRows::Where(Expr::parse(&absence.filter, signal)?),
                    source: None,
                    measure: WindowMeasure::Count,
                    by: vec![],
                    window_minutes: 1,
                    tests: vec![],
                })
            }
        }
    }

    fn of_threshold(threshold: &Threshold, service: Option<&str>) -> Result<Self, ExprError> {
        let signal = signal(threshold.signal);
        let filter = Expr::parse(&threshold.filter, signal)?;
        let measure = match &threshold.measure {
            Measure::Count => WindowMeasure::Count,
            Measure::Ratio { matching } => WindowMeasure::Share(Expr::parse(matching, signal)?),
            Measure::Duration(percentile) => WindowMeasure::Duration(percentile.share),
            Measure::Histogram(percentile) => WindowMeasure::Histogram(percentile.share),
            Measure::Gauge { each, across } => WindowMeasure::Gauge(over_time(*each), of_series(*across)),
            Measure::Increase { across } => WindowMeasure::Increase(of_series(*across)),
            Measure::Rate { across } => WindowMeasure::Rate(of_series(*across)),
        };
        Ok(Self {
            signal,
            source: source(&filter, service, signal)?,
            rows: WindowRows::Where(filter),
            measure,
            by: fields(&threshold.by, signal)?,
            window_minutes: threshold.over_minutes,
            tests: tests(threshold),
        })
    }

    /// What is asked about the windows that end with the minutes of `range`.
    pub(super) fn search(&self, range: MinuteRange, known: BTreeSet<GroupKey>) -> WindowSearch {
        WindowSearch {
            signal: self.signal,
            rows: self.rows.clone(),
            source: self.source.clone(),
            measure: self.measure.clone(),
            by: self.by.clone(),
            known,
            window_minutes: self.window_minutes,
            tests: self.tests.clone(),
            range,
        }
    }

    pub(super) fn rows(&self) -> &WindowRows {
        &self.rows
    }
}

fn over_time(each: OverTime) -> WindowLevel {
    match each {
        OverTime::Last => WindowLevel::Last,
        OverTime::Avg => WindowLevel::Avg,
        OverTime::Min => WindowLevel::Min,
        OverTime::Max => WindowLevel::Max,
    }
}

fn of_series(across: Across) -> WindowLevel {
    match across {
        Across::Sum => WindowLevel::Sum,
        Across::Avg => WindowLevel::Avg,
        Across::Min => WindowLevel::Min,
        Across::Max => WindowLevel::Max,
    }
}

/// Whether it is beyond the limit, and whether it is beyond that of the end.
fn tests(threshold: &Threshold) -> Vec<WindowTest> {
    let test = |limit: &Limit| match threshold.direction {
        Direction::Above => WindowTest::Above(limit.value),
        Direction::AtLeast => WindowTest::AtLeast(limit.value),
        Direction::Below => WindowTest::Below(limit.value),
        Direction::AtMost => WindowTest::AtMost(limit.value),
    };
    vec![test(&threshold.limit), test(threshold.end_limit())]
}

/// Who must be heard for a minute to be measured: the services that the rule names, or anybody.
fn source(filter: &Expr, service: Option<&str>, signal: StoreSignal) -> Result<Option<Expr>, ExprError> {
    let mut services: BTreeSet<String> =
        filter.mentioned_services().unwrap_or_default().into_iter().collect();
    if services.is_empty() {
        services.extend(service.map(str::to_owned));
    }
    if services.is_empty() {
        return Ok(None);
    }
    let quoted: Vec<String> = services.iter().map(|service| quoted(service)).collect();
    Expr::parse(&format!("service IN ({})", quoted.join(", ")), signal).map(Some)
}

fn fields(by: &[String], signal: StoreSignal) -> Result<Vec<GroupField>, ExprError> {
    by.iter().map(|text| GroupField::parse(text, signal)).collect()
}

/// What is wrong with a definition's expressions, at its place in the file.
pub(crate) fn check(definition: &AlertRuleDefinition) -> Vec<DefinitionError> {
    let condition = &definition.rule.condition;
    let of = signal(condition.signal());
    let mut errors: Vec<DefinitionError> = definition
        .expressions
        .iter()
        .filter_map(|text| {
            let written = text.scalar.text();
            let parsed = match text.role {
                ExpressionRole::Group => GroupField::parse(written, of).map(drop),
                ExpressionRole::Total
                | ExpressionRole::Good
                | ExpressionRole::Bad
                | ExpressionRole::Value => Expr::parse(written, of).map(drop),
            };
            parsed.err().map(|error| text.error_at(error.offset, &error.message))
        })
        .collect();
    errors.sort_by_key(|error| (error.line, error.column));
    let total = || definition.expressions.iter().find(|text| text.role == ExpressionRole::Total);
    if errors.is_empty()
        && let Condition::Threshold(threshold) = condition
        && threshold.signal == Signal::Metrics
        && let Some(text) = total()
        && let Ok(filter) = Expr::parse(text.scalar.text(), of)
    {
        if filter.mentioned_metrics().is_none() {
            let message = "a rule over metrics names which: begin with metric = 'queue.depth' AND …";
            errors.push(text.error_at(0, message));
        } else if let Some(column) = ippo_telemetry::column_of_points(&filter) {
            let message = format!(
                "{column} differs from point to point, and where chooses series: by metric, service, attrs['…'] and \
                 resource['…']; the value is held against above or below"
            );
            errors.push(text.error_at(0, &message));
        }
    }
    errors
}
