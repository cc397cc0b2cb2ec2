//! What an explanation is made from and what it is. Plain values; they must never hold a word of either language.

use std::fmt;
use std::time::Duration;

use ippo_base::Timestamp;

/// A span's id.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SpanId(pub [u8; 8]);

impl fmt::Display for SpanId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

/// The side of a call that a span is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub enum SpanKind {
    /// Work within a service.
    #[default]
    Internal,
    /// A request that was served.
    Server,
    /// A request that was made.
    Client,
    /// A message that was sent.
    Producer,
    /// A message that was handled.
    Consumer,
}

impl SpanKind {
    /// Its name in OpenTelemetry.
    pub const fn name(self) -> &'static str {
        match self {
            SpanKind::Internal => "internal",
            SpanKind::Server => "server",
            SpanKind::Client => "client",
            SpanKind::Producer => "producer",
            SpanKind::Consumer => "consumer",
        }
    }
}

/// What the instrumentation said about a span's end.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum SpanStatus {
    /// Nothing.
    #[default]
    Unset,
    /// That it went well.
    Ok,
    /// That it failed.
    Error,
}

/// An exception as `exception.*` attributes describe it.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Exception {
    /// `exception.type`.
    pub kind: String,
    /// `exception.message`.
    pub message: String,
    /// `exception.stacktrace`.
    pub stacktrace: String,
}

/// A span of the trace.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TracedSpan {
    /// Its id.
    pub span_id: SpanId,
    /// The span that caused it; none for a root.
    pub parent_span_id: Option<SpanId>,
    /// `service.name`.
    pub service: String,
    /// Its name.
    pub name: String,
    /// Its kind.
    pub kind: SpanKind,
    /// Its status.
    pub status: SpanStatus,
    /// What the status says; may be empty.
    pub status_message: String,
    /// Whether it counts as failed: by its status, or by the response code it gave.
    pub error: bool,
    /// When it started.
    pub start: Timestamp,
    /// How long it took.
    pub duration: Duration,
    /// The exceptions it recorded, in order.
    pub exceptions: Vec<Exception>,
    /// Who made the request, if it says so.
    pub user_id: Option<String>,
}

impl TracedSpan {
    pub(super) fn end(&self) -> Timestamp {
        self.start.plus(self.duration)
    }
}

/// A log record of the trace.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TracedLog {
    /// The span in which it was written.
    pub span_id: Option<SpanId>,
    /// When.
    pub time: Timestamp,
    /// Its severity's name, such as `ERROR`; may be empty.
    pub severity: String,
    /// Its severity's number: 17 and above are errors, 0 is unknown.
    pub severity_number: u8,
    /// What it says.
    pub body: String,
    /// `service.name`.
    pub service: String,
}

/// All that is known of one trace.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct TraceRecord {
    /// Its spans, in any order.
    pub spans: Vec<TracedSpan>,
    /// Its log records, in any order.
    pub logs: Vec<TracedLog>,
    /// Whether there is more of it than is given here.
    pub cut: bool,
}

/// What a trace shows, in sentences whose every claim names the fact it rests on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Explanation {
    /// The conclusion.
    pub verdict: Verdict,
    /// The sentences, with the ids of facts in brackets after each claim: `[S:3]`.
    pub text: String,
    /// The facts that the text names, in the order in which it does.
    pub facts: Vec<Fact>,
    /// Where it failed first.
    pub cause: Option<Cause>,
    /// The log records that belong to the cause, by time: positions in [`TraceRecord::logs`].
    pub logs: Vec<usize>,
}

/// What an explanation concludes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    /// A span failed, and the explanation says which one first.
    Error,
    /// Nothing failed.
    NoError,
    /// The trace does not tell: spans are missing, or several causes are possible.
    Inconclusive,
}

/// One thing that the telemetry says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fact {
    /// How the text names it, such as `S:3`.
    pub id: String,
    /// What it was read from.
    pub kind: FactKind,
    /// The span it belongs to.
    pub span_id: Option<SpanId>,
    /// The fact itself.
    pub text: String,
}

/// What a fact was read from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum FactKind {
    /// A span: `S:`.
    Span,
    /// A log record: `L:`.
    Log,
    /// An exception event: `E:`.
    Exception,
    /// Who made the request: `U:`.
    User,
}

/// Where a trace failed first.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cause {
    /// The span.
    pub span_id: SpanId,
    /// Its service.
    pub service: String,
    /// Its name.
    pub name: String,
    /// The exception it recorded last; where it recorded none, that of the nearest failed span above it that did. The
    /// fact about the exception names the span.
    pub exception: Option<Exception>,
}
