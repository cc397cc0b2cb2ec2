//! A server with its access, and a browser that talks to it.

use std::net::SocketAddr;
use std::sync::Arc;

use axum::Router;
use axum::body::Body;
use axum::extract::ConnectInfo;
use axum::routing::post;
use http::{Method, Request, StatusCode, header};
use http_body_util::BodyExt as _;
use ippo_base::Timestamp;
use ippo_base::clock::SimClock;
use ippo_base::ids::SimIds;
use ippo_engine::watch::Watch;
use ippo_state::State;
use tower::ServiceExt as _;

use super::PASSWORD;
use crate::access::{Access, Caller, Site};
use crate::health::Readiness;
use crate::pages::{PageFile, Pages};
use crate::{ApiState, router};

/// A server, and a browser that keeps its cookie.
pub(super) struct Server {
    pub(super) app: Router,
    pub(super) access: Access,
    pub(super) clock: SimClock,
    pub(super) ready: Readiness,
    pub(super) watch: Watch,
    pub(super) cookie: Option<String>,
    pub(super) csrf: Option<String>,
    _folder: tempfile::TempDir,
}

pub(super) struct Reply {
    pub(super) status: StatusCode,
    pub(super) headers: http::HeaderMap,
    pub(super) text: String,
}

impl Reply {
    pub(super) fn header(&self, name: impl http::header::AsHeaderName) -> &str {
        self.headers.get(name).map_or("", |value| value.to_str().expect("headers are text"))
    }

    pub(super) fn json(&self) -> serde_json::Value {
        serde_json::from_str(&self.text).unwrap_or_else(|e| panic!("{e}: {}", self.text))
    }
}

async fn change(_: Caller) -> &'static str {
    "changed"
}

async fn panics() -> &'static str {
    panic!("on purpose")
}

impl Server {
    pub(super) async fn start() -> Self {
        Self::start_at("127.0.0.1:4300", None).await
    }

    pub(super) async fn start_at(listen: &str, public_url: Option<&str>) -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let state = State::open(&folder.path().join("state.db")).await.expect("opens");
        let clock = SimClock::new(Timestamp::parse("2026-11-24T09:00:00Z").expect("a time"));
        let site = Site::new(listen.parse().expect("an address"), public_url).expect("a site");
        let access = Access::new(state, Arc::new(clock.clone()), Arc::new(SimIds::default()), site);
        let (ready, watch) = (Readiness::default(), Watch::default());
        let index = || PageFile { bytes: b"<!doctype html>", content_type: "text/html", immutable: false };
        let asset = |path: &str| {
            (path == "/assets/a-1.js").then_some(PageFile {
                bytes: b"1",
                content_type: "text/javascript",
                immutable: true,
            })
        };
        let nouns = Router::new()
            .route("/api/v1/slos/{name}/mute", post(change))
            .route("/api/v1/query", post(change))
            .route("/api/v1/panics", post(panics));
        let app = router(ApiState {
            access: access.clone(),
            clock: Arc::new(clock.clone()),
            nouns,
            pages: Pages { asset, index },
            ready: ready.clone(),
            watch: watch.clone(),
            metrics: Vec::new(),
        });
        Self { app, access, clock, ready, watch, cookie: None, csrf: None, _folder: folder }
    }

    /// A server with an administrator, who is signed in.
    pub(super) async fn signed_in() -> Self {
        let mut server = Self::start().await;
        let link = server.welcome_path().await;
        let reply =
            server.form(&link, &[("name", "Hanako"), ("password", PASSWORD), ("again", PASSWORD)]).await;
        assert_eq!((reply.status, reply.header(header::LOCATION)), (StatusCode::SEE_OTHER, "/setup"));
        let session = server.get("/api/v1/session").await.json();
        server.csrf = Some(session["csrf"].as_str().expect("a session has one").to_owned());
        server
    }

    pub(super) async fn welcome_path(&self) -> String {
        let link = self.access.welcome_link().await.expect("works").expect("nobody has an account");
        link.strip_prefix("http://127.0.0.1:4300").expect("a link to here").to_owned()
    }

    pub(super) async fn send(&mut self, mut request: Request<Body>) -> Reply {
        let headers = request.headers_mut();
        if !headers.contains_key(header::HOST) {
            headers.insert(header::HOST, "127.0.0.1:4300".parse().expect("a header"));
        }
        if let Some(cookie) = self.cookie.as_ref().filter(|_| !headers.contains_key(header::AUTHORIZATION)) {
            headers.insert(header::COOKIE, cookie.parse().expect("a header"));
        }
        if request.extensions().get::<ConnectInfo<SocketAddr>>().is_none() {
            request.extensions_mut().insert(ConnectInfo::<SocketAddr>(([192, 0, 2, 7], 999).into()));
        }
        let response = self.app.clone().oneshot(request).await.expect("infallible");
        let (parts, body) = response.into_parts();
        if let Some(cookie) = parts.headers.get(header::SET_COOKIE) {
            let text = cookie.to_str().expect("text");
            let pair = text.split(';').next().expect("a pair").to_owned();
            self.cookie = Some(pair).filter(|pair| !pair.ends_with('='));
        }
        let bytes = body.collect().await.expect("a body").to_bytes();
        let text = String::from_utf8(bytes.to_vec()).expect("text");
        Reply { status: parts.status, headers: parts.headers, text }
    }

    pub(super) async fn get(&mut self, path: &str) -> Reply {
        self.send(Request::get(path).body(Body::empty()).expect("a request")).await
    }

    pub(super) async fn form(&mut self, path: &str, fields: &[(&str, &str)]) -> Reply {
        let body = fields.iter().map(|(name, value)| format!("{name}={}", value.replace(' ', "+")));
        let body = body.collect::<Vec<_>>().join("&");
        let request = Request::post(path)
            .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded")
            .header(header::ORIGIN, "http://127.0.0.1:4300")
            .body(Body::from(body));
        self.send(request.expect("a request")).await
    }

    /// A change as the SPA makes it.
    pub(super) async fn change(&mut self, method: Method, path: &str, body: serde_json::Value) -> Reply {
        let mut request = Request::builder()
            .method(method)
            .uri(path)
            .header(header::CONTENT_TYPE, "application/json")
            .header("sec-fetch-site", "same-origin");
        if let Some(csrf) = &self.csrf {
            request = request.header("x-ippo-csrf", csrf);
        }
        self.send(request.body(Body::from(body.to_string())).expect("a request")).await
    }

    pub(super) async fn with_token(&mut self, method: Method, path: &str, token: &str) -> Reply {
        let request = Request::builder()
            .method(method)
            .uri(path)
            .header(header::AUTHORIZATION, format!("Bearer {token}"))
            .body(Body::empty());
        self.send(request.expect("a request")).await
    }

    pub(super) async fn sign_in(&mut self, password: &str) -> Reply {
        let body = serde_json::json!({"name": "Hanako", "password": password});
        self.change(Method::POST, "/api/v1/session", body).await
    }

    pub(super) async fn audit(&mut self) -> Vec<String> {
        let answer = self.get("/api/v1/audit").await.json();
        let entries = answer["entries"].as_array().expect("entries");
        let line = |e: &serde_json::Value| {
            let text = |name: &str| e[name].as_str().expect("text").to_owned();
            format!("{} {} {}", text("actor"), text("action"), text("subject"))
        };
        entries.iter().map(line).collect()
    }
}
