//! Puts the server together: guards outside, calls inside, pages for the rest. Knows every noun's routes and no noun.

use std::future::Future;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::extract::{DefaultBodyLimit, Request};
use axum::middleware::{Next, from_fn, from_fn_with_state};
use axum::response::{IntoResponse as _, Response};
use axum::routing::get;
use http::{HeaderName, HeaderValue, header};
use ippo_base::SharedClock;
use ippo_engine::watch::Watch;
use tower_http::catch_panic::CatchPanicLayer;
use tower_http::compression::CompressionLayer;

use crate::access::{self, Access};
use crate::connections::{self, Door};
use crate::health::{self, Health, Readiness};
use crate::metrics::{HttpMetrics, MetricSource, measure};
use crate::pace::keep_pace;
use crate::pages::{self, Pages};
use crate::problem::{Panicked, Problem};
use crate::{audit, openapi, session, token};

/// A body that the API takes, in bytes. Telemetry has its own limit and its own ports.
pub const API_BODY_BYTES: usize = 4 * 1024 * 1024;
/// How long a shutdown waits for requests that are being answered.
pub const DRAIN: Duration = Duration::from_secs(10);

/// What browsers may load for our pages: our own files and nothing else.
const CONTENT_SECURITY_POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; \
    img-src 'self' data:; font-src 'self'; connect-src 'self'; base-uri 'none'; form-action 'self'; \
    frame-ancestors 'none'; require-trusted-types-for 'script'";

/// What every answer says to browsers. `same-origin`, because `no-referrer` would take the Origin off our own forms.
const SECURITY_HEADERS: [(HeaderName, &str); 5] = [
    (header::CONTENT_SECURITY_POLICY, CONTENT_SECURITY_POLICY),
    (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
    (header::REFERRER_POLICY, "same-origin"),
    (header::X_FRAME_OPTIONS, "DENY"),
    (HeaderName::from_static("cross-origin-opener-policy"), "same-origin"),
];

/// Everything the server is made of.
pub struct ApiState {
    /// Who may call.
    pub access: Access,
    /// What time it is.
    pub clock: SharedClock,
    /// The calls of the nouns that live on engines of their own: each noun's `routes(…)`, merged. They are put behind the
    /// guards here: only known callers, only with enough rights, every change audited.
    pub nouns: Router,
    /// The embedded pages.
    pub pages: Pages,
    /// Whether ippo can do its work.
    pub ready: Readiness,
    /// Which of its parts do not work.
    pub watch: Watch,
    /// Who has something to measure.
    pub metrics: Vec<MetricSource>,
}

/// The whole server as one service.
pub fn router(api: ApiState) -> Router {
    let ApiState { access, clock, nouns, pages, ready, watch, metrics } = api;
    let document = openapi::document();
    let auditor = access::Auditor::new(access.clone(), &document);
    let guarded = nouns
        .merge(token::routes(access.clone()))
        .merge(audit::routes(access.clone()))
        .route_layer(from_fn_with_state(auditor, access::audit))
        .route_layer(from_fn_with_state(access.clone(), access::authorize));
    let calls = guarded
        .merge(session::routes(access.clone()))
        .route_layer(from_fn_with_state(access.clone(), access::authenticate))
        .route_layer(from_fn(never_kept));
    let measured = HttpMetrics::new(clock.clone());
    let own = measured.clone();
    let mut sources = metrics;
    sources.push(Arc::new(move |text| own.write(text)));
    let pace = clock.clone();
    let health = Health { access: access.clone(), ready, watch, clock, sources: Arc::new(sources) };
    calls
        .route("/api/openapi.json", get(move || std::future::ready(axum::Json(document.clone()))))
        .merge(health::routes(health))
        .merge(access::page_routes(access.clone()))
        .fallback(move |request| async move { pages::serve(pages, &request) })
        .method_not_allowed_fallback(wrong_method)
        .layer(DefaultBodyLimit::max(API_BODY_BYTES))
        .layer(from_fn_with_state(pace, keep_pace))
        .layer(CompressionLayer::new())
        .layer(from_fn_with_state(access, access::check_host))
        .layer(CatchPanicLayer::custom(Panicked))
        .layer(from_fn_with_state(measured, measure))
        .layer(from_fn(with_security_headers))
}

/// Serves until `shutdown` completes, then answers what was begun, for [`DRAIN`] at most.
pub async fn serve(door: Door, api: ApiState, shutdown: impl Future<Output = ()> + Send + 'static) {
    let clock = api.clock.clone();
    let ready = api.ready.clone();
    let (stopping, stopped) = tokio::sync::oneshot::channel::<()>();
    let begin_stopping = async move {
        shutdown.await;
        ready.set(false);
        // Nobody listens any more only when serving has already ended.
        let _ = stopping.send(());
    };
    let serving = connections::serve(door, router(api), begin_stopping);
    let overdue = async move {
        match stopped.await {
            Ok(()) => clock.sleep(DRAIN).await,
            Err(_) => std::future::pending().await,
        }
    };
    tokio::select! {
        () = serving => {}
        () = overdue => {
            tracing::warn!(drain_secs = DRAIN.as_secs(), "stopped before every request was answered");
        }
    }
}

async fn wrong_method(request: Request) -> Response {
    let detail = format!("{} does not take {}.", request.uri().path(), request.method());
    Problem::method_not_allowed(detail).into_response()
}

/// Answers of the API are of this moment and for this caller.
async fn never_kept(request: Request, next: Next) -> Response {
    let mut response = next.run(request).await;
    response.headers_mut().entry(header::CACHE_CONTROL).or_insert(HeaderValue::from_static("no-store"));
    response
}

async fn with_security_headers(request: Request, next: Next) -> Response {
    let mut response = next.run(request).await;
    for (name, value) in SECURITY_HEADERS {
        response.headers_mut().insert(name, HeaderValue::from_static(value));
    }
    response
}
