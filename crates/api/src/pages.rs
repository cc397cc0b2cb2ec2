//! Serves the embedded pages: files with a hash in their name for ever, and the one page for every other address.

use axum::extract::Request;
use axum::response::{IntoResponse as _, Response};
use http::{HeaderValue, Method, StatusCode, header};

use crate::problem::Problem;

/// Where addresses begin that are never a page: a mistyped call must not be answered with HTML.
const NEVER_PAGES: [&str; 6] = ["/api", "/v1", "/v2", "/healthz", "/readyz", "/metrics"];
/// Where Vite puts its files; what is not there is missing, and no page either.
const ASSETS: &str = "/assets/";

/// One embedded file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PageFile {
    /// The file, uncompressed.
    pub bytes: &'static [u8],
    /// The value of `Content-Type`.
    pub content_type: &'static str,
    /// Whether the name carries a hash of the content.
    pub immutable: bool,
}

/// The embedded pages, as functions, because this crate does not know where they come from.
#[derive(Debug, Clone, Copy)]
pub struct Pages {
    /// The file at a path, without the page itself.
    pub asset: fn(&str) -> Option<PageFile>,
    /// The page that starts the UI.
    pub index: fn() -> PageFile,
}

/// Answers whatever no route answers.
pub(crate) fn serve(pages: Pages, request: &Request) -> Response {
    let path = request.uri().path();
    let never = NEVER_PAGES
        .iter()
        .any(|start| path.strip_prefix(start).is_some_and(|rest| rest.is_empty() || rest.starts_with('/')));
    if never {
        let detail = format!("There is no {path} here. GET /api/openapi.json describes what there is.");
        return Problem::not_found(detail).into_response();
    }
    if !matches!(*request.method(), Method::GET | Method::HEAD) {
        return Problem::method_not_allowed(format!("{path} can only be read.")).into_response();
    }
    match (pages.asset)(path) {
        Some(file) => answer(file),
        None if path.starts_with(ASSETS) => {
            Problem::not_found("There is no such file in this version. Reload the page.").into_response()
        }
        None => answer((pages.index)()),
    }
}

fn answer(file: PageFile) -> Response {
    let keep = if file.immutable { "public, max-age=31536000, immutable" } else { "no-cache" };
    let headers = [
        (header::CONTENT_TYPE, HeaderValue::from_static(file.content_type)),
        (header::CACHE_CONTROL, HeaderValue::from_static(keep)),
    ];
    (StatusCode::OK, headers, file.bytes).into_response()
}
