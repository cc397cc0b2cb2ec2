//! The kinds of call that all requests are made of: HTTP in, RPC between services, databases, HTTP out.
//! Attribute names follow the OpenTelemetry semantic conventions.

use crate::attribute::{int, map, text};
use crate::topology::Service;
use crate::unit::{Kind, MS, Severity, Weaver};
use crate::visit::Visit;

const AGENTS: [&str; 5] = [
    "Mozilla/5.0 (iPhone; CPU iPhone OS 19_1 like Mac OS X) AppleWebKit/605.1.15 Version/19.1 Mobile/15E148 Safari/604.1",
    "Mozilla/5.0 (Linux; Android 16; Pixel 10) AppleWebKit/537.36 Chrome/141.0.0.0 Mobile Safari/537.36",
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 Chrome/141.0.0.0 Safari/537.36",
    "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 Version/19.1 Safari/605.1.15",
    "ShopApp/7.4.2 (iOS 19.1)",
];

/// What a browser asks of the frontend.
pub(crate) struct Request {
    pub(crate) method: &'static str,
    pub(crate) route: &'static str,
    pub(crate) path: String,
    pub(crate) query: Option<String>,
}

impl Request {
    pub(crate) fn new(method: &'static str, route: &'static str) -> Self {
        Self { method, route, path: route.to_owned(), query: None }
    }

    pub(crate) fn with_id(method: &'static str, route: &'static str, id: &str) -> Self {
        let (before, after) = route.split_once("{id}").unwrap_or((route, ""));
        Self { method, route, path: format!("{before}{id}{after}"), query: None }
    }
}

/// A request as the frontend sees it; `inside` says with which status it ends.
pub(crate) fn frontend(
    w: &mut Weaver<'_>,
    visit: &Visit,
    request: Request,
    inside: impl FnOnce(&mut Weaver<'_>) -> u16,
) {
    let Request { method, route, path, query } = request;
    w.open(Service::Frontend, Kind::Server, format!("{method} {route}"));
    w.endpoint(method, route);
    w.put(text("http.request.method", method));
    w.put(text("http.route", route));
    w.put(text("url.path", path.clone()));
    w.put(text("url.scheme", "https"));
    if let Some(query) = query {
        w.put(text("url.query", query));
    }
    w.put(text("server.address", "shop.example"));
    w.put(int("server.port", 443));
    w.put(text("network.protocol.version", "2"));
    let host = visit.address;
    w.put(text("client.address", format!("203.0.113.{}", host % 254 + 1)));
    w.put(text("user_agent.original", AGENTS[visit.agent % AGENTS.len()]));
    w.put_person();
    w.spend(2 * MS);
    let status = inside(w);
    w.spend(2 * MS);
    w.answered(status);
    if status >= 500 {
        w.fail(&status.to_string(), "");
    }
    access_log(w, method, &path, status);
    w.close();
}

fn access_log(w: &mut Weaver<'_>, method: &str, path: &str, status: u16) {
    let severity = match status {
        500.. => Severity::Error,
        400..=499 => Severity::Warn,
        _ => Severity::Info,
    };
    let body = map(vec![
        text("msg", "request completed"),
        text("method", method),
        text("path", path),
        int("status", u64::from(status)),
    ]);
    w.log(severity, body, Vec::new());
}

/// How an RPC ends, other than well.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Code {
    NotFound,
    FailedPrecondition,
    Unauthenticated,
    Internal,
    Unavailable,
}

impl Code {
    const fn name(self) -> &'static str {
        match self {
            Code::NotFound => "NOT_FOUND",
            Code::FailedPrecondition => "FAILED_PRECONDITION",
            Code::Unauthenticated => "UNAUTHENTICATED",
            Code::Internal => "INTERNAL",
            Code::Unavailable => "UNAVAILABLE",
        }
    }

    /// Whether the server is to blame, by the semantic conventions.
    const fn is_server_failure(self) -> bool {
        matches!(self, Code::Internal | Code::Unavailable)
    }
}

/// Where an RPC comes from, where it goes, and which.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Rpc {
    pub(crate) from: Service,
    pub(crate) to: Service,
    /// Fully qualified.
    pub(crate) method: &'static str,
    /// Where the server's code for it is.
    pub(crate) code: (&'static str, &'static str, u64),
}

/// Calls a service; `inside` is what the service does.
pub(crate) fn rpc(
    w: &mut Weaver<'_>,
    rpc: Rpc,
    inside: impl FnOnce(&mut Weaver<'_>) -> Result<(), Code>,
) -> Result<(), Code> {
    w.open(rpc.from, Kind::Client, rpc.method);
    w.put(text("rpc.system.name", "grpc"));
    w.put(text("rpc.method", rpc.method));
    w.put(text("server.address", rpc.to.name()));
    w.put(int("server.port", 8_080));
    w.spend(MS / 3);

    w.open(rpc.to, Kind::Server, rpc.method);
    w.put(text("rpc.system.name", "grpc"));
    w.put(text("rpc.method", rpc.method));
    w.put(text("server.address", rpc.to.name()));
    w.put(int("server.port", 8_080));
    w.put(text("network.transport", "tcp"));
    w.put(text("code.function.name", rpc.code.0));
    w.put(text("code.file.path", rpc.code.1));
    w.put(int("code.line.number", rpc.code.2));
    w.put_person();
    w.spend(MS / 2);
    let outcome = inside(w);
    w.spend(MS / 3);
    let code = outcome.err().map_or("OK", Code::name);
    w.put(text("rpc.response.status_code", code));
    if outcome.is_err_and(Code::is_server_failure) {
        w.fail(code, "");
    }
    w.close();

    w.spend(MS / 3);
    w.put(text("rpc.response.status_code", code));
    if outcome.is_err() {
        w.fail(code, "");
    }
    w.close();
    outcome
}

/// A database, and whose it is.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Database {
    pub(crate) owner: Service,
    pub(crate) system: &'static str,
    pub(crate) namespace: &'static str,
    pub(crate) host: &'static str,
    pub(crate) port: u64,
}

/// One statement.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Statement {
    pub(crate) operation: &'static str,
    pub(crate) collection: &'static str,
    pub(crate) query: &'static str,
    pub(crate) rows: u64,
}

/// Runs a statement that takes around `usual` nanoseconds. `failure` is the error's type, and what the database said.
pub(crate) fn query(
    w: &mut Weaver<'_>,
    database: Database,
    statement: Statement,
    usual: u64,
    failure: Option<(&str, &str)>,
) {
    let summary = format!("{} {}", statement.operation, statement.collection);
    w.open(database.owner, Kind::Client, summary.clone());
    w.put(text("db.system.name", database.system));
    w.put(text("db.namespace", database.namespace));
    w.put(text("db.collection.name", statement.collection));
    w.put(text("db.operation.name", statement.operation));
    w.put(text("db.query.summary", summary));
    w.put(text("db.query.text", statement.query));
    w.put(text("server.address", database.host));
    w.put(int("server.port", database.port));
    w.spend(usual);
    match failure {
        Some((kind, message)) => w.fail(kind, message),
        None => w.put(int("db.response.returned_rows", statement.rows)),
    }
    w.close();
}

/// The frontend's status for what came back from a service.
pub(crate) const fn status_of(outcome: Result<(), Code>) -> u16 {
    match outcome {
        Ok(()) => 200,
        Err(Code::NotFound) => 404,
        Err(Code::Unauthenticated) => 401,
        Err(Code::FailedPrecondition) => 402,
        Err(Code::Unavailable) => 503,
        Err(Code::Internal) => 500,
    }
}
