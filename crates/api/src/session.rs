//! Who is calling, signing in and signing out, as the API shows them.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::openapi::Document;
use crate::token::TokenScope;

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

/// Describes the operations of this file.
pub(crate) fn describe(document: &mut Document) {
    document.get("/api/v1/session", "getSession", "Who is calling").answers::<Session>();
    document
        .post("/api/v1/session", "signIn", "Signs in and sets the session's cookie")
        .accepts::<SignIn>()
        .answers::<Session>();
    document.delete("/api/v1/session", "signOut", "Signs out").answers_nothing();
}
