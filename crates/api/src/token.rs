//! API tokens as the API shows and makes them. The token itself is shown once, when it is made.

use axum::extract::{Extension, Path, State};
use axum::response::{IntoResponse as _, Response};
use axum::routing::{delete, get};
use axum::{Json, Router};
use http::StatusCode;
use ippo_base::ids::TokenId;
use ippo_domain::access::{NAME_MAX_CHARS, Scope, check_name};
use ippo_state::StateError;
use ippo_state::token as stored;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::access::{Access, AuditNote, Caller, Minted};
use crate::openapi::Document;
use crate::page::{Page, Params};
use crate::problem::{Body, Problem};
use crate::time::Time;

/// Every token that was not revoked.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct TokenList {
    /// The tokens, newest first.
    pub tokens: Vec<Token>,
    /// The envelope.
    #[serde(flatten)]
    pub page: Page,
}

/// One token, without its secret.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Token {
    /// Its id.
    pub id: String,
    /// What it is for.
    pub name: String,
    /// What it allows.
    pub scope: TokenScope,
    /// How it begins, to recognise it by.
    pub hint: String,
    /// Who made it.
    pub created_by: String,
    /// When.
    pub created_at: Time,
    /// When it stops working; `null` for never.
    pub expires_at: Option<Time>,
    /// When it was last used, to the minute.
    pub last_used_at: Option<Time>,
}

/// What a token allows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum TokenScope {
    /// Everything.
    Admin,
    /// Reading.
    Read,
    /// Sending telemetry, and nothing else.
    Ingest,
}

/// Makes a token.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewToken {
    /// What it is for.
    pub name: String,
    /// What it allows.
    pub scope: TokenScope,
    /// When it stops working; never if left out.
    pub expires_at: Option<Time>,
}

/// A token that was just made.
#[derive(Clone, Serialize, Deserialize, ToSchema)]
pub struct MadeToken {
    /// What is known of it from now on.
    #[serde(flatten)]
    pub about: Token,
    /// The token. It is not shown again.
    pub token: String,
}

impl From<Scope> for TokenScope {
    fn from(scope: Scope) -> Self {
        match scope {
            Scope::Admin => TokenScope::Admin,
            Scope::Read => TokenScope::Read,
            Scope::Ingest => TokenScope::Ingest,
        }
    }
}

impl From<TokenScope> for Scope {
    fn from(scope: TokenScope) -> Self {
        match scope {
            TokenScope::Admin => Scope::Admin,
            TokenScope::Read => Scope::Read,
            TokenScope::Ingest => Scope::Ingest,
        }
    }
}

impl From<stored::Token> for Token {
    fn from(token: stored::Token) -> Self {
        Self {
            id: token.id.to_string(),
            name: token.name,
            scope: token.scope.into(),
            hint: token.hint,
            created_by: token.created_by,
            created_at: token.created_at.into(),
            expires_at: token.expires_at.map(Time::from),
            last_used_at: token.used_at.map(Time::from),
        }
    }
}

impl From<Minted> for MadeToken {
    fn from(minted: Minted) -> Self {
        Self { about: minted.token.into(), token: minted.secret }
    }
}

/// The calls about tokens.
pub(crate) fn routes(access: Access) -> Router {
    Router::new()
        .route("/api/v1/tokens", get(list).post(create))
        .route("/api/v1/tokens/{id}", delete(revoke))
        .with_state(access)
}

async fn list(State(access): State<Access>, params: Params) -> Result<Json<TokenList>, Problem> {
    params.finish()?;
    let tokens = stored::list(&mut *access.state().read().await?).await?;
    Ok(Json(TokenList { tokens: tokens.into_iter().map(Token::from).collect(), page: Page::complete() }))
}

async fn create(
    State(access): State<Access>,
    caller: Caller,
    Body(wish): Body<NewToken>,
) -> Result<Response, Problem> {
    if check_name(&wish.name).is_err() {
        let complaint = format!("must have 1 to {NAME_MAX_CHARS} characters and no white space at its ends");
        return Err(Problem::parameter("name", complaint));
    }
    let expires_at = wish.expires_at.map(|time| time.0);
    if let Some(at) = expires_at.filter(|at| *at <= access.now()) {
        return Err(Problem::parameter("expires_at", format!("is {at}, which has passed")));
    }
    let minted = access.create_token(&wish.name, wish.scope.into(), expires_at, &caller.name()).await?;
    Ok((Extension(AuditNote::Written), Json(MadeToken::from(minted))).into_response())
}

async fn revoke(
    State(access): State<Access>,
    caller: Caller,
    Path(id): Path<String>,
) -> Result<Response, Problem> {
    let unknown = || Problem::not_found("There is no such token in use. GET /api/v1/tokens lists them.");
    let id: TokenId = id.parse().map_err(|_| unknown())?;
    match access.revoke_token(id, &caller.name()).await {
        Ok(()) => Ok((StatusCode::NO_CONTENT, Extension(AuditNote::Written)).into_response()),
        Err(StateError::NotFound) => Err(unknown()),
        Err(error) => Err(error.into()),
    }
}

/// Describes the operations of this file.
pub(crate) fn describe(document: &mut Document) {
    document.get("/api/v1/tokens", "listTokens", "Every token, without its secret").answers::<TokenList>();
    document
        .post("/api/v1/tokens", "createToken", "Makes a token; it is shown this once")
        .accepts::<NewToken>()
        .answers::<MadeToken>();
    document.delete("/api/v1/tokens/{id}", "revokeToken", "Takes a token out of use").answers_nothing();
}
