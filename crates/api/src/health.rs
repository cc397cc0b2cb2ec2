//! `/healthz`, `/readyz` and `/metrics`: for those who watch ippo, not for those who work with it.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use axum::Router;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use http::{HeaderMap, HeaderValue, StatusCode, Uri, header};
use ippo_domain::access::Need;

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

#[derive(Clone)]
struct Health {
    access: Access,
    ready: Readiness,
    sources: Arc<Vec<MetricSource>>,
}

/// The calls of those who watch.
pub(crate) fn routes(access: Access, ready: Readiness, sources: Vec<MetricSource>) -> Router {
    Router::new()
        .route("/healthz", get(|| async { "ok\n" }))
        .route("/readyz", get(readyz))
        .route("/metrics", get(metrics))
        .with_state(Health { access, ready, sources: Arc::new(sources) })
}

async fn readyz(State(health): State<Health>) -> Response {
    if health.ready.get() {
        return "ready\n".into_response();
    }
    (StatusCode::SERVICE_UNAVAILABLE, [(header::RETRY_AFTER, "1")], "not ready: starting or stopping\n")
        .into_response()
}

/// Open to programs on this machine; elsewhere it needs a token that may read.
async fn metrics(State(health): State<Health>, uri: Uri, headers: HeaderMap) -> Result<Response, Problem> {
    health.access.check_machine(&uri, &headers, Need::Read).await?;
    let mut text = MetricText::default();
    text.gauge("ippo_ready", "Whether ippo can do its work.").sample(&[], u8::from(health.ready.get()));
    text.gauge("ippo_build_info", "The version that runs.")
        .sample(&[("version", env!("CARGO_PKG_VERSION"))], 1);
    for source in health.sources.iter() {
        source(&mut text);
    }
    Ok(([(header::CONTENT_TYPE, HeaderValue::from_static(CONTENT_TYPE))], text.finish()).into_response())
}
