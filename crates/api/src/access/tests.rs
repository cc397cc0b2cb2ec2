//! Access end to end, in this process: the real router over a real SQLite file, on a clock that only tests move.

mod server;

use std::net::SocketAddr;
use std::time::Duration;

use axum::body::Body;
use axum::extract::ConnectInfo;
use http::{Method, Request, StatusCode, header};
use ippo_base::Clock as _;
use ippo_domain::access::Scope;
use ippo_engine::watch::{LATE_AFTER, Loop};

use super::ListenRefused;
use server::{Reply, Server};

const PASSWORD: &str = "one small step at a time";
const DAY: Duration = Duration::from_secs(24 * 60 * 60);

#[tokio::test]
async fn the_welcome_link_makes_one_administrator_and_then_never_another() {
    let mut server = Server::start().await;
    let old = server.welcome_path().await;
    let link = server.welcome_path().await;
    assert_eq!(server.get(&old).await.status, StatusCode::GONE, "a new link takes the old one's place");
    for _ in 0..2 {
        let page = server.get(&link).await;
        assert_eq!(page.status, StatusCode::OK, "looking changes nothing");
        assert!(page.text.contains("Welcome to ippo") && page.text.contains("<html lang=\"en\">"));
    }
    let bad = server.form(&link, &[("name", "Hanako"), ("password", "short"), ("again", "short")]).await;
    assert_eq!(bad.status, StatusCode::UNPROCESSABLE_ENTITY);
    let bad =
        server.form(&link, &[("name", "Hanako"), ("password", PASSWORD), ("again", "something else")]).await;
    assert!(bad.text.contains("The two passwords differ"));
    let made = server.form(&link, &[("name", "Hanako"), ("password", PASSWORD), ("again", PASSWORD)]).await;
    assert_eq!((made.status, made.header(header::LOCATION)), (StatusCode::SEE_OTHER, "/setup"));
    let session = server.get("/api/v1/session").await.json();
    assert_eq!(session["account"], serde_json::json!({"name": "Hanako", "role": "admin"}));
    for path in [&link, &old] {
        assert_eq!(server.get(path).await.status, StatusCode::GONE);
        let again = [("name", "Taro"), ("password", PASSWORD), ("again", PASSWORD)];
        assert_eq!(server.form(path, &again).await.status, StatusCode::GONE);
    }
    assert_eq!(server.access.welcome_link().await.expect("works"), None);
}

#[tokio::test]
async fn a_welcome_link_ends_after_a_day() {
    let mut server = Server::start().await;
    let link = server.welcome_path().await;
    server.clock.advance(DAY);
    assert_eq!(server.get(&link).await.status, StatusCode::GONE);
}

#[tokio::test]
async fn wrong_passwords_take_ever_longer_until_the_clock_moves() {
    let mut server = Server::signed_in().await;
    server.cookie = None;
    for _ in 0..4 {
        assert_eq!(server.sign_in("not the password").await.status, StatusCode::UNAUTHORIZED);
        server.clock.advance(Duration::from_secs(1));
    }
    let refused = server.sign_in(PASSWORD).await;
    assert_eq!(refused.status, StatusCode::TOO_MANY_REQUESTS, "even the right one waits");
    assert_eq!(refused.header(header::RETRY_AFTER), "1");
    let page = server.form("/login", &[("name", "hanako"), ("password", "x")]).await;
    assert_eq!(page.status, StatusCode::TOO_MANY_REQUESTS, "the form has the same memory");
    server.clock.advance(Duration::from_secs(1));
    assert_eq!(server.sign_in(PASSWORD).await.status, StatusCode::OK);
    assert_eq!(server.sign_in("not the password").await.status, StatusCode::UNAUTHORIZED, "forgiven");
}

#[tokio::test]
async fn a_session_ends_by_disuse_by_age_and_by_signing_out() {
    let mut server = Server::signed_in().await;
    for _ in 0..4 {
        server.clock.advance(6 * DAY);
        assert_eq!(server.get("/api/v1/tokens").await.status, StatusCode::OK, "used every six days");
    }
    server.clock.advance(6 * DAY);
    assert_eq!(server.get("/api/v1/tokens").await.status, StatusCode::UNAUTHORIZED, "30 days old");
    assert_eq!(server.get("/api/v1/session").await.json()["account"], serde_json::Value::Null);

    server.cookie = None;
    server.csrf = None;
    let session = server.sign_in(PASSWORD).await.json();
    server.csrf = session["csrf"].as_str().map(str::to_owned);
    server.clock.advance(7 * DAY);
    assert_eq!(server.get("/api/v1/tokens").await.status, StatusCode::UNAUTHORIZED, "unused for 7 days");

    server.cookie = None;
    let session = server.sign_in(PASSWORD).await.json();
    server.csrf = session["csrf"].as_str().map(str::to_owned);
    let cookie = server.cookie.clone();
    let out = server.change(Method::DELETE, "/api/v1/session", serde_json::Value::Null).await;
    assert_eq!((out.status, server.cookie.clone()), (StatusCode::NO_CONTENT, None));
    server.cookie = cookie;
    assert_eq!(server.get("/api/v1/tokens").await.status, StatusCode::UNAUTHORIZED, "the old cookie is dead");
}

#[tokio::test]
async fn the_cookie_is_out_of_reach_and_secure_where_the_site_is() {
    let mut server = Server::start_at("127.0.0.1:4300", Some("https://ippo.example.com")).await;
    let link = server.access.enter_link("demo", 1, DAY).await.expect("works");
    let path = link.strip_prefix("https://ippo.example.com").expect("public").to_owned();
    let reply = server.form(&path, &[]).await;
    let cookie = reply.header(header::SET_COOKIE);
    for part in ["HttpOnly", "SameSite=Lax", "Secure", "Path=/"] {
        assert!(cookie.contains(part), "{part}: {cookie}");
    }
}

#[tokio::test]
async fn a_change_that_another_site_asks_for_is_refused() {
    let mut server = Server::signed_in().await;
    let mute = "/api/v1/slos/checkout/mute";
    let csrf = server.csrf.take();
    let without = server.change(Method::POST, mute, serde_json::Value::Null).await;
    assert_eq!(without.status, StatusCode::FORBIDDEN);
    assert!(without.text.contains("x-ippo-csrf"));
    server.csrf = Some("0".repeat(64));
    assert_eq!(
        server.change(Method::POST, mute, serde_json::Value::Null).await.status,
        StatusCode::FORBIDDEN
    );
    let csrf = csrf.expect("signed in");
    for (name, value) in
        [("origin", "https://evil.example"), ("origin", "null"), ("sec-fetch-site", "cross-site")]
    {
        let request = Request::post(mute).header("x-ippo-csrf", &csrf).header(name, value);
        let reply = server.send(request.body(Body::empty()).expect("a request")).await;
        assert_eq!(reply.status, StatusCode::FORBIDDEN, "{name}: {value}");
    }
    server.csrf = Some(csrf);
    assert_eq!(server.change(Method::POST, mute, serde_json::Value::Null).await.status, StatusCode::OK);

    for path in ["/login", "/logout", "/welcome/x", "/enter/x"] {
        let request = Request::post(path)
            .header(header::ORIGIN, "https://evil.example")
            .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded")
            .body(Body::from("name=a&password=b&again=b"));
        assert_eq!(server.send(request.expect("a request")).await.status, StatusCode::FORBIDDEN, "{path}");
    }
}

#[tokio::test]
async fn a_scope_allows_what_it_says_and_no_more() {
    let mut server = Server::start().await;
    let mute = "/api/v1/slos/checkout/mute";
    for (scope, read, query, changes) in [
        (Scope::Admin, StatusCode::OK, StatusCode::OK, StatusCode::OK),
        (Scope::Read, StatusCode::OK, StatusCode::OK, StatusCode::FORBIDDEN),
        (Scope::Ingest, StatusCode::FORBIDDEN, StatusCode::FORBIDDEN, StatusCode::FORBIDDEN),
    ] {
        let minted = server.access.create_token("ci", scope, None, "cli").await.expect("made");
        assert!(minted.secret.starts_with(&minted.token.hint));
        let token = minted.secret;
        assert_eq!(server.with_token(Method::GET, "/api/v1/tokens", &token).await.status, read, "{scope:?}");
        assert_eq!(server.with_token(Method::POST, "/api/v1/query", &token).await.status, query, "{scope:?}");
        assert_eq!(server.with_token(Method::POST, mute, &token).await.status, changes, "{scope:?}");
        let session = server.with_token(Method::GET, "/api/v1/session", &token).await.json();
        assert_eq!(session["token"]["scope"], scope.name());
    }
    assert_eq!(server.get("/api/v1/tokens").await.status, StatusCode::UNAUTHORIZED);
    let unknown = server.with_token(Method::GET, "/api/v1/session", "ippo_admin_0").await;
    assert_eq!(unknown.status, StatusCode::UNAUTHORIZED);
    assert_eq!(unknown.header(header::WWW_AUTHENTICATE), "Bearer");
}

#[tokio::test]
async fn a_token_ends_when_it_says_and_when_it_is_revoked() {
    let mut server = Server::signed_in().await;
    let wish = serde_json::json!({"name": "ci", "scope": "read", "expires_at": "2026-11-25T09:00:00Z"});
    let made = server.change(Method::POST, "/api/v1/tokens", wish.clone()).await.json();
    let token = made["token"].as_str().expect("shown once").to_owned();
    assert_eq!(server.with_token(Method::GET, "/api/v1/tokens", &token).await.status, StatusCode::OK);
    let listed = server.get("/api/v1/tokens").await;
    assert_eq!(listed.json()["tokens"][0]["last_used_at"], "2026-11-24T09:00:00Z");
    assert!(!listed.text.contains(&token), "never shown again");
    server.clock.advance(DAY);
    assert_eq!(
        server.with_token(Method::GET, "/api/v1/tokens", &token).await.status,
        StatusCode::UNAUTHORIZED
    );
    let late = server.change(Method::POST, "/api/v1/tokens", wish).await;
    assert_eq!(late.status, StatusCode::BAD_REQUEST);

    let wish = serde_json::json!({"name": "ci 2", "scope": "read"});
    let made = server.change(Method::POST, "/api/v1/tokens", wish).await.json();
    let (token, id) = (made["token"].as_str().expect("shown"), made["id"].as_str().expect("an id"));
    let path = format!("/api/v1/tokens/{id}");
    assert_eq!(server.with_token(Method::GET, "/api/v1/tokens", token).await.status, StatusCode::OK);
    assert_eq!(
        server.change(Method::DELETE, &path, serde_json::Value::Null).await.status,
        StatusCode::NO_CONTENT
    );
    assert_eq!(
        server.with_token(Method::GET, "/api/v1/tokens", token).await.status,
        StatusCode::UNAUTHORIZED
    );
    assert_eq!(
        server.change(Method::DELETE, &path, serde_json::Value::Null).await.status,
        StatusCode::NOT_FOUND
    );
}

#[tokio::test]
async fn every_change_is_in_the_audit_log_once_and_no_look_is() {
    let mut server = Server::signed_in().await;
    let wish = serde_json::json!({"name": "ci", "scope": "admin"});
    let made = server.change(Method::POST, "/api/v1/tokens", wish).await.json();
    let (token, id) = (made["token"].as_str().expect("shown"), made["id"].as_str().expect("an id"));
    server.with_token(Method::POST, "/api/v1/slos/checkout/mute", token).await;
    server.with_token(Method::POST, "/api/v1/query", token).await;
    server.change(Method::POST, "/api/v1/tokens", serde_json::json!({"name": "", "scope": "read"})).await;
    let expected = [
        "token:ci muteSlo slos/checkout".to_owned(),
        format!("Hanako createToken tokens/{id}"),
        "Hanako signIn session".to_owned(),
        "Hanako createAccount accounts/Hanako".to_owned(),
    ];
    assert_eq!(server.audit().await, expected);

    let first = server.get("/api/v1/audit?limit=3").await.json();
    let cursor = first["next_cursor"].as_str().expect("there is more");
    let second = server.get(&format!("/api/v1/audit?limit=3&cursor={cursor}")).await.json();
    assert_eq!(second["entries"].as_array().map(Vec::len), Some(1));
    assert_eq!(second["next_cursor"], serde_json::Value::Null);
}

#[tokio::test]
async fn a_sign_in_form_leads_back_and_nowhere_else() {
    let mut server = Server::signed_in().await;
    server.cookie = None;
    let page = server.get("/login?next=/slos/checkout").await;
    assert!(
        page.text.contains("name=\"next\" value=\"/slos/checkout\"")
            || page.text.contains("name=\"next\" value=\"&#x2f;slos&#x2f;checkout\""),
        "{}",
        page.text
    );
    let wrong = server.form("/login", &[("name", "Hanako"), ("password", "x"), ("next", "/slos")]).await;
    assert_eq!(wrong.status, StatusCode::UNAUTHORIZED);
    assert!(wrong.text.contains("The name or the password is wrong."));
    for (next, leads) in [("/slos?x=1", "/slos?x=1"), ("//evil.example", "/"), ("https://evil.example", "/")]
    {
        server.cookie = None;
        let reply =
            server.form("/login", &[("name", "Hanako"), ("password", PASSWORD), ("next", next)]).await;
        assert_eq!((reply.status, reply.header(header::LOCATION)), (StatusCode::SEE_OTHER, leads));
    }
    let back = server.get("/login?next=//evil.example").await;
    assert_eq!(back.header(header::LOCATION), "/", "whoever is signed in goes on");
    let out = server.form("/logout", &[]).await;
    assert_eq!((out.header(header::LOCATION), server.cookie.clone()), ("/login", None));
}

#[tokio::test]
async fn what_a_person_types_is_never_markup() {
    let mut server = Server::signed_in().await;
    server.cookie = None;
    let page = server.form("/login", &[("name", "%22><script>alert(1)</script>"), ("password", "x")]).await;
    assert!(!page.text.contains("<script>"), "{}", page.text);
    let page = server.send(
        Request::get("/login").header(header::ACCEPT_LANGUAGE, "ja").body(Body::empty()).expect("a request"),
    );
    let page = page.await;
    assert!(page.text.contains("<html lang=\"ja\">") && page.text.contains("サインイン"));
}

#[tokio::test]
async fn an_entering_link_works_as_often_as_it_says() {
    let mut server = Server::start().await;
    let link = server.access.enter_link("demo", 2, DAY).await.expect("works");
    let path = link.strip_prefix("http://127.0.0.1:4300").expect("here").to_owned();
    for _ in 0..3 {
        let page = server.get(&path).await;
        assert_eq!((page.status, server.cookie.clone()), (StatusCode::OK, None), "looking signs nobody in");
    }
    for _ in 0..2 {
        server.cookie = None;
        let reply = server.form(&path, &[]).await;
        assert_eq!((reply.status, reply.header(header::LOCATION)), (StatusCode::SEE_OTHER, "/"));
        assert_eq!(server.get("/api/v1/session").await.json()["account"]["name"], "demo");
    }
    assert_eq!(server.form(&path, &[]).await.status, StatusCode::GONE);
    assert_eq!(server.get(&path).await.status, StatusCode::GONE);
    let welcome = path.replace("/enter/", "/welcome/");
    assert_eq!(server.get(&welcome).await.status, StatusCode::GONE, "each link has one purpose");
    server.cookie = None;
    let body = serde_json::json!({"name": "demo", "password": ""});
    let reply = server.change(Method::POST, "/api/v1/session", body).await;
    assert_eq!(reply.status, StatusCode::UNAUTHORIZED, "no password opens it");
}

#[tokio::test]
async fn a_foreign_host_is_refused_on_loopback() {
    let mut server = Server::start().await;
    for path in ["/", "/api/v1/session", "/login", "/healthz"] {
        let request = Request::get(path).header(header::HOST, "evil.example:4300").body(Body::empty());
        assert_eq!(server.send(request.expect("a request")).await.status, StatusCode::MISDIRECTED_REQUEST);
    }
}

#[tokio::test]
async fn listening_to_others_needs_an_account() {
    let server = Server::start_at("0.0.0.0:4300", Some("https://ippo.example.com")).await;
    let refused = server.access.check_listen().await.expect_err("nobody can sign in");
    assert!(matches!(refused, ListenRefused::NoAccount(_)));
    assert!(refused.to_string().contains("--listen 127.0.0.1:4300"), "{refused}");
    server.access.enter_link("demo", 1, DAY).await.expect("makes an account");
    server.access.check_listen().await.expect("now somebody can");
    Server::start().await.access.check_listen().await.expect("loopback is always fine");
}

#[tokio::test]
async fn telemetry_and_metrics_need_a_token_where_others_can_come() {
    let mut there = Server::start_at("0.0.0.0:4300", Some("https://ippo.example.com")).await;
    let refused = there.access.ingest_sender(None).await.expect_err("refused");
    assert_eq!(refused.status(), StatusCode::UNAUTHORIZED);
    let read = there.access.create_token("r", Scope::Read, None, "cli").await.expect("made").secret;
    let ingest = there.access.create_token("i", Scope::Ingest, None, "cli").await.expect("made").secret;
    let check = |token: String| {
        let access = there.access.clone();
        async move { access.ingest_sender(Some(&format!("bearer {token}"))).await.map_err(|p| p.status()) }
    };
    assert_eq!(check(read.clone()).await, Err(StatusCode::FORBIDDEN));
    assert!(check(ingest.clone()).await.is_ok_and(|sender| sender.starts_with("token:")));
    assert_eq!(there.get("/metrics").await.status, StatusCode::UNAUTHORIZED);
    assert_eq!(there.with_token(Method::GET, "/metrics", &read).await.status, StatusCode::OK);
    assert_eq!(there.with_token(Method::GET, "/metrics", &ingest).await.status, StatusCode::FORBIDDEN);
}

#[tokio::test]
async fn behind_a_proxy_on_this_machine_others_are_others() {
    let mut server = Server::start_at("127.0.0.1:4300", Some("https://ippo.example.com")).await;
    assert_eq!(server.get("/metrics").await.status, StatusCode::OK);
    for (name, value) in [("host", "ippo.example.com"), ("x-forwarded-for", "203.0.113.9")] {
        let request = Request::get("/metrics").header(name, value).body(Body::empty());
        let reply = server.send(request.expect("a request")).await;
        assert_eq!(reply.status, StatusCode::UNAUTHORIZED, "{name}");
    }
}

#[tokio::test]
async fn wrong_passwords_from_elsewhere_do_not_lock_out_behind_a_proxy() {
    let mut server = Server::signed_in().await;
    server.cookie = None;
    let sign_in = |from: &str, password: &str| {
        let body = serde_json::json!({"name": "Hanako", "password": password}).to_string();
        let request = Request::post("/api/v1/session").header("content-type", "application/json");
        let mut request = request.header("x-forwarded-for", from).body(Body::from(body)).expect("a request");
        request.extensions_mut().insert(ConnectInfo::<SocketAddr>(([127, 0, 0, 1], 999).into()));
        request
    };
    for _ in 0..8 {
        // What a sender writes into the header itself stands before what the proxy adds.
        server.send(sign_in("198.51.100.1, 203.0.113.9", "wrong")).await;
    }
    let shut = server.send(sign_in("203.0.113.9", PASSWORD)).await;
    assert_eq!(shut.status, StatusCode::TOO_MANY_REQUESTS);
    assert!(server.send(sign_in("198.51.100.1", PASSWORD)).await.status.is_success());
}

#[tokio::test]
async fn pages_and_calls_never_take_each_others_place() {
    let mut server = Server::start().await;
    let policy = |reply: &Reply| reply.header(header::CONTENT_SECURITY_POLICY).to_owned();
    for path in ["/", "/slos/checkout", "/apinot"] {
        let page = server.get(path).await;
        assert_eq!((page.status, page.text.as_str()), (StatusCode::OK, "<!doctype html>"), "{path}");
        assert_eq!(page.header(header::CACHE_CONTROL), "no-cache");
        assert!(policy(&page).contains("require-trusted-types-for 'script'"));
    }
    let file = server.get("/assets/a-1.js").await;
    assert!(file.header(header::CACHE_CONTROL).contains("immutable"));
    assert_eq!(server.get("/assets/gone.js").await.status, StatusCode::NOT_FOUND);
    for path in ["/api", "/api/v1/none", "/v1/traces", "/api/v2/slos"] {
        let reply = server.get(path).await;
        assert_eq!(reply.status, StatusCode::NOT_FOUND, "{path}");
        assert_eq!(reply.header(header::CONTENT_TYPE), "application/problem+json");
        assert!(!policy(&reply).is_empty());
    }
    let reply = server.change(Method::DELETE, "/api/v1/session/x", serde_json::Value::Null).await;
    assert_eq!(reply.status, StatusCode::NOT_FOUND);
    let reply = server.change(Method::PUT, "/healthz", serde_json::Value::Null).await;
    assert_eq!(reply.status, StatusCode::METHOD_NOT_ALLOWED);
    let document = server.get("/api/openapi.json").await.json();
    assert_eq!(document["openapi"], "3.1.0");
}

#[tokio::test]
async fn problems_say_what_failed_and_what_to_do() {
    let mut server = Server::signed_in().await;
    let mut seen = Vec::new();
    for (method, path, body) in [
        (Method::GET, "/api/v1/audit?limit=0", "null"),
        (Method::GET, "/api/v1/audit?limt=1", "null"),
        (Method::GET, "/api/v1/none", "null"),
        (Method::POST, "/api/v1/tokens", "{\"name\":\"x\"}"),
        (Method::POST, "/api/v1/panics", "null"),
    ] {
        let body = serde_json::from_str(body).expect("JSON");
        let reply = server.change(method.clone(), path, body).await;
        seen.push(format!("{method} {path}\n{} {}", reply.status.as_u16(), reply.text));
    }
    insta::assert_snapshot!(seen.join("\n"));
}

#[tokio::test]
async fn health_readiness_and_metrics_answer_without_an_account() {
    let mut server = Server::start().await;
    assert_eq!(server.get("/healthz").await.status, StatusCode::OK);
    assert_eq!(server.get("/readyz").await.status, StatusCode::SERVICE_UNAVAILABLE);
    server.ready.set(true);
    assert_eq!(server.get("/readyz").await.status, StatusCode::OK);
    server.get("/api/v1/tokens").await;
    let metrics = server.get("/metrics").await.text;
    for line in [
        "ippo_ready 1",
        "ippo_http_requests_total{method=\"GET\",route=\"/readyz\",status=\"503\"} 1",
        "ippo_http_requests_total{method=\"GET\",route=\"/api/v1/tokens\",status=\"401\"} 1",
        "ippo_http_problems_total{kind=\"unauthenticated\"} 1",
    ] {
        assert!(metrics.lines().any(|given| given == line), "{line}\n{metrics}");
    }
}

#[tokio::test]
async fn readiness_names_what_does_not_work_and_goes_on_taking_telemetry() {
    let mut server = Server::start().await;
    server.ready.set(true);
    let began = server.clock.now();
    server.watch.expect(Loop::Ingest, began);
    server.watch.expect(Loop::Evaluate, began);
    assert_eq!(server.get("/readyz").await.text, "ready\n");
    server.watch.fails(Loop::Evaluate, "the disk is full");
    server.clock.advance(std::time::Duration::from_secs(5));
    let told = server.get("/readyz").await;
    assert_eq!(told.status, StatusCode::OK, "senders are not sent elsewhere");
    let reason = "evaluate: SLOs cannot be evaluated; has not worked for 5 s: the disk is full\n";
    assert_eq!(told.text, format!("ready, but not everything works\n{reason}"));
    let metrics = server.get("/metrics").await.text;
    assert!(
        metrics.contains("ippo_part_works{part=\"ingest\"} 1\nippo_part_works{part=\"evaluate\"} 0\n"),
        "{metrics}"
    );
    server.ready.set(false);
    let told = server.get("/readyz").await;
    assert_eq!((told.status, told.text), (StatusCode::SERVICE_UNAVAILABLE, format!("not ready\n{reason}")));
    server.ready.set(true);
    server.watch.works(Loop::Evaluate, server.clock.now());
    assert_eq!(server.get("/readyz").await.text, "ready\n");
    // One that says nothing is named when it is late.
    server.clock.advance(LATE_AFTER);
    assert!(
        server
            .get("/readyz")
            .await
            .text
            .contains("ingest: telemetry cannot be stored; has not worked for 65 s")
    );
}

#[tokio::test]
async fn strangers_learn_which_part_does_not_work_and_not_why() {
    let mut server = Server::start_at("0.0.0.0:4300", Some("https://ippo.example.org")).await;
    server.ready.set(true);
    server.watch.expect(Loop::Ingest, server.clock.now());
    server.watch.fails(Loop::Ingest, "the disk is full");
    let told = server.get("/readyz").await.text;
    assert_eq!(told, "ready, but not everything works\ningest: telemetry cannot be stored\n");
}

#[test]
fn the_checked_in_description_is_that_of_the_code() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../../openapi.json");
    let checked_in = std::fs::read_to_string(path).expect("openapi.json is checked in");
    let current = crate::openapi::document_json().expect("describes");
    assert!(checked_in == current, "openapi.json is stale: run `cargo run -p xtask -- codegen`");
}
