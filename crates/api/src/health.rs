//! `/healthz`, `/readyz` and `/metrics`: for those who watch ippo, not for those who work with it.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use axum::Router;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use http::{HeaderMap, HeaderValue, StatusCode, Uri, header};
use ippo_base::SharedClock;
use ippo_domain::Said;
use ippo_domain::access::Need;
use ippo_engine::watch::{Loop, Watch};

use crate::access::Access;
use crate::metrics::{CONTENT_TYPE, MetricSource, MetricText};
use crate::problem::Problem;

/// Whether ippo can do its work: false until the write-ahead log was replayed, and again while it shuts down.
#[derive(Clone, Debug, Default)]
pub struct Readiness(Arc<AtomicBool>);

impl Readiness {
    /// Says so.
    pub fn set(&self, ready: bool) {
        self.0.store(ready, Ordering::Release);
    }

    /// Whether it was said.
    pub fn get(&self) -> bool {
        self.0.load(Ordering::Acquire)
    }
}

/// What those who watch ippo are told.
#[derive(Clone)]
pub(crate) struct Health {
    pub(crate) access: Access,
    pub(crate) ready: Readiness,
    /// Which parts do not work. Senders of telemetry must not be sent elsewhere for that: they are told to come again where it
    /// is telemetry itself.
    pub(crate) watch: Watch,
    pub(crate) clock: SharedClock,
    pub(crate) sources: Arc<Vec<MetricSource>>,
}

/// The calls of those who watch.
pub(crate) fn routes(health: Health) -> Router {
    Router::new()
        .route("/healthz", get(|| async { "ok\n" }))
        .route("/readyz", get(readyz))
        .route("/metrics", get(metrics))
        .with_state(health)
}

/// 503 only where telemetry cannot be taken at all. What else does not work is named, with 200: the reason for programs on
/// this machine and for who may read, the part for everybody.
async fn readyz(State(health): State<Health>, uri: Uri, headers: HeaderMap) -> Response {
    let is_ready = health.ready.get();
    let troubles = health.watch.troubles(health.clock.now());
    let troubles: Vec<(Loop, Said)> =
        troubles.into_iter().filter_map(|(part, trouble)| Some((part, trouble?))).collect();
    let headline = match (is_ready, troubles.is_empty()) {
        (true, true) => "ready",
        (true, false) => "ready, but not everything works",
        (false, true) => "not ready: starting or stopping",
        (false, false) => "not ready",
    };
    // Where there is nothing to tell, nobody has to be looked up: probes come often.
    let may_know =
        !troubles.is_empty() && health.access.check_machine(&uri, &headers, Need::Read).await.is_ok();
    let line = |(part, trouble): &(Loop, Said)| {
        let (name, title) = (part.name(), part.title());
        if may_know { format!("{name}: {title}; {trouble}\n") } else { format!("{name}: {title}\n") }
    };
    let lines: String = troubles.iter().map(line).collect();
    let text = format!("{headline}\n{lines}");
    match is_ready {
        true => text.into_response(),
        false => (StatusCode::SERVICE_UNAVAILABLE, [(header::RETRY_AFTER, "1")], text).into_response(),
    }
}

/// Open to programs on this machine; elsewhere it needs a token that may read.
async fn metrics(State(health): State<Health>, uri: Uri, headers: HeaderMap) -> Result<Response, Problem> {
    health.access.check_machine(&uri, &headers, Need::Read).await?;
    let mut text = MetricText::default();
    text.gauge("ippo_ready", "Whether ippo can do its work.").sample(&[], u8::from(health.ready.get()));
    text.gauge("ippo_build_info", "The version that runs.")
        .sample(&[("version", env!("CARGO_PKG_VERSION"))], 1);
    let mut parts = text.gauge("ippo_part_works", "Whether a part of ippo works: 0 where /readyz names it.");
    for (part, trouble) in health.watch.troubles(health.clock.now()) {
        parts.sample(&[("part", part.name())], u8::from(trouble.is_none()));
    }
    let mut times = text.gauge(
        "ippo_part_seconds",
        "How long a part of ippo took when it worked last, in seconds: evaluate is one look at all SLOs.",
    );
    for (part, took) in health.watch.times() {
        times.sample(&[("part", part.name())], took.as_secs_f64());
    }
    for source in health.sources.iter() {
        source(&mut text);
    }
    Ok(([(header::CONTENT_TYPE, HeaderValue::from_static(CONTENT_TYPE))], text.finish()).into_response())
}
