//! Who is calling, signing in and signing out, as the API shows them.

use axum::extract::{Extension, State};
use axum::response::{IntoResponse as _, Response};
use axum::routing::get;
use axum::{Json, Router};
use http::{HeaderMap, HeaderValue, StatusCode, Uri, header};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::access::{self, Access, Peer};
use crate::openapi::Document;
use crate::problem::{Body, Problem};
use crate::token::TokenScope;

pub use crate::access::Caller;

/// Who is calling. Both are `null` for nobody.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Session {
    /// The signed-in person.
    pub account: Option<SessionAccount>,
    /// The token of this request.
    pub token: Option<SessionToken>,
    /// What a browser sends as `x-ippo-csrf` with each change; `null` without a session.
    pub csrf: Option<String>,
}

/// A signed-in person.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct SessionAccount {
    /// The name they sign in with.
    pub name: String,
    /// What they may do.
    pub role: Role,
}

/// What a person may do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Role {
    /// Everything.
    Admin,
}

/// The token of a request.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct SessionToken {
    /// Its name.
    pub name: String,
    /// What it allows.
    pub scope: TokenScope,
}

/// Signs in.
#[derive(Clone, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct SignIn {
    /// The account's name.
    pub name: String,
    /// Its password.
    pub password: String,
}

/// The calls about the caller's own session. They answer to nobody too.
pub(crate) fn routes(access: Access) -> Router {
    Router::new().route("/api/v1/session", get(show).post(sign_in).delete(sign_out)).with_state(access)
}

async fn show(caller: Option<Extension<Caller>>) -> Response {
    let session = match caller {
        None => Session { account: None, token: None, csrf: None },
        Some(Extension(Caller::Person { session, csrf })) => Session {
            account: Some(SessionAccount { name: session.account_name, role: Role::Admin }),
            token: None,
            csrf: Some(csrf),
        },
        Some(Extension(Caller::Token(token))) => Session {
            account: None,
            token: Some(SessionToken { name: token.name, scope: token.scope.into() }),
            csrf: None,
        },
    };
    Json(session).into_response()
}

async fn sign_in(
    State(access): State<Access>,
    Peer(address): Peer,
    uri: Uri,
    headers: HeaderMap,
    Body(given): Body<SignIn>,
) -> Result<Response, Problem> {
    access::check_origin(&access, &uri, &headers)?;
    let begun = access.sign_in(given.name.trim(), given.password, address).await?;
    let cookie = access.session_cookie(&begun);
    let session = Session {
        account: Some(SessionAccount { name: begun.account.clone(), role: Role::Admin }),
        token: None,
        csrf: Some(Access::csrf_of(&begun)),
    };
    Ok(with_cookie(Json(session).into_response(), cookie))
}

async fn sign_out(
    State(access): State<Access>,
    caller: Caller,
    uri: Uri,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let Caller::Person { session, csrf } = caller else {
        return Err(Problem::bad_request(
            "A token has no session to end; revoke it at /api/v1/tokens instead.",
        ));
    };
    access::check_forgery(&access, &uri, &headers, &csrf)?;
    access.sign_out(&session).await?;
    Ok(with_cookie(StatusCode::NO_CONTENT.into_response(), access.no_session_cookie()))
}

fn with_cookie(mut response: Response, cookie: HeaderValue) -> Response {
    response.headers_mut().insert(header::SET_COOKIE, cookie);
    response
}

/// Describes the operations of this file.
pub(crate) fn describe(document: &mut Document) {
    document.get("/api/v1/session", "getSession", "Who is calling").answers::<Session>();
    document
        .post("/api/v1/session", "signIn", "Signs in and sets the session's cookie")
        .accepts::<SignIn>()
        .answers::<Session>();
    document.delete("/api/v1/session", "signOut", "Signs out").answers_nothing();
}
