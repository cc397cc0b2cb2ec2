//! The calls about traces.

use axum::extract::{Path, State};
use axum::routing::get;
use axum::{Json, Router};
use ippo_domain::explain as domain;
use ippo_engine::explain::{Explained, explain_trace};
use ippo_telemetry::Signal;
use ippo_telemetry::read::{self, SampledPart, TraceSearch};

use super::{
    Cause, Exception, Explanation, Fact, FactKind, Span, SpanEvent, SpanLink, Trace, TraceList, TraceSummary,
    Verdict,
};
use crate::language::Wanted;
use crate::log::Log;
use crate::page::{Params, write_cursor};
use crate::problem::Problem;
use crate::telemetry::{TelemetryApi, attributes, filter, id, page, problem};
use crate::time::Time;

/// The calls about traces.
pub(crate) fn routes(api: TelemetryApi) -> Router {
    Router::new()
        .route("/api/v1/traces", get(list))
        .route("/api/v1/traces/{trace_id}", get(show))
        .route("/api/v1/traces/{trace_id}/explanation", get(explanation))
        .with_state(api)
}

async fn list(State(api): State<TelemetryApi>, mut params: Params) -> Result<Json<TraceList>, Problem> {
    let range = params.range(api.clock.now())?;
    let search = TraceSearch {
        range,
        service: params.text("service")?,
        name: params.text("name")?,
        filter: filter(&mut params, Signal::Spans)?,
        min_duration_ns: params.number("min_ms")?.map(|millis| (millis * 1e6) as i64),
        error: params.flag("error")?,
        limit: params.limit()?,
        after: params.cursor()?,
    };
    params.finish()?;
    let found = api.store.read(move |reader| reader.traces(&search)).await.map_err(|e| problem(&e))?;
    let page = page(&found, found.value.next.as_ref().map(write_cursor));
    let traces = found.value.items.into_iter().map(TraceSummary::from).collect();
    Ok(Json(TraceList { from: Time(range.from), to: Time(range.to), traces, page }))
}

async fn show(
    State(api): State<TelemetryApi>,
    Path(trace_id): Path<String>,
    params: Params,
) -> Result<Json<Trace>, Problem> {
    params.finish()?;
    let id: [u8; 16] = id("trace_id", &trace_id)?;
    let found = api.store.read(move |reader| reader.trace(&id)).await.map_err(|e| problem(&e))?;
    if found.value.is_empty() && !found.partial {
        return Err(unknown(&trace_id, found.sampled));
    }
    Ok(Json(Trace {
        trace_id: hex::encode(id),
        warnings: found.warnings,
        partial: found.partial,
        sampled: found.sampled.map(Into::into),
        spans: found.value.into_iter().map(Span::from).collect(),
    }))
}

async fn explanation(
    State(api): State<TelemetryApi>,
    Wanted(language): Wanted,
    Path(trace_id): Path<String>,
    params: Params,
) -> Result<Json<Explanation>, Problem> {
    params.finish()?;
    let id: [u8; 16] = id("trace_id", &trace_id)?;
    let found = explain_trace(&api.store, id, language).await.map_err(|e| problem(&e))?;
    let explained = found.explained.ok_or_else(|| unknown(&trace_id, found.sampled))?;
    Ok(Json(Explanation { sampled: found.sampled.map(Into::into), ..told(hex::encode(id), explained) }))
}

fn unknown(trace_id: &str, sampled: Option<SampledPart>) -> Problem {
    let no_trace = format!("There is no trace {trace_id}. It may have expired, or was never received");
    Problem::not_found(match sampled {
        None => format!("{no_trace}."),
        Some(part) => {
            let before = part.range.to;
            format!(
                "{no_trace}; or it is from before {before}, where spans are sampled, and was not among those that stay."
            )
        }
    })
}

fn told(trace_id: String, explained: Explained) -> Explanation {
    let Explained { explanation, logs } = explained;
    Explanation {
        trace_id,
        verdict: match explanation.verdict {
            domain::Verdict::Error => Verdict::Error,
            domain::Verdict::NoError => Verdict::NoError,
            domain::Verdict::Inconclusive => Verdict::Inconclusive,
        },
        text: explanation.text,
        facts: explanation.facts.into_iter().map(Fact::from).collect(),
        cause: explanation.cause.map(Cause::from),
        logs: logs.into_iter().map(Log::from).collect(),
        sampled: None,
    }
}

impl From<domain::Fact> for Fact {
    fn from(fact: domain::Fact) -> Self {
        Self {
            id: fact.id,
            kind: match fact.kind {
                domain::FactKind::Span => FactKind::Span,
                domain::FactKind::Log => FactKind::Log,
                domain::FactKind::Exception => FactKind::Exception,
                domain::FactKind::User => FactKind::User,
            },
            span_id: fact.span_id.map(|id| id.to_string()),
            text: fact.text,
        }
    }
}

impl From<domain::Cause> for Cause {
    fn from(cause: domain::Cause) -> Self {
        let exception =
            |e: domain::Exception| Exception { kind: e.kind, message: e.message, stacktrace: e.stacktrace };
        Self {
            span_id: cause.span_id.to_string(),
            service: cause.service,
            name: cause.name,
            exception: cause.exception.map(exception),
        }
    }
}

impl From<read::TraceSummary> for TraceSummary {
    fn from(summary: read::TraceSummary) -> Self {
        Self {
            trace_id: summary.trace_id,
            start: Time(summary.start),
            duration_ms: summary.duration_ms,
            service: summary.service,
            name: summary.name,
            services: summary.services,
            spans: summary.spans,
            errors: summary.errors,
            status: summary.status,
        }
    }
}

impl From<read::Span> for Span {
    fn from(span: read::Span) -> Self {
        let list = |text: &Option<String>| text.clone().unwrap_or_else(|| "[]".to_owned());
        // The store wrote these texts itself.
        let events: Vec<SpanEvent> = serde_json::from_str(&list(&span.events)).unwrap_or_default();
        let links: Vec<SpanLink> = serde_json::from_str(&list(&span.links)).unwrap_or_default();
        Self {
            span_id: span.span_id,
            parent_span_id: span.parent_span_id,
            service: span.service,
            namespace: span.namespace,
            environment: span.environment,
            scope: span.scope,
            name: span.name,
            kind: span.kind,
            start: Time(span.start),
            duration_ns: u64::try_from(span.duration_ns).unwrap_or(0),
            status: span.status,
            status_message: span.status_message.unwrap_or_default(),
            attributes: attributes(&span.attrs),
            resource: attributes(&span.resource),
            events,
            links,
        }
    }
}
