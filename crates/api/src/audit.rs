//! The audit log as the API shows it: every change that a person or a token made.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::openapi::Document;
use crate::page::Page;
use crate::time::Time;
use crate::trace::Attributes;

/// Entries of the audit log, newest first.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct AuditList {
    /// The entries.
    pub entries: Vec<AuditEntry>,
    /// The envelope.
    #[serde(flatten)]
    pub page: Page,
}

/// One change.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct AuditEntry {
    /// Its id.
    pub id: String,
    /// When it was made.
    pub time: Time,
    /// Who made it: an account's name, `token:` and a token's name, or `cli`.
    pub actor: String,
    /// What was done, such as `token.create`.
    pub action: String,
    /// What it was done to.
    pub subject: String,
    /// More about it; never a secret.
    pub detail: Attributes,
}

/// Describes the operations of this file.
pub(crate) fn describe(document: &mut Document) {
    document
        .get("/api/v1/audit", "listAudit", "Every change that a person or a token made, newest first")
        .paged()
        .answers::<AuditList>();
}
