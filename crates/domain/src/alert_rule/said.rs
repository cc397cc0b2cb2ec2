//! What is said of a rule whose alert begins or ends, with its numbers, in each language.

use ippo_base::Minute;

use super::judge::Ending;
use super::model::{AlertRule, Condition, Direction, Measure, OverTime, Threshold};
use super::{Reading, Silence};
use crate::Said;
use crate::slo::{Signal, duration_in_japanese, duration_text};

/// What tells a group apart: the value of each field that the rule names, in its order.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug, Default)]
pub struct Group(pub Vec<Option<String>>);

impl Group {
    /// Fields and values, as `route=/pay, region=(none)`; empty where nothing is told apart. Two groups never share it.
    pub fn label(&self, by: &[String]) -> String {
        let one = |(field, value): (&String, &Option<String>)| match value {
            Some(value) => format!("{field}={}", escaped(value)),
            None => format!("{field}=(none)"),
        };
        by.iter().zip(&self.0).map(one).collect::<Vec<_>>().join(", ")
    }
}

/// A value in which nothing can be taken for what stands between values.
fn escaped(value: &str) -> String {
    let mut text = String::with_capacity(value.len());
    for c in value.chars() {
        if matches!(c, '\\' | ',' | '(') {
            text.push('\\');
        }
        text.push(c);
    }
    text
}

/// A number in the unit in which people write the measure's limits.
pub fn value_text(measure: &Measure, value: f64) -> String {
    match measure {
        Measure::Ratio { .. } => format!("{} %", short(value * 100.0)),
        Measure::Duration(_) if value >= 1e9 => format!("{} s", short(value / 1e9)),
        Measure::Duration(_) => format!("{} ms", short(value / 1e6)),
        Measure::Rate { .. } => format!("{}/s", short(value)),
        Measure::Count | Measure::Gauge { .. } | Measure::Increase { .. } | Measure::Histogram(_) => {
            short(value)
        }
    }
}

/// Four significant digits, or the whole number if that has more.
fn short(value: f64) -> String {
    if value == 0.0 {
        return "0".to_owned();
    }
    let magnitude = value.abs().log10().floor() as i32;
    let decimals = usize::try_from((3 - magnitude).clamp(0, 12)).unwrap_or(0);
    let text = format!("{value:.decimals$}");
    match text.contains('.') {
        true => text.trim_end_matches('0').trim_end_matches('.').to_owned(),
        false => text,
    }
}

/// How the points of a series become one value, in Japanese.
fn in_japanese(each: OverTime) -> &'static str {
    match each {
        OverTime::Last => "最新の値",
        OverTime::Avg => "平均値",
        OverTime::Min => "最小値",
        OverTime::Max => "最大値",
    }
}

/// What a signal has, in Japanese.
fn rows_in_japanese(signal: Signal) -> &'static str {
    match signal {
        Signal::Spans => "スパン",
        Signal::Logs => "ログ",
        Signal::Metrics => "メトリクス",
    }
}

fn reading_said(measure: &Measure, reading: &Reading) -> Said {
    let told = |value: f64| value_text(measure, value);
    match (reading.lower, reading.upper) {
        (Some(lower), Some(upper)) if told(lower) == told(upper) => Said::same(told(lower)),
        (Some(lower), Some(upper)) => Said::new(
            format!("between {} and {}", told(lower), told(upper)),
            format!("{}〜{}", told(lower), told(upper)),
        ),
        (Some(lower), None) => Said::new(format!("above {}", told(lower)), format!("{} 超", told(lower))),
        (None, Some(upper)) => Said::new(format!("at most {}", told(upper)), format!("{} 以下", told(upper))),
        (None, None) => Said::new("unknown", "不明"),
    }
}

impl Measure {
    /// What is measured, in words.
    fn said(&self) -> Said {
        match self {
            Self::Count => Said::new("the count", "件数"),
            Self::Ratio { .. } => Said::new("the ratio", "割合"),
            Self::Duration(percentile) => Said::new(
                format!("the {} of durations", percentile.name),
                format!("所要時間の {}", percentile.name),
            ),
            Self::Gauge { each, .. } => Said::new(format!("the value ({})", each.name()), in_japanese(*each)),
            Self::Increase { .. } => Said::new("the increase", "増加量"),
            Self::Rate { .. } => Said::new("the rate", "レート"),
            Self::Histogram(percentile) => {
                Said::new(format!("the {}", percentile.name), percentile.name.clone())
            }
        }
    }
}

impl Threshold {
    /// What was measured beside its limit: what a list shows of a group.
    pub fn reading_said(&self, reading: &Reading) -> Said {
        let (what, value) = (self.measure.said(), reading_said(&self.measure, reading));
        let over = self.over_minutes;
        let of = match self.measure {
            Measure::Ratio { .. } | Measure::Duration(_) | Measure::Histogram(_) => {
                Said::new(format!(" of {} events", reading.events), format!("、{} 件中", reading.events))
            }
            _ => Said::default(),
        };
        let limit = &self.limit;
        let (side, side_ja) = match self.direction {
            Direction::Above => ("above", format!("上限 {limit}")),
            Direction::AtLeast => ("at least", format!("しきい値 {limit} 以上")),
            Direction::Below => ("below", format!("下限 {limit}")),
            Direction::AtMost => ("at most", format!("しきい値 {limit} 以下")),
        };
        Said::new(
            format!(
                "{} is {}{} over {}; limit {side} {limit}",
                what.english,
                value.english,
                of.english,
                duration_text(over)
            ),
            format!(
                "{}は {}({}{})、{side_ja}",
                what.japanese,
                value.japanese,
                duration_in_japanese(over),
                of.japanese
            ),
        )
    }
}

impl Silence {
    /// How long nothing was heard, in words.
    pub fn said(&self) -> Said {
        let Self { minutes, .. } = self;
        match self.last_heard {
            Some(last) if *minutes == 0 => {
                let at = last.start();
                Said::new(format!("heard in the minute {at}"), format!("{at} の分に受信しました"))
            }
            Some(last) => {
                let at = last.start();
                Said::new(
                    format!("nothing matched for {minutes} minutes; the last came in the minute {at}"),
                    format!("{minutes} 分間、該当するデータがありません。最後は {at} の分です"),
                )
            }
            None => Said::new(
                format!("nothing matched for {minutes} minutes or longer"),
                format!("{minutes} 分以上、該当するデータがありません"),
            ),
        }
    }
}

impl Condition {
    /// When the rule fires, in words.
    pub fn said(&self) -> Said {
        match self {
            Self::Threshold(threshold) => threshold.condition_said(),
            Self::Absence(absence) => Said::new(
                format!("no {} match for {}", absence.signal.name(), duration_text(absence.silent_minutes)),
                format!(
                    "該当する{}が {}ない",
                    rows_in_japanese(absence.signal),
                    duration_in_japanese(absence.silent_minutes)
                ),
            ),
            Self::Text(text) => {
                let (contains, least) = (&text.contains, text.least);
                let (over, over_ja) =
                    (duration_text(text.over_minutes), duration_in_japanese(text.over_minutes));
                match least {
                    0 | 1 => Said::new(
                        format!("{contains:?} is in the logs"),
                        format!("ログに「{contains}」が出た"),
                    ),
                    _ => Said::new(
                        format!("{contains:?} is in the logs {least} times in {over}"),
                        format!("{over_ja}に {least} 回、ログに「{contains}」が出た"),
                    ),
                }
            }
        }
    }
}

impl Threshold {
    fn condition_said(&self) -> Said {
        let (what, limit) = (self.measure.said(), &self.limit);
        let (over, over_ja) = (duration_text(self.over_minutes), duration_in_japanese(self.over_minutes));
        let (side, side_ja) = match self.direction {
            Direction::Above => ("above", "を上回る"),
            Direction::AtLeast => ("at least", "以上"),
            Direction::Below => ("below", "を下回る"),
            Direction::AtMost => ("at most", "以下"),
        };
        Said::new(
            format!("{} of {} over {over} is {side} {limit}", what.english, self.signal.name()),
            format!("{}の{}({over_ja})が {limit} {side_ja}", rows_in_japanese(self.signal), what.japanese),
        )
    }
}

/// The words with which an alert begins: the value, its limit, and the group.
pub fn began(rule: &AlertRule, group: &Group, why: &Said) -> Said {
    with_group(rule, group, why)
}

/// The words with which an alert ends.
pub fn ended(rule: &AlertRule, group: &Group, ending: Ending, minute: Minute, why: Option<&Said>) -> Said {
    let calm = rule.timing().resolve_after_minutes;
    let at = minute.start();
    let said = match (ending, &rule.condition) {
        (Ending::Calm, Condition::Text(_)) => Said::new(
            format!("the text has not been in the logs for {}", duration_text(calm)),
            format!("{}、ログにこの文言が出ていません", duration_in_japanese(calm)),
        ),
        (Ending::Calm, Condition::Absence(_)) => {
            Said::new(format!("it is heard again, at {at}"), format!("{at} に再び受信しました"))
        }
        (Ending::Calm, Condition::Threshold(_)) => match why {
            Some(why) => why.clone(),
            None => Said::new("the value is within its limit again", "値がしきい値の内側に戻りました"),
        },
        (Ending::Gone, _) => Said::new(
            "nothing has come from it for an hour in which ippo was listening: it is gone, not proven well",
            "ippo が受信できていた 1 時間、データがありませんでした。対象がなくなったものとして終了します(正常に戻った確認ではありません)",
        ),
        (Ending::Undefined, _) => {
            Said::new("the rule is no longer defined like this", "ルールの定義が変わったか、なくなりました")
        }
    };
    with_group(rule, group, &said)
}

fn with_group(rule: &AlertRule, group: &Group, said: &Said) -> Said {
    match group.label(rule.condition.by()) {
        label if label.is_empty() => said.clone(),
        label => said.map(|_, text| format!("{label}: {text}")),
    }
}

/// How often a text was found, in words.
pub(super) fn found_said(contains: &str, count: f64, over_minutes: u32) -> Said {
    let count = short(count);
    Said::new(
        format!("{contains:?} was found {count} times in {}", duration_text(over_minutes)),
        format!("「{contains}」が {}に {count} 回ログに出ました", duration_in_japanese(over_minutes)),
    )
}

impl super::TextFound {
    /// How often the text was found, in words.
    pub fn reading_said(&self, reading: &Reading) -> Said {
        found_said(&self.contains, reading.lower.unwrap_or_default(), self.over_minutes)
    }
}
