//! The calls about metrics.

use axum::extract::{Path, State};
use axum::routing::get;
use axum::{Json, Router};
use ippo_telemetry::read::{
    Aggregate, Chart, ChartError, ChartSearch, GROUPS_MOST, Label, LabelFilter, LabelUse, Line, MetricKind,
    MetricSummary, SeriesFilter, Values, Where,
};
use ippo_telemetry::{RefusedSeries, SeriesStats};

use super::{
    Metric, MetricBounds, MetricChart, MetricLabel, MetricLabelValue, MetricLabels, MetricLimits, MetricLine,
    MetricList, MetricRefused,
};
use crate::page::{Page, Params, write_cursor};
use crate::problem::Problem;
use crate::telemetry::{TelemetryApi, page, problem};
use crate::time::Time;

/// Filters by label in one call.
const LABELS_MOST: usize = 32;
/// The quantile of a call that asks for one and does not say which.
const QUANTILE: f64 = 0.95;

/// The calls about metrics.
pub(crate) fn routes(api: TelemetryApi) -> Router {
    Router::new()
        .route("/api/v1/metrics", get(list))
        .route("/api/v1/metrics/{metric}/labels", get(labels))
        .route("/api/v1/metrics/{metric}/chart", get(chart))
        .with_state(api)
}

async fn list(State(api): State<TelemetryApi>, mut params: Params) -> Result<Json<MetricList>, Problem> {
    let range = params.range(api.clock.now())?;
    let filter = filter(&mut params)?;
    let contains = params.text("contains")?.map(|text| text.to_lowercase());
    let limit = params.limit()?;
    let after: Option<(String, String, String)> = params.cursor()?;
    params.finish()?;
    let read = api.store.read(move |reader| reader.metrics(range, &filter)).await;
    let found = read.map_err(|e| problem(&e))?;
    let series = found.value.series;
    let key = |one: &MetricSummary| (one.metric.clone(), one.kind.name().to_owned(), one.unit.clone());
    let mut all = found.value.metrics.clone();
    all.sort_by_cached_key(key);
    let mut rest = all.into_iter().filter(|one| {
        let fits = contains.as_ref().is_none_or(|text| one.metric.to_lowercase().contains(text));
        fits && after.as_ref().is_none_or(|after| key(one) > *after)
    });
    let listed: Vec<MetricSummary> = rest.by_ref().take(limit).collect();
    let next = rest.next().and_then(|_| listed.last()).map(|last| write_cursor(&key(last)));
    let metrics = listed.into_iter().map(Metric::from).collect();
    let page = page(&found, next);
    let limits = MetricLimits::from(api.store.series_stats());
    Ok(Json(MetricList { from: Time(range.from), to: Time(range.to), metrics, series, limits, page }))
}

async fn labels(
    State(api): State<TelemetryApi>,
    Path(metric): Path<String>,
    mut params: Params,
) -> Result<Json<MetricLabels>, Problem> {
    let range = params.range(api.clock.now())?;
    let kind = kind(&mut params)?;
    let mut filter = filter(&mut params)?;
    filter.labels = label_filters(&mut params)?;
    params.finish()?;
    let read = api.store.read(move |reader| reader.metric_labels(&metric, kind, range, &filter)).await;
    let found = read.map_err(|e| problem(&e))?;
    let page = page(&found, None);
    Ok(Json(MetricLabels {
        from: Time(range.from),
        to: Time(range.to),
        series: found.value.series,
        labels: found.value.labels.into_iter().map(MetricLabel::from).collect(),
        more_labels: found.value.more_labels,
        page,
    }))
}

async fn chart(
    State(api): State<TelemetryApi>,
    Path(metric): Path<String>,
    mut params: Params,
) -> Result<Json<MetricChart>, Problem> {
    let range = params.range(api.clock.now())?;
    let mut filter = filter(&mut params)?;
    filter.labels = label_filters(&mut params)?;
    let search = ChartSearch {
        metric: metric.clone(),
        kind: kind(&mut params)?,
        unit: params.text("unit")?,
        range,
        filter,
        group_by: group_by(&mut params)?,
        aggregate: aggregate(&mut params)?,
        step_secs: step_secs(&mut params)?,
    };
    params.finish()?;
    let groups = search.group_by.iter().map(Label::to_string).collect();
    let read = api.store.read(move |reader| reader.metric_chart(&search)).await;
    let found = read.map_err(|e| problem(&e))?.map_err(|e| refused(&e))?;
    let page = page(&found, None);
    Ok(Json(shown(metric, groups, found.value, page)))
}

fn filter(params: &mut Params) -> Result<SeriesFilter, Problem> {
    Ok(SeriesFilter {
        service: params.text("service")?,
        only: Where { namespace: params.text("namespace")?, environment: params.text("environment")? },
        labels: Vec::new(),
    })
}

fn kind(params: &mut Params) -> Result<Option<MetricKind>, Problem> {
    let Some(name) = params.text("kind")? else { return Ok(None) };
    match MetricKind::from_name(&name) {
        Some(kind) => Ok(Some(kind)),
        None => {
            let known = MetricKind::ALL.map(MetricKind::name).join(", ");
            Err(Problem::parameter("kind", format!("is {name:?}, not one of {known}")))
        }
    }
}

fn label_filters(params: &mut Params) -> Result<Vec<LabelFilter>, Problem> {
    let mut filters: Vec<LabelFilter> = Vec::new();
    for text in params.texts("label") {
        let (label, value) = text
            .split_once('=')
            .and_then(|(label, value)| Some((Label::parse(label)?, value)))
            .ok_or_else(|| Problem::parameter("label", format!("is {text:?}, not of the form key=value")))?;
        match filters.iter_mut().find(|filter| filter.label == label) {
            Some(filter) => filter.values.push(value.to_owned()),
            None => filters.push(LabelFilter { label, values: vec![value.to_owned()] }),
        }
    }
    if filters.len() > LABELS_MOST {
        return Err(Problem::parameter(
            "label",
            format!("names {} keys; at most {LABELS_MOST} are taken", filters.len()),
        ));
    }
    Ok(filters)
}

fn group_by(params: &mut Params) -> Result<Vec<Label>, Problem> {
    let mut labels: Vec<Label> = Vec::new();
    for text in params.texts("group_by") {
        let label = Label::parse(&text)
            .ok_or_else(|| Problem::parameter("group_by", format!("is {text:?}, which has no key")))?;
        if !labels.contains(&label) {
            labels.push(label);
        }
    }
    if labels.len() > GROUPS_MOST {
        let complaint = format!("names {} labels; at most {GROUPS_MOST} are taken", labels.len());
        return Err(Problem::parameter("group_by", complaint));
    }
    Ok(labels)
}

/// Takes `aggregate`, and what belongs to it.
fn aggregate(params: &mut Params) -> Result<Option<Aggregate>, Problem> {
    let name = params.text("aggregate")?;
    let quantile = params.number("quantile")?;
    let threshold = params.signed("threshold")?;
    if let Some(quantile) = quantile.filter(|quantile| *quantile > 1.0) {
        return Err(Problem::parameter("quantile", format!("is {quantile}; it must be 0 to 1")));
    }
    let aggregate = match name.as_deref() {
        None if quantile.is_some() => Aggregate::Quantile(quantile.unwrap_or(QUANTILE)),
        None => return Ok(None),
        Some("avg") => Aggregate::Avg,
        Some("min") => Aggregate::Min,
        Some("max") => Aggregate::Max,
        Some("last") => Aggregate::Last,
        Some("sum") => Aggregate::Sum,
        Some("rate") => Aggregate::Rate,
        Some("increase") => Aggregate::Increase,
        Some("quantile") => Aggregate::Quantile(quantile.unwrap_or(QUANTILE)),
        Some("share") => {
            let needed =
                || Problem::parameter("threshold", "is needed for a share: up to what is it counted?");
            Aggregate::Share(threshold.ok_or_else(needed)?)
        }
        Some(other) => {
            let known = "avg, min, max, last, sum, rate, increase, quantile, share";
            return Err(Problem::parameter("aggregate", format!("is {other:?}, not one of {known}")));
        }
    };
    Ok(Some(aggregate))
}

fn step_secs(params: &mut Params) -> Result<Option<u32>, Problem> {
    let Some(secs) = params.integer("step_secs")? else { return Ok(None) };
    match u32::try_from(secs) {
        Ok(secs) if secs > 0 => Ok(Some(secs)),
        _ => Err(Problem::parameter("step_secs", format!("is {secs}; it must be 1 or more"))),
    }
}

/// The parameter that is to be chosen otherwise.
fn refused(error: &ChartError) -> Problem {
    let name = match error {
        ChartError::Ambiguous(_) => "kind",
        ChartError::Unfit(..) => "aggregate",
        ChartError::NoQuantile(..) => "quantile",
        ChartError::TooManySteps => "step_secs",
        ChartError::TooManyPoints => "from",
    };
    Problem::parameter(name, format!("does not fit: {error}"))
}

fn shown(metric: String, group_by: Vec<String>, chart: Chart, page: Page) -> MetricChart {
    let aggregates = chart.kind.map(Aggregate::names_for).unwrap_or_default();
    MetricChart {
        from: Time(chart.range.from),
        to: Time(chart.range.to),
        step_secs: chart.step_secs,
        metric,
        kind: chart.kind.map(|kind| kind.name().to_owned()),
        unit: chart.unit,
        aggregate: chart.aggregate.map(|aggregate| aggregate.name().to_owned()),
        quantile: match chart.aggregate {
            Some(Aggregate::Quantile(quantile)) => Some(quantile),
            _ => None,
        },
        threshold: match chart.aggregate {
            Some(Aggregate::Share(threshold)) => Some(threshold),
            _ => None,
        },
        aggregates: aggregates.iter().map(|name| (*name).to_owned()).collect(),
        quantiles: chart.quantiles,
        interval_secs: chart.interval_secs,
        group_by,
        series: chart.series,
        lines: chart.lines.into_iter().map(MetricLine::from).collect(),
        more_lines: chart.more_lines,
        more_series: chart.more_series,
        page,
    }
}

impl From<SeriesStats> for MetricLimits {
    fn from(stats: SeriesStats) -> Self {
        let refused = |one: RefusedSeries| MetricRefused {
            metric: one.metric,
            points: one.points,
            last_refused: Time(one.last),
        };
        Self {
            active_series: stats.active,
            series_most: stats.limits.all,
            series_of_metric_most: stats.limits.per_metric,
            refused: stats.refused.into_iter().map(refused).collect(),
            refused_of_others: stats.refused_of_others,
        }
    }
}

impl From<MetricSummary> for Metric {
    fn from(summary: MetricSummary) -> Self {
        Self {
            metric: summary.metric,
            kind: summary.kind.name().to_owned(),
            unit: summary.unit,
            monotonic: match summary.kind {
                MetricKind::Counter => Some(true),
                MetricKind::UpDownCounter => Some(false),
                _ => None,
            },
            temporalities: summary.temporalities,
            series: summary.series,
            points: summary.points,
            services: summary.services,
            last_seen: Time(summary.last_seen),
        }
    }
}

impl From<LabelUse> for MetricLabel {
    fn from(used: LabelUse) -> Self {
        let value = |(value, series)| MetricLabelValue { value, series };
        Self {
            label: used.label.to_string(),
            source: used.label.source.name().to_owned(),
            key: used.label.key,
            values: used.values.into_iter().map(value).collect(),
            more_values: used.more_values,
            without: used.without,
        }
    }
}

impl From<Line> for MetricLine {
    fn from(line: Line) -> Self {
        let (values, bounds) = match line.values {
            Values::Plain(values) => (Some(values), None),
            Values::Bounds { count, lower, upper } => (None, Some(MetricBounds { count, lower, upper })),
        };
        Self { labels: line.labels, series: line.series, values, bounds }
    }
}
