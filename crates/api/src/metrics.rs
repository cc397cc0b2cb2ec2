//! `/metrics` in the Prometheus text format. Each part of ippo counts in atomics of its own and writes its families here
//! when asked; this file knows the format and what HTTP itself counts.

use std::collections::BTreeMap;
use std::fmt::{Display, Write as _};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use axum::extract::{MatchedPath, Request, State};
use axum::middleware::Next;
use axum::response::Response;
use ippo_base::SharedClock;

use crate::problem::ProblemKind;

/// The content type of the format.
pub const CONTENT_TYPE: &str = "text/plain; version=0.0.4; charset=utf-8";

/// A part of ippo that has something to measure.
pub type MetricSource = Arc<dyn Fn(&mut MetricText) + Send + Sync>;

/// The text while the parts are still writing. A family is begun once and its samples follow it.
#[derive(Default)]
pub struct MetricText {
    text: String,
}

impl MetricText {
    /// Begins a family of numbers that only grow. By custom `name` ends in `_total`.
    pub fn counter(&mut self, name: &'static str, help: &str) -> Family<'_> {
        self.family(name, help, "counter")
    }

    /// Begins a family of numbers that go up and down.
    pub fn gauge(&mut self, name: &'static str, help: &str) -> Family<'_> {
        self.family(name, help, "gauge")
    }

    /// The text so far.
    pub fn finish(self) -> String {
        self.text
    }

    fn family(&mut self, name: &'static str, help: &str, kind: &str) -> Family<'_> {
        let help = help.replace('\\', "\\\\").replace('\n', "\\n");
        self.text.push_str(&format!("# HELP {name} {help}\n# TYPE {name} {kind}\n"));
        Family { text: &mut self.text, name }
    }
}

/// One family while its samples are written.
pub struct Family<'a> {
    text: &'a mut String,
    name: &'static str,
}

impl Family<'_> {
    /// Writes a sample: label names with their values, and the number.
    pub fn sample(&mut self, labels: &[(&str, &str)], value: impl Display) -> &mut Self {
        self.text.push_str(self.name);
        for (at, (name, value)) in labels.iter().enumerate() {
            let value = value.replace('\\', "\\\\").replace('"', "\\\"").replace('\n', "\\n");
            let before = if at == 0 { '{' } else { ',' };
            write!(self.text, "{before}{name}=\"{value}\"").expect("text grows");
        }
        if !labels.is_empty() {
            self.text.push('}');
        }
        writeln!(self.text, " {value}").expect("text grows");
        self
    }
}

/// What HTTP itself counts. Routes are those of the code, so their number is bounded.
#[derive(Clone)]
pub(crate) struct HttpMetrics {
    clock: SharedClock,
    counts: Arc<Mutex<Counts>>,
}

#[derive(Default)]
struct Counts {
    requests: BTreeMap<(String, String, u16), (u64, Duration)>,
    problems: BTreeMap<&'static str, u64>,
}

impl HttpMetrics {
    pub(crate) fn new(clock: SharedClock) -> Self {
        Self { clock, counts: Arc::default() }
    }

    pub(crate) fn write(&self, text: &mut MetricText) {
        let counts = self.counts.lock().unwrap_or_else(PoisonError::into_inner);
        let mut family = text.counter("ippo_http_requests_total", "Requests answered.");
        for ((method, route, status), (count, _)) in &counts.requests {
            family.sample(&[("method", method), ("route", route), ("status", &status.to_string())], count);
        }
        let mut family =
            text.counter("ippo_http_request_seconds_total", "Time spent on requests, in seconds.");
        for ((method, route, status), (_, spent)) in &counts.requests {
            let labels = [("method", method.as_str()), ("route", route), ("status", &status.to_string())];
            family.sample(&labels, spent.as_secs_f64());
        }
        let mut family =
            text.counter("ippo_http_problems_total", "Requests answered with a problem, by its kind.");
        for (kind, count) in &counts.problems {
            family.sample(&[("kind", kind)], count);
        }
    }
}

/// Counts a request and logs it, once.
pub(crate) async fn measure(State(metrics): State<HttpMetrics>, request: Request, next: Next) -> Response {
    let began = metrics.clock.monotonic();
    let method = match request.method().as_str() {
        known @ ("GET" | "HEAD" | "POST" | "PUT" | "PATCH" | "DELETE" | "OPTIONS") => known.to_owned(),
        _ => "other".to_owned(),
    };
    let route = request.extensions().get::<MatchedPath>().map_or("none", MatchedPath::as_str).to_owned();
    let response = next.run(request).await;
    let spent = metrics.clock.monotonic().saturating_sub(began);
    let status = response.status().as_u16();
    let kind = response.extensions().get::<ProblemKind>().map(|kind| kind.0);
    let duration_ms = spent.as_secs_f64() * 1_000.0;
    tracing::debug!(%method, %route, status, duration_ms, problem = kind, "answered a request");
    let mut counts = metrics.counts.lock().unwrap_or_else(PoisonError::into_inner);
    let (count, total) = counts.requests.entry((method, route, status)).or_default();
    *count += 1;
    *total += spent;
    if let Some(kind) = kind {
        *counts.problems.entry(kind).or_default() += 1;
    }
    drop(counts);
    response
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_text_is_what_prometheus_reads() {
        let mut text = MetricText::default();
        text.counter("ippo_ingest_total", "Items\nin.")
            .sample(&[("signal", "spans"), ("why", "a \"b\"\\c")], 3);
        text.gauge("ippo_up", "Whether it is up.").sample(&[], 1);
        let expected = "# HELP ippo_ingest_total Items\\nin.\n# TYPE ippo_ingest_total counter\n\
            ippo_ingest_total{signal=\"spans\",why=\"a \\\"b\\\"\\\\c\"} 3\n\
            # HELP ippo_up Whether it is up.\n# TYPE ippo_up gauge\nippo_up 1\n";
        assert_eq!(text.finish(), expected);
    }
}
