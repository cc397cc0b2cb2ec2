//! Every error a caller can see, as RFC 9457 problem details. The one place where failures become HTTP statuses.
//!
//! A problem says what failed and what to do; it never carries a secret, a request body or an internal path.

use axum::extract::rejection::JsonRejection;
use axum::extract::{FromRequest, Json, Request};
use axum::response::{IntoResponse, Response};
use http::{HeaderValue, StatusCode, header};
use ippo_state::StateError;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// The media type of RFC 9457.
pub const PROBLEM_JSON: &str = "application/problem+json";

/// What failed and what to do (RFC 9457).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[schema(as = Problem)]
pub struct ProblemDetails {
    /// A URI reference that names the kind of problem, such as `/problems/not-found`.
    #[serde(rename = "type")]
    pub kind: String,
    /// The kind of problem in a few words.
    pub title: String,
    /// The HTTP status.
    pub status: u16,
    /// What failed this time, and what to do.
    pub detail: String,
    /// One entry for each place that is wrong, when there are several or they have a position.
    #[serde(default)]
    pub errors: Vec<ProblemItem>,
}

/// One place that is wrong.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct ProblemItem {
    /// The file it was found in, as the caller named it.
    pub file: Option<String>,
    /// The line, from 1.
    pub line: Option<u32>,
    /// The column, from 1.
    pub column: Option<u32>,
    /// The field, such as `spec.objectives[0].target`, or the parameter.
    pub field: Option<String>,
    /// What is wrong with it and what would be right.
    pub message: String,
}

/// The kind of problem that a response carries, for the metrics.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct ProblemKind(pub(crate) &'static str);

/// A failure on its way to the caller.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    status: StatusCode,
    slug: &'static str,
    title: &'static str,
    detail: String,
    errors: Vec<ProblemItem>,
    retry_after_secs: Option<u64>,
}

impl Problem {
    fn new(status: StatusCode, slug: &'static str, title: &'static str, detail: impl Into<String>) -> Self {
        Self { status, slug, title, detail: detail.into(), errors: Vec::new(), retry_after_secs: None }
    }

    /// 400: the request cannot be understood.
    pub fn bad_request(detail: impl Into<String>) -> Self {
        Self::new(StatusCode::BAD_REQUEST, "bad-request", "The request cannot be understood", detail)
    }

    /// 400: the parameter `name` is wrong; `complaint` continues "Parameter `name` …".
    pub fn parameter(name: &str, complaint: impl std::fmt::Display) -> Self {
        let end = if complaint.to_string().ends_with('?') { "" } else { "." };
        let detail = format!("Parameter `{name}` {complaint}{end}");
        let item = ProblemItem {
            field: Some(name.to_owned()),
            message: complaint.to_string(),
            ..ProblemItem::default()
        };
        Self::new(StatusCode::BAD_REQUEST, "bad-parameter", "A parameter is wrong", detail)
            .with_errors(vec![item])
    }

    /// 400: the expression in the parameter `name` is wrong at its character `column`, from 1.
    pub fn expression(name: &str, column: u32, complaint: &str) -> Self {
        let mut problem = Self::parameter(name, format!("is wrong at character {column}: {complaint}"));
        for item in &mut problem.errors {
            item.column = Some(column);
            complaint.clone_into(&mut item.message);
        }
        problem
    }

    /// 401: nobody is signed in.
    pub fn unauthenticated(detail: impl Into<String>) -> Self {
        Self::new(StatusCode::UNAUTHORIZED, "unauthenticated", "Sign in first", detail)
    }

    /// 403: whoever is signed in may not do this.
    pub fn forbidden(detail: impl Into<String>) -> Self {
        Self::new(StatusCode::FORBIDDEN, "forbidden", "Not allowed", detail)
    }

    /// 404: there is no such thing.
    pub fn not_found(detail: impl Into<String>) -> Self {
        Self::new(StatusCode::NOT_FOUND, "not-found", "Not found", detail)
    }

    /// 405: the path exists, but not for this method.
    pub fn method_not_allowed(detail: impl Into<String>) -> Self {
        Self::new(StatusCode::METHOD_NOT_ALLOWED, "method-not-allowed", "Method not allowed", detail)
    }

    /// 409: the thing is not in a state that allows this.
    pub fn conflict(detail: impl Into<String>) -> Self {
        Self::new(StatusCode::CONFLICT, "conflict", "Not in this state", detail)
    }

    /// 413: the body is larger than the limit.
    pub fn too_large(detail: impl Into<String>) -> Self {
        Self::new(StatusCode::PAYLOAD_TOO_LARGE, "too-large", "Too large", detail)
    }

    /// 415: the body is of a type this call does not take.
    pub fn unsupported_media_type(detail: impl Into<String>) -> Self {
        Self::new(
            StatusCode::UNSUPPORTED_MEDIA_TYPE,
            "unsupported-media-type",
            "Unsupported content type",
            detail,
        )
    }

    /// 421: the request was meant for another host.
    pub fn misdirected(detail: impl Into<String>) -> Self {
        Self::new(StatusCode::MISDIRECTED_REQUEST, "misdirected", "Wrong host", detail)
    }

    /// 422: the request is understood, but what it says is wrong.
    pub fn invalid(detail: impl Into<String>) -> Self {
        Self::new(StatusCode::UNPROCESSABLE_ENTITY, "invalid", "Not valid", detail)
    }

    /// 422: a query is understood, and needs more memory than a query may use.
    pub fn query_memory(detail: impl Into<String>) -> Self {
        let title = "The query needs too much memory";
        Self::new(StatusCode::UNPROCESSABLE_ENTITY, "query-memory", title, detail)
    }

    /// 429: too many attempts; come back in `retry_after_secs`.
    pub fn too_many(detail: impl Into<String>, retry_after_secs: u64) -> Self {
        let mut problem = Self::new(StatusCode::TOO_MANY_REQUESTS, "too-many", "Too many attempts", detail);
        problem.retry_after_secs = Some(retry_after_secs);
        problem
    }

    /// 503: not now; come back in `retry_after_secs`.
    pub fn unavailable(detail: impl Into<String>, retry_after_secs: u64) -> Self {
        let mut problem =
            Self::new(StatusCode::SERVICE_UNAVAILABLE, "unavailable", "Not available now", detail);
        problem.retry_after_secs = Some(retry_after_secs);
        problem
    }

    /// 504: the work took longer than its limit.
    pub fn timed_out(detail: impl Into<String>) -> Self {
        Self::new(StatusCode::GATEWAY_TIMEOUT, "timed-out", "Took too long", detail)
    }

    /// 500: ippo's own failure. The cause goes to the log, here, once; the caller learns that it is there.
    pub fn internal(doing: &'static str, cause: &dyn std::error::Error) -> Self {
        tracing::error!(doing, error = %chain(cause), "a request failed inside ippo");
        let detail = format!("ippo failed while {doing}. The cause is in its log.");
        Self::new(StatusCode::INTERNAL_SERVER_ERROR, "internal", "ippo failed", detail)
    }

    /// Adds the places that are wrong.
    #[must_use]
    pub fn with_errors(mut self, errors: Vec<ProblemItem>) -> Self {
        self.errors = errors;
        self
    }

    /// The HTTP status it becomes.
    pub fn status(&self) -> StatusCode {
        self.status
    }

    /// What failed and what to do.
    pub fn detail(&self) -> &str {
        &self.detail
    }

    /// After how many seconds another attempt makes sense.
    pub fn retry_after_secs(&self) -> Option<u64> {
        self.retry_after_secs
    }
}

impl Problem {
    /// What the caller is told, where it comes inside of an answer that has begun.
    pub fn details(self) -> ProblemDetails {
        ProblemDetails {
            kind: format!("/problems/{}", self.slug),
            title: self.title.to_owned(),
            status: self.status.as_u16(),
            detail: self.detail,
            errors: self.errors,
        }
    }
}

impl From<StateError> for Problem {
    fn from(error: StateError) -> Self {
        match &error {
            StateError::Busy(_) | StateError::Full(_) => Self::unavailable(format!("Not now: {error}."), 5),
            StateError::NotFound => Self::not_found("There is no such thing."),
            StateError::Conflict(_) => {
                Self::conflict("This contradicts what is stored; look again and repeat.")
            }
            _ => Self::internal("working with its state database", &error),
        }
    }
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let (status, slug, retry_after_secs) = (self.status, self.slug, self.retry_after_secs);
        let mut response = (status, Json(self.details())).into_response();
        response.extensions_mut().insert(ProblemKind(slug));
        let headers = response.headers_mut();
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(PROBLEM_JSON));
        if status == StatusCode::UNAUTHORIZED {
            headers.insert(header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
        }
        if let Some(secs) = retry_after_secs {
            headers.insert(header::RETRY_AFTER, HeaderValue::from(secs));
        }
        response
    }
}

/// Turns a panic in a handler into a problem.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Panicked;

impl tower_http::catch_panic::ResponseForPanic for Panicked {
    type ResponseBody = axum::body::Body;

    fn response_for_panic(&mut self, cause: Box<dyn std::any::Any + Send>) -> Response {
        let text = cause.downcast_ref::<String>().map(String::as_str);
        let text = text.or_else(|| cause.downcast_ref::<&str>().copied()).unwrap_or("no message");
        tracing::error!(panic = text, "a request's handler panicked; this is a bug in ippo");
        let detail = "ippo failed while answering. The cause is in its log.";
        Problem::new(StatusCode::INTERNAL_SERVER_ERROR, "internal", "ippo failed", detail).into_response()
    }
}

/// A JSON request body. What cannot be read is a problem that says where.
#[derive(Debug)]
pub struct Body<T>(pub T);

impl<S: Send + Sync, T: DeserializeOwned> FromRequest<S> for Body<T> {
    type Rejection = Problem;

    async fn from_request(request: Request, state: &S) -> Result<Self, Problem> {
        let Json(body) = Json::<T>::from_request(request, state).await.map_err(read_rejection)?;
        Ok(Self(body))
    }
}

fn read_rejection(rejection: JsonRejection) -> Problem {
    match rejection {
        JsonRejection::MissingJsonContentType(_) => {
            Problem::unsupported_media_type("Send the body as JSON, with `content-type: application/json`.")
        }
        other if other.status() == StatusCode::PAYLOAD_TOO_LARGE => {
            Problem::too_large("The body is larger than this call takes; send less at a time.")
        }
        other => Problem::bad_request(format!("The JSON body cannot be read: {}.", other.body_text())),
    }
}

/// An error and its sources in one line.
fn chain(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(cause) = source {
        text.push_str(": ");
        text.push_str(&cause.to_string());
        source = cause.source();
    }
    text
}
