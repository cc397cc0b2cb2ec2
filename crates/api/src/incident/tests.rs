//! Incidents and targets over HTTP, as a program sees them: a real state database, and a far side that records.

use std::sync::Arc;

use axum::body::Body;
use axum::{Extension, Router};
use http::{Method, Request, StatusCode};
use http_body_util::BodyExt;
use ippo_base::clock::SimClock;
use ippo_base::ids::{SimIds, TokenId};
use ippo_base::{SharedClock, SharedIds, Timestamp};
use ippo_domain::access::Scope;
use ippo_domain::definition::TargetDefinition;
use ippo_domain::delivery::Outcome;
use ippo_engine::channels::{Channel, Channels, Parcel};
use ippo_engine::deliver::Deliverer;
use ippo_engine::incident::Incidents;
use ippo_state::State;
use ippo_state::definition::{Applying, Revise, revise};
use ippo_state::token::Token;
use serde_json::{Value, json};
use tempfile::TempDir;
use tower::ServiceExt;

use super::{IncidentApi, routes};
use crate::access::Caller;
use crate::target::{self, TargetApi};

/// Takes mail and refuses everything else.
struct MailOnly;

#[async_trait::async_trait]
impl Channel for MailOnly {
    async fn send(&self, target: &TargetDefinition, _: &Parcel) -> Outcome {
        match target.channel.name() {
            "email" => Outcome::Delivered,
            _ => Outcome::Refused { reason: "answered 500".to_owned(), retry_after: None },
        }
    }
}

struct Server {
    app: Router,
    deliverer: Deliverer,
    clock: SharedClock,
    _folder: TempDir,
}

impl Server {
    async fn start() -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let state = State::open(&folder.path().join("state.db")).await.expect("opens");
        let now = Timestamp::parse("2026-11-24T02:00:00Z").expect("valid");
        let clock: SharedClock = Arc::new(SimClock::new(now));
        let ids: SharedIds = Arc::new(SimIds::default());
        let mut tx = state.begin().await.expect("begins");
        for (name, spec) in [
            ("hook", "{type: webhook, url: 'https://pager.example/x?key=secret'}"),
            ("mail", "{type: email, to: [oncall@example.org]}"),
        ] {
            let document = format!(
                "apiVersion: ippo/v1\nkind: NotificationTarget\nmetadata: {{name: {name}}}\nspec: {spec}\n"
            );
            let revision = Revise { kind: "NotificationTarget", name, document: Some(&document) };
            revise(&mut tx, revision, Applying { by: "ada", at: now }).await.expect("writes");
        }
        tx.commit().await.expect("commits");
        let id = TokenId::fresh(&*ids);
        let incidents = Incidents { state, ids };
        let deliverer = Deliverer::new(incidents.clone(), Channels::all(Arc::new(MailOnly)));
        let token = Token {
            id,
            name: "ci".to_owned(),
            scope: Scope::Admin,
            hint: "ippo_".to_owned(),
            created_by: "ada".to_owned(),
            created_at: now,
            expires_at: None,
            used_at: None,
        };
        let app = routes(IncidentApi { incidents, clock: Arc::clone(&clock) })
            .merge(target::routes(TargetApi { deliverer: deliverer.clone(), clock: Arc::clone(&clock) }))
            .layer(Extension(Caller::Token(token)));
        Self { app, deliverer, clock, _folder: folder }
    }

    async fn call(&self, method: Method, path: &str, body: Option<Value>) -> (StatusCode, Value) {
        let mut request = Request::builder().method(method).uri(path);
        if body.is_some() {
            request = request.header("content-type", "application/json");
        }
        let body = body.map_or_else(Body::empty, |body| Body::from(body.to_string()));
        let request = request.body(body).expect("a request");
        let response = self.app.clone().oneshot(request).await.expect("answers");
        let status = response.status();
        let bytes = response.into_body().collect().await.expect("a body").to_bytes();
        (status, serde_json::from_slice(&bytes).unwrap_or(Value::Null))
    }

    async fn get(&self, path: &str) -> Value {
        let (status, body) = self.call(Method::GET, path, None).await;
        assert_eq!(status, StatusCode::OK, "{body}");
        body
    }

    async fn post(&self, path: &str, body: Value) -> Value {
        let (status, body) = self.call(Method::POST, path, Some(body)).await;
        assert_eq!(status, StatusCode::OK, "{body}");
        body
    }

    /// What is refused: the status and its detail.
    async fn refused(&self, path: &str, body: Value) -> (u16, String) {
        let (status, body) = self.call(Method::POST, path, Some(body)).await;
        (status.as_u16(), body["detail"].as_str().unwrap_or_default().to_owned())
    }

    async fn open(&self, title: &str) -> Value {
        self.post("/api/v1/incidents", json!({"title": title, "severity": "sev2"})).await
    }
}

#[tokio::test]
async fn an_incident_is_opened_told_taken_and_ended() {
    let server = Server::start().await;
    let opened = server.open("Nobody can pay").await;
    assert_eq!(
        (&opened["key"], &opened["kind"], &opened["state"]),
        (&json!("INC-1"), &json!("manual"), &json!("open"))
    );
    server.deliverer.run_once(&server.clock).await.expect("state works");
    let shown = server.get("/api/v1/incidents/INC-1").await;
    assert_eq!(shown["deliveries"][0]["state"], "failed");
    assert_eq!(shown["deliveries"][0]["last_error"], "answered 500");
    assert_eq!(shown["deliveries"][1]["state"], "delivered");
    assert_eq!(shown["deliveries"][1]["delivered_at"], "2026-11-24T02:00:00Z");

    let (status, taken) = server.call(Method::POST, "/api/v1/incidents/1/ack", None).await;
    assert_eq!(
        (status, &taken["acknowledged_by"]),
        (StatusCode::OK, &json!("token:ci")),
        "no body is needed"
    );
    server.post("/api/v1/incidents/1/comment", json!({"text": "rolling back"})).await;
    server.post("/api/v1/incidents/1/severity", json!({"severity": "sev1"})).await;
    let owned = server.post("/api/v1/incidents/1/owner", json!({"owner": "ada"})).await;
    assert_eq!((&owned["severity"], &owned["owner"]), (&json!("sev1"), &json!("ada")));
    let ended = server.post("/api/v1/incidents/1/resolve", json!({"comment": "rolled back"})).await;
    assert_eq!((&ended["state"], &ended["resolved_by"]), (&json!("resolved"), &json!("token:ci")));
    let again = server.post("/api/v1/incidents/1/reopen", json!({})).await;
    assert_eq!((&again["state"], &again["resolved_at"]), (&json!("open"), &Value::Null));

    let story = server.get("/api/v1/incidents/1/timeline").await;
    let kinds: Vec<&str> =
        story["timeline"].as_array().expect("a list").iter().filter_map(|e| e["kind"].as_str()).collect();
    assert_eq!(kinds[0], "opened");
    assert_eq!(
        kinds[3..],
        ["acknowledged", "comment", "severity_changed", "owner_changed", "resolved", "reopened"]
    );
    assert_eq!(story["timeline"][0]["data"]["severity"], "sev2");
}

#[tokio::test]
async fn lists_are_paged_and_narrowed() {
    let server = Server::start().await;
    for title in ["one", "two", "three"] {
        server.open(title).await;
    }
    server.post("/api/v1/incidents/2/resolve", json!({})).await;
    let first = server.get("/api/v1/incidents?limit=2").await;
    let keys = |page: &Value| -> Vec<String> {
        let list = page["incidents"].as_array().expect("a list");
        list.iter().filter_map(|one| one["key"].as_str()).map(str::to_owned).collect()
    };
    assert_eq!(keys(&first), ["INC-3", "INC-2"]);
    let cursor = first["next_cursor"].as_str().expect("there is more");
    let second = server.get(&format!("/api/v1/incidents?limit=2&cursor={cursor}")).await;
    assert_eq!((keys(&second), &second["next_cursor"]), (vec!["INC-1".to_owned()], &Value::Null));
    assert_eq!(keys(&server.get("/api/v1/incidents?state=resolved").await), ["INC-2"]);
    assert_eq!(keys(&server.get("/api/v1/incidents?state=open,acknowledged").await), ["INC-3", "INC-1"]);
    let page = server.get("/api/v1/incidents/1/timeline?limit=1").await;
    assert_eq!(page["next_cursor"], Value::Null, "one entry, one page");
}

#[tokio::test]
async fn what_makes_no_sense_is_refused_with_a_reason() {
    let server = Server::start().await;
    server.open("one").await;
    server.post("/api/v1/incidents/1/resolve", json!({})).await;
    let refusals = [
        server.refused("/api/v1/incidents/1/ack", json!({})).await,
        server.refused("/api/v1/incidents/9/ack", json!({})).await,
        server.refused("/api/v1/incidents/x/ack", json!({})).await,
        server.refused("/api/v1/incidents/1/comment", json!({"text": " "})).await,
        server.refused("/api/v1/incidents", json!({"title": "", "severity": "sev1"})).await,
        server.refused("/api/v1/incidents/1/ack", json!({"coment": "x"})).await,
    ];
    let statuses: Vec<u16> = refusals.iter().map(|(status, _)| *status).collect();
    assert_eq!(statuses, [409, 404, 404, 400, 400, 400], "{refusals:#?}");
    assert_eq!(refusals[0].1, "INC-1 is resolved; reopen it first.");
    assert!(refusals[3].1.starts_with("Parameter `text` must say something"), "{}", refusals[3].1);
    let (status, _) = server.call(Method::GET, "/api/v1/incidents?state=closed", None).await;
    assert_eq!(status, StatusCode::BAD_REQUEST);
    assert_eq!(server.refused("/api/v1/incidents/1/severity", json!({"severity": "sev9"})).await.0, 400);
}

#[tokio::test]
async fn targets_show_where_they_go_and_whether_they_can_be_reached() {
    let server = Server::start().await;
    let tested = server.post("/api/v1/targets/mail/test", json!({})).await;
    assert_eq!(tested, json!({"delivered": true, "error": null}));
    let tested = server.post("/api/v1/targets/hook/test", json!({})).await;
    assert_eq!(tested, json!({"delivered": false, "error": "answered 500"}));
    let (status, _) = server.refused("/api/v1/targets/nobody/test", json!({})).await;
    assert_eq!(status, 404);
    let listed = server.get("/api/v1/targets").await;
    assert_eq!(listed["targets"][0]["description"], "https://pager.example");
    assert_eq!(listed["targets"][0]["last_error"], "answered 500");
    assert_eq!(listed["targets"][1]["last_success_at"], "2026-11-24T02:00:00Z");
    assert!(!listed.to_string().contains("secret"));
}
