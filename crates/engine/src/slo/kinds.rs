//! Whether what is known of a metric fits what a definition would count of it. What was never sent is not refused: it is
//! told where it is counted.

use std::collections::BTreeMap;
use std::time::Duration;

use ippo_base::{TimeRange, Timestamp};
use ippo_domain::definition::{DefinitionError, ExpressionRole, ExpressionText, SloDefinition};
use ippo_domain::slo::{Measure, Signal};
use ippo_telemetry::read::{MetricKind, MetricSummary, SeriesFilter};
use ippo_telemetry::{Expr, Signal as CounterSignal, Store};

use super::SloError;

/// How far back metrics are looked at.
const LOOK_BACK: Duration = Duration::from_secs(60 * 60);

/// What is wrong with definitions over metrics of which every point of the last hour is of a kind that they cannot count.
///
/// # Errors
/// When the store fails.
pub(crate) async fn check(
    store: &Store,
    definitions: &[&SloDefinition],
    now: Timestamp,
) -> Result<Vec<DefinitionError>, SloError> {
    if !definitions.iter().any(|definition| reads_metrics(definition)) {
        return Ok(Vec::new());
    }
    let range = TimeRange { from: now.minus(LOOK_BACK), to: now.plus(Duration::from_secs(60)) };
    let found = store.read(move |reader| reader.metrics(range, &SeriesFilter::default())).await?;
    let mut known: BTreeMap<&str, Vec<&MetricSummary>> = BTreeMap::new();
    for metric in &found.value.metrics {
        known.entry(metric.metric.as_str()).or_default().push(metric);
    }
    let wrong = |definition: &&SloDefinition| -> Vec<DefinitionError> {
        let sli = |text: &ExpressionText| &definition.slo.objectives[text.objective].sli;
        let texts = definition.expressions.iter().filter(|text| text.role != ExpressionRole::Value);
        let of_metrics = texts.filter(|text| sli(text).signal == Signal::Metrics);
        of_metrics.filter_map(|text| unfit(text, &sli(text).measure, &known)).collect()
    };
    Ok(definitions.iter().flat_map(wrong).collect())
}

fn reads_metrics(definition: &SloDefinition) -> bool {
    definition.slo.slis().iter().any(|sli| sli.signal == Signal::Metrics)
}

/// The error for the first metric that an expression names, and that comes in no kind that fits.
fn unfit(
    text: &ExpressionText,
    measure: &Measure,
    known: &BTreeMap<&str, Vec<&MetricSummary>>,
) -> Option<DefinitionError> {
    let expr = Expr::parse(text.scalar.text(), CounterSignal::Metrics).ok()?;
    expr.mentioned_metrics()?.iter().find_map(|name| {
        let kinds = known.get(name.as_str())?;
        let reasons: Option<Vec<&str>> = kinds.iter().map(|metric| reason(metric, measure)).collect();
        let reason = *reasons?.first()?;
        Some(text.error_at(0, &format!("{name} {reason}")))
    })
}

/// Why a metric cannot be counted so, and what to write instead; `None` where it can.
fn reason(metric: &MetricSummary, measure: &Measure) -> Option<&'static str> {
    use MetricKind::{Counter, ExponentialHistogram, Gauge, Histogram, Summary, UpDownCounter};
    match (measure, metric.kind) {
        (Measure::Good(_) | Measure::Bad(_), Counter | Histogram | ExponentialHistogram)
            if metric.temporalities.is_empty() =>
        {
            Some("comes without temporality: its sender must say whether it is cumulative or delta")
        }
        (Measure::Good(_) | Measure::Bad(_), Gauge) => Some(
            "is a gauge, whose values are no counts of events; to judge it sample by sample, write a thresholdMetric with \
             value: value",
        ),
        (Measure::Good(_) | Measure::Bad(_), UpDownCounter) => Some(
            "is a sum that also goes down, and so no count of events; to judge it sample by sample, write a \
             thresholdMetric with value: value",
        ),
        (Measure::Good(_) | Measure::Bad(_), Counter | Histogram | ExponentialHistogram | Summary) => None,
        (Measure::Observations, Histogram | ExponentialHistogram) => None,
        (Measure::Observations, Gauge | UpDownCounter) => {
            Some("has no buckets; to judge it sample by sample, write value: value")
        }
        (Measure::Observations, Counter) => {
            Some("is a counter and has no buckets; write a ratioMetric with good or bad, and total")
        }
        (Measure::Observations, Summary) => {
            Some("is a summary and has no buckets; send a histogram, or write a ratioMetric over counters")
        }
        (Measure::Threshold { .. }, Gauge | UpDownCounter) => None,
        (Measure::Threshold { .. }, Counter) => Some(
            "is a counter, whose value is everything since its start; write a ratioMetric with good or bad, and total, \
             which counts what is added to it",
        ),
        (Measure::Threshold { .. }, Histogram | ExponentialHistogram) => Some(
            "is a histogram, whose rows are no observations; write value: distribution, which holds each observation against \
             the objective's op and value by its bucket",
        ),
        (Measure::Threshold { .. }, Summary) => Some(
            "is a summary, whose rows are no observations; send a histogram, or write a ratioMetric over counters",
        ),
    }
}
