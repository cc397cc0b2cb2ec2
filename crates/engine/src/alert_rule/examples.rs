//! Some of what an alert is about: the traces or the log records behind it, for whoever is told. An alert never waits for them
//! in vain: where there are none to be found, it goes without.

use ippo_base::{MinuteRange, TimeRange};
use ippo_domain::alert::Example;
use ippo_domain::alert_rule::{AlertRule, Condition, Direction, Group, Measure};
use ippo_telemetry::Signal;
use ippo_telemetry::expr::Expr;
use ippo_telemetry::read::{LogFilter, LogRecord, LogSearch, Reader, WindowRows};

use super::compile::Compiled;

/// Examples of one alert.
const EXAMPLES: usize = 3;
/// Characters of a log record that are shown.
const LINE_CHARS: usize = 200;

/// What to look at for a group, over the window of an alert.
pub(super) fn examples(
    reader: &Reader,
    (rule, compiled): (&AlertRule, &Compiled),
    group: &Group,
    window: MinuteRange,
) -> Vec<Example> {
    let range = TimeRange { from: window.from.start(), to: window.to.start() };
    let of_group = compiled.by.iter().zip(&group.0).map(|(field, value)| field.condition(value.as_deref()));
    let mut conditions: Vec<String> = of_group.collect();
    match &rule.condition {
        Condition::Threshold(threshold) => {
            conditions.push(format!("({})", threshold.filter));
            match &threshold.measure {
                Measure::Ratio { matching } if threshold.direction.is_high() => {
                    conditions.push(format!("({matching})"));
                }
                Measure::Duration(_) if threshold.direction.is_high() => {
                    let sign = if threshold.direction == Direction::AtLeast { ">=" } else { ">" };
                    conditions.push(format!("duration_ns {sign} {}", threshold.limit.value));
                }
                Measure::Count | Measure::Ratio { .. } | Measure::Duration(_) => {}
                // Points are no requests and no records.
                Measure::Gauge { .. }
                | Measure::Increase { .. }
                | Measure::Rate { .. }
                | Measure::Histogram(_) => {
                    return vec![];
                }
            }
            match threshold.signal {
                ippo_domain::slo::Signal::Spans => traces(reader, &conditions, range),
                ippo_domain::slo::Signal::Logs => records(reader, &conditions, LogFilter::default(), range),
                ippo_domain::slo::Signal::Metrics => vec![],
            }
        }
        Condition::Text(_) => match compiled.rows() {
            WindowRows::Logs(filter) => records(reader, &conditions, filter.as_ref().clone(), range),
            WindowRows::Where(_) => vec![],
        },
        Condition::Absence(_) => vec![],
    }
}

fn traces(reader: &Reader, conditions: &[String], range: TimeRange) -> Vec<Example> {
    let Ok(filter) = Expr::parse(&conditions.join(" AND "), Signal::Spans) else { return vec![] };
    let found = reader.affected(Signal::Spans, &filter, range).value;
    let example = |id: String| Example { text: id.clone(), path: format!("/traces/{id}") };
    found.traces.into_iter().take(EXAMPLES).map(example).collect()
}

fn records(reader: &Reader, conditions: &[String], filter: LogFilter, range: TimeRange) -> Vec<Example> {
    let more: Result<Vec<Expr>, _> = conditions.iter().map(|text| Expr::parse(text, Signal::Logs)).collect();
    let Ok(more) = more else { return vec![] };
    let conditions = filter.conditions.into_iter().chain(more).collect();
    let search = LogSearch { range, only: LogFilter { conditions, ..filter }, limit: EXAMPLES, after: None };
    reader.logs(&search).value.items.iter().map(of_record).collect()
}

fn of_record(record: &LogRecord) -> Example {
    let body = record.body.split_whitespace().collect::<Vec<_>>().join(" ");
    let short: String = body.chars().take(LINE_CHARS).collect();
    let rest = if short.len() < body.len() { "…" } else { "" };
    let words = [record.severity.as_str(), record.service.as_str(), &short];
    let words: Vec<&str> = words.into_iter().filter(|word| !word.is_empty()).collect();
    Example { text: format!("{}{rest}", words.join(" ")), path: format!("/logs?record={}", record.at) }
}
