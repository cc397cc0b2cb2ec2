//! The pages that work before anyone is signed in, and without JavaScript: sign-in, welcome, entering by link, sign-out.
//!
//! A GET never changes anything: mail scanners and previews follow links.

use std::sync::Arc;

use axum::Router;
use axum::extract::{Form, Path, Query, State};
use axum::response::{Html, IntoResponse, Redirect, Response};
use axum::routing::{get, post};
use http::{HeaderMap, HeaderValue, StatusCode, Uri, header};
use ippo_domain::access::{check_name, check_password};
use ippo_state::account;
use ippo_state::setup_link::LinkPurpose;
use minijinja::{Environment, context};
use serde::Deserialize;

use super::guard::{Caller, Peer, SESSION_COOKIE};
use super::site::request_host;
use super::words::Words;
use super::{Access, Begun, secret};
use crate::problem::Problem;

const BASE: &str = include_str!("../../templates/base.html");
const LOGIN: &str = include_str!("../../templates/login.html");
const WELCOME: &str = include_str!("../../templates/welcome.html");
const ENTER: &str = include_str!("../../templates/enter.html");
const GONE: &str = include_str!("../../templates/gone.html");
const STYLE: &str = include_str!("../../templates/access.css");
const SCRIPT: &str = include_str!("../../templates/enter.js");
/// How long a browser keeps the style and the script.
const KEEP: HeaderValue = HeaderValue::from_static("public, max-age=3600");
/// The longest address that a sign-in leads back to, in bytes.
const NEXT_MAX_BYTES: usize = 2_048;

#[derive(Clone)]
struct Pages {
    access: Access,
    templates: Arc<Environment<'static>>,
}

/// The server's own pages.
pub(crate) fn routes(access: Access) -> Router {
    let mut templates = Environment::new();
    for (name, source) in [
        ("base.html", BASE),
        ("login.html", LOGIN),
        ("welcome.html", WELCOME),
        ("enter.html", ENTER),
        ("gone.html", GONE),
    ] {
        templates.add_template(name, source).expect("the templates are checked by a test");
    }
    Router::new()
        .route("/login", get(show_login).post(login))
        .route("/logout", post(logout))
        .route("/welcome/{link}", get(show_welcome).post(welcome))
        .route("/enter/{link}", get(show_enter).post(enter))
        .route("/access.css", get(|| async { file("text/css; charset=utf-8", STYLE) }))
        .route("/enter.js", get(|| async { file("text/javascript; charset=utf-8", SCRIPT) }))
        .with_state(Pages { access, templates: Arc::new(templates) })
}

fn file(content_type: &'static str, text: &'static str) -> impl IntoResponse {
    ([(header::CONTENT_TYPE, HeaderValue::from_static(content_type)), (header::CACHE_CONTROL, KEEP)], text)
}

#[derive(Deserialize)]
struct Destination {
    next: Option<String>,
}

#[derive(Deserialize)]
struct LoginForm {
    name: String,
    password: String,
    next: Option<String>,
}

#[derive(Deserialize)]
struct WelcomeForm {
    name: String,
    password: String,
    again: String,
}

async fn show_login(
    State(pages): State<Pages>,
    Query(destination): Query<Destination>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let next = local_path(destination.next.as_deref());
    if matches!(pages.access.caller(&headers).await, Ok(Some(Caller::Person { .. }))) {
        return Ok(Redirect::to(&next).into_response());
    }
    let words = Words::wanted(&headers);
    let anyone = account::any(&mut *pages.access.state().read().await.map_err(Problem::from)?).await?;
    let notice = if anyone { "" } else { words.no_account };
    Ok(pages.render(StatusCode::OK, "login.html", context! { words, next, notice, name => "" }))
}

async fn login(
    State(pages): State<Pages>,
    Peer(address): Peer,
    uri: Uri,
    headers: HeaderMap,
    Form(form): Form<LoginForm>,
) -> Result<Response, Problem> {
    pages.check_origin(&uri, &headers)?;
    let words = Words::wanted(&headers);
    let next = local_path(form.next.as_deref());
    let problem = match pages.access.sign_in(form.name.trim(), form.password, address).await {
        Ok(begun) => return Ok(pages.let_in(&begun, &next)),
        Err(problem) => problem,
    };
    let notice = match problem.status() {
        StatusCode::UNAUTHORIZED => words.wrong,
        StatusCode::TOO_MANY_REQUESTS => words.too_many,
        _ => words.busy,
    };
    let context = context! { words, next, notice, name => form.name };
    let mut page = pages.render(problem.status(), "login.html", context);
    if let Some(secs) = problem.retry_after_secs() {
        page.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from(secs));
    }
    Ok(page)
}

async fn logout(State(pages): State<Pages>, uri: Uri, headers: HeaderMap) -> Result<Response, Problem> {
    pages.check_origin(&uri, &headers)?;
    if let Some(Caller::Person { session, .. }) = pages.access.caller(&headers).await? {
        pages.access.sign_out(&session).await?;
    }
    let mut response = Redirect::to("/login").into_response();
    response.headers_mut().insert(header::SET_COOKIE, pages.access.no_session_cookie());
    Ok(response)
}

async fn show_welcome(
    State(pages): State<Pages>,
    Path(link): Path<String>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let words = Words::wanted(&headers);
    if !pages.access.link_is_open(&link, |purpose| purpose == LinkPurpose::Welcome).await? {
        return Ok(pages.gone(words));
    }
    Ok(pages.render(StatusCode::OK, "welcome.html", context! { words, notice => "", name => "" }))
}

async fn welcome(
    State(pages): State<Pages>,
    Path(link): Path<String>,
    uri: Uri,
    headers: HeaderMap,
    Form(form): Form<WelcomeForm>,
) -> Result<Response, Problem> {
    pages.check_origin(&uri, &headers)?;
    let words = Words::wanted(&headers);
    let notice = if check_name(&form.name).is_err() {
        words.name_unfit
    } else if check_password(&form.password).is_err() {
        words.password_unfit
    } else if form.password != form.again {
        words.passwords_differ
    } else {
        return Ok(match pages.access.welcome(&link, &form.name, form.password).await? {
            Some(begun) => pages.let_in(&begun, "/setup"),
            None => pages.gone(words),
        });
    };
    if !pages.access.link_is_open(&link, |purpose| purpose == LinkPurpose::Welcome).await? {
        return Ok(pages.gone(words));
    }
    let context = context! { words, notice, name => form.name };
    Ok(pages.render(StatusCode::UNPROCESSABLE_ENTITY, "welcome.html", context))
}

async fn show_enter(
    State(pages): State<Pages>,
    Path(link): Path<String>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let words = Words::wanted(&headers);
    if !pages.access.link_is_open(&link, |purpose| matches!(purpose, LinkPurpose::Enter(_))).await? {
        return Ok(pages.gone(words));
    }
    Ok(pages.render(StatusCode::OK, "enter.html", context! { words }))
}

async fn enter(
    State(pages): State<Pages>,
    Path(link): Path<String>,
    uri: Uri,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    pages.check_origin(&uri, &headers)?;
    Ok(match pages.access.enter(&link).await? {
        Some(begun) => pages.let_in(&begun, "/"),
        None => pages.gone(Words::wanted(&headers)),
    })
}

impl Pages {
    fn render(&self, status: StatusCode, template: &str, context: minijinja::Value) -> Response {
        let rendered = self.templates.get_template(template).and_then(|template| template.render(context));
        match rendered {
            Ok(html) => {
                let no_store = [(header::CACHE_CONTROL, HeaderValue::from_static("no-store"))];
                (status, no_store, Html(html)).into_response()
            }
            Err(error) => Problem::internal("making a page", &error).into_response(),
        }
    }

    fn gone(&self, words: &'static Words) -> Response {
        self.render(StatusCode::GONE, "gone.html", context! { words })
    }

    /// Hands the session to the browser and sends it to `next`.
    fn let_in(&self, begun: &Begun, next: &str) -> Response {
        let mut response = Redirect::to(next).into_response();
        response.headers_mut().insert(header::SET_COOKIE, self.access.session_cookie(begun));
        response
    }

    fn check_origin(&self, uri: &Uri, headers: &HeaderMap) -> Result<(), Problem> {
        self.access.site().check_origin(headers, request_host(uri, headers))
    }
}

impl Access {
    /// The cookie of a session: for this site alone, out of reach of scripts.
    pub(crate) fn session_cookie(&self, begun: &Begun) -> HeaderValue {
        let max_age = ippo_domain::access::SESSION_ABSOLUTE.as_secs();
        self.cookie(&begun.secret, max_age)
    }

    /// What takes the cookie away.
    pub(crate) fn no_session_cookie(&self) -> HeaderValue {
        self.cookie("", 0)
    }

    fn cookie(&self, value: &str, max_age_secs: u64) -> HeaderValue {
        let secure = if self.site().is_secure() { "; Secure" } else { "" };
        let text = format!(
            "{SESSION_COOKIE}={value}; Path=/; HttpOnly; SameSite=Lax; Max-Age={max_age_secs}{secure}"
        );
        HeaderValue::from_str(&text).expect("secrets are hexadecimal digits")
    }

    /// What the browser of a session that just began sends with each change.
    pub(crate) fn csrf_of(begun: &Begun) -> String {
        secret::csrf(&begun.secret)
    }
}

/// Where a sign-in leads: a path of this site, or `/` for whatever is something else.
fn local_path(next: Option<&str>) -> String {
    let next = next.unwrap_or("/");
    let local = next.starts_with('/')
        && !next.starts_with("//")
        && next.len() <= NEXT_MAX_BYTES
        && !next.contains('\\')
        && next.bytes().all(|b| b.is_ascii_graphic())
        && next.parse::<Uri>().is_ok_and(|uri| uri.authority().is_none());
    if local { next.to_owned() } else { "/".to_owned() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sign_in_leads_nowhere_else() {
        for good in
            ["/", "/slos/checkout?from=2026-11-24T00:00:00Z&tab=burn", "/traces/ab?span=1", "/%E5%90%8D"]
        {
            assert_eq!(local_path(Some(good)), good);
        }
        for bad in [
            "https://evil.example",
            "//evil.example",
            "/\\evil.example",
            "\\\\evil.example",
            "javascript:alert(1)",
            "evil",
            "",
            "/\t/evil.example",
            "/ /evil.example",
            "/a\r\nset-cookie: x=y",
            "///evil.example",
        ] {
            assert_eq!(local_path(Some(bad)), "/", "{bad:?}");
        }
        assert_eq!(local_path(Some(&format!("/{}", "a".repeat(3_000)))), "/");
        assert_eq!(local_path(None), "/");
    }
}
