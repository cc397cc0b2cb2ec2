//! The guards in front of every call: the right host, a known caller, enough rights, no forged change.

use std::convert::Infallible;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};

use axum::extract::{ConnectInfo, FromRequestParts, Request, State};
use axum::middleware::Next;
use axum::response::{IntoResponse as _, Response};
use http::request::Parts;
use http::{HeaderMap, Method, Uri, header};
use ippo_domain::access::{Need, Scope};
use ippo_state::session::Session;
use ippo_state::token::Token;

use super::site::{FORWARDED_FOR, request_host};
use super::{Access, secret};
use crate::problem::Problem;

/// The session's cookie.
pub(crate) const SESSION_COOKIE: &str = "ippo_session";
/// The header that carries what [`secret::csrf`] gives.
pub(crate) const CSRF_HEADER: &str = "x-ippo-csrf";
/// Calls that are POST only because what they ask does not fit into an address.
const READS_BY_POST: [&str; 2] = ["/api/v1/query", "/api/v1/alert-rules/-/try"];

/// Who is calling. Handlers take it as an argument; nobody is refused with 401.
#[derive(Clone)]
pub enum Caller {
    /// A signed-in person.
    Person {
        /// The session.
        session: Session,
        /// What the browser must send with each change.
        csrf: String,
    },
    /// A program with a token.
    Token(Token),
}

impl Caller {
    /// The caller's name as timelines and the audit log show it.
    pub fn name(&self) -> String {
        match self {
            Caller::Person { session, .. } => session.account_name.clone(),
            Caller::Token(token) => format!("token:{}", token.name),
        }
    }

    fn scope(&self) -> Scope {
        match self {
            Caller::Person { .. } => Scope::Admin,
            Caller::Token(token) => token.scope,
        }
    }
}

impl<S: Send + Sync> FromRequestParts<S> for Caller {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Problem> {
        parts.extensions.get::<Caller>().cloned().ok_or_else(nobody)
    }
}

/// The address a request came from. A proxy on this machine says whom it speaks for.
#[derive(Clone, Copy)]
pub(crate) struct Peer(pub(crate) IpAddr);

impl<S: Send + Sync> FromRequestParts<S> for Peer {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Infallible> {
        let from = parts.extensions.get::<ConnectInfo<SocketAddr>>().map(|info| info.0.ip());
        let from = from.unwrap_or(IpAddr::V4(Ipv4Addr::UNSPECIFIED));
        let behind = forwarded_for(&parts.headers).filter(|_| from.is_loopback());
        Ok(Self(behind.unwrap_or(from)))
    }
}

/// Whom a proxy speaks for: the last address of the last header is the one that it wrote itself.
fn forwarded_for(headers: &HeaderMap) -> Option<IpAddr> {
    let last = headers.get_all(FORWARDED_FOR).iter().next_back()?.to_str().ok()?;
    last.rsplit(',').next()?.trim().parse().ok()
}

impl Access {
    /// Who sends telemetry with this `Authorization` header.
    ///
    /// # Errors
    /// A problem for the sender: 401 without a token, 403 with one that does not allow it.
    pub async fn ingest_sender(&self, authorization: Option<&str>) -> Result<String, Problem> {
        let token = self.bearer(authorization.ok_or_else(no_token)?).await?;
        allow(token.scope, Need::Ingest)?;
        Ok(format!("token:{}", token.id))
    }

    /// Says whether a program may do what `need` says; one on this machine that asks by itself needs no token.
    pub(crate) async fn check_machine(
        &self,
        uri: &Uri,
        headers: &HeaderMap,
        need: Need,
    ) -> Result<(), Problem> {
        let given = headers.get(header::AUTHORIZATION).map(|value| value.to_str().unwrap_or_default());
        let outside = self.site().came_from_outside(headers, request_host(uri, headers));
        match given {
            None if self.site().is_loopback() && !outside => Ok(()),
            None => Err(no_token()),
            Some(given) => allow(self.bearer(given).await?.scope, need),
        }
    }

    async fn bearer(&self, authorization: &str) -> Result<Token, Problem> {
        let token = match authorization.split_once(' ') {
            Some((scheme, token)) if scheme.eq_ignore_ascii_case("bearer") => token.trim(),
            _ => {
                return Err(Problem::unauthenticated(
                    "The Authorization header is not of the form `Bearer <token>`.",
                ));
            }
        };
        let found = self.token(token).await?;
        found.ok_or_else(|| {
            Problem::unauthenticated("The token is unknown, revoked or expired. Make another one.")
        })
    }

    /// Who sent these headers; `None` for nobody.
    pub(crate) async fn caller(&self, headers: &HeaderMap) -> Result<Option<Caller>, Problem> {
        if let Some(authorization) = headers.get(header::AUTHORIZATION) {
            let authorization = authorization.to_str().unwrap_or_default();
            return Ok(Some(Caller::Token(self.bearer(authorization).await?)));
        }
        let Some(cookie) = cookie(headers, SESSION_COOKIE) else { return Ok(None) };
        let session = self.session(cookie).await?;
        Ok(session.map(|session| Caller::Person { session, csrf: secret::csrf(cookie) }))
    }
}

/// Refuses what was meant for another host.
pub(crate) async fn check_host(State(access): State<Access>, request: Request, next: Next) -> Response {
    let host = request_host(request.uri(), request.headers());
    match access.site().check_host(host) {
        Ok(()) => next.run(request).await,
        Err(problem) => problem.into_response(),
    }
}

/// Finds out who is calling and puts the [`Caller`] where handlers find it. Nobody passes too.
pub(crate) async fn authenticate(State(access): State<Access>, mut request: Request, next: Next) -> Response {
    match access.caller(request.headers()).await {
        Ok(None) => {}
        Ok(Some(caller)) => {
            request.extensions_mut().insert(caller);
        }
        Err(problem) => return problem.into_response(),
    }
    next.run(request).await
}

/// Lets through whoever may do what the request says.
pub(crate) async fn authorize(State(access): State<Access>, request: Request, next: Next) -> Response {
    match check(&access, &request) {
        Ok(()) => next.run(request).await,
        Err(problem) => problem.into_response(),
    }
}

fn check(access: &Access, request: &Request) -> Result<(), Problem> {
    let caller = request.extensions().get::<Caller>().ok_or_else(nobody)?;
    let need = need(request.method(), request.uri().path());
    allow(caller.scope(), need)?;
    match caller {
        Caller::Person { csrf, .. } if !is_safe(request.method()) => {
            check_forgery(access, request.uri(), request.headers(), csrf)
        }
        _ => Ok(()),
    }
}

/// Refuses a change that a page of another site asks for.
pub(crate) fn check_origin(access: &Access, uri: &http::Uri, headers: &HeaderMap) -> Result<(), Problem> {
    access.site().check_origin(headers, request_host(uri, headers))
}

/// Refuses a change that the browser's own pages did not ask for.
pub(crate) fn check_forgery(
    access: &Access,
    uri: &http::Uri,
    headers: &HeaderMap,
    csrf: &str,
) -> Result<(), Problem> {
    check_origin(access, uri, headers)?;
    let given = headers.get(CSRF_HEADER).and_then(|value| value.to_str().ok()).unwrap_or_default();
    if secret::same(given, csrf) {
        return Ok(());
    }
    Err(Problem::forbidden(format!(
        "A change made with a session needs the header `{CSRF_HEADER}`, with the value that GET /api/v1/session gives. \
         Reload the page."
    )))
}

fn allow(scope: Scope, need: Need) -> Result<(), Problem> {
    if scope.allows(need) {
        return Ok(());
    }
    let enough = match need {
        Need::Read => "read or admin",
        Need::Change => "admin",
        Need::Ingest => "ingest or admin",
    };
    Err(Problem::forbidden(format!("The token's scope is {}; this call needs {enough}.", scope.name())))
}

fn need(method: &Method, path: &str) -> Need {
    if is_safe(method) || READS_BY_POST.contains(&path) { Need::Read } else { Need::Change }
}

/// Whether the request changes something that the audit log must tell.
pub(crate) fn is_change(method: &Method, path: &str) -> bool {
    need(method, path) == Need::Change
}

fn is_safe(method: &Method) -> bool {
    matches!(*method, Method::GET | Method::HEAD)
}

fn no_token() -> Problem {
    Problem::unauthenticated(
        "Send `Authorization: Bearer <token>`; `ippo token create --scope ingest` makes one for telemetry.",
    )
}

fn nobody() -> Problem {
    Problem::unauthenticated("Sign in at /login, or send `Authorization: Bearer <token>`.")
}

/// The value of a cookie.
fn cookie<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    let lines = headers.get_all(header::COOKIE).into_iter().filter_map(|line| line.to_str().ok());
    lines
        .flat_map(|line| line.split(';'))
        .filter_map(|pair| pair.trim().split_once('='))
        .find_map(|(given, value)| (given == name).then_some(value))
}
