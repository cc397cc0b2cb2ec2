//! From what an SLO says to what telemetry counts: its expressions compiled, its counters named. The one place where
//! the words of definitions meet those of the store.

use std::collections::BTreeSet;

use ippo_domain::definition::{DefinitionError, ExpressionRole, ExpressionText, SloDefinition};
use ippo_domain::polled::PolledSli;
use ippo_domain::slo::{Comparison, Measure, Objective, Signal, Sli, Slo};
use ippo_telemetry::expr::{Expr, ExprError, ValueExpr};
use ippo_telemetry::{
    Comparison as CounterComparison, CounterSpec, Signal as CounterSignal, Verdict, column_of_points,
};

/// The counters of an SLO.
#[derive(Clone, Debug)]
pub(crate) struct SloCounters {
    /// One for each objective, in order.
    pub(crate) objectives: Vec<(String, CounterSpec)>,
    /// Of each objective, in order, what counts whatever its source sends; shared by all of the same source.
    pub(crate) sources: Vec<(String, CounterSpec)>,
}

impl SloCounters {
    /// Compiles the counters of `slo`.
    pub(crate) fn compile(slo: &Slo) -> Result<Self, ExprError> {
        let mut objectives = Vec::with_capacity(slo.objectives.len());
        let mut sources = Vec::with_capacity(slo.objectives.len());
        for (index, objective) in slo.objectives.iter().enumerate() {
            let signal = signal(objective.sli.signal);
            let total = Expr::parse(&objective.sli.total, signal)?;
            let spec = CounterSpec { signal, total, verdict: verdict(objective, signal)? };
            objectives.push((format!("slo/{}/{index}", slo.name), spec));
            sources.push(source(&objective.sli, signal)?);
        }
        Ok(Self { objectives, sources })
    }

    /// The names of all of them.
    pub(crate) fn keys(&self) -> impl Iterator<Item = &str> {
        self.all().map(|(key, _)| key.as_str())
    }

    /// All of them.
    pub(crate) fn all(&self) -> impl Iterator<Item = &(String, CounterSpec)> {
        self.objectives.iter().chain(&self.sources)
    }
}

fn verdict(objective: &Objective, signal: CounterSignal) -> Result<Verdict, ExprError> {
    Ok(match (&objective.sli.measure, &objective.threshold) {
        (Measure::Good(text), _) if signal == CounterSignal::Metrics => {
            Verdict::GoodIncrease(Expr::parse(text, signal)?)
        }
        (Measure::Bad(text), _) if signal == CounterSignal::Metrics => {
            Verdict::BadIncrease(Expr::parse(text, signal)?)
        }
        (Measure::Good(text), _) => Verdict::Good(Expr::parse(text, signal)?),
        (Measure::Bad(text), _) => Verdict::Bad(Expr::parse(text, signal)?),
        (Measure::Observations, Some(threshold)) => {
            Verdict::Observations { op: comparison(threshold.op), limit: threshold.limit }
        }
        (Measure::Threshold { value }, Some(threshold)) => Verdict::Threshold {
            value: ValueExpr::parse(value, signal)?,
            op: comparison(threshold.op),
            limit: threshold.limit,
        },
        (Measure::Threshold { .. } | Measure::Observations, None) => {
            let message = "an objective of a thresholdMetric has a threshold".to_owned();
            return Err(ExprError { offset: 0, message });
        }
    })
}

/// The source is the services that `total` names, or everything of the signal. Of what is fetched elsewhere it is what `total` itself
/// fetches: neither others of its series nor what other servers send speak for it.
fn source(sli: &Sli, signal: CounterSignal) -> Result<(String, CounterSpec), ExprError> {
    let total = Expr::parse(&sli.total, signal)?;
    if let Some(PolledSli { source, total: query, .. }) = &sli.polled {
        let of = source.server.kind().name();
        let key = format!("source/{of}/{}/{}/{}", source.name, query.kind.name(), query.text);
        return Ok((key, CounterSpec { signal, total, verdict: Verdict::All }));
    }
    let services: BTreeSet<String> = total.mentioned_services().unwrap_or_default().into_iter().collect();
    let quoted: Vec<String> = services.iter().map(|service| quoted(service)).collect();
    let key = format!("source/{}/{}", sli.signal.name(), quoted.join(","));
    let filter = if quoted.is_empty() {
        "service IS NOT NULL OR service IS NULL".to_owned()
    } else {
        format!("service IN ({})", quoted.join(", "))
    };
    Ok((key, CounterSpec { signal, total: Expr::parse(&filter, signal)?, verdict: Verdict::All }))
}

/// What is wrong with a definition's expressions, at its place in the file.
pub(crate) fn check(definition: &SloDefinition) -> Vec<DefinitionError> {
    let of = |text: &ExpressionText| &definition.slo.objectives[text.objective];
    let wrong = |text: &ExpressionText| {
        let signal = signal(of(text).sli.signal);
        let parsed = match text.role {
            ExpressionRole::Total | ExpressionRole::Good | ExpressionRole::Bad => {
                Expr::parse(text.scalar.text(), signal).map(drop)
            }
            ExpressionRole::Value => ValueExpr::parse(text.scalar.text(), signal).map(drop),
            // Of an SLO there is none.
            ExpressionRole::Group => return None,
        };
        parsed.err().map(|e| text.error_at(e.offset, &e.message))
    };
    let mut errors: Vec<DefinitionError> = definition.expressions.iter().filter_map(wrong).collect();
    if errors.is_empty() {
        let of_series = definition.expressions.iter().filter(|text| of(text).sli.is_by_increase());
        errors.extend(of_series.filter_map(not_of_series));
    }
    if errors.is_empty() { too_large_together(definition).into_iter().collect() } else { errors }
}

/// What keeps an expression from saying which series of which metrics are counted.
fn not_of_series(text: &ExpressionText) -> Option<DefinitionError> {
    let expr = Expr::parse(text.scalar.text(), CounterSignal::Metrics).ok()?;
    if expr.mentioned_metrics().is_none() {
        let message =
            "an SLI over metrics names what it counts: begin with metric = 'http.server.requests' AND …";
        return Some(text.error_at(0, message));
    }
    let column = column_of_points(&expr)?;
    let message = format!(
        "{column} differs from point to point, and an SLI over metrics counts what the points of a series add to each \
         other: choose by metric, service, attrs['…'], resource['…'] and what else is the same on all of them; to judge a \
         gauge sample by sample, write a thresholdMetric with value: value"
    );
    Some(text.error_at(0, &message))
}

/// The expressions of an SLO are also asked for together, when its failures are looked up.
fn too_large_together(definition: &SloDefinition) -> Option<DefinitionError> {
    let rows = definition.slo.objectives.iter().enumerate().filter(|(_, each)| !each.sli.is_by_increase());
    let (place, error) = rows.into_iter().find_map(|(place, each)| {
        Some((place, Expr::parse(&bad_events(each), signal(each.sli.signal)).err()?))
    })?;
    let totals = || definition.expressions.iter().filter(|text| text.role == ExpressionRole::Total);
    let total = totals().find(|text| text.objective == place).or_else(|| totals().next())?;
    let message = format!("together with the SLO's other expressions it cannot be read: {}", error.message);
    Some(total.error_at(0, &message))
}

/// The events that break an objective's promise, as an expression over the signal: what is unknown does not match, and
/// sampled spans are unknown.
pub(crate) fn bad_events(objective: &Objective) -> String {
    let sli = &objective.sli;
    let judged = match sli.signal {
        Signal::Spans => "NOT sampled AND ",
        Signal::Logs | Signal::Metrics => "",
    };
    let total = &sli.total;
    let bad = match (&sli.measure, &objective.threshold) {
        (Measure::Good(good), _) => format!("NOT ({good})"),
        (Measure::Bad(bad), _) => format!("({bad})"),
        (Measure::Threshold { value }, Some(threshold)) => {
            let op = match threshold.op {
                Comparison::Lt => ">=",
                Comparison::Lte => ">",
                Comparison::Gt => "<=",
                Comparison::Gte => "<",
            };
            format!("({value}) {op} {}", threshold.limit)
        }
        // Observations are no rows.
        (Measure::Threshold { .. } | Measure::Observations, _) => "1 = 0".to_owned(),
    };
    format!("{judged}({total}) AND {bad}")
}

/// A text as expressions write it.
pub(crate) fn quoted(text: &str) -> String {
    format!("'{}'", text.replace('\'', "''"))
}

/// The store's word for a signal.
pub(crate) fn signal(signal: Signal) -> CounterSignal {
    match signal {
        Signal::Spans => CounterSignal::Spans,
        Signal::Logs => CounterSignal::Logs,
        Signal::Metrics => CounterSignal::Metrics,
    }
}

fn comparison(comparison: Comparison) -> CounterComparison {
    match comparison {
        Comparison::Lt => CounterComparison::Lt,
        Comparison::Lte => CounterComparison::Lte,
        Comparison::Gt => CounterComparison::Gt,
        Comparison::Gte => CounterComparison::Gte,
    }
}
