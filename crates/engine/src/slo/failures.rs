//! The events behind an SLO's bad count, so that a number can be opened down to the requests and the people in it.

use ippo_base::Timestamp;

/// One bad event.
#[derive(Clone, PartialEq, Debug)]
pub struct Failure {
    /// When it happened.
    pub time: Timestamp,
    /// Its trace.
    pub trace_id: Option<String>,
    /// Its span.
    pub span_id: Option<String>,
    /// The service.
    pub service: String,
    /// The span's or event's name.
    pub name: String,
    /// How long it took.
    pub duration_ns: Option<i64>,
    /// The span's status, or the log's severity.
    pub status: String,
    /// Who met it.
    pub user_id: Option<String>,
    /// What was said of it.
    pub message: Option<String>,
}
