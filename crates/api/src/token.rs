//! API tokens as the API shows and makes them. The token itself is shown once, when it is made.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::openapi::Document;
use crate::page::Page;
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

/// Describes the operations of this file.
pub(crate) fn describe(document: &mut Document) {
    document.get("/api/v1/tokens", "listTokens", "Every token, without its secret").answers::<TokenList>();
    document
        .post("/api/v1/tokens", "createToken", "Makes a token; it is shown this once")
        .accepts::<NewToken>()
        .answers::<MadeToken>();
    document.delete("/api/v1/tokens/{id}", "revokeToken", "Takes a token out of use").answers_nothing();
}
